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
static Err pass_known_prints(struct timetable *t, u32 i, struct why *w);

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
    for (u32 i = 0; i < c->benchmarks && !err; i++) err = pass_known_prints(t, i, w);
    return err;
}

static bool newest_print(void *ctx, const void *row)
{
    *(struct store_print *)ctx = *(const struct store_print *)row;
    return false;
}

static Err pass_known_prints(struct timetable *t, u32 i, struct why *w)
{
    struct venue *v = t->v;
    struct administrator *b = t->c.benchmark[i];
    const struct engine *e = machine_engine(venue_machine(v));
    struct store_filter f = { .limit = 1, .vintages = STORE_LAST };
    struct store_print newest = { .id = 0 };
    bool ok = TEXT_FILL(&f.index, str_of(administrator_id(b)));
    ASSERT(ok);
    Err err = store_prints(venue_store(v), &f, newest_print, &newest, w);
    if (err) return err;
    t->installed[i] = engine_index_version(e, &f.index);
    if (t->installed[i]) {
        Hash rules = engine_index_rules(e, &f.index);
        err = administrator_fits(b, t->installed[i], &rules, newest.print.value_date, w);
        if (err) return err;
    }
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

/* A print can not be computed twice: what is computed must go in. */
static Err send(struct venue *v, const struct command *c, struct why *w)
{
    while (!venue_submit(v, c, 0)) {
        Err err = venue_poll(v, 1, w);
        if (err) return err;
    }
    return ERR_OK;
}

/* The methodology's next version, right before the first print under it. */
static Err install(struct timetable *t, u32 benchmark, struct why *w)
{
    struct command c = { .type = CMD_INDEX_INSTALL };
    administrator_install(t->c.benchmark[benchmark], &c.index_install);
    if (!t->c.approved_by || !t->c.approved_by_2 ||
        !TEXT_FILL(&c.index_install.approved_by, str_of(t->c.approved_by)) ||
        !TEXT_FILL(&c.index_install.approved_by_2, str_of(t->c.approved_by_2)))
        return why_set(w, ERR_INPUT, "%s: a new version needs two approvers",
                       c.index_install.index.z);
    t->installed[benchmark] = c.index_install.version;
    return send(t->v, &c, w);
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
        if (administrator_install_due(t->c.benchmark[d.benchmark], t->installed[d.benchmark]))
            return install(t, d.benchmark, w);
        c.type = CMD_INDEX_PRINT;
        err = administrator_print(t->c.benchmark[d.benchmark], &c.index_print, w);
        break;
    case DUE_DAY_END: c.type = CMD_DAY_END, c.day_end.date = t->day; break;
    case DUE_DAY_OPEN: c.type = CMD_DAY_OPEN, c.day_open.date = t->next_open; break;
    default: return why_set(w, ERR_NO, "nothing is due");
    }
    if (!err) err = send(t->v, &c, w);
    if (err) return err;
    if (d.kind == DUE_DAY_END) t->ended = t->day, t->day = (Date){ 0 };
    if (d.kind == DUE_DAY_OPEN) {
        t->day = t->next_open;
        t->next_open = calendar_next(t->c.calendar, t->day);
    }
    return ERR_OK;
}
