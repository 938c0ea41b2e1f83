#include "contract/calendar.h"

static const char *const weekday_words[] = { "",         "MONDAY", "TUESDAY",  "WEDNESDAY",
                                             "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY" };
const struct words calendar_weekdays = WORDS(weekday_words, "weekday");

#define AS_ROW(...) RECORD_ROW(struct calendar, __VA_ARGS__)
static const struct record_field fields[] = { CALENDAR_FIELDS(AS_ROW) };
const struct record calendar_record = { "calendar",
                                        { 'H', 'D', 'G', 'C', 'A', 'L', '0', '1' },
                                        fields,
                                        ARRAY_LEN(fields),
                                        sizeof(struct calendar) };

u32 calendar_encode(const struct calendar *c, u8 *to, u32 cap)
{
    ASSERT(to);
    ASSERT(!calendar_check(c));
    return record_encode(&calendar_record, c, to, cap);
}

bool calendar_decode(const u8 *from, u32 n, struct calendar *out)
{
    ASSERT(from || n == 0);
    ASSERT(out);
    if (!record_decode(&calendar_record, from, n, out)) return false;
    if (!calendar_check(out)) return true;
    memset(out, 0, sizeof *out);
    return false;
}

Hash calendar_hash(const struct calendar *c) { return record_hash(&calendar_record, c); }

const char *calendar_check(const struct calendar *c)
{
    ASSERT(c->holidays_n >= 0);
    ASSERT(c->holidays_n <= CALENDAR_HOLIDAYS_MAX);
    if (!str_is(str_of(c->tz), "UTC")) return "tz";
    if (c->covers_from > c->covers_to) return "covers.to";
    if (c->weekend == 254) return "weekend"; /* no business day in the week */
    for (i64 i = 0; i < c->holidays_n; i++) {
        if (c->holidays[i] < c->covers_from || c->holidays[i] > c->covers_to) return "holidays";
        if (i && c->holidays[i] <= c->holidays[i - 1]) return "holidays";
    }
    return NULL;
}

bool calendar_covers(const struct calendar *c, Date from, Date to)
{
    ASSERT(c->covers_to <= DATE_MAX.days);
    ASSERT(c->covers_from <= c->covers_to);
    return c->covers_from <= from.days && from.days <= to.days && to.days <= c->covers_to;
}

/* The number of holidays before day d. */
static u32 holidays_before(const struct calendar *c, i64 d)
{
    u32 lo = 0, hi = (u32)c->holidays_n;
    ASSERT(hi <= CALENDAR_HOLIDAYS_MAX);
    while (lo < hi) {
        u32 mid = (lo + hi) / 2;
        if (c->holidays[mid] < d) lo = mid + 1;
        else hi = mid;
    }
    ASSERT(lo == 0 || c->holidays[lo - 1] < d);
    return lo;
}

bool calendar_is_business(const struct calendar *c, Date d)
{
    ASSERT((c->weekend & 1) == 0);
    ASSERT(calendar_covers(c, d, d));
    if (c->weekend >> (date_weekday(d) + 1) & 1) return false;
    u32 i = holidays_before(c, d.days);
    return i == (u32)c->holidays_n || c->holidays[i] != d.days;
}

u32 calendar_business_days(const struct calendar *c, Date from, Date to)
{
    u32 n = 0;
    ASSERT(from.days >= 0);
    ASSERT(from.days > to.days || calendar_covers(c, from, to));
    for (Date d = from; d.days <= to.days; d.days++) n += calendar_is_business(c, d);
    return n;
}

Date calendar_nth(const struct calendar *c, Date from, Date to, u32 n)
{
    ASSERT(n >= 1);
    ASSERT(from.days > to.days || calendar_covers(c, from, to));
    for (Date d = from; d.days <= to.days; d.days++)
        if (calendar_is_business(c, d) && --n == 0) return d;
    return (Date){ 0 };
}

Date calendar_nth_last(const struct calendar *c, Date from, Date to, u32 n)
{
    ASSERT(n >= 1);
    ASSERT(from.days > to.days || calendar_covers(c, from, to));
    for (Date d = to; d.days >= from.days; d.days--)
        if (calendar_is_business(c, d) && --n == 0) return d;
    return (Date){ 0 };
}

Date calendar_next(const struct calendar *c, Date d)
{
    ASSERT(c->covers_to <= DATE_MAX.days);
    ASSERT(calendar_covers(c, d, d));
    for (d.days++; d.days <= c->covers_to; d.days++)
        if (calendar_is_business(c, d)) return d;
    return (Date){ 0 };
}

Date calendar_prev(const struct calendar *c, Date d)
{
    ASSERT(c->covers_from > 0);
    ASSERT(calendar_covers(c, d, d));
    for (d.days--; d.days >= c->covers_from; d.days--)
        if (calendar_is_business(c, d)) return d;
    return (Date){ 0 };
}

Date calendar_at_or_before(const struct calendar *c, Date d)
{
    ASSERT(c->covers_from > 0);
    ASSERT(calendar_covers(c, d, d));
    return calendar_is_business(c, d) ? d : calendar_prev(c, d);
}

bool calendar_may_follow(const struct calendar *now, const struct calendar *next, Date begun_to)
{
    ASSERT(begun_to.days >= 0);
    ASSERT(!calendar_check(now));
    ASSERT(!calendar_check(next));
    if (!str_eq(str_of(now->id), str_of(next->id)) || next->version != now->version + 1)
        return false;
    if (next->covers_from > now->covers_from && next->covers_from <= begun_to.days) return false;
    for (Date d = { (i32)now->covers_from }; d.days <= begun_to.days && d.days <= now->covers_to;
         d.days++) {
        if (!calendar_covers(next, d, d)) return false;
        if (calendar_is_business(now, d) != calendar_is_business(next, d)) return false;
    }
    return true;
}
