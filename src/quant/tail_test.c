#include "quant/tail.h"
#include "base/random.h"
#include "quant/backtest.h"
#include "quant/near.h"

#include <stdlib.h>

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The mean of the worst, by sorting; and by its definition as a minimum over every loss. */
TEST(cvar_is_both_its_definitions)
{
    struct rng r = rng_of(2);
    for (u32 round = 0; round < 300; round++) {
        double v[60], s[60], sum = 0, least = HUGE_VAL;
        u32 n = 1 + (u32)rng_below(&r, 60);
        double beta = (double)(1 + rng_below(&r, 998)) / 1000, left = (1 - beta) * n;
        for (u32 i = 0; i < n; i++) v[i] = s[i] = (double)rng_between(&r, -20, 20) / 4;
        qsort(s, n, sizeof *s, descending);
        for (u32 i = 0; i < n && left > 0; i++, left -= 1) sum += fmin(left, 1) * s[i];
        for (u32 i = 0; i < n; i++) {
            double a = v[i], over = 0;
            for (u32 j = 0; j < n; j++) over += fmax(v[j] - a, 0);
            least = fmin(least, a + over / ((1 - beta) * n));
        }
        struct tail t;
        assert_int_equal(quant_cvar(v, n, beta, &t), QUANT_OK);
        NEAR(t.cvar, sum / ((1 - beta) * n), 1e-10);
        NEAR(t.cvar, least, 1e-10);
        u32 at_or_below = 0;
        for (u32 i = 0; i < n; i++) at_or_below += v[i] <= t.var;
        assert_true(at_or_below >= beta * n - 1e-6);
    }
}

TEST(quantiles)
{
    const double v[] = { 5, 1, 4, 2, 3 };
    static const struct { double beta, want; } rows[] = { { 0.5, 3 }, { 0.25, 2 }, { 0.9, 4.6 } };
    double got;
    struct tail t;
    FOR_EACH (c, rows) {
        assert_int_equal(quant_quantile(v, 5, c->beta, &got), QUANT_OK);
        NEAR(got, c->want, 1e-12);
    }
    assert_int_equal(quant_quantile(v, 0, 0.5, &got), QUANT_SHORT);
    assert_int_equal(quant_quantile(v, 5, 1, &got), QUANT_DOMAIN);
    assert_int_equal(quant_cvar((double[]){ (double)NAN }, 1, 0.9, &t), QUANT_DOMAIN);
}

/* Every x asked one by one. */
TEST(the_region_is_every_x)
{
    static const u32 days[] = { 10, 100, 255, 1000 };
    for (u32 i = 0; i < ARRAY_LEN(days); i++) {
        for (double p = 0.005; p < 0.5; p += 0.037) {
            u32 lo, hi, first = days[i] + 1, last = 0;
            for (u32 x = 0; x <= days[i]; x++) {
                struct ratio_test t;
                assert_int_equal(quant_kupiec(days[i], x, p, &t), QUANT_OK);
                if (t.p > 0.05 && first > x) first = x;
                if (t.p > 0.05) last = x;
            }
            assert_int_equal(quant_kupiec_region(days[i], p, 0.05, &lo, &hi), QUANT_OK);
            assert_int_equal(lo, first);
            assert_int_equal(hi, last);
        }
    }
}

/* By hand: 8 days, hits together, or one by one. */
TEST(clusters_are_seen)
{
    u8 together[100] = { 0 }, apart[100] = { 0 };
    struct christoffersen c, d;
    for (u32 i = 0; i < 5; i++) together[40 + i] = 1, apart[20 * i + 7] = 1;
    assert_int_equal(quant_christoffersen(together, 100, 0.05, &c), QUANT_OK);
    assert_int_equal(quant_christoffersen(apart, 100, 0.05, &d), QUANT_OK);
    assert_int_equal(c.pairs[1][1], 4);
    assert_int_equal(c.pairs[0][1], 1);
    /* 2 [93 ln(93/94) + ln(1/94) + ln(1/5) + 4 ln(4/5) - 5 ln(5/99) - 94 ln(94/99)] */
    double free = 93 * log(93 / 94.0) + log(1 / 94.0) + log(1 / 5.0) + 4 * log(4 / 5.0);
    double same = 5 * log(5 / 99.0) + 94 * log(94 / 99.0);
    NEAR(c.independence.lr, 2 * (free - same), 1e-10);
    assert_true(c.independence.p < 1e-4 && d.independence.p > 0.3);
    NEAR(c.coverage.lr, c.independence.lr, 1e-10); /* 5 of 100 is as promised */
    assert_int_equal(quant_christoffersen(apart, 1, 0.05, &d), QUANT_SHORT);
    struct ratio_test t;
    assert_int_equal(quant_kupiec(0, 0, 0.05, &t), QUANT_DOMAIN);
    assert_int_equal(quant_kupiec(5, 6, 0.05, &t), QUANT_DOMAIN);
    assert_int_equal(quant_kupiec(5, 5, 0.05, &t), QUANT_OK);
    NEAR(t.lr, -10 * log(0.05), 1e-10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cvar_is_both_its_definitions),
        cmocka_unit_test(quantiles),
        cmocka_unit_test(the_region_is_every_x),
        cmocka_unit_test(clusters_are_seen),
    };
    return cmocka_run_group_tests_name("quant/tail", tests, NULL, NULL);
}
