/* lanes.h -- compare many u32 at once, without a branch; plain vector C, the same on every machine.
 * Owns:   nothing.
 * Never:  needs an instruction set beyond what the compiler was told of. Private to the room.
 * Always: bit i of the answer says at[i] == v.
 */
#ifndef HEDGEROW_BOOK_LANES_H
#define HEDGEROW_BOOK_LANES_H

#include "base/base.h"

typedef u32 Lanes __attribute__((vector_size(16), may_alias));

static inline u32 lanes_fold(Lanes bits)
{
    u64 both[2];
    memcpy(both, &bits, sizeof both);
    both[0] |= both[1];
    return (u32)both[0] | (u32)(both[0] >> 32);
}

/* at: 16-byte aligned. */
static inline u32 lanes_equal_8(const u32 *at, u32 v)
{
    const Lanes *in = (const Lanes *)(const void *)at;
    Lanes want = { v, v, v, v };
    return lanes_fold(((Lanes)(in[0] == want) & (Lanes){ 1, 2, 4, 8 }) |
                      ((Lanes)(in[1] == want) & (Lanes){ 16, 32, 64, 128 }));
}

static inline u32 lanes_equal_16(const u32 *at, u32 v)
{
    const Lanes *in = (const Lanes *)(const void *)at;
    Lanes want = { v, v, v, v };
    return lanes_fold(((Lanes)(in[0] == want) & (Lanes){ 1, 2, 4, 8 }) |
                      ((Lanes)(in[1] == want) & (Lanes){ 16, 32, 64, 128 }) |
                      ((Lanes)(in[2] == want) & (Lanes){ 256, 512, 1024, 2048 }) |
                      ((Lanes)(in[3] == want) & (Lanes){ 4096, 8192, 16384, 32768 }));
}

#endif
