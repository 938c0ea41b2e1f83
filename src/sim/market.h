/* market.h -- what a participant can know: the public market and its own orders.
 * Owns:   a small picture of instruments, depth, index and working orders for the agents.
 * Never:  looks into the engine: an agent knows what a client of the public API knows.
 * Always: equal event streams give equal pictures.
 */
#ifndef HEDGEROW_SIM_MARKET_H
#define HEDGEROW_SIM_MARKET_H

#include "msg/msg.h"

#define MARKET_INSTRUMENTS 64
#define MARKET_LEVELS 64
#define MARKET_ORDERS 4096
#define MARKET_PRINTS 64

struct market_level { i64 price, lots; }; /* price in micros per unit */
struct market_side { struct market_level level[MARKET_LEVELS]; u32 n; }; /* best first */
struct market_instrument {
    struct evt_instrument_listed listed;
    u8 phase, state;
    i64 settlement;   /* last daily settlement, micros per unit; the reference at first */
    u32 fixed, total; /* n of N fixings */
    i64 mean;         /* A_n */
    struct market_side bids, asks;
};
struct market_order {
    u64 order_id;
    u32 account, instrument;
    u8 side;
    i64 price, open;
};
struct market {
    struct market_instrument instrument[MARKET_INSTRUMENTS + 1]; /* by handle */
    u32 instruments;
    struct market_order order[MARKET_ORDERS]; /* working orders in order of acceptance */
    u32 orders;
    i64 print[MARKET_PRINTS]; /* the newest values of the benchmark, oldest first */
    u32 prints;
};

void market_event(struct market *v, const struct event *e);
NODISCARD i64 market_spot(const struct market *v);      /* the newest print, 0 if none */
NODISCARD i64 market_best(const struct market_side *s); /* 0 when empty */
NODISCARD bool market_open(const struct market *v, u32 instrument); /* takes orders now */

#endif
