#include "market.h"
#include "test.h"

/* Every mixture of what may be there on a day, after every length of time without a price: the
 * level, its value, the reasons and the receipt, against a model of a few lines. */
enum { DAYS = 1040, TRADES = 1, TRADE = 2, BOOK = 4, PANEL = 8 };
static struct market k;
static struct market_text text;
static u32 has[DAYS];

static struct methodology rules(void)
{
    struct methodology m = market_rules();
    market_no_screens(&m);
    m.partitions = m.need_partitions = 1, m.min_owners_partition = m.merge = 0;
    m.s_min = 0, m.need_volume = 0, m.need_owners = 2;
    m.weight_cap_ppm = 500000, m.max_owner_ppm = 1000000;
    m.has_l3 = m.has_rti = 1, m.spread_ppm = 50000;
    m.rti_grid = 1000, m.rti_spread_ppm = 5000, m.rti_stale_s = 3600;
    m.rti_decay_n = 2, m.rti_decay[0] = RTI_ONE / 4, m.rti_decay[1] = RTI_ONE / 2;
    m.has_l4 = 1, m.panellists = 3, m.drop_each_side = 1;
    m.max_age = 3;
    return m;
}

static void add(u32 kind, u32 owner, i64 t, i64 price, u32 quality)
{
    struct observation o = market_trade(&k, owner, t, price, 8000);
    o.kind = (u8)kind, o.quality = quality;
    if (kind != OBS_KIND_TRADE) o.counter_owner = 0;
    market_add(&k, &o);
}

static void add_day(u32 d, u32 with)
{
    i64 t = market_window((Date){ MARKET_FIRST.days + (i32)d }),
        last = t + NS_PER_DAY - NS_PER_SECOND;
    if (with & (TRADES | TRADE)) add(OBS_KIND_TRADE, 0, t + 1, 2700000 + (i64)d % 7 * 1000, 0);
    if (with & TRADES) add(OBS_KIND_TRADE, 1, t + 2, 2700000 + (i64)d % 7 * 1000, 0);
    for (u32 i = 0; with & PANEL && i < 3; i++)
        add(OBS_KIND_PANEL, i, t + 3, i == 1 ? 9000000 : 2000000 + 900000 * (i64)(i / 2), 0);
    add(OBS_KIND_QUOTE, 5, t + 4, 1000000, 0); /* older than the book takes */
    if (with & BOOK) {
        add(OBS_KIND_QUOTE, 3, last, 2811000, 0);
        add(OBS_KIND_QUOTE, 4, last + 1, 2799000, LIST_BIT(QUALITY_BID));
    }
}

/* Owners with a trade on day d or the `back` days before it. */
static bool two_owners(u32 d, u32 back)
{
    u32 seen = 0;
    for (u32 i = 0; i <= back && i <= d; i++)
        seen |= has[d - i] & TRADES ? 3 : has[d - i] & TRADE ? 1 : 0;
    return seen == 3;
}

static u8 model(u32 d, u32 *since)
{
    u8 level = has[d] & TRADES                        ? LEVEL_L1
               : two_owners(d, 1) || two_owners(d, 2) ? LEVEL_L2
               : has[d] & BOOK                        ? LEVEL_L3
               : has[d] & PANEL                       ? LEVEL_L4
                                                      : LEVEL_L5;
    *since = level <= LEVEL_L3 ? 0 : *since + 1;
    if (level == LEVEL_L5 && *since > 3) level = LEVEL_L6;
    return level;
}

/* A day of trades, up to nine days of nothing or a panel alone, then a day of each kind. */
static void plan(void)
{
    struct rng r = rng_of(41);
    u32 d = 0;
    for (u32 dry = 0; dry < 10; dry++)
        for (u32 kind = 0; kind < 16; kind++) {
            has[d++] = TRADES;
            for (u32 i = 0; i < dry; i++) has[d++] = rng_chance(&r, 300000) ? PANEL : 0;
            has[d++] = kind;
        }
    assert_int_equal(d, DAYS);
}

static void check_receipt(const struct print *p)
{
    u64 n = (receipt_check_bytes(text.at, text.n) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, n);
    struct receipt_verdict v;
    memset(memory, 0, n);
    receipt_check(text.at, text.n, memory, n, &v);
    if (!v.ok) print_error("line %u %s: %s\n", v.line, v.field, v.cause);
    assert_true(v.ok);
    assert_int_equal(v.print.level, p->level);
    static struct market_text words; /* explained without a broken assertion, the level in it */
    struct index_sink sink = { market_put, &words };
    words.n = 0;
    memset(memory, 0, n);
    receipt_explain(text.at, text.n, memory, n, &sink, &v);
    assert_true(v.ok);
    if (p->level == LEVEL_L3)
        assert_non_null(strstr(words.at, "best ask 2.811000, best bid 2.799000"));
    if (p->level == LEVEL_L4)
        assert_non_null(strstr(words.at, "Panel of 3, 1 dropped on each side"));
    free(memory);
}

