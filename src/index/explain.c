#include "index/check.h"
#include "index/estimators.h"

/* A receipt in words, section by section; one line at a time to the sink. */
struct teller { const struct index_sink *sink; struct text t; char buf[1024]; };

static void line(struct teller *w)
{
    text_put_char(&w->t, '\n');
    ASSERT(w->t.n < sizeof w->buf);
    ASSERT(!w->t.cut);
    w->sink->put(w->sink->to, w->buf, w->t.n);
    w->t = text_on(w->buf, sizeof w->buf);
    ASSERT(w->t.n == 0);
}

static void say(struct teller *w, const char *z) { text_put(&w->t, z); }
static void number(struct teller *w, u64 v) { text_put_u64(&w->t, v); }
static void usd(struct teller *w, i64 micros) { text_put_dec(&w->t, micros, 6, 6); }
static void percent(struct teller *w, u64 ppm)
{
    ASSERT(ppm <= PPM);
    text_put_dec(&w->t, (i64)ppm, 4, 2);
    say(w, " %");
}

/* To the second where there is no more to say. */
static void when(struct teller *w, i64 ns)
{
    text_put_instant(&w->t, (Instant){ ns });
    ASSERT(w->t.n > 11);
    if (ns % NS_PER_SECOND) return;
    w->t.n -= 11; /* .000000000Z */
    ASSERT(w->buf[w->t.n] == '.');
    text_put_char(&w->t, 'Z');
}

static void pad(struct teller *w, u32 to)
{
    ASSERT(to < sizeof w->buf);
    while (w->t.n < to) text_put_char(&w->t, ' ');
    ASSERT(w->t.n >= to);
}

static void tell_what(struct teller *w, const struct check *c)
{
    const struct print *p = &c->print;
    ASSERT(p->status);
    ASSERT(p->label);
    say(w, p->index), say(w, ", "), text_put_date(&w->t, p->value_date), say(w, ": ");
    if (p->value) usd(w, p->value), say(w, " USD, ");
    say(w, list_text(PRINT, p->status)), say(w, " at "), say(w, list_text(LEVEL, p->level));
    say(w, ", label "), say(w, list_text(LABEL, p->label));
    if (c->m.form >> FORM_RULE_ANY & 1) say(w, ", form: any");
    line(w);
    if (p->vintage > 1) {
        say(w, "Version "), number(w, p->vintage), say(w, ", published ");
        text_put_instant(&w->t, (Instant){ p->published_at });
        say(w, ": with what was journaled since the first print; it replaces nothing"), line(w);
    }
    say(w, "It measures: "), say(w, c->m.measures), line(w);
    say(w, "Window: "), number(w, (u64)c->m.window_hours), say(w, " h to ");
    when(w, c->ix->window_end), say(w, ", exclusive; ");
    number(w, (u64)c->m.partitions), say(w, " partitions"), line(w);
}

static void tell_screens(struct teller *w, const struct check *c)
{
    const struct print *p = &c->print;
    u32 back = c->ix->items_n - p->looked_at;
    ASSERT(p->looked_at <= c->ix->items_n);
    line(w);
    say(w, "1. Looked at "), number(w, p->looked_at), say(w, " records");
    if (back) say(w, ", and "), number(w, back), say(w, " older ones that screens look back at");
    line(w);
    say(w, "2. Normalised to USD per GPU-hour, half-even once; then out, by the first reason:");
    line(w);
    u32 left = p->looked_at;
    for (u32 r = 1; r < REASON_COUNT; r++) {
        if (!p->dropped[r]) continue;
        left -= p->dropped[r];
        say(w, "   "), say(w, list_text(REASON, r)), pad(w, 24);
        number(w, p->dropped[r]), line(w);
    }
    say(w, "   eligible"), pad(w, 24), number(w, left), line(w);
    ASSERT(left <= p->looked_at);
}

