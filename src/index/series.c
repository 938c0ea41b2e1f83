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

/* Was it eligible but for what flows, age, jumps and venues say? */
static bool passed_rules(u8 seen)
{
    ASSERT(seen <= REASON_COUNT);
    ASSERT(REASON_SELF_DEALING < REASON_CIRCULAR);
    return seen == 1 || seen > REASON_CIRCULAR;
}

/* One walk over the log, in rounds of blocks that hands share: first each block counts what it will
 * take, then takes it to its place; lines and owners met for the first time are numbered between
 * two rounds, in order of record. */
#define BLOCK 4096u
#define ROUND_BLOCKS 32u
struct take {
    struct index *ix;
    u32 begin, end, from, candidates, flows; /* from: this round's; the rest: first records of */
    i64 publish, last, flow_ns;
    u32 count[ROUND_BLOCKS], place[ROUND_BLOCKS], fresh[ROUND_BLOCKS];
};

/* What this print looks at a record for. Candidates: events in its window, and late reports of
 * older ones since the last print (they are STALE); what the source dates at or after the window's
 * end is the next print's. A restatement adds what has come since the first print about the window
 * alone. Flow: trades of seven days that only flows and age could keep out. */
static u8 role_of(const struct take *t, u32 rec)
{
    const struct index *ix = t->ix;
    const struct observation *o = &ix->log->at[rec];
    ASSERT(rec < ix->log->n);
    if (rec >= t->candidates) {
        bool in = o->t_event >= ix->window_start && o->t_event < ix->window_end;
        bool late = o->t_event < ix->window_start && o->t_journal >= t->last &&
                    (o->t_journal < t->publish || corrects_window(ix, o));
        if (in || late) return LIST_BIT(ROLE_CANDIDATE);
    }
    if (rec < t->flows || !passed_rules(ix->seen[rec])) return 0;
    return o->kind == OBS_KIND_TRADE && o->t_event >= t->flow_ns ? LIST_BIT(ROLE_FLOW) : 0;
}

static u32 block_end(const struct take *t, u32 b)
{
    u32 from = t->from + b * BLOCK;
    ASSERT(from <= t->end);
    return t->end - from < BLOCK ? t->end : from + BLOCK;
}

static void take_count(void *arg, u32 b)
{
    struct take *t = arg;
    u32 n = 0, end = block_end(t, b);
    ASSERT(b < ROUND_BLOCKS);
    for (u32 rec = t->from + b * BLOCK; rec < end; rec++) n += role_of(t, rec) != 0;
    t->count[b] = n;
    ASSERT(n <= BLOCK);
}

/* A few records ahead: their places in the table of lines, then the lines themselves, are asked for
 * before they are needed. */
#define AHEAD 16u
static void screen_some(struct index *ix, struct item *it, u32 n, u32 *fresh)
{
    u64 hash[AHEAD];
    ASSERT(n <= AHEAD);
    ASSERT(fresh);
    for (u32 i = 0; i < n; i++) {
        struct line_key k = line_key_of(item_obs(ix, &it[i]));
        hash[i] = line_hash(&k);
        __builtin_prefetch(&ix->line_table[hash[i] & ix->line_mask]);
    }
    for (u32 i = 0; i < n; i++) {
        u32 line = (u32)ix->line_table[hash[i] & ix->line_mask];
        if (line) __builtin_prefetch(&ix->line_key[line - 1]);
    }
    for (u32 i = 0; i < n; i++) *fresh += !screen_item_hashed(ix, &it[i], hash[i]);
}

static void take_items(void *arg, u32 b)
{
    struct take *t = arg;
    struct index *ix = t->ix;
    u32 from = t->place[b], at = from, end = block_end(t, b), fresh = 0;
    ASSERT(b < ROUND_BLOCKS);
    for (u32 rec = t->from + b * BLOCK; rec < end; rec++) {
        u8 role = role_of(t, rec);
        if (!role) continue;
        struct item *it = &ix->items[at++];
        *it = (struct item){ .rec = rec, .role = role };
        ix->item_of[rec] = (u32)(it - ix->items_base) + 1;
        if (at - from == AHEAD) screen_some(ix, &ix->items[from], AHEAD, &fresh), from = at;
    }
    screen_some(ix, &ix->items[from], at - from, &fresh);
    ASSERT(at == t->place[b] + t->count[b]);
    t->fresh[b] = fresh;
}

