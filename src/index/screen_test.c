#include "index/work.h"
#include "market.h"
#include "test.h"

/* A day of honest trades beside one record under test: why is it out? */
enum { HONEST = 40 };
static struct market k;
static i64 window;

static void honest_days(u32 days)
{
    for (u32 d = 0; d < days; d++)
        for (u32 i = 0; i < HONEST; i++) {
            i64 t =
                market_window((Date){ MARKET_FIRST.days + (i32)d }) + (i64)i * 2100 * NS_PER_SECOND;
            struct observation o = market_trade(&k, i % 6, t, 2800000 + 1000 * (i64)(i % 7), 32000);
            market_add(&k, &o);
        }
}

static u32 reason_of(u32 rec)
{
    while (!k.index->seen[rec] && index_next_date(k.index).days <= MARKET_FIRST.days + 4)
        assert_in_range(market_print(&k, NULL).status, 1, 3);
    if (k.index->seen[rec]) return k.index->seen[rec] - 1u;
    return 99;
}

/* What makes the record; `with` may be NULL. */
struct screen_case {
    const char *name;
    void (*with)(struct observation *o);
    u32 want;
};
static void display_only(struct observation *o) { o->rights = RIGHTS_DISPLAY_ONLY; }
static void unknown_rights(struct observation *o) { o->rights = RIGHTS_UNKNOWN; }
static void other_chip(struct observation *o) { o->gpu_class = GPU_H200; }
static void pcie(struct observation *o) { o->form = GPU_FORM_PCIE; }
static void no_form(struct observation *o) { o->form = GPU_FORM_UNKNOWN; }
static void spot(struct observation *o) { o->term = TERM_SPOT; }
static void whole_cluster(struct observation *o) { o->min_gpus = 16; }
static void elsewhere(struct observation *o) { o->region = market_name(&k, "DE/fra"); }
static void nowhere(struct observation *o) { o->region = 0; }
static void like_us(struct observation *o) { o->region = market_name(&k, "USX/east"); }
static void only_us(struct observation *o) { o->region = market_name(&k, "US"); }
static void no_gpu(struct observation *o) { o->gpus = 0; }
static void a_list(struct observation *o) { o->kind = OBS_KIND_LIST; }
static void aggregator(struct observation *o) { o->channel = CHANNEL_AGGREGATOR; }
static void reseller(struct observation *o) { o->channel = CHANNEL_RESELLER; }
static void serverless(struct observation *o) { o->quality = LIST_BIT(QUALITY_SERVERLESS); }
static void devtest(struct observation *o) { o->quality = LIST_BIT(QUALITY_DEVTEST); }
static void zero(struct observation *o) { o->price = 0; }
static void placeholder(struct observation *o) { o->quality = LIST_BIT(QUALITY_PLACEHOLDER); }
static void promotion(struct observation *o) { o->quality = LIST_BIT(QUALITY_PROMOTION); }
static void euro(struct observation *o) { memcpy(o->ccy, "EUR", 3); }
static void no_renter(struct observation *o) { o->counter_owner = 0; }
static void absurd(struct observation *o) { o->price = OBS_PRICE_MAX; }
static void self(struct observation *o) { o->counter_owner = market_name(&k, "o1"); }
static void round_trip(struct observation *o) { o->counter_owner = market_name(&k, "o2"); }
static void a_bid(struct observation *o) { o->quality = LIST_BIT(QUALITY_BID); }
static void made_up(struct observation *o) { o->quality = LIST_BIT(QUALITY_SYNTHETIC); }
static void late(struct observation *o)
{
    o->t_event = window - 1;
    o->t_seen = o->t_journal = window + 7200 * NS_PER_SECOND;
}
static void by_instance(struct observation *o)
{
    o->raw_unit = RAW_UNIT_INSTANCE_HOUR;
    o->price = 8 * 2800000;
}
static void jumped(struct observation *o) { o->price = 3600000; }
static void far_off(struct observation *o) { o->price = 3100000; }

