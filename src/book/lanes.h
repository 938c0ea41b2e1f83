/* lanes.h -- compare many u32 at once, without a branch; plain vector C, the same on every machine.
 * Owns:   nothing.
 * Never:  needs an instruction set beyond what the compiler was told of. Private to the room.
 * Always: bit i of the answer says at[i] == v.
 */
#ifndef HEDGEROW_BOOK_LANES_H
#define HEDGEROW_BOOK_LANES_H

#include "base/base.h"

typedef i32 Lanes __attribute__((vector_size(16), may_alias));

#if defined(__SSE2__)
typedef i16 Lanes16 __attribute__((vector_size(16)));
typedef char Lanes8 __attribute__((vector_size(16)));

static inline u32 lanes_bits(Lanes a, Lanes b, Lanes c, Lanes d)
{
    Lanes16 low = __builtin_ia32_packssdw128(a, b), high = __builtin_ia32_packssdw128(c, d);
    Lanes8 all = __builtin_ia32_packsswb128(low, high);
    return (u32)__builtin_ia32_pmovmskb128(all);
}
#else
static inline u32 lanes_bits(Lanes a, Lanes b, Lanes c, Lanes d)
{
    u64 both[2];
    Lanes bits = (a & (Lanes){ 1, 2, 4, 8 }) | (b & (Lanes){ 16, 32, 64, 128 }) |
                 (c & (Lanes){ 256, 512, 1024, 2048 }) | (d & (Lanes){ 4096, 8192, 16384, 32768 });
    memcpy(both, &bits, sizeof both);
    both[0] |= both[1];
    return (u32)both[0] | (u32)(both[0] >> 32);
}
#endif

/* at: 16-byte aligned. */
static inline u32 lanes_equal_8(const u32 *at, u32 v)
{
    const Lanes *in = (const Lanes *)(const void *)at;
    Lanes want = { (i32)v, (i32)v, (i32)v, (i32)v }, none = { 0 };
    return lanes_bits((Lanes)(in[0] == want), (Lanes)(in[1] == want), none, none);
}

static inline u32 lanes_equal_16(const u32 *at, u32 v)
{
    const Lanes *in = (const Lanes *)(const void *)at;
    Lanes want = { (i32)v, (i32)v, (i32)v, (i32)v };
    return lanes_bits((Lanes)(in[0] == want), (Lanes)(in[1] == want), (Lanes)(in[2] == want),
                      (Lanes)(in[3] == want));
}

#endif
