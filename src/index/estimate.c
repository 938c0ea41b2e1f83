#include "index/estimators.h"
#include "index/work.h"

static bool takes_part(const struct item *it, bool older)
{
    ASSERT(it->role);
    if (it->price <= 0 || it->size <= 0) return false;
    if (it->role & LIST_BIT(ROLE_CANDIDATE)) return !it->reason;
    return older && it->role & LIST_BIT(ROLE_OLDER);
}

/* A comparison method that does not group by owner still has entities where its own rule speaks of
 * providers or venues: then they are the records' providers. */
static bool by_provider(const struct index *ix)
{
    ASSERT(ix->m.weights < WEIGHTS_COUNT);
    ASSERT(ix->m.estimator < ESTIMATOR_COUNT);
    return ix->m.weights == WEIGHTS_RECORD_EQUAL &&
           (ix->m.estimator == ESTIMATOR_PROVMEAN || ix->m.estimator == ESTIMATOR_CAP2MED);
}

/* Items that take part, as keys (partition, record); sizes of older days decay (L2). */
static u32 gather(struct index *ix, i64 from, i64 window_ns, bool older, struct estimate *e)
{
    u32 keys = 0;
    bool provider = by_provider(ix);
    i64 part_ns = window_ns / ix->m.partitions, since = from;
    if (ix->m.estimator == ESTIMATOR_RTI)
        since = ix->window_end - ix->m.rti_stale_s * NS_PER_SECOND; /* within the window */
    ASSERT(part_ns > 0);
    ASSERT(window_ns % ix->m.partitions == 0);
    for (u32 i = 0; i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        const struct observation *o = item_obs(ix, it);
        if (!takes_part(it, older) || o->t_event < since || o->t_event >= ix->window_end) continue;
        if (provider) it->owner = o->provider;
        it->slot = slot_of_owner(ix, it->owner);
        it->part = (u32)((o->t_event - from) / part_ns);
        i64 size = it->size;
        for (i64 age = (ix->window_end - 1 - o->t_event) / NS_PER_DAY; older && age > 0; age--)
            size = (i64)div_round((i128)size * ix->m.decay_ppm, PPM, ROUND_HALF_EVEN);
        ix->keys[keys++] = (struct key){ (u64)it->part << 32 | (u32)i, (u64)size, i, 0 };
        e->volume += size;
        if (o->kind == OBS_KIND_TRADE) e->traded += size;
    }
    keys_sort(ix->keys, keys, ix->keys_scratch);
    e->observations = e->keys = keys;
    return keys;
}

u32 estimate_inputs(struct index *ix, i64 window_ns, bool older)
{
    struct estimate e = { 0 };
    ASSERT(window_ns > 0);
    ASSERT(ix->m.partitions > 0);
    slots_clear(ix);
    return gather(ix, ix->window_end - window_ns, window_ns, older, &e);
}

i64 owner_weight(const struct index *ix, i64 size)
{
    ASSERT(size >= 0);
    ASSERT(ix->m.s_cap >= ix->m.s_min);
    return size < ix->m.s_min ? 0 : i64_min(size, ix->m.s_cap); /* capped linear (section 5) */
}

/* An entity's plain mean instead of its mean by size. */
static bool is_plain(const struct index *ix)
{
    return ix->m.estimator == ESTIMATOR_PROVMEAN && ix->m.within == WITHIN_PLAIN;
}

/* Adds an item to its owner's gathering; true if it lifted the owner over s_min. */
static bool slot_add(struct index *ix, const struct item *it, i64 size, u32 stamp)
{
    struct owner_slot *s = &ix->slots[it->slot];
    ASSERT(size >= 0);
    if (s->group_stamp != stamp) s->group_stamp = stamp, s->size = 0, s->value = 0, s->records = 0;
    bool before = s->records && owner_weight(ix, s->size) > 0;
    s->size += size, s->records++;
    s->value += is_plain(ix) ? it->price : (i128)it->price * size;
    ASSERT(s->size >= 0);
    return !before && owner_weight(ix, s->size) > 0;
}

