#include "feeds/decimal.h"

static bool is_digit(Str s, u32 i) { return i < s.n && s.at[i] >= '0' && s.at[i] <= '9'; }

/* Digits and one point from s.at[*i] on. False: none, or too many that count. */
static bool read_digits(Str s, u32 *i, struct decimal *d)
{
    u32 digits = 0, significant = 0;
    i32 zeros = 0; /* met after the last digit that counts, not yet in m */
    bool point = false;
    for (; is_digit(s, *i) || (*i < s.n && s.at[*i] == '.' && !point); (*i)++) {
        if (s.at[*i] == '.') {
            if (!digits || !is_digit(s, *i + 1)) return false;
            point = true;
            continue;
        }
        i32 v = s.at[*i] - '0';
        digits++, d->e -= point;
        if (!v && !d->m) continue;
        if (!v) {
            zeros++;
            continue;
        }
        significant += (u32)zeros + 1;
        if (significant > DECIMAL_DIGITS_MAX) return false;
        for (; zeros; zeros--) d->m *= 10;
        d->m = d->m * 10 + v;
    }
    d->e = d->m ? d->e + zeros : 0;
    return digits > 0;
}

bool decimal_parse(Str s, struct decimal *out)
{
    struct decimal d = { 0, 0 };
    u32 i = 0;
    bool minus = s.n && s.at[0] == '-';
    ASSERT(out);
    if (s.n > 4096) return false;
    if (s.n && (s.at[0] == '-' || s.at[0] == '+')) i = 1;
    if (!read_digits(s, &i, &d)) return false;
    if (i < s.n && (s.at[i] == 'e' || s.at[i] == 'E')) {
        bool down = i + 1 < s.n && s.at[i + 1] == '-';
        i += 1 + (i + 1 < s.n && (s.at[i + 1] == '-' || s.at[i + 1] == '+'));
        i32 e = 0;
        if (!is_digit(s, i)) return false;
        for (; is_digit(s, i); i++)
            if (e < 100000) e = e * 10 + (s.at[i] - '0');
        if (d.m) d.e += down ? -e : e;
    }
    if (i != s.n) return false;
    if (minus) d.m = -d.m;
    ASSERT(d.m % 10 != 0 || d.m == 0);
    *out = d;
    return true;
}

bool decimal_round(struct decimal d, u32 scale, i64 divide, i64 *out, bool *lost)
{
    static const i128 most = ((i128)1 << 126);
    i128 m = d.m, by = divide;
    i32 e = d.e + (i32)scale;
    ASSERT(divide > 0);
    ASSERT(scale <= 18);
    *lost = false;
    if (!m) return *out = 0, true;
    for (; e > 0; e--) {
        if (m > most / 10 || m < -most / 10) return false;
        m *= 10;
    }
    for (; e < 0; e++) {
        if (by > most / 10) { /* |m| < 10^36: less than a hundredth of one */
            *out = 0, *lost = true;
            return true;
        }
        by *= 10;
    }
    *lost = m % by != 0;
    return i64_of(div_round(m, by, ROUND_HALF_EVEN), out);
}

u32 decimal_fraction(struct decimal d) { return d.e < 0 ? (u32)-d.e : 0; }
