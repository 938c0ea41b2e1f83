/* date.h -- the proleptic Gregorian calendar in UTC days; business calendars are contract's.
 * Owns:   year-month-day <-> Date, weekdays, month lengths.
 * Never:  knows a holiday, a zone or a clock.
 * Always: date_of(ymd_of(d)) == d for every date from 1970-01-01 to 2199-12-31.
 */
#ifndef HEDGEROW_BASE_DATE_H
#define HEDGEROW_BASE_DATE_H

#include "base/base.h"

struct ymd { i32 year; u8 month, day; }; /* month 1..12, day 1..31 */
enum weekday { MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY };
#define DATE_MAX ((Date){ 84005 }) /* 2199-12-31; DATE 0 is 1970-01-01, also "no date" */
#define INSTANT_END ((Instant){ (DATE_MAX.days + 1) * NS_PER_DAY }) /* the first past DATE_MAX */

NODISCARD bool date_valid(i32 year, u32 month, u32 day); /* 1970..2199 */
NODISCARD Date date_of(i32 year, u32 month, u32 day);    /* asserts date_valid */
NODISCARD struct ymd ymd_of(Date d);
NODISCARD enum weekday date_weekday(Date d);
NODISCARD u32 days_in_month(i32 year, u32 month);
NODISCARD static inline Instant date_start(Date d) { return (Instant){ d.days * NS_PER_DAY }; }
NODISCARD static inline Date date_at(Instant t) /* t >= 0 */
{
    return (Date){ (i32)(t.ns / NS_PER_DAY) };
}

#endif
