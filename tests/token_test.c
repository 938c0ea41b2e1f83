/* The token basket over its shipped example and over random markets: statuses, links, receipts. */
#include "base/random.h"
#include "config/token.h"
#include "feeds/obs_file.h"
#include "index/token.h"
#include "test.h"
#include <stdlib.h>

static struct why why;
static struct token_method m;
static struct feed_log l;
static struct feed_result rows;
enum { DAYS = 181, TEXT_MAX = 1 << 17 }; /* 2026-01-01 .. 2026-06-30 */

struct series { struct token_index *ix; void *memory; };
static struct series series_of(const struct token_method *method, struct obs_log *log)
{
    struct token_caps caps = { log->cap, log->cap, log->cap, log->names.cap };
    u64 bytes = (token_bytes(caps) + 63) & ~UINT64_C(63);
    struct series s = { NULL, aligned_alloc(64, bytes) };
    memset(s.memory, 0, bytes);
    s.ix = token_open(s.memory, bytes, caps, method, log);
    assert_non_null(s.ix);
    return s;
}

static char text[TEXT_MAX];
static u64 text_n;
static void keep(void *to, const char *bytes, u32 n)
{
    assert_true(text_n + n <= TEXT_MAX);
    memcpy(text + text_n, bytes, n);
    text_n += n;
}
static const struct index_sink sink = { keep, NULL };

static void next(struct series *s, struct token_print *p)
{
    text_n = 0;
    assert_int_equal(token_print(s->ix, &sink, p), INDEX_OK);
}

