#include "index/vintage.h"

u8 waterfall_next(struct carry *c, const i64 value[4], u32 max_age, i64 *out)
{
    ASSERT(c);
    ASSERT(out);
    c->age += c->value != 0;
    for (u8 level = LEVEL_L1; level <= LEVEL_L4; level++) {
        i64 v = value[level - LEVEL_L1];
        ASSERT(v >= 0);
        if (!v) continue;
        if (level != LEVEL_L4) *c = (struct carry){ v, 0, 0 };
        *out = v;
        return level;
    }
    bool carried = c->value && c->age <= max_age;
    *out = carried ? c->value : 0;
    return carried ? LEVEL_L5 : LEVEL_L6;
}

static u32 last_before(const struct vintage *v, u32 n, Instant before)
{
    u32 found = n;
    ASSERT(v || !n);
    for (u32 i = 0; i < n; i++) {
        ASSERT(!i || v[i - 1].version < v[i].version);
        if (v[i].published_at.ns < before.ns) found = i;
    }
    return found;
}

bool vintage_select(const struct vintage *v, u32 n, u32 rule, Instant before, u32 ppm,
                    struct vintage *out)
{
    ASSERT(rule > VINTAGE_RULE_NONE);
    ASSERT(rule < VINTAGE_RULE_COUNT);
    if (!n) return false;
    if (rule == VINTAGE_RULE_FIRST_PRINT) {
        *out = v[0];
        return true;
    }
    u32 last = last_before(v, n, before);
    if (last == n) return false;
    i128 off = (i128)v[last].value - v[0].value;
    if (off < 0) off = -off;
    bool keep = rule == VINTAGE_RULE_RESTATE_IF && off * PPM <= (i128)ppm * v[0].value;
    *out = keep ? v[0] : v[last];
    return true;
}

bool accumulate(i64 before, i64 value, u32 hours, i64 *out)
{
    ASSERT(out);
    ASSERT(hours > 0);
    return i64_of((i128)value * hours + before, out);
}

i64 accumulator_mean(i64 a, i64 b, i64 hours)
{
    ASSERT(hours > 0);
    i128 mean = div_round((i128)b - a, hours, ROUND_HALF_EVEN);
    ASSERT(mean >= INT64_MIN && mean <= INT64_MAX);
    return (i64)mean;
}
