#include "index/view.h"
#include "market.h"
#include "test.h"

enum { MARKETS = 20, DAYS = 10, EACH = 60, MOST = DAYS * EACH };
static struct observation rows[MOST];
static struct view_owner owners[64];
static struct view_record records[8192];

static void open_market(struct market *k, u64 seed, struct methodology m)
{
    struct rng r = rng_of(seed);
    market_open(k, &m);
    u32 n = market_days(&r, DAYS, EACH, rows, MOST, k);
    for (u32 i = 0; i < n; i++) market_add(k, &rows[i]);
    market_series(k);
}

/* Each record looked at, once, in order; as many out by each reason as the print says. */
static void records_are_those_of_the_print(struct market *k, const struct print *p)
{
    u32 n = index_view_records(k->index, p, records, ARRAY_LEN(records)), out[REASON_COUNT] = { 0 };
    assert_int_equal(n, p->looked_at);
    for (u32 i = 0; i < n; i++) {
        const struct observation *o = &k->log.at[records[i].rec];
        assert_true(!i || records[i - 1].rec < records[i].rec);
        out[records[i].reason]++;
        if (records[i].reason) assert_false(records[i].counted);
        if (records[i].reason) continue;
        assert_int_equal(records[i].price, o->price);
        assert_true(o->term == TERM_ON_DEMAND);
    }
    for (u32 r = 1; r < REASON_COUNT; r++) assert_int_equal(out[r], p->dropped[r]);
}

/* The slow twin: an owner's mean by size, from the log and the records' reasons. */
static i64 mean_of(const struct market *k, u32 n, u32 owner, u32 *count)
{
    i128 value = 0, size = 0;
    *count = 0;
    for (u32 i = 0; i < n; i++) {
        if (!records[i].counted || records[i].owner != owner) continue;
        value += (i128)records[i].price * records[i].size, size += records[i].size, (*count)++;
        assert_true(records[i].size <= k->log.at[records[i].rec].size);
    }
    return size ? (i64)div_round(value, size, ROUND_HALF_EVEN) : 0;
}

static void the_view_says_what_the_print_says(void **state)
{
    u32 printed = 0, empty = 0;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        struct market k;
        m.has_l2 = m.decay_ppm = m.widen_hours_n = m.widen_hours[0] = m.widen_hours[1] = 0;
        open_market(&k, seed, m);
        for (u32 d = 0; d < DAYS + 3; d++) {
            struct print p = market_print(&k, NULL);
            records_are_those_of_the_print(&k, &p);
            u32 n = index_view_owners(k.index, &p, owners, ARRAY_LEN(owners)), shares = 0, count;
            if (p.level > LEVEL_L2) {
                assert_int_equal(n, 0);
                empty++;
                continue;
            }
            assert_int_equal(n, p.owners);
            for (u32 i = 0; i < n; i++) {
                assert_int_equal(owners[i].price,
                                 mean_of(&k, p.looked_at, owners[i].owner, &count));
                assert_int_equal(owners[i].records, count);
                assert_false(owners[i].unknown);
                shares += owners[i].ppm;
            }
            assert_int_equal(shares, PPM);
            printed++;
        }
        market_close(&k);
    }
    assert_true(printed > 50 && empty > 20);
}

/* Equal weights over four partitions: shares are those of points, prices the mean of them. */
static void ungrouped_methods_are_seen_too(void **state)
{
    u32 printed = 0, left_out = 0;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        struct market k;
        m.has_l2 = m.decay_ppm = m.widen_hours_n = m.widen_hours[0] = m.widen_hours[1] = 0;
        m.label = BENCH_LABEL_SYNTHETIC, m.weights = WEIGHTS_RECORD_EQUAL;
        m.estimator = ESTIMATOR_TRAIL, m.k_milli = 3000, m.n_min = 20, m.window_hours = 96;
        m.min_owners_partition = m.merge = m.s_min = m.s_cap = 0;
        m.need_owners = m.need_partitions = m.need_volume = 1;
        m.weight_cap_ppm = m.max_owner_ppm = PPM;
        open_market(&k, seed, m);
        for (u32 d = 0; d < DAYS; d++) {
            struct print p = market_print(&k, NULL);
            u32 n = index_view_owners(k.index, &p, owners, ARRAY_LEN(owners)), shares = 0, all = 0;
            u32 r = index_view_records(k.index, &p, records, ARRAY_LEN(records)), counted = 0;
            for (u32 i = 0; i < r; i++) {
                counted += records[i].counted;
                left_out += !records[i].reason && !records[i].counted; /* a thin day */
            }
            for (u32 i = 0; i < n; i++) shares += owners[i].ppm, all += owners[i].records;
            assert_int_equal(n ? PPM : 0, shares);
            assert_int_equal(all, counted);
            if (!n) continue;
            assert_int_equal(p.observations, counted);
            printed++;
        }
        market_close(&k);
    }
    assert_true(printed > 50 && left_out > 50);
}

/* No more than asked for is written, and the count is the same. */
static void a_small_cap_is_kept(void **state)
{
    struct market k;
    (void)state;
    open_market(&k, 3, market_rules());
    struct print p = market_print(&k, NULL);
    u32 all = index_view_owners(k.index, &p, owners, ARRAY_LEN(owners));
    memset(owners, 0xee, sizeof owners);
    assert_int_equal(index_view_owners(k.index, &p, owners, 2), all);
    assert_int_equal(((u8 *)&owners[2])[0], 0xee);
    memset(records, 0xee, sizeof records);
    assert_int_equal(index_view_records(k.index, &p, records, 1), p.looked_at);
    assert_int_equal(((u8 *)&records[1])[0], 0xee);
    market_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_view_says_what_the_print_says),
        cmocka_unit_test(ungrouped_methods_are_seen_too),
        cmocka_unit_test(a_small_cap_is_kept),
    };
    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
