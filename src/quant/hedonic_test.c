#include "quant/hedonic.h"
#include "test.h"

#include <math.h>

static void expect_near(double got, double want, double tolerance)
{
    if (fabs(got - want) <= tolerance) return;
    print_error("got %.12g want %.12g\n", got, want);
    fail();
}

/* Prices that follow the model exactly: three periods at 1, 0.9, 0.8; SXM costs 20 % more. */
TEST(finds_what_was_put_in)
{
    static const double level[] = { 1, 0.9, 0.8 };
    static struct hedonic h;
    double p[12], x[12];
    u32 period[12];
    for (u32 i = 0; i < 12; i++) {
        period[i] = i % 3, x[i] = i / 6;
        p[i] = 2.5 * level[i % 3] * (x[i] > 0 ? 1.2 : 1);
    }
    assert_int_equal(quant_hedonic(p, period, x, 12, 3, 1, &h), QUANT_OK);
    expect_near(h.index[0], 1, 0);
    expect_near(h.index[1], 0.9, 1e-12);
    expect_near(h.index[2], 0.8, 1e-12);
    i64 ppm;
    assert_int_equal(quant_factor_ppm(h.beta[0], h.beta_se[0], &ppm), QUANT_OK);
    assert_int_equal(ppm, 200000);
}

/* Two periods without a trait: delta is the difference of mean logs, and its error is that of two
 * means: worked by hand from the four logs 0, 1, 2, 4. */
TEST(takes_the_error_back)
{
    static struct hedonic h;
    double p[] = { 1, exp(1), exp(2), exp(4) };
    u32 period[] = { 0, 0, 1, 1 };
    assert_int_equal(quant_hedonic(p, period, NULL, 4, 2, 0, &h), QUANT_OK);
    expect_near(h.delta[1], 2.5, 1e-12);
    expect_near(h.fit.s2, 1.25, 1e-12);            /* (0.5 + 2) / 2 */
    expect_near(h.delta_se[1], sqrt(1.25), 1e-12); /* s^2 (1/2 + 1/2) */
    expect_near(h.index[1], exp(2.5 - 0.625), 1e-9);
}

TEST(refuses)
{
    static struct hedonic h;
    double p[] = { 1, 2, 3, 4, 5 }, bad[] = { 1, 0, 3, 4, 5 };
    u32 period[] = { 0, 0, 1, 1, 0 }, gap[] = { 0, 0, 2, 2, 0 };
    i64 ppm;
    assert_int_equal(quant_hedonic(bad, period, NULL, 5, 2, 0, &h), QUANT_DOMAIN);
    assert_int_equal(quant_hedonic(p, gap, NULL, 5, 2, 0, &h), QUANT_DOMAIN);
    assert_int_equal(quant_hedonic(p, gap, NULL, 5, 3, 0, &h), QUANT_RANK);
    assert_int_equal(quant_hedonic(p, period, NULL, 2, 2, 0, &h), QUANT_SHORT);
    assert_int_equal(quant_factor_ppm(log(1.5), 0, &ppm), QUANT_DOMAIN);
    assert_int_equal(quant_factor_ppm(0.1, -1, &ppm), QUANT_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put_in),
        cmocka_unit_test(takes_the_error_back),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
