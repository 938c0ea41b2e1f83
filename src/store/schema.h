/* schema.h -- the read model's tables, made from the events' own field lists; inside the room only.
 * Owns:   SQL text of tables and indexes, how each field kind is stored, the statement cache.
 * Never:  names a column twice: a table of an event has that event's fields and what is said here.
 * Always: money, prices and times are INTEGER (micros, ns), hashes BLOB, texts TEXT.
 */
#ifndef HEDGEROW_STORE_SCHEMA_H
#define HEDGEROW_STORE_SCHEMA_H

#include "store/store.h"
#include <sqlite3.h>

#define STORE_SCHEMA_VERSION 2

/* E(table, EVENT, event, key, extra columns): one row an event of that kind, the last one kept for
 * a key: the event's fields, the extra columns (folded from later events), then seq and idx of the
 * event and the trading day it fell on. */
#define EVENT_PLACE "seq INTEGER NOT NULL, idx INTEGER NOT NULL, on_day INTEGER NOT NULL,"
#define EVENT_TABLES(E) \
    E(instruments, INSTRUMENT_LISTED, instrument_listed, "instrument", \
      "state INTEGER NOT NULL DEFAULT 1, phase INTEGER NOT NULL DEFAULT 1, fixed INTEGER, " \
      "total INTEGER, mean INTEGER, settlement INTEGER, final INTEGER, last INTEGER, " \
      "last_qty INTEGER, last_at INTEGER, day INTEGER NOT NULL DEFAULT 0, open INTEGER, " \
      "high INTEGER, low INTEGER, volume INTEGER NOT NULL DEFAULT 0, " \
      "trades INTEGER NOT NULL DEFAULT 0, book_seq INTEGER NOT NULL DEFAULT 0, " \
      "limit_basis INTEGER NOT NULL DEFAULT 0, limit_lots INTEGER, limit_rule INTEGER, " \
      "limit_cost INTEGER, limit_lstar INTEGER,") \
    E(trades, TRADE, trade, "trade_id", "") \
    E(fills, ORDER_FILLED, order_filled, "seq,idx", "") \
    E(orders, ORDER_ACCEPTED, order_accepted, "order_id", \
      "last_seq INTEGER, now_client_id TEXT, now_price INTEGER, now_qty INTEGER, " \
      "open INTEGER NOT NULL DEFAULT 0, " \
      "filled INTEGER NOT NULL DEFAULT 0, filled_value INTEGER NOT NULL DEFAULT 0, " \
      "state INTEGER NOT NULL DEFAULT 1, reason INTEGER NOT NULL DEFAULT 0, ended_seq INTEGER,") \
    E(settlements, SETTLEMENT_PRICE, settlement_price, "date,instrument", "") \
    E(finals, FINAL_SETTLEMENT, final_settlement, "date,instrument", "") \
    E(fixings, FIXING, fixing, "instrument,date", "") \
    E(indexes, INDEX_INSTALLED, index_installed, "\"index\",version", "") \
    E(prints, INDEX_PRINTED, index_printed, "\"index\",value_date,version", "") \
    E(accounts, ACCOUNT_OPENED, account_opened, "account", "status INTEGER NOT NULL DEFAULT 1,") \
    E(positions, POSITION, position, "account,instrument", "") \
    E(margins, MARGIN, margin, "account", "") \
    E(statistics, DAY_STATISTICS, day_statistics, "instrument,date", "") \
    E(postings, POSTED, posted, "posting_id", "")

/* T(table, key, columns): folded from several events. */
#define FOLDED_TABLES(T) \
    T(mark, "one", "one INTEGER, seq INTEGER, idx INTEGER") \
    T(venue, "one", "one INTEGER, name TEXT, currency TEXT") \
    T(days, "one", "one INTEGER, day INTEGER, open INTEGER, ended INTEGER, state_hash BLOB, " \
                   "event_hash INTEGER") \
    T(client_ids, "account,client_id,order_id", \
      "account INTEGER, client_id TEXT, order_id INTEGER") \
    T(balances, "account,chart", "account INTEGER, chart INTEGER, amount INTEGER") \
    T(fees, "account,instrument", "account INTEGER, instrument INTEGER, maker INTEGER, " \
                                  "taker INTEGER, lots INTEGER") \
    T(rejects, "code", "code INTEGER, times INTEGER")

