/* impact.h -- what a change of methodology would have done: old and new over the same records.
 * Owns:   the shadow run of the new rules, the fields that differ, months of settlement.
 * Never:  publishes the new series: its id ends in -shadow and its dates are the old one's.
 * Always: gaps are new against old; a month's mean takes its averaging days with a value.
 */
#ifndef HEDGEROW_CMD_IMPACT_H
#define HEDGEROW_CMD_IMPACT_H

#include "cmd/compare.h"
#include "contract/calendar.h"

#define IMPACT_MONTHS_MAX 600u

struct impact_month {
    Date first;     /* of the month */
    u32 days;       /* of its averaging set */
    u32 with[2];    /* that have a value, by old and new */
    u32 bad_run[2]; /* longest run of carried or missing days */
    u32 bad[2];
    i64 mean[2]; /* micros, 0 without a day */
};
struct impact {
    struct methodology old, new; /* as their files say */
    struct compare *c;           /* method 0 the old rules, method 1 the shadow of the new */
    struct calendar calendar;
    struct impact_month *month;
    u32 months;
    u32 both, only_old, only_new, neither, levels; /* dates; levels: both have one, not the same */
    i64 mean_ppm, max_ppm;                         /* of |new - old| / old; signed at the worst */
    Date max_on;
};
struct impact_ask {
    const char *old, *new, *owners, *calendar;
    const char *const *inputs;
    u32 inputs_n;
    Date from, to;
};
NODISCARD Err impact_run(struct impact *im, const struct impact_ask *ask, struct why *w);
void impact_close(struct impact *im);
/* (new - old) / old in ppm of that date; false if one has no value. */
NODISCARD bool impact_gap(const struct impact *im, u32 day, i64 *ppm);
/* More than 20 % carried or missing, or more than five in a row: the exchange would determine. */
NODISCARD bool impact_determination(const struct impact_month *m, u32 which);
NODISCARD Err impact_html(const struct impact *im, const char *path, struct why *w);
int index_impact(int argc, char **argv);

#endif
