/* Public reads. */
#include "gateway/internal.h"

static const struct store_filter everything = { 0 };

static void begin(struct ask *a, const char *list)
{
    text_put_char(&a->g->body, '{');
    json_key(&a->g->body, list);
    text_put_char(&a->g->body, '[');
}

/* Ends the list; a full page names the cursor of the next. */
static void finish(struct ask *a, u32 n, u64 limit, u64 cursor)
{
    text_put_char(&a->g->body, ']');
    if (limit && n >= limit) json_id(&a->g->body, "next", cursor);
    text_put_char(&a->g->body, '}');
    answer_json(a, 200, NULL);
}

/* limit= and cursor=, the limit 1 to 1,000. */
static bool page_of(struct ask *a, u32 standard, struct store_filter *f)
{
    u64 limit = standard, cursor = 0;
    if (!ask_u64(a, "limit", 1000, &limit) || !ask_u64(a, "cursor", INT64_MAX, &cursor))
        return false;
    if (!limit) {
        answer_problem(a, REJECT_BAD_FIELD, "1 to 1,000 is due", "limit", 0);
        return false;
    }
    f->limit = (u32)limit, f->before = cursor;
    return true;
}

/* since=: ns, or RFC 3339. */
static bool since_of(struct ask *a, Instant *since)
{
    char buf[64];
    Str s;
    if (!ask_word(a, "since", buf, sizeof buf, &s)) return false;
    if (!s.n || parse_i64(s, &since->ns) == PARSE_OK || parse_instant(s, since) == PARSE_OK) {
        if (since->ns >= 0) return true;
    }
    answer_problem(a, REJECT_BAD_FIELD, "ns since 1970 or an RFC 3339 time is due", "since", 0);
    return false;
}

void route_time(struct ask *a)
{
    struct gateway_status s = { .now = { 0 } };
    a->g->on.status(a->g->on.ctx, &s);
    text_put_char(&a->g->body, '{');
    json_time(&a->g->body, s.now);
    text_put_char(&a->g->body, '}');
    answer_json(a, 200, NULL);
}

void route_status(struct ask *a)
{
    struct why w;
    if (store_mark(a->g->store, &a->g->mark, &w))
        a->g->mark.seq = 0; /* shown as it is: not readable */
    text_put_char(&a->g->body, '{');
    write_status(a->g, &a->g->body);
    text_put_char(&a->g->body, '}');
    answer_json(a, 200, NULL);
}

static void put_text_or_null(struct text *t, const char *key, const char *z)
{
    if (z[0]) json_str(t, key, z);
    else json_null(t, key);
}

static void put_price(struct text *t, const char *key, const struct contract *k, bool any,
                      UnitPrice p)
{
    if (any) write_price(t, key, k, p.micros);
    else json_null(t, key);
}

/* What the contract bears, and whether by rule it may list at all: one made on posted or made-up
 * prices with less than a lot lists as a demonstration. */
static void write_limit(struct text *t, const struct store_instrument *r)
{
    bool below = r->cost_stated ? r->lstar_milli < 1000 : r->listed.label == LABEL_POSTED;
    json_key(t, "position_limit");
    if (!r->limit_basis) {
        text_put(t, "null");
        return;
    }
    text_put_char(t, '{');
    json_str(t, "basis", enum_text(LIMIT_BASIS_ENUM, r->limit_basis));
    if (r->limited) json_int(t, "lots", r->limit_lots);
    else json_null(t, "lots");
    if (r->rule_lots) json_int(t, "rule_lots", r->rule_lots);
    else json_null(t, "rule_lots");
    if (r->cost_stated) {
        json_dec(t, "cost_to_move", r->cost_to_move.micros, 2);
        json_key(t, "lstar");
        text_put_char(t, '"'), text_put_dec(t, r->lstar_milli, 3, 3), text_put_char(t, '"');
    } else {
        json_null(t, "cost_to_move"), json_null(t, "lstar");
    }
    json_bool(t, "may_list_by_rule", !below);
    text_put_char(t, '}');
}

