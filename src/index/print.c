#include "index/vintage.h"
#include "index/work.h"

#define PRINT_ROW(KIND, member, LIST, meaning) FACT_ROW(struct print, KIND, member, LIST, meaning)
static const struct fact print_facts[] = { PRINT_FIELDS(PRINT_ROW) };
const struct fact_table print_table = { print_facts, ARRAY_LEN(print_facts), sizeof(struct print) };

#define HOUR_NS (INT64_C(3600) * NS_PER_SECOND)

void window_set(struct index *ix)
{
    ix->window_end = date_start(ix->date).ns + ix->m.window_end * NS_PER_SECOND;
    ix->window_start = ix->window_end - ix->m.window_hours * HOUR_NS;
    ASSERT(ix->window_start < ix->window_end);
    ASSERT(ix->date.days > 0);
}

Instant index_publish_time(const struct methodology *m, Date date)
{
    ASSERT(m);
    ASSERT(date.days >= 0);
    return (Instant){ date_start(date).ns + m->window_end * NS_PER_SECOND +
                      INDEX_PUBLISH_DELAY_NS };
}

/* L2: the windows in turn, sizes of older days decayed. The last one tried says why. */
static u8 try_wider(struct index *ix, struct estimate *best, u32 *hours)
{
    u8 why = 0;
    ASSERT(best->failed);
    for (i64 i = 0; i < ix->m.widen_hours_n; i++) {
        struct estimate e;
        estimate_run(ix, ix->m.widen_hours[i] * HOUR_NS, true, &e);
        why = e.failed;
        if (why) continue;
        *best = e;
        *hours = (u32)ix->m.widen_hours[i];
        break;
    }
    ASSERT(why || !best->failed || !ix->m.widen_hours_n);
    return why;
}

static void count_items(struct index *ix, struct print *p)
{
    memset(ix->dropped, 0, sizeof ix->dropped);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE))) continue;
        ASSERT(it->reason < REASON_COUNT);
        ix->dropped[it->reason]++;
        p->looked_at++;
    }
    memcpy(p->dropped, ix->dropped, sizeof p->dropped);
    p->dropped[0] = 0;
    ASSERT(p->looked_at <= ix->items_n);
}

static void fill_estimate(struct print *p, const struct estimate *e)
{
    p->p1 = e->pct[0], p->p25 = e->pct[1], p->p50 = e->pct[2];
    p->p75 = e->pct[3], p->p99 = e->pct[4];
    p->owners = e->owners, p->observations = e->observations, p->volume = e->volume;
    p->partitions = e->partitions, p->owner_max_ppm = e->owner_max_ppm;
    p->owner_max = e->owner_max & ~UNKNOWN_OWNER;
    p->absent = e->absent;
    p->hhi = e->hhi, p->n_eff_milli = e->n_eff_milli;
    if (e->volume > 0)
        p->executed_ppm = (u32)div_round((i128)e->traded * PPM, e->volume, ROUND_HALF_EVEN);
    ASSERT(p->executed_ppm <= PPM);
    ASSERT(p->owner_max_ppm <= PPM);
}

static void fill_identity(const struct index *ix, struct print *p)
{
    const struct state *before = &ix->before;
    ASSERT(ix->date.days > 0);
    ASSERT(ix->stated.version > 0);
    memcpy(p->index, ix->m.index, sizeof p->index);
    p->method_version = (u32)ix->m.version;
    p->value_date = ix->date;
    p->vintage = ix->vintage;
    p->published_at = ix->publish;
    p->restates = ix->restates;
    p->label = (u8)ix->m.label;
    p->prior_value = before->value, p->prior_on = before->value_on;
    p->prior_accumulator = before->accumulator, p->prior_days = before->accumulator_days;
    p->prior_receipt = before->receipt;
    p->methodology = methodology_hash(&ix->stated);
    if (ix->m.form >> FORM_RULE_ANY & 1) p->flags |= LIST_BIT(BENCH_FLAG_FORM_ANY);
    if (ix->m.weights == WEIGHTS_RECORD_EQUAL) p->flags |= LIST_BIT(BENCH_FLAG_UNGROUPED);
}

