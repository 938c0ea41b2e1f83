#include "index/sort.h"
#include "index/work.h"

#define HAS(mask, value) (((mask) >> (value)) & 1)
#define QUALITY_HAS(o, NAME) ((o)->quality & LIST_BIT(QUALITY_##NAME))

static bool region_in(const struct index *ix, Str z)
{
    ASSERT(ix->m.regions_n > 0);
    ASSERT(ix->m.regions_n <= METHOD_LIST_MAX);
    for (i64 i = 0; i < ix->m.regions_n; i++) {
        Str want = str_of(ix->m.regions[i]);
        if (str_is(want, "any") || str_eq(want, z)) return true;
        if (z.n > want.n && z.at[want.n] == '/' && str_eq((Str){ z.at, want.n }, want)) return true;
    }
    return false;
}

/* A name is looked at once: regions are few, records many. */
void screen_regions(struct index *ix)
{
    const struct names *names = &ix->log->names;
    ASSERT(ix->region_ok);
    ASSERT(names->n <= ix->owner_first_n);
    for (u32 id = ix->regions_n; id <= names->n; id++)
        ix->region_ok[id] = 1 + region_in(ix, names_text(names, id));
    ix->regions_n = names->n + 1;
}

/* On-demand means cancellable within 24 h and rentable in at most 8 GPUs (section 3). */
static bool term_is(const struct methodology *m, const struct observation *o)
{
    ASSERT(m->term > 0);
    ASSERT(o->term > 0);
    if (o->term != m->term) return false;
    if (o->term != TERM_ON_DEMAND) return true;
    return o->min_gpus <= 8 && (o->kind == OBS_KIND_TRADE || o->duration_s <= 86400);
}

/* kinds: a mask of OBS_KIND; book: bids too. */
static u8 screen_match(const struct index *ix, const struct observation *o, i64 kinds, bool book)
{
    const struct methodology *m = &ix->m;
    bool made_up = o->quality & LIST_BIT(QUALITY_SYNTHETIC);
    ASSERT(o->kind);
    ASSERT(o->channel);
    if (o->rights != RIGHTS_OPEN && o->rights != RIGHTS_CC_BY && o->rights != RIGHTS_CONTRACT)
        return REASON_RIGHTS;
    if (!o->gpu_class && o->term != TERM_TOKEN) return REASON_NO_GPU; /* type not mapped */
    if (o->gpu_class != m->gpu_class) return REASON_CLASS;
    if (!HAS(m->form, FORM_RULE_ANY) && !HAS(m->form, o->form)) return REASON_FORM;
    if (!term_is(m, o)) return REASON_TERM;
    if (ix->region_ok[o->region] != 2) return REASON_REGION;
    if (!o->gpus) return REASON_NO_GPU;
    if (!HAS(kinds, o->kind)) return REASON_KIND;
    if (QUALITY_HAS(o, BID) && !book) return REASON_BID;
    if (made_up ? m->synthetic == SYNTHETIC_RULE_NEVER : m->synthetic == SYNTHETIC_RULE_ONLY)
        return REASON_SYNTHETIC;
    if (!HAS(m->channels, o->channel)) return REASON_CHANNEL;
    return 0;
}

static u8 screen_offer(const struct observation *o)
{
    ASSERT(o->kind);
    ASSERT(o->raw_unit);
    if (o->kind == OBS_KIND_QUOTE) {
        bool host = o->channel == CHANNEL_MARKETPLACE;
        if (QUALITY_HAS(o, UNVERIFIED) || (host && !QUALITY_HAS(o, VERIFIED)))
            return REASON_UNVERIFIED_HOST;
        if (QUALITY_HAS(o, NO_CAPACITY)) return REASON_NO_CAPACITY;
    }
    if (QUALITY_HAS(o, SERVERLESS)) return REASON_SERVERLESS;
    if (QUALITY_HAS(o, DEVTEST) || QUALITY_HAS(o, OTHER_OFFER)) return REASON_OFFER_TYPE;
    if (o->price == 0) return REASON_ZERO_PRICE;
    if (o->price < 0) return REASON_NEGATIVE_SENTINEL;
    if (QUALITY_HAS(o, PLACEHOLDER)) return REASON_PLACEHOLDER;
    if (QUALITY_HAS(o, PROMOTION)) return REASON_PROMOTION;
    return 0;
}

