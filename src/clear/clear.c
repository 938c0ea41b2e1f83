#include "clear/clear.h"

struct clear clear_init(struct arena *a, struct clear_caps caps, struct ledger *ledger,
                        struct risk *risk)
{
    struct clear c = { .ledger = ledger, .risk = risk, .caps = caps };
    ASSERT(caps.accounts > 0 && caps.instruments > 0 && caps.exposures > 0);
    ASSERT(caps.indexes > 0 && caps.prints > 0);
    c.account = arena_region(a, "clear.accounts", sizeof *c.account, caps.accounts + 1);
    if (arena_is_new(a)) arena_last(a)->used = caps.accounts + 1;
    c.position = arena_region(a, "clear.positions", sizeof *c.position, caps.exposures + 1);
    if (arena_is_new(a)) arena_last(a)->used = caps.exposures + 1;
    c.instrument = arena_region(a, "clear.instruments", sizeof *c.instrument, caps.instruments + 1);
    c.instruments_used = arena_last(a);
    c.index = arena_region(a, "clear.indexes", sizeof *c.index, caps.indexes + 1);
    c.indexes_used = arena_last(a);
    c.print = arena_region(a, "clear.prints", sizeof *c.print, caps.prints);
    c.prints_used = arena_last(a);
    c.head = arena_region(a, "clear.head", sizeof *c.head, 1);
    if (arena_is_new(a)) {
        arena_last(a)->used = 1;
        c.instruments_used->used = 1, c.indexes_used->used = 1;
    }
    return c;
}

static const struct risk_exposure *exposure_at(const struct clear *c, u32 handle)
{
    ASSERT(handle > 0 && handle <= c->caps.exposures);
    return risk_exposure(c->risk, handle);
}

/* A difference of prices on tick in micros a lot: whole, because the tick value is. */
static i64 per_lot(const struct clear_instrument *i, i64 from, i64 to)
{
    i64 value = (to - from) * i->lot_units_milli;
    ASSERT(i->lot_units_milli > 0);
    ASSERT(value % 1000 == 0);
    return value / 1000;
}

void clear_order_enters(struct clear *c, u32 exposure, u8 side, i64 limit, i64 lots)
{
    const struct risk_exposure *e = exposure_at(c, exposure);
    ASSERT(lots > 0);
    risk_order_enters(c->risk, exposure, side, limit, lots);
    c->account[e->account].fees += (i128)c->instrument[e->instrument].fee_worst * lots;
    ASSERT(c->account[e->account].fees >= 0);
}

void clear_order_leaves(struct clear *c, u32 exposure, u8 side, i64 limit, i64 lots)
{
    const struct risk_exposure *e = exposure_at(c, exposure);
    ASSERT(lots > 0);
    risk_order_leaves(c->risk, exposure, side, limit, lots);
    c->account[e->account].fees -= (i128)c->instrument[e->instrument].fee_worst * lots;
    ASSERT(c->account[e->account].fees >= 0);
}

static void move_open_interest(struct clear_instrument *i, i64 before, i64 after)
{
    i->long_lots += i64_max(after, 0) - i64_max(before, 0);
    i->short_lots += i64_max(-after, 0) - i64_max(-before, 0);
    ASSERT(i->long_lots >= 0);
    ASSERT(i->short_lots >= 0);
}

i64 clear_fill(struct clear *c, const struct clear_fill *f, struct outbox *out)
{
    const struct risk_exposure *e = exposure_at(c, f->exposure);
    struct clear_instrument *i = &c->instrument[e->instrument];
    struct clear_account *a = &c->account[e->account];
    i64 before = e->lots, signed_lots = side_sign(f->side) * f->lots;
    risk_order_fills(c->risk, f->exposure, f->side, f->limit, f->lots);
    ASSERT(e->lots == before + signed_lots);
    move_open_interest(i, before, e->lots);
    c->position[f->exposure].day_cash += (i128)signed_lots * f->price;
    a->unsettled += (i128)signed_lots * per_lot(i, f->price, i->mark);
    a->fees -= (i128)i->fee_worst * f->lots;
    ASSERT(a->fees >= 0);
    i64 fee = (f->liquidity == LIQUIDITY_MAKER ? i->fee_maker : i->fee_taker) * f->lots;
    struct posting p = { .account = e->account, .instrument = e->instrument, .ref = f->trade_id };
    p.against = CHART_FEES, p.kind = fee < 0 ? POSTING_REBATE : POSTING_FEE;
    u32 shown = c->risk->account[e->account].id;
    if (fee > 0) ledger_pay(c->ledger, &p, shown, fee, out);
    if (fee < 0) ledger_receive(c->ledger, &p, shown, -(i128)fee, out);
    return fee;
}