static void each_mixture_has_its_level(void **state)
{
    struct methodology m = rules();
    struct index_sink sink = { market_put, &text };
    u32 seen[16][7] = { { 0 } }, since = 1000;
    i64 last = 0;
    (void)state;
    plan();
    market_open(&k, &m);
    for (u32 d = 0; d < DAYS; d++) add_day(d, has[d]);
    market_series(&k);
    for (u32 d = 0; d < DAYS; d++) {
        u32 before = since < 6 ? since : 6;
        u8 want = model(d, &since);
        text.n = 0;
        struct print p = market_print(&k, d % 7 ? NULL : &sink);
        assert_int_equal(p.level, want);
        assert_int_equal(p.why_l1 != 0, want > LEVEL_L1);
        assert_int_equal(p.why_l2 != 0, want > LEVEL_L2);
        assert_int_equal(p.why_l3, want <= LEVEL_L3 ? 0 : SHORT_NO_BOOK);
        assert_int_equal(p.why_l4, want <= LEVEL_L4 ? 0 : SHORT_MIN_PANEL);
        assert_int_equal(p.status, want <= LEVEL_L4   ? BENCH_PRINT_PRINTED
                                   : want == LEVEL_L5 ? BENCH_PRINT_CARRIED
                                                      : BENCH_PRINT_NO_PRINT);
        if (want == LEVEL_L3) assert_int_equal(p.value, 2805000);
        if (want == LEVEL_L4) assert_int_equal(p.value, 2900000);
        if (want == LEVEL_L5) assert_int_equal(p.value, last); /* never the panel's */
        if (want == LEVEL_L5) assert_int_equal(p.age, since);
        if (want <= LEVEL_L3) last = p.value;
        assert_int_equal((p.flags & LIST_BIT(BENCH_FLAG_PANEL)) != 0, want == LEVEL_L4);
        if (d % 7 == 0) check_receipt(&p);
        seen[has[d]][before]++;
    }
    for (u32 i = 0; i < 16; i++)
        for (u32 b = 0; b < 7; b++) assert_true(seen[i][b] > 0);
    market_close(&k);
}

/* One quote that is wrong in one way: the book is short of a side, or wide, or one owner's. */
struct quote_case { const char *name; i64 bid; u32 owner, quality, want; i64 owners; };

static void a_book_that_is_none_says_why(void **state)
{
    const u32 bid = LIST_BIT(QUALITY_BID);
    const struct quote_case cases[] = {
        { "fine", 2799000, 4, bid, 0, 1 },
        { "no bid", 2799000, 4, 0, SHORT_NO_BOOK, 1 },
        { "a wide one", 2500000, 4, bid, SHORT_WIDE_SPREAD, 1 },
        { "just within", 2543286, 4, bid, 0, 1 },
        { "just wider", 2543285, 4, bid, SHORT_WIDE_SPREAD, 1 },
        { "two owners wanted", 2799000, 4, bid, SHORT_MIN_ENTITIES, 2 },
        { "made up", 2799000, 4, bid | LIST_BIT(QUALITY_SYNTHETIC), SHORT_NO_BOOK, 1 },
        { "no capacity", 2799000, 4, bid | LIST_BIT(QUALITY_NO_CAPACITY), SHORT_NO_BOOK, 1 },
        { "crossed", 2900000, 4, bid, 0, 1 },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct methodology m = rules();
        m.l3_owners = cases[i].owners;
        market_open(&k, &m);
        i64 t = market_window(MARKET_FIRST) + NS_PER_DAY - NS_PER_SECOND;
        add(OBS_KIND_QUOTE, 3, t, 2811000, 0);
        add(OBS_KIND_QUOTE, cases[i].owner, t, cases[i].bid, cases[i].quality);
        market_series(&k);
        struct print p = market_print(&k, NULL);
        if (p.why_l3 != cases[i].want)
            print_error("%s: %s\n", cases[i].name, list_text(SHORT, p.why_l3));
        assert_int_equal(p.why_l3, cases[i].want);
        assert_int_equal(p.level == LEVEL_L3, cases[i].want == 0);
        market_close(&k);
    }
}

/* A quote that another corrects is not in the book, and a panellist's later answer is its
 * answer. */
