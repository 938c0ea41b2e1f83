#include "hedge/cvar.h"

#include "base/hash.h"
#include "hedge/cvar_dual.h"
#include "quant/tail.h"
#include <math.h>
#include <stdlib.h>

static bool finite_all(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i])) return false;
    return true;
}

static enum quant_result check(const struct cvar_problem *p)
{
    u32 k = p->contracts;
    if (p->scenarios == 0 || k == 0) return QUANT_SHORT;
    if (k > CVAR_MAX || !(p->beta > 0 && p->beta < 1)) return QUANT_DOMAIN;
    if (!finite_all(p->loss, p->scenarios) || !finite_all(p->payoff, (size_t)p->scenarios * k) ||
        !finite_all(p->cost, k) || !finite_all(p->lo, k) || !finite_all(p->hi, k))
        return QUANT_DOMAIN;
    for (u32 j = 0; j < k; j++)
        if (p->cost[j] < 0 || p->lo[j] > p->hi[j]) return QUANT_DOMAIN;
    return QUANT_OK;
}

static double gap_of(double value, double bound)
{
    return (value - bound) / fmax(fabs(bound), 1e-12);
}

enum quant_result hedge_cvar_value(const struct cvar_problem *p, const double *n, double *cvar,
                                   double *objective)
{
    ASSERT(cvar && objective);
    if (p->scenarios == 0 || !(p->beta > 0 && p->beta < 1)) return QUANT_DOMAIN;
    double *left = malloc(p->scenarios * sizeof *left), cost = 0;
    if (!left) return QUANT_MEMORY;
    for (u32 s = 0; s < p->scenarios; s++) {
        left[s] = p->loss[s];
        for (u32 j = 0; j < p->contracts; j++)
            left[s] -= p->payoff[(size_t)s * p->contracts + j] * n[j];
    }
    for (u32 j = 0; j < p->contracts; j++) cost += p->cost[j] * fabs(n[j]);
    *cvar = tail_mean(left, p->scenarios, p->beta);
    *objective = *cvar + cost;
    free(left);
    return QUANT_OK;
}

/* The value of `n` beside a bound and beside no hedge at all. */
static enum quant_result report(const struct cvar_problem *p, const double *n, double bound,
                                struct cvar_plan *out)
{
    double none[CVAR_MAX] = { 0 };
    enum quant_result r = hedge_cvar_value(p, none, &out->unhedged, &out->unhedged);
    if (r == QUANT_OK) r = hedge_cvar_value(p, n, &out->cvar, &out->objective);
    out->bound = fmin(bound, out->objective); /* they may cross by the solver's tolerance */
    out->gap = gap_of(out->objective, out->bound);
    return r;
}

enum quant_result hedge_cvar_lp(const struct cvar_problem *p, double *n, struct cvar_plan *out)
{
    struct cvar_dual d;
    double bound;
    ASSERT(n && out);
    enum quant_result r = check(p);
    if (r != QUANT_OK) return r;
    *out = (struct cvar_plan){ .nodes = 1 };
    r = cvar_dual_open(&d, p);
    if (r != QUANT_OK) return r;
    r = cvar_dual_solve(&d, p->lo, p->hi, n, &bound);
    cvar_dual_close(&d);
    return r == QUANT_OK ? report(p, n, bound, out) : r;
}

/* ---- whole lots ---- */

/* Where the search stands: losses left, by scenario, and payoffs of one lot, by contract. */
struct walk {
    const struct cvar_problem *p;
    double *column, *left, *room, *sorted;
    double lot[CVAR_MAX], cost[CVAR_MAX], slope[CVAR_MAX], value;
    i64 z[CVAR_MAX], lo[CVAR_MAX], hi[CVAR_MAX];
    u32 s, k, evaluated, most;
};

static double costs(const struct walk *w, u32 j, i64 z) { return w->cost[j] * fabs((double)z); }

/* The losses of z from nothing, its value, and how the value's tail moves with each lot. */
static void stand(struct walk *w)
{
    double cost = 0, mass = (1 - w->p->beta) * w->s;
    memcpy(w->left, w->p->loss, w->s * sizeof *w->left);
    for (u32 j = 0; j < w->k; j++) {
        const double *c = w->column + (size_t)j * w->s;
        cost += costs(w, j, w->z[j]);
        for (u32 s = 0; w->z[j] && s < w->s; s++) w->left[s] -= (double)w->z[j] * c[s];
    }
    memcpy(w->room, w->left, w->s * sizeof *w->room);
    w->value = tail_mean(w->room, w->s, w->p->beta) + cost;
    /* the edge of the tail is where tail_mean has put it; what is above counts whole */
    u32 whole = (u32)floor(mass), edge = whole < w->s ? w->s - 1 - whole : 0, above = 0, equal = 0;
    double at = w->room[edge];
    for (u32 s = 0; s < w->s; s++)
        above += w->left[s] > at, equal += !(w->left[s] > at) && w->left[s] >= at;
    double rest = equal ? fmax(mass - above, 0) / equal : 0;
    for (u32 j = 0; j < w->k; j++) {
        const double *c = w->column + (size_t)j * w->s;
        double sum = 0;
        for (u32 s = 0; s < w->s; s++)
            if (w->left[s] >= at) sum += (w->left[s] > at ? 1 : rest) * c[s];
        w->slope[j] = sum / mass;
    }
}

