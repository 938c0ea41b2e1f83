/* shares.h -- how much of the variance of a variable each of several groupings explains.
 * Owns:   the shares by factor (channel, region, form, ...) and what none of them explains.
 * Never:  depends on the order the factors are named in.
 * Always: the shares and the residual are >= 0 and sum to one.
 *
 * A factor's share is the mean, over all orders of entering the factors, of what it adds to R
 * squared of y on their dummies: the Shapley value of R squared (Lindeman, Merenda and Gold;
 * Shorrocks 2013). y: ln price, or anything finite. Levels are dense small integers, 0 on.
 */
#ifndef HEDGEROW_QUANT_SHARES_H
#define HEDGEROW_QUANT_SHARES_H

#include "quant/ols.h"

#define SHARES_FACTORS_MAX 8u
#define SHARES_LEVELS_MAX 512u

/* level[i * factors + f] is the level of observation i in factor f. share has room for `factors`.
 * SHORT without two observations or without variance; DOMAIN for y that is not finite, a level of
 * SHARES_LEVELS_MAX or more, or too many factors. */
NODISCARD enum quant_result quant_variance_shares(const double *y, const u32 *level, u32 n,
                                                  u32 factors, double *share, double *residual);

#endif
