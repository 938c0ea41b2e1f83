/* cvar.h -- the position that leaves the least conditional value at risk, exact and in whole lots.
 * Owns:   min CVaR_beta(l - G n) + cost'|n| over lo <= n <= hi; its bound; the search in lots.
 * Never:  looks at a clock: work is limited by counts, so the same problem has the same answer.
 * Always: what is reported is the value of the position given, counted anew, and a bound below
 *         every position's value; gap = (value - bound)/max(|bound|, 1e-12).
 *
 * Rockafellar and Uryasev 2000, by the dual (hedge.md 6.2): max l'y - sum_j s_j(G_j'y), 1'y = 1,
 * 0 <= y <= 1/((1 - beta) S), s_j(v) = max over lo..hi of v n - c|n|: one row a contract and two
 * columns; n are the prices of those rows. l money, G money per unit of n, c money per unit.
 * Lots: n_j = lot_j z_j; z from the LP rounded, then the best of single and pair moves until none
 * helps, again from moved places, then branch and bound (best bound first) while nodes remain.
 * Tolerance of the LP: 1e-7 absolute on reduced costs, 1e-8 relative on the value.
 */
#ifndef HEDGEROW_HEDGE_CVAR_H
#define HEDGEROW_HEDGE_CVAR_H

#include "quant/result.h"

#define CVAR_MAX 64u /* contracts */

struct cvar_problem {
    const double *loss, *payoff; /* S; S rows of k */
    const double *cost, *lo, *hi;
    u32 scenarios, contracts;
    double beta;
};
struct cvar_plan {
    double objective, cvar, bound, gap, unhedged;
    u32 evaluated, nodes;
    bool exact;
};
/* SHORT without a scenario or a contract; DOMAIN: beta outside (0, 1), cost < 0, bounds crossed or
 * not finite, a value not finite. */
NODISCARD enum quant_result hedge_cvar_lp(const struct cvar_problem *p, double *n,
                                          struct cvar_plan *out);
struct cvar_effort { u32 evaluations, nodes; };
/* One idle core, measured: 0.3 s at 1,000 scenarios, 0.7 s at 2,000. */
NODISCARD static inline struct cvar_effort cvar_effort(u32 scenarios)
{
    u32 fit = 12000000 / (scenarios + 1);
    return (struct cvar_effort){ fit < 1000 ? 1000 : fit > 20000 ? 20000 : fit, 10 };
}
/* lot > 0 each; z: whole lots. `exact`: no better position in lots exists (the search ended), and
 * the bound is the value. DOMAIN also when no whole lot lies within some bounds. */
NODISCARD enum quant_result hedge_cvar_lots(const struct cvar_problem *p, const double *lot,
                                            struct cvar_effort effort, i64 *z,
                                            struct cvar_plan *out);
/* CVaR_beta(l - G n) + cost'|n| of any n. */
NODISCARD enum quant_result hedge_cvar_value(const struct cvar_problem *p, const double *n,
                                             double *cvar, double *objective);

#endif
