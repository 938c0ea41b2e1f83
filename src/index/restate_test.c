#include "index/work.h"
#include "market.h"
#include "test.h"

/* Random markets whose records may come hours after the event; twelve of them. */
enum { MARKETS = 12, DAYS = 10, EACH = 50, MOST = DAYS * EACH };
static struct observation rows[MOST];
static struct market_text text;

struct versions { struct print at[64]; u32 n, same; };

static int by_journal(const void *a, const void *b)
{
    const struct observation *x = a, *y = b;
    return x->t_journal < y->t_journal ? -1 : x->t_journal > y->t_journal;
}

static struct methodology rules(void)
{
    struct methodology m = market_rules();
    m.has_restatement = 1, m.restate_until = 86399, m.restate_minutes = 60;
    m.restate_min_ppm = 100;
    return m;
}

/* Four in ten records late by up to thirty hours, most at twice the price; then in order of
 * coming. */
static u32 late_rows(struct market *k, u64 seed)
{
    struct rng r = rng_of(seed);
    u32 n = market_days(&r, DAYS, EACH, rows, MOST, k);
    for (u32 i = 0; i < n; i++) {
        if (!rng_chance(&r, 400000)) continue;
        rows[i].t_journal += rng_between(&r, 0, 30 * 3600) * NS_PER_SECOND;
        if (rng_chance(&r, 600000)) rows[i].price = rows[i].price * 23 / 20;
    }
    qsort(rows, n, sizeof *rows, by_journal);
    return n;
}

static u32 load(struct market *k, u64 seed, const struct methodology *m)
{
    market_open(k, m);
    u32 n = late_rows(k, seed);
    for (u32 i = 0; i < n; i++) market_add(k, &rows[i]);
    market_series(k);
    return n;
}

/* The print of the next date and all its versions. */
static void versions_of(struct market *k, const struct index_sink *sink, struct versions *v)
{
    *v = (struct versions){ .n = 1 };
    v->at[0] = market_print(k, sink);
    while (index_restate_due(k->index).ns) {
        struct print p;
        enum index_result r = index_restate(k->index, sink, &p);
        assert_true(r == INDEX_OK || r == INDEX_SAME);
        if (r == INDEX_OK) v->at[v->n++] = p;
        else v->same++;
    }
}