static const struct screen_case cases[] = {
    { "an honest trade", NULL, 0 },
    { "rights: display only", display_only, REASON_RIGHTS },
    { "rights: unknown", unknown_rights, REASON_RIGHTS },
    { "another chip", other_chip, REASON_CLASS },
    { "another form", pcie, REASON_FORM },
    { "no form stated", no_form, REASON_FORM },
    { "spot", spot, REASON_TERM },
    { "on demand, but 16 GPUs at least", whole_cluster, REASON_TERM },
    { "another country", elsewhere, REASON_REGION },
    { "no country", nowhere, REASON_REGION },
    { "a country that begins alike", like_us, REASON_REGION },
    { "the country without a zone", only_us, 0 },
    { "no GPU", no_gpu, REASON_NO_GPU },
    { "a list price in an index of trades", a_list, REASON_KIND },
    { "a bid is no price paid", a_bid, REASON_BID },
    { "made up", made_up, REASON_SYNTHETIC },
    { "an aggregator", aggregator, REASON_CHANNEL },
    { "a reseller", reseller, REASON_CHANNEL },
    { "serverless", serverless, REASON_SERVERLESS },
    { "a test offer", devtest, REASON_OFFER_TYPE },
    { "free", zero, REASON_ZERO_PRICE },
    { "a placeholder", placeholder, REASON_PLACEHOLDER },
    { "a promotion", promotion, REASON_PROMOTION },
    { "euros without a fixing", euro, REASON_FX_STALE },
    { "nobody rented it", no_renter, REASON_NO_OWNER },
    { "a price beyond reason", absurd, REASON_RANGE },
    { "rented from itself", self, REASON_SELF_DEALING },
    { "there and back", round_trip, REASON_ROUND_TRIP },
    { "reported a day late", late, REASON_STALE },
    { "by the instance", by_instance, 0 },
    { "a jump nobody follows", jumped, REASON_JUMP },
    { "off its own line", far_off, REASON_OUTLIER },
};

static void each_reason_is_given(void **state)
{
    struct methodology m = market_rules();
    u8 seen[REASON_COUNT] = { 0 };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        market_open(&k, &m);
        honest_days(3);
        window = market_window((Date){ MARKET_FIRST.days + 3 });
        if (cases[i].want == REASON_ROUND_TRIP) { /* the way back, smaller: no circle by size */
            struct observation back = market_trade(&k, 2, window, 2800000, 8000);
            back.counter_owner = market_name(&k, "o1");
            market_add(&k, &back);
        }
        struct observation o = market_trade(&k, 1, window + NS_PER_SECOND, 2801000, 32000);
        if (cases[i].with) cases[i].with(&o);
        market_add(&k, &o);
        market_series(&k);
        u32 got = reason_of(k.log.n - 1);
        if (got != cases[i].want)
            print_error("%s: %s, wanted %s\n", cases[i].name, list_text(REASON, got),
                        list_text(REASON, cases[i].want));
        assert_int_equal(got, cases[i].want);
        seen[got] = 1;
        market_close(&k);
    }
    for (u32 r = 1; r < REASON_COUNT; r++) {
        static const u8 elsewhere_tested[] = { REASON_UNVERIFIED_HOST, REASON_NO_CAPACITY,
                                               REASON_CIRCULAR,        REASON_VENUE,
                                               REASON_SUPERSEDED,      REASON_NEGATIVE_SENTINEL,
                                               REASON_TOD_GAP };
        if (!memchr(elsewhere_tested, (int)r, sizeof elsewhere_tested))
            assert_int_equal(seen[r], 1);
    }
}

/* Three owners in a ring lose the ring and keep what they sell to others. */
static void rings_lose_the_ring(void **state)
{
    static const struct { u32 seller; const char *buyer; u32 want; } ring[] = {
        { 0, "o1", REASON_CIRCULAR }, { 1, "o2", REASON_CIRCULAR }, { 2, "o0", REASON_CIRCULAR },
        { 0, "lab", 0 },              { 3, "o1", 0 },               { 6, "o7", REASON_CIRCULAR },
        { 7, "o6", REASON_CIRCULAR },
    };
    struct methodology m = market_rules();
    (void)state;
    market_open(&k, &m);
    honest_days(1);
    window = market_window((Date){ MARKET_FIRST.days + 1 });
    u32 first = k.log.n;
    for (u32 i = 0; i < ARRAY_LEN(ring); i++) {
        struct observation o = market_trade(
            &k, ring[i].seller, window + (i64)i * 30000 * NS_PER_SECOND / 8, 2800000, 50000);
        o.counter_owner = market_name(&k, ring[i].buyer);
        market_add(&k, &o);
    }
    market_series(&k);
    for (u32 i = 0; i < ARRAY_LEN(ring); i++) assert_int_equal(reason_of(first + i), ring[i].want);
    market_close(&k);
}

