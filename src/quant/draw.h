/* draw.h -- seeded draws by counter: the draw at a place is a function of the seed and the place.
 * Owns:   Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) and normals made of it.
 * Never:  holds a state: any draw can be made again alone, in any order, on any thread.
 * Always: one (seed, stream, place), one number, on every build.
 *
 * Normals are the inverse cdf of (u + 1/2)/2^52, u the upper 52 bits: monotone in u, |z| < 8.3.
 */
#ifndef HEDGEROW_QUANT_DRAW_H
#define HEDGEROW_QUANT_DRAW_H

#include "quant/dist.h"

/* One block: four words of counter and two of key to four words. */
void philox(const u32 counter[4], const u32 key[2], u32 out[4]);
/* The 64 bits at `place` of `stream` under `seed`. */
NODISCARD u64 draw_u64(u64 seed, u64 stream, u64 place);
/* n uniforms of (0, 1), or standard normals, from `place` on; draws of places that overlap are
 * equal. */
void draw_uniform(u64 seed, u64 stream, u64 place, double *out, u32 n);
void draw_normal(u64 seed, u64 stream, u64 place, double *out, u32 n);

#endif
