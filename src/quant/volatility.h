/* volatility.h -- variances and correlations that change: GARCH(1,1), DCC.
 * Owns:   the recursions and their fits by Gaussian likelihood.
 * Never:  fits on fewer than VOLATILITY_MIN points; annualises anything: units are those of e.
 * Always: e has mean zero by the caller's doing; h is a variance of one step.
 *
 * GARCH (Bollerslev 1986): h_t = omega + alpha e_(t-1)^2 + beta h_(t-1). DCC (Engle 2002) of two
 * series of z = e/sqrt h: Q_t = (1 - a - b) Qbar + a z z' + b Q_(t-1), rho_t = Q_12/sqrt(Q_11
 * Q_22), Qbar = mean of zz', Q_0 = Qbar. Domain: omega > 0, alpha, beta >= 0, alpha + beta < 1.
 * Fits: -sum (ln h + e^2/h)/2 over (omega, alpha, beta); the two-step DCC over (a, b); the simplex
 * of minimise.h from three starts; parameters repeat to 1e-4, the likelihood to 1e-8.
 */
#ifndef HEDGEROW_QUANT_VOLATILITY_H
#define HEDGEROW_QUANT_VOLATILITY_H

#include "quant/result.h"

#define VOLATILITY_MIN 250u
#define VOLATILITY_NEAR_ONE 0.999 /* a persistence from here on is a warning in the report */

struct garch { double omega, alpha, beta, log_likelihood; };
/* h[t] is the variance after e[t], that is of e[t + 1]; h0 that of e[0]. DOMAIN for parameters
 * that are negative or not finite. */
NODISCARD enum quant_result quant_garch(const struct garch *g, double h0, const double *e, u32 n,
                                        double *h);
/* h0 = mean e^2. SHORT under VOLATILITY_MIN; DOMAIN without variance. */
NODISCARD enum quant_result quant_garch_fit(const double *e, u32 n, struct garch *out);

struct dcc { double a, b, log_likelihood; };
/* rho[t] is the correlation of z[t], from draws before it. */
NODISCARD enum quant_result quant_dcc(const struct dcc *d, const double *z1, const double *z2,
                                      u32 n, double *rho);
NODISCARD enum quant_result quant_dcc_fit(const double *z1, const double *z2, u32 n,
                                          struct dcc *out);

#endif