struct move { u32 a, b; i32 da, db; };

/* What a move changes in costs; HUGE_VAL when it leaves the bounds. */
static double move_cost(const struct walk *w, const struct move *m)
{
    i64 a = w->z[m->a] + m->da, b = w->z[m->b] + m->db;
    if (a < w->lo[m->a] || a > w->hi[m->a]) return HUGE_VAL;
    if (m->db && (b < w->lo[m->b] || b > w->hi[m->b])) return HUGE_VAL;
    double change = costs(w, m->a, a) - costs(w, m->a, w->z[m->a]);
    return m->db ? change + costs(w, m->b, b) - costs(w, m->b, w->z[m->b]) : change;
}

/* The value after a move, or HUGE_VAL where the tail as it stands already says: not below
 * `best`. */
static double after(struct walk *w, const struct move *m, double cost_now, double best)
{
    double change = move_cost(w, m);
    double floor_of = w->value + change - m->da * w->slope[m->a] - m->db * w->slope[m->b];
    if (!(floor_of < best)) return HUGE_VAL;
    const double *a = w->column + (size_t)m->a * w->s, *b = w->column + (size_t)m->b * w->s;
    double x = m->da, y = m->db;
    for (u32 s = 0; s < w->s; s++) w->room[s] = w->left[s] - x * a[s] - y * b[s];
    w->evaluated++;
    return tail_mean(w->room, w->s, w->p->beta) + cost_now + change;
}

/* The best of all single and pair moves; false: none is better. */
static bool improve(struct walk *w)
{
    struct move best = { 0 };
    double least = w->value - 1e-12 * fabs(w->value), cost_now = 0;
    for (u32 j = 0; j < w->k; j++) cost_now += costs(w, j, w->z[j]);
    for (u32 a = 0; a < w->k; a++) {
        for (u32 b = a; b < w->k; b++) {
            for (u32 turn = 0; turn < (a == b ? 2u : 4u) && w->evaluated < w->most; turn++) {
                struct move m = { a, b, turn & 1 ? 1 : -1, a == b ? 0 : turn & 2 ? 1 : -1 };
                double v = after(w, &m, cost_now, least);
                if (v < least) least = v, best = m;
            }
        }
    }
    if (!best.da) return false;
    w->z[best.a] += best.da, w->z[best.b] += best.db;
    stand(w);
    return true;
}

static i64 within(const struct walk *w, u32 j, double z)
{
    i64 v = (i64)nearbyint(z);
    return v < w->lo[j] ? w->lo[j] : v > w->hi[j] ? w->hi[j] : v;
}

struct best { i64 z[CVAR_MAX]; double value; };

static void keep(const struct walk *w, struct best *b)
{
    if (!(w->value < b->value)) return;
    b->value = w->value;
    memcpy(b->z, w->z, w->k * sizeof *b->z);
}

static void descend(struct walk *w, struct best *b)
{
    stand(w);
    while (w->evaluated < w->most && improve(w)) continue;
    keep(w, b);
}

/* A sequence of its own, the same every time: places near the best, and descents from there. */
static void wander(struct walk *w, struct best *b)
{
    u64 turn = 0;
    for (u32 round = 0; round < w->most / 50 && w->evaluated < w->most; round++) {
        memcpy(w->z, b->z, w->k * sizeof *w->z);
        for (u32 i = 0; i < 4; i++) {
            u64 r = mix64(++turn * UINT64_C(0x9e3779b97f4a7c15));
            u32 j = (u32)(r % w->k);
            w->z[j] = within(w, j, (double)(w->z[j] + (r >> 32 & 1 ? 1 : -1)));
        }
        descend(w, b);
    }
}

/* ---- branch and bound ---- */

struct node { double lo[CVAR_MAX], hi[CVAR_MAX], n[CVAR_MAX], bound; };
struct tree { struct node *at; u32 n, cap, solved; };

static enum quant_result add_node(struct tree *t, struct cvar_dual *d, const struct node *of,
                                  const struct best *b)
{
    if (t->n == t->cap) return QUANT_LIMIT;
    struct node *x = &t->at[t->n];
    *x = *of;
    enum quant_result r = cvar_dual_solve(d, x->lo, x->hi, x->n, &x->bound);
    t->solved++;
    if (r == QUANT_OK && x->bound < b->value) t->n++;
    return r;
}

/* The contract whose lots are furthest from whole; k when all are whole. */
static u32 split_at(const struct walk *w, const struct node *x)
{
    double most = 1e-7;
    u32 best = w->k;
    for (u32 j = 0; j < w->k; j++) {
        double z = x->n[j] / w->lot[j], off = fabs(z - nearbyint(z));
        if (off > most && x->lo[j] < x->hi[j]) most = off, best = j;
    }
    return best;
}

