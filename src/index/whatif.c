#include "index/whatif.h"

/* Do owners' sums by partition say all that the estimator asks? */
static bool by_owner(const struct methodology *m)
{
    ASSERT(m->weights > 0);
    ASSERT(m->estimator > 0);
    return m->weights == WEIGHTS_SIZE &&
           (m->estimator == ESTIMATOR_PVWM || m->estimator == ESTIMATOR_WINSOR);
}

static i64 window_of(const struct index *ix, const struct print *p)
{
    ASSERT(p->window_hours > 0);
    ASSERT(ix->m.partitions > 0);
    return (i64)p->window_hours * 3600 * NS_PER_SECOND;
}

static bool estimated(const struct print *p)
{
    ASSERT(p->status > 0);
    ASSERT(p->level > 0);
    return p->level == LEVEL_L1 || p->level == LEVEL_L2;
}

/* The print's estimate once more, then the records that took part in keys[], by partition. */
static u32 again(struct index *of, const struct print *p, struct estimate *e)
{
    ASSERT(estimated(p));
    estimate_run(of, window_of(of, p), p->level == LEVEL_L2, e);
    ASSERT(e->observations <= of->caps.records);
    return e->failed ? 0 : estimate_inputs(of, window_of(of, p), p->level == LEVEL_L2);
}

static u32 part_of(const struct index *of, const struct item *it, i64 from, i64 part_ns)
{
    i64 part = (item_obs(of, it)->t_event - from) / part_ns;
    ASSERT(part >= 0);
    ASSERT(part < of->m.partitions);
    return (u32)part;
}

/* Marks each (owner, partition) met: how many there are, and in cell[slot] which one is open. */
static u32 count_cells(struct index *of, u32 keys, i64 from, i64 part_ns)
{
    u32 cells = 0, open = UINT32_MAX;
    for (u32 k = 0; k < keys; k++) {
        const struct item *it = &of->items[of->keys[k].i];
        struct owner_slot *s = &of->slots[it->slot];
        u32 part = part_of(of, it, from, part_ns);
        ASSERT(open == UINT32_MAX || part >= open); /* keys are by partition */
        if (part != open) of->stamp++, open = part;
        if (s->group_stamp == of->stamp) continue;
        s->group_stamp = of->stamp;
        cells++;
    }
    ASSERT(cells <= keys);
    return cells;
}

struct extent { u32 records, seen, added, keys; struct estimate e; }; /* of the copy */

static struct index_caps caps_of(struct extent x)
{
    u32 all = x.records + x.added;
    ASSERT(x.records > 0);
    ASSERT(x.records < UINT32_MAX / 8 && x.added < UINT32_MAX / 8);
    return (struct index_caps){ .records = all, .lines = 1, .owners = 1, .log_records = all,
                                .names = 2 * x.records + WHATIF_NAMES_MAX + 1024 };
}

static u64 align64(u64 n) { return (n + 63) & ~UINT64_C(63); }

static u64 bytes_of(struct extent x)
{
    struct index_caps c = caps_of(x);
    ASSERT(c.names > 2 * x.records);
    u64 n = align64(obs_log_bytes(c.log_records, c.names, 16)) + align64(index_bytes(c));
    n += align64(sizeof(u32) * (u64)x.records);
    return n + align64(sizeof(struct record_seen) * (u64)x.seen);
}

/* What the copy will hold; no records: it can not be made. */
static struct extent extent_of(struct index *of, const struct print *p)
{
    struct extent x = { .added = WHATIF_NAMES_MAX + WHATIF_TURNS * (u32)of->m.partitions };
    ASSERT(of->window_end > 0);
    ASSERT(of->m.partitions > 0);
    u32 keys = x.keys = estimated(p) ? again(of, p, &x.e) : 0;
    if (!keys) return x;
    i64 window = window_of(of, p);
    u32 cells = count_cells(of, keys, of->window_end - window, window / of->m.partitions);
    x.seen = keys <= WHATIF_RAW_MAX ? keys : cells;
    if (by_owner(&of->m)) x.records = 2 * cells;
    else if (keys <= WHATIF_RAW_MAX) x.records = keys;
    if (x.records) x.added += x.records; /* all may be repriced */
    return x;
}

struct whatif_size whatif_size(struct index *of, const struct print *p)
{
    struct extent x = extent_of(of, p);
    ASSERT(of);
    ASSERT(p);
    if (!x.records) return (struct whatif_size){ 0 };
    return (struct whatif_size){ bytes_of(x), x.records, x.seen, x.added, x.keys, x.e };
}

/* A name of the print's log in the copy's: the text counts, ids differ. */
static u32 name_in(struct whatif *w, const struct index *of, u32 id)
{
    u32 to = 0, bit = id & UNKNOWN_OWNER;
    ASSERT((id & ~UNKNOWN_OWNER) <= of->log->names.n);
    if (!(id & ~UNKNOWN_OWNER)) return 0;
    bool there = names_add(&w->log.names, names_text(&of->log->names, id & ~UNKNOWN_OWNER), &to);
    ASSERT(there); /* the copy has room for two a record and more */
    ASSERT(to > 0);
    return to | bit;
}

