#include "index/work.h"

/* Cuts the caller's memory into pieces; with base NULL it only measures. */
struct cut { u8 *base; u64 at; };
static void *cut(struct cut *c, u64 each, u64 n)
{
    u64 from = c->at;
    ASSERT(each > 0);
    ASSERT(n <= UINT32_MAX + UINT64_C(16));
    c->at = (from + each * n + 63) & ~UINT64_C(63);
    return c->base ? c->base + from : NULL;
}

static u32 table_slots(u32 n)
{
    u32 slots = 64;
    ASSERT(n < UINT32_C(1) << 30);
    while (slots < 2 * n) slots *= 2;
    ASSERT(slots >= 64);
    return slots;
}

/* A log's pages, or as many as a receipt can list: one a record. */
u32 pages_cap(u32 records)
{
    u32 most = records < RECEIPT_RECORDS_MAX ? records : RECEIPT_RECORDS_MAX;
    ASSERT(most <= records);
    ASSERT(records < UINT32_MAX / 2);
    return records / OBS_PAGE + most + 2;
}

static u64 lay_out(struct index *ix, struct cut *c, u32 records, u32 names)
{
    u32 items = ix->caps.records;
    ASSERT(items > 0);
    ASSERT(ix->caps.lines > 0);
    (void)cut(c, sizeof *ix, 1);
    ix->owner_first_n = names;
    ix->owner_first = cut(c, sizeof(u32), (u64)names + 1);
    ix->owner_next = cut(c, sizeof(u32), (u64)ix->caps.owners + 1);
    ix->owner_id = cut(c, sizeof(u32), (u64)ix->caps.owners + 1);
    ix->seen = cut(c, 1, records);
    ix->item_of = cut(c, sizeof(u32), records);
    ix->items = cut(c, sizeof *ix->items, items);
    ix->keys = cut(c, sizeof *ix->keys, items);
    ix->keys_scratch = cut(c, sizeof *ix->keys, items);
    ix->points = cut(c, sizeof *ix->points, items);
    ix->points_scratch = cut(c, sizeof *ix->points, items);
    ix->slots = cut(c, sizeof *ix->slots, 2 * (u64)items);
    ix->slot_mask = table_slots(2 * items) - 1;
    ix->slot_table = cut(c, sizeof(u32), (u64)ix->slot_mask + 1);
    ix->fixed = cut(c, 1, 2 * (u64)items);
    ix->slot_weight = cut(c, sizeof(i64), 2 * (u64)items);
    ix->slot_ppm = cut(c, sizeof(u32), 2 * (u64)items);
    ix->lines = cut(c, sizeof *ix->lines, ix->caps.lines);
    ix->line_mask = table_slots(ix->caps.lines) - 1;
    ix->line_table = cut(c, sizeof(u32), (u64)ix->line_mask + 1);
    ix->pages = cut(c, sizeof *ix->pages, pages_cap(records));
    ix->flow = cut(c, sizeof(u32), (u64)items * 16 + ix->caps.owners + 64);
    return c->at;
}

u64 work_bytes(struct index_caps c, u32 records, u32 names)
{
    struct index ix = { .caps = c };
    struct cut measure = { NULL, 0 };
    ASSERT(c.records > 0);
    ASSERT(c.lines > 0);
    return lay_out(&ix, &measure, records ? records : 1, names);
}

bool work_init(struct index *ix, void *memory, u64 bytes, u32 records, u32 names)
{
    struct index_caps caps = ix->caps;
    ASSERT((void *)ix == memory);
    ASSERT(caps.records > 0);
    if (bytes < work_bytes(caps, records, names)) return false;
    struct cut c = { memory, 0 };
    u64 used = lay_out(ix, &c, records ? records : 1, names);
    ASSERT(used <= bytes);
    return true;
}

struct item *item_add(struct index *ix, u32 rec, u8 role)
{
    ASSERT(rec < ix->log->n);
    ASSERT(role);
    if (ix->item_of[rec]) {
        struct item *there = &ix->items[ix->item_of[rec] - 1];
        there->role |= role;
        return there;
    }
    if (ix->items_n == ix->caps.records) {
        ix->full = true;
        return NULL;
    }
    struct item *it = &ix->items[ix->items_n++];
    *it = (struct item){ .rec = rec, .role = role };
    ix->item_of[rec] = ix->items_n;
    return it;
}

void items_clear(struct index *ix)
{
    for (u32 i = 0; i < ix->items_n; i++) {
        ASSERT(ix->item_of[ix->items[i].rec] == i + 1);
        ix->item_of[ix->items[i].rec] = 0;
    }
    ix->items_n = 0;
    memset(ix->dropped, 0, sizeof ix->dropped);
    ASSERT(ix->items_n == 0);
}

bool owners_index(struct index *ix)
{
    ASSERT(ix->log);
    ASSERT(ix->owners_n <= ix->caps.owners);
    for (u32 i = 0; i < ix->owners_n; i++) {
        u32 provider;
        if (!names_add(&ix->log->names, str_of(ix->owners[i].provider), &provider)) return false;
        if (!names_add(&ix->log->names, str_of(ix->owners[i].owner), &ix->owner_id[i]))
            return false;
        ASSERT(provider <= ix->owner_first_n);
        ix->owner_next[i] = ix->owner_first[provider];
        ix->owner_first[provider] = i + 1;
    }
    return true;
}

