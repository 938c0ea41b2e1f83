#include "quant/ols.h"
#include "base/random.h"
#include "test.h"

#include <math.h>

/* Certified values: NIST Statistical Reference Datasets, linear regression. Norris (lower level of
 * difficulty, one predictor) and Longley (higher, six predictors). */
static const double norris[][2] = {
    { 0.1, 0.2 },     { 338.8, 337.4 }, { 118.1, 118.2 }, { 888.0, 884.6 }, { 9.2, 10.1 },
    { 228.1, 226.5 }, { 668.5, 666.3 }, { 998.5, 996.3 }, { 449.1, 448.6 }, { 778.9, 777.0 },
    { 559.2, 558.2 }, { 0.3, 0.4 },     { 0.1, 0.6 },     { 778.1, 775.5 }, { 668.8, 666.9 },
    { 339.3, 338.0 }, { 448.9, 447.5 }, { 10.8, 11.6 },   { 557.7, 556.0 }, { 228.3, 228.1 },
    { 998.0, 995.8 }, { 888.8, 887.6 }, { 119.6, 120.2 }, { 0.3, 0.3 },     { 0.6, 0.3 },
    { 557.6, 556.8 }, { 339.3, 339.1 }, { 888.0, 887.2 }, { 998.5, 999.0 }, { 778.9, 779.0 },
    { 10.2, 11.1 },   { 117.6, 118.3 }, { 228.9, 229.2 }, { 668.4, 669.1 }, { 449.2, 448.9 },
    { 0.2, 0.5 },
};
static const double longley[][7] = {
    { 60323, 83.0, 234289, 2356, 1590, 107608, 1947 },
    { 61122, 88.5, 259426, 2325, 1456, 108632, 1948 },
    { 60171, 88.2, 258054, 3682, 1616, 109773, 1949 },
    { 61187, 89.5, 284599, 3351, 1650, 110929, 1950 },
    { 63221, 96.2, 328975, 2099, 3099, 112075, 1951 },
    { 63639, 98.1, 346999, 1932, 3594, 113270, 1952 },
    { 64989, 99.0, 365385, 1870, 3547, 115094, 1953 },
    { 63761, 100.0, 363112, 3578, 3350, 116219, 1954 },
    { 66019, 101.2, 397469, 2904, 3048, 117388, 1955 },
    { 67857, 104.6, 419180, 2822, 2857, 118734, 1956 },
    { 68169, 108.4, 442769, 2936, 2798, 120445, 1957 },
    { 66513, 110.8, 444546, 4681, 2637, 121950, 1958 },
    { 68655, 112.6, 482704, 3813, 2552, 123366, 1959 },
    { 69564, 114.2, 502601, 3931, 2514, 125368, 1960 },
    { 69331, 115.7, 518173, 4806, 2572, 127852, 1961 },
    { 70551, 116.9, 554894, 4007, 2827, 130081, 1962 },
};

static void expect_near(double got, double want, double relative)
{
    if (fabs(got - want) <= relative * fabs(want)) return;
    print_error("got %.15g want %.15g\n", got, want);
    fail();
}

TEST(norris_is_as_certified)
{
    double x[36][2], y[36], beta[2], se[2];
    struct ols fit;
    for (u32 i = 0; i < 36; i++) x[i][0] = 1, x[i][1] = norris[i][1], y[i] = norris[i][0];
    assert_int_equal(quant_ols(&x[0][0], y, 36, 2, true, beta, se, &fit), QUANT_OK);
    expect_near(beta[0], -0.262323073774029, 1e-11);
    expect_near(beta[1], 1.00211681802045, 1e-13);
    expect_near(se[0], 0.232818234301152, 1e-11);
    expect_near(se[1], 0.429796848199937e-03, 1e-11);
    expect_near(sqrt(fit.s2), 0.884796396144373, 1e-11);
    expect_near(fit.r2, 0.999993745883712, 1e-13);
}

