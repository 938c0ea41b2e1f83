#include "market.h"
#include "test.h"

/* Properties that must hold for every market; twenty random ones each. */
enum { MARKETS = 20, DAYS = 12, EACH = 60, MOST = DAYS * EACH };

static struct observation rows[MOST];
static struct market_text text, other;

/* A random market loaded in the order given by `order` (NULL: by time). */
static u32 load(struct market *k, u64 seed, const struct methodology *m, u32 *n)
{
    struct rng r = rng_of(seed);
    market_open(k, m);
    *n = market_days(&r, DAYS, EACH, rows, MOST, k);
    for (u32 i = 0; i < *n; i++) market_add(k, &rows[i]);
    market_series(k);
    return *n;
}

static void totality_every_date_has_one_status(void **state)
{
    u32 seen[4] = { 0 }, levels[7] = { 0 }, n;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        struct market k;
        struct print before = { 0 };
        load(&k, seed, &m, &n);
        for (i32 d = 0; d < DAYS + 4; d++) {
            struct print p = market_print(&k, NULL);
            assert_int_equal(p.value_date.days, MARKET_FIRST.days + d);
            assert_in_range(p.status, BENCH_PRINT_PRINTED, BENCH_PRINT_NO_PRINT);
            assert_int_equal(p.value == 0, p.status == BENCH_PRINT_NO_PRINT);
            assert_int_equal(p.level == LEVEL_L1, p.why_l1 == 0); /* monotone level */
            if (p.level > LEVEL_L2) assert_true(p.why_l2);
            if (p.level == LEVEL_L5) assert_in_range(p.age, 1, k.m.max_age);
            assert_memory_equal(&p.prior_receipt, &before.receipt, sizeof(Hash));
            assert_int_equal(p.accumulator, before.accumulator + p.value * 24);
            seen[p.status]++, levels[p.level]++;
            before = p;
        }
        market_close(&k);
    }
    assert_true(seen[1] > 50 && seen[2] > 5 && seen[3] > 5);
    assert_true(levels[1] > 50 && levels[2] > 5);
}

/* The first day: no line has a history, so no price jumps and none is an outlier; two days later
 * the same prices are both. */
static void a_line_without_history_passes(void **state)
{
    struct methodology m = market_rules();
    struct market k;
    struct print p[3];
    static const i64 odd[3] = { 8400000, 5000000, 2800000 }; /* one owner's; the others' is 2.80 */
    (void)state;
    m.max_owner_ppm = 900000;
    market_open(&k, &m);
    for (u32 day = 0; day < 3; day++) {
        i64 t = market_window((Date){ MARKET_FIRST.days + (i32)day }) + 17 * NS_PER_SECOND * 3600;
        for (u32 i = 0; i < 4 * MARKET_OWNERS; i++, t += 600 * NS_PER_SECOND) {
            i64 price = i % MARKET_OWNERS == 3 ? odd[day] : 2800000;
            struct observation o = market_trade(&k, i % MARKET_OWNERS, t, price, 50000);
            market_add(&k, &o);
        }
    }
    market_series(&k);
    assert_true(k.m.has_screens == 0); /* those of the design, all on */
    for (u32 day = 0; day < 3; day++) p[day] = market_print(&k, NULL);
    assert_int_equal(p[0].status, BENCH_PRINT_PRINTED);
    assert_int_equal(p[0].level, LEVEL_L1);
    assert_int_equal(p[0].observations, 4 * MARKET_OWNERS); /* each one */
    assert_int_equal(p[0].dropped[REASON_JUMP] + p[0].dropped[REASON_OUTLIER], 0);
    assert_int_equal(p[0].p99, 8400000);
    assert_int_equal(p[1].dropped[REASON_JUMP], 4); /* alone: a jump */
    assert_int_equal(p[1].observations, 4 * (MARKET_OWNERS - 1));
    assert_int_equal(p[2].dropped[REASON_OUTLIER], 4); /* with the others, but far from its own */
    market_close(&k);
}

