/* unit_root.h -- does a series wander, and do two of them wander together.
 * Owns:   augmented Dickey-Fuller, Engle-Granger, MacKinnon's critical values.
 * Never:  searches for a number of lags: it is given, and stands in the report.
 * Always: the statistic is a t of e(-1) in de = g e(-1) + sum_l c_l de(-l) [+ constant] [+ trend];
 *         below the critical value the unit root is rejected.
 *
 * Engle and Granger 1987: y on the trend terms and X, then the residuals without a constant.
 * Critical values: b0 + b1/T + b2/T^2 + b3/T^3, MacKinnon 2010 (trend none: 1996); T the
 * observations, less 1 for cointegration. Tolerance 1e-9 relative against statsmodels.
 */
#ifndef HEDGEROW_QUANT_UNIT_ROOT_H
#define HEDGEROW_QUANT_UNIT_ROOT_H

#include "quant/ols.h"

enum unit_trend { UNIT_NONE, UNIT_CONSTANT, UNIT_LINEAR };
#define UNIT_SERIES_MAX 6u /* y and five columns of X */

struct unit_root { double stat, critical[3]; /* at 1, 5, 10 % */ u32 used; };
/* SHORT without 2 observations more than coefficients; DOMAIN for values that are not finite. */
NODISCARD enum quant_result quant_adf(const double *y, u32 n, u32 lags, enum unit_trend trend,
                                      struct unit_root *out);
/* x: n rows of k, 1 <= k < UNIT_SERIES_MAX. The trend (CONSTANT or LINEAR) is of the first
 * regression; beta has room for k + 2: trend terms first, then those of X; residual for n. */
NODISCARD enum quant_result quant_engle_granger(const double *y, const double *x, u32 n, u32 k,
                                                u32 lags, enum unit_trend trend, double *beta,
                                                double *residual, struct unit_root *out);

#endif
