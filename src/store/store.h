/* store.h -- the read model: released events folded into SQLite tables that answer queries.
 * Owns:   the tables of schema.h, the high-water mark (seq, index), the prepared statements.
 * Never:  decides anything, is asked on the way to a decision, or holds what the journal does not.
 * Always: events at or below the mark change nothing; a batch is one transaction; a rebuild from
 *         the first event gives the same rows as applying as they came (store_digest()).
 *
 * One thread a handle. One writer; any number of readers of the same file (WAL).
 */
#ifndef HEDGEROW_STORE_STORE_H
#define HEDGEROW_STORE_STORE_H

#include "base/why.h"
#include "msg/msg.h"

struct store; /* opaque */

/* path ":memory:" for a test. The writer makes and upgrades the tables. A file made by another
 * schema version is emptied (the journal has everything): *emptied says that a rebuild is due. */
NODISCARD Err store_open(struct store **s, const char *path, bool *emptied, struct why *w);
NODISCARD Err store_open_reader(struct store **s, const char *path, struct why *w);
void store_close(struct store *s); /* NULL is fine */

/* One transaction. Events in order; those at or below the mark are skipped. */
NODISCARD Err store_apply(struct store *s, const struct event *events, u32 n, struct why *w);
/* Empties every table and folds the stream anew, in one transaction: next() gives *n events, 0 at
 * the end. On failure the old rows stay. */
typedef Err store_next(void *ctx, const struct event **events, u32 *n, struct why *w);
NODISCARD Err store_rebuild(struct store *s, store_next *next, void *ctx, struct why *w);

struct store_mark { u64 seq; u32 index; }; /* of the last event folded; seq 0: none yet */
NODISCARD Err store_mark(struct store *s, struct store_mark *m, struct why *w);
NODISCARD Err store_digest(struct store *s, Hash *h,
                           struct why *w);                 /* over all rows, in key order */
NODISCARD Err store_check(struct store *s, struct why *w); /* ERR_NO: sums do not balance */

/* A batch of readers' queries that see one state: begin, ask, end. */
NODISCARD Err store_begin(struct store *s, struct why *w);
void store_end(struct store *s);

/* Rows. An event's own struct is the row where it says all there is. */
struct store_instrument {
    struct evt_instrument_listed listed;
    u8 state, phase;
    bool fixing_any, settled_any, final_any, last_any;
    u32 fixed, total, trades;
    UnitPrice mean, settlement, final, last, open, high, low;
    i64 last_qty, volume;
    u64 book_seq;
    Instant last_at;
    Date day;                  /* of open, high, low, volume, trades */
    u8 limit_basis;            /* 0: none said yet */
    bool limited, cost_stated; /* lots counts; cost and L* do */
    i64 limit_lots, rule_lots, lstar_milli;
    Money cost_to_move;
};
struct store_trade { struct evt_trade trade; u64 seq; };
struct store_candle { Instant at; UnitPrice open, high, low, close; i64 volume; u32 trades; };
struct store_order {
    struct evt_order_accepted order; /* client_id, price, qty: as they are now */
    u64 seq;                         /* of the last event about it */
    i64 open, filled;
    i64 filled_value; /* sum of price micros x lots; INT64_MAX: does not fit */
    u8 state;         /* ORDER_OPEN or ORDER_DONE */
    u8 reason;        /* END_, 0 while open */
};
enum { ORDER_OPEN = 1, ORDER_DONE = 2 };
struct store_fill { struct evt_order_filled fill; Text40 client_id; u64 seq; u32 index; };
struct store_level { u32 instrument; u8 side; UnitPrice price; i64 qty; u32 orders; };
struct store_settlement { struct evt_settlement_price row; u64 id; };
/* A print, and the last version of its date: itself where nothing was restated. */
struct store_print {
    struct evt_index_printed print;
    u64 id;
    u32 last_version;
    u8 last_status;
    UnitPrice last_value;
    Instant last_published_at;
};
struct store_posting { struct evt_posted posted; u64 seq; Date day; };
struct store_balance { u32 account; u8 chart; Money amount; }; /* debits less credits */
struct store_fee { u32 account, instrument; Money maker, taker; i64 lots; };
struct store_day { Date day; bool open; Date ended; Hash state_hash; u64 event_hash; };
struct store_venue { Text32 venue; Text16 currency; };

/* Each query calls `row` for every row in the stated order until it answers false. The pointer
 * lives for the call. `limit` 0 is 1,000. A filter field of 0 does not filter. */
typedef bool store_row(void *ctx, const void *row);
enum store_vintages { STORE_FIRST, STORE_LAST, STORE_ALL };
struct store_filter {
    u32 account, instrument;
    u64 before;    /* rows with a key below: the cursor of newest-first lists; 0: from the newest */
    Instant since; /* trades and candles: at or after; lists run oldest first then */
    u64 after;     /* trades with since: keys above: the cursor */
    Text32 index;  /* prints */
    u32 limit, step; /* step: candles, seconds */
    u8 state;        /* orders */
    u8 vintages;     /* prints: enum store_vintages, of each date */
};
#define STORE_QUERIES(X) \
    X(instruments, struct store_instrument, "by handle") \
    X(trades, struct store_trade, "newest first; oldest first with since") \
    X(candles, struct store_candle, "oldest first") \
    X(orders, struct store_order, "newest first") \
    X(fills, struct store_fill, "newest first") \
    X(levels, struct store_level, "instrument, bids best first, asks best first") \
    X(settlements, struct store_settlement, "newest first") \
    X(finals, struct evt_final_settlement, "newest first") \
    X(statistics, struct evt_day_statistics, "newest first") \
    X(fixings, struct evt_fixing, "oldest first") \
    X(indexes, struct evt_index_installed, "by id, last version") \
    X(prints, struct store_print, "newest date first, then newest version") \
    X(accounts, struct evt_account_opened, "by account") \
    X(positions, struct evt_position, "by account, instrument") \
    X(margins, struct evt_margin, "by account") \
    X(balances, struct store_balance, "by account, chart account") \
    X(fees, struct store_fee, "by account, instrument") \
    X(postings, struct store_posting, "newest first")
#define AS_STORE_QUERY(name, type, text) \
    NODISCARD Err store_##name(struct store *s, const struct store_filter *f, store_row *row, \
                               void *ctx, struct why *w);
STORE_QUERIES(AS_STORE_QUERY)

/* One row or none (*found). */
NODISCARD Err store_order_by_id(struct store *s, u64 order_id, struct store_order *o, bool *found,
                                struct why *w);
/* The account's last order with that client id, open or done. */
NODISCARD Err store_order_by_client(struct store *s, u32 account, const Text40 *client_id,
                                    struct store_order *o, bool *found, struct why *w);
/* The order as the answer to its own command said it: as of the end of command `order_id`. */
NODISCARD Err store_order_first(struct store *s, u64 order_id, struct store_order *o, bool *found,
                                struct why *w);
/* An order's fills, oldest first; up_to_seq 0: all. */
NODISCARD Err store_order_fills(struct store *s, u64 order_id, u64 up_to_seq, store_row *row,
                                void *ctx, struct why *w);
NODISCARD Err store_day(struct store *s, struct store_day *d, struct why *w);
NODISCARD Err store_venue(struct store *s, struct store_venue *v, struct why *w);
NODISCARD Err store_account_status(struct store *s, u32 account, u8 *status, struct why *w);

#endif
