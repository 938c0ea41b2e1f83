#include "quant/decay.h"

#define SCALE ((i128)1000000000 * 1000000000 * 1000000000) /* 1e27 */

/* e^x = sum of x^n / n! in 1e-27, x = 1e6 / (share x depth) <= 10: terms stay below 3,000. */
static i128 power_of(i64 share_ppm, i64 depth)
{
    i128 sum = 0, term = SCALE;
    ASSERT(depth > 0);
    for (i64 n = 1; term > 0; n++) {
        sum += term;
        term = term * 1000000 / ((i128)share_ppm * depth * n);
    }
    ASSERT(sum > SCALE);
    return sum;
}

/* 1e18 x SCALE / sum by three digits at a time, half up: no e^-x is a tie. */
static i64 inverse_of(i128 sum)
{
    i128 q = SCALE / sum, left = SCALE % sum;
    ASSERT(sum > SCALE);
    for (u32 i = 0; i < 6; i++) q = q * 1000 + left * 1000 / sum, left = left * 1000 % sum;
    ASSERT(q > 0);
    return (i64)(q + (2 * left >= sum));
}

void quant_decay(i64 share_ppm, u32 n, i64 *out)
{
    ASSERT(share_ppm >= DECAY_SHARE_MIN && share_ppm <= DECAY_SHARE_MAX);
    ASSERT(n > 0 && n <= 1000);
    for (u32 i = 0; i < n; i++) out[i] = inverse_of(power_of(share_ppm, (i64)i + 1));
}
