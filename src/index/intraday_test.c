#include "index/intraday.h"
#include "market.h"
#include "test.h"

/* The value between prints against full recomputation after every record, over random markets with
 * late records, corrections, equal times, gaps, jumps, wash trades, circles and round trips. */
enum { DAYS = 4, MOST = 4000 };
static struct observation rows[MOST];

static int by_journal(const void *a, const void *b)
{
    const struct observation *x = a, *y = b;
    return x->t_journal < y->t_journal ? -1 : x->t_journal > y->t_journal;
}

static void spoil(struct market *k, struct rng *r, struct observation *o)
{
    char z[16];
    i64 day = (o->t_event - market_window(MARKET_FIRST)) / NS_PER_DAY;
    i64 start = market_window((Date){ MARKET_FIRST.days + (i32)day });
    o->t_event = o->t_seen = o->t_journal = start + (o->t_event - start) * 19 / 10; /* all day */
    if (rng_chance(r, 300000)) {
        snprintf(z, sizeof z, "s%u", (unsigned)rng_below(r, 4));
        o->source = market_name(k, z);
        if (z[1] == '3' && rng_chance(r, 700000)) o->price = o->price * 115 / 100;
    }
    if (rng_chance(r, 80000)) {
        snprintf(z, sizeof z, "o%u", (unsigned)rng_below(r, 8));
        o->counter_owner = market_name(k, z);
    }
    if (rng_chance(r, 100)) o->provider = market_name(k, "stranger");
    if (rng_chance(r, 50000)) o->price = o->price * rng_between(r, 60, 150) / 100;
    if (rng_chance(r, 50000))
        o->t_seen = o->t_journal = o->t_event + rng_between(r, 0, 40) * 3600 * NS_PER_SECOND;
    if (rng_chance(r, 200000)) o->gpus = (u16)(1 << rng_below(r, 4));
    if (rng_chance(r, 100000)) o->t_event -= o->t_event % (3600 * NS_PER_SECOND); /* equal times */
}

static u32 market_make(struct market *k, u64 seed, const struct methodology *m)
{
    struct rng r = rng_of(seed * 31 + 5);
    u32 each = 30 + (u32)(seed % 4) * 60;
    market_open(k, m);
    u32 n = market_days(&r, DAYS, each, rows, MOST, k);
    for (u32 i = 0; i < n; i++) spoil(k, &r, &rows[i]);
    qsort(rows, n, sizeof *rows, by_journal);
    for (u32 i = 6; i < n; i++)
        if (rng_chance(&r, 10000)) rows[i].corrects = i + 1 - rng_below(&r, 5) - 1;
    return n;
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

static u64 steps, recomputed;

static void one_market(u64 seed)
{
    struct methodology m = screens_on(seed);
    struct market k;
    u32 n = market_make(&k, seed, &m), at = 0;
    market_series(&k);
    u64 bytes = (intraday_bytes(k.index) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, bytes);
    for (u32 d = 0; d < DAYS; d++) {
        memset(memory, 0, bytes);
        struct intraday *day = intraday_open(memory, bytes, k.index);
        struct intraday_value a, b;
        assert_non_null(day);
        i64 publish = index_publish_time(&m, (Date){ MARKET_FIRST.days + (i32)d }).ns;
        i64 end = publish - INDEX_PUBLISH_DELAY_NS, t = end - NS_PER_DAY;
        for (; at < n && rows[at].t_journal < publish; at++) {
            (void)!obs_log_add(&k.log, &rows[at]);
            t = i64_min(i64_max(t, rows[at].t_journal + 1), end);
            assert_true(intraday_at(day, t, INT64_MAX, &a));
            assert_true(intraday_batch(k.index, t, INT64_MAX, &b));
            if (!same(&a, &b))
                print_error("seed %llu day %u record %u: %lld/%lld %u %u, batch %lld/%lld %u %u\n",
                            (unsigned long long)seed, d, at, (long long)a.value, (long long)a.count,
                            a.observations, a.why, (long long)b.value, (long long)b.count,
                            b.observations, b.why);
            assert_true(same(&a, &b));
            steps++;
        }
        assert_true(intraday_at(day, end, INT64_MAX, &a)); /* the print's, unrounded */
        recomputed += intraday_recomputed(day);
        struct print p = market_print(&k, NULL);
        assert_int_equal(p.level, a.level);
        assert_int_equal(p.value, a.value);
        assert_int_equal(p.why_l1, a.why);
    }
    free(memory);
    market_close(&k);
}

static void equal_to_batch_at_every_step(void **state)
{
    const char *some = getenv("INTRADAY_SEEDS");
    u64 seeds = some ? strtoull(some, NULL, 10) : 60;
    (void)state;
    for (u64 seed = 1; seed <= seeds; seed++) one_market(seed);
    print_message("%llu sets of records, %llu recomputed\n", (unsigned long long)steps,
                  (unsigned long long)recomputed);
    assert_true(steps > seeds * 50);
    assert_true(recomputed < steps / 2); /* the incremental way is the one tested */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(equal_to_batch_at_every_step) };
    return cmocka_run_group_tests_name("intraday", tests, NULL, NULL);
}
