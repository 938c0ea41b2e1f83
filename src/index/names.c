#include "index/names.h"

static u32 slots_for(u32 cap)
{
    u32 slots = 16;
    ASSERT(cap > 0);
    ASSERT(cap <= UINT32_C(1) << 28);
    while (slots < 2 * cap) slots *= 2;
    return slots;
}

static u64 align16(u64 v) { return (v + 15) & ~UINT64_C(15); }

/* Where the slots of a table of `cap` entries begin. */
static u64 slots_at(u32 cap, u64 entry)
{
    ASSERT(entry > 0);
    ASSERT(cap > 0);
    return align16(cap * entry);
}

u64 names_bytes(u32 cap)
{
    ASSERT(cap > 0);
    return slots_at(cap, sizeof(Name)) + (u64)slots_for(cap) * sizeof(u32);
}

struct names names_on(void *memory, u32 cap)
{
    struct names t = { .at = memory, .cap = cap, .mask = slots_for(cap) - 1 };
    ASSERT(memory);
    ASSERT(((uintptr_t)memory & 15) == 0);
    t.slots = (void *)((u8 *)memory + slots_at(cap, sizeof(Name)));
    memset(memory, 0, names_bytes(cap));
    return t;
}

bool name_valid(Str s)
{
    if (s.n == 0 || s.n >= sizeof(Name) || (s.n == 1 && s.at[0] == '-')) return false;
    ASSERT(s.at);
    ASSERT(s.n < sizeof(Name));
    for (u32 i = 0; i < s.n; i++)
        if (s.at[i] <= ' ' || s.at[i] > '~') return false;
    return true;
}

static u32 slot_of(const struct names *t, Str s)
{
    u32 i = (u32)mix64(chain64(1, s.at, s.n)) & t->mask;
    ASSERT(s.n > 0);
    ASSERT(t->mask);
    ASSERT(t->n <= t->cap); /* half the slots are free: the walk ends */
    while (t->slots[i] && !str_eq(names_text(t, t->slots[i]), s)) i = (i + 1) & t->mask;
    return i;
}

bool names_add(struct names *t, Str s, u32 *id)
{
    ASSERT(id);
    if (!name_valid(s)) return false;
    u32 i = slot_of(t, s);
    if (!t->slots[i]) {
        if (t->n == t->cap) return false;
        memcpy(t->at[t->n].z, s.at, s.n);
        t->slots[i] = ++t->n;
    }
    *id = t->slots[i];
    ASSERT(*id <= t->n);
    return true;
}

Str names_text(const struct names *t, u32 id)
{
    ASSERT(id <= t->n);
    ASSERT(t->at);
    return id ? str_of(t->at[id - 1].z) : STR("-");
}

u64 refs_bytes(u32 cap)
{
    ASSERT(cap > 0);
    return slots_at(cap, sizeof(Hash)) + (u64)slots_for(cap) * sizeof(u32);
}

struct refs refs_on(void *memory, u32 cap)
{
    struct refs t = { .at = memory, .cap = cap, .mask = slots_for(cap) - 1 };
    ASSERT(memory);
    ASSERT(((uintptr_t)memory & 15) == 0);
    t.slots = (void *)((u8 *)memory + slots_at(cap, sizeof(Hash)));
    memset(memory, 0, refs_bytes(cap));
    return t;
}

bool refs_add(struct refs *t, Hash h, u32 *id)
{
    static const Hash none;
    ASSERT(id);
    ASSERT(t->n <= t->cap);
    *id = 0;
    if (hash_eq(h, none)) return true;
    u32 i = (u32)mix64(load_u64(h.bytes)) & t->mask;
    while (t->slots[i] && !hash_eq(t->at[t->slots[i] - 1], h)) i = (i + 1) & t->mask;
    if (!t->slots[i]) {
        if (t->n == t->cap) return false;
        t->at[t->n] = h;
        t->slots[i] = ++t->n;
    }
    *id = t->slots[i];
    ASSERT(*id);
    return true;
}

Hash refs_hash(const struct refs *t, u32 id)
{
    ASSERT(id <= t->n);
    ASSERT(t->at);
    return id ? t->at[id - 1] : (Hash){ { 0 } };
}