/* An owner's records that take part, sorted by price into keys; how many. */
static u32 owner_records(struct index *ix, u32 owner)
{
    u32 n = 0;
    ASSERT(owner);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        bool in =
            it->role & LIST_BIT(ROLE_CANDIDATE) ? !it->reason : it->role & LIST_BIT(ROLE_OLDER);
        if (!in || it->owner != owner || it->price <= 0) continue;
        ix->keys[n++] = (struct key){ (u64)it->price, it->rec, i, 0 };
    }
    keys_sort(ix->keys, n, ix->keys_scratch);
    ASSERT(n <= ix->items_n);
    return n;
}

/* Its price: the size-weighted mean, or where records count alike their median. */
static void tell_owner(struct teller *w, struct index *ix, u32 slot)
{
    const struct owner_slot *s = &ix->slots[slot];
    bool equal = ix->m.weights == WEIGHTS_OWNER_EQUAL;
    u32 n = owner_records(ix, s->owner);
    i128 value = 0, size = 0;
    ASSERT(slot < ix->slots_n);
    for (u32 k = 0; k < n; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        if (equal && k != (n - 1) / 2 && k != n / 2) continue;
        value += (i128)it->price * it->size, size += it->size;
    }
    say(w, "   "), text_put_str(&w->t, names_text(&ix->log->names, s->owner & ~UNKNOWN_OWNER));
    if (s->owner & UNKNOWN_OWNER) say(w, " (unknown)");
    pad(w, 38), number(w, n), pad(w, 46);
    if (size > 0) usd(w, (i64)div_round(value, size, ROUND_HALF_EVEN));
    pad(w, 60), text_put_i64(&w->t, s->weight);
    ASSERT(w->t.n >= 60);
}

static void tell_owners(struct teller *w, const struct check *c)
{
    struct index *ix = c->ix;
    ASSERT(ix->slots_n <= 2 * ix->caps.records);
    ASSERT(ix->slots);
    say(w, "3. By beneficial owner (the registry's rows are in the receipt):"), line(w);
    say(w, "   owner"), pad(w, 38), say(w, "records"), pad(w, 46),
        say(w, ix->m.weights == WEIGHTS_OWNER_EQUAL ? "median" : "mean"), pad(w, 60);
    say(w, "weight"), pad(w, 74), say(w, "share, capped"), line(w);
    for (u32 i = 0; i < ix->slots_n; i++) {
        tell_owner(w, ix, i);
        pad(w, 74);
        if (c->print.level <= LEVEL_L2 && ix->slots[i].weight > 0)
            percent(w, ix->slot_ppm[ix->slots[i].stamp]);
        line(w);
    }
}

static void tell_sufficiency(struct teller *w, const struct check *c)
{
    const struct print *p = &c->print;
    bool by_size = c->m.weights == WEIGHTS_SIZE;
    const struct { const char *what; i64 have, need; bool most; } rows[] = {
        { "owners", p->owners, c->m.need_owners, false },
        { "valid partitions", p->partitions, c->m.need_partitions, false },
        { by_size ? "milli-GPU-hours" : "records", p->volume, c->m.need_volume, false },
        { "largest owner, ppm", p->owner_max_ppm, c->m.max_owner_ppm, true },
    };
    ASSERT(p->level);
    say(w, "4. Sufficient?"), line(w);
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        bool met = rows[i].most ? rows[i].have <= rows[i].need : rows[i].have >= rows[i].need;
        say(w, "   "), say(w, rows[i].what), pad(w, 24), text_put_i64(&w->t, rows[i].have);
        pad(w, 38), say(w, rows[i].most ? "at most " : "at least ");
        text_put_i64(&w->t, rows[i].need), pad(w, 60), say(w, met ? "yes" : "NO"), line(w);
    }
    ASSERT(ARRAY_LEN(rows) == 4);
    if (p->why_l1) say(w, "   L1 failed: "), say(w, list_text(SHORT, p->why_l1)), line(w);
    if (p->why_l2) say(w, "   L2 failed: "), say(w, list_text(SHORT, p->why_l2)), line(w);
    if (p->why_l3) say(w, "   L3 failed: "), say(w, list_text(SHORT, p->why_l3)), line(w);
    if (p->why_l4) say(w, "   L4 failed: "), say(w, list_text(SHORT, p->why_l4)), line(w);
}

