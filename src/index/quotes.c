#include "index/estimators.h"
#include "index/work.h"

/* A quote in the book: at L1 (estimator rti) what the screens left, at L3 what rules 1-6 leave. A
 * record that another one corrects is marked in `aged` while L3 and L4 look. */
static bool quote_usable(const struct index *ix, const struct item *it, bool level3, i64 *price)
{
    const struct observation *o = item_obs(ix, it);
    i64 since = ix->window_end - ix->m.rti_stale_s * NS_PER_SECOND;
    ASSERT(ix->m.has_rti);
    ASSERT(ix->m.rti_stale_s > 0);
    *price = it->price;
    if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || o->kind != OBS_KIND_QUOTE) return false;
    if (o->t_event < since || o->t_event >= ix->window_end || it->aged) return false;
    if (!level3) return !it->reason && it->price > 0;
    i64 rate;
    return !screen_record(ix, o, INT64_C(1) << OBS_KIND_QUOTE, true) &&
           !normalise_currency(ix, it->rec, &rate) && !normalise_price(ix, o, rate, price);
}

static bool is_bid(const struct observation *o) { return o->quality & LIST_BIT(QUALITY_BID); }

/* Each owner's size a side: asks in its slot's size, bids in its value. */
static void sum_sides(struct index *ix, bool level3)
{
    ASSERT(ix->items_n <= ix->caps.records);
    for (u32 i = 0; i < ix->slots_n; i++) ix->slots[i].size = 0, ix->slots[i].value = 0;
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        i64 price;
        if (!quote_usable(ix, it, level3, &price)) continue;
        const struct observation *o = item_obs(ix, it);
        struct owner_slot *s = &ix->slots[slot_of_owner(ix, it->owner)];
        if (is_bid(o)) s->value += normalise_size(o);
        else s->size += normalise_size(o);
    }
    ASSERT(ix->slots_n <= 2 * ix->caps.records);
}

/* One side into points from `at`, without owners below s_min; how many. */
static u32 take_side(struct index *ix, bool level3, bool bids, u32 at)
{
    u32 n = 0;
    ASSERT(at <= ix->caps.records);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        i64 price;
        if (!quote_usable(ix, it, level3, &price)) continue;
        const struct observation *o = item_obs(ix, it);
        const struct owner_slot *s = &ix->slots[slot_of_owner(ix, it->owner)];
        if (is_bid(o) != bids || (bids ? s->value : s->size) < ix->m.s_min) continue;
        ix->points[at + n++] = (struct point){ price, 1, normalise_size(o), it->rec };
    }
    points_sort(ix->points + at, n, ix->points_scratch);
    ASSERT(at + n <= ix->caps.records);
    return n;
}

/* As at L1: an unknown owner is its provider, and of those only one a source counts (section 5). */
struct counted { u32 known, unknown, sources, source[SOURCES_COUNTED]; };
static void count_owner(struct counted *c, u32 owner, u32 source, bool first)
{
    u32 s = 0;
    ASSERT(owner);
    ASSERT(c->sources <= SOURCES_COUNTED);
    if (!(owner & UNKNOWN_OWNER)) {
        c->known += first;
        return;
    }
    c->unknown += first;
    while (s < c->sources && c->source[s] != source) s++;
    if (s == c->sources && s < SOURCES_COUNTED) c->source[c->sources++] = source;
}

static u32 counted_owners(const struct counted *c)
{
    ASSERT(c->sources <= SOURCES_COUNTED);
    return c->known + (c->unknown < c->sources ? c->unknown : c->sources);
}

/* No owner has more depth than s_cap on a side: its best prices count first. How many owners. */
static u32 cap_side(struct index *ix, struct point *p, u32 n, bool bids)
{
    struct counted owners = { 0 };
    ASSERT(p || !n);
    for (u32 i = 0; i < ix->slots_n; i++) ix->slots[i].size = 0;
    for (u32 k = 0; k < n; k++) {
        struct point *one = &p[bids ? n - 1 - k : k];
        const struct item *it = item_there(ix, (u32)one->id);
        ASSERT(it);
        struct owner_slot *s = &ix->slots[slot_of_owner(ix, it->owner)];
        if (one->weight > 0) count_owner(&owners, it->owner, it->source, s->size == 0);
        one->weight = i64_min(one->weight, ix->m.s_cap - s->size);
        s->size += one->weight;
        ASSERT(s->size <= ix->m.s_cap);
    }
    return counted_owners(&owners);
}

u8 book_run(struct index *ix, bool level3, struct estimate *e)
{
    struct book_value v;
    ASSERT(ix->m.has_rti);
    ASSERT(ix->m.s_cap > 0);
    sum_sides(ix, level3);
    u32 asks = take_side(ix, level3, false, 0), bids = take_side(ix, level3, true, asks);
    u32 ask_owners = cap_side(ix, ix->points, asks, false);
    u32 bid_owners = cap_side(ix, ix->points + asks, bids, true);
    struct book_rules r = { ix->m.rti_grid, ix->m.rti_spread_ppm, ix->m.rti_decay,
                            (u32)ix->m.rti_decay_n, 0 };
    if (level3) {
        e->owners = ask_owners < bid_owners ? ask_owners : bid_owners;
        e->observations = asks + bids, e->volume = 0;
        for (u32 i = 0; i < asks + bids; i++) e->volume += ix->points[i].weight;
    }
    if (!book_value(ix->points, asks, ix->points + asks, bids, r, &v)) return SHORT_NO_BOOK;
    e->sum = v.value, e->count = 1, e->depth = v.depth, e->ask = v.ask, e->bid = v.bid;
    return 0;
}