u8 screen_record(const struct index *ix, const struct observation *o, i64 kinds, bool book)
{
    ASSERT(kinds);
    ASSERT(o->kind < OBS_KIND_COUNT);
    u8 reason = screen_match(ix, o, kinds, book);
    return reason ? reason : screen_offer(o);
}

u8 screen_stale(const struct index *ix, const struct item *o)
{
    const struct methodology *m = &ix->m;
    i64 hours = o->kind == OBS_KIND_TRADE   ? m->stale_trade_hours
                : o->kind == OBS_KIND_QUOTE ? m->stale_quote_hours
                                            : m->stale_list_hours;
    ASSERT(hours > 0);
    ASSERT(o->t_event < ix->window_end);
    if (o->t_event < ix->window_start) return REASON_STALE;
    return ix->window_end - o->t_event > hours * 3600 * NS_PER_SECOND ? REASON_STALE : 0;
}

/* Sellers of what may be an edge of the owner graph: a superset is enough (flow.c). */
static void mark_seller(struct index *ix, const struct item *it)
{
    ASSERT(it->node != UNPLACED);
    ASSERT(it->node < ix->nodes_n);
    bool sells = it->kind == OBS_KIND_TRADE && it->other && it->other != it->owner && !it->reason;
    if (sells) mark_u32(&ix->node_sells[it->node], ix->print_stamp);
}

/* Everything one record alone decides; normalisation errors stand where its price is read. Many
 * hands may screen items of their own at once: what they share, they mark alike. */
bool screen_item(struct index *ix, struct item *it)
{
    struct line_key key = line_key_of(item_obs(ix, it));
    ASSERT(it->role);
    ASSERT(it->rec < ix->log->n);
    return screen_item_hashed(ix, it, line_hash(&key));
}

bool screen_item_hashed(struct index *ix, struct item *it, u64 hash)
{
    const struct observation *o = item_obs(ix, it);
    u32 row = owner_row_of(ix, o);
    i64 rate;
    struct line_key key = line_key_of(o);
    ASSERT(it->role);
    it->owner = owner_at(ix, o, row);
    if (row) mark_u32(&ix->row_used[row - 1], ix->print_stamp);
    it->source = o->source, it->other = o->counter_owner, it->kind = o->kind;
    it->t_event = o->t_event, it->corrects = o->corrects != 0;
    if (it->role & LIST_BIT(ROLE_CANDIDATE)) {
        u8 reason = screen_record(ix, o, ix->m.kinds, ix->m.estimator == ESTIMATOR_RTI);
        if (!reason && it->reason == REASON_SUPERSEDED) reason = REASON_SUPERSEDED;
        if (!reason) reason = normalise_currency(ix, it->rec, &rate);
        if (!reason && QUALITY_HAS(o, TOD_GAP)) reason = REASON_TOD_GAP;
        if (!reason) reason = normalise_all(ix, o, rate, &it->price, &it->size);
        if (!reason && o->kind == OBS_KIND_TRADE && !o->counter_owner) reason = REASON_NO_OWNER;
        if (!reason && o->kind == OBS_KIND_TRADE && it->owner == o->counter_owner)
            reason = REASON_SELF_DEALING;
        it->reason = reason;
    } else if (normalise_currency(ix, it->rec, &rate) ||
               normalise_all(ix, o, rate, &it->price, &it->size)) {
        it->price = 0; /* a receipt may hold anything: such a record serves nothing */
    }
    it->node = node_find(ix, it->owner), it->line = line_find(ix, &key, hash);
    if (it->node == UNPLACED || it->line == UNPLACED) {
        it->line = UNPLACED;
        return false;
    }
    mark_seller(ix, it);
    return true;
}

void screen_new(struct index *ix, struct item *it)
{
    ASSERT(it->line == UNPLACED);
    ASSERT(it->owner);
    it->node = node_add(ix, it->owner);
    it->line = line_add(ix, it->rec);
    mark_seller(ix, it);
}

/* A correction takes the place of the record it names, if both are looked at. */
static void mark_superseded(struct index *ix)
{
    ASSERT(ix->items_n <= ix->caps.records);
    ASSERT(ix->log->n <= ix->log->cap);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        u64 id = it->corrects ? item_obs(ix, it)->corrects : 0;
        if (!id || !(it->role & LIST_BIT(ROLE_CANDIDATE))) continue;
        u32 rec = rec_of_id(ix, id);
        struct item *there = rec == UINT32_MAX ? NULL : item_there(ix, rec);
        if (!there || !(there->role & LIST_BIT(ROLE_CANDIDATE))) continue;
        there->reason = REASON_SUPERSEDED;
        bool placed = screen_item(ix, there);
        ASSERT(placed);
    }
}

