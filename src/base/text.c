#include "base/text.h"

bool str_eq(Str a, Str b) { return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0); }

struct text text_on(char *buf, u32 cap)
{
    ASSERT(buf);
    ASSERT(cap >= 1);
    buf[0] = 0;
    return (struct text){ buf, 0, cap, false };
}

void text_put_str(struct text *t, Str s)
{
    ASSERT(t->n < t->cap);
    u32 room = t->cap - 1 - t->n, n = s.n <= room ? s.n : room;
    if (n) memcpy(t->at + t->n, s.at, n);
    t->n += n;
    t->at[t->n] = 0;
    if (n < s.n) t->cut = true;
    ASSERT(t->n < t->cap);
}

void text_put(struct text *t, const char *z) { text_put_str(t, str_of(z)); }
void text_put_char(struct text *t, char c) { text_put_str(t, (Str){ &c, 1 }); }

void text_put_u64(struct text *t, u64 v)
{
    char digits[20];
    u32 i = sizeof digits;
    do {
        ASSERT(i > 0);
        digits[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    text_put_str(t, (Str){ digits + i, (u32)sizeof digits - i });
    ASSERT(t->n < t->cap);
}

void text_put_i64(struct text *t, i64 v)
{
    if (v < 0) text_put_char(t, '-');
    text_put_u64(t, v < 0 ? 0 - (u64)v : (u64)v);
    ASSERT(t->n > 0 || t->cut);
}

static i64 pow10_i64(u32 n)
{
    i64 p = 1;
    ASSERT(n <= 18);
    while (n--) p *= 10;
    ASSERT(p > 0);
    return p;
}

void text_put_dec(struct text *t, i64 v, u32 scale, u32 digits)
{
    ASSERT(scale <= 18);
    ASSERT(digits <= scale);
    i128 cut = div_round(v, pow10_i64(scale - digits), ROUND_HALF_EVEN);
    u64 size = cut < 0 ? (u64)-cut : (u64)cut, unit = (u64)pow10_i64(digits);
    if (cut < 0) text_put_char(t, '-');
    text_put_u64(t, size / unit);
    if (!digits) return;
    text_put_char(t, '.');
    for (u64 rest = size % unit, place = unit / 10; place; place /= 10)
        text_put_char(t, (char)('0' + rest / place % 10));
}

void text_put_dec_short(struct text *t, i64 v, u32 scale, u32 digits_min)
{
    ASSERT(scale <= 18);
    ASSERT(digits_min <= scale);
    u32 digits = scale;
    for (i64 rest = v; digits > digits_min && rest % 10 == 0; rest /= 10) digits--;
    ASSERT(digits >= digits_min);
    text_put_dec(t, v, scale, digits);
}

void text_put_hex(struct text *t, const u8 *bytes, u32 n)
{
    ASSERT(bytes || !n);
    for (u32 i = 0; i < n; i++) {
        text_put_char(t, "0123456789abcdef"[bytes[i] >> 4]);
        text_put_char(t, "0123456789abcdef"[bytes[i] & 15]);
    }
    ASSERT(t->n < t->cap);
}

static void put_padded(struct text *t, u64 v, u32 width)
{
    ASSERT(width >= 1);
    ASSERT(width <= 9);
    for (u64 place = (u64)pow10_i64(width - 1); place; place /= 10)
        text_put_char(t, (char)('0' + v / place % 10));
}

void text_put_date(struct text *t, Date d)
{
    struct ymd y = ymd_of(d);
    ASSERT(y.year >= 1970);
    ASSERT(y.month >= 1);
    put_padded(t, (u64)y.year, 4);
    text_put_char(t, '-');
    put_padded(t, y.month, 2);
    text_put_char(t, '-');
    put_padded(t, y.day, 2);
}

void text_put_instant(struct text *t, Instant at)
{
    ASSERT(at.ns >= 0);
    Date d = date_at(at);
    u64 rest = (u64)(at.ns - date_start(d).ns), s = rest / (u64)NS_PER_SECOND;
    ASSERT(s < 86400);
    text_put_date(t, d);
    text_put_char(t, 'T');
    put_padded(t, s / 3600, 2);
    text_put_char(t, ':');
    put_padded(t, s / 60 % 60, 2);
    text_put_char(t, ':');
    put_padded(t, s % 60, 2);
    text_put_char(t, '.');
    put_padded(t, rest % (u64)NS_PER_SECOND, 9);
    text_put_char(t, 'Z');
}

const char *parse_text(enum parse p)
{
    static const char *const words[] = {
        [PARSE_OK] = "fine",
        [PARSE_EMPTY] = "empty",
        [PARSE_SYNTAX] = "not of the expected form",
        [PARSE_RANGE] = "out of range",
        [PARSE_DIGITS] = "too many digits after the point",
    };
    ASSERT(p < ARRAY_LEN(words));
    ASSERT(words[p]);
    return words[p];
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The digits of s after the sign as an integer at `scale`; further digits go to *tail and *more. */
static enum parse read_digits(Str s, u32 scale, u128 *out, u8 *tail, bool *more)
{
    u32 i = 0, after = 0;
    bool point = false, any = false;
    u128 v = 0;
    ASSERT(scale <= 18);
    *tail = 0, *more = false;
    for (; i < s.n; i++) {
        char c = s.at[i];
        if (c == '.' && !point && any) {
            point = true;
            continue;
        }
        if (!is_digit(c)) return PARSE_SYNTAX;
        any = true;
        if (point && after == scale) { /* first lost digit decides, the others only break ties */
            after++;
            *tail = (u8)(c - '0');
            continue;
        }
        if (point && after > scale) {
            if (c != '0') *more = true;
            continue;
        }
        if (point) after++;
        v = v * 10 + (u32)(c - '0');
        if (v > (u128)INT64_MAX * 2) return PARSE_RANGE;
    }
    if (!any || s.at[s.n - 1] == '.') return PARSE_SYNTAX;
    for (u32 have = after > scale ? scale : after; have < scale; have++) {
        v *= 10;
        if (v > (u128)INT64_MAX * 2) return PARSE_RANGE;
    }
    ASSERT(v <= (u128)INT64_MAX * 2);
    *out = v;
    return PARSE_OK;
}

enum parse parse_dec_round(Str s, u32 scale, i64 *out, bool *rounded)
{
    ASSERT(out);
    ASSERT(rounded);
    if (!s.n) return PARSE_EMPTY;
    bool minus = s.at[0] == '-', more;
    if (minus || s.at[0] == '+') s.at++, s.n--;
    if (!s.n) return PARSE_SYNTAX;
    u128 v;
    u8 tail;
    enum parse p = read_digits(s, scale, &v, &tail, &more);
    if (p) return p;
    if (tail > 5 || (tail == 5 && (more || (v & 1)))) v++;
    if (v > (u128)INT64_MAX + (minus ? 1 : 0)) return PARSE_RANGE;
    *out = minus ? (i64) - (i128)v : (i64)v;
    *rounded = tail || more;
    return PARSE_OK;
}

enum parse parse_dec(Str s, u32 scale, i64 *out)
{
    i64 v;
    bool rounded;
    ASSERT(out);
    enum parse p = parse_dec_round(s, scale, &v, &rounded);
    if (p) return p;
    if (rounded) return PARSE_DIGITS;
    *out = v;
    return PARSE_OK;
}

enum parse parse_u64(Str s, u64 *out)
{
    u64 v = 0;
    ASSERT(out);
    ASSERT(s.at || !s.n);
    if (!s.n) return PARSE_EMPTY;
    for (u32 i = 0; i < s.n; i++) {
        if (!is_digit(s.at[i])) return PARSE_SYNTAX;
        if (__builtin_mul_overflow(v, (u64)10, &v)) return PARSE_RANGE;
        if (__builtin_add_overflow(v, (u64)(s.at[i] - '0'), &v)) return PARSE_RANGE;
    }
    *out = v;
    return PARSE_OK;
}

enum parse parse_i64(Str s, i64 *out)
{
    ASSERT(out);
    ASSERT(s.at || !s.n);
    for (u32 i = 0; i < s.n; i++)
        if (s.at[i] == '.') return PARSE_SYNTAX;
    return parse_dec(s, 0, out);
}

static bool read_fixed(Str s, u32 from, u32 n, u32 *out)
{
    ASSERT(n <= 9); /* fits 32 bits */
    ASSERT(from <= s.n);
    if (n > s.n - from) return false;
    *out = 0;
    for (u32 i = from; i < from + n; i++) {
        if (!is_digit(s.at[i])) return false;
        *out = *out * 10 + (u32)(s.at[i] - '0');
    }
    return true;
}

enum parse parse_date(Str s, Date *out)
{
    u32 y, m, d;
    ASSERT(out);
    ASSERT(s.at || !s.n);
    if (!s.n) return PARSE_EMPTY;
    if (s.n != 10 || s.at[4] != '-' || s.at[7] != '-') return PARSE_SYNTAX;
    if (!read_fixed(s, 0, 4, &y) || !read_fixed(s, 5, 2, &m) || !read_fixed(s, 8, 2, &d))
        return PARSE_SYNTAX;
    if (!date_valid((i32)y, m, d)) return PARSE_RANGE;
    *out = date_of((i32)y, m, d);
    ASSERT(out->days >= 0);
    return PARSE_OK;
}

enum parse parse_instant(Str s, Instant *out)
{
    u32 h, m, sec;
    Date d;
    ASSERT(out);
    if (!s.n) return PARSE_EMPTY;
    if (s.n < 20 || s.at[10] != 'T' || s.at[13] != ':' || s.at[16] != ':') return PARSE_SYNTAX;
    enum parse p = parse_date((Str){ s.at, 10 }, &d);
    if (p) return p;
    if (!read_fixed(s, 11, 2, &h) || !read_fixed(s, 14, 2, &m) || !read_fixed(s, 17, 2, &sec))
        return PARSE_SYNTAX;
    if (h > 23 || m > 59 || sec > 59) return PARSE_RANGE;
    i64 ns = 0;
    u32 i = 19;
    if (s.at[i] == '.') {
        i64 place = NS_PER_SECOND / 10;
        for (i++; i < s.n && is_digit(s.at[i]); i++, place /= 10) {
            if (!place) return PARSE_DIGITS;
            ns += place * (s.at[i] - '0');
        }
        if (s.at[i - 1] == '.') return PARSE_SYNTAX;
    }
    if (i + 1 != s.n || s.at[i] != 'Z') return PARSE_SYNTAX;
    ASSERT(ns < NS_PER_SECOND);
    out->ns = date_start(d).ns + (i64)(h * 3600 + m * 60 + sec) * NS_PER_SECOND + ns;
    return PARSE_OK;
}

enum parse parse_hex(Str s, u8 *out, u32 n)
{
    ASSERT(out);
    ASSERT(n <= UINT32_MAX / 2);
    if (!s.n) return PARSE_EMPTY;
    if (s.n != 2 * n) return PARSE_SYNTAX;
    for (u32 i = 0; i < s.n; i++) {
        char c = s.at[i];
        u32 v;
        if (is_digit(c)) v = (u32)(c - '0');
        else if (c >= 'a' && c <= 'f') v = (u32)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F') v = (u32)(c - 'A') + 10;
        else return PARSE_SYNTAX;
        out[i / 2] = (u8)(i % 2 ? (u32)out[i / 2] | v : v << 4);
    }
    return PARSE_OK;
}