u32 owner_row_of(const struct index *ix, const struct observation *o)
{
    i64 day = o->t_event / NS_PER_DAY;
    ASSERT(o->provider > 0);
    ASSERT(o->provider <= ix->owner_first_n);
    for (u32 r = ix->owner_first[o->provider]; r; r = ix->owner_next[r - 1]) {
        const struct owner *row = &ix->owners[r - 1];
        if (day >= row->from && (!row->to || day <= row->to)) return r;
    }
    return 0;
}

/* The registry first, then what the record itself says, else the provider stands for itself. */
u32 owner_of(const struct index *ix, const struct observation *o)
{
    u32 row = owner_row_of(ix, o);
    ASSERT(row <= ix->owners_n);
    if (row) return ix->owner_id[row - 1];
    ASSERT(o->provider < UNKNOWN_OWNER);
    return o->owner ? o->owner : o->provider | UNKNOWN_OWNER;
}

void slots_clear(struct index *ix)
{
    ASSERT(ix->slot_table);
    for (u32 i = 0; i < ix->slots_n; i++) { /* the table is far larger than a print's owners */
        u32 at = (u32)mix64(ix->slots[i].owner) & ix->slot_mask;
        while (ix->slot_table[at]) ix->slot_table[at] = 0, at = (at + 1) & ix->slot_mask;
    }
    ix->slots_n = 0;
    ASSERT(ix->slots_n == 0);
}

u32 slot_of_owner(struct index *ix, u32 owner)
{
    u32 at = (u32)mix64(owner) & ix->slot_mask;
    ASSERT(owner);
    while (ix->slot_table[at] && ix->slots[ix->slot_table[at] - 1].owner != owner)
        at = (at + 1) & ix->slot_mask;
    if (!ix->slot_table[at]) {
        ASSERT(ix->slots_n < 2 * ix->caps.records);
        ix->slots[ix->slots_n++] = (struct owner_slot){ .owner = owner };
        ix->slot_table[at] = ix->slots_n;
    }
    return ix->slot_table[at] - 1;
}

u32 rec_of_id(const struct index *ix, u64 obs_id)
{
    u32 lo = 0, hi = ix->log->n;
    ASSERT(obs_id);
    if (!ix->is_check) return obs_id <= hi ? (u32)obs_id - 1 : UINT32_MAX; /* dense in a log */
    while (lo < hi) { /* a receipt's records rise, with gaps */
        u32 mid = lo + (hi - lo) / 2;
        if (ix->log->at[mid].obs_id < obs_id) lo = mid + 1;
        else hi = mid;
    }
    ASSERT(lo <= ix->log->n);
    return lo < ix->log->n && ix->log->at[lo].obs_id == obs_id ? lo : UINT32_MAX;
}

/* A line is (source, provider, class, form, region, term, kind, size of offer) and the source's own
 * key of the offer (section 4, ours). */
static bool same_line(const struct observation *a, const struct observation *b)
{
    return a->source == b->source && a->provider == b->provider && a->gpu_class == b->gpu_class &&
           a->form == b->form && a->region == b->region && a->term == b->term &&
           a->kind == b->kind && a->gpus == b->gpus && a->key == b->key;
}

static u32 line_hash(const struct observation *o)
{
    u32 words[6] = { o->source,
                     o->provider,
                     o->region,
                     o->key,
                     (u32)o->gpu_class << 24 | (u32)o->form << 16 | (u32)o->term << 8 | o->kind,
                     o->gpus };
    ASSERT(o->source);
    ASSERT(o->provider);
    return (u32)chain64(7, words, sizeof words);
}

u32 line_of(struct index *ix, u32 rec)
{
    const struct observation *o = &ix->log->at[rec];
    u32 at = line_hash(o) & ix->line_mask;
    ASSERT(rec < ix->log->n);
    while (ix->line_table[at] && !same_line(&ix->log->at[ix->lines[ix->line_table[at] - 1].rep], o))
        at = (at + 1) & ix->line_mask;
    if (!ix->line_table[at]) {
        if (ix->lines_n == ix->caps.lines) {
            ix->full = true;
            return UINT32_MAX;
        }
        ix->lines[ix->lines_n++] = (struct line){ .rep = rec };
        ix->line_table[at] = ix->lines_n;
    }
    ASSERT(ix->line_table[at] <= ix->lines_n);
    return ix->line_table[at] - 1;
}

void line_push(struct line *l, u32 rec, i64 value)
{
    ASSERT(value > 0);
    ASSERT(l->next < LINE_VALUES);
    l->value[l->next] = value, l->rec[l->next] = rec;
    l->next = (l->next + 1) % LINE_VALUES;
    if (l->n < LINE_VALUES) l->n++;
}

u32 line_at(const struct line *l, u32 k)
{
    ASSERT(k < l->n);
    ASSERT(l->n <= LINE_VALUES);
    return (l->next + LINE_VALUES - 1 - k) % LINE_VALUES;
}
