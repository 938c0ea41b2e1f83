#include "risk/risk.h"

struct risk risk_init(struct arena *a, struct risk_caps caps)
{
    struct risk r = { .caps = caps };
    ASSERT(caps.accounts > 0 && caps.instruments > 0 && caps.exposures > 0);
    ASSERT(caps.accounts < INT32_MAX && caps.instruments < INT32_MAX);
    r.account = arena_region(a, "risk.accounts", sizeof *r.account, caps.accounts + 1);
    r.accounts_used = arena_last(a);
    r.instrument = arena_region(a, "risk.instruments", sizeof *r.instrument, caps.instruments + 1);
    r.instruments_used = arena_last(a);
    if (arena_is_new(a)) r.accounts_used->used = 1, r.instruments_used->used = 1;
    r.exposures = pool_init(a, "risk.exposures", sizeof(struct risk_exposure), caps.exposures);
    r.cells = pool_init(a, "risk.cells", sizeof(struct risk_cell), caps.exposures);
    r.owned = pool_init(a, "risk.owned", sizeof(struct risk_owned), caps.exposures);
    r.by_id = map_init(a, "risk.account_ids", caps.accounts);
    r.by_pair = map_init(a, "risk.pairs", caps.exposures);
    r.by_cell = map_init(a, "risk.cell_keys", caps.exposures);
    r.by_owner = map_init(a, "risk.owner_keys", caps.exposures);
    return r;
}

static u64 pair_key(u32 account, u32 other)
{
    ASSERT(account > 0);
    ASSERT(other > 0);
    return (u64)account << 32 | other;
}

static struct risk_cell *cell_at(const struct risk *r, u32 handle)
{
    ASSERT(handle > 0);
    return pool_at(&r->cells, handle);
}

static struct risk_owned *owned_at(const struct risk *r, u32 handle)
{
    ASSERT(handle > 0);
    return pool_at(&r->owned, handle);
}

/* -- accounts -- */

u32 risk_account_of(const struct risk *r, u32 id)
{
    u32 handle = id ? map_get(&r->by_id, id) : 0;
    ASSERT(handle == 0 || r->account[handle].id == id);
    ASSERT(handle < r->accounts_used->used);
    return handle;
}

bool risk_accounts_full(const struct risk *r)
{
    ASSERT(r->accounts_used->used >= 1);
    return risk_accounts(r) >= r->caps.accounts;
}

u32 risk_account_open(struct risk *r, const struct cmd_account_open *c)
{
    u32 handle = r->accounts_used->used;
    ASSERT(!risk_accounts_full(r));
    ASSERT(c->account != 0);
    bool put = map_put(&r->by_id, c->account, handle);
    ASSERT(put);
    r->accounts_used->used++;
    struct risk_account *a = &r->account[handle];
    a->id = c->account, a->member = c->member, a->group = c->group;
    a->kind = c->kind, a->category = c->category, a->status = ACCOUNT_STATUS_OPEN;
    a->name = c->name;
    return handle;
}

/* -- arrays -- */

struct risk_instrument *risk_instrument_open(struct risk *r, u32 instrument)
{
    ASSERT(instrument == r->instruments_used->used);
    ASSERT(instrument <= r->caps.instruments);
    r->instruments_used->used++;
    return &r->instrument[instrument];
}

i64 risk_scan_range(i64 mark, i64 lot_units_milli, i64 margin_ppm, u32 fixed, u32 total)
{
    i64 range;
    i128 left = total ? total - fixed : 1, of = total ? total : 1;
    ASSERT(fixed <= total);
    ASSERT(margin_ppm >= 0 && margin_ppm <= RISK_ARRAY_MAX * PPM);
    i128 value = (i128)(mark < 0 ? -mark : mark) * lot_units_milli; /* < 2^62 by the caller */
    bool fits = i64_of(div_round(value * margin_ppm * left, of * 1000 * PPM, ROUND_UP), &range);
    ASSERT(fits);
    return range;
}

/* The price moves of the 16 scenarios in three-hundredths of the range; a loss is their
 * negative. */
static const i16 moves[RISK_SCENARIOS] = { 0,    0,    100, 100, -100, -100, 200, 200,
                                           -200, -200, 300, 300, -300, -300, 297, -297 };

void risk_percentage(struct risk_instrument *i, i64 mark, i64 margin_ppm, u32 fixed, u32 total)
{
    i64 range = risk_scan_range(mark, i->lot_units_milli, margin_ppm, fixed, total);
    ASSERT(range >= 0);
    ASSERT(range <= RISK_ARRAY_MAX * i->value_max + 1);
    for (u32 j = 0; j < RISK_SCENARIOS; j++)
        i->ra[j] = (i64)div_round(-(i128)range * moves[j], 300, ROUND_HALF_EVEN);
    i->mark = mark, i->fixed = fixed, i->total = total, i->armed = 1;
}

