/* The pre-trade check: clearing.md section 8, in its order, and the exact margin test of 5.4. */
#include "risk/risk.h"

#define PASS ((struct risk_verdict){ 0 })

static struct risk_verdict fails(u32 code, const char *field, i128 limit, i128 used)
{
    struct risk_verdict v = { .code = code, .field = field };
    ASSERT(code);
    ASSERT(field);
    if (!i64_of(limit, &v.limit)) v.limit = limit < 0 ? INT64_MIN : INT64_MAX;
    if (!i64_of(used, &v.used)) v.used = used < 0 ? INT64_MIN : INT64_MAX;
    return v;
}

/* The account's figures in this contract as they stand, the replaced order taken out. */
struct stand { i64 lots, open_buy, open_sell; u32 cell; };

static struct stand stand_of(const struct risk *r, const struct risk_order *o)
{
    u32 handle = risk_exposure_of(r, o->account, o->instrument);
    struct stand s = { 0 };
    if (handle) {
        const struct risk_exposure *e = risk_exposure(r, handle);
        s = (struct stand){ e->lots, e->open_buy, e->open_sell, e->cell };
    } else {
        u64 key = (u64)o->account << 32 | r->instrument[o->instrument].commodity;
        s.cell = map_get(&r->by_cell, key);
    }
    if (o->old_lots) *(o->side == SIDE_BUY ? &s.open_buy : &s.open_sell) -= o->old_lots;
    ASSERT(s.open_buy >= 0);
    ASSERT(s.open_sell >= 0);
    return s;
}

/* The same of its owner group, where it has one. */
static struct stand owner_of(const struct risk *r, const struct risk_order *o)
{
    u32 group = r->account[o->account].group, x = risk_exposure_of(r, o->account, o->instrument);
    struct stand s = { 0 };
    ASSERT(group > 0);
    u32 handle =
        x ? risk_exposure(r, x)->owned : map_get(&r->by_owner, (u64)group << 32 | o->instrument);
    if (!handle) return s;
    const struct risk_owned *w = pool_at(&r->owned, handle);
    ASSERT(w->group == group && w->instrument == o->instrument);
    s = (struct stand){ w->lots, w->open_buy, w->open_sell, 0 };
    *(o->side == SIDE_BUY ? &s.open_buy : &s.open_sell) -= o->old_lots;
    return s;
}

static i64 reducible(const struct stand *s, u8 side)
{
    i64 left = side == SIDE_BUY ? -s->lots - s->open_buy : s->lots - s->open_sell;
    ASSERT(side == SIDE_BUY || side == SIDE_SELL);
    ASSERT(s->open_buy >= 0);
    return left > 0 ? left : 0;
}

i64 risk_reducible(const struct risk *r, u32 account, u32 instrument, u8 side)
{
    struct risk_order o = { .account = account, .instrument = instrument, .side = side };
    struct stand s = stand_of(r, &o);
    ASSERT(account > 0);
    ASSERT(instrument > 0);
    return reducible(&s, side);
}

static struct risk_verdict judge_status(const struct risk_account *a, const struct stand *s,
                                        const struct risk_order *o)
{
    ASSERT(a->status > ACCOUNT_STATUS_NONE && a->status < ACCOUNT_STATUS_COUNT);
    ASSERT(o->lots > 0);
    if (a->status == ACCOUNT_STATUS_OPEN) return PASS;
    if (a->status != ACCOUNT_STATUS_CLOSE_ONLY)
        return fails(REJECT_ACCOUNT_FROZEN, "account", 0, a->status);
    i64 may = reducible(s, o->side);
    return o->lots <= may ? PASS : fails(REJECT_CLOSE_ONLY, "qty", may, o->lots);
}

/* ceil(lots x (N-n)/N): what a position counts for once part of its days is fixed. */
static i128 counted(const struct risk_instrument *i, i128 lots)
{
    ASSERT(i->fixed <= i->total);
    ASSERT(lots >= 0);
    if (!i->diminishing || !i->total) return lots;
    return div_round(lots * (i->total - i->fixed), i->total, ROUND_UP);
}

/* Worst fills against the limit. What does not add to working orders passes: an order amended to
 * no more lots opens nothing. */
static struct risk_verdict judge_position(const struct risk_instrument *i, const struct stand *s,
                                          const struct risk_order *o, u32 code)
{
    i128 used = o->side == SIDE_BUY ? (i128)s->lots + s->open_buy : -(i128)s->lots + s->open_sell;
    i128 worst = used + o->lots;
    ASSERT(o->lots > 0);
    ASSERT(i->limit >= 0);
    if (!i->limited || worst <= 0 || o->lots <= o->old_lots) return PASS;
    if (counted(i, worst) <= i->limit) return PASS;
    struct risk_verdict v = fails(code, "qty", i->limit, used > 0 ? counted(i, used) : 0);
    v.asked = o->lots;
    return v;
}

static struct risk_verdict judge_limits(const struct risk *r, const struct risk_account *a,
                                        const struct risk_instrument *i, const struct stand *s,
                                        const struct risk_order *o)
{
    i128 value = (i128)(o->price < 0 ? -o->price : o->price) * i->lot_units_milli * o->lots / 1000;
    i128 gross = a->gross + (i128)(o->lots - o->old_lots) * i->value_max;
    ASSERT(i->value_max > 0);
    ASSERT(a->gross <= RISK_GROSS_MAX);
    if (value > RISK_ORDER_VALUE_MAX)
        return fails(REJECT_ORDER_VALUE, "qty", RISK_ORDER_VALUE_MAX, value);
    struct risk_verdict v = judge_position(i, s, o, REJECT_POSITION_LIMIT);
    if (!v.code && a->group && i->limited) {
        struct stand owner = owner_of(r, o);
        v = judge_position(i, &owner, o, REJECT_GROUP_LIMIT);
    }
    if (v.code) return v;
    if (gross > RISK_GROSS_MAX) return fails(REJECT_OVERFLOW, "qty", RISK_GROSS_MAX, gross);
    return PASS;
}

struct risk_verdict risk_judge(const struct risk *r, const struct risk_order *o,
                               const struct risk_funds *f)
{
    const struct risk_account *a = &r->account[o->account];
    const struct risk_instrument *i = &r->instrument[o->instrument];
    struct stand s = stand_of(r, o);
    ASSERT(o->lots > 0);
    ASSERT(o->account > 0 && o->account < r->accounts_used->used);
    struct risk_verdict v = judge_status(a, &s, o);
    if (!v.code) v = judge_limits(r, a, i, &s, o);
    if (v.code) return v;
    if (!i->armed) return fails(REJECT_NO_MARGIN_ARRAY, "instrument", 1, 0);

    i64 w[RISK_SCENARIOS] = { 0 }, scan = 0;
    if (s.cell) {
        const struct risk_cell *c = pool_at(&r->cells, s.cell);
        memcpy(w, c->w, sizeof w);
        scan = c->scan;
    }
    if (o->old_lots) risk_add_order(w, i, o->side, o->old_price, -o->old_lots);
    risk_add_order(w, i, o->side, o->price, o->lots);
    i128 requirement = (i128)a->requirement - scan + risk_scan(w), have = f->cash - f->due;
    i128 need = requirement - f->unsettled + f->fees;
    if (need <= have) return PASS;
    if (requirement <= a->requirement && (f->fees <= have || o->lots <= reducible(&s, o->side)))
        return PASS; /* whoever is short of margin may always reduce */
    return fails(REJECT_MARGIN, "qty", have, need);
}
