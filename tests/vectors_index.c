#include "index/estimators.h"
#include "index/vintage.h"
#include "index/work.h"
#include "vectors_index_feeds.h"
#include "vectors_index_measure.h"
#include "vectors_index_token.h"

#include "contract/averaging.h"
#include "quant/decay.h"

#include <stdio.h>
#include <stdlib.h>

/* The ops of area "index": see vectors.h on how to add one. Prices are micros, sizes
 * milli-units. */
enum { ROWS = 256 };

static u32 in_points(const cJSON *list, struct point *p, struct point *scratch)
{
    u32 n = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, list)
    {
        if (n == ROWS) {
            vector_fail("more than %d rows", ROWS);
            break;
        }
        p[n] = (struct point){ item_i64(cJSON_GetArrayItem(row, 0)), 1,
                               item_i64(cJSON_GetArrayItem(row, 1)), n };
        n++;
    }
    points_sort(p, n, scratch);
    return n;
}

static u32 in_tie(const char *z)
{
    u32 tie = list_value(TIE, str_of(z));
    if (!tie) vector_fail("no such tie: %s", z);
    return tie ? tie : TIE_MID;
}

static i64 micros(Fine f)
{
    i64 v = 0;
    if (!fine_round(f, 1, 6, &v)) vector_fail("does not fit");
    return v;
}

/* sum / count micros in lowest terms. */
static void out_exact(cJSON *out, const char *key, Fine sum, i64 count)
{
    char text[96];
    struct text t = text_on(text, sizeof text);
    i128 a = sum.v, b = (i128)FINE_MICRO * count, x = a, y = b;
    while (y) {
        i128 r = x % y;
        x = y, y = r;
    }
    text_put_i64(&t, (i64)(a / x));
    text_put_char(&t, '/');
    text_put_i64(&t, (i64)(b / x));
    out_text(out, key, text);
}

static void op_weighted_median(const cJSON *in, cJSON *out)
{
    static struct point p[ROWS], s[ROWS];
    u32 n = in_points(in_get(in, "obs"), p, s);
    const cJSON *tie;
    cJSON_ArrayForEach(tie, in_get(in, "ties"))
    {
        Fine f;
        if (weighted_median(p, n, in_tie(item_text(tie)), &f))
            out_i64(out, item_text(tie), micros(f));
        else out_null(out, item_text(tie));
    }
}

static void op_partitioned_vwm(const cJSON *in, cJSON *out)
{
    static struct point p[ROWS], s[ROWS];
    i64 medians[ROWS], value;
    Fine sum = { 0 }, f;
    u32 valid = 0;
    const cJSON *part;
    if (!str_is(str_of(in_text(in, "empty")), "DROP")) vector_fail("empty: only DROP");
    cJSON_ArrayForEach(part, in_get(in, "partitions"))
    {
        u32 n = in_points(part, p, s);
        if (!weighted_median(p, n, in_tie(in_text(in, "tie")), &f)) continue;
        sum.v += f.v;
        if (valid < ROWS) medians[valid] = micros(f);
        valid++;
    }
    out_i64s(out, "medians", medians, valid);
    out_i64(out, "valid", valid);
    if (!valid || valid < in_i64(in, "min_valid")) {
        out_null(out, "value");
        out_text(out, "status", "INSUFFICIENT");
        out_text(out, "reason", list_text(SHORT, SHORT_MIN_PARTITIONS));
        return;
    }
    if (!fine_round(sum, valid, 6, &value)) vector_fail("does not fit");
    out_i64(out, "value", value);
    out_exact(out, "exact_micros", sum, valid);
}

static void op_winsorised_vwm(const cJSON *in, cJSON *out)
{
    static struct point p[ROWS], s[ROWS];
    u32 n = in_points(in_get(in, "obs"), p, s);
    Fine lo, hi, f;
    if (!winsorised_mean(p, n, (u32)in_i64(in, "alpha_ppm"), &lo, &hi, &f)) {
        vector_fail("no weight");
        return;
    }
    out_i64(out, "lo", micros(lo));
    out_i64(out, "hi", micros(hi));
    out_i64(out, "value", micros(f));
    out_exact(out, "exact", f, 1);
}

