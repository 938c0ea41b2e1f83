/* market_spoilt.h -- the made-up market of market.h with everything that screens are there for.
 * Owns:   late and early records, corrections, equal times, gaps, jumps, wash trades, circles, odd
 *         sources.
 * Never:  makes a record that obs_log_add() would refuse for its form.
 * Always: one seed, one market.
 */
#ifndef HEDGEROW_TESTS_MARKET_SPOILT_H
#define HEDGEROW_TESTS_MARKET_SPOILT_H

#include "market.h"

static inline int market_by_journal(const void *a, const void *b)
{
    const struct observation *x = a, *y = b;
    return x->t_journal < y->t_journal ? -1 : x->t_journal > y->t_journal;
}

static inline void market_spoil(struct market *k, struct rng *r, struct observation *o)
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
    else if (rng_chance(r, 30000)) /* the source's clock is fast: told before it happens */
        o->t_seen = o->t_journal = o->t_event - rng_between(r, 0, OBS_AHEAD_NS);
    if (rng_chance(r, 200000)) o->gpus = (u16)(1 << rng_below(r, 4));
    if (rng_chance(r, 100000)) o->t_event -= o->t_event % (3600 * NS_PER_SECOND); /* equal times */
}

/* A market's days spoilt so and in the order of coming; some correct one of the few before. */
static inline u32 market_spoilt(struct rng *r, u32 days, u32 each, struct observation *rows,
                                u32 cap, struct market *k)
{
    u32 n = market_days(r, days, each, rows, cap, k);
    for (u32 i = 0; i < n; i++) market_spoil(k, r, &rows[i]);
    qsort(rows, n, sizeof *rows, market_by_journal);
    for (u32 i = 6; i < n; i++)
        if (rng_chance(r, 10000)) rows[i].corrects = i + 1 - rng_below(r, 5) - 1;
    return n;
}

#endif
