#include "base/random.h"
#include "contract/averaging.h"
#include "contract/cascade.h"
#include "contract/equivalence.h"
#include "contract/vintage.h"
#include "contract/warrant.h"
#include "test.h"

#include <stdio.h>

/* As much of a specification as averaging reads. */
static struct spec rule(i64 set, i64 nonpub, i64 max)
{
    return (struct spec){ .product = "TEST", .fsp_set = set, .fsp_nonpub = nonpub,
                          .fsp_carry_max = max, .fsp_digits = 4,
                          .fsp_round = SPEC_ROUND_HALF_EVEN, .tick_final = 100,
                          .bad_share_ppm = 200000, .bad_run = 5,
                          .lot_rule = SPEC_LOT_FIXED_HOURS, .lot_units_milli = 730000,
                          .tick_outright = 1000, .tick_spread = 1000, .price_max = 1000000000,
                          .last_trade_rule = SPEC_LAST_TRADE_LAST_BUSINESS_DAY, .list_months = 3,
                          .calendar_id = "days", .fsp_rule = SPEC_FSP_MEAN_DAILY, .spot_days = 3,
                          .kind = SPEC_KIND_AVG_FUT };
}

/* One letter a calendar day from 1 March 2026: a digit prints it, 'c' carries (L5) the price of the
 * day before, '.' has no print. */
static void play(const struct spec *s, const char *before, const char *days, char *out, u32 cap)
{
    struct listing l = { .fixings = (u32)strlen(days), .start = date_of(2026, 3, 1) };
    struct averaging a = { 0 };
    struct text t = text_on(out, cap);
    i32 first = l.start.days - (i32)strlen(before);
    i64 last = 0;
    averaging_open(&a, &l);
    for (u32 i = 0; i < strlen(before) + strlen(days); i++) {
        bool in = i >= strlen(before);
        char k = in ? days[i - strlen(before)] : before[i];
        Print p = { .date = { first + (i32)i }, .priced_on = { first + (i32)i },
                    .status = k == '.'   ? SPEC_PRINT_NO_PRINT
                              : k == 'c' ? SPEC_PRINT_CARRIED
                                         : SPEC_PRINT_PRINTED };
        Fixing made[AVERAGING_FIXINGS_MAX];
        u32 n = 0;
        if (k == 'c') p.priced_on.days--, p.value = last;
        else if (k != '.') p.value = (k - '0') * 1000000, last = p.value;
        if (in) n = averaging_day(&a, s, &p, made);
        else averaging_see(&a, s, &p);
        if (i + 1 == strlen(before) + strlen(days)) n += averaging_close(&a, s, made + n);
        for (u32 j = 0; j < n; j++) {
            static const char *const kinds[] = { "", "=", "~", "x" };
            text_put(&t, t.n ? " " : "");
            text_put_u64(&t, (u64)(made[j].date.days - l.start.days + 1));
            if (made[j].days > 1) text_put_char(&t, '*'), text_put_u64(&t, made[j].days);
            text_put(&t, kinds[made[j].kind]);
            if (made[j].kind != SPEC_FIXING_DROPPED) text_put_dec_short(&t, made[j].value, 6, 0);
        }
    }
    text_put(&t, " | ");
    text_put_u64(&t, a.fixed), text_put_char(&t, '/'), text_put_u64(&t, a.total);
    if (a.fixed) text_put_char(&t, ' '), text_put_dec_short(&t, averaging_final(&a, s), 6, 0);
    if (averaging_determination(&a, s)) text_put(&t, " determination");
}

enum {
    SKIP = SPEC_NONPUB_SKIP,
    PREV = SPEC_NONPUB_CARRY_PREV,
    MAX_N = SPEC_NONPUB_CARRY_MAX_N,
    FILL = SPEC_NONPUB_FILL_MEAN_G,
    DAYS = SPEC_SET_CALENDAR,
    PUB = SPEC_SET_PUBLICATION
};

