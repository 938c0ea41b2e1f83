#include "quant/curve.h"
#include "quant/draw.h"
#include "quant/near.h"

#include <stdlib.h>

static const struct curve paper = { 1.49, 0.286, 0.157, 0.0, 0.145, 0.3, 0.0115 };

static double level(const struct curve *c, double t)
{
    double a, f;
    assert_int_equal(quant_curve(c, 0, 0, &t, 1, &a, &f), QUANT_OK);
    return a;
}

/* All prices of three dates are jointly normal: their whole covariance, by Cholesky. */
TEST(the_filter_is_the_joint_density)
{
    enum { D = 3, M = 2, K = D * M };
    const double noise = 0.03, f[K] = { 1.0, 0.9, 1.05, 0.93, 0.97, 0.95 };
    const double years[K] = { 0.1, 0.9, 0.05, 0.85, 0.2, 1.0 }, gap[D] = { 0, 0.1, 0.25 };
    struct curve c = paper;
    c.mu_xi = -0.2;
    double cov[K][K], e[K], at[D] = { 0, 0.1, 0.35 }, k = c.kappa, sum = 0;
    double cc = c.sigma_chi * c.sigma_chi / (2 * k);
    for (u32 i = 0; i < K; i++) {
        double ti = at[i / M], hi = exp(-k * years[i]);
        e[i] = f[i] - (f[0] + c.mu_xi * ti + level(&c, years[i]));
        for (u32 j = 0; j < K; j++) {
            double tj = at[j / M], hj = exp(-k * years[j]), early = fmin(ti, tj);
            double cross = c.rho * c.sigma_chi * c.sigma_xi / k * -expm1(-k * early);
            double chi_i = cross * exp(-k * (ti - early)), chi_j = cross * exp(-k * (tj - early));
            cov[i][j] = hi * hj * cc * exp(-k * fabs(ti - tj)) + 1 +
                        c.sigma_xi * c.sigma_xi * early + hi * chi_i + hj * chi_j +
                        (i == j ? noise * noise : 0);
        }
    }
    for (u32 i = 0; i < K; i++) { /* Cholesky in place, forward solve beside it */
        for (u32 j = 0; j <= i; j++) {
            for (u32 l = 0; l < j; l++) cov[i][j] -= cov[i][l] * cov[j][l];
            cov[i][j] = i == j ? sqrt(cov[i][i]) : cov[i][j] / cov[j][j];
        }
        for (u32 l = 0; l < i; l++) e[i] -= cov[i][l] * e[l];
        e[i] /= cov[i][i];
        sum -= (log(2 * M_PI) + e[i] * e[i]) / 2 + log(cov[i][i]);
    }
    struct curve_panel p = { f, years, gap, D, M };
    struct curve_fit got;
    assert_int_equal(quant_curve_filter(&c, noise, &p, &got), QUANT_OK);
    NEAR(got.log_likelihood, sum, 1e-9);
}

enum { DATES = 300, TERMS = 4 };
static double log_f[DATES * TERMS], term[DATES * TERMS], gaps[DATES];

static struct curve_panel simulate(const struct curve *c)
{
    double chi = 0, xi = 1, z[2], dt = 1.0 / 52, v[TERMS];
    for (u32 d = 0; d < DATES; d++) {
        draw_normal(77, 1, 2 * d, z, 2);
        draw_normal(77, 2, TERMS * d, v, TERMS);
        gaps[d] = dt;
        chi += -c->kappa * chi * dt + c->sigma_chi * sqrt(dt) * z[0];
        xi += c->mu_xi * dt +
              c->sigma_xi * sqrt(dt) * (c->rho * z[0] + sqrt(1 - c->rho * c->rho) * z[1]);
        for (u32 m = 0; m < TERMS; m++) {
            double t = 0.1 + 0.4 * m;
            term[d * TERMS + m] = t;
            log_f[d * TERMS + m] = exp(-c->kappa * t) * chi + xi + level(c, t) + 0.005 * v[m];
        }
    }
    return (struct curve_panel){ log_f, term, gaps, DATES, TERMS };
}

TEST(a_fit_is_no_worse_than_the_truth)
{
    struct curve guess = { 1, 0.2, 0, 0, 0.2, 0, 0 };
    struct curve_panel p = simulate(&paper);
    struct curve_fit truth, got;
    assert_int_equal(quant_curve_filter(&paper, 0.005, &p, &truth), QUANT_OK);
    assert_int_equal(quant_curve_fit(&guess, &p, &got), QUANT_OK);
    assert_true(got.log_likelihood > truth.log_likelihood - 0.5);
    NEAR(got.c.kappa, paper.kappa, 0.35);
    NEAR(got.c.sigma_xi, paper.sigma_xi, 0.04);
    NEAR(got.noise, 0.005, 0.001);
    p.dates = CURVE_MIN - 1;
    assert_int_equal(quant_curve_fit(&guess, &p, &got), QUANT_SHORT);
}

/* A missing price is a price not looked at. */
TEST(holes)
{
    struct curve_panel p = simulate(&paper);
    struct curve_fit a, b;
    p.dates = 50, p.maturities = 1;
    static double two[100], years[100];
    for (u32 i = 0; i < 50; i++) {
        two[2 * i] = log_f[i], two[2 * i + 1] = (double)NAN;
        years[2 * i] = term[i], years[2 * i + 1] = 1;
    }
    struct curve_panel q = { two, years, gaps, 50, 2 };
    assert_int_equal(quant_curve_filter(&paper, 0.01, &p, &a), QUANT_OK);
    assert_int_equal(quant_curve_filter(&paper, 0.01, &q, &b), QUANT_OK);
    NEAR(a.log_likelihood, b.log_likelihood, 0);
}

TEST(launches_cut_what_is_after_them)
{
    const double years[] = { 0.2, 0.5, 1 };
    double f[] = { 2, 2, 2 };
    struct launch l[] = { { 0.5, 0.5, log(2), 0 }, { 0.9, 1, 0.1, 0.3 } };
    assert_int_equal(quant_launches(l, 2, years, 3, f), QUANT_OK);
    NEAR(f[0], 2, 0);
    NEAR(f[1], 1.5, 1e-12);
    NEAR(f[2], 1.5 * exp(-0.1 + 0.045), 1e-12);
    l[0].p = 1.5;
    assert_int_equal(quant_launches(l, 1, years, 3, f), QUANT_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_filter_is_the_joint_density),
        cmocka_unit_test(a_fit_is_no_worse_than_the_truth),
        cmocka_unit_test(holes),
        cmocka_unit_test(launches_cut_what_is_after_them),
    };
    return cmocka_run_group_tests_name("quant/curve", tests, NULL, NULL);
}
