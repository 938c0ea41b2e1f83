/* The queries: SQL text put together of a closed set of clauses, rows read into their structs. */
#include "store/schema.h"

struct ask { struct text sql; char buf[1536]; u32 args; i64 value[8]; const char *z; bool first; };

static void ask_init(struct ask *a, const char *select)
{
    ASSERT(select);
    a->sql = text_on(a->buf, sizeof a->buf);
    a->args = 0, a->z = NULL, a->first = true;
    text_put(&a->sql, select);
}

static void ask_where(struct ask *a, const char *clause)
{
    ASSERT(clause);
    text_put(&a->sql, a->first ? " WHERE " : " AND ");
    text_put(&a->sql, clause);
    a->first = false;
}

/* A clause with one ?, left out when the value is 0. */
static void ask_if(struct ask *a, const char *clause, i64 value)
{
    ASSERT(a->args < ARRAY_LEN(a->value));
    if (!value) return;
    ask_where(a, clause);
    a->value[a->args++] = value;
}

static void ask_end(struct ask *a, const char *order, u32 limit)
{
    text_put(&a->sql, " ORDER BY ");
    text_put(&a->sql, order);
    text_put(&a->sql, " LIMIT ?");
    ASSERT(a->args < ARRAY_LEN(a->value));
    a->value[a->args++] = limit && limit < 1000 ? limit : 1000;
    ASSERT(!a->sql.cut);
}

/* A text parameter comes first, then the numbers in order. */
static sqlite3_stmt *ask_start(struct store *s, const struct ask *a, struct why *w)
{
    sqlite3_stmt *q = store_prepared(s, a->buf, w);
    ASSERT(!a->sql.cut);
    if (!q) return NULL;
    struct cell c = { q, 0 };
    if (a->z) bind_z(&c, a->z);
    for (u32 i = 0; i < a->args; i++) bind_int(&c, a->value[i]);
    return q;
}

static Err ask_done(struct store *s, sqlite3_stmt *q, int rc, struct why *w)
{
    ASSERT(q);
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) return store_fail(s, sqlite3_sql(q), w);
    sqlite3_reset(q);
    return ERR_OK;
}

/* Reads rows of TYPE by READ(c, row) until none is left or the caller has enough. */
#define GIVE(ask, type, READ) \
    do { \
        sqlite3_stmt *q = ask_start(s, ask, w); \
        int rc; \
        if (!q) return ERR_IO; \
        while ((rc = sqlite3_step(q)) == SQLITE_ROW) { \
            struct cell c = { q, 0 }; \
            type r; \
            memset(&r, 0, sizeof r); \
            READ(&c, &r); \
            if (!row(ctx, &r)) break; \
        } \
        return ask_done(s, q, rc, w); \
    } while (0)

/* get_TABLE: the event's own columns; select_TABLE: their names. */
#define AS_GET(table, EVENT, member, key, extra) \
    static void get_##table(struct cell *at, struct evt_##member *v) \
    { \
        struct cell c = *at; \
        EVENT##_FIELDS(AS_READ) *at = c; \
    } \
    static const char select_##table[] = "SELECT " EVENT##_FIELDS(AS_NAME);
EVENT_TABLES(AS_GET)

static void start_of(struct ask *a, const char *columns, const char *rest)
{
    ask_init(a, columns);
    text_put(&a->sql, rest);
}
#define START(table, more) start_of(&a, select_##table, more " FROM " #table)

static bool get_price(struct cell *c, UnitPrice *p)
{
    bool any = !read_null(c);
    p->micros = read_int(c);
    return any;
}

static void get_instrument(struct cell *c, struct store_instrument *r)
{
    get_instruments(c, &r->listed);
    r->state = (u8)read_int(c), r->phase = (u8)read_int(c);
    r->fixing_any = !read_null(c);
    r->fixed = (u32)read_int(c), r->total = (u32)read_int(c);
    r->mean.micros = read_int(c);
    r->settled_any = get_price(c, &r->settlement);
    r->final_any = get_price(c, &r->final);
    r->last_any = get_price(c, &r->last);
    r->last_qty = read_int(c);
    r->last_at.ns = read_int(c);
    r->day.days = (i32)read_int(c);
    (void)get_price(c, &r->open);
    (void)get_price(c, &r->high);
    (void)get_price(c, &r->low);
    r->volume = read_int(c), r->trades = (u32)read_int(c);
    r->book_seq = (u64)read_int(c);
    r->limit_basis = (u8)read_int(c);
    r->limited = !read_null(c), r->limit_lots = read_int(c);
    r->rule_lots = read_int(c);
    r->cost_stated = !read_null(c), r->cost_to_move.micros = read_int(c);
    r->lstar_milli = read_int(c);
}

