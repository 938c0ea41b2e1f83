#include "contract/averaging.h"
#include "contract/listing.h"

bool period_eq(Period a, Period b)
{
    ASSERT(b.kind <= PERIOD_PERPETUAL);
    ASSERT(a.kind <= PERIOD_PERPETUAL);
    return a.kind == b.kind && a.year == b.year && a.part == b.part;
}

static u32 months_of(u8 kind)
{
    ASSERT(kind < PERIOD_PERPETUAL);
    ASSERT(kind > PERIOD_NONE);
    return kind == PERIOD_MONTH ? 1 : kind == PERIOD_QUARTER ? 3 : 12;
}
static u32 first_month(Period p)
{
    ASSERT(p.kind != PERIOD_NONE);
    ASSERT(p.kind != PERIOD_PERPETUAL);
    return p.kind == PERIOD_YEAR ? 1 : (u32)(p.part - 1) * months_of(p.kind) + 1;
}

Period period_of_month(Date d)
{
    struct ymd y = ymd_of(d);
    ASSERT(y.month >= 1);
    return period_month(y.year, y.month);
}

Period period_next(Period p, i32 steps)
{
    i32 per_year = 12 / (i32)months_of(p.kind);
    i32 at = p.year * per_year + (p.kind == PERIOD_YEAR ? 0 : p.part - 1) + steps;
    ASSERT(p.kind != PERIOD_PERPETUAL);
    ASSERT(at >= 0);
    p.year = at / per_year;
    p.part = p.kind == PERIOD_YEAR ? 0 : (u8)(at % per_year + 1);
    return p;
}

Date period_start(Period p)
{
    ASSERT(p.year >= 1970);
    ASSERT(p.kind != PERIOD_NONE);
    return date_of(p.year, first_month(p), 1);
}

Date period_end(Period p)
{
    u32 month = first_month(p) + months_of(p.kind) - 1;
    ASSERT(p.kind != PERIOD_NONE);
    ASSERT(month <= 12);
    return date_of(p.year, month, days_in_month(p.year, month));
}

i64 period_hours(Period p)
{
    i64 days = period_end(p).days - period_start(p).days + 1;
    ASSERT(days >= 28);
    ASSERT(days <= 366);
    return days * 24;
}

/* ---- ids ---- */

void listing_id(const struct spec *s, Period p, char out[LISTING_ID_BYTES])
{
    struct text t = text_on(out, LISTING_ID_BYTES);
    ASSERT(p.kind > PERIOD_NONE);
    ASSERT(s->product[0]);
    memset(out, 0, LISTING_ID_BYTES);
    text_put(&t, s->product);
    if (p.kind == PERIOD_PERPETUAL) return;
    text_put_char(&t, '-');
    text_put_u64(&t, (u64)p.year);
    if (p.kind == PERIOD_QUARTER) {
        text_put(&t, "-Q");
        text_put_char(&t, (char)('0' + p.part));
    } else if (p.kind == PERIOD_MONTH) {
        text_put(&t, p.part < 10 ? "-0" : "-");
        text_put_u64(&t, p.part);
    }
    ASSERT(!t.cut); /* 15 + "-YYYY-MM" */
}

static bool digits(Str s, u32 at, u32 n, i32 *out)
{
    ASSERT(out);
    ASSERT(n <= 4);
    if (at + n > s.n) return false;
    *out = 0;
    for (u32 i = at; i < at + n; i++) {
        if (s.at[i] < '0' || s.at[i] > '9') return false;
        *out = *out * 10 + (s.at[i] - '0');
    }
    return true;
}

/* The period that the last n letters of `id` name, with the dash before them. */
static bool tail_is(Str id, u32 n, Period *p)
{
    i32 year, part = 0;
    ASSERT(p);
    ASSERT(n >= 5);
    if (id.n <= n || id.at[id.n - n] != '-' || !digits(id, id.n - n + 1, 4, &year)) return false;
    p->year = year, p->kind = n == 5 ? PERIOD_YEAR : PERIOD_MONTH;
    if (n == 5) return date_valid(year, 1, 1);
    if (id.at[id.n - 3] != '-') return false;
    if (id.at[id.n - 2] == 'Q') {
        p->kind = PERIOD_QUARTER;
        if (!digits(id, id.n - 1, 1, &part) || part < 1 || part > 4) return false;
    } else if (!digits(id, id.n - 2, 2, &part) || part < 1 || part > 12) {
        return false;
    }
    p->part = (u8)part;
    return date_valid(year, 1, 1);
}

bool listing_parse(Str id, char product[16], Period *p)
{
    u32 n = id.n;
    ASSERT(product);
    memset(product, 0, 16);
    *p = (Period){ 0 };
    if (n == 0 || n >= LISTING_ID_BYTES) return false;
    if (tail_is(id, 8, p)) n -= 8;
    else if (*p = (Period){ 0 }, tail_is(id, 5, p)) n -= 5;
    else *p = (Period){ .kind = PERIOD_PERPETUAL };
    if (n > 15) return false;
    memcpy(product, id.at, n);
    ASSERT(product[15] == 0);
    return true;
}

