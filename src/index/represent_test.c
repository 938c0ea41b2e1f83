#include "index/represent.h"
#include "market.h"
#include "test.h"

/* By hand, and against sums in plain loops. */

static void distance_and_coverage(void **state)
{
    static const struct {
        i64 sample[4], outside, target[4];
        u32 tvd;
    } rows[] = {
        { { 500, 300, 150, 50 }, 0, { 350000, 250000, 250000, 150000 }, 200000 },
        { { 1, 1, 1, 1 }, 0, { 250000, 250000, 250000, 250000 }, 0 },
        { { 0, 0, 0, 0 }, 7, { 250000, 250000, 250000, 250000 }, 1000000 },
        { { 0, 0, 0, 0 }, 0, { 1000000, 0, 0, 0 }, 1000000 },
        { { 1, 0, 0, 0 }, 1, { 1000000, 0, 0, 0 }, 500000 },
        { { 5, 0, 0, 0 }, 0, { 0, 1000000, 0, 0 }, 1000000 },
    };
    const i64 target[3] = { 600000, 300000, 100000 };
    const u32 seen[3] = { 5, 4, 9 };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(tvd_ppm(rows[i].sample, rows[i].target, 4, rows[i].outside), rows[i].tvd);
    assert_int_equal(coverage_ppm(seen, target, 3, 5), 700000);
    assert_int_equal(coverage_ppm(seen, target, 3, 1), 1000000);
}

static void an_empty_stratum_climbs(void **state)
{
    const u32 parent[4] = { 4, 0, 1, 0 }; /* 2 -> 1 -> 0 */
    const i64 target[4] = { 0, 500000, 300000, 200000 };
    i64 value[4] = { 2000000, 3000000, 0, 4000000 }, out;
    u32 used[4];
    (void)state;
    assert_true(post_stratified(value, target, parent, 4, used, &out));
    assert_int_equal(out, 3200000);
    assert_int_equal(used[2], 1);
    value[1] = 0; /* both climb to the root */
    assert_true(post_stratified(value, target, parent, 4, used, &out));
    assert_int_equal(out, 2400000);
    assert_int_equal(used[2], 0);
    value[0] = 0;
    assert_false(post_stratified(value, target, parent, 4, used, &out));
    assert_int_equal(used[1], 4);
}

static void kish_of_large_weights(void **state)
{
    i64 w[3] = { 5, 5, 5 }, scratch[3];
    (void)state;
    assert_int_equal(kish_wide_milli(w, 3, scratch), 3000);
    for (u32 i = 0; i < 3; i++) w[i] = INT64_C(1) << 58;
    assert_int_equal(kish_wide_milli(w, 3, scratch), 3000);
    w[0] = w[1] = 1;
    assert_int_equal(kish_wide_milli(w, 3, scratch), 1000);
    w[0] = 10, w[1] = 5, w[2] = 5; /* 400 / 150 */
    assert_int_equal(kish_wide_milli(w, 3, scratch), 2667);
}

static struct strata two_strata(void)
{
    struct strata s = { .version = 1, .from = MARKET_FIRST.days, .to = MARKET_FIRST.days + 30,
                        .n_min = 1, .rows_n = 4 };
    static const char *const ids[] = { "all", "here", "east", "rest" };
    static const char *const parents[] = { "", "all", "here", "all" };
    static const char *const regions[] = { "any", "any", "US/east", "DE" };
    static const i64 weights[] = { 0, 0, 600000, 400000 };
    for (u32 i = 0; i < 4; i++) {
        snprintf(s.rows[i].id, sizeof s.rows[i].id, "%s", ids[i]);
        snprintf(s.rows[i].parent, sizeof s.rows[i].parent, "%s", parents[i]);
        snprintf(s.rows[i].region, sizeof s.rows[i].region, "%s", regions[i]);
        s.rows[i].weight_ppm = weights[i];
    }
    return s;
}

static void bad_strata_are_named(void **state)
{
    struct strata s = two_strata();
    u32 row;
    (void)state;
    assert_null(strata_file_fault(&s, &row));
    s.rows[3].weight_ppm++;
    assert_non_null(strata_file_fault(&s, &row));
    assert_int_equal(row, 4);
    s = two_strata();
    snprintf(s.rows[2].parent, sizeof s.rows[2].parent, "rest"); /* stands after it */
    assert_non_null(strata_file_fault(&s, &row));
    assert_int_equal(row, 2);
    s = two_strata();
    snprintf(s.rows[3].id, sizeof s.rows[3].id, "east");
    assert_non_null(strata_file_fault(&s, &row));
    assert_int_equal(row, 3);
    s = two_strata(), s.rows[1].weight_ppm = 1;
    assert_non_null(strata_file_fault(&s, &row));
    s = two_strata(), s.to = s.from + 100;
    assert_non_null(strata_file_fault(&s, &row));
}

/* Over a market: every record of the estimate is somewhere, and the series does not notice. */
static void a_market_is_held_against_strata(void **state)
{
    static struct observation rows[200];
    u32 asked = 0;
    (void)state;
    for (u64 seed = 1; seed <= 10; seed++) {
        struct methodology m = market_rules();
        struct market k[2];
        for (u32 j = 0; j < 2; j++) {
            struct rng r = rng_of(seed);
            market_open(&k[j], &m);
            u32 n = market_days(&r, 4, 50, rows, ARRAY_LEN(rows), &k[j]);
            for (u32 i = 0; i < n; i++) market_add(&k[j], &rows[i]);
            market_series(&k[j]);
        }
        for (u32 d = 0; d < 4; d++) {
            struct strata s = two_strata();
            struct represented x;
            struct print p = market_print(&k[0], NULL), q = market_print(&k[1], NULL);
            index_represent(k[0].index, &p, &s, &x);
            assert_memory_equal(&p.receipt, &q.receipt, sizeof p.receipt);
            assert_int_equal(x.has, p.level == LEVEL_L1 || p.level == LEVEL_L2);
            if (!x.has) continue;
            asked++;
            assert_true(x.frozen);
            assert_int_equal(x.at[0].n + x.outside, p.observations);
            assert_int_equal(x.at[0].weight + x.outside_weight, x.weight);
            assert_int_equal(x.at[1].n, x.at[2].n); /* one leaf under it */
            assert_int_equal(x.at[3].n, 0);
            assert_int_equal(x.at[3].used, 0); /* the whole stands for the empty leaf */
            assert_int_equal(x.collapsed, 1);
            assert_int_equal(x.tvd_ppm, 400000);
            assert_int_equal(x.coverage_ppm, 600000);
            assert_int_equal(x.post_value, x.at[0].value);
        }
        market_close(&k[0]), market_close(&k[1]);
    }
    assert_true(asked > 10);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_and_coverage),
        cmocka_unit_test(an_empty_stratum_climbs),
        cmocka_unit_test(kish_of_large_weights),
        cmocka_unit_test(bad_strata_are_named),
        cmocka_unit_test(a_market_is_held_against_strata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