/* A jump is let in when two other owners are there too, and then the line has moved. */
static void a_market_may_move(void **state)
{
    struct methodology m = market_rules();
    (void)state;
    for (u32 others = 0; others < 4; others++) {
        market_open(&k, &m);
        market_no_screens(&k.m);
        k.m.jump_ppm = 250000, k.m.jump_owners = 2, k.m.jump_within_ppm = 100000;
        honest_days(2);
        window = market_window((Date){ MARKET_FIRST.days + 2 });
        struct observation o = market_trade(&k, 1, window, 3600000, 32000);
        market_add(&k, &o);
        u32 rec = k.log.n - 1;
        for (u32 i = 0; i < 3; i++) { /* the owner's own other trades confirm nothing */
            o = market_trade(&k, 1, window + i, 3610000, 32000);
            market_add(&k, &o);
        }
        for (u32 i = 0; i < others; i++) {
            o = market_trade(&k, 3 + i, window + i, 3500000, 32000);
            market_add(&k, &o);
        }
        market_series(&k);
        assert_int_equal(reason_of(rec), others < 2 ? REASON_JUMP : 0);
        market_close(&k);
    }
}

/* A third source 20 % off is out, stays out at 8 %, and comes back within 5 %. */
static void venues_have_hysteresis(void **state)
{
    static const struct { i64 ppm; u32 want; } days[] = {
        { 1000000, 0 }, { 1200000, REASON_VENUE }, { 1080000, REASON_VENUE }, { 1040000, 0 },
        { 1080000, 0 },
    };
    struct methodology m = market_rules();
    (void)state;
    market_open(&k, &m);
    market_no_screens(&k.m);
    k.m.venue_ppm = 100000, k.m.venue_return_ppm = 50000, k.m.venue_sources = 3;
    for (u32 d = 0; d < ARRAY_LEN(days); d++)
        for (u32 i = 0; i < 30; i++) {
            i64 t = market_window((Date){ MARKET_FIRST.days + (i32)d }) + (i64)i * NS_PER_SECOND;
            struct observation o = market_trade(&k, i % 6, t, 2800000, 32000);
            char tape[8] = { 't', (char)('0' + i % 3), 0 };
            o.source = market_name(&k, tape);
            if (i % 3 == 2) o.price = (i64)((i128)o.price * days[d].ppm / PPM);
            market_add(&k, &o);
        }
    market_series(&k);
    for (u32 d = 0; d < ARRAY_LEN(days); d++) {
        struct print p = market_print(&k, NULL);
        assert_int_equal(p.dropped[REASON_VENUE], days[d].want ? 10 : 0);
    }
    market_close(&k);
}

/* A correction replaces the record it names; one journaled later leaves the print alone. */
static void corrections_replace(void **state)
{
    struct methodology m = market_rules();
    (void)state;
    market_open(&k, &m);
    honest_days(1);
    struct observation o =
        market_trade(&k, 1, market_window(MARKET_FIRST) + 85000 * NS_PER_SECOND, 2805000, 32000);
    o.corrects = 3;
    market_add(&k, &o);
    market_series(&k);
    struct print p = market_print(&k, NULL);
    assert_int_equal(p.dropped[REASON_SUPERSEDED], 1);
    assert_int_equal(k.index->items[2].reason, REASON_SUPERSEDED);
    assert_int_equal(p.observations, HONEST);
    market_close(&k);
}

static void offers_need_hosts_and_room(void **state)
{
    static const struct { u8 channel; u32 quality, want; } rows[] = {
        { CHANNEL_MARKETPLACE, LIST_BIT(QUALITY_VERIFIED), 0 },
        { CHANNEL_MARKETPLACE, 0, REASON_UNVERIFIED_HOST },
        { CHANNEL_NEOCLOUD, 0, 0 },
        { CHANNEL_NEOCLOUD, LIST_BIT(QUALITY_UNVERIFIED), REASON_UNVERIFIED_HOST },
        { CHANNEL_NEOCLOUD, LIST_BIT(QUALITY_NO_CAPACITY), REASON_NO_CAPACITY },
    };
    struct methodology m = market_rules();
    (void)state;
    m.label = BENCH_LABEL_POSTED, m.kinds = INT64_C(1) << OBS_KIND_QUOTE;
    m.channels |= INT64_C(1) << CHANNEL_MARKETPLACE;
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        market_open(&k, &m);
        window = market_window(MARKET_FIRST);
        struct observation o = market_trade(&k, 1, window + NS_PER_DAY - 1, 2800000, 0);
        o.kind = OBS_KIND_QUOTE, o.channel = rows[i].channel, o.quality = rows[i].quality;
        market_add(&k, &o);
        market_series(&k);
        assert_int_equal(reason_of(0), rows[i].want);
        market_close(&k);
    }
}

