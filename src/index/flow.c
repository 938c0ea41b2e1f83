#include "index/work.h"

/* The owner trade graph of seven days: an edge from seller to buyer for every arm's-length trade.
 * Nodes are owner slots of this print; edges are keys sorted by (seller, buyer, time). */
struct graph {
    u32 nodes, edges;
    u32 *first;            /* node -> its first edge; first[nodes] is edges */
    u32 *num, *low, *part; /* Tarjan's numbers; part: 1 + component, 0 while open */
    u32 *stack, *call, *at;
};

static bool is_edge(const struct index *ix, const struct item *it)
{
    const struct observation *o = item_obs(ix, it);
    ASSERT(it->role);
    if (o->kind != OBS_KIND_TRADE || !o->counter_owner || it->reason || it->price <= 0)
        return false;
    if (!(it->role & (LIST_BIT(ROLE_CANDIDATE) | LIST_BIT(ROLE_FLOW)))) return false;
    return it->owner != o->counter_owner;
}

static u64 pair_of(u32 seller, u32 buyer) { return (u64)seller << 32 | buyer; }

static u32 buyer_of(const struct index *ix, u32 edge) { return (u32)ix->keys[edge].hi; }
static u32 seller_of(const struct index *ix, u32 edge) { return (u32)(ix->keys[edge].hi >> 32); }

static struct graph graph_build(struct index *ix)
{
    struct graph g = { 0 };
    u32 cap = 2 * ix->caps.records + 1;
    ASSERT(ix->flow);
    slots_clear(ix);
    for (u32 i = 0; i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        if (!is_edge(ix, it)) continue;
        const struct observation *o = item_obs(ix, it);
        u32 seller = slot_of_owner(ix, it->owner), buyer = slot_of_owner(ix, o->counter_owner);
        ix->keys[g.edges++] = (struct key){ pair_of(seller, buyer), (u64)o->t_event, i, 0 };
    }
    keys_sort(ix->keys, g.edges, ix->keys_scratch);
    g.nodes = ix->slots_n;
    ASSERT(g.nodes < cap);
    u32 **arrays[] = { &g.first, &g.num, &g.low, &g.part, &g.stack, &g.call, &g.at };
    for (u32 a = 0; a < ARRAY_LEN(arrays); a++) *arrays[a] = ix->flow + (u64)a * cap;
    memset(ix->flow, 0, ARRAY_LEN(arrays) * (u64)cap * sizeof *ix->flow);
    for (u32 e = 0; e < g.edges; e++) g.first[seller_of(ix, e) + 1]++;
    for (u32 v = 0; v < g.nodes; v++) g.first[v + 1] += g.first[v];
    return g;
}

/* Strongly connected components (Tarjan 1972), the recursion on an array. */
static void components(const struct index *ix, struct graph *g)
{
    u32 counter = 0, parts = 0, open = 0;
    ASSERT(g->first);
    ASSERT(g->nodes <= 2 * ix->caps.records);
    for (u32 root = 0; root < g->nodes; root++) {
        u32 depth = 0;
        if (g->num[root]) continue;
        g->call[depth++] = root;
        while (depth) {
            u32 v = g->call[depth - 1];
            if (!g->num[v]) {
                g->num[v] = g->low[v] = ++counter;
                g->at[v] = g->first[v];
                g->stack[open++] = v;
            }
            if (g->at[v] < g->first[v + 1]) {
                u32 w = buyer_of(ix, g->at[v]++);
                if (!g->num[w]) g->call[depth++] = w;
                else if (!g->part[w] && g->num[w] < g->low[v]) g->low[v] = g->num[w];
                continue;
            }
            if (g->low[v] == g->num[v]) {
                parts++;
                for (u32 w = g->nodes; w != v;) w = g->stack[--open], g->part[w] = parts;
            }
            depth--;
            u32 above = depth ? g->call[depth - 1] : v;
            if (!g->part[v] && g->low[v] < g->low[above]) g->low[above] = g->low[v];
        }
    }
    ASSERT(open == 0);
}

