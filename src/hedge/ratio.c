#include "hedge/ratio.h"

#include <math.h>

/* Means and centred sums of two lists. */
struct moments { double a, b, aa, bb, ab; };

static struct moments moments_of(const double *x, const double *y, u32 n)
{
    struct moments m = { 0 };
    for (u32 i = 0; i < n; i++) m.a += x[i] / n, m.b += y[i] / n;
    for (u32 i = 0; i < n; i++) {
        double p = x[i] - m.a, q = y[i] - m.b;
        m.aa += p * p, m.bb += q * q, m.ab += p * q;
    }
    return m;
}

enum quant_result hedge_min_variance(const double *ds, const double *df, u32 n, double exposure,
                                     double lot, struct hedge_ratio *out)
{
    ASSERT(out);
    if (n < 2) return QUANT_SHORT;
    struct moments m = moments_of(ds, df, n);
    if (!(m.bb > 0) || !isfinite(m.aa + m.bb) || !isfinite(exposure) || !(lot > 0))
        return QUANT_DOMAIN;
    double rho = m.aa > 0 ? m.ab / sqrt(m.aa * m.bb) : 0, h = m.ab / m.bb;
    *out = (struct hedge_ratio){ sqrt(m.aa / (n - 1)), sqrt(m.bb / (n - 1)), rho, h, rho * rho,
                                 h * exposure / lot };
    return QUANT_OK;
}

enum quant_result hedge_from_stats(double rho, double sigma_s, double sigma_f, double exposure,
                                   double lot, struct hedge_ratio *out)
{
    ASSERT(out);
    if (!(fabs(rho) <= 1) || !(sigma_s >= 0) || !(sigma_f > 0) || !isfinite(exposure) || !(lot > 0))
        return QUANT_DOMAIN;
    double h = rho * sigma_s / sigma_f;
    *out = (struct hedge_ratio){ sigma_s, sigma_f, rho, h, rho * rho, h * exposure / lot };
    return QUANT_OK;
}

enum quant_result hedge_tail(double h, double exposure_value, double futures_value, double *lots)
{
    if (!(futures_value > 0) || !isfinite(h) || !isfinite(exposure_value)) return QUANT_DOMAIN;
    *lots = h * exposure_value / futures_value;
    return QUANT_OK;
}

enum quant_result hedge_tail_discount(double lots, double rate, double years, double *tailed)
{
    if (!(years >= 0) || !isfinite(rate) || !isfinite(lots)) return QUANT_DOMAIN;
    *tailed = lots * exp(-rate * years);
    return QUANT_OK;
}

enum quant_result hedge_beta(double beta, double target, double value, double futures,
                             double multiplier, double *lots)
{
    if (!(futures > 0) || !(multiplier > 0) || !isfinite(beta - target) || !isfinite(value))
        return QUANT_DOMAIN;
    *lots = (beta - target) * value / (futures * multiplier);
    return QUANT_OK;
}

enum quant_result hedge_ewma(const double *rs, const double *rf, u32 n, double lambda, double *h)
{
    if (n == 0) return QUANT_SHORT;
    if (!(lambda > 0 && lambda < 1) || !(fabs(rf[0]) > 0)) return QUANT_DOMAIN;
    double both = rs[0] * rf[0], futures = rf[0] * rf[0];
    for (u32 t = 0; t < n; t++) {
        if (t) both = lambda * both + (1 - lambda) * rs[t] * rf[t];
        if (t) futures = lambda * futures + (1 - lambda) * rf[t] * rf[t];
        h[t] = both / futures;
        if (!isfinite(h[t])) return QUANT_DOMAIN;
    }
    return QUANT_OK;
}

enum quant_result hedge_volumetric(const double *q, const double *s, const double *f, u32 n,
                                   struct volumetric *out)
{
    ASSERT(out);
    if (n < 2) return QUANT_SHORT;
    struct moments sf = moments_of(s, f, n), qf = moments_of(q, f, n);
    double spend = 0, cross = 0;
    for (u32 i = 0; i < n; i++) spend += q[i] * s[i] / n;
    for (u32 i = 0; i < n; i++) cross += (q[i] * s[i] - spend) * (f[i] - sf.b);
    if (!(sf.bb > 0) || !isfinite(cross)) return QUANT_DOMAIN;
    out->h_dollar = cross / sf.bb;
    out->h_price_only = qf.a * sf.ab / sf.bb;
    out->corr_qf = qf.aa > 0 ? qf.ab / sqrt(qf.aa * qf.bb) : 0;
    return QUANT_OK;
}

enum quant_result hedge_stack_roll(const double (*legs)[2], u32 n, double spot_first,
                                   double spot_last, bool is_short, struct rolled *out)
{
    double gain = 0;
    ASSERT(out);
    for (u32 i = 0; i < n; i++)
        gain += is_short ? legs[i][0] - legs[i][1] : legs[i][1] - legs[i][0];
    if (!isfinite(gain) || !isfinite(spot_last - spot_first)) return QUANT_DOMAIN;
    *out = (struct rolled){ gain, spot_last - spot_first,
                            is_short ? spot_last + gain : spot_last - gain };
    return QUANT_OK;
}
