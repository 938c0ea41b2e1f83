/* The trading day: what lists and opens it, the timers of its phases, what ends and settles it. */
#include "engine/state.h"

#define DAY_FIRST 366   /* a year of slack at either end of the calendar */
#define DAY_LAST 80000

/* -- state and phase of one contract -- */

void engine_move(struct engine *e, u32 instrument, u8 state, struct outbox *out)
{
    struct engine_instrument *i = &e->instrument[instrument];
    ASSERT(state > LISTING_NONE && state < LISTING_COUNT);
    ASSERT(state != i->state);
    ASSERT(instrument > 0);
    i->state = state;
    struct evt_instrument_moved *v = &outbox_add(out, EVT_INSTRUMENT_MOVED)->instrument_moved;
    v->instrument = instrument, v->state = state;
}

void engine_phase(struct engine *e, u32 instrument, u8 phase, struct outbox *out)
{
    struct engine_instrument *i = &e->instrument[instrument];
    ASSERT(phase > PHASE_NONE && phase < PHASE_COUNT);
    ASSERT(instrument > 0);
    if (i->phase == phase) return;
    engine_measure_mid(e, instrument);
    i->phase = phase;
    struct evt_phase_changed *v = &outbox_add(out, EVT_PHASE_CHANGED)->phase_changed;
    v->instrument = instrument, v->phase = phase;
}

void engine_after_fixings(struct engine *e, u32 instrument, struct outbox *out)
{
    const struct engine_instrument *i = &e->instrument[instrument];
    ASSERT(instrument > 0);
    ASSERT(engine_live(e, instrument));
    if (i->state == LISTING_DETERMINATION) return;
    if (!e->clear.instrument[instrument].beyond &&
        !averaging_determination(&e->clear.instrument[instrument].averaging,
                                 spec_of(e, instrument)))
        return;
    engine_move(e, instrument, LISTING_DETERMINATION, out); /* positions stay open */
    engine_phase(e, instrument, PHASE_SUSPENDED, out);
}

/* -- parameters of the day -- */

/* Arrays and daily price limits for `date`, from the marks. */
static void rearm(struct engine *e, Date date)
{
    ASSERT(date.days > 0);
    ASSERT(e->head->opened);
    for (u32 k = 1; k <= e->head->instruments; k++) {
        struct engine_instrument *i = &e->instrument[k];
        struct clear_instrument *m = &e->clear.instrument[k];
        struct risk_instrument *r = &e->risk.instrument[k];
        const struct spec *s = spec_of(e, k);
        if (!engine_live(e, k)) continue;
        u32 stage = listing_stage(s, calendar_of(e, k), &i->listing, date);
        i64 ppm = spec_daily_limit_ppm(s, stage);
        risk_percentage(r, m->mark, spec_margin_ppm(s, stage), m->averaging.fixed,
                        m->averaging.total);
        i64 wide = (i64)((i128)m->mark * ppm / PPM / i->tick), at = m->mark / i->tick;
        i->low_ticks = ppm ? i64_max(at - wide, s->price_min / i->tick) : s->price_min / i->tick;
        i->high_ticks = ppm ? i64_min(at + wide, s->price_max / i->tick) : s->price_max / i->tick;
        m->limit_low = i->low_ticks * i->tick, m->limit_high = i->high_ticks * i->tick;
        ASSERT(i->low_ticks <= i->high_ticks);
    }
    risk_remargin_begin(&e->risk);
    for (u32 a = 1; a <= risk_accounts(&e->risk); a++)
        for (u32 o = book_account_first(&e->books, a); o;) {
            const struct order *r = book_order(&e->books, o);
            risk_order_counts(&e->risk, r->user, r->side, r->price * e->instrument[r->book].tick,
                              r->open);
            o = r->account_next;
        }
    risk_remargin_end(&e->risk);
}

/* The phase that the sessions give at a second of the day, and when the next one begins. */
static u8 session_at(const struct spec *s, i64 second, i64 *until)
{
    ASSERT(s->sessions_n >= 0);
    *until = INT64_MAX;
    for (i64 k = 0; k < s->sessions_n; k++) {
        const struct spec_session *p = &s->sessions[k];
        if (second < p->start) {
            *until = p->start;
            return PHASE_CLOSED;
        }
        if (second < p->end) {
            *until = p->end;
            return (u8)p->state;
        }
    }
    ASSERT(*until == INT64_MAX);
    return PHASE_CLOSED;
}

