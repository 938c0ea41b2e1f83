/* fake_market.h -- a small, slow, obvious market that answers commands with events: for the tests
 * of store and gateway, which must not need the engine.
 * Owns:   a list of orders searched from end to end, positions and balances as plain arrays.
 * Never:  is right about margin, phases or limits: it has none.
 * Always: two fills a trade, dense trade and book numbers, balanced postings.
 */
#ifndef HEDGEROW_TESTS_FAKE_MARKET_H
#define HEDGEROW_TESTS_FAKE_MARKET_H

#include "msg/msg.h"
#include <stdio.h>

enum { FAKE_ORDERS = 65536, FAKE_ACCOUNTS = 4, FAKE_INSTRUMENTS = 3, FAKE_EVENTS = 65536 };
struct fake_order {
    u64 id, seq;
    struct cmd_order_new in;
    i64 open, filled, value;
    u8 reason; /* 0: working */
};
struct fake_market {
    u64 seq, trades[FAKE_INSTRUMENTS + 1], book_seq[FAKE_INSTRUMENTS + 1], postings;
    Instant now;
    Date day;
    u32 orders_n, events_n;
    struct fake_order orders[FAKE_ORDERS];
    i64 lots[FAKE_ACCOUNTS + 1][FAKE_INSTRUMENTS + 1];
    i64 balance[FAKE_ACCOUNTS + 1][CHART_COUNT];
    i64 maker[FAKE_ACCOUNTS + 1], taker[FAKE_ACCOUNTS + 1];
    struct event events[FAKE_EVENTS]; /* of the last step */
};

static inline struct event *fake_event(struct fake_market *m, u32 type)
{
    ASSERT(m->events_n < FAKE_EVENTS);
    struct event *e = &m->events[m->events_n];
    memset(e, 0, sizeof *e);
    e->seq = m->seq, e->index = m->events_n++, e->type = type;
    return e;
}

static inline void fake_begin(struct fake_market *m)
{
    m->seq++, m->events_n = 0;
    m->now.ns += 1000000;
}

static inline void fake_name(char *to, u32 i) { sprintf(to, "GPUH-M-2027-%02u", i); }

static inline void fake_post(struct fake_market *m, u8 kind, u8 debit, u32 debit_account, u8 credit,
                             u32 credit_account, i64 amount)
{
    struct evt_posted *p = &fake_event(m, EVT_POSTED)->posted;
    *p = (struct evt_posted){ .posting_id = ++m->postings, .kind = kind, .debit = debit,
                              .debit_account = debit_account, .credit = credit,
                              .credit_account = credit_account, .amount = { amount } };
    m->balance[debit_account][debit] += amount;
    m->balance[credit_account][credit] -= amount;
}

/* The market opens: accounts, contracts, an index, a trading day. Events of one command each. */
static inline void fake_open_day(struct fake_market *m, Date day)
{
    fake_begin(m);
    m->day = day;
    fake_event(m, EVT_DAY_OPENED)->day_opened.date = day;
    for (u32 i = 1; i <= FAKE_INSTRUMENTS; i++) {
        struct event *e = fake_event(m, EVT_PHASE_CHANGED);
        e->phase_changed = (struct evt_phase_changed){ i, PHASE_CONTINUOUS };
    }
}

