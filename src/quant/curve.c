#include "quant/curve.h"

#include "quant/minimise.h"
#include <math.h>

static bool fine(const struct curve *c)
{
    return c->kappa > 0 && c->sigma_chi >= 0 && c->sigma_xi >= 0 && fabs(c->rho) <= 1 &&
           isfinite(c->lambda_chi) && isfinite(c->mu_xi) && isfinite(c->mu_xi_rn);
}

static double level(const struct curve *c, double t)
{
    double k = c->kappa, once = -expm1(-k * t), twice = -expm1(-2 * k * t);
    double variance = twice * c->sigma_chi * c->sigma_chi / (2 * k) +
                      c->sigma_xi * c->sigma_xi * t +
                      2 * once * c->rho * c->sigma_xi * c->sigma_chi / k;
    return c->mu_xi_rn * t - once * c->lambda_chi / k + variance / 2;
}

enum quant_result quant_curve(const struct curve *c, double chi, double xi, const double *years,
                              u32 n, double *a, double *f)
{
    ASSERT(a && f);
    if (!fine(c)) return QUANT_DOMAIN;
    for (u32 i = 0; i < n; i++) {
        if (!(years[i] >= 0)) return QUANT_DOMAIN;
        a[i] = level(c, years[i]);
        f[i] = exp(exp(-c->kappa * years[i]) * chi + xi + a[i]);
        if (!isfinite(f[i])) return QUANT_DOMAIN;
    }
    return QUANT_OK;
}

enum quant_result quant_launches(const struct launch *l, u32 launches, const double *years, u32 n,
                                 double *f)
{
    for (u32 j = 0; j < launches; j++) {
        if (!(l[j].p >= 0 && l[j].p <= 1) || !(l[j].sd >= 0) || !isfinite(l[j].size))
            return QUANT_DOMAIN;
        double left = 1 - l[j].p + l[j].p * exp(-l[j].size + l[j].sd * l[j].sd / 2);
        for (u32 i = 0; i < n; i++)
            if (years[i] >= l[j].years) f[i] *= left;
    }
    return QUANT_OK;
}

/* The state and its covariance. */
struct state { double chi, xi, cc, cx, xx; };

static void ahead(const struct curve *c, double dt, struct state *s)
{
    double d = exp(-c->kappa * dt), once = -expm1(-c->kappa * dt);
    s->chi *= d, s->xi += c->mu_xi * dt;
    s->cc =
        d * d * s->cc - expm1(-2 * c->kappa * dt) * c->sigma_chi * c->sigma_chi / (2 * c->kappa);
    s->cx = d * s->cx + once * c->rho * c->sigma_chi * c->sigma_xi / c->kappa;
    s->xx += c->sigma_xi * c->sigma_xi * dt;
}

/* One price: the errors of a date are independent, so they may be taken in turn. */
static double see(const struct curve *c, double noise, double t, double log_f, struct state *s)
{
    double h = exp(-c->kappa * t);
    double pc = h * s->cc + s->cx, px = h * s->cx + s->xx, v = h * pc + px + noise * noise;
    double e = log_f - (h * s->chi + s->xi + level(c, t));
    s->chi += pc / v * e, s->xi += px / v * e;
    s->cc -= pc * pc / v, s->cx -= pc * px / v, s->xx -= px * px / v;
    return -(log(2 * M_PI * v) + e * e / v) / 2;
}

enum quant_result quant_curve_filter(const struct curve *c, double noise,
                                     const struct curve_panel *p, struct curve_fit *out)
{
    struct state s = { .cc = c->sigma_chi * c->sigma_chi / (2 * c->kappa), .xx = 1 };
    double sum = 0;
    u32 seen = 0;
    if (!fine(c) || !(noise > 0)) return QUANT_DOMAIN;
    for (u32 d = 0; d < p->dates; d++) {
        if (d) ahead(c, p->gap[d], &s);
        for (u32 m = 0; m < p->maturities; m++) {
            size_t at = (size_t)d * p->maturities + m;
            if (isnan(p->log_f[at])) continue;
            if (!seen++) s.xi = p->log_f[at];
            sum += see(c, noise, p->years[at], p->log_f[at], &s);
        }
    }
    *out = (struct curve_fit){ *c, noise, sum, s.chi, s.xi };
    if (!seen) return QUANT_SHORT;
    return isfinite(sum) ? QUANT_OK : QUANT_DOMAIN;
}

/* Eight free numbers and the parameters they stand for. */
static struct curve curve_of(const double *x, double *noise)
{
    *noise = exp(x[7]);
    return (struct curve){ exp(x[0]), exp(x[1]), x[2], x[3], exp(x[4]), tanh(x[5]), x[6] };
}

static double loss(const double *x, void *with)
{
    struct curve_fit f;
    double noise;
    struct curve c = curve_of(x, &noise);
    return quant_curve_filter(&c, noise, with, &f) == QUANT_OK ? -f.log_likelihood : HUGE_VAL;
}

enum quant_result quant_curve_fit(const struct curve *g, const struct curve_panel *p,
                                  struct curve_fit *out)
{
    static const double first[] = { 0.5, 0.5, 0.1, 0.1, 0.5, 0.3, 0.1, 0.7 };
    double noise, least;
    if (p->dates < CURVE_MIN) return QUANT_SHORT;
    if (!fine(g) || !(g->sigma_chi > 0) || !(g->sigma_xi > 0) || !(fabs(g->rho) < 1))
        return QUANT_DOMAIN;
    double x[] = { log(g->kappa),    log(g->sigma_chi), g->lambda_chi, g->mu_xi,
                   log(g->sigma_xi), atanh(g->rho),     g->mu_xi_rn,   log(0.02) };
    struct curve_panel panel = *p;
    enum quant_result r = QUANT_LIMIT;
    for (u32 round = 0; r == QUANT_LIMIT && round < 3; round++)
        r = quant_minimise(loss, &panel, x, first, 8, 1e-9, 20000, &least);
    if (r != QUANT_OK) return r;
    struct curve c = curve_of(x, &noise);
    return quant_curve_filter(&c, noise, p, out);
}