void screen_rules(struct index *ix)
{
    ASSERT(ix->window_start < ix->window_end);
    ASSERT(!ix->full);
    mark_superseded(ix);
    screen_resellers(ix);
    screen_flows(ix);
    stage_ends(ix, INDEX_STAGE_FLOWS);
}

/* |p - mean| <= k sd, sd the sample's, at least the floor: without roots as in section 6,
 * (n p - S)^2 (n - 1) <= k^2 n (n Q - S^2). Prices are at most 10^10, so 128 bits hold it. */
struct spread { i128 sum, spread, k, n; i64 floor; };
static bool is_inlier(const struct spread *s, i64 price)
{
    i128 off = s->n * (i128)price - s->sum;
    ASSERT(s->n > 0);
    ASSERT(price > 0);
    if (off < 0) off = -off;
    if (off * PPM * 1000 <= s->k * s->n * s->floor * price) return true;
    if (s->n == 1) return false;
    ASSERT(s->spread >= 0);
    /* k is in thousandths: both sides x 10^6; (n p - S) <= 2 x 10^11, the product below 10^31 */
    return off * off * (s->n - 1) * PPM <= s->k * s->k * s->n * s->spread;
}

/* The inliers are one range around the mean (each of the two tests is one): its ends by halving,
 * once a line instead of the test once a record. */
static void outlier_gate(const struct index *ix, const struct line *l, struct gate *g)
{
    u32 n = l->n < ix->m.outlier_values ? l->n : (u32)ix->m.outlier_values;
    struct spread s = { .n = n, .k = ix->m.outlier_sd_milli, .floor = ix->m.outlier_floor_ppm };
    i128 squares = 0;
    if (!s.k || !n) return;
    for (u32 i = 0; i < n; i++) {
        i128 v = l->value[line_at(l, i)];
        ASSERT(v > 0 && v <= PRICE_MAX);
        s.sum += v, squares += v * v;
    }
    s.spread = (i128)n * squares - s.sum * s.sum;
    i64 mid = (i64)(s.sum / n);
    if (!is_inlier(&s, mid)) mid++;
    *g = (struct gate){ g->jump_lo, g->jump_hi, 1, 0 };
    if (mid > PRICE_MAX || !is_inlier(&s, mid)) return; /* no price is */
    i64 lo = 1, hi = mid;
    while (lo < hi) { /* the least inlier */
        i64 half = lo + (hi - lo) / 2;
        if (is_inlier(&s, half)) hi = half;
        else lo = half + 1;
    }
    g->lo = lo, lo = mid, hi = PRICE_MAX;
    while (lo < hi) { /* the greatest */
        i64 half = hi - (hi - lo) / 2;
        if (is_inlier(&s, half)) lo = half;
        else hi = half - 1;
    }
    g->hi = lo;
    ASSERT(g->lo <= g->hi);
}

static void gate_lines(void *arg, u32 job)
{
    struct index *ix = arg;
    u32 jobs = jobs_of(ix), end = part_at(ix->lines_n, jobs, job + 1);
    ASSERT(job < jobs);
    for (u32 i = part_at(ix->lines_n, jobs, job); i < end; i++) {
        struct line *l = &ix->lines[i];
        struct gate *g = &ix->gates[i];
        if (!l->pushed) continue;
        l->pushed = 0;
        *g = (struct gate){ 0, INT64_MAX, 0, INT64_MAX };
        i64 last = l->value[line_at(l, 0)];
        i64 move = (i64)((i128)ix->m.jump_ppm * last / PPM);
        ASSERT(last > 0);
        if (ix->m.jump_ppm) g->jump_lo = last - move, g->jump_hi = last + move;
        outlier_gate(ix, l, g);
    }
}

void gates_set(struct index *ix)
{
    ASSERT(ix->lines_n <= ix->caps.lines);
    ASSERT(ix->gates);
    jobs_run(ix, jobs_of(ix), gate_lines, ix);
}

/* ---- 9 and 10, and the counts that 11 needs, in one walk ---- */

struct history_walk {
    struct index *ix;
    u32 jobs, tables; /* tables: sources counted, 0 where the counting is not worth it */
    u32 movers[INDEX_JOBS_MAX], near[INDEX_JOBS_MAX];
    u64 *at; /* near: prices and owners within reach of a mover */
};

