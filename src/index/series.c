#include "index/work.h"

u64 index_bytes(struct index_caps c)
{
    ASSERT(c.records > 0);
    ASSERT(c.lines > 0);
    return work_bytes(c, c.log_records, c.names);
}

struct index *index_open(void *memory, u64 bytes, struct index_caps c, const struct methodology *m,
                         const struct owner *rows, u32 rows_n, struct obs_log *log)
{
    const char *cause;
    struct index *ix = memory;
    ASSERT(memory);
    ASSERT(log);
    if (!c.records || !c.lines || c.log_records < log->cap || c.names < log->names.cap) return NULL;
    if (bytes < index_bytes(c) || rows_n > c.owners) return NULL;
    if (methodology_fault(m, &cause) != methodology_record.fields) return NULL;
    ix->caps = c;
    if (!work_init(ix, memory, bytes, c.log_records, c.names)) return NULL;
    ix->stated = *m, ix->m = methodology_resolved(m);
    ix->owners = rows, ix->owners_n = rows_n, ix->log = log;
    ix->date = (Date){ (i32)m->effective_from };
    return owners_index(ix) ? ix : NULL;
}

void index_crew_set(struct index *ix, struct index_crew crew)
{
    ASSERT(crew.hands > 0 || !crew.run);
    ASSERT(!ix->is_check);
    ix->crew = crew;
}

Date index_next_date(const struct index *ix)
{
    ASSERT(ix->date.days > 0);
    ASSERT(ix->date.days <= DATE_MAX.days + 1);
    return ix->date;
}

u32 first_journaled(const struct index *ix, i64 t)
{
    const struct obs_log *log = ix->log;
    u32 lo = 0, hi = log->n;
    ASSERT(log->n <= log->cap);
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (log->at[mid].t_journal < t) lo = mid + 1;
        else hi = mid;
    }
    ASSERT(lo <= log->n);
    return lo;
}

/* A restatement sees what corrects a record of its window, whatever time the correction states. */
static bool corrects_window(const struct index *ix, const struct observation *o)
{
    u32 rec = o->corrects ? rec_of_id(ix, o->corrects) : UINT32_MAX;
    ASSERT(o->t_event < ix->window_start);
    ASSERT(!ix->is_check);
    if (rec == UINT32_MAX) return false;
    i64 t = ix->log->at[rec].t_event;
    return t >= ix->window_start && t < ix->window_end;
}

/* What this print looks at: events in its window, and late reports of older ones since the last
 * print (they are STALE). What the source dates at or after the window's end is the next
 * print's. A restatement adds what has come since the first print about the window alone. */
static void add_candidates(struct index *ix)
{
    i64 publish = index_publish_time(&ix->m, ix->date).ns;
    i64 last = publish - NS_PER_DAY, from = i64_min(ix->window_start - OBS_AHEAD_NS, last);
    u32 end = first_journaled(ix, ix->publish);
    ASSERT(publish <= ix->publish);
    for (u32 i = first_journaled(ix, from); i < end && !ix->full; i++) {
        const struct observation *o = &ix->log->at[i];
        bool in = o->t_event >= ix->window_start && o->t_event < ix->window_end;
        bool late = o->t_event < ix->window_start && o->t_journal >= last &&
                    (o->t_journal < publish || corrects_window(ix, o));
        if ((in || late) && !item_add(ix, i, LIST_BIT(ROLE_CANDIDATE))) ASSERT(ix->full);
    }
}

/* Was it eligible but for what flows, age, jumps and venues say? */
static bool passed_rules(u8 seen)
{
    ASSERT(seen <= REASON_COUNT);
    ASSERT(REASON_SELF_DEALING < REASON_CIRCULAR);
    return seen == 1 || seen > REASON_CIRCULAR;
}

static void add_flows(struct index *ix)
{
    i64 from = ix->window_end - FLOW_NS;
    u32 end = first_journaled(ix, ix->publish);
    ASSERT(from < ix->window_end);
    if (!(ix->m.kinds >> OBS_KIND_TRADE & 1)) return;
    for (u32 i = first_journaled(ix, from); i < end && !ix->full; i++) {
        const struct observation *o = &ix->log->at[i];
        if (ix->item_of[i] || o->kind != OBS_KIND_TRADE || o->t_event < from) continue;
        if (passed_rules(ix->seen[i]) && !item_add(ix, i, LIST_BIT(ROLE_FLOW))) ASSERT(ix->full);
    }
}

static void add_looked_back(struct index *ix, u32 rec, u8 role)
{
    bool known = ix->item_of[rec] != 0;
    struct item *it = item_add(ix, rec, role);
    ASSERT(it || ix->full);
    if (it && !known) screen_item(ix, it);
    ASSERT(!it || it->rec == rec);
}

