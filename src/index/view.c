#include "index/view.h"

#include "index/work.h"

static bool counts(const struct index *ix, const struct item *it, const struct print *p)
{
    bool older = p->level == LEVEL_L2 && it->role & LIST_BIT(ROLE_OLDER);
    ASSERT(it->role);
    ASSERT(it->rec < ix->log->n);
    if (it->price <= 0 || it->size <= 0) return false;
    return it->role & LIST_BIT(ROLE_CANDIDATE) ? !it->reason : older;
}

/* The owner's price as the estimate had it: explain.c tells the same. */
static i64 owner_price(struct index *ix, u32 owner, const struct print *p, u32 *records)
{
    i128 value = 0, size = 0;
    u32 n = 0;
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (it->owner != owner || !counts(ix, it, p)) continue;
        ix->keys[n++] = (struct key){ (u64)it->price, it->rec, i, 0 };
    }
    keys_sort(ix->keys, n, ix->keys_scratch);
    for (u32 k = 0; k < n; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        if (ix->m.weights != WEIGHTS_SIZE && k != (n - 1) / 2 && k != n / 2) continue;
        value += (i128)it->price * it->size, size += it->size;
    }
    *records = n;
    ASSERT(n <= ix->items_n);
    ASSERT(!n || size > 0);
    return size > 0 ? (i64)div_round(value, size, ROUND_HALF_EVEN) : 0;
}

u32 index_view_owners(struct index *ix, const struct print *p, struct view_owner *out, u32 cap)
{
    u32 n = 0;
    ASSERT(!ix->is_check);
    ASSERT(p->value_date.days + 1 == ix->date.days);
    if (p->level > LEVEL_L2) return 0;
    for (u32 i = 0; i < ix->slots_n; i++) {
        const struct owner_slot *s = &ix->slots[i];
        if (s->weight <= 0) continue;
        if (n < cap) {
            struct view_owner v = { .owner = s->owner & ~UNKNOWN_OWNER,
                                    .unknown = (s->owner & UNKNOWN_OWNER) != 0,
                                    .ppm = ix->slot_ppm[s->stamp] };
            v.price = owner_price(ix, s->owner, p, &v.records);
            out[n] = v;
        }
        n++;
    }
    ASSERT(n <= ix->slots_n);
    return n;
}

u32 index_view_records(const struct index *ix, struct view_record *out, u32 cap)
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
                                           .reason = it->reason };
        n++;
    }
    return n;
}