/* Another place in memory, other capacities, receipts asked for or not: the same bytes. */
static void same_inputs_same_bytes(void **state)
{
    struct index_sink sinks[2] = { { market_put, &text }, { market_put, &other } };
    u32 n;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        struct market a, b;
        load(&a, seed, &m, &n);
        load(&b, seed, &m, &n);
        struct index_caps caps = { 2000, 600, MARKET_OWNERS + 7, b.log.cap, b.log.names.cap };
        u64 bytes = (index_bytes(caps) + 63) & ~UINT64_C(63);
        free(b.memory);
        b.memory = calloc(1, bytes + 64);
        u8 *at = (u8 *)b.memory + (64 - (u64)b.memory % 64);
        b.index = index_open(at, bytes, caps, &m, b.owners, b.owners_n, &b.log);
        assert_non_null(b.index);
        for (u32 d = 0; d < DAYS + 2; d++) {
            text.n = other.n = 0;
            struct print p = market_print(&a, &sinks[0]),
                         q = market_print(&b, d % 3 ? &sinks[1] : NULL);
            assert_memory_equal(&p.receipt, &q.receipt, sizeof(Hash));
            if (d % 3) assert_int_equal(text.n, other.n);
            if (d % 3) assert_memory_equal(text.at, other.at, text.n);
        }
        market_close(&a);
        market_close(&b);
    }
}

/* Records journaled after a print change no byte of it, whatever they say. */
static void no_future_data(void **state)
{
    u32 n;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        struct market k, cut;
        struct rng r = rng_of(seed + 1000);
        Hash receipts[DAYS];
        load(&k, seed, &m, &n);
        for (u32 d = 0; d < DAYS; d++) receipts[d] = market_print(&k, NULL).receipt;
        for (u32 d = 0; d < DAYS; d += 3) {
            i64 publish = index_publish_time(&m, (Date){ MARKET_FIRST.days + (i32)d }).ns;
            load(&cut, seed, &m, &n); /* the names in the same order; then another log */
            cut.log.n = cut.log.pages_n = 0;
            for (u32 i = 0; i < n && rows[i].t_journal < publish; i++) market_add(&cut, &rows[i]);
            for (u32 i = 0; i < 30;
                 i++) { /* late reports of events inside the window, absurd ones */
                struct observation late = market_trade(
                    &cut, i % 8, publish - rng_between(&r, 0, 2 * NS_PER_DAY), 9000000, 60000);
                late.t_journal = publish + (i64)i;
                market_add(&cut, &late);
            }
            market_series(&cut);
            struct print p;
            for (u32 i = 0; i <= d; i++) p = market_print(&cut, NULL);
            assert_memory_equal(&p.receipt, &receipts[d], sizeof(Hash));
            market_close(&cut);
        }
        market_close(&k);
    }
}

/* Records of one instant may stand in any order: value, level and percentiles stay. */
static void order_does_not_matter(void **state)
{
    u32 n;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        struct market k, mixed;
        struct rng r = rng_of(seed + 2000);
        load(&k, seed, &m, &n);
        market_open(&mixed, &m);
        for (u32 i = 0; i < n; i++) /* a day's records are seen together, at its end */
            rows[i].t_seen = rows[i].t_journal =
                (rows[i].t_event - market_window(MARKET_FIRST)) / NS_PER_DAY * NS_PER_DAY +
                market_window(MARKET_FIRST) + NS_PER_DAY;
        for (u32 i = n; i > 1; i--) { /* shuffled within each day */
            u32 with = (u32)rng_below(&r, i);
            if (rows[with].t_journal != rows[i - 1].t_journal) continue;
            struct observation o = rows[with];
            rows[with] = rows[i - 1], rows[i - 1] = o;
        }
        for (u32 i = 0; i < n; i++) { /* ids are those of k's table: named again here */
            struct observation o = rows[i];
            o.provider = market_name(&mixed, names_text(&k.log.names, o.provider).at);
            o.source = market_name(&mixed, "tape");
            o.region = market_name(&mixed, "US/east");
            o.counter_owner = market_name(&mixed, names_text(&k.log.names, o.counter_owner).at);
            market_add(&mixed, &o);
        }
        market_series(&mixed);
        for (u32 d = 0; d < DAYS; d++) {
            struct print a = market_print(&k, NULL), b = market_print(&mixed, NULL);
            assert_int_equal(a.value, b.value);
            assert_int_equal(a.level, b.level);
            assert_int_equal(a.p25, b.p25);
            assert_int_equal(a.volume, b.volume);
            assert_int_equal(a.hhi, b.hhi);
            assert_memory_equal(a.dropped, b.dropped, sizeof a.dropped);
        }
        market_close(&k);
        market_close(&mixed);
    }
}

