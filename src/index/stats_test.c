#include "base/random.h"
#include "index/stats.h"
#include "test.h"
#include <stdlib.h>

/* Every statistic against a slow one that shares no line with it, on 10,000 random inputs: weights
 * are small there, so a slow median may write each price down as often as it weighs. */
enum { ROUNDS = 10000, MOST = 12, HEAVIEST = 9 };

struct sample { struct point p[MOST], scratch[MOST]; u32 n; i64 list[MOST * HEAVIEST]; u32 m; };

static int by_value(const void *a, const void *b)
{
    i64 x = *(const i64 *)a, y = *(const i64 *)b;
    return x < y ? -1 : x > y;
}

static struct sample sample_of(struct rng *r)
{
    struct sample s = { .n = 1 + (u32)rng_below(r, MOST) };
    i64 span = rng_chance(r, 300000) ? 4 : 5000000; /* often equal prices */
    for (u32 i = 0; i < s.n; i++) {
        i64 price = 1000000 + rng_between(r, 0, span), den = rng_between(r, 1, 3);
        i64 weight = rng_between(r, i ? 0 : 1, HEAVIEST);
        s.p[i] = (struct point){ price * den, den, weight, i };
        for (i64 k = 0; k < weight; k++) s.list[s.m++] = price;
    }
    qsort(s.list, s.m, sizeof *s.list, by_value);
    points_sort(s.p, s.n, s.scratch);
    return s;
}

static void sort_sorts(void **state)
{
    struct rng r = rng_of(1);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct sample s = sample_of(&r);
        for (u32 i = 1; i < s.n; i++) assert_true(point_compare(&s.p[i - 1], &s.p[i]) < 0);
    }
}

/* In a list of W prices, written down by weight: LOWER is the one at ceil(W/2), UPPER at
 * floor(W/2)+1. */
static void medians_are_those_of_the_list(void **state)
{
    struct rng r = rng_of(2);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct sample s = sample_of(&r);
        i64 lower = s.list[(s.m + 1) / 2 - 1], upper = s.list[s.m / 2];
        Fine got;
        assert_true(weighted_median(s.p, s.n, TIE_LOWER, &got));
        assert_true(got.v == (i128)lower * FINE_MICRO);
        assert_true(weighted_median(s.p, s.n, TIE_UPPER, &got));
        assert_true(got.v == (i128)upper * FINE_MICRO);
        assert_true(weighted_median(s.p, s.n, TIE_MID, &got));
        assert_true(2 * got.v == (i128)(lower + upper) * FINE_MICRO);
    }
}

static i64 quantile_of_list(const struct sample *s, u32 ppm)
{
    u64 need = ((u64)ppm * s->m + PPM - 1) / PPM; /* the smallest with cum >= u W */
    return s->list[need ? need - 1 : 0];
}

static void quantiles_are_those_of_the_list(void **state)
{
    struct rng r = rng_of(3);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct sample s = sample_of(&r);
        u32 ppm = (u32)rng_below(&r, PPM + 1), at;
        assert_true(weighted_quantile(s.p, s.n, ppm, &at));
        assert_true(point_fine(&s.p[at]).v == (i128)quantile_of_list(&s, ppm) * FINE_MICRO);
    }
}

/* Half-even of a fraction, by trying the three candidates. */
static i128 nearest_even(i128 num, i128 den)
{
    i128 best = num / den - 1;
    for (i128 c = best; c <= num / den + 1; c++) {
        i128 a = 2 * (num - c * den), b = 2 * (num - best * den);
        if (a < 0) a = -a;
        if (b < 0) b = -b;
        if (a < b || (a == b && c % 2 == 0)) best = c;
    }
    return best;
}

static void means_are_those_of_the_list(void **state)
{
    struct rng r = rng_of(4);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct sample s = sample_of(&r);
        u32 alpha = 1 + (u32)rng_below(&r, 499999);
        i64 lo = quantile_of_list(&s, alpha), hi = quantile_of_list(&s, (u32)PPM - alpha), got;
        i128 plain = 0, clamped = 0;
        for (u32 i = 0; i < s.m; i++) {
            plain += s.list[i];
            clamped += s.list[i] < lo ? lo : s.list[i] > hi ? hi : s.list[i];
        }
        Fine mean, wins, a, b;
        assert_true(weighted_mean(s.p, s.n, &mean));
        assert_true(winsorised_mean(s.p, s.n, alpha, &a, &b, &wins));
        assert_true(a.v == (i128)lo * FINE_MICRO);
        assert_true(b.v == (i128)hi * FINE_MICRO);
        for (u32 digits = 0; digits <= 6; digits++) {
            i64 unit = 1;
            for (u32 d = digits; d < 6; d++) unit *= 10;
            assert_true(fine_round(mean, 1, digits, &got));
            assert_int_equal(got, (i64)nearest_even(plain, (i128)s.m * unit) * unit);
            assert_true(fine_round(wins, 1, digits, &got));
            assert_int_equal(got, (i64)nearest_even(clamped, (i128)s.m * unit) * unit);
        }
    }
}

static void nothing_without_weight(void **state)
{
    struct point none[2] = { { 5, 1, 0, 1 }, { 6, 1, 0, 2 } };
    struct point heavy[2] = { { 5, 1, INT64_MAX, 1 }, { 6, 1, INT64_MAX, 2 } };
    Fine f = { 7 };
    u32 at = 7;
    i64 w = 7;
    (void)state;
    assert_false(weighted_median(none, 2, TIE_MID, &f));
    assert_false(weighted_mean(none, 2, &f));
    assert_false(weighted_quantile(none, 2, 500000, &at));
    assert_false(weighted_median(none, 0, TIE_MID, &f));
    assert_false(points_weight(heavy, 2, &w)); /* never wraps: says that it does not fit */
    assert_false(weighted_mean(heavy, 2, &f));
    assert_true(f.v == 7);
    assert_int_equal(at, 7);
    assert_int_equal(w, 7);
}

