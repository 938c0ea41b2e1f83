/* calendar.h -- a business calendar: holidays, weekend, the span it is good for.
 * Owns:   the calendar record; business-day steps and counts; its canonical bytes.
 * Never:  answers for a day outside [covers_from, covers_to]: calendar_covers() first.
 * Always: holidays rise strictly and lie in the span; a day is business or not, the same
 *         everywhere.
 */
#ifndef HEDGEROW_CONTRACT_CALENDAR_H
#define HEDGEROW_CONTRACT_CALENDAR_H

#include "base/record.h"

#define CALENDAR_HOLIDAYS_MAX 512u
#define CALENDAR_BYTES_MAX 4096u /* canonical bytes: at most so many */

/* One table: struct, bytes, YAML keys (base/record.h). */
#define CALENDAR_FIELDS(X) \
    X(TEXT, id, "", "calendar", NEED, 16, 0, "calendar id, as specs name it") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(DATE, effective_from, "", "effective_from", NEED, 0, 0, "first day this version decides") \
    X(TEXT, tz, "", "tz", NEED, 16, 0, "zone of the days: UTC") \
    X(DATE, covers_from, "covers", "from", NEED, 0, 0, "first day it answers for") \
    X(DATE, covers_to, "covers", "to", NEED, 0, 0, "last day it answers for") \
    X(BITS, weekend, "", "weekend", NEED, calendar_weekdays, 0, "weekdays without business") \
    X(DATES, holidays, "", "holidays", NEED, CALENDAR_HOLIDAYS_MAX, 0, "sorted, no duplicates")

struct calendar { CALENDAR_FIELDS(RECORD_MEMBER) };
static_assert(sizeof(struct calendar) == 16 * 2 + 8 * 6 + 8 * CALENDAR_HOLIDAYS_MAX,
              "no hidden padding: the arena is hashed");
extern const struct record calendar_record;
extern const struct words calendar_weekdays; /* MONDAY is 1, SUNDAY 7 */

NODISCARD u32 calendar_encode(const struct calendar *c, u8 *to, u32 cap);    /* 0: does not fit */
NODISCARD bool calendar_decode(const u8 *from, u32 n, struct calendar *out); /* strict, valid */
NODISCARD Hash calendar_hash(const struct calendar *c);
/* NULL, or the key of the first field that breaks a rule (unsorted holidays, empty span, tz). */
NODISCARD const char *calendar_check(const struct calendar *c);

NODISCARD bool calendar_covers(const struct calendar *c, Date from, Date to);
/* These assert that the days they are asked about are covered. */
NODISCARD bool calendar_is_business(const struct calendar *c, Date d);
NODISCARD u32 calendar_business_days(const struct calendar *c, Date from, Date to); /* inclusive */
/* The n-th business day of [from, to], n from 1; {0} if there are fewer. */
NODISCARD Date calendar_nth(const struct calendar *c, Date from, Date to, u32 n);
NODISCARD Date calendar_nth_last(const struct calendar *c, Date from, Date to, u32 n);
/* Nearest business day strictly after or before d; at or before d. {0} if the span has none. */
NODISCARD Date calendar_next(const struct calendar *c, Date d);
NODISCARD Date calendar_prev(const struct calendar *c, Date d);
NODISCARD Date calendar_at_or_before(const struct calendar *c, Date d);
/* May `next` follow `now`, given that the periods of listed contracts have begun up to `begun_to`?
 * A change may not move a business day on or before that date. */
NODISCARD bool calendar_may_follow(const struct calendar *now, const struct calendar *next,
                                   Date begun_to);

#endif
