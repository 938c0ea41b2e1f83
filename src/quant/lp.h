/* lp.h -- a linear programme, solved by the simplex of COIN-OR CLP.
 * Owns:   the only call of that library; nothing else sees its types.
 * Never:  prints; runs on threads of its own; reads or writes a file.
 * Always: row_lo <= A x <= row_hi, col_lo <= x <= col_hi, minimise or maximise cost'x; the same
 *         programme, the same answer. Infinite bounds are -+HUGE_VAL.
 *
 * A is by columns: column j is entries start[j] .. start[j + 1] - 1 of (index, value). CLP is
 * EPL-1.0, linked dynamically and unchanged. Its tolerance: 1e-7 absolute on rows and reduced
 * costs.
 */
#ifndef HEDGEROW_QUANT_LP_H
#define HEDGEROW_QUANT_LP_H

#include "quant/result.h"

struct lp {
    u32 rows, cols;
    const int *start, *index;
    const double *value, *col_lo, *col_hi, *cost, *row_lo, *row_hi;
    bool maximise;
};
/* x has room for cols, price for rows: the change of the objective per unit of the row's bound.
 * DOMAIN: infeasible or unbounded; LIMIT: the solver gave up. */
NODISCARD enum quant_result quant_lp(const struct lp *p, double *x, double *price,
                                     double *objective);

#endif