Err store_instruments(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                      struct why *w)
{
    struct ask a;
    START(instruments,
          "state,phase,fixed,total,mean,settlement,final,last,last_qty,last_at,day,open,"
          "high,low,volume,trades,book_seq,limit_basis,limit_lots,limit_rule,limit_cost,"
          "limit_lstar");
    ask_if(&a, "instrument=?", f->instrument);
    ask_if(&a, "instrument>?", (i64)f->after);
    ask_end(&a, "instrument", f->limit);
    GIVE(&a, struct store_instrument, get_instrument);
}

static void get_trade(struct cell *c, struct store_trade *r)
{
    get_trades(c, &r->trade);
    r->seq = (u64)read_int(c);
}

Err store_trades(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                 struct why *w)
{
    struct ask a;
    START(trades, "seq");
    ask_if(&a, "instrument=?", f->instrument);
    ask_if(&a, "trade_id<?", (i64)f->before);
    ask_if(&a, "trade_id>?", (i64)f->after);
    ask_if(&a, "time>=?", f->since.ns);
    ask_end(&a, f->since.ns ? "trade_id" : "trade_id DESC", f->limit);
    GIVE(&a, struct store_trade, get_trade);
}

static void get_candle(struct cell *c, struct store_candle *r)
{
    r->at.ns = read_int(c);
    r->open.micros = read_int(c), r->high.micros = read_int(c);
    r->low.micros = read_int(c), r->close.micros = read_int(c);
    r->volume = read_int(c), r->trades = (u32)read_int(c);
}

/* First and last price of a step: the bare column of MIN and MAX comes from that row (SQLite). */
static const char candle_sql[] =
    "SELECT at, (SELECT price FROM trades WHERE trade_id=first), high, low,"
    " (SELECT price FROM trades WHERE trade_id=last), volume, n FROM ("
    "SELECT time/?2*?2 AS at, MIN(trade_id) AS first, MAX(trade_id) AS last, MAX(price) AS high,"
    " MIN(price) AS low, SUM(qty) AS volume, COUNT(*) AS n FROM trades"
    " WHERE instrument=?1 AND time>=?3 GROUP BY 1 ";

Err store_candles(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                  struct why *w)
{
    struct ask a;
    ASSERT(f->step > 0);
    ask_init(&a, candle_sql);
    text_put(&a.sql, f->since.ns ? "ORDER BY 1 LIMIT ?4)" : "ORDER BY 1 DESC LIMIT ?4)");
    text_put(&a.sql, " ORDER BY at");
    a.value[0] = f->instrument, a.value[1] = f->step * NS_PER_SECOND, a.value[2] = f->since.ns;
    a.value[3] = f->limit && f->limit < 1000 ? f->limit : 1000;
    a.args = 4;
    GIVE(&a, struct store_candle, get_candle);
}

#define ORDER_COLUMNS \
    "last_seq,now_client_id,now_price,now_qty,open,filled,filled_value,state,reason"
static void get_order(struct cell *c, struct store_order *r)
{
    get_orders(c, &r->order);
    r->seq = (u64)read_int(c);
    read_z(c, r->order.client_id.z, sizeof r->order.client_id.z);
    r->order.price.micros = read_int(c), r->order.qty = read_int(c);
    r->open = read_int(c), r->filled = read_int(c), r->filled_value = read_int(c);
    r->state = (u8)read_int(c), r->reason = (u8)read_int(c);
}

Err store_orders(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                 struct why *w)
{
    struct ask a;
    START(orders, ORDER_COLUMNS);
    ask_if(&a, "account=?", f->account);
    ask_if(&a, "instrument=?", f->instrument);
    ask_if(&a, "state=?", f->state);
    ask_if(&a, "order_id<?", (i64)f->before);
    ask_end(&a, "order_id DESC", f->limit);
    GIVE(&a, struct store_order, get_order);
}

