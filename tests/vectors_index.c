#include "index/vintage.h"
#include "index/work.h"
#include "vectors.h"

#include "contract/averaging.h"

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
        .window_end = 57600, .partitions = 1, .estimator = ESTIMATOR_PVWM,
        .tie = in_tie(in_text(in, "tie")), .pin_tie = in_tie(in_text(in, "tie")),
        .s_min = in_i64(in, "s_min"), .s_cap = in_i64(in, "s_cap"), .weight_cap_ppm = 1000000,
        .need_owners = in_has(in, "min_entities") ? in_i64(in, "min_entities") : 1,
        .need_partitions = 1, .max_owner_ppm = 1000000, .decimals = 6,
        .round = PIN_ROUND_HALF_EVEN, .percentiles = { 1, 25, 50, 75, 99 }, .percentiles_n = 5,
        .averaging = AVERAGING_BUSINESS, .pin_day = PIN_DAY_UTC };
    if (strcmp(in_text(in, "statistic"), wanted) != 0) vector_needs(in_text(in, "statistic"));
    if (strcmp(in_text(in, "side"), "SELLER") != 0) vector_needs(in_text(in, "side"));
    g->log_memory = aligned_alloc(64, (obs_log_bytes(ROWS, 1024, 16) + 63) & ~UINT64_C(63));
    g->log = obs_log_on(g->log_memory, ROWS, 1024, 16);
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
    struct index_caps caps = { ROWS, ROWS, 1, ROWS, 1024 };
    u64 bytes = (index_bytes(caps) + 63) & ~UINT64_C(63);
    g.memory = aligned_alloc(64, bytes);
    memset(g.memory, 0, bytes);
    g.ix = index_open(g.memory, bytes, caps, &g.m, NULL, 0, &g.log);
    if (!g.ix || index_print(g.ix, NULL, &p) != INDEX_OK) {
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
    free(g.memory);
    free(g.log_memory);
}

const struct vector_op vector_ops_index[] = {
    { "weighted_median", op_weighted_median },
    { "partitioned_vwm", op_partitioned_vwm },
    { "winsorised_vwm", op_winsorised_vwm },
    { "vwap", op_vwap },
    { "percentiles", op_percentiles },
    { "cap_weights", op_cap_weights },
    { "concentration", op_concentration },
    { "kish_n_eff", op_kish },
    { "apply_factors", op_apply_factors },
    { "averaging_dilution", op_averaging_dilution },
    { "waterfall", op_waterfall },
    { "vintage_select", op_vintage_select },
    { "accumulator", op_accumulator },
    { "aggregate_by_owner", op_aggregate_by_owner },
    { NULL, NULL },
};
