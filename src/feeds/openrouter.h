/* openrouter.h -- prices of a day by the minute: what `overrides` of a model's pricing say.
 * Owns:   HHMM windows, their cover of the day, the minute-weighted mean.
 * Never:  fills a gap: windows that do not cover the 1,440 minutes exactly once are a TOD_GAP.
 * Always: the mean is rounded once, to micros of USD per million tokens.
 */
#ifndef HEDGEROW_FEEDS_OPENROUTER_H
#define HEDGEROW_FEEDS_OPENROUTER_H

#include "feeds/row.h"

#define DAY_WINDOWS_MAX 48u
enum day_side { DAY_INPUT, DAY_OUTPUT, DAY_CACHED, DAY_SIDES };
struct day_window { u32 minutes; struct decimal price[DAY_SIDES]; };
struct day_prices {
    struct day_window window[DAY_WINDOWS_MAX]; /* one of 1,440 minutes without overrides */
    u32 n;
    bool stated[DAY_SIDES]; /* by the headline */
    bool gap;               /* the headline stands alone */
};
/* From the pricing object; false: *fault names the member that is no price, or too many windows. */
NODISCARD bool day_read(Str pricing, struct day_prices *out, const char **fault);
/* Micros of USD per million tokens; false: does not fit. */
NODISCARD bool day_mean(const struct day_prices *p, enum day_side side, i64 *micros, bool *lost);

#endif
