#include "hedge/cvar.h"
#include "base/random.h"
#include "quant/near.h"

enum { S_MAX = 80, K_MAX = 4 };
struct made {
    double loss[S_MAX], payoff[S_MAX * K_MAX], cost[K_MAX], lo[K_MAX], hi[K_MAX], lot[K_MAX];
    struct cvar_problem p;
};

/* Losses on a common factor, contracts that follow it; boxes on either side of 0 or about it. */
static void make(struct made *m, struct rng *r, u32 s, u32 k, i64 reach)
{
    for (u32 i = 0; i < s; i++) {
        double common = (double)rng_between(r, -100, 100);
        m->loss[i] = common + (double)rng_between(r, -60, 60);
        for (u32 j = 0; j < k; j++)
            m->payoff[i * k + j] = (common + (double)rng_between(r, -50, 50)) / 40;
    }
    for (u32 j = 0; j < k; j++) {
        m->lot[j] = (double)rng_between(r, 1, 4) * 5;
        m->cost[j] = (double)rng_between(r, 0, 30) / 1000;
        i64 a = rng_between(r, -reach, reach), b = rng_between(r, -reach, reach);
        m->lo[j] = (double)(a < b ? a : b) * m->lot[j] - 1;
        m->hi[j] = (double)(a < b ? b : a) * m->lot[j] + 1;
    }
    m->p =
        (struct cvar_problem){ m->loss, m->payoff, m->cost, m->lo,
                               m->hi,   s,         k,       (double)rng_between(r, 60, 95) / 100 };
}

/* The best of every position in lots within the box, by counting through all of them. */
static double brute(const struct made *m)
{
    double n[K_MAX], cvar, value, least = HUGE_VAL;
    i64 z[K_MAX], first[K_MAX];
    u32 k = m->p.contracts, j = 0;
    for (u32 i = 0; i < k && i < K_MAX; i++) z[i] = first[i] = (i64)ceil(m->lo[i] / m->lot[i]);
    while (j < k) {
        for (u32 i = 0; i < k && i < K_MAX; i++) n[i] = (double)z[i] * m->lot[i];
        assert_int_equal(hedge_cvar_value(&m->p, n, &cvar, &value), QUANT_OK);
        least = fmin(least, value);
        for (j = 0; j < k && j < K_MAX; j++) {
            if ((double)++z[j] * m->lot[j] <= m->hi[j]) break;
            z[j] = first[j];
        }
    }
    return least;
}

TEST(lots_are_the_best_of_all)
{
    static struct made m;
    struct rng r = rng_of(31);
    u32 exact = 0;
    for (u32 round = 0; round < 60; round++) {
        i64 z[K_MAX];
        double at[K_MAX];
        struct cvar_plan plan, whole;
        u32 k = 1 + round % 3;
        make(&m, &r, 20 + round, k, k == 3 ? 4 : 8);
        double best = brute(&m);
        assert_int_equal(hedge_cvar_lots(&m.p, m.lot, (struct cvar_effort){ 3000, 400 }, z, &plan),
                         QUANT_OK);
        NEAR(plan.objective, best, 1e-7 * (1 + fabs(best)));
        exact += plan.exact;
        assert_true(plan.bound <= plan.objective && plan.gap >= 0);
        assert_int_equal(hedge_cvar_lp(&m.p, at, &whole), QUANT_OK);
        assert_true(whole.objective <= best + 1e-7 * (1 + fabs(best)));
        for (u32 j = 0; j < k; j++) {
            double held = (double)z[j] * m.lot[j];
            assert_true(held >= m.lo[j] && held <= m.hi[j]);
        }
    }
    assert_in_range(exact, 55, 60); /* and it knows that it is */
}

/* Primal and dual meet; no neighbour of the LP's answer is better. */
TEST(primal_and_dual_meet)
{
    static struct made m;
    struct rng r = rng_of(32);
    for (u32 round = 0; round < 60; round++) {
        double n[K_MAX], near[K_MAX], cvar, value;
        struct cvar_plan plan;
        make(&m, &r, S_MAX, K_MAX, 10);
        assert_int_equal(hedge_cvar_lp(&m.p, n, &plan), QUANT_OK);
        assert_in_range((i64)(plan.gap * 1e9), 0, 100);
        for (u32 i = 0; i < 40; i++) {
            for (u32 j = 0; j < K_MAX; j++)
                near[j] =
                    fmin(fmax(n[j] + (double)rng_between(&r, -20, 20) / 10, m.lo[j]), m.hi[j]);
            assert_int_equal(hedge_cvar_value(&m.p, near, &cvar, &value), QUANT_OK);
            assert_true(value >= plan.bound - 1e-7 * (1 + fabs(plan.bound)));
        }
    }
}

TEST(the_same_twice)
{
    static struct made m;
    struct rng r = rng_of(33);
    i64 a[K_MAX], b[K_MAX];
    struct cvar_plan x, y;
    make(&m, &r, S_MAX, K_MAX, 20);
    assert_int_equal(hedge_cvar_lots(&m.p, m.lot, cvar_effort(m.p.scenarios), a, &x), QUANT_OK);
    assert_int_equal(hedge_cvar_lots(&m.p, m.lot, cvar_effort(m.p.scenarios), b, &y), QUANT_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_equal(&x.objective, &y.objective, sizeof x.objective);
    assert_int_equal(x.evaluated, y.evaluated);
}

/* A perfect contract takes all of the loss but its cost; a useless dear one is left alone. */
TEST(perfect_and_useless)
{
    double loss[] = { 10, -10, 20, -20, 0 }, payoff[5 * 2], cost[] = { 0.001, 5 };
    double lo[] = { -100, -100 }, hi[] = { 100, 100 }, lot[] = { 1, 1 };
    struct cvar_plan plan;
    i64 z[2];
    for (u32 i = 0; i < 5; i++) payoff[2 * i] = loss[i] / 20, payoff[2 * i + 1] = i & 1;
    struct cvar_problem p = { loss, payoff, cost, lo, hi, 5, 2, 0.8 };
    assert_int_equal(hedge_cvar_lots(&p, lot, cvar_effort(5), z, &plan), QUANT_OK);
    assert_int_equal(z[0], 20);
    assert_int_equal(z[1], 0);
    NEAR(plan.objective, 0.02, 1e-9);
    NEAR(plan.unhedged, 20, 1e-12);
    assert_true(plan.exact);
}

TEST(refuses)
{
    double one[] = { 1 }, none[] = { 0 }, lot[] = { 1 }, n[1], lo[] = { 0.2 }, hi[] = { 0.8 };
    struct cvar_plan plan;
    i64 z[1];
    struct cvar_problem p = { one, one, none, none, one, 1, 1, 0.9 };
    assert_int_equal(hedge_cvar_lp(&p, n, &plan), QUANT_OK);
    p.beta = 1;
    assert_int_equal(hedge_cvar_lp(&p, n, &plan), QUANT_DOMAIN);
    p.beta = 0.9, p.lo = lo, p.hi = hi;
    assert_int_equal(hedge_cvar_lots(&p, lot, cvar_effort(5), z, &plan), QUANT_DOMAIN);
    p.hi = none;
    assert_int_equal(hedge_cvar_lp(&p, n, &plan), QUANT_DOMAIN);
    p.scenarios = 0;
    assert_int_equal(hedge_cvar_lp(&p, n, &plan), QUANT_SHORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lots_are_the_best_of_all),
        cmocka_unit_test(primal_and_dual_meet),
        cmocka_unit_test(the_same_twice),
        cmocka_unit_test(perfect_and_useless),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("hedge/cvar", tests, NULL, NULL);
}
