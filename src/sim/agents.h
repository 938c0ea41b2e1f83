/* agents.h -- four seeded participants who make a market out of a month of prints.
 * Owns:   their behaviour: a startup that buys its training run ahead, a neocloud that sells its
 *         capacity forward, a market maker around the running average plus carry, a momentum
 *         speculator. They know what a client of the public API knows (market.h), no more.
 * Never:  uses floating point, a clock or entropy: (seed, events) decide every order.
 * Always: sends only commands a client may send; a refused order is simply gone.
 */
#ifndef HEDGEROW_SIM_AGENTS_H
#define HEDGEROW_SIM_AGENTS_H

#include "base/random.h"
#include "sim/market.h"

enum agent_account {
    AGENT_STARTUP = 1,
    AGENT_NEOCLOUD,
    AGENT_MAKER,
    AGENT_SPECULATOR,
    AGENT_COUNT
};

typedef void agent_send(void *ctx, const struct command *c);
struct agents {
    const struct market *market;
    agent_send *send;
    void *ctx;
    struct rng rng[AGENT_COUNT];
    u64 next_client_id;
    i64 lots[AGENT_COUNT][MARKET_INSTRUMENTS + 1]; /* positions, long positive */
    i64 paid[MARKET_INSTRUMENTS + 1];              /* startup: sum of side * qty * price, micros */
    i64 basis_ppm[MARKET_INSTRUMENTS + 1];         /* maker's slow opinion on each month */
    Date month_start;
    u32 target_lots; /* what the startup's training run needs */
};

void agents_open(struct agents *a, const struct market *v, u64 seed, Date month_start,
                 u32 target_lots, agent_send *send, void *ctx);
void agents_event(struct agents *a, const struct event *e);
void agents_act(struct agents *a, Instant now); /* one round: everyone once, in a seeded order */
NODISCARD const char *agent_name(enum agent_account who);
NODISCARD i64 agent_deposit_micros(enum agent_account who);

#endif
