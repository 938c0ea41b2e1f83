#include "base/map.h"

struct map map_init(struct arena *a, const char *name, u32 entries_max)
{
    u64 slots = 16;
    ASSERT(entries_max > 0);
    ASSERT(entries_max <= UINT32_C(1) << 30);
    while (slots * 3 / 4 < entries_max) slots *= 2;
    struct map m = { .mask = slots - 1, .entries_max = entries_max };
    m.slots = arena_region(a, name, sizeof(struct map_slot), (u32)slots);
    if (arena_is_new(a)) arena_last(a)->used = (u32)slots;
    m.count = arena_region(a, name, sizeof(struct map_count), 1);
    if (arena_is_new(a)) arena_last(a)->used = 1;
    return m;
}

static u64 find(const struct map *m, u64 key)
{
    u64 i = mix64(key) & m->mask;
    ASSERT(key != 0);
    ASSERT(m->count->entries <= m->mask); /* a free slot ends the walk */
    while (m->slots[i].key != key && m->slots[i].key != 0) i = (i + 1) & m->mask;
    return i;
}

u32 map_get(const struct map *m, u64 key)
{
    const struct map_slot *s = &m->slots[find(m, key)];
    ASSERT(s->key == key || s->key == 0);
    ASSERT((s->value != 0) == (s->key == key));
    return s->value;
}

bool map_put(struct map *m, u64 key, u32 value)
{
    ASSERT(value != 0);
    if (map_full(m)) return false;
    struct map_slot *s = &m->slots[find(m, key)];
    ASSERT(s->key == 0); /* keys are put once */
    s->key = key, s->value = value;
    m->count->entries++;
    return true;
}

bool map_remove(struct map *m, u64 key)
{
    u64 hole = find(m, key);
    if (m->slots[hole].key != key) return false;
    for (u64 i = (hole + 1) & m->mask; m->slots[i].key; i = (i + 1) & m->mask) {
        u64 home = mix64(m->slots[i].key) & m->mask;
        if (((i - home) & m->mask) < ((i - hole) & m->mask)) continue; /* would move before home */
        m->slots[hole] = m->slots[i];
        hole = i;
    }
    ASSERT(m->slots[hole].key);
    m->slots[hole] = (struct map_slot){ 0 };
    ASSERT(m->count->entries > 0);
    m->count->entries--;
    return true;
}