static void write_instrument(struct gateway *g, const struct contract *k)
{
    struct text *t = &g->body;
    const struct store_instrument *r = &k->row;
    const struct evt_instrument_listed *l = &r->listed;
    json_item(t);
    text_put_char(t, '{');
    json_str(t, "id", l->instrument_id.z);
    json_u32(t, "instrument", l->instrument);
    json_str(t, "product", l->product_id.z);
    json_u32(t, "spec_version", l->spec_version);
    json_str(t, "index", l->index.z);
    json_str(t, "label", enum_text(LABEL_ENUM, l->label));
    put_text_or_null(t, "quote", l->quote.z[0] ? l->quote.z : g->venue.currency.z);
    put_text_or_null(t, "unit", l->unit.z);
    json_key(t, "contract_size");
    text_put_char(t, '"');
    text_put_dec_short(t, l->lot_units_milli, 3, 0);
    text_put_char(t, '"');
    json_dec(t, "tick", l->tick.micros, 0);
    json_dec(t, "tick_value", l->tick_value.micros, 2);
    json_str(t, "state", enum_text(LISTING_ENUM, r->state));
    json_str(t, "phase", enum_text(PHASE_ENUM, r->phase));
    json_date(t, "period_start", l->period_start);
    json_date(t, "period_end", l->period_end);
    json_date(t, "last_trade", l->last_trade);
    json_date(t, "last_fixing", l->last_fixing);
    json_u32(t, "fixings", r->fixing_any ? r->total : l->fixings);
    json_u32(t, "fixed", r->fixing_any ? r->fixed : 0);
    if (r->fixing_any && r->fixed) json_dec(t, "mean", r->mean.micros, 2);
    else json_null(t, "mean");
    put_price(t, "reference", k, l->reference.micros != 0, l->reference);
    put_price(t, "settlement", k, r->settled_any, r->settlement);
    if (r->final_any) json_dec(t, "final", r->final.micros, 2);
    else json_null(t, "final");
    write_limit(t, r);
    text_put_char(t, '}');
}

void route_instruments(struct ask *a)
{
    struct gateway *g = a->g;
    begin(a, "instruments");
    for (u32 i = 0; i < g->contracts_n; i++)
        if (g->contracts[i]) write_instrument(g, g->contracts[i]);
    finish(a, 0, 0, 0);
}

void route_instrument(struct ask *a)
{
    struct contract *k = part_contract(a);
    if (!k) return;
    write_instrument(a->g, k);
    answer_json(a, 200, NULL);
}

void route_book(struct ask *a)
{
    struct contract *k = part_contract(a);
    struct gateway_status s = { .now = { 0 } };
    struct text *t = &a->g->body;
    u64 depth = 20;
    if (!k || !ask_u64(a, "depth", 1000, &depth)) return;
    if (!depth) {
        answer_problem(a, REJECT_BAD_FIELD, "1 to 1,000 is due", "depth", 0);
        return;
    }
    a->g->on.status(a->g->on.ctx, &s);
    text_put_char(t, '{');
    json_str(t, "contract", k->row.listed.instrument_id.z);
    json_id(t, "seq", k->row.book_seq);
    json_time(t, s.now);
    write_levels(k, t, 0, (u32)depth, true);
    write_levels(k, t, 1, (u32)depth, true);
    text_put_char(t, '}');
    answer_json(a, 200, NULL);
}

struct rows { struct gateway *g; u32 n; u64 last; };

static bool put_trade_row(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct store_trade *v = row;
    write_trade(r->g, &r->g->body, &v->trade);
    r->n++, r->last = v->trade.trade_id;
    return !r->g->body.cut;
}

void route_trades(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    struct contract *k = part_contract(a);
    if (!k || !page_of(a, 100, &f) || !since_of(a, &f.since) || park_read(a)) return;
    f.instrument = k->row.listed.instrument;
    if (f.since.ns) f.after = f.before, f.before = 0;
    begin(a, "trades");
    if (store_ok(a, store_trades(a->g->store, &f, put_trade_row, &r, &w), &w))
        finish(a, r.n, f.limit, r.last);
}

struct candle_rows { struct gateway *g; const struct contract *k; };
static bool put_candle(void *ctx, const void *row)
{
    struct candle_rows *r = ctx;
    const struct store_candle *v = row;
    struct text *t = &r->g->body;
    json_item(t);
    text_put_char(t, '{');
    json_time(t, v->at);
    write_price(t, "open", r->k, v->open.micros);
    write_price(t, "high", r->k, v->high.micros);
    write_price(t, "low", r->k, v->low.micros);
    write_price(t, "close", r->k, v->close.micros);
    json_int(t, "volume", v->volume);
    json_u32(t, "trades", v->trades);
    text_put_char(t, '}');
    return !t->cut;
}

void route_candles(struct ask *a)
{
    struct store_filter f = { 0 };
    struct why w;
    u64 step = 3600;
    struct contract *k = part_contract(a);
    if (!k || !page_of(a, 500, &f) || !since_of(a, &f.since)) return;
    if (!ask_u64(a, "step", 86400, &step)) return;
    if (step < 60) {
        answer_problem(a, REJECT_BAD_FIELD, "60 to 86,400 seconds are due", "step", 0);
        return;
    }
    if (park_read(a)) return;
    f.instrument = k->row.listed.instrument, f.step = (u32)step;
    begin(a, "candles");
    struct candle_rows r = { a->g, k };
    if (store_ok(a, store_candles(a->g->store, &f, put_candle, &r, &w), &w)) finish(a, 0, 0, 0);
}

