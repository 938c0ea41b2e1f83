/* market.h -- a small made-up rental market for tests of the benchmark: rules, registry, a log.
 * Owns:   random trades from one seed, and the memory of a log and a series over them.
 * Never:  rounds a corner the product would not: records go in by obs_log_add().
 * Always: one seed, one market.
 */
#ifndef HEDGEROW_TESTS_MARKET_H
#define HEDGEROW_TESTS_MARKET_H

#include "base/random.h"
#include "index/index.h"

#include <stdio.h>
#include <stdlib.h>

#define MARKET_OWNERS 8u
#define MARKET_FIRST date_of(2026, 3, 2)
#define MARKET_LOG 20000u

struct market {
    struct methodology m;
    struct owner owners[MARKET_OWNERS + 1];
    u32 owners_n;
    struct obs_log log;
    void *log_memory;
    struct index *index;
    void *memory;
};

static inline struct methodology market_rules(void)
{
    struct methodology m = { .version = 1, .label = BENCH_LABEL_TRADED, .gpu_class = GPU_H100,
                             .form = INT64_C(1) << FORM_RULE_SXM, .term = TERM_ON_DEMAND,
                             .regions_n = 1, .kinds = INT64_C(1) << OBS_KIND_TRADE,
                             .channels = INT64_C(1) << CHANNEL_NEOCLOUD, .weights = WEIGHTS_SIZE,
                             .window_hours = 24, .window_end = 16 * 3600, .partitions = 4,
                             .estimator = ESTIMATOR_PVWM, .tie = TIE_MID,
                             .min_owners_partition = 2, .merge = MERGE_FORWARD, .s_min = 1000,
                             .s_cap = 168000, .weight_cap_ppm = 400000, .need_owners = 4,
                             .need_partitions = 2, .need_volume = 10000, .max_owner_ppm = 600000,
                             .has_l2 = 1, .widen_hours = { 48, 72 }, .widen_hours_n = 2,
                             .decay_ppm = 500000, .has_l5 = 1, .max_age = 2, .decimals = 4,
                             .round = PIN_ROUND_HALF_EVEN, .percentiles = { 1, 25, 50, 75, 99 },
                             .percentiles_n = 5, .averaging = AVERAGING_BUSINESS,
                             .pin_day = PIN_DAY_UTC, .pin_tie = TIE_MID };
    m.effective_from = MARKET_FIRST.days;
    snprintf(m.index, sizeof m.index, "TEST-H100");
    snprintf(m.measures, sizeof m.measures, "a test");
    snprintf(m.regions[0], sizeof m.regions[0], "US");
    return m;
}

/* Screens that no honest price of these tests meets, for properties of the estimate alone. */
static inline void market_no_screens(struct methodology *m)
{
    m->has_screens = 1;
    m->stale_trade_hours = m->stale_quote_hours = m->stale_list_hours = 24;
    m->jump_ppm = m->outlier_sd_milli = m->venue_ppm = 0;
    m->outlier_values = 1, m->venue_sources = 2;
}

static inline u32 market_name(struct market *k, const char *z)
{
    u32 id;
    if (!names_add(&k->log.names, str_of(z), &id)) abort();
    return id;
}

static inline void market_open(struct market *k, const struct methodology *m)
{
    memset(k, 0, sizeof *k);
    k->m = *m;
    k->owners_n = MARKET_OWNERS;
    for (u32 i = 0; i < MARKET_OWNERS; i++) {
        struct owner *o = &k->owners[i];
        snprintf(o->provider, sizeof o->provider, "p%u", i);
        snprintf(o->owner, sizeof o->owner, "o%u", i);
        snprintf(o->approver, sizeof o->approver, "a");
        snprintf(o->evidence, sizeof o->evidence, "made up");
        o->from = 1, o->share_ppm = 1000000;
    }
    k->log_memory = aligned_alloc(64, (obs_log_bytes(MARKET_LOG, 4096, 64) + 63) & ~UINT64_C(63));
    k->log = obs_log_on(k->log_memory, MARKET_LOG, 4096, 64);
}

static inline struct observation market_trade(struct market *k, u32 owner, i64 t, i64 price,
                                              i64 size)
{
    char name[16];
    struct observation o = { .kind = OBS_KIND_TRADE, .channel = CHANNEL_NEOCLOUD,
                             .gpu_class = GPU_H100, .form = GPU_FORM_SXM, .term = TERM_ON_DEMAND,
                             .raw_unit = RAW_UNIT_GPU_HOUR, .rights = RIGHTS_OPEN, .gpus = 8,
                             .min_gpus = 1, .ccy = "USD", .price = price, .size = size,
                             .t_event = t, .t_seen = t, .t_journal = t };
    snprintf(name, sizeof name, "p%u", owner);
    o.provider = market_name(k, name);
    o.source = market_name(k, "tape");
    o.region = market_name(k, "US/east");
    o.counter_owner = market_name(k, "lab");
    return o;
}

static inline void market_add(struct market *k, const struct observation *o)
{
    if (obs_log_add(&k->log, o)) abort();
}

/* When a value date's window begins, for these rules. */
static inline i64 market_window(Date d) { return date_start(d).ns - 8 * 3600 * NS_PER_SECOND; }

static inline void market_series(struct market *k)
{
    struct index_caps caps = { 8192, 4096, MARKET_OWNERS + 2, k->log.cap, k->log.names.cap };
    u64 n = (index_bytes(caps) + 63) & ~UINT64_C(63);
    free(k->memory);
    k->memory = aligned_alloc(64, n);
    memset(k->memory, 0, n);
    k->index = index_open(k->memory, n, caps, &k->m, k->owners, k->owners_n, &k->log);
    if (!k->index) abort();
}

static inline struct print market_print(struct market *k, const struct index_sink *sink)
{
    struct print p;
    if (index_print(k->index, sink, &p) != INDEX_OK) abort();
    return p;
}

static inline void market_close(struct market *k)
{
    free(k->log_memory);
    free(k->memory);
    memset(k, 0, sizeof *k);
}

struct market_text { char at[1 << 21]; u32 n; };
static inline void market_put(void *to, const char *bytes, u32 n)
{
    struct market_text *t = to;
    if (t->n + n >= sizeof t->at) abort();
    memcpy(t->at + t->n, bytes, n);
    t->n += n;
    t->at[t->n] = 0;
}

/* `days` days of about `each` trades, by time. Day 0 is that of the first window. */
static inline u32 market_days(struct rng *r, u32 days, u32 each, struct observation *out, u32 cap,
                              struct market *k)
{
    u32 n = 0;
    for (u32 d = 0; d < days; d++) {
        u32 here = (u32)rng_below(r, each + 1);
        i64 t = market_window((Date){ MARKET_FIRST.days + (i32)d });
        for (u32 i = 0; i < here && n < cap; i++) {
            t += rng_between(r, 0, NS_PER_DAY / (here + 1));
            i64 price = 2800000 + rng_between(r, -60000, 60000);
            u32 owner = (u32)rng_below(r, MARKET_OWNERS);
            out[n] = market_trade(k, owner, t, price, rng_between(r, 500, 64000));
            if (rng_chance(r, 40000)) out[n].term = TERM_SPOT;
            if (rng_chance(r, 40000)) out[n].price = out[n].price * 3 / 2;
            if (rng_chance(r, 30000)) out[n].counter_owner = market_name(k, "o1");
            n++;
        }
    }
    return n;
}

#endif
