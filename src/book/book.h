/* book.h -- limit order books of one matching group: price, then time priority.
 * Owns:   resting orders, price levels, the order-id index, the accounts' order lists, the order at
 *         work; all of it in shared pools of one arena.
 * Never:  reads a clock, allocates, or knows phases, margin and money: the caller asks first.
 * Always: bids < asks in every book when books_busy() is false; a refused call changed nothing;
 *         books_check() walks everything and asserts it.
 *
 * One call at a time: book_new(), book_replace() and book_mass_cancel() may leave work over when
 * `out` is full; then books_busy() is true and book_more() goes on. What is left is in the arena.
 */
#ifndef HEDGEROW_BOOK_BOOK_H
#define HEDGEROW_BOOK_BOOK_H

#include "base/arena.h"
#include "msg/enums.h"
#include "msg/rejects.h"

#define BOOK_TICKS_MAX INT64_C(0x3fffffff)  /* a price is within +/- this */
#define BOOK_LOTS_MAX INT64_C(0x7fffffff)   /* a quantity is within 1 and this */
#define BOOK_EVENTS_MIN 4u                  /* the least room a call needs in `out` */
#define BOOK_ORDERS_MAX 0x3fffffffu

/* How many of each there may be. A shelf holds 16 neighbouring levels of a deep side (the first 16
 * levels of a side need none), so `shelves` = levels wanted is safe for the sparsest ladder. */
struct books_caps { u32 books, orders, shelves, accounts; };

enum { ORDER_POST_ONLY = 1 };
/* A resting order. The caller reads it through book_order() and may set `user`, nothing else. */
struct order {
    u64 id;      /* 0: the slot is free */
    u64 stp_key; /* 0: no self-match prevention */
    u32 book, account;
    u32 user; /* the caller's own: its record of this order */
    u8 side, tif, stp_mode, flags;
    u32 open, filled; /* lots */
    i32 price;        /* ticks */
    u32 zero;
    u32 next, prev;                 /* queue of the level; 0 at its ends */
    u32 account_next, account_prev; /* the account's orders, newest first */
};
static_assert(sizeof(struct order) == 64, "one cache line; no hidden padding: the arena is hashed");

/* A new order. A market order is a limit order at book_market_limit(). */
struct order_in {
    u64 id; /* new, never used before */
    u64 stp_key;
    u32 book, account, user;
    u8 side, tif, stp_mode, flags; /* SIDE_, TIF_ (OPEN and CLOSE are not for here), STP_, ORDER_ */
    i64 price;                     /* ticks */
    i64 qty;                       /* lots */
    i64 min_qty;                   /* 0 without; with TIF_IOC only */
};
#define ORDER_NAMED 32 /* bytes of id to flags: the same in an order, an order_in and the taker */
static_assert(offsetof(struct order, open) == ORDER_NAMED, "copied as one");
static_assert(offsetof(struct order_in, price) == ORDER_NAMED, "copied as one");

/* What happened, in order. Each new or re-entered order ends with one RESTED or TAKER_ENDED. */
enum book_event_kind {
    BOOK_NONE,
    BOOK_FILL,          /* the resting order traded `qty` with the taker at `price` */
    BOOK_REDUCED,       /* the resting order lost `qty` without a trade and kept its place */
    BOOK_REMOVED,       /* it left its level: `reason`; 0: replaced, it goes on as the taker */
    BOOK_TAKER_REDUCED, /* self-match DECREMENT took `qty` off the taker */
    BOOK_RESTED,        /* the taker rests with `open` lots */
    BOOK_TAKER_ENDED,   /* the taker is done: `reason`, END_FILLED included */
};
struct book_event {
    u64 id;           /* the order it is about; in a FILL the resting one */
    i64 price;        /* ticks: of the level, and so of the trade */
    i64 qty;          /* lots traded, taken off, or that left or came to the level */
    i64 open;         /* lots the order has open after it; REMOVED, TAKER_ENDED: had left */
    i64 filled;       /* lots filled over the order's life */
    i64 level_qty;    /* the level's lots after it (side, price) */
    i64 taker_open;   /* lots the taker has open after it */
    u32 level_orders; /* the level's orders after it */
    u32 order;        /* handle; names nothing any more once the order ended */
    u32 book, account, user;
    u8 side; /* of the order named */
    u8 kind;
    u8 reason; /* END_ */
    u8 ended;  /* 1: the order named is gone (a FILL that used it up, an end) */
};
static_assert(sizeof(struct book_event) == 80, "no hidden padding");
static_assert(offsetof(struct book_event, side) - offsetof(struct book_event, book) ==
                  offsetof(struct order, side) - offsetof(struct order, book),
              "copied as one");

struct book;    /* one contract's: best prices and the first levels of both sides */
struct shelf;   /* 16 levels, or a node above such */
struct id_line; /* seven entries of the order-id index */
struct taker;   /* the order or mass cancel at work */
struct books {  /* a view: pointers into the arena; hold it, look not inside */
    struct pool orders, shelves;
    struct arena_region *books_region;
    struct book *book;
    struct id_line *ids;
    u32 *account_first; /* by account; NULL without lists */
    struct taker *taker;
    const u32 *task; /* of the taker: 0 nothing is at work */
    u64 id_lines;
    struct books_caps caps;
};

