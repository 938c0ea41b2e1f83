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
    ix->items_base = cut(c, sizeof *ix->items, items);
    ix->reasons = cut(c, 1, items);
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
    ix->gates = cut(c, sizeof *ix->gates, ix->caps.lines);
    ix->line_new = cut(c, sizeof *ix->line_new, ix->caps.lines);
    ix->line_key = cut(c, sizeof *ix->line_key, ix->caps.lines);
    u32 slots = table_slots(ix->caps.lines);
    ix->line_table = cut(c, sizeof(u64), slots);
    ix->line_mask = (slots < LINE_SLOTS_MIN ? slots : LINE_SLOTS_MIN) - 1;
    u64 nodes = 2 * ((u64)names + 1);
    ix->node_of = cut(c, sizeof(u32), nodes);
    ix->node_owner = cut(c, sizeof(u32), nodes);
    ix->node_sells = cut(c, sizeof(u32), nodes);
    ix->node_flag = cut(c, sizeof(u32), nodes);
    ix->node_sum = cut(c, sizeof(i64), nodes * INDEX_JOBS_MAX);
    ix->region_ok = cut(c, 1, (u64)names + 1);
    ix->source_of = cut(c, sizeof(u32), (u64)names + 1);
    ix->source_name = cut(c, sizeof(u32), (u64)names + 1);
    ix->bucket_mark = cut(c, 1, PRICE_BUCKETS);
    ix->row_used = cut(c, sizeof(u32), (u64)ix->caps.owners + 1);
    bool large = items >= FAST_FROM;
    ix->cells_n = large ? CELLS_MAX : 0, ix->tally_n = large ? TALLY_BYTES : 0;
    ix->cells = cut(c, sizeof *ix->cells, ix->cells_n);
    ix->tally = cut(c, 1, ix->tally_n);
    ix->fixings = cut(c, sizeof *ix->fixings, FIXINGS_MAX);
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
    ix->items = ix->items_base, ix->fast_from = FAST_FROM, ix->print_stamp = 1;
    return true;
}

struct item *item_add(struct index *ix, u32 rec, u8 role)
{
    struct item *there = item_there(ix, rec);
    ASSERT(rec < ix->log->n);
    ASSERT(role);
    if (there) {
        there->role |= role;
        return there;
    }
    if (ix->items_n == ix->caps.records) {
        ix->full = true;
        return NULL;
    }
    if (ix->items + ix->items_n == ix->items_base + ix->caps.records) items_place(ix, 0);
    struct item *it = &ix->items[ix->items_n++];
    *it = (struct item){ .rec = rec, .role = role };
    ix->item_of[rec] = (u32)(it - ix->items_base) + 1;
    return it;
}

void items_clear(struct index *ix)
{
    u32 n = ix->items_n;
    u32 lo = n ? ix->items[0].rec : 0, hi = n ? ix->items[n - 1].rec : 0;
    bool dense = n && !ix->full && hi - lo < 4 * (u64)n; /* in order: without asking each */
    if (dense) memset(ix->item_of + lo, 0, ((u64)hi - lo + 1) * sizeof *ix->item_of);
    for (u32 i = 0; i < n && !dense; i++) ix->item_of[ix->items[i].rec] = 0;
    ix->items_n = 0, ix->items = ix->items_base;
    ix->print_stamp++;
    memset(ix->dropped, 0, sizeof ix->dropped);
    ASSERT(ix->print_stamp > 0);
    ASSERT(ix->items_n == 0);
}

/* Moves what is there so that `most` more fit behind it, the rest of the room standing before. */
void items_place(struct index *ix, u32 most)
{
    u32 room = ix->caps.records - ix->items_n, at = room > most ? room - most : 0;
    ASSERT(ix->items_n <= ix->caps.records);
    if (ix->items_n) at = 0;
    struct item *to = ix->items_base + at;
    memmove(to, ix->items, ix->items_n * sizeof *to);
    for (u32 i = 0; i < ix->items_n; i++) ix->item_of[to[i].rec] = at + i + 1;
    ix->items = to;
    ASSERT(at <= ix->caps.records);
}

/* What was added behind is sorted apart, and merged from the front into the room before: only items
 * older than the newest of them move. */
void items_merge(struct index *ix, u32 head)
{
    struct item *tail = (void *)ix->flow, *from = ix->items;
    u32 n = ix->items_n - head, room = (u32)(ix->items - ix->items_base);
    static_assert(sizeof(struct item) <= 16 * sizeof(u32), "the graph's memory holds the items");
    ASSERT(head <= ix->items_n);
    if (!n) return;
    for (u32 i = 0; i < n; i++) ix->keys[i] = (struct key){ from[head + i].rec, 0, i, 0 };
    keys_sort(ix->keys, n, ix->keys_scratch);
    for (u32 i = 0; i < n; i++) tail[i] = from[head + ix->keys[i].i];
    if (room < n) { /* no room before: make it behind */
        memmove(ix->items_base + n, from, head * sizeof *from);
        for (u32 i = 0; i < head; i++) ix->item_of[ix->items_base[n + i].rec] = n + i + 1;
        from = ix->items_base + n;
    }
    struct item *to = from - n, *all = to;
    for (u32 a = 0, b = 0; b < n; to++) {
        bool old = a < head && from[a].rec < tail[b].rec;
        *to = old ? from[a++] : tail[b++];
        ix->item_of[to->rec] = (u32)(to - ix->items_base) + 1;
    }
    ix->items = all;
    ASSERT(all >= ix->items_base);
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
    ASSERT(o->provider);
    ASSERT(o->t_event >= 0);
    return owner_at(ix, o, owner_row_of(ix, o));
}

