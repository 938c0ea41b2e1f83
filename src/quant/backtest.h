/* backtest.h -- did losses pass a promised quantile as often as promised, and not in clusters.
 * Owns:   Kupiec's and Christoffersen's likelihood ratios, the region not rejected, the zones.
 * Never:  sets a margin: the clearing house's own test (risk room) is in integers.
 * Always: x or hits of T days at probability p, 0 < p < 1.
 *
 * Kupiec 1995: LR = 2 [ln L(x/T) - ln L(p)], ln L(q) = x ln q + (T - x) ln(1 - q), 0 ln 0 = 0;
 * chi-square(1). Christoffersen 1998: independence of hits by first-order Markov counts,
 * chi-square(1), and together with Kupiec's, chi-square(2). Zones (Basel Committee 1996): by
 * P(X <= x): below 95 % green, below 99.99 % yellow, else red. Tolerance 1e-9 relative.
 */
#ifndef HEDGEROW_QUANT_BACKTEST_H
#define HEDGEROW_QUANT_BACKTEST_H

#include "quant/result.h"

struct ratio_test { double lr, p; };
/* DOMAIN: days = 0, x > days, p outside (0, 1). */
NODISCARD enum quant_result quant_kupiec(u32 days, u32 x, double p, struct ratio_test *out);
/* The least and the most x whose LR is below the chi-square point of `level`: inclusive. */
NODISCARD enum quant_result quant_kupiec_region(u32 days, double p, double level, u32 *lo, u32 *hi);
struct christoffersen { struct ratio_test independence, coverage; u32 hits, pairs[2][2]; };
/* hits[t]: the day passed its quantile. SHORT under 2 days. Independence is 0 (p 1) when no day
 * follows a hit or every one does: nothing to tell. */
NODISCARD enum quant_result quant_christoffersen(const u8 *hits, u32 days, double p,
                                                 struct christoffersen *out);
enum zone { ZONE_GREEN, ZONE_YELLOW, ZONE_RED };
NODISCARD const char *quant_zone_text(enum zone z);
NODISCARD enum quant_result quant_zone(u32 days, u32 x, double p, double *cdf, enum zone *zone);

#endif
