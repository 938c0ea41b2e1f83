#include "index/work.h"

/* Points stand by group (a valid partition, or partitions merged into one), one an owner. An
 * estimator answers sum / count, so that the mean of partitions is rounded once with the value. */
struct estimator_row {
    const char *id;
    bool (*run)(const struct index *ix, Fine *sum, i64 *count);
};

static bool estimate_pvwm(const struct index *ix, Fine *sum, i64 *count)
{
    sum->v = 0;
    *count = ix->groups;
    ASSERT(ix->groups > 0);
    ASSERT(ix->groups <= PARTITIONS_MAX);
    for (u32 g = 0; g < ix->groups; g++) {
        u32 from = ix->group_at[g], n = ix->group_at[g + 1] - from;
        Fine median;
        points_sort(ix->points + from, n, ix->points_scratch);
        if (!weighted_median(ix->points + from, n, (u32)ix->m.tie, &median)) return false;
        sum->v += median.v;
    }
    return true;
}

static bool estimate_winsor(const struct index *ix, Fine *sum, i64 *count)
{
    Fine lo, hi;
    *count = 1;
    ASSERT(ix->groups == 1);
    ASSERT(ix->m.alpha_ppm > 0);
    points_sort(ix->points, ix->points_n, ix->points_scratch);
    return winsorised_mean(ix->points, ix->points_n, (u32)ix->m.alpha_ppm, &lo, &hi, sum);
}

static const struct estimator_row estimators[ESTIMATOR_COUNT] = {
    [ESTIMATOR_PVWM] = { "pvwm", estimate_pvwm },
    [ESTIMATOR_WINSOR] = { "winsor", estimate_winsor },
};

static bool takes_part(const struct item *it, bool older)
{
    ASSERT(it->role);
    if (it->price <= 0 || it->size <= 0) return false;
    if (it->role & LIST_BIT(ROLE_CANDIDATE)) return !it->reason;
    return older && it->role & LIST_BIT(ROLE_OLDER);
}

