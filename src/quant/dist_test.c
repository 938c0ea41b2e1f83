#include "quant/dist.h"
#include "base/random.h"
#include "quant/draw.h"
#include "quant/near.h"

/* Wanted numbers: scipy 1.10 (Cephes and Boost); t at one to three degrees of
 * freedom by their closed forms. */
TEST(normal)
{
    static const struct { double x, want; } cdf[] = {
        { -15, 3.6709661993126986e-51 }, { -8, 6.22096057427174e-16 },
        { -3, 0.0013498980316300933 },   { -1, 0.15865525393145707 },
        { 0.5, 0.6914624612740131 },     { 2, 0.9772498680518208 },
        { 6, 0.9999999990134123 },
    };
    static const struct { double p, want; } inverse[] = {
        { 1e-300, -37.0470962993612 },  { 1e-20, -9.262340089798409 },
        { 1e-05, -4.264890793922825 },  { 0.01, -2.3263478740408408 },
        { 0.07, -1.4757910281791706 },  { 0.3, -0.5244005127080409 },
        { 0.5, 0 },                     { 0.9, 1.2815515655446004 },
        { 0.999, 3.090232306167813 },   { 0.9999999999, 6.361340889697422 },
    };
    FOR_EACH (c, cdf) CLOSE(normal_cdf(c->x), c->want, 1e-13);
    FOR_EACH (c, inverse) CLOSE(normal_inverse(c->p), c->want, 1e-15 * 4);
    for (double p = 0.0005; p < 1; p += 0.001) CLOSE(normal_cdf(normal_inverse(p)), p, 1e-14);
    NEAR(normal_density(0), 0.3989422804014327, 1e-16);
}

TEST(student_and_fisher)
{
    static const struct { double t, df, want; } two[] = {
        { 0.5, 1, 0.7048327646991336 },     { 2, 3, 0.1393259685588431 },
        { 9.0065, 13, 5.972458522291264e-07 }, { 1.96, 1e6, 0.04999606758526978 },
        { 40, 5, 1.8411962171772952e-07 },  { 0.001, 10, 0.999221783374741 },
    };
    static const struct { double p, df, want; } inverse[] = {
        { 0.975, 1, 12.706204736174705 },  { 0.975, 13, 2.1603686564610127 },
        { 0.995, 250, 2.5956376304574964 }, { 0.01, 2, -6.964556734283274 },
        { 0.5, 4, 0 },                     { 0.9999, 3, 22.203742273204998 },
    };
    static const struct { double f, d1, d2, want; } above[] = {
        { 1, 1, 1, 0.5 }, { 3.5, 2, 20, 0.04973502207609711 },
        { 81.1, 1, 13, 5.979566744276747e-07 }, { 0.2, 7, 100, 0.9848010073970891 },
    };
    FOR_EACH (c, two) CLOSE(student_two_sided(c->t, c->df), c->want, c->df > 1000 ? 1e-9 : 1e-12);
    FOR_EACH (c, inverse) NEAR(student_inverse(c->p, c->df), c->want, 1e-11);
    FOR_EACH (c, above) CLOSE(fisher_above(c->f, c->d1, c->d2), c->want, 1e-12);
    NEAR(student_cdf(-2, 3) + student_cdf(2, 3), 1, 1e-15);
    NEAR(chi_square_above(3.84, 1), 0.05004352124870519, 1e-15);
    NEAR(chi_square_above(6, 2), 0.04978706836786395, 1e-16);
}

TEST(beta)
{
    static const struct { double a, b, x, want; } rows[] = {
        { .5, .5, .3, 0.3690101195655454 },        { 2, 3, .9, 0.9963 },
        { 250, 3, .99, 0.538025901026519 },        { 1000, 900, .53, 0.6258444399099657 },
        { 1e6, 1e6, .5001, 0.6113512825482736 },   { 1e-3, 5, .2, 0.9997834456464285 },
    };
    FOR_EACH (c, rows) CLOSE(beta_incomplete(c->a, c->b, c->x), c->want, c->a > 1e4 ? 1e-8 : 1e-11);
}

/* The binomial by adding up its terms. */
TEST(binomial_is_its_sum)
{
    struct rng r = rng_of(3);
    for (u32 round = 0; round < 200; round++) {
        u32 n = 1 + (u32)rng_below(&r, 400), x = (u32)rng_below(&r, n + 1);
        double p = (double)(1 + rng_below(&r, 998)) / 1000, sum = 0, term = pow(1 - p, n);
        for (u32 k = 0; k <= x; k++) sum += term, term *= (double)(n - k) / (k + 1) * p / (1 - p);
        if (pow(1 - p, n) > 1e-290) NEAR(binomial_cdf(x, n, p), sum, 1e-11);
    }
    NEAR(binomial_cdf(0, 250, 0.01), 0.08105851616218143, 1e-13);
    NEAR(binomial_cdf(250, 250, 0.01), 1, 0);
}

/* The known answers of Random123 (kat_vectors, philox4x32 10). */
TEST(philox_known_answers)
{
    static const struct { u32 counter[4], key[2], want[4]; } rows[] = {
        { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { ~0u, ~0u, ~0u, ~0u }, { ~0u, ~0u },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    FOR_EACH (c, rows) {
        u32 got[4];
        philox(c->counter, c->key, got);
        assert_memory_equal(got, c->want, sizeof got);
    }
}

TEST(draws_are_of_their_place)
{
    double all[1000], part[7], sum = 0, square = 0;
    draw_normal(42, 7, 0, all, 1000);
    for (u32 from = 0; from < 990; from += 13) {
        draw_normal(42, 7, from, part, 7);
        assert_memory_equal(part, all + from, sizeof part);
    }
    for (u32 i = 0; i < 1000; i++) sum += all[i], square += all[i] * all[i];
    assert_true(fabs(sum / 1000) < 0.15 && fabs(square / 1000 - 1) < 0.2);
    assert_true(draw_u64(42, 7, 0) != draw_u64(42, 8, 0));
    assert_true(draw_u64(42, 7, 0) != draw_u64(43, 7, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal),
        cmocka_unit_test(student_and_fisher),
        cmocka_unit_test(beta),
        cmocka_unit_test(binomial_is_its_sum),
        cmocka_unit_test(philox_known_answers),
        cmocka_unit_test(draws_are_of_their_place),
    };
    return cmocka_run_group_tests_name("quant/dist", tests, NULL, NULL);
}
