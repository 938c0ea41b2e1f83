/* Daily and final settlement: prices by the contract's list of rules, then money, losses first. */
#include "clear/clear.h"

static Instant at_second(Date date, i64 second)
{
    ASSERT(second >= 0);
    ASSERT(second <= 86400);
    return (Instant){ date_start(date).ns + second * NS_PER_SECOND };
}

static const struct spec_dsp *dsp_rule(const struct spec *s, u32 rule)
{
    ASSERT(s->dsp_n >= 0);
    ASSERT(s->dsp_n <= SPEC_DSP_MAX);
    for (i64 k = 0; k < s->dsp_n; k++)
        if (s->dsp[k].rule == rule) return &s->dsp[k];
    return NULL;
}

#define MID_WINDOW_S 120 /* where neither MID_BEST nor VWAP_WINDOW says how long */

void clear_day_open(struct clear *c, u32 instrument, const struct spec *s, Date date)
{
    struct clear_instrument *i = &c->instrument[instrument];
    const struct spec_dsp *vwap = dsp_rule(s, DSP_VWAP_WINDOW), *mid = dsp_rule(s, DSP_MID_BEST);
    i64 vwap_s = vwap ? vwap->last_s : 0, mid_s = mid && mid->last_s ? mid->last_s : vwap_s;
    ASSERT(instrument < c->instruments_used->used);
    ASSERT(i->tick > 0);
    i->window = i->day = (struct clear_window){ 0 };
    i->mid_to = at_second(date, s->dsp_at);
    i->window.from.ns = i->mid_to.ns - vwap_s * NS_PER_SECOND;
    i->mid_from.ns = i->mid_to.ns - (mid_s ? mid_s : MID_WINDOW_S) * NS_PER_SECOND;
    i->mid_at = i->mid_from;
    i->mid_time = 0, i->mid_ns = i->mid_wide_ns = 0;
    i->mid_max = mid ? mid->max_ticks * i->tick : 0;
    i->open = i->high = i->low = i->last = i->volume = 0, i->trades = 0;
    i->rule = i->rank = i->final = i->anchored = 0;
}

void clear_mid(struct clear *c, u32 instrument, bool both, i64 bid, i64 ask, Instant now)
{
    struct clear_instrument *i = &c->instrument[instrument];
    i64 until = i64_min(now.ns, i->mid_to.ns), ns = until - i->mid_at.ns;
    ASSERT(!both || bid <= ask);
    if (ns <= 0) return;
    if (both && ask - bid <= i->mid_max) {
        i->mid_time += (i128)(bid + ask) * ns, i->mid_ns += ns;
    } else {
        i->mid_wide_ns += ns;
    }
    i->mid_at.ns = until;
    ASSERT(i->mid_at.ns <= i->mid_to.ns);
}

/* n / d half-even to a tick, inside the day's limits. */
static i64 to_price(const struct clear_instrument *i, i128 n, i128 d)
{
    i64 price;
    bool fits = i64_of(div_round(n, d * i->tick, ROUND_HALF_EVEN) * i->tick, &price);
    ASSERT(fits);
    ASSERT(i->limit_low <= i->limit_high);
    return i64_max(i64_min(price, i->limit_high), i->limit_low);
}

/* In the averaging period, nothing traded: yesterday's price says what the rest is worth. */
static bool dsp_running(const struct clear_instrument *i, i64 *price)
{
    const struct averaging *a = &i->averaging;
    i64 rest;
    ASSERT(a->fixed <= a->total);
    ASSERT(i->prior_fixed <= a->fixed);
    if (a->total == 0 || a->fixed == 0) return false;
    if (!running_no_trades(i->mark, i->prior_sum, i->prior_fixed, a->sum, a->fixed, a->total,
                           i->tick, &rest, price))
        return false;
    *price = (i64)div_round(*price, i->tick, ROUND_HALF_EVEN) * i->tick;
    *price = i64_max(i64_min(*price, i->price_max), i->price_min);
    return true;
}

