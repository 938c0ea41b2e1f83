/* What readers see live: contracts, books, last trades, open interest, working orders. */
#include "gateway/internal.h"

/* ---- contracts ---- */

struct contract *contract_at(struct gateway *g, u32 instrument)
{
    return instrument && instrument <= g->contracts_n ? g->contracts[instrument - 1] : NULL;
}

const char *contract_id(struct gateway *g, u32 instrument)
{
    const struct contract *k = contract_at(g, instrument);
    return k ? k->row.listed.instrument_id.z : "";
}

struct contract *contract_named(struct gateway *g, Str id)
{
    for (u32 i = g->contracts_n; i-- > 0;) /* the newest first: they trade */
        if (g->contracts[i] && str_is(id, g->contracts[i]->row.listed.instrument_id.z))
            return g->contracts[i];
    return NULL;
}

static u32 digits_of(i64 tick)
{
    u32 digits = 6;
    while (digits && tick && tick % 10 == 0) tick /= 10, digits--;
    return tick ? digits : 6;
}

static struct contract *contract_new(struct gateway *g, u32 instrument)
{
    if (instrument > g->contracts_n) {
        struct contract **more = realloc(g->contracts, instrument * sizeof(struct contract *));
        if (!more) return NULL;
        for (u32 i = g->contracts_n; i < instrument; i++) more[i] = NULL;
        g->contracts = more;
        u32 *touched = realloc(g->touched, instrument * sizeof *touched);
        if (!touched) return NULL;
        g->touched = touched, g->contracts_n = instrument;
    }
    struct contract *k = g->contracts[instrument - 1];
    if (!k) k = g->contracts[instrument - 1] = calloc(1, sizeof *k);
    return k;
}

static struct contract *contract_listed(struct gateway *g, const struct evt_instrument_listed *l)
{
    ASSERT(l->instrument > 0);
    struct contract *k = contract_new(g, l->instrument);
    if (!k) return NULL;
    k->row.listed = *l;
    k->row.state = LISTING_LISTED, k->row.phase = PHASE_CLOSED;
    k->digits = digits_of(l->tick.micros);
    return k;
}

/* ---- ladders ---- */

/* Where the price is or would be; `better` is higher for bids (side 0), lower for asks. */
static u32 ladder_find(const struct ladder *l, u32 side, i64 price)
{
    u32 lo = 0, hi = l->n;
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        bool better = side == 0 ? l->rows[mid].price > price : l->rows[mid].price < price;
        if (better) lo = mid + 1;
        else hi = mid;
    }
    ASSERT(lo <= l->n);
    return lo;
}

static bool ladder_set(struct ladder *l, u32 side, struct level v)
{
    u32 at = ladder_find(l, side, v.price);
    bool there = at < l->n && l->rows[at].price == v.price;
    if (v.qty <= 0) {
        if (there) memmove(&l->rows[at], &l->rows[at + 1], (l->n - at - 1) * sizeof v), l->n--;
        return true;
    }
    if (!there) {
        if (l->n == l->cap) {
            u32 cap = l->cap ? 2 * l->cap : 16;
            struct level *more = realloc(l->rows, cap * sizeof v);
            if (!more) return false;
            l->rows = more, l->cap = cap;
        }
        memmove(&l->rows[at + 1], &l->rows[at], (l->n - at) * sizeof v), l->n++;
    }
    l->rows[at] = v;
    return true;
}

/* ---- working orders ---- */

struct store_order *working_at(struct gateway *g, u64 order_id)
{
    u64 slot = order_id ? table_get(&g->orders, order_id) : 0;
    return slot ? &g->working[slot - 1] : NULL;
}

/* A free slot is one with order id 0; its `seq` names the next free one. */
static struct store_order *working_new(struct gateway *g, u64 order_id)
{
    u32 slot = g->working_free;
    ASSERT(!table_get(&g->orders, order_id));
    if (!slot) {
        if (g->working_n == g->working_cap) {
            u32 cap = g->working_cap ? 2 * g->working_cap : 256;
            struct store_order *more = realloc(g->working, cap * sizeof *more);
            if (!more) return NULL;
            g->working = more, g->working_cap = cap;
        }
        slot = ++g->working_n;
    } else {
        g->working_free = (u32)g->working[slot - 1].seq;
    }
    memset(&g->working[slot - 1], 0, sizeof *g->working);
    if (!table_put(&g->orders, order_id, slot)) return NULL;
    return &g->working[slot - 1];
}