/* Nobody in the registry: one voice a source, however many names it brings. */
static void unknown_owners_count_once_a_source(void **state)
{
    static const struct { u32 sources, registered, want; } rows[] = {
        { 1, 0, 1 }, { 2, 0, 2 }, { 3, 0, 3 }, { 1, 3, 4 }, { 3, 6, 6 }, { 3, 5, 6 }, { 3, 4, 6 },
    };
    struct methodology m = market_rules();
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        market_open(&k, &m);
        market_no_screens(&k.m);
        k.owners_n = rows[i].registered;
        for (u32 t = 0; t < 48; t++) {
            char tape[8] = { 't', (char)('0' + t % rows[i].sources), 0 };
            struct observation o =
                market_trade(&k, t % 6, market_window(MARKET_FIRST) + (i64)t * 1700 * NS_PER_SECOND,
                             2800000, 9000);
            o.source = market_name(&k, tape);
            market_add(&k, &o);
        }
        market_series(&k);
        struct print p = market_print(&k, NULL);
        assert_int_equal(p.owners, rows[i].want);
        assert_int_equal(p.why_l1, p.owners < k.m.need_owners ? SHORT_MIN_ENTITIES : 0);
        market_close(&k);
    }
}

static void prices_normalise(void **state)
{
    static const struct { u8 unit, term; u16 gpus; i64 price, want; u8 reason; } rows[] = {
        { RAW_UNIT_WHOLE_TERM, TERM_RESERVED_1Y, 8, 551221000000, 7865596, 0 },
        { RAW_UNIT_WHOLE_TERM, TERM_RESERVED_3Y, 8, 551221000000, 2621865, 0 },
        { RAW_UNIT_INSTANCE_HOUR, TERM_ON_DEMAND, 8, 98320000, 12290000, 0 },
        { RAW_UNIT_INSTANCE_HOUR, TERM_ON_DEMAND, 2, 3213333, 1606666, 0 }, /* a tie to even */
        { RAW_UNIT_MONTH, TERM_RESERVED_1M, 1, 730000000, 1000000, 0 },
        { RAW_UNIT_WHOLE_TERM, TERM_ON_DEMAND, 8, 98320000, 0, REASON_TERM },
        { RAW_UNIT_INSTANCE_HOUR, TERM_ON_DEMAND, 0, 98320000, 0, REASON_NO_GPU },
        { RAW_UNIT_MTOKEN, TERM_TOKEN, 0, 98320000, 0, REASON_TERM },
        { RAW_UNIT_MONTH, TERM_RESERVED_1M, 8, 1, 0, REASON_ZERO_PRICE },
    };
    struct methodology m = market_rules();
    (void)state;
    market_open(&k, &m);
    market_series(&k);
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct observation o = { .raw_unit = rows[i].unit, .term = rows[i].term,
                                 .gpus = rows[i].gpus,
                                 .price = rows[i].price, .size = 1 };
        i64 price = 0, size;
        assert_int_equal(normalise_all(k.index, &o, RATE_ONE, &price, &size), rows[i].reason);
        assert_int_equal(price, rows[i].want);
    }
    struct observation lease = { .raw_unit = RAW_UNIT_GPU_HOUR, .gpus = 8, .price = 1,
                                 .size = 8 * 8760000, .duration_s = 8760 * 3600 };
    i64 price, size;
    assert_int_equal(normalise_all(k.index, &lease, RATE_ONE, &price, &size), 0);
    assert_int_equal(size, 8 * 168000); /* a year's lease counts for a week */
    market_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_is_given),
        cmocka_unit_test(rings_lose_the_ring),
        cmocka_unit_test(a_market_may_move),
        cmocka_unit_test(venues_have_hysteresis),
        cmocka_unit_test(corrections_replace),
        cmocka_unit_test(offers_need_hosts_and_room),
        cmocka_unit_test(prices_normalise),
        cmocka_unit_test(unknown_owners_count_once_a_source),
    };
    return cmocka_run_group_tests_name("index/screen", tests, NULL, NULL);
}
