/* ratio.h -- how many lots: hedge ratios from changes, and what follows from a ratio.
 * Owns:   minimum variance, EWMA, volumetric, beta; tailing; the result of a rolled stack.
 * Never:  rounds to lots; chooses between ratios: the plan does, out of sample.
 * Always: changes over the hedge's horizon, not overlapping; variances with n - 1; positive n
 *         against a purchase to come means long futures, but for beta (positive = short).
 *
 * h = Cov(dS, dF)/Var(dF), e = r^2 (Ederington 1979), n = h Q/L. Tailed: n = h V_S/V_F, or
 * n e^(-r t) (Hull). EWMA: c = lam c + (1 - lam) r_S r_F from the first products on. Volumetric:
 * Cov(QS, F)/Var F beside mean(Q) Cov(S, F)/Var F. Beta: (beta - target) V/(F m).
 * SHORT under 2 changes, DOMAIN without variance. Tolerance 1e-12 relative.
 */
#ifndef HEDGEROW_HEDGE_RATIO_H
#define HEDGEROW_HEDGE_RATIO_H

#include "quant/result.h"

struct hedge_ratio { double sigma_s, sigma_f, rho, h, r2, lots; };
NODISCARD enum quant_result hedge_min_variance(const double *ds, const double *df, u32 n,
                                               double exposure, double lot,
                                               struct hedge_ratio *out);
/* From rho and the sigmas alone: only h, r2 and lots are made. */
NODISCARD enum quant_result hedge_from_stats(double rho, double sigma_s, double sigma_f,
                                             double exposure, double lot, struct hedge_ratio *out);
NODISCARD enum quant_result hedge_tail(double h, double exposure_value, double futures_value,
                                       double *lots);
NODISCARD enum quant_result hedge_tail_discount(double lots, double rate, double years,
                                                double *tailed);
NODISCARD enum quant_result hedge_beta(double beta, double target, double value, double futures,
                                       double multiplier, double *lots);
/* h[t] after each pair of returns; 0 < lambda < 1. A first F of 0 is DOMAIN. */
NODISCARD enum quant_result hedge_ewma(const double *rs, const double *rf, u32 n, double lambda,
                                       double *h);
struct volumetric { double h_dollar, h_price_only, corr_qf; };
NODISCARD enum quant_result hedge_volumetric(const double *q, const double *s, const double *f,
                                             u32 n, struct volumetric *out);
/* legs: pairs of entry and exit, per unit; spot first and last. */
struct rolled { double futures_gain, spot_change, effective_price; };
NODISCARD enum quant_result hedge_stack_roll(const double (*legs)[2], u32 n, double spot_first,
                                             double spot_last, bool is_short, struct rolled *out);

#endif
