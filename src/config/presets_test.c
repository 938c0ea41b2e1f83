#include "base/random.h"
#include "config/yaml.h"
#include "contract/vintage.h"
#include "test.h"

/* Every shipped contract file: loads, is valid, survives the round trip, settles without a
 * trade. */

static const struct { const char *file, *overlay; } presets[] = {
    { "specs/gpuh-m.yaml", NULL },
    { "specs/gpuh-h.yaml", NULL },
    { "specs/nymex-gpu1.yaml", "specs/overlays/nymex-gpu.yaml" },
    { "specs/nymex-gpu2.yaml", "specs/overlays/nymex-gpu.yaml" },
    { "specs/ice-hpr.yaml", "specs/overlays/ice-hpr.yaml" },
};

static void load(u32 i, bool overlay, struct spec *s)
{
    struct why w = { "" };
    struct config_lines lines;
    if (config_read(&spec_record, presets[i].file, s, &lines, &w)) fail_msg("%s", w.text);
    if (overlay && presets[i].overlay &&
        config_overlay(&spec_record, presets[i].overlay, s, NULL, &w))
        fail_msg("%s", w.text);
}

static void load_calendar(const char *path, struct calendar *c)
{
    struct why w = { "" };
    if (config_read(&calendar_record, path, c, NULL, &w)) fail_msg("%s", w.text);
    assert_null(calendar_check(c));
}

TEST(presets_are_valid)
{
    for (u32 i = 0; i < ARRAY_LEN(presets); i++) {
        struct spec s;
        struct spec_finding found[8];
        load(i, false, &s);
        if (spec_check(&s, found, 8))
            fail_msg("%s: %s %s", presets[i].file, spec_fault_name(found[0].fault),
                     spec_record.field[found[0].field].key);
        /* what is not known is null, until an overlay says it */
        assert_int_equal(spec_unknown(&s) < spec_record.fields, presets[i].overlay != NULL);
        load(i, true, &s);
        assert_int_equal(spec_unknown(&s), spec_record.fields);
        assert_int_equal(spec_check(&s, found, 8), 0);
    }
}

/* A print restated after it was bound moves no settlement of a shipped contract. */
TEST(restated_vintages_move_nothing)
{
    for (u32 i = 0; i < ARRAY_LEN(presets); i++) {
        struct spec s;
        Date day = date_of(2026, 7, 7);
        Vintage v[2] = { { { day, day, 2800000, SPEC_PRINT_PRINTED, 0 }, { 1 }, 1, 0 },
                         { { day, day, 3600000, SPEC_PRINT_PRINTED, 0 }, { 2 }, 2, 0 } };
        load(i, true, &s);
        assert_int_equal(vintage_binding(&s, day, v, 2), 0);
    }
}

/* The posted overlay changes what a contract settles on and nothing of how. */
TEST(posted_overlay_keeps_the_contract)
{
    struct spec s, posted;
    struct why w = { "" };
    load(0, false, &s);
    posted = s;
    if (config_overlay(&spec_record, "specs/overlays/posted.yaml", &posted, NULL, &w))
        fail_msg("%s", w.text);
    assert_string_equal(posted.underlying_id, "HDG-H100-OD-POSTED");
    assert_int_equal(spec_check(&posted, NULL, 0), 0);
    assert_int_equal(posted.underlying_label, SPEC_LABEL_POSTED);
    posted.underlying_label = s.underlying_label;
    memcpy(posted.underlying_id, s.underlying_id, sizeof s.underlying_id);
    memcpy(posted.fallback_index, s.fallback_index, sizeof s.fallback_index);
    memcpy(posted.name, s.name, sizeof s.name);
    assert_memory_equal(&s, &posted, sizeof s);
}

TEST(reconstructions_say_what_they_are)
{
    for (u32 i = 2; i < ARRAY_LEN(presets); i++) {
        struct spec s;
        load(i, false, &s);
        assert_non_null(strstr(s.disclaimer, "Not affiliated with, endorsed by or reviewed by"));
        assert_true(s.as_seen > 0);
    }
}

TEST(canonical_yaml_round_trip)
{
    for (u32 i = 0; i < 2 * ARRAY_LEN(presets); i++) {
        struct spec s, again;
        static char first[32768], second[32768];
        static u8 bytes[SPEC_BYTES_MAX], bytes2[SPEC_BYTES_MAX];
        struct text t = text_on(first, sizeof first), u = text_on(second, sizeof second);
        struct why w = { "" };
        load(i / 2, i & 1, &s);
        record_yaml(&spec_record, &s, &t);
        assert_false(t.cut);
        if (config_parse(&spec_record, "canonical", first, t.n, &again, NULL, &w))
            fail_msg("%s\n%s", w.text, first);
        record_yaml(&spec_record, &again, &u);
        assert_string_equal(first, second);
        assert_memory_equal(&s, &again, sizeof s);
        u32 n = spec_encode(&s, bytes, sizeof bytes);
        assert_true(n > 0);
        assert_int_equal(n, spec_encode(&again, bytes2, sizeof bytes2));
        assert_memory_equal(bytes, bytes2, n);
        assert_true(spec_decode(bytes, n, &again));
        assert_memory_equal(&s, &again, sizeof s);
        Hash h = spec_hash(&s), direct = sha256_of(bytes, n);
        assert_true(hash_eq(h, direct));
    }
}

