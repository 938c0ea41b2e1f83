#include "index/observation.h"
#include "base/random.h"
#include "index/methodology.h"
#include "market.h"
#include "test.h"

static struct market k;

static struct observation random_observation(struct rng *r)
{
    struct observation o =
        market_trade(&k, (u32)rng_below(r, 8), (i64)rng_below(r, 1u << 30) * 1000000007,
                     rng_between(r, 0, 9000000), rng_between(r, 1, 99999));
    Hash h = { { (u8)rng_below(r, 40), 1 } };
    o.obs_id = rng_below(r, 1000) + 1;
    o.kind = (u8)rng_between(r, 1, OBS_KIND_COUNT - 1),
    o.form = (u8)rng_between(r, 1, GPU_FORM_COUNT - 1);
    o.gpu_class = (u8)rng_between(r, 1, GPU_COUNT - 1),
    o.term = (u8)rng_between(r, 1, TERM_COUNT - 1);
    if (o.kind == OBS_KIND_FIXING) o.raw_unit = RAW_UNIT_THOUSAND, o.price++;
    o.rights = (u8)rng_between(r, 1, RIGHTS_COUNT - 1);
    o.quality = (u32)rng_below(r, BIT(QUALITY_COUNT - 1));
    o.token_side = (u8)rng_below(r, TOKEN_SIDE_COUNT);
    o.duration_s = rng_between(r, 0, OBS_DURATION_MAX);
    if (rng_chance(r, 500000)) o.owner = market_name(&k, "somebody");
    if (!refs_add(&k.log.refs, h, &o.source_ref)) o.source_ref = 0;
    return o;
}

/* Bytes and lines come back, and no shorter or longer ones do. */
static void records_come_back(void **state)
{
    struct rng r = rng_of(11);
    struct methodology m = market_rules();
    (void)state;
    market_open(&k, &m);
    for (u32 i = 0; i < 5000; i++) {
        struct observation o = random_observation(&r), back;
        u8 bytes[OBS_BYTES_MAX];
        char line[OBS_BYTES_MAX];
        struct text t = text_on(line, sizeof line);
        u32 n = observation_encode(&k.log, &o, bytes);
        assert_int_equal(observation_decode(&k.log, bytes, n, &back), 0);
        assert_memory_equal(&back, &o, sizeof o);
        assert_int_not_equal(observation_decode(&k.log, bytes, n - 1, &back), 0);
        bytes[n] = 0;
        assert_int_not_equal(observation_decode(&k.log, bytes, n + 1, &back), 0);
        observation_put(&k.log, &o, &t);
        assert_false(t.cut);
        assert_int_equal(observation_parse(&k.log, (Str){ t.at, t.n }, &back), 0);
        assert_memory_equal(&back, &o, sizeof o);
        assert_int_not_equal(observation_parse(&k.log, (Str){ t.at, t.n - 1 }, &back), 0);
    }
    market_close(&k);
}

