#include "sim/agents.h"

#define MAKER_MONTHS 5u
#define MAKER_LEVELS 3u

static const struct { const char *name; i64 deposit_micros; } rows[AGENT_COUNT] = {
    [AGENT_STARTUP] = { "startup", 4000000 * MICROS },
    [AGENT_NEOCLOUD] = { "neocloud", 8000000 * MICROS },
    [AGENT_MAKER] = { "market maker", 12000000 * MICROS },
    [AGENT_SPECULATOR] = { "speculator", 2000000 * MICROS },
};

const char *agent_name(enum agent_account who) { return rows[who].name; }
i64 agent_deposit_micros(enum agent_account who) { return rows[who].deposit_micros; }

void agents_open(struct agents *a, const struct market *v, u64 seed, Date month_start,
                 u32 target_lots, agent_send *send, void *ctx)
{
    *a = (struct agents){ .market = v, .send = send, .ctx = ctx, .next_client_id = 1 };
    a->month_start = month_start, a->target_lots = target_lots;
    for (u32 i = 0; i < AGENT_COUNT; i++) a->rng[i] = rng_of(mix64(seed + i));
}

void agents_event(struct agents *a, const struct event *e)
{
    if (e->type != EVT_ORDER_FILLED) return;
    const struct evt_order_filled *f = &e->order_filled;
    if (f->account >= AGENT_COUNT || f->instrument > MARKET_INSTRUMENTS) return;
    a->lots[f->account][f->instrument] += side_sign(f->side) * f->qty;
    if (f->account == AGENT_STARTUP)
        a->paid[f->instrument] += side_sign(f->side) * f->qty * f->price.micros;
}

struct wish { u32 account, instrument; u8 side, tif; bool post_only; i64 price, lots; };

static void send_order(struct agents *a, struct wish w)
{
    const struct market_instrument *i = &a->market->instrument[w.instrument];
    struct command c = { .type = CMD_ORDER_NEW };
    struct text id = text_on(c.order_new.client_id.z, sizeof c.order_new.client_id.z);
    i64 tick = i->listed.tick.micros, off = w.price % tick;
    if (off) w.price += w.side == SIDE_BUY ? -off : tick - off; /* never worse than wished */
    if (w.price <= 0 || w.lots <= 0) return;
    text_put(&id, "agent-");
    text_put_u64(&id, a->next_client_id++);
    c.order_new.account = w.account, c.order_new.instrument = w.instrument;
    c.order_new.side = w.side, c.order_new.type = ORDER_TYPE_LIMIT, c.order_new.tif = w.tif;
    c.order_new.post_only = w.post_only, c.order_new.stp_mode = STP_CANCEL_RESTING;
    c.order_new.price.micros = w.price, c.order_new.qty = w.lots;
    a->send(a->ctx, &c);
}

static void cancel_all(struct agents *a, u32 account, u32 instrument)
{
    struct command c = { .type = CMD_MASS_CANCEL };
    c.mass_cancel.account = account, c.mass_cancel.instrument = instrument;
    c.mass_cancel.scope = SCOPE_BOTH;
    a->send(a->ctx, &c);
}

/* The expected final value of a month: fixed part as it is, the rest at spot with carry of 0.4 % a
 * month ahead (a contango that pays the neocloud for committing capacity). */
static i64 fair_value(const struct agents *a, u32 instrument)
{
    const struct market_instrument *i = &a->market->instrument[instrument];
    i64 spot = market_spot(a->market), rest = spot;
    i32 days = i->listed.period_start.days - a->month_start.days;
    if (days > 0) rest = spot + spot * days * 4 / 30000;
    rest += rest / PPM * a->basis_ppm[instrument] + rest % PPM * a->basis_ppm[instrument] / PPM;
    if (!i->total || i->fixed >= i->total) return i->fixed ? i->mean : rest;
    return (i->mean * i->fixed + rest * (i->total - i->fixed)) / i->total;
}

static u32 month_at(const struct agents *a, u32 ahead)
{
    for (u32 k = 1; k <= a->market->instruments; k++) {
        struct ymd m = ymd_of(a->month_start),
                   p = ymd_of(a->market->instrument[k].listed.period_start);
        const struct market_instrument *i = &a->market->instrument[k];
        i32 distance = (p.year - m.year) * 12 + p.month - m.month;
        bool one_month = i->listed.period_end.days - i->listed.period_start.days < 31;
        if (distance == (i32)ahead && one_month && market_open(a->market, k)) return k;
    }
    return 0;
}

static bool quotes_stand(const struct agents *a, u32 instrument, const i64 want[2][MAKER_LEVELS])
{
    u32 found = 0;
    for (u32 o = 0; o < a->market->orders; o++) {
        const struct market_order *w = &a->market->order[o];
        if (w->account != AGENT_MAKER || w->instrument != instrument) continue;
        bool kept = false;
        for (u32 l = 0; l < MAKER_LEVELS; l++)
            if (want[w->side - SIDE_BUY][l] == w->price && w->open >= 3) kept = true;
        if (!kept) return false;
        found++;
    }
    return found == 2 * MAKER_LEVELS;
}

