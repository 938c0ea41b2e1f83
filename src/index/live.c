#include "index/live.h"

#define PLACE_BITS 30u
static u64 price_key(const struct intraday *d, u32 i)
{
    ASSERT(i < d->n);
    ASSERT(d->at[i].price > 0);
    return (u64)d->at[i].price << PLACE_BITS | i;
}
static u32 key_place(u64 key) { return (u32)(key & ((UINT64_C(1) << PLACE_BITS) - 1)); }

/* ---- cells: one owner's sums in a partition, and its point among the partition's ---- */

static i32 cell_order(const struct intraday *d, u32 part, u32 x, u32 y)
{
    const struct live_cell *a = &d->cell[part * LIVE_OWNERS + x];
    const struct live_cell *b = &d->cell[part * LIVE_OWNERS + y];
    ASSERT(a->size > 0);
    ASSERT(b->size > 0);
    if (a->whole != b->whole) return a->whole < b->whole ? -1 : 1;
    i128 p = (i128)a->rest * b->size, q = (i128)b->rest * a->size;
    if (p != q) return p < q ? -1 : 1;
    u32 i = d->ix->node_owner[d->owner[x].node], k = d->ix->node_owner[d->owner[y].node];
    return i < k ? -1 : i > k;
}

/* Where an owner's point stands: near where it was put. */
static u32 point_at(const struct intraday *d, u32 part, u32 o)
{
    const u16 *owner = d->rank_owner + part * LIVE_OWNERS;
    u32 n = d->part[part].n, hint = d->cell[part * LIVE_OWNERS + o].place;
    ASSERT(n > 0);
    if (hint >= n) hint = n - 1;
    for (u32 off = 0; off < n; off++) {
        if (hint + off < n && owner[hint + off] == o) return hint + off;
        if (off <= hint && owner[hint - off] == o) return hint - off;
    }
    UNREACHABLE("an owner with weight has a point");
}

/* Its price or weight has changed: it moves past the neighbours it now belongs behind. */
static void point_change(struct intraday *d, u32 part, u32 o)
{
    u16 *owner = d->rank_owner + part * LIVE_OWNERS;
    i64 *weight = d->rank_weight + part * LIVE_OWNERS;
    u32 n = d->part[part].n, at = point_at(d, part, o);
    ASSERT(n <= LIVE_OWNERS);
    for (; at && cell_order(d, part, owner[at - 1], o) > 0; at--)
        owner[at] = owner[at - 1], weight[at] = weight[at - 1];
    for (; at + 1 < n && cell_order(d, part, owner[at + 1], o) < 0; at++)
        owner[at] = owner[at + 1], weight[at] = weight[at + 1];
    owner[at] = (u16)o, weight[at] = d->cell[part * LIVE_OWNERS + o].weight;
    d->cell[part * LIVE_OWNERS + o].place = at;
    ASSERT(at < n);
}

static void point_remove(struct intraday *d, u32 part, u32 o)
{
    struct live_part *p = &d->part[part];
    u16 *owner = d->rank_owner + part * LIVE_OWNERS;
    i64 *weight = d->rank_weight + part * LIVE_OWNERS;
    u32 at = point_at(d, part, o);
    ASSERT(at < p->n);
    p->n--;
    memmove(owner + at, owner + at + 1, (p->n - at) * sizeof *owner);
    memmove(weight + at, weight + at + 1, (p->n - at) * sizeof *weight);
    ASSERT(p->n < LIVE_OWNERS);
}

static void point_insert(struct intraday *d, u32 part, u32 o)
{
    struct live_part *p = &d->part[part];
    u16 *owner = d->rank_owner + part * LIVE_OWNERS;
    i64 *weight = d->rank_weight + part * LIVE_OWNERS;
    u32 lo = 0, hi = p->n;
    ASSERT(p->n < LIVE_OWNERS);
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (cell_order(d, part, owner[mid], o) < 0) lo = mid + 1;
        else hi = mid;
    }
    memmove(owner + lo + 1, owner + lo, (p->n - lo) * sizeof *owner);
    memmove(weight + lo + 1, weight + lo, (p->n - lo) * sizeof *weight);
    d->cell[part * LIVE_OWNERS + o].place = lo;
    owner[lo] = (u16)o, weight[lo] = d->cell[part * LIVE_OWNERS + o].weight, p->n++;
    ASSERT(lo < p->n);
}

