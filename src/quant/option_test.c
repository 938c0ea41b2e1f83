#include "quant/option.h"
#include "base/random.h"
#include "quant/near.h"

static double uniform(struct rng *r, double lo, double hi)
{
    return lo + (hi - lo) * (double)rng_below(r, 1000000) / 1e6;
}

/* E[A'^2] by its double sum, then the line of Black: the slow twin of the linear one. */
static double twin(const struct asian *a)
{
    double m1 = 0, m2 = 0, all = (double)a->n + a->past, price;
    for (u32 i = 0; i < a->n; i++) {
        m1 += a->forward[i] / a->n;
        for (u32 j = 0; j < a->n; j++) {
            u32 first = i < j ? i : j;
            double v = a->vol[first];
            m2 += a->forward[i] * a->forward[j] * exp(v * v * a->time[first]) / a->n / a->n;
        }
    }
    double left = (a->strike - a->past_sum / all) * all / a->n;
    assert_int_equal(quant_lognormal_option(m1, left, sqrt(log(m2 / m1 / m1)),
                                            exp(-a->rate * a->expiry), a->call, &price),
                     QUANT_OK);
    return price * a->n / all;
}

TEST(discrete_is_its_double_sum)
{
    struct rng r = rng_of(5);
    for (u32 round = 0; round < 300; round++) {
        double f[40], v[40], t[40], at = 0;
        u32 n = 1 + (u32)rng_below(&r, 40), past = (u32)rng_below(&r, 20);
        for (u32 i = 0; i < n; i++)
            f[i] = uniform(&r, 1, 4), v[i] = uniform(&r, 0.2, 0.9),
            t[i] = at += uniform(&r, 0.001, 0.05);
        struct asian a = { .forward = f, .vol = v, .time = t, .n = n, .past = past,
                           .past_sum = past * uniform(&r, 1, 4), .strike = uniform(&r, 0.5, 5),
                           .rate = 0.04, .expiry = at + 0.01, .call = rng_chance(&r, 500000) };
        struct asian_price p;
        assert_int_equal(quant_asian_discrete(&a, &p), QUANT_OK);
        NEAR(p.price, twin(&a), 1e-11);
    }
}

/* call - put = discounted forward, for every price here. */
TEST(parity)
{
    struct rng r = rng_of(6);
    for (u32 round = 0; round < 100; round++) {
        struct asian_spot o = { .spot = uniform(&r, 1, 9), .strike = uniform(&r, 1, 9),
                                .yield = uniform(&r, -0.1, 0.1), .rate = uniform(&r, -0.02, 0.1),
                                .vol = uniform(&r, 0.05, 0.8) };
        double length = uniform(&r, 0.1, 2), done = length * uniform(&r, 0, 0.9);
        double run = uniform(&r, 1, 9), call, put, b = o.rate - o.yield, left = length - done;
        double mean = run * done / length +
                      o.spot * (fabs(b * left) > 0 ? expm1(b * left) / b : left) / length;
        o.call = true;
        assert_int_equal(quant_asian_levy(&o, length, done, run, &call), QUANT_OK);
        o.call = false;
        assert_int_equal(quant_asian_levy(&o, length, done, run, &put), QUANT_OK);
        NEAR(call - put, exp(-o.rate * left) * (mean - o.strike), 1e-11);
        assert_int_equal(quant_black76(o.spot, o.strike, length, o.rate, o.vol, true, &call), 0);
        assert_int_equal(quant_black76(o.spot, o.strike, length, o.rate, o.vol, false, &put), 0);
        NEAR(call - put, exp(-o.rate * length) * (o.spot - o.strike), 1e-11);
    }
}

/* A daily fixing tends to the continuous one; carry and variance that cancel need their limits. */
TEST(levy_is_the_limit_of_many_fixings)
{
    static const struct asian_spot rows[] = {
        { 2, 2, 0, 0.05, 0.3, true },      { 2, 2.2, 0.05, 0.05, 0.3, false },
        { 2, 2, 0.09, 0.05, 0.2, true },   { 2, 2, 0.05 + 1e-9, 0.05, 1e-5, true },
        { 2, 1.9, 0.145, 0.1, 0.3, true },
    };
    enum { N = 4000 };
    static double f[N], v[N], t[N];
    FOR_EACH (o, rows) {
        double levy;
        struct asian_price p;
        for (u32 i = 0; i < N; i++)
            t[i] = (i + 0.5) / N, v[i] = o->vol, f[i] = o->spot * exp((o->rate - o->yield) * t[i]);
        struct asian a = { .forward = f, .vol = v, .time = t, .n = N, .strike = o->strike,
                           .rate = o->rate, .expiry = 1, .call = o->call };
        assert_int_equal(quant_asian_discrete(&a, &p), QUANT_OK);
        assert_int_equal(quant_asian_levy(o, 1, 0, 0, &levy), QUANT_OK);
        NEAR(levy, p.price, 2e-6);
    }
}