/* Blocks of one round, and the numbers that only one hand may give. */
static void take_round(struct take *t, u32 blocks)
{
    struct index *ix = t->ix;
    u32 at = ix->items_n;
    ASSERT(blocks > 0);
    ASSERT(blocks <= ROUND_BLOCKS);
    jobs_run(ix, blocks, take_count, t);
    for (u32 b = 0; b < blocks; b++) t->place[b] = at, at += t->count[b];
    if (at > ix->caps.records - (u32)(ix->items - ix->items_base)) {
        ix->full = true;
        return;
    }
    jobs_run(ix, blocks, take_items, t);
    ix->items_n = at;
    for (u32 b = 0; b < blocks; b++) {
        for (u32 i = t->place[b]; t->fresh[b] && i < t->place[b] + t->count[b]; i++)
            if (ix->items[i].line == UNPLACED) screen_new(ix, &ix->items[i]);
    }
    ASSERT(ix->items_n <= ix->caps.records);
}

void series_take(struct index *ix)
{
    i64 publish = index_publish_time(&ix->m, ix->date).ns;
    struct take t = { .ix = ix, .publish = publish, .last = publish - NS_PER_DAY,
                      .flow_ns = ix->window_end - FLOW_NS };
    t.end = first_journaled(ix, ix->publish);
    t.candidates = first_journaled(ix, i64_min(ix->window_start - OBS_AHEAD_NS, t.last));
    bool trades = ix->m.kinds >> OBS_KIND_TRADE & 1;
    t.flows = trades ? first_journaled(ix, t.flow_ns) : t.end;
    t.begin = t.from = t.candidates < t.flows ? t.candidates : t.flows;
    ASSERT(t.begin <= t.end);
    ASSERT(ix->items_n == 0);
    screen_regions(ix);
    items_place(ix, t.end - t.begin);
    while (t.from < t.end && !ix->full) {
        u32 blocks = (t.end - t.from + BLOCK - 1) / BLOCK;
        if (blocks > ROUND_BLOCKS) blocks = ROUND_BLOCKS;
        take_round(&t, blocks);
        t.from = block_end(&t, blocks - 1);
    }
}

static void add_looked_back(struct index *ix, u32 rec, u8 role)
{
    bool known = ix->item_of[rec] != 0;
    struct item *it = item_add(ix, rec, role);
    ASSERT(it || ix->full);
    if (it && !known && !screen_item(ix, it)) screen_new(ix, it);
    ASSERT(!it || it->rec == rec);
}

static void mark_lines(void *arg, u32 job)
{
    struct index *ix = arg;
    u32 jobs = jobs_of(ix), end = part_at(ix->items_n, jobs, job + 1);
    ASSERT(job < jobs);
    for (u32 i = part_at(ix->items_n, jobs, job); i < end; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        mark_u32(&ix->lines[it->line].mark, ix->stamp);
    }
    ASSERT(end <= ix->items_n);
}

/* The last eligible values of every line that screens 9 and 10 will ask. */
static void add_history(struct index *ix)
{
    u32 want = ix->m.outlier_sd_milli ? (u32)ix->m.outlier_values : ix->m.jump_ppm ? 1 : 0;
    u32 items = ix->items_n;
    ASSERT(want <= LINE_VALUES);
    ix->stamp++;
    jobs_run(ix, jobs_of(ix), mark_lines, ix);
    for (u32 i = 0; i < ix->lines_n && !ix->full; i++) {
        struct line *l = &ix->lines[i];
        if (l->mark != ix->stamp) continue;
        for (u32 k = 0; k < want && k < l->n && !ix->full; k++)
            add_looked_back(ix, l->rec[line_at(l, k)], LIST_BIT(ROLE_HISTORY));
    }
    ASSERT(ix->items_n >= items);
}

