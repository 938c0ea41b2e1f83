/* clear.h -- the venue stands between buyer and seller: positions, variation, settlement.
 * Owns:   position records, unsettled variation, day statistics, benchmarks and their prints,
 *         fixings, daily and final settlement prices.
 * Never:  matches, reads a clock, or pays out before it has taken in.
 * Always: longs equal shorts in every contract; a settlement cycle leaves X.VM at zero, exactly.
 */
#ifndef HEDGEROW_CLEAR_CLEAR_H
#define HEDGEROW_CLEAR_CLEAR_H

#include "contract/vintage.h"
#include "ledger/ledger.h"
#include "risk/risk.h"

struct clear_account {
    i128 unsettled; /* variation of today's trades at the marks */
    i128 fees;      /* worst fees of working orders */
};
static_assert(sizeof(struct clear_account) == 32, "no hidden padding: the arena is hashed");

/* Beside risk's exposure of the same handle. */
struct clear_position {
    i128 day_cash;  /* signed lots x price of today's trades, micros x lots */
    i64 start_lots; /* at the last settlement */
    i64 zero;
};
static_assert(sizeof(struct clear_position) == 32, "no hidden padding");

struct clear_window { i128 value; i64 lots; Instant from; }; /* of a volume-weighted mean */
static_assert(sizeof(struct clear_window) == 32, "no hidden padding");

struct clear_instrument {
    struct clear_window window, day;
    i128 mid_time;                    /* sum of (bid + ask) x ns with a narrow enough spread */
    i64 mid_ns, mid_wide_ns;          /* time within the spread, and outside it or one-sided */
    Instant mid_from, mid_to, mid_at; /* the window; how far it is measured */
    i64 mid_max;                      /* widest spread, micros */
    i64 mark;                         /* last settlement price, micros per unit */
    i64 long_lots, short_lots;        /* open interest, both sides */
    i64 lot_units_milli, tick, price_min, price_max, limit_low, limit_high;
    i64 open, high, low, last; /* of the day; 0 trades: none */
    i64 volume;
    i64 fee_maker, fee_taker, fee_settle; /* a lot; clearing included in the first two */
    i64 fee_worst;                        /* a lot: what an order holds */
    i64 settle;                           /* today's settlement price, once decided */
    i64 settle_lot;                       /* variation of a lot from mark to settle */
    i64 prior_sum;                        /* of fixings at the last settlement */
    u32 prior_fixed;                      /* ... and their number */
    u32 trades;
    u32 index;                      /* benchmark */
    i32 seen_to;                    /* fixings are decided up to this date */
    u8 rule, rank, final, anchored; /* of today's price; a direct price (rules 1-4) */
    u32 next_same;                  /* next contract of the product, in order of listing */
    struct averaging averaging;
    u32 carried, beyond; /* days of the set fixed at a carried price; prints outside the bounds */
};
static_assert(sizeof(struct clear_instrument) == 640, "no hidden padding");

/* What moving a value by 1 % costs, as its print stated: of the trailing prints that stated one. */
#define CLEAR_COSTS 20u
struct clear_cost { i64 cost, value; };
struct clear_index {
    Text32 id;
    Hash methodology;
    u32 version, label;
    i32 effective_from, last_date, last_priced, zero; /* last_*: 0 before the first print */
    i64 last_value;
    struct clear_cost cost[CLEAR_COSTS]; /* a ring, oldest overwritten */
    u64 costs;                           /* stated so far */
};
static_assert(sizeof(struct clear_index) == 104 + 16 * CLEAR_COSTS, "no hidden padding");
/* One version of one date. */
#define CLEAR_VERSIONS_MAX 32u /* of a date */
struct clear_print {
    i64 value;
    i32 date, priced_on;
    u32 index;
    u16 version, versions; /* versions: of the date so far, in its first */
    u8 status, level, zero[2];
    i32 published_s; /* whole seconds from the date's start: cut-offs are whole seconds too */
    Hash receipt;
};
static_assert(sizeof(struct clear_print) == 64, "one cache line; no hidden padding");
struct clear_head { u64 prints; u32 indexes, zero; };
static_assert(sizeof(struct clear_head) == 16, "no hidden padding");

struct clear_caps { u32 accounts, instruments, exposures, indexes, prints; };
struct clear { /* a view: pointers into the arena */
    struct ledger *ledger;
    struct risk *risk;
    struct clear_account *account;
    struct clear_position *position;
    struct clear_instrument *instrument;
    struct clear_index *index;
    struct clear_print *print; /* a ring, oldest overwritten */
    struct clear_head *head;
    struct arena_region *instruments_used, *indexes_used, *prints_used;
    struct clear_caps caps;
};

NODISCARD struct clear clear_init(struct arena *a, struct clear_caps caps, struct ledger *ledger,
                                  struct risk *risk);
