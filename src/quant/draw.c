#include "quant/draw.h"

void philox(const u32 counter[4], const u32 key[2], u32 out[4])
{
    u32 c[4] = { counter[0], counter[1], counter[2], counter[3] }, k[2] = { key[0], key[1] };
    for (u32 round = 0; round < 10; round++) {
        u64 a = (u64)c[0] * 0xD2511F53u, b = (u64)c[2] * 0xCD9E8D57u;
        u32 next[4] = { (u32)(b >> 32) ^ c[1] ^ k[0], (u32)b, (u32)(a >> 32) ^ c[3] ^ k[1],
                        (u32)a };
        memcpy(c, next, sizeof c);
        k[0] += 0x9E3779B9u, k[1] += 0xBB67AE85u;
    }
    memcpy(out, c, sizeof c);
}

/* A block holds the draws of two places. */
static void block_of(u64 seed, u64 stream, u64 block, u64 out[2])
{
    u32 counter[4] = { (u32)block, (u32)(block >> 32), (u32)stream, (u32)(stream >> 32) };
    u32 key[2] = { (u32)seed, (u32)(seed >> 32) }, w[4];
    philox(counter, key, w);
    out[0] = (u64)w[1] << 32 | w[0], out[1] = (u64)w[3] << 32 | w[2];
}

u64 draw_u64(u64 seed, u64 stream, u64 place)
{
    u64 pair[2];
    block_of(seed, stream, place / 2, pair);
    return pair[place & 1];
}

void draw_uniform(u64 seed, u64 stream, u64 place, double *out, u32 n)
{
    u64 pair[2];
    ASSERT(out || !n);
    for (u32 i = 0; i < n; i++, place++) {
        if (i == 0 || !(place & 1)) block_of(seed, stream, place / 2, pair);
        out[i] = ((double)(pair[place & 1] >> 12) + 0.5) * 0x1p-52;
    }
}

void draw_normal(u64 seed, u64 stream, u64 place, double *out, u32 n)
{
    draw_uniform(seed, stream, place, out, n);
    for (u32 i = 0; i < n; i++) out[i] = normal_inverse(out[i]);
}