/* Items that take part, as keys (partition, record); sizes of older days decay (L2). */
static u32 gather(struct index *ix, i64 from, i64 window_ns, bool older, struct estimate *e)
{
    u32 keys = 0;
    i64 part_ns = window_ns / ix->m.partitions;
    ASSERT(part_ns > 0);
    ASSERT(window_ns % ix->m.partitions == 0);
    for (u32 i = 0; i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        const struct observation *o = item_obs(ix, it);
        if (!takes_part(it, older) || o->t_event < from || o->t_event >= ix->window_end) continue;
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
    e->observations = keys;
    return keys;
}

static i64 weight_of(const struct index *ix, i64 size)
{
    ASSERT(size >= 0);
    ASSERT(ix->m.s_cap >= ix->m.s_min);
    return size < ix->m.s_min ? 0 : i64_min(size, ix->m.s_cap); /* capped linear (section 5) */
}

/* Adds an item to its owner's gathering; true if it lifted the owner over s_min. */
static bool slot_add(struct index *ix, const struct item *it, i64 size, u32 stamp)
{
    struct owner_slot *s = &ix->slots[it->slot];
    ASSERT(size >= 0);
    if (s->group_stamp != stamp) s->group_stamp = stamp, s->size = 0, s->value = 0, s->records = 0;
    bool before = s->records && weight_of(ix, s->size) > 0;
    s->size += size, s->value += (i128)it->price * size, s->records++;
    ASSERT(s->size >= 0);
    return !before && weight_of(ix, s->size) > 0;
}

/* Which group each partition belongs to. A partition with fewer owners than the minimum passes its
 * observations on (FORWARD) or is dropped; what is left at the end joins the last valid one. */
static void merge_partitions(struct index *ix, u32 keys)
{
    u32 open = 0, owners = 0, k = 0, parts = (u32)ix->m.partitions;
    ix->groups = 0;
    ASSERT(parts > 0);
    ASSERT(parts <= PARTITIONS_MAX);
    ix->stamp++;
    for (u32 p = 0; p < parts; p++) {
        for (; k < keys && ix->keys[k].hi >> 32 == p; k++)
            owners += slot_add(ix, &ix->items[ix->keys[k].i], (i64)ix->keys[k].lo, ix->stamp);
        bool valid = owners >= ix->m.min_owners_partition;
        ix->part_group[p] = valid ? ix->groups : UINT32_MAX;
        if (!valid && ix->m.merge == MERGE_FORWARD) continue;
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
        i64 w = weight_of(ix, s->size);
        if (w > 0) {
            ix->points[ix->points_n++] = (struct point){ s->value, s->size, w, s->owner };
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

/* OWNER_EQUAL: the MID median of an owner's records, every record and every owner counting 1. */
static void points_by_owner(struct index *ix, u32 keys)
{
    ix->points_n = 0;
    ASSERT(ix->groups == 1);
    for (u32 k = 0; k < keys; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        ix->keys[k].hi = it->slot, ix->keys[k].lo = (u64)it->price;
    }
    keys_sort(ix->keys, keys, ix->keys_scratch);
    for (u32 from = 0, to; from < keys; from = to) {
        for (to = from; to < keys && ix->keys[to].hi == ix->keys[from].hi;) to++;
        struct owner_slot *s = &ix->slots[ix->keys[from].hi];
        i64 a = (i64)ix->keys[from + (to - from - 1) / 2].lo;
        i64 b = (i64)ix->keys[from + (to - from) / 2].lo;
        ix->points[ix->points_n++] = (struct point){ a + b, 2, 1, s->owner };
        s->weight = 1;
    }
    ix->group_at[0] = 0, ix->group_at[1] = ix->points_n;
    ASSERT(ix->points_n <= keys);
}

/* An unknown owner is one owner per provider, and per source at most one of them counts. Sources
 * are few; beyond SOURCES_COUNTED no more of them count. */
#define SOURCES_COUNTED 64u
static u32 owners_that_count(const struct index *ix, u32 keys)
{
    u32 known = 0, unknown = 0, sources = 0, source[SOURCES_COUNTED];
    ASSERT(keys <= ix->caps.records);
    for (u32 i = 0; i < ix->slots_n; i++) {
        if (ix->slots[i].weight <= 0) continue;
        if (ix->slots[i].owner & UNKNOWN_OWNER) unknown++;
        else known++;
    }
    for (u32 k = 0; unknown && k < keys && sources < SOURCES_COUNTED; k++) {
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
    if (!cap_weights(ix->slot_weight, n, (u32)ix->m.weight_cap_ppm, ix->fixed, ix->slot_ppm))
        return false;
    concentration(ix->slot_ppm, n, &e->hhi, &e->n_eff_milli);
    if (!cap_find(ix->slot_weight, n, (u32)ix->m.weight_cap_ppm, ix->fixed, &c)) return false;
    e->capped = c.fixed_n > 0;
    i128 share = PPM - (i128)c.fixed_n * ix->m.weight_cap_ppm;
    for (u32 i = 0; e->capped && i < ix->points_n; i++) {
        struct point *p = &ix->points[i];
        u32 s = ix->slots[slot_of_owner(ix, (u32)p->id)].stamp;
        /* a fixed owner's target weight is rest x cap / share, in millionths of a unit */
        p->weight = !ix->fixed[s]
                        ? p->weight * PPM
                        : (i64)div_round((i128)p->weight * c.rest * ix->m.weight_cap_ppm * PPM,
                                         share * ix->slot_weight[s], ROUND_HALF_EVEN);
    }
    ASSERT(share > 0);
    return true;
}

/* Percentiles of eligible prices: by size over records, or over owners where they weigh the
 * same. */
static bool percentiles(struct index *ix, u32 keys, struct estimate *e)
{
    static const u32 at_ppm[5] = { 10000, 250000, 500000, 750000, 990000 };
    u32 n = ix->points_n, found;
    ASSERT(ix->m.percentiles_n == (i64)ARRAY_LEN(at_ppm));
    if (ix->m.weights == WEIGHTS_SIZE) {
        for (u32 k = 0; k < keys; k++) {
            const struct item *it = &ix->items[ix->keys[k].i];
            ix->points[k] = (struct point){ it->price, 1, (i64)ix->keys[k].lo, it->rec };
        }
        n = keys;
    }
    points_sort(ix->points, n, ix->points_scratch);
    for (u32 i = 0; i < ARRAY_LEN(at_ppm); i++) {
        if (!weighted_quantile(ix->points, n, at_ppm[i], &found)) return false;
        if (!fine_round(point_fine(&ix->points[found]), 1, 6, &e->pct[i])) return false;
    }
    ASSERT(e->pct[0] <= e->pct[4]);
    return true;
}

static u8 sufficiency(const struct index *ix, const struct estimate *e)
{
    ASSERT(e->owner_max_ppm <= PPM);
    ASSERT(ix->m.need_owners > 0);
    if (e->owners < ix->m.need_owners) return SHORT_MIN_ENTITIES;
    if (e->partitions < ix->m.need_partitions) return SHORT_MIN_PARTITIONS;
    if (e->volume < ix->m.need_volume) return SHORT_MIN_VOLUME;
    return e->owner_max_ppm > ix->m.max_owner_ppm ? SHORT_DOMINANT : 0;
}

void estimate_run(struct index *ix, i64 window_ns, bool older, struct estimate *e)
{
    Fine sum;
    i64 count;
    const struct estimator_row *row = &estimators[ix->m.estimator];
    ASSERT(row->run);
    ASSERT(window_ns > 0);
    *e = (struct estimate){ .failed = SHORT_MIN_ENTITIES };
    slots_clear(ix);
    u32 keys = gather(ix, ix->window_end - window_ns, window_ns, older, e);
    if (!keys) return;
    merge_partitions(ix, keys);
    e->partitions = ix->groups;
    if (!ix->groups) {
        e->failed = SHORT_MIN_PARTITIONS;
        if (ix->slots_n < ix->m.need_owners) e->failed = SHORT_MIN_ENTITIES;
        return;
    }
    if (ix->m.weights == WEIGHTS_SIZE) points_by_size(ix, keys);
    else points_by_owner(ix, keys);
    e->owners = owners_that_count(ix, keys);
    if (!owner_weights(ix, e)) {
        e->failed = ix->points_n ? SHORT_OVERFLOW : SHORT_MIN_ENTITIES;
        return;
    }
    e->failed = sufficiency(ix, e);
    if (e->failed) return;
    if (!cap_points(ix, e)) {
        e->failed = SHORT_CAP_INFEASIBLE;
        return;
    }
    bool fine = row->run(ix, &sum, &count) &&
                fine_round(sum, count, (u32)ix->m.decimals, &e->value) && percentiles(ix, keys, e);
    if (!fine || e->value <= 0) e->failed = SHORT_OVERFLOW;
    else e->sum = sum, e->count = count;
}