static u32 *tally_of(const struct index *ix, u32 tables, u32 job, u32 source)
{
    ASSERT(source < tables);
    ASSERT(((u64)job + 1) * tables * PRICE_BUCKETS * sizeof(u32) <= ix->tally_n);
    return (u32 *)(void *)ix->tally + ((u64)job * tables + source) * PRICE_BUCKETS;
}

static void history_pass(void *arg, u32 job)
{
    struct history_walk *w = arg;
    struct index *ix = w->ix;
    u32 from = part_at(ix->items_n, w->jobs, job), end = part_at(ix->items_n, w->jobs, job + 1);
    u32 movers = 0;
    for (u32 s = 0; s < w->tables; s++)
        memset(tally_of(ix, w->tables, job, s), 0, PRICE_BUCKETS * sizeof(u32));
    for (u32 i = from; i < end; i++) {
        struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        const struct gate *g = &ix->gates[it->line];
        ASSERT(it->price > 0);
        if (it->price < g->lo || it->price > g->hi) it->reason = REASON_OUTLIER;
        if (it->price < g->jump_lo || it->price > g->jump_hi)
            it->reason = REASON_JUMP, ix->slot_ppm[from + movers++] = i;
        if (it->reason || !w->tables) continue;
        tally_of(ix, w->tables, job, ix->source_of[it->source] - 1)[price_bucket(it->price)]++;
    }
    w->movers[job] = movers;
    ASSERT(movers <= end - from);
}

static i64 reach_of(const struct index *ix, i64 price)
{
    ASSERT(price > 0);
    ASSERT(price <= PRICE_MAX);
    return (i64)((i128)price * ix->m.jump_within_ppm / PPM);
}

#define NODE_BITS 30u
static void near_pass(void *arg, u32 job)
{
    struct history_walk *w = arg;
    struct index *ix = w->ix;
    u32 from = part_at(ix->items_n, w->jobs, job), end = part_at(ix->items_n, w->jobs, job + 1);
    u32 n = 0;
    ASSERT(ix->nodes_n < BIT(NODE_BITS));
    for (u32 i = from; i < end; i++) {
        const struct item *it = &ix->items[i];
        bool fine = !it->reason || it->reason == REASON_JUMP || it->reason == REASON_OUTLIER;
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || !fine) continue;
        if (!ix->bucket_mark[price_bucket(it->price)]) continue;
        w->at[from + n++] = (u64)it->price << NODE_BITS | it->node;
    }
    w->near[job] = n;
    ASSERT(n <= end - from);
}

/* Both lists rise by price, and so do both ends of a mover's reach: one walk with a count of each
 * owner between the ends. A mover is there itself, so the owners other than its own are one
 * less. */
static void movers_judge(struct index *ix, const u64 *near, u32 near_n, const u64 *movers, u32 n,
                         u32 tables)
{
    u32 lo = 0, hi = 0, owners = 0;
    const u64 node = (UINT64_C(1) << NODE_BITS) - 1;
    i64 *count = ix->node_sum;
    ASSERT(n <= near_n); /* a mover is near itself */
    memset(count, 0, ix->nodes_n * sizeof *count);
    for (u32 k = 0; k < n; k++) {
        i64 price = (i64)(movers[k] >> NODE_BITS), reach = reach_of(ix, price);
        struct item *it = &ix->items[movers[k] & node];
        for (; hi < near_n && (i64)(near[hi] >> NODE_BITS) <= price + reach; hi++)
            owners += count[near[hi] & node]++ == 0;
        for (; lo < hi && (i64)(near[lo] >> NODE_BITS) < price - reach; lo++)
            owners -= --count[near[lo] & node] == 0;
        ASSERT(owners > 0);
        ASSERT(it->reason == REASON_JUMP);
        if (owners - 1 < ix->m.jump_owners) continue;
        const struct gate *g = &ix->gates[it->line];
        it->reason = price < g->lo || price > g->hi ? REASON_OUTLIER : 0;
        if (!it->reason && tables)
            tally_of(ix, tables, 0, ix->source_of[it->source] - 1)[price_bucket(price)]++;
    }
}

/* Pieces written at each job's own place, put together; how many. */
static u32 gathered(u64 *at, u32 items, u32 jobs, const u32 *n)
{
    u32 all = 0;
    ASSERT(jobs <= INDEX_JOBS_MAX);
    for (u32 j = 0; j < jobs; all += n[j++])
        memmove(at + all, at + part_at(items, jobs, j), n[j] * sizeof *at);
    ASSERT(all <= items);
    return all;
}

