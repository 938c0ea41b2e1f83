#include "vectors_index_measure.h"

#include "index/manipulate.h"
#include "index/represent.h"

#include <stdio.h>
#include <string.h>

/* Prices are micros, sizes milli-units unless a name says otherwise. */
enum { ROWS = 64 };

struct entities { struct point p[ROWS]; const char *name[ROWS]; u32 n; };

static u32 tie_of(const char *z)
{
    u32 tie = list_value(TIE, str_of(z));
    if (!tie) vector_fail("no such tie: %s", z);
    return tie ? tie : TIE_MID;
}

static enum move_side side_of(const cJSON *in)
{
    bool up = strcmp(in_text(in, "side"), "UP") == 0;
    if (!up && strcmp(in_text(in, "side"), "DOWN") != 0) vector_fail("side: UP or DOWN");
    return up ? MOVE_UP : MOVE_DOWN;
}

static void add_row(struct entities *e, const cJSON *row)
{
    if (e->n == ROWS) {
        vector_fail("more than %d rows", ROWS);
        return;
    }
    e->name[e->n] = row->string;
    e->p[e->n] = (struct point){ item_i64(cJSON_GetArrayItem(row, 0)), 1,
                                 item_i64(cJSON_GetArrayItem(row, 1)), e->n };
    e->n++;
}

static struct entities entities_of(const cJSON *rows)
{
    struct entities e = { .n = 0 };
    const cJSON *row;
    cJSON_ArrayForEach(row, rows) add_row(&e, row);
    return e;
}

/* The median with owners of a mask left out, or repriced (`price` > 0). */
static Fine median_of(const struct entities *e, u32 tie, u64 mask, i64 price)
{
    struct point p[ROWS], scratch[ROWS];
    Fine f = { 0 };
    u32 n = 0;
    for (u32 i = 0; i < e->n; i++) {
        bool in = mask >> i & 1;
        if (in && !price) continue;
        p[n] = e->p[i];
        if (in) p[n].num = price;
        n++;
    }
    points_sort(p, n, scratch);
    if (!weighted_median(p, n, tie, &f)) vector_fail("no weight");
    return f;
}

static i64 micros_of(Fine f, enum rounding r) { return (i64)div_round(f.v, FINE_MICRO, r); }

/* The value moved by delta, rounded away from it: a price there is enough. */
static i64 target_of(Fine value, i64 delta_ppm, enum move_side side)
{
    i64 by = side == MOVE_UP ? PPM + delta_ppm : PPM - delta_ppm;
    return (i64)div_round(value.v * by, FINE_MICRO * PPM, side == MOVE_UP ? ROUND_UP : ROUND_DOWN);
}

void op_cost_to_move_median(const cJSON *in, cJSON *out)
{
    struct entities e = entities_of(in_get(in, "obs"));
    struct median_move mv;
    enum move_side side = side_of(in);
    Fine value = median_of(&e, TIE_MID, 0, 0);
    i64 target = target_of(value, in_i64(in, "delta_ppm"), side);
    Fine at = { (i128)target * FINE_MICRO };
    cJSON *least;
    if (!median_move(e.p, e.n, at, side, &mv)) {
        vector_fail("no weight");
        return;
    }
    out_i64(out, "median", micros_of(value, ROUND_HALF_EVEN));
    out_i64(out, "target", target);
    out_i64(out, "infimum_size", mv.infimum);
    least = out_object(out, "least_size");
    for (u32 tie = TIE_LOWER; tie < TIE_COUNT; tie++)
        out_i64(least, list_text(TIE, tie), mv.least[tie]);
}

void op_cost_to_move_vwap(const cJSON *in, cJSON *out)
{
    char text[64];
    i64 num, den, delta = in_i64(in, "delta_ppm"), ratio = in_i64(in, "price_ratio_milli");
    enum move_side side = ratio > 1000 ? MOVE_UP : MOVE_DOWN;
    if (!mean_move(in_i64(in, "total_size"), (u32)delta, ratio, side, &num, &den)) {
        out_text(out, "error", "UNREACHABLE");
        return;
    }
    out_i64(out, "size_milli", (i64)div_round(num, den, ROUND_HALF_EVEN));
    i64 a = num, b = den * 1000;
    for (i64 x = a, y = b, r; y; x = y, y = r) {
        r = x % y;
        if (!r) a /= y, b /= y;
        if (!r) break;
    }
    snprintf(text, sizeof text, "%lld/%lld", (long long)a, (long long)b);
    out_text(out, "exact_gpuh", text);
}