static void find_deadline(struct engine *e)
{
    i64 next = INT64_MAX;
    ASSERT(e->head->opened);
    ASSERT(e->head->specs < e->specs_used->used);
    for (u32 k = 1; k <= e->head->specs; k++) next = i64_min(next, e->spec[k].next_phase.ns);
    e->head->deadline.ns = next;
    ASSERT(next > e->clock->now.ns || next == INT64_MAX || e->head->job.kind == JOB_TIMERS);
}

static void set_spec_phase(struct engine *e, u32 slot, Instant at)
{
    struct engine_spec *x = &e->spec[slot];
    i64 start = date_start((Date){ e->head->day }).ns, until;
    i64 second = (at.ns - start) / NS_PER_SECOND;
    ASSERT(slot > 0);
    x->phase = session_at(&x->spec, at.ns < start ? -1 : second, &until);
    x->next_phase.ns = until == INT64_MAX ? INT64_MAX : start + until * NS_PER_SECOND;
    ASSERT(x->next_phase.ns > at.ns);
}

static bool trades_on(const struct engine *e, u32 instrument, Date date)
{
    const struct engine_instrument *i = &e->instrument[instrument];
    const struct calendar *c = calendar_of(e, instrument);
    ASSERT(date.days > 0);
    ASSERT(i->spec > 0);
    return i->state == LISTING_TRADING && date.days <= i->listing.last_trade.days &&
           calendar_covers(c, date, date) && calendar_is_business(c, date);
}

/* -- timers -- */

struct refusal on_clock(struct engine *e, const struct cmd_clock *c, struct outbox *out)
{
    ASSERT(e->head->opened);
    ASSERT(out);
    (void)c;
    return ACCEPT; /* the due timers ran before it, as before any command */
}

/* i: specification, j: its contract at work. All that is due at one time, in order of handle. */
void job_timers(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    Date day = { e->head->day };
    ASSERT(job->kind == JOB_TIMERS);
    if (e->head->deadline.ns > e->clock->now.ns) {
        *job = (struct job){ 0 };
        return;
    }
    if (job->i == 0) job->i = 1;
    while (!job->j && job->i <= e->head->specs &&
           e->spec[job->i].next_phase.ns != e->head->deadline.ns)
        job->i++;
    if (job->i > e->head->specs) { /* nothing else is due then: on to the next time */
        job->i = 0;
        find_deadline(e);
        return;
    }
    struct engine_spec *x = &e->spec[job->i];
    if (!job->j) {
        set_spec_phase(e, job->i, e->head->deadline);
        job->j = e->spec[x->root].first;
    }
    for (; job->j && outbox_room(out) >= 1; job->j = e->clear.instrument[job->j].next_same)
        if (e->instrument[job->j].spec == job->i && trades_on(e, job->j, day))
            engine_phase(e, job->j, x->phase, out);
    if (!job->j) job->i++;
    ASSERT(e->head->day > 0);
}

/* -- DAY_OPEN -- */

/* The specification version in force for listings of this product on that day: 0 if another is. */
static bool spec_in_force(const struct engine *e, u32 slot, Date date)
{
    const struct engine_spec *x = &e->spec[slot];
    ASSERT(slot > 0);
    if (x->spec.effective_from > date.days) return false;
    for (u32 k = slot + 1; k <= e->head->specs; k++)
        if (e->spec[k].root == x->root && e->spec[k].spec.effective_from <= date.days) return false;
    ASSERT(x->root > 0);
    return true;
}

static bool is_listed(const struct engine *e, u32 slot, Period p)
{
    ASSERT(slot > 0);
    for (u32 k = e->spec[e->spec[slot].root].first; k; k = e->clear.instrument[k].next_same)
        if (period_eq(e->instrument[k].listing.period, p)) return true;
    ASSERT(p.kind != PERIOD_NONE);
    return false;
}

