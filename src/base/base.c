#include "base/base.h"

i128 div_round(i128 n, i128 d, enum rounding r)
{
    ASSERT(d > 0);
    ASSERT(r <= ROUND_NEVER);
    i128 q, rest;                     /* C truncates: rest has the sign of n */
    if ((i64)n == n && (i64)d == d) { /* most are: 128 bits cost five times as much */
        q = (i64)n / (i64)d, rest = (i64)n % (i64)d;
    } else {
        q = n / d, rest = n % d;
    }
    if (rest == 0) return q;
    ASSERT(r != ROUND_NEVER);
    i128 away = n < 0 ? -1 : 1, twice = rest < 0 ? -rest : rest;
    bool over = twice > d - twice, tie = twice == d - twice;
    switch (r) {
    case ROUND_HALF_EVEN: return over || (tie && (q & 1)) ? q + away : q;
    case ROUND_HALF_UP: return over || tie ? q + away : q;
    case ROUND_DOWN: return n < 0 ? q - 1 : q;
    case ROUND_UP: return n > 0 ? q + 1 : q;
    default: return q;
    }
}

bool i64_of(i128 v, i64 *out)
{
    ASSERT(out);
    if (v > INT64_MAX || v < INT64_MIN) return false;
    *out = (i64)v;
    ASSERT((i128)*out == v);
    return true;
}

bool mul_div(i64 a, i64 b, i64 d, enum rounding r, i64 *out)
{
    ASSERT(d > 0);
    ASSERT(out);
    return i64_of(div_round((i128)a * b, d, r), out);
}
