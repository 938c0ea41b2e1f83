/* effect.h -- did the hedge do what it was designated for; of what the basis is made.
 * Owns:   dollar offset, the regression of effectiveness, shares of the basis.
 * Never:  says "highly effective": lines are policy (hedge.md 6.5), and this gives the numbers.
 * Always: the item's change against minus that of the designated hedge, at its lots.
 *
 * Offset: -(cumulative hedge)/(cumulative item); outside where it is not within [lo, hi]. Share of
 * part k: Cov(b_k, b)/Var(b), may be negative; the last rest goes to the largest share, so that
 * their sum, in any order, is exactly 1 (they stand on a grid of 2^-50). Tolerance 1e-12 relative.
 */
#ifndef HEDGEROW_HEDGE_EFFECT_H
#define HEDGEROW_HEDGE_EFFECT_H

#include "quant/regress.h"

/* ratio has room for n, outside too; where the cumulative item is 0 the ratio is not defined:
 * NAN, counted in *undefined, and listed as outside. DOMAIN for a value that is not finite. */
NODISCARD enum quant_result hedge_dollar_offset(const double *item, const double *hedge, u32 n,
                                                double lo, double hi, double *ratio, u32 *outside,
                                                u32 *outside_n, u32 *undefined);
struct effectiveness {
    double slope, intercept, se_slope, r2, f, t, p, ci_lo, ci_hi, residual_sd, durbin_watson;
};
/* y: change of the item; x: change of the hedge turned to the item's sign. Two-sided p, Student t,
 * interval at 95 %. SHORT under 3 pairs, RANK for an x that does not move. */
NODISCARD enum quant_result hedge_effectiveness(const double *x, const double *y, u32 n,
                                                struct effectiveness *out);
/* parts: n rows of k. SHORT under 2 rows; DOMAIN when their sum does not vary: no shares. */
NODISCARD enum quant_result hedge_basis_shares(const double *parts, u32 n, u32 k, double *shares);

#endif
