#include "hedge/strip.h"

#include "quant/ols.h"
#include <math.h>
#include <stdlib.h>

/* |b - A n|^2 with the ridge as k more rows; `held` are at a bound. */
struct strip {
    double *a, *b, *x, *y; /* rows of k; the right side; room for the free part of both */
    double lo[STRIP_MAX], hi[STRIP_MAX], n[STRIP_MAX];
    bool held[STRIP_MAX];
    u32 rows, k;
};

static void fill(struct strip *s, const double *loss, const double *payoff, u32 scenarios,
                 double ridge)
{
    double mean[STRIP_MAX] = { 0 }, centre = 0, root = sqrt(scenarios);
    u32 k = s->k;
    for (u32 i = 0; i < scenarios; i++) {
        centre += loss[i] / scenarios;
        for (u32 j = 0; j < k; j++) mean[j] += payoff[(size_t)i * k + j] / scenarios;
    }
    for (u32 i = 0; i < scenarios; i++) {
        s->b[i] = (loss[i] - centre) / root;
        for (u32 j = 0; j < k; j++)
            s->a[(size_t)i * k + j] = (payoff[(size_t)i * k + j] - mean[j]) / root;
    }
    for (u32 j = 0; j < k; j++) s->a[(size_t)(scenarios + j) * k + j] = sqrt(ridge);
}

/* The best free part with the rest held where it is; into `best`, all of it. */
static enum quant_result solve_free(struct strip *s, double *best)
{
    double beta[STRIP_MAX], se[STRIP_MAX];
    u32 free_n = 0;
    struct ols fit;
    for (u32 j = 0; j < s->k; j++) best[j] = s->n[j], free_n += !s->held[j];
    if (free_n == 0) return QUANT_OK;
    for (u32 i = 0; i < s->rows; i++) {
        u32 at = 0;
        s->y[i] = s->b[i];
        for (u32 j = 0; j < s->k; j++) {
            double v = s->a[(size_t)i * s->k + j];
            if (s->held[j]) s->y[i] -= v * s->n[j];
            else s->x[(size_t)i * free_n + at++] = v;
        }
    }
    enum quant_result r = quant_ols(s->x, s->y, s->rows, free_n, false, beta, se, &fit);
    for (u32 j = 0, at = 0; r == QUANT_OK && j < s->k; j++)
        if (!s->held[j]) best[j] = beta[at++];
    return r;
}

/* Goes from n towards best until a bound stops it, and holds what is there. True: arrived. */
static bool advance(struct strip *s, const double *best)
{
    double part = 1;
    u32 stop = s->k;
    for (u32 j = 0; j < s->k; j++) {
        double way = best[j] - s->n[j], edge = way < 0 ? s->lo[j] : s->hi[j];
        if (s->held[j] || (best[j] >= s->lo[j] && best[j] <= s->hi[j])) continue;
        double p = fmin(fmax((edge - s->n[j]) / way, 0), 1);
        if (p < part || stop == s->k) part = p, stop = j;
    }
    for (u32 j = 0; j < s->k; j++)
        if (!s->held[j]) s->n[j] += part * (best[j] - s->n[j]);
    if (stop == s->k) return true;
    s->n[stop] = best[stop] < s->lo[stop] ? s->lo[stop] : s->hi[stop];
    s->held[stop] = true;
    return false;
}

/* Lets go of the held one that would gain most by moving inside; false: none would. */
static bool release(struct strip *s)
{
    double most = 0;
    u32 best = s->k;
    for (u32 i = 0; i < s->rows; i++) {
        s->y[i] = s->b[i];
        for (u32 j = 0; j < s->k; j++) s->y[i] -= s->a[(size_t)i * s->k + j] * s->n[j];
    }
    for (u32 j = 0; j < s->k; j++) {
        double pull = 0, size = 0;
        if (!s->held[j] || !(s->lo[j] < s->hi[j])) continue;
        for (u32 i = 0; i < s->rows; i++) {
            double v = s->a[(size_t)i * s->k + j];
            pull += v * s->y[i], size += fabs(v * s->y[i]);
        }
        if (s->n[j] >= s->hi[j]) pull = -pull;
        if (pull > 1e-11 * size && pull > most) most = pull, best = j;
    }
    if (best == s->k) return false;
    s->held[best] = false;
    return true;
}

enum quant_result hedge_strip(const double *loss, const double *payoff, u32 scenarios, u32 k,
                              double ridge, const double *lo, const double *hi, double *n)
{
    struct strip s = { .rows = scenarios + k, .k = k };
    double best[STRIP_MAX];
    ASSERT(n);
    if (k == 0 || k > STRIP_MAX || !(ridge >= 0) || !isfinite(ridge)) return QUANT_DOMAIN;
    if (scenarios < 2) return QUANT_SHORT;
    for (u32 j = 0; j < k; j++) {
        s.lo[j] = lo ? lo[j] : -HUGE_VAL, s.hi[j] = hi ? hi[j] : HUGE_VAL;
        if (!(s.lo[j] <= s.hi[j])) return QUANT_DOMAIN;
        s.n[j] = fmin(fmax(0, s.lo[j]), s.hi[j]);
    }
    s.a = calloc((size_t)s.rows * (2 * (size_t)k + 2), sizeof *s.a);
    if (!s.a) return QUANT_MEMORY;
    s.x = s.a + (size_t)s.rows * k, s.b = s.x + (size_t)s.rows * k, s.y = s.b + s.rows;
    fill(&s, loss, payoff, scenarios, ridge);
    enum quant_result r = QUANT_LIMIT;
    for (u32 turn = 0; turn < 20 * k + 100; turn++) {
        enum quant_result one = solve_free(&s, best);
        if (one != QUANT_OK) {
            r = one;
            break;
        }
        if (advance(&s, best) && !release(&s)) {
            r = QUANT_OK;
            break;
        }
    }
    memcpy(n, s.n, k * sizeof *n);
    free(s.a);
    return r;
}