static void cell_change(struct intraday *d, u32 part, const struct live *l, bool add)
{
    u32 o = l->owner - 1;
    struct live_cell *c = &d->cell[part * LIVE_OWNERS + o];
    struct live_part *p = &d->part[part];
    struct live_owner *owner = &d->owner[o];
    i64 least = i64_max(d->ix->m.min_owners_partition, 1), before = c->weight;
    bool thin = p->n<least, weighed = owner->weight> 0;
    ASSERT(part < d->parts);
    ASSERT(add || c->records);
    c->size += add ? l->size : -l->size, c->records += add ? 1 : UINT32_MAX;
    c->value += add ? (i128)l->price * l->size : -(i128)l->price * l->size;
    c->weight = c->records ? owner_weight(d->ix, c->size) : 0, c->version++;
    if (c->weight > 0) {
        if ((i64)c->value == c->value) c->whole = (i64)c->value / c->size;
        else c->whole = (i64)(c->value / c->size);
        c->rest = (i64)(c->value - (i128)c->whole * c->size);
        if (before > 0) point_change(d, part, o);
        else point_insert(d, part, o);
    } else if (before > 0) {
        point_remove(d, part, o);
    }
    p->weight += c->weight - before, p->dirty = 1;
    owner->weight += c->weight - before, d->weight += c->weight - before;
    d->owners_weighted += (u32)(owner->weight > 0) - (u32)weighed;
    d->thin += (u32)(p->n < least) - (u32)thin;
    d->volume += add ? l->size : -l->size, d->counted += add ? 1 : UINT32_MAX;
    if (d->ix->node_owner[l->node] & UNKNOWN_OWNER) d->unknown += add ? 1 : UINT32_MAX;
}

/* ---- screen 9: a mover needs others near its price ---- */

static bool mover_confirmed(const struct intraday *d, u32 i)
{
    const struct live *l = &d->at[i];
    u32 need = (u32)d->ix->m.jump_owners, found = 0, node[JUMP_OWNERS_MAX];
    i64 reach = (i64)((i128)l->price * d->ix->m.jump_within_ppm / PPM);
    ASSERT(need <= JUMP_OWNERS_MAX);
    if (!need) return true;
    u64 low = (u64)i64_max(l->price - reach, 0) << PLACE_BITS;
    struct rank_place at = ranks_find(&d->pool, &d->all, low);
    for (; at.dir < d->all.chunks; at.dir++, at.at = 0) {
        const struct rank_chunk *c = &d->pool.chunk[d->all.dir[at.dir]];
        for (; at.at < c->n; at.at++) {
            const struct live *x = &d->at[key_place(c->at[at.at])];
            if (x->price > l->price + reach) return false;
            bool known = x->node == l->node;
            for (u32 k = 0; k < found && !known; k++) known = node[k] == x->node;
            if (known) continue;
            node[found++] = x->node;
            if (found == need) return true;
        }
    }
    return false;
}

/* Record i has come (or gone): movers near it that this can concern are judged again. */
static void movers_near(struct intraday *d, u32 i, bool come)
{
    i64 price = d->at[i].price;
    ASSERT(price > 0);
    ASSERT(d->movers_n <= LIVE_MOVERS);
    for (u32 k = 0; k < d->movers_n; k++) {
        u32 m = d->movers[k];
        struct live *l = &d->at[m];
        if (l->confirmed == come || m == i) continue; /* it can not change that way */
        i64 reach = (i64)((i128)l->price * d->ix->m.jump_within_ppm / PPM);
        if (price < l->price - reach || price > l->price + reach) continue;
        l->confirmed = mover_confirmed(d, m);
        if (l->confirmed == come) live_settle(d, m);
    }
}

static void in_change(struct intraday *d, u32 i, bool in)
{
    struct live *l = &d->at[i];
    const struct gate *g = &d->ix->gates[l->line];
    ASSERT(l->in != in);
    l->in = in;
    if (!in) {
        ranks_remove(&d->pool, &d->all, price_key(d, i));
        for (u32 k = 0; l->mover && k < d->movers_n; k++)
            if (d->movers[k] == i) d->movers[k] = d->movers[--d->movers_n];
        l->mover = l->confirmed = 0;
        movers_near(d, i, false);
        return;
    }
    if (!ranks_add(&d->pool, &d->all, price_key(d, i))) UNREACHABLE("chunks for every record");
    l->mover = l->price < g->jump_lo || l->price > g->jump_hi;
    if (l->mover && d->movers_n == LIVE_MOVERS) d->slow = true;
    else if (l->mover) d->movers[d->movers_n++] = i, l->confirmed = mover_confirmed(d, i);
    movers_near(d, i, true);
}

