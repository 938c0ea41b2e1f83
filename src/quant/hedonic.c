#include "quant/hedonic.h"

#include "quant/links.h"
#include <math.h>
#include <stdlib.h>

/* A constant, a dummy for each period but the first, the traits. */
static enum quant_result design(const double *p, const u32 *period, const double *traits, u32 n,
                                u32 periods, u32 k, double *x, double *y)
{
    u32 traits_n = k - periods;
    for (u32 i = 0; i < n; i++) {
        double *row = x + (size_t)i * k;
        if (!(p[i] > 0) || !isfinite(p[i]) || period[i] >= periods) return QUANT_DOMAIN;
        y[i] = log(p[i]);
        row[0] = 1;
        if (period[i]) row[period[i]] = 1;
        for (u32 j = 0; j < traits_n; j++) row[periods + j] = traits[(size_t)i * traits_n + j];
    }
    return QUANT_OK;
}

enum quant_result quant_hedonic(const double *p, const u32 *period, const double *x, u32 n,
                                u32 periods, u32 traits, struct hedonic *out)
{
    u32 k = periods + traits;
    double beta[HEDONIC_PERIODS_MAX + HEDONIC_TRAITS_MAX], se[ARRAY_LEN(beta)];
    ASSERT(out);
    if (!periods || periods > HEDONIC_PERIODS_MAX || traits > HEDONIC_TRAITS_MAX)
        return QUANT_DOMAIN;
    if (n <= k) return QUANT_SHORT;
    *out = (struct hedonic){ 0 };
    double *m = calloc((size_t)n * (k + 1), sizeof *m);
    if (!m) return QUANT_MEMORY;
    double *y = m + (size_t)n * k;
    enum quant_result r = design(p, period, x, n, periods, k, m, y);
    if (r == QUANT_OK) r = quant_ols(m, y, n, k, true, beta, se, &out->fit);
    free(m);
    if (r != QUANT_OK) return r;
    out->index[0] = 1;
    for (u32 t = 1; t < periods; t++) {
        out->delta[t] = beta[t], out->delta_se[t] = se[t];
        out->index[t] = exp(beta[t] - se[t] * se[t] / 2);
    }
    for (u32 j = 0; j < traits; j++)
        out->beta[j] = beta[periods + j], out->beta_se[j] = se[periods + j];
    return QUANT_OK;
}

enum quant_result quant_factor_ppm(double beta, double se, i64 *ppm)
{
    i64 v;
    ASSERT(ppm);
    if (!(se >= 0)) return QUANT_DOMAIN;
    enum quant_result r = quant_integer(expm1(beta - se * se / 2), (double)PPM, &v);
    if (r != QUANT_OK) return r;
    if (v < -FACTOR_PPM_LIMIT || v > FACTOR_PPM_LIMIT) return QUANT_DOMAIN;
    *ppm = v;
    return QUANT_OK;
}
