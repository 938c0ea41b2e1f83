#include "index/live.h"
#include "index/vintage.h"

#define HOUR_NS (INT64_C(3600) * NS_PER_SECOND)

static u64 align64(u64 v) { return (v + 63) & ~UINT64_C(63); }

/* Chunks are at least half full but for the last one touched, and a list of one number has one. */
static u32 chunks_for(u32 records) { return 4 * (records / (RANK_CHUNK / 2)) + 4 * LIVE_SOURCES; }

static u64 lay_out(struct intraday *d, u8 *base, struct index_caps c)
{
    u64 at = align64(sizeof(struct intraday));
    u32 chunks = chunks_for(c.records), dirs = chunks;
    ASSERT(c.records > 0);
#define CUT(member, n) \
    d->member = base ? (void *)(base + at) : NULL, at += align64(sizeof *d->member * (u64)(n))
    CUT(at, c.records);
    CUT(times, c.records);
    CUT(by_time, c.records);
    CUT(owner_of, 2 * ((u64)c.names + 1));
    CUT(cell, LIVE_PARTS * LIVE_OWNERS);
    CUT(rank_owner, LIVE_PARTS * LIVE_OWNERS);
    CUT(rank_weight, LIVE_PARTS * LIVE_OWNERS);
    CUT(pair_n, LIVE_OWNERS * LIVE_OWNERS);
    CUT(pair_head, LIVE_OWNERS * LIVE_OWNERS);
    CUT(pair_size, LIVE_OWNERS * LIVE_OWNERS);
    CUT(pool.chunk, chunks);
    CUT(all.dir, dirs);
    for (u32 s = 0; s < LIVE_SOURCES; s++) CUT(source[s].dir, dirs);
    d->pool.cap = chunks, d->all.dir_cap = dirs, d->cap = c.records;
    for (u32 s = 0; s < LIVE_SOURCES; s++) d->source[s].dir_cap = dirs;
    ASSERT(at % 64 == 0);
    return at;
}

u64 intraday_bytes(const struct index *ix)
{
    const struct index_caps c = ix->caps;
    u64 fixed = align64(sizeof(struct intraday));
    u32 chunks = chunks_for(c.records);
    ASSERT(c.records > 0);
    ASSERT(chunks > 0);
    return fixed + align64(sizeof(struct live) * (u64)c.records) +
           align64(sizeof(i64) * (u64)c.records) + align64(sizeof(u32) * (u64)c.records) +
           align64(sizeof(u32) * 2 * ((u64)c.names + 1)) +
           LIVE_PARTS * LIVE_OWNERS * (sizeof(struct live_cell) + sizeof(u16) + sizeof(i64)) +
           LIVE_OWNERS * LIVE_OWNERS * (2 * sizeof(u32) + sizeof(i64)) +
           align64(sizeof(struct rank_chunk) * (u64)chunks) +
           (LIVE_SOURCES + 1) * align64(sizeof(u32) * (u64)chunks) + 1024;
}

/* ---- the twin ---- */

static void value_fill(const struct index *ix, i64 t, const struct estimate *e,
                       struct intraday_value *out)
{
    i64 levels[4] = { e->failed ? 0 : e->value };
    struct carry c = { ix->state.value, ix->state.age, 0 };
    i64 carried;
    ASSERT(out);
    *out = (struct intraday_value){ .at = t, .why = e->failed };
    out->level = (u8)waterfall_next(&c, levels, ix->m.has_l5 ? (u32)ix->m.max_age : 0, &carried);
    out->status = out->level == LEVEL_L1   ? BENCH_PRINT_PRINTED
                  : out->level == LEVEL_L5 ? BENCH_PRINT_CARRIED
                                           : BENCH_PRINT_NO_PRINT;
    out->value = carried;
    out->owners = e->owners, out->partitions = e->partitions;
    out->observations = e->observations, out->volume = e->volume;
    if (!e->failed) out->sum = e->sum, out->count = e->count;
    ASSERT(out->level != LEVEL_L2);
}

