/* demo_stage.h -- what `hedgerow demo` plays on: data folder, benchmark, contract, accounts, venue.
 * Owns:   choosing benchmark and month from the observations, the venue's first commands.
 * Never:  plays: that is sim/month.h.
 * Always: nothing is left behind in the world but the data folder, and not that if it was
 *         temporary.
 */
#ifndef HEDGEROW_CMD_DEMO_STAGE_H
#define HEDGEROW_CMD_DEMO_STAGE_H

#include "contract/spec.h"
#include "sim/month.h"

#define DEMO_USER 9u /* the account of whoever looks at the page */

struct stage_options {
    const char *const *observations; /* files; none: the shipped synthetic rentals */
    u32 observations_n;
    const char *month;  /* "YYYY-MM"; NULL: the one with most printed days */
    const char *data;   /* NULL: a temporary folder */
    const char *listen; /* NULL: no page */
    u64 seed;
};
struct stage {
    char folder[1024], web[1024];
    bool temporary;
    bool discard; /* the first start failed: nothing half-written stays */
    struct machine_recovery recovery;
    struct calendar calendar;
    struct spec spec;
    struct administrator *benchmark;
    struct venue *venue;
    struct timetable timetable;
    struct month month;
    Date start;
};
NODISCARD Err stage_open(struct stage *s, const struct stage_options *o, struct why *w);
NODISCARD Err stage_close(struct stage *s, struct why *w);

#endif
