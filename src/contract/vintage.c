#include "contract/vintage.h"

Instant vintage_cutoff(const struct spec *s, Date value_date)
{
    ASSERT(s->vintage_rule > 0);
    ASSERT(value_date.days > 0);
    if (s->vintage_rule == SPEC_VINTAGE_FIRST_PRINT) return (Instant){ 0 };
    i64 day = date_start(value_date).ns + s->vintage_days * NS_PER_DAY;
    return (Instant){ day + s->vintage_before * NS_PER_SECOND };
}

/* Did it move by more than ppm of the first? A print that appears or goes has moved. */
static bool moved(const Print *first, const Print *next, i64 ppm)
{
    i128 gap = (i128)next->value - first->value, size = first->value;
    ASSERT(ppm >= 0);
    ASSERT(first->date.days == next->date.days);
    if ((first->status == SPEC_PRINT_NO_PRINT) != (next->status == SPEC_PRINT_NO_PRINT))
        return true;
    if (gap < 0) gap = -gap;
    if (size < 0) size = -size;
    return gap * PPM > (i128)ppm * size;
}

i32 vintage_binding(const struct spec *s, Date value_date, const Vintage *v, u32 n)
{
    Instant cutoff = vintage_cutoff(s, value_date);
    i32 last = -1;
    ASSERT(n <= INT32_MAX);
    for (u32 i = 0; i < n; i++) {
        ASSERT(v[i].version == i + 1);
        ASSERT(v[i].print.date.days == value_date.days);
        if (v[i].published_at.ns < cutoff.ns) last = (i32)i;
    }
    if (n == 0) return -1;
    if (s->vintage_rule == SPEC_VINTAGE_FIRST_PRINT) return 0;
    if (s->vintage_rule == SPEC_VINTAGE_LAST_BEFORE) return last;
    return last > 0 && moved(&v[0].print, &v[last].print, s->vintage_ppm) ? last : 0;
}
