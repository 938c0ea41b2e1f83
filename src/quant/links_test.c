#include "quant/links.h"
#include "base/random.h"
#include "test.h"

/* Numbers worked by hand or with 50 digits of decimal arithmetic (Python's decimal). */
TEST(jevons_links)
{
    static const struct { i64 p0[3], p1[3]; u32 n; i64 want; } cases[] = {
        { { 2800000, 3300000 }, { 2660000, 3200000 }, 2, 959797959 },
        { { 3200000, 5600000 }, { 3100000, 5300000 }, 2, 957524244 },
        { { 1, 1, 1 }, { 1, 1, 1 }, 3, 1000000000 },
        { { 4 }, { 1 }, 1, 250000000 },
        { { 1, 1 }, { 4, 9 }, 2, 6000000000 },
    };
    FOR_EACH (c, cases) {
        i64 link;
        assert_int_equal(quant_jevons(c->p0, c->p1, c->n, &link), QUANT_OK);
        assert_int_equal(link, c->want);
    }
}

TEST(tornqvist_links)
{
    i64 link;
    i64 p0[] = { 1, 1 }, p1[] = { 4, 9 }, even[] = { 5, 5 }, one[] = { 7, 0 };
    assert_int_equal(quant_tornqvist(p0, p1, even, even, 2, &link), QUANT_OK);
    assert_int_equal(link, 6000000000); /* equal shares: Jevons */
    assert_int_equal(quant_tornqvist(p0, p1, one, one, 2, &link), QUANT_OK);
    assert_int_equal(link, 4000000000); /* all in one: its own relative */
    assert_int_equal(quant_tornqvist(p0, p1, one, even, 2, &link), QUANT_OK);
    assert_int_equal(link, 4898979486); /* 4^0.75 x 9^0.25 = 2 sqrt 6 */
}

TEST(outside_the_domain)
{
    i64 link = 7, zero[] = { 0, 0 }, one[] = { 1, 1 }, far[] = { 2000, 2000 };
    assert_int_equal(quant_jevons(one, one, 0, &link), QUANT_SHORT);
    assert_int_equal(quant_jevons(zero, one, 2, &link), QUANT_DOMAIN);
    assert_int_equal(quant_jevons(one, far, 2, &link), QUANT_DOMAIN);
    assert_int_equal(quant_tornqvist(one, one, zero, one, 2, &link), QUANT_DOMAIN);
    assert_int_equal(link, 7);
}

TEST(half_even)
{
    static const struct { double v; i64 want; } cases[] = {
        { 0.5, 0 }, { 1.5, 2 }, { 2.5, 2 }, { -0.5, 0 }, { -1.5, -2 }, { 3.49, 3 },
    };
    FOR_EACH (c, cases) {
        i64 got;
        assert_int_equal(quant_integer(c->v, 1, &got), QUANT_OK);
        assert_int_equal(got, c->want);
    }
}

/* A link there and back is one to the last digit or two, and no unit of account matters. */
TEST(reversal_and_scale)
{
    struct rng r = rng_of(7);
    for (u32 round = 0; round < 1000; round++) {
        i64 p0[8], p1[8], there, back, scaled;
        u32 n = 1 + (u32)(rng_u64(&r) % 8);
        for (u32 i = 0; i < n; i++)
            p0[i] = rng_between(&r, 1000, 101000), p1[i] = p0[i] + rng_between(&r, 0, p0[i]);
        assert_int_equal(quant_jevons(p0, p1, n, &there), QUANT_OK);
        assert_int_equal(quant_jevons(p1, p0, n, &back), QUANT_OK);
        double product = (double)there * (double)back / 1e18;
        assert_true(product > 1 - 3e-9 && product < 1 + 3e-9);
        for (u32 i = 0; i < n; i++) p0[i] *= 1024, p1[i] *= 1024;
        assert_int_equal(quant_jevons(p0, p1, n, &scaled), QUANT_OK);
        assert_int_equal(scaled, there);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jevons_links),       cmocka_unit_test(tornqvist_links),
        cmocka_unit_test(outside_the_domain), cmocka_unit_test(half_even),
        cmocka_unit_test(reversal_and_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
