#include "contract/cascade.h"
#include "contract/averaging.h"

u32 cascade_legs(Period parent, Period out[CASCADE_LEGS_MAX])
{
    u32 n = 0;
    ASSERT(parent.kind == PERIOD_QUARTER || parent.kind == PERIOD_YEAR);
    u32 first = parent.kind == PERIOD_QUARTER ? (u32)(parent.part - 1) * 3 + 1 : 1;
    for (u32 m = 0; m < 3; m++) out[n++] = period_month(parent.year, first + m);
    for (u8 q = 2; parent.kind == PERIOD_YEAR && q <= 4; q++)
        out[n++] = (Period){ parent.year, PERIOD_QUARTER, q, { 0 } };
    ASSERT(n <= CASCADE_LEGS_MAX);
    return n;
}

Date cascade_day(const struct calendar *c, Period parent, u32 business_days)
{
    Date d = period_start(parent);
    ASSERT(business_days >= 1);
    for (u32 i = 0; i < business_days; i++) {
        if (!calendar_covers(c, d, d)) return (Date){ 0 };
        d = calendar_prev(c, d);
        if (d.days == 0) return d;
    }
    ASSERT(d.days < period_start(parent).days);
    return d;
}

bool cascade_prices(const i64 *dsp, const i64 *hours, u32 n, i64 tick, struct cascade *out)
{
    i128 value = 0, all = 0, residual;
    struct cascade c = { 0 };
    ASSERT(n >= 1);
    ASSERT(tick > 0);
    if (!strip_price(dsp, hours, n, tick, &c.parent_price)) return false;
    for (u32 i = 0; i < n; i++) value += (i128)dsp[i] * hours[i], all += hours[i];
    residual = value - (i128)c.parent_price * all;
    c.child_open_price = c.parent_price;
    if (!i64_of(all, &c.hours) || !i64_of(residual, &c.residual_per_lot)) return false;
    ASSERT(2 * (residual < 0 ? -residual : residual) <= (i128)tick * all);
    *out = c;
    return true;
}

bool cascade_position_hours(i64 lots, const i64 *hours, u32 n, i64 *out)
{
    i128 sum = 0;
    ASSERT(n >= 1);
    ASSERT(hours);
    for (u32 i = 0; i < n; i++) sum += (i128)lots * hours[i];
    return i64_of(sum, out);
}

enum spec_fault cascade_check_hours(const i64 *hours, u32 n, i64 parent_hours)
{
    i64 sum;
    ASSERT(parent_hours > 0);
    return cascade_position_hours(1, hours, n, &sum) && sum == parent_hours
               ? SPEC_FAULT_NONE
               : SPEC_FAULT_STRIP_HOURS;
}
