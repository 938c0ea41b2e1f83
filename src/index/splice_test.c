#include "index/splice.h"
#include "base/random.h"
#include "test.h"

/* A100 from day 20000, H100 (the reference) from 20100, both as an official series needs them. */
static struct splice good(void)
{
    struct splice s = { .kind = METHOD_KIND_SPLICE, .index = "EQ", .version = 1,
                        .effective_from = 20000, .label = BENCH_LABEL_POSTED,
                        .standing = SERIES_STANDING_OFFICIAL, .measures = "x", .reference = "H100",
                        .join = JOIN_FACTOR, .decimals = 4, .round = PIN_ROUND_HALF_EVEN,
                        .parts_n = 2 };
    s.parts[0] = (struct splice_part){ .series = "A100", .from = 20000, .factor_ppm = 2230447 };
    s.parts[1] = (struct splice_part){ .series = "H100", .from = 20180, .factor_ppm = 1000000,
                                       .announced = 20090, .overlap_from = 20000,
                                       .overlap_to = 20089, .overlap_days = 60 };
    memset(&s.parts[1].report, 7, sizeof s.parts[1].report);
    return s;
}

static void no_change(struct splice *s) {}
static void late(struct splice *s) { s->parts[1].announced++; }
static void thin(struct splice *s) { s->parts[1].overlap_days = 59; }
static void many(struct splice *s) { s->parts[1].overlap_days = 91; }
static void early(struct splice *s) { s->parts[1].overlap_to = 20091; }
static void unreported(struct splice *s) { memset(&s->parts[1].report, 0, sizeof(Hash)); }
static void silent(struct splice *s) { s->parts[1].announced = 0; }
static void off(struct splice *s) { s->parts[1].factor_ppm++; }
static void back(struct splice *s) { s->parts[1].from = 20000; }
static void start(struct splice *s) { s->effective_from++; }
static void empty(struct splice *s) { s->parts_n = 0; }
static void linked_official(struct splice *s) { s->join = JOIN_LINK_DAY; }
static void shadow(struct splice *s)
{
    thin(s), silent(s), linked_official(s);
    s->standing = SERIES_STANDING_SHADOW;
}

TEST(rules_of_a_roll)
{
    static const struct { void (*change)(struct splice *s); const char *want; } cases[] = {
        { no_change, NULL },
        { shadow, NULL },
        { late, "announced fewer than 90 days ahead" },
        { thin, "fewer than 60 days of overlap" },
        { many, "more overlap_days than days in the overlap" },
        { early, "announced before the overlap was over" },
        { unreported, "a factor needs its report" },
        { silent, "a roll needs overlap_from, overlap_to and announced" },
        { off, "the reference's own factor is 1000000" },
        { back, "dates must rise" },
        { start, "the first part is not from effective_from" },
        { empty, "no part" },
        { linked_official, "an official series joins at factors announced before" },
    };
    FOR_EACH (c, cases) {
        struct splice s = good();
        const char *cause = "";
        c->change(&s);
        u32 f = splice_fault(&s, &cause);
        assert_int_equal(f == splice_record.fields, c->want == NULL);
        if (c->want) EXPECT_TEXT(cause, c->want, c->want);
    }
}

TEST(values)
{
    struct splice s = good();
    i64 v;
    assert_int_equal(splice_part_on(&s, (Date){ 19999 }), UINT32_MAX);
    assert_int_equal(splice_part_on(&s, (Date){ 20179 }), 0);
    assert_int_equal(splice_part_on(&s, (Date){ 20180 }), 1);
    assert_true(splice_value(&s, 0, 5580900, &v));
    assert_int_equal(v, 12447900); /* 5.5809 x 2.230447 = 12.4479016..., at GCP's list of 12.4479 */
    assert_true(splice_value(&s, 1, 3139550, &v));
    assert_int_equal(v, 3139600); /* 3.13955: half to even in the fourth digit */
    assert_false(splice_value(&s, 0, 0, &v));
    s.parts[0].factor_ppm = 1;
    assert_false(splice_value(&s, 0, 1, &v)); /* below the last digit */
}

/* Joined at LINK_DAY: one value under both on the day of a roll, a roll waits for a day with both,
 * and with prices that keep one ratio the chain is the first part's price to rounding. */
TEST(links)
{
    struct rng r = rng_of(3);
    for (u32 round = 0; round < 200; round++) {
        struct splice s = good();
        struct splice_chain c = { 0 };
        shadow(&s);
        s.decimals = 6, s.parts[0].factor_ppm = 1000000;
        u32 rolled = 0, gap = (u32)rng_below(&r, 5);
        for (i32 d = 20170; d < 20200; d++) {
            i64 a = rng_between(&r, 1000000, 9000000) & ~1;
            struct splice_price prices[SPLICE_PARTS_MAX] = { { .value = a, .printed = true },
                                                             { .value = a / 2, .printed = true } };
            u32 part;
            bool waits = d >= 20180 && d < 20180 + (i32)gap;
            if (waits && round % 3 == 0) prices[1].value = 0, prices[1].printed = false;
            if (waits && round % 3 == 1) prices[1].printed = false; /* carried, either side */
            if (waits && round % 3 == 2) prices[0].printed = false;
            i64 value = splice_next(&s, &c, (Date){ d }, prices, &part);
            assert_in_range(value, a - 4, a + 4);
            assert_int_equal(part, d >= 20180 + (i32)gap);
            rolled += d == 20180 + (i32)gap && c.level == value && c.price == prices[1].value;
        }
        assert_int_equal(rolled, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_a_roll),
        cmocka_unit_test(values),
        cmocka_unit_test(links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
