/* random.h -- a seeded generator for tests, agents and simulations; never for secrets.
 * Owns:   splitmix64 (Steele, Lea, Flood 2014) and draws from it.
 * Never:  asks the world for entropy.
 * Always: one seed, one sequence, on every build.
 */
#ifndef HEDGEROW_BASE_RANDOM_H
#define HEDGEROW_BASE_RANDOM_H

#include "base/hash.h"

struct rng { u64 state; };
NODISCARD static inline struct rng rng_of(u64 seed) { return (struct rng){ seed }; }
static inline u64 rng_u64(struct rng *r)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    return mix64(r->state);
}
/* Uniform in [0, n), n > 0 (multiply-shift; the bias is below n / 2^64). */
static inline u64 rng_below(struct rng *r, u64 n)
{
    ASSERT(n > 0);
    return (u64)(((u128)rng_u64(r) * n) >> 64);
}
static inline i64 rng_between(struct rng *r, i64 lo, i64 hi) /* inclusive */
{
    ASSERT(lo <= hi);
    return lo + (i64)rng_below(r, (u64)(hi - lo) + 1);
}
static inline bool rng_chance(struct rng *r, u32 ppm) { return rng_below(r, 1000000) < ppm; }

#endif