/* The eligible records of valid days as points; of each day how many and whether it counts. */
static u32 tell_days(struct teller *w, struct index *ix)
{
    u32 n = 0;
    i64 day = (ix->window_end - ix->window_start) / ix->m.partitions;
    for (u32 p = 0; p < ix->m.partitions; p++) {
        u32 here = 0;
        bool valid = ix->part_group[p] != UINT32_MAX;
        for (u32 i = 0; i < ix->items_n; i++) {
            const struct item *it = &ix->items[i];
            if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason || it->part != p) continue;
            if (it->price <= 0) continue;
            here++;
            if (valid) ix->points[n++] = (struct point){ it->price, 1, 1, it->rec };
        }
        say(w, "   to "), when(w, ix->window_start + (p + 1) * day), pad(w, 30);
        number(w, here), say(w, " records"), pad(w, 46);
        say(w, valid ? "counts" : "out: too few"), line(w);
    }
    ASSERT(n <= ix->caps.records);
    ASSERT(ix->m.n_min > 0);
    return n;
}

/* trail, step by step: which days are pooled, what the sigma test takes away, the median. */
static void tell_pool(struct teller *w, struct index *ix)
{
    struct moments all = { 0 };
    i64 sd = 0;
    u32 kept = 0;
    Fine median;
    say(w, "   days of at least "), number(w, (u64)ix->m.n_min), say(w, " records count:"), line(w);
    u32 n = tell_days(w, ix);
    ASSERT(n <= ix->items_n);
    if (!n) return;
    for (u32 i = 0; i < n; i++)
        if (!moments_add(&all, (i64)ix->points[i].num)) return;
    i128 mean = all.base + div_round(all.sum, all.n, ROUND_HALF_EVEN);
    if (!moments_sd(&all, &sd) || !sigma_trim(ix->points, n, ix->m.k_milli, &kept)) return;
    say(w, "   pool: "), number(w, n), say(w, " records, mean "), usd(w, (i64)mean);
    say(w, ", sample sd "), usd(w, sd), line(w);
    say(w, "   beyond "), text_put_dec_short(&w->t, ix->m.k_milli, 3, 0), say(w, " sd: ");
    number(w, n - kept), say(w, " trimmed");
    for (u32 i = kept; i < n && i < kept + 8; i++) {
        say(w, i == kept ? ": " : ", ");
        usd(w, (i64)ix->points[i].num);
    }
    if (n > kept + 8) say(w, ", ...");
    line(w);
    points_sort(ix->points, kept, ix->points_scratch);
    if (!weighted_median(ix->points, kept, (u32)ix->m.tie, &median)) return;
    say(w, "   median of the "), number(w, kept), say(w, " left: between ");
    usd(w, (i64)ix->points[(kept - 1) / 2].num), say(w, " and ");
    usd(w, (i64)ix->points[kept / 2].num), line(w);
    ASSERT(kept <= n);
}

static void fine(struct teller *w, Fine f)
{
    i64 v = 0;
    ASSERT(f.v >= 0);
    if (fine_round(f, 1, 6, &v)) usd(w, v);
    ASSERT(!w->t.cut);
}

/* The points of a group in order of price, as the estimator meets them. */
static void tell_points(struct teller *w, struct index *ix, u32 from, u32 n)
{
    ASSERT(from + n <= ix->points_n);
    ASSERT(n > 0);
    points_sort(ix->points + from, n, ix->points_scratch);
    for (u32 i = 0; i < n && i < 40; i++) {
        say(w, "     "), fine(w, point_fine(&ix->points[from + i])), pad(w, 20);
        text_put_i64(&w->t, ix->points[from + i].weight), line(w);
    }
    if (n > 40) say(w, "     ... and "), number(w, n - 40), say(w, " more"), line(w);
}

