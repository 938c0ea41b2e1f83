#include "venue/administrator.h"

#include "contract/spec.h"
#include "index/measure.h"
#include "sys/memory.h"
#include "venue/opener.h"

#include <stdlib.h>

struct administrator {
    struct benchmark b;
    Date last;
    bool passing; /* the prints computed now are not stated: no cost is measured */
    struct cmd_index_print next_version; /* of the date printed last; version 0: none */
};

/* Dates before the first observation are nobody's: the venue publishes from the first one on. */
static Err pass_dates_before_data(struct administrator *b, struct why *w)
{
    Date first = DATE_MAX;
    for (u32 i = 0; i < b->b.log.log.n; i++) {
        Date seen = date_at((Instant){ b->b.log.log.at[i].t_event });
        if (seen.days > b->last.days) b->last = seen;
        if (seen.days < first.days) first = seen;
    }
    if (!b->b.log.log.n) return ERR_OK;
    return administrator_pass(b, (Date){ first.days - 1 }, UINT32_MAX, w);
}

/* Rows that no level can take, for what they are: a series of nothing but missing days. */
static Err check_rows(const struct benchmark *b, const char *input, struct why *w)
{
    struct methodology m = methodology_resolved(&b->m);
    i64 kinds = m.kinds | (m.has_l3 ? LIST_BIT(OBS_KIND_QUOTE) : 0) |
                (m.has_l4 ? LIST_BIT(OBS_KIND_PANEL) : 0);
    u32 other = 0, made_up = 0, real = 0;
    for (u32 i = 0; i < b->log.log.n; i++) {
        const struct observation *o = &b->log.log.at[i];
        bool synthetic = o->quality & LIST_BIT(QUALITY_SYNTHETIC);
        if (!(kinds >> o->kind & 1)) other++;
        else if (synthetic && m.synthetic == SYNTHETIC_RULE_NEVER) made_up++;
        else if (!synthetic && m.synthetic == SYNTHETIC_RULE_ONLY) real++;
        else return ERR_OK;
    }
    if (!b->log.log.n) return ERR_OK;
    return why_set(w, ERR_INPUT,
                   "%s: no row of it can enter %s, which is labelled %s: %u are of a kind it does "
                   "not take, %u are made up, %u are not",
                   input, m.index, enum_text(LABEL_ENUM, (u32)m.label), other, made_up, real);
}

Err administrator_open(struct administrator **out, const char *methodology, const char *owners,
                       const char *const *observations, u32 n, struct why *w)
{
    return administrator_open_versions(out, &methodology, 1, owners, observations, n, w);
}

Err administrator_open_versions(struct administrator **out, const char *const *methodologies,
                                u32 versions, const char *owners, const char *const *observations,
                                u32 n, struct why *w)
{
    struct administrator *b = calloc(1, sizeof *b);
    if (!b) return why_set(w, ERR_IO, "out of memory");
    Err err = benchmark_open_versions(&b->b, methodologies, versions, owners, observations, n, w);
    for (u32 i = 1; i < versions && !err; i++)
        if (b->b.all[i].label != b->b.m.label)
            err = why_set(w, ERR_INPUT, "%s: label: all versions of %s have one label",
                          methodologies[i], b->b.m.index);
    if (!err && n) err = check_rows(&b->b, observations[0], w);
    if (!err) err = pass_dates_before_data(b, w);
    if (err) {
        administrator_close(&b);
        return err;
    }
    *out = b;
    return ERR_OK;
}

void administrator_close(struct administrator **pb)
{
    struct administrator *b = *pb;
    if (!b) return;
    benchmark_close(&b->b);
    free(b);
    *pb = NULL;
}

Date administrator_next(const struct administrator *b)
{
    return index_next_date(b->b.series.index);
}
Date administrator_last(const struct administrator *b) { return b->last; }
const char *administrator_id(const struct administrator *b) { return b->b.m.index; }

Instant administrator_due(const struct administrator *b)
{
    if (b->next_version.version) return b->next_version.published_at;
    return index_publish_time(series_rules(&b->b.series), index_next_date(b->b.series.index));
}

Instant administrator_due_first(const struct administrator *b)
{
    return index_publish_time(series_rules(&b->b.series), index_next_date(b->b.series.index));
}

const char *administrator_label(const struct administrator *b)
{
    return enum_text(LABEL_ENUM, (u32)b->b.m.label);
}

void administrator_install(const struct administrator *b, struct cmd_index_install *out)
{
    const struct methodology *m = series_rules(&b->b.series);
    *out = (struct cmd_index_install){ .version = (u32)m->version };
    bool ok = TEXT_FILL(&out->index, str_of(m->index));
    ASSERT(ok);
    out->label = (u8)m->label;
    out->effective_from = (Date){ (i32)m->effective_from };
    out->methodology = methodology_hash(m);
}

bool administrator_install_due(const struct administrator *b, u32 installed)
{
    if (b->next_version.version) return false; /* a restatement, under the rules of its date */
    return (u32)series_rules(&b->b.series)->version > installed;
}

