#include "hedge/ratio.h"
#include "base/random.h"
#include "hedge/effect.h"
#include "hedge/liquidity.h"
#include "quant/near.h"

static double uniform(struct rng *r, double lo, double hi)
{
    return lo + (hi - lo) * (double)rng_below(r, 1000000) / 1e6;
}

/* A perfect contract gives 1 and nothing left; a useless one gives 0. */
TEST(perfect_and_useless)
{
    double f[] = { 1, -2, 3, -1, 0.5 }, s[] = { 1, 1, -1, -1, 0 }, g[] = { 1, -1, 1, -1, 0 };
    struct hedge_ratio h;
    assert_int_equal(hedge_min_variance(f, f, 5, 100, 10, &h), QUANT_OK);
    NEAR(h.h, 1, 1e-15);
    NEAR(h.r2, 1, 1e-15);
    NEAR(h.lots, 10, 1e-13);
    assert_int_equal(hedge_min_variance(s, g, 5, 100, 10, &h), QUANT_OK);
    NEAR(h.h, 0, 1e-15);
    assert_int_equal(hedge_min_variance(s, (double[]){ 2, 2, 2, 2, 2 }, 5, 1, 1, &h), QUANT_DOMAIN);
    assert_int_equal(hedge_min_variance(s, g, 1, 1, 1, &h), QUANT_SHORT);
}

/* No other ratio leaves less variance. */
TEST(the_minimum_is_one)
{
    struct rng r = rng_of(4);
    for (u32 round = 0; round < 100; round++) {
        double s[30], f[30], left[3] = { 0 };
        struct hedge_ratio h;
        for (u32 i = 0; i < 30; i++) f[i] = uniform(&r, -1, 1), s[i] = f[i] + uniform(&r, -1, 1);
        assert_int_equal(hedge_min_variance(s, f, 30, 1, 1, &h), QUANT_OK);
        for (u32 j = 0; j < 3; j++) {
            double mean = 0, ratio = h.h + 0.01 * ((double)j - 1);
            for (u32 i = 0; i < 30; i++) mean += (s[i] - ratio * f[i]) / 30;
            for (u32 i = 0; i < 30; i++) left[j] += pow(s[i] - ratio * f[i] - mean, 2) / 29;
        }
        assert_true(left[1] <= left[0] && left[1] <= left[2]);
        NEAR(h.r2, 1 - left[1] / (h.sigma_s * h.sigma_s), 1e-12);
    }
}

TEST(shares_sum_to_exactly_one)
{
    struct rng r = rng_of(9);
    for (u32 round = 0; round < 500; round++) {
        double parts[20 * 5], shares[5], sum = 0;
        u32 n = 2 + (u32)rng_below(&r, 19), k = 1 + (u32)rng_below(&r, 5);
        for (u32 i = 0; i < n * k; i++) parts[i] = uniform(&r, -1, 1);
        assert_int_equal(hedge_basis_shares(parts, n, k, shares), QUANT_OK);
        for (u32 j = 0; j < k; j++) sum += shares[j];
        NEAR(sum, 1, 0);
    }
    double flat[] = { 1, -1, 2, -2 }, shares[2];
    assert_int_equal(hedge_basis_shares(flat, 2, 2, shares), QUANT_DOMAIN);
}

TEST(offset_of_nothing)
{
    double item[] = { 1, -1, 2 }, hedge[] = { -1, 0, -2 }, ratio[3];
    u32 outside[3], n, none;
    assert_int_equal(hedge_dollar_offset(item, hedge, 3, 0.8, 1.25, ratio, outside, &n, &none),
                     QUANT_OK);
    assert_int_equal(none, 1);
    assert_int_equal(n, 2);
    assert_int_equal(outside[0], 1);
    assert_true(isnan(ratio[1]));
    NEAR(ratio[2], 1.5, 1e-15);
}

/* Of all schedules the one given has the least E + lambda V. */
TEST(no_schedule_is_cheaper)
{
    struct rng r = rng_of(12);
    struct schedule_input in = { 1e6, 5, 0.95, 0.0625, 2.5e-7, 2.5e-6, 2e-6, 5 };
    struct schedule s;
    double held[6];
    assert_int_equal(hedge_schedule(&in, held, &s), QUANT_OK);
    double best = s.cost + in.lambda * s.variance;
    for (u32 round = 0; round < 500; round++) {
        double x[6], cost, variance = 0, squares = 0, eta = in.eta - in.gamma / 2;
        for (u32 j = 0; j <= 5; j++) x[j] = held[j] + (j % 5 ? uniform(&r, -2e4, 2e4) : 0);
        for (u32 j = 1; j <= 5; j++) squares += pow(x[j - 1] - x[j], 2), variance += x[j] * x[j];
        cost = in.gamma * 1e12 / 2 + in.epsilon * 1e6 + eta * squares;
        assert_true(cost + in.lambda * in.sigma * in.sigma * variance >= best * (1 - 1e-12));
    }
    in.lambda = 0;
    assert_int_equal(hedge_schedule(&in, held, &s), QUANT_OK);
    NEAR(held[2], 6e5, 1e-6);
    in.lambda = 1e6; /* at once, without overflow */
    assert_int_equal(hedge_schedule(&in, held, &s), QUANT_OK);
    NEAR(held[1], 0, 1);
    in.eta = 1e-8;
    assert_int_equal(hedge_schedule(&in, held, &s), QUANT_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_and_useless),       cmocka_unit_test(the_minimum_is_one),
        cmocka_unit_test(shares_sum_to_exactly_one), cmocka_unit_test(offset_of_nothing),
        cmocka_unit_test(no_schedule_is_cheaper),
    };
    return cmocka_run_group_tests_name("hedge/ratio", tests, NULL, NULL);
}
