/* A print by many hands and the way of large prints (decision 043) against the plain way: the same
 * receipts, byte for byte, over random markets with every screen, late records, corrections, equal
 * times, circles, caps, L2, restatements and a change of methodology in the middle. */
#include "feeds/series.h"
#include "index/work.h"
#include "market_spoilt.h"
#include "sys/crew.h"
#include "test.h"

enum { DAYS = 6, SWITCH = 3, RECORDS = 20000, RECEIPTS = 64 };
static struct observation rows[MARKET_LOG];
static struct why why;

/* The ways: who works, and from how many items on a print is large. 0: print by print. */
struct way { u32 hands, fast_from; };
static const struct way plain = { 1, UINT32_MAX };
static const struct way ways[] = { { 2, UINT32_MAX }, { 3, UINT32_MAX }, { 7, UINT32_MAX },
                                   { 1, 1 },          { 2, 1 },          { 3, 1 },
                                   { 7, 1 },          { 3, 0 } };

struct told {
    char *at;
    u64 n, cap;
    u64 end[RECEIPTS];
    struct print print[RECEIPTS];
    u32 prints, levels[7], restated, same, fast, out[REASON_COUNT];
};
static struct told want, got;

static void fine(Err err)
{
    if (err) print_error("%s\n", why.text);
    assert_int_equal(err, ERR_OK);
}

static void told_put(void *to, const char *bytes, u32 n)
{
    struct told *t = to;
    if (t->n + n > t->cap) {
        t->cap = 2 * (t->n + n);
        t->at = realloc(t->at, t->cap);
        assert_non_null(t->at);
    }
    memcpy(t->at + t->n, bytes, n), t->n += n;
}

static void told_clear(struct told *t) { *t = (struct told){ .at = t->at, .cap = t->cap }; }

static void told_end(struct told *t, const struct print *p)
{
    assert_in_range(t->prints, 0, RECEIPTS - 1);
    t->end[t->prints] = t->n, t->print[t->prints++] = *p;
    t->levels[p->level]++;
    for (u32 i = 0; i < REASON_COUNT; i++) t->out[i] += p->dropped[i];
}

static struct methodology rules(u64 seed, u32 version)
{
    u64 s = seed + 7 * (version - 1);
    struct methodology m = market_rules();
    market_no_screens(&m);
    m.version = version, m.effective_from += version > 1 ? SWITCH : 0;
    m.jump_ppm = 250000, m.jump_owners = 2, m.jump_within_ppm = 100000;
    m.outlier_sd_milli = s % 5 ? 3000 : 0, m.outlier_values = 20, m.outlier_floor_ppm = 30000;
    m.venue_ppm = 100000, m.venue_return_ppm = 50000, m.venue_sources = 2 + s % 2;
    m.min_owners_partition = (i64)(s % 4), m.merge = s % 3 ? MERGE_FORWARD : MERGE_DROP;
    m.tie = m.pin_tie = TIE_LOWER + (i64)(s % 3), m.partitions = s % 2 ? 4 : 24;
    m.need_owners = 2 + (i64)(s % 7), m.has_l2 = s % 3 != 1;
    if (!m.has_l2) m.widen_hours_n = 0, m.widen_hours[0] = m.widen_hours[1] = 0, m.decay_ppm = 0;
    i64 least = (PPM + m.need_owners - 1) / m.need_owners; /* feasible, and often binding */
    m.weight_cap_ppm = s % 4 ? least : 900000;
    m.max_owner_ppm = s % 8 ? 900000 : 300000;
    m.stale_trade_hours = s % 11 ? 24 : 13, m.decimals = (i64)(s % 3) + 4;
    m.has_restatement = 1, m.restate_until = 86399, m.restate_minutes = 60;
    m.restate_min_ppm = 100;
    if (s % 6 != 5) return m;
    m.estimator = ESTIMATOR_WINSOR, m.alpha_ppm = 100000; /* hands alone: not one for cells */
    m.partitions = m.need_partitions = 1, m.min_owners_partition = m.merge = 0;
    return m;
}