/* Quotes three levels a side around fair value, leaning against its inventory. */
static void maker_quotes(struct agents *a, u32 instrument)
{
    const struct market_instrument *i = &a->market->instrument[instrument];
    i64 tick = i->listed.tick.micros, fair = fair_value(a, instrument);
    i64 lean = fair / 100000 * a->lots[AGENT_MAKER][instrument]; /* 0.001 % of price a lot held */
    i64 half = i64_max(2 * tick, fair / 400), mid = fair - lean, want[2][MAKER_LEVELS];
    if (fair <= 0) return;
    for (u32 l = 0; l < MAKER_LEVELS; l++) {
        i64 away = half + (i64)l * i64_max(tick, fair / 500);
        want[0][l] = (mid - away) / tick * tick;
        want[1][l] = (mid + away + tick - 1) / tick * tick;
    }
    if (quotes_stand(a, instrument, (const i64(*)[MAKER_LEVELS])want)) return;
    cancel_all(a, AGENT_MAKER, instrument);
    for (u32 l = 0; l < MAKER_LEVELS; l++)
        for (u8 side = SIDE_BUY; side <= SIDE_SELL; side++)
            send_order(a, (struct wish){ AGENT_MAKER, instrument, side, TIF_DAY, true,
                                         want[side - SIDE_BUY][l], 12 + 8 * (i64)l });
}

static void maker_acts(struct agents *a)
{
    struct rng *r = &a->rng[AGENT_MAKER];
    for (u32 ahead = 0; ahead < MAKER_MONTHS; ahead++) {
        u32 k = month_at(a, ahead);
        if (!k) continue;
        if (rng_chance(r, 250000)) { /* opinions move slowly and come back */
            a->basis_ppm[k] += rng_between(r, -1500, 1500) - a->basis_ppm[k] / 20;
        }
        maker_quotes(a, k);
    }
}

/* Buys what its run still needs in slices: patient at first, lifting offers when late. */
static void startup_acts(struct agents *a, Instant now)
{
    struct rng *r = &a->rng[AGENT_STARTUP];
    u32 k = month_at(a, 0);
    if (!k || !rng_chance(r, 300000)) return;
    const struct market_instrument *i = &a->market->instrument[k];
    i64 missing = (i64)a->target_lots - a->lots[AGENT_STARTUP][k];
    if (missing <= 0) k = month_at(a, 1), missing = (i64)a->target_lots - a->lots[AGENT_STARTUP][k];
    if (!k || missing <= 0) return;
    i = &a->market->instrument[k];
    cancel_all(a, AGENT_STARTUP, k);
    i64 ask = market_best(&i->asks), bid = market_best(&i->bids), lots = rng_between(r, 2, 9);
    bool late = date_at(now).days - a->month_start.days > 4;
    if (ask && (late || rng_chance(r, 500000)))
        send_order(a, (struct wish){ AGENT_STARTUP, k, SIDE_BUY, TIF_IOC, false, ask,
                                     i64_min(lots, missing) });
    else if (bid)
        send_order(a, (struct wish){ AGENT_STARTUP, k, SIDE_BUY, TIF_DAY, false,
                                     bid + i->listed.tick.micros, i64_min(lots, missing) });
}

/* Sells a share of each of the next months' capacity, hitting bids near fair value only. */
static void neocloud_acts(struct agents *a)
{
    struct rng *r = &a->rng[AGENT_NEOCLOUD];
    u32 k = month_at(a, (u32)rng_below(r, MAKER_MONTHS));
    if (!k || !rng_chance(r, 350000)) return;
    const struct market_instrument *i = &a->market->instrument[k];
    i64 free_lots = 350 + a->lots[AGENT_NEOCLOUD][k], lots = rng_between(r, 2, 8);
    i64 bid = market_best(&i->bids), ask = market_best(&i->asks), fair = fair_value(a, k);
    if (free_lots <= 0) return;
    cancel_all(a, AGENT_NEOCLOUD, k);
    if (bid && bid * 1000 >= fair * 994)
        send_order(a, (struct wish){ AGENT_NEOCLOUD, k, SIDE_SELL, TIF_IOC, false, bid,
                                     i64_min(lots, free_lots) });
    else if (ask)
        send_order(a, (struct wish){ AGENT_NEOCLOUD, k, SIDE_SELL, TIF_DAY, false,
                                     ask - i->listed.tick.micros, i64_min(lots, free_lots) });
}

/* Follows three prints' move; now and then trades on a hunch. */
static void speculator_acts(struct agents *a)
{
    struct rng *r = &a->rng[AGENT_SPECULATOR];
    u32 k = month_at(a, (u32)rng_below(r, 3));
    const struct market *v = a->market;
    if (!k || v->prints < 4 || !rng_chance(r, 250000)) return;
    const struct market_instrument *i = &v->instrument[k];
    i64 now = v->print[v->prints - 1], then = v->print[v->prints - 4], lots = rng_between(r, 1, 6);
    i64 held = a->lots[AGENT_SPECULATOR][k], bid = market_best(&i->bids),
        ask = market_best(&i->asks);
    bool hunch = rng_chance(r, 300000), up = hunch ? rng_chance(r, 500000) : now > then;
    if (!hunch && (now - then) * 1000 / then == 0) up = held < 0; /* no move: go flat */
    else if ((up ? held : -held) > 60) return;
    if (!hunch && (now - then) * 1000 / then == 0 && held == 0) return;
    if (up && ask)
        send_order(a, (struct wish){ AGENT_SPECULATOR, k, SIDE_BUY, TIF_IOC, false, ask, lots });
    if (!up && bid)
        send_order(a, (struct wish){ AGENT_SPECULATOR, k, SIDE_SELL, TIF_IOC, false, bid, lots });
}

void agents_act(struct agents *a, Instant now)
{
    if (!market_spot(a->market)) return; /* nobody trades before there is a benchmark */
    maker_acts(a);
    u32 first = (u32)rng_below(&a->rng[0], 3);
    for (u32 i = 0; i < 3; i++) {
        switch ((first + i) % 3) {
        case 0: startup_acts(a, now); break;
        case 1: neocloud_acts(a); break;
        default: speculator_acts(a); break;
        }
    }
}