void route_tickers(struct ask *a)
{
    struct gateway *g = a->g;
    begin(a, "tickers");
    for (u32 i = 0; i < g->contracts_n; i++)
        if (g->contracts[i]) write_ticker(g, &g->body, g->contracts[i]);
    finish(a, 0, 0, 0);
}

static bool put_settlement(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct store_settlement *v = row;
    struct text *t = &r->g->body;
    json_item(t);
    text_put_char(t, '{');
    json_str(t, "contract", contract_id(r->g, v->row.instrument));
    json_date(t, "date", v->row.date);
    write_price(t, "price", contract_at(r->g, v->row.instrument), v->row.price.micros);
    json_str(t, "rule", enum_text(DSP_ENUM, v->row.rule));
    json_u32(t, "rank", v->row.rank);
    text_put_char(t, '}');
    r->n++, r->last = v->id;
    return !t->cut;
}

static bool put_final(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct evt_final_settlement *v = row;
    struct text *t = &r->g->body;
    json_item(t);
    text_put_char(t, '{');
    json_str(t, "contract", contract_id(r->g, v->instrument));
    json_date(t, "date", v->date);
    json_dec(t, "value", v->value.micros, 2);
    json_u32(t, "days", v->days);
    json_u32(t, "carried", v->carried);
    json_u32(t, "missing", v->missing);
    json_int(t, "open_interest", v->open_interest);
    json_hash(t, "receipts", v->receipts.bytes, sizeof v->receipts.bytes);
    text_put_char(t, '}');
    return !t->cut;
}

void route_settlements(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 }, ends = { a->g, 0, 0 };
    struct why w;
    if (!page_of(a, 100, &f) || !ask_contract(a, &f.instrument) || park_read(a)) return;
    text_put_char(&a->g->body, '{');
    json_key(&a->g->body, "final");
    text_put_char(&a->g->body, '[');
    struct store_filter all = { .instrument = f.instrument };
    if (!store_ok(a, store_finals(a->g->store, &all, put_final, &ends, &w), &w)) return;
    text_put_char(&a->g->body, ']');
    json_key(&a->g->body, "settlements");
    text_put_char(&a->g->body, '[');
    if (store_ok(a, store_settlements(a->g->store, &f, put_settlement, &r, &w), &w))
        finish(a, r.n, f.limit, r.last);
}

static bool put_statistics(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct evt_day_statistics *v = row;
    const struct contract *k = contract_at(r->g, v->instrument);
    struct text *t = &r->g->body;
    json_item(t);
    text_put_char(t, '{');
    json_str(t, "contract", contract_id(r->g, v->instrument));
    json_date(t, "date", v->date);
    put_price(t, "open", k, v->trades != 0, v->open);
    put_price(t, "high", k, v->trades != 0, v->high);
    put_price(t, "low", k, v->trades != 0, v->low);
    put_price(t, "last", k, v->trades != 0, v->last);
    json_int(t, "volume", v->volume);
    json_u32(t, "trades", v->trades);
    json_int(t, "open_interest", v->open_interest);
    text_put_char(t, '}');
    r->n++, r->last = (u64)(u32)v->date.days << 32 | v->instrument;
    return !t->cut;
}

void route_statistics(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    if (!page_of(a, 100, &f) || !ask_contract(a, &f.instrument) || park_read(a)) return;
    begin(a, "statistics");
    if (store_ok(a, store_statistics(a->g->store, &f, put_statistics, &r, &w), &w))
        finish(a, r.n, f.limit, r.last);
}

static bool put_fixing(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct evt_fixing *v = row;
    struct text *t = &r->g->body;
    json_item(t);
    text_put_char(t, '{');
    json_date(t, "date", v->date);
    json_str(t, "kind", enum_text(FIXING_ENUM, v->kind));
    if (v->kind == FIXING_DROPPED) json_null(t, "value");
    else json_dec(t, "value", v->value.micros, 2);
    json_u32(t, "fixed", v->fixed);
    json_u32(t, "total", v->total);
    if (v->fixed) json_dec(t, "mean", v->mean.micros, 2);
    else json_null(t, "mean");
    text_put_char(t, '}');
    return !t->cut;
}