static void confirm_movers(struct history_walk *w)
{
    struct index *ix = w->ix;
    u64 *movers = (void *)ix->points;
    u32 n = 0;
    ASSERT(w->jobs <= INDEX_JOBS_MAX);
    memset(ix->bucket_mark, 0, PRICE_BUCKETS);
    for (u32 j = 0; j < w->jobs; j++) {
        const u32 *of = ix->slot_ppm + part_at(ix->items_n, w->jobs, j);
        for (u32 k = 0; k < w->movers[j]; k++) {
            i64 price = ix->items[of[k]].price, reach = reach_of(ix, price);
            u32 lo = price_bucket(i64_max(price - reach, 1));
            u32 hi = price_bucket(i64_min(price + reach, PRICE_MAX));
            memset(ix->bucket_mark + lo, 1, hi - lo + 1);
            movers[n++] = (u64)price << NODE_BITS | of[k];
        }
    }
    if (!n) return;
    ASSERT(ix->items_n < BIT(NODE_BITS));
    w->at = (void *)ix->keys;
    jobs_run(ix, w->jobs, near_pass, w);
    u32 near = gathered(w->at, ix->items_n, w->jobs, w->near);
    u64_sort(w->at, near, (void *)ix->keys_scratch, NODE_BITS);
    u64_sort(movers, n, (void *)ix->points_scratch, NODE_BITS);
    movers_judge(ix, w->at, near, movers, n, w->tables);
}

void screen_history(struct index *ix)
{
    struct history_walk w = { .ix = ix, .jobs = jobs_of(ix) };
    u64 tables = (u64)w.jobs * ix->sources_n * PRICE_BUCKETS * sizeof(u32);
    ASSERT(ix->m.jump_owners <= JUMP_OWNERS_MAX);
    ASSERT(w.jobs <= INDEX_JOBS_MAX);
    ix->venue_tables = 0;
    if (ix->m.venue_ppm && ix->items_n >= ix->fast_from && tables <= ix->tally_n &&
        ix->sources_n <= 256)
        w.tables = ix->venue_tables = ix->sources_n;
    jobs_run(ix, w.jobs, history_pass, &w);
    confirm_movers(&w);
}

/* Medians of each source's eligible prices; sources are few: keys are sorted by (source, price). */
struct venue { u32 source; i64 median2; }; /* median2: twice the MID median */
static u32 venue_medians(struct index *ix, struct venue *v, u32 cap)
{
    u32 keys = 0, n = 0;
    ASSERT(v);
    ASSERT(cap > 0);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        ix->keys[keys++] = (struct key){ it->source, (u64)it->price, i, 0 };
    }
    keys_sort(ix->keys, keys, ix->keys_scratch);
    for (u32 from = 0, to; from < keys; from = to) {
        for (to = from; to < keys && ix->keys[to].hi == ix->keys[from].hi;) to++;
        u32 count = to - from;
        i64 a = (i64)ix->keys[from + (count - 1) / 2].lo, b = (i64)ix->keys[from + count / 2].lo;
        if (n == cap) return 0; /* more sources than a median of sources is kept for: no screen */
        v[n++] = (struct venue){ (u32)ix->keys[from].hi, a + b };
    }
    return n;
}

/* The same where screen_history() counted prices by bucket: only the one or two buckets that hold a
 * source's middle are sorted. */
struct venue_walk {
    struct index *ix;
    u32 jobs, lo[256], hi[256]; /* the buckets of each source */
    u32 found[INDEX_JOBS_MAX];
    u64 *at;
};

static void middle_pass(void *arg, u32 job)
{
    struct venue_walk *w = arg;
    struct index *ix = w->ix;
    u32 from = part_at(ix->items_n, w->jobs, job), end = part_at(ix->items_n, w->jobs, job + 1);
    u32 n = 0;
    ASSERT(job < w->jobs);
    for (u32 i = from; i < end; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        u32 s = ix->source_of[it->source] - 1, b = price_bucket(it->price);
        if (b != w->lo[s] && b != w->hi[s]) continue;
        w->at[from + n++] = (u64)s << 40 | (u64)it->price;
    }
    w->found[job] = n;
    ASSERT(n <= end - from);
}