void view_forget(struct gateway *g, const struct event *e)
{
    if (e->type != EVT_ORDER_ENDED) return;
    u64 id = e->order_ended.order_id, slot = table_get(&g->orders, id);
    if (!slot) return;
    ASSERT(slot <= g->working_n);
    table_remove(&g->orders, id);
    memset(&g->working[slot - 1], 0, sizeof *g->working);
    g->working[slot - 1].seq = g->working_free;
    g->working_free = (u32)slot;
}

static void view_order(struct gateway *g, const struct event *e)
{
    struct store_order *o;
    i64 value;
    if (e->type == EVT_ORDER_ACCEPTED) {
        o = working_new(g, e->order_accepted.order_id);
        if (!o) return;
        o->order = e->order_accepted, o->open = o->order.qty, o->state = ORDER_OPEN;
    } else if (e->type == EVT_ORDER_REPLACED) {
        const struct evt_order_replaced *v = &e->order_replaced;
        if (!(o = working_at(g, v->order_id))) return;
        o->order.client_id = v->client_id, o->order.price = v->price, o->order.qty = v->qty;
        o->open = v->open;
    } else if (e->type == EVT_ORDER_FILLED) {
        const struct evt_order_filled *v = &e->order_filled;
        if (!(o = working_at(g, v->order_id))) return;
        if (__builtin_mul_overflow(v->price.micros, v->qty, &value) ||
            __builtin_add_overflow(o->filled_value, i64_max(value, 0), &o->filled_value))
            o->filled_value = INT64_MAX;
        o->open = v->open, o->filled += v->qty;
    } else {
        const struct evt_order_ended *v = &e->order_ended;
        if (!(o = working_at(g, v->order_id))) return;
        o->open = v->open, o->state = ORDER_DONE, o->reason = v->reason;
    }
    o->seq = e->seq;
}

/* ---- events ---- */

static void view_position(struct gateway *g, u32 account, u32 instrument, i64 lots)
{
    u64 key = (u64)account << 32 | instrument;
    struct contract *k = contract_at(g, instrument);
    i64 old = (i64)table_get(&g->lots, key);
    if (!k) return;
    k->long_lots += i64_max(lots, 0) - i64_max(old, 0);
    k->short_lots += i64_max(-lots, 0) - i64_max(-old, 0);
    if (!table_put(&g->lots, key, (u64)lots)) g->loop_failed = true; /* no memory: the loop ends */
    k->ticker_dirty = true;
}

static void view_trade(struct gateway *g, const struct evt_trade *v)
{
    struct contract *k = contract_at(g, v->instrument);
    if (!k) return;
    struct store_instrument *r = &k->row;
    bool first = r->day.days != g->day.day.days || !r->trades;
    if (first) r->open = r->high = r->low = v->price, r->volume = 0, r->trades = 0;
    r->day = g->day.day, r->last = v->price, r->last_qty = v->qty, r->last_at = v->time;
    r->last_any = true;
    r->high.micros = i64_max(r->high.micros, v->price.micros);
    r->low.micros = i64_min(r->low.micros, v->price.micros);
    r->volume += v->qty, r->trades++;
    k->last[k->last_n++ % TRADES_KEPT] = *v;
    k->ticker_dirty = true;
    channels_trade(g, k, v);
}

static void view_book(struct gateway *g, const struct evt_book *v)
{
    struct contract *k = contract_at(g, v->instrument);
    if (!k) return;
    u32 side = v->side == SIDE_BUY ? 0 : 1;
    if (!ladder_set(&k->side[side], side,
                    (struct level){ v->price.micros, v->level_qty, v->level_orders }))
        g->loop_failed = true;
    k->row.book_seq = v->book_seq;
    k->ticker_dirty = true;
    channels_book(g, k, (u8)side, v->price.micros);
}