/* Records eligible on their own day, as far back as the widest window. */
static void add_older(struct index *ix)
{
    i64 hours = ix->m.window_hours + ix->m.usage_days * 24;
    if (ix->m.has_l2) hours = ix->m.widen_hours[ix->m.widen_hours_n - 1];
    i64 widest = hours * 3600 * NS_PER_SECOND;
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

/* Keeps the latest twenty of a line by (t_event, record); called from the newest record back, so
 * that of equal times the first one met stays. */
static void keep_value(struct line_new *k, const struct item *it)
{
    u32 at = k->n;
    ASSERT(it->price > 0);
    ASSERT(k->n <= LINE_VALUES);
    if (k->n < LINE_VALUES) k->n++;
    else if (it->t_event <= k->t[k->least]) return;
    else at = k->least;
    k->t[at] = it->t_event, k->value[at] = it->price, k->rec[at] = it->rec;
    if (k->n < LINE_VALUES) return;
    k->least = 0;
    for (u32 i = 1; i < LINE_VALUES; i++) {
        bool less =
            k->t[i] < k->t[k->least] || (k->t[i] == k->t[k->least] && k->rec[i] < k->rec[k->least]);
        if (less) k->least = i;
    }
}

static void push_values(struct line *l, struct line_new *k)
{
    ASSERT(k->n > 0);
    ASSERT(k->n <= LINE_VALUES);
    for (u32 left = k->n; left; left--) { /* the earliest of those left, each time */
        u32 best = UINT32_MAX;
        for (u32 i = 0; i < k->n; i++) {
            if (!k->value[i]) continue;
            bool first = best == UINT32_MAX || k->t[i] < k->t[best] ||
                         (k->t[i] == k->t[best] && k->rec[i] < k->rec[best]);
            if (first) best = i;
        }
        line_push(l, k->rec[best], k->value[best]);
        k->value[best] = 0;
    }
    k->n = k->least = 0;
}

/* What the next prints will ask of this one: eligible values by line in order of time, and why each
 * record was out. */
static void remember(struct index *ix)
{
    ASSERT(!ix->full);
    ASSERT(!ix->is_check);
    for (u32 i = ix->items_n; i-- > 0;) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE))) continue;
        bool again = ix->seen[it->rec] == 1;
        ASSERT(it->reason < REASON_COUNT);
        ix->seen[it->rec] = (u8)(it->reason + 1);
        if (!it->reason && !again) keep_value(&ix->line_new[it->line], it);
    }
    for (u32 i = 0; i < ix->lines_n; i++)
        if (ix->line_new[i].n) push_values(&ix->lines[i], &ix->line_new[i]);
    gates_set(ix);
}

void series_compute(struct index *ix, struct print *out)
{
    static const struct look_back look = { series_take, add_history, add_older };
    ASSERT(!ix->is_check);
    ASSERT(ix->vintage > 0);
    items_clear(ix);
    ix->state = ix->before, ix->full = false;
    window_set(ix);
    print_compute(ix, look, out);
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

bool index_switch(struct index *ix, const struct methodology *next)
{
    const char *cause;
    ASSERT(!ix->is_check);
    ASSERT(next);
    if (memcmp(next->index, ix->stated.index, sizeof next->index) != 0) return false;
    if (next->version != ix->stated.version + 1 || next->effective_from != ix->date.days)
        return false;
    if (methodology_fault(next, &cause) != methodology_record.fields) return false;
    close_last(ix, (Date){ ix->date.days - 1 });
    ix->stated = *next, ix->m = methodology_resolved(next);
    ix->regions_n = 0; /* what was kept by the old rules is found again */
    for (u32 i = 0; i < ix->lines_n; i++) ix->lines[i].pushed = ix->lines[i].n > 0;
    gates_set(ix);
    return true;
}

void series_end_last(struct index *ix)
{
    ASSERT(!ix->is_check);
    ASSERT(ix->date.days > 0);
    close_last(ix, (Date){ ix->date.days - 1 });
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
