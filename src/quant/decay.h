/* decay.h -- the integer table of e^-lambda that an order-book estimator weighs depth by.
 * Owns:   r(depth) = e^(-1e6 / (share_ppm x depth)) in 1e-18, for depths of 1, 2, ... steps.
 * Never:  runs while a print is made: the table stands in the methodology file (rti.decay_1e18).
 * Always: the nearest integer, the same on every machine; between 1 and 1e18 - 1, and rising.
 */
#ifndef HEDGEROW_QUANT_DECAY_H
#define HEDGEROW_QUANT_DECAY_H

#include "base/base.h"

#define DECAY_SHARE_MIN 100000
#define DECAY_SHARE_MAX 10000000
/* 300000 in the published outline: lambda = 1 / (0.3 vT). n of them, at most 1,000. */
void quant_decay(i64 share_ppm, u32 n, i64 *out);

#endif