/* A difference of prices on tick, in micros a lot: whole, because the tick value is. */
static i64 per_lot(const struct risk_instrument *i, i64 from, i64 to)
{
    i64 value = (to - from) * i->lot_units_milli;
    ASSERT(value % 1000 == 0);
    return value / 1000;
}

void risk_add_position(i64 w[RISK_SCENARIOS], const struct risk_instrument *i, i64 lots)
{
    ASSERT(i->armed);
    for (u32 j = 0; j < RISK_SCENARIOS; j++) w[j] += lots * i->ra[j];
    ASSERT(w[0] < INT64_MAX / 2);
}

void risk_add_order(i64 w[RISK_SCENARIOS], const struct risk_instrument *i, u8 side, i64 price,
                    i64 lots)
{
    i64 paid = per_lot(i, i->mark, price), sign = side_sign(side);
    ASSERT(i->armed);
    ASSERT(side == SIDE_BUY || side == SIDE_SELL);
    for (u32 j = 0; j < RISK_SCENARIOS; j++) {
        i64 loss = sign * (i->ra[j] + paid);
        w[j] += loss > 0 ? loss * lots : 0;
    }
}

i64 risk_scan(const i64 w[RISK_SCENARIOS])
{
    i64 most = 0;
    for (u32 j = 0; j < RISK_SCENARIOS; j++) most = w[j] > most ? w[j] : most;
    ASSERT(most >= 0);
    return most;
}

/* Puts the cell's new scan into the account's requirement. */
static void cell_changed(struct risk *r, struct risk_cell *c)
{
    i64 scan = risk_scan(c->w);
    struct risk_account *a = &r->account[c->account];
    a->requirement += scan - c->scan;
    c->scan = scan;
    ASSERT(a->requirement >= 0);
}

/* -- exposures -- */

u32 risk_exposure_of(const struct risk *r, u32 account, u32 instrument)
{
    u32 handle = map_get(&r->by_pair, pair_key(account, instrument));
    ASSERT(handle == 0 || risk_exposure(r, handle)->account == account);
    ASSERT(handle == 0 || risk_exposure(r, handle)->instrument == instrument);
    return handle;
}

bool risk_exposures_full(const struct risk *r)
{
    ASSERT(pool_room(&r->cells) >= pool_room(&r->exposures));
    return pool_room(&r->exposures) == 0;
}

static u32 cell_open(struct risk *r, u32 account, u32 commodity)
{
    u32 handle = map_get(&r->by_cell, pair_key(account, commodity));
    if (!handle) {
        handle = pool_take(&r->cells);
        ASSERT(handle);
        cell_at(r, handle)->account = account;
        cell_at(r, handle)->commodity = commodity;
        bool put = map_put(&r->by_cell, pair_key(account, commodity), handle);
        ASSERT(put);
    }
    cell_at(r, handle)->exposures++;
    return handle;
}

/* The sum of the account's owner group in this contract; 0: the account is an owner of its own. */
static u32 owned_open(struct risk *r, u32 account, u32 instrument)
{
    u32 group = r->account[account].group;
    if (!group) return 0;
    u32 handle = map_get(&r->by_owner, pair_key(group, instrument));
    if (!handle) {
        handle = pool_take(&r->owned);
        ASSERT(handle); /* there are as many as exposures */
        owned_at(r, handle)->group = group, owned_at(r, handle)->instrument = instrument;
        bool put = map_put(&r->by_owner, pair_key(group, instrument), handle);
        ASSERT(put);
    }
    owned_at(r, handle)->exposures++;
    return handle;
}

static void owned_leave(struct risk *r, u32 handle)
{
    if (!handle || --owned_at(r, handle)->exposures) return;
    const struct risk_owned *o = owned_at(r, handle);
    ASSERT(!o->lots);
    ASSERT(!o->open_buy && !o->open_sell);
    bool had = map_remove(&r->by_owner, pair_key(o->group, o->instrument));
    ASSERT(had);
    pool_give(&r->owned, handle);
}

/* What happens to an exposure's lots and working orders happens to its owner's. */
static void owned_moves(struct risk *r, const struct risk_exposure *e, u8 side, i64 open, i64 lots)
{
    if (!e->owned) return;
    struct risk_owned *o = owned_at(r, e->owned);
    *(side == SIDE_BUY ? &o->open_buy : &o->open_sell) += open;
    o->lots += lots;
    ASSERT(o->open_buy >= 0);
    ASSERT(o->open_sell >= 0);
}

