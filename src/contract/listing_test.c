#include "contract/gpu.h"
#include "contract/listing.h"
#include "test.h"

#include <stdio.h>

static struct calendar days(void)
{
    return (struct calendar){ .id = "days", .version = 1, .effective_from = 1, .tz = "UTC",
                              .covers_from = date_of(2026, 1, 1).days,
                              .covers_to = date_of(2028, 12, 31).days,
                              .weekend = 1 << 6 | 1 << 7, .holidays_n = 4,
                              .holidays = { date_of(2026, 6, 17).days, date_of(2026, 7, 31).days,
                                            date_of(2027, 5, 28).days,
                                            date_of(2027, 5, 31).days } };
}

static struct spec base(void)
{
    return (struct spec){ .product = "TEST", .kind = SPEC_KIND_AVG_FUT, .effective_from = 1,
                          .fsp_set = SPEC_SET_BUSINESS, .fsp_nonpub = SPEC_NONPUB_SKIP,
                          .fsp_rule = SPEC_FSP_MEAN_DAILY, .fsp_round = SPEC_ROUND_HALF_EVEN,
                          .lot_rule = SPEC_LOT_HOURS_IN_PERIOD, .unit = SPEC_UNIT_GPU_HOUR,
                          .tick_outright = 1000, .tick_spread = 1000, .tick_final = 100,
                          .price_max = 1000000000, .pos_general = 5000, .spot_days = 3,
                          .last_trade_rule = SPEC_LAST_TRADE_LAST_BUSINESS_DAY, .list_months = 3,
                          .calendar_id = "days" };
}

TEST(ids_round_trip)
{
    static const struct { Period p; const char *id; } rows[] = {
        { { 2026, PERIOD_MONTH, 7, { 0 } }, "TEST-2026-07" },
        { { 2026, PERIOD_MONTH, 12, { 0 } }, "TEST-2026-12" },
        { { 2027, PERIOD_QUARTER, 3, { 0 } }, "TEST-2027-Q3" },
        { { 2028, PERIOD_YEAR, 0, { 0 } }, "TEST-2028" },
        { { 0, PERIOD_PERPETUAL, 0, { 0 } }, "TEST" },
    };
    struct spec s = base();
    FOR_EACH (r, rows) {
        char id[LISTING_ID_BYTES], product[16];
        Period back;
        listing_id(&s, r->p, id);
        assert_string_equal(id, r->id);
        assert_true(listing_parse(str_of(id), product, &back));
        assert_string_equal(product, "TEST");
        assert_true(period_eq(back, r->p));
    }
    char product[16];
    Period p;
    assert_true(listing_parse(STR("GPUX-PERP"), product, &p)); /* a product with a dash */
    assert_int_equal(p.kind, PERIOD_PERPETUAL);
    assert_true(listing_parse(STR("TEST-2026-13"), product, &p)); /* no month: a product then */
    assert_int_equal(p.kind, PERIOD_PERPETUAL);
    assert_false(listing_parse(STR(""), product, &p));
    assert_false(listing_parse(STR("SIXTEEN-LETTERS-"), product, &p));
    assert_false(listing_parse(STR("TWENTY-FOUR-LETTERS-LONG"), product, &p));
}

TEST(last_trade_rules)
{
    static const struct { i64 rule, n, weekday; u32 year, month, day; } rows[] = {
        { SPEC_LAST_TRADE_LAST_BUSINESS_DAY, 0, 0, 2026, 7, 30 }, /* 31 July is a holiday */
        { SPEC_LAST_TRADE_LAST_BUSINESS_DAY, 0, 0, 2027, 5, 27 }, /* so are 28 and 31 May */
        { SPEC_LAST_TRADE_THIRD_WEDNESDAY, 0, 0, 2026, 7, 15 },
        { SPEC_LAST_TRADE_THIRD_WEDNESDAY, 0, 0, 2026, 6, 16 }, /* the 17th is a holiday */
        { SPEC_LAST_TRADE_NTH_WEEKDAY, 1, 5, 2026, 7, 3 },      /* first Friday */
        { SPEC_LAST_TRADE_NTH_WEEKDAY, 4, 1, 2026, 2, 23 },
        { SPEC_LAST_TRADE_NTH_LAST_BD, 3, 0, 2026, 7, 28 },
    };
    struct calendar c = days();
    FOR_EACH (r, rows) {
        struct spec s = base();
        struct listing l;
        s.last_trade_rule = r->rule, s.last_trade_n = r->n, s.last_trade_weekday = r->weekday;
        assert_int_equal(listing_of(&s, &c, period_month((i32)r->year, r->month), &l),
                         SPEC_FAULT_NONE);
        assert_int_equal(l.last_trade.days, date_of((i32)r->year, r->month, r->day).days);
    }
    struct spec s = base();
    struct listing l;
    s.last_trade_rule = SPEC_LAST_TRADE_DATE, s.last_trade_date = date_of(2026, 9, 15).days;
    assert_int_equal(listing_of(&s, &c, period_month(2026, 9), &l), SPEC_FAULT_NONE);
    assert_int_equal(listing_of(&s, &c, period_month(2026, 8), &l), SPEC_FAULT_FIXING_SET_EMPTY);
}

