#include "venue/timetable.h"

enum due_kind { DUE_PRINT, DUE_DAY_END, DUE_DAY_OPEN, DUE_NOTHING };
struct due { Instant at; enum due_kind kind; u32 benchmark; };

static struct due next_due(const struct timetable *t)
{
    struct due d = { { INT64_MAX }, DUE_NOTHING, 0 };
    for (u32 i = 0; i < t->c.benchmarks; i++) {
        Instant at = administrator_due(t->c.benchmark[i]);
        if (at.ns < d.at.ns) d = (struct due){ at, DUE_PRINT, i };
    }
    if (t->day.days) {
        Instant at = { date_start(t->day).ns + TIMETABLE_DAY_END_NS };
        for (u32 i = 0; i < t->c.benchmarks; i++) { /* a day settles on its own prints */
            const struct administrator *b = t->c.benchmark[i];
            if (administrator_next(b).days <= t->day.days && administrator_due_first(b).ns > at.ns)
                at = administrator_due_first(b);
        }
        at.ns = i64_max(at.ns, t->retry.ns);
        if (at.ns < d.at.ns) d = (struct due){ at, DUE_DAY_END, 0 };
    } else if (t->next_open.days) {
        Instant at = { i64_max(date_start(t->next_open).ns, t->retry.ns) };
        if (at.ns < d.at.ns) d = (struct due){ at, DUE_DAY_OPEN, 0 };
    }
    return d;
}

/* Prints that the venue already has are computed again, so that the series stands where it
 * stood. */
static Err pass_known_prints(struct venue *v, struct administrator *b, struct why *w);

Err timetable_open(struct timetable *t, struct venue *v, const struct timetable_config *c,
                   struct why *w)
{
    struct store_day day;
    *t = (struct timetable){ .c = *c, .v = v };
    Err err = store_day(venue_store(v), &day, w);
    if (err) return err;
    Date last = day.day.days ? day.day : (Date){ c->first_day.days - 1 };
    if (!calendar_covers(c->calendar, last, last))
        return why_set(w, ERR_INPUT, "calendar %s does not cover the trading day", c->calendar->id);
    if (day.open) t->day = day.day;
    t->next_open = calendar_next(c->calendar, last);
    for (u32 i = 0; i < c->benchmarks && !err; i++) err = pass_known_prints(v, c->benchmark[i], w);
    return err;
}

static bool newest_print(void *ctx, const void *row)
{
    *(struct store_print *)ctx = *(const struct store_print *)row;
    return false;
}

static Err pass_known_prints(struct venue *v, struct administrator *b, struct why *w)
{
    struct store_filter f = { .limit = 1, .vintages = STORE_LAST };
    struct store_print newest = { .id = 0 };
    bool ok = TEXT_FILL(&f.index, str_of(administrator_id(b)));
    ASSERT(ok);
    Err err = store_prints(venue_store(v), &f, newest_print, &newest, w);
    if (err) return err;
    return administrator_pass(b, newest.print.value_date, newest.print.version, w);
}

/* A day that did not end is still open, one that did not open is still to be opened. */
static void heed_refusal(struct timetable *t)
{
    struct venue_refusal r = venue_refusal(t->v);
    if (r.count == t->refusals) return;
    t->refusals = r.count;
    if (r.command == CMD_DAY_END && !t->day.days) t->day = t->ended;
    else if (r.command == CMD_DAY_OPEN && t->day.days) t->next_open = t->day, t->day = (Date){ 0 };
    else return;
    t->retry.ns = venue_time(t->v).ns + TIMETABLE_RETRY_NS;
}

Instant timetable_next(struct timetable *t)
{
    heed_refusal(t);
    return next_due(t).at;
}

Err timetable_step(struct timetable *t, struct why *w)
{
    heed_refusal(t);
    struct due d = next_due(t);
    if (d.kind != DUE_NOTHING && d.at.ns > venue_time(t->v).ns) return ERR_OK; /* put off */
    struct command c = { 0 };
    Err err = ERR_OK;
    switch (d.kind) {
    case DUE_PRINT:
        c.type = CMD_INDEX_PRINT;
        err = administrator_print(t->c.benchmark[d.benchmark], &c.index_print, w);
        break;
    case DUE_DAY_END: c.type = CMD_DAY_END, c.day_end.date = t->day; break;
    case DUE_DAY_OPEN: c.type = CMD_DAY_OPEN, c.day_open.date = t->next_open; break;
    default: return why_set(w, ERR_NO, "nothing is due");
    }
    if (err) return err;
    /* A print can not be computed twice: what is computed must go in. */
    while (!venue_submit(t->v, &c, 0)) {
        err = venue_poll(t->v, 1, w);
        if (err) return err;
    }
    if (d.kind == DUE_DAY_END) t->ended = t->day, t->day = (Date){ 0 };
    if (d.kind == DUE_DAY_OPEN) {
        t->day = t->next_open;
        t->next_open = calendar_next(t->c.calendar, t->day);
    }
    return ERR_OK;
}
