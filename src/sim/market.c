#include "sim/market.h"

static void set_level(struct market_side *s, bool bids, i64 price, i64 lots)
{
    u32 i = 0;
    while (i < s->n && (bids ? s->level[i].price > price : s->level[i].price < price)) i++;
    if (i < s->n && s->level[i].price == price) {
        s->level[i].lots = lots;
        if (lots > 0) return;
        memmove(&s->level[i], &s->level[i + 1], (s->n - i - 1) * sizeof s->level[0]);
        s->n--;
        return;
    }
    if (lots <= 0 || i == MARKET_LEVELS) return;
    if (s->n == MARKET_LEVELS) s->n--; /* the farthest level falls off the picture */
    memmove(&s->level[i + 1], &s->level[i], (s->n - i) * sizeof s->level[0]);
    s->level[i] = (struct market_level){ price, lots };
    s->n++;
}

static struct market_instrument *at(struct market *v, u32 instrument)
{
    return instrument && instrument <= MARKET_INSTRUMENTS ? &v->instrument[instrument] : NULL;
}

static struct market_order *find_order(struct market *v, u64 order_id)
{
    for (u32 i = 0; i < v->orders; i++)
        if (v->order[i].order_id == order_id) return &v->order[i];
    return NULL;
}

static void order_in(struct market *v, const struct evt_order_accepted *e)
{
    if (v->orders == MARKET_ORDERS) return; /* agents hold far fewer; a stranger's are not needed */
    v->order[v->orders++] = (struct market_order){ .order_id = e->order_id,
                                                 .account = e->account,
                                                 .instrument = e->instrument,
                                                 .side = e->side,
                                                 .price = e->price.micros,
                                                 .open = e->qty };
}

static void order_out(struct market *v, u64 order_id)
{
    struct market_order *o = find_order(v, order_id);
    if (!o) return;
    u32 i = (u32)(o - v->order);
    memmove(o, o + 1, (v->orders - i - 1) * sizeof *o);
    v->orders--;
}

static void print_in(struct market *v, const struct evt_index_printed *e)
{
    if (e->status == PRINT_NO_PRINT || e->version != 1) return;
    if (v->prints == MARKET_PRINTS) {
        memmove(v->print, v->print + 1, (MARKET_PRINTS - 1) * sizeof v->print[0]);
        v->prints--;
    }
    v->print[v->prints++] = e->value.micros;
}

static void book_event(struct market *v, const struct evt_book *e)
{
    struct market_instrument *i = at(v, e->instrument);
    if (!i) return;
    bool bids = e->side == SIDE_BUY;
    set_level(bids ? &i->bids : &i->asks, bids, e->price.micros, e->level_qty);
}

static void instrument_event(struct market *v, const struct event *e)
{
    struct market_instrument *i = NULL;
    switch (e->type) {
    case EVT_INSTRUMENT_LISTED:
        i = at(v, e->instrument_listed.instrument);
        if (!i) return;
        i->listed = e->instrument_listed;
        i->settlement = i->listed.reference.micros;
        i->total = i->listed.fixings;
        if (v->instruments < i->listed.instrument) v->instruments = i->listed.instrument;
        return;
    case EVT_INSTRUMENT_MOVED:
        i = at(v, e->instrument_moved.instrument);
        if (i) i->state = e->instrument_moved.state;
        return;
    case EVT_PHASE_CHANGED:
        i = at(v, e->phase_changed.instrument);
        if (i) i->phase = e->phase_changed.phase;
        return;
    case EVT_SETTLEMENT_PRICE:
        i = at(v, e->settlement_price.instrument);
        if (i) i->settlement = e->settlement_price.price.micros;
        return;
    case EVT_FIXING:
        i = at(v, e->fixing.instrument);
        if (!i) return;
        i->fixed = e->fixing.fixed, i->total = e->fixing.total, i->mean = e->fixing.mean.micros;
        return;
    default: return;
    }
}

void market_event(struct market *v, const struct event *e)
{
    struct market_order *o;
    switch (e->type) {
    case EVT_BOOK: book_event(v, &e->book); return;
    case EVT_ORDER_ACCEPTED: order_in(v, &e->order_accepted); return;
    case EVT_ORDER_FILLED:
        o = find_order(v, e->order_filled.order_id);
        if (o) o->open = e->order_filled.open;
        if (o && !o->open) order_out(v, e->order_filled.order_id);
        return;
    case EVT_ORDER_REPLACED:
        o = find_order(v, e->order_replaced.order_id);
        if (o) o->price = e->order_replaced.price.micros, o->open = e->order_replaced.open;
        return;
    case EVT_ORDER_ENDED: order_out(v, e->order_ended.order_id); return;
    case EVT_INDEX_PRINTED: print_in(v, &e->index_printed); return;
    default: instrument_event(v, e); return;
    }
}

i64 market_spot(const struct market *v) { return v->prints ? v->print[v->prints - 1] : 0; }
i64 market_best(const struct market_side *s) { return s->n ? s->level[0].price : 0; }

bool market_open(const struct market *v, u32 instrument)
{
    return instrument && instrument <= v->instruments &&
           v->instrument[instrument].phase == PHASE_CONTINUOUS;
}