static struct receipt_verdict check(const char *at, u32 n)
{
    struct receipt_verdict v;
    u64 bytes = (receipt_check_bytes(at, n) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    receipt_check(at, n, memory, bytes, &v);
    free(memory);
    return v;
}

/* First prints do not know of restatements, and each version is tied to the one before. */
static void first_prints_stay(void **state)
{
    struct methodology m = rules();
    u32 restated = 0, same = 0;
    (void)state;
    for (u64 seed = 1; seed <= MARKETS; seed++) {
        struct market k, plain;
        load(&k, seed, &m);
        load(&plain, seed, &m);
        for (u32 d = 0; d < DAYS + 2; d++) {
            struct versions v;
            struct print first = market_print(&plain, NULL);
            versions_of(&k, NULL, &v);
            assert_memory_equal(&v.at[0].receipt, &first.receipt, sizeof(Hash));
            for (u32 i = 1; i < v.n; i++) {
                const struct print *a = &v.at[i - 1], *b = &v.at[i];
                i128 off = b->value > a->value ? b->value - a->value : a->value - b->value;
                assert_int_equal(b->vintage, a->vintage + 1);
                assert_true(b->published_at > a->published_at);
                assert_true(b->published_at <
                            date_start(b->value_date).ns + NS_PER_DAY - NS_PER_SECOND);
                assert_memory_equal(&b->restates, &a->receipt, sizeof(Hash));
                assert_memory_equal(&b->prior_receipt, &a->prior_receipt, sizeof(Hash));
                assert_true(b->status != a->status || off * PPM > (i128)100 * a->value);
            }
            restated += v.n - 1, same += v.same;
        }
        market_close(&k);
        market_close(&plain);
    }
    if (restated <= 20 || same <= 20) print_error("%u restated, %u the same\n", restated, same);
    assert_true(restated > 20 && same > 5);
}

/* The slow way: the same market in which what came late had come just before the first print. */
static struct print by_twin(u64 seed, const struct methodology *m, const struct print *p)
{
    struct market twin;
    struct print q;
    i64 publish = index_publish_time(m, p->value_date).ns, start = market_window(p->value_date);
    market_open(&twin, m);
    u32 n = late_rows(&twin, seed);
    for (u32 i = 0; i < n; i++) {
        bool late = rows[i].t_journal >= publish && rows[i].t_journal < p->published_at;
        if (late && rows[i].t_event >= start && rows[i].t_event < start + NS_PER_DAY)
            rows[i].t_journal = publish - 1;
    }
    qsort(rows, n, sizeof *rows, by_journal);
    for (u32 i = 0; i < n; i++) market_add(&twin, &rows[i]);
    market_series(&twin);
    do q = market_print(&twin, NULL);
    while (q.value_date.days < p->value_date.days);
    market_close(&twin);
    return q;
}

static void a_version_is_the_print_with_more_records(void **state)
{
    struct methodology m = rules();
    u32 seen = 0;
    (void)state;
    for (u64 seed = 20; seed < 20 + MARKETS; seed++) {
        struct market k;
        load(&k, seed, &m);
        for (u32 d = 0; d < DAYS; d++) {
            struct versions v;
            versions_of(&k, NULL, &v);
            for (u32 i = 1; i < v.n; i++, seen++) {
                struct print q = by_twin(seed, &m, &v.at[i]);
                assert_int_equal(q.value, v.at[i].value);
                assert_int_equal(q.level, v.at[i].level);
                assert_int_equal(q.owners, v.at[i].owners);
                assert_int_equal(q.volume, v.at[i].volume);
                assert_int_equal(q.hhi, v.at[i].hhi);
                assert_int_equal(q.accumulator, v.at[i].accumulator);
                assert_memory_equal(q.dropped, v.at[i].dropped, sizeof q.dropped);
            }
        }
        market_close(&k);
    }
    assert_true(seen > 20);
}

/* The log grows by the hour: at each time only what was journaled before it is there. The same
 * versions come at the same times, byte for byte. */
static void live_is_batch(void **state)
{
    struct methodology m = rules();
    u32 versions = 0;
    (void)state;
    for (u64 seed = 40; seed < 40 + MARKETS; seed++) {
        struct market k, live;
        load(&k, seed, &m);
        u32 n = load(&live, seed, &m), at = 0;
        live.log.n = live.log.pages_n = 0;
        for (u32 d = 0; d < DAYS; d++) {
            struct versions v;
            u32 i = 1;
            versions_of(&k, NULL, &v);
            i64 publish = v.at[0].published_at;
            while (at < n && rows[at].t_journal < publish) market_add(&live, &rows[at++]);
            struct print p = market_print(&live, NULL);
            assert_memory_equal(&p.receipt, &v.at[0].receipt, sizeof(Hash));
            for (i64 t = publish; t < publish + 10 * 3600 * NS_PER_SECOND;
                 t += 600 * NS_PER_SECOND) {
                while (at < n && rows[at].t_journal < t) market_add(&live, &rows[at++]);
                Instant due = index_restate_due(live.index);
                if (!due.ns || due.ns > t) continue;
                assert_int_equal(due.ns, t);
                if (index_restate(live.index, NULL, &p) != INDEX_OK) continue;
                assert_memory_equal(&p.receipt, &v.at[i].receipt, sizeof(Hash));
                i++, versions++;
            }
            assert_int_equal(i, v.n);
        }
        market_close(&k);
        market_close(&live);
    }
    assert_true(versions > 20);
}

static void versions_verify_alone(void **state)
{
    struct index_sink sink = { market_put, &text };
    struct methodology m = rules();
    u32 seen = 0;
    (void)state;
    for (u64 seed = 60; seed < 60 + MARKETS; seed++) {
        struct market k;
        load(&k, seed, &m);
        for (u32 d = 0; d < DAYS; d++) {
            (void)market_print(&k, NULL);
            while (index_restate_due(k.index).ns) {
                struct print p;
                text.n = 0;
                if (index_restate(k.index, &sink, &p) != INDEX_OK) {
                    assert_int_equal(text.n, 0);
                    continue;
                }
                struct receipt_verdict v = check(text.at, text.n);
                if (!v.ok) print_error("line %u %s: %s\n", v.line, v.field, v.cause);
                assert_true(v.ok);
                assert_int_equal(v.print.vintage, p.vintage);
                assert_int_equal(v.print.value, p.value);
                seen++;
                char *line = strstr(text.at, "\npublished_at ");
                assert_non_null(line);
                line[28] ^= 1; /* ten minutes on is no time of the policy */
                assert_false(check(text.at, text.n).ok);
                line[28] ^= 1;
                line = strstr(text.at, "\nvintage ");
                line[9] = '9'; /* more versions than times before it */
                assert_false(check(text.at, text.n).ok);
            }
        }
        market_close(&k);
    }
    assert_true(seen > 20);
}

/* One trade of the window, journaled late: which policy takes it, and when. */
static void the_policy_decides(void **state)
{
    static const struct { i64 late_s, until, minutes, price, at_s, versions; } rows_of[] = {
        { 0, 86399, 60, 8000000, 3600, 1 },      /* the moment of publication is too late for it */
        { 3599, 86399, 60, 8000000, 3600, 1 },
        { 3600, 86399, 60, 8000000, 7200, 1 },   /* strictly before the version's time */
        { 3600, 86399, 30, 8000000, 5400, 1 },
        { 10, 86399, 60, 2800000, 3600, 0 },     /* moves nothing */
        { 7 * 3600, 86399, 60, 8000000, 0, 0 },  /* 24:01 is past 23:59:59 */
        { 6 * 3600 + 3599, 86399, 60, 8000000, 25200, 1 }, /* 23:01 */
        { 10, 0, 60, 8000000, 0, 0 },            /* a policy without restatements */
        { 10, 61260, 60, 8000000, 0, 0 },        /* until 17:01:00: exactly then is too late */
        { 10, 61261, 60, 8000000, 3600, 1 },
    };
    struct methodology m = market_rules();
    (void)state;
    m.partitions = 1, m.need_partitions = 1, m.has_restatement = 1, m.restate_min_ppm = 1000;
    market_no_screens(&m);
    for (u32 i = 0; i < ARRAY_LEN(rows_of); i++) {
        struct market k;
        m.restate_until = rows_of[i].until, m.restate_minutes = rows_of[i].minutes;
        market_open(&k, &m);
        i64 start = market_window(MARKET_FIRST), publish = index_publish_time(&m, MARKET_FIRST).ns;
        for (u32 o = 0; o < 4; o++) {
            struct observation a = market_trade(&k, o, start + (i64)o, 2800000, 60000);
            market_add(&k, &a);
        }
        struct observation late = market_trade(&k, 7, start + 9, rows_of[i].price, 167000);
        late.t_journal = publish + rows_of[i].late_s * NS_PER_SECOND;
        market_add(&k, &late);
        struct observation fix = market_trade(&k, 3, start + 10, rows_of[i].price, 60000);
        fix.corrects = 4, fix.t_journal = late.t_journal;
        market_add(&k, &fix);
        market_series(&k);
        struct versions v;
        Date date;
        versions_of(&k, NULL, &v);
        assert_int_equal(v.n - 1, rows_of[i].versions);
        assert_int_equal(index_late(&m, &k.log.at[4], &date),
                         rows_of[i].at_s ? LATE_IN_TIME : LATE_TOO_LATE);
        assert_int_equal(date.days, MARKET_FIRST.days);
        assert_int_equal(index_late(&m, &k.log.at[0], &date), LATE_NOT);
        if (v.n == 2) {
            assert_int_equal(v.at[1].published_at - publish, rows_of[i].at_s * NS_PER_SECOND);
            assert_int_equal(v.at[1].dropped[REASON_SUPERSEDED], 1);
            assert_true(v.at[1].value > v.at[0].value);
        }
        struct print next = market_print(&k, NULL); /* there the late ones are STALE, both */
        assert_int_equal(next.dropped[REASON_STALE], 2);
        assert_int_equal(next.prior_value, v.at[0].value);
        market_close(&k);
    }
}

/* A new version of the rules takes over on its date: prints before it stay byte for byte, sums and
 * the chain of receipts go on, and its receipts verify alone. */
static void rules_change_forward(void **state)
{
    struct index_sink sink = { market_put, &text };
    struct methodology m = rules(), next = rules(), wrong;
    (void)state;
    next.version = 2, next.effective_from = MARKET_FIRST.days + 5,
    next.tie = next.pin_tie = TIE_UPPER;
    next.decimals = 3;
    for (u64 seed = 80; seed < 84; seed++) {
        struct market k, plain;
        struct print before = { 0 };
        load(&k, seed, &m);
        load(&plain, seed, &m);
        assert_false(index_switch(k.index, &next)); /* not yet */
        for (u32 d = 0; d < DAYS; d++) {
            if (d == 5) {
                wrong = next, wrong.version = 3;
                assert_false(index_switch(k.index, &wrong));
                wrong = next, snprintf(wrong.index, sizeof wrong.index, "OTHER");
                assert_false(index_switch(k.index, &wrong));
                assert_true(index_switch(k.index, &next));
            }
            text.n = 0;
            struct print p = market_print(&k, &sink), old = market_print(&plain, NULL);
            assert_int_equal(p.method_version, d < 5 ? 1 : 2);
            if (d < 5) assert_memory_equal(&p.receipt, &old.receipt, sizeof(Hash));
            else assert_int_equal(p.value % 1000, 0);
            assert_memory_equal(&p.prior_receipt, &before.receipt, sizeof(Hash));
            assert_int_equal(p.accumulator, before.accumulator + p.value * 24);
            assert_true(check(text.at, text.n).ok);
            before = p;
            if (index_restate_due(k.index).ns) { /* open versions are settled by the switch */
                enum index_result r = index_restate(k.index, NULL, &p);
                assert_true(r == INDEX_OK || r == INDEX_SAME);
            }
        }
        market_close(&k);
        market_close(&plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_prints_stay),
        cmocka_unit_test(a_version_is_the_print_with_more_records),
        cmocka_unit_test(live_is_batch),
        cmocka_unit_test(versions_verify_alone),
        cmocka_unit_test(the_policy_decides),
        cmocka_unit_test(rules_change_forward),
    };
    return cmocka_run_group_tests_name("index/restate", tests, NULL, NULL);
}