static void op_vwap(const cJSON *in, cJSON *out)
{
    static struct point p[ROWS], s[ROWS];
    Fine f;
    u32 n = in_points(in_get(in, "obs"), p, s);
    if (!weighted_mean(p, n, &f)) vector_fail("no weight");
    else out_i64(out, "value", micros(f));
}

static void op_percentiles(const cJSON *in, cJSON *out)
{
    static struct point p[ROWS], s[ROWS];
    i64 at[ROWS], values[ROWS];
    u32 n = in_points(in_get(in, "obs"), p, s), k = in_i64s(in, "at_ppm", at, ROWS), found;
    for (u32 i = 0; i < k; i++) {
        if (!weighted_quantile(p, n, (u32)at[i], &found)) vector_fail("no weight");
        else values[i] = micros(point_fine(&p[found]));
    }
    out_i64s(out, "values", values, k);
}

static void op_cap_weights(const cJSON *in, cJSON *out)
{
    i64 w[ROWS], got[ROWS];
    u8 fixed[ROWS];
    u32 ppm[ROWS], n = in_i64s(in, "weight_ppm", w, ROWS);
    if (!cap_weights(w, n, (u32)in_i64(in, "cap_ppm"), fixed, ppm)) {
        out_text(out, "error", list_text(SHORT, SHORT_CAP_INFEASIBLE));
        return;
    }
    for (u32 i = 0; i < n; i++) got[i] = ppm[i];
    out_i64s(out, "weight_ppm", got, n);
}

static void op_concentration(const cJSON *in, cJSON *out)
{
    i64 w[ROWS];
    u32 ppm[ROWS], hhi, n_eff, n = in_i64s(in, "weight_ppm", w, ROWS);
    for (u32 i = 0; i < n; i++) ppm[i] = (u32)w[i];
    concentration(ppm, n, &hhi, &n_eff);
    out_i64(out, "hhi", hhi);
    out_i64(out, "n_eff_milli", n_eff);
}

static void op_kish(const cJSON *in, cJSON *out)
{
    i64 w[ROWS];
    u32 n = in_i64s(in, "sizes", w, ROWS);
    out_i64(out, "n_eff_milli", kish_n_eff_milli(w, n));
}

static void op_apply_factors(const cJSON *in, cJSON *out)
{
    i64 f[ROWS], value;
    u32 n = in_i64s(in, "factors_ppm", f, ROWS);
    bool divide = str_is(str_of(in_text(in, "direction")), "DIVIDE");
    if (!apply_factors(in_i64(in, "price"), f, n, divide, &value)) vector_fail("factor refused");
    else out_i64(out, "value", value);
}

static void op_iqm_votes(const cJSON *in, cJSON *out)
{
    static struct vote v[ROWS];
    static struct key keys[ROWS], scratch[ROWS];
    static u32 order[3 * ROWS];
    const cJSON *row, *band = in_get(in, "band");
    u32 n = 0, parts = 0;
    Fine f;
    const char *lo = item_text(cJSON_GetArrayItem(band, 0));
    if (lo[0] == '1' && lo[1] == '/') parts = (u32)strtoul(lo + 2, NULL, 10);
    cJSON_ArrayForEach(row, in_get(in, "entities"))
    {
        if (n == ROWS) break;
        v[n++] = (struct vote){ { (i128)in_i64(row, "p") * FINE_MICRO },
                                in_i64(row, "sd"),
                                in_i64(row, "w_pct") };
    }
    if (parts < 3 || !votes_mean(v, n, parts, order, keys, scratch, &f)) {
        vector_fail("no weight, or no band");
        return;
    }
    out_i64(out, "value", micros(f));
    out_exact(out, "exact", f, 1);
}

static void op_orderbook_rti(const cJSON *in, cJSON *out)
{
    static struct point asks[ROWS], bids[ROWS], s[ROWS];
    i64 decay[RTI_STEPS_MAX];
    struct book_value v;
    u32 a = in_points(in_get(in, "asks"), asks, s), b = in_points(in_get(in, "bids"), bids, s);
    if (strcmp(in_text(in, "lambda_rule"), "1/(0.3*vT)") != 0) vector_fail("lambda_rule");
    quant_decay(300000, RTI_STEPS_MAX, decay);
    struct book_rules r = { in_i64(in, "grid"), in_i64(in, "max_spread_ppm"), decay, RTI_STEPS_MAX,
                            0 };
    if (!book_value(asks, a, bids, b, r, &v)) {
        vector_fail("no book");
        return;
    }
    out_i64(out, "vT", v.depth);
    out_i64(out, "value", micros(v.value));
}

