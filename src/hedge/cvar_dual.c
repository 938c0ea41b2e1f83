#include "hedge/cvar_dual.h"

#include "quant/lp.h"
#include <math.h>
#include <stdlib.h>

/* Columns: y of every scenario, then for each contract what its row is above and below its band.
 * Rows: 1'y = 1; G_j'y - above_j + below_j within [-c, c] ([c, c] for a long box, [-c, -c] for a
 * short one); above costs hi, below gains lo: together max over lo..hi of v n - c|n|. */
enum quant_result cvar_dual_open(struct cvar_dual *d, const struct cvar_problem *p)
{
    u32 s = p->scenarios, k = p->contracts, cols = s + 2 * k, rows = k + 1;
    size_t cells = (size_t)s * rows + 2 * (size_t)k, at = 0;
    *d = (struct cvar_dual){ .p = p };
    if (cells > INT32_MAX) return QUANT_DOMAIN;
    d->value = calloc(cells + 4 * (size_t)cols + 3 * (size_t)rows, sizeof *d->value);
    d->start = calloc(cols + 1 + cells, sizeof *d->start);
    if (!d->value || !d->start) {
        cvar_dual_close(d);
        return QUANT_MEMORY;
    }
    d->col_lo = d->value + cells, d->col_hi = d->col_lo + cols, d->cost = d->col_hi + cols;
    d->x = d->cost + cols, d->row_lo = d->x + cols, d->row_hi = d->row_lo + rows;
    d->price = d->row_hi + rows, d->index = d->start + cols + 1;
    for (u32 i = 0; i < s; i++) {
        d->start[i] = (int)at;
        d->cost[i] = p->loss[i], d->col_hi[i] = 1 / ((1 - p->beta) * s);
        d->index[at] = 0, d->value[at++] = 1;
        for (u32 j = 0; j < k; j++)
            d->index[at] = (int)j + 1, d->value[at++] = p->payoff[(size_t)i * k + j];
    }
    for (u32 j = 0; j < 2 * k; j++) {
        d->start[s + j] = (int)at, d->col_hi[s + j] = HUGE_VAL;
        d->index[at] = (int)(j % k) + 1, d->value[at++] = j < k ? -1 : 1;
    }
    d->start[cols] = (int)at;
    d->row_lo[0] = d->row_hi[0] = 1;
    return QUANT_OK;
}

void cvar_dual_close(struct cvar_dual *d)
{
    free(d->value);
    free(d->start);
    *d = (struct cvar_dual){ 0 };
}

enum quant_result cvar_dual_solve(struct cvar_dual *d, const double *lo, const double *hi,
                                  double *n, double *bound)
{
    const struct cvar_problem *p = d->p;
    u32 s = p->scenarios, k = p->contracts;
    ASSERT(n && bound);
    for (u32 j = 0; j < k; j++) {
        double c = p->cost[j];
        d->row_lo[j + 1] = lo[j] > 0 ? c : -c, d->row_hi[j + 1] = hi[j] < 0 ? -c : c;
        d->cost[s + j] = -hi[j], d->cost[s + k + j] = lo[j];
    }
    struct lp lp = { .rows = k + 1, .cols = s + 2 * k, .start = d->start, .index = d->index,
                     .value = d->value, .col_lo = d->col_lo, .col_hi = d->col_hi, .cost = d->cost,
                     .row_lo = d->row_lo, .row_hi = d->row_hi, .maximise = true };
    enum quant_result r = quant_lp(&lp, d->x, d->price, bound);
    for (u32 j = 0; r == QUANT_OK && j < k; j++) n[j] = fmin(fmax(d->price[j + 1], lo[j]), hi[j]);
    return r;
}