/* Which group each partition belongs to. A partition with fewer owners than the minimum passes its
 * observations on (FORWARD) or is dropped; what is left at the end joins the last valid one. A day
 * of trail counts its observations instead, and none is passed on. */
static void merge_partitions(struct index *ix, u32 keys)
{
    u32 open = 0, owners = 0, k = 0, parts = (u32)ix->m.partitions;
    bool days = ix->m.estimator == ESTIMATOR_TRAIL;
    i64 least = days ? ix->m.n_min : ix->m.min_owners_partition;
    ix->groups = 0;
    ASSERT(parts > 0);
    ASSERT(parts <= PARTITIONS_MAX);
    ix->stamp++;
    for (u32 p = 0; p < parts; p++) {
        for (; k < keys && ix->keys[k].hi >> 32 == p; k++) {
            bool one = slot_add(ix, &ix->items[ix->keys[k].i], (i64)ix->keys[k].lo, ix->stamp);
            owners += days || one;
        }
        bool valid = owners >= least;
        ix->part_group[p] = valid ? ix->groups : UINT32_MAX;
        if (!valid && ix->m.merge == MERGE_FORWARD && !days) continue;
        for (; valid && open < p; open++) ix->part_group[open] = ix->groups;
        open = p + 1, owners = 0;
        ix->groups += valid;
        ix->stamp++;
    }
    for (; ix->groups && open < parts; open++) ix->part_group[open] = ix->groups - 1;
}

static void flush_group(struct index *ix, u32 first_slot_key, u32 end_key, u32 group)
{
    ASSERT(first_slot_key <= end_key);
    ASSERT(group < ix->groups);
    ix->group_at[group] = ix->points_n;
    for (u32 k = first_slot_key; k < end_key; k++) {
        struct owner_slot *s = &ix->slots[ix->items[ix->keys[k].i].slot];
        if (s->group_stamp != ix->stamp || !s->records) continue; /* not of this group, or out */
        i64 w = owner_weight(ix, s->size);
        if (w > 0) {
            ix->points[ix->points_n++] =
                (struct point){ s->value, is_plain(ix) ? (i64)s->records : s->size, w, s->owner };
            s->weight += w;
        }
        s->records = 0;
    }
    ASSERT(ix->points_n <= ix->caps.records);
}

/* One point an owner and group: size-weighted mean price, capped-linear weight. */
static void points_by_size(struct index *ix, u32 keys)
{
    ASSERT(ix->groups > 0);
    ix->points_n = 0;
    for (u32 g = 0, from = 0, k = 0; g < ix->groups; g++, from = k) {
        ix->stamp++;
        while (k < keys && ix->part_group[ix->keys[k].hi >> 32] == UINT32_MAX) k++;
        for (from = k; k < keys; k++) {
            u32 of = ix->part_group[ix->keys[k].hi >> 32];
            if (of != g && of != UINT32_MAX) break;
            if (of == g)
                (void)slot_add(ix, &ix->items[ix->keys[k].i], (i64)ix->keys[k].lo, ix->stamp);
        }
        flush_group(ix, from, k, g);
    }
    ix->group_at[ix->groups] = ix->points_n;
    ASSERT(ix->group_at[0] == 0);
}

/* Where the points of each group begin, as keys by group are walked; called with UINT32_MAX at the
 * end. */
static void open_groups(struct index *ix, u32 *open, u32 group)
{
    ASSERT(*open <= ix->groups + 1);
    ASSERT(group == UINT32_MAX || group < ix->groups);
    while (*open <= ix->groups && *open <= group) ix->group_at[(*open)++] = ix->points_n;
}

/* OWNER_EQUAL: the MID median of an owner's records in a group, every record and owner counting
 * 1. */