bool intraday_batch(struct index *ix, i64 t, i64 now, struct intraday_value *out)
{
    struct state before = ix->state;
    struct estimate e;
    ASSERT(!ix->is_check);
    series_end_last(ix);
    items_clear(ix);
    ix->full = false, ix->vintage = 1,
    ix->publish = i64_min(now, index_publish_time(&ix->m, ix->date).ns);
    ix->window_end = t, ix->window_start = t - ix->m.window_hours * HOUR_NS;
    series_take(ix);
    if (!ix->full) {
        screen_rules(ix);
        screen_history(ix);
        screen_venues(ix);
        estimate_run(ix, ix->window_end - ix->window_start, false, &e);
        ix->state = before;
        value_fill(ix, t, &e, out);
    }
    ix->state = before;
    ASSERT(ix->items_n <= ix->caps.records);
    return !ix->full;
}

/* ---- records come, time goes on ---- */

static u32 time_after(const struct intraday *d, i64 t, u32 n)
{
    u32 lo = 0, hi = n;
    ASSERT(n <= d->cap);
    if (n && d->times[n - 1] <= t) return n; /* nearly always */
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (d->times[mid] <= t) lo = mid + 1;
        else hi = mid;
    }
    ASSERT(lo <= n);
    return lo;
}

static u32 dense_owner(struct intraday *d, u32 owner, bool sells)
{
    u32 node = sells ? node_add(d->ix, owner) : node_find(d->ix, owner);
    ASSERT(owner);
    if (node == UNPLACED) return 0;
    if (d->owner_of[node] || !sells) return d->owner_of[node];
    if (d->owners_n == LIVE_OWNERS) {
        d->slow = true;
        return 0;
    }
    d->owner[d->owners_n++].node = node;
    d->owner_of[node] = d->owners_n;
    flow_buyers(d, owner, d->owners_n);
    return d->owners_n;
}

/* What a print would find of the record alone. */
static void live_load(struct intraday *d, u32 rec)
{
    struct index *ix = d->ix;
    struct live *l = &d->at[d->n];
    const struct observation *o = &ix->log->at[rec];
    struct item it = { .rec = rec, .role = LIST_BIT(ROLE_CANDIDATE) }, flow = it, late = it;
    ASSERT(d->n < d->cap);
    ASSERT(rec == d->base + d->n);
    if (!screen_item(ix, &it)) screen_new(ix, &it);
    late.reason = REASON_SUPERSEDED, flow.role = LIST_BIT(ROLE_FLOW);
    bool placed = screen_item(ix, &late) && screen_item(ix, &flow);
    ASSERT(placed || ix->full);
    *l = (struct live){ .t = o->t_event, .price = flow.price, .size = flow.size,
                        .journal = o->t_journal, .rec = rec, .node = it.node, .line = it.line,
                        .source = ix->source_of[o->source] - 1, .other = o->counter_owner,
                        .own = it.reason, .own_corrected = late.reason, .kind = o->kind };
    d->n++;
    if (l->source >= LIVE_SOURCES) d->slow = true, l->source = 0;
    l->owner = dense_owner(d, it.owner, true);
    if (l->other) l->buyer = dense_owner(d, l->other, false);
}

/* Into its place by time; bounds behind it move by one. */
static void live_place(struct intraday *d, u32 i)
{
    i64 t = d->at[i].t;
    u32 at = time_after(d, t, i);
    ASSERT(i < d->n);
    memmove(d->times + at + 1, d->times + at, (i - at) * sizeof *d->times);
    memmove(d->by_time + at + 1, d->by_time + at, (i - at) * sizeof *d->by_time);
    d->times[at] = t, d->by_time[at] = i, d->placed = i + 1;
    for (u32 b = 0; b < d->bounds; b++) d->bound_at[b] += t < d->bound[b];
    if (!d->slow) live_settle(d, i);
}

static void bounds_set(struct intraday *d, i64 t)
{
    const struct methodology *m = &d->ix->m;
    const i64 hours[3] = { m->stale_trade_hours, m->stale_quote_hours, m->stale_list_hours };
    ASSERT(d->parts <= LIVE_PARTS);
    ASSERT(t >= d->t);
    d->t = t;
    for (u32 p = 0; p <= d->parts; p++) d->bound[p] = t - d->window_ns + p * d->part_ns;
    d->bound[d->parts] = t, d->bounds = d->parts + 1;
    d->bound[d->bounds++] = t - FLOW_NS;
    for (u32 k = 0; k < ARRAY_LEN(hours); k++)
        if (hours[k] < m->window_hours) d->bound[d->bounds++] = t - hours[k] * HOUR_NS;
}