/* A contract lists once its benchmark has a price, and every day of its set that is past has its
 * status: then its first settlement price and its running average are facts. */
static bool may_list(const struct engine *e, u32 slot, Date date, Period p, u32 *index,
                     struct listing *l)
{
    const struct engine_spec *x = &e->spec[slot];
    const struct calendar *c = &e->calendar[x->calendar];
    Text32 id = { { 0 } };
    ASSERT(date.days > 0);
    if (p.kind != PERIOD_MONTH || is_listed(e, slot, p)) return false;
    if (!calendar_covers(c, period_start(p), period_end(p))) return false;
    if (listing_of(&x->spec, c, p, l) != SPEC_FAULT_NONE) return false;
    bool fits = TEXT_FILL(&id, str_of(x->spec.underlying_id));
    ASSERT(fits);
    *index = clear_index_of(&e->clear, &id);
    if (!*index || !e->clear.index[*index].last_priced) return false;
    for (Date d = l->start; d.days < date.days && d.days <= l->last_fixing.days; d.days++)
        if (set_has(&x->spec, c, l, d) && !clear_print_of(&e->clear, *index, d.days)) return false;
    return l->last_trade.days >= date.days;
}

static u32 count_due(const struct engine *e, Date date)
{
    Period due[LISTING_PERIODS_MAX];
    u32 n = 0, index;
    struct listing l;
    ASSERT(e->head->specs <= e->caps.products_max);
    for (u32 k = 1; k <= e->head->specs; k++) {
        if (!spec_in_force(e, k, date)) continue;
        u32 m = listing_due(&e->spec[k].spec, &e->calendar[e->spec[k].calendar], date, due,
                            LISTING_PERIODS_MAX);
        for (u32 p = 0; p < m; p++) n += may_list(e, k, date, due[p], &index, &l);
    }
    ASSERT(n <= e->head->specs * LISTING_PERIODS_MAX);
    return n;
}

struct refusal on_day_open(struct engine *e, const struct cmd_day_open *c, struct outbox *out)
{
    struct engine_head *h = e->head;
    ASSERT(h->job.kind == JOB_NONE);
    if (c->date.days < DAY_FIRST || c->date.days > DAY_LAST)
        return refuse(REJECT_BAD_VALUE, "date", DAY_FIRST, c->date.days);
    if (h->day ? c->date.days != h->day : c->date.days <= h->last_day)
        return refuse(REJECT_DAY_ORDER, "date", h->day ? h->day : h->last_day + 1, c->date.days);
    u32 due = count_due(e, c->date);
    if (due > e->caps.instruments_max - h->instruments)
        return refuse(REJECT_CAPACITY, "date", e->caps.instruments_max, h->instruments + due);
    if (!h->day) ids_roll(e);
    h->day = c->date.days;
    h->job = (struct job){ .kind = JOB_OPEN };
    outbox_add(out, EVT_DAY_OPENED)->day_opened.date = c->date;
    ASSERT(h->day > h->last_day);
    return ACCEPT;
}

static void fill_records(struct engine *e, u32 k, const struct spec *s, const struct listing *l,
                         i64 reference)
{
    struct engine_instrument *i = &e->instrument[k];
    struct clear_instrument *m = &e->clear.instrument[k];
    struct risk_instrument *r = risk_instrument_open(&e->risk, k);
    ASSERT(l->lot_units_milli > 0);
    ASSERT(l->tick_value > 0);
    i->tick = s->tick_outright, i->listing = *l;
    i->qty_min = s->qty_min, i->qty_max = s->qty_max, i->qty_step = s->qty_step;
    i->band_ticks = s->band_ticks, i->protection_ticks = s->protection_ticks;
    i->types = s->order_types, i->tifs = s->order_tif, i->stps = s->order_stp;
    i->state = LISTING_LISTED, i->phase = PHASE_CLOSED;
    m->mark = reference, m->lot_units_milli = l->lot_units_milli, m->tick = s->tick_outright;
    m->price_min = s->price_min, m->price_max = s->price_max;
    m->fee_maker = s->fee_maker + s->fee_clearing, m->fee_taker = s->fee_taker + s->fee_clearing;
    m->fee_settle = s->fee_cash_settle;
    m->fee_worst = i64_max(i64_max(m->fee_maker, m->fee_taker), 0);
    r->lot_units_milli = l->lot_units_milli;
    r->value_max = (i64)((i128)s->price_max * l->lot_units_milli / 1000) + 1;
    r->diminishing = (u8)s->diminishing;
    r->commodity = k; /* a percentage of value gives no credit between months */
}