static void view_limit(struct store_instrument *r, const struct evt_position_limit *v)
{
    ASSERT(v->basis > LIMIT_BASIS_NONE && v->basis < LIMIT_BASIS_COUNT);
    r->limit_basis = v->basis, r->limited = v->limited, r->cost_stated = v->cost_stated;
    r->limit_lots = v->lots, r->rule_lots = v->rule_lots;
    r->cost_to_move = v->cost_to_move, r->lstar_milli = v->lstar_milli;
}

static void view_contract(struct gateway *g, const struct event *e)
{
    struct contract *k;
    switch (e->type) {
    case EVT_INSTRUMENT_LISTED:
        if (!contract_listed(g, &e->instrument_listed)) g->loop_failed = true;
        break;
    case EVT_INSTRUMENT_MOVED:
        if ((k = contract_at(g, e->instrument_moved.instrument)))
            k->row.state = e->instrument_moved.state;
        break;
    case EVT_PHASE_CHANGED:
        if ((k = contract_at(g, e->phase_changed.instrument)))
            k->row.phase = e->phase_changed.phase;
        break;
    case EVT_FIXING:
        if (!(k = contract_at(g, e->fixing.instrument))) break;
        k->row.fixing_any = true, k->row.fixed = e->fixing.fixed, k->row.total = e->fixing.total;
        k->row.mean = e->fixing.mean;
        break;
    case EVT_POSITION_LIMIT:
        if (!(k = contract_at(g, e->position_limit.instrument))) break;
        view_limit(&k->row, &e->position_limit);
        break;
    case EVT_SETTLEMENT_PRICE:
        if (!(k = contract_at(g, e->settlement_price.instrument))) break;
        k->row.settlement = e->settlement_price.price;
        k->row.settled_any = k->ticker_dirty = true;
        break;
    case EVT_FINAL_SETTLEMENT:
        if (!(k = contract_at(g, e->final_settlement.instrument))) break;
        k->row.final = e->final_settlement.value;
        k->row.final_any = k->ticker_dirty = true;
        break;
    default: break;
    }
}

void view_event(struct gateway *g, const struct event *e)
{
    switch (e->type) {
    case EVT_VENUE_OPENED:
        g->venue.venue = e->venue_opened.venue, g->venue.currency = e->venue_opened.currency;
        break;
    case EVT_DAY_OPENED: g->day.day = e->day_opened.date, g->day.open = true; break;
    case EVT_DAY_ENDED:
        g->day.open = false, g->day.ended = e->day_ended.date;
        g->day.state_hash = e->day_ended.state_hash, g->day.event_hash = e->day_ended.event_hash;
        break;
    case EVT_ORDER_ACCEPTED:
    case EVT_ORDER_REPLACED:
    case EVT_ORDER_FILLED:
    case EVT_ORDER_ENDED: view_order(g, e); break;
    case EVT_POSITION:
        view_position(g, e->position.account, e->position.instrument, e->position.lots);
        break;
    case EVT_TRADE: view_trade(g, &e->trade); break;
    case EVT_BOOK: view_book(g, &e->book); break;
    default: view_contract(g, e); break;
    }
}

/* ---- from the read model, at open ---- */

struct paged { struct gateway *g; u32 n; u64 last; };

static bool load_contract(void *ctx, const void *row)
{
    struct paged *p = ctx;
    const struct store_instrument *r = row;
    struct contract *k = contract_listed(p->g, &r->listed);
    if (!k) return p->g->loop_failed = true, false;
    k->row = *r;
    p->n++, p->last = r->listed.instrument;
    return true;
}

static bool load_level(void *ctx, const void *row)
{
    const struct store_level *r = row;
    struct contract *k = contract_at(ctx, r->instrument);
    u32 side = r->side == SIDE_BUY ? 0 : 1;
    return !k ||
           ladder_set(&k->side[side], side, (struct level){ r->price.micros, r->qty, r->orders });
}