struct one { void *to; u32 bytes; bool found; };
static bool keep_one(void *ctx, const void *row)
{
    struct one *o = ctx;
    ASSERT(!o->found);
    memcpy(o->to, row, o->bytes);
    o->found = true;
    return false;
}

static Err one_order(struct store *s, struct ask *a, struct one *one, struct why *w)
{
    store_row *row = keep_one;
    void *ctx = one;
    GIVE(a, struct store_order, get_order);
}

Err store_order_by_id(struct store *s, u64 order_id, struct store_order *o, bool *found,
                      struct why *w)
{
    struct one one = { o, sizeof *o, false };
    struct ask a;
    START(orders, ORDER_COLUMNS);
    ask_if(&a, "order_id=?", (i64)order_id);
    Err err = one_order(s, &a, &one, w);
    *found = one.found;
    return err;
}

Err store_order_by_client(struct store *s, u32 account, const Text40 *client_id,
                          struct store_order *o, bool *found, struct why *w)
{
    sqlite3_stmt *q = store_prepared(s,
                                     "SELECT MAX(order_id) FROM client_ids "
                                     "WHERE client_id=?1 AND account=?2",
                                     w);
    u64 id = 0;
    if (!q) return ERR_IO;
    struct cell c = { q, 0 };
    bind_z(&c, client_id->z);
    bind_int(&c, account);
    int rc = sqlite3_step(q);
    if (rc == SQLITE_ROW) id = (u64)sqlite3_column_int64(q, 0);
    Err err = ask_done(s, q, rc, w);
    *found = false;
    return err || !id ? err : store_order_by_id(s, id, o, found, w);
}

static void get_first(struct cell *c, struct store_order *r)
{
    get_orders(c, &r->order);
    r->seq = r->order.order_id;
    r->filled = read_int(c);
    r->filled_value = read_int(c);
    bool ended = read_int(c);
    r->reason = ended ? (u8)read_int(c) : 0;
    r->state = ended ? ORDER_DONE : ORDER_OPEN;
    r->open = r->order.qty - r->filled;
}

static Err one_first(struct store *s, struct ask *a, struct one *one, struct why *w)
{
    store_row *row = keep_one;
    void *ctx = one;
    GIVE(a, struct store_order, get_first);
}

Err store_order_first(struct store *s, u64 order_id, struct store_order *o, bool *found,
                      struct why *w)
{
    struct one one = { o, sizeof *o, false };
    struct ask a;
    start_of(&a, select_orders,
             "(SELECT COALESCE(SUM(qty),0) FROM fills f WHERE f.order_id=?1 AND f.seq=?1), "
             "(SELECT COALESCE(SUM(qty*price),0) FROM fills f WHERE f.order_id=?1 AND f.seq=?1), "
             "ended_seq IS ?1, reason FROM orders WHERE order_id=?1");
    a.value[a.args++] = (i64)order_id;
    Err err = one_first(s, &a, &one, w);
    *found = one.found;
    return err;
}

static void get_fill(struct cell *c, struct store_fill *r)
{
    get_fills(c, &r->fill);
    r->seq = (u64)read_int(c), r->index = (u32)read_int(c);
    read_z(c, r->client_id.z, sizeof r->client_id.z);
}
#define FILL_COLUMNS "seq,idx,(SELECT now_client_id FROM orders o WHERE o.order_id=fills.order_id)"

/* The cursor of a fill is seq * 2^20 + index. */
Err store_fills(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                struct why *w)
{
    struct ask a;
    START(fills, FILL_COLUMNS);
    ask_if(&a, "account=?", f->account);
    ask_if(&a, "instrument=?", f->instrument);
    ask_if(&a, "seq<=?", (i64)(f->before >> 20));
    ask_if(&a, "(seq<<20)+idx<?", (i64)f->before);
    ask_end(&a, "seq DESC, idx DESC", f->limit);
    GIVE(&a, struct store_fill, get_fill);
}

Err store_order_fills(struct store *s, u64 order_id, u64 up_to_seq, store_row *row, void *ctx,
                      struct why *w)
{
    struct ask a;
    START(fills, FILL_COLUMNS);
    ask_if(&a, "order_id=?", (i64)order_id);
    ask_if(&a, "seq<=?", (i64)up_to_seq);
    ask_end(&a, "seq, idx", 0);
    GIVE(&a, struct store_fill, get_fill);
}