#define STORE_INDEXES \
    "CREATE INDEX trades_time ON trades(instrument, time);" \
    "CREATE INDEX trades_of ON trades(instrument, trade_id);" \
    "CREATE INDEX fills_order ON fills(order_id);" \
    "CREATE INDEX fills_account ON fills(account, seq, idx);" \
    "CREATE INDEX orders_account ON orders(account, order_id);" \
    "CREATE INDEX orders_open ON orders(instrument, side, now_price) WHERE state = 1;" \
    "CREATE INDEX postings_debit ON postings(debit_account, posting_id);" \
    "CREATE INDEX postings_credit ON postings(credit_account, posting_id);"

/* How a field kind is stored: its SQL type, how it is bound, how it is read. */
#define SQL_U8 "INTEGER"
#define SQL_U16 "INTEGER"
#define SQL_U32 "INTEGER"
#define SQL_U64 "INTEGER"
#define SQL_I64 "INTEGER"
#define SQL_BOOL "INTEGER"
#define SQL_PRICE "INTEGER"
#define SQL_MONEY "INTEGER"
#define SQL_AT "INTEGER"
#define SQL_DATE "INTEGER"
#define SQL_HASH "BLOB"
#define SQL_T16 "TEXT"
#define SQL_T24 "TEXT"
#define SQL_T32 "TEXT"
#define SQL_T40 "TEXT"
#define SQL_ENUM "INTEGER"
#define SQL_E_SIDE SQL_ENUM
#define SQL_E_ORDER_TYPE SQL_ENUM
#define SQL_E_TIF SQL_ENUM
#define SQL_E_LABEL SQL_ENUM
#define SQL_E_PRINT SQL_ENUM
#define SQL_E_FIXING SQL_ENUM
#define SQL_E_DSP SQL_ENUM
#define SQL_E_ACCOUNT_KIND SQL_ENUM
#define SQL_E_CATEGORY SQL_ENUM
#define SQL_E_LIQUIDITY SQL_ENUM
#define SQL_E_POSTING SQL_ENUM
#define SQL_E_CHART SQL_ENUM