void route_fixings(struct ask *a)
{
    struct rows r = { a->g, 0, 0 };
    struct why w;
    struct contract *k = part_contract(a);
    if (!k || park_read(a)) return;
    struct store_filter f = { .instrument = k->row.listed.instrument };
    begin(a, "fixings");
    if (store_ok(a, store_fixings(a->g->store, &f, put_fixing, &r, &w), &w)) finish(a, 0, 0, 0);
}

static bool put_index(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct evt_index_installed *v = row;
    struct text *t = &r->g->body;
    json_item(t);
    text_put_char(t, '{');
    json_str(t, "index", v->index.z);
    json_str(t, "label", enum_text(LABEL_ENUM, v->label));
    json_u32(t, "version", v->version);
    json_hash(t, "methodology", v->methodology.bytes, sizeof v->methodology.bytes);
    text_put_char(t, '}');
    return !t->cut;
}

void route_indexes(struct ask *a)
{
    struct rows r = { a->g, 0, 0 };
    struct why w;
    if (park_read(a)) return;
    begin(a, "indexes");
    if (store_ok(a, store_indexes(a->g->store, &everything, put_index, &r, &w), &w))
        finish(a, 0, 0, 0);
}

struct find_index { Str id; struct evt_index_installed row; bool found; };
static bool is_index(void *ctx, const void *row)
{
    struct find_index *f = ctx;
    const struct evt_index_installed *v = row;
    if (!str_is(f->id, v->index.z)) return true;
    f->row = *v, f->found = true;
    return false;
}

static bool put_print(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct store_print *v = row;
    write_print(&r->g->body, &v->print, v, false);
    r->n++, r->last = v->id;
    return !r->g->body.cut;
}

/* The first print of a date is what most contracts settle on, so it is what is shown. */
static bool vintages_asked(struct ask *a, struct store_filter *f)
{
    static const char *const words[] = {
        [STORE_FIRST] = "first", [STORE_LAST] = "last", [STORE_ALL] = "all"
    };
    char buf[16];
    Str word;
    if (!ask_word(a, "vintages", buf, sizeof buf, &word)) return false;
    for (u32 i = 0; i < ARRAY_LEN(words); i++) {
        f->vintages = (u8)i;
        if (str_is(word, words[i]) || !word.n) return true;
    }
    answer_problem(a, REJECT_BAD_FIELD, "first, last or all is due", "vintages", 0);
    return false;
}

void route_index(struct ask *a)
{
    struct store_filter f = { 0 };
    struct find_index one = { .id = a->part };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    struct text *t = &a->g->body;
    if (!page_of(a, 100, &f) || !vintages_asked(a, &f) || park_read(a)) return;
    if (!store_ok(a, store_indexes(a->g->store, &everything, is_index, &one, &w), &w)) return;
    if (!one.found) {
        answer_problem(a, REJECT_UNKNOWN_INDEX, NULL, NULL, 0);
        return;
    }
    f.index = one.row.index;
    text_put_char(t, '{');
    json_str(t, "index", one.row.index.z);
    json_str(t, "label", enum_text(LABEL_ENUM, one.row.label));
    json_key(t, "prints");
    text_put_char(t, '[');
    if (store_ok(a, store_prints(a->g->store, &f, put_print, &r, &w), &w))
        finish(a, r.n, f.limit, r.last);
}

void route_open_interest(struct ask *a)
{
    struct gateway *g = a->g;
    begin(a, "open_interest");
    for (u32 i = 0; i < g->contracts_n; i++) {
        const struct contract *k = g->contracts[i];
        if (!k) continue;
        json_item(&g->body);
        text_put_char(&g->body, '{');
        json_str(&g->body, "contract", k->row.listed.instrument_id.z);
        json_int(&g->body, "long", k->long_lots);
        json_int(&g->body, "short", k->short_lots);
        text_put_char(&g->body, '}');
    }
    finish(a, 0, 0, 0);
}

void route_openapi(struct ask *a)
{
    openapi_write(&a->g->body);
    answer_json(a, 200, NULL);
}

void route_websocket(struct ask *a)
{
    Str key;
    if (!a->request) return;
    if (a->request->upgrade && a->c->reply_next - a->c->reply_first > 1) {
        answer_problem(a, REJECT_BAD_HTTP, "no upgrade behind unanswered requests", NULL, 0);
        return;
    }
    const char *why =
        a->request->upgrade ? ws_handshake(a->request, &key) : "Connection: Upgrade is due";
    if (why) answer_problem(a, REJECT_BAD_HTTP, why, NULL, 0);
    else if (!auth_own_origin(a->g, a->request))
        answer_problem(a, REJECT_NOT_PERMITTED, "another origin", NULL, 0);
    else channels_open(a, key);
}
