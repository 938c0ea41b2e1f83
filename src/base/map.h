/* map.h -- a hash map from u64 keys to u32 values inside the arena.
 * Owns:   open addressing with linear probing and backward-shift deletion: no tombstones.
 * Never:  grows; the caller bounds the entries (map_room) and answers CAPACITY.
 * Always: at most 3/4 full, so that a probe is short; key 0 is never stored.
 */
#ifndef HEDGEROW_BASE_MAP_H
#define HEDGEROW_BASE_MAP_H

#include "base/arena.h"
#include "base/hash.h"

struct map_slot { u64 key; u32 value, zero; };
static_assert(sizeof(struct map_slot) == 16, "no hidden padding: the arena is hashed");
struct map_count { u64 entries, zero; };
struct map {
    struct map_slot *slots;
    struct map_count *count;
    u64 mask;
    u32 entries_max;
};

/* Two regions: the slots (a power of two >= 4/3 entries_max) and the count. */
NODISCARD struct map map_init(struct arena *a, const char *name, u32 entries_max);
NODISCARD u32 map_get(const struct map *m, u64 key);       /* 0 when absent */
NODISCARD bool map_put(struct map *m, u64 key, u32 value); /* false when full; key must be new */
bool map_remove(struct map *m, u64 key);                   /* false when absent */
NODISCARD static inline bool map_full(const struct map *m)
{
    return m->count->entries >= m->entries_max;
}
static inline void map_prefetch(const struct map *m, u64 key)
{
    __builtin_prefetch(&m->slots[mix64(key) & m->mask]);
}

#endif
