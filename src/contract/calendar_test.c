#include "base/random.h"
#include "contract/calendar.h"
#include "test.h"

/* 2026: weekends, and three holidays. */
static struct calendar small(void)
{
    return (struct calendar){ .id = "small", .version = 1, .effective_from = 1, .tz = "UTC",
                              .covers_from = date_of(2026, 1, 1).days,
                              .covers_to = date_of(2026, 12, 31).days,
                              .weekend = 1 << 6 | 1 << 7, .holidays_n = 3,
                              .holidays = { date_of(2026, 1, 1).days, date_of(2026, 7, 3).days,
                                            date_of(2026, 12, 25).days } };
}

TEST(days_step_over_weekends_and_holidays)
{
    struct calendar c = small();
    static const struct { u32 month, day; bool business; u32 next_month, next_day; } cases[] = {
        { 1, 1, false, 1, 2 }, { 7, 2, true, 7, 6 }, { 7, 3, false, 7, 6 },
        { 7, 4, false, 7, 6 }, { 7, 6, true, 7, 7 }, { 12, 24, true, 12, 28 },
    };
    FOR_EACH (k, cases) {
        Date d = date_of(2026, k->month, k->day);
        assert_int_equal(calendar_is_business(&c, d), k->business);
        assert_int_equal(calendar_next(&c, d).days, date_of(2026, k->next_month, k->next_day).days);
    }
    assert_int_equal(calendar_prev(&c, date_of(2026, 7, 6)).days, date_of(2026, 7, 2).days);
    assert_int_equal(calendar_at_or_before(&c, date_of(2026, 7, 5)).days, date_of(2026, 7, 2).days);
    assert_int_equal(calendar_next(&c, date_of(2026, 12, 31)).days, 0);
    assert_int_equal(calendar_prev(&c, date_of(2026, 1, 2)).days, 0);
}

/* Against the obvious: look at every holiday, walk every day. */
static bool slow_business(const struct calendar *c, i32 d)
{
    if (c->weekend >> (date_weekday((Date){ d }) + 1) & 1) return false;
    for (i64 i = 0; i < c->holidays_n; i++)
        if (c->holidays[i] == d) return false;
    return true;
}

TEST(random_calendars_agree_with_the_slow_way)
{
    struct rng rng = rng_of(7);
    for (u32 round = 0; round < 300; round++) {
        struct calendar c = small();
        i32 from = (i32)c.covers_from, to = (i32)c.covers_to;
        c.weekend = (i64)(rng_below(&rng, 127) << 1);
        c.holidays_n = 0;
        for (i32 d = from; d <= to && c.holidays_n < CALENDAR_HOLIDAYS_MAX; d++)
            if (rng_chance(&rng, 200000)) c.holidays[c.holidays_n++] = d;
        for (i64 i = c.holidays_n; i < CALENDAR_HOLIDAYS_MAX; i++) c.holidays[i] = 0;
        if (calendar_check(&c)) fail_msg("%s", calendar_check(&c));
        i32 a = from + (i32)rng_below(&rng, 300), b = a + (i32)rng_below(&rng, 60);
        u32 n = 0;
        for (i32 d = a; d <= b; d++)
            if (slow_business(&c, d)) {
                n++;
                assert_int_equal(calendar_nth(&c, (Date){ a }, (Date){ b }, n).days, d);
            }
        assert_int_equal(calendar_business_days(&c, (Date){ a }, (Date){ b }), n);
        assert_int_equal(calendar_nth(&c, (Date){ a }, (Date){ b }, n + 1).days, 0);
        for (u32 k = 1; k <= n; k++)
            assert_int_equal(calendar_nth_last(&c, (Date){ a }, (Date){ b }, k).days,
                             calendar_nth(&c, (Date){ a }, (Date){ b }, n + 1 - k).days);
        i32 next = a + 1;
        while (next <= to && !slow_business(&c, next)) next++;
        assert_int_equal(calendar_next(&c, (Date){ a }).days, next > to ? 0 : next);
    }
}

TEST(bytes_are_strict)
{
    struct calendar c = small(), back;
    u8 bytes[CALENDAR_BYTES_MAX];
    u32 n = calendar_encode(&c, bytes, sizeof bytes);
    assert_true(n > 0);
    assert_true(calendar_decode(bytes, n, &back));
    assert_memory_equal(&c, &back, sizeof c);
    assert_false(calendar_decode(bytes, n - 1, &back));
    assert_true(record_bytes_max(&calendar_record) <= CALENDAR_BYTES_MAX);
    /* two holidays change places: bytes that decode, but no calendar */
    u8 swap[4];
    memcpy(swap, bytes + n - 4, 4);
    memcpy(bytes + n - 4, bytes + n - 8, 4);
    memcpy(bytes + n - 8, swap, 4);
    assert_false(calendar_decode(bytes, n, &back));
}

TEST(rules_of_the_record)
{
    struct calendar c = small();
    assert_null(calendar_check(&c));
    c.holidays[1] = c.holidays[0];
    assert_string_equal(calendar_check(&c), "holidays");
    c = small(), c.holidays[2] = c.covers_to + 1;
    assert_string_equal(calendar_check(&c), "holidays");
    c = small(), c.weekend = 254;
    assert_string_equal(calendar_check(&c), "weekend");
    c = small(), c.covers_to = c.covers_from - 1;
    assert_string_equal(calendar_check(&c), "covers.to");
    c = small(), memcpy(c.tz, "CET", 4);
    assert_string_equal(calendar_check(&c), "tz");
}

TEST(a_change_moves_no_day_already_begun)
{
    struct calendar now = small(), next = small();
    next.version = 2, next.holidays[2] = date_of(2026, 12, 24).days;
    assert_true(calendar_may_follow(&now, &next, date_of(2026, 11, 30)));
    assert_false(calendar_may_follow(&now, &next, date_of(2026, 12, 24)));
    next.version = 3;
    assert_false(calendar_may_follow(&now, &next, date_of(2026, 11, 30)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_step_over_weekends_and_holidays),
        cmocka_unit_test(random_calendars_agree_with_the_slow_way),
        cmocka_unit_test(bytes_are_strict),
        cmocka_unit_test(rules_of_the_record),
        cmocka_unit_test(a_change_moves_no_day_already_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