static void list_one(struct engine *e, u32 slot, u32 index, const struct listing *l,
                     struct outbox *out)
{
    const struct engine_spec *x = &e->spec[slot];
    const struct spec *s = &x->spec;
    u32 k = ++e->head->instruments, *link = &e->spec[x->root].first;
    i64 tick = s->tick_outright;
    ASSERT(k <= e->caps.instruments_max);
    e->instruments_used->used = e->clear.instruments_used->used = k + 1;
    i64 reference = (i64)div_round(e->clear.index[index].last_value, tick, ROUND_HALF_EVEN) * tick;
    reference = i64_max(i64_min(reference, s->price_max), s->price_min);
    fill_records(e, k, s, l, reference);
    struct engine_instrument *i = &e->instrument[k];
    i->spec = slot;
    e->clear.instrument[k].index = index;
    while (*link) link = &e->clear.instrument[*link].next_same;
    *link = k;
    clear_list(&e->clear, k, s, l);
    book_open(&e->books, k);
    listing_id(s, l->period, i->id.z);
    struct evt_instrument_listed *v = &outbox_add(out, EVT_INSTRUMENT_LISTED)->instrument_listed;
    v->instrument = k, v->instrument_id = i->id, v->product = x->product;
    bool fits = TEXT_FILL(&v->product_id, str_of(s->product)) &&
                TEXT_FILL(&v->quote, str_of(s->quote_ccy)) &&
                TEXT_FILL(&v->unit, str_of(words_text(&spec_words_SPEC_UNIT, s->unit)));
    ASSERT(fits);
    v->spec_version = (u32)s->version, v->index = e->clear.index[index].id;
    v->label = (u8)e->clear.index[index].label;
    v->period_start = l->start, v->period_end = l->end, v->last_trade = l->last_trade;
    v->last_fixing = l->last_fixing, v->fixings = l->fixings;
    v->lot_units_milli = l->lot_units_milli, v->tick.micros = tick;
    v->tick_value.micros = l->tick_value, v->reference.micros = reference;
}

/* i: specification, j: period. One listing a call. */
static bool open_list(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    Period due[LISTING_PERIODS_MAX];
    Date date = { e->head->day };
    struct listing l;
    u32 index;
    ASSERT(date.days > 0);
    if (job->i == 0) job->i = 1;
    for (; job->i <= e->head->specs; job->i++, job->j = 0) {
        if (!spec_in_force(e, job->i, date)) continue;
        u32 n = listing_due(&e->spec[job->i].spec, &e->calendar[e->spec[job->i].calendar], date,
                            due, LISTING_PERIODS_MAX);
        while (job->j < n) {
            Period p = due[job->j++];
            if (!may_list(e, job->i, date, p, &index, &l)) continue;
            if (engine_limit_fault(e, index, &l)) engine_refuse_listing(e, job->i, index, &l, out);
            else list_one(e, job->i, index, &l, out);
            return false;
        }
    }
    ASSERT(job->i > e->head->specs);
    return true;
}

/* i: contract. The days of a period begun before the listing, and those whose version is bound by
 * now. */
static bool fix_days(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    if (job->i == 0) job->i = 1;
    ASSERT(outbox_room(out) >= ENGINE_ROOM);
    for (; job->i <= e->head->instruments; job->i++) {
        u32 k = job->i;
        const struct engine_instrument *i = &e->instrument[k];
        if (!engine_live(e, k) || i->state == LISTING_DETERMINATION) continue;
        if (clear_fix_next(&e->clear, k, spec_of(e, k), calendar_of(e, k), &i->listing,
                           e->clock->now, out)) {
            engine_after_fixings(e, k, out);
            return false;
        }
    }
    ASSERT(job->i > 0);
    return true;
}