void op_position_limit(const cJSON *in, cJSON *out)
{
    i64 cost = in_i64(in, "overpaid_size_gpuh") * in_i64(in, "overpay");
    i64 milli = position_limit_milli(cost, in_i64(in, "kappa_milli"), in_i64(in, "lot_hours"),
                                     in_i64(in, "index"), (u32)in_i64(in, "delta_ppm"),
                                     (u32)in_i64(in, "averaging_n"));
    out_i64(out, "cost_micros", cost);
    out_i64(out, "limit_lots_milli", milli);
    out_i64(out, "limit_lots", milli / 1000);
}

void op_leave_one_out(const cJSON *in, cJSON *out)
{
    struct entities e = entities_of(in_get(in, "entities"));
    u32 tie = tie_of(in_text(in, "tie")), most = 0;
    i64 largest = -1;
    if (strcmp(in_text(in, "estimator"), "weighted_median") != 0)
        vector_needs(in_text(in, "estimator"));
    Fine value = median_of(&e, tie, 0, 0);
    cJSON *loo = out_object(out, "loo_ppm");
    for (u32 i = 0; i < e.n; i++) {
        i64 ppm = moved_ppm(median_of(&e, tie, UINT64_C(1) << i, 0), value, value);
        out_i64(loo, e.name[i], ppm);
        if (ppm > largest) largest = ppm, most = i;
    }
    out_i64(out, "value", micros_of(value, ROUND_HALF_EVEN));
    out_text(out, "max_entity", e.n ? e.name[most] : "");
}

/* Free repricing: the members' prices go beyond all others. */
static bool moves(const struct entities *e, u32 tie, u64 mask, i64 delta_ppm, enum move_side side)
{
    Fine from = median_of(e, tie, 0, 0);
    i64 far = side == MOVE_UP ? STATS_PRICE_MAX : 1;
    Fine to = median_of(e, tie, mask, far);
    i128 want = from.v * (side == MOVE_UP ? PPM + delta_ppm : PPM - delta_ppm);
    return side == MOVE_UP ? to.v * PPM >= want : to.v * PPM <= want;
}

/* Sets of one size in the order of their names. */
static void out_coalitions(const struct entities *e, const cJSON *in, u32 size, cJSON *list)
{
    u32 tie = tie_of(in_text(in, "tie")), pick[ROWS];
    for (u32 i = 0; i < size; i++) pick[i] = i;
    for (;;) {
        u64 mask = 0;
        for (u32 i = 0; i < size; i++) mask |= UINT64_C(1) << pick[i];
        if (moves(e, tie, mask, in_i64(in, "delta_ppm"), side_of(in))) {
            cJSON *set = out_array(list, NULL);
            for (u32 i = 0; i < size; i++) out_text(set, NULL, e->name[pick[i]]);
        }
        u32 j = size;
        while (j && pick[j - 1] == e->n - size + j - 1) j--;
        if (!j) return;
        pick[j - 1]++;
        for (u32 i = j; i < size; i++) pick[i] = pick[i - 1] + 1;
    }
}

void op_min_coalition(const cJSON *in, cJSON *out)
{
    struct entities e = entities_of(in_get(in, "entities"));
    u32 size = 1;
    if (strcmp(in_text(in, "estimator"), "weighted_median") != 0)
        vector_needs(in_text(in, "estimator"));
    cJSON *list = out_array(out, "coalitions");
    for (; size <= e.n && !cJSON_GetArraySize(list); size++) out_coalitions(&e, in, size, list);
    if (cJSON_GetArraySize(list)) out_i64(out, "size", size - 1);
    else out_null(out, "size");
}

static Fine mean_of(const i64 *price, const i64 *weight, u32 n, u32 skip)
{
    struct point p[ROWS] = { 0 };
    Fine f = { 0 };
    u32 m = 0;
    for (u32 i = 0; i < n; i++)
        if (i != skip) p[m++] = (struct point){ price[i], 1, weight[i], i };
    if (!weighted_mean(p, m, &f)) vector_fail("no weight");
    return f;
}

