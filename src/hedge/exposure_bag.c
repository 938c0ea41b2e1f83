#include "hedge/exposure.h"
#include "hedge/exposure_inner.h"

#include <stdlib.h>
#include <string.h>

#define BAG_MAX (1u << 21)

static u64 key_hash(const struct bag *b, const void *key)
{
    return mix64(chain64_lanes(1, key, b->key));
}

static u32 place(const struct bag *b, const void *key)
{
    u32 at = (u32)key_hash(b, key) & (b->slots - 1);
    while (b->slot[at] && memcmp(b->at + (u64)(b->slot[at] - 1) * b->item, key, b->key))
        at = (at + 1) & (b->slots - 1);
    return at;
}

void *bag_has(const struct bag *b, const void *key)
{
    u32 i = b->slots ? b->slot[place(b, key)] : 0;
    return i ? b->at + (u64)(i - 1) * b->item : NULL;
}

static bool grow(struct bag *b)
{
    u32 cap = b->cap ? b->cap * 2 : 64;
    if (cap > BAG_MAX) return false;
    u8 *at = realloc(b->at, (u64)cap * b->item);
    if (!at) return false;
    b->at = at, b->cap = cap;
    u32 *slot = calloc((u64)cap * 2, sizeof *slot);
    if (!slot) return false;
    free(b->slot);
    b->slot = slot, b->slots = cap * 2;
    for (u32 i = 0; i < b->n; i++) b->slot[place(b, b->at + (u64)i * b->item)] = i + 1;
    return true;
}

void *bag_of(struct bag *b, const void *key)
{
    void *there = bag_has(b, key);
    if (there) return there;
    if (b->n == b->cap && !grow(b)) return NULL;
    u8 *item = b->at + (u64)b->n * b->item;
    memset(item, 0, b->item);
    memcpy(item, key, b->key);
    b->slot[place(b, key)] = ++b->n;
    return item;
}

static void bag_give(struct bag *b)
{
    free(b->at);
    free(b->slot);
    memset(b, 0, sizeof *b);
}

/* Names are kept once; the key of a name is its hash, its text is compared. */
struct name { u64 hash, at; };

u32 name_id(struct exposure *e, Str s)
{
    for (u64 hash = mix64(chain64(7, s.at ? s.at : "", s.n));; hash++) {
        u32 n = e->names.n;
        struct name *name = bag_of(&e->names, &hash);
        if (!name || e->text_n + s.n + 1 > (1u << 28)) {
            e->no_memory = true;
            return 0;
        }
        if (n == e->names.n) {
            const char *at = e->text + name->at;
            if (strlen(at) == s.n && !memcmp(at, s.at ? s.at : "", s.n))
                return (u32)(name - (struct name *)(void *)e->names.at);
            continue;
        }
        if (e->text_n + s.n + 1 > e->text_cap) {
            u64 cap = (e->text_cap + s.n + 1) * 2;
            char *text = realloc(e->text, cap);
            if (!text) {
                e->no_memory = true;
                return 0;
            }
            e->text = text, e->text_cap = cap;
        }
        name->at = e->text_n;
        if (s.n) memcpy(e->text + e->text_n, s.at, s.n);
        e->text[e->text_n + s.n] = 0;
        e->text_n += s.n + 1;
        return n;
    }
}

const char *exposure_name(const struct exposure *e, u32 id)
{
    if (id >= e->names.n) return "";
    return e->text + ((const struct name *)(const void *)e->names.at)[id].at;
}

struct exposure *exposure_new(const struct instances *types, struct rules *rules)
{
    struct exposure *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    e->types = types, e->rules = rules;
    e->detector = detector_new(types, rules);
    e->seen = malloc(SEEN_ROWS * sizeof *e->seen);
    e->columns = malloc(columns_bytes());
    e->cells = (struct bag){ .item = sizeof(struct cell), .key = sizeof(struct cell_key) };
    e->doubts = (struct bag){ .item = sizeof(struct doubt), .key = sizeof(struct doubt_key) };
    e->names = (struct bag){ .item = sizeof(struct name), .key = 8 };
    e->pending = (struct bag){ .item = sizeof(struct pending), .key = sizeof(struct pending_key) };
    e->machines = (struct bag){ .item = sizeof(struct machine), .key = 8 };
    e->rates = (struct bag){ .item = sizeof(struct rate), .key = 8 };
    e->sds = (struct bag){ .item = sizeof(struct sd), .key = sizeof(struct cell_key) };
    e->plans = (struct bag){ .item = sizeof(struct plan), .key = sizeof(struct cell_key) };
    if (!e->detector || !e->seen || !e->columns) {
        exposure_give(e);
        return NULL;
    }
    u32 none = name_id(e, STR(""));
    ASSERT(none == 0);
    return e;
}

void exposure_give(struct exposure *e)
{
    if (!e) return;
    bag_give(&e->cells), bag_give(&e->doubts), bag_give(&e->names), bag_give(&e->pending);
    bag_give(&e->machines), bag_give(&e->rates), bag_give(&e->sds);
    bag_give(&e->plans);
    detector_give(e->detector);
    free(e->text);
    free(e->seen);
    free(e->columns);
    free(e);
}
