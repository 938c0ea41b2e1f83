/* vintage.h -- what a missing day becomes, which version of a print binds, and running sums.
 * Owns:   the waterfall's memory (index.md section 7), vintage rules (section 8), the accumulator.
 * Never:  overwrites a print: a restatement is a new version.
 * Always: a carried value has the age of the L1-L3 print it carries; L4 is never carried and does
 *         not make that print younger.
 */
#ifndef HEDGEROW_INDEX_VINTAGE_H
#define HEDGEROW_INDEX_VINTAGE_H

#include "index/lists.h"

/* The last L1-L3 value, 0 none, and how many scheduled days ago it was. */
struct carry { i64 value; u32 age, zero; };
/* One scheduled day: value[level - 1] of L1..L4 in micros, 0 where that level failed. Returns the
 * level used (L5 at most max_age days after the last L1-L3 print, else L6) and its value, 0 at
 * L6. */
NODISCARD u8 waterfall_next(struct carry *c, const i64 value[4], u32 max_age, i64 *out);

#define VINTAGE_RULE_LIST(X) \
    X(VINTAGE_RULE, FIRST_PRINT, "FIRST_PRINT") X(VINTAGE_RULE, LAST_BEFORE, "LAST_BEFORE") \
    X(VINTAGE_RULE, RESTATE_IF, "RESTATE_IF")
#define AS_VINTAGE_RULE(LIST, NAME, text) LIST##_##NAME,
enum { VINTAGE_RULE_NONE, VINTAGE_RULE_LIST(AS_VINTAGE_RULE) VINTAGE_RULE_COUNT };
struct vintage { Instant published_at; i64 value; u32 version, zero; };
/* Versions rise, and so do their times. False: NOT_PUBLISHED. RESTATE_IF takes the last version
 * before `before` if |value - first| x 1e6 > ppm x first, else the first. */
NODISCARD bool vintage_select(const struct vintage *v, u32 n, u32 rule, Instant before, u32 ppm,
                              struct vintage *out);

/* A + value x hours; false on overflow. Micros x hours. */
NODISCARD bool accumulate(i64 before, i64 value, u32 hours, i64 *out);
/* Mean of a period as the difference of two published sums: (b - a) / hours, half-even. */
NODISCARD i64 accumulator_mean(i64 a, i64 b, i64 hours);

#endif
