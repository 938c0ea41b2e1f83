#include "quant/decay.h"

#include <math.h>

void quant_decay(i64 share_ppm, u32 n, i64 *out)
{
    ASSERT(share_ppm > 0);
    ASSERT(n > 0);
    for (u32 i = 0; i < n; i++) {
        i64 r = (i64)llroundl(1e18L * expl(-1e6L / ((long double)share_ppm * (i + 1))));
        out[i] = r < 1 ? 1 : r;
    }
}