static void bad_records_have_a_code(void **state)
{
    struct rng r = rng_of(12);
    struct methodology m = market_rules();
    (void)state;
    market_open(&k, &m);
    const struct observation fine = market_trade(&k, 1, 1000, 2800000, 5);
    static const struct { u32 at; i64 value; u32 bytes; u8 want; } cases[] = {
#define CASE(member, v, code) \
    { offsetof(struct observation, member), v, sizeof(((struct observation *)0)->member), \
      OBS_REJECT_##code }
        CASE(kind, 0, BAD_ENUM),
        CASE(kind, OBS_KIND_COUNT, BAD_ENUM),
        CASE(channel, CHANNEL_COUNT, BAD_ENUM),
        CASE(gpu_class, 0, BAD_ENUM),
        CASE(form, GPU_FORM_COUNT, BAD_ENUM),
        CASE(term, 0, BAD_ENUM),
        CASE(raw_unit, RAW_UNIT_COUNT, BAD_ENUM),
        CASE(rights, 0, BAD_ENUM),
        CASE(quality, 1 << (QUALITY_COUNT - 1), BAD_ENUM),
        CASE(token_side, TOKEN_SIDE_COUNT, BAD_ENUM),
        CASE(provider, 0, BAD_TEXT),
        CASE(source, 0, BAD_TEXT),
        CASE(price, -1, BAD_PRICE),
        CASE(price, OBS_PRICE_MAX + 1, BAD_PRICE),
        CASE(size, -1, BAD_SIZE),
        CASE(size, 0, BAD_SIZE), /* a trade of nothing */
        CASE(size, OBS_SIZE_MAX + 1, BAD_SIZE),
        CASE(duration_s, -1, BAD_DURATION),
        CASE(duration_s, OBS_DURATION_MAX + 1, BAD_DURATION),
        CASE(t_event, -1, BAD_TIME),
        CASE(t_seen, INT64_MAX, BAD_TIME),
        CASE(t_journal, -1, BAD_TIME),
        CASE(t_event, 1000 + OBS_AHEAD_NS + 1, BAD_TIME), /* before it happened */
        CASE(ccy, 0, BAD_CCY),
        CASE(corrects, 1, BAD_NUMBER), /* itself */
    };
    assert_int_equal(observation_check(&fine), 0);
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct observation o = fine;
        memcpy((u8 *)&o + cases[i].at, &cases[i].value, cases[i].bytes);
        assert_int_equal(obs_log_add(&k.log, &o), cases[i].want);
        assert_int_equal(k.log.n, 0); /* no observation was made */
    }
    struct observation ahead = fine;
    ahead.t_event = ahead.t_seen + OBS_AHEAD_NS;
    assert_int_equal(obs_log_add(&k.log, &ahead), 0);
    assert_true(rng_u64(&r) != 0);
    market_close(&k);
}

/* Pages are hashed when full, over texts: two logs that met their names in another order agree. */
static void pages_do_not_know_ids(void **state)
{
    struct methodology m = market_rules();
    struct market b;
    (void)state;
    market_open(&k, &m);
    market_open(&b, &m);
    for (u32 i = 0; i < 8; i++) {
        char z[8] = { 'p', (char)('7' - (char)i), 0 };
        assert_int_not_equal(market_name(&b, z), 0);
    }
    for (u32 i = 0; i < OBS_PAGE + 10; i++) {
        struct observation o = market_trade(&k, i % 8, 1000 + (i64)i, 2800000 + i, 100);
        struct observation p = market_trade(&b, i % 8, 1000 + (i64)i, 2800000 + i, 100);
        market_add(&k, &o), market_add(&b, &p);
        assert_int_equal(k.log.pages_n, i + 1 >= OBS_PAGE);
    }
    assert_int_not_equal(k.log.at[0].provider, b.log.at[0].provider);
    assert_memory_equal(&k.log.pages[0], &b.log.pages[0], sizeof(Hash));
    Hash part = obs_page_hash(&k.log, 1, 10), less = obs_page_hash(&k.log, 1, 9);
    assert_int_not_equal(memcmp(&part, &less, sizeof part), 0);
    struct observation late = market_trade(&k, 1, 5, 2800000, 100);
    market_add(&k, &late); /* an old time: it is late, the log goes on */
    assert_int_equal(k.log.at[k.log.n - 1].t_journal, k.log.at[k.log.n - 2].t_journal);
    assert_int_equal(k.log.at[k.log.n - 1].t_event, 5);
    market_close(&k);
    market_close(&b);
}

