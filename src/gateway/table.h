/* table.h -- a growing hash table from u64 keys to u64 values, for the shell's own look-ups.
 * Owns:   its slots (heap); linear probing with backward-shift deletion, at most half full.
 * Never:  holds key 0, or is used where memory must be bounded by rule: the caller bounds entries.
 * Always: table_get() of what was put last, or 0.
 */
#ifndef HEDGEROW_GATEWAY_TABLE_H
#define HEDGEROW_GATEWAY_TABLE_H

#include "base/hash.h"
#include <stdlib.h>

struct table_slot { u64 key, value; };
struct table { struct table_slot *slots; u64 mask, entries; };

static inline void table_free(struct table *t)
{
    free(t->slots);
    *t = (struct table){ 0 };
}

static inline u64 table_slot_of(const struct table *t, u64 key)
{
    u64 i = mix64(key) & t->mask;
    ASSERT(key);
    while (t->slots[i].key && t->slots[i].key != key) i = (i + 1) & t->mask;
    return i;
}

static inline u64 table_get(const struct table *t, u64 key)
{
    if (!t->slots) return 0;
    const struct table_slot *s = &t->slots[table_slot_of(t, key)];
    return s->key ? s->value : 0;
}

/* False: no memory, and nothing changed. */
NODISCARD static inline bool table_put(struct table *t, u64 key, u64 value)
{
    if (!t->slots || 2 * (t->entries + 1) > t->mask + 1) {
        u64 cap = t->slots ? 2 * (t->mask + 1) : 64;
        struct table bigger = { calloc(cap, sizeof *t->slots), cap - 1, t->entries };
        if (!bigger.slots) return false;
        for (u64 i = 0; t->slots && i <= t->mask; i++)
            if (t->slots[i].key)
                bigger.slots[table_slot_of(&bigger, t->slots[i].key)] = t->slots[i];
        free(t->slots);
        *t = bigger;
    }
    struct table_slot *s = &t->slots[table_slot_of(t, key)];
    if (!s->key) t->entries++;
    *s = (struct table_slot){ key, value };
    return true;
}

static inline void table_remove(struct table *t, u64 key)
{
    if (!t->slots) return;
    u64 i = table_slot_of(t, key);
    if (!t->slots[i].key) return;
    t->entries--;
    for (u64 j = i;;) {
        t->slots[i] = (struct table_slot){ 0 };
        for (;;) {
            j = (j + 1) & t->mask;
            if (!t->slots[j].key) return;
            u64 home = mix64(t->slots[j].key) & t->mask;
            if (((j - home) & t->mask) >= ((j - i) & t->mask)) break;
        }
        t->slots[i] = t->slots[j];
        i = j;
    }
}

#endif