static inline void fake_setup(struct fake_market *m)
{
    memset(m, 0, sizeof *m);
    m->now.ns = INT64_C(1798963200000000000);
    fake_begin(m);
    struct evt_venue_opened *v = &fake_event(m, EVT_VENUE_OPENED)->venue_opened;
    memcpy(v->venue.z, "test venue", 10);
    memcpy(v->currency.z, "USD", 3);
    struct evt_index_installed *x = &fake_event(m, EVT_INDEX_INSTALLED)->index_installed;
    memcpy(x->index.z, "HDG-H100", 8);
    x->version = 1, x->label = LABEL_SYNTHETIC;
    for (u32 i = 1; i <= FAKE_ACCOUNTS; i++) {
        struct evt_account_opened *a = &fake_event(m, EVT_ACCOUNT_OPENED)->account_opened;
        *a = (struct evt_account_opened){ .account = i, .member = 1, .group = i,
                                          .kind = ACCOUNT_KIND_DIRECT, .category = CATEGORY_OTHER };
        sprintf(a->name.z, "Account %u", i);
        fake_post(m, POSTING_NONE + 1, CHART_NONE + 1, 0, CHART_NONE + 2, i,
                  INT64_C(1000000) * MICROS);
    }
    for (u32 i = 1; i <= FAKE_INSTRUMENTS; i++) {
        struct evt_instrument_listed *l = &fake_event(m, EVT_INSTRUMENT_LISTED)->instrument_listed;
        *l = (struct evt_instrument_listed){ .instrument = i, .product = 1, .spec_version = 1,
            .label = LABEL_SYNTHETIC, .period_start = date_of(2027, i, 1),
            .period_end = date_of(2027, i, 28), .last_trade = date_of(2027, i, 28),
            .last_fixing = date_of(2027, i, 28), .fixings = 20, .lot_units_milli = 730000,
            .tick = { 1000 }, .tick_value = { 730000 }, .reference = { 2800000 } };
        fake_name(l->instrument_id.z, i);
        memcpy(l->product_id.z, "GPUH-M", 6);
        memcpy(l->index.z, "HDG-H100", 8);
        fake_event(m, EVT_INSTRUMENT_MOVED)->instrument_moved =
            (struct evt_instrument_moved){ i, LISTING_TRADING };
    }
}

static inline void fake_reject(struct fake_market *m, u32 command, u32 code, u32 account,
                               u32 instrument, const Text40 *client_id)
{
    struct evt_rejected *r = &fake_event(m, EVT_REJECTED)->rejected;
    *r = (struct evt_rejected){ .code = code, .command = (u16)command, .account = account,
                                .instrument = instrument };
    if (client_id) r->client_id = *client_id;
}

static inline void fake_level(const struct fake_market *m, u32 instrument, u8 side, i64 price,
                              i64 *qty, u32 *orders)
{
    *qty = 0, *orders = 0;
    for (u32 i = 0; i < m->orders_n; i++) {
        const struct fake_order *o = &m->orders[i];
        if (o->reason || o->in.instrument != instrument || o->in.side != side) continue;
        if (o->in.price.micros != price) continue;
        *qty += o->open, (*orders)++;
    }
}

static inline void fake_book(struct fake_market *m, const struct fake_order *o, u8 change,
                             i64 price)
{
    struct evt_book *b = &fake_event(m, EVT_BOOK)->book;
    *b = (struct evt_book){ .instrument = o->in.instrument, .change = change, .side = o->in.side,
        .book_seq = ++m->book_seq[o->in.instrument], .order_id = o->id, .price = { price },
        .qty = change == CHANGE_DELETE ? 0 : o->open };
    fake_level(m, o->in.instrument, o->in.side, price, &b->level_qty, &b->level_orders);
}

static inline void fake_end(struct fake_market *m, struct fake_order *o, u8 reason)
{
    o->reason = reason, o->seq = m->seq;
    fake_event(m, EVT_ORDER_ENDED)->order_ended =
        (struct evt_order_ended){ .order_id = o->id, .account = o->in.account,
            .instrument = o->in.instrument, .reason = reason, .open = o->open,
            .filled = o->filled };
}

static inline void fake_fill(struct fake_market *m, struct fake_order *o, u64 trade, i64 price,
                             i64 qty, u8 liquidity)
{
    i64 fee = liquidity == LIQUIDITY_TAKER ? 1800000 * qty : 0;
    o->open -= qty, o->filled += qty, o->value += price * qty, o->seq = m->seq;
    fake_event(m, EVT_ORDER_FILLED)->order_filled = (struct evt_order_filled){
        .order_id = o->id, .trade_id = trade, .account = o->in.account,
        .instrument = o->in.instrument,
        .side = o->in.side, .price = { price }, .qty = qty, .open = o->open, .liquidity = liquidity,
        .fee = { fee }, .time = m->now };
    i64 *lots = &m->lots[o->in.account][o->in.instrument];
    *lots += side_sign(o->in.side) * qty;
    if (liquidity == LIQUIDITY_MAKER) m->maker[o->in.account] += fee;
    else m->taker[o->in.account] += fee;
    if (fee) fake_post(m, POSTING_NONE + 2, CHART_NONE + 2, o->in.account, CHART_NONE + 3, 0, fee);
    struct evt_position *p = &fake_event(m, EVT_POSITION)->position;
    *p = (struct evt_position){ .account = o->in.account, .instrument = o->in.instrument,
                                .lots = *lots, .mark = { price } };
    struct evt_margin *g = &fake_event(m, EVT_MARGIN)->margin;
    *g = (struct evt_margin){ .account = o->in.account, .requirement = { 1000000 },
                              .cash = { 5000000 },
                              .free = { 4000000 } };
}