static void out_influence(cJSON *out, const char *key, const i64 *price, const i64 *weight, u32 n,
                          const i64 ends[2])
{
    i64 ppm[ROWS], changed[ROWS];
    Fine value = mean_of(price, weight, n, n);
    for (u32 k = 0; k < n; k++) {
        Fine without = mean_of(price, weight, n, k);
        ppm[k] = 0;
        for (u32 e = 0; e < 2; e++) {
            memcpy(changed, price, n * sizeof *price);
            changed[k] = ends[e];
            i64 at = moved_ppm(mean_of(changed, weight, n, n), without, value);
            if (at > ppm[k]) ppm[k] = at;
        }
    }
    out_i64s(out, key, ppm, n);
}

void op_max_single_influence(const cJSON *in, cJSON *out)
{
    i64 price[ROWS], weight[ROWS], ends[2] = { 0 };
    u8 fixed[ROWS];
    u32 ppm[ROWS], n = in_i64s(in, "prices", price, ROWS);
    if (strcmp(in_text(in, "estimator"), "weighted_mean") != 0)
        vector_needs(in_text(in, "estimator"));
    if (in_i64s(in, "weight_ppm", weight, ROWS) != n || in_i64s(in, "price_range", ends, 2) != 2) {
        vector_fail("prices, weight_ppm and price_range do not fit together");
        return;
    }
    out_influence(out, "msi_ppm_uncapped", price, weight, n, ends);
    if (!cap_weights(weight, n, (u32)in_i64(in, "cap_ppm"), fixed, ppm)) {
        out_text(out, "error", list_text(SHORT, SHORT_CAP_INFEASIBLE));
        return;
    }
    for (u32 i = 0; i < n; i++) weight[i] = ppm[i];
    out_i64s(out, "capped_weight_ppm", weight, n);
    out_influence(out, "msi_ppm_capped", price, weight, n, ends);
}

void op_representativeness(const cJSON *in, cJSON *out)
{
    i64 sample[STRATA_MAX], target[STRATA_MAX], seen[STRATA_MAX], below[STRATA_MAX], all = 0;
    u32 count[STRATA_MAX], n = in_i64s(in, "sample_permille", sample, STRATA_MAX), below_n = 0;
    if (in_i64s(in, "target_permille", target, STRATA_MAX) != n ||
        in_i64s(in, "n_obs", seen, STRATA_MAX) != n) {
        vector_fail("sample, target and n_obs do not fit together");
        return;
    }
    for (u32 i = 0; i < n; i++) {
        count[i] = (u32)seen[i], target[i] *= 1000, all += sample[i];
        if (seen[i] < in_i64(in, "n_min")) below[below_n++] = i;
    }
    out_i64(out, "tvd_ppm", tvd_ppm(sample, target, n, all < 1000 ? 1000 - all : 0));
    out_i64(out, "coverage_ppm", coverage_ppm(count, target, n, (u32)in_i64(in, "n_min")));
    out_i64s(out, "below_min", below, below_n);
}

void op_post_stratified(const cJSON *in, cJSON *out)
{
    i64 value[STRATA_MAX], target[STRATA_MAX], collapsed[STRATA_MAX], got;
    u32 parent[STRATA_MAX], used[STRATA_MAX], n = 0, collapsed_n = 0;
    const cJSON *item, *tree = in_get(in, "collapse");
    cJSON_ArrayForEach(item, in_get(in, "strata_value"))
    {
        if (n < STRATA_MAX) value[n++] = cJSON_IsNull(item) ? 0 : item_i64(item);
    }
    if (in_i64s(in, "target_permille", target, STRATA_MAX) != n) {
        vector_fail("strata_value and target_permille do not fit together");
        return;
    }
    for (u32 i = 0; i < n; i++) {
        char key[16];
        snprintf(key, sizeof key, "%u", i);
        const cJSON *up = cJSON_GetObjectItem(tree, key);
        parent[i] = up ? (u32)item_i64(up) : n, target[i] *= 1000;
        if (up && parent[i] >= n) vector_fail("collapse: no such stratum");
    }
    bool fine = post_stratified(value, target, parent, n, used, &got);
    for (u32 i = 0; i < n && fine; i++)
        if (used[i] != i) collapsed[collapsed_n++] = i;
    if (fine) out_i64(out, "value", got);
    else out_null(out, "value");
    out_i64s(out, "collapsed", collapsed, collapsed_n);
}
