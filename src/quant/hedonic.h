/* hedonic.h -- the time-dummy regression ln p = a + delta_t + beta'x, and integers made of it.
 * Owns:   index points exp(delta_t) against the first period, factors exp(beta_j) - 1 in ppm.
 * Never:  is a settlement value: its factors are approved, dated and journaled before the core
 *         reads them.
 * Always: the mean of a log is taken back with the correction for its own error, exp(d - se^2/2)
 *         (Kennedy 1981; index.md section 10), and both are left out if se is 0.
 */
#ifndef HEDGEROW_QUANT_HEDONIC_H
#define HEDGEROW_QUANT_HEDONIC_H

#include "quant/ols.h"

#define HEDONIC_PERIODS_MAX 1024u
#define HEDONIC_TRAITS_MAX 64u
#define FACTOR_PPM_LIMIT INT64_C(400000) /* what the core takes (index.md section 3) */

struct hedonic {
    struct ols fit;
    double delta[HEDONIC_PERIODS_MAX], delta_se[HEDONIC_PERIODS_MAX]; /* [0] is 0 */
    double index[HEDONIC_PERIODS_MAX];                                /* [0] is 1 */
    double beta[HEDONIC_TRAITS_MAX], beta_se[HEDONIC_TRAITS_MAX];
};
/* p: prices > 0. period: 0 .. periods - 1, each with an observation. x: n rows of `traits`. DOMAIN
 * for a price that is not positive or a period out of range; SHORT and RANK as quant_ols(): a
 * period without an observation is a column of zeroes, RANK. */
NODISCARD enum quant_result quant_hedonic(const double *p, const u32 *period, const double *x,
                                          u32 n, u32 periods, u32 traits, struct hedonic *out);
/* (exp(beta - se^2/2) - 1) in ppm, half-even: what one unit of the trait adds to a price. DOMAIN
 * outside +-FACTOR_PPM_LIMIT. */
NODISCARD enum quant_result quant_factor_ppm(double beta, double se, i64 *ppm);

#endif