/* i: contract. */
static bool open_instruments(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    Date date = { e->head->day };
    if (job->i == 0) job->i = 1;
    for (; job->i <= e->head->instruments; job->i++) {
        struct engine_instrument *i = &e->instrument[job->i];
        if (!engine_live(e, job->i) || i->opened_on == date.days) continue;
        if (outbox_room(out) < ENGINE_ROOM) return false;
        i->opened_on = date.days;
        clear_day_open(&e->clear, job->i, spec_of(e, job->i), date);
        engine_limit(e, job->i, date, out);
        if (i->state == LISTING_LISTED) engine_move(e, job->i, LISTING_TRADING, out);
    }
    rearm(e, date);
    ASSERT(e->head->day > 0);
    return true;
}

/* i: account, j: its order, began: within the account. Ends what `ends` names; margin after each
 * account. */
static bool end_orders(struct engine *e, struct outbox *out,
                       u8 (*ends)(const struct engine *, const struct order *, u32))
{
    struct job *job = &e->head->job;
    if (job->i == 0) job->i = 1;
    ASSERT(ends);
    for (; job->i <= risk_accounts(&e->risk); job->i++, job->began = 0) {
        if (!job->began) job->j = book_account_first(&e->books, job->i), job->began = 1;
        while (job->j) {
            const struct order *o = book_order(&e->books, job->j);
            u32 at = job->j;
            u8 reason = ends(e, o, at);
            if (reason && outbox_room(out) < ENGINE_ROOM) return false;
            job->j = o->account_next;
            if (reason) engine_end_order(e, at, reason, out);
        }
        if (outbox_room(out) < ENGINE_ROOM) return false;
        clear_margin(&e->clear, job->i, out);
    }
    ASSERT(job->j == 0);
    return true;
}

/* A good-till order outside the new day's limits. */
static u8 ends_outside(const struct engine *e, const struct order *o, u32 handle)
{
    const struct engine_instrument *i = &e->instrument[o->book];
    ASSERT(handle > 0);
    ASSERT(o->open > 0);
    return o->price < i->low_ticks || o->price > i->high_ticks ? END_PRICE_LIMIT : 0;
}

static bool open_orders(struct engine *e, struct outbox *out)
{
    ASSERT(e->head->job.kind == JOB_OPEN);
    ASSERT(e->head->day > 0);
    return end_orders(e, out, ends_outside);
}

/* i: contract. Sessions begin; the timers are armed. */
static bool open_phases(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    Date date = { e->head->day };
    if (job->i == 0) {
        for (u32 k = 1; k <= e->head->specs; k++) set_spec_phase(e, k, e->clock->now);
        find_deadline(e);
        job->i = 1;
    }
    for (; job->i <= e->head->instruments; job->i++) {
        if (!trades_on(e, job->i, date)) continue;
        if (outbox_room(out) < ENGINE_ROOM) return false;
        engine_phase(e, job->i, e->spec[e->instrument[job->i].spec].phase, out);
    }
    ASSERT(e->head->day > 0);
    return true;
}

typedef bool (*stage_fn)(struct engine *e, struct outbox *out);

static void run_stages(struct engine *e, struct outbox *out, const stage_fn *stages, u32 n)
{
    struct job *job = &e->head->job;
    ASSERT(job->stage < n);
    ASSERT(stages[job->stage]);
    ASSERT(outbox_room(out) >= ENGINE_ROOM);
    if (!stages[job->stage](e, out)) return;
    if (job->kind == JOB_NONE) return; /* the last stage closed it */
    job->stage++, job->i = job->j = job->began = job->count = 0;
    if (job->stage == n) *job = (struct job){ 0 };
}

void job_open(struct engine *e, struct outbox *out)
{
    static const stage_fn stages[] = { open_list, fix_days, open_instruments, open_orders,
                                       open_phases };
    ASSERT(e->head->job.kind == JOB_OPEN);
    ASSERT(e->head->job.stage < ARRAY_LEN(stages));
    run_stages(e, out, stages, ARRAY_LEN(stages));
}

/* -- DAY_END -- */

/* A day of the set up to `date` whose print has not come. One that came and is not bound yet keeps
 * no day open: it is fixed after its cut-off. */