static void tell_partitions(struct teller *w, struct index *ix)
{
    Fine median;
    ASSERT(ix->groups > 0);
    ASSERT(ix->groups <= PARTITIONS_MAX);
    for (u32 g = 0; g < ix->groups; g++) {
        u32 from = ix->group_at[g], n = ix->group_at[g + 1] - from;
        points_sort(ix->points + from, n, ix->points_scratch);
        if (!weighted_median(ix->points + from, n, (u32)ix->m.tie, &median)) return;
        say(w, "   valid partition "), number(w, g + 1), say(w, ": "), number(w, n);
        say(w, " points, median "), fine(w, median), line(w);
    }
}

/* Prices with their weights, and the bounds or shares that the estimator puts to them. */
static void tell_mean(struct teller *w, struct index *ix, const struct estimate *e)
{
    Fine lo, hi, mean;
    u32 n = ix->points_n;
    bool capped = ix->m.estimator == ESTIMATOR_CAP2MED;
    say(w, "   price"), pad(w, 20), say(w, "weight"), line(w);
    tell_points(w, ix, 0, n);
    if (ix->m.estimator == ESTIMATOR_WINSOR) {
        if (!winsorised_mean(ix->points, n, (u32)ix->m.alpha_ppm, &lo, &hi, &mean)) return;
        say(w, "   clamped to "), fine(w, lo), say(w, " .. "), fine(w, hi);
        say(w, ", mean "), fine(w, mean), line(w);
    } else if (capped) {
        if (!capped_to_median(ix->points, n, (u32)ix->m.tie, ix->m.limit_ppm, &lo, &mean)) return;
        say(w, "   median "), fine(w, lo), say(w, ", each moved to within ");
        percent(w, (u64)ix->m.limit_ppm), say(w, " of it, mean "), fine(w, mean), line(w);
    } else if (weighted_mean(ix->points, n, &mean)) {
        say(w, "   mean by weight "), fine(w, mean);
        if (e->absent) say(w, ", listed but absent: "), number(w, e->absent);
        line(w);
    }
    ASSERT(n > 0);
    ASSERT(ix->groups == 1);
}

static void tell_votes(struct teller *w, struct index *ix, struct estimate *e)
{
    const struct vote *v = (void *)ix->points_scratch;
    u32 n = ix->points_n;
    ASSERT(n > 0);
    ASSERT(ix->m.band_parts >= 3);
    if (estimator_run(ix, e)) return;
    say(w, "   votes: price"), pad(w, 20), say(w, "sd"), pad(w, 32), say(w, "share"), line(w);
    for (u32 i = 0; i < n && i < 40; i++) {
        say(w, "     "), fine(w, v[i].price), pad(w, 20), usd(w, v[i].sd), pad(w, 32);
        percent(w, (u64)v[i].weight), line(w);
    }
    say(w, "   mean of the votes between 1/"), number(w, (u64)ix->m.band_parts);
    say(w, " off each side: "), fine(w, e->sum), line(w);
}

static void tell_book(struct teller *w, const struct index *ix, const struct estimate *e)
{
    ASSERT(e->depth > 0);
    ASSERT(ix->m.rti_grid > 0);
    say(w, "   best ask "), usd(w, e->ask), say(w, ", best bid "), usd(w, e->bid);
    say(w, ", depth "), number(w, e->depth), say(w, " steps of ");
    number(w, (u64)ix->m.rti_grid), say(w, " milli-GPU-hours within ");
    percent(w, (u64)ix->m.rti_spread_ppm), say(w, ", value "), fine(w, e->sum), line(w);
}

