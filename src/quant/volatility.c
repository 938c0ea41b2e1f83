#include "quant/volatility.h"

#include "quant/minimise.h"
#include <math.h>
#include <stdlib.h>

enum quant_result quant_garch(const struct garch *g, double h0, const double *e, u32 n, double *h)
{
    ASSERT(h || !n);
    if (!(g->omega >= 0) || !(g->alpha >= 0) || !(g->beta >= 0) || !(h0 >= 0)) return QUANT_DOMAIN;
    for (u32 t = 0; t < n; t++) {
        h0 = g->omega + g->alpha * e[t] * e[t] + g->beta * h0;
        if (!isfinite(h0)) return QUANT_DOMAIN;
        h[t] = h0;
    }
    return QUANT_OK;
}

static double mean_product(const double *a, const double *b, u32 n)
{
    double sum = 0;
    for (u32 i = 0; i < n; i++) sum += a[i] * b[i];
    return sum / n;
}

static double logistic(double x) { return 1 / (1 + exp(-x)); }

/* Any three numbers to parameters inside their domain: persistence, alpha's part, the level. */
struct garch_data { const double *e; double mean; u32 n; };
static struct garch garch_of(const double *x, double mean)
{
    double all = logistic(x[0]), alpha = all * logistic(x[1]);
    return (struct garch){ mean * exp(x[2]) * (1 - all), alpha, all - alpha, 0 };
}

static double garch_loss(const double *x, void *with)
{
    const struct garch_data *d = with;
    struct garch g = garch_of(x, d->mean);
    double h = d->mean, sum = 0;
    for (u32 t = 0; t < d->n; t++) {
        double square = d->e[t] * d->e[t];
        sum += (log(h) + square / h) / 2;
        h = g.omega + g.alpha * square + g.beta * h;
        if (!(h > 0)) return HUGE_VAL;
    }
    return sum;
}

enum quant_result quant_garch_fit(const double *e, u32 n, struct garch *out)
{
    static const double starts[][3] = { { 3, -2, 0 }, { 1, -1, 0 }, { 5, -3, 0 } };
    static const double first[] = { 0.7, 0.7, 0.3 };
    double best = HUGE_VAL;
    ASSERT(out);
    if (n < VOLATILITY_MIN) return QUANT_SHORT;
    struct garch_data d = { e, mean_product(e, e, n), n };
    if (!(d.mean > 0) || !isfinite(d.mean)) return QUANT_DOMAIN;
    enum quant_result all = QUANT_LIMIT;
    for (u32 i = 0; i < ARRAY_LEN(starts); i++) {
        double x[3] = { starts[i][0], starts[i][1], starts[i][2] }, least;
        enum quant_result r = quant_minimise(garch_loss, &d, x, first, 3, 1e-10, 6000, &least);
        if (r == QUANT_OK || (r == QUANT_LIMIT && isfinite(least))) all = QUANT_OK;
        if (r == QUANT_DOMAIN || !(least < best)) continue;
        best = least;
        *out = garch_of(x, d.mean);
        out->log_likelihood = -least;
    }
    return all;
}

/* ---- two series ---- */

struct dcc_data { const double *z1, *z2; double q11, q12, q22; u32 n; };

/* Walks Q; the loss is the part of the likelihood that a and b move. rho may be NULL. */
static double dcc_walk(const struct dcc_data *d, double a, double b, double *rho)
{
    double q11 = d->q11, q12 = d->q12, q22 = d->q22, rest = 1 - a - b, sum = 0;
    for (u32 t = 0; t < d->n; t++) {
        double x = d->z1[t], y = d->z2[t], r = q12 / sqrt(q11 * q22), gap = 1 - r * r;
        if (!(gap > 0)) return HUGE_VAL;
        if (rho) rho[t] = r;
        sum += (log(gap) + (x * x - 2 * r * x * y + y * y) / gap - x * x - y * y) / 2;
        q11 = rest * d->q11 + a * x * x + b * q11;
        q12 = rest * d->q12 + a * x * y + b * q12;
        q22 = rest * d->q22 + a * y * y + b * q22;
    }
    return sum;
}

static enum quant_result dcc_open(struct dcc_data *d, const double *z1, const double *z2, u32 n)
{
    if (n < 2) return QUANT_SHORT;
    *d = (struct dcc_data){
        z1, z2, mean_product(z1, z1, n), mean_product(z1, z2, n), mean_product(z2, z2, n), n
    };
    bool fine = d->q11 > 0 && d->q22 > 0 && d->q12 * d->q12 < d->q11 * d->q22;
    return fine ? QUANT_OK : QUANT_DOMAIN;
}

enum quant_result quant_dcc(const struct dcc *c, const double *z1, const double *z2, u32 n,
                            double *rho)
{
    struct dcc_data d;
    if (!(c->a >= 0) || !(c->b >= 0) || !(c->a + c->b < 1)) return QUANT_DOMAIN;
    enum quant_result r = dcc_open(&d, z1, z2, n);
    if (r == QUANT_OK && !isfinite(dcc_walk(&d, c->a, c->b, rho))) r = QUANT_DOMAIN;
    return r;
}

static double dcc_loss(const double *x, void *with)
{
    double all = logistic(x[0]), a = all * logistic(x[1]);
    return dcc_walk(with, a, all - a, NULL);
}

enum quant_result quant_dcc_fit(const double *z1, const double *z2, u32 n, struct dcc *out)
{
    static const double starts[][2] = { { 3, -3 }, { 1, -1 }, { -2, 0 } }, first[] = { 0.7, 0.7 };
    struct dcc_data d;
    double best = HUGE_VAL;
    if (n < VOLATILITY_MIN) return QUANT_SHORT;
    enum quant_result r = dcc_open(&d, z1, z2, n);
    if (r != QUANT_OK) return r;
    for (u32 i = 0; i < ARRAY_LEN(starts); i++) {
        double x[2] = { starts[i][0], starts[i][1] }, least;
        r = quant_minimise(dcc_loss, &d, x, first, 2, 1e-10, 4000, &least);
        if (r == QUANT_DOMAIN || !(least < best)) continue;
        best = least;
        double all = logistic(x[0]), a = all * logistic(x[1]);
        *out = (struct dcc){ a, all - a, -least };
    }
    return isfinite(best) ? QUANT_OK : QUANT_LIMIT;
}
