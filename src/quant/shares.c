#include "quant/shares.h"

#include <math.h>
#include <stdlib.h>

/* Observations are first gathered into cells of equal levels: a cell's mean weighs as the root of
 * its count, and R squared between cells is that of the observations. */
struct cell { u32 level[SHARES_FACTORS_MAX]; u32 n; double sum; };
struct cells {
    struct cell *at;
    u32 n, factors;
    u32 levels[SHARES_FACTORS_MAX];
    double mean, total;
};

static int compare(const void *a, const void *b, void *factors)
{
    const struct cell *x = a, *y = b;
    for (u32 f = 0; f < *(const u32 *)factors; f++)
        if (x->level[f] != y->level[f]) return x->level[f] < y->level[f] ? -1 : 1;
    return 0;
}

/* One cell an observation, sorted, equal ones added up. Sums in that order: the same every time. */
static void gather(struct cells *c)
{
    u32 kept = 0;
    qsort_r(c->at, c->n, sizeof *c->at, compare, &c->factors);
    for (u32 i = 0; i < c->n; i++) {
        if (kept && compare(&c->at[kept - 1], &c->at[i], &c->factors) == 0) {
            c->at[kept - 1].n++, c->at[kept - 1].sum += c->at[i].sum;
        } else {
            c->at[kept++] = c->at[i];
        }
    }
    c->n = kept;
}

static enum quant_result fill(struct cells *c, const double *y, const u32 *level, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        if (!isfinite(y[i])) return QUANT_DOMAIN;
        c->at[i] = (struct cell){ .n = 1, .sum = y[i] };
        c->mean += y[i] / n;
        for (u32 f = 0; f < c->factors; f++) {
            u32 v = level[(size_t)i * c->factors + f];
            if (v >= SHARES_LEVELS_MAX) return QUANT_DOMAIN;
            c->at[i].level[f] = v;
            if (v >= c->levels[f]) c->levels[f] = v + 1;
        }
    }
    c->n = n;
    for (u32 i = 0; i < n; i++) c->total += (y[i] - c->mean) * (y[i] - c->mean);
    return c->total > 0 ? QUANT_OK : QUANT_SHORT;
}

/* R squared of y on a constant and the dummies of the factors in `set`. */
static enum quant_result r_squared(const struct cells *c, u32 set, double *out)
{
    u32 k = 1, rank;
    double explained;
    for (u32 f = 0; f < c->factors; f++) k += set >> f & 1 ? c->levels[f] : 0;
    double *x = calloc((size_t)c->n * k, sizeof *x), *y = malloc(c->n * sizeof *y);
    enum quant_result r = x && y ? QUANT_OK : QUANT_MEMORY;
    for (u32 i = 0; r == QUANT_OK && i < c->n; i++) {
        double root = sqrt((double)c->at[i].n);
        u32 at = 1;
        x[(size_t)i * k] = root;
        for (u32 f = 0; f < c->factors; f++) {
            if (!(set >> f & 1)) continue;
            x[(size_t)i * k + at + c->at[i].level[f]] = root;
            at += c->levels[f];
        }
        y[i] = (c->at[i].sum / c->at[i].n - c->mean) * root;
    }
    if (r == QUANT_OK) r = quant_explained(x, y, c->n, k, &explained, &rank);
    free(x);
    free(y);
    if (r == QUANT_OK) *out = fmin(fmax(explained / c->total, 0), 1);
    return r;
}

/* |set|! (k - |set| - 1)! / k!, the weight of what a factor adds to `set`. */
static double weight(u32 set, u32 k)
{
    u32 s = (u32)__builtin_popcount(set);
    double w = 1.0 / k;
    for (u32 i = 1; i <= s; i++) w *= (double)i / (k - 1 - s + i);
    return w;
}

enum quant_result quant_variance_shares(const double *y, const u32 *level, u32 n, u32 factors,
                                        double *share, double *residual)
{
    struct cells c = { .factors = factors };
    double r2[1u << SHARES_FACTORS_MAX] = { 0 };
    ASSERT(share && residual);
    if (!factors || factors > SHARES_FACTORS_MAX) return QUANT_DOMAIN;
    if (n < 2) return QUANT_SHORT;
    c.at = malloc(n * sizeof *c.at);
    enum quant_result r = c.at ? fill(&c, y, level, n) : QUANT_MEMORY;
    if (r == QUANT_OK) gather(&c);
    for (u32 set = 1; r == QUANT_OK && set < 1u << factors; set++) r = r_squared(&c, set, &r2[set]);
    free(c.at);
    if (r != QUANT_OK) return r;
    for (u32 f = 0; f < factors; f++) share[f] = 0;
    for (u32 set = 0; set < 1u << factors; set++)
        for (u32 f = 0; f < factors; f++)
            if (!(set >> f & 1)) share[f] += weight(set, factors) * (r2[set | 1u << f] - r2[set]);
    *residual = 1;
    for (u32 f = 0; f < factors; f++) share[f] = fmax(share[f], 0), *residual -= share[f];
    *residual = fmax(*residual, 0);
    return QUANT_OK;
}
