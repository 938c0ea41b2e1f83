#include "index/intraday.h"
#include "market_spoilt.h"
#include "test.h"

/* The value between prints against full recomputation after every record, over random markets with
 * late records, corrections, equal times, gaps, jumps, wash trades, circles and round trips. */
enum { DAYS = 4, MOST = 4000 };
static struct observation rows[MOST];

static u32 market_make(struct market *k, u64 seed, u32 step, const struct methodology *m)
{
    struct rng r = rng_of(seed * 31 + 5);
    market_open(k, m);
    return market_spoilt(&r, DAYS, 30 + (u32)(seed % 4) * step, rows, MOST, k);
}

static struct methodology screens_on(u64 seed)
{
    struct methodology m = market_rules();
    market_no_screens(&m);
    m.has_l2 = 0, m.widen_hours_n = 0, m.widen_hours[0] = m.widen_hours[1] = 0, m.decay_ppm = 0;
    m.jump_ppm = 250000, m.jump_owners = 2, m.jump_within_ppm = 100000;
    m.outlier_sd_milli = seed % 5 ? 3000 : 0, m.outlier_values = 20, m.outlier_floor_ppm = 30000;
    m.venue_ppm = 100000, m.venue_return_ppm = 50000, m.venue_sources = 2 + seed % 2;
    m.min_owners_partition = 1, m.tie = m.pin_tie = TIE_LOWER + (i64)(seed % 3);
    m.partitions = seed % 7 ? 4 : 24;
    if (seed % 3) m.weight_cap_ppm = 900000, m.max_owner_ppm = 900000;
    if (seed % 11 == 0) m.stale_trade_hours = 13;
    return m;
}

static bool same(const struct intraday_value *a, const struct intraday_value *b)
{
    return a->sum.v == b->sum.v && a->count == b->count && a->value == b->value &&
           a->why == b->why && a->level == b->level && a->status == b->status && a->at == b->at &&
           (a->why || (a->owners == b->owners && a->volume == b->volume &&
                       a->observations == b->observations));
}

static u64 sets, recomputed, early;

/* The day's records one by one; `chance_ppm` of the states are held against recomputation, the last
 * one always. */
static u32 one_day(struct market *k, struct intraday *day, u32 d, u32 at, u32 n, struct rng *r,
                   i64 chance_ppm)
{
    struct intraday_value a, b;
    i64 publish = index_publish_time(&k->m, (Date){ MARKET_FIRST.days + (i32)d }).ns;
    i64 end = publish - INDEX_PUBLISH_DELAY_NS, t = end - NS_PER_DAY;
    for (; at < n && rows[at].t_journal < publish; at++) {
        (void)!obs_log_add(&k->log, &rows[at]);
        early += rows[at].t_event > rows[at].t_journal;
        t = i64_min(i64_max(t, rows[at].t_journal + 1), end);
        assert_true(intraday_at(day, t, INT64_MAX, &a));
        if (!rng_chance(r, (u32)chance_ppm)) continue;
        assert_true(intraday_batch(k->index, t, INT64_MAX, &b));
        if (!same(&a, &b))
            print_error("day %u record %u: %lld/%lld %u %u, batch %lld/%lld %u %u\n", d, at,
                        (long long)a.value, (long long)a.count, a.observations, a.why,
                        (long long)b.value, (long long)b.count, b.observations, b.why);
        assert_true(same(&a, &b));
        sets++;
    }
    assert_true(intraday_at(day, end, INT64_MAX, &a));
    recomputed += intraday_recomputed(day);
    assert_true(intraday_batch(k->index, end, INT64_MAX, &b));
    assert_true(same(&a, &b));
    struct print p = market_print(k, NULL); /* its own, but for the rounding */
    assert_int_equal(p.level, a.level);
    assert_int_equal(p.value, a.value);
    assert_int_equal(p.why_l1, a.why);
    if (!a.why) assert_int_equal(p.observations, a.observations);
    if (!a.why) assert_int_equal(p.volume, a.volume);
    sets++;
    return at;
}

static void one_market(u64 seed, u32 step, i64 chance_ppm)
{
    struct methodology m = screens_on(seed);
    struct market k;
    struct rng r = rng_of(seed);
    u32 n = market_make(&k, seed, step, &m), at = 0;
    u64 before = sets;
    market_series(&k);
    u64 bytes = intraday_bytes(k.index);
    for (u32 d = 0; d < DAYS; d++) {
        u8 *block = calloc(1, bytes + 64), *memory = block + (64 - (uintptr_t)block % 64);
        assert_non_null(block);
        struct intraday *day = intraday_open(memory, bytes, k.index);
        assert_non_null(day);
        at = one_day(&k, day, d, at, n, &r, chance_ppm);
        free(block);
    }
    assert_true(sets >= before + DAYS);
    market_close(&k);
}

static void equal_to_batch_at_every_step(void **state)
{
    enum { SEEDS = 60 };
    (void)state;
    sets = recomputed = early = 0;
    for (u64 seed = 1; seed <= SEEDS; seed++) one_market(seed, 60, PPM);
    print_message("%llu states, %llu recomputed\n", (unsigned long long)sets,
                  (unsigned long long)recomputed);
    assert_true(sets > SEEDS * 50 && early > 100);
    assert_true(recomputed < sets / 2); /* the incremental way is the one tested */
}

/* 10,000 days of 2,500 markets, each held against recomputation as it ends and at one moment in
 * two hundred. INTRADAY_MARKETS: that many from INTRADAY_FIRST on, at one moment in four (make
 * soak). */
static void ten_thousand_sets(void **state)
{
    const char *text = getenv("INTRADAY_MARKETS");
    const char *from = getenv("INTRADAY_FIRST");
    u64 markets = text ? strtoull(text, NULL, 10) : 2500;
    u64 first = from ? strtoull(from, NULL, 10) : 1001;
    (void)state;
    sets = 0;
    for (u64 seed = first; seed < first + markets; seed++)
        one_market(seed, 20, text ? 250000 : 5000);
    print_message("%llu sets of records\n", (unsigned long long)sets);
    assert_true(sets >= 4 * markets);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(equal_to_batch_at_every_step),
                                        cmocka_unit_test(ten_thousand_sets) };
    return cmocka_run_group_tests_name("intraday", tests, NULL, NULL);
}
