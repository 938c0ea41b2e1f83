/* token_math.h -- the arithmetic of token prices, in integers: blends, bounds, Lowe, links,
 * splices.
 * Owns:   the closed forms of index.md sections 10 and 11.
 * Never:  rounds twice: each function rounds its result once, half-even, and says to what.
 * Always: prices are micros of USD per million tokens (or per GPU-hour, where it says so), shares
 *         and weights ppm, links ppb; false means overflow or outside the domain.
 */
#ifndef HEDGEROW_INDEX_TOKEN_MATH_H
#define HEDGEROW_INDEX_TOKEN_MATH_H

#include "index/stats.h"

/* w_in P_in + w_cached P_cached + w_out P_out, exact in 1e-12 USD per million tokens. ppm sum to
 * 1,000,000. */
struct blend { i64 input_ppm, cached_ppm, output_ppm; };
NODISCARD i64 token_blend(struct blend w, i64 input, i64 cached, i64 output);
/* GPU-hour price / (tokens per second x 3,600) per million tokens: the marginal bound. */
NODISCARD bool gpu_to_token(i64 gpu_hour, i64 tokens_per_second, i64 *out);
/* price x kappa / kappa_ref. */
NODISCARD bool tokenizer_normalise(i64 price, i64 kappa, i64 kappa_ref, i64 *out);
/* Median of n > 0 exact blends (sorted in place), by `tie`, x kappa / kappa_ref x factor_ppm / 1e6,
 * rounded once to a micro. */
NODISCARD bool token_slot_price(i64 *blends, u32 n, u32 tie, i64 kappa, i64 kappa_ref,
                                i64 factor_ppm, i64 *out);
/* sum quantity x price, exact. False on overflow. */
NODISCARD bool basket_cost(const i64 *quantity, const i64 *price, u32 n, i64 *out);
/* level x now / base. base > 0. */
NODISCARD bool lowe_value(i64 level, i64 now, i64 base, i64 *out);
/* sum share x price / sum share. */
NODISCARD bool unit_value(const i64 *share_ppm, const i64 *price, u32 n, i64 *out);
/* level x link_ppb / 1e9: a link that quant computed and somebody journaled. */
NODISCARD bool chain_apply(i64 level, i64 link_ppb, i64 *out);
/* Median (MID) of old / median of new, in ppm; both n values over the same days, sorted in place.
 * False below min_overlap days. Splices a new series onto an old one: new x factor = old's
 * level. */
NODISCARD bool splice_factor(i64 *old, i64 *new, u32 n, u32 min_overlap, i64 *factor_ppm);
/* price x reference throughput / own throughput: a price per unit of the reference's work. */
NODISCARD bool factor_equivalent(i64 price, i64 throughput, i64 reference, i64 *out);

#endif