static void fine_change(struct intraday *d, u32 i, bool fine)
{
    struct live *l = &d->at[i];
    ASSERT(l->fine != fine);
    ASSERT(l->source < LIVE_SOURCES);
    l->fine = fine;
    d->stale_median[l->source] = true;
    struct ranks *r = &d->source[l->source];
    if (!fine) ranks_remove(&d->pool, r, price_key(d, i));
    else if (!ranks_add(&d->pool, r, price_key(d, i))) UNREACHABLE("chunks for every record");
}

/* ---- what one record should be now ---- */

static u8 role_now(const struct intraday *d, const struct live *l)
{
    const struct index *ix = d->ix;
    ASSERT(d->t > d->window_ns);
    ASSERT(l->rec < ix->log->n);
    if (l->t >= d->t) return LIVE_NONE;
    if (l->t >= d->t - d->window_ns) return LIVE_WINDOW;
    if (l->journal >= d->last) return LIVE_LATE;
    u8 seen = ix->seen[l->rec];
    bool passed = seen == 1 || seen > REASON_CIRCULAR;
    bool trades = ix->m.kinds >> OBS_KIND_TRADE & 1 && l->kind == OBS_KIND_TRADE;
    return passed && trades && l->t >= d->t - FLOW_NS ? LIVE_FLOW : LIVE_NONE;
}

static bool stale_now(const struct intraday *d, const struct live *l)
{
    const struct methodology *m = &d->ix->m;
    i64 hours = l->kind == OBS_KIND_TRADE   ? m->stale_trade_hours
                : l->kind == OBS_KIND_QUOTE ? m->stale_quote_hours
                                            : m->stale_list_hours;
    ASSERT(hours > 0);
    ASSERT(l->t < d->t);
    return d->t - l->t > hours * 3600 * NS_PER_SECOND;
}

static bool is_candidate(u8 role) { return role == LIVE_WINDOW || role == LIVE_LATE; }

static void correct_change(struct intraday *d, const struct live *l, bool candidate)
{
    u64 id = d->ix->log->at[l->rec].corrects;
    ASSERT(l->rec >= d->base);
    if (!id || id - 1 < d->base) return;
    u32 i = (u32)(id - 1 - d->base);
    ASSERT(i < d->n);
    d->at[i].corrected += candidate ? 1 : UINT32_MAX;
    live_settle(d, i);
}

void live_settle(struct intraday *d, u32 i)
{
    struct live *l = &d->at[i];
    u8 role = role_now(d, l), was = l->role;
    ASSERT(i < d->n);
    l->role = role;
    if (is_candidate(role) != is_candidate(was)) correct_change(d, l, is_candidate(role));
    u8 own = !is_candidate(role) ? 0 : l->corrected ? l->own_corrected : l->own;
    bool edge = role != LIVE_NONE && l->kind == OBS_KIND_TRADE && l->other && !own &&
                l->price > 0 && l->other != d->ix->node_owner[l->node];
    if (edge != l->edge) {
        l->edge = edge;
        flow_edge(d, i, edge);
    }
    bool in = role == LIVE_WINDOW && !own && !stale_now(d, l) && !(edge && flow_out(d, l));
    if (in != l->in) in_change(d, i, in);
    const struct gate *g = &d->ix->gates[l->line];
    bool fine = l->in && l->price >= g->lo && l->price <= g->hi && (!l->mover || l->confirmed);
    if (fine != l->fine) fine_change(d, i, fine);
    bool counted = l->fine && !d->out[l->source];
    u32 part = counted ? (u32)((l->t - (d->t - d->window_ns)) / d->part_ns) : 0;
    if (counted == l->counted && part == l->part) return;
    if (l->counted && l->size > 0) cell_change(d, l->part, l, false);
    if (counted && l->size > 0) cell_change(d, part, l, true);
    l->counted = counted, l->part = part;
    ASSERT(d->counted <= d->n);
}

void live_move(struct intraday *d, u32 i)
{
    struct live *l = &d->at[i];
    ASSERT(i < d->placed);
    if (!l->counted) return;
    u32 part = (u32)((l->t - (d->t - d->window_ns)) / d->part_ns);
    ASSERT(part < d->parts);
    if (part == l->part) return;
    if (l->size > 0) cell_change(d, l->part, l, false), cell_change(d, part, l, true);
    l->part = part;
}

void live_sweep(struct intraday *d)
{
    ASSERT(d->bounds > d->parts);
    ASSERT(d->bound_at[d->parts] <= d->n);
    for (u32 k = d->bound_at[0]; k < d->bound_at[d->parts]; k++) live_settle(d, d->by_time[k]);
}
