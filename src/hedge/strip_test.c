#include "hedge/strip.h"
#include "base/random.h"
#include "quant/near.h"

enum { S = 30, K = 5 };

/* The slow twin: one variable at a time to its best inside its bounds, until nothing moves. */
static void twin(const double *loss, const double *g, double ridge, const double *lo,
                 const double *hi, double *n)
{
    double mean[K] = { 0 }, centre = 0;
    for (u32 i = 0; i < S; i++) {
        centre += loss[i] / S;
        for (u32 j = 0; j < K; j++) mean[j] += g[i * K + j] / S;
    }
    for (u32 j = 0; j < K; j++) n[j] = fmin(fmax(0, lo[j]), hi[j]);
    for (u32 turn = 0; turn < 20000; turn++) {
        for (u32 j = 0; j < K; j++) {
            double top = 0, bottom = ridge;
            for (u32 i = 0; i < S; i++) {
                double rest = loss[i] - centre, v = g[i * K + j] - mean[j];
                for (u32 m = 0; m < K; m++) rest -= m == j ? 0 : (g[i * K + m] - mean[m]) * n[m];
                top += v * rest / S, bottom += v * v / S;
            }
            n[j] = fmin(fmax(top / bottom, lo[j]), hi[j]);
        }
    }
}

TEST(equals_one_variable_at_a_time)
{
    struct rng r = rng_of(21);
    for (u32 round = 0; round < 12; round++) {
        double loss[S], g[S * K], lo[K], hi[K], want[K], got[K];
        for (u32 i = 0; i < S; i++) {
            double common = (double)rng_between(&r, -100, 100);
            loss[i] = common + (double)rng_between(&r, -50, 50);
            for (u32 j = 0; j < K; j++)
                g[i * K + j] = (common + (double)rng_between(&r, -100, 100)) / 100;
        }
        for (u32 j = 0; j < K; j++)
            lo[j] = (double)rng_between(&r, -40, 0), hi[j] = (double)rng_between(&r, 0, 40);
        assert_int_equal(hedge_strip(loss, g, S, K, 1e-3, lo, hi, got), QUANT_OK);
        twin(loss, g, 1e-3, lo, hi, want);
        for (u32 j = 0; j < K; j++) NEAR(got[j], want[j], 1e-8 * (1 + fabs(want[j])));
    }
}

TEST(says_what_it_can_not_do)
{
    double loss[] = { 1, 2, 3 }, g[] = { 1, 1, 2, 2, 4, 4 }, n[2], lo[] = { 2, 2 }, hi[] = { 1, 1 };
    assert_int_equal(hedge_strip(loss, g, 3, 2, 0, NULL, NULL, n), QUANT_RANK);
    assert_int_equal(hedge_strip(loss, g, 3, 2, 1, NULL, NULL, n), QUANT_OK);
    NEAR(n[0], n[1], 1e-12); /* two names of one contract share */
    assert_int_equal(hedge_strip(loss, g, 3, 2, 1, lo, hi, n), QUANT_DOMAIN);
    assert_int_equal(hedge_strip(loss, g, 1, 2, 1, NULL, NULL, n), QUANT_SHORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_one_variable_at_a_time),
        cmocka_unit_test(says_what_it_can_not_do),
    };
    return cmocka_run_group_tests_name("hedge/strip", tests, NULL, NULL);
}