TEST(what_can_not_be_listed)
{
    struct calendar c = days(), holidays = days();
    struct spec s = base();
    struct listing l;
    assert_int_equal(listing_of(&s, &c, period_month(2028, 11), &l), SPEC_FAULT_NONE);
    assert_int_equal(listing_of(&s, &c, period_month(2028, 12), &l), SPEC_FAULT_CALENDAR_SHORT);
    assert_int_equal(listing_of(&s, &c, period_month(2025, 12), &l), SPEC_FAULT_CALENDAR_SHORT);
    holidays.holidays_n = 0;
    for (i32 d = date_of(2026, 8, 1).days; d <= date_of(2026, 8, 31).days; d++)
        holidays.holidays[holidays.holidays_n++] = d;
    assert_int_equal(listing_of(&s, &holidays, period_month(2026, 8), &l),
                     SPEC_FAULT_FIXING_SET_EMPTY);
    s.lot_rule = SPEC_LOT_FIXED_HOURS, s.lot_units_milli = 730500, s.tick_outright = 1;
    assert_int_equal(listing_of(&s, &c, period_month(2026, 8), &l), SPEC_FAULT_TICK_VALUE_FRACTION);
    s = base(), s.pos_general = INT64_C(1000000000000);
    assert_int_equal(listing_of(&s, &c, period_month(2026, 8), &l), SPEC_FAULT_RANGE);
    assert_int_equal(listing_dates((Date){ 9 }, (Date){ 8 }, 3),
                     SPEC_FAULT_LAST_TRADE_AFTER_FIXING);
}

TEST(sets_and_stages)
{
    struct calendar c = days();
    struct spec s = base();
    struct listing l;
    assert_int_equal(listing_of(&s, &c, period_month(2026, 7), &l), SPEC_FAULT_NONE);
    assert_int_equal(l.fixings, 22);
    assert_int_equal(l.hours, 744);
    assert_int_equal(l.tick_value, 744000);
    for (u32 n = 1; n <= l.fixings; n++) {
        Date d = set_day(&s, &c, &l, n);
        assert_true(set_has(&s, &c, &l, d));
        assert_int_equal(set_days_to(&s, &c, &l, d), n);
    }
    assert_false(set_has(&s, &c, &l, date_of(2026, 7, 31)));
    assert_int_equal(set_days_to(&s, &c, &l, date_of(2026, 6, 30)), 0);
    assert_int_equal(set_days_to(&s, &c, &l, date_of(2026, 9, 1)), 22);
    static const struct { u32 month, day, stage; } rows[] = {
        { 5, 31, SPEC_STAGE_GENERAL },     { 6, 1, SPEC_STAGE_NEARBY },
        { 6, 30, SPEC_STAGE_NEARBY },      { 7, 1, SPEC_STAGE_DELIVERY },
        { 7, 27, SPEC_STAGE_DELIVERY },    { 7, 28, SPEC_STAGE_SPOT_LAST_N },
        { 7, 30, SPEC_STAGE_SPOT_LAST_N }, { 7, 31, SPEC_STAGE_SPOT_LAST_N },
    };
    FOR_EACH (r, rows)
        assert_int_equal(listing_stage(&s, &c, &l, date_of(2026, r->month, r->day)), r->stage);
    s.fsp_set = SPEC_SET_CALENDAR;
    assert_int_equal(listing_of(&s, &c, period_month(2026, 2), &l), SPEC_FAULT_NONE);
    assert_int_equal(l.fixings, 28);
    assert_int_equal(l.last_fixing.days, date_of(2026, 2, 28).days);
    s.fsp_rule = SPEC_FSP_POINT, s.last_trade_rule = SPEC_LAST_TRADE_THIRD_WEDNESDAY;
    assert_int_equal(listing_of(&s, &c, period_month(2026, 2), &l), SPEC_FAULT_NONE);
    assert_int_equal(l.fixings, 1);
    assert_true(set_has(&s, &c, &l, date_of(2026, 2, 18)));
    assert_false(set_has(&s, &c, &l, date_of(2026, 2, 17)));
}

