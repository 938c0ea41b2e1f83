/* stress.h -- one print put to the test: the measures of the index room over a loaded benchmark.
 * Owns:   running the series to a date, the trailing minimum of the position limit.
 * Never:  measures anything itself: index/measure.h does.
 * Always: leaves the series after the date asked for.
 */
#ifndef HEDGEROW_CMD_STRESS_H
#define HEDGEROW_CMD_STRESS_H

#include "cmd/benchmark.h"
#include "index/measure.h"

#define STRESS_TRAILING 20u
enum { STRESS_WASH_ONE, STRESS_WASH_MAPPED, STRESS_WASH_SPLIT, STRESS_WASHES };

struct stress {
    /* asked */
    Date date; /* 0: the last with data */
    struct measure_ask ask;
    struct wash_ask wash;
    i64 lot_hours, kappa_milli, position;
    u32 days;
    /* answered */
    struct print print;
    struct measured measured;
    struct washed washed[STRESS_WASHES];
    i64 limit_milli[MEASURE_METHOD_COUNT]; /* -1: not stated, no attack was found */
    bool limit_bound[MEASURE_METHOD_COUNT], effective_bound; /* no more than that */
    i64 effective_milli, lambda_ppm;
    u32 trailing_n;
    i64 cost[STRESS_TRAILING]; /* of the own method, oldest first; -1: none found or no print */
    i64 value[STRESS_TRAILING];
};
NODISCARD struct stress stress_default(void);
/* ERR_NO where the date has no print made from its own records. */
NODISCARD Err stress_run(struct benchmark *b, struct stress *s, struct why *w);
int index_stress(int argc, char **argv); /* cmd_index_stress.c: the verb */
/* What --date means: left out (0), the last value date with records; a date before the methodology
 * is in force is refused. */
NODISCARD Err benchmark_date(const struct benchmark *b, Date *d, struct why *w);
/* `v` with a fixed number of digits; returns buf. */
const char *dec_text(char *buf, u32 cap, i64 v, u32 scale, u32 digits);

#endif
