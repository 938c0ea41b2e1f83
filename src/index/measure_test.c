#include "index/measure.h"
#include "index/work.h"
#include "market.h"
#include "test.h"

/* What the measures say is done for real: trades added to a log, owners left out or repriced, and
 * the whole series run again. Nothing here shares the copy that the measures work on. */
enum { MARKETS = 30, DAYS = 4, EACH = 40, MOST = DAYS * EACH, WHATIF_TEST_NAMES = 64 };

static struct observation rows[MOST];

/* One price a partition, no screens, so that a print is its estimate. */
static struct methodology plain_rules(u32 partitions)
{
    struct methodology m = market_rules();
    market_no_screens(&m);
    m.partitions = partitions, m.decimals = 6;
    m.min_owners_partition = 1, m.need_owners = 1, m.need_partitions = 1, m.need_volume = 1;
    m.max_owner_ppm = m.weight_cap_ppm = 1000000;
    m.s_min = 1, m.s_cap = 0;
    return m;
}

static struct measured measured_of(struct market *k, const struct print *p,
                                   const struct measure_ask *ask)
{
    struct measured out = { 0 };
    u64 n = (index_measure_bytes(k->index, p) + 63) & ~UINT64_C(63);
    if (!n) return out;
    void *memory = aligned_alloc(64, n);
    memset(memory, 0, n);
    index_measure(k->index, p, ask, memory, n, &out);
    free(memory);
    return out;
}

/* Trades, or list prices where the rules ask for those. */
static void add_row(struct market *k, struct observation o)
{
    if (k->m.label == BENCH_LABEL_POSTED) o.kind = OBS_KIND_LIST, o.size = o.counter_owner = 0;
    market_add(k, &o);
}

static u32 load(struct market *k, u64 seed, const struct methodology *m)
{
    struct rng r = rng_of(seed);
    market_open(k, m);
    u32 n = market_days(&r, DAYS, EACH, rows, MOST, k);
    for (u32 i = 0; i < n; i++) add_row(k, rows[i]);
    market_series(k);
    return n;
}

/* Every print made from records of its own is measured, and the series does not notice. */
static void measuring_changes_nothing(void **state)
{
    u32 measured = 0;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        struct market k, twin;
        struct measure_ask ask = measure_ask_default();
        ask.effort = 60;
        load(&k, seed, &m), load(&twin, seed, &m);
        for (u32 d = 0; d < DAYS + 2; d++) {
            struct print p = market_print(&k, NULL), q = market_print(&twin, NULL);
            struct measured got = measured_of(&k, &p, &ask);
            assert_memory_equal(&p.receipt, &q.receipt, sizeof p.receipt);
            assert_int_equal(got.has, p.level == LEVEL_L1 || p.level == LEVEL_L2);
            if (!got.has) continue;
            measured++;
            assert_in_range(got.method[MEASURE_OWN].value, p.value - 50, p.value + 50);
            for (u32 i = 0; i < MEASURE_METHOD_COUNT; i++) assert_true(got.method[i].has);
        }
        market_close(&k), market_close(&twin);
    }
    assert_true(measured > MARKETS);
}

/* The first print of this market with some trades more. */
static struct print with_trades(u64 seed, const struct methodology *m,
                                const struct observation *add, u32 add_n)
{
    struct market k;
    struct rng r = rng_of(seed);
    market_open(&k, m);
    u32 n = market_days(&r, DAYS, EACH, rows, MOST, &k);
    for (u32 i = 0; i < add_n; i++) { /* they come before the window's others */
        struct observation o = add[i];
        char name[16];
        snprintf(name, sizeof name, "new%u", i);
        o.provider = market_name(&k, name), o.source = market_name(&k, "tape");
        o.region = market_name(&k, "US/east"), o.counter_owner = market_name(&k, "lab9");
        add_row(&k, o);
    }
    for (u32 i = 0; i < n; i++) add_row(&k, rows[i]);
    market_series(&k);
    struct print p = market_print(&k, NULL);
    market_close(&k);
    return p;
}

static bool moved(i64 value, i64 to, u32 delta_ppm, u32 side)
{
    i128 want = (i128)value * (side == MOVE_UP ? PPM + delta_ppm : PPM - delta_ppm);
    return side == MOVE_UP ? (i128)to * PPM >= want : (i128)to * PPM <= want;
}

/* One partition: the size reported does it, one milli-unit less does not. */
static void an_exact_cost_is_least(void **state)
{
    u32 tested = 0;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = plain_rules(1);
        struct market k;
        struct measure_ask ask = measure_ask_default();
        ask.effort = 60, ask.delta_ppm = 20000;
        load(&k, seed, &m);
        struct print p = market_print(&k, NULL);
        struct measured got = measured_of(&k, &p, &ask);
        struct observation o = market_trade(&k, 0, market_window(MARKET_FIRST) + 5, 1, 1);
        market_close(&k);
        for (u32 s = 0; s < 2 && got.has; s++) {
            const struct cost *c = &got.method[MEASURE_OWN].one[s];
            if (c->kind != COST_EXACT) continue;
            o.price = c->price, o.size = c->size, o.gpus = 60000;
            i64 unrounded = p.value + (s ? 1 : -1); /* the print's may be half a micro off */
            assert_true(moved(unrounded, with_trades(seed, &m, &o, 1).value, ask.delta_ppm, s + 1));
            o.size--;
            assert_false(moved(p.value, with_trades(seed, &m, &o, 1).value, ask.delta_ppm, s + 1));
            tested++;
        }
    }
    assert_true(tested > MARKETS / 2);
}