/* The capped set by trying every size of it: owners in order of weight, the first k at the cap. */
static bool slow_cap(const i64 *w, u32 n, u32 cap, u8 *fixed)
{
    u32 order[MOST];
    for (u32 i = 0; i < n; i++) order[i] = i;
    for (u32 i = 0; i < n; i++)
        for (u32 k = i + 1; k < n; k++)
            if (w[order[k]] > w[order[i]]) {
                u32 t = order[i];
                order[i] = order[k], order[k] = t;
            }
    for (u32 k = 0; k < n; k++) {
        i128 rest = 0, share = PPM - (i128)k * cap;
        for (u32 i = k; i < n; i++) rest += w[order[i]];
        if (share <= 0 || rest == 0) return false;
        if (w[order[k]] * share > cap * rest) continue;
        memset(fixed, 0, n);
        for (u32 i = 0; i < k; i++) fixed[order[i]] = 1;
        return true;
    }
    return false;
}

static void caps_cap(void **state)
{
    struct rng r = rng_of(5);
    u32 infeasible = 0;
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        i64 w[MOST];
        u8 fixed[MOST], want[MOST];
        u32 ppm[MOST], n = 1 + (u32)rng_below(&r, MOST), cap = 1 + (u32)rng_below(&r, PPM), sum = 0;
        for (u32 i = 0; i < n; i++) w[i] = (i64)(rng_u64(&r) >> rng_between(&r, 4, 60)) + 1;
        bool feasible = (u64)n * cap >= (u64)PPM;
        bool got = cap_weights(w, n, cap, fixed, ppm);
        assert_int_equal(got, feasible && slow_cap(w, n, cap, want));
        infeasible += !got;
        if (!got) continue;
        i128 rest = 0, share = PPM;
        for (u32 i = 0; i < n; i++)
            if (want[i]) share -= cap;
            else rest += w[i];
        for (u32 i = 0; i < n; i++) {
            sum += ppm[i];
            assert_int_equal(fixed[i], want[i]);
            assert_true(ppm[i] <= cap);
            i128 off = want[i] ? 0 : (i128)ppm[i] * rest - w[i] * share; /* within one millionth */
            assert_true(off < rest && -off < rest);
        }
        assert_int_equal(sum, PPM);
    }
    assert_in_range(infeasible, ROUNDS / 10, ROUNDS * 9 / 10);
}

static void cap_cases(void **state)
{
    static const struct { i64 w[5]; u32 n, cap; u32 want[5]; } cases[] = {
        { { 500000, 200000, 150000, 100000, 50000 }, 5, 250000,
          { 250000, 250000, 250000, 166667, 83333 } },
        { { 600000, 300000, 100000 }, 3, 300000, { 0 } },                 /* 3 x 0.3 < 1 */
        { { 97, 1, 1, 1 }, 4, 250000, { 250000, 250000, 250000, 250000 } }, /* n c = 1 */
        { { 1, 1, 1 }, 3, 400000, { 333334, 333333, 333333 } },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        u8 fixed[5];
        u32 ppm[5] = { 0 };
        bool got = cap_weights(cases[i].w, cases[i].n, cases[i].cap, fixed, ppm);
        assert_int_equal(got, cases[i].want[0] != 0);
        if (got) assert_memory_equal(ppm, cases[i].want, cases[i].n * sizeof *ppm);
    }
}

static void the_rest_is_as_the_vectors_say(void **state)
{
    static const u32 shares[] = { 400000, 300000, 200000, 100000 };
    static const i64 four[] = { 5, 5, 5, 5 }, factors[] = { -30000, 180000, 0 },
                     wide[] = { 400001 };
    u32 hhi, n_eff;
    i64 v = 0;
    (void)state;
    concentration(shares, 4, &hhi, &n_eff);
    assert_int_equal(hhi, 3000);
    assert_int_equal(n_eff, 3333);
    assert_int_equal(kish_n_eff_milli(four, 4), 4000);
    assert_int_equal(averaging_dilution(1000000, 21), 47619);
    assert_true(apply_factors(3300000, factors, 3, true, &v));
    assert_int_equal(v, 2883103);
    assert_false(apply_factors(3300000, wide, 1, true, &v)); /* outside +-400,000 */
}

static void keys_sort_by_all_three(void **state)
{
    struct rng r = rng_of(6);
    struct key k[40], scratch[40];
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        u32 n = (u32)rng_below(&r, 41);
        for (u32 i = 0; i < n; i++)
            k[i] = (struct key){ rng_below(&r, 3), rng_below(&r, 3), (u32)rng_below(&r, 40), 0 };
        keys_sort(k, n, scratch);
        for (u32 i = 1; i < n; i++) {
            bool less = k[i - 1].hi < k[i].hi || (k[i - 1].hi == k[i].hi && k[i - 1].lo < k[i].lo);
            bool same = k[i - 1].hi == k[i].hi && k[i - 1].lo == k[i].lo;
            assert_true(less || (same && k[i - 1].i <= k[i].i));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sort_sorts),
        cmocka_unit_test(medians_are_those_of_the_list),
        cmocka_unit_test(quantiles_are_those_of_the_list),
        cmocka_unit_test(means_are_those_of_the_list),
        cmocka_unit_test(nothing_without_weight),
        cmocka_unit_test(caps_cap),
        cmocka_unit_test(cap_cases),
        cmocka_unit_test(the_rest_is_as_the_vectors_say),
        cmocka_unit_test(keys_sort_by_all_three),
    };
    return cmocka_run_group_tests_name("index/stats", tests, NULL, NULL);
}