static void check(const char *at, u64 n, struct token_verdict *v)
{
    static struct token_method read;
    u64 bytes = (token_check_bytes(at, n) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    token_check(at, n, memory, bytes, &read, v);
    free(memory);
}

static int load(void **state)
{
    Err err = config_token_method("specs/methodology/token-synthetic.yaml", &m, &why);
    if (!err) err = obs_input_read("examples/token-prices-synthetic.csv", &l, &rows, &why);
    if (err) print_error("%s\n", why.text);
    return (int)err;
}
static int unload(void **state)
{
    feed_log_give(&l);
    feed_result_give(&rows);
    return 0;
}

/* Exactly one status; a link day has one level under both baskets and the next day starts from it;
 * on other days the level is the chain's product to the last digit. */
static void check_print(const struct token_print *p, const struct token_print *before)
{
    i64 product;
    bool printed = p->status == BENCH_PRINT_PRINTED, carried = p->status == BENCH_PRINT_CARRIED;
    assert_int_equal(printed + carried + (p->status == BENCH_PRINT_NO_PRINT), 1);
    assert_int_equal(printed, p->level == LEVEL_L1);
    assert_int_equal(carried, p->level == LEVEL_L5);
    assert_int_equal(p->value == 0, p->status == BENCH_PRINT_NO_PRINT);
    assert_int_equal(printed, p->why_l1 == 0);
    assert_true(p->slots_fresh <= p->slots);
    if (p->exact) {
        assert_true(lowe_value(p->link_level, p->cost, p->link_cost, &product));
        assert_int_equal(product, p->exact);
    }
    if (p->next_from.days) {
        assert_true(printed);
        assert_int_equal(p->next_level, p->exact);
    }
    if (!before) return;
    assert_int_equal(p->value_date.days, before->value_date.days + 1);
    assert_true(hash_eq(p->prior_receipt, before->receipt));
    if (before->next_from.days && p->link_on.days == before->value_date.days &&
        p->slots == p->slots_fresh) {
        assert_int_equal(p->link_level, before->next_level);
        assert_int_equal(p->link_cost, before->next_cost);
        assert_int_equal(p->basket_from.days, before->next_from.days);
    }
}

TEST(every_day_has_one_status_and_a_receipt_that_verifies)
{
    struct series s = series_of(&m, &l.log);
    struct token_print p, before;
    u32 links = 0, left = 0, successor = 0, below = 0;
    for (u32 i = 0; i < DAYS; i++) {
        struct token_verdict v;
        next(&s, &p);
        check_print(&p, i ? &before : NULL);
        check(text, text_n, &v);
        if (!v.ok) print_error("%u %s: %s\n", v.line, v.field, v.cause);
        assert_true(v.ok);
        assert_true(hash_eq(v.print.receipt, p.receipt));
        links += p.next_from.days != 0;
        left += p.flags & LIST_BIT(TOKEN_FLAG_RENORMALISED) ? 1 : 0;
        successor += p.flags & LIST_BIT(TOKEN_FLAG_SUCCESSOR) ? 1 : 0;
        below += p.flags & LIST_BIT(TOKEN_FLAG_BELOW_MARGINAL) ? 1 : 0;
        assert_int_equal(p.status, BENCH_PRINT_PRINTED);
        before = p;
    }
    assert_int_equal(links, 1);      /* 2026-04-01 */
    assert_int_equal(left, 38);      /* 2026-02-23 to the link */
    assert_int_equal(successor, 50); /* from 2026-05-12 on */
    assert_true(below > 0);
    free(s.memory);
}

/* What the names of the files promise about single days. */
TEST(single_days)
{
    static const struct { Date d; u32 slots, fresh; u8 dropped; u32 count; } days[] = {
        { { 20504 }, 5, 4, REASON_NO_CAPACITY, 6 }, /* 2026-02-20: two hosts, three prices each */
        { { 20507 }, 4, 4, 0, 0 },                  /* 2026-02-23: the slot has left */
        { { 20514 }, 4, 4, REASON_ZERO_PRICE, 3 },  /* 2026-03-02: a promotion at 0 */
        { { 20521 }, 4, 4, REASON_ZERO_PRICE, 0 },  /* 2026-03-09: over */
    };
    struct series s = series_of(&m, &l.log);
    struct token_print p;
    u32 at = 0;
    for (u32 i = 0; i < DAYS && at < ARRAY_LEN(days); i++) {
        next(&s, &p);
        if (p.value_date.days != days[at].d.days) continue;
        assert_int_equal(p.slots, days[at].slots);
        assert_int_equal(p.slots_fresh, days[at].fresh);
        assert_int_equal(p.dropped[REASON_OFFER_TYPE], 4); /* ":free" and a dated variant */
        if (days[at].dropped) assert_int_equal(p.dropped[days[at].dropped], days[at].count);
        at++;
    }
    assert_int_equal(at, ARRAY_LEN(days));
    free(s.memory);
}

/* No byte of a receipt can change without a word: every fifth is tried. */
TEST(bytes_count)
{
    static char copy[TEXT_MAX];
    struct series s = series_of(&m, &l.log);
    struct token_print p;
    for (u32 i = 0; i < 91; i++) next(&s, &p); /* the link day */
    assert_true(p.next_from.days > 0);
    memcpy(copy, text, text_n);
    for (u64 i = 0; i < text_n; i += 5) {
        struct token_verdict v;
        copy[i] = (char)(copy[i] ^ (i % 7 ? 1 : 32));
        check(copy, text_n, &v);
        if (v.ok) print_error("byte %llu\n", (unsigned long long)i);
        assert_false(v.ok);
        assert_true(v.field[0]);
        copy[i] = text[i];
    }
    free(s.memory);
}

/* A record journaled later changes no earlier receipt: the log cut at each day gives the same. */
TEST(no_future_data)
{
    struct series s = series_of(&m, &l.log);
    struct token_print p, q;
    static Hash receipts[DAYS];
    for (u32 i = 0; i < DAYS; i++) next(&s, &p), receipts[i] = p.receipt;
    free(s.memory);
    u32 all = l.log.n, pages = l.log.pages_n;
    for (u32 day = 20; day < DAYS; day += 40) {
        i64 end = date_start((Date){ (i32)m.effective_from + (i32)day }).ns + NS_PER_DAY;
        while (l.log.n && l.log.at[l.log.n - 1].t_journal >= end) l.log.n--;
        struct series cut = series_of(&m, &l.log);
        for (u32 i = 0; i <= day; i++) next(&cut, &q);
        assert_true(hash_eq(q.receipt, receipts[day]));
        free(cut.memory);
        l.log.n = all, l.log.pages_n = pages;
    }
}

/* ---- random markets ---- */

struct market { struct obs_log log; void *memory; struct rng r; };

static void put(struct market *k, u32 host, const char *model, u8 side, i64 price, u32 quality,
                i64 at)
{
    char z[16];
    struct text t = text_on(z, sizeof z);
    struct observation o = { .kind = OBS_KIND_LIST, .channel = CHANNEL_NEOCLOUD, .term = TERM_TOKEN,
                             .raw_unit = RAW_UNIT_MTOKEN, .form = GPU_FORM_UNKNOWN,
                             .rights = RIGHTS_OPEN, .token_side = side, .price = price,
                             .quality = quality, .ccy = "USD" };
    text_put(&t, "host"), text_put_u64(&t, host);
    o.t_event = o.t_seen = o.t_journal = at;
    assert_true(names_add(&k->log.names, STR("rig"), &o.source));
    assert_true(names_add(&k->log.names, (Str){ t.at, t.n }, &o.provider));
    assert_true(names_add(&k->log.names, str_of(model), &o.model));
    assert_int_equal(obs_log_add(&k->log, &o), 0);
}

/* Six models, four hosts; changes, removals, promotions and sentinels at random times. */
static struct market market_of(u64 seed, u32 days)
{
    static const char *const models[] = {
        "atlas-large", "atlas-small", "breeze-1",         "breeze-2",           "cinder-code",
        "delta-chat",  "ember-pro",   "atlas-small:free", "delta-chat-20260101"
    };
    struct market k = { .r = rng_of(seed) };
    k.memory = aligned_alloc(64, (obs_log_bytes(8192, 256, 16) + 63) & ~UINT64_C(63));
    k.log = obs_log_on(k.memory, 8192, 256, 16);
    i64 start = date_start((Date){ (i32)m.effective_from }).ns;
    for (u32 d = 0; d < days; d++) {
        u32 n = d ? (u32)rng_below(&k.r, 12) : 60;
        i64 at = start + (i64)d * NS_PER_DAY;
        for (u32 i = 0; i < n; i++) {
            const char *model = models[rng_below(&k.r, ARRAY_LEN(models))];
            u8 side = (u8)rng_between(&k.r, TOKEN_SIDE_INPUT, TOKEN_SIDE_CACHED);
            bool gone = rng_chance(&k.r, d ? 150000 : 0), free_of = rng_chance(&k.r, 30000);
            i64 price = gone || free_of           ? 0
                        : rng_chance(&k.r, 10000) ? -1000000
                                                  : rng_between(&k.r, 1, 20000000);
            at += (i64)rng_below(&k.r, (u64)NS_PER_DAY / 64);
            put(&k, (u32)rng_below(&k.r, 4), model, side, price,
                gone ? LIST_BIT(QUALITY_REMOVED) : 0, at);
        }
    }
    return k;
}

TEST(random_markets)
{
    u32 seen[BENCH_PRINT_COUNT] = { 0 }, links = 0, put_off = 0, left = 0;
    for (u64 seed = 1; seed <= 40; seed++) {
        struct market k = market_of(seed, DAYS);
        struct series s = series_of(&m, &k.log);
        struct token_print p, before;
        for (u32 i = 0; i < DAYS; i++) {
            next(&s, &p);
            check_print(&p, i ? &before : NULL);
            seen[p.status]++, links += p.next_from.days != 0;
            put_off += p.flags & LIST_BIT(TOKEN_FLAG_LINK_DEFERRED) ? 1 : 0;
            left += p.flags & LIST_BIT(TOKEN_FLAG_RENORMALISED) ? 1 : 0;
            before = p;
            if ((i + seed) % 9) continue;
            struct token_verdict v;
            check(text, text_n, &v);
            if (!v.ok) print_error("%u %s: %s\n", v.line, v.field, v.cause);
            assert_true(v.ok);
        }
        free(s.memory);
        free(k.memory);
    }
    assert_true(seen[BENCH_PRINT_PRINTED] > 1000 && seen[BENCH_PRINT_CARRIED] > 20);
    assert_true(seen[BENCH_PRINT_NO_PRINT] > 100 && links > 5 && put_off > 100 && left > 100);
}

/* ---- the methodology ---- */

static void no_change(struct token_method *x) {}
static void blend_off(struct token_method *x) { x->w_input_ppm++; }
static void cap_low(struct token_method *x) { x->cap_ppm = 199999; }
static void gate_high(struct token_method *x) { x->gate_milli = 860; }
static void overlap_short(struct token_method *x) { x->slots[2].overlap_days = 29; }
static void no_factor(struct token_method *x) { x->slots[2].factor_ppm = 0; }
static void no_successor(struct token_method *x) { memset(x->slots[2].successor, 0, 32); }
static void variant(struct token_method *x) { strcpy(x->slots[0].model, "atlas:free"); }
static void stranger(struct token_method *x) { strcpy(x->shares[0].slot, "nobody"); }
static void twice(struct token_method *x) { memcpy(x->shares[1].slot, x->shares[0].slot, 32); }
static void quantities(struct token_method *x) { x->shares[0].quantity_ppm--; }
static void late_basket(struct token_method *x) { x->effective_from--; }
static void aggregator(struct token_method *x) { x->channels |= 1 << CHANNEL_AGGREGATOR; }
static void traded(struct token_method *x) { x->label = BENCH_LABEL_TRADED; }
static void two_kappas(struct token_method *x) { x->kappas[1] = x->kappas[0]; }

TEST(faults_are_named)
{
    static const struct {
        void (*change)(struct token_method *x);
        const char *key, *cause;
    } cases[] = {
        { no_change, NULL, NULL },
        { blend_off, "output_ppm", "the blend does not sum to 1000000" },
        { cap_low, "shares",
          "CAP_INFEASIBLE: slots that pass the gate x slot_cap.ppm is below 1000000" },
        { gate_high, "shares", "fewer slots pass the gate than sufficiency.slots" },
        { overlap_short, "slots", "fewer days of overlap than retirement.overlap_days" },
        { no_factor, "slots", "a successor needs factor_ppm, old price over new" },
        { no_successor, "slots", "successor_from, factor_ppm, overlap_days: no successor" },
        { variant, "slots", "the model of a slot is an excluded variant" },
        { stranger, "shares", "names no slot" },
        { twice, "shares", "the same slot twice in a basket" },
        { quantities, "shares", "the quantities of a basket do not sum to 1000000" },
        { late_basket, "shares", "the first basket is not from effective_from" },
        { aggregator, "channels", "an aggregator is no host" },
        { traded, "kinds", "token prices are posted, or made up" },
        { two_kappas, "kappas", "the same model twice from one day" },
    };
    FOR_EACH (c, cases) {
        static struct token_method x;
        const char *cause = NULL;
        x = m;
        c->change(&x);
        u32 f = token_method_fault(&x, &cause);
        if (!c->key) {
            assert_int_equal(f, token_method_record.fields);
            continue;
        }
        if (f == token_method_record.fields) print_error("%s\n", c->cause);
        assert_true(f < token_method_record.fields);
        EXPECT_TEXT(token_method_record.field[f].key, c->key, c->cause);
        EXPECT_TEXT(cause, c->cause, c->key);
    }
}

TEST(variants_are_known)
{
    static const struct { const char *id, *model; u32 want; } cases[] = {
        { "gpt-4o", "gpt-4o", 1 },
        { "gpt-4o-mini", "gpt-4o", 0 },
        { "gpt-4o:free", "gpt-4o", 2 },
        { "gpt-4o:other", "gpt-4o", 0 },
        { "gpt-4o-2024-08-06", "gpt-4o", 2 },
        { "gpt-4o-20240806", "gpt-4o", 2 },
        { "gpt-4o-20240806:free", "gpt-4o", 2 },
        { "gpt-4o-0806", "gpt-4o", 0 },
        { "gpt-4", "gpt-4o", 0 },
        { "gpt-4o-2024-08-061", "gpt-4o", 0 },
    };
    FOR_EACH (c, cases) assert_int_equal(token_belongs(&m, str_of(c->id), c->model), c->want);
}

TEST(bytes_come_back)
{
    static struct token_method again, other;
    static u8 bytes[1 << 16];
    assert_true(record_bytes_max(&token_method_record) <= 57344);
    u32 n = record_encode(&token_method_record, &m, bytes, sizeof bytes);
    assert_true(n > 0);
    assert_true(token_method_decode(bytes, n, &again));
    assert_memory_equal(&again, &m, sizeof m);
    assert_false(token_method_decode(bytes, n - 1, &again));
    assert_int_equal(config_token_method("specs/methodology/token-basket.yaml", &other, &why),
                     ERR_OK);
    assert_false(
        hash_eq(record_hash(&token_method_record, &m), record_hash(&token_method_record, &other)));
    assert_int_equal(config_method_kind("specs/methodology/token-basket.yaml", NULL),
                     METHOD_KIND_TOKEN_BASKET);
    assert_int_equal(config_method_kind("specs/methodology/h100-posted.yaml", NULL),
                     METHOD_KIND_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_has_one_status_and_a_receipt_that_verifies),
        cmocka_unit_test(single_days),
        cmocka_unit_test(bytes_count),
        cmocka_unit_test(no_future_data),
        cmocka_unit_test(random_markets),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(variants_are_known),
        cmocka_unit_test(bytes_come_back),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