/* The best opposite order that `o` may trade with: price, then time. */
static inline struct fake_order *fake_opposite(struct fake_market *m, const struct fake_order *o)
{
    struct fake_order *best = NULL;
    for (u32 i = 0; i < m->orders_n; i++) {
        struct fake_order *p = &m->orders[i];
        i64 sign = side_sign(o->in.side);
        if (p == o || p->reason || p->in.instrument != o->in.instrument || p->in.side == o->in.side)
            continue;
        if (o->in.type == ORDER_TYPE_LIMIT && sign * p->in.price.micros > sign * o->in.price.micros)
            continue;
        if (!best || sign * p->in.price.micros < sign * best->in.price.micros) best = p;
    }
    return best;
}

static inline void fake_match(struct fake_market *m, struct fake_order *o)
{
    struct fake_order *p;
    while (o->open && (p = fake_opposite(m, o))) {
        i64 qty = i64_min(o->open, p->open), price = p->in.price.micros;
        u64 trade = ((u64)o->in.instrument << 40) + ++m->trades[o->in.instrument];
        fake_event(m, EVT_TRADE)->trade = (struct evt_trade){ .instrument = o->in.instrument,
            .trade_id = trade, .price = { price }, .qty = qty, .aggressor = o->in.side,
            .time = m->now };
        fake_fill(m, p, trade, price, qty, LIQUIDITY_MAKER);
        fake_fill(m, o, trade, price, qty, LIQUIDITY_TAKER);
        if (!p->open) fake_end(m, p, END_FILLED);
        fake_book(m, p, p->open ? CHANGE_EXECUTE : CHANGE_DELETE, price);
    }
}

static inline void fake_new(struct fake_market *m, const struct cmd_order_new *c)
{
    u32 bad = 0;
    for (u32 i = 0; i < m->orders_n && !bad; i++)
        if (m->orders[i].in.account == c->account &&
            strcmp(m->orders[i].in.client_id.z, c->client_id.z) == 0)
            bad = REJECT_DUPLICATE;
    if (!bad && c->qty <= 0) bad = REJECT_QTY;
    if (!bad && (c->account < 1 || c->account > FAKE_ACCOUNTS)) bad = REJECT_UNKNOWN_ACCOUNT;
    if (!bad && (c->instrument < 1 || c->instrument > FAKE_INSTRUMENTS))
        bad = REJECT_UNKNOWN_CONTRACT;
    if (!bad && c->price.micros % 1000) bad = REJECT_TICK;
    if (!bad && m->orders_n == FAKE_ORDERS) bad = REJECT_CAPACITY;
    if (bad) {
        fake_reject(m, CMD_ORDER_NEW, bad, c->account, c->instrument, &c->client_id);
        return;
    }
    struct fake_order *o = &m->orders[m->orders_n++];
    *o = (struct fake_order){ .id = m->seq, .seq = m->seq, .in = *c, .open = c->qty };
    struct evt_order_accepted *a = &fake_event(m, EVT_ORDER_ACCEPTED)->order_accepted;
    *a = (struct evt_order_accepted){ .order_id = o->id, .client_id = c->client_id,
        .account = c->account, .instrument = c->instrument, .side = c->side, .type = c->type,
        .tif = c->tif, .post_only = c->post_only, .price = c->price, .qty = c->qty, .time = m->now,
        .reduce_only = c->reduce_only, .stop_price = c->stop_price, .display = c->display,
        .min_qty = c->min_qty, .expiry = c->expiry };
    fake_match(m, o);
    if (!o->open) fake_end(m, o, END_FILLED);
    else if (c->tif == TIF_IOC || c->type == ORDER_TYPE_MARKET) fake_end(m, o, END_IOC);
    else fake_book(m, o, CHANGE_ADD, o->in.price.micros);
}