struct cell { sqlite3_stmt *q; int i; }; /* i: the last column bound or read */
static inline void bind_int(struct cell *c, i64 v) { sqlite3_bind_int64(c->q, ++c->i, v); }
static inline void bind_z(struct cell *c, const char *z)
{
    sqlite3_bind_text(c->q, ++c->i, z, -1, SQLITE_TRANSIENT);
}
static inline void bind_hash(struct cell *c, const Hash *h)
{
    sqlite3_bind_blob(c->q, ++c->i, h->bytes, sizeof h->bytes, SQLITE_TRANSIENT);
}
static inline i64 read_int(struct cell *c) { return sqlite3_column_int64(c->q, c->i++); }
static inline bool read_null(struct cell *c)
{
    return sqlite3_column_type(c->q, c->i) == SQLITE_NULL;
}
static inline void read_z(struct cell *c, char *to, u32 cap)
{
    const char *z = (const char *)sqlite3_column_text(c->q, c->i++);
    memset(to, 0, cap);
    if (z) memcpy(to, z, strnlen(z, cap - 1));
}
static inline void read_hash(struct cell *c, Hash *h)
{
    const void *at = sqlite3_column_blob(c->q, c->i);
    memset(h, 0, sizeof *h);
    if (at && sqlite3_column_bytes(c->q, c->i) == (int)sizeof *h) memcpy(h, at, sizeof *h);
    c->i++;
}
#define BIND_U8(c, v) bind_int(c, *(v))
#define BIND_U16(c, v) bind_int(c, *(v))
#define BIND_U32(c, v) bind_int(c, *(v))
#define BIND_U64(c, v) bind_int(c, (i64)*(v))
#define BIND_I64(c, v) bind_int(c, *(v))
#define BIND_BOOL(c, v) bind_int(c, *(v))
#define BIND_PRICE(c, v) bind_int(c, (v)->micros)
#define BIND_MONEY(c, v) bind_int(c, (v)->micros)
#define BIND_AT(c, v) bind_int(c, (v)->ns)
#define BIND_DATE(c, v) bind_int(c, (v)->days)
#define BIND_HASH(c, v) bind_hash(c, v)
#define BIND_T16(c, v) bind_z(c, (v)->z)
#define BIND_T24(c, v) bind_z(c, (v)->z)
#define BIND_T32(c, v) bind_z(c, (v)->z)
#define BIND_T40(c, v) bind_z(c, (v)->z)
#define READ_U8(c, v) (*(v) = (u8)read_int(c))
#define READ_U16(c, v) (*(v) = (u16)read_int(c))
#define READ_U32(c, v) (*(v) = (u32)read_int(c))
#define READ_U64(c, v) (*(v) = (u64)read_int(c))
#define READ_I64(c, v) (*(v) = read_int(c))
#define READ_BOOL(c, v) (*(v) = (u8)read_int(c))
#define READ_PRICE(c, v) ((v)->micros = read_int(c))
#define READ_MONEY(c, v) ((v)->micros = read_int(c))
#define READ_AT(c, v) ((v)->ns = read_int(c))
#define READ_DATE(c, v) ((v)->days = (i32)read_int(c))
#define READ_HASH(c, v) read_hash(c, v)
#define READ_T16(c, v) read_z(c, (v)->z, 16)
#define READ_T24(c, v) read_z(c, (v)->z, 24)
#define READ_T32(c, v) read_z(c, (v)->z, 32)
#define READ_T40(c, v) read_z(c, (v)->z, 40)
#define BIND_ENUM(c, v) bind_int(c, *(v))
#define READ_ENUM(c, v) (*(v) = (u8)read_int(c))
#define BIND_E_SIDE BIND_ENUM
#define BIND_E_ORDER_TYPE BIND_ENUM
#define BIND_E_TIF BIND_ENUM
#define BIND_E_LABEL BIND_ENUM
#define BIND_E_PRINT BIND_ENUM
#define BIND_E_FIXING BIND_ENUM
#define BIND_E_DSP BIND_ENUM
#define BIND_E_ACCOUNT_KIND BIND_ENUM
#define BIND_E_CATEGORY BIND_ENUM
#define BIND_E_LIQUIDITY BIND_ENUM
#define BIND_E_POSTING BIND_ENUM
#define BIND_E_CHART BIND_ENUM
#define READ_E_SIDE READ_ENUM
#define READ_E_ORDER_TYPE READ_ENUM
#define READ_E_TIF READ_ENUM
#define READ_E_LABEL READ_ENUM
#define READ_E_PRINT READ_ENUM
#define READ_E_FIXING READ_ENUM
#define READ_E_DSP READ_ENUM
#define READ_E_ACCOUNT_KIND READ_ENUM
#define READ_E_CATEGORY READ_ENUM
#define READ_E_LIQUIDITY READ_ENUM
#define READ_E_POSTING READ_ENUM
#define READ_E_CHART READ_ENUM

#define AS_COLUMN(KIND, name, text) "\"" #name "\" " SQL_##KIND ","
#define AS_NAME(KIND, name, text) "\"" #name "\","
#define AS_MARK(KIND, name, text) "?,"
#define AS_BIND(KIND, name, text) BIND_##KIND(&c, &v->name);
#define AS_READ(KIND, name, text) READ_##KIND(&c, &v->name);

#define STATEMENTS_MAX 160
struct store {
    sqlite3 *db;
    struct { const char *sql; sqlite3_stmt *q; } cache[STATEMENTS_MAX]; /* sql: malloc'd */
    u32 cached;
    struct store_mark mark;
    i64 day; /* the trading day of the events being folded */
    bool reader;
};

/* The prepared statement of this text, reset and without bindings; NULL: *w says why. */
NODISCARD sqlite3_stmt *store_prepared(struct store *s, const char *sql, struct why *w);
/* Runs a statement that gives no rows. */
NODISCARD Err store_run(struct store *s, sqlite3_stmt *q, struct why *w);
NODISCARD Err store_exec(struct store *s, const char *sql, struct why *w);
NODISCARD Err store_fail(struct store *s, const char *what, struct why *w);
NODISCARD Err store_fold(struct store *s, const struct event *e, struct why *w);

#endif