static void op_provider_mean(const cJSON *in, cJSON *out)
{
    static struct point p[ROWS], s[ROWS], means[ROWS];
    const cJSON *provider, *weights = in_get(in, "weight_ppm");
    cJSON *each = out_object(out, "provider_means");
    Fine f;
    u32 k = 0;
    if (strcmp(in_text(in, "within"), "SIZE_WEIGHTED") != 0) vector_fail("within");
    cJSON_ArrayForEach(provider, in_get(in, "providers"))
    {
        u32 n = in_points(provider, p, s);
        if (k == ROWS || !weighted_mean(p, n, &f)) break;
        out_i64(each, provider->string, micros(f));
        means[k] = (struct point){ 0, 0, in_i64(weights, provider->string), k };
        for (u32 i = 0; i < n; i++)
            means[k].num += p[i].num * p[i].weight, means[k].den += p[i].weight;
        k++;
    }
    if (weighted_mean(means, k, &f)) out_i64(out, "value", micros(f));
    else vector_fail("no weight");
}

static void op_cap_to_median_mean(const cJSON *in, cJSON *out)
{
    static struct point p[ROWS], s[ROWS];
    i64 mids[ROWS];
    Fine median, f;
    u32 n = in_i64s(in, "mids", mids, ROWS);
    for (u32 i = 0; i < n; i++) p[i] = (struct point){ mids[i], 1, 1, i };
    points_sort(p, n, s);
    if (!capped_to_median(p, n, TIE_MID, in_i64(in, "limit_ppm"), &median, &f)) {
        vector_fail("no weight");
        return;
    }
    out_i64(out, "value", micros(f));
    out_exact(out, "exact", f, 1);
}

/* Weights of the entities of `prices`, by one of the two usage tables. */
static i64 unit_value(const cJSON *in, const char *usage)
{
    static struct point p[ROWS];
    const cJSON *price, *w = in_get(in, usage);
    Fine f = { 0 };
    u32 n = 0;
    cJSON_ArrayForEach(price, in_get(in, "prices"))
    {
        if (n == ROWS) break;
        p[n] = (struct point){ item_i64(price), 1, in_i64(w, price->string), n };
        n++;
    }
    if (!weighted_mean(p, n, &f)) vector_fail("no weight");
    return micros(f);
}

static void op_usage_weighted(const cJSON *in, cJSON *out)
{
    i64 before = unit_value(in, "usage_before_ppm"), after = unit_value(in, "usage_after_ppm");
    i64 fixed = unit_value(in, "usage_before_ppm"); /* the old basket at the same prices */
    out_i64(out, "before", before);
    out_i64(out, "after", after);
    out_i64(out, "lowe_change_ppm",
            (i64)div_round((i128)(fixed - before) * PPM, before, ROUND_HALF_EVEN));
}

static void op_averaging_dilution(const cJSON *in, cJSON *out)
{
    i64 days[ROWS];
    u32 n = in_i64s(in, "n", days, ROWS);
    for (u32 i = 0; i < n; i++) days[i] = averaging_dilution(in_i64(in, "shock_ppm"), (u32)days[i]);
    out_i64s(out, "move_ppm", days, n);
}

