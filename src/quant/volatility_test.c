#include "quant/volatility.h"
#include "quant/draw.h"
#include "quant/near.h"

#include <stdlib.h>

enum { N = 4000 };

/* A made-up series of known parameters. */
static void simulate(const struct garch *g, u64 seed, double *e)
{
    double h = g->omega / (1 - g->alpha - g->beta);
    draw_normal(seed, 1, 0, e, N);
    for (u32 t = 0; t < N; t++) {
        e[t] *= sqrt(h);
        h = g->omega + g->alpha * e[t] * e[t] + g->beta * h;
    }
}

static double likelihood(const struct garch *g, const double *e)
{
    static double h[N];
    double mean = 0, sum = 0;
    for (u32 t = 0; t < N; t++) mean += e[t] * e[t] / N;
    assert_int_equal(quant_garch(g, mean, e, N, h), QUANT_OK);
    for (u32 t = 0; t < N; t++) {
        double v = t ? h[t - 1] : mean;
        sum -= (log(v) + e[t] * e[t] / v) / 2;
    }
    return sum;
}

TEST(garch_fit_finds_what_made_it)
{
    static const struct garch rows[] = { { 0.02, 0.1, 0.85, 0 },
                                         { 1e-6, 0.05, 0.9, 0 },
                                         { 0.5, 0.3, 0.4, 0 } };
    static double e[N];
    FOR_EACH (g, rows) {
        struct garch got;
        simulate(g, 3, e);
        assert_int_equal(quant_garch_fit(e, N, &got), QUANT_OK);
        assert_true(got.log_likelihood >= likelihood(g, e));
        CLOSE(got.log_likelihood, likelihood(&got, e), 1e-9);
        NEAR(got.alpha, g->alpha, 0.06);
        NEAR(got.beta, g->beta, 0.12);
        assert_true(got.alpha + got.beta < 1);
        for (u32 j = 0; j < 4; j++) { /* no neighbour is better */
            struct garch near = got;
            near.alpha *= j & 1 ? 1.01 : 0.99;
            near.beta *= j & 2 ? 1.003 : 0.997;
            if (near.alpha + near.beta >= 1) continue;
            assert_true(likelihood(&near, e) <= got.log_likelihood + 1e-6);
        }
    }
}

TEST(dcc_of_a_steady_and_a_moving_pair)
{
    static double x[N], y[N], rho[N];
    struct dcc d, still = { 0, 0, 0 };
    double early = 0, late = 0;
    draw_normal(5, 1, 0, x, N);
    draw_normal(5, 2, 0, y, N);
    for (u32 t = 0; t < N; t++) {
        double r = t < N / 2 ? 0.1 : 0.9;
        y[t] = r * x[t] + sqrt(1 - r * r) * y[t];
    }
    assert_int_equal(quant_dcc(&still, x, y, N, rho), QUANT_OK);
    for (u32 t = 1; t < N; t++) NEAR(rho[t], rho[0], 1e-15);
    assert_int_equal(quant_dcc_fit(x, y, N, &d), QUANT_OK);
    assert_int_equal(quant_dcc(&d, x, y, N, rho), QUANT_OK);
    for (u32 t = 500; t < N / 2; t++) early += rho[t] / (N / 2 - 500);
    for (u32 t = N / 2 + 500; t < N; t++) late += rho[t] / (N / 2 - 500);
    NEAR(early, 0.1, 0.12);
    NEAR(late, 0.9, 0.12);
}

TEST(refuses)
{
    static double e[N];
    struct garch g;
    struct dcc d = { 0.5, 0.6, 0 };
    double z[] = { 1, -1, 2 }, h[3];
    assert_int_equal(quant_garch_fit(e, 249, &g), QUANT_SHORT);
    assert_int_equal(quant_garch_fit(e, 250, &g), QUANT_DOMAIN);
    assert_int_equal(quant_dcc(&d, z, z, 3, h), QUANT_DOMAIN);
    assert_int_equal(quant_dcc_fit(z, z, 3, &d), QUANT_SHORT);
    assert_int_equal(quant_garch(&(struct garch){ -1, 0, 0, 0 }, 1, z, 3, h), QUANT_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garch_fit_finds_what_made_it),
        cmocka_unit_test(dcc_of_a_steady_and_a_moving_pair),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("quant/volatility", tests, NULL, NULL);
}