/* The equation and the simulation of many fixings are two ways to one price. */
TEST(continuous_agrees_with_the_simulation)
{
    static const struct asian_spot rows[] = {
        { 2, 2, 0, 0.05, 0.5, true },      { 2, 2.2, 0.03, 0.05, 0.3, false },
        { 2, 1.7, 0.05, 0.05, 0.9, true }, { 2, 2.1, 0.1, 0.02, 0.15, false },
        { 100, 100, 0, 0.09, 0.05, true },
    };
    enum { N = 100 };
    double t[N], pde, mc, error;
    for (u32 i = 0; i < N; i++) t[i] = (i + 0.5) / N;
    t[N - 1] = 1; /* the payment; the fixings stay about the middle of their part */
    FOR_EACH (o, rows) {
        assert_int_equal(quant_asian_continuous(o, 1, &pde), QUANT_OK);
        assert_int_equal(quant_asian_mc(o, t, N, 9, 4000, &mc, &error), QUANT_OK);
        assert_true(error < 2e-3 * o->spot * o->vol);
        NEAR(pde, mc, 5 * error + 1e-3 * o->spot * o->vol);
    }
}

TEST(a_strike_already_paid_for)
{
    double f[] = { 3 }, v[] = { 0.5 }, t[] = { 0.1 };
    struct asian a = { .forward = f, .vol = v, .time = t, .n = 1, .past = 9, .past_sum = 36,
                       .strike = 3, .rate = 0, .expiry = 0.1, .call = true };
    struct asian_price p;
    assert_int_equal(quant_asian_discrete(&a, &p), QUANT_OK);
    NEAR(p.price, 0.9, 1e-12); /* (36 + 3)/10 - 3 */
    a.call = false;
    assert_int_equal(quant_asian_discrete(&a, &p), QUANT_OK);
    NEAR(p.price, 0, 0);
    a.n = 0, a.call = true;
    assert_int_equal(quant_asian_discrete(&a, &p), QUANT_OK);
    NEAR(p.price, 1, 1e-12);
}

/* Margrabe: with K = 0 Kirk's is exact, and symmetric in its two parities. */
TEST(kirk_without_a_strike)
{
    struct spread_option o = { 3, 2.5, 0, 1, 0, 0.4, 0.3, 0.2 },
                         turned = { 2.5, 3, 0, 1, 0, 0.3, 0.4, 0.2 };
    double a, b;
    assert_int_equal(quant_kirk(&o, &a), QUANT_OK);
    assert_int_equal(quant_kirk(&turned, &b), QUANT_OK);
    NEAR(a - b, 0.5, 1e-12);
}

TEST(refuses)
{
    double p, e, t[] = { 0.2, 0.1 }, f[] = { 1, 1 };
    struct asian a = { .forward = f, .vol = f, .time = t, .n = 2, .strike = 1, .expiry = 1 };
    struct asian_price ap;
    struct asian_spot o = { .spot = 1, .strike = 1, .vol = 0.1 };
    struct spread_option s = { 1, 1, -1, 1, 0, 0.1, 0.1, 0 };
    assert_int_equal(quant_black76(0, 1, 1, 0, 0.1, true, &p), QUANT_DOMAIN);
    assert_int_equal(quant_black76(1, 1, -1, 0, 0.1, true, &p), QUANT_DOMAIN);
    assert_int_equal(quant_black76(1, (double)NAN, 1, 0, 0.1, true, &p), QUANT_DOMAIN);
    assert_int_equal(quant_asian_discrete(&a, &ap), QUANT_DOMAIN); /* times fall */
    a.n = 0;
    assert_int_equal(quant_asian_discrete(&a, &ap), QUANT_SHORT);
    assert_int_equal(quant_kirk(&s, &p), QUANT_DOMAIN);
    assert_int_equal(quant_asian_levy(&o, 1, 2, 1, &p), QUANT_DOMAIN);
    assert_int_equal(quant_asian_mc(&o, t, 2, 1, 100, &p, &e), QUANT_DOMAIN);
    assert_int_equal(quant_asian_mc(&o, t, 0, 1, 100, &p, &e), QUANT_SHORT);
    o.vol = 3;
    assert_int_equal(quant_asian_continuous(&o, 1, &p), QUANT_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discrete_is_its_double_sum),
        cmocka_unit_test(parity),
        cmocka_unit_test(levy_is_the_limit_of_many_fixings),
        cmocka_unit_test(continuous_agrees_with_the_simulation),
        cmocka_unit_test(a_strike_already_paid_for),
        cmocka_unit_test(kirk_without_a_strike),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("quant/option", tests, NULL, NULL);
}
