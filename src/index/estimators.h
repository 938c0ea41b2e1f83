/* estimators.h -- the estimators beyond medians and clamped means: votes, sigma trim, order book.
 * Owns:   index.md section 6: iqm, cap2med, the sigma trim of trail, rti, and shares between two
 *         bounds.
 * Never:  rounds before the end, takes a root where a square will do, or wraps: false is "no
 *         weight" or "does not fit in 128 bits".
 * Always: the same for every order of its inputs; prices in micros, sizes in milli-units.
 */
#ifndef HEDGEROW_INDEX_ESTIMATORS_H
#define HEDGEROW_INDEX_ESTIMATORS_H

#include "index/methodology.h"
#include "index/stats.h"

/* An owner's three votes: price - sd (at least 0), price, price + sd, each with its weight. */
struct vote { Fine price; i64 sd, weight; };
/* Mean of the vote mass between 1/parts and 1 - 1/parts, a vote at a bound split there. `order` has
 * room for 3 n, `keys` and `scratch` for n. */
NODISCARD bool votes_mean(const struct vote *v, u32 n, u32 parts, u32 *order, struct key *keys,
                          struct key *scratch, Fine *out);
/* Sums of d = price - base over one owner's records; sd is the sample's, half-even, 0 for one. */
struct moments { i128 sum, squares; i64 n, base; };
NODISCARD bool moments_add(struct moments *m, i64 price);
NODISCARD bool moments_sd(const struct moments *m, i64 *sd);

/* Sorted points: each moved to within limit_ppm of their weighted median, then their mean. */
NODISCARD bool capped_to_median(const struct point *p, u32 n, u32 tie, i64 limit_ppm, Fine *median,
                                Fine *out);
/* One pass: points farther than k sample sds from the plain mean stand behind the *kept
 * others afterwards.
 * (n p - S)^2 (n - 1) > k^2 n (n Q - S^2), prices half-even to a micro for the test alone. */
NODISCARD bool sigma_trim(struct point *p, u32 n, i64 k_milli, u32 *kept);

/* Shares in ppm with none below floor and none above cap, the rest in proportion: those beyond the
 * bound that is exceeded by more in total are fixed first. They sum to 1,000,000. False: n floor >
 * 1 or n cap < 1. */
NODISCARD bool bounded_weights(const i64 *weight, u32 n, u32 floor_ppm, u32 cap_ppm, u8 *fixed,
                               u32 *ppm);

/* Sides sorted by price, rising; whole micros. mid(v) and spread(v) = ask / mid - 1 at the marginal
 * prices of v = 1, 2, ... steps of grid; depth is the last v within max_spread, 1 at least, at most
 * the table's length; value = sum w(v) mid(v) / sum w(v), w(1) = 1e18, w(v) = w(v-1) r(depth) /
 * 1e18. */
struct book_rules { i64 grid, spread_ppm; const i64 *decay; u32 steps, zero; };
struct book_value { Fine value; u32 depth, zero; i64 ask, bid; }; /* marginal prices of step 1 */
NODISCARD bool book_value(const struct point *asks, u32 asks_n, const struct point *bids,
                          u32 bids_n, struct book_rules r, struct book_value *out);
/* ask / mid - 1 <= ppm, without a division. */
NODISCARD bool spread_within(i64 ask, i64 bid, i64 ppm);

#endif
