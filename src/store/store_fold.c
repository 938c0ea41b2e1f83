/* One event into the tables: one function a kind of event that does more than add its row. */
#include "store/schema.h"

#define PREPARED(sql) \
    sqlite3_stmt *q = store_prepared(s, sql, w); \
    if (!q) return ERR_IO; \
    struct cell c = { q, 0 }

/* insert_TABLE: the event's row; the last one of a key stays. */
#define AS_INSERT(table, EVENT, member, key, extra) \
    static Err insert_##table(struct store *s, const struct event *e, struct why *w) \
    { \
        const struct evt_##member *v = &e->member; \
        PREPARED("INSERT OR REPLACE INTO " #table "(" EVENT##_FIELDS( \
            AS_NAME) "seq,idx,on_day) VALUES(" EVENT##_FIELDS(AS_MARK) "?,?,?)"); \
        EVENT##_FIELDS(AS_BIND) bind_int(&c, (i64)e->seq); \
        bind_int(&c, e->index); \
        bind_int(&c, s->day); \
        return store_run(s, q, w); \
    }
EVENT_TABLES(AS_INSERT)

static Err fold_venue(struct store *s, const struct evt_venue_opened *v, struct why *w)
{
    PREPARED("INSERT OR REPLACE INTO venue VALUES(1,?,?)");
    bind_z(&c, v->venue.z);
    bind_z(&c, v->currency.z);
    return store_run(s, q, w);
}

static Err fold_moved(struct store *s, const struct evt_instrument_moved *v, struct why *w)
{
    PREPARED("UPDATE instruments SET state=? WHERE instrument=?");
    bind_int(&c, v->state);
    bind_int(&c, v->instrument);
    return store_run(s, q, w);
}

static Err fold_phase(struct store *s, const struct evt_phase_changed *v, struct why *w)
{
    PREPARED("UPDATE instruments SET phase=? WHERE instrument=?");
    bind_int(&c, v->phase);
    bind_int(&c, v->instrument);
    return store_run(s, q, w);
}

static Err fold_fixing(struct store *s, const struct event *e, struct why *w)
{
    const struct evt_fixing *v = &e->fixing;
    Err err = insert_fixings(s, e, w);
    if (err) return err;
    PREPARED("UPDATE instruments SET fixed=?, total=?, mean=? WHERE instrument=?");
    bind_int(&c, v->fixed);
    bind_int(&c, v->total);
    bind_int(&c, v->mean.micros);
    bind_int(&c, v->instrument);
    return store_run(s, q, w);
}

static Err fold_account_status(struct store *s, const struct evt_account_changed *v, struct why *w)
{
    PREPARED("UPDATE accounts SET status=? WHERE account=?");
    bind_int(&c, v->status);
    bind_int(&c, v->account);
    return store_run(s, q, w);
}

static Err fold_day_opened(struct store *s, const struct evt_day_opened *v, struct why *w)
{
    s->day = v->date.days;
    PREPARED("INSERT INTO days(one,day,open,ended) VALUES(1,?,1,0) "
             "ON CONFLICT(one) DO UPDATE SET day=excluded.day, open=1");
    bind_int(&c, s->day);
    return store_run(s, q, w);
}

static Err fold_day_ended(struct store *s, const struct evt_day_ended *v, struct why *w)
{
    PREPARED("INSERT OR REPLACE INTO days(one,day,open,ended,event_hash,state_hash) "
             "VALUES(1,?,0,?,?,?)");
    bind_int(&c, v->date.days);
    bind_int(&c, v->date.days);
    bind_int(&c, (i64)v->event_hash);
    bind_hash(&c, &v->state_hash);
    return store_run(s, q, w);
}

static Err name_order(struct store *s, u32 account, const char *client_id, u64 order_id,
                      struct why *w)
{
    ASSERT(order_id);
    PREPARED("INSERT OR IGNORE INTO client_ids VALUES(?,?,?)");
    bind_int(&c, account);
    bind_z(&c, client_id);
    bind_int(&c, (i64)order_id);
    return store_run(s, q, w);
}

static Err fold_accepted(struct store *s, const struct event *e, struct why *w)
{
    const struct evt_order_accepted *v = &e->order_accepted;
    Err err = insert_orders(s, e, w);
    if (!err) err = name_order(s, v->account, v->client_id.z, v->order_id, w);
    if (err) return err;
    PREPARED("UPDATE orders SET now_client_id=client_id, now_price=price, now_qty=qty, open=qty, "
             "last_seq=seq WHERE order_id=?");
    bind_int(&c, (i64)v->order_id);
    return store_run(s, q, w);
}

