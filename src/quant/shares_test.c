#include "quant/shares.h"
#include "base/random.h"
#include "test.h"

#include <math.h>

static void expect_near(double got, double want)
{
    if (fabs(got - want) <= 1e-9) return;
    print_error("got %.12g want %.12g\n", got, want);
    fail();
}

/* A balanced table of two factors: the shares are the sums of squares of each, by hand. */
TEST(balanced)
{
    const double y[] = { 0, 2, 4, 6, 0, 2, 4, 6 }; /* 4 x first + 2 x second */
    const u32 level[] = { 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1 };
    double share[2], rest;
    assert_int_equal(quant_variance_shares(y, level, 8, 2, share, &rest), QUANT_OK);
    expect_near(share[0], 0.8); /* 32 of 40 */
    expect_near(share[1], 0.2);
    expect_near(rest, 0);
}

/* One factor: its share is R squared between groups. {0, 2} and {4, 10}: 50 between, 20 within. */
TEST(one_factor)
{
    const double y[] = { 0, 2, 4, 10 };
    const u32 level[] = { 3, 3, 1, 1 };
    double share[1], rest;
    assert_int_equal(quant_variance_shares(y, level, 4, 1, share, &rest), QUANT_OK);
    expect_near(share[0], 36.0 / 56);
    expect_near(rest, 20.0 / 56);
}

/* Two names of one thing share its part evenly, and a factor of one level has none. */
TEST(copies_share)
{
    const double y[] = { 1, 1, 2, 2, 5, 6 };
    const u32 level[] = { 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 2, 2, 0, 2, 2, 0 };
    double share[3], rest;
    assert_int_equal(quant_variance_shares(y, level, 6, 3, share, &rest), QUANT_OK);
    expect_near(share[0], share[1]);
    expect_near(share[2], 0);
    expect_near(share[0] + share[1] + share[2] + rest, 1);
}

TEST(any_order_gives_the_same)
{
    struct rng r = rng_of(11);
    for (u32 round = 0; round < 100; round++) {
        double y[40], a[3], b[3], rest_a, rest_b;
        u32 level[40 * 3], turned[40 * 3], n = 5 + (u32)(rng_u64(&r) % 36);
        for (u32 i = 0; i < n; i++) {
            y[i] = (double)(rng_u64(&r) % 1000) / 100;
            for (u32 f = 0; f < 3; f++) level[i * 3 + f] = (u32)(rng_u64(&r) % 4);
            for (u32 f = 0; f < 3; f++) turned[i * 3 + f] = level[i * 3 + (f + 1) % 3];
        }
        assert_int_equal(quant_variance_shares(y, level, n, 3, a, &rest_a), QUANT_OK);
        assert_int_equal(quant_variance_shares(y, turned, n, 3, b, &rest_b), QUANT_OK);
        double sum = rest_a;
        for (u32 f = 0; f < 3; f++) expect_near(b[f], a[(f + 1) % 3]), sum += a[f];
        expect_near(sum, 1);
        expect_near(rest_a, rest_b);
    }
}

TEST(refuses)
{
    const double y[] = { 1, 1 }, bad[] = { 1, (double)INFINITY };
    const u32 level[] = { 0, SHARES_LEVELS_MAX };
    double share[1], rest;
    assert_int_equal(quant_variance_shares(y, level, 1, 1, share, &rest), QUANT_SHORT);
    assert_int_equal(quant_variance_shares(y, level, 2, 1, share, &rest), QUANT_DOMAIN);
    assert_int_equal(quant_variance_shares(bad, level, 2, 1, share, &rest), QUANT_DOMAIN);
    assert_int_equal(quant_variance_shares(y, (u32[]){ 0, 0 }, 2, 1, share, &rest), QUANT_SHORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balanced),     cmocka_unit_test(one_factor),
        cmocka_unit_test(copies_share), cmocka_unit_test(any_order_gives_the_same),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