static void points_by_owner(struct index *ix, struct estimate *e)
{
    u32 n = 0, open = 0;
    ix->points_n = 0;
    for (u32 k = 0; k < e->keys; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        u64 group = ix->part_group[ix->keys[k].hi >> 32];
        if (group == UINT32_MAX) continue;
        ix->keys[n++] = (struct key){ group << 32 | it->slot, (u64)it->price, ix->keys[k].i, 0 };
    }
    keys_sort(ix->keys, n, ix->keys_scratch);
    for (u32 from = 0, to; from < n; from = to) {
        for (to = from; to < n && ix->keys[to].hi == ix->keys[from].hi;) to++;
        struct owner_slot *s = &ix->slots[(u32)ix->keys[from].hi];
        i64 a = (i64)ix->keys[from + (to - from - 1) / 2].lo;
        i64 b = (i64)ix->keys[from + (to - from) / 2].lo;
        open_groups(ix, &open, (u32)(ix->keys[from].hi >> 32));
        ix->points[ix->points_n++] = (struct point){ a + b, 2, 1, s->owner };
        s->weight++;
    }
    open_groups(ix, &open, UINT32_MAX);
    e->keys = n;
    ASSERT(ix->points_n <= n);
    ASSERT(ix->group_at[ix->groups] == ix->points_n);
}

/* RECORD_EQUAL: a point a record. An owner's weight is the number of its records. */
static void points_by_record(struct index *ix, struct estimate *e)
{
    u32 n = 0, open = 0;
    ix->points_n = 0;
    for (u32 k = 0; k < e->keys; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        u32 group = ix->part_group[ix->keys[k].hi >> 32];
        if (group == UINT32_MAX) continue;
        open_groups(ix, &open, group);
        ix->points[ix->points_n++] = (struct point){ it->price, 1, 1, it->rec };
        ix->slots[it->slot].weight++;
        ix->keys[n++] = ix->keys[k];
    }
    open_groups(ix, &open, UINT32_MAX);
    e->keys = n;
    ASSERT(ix->points_n == n);
    ASSERT(ix->group_at[ix->groups] == n);
}

static void build_points(struct index *ix, struct estimate *e)
{
    ASSERT(ix->groups > 0);
    ASSERT(e->keys > 0);
    if (ix->m.weights == WEIGHTS_SIZE || ix->m.estimator == ESTIMATOR_PROVMEAN)
        points_by_size(ix, e->keys);
    else if (ix->m.weights == WEIGHTS_OWNER_EQUAL || by_provider(ix)) points_by_owner(ix, e);
    else points_by_record(ix, e);
    if (ix->m.estimator != ESTIMATOR_TRAIL) return;
    u32 n = 0;
    e->volume = 0, e->traded = 0; /* all that is published is of valid days alone */
    for (u32 k = 0; k < e->keys; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        if (ix->part_group[it->part] == UINT32_MAX) continue;
        ix->keys[n++] = ix->keys[k], e->volume += it->size;
        if (item_obs(ix, it)->kind == OBS_KIND_TRADE) e->traded += it->size;
    }
    e->observations = e->keys = n;
}

/* An unknown owner is one owner per provider, and per source at most one of them counts. */
static u32 owners_that_count(const struct index *ix, u32 keys)
{
    u32 known = 0, unknown = 0, sources = 0, source[SOURCES_COUNTED];
    ASSERT(keys <= ix->caps.records);
    for (u32 i = 0; i < ix->slots_n; i++) {
        if (ix->slots[i].weight <= 0) continue;
        if (ix->slots[i].owner & UNKNOWN_OWNER) unknown++;
        else known++;
    }
    if (unknown && ix->cells_used) sources = cells_sources(ix, source, SOURCES_COUNTED);
    for (u32 k = 0; !ix->cells_used && unknown && k < keys && sources < SOURCES_COUNTED; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        if (!(it->owner & UNKNOWN_OWNER) || ix->slots[it->slot].weight <= 0) continue;
        u32 s = 0;
        while (s < sources && source[s] != item_obs(ix, it)->source) s++;
        if (s == sources) source[sources++] = item_obs(ix, it)->source;
    }
    ASSERT(known + unknown <= ix->slots_n);
    return known + (sources < unknown ? sources : unknown);
}

