/* tail.h -- the far end of a loss: quantiles, value at risk, conditional value at risk.
 * Owns:   the two conventions every report of ours uses, empirical and normal.
 * Never:  changes the caller's list.
 * Always: losses are positive when bad; 0 < beta < 1 is the confidence (0.95).
 *
 * Quantile: linear between order statistics at (n - 1) beta (Hyndman and Fan 1996, type 7).
 * CVaR, empirical: min over a of a + sum (l - a)+ / ((1 - beta) n): the mean of the worst
 * (1 - beta) n losses, the one at the edge in part (Rockafellar and Uryasev 2002). Normal:
 * VaR = m + s z, CVaR = m + s phi(z)/(1 - beta), z = N^-1(beta). Tolerance 1e-12 relative.
 */
#ifndef HEDGEROW_QUANT_TAIL_H
#define HEDGEROW_QUANT_TAIL_H

#include "quant/result.h"

/* SHORT for n = 0, DOMAIN for a value that is not finite or beta outside (0, 1). */
NODISCARD enum quant_result quant_quantile(const double *v, u32 n, double beta, double *out);
struct tail { double var, cvar; };
/* var: the least loss with a share of at least beta at or below it. */
NODISCARD enum quant_result quant_cvar(const double *loss, u32 n, double beta, struct tail *out);
/* loss = -(w . return), returns normal: mean and covariance (k rows of k). */
NODISCARD enum quant_result quant_cvar_normal(const double *mean, const double *cov,
                                              const double *weights, u32 k, double beta,
                                              struct tail *out);
/* The mean of the worst (1 - beta) n of v, which it reorders; no checks: for inner loops. */
NODISCARD double tail_mean(double *v, u32 n, double beta);

#endif
