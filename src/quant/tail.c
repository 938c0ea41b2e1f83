#include "quant/tail.h"

#include "quant/dist.h"
#include <math.h>
#include <stdlib.h>

/* Puts the k-th least at k, none greater before it, none less behind it (Hoare's FIND, 1961). */
static void choose(double *v, u32 n, u32 k)
{
    i64 lo = 0, hi = (i64)n - 1, at = k;
    ASSERT(k < n);
    while (lo < hi) {
        double pivot = v[at];
        i64 i = lo, j = hi;
        do {
            while (v[i] < pivot) i++;
            while (v[j] > pivot) j--;
            if (i <= j) {
                double t = v[i];
                v[i++] = v[j], v[j--] = t;
            }
        } while (i <= j);
        if (j < at) lo = i;
        if (at < i) hi = j;
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double tail_mean(double *v, u32 n, double beta)
{
    ASSERT(n > 0);
    double mass = (1 - beta) * n;
    u32 whole = (u32)floor(mass), edge = whole < n ? n - 1 - whole : 0;
    double sum = 0;
    choose(v, n, edge);
    for (u32 i = edge + 1; i < n; i++) sum += v[i];
    if (whole < n) sum += (mass - whole) * v[edge];
    else sum += v[0];
    return sum / mass;
}

static enum quant_result copy_of(const double *v, u32 n, double beta, double **out)
{
    if (n == 0) return QUANT_SHORT;
    if (!(beta > 0 && beta < 1)) return QUANT_DOMAIN;
    for (u32 i = 0; i < n; i++)
        if (!isfinite(v[i])) return QUANT_DOMAIN;
    *out = malloc(n * sizeof **out);
    if (!*out) return QUANT_MEMORY;
    memcpy(*out, v, n * sizeof *v);
    return QUANT_OK;
}

enum quant_result quant_quantile(const double *v, u32 n, double beta, double *out)
{
    double *s;
    enum quant_result r = copy_of(v, n, beta, &s);
    if (r != QUANT_OK) return r;
    qsort(s, n, sizeof *s, ascending);
    double at = (n - 1) * beta;
    u32 i = (u32)floor(at);
    *out = i + 1 < n ? s[i] + (at - i) * (s[i + 1] - s[i]) : s[n - 1];
    free(s);
    return QUANT_OK;
}

enum quant_result quant_cvar(const double *loss, u32 n, double beta, struct tail *out)
{
    double *s;
    enum quant_result r = copy_of(loss, n, beta, &s);
    if (r != QUANT_OK) return r;
    qsort(s, n, sizeof *s, ascending);
    double need = ceil(beta * n - 1e-9 * n);
    out->var = s[need < 1 ? 0 : (u32)need - 1];
    out->cvar = tail_mean(s, n, beta);
    free(s);
    return QUANT_OK;
}

enum quant_result quant_cvar_normal(const double *mean, const double *cov, const double *weights,
                                    u32 k, double beta, struct tail *out)
{
    double m = 0, variance = 0;
    ASSERT(out);
    if (!(beta > 0 && beta < 1) || k == 0) return QUANT_DOMAIN;
    for (u32 i = 0; i < k; i++) {
        m -= weights[i] * mean[i];
        for (u32 j = 0; j < k; j++) variance += weights[i] * weights[j] * cov[(size_t)i * k + j];
    }
    if (!isfinite(m) || !isfinite(variance) || variance < 0) return QUANT_DOMAIN;
    double z = normal_inverse(beta), s = sqrt(variance);
    *out = (struct tail){ m + s * z, m + s * normal_density(z) / (1 - beta) };
    return QUANT_OK;
}
