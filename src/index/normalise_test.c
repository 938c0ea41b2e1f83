#include "index/work.h"
#include "market.h"
#include "test.h"

/* Currency, factors and resellers, through whole prints: one trade or list under test beside an
 * honest market. */
static struct market k;
static struct market_text text;

static struct methodology rules(void)
{
    struct methodology m = market_rules();
    market_no_screens(&m);
    m.partitions = m.need_partitions = 1, m.min_owners_partition = m.merge = 0;
    m.need_owners = 1, m.weight_cap_ppm = m.max_owner_ppm = 1000000;
    m.has_l2 = m.widen_hours_n = m.decay_ppm = m.need_volume = 0;
    memset(m.widen_hours, 0, sizeof m.widen_hours);
    return m;
}

static i64 at_day(i32 day) { return date_start((Date){ MARKET_FIRST.days + day }).ns; }

static void fix(const char *ccy, i32 day, i64 t_journal, i64 rate, const char *source)
{
    struct observation o = market_trade(&k, 1, at_day(day), rate, 0);
    o.kind = OBS_KIND_FIXING, o.raw_unit = RAW_UNIT_THOUSAND, o.counter_owner = 0, o.gpus = 0;
    o.gpu_class = 0, o.t_seen = o.t_journal = t_journal;
    memcpy(o.ccy, ccy, 3);
    o.source = market_name(&k, source);
    market_add(&k, &o);
}

static void euros(i32 day, i64 price)
{
    struct observation o = market_trade(&k, 0, at_day(day) + 3600 * NS_PER_SECOND, price, 8000);
    memcpy(o.ccy, "EUR", 3);
    market_add(&k, &o);
}

static bool verifies(void)
{
    u64 n = (receipt_check_bytes(text.at, text.n) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, n);
    struct receipt_verdict v;
    memset(memory, 0, n);
    receipt_check(text.at, text.n, memory, n, &v);
    if (!v.ok) print_error("line %u %s: %s\n", v.line, v.field, v.cause);
    free(memory);
    return v.ok;
}

static struct print print_of(i32 day)
{
    struct index_sink sink = { market_put, &text };
    struct print p;
    market_series(&k);
    for (i32 d = 0; d <= day; d++) text.n = 0, p = market_print(&k, &sink);
    assert_true(verifies());
    return p;
}

/* 2 EUR at a fixing of each case; 0: FX_STALE. */
static void the_days_fixing_or_the_one_before(void **state)
{
    static const struct { i32 day; i64 after_ns; const char *ccy, *source; i64 want; } cases[] = {
        { 10, -1, "EUR", "ecb", 2169000 },  { 9, -1, "EUR", "ecb", 2169000 },
        { 5, -1, "EUR", "ecb", 2169000 },   { 4, -1, "EUR", "ecb", 0 },
        { 11, -1, "EUR", "ecb", 0 }, /* another day's */
        { 10, 1, "EUR", "ecb", 0 },  /* journaled after the trade */
        { 10, -1, "GBP", "ecb", 0 },        { 10, -1, "EUR", "boe", 0 },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct methodology m = rules();
        m.has_fx = 1, m.fx_max_age = 5, m.decimals = 6;
        snprintf(m.fx_source, sizeof m.fx_source, "ecb");
        market_open(&k, &m);
        i64 t = at_day(10) + 3600 * NS_PER_SECOND;
        if (cases[i].after_ns > 0) euros(10, 2000000);
        if (cases[i].day < 11) fix(cases[i].ccy, cases[i].day, t, 1084500000, cases[i].source);
        if (cases[i].after_ns < 0) euros(10, 2000000);
        struct print p = print_of(10);
        assert_int_equal(p.value, cases[i].want);
        assert_int_equal(p.dropped[REASON_FX_STALE], cases[i].want == 0);
        market_close(&k);
    }
}

/* Of one date the last journaled counts; a later date before an older one journaled after it. */
static void corrected_fixings(void **state)
{
    struct methodology m = rules();
    (void)state;
    m.has_fx = 1, m.fx_max_age = 5, m.decimals = 6;
    snprintf(m.fx_source, sizeof m.fx_source, "ecb");
    market_open(&k, &m);
    fix("EUR", 9, at_day(9), 1000000000, "ecb");
    fix("EUR", 10, at_day(10), 1100000000, "ecb");
    fix("EUR", 10, at_day(10) + 1, 1200000000, "ecb");
    fix("EUR", 8, at_day(10) + 2, 1300000000, "ecb"); /* an old one, late */
    euros(10, 2000000);
    euros(11, 2000000); /* nothing for that day: the one before */
    struct print p = print_of(11);
    assert_int_equal(p.value, 2400000);
    assert_int_equal(p.observations, 1);
    market_close(&k);
    m = rules();
    market_open(&k, &m);
    fix("EUR", 10, at_day(10), 1100000000, "ecb");
    euros(10, 2000000);
    assert_int_equal(print_of(10).dropped[REASON_FX_STALE], 1);
    market_close(&k);
}