/* The first print with the owners of a mask repriced, or left out (price 0). */
static i64 with_owners(u64 seed, const struct methodology *m, u32 mask, i64 price)
{
    struct market k;
    struct rng r = rng_of(seed);
    market_open(&k, m);
    u32 n = market_days(&r, DAYS, EACH, rows, MOST, &k);
    for (u32 i = 0; i < n; i++) {
        struct observation o = rows[i];
        Str who = names_text(&k.log.names, o.provider);
        if (o.t_event < market_window(MARKET_FIRST) + NS_PER_DAY && mask >> (who.at[1] - '0') & 1) {
            if (!price) continue;
            o.price = price;
        }
        add_row(&k, o);
    }
    market_series(&k);
    struct print p = market_print(&k, NULL);
    market_close(&k);
    return p.value;
}

/* Over all 2^8 sets of owners, and over each owner left out. */
static void coalitions_and_influence_are_those_of_the_series(void **state)
{
    (void)state;
    for (u64 seed = 1; seed <= 4; seed++) {
        struct methodology m = plain_rules(3);
        struct market k;
        struct measure_ask ask = measure_ask_default();
        u32 least[2] = { 99, 99 };
        i64 most = 0;
        m.partitions = 4;
        ask.high_ppm = 1040000, ask.low_ppm = 960000, ask.delta_ppm = 15000;
        load(&k, seed, &m);
        struct print p = market_print(&k, NULL);
        struct measured got = measured_of(&k, &p, &ask);
        market_close(&k);
        assert_true(got.has && got.all_owners);
        const struct measured_method *own = &got.method[MEASURE_OWN];
        for (u32 mask = 1; mask < 256; mask++) {
            u32 size = (u32)__builtin_popcount(mask);
            for (u32 s = 0; s < 2; s++) {
                i64 v = with_owners(seed, &m, mask, s ? got.price_low : got.price_high);
                if (moved(p.value, v, ask.delta_ppm, s + 1) && size < least[s]) least[s] = size;
            }
        }
        for (u32 s = 0; s < 2; s++) {
            assert_int_equal(own->coalition[s].found, least[s] == 99 ? 0 : least[s]);
            assert_int_equal(own->coalition[s].least, least[s] == 99 ? got.owners + 1 : least[s]);
        }
        for (u32 i = 0; i < MARKET_OWNERS; i++) {
            i64 v = with_owners(seed, &m, BIT(i), 0), d = v > p.value ? v - p.value : p.value - v;
            if (v) most = i64_max(most, (i64)div_round((i128)d * PPM, p.value, ROUND_HALF_EVEN));
        }
        assert_in_range(own->leave_one_out.ppm, most - 1, most + 1); /* of a value in micros */
    }
}

/* Posted prices: names are counted, and money is not spoken of. */
static void posted_prices_cost_names(void **state)
{
    (void)state;
    for (u64 seed = 1; seed <= 8; seed++) {
        struct methodology m = plain_rules(1);
        struct market k;
        struct measure_ask ask = measure_ask_default();
        m.weights = WEIGHTS_OWNER_EQUAL, m.label = BENCH_LABEL_POSTED;
        m.kinds = INT64_C(1) << OBS_KIND_LIST, m.s_min = 0;
        ask.effort = 60, ask.delta_ppm = 30000;
        load(&k, seed, &m);
        struct print p = market_print(&k, NULL);
        struct measured got = measured_of(&k, &p, &ask);
        const struct cost *c = &got.method[MEASURE_OWN].many[0];
        struct observation o[WHATIF_TEST_NAMES], one;
        one = market_trade(&k, 0, market_window(MARKET_FIRST) + 5, 1, 1000);
        market_close(&k);
        assert_true(got.has && !got.in_money);
        assert_int_equal(c->kind, COST_EXACT);
        assert_int_equal(c->overpay, 0);
        assert_in_range(c->names, 1, WHATIF_TEST_NAMES);
        one.price = got.price_high;
        for (u32 i = 0; i < c->names; i++) o[i] = one;
        assert_true(moved(p.value, with_trades(seed, &m, o, c->names).value, ask.delta_ppm, 1));
        assert_false(
            moved(p.value, with_trades(seed, &m, o, c->names - 1).value, ask.delta_ppm, 1));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(measuring_changes_nothing),
        cmocka_unit_test(an_exact_cost_is_least),
        cmocka_unit_test(coalitions_and_influence_are_those_of_the_series),
        cmocka_unit_test(posted_prices_cost_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