static bool load_position(void *ctx, const void *row)
{
    struct paged *p = ctx;
    const struct evt_position *r = row;
    view_position(p->g, r->account, r->instrument, r->lots);
    p->n++, p->last = (u64)r->account << 32 | r->instrument;
    return true;
}

static bool load_order(void *ctx, const void *row)
{
    struct paged *p = ctx;
    const struct store_order *r = row;
    struct store_order *o = working_new(p->g, r->order.order_id);
    if (!o) return p->g->loop_failed = true, false;
    *o = *r;
    p->n++, p->last = r->order.order_id;
    return true;
}

static bool load_trade(void *ctx, const void *row)
{
    struct contract *k = ctx;
    const struct store_trade *r = row;
    k->last[k->last_n++] = r->trade;
    return k->last_n < TRADES_KEPT;
}

/* Newest first as asked; kept oldest first. */
static Err load_trades(struct gateway *g, struct contract *k, struct why *w)
{
    struct store_filter f = { .instrument = k->row.listed.instrument, .limit = TRADES_KEPT };
    Err err = store_trades(g->store, &f, load_trade, k, w);
    for (u32 i = 0; i < k->last_n / 2; i++) {
        struct evt_trade t = k->last[i];
        k->last[i] = k->last[k->last_n - 1 - i];
        k->last[k->last_n - 1 - i] = t;
    }
    return err;
}

/* All pages of one query: oldest first by `after`, or newest first by `before`. */
typedef Err paged_query(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                        struct why *w);
static Err load_pages(struct gateway *g, paged_query *query, bool newest_first, store_row *row,
                      struct why *w)
{
    struct paged p = { .g = g, .n = 1000 };
    Err err = ERR_OK;
    while (!err && p.n == 1000 && !g->loop_failed) {
        struct store_filter f = { 0 };
        if (newest_first) f.before = p.last, f.state = ORDER_OPEN;
        else f.after = p.last;
        p.n = 0;
        err = query(g->store, &f, row, &p, w);
    }
    return err;
}

Err view_load(struct gateway *g, struct why *w)
{
    struct store_filter all = { 0 };
    Err err = store_begin(g->store, w);
    if (err) return err;
    err = store_mark(g->store, &g->mark, w);
    if (!err) err = store_venue(g->store, &g->venue, w);
    if (!err) err = store_day(g->store, &g->day, w);
    if (!err) err = load_pages(g, store_instruments, false, load_contract, w);
    if (!err) err = store_levels(g->store, &all, load_level, g, w);
    if (!err) err = load_pages(g, store_orders, true, load_order, w);
    if (!err) err = load_pages(g, store_positions, false, load_position, w);
    for (u32 i = 0; i < g->contracts_n && !err; i++)
        if (g->contracts[i]) err = load_trades(g, g->contracts[i], w);
    store_end(g->store);
    g->seen = g->loaded = g->mark;
    if (!err && g->loop_failed) err = why_set(w, ERR_IO, "gateway: no memory");
    return err;
}

static void group_free(struct group *q)
{
    free(q->subs);
    free(q->changes);
}

void view_close(struct gateway *g)
{
    for (u32 i = 0; i < g->contracts_n; i++) {
        struct contract *k = g->contracts[i];
        if (!k) continue;
        for (u32 d = 0; d < DEPTHS; d++)
            for (u32 r = 0; r < RATES; r++) group_free(&k->book[d][r]);
        group_free(&k->trades);
        group_free(&k->ticker);
        free(k->side[0].rows);
        free(k->side[1].rows);
        free(k);
    }
    free(g->contracts);
    free(g->touched);
    free(g->working);
    table_free(&g->orders);
    table_free(&g->lots);
    group_free(&g->index), group_free(&g->settlement), group_free(&g->status),
        group_free(&g->ticker);
}

/* ---- writing ---- */

void write_price(struct text *t, const char *key, const struct contract *k, i64 micros)
{
    json_key(t, key);
    text_put_char(t, '"');
    text_put_dec_short(t, micros, 6, k ? k->digits : 2);
    text_put_char(t, '"');
}

