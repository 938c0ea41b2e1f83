/* clock.h -- the only readers of time: wall clock for stamps, monotonic clock for waits.
 * Owns:   clock_gettime and sleeping.
 * Never:  is called by a core or pure room.
 * Always: wall time is UTC ns since 1970; monotonic never goes back.
 */
#ifndef HEDGEROW_SYS_CLOCK_H
#define HEDGEROW_SYS_CLOCK_H

#include "base/base.h"

NODISCARD Instant clock_wall(void);
NODISCARD u64 clock_monotonic_ns(void);
void clock_sleep_ns(u64 ns);

#endif
