#include "index/live.h"

/* Screen 7 kept up to date: a matrix of sums by (seller, buyer), whose rows are also bits, so that
 * what reaches what is a few words of work. Circles are looked for again only when a pair that is
 * new closes one or a pair that goes was inside one. */
enum { CIRCLE_INSIDE = 1, CIRCLE_ALL = 2, CIRCLE_NEAR = 4 };

static bool nets_out(i64 net, i64 gross)
{
    i128 n = net < 0 ? -(i128)net : net;
    ASSERT(gross >= 0);
    ASSERT(n <= gross);
    return gross > 0 && n * 100 < (i128)gross * 5;
}

static void flags_set(struct intraday *d, u32 v)
{
    struct live_owner *o = &d->owner[v];
    bool inside = nets_out(o->net_inside, o->gross_inside);
    u32 flags = inside ? CIRCLE_INSIDE : o->gross_inside ? CIRCLE_NEAR : 0;
    ASSERT(v < d->owners_n);
    if (flags && nets_out(o->net, o->gross)) flags |= CIRCLE_ALL;
    if ((flags ^ o->flags) & (CIRCLE_INSIDE | CIRCLE_ALL)) d->sweep = true;
    o->flags = flags;
}

/* All that v reaches along `way`, v itself only if it comes back. */
static void reach(const struct intraday *d, u64 (*const way)[LIVE_WORDS], u32 v, u64 *seen)
{
    u64 todo[LIVE_WORDS];
    u32 words = (d->owners_n + 63) / 64;
    ASSERT(v < d->owners_n);
    ASSERT(words <= LIVE_WORDS);
    for (u32 w = 0; w < words; w++) seen[w] = todo[w] = way[v][w];
    for (bool more = true; more;) {
        more = false;
        for (u32 w = 0; w < words; w++) {
            while (todo[w]) {
                u32 at = w * 64 + (u32)__builtin_ctzll(todo[w]);
                todo[w] &= todo[w] - 1;
                for (u32 k = 0; k < words; k++) {
                    u64 fresh = way[at][k] & ~seen[k];
                    seen[k] |= fresh, todo[k] |= fresh;
                    more |= fresh != 0;
                }
            }
        }
    }
}

static bool bit_of(const u64 *bits, u32 i)
{
    ASSERT(bits);
    ASSERT(i < LIVE_OWNERS);
    return bits[i / 64] >> (i % 64) & 1;
}

static void circles_find(struct intraday *d)
{
    u32 words = (d->owners_n + 63) / 64, comps = 0;
    u64 to[LIVE_WORDS], from[LIVE_WORDS];
    ASSERT(words <= LIVE_WORDS);
    for (u32 v = 0; v < d->owners_n; v++)
        d->owner[v].comp = 0, d->owner[v].net_inside = d->owner[v].gross_inside = 0;
    for (u32 v = 0; v < d->owners_n; v++) {
        if (d->owner[v].comp) continue;
        reach(d, d->to, v, to);
        if (!bit_of(to, v)) continue;
        reach(d, d->from, v, from);
        comps++;
        for (u32 u = v; u < d->owners_n; u++)
            if (bit_of(to, u) && bit_of(from, u)) d->owner[u].comp = comps;
    }
    for (u32 s = 0; s < d->owners_n; s++) {
        for (u32 b = 0; d->owner[s].comp && b < d->owners_n; b++) {
            i64 size = d->pair_size[s * LIVE_OWNERS + b];
            if (d->owner[b].comp != d->owner[s].comp) continue;
            d->owner[s].net_inside += size, d->owner[s].gross_inside += size;
            d->owner[b].net_inside -= size, d->owner[b].gross_inside += size;
        }
    }
    d->sweep = true; /* even with the same flags: who is in one circle may have changed */
    for (u32 v = 0; v < d->owners_n; v++) flags_set(d, v);
    ASSERT(comps <= d->owners_n);
    ASSERT(d->owners_n <= LIVE_OWNERS);
}