/* Level, value and status from what each level gave; the state moves on by one scheduled day. */
static void apply_waterfall(struct index *ix, const i64 levels[4], struct print *p)
{
    struct state *s = &ix->state;
    struct carry c = { s->value, s->age, 0 };
    p->level = waterfall_next(&c, levels, ix->m.has_l5 ? (u32)ix->m.max_age : 0, &p->value);
    p->status = p->level == LEVEL_L6   ? BENCH_PRINT_NO_PRINT
                : p->level == LEVEL_L5 ? BENCH_PRINT_CARRIED
                                       : BENCH_PRINT_PRINTED;
    if (p->level <= LEVEL_L3) s->value_on = ix->date;
    s->value = c.value, s->age = c.age;
    ASSERT((p->value == 0) == (p->level == LEVEL_L6));
    if (p->level == LEVEL_L2) p->flags |= LIST_BIT(BENCH_FLAG_WIDENED);
    if (p->level == LEVEL_L4) p->flags |= LIST_BIT(BENCH_FLAG_PANEL);
    if (p->level == LEVEL_L5) p->flags |= LIST_BIT(BENCH_FLAG_CARRIED);
    if (p->level == LEVEL_L6) p->why_none = SHORT_MARKET_FAILURE;
    if (p->value) {
        p->priced_on = p->level == LEVEL_L4 ? ix->date : s->value_on;
        p->age = (u32)(ix->date.days - p->priced_on.days);
        bool fits = accumulate(s->accumulator, p->value, 24, &s->accumulator);
        ASSERT(fits); /* 10^10 micros x 24 h x 84,005 days is below 2^63 */
        s->accumulator_days++;
    }
    p->accumulator = s->accumulator, p->accumulator_days = s->accumulator_days;
}

/* L3 and L4; what neither gives, nor L1 and L2 gave, stays in *e with its reason. */
static void lower_levels(struct index *ix, struct estimate *e, i64 levels[4], struct print *out)
{
    struct estimate lower;
    ASSERT(e->failed);
    ASSERT(!levels[0] && !levels[1]);
    if (ix->m.has_l3) {
        estimate_book(ix, &lower);
        out->why_l3 = lower.failed, levels[2] = lower.failed ? 0 : lower.value;
        if (!lower.failed) *e = lower;
    }
    if (e->failed && ix->m.has_l4) {
        estimate_panel(ix, &lower);
        out->why_l4 = lower.failed, levels[3] = lower.failed ? 0 : lower.value;
        if (!lower.failed) *e = lower;
    }
}

void print_compute(struct index *ix, struct look_back look, struct print *out)
{
    struct estimate e;
    i64 levels[4] = { 0 };
    u32 hours = (u32)ix->m.window_hours;
    ASSERT(ix->window_start < ix->window_end);
    *out = (struct print){ 0 };
    fixings_read(ix);
    if (ix->full) return;
    look.take(ix);
    if (ix->full) return;
    stage_ends(ix, INDEX_STAGE_TAKE);
    screen_rules(ix);
    u32 head = ix->items_n;
    look.history(ix);
    fixings_used(ix);
    if (ix->full) return;
    items_merge(ix, head); /* no result depends on how they were found */
    stage_ends(ix, INDEX_STAGE_HISTORY);
    screen_history(ix);
    stage_ends(ix, INDEX_STAGE_SCREENS);
    screen_venues(ix);
    stage_ends(ix, INDEX_STAGE_VENUES);
    if (ix->m.estimator == ESTIMATOR_USAGE) { /* its weights are those of the days before */
        head = ix->items_n;
        look.older(ix);
        fixings_used(ix);
        if (ix->full) return;
        items_merge(ix, head);
    }
    estimate_run(ix, ix->window_end - ix->window_start, false, &e);
    stage_ends(ix, INDEX_STAGE_ESTIMATE);
    out->why_l1 = e.failed;
    if (!e.failed) levels[0] = e.value;
    if (e.failed && ix->m.has_l2) {
        head = ix->items_n;
        look.older(ix);
        fixings_used(ix);
        if (ix->full) return;
        items_merge(ix, head);
        out->why_l2 = try_wider(ix, &e, &hours);
        if (!e.failed) levels[1] = e.value;
    }
    if (e.failed) lower_levels(ix, &e, levels, out);
    fill_identity(ix, out);
    count_items(ix, out);
    fill_estimate(out, &e);
    if (!e.failed) out->window_hours = hours;
    if (!e.failed && e.capped) out->flags |= LIST_BIT(BENCH_FLAG_CAPPED);
    apply_waterfall(ix, levels, out);
    stage_ends(ix, INDEX_STAGE_LEVEL);
    ASSERT(out->looked_at <= ix->items_n);
}