static bool dsp_of(const struct clear_instrument *i, const struct spec_dsp *d, i64 *price)
{
    ASSERT(d->rule > DSP_NONE && d->rule < DSP_COUNT);
    ASSERT(price);
    switch (d->rule) {
    case DSP_VWAP_WINDOW:
    case DSP_VWAP_DAY: {
        const struct clear_window *w = d->rule == DSP_VWAP_DAY ? &i->day : &i->window;
        if (!w->lots || w->lots < d->min_qty) return false;
        *price = to_price(i, w->value, w->lots);
        return true;
    }
    case DSP_MID_BEST:
        if (!i->mid_ns || i->mid_ns * 2 < i->mid_to.ns - i->mid_from.ns) return false;
        *price = to_price(i, i->mid_time, (i128)i->mid_ns * 2);
        return true;
    case DSP_RUNNING_NO_TRADES: return dsp_running(i, price);
    case DSP_PRIOR: *price = i->mark; return true;
    default: return false; /* SPREAD_VWAP and IMPLIED_CURVE need spreads and strips */
    }
}

bool clear_dsp_direct(struct clear *c, u32 instrument, const struct spec *s, Date date, bool final)
{
    struct clear_instrument *i = &c->instrument[instrument];
    ASSERT(instrument < c->instruments_used->used);
    ASSERT(date.days > 0);
    i->final = final, i->anchored = 0;
    if (final) {
        i->settle = averaging_final(&i->averaging, s);
        i->rule = DSP_FINAL, i->rank = 0;
        return true;
    }
    for (i64 k = 0; k < s->dsp_n; k++) {
        i->rule = (u8)s->dsp[k].rule, i->rank = (u8)(k + 1);
        if (i->rule == DSP_PRIOR_PLUS_NEAREST) return false;
        if (!dsp_of(i, &s->dsp[k], &i->settle)) continue;
        i->anchored = i->rule != DSP_PRIOR;
        return true;
    }
    i->rule = DSP_PRIOR, i->rank = 0, i->settle = i->mark; /* always answers */
    return true;
}

void clear_dsp_prior(struct clear *c, u32 instrument)
{
    struct clear_instrument *i = &c->instrument[instrument];
    ASSERT(instrument > 0);
    ASSERT(instrument < c->instruments_used->used);
    i->final = i->anchored = i->rank = 0;
    i->rule = DSP_PRIOR, i->settle = i->mark;
}

void clear_dsp_nearest(struct clear *c, u32 instrument, const struct spec *s, u32 first_same)
{
    struct clear_instrument *i = &c->instrument[instrument];
    u32 best = 0, place = 0, own = 0, best_far = UINT32_MAX;
    ASSERT(i->rule == DSP_PRIOR_PLUS_NEAREST);
    for (u32 k = first_same; k; k = c->instrument[k].next_same, place++)
        if (k == instrument) own = place;
    place = 0;
    for (u32 k = first_same; k; k = c->instrument[k].next_same, place++) {
        u32 far = place < own ? own - place : place - own;
        if (c->instrument[k].anchored && k != instrument && far < best_far)
            best = k, best_far = far;
    }
    if (best) {
        const struct clear_instrument *near = &c->instrument[best];
        i->settle = to_price(i, (i128)i->mark + near->settle - near->mark, 1);
        return;
    }
    i64 k = i->rank; /* the rules behind it in the list */
    for (i->rule = DSP_PRIOR, i->rank = 0, i->settle = i->mark; k < s->dsp_n; k++)
        if (dsp_of(i, &s->dsp[k], &i->settle)) {
            i->rule = (u8)s->dsp[k].rule, i->rank = (u8)(k + 1);
            break;
        }
    ASSERT(i->rule);
}

void clear_say_settlement(struct clear *c, u32 instrument, Date date, struct outbox *out)
{
    struct clear_instrument *i = &c->instrument[instrument];
    Money lot = { 0 };
    bool fits = settlement_cash(i->mark, i->settle, i->lot_units_milli, 1, &lot);
    ASSERT(fits);
    ASSERT(i->rule);
    i->settle_lot = lot.micros;
    struct evt_settlement_price *e = &outbox_add(out, EVT_SETTLEMENT_PRICE)->settlement_price;
    e->instrument = instrument, e->date = date, e->price.micros = i->settle;
    e->rule = i->rule, e->rank = i->rank;
}

void clear_say_statistics(const struct clear *c, u32 instrument, Date date, struct outbox *out)
{
    const struct clear_instrument *i = &c->instrument[instrument];
    struct evt_day_statistics *e = &outbox_add(out, EVT_DAY_STATISTICS)->day_statistics;
    ASSERT(i->long_lots == i->short_lots);
    ASSERT(instrument > 0 && instrument < c->instruments_used->used);
    e->instrument = instrument, e->date = date;
    e->open.micros = i->open, e->high.micros = i->high, e->low.micros = i->low;
    e->last.micros = i->last, e->volume = i->volume, e->trades = i->trades;
    e->open_interest = i->long_lots;
}