/* Every price x 3: value x 3, to the rounding of the last digit. */
static void scale_equivariant(void **state)
{
    u32 n;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        m.decimals = 6;
        struct market k, triple;
        load(&k, seed, &m, &n);
        load(&triple, seed, &m, &n);
        for (u32 i = 0; i < triple.log.n; i++) triple.log.at[i].price *= 3;
        for (u32 d = 0; d < DAYS; d++) {
            struct print a = market_print(&k, NULL), b = market_print(&triple, NULL);
            assert_int_equal(a.level, b.level);
            assert_in_range(b.value - 3 * a.value + 2, 0, 4);
            assert_int_equal(b.p50, 3 * a.p50);
        }
        market_close(&k);
        market_close(&triple);
    }
}

/* A higher price anywhere never lowers the value (screens off: they may take the price out). */
static void monotone(void **state)
{
    u32 n;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        for (u32 winsor = 0; winsor < 2; winsor++) {
            struct methodology m = market_rules();
            market_no_screens(&m);
            if (winsor) {
                m.estimator = ESTIMATOR_WINSOR, m.alpha_ppm = 100000;
                m.partitions = m.need_partitions = 1;
                m.min_owners_partition = m.merge = 0;
            }
            struct rng r = rng_of(seed + 3000);
            struct market k, up;
            load(&k, seed, &m, &n);
            load(&up, seed, &m, &n);
            for (u32 i = 0; i < 5 && n; i++)
                up.log.at[rng_below(&r, n)].price += rng_between(&r, 1, 500000);
            for (u32 d = 0; d < DAYS; d++)
                assert_true(market_print(&up, NULL).value >= market_print(&k, NULL).value);
            market_close(&k);
            market_close(&up);
        }
    }
}

/* Splitting one owner's trades over many names changes nothing: owners come first. */
static void splitting_an_owner_gains_nothing(void **state)
{
    u32 n;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        market_no_screens(&m);
        struct market k, split;
        load(&k, seed, &m, &n);
        load(&split, seed, &m, &n);
        snprintf(split.owners[MARKET_OWNERS].provider, 32, "p0-second");
        snprintf(split.owners[MARKET_OWNERS].owner, 32, "o0");
        split.owners[MARKET_OWNERS].from = split.owners[MARKET_OWNERS].share_ppm = 1;
        snprintf(split.owners[MARKET_OWNERS].approver, 32, "a");
        snprintf(split.owners[MARKET_OWNERS].evidence, 32, "same");
        split.owners_n = MARKET_OWNERS + 1;
        u32 first = market_name(&split, "p0"), second = market_name(&split, "p0-second");
        for (u32 i = 0; i < n; i += 2)
            if (split.log.at[i].provider == first) split.log.at[i].provider = second;
        market_series(&split);
        for (u32 d = 0; d < DAYS; d++)
            assert_int_equal(market_print(&k, NULL).value, market_print(&split, NULL).value);
        market_close(&k);
        market_close(&split);
    }
}

static struct receipt_verdict check(const char *z, u64 n)
{
    struct receipt_verdict v;
    u64 bytes = (receipt_check_bytes(z, n) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    receipt_check(z, n, memory, bytes, &v);
    free(memory);
    return v;
}

static void receipts_verify_alone(void **state)
{
    struct index_sink sink = { market_put, &text };
    u32 n;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct methodology m = market_rules();
        struct market k;
        load(&k, seed, &m, &n);
        for (u32 d = 0; d < DAYS + 3; d++) {
            text.n = 0;
            struct print p = market_print(&k, &sink);
            struct receipt_verdict v = check(text.at, text.n);
            if (!v.ok) print_error("line %u %s: %s\n", v.line, v.field, v.cause);
            assert_true(v.ok);
            assert_int_equal(v.print.value, p.value);
            assert_memory_equal(&v.print.receipt, &p.receipt, sizeof(Hash));
            assert_memory_equal(v.print.dropped, p.dropped, sizeof p.dropped);
        }
        market_close(&k);
    }
}