static bool nets_out(i64 net, i64 gross)
{
    i128 n = net < 0 ? -(i128)net : net;
    ASSERT(gross >= 0);
    ASSERT(n <= gross);
    return gross > 0 && n * 100 < (i128)gross * 5;
}

/* Two readings of "|net| < 5 % of gross", and both bite: an entity whose trade inside its component
 * nets out loses that trade (CIRCLE_INSIDE); one whose whole trade does is out (CIRCLE_ALL). So one
 * small round trip does not shut a large seller out for a week, and cover sales save no ring. */
enum { CIRCLE_INSIDE = 1, CIRCLE_ALL = 2, CIRCLE_NEAR = 4 /* in a component of two or more */ };
static void mark_circular(struct index *ix, const struct graph *g, bool inside)
{
    ASSERT(g->edges <= ix->caps.records);
    ASSERT(g->nodes == ix->slots_n);
    for (u32 v = 0; v < g->nodes; v++) ix->slot_weight[v] = 0, ix->slots[v].size = 0;
    for (u32 e = 0; e < g->edges; e++) {
        u32 s = seller_of(ix, e), b = buyer_of(ix, e);
        i64 size = ix->items[ix->keys[e].i].size;
        if (inside && g->part[s] != g->part[b]) continue;
        ix->slot_weight[s] += size, ix->slot_weight[b] -= size;
        ix->slots[s].size += size, ix->slots[b].size += size;
    }
    for (u32 v = 0; v < g->nodes; v++) {
        bool out = nets_out(ix->slot_weight[v], ix->slots[v].size);
        if (inside) ix->fixed[v] = out ? CIRCLE_INSIDE : ix->slots[v].size ? CIRCLE_NEAR : 0;
        else if (out && ix->fixed[v]) ix->fixed[v] |= CIRCLE_ALL;
    }
}

static bool is_circular(const struct index *ix, const struct graph *g, u32 edge)
{
    u32 s = seller_of(ix, edge), b = buyer_of(ix, edge), both = ix->fixed[s] | ix->fixed[b];
    ASSERT(s != b);
    ASSERT(s < g->nodes && b < g->nodes);
    return both & CIRCLE_ALL || (both & CIRCLE_INSIDE && g->part[s] == g->part[b]);
}

/* A trade the other way between the same two within 24 hours, at any price. */
static bool has_return(const struct index *ix, const struct graph *g, u32 edge)
{
    u64 back = pair_of(buyer_of(ix, edge), seller_of(ix, edge));
    i64 t = (i64)ix->keys[edge].lo, from = t > NS_PER_DAY ? t - NS_PER_DAY : 0;
    u32 lo = 0, hi = g->edges;
    ASSERT(edge < g->edges);
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        const struct key *k = &ix->keys[mid];
        if (k->hi < back || (k->hi == back && (i64)k->lo < from)) lo = mid + 1;
        else hi = mid;
    }
    ASSERT(lo <= g->edges);
    return lo < g->edges && ix->keys[lo].hi == back && (i64)ix->keys[lo].lo <= t + NS_PER_DAY;
}

void screen_flows(struct index *ix)
{
    ASSERT(ix->items_n <= ix->caps.records);
    for (u32 i = 0; i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        const struct observation *o = item_obs(ix, it);
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        if (o->kind == OBS_KIND_TRADE && it->owner == o->counter_owner)
            it->reason = REASON_SELF_DEALING;
    }
    struct graph g = graph_build(ix);
    if (!g.edges) return;
    components(ix, &g);
    mark_circular(ix, &g, true);
    mark_circular(ix, &g, false);
    for (u32 e = 0; e < g.edges; e++) { /* reasons go to `aged` first: is_edge is not asked again */
        u8 reason = is_circular(ix, &g, e) ? REASON_CIRCULAR : 0;
        if (!reason && has_return(ix, &g, e)) reason = REASON_ROUND_TRIP;
        ix->items[ix->keys[e].i].aged = reason;
    }
    for (u32 e = 0; e < g.edges; e++) {
        struct item *it = &ix->items[ix->keys[e].i];
        if (it->role & LIST_BIT(ROLE_CANDIDATE)) it->reason = it->aged;
        it->aged = 0;
    }
    ASSERT(g.nodes == ix->slots_n);
}
