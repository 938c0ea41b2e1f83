/* ids.h -- the index from order id to handle: lines of seven, one compare, hardly ever a second.
 * Owns:   its lines. Ids come in sequence, so four neighbours share a line: the new ones are warm.
 * Never:  moves an entry or leaves a tombstone: a full line counts what went on to the next.
 * Always: every order in the pool is found by its id, and nothing else is in here. Private.
 */
#ifndef HEDGEROW_BOOK_IDS_H
#define HEDGEROW_BOOK_IDS_H

#include "book/book.h"
#include "book/lanes.h"

#define ID_LANES 0x7fu
/* tag: low half of the id; order 0: empty. Lane 7 is the line's own: how many that belong here, or
 * passed by here, stand in a later line. */
struct id_line { u32 tag[8], order[8]; };
#define ID_SPILLED 7
static_assert(sizeof(struct id_line) == 64, "one cache line");

static inline u64 ids_lines_for(u32 orders) { return (u64)orders / 4 + 2; } /* 7/4 lanes an order */
static inline struct id_line *id_home(const struct books *b, u32 tag)
{
    u32 h = (tag >> 2) * UINT32_C(0x9e3779b1); /* Fibonacci hashing spreads runs evenly */
    return &b->ids[(u64)h * b->id_lines >> 32];
}
static inline struct id_line *id_next(const struct books *b, struct id_line *l)
{
    return l + 1 == b->ids + b->id_lines ? b->ids : l + 1;
}
static inline struct order *order_slot(const struct books *b, u32 order)
{
    return (struct order *)(void *)b->orders.slots + order;
}

static inline u32 ids_get(const struct books *b, u64 id)
{
    u32 tag = (u32)id;
    struct id_line *l = id_home(b, tag);
    for (;; l = id_next(b, l)) {
        for (u32 m = lanes_equal_8(l->tag, tag) & ID_LANES; m; m &= m - 1) {
            u32 order = l->order[__builtin_ctz(m)];
            if (order && order_slot(b, order)->id == id) return order;
        }
        if (l->tag[ID_SPILLED] == 0) return 0;
    }
}

/* The id is new: the caller's ids never repeat. */
static inline void ids_put(struct books *b, u64 id, u32 order)
{
    struct id_line *l = id_home(b, (u32)id);
    u32 m;
    ASSERT(order != 0);
    while (!(m = lanes_equal_8(l->order, 0) & ID_LANES)) {
        l->tag[ID_SPILLED]++;
        l = id_next(b, l);
    }
    l->tag[__builtin_ctz(m)] = (u32)id;
    l->order[__builtin_ctz(m)] = order;
}

static inline void ids_remove(struct books *b, u64 id, u32 order)
{
    struct id_line *l = id_home(b, (u32)id);
    u32 m;
    while (!(m = lanes_equal_8(l->order, order) & ID_LANES)) {
        ASSERT(l->tag[ID_SPILLED] > 0);
        l->tag[ID_SPILLED]--;
        l = id_next(b, l);
    }
    ASSERT(l->tag[__builtin_ctz(m)] == (u32)id);
    l->tag[__builtin_ctz(m)] = 0;
    l->order[__builtin_ctz(m)] = 0;
}

#endif