static struct item *put_item(struct whatif *w, const struct observation *o, u32 owner, i64 price,
                             i64 size)
{
    struct index *ix = w->ix;
    ASSERT(w->log.n < w->log.cap);
    ASSERT(ix->items_n < ix->caps.records);
    w->log.at[w->log.n] = *o;
    w->log.at[w->log.n].obs_id = w->log.n + 1;
    struct item *it = &ix->items[ix->items_n++];
    *it = (struct item){ .rec = w->log.n++, .owner = owner, .price = price, .size = size,
                         .role = LIST_BIT(ROLE_CANDIDATE) };
    return it;
}

static u32 owner_place(struct whatif *w, u32 owner)
{
    u32 slot = slot_of_owner(w->ix, owner); /* slots are met in the order of owners[] */
    ASSERT(slot <= w->owners_n);
    if (slot == w->owners_n) w->owners[w->owners_n++] = owner;
    ASSERT(w->owners[slot] == owner);
    return slot;
}

static void see(struct whatif *w, i64 price, i64 size, u32 owner)
{
    ASSERT(price > 0);
    ASSERT(size > 0);
    w->seen[w->seen_n++] = (struct record_seen){ price, size, owner_place(w, owner), 0 };
}

static i64 size_of_key(const struct index *of, u32 k)
{
    ASSERT(of->items);
    ASSERT(of->keys[k].lo <= INT64_MAX);
    return (i64)of->keys[k].lo; /* decayed by age where the level says so */
}

static void copy_records(struct whatif *w, struct index *of, u32 keys)
{
    ASSERT(keys <= WHATIF_RAW_MAX);
    for (u32 k = 0; k < keys; k++) {
        const struct item *it = &of->items[of->keys[k].i];
        struct observation o = *item_obs(of, it);
        u32 owner = name_in(w, of, it->owner);
        i64 size = size_of_key(of, k);
        o.source = name_in(w, of, o.source), o.provider = name_in(w, of, o.provider);
        o.key = o.region = o.model = o.counter_owner = o.owner = o.source_ref = o.attestation = 0;
        struct item *copy = put_item(w, &o, owner, it->price, size);
        copy->aged = it->aged;
        if (size > 0) see(w, it->price, size, owner);
    }
    ASSERT(w->ix->items_n == keys);
}

/* Owner by owner within one partition: two records, a micro apart, that weigh and cost the same. */
static void copy_cells(struct whatif *w, struct index *of, u32 from_key, u32 end, u32 part,
                       bool raw_seen)
{
    of->stamp++;
    for (u32 k = from_key; k < end; k++) { /* sums by owner */
        const struct item *it = &of->items[of->keys[k].i];
        struct owner_slot *s = &of->slots[it->slot];
        if (s->group_stamp != of->stamp) s->group_stamp = of->stamp, s->size = 0, s->value = 0;
        s->size += size_of_key(of, k), s->value += (i128)it->price * size_of_key(of, k);
        if (raw_seen && size_of_key(of, k) > 0)
            see(w, it->price, size_of_key(of, k), name_in(w, of, it->owner));
    }
    for (u32 k = from_key; k < end; k++) {
        const struct item *it = &of->items[of->keys[k].i];
        struct owner_slot *s = &of->slots[it->slot];
        if (s->group_stamp != of->stamp || s->size <= 0) continue; /* done, or nothing there */
        struct observation o = { .kind = item_obs(of, it)->kind, .t_event = w->from +
                                                                            part * w->part_ns };
        u32 owner = name_in(w, of, it->owner);
        i64 low = (i64)(s->value / s->size), more = (i64)(s->value % s->size);
        o.source = name_in(w, of, item_obs(of, it)->source), o.provider = owner & ~UNKNOWN_OWNER;
        if (s->size > more) (void)put_item(w, &o, owner, low, s->size - more);
        if (more) (void)put_item(w, &o, owner, low + 1, more);
        if (!raw_seen) see(w, more * 2 >= s->size ? low + 1 : low, s->size, owner);
        s->size = 0;
    }
    ASSERT(w->ix->items_n <= w->ix->caps.records);
}

static void copy_partitions(struct whatif *w, struct index *of, u32 keys)
{
    bool raw_seen = keys <= WHATIF_RAW_MAX;
    ASSERT(keys > 0);
    ASSERT(w->part_ns > 0);
    for (u32 k = 0, end; k < keys; k = end) {
        u32 part = part_of(of, &of->items[of->keys[k].i], w->from, w->part_ns);
        for (end = k; end < keys; end++)
            if (part_of(of, &of->items[of->keys[end].i], w->from, w->part_ns) != part) break;
        copy_cells(w, of, k, end, part, raw_seen);
    }
    ASSERT(w->seen_n > 0);
}