/* The estimate once more, as far as its points, and the estimator's own steps over them. */
static void tell_steps(struct teller *w, const struct check *c)
{
    struct index *ix = c->ix;
    struct estimate e;
    i64 window = (i64)c->print.window_hours * 3600 * NS_PER_SECOND;
    ASSERT(c->print.level <= LEVEL_L2);
    ASSERT(window > 0);
    estimate_ready(ix, window, c->print.level == LEVEL_L2, &e);
    if (e.failed) return;
    switch (ix->m.estimator) {
    case ESTIMATOR_PVWM: tell_partitions(w, ix); break;
    case ESTIMATOR_IQM: tell_votes(w, ix, &e); break;
    case ESTIMATOR_RTI:
        if (!estimator_run(ix, &e)) tell_book(w, ix, &e);
        break;
    case ESTIMATOR_TRAIL: tell_pool(w, ix); break;
    default: tell_mean(w, ix, &e); break;
    }
}

/* The levels below: the book, or the panel's answers with those dropped on each side. */
static void tell_lower(struct teller *w, const struct check *c)
{
    struct index *ix = c->ix;
    struct estimate e;
    ASSERT(c->print.level == LEVEL_L3 || c->print.level == LEVEL_L4);
    ASSERT(ix->is_check);
    if (c->print.level == LEVEL_L3) {
        say(w, "Committed quotes in one book: "), usd(w, c->print.value), line(w);
        estimate_book(ix, &e);
        if (!e.failed) tell_book(w, ix, &e);
        say(w, "   owners on the thinner side "), number(w, e.owners);
        say(w, ", quotes "), number(w, e.observations);
    } else {
        say(w, "Panel of "), number(w, c->print.owners), say(w, ", ");
        number(w, (u64)ix->m.drop_each_side), say(w, " dropped on each side: ");
        usd(w, c->print.value), line(w);
        estimate_panel(ix, &e);
        for (u32 i = 0; !e.failed && i < e.owners && i < 40; i++)
            say(w, "   "), fine(w, point_fine(&ix->points[i]));
    }
}

static void tell_value(struct teller *w, const struct check *c)
{
    const struct print *p = &c->print;
    ASSERT(p->level >= LEVEL_L1);
    ASSERT(p->level <= LEVEL_L6);
    say(w, "5. ");
    if (p->level <= LEVEL_L2) {
        say(w, "Estimator "), say(w, list_text(ESTIMATOR, c->m.estimator)), say(w, ", tie ");
        say(w, list_text(TIE, c->ix->m.tie)), say(w, ", window "), number(w, p->window_hours);
        say(w, " h, rounded once to "), number(w, (u64)c->m.decimals), say(w, " decimals: ");
        usd(w, p->value), line(w);
        tell_steps(w, c);
        say(w, "   percentiles 1 25 50 75 99:");
        const i64 pct[] = { p->p1, p->p25, p->p50, p->p75, p->p99 };
        for (u32 i = 0; i < ARRAY_LEN(pct); i++) say(w, " "), usd(w, pct[i]);
    } else if (p->level <= LEVEL_L4) {
        tell_lower(w, c);
    } else if (p->level == LEVEL_L5) {
        say(w, "Carried: the value of "), text_put_date(&w->t, p->priced_on), say(w, ", aged ");
        number(w, p->age), say(w, " of at most "), number(w, (u64)c->m.max_age), say(w, " days");
    } else {
        say(w, "No print: "), say(w, list_text(SHORT, p->why_none));
    }
    line(w);
    say(w, "6. Receipt "), text_put_hex(&w->t, p->receipt.bytes, sizeof(Hash)), line(w);
}

void receipt_explain(const char *text, u64 n, void *memory, u64 bytes,
                     const struct index_sink *sink, struct receipt_verdict *out)
{
    struct check c;
    struct teller w = { .sink = sink };
    ASSERT(sink);
    ASSERT(out);
    w.t = text_on(w.buf, sizeof w.buf);
    if (!check_open(&c, text, n, memory, bytes, out)) return;
    check_compute(&c);
    check_finish(&c);
    tell_what(&w, &c);
    tell_screens(&w, &c);
    tell_owners(&w, &c);
    tell_sufficiency(&w, &c);
    tell_value(&w, &c);
}