void clear_trade(struct clear *c, u32 instrument, i64 price, i64 lots, bool self, Instant now)
{
    struct clear_instrument *i = &c->instrument[instrument];
    ASSERT(lots > 0);
    ASSERT(i->long_lots == i->short_lots); /* I2: both sides have moved */
    if (!i->trades) i->open = i->high = i->low = price;
    i->high = i64_max(i->high, price), i->low = i64_min(i->low, price);
    i->last = price;
    i->trades++, i->volume += lots;
    if (self) return; /* between accounts of one owner: no evidence of a price */
    i->day.value += (i128)price * lots, i->day.lots += lots;
    if (now.ns < i->window.from.ns || now.ns >= i->mid_to.ns) return;
    i->window.value += (i128)price * lots, i->window.lots += lots;
}

struct risk_funds clear_funds(const struct clear *c, u32 account)
{
    struct risk_funds f = { .cash = ledger_cash(c->ledger, account) };
    ASSERT(account > 0);
    ASSERT(account <= c->caps.accounts);
    f.due = ledger_due(c->ledger, account);
    f.unsettled = c->account[account].unsettled;
    f.fees = c->account[account].fees;
    return f;
}

i128 clear_withdrawable(const struct clear *c, u32 account)
{
    struct risk_funds f = clear_funds(c, account);
    i128 loss = f.unsettled < 0 ? -f.unsettled : 0;
    ASSERT(f.cash >= 0);
    ASSERT(f.fees >= 0);
    return f.cash - f.due - f.fees - c->risk->account[account].requirement - loss;
}

static i64 saturated(i128 v)
{
    i64 r;
    if (i64_of(v, &r)) return r;
    ASSERT(v != 0);
    return v < 0 ? INT64_MIN : INT64_MAX;
}

void clear_margin(struct clear *c, u32 account, struct outbox *out)
{
    struct risk_funds f = clear_funds(c, account);
    struct risk_account *a = &c->risk->account[account];
    i128 need = a->requirement - f.unsettled;
    ledger_hold(c->ledger, account, need > 0 ? need : 0, f.fees);
    i64 now[4] = { a->requirement, saturated(f.fees), saturated(f.cash),
                   saturated(clear_withdrawable(c, account)) };
    ASSERT(a->requirement >= 0);
    if (memcmp(now, a->shown, sizeof now) == 0) return;
    memcpy(a->shown, now, sizeof now);
    struct evt_margin *e = &outbox_add(out, EVT_MARGIN)->margin;
    e->account = a->id;
    e->requirement.micros = now[0], e->fee_hold.micros = now[1];
    e->cash.micros = now[2], e->free.micros = now[3];
    ASSERT(e->cash.micros >= 0);
}

i128 clear_unsettled(const struct clear *c, u32 exposure)
{
    const struct risk_exposure *e = exposure_at(c, exposure);
    const struct clear_position *p = &c->position[exposure];
    const struct clear_instrument *i = &c->instrument[e->instrument];
    i128 value = ((i128)(e->lots - p->start_lots) * i->mark - p->day_cash) * i->lot_units_milli;
    ASSERT(i->lot_units_milli > 0);
    ASSERT(value % 1000 == 0);
    return value / 1000;
}

void clear_say_position(const struct clear *c, u32 exposure, struct outbox *out)
{
    const struct risk_exposure *e = exposure_at(c, exposure);
    struct evt_position *p = &outbox_add(out, EVT_POSITION)->position;
    ASSERT(e->account > 0);
    ASSERT(e->instrument > 0);
    p->account = c->risk->account[e->account].id;
    p->instrument = e->instrument, p->lots = e->lots;
    p->mark.micros = c->instrument[e->instrument].mark;
    p->unsettled.micros = saturated(clear_unsettled(c, exposure));
}

void clear_check(const struct clear *c)
{
    i128 unsettled = 0;
    for (u32 k = 1; k < c->instruments_used->used; k++) {
        const struct clear_instrument *i = &c->instrument[k];
        i128 longs = 0, shorts = 0;
        for (u32 h = 1; h < c->risk->exposures.region->used; h++) {
            const struct risk_exposure *e = risk_exposure(c->risk, h);
            if (e->instrument != k) continue;
            longs += i64_max(e->lots, 0), shorts += i64_max(-e->lots, 0);
        }
        ASSERT(longs == shorts); /* I2 */
        ASSERT(longs == i->long_lots);
        ASSERT(shorts == i->short_lots);
    }
    for (u32 a = 1; a <= risk_accounts(c->risk); a++) {
        i128 sum = 0, fees = 0;
        for (u32 h = c->risk->account[a].first_exposure; h; h = risk_exposure(c->risk, h)->next) {
            const struct risk_exposure *e = risk_exposure(c->risk, h);
            sum += clear_unsettled(c, h);
            fees += (i128)(e->open_buy + e->open_sell) * c->instrument[e->instrument].fee_worst;
        }
        ASSERT(sum == c->account[a].unsettled);
        ASSERT(fees == c->account[a].fees); /* I4 */
        unsettled += sum;
    }
    ASSERT(unsettled == 0); /* a gain is another's loss */
    ASSERT(ledger_venue(c->ledger, CHART_VM) == 0);
    ledger_check(c->ledger);
}