static Err fold_replaced(struct store *s, const struct event *e, struct why *w)
{
    const struct evt_order_replaced *v = &e->order_replaced;
    Err err = name_order(s, v->account, v->client_id.z, v->order_id, w);
    if (err) return err;
    PREPARED("UPDATE orders SET now_client_id=?, now_price=?, now_qty=?, open=?, last_seq=? "
             "WHERE order_id=?");
    bind_z(&c, v->client_id.z);
    bind_int(&c, v->price.micros);
    bind_int(&c, v->qty);
    bind_int(&c, v->open);
    bind_int(&c, (i64)e->seq);
    bind_int(&c, (i64)v->order_id);
    return store_run(s, q, w);
}

static Err fold_fee(struct store *s, const struct evt_order_filled *v, struct why *w)
{
    bool maker = v->liquidity == LIQUIDITY_MAKER;
    ASSERT(v->qty > 0);
    PREPARED("INSERT INTO fees VALUES(?,?,?,?,?) ON CONFLICT(account,instrument) DO UPDATE SET "
             "maker=maker+excluded.maker, taker=taker+excluded.taker, lots=lots+excluded.lots");
    bind_int(&c, v->account);
    bind_int(&c, v->instrument);
    bind_int(&c, maker ? v->fee.micros : 0);
    bind_int(&c, maker ? 0 : v->fee.micros);
    bind_int(&c, v->qty);
    return store_run(s, q, w);
}

static Err fold_filled(struct store *s, const struct event *e, struct why *w)
{
    const struct evt_order_filled *v = &e->order_filled;
    i64 value;
    Err err = insert_fills(s, e, w);
    if (!err) err = fold_fee(s, v, w);
    if (err) return err;
    if (__builtin_mul_overflow(v->price.micros, v->qty, &value)) value = INT64_MAX;
    /* A sum beyond 64 bits would turn into a float in SQL: held at the top instead. */
    PREPARED("UPDATE orders SET open=?1, filled=filled+?2, last_seq=?3, filled_value="
             "CASE WHEN filled_value > 9223372036854775807-?4 THEN 9223372036854775807 "
             "ELSE filled_value+?4 END WHERE order_id=?5");
    bind_int(&c, v->open);
    bind_int(&c, v->qty);
    bind_int(&c, (i64)e->seq);
    bind_int(&c, i64_max(value, 0));
    bind_int(&c, (i64)v->order_id);
    return store_run(s, q, w);
}

static Err fold_ended(struct store *s, const struct event *e, struct why *w)
{
    const struct evt_order_ended *v = &e->order_ended;
    PREPARED(
        "UPDATE orders SET state=2, reason=?, open=?, ended_seq=?, last_seq=? WHERE order_id=?");
    bind_int(&c, v->reason);
    bind_int(&c, v->open);
    bind_int(&c, (i64)e->seq);
    bind_int(&c, (i64)e->seq);
    bind_int(&c, (i64)v->order_id);
    return store_run(s, q, w);
}

static Err fold_trade(struct store *s, const struct event *e, struct why *w)
{
    const struct evt_trade *v = &e->trade;
    Err err = insert_trades(s, e, w);
    if (err) return err;
    PREPARED("UPDATE instruments SET last=?1, last_qty=?2, last_at=?3, "
             "open=CASE WHEN day=?4 AND trades>0 THEN open ELSE ?1 END, "
             "high=CASE WHEN day=?4 AND trades>0 THEN MAX(high,?1) ELSE ?1 END, "
             "low=CASE WHEN day=?4 AND trades>0 THEN MIN(low,?1) ELSE ?1 END, "
             "volume=CASE WHEN day=?4 THEN volume+?2 ELSE ?2 END, "
             "trades=CASE WHEN day=?4 THEN trades+1 ELSE 1 END, day=?4 WHERE instrument=?5");
    bind_int(&c, v->price.micros);
    bind_int(&c, v->qty);
    bind_int(&c, v->time.ns);
    bind_int(&c, s->day);
    bind_int(&c, v->instrument);
    return store_run(s, q, w);
}

static Err fold_book(struct store *s, const struct evt_book *v, struct why *w)
{
    PREPARED("UPDATE instruments SET book_seq=? WHERE instrument=?");
    bind_int(&c, (i64)v->book_seq);
    bind_int(&c, v->instrument);
    return store_run(s, q, w);
}

static Err add_balance(struct store *s, u32 account, u8 chart, i64 amount, struct why *w)
{
    PREPARED("INSERT INTO balances VALUES(?,?,?) ON CONFLICT(account,chart) DO UPDATE SET "
             "amount=amount+excluded.amount");
    bind_int(&c, account);
    bind_int(&c, chart);
    bind_int(&c, amount);
    return store_run(s, q, w);
}

