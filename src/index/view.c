#include "index/view.h"

#include "index/work.h"

/* Is the item behind a point of the level that printed? */
static bool counts(struct index *ix, const struct item *it, const struct print *p)
{
    bool older = p->level == LEVEL_L2 && it->role & LIST_BIT(ROLE_OLDER);
    bool candidate = it->role & LIST_BIT(ROLE_CANDIDATE);
    ASSERT(it->role);
    ASSERT(it->rec < ix->log->n);
    if (p->level > LEVEL_L2 || it->price <= 0 || it->size <= 0) return false;
    if (candidate ? it->reason != 0 : !older) return false;
    if (ix->part_group[it->part] == UINT32_MAX) return false;
    return ix->slots[slot_of_owner(ix, it->owner)].weight > 0;
}

/* Do the points that the estimate left stand for owners (or, ungrouped, for providers)? */
static bool points_are_owners(const struct index *ix)
{
    ASSERT(ix->m.weights < WEIGHTS_COUNT);
    ASSERT(ix->m.estimator < ESTIMATOR_COUNT);
    if (ix->m.weights == WEIGHTS_SIZE) return false;
    return ix->m.weights == WEIGHTS_OWNER_EQUAL || ix->m.estimator == ESTIMATOR_PROVMEAN ||
           ix->m.estimator == ESTIMATOR_CAP2MED;
}

/* The mean of its points, one a group. */
static i64 price_by_points(const struct index *ix, u32 owner)
{
    i128 sum = 0;
    u32 n = 0;
    ASSERT(owner);
    for (u32 i = 0; i < ix->points_n; i++) {
        if (ix->points[i].id != owner) continue;
        sum += point_fine(&ix->points[i]).v, n++;
    }
    ASSERT(n > 0);
    Fine mean = { div_round(sum, n, ROUND_HALF_EVEN) };
    i64 price;
    return fine_round(mean, 1, 6, &price) ? price : 0;
}

/* Of its records, by size; plain where the method says so or records count alike. */
static i64 price_by_records(struct index *ix, u32 owner, const struct print *p, u32 *records)
{
    bool plain = ix->m.estimator == ESTIMATOR_PROVMEAN && ix->m.within == WITHIN_PLAIN;
    i128 value = 0, size = 0;
    *records = 0;
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (it->owner != owner || !counts(ix, it, p)) continue;
        i64 one = plain ? 1 : it->size;
        value += (i128)it->price * one, size += one, ++*records;
    }
    ASSERT(*records <= ix->items_n);
    ASSERT(!*records || size > 0);
    return size > 0 ? (i64)div_round(value, size, ROUND_HALF_EVEN) : 0;
}

u32 index_view_owners(struct index *ix, const struct print *p, struct view_owner *out, u32 cap)
{
    u32 n = 0, slots = ix->slots_n;
    ASSERT(!ix->is_check);
    ASSERT(p->value_date.days + 1 == ix->date.days);
    if (p->level > LEVEL_L2 || ix->m.estimator == ESTIMATOR_RTI) return 0;
    for (u32 i = 0; i < slots; i++) {
        const struct owner_slot *s = &ix->slots[i];
        if (s->weight <= 0) continue;
        if (n < cap) {
            struct view_owner v = { .owner = s->owner & ~UNKNOWN_OWNER,
                                    .unknown = (s->owner & UNKNOWN_OWNER) != 0,
                                    .ppm = ix->slot_ppm[s->stamp] };
            v.price = price_by_records(ix, s->owner, p, &v.records);
            if (points_are_owners(ix)) v.price = price_by_points(ix, s->owner);
            out[n] = v;
        }
        n++;
    }
    ASSERT(ix->slots_n == slots);
    return n;
}

u32 index_view_records(struct index *ix, const struct print *p, struct view_record *out, u32 cap)
{
    u32 n = 0;
    ASSERT(!ix->is_check);
    ASSERT(ix->items_n <= ix->caps.records);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE))) continue;
        if (n < cap)
            out[n] = (struct view_record){ .price = it->price, .size = it->size, .rec = it->rec,
                                           .owner = it->owner & ~UNKNOWN_OWNER,
                                           .reason = it->reason, .counted = counts(ix, it, p) };
        n++;
    }
    return n;
}
