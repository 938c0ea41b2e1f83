#include "index/estimators.h"
#include "index/work.h"

/* Points stand by group (a valid partition, or partitions merged into one). An estimator answers
 * sum / count, so that the mean of partitions is rounded once with the value. */
struct estimator_row {
    const char *id;
    u8 (*run)(struct index *ix, struct estimate *e);
    u8 (*weights)(struct index *ix, struct estimate *e); /* NULL: the points' own */
};

static u8 run_pvwm(struct index *ix, struct estimate *e)
{
    e->sum.v = 0;
    e->count = ix->groups;
    ASSERT(ix->groups > 0);
    ASSERT(ix->groups <= PARTITIONS_MAX);
    for (u32 g = 0; g < ix->groups; g++) {
        u32 from = ix->group_at[g], n = ix->group_at[g + 1] - from;
        Fine median;
        points_sort(ix->points + from, n, ix->points_scratch);
        if (!weighted_median(ix->points + from, n, (u32)ix->m.tie, &median)) return SHORT_OVERFLOW;
        e->sum.v += median.v;
    }
    return 0;
}

static u8 run_winsor(struct index *ix, struct estimate *e)
{
    Fine lo, hi;
    ASSERT(ix->groups == 1);
    ASSERT(ix->m.alpha_ppm > 0);
    points_sort(ix->points, ix->points_n, ix->points_scratch);
    bool fine = winsorised_mean(ix->points, ix->points_n, (u32)ix->m.alpha_ppm, &lo, &hi, &e->sum);
    return fine ? 0 : SHORT_OVERFLOW;
}

/* Of provider means by their listed weights, and of owners' prices by their usage. */
static u8 run_mean(struct index *ix, struct estimate *e)
{
    ASSERT(ix->groups == 1);
    ASSERT(ix->points_n > 0);
    return weighted_mean(ix->points, ix->points_n, &e->sum) ? 0 : SHORT_OVERFLOW;
}

static u8 run_cap2med(struct index *ix, struct estimate *e)
{
    Fine median;
    ASSERT(ix->groups == 1);
    ASSERT(ix->m.limit_ppm > 0);
    points_sort(ix->points, ix->points_n, ix->points_scratch);
    bool fine = capped_to_median(ix->points, ix->points_n, (u32)ix->m.tie, ix->m.limit_ppm, &median,
                                 &e->sum);
    return fine ? 0 : SHORT_OVERFLOW;
}

/* The valid days' points in one pool; those the sigma test removes stand behind the others. */
static u8 run_trail(struct index *ix, struct estimate *e)
{
    ASSERT(ix->groups > 0);
    ASSERT(ix->m.k_milli > 0);
    if (!sigma_trim(ix->points, ix->points_n, ix->m.k_milli, &e->kept)) return SHORT_OVERFLOW;
    points_sort(ix->points, e->kept, ix->points_scratch);
    bool fine = weighted_median(ix->points, e->kept, (u32)ix->m.tie, &e->sum);
    return fine ? 0 : SHORT_OVERFLOW;
}

/* The sample sd of each owner's own records, every record counting 1. */
static bool owner_sds(struct index *ix, const struct estimate *e, struct vote *v)
{
    struct moments *of = (void *)ix->flow;
    static_assert(sizeof(struct moments) <= 16 * sizeof(u32), "the graph's memory holds them");
    ASSERT(ix->slots_n <= ix->caps.records);
    ASSERT(e->keys > 0);
    memset(of, 0, ix->slots_n * sizeof *of);
    for (u32 k = 0; k < e->keys; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        if (!moments_add(&of[it->slot], it->price)) return false;
    }
    for (u32 i = 0; i < ix->points_n; i++) {
        const struct point *p = &ix->points[i];
        u32 slot = slot_of_owner(ix, (u32)p->id);
        v[i] = (struct vote){ point_fine(p), 0, ix->slot_ppm[ix->slots[slot].stamp] };
        if (!moments_sd(&of[slot], &v[i].sd)) return false;
    }
    return true;
}