/* By text: ids depend on who was interned first. */
static bool owner_before(const struct index *ix, u32 a, u32 b)
{
    u32 x = a & ~UNKNOWN_OWNER, y = b & ~UNKNOWN_OWNER;
    ASSERT(x && y);
    ASSERT(x <= ix->log->names.n);
    return memcmp(&ix->log->names.at[x - 1], &ix->log->names.at[y - 1], sizeof(Name)) < 0;
}

/* Owners' weights into slot_weight, dense over slots; the largest and its share. */
static bool owner_weights(struct index *ix, struct estimate *e)
{
    i128 all = 0;
    u32 best = 0;
    ASSERT(ix->slots_n > 0);
    for (u32 i = 0; i < ix->slots_n; i++) {
        ix->slot_weight[i] = ix->slots[i].weight;
        all += ix->slots[i].weight;
        i64 more = ix->slots[i].weight - ix->slots[best].weight;
        if (more > 0 || (more == 0 && owner_before(ix, ix->slots[i].owner, ix->slots[best].owner)))
            best = i;
    }
    if (all <= 0 || all > STATS_WEIGHT_MAX / PPM) return false;
    e->owner_max = ix->slots[best].owner;
    e->owner_max_ppm = (u32)div_round((i128)ix->slots[best].weight * PPM, all, ROUND_HALF_EVEN);
    ASSERT(e->owner_max_ppm <= PPM);
    return true;
}

/* The cap acts on owners over the window; a capped owner's points shrink in proportion. The shares
 * of the others to each other stay as they are, so an unbound cap changes no bit. */
static bool cap_points(struct index *ix, struct estimate *e)
{
    struct cap c;
    u32 n = 0;
    ASSERT(ix->points_n > 0);
    for (u32 i = 0; i < ix->slots_n; i++) /* only those with weight are owners of this print */
        if (ix->slot_weight[i] > 0)
            ix->slots[i].stamp = n, ix->slot_weight[n++] = ix->slot_weight[i];
    if (ix->m.weight_floor_ppm) { /* votes: their shares are the weights, no point shrinks */
        if (!bounded_weights(ix->slot_weight, n, (u32)ix->m.weight_floor_ppm,
                             (u32)ix->m.weight_cap_ppm, ix->fixed, ix->slot_ppm))
            return false;
        for (u32 i = 0; i < n; i++) e->capped |= ix->fixed[i];
        concentration(ix->slot_ppm, n, &e->hhi, &e->n_eff_milli);
        return true;
    }
    if (!cap_weights(ix->slot_weight, n, (u32)ix->m.weight_cap_ppm, ix->fixed, ix->slot_ppm))
        return false;
    concentration(ix->slot_ppm, n, &e->hhi, &e->n_eff_milli);
    if (!cap_find(ix->slot_weight, n, (u32)ix->m.weight_cap_ppm, ix->fixed, &c)) return false;
    e->capped = c.fixed_n > 0;
    /* a fixed owner's target weight is rest x cap / share: in units of 1 / share it is whole, and
     * so exact where an owner has one point; `more` keeps six digits where it has several */
    i128 share = PPM - (i128)c.fixed_n * ix->m.weight_cap_ppm;
    i64 more = share > 0 ? (i64)(PPM / share) : 0, scale = (i64)share * more;
    for (u32 i = 0; e->capped && i < ix->points_n; i++) {
        struct point *p = &ix->points[i];
        u32 s = ix->slots[slot_of_owner(ix, (u32)p->id)].stamp;
        p->weight = !ix->fixed[s]
                        ? p->weight * scale
                        : (i64)div_round((i128)p->weight * c.rest * ix->m.weight_cap_ppm * more,
                                         ix->slot_weight[s], ROUND_HALF_EVEN);
    }
    ASSERT(share > 0);
    return true;
}

/* Percentiles of eligible prices: by size over records, or over owners where they weigh the
 * same. */