static const struct {
    const char *name;
    i64 set, nonpub, max;
    const char *before, *days, *want;
} cases[] = {
    { "all print", DAYS, SKIP, 0, "", "123", "1=1 2=2 3=3 | 3/3 2" },
    { "a day without a print leaves the set", DAYS, SKIP, 0, "9", "1.....3123123123123123123123123",
      "1=1 2x 3x 4x 5x 6x 7=3 8=1 9=2 10=3 11=1 12=2 13=3 14=1 15=2 16=3 17=1 18=2 19=3 20=1 21=2 "
      "22=3 23=1 24=2 25=3 26=1 27=2 28=3 29=1 30=2 31=3 | 26/26 2" },
    { "carry of any age, from before the period", DAYS, PREV, 0, "4...", "..2",
      "1~4 2~4 3=2 | 3/3 3.3333 determination" },
    { "nothing to carry", DAYS, PREV, 0, "", "..2", "1x 2x 3=2 | 1/1 2 determination" },
    { "carry at most two calendar days", DAYS, MAX_N, 2, "", "5...5",
      "1=5 2~5 3~5 4x 5=5 | 4/4 5 determination" },
    { "the age runs over the weekend before", DAYS, MAX_N, 2, "5.", "..5",
      "1~5 2x 3=5 | 2/2 5 determination" },
    { "an L5 print is a print", DAYS, MAX_N, 1, "5", "c6666", "1~5 2=6 3=6 4=6 5=6 | 5/5 5.8" },
    { "its age is that of the price it carries", DAYS, MAX_N, 1, "5", "c.6666",
      "1~5 2x 3=6 4=6 5=6 6=6 | 5/5 5.8 determination" },
    { "exactly a fifth bad is none", DAYS, MAX_N, 3, "", "2222.", "1=2 2=2 3=2 4=2 5~2 | 5/5 2" },
    { "a gap takes the mean of as many before", DAYS, FILL, 3, "", "1234..5555",
      "1=1 2=2 3=3 4=4 5*2~3.5 7=5 8=5 9=5 10=5 | 10/10 3.7" },
    { "at most max of them", DAYS, FILL, 2, "", "1234...555",
      "1=1 2=2 3=3 4=4 5*3~3.5 8=5 9=5 10=5 | 10/10 3.55 determination" },
    { "fewer if there are fewer", DAYS, FILL, 5, "2", "...2", "1*3~2 4=2 | 4/4 2 determination" },
    { "a gap at the end", DAYS, FILL, 5, "", "2222.", "1=2 2=2 3=2 4=2 5~2 | 5/5 2" },
    { "a gap with nothing before", DAYS, FILL, 5, "", "..2", "1*2x 3=2 | 1/1 2 determination" },
    { "publication: a day without a print is no day", PUB, SKIP, 0, "", "1......3",
      "1=1 2x 3x 4x 5x 6x 7x 8=3 | 2/2 2" },
    { "publication: carried days are bad days", PUB, SKIP, 0, "", "1c.3",
      "1=1 2~1 3x 4=3 | 3/3 1.6667 determination" },
    { "no print at all", DAYS, MAX_N, 3, "", "...", "1x 2x 3x | 0/0 determination" },
};

TEST(day_rules)
{
    FOR_EACH (c, cases) {
        struct spec s = rule(c->set, c->nonpub, c->max);
        char got[1024];
        play(&s, c->before, c->days, got, sizeof got);
        EXPECT_TEXT(got, c->want, c->name);
    }
}

TEST(six_bad_days_in_a_row)
{
    assert_false(bad_days(5, 100, 5, 200000, 5));
    assert_true(bad_days(6, 100, 6, 200000, 5));
}

