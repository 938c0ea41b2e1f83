#include "quant/regress.h"
#include "base/random.h"
#include "quant/near.h"
#include "quant/unit_root.h"

/* Hull, Table 3.2; HAC errors by statsmodels 0.13 (cov_type HAC, maxlags 0 and 3). */
static const double hull_f[] = { 0.021, 0.035,  -0.046, 0.001,  0.044, -0.029, -0.026, -0.029,
                                 0.048, -0.006, -0.036, -0.011, 0.019, -0.027, 0.029 };
static const double hull_s[] = { 0.029, 0.02,  -0.044, 0.008,  0.026, -0.019, -0.01, -0.007,
                                 0.043, 0.011, -0.036, -0.018, 0.009, -0.032, 0.023 };

TEST(hac_errors)
{
    struct regression r;
    double e[15], sum = 0;
    assert_int_equal(quant_regress(hull_f, hull_s, 15, 2, 0, e, &r), QUANT_OK);
    CLOSE(r.hac[0], 0.002418050764564302, 1e-10);
    CLOSE(r.hac[1], 0.072719168541036, 1e-10);
    for (u32 i = 0; i < 15; i++) sum += e[i];
    NEAR(sum, 0, 1e-14);
    assert_int_equal(quant_regress(hull_f, hull_s, 15, 2, 3, NULL, &r), QUANT_OK);
    CLOSE(r.hac[0], 0.002855596666663467, 1e-10);
    CLOSE(r.hac[1], 0.06916068416279311, 1e-10);
    CLOSE(r.f, 81.11779190512881, 1e-10);
    CLOSE(r.durbin_watson, 1.512990133803048, 1e-10);
    CLOSE(r.f_p, 5.972146069539687e-07, 1e-8);
    struct coefficient_test c = quant_coefficient(r.beta[1], r.se[1], 13, 0.95);
    CLOSE(c.t * c.t, r.f, 1e-12); /* one slope: F is t squared */
    CLOSE(c.p, r.f_p, 1e-10);
    CLOSE(c.lo, 0.5911182388533976, 1e-10);
    assert_int_equal(quant_lags(100), 4);
}

/* A perfect line, a constant alone, and what is refused. */
TEST(edges_of_a_regression)
{
    struct regression r;
    double x[] = { 1, 2, 3, 4 }, y[] = { 3, 5, 7, 9 }, same[] = { 2, 2, 2, 2 };
    assert_int_equal(quant_regress(x, y, 4, 2, 0, NULL, &r), QUANT_OK);
    NEAR(r.beta[1], 2, 1e-12);
    NEAR(r.fit.r2, 1, 1e-12);
    assert_int_equal(quant_regress(NULL, y, 4, 1, 0, NULL, &r), QUANT_OK);
    NEAR(r.beta[0], 6, 1e-12);
    assert_int_equal(quant_regress(same, y, 4, 2, 0, NULL, &r), QUANT_RANK);
    assert_int_equal(quant_regress(x, y, 2, 2, 0, NULL, &r), QUANT_SHORT);
    assert_int_equal(quant_regress(x, y, 4, 2, 4, NULL, &r), QUANT_DOMAIN);
}

/* statsmodels 0.13 adfuller(maxlag=2, autolag=None) on a made-up series. */
TEST(dickey_fuller)
{
    static const struct { enum unit_trend trend; double stat, critical[3]; } rows[] = {
        { UNIT_NONE, 2.194703482198781,
          { -2.606080904893813, -1.9465793869098724, -1.6128587250058046 } },
        { UNIT_CONSTANT, 4.840628073102822,
          { -3.5506699942762414, -2.913766394626147, -2.5946240473991997 } },
        { UNIT_LINEAR, -0.7979249697180696,
          { -4.127070491379263, -3.490540734099021, -3.173740314428731 } },
    };
    double y[60], sum = 0;
    for (i32 i = 0; i < 60; i++) {
        sum += (i * 7919) % 101 / 101.0 + 0.03 * i + (i % 7 < 3 ? 0.5 : 0);
        y[i] = sum / 10;
    }
    FOR_EACH (c, rows) {
        struct unit_root r;
        assert_int_equal(quant_adf(y, 60, 2, c->trend, &r), QUANT_OK);
        CLOSE(r.stat, c->stat, 1e-8);
        for (u32 i = 0; i < 3; i++) CLOSE(r.critical[i], c->critical[i], 1e-12);
        assert_int_equal(r.used, 57);
    }
}

/* A walk keeps its root in most samples, noise loses it; two of one walk belong together. */
TEST(roots_are_told_apart)
{
    struct rng g = rng_of(8);
    u32 walks = 0, noises = 0, pairs = 0;
    for (u32 round = 0; round < 100; round++) {
        double w[200], e[200], y[200], beta[4], residual[200], level = 0;
        struct unit_root r;
        for (u32 i = 0; i < 200; i++) {
            e[i] = (double)rng_below(&g, 2000) / 1000 - 1;
            level += (double)rng_below(&g, 2000) / 1000 - 1;
            w[i] = level, y[i] = 3 + 2 * level + e[i];
        }
        assert_int_equal(quant_adf(w, 200, 1, UNIT_CONSTANT, &r), QUANT_OK);
        walks += r.stat < r.critical[1];
        assert_int_equal(quant_adf(e, 200, 1, UNIT_CONSTANT, &r), QUANT_OK);
        noises += r.stat < r.critical[1];
        assert_int_equal(quant_engle_granger(y, w, 200, 1, 1, UNIT_CONSTANT, beta, residual, &r),
                         QUANT_OK);
        pairs += r.stat < r.critical[1];
        NEAR(beta[1], 2, 0.3);
    }
    assert_in_range(walks, 0, 14); /* 5 expected */
    assert_int_equal(noises, 100);
    assert_int_equal(pairs, 100);
}

TEST(roots_refused)
{
    double y[] = { 1, 2, 3, 5, 4 }, beta[3], e[5];
    struct unit_root r;
    assert_int_equal(quant_adf(y, 5, 2, UNIT_CONSTANT, &r), QUANT_SHORT);
    assert_int_equal(quant_adf(y, 5, 9, UNIT_CONSTANT, &r), QUANT_SHORT);
    assert_int_equal(quant_engle_granger(y, y, 0, 1, 0, UNIT_CONSTANT, beta, e, &r), QUANT_SHORT);
    assert_int_equal(quant_engle_granger(y, y, 5, 0, 0, UNIT_CONSTANT, beta, e, &r), QUANT_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hac_errors),    cmocka_unit_test(edges_of_a_regression),
        cmocka_unit_test(dickey_fuller), cmocka_unit_test(roots_are_told_apart),
        cmocka_unit_test(roots_refused),
    };
    return cmocka_run_group_tests_name("quant/regress", tests, NULL, NULL);
}
