/* ids.h -- the index from order id to handle: open addressing, eight slots a cache line.
 * Owns:   its lines. Ids come in sequence, so eight neighbours share a line: the new ones are warm.
 * Never:  is more than 5/8 full; never leaves a tombstone (backward shift). Private to the room.
 * Always: every order in the pool is found by its id, and nothing else is in here.
 */
#ifndef HEDGEROW_BOOK_IDS_H
#define HEDGEROW_BOOK_IDS_H

#include "book/book.h"

struct id_slot { u32 tag, order; }; /* tag: low half of the id; order 0: empty */
struct id_line { struct id_slot slot[8]; };
static_assert(sizeof(struct id_line) == 64, "one cache line");

static inline u64 ids_lines_for(u32 orders) { return (u64)orders / 5 + 2; }
static inline struct id_slot *id_slots(const struct books *b) { return b->ids->slot; }
static inline u64 id_home(const struct books *b, u32 tag)
{
    u32 h = (tag >> 3) * UINT32_C(0x9e3779b1); /* Fibonacci hashing spreads runs evenly */
    return ((u64)h * b->id_lines >> 32) * 8 + (tag & 7);
}
static inline u64 id_next(const struct books *b, u64 i)
{
    return i + 1 == b->id_lines * 8 ? 0 : i + 1;
}
static inline struct order *order_slot(const struct books *b, u32 order)
{
    return (struct order *)(void *)b->orders.slots + order;
}

static inline void ids_put(struct books *b, u64 id, u32 order)
{
    struct id_slot *slots = id_slots(b);
    u64 i = id_home(b, (u32)id);
    ASSERT(order != 0);
    while (slots[i].order) {
        ASSERT(slots[i].tag != (u32)id ||
               order_slot(b, slots[i].order)->id != id); /* new, or our bug */
        i = id_next(b, i);
    }
    slots[i] = (struct id_slot){ (u32)id, order };
}

/* The slot of an id that is there. */
static inline u64 ids_at(const struct books *b, u64 id, u32 order)
{
    const struct id_slot *slots = id_slots(b);
    u64 i = id_home(b, (u32)id);
    while (slots[i].order != order) {
        ASSERT(slots[i].order != 0);
        i = id_next(b, i);
    }
    ASSERT(slots[i].tag == (u32)id);
    return i;
}

static inline void ids_remove(struct books *b, u64 id, u32 order)
{
    struct id_slot *slots = id_slots(b);
    u64 hole = ids_at(b, id, order), n = b->id_lines * 8;
    for (u64 i = id_next(b, hole); slots[i].order; i = id_next(b, i)) {
        u64 home = id_home(b, slots[i].tag);
        u64 from_home = i >= home ? i - home : i + n - home;
        u64 from_hole = i >= hole ? i - hole : i + n - hole;
        if (from_home < from_hole) continue; /* would move before its home */
        slots[hole] = slots[i];
        hole = i;
    }
    slots[hole] = (struct id_slot){ 0 };
}

#endif
