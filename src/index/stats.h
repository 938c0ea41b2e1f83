/* stats.h -- the arithmetic of the benchmark: weighted medians, quantiles, means, caps,
 * concentration.
 * Owns:   the statistics of index.md sections 5 and 6 and their exact integer forms.
 * Never:  uses a float or rounds twice: a price is num/den micros until fine_round() publishes it.
 * Always: the same for every order of the inputs; false means "no weight" or "does not fit", and
 *         then nothing is written.
 *
 * Fine is 1e-12 of a micro: exact for every integer price, half, and mean whose denominator divides
 * 10^12; any other quotient is half-even at that place (decision: one visible rounding).
 */
#ifndef HEDGEROW_INDEX_STATS_H
#define HEDGEROW_INDEX_STATS_H

#include "index/lists.h"

typedef struct { i128 v; } Fine;
#define FINE_MICRO INT64_C(1000000000000)
#define STATS_PRICE_MAX INT64_C(1000000000000)   /* micros: what these functions take */
#define STATS_WEIGHT_MAX INT64_C(4000000000000000000) /* of all weights together */

/* A price num/den in micros with a weight; id breaks ties and nothing else. */
struct point { i128 num; i64 den, weight; u64 id; };
/* A sort key and what it stands for. */
struct key { u64 hi, lo; u32 i, zero; };

NODISCARD Fine point_fine(const struct point *p);
NODISCARD i32 point_compare(const struct point *a, const struct point *b); /* by price, then id */
void points_sort(struct point *p, u32 n, struct point *scratch);           /* merge sort, n log n */
void keys_sort(struct key *k, u32 n, struct key *scratch);                 /* by hi, lo, i */
/* Sum of weights; false if it passes STATS_WEIGHT_MAX. */
NODISCARD bool points_weight(const struct point *p, u32 n, i64 *weight);

/* Sorted points from here on. Weighted median: LOWER the smallest p with 2 cum >= W, UPPER with
 * 2 cum > W, MID their mean. USD micros. Source: index.md section 6. */
NODISCARD bool weighted_median(const struct point *p, u32 n, u32 tie, Fine *out);
/* Q(u): index of the smallest price with cum >= u W; u in ppm. Points without weight do not
 * count. */
NODISCARD bool weighted_quantile(const struct point *p, u32 n, u32 u_ppm, u32 *out);
/* sum w p / sum w. */
NODISCARD bool weighted_mean(const struct point *p, u32 n, Fine *out);
/* The same of prices clamped to lo .. hi. */
NODISCARD bool clamped_mean(const struct point *p, u32 n, Fine lo, Fine hi, Fine *out);
/* (whole + rest / 1e12) / all, half-even at a Fine; whole and rest are sums of price x weight. */
NODISCARD Fine fine_mean(i128 whole, i128 rest, i128 all);
/* lo = Q(alpha), hi = Q(1 - alpha), mean of p clamped to them by weight. */
NODISCARD bool winsorised_mean(const struct point *p, u32 n, u32 alpha_ppm, Fine *lo, Fine *hi,
                               Fine *out);

/* sum / count, half-even, to `decimals` digits of the currency: micros, a multiple of 10^(6-d). */
NODISCARD bool fine_round(Fine sum, i64 count, u32 decimals, i64 *micros);

/* Weight cap: fix all above c at c, scale the rest pro rata, repeat until none exceeds. fixed[i] is
 * 1 for those at the cap. False: n c < 1, CAP_INFEASIBLE. weights >= 0, their sum > 0. */
struct cap { u32 fixed_n; i64 rest; }; /* rest: raw weight of those not fixed */
NODISCARD bool cap_find(const i64 *weight, u32 n, u32 cap_ppm, u8 *fixed, struct cap *out);
/* The capped shares in ppm by largest remainder, lower index first; they sum to exactly
 * 1,000,000. */
NODISCARD bool cap_weights(const i64 *weight, u32 n, u32 cap_ppm, u8 *fixed, u32 *ppm);
/* HHI x 10^4 and 1 / sum s^2 x 1000, half-even, of shares in ppm. */
void concentration(const u32 *ppm, u32 n, u32 *hhi, u32 *n_eff_milli);
/* (sum w)^2 / sum w^2 x 1000, half-even (Kish). weights below 2^31. */
NODISCARD u32 kish_n_eff_milli(const i64 *weight, u32 n);
/* Effect of one day shocked by `ppm` on an n-day mean: ppm / n half-even. */
NODISCARD i64 averaging_dilution(i64 shock_ppm, u32 n);
/* price / prod (1e6 + f)/1e6, one half-even rounding; factors within +-400,000, at most 8 of
 * them. */
#define FACTORS_ONE INT64_C(1000000000000000000)
NODISCARD i128 factors_product(const i64 *factors_ppm, u32 n); /* prod (1 + f), in 1e-18 */
NODISCARD bool apply_factors(i64 price, const i64 *factors_ppm, u32 n, bool divide, i64 *out);

#endif