TEST(means_round_once_and_half_even)
{
    static const struct { i64 sum; u32 n, digits, mode; i64 tick, want; } rows[] = {
        { 14080000, 5, 4, SPEC_ROUND_HALF_EVEN, 100, 2816000 },
        { 5000300, 2, 4, SPEC_ROUND_HALF_EVEN, 100, 2500200 }, /* 2.50015 -> even */
        { 5000100, 2, 4, SPEC_ROUND_HALF_EVEN, 100, 2500000 },
        { 5000100, 2, 4, SPEC_ROUND_HALF_UP, 100, 2500100 },
        { -5000100, 2, 4, SPEC_ROUND_HALF_UP, 100, -2500100 },
        { 5000300, 2, 4, SPEC_ROUND_TO_TICK, 5000, 2500000 },
        { 10, 3, 6, SPEC_ROUND_HALF_EVEN, 100, 3 },
        { 3500000, 1, 0, SPEC_ROUND_HALF_EVEN, 100, 4000000 },
        { 2500000, 1, 0, SPEC_ROUND_HALF_EVEN, 100, 2000000 },
    };
    FOR_EACH (r, rows)
        assert_int_equal(mean_rounded(r->sum, r->n, r->digits, r->mode, r->tick), r->want);
}

/* Daily settlements without trades telescope to the final price, whatever the path. */
TEST(no_trades_telescope)
{
    struct rng rng = rng_of(3);
    for (u32 round = 0; round < 2000; round++) {
        u32 total = (u32)rng_between(&rng, 1, 31);
        i64 d = rng_between(&rng, 1000, 5000) * 1000, sum = 0, rest, cash = 0, start = d;
        for (u32 n = 1; n <= total; n++) {
            i64 before = d, sum_prev = sum;
            Money m;
            sum += rng_between(&rng, 1000000, 5000000);
            assert_true(running_no_trades(d, sum_prev, n - 1, sum, n, total, 1000, &rest, &d));
            assert_true(settlement_cash(before, d, 744000, -9, &m));
            cash += m.micros;
        }
        assert_int_equal(d, div_round(sum, total, ROUND_HALF_EVEN)); /* all fixed: D = A_N */
        Money whole;
        assert_true(settlement_cash(start, d, 744000, -9, &whole));
        assert_int_equal(cash, whole.micros);
    }
    i64 rest, dsp;
    assert_false(running_no_trades(2, 2, 1, 2, 1, 1, 1, &rest, &dsp));
}

/* A print equal to what yesterday implied moves nothing. */
TEST(the_expected_print_moves_nothing)
{
    i64 rest, dsp;
    for (u32 n = 0; n < 20; n++) {
        assert_true(running_no_trades(2900000, 2900000 * (i64)n, n, 2900000 * ((i64)n + 1), n + 1,
                                      21, 1000, &rest, &dsp));
        assert_int_equal(rest, 2900000);
        assert_int_equal(dsp, 2900000);
    }
    assert_int_equal(running_mark(14150000, 5, 21, 2900000), 2883333);
    assert_int_equal(running_delta_ppm(21, 21), 0);
    assert_int_equal(diminishing(-7500, 10, 21), 3929);
    assert_int_equal(diminishing(1, 20, 21), 1);
}

TEST(money_overflows_are_said)
{
    Money m;
    i64 v, w;
    assert_false(settlement_cash(INT64_MIN, INT64_MAX, 1000, 1, &m));
    assert_false(settlement_cash(0, INT64_MAX / 2, 730000, 1, &m));
    assert_false(settlement_cash(0, 1000000000, 744000, INT64_MAX / 1000, &m));
    assert_true(tick_value(1000, 730000, &v));
    assert_int_equal(v, 730000);
    assert_false(tick_value(1, 730500, &v));
    assert_false(tick_value(INT64_MAX, 1000000, &v));
    assert_false(lot_ratio(744, 730, INT64_MAX, &v, &w));
}

/* ---- vintages ---- */