/* ---- dates of one listing ---- */

/* The n-th such weekday of the month; {0} if the month has fewer. */
static Date nth_weekday(i32 year, u32 month, i64 n, i64 weekday)
{
    Date first = date_of(year, month, 1);
    i64 ahead = (weekday - 1 - (i64)date_weekday(first) + 7) % 7;
    i64 day = 1 + ahead + (n - 1) * 7;
    ASSERT(n >= 1);
    ASSERT(weekday >= 1);
    if (day > days_in_month(year, month)) return (Date){ 0 };
    return date_of(year, month, (u32)day);
}

/* A result that is a holiday moves to the business day before; {0} when that leaves the period. */
static Date last_trade_of(const struct spec *s, const struct calendar *c, Period p)
{
    Date start = period_start(p), end = period_end(p), d = { 0 };
    struct ymd last = ymd_of(end);
    ASSERT(s->last_trade_rule > 0);
    ASSERT(calendar_covers(c, start, end));
    switch (s->last_trade_rule) {
    case SPEC_LAST_TRADE_LAST_BUSINESS_DAY: return calendar_nth_last(c, start, end, 1);
    case SPEC_LAST_TRADE_NTH_LAST_BD: return calendar_nth_last(c, start, end, (u32)s->last_trade_n);
    case SPEC_LAST_TRADE_THIRD_WEDNESDAY:
        d = nth_weekday(last.year, last.month, 3, WEDNESDAY + 1);
        break;
    case SPEC_LAST_TRADE_NTH_WEEKDAY:
        d = nth_weekday(last.year, last.month, s->last_trade_n, s->last_trade_weekday);
        break;
    case SPEC_LAST_TRADE_DATE: d = (Date){ (i32)s->last_trade_date }; break;
    default: UNREACHABLE("a perpetual has no last trade");
    }
    if (d.days < start.days || d.days > end.days) return (Date){ 0 };
    d = calendar_at_or_before(c, d);
    return d.days < start.days ? (Date){ 0 } : d;
}

static bool every_day(const struct spec *s)
{
    ASSERT(s->fsp_rule > 0);
    ASSERT(s->fsp_set > 0);
    return s->fsp_set != SPEC_SET_BUSINESS;
}

static enum spec_fault size_of(const struct spec *s, struct listing *l)
{
    i64 units = s->lot_units_milli, milli_hours = l->hours * 1000;
    i128 most;
    ASSERT(s->lot_rule > 0);
    ASSERT(units >= 0);
    if (s->lot_rule == SPEC_LOT_HOURS_IN_PERIOD) units = milli_hours;
    else if (l->period.kind == PERIOD_QUARTER) units *= 3;
    else if (l->period.kind == PERIOD_YEAR) units *= 12; /* H = 730 x months */
    if (units <= 0) return SPEC_FAULT_TICK_VALUE_FRACTION;
    if (!tick_value(s->tick_outright, units, &l->tick_value)) return SPEC_FAULT_TICK_VALUE_FRACTION;
    most = (i128)i64_max(s->price_max, -s->price_min) * units / 1000;
    if (most * i64_max(1, spec_position_limit(s, SPEC_STAGE_GENERAL)) >= (i128)1 << 62)
        return SPEC_FAULT_RANGE;
    l->lot_units_milli = units;
    return SPEC_FAULT_NONE;
}

enum spec_fault listing_dates(Date last_trade, Date last_fixing, u32 fixings)
{
    if (fixings == 0) return SPEC_FAULT_FIXING_SET_EMPTY;
    ASSERT(last_trade.days > 0);
    ASSERT(last_fixing.days > 0);
    return last_trade.days > last_fixing.days ? SPEC_FAULT_LAST_TRADE_AFTER_FIXING
                                              : SPEC_FAULT_NONE;
}

enum spec_fault listing_of(const struct spec *s, const struct calendar *c, Period p,
                           struct listing *out)
{
    struct listing l = { .period = p };
    enum spec_fault fault;
    ASSERT(p.kind > PERIOD_NONE);
    ASSERT(str_eq(str_of(s->calendar_id), str_of(c->id)));
    if (p.kind == PERIOD_PERPETUAL) {
        fault = size_of(s, &l);
        if (!fault) *out = l;
        return fault;
    }
    l.start = period_start(p), l.end = period_end(p), l.hours = period_hours(p);
    if (!calendar_covers(c, l.start, (Date){ l.end.days + 30 })) return SPEC_FAULT_CALENDAR_SHORT;
    fault = size_of(s, &l);
    if (fault) return fault;
    l.last_trade = last_trade_of(s, c, p);
    if (l.last_trade.days == 0) return SPEC_FAULT_FIXING_SET_EMPTY;
    if (s->fsp_rule == SPEC_FSP_POINT) {
        l.last_fixing = l.last_trade, l.fixings = 1;
    } else if (every_day(s)) {
        l.last_fixing = l.end, l.fixings = (u32)(l.end.days - l.start.days + 1);
    } else {
        l.fixings = calendar_business_days(c, l.start, l.end);
        if (l.fixings) l.last_fixing = calendar_nth_last(c, l.start, l.end, 1);
    }
    fault = listing_dates(l.last_trade, l.last_fixing, l.fixings);
    if (!fault) *out = l;
    return fault;
}