u32 risk_exposure_open(struct risk *r, u32 account, u32 instrument)
{
    u32 handle = risk_exposure_of(r, account, instrument);
    if (handle) return handle;
    handle = pool_take(&r->exposures);
    ASSERT(handle); /* the caller asked risk_exposures_full() */
    struct risk_exposure *e = risk_exposure(r, handle);
    e->account = account, e->instrument = instrument;
    e->cell = cell_open(r, account, r->instrument[instrument].commodity);
    e->owned = owned_open(r, account, instrument);
    bool put = map_put(&r->by_pair, pair_key(account, instrument), handle);
    ASSERT(put);
    u32 *link = &r->account[account].first_exposure;
    while (*link) link = &risk_exposure(r, *link)->next;
    *link = handle;
    return handle;
}

u32 risk_sweep(struct risk *r, u32 account, u32 *gone, u32 cap)
{
    u32 n = 0;
    ASSERT(account > 0 && account < r->accounts_used->used);
    for (u32 *link = &r->account[account].first_exposure; *link && n < cap;) {
        u32 handle = *link;
        struct risk_exposure *e = risk_exposure(r, handle);
        if (e->lots || e->open_buy || e->open_sell) {
            link = &e->next;
            continue;
        }
        *link = e->next;
        bool had = map_remove(&r->by_pair, pair_key(account, e->instrument));
        ASSERT(had);
        struct risk_cell *c = cell_at(r, e->cell);
        if (--c->exposures == 0) {
            ASSERT(c->scan == 0);
            had = map_remove(&r->by_cell, pair_key(account, c->commodity));
            ASSERT(had);
            pool_give(&r->cells, e->cell);
        }
        owned_leave(r, e->owned);
        pool_give(&r->exposures, handle);
        gone[n++] = handle;
    }
    return n;
}

/* |lots| and open lots, each at the highest price of the contract. */
static i128 gross_of(const struct risk_exposure *e, const struct risk_instrument *i)
{
    i128 lots = e->lots < 0 ? -(i128)e->lots : e->lots;
    ASSERT(e->open_buy >= 0);
    ASSERT(e->open_sell >= 0);
    return (lots + e->open_buy + e->open_sell) * i->value_max;
}

static void gross_changed(struct risk *r, const struct risk_exposure *e, i128 before)
{
    struct risk_account *a = &r->account[e->account];
    a->gross += (i64)(gross_of(e, &r->instrument[e->instrument]) - before);
    ASSERT(a->gross >= 0);
    ASSERT(a->gross <= RISK_GROSS_MAX);
}

void risk_order_enters(struct risk *r, u32 exposure, u8 side, i64 price, i64 lots)
{
    struct risk_exposure *e = risk_exposure(r, exposure);
    const struct risk_instrument *i = &r->instrument[e->instrument];
    i128 before = gross_of(e, i);
    ASSERT(lots > 0);
    *(side == SIDE_BUY ? &e->open_buy : &e->open_sell) += lots;
    owned_moves(r, e, side, lots, 0);
    gross_changed(r, e, before);
    struct risk_cell *c = cell_at(r, e->cell);
    risk_add_order(c->w, i, side, price, lots);
    cell_changed(r, c);
}

void risk_order_leaves(struct risk *r, u32 exposure, u8 side, i64 price, i64 lots)
{
    struct risk_exposure *e = risk_exposure(r, exposure);
    const struct risk_instrument *i = &r->instrument[e->instrument];
    i128 before = gross_of(e, i);
    i64 *open = side == SIDE_BUY ? &e->open_buy : &e->open_sell;
    ASSERT(lots > 0 && lots <= *open);
    *open -= lots;
    owned_moves(r, e, side, -lots, 0);
    gross_changed(r, e, before);
    struct risk_cell *c = cell_at(r, e->cell);
    risk_add_order(c->w, i, side, price, -lots);
    cell_changed(r, c);
}

void risk_order_fills(struct risk *r, u32 exposure, u8 side, i64 price, i64 lots)
{
    struct risk_exposure *e = risk_exposure(r, exposure);
    const struct risk_instrument *i = &r->instrument[e->instrument];
    i128 before = gross_of(e, i);
    i64 *open = side == SIDE_BUY ? &e->open_buy : &e->open_sell;
    ASSERT(lots > 0 && lots <= *open);
    *open -= lots;
    e->lots += side_sign(side) * lots;
    owned_moves(r, e, side, -lots, side_sign(side) * lots);
    gross_changed(r, e, before);
    struct risk_cell *c = cell_at(r, e->cell);
    risk_add_order(c->w, i, side, price, -lots);
    risk_add_position(c->w, i, side_sign(side) * lots);
    cell_changed(r, c);
}

