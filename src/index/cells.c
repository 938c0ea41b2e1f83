#include "index/sort.h"
#include "index/work.h"

/* The same sums, groups and percentiles as estimate.c's, for prints so large that sorting their
 * records is the dearest step: records are added up by (partition, owner) in one walk, percentiles
 * found by counting weight per bucket of price and sorting five buckets. */
struct cell_walk {
    struct index *ix;
    i64 from, part_ns;
    u32 jobs, parts, nodes;
    i64 volume[INDEX_JOBS_MAX], traded[INDEX_JOBS_MAX];
    u32 records[INDEX_JOBS_MAX], found[INDEX_JOBS_MAX];
};

static bool in_estimate(const struct index *ix, const struct item *it, i64 from)
{
    ASSERT(it->role);
    ASSERT(from < ix->window_end);
    return it->role & LIST_BIT(ROLE_CANDIDATE) && !it->reason && it->price > 0 && it->size > 0 &&
           it->t_event >= from && it->t_event < ix->window_end;
}

static i64 *weights_of(const struct index *ix, u32 job)
{
    ASSERT(((u64)job + 1) * PRICE_BUCKETS * sizeof(i64) <= ix->tally_n);
    ASSERT(job < INDEX_JOBS_MAX);
    return (i64 *)(void *)ix->tally + (u64)job * PRICE_BUCKETS;
}

static void cells_pass(void *arg, u32 job)
{
    struct cell_walk *w = arg;
    struct index *ix = w->ix;
    u32 end = part_at(ix->items_n, w->jobs, job + 1), part = 0;
    struct cell *cells = ix->cells + (u64)job * w->parts * w->nodes;
    i64 *first = ix->node_sum + (u64)job * w->nodes, *weight = weights_of(ix, job);
    i64 lo = 0, hi = 0; /* of the partition at hand: records come nearly in order of time */
    memset(cells, 0, (u64)w->parts * w->nodes * sizeof *cells);
    memset(weight, 0, PRICE_BUCKETS * sizeof *weight);
    for (u32 n = 0; n < w->nodes; n++) first[n] = INT64_MAX;
    for (u32 i = part_at(ix->items_n, w->jobs, job); i < end; i++) {
        const struct item *it = &ix->items[i];
        if (!in_estimate(ix, it, w->from)) continue;
        if (it->t_event < lo || it->t_event >= hi) {
            part = (u32)((it->t_event - w->from) / w->part_ns);
            lo = w->from + part * w->part_ns, hi = lo + w->part_ns;
        }
        struct cell *c = &cells[(u64)part * w->nodes + it->node];
        c->size += it->size, c->value += (i128)it->price * it->size;
        weight[price_bucket(it->price)] += it->size;
        if (first[it->node] == INT64_MAX) first[it->node] = i;
        w->volume[job] += it->size, w->records[job]++;
        if (it->kind == OBS_KIND_TRADE) w->traded[job] += it->size;
    }
    ASSERT(part < w->parts);
    ASSERT(w->records[job] <= ix->items_n);
}

/* Owners get their slots in the order of their first records, as they do when records are walked
 * one by one. */
static void cells_slots(struct index *ix, const struct cell_walk *w)
{
    u64 *order = (void *)ix->keys;
    u32 n = 0;
    ASSERT(w->nodes < UINT32_C(1) << 30);
    ASSERT(w->jobs > 0);
    for (u32 node = 0; node < w->nodes; node++) {
        i64 first = ix->node_sum[node];
        for (u32 j = 1; j < w->jobs; j++)
            first = i64_min(first, ix->node_sum[(u64)j * w->nodes + node]);
        if (first != INT64_MAX) order[n++] = (u64)first << 30 | node;
    }
    u64_sort(order, n, (void *)ix->keys_scratch, 0);
    for (u32 k = 0; k < n; k++) {
        u32 node = (u32)(order[k] & ((UINT64_C(1) << 30) - 1));
        ix->node_flag[node] = slot_of_owner(ix, ix->node_owner[node]);
        ASSERT(ix->node_flag[node] == k);
    }
}

bool cells_gather(struct index *ix, i64 window_ns, struct estimate *e)
{
    struct cell_walk w = { .ix = ix, .from = ix->window_end - window_ns, .jobs = jobs_of(ix),
                           .part_ns = window_ns / ix->m.partitions,
                           .parts = (u32)ix->m.partitions, .nodes = ix->nodes_n };
    u64 cells = (u64)w.jobs * w.parts * w.nodes, each = (u64)w.parts * w.nodes;
    ASSERT(ix->slots_n == 0);
    bool fits = ix->items_n >= ix->fast_from && cells <= ix->cells_n && ix->tally_n > 0;
    bool ours = ix->m.weights == WEIGHTS_SIZE && ix->m.estimator == ESTIMATOR_PVWM;
    ix->cells_used = fits && ours;
    if (!ix->cells_used) return false;
    jobs_run(ix, w.jobs, cells_pass, &w);
    cells_slots(ix, &w);
    for (u32 j = 0; j < w.jobs; j++) {
        for (u64 c = 0; j && c < each; c++)
            ix->cells[c].size += ix->cells[j * each + c].size,
                ix->cells[c].value += ix->cells[j * each + c].value;
        for (u32 b = 0; j && b < PRICE_BUCKETS; b++) weights_of(ix, 0)[b] += weights_of(ix, j)[b];
        e->volume += w.volume[j], e->traded += w.traded[j], e->observations += w.records[j];
    }
    for (u64 c = 0; c < each; c++) ix->cells[c].slot = ix->node_flag[c % w.nodes];
    e->keys = e->observations; /* as many as there would be */
    ASSERT(e->observations <= ix->items_n);
    return true;
}