TEST(restated_prints_bind_by_rule)
{
    Date day = date_of(2026, 7, 7);
    struct spec s = { .vintage_rule = SPEC_VINTAGE_FIRST_PRINT };
    i64 hour = 3600 * NS_PER_SECOND, at = date_start(day).ns + 16 * hour;
    Vintage v[3] = {
        { { day, day, 2800000, SPEC_PRINT_PRINTED, 0 }, { at }, 1, 0 },
        { { day, day, 2802800, SPEC_PRINT_PRINTED, 0 }, { at + 2 * hour }, 2, 0 }, /* + 0.1 % */
        { { day, day, 2802801, SPEC_PRINT_PRINTED, 0 }, { at + 8 * hour }, 3, 0 }, /* midnight */
    };
    assert_int_equal(vintage_binding(&s, day, v, 0), -1);
    assert_int_equal(vintage_binding(&s, day, v, 3), 0);
    s.vintage_rule = SPEC_VINTAGE_LAST_BEFORE, s.vintage_before = 86400;
    assert_int_equal(vintage_binding(&s, day, v, 1), 0);
    assert_int_equal(vintage_binding(&s, day, v, 3), 1); /* at the cut-off is too late */
    s.vintage_days = 1;
    assert_int_equal(vintage_binding(&s, day, v, 3), 2);
    s.vintage_before = 1, s.vintage_days = 0;
    assert_int_equal(vintage_binding(&s, day, v, 3), -1); /* nothing in time */
    s.vintage_rule = SPEC_VINTAGE_RESTATE_IF, s.vintage_ppm = 1000, s.vintage_before = 86400;
    assert_int_equal(vintage_binding(&s, day, v, 3), 0); /* exactly 0.1 % is not above it */
    s.vintage_days = 1;
    assert_int_equal(vintage_binding(&s, day, v, 3), 2);
    v[2].print.value = 2797199; /* down by more */
    assert_int_equal(vintage_binding(&s, day, v, 3), 2);
    v[2].print.value = 0, v[2].print.status = SPEC_PRINT_NO_PRINT; /* withdrawn */
    assert_int_equal(vintage_binding(&s, day, v, 3), 2);
}

/* ---- strips ---- */

TEST(cascade_conserves)
{
    struct rng rng = rng_of(5);
    for (u32 round = 0; round < 3000; round++) {
        Period legs[CASCADE_LEGS_MAX];
        Period parent = { (i32)rng_between(&rng, 2026, 2040),
                          rng_chance(&rng, 500000) ? PERIOD_QUARTER : PERIOD_YEAR,
                          0,
                          { 0 } };
        if (parent.kind == PERIOD_QUARTER) parent.part = (u8)rng_between(&rng, 1, 4);
        i64 dsp[CASCADE_LEGS_MAX], hours[CASCADE_LEGS_MAX], before, after;
        i64 lots = rng_between(&rng, -5000, 5000);
        struct cascade c;
        u32 n = cascade_legs(parent, legs);
        i32 next = period_start(parent).days;
        for (u32 i = 0; i < n; i++) { /* the legs follow each other and fill the parent */
            assert_int_equal(period_start(legs[i]).days, next);
            next = period_end(legs[i]).days + 1;
            hours[i] = period_hours(legs[i]), dsp[i] = rng_between(&rng, 1000, 5000) * 1000;
        }
        assert_int_equal(next, period_end(parent).days + 1);
        assert_int_equal(cascade_check_hours(hours, n, period_hours(parent)), SPEC_FAULT_NONE);
        assert_int_equal(cascade_check_hours(hours, n - 1, period_hours(parent)),
                         SPEC_FAULT_STRIP_HOURS);
        assert_true(cascade_prices(dsp, hours, n, 1000, &c));
        assert_int_equal(c.hours, period_hours(parent));
        assert_true(cascade_position_hours(lots, &c.hours, 1, &before));
        assert_true(cascade_position_hours(lots, hours, n, &after));
        assert_int_equal(before, after);
        /* children open at the parent's price and mark to their own: the sum is the residual */
        i64 jump = 0;
        for (u32 i = 0; i < n; i++) jump += (dsp[i] - c.child_open_price) * hours[i];
        assert_int_equal(jump, c.residual_per_lot);
    }
}

