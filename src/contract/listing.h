/* listing.h -- which contracts exist: periods, ids, hours, last trade, the averaging set.
 * Owns:   period arithmetic, PRODUCT-YYYY-MM ids, the day's listing run.
 * Never:  stores anything: asked twice, it answers the same.
 * Always: hours are UTC hours; a last trade date is a business day inside the period.
 */
#ifndef HEDGEROW_CONTRACT_LISTING_H
#define HEDGEROW_CONTRACT_LISTING_H

#include "contract/spec.h"

#define LISTING_ID_BYTES 24u
#define LISTING_PERIODS_MAX 192u /* months + quarters + years of one product at most */

enum period_kind { PERIOD_NONE, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR, PERIOD_PERPETUAL };
/* A calendar month, quarter, year; PERPETUAL has neither start nor end. */
typedef struct { i32 year; u8 kind, part, zero[2]; } Period; /* part: month 1..12, quarter 1..4 */
static_assert(sizeof(Period) == 8, "goes into the arena");

NODISCARD static inline Period period_month(i32 year, u32 month)
{
    return (Period){ year, PERIOD_MONTH, (u8)month, { 0 } };
}
NODISCARD Period period_of_month(Date d); /* the month that holds d */
NODISCARD Period period_next(Period p, i32 steps);
NODISCARD Date period_start(Period p);
NODISCARD Date period_end(Period p); /* inclusive */
NODISCARD i64 period_hours(Period p);
NODISCARD bool period_eq(Period a, Period b);

/* "GPUH-M-2026-07", "GPUH-Q-2026-Q3", "GPUH-Y-2027", "GPUX-PERP"; zero-filled. */
void listing_id(const struct spec *s, Period p, char out[LISTING_ID_BYTES]);
/* Splits it again; false if it is no such id. product gets at most 15 letters, zero-filled. */
NODISCARD bool listing_parse(Str id, char product[16], Period *p);

/* Everything that is fixed about one listed contract on the day it is listed. */
struct listing {
    Period period;
    Date start, end; /* of the period, inclusive */
    Date last_trade, last_fixing;
    i64 hours;           /* of the period */
    i64 lot_units_milli; /* milli-units a lot */
    i64 tick_value;      /* micros a lot and tick */
    u32 fixings;         /* N before any day is dropped */
    u32 zero;
};
static_assert(sizeof(struct listing) == 56, "no hidden padding");
/* SPEC_FAULT_NONE, or why this period can not be listed: CALENDAR_SHORT, FIXING_SET_EMPTY,
 * TICK_VALUE_FRACTION, LAST_TRADE_AFTER_FIXING, RANGE, STRIP_HOURS. */
NODISCARD enum spec_fault listing_of(const struct spec *s, const struct calendar *c, Period p,
                                     struct listing *out);
/* FIXING_SET_EMPTY or LAST_TRADE_AFTER_FIXING, of dates in hand. */
NODISCARD enum spec_fault listing_dates(Date last_trade, Date last_fixing, u32 fixings);
/* The periods that must be listed on `today`, oldest first: months, then quarters, then years.
 * A period whose last trade date is past is not among them. Returns how many; asserts cap. */
NODISCARD u32 listing_due(const struct spec *s, const struct calendar *c, Date today, Period *out,
                          u32 cap);

/* The averaging set: a day belongs to it, its n-th day (n from 1), days up to d inclusive. */
NODISCARD bool set_has(const struct spec *s, const struct calendar *c, const struct listing *l,
                       Date d);
NODISCARD Date set_day(const struct spec *s, const struct calendar *c, const struct listing *l,
                       u32 n);
NODISCARD u32 set_days_to(const struct spec *s, const struct calendar *c, const struct listing *l,
                          Date d);

/* The stage of a contract's life on a day (limits, margins): SPEC_STAGE_... */
NODISCARD u32 listing_stage(const struct spec *s, const struct calendar *c, const struct listing *l,
                            Date today);

#endif
