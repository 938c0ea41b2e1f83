#include "feeds/series.h"
#include "sys/memory.h"

#include <string.h>

/* Most records one print can look at: those journaled in its longest look back and, for every line
 * among them, twenty values before. */
static u32 most_looked_at(const struct obs_log *log, const struct methodology *m)
{
    i64 hours = m->window_hours > 7 * 24 ? m->window_hours : 7 * 24;
    for (i64 i = 0; m->has_l2 && i < m->widen_hours_n; i++)
        hours = i64_max(hours, m->widen_hours[i]);
    i64 span = (hours + 48) * 3600 * NS_PER_SECOND;
    u64 most = 0;
    for (u32 from = 0, to = 0; to < log->n; to++) {
        while (log->at[to].t_journal - log->at[from].t_journal > span) from++;
        if (to - from + 1 > most) most = to - from + 1;
    }
    most = most * 21 + 1;
    return most < (u64)log->n + 1 ? (u32)most : log->n + 1;
}

Err series_open(struct series *s, const struct methodology *m, const struct owner *rows, u32 rows_n,
                struct obs_log *log, struct why *w)
{
    return series_open_versions(s, m, 1, rows, rows_n, log, w);
}

Err series_open_versions(struct series *s, const struct methodology *m, u32 n,
                         const struct owner *rows, u32 rows_n, struct obs_log *log, struct why *w)
{
    struct index_caps caps = { .records = 1, .lines = log->n + 1, .owners = rows_n + 1,
                               .log_records = log->cap, .names = log->names.cap };
    *s = (struct series){ .now = m, .later = m + 1, .later_n = n - 1 };
    for (u32 i = 0; i < n; i++) {
        u32 most = most_looked_at(log, &m[i]);
        if (most > caps.records) caps.records = most;
        if (i && (strcmp(m[i].index, m->index) != 0 || m[i].version != m[i - 1].version + 1 ||
                  m[i].effective_from <= m[i - 1].effective_from))
            return why_set(w, ERR_INPUT,
                           "%s: version %lld does not follow version %lld: the same id, the next "
                           "number and a later effective_from are due",
                           m[i].index, (long long)m[i].version, (long long)m[i - 1].version);
    }
    s->bytes = index_bytes(caps);
    Err err = memory_take(&s->memory, s->bytes, w);
    if (err) return err;
    s->index = index_open(s->memory, s->bytes, caps, m, rows, rows_n, log);
    if (s->index) return ERR_OK;
    series_close(s);
    return why_set(w, ERR_INPUT, "the registry's names do not fit beside the log's");
}

const struct methodology *series_rules(const struct series *s)
{
    bool next = s->later_n && s->later->effective_from == index_next_date(s->index).days;
    return next ? s->later : s->now;
}

Err series_open_for(struct series *s, const struct methodology *m, const struct owner *rows,
                    u32 rows_n, struct obs_log *log, u32 records, struct why *w)
{
    struct index_caps caps = { .records = records, .lines = log->cap + 1, .owners = rows_n + 1,
                               .log_records = log->cap, .names = log->names.cap };
    *s = (struct series){ .now = m, .bytes = index_bytes(caps) };
    Err err = memory_take(&s->memory, s->bytes, w);
    if (err) return err;
    s->index = index_open(s->memory, s->bytes, caps, m, rows, rows_n, log);
    if (s->index) return ERR_OK;
    series_close(s);
    return why_set(w, ERR_INPUT, "the registry's names do not fit beside the log's");
}

void series_close(struct series *s)
{
    if (s->memory) memory_give(s->memory, s->bytes);
    *s = (struct series){ 0 };
}

static Err why_not(enum index_result r, struct why *w)
{
    if (r == INDEX_OK || r == INDEX_SAME) return ERR_OK;
    return why_set(w, ERR_INPUT, "%s",
                   r == INDEX_FULL ? "more records in one print than the series "
                                     "was opened for"
                                   : "no date after 2199-12-30");
}

Err series_print(struct series *s, const struct index_sink *sink, struct print *out, struct why *w)
{
    const struct methodology *m = series_rules(s);
    if (m != s->now) {
        if (!index_switch(s->index, m))
            return why_set(w, ERR_INPUT, "%s: version %lld can not take over", m->index,
                           (long long)m->version);
        s->now = s->later++, s->later_n--;
    }
    return why_not(index_print(s->index, sink, out), w);
}

Err series_restate(struct series *s, const struct index_sink *sink, struct print *out, bool *is_new,
                   struct why *w)
{
    *is_new = false;
    if (!index_restate_due(s->index).ns) return ERR_OK;
    enum index_result r = index_restate(s->index, sink, out);
    *is_new = r == INDEX_OK;
    return why_not(r, w);
}

Err series_print_date(struct series *s, Date date, const struct index_sink *sink, struct print *out,
                      struct why *w)
{
    if (date.days < index_next_date(s->index).days)
        return why_set(w, ERR_INPUT, "that date's print has been made, or is before the series");
    Err err = ERR_OK;
    while (!err && index_next_date(s->index).days < date.days) err = series_print(s, NULL, out, w);
    return err ? err : series_print(s, sink, out, w);
}
