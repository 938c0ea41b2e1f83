#include "index/work.h"

/* The owner trade graph of seven days: an edge from seller to buyer for every arm's-length trade.
 * Only an edge whose buyer sells too can be part of a circle or a round trip: those stand as keys
 * sorted by (seller, buyer, time); of the others each seller's sum is enough. */
struct graph {
    u32 nodes, edges;
    u32 *first;            /* node -> its first edge; first[nodes] is edges */
    u32 *num, *low, *part; /* Tarjan's numbers; part: 1 + component, 0 while open */
    u32 *stack, *call, *at;
};

static bool is_edge(const struct item *it)
{
    ASSERT(it->role);
    ASSERT(it->kind);
    if (it->kind != OBS_KIND_TRADE || !it->other || it->reason || it->price <= 0) return false;
    if (!(it->role & (LIST_BIT(ROLE_CANDIDATE) | LIST_BIT(ROLE_FLOW)))) return false;
    return it->owner != it->other;
}

static u64 pair_of(u32 seller, u32 buyer) { return (u64)seller << 32 | buyer; }

static u32 buyer_of(const struct index *ix, u32 edge) { return (u32)ix->keys[edge].hi; }
static u32 seller_of(const struct index *ix, u32 edge) { return (u32)(ix->keys[edge].hi >> 32); }

struct flow_walk { struct index *ix; u32 jobs, inner[INDEX_JOBS_MAX]; };

static bool owner_sells(const struct index *ix, u32 owner)
{
    u32 node = node_find(ix, owner);
    ASSERT(owner);
    ASSERT(ix->print_stamp);
    return node != UNPLACED && ix->node_sells[node] == ix->print_stamp;
}

static i64 *sums_of(const struct index *ix, u32 job)
{
    ASSERT(job < INDEX_JOBS_MAX);
    ASSERT(ix->nodes_n <= 2 * (ix->owner_first_n + 1));
    return ix->node_sum + (u64)job * ix->nodes_n;
}

/* Edges apart or into the seller's sum; and screen 8, which asks nothing of the others. */
static void edge_pass(void *arg, u32 job)
{
    struct flow_walk *w = arg;
    struct index *ix = w->ix;
    u32 from = part_at(ix->items_n, w->jobs, job), end = part_at(ix->items_n, w->jobs, job + 1);
    i64 *sum = sums_of(ix, job);
    u32 inner = 0;
    memset(sum, 0, ix->nodes_n * sizeof *sum);
    for (u32 i = from; i < end; i++) {
        struct item *it = &ix->items[i];
        if (is_edge(it)) {
            if (owner_sells(ix, it->other))
                ix->keys[from + inner++] =
                    (struct key){ pair_of(it->owner, it->other), (u64)it->t_event, i, 0 };
            else sum[it->node] += it->size;
        }
        if (it->role & LIST_BIT(ROLE_CANDIDATE) && !it->reason) it->reason = screen_stale(ix, it);
    }
    w->inner[job] = inner;
    ASSERT(inner <= end - from);
}

static struct graph graph_build(struct index *ix)
{
    struct flow_walk w = { .ix = ix, .jobs = jobs_of(ix) };
    struct graph g = { 0 };
    u32 cap = 2 * ix->caps.records + 1;
    ASSERT(ix->flow);
    slots_clear(ix);
    jobs_run(ix, w.jobs, edge_pass, &w);
    for (u32 j = 0; j < w.jobs; g.edges += w.inner[j++])
        memmove(ix->keys + g.edges, ix->keys + part_at(ix->items_n, w.jobs, j),
                w.inner[j] * sizeof *ix->keys);
    if (!g.edges) return g;
    for (u32 e = 0; e < g.edges; e++) {
        u32 seller = slot_of_owner(ix, seller_of(ix, e));
        u32 buyer = slot_of_owner(ix, buyer_of(ix, e));
        ix->keys[e].hi = pair_of(seller, buyer);
    }
    keys_sort(ix->keys, g.edges, ix->keys_scratch);
    g.nodes = ix->slots_n;
    ASSERT(g.nodes < cap);
    u32 **arrays[] = { &g.first, &g.num, &g.low, &g.part, &g.stack, &g.call, &g.at };
    for (u32 a = 0; a < ARRAY_LEN(arrays); a++) *arrays[a] = ix->flow + (u64)a * (g.nodes + 1);
    memset(ix->flow, 0, ARRAY_LEN(arrays) * ((u64)g.nodes + 1) * sizeof *ix->flow);
    for (u32 e = 0; e < g.edges; e++) g.first[seller_of(ix, e) + 1]++;
    for (u32 v = 0; v < g.nodes; v++) g.first[v + 1] += g.first[v];
    for (u32 j = 1; j < w.jobs; j++)
        for (u32 v = 0; v < ix->nodes_n; v++) sums_of(ix, 0)[v] += sums_of(ix, j)[v];
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
    for (u32 v = 0; !inside && v < g->nodes; v++) { /* sales to who does not sell */
        u32 node = node_find(ix, ix->slots[v].owner);
        i64 size = node == UNPLACED ? 0 : sums_of(ix, 0)[node];
        ix->slot_weight[v] += size, ix->slots[v].size += size;
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

/* An entity whose trade nets out is out with all its sales, also to who does not sell. */
static void flag_pass(void *arg, u32 job)
{
    struct flow_walk *w = arg;
    struct index *ix = w->ix;
    u32 end = part_at(ix->items_n, w->jobs, job + 1);
    ASSERT(job < w->jobs);
    ASSERT(end <= ix->items_n);
    for (u32 i = part_at(ix->items_n, w->jobs, job); i < end; i++) {
        struct item *it = &ix->items[i];
        bool in = !it->reason || it->reason == REASON_STALE;
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || !in || it->kind != OBS_KIND_TRADE) continue;
        if (ix->node_flag[it->node] == ix->print_stamp) it->reason = REASON_CIRCULAR;
    }
}

void screen_flows(struct index *ix)
{
    struct flow_walk w = { .ix = ix, .jobs = jobs_of(ix) };
    struct graph g = graph_build(ix);
    bool out = false;
    ASSERT(ix->items_n <= ix->caps.records);
    if (!g.edges) return;
    components(ix, &g);
    mark_circular(ix, &g, true);
    mark_circular(ix, &g, false);
    for (u32 e = 0; e < g.edges; e++) {
        struct item *it = &ix->items[ix->keys[e].i];
        u8 reason = is_circular(ix, &g, e) ? REASON_CIRCULAR : 0;
        if (!reason && has_return(ix, &g, e)) reason = REASON_ROUND_TRIP;
        if (reason && it->role & LIST_BIT(ROLE_CANDIDATE)) it->reason = reason;
    }
    for (u32 v = 0; v < g.nodes; v++) {
        u32 node = node_find(ix, ix->slots[v].owner);
        if (!(ix->fixed[v] & CIRCLE_ALL) || node == UNPLACED) continue;
        ix->node_flag[node] = ix->print_stamp, out = true;
    }
    if (out) jobs_run(ix, w.jobs, flag_pass, &w);
    ASSERT(g.nodes == ix->slots_n);
}
