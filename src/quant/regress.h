/* regress.h -- a regression with its diagnostics: what a report prints beside the coefficients.
 * Owns:   residuals, HAC errors, Durbin-Watson, F, t, p and confidence intervals.
 * Never:  solves anything itself: coefficients and (X'X)^-1 are those of ols.h.
 * Always: the constant is made here and comes first; k counts it.
 *
 * t_j = b_j/se_j, p_j = P(|T| > |t_j|) with n - k degrees of freedom, interval b_j -+ se_j t*.
 * F = ((tss - rss)/(k - 1))/(rss/(n - k)) about the mean. Durbin-Watson = sum (e_i - e_(i-1))^2 /
 * sum e_i^2, 0 to 4, 2 without autocorrelation. HAC (Newey and West 1987):
 * V = (X'X)^-1 [sum_l w_l sum_i e_i e_(i-l) (x_i x_(i-l)' + x_(i-l) x_i')/(1 + [l = 0])] (X'X)^-1,
 * w_l = 1 - l/(L + 1), l = 0 .. L, without a factor n/(n - k); lags 0 is White's HC0.
 * Tolerance: 1e-9 relative on NIST's Longley; HAC 1e-9 against statsmodels.
 */
#ifndef HEDGEROW_QUANT_REGRESS_H
#define HEDGEROW_QUANT_REGRESS_H

#include "quant/ols.h"

#define REGRESS_MAX 64u /* coefficients, with the constant */

struct regression {
    struct ols fit;
    double beta[REGRESS_MAX], se[REGRESS_MAX], hac[REGRESS_MAX];
    double residual_sd, f, f_p, durbin_watson;
};
/* y on a constant and n rows of k - 1 columns x. residual has room for n, or is NULL. hac with
 * `lags` < n; lags_of(n) is the usual choice. SHORT, RANK, DOMAIN as quant_ols(). f is 0 without a
 * column; durbin_watson is 0 for a perfect fit. */
NODISCARD enum quant_result quant_regress(const double *x, const double *y, u32 n, u32 k, u32 lags,
                                          double *residual, struct regression *out);
/* floor(4 (n/100)^(2/9)), Newey and West 1994. */
NODISCARD u32 quant_lags(u32 n);
/* of coefficient j with its error se: t, two-sided p, and the interval at `level` (0.95). */
struct coefficient_test { double t, p, lo, hi; };
NODISCARD struct coefficient_test quant_coefficient(double beta, double se, u32 df, double level);

#endif