static void get_level(struct cell *c, struct store_level *r)
{
    r->instrument = (u32)read_int(c), r->side = (u8)read_int(c);
    r->price.micros = read_int(c), r->qty = read_int(c), r->orders = (u32)read_int(c);
}

/* All of them, whatever the limit: a book has no use for a part of itself. */
Err store_levels(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                 struct why *w)
{
    struct ask a;
    ask_init(&a,
             "SELECT instrument, side, now_price, SUM(open), COUNT(*) FROM orders "
             "WHERE state=1 AND open>0 GROUP BY instrument, side, now_price ORDER BY instrument, "
             "side, CASE side WHEN 1 THEN -now_price ELSE now_price END");
    (void)f;
    GIVE(&a, struct store_level, get_level);
}

static void get_settlement(struct cell *c, struct store_settlement *r)
{
    get_settlements(c, &r->row);
    r->id = ((u64)(u32)r->row.date.days << 32) | r->row.instrument;
}

Err store_settlements(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                      struct why *w)
{
    struct ask a;
    START(settlements, "1");
    ask_if(&a, "instrument=?", f->instrument);
    ask_if(&a, "(date<<32)+instrument<?", (i64)f->before);
    ask_end(&a, "date DESC, instrument DESC", f->limit);
    GIVE(&a, struct store_settlement, get_settlement);
}

Err store_finals(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                 struct why *w)
{
    struct ask a;
    START(finals, "1");
    ask_if(&a, "instrument=?", f->instrument);
    ask_end(&a, "date DESC, instrument DESC", f->limit);
    GIVE(&a, struct evt_final_settlement, get_finals);
}

Err store_statistics(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                     struct why *w)
{
    struct ask a;
    START(statistics, "1");
    ask_if(&a, "instrument=?", f->instrument);
    ask_if(&a, "(date<<32)+instrument<?", (i64)f->before);
    ask_end(&a, "date DESC, instrument DESC", f->limit);
    GIVE(&a, struct evt_day_statistics, get_statistics);
}

Err store_fixings(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                  struct why *w)
{
    struct ask a;
    START(fixings, "1");
    ask_if(&a, "instrument=?", f->instrument);
    ask_end(&a, "instrument, date", f->limit);
    GIVE(&a, struct evt_fixing, get_fixings);
}

Err store_indexes(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                  struct why *w)
{
    struct ask a;
    START(indexes, "1");
    ask_where(&a,
              "version=(SELECT MAX(version) FROM indexes i WHERE i.\"index\"=indexes.\"index\")");
    ask_end(&a, "\"index\"", f->limit);
    GIVE(&a, struct evt_index_installed, get_indexes);
}

/* A column of the last version of a row's date. */
#define LAST_VERSIONS(column) \
    "(SELECT " column " FROM prints p WHERE p.\"index\"=prints.\"index\" " \
    "AND p.value_date=prints.value_date ORDER BY version DESC LIMIT 1)"

static void get_print(struct cell *c, struct store_print *r)
{
    get_prints(c, &r->print);
    r->id = ((u64)(u32)r->print.value_date.days << 20) | (r->print.version & 0xfffff);
    r->last_version = (u32)read_int(c), r->last_status = (u8)read_int(c);
    r->last_value.micros = read_int(c), r->last_published_at.ns = read_int(c);
}

Err store_prints(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                 struct why *w)
{
    struct ask a;
    START(prints, LAST_VERSIONS("version") "," LAST_VERSIONS("status") "," LAST_VERSIONS(
                      "value") "," LAST_VERSIONS("published_at"));
    ask_where(&a, "\"index\"=?1");
    a.z = f->index.z;
    if (f->vintages == STORE_FIRST) ask_where(&a, "version=1");
    if (f->vintages == STORE_LAST) ask_where(&a, "version=" LAST_VERSIONS("version"));
    ask_if(&a, "(value_date<<20)+version<?", (i64)f->before);
    ask_end(&a, "value_date DESC, version DESC", f->limit);
    GIVE(&a, struct store_print, get_print);
}

Err store_accounts(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                   struct why *w)
{
    struct ask a;
    START(accounts, "status");
    ask_if(&a, "account=?", f->account);
    ask_if(&a, "account>?", (i64)f->after);
    ask_end(&a, "account", f->limit);
    GIVE(&a, struct evt_account_opened, get_accounts);
}