static void name_attackers(struct whatif *w)
{
    for (u32 i = 0; i < WHATIF_NAMES_MAX; i++) {
        char name[32];
        struct text t = text_on(name, sizeof name);
        text_put(&t, "~attacker-"); /* after every honest name: it wins no tie by its text */
        text_put_u64(&t, 1000 + i);
        bool there = names_add(&w->log.names, str_of(name), &w->attacker[i]);
        ASSERT(there);
    }
    ASSERT(w->attacker[0] > 0);
}

/* Cuts the memory, opens a series of its own over an empty log. */
static bool open_copy(struct whatif *w, void *memory, u64 bytes, const struct index *of,
                      struct extent x)
{
    struct index_caps c = caps_of(x);
    u8 *at = memory;
    ASSERT(((uintptr_t)memory & 63) == 0);
    if (bytes < bytes_of(x)) return false;
    w->log = obs_log_on(at, c.log_records, c.names, 16);
    at += align64(obs_log_bytes(c.log_records, c.names, 16));
    w->ix = index_open(at, index_bytes(c), c, &of->stated, NULL, 0, &w->log);
    if (!w->ix) return false;
    at += align64(index_bytes(c));
    w->owners = (void *)at;
    at += align64(sizeof(u32) * (u64)x.records);
    w->seen = (void *)at;
    w->ix->window_start = of->window_start, w->ix->window_end = of->window_end;
    w->ix->m = w->strict = of->m;
    w->ix->m.need_volume = 0; /* counts records where weights are equal */
    ASSERT(w->ix->log == &w->log);
    return true;
}

bool whatif_load(struct whatif *w, void *memory, struct index *of, const struct print *p,
                 const struct whatif_size *size)
{
    struct extent x = { .records = size->records, .seen = size->seen, .added = size->added };
    ASSERT(w);
    ASSERT(size->keys > 0);
    *w = (struct whatif){ 0 };
    if (!open_copy(w, memory, size->bytes, of, x)) return false;
    i64 window = window_of(of, p);
    w->from = of->window_end - window, w->part_ns = window / of->m.partitions;
    if (by_owner(&of->m)) copy_partitions(w, of, size->keys);
    else copy_records(w, of, size->keys);
    w->base = w->ix->items_n;
    name_attackers(w);
    whatif_run(w, false, &w->unchanged);
    ASSERT(w->unchanged.failed || w->unchanged.count == size->e.count);
    return !w->unchanged.failed && w->unchanged.sum.v == size->e.sum.v;
}

void whatif_reset(struct whatif *w)
{
    struct index *ix = w->ix;
    ASSERT(ix->items_n >= w->base);
    ix->items_n = w->log.n = w->base;
    for (u32 i = 0; i < w->base; i++) ix->items[i].reason = 0;
    ASSERT(w->log.n == w->base);
}

void whatif_skip(struct whatif *w, u32 owner)
{
    ASSERT(owner < w->owners_n);
    for (u32 i = 0; i < w->base; i++)
        if (w->ix->items[i].owner == w->owners[owner]) w->ix->items[i].reason = REASON_SUPERSEDED;
    ASSERT(w->ix->items_n >= w->base);
}

/* The owner's records stand aside, and others at the new price come in their place. */
void whatif_reprice(struct whatif *w, u32 owner, i64 price)
{
    ASSERT(owner < w->owners_n);
    ASSERT(price > 0);
    for (u32 i = 0; i < w->base; i++) {
        struct item *it = &w->ix->items[i];
        if (it->owner != w->owners[owner] || it->reason) continue;
        if (w->log.n == w->log.cap) break;
        it->reason = REASON_SUPERSEDED;
        struct item *now = put_item(w, &w->log.at[it->rec], it->owner, price, it->size);
        now->aged = it->aged;
    }
}

bool whatif_add(struct whatif *w, const struct placed *p)
{
    struct observation o = { .t_event = w->from + p->part * w->part_ns, .kind = OBS_KIND_TRADE };
    ASSERT(p->name < WHATIF_NAMES_MAX);
    ASSERT(p->price > 0 && p->size > 0);
    if (w->log.n == w->log.cap) return false;
    if (w->base) o.kind = w->log.at[0].kind, o.source = w->log.at[0].source;
    o.provider = w->attacker[p->name];
    (void)put_item(w, &o, w->attacker[p->name], p->price, p->size);
    return true;
}

void whatif_run(struct whatif *w, bool lax, struct estimate *out)
{
    struct methodology *m = &w->ix->m, kept = *m;
    i64 window = w->part_ns * m->partitions;
    ASSERT(window > 0);
    if (lax) m->need_owners = m->need_partitions = 1, m->max_owner_ppm = PPM;
    estimate_run(w->ix, window, false, out);
    *m = kept;
    ASSERT(w->ix->items_n >= w->base);
}

Str whatif_owner_name(const struct whatif *w, u32 owner)
{
    ASSERT(owner < w->owners_n);
    ASSERT(w->owners[owner]);
    return names_text(&w->log.names, w->owners[owner] & ~UNKNOWN_OWNER);
}