static inline struct fake_order *fake_find(struct fake_market *m, u32 account, u64 id,
                                           const char *name)
{
    for (u32 i = m->orders_n; i-- > 0;) {
        struct fake_order *o = &m->orders[i];
        if (o->in.account != account || o->reason) continue;
        if (id ? o->id == id : strcmp(o->in.client_id.z, name) == 0) return o;
    }
    return NULL;
}

static inline void fake_cancel(struct fake_market *m, struct fake_order *o, u8 reason)
{
    fake_end(m, o, reason);
    fake_book(m, o, CHANGE_DELETE, o->in.price.micros);
}

static inline void fake_replace(struct fake_market *m, struct fake_order *o,
                                const struct cmd_order_replace *c)
{
    i64 old = o->in.price.micros;
    bool moved = c->price.micros != old;
    o->open = c->qty - o->filled, o->in.qty = c->qty, o->in.price = c->price, o->seq = m->seq;
    if (c->client_id.z[0]) o->in.client_id = c->client_id;
    fake_event(m, EVT_ORDER_REPLACED)->order_replaced = (struct evt_order_replaced){
        .order_id = o->id, .client_id = o->in.client_id, .account = o->in.account,
        .instrument = o->in.instrument, .price = c->price, .qty = c->qty, .open = o->open };
    if (moved) fake_book(m, o, CHANGE_DELETE, old);
    fake_match(m, o);
    if (!o->open) fake_end(m, o, END_FILLED);
    else fake_book(m, o, CHANGE_REPLACE, o->in.price.micros);
}

static inline void fake_mass(struct fake_market *m, const struct cmd_mass_cancel *c)
{
    u32 count = 0;
    for (u32 i = 0; i < m->orders_n; i++) {
        struct fake_order *o = &m->orders[i];
        bool side = c->scope == SCOPE_BOTH || (c->scope == SCOPE_BUYS) == (o->in.side == SIDE_BUY);
        if (o->reason || o->in.account != c->account || !side) continue;
        if (c->instrument && o->in.instrument != c->instrument) continue;
        fake_cancel(m, o, END_MASS);
        count++;
    }
    fake_event(m, EVT_MASS_CANCELLED)->mass_cancelled =
        (struct evt_mass_cancelled){ c->account, c->member, c->instrument, count };
}

/* One command; its events are m->events[0..events_n). */
static inline void fake_step(struct fake_market *m, const struct command *c)
{
    fake_begin(m);
    if (c->type == CMD_ORDER_NEW) {
        fake_new(m, &c->order_new);
    } else if (c->type == CMD_MASS_CANCEL) {
        fake_mass(m, &c->mass_cancel);
    } else if (c->type == CMD_ORDER_CANCEL) {
        const struct cmd_order_cancel *k = &c->order_cancel;
        struct fake_order *o = fake_find(m, k->account, k->order_id, k->orig_client_id.z);
        if (o) fake_cancel(m, o, END_USER);
        else fake_reject(m, c->type, REJECT_UNKNOWN_ORDER, k->account, 0, &k->orig_client_id);
    } else if (c->type == CMD_ORDER_REPLACE) {
        const struct cmd_order_replace *k = &c->order_replace;
        struct fake_order *o = fake_find(m, k->account, k->order_id, k->orig_client_id.z);
        if (!o) fake_reject(m, c->type, REJECT_UNKNOWN_ORDER, k->account, 0, &k->orig_client_id);
        else if (k->qty <= o->filled || k->price.micros % 1000)
            fake_reject(m, c->type, REJECT_QTY, k->account, o->in.instrument, &k->orig_client_id);
        else fake_replace(m, o, k);
    } else {
        fake_reject(m, c->type, REJECT_UNKNOWN_COMMAND, 0, 0, NULL);
    }
}

#endif
