/* view.h -- what a participant can know: the public market and its own orders, folded from events.
 * Owns:   a small picture of instruments, depth, index and working orders for the agents.
 * Never:  looks into the engine: an agent knows what a client of the public API knows.
 * Always: equal event streams give equal views.
 */
#ifndef HEDGEROW_SIM_VIEW_H
#define HEDGEROW_SIM_VIEW_H

#include "msg/msg.h"

#define VIEW_INSTRUMENTS 64
#define VIEW_LEVELS 64
#define VIEW_ORDERS 4096
#define VIEW_PRINTS 64

struct view_level { i64 price, lots; }; /* price in micros per unit */
struct view_side { struct view_level level[VIEW_LEVELS]; u32 n; }; /* best first */
struct view_instrument {
    struct evt_instrument_listed listed;
    u8 phase, state;
    i64 settlement;          /* last daily settlement, micros per unit; the reference at first */
    u32 fixed, total;        /* n of N fixings */
    i64 mean;                /* A_n */
    struct view_side bids, asks;
};
struct view_order {
    u64 order_id;
    u32 account, instrument;
    u8 side;
    i64 price, open;
};
struct view {
    struct view_instrument instrument[VIEW_INSTRUMENTS + 1]; /* by handle */
    u32 instruments;
    struct view_order order[VIEW_ORDERS]; /* working orders in order of acceptance */
    u32 orders;
    i64 print[VIEW_PRINTS]; /* the newest values of the benchmark, oldest first */
    u32 prints;
};

void view_event(struct view *v, const struct event *e);
NODISCARD i64 view_spot(const struct view *v); /* the newest print, 0 if none */
NODISCARD i64 view_best(const struct view_side *s); /* 0 when empty */
NODISCARD bool view_open(const struct view *v, u32 instrument); /* takes orders now */

#endif
