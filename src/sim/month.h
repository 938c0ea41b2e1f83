/* month.h -- one contract month played fast: prints, agents, settlement, and what it cost whom.
 * Owns:   the simulated clock between the operator's timetable and the agents' rounds.
 * Never:  changes a rule: everything goes through the venue as a client's or operator's command.
 * Always: (observations, month, seed) decide every command, as long as nobody else trades.
 */
#ifndef HEDGEROW_SIM_MONTH_H
#define HEDGEROW_SIM_MONTH_H

#include "sim/agents.h"
#include "venue/timetable.h"

#define MONTH_ROUND_NS (INT64_C(900) * NS_PER_SECOND)        /* agents act every 15 minutes */
#define MONTH_ROUNDS_FROM_NS (INT64_C(28740) * NS_PER_SECOND) /* 07:59Z */
#define MONTH_ROUNDS_TO_NS (INT64_C(71940) * NS_PER_SECOND)   /* 19:59Z: in the settlement window */

struct month_options {
    struct venue *venue;
    struct timetable *timetable;
    Date start; /* first day of the month played */
    u64 seed;
    u32 target_lots; /* the startup's need in the month */
};
struct month_day { Date date; i64 print, settlement, volume, open_interest; u8 status; };
struct month {
    struct month_options o;
    struct market market;
    struct agents agents;
    Instant next_round, first, last; /* the simulated span, for the progress */
    struct month_day day;            /* filled by events; told to the caller at each DAY_ENDED */
    bool day_ended;                  /* a day ended since month_step() was called */
    u32 front;                       /* handle of the month's contract, 0 before it is listed */
    u64 prints, trades, rejects;
    i64 startup_fees; /* micros, of the month's contract */
    struct evt_final_settlement final;
    struct evt_position_limit limit; /* of the month's contract, as last said */
    bool settled, stuck;             /* stuck: the contract waits for a determination */
    u32 days_ended, days_all;
    Hash state_hash;
};

NODISCARD Err month_open(struct month *m, const struct month_options *o, struct why *w);
/* Released events; give it to venue_open() as the listener with the month as context. */
void month_events(void *ctx, const struct event *events, u32 n);
NODISCARD Instant month_next(const struct month *m); /* simulated time of the next step */
/* The operator's next command or the agents' next round, whichever comes first, made durable and
 * released. */
NODISCARD Err month_step(struct month *m, struct why *w);
NODISCARD u32 month_progress_ppm(const struct month *m);

/* The sample company's hedge: its month at the index against its month with the futures. */
struct month_hedge {
    i64 lots, gpu_hours_milli;                  /* bought; what they stand for */
    i64 average_price;                          /* paid, micros per unit, half-even */
    Money unhedged, futures_gain, fees, hedged; /* hedged = unhedged - gain + fees */
};
NODISCARD bool month_hedge(const struct month *m, struct month_hedge *out); /* once settled */

#endif