static void price_or_null(struct text *t, const char *key, const struct contract *k, bool any,
                          UnitPrice p)
{
    if (any) write_price(t, key, k, p.micros);
    else json_null(t, key);
}

void write_trade(struct gateway *g, struct text *t, const struct evt_trade *v)
{
    const struct contract *k = contract_at(g, v->instrument);
    json_item(t);
    text_put_char(t, '{');
    json_id(t, "id", v->trade_id);
    json_str(t, "contract", contract_id(g, v->instrument));
    json_time(t, v->time);
    write_price(t, "price", k, v->price.micros);
    json_int(t, "quantity", v->qty);
    json_str(t, "side", enum_text(SIDE_ENUM, v->aggressor));
    text_put_char(t, '}');
}

void write_ticker(struct gateway *g, struct text *t, const struct contract *k)
{
    static const char *const price_keys[2] = { "bid", "ask" }, *const size_keys[2] = { "bid_size",
                                                                                       "ask_size" };
    const struct store_instrument *r = &k->row;
    bool today = r->trades && r->day.days == g->day.day.days;
    json_item(t);
    text_put_char(t, '{');
    json_str(t, "contract", r->listed.instrument_id.z);
    for (u32 side = 0; side < 2; side++) {
        const struct ladder *l = &k->side[side];
        price_or_null(t, price_keys[side], k, l->n, (UnitPrice){ l->n ? l->rows[0].price : 0 });
        if (l->n) json_int(t, size_keys[side], l->rows[0].qty);
        else json_null(t, size_keys[side]);
    }
    price_or_null(t, "last", k, r->last_any, r->last);
    if (r->last_any) json_int(t, "last_size", r->last_qty);
    else json_null(t, "last_size");
    price_or_null(t, "settlement", k, r->settled_any, r->settlement);
    price_or_null(t, "open", k, today, r->open);
    price_or_null(t, "high", k, today, r->high);
    price_or_null(t, "low", k, today, r->low);
    json_int(t, "volume", today ? r->volume : 0);
    json_u32(t, "trades", today ? r->trades : 0);
    json_int(t, "open_interest", k->long_lots);
    json_key(t, "ts");
    text_put_i64(t, i64_max(r->last_at.ns, 0));
    text_put_char(t, '}');
}

static void put_level(const struct contract *k, struct text *t, const struct level *l, bool orders)
{
    json_item(t);
    text_put(t, "[\"");
    text_put_dec_short(t, l->price, 6, k->digits);
    text_put(t, "\",\"");
    text_put_i64(t, l->qty);
    if (orders) {
        text_put(t, "\",\"");
        text_put_u64(t, l->orders);
    }
    text_put(t, "\"]");
}

void write_levels(const struct contract *k, struct text *t, u32 side, u32 depth, bool orders)
{
    const struct ladder *l = &k->side[side];
    json_key(t, side == 0 ? "bids" : "asks");
    text_put_char(t, '[');
    for (u32 i = 0; i < l->n && i < depth; i++) put_level(k, t, &l->rows[i], orders);
    text_put_char(t, ']');
}

u32 book_checksum(const struct contract *k, struct text *t)
{
    for (u32 side = 0; side < 2; side++) {
        const struct ladder *l = &k->side[side];
        text_put(t, side == 0 ? "b:" : ";a:");
        for (u32 i = 0; i < l->n && i < 10; i++) {
            if (i) text_put_char(t, '|');
            text_put_dec_short(t, l->rows[i].price, 6, k->digits);
            text_put_char(t, ':');
            text_put_i64(t, l->rows[i].qty);
        }
    }
    ASSERT(!t->cut);
    return crc32c(0, t->at, t->n);
}

static const char *level_name(u8 level)
{
    static const char *const names[] = { "L6", "L1", "L2", "L3", "L4", "L5", "L6" };
    return names[level < ARRAY_LEN(names) ? level : 0];
}

