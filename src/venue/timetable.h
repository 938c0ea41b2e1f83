/* timetable.h -- the venue's timetable: which operator command is due when, and sending it.
 * Owns:   trading days open at 00:00Z and end at 20:20Z of business days; prints go in as
 *         published, a new version of the rules right before the first print under it.
 * Never:  decides a price or a date rule: calendar and index rooms do.
 * Always: at equal times prints come first, then the day's end, then the next day's opening; after
 *         a restart it goes on where the read model says the venue stood; a day's end or opening
 *         that the venue refused is tried again after a minute.
 */
#ifndef HEDGEROW_VENUE_TIMETABLE_H
#define HEDGEROW_VENUE_TIMETABLE_H

#include "contract/calendar.h"
#include "venue/administrator.h"
#include "venue/venue.h"

#define TIMETABLE_DAY_END_NS (INT64_C(73200) * NS_PER_SECOND) /* 20:20Z, clearing.md section 3 */
#define TIMETABLE_BENCHMARKS 8u
#define TIMETABLE_RETRY_NS (INT64_C(60) * NS_PER_SECOND)

struct timetable_config {
    const struct calendar *calendar;
    struct administrator *benchmark[TIMETABLE_BENCHMARKS];
    u32 benchmarks;
    Date first_day;                          /* no trading day before it */
    const char *approved_by, *approved_by_2; /* of methodology versions to come */
};
struct timetable {
    struct timetable_config c;
    struct venue *v;
    Date next_open;                      /* next trading day to open */
    Date day;                            /* open now, 0 none */
    Date ended;                          /* the last one ended */
    Instant retry;                       /* days wait until then after a refusal */
    u64 refusals;                        /* heeded so far */
    u32 installed[TIMETABLE_BENCHMARKS]; /* version of each methodology */
};

/* Looks where the venue stands (its store must be caught up). ERR_INPUT: the calendar is too
 * short. */
NODISCARD Err timetable_open(struct timetable *t, struct venue *v, const struct timetable_config *c,
                             struct why *w);
/* INT64_MAX: the calendar ended. Heeds what was refused since the last call. */
NODISCARD Instant timetable_next(struct timetable *t);
/* Sends the one command that is due next. ERR_NO: the venue takes none now, try again. */
NODISCARD Err timetable_step(struct timetable *t, struct why *w);

#endif