static u32 venue_medians_fast(struct index *ix, struct venue *v)
{
    struct venue_walk w = { .ix = ix, .jobs = jobs_of(ix), .at = (void *)ix->keys };
    u32 tables = ix->venue_tables, rank[256], count[256], n = 0, at = 0;
    ASSERT(tables <= ARRAY_LEN(rank));
    for (u32 s = 0; s < tables; s++) {
        u32 *sum = tally_of(ix, tables, 0, s), below = 0, b = 0;
        count[s] = 0;
        for (u32 j = 1; j < w.jobs; j++)
            for (u32 k = 0; k < PRICE_BUCKETS; k++) sum[k] += tally_of(ix, tables, j, s)[k];
        for (u32 k = 0; k < PRICE_BUCKETS; k++) count[s] += sum[k];
        w.lo[s] = w.hi[s] = UINT32_MAX;
        if (!count[s]) continue;
        u32 low = (count[s] - 1) / 2, high = count[s] / 2;
        while (below + sum[b] <= low) below += sum[b++];
        w.lo[s] = b, rank[s] = low - below;
        while (below + sum[b] <= high) below += sum[b++];
        w.hi[s] = b;
    }
    jobs_run(ix, w.jobs, middle_pass, &w);
    u32 found = gathered(w.at, ix->items_n, w.jobs, w.found);
    u64_sort(w.at, found, (void *)ix->keys_scratch, 0);
    const u64 price = (UINT64_C(1) << 40) - 1;
    for (u32 s = 0; s < tables; s++) {
        if (!count[s]) continue;
        while (w.at[at] >> 40 != s) at++;
        u64 a = w.at[at + rank[s]] & price;
        u64 b = w.at[at + rank[s] + (count[s] % 2 == 0)] & price;
        v[n++] = (struct venue){ ix->source_name[s], (i64)(a + b) };
    }
    for (u32 i = 1; i < n; i++) { /* by source, as the other way finds them */
        struct venue one = v[i];
        u32 k = i;
        for (; k && v[k - 1].source > one.source; k--) v[k] = v[k - 1];
        v[k] = one;
    }
    return n;
}

static bool was_out(const struct state *s, u32 source)
{
    ASSERT(source);
    ASSERT(s->venues_out_n <= VENUES_OUT_MAX);
    for (u32 i = 0; i < s->venues_out_n; i++)
        if (s->venues_out[i] == source) return true;
    return false;
}

/* Few: by text, so that a receipt lists them alike whatever their ids are. */
static void sort_by_text(const struct index *ix, u32 *id, u32 n)
{
    const Name *at = ix->log->names.at;
    ASSERT(n <= VENUES_OUT_MAX);
    for (u32 i = 1; i < n; i++) {
        for (u32 k = i; k && memcmp(&at[id[k] - 1], &at[id[k - 1] - 1], sizeof *at) < 0; k--) {
            u32 swap = id[k];
            id[k] = id[k - 1], id[k - 1] = swap;
        }
    }
    ASSERT(!n || id[0] <= ix->log->names.n);
}

/* The new set of sources out; the caller's state keeps it after the print. */
void screen_venues(struct index *ix)
{
    struct venue v[256];
    u32 out[VENUES_OUT_MAX], out_n = 0;
    ASSERT(ix->state.venues_out_n <= VENUES_OUT_MAX);
    if (!ix->m.venue_ppm) return;
    u32 n = ix->venue_tables ? venue_medians_fast(ix, v) : venue_medians(ix, v, ARRAY_LEN(v));
    if (n < ix->m.venue_sources) return; /* a median of fewer judges nobody; the set stays */
    for (u32 i = 0; i < n; i++) ix->keys[i] = (struct key){ (u64)v[i].median2, v[i].source, i, 0 };
    keys_sort(ix->keys, n, ix->keys_scratch);
    i128 all =
        (i128)ix->keys[(n - 1) / 2].hi + (i128)ix->keys[n / 2].hi; /* four times the median */
    ASSERT(all > 0);
    for (u32 i = 0; i < n && out_n < VENUES_OUT_MAX; i++) {
        i128 off = 2 * (i128)v[i].median2 - all;
        i64 limit = was_out(&ix->state, v[i].source) ? ix->m.venue_return_ppm : ix->m.venue_ppm;
        if (off < 0) off = -off;
        if (off * PPM > limit * all) out[out_n++] = v[i].source;
    }
    memcpy(ix->state.venues_out, out, out_n * sizeof *out);
    ix->state.venues_out_n = out_n;
    sort_by_text(ix, ix->state.venues_out, out_n);
    for (u32 i = 0; out_n && i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        if (was_out(&ix->state, it->source)) it->reason = REASON_VENUE;
    }
}
