/* vintage.h -- which version of a print a contract settles on.
 * Owns:   the binding rules FIRST_PRINT, LAST_BEFORE, RESTATE_IF (index.md section 8).
 * Never:  takes "the current value"; re-opens what is bound.
 * Always: a version published at or after the cut-off changes nothing.
 */
#ifndef HEDGEROW_CONTRACT_VINTAGE_H
#define HEDGEROW_CONTRACT_VINTAGE_H

#include "contract/averaging.h"

/* One version of the print of one value date. */
typedef struct {
    Print print;
    Instant published_at;
    u32 version; /* 1 is the first */
    u32 zero;
} Vintage;
static_assert(sizeof(Vintage) == 40, "no hidden padding");

/* From this moment the binding is final; FIRST_PRINT binds when it is published. */
NODISCARD Instant vintage_cutoff(const struct spec *s, Date value_date);
/* The version that binds, of all published so far in order of version; -1 if there is none yet.
 * Before the cut-off the answer may still change; asked after it, it never does. */
NODISCARD i32 vintage_binding(const struct spec *s, Date value_date, const Vintage *v, u32 n);

#endif
