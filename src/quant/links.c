#include "quant/links.h"

#include <fenv.h>
#include <math.h>

enum quant_result quant_integer(double v, double scale, i64 *out)
{
    double scaled = v * scale;
    ASSERT(out);
    ASSERT(fegetround() == FE_TONEAREST); /* nearbyint() is half-even then */
    if (!isfinite(scaled) || fabs(scaled) > 9e15) return QUANT_DOMAIN;
    *out = (i64)nearbyint(scaled);
    return QUANT_OK;
}

static enum quant_result link_of(double log_link, i64 *link_ppb)
{
    i64 v;
    enum quant_result r = quant_integer(exp(log_link), (double)LINK_ONE, &v);
    if (r != QUANT_OK) return r;
    if (v < 1 || v > LINK_PPB_MAX) return QUANT_DOMAIN;
    *link_ppb = v;
    return QUANT_OK;
}

enum quant_result quant_jevons(const i64 *p0, const i64 *p1, u32 n, i64 *link_ppb)
{
    double sum = 0;
    ASSERT(link_ppb);
    if (!n) return QUANT_SHORT;
    for (u32 i = 0; i < n; i++) {
        if (p0[i] <= 0 || p1[i] <= 0) return QUANT_DOMAIN;
        sum += log((double)p1[i] / (double)p0[i]);
    }
    return link_of(sum / n, link_ppb);
}

enum quant_result quant_tornqvist(const i64 *p0, const i64 *p1, const i64 *v0, const i64 *v1, u32 n,
                                  i64 *link_ppb)
{
    double all0 = 0, all1 = 0, sum = 0;
    ASSERT(link_ppb);
    if (!n) return QUANT_SHORT;
    for (u32 i = 0; i < n; i++) {
        if (p0[i] <= 0 || p1[i] <= 0 || v0[i] < 0 || v1[i] < 0) return QUANT_DOMAIN;
        all0 += (double)v0[i], all1 += (double)v1[i];
    }
    if (!(all0 > 0) || !(all1 > 0)) return QUANT_DOMAIN;
    for (u32 i = 0; i < n; i++) {
        double share = ((double)v0[i] / all0 + (double)v1[i] / all1) / 2;
        sum += share * log((double)p1[i] / (double)p0[i]);
    }
    return link_of(sum, link_ppb);
}
