/* liquidity.h -- what it costs to trade: schedules over time and impact beyond the book.
 * Owns:   the schedule of Almgren and Chriss (2000), the 3/5 law of Almgren et al. (2005).
 * Never:  knows a venue's constants: gamma, eta, epsilon are calibrated or given by the caller.
 * Always: X in units (shares, lots), sigma in price per root time (schedule) or as a share per
 *         root day (impact), T in the time unit of sigma.
 *
 * Schedule: tau = T/N, e~ = eta - gamma tau/2, kappa = acosh(1 + lambda sigma^2 tau^2/(2 e~))/tau,
 * x_j = X sinh(kappa (T - t_j))/sinh(kappa T), E = gamma X^2/2 + epsilon X + e~/tau sum n^2,
 * V = sigma^2 tau sum x_j^2, j = 1 .. N. Impact: I = gamma sigma (X/V)(Theta/V)^(1/4),
 * J - I/2 = eta sigma (X/(V T))^(3/5), in basis points. Tolerance 1e-10 relative.
 */
#ifndef HEDGEROW_HEDGE_LIQUIDITY_H
#define HEDGEROW_HEDGE_LIQUIDITY_H

#include "quant/result.h"

struct schedule_input { double size, years, sigma, epsilon, gamma, eta, lambda; u32 steps; };
struct schedule { double kappa, cost, variance; };
/* held has room for steps + 1. DOMAIN unless e~ > 0, lambda >= 0, steps > 0; with lambda = 0 the
 * schedule is a straight line. */
NODISCARD enum quant_result hedge_schedule(const struct schedule_input *in, double *held,
                                           struct schedule *out);
struct impact_input { double daily_volume, outstanding, sigma, size, days, gamma, eta; };
struct impact { double permanent_bp, temporary_bp, cost_bp; };
/* X >= 0; the volume, what is outstanding and the time positive. */
NODISCARD enum quant_result hedge_impact(const struct impact_input *in, struct impact *out);

#endif
