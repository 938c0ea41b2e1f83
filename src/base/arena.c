#include "base/arena.h"
#include "base/hash.h"

static const u8 arena_magic[8] = { 'H', 'D', 'G', 'A', 'R', 'N', '0', '1' };
static_assert(sizeof(struct arena_region) == 48, "no hidden padding: the arena is hashed");
static_assert(sizeof(struct arena_head) == 24 + 48 * ARENA_REGIONS_MAX, "no hidden padding");

static u64 align64(u64 v) { return (v + 63) & ~UINT64_C(63); }
static struct arena_head *head_of(const struct arena *a) { return (void *)a->base; }

struct arena arena_measure(void)
{
    struct arena a = { .next_at = align64(sizeof(struct arena_head)), .ok = true };
    a.mode = ARENA_MEASURE;
    return a;
}

struct arena arena_new(u8 *zeroed, u64 size)
{
    struct arena a = arena_measure();
    ASSERT(zeroed);
    ASSERT(size >= sizeof(struct arena_head));
    a.base = zeroed, a.size = size, a.mode = ARENA_NEW;
    memcpy(head_of(&a)->magic, arena_magic, sizeof arena_magic);
    head_of(&a)->size = size;
    return a;
}

struct arena arena_attach(u8 *bytes, u64 size)
{
    struct arena a = arena_measure();
    ASSERT(bytes);
    a.base = bytes, a.size = size, a.mode = ARENA_ATTACH;
    a.ok = size >= sizeof(struct arena_head) &&
           memcmp(head_of(&a)->magic, arena_magic, sizeof arena_magic) == 0 &&
           head_of(&a)->size == size;
    ASSERT(a.next == 0);
    return a;
}

static bool region_same(const struct arena_region *r, const char *name, u64 at, u32 slot, u32 cap)
{
    ASSERT(name);
    ASSERT(strlen(name) < sizeof r->name);
    return memcmp(r->name, name, strlen(name) + 1) == 0 && r->at == at && r->slot_bytes == slot &&
           r->cap == cap && r->used <= cap;
}

void *arena_region(struct arena *a, const char *name, u32 slot_bytes, u32 cap)
{
    u64 at = a->next_at;
    ASSERT(slot_bytes > 0);
    ASSERT(cap > 0);
    ASSERT(a->next < ARENA_REGIONS_MAX);
    ASSERT(strlen(name) < sizeof head_of(a)->region[0].name);
    a->next_at = align64(at + (u64)slot_bytes * cap);
    u32 i = a->next++;
    if (a->mode == ARENA_MEASURE || !a->ok) return NULL;
    struct arena_region *r = &head_of(a)->region[i];
    if (a->mode == ARENA_ATTACH) {
        a->ok = a->next_at <= a->size && i < head_of(a)->regions &&
                region_same(r, name, at, slot_bytes, cap);
        return a->ok ? a->base + at : NULL;
    }
    ASSERT(a->next_at <= a->size);
    memcpy(r->name, name, strlen(name));
    r->at = at, r->slot_bytes = slot_bytes, r->cap = cap;
    head_of(a)->regions = a->next;
    return a->base + at;
}

u64 arena_bytes(const struct arena *a)
{
    ASSERT(a->next_at % 64 == 0);
    return a->next_at;
}

struct arena_region *arena_last(const struct arena *a)
{
    ASSERT(a->next > 0);
    return a->mode == ARENA_MEASURE || !a->ok ? NULL : &head_of(a)->region[a->next - 1];
}

Hash arena_hash(const u8 *base)
{
    const struct arena_head *head = (const void *)base;
    struct sha256 h;
    ASSERT(base);
    ASSERT(head->regions <= ARENA_REGIONS_MAX);
    sha256_init(&h);
    sha256_add(&h, head, sizeof *head);
    for (u32 i = 0; i < head->regions; i++) {
        const struct arena_region *r = &head->region[i];
        sha256_add(&h, base + r->at, (u64)r->used * r->slot_bytes);
    }
    return sha256_end(&h);
}

u64 arena_used_bytes(const u8 *base)
{
    const struct arena_head *head = (const void *)base;
    u64 n = sizeof *head;
    ASSERT(base);
    ASSERT(head->regions <= ARENA_REGIONS_MAX);
    for (u32 i = 0; i < head->regions; i++)
        n += (u64)head->region[i].used * head->region[i].slot_bytes;
    return n;
}

struct pool pool_init(struct arena *a, const char *name, u32 slot_bytes, u32 cap)
{
    ASSERT(slot_bytes >= sizeof(struct pool_slot0));
    ASSERT(cap < UINT32_MAX);
    u8 *slots = arena_region(a, name, slot_bytes, cap + 1);
    struct pool p = { slots, arena_last(a), (void *)slots, slot_bytes };
    if (arena_is_new(a)) p.region->used = 1;
    return p;
}

u32 pool_take(struct pool *p)
{
    u32 h = p->head->free;
    if (h) {
        u8 *slot = p->slots + (u64)h * p->slot_bytes;
        p->head->free = load_u32(slot);
        store_u32(slot, 0);
    } else if (p->region->used < p->region->cap) {
        h = p->region->used++;
    } else {
        return 0;
    }
    p->head->live++;
    ASSERT(h > 0);
    ASSERT(p->head->live < p->region->used);
    return h;
}

void pool_give(struct pool *p, u32 handle)
{
    u8 *slot = pool_at(p, handle);
    ASSERT(p->head->live > 0);
    memset(slot, 0, p->slot_bytes);
    store_u32(slot, p->head->free);
    p->head->free = handle;
    p->head->live--;
}
