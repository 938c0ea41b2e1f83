/* decay.h -- the integer table of e^-lambda that an order-book estimator weighs depth by.
 * Owns:   r(depth) = e^(-1e6 / (share_ppm x depth)) in 1e-18, for depths of 1, 2, ... steps.
 * Never:  runs while a print is made: the table stands in the methodology file (rti.decay_1e18).
 * Always: nearest integer of the long double; between 1 and 1e18 - 1.
 */
#ifndef HEDGEROW_QUANT_DECAY_H
#define HEDGEROW_QUANT_DECAY_H

#include "base/base.h"

/* 300000 in the published outline: lambda = 1 / (0.3 vT). share_ppm > 0, n > 0. */
void quant_decay(i64 share_ppm, u32 n, i64 *out);

#endif
