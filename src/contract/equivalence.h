/* equivalence.h -- two contracts side by side: what a hedge of one with the other leaves open.
 * Owns:   the normal form, averaging-set residual, no-arbitrage band, threshold ladder, funding,
 *         index basis (contracts.md sections 4 and 8).
 * Never:  calls it arbitrage: a difference of normal forms is relative value.
 * Always: integers; one rounding a published number.
 */
#ifndef HEDGEROW_CONTRACT_EQUIVALENCE_H
#define HEDGEROW_CONTRACT_EQUIVALENCE_H

#include "contract/averaging.h"

#define NORMAL_ROWS(X) \
    X(INDEX, "index") X(GEOGRAPHY, "geography") X(VARIANT, "variant") X(SET, "averaging_set") \
    X(HOURS, "hours_per_lot") X(FIXING, "fixing") X(LAST_TRADE, "last_trade") \
    X(VINTAGE, "vintage_rule") X(ROUNDING, "rounding") X(CURRENCY, "currency") \
    X(FUNDING, "funding") X(FALLBACK, "fallback") X(VENUE, "venue")
#define AS_NORMAL_ROW(NAME, text) NORMAL_##NAME,
enum normal_row { NORMAL_ROWS(AS_NORMAL_ROW) NORMAL_COUNT };
NODISCARD const char *normal_name(u32 row);
/* One row of a contract's normal form as text. */
void normal_text(const struct spec *s, u32 row, struct text *t);
NODISCARD bool normal_differs(const struct spec *a, const struct spec *b, u32 row);

/* mean over the days of `a` less mean over the days of `b`, half-even to a micro: sum (w - w') S.
 * in_a, in_b: 1 for days that belong to the set. */
NODISCARD i64 set_residual(const i64 *daily, const u8 *in_a, const u8 *in_b, u32 n);

struct band { i64 gap, band; bool alarm; };
/* |F1 - (alpha + beta F2)| against the sum of the costs; beta in ppm; half-even once. */
NODISCARD struct band no_arb_band(i64 f1, i64 f2, i64 alpha, i64 beta_ppm, const i64 *costs, u32 n);
#define LADDER_MAX 64u
/* K0 + integral of P(S > K) by the trapezoid after making P non-increasing (pool adjacent
 * violators); strikes rise, probabilities in ppm. */
NODISCARD i64 ladder_mean(const i64 *strikes, const i64 *prob_ppm, u32 n);

/* What a long of so many lots pays for one interval of num/den days: clamp(mark - index) x units,
 * rounded half-even once a lot. False: overflow. */
NODISCARD bool perp_funding(i64 mark, i64 index, i64 cap_ppm, i64 units_milli, i64 lots, i64 num,
                            i64 den, Money *out);
/* FSP of an INDEX_BASIS: mean A - mean B, half-even to a micro; have_a, have_b: 1 where printed.
 * False: a leg has no day. */
NODISCARD bool index_basis(const i64 *a, const u8 *have_a, const i64 *b, const u8 *have_b, u32 n,
                           u32 pairing, i64 *out);

#endif