/* Weights are the published shares, floor and ceiling in them. */
static u8 run_iqm(struct index *ix, struct estimate *e)
{
    struct vote *v = (void *)ix->points_scratch;
    u32 *order = (void *)ix->slot_weight, n = ix->points_n;
    static_assert(sizeof(struct vote) <= sizeof(struct point), "votes stand where points sort");
    static_assert(2 * sizeof(struct key) <= sizeof(struct point), "two keys a point");
    ASSERT(ix->groups == 1);
    ASSERT(n <= ix->caps.records);
    if (!owner_sds(ix, e, v)) return SHORT_OVERFLOW;
    bool size = ix->m.weights == WEIGHTS_SIZE; /* then percentiles take keys, else points */
    struct key *keys = size ? (void *)ix->points : ix->keys;
    struct key *scratch = size ? keys + n : ix->keys_scratch;
    bool fine = votes_mean(v, n, (u32)ix->m.band_parts, order, keys, scratch, &e->sum);
    return fine ? 0 : SHORT_OVERFLOW;
}

static u8 run_rti(struct index *ix, struct estimate *e) { return book_run(ix, false, e); }

/* What the methodology gives each entity; one it does not name has no weight. */
static u8 weights_listed(struct index *ix, struct estimate *e)
{
    const struct methodology *m = &ix->m;
    u32 present = 0;
    ASSERT(m->entities_n > 0);
    ASSERT(ix->groups == 1);
    for (u32 i = 0; i < ix->points_n; i++) {
        struct point *p = &ix->points[i];
        struct owner_slot *s = &ix->slots[slot_of_owner(ix, (u32)p->id)];
        Str z = names_text(&ix->log->names, s->owner & ~UNKNOWN_OWNER);
        s->weight = 0;
        for (i64 k = 0; k < m->entities_n; k++)
            if (str_eq(z, str_of(m->entities[k].owner))) s->weight = m->entities[k].ppm;
        p->weight = s->weight;
        present += p->weight > 0;
    }
    e->absent = (u32)m->entities_n - (present < (u32)m->entities_n ? present : (u32)m->entities_n);
    return present ? 0 : SHORT_MIN_ENTITIES;
}

/* Sizes of the days strictly before the window, by owner: role OLDER, eligible on their own day. */
static u8 weights_used(struct index *ix, struct estimate *e)
{
    i64 from = ix->window_start - ix->m.usage_days * NS_PER_DAY, all = 0;
    ASSERT(ix->m.usage_days > 0);
    ASSERT(e->keys > 0);
    for (u32 i = 0; i < ix->points_n; i++)
        ix->slots[slot_of_owner(ix, (u32)ix->points[i].id)].size = 0;
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        const struct observation *o = item_obs(ix, it);
        if (!(it->role & LIST_BIT(ROLE_OLDER)) || it->price <= 0) continue;
        if (o->t_event < from || o->t_event >= ix->window_start) continue;
        ix->slots[slot_of_owner(ix, it->owner)].size += it->size;
    }
    for (u32 i = 0; i < ix->points_n; i++) {
        struct owner_slot *s = &ix->slots[slot_of_owner(ix, (u32)ix->points[i].id)];
        s->weight = ix->points[i].weight = s->size;
        all += s->size;
    }
    return all ? 0 : SHORT_NO_USAGE;
}

static const struct estimator_row rows[ESTIMATOR_COUNT] = {
    [ESTIMATOR_PVWM] = { "pvwm", run_pvwm, NULL },
    [ESTIMATOR_WINSOR] = { "winsor", run_winsor, NULL },
    [ESTIMATOR_PROVMEAN] = { "provmean", run_mean, weights_listed },
    [ESTIMATOR_IQM] = { "iqm", run_iqm, NULL },
    [ESTIMATOR_RTI] = { "rti", run_rti, NULL },
    [ESTIMATOR_TRAIL] = { "trail", run_trail, NULL },
    [ESTIMATOR_CAP2MED] = { "cap2med", run_cap2med, NULL },
    [ESTIMATOR_USAGE] = { "usage", run_mean, weights_used },
};

u8 estimator_weights(struct index *ix, struct estimate *e)
{
    const struct estimator_row *row = &rows[ix->m.estimator];
    ASSERT(row->run);
    ASSERT(e->keys > 0);
    return row->weights ? row->weights(ix, e) : 0;
}

u8 estimator_run(struct index *ix, struct estimate *e)
{
    const struct estimator_row *row = &rows[ix->m.estimator];
    ASSERT(row->run);
    ASSERT(ix->points_n > 0);
    e->count = 1;
    return row->run(ix, e);
}