static Err fold_posted(struct store *s, const struct event *e, struct why *w)
{
    const struct evt_posted *v = &e->posted;
    Err err = insert_postings(s, e, w);
    if (!err) err = add_balance(s, v->debit_account, v->debit, v->amount.micros, w);
    if (!err) err = add_balance(s, v->credit_account, v->credit, -v->amount.micros, w);
    return err;
}

static Err fold_limit(struct store *s, const struct evt_position_limit *v, struct why *w)
{
    PREPARED("UPDATE instruments SET limit_basis=?1, limit_rule=?2, "
             "limit_lots=CASE WHEN ?3 THEN ?4 END, limit_cost=CASE WHEN ?5 THEN ?6 END, "
             "limit_lstar=CASE WHEN ?5 THEN ?7 END WHERE instrument=?8");
    const i64 values[] = { v->basis,       v->rule_lots,           v->limited,     v->lots,
                           v->cost_stated, v->cost_to_move.micros, v->lstar_milli, v->instrument };
    for (u32 i = 0; i < ARRAY_LEN(values); i++) bind_int(&c, values[i]);
    return store_run(s, q, w);
}

static Err fold_settlement(struct store *s, const struct event *e, struct why *w)
{
    Err err = insert_settlements(s, e, w);
    if (err) return err;
    PREPARED("UPDATE instruments SET settlement=? WHERE instrument=?");
    bind_int(&c, e->settlement_price.price.micros);
    bind_int(&c, e->settlement_price.instrument);
    return store_run(s, q, w);
}

static Err fold_final(struct store *s, const struct event *e, struct why *w)
{
    Err err = insert_finals(s, e, w);
    if (err) return err;
    PREPARED("UPDATE instruments SET final=? WHERE instrument=?");
    bind_int(&c, e->final_settlement.value.micros);
    bind_int(&c, e->final_settlement.instrument);
    return store_run(s, q, w);
}

static Err fold_rejected(struct store *s, const struct evt_rejected *v, struct why *w)
{
    PREPARED("INSERT INTO rejects VALUES(?,1) ON CONFLICT(code) DO UPDATE SET times=times+1");
    bind_int(&c, v->code);
    return store_run(s, q, w);
}

Err store_fold(struct store *s, const struct event *e, struct why *w)
{
    ASSERT(e->type > EVT_NONE);
    ASSERT(e->type < EVT_COUNT);
    switch (e->type) {
    case EVT_REJECTED: return fold_rejected(s, &e->rejected, w);
    case EVT_VENUE_OPENED: return fold_venue(s, &e->venue_opened, w);
    case EVT_INDEX_INSTALLED: return insert_indexes(s, e, w);
    case EVT_INDEX_PRINTED: return insert_prints(s, e, w);
    case EVT_INSTRUMENT_LISTED: return insert_instruments(s, e, w);
    case EVT_INSTRUMENT_MOVED: return fold_moved(s, &e->instrument_moved, w);
    case EVT_PHASE_CHANGED: return fold_phase(s, &e->phase_changed, w);
    case EVT_FIXING: return fold_fixing(s, e, w);
    case EVT_ACCOUNT_OPENED: return insert_accounts(s, e, w);
    case EVT_ACCOUNT_CHANGED: return fold_account_status(s, &e->account_changed, w);
    case EVT_DAY_OPENED: return fold_day_opened(s, &e->day_opened, w);
    case EVT_DAY_ENDED: return fold_day_ended(s, &e->day_ended, w);
    case EVT_ORDER_ACCEPTED: return fold_accepted(s, e, w);
    case EVT_ORDER_REPLACED: return fold_replaced(s, e, w);
    case EVT_ORDER_FILLED: return fold_filled(s, e, w);
    case EVT_ORDER_ENDED: return fold_ended(s, e, w);
    case EVT_TRADE: return fold_trade(s, e, w);
    case EVT_BOOK: return fold_book(s, &e->book, w);
    case EVT_POSITION: return insert_positions(s, e, w);
    case EVT_MARGIN: return insert_margins(s, e, w);
    case EVT_POSTED: return fold_posted(s, e, w);
    case EVT_SETTLEMENT_PRICE: return fold_settlement(s, e, w);
    case EVT_FINAL_SETTLEMENT: return fold_final(s, e, w);
    case EVT_POSITION_LIMIT: return fold_limit(s, &e->position_limit, w);
    case EVT_DAY_STATISTICS: return insert_statistics(s, e, w);
    default: return ERR_OK; /* calendars, specifications, mass cancels: no rows of their own */
    }
}
