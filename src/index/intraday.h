/* intraday.h -- the value between two prints: the same screens and estimator over [t - 24 h, t).
 * Owns:   what is live now: records by time, cells by (partition, owner), medians, venues, flows.
 * Never:  settles anything; touches a print; looks at a record that is not in the log yet.
 * Always: equal to intraday_batch() after every step; at the window's end equal to the print's
 *         unrounded L1 estimate. L2 to L5 are the print's alone: a short window has no value here.
 */
#ifndef HEDGEROW_INDEX_INTRADAY_H
#define HEDGEROW_INDEX_INTRADAY_H

#include "index/index.h"
#include "index/stats.h"

struct intraday_value {
    i64 at;   /* t: the window's end, exclusive */
    Fine sum; /* the value is sum / count, in 1e-12 micro; count 0: none */
    i64 count;
    i64 value; /* rounded as the print's; 0: none */
    i64 volume;
    u32 owners, partitions, observations;
    u8 status, level, why; /* L1 PRINTED; else L5 CARRIED the last print's, or L6 NO_PRINT */
    u8 zero;
};

struct intraday; /* opaque */
NODISCARD u64 intraday_bytes(const struct index *ix);
/* Over the series after its last print: the day of index_next_date(), from the window's end before
 * it. `ix` must not print or restate until the last call here. `memory` is zeroed, 64-byte aligned.
 * NULL if it is too small. */
NODISCARD struct intraday *intraday_open(void *memory, u64 bytes, struct index *ix);
/* Takes what was journaled before `now` since the last call, and moves the window's end to t: not
 * back, not beyond the day's window. False: more records than index_caps.records (nothing is lost:
 * the next print is not touched). */
NODISCARD bool intraday_at(struct intraday *d, i64 t, i64 now, struct intraday_value *out);
/* The same by full recomputation: the twin, and the way of estimators other than pvwm. */
NODISCARD bool intraday_batch(struct index *ix, i64 t, i64 now, struct intraday_value *out);
/* How often intraday_at() had to recompute everything. */
NODISCARD u64 intraday_recomputed(const struct intraday *d);

#endif
