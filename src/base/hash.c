#include "base/hash.h"

static_assert(sizeof(Hash) == crypto_hash_sha256_BYTES, "a Hash is a SHA-256");

void sha256_init(struct sha256 *h)
{
    ASSERT(h);
    int r = crypto_hash_sha256_init(&h->state);
    ASSERT(r == 0);
}

void sha256_add(struct sha256 *h, const void *bytes, u64 n)
{
    ASSERT(bytes || !n);
    int r = crypto_hash_sha256_update(&h->state, bytes, n);
    ASSERT(r == 0);
}

Hash sha256_end(struct sha256 *h)
{
    Hash out;
    int r = crypto_hash_sha256_final(&h->state, out.bytes);
    ASSERT(r == 0);
    ASSERT(h);
    return out;
}

Hash sha256_of(const void *bytes, u64 n)
{
    Hash out;
    ASSERT(bytes || !n);
    int r = crypto_hash_sha256(out.bytes, bytes, n);
    ASSERT(r == 0);
    return out;
}

/* Slicing by eight (Kounavis and Berry 2005); tools/crc_table.py writes the tables. */
static const u32 crc_tables[8][256] = {
#include "base/crc32c_table.inc"
};

u32 crc32c(u32 crc, const void *bytes, u64 n)
{
    const u8 *p = bytes;
    ASSERT(bytes || !n);
    crc = ~crc;
    for (; n >= 8; n -= 8, p += 8) {
        u64 v = load_u64(p) ^ crc;
        crc = crc_tables[7][v & 255] ^ crc_tables[6][v >> 8 & 255] ^ crc_tables[5][v >> 16 & 255] ^
              crc_tables[4][v >> 24 & 255] ^ crc_tables[3][v >> 32 & 255] ^
              crc_tables[2][v >> 40 & 255] ^ crc_tables[1][v >> 48 & 255] ^ crc_tables[0][v >> 56];
    }
    for (; n; n--, p++) crc = crc_tables[0][(crc ^ *p) & 255] ^ crc >> 8;
    ASSERT(n == 0);
    return ~crc;
}

u64 chain64(u64 before, const void *bytes, u64 n)
{
    const u8 *p = bytes;
    u64 h = before ^ (n * UINT64_C(0x9e3779b97f4a7c15));
    ASSERT(bytes || !n);
    for (; n >= 8; n -= 8, p += 8) {
        h = (h ^ load_u64(p)) * UINT64_C(0x9fb21c651e98df25);
        h ^= h >> 29;
    }
    if (n) {
        u64 tail = 0;
        memcpy(&tail, p, n);
        h = (h ^ tail) * UINT64_C(0x9fb21c651e98df25);
        h ^= h >> 29;
    }
    ASSERT(n < 8);
    return mix64(h);
}

#define CHAIN_MULTIPLIER UINT64_C(0x9fb21c651e98df25)

static u64 chain_word(u64 h, u64 word)
{
    h = (h ^ word) * CHAIN_MULTIPLIER;
    return h ^ h >> 29;
}

u64 chain64_lanes(u64 before, const void *bytes, u64 n)
{
    const u8 *p = bytes;
    u64 a = before, b = n, c = CHAIN_MULTIPLIER, d = ~before;
    ASSERT(bytes || !n);
    for (; n >= 32; n -= 32, p += 32) {
        a = chain_word(a, load_u64(p)), b = chain_word(b, load_u64(p + 8));
        c = chain_word(c, load_u64(p + 16)), d = chain_word(d, load_u64(p + 24));
    }
    if (n & 16) a = chain_word(a, load_u64(p)), b = chain_word(b, load_u64(p + 8)), p += 16;
    if (n & 8) c = chain_word(c, load_u64(p)), p += 8;
    if (n & 7) {
        u64 tail = 0;
        memcpy(&tail, p, n & 7);
        d = chain_word(d, tail);
    }
    ASSERT(n < 32);
    ASSERT(p >= (const u8 *)bytes);
    return mix64(chain_word(chain_word(a, b), chain_word(c, d)));
}