/* Every day's run over two years: the months listed are the first n not past their last trade. */
TEST(listing_runs)
{
    static Period due[LISTING_PERIODS_MAX], again[LISTING_PERIODS_MAX];
    struct calendar c = days();
    struct spec s = base();
    for (i32 d = date_of(2026, 1, 1).days; d <= date_of(2027, 12, 31).days; d++) {
        u32 n = listing_due(&s, &c, (Date){ d }, due, LISTING_PERIODS_MAX);
        assert_int_equal(n, 3);
        assert_int_equal(listing_due(&s, &c, (Date){ d }, again, LISTING_PERIODS_MAX), 3);
        for (u32 i = 0; i < n; i++) {
            struct listing l;
            assert_true(period_eq(due[i], again[i])); /* run twice, one set of contracts */
            if (i) assert_true(period_eq(due[i], period_next(due[i - 1], 1)));
            if (listing_of(&s, &c, due[i], &l) == SPEC_FAULT_NONE)
                assert_true(l.last_trade.days >= d);
        }
        struct listing before;
        Period p = period_next(due[0], -1);
        if (p.year >= 2026 && listing_of(&s, &c, p, &before) == SPEC_FAULT_NONE)
            assert_true(before.last_trade.days < d);
    }
    s.effective_from = date_of(2026, 6, 1).days;
    assert_int_equal(listing_due(&s, &c, date_of(2026, 5, 31), due, LISTING_PERIODS_MAX), 0);
    s.effective_to = date_of(2026, 7, 1).days;
    assert_int_equal(listing_due(&s, &c, date_of(2026, 7, 2), due, LISTING_PERIODS_MAX), 0);
    s = base(); /* at the end of time */
    assert_int_equal(listing_due(&s, &c, DATE_MAX, due, LISTING_PERIODS_MAX), 1);
    assert_int_equal(listing_due(&s, &c, date_of(2199, 11, 1), due, LISTING_PERIODS_MAX), 2);
    s = base(), s.kind = SPEC_KIND_STRIP, s.list_months = 0, s.list_quarters = 4, s.list_years = 2;
    s.lot_rule = SPEC_LOT_FIXED_HOURS, s.lot_units_milli = 730000;
    u32 n = listing_due(&s, &c, date_of(2026, 5, 5), due, LISTING_PERIODS_MAX);
    struct listing l;
    assert_int_equal(n, 6);
    assert_true(period_eq(due[0], (Period){ 2026, PERIOD_QUARTER, 2, { 0 } }));
    assert_true(period_eq(due[4], (Period){ 2026, PERIOD_YEAR, 0, { 0 } }));
    assert_int_equal(listing_of(&s, &c, due[0], &l), SPEC_FAULT_NONE);
    assert_int_equal(l.lot_units_milli, 3 * 730000);
    assert_int_equal(l.hours, 2184);
}

TEST(gpu_classes_round_trip)
{
    for (u32 i = 1; i < GPU_COUNT; i++) {
        assert_int_equal(gpu_class_of(str_of(gpu_class_text(i))), i);
        assert_true(gpu_class_vendor(i)[0] != '?');
    }
    for (u32 i = 1; i < GPU_FORM_COUNT; i++)
        assert_int_equal(gpu_form_of(str_of(gpu_form_text(i))), i);
    assert_int_equal(gpu_class_of(STR("H100 ")), GPU_NONE);
    assert_string_equal(gpu_class_text(GPU_COUNT), "?");
    assert_int_equal(gpu_class_memory_gb(GPU_H200), 141);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_round_trip),         cmocka_unit_test(last_trade_rules),
        cmocka_unit_test(what_can_not_be_listed), cmocka_unit_test(sets_and_stages),
        cmocka_unit_test(listing_runs),           cmocka_unit_test(gpu_classes_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