struct method_case {
    const char *name, *path;
    void (*with)(struct methodology *m);
};
static void level3(struct methodology *m) { m->has_l3 = 1, m->spread_ppm = 50000; }
static void level4(struct methodology *m)
{
    m->has_l4 = 1, m->panellists = 4, m->drop_each_side = 2;
}
/* A book as L3 wants it, and then one thing wrong with it. */
static void book(struct methodology *m)
{
    m->has_l3 = m->has_rti = 1, m->spread_ppm = 50000;
    m->rti_grid = 1000, m->rti_spread_ppm = 5000, m->rti_stale_s = 30;
    m->rti_decay_n = 2, m->rti_decay[0] = RTI_ONE / 4, m->rti_decay[1] = RTI_ONE / 2;
}
static void book_falls(struct methodology *m) { book(m), m->rti_decay[1] = RTI_ONE / 8; }
static void book_grows(struct methodology *m) { book(m), m->rti_decay[1] = RTI_ONE; }
static void book_old(struct methodology *m) { book(m), m->rti_stale_s = 24 * 3600 + 1; }
static void book_unused(struct methodology *m) { book(m), m->has_l3 = 0; }
static void infeasible(struct methodology *m) { m->weight_cap_ppm = 249999; }
static void nobody(struct methodology *m)
{
    m->estimator = ESTIMATOR_PROVMEAN, m->partitions = m->need_partitions = 1;
    m->min_owners_partition = m->merge = 0;
}
static void weights(struct methodology *m)
{
    nobody(m);
    m->entities_n = 2, m->entities[0].owner[0] = 'a', m->entities[1].owner[0] = 'b';
    m->entities[0].ppm = 400000, m->entities[1].ppm = 500000;
}
static void twice(struct methodology *m)
{
    weights(m);
    m->entities[1].owner[0] = 'a', m->entities[1].ppm = 600000;
}
static void band(struct methodology *m)
{
    nobody(m);
    m->estimator = ESTIMATOR_IQM, m->band_parts = 2;
}
static void floor_of_all(struct methodology *m)
{
    band(m);
    m->band_parts = 3, m->weight_floor_ppm = 500000;
}
static void days(struct methodology *m)
{
    m->estimator = ESTIMATOR_TRAIL, m->k_milli = 3000, m->n_min = 3;
    m->min_owners_partition = m->merge = 0, m->has_l2 = 0;
}
static void records_of_trades(struct methodology *m) { m->weights = WEIGHTS_RECORD_EQUAL; }
static void made_up(struct methodology *m) { m->synthetic = SYNTHETIC_RULE_ALSO; }
static void a_factor(struct methodology *m)
{
    m->factors_n = 1;
    m->factors[0] = (struct factor){ .on = FACTOR_ON_GPUS, .is = "16", .ppm = 10000, .from = 1 };
    m->factors[0].report.bytes[0] = 1;
}
static void undated(struct methodology *m) { a_factor(m), m->factors[0].from = 0; }
static void unreported(struct methodology *m) { a_factor(m), m->factors[0].report.bytes[0] = 0; }
static void no_such(struct methodology *m) { a_factor(m), m->factors[0].on = FACTOR_ON_FORM; }
static void overlap(struct methodology *m)
{
    a_factor(m);
    m->factors_n = 2, m->factors[1] = m->factors[0], m->factors[1].from = 100;
}
static void strata(struct methodology *m)
{
    m->strata_n = 2;
    m->strata[0] = (struct stratum){ .id = "all", .region = "any" };
    m->strata[1] = (struct stratum){ .id = "us", .parent = "all", .region = "US",
                                     .weight_ppm = 999999 };
}
static void orphan(struct methodology *m)
{
    strata(m);
    m->strata[1].parent[0] = 'b', m->strata[1].weight_ppm = 1000000;
}
static void fx_of_nobody(struct methodology *m) { m->has_fx = 1; }
static void any_form(struct methodology *m) { m->form = INT64_C(1) << FORM_RULE_ANY; }
static void lists(struct methodology *m) { m->kinds = INT64_C(1) << OBS_KIND_LIST; }
static void equal(struct methodology *m) { m->weights = WEIGHTS_OWNER_EQUAL; }
static void aggregated(struct methodology *m) { m->channels |= INT64_C(1) << CHANNEL_AGGREGATOR; }
static void seven(struct methodology *m) { m->partitions = 7; }
static void many(struct methodology *m) { m->need_partitions = 5; }
static void back(struct methodology *m) { m->widen_hours[1] = 40; }
static void winsor(struct methodology *m) { m->estimator = ESTIMATOR_WINSOR, m->alpha_ppm = 1000; }
static void median_alpha(struct methodology *m) { m->alpha_ppm = 1000; }
static void median10(struct methodology *m) { m->percentiles[2] = 10; }
static void low_cap(struct methodology *m) { m->s_cap = 10; }
static void ties(struct methodology *m) { m->pin_tie = TIE_LOWER; }
static void nameless(struct methodology *m) { m->index[0] = ' '; }