/* ---- warrants ---- */

TEST(warrants_move_only_along_the_table)
{
    struct rng rng = rng_of(11);
    u32 seen = 0;
    for (u32 round = 0; round < 20000; round++) {
        u32 at = WARRANT_NONE;
        for (u32 i = 0; i < 12; i++) {
            u32 was = at, event = (u32)rng_between(&rng, 1, WARRANT_EVENT_COUNT - 1);
            enum warrant_fault f = warrant_move(&at, event, 0);
            if (f) assert_int_equal(at, was);
            if (was == WARRANT_CONSUMED || was >= WARRANT_EXPIRED)
                assert_int_equal(f, WARRANT_FAULT_STATE);
            seen |= BIT(at);
        }
    }
    assert_int_equal(seen | 1, BIT(WARRANT_STATE_COUNT) - 1); /* every state was reached */
    u32 pledged = WARRANT_PLEDGED, free = WARRANT_REGISTERED;
    assert_int_equal(warrant_move(&pledged, WARRANT_DO_REDEEM, 0), WARRANT_FAULT_ENCUMBERED);
    assert_int_equal(warrant_move(&free, WARRANT_DO_LOCK, 86401), WARRANT_FAULT_STALE);
    assert_int_equal(warrant_move(&free, WARRANT_DO_LOCK, 86400), WARRANT_FAULT_NONE);
    assert_int_equal(warrant_remaining(4, 24, 1441), 0);
}

/* ---- relative value ---- */

TEST(ladders_and_bands)
{
    static const i64 strikes[] = { 1000000, 2000000, 3000000, 4000000 };
    static const i64 crossed[] = { 900000, 400000, 600000, 0 }; /* pooled to 0.5, 0.5 */
    static const i64 pooled[] = { 900000, 500000, 500000, 0 };
    assert_int_equal(ladder_mean(strikes, crossed, 4), ladder_mean(strikes, pooled, 4));
    assert_int_equal(ladder_mean(strikes, pooled, 4), 2450000);
    static const i64 costs[] = { 5, 6 };
    assert_false(no_arb_band(111, 100, 0, 1000000, costs, 2).alarm); /* on the edge is inside */
    assert_true(no_arb_band(112, 100, 0, 1000000, costs, 2).alarm);
    Money m;
    assert_true(perp_funding(2700000, 2800000, 20000, 1000, 10, 1, 3, &m));
    assert_int_equal(m.micros, -186670); /* -56000 / 3 = -18666.67 -> -18667 a lot */
    static const i64 a[] = { 10, 20, 99 }, b[] = { 1, 99, 3 };
    static const u8 in_a[] = { 1, 1, 0 }, in_b[] = { 1, 0, 1 };
    i64 basis;
    assert_true(index_basis(a, in_a, b, in_b, 3, SPEC_PAIRING_OWN, &basis));
    assert_int_equal(basis, 13);
    assert_true(index_basis(a, in_a, b, in_b, 3, SPEC_PAIRING_COMMON, &basis));
    assert_int_equal(basis, 9);
    assert_false(index_basis(a, in_a, b, in_b + 1, 1, SPEC_PAIRING_COMMON, &basis));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(day_rules),
        cmocka_unit_test(six_bad_days_in_a_row),
        cmocka_unit_test(means_round_once_and_half_even),
        cmocka_unit_test(no_trades_telescope),
        cmocka_unit_test(the_expected_print_moves_nothing),
        cmocka_unit_test(money_overflows_are_said),
        cmocka_unit_test(restated_prints_bind_by_rule),
        cmocka_unit_test(cascade_conserves),
        cmocka_unit_test(warrants_move_only_along_the_table),
        cmocka_unit_test(ladders_and_bands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