TEST(longley_is_as_certified)
{
    static const double want[][2] = {
        { -3482258.63459582, 890420.383607373 },
        { 15.0618722713733, 84.9149257747669 },
        { -0.358191792925910e-01, 0.334910077722432e-01 },
        { -2.02022980381683, 0.488399681651699 },
        { -1.03322686717359, 0.214274163161675 },
        { -0.511041056535807e-01, 0.226073200069370 },
        { 1829.15146461355, 455.478499142212 },
    };
    double x[16][7], y[16], beta[7], se[7];
    struct ols fit;
    for (u32 i = 0; i < 16; i++) {
        y[i] = longley[i][0], x[i][0] = 1;
        for (u32 j = 1; j < 7; j++) x[i][j] = longley[i][j];
    }
    assert_int_equal(quant_ols(&x[0][0], y, 16, 7, true, beta, se, &fit), QUANT_OK);
    for (u32 j = 0; j < 7; j++) {
        expect_near(beta[j], want[j][0], 1e-7);
        expect_near(se[j], want[j][1], 1e-7);
    }
    expect_near(sqrt(fit.s2), 304.854073561965, 1e-9);
    expect_near(fit.r2, 0.995479004577296, 1e-12);
}

/* The slow obvious twin: normal equations in long double, Gauss with pivoting. */
static void normal_equations(const double *x, const double *y, u32 n, u32 k, long double *b)
{
    long double a[6][7] = { { 0 } };
    for (u32 r = 0; r < k; r++) {
        for (u32 c = 0; c < k; c++)
            for (u32 i = 0; i < n; i++)
                a[r][c] += (long double)x[i * k + r] * (long double)x[i * k + c];
        for (u32 i = 0; i < n; i++) a[r][k] += (long double)x[i * k + r] * (long double)y[i];
    }
    for (u32 p = 0; p < k; p++) {
        u32 best = p;
        for (u32 r = p; r < k; r++)
            if (fabsl(a[r][p]) > fabsl(a[best][p])) best = r;
        for (u32 c = 0; c <= k; c++) {
            long double v = a[p][c];
            a[p][c] = a[best][c], a[best][c] = v;
        }
        for (u32 r = 0; r < k; r++) {
            if (r == p) continue;
            long double f = a[r][p] / a[p][p];
            for (u32 c = p; c <= k; c++) a[r][c] -= f * a[p][c];
        }
    }
    for (u32 p = 0; p < k; p++) b[p] = a[p][k] / a[p][p];
}

static double uniform(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) / 9007199254740992.0 - 0.5;
}

TEST(equals_the_normal_equations)
{
    struct rng r = rng_of(20260822);
    for (u32 round = 0; round < 500; round++) {
        u32 k = 1 + (u32)(rng_u64(&r) % 5), n = k + 1 + (u32)(rng_u64(&r) % 30);
        double x[36 * 6], y[36], beta[6], se[6];
        long double want[6];
        struct ols fit;
        for (u32 i = 0; i < n * k; i++) x[i] = uniform(&r);
        for (u32 i = 0; i < n; i++) x[i * k] = 1, y[i] = 10 * uniform(&r);
        assert_int_equal(quant_ols(x, y, n, k, true, beta, se, &fit), QUANT_OK);
        normal_equations(x, y, n, k, want);
        for (u32 j = 0; j < k; j++)
            assert_true(fabsl((long double)beta[j] - want[j]) < 1e-7L * (1 + fabsl(want[j])));
        assert_true(fit.r2 <= 1 && fit.r2 > -1e-9);
    }
}

TEST(says_what_it_can_not_do)
{
    double x[] = { 1, 2, 1, 2, 1, 2, 1, 2 }, y[] = { 1, 2, 3, 4 }, beta[2], se[2];
    struct ols fit;
    assert_int_equal(quant_ols(x, y, 4, 2, true, beta, se, &fit), QUANT_RANK);
    assert_int_equal(quant_ols(x, y, 2, 2, true, beta, se, &fit), QUANT_SHORT);
    y[1] = (double)NAN;
    assert_int_equal(quant_ols(x, y, 4, 2, true, beta, se, &fit), QUANT_DOMAIN);
    assert_string_equal(quant_text(QUANT_RANK), "columns that depend on each other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(norris_is_as_certified),
        cmocka_unit_test(longley_is_as_certified),
        cmocka_unit_test(equals_the_normal_equations),
        cmocka_unit_test(says_what_it_can_not_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