/* Trades the other way within a day: each learns of the other. */
static void returns_count(struct intraday *d, struct live *l, bool add)
{
    u32 s = l->owner - 1, b = l->buyer - 1;
    ASSERT(l->buyer);
    ASSERT(s != b);
    for (u32 k = d->pair_head[b * LIVE_OWNERS + s]; k; k = d->at[k - 1].next) {
        struct live *back = &d->at[k - 1];
        i64 apart = back->t < l->t ? l->t - back->t : back->t - l->t;
        if (apart > NS_PER_DAY) continue;
        if (add) back->returns++, l->returns++;
        else back->returns--, l->returns--;
        if (back->returns <= 1) live_settle(d, k - 1);
    }
}

static void pair_change(struct intraday *d, u32 i, bool add)
{
    struct live *l = &d->at[i];
    u32 s = l->owner - 1, b = l->buyer - 1, pair = s * LIVE_OWNERS + b;
    u64 bit_b = UINT64_C(1) << (b % 64), bit_s = UINT64_C(1) << (s % 64), back[LIVE_WORDS];
    ASSERT(s < d->owners_n && b < d->owners_n);
    ASSERT(add || d->pair_n[pair]);
    if (add) {
        l->prev = 0, l->next = d->pair_head[pair];
        if (l->next) d->at[l->next - 1].prev = i + 1;
        d->pair_head[pair] = i + 1;
    } else {
        if (l->prev) d->at[l->prev - 1].next = l->next;
        else d->pair_head[pair] = l->next;
        if (l->next) d->at[l->next - 1].prev = l->prev;
    }
    d->pair_n[pair] += add ? 1 : UINT32_MAX;
    d->pair_size[pair] += add ? l->size : -l->size;
    bool same = d->owner[s].comp && d->owner[s].comp == d->owner[b].comp;
    if (add && d->pair_n[pair] == 1) {
        d->to[s][b / 64] |= bit_b, d->from[b][s / 64] |= bit_s;
        reach(d, d->to, b, back);
        if (!same && bit_of(back, s)) circles_find(d);
    } else if (!add && !d->pair_n[pair]) {
        d->to[s][b / 64] &= ~bit_b, d->from[b][s / 64] &= ~bit_s;
        if (same) circles_find(d);
    }
    returns_count(d, l, add);
}

void flow_edge(struct intraday *d, u32 i, bool add)
{
    struct live *l = &d->at[i];
    struct live_owner *s = &d->owner[l->owner - 1], *b = l->buyer ? &d->owner[l->buyer - 1] : NULL;
    i64 size = add ? l->size : -l->size;
    ASSERT(l->owner);
    s->net += size, s->gross += size;
    if (b) {
        bool same = s->comp && s->comp == b->comp;
        b->net -= size, b->gross += size;
        if (same) {
            s->net_inside += size, s->gross_inside += size;
            b->net_inside -= size, b->gross_inside += size;
        }
        pair_change(d, i, add); /* counts inside sums anew where circles change */
        flags_set(d, l->buyer - 1);
    }
    flags_set(d, l->owner - 1);
    ASSERT(s->gross >= 0);
}

bool flow_out(const struct intraday *d, const struct live *l)
{
    const struct live_owner *s = &d->owner[l->owner - 1];
    const struct live_owner *b = l->buyer ? &d->owner[l->buyer - 1] : NULL;
    u32 both = s->flags | (b ? b->flags : 0);
    ASSERT(l->edge);
    ASSERT(l->owner);
    if (l->returns || both & CIRCLE_ALL) return true;
    return b && both & CIRCLE_INSIDE && s->comp && s->comp == b->comp;
}

void flow_buyers(struct intraday *d, u32 owner, u32 dense)
{
    ASSERT(owner);
    ASSERT(dense <= d->owners_n);
    for (u32 i = 0; i < d->n; i++) {
        struct live *l = &d->at[i];
        if (l->other != owner || l->buyer) continue;
        bool edge = l->edge;
        if (edge) flow_edge(d, i, false);
        l->buyer = dense;
        if (edge) flow_edge(d, i, true);
    }
    d->sweep = true;
}