Err store_account_status(struct store *s, u32 account, u8 *status, struct why *w)
{
    sqlite3_stmt *q = store_prepared(s, "SELECT status FROM accounts WHERE account=?", w);
    if (!q) return ERR_IO;
    struct cell c = { q, 0 };
    bind_int(&c, account);
    int rc = sqlite3_step(q);
    *status = rc == SQLITE_ROW ? (u8)sqlite3_column_int64(q, 0) : 0;
    return ask_done(s, q, rc, w);
}

Err store_positions(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                    struct why *w)
{
    struct ask a;
    START(positions, "1");
    ask_if(&a, "account=?", f->account);
    ask_if(&a, "instrument=?", f->instrument);
    ask_if(&a, "(account<<32)+instrument>?", (i64)f->after);
    ask_end(&a, "account, instrument", f->limit);
    GIVE(&a, struct evt_position, get_positions);
}

Err store_margins(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                  struct why *w)
{
    struct ask a;
    START(margins, "1");
    ask_if(&a, "account=?", f->account);
    ask_if(&a, "account>?", (i64)f->after);
    ask_end(&a, "account", f->limit);
    GIVE(&a, struct evt_margin, get_margins);
}

static void get_balance(struct cell *c, struct store_balance *r)
{
    r->account = (u32)read_int(c), r->chart = (u8)read_int(c), r->amount.micros = read_int(c);
}

Err store_balances(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                   struct why *w)
{
    struct ask a;
    ask_init(&a, "SELECT account, chart, amount FROM balances");
    ask_if(&a, "account=?", f->account);
    ask_end(&a, "account, chart", f->limit);
    GIVE(&a, struct store_balance, get_balance);
}

static void get_fee(struct cell *c, struct store_fee *r)
{
    r->account = (u32)read_int(c), r->instrument = (u32)read_int(c);
    r->maker.micros = read_int(c), r->taker.micros = read_int(c), r->lots = read_int(c);
}

Err store_fees(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
               struct why *w)
{
    struct ask a;
    ask_init(&a, "SELECT account, instrument, maker, taker, lots FROM fees");
    ask_if(&a, "account=?", f->account);
    ask_end(&a, "account, instrument", f->limit);
    GIVE(&a, struct store_fee, get_fee);
}

static void get_posting(struct cell *c, struct store_posting *r)
{
    get_postings(c, &r->posted);
    r->seq = (u64)read_int(c), r->day.days = (i32)read_int(c);
}

Err store_postings(struct store *s, const struct store_filter *f, store_row *row, void *ctx,
                   struct why *w)
{
    struct ask a;
    START(postings, "seq,on_day");
    ask_if(&a, "(debit_account=?1 OR credit_account=?1)", f->account);
    ask_if(&a, "posting_id<?", (i64)f->before);
    ask_end(&a, "posting_id DESC", f->limit);
    GIVE(&a, struct store_posting, get_posting);
}

Err store_day(struct store *s, struct store_day *d, struct why *w)
{
    sqlite3_stmt *q =
        store_prepared(s, "SELECT day, open, ended, state_hash, event_hash FROM days", w);
    if (!q) return ERR_IO;
    struct cell c = { q, 0 };
    int rc = sqlite3_step(q);
    memset(d, 0, sizeof *d);
    if (rc == SQLITE_ROW) {
        d->day.days = (i32)read_int(&c), d->open = read_int(&c), d->ended.days = (i32)read_int(&c);
        read_hash(&c, &d->state_hash);
        d->event_hash = (u64)read_int(&c);
    }
    return ask_done(s, q, rc, w);
}

Err store_venue(struct store *s, struct store_venue *v, struct why *w)
{
    sqlite3_stmt *q = store_prepared(s, "SELECT name, currency FROM venue", w);
    if (!q) return ERR_IO;
    struct cell c = { q, 0 };
    int rc = sqlite3_step(q);
    memset(v, 0, sizeof *v);
    if (rc == SQLITE_ROW) {
        read_z(&c, v->venue.z, sizeof v->venue.z);
        read_z(&c, v->currency.z, sizeof v->currency.z);
    }
    return ask_done(s, q, rc, w);
}
