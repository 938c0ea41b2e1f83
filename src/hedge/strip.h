/* strip.h -- how many of each month's contract: the strip by regularised least squares.
 * Owns:   min |l - G n|^2/S + ridge |n|^2 over lo <= n <= hi, loss and payoffs about their means.
 * Never:  rounds; adds costs (cvar.h does).
 * Always: the exact minimum of that convex problem: free variables by QR, bounds by an active set
 *         (bounded least squares of Stark and Parker 1995).
 *
 * l: S losses, money; G: S rows of k, money per unit of n; ridge >= 0 in money^2 per n^2.
 * Tolerance 1e-8 relative against a slow twin.
 */
#ifndef HEDGEROW_HEDGE_STRIP_H
#define HEDGEROW_HEDGE_STRIP_H

#include "quant/result.h"

#define STRIP_MAX 64u

/* lo and hi: k each, or NULL for none. RANK when payoffs depend on each other and ridge is 0. */
NODISCARD enum quant_result hedge_strip(const double *loss, const double *payoff, u32 scenarios,
                                        u32 k, double ridge, const double *lo, const double *hi,
                                        double *n);

#endif
