#include "index/work.h"

#define HAS(mask, value) (((mask) >> (value)) & 1)
#define QUALITY_HAS(o, NAME) ((o)->quality & LIST_BIT(QUALITY_##NAME))

static bool region_in(const struct index *ix, const struct observation *o)
{
    Str z = names_text(&ix->log->names, o->region);
    ASSERT(ix->m.regions_n > 0);
    ASSERT(ix->m.regions_n <= METHOD_LIST_MAX);
    for (i64 i = 0; i < ix->m.regions_n; i++) {
        Str want = str_of(ix->m.regions[i]);
        if (str_is(want, "any") || str_eq(want, z)) return true;
        if (z.n > want.n && z.at[want.n] == '/' && str_eq((Str){ z.at, want.n }, want)) return true;
    }
    return false;
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
    if (!region_in(ix, o)) return REASON_REGION;
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

static u8 screen_stale(const struct index *ix, const struct observation *o)
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

/* Everything one record alone decides; normalisation errors stand where its price is read. */
void screen_item(struct index *ix, struct item *it)
{
    const struct observation *o = item_obs(ix, it);
    ASSERT(it->role);
    ASSERT(it->rec < ix->log->n);
    it->owner = owner_of(ix, o);
    if (it->role & LIST_BIT(ROLE_CANDIDATE)) {
        u8 reason = screen_record(ix, o, ix->m.kinds, ix->m.estimator == ESTIMATOR_RTI);
        if (!reason && it->reason == REASON_SUPERSEDED) reason = REASON_SUPERSEDED;
        if (!reason) reason = normalise_currency(o);
        if (!reason && QUALITY_HAS(o, TOD_GAP)) reason = REASON_TOD_GAP;
        if (!reason) reason = normalise(&ix->m, o, &it->price, &it->size);
        if (!reason && o->kind == OBS_KIND_TRADE && !o->counter_owner) reason = REASON_NO_OWNER;
        it->reason = reason;
    } else if (normalise(&ix->m, o, &it->price, &it->size)) {
        it->price = 0; /* a receipt may hold anything: such a record serves nothing */
    }
    it->line = line_of(ix, it->rec);
}

/* A correction takes the place of the record it names, if both are looked at. */
static void mark_superseded(struct index *ix)
{
    ASSERT(ix->items_n <= ix->caps.records);
    ASSERT(ix->log->n <= ix->log->cap);
    for (u32 i = 0; i < ix->items_n; i++) {
        u64 id = item_obs(ix, &ix->items[i])->corrects;
        if (!id || !(ix->items[i].role & LIST_BIT(ROLE_CANDIDATE))) continue;
        u32 rec = rec_of_id(ix, id), there = rec == UINT32_MAX ? 0 : ix->item_of[rec];
        ASSERT(there <= ix->items_n);
        if (there && ix->items[there - 1].role & LIST_BIT(ROLE_CANDIDATE))
            ix->items[there - 1].reason = REASON_SUPERSEDED;
    }
}

void screen_rules(struct index *ix)
{
    ASSERT(ix->window_start < ix->window_end);
    ASSERT(ix->items_n <= ix->caps.records);
    mark_superseded(ix);
    for (u32 i = 0; i < ix->items_n && !ix->full; i++) screen_item(ix, &ix->items[i]);
    if (ix->full) return;
    stage_ends(ix, INDEX_STAGE_TAKE);
    screen_flows(ix);
    for (u32 i = 0; i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        it->reason = screen_stale(ix, item_obs(ix, it));
    }
    stage_ends(ix, INDEX_STAGE_FLOWS);
}

/* At least `need` owners other than the item's own with a price within `within` of its own; keys
 * are the candidates sorted by price. */
static bool move_confirmed(const struct index *ix, const struct item *it, u32 keys)
{
    i64 reach = (i64)((i128)it->price * ix->m.jump_within_ppm / PPM);
    u32 lo = 0, hi = keys, others = 0;
    u32 seen[JUMP_OWNERS_MAX];
    ASSERT(it->price > 0);
    ASSERT(ix->m.jump_owners <= JUMP_OWNERS_MAX);
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if ((i64)ix->keys[mid].hi < it->price - reach) lo = mid + 1;
        else hi = mid;
    }
    u32 need = (u32)ix->m.jump_owners;
    for (u32 k = lo; k < keys && others < need; k++) {
        if ((i64)ix->keys[k].hi > it->price + reach) break;
        u32 owner = ix->items[ix->keys[k].i].owner;
        bool known = owner == it->owner;
        for (u32 s = 0; s < others && !known; s++) known = seen[s] == owner;
        if (!known) seen[others++] = owner;
    }
    return others >= need;
}

