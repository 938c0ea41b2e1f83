#include "hedge/focus.h"

#include <string.h>

/* ---- decimals ---- */

static const char *not_decimal(Str s)
{
    for (u32 i = 0; i < s.n; i++)
        if (s.at[i] == ',') return "a thousands separator or a decimal comma: write 1234.56";
    for (u32 i = 0; i < s.n; i++)
        if (s.at[i] == ' ' || s.at[i] == '\t') return "a blank in a number";
    if (s.n && (s.at[0] == '$' || (u8)s.at[0] >= 0x80)) return "a currency sign in a number";
    return "not a decimal number";
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* The exponent from s.at[i] on ("e+2"); false if it is none. */
static bool exponent(Str s, u32 i, i32 *out)
{
    bool minus = false;
    i32 v = 0;
    if (i == s.n) {
        *out = 0;
        return true;
    }
    if (s.at[i] != 'e' && s.at[i] != 'E') return false;
    i++;
    if (i < s.n && (s.at[i] == '+' || s.at[i] == '-')) minus = s.at[i++] == '-';
    if (i == s.n || s.n - i > 4) return false;
    for (; i < s.n; i++) {
        if (!digit(s.at[i])) return false;
        v = v * 10 + (s.at[i] - '0');
    }
    *out = minus ? -v : v;
    return true;
}

static bool times_ten(i128 *v) { return !__builtin_mul_overflow(*v, (i128)10, v); }

const char *atto_parse(Str s, i128 *out)
{
    bool minus = s.n && s.at[0] == '-', point = false, any = false;
    u32 i = s.n && (s.at[0] == '-' || s.at[0] == '+');
    i128 v = 0;
    i32 scale = 18, e;
    for (; i < s.n && (digit(s.at[i]) || (s.at[i] == '.' && !point)); i++) {
        if (s.at[i] == '.') {
            point = true;
            continue;
        }
        any = true;
        if (point && scale <= -64) return "more than 18 digits after the point";
        if (!times_ten(&v) || __builtin_add_overflow(v, (i128)(s.at[i] - '0'), &v))
            return "a number too large";
        scale -= point;
    }
    if (!any || !exponent(s, i, &e)) return not_decimal(s);
    for (scale += e; scale > 0 && v; scale--)
        if (!times_ten(&v)) return "a number too large";
    for (; scale < 0 && v; scale++) {
        if (v % 10) return "more than 18 digits after the point";
        v /= 10;
    }
    *out = minus ? -v : v;
    return NULL;
}

void atto_put(struct text *t, i128 v)
{
    char digits[48];
    u32 n = 0, zeros = 0;
    u128 u = v < 0 ? -(u128)v : (u128)v;
    u64 whole_hi = (u64)(u / ATTO / ATTO), whole = (u64)(u / ATTO % ATTO), part = (u64)(u % ATTO);
    if (v < 0) text_put_char(t, '-');
    if (whole_hi) {
        text_put_u64(t, whole_hi);
        for (u64 k = ATTO / 10; k > 1 && k > whole; k /= 10) text_put_char(t, '0');
    }
    text_put_u64(t, whole);
    if (!part) return;
    for (n = 0; n < 18; n++, part /= 10) digits[17 - n] = (char)('0' + part % 10);
    while (digits[17 - zeros] == '0') zeros++;
    text_put_char(t, '.');
    text_put_str(t, (Str){ digits, 18 - zeros });
}

bool atto_mul_div(i128 a, u64 b, u64 d, i128 *out)
{
    bool minus = a < 0;
    u128 u = minus ? -(u128)a : (u128)a, lo = (u128)(u64)u * b, hi = (u128)(u64)(u >> 64) * b;
    ASSERT(d);
    hi += lo >> 64;
    /* three limbs hi:hi:lo by one, high first */
    u64 limb[3] = { (u64)(hi >> 64), (u64)hi, (u64)lo }, q[3], rest = 0;
    for (u32 i = 0; i < 3; i++) {
        u128 n = (u128)rest << 64 | limb[i];
        q[i] = (u64)(n / d), rest = (u64)(n % d);
    }
    if (q[0] || q[1] >> 63) return false;
    u128 r = (u128)q[1] << 64 | q[2];
    u64 left = d - rest;
    if (rest && (rest > left || (rest == left && (r & 1)))) r++;
    if (r >> 127) return false;
    *out = minus ? -(i128)r : (i128)r;
    return true;
}

bool atto_mul_div_pico(i128 a, u64 b, u64 d, i128 *out)
{
    i128 v;
    if (d > UINT64_MAX / 1000000 || !atto_mul_div(a, b, d * 1000000, &v)) return false;
    return !__builtin_mul_overflow(v, (i128)1000000, out);
}

/* ---- time ---- */

static bool number(Str *s, u32 least, u32 most, u32 *out)
{
    u32 v = 0, n = 0;
    while (n < most && n < s->n && digit(s->at[n])) v = v * 10 + (u32)(s->at[n++] - '0');
    if (n < least) return false;
    s->at += n, s->n -= n;
    *out = v;
    return true;
}

static bool take(Str *s, char c)
{
    if (!s->n || *s->at != c) return false;
    s->at++, s->n--;
    return true;
}

static bool fraction(Str *s)
{
    u32 n = 0;
    if (!take(s, '.')) return true;
    while (s->n && digit(*s->at)) s->at++, s->n--, n++;
    return n > 0;
}

/* "Z" or "+05:30" behind an RFC 3339 time. */
static bool zone(Str *s, i64 *seconds)
{
    u32 h, m;
    if (take(s, 'Z') || take(s, 'z')) return true;
    bool minus = s->n && *s->at == '-';
    if (!take(s, '+') && !take(s, '-')) return false;
    if (!number(s, 2, 2, &h) || (take(s, ':'), false) || !number(s, 2, 2, &m)) return false;
    if (h > 14 || m > 59) return false;
    i64 off = (i64)h * 3600 + m * 60;
    *seconds += minus ? off : -off;
    return true;
}

static const char *us_date(Str s, i64 *seconds)
{
    u32 m, d, y;
    u32 digits;
    if (!number(&s, 1, 2, &m) || !take(&s, '/') || !number(&s, 1, 2, &d) || !take(&s, '/') ||
        (digits = s.n, digits != 2 && digits != 4) || !number(&s, 2, 4, &y) || s.n)
        return "not a time: write 2026-07-01T00:00:00Z";
    if (m > 12)
        return "a day before the month: dates with slashes are read as month/day/year; write "
               "2026-07-01T00:00:00Z";
    y += digits == 2 ? 2000 : 0;
    if (!date_valid((i32)y, m, d)) return "no such day";
    *seconds = (i64)date_of((i32)y, m, d).days * 86400;
    return NULL;
}

const char *focus_time_parse(Str s, i64 *seconds, enum focus_time *form)
{
    static const char bad[] = "not a time: write 2026-07-01T00:00:00Z";
    u32 y, mo, d, h, mi, sec = 0;
    Str at = s;
    if (memchr(s.at, '/', s.n)) {
        *form = TIME_US;
        return us_date(s, seconds);
    }
    if (!number(&at, 4, 4, &y) || !take(&at, '-') || !number(&at, 2, 2, &mo) || !take(&at, '-') ||
        !number(&at, 2, 2, &d))
        return bad;
    *form = at.n && *at.at == ' ' ? TIME_SPACE : TIME_RFC3339;
    if (!take(&at, ' ') && !take(&at, 'T') && !take(&at, 't'))
        return at.n ? bad : "a day without a time: write 2026-07-01T00:00:00Z";
    if (!number(&at, 2, 2, &h) || !take(&at, ':') || !number(&at, 2, 2, &mi)) return bad;
    if (take(&at, ':') && (!number(&at, 2, 2, &sec) || !fraction(&at))) return bad;
    if (!date_valid((i32)y, mo, d)) return "no such day";
    if (h > 23 || mi > 59 || sec > 60) return "no such time of day";
    *seconds = (i64)date_of((i32)y, mo, d).days * 86400 + h * 3600 + mi * 60 + sec;
    if (!at.n && *form == TIME_SPACE) return NULL; /* taken as UTC */
    if (!at.n) return "a time without Z or an offset";
    return zone(&at, seconds) && !at.n ? NULL : bad;
}

i32 month_at(i64 seconds)
{
    i64 days = seconds >= 0 ? seconds / 86400 : 0;
    struct ymd d = ymd_of((Date){ (i32)(days < DATE_MAX.days ? days : DATE_MAX.days) });
    return (d.year - 1970) * 12 + d.month - 1;
}

i64 month_start(i32 month)
{
    i32 year = 1970 + month / 12;
    if (year > 2199) return ((i64)DATE_MAX.days + 1) * 86400;
    return (i64)date_of(year, (u32)(month % 12) + 1, 1).days * 86400;
}

bool month_parse(Str s, i32 *month)
{
    u32 y, m;
    if (!number(&s, 4, 4, &y) || !take(&s, '-') || !number(&s, 2, 2, &m) || s.n) return false;
    if (y < 1970 || y > 2199 || m < 1 || m > 12) return false;
    *month = (i32)(y - 1970) * 12 + (i32)m - 1;
    return true;
}

void month_put(struct text *t, i32 month)
{
    text_put_i64(t, 1970 + month / 12);
    text_put(t, month % 12 < 9 ? "-0" : "-");
    text_put_i64(t, month % 12 + 1);
}

/* ---- units ---- */

static const struct { const char *word; struct unit unit; } unit_words[] = {
    { "hour", { UNIT_TIME, 1, 1 } },
    { "hours", { UNIT_TIME, 1, 1 } },
    { "hr", { UNIT_TIME, 1, 1 } },
    { "hrs", { UNIT_TIME, 1, 1 } },
    { "h", { UNIT_TIME, 1, 1 } },
    { "instance hour", { UNIT_TIME, 1, 1 } },
    { "instance hours", { UNIT_TIME, 1, 1 } },
    { "minute", { UNIT_TIME, 1, 60 } },
    { "minutes", { UNIT_TIME, 1, 60 } },
    { "second", { UNIT_TIME, 1, 3600 } },
    { "seconds", { UNIT_TIME, 1, 3600 } },
    { "gpu per hour", { UNIT_GPU_TIME, 1, 1 } },
    { "gpu hour", { UNIT_GPU_TIME, 1, 1 } },
    { "gpu hours", { UNIT_GPU_TIME, 1, 1 } },
    { "gpu-hour", { UNIT_GPU_TIME, 1, 1 } },
    { "gpu-hours", { UNIT_GPU_TIME, 1, 1 } },
    { "month", { UNIT_MONTH, 1, 1 } },
    { "months", { UNIT_MONTH, 1, 1 } },
    { "/month", { UNIT_MONTH, 1, 1 } },
    { "k", { UNIT_COUNT, 1000, 1 } },
    { "k tokens", { UNIT_COUNT, 1000, 1 } },
    { "m", { UNIT_COUNT, 1000000, 1 } },
    { "m tokens", { UNIT_COUNT, 1000000, 1 } },
    { "token", { UNIT_COUNT, 1, 1 } },
    { "tokens", { UNIT_COUNT, 1, 1 } },
    { "count", { UNIT_COUNT, 1, 1 } },
    { "units", { UNIT_SILENT, 1, 1 } },
    { "unit", { UNIT_SILENT, 1, 1 } },
    { "gibibyte hour", { UNIT_OTHER, 1, 1 } },
    { "gibibyte hours", { UNIT_OTHER, 1, 1 } },
    { "gb hours", { UNIT_OTHER, 1, 1 } },
    { "vcpu-hours", { UNIT_OTHER, 1, 1 } },
};

struct unit unit_of(Str text)
{
    u64 n = 0;
    u32 i = 0;
    while (i < text.n && i < 9 && digit(text.at[i])) n = n * 10 + (u64)(text.at[i++] - '0');
    if (!i) n = 1;
    Str word = { text.at + i, text.n - i };
    while (word.n && *word.at == ' ') word.at++, word.n--;
    for (u32 k = 0; n && k < ARRAY_LEN(unit_words); k++) {
        if (!focus_same(word, unit_words[k].word)) continue;
        struct unit u = unit_words[k].unit;
        if (!i && word.n && (focus_same(word, "k") || focus_same(word, "m"))) break;
        if (n * u.num > UINT32_MAX) break;
        u.num *= (u32)n;
        return u;
    }
    return (struct unit){ UNIT_UNKNOWN, 1, 1 };
}
