/* Client ids: unique for account and day. Open addressing with backward-shift deletion. */
#include "engine/state.h"

void ids_init(struct engine *e, struct arena *a, u32 entries_max)
{
    u32 slots = 16;
    ASSERT(entries_max > 0);
    ASSERT(entries_max <= 1u << 28);
    while ((u64)slots * 3 / 4 < entries_max) slots *= 2;
    e->id = arena_region(a, "engine.client_ids", sizeof *e->id, slots);
    if (arena_is_new(a)) arena_last(a)->used = slots;
    e->ids = arena_region(a, "engine.client_ids_n", sizeof *e->ids, 1);
    if (arena_is_new(a)) arena_last(a)->used = 1;
    e->id_mask = slots - 1;
}

static struct engine_id digest(u32 account, const Text40 *client_id)
{
    struct engine_id d = { 0 };
    u64 hi = mix64((u64)account << 32 | 0x68646765), lo = mix64((u64)account << 32 | 0x726f77);
    ASSERT(client_id->z[0]);
    for (u32 k = 0; k < sizeof *client_id && (k == 0 || client_id->z[k]); k += 8) {
        u64 word = load_u64((const u8 *)client_id->z + k); /* zero-filled to the end */
        hi = mix64(hi ^ word), lo = mix64(lo + word * UINT64_C(0x9e3779b97f4a7c15));
    }
    d.hi = hi, d.lo = lo;
    ASSERT(d.order_id == 0);
    return d;
}

static struct engine_id *slot_of(const struct engine *e, const struct engine_id *d)
{
    u64 k = d->lo & e->id_mask;
    ASSERT(e->ids->entries <= e->id_mask);
    while (e->id[k].order_id && (e->id[k].hi != d->hi || e->id[k].lo != d->lo))
        k = (k + 1) & e->id_mask;
    ASSERT(k <= e->id_mask);
    return &e->id[k];
}

u64 ids_find(const struct engine *e, u32 account, const Text40 *client_id)
{
    struct engine_id d = digest(account, client_id);
    ASSERT(account > 0);
    ASSERT(e->id);
    return slot_of(e, &d)->order_id;
}

void ids_prefetch(const struct engine *e, u32 account, const Text40 *client_id)
{
    ASSERT(e->id);
    ASSERT(client_id);
    if (client_id->z[0]) __builtin_prefetch(&e->id[digest(account, client_id).lo & e->id_mask]);
}

bool ids_full(const struct engine *e)
{
    ASSERT(e->ids->entries <= e->caps.client_ids_max);
    return e->ids->entries >= e->caps.client_ids_max;
}

void ids_put(struct engine *e, u32 account, const Text40 *client_id, u64 order_id)
{
    struct engine_id d = digest(account, client_id), *slot = slot_of(e, &d);
    ASSERT(slot->order_id == 0);
    ASSERT(!ids_full(e));
    ASSERT(order_id);
    *slot = d, slot->order_id = order_id;
    e->ids->entries++;
}

static void take_out(struct engine *e, u64 hole)
{
    ASSERT(e->id[hole].order_id);
    ASSERT(e->ids->entries > 0);
    for (u64 k = (hole + 1) & e->id_mask; e->id[k].order_id; k = (k + 1) & e->id_mask) {
        u64 home = e->id[k].lo & e->id_mask;
        if (((k - home) & e->id_mask) < ((k - hole) & e->id_mask)) continue;
        e->id[hole] = e->id[k];
        hole = k;
    }
    e->id[hole] = (struct engine_id){ 0 };
    e->ids->entries--;
}

void ids_roll(struct engine *e)
{
    ASSERT(e->id);
    ASSERT(e->ids->entries <= e->id_mask);
    if (e->ids->entries == 0) return;
    if (books_orders(&e->books) == 0) {
        memset(e->id, 0, (e->id_mask + 1) * sizeof *e->id);
        e->ids->entries = 0;
        return;
    }
    for (u64 k = 0; k <= e->id_mask; k++) /* what shifts into k is looked at again */
        while (e->id[k].order_id && !book_find(&e->books, e->id[k].order_id)) take_out(e, k);
}