/* Adds a partition's cells to their owners; how many were lifted over s_min. */
static u32 cells_add(struct index *ix, u32 part, u32 stamp)
{
    u32 lifted = 0;
    const struct cell *cells = ix->cells + (u64)part * ix->nodes_n;
    ASSERT(part < ix->m.partitions);
    ASSERT(ix->cells_used);
    for (u32 n = 0; n < ix->nodes_n; n++) {
        if (!cells[n].size) continue;
        struct owner_slot *s = &ix->slots[cells[n].slot];
        if (s->group_stamp != stamp)
            s->group_stamp = stamp, s->size = 0, s->value = 0, s->records = 0;
        bool before = s->records && owner_weight(ix, s->size) > 0;
        s->size += cells[n].size, s->value += cells[n].value, s->records = 1;
        lifted += !before && owner_weight(ix, s->size) > 0;
    }
    return lifted;
}

void cells_merge(struct index *ix)
{
    u32 open = 0, owners = 0, parts = (u32)ix->m.partitions;
    ix->groups = 0;
    ASSERT(parts > 0);
    ASSERT(parts <= PARTITIONS_MAX);
    ix->stamp++;
    for (u32 p = 0; p < parts; p++) {
        owners += cells_add(ix, p, ix->stamp);
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

void cells_points(struct index *ix)
{
    u32 parts = (u32)ix->m.partitions;
    ix->points_n = 0;
    ASSERT(ix->groups > 0);
    ASSERT(ix->groups <= parts);
    for (u32 g = 0; g < ix->groups; g++) {
        ix->group_at[g] = ix->points_n;
        ix->stamp++;
        for (u32 p = 0; p < parts; p++)
            if (ix->part_group[p] == g) (void)cells_add(ix, p, ix->stamp);
        for (u32 i = 0; i < ix->slots_n; i++) {
            struct owner_slot *s = &ix->slots[i];
            i64 weight = s->group_stamp == ix->stamp ? owner_weight(ix, s->size) : 0;
            if (weight <= 0) continue;
            ix->points[ix->points_n++] = (struct point){ s->value, s->size, weight, s->owner };
            s->weight += weight;
        }
    }
    ix->group_at[ix->groups] = ix->points_n;
}

/* Distinct sources of unknown owners with weight, `most` at most. */
u32 cells_sources(const struct index *ix, u32 *source, u32 most)
{
    u32 n = 0;
    ASSERT(ix->cells_used);
    ASSERT(most > 0);
    for (u32 i = 0; i < ix->items_n && n < most; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->owner & UNKNOWN_OWNER) || !in_estimate(ix, it, ix->window_start)) continue;
        if (ix->slots[ix->node_flag[it->node]].weight <= 0) continue;
        u32 s = 0;
        while (s < n && source[s] != it->source) s++;
        if (s == n) source[n++] = it->source;
    }
    return n;
}

static void quantile_pass(void *arg, u32 job)
{
    struct cell_walk *w = arg;
    struct index *ix = w->ix;
    u32 from = part_at(ix->items_n, w->jobs, job), end = part_at(ix->items_n, w->jobs, job + 1);
    u32 n = 0;
    ASSERT(job < w->jobs);
    for (u32 i = from; i < end; i++) {
        const struct item *it = &ix->items[i];
        if (!in_estimate(ix, it, w->from) || !ix->bucket_mark[price_bucket(it->price)]) continue;
        ix->keys[from + n++] = (struct key){ (u64)it->price, (u64)it->size, i, 0 };
    }
    w->found[job] = n;
    ASSERT(n <= end - from);
}

bool cells_quantiles(struct index *ix, const u32 *at_ppm, u32 n, i64 *out)
{
    struct cell_walk w = { .ix = ix, .from = ix->window_start, .jobs = jobs_of(ix) };
    const i64 *weight = weights_of(ix, 0);
    i128 all = 0, below[8];
    u32 bucket[8], keys = 0;
    ASSERT(n <= ARRAY_LEN(bucket));
    ASSERT(ix->cells_used);
    for (u32 b = 0; b < PRICE_BUCKETS; b++) all += weight[b];
    if (all <= 0 || all > STATS_WEIGHT_MAX) return false;
    memset(ix->bucket_mark, 0, PRICE_BUCKETS);
    for (u32 q = 0; q < n; q++) {
        u32 b = 0;
        below[q] = 0;
        while (!weight[b] || (below[q] + weight[b]) * PPM < at_ppm[q] * all)
            below[q] += weight[b++];
        bucket[q] = b, ix->bucket_mark[b] = 1;
    }
    jobs_run(ix, w.jobs, quantile_pass, &w);
    for (u32 j = 0; j < w.jobs; keys += w.found[j++])
        memmove(ix->keys + keys, ix->keys + part_at(ix->items_n, w.jobs, j),
                w.found[j] * sizeof *ix->keys);
    keys_sort(ix->keys, keys, ix->keys_scratch);
    for (u32 q = 0; q < n; q++) {
        u32 k = 0;
        while (price_bucket((i64)ix->keys[k].hi) != bucket[q]) k++;
        i128 cum = below[q] + (i64)ix->keys[k].lo;
        for (; cum * PPM < at_ppm[q] * all; cum += (i64)ix->keys[k].lo) k++;
        out[q] = (i64)ix->keys[k].hi;
    }
    return true;
}
