/* links.h -- links of a matched-model chain, as the integers the core multiplies by.
 * Owns:   Jevons and Tornqvist links in parts per billion, half-even.
 * Never:  matches anything itself: the caller gives the pairs that both days have.
 * Always: a link is 1 .. LINK_PPB_MAX; a price that is not positive is DOMAIN, never a hole.
 *
 * Jevons: (prod p1/p0)^(1/n), formula 1.4 of the CPI Manual (2004), chapter 20. Tornqvist:
 * prod (p1/p0)^((s0+s1)/2), s the value shares of either day. The chain of links does not come back
 * to 100 when prices do (chain drift): it is reported, never taken out.
 */
#ifndef HEDGEROW_QUANT_LINKS_H
#define HEDGEROW_QUANT_LINKS_H

#include "quant/ols.h"

#define LINK_ONE INT64_C(1000000000)
#define LINK_PPB_MAX (1000 * LINK_ONE)

/* Prices in any one unit, p0 of the day before, p1 of the day, pair by pair. SHORT for no pair. */
NODISCARD enum quant_result quant_jevons(const i64 *p0, const i64 *p1, u32 n, i64 *link_ppb);
/* v0, v1: values traded or shares, >= 0, each day's with a positive sum. */
NODISCARD enum quant_result quant_tornqvist(const i64 *p0, const i64 *p1, const i64 *v0,
                                            const i64 *v1, u32 n, i64 *link_ppb);
/* v scaled and rounded half-even to an integer; DOMAIN outside +-9e15. */
NODISCARD enum quant_result quant_integer(double v, double scale, i64 *out);

#endif