static bool fixing_pending(const struct engine *e, u32 k, Date date)
{
    const struct engine_instrument *i = &e->instrument[k];
    Date last = date.days < i->listing.last_fixing.days ? date : i->listing.last_fixing;
    ASSERT(k > 0);
    ASSERT(date.days > 0);
    if (i->state == LISTING_DETERMINATION || !engine_live(e, k)) return false;
    i32 known = e->clear.index[e->clear.instrument[k].index].last_date;
    for (Date d = last; d.days > known && d.days >= i->listing.start.days; d.days--)
        if (set_has(spec_of(e, k), calendar_of(e, k), &i->listing, d)) return true;
    return false;
}

struct refusal on_day_end(struct engine *e, const struct cmd_day_end *c, struct outbox *out)
{
    struct engine_head *h = e->head;
    ASSERT(out);
    if (!h->day || c->date.days != h->day)
        return refuse(REJECT_DAY_ORDER, "date", h->day, c->date.days);
    for (u32 k = 1; k <= h->instruments; k++)
        if (fixing_pending(e, k, c->date))
            return refuse(REJECT_FIXING_PENDING, "date", k, c->date.days);
    h->job = (struct job){ .kind = JOB_END };
    for (u32 k = 1; k <= h->specs; k++) e->spec[k].next_phase.ns = INT64_MAX;
    h->deadline.ns = INT64_MAX;
    ASSERT(h->job.stage == 0);
    return ACCEPT;
}

/* i: contract. */
static bool end_phases(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    if (job->i == 0) job->i = 1;
    for (; job->i <= e->head->instruments; job->i++) {
        u8 phase = e->instrument[job->i].phase;
        if (outbox_room(out) < ENGINE_ROOM) return false;
        engine_measure_mid(e, job->i);
        if (phase != PHASE_SUSPENDED && phase != PHASE_EXPIRED)
            engine_phase(e, job->i, PHASE_CLOSED, out);
    }
    ASSERT(job->kind == JOB_END);
    ASSERT(e->head->deadline.ns == INT64_MAX);
    return true;
}

static u8 ends_with_day(const struct engine *e, const struct order *o, u32 handle)
{
    const struct engine_instrument *i = &e->instrument[o->book];
    i32 day = e->head->day;
    ASSERT(day > 0);
    ASSERT(o->open > 0);
    if (o->tif == TIF_DAY || i->listing.last_trade.days <= day) return END_EXPIRED;
    if (i->state == LISTING_DETERMINATION) return END_ADMIN;
    return o->tif == TIF_GTD && e->note[handle].expiry <= day ? END_EXPIRED : 0;
}

static bool end_day_orders(struct engine *e, struct outbox *out)
{
    ASSERT(e->head->job.kind == JOB_END);
    ASSERT(e->head->day > 0);
    return end_orders(e, out, ends_with_day);
}

/* i: contract. Last trade, and the set complete. */
static bool end_expire(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    if (job->i == 0) job->i = 1;
    for (; job->i <= e->head->instruments; job->i++) {
        struct engine_instrument *i = &e->instrument[job->i];
        if (!engine_live(e, job->i) || i->listing.last_trade.days > e->head->day) continue;
        if (outbox_room(out) < ENGINE_ROOM) return false;
        engine_phase(e, job->i, PHASE_EXPIRED, out);
        if (i->state == LISTING_TRADING || i->state == LISTING_LISTED)
            engine_move(e, job->i, LISTING_LAST_TRADE, out);
        if (i->state == LISTING_LAST_TRADE && clear_set_complete(&e->clear, job->i, &i->listing))
            engine_move(e, job->i, LISTING_FIXED, out);
    }
    ASSERT(job->i > 0);
    ASSERT(e->head->day > 0);
    return true;
}

/* Prices that need no neighbour; all contracts, before any is said. */
static bool end_direct(struct engine *e, struct outbox *out)
{
    Date date = { e->head->day };
    ASSERT(out);
    for (u32 k = 1; k <= e->head->instruments; k++) {
        u8 state = e->instrument[k].state;
        if (!engine_live(e, k)) continue;
        if (state == LISTING_DETERMINATION) {
            clear_dsp_prior(&e->clear, k);
        } else {
            (void)clear_dsp_direct(&e->clear, k, spec_of(e, k), date, state == LISTING_FIXED);
        }
    }
    ASSERT(date.days > 0);
    return true;
}