/* ---- the day's run ---- */

static u32 due_of(const struct spec *s, const struct calendar *c, Date today, Period first, i64 n,
                  Period *out)
{
    Date start = period_start(first), end = period_end(first);
    ASSERT(n >= 0);
    ASSERT(n <= LISTING_PERIODS_MAX);
    if (n && calendar_covers(c, start, end)) {
        Date last = last_trade_of(s, c, first);
        if (last.days && last.days < today.days) first = period_next(first, 1);
    }
    for (u32 i = 0; i < (u32)n; i++) {
        out[i] = period_next(first, (i32)i);
        if (!date_valid(out[i].year, 1, 1)) return i; /* beyond the dates there are */
    }
    return (u32)n;
}

u32 listing_due(const struct spec *s, const struct calendar *c, Date today, Period *out, u32 cap)
{
    struct ymd y = ymd_of(today);
    u32 n = 0;
    ASSERT(s->kind > 0);
    ASSERT(cap >= LISTING_PERIODS_MAX);
    if (today.days < s->effective_from || today.days < s->first_trade) return 0;
    if (s->effective_to && today.days > s->effective_to) return 0;
    if (s->kind == SPEC_KIND_PERP) {
        out[0] = (Period){ .kind = PERIOD_PERPETUAL };
        return 1;
    }
    n += due_of(s, c, today, period_month(y.year, y.month), s->list_months, out);
    if (s->kind == SPEC_KIND_STRIP) {
        Period q = { y.year, PERIOD_QUARTER, (u8)((y.month - 1) / 3 + 1), { 0 } };
        Period a = { y.year, PERIOD_YEAR, 0, { 0 } };
        n += due_of(s, c, today, q, s->list_quarters, out + n);
        n += due_of(s, c, today, a, s->list_years, out + n);
    }
    ASSERT(n <= cap);
    return n;
}

/* ---- the averaging set ---- */

bool set_has(const struct spec *s, const struct calendar *c, const struct listing *l, Date d)
{
    ASSERT(d.days >= 0);
    ASSERT(l->fixings > 0);
    if (s->fsp_rule == SPEC_FSP_POINT) return d.days == l->last_fixing.days;
    if (d.days < l->start.days || d.days > l->end.days) return false;
    return every_day(s) || calendar_is_business(c, d);
}

Date set_day(const struct spec *s, const struct calendar *c, const struct listing *l, u32 n)
{
    ASSERT(n >= 1);
    ASSERT(n <= l->fixings);
    if (s->fsp_rule == SPEC_FSP_POINT) return l->last_fixing;
    if (every_day(s)) return (Date){ l->start.days + (i32)n - 1 };
    return calendar_nth(c, l->start, l->end, n);
}

u32 set_days_to(const struct spec *s, const struct calendar *c, const struct listing *l, Date d)
{
    u32 n;
    ASSERT(d.days >= 0);
    ASSERT(l->fixings > 0);
    if (s->fsp_rule == SPEC_FSP_POINT) return d.days >= l->last_fixing.days;
    if (d.days < l->start.days) return 0;
    if (d.days > l->end.days) return l->fixings;
    n = every_day(s) ? (u32)(d.days - l->start.days + 1) : calendar_business_days(c, l->start, d);
    ASSERT(n <= l->fixings);
    return n;
}

u32 listing_stage(const struct spec *s, const struct calendar *c, const struct listing *l,
                  Date today)
{
    ASSERT(today.days > 0);
    ASSERT(s->spot_days >= 0);
    if (l->period.kind == PERIOD_PERPETUAL) return SPEC_STAGE_GENERAL;
    /* spot_days is at most 31: a date 100 days out can not be among them */
    if (s->spot_days && today.days <= l->last_trade.days && today.days > l->last_trade.days - 100 &&
        calendar_covers(c, today, l->last_trade) &&
        calendar_business_days(c, today, l->last_trade) <= (u32)s->spot_days)
        return SPEC_STAGE_SPOT_LAST_N;
    if (s->spot_days && today.days > l->last_trade.days) return SPEC_STAGE_SPOT_LAST_N;
    if (today.days >= l->start.days) return SPEC_STAGE_DELIVERY;
    if (today.days >= period_start(period_of_month((Date){ l->start.days - 1 })).days)
        return SPEC_STAGE_NEARBY;
    return SPEC_STAGE_GENERAL;
}
