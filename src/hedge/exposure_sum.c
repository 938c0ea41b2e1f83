#include "hedge/exposure.h"
#include "hedge/exposure_inner.h"

#include <stdlib.h>
#include <string.h>

static void sum(struct exposure *e, i128 *to, i128 v)
{
    if (__builtin_add_overflow(*to, v, to))
        exposure_say(e, 0, e->file, "sum", "the sums no longer fit 128 bits");
}

void cell_add(struct exposure *e, const struct cell_key *key, i128 quantity, i128 cost, u64 rows)
{
    struct cell *c = bag_of(&e->cells, key);
    if (!c) {
        e->no_memory = true;
        return;
    }
    sum(e, &c->quantity, quantity), sum(e, &c->cost, cost);
    c->rows += rows;
}

void bucket_add(struct exposure *e, u32 currency, enum bucket bucket, i128 billed, i128 effective,
                u64 rows)
{
    struct bucket_sum *b = &e->bucket[currency][bucket];
    sum(e, &b->billed, billed), sum(e, &b->effective, effective);
    b->rows += rows;
}

/* ---- the end ---- */

static void join(struct exposure *e, struct pending *w)
{
    const struct machine *m = w->key.join ? bag_has(&e->machines, &w->key.join) : NULL;
    if (!m || !m->gpu_class) {
        bucket_add(e, w->key.billing, BUCKET_NON_GPU, w->billed, w->effective, w->rows);
        e->quality[QUALITY_join_failed] += w->rows;
        sum(e, &e->unjoined, w->effective);
        return;
    }
    static const u8 buckets[] = { BUCKET_GPU_ON_DEMAND, BUCKET_GPU_SPOT, BUCKET_GPU_COMMITTED };
    struct cell_key key = w->key.cell;
    key.what = m->gpu_class;
    e->quality[QUALITY_joined_rows] += w->rows;
    bucket_add(e, w->key.billing, (enum bucket)buckets[key.side], w->billed, w->effective, w->rows);
    cell_add(e, &key, 0, w->cost, w->rows);
}

static int name_order(const struct exposure *e, u32 a, u32 b)
{
    return a == b ? 0 : strcmp(exposure_name(e, a), exposure_name(e, b));
}

static const char *what_text(const struct exposure *e, const struct cell_key *k)
{
    return k->tokens ? exposure_name(e, k->what) : gpu_class_text(k->what);
}

static int cell_order(const void *a, const void *b, void *from)
{
    const struct exposure *e = from;
    const struct cell_key *x = a, *y = b;
    int o = x->tokens != y->tokens ? (x->tokens < y->tokens ? -1 : 1)
            : x->month != y->month ? (x->month < y->month ? -1 : 1)
                                   : 0;
    if (!o) o = name_order(e, x->provider, y->provider);
    if (!o) o = name_order(e, x->region, y->region);
    if (!o) o = strcmp(what_text(e, x), what_text(e, y));
    if (!o) o = x->side != y->side ? (x->side < y->side ? -1 : 1) : 0;
    return o ? o : name_order(e, x->currency, y->currency);
}

static int doubt_order(const void *a, const void *b, void *from)
{
    const struct exposure *e = from;
    const struct doubt_key *x = a, *y = b;
    int o = x->bucket != y->bucket ? (x->bucket < y->bucket ? -1 : 1) : 0;
    if (!o) o = name_order(e, x->provider, y->provider);
    if (!o) o = name_order(e, x->region, y->region);
    if (!o) o = name_order(e, x->what, y->what);
    if (!o) o = name_order(e, x->reason, y->reason);
    return o ? o : name_order(e, x->currency, y->currency);
}

void exposure_finish(struct exposure *e)
{
    for (u32 i = 0; i < e->pending.n; i++) join(e, BAG_AT(&e->pending, struct pending, i));
    for (u32 i = 0; i < e->plans.n; i++) {
        struct plan *p = BAG_AT(&e->plans, struct plan, i);
        p->replaces = bag_has(&e->cells, &p->key) != NULL;
    }
    if (e->plans.n) qsort_r(e->plans.at, e->plans.n, e->plans.item, cell_order, e);
    if (e->sds.n) qsort_r(e->sds.at, e->sds.n, e->sds.item, cell_order, e);
    if (e->cells.n) qsort_r(e->cells.at, e->cells.n, e->cells.item, cell_order, e);
    if (e->doubts.n) qsort_r(e->doubts.at, e->doubts.n, e->doubts.item, doubt_order, e);
    for (u32 c = 0; c < e->currencies && !e->causes; c++) {
        struct bucket_sum t = { 0 };
        for (u32 b = 0; b < BUCKET_COUNT; b++) {
            t.billed += e->bucket[c][b].billed, t.effective += e->bucket[c][b].effective;
            t.rows += e->bucket[c][b].rows;
        }
        ASSERT(t.billed == e->all[c].billed && t.effective == e->all[c].effective &&
               t.rows == e->all[c].rows);
    }
}