Err administrator_fits(const struct administrator *b, u32 installed, const Hash *rules, Date last,
                       struct why *w)
{
    const struct methodology *m = b->b.all ? b->b.all : &b->b.m;
    u32 n = b->b.all ? b->b.all_n : 1;
    bool known = false;
    char date[16];
    struct text t = text_on(date, sizeof date);
    text_put_date(&t, last);
    for (u32 i = 0; i < n; i++) {
        Hash ours = methodology_hash(&m[i]);
        bool same = (u32)m[i].version == installed;
        known = known || same;
        if (same && memcmp(&ours, rules, sizeof ours) != 0)
            return why_set(w, ERR_INPUT,
                           "%s: version %u is not as it was installed: a change of rules is a new "
                           "version",
                           m[i].index, installed);
        if ((u32)m[i].version > installed && m[i].effective_from <= last.days)
            return why_set(w, ERR_INPUT,
                           "%s: version %lld takes effect on a date already printed (the last is "
                           "%s)",
                           m[i].index, (long long)m[i].version, date);
    }
    if (known) return ERR_OK;
    return why_set(w, ERR_INPUT, "%s: version %u is installed, and is not among those given",
                   b->b.m.index, installed);
}

/* Statuses and labels have one list each, shared by index and msg (base/lists.h). */
static void fill_print(const struct print *p, struct cmd_index_print *out)
{
    *out = (struct cmd_index_print){ .value_date = p->value_date, .version = p->vintage };
    bool ok = TEXT_FILL(&out->index, str_of(p->index)) &&
              TEXT_FILL(&out->reason, str_of(p->why_l1 ? list_text(SHORT, p->why_l1) : ""));
    ASSERT(ok);
    out->published_at.ns = p->published_at;
    out->status = p->status, out->level = p->level, out->flags = p->flags;
    out->value.micros = p->value, out->priced_on = p->priced_on;
    out->p1.micros = p->p1, out->p25.micros = p->p25, out->p50.micros = p->p50;
    out->p75.micros = p->p75, out->p99.micros = p->p99;
    out->owners = p->owners, out->observations = p->observations, out->volume = p->volume;
    out->receipt = p->receipt;
}

/* What moving this first print by 1 % costs, where that can be measured: posted prices cost nothing
 * to post, so of them nothing is stated. An attacker's names are counted as ten. */
static Err state_cost(struct administrator *b, const struct print *p, struct cmd_index_print *out,
                      struct why *w)
{
    u8 *memory = NULL;
    struct measure_ask ask = measure_ask_default();
    struct measured m = { 0 };
    i64 cost;
    bool bound;
    u64 n = p->status == PRINT_PRINTED ? index_measure_bytes(b->b.series.index, p) : 0;
    if (!n) return ERR_OK;
    Err err = memory_take(&memory, n, w);
    if (err) return err;
    ask.cost_only = true;
    index_measure(b->b.series.index, p, &ask, memory, n, &m);
    memory_give(memory, n);
    const struct measured_method *own = &m.method[MEASURE_OWN];
    if (!m.has || !m.in_money || !own->has || !measured_cost(own, &cost, &bound)) return ERR_OK;
    if (cost > SPEC_COST_MAX) return ERR_OK;
    out->cost_stated = 1, out->cost_bound = bound, out->cost_to_move.micros = cost;
    return ERR_OK;
}

/* Versions that move too little are passed over; each sees only records journaled before its own
 * time, whatever the log holds. */
static Err find_version(struct administrator *b, struct why *w)
{
    struct print p;
    bool is_new = false;
    Err err = ERR_OK;
    b->next_version = (struct cmd_index_print){ 0 };
    while (!err && !is_new && index_restate_due(b->b.series.index).ns)
        err = series_restate(&b->b.series, NULL, &p, &is_new, w);
    if (!err && is_new) fill_print(&p, &b->next_version);
    return err;
}

Err administrator_print(struct administrator *b, struct cmd_index_print *out, struct why *w)
{
    struct print p;
    Err err = ERR_OK;
    if (b->next_version.version) {
        *out = b->next_version;
    } else {
        err = series_print(&b->b.series, NULL, &p, w);
        if (!err) fill_print(&p, out);
        if (!err && !b->passing) err = state_cost(b, &p, out, w);
    }
    if (!err) err = find_version(b, w);
    return err ? why_wrap(w, err, "%s", b->b.m.index) : ERR_OK;
}

Err administrator_pass(struct administrator *b, Date date, u32 version, struct why *w)
{
    struct cmd_index_print unused;
    Err err = ERR_OK;
    b->passing = true;
    while (!err && administrator_next(b).days <= date.days)
        err = administrator_print(b, &unused, w);
    while (!err && b->next_version.version && b->next_version.value_date.days == date.days &&
           b->next_version.version <= version)
        err = administrator_print(b, &unused, w);
    b->passing = false;
    return err;
}