void risk_position_close(struct risk *r, u32 exposure)
{
    struct risk_exposure *e = risk_exposure(r, exposure);
    const struct risk_instrument *i = &r->instrument[e->instrument];
    i128 before = gross_of(e, i);
    ASSERT(e->open_buy == 0);
    ASSERT(e->open_sell == 0);
    struct risk_cell *c = cell_at(r, e->cell);
    risk_add_position(c->w, i, -e->lots);
    owned_moves(r, e, SIDE_BUY, 0, -e->lots);
    e->lots = 0;
    gross_changed(r, e, before);
    cell_changed(r, c);
}

/* -- new arrays -- */

void risk_remargin_begin(struct risk *r)
{
    ASSERT(r->cells.region->used >= 1);
    for (u32 h = 1; h < r->cells.region->used; h++) {
        struct risk_cell *c = cell_at(r, h);
        if (c->exposures) memset(c->w, 0, sizeof c->w);
    }
    for (u32 a = 1; a < r->accounts_used->used; a++)
        for (u32 h = r->account[a].first_exposure; h; h = risk_exposure(r, h)->next) {
            const struct risk_exposure *e = risk_exposure(r, h);
            if (e->lots)
                risk_add_position(cell_at(r, e->cell)->w, &r->instrument[e->instrument], e->lots);
        }
    ASSERT(r->accounts_used->used >= 1);
}

void risk_order_counts(struct risk *r, u32 exposure, u8 side, i64 price, i64 lots)
{
    const struct risk_exposure *e = risk_exposure(r, exposure);
    ASSERT(lots > 0);
    ASSERT(lots <= (side == SIDE_BUY ? e->open_buy : e->open_sell));
    risk_add_order(cell_at(r, e->cell)->w, &r->instrument[e->instrument], side, price, lots);
}

void risk_remargin_end(struct risk *r)
{
    ASSERT(r->cells.region->used >= 1);
    for (u32 h = 1; h < r->cells.region->used; h++)
        if (cell_at(r, h)->exposures) cell_changed(r, cell_at(r, h));
    ASSERT_SLOW((risk_check_all(r), true));
}

/* Each owner's sum against its exposures, one by one. */
static void check_owned(const struct risk *r)
{
    u32 exposures = 0, left = 0;
    for (u32 h = 1; h < r->owned.region->used; h++) {
        const struct risk_owned *o = owned_at(r, h);
        i64 lots = 0, buys = 0, sells = 0;
        u32 n = 0;
        if (!o->exposures) continue;
        for (u32 a = 1; a < r->accounts_used->used; a++) {
            u32 x = r->account[a].group == o->group ? risk_exposure_of(r, a, o->instrument) : 0;
            if (!x) continue;
            const struct risk_exposure *e = risk_exposure(r, x);
            ASSERT(e->owned == h);
            lots += e->lots, buys += e->open_buy, sells += e->open_sell, n++;
        }
        ASSERT(n == o->exposures);
        ASSERT(lots == o->lots);
        ASSERT(buys == o->open_buy && sells == o->open_sell);
        exposures += n;
    }
    for (u32 a = 1; a < r->accounts_used->used; a++)
        for (u32 h = r->account[a].first_exposure; h; h = risk_exposure(r, h)->next)
            left += risk_exposure(r, h)->owned != 0;
    ASSERT(left == exposures);
}

void risk_check_all(const struct risk *r)
{
    u32 exposures = 0;
    check_owned(r);
    for (u32 a = 1; a < r->accounts_used->used; a++) {
        i128 gross = 0, requirement = 0;
        for (u32 h = r->account[a].first_exposure; h; h = risk_exposure(r, h)->next) {
            const struct risk_exposure *e = risk_exposure(r, h);
            ASSERT(e->account == a);
            ASSERT(risk_exposure_of(r, a, e->instrument) == h);
            ASSERT(e->reduce_only >= 0);
            gross += gross_of(e, &r->instrument[e->instrument]);
            exposures++;
        }
        for (u32 h = 1; h < r->cells.region->used; h++) {
            const struct risk_cell *c = cell_at(r, h);
            if (c->account != a || !c->exposures) continue;
            ASSERT(c->scan == risk_scan(c->w));
            requirement += c->scan;
        }
        ASSERT(gross == r->account[a].gross);
        ASSERT(requirement == r->account[a].requirement);
    }
    ASSERT(exposures == pool_live(&r->exposures));
}