/* The last eligible values of every line that screens 9 and 10 will ask. */
static void add_history(struct index *ix)
{
    u32 want = ix->m.outlier_sd_milli ? (u32)ix->m.outlier_values : ix->m.jump_ppm ? 1 : 0;
    u32 items = ix->items_n;
    ASSERT(want <= LINE_VALUES);
    ix->stamp++;
    for (u32 i = 0; i < items && !ix->full; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        struct line *l = &ix->lines[it->line];
        if (l->mark == ix->stamp) continue;
        l->mark = ix->stamp;
        for (u32 k = 0; k < want && k < l->n && !ix->full; k++)
            add_looked_back(ix, l->rec[line_at(l, k)], LIST_BIT(ROLE_HISTORY));
    }
    ASSERT(ix->items_n >= items);
}

/* Records eligible on their own day, as far back as the widest window. */
static void add_older(struct index *ix)
{
    i64 widest = ix->m.widen_hours[ix->m.widen_hours_n - 1] * 3600 * NS_PER_SECOND;
    i64 from = ix->window_end - widest;
    u32 end = first_journaled(ix, ix->publish);
    ASSERT(widest > 0);
    for (u32 i = first_journaled(ix, from - OBS_AHEAD_NS); i < end && !ix->full; i++) {
        const struct observation *o = &ix->log->at[i];
        if (ix->seen[i] != 1 || o->t_event < from || o->t_event >= ix->window_start) continue;
        add_looked_back(ix, i, LIST_BIT(ROLE_OLDER));
    }
    ASSERT(from < ix->window_start);
}

/* What the next prints will ask of this one: eligible values by line in order of time, and why each
 * record was out. */
static void remember(struct index *ix)
{
    u32 keys = 0;
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE))) continue;
        bool again = ix->seen[it->rec] == 1;
        ASSERT(it->reason < REASON_COUNT);
        ix->seen[it->rec] = (u8)(it->reason + 1);
        if (!it->reason && !again)
            ix->keys[keys++] = (struct key){ (u64)item_obs(ix, it)->t_event, it->rec, i, 0 };
    }
    keys_sort(ix->keys, keys, ix->keys_scratch);
    for (u32 k = 0; k < keys; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        ASSERT(it->price > 0);
        line_push(&ix->lines[it->line], it->rec, it->price);
    }
}

void series_compute(struct index *ix, struct print *out)
{
    static const struct look_back look = { add_history, add_older };
    ASSERT(!ix->is_check);
    ASSERT(ix->vintage > 0);
    items_clear(ix);
    ix->state = ix->before, ix->full = false;
    window_set(ix);
    add_candidates(ix);
    add_flows(ix);
    if (!ix->full) print_compute(ix, look, out);
}

static void first_print_of(struct index *ix, Date date)
{
    ASSERT(date.days > 0);
    ASSERT(date.days < DATE_MAX.days);
    ix->date = date, ix->vintage = 1, ix->restates = (Hash){ { 0 } };
    ix->publish = index_publish_time(&ix->m, date).ns;
}

/* The date takes no more versions: its first print's records are remembered. */
static void close_last(struct index *ix, Date date)
{
    struct print again;
    Date next = ix->date;
    if (ix->open && ix->other) {
        Hash receipt = ix->state.receipt;
        first_print_of(ix, date);
        series_compute(ix, &again);
        ASSERT(!ix->full); /* it did fit */
        ix->state.receipt = receipt, ix->date = next;
    }
    if (ix->open) remember(ix);
    ix->open = ix->other = false;
    ASSERT(ix->date.days == next.days);
}

enum index_result index_print(struct index *ix, const struct index_sink *sink, struct print *out)
{
    ASSERT(ix->log->n <= ix->caps.log_records);
    ASSERT(!ix->is_check);
    if (ix->date.days >= DATE_MAX.days) return INDEX_ORDER;
    close_last(ix, (Date){ ix->date.days - 1 });
    ix->before = ix->state;
    first_print_of(ix, ix->date);
    series_compute(ix, out);
    if (ix->full) {
        ix->state = ix->before;
        return INDEX_FULL;
    }
    receipt_write(ix, sink, out);
    stage_ends(ix, INDEX_STAGE_RECEIPT);
    ix->open = true, ix->restated_to = ix->publish, ix->last = *out;
    if (!restate_until(&ix->m, ix->date)) close_last(ix, ix->date);
    stage_ends(ix, INDEX_STAGE_REMEMBER);
    ix->state.receipt = out->receipt;
    ix->date.days++;
    return INDEX_OK;
}
