#include "index/rank.h"

struct rank_place ranks_find(const struct rank_pool *p, const struct ranks *r, u64 v)
{
    u32 lo = 0, hi = r->chunks;
    ASSERT(r->chunks <= r->dir_cap);
    while (lo < hi) { /* the first chunk whose last number is not below v */
        u32 mid = lo + (hi - lo) / 2;
        const struct rank_chunk *c = &p->chunk[r->dir[mid]];
        if (c->at[c->n - 1] < v) lo = mid + 1;
        else hi = mid;
    }
    if (lo == r->chunks) return (struct rank_place){ lo, 0 };
    const struct rank_chunk *c = &p->chunk[r->dir[lo]];
    u32 a = 0, b = c->n;
    while (a < b) {
        u32 mid = a + (b - a) / 2;
        if (c->at[mid] < v) a = mid + 1;
        else b = mid;
    }
    ASSERT(a < c->n);
    return (struct rank_place){ lo, a };
}

static u32 chunk_take(struct rank_pool *p)
{
    u32 taken = p->free;
    ASSERT(p->used <= p->cap);
    if (taken) p->free = p->chunk[taken - 1].next_free;
    else if (p->used < p->cap) taken = ++p->used;
    if (taken) p->chunk[taken - 1].n = 0;
    return taken;
}

static void chunk_into(struct ranks *r, u32 dir, u32 chunk)
{
    ASSERT(r->chunks < r->dir_cap);
    ASSERT(dir <= r->chunks);
    memmove(r->dir + dir + 1, r->dir + dir, (r->chunks - dir) * sizeof *r->dir);
    r->dir[dir] = chunk, r->chunks++;
}

bool ranks_add(struct rank_pool *p, struct ranks *r, u64 v)
{
    struct rank_place at = ranks_find(p, r, v);
    ASSERT(r->dir);
    if (at.dir == r->chunks && r->chunks) at.dir--, at.at = p->chunk[r->dir[at.dir]].n;
    bool split = !r->chunks || p->chunk[r->dir[at.dir]].n == RANK_CHUNK;
    if (split) {
        u32 fresh = r->chunks < r->dir_cap ? chunk_take(p) : 0;
        if (!fresh) return false;
        chunk_into(r, r->chunks ? at.dir + 1 : 0, fresh - 1);
        if (r->chunks > 1) {
            struct rank_chunk *a = &p->chunk[r->dir[at.dir]], *b = &p->chunk[fresh - 1];
            b->n = a->n / 2, a->n -= b->n;
            memcpy(b->at, a->at + a->n, b->n * sizeof *b->at);
            if (at.at > a->n) at.dir++, at.at -= a->n;
        }
    }
    struct rank_chunk *c = &p->chunk[r->dir[at.dir]];
    ASSERT(at.at <= c->n);
    memmove(c->at + at.at + 1, c->at + at.at, (c->n - at.at) * sizeof *c->at);
    c->at[at.at] = v, c->n++, r->n++;
    return true;
}

void ranks_remove(struct rank_pool *p, struct ranks *r, u64 v)
{
    struct rank_place at = ranks_find(p, r, v);
    ASSERT(at.dir < r->chunks);
    ASSERT(r->n > 0);
    struct rank_chunk *c = &p->chunk[r->dir[at.dir]];
    ASSERT(c->at[at.at] == v);
    c->n--, r->n--;
    memmove(c->at + at.at, c->at + at.at + 1, (c->n - at.at) * sizeof *c->at);
    if (c->n) return;
    c->next_free = p->free, p->free = r->dir[at.dir] + 1;
    r->chunks--;
    memmove(r->dir + at.dir, r->dir + at.dir + 1, (r->chunks - at.dir) * sizeof *r->dir);
}

u64 ranks_at(const struct rank_pool *p, const struct ranks *r, u32 k)
{
    u32 d = 0;
    ASSERT(k < r->n);
    while (k >= p->chunk[r->dir[d]].n) k -= p->chunk[r->dir[d++]].n;
    ASSERT(d < r->chunks);
    return p->chunk[r->dir[d]].at[k];
}
