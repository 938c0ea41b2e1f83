/* hash.h -- digests: SHA-256 (libsodium's, wrapped once), CRC32C, and two cheap mixers.
 * Owns:   every digest used in a record, receipt, chain or index.
 * Never:  keeps a key or a secret.
 * Always: equal bytes give equal digests on every build.
 */
#ifndef HEDGEROW_BASE_HASH_H
#define HEDGEROW_BASE_HASH_H

#include "base/base.h"
#include <sodium/crypto_hash_sha256.h>

struct sha256 { crypto_hash_sha256_state state; };
void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *bytes, u64 n);
NODISCARD Hash sha256_end(struct sha256 *h);
NODISCARD Hash sha256_of(const void *bytes, u64 n);
NODISCARD static inline bool hash_eq(Hash a, Hash b) { return memcmp(&a, &b, sizeof a) == 0; }

/* CRC32C (Castagnoli, RFC 3720 appendix B.4): crc32c(0, "123456789", 9) == 0xe3069283. */
NODISCARD u32 crc32c(u32 crc, const void *bytes, u64 n);

/* Spreads the bits of an id over a table index (the finaliser of splitmix64). */
NODISCARD static inline u64 mix64(u64 v)
{
    v = (v ^ (v >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ (v >> 27)) * UINT64_C(0x94d049bb133111eb);
    return v ^ (v >> 31);
}
/* A 64-bit chain over bytes: finds divergence between two replays, no proof against a forger. */
NODISCARD u64 chain64(u64 before, const void *bytes, u64 n);
/* The same purpose in four lanes, for records of a hundred bytes and more: other values, shorter
 * dependency. The event chain of the engine. */
NODISCARD u64 chain64_lanes(u64 before, const void *bytes, u64 n);

#endif