/* The date's last version, if that is not the one shown. */
static void write_restated(struct text *t, const struct evt_index_printed *v,
                           const struct store_print *of)
{
    if (!of || of->last_version == v->version) {
        json_null(t, "restated");
        return;
    }
    json_key(t, "restated");
    text_put_char(t, '{');
    json_u32(t, "version", of->last_version);
    json_str(t, "status", enum_text(PRINT_ENUM, of->last_status));
    if (of->last_status != PRINT_NO_PRINT) json_dec(t, "value", of->last_value.micros, 2);
    else json_null(t, "value");
    json_time(t, of->last_published_at);
    text_put_char(t, '}');
}

void write_print(struct text *t, const struct evt_index_printed *v, const struct store_print *of,
                 bool name)
{
    bool priced = v->status != PRINT_NO_PRINT;
    struct { const char *key; i64 micros; } rows[] = {
        { "value", v->value.micros }, { "p1", v->p1.micros }, { "p25", v->p25.micros },
        { "p50", v->p50.micros }, { "p75", v->p75.micros }, { "p99", v->p99.micros },
    };
    json_item(t);
    text_put_char(t, '{');
    if (name) json_str(t, "index", v->index.z);
    json_date(t, "date", v->value_date);
    json_u32(t, "version", v->version);
    json_str(t, "status", enum_text(PRINT_ENUM, v->status));
    json_str(t, "level", level_name(v->level));
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        bool any = priced && (i == 0 || v->p50.micros);
        if (any) json_dec(t, rows[i].key, rows[i].micros, 2);
        else json_null(t, rows[i].key);
    }
    json_date(t, "priced_on", v->priced_on);
    json_u32(t, "owners", v->owners);
    json_u32(t, "observations", v->observations);
    json_int(t, "volume", v->volume);
    json_str(t, "reason", v->reason.z);
    json_hash(t, "receipt", v->receipt.bytes, sizeof v->receipt.bytes);
    if (v->cost_stated) json_dec(t, "cost_to_move", v->cost_to_move.micros, 2);
    else json_null(t, "cost_to_move");
    write_restated(t, v, of);
    json_time(t, v->published_at);
    text_put_char(t, '}');
}

/* The members of GET /status, without the braces. */
void write_status(struct gateway *g, struct text *t)
{
    struct gateway_status s = { .now = { 0 } };
    i64 longs = 0, shorts = 0;
    g->on.status(g->on.ctx, &s);
    for (u32 i = 0; i < g->contracts_n; i++)
        if (g->contracts[i])
            longs += g->contracts[i]->long_lots, shorts += g->contracts[i]->short_lots;
    json_str(t, "venue", s.venue.z[0] ? s.venue.z : g->venue.venue.z);
    json_str(t, "version", s.version.z);
    json_str(t, "mode", s.mode.z);
    json_str(t, "durability", s.durability.z);
    json_str(t, "currency", g->venue.currency.z);
    json_str(t, "state", s.state.z);
    if (s.alert) json_str(t, "alert", s.alert);
    else json_null(t, "alert");
    json_time(t, s.now);
    json_date(t, "trading_day", g->day.day);
    json_bool(t, "day_open", g->day.open);
    json_id(t, "seq", s.seq);
    json_id(t, "durable_seq", s.durable_seq);
    json_id(t, "store_seq", g->mark.seq);
    if (g->day.ended.days) json_hash(t, "state_hash", g->day.state_hash.bytes, 32);
    else json_null(t, "state_hash");
    json_date(t, "state_hash_date", g->day.ended);
    u8 chain[8];
    store_u64(chain, __builtin_bswap64(g->day.event_hash));
    if (g->day.ended.days) json_hash(t, "event_hash", chain, sizeof chain);
    else json_null(t, "event_hash");
    json_key(t, "ledger");
    text_put_char(t, '{');
    json_dec(t, "sum", s.ledger_sum.micros, 2);
    json_int(t, "long", longs);
    json_int(t, "short", shorts);
    json_bool(t, "balanced", s.ledger_sum.micros == 0 && longs == shorts);
    text_put_char(t, '}');
    if (s.demo) {
        json_key(t, "demo");
        text_put(t, s.demo);
    }
}