/* ---- a month with no trade at all ---- */

struct month { i32 year; u32 month; };

/* The daily settlement of an untraded month, day by day, to its final price. */
static void settle(const struct spec *s, const struct calendar *c, struct month m, u32 bad_pattern,
                   u64 seed)
{
    struct listing l;
    struct averaging a = { 0 };
    struct rng rng = rng_of(seed);
    i64 d = 2800000, sum = 0, slow_sum = 0, cash = 0, last = 2790000;
    Date last_on = { period_start(period_month(m.year, m.month)).days - 1 };
    u32 n_slow = 0, set = 0;
    assert_int_equal(listing_of(s, c, period_month(m.year, m.month), &l), SPEC_FAULT_NONE);
    averaging_open(&a, &l);
    averaging_see(&a, s, &(Print){ .date = last_on, .priced_on = last_on, .value = last,
                                   .status = SPEC_PRINT_PRINTED });
    for (Date day = l.start; day.days <= l.end.days; day.days++) {
        Fixing fixed[AVERAGING_FIXINGS_MAX];
        Print p = { .date = day, .priced_on = day, .status = SPEC_PRINT_PRINTED,
                    .value = 2800000 + 100 * rng_between(&rng, -2000, 2000) };
        u32 n_prev = a.fixed;
        i64 rest, sum_prev = a.sum, d_prev = d;
        if (!set_has(s, c, &l, day)) {
            last = p.value, last_on = day;
            averaging_see(&a, s, &p);
            continue;
        }
        if (bad_pattern >> (set++ % 24) & 1) p.status = SPEC_PRINT_NO_PRINT, p.value = 0;
        /* the slow twin: the day rule said in one line each */
        if (p.value) last = p.value, last_on = day, slow_sum += last, n_slow++;
        else if (s->fsp_nonpub == SPEC_NONPUB_CARRY_MAX_N &&
                 day.days - last_on.days <= s->fsp_carry_max)
            slow_sum += last, n_slow++;
        if (averaging_day(&a, s, &p, fixed) != 1) fail();
        sum = a.sum;
        if (p.value && running_no_trades(d, sum_prev, n_prev, sum, a.fixed, a.total,
                                         s->tick_outright, &rest, &d)) {
            Money step;
            assert_true(settlement_cash(d_prev, d, l.lot_units_milli, 7, &step));
            cash += step.micros;
        }
    }
    assert_int_equal(set, l.fixings);
    assert_int_equal(a.sum, slow_sum);
    assert_int_equal(a.fixed, n_slow);
    if (a.total == 0) return;
    /* half-even to the final digits, the slow way: nearest multiple, tie to the even one */
    i64 grain = 100, q = slow_sum / ((i64)n_slow * grain), left = slow_sum - q * n_slow * grain;
    if (2 * left > (i64)n_slow * grain || (2 * left == (i64)n_slow * grain && q % 2)) q++;
    assert_int_equal(averaging_final(&a, s), q * grain);
    Money last_step, whole;
    assert_true(settlement_cash(d, averaging_final(&a, s), l.lot_units_milli, 7, &last_step));
    assert_true(settlement_cash(2800000, averaging_final(&a, s), l.lot_units_milli, 7, &whole));
    assert_int_equal(cash + last_step.micros, whole.micros); /* nothing is lost on the way */
}

TEST(months_settle_without_trades)
{
    static const struct month months[] = {
        { 2026, 2 },  /* 28 days, Presidents' Day */
        { 2028, 2 },  /* 29 days */
        { 2026, 6 },  /* 30 days */
        { 2026, 7 },  /* 31 days, Independence Day kept on a Friday */
        { 2027, 5 },  /* 31 May 2027 is a holiday: the month ends on one */
        { 2029, 12 }, /* Christmas */
    };
    static const u32 patterns[] = { 0, 1, 0x10, 0x30, 0x842, 0xe0, 0xffff00 };
    struct calendar c;
    load_calendar("specs/calendars/us-gpu.yaml", &c);
    for (u32 i = 0; i < ARRAY_LEN(presets); i++) {
        struct spec s;
        load(i, true, &s);
        FOR_EACH (m, months)
            FOR_EACH (p, patterns) settle(&s, &c, *m, *p, 7u * i + m->month);
    }
}