/* i: contract. */
static bool end_prices(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    Date date = { e->head->day };
    if (job->i == 0) job->i = 1;
    for (; job->i <= e->head->instruments; job->i++) {
        u32 k = job->i;
        if (!engine_live(e, k)) continue;
        if (outbox_room(out) < ENGINE_ROOM) return false;
        if (e->clear.instrument[k].rule == DSP_PRIOR_PLUS_NEAREST && !job->began) {
            u32 root = e->spec[e->instrument[k].spec].root;
            clear_dsp_nearest(&e->clear, k, spec_of(e, k), e->spec[root].first);
        }
        clear_say_settlement(&e->clear, k, date, out);
        clear_say_statistics(&e->clear, k, date, out);
    }
    ASSERT(job->i > 0);
    ASSERT(date.days > 0);
    return true;
}

/* i: account. */
static bool end_variation(struct engine *e, bool payers, struct outbox *out)
{
    struct job *job = &e->head->job;
    Date date = { e->head->day };
    if (job->i == 0) job->i = 1;
    for (; job->i <= risk_accounts(&e->risk); job->i++) {
        if (outbox_room(out) < ENGINE_ROOM) return false;
        clear_vm_account(&e->clear, job->i, payers, date, out);
    }
    ASSERT(job->i > 0);
    ASSERT(date.days > 0);
    return true;
}

static bool end_payers(struct engine *e, struct outbox *out)
{
    ASSERT(e->head->job.kind == JOB_END);
    ASSERT(ledger_venue(&e->ledger, CHART_VM) <= 0);
    return end_variation(e, true, out);
}

static bool end_receivers(struct engine *e, struct outbox *out)
{
    ASSERT(e->head->job.kind == JOB_END);
    ASSERT(ledger_venue(&e->ledger, CHART_VM) <= 0); /* no credit leaves before the debits */
    return end_variation(e, false, out);
}

static bool end_commit(struct engine *e, struct outbox *out)
{
    ASSERT(out);
    clear_vm_commit(&e->clear);
    rearm(e, (Date){ e->head->day });
    ASSERT(e->head->day > 0);
    return true;
}

/* i: account, j: its exposure, began: within the account. */
static bool end_positions(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    if (job->i == 0) job->i = 1;
    for (; job->i <= risk_accounts(&e->risk); job->i++, job->began = 0) {
        if (!job->began) job->j = e->risk.account[job->i].first_exposure, job->began = 1;
        for (; job->j; job->j = risk_exposure(&e->risk, job->j)->next) {
            const struct risk_exposure *x = risk_exposure(&e->risk, job->j);
            if (!x->lots || e->clear.instrument[x->instrument].final) continue;
            if (outbox_room(out) < ENGINE_ROOM) return false;
            clear_say_position(&e->clear, job->j, out);
        }
        if (outbox_room(out) < ENGINE_ROOM) return false;
        clear_margin(&e->clear, job->i, out);
    }
    ASSERT(job->i > 0);
    ASSERT(job->j == 0);
    return true;
}

/* instrument: the contract at work, count and j: within it. */
static bool end_finals(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    if (job->instrument == 0) job->instrument = 1;
    for (; job->instrument <= e->head->instruments; job->instrument++) {
        if (e->instrument[job->instrument].state != LISTING_FIXED) continue;
        while (outbox_room(out) >= ENGINE_ROOM)
            if (engine_final_step(e, out)) break;
        return false;
    }
    ASSERT(ledger_venue(&e->ledger, CHART_VM) == 0);
    ASSERT(job->kind == JOB_END);
    return true;
}

static bool end_sweep(struct engine *e, struct outbox *out)
{
    u32 gone[64];
    ASSERT(out);
    for (u32 a = 1; a <= risk_accounts(&e->risk); a++)
        for (u32 n = ARRAY_LEN(gone); n == ARRAY_LEN(gone);) {
            n = risk_sweep(&e->risk, a, gone, ARRAY_LEN(gone));
            for (u32 k = 0; k < n; k++) e->clear.position[gone[k]] = (struct clear_position){ 0 };
        }
    ASSERT(e->head->job.kind == JOB_END);
    return true;
}

