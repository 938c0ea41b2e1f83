/* arena.h -- the one block of memory that is the core's whole state, cut into named regions.
 * Owns:   the arena's head, its regions, pools of fixed slots linked by u32 handles.
 * Never:  allocates: the caller brings zeroed bytes. Never holds a pointer inside the bytes.
 * Always: two arenas with equal history have equal bytes below every region's high-water mark, and
 *         zeroes above it; arena_hash() is SHA-256 over the head and exactly those used bytes.
 *
 * The same room_init(arena, ...) runs in three modes: measure (base NULL: only sizes are added up),
 * new (zeroed bytes: regions are laid out) and attach (bytes of a snapshot: every region must be
 * found as it was, else arena_ok() is false). After arena_region() a room writes its first values
 * only if arena_is_new().
 */
#ifndef HEDGEROW_BASE_ARENA_H
#define HEDGEROW_BASE_ARENA_H

#include "base/base.h"

#define ARENA_REGIONS_MAX 64

struct arena_region {
    char name[24]; /* zero-filled */
    u64 at;        /* offset of slot 0 in the arena, a multiple of 64 */
    u32 slot_bytes;
    u32 cap;  /* slots */
    u32 used; /* high-water mark in slots; only these are hashed and saved */
    u32 zero;
};
struct arena_head {
    u8 magic[8];
    u64 size;
    u32 regions, zero;
    struct arena_region region[ARENA_REGIONS_MAX];
};
struct arena {
    u8 *base;
    u64 size, next_at;
    u32 next;
    enum { ARENA_MEASURE, ARENA_NEW, ARENA_ATTACH } mode;
    bool ok;
};

NODISCARD struct arena arena_measure(void);
NODISCARD struct arena arena_new(u8 *zeroed, u64 size); /* base 64-byte aligned */
NODISCARD struct arena arena_attach(u8 *bytes, u64 size);
/* The next region; NULL when measuring (or when attach failed). Names at most 23 letters. */
NODISCARD void *arena_region(struct arena *a, const char *name, u32 slot_bytes, u32 cap);
NODISCARD static inline bool arena_is_new(const struct arena *a) { return a->mode == ARENA_NEW; }
NODISCARD static inline bool arena_ok(const struct arena *a) { return a->ok; }
NODISCARD u64 arena_bytes(const struct arena *a); /* size so far: what to bring after a measure */
/* Says that the first `used` slots of the region made last, or of `r`, are in use. */
NODISCARD struct arena_region *arena_last(const struct arena *a); /* NULL when measuring */
NODISCARD Hash arena_hash(const u8 *base);
NODISCARD u64 arena_used_bytes(const u8 *base);

/* A pool: a region whose slot 0 is the free list's head, so that handle 0 is "none". A slot given
 * back is zeroed but for its link. Slots are at least 16 bytes. */
struct pool_slot0 { u32 free, live, zero[2]; };
struct pool {
    u8 *slots;
    struct arena_region *region;
    struct pool_slot0 *head;
    u32 slot_bytes;
};
NODISCARD struct pool pool_init(struct arena *a, const char *name, u32 slot_bytes, u32 cap);
NODISCARD u32 pool_take(struct pool *p); /* 0 when full: a rule of the market, not an error */
void pool_give(struct pool *p, u32 handle);
NODISCARD static inline u32 pool_live(const struct pool *p) { return p->head->live; }
NODISCARD static inline u32 pool_room(const struct pool *p)
{
    return p->region->cap - 1 - p->head->live;
}
NODISCARD static inline void *pool_at(const struct pool *p, u32 handle)
{
    ASSERT(handle - 1 < p->region->used - 1); /* 0 and the future are no handles */
    return p->slots + (u64)handle * p->slot_bytes;
}

#endif
