/* text.h -- decimal text in and out, and a bounded buffer to write into.
 * Owns:   parsing of decimals, dates and instants to integers; their canonical text.
 * Never:  goes through floating point, allocates, or writes past the buffer.
 * Always: what text_put_x writes, parse_x reads back to the same value.
 */
#ifndef HEDGEROW_BASE_TEXT_H
#define HEDGEROW_BASE_TEXT_H

#include "base/base.h"
#include "base/date.h"

/* A piece of somebody else's bytes; not ended by a zero. */
typedef struct { const char *at; u32 n; } Str;
#define STR(lit) ((Str){ lit, sizeof(lit) - 1 })
NODISCARD static inline Str str_of(const char *z) { return (Str){ z, (u32)strlen(z) }; }
NODISCARD bool str_eq(Str a, Str b);
NODISCARD static inline bool str_is(Str a, const char *z) { return str_eq(a, str_of(z)); }

/* Always ended by a zero (cap >= 1); `cut` says that something did not fit. */
struct text { char *at; u32 n, cap; bool cut; };
NODISCARD struct text text_on(char *buf, u32 cap);
void text_put(struct text *t, const char *z);
void text_put_str(struct text *t, Str s);
void text_put_char(struct text *t, char c);
void text_put_u64(struct text *t, u64 v);
void text_put_i64(struct text *t, i64 v);
/* v / 10^scale with exactly `digits` digits after the point, half-even; digits <= scale <= 18.
 * text_put_dec(2816000, 6, 4) writes "2.8160". */
void text_put_dec(struct text *t, i64 v, u32 scale, u32 digits);
/* As text_put_dec but trailing zeros after the point are left out, at least `digits_min` kept. */
void text_put_dec_short(struct text *t, i64 v, u32 scale, u32 digits_min);
void text_put_hex(struct text *t, const u8 *bytes, u32 n);
void text_put_date(struct text *t, Date d);        /* 2026-07-31 */
void text_put_instant(struct text *t, Instant at); /* 2026-07-31T16:00:00.000000000Z */

enum parse {
    PARSE_OK,
    PARSE_EMPTY,  /* nothing there */
    PARSE_SYNTAX, /* not a decimal, date, ... of our form */
    PARSE_RANGE,  /* does not fit */
    PARSE_DIGITS, /* more digits after the point than the scale holds, and rounding not allowed */
};
const char *parse_text(enum parse p); /* "not a decimal" and so on, for an error sentence */

/* "-12.345" -> -12345000 at scale 6. [+-]digits[.digits], no exponent, no blanks, no separators. */
NODISCARD enum parse parse_dec(Str s, u32 scale, i64 *out);
/* The same, further digits rounded half-even; *rounded says if any were lost. */
NODISCARD enum parse parse_dec_round(Str s, u32 scale, i64 *out, bool *rounded);
NODISCARD enum parse parse_u64(Str s, u64 *out);
NODISCARD enum parse parse_i64(Str s, i64 *out);
NODISCARD enum parse parse_date(Str s, Date *out);       /* YYYY-MM-DD */
NODISCARD enum parse parse_instant(Str s, Instant *out); /* RFC 3339 with Z, up to 9 decimals */
NODISCARD enum parse parse_hex(Str s, u8 *out, u32 n);   /* exactly 2n lower or upper digits */

#endif