static bool end_close(struct engine *e, struct outbox *out)
{
    Date date = { e->head->day };
    ASSERT(date.days > 0);
    e->head->last_day = date.days, e->head->day = 0;
    e->head->job = (struct job){ 0 };
    engine_chain(e, out); /* the hashes cover all before this event */
    u64 event_hash = e->clock->event_hash;
    Hash state = engine_state_hash(e);
    struct evt_day_ended *v = &outbox_add(out, EVT_DAY_ENDED)->day_ended;
    v->date = date, v->event_hash = event_hash, v->state_hash = state;
    ASSERT(e->head->day == 0);
    return true;
}

void job_end(struct engine *e, struct outbox *out)
{
    static const stage_fn stages[] = { end_phases, fix_days,      end_day_orders, end_expire,
                                       end_direct, end_prices,    end_payers,     end_receivers,
                                       end_commit, end_positions, end_finals,     end_sweep,
                                       end_close };
    ASSERT(e->head->job.kind == JOB_END);
    ASSERT(e->head->job.stage < ARRAY_LEN(stages));
    run_stages(e, out, stages, ARRAY_LEN(stages));
}

/* -- DETERMINATION -- */

struct refusal on_determination(struct engine *e, const struct cmd_determination *c,
                                struct outbox *out)
{
    ASSERT(out);
    if (c->instrument == 0 || c->instrument > e->head->instruments)
        return refuse(REJECT_UNKNOWN_CONTRACT, "instrument", e->head->instruments, c->instrument);
    if (!engine_four_eyes(&c->approved_by, &c->approved_by_2))
        return refuse(REJECT_FOUR_EYES, "approved_by_2", 2, 1);
    if (e->instrument[c->instrument].state != LISTING_DETERMINATION)
        return refuse(REJECT_NOT_IN_DETERMINATION, "instrument", LISTING_DETERMINATION,
                      e->instrument[c->instrument].state);
    const struct spec *s = spec_of(e, c->instrument);
    if (c->value.micros < s->price_min || c->value.micros > s->price_max)
        return refuse(REJECT_BAD_VALUE, "value", s->price_max, c->value.micros);
    struct job *job = &e->head->job;
    *job = (struct job){ .kind = JOB_DETERMINE, .instrument = c->instrument };
    job->limit = c->value.micros;
    ASSERT(engine_live(e, c->instrument));
    return ACCEPT;
}

static u8 ends_determined(const struct engine *e, const struct order *o, u32 handle)
{
    ASSERT(handle > 0);
    ASSERT(o->open > 0);
    return o->book == e->head->job.instrument ? END_ADMIN : 0;
}

static bool determine_orders(struct engine *e, struct outbox *out)
{
    ASSERT(e->head->job.kind == JOB_DETERMINE);
    ASSERT(e->head->job.instrument > 0);
    return end_orders(e, out, ends_determined);
}

static bool determine_price(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    struct clear_instrument *m = &e->clear.instrument[job->instrument];
    i32 day = e->head->day ? e->head->day : e->head->last_day;
    ASSERT(job->kind == JOB_DETERMINE);
    ASSERT(day > 0);
    m->final = 1, m->settle = job->limit, m->rule = DSP_FINAL, m->rank = 0;
    clear_say_settlement(&e->clear, job->instrument, (Date){ day }, out);
    engine_phase(e, job->instrument, PHASE_EXPIRED, out);
    return true;
}

static bool determine_final(struct engine *e, struct outbox *out)
{
    ASSERT(e->head->job.kind == JOB_DETERMINE);
    ASSERT(e->clear.instrument[e->head->job.instrument].final);
    return engine_final_step(e, out);
}

void job_determine(struct engine *e, struct outbox *out)
{
    static const stage_fn stages[] = { determine_orders, determine_price, determine_final };
    ASSERT(e->head->job.kind == JOB_DETERMINE);
    ASSERT(e->head->job.stage < ARRAY_LEN(stages));
    run_stages(e, out, stages, ARRAY_LEN(stages));
}