/* Opens the node of the least bound; its children's bounds take its place. */
static enum quant_result branch(struct walk *w, struct tree *t, struct cvar_dual *d, struct best *b,
                                u32 at)
{
    struct node x = t->at[at], low, high;
    t->at[at] = t->at[--t->n];
    for (u32 j = 0; j < w->k; j++) w->z[j] = within(w, j, x.n[j] / w->lot[j]);
    w->most = w->evaluated + 400;
    descend(w, b);
    u32 j = split_at(w, &x);
    if (j == w->k) { /* whole already: its rounding has been kept, and nothing inside is better */
        return QUANT_OK;
    }
    double z = floor(x.n[j] / w->lot[j]);
    low = high = x;
    low.hi[j] = z * w->lot[j], high.lo[j] = (z + 1) * w->lot[j];
    enum quant_result r = QUANT_OK;
    if (low.lo[j] <= low.hi[j]) r = add_node(t, d, &low, b);
    if (r == QUANT_OK && high.lo[j] <= high.hi[j]) r = add_node(t, d, &high, b);
    return r;
}

/* *bound: below every position in lots, as far as the nodes allowed show. */
static enum quant_result search(struct walk *w, struct cvar_dual *d, const struct node *root,
                                u32 nodes, struct best *b, double *bound, u32 *solved)
{
    struct tree t = { .cap = nodes + 2 };
    enum quant_result r = QUANT_OK;
    t.at = malloc(t.cap * sizeof *t.at);
    if (!t.at) return QUANT_MEMORY;
    t.at[t.n++] = *root;
    *bound = root->bound;
    while (r == QUANT_OK && t.n) {
        u32 at = 0;
        for (u32 i = 1; i < t.n; i++)
            if (t.at[i].bound < t.at[at].bound) at = i;
        *bound = fmax(*bound, fmin(t.at[at].bound, b->value));
        if (!(t.at[at].bound < b->value - 1e-9 * fabs(b->value))) break;
        if (t.solved + 2 > nodes) {
            r = QUANT_LIMIT;
            break;
        }
        r = branch(w, &t, d, b, at);
    }
    if (r == QUANT_OK) *bound = b->value;
    *solved = t.solved;
    free(t.at);
    return r == QUANT_LIMIT ? QUANT_OK : r;
}

static enum quant_result open_walk(struct walk *w, const struct cvar_problem *p, const double *lot,
                                   struct node *root)
{
    *w = (struct walk){ .p = p, .s = p->scenarios, .k = p->contracts };
    for (u32 j = 0; j < w->k; j++) {
        if (!(lot[j] > 0) || !isfinite(lot[j])) return QUANT_DOMAIN;
        double lo = ceil(p->lo[j] / lot[j] - 1e-9), hi = floor(p->hi[j] / lot[j] + 1e-9);
        if (lo > hi || fabs(lo) > 1e9 || fabs(hi) > 1e9) return QUANT_DOMAIN;
        w->lot[j] = lot[j], w->cost[j] = p->cost[j] * lot[j];
        w->lo[j] = (i64)lo, w->hi[j] = (i64)hi;
        root->lo[j] = lo * lot[j], root->hi[j] = hi * lot[j];
    }
    w->column = malloc((size_t)w->s * (w->k + 2) * sizeof *w->column);
    if (!w->column) return QUANT_MEMORY;
    w->left = w->column + (size_t)w->s * w->k, w->room = w->left + w->s;
    for (u32 s = 0; s < w->s; s++)
        for (u32 j = 0; j < w->k; j++)
            w->column[(size_t)j * w->s + s] = p->payoff[(size_t)s * w->k + j] * lot[j];
    return QUANT_OK;
}

enum quant_result hedge_cvar_lots(const struct cvar_problem *p, const double *lot,
                                  struct cvar_effort effort, i64 *z, struct cvar_plan *out)
{
    struct walk w;
    struct node root;
    struct cvar_dual d;
    struct best b = { .value = HUGE_VAL };
    double bound = 0, n[CVAR_MAX];
    ASSERT(z && out);
    enum quant_result r = check(p);
    if (r != QUANT_OK) return r;
    *out = (struct cvar_plan){ 0 };
    r = open_walk(&w, p, lot, &root);
    if (r != QUANT_OK) return r;
    r = cvar_dual_open(&d, p);
    if (r != QUANT_OK) {
        free(w.column);
        return r;
    }
    r = cvar_dual_solve(&d, root.lo, root.hi, root.n, &root.bound);
    if (r == QUANT_OK) {
        for (u32 j = 0; j < w.k; j++) w.z[j] = within(&w, j, root.n[j] / lot[j]);
        w.most = effort.evaluations;
        descend(&w, &b);
        wander(&w, &b);
        r = search(&w, &d, &root, effort.nodes, &b, &bound, &out->nodes);
    }
    cvar_dual_close(&d);
    free(w.column);
    if (r != QUANT_OK) return r;
    for (u32 j = 0; j < p->contracts; j++) z[j] = b.z[j], n[j] = (double)b.z[j] * lot[j];
    r = report(p, n, bound, out);
    out->evaluated = w.evaluated;
    out->exact = bound >= b.value;
    return r;
}
