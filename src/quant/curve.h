/* curve.h -- the two-factor curve of Schwartz and Smith (2000), with launches at announced dates.
 * Owns:   the futures curve, the Kalman filter's likelihood, the fit, the launch factor.
 * Never:  fits on fewer than CURVE_MIN dates: a plan takes the user's parameters then.
 * Always: times in years; ln S = chi + xi; drifts and kappa per year; sigmas per root year.
 *
 * ln F(T) = e^(-kT) chi + xi + A(T), A = mu* T - (1 - e^(-kT)) l/k + [(1 - e^(-2kT)) sc^2/(2k) +
 * sx^2 T + 2 (1 - e^(-kT)) rho sc sx/k]/2. Between dates: chi decays with k, xi drifts with mu,
 * covariance as in the paper's equation 3. A launch at T_J cuts xi by J ~ normal(size, sd) with
 * probability p: F(T) times 1 - p + p e^(-size + sd^2/2) from T_J on. Tolerance 1e-12 relative.
 * Domain: kappa > 0, sigmas >= 0, |rho| <= 1, 0 <= p <= 1, T >= 0.
 */
#ifndef HEDGEROW_QUANT_CURVE_H
#define HEDGEROW_QUANT_CURVE_H

#include "quant/result.h"

#define CURVE_MIN 60u

struct curve { double kappa, sigma_chi, lambda_chi, mu_xi, sigma_xi, rho, mu_xi_rn; };
struct launch { double years, p, size, sd; };
/* A and F for each T. */
NODISCARD enum quant_result quant_curve(const struct curve *c, double chi, double xi,
                                        const double *years, u32 n, double *a, double *f);
/* Multiplies f by what the launches up to each T take. */
NODISCARD enum quant_result quant_launches(const struct launch *l, u32 launches,
                                           const double *years, u32 n, double *f);

/* dates x maturities of ln F and of T; a missing price is NAN. gap: years since the date before. */
struct curve_panel { const double *log_f, *years, *gap; u32 dates, maturities; };
struct curve_fit { struct curve c; double noise, log_likelihood, chi, xi; };
/* The likelihood of the panel under c with measurement error `noise` in ln F, the state after the
 * last date into out->chi and xi. It begins wide: chi at 0 with its stationary variance, xi at the
 * first price with variance 1. */
NODISCARD enum quant_result quant_curve_filter(const struct curve *c, double noise,
                                               const struct curve_panel *p, struct curve_fit *out);
/* Highest likelihood from c as the first guess, all parameters free. SHORT under CURVE_MIN. */
NODISCARD enum quant_result quant_curve_fit(const struct curve *guess, const struct curve_panel *p,
                                            struct curve_fit *out);

#endif