void clear_check(const struct clear *c); /* walks everything: I1 to I6 of clearing.md */

/* -- trades (clear.c) -- */
/* An order's lots come, go, or trade at `price`; `limit` is the order's own. */
void clear_order_enters(struct clear *c, u32 exposure, u8 side, i64 limit, i64 lots);
void clear_order_leaves(struct clear *c, u32 exposure, u8 side, i64 limit, i64 lots);
struct clear_fill {
    u32 exposure;
    u8 side, liquidity;
    i64 limit, price, lots;
    u64 trade_id;
};
/* Position, variation, fee (POSTED, at most two): the fee charged. */
i64 clear_fill(struct clear *c, const struct clear_fill *f, struct outbox *out);
/* The day's figures of a trade between two exposures. */
void clear_trade(struct clear *c, u32 instrument, i64 price, i64 lots, bool self, Instant now);
NODISCARD struct risk_funds clear_funds(const struct clear *c, u32 account);
/* What may be paid out: unsettled gains do not count. */
NODISCARD i128 clear_withdrawable(const struct clear *c, u32 account);
/* Holds the account's requirement in the ledger; MARGIN if a figure changed since the last. */
void clear_margin(struct clear *c, u32 account, struct outbox *out);
void clear_say_position(const struct clear *c, u32 exposure, struct outbox *out);
NODISCARD i128 clear_unsettled(const struct clear *c, u32 exposure);

/* -- settlement (settle.c) -- */
/* Starts a day's windows: VWAP and mid are taken in [from, to). */
void clear_day_open(struct clear *c, u32 instrument, const struct spec *s, Date date);
/* The best prices stood as given since the last call; now is the time up to which they did. */
void clear_mid(struct clear *c, u32 instrument, bool both, i64 bid, i64 ask, Instant now);
/* Today's price from the rules that need no other contract: false when a neighbour is needed. */
bool clear_dsp_direct(struct clear *c, u32 instrument, const struct spec *s, Date date, bool final);
/* No price is made: the last one stands. */
void clear_dsp_prior(struct clear *c, u32 instrument);
void clear_dsp_nearest(struct clear *c, u32 instrument, const struct spec *s, u32 first_same);
void clear_say_settlement(struct clear *c, u32 instrument, Date date, struct outbox *out);
void clear_say_statistics(const struct clear *c, u32 instrument, Date date, struct outbox *out);
/* Variation of all contracts that are not final: payers, then receivers; one account at a time. */
void clear_vm_account(struct clear *c, u32 account, bool payers, Date date, struct outbox *out);
/* Marks move to the settlement prices; today's trades are settled. */
void clear_vm_commit(struct clear *c);
/* A final contract: each exposure pays or receives the last variation, then closes for a fee. */
void clear_final_pay(struct clear *c, u32 exposure, bool payers, Date date, struct outbox *out);
void clear_final_close(struct clear *c, u32 exposure, Date date, struct outbox *out);

/* -- benchmarks (prints.c) -- */
NODISCARD u32 clear_index_of(const struct clear *c, const Text32 *id); /* 0: none */
u32 clear_index_put(struct clear *c, const struct cmd_index_install *i);
/* Why a print may not come now, or 0. needed_from: the oldest date a live contract still needs. */
NODISCARD u32 clear_print_refuses(const struct clear *c, const struct cmd_index_print *p,
                                  i32 needed_from);
/* The trailing print with the least cost for its value, whose L* is the least for any contract.
 * False: none has stated a cost. */
NODISCARD bool clear_least_cost(const struct clear *c, u32 index, struct clear_cost *out);
/* A version later than the first counts from when it came, whatever time it states. */
void clear_print_put(struct clear *c, u32 index, const struct cmd_index_print *p, Instant now);
/* The first version; NULL: none. */
NODISCARD const struct clear_print *clear_print_of(const struct clear *c, u32 index, i32 date);
/* A contract is listed: its averaging starts, and sees the prints from before its period. */
void clear_list(struct clear *c, u32 instrument, const struct spec *s, const struct listing *l);
/* The next day of the contract's set that the prints up to the index's last date decide, once its
 * vintage rule has bound a version; its FIXING events (at most three). False: nothing left to
 * decide. A value outside the contract's price bounds is no price: the day counts as without a
 * print, and clear_instrument.beyond asks for a determination. */
bool clear_fix_next(struct clear *c, u32 instrument, const struct spec *s, const struct calendar *k,
                    const struct listing *l, Instant now, struct outbox *out);
NODISCARD bool clear_set_complete(const struct clear *c, u32 instrument, const struct listing *l);
/* SHA-256 over the receipts of the versions that bind, of the set's days in order of date. */
NODISCARD Hash clear_receipts(const struct clear *c, u32 instrument, const struct spec *s,
                              const struct calendar *k, const struct listing *l);

#endif
