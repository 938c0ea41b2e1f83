/* ols.h -- ordinary least squares by Householder QR with column pivoting.
 * Owns:   coefficients, classical standard errors, R squared, the rank of a design.
 * Never:  forms X'X (it squares the condition), prints, or answers with a NaN.
 * Always: rows are observations; a design short of rank is an answer of its own, not a guess.
 *
 * y = X b + e, b = argmin |y - X b|^2, s^2 = |e|^2 / (n - k), se_j = s sqrt((X'X)^-1_jj).
 * Units: those of the caller. Source: Golub and Van Loan, Matrix Computations, sections 5.2, 5.4.
 */
#ifndef HEDGEROW_QUANT_OLS_H
#define HEDGEROW_QUANT_OLS_H

#include "quant/result.h"

struct ols { double s2, r2, ss_residual, ss_total; u32 n, k, rank, zero; };
/* x is n rows of k; beta and se have room for k. ss_total is about the mean if has_intercept (some
 * column is constant), else about zero. SHORT unless n > k; DOMAIN for a value that is not finite;
 * RANK when a column is a combination of others within 1e-10 of its length. */
NODISCARD enum quant_result quant_ols(const double *x, const double *y, u32 n, u32 k,
                                      bool has_intercept, double *beta, double *se,
                                      struct ols *out);
/* The same with (X'X)^-1, k rows of k, in place of the errors: what other variances are made of. */
NODISCARD enum quant_result quant_ols_inverse(const double *x, const double *y, u32 n, u32 k,
                                              bool has_intercept, double *beta, double *inverse,
                                              struct ols *out);
/* Only how much of y the columns explain: |projection of y|^2, and the rank; a design short of rank
 * is fine here. */
NODISCARD enum quant_result quant_explained(const double *x, const double *y, u32 n, u32 k,
                                            double *explained, u32 *rank);

#endif