/* Handles: books are dense from 1 to caps.books, accounts 1 to caps.accounts (0 accounts: no lists,
 * and then no mass cancel by account). arena_ok() says whether an attach found its regions. */
struct books books_init(struct arena *a, struct books_caps caps);
void book_open(struct books *b, u32 book); /* next handle in use; once each, in order */
void books_check(const struct books *b);   /* walks everything, asserts every invariant */

/* 0, or the REJECT_ code that book_new() would answer: QTY PRICE_LIMIT MIN_QTY TIF CAPACITY
 * POST_ONLY. Changes nothing. */
NODISCARD u32 book_refuses(const struct books *b, const struct order_in *in);
/* The limit of a market order: best opposite + protection (buy) or - protection (sell), not beyond
 * `bound` ticks (the daily limit). False: the opposite side is empty, REJECT_NO_OPPOSITE. */
NODISCARD bool book_market_limit(const struct books *b, u32 book, u8 side, i64 protection,
                                 i64 bound, i64 *limit);
/* A new order: 0 and its first *n events, or the reject and nothing changed. cap >= EVENTS_MIN. */
NODISCARD u32 book_new(struct books *b, const struct order_in *in, struct book_event *out, u32 cap,
                       u32 *n);
/* The order's new limit and new TOTAL quantity (filled part included). Quantity down at the same
 * price keeps the place (REDUCED); nothing changed: no event; total <= filled ends it (REMOVED,
 * END_USER); else it leaves its level (REMOVED, reason 0) and enters as a taker, same handle.
 * Refuses as book_new(): QTY PRICE_LIMIT CAPACITY POST_ONLY. */
NODISCARD u32 book_replace(struct books *b, u32 order, i64 price, i64 qty_total, u8 stp_mode,
                           struct book_event *out, u32 cap, u32 *n);
NODISCARD u32 book_replace_refuses(const struct books *b, u32 order, i64 price, i64 qty_total);
/* Takes a resting order out: never refused. One REMOVED event with that reason. */
void book_cancel(struct books *b, u32 order, u8 reason, struct book_event *out);
/* Lots taken off in place, as reduce-only needs: 0 < lots < open. One REDUCED event. */
void book_reduce(struct books *b, u32 order, i64 lots, struct book_event *out);

/* All orders of account (0: any), book (0: any), scope SCOPE_BOTH / BUYS / SELLS; with an account
 * the newest first, else by book: bids, asks, best first. REMOVED events with `reason`. */
struct mass_in { u32 account, book; u8 scope, reason; };
void book_mass_cancel(struct books *b, const struct mass_in *in, struct book_event *out, u32 cap,
                      u32 *n);

NODISCARD static inline bool books_busy(const struct books *b) { return *b->task != 0; }
NODISCARD u32 book_more(struct books *b, struct book_event *out, u32 cap); /* events written */

NODISCARD u32 book_find(const struct books *b, u64 id); /* handle of a resting order; 0: none */
NODISCARD static inline struct order *book_order(const struct books *b, u32 order)
{
    struct order *o = (struct order *)(void *)b->orders.slots + order;
    ASSERT(order - 1 < b->caps.orders); /* 0 is no handle */
    ASSERT(o->id != 0);
    return o;
}
NODISCARD static inline u32 books_orders(const struct books *b) { return pool_live(&b->orders); }
NODISCARD u32 book_account_first(const struct books *b, u32 account); /* then ->account_next */

/* Levels, best first: start with book_best(), go on with book_worse(). False: there is none. */
struct level_view { i64 price, qty; u32 orders, first; }; /* first: handle, then ->next */
NODISCARD bool book_best(const struct books *b, u32 book, u8 side, struct level_view *out);
NODISCARD bool book_worse(const struct books *b, u32 book, u8 side, i64 price,
                          struct level_view *out);
NODISCARD bool book_level(const struct books *b, u32 book, u8 side, i64 price,
                          struct level_view *out);

/* For a caller that has its next messages before it: fetch what they will touch, a few messages
 * ahead: first book_hint_id(), some messages later book_hint_order(), then book_hint_links(). They
 * change nothing; a hint that proves wrong does no harm. With one small book they do not pay. */
void book_hint_id(const struct books *b, u64 id); /* of an order to come or to be found */
void book_hint_book(const struct books *b, u32 book, u8 side);
u32 book_hint_order(const struct books *b, u64 id);     /* likely its handle; 0: none */
void book_hint_links(const struct books *b, u32 order); /* its neighbours and its book */
void book_hint_level(const struct books *b, u32 book, u8 side, i64 price); /* after hint_book */
/* book_find() with the hint's answer, which may be stale. */
NODISCARD static inline u32 book_find_hinted(const struct books *b, u64 id, u32 order)
{
    return ((struct order *)(void *)b->orders.slots)[order].id == id && order ? order
                                                                              : book_find(b, id);
}

#endif
