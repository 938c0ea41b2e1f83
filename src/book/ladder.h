/* ladder.h -- the price levels of one side: 16 in the book itself, a tree of shelves beyond that.
 * Owns:   ranks, levels, struct book's layout, the search for a level.
 * Never:  touches an order; private to the room.
 * Always: best is the greatest rank that has a level, 0 without one; a level has >= 1 order.
 *
 * A rank orders the prices of one side from worst to best: 2^30 + price for bids, 2^30 - price for
 * asks, so that both sides are one code and zeroed memory is an empty book. Up to LADDER_NEAR
 * levels stand in the book unordered: one compare of 16 lanes finds one. The next one turns the
 * side into a radix tree over rank: root in the same bytes, nodes of 64 children, shelves of 16
 * levels.
 */
#ifndef HEDGEROW_BOOK_LADDER_H
#define HEDGEROW_BOOK_LADDER_H

#include "book/book.h"
#include "book/lanes.h"

#define LADDER_NEAR 16u     /* levels of a side that need no shelf */
#define LADDER_FAR_MIN 8u   /* a tree with this few goes back into the book */
#define LADDER_HEIGHT_MAX 5u
#define LADDER_NEED_MAX \
    96u /* shelves that one new level can take at most: 17 paths of 5, rounded up */
#define RANK_ZERO (UINT32_C(1) << 30)

struct level { i64 qty; u32 first, last, orders, zero; };
struct near { u32 rank[LADDER_NEAR]; struct level level[LADDER_NEAR]; };
struct node { u64 map; u32 child[64]; u8 zero[184]; };
struct shelf {
    union {
        struct { u64 map; u8 zero[56]; struct level level[16]; };
        struct node node;
    };
};
struct half { union { struct near near; struct node root; }; };
struct book {
    u32 best[2]; /* rank; [0] bids, [1] asks */
    u32 levels[2];
    u32 orders[2];
    u32 prefix[2]; /* of every rank in the tree: rank >> (4 + 6 * height) */
    u8 height[2];  /* 0: near; 1: the root's children are shelves */
    u8 open, zero[29];
    struct half half[2];
};
static_assert(sizeof(struct level) == 24, "no hidden padding");
static_assert(sizeof(struct shelf) == 448, "no hidden padding");
static_assert(sizeof(struct book) == 960, "an empty book is below 1 KB");

static inline u32 side_index(u8 side) { return side - 1u; }
static inline u8 side_at(u32 s) { return (u8)(s + 1); }
static inline u32 rank_of(u32 s, i32 price) /* negated for asks, without a branch */
{
    u32 m = 0u - s;
    return RANK_ZERO + (((u32)price ^ m) - m);
}
static inline i32 rank_price(u32 s, u32 rank)
{
    u32 m = 0u - s;
    return (i32)(((rank - RANK_ZERO) ^ m) - m);
}
/* The least rank of the other side that a limit of this rank trades with. */
static inline u32 rank_opposite(u32 rank) { return (UINT32_C(1) << 31) - rank; }

static inline struct shelf *shelf_at(const struct books *b, u32 shelf)
{
    return (struct shelf *)(void *)(b->shelves.slots + (u64)shelf * sizeof(struct shelf));
}
static inline u32 node_shift(u32 height) { return 4 + 6 * (height - 1); }

/* Bit i says that rank[i] == r. */
static inline u32 near_mask(const struct near *near, u32 r)
{
    return lanes_equal_16(near->rank, r);
}

/* The level of a rank in the tree, or NULL. */
static inline struct level *far_find(const struct books *b, const struct book *k, u32 s, u32 rank)
{
    u32 shift = 4 + 6 * (u32)k->height[s];
    const struct node *n = &k->half[s].root;
    ASSERT(shift > 4);
    if ((u32)((u64)rank >> shift) != k->prefix[s]) return NULL;
    while ((shift -= 6) > 4) {
        u32 child = n->child[rank >> shift & 63];
        if (!child) return NULL;
        n = &shelf_at(b, child)->node;
    }
    u32 child = n->child[rank >> 4 & 63];
    if (!child) return NULL;
    struct level *l = &shelf_at(b, child)->level[rank & 15];
    return l->orders ? l : NULL;
}

static inline struct level *ladder_find(const struct books *b, struct book *k, u32 s, u32 rank)
{
    if (k->height[s]) return far_find(b, k, s, rank);
    u32 mask = near_mask(&k->half[s].near, rank);
    return mask ? &k->half[s].near.level[__builtin_ctz(mask)] : NULL;
}

struct level *ladder_add(struct books *b, struct book *k, u32 s,
                         u32 rank);                                 /* the rank has none yet */
void ladder_drop(struct books *b, struct book *k, u32 s, u32 rank); /* its level is empty */
NODISCARD u32 ladder_worse(const struct books *b, const struct book *k, u32 s,
                           u32 rank);                                              /* 0: none */
NODISCARD u32 ladder_need(const struct books *b, struct book *k, u32 s, u32 rank); /* shelves */

static inline struct level *ladder_put(struct books *b, struct book *k, u32 s, u32 rank)
{
    struct level *l = ladder_find(b, k, s, rank);
    return l ? l : ladder_add(b, k, s, rank);
}
static inline bool ladder_room(const struct books *b, struct book *k, u32 s, u32 rank)
{
    u32 room = b->caps.shelves - b->shelves.head->live;
    return room >= LADDER_NEED_MAX || ladder_need(b, k, s, rank) <= room;
}

#endif