/* Puts a true hash under a changed text: the forger's best try. */
static void rehash(struct market_text *t)
{
    const char last[] = "\nreceipt ";
    u32 at = t->n;
    while (at > 1 && memcmp(t->at + at - 1, last, sizeof last - 1) != 0) at--;
    assert_true(at > 1);
    Hash h = sha256_of(t->at, at);
    struct text hex = text_on(t->at + at + 8, 65);
    text_put_hex(&hex, h.bytes, sizeof h.bytes);
    t->at[at + 8 + 64] = '\n';
}

static bool is_given(const char *line)
{
    static const char *const given[] = { "prior_",    "method",  "owner ", "record ",       "page ",
                                         "venue_out", "records", "index ", "method_version" };
    for (u32 i = 0; i < ARRAY_LEN(given); i++)
        if (strncmp(line, given[i], strlen(given[i])) == 0) return true;
    return false;
}

/* One receipt, every byte of it changed (all eight bits in the long run; every digit to
 * another). */
static void every_byte_counts(void **state)
{
    struct methodology m = market_rules();
    struct market k;
    struct index_sink sink = { market_put, &text };
    u32 n, forged = 0;
    (void)state;
    load(&k, 7, &m, &n);
    for (u32 d = 0; d < 4; d++) text.n = 0, (void)!market_print(&k, &sink).value;
    assert_true(check(text.at, text.n).ok);
    const char *line = text.at;
    for (u32 i = 0; i < text.n; i++) {
        if (i && text.at[i - 1] == '\n') line = text.at + i;
        char was = text.at[i];
        bool result = !is_given(line) && strncmp(line, "receipt", 7) != 0;
        text.at[i] = was >= '0' && was <= '9' ? (char)('0' + (was - '0' + 1 + i % 8) % 10)
                                              : (char)(was ^ (1 << (i % 7)));
        assert_false(check(text.at, text.n).ok);
        if (result) { /* and with a hash made true */
            memcpy(other.at, text.at, text.n + 1), other.n = text.n;
            rehash(&other);
            assert_false(check(other.at, other.n).ok);
            forged++;
        }
        text.at[i] = was;
    }
    assert_true(forged > 500);
    for (u32 cut = 0; cut < text.n; cut += 97) assert_false(check(text.at, cut).ok);
    text.at[text.n] = '\n';
    assert_false(check(text.at, text.n + 1).ok);
    market_close(&k);
}

/* A receipt written once and kept: receipts of today must verify with the programs of tomorrow. */
static void a_kept_receipt_still_verifies(void **state)
{
    static const char *const lines[] = {
#include "index/receipt_sample.inc"
    };
    (void)state;
    text.n = 0;
    for (u32 i = 0; i < ARRAY_LEN(lines); i++) market_put(&text, lines[i], (u32)strlen(lines[i]));
    struct receipt_verdict v = check(text.at, text.n);
    if (!v.ok) print_error("line %u %s: %s\n", v.line, v.field, v.cause);
    assert_true(v.ok);
    assert_int_equal(v.print.value, 2825000);
}

static void a_full_series_says_so(void **state)
{
    struct methodology m = market_rules();
    struct market k;
    u32 n;
    (void)state;
    load(&k, 3, &m, &n);
    struct index_caps caps = { 5, 5, MARKET_OWNERS + 2, k.log.cap, k.log.names.cap };
    u64 bytes = (index_bytes(caps) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    struct index *ix = index_open(memory, bytes, caps, &m, k.owners, k.owners_n, &k.log);
    assert_non_null(ix);
    struct print p;
    enum index_result r = INDEX_OK;
    Date d = index_next_date(ix);
    for (u32 i = 0; i < DAYS && r == INDEX_OK; i++)
        d = index_next_date(ix), r = index_print(ix, NULL, &p);
    assert_int_equal(r, INDEX_FULL);
    assert_int_equal(index_next_date(ix).days, d.days); /* still to be made; earlier ones stand */
    assert_null(index_open(memory, bytes - 64, caps, &m, k.owners, k.owners_n, &k.log));
    free(memory);
    market_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totality_every_date_has_one_status),
        cmocka_unit_test(a_line_without_history_passes),
        cmocka_unit_test(same_inputs_same_bytes),
        cmocka_unit_test(no_future_data),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(scale_equivariant),
        cmocka_unit_test(monotone),
        cmocka_unit_test(splitting_an_owner_gains_nothing),
        cmocka_unit_test(receipts_verify_alone),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(a_kept_receipt_still_verifies),
        cmocka_unit_test(a_full_series_says_so),
    };
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