TEST(last_trade_before_a_holiday_at_month_end)
{
    struct calendar c;
    struct spec s;
    struct listing l;
    load_calendar("specs/calendars/us-gpu.yaml", &c);
    load(0, true, &s);
    assert_int_equal(listing_of(&s, &c, period_month(2027, 5), &l), SPEC_FAULT_NONE);
    assert_int_equal(l.last_trade.days, date_of(2027, 5, 28).days);
    assert_int_equal(l.last_fixing.days, l.last_trade.days);
    assert_int_equal(l.fixings, 20);
    assert_int_equal(l.lot_units_milli, 730000);
    assert_int_equal(l.tick_value, 730000);
    load(1, true, &s);
    assert_int_equal(listing_of(&s, &c, period_month(2027, 5), &l), SPEC_FAULT_NONE);
    assert_int_equal(l.lot_units_milli, 744000);
}

/* 20 % bad days settle, one more does not; five in a row do, six do not. */
TEST(bad_days_decide_determination)
{
    struct calendar c;
    struct spec s;
    struct listing l;
    static const struct { u32 bad, spread; bool want; } cases[] = {
        { 4, 4, false },
        { 5, 4, true },
        { 0, 1, false },
        { 3, 1, false },
    };
    load_calendar("specs/calendars/us-gpu.yaml", &c);
    load(0, true, &s);
    assert_int_equal(listing_of(&s, &c, period_month(2027, 5), &l), SPEC_FAULT_NONE); /* N = 20 */
    FOR_EACH (k, cases) {
        struct averaging a = { 0 };
        averaging_open(&a, &l);
        for (u32 n = 1; n <= l.fixings; n++) {
            Fixing out[AVERAGING_FIXINGS_MAX];
            Date day = set_day(&s, &c, &l, n);
            bool bad = n % k->spread == 0 && n / k->spread <= k->bad;
            Print p = { .date = day, .priced_on = day, .value = bad ? 0 : 2800000,
                        .status = bad ? SPEC_PRINT_NO_PRINT : SPEC_PRINT_PRINTED };
            if (averaging_day(&a, &s, &p, out) != 1) fail();
        }
        assert_int_equal(a.bad, k->bad);
        assert_int_equal(averaging_determination(&a, &s), k->want);
    }
    assert_false(bad_days(5, 25, 5, 200000, 5));
    assert_true(bad_days(6, 40, 6, 200000, 5));
    assert_false(bad_days(20, 100, 1, 200000, 5)); /* exactly 20 % is not */
    assert_true(bad_days(21, 100, 1, 200000, 5));
}

/* The holidays of us-gpu, worked out again from their rules. */
static Date nth(i32 y, u32 m, u32 weekday, u32 n)
{
    Date d = date_of(y, m, 1);
    while (date_weekday(d) != weekday) d.days++;
    return (Date){ d.days + 7 * ((i32)n - 1) };
}
static Date kept(Date d)
{
    if (date_weekday(d) == SATURDAY) return (Date){ d.days - 1 };
    return date_weekday(d) == SUNDAY ? (Date){ d.days + 1 } : d;
}
static Date good_friday(i32 y) /* Meeus, Astronomical Algorithms, ch. 8 */
{
    i32 a = y % 19, b = y / 100, c = y % 100, d = b / 4, e = b % 4, f = (b + 8) / 25;
    i32 g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
    i32 l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
    i32 n = h + l - 7 * m + 114;
    return (Date){ date_of(y, (u32)(n / 31), (u32)(n % 31 + 1)).days - 2 };
}

TEST(us_holidays_follow_their_rules)
{
    struct calendar c;
    u32 n = 0;
    load_calendar("specs/calendars/us-gpu.yaml", &c);
    for (i32 y = 2024; y <= 2030; y++) {
        Date memorial = date_of(y, 5, 31);
        while (date_weekday(memorial) != MONDAY) memorial.days--;
        Date new_year = date_of(y, 1, 1);
        Date want[] = { kept(new_year),
                        nth(y, 1, MONDAY, 3),
                        nth(y, 2, MONDAY, 3),
                        good_friday(y),
                        memorial,
                        kept(date_of(y, 6, 19)),
                        kept(date_of(y, 7, 4)),
                        nth(y, 9, MONDAY, 1),
                        nth(y, 11, THURSDAY, 4),
                        kept(date_of(y, 12, 25)) };
        for (u32 i = date_weekday(new_year) == SATURDAY; i < ARRAY_LEN(want); i++)
            assert_int_equal(c.holidays[n++], want[i].days);
    }
    assert_int_equal(n, c.holidays_n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_valid),
        cmocka_unit_test(restated_vintages_move_nothing),
        cmocka_unit_test(posted_overlay_keeps_the_contract),
        cmocka_unit_test(reconstructions_say_what_they_are),
        cmocka_unit_test(canonical_yaml_round_trip),
        cmocka_unit_test(months_settle_without_trades),
        cmocka_unit_test(last_trade_before_a_holiday_at_month_end),
        cmocka_unit_test(bad_days_decide_determination),
        cmocka_unit_test(us_holidays_follow_their_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