u32 owner_at(const struct index *ix, const struct observation *o, u32 row)
{
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
struct line_key line_key_of(const struct observation *o)
{
    ASSERT(o->source);
    ASSERT(o->provider);
    return (struct line_key){
        { o->source, o->provider, o->region, o->key,
          (u32)o->gpu_class << 24 | (u32)o->form << 16 | (u32)o->term << 8 | o->kind, o->gpus }
    };
}

u64 line_hash(const struct line_key *k)
{
    u64 h = k->word[0] | (u64)k->word[1] << 32;
    ASSERT(k->word[0]);
    h = mix64(h) ^ (k->word[2] | (u64)k->word[3] << 32);
    return mix64(mix64(h) ^ (k->word[4] | (u64)k->word[5] << 32));
}

/* Where a line stands in the table, or the empty slot where it would. */
static u32 line_slot(const struct index *ix, const struct line_key *k, u64 h)
{
    u32 at = (u32)h & ix->line_mask;
    ASSERT(ix->line_table);
    for (; ix->line_table[at]; at = (at + 1) & ix->line_mask) {
        u64 slot = ix->line_table[at];
        if (slot >> 32 != h >> 32) continue;
        if (memcmp(&ix->line_key[(u32)slot - 1], k, sizeof *k) == 0) break;
    }
    ASSERT(at <= ix->line_mask);
    return at;
}

u32 line_find(const struct index *ix, const struct line_key *k, u64 hash)
{
    u64 slot = ix->line_table[line_slot(ix, k, hash)];
    ASSERT(k->word[1]);
    ASSERT((u32)slot <= ix->lines_n);
    return slot ? (u32)slot - 1 : UNPLACED;
}

/* A table of twice the slots while it is half full: a small one stays near the processor. */
static void line_table_grow(struct index *ix)
{
    ASSERT(ix->lines_n <= ix->caps.lines);
    if (2 * ix->lines_n <= ix->line_mask) return;
    memset(ix->line_table, 0, ((u64)ix->line_mask + 1) * sizeof *ix->line_table);
    ix->line_mask = 2 * ix->line_mask + 1;
    ASSERT(ix->line_mask < table_slots(ix->caps.lines));
    for (u32 i = 0; i < ix->lines_n; i++) {
        u64 h = line_hash(&ix->line_key[i]);
        ix->line_table[line_slot(ix, &ix->line_key[i], h)] = h >> 32 << 32 | (i + 1);
    }
}

u32 line_add(struct index *ix, u32 rec)
{
    struct line_key k = line_key_of(&ix->log->at[rec]);
    u64 h = line_hash(&k);
    u32 at = line_slot(ix, &k, h);
    ASSERT(rec < ix->log->n);
    if (!ix->line_table[at]) {
        if (ix->lines_n == ix->caps.lines) {
            ix->full = true;
            return UNPLACED;
        }
        ix->lines[ix->lines_n] = (struct line){ .rep = rec };
        ix->gates[ix->lines_n] = (struct gate){ 0, INT64_MAX, 0, INT64_MAX };
        ix->line_key[ix->lines_n++] = k;
        ix->line_table[at] = h >> 32 << 32 | ix->lines_n;
        u32 *source = &ix->source_of[k.word[0]];
        line_table_grow(ix);
        if (!*source) ix->source_name[ix->sources_n] = k.word[0], *source = ++ix->sources_n;
    }
    return line_find(ix, &k, h);
}

static u32 node_at(const struct index *ix, u32 owner)
{
    u32 id = owner & ~UNKNOWN_OWNER;
    ASSERT(id > 0);
    ASSERT(id <= ix->owner_first_n);
    return owner & UNKNOWN_OWNER ? ix->owner_first_n + 1 + id : id;
}

u32 node_find(const struct index *ix, u32 owner)
{
    u32 node = ix->node_of[node_at(ix, owner)];
    ASSERT(node <= ix->nodes_n);
    return node ? node - 1 : UNPLACED;
}

u32 node_add(struct index *ix, u32 owner)
{
    u32 *at = &ix->node_of[node_at(ix, owner)];
    ASSERT(owner);
    ASSERT(*at <= ix->nodes_n);
    if (!*at) ix->node_owner[ix->nodes_n] = owner, *at = ++ix->nodes_n;
    ASSERT(ix->nodes_n <= 2 * (ix->owner_first_n + 1));
    return *at - 1;
}

void line_push(struct line *l, u32 rec, i64 value)
{
    ASSERT(value > 0);
    ASSERT(l->next < LINE_VALUES);
    l->value[l->next] = value, l->rec[l->next] = rec;
    l->next = (l->next + 1) % LINE_VALUES;
    if (l->n < LINE_VALUES) l->n++;
    l->pushed = 1;
}

u32 line_at(const struct line *l, u32 k)
{
    ASSERT(k < l->n);
    ASSERT(l->n <= LINE_VALUES);
    return (l->next + LINE_VALUES - 1 - k) % LINE_VALUES;
}
