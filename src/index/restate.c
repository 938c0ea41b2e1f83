/* Restatement (index.md sections 7 and 8): the policy's times, and a print computed again. */
#include "index/work.h"

i64 restate_until(const struct methodology *m, Date date)
{
    i64 first = index_publish_time(m, date).ns;
    ASSERT(m->restate_minutes > 0); /* a resolved methodology */
    ASSERT(m->restate_until >= 0);
    i64 until = date_start(date_at((Instant){ first })).ns + m->restate_until * NS_PER_SECOND;
    return until > first ? until : 0;
}

static i64 step_of(const struct methodology *m)
{
    ASSERT(m->restate_minutes > 0);
    ASSERT(m->restate_minutes <= 1440);
    return m->restate_minutes * 60 * NS_PER_SECOND;
}

/* The time of the restatement that sees a record journaled then; 0: there is none. */
static i64 restate_time(const struct methodology *m, Date date, i64 t_journal)
{
    i64 first = index_publish_time(m, date).ns, step = step_of(m);
    ASSERT(t_journal >= first);
    i64 at = first + ((t_journal - first) / step + 1) * step;
    ASSERT(at > t_journal);
    return at < restate_until(m, date) ? at : 0;
}

bool restate_time_valid(const struct methodology *m, Date date, i64 at, u32 vintage)
{
    i64 first = index_publish_time(m, date).ns;
    ASSERT(vintage > 1);
    ASSERT(date.days > 0);
    if (at <= first || at >= restate_until(m, date)) return false;
    return (at - first) % step_of(m) == 0 && (at - first) / step_of(m) >= vintage - 1;
}

/* Would this late record have been a candidate? What names another chip can change nothing. */
static bool concerns(const struct index *ix, const struct observation *o)
{
    ASSERT(ix->window_start < ix->window_end);
    ASSERT(o->obs_id > 0);
    if (o->t_event >= ix->window_end) return false;
    if (o->gpu_class != ix->m.gpu_class) return false;
    return o->t_event >= ix->window_start || o->corrects != 0;
}

Instant index_restate_due(const struct index *ix)
{
    Date date = { ix->date.days - 1 };
    if (!ix->open) return (Instant){ 0 };
    ASSERT(ix->last.value_date.days == date.days);
    ASSERT(ix->restated_to >= ix->last.published_at);
    i64 until = restate_until(&ix->m, date);
    for (u32 i = first_journaled(ix, ix->restated_to); i < ix->log->n; i++) {
        const struct observation *o = &ix->log->at[i];
        if (o->t_journal >= until) break;
        if (concerns(ix, o)) return (Instant){ restate_time(&ix->m, date, o->t_journal) };
    }
    return (Instant){ 0 };
}

/* A status that changes has moved; else the value by more than the policy's share of the last. */
static bool moved(const struct methodology *m, const struct print *last, const struct print *next)
{
    i128 off = (i128)next->value - last->value;
    ASSERT(next->value_date.days == last->value_date.days);
    ASSERT(m->restate_min_ppm >= 0);
    if (next->status != last->status) return true;
    if (off < 0) off = -off;
    return off * PPM > (i128)m->restate_min_ppm * last->value;
}

enum index_result index_restate(struct index *ix, const struct index_sink *sink, struct print *out)
{
    struct state after = ix->state;
    i64 at = index_restate_due(ix).ns;
    ASSERT(at > ix->last.published_at);
    ASSERT(ix->open);
    ix->date.days--;
    ix->publish = at, ix->vintage = ix->last.vintage + 1, ix->restates = ix->last.receipt;
    ix->other = true;
    series_compute(ix, out);
    bool full = ix->full, is_new = !full && moved(&ix->m, &ix->last, out);
    if (is_new) receipt_write(ix, sink, out);
    ix->state = after;
    ix->date.days++;
    if (full) return INDEX_FULL;
    ix->restated_to = at;
    if (!is_new) return INDEX_SAME;
    ix->last = *out;
    return INDEX_OK;
}

enum late index_late(const struct methodology *m, const struct observation *o, Date *date)
{
    struct methodology r = methodology_resolved(m);
    i64 end = r.window_end * NS_PER_SECOND, length = r.window_hours * 3600 * NS_PER_SECOND;
    ASSERT(date);
    ASSERT(o->t_event >= 0);
    *date = date_at((Instant){ o->t_event });
    if (o->t_event >= date_start(*date).ns + end) date->days++; /* the first window to end after */
    if (o->t_event < date_start(*date).ns + end - length) return LATE_NOT; /* between windows */
    if (date->days < m->effective_from || o->gpu_class != r.gpu_class) return LATE_NOT;
    if (o->t_journal < index_publish_time(&r, *date).ns) return LATE_NOT;
    return restate_time(&r, *date, o->t_journal) ? LATE_IN_TIME : LATE_TOO_LATE;
}