/* price / prod (1 + f), one rounding; of a kind the closest fit, on its days. */
static void factors_to_the_reference_grade(void **state)
{
    static const struct { u32 on; const char *is; i64 ppm; i32 from, to; i64 want; } cases[] = {
        { FACTOR_ON_REGION, "US", 100000, 0, 0, 3000000 },
        { FACTOR_ON_REGION, "US/east", 100000, 0, 0, 3000000 },
        { FACTOR_ON_REGION, "US/eas", 100000, 0, 0, 3300000 },
        { FACTOR_ON_CHANNEL, "neocloud", -400000, 0, 0, 5500000 },
        { FACTOR_ON_CHANNEL, "hyperscaler", -400000, 0, 0, 3300000 },
        { FACTOR_ON_FORM, "SXM", 180000, 0, 0, 2796610 },
        { FACTOR_ON_TERM, "on_demand", 50000, 0, 0, 3142857 },
        { FACTOR_ON_GPUS, "8", 50000, 0, 0, 3142857 },
        { FACTOR_ON_GPUS, "9", 50000, 0, 0, 3300000 },
        { FACTOR_ON_FORM, "SXM", 180000, 1, 0, 3300000 },
        { FACTOR_ON_FORM, "SXM", 180000, -5, -1, 3300000 },
        { FACTOR_ON_FORM, "SXM", 180000, -5, 0, 2796610 },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct methodology m = rules();
        m.decimals = 6, m.factors_n = 1;
        struct factor *f = &m.factors[0];
        *f = (struct factor){ .on = cases[i].on, .ppm = cases[i].ppm,
                              .from = MARKET_FIRST.days + cases[i].from };
        if (cases[i].to || cases[i].from < 0) f->to = MARKET_FIRST.days + cases[i].to;
        snprintf(f->is, sizeof f->is, "%s", cases[i].is);
        f->report.bytes[0] = 1;
        market_open(&k, &m);
        struct observation o = market_trade(&k, 0, at_day(0) + 1, 3300000, 8000);
        market_add(&k, &o);
        assert_int_equal(print_of(0).value, cases[i].want);
        market_close(&k);
    }
}

/* The vector's chain, with a currency before it: 3.3 x 0.97^-1 x 1.18^-1 of 2 units at 1.65. */
static void one_rounding_at_the_end(void **state)
{
    struct methodology m = rules();
    struct rng r = rng_of(42);
    (void)state;
    m.decimals = 6, m.factors_n = 2, m.has_fx = 1, m.fx_max_age = 5;
    snprintf(m.fx_source, sizeof m.fx_source, "ecb");
    m.factors[0] = (struct factor){ .on = FACTOR_ON_FORM, .is = "SXM", .ppm = 180000, .from = 1 };
    m.factors[1] = (struct factor){ .on = FACTOR_ON_REGION, .is = "US", .ppm = -30000, .from = 1 };
    m.factors[0].report.bytes[0] = m.factors[1].report.bytes[0] = 1;
    for (u32 i = 0; i < 300; i++) {
        i64 price = i ? rng_between(&r, 1000, 90000000) : 2000000;
        i64 rate = i ? rng_between(&r, 1000000, 3000000000) : 1650000000;
        market_open(&k, &m);
        fix("EUR", 0, at_day(0), rate, "ecb");
        euros(0, price);
        struct print p = print_of(0);
        /* price x rate / (1e9 x 1.18 x 0.97) = price x rate x 10 / 11446000000 */
        i128 top = (i128)price * rate * 10, bottom = INT64_C(11446000000);
        assert_int_equal(p.value, (i64)div_round(top, bottom, ROUND_HALF_EVEN));
        if (!i) assert_int_equal(p.value, 2883103);
        market_close(&k);
    }
}

/* A reseller counts where the registry names its supplier and that one has no price of its own. */
static void a_reseller_does_not_count_twice(void **state)
{
    static const struct { const char *supplier; bool there; u32 want; } cases[] = {
        { "", true, 1 },   { "", false, 1 },      { "p1", true, 1 },
        { "o1", true, 1 }, { "p1", false, 0 },    { "other", true, 0 },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct methodology m = rules();
        m.channels |= INT64_C(1) << CHANNEL_RESELLER;
        market_open(&k, &m);
        snprintf(k.owners[0].supplier, sizeof k.owners[0].supplier, "%s", cases[i].supplier);
        struct observation o = market_trade(&k, 0, at_day(0) + 1, 2800000, 8000);
        o.channel = CHANNEL_RESELLER;
        market_add(&k, &o);
        o = market_trade(&k, cases[i].there ? 1 : 2, at_day(0) + 2, 2900000, 8000);
        market_add(&k, &o);
        assert_int_equal(print_of(0).dropped[REASON_CHANNEL], cases[i].want);
        market_close(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_days_fixing_or_the_one_before),
        cmocka_unit_test(corrected_fixings),
        cmocka_unit_test(factors_to_the_reference_grade),
        cmocka_unit_test(one_rounding_at_the_end),
        cmocka_unit_test(a_reseller_does_not_count_twice),
    };
    return cmocka_run_group_tests_name("index/normalise", tests, NULL, NULL);
}