/* Is the supplier itself, not through a reseller, in this book or panel? */
static bool supplier_there(const struct index *ix, Str supplier, u32 kind)
{
    const struct names *names = &ix->log->names;
    ASSERT(supplier.n > 0);
    ASSERT(kind < OBS_KIND_COUNT);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        const struct observation *o = item_obs(ix, it);
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || o->kind != kind || it->aged) continue;
        if (o->channel == CHANNEL_RESELLER || screen_record(ix, o, INT64_C(1) << kind, true))
            continue;
        if (str_eq(names_text(names, o->provider), supplier)) return true;
        if (str_eq(names_text(names, it->owner & ~UNKNOWN_OWNER), supplier)) return true;
    }
    return false;
}

/* What L3 and L4 pass over: corrected records, which at L1 are out for another reason, and
 * resellers' (rule 4) whose supplier is not named or is there itself. */
static void mark_passed_over(struct index *ix, u32 kind)
{
    ASSERT(kind < OBS_KIND_COUNT);
    ASSERT(ix->items_n <= ix->caps.records);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (!it->corrects || !(it->role & LIST_BIT(ROLE_CANDIDATE))) continue;
        u32 rec = rec_of_id(ix, item_obs(ix, it)->corrects);
        struct item *there = rec == UINT32_MAX ? NULL : item_there(ix, rec);
        if (there) there->aged = 1;
    }
    if (!(ix->m.channels >> CHANNEL_RESELLER & 1)) return;
    for (u32 i = 0; i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        const struct observation *o = item_obs(ix, it);
        if (o->kind != kind || o->channel != CHANNEL_RESELLER) continue;
        u32 row = owner_row_of(ix, o);
        Str supplier = row ? str_of(ix->owners[row - 1].supplier) : (Str){ NULL, 0 };
        if (!supplier.n || supplier_there(ix, supplier, kind)) it->aged = 1;
    }
}

static void clear_passed_over(struct index *ix)
{
    ASSERT(ix->items_n <= ix->caps.records);
    ASSERT(ix->items);
    for (u32 i = 0; i < ix->items_n; i++) ix->items[i].aged = 0;
}

void estimate_book(struct index *ix, struct estimate *e)
{
    ASSERT(ix->m.has_l3);
    ASSERT(ix->m.l3_owners > 0);
    *e = (struct estimate){ 0 };
    slots_clear(ix);
    mark_passed_over(ix, OBS_KIND_QUOTE);
    e->failed = book_run(ix, true, e);
    clear_passed_over(ix);
    if (e->failed) return;
    if (e->owners < ix->m.l3_owners) e->failed = SHORT_MIN_ENTITIES;
    else if (!spread_within(e->ask, e->bid, ix->m.spread_ppm)) e->failed = SHORT_WIDE_SPREAD;
    else if (!fine_round(e->sum, 1, (u32)ix->m.decimals, &e->value) || e->value <= 0)
        e->failed = SHORT_OVERFLOW;
}

/* Each panellist's (owner's) latest answer of the window, into its slot's value; how many, and how
 * many of them count. */
static u32 take_panel(struct index *ix, u32 *count)
{
    u32 n = 0;
    struct counted owners = { 0 };
    ASSERT(ix->slots_n == 0);
    for (u32 i = 0; i < ix->items_n; i++) { /* items stand by record: the later one goes last */
        const struct item *it = &ix->items[i];
        const struct observation *o = item_obs(ix, it);
        i64 price, rate;
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || o->kind != OBS_KIND_PANEL || it->aged)
            continue;
        if (o->t_event < ix->window_start || o->t_event >= ix->window_end) continue;
        if (screen_record(ix, o, INT64_C(1) << OBS_KIND_PANEL, false) ||
            normalise_currency(ix, it->rec, &rate) || normalise_price(ix, o, rate, &price))
            continue;
        struct owner_slot *s = &ix->slots[slot_of_owner(ix, it->owner)];
        count_owner(&owners, it->owner, it->source, s->records == 0);
        if (s->records++ && o->t_event < s->size) continue;
        s->value = price, s->size = o->t_event;
    }
    for (u32 i = 0; i < ix->slots_n; i++)
        ix->points[n++] = (struct point){ ix->slots[i].value, 1, 1, i };
    ASSERT(n <= ix->caps.records);
    *count = counted_owners(&owners);
    return n;
}

void estimate_panel(struct index *ix, struct estimate *e)
{
    u32 drop = (u32)ix->m.drop_each_side;
    ASSERT(ix->m.has_l4);
    ASSERT(ix->m.panellists > 2 * ix->m.drop_each_side);
    *e = (struct estimate){ .count = 1 };
    slots_clear(ix);
    mark_passed_over(ix, OBS_KIND_PANEL);
    u32 n = take_panel(ix, &e->owners);
    clear_passed_over(ix);
    e->observations = n, e->volume = n;
    if (e->owners < ix->m.panellists) {
        e->failed = SHORT_MIN_PANEL;
        return;
    }
    points_sort(ix->points, n, ix->points_scratch);
    bool fine = weighted_mean(ix->points + drop, n - 2 * drop, &e->sum) &&
                fine_round(e->sum, 1, (u32)ix->m.decimals, &e->value);
    if (!fine || e->value <= 0) e->failed = SHORT_OVERFLOW;
}