static void op_waterfall(const cJSON *in, cJSON *out)
{
    const cJSON *params = in_get(in, "params"), *day;
    struct carry c = { in_i64(in, "prior_value"), 0, 0 };
    cJSON *days = out_array(out, "days");
    i128 sum = 0;
    u32 n = 0, used = 0, bad = 0, run = 0, longest = 0;
    cJSON_ArrayForEach(day, in_get(in, "days"))
    {
        i64 v[4] = { 0 }, value, row[2];
        for (i32 l = 0; l < 4; l++) {
            const cJSON *item = cJSON_GetArrayItem(day, l);
            if (item && !cJSON_IsNull(item)) v[l] = item_i64(item);
        }
        u8 level = waterfall_next(&c, v, (u32)in_i64(params, "carry_max"), &value);
        row[0] = level, row[1] = value;
        out_i64s(days, NULL, row, 2);
        n++, used += level != LEVEL_L6, sum += value;
        bad += level >= LEVEL_L5;
        run = level >= LEVEL_L5 ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    i64 share = in_i64(params, "bad_share_ppm"), most = in_i64(params, "bad_run_max");
    if (used) out_i64(out, "mean", (i64)div_round(sum, used, ROUND_HALF_EVEN));
    else out_null(out, "mean");
    out_i64(out, "used", used);
    out_i64(out, "bad_share_ppm", n ? (i64)div_round((i128)bad * PPM, n, ROUND_HALF_EVEN) : 0);
    out_i64(out, "longest_bad_run", longest);
    out_bool(out, "determination", bad_days(bad, n, longest, share, most));
}

static void op_vintage_select(const cJSON *in, cJSON *out)
{
    struct vintage v[ROWS];
    Instant cutoff = { 0 };
    u32 n = 0;
    const cJSON *row, *rule;
    static const char *const rules[] = { "", "FIRST_PRINT", "LAST_BEFORE", "RESTATE_IF" };
    if (parse_instant(str_of(in_text(in, "cutoff")), &cutoff)) vector_fail("cutoff");
    cJSON_ArrayForEach(row, in_get(in, "versions"))
    {
        v[n] = (struct vintage){ { 0 },
                                 item_i64(cJSON_GetArrayItem(row, 1)),
                                 (u32)item_i64(cJSON_GetArrayItem(row, 2)),
                                 0 };
        if (parse_instant(str_of(item_text(cJSON_GetArrayItem(row, 0))), &v[n++].published_at))
            vector_fail("published_at");
    }
    cJSON_ArrayForEach(rule, in_get(in, "rules"))
    {
        struct vintage got;
        u32 r = 1;
        while (r < ARRAY_LEN(rules) && strcmp(rules[r], item_text(rule)) != 0) r++;
        if (r == ARRAY_LEN(rules)) vector_fail("no such rule: %s", item_text(rule));
        else if (!vintage_select(v, n, r, cutoff, (u32)in_i64(in, "restate_ppm"), &got))
            out_text(out, item_text(rule), "NOT_PUBLISHED");
        else out_i64s(out, item_text(rule), (i64[]){ got.value, got.version }, 2);
    }
}

static void op_accumulator(const cJSON *in, cJSON *out)
{
    i64 daily[ROWS], hours[ROWS], sums[ROWS + 1] = { 0 }, period[2], span = 0;
    u32 n = in_i64s(in, "daily", daily, ROWS), m = in_i64s(in, "hours", hours, ROWS);
    if (n != m || in_i64s(in, "period", period, 2) != 2 || period[1] > (i64)n || period[0] < 0) {
        vector_fail("daily, hours and period do not fit together");
        return;
    }
    for (u32 i = 0; i < n; i++)
        if (!accumulate(sums[i], daily[i], (u32)hours[i], &sums[i + 1])) vector_fail("overflow");
    for (i64 i = period[0]; i < period[1]; i++) span += hours[i];
    out_i64s(out, "accumulated", sums, n + 1);
    out_i64(out, "mean", accumulator_mean(sums[period[0]], sums[period[1]], span));
}

/* The whole of the room over these trades in one partition: owners are what the print grouped. */
struct rig {
    struct methodology m;
    struct obs_log log;
    void *log_memory, *memory;
    struct index *ix;
};

static void rig_open(struct rig *g, const cJSON *in)
{
    static const char *const wanted = "weighted_median";
    g->m = (struct methodology){
        .index = "VECTOR", .version = 1, .effective_from = date_of(2026, 7, 1).days,
        .label = BENCH_LABEL_TRADED, .gpu_class = GPU_H100, .form = INT64_C(1) << FORM_RULE_SXM,
        .term = TERM_ON_DEMAND, .regions = { "any" }, .regions_n = 1,
        .kinds = INT64_C(1) << OBS_KIND_TRADE, .channels = INT64_C(1) << CHANNEL_NEOCLOUD,
        .weights = WEIGHTS_SIZE, .measures = "a vector", .window_hours = 24,
        .window_end = 57600, .partitions = 1, .estimator = ESTIMATOR_PVWM, .tie = TIE_MID,
        .pin_tie = TIE_MID, .weight_cap_ppm = 1000000, .need_owners = 1,
        .need_partitions = 1, .max_owner_ppm = 1000000, .decimals = 6,
        .round = PIN_ROUND_HALF_EVEN, .percentiles = { 1, 25, 50, 75, 99 }, .percentiles_n = 5,
        .averaging = AVERAGING_BUSINESS, .pin_day = PIN_DAY_UTC };
    g->log_memory = aligned_alloc(64, (obs_log_bytes(ROWS, 1024, 16) + 63) & ~UINT64_C(63));
    g->log = obs_log_on(g->log_memory, ROWS, 1024, 16);
    if (!in) return;
    g->m.tie = g->m.pin_tie = in_tie(in_text(in, "tie"));
    g->m.s_min = in_i64(in, "s_min"), g->m.s_cap = in_i64(in, "s_cap");
    if (in_has(in, "min_entities")) g->m.need_owners = in_i64(in, "min_entities");
    if (strcmp(in_text(in, "statistic"), wanted) != 0) vector_needs(in_text(in, "statistic"));
    if (strcmp(in_text(in, "side"), "SELLER") != 0) vector_needs(in_text(in, "side"));
}

/* The first print; false if there is none to be had. */
static bool rig_print(struct rig *g, struct print *p)
{
    struct index_caps caps = { ROWS, ROWS, 1, ROWS, 1024 };
    u64 bytes = (index_bytes(caps) + 63) & ~UINT64_C(63);
    g->memory = aligned_alloc(64, bytes);
    memset(g->memory, 0, bytes);
    g->ix = index_open(g->memory, bytes, caps, &g->m, NULL, 0, &g->log);
    return g->ix && index_print(g->ix, NULL, p) == INDEX_OK;
}

static void rig_close(struct rig *g)
{
    free(g->memory);
    free(g->log_memory);
}

static u32 name_id(struct rig *g, const char *z)
{
    u32 id = 0;
    if (!names_add(&g->log.names, str_of(z), &id)) vector_fail("not a name: %s", z);
    return id;
}

static void rig_trade(struct rig *g, const cJSON *trade)
{
    i64 t = date_start(date_of(2026, 7, 1)).ns + g->log.n;
    struct observation o = { .kind = OBS_KIND_TRADE, .channel = CHANNEL_NEOCLOUD,
                             .gpu_class = GPU_H100, .form = GPU_FORM_SXM, .term = TERM_ON_DEMAND,
                             .raw_unit = RAW_UNIT_GPU_HOUR, .rights = RIGHTS_OPEN, .gpus = 1024,
                             .min_gpus = 1, .ccy = "USD", .price = in_i64(trade, "p"),
                             .size = in_i64(trade, "s"), .t_event = t, .t_seen = t,
                             .t_journal = t };
    o.source = name_id(g, "vector");
    o.provider = o.owner = name_id(g, in_text(trade, "seller"));
    o.counter_owner = name_id(g, in_text(trade, "buyer"));
    if (obs_log_add(&g->log, &o)) vector_fail("the trade is refused");
}

static void out_owners(const struct rig *g, cJSON *out)
{
    cJSON *owners = out_object(out, "owners"), *small = out_array(out, "dropped_small");
    for (u32 i = 0; i < g->ix->slots_n; i++) {
        const struct owner_slot *s = &g->ix->slots[i];
        const char *z = names_text(&g->log.names, s->owner).at;
        if (s->weight <= 0) {
            out_text(small, NULL, z);
            continue;
        }
        i64 price = (i64)div_round(s->value, s->size, ROUND_HALF_EVEN);
        out_i64s(owners, z, (i64[]){ price, s->weight }, 2);
    }
}

static void op_aggregate_by_owner(const cJSON *in, cJSON *out)
{
    struct rig g;
    struct print p;
    const cJSON *trade;
    rig_open(&g, in);
    cJSON_ArrayForEach(trade, in_get(in, "trades")) rig_trade(&g, trade);
    if (!rig_print(&g, &p)) {
        vector_fail("the series does not open");
    } else {
        out_owners(&g, out);
        out_i64(out, "dropped_self", p.dropped[REASON_SELF_DEALING]);
        if (p.value) {
            out_i64(out, "value", p.value);
        } else {
            out_null(out, "value");
            out_text(out, "status", "INSUFFICIENT");
            out_text(out, "reason", list_text(SHORT, p.why_l1));
        }
    }
    rig_close(&g);
}

/* A list price of one day and index, for trail over a posted market. */
static void rig_list(struct rig *g, i64 t, i64 price)
{
    struct observation o = { .kind = OBS_KIND_LIST, .channel = CHANNEL_NEOCLOUD,
                             .gpu_class = GPU_H100, .form = GPU_FORM_SXM, .term = TERM_ON_DEMAND,
                             .raw_unit = RAW_UNIT_GPU_HOUR, .rights = RIGHTS_OPEN, .gpus = 1,
                             .min_gpus = 1, .ccy = "USD", .price = price, .t_event = t,
                             .t_seen = t, .t_journal = t };
    o.source = name_id(g, "vector");
    o.provider = o.owner = name_id(g, "seller");
    if (obs_log_add(&g->log, &o)) vector_fail("the price is refused");
}

static void rig_trail(struct rig *g, const cJSON *in)
{
    const cJSON *day, *price;
    i32 d = 0, days = (i32)in_i64(in, "window_days");
    g->m.label = BENCH_LABEL_POSTED, g->m.kinds = INT64_C(1) << OBS_KIND_LIST;
    g->m.weights = WEIGHTS_RECORD_EQUAL, g->m.estimator = ESTIMATOR_TRAIL;
    g->m.s_min = g->m.s_cap = 0, g->m.k_milli = in_i64(in, "k_milli");
    g->m.n_min = in_i64(in, "min_obs_per_day"), g->m.need_partitions = in_i64(in, "min_valid_days");
    g->m.partitions = days, g->m.window_hours = 24 * days, g->m.has_screens = 1;
    g->m.stale_list_hours = g->m.stale_trade_hours = g->m.stale_quote_hours = 24 * days;
    g->m.venue_sources = 2, g->m.outlier_values = 1;
    cJSON_ArrayForEach(day, in_get(in, "days"))
    {
        i64 t = date_start(date_of(2026, 7, 1)).ns + (57600 * NS_PER_SECOND) +
                (d++ - days) * NS_PER_DAY;
        cJSON_ArrayForEach(price, day) rig_list(g, t++, item_i64(price));
    }
}

static void op_trailing_median_trim(const cJSON *in, cJSON *out)
{
    struct rig g;
    struct print p;
    struct estimate e;
    rig_open(&g, NULL);
    g.m.tie = g.m.pin_tie = in_tie(in_text(in, "tie"));
    rig_trail(&g, in);
    if (!rig_print(&g, &p)) {
        vector_fail("the series does not open");
    } else {
        estimate_run(g.ix, g.ix->window_end - g.ix->window_start, false, &e);
        out_i64(out, "observations", p.observations);
        out_i64(out, "kept", e.kept);
        out_i64(out, "valid_days", p.partitions);
        if (p.value) out_i64(out, "value", p.value);
        else out_null(out, "value");
    }
    rig_close(&g);
}

const struct vector_op vector_ops_index[] = {
    { "weighted_median", op_weighted_median },
    { "partitioned_vwm", op_partitioned_vwm },
    { "winsorised_vwm", op_winsorised_vwm },
    { "vwap", op_vwap },
    { "percentiles", op_percentiles },
    { "iqm_votes", op_iqm_votes },
    { "orderbook_rti", op_orderbook_rti },
    { "trailing_median_trim", op_trailing_median_trim },
    { "provider_mean", op_provider_mean },
    { "cap_to_median_mean", op_cap_to_median_mean },
    { "usage_weighted", op_usage_weighted },
    { "cap_weights", op_cap_weights },
    { "concentration", op_concentration },
    { "kish_n_eff", op_kish },
    { "apply_factors", op_apply_factors },
    { "averaging_dilution", op_averaging_dilution },
    { "waterfall", op_waterfall },
    { "vintage_select", op_vintage_select },
    { "accumulator", op_accumulator },
    { "aggregate_by_owner", op_aggregate_by_owner },
#define AS_FEED_ROW(name) { #name, op_##name },
    FEED_OPS(AS_FEED_ROW)
#define AS_MEASURE_ROW(name) { #name, op_##name },
    MEASURE_OPS(AS_MEASURE_ROW)
#define AS_TOKEN_ROW(name) { #name, op_##name },
    TOKEN_OPS(AS_TOKEN_ROW){ NULL, NULL },
};