static void later_words_count(void **state)
{
    struct methodology m = rules();
    (void)state;
    market_open(&k, &m);
    i64 t = market_window(MARKET_FIRST) + NS_PER_DAY - NS_PER_SECOND;
    add(OBS_KIND_QUOTE, 3, t, 1000000, 0);
    add(OBS_KIND_QUOTE, 4, t, 2799000, LIST_BIT(QUALITY_BID));
    struct observation o = market_trade(&k, 3, t, 2811000, 8000);
    o.kind = OBS_KIND_QUOTE, o.counter_owner = 0, o.corrects = 1;
    market_add(&k, &o);
    market_series(&k);
    assert_int_equal(market_print(&k, NULL).value, 2805000);
    market_close(&k);
    market_open(&k, &m);
    for (u32 i = 0; i < 4; i++) add(OBS_KIND_PANEL, i % 3, t + i, 2000000 + 100000 * (i64)i, 0);
    market_series(&k);
    struct print p = market_print(&k, NULL); /* 2.3, 2.1, 2.2 */
    assert_int_equal(p.level, LEVEL_L4);
    assert_int_equal(p.value, 2200000);
    assert_int_equal(p.owners, 3);
    market_close(&k);
}

/* Names that nobody knows: of one source they are one owner, of two sources two. */
static void strangers_do_not_make_a_level(void **state)
{
    const struct { u32 sources, kind, want, why; } cases[] = {
        { 1, OBS_KIND_PANEL, LEVEL_L6, SHORT_MIN_PANEL }, { 3, OBS_KIND_PANEL, LEVEL_L4, 0 },
        { 2, OBS_KIND_PANEL, LEVEL_L6, SHORT_MIN_PANEL }, { 1, OBS_KIND_QUOTE, LEVEL_L6, 0 },
        { 2, OBS_KIND_QUOTE, LEVEL_L3, 0 },
    };
    struct methodology m = rules();
    (void)state;
    m.l3_owners = 2;
    for (u32 c = 0; c < ARRAY_LEN(cases); c++) {
        bool quotes = cases[c].kind == OBS_KIND_QUOTE;
        market_open(&k, &m);
        i64 t = market_window(MARKET_FIRST) + NS_PER_DAY - NS_PER_SECOND;
        for (u32 i = 0; i < 6; i++) {
            struct observation o = market_trade(&k, 90 + i, t, 2811000, 8000);
            char name[16];
            snprintf(name, sizeof name, "tape%u", i / 2 % cases[c].sources);
            o.kind = (u8)cases[c].kind, o.counter_owner = 0, o.source = market_name(&k, name);
            if (quotes && i % 2) o.quality = LIST_BIT(QUALITY_BID), o.price = 2799000;
            market_add(&k, &o);
        }
        market_series(&k);
        struct print p = market_print(&k, NULL);
        assert_int_equal(p.level, cases[c].want);
        if (!quotes) assert_int_equal(p.why_l4, cases[c].why);
        else if (cases[c].want == LEVEL_L6) assert_int_equal(p.why_l3, SHORT_MIN_ENTITIES);
        if (p.level == LEVEL_L3) assert_int_equal(p.owners, 2);
        market_close(&k);
    }
}

/* A reseller's quote is its supplier's over again: in only where that is named and not there. */
static void a_resold_quote_counts_once(void **state)
{
    const struct { const char *supplier; bool there; u32 want; } cases[] = {
        { "", false, SHORT_NO_BOOK }, { "o5", false, 0 },
        { "p5", true, SHORT_NO_BOOK }, { "o5", true, SHORT_NO_BOOK },
    };
    struct methodology m = rules();
    (void)state;
    m.channels |= INT64_C(1) << CHANNEL_RESELLER;
    for (u32 c = 0; c < ARRAY_LEN(cases); c++) {
        market_open(&k, &m);
        snprintf(k.owners[3].supplier, sizeof k.owners[3].supplier, "%s", cases[c].supplier);
        i64 t = market_window(MARKET_FIRST) + NS_PER_DAY - NS_PER_SECOND;
        struct observation o = market_trade(&k, 3, t, 2811000, 8000);
        o.kind = OBS_KIND_QUOTE, o.counter_owner = 0, o.channel = CHANNEL_RESELLER;
        market_add(&k, &o);
        add(OBS_KIND_QUOTE, 4, t, 2799000, LIST_BIT(QUALITY_BID));
        if (cases[c].there) add(OBS_KIND_QUOTE, 5, t, 2600000, LIST_BIT(QUALITY_BID));
        market_series(&k);
        assert_int_equal(market_print(&k, NULL).why_l3, cases[c].want);
        market_close(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mixture_has_its_level),
        cmocka_unit_test(a_book_that_is_none_says_why),
        cmocka_unit_test(later_words_count),
        cmocka_unit_test(strangers_do_not_make_a_level),
        cmocka_unit_test(a_resold_quote_counts_once),
    };
    return cmocka_run_group_tests_name("index/waterfall", tests, NULL, NULL);
}
