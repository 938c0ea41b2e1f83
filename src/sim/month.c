#include "sim/month.h"

static void send(void *ctx, const struct command *c)
{
    struct month *m = ctx;
    if (!venue_submit(m->o.venue, c, 0)) m->rejects++;
}

Err month_open(struct month *m, const struct month_options *o, struct why *w)
{
    *m = (struct month){ .o = *o };
    struct ymd y = ymd_of(o->start);
    Date end = { o->start.days + (i32)days_in_month(y.year, y.month) - 1 };
    if (!calendar_covers(o->timetable->c.calendar, o->start, end))
        return why_set(w, ERR_INPUT, "calendar %s does not cover the month",
                       o->timetable->c.calendar->id);
    agents_open(&m->agents, &m->market, o->seed, o->start, o->target_lots, send, m);
    m->first = date_start(o->timetable->c.first_day);
    m->last = (Instant){ date_start(end).ns + NS_PER_DAY };
    m->days_all = calendar_business_days(o->timetable->c.calendar, o->start, end);
    m->next_round.ns = INT64_MAX;
    return ERR_OK;
}

static void count_event(struct month *m, const struct event *e)
{
    switch (e->type) {
    case EVT_INSTRUMENT_LISTED:
        if (e->instrument_listed.period_start.days == m->o.start.days &&
            e->instrument_listed.period_end.days - m->o.start.days < 31)
            m->front = e->instrument_listed.instrument;
        return;
    case EVT_INDEX_PRINTED:
        if (e->index_printed.version > 1) return; /* a restatement */
        if (e->index_printed.status != PRINT_NO_PRINT &&
            e->index_printed.value_date.days >= m->o.start.days)
            m->prints++;
        m->day.print = e->index_printed.value.micros, m->day.status = e->index_printed.status;
        return;
    case EVT_POSITION_LIMIT:
        if (e->position_limit.instrument == m->front) m->limit = e->position_limit;
        return;
    case EVT_TRADE: m->trades++; return;
    case EVT_REJECTED: m->rejects++; return;
    case EVT_ORDER_FILLED:
        if (e->order_filled.account == AGENT_STARTUP && e->order_filled.instrument == m->front)
            m->startup_fees += e->order_filled.fee.micros;
        return;
    case EVT_POSTED:
        if (e->posted.kind == POSTING_SETTLE_FEE && e->posted.debit_account == AGENT_STARTUP &&
            e->posted.instrument == m->front)
            m->startup_fees += e->posted.amount.micros;
        return;
    case EVT_INSTRUMENT_MOVED:
        if (e->instrument_moved.instrument == m->front)
            m->stuck = e->instrument_moved.state == LISTING_DETERMINATION;
        return;
    default: return;
    }
}

static void day_event(struct month *m, const struct event *e)
{
    switch (e->type) {
    case EVT_DAY_OPENED:
        m->day.date = e->day_opened.date;
        m->next_round.ns = date_start(m->day.date).ns + MONTH_ROUNDS_FROM_NS;
        return;
    case EVT_SETTLEMENT_PRICE:
        if (e->settlement_price.instrument == m->front)
            m->day.settlement = e->settlement_price.price.micros;
        return;
    case EVT_DAY_STATISTICS:
        if (e->day_statistics.instrument != m->front) return;
        m->day.volume = e->day_statistics.volume;
        m->day.open_interest = e->day_statistics.open_interest;
        return;
    case EVT_DAY_ENDED:
        m->day_ended = true;
        if (e->day_ended.date.days >= m->o.start.days) m->days_ended++;
        m->state_hash = e->day_ended.state_hash;
        return;
    case EVT_FINAL_SETTLEMENT:
        if (e->final_settlement.instrument != m->front) return;
        m->final = e->final_settlement;
        m->settled = true;
        return;
    default: return;
    }
}

void month_events(void *ctx, const struct event *events, u32 n)
{
    struct month *m = ctx;
    for (u32 i = 0; i < n; i++) {
        market_event(&m->market, &events[i]);
        agents_event(&m->agents, &events[i]);
        count_event(m, &events[i]);
        day_event(m, &events[i]);
    }
}

Instant month_next(const struct month *m)
{
    Instant at = timetable_next(m->o.timetable);
    return m->next_round.ns < at.ns ? m->next_round : at;
}

static void after_round(struct month *m)
{
    i64 last = date_start(date_at(m->next_round)).ns + MONTH_ROUNDS_TO_NS;
    m->next_round.ns += MONTH_ROUND_NS;
    if (m->next_round.ns > last) m->next_round.ns = INT64_MAX;
}

Err month_step(struct month *m, struct why *w)
{
    Err err = ERR_OK;
    Instant at = month_next(m);
    if (at.ns == INT64_MAX)
        return why_set(w, ERR_INPUT, "the calendar ends before the month settles");
    m->day_ended = false;
    venue_set_time(m->o.venue, at);
    if (m->next_round.ns == at.ns) {
        agents_act(&m->agents, at);
        after_round(m);
    } else {
        err = timetable_step(m->o.timetable, w);
    }
    return err ? err : venue_release(m->o.venue, w);
}

u32 month_progress_ppm(const struct month *m)
{
    Instant now = venue_time(m->o.venue);
    if (m->settled) return (u32)PPM;
    if (now.ns <= m->first.ns) return 0;
    i64 ppm = (now.ns - m->first.ns) / ((m->last.ns - m->first.ns) / PPM);
    return ppm < PPM ? (u32)ppm : (u32)PPM - 1;
}

bool month_hedge(const struct month *m, struct month_hedge *out)
{
    *out = (struct month_hedge){ 0 };
    if (!m->settled) return false;
    const struct evt_instrument_listed *l = &m->market.instrument[m->front].listed;
    i64 lots = m->agents.lots[AGENT_STARTUP][m->front], paid = m->agents.paid[m->front];
    if (lots <= 0) return false;
    out->lots = lots;
    out->gpu_hours_milli = lots * l->lot_units_milli;
    out->average_price = (i64)div_round(paid, lots, ROUND_HALF_EVEN);
    out->fees.micros = m->startup_fees;
    i64 gain_units = lots * m->final.value.micros - paid; /* lots x micros per unit */
    bool ok =
        mul_div(m->final.value.micros, out->gpu_hours_milli, 1000, ROUND_HALF_EVEN,
                &out->unhedged.micros) &&
        mul_div(gain_units, l->lot_units_milli, 1000, ROUND_HALF_EVEN, &out->futures_gain.micros);
    out->hedged.micros = out->unhedged.micros - out->futures_gain.micros + out->fees.micros;
    return ok;
}
