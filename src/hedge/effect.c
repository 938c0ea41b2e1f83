#include "hedge/effect.h"

#include <math.h>

enum quant_result hedge_dollar_offset(const double *item, const double *hedge, u32 n, double lo,
                                      double hi, double *ratio, u32 *outside, u32 *outside_n,
                                      u32 *undefined)
{
    double a = 0, b = 0;
    ASSERT(outside_n && undefined);
    if (!(lo <= hi)) return QUANT_DOMAIN;
    *outside_n = *undefined = 0;
    for (u32 m = 0; m < n; m++) {
        a += item[m], b += hedge[m];
        if (!isfinite(a) || !isfinite(b)) return QUANT_DOMAIN;
        bool none = !(fabs(a) > 0);
        ratio[m] = none ? (double)NAN : -b / a;
        *undefined += none;
        if (!(ratio[m] >= lo && ratio[m] <= hi)) outside[(*outside_n)++] = m;
    }
    return QUANT_OK;
}

enum quant_result hedge_effectiveness(const double *x, const double *y, u32 n,
                                      struct effectiveness *out)
{
    struct regression r;
    ASSERT(out);
    if (n < 3) return QUANT_SHORT;
    enum quant_result done = quant_regress(x, y, n, 2, 0, NULL, &r);
    if (done != QUANT_OK) return done;
    struct coefficient_test c = quant_coefficient(r.beta[1], r.se[1], n - 2, 0.95);
    *out =
        (struct effectiveness){ r.beta[1], r.beta[0], r.se[1],       r.fit.r2,       r.f, c.t, c.p,
                                c.lo,      c.hi,      r.residual_sd, r.durbin_watson };
    return QUANT_OK;
}

enum quant_result hedge_basis_shares(const double *parts, u32 n, u32 k, double *shares)
{
    double variance = 0, mean = 0, size = 0;
    u32 most = 0;
    ASSERT(k > 0);
    if (n < 2) return QUANT_SHORT;
    for (size_t i = 0; i < (size_t)n * k; i++) mean += parts[i] / n;
    for (u32 j = 0; j < k; j++) shares[j] = 0;
    for (u32 t = 0; t < n; t++) {
        double b = -mean;
        for (u32 j = 0; j < k; j++) b += parts[(size_t)t * k + j];
        variance += b * b;
        for (u32 j = 0; j < k; j++) shares[j] += parts[(size_t)t * k + j] * b;
    }
    if (!(variance > 0) || !isfinite(variance)) return QUANT_DOMAIN;
    for (u32 j = 0; j < k; j++) {
        shares[j] /= variance, size += fabs(shares[j]);
        if (fabs(shares[j]) > fabs(shares[most])) most = j;
    }
    /* On a grid that holds every sum of them, sums are exact in any order. */
    double grain = ldexp(1, ilogb(fmax(size, 1)) + 2 - 52), rest = 1;
    for (u32 j = 0; j < k; j++) {
        shares[j] = nearbyint(shares[j] / grain) * grain;
        if (j != most) rest -= shares[j];
    }
    shares[most] = rest;
    return QUANT_OK;
}