static void advance(struct intraday *d, i64 t)
{
    u32 from[LIVE_PARTS + 5];
    memcpy(from, d->bound_at, sizeof from);
    ASSERT(t > d->t);
    bounds_set(d, t);
    ASSERT(d->bounds <= ARRAY_LEN(from));
    for (u32 b = 0; b < d->bounds; b++) {
        u32 at = from[b];
        while (at < d->placed && d->times[at] < d->bound[b]) at++;
        d->bound_at[b] = at;
    }
    for (u32 b = 0; b < d->bounds; b++) {
        if (b && b < d->parts) continue;
        for (u32 k = from[b]; k < d->bound_at[b]; k++) live_settle(d, d->by_time[k]);
    }
    for (u32 b = 1; b < d->parts; b++)
        for (u32 k = from[b]; k < d->bound_at[b]; k++) live_move(d, d->by_time[k]);
    for (u32 b = 0; b < d->bounds; b++) /* those to come next */
        if (d->bound_at[b] < d->placed) __builtin_prefetch(&d->at[d->by_time[d->bound_at[b]]]);
    ASSERT(d->t == t);
}

struct intraday *intraday_open(void *memory, u64 bytes, struct index *ix)
{
    struct intraday *d = memory;
    ASSERT(memory);
    ASSERT(ix->m.partitions > 0);
    ASSERT(!ix->is_check);
    if (bytes < intraday_bytes(ix)) return NULL;
    if (lay_out(d, memory, ix->caps) > bytes) UNREACHABLE("the memory was measured");
    series_end_last(ix);
    items_clear(ix);
    d->ix = ix, d->parts = (u32)ix->m.partitions;
    d->window_ns = ix->m.window_hours * HOUR_NS, d->part_ns = d->window_ns / ix->m.partitions;
    d->publish = index_publish_time(&ix->m, ix->date).ns, d->last = d->publish - NS_PER_DAY;
    i64 start = d->last - INDEX_PUBLISH_DELAY_NS;
    d->slow =
        d->parts > LIVE_PARTS || ix->m.estimator != ESTIMATOR_PVWM || ix->m.weights != WEIGHTS_SIZE;
    if (d->slow) d->parts = 1, d->part_ns = d->window_ns;
    d->thin = d->parts; /* all empty */
    bounds_set(d, start);
    d->base = first_journaled(ix, i64_min(start - d->window_ns, start - FLOW_NS) - OBS_AHEAD_NS);
    return d;
}

/* ---- the value ---- */

static void part_median(struct intraday *d, u32 part)
{
    struct live_part *p = &d->part[part];
    const u16 *owner = d->rank_owner + part * LIVE_OWNERS;
    const i64 *weight = d->rank_weight + part * LIVE_OWNERS;
    i64 cum = 0, half = (p->weight + 1) / 2;
    u32 lower = 0;
    ASSERT(p->n > 0);
    p->dirty = 0;
    for (cum = weight[0]; cum < half; cum += weight[++lower]) continue;
    u32 upper = 2 * cum > p->weight ? lower : lower + 1;
    ASSERT(upper < p->n);
    const struct live_cell *a = &d->cell[part * LIVE_OWNERS + owner[lower]];
    const struct live_cell *b = &d->cell[part * LIVE_OWNERS + owner[upper]];
    bool same = p->lower == owner[lower] + 1u && p->upper == owner[upper] + 1u &&
                p->lower_version == a->version && p->upper_version == b->version;
    if (same) return;
    p->lower = owner[lower] + 1u, p->upper = owner[upper] + 1u;
    p->lower_version = a->version, p->upper_version = b->version;
    struct point points[2] = { { a->value, a->size, 0, 0 }, { b->value, b->size, 0, 0 } };
    Fine x = point_fine(&points[0]), y = lower == upper ? x : point_fine(&points[1]);
    Fine mid = lower == upper ? x : (Fine){ div_round(x.v + y.v, 2, ROUND_HALF_EVEN) };
    Fine now = d->ix->m.tie == TIE_LOWER ? x : d->ix->m.tie == TIE_UPPER ? y : mid;
    d->medians.v += now.v - p->median.v;
    p->median = now;
}