static bool percentiles(struct index *ix, struct estimate *e)
{
    static const u32 at_ppm[5] = { 10000, 250000, 500000, 750000, 990000 };
    u32 n = ix->points_n, found;
    ASSERT(ix->m.percentiles_n == (i64)ARRAY_LEN(at_ppm));
    if (ix->cells_used) return cells_quantiles(ix, at_ppm, ARRAY_LEN(at_ppm), e->pct);
    bool size = ix->m.weights == WEIGHTS_SIZE;
    if (size || (ix->m.weights == WEIGHTS_RECORD_EQUAL && !by_provider(ix))) {
        n = 0;
        for (u32 k = 0; k < e->keys; k++) {
            const struct item *it = &ix->items[ix->keys[k].i];
            i64 weight = size ? (i64)ix->keys[k].lo : 1;
            ix->points[n++] = (struct point){ it->price, 1, weight, it->rec };
        }
    }
    points_sort(ix->points, n, ix->points_scratch);
    for (u32 i = 0; i < ARRAY_LEN(at_ppm); i++) {
        if (!weighted_quantile(ix->points, n, at_ppm[i], &found)) return false;
        if (!fine_round(point_fine(&ix->points[found]), 1, 6, &e->pct[i])) return false;
    }
    ASSERT(e->pct[0] <= e->pct[4]);
    return true;
}

u8 estimate_sufficiency(const struct index *ix, const struct estimate *e)
{
    ASSERT(e->owner_max_ppm <= PPM);
    ASSERT(ix->m.need_owners > 0);
    if (e->owners < ix->m.need_owners) return SHORT_MIN_ENTITIES;
    if (e->partitions < ix->m.need_partitions) return SHORT_MIN_PARTITIONS;
    if (e->volume < ix->m.need_volume) return SHORT_MIN_VOLUME;
    return e->owner_max_ppm > ix->m.max_owner_ppm ? SHORT_DOMINANT : 0;
}

void estimate_ready(struct index *ix, i64 window_ns, bool older, struct estimate *e)
{
    ASSERT(window_ns > 0);
    ASSERT(ix->m.estimator < ESTIMATOR_COUNT);
    *e = (struct estimate){ .failed = SHORT_MIN_ENTITIES };
    slots_clear(ix);
    ix->cells_used = false;
    u32 keys = !older && cells_gather(ix, window_ns, e)
                   ? e->observations
                   : gather(ix, ix->window_end - window_ns, window_ns, older, e);
    if (!keys) return;
    if (ix->cells_used) cells_merge(ix);
    else merge_partitions(ix, keys);
    e->partitions = ix->groups;
    if (!ix->groups) {
        e->failed = SHORT_MIN_PARTITIONS;
        if (ix->slots_n < ix->m.need_owners) e->failed = SHORT_MIN_ENTITIES;
        return;
    }
    if (ix->cells_used) cells_points(ix);
    else build_points(ix, e);
    e->failed = estimator_weights(ix, e);
    if (e->failed) return;
    e->owners = owners_that_count(ix, e->keys);
    if (!owner_weights(ix, e)) {
        e->failed = ix->points_n && e->owners ? SHORT_OVERFLOW : SHORT_MIN_ENTITIES;
        return;
    }
    e->failed = estimate_sufficiency(ix, e);
    if (e->failed) return;
    if (!cap_points(ix, e)) e->failed = SHORT_CAP_INFEASIBLE;
}

void estimate_run(struct index *ix, i64 window_ns, bool older, struct estimate *e)
{
    ASSERT(window_ns > 0);
    ASSERT(ix->m.decimals <= 6);
    estimate_ready(ix, window_ns, older, e);
    if (!e->failed) e->failed = estimator_run(ix, e);
    if (e->failed) return;
    bool fine = fine_round(e->sum, e->count, (u32)ix->m.decimals, &e->value) && percentiles(ix, e);
    if (!fine || e->value <= 0) e->failed = SHORT_OVERFLOW;
}