static bool is_jump(const struct index *ix, const struct item *it, u32 keys)
{
    const struct line *l = &ix->lines[it->line];
    ASSERT(it->line < ix->lines_n);
    if (!ix->m.jump_ppm || !l->n) return false;
    i64 last = l->value[line_at(l, 0)], move = it->price - last;
    ASSERT(last > 0);
    if (move < 0) move = -move;
    if ((i128)move * PPM <= (i128)ix->m.jump_ppm * last) return false;
    return !move_confirmed(ix, it, keys);
}

/* |p - mean| > k sd, sd the sample's, at least the floor: without roots as in section 6,
 * (n p - S)^2 (n - 1) > k^2 n (n Q - S^2). Prices are at most 10^10, so 128 bits hold it. */
static bool is_outlier(const struct index *ix, const struct item *it)
{
    const struct line *l = &ix->lines[it->line];
    u32 n = l->n < ix->m.outlier_values ? l->n : (u32)ix->m.outlier_values;
    i128 sum = 0, squares = 0, k = ix->m.outlier_sd_milli;
    ASSERT(it->line < ix->lines_n);
    if (!k || !n) return false;
    for (u32 i = 0; i < n; i++) {
        i128 v = l->value[line_at(l, i)];
        ASSERT(v > 0 && v <= PRICE_MAX);
        sum += v, squares += v * v;
    }
    i128 off = n * (i128)it->price - sum;
    if (off < 0) off = -off;
    if (off * PPM * 1000 <= k * n * ix->m.outlier_floor_ppm * it->price) return false;
    if (n == 1) return true;
    i128 spread = (i128)n * squares - sum * sum;
    ASSERT(spread >= 0);
    /* k is in thousandths: both sides x 10^6; (n p - S) <= 2 x 10^11, the product below 10^31 */
    return off * off * (n - 1) * PPM > k * k * n * spread;
}

void screen_history(struct index *ix)
{
    u32 keys = 0;
    ASSERT(ix->m.jump_owners <= JUMP_OWNERS_MAX);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        ix->keys[keys++] = (struct key){ (u64)it->price, it->rec, i, 0 };
    }
    keys_sort(ix->keys, keys, ix->keys_scratch);
    for (u32 k = 0; k < keys;
         k++) { /* the verdicts do not touch each other: reasons are set after */
        struct item *it = &ix->items[ix->keys[k].i];
        ASSERT(!it->reason);
        it->aged = is_jump(ix, it, keys) ? REASON_JUMP : is_outlier(ix, it) ? REASON_OUTLIER : 0;
    }
    for (u32 k = 0; k < keys; k++) {
        struct item *it = &ix->items[ix->keys[k].i];
        it->reason = it->aged, it->aged = 0;
    }
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
        ix->keys[keys++] = (struct key){ item_obs(ix, it)->source, (u64)it->price, i, 0 };
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
    u32 n = venue_medians(ix, v, ARRAY_LEN(v));
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
    for (u32 i = 0; i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        if (was_out(&ix->state, item_obs(ix, it)->source)) it->reason = REASON_VENUE;
    }
}
