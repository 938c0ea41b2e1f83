/* cvar_dual.h -- the linear programme behind cvar.h: built once, solved for many boxes.
 * Owns:   the columns of the dual and their memory.
 * Never:  checks a problem (cvar.h has).
 * Always: *bound is the dual's value: below the value of every n within the box.
 */
#ifndef HEDGEROW_HEDGE_CVAR_DUAL_H
#define HEDGEROW_HEDGE_CVAR_DUAL_H

#include "hedge/cvar.h"

struct cvar_dual {
    const struct cvar_problem *p;
    double *value, *col_lo, *col_hi, *cost, *row_lo, *row_hi, *x, *price;
    int *start, *index;
};
NODISCARD enum quant_result cvar_dual_open(struct cvar_dual *d, const struct cvar_problem *p);
void cvar_dual_close(struct cvar_dual *d);
NODISCARD enum quant_result cvar_dual_solve(struct cvar_dual *d, const double *lo, const double *hi,
                                            double *n, double *bound);

#endif