static void bad_rules_name_their_field(void **state)
{
    static const struct method_case cases[] = {
        { "L3 without a book", "rti.decay_1e18", level3 },
        { "a deep book decays faster", "rti.decay_1e18", book_falls },
        { "a book that grows", "rti.decay_1e18", book_grows },
        { "older than the window", "rti.decay_1e18", book_old },
        { "a book nobody reads", "rti.decay_1e18", book_unused },
        { "n c < 1", "owner.weight_cap_ppm", infeasible },
        { "no weights", "estimator.provider_weights", nobody },
        { "weights of 90 %", "estimator.provider_weights", weights },
        { "one owner twice", "estimator.provider_weights", twice },
        { "half a band", "estimator.band_parts", band },
        { "a floor above the cap", "owner.weight_cap_ppm", floor_of_all },
        { "days that are none", "estimator.id", days },
        { "equal records of trades", "weights", records_of_trades },
        { "made up, labelled traded", "eligible.synthetic", made_up },
        { "an undated factor", "factors", undated },
        { "a factor without report", "factors", unreported },
        { "a factor of no form", "factors", no_such },
        { "a factor twice", "factors", overlap },
        { "strata of 99.9999 %", "strata", strata },
        { "a stratum of nobody", "strata", orphan },
        { "fixings of nobody", "fx.source", fx_of_nobody },
        { "panel", "waterfall.L4.panellists", level4 },
        { "any form of trades", "eligible.form", any_form },
        { "lists in a traded index", "eligible.kinds", lists },
        { "equal weights of trades", "weights", equal },
        { "an aggregator", "eligible.channels", aggregated },
        { "24 hours in seven", "window.partitions", seven },
        { "five of four partitions", "sufficiency.partitions", many },
        { "a window that shrinks", "waterfall.L2.widen_hours", back },
        { "winsor over partitions", "estimator.id", winsor },
        { "a median with alpha", "estimator.alpha_ppm", median_alpha },
        { "other percentiles", "publish.percentiles", median10 },
        { "a cap below the floor", "owner.s_cap", low_cap },
        { "two ties", "pins.tie", ties },
        { "no name", "index", nameless },
    };
    const char *cause = NULL;
    (void)state;
    struct methodology fine = market_rules();
    assert_int_equal(methodology_fault(&fine, &cause), methodology_record.fields);
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct methodology m = market_rules();
        char path[64];
        struct text t = text_on(path, sizeof path);
        cases[i].with(&m);
        u32 f = methodology_fault(&m, &cause);
        assert_in_range(f, 0, methodology_record.fields - 1);
        record_path(&methodology_record.field[f], &t);
        assert_string_equal(path, cases[i].path);
        assert_non_null(cause);
    }
}

static void owners_do_not_overlap(void **state)
{
    struct owner rows[2] = { { .provider = "p",
                               .owner = "o",
                               .approver = "a",
                               .evidence = "e",
                               .from = 100,
                               .to = 200,
                               .share_ppm = 1 } };
    (void)state;
    static const struct { i64 from, to; bool fine; } cases[] = {
        { 201, 0, true }, { 200, 0, false }, { 1, 99, true }, { 1, 100, false }, { 1, 0, false },
        { 150, 160, false }, { 300, 250, false },
    };
    assert_null(owner_fault(rows, 0));
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        rows[1] = rows[0];
        rows[1].from = cases[i].from, rows[1].to = cases[i].to;
        assert_int_equal(owner_fault(rows, 1) == NULL, cases[i].fine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back),     cmocka_unit_test(bad_records_have_a_code),
        cmocka_unit_test(pages_do_not_know_ids), cmocka_unit_test(bad_rules_name_their_field),
        cmocka_unit_test(owners_do_not_overlap),
    };
    return cmocka_run_group_tests_name("index/observation", tests, NULL, NULL);
}
