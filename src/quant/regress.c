#include "quant/regress.h"

#include "quant/dist.h"
#include <math.h>
#include <stdlib.h>

u32 quant_lags(u32 n) { return (u32)floor(4 * pow(n / 100.0, 2.0 / 9)); }

struct coefficient_test quant_coefficient(double beta, double se, u32 df, double level)
{
    ASSERT(df > 0);
    ASSERT(level > 0 && level < 1);
    double far = student_inverse((1 + level) / 2, df) * se, t = se > 0 ? beta / se : 0;
    return (struct coefficient_test){ t, se > 0 ? student_two_sided(t, df) : beta == 0, beta - far,
                                      beta + far };
}

/* sum_l w_l sum_i e_i e_(i-l) (...), k rows of k. */
static void long_run(const double *x, const double *e, u32 n, u32 k, u32 lags, double *s)
{
    memset(s, 0, (size_t)k * k * sizeof *s);
    for (u32 l = 0; l <= lags; l++) {
        double w = 1 - l / (lags + 1.0);
        for (u32 i = l; i < n; i++) {
            const double *a = x + (size_t)i * k, *b = x + (size_t)(i - l) * k;
            double we = w * e[i] * e[i - l] / (l ? 1 : 2);
            for (u32 p = 0; p < k; p++)
                for (u32 q = 0; q < k; q++) s[p * k + q] += we * (a[p] * b[q] + b[p] * a[q]);
        }
    }
}

/* The roots of the diagonal of A S A. */
static void sandwich(const double *a, const double *s, u32 k, double *se)
{
    for (u32 j = 0; j < k; j++) {
        double sum = 0;
        for (u32 p = 0; p < k; p++)
            for (u32 q = 0; q < k; q++) sum += a[j * k + p] * s[p * k + q] * a[q * k + j];
        se[j] = sqrt(fmax(sum, 0));
    }
}

static void diagnose(const double *x, const double *y, u32 n, u32 k, const double *inverse,
                     double *e, struct regression *out)
{
    double step = 0, square = 0;
    for (u32 i = 0; i < n; i++) {
        e[i] = y[i];
        for (u32 j = 0; j < k; j++) e[i] -= out->beta[j] * x[(size_t)i * k + j];
        square += e[i] * e[i];
        if (i) step += (e[i] - e[i - 1]) * (e[i] - e[i - 1]);
    }
    const struct ols *fit = &out->fit;
    out->durbin_watson = square > 0 ? step / square : 0;
    out->residual_sd = sqrt(fit->s2);
    for (u32 j = 0; j < k; j++) out->se[j] = sqrt(fit->s2 * inverse[j * k + j]);
    if (k < 2) return;
    out->f = fit->s2 > 0 ? fmax(fit->ss_total - fit->ss_residual, 0) / (k - 1) / fit->s2 : HUGE_VAL;
    out->f_p = fisher_above(out->f, k - 1, n - k);
}

enum quant_result quant_regress(const double *x, const double *y, u32 n, u32 k, u32 lags,
                                double *residual, struct regression *out)
{
    ASSERT(out);
    ASSERT(k > 0);
    if (k > REGRESS_MAX || lags >= n) return QUANT_DOMAIN;
    if (n <= k) return QUANT_SHORT;
    double *m = malloc(((size_t)n * (k + 1) + 2 * (size_t)k * k) * sizeof *m);
    if (!m) return QUANT_MEMORY;
    double *e = m + (size_t)n * k, *inverse = e + n, *middle = inverse + (size_t)k * k;
    *out = (struct regression){ 0 };
    for (u32 i = 0; i < n; i++) {
        m[(size_t)i * k] = 1;
        for (u32 j = 1; j < k; j++) m[(size_t)i * k + j] = x[(size_t)i * (k - 1) + j - 1];
    }
    enum quant_result r = quant_ols_inverse(m, y, n, k, true, out->beta, inverse, &out->fit);
    if (r == QUANT_OK) {
        diagnose(m, y, n, k, inverse, e, out);
        long_run(m, e, n, k, lags, middle);
        sandwich(inverse, middle, k, out->hac);
        if (residual) memcpy(residual, e, n * sizeof *e);
    }
    free(m);
    return r;
}