static void print_all(struct market *k, struct way by, const struct methodology *next,
                      struct told *t)
{
    struct index_sink sink = { told_put, t };
    struct series s;
    struct crew *c;
    struct print p;
    bool is_new;
    told_clear(t);
    fine(crew_open(&c, by.hands, &why));
    fine(series_open_for(&s, &k->m, k->owners, k->owners_n, &k->log, RECORDS, &why));
    struct index_crew lent = { by.hands > 1 ? crew_run : NULL, NULL, c, NULL, by.hands };
    index_crew_set(s.index, lent);
    for (u32 d = 0; d < DAYS + 2; d++) {
        s.index->fast_from = by.fast_from ? by.fast_from : d % 2 ? 1 : UINT32_MAX;
        if (d == SWITCH) assert_true(index_switch(s.index, next));
        fine(series_print(&s, &sink, &p, &why));
        told_end(t, &p);
        t->fast += s.index->cells_used;
        while (index_restate_due(s.index).ns) {
            fine(series_restate(&s, &sink, &p, &is_new, &why));
            if (is_new) told_end(t, &p), t->restated++;
            else t->same++;
        }
    }
    series_close(&s);
    crew_close(c);
}

static void assert_same_text(u64 seed, struct way by)
{
    u64 at = 0, line = 1;
    bool same = want.n == got.n && memcmp(want.at, got.at, want.n) == 0;
    for (; !same && at < want.n && at < got.n && want.at[at] == got.at[at]; at++)
        line += want.at[at] == '\n';
    if (!same)
        print_error("seed %llu, %u hands, large from %u: differs at line %llu of the receipts\n",
                    (unsigned long long)seed, by.hands, by.fast_from, (unsigned long long)line);
    assert_true(same);
    assert_int_equal(want.prints, got.prints);
    assert_memory_equal(want.end, got.end, sizeof want.end);
}

static u32 levels[7], restated, fast, capped, out[REASON_COUNT];

static void verify_all(const struct told *t)
{
    for (u32 i = 0; i < t->prints; i++) {
        u64 from = i ? t->end[i - 1] : 0, n = t->end[i] - from;
        u64 bytes = (receipt_check_bytes(t->at + from, n) + 63) & ~UINT64_C(63);
        struct receipt_verdict v;
        void *memory = aligned_alloc(64, bytes);
        memset(memory, 0, bytes);
        receipt_check(t->at + from, n, memory, bytes, &v);
        free(memory);
        assert_true(v.ok);
        assert_memory_equal(&v.print.receipt, &t->print[i].receipt, sizeof(Hash));
    }
}

static void one_market(u64 seed, u32 each, u32 from, u32 step)
{
    struct methodology m = rules(seed, 1), next = rules(seed, 2);
    struct market k;
    struct rng r = rng_of(seed * 57 + 3);
    market_open(&k, &m);
    u32 n = market_spoilt(&r, each > 1000 ? 3 : DAYS, each, rows, MARKET_LOG, &k);
    for (u32 i = 0; i < n; i++) (void)!obs_log_add(&k.log, &rows[i]);
    print_all(&k, plain, &next, &want);
    assert_int_equal(want.fast, 0);
    if (each < 1000) verify_all(&want);
    for (u32 w = from; w < ARRAY_LEN(ways); w += step) {
        print_all(&k, ways[w], &next, &got);
        assert_same_text(seed, ways[w]);
        fast += got.fast;
    }
    for (u32 i = 0; i < 7; i++) levels[i] += want.levels[i];
    for (u32 i = 0; i < REASON_COUNT; i++) out[i] += want.out[i];
    restated += want.restated, capped += m.weight_cap_ppm < 260000;
    market_close(&k);
}

static void hands_and_size_change_no_byte(void **state)
{
    (void)state;
    for (u64 seed = 1; seed <= 32; seed++)
        one_market(seed, 20 + (u32)(seed % 4) * 100, (u32)(seed % 2), 2);
    /* what the markets had in them */
    assert_true(fast > 100 && restated > 20 && capped > 5);
    assert_true(levels[LEVEL_L1] > 100 && levels[LEVEL_L2] > 5 && levels[LEVEL_L5] > 5);
    assert_true(out[REASON_SELF_DEALING] && out[REASON_CIRCULAR] && out[REASON_STALE]);
    assert_true(out[REASON_JUMP] && out[REASON_OUTLIER] && out[REASON_VENUE]);
    assert_true(out[REASON_SUPERSEDED]);
}

/* Several blocks of the walk over the log, several hands in each. */
static void days_of_thousands_change_no_byte(void **state)
{
    (void)state;
    for (u64 seed = 101; seed <= 104; seed++) one_market(seed, 8000, (u32)(seed % 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_and_size_change_no_byte),
        cmocka_unit_test(days_of_thousands_change_no_byte),
    };
    int bad = cmocka_run_group_tests_name("large prints", tests, NULL, NULL);
    free(want.at);
    free(got.at);
    return bad;
}
