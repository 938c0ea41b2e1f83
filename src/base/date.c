#include "base/date.h"

/* Days-from-civil after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013). */
bool date_valid(i32 year, u32 month, u32 day)
{
    if (year < 1970 || year > 2199 || month < 1 || month > 12) return false;
    return day >= 1 && day <= days_in_month(year, month);
}

u32 days_in_month(i32 year, u32 month)
{
    static const u8 days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    ASSERT(month >= 1);
    ASSERT(month <= 12);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

Date date_of(i32 year, u32 month, u32 day)
{
    ASSERT(date_valid(year, month, day));
    i32 y = month <= 2 ? year - 1 : year;
    i32 era = y / 400, in_era = y - era * 400;
    i32 from_march = (i32)month + (month > 2 ? -3 : 9);
    i32 day_of_year = (153 * from_march + 2) / 5 + (i32)day - 1;
    i32 day_of_era = in_era * 365 + in_era / 4 - in_era / 100 + day_of_year;
    Date d = { era * 146097 + day_of_era - 719468 };
    ASSERT(d.days >= 0);
    ASSERT(d.days <= DATE_MAX.days);
    return d;
}

struct ymd ymd_of(Date d)
{
    ASSERT(d.days >= 0);
    ASSERT(d.days <= DATE_MAX.days);
    i32 z = d.days + 719468, era = z / 146097, in_era = z - era * 146097;
    i32 year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    i32 day_of_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    ASSERT(day_of_year >= 0);
    i32 mp = (5 * day_of_year + 2) / 153;
    i32 month = mp + (mp < 10 ? 3 : -9);
    i32 year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return (struct ymd){ year, (u8)month, (u8)(day_of_year - (153 * mp + 2) / 5 + 1) };
}

enum weekday date_weekday(Date d)
{
    ASSERT(d.days >= 0);
    ASSERT(d.days <= DATE_MAX.days);
    return (enum weekday)((d.days + 3) % 7); /* 1970-01-01 was a Thursday */
}