/* What settling this exposure to today's price moves. */
static i128 variation(const struct clear *c, u32 exposure)
{
    const struct risk_exposure *e = risk_exposure(c->risk, exposure);
    ASSERT(e->instrument > 0);
    ASSERT(e->account > 0);
    return clear_unsettled(c, exposure) + (i128)e->lots * c->instrument[e->instrument].settle_lot;
}

static void move_variation(struct clear *c, const struct posting *p, i128 amount, bool payers,
                           struct outbox *out)
{
    u32 shown = c->risk->account[p->account].id;
    ASSERT(p->against == CHART_VM);
    ASSERT(shown > 0);
    if (payers && amount < 0) ledger_pay(c->ledger, p, shown, -amount, out);
    if (!payers && amount > 0) ledger_receive(c->ledger, p, shown, amount, out);
}

void clear_vm_account(struct clear *c, u32 account, bool payers, Date date, struct outbox *out)
{
    i128 sum = 0;
    struct posting p = { .account = account, .kind = POSTING_VARIATION, .against = CHART_VM };
    ASSERT(account > 0);
    ASSERT(account <= risk_accounts(c->risk));
    p.ref = (u64)date.days;
    for (u32 h = c->risk->account[account].first_exposure; h; h = risk_exposure(c->risk, h)->next)
        if (!c->instrument[risk_exposure(c->risk, h)->instrument].final) sum += variation(c, h);
    move_variation(c, &p, sum, payers, out);
}

/* Today's trades of this exposure are settled at the mark in force. */
static void settled(struct clear *c, u32 exposure)
{
    struct clear_position *p = &c->position[exposure];
    const struct risk_exposure *e = risk_exposure(c->risk, exposure);
    c->account[e->account].unsettled -= clear_unsettled(c, exposure);
    p->start_lots = e->lots, p->day_cash = 0;
    ASSERT(clear_unsettled(c, exposure) == 0);
    ASSERT(e->account > 0);
}

void clear_vm_commit(struct clear *c)
{
    ASSERT(ledger_venue(c->ledger, CHART_VM) == 0); /* I3, I8: exactly */
    for (u32 a = 1; a <= risk_accounts(c->risk); a++)
        for (u32 h = c->risk->account[a].first_exposure; h; h = risk_exposure(c->risk, h)->next)
            if (!c->instrument[risk_exposure(c->risk, h)->instrument].final) settled(c, h);
    for (u32 k = 1; k < c->instruments_used->used; k++) {
        struct clear_instrument *i = &c->instrument[k];
        if (i->final || !i->rule) continue;
        i->mark = i->settle;
        i->prior_sum = i->averaging.sum, i->prior_fixed = i->averaging.fixed;
        i->settle_lot = 0;
    }
    ASSERT(c->instruments_used->used >= 1);
}

void clear_final_pay(struct clear *c, u32 exposure, bool payers, Date date, struct outbox *out)
{
    const struct risk_exposure *e = risk_exposure(c->risk, exposure);
    struct posting p = { .account = e->account, .instrument = e->instrument };
    ASSERT(c->instrument[e->instrument].final);
    p.kind = POSTING_FINAL_VARIATION, p.against = CHART_VM, p.ref = (u64)date.days;
    ASSERT(e->account > 0);
    move_variation(c, &p, variation(c, exposure), payers, out);
}

void clear_final_close(struct clear *c, u32 exposure, Date date, struct outbox *out)
{
    const struct risk_exposure *e = risk_exposure(c->risk, exposure);
    struct clear_instrument *i = &c->instrument[e->instrument];
    struct posting p = { .account = e->account, .instrument = e->instrument };
    i64 lots = e->lots < 0 ? -e->lots : e->lots;
    ASSERT(i->final);
    p.kind = POSTING_SETTLE_FEE, p.against = CHART_FEES, p.ref = (u64)date.days;
    settled(c, exposure);
    i->long_lots -= i64_max(e->lots, 0), i->short_lots -= i64_max(-e->lots, 0);
    if (e->lots) risk_position_close(c->risk, exposure);
    c->position[exposure] = (struct clear_position){ 0 };
    u32 shown = c->risk->account[e->account].id;
    ledger_pay(c->ledger, &p, shown, (i128)i->fee_settle * lots, out);
    if (lots) clear_say_position(c, exposure, out);
    clear_margin(c, e->account, out);
    ASSERT(e->lots == 0);
}
