/* base.h -- what every room stands on: integers with names, values with units, the assertion.
 * Owns:   integer types, Money Price Qty Instant Date, ASSERT, rounding modes, Err codes.
 * Never:  allocates, does I/O, uses floating point.
 * Always: a value with a unit is a struct of one field, so that units can not be mixed.
 */
#ifndef HEDGEROW_BASE_BASE_H
#define HEDGEROW_BASE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Core rooms are compiled freestanding, where a plain memcpy(p, q, 8) would be a call each time. */
#if !__STDC_HOSTED__
#define memcpy(to, from, n) __builtin_memcpy(to, from, n)
#define memset(to, byte, n) __builtin_memset(to, byte, n)
#define memcmp(a, b, n) __builtin_memcmp(a, b, n)
#define memmove(to, from, n) __builtin_memmove(to, from, n)
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;
__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

typedef struct { i64 ticks; } Price;     /* multiples of the contract's tick, never a decimal */
typedef struct { i64 lots; } Qty;        /* > 0 always; the side is said elsewhere */
typedef struct { i64 micros; } Money;    /* 1e-6 of the settlement currency, signed */
typedef struct { i64 micros; } UnitPrice; /* 1e-6 of quote currency per unit (GPU-hour, Mtoken) */
typedef struct { i64 ns; } Instant;      /* UTC since 1970, stamped by the sequencer */
typedef struct { i32 days; } Date;       /* days since 1970-01-01, UTC */
typedef struct { u8 bytes[32]; } Hash;   /* a SHA-256 */

#define NODISCARD __attribute__((warn_unused_result))
#define BIT(n) (1u << (n))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_DAY (INT64_C(86400) * NS_PER_SECOND)
#define MICROS INT64_C(1000000)
#define PPM INT64_C(1000000)

/* Our own bug: the process dies before it lies, in release builds too. The shell has the hook. */
_Noreturn void base_assert_failed(const char *file, int line, const char *what);
#define ASSERT(c) \
    (__builtin_expect(!!(c), 1) ? (void)0 : base_assert_failed(__FILE__, __LINE__, #c))
#define UNREACHABLE(why) base_assert_failed(__FILE__, __LINE__, why)
#ifdef HEDGEROW_SLOW_CHECKS
#define ASSERT_SLOW(c) ASSERT(c) /* walks whole structures; test builds only */
#else
#define ASSERT_SLOW(c) ((void)0)
#endif

/* The world's faults. ERR_NO is "the answer is no"; the numbers are the exit codes of cli.md. */
typedef enum { ERR_OK = 0, ERR_NO = 1, ERR_USAGE = 2, ERR_INPUT = 3, ERR_IO = 4 } Err;

/* Sources: half-even and half-up act on the magnitude; UP and DOWN are towards +inf and -inf. */
enum rounding { ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_DOWN, ROUND_UP, ROUND_ZERO, ROUND_NEVER };

/* n / d rounded by r; d > 0. ROUND_NEVER asserts that nothing is left over. */
NODISCARD i128 div_round(i128 n, i128 d, enum rounding r);
/* False, *out untouched, when v does not fit. */
NODISCARD bool i64_of(i128 v, i64 *out);
/* *out = a * b / d rounded by r, 128 bits between; false on overflow of the result. d > 0. */
NODISCARD bool mul_div(i64 a, i64 b, i64 d, enum rounding r, i64 *out);

NODISCARD static inline bool money_add(Money a, Money b, Money *out)
{
    return !__builtin_add_overflow(a.micros, b.micros, &out->micros);
}
NODISCARD static inline i64 i64_min(i64 a, i64 b) { return a < b ? a : b; }
NODISCARD static inline i64 i64_max(i64 a, i64 b) { return a > b ? a : b; }

/* Little-endian loads and stores on unaligned bytes; every record of ours is little-endian. */
static inline u16 load_u16(const u8 *p) { u16 v; memcpy(&v, p, sizeof v); return v; }
static inline u32 load_u32(const u8 *p) { u32 v; memcpy(&v, p, sizeof v); return v; }
static inline u64 load_u64(const u8 *p) { u64 v; memcpy(&v, p, sizeof v); return v; }
static inline void store_u16(u8 *p, u16 v) { memcpy(p, &v, sizeof v); }
static inline void store_u32(u8 *p, u32 v) { memcpy(p, &v, sizeof v); }
static inline void store_u64(u8 *p, u64 v) { memcpy(p, &v, sizeof v); }
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are written as they stand");

#endif