/* Screen 11 over the medians as they are now; what flips is settled again. */
static void venues_now(struct intraday *d)
{
    const struct index *ix = d->ix;
    i64 v[LIVE_SOURCES];
    u32 n = 0;
    bool out[LIVE_SOURCES] = { false };
    ASSERT(ix->sources_n <= LIVE_SOURCES);
    if (!ix->m.venue_ppm) return;
    for (u32 s = 0; s < ix->sources_n; s++) {
        const struct ranks *r = &d->source[s];
        if (d->stale_median[s] && r->n)
            d->median2[s] = (i64)(ranks_at(&d->pool, r, (r->n - 1) / 2) >> 30) +
                            (i64)(ranks_at(&d->pool, r, r->n / 2) >> 30);
        d->stale_median[s] = false;
        if (!r->n) continue;
        u32 k = n++;
        for (; k && v[k - 1] > d->median2[s]; k--) v[k] = v[k - 1];
        v[k] = d->median2[s];
    }
    if (n < ix->m.venue_sources) n = 0;
    i128 all = n ? (i128)v[(n - 1) / 2] + v[n / 2] : 0;
    u32 out_n = 0;
    for (u32 s = 0; n && s < ix->sources_n; s++) {
        i128 off = 2 * (i128)d->median2[s] - all;
        i64 limit = ix->m.venue_ppm;
        for (u32 k = 0; k < ix->state.venues_out_n; k++)
            if (ix->state.venues_out[k] == ix->source_name[s]) limit = ix->m.venue_return_ppm;
        out[s] = d->source[s].n && (off < 0 ? -off : off) * PPM > limit * all;
        out_n += out[s];
    }
    if (out_n >= VENUES_OUT_MAX) d->slow = true;
    if (memcmp(out, d->out, sizeof out) == 0) return;
    memcpy(d->out, out, sizeof out);
    live_sweep(d);
}

/* False: this state needs everything (thin partitions, a cap that binds, owners unknown). */
static bool value_now(struct intraday *d, struct estimate *e)
{
    const struct index *ix = d->ix;
    i64 best = 0;
    ASSERT(!d->sweep);
    ASSERT(d->counted <= d->n);
    if (d->slow || d->thin || d->unknown || d->weight <= 0 || d->weight > STATS_WEIGHT_MAX / PPM)
        return false;
    for (u32 o = 0; o < d->owners_n; o++) best = i64_max(best, d->owner[o].weight);
    i128 ppm = (i128)best * PPM;
    *e = (struct estimate){ .owners = d->owners_weighted, .partitions = d->parts,
                            .volume = d->volume, .observations = d->counted, .count = d->parts };
    e->owner_max_ppm = (u32)div_round(ppm, d->weight, ROUND_HALF_EVEN);
    e->failed = estimate_sufficiency(ix, e);
    if (e->failed) return true;
    if ((i128)e->owners * ix->m.weight_cap_ppm < PPM ||
        ppm > (i128)ix->m.weight_cap_ppm * d->weight)
        return false;
    for (u32 p = 0; p < d->parts; p++)
        if (d->part[p].dirty) part_median(d, p);
    e->sum = d->medians;
    bool fine = fine_round(e->sum, e->count, (u32)ix->m.decimals, &e->value);
    if (!fine || e->value <= 0) e->failed = SHORT_OVERFLOW;
    return true;
}

bool intraday_at(struct intraday *d, i64 t, i64 now, struct intraday_value *out)
{
    struct index *ix = d->ix;
    struct estimate e;
    u32 end = first_journaled(ix, i64_min(now, d->publish));
    ASSERT(t >= d->t);
    ASSERT(t <= d->publish - INDEX_PUBLISH_DELAY_NS);
    if (!d->slow) screen_regions(ix);
    u32 from = d->n;
    while (!d->slow && d->base + d->n < end) {
        if (d->n == d->cap) return false;
        live_load(d, d->base + d->n);
        if (ix->full) return false;
    }
    if (d->bound[d->parts] == 0 || t > d->t) {
        if (!d->slow) advance(d, t);
        else bounds_set(d, t);
    }
    for (u32 i = from; i < d->n; i++) live_place(d, i);
    if (!d->slow && d->sweep) live_sweep(d);
    d->sweep = false;
    if (!d->slow) venues_now(d);
    if (value_now(d, &e)) {
        value_fill(ix, t, &e, out);
        return true;
    }
    d->recomputed++;
    return intraday_batch(ix, t, now, out);
}

u64 intraday_recomputed(const struct intraday *d)
{
    ASSERT(d->ix);
    return d->recomputed;
}
