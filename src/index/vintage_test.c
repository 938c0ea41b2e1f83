#include "index/vintage.h"
#include "test.h"

/* All 2^4 availabilities on each of six days would be 16^6 histories: every pair of neighbours is
 * in the walk below, and the slow twin looks back over the whole history each time. */
enum { DAYS = 4096, MAX_AGE = 3 };
static i64 history[DAYS][4];

static u8 slow_level(u32 day, i64 *value)
{
    for (u8 l = 0; l < 4; l++)
        if (history[day][l]) {
            *value = history[day][l];
            return (u8)(l + 1);
        }
    for (u32 age = 1; age <= MAX_AGE && age <= day; age++)
        for (u32 l = 0; l < 3; l++)
            if (history[day - age][l]) {
                *value = history[day - age][l];
                return LEVEL_L5;
            }
    *value = 0;
    return LEVEL_L6;
}

static void waterfall_is_total_and_right(void **state)
{
    struct carry c = { 0 };
    u32 seen[7] = { 0 }, x = 1;
    (void)state;
    for (u32 day = 0; day < DAYS; day++) {
        x = x * 1103515245u + 12345u;
        u32 have = (x >> 16) & (day % 16 < 6 ? 8 : 15); /* six days in sixteen without L1-L3 */
        for (u32 l = 0; l < 4; l++) history[day][l] = have >> l & 1 ? 1000 * (i64)day + l + 1 : 0;
        i64 want, got;
        u8 level = slow_level(day, &want);
        assert_int_equal(waterfall_next(&c, history[day], MAX_AGE, &got), level);
        assert_int_equal(got, want);
        seen[level]++;
    }
    for (u32 l = 1; l <= 6; l++) assert_true(seen[l] > 10);
}

/* Every availability on six days after one print: the age of what is carried, day by day. */
static void waterfall_all_masks(void **state)
{
    (void)state;
    for (u32 walk = 0; walk < 1u << 24; walk += 37) { /* four bits a day, six days */
        struct carry c = { 500, 0, 0 };
        u32 age = 0;
        i64 last = 500, got;
        for (u32 day = 0; day < 6; day++) {
            u32 have = walk >> (4 * day) & 15;
            i64 v[4];
            for (u32 l = 0; l < 4; l++) v[l] = have >> l & 1 ? (i64)(day * 10 + l + 1) : 0;
            u8 level = waterfall_next(&c, v, MAX_AGE, &got);
            age++;
            if (have & 7) {
                u32 l = have & 1 ? 0 : have & 2 ? 1 : 2;
                last = v[l], age = 0;
                assert_int_equal(level, l + 1);
                assert_int_equal(got, last);
            } else if (have & 8) {
                assert_int_equal(level, LEVEL_L4);
                assert_int_equal(got, v[3]);
            } else {
                assert_int_equal(level, age <= MAX_AGE ? LEVEL_L5 : LEVEL_L6);
                assert_int_equal(got, age <= MAX_AGE ? last : 0);
            }
        }
    }
}

static void vintages_bind_by_rule(void **state)
{
    static const struct vintage v[] = { { { 100 }, 2800000, 1, 0 },
                                        { { 200 }, 2801500, 2, 0 },
                                        { { 900 }, 2600000, 4, 0 } };
    static const struct { u32 rule; i64 before; u32 ppm; bool found; u32 version; } cases[] = {
        { VINTAGE_RULE_FIRST_PRINT, 0, 0, true, 1 },
        { VINTAGE_RULE_LAST_BEFORE, 500, 0, true, 2 },
        { VINTAGE_RULE_LAST_BEFORE, 200, 0, true, 1 },  /* strictly before */
        { VINTAGE_RULE_LAST_BEFORE, 100, 0, false, 0 }, /* NOT_PUBLISHED */
        { VINTAGE_RULE_LAST_BEFORE, 1000, 0, true, 4 },
        { VINTAGE_RULE_RESTATE_IF, 500, 1000, true, 1 }, /* 536 ppm is not above 1000 */
        { VINTAGE_RULE_RESTATE_IF, 500, 535, true, 2 },
        { VINTAGE_RULE_RESTATE_IF, 1000, 1000, true, 4 },
        { VINTAGE_RULE_RESTATE_IF, 50, 1000, false, 0 },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct vintage got = { 0 };
        assert_int_equal(
            vintage_select(v, 3, cases[i].rule, (Instant){ cases[i].before }, cases[i].ppm, &got),
            cases[i].found);
        assert_int_equal(got.version, cases[i].version);
    }
    struct vintage none;
    assert_false(vintage_select(v, 0, VINTAGE_RULE_FIRST_PRINT, (Instant){ 5 }, 0, &none));
}

static void sums_run(void **state)
{
    i64 a = 0, b = 0;
    (void)state;
    assert_true(accumulate(0, 2700000, 24, &a));
    assert_int_equal(a, 64800000);
    assert_true(accumulate(a, 2720000, 24, &b));
    assert_int_equal(accumulator_mean(a, b, 24), 2720000);
    assert_false(accumulate(INT64_MAX - 5, 1, 24, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waterfall_is_total_and_right),
        cmocka_unit_test(waterfall_all_masks),
        cmocka_unit_test(vintages_bind_by_rule),
        cmocka_unit_test(sums_run),
    };
    return cmocka_run_group_tests_name("index/vintage", tests, NULL, NULL);
}
