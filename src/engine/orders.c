/* Orders: the checks of trading.md section 15 in their order, then the book. */
#include "engine/state.h"

/* What a new or amended order looks like to the checks. */
struct ask {
    struct engine_instrument *i;
    u32 account, instrument;
    i64 price, ticks, lots;
    u8 side, type, tif, post_only;
};

/* -- checks -- */

static bool client_id_valid(const Text40 *id)
{
    u32 n = (u32)strlen(id->z);
    ASSERT(n < sizeof *id);
    ASSERT(id);
    return n >= 1 && n <= 36;
}

static bool bad_choice(u8 value, u32 count) { return value == 0 || value >= count; }

static struct refusal judge_syntax(const struct engine *e, const struct cmd_order_new *c)
{
    ASSERT(c);
    if (!client_id_valid(&c->client_id)) return refuse(REJECT_BAD_TEXT, "client_id", 36, 0);
    if (bad_choice(c->side, SIDE_COUNT) || bad_choice(c->type, ORDER_TYPE_COUNT) ||
        bad_choice(c->tif, TIF_COUNT) || bad_choice(c->stp_mode, STP_COUNT))
        return refuse(REJECT_BAD_ENUM, "side", 0, 0);
    if (c->instrument == 0 || c->instrument > e->head->instruments)
        return refuse(REJECT_UNKNOWN_CONTRACT, "instrument", e->head->instruments, c->instrument);
    const struct engine_instrument *i = &e->instrument[c->instrument];
    if (c->qty < i->qty_min || c->qty > i->qty_max)
        return refuse(REJECT_QTY, "qty", c->qty < i->qty_min ? i->qty_min : i->qty_max, c->qty);
    if (c->qty % i->qty_step) return refuse(REJECT_QTY, "qty", i->qty_step, c->qty);
    if (c->type == ORDER_TYPE_MARKET && c->price.micros)
        return refuse(REJECT_BAD_VALUE, "price", 0, c->price.micros);
    if ((c->tif == TIF_GTD) != (c->expiry.days != 0) ||
        (c->tif == TIF_GTD && c->expiry.days < e->head->day))
        return refuse(REJECT_BAD_VALUE, "expiry", e->head->day, c->expiry.days);
    if (c->stp_key > INT32_MAX) return refuse(REJECT_BAD_VALUE, "stp_key", INT32_MAX, INT64_MAX);
    ASSERT(i->qty_min > 0);
    return ACCEPT;
}

static struct refusal judge_permission(const struct engine *e, u32 account,
                                       const struct cmd_order_new *c)
{
    const struct engine_instrument *i = &e->instrument[c->instrument];
    if (!account) return refuse(REJECT_UNKNOWN_ACCOUNT, "account", 0, c->account);
    bool gone = i->state == LISTING_LAST_TRADE || i->state == LISTING_FIXED ||
                i->state == LISTING_SETTLED || i->state == LISTING_ARCHIVED;
    if (gone) return refuse(REJECT_EXPIRED_CONTRACT, "instrument", 0, i->state);
    if (!(i->types & SPEC_BIT(c->type)) || c->type > ORDER_TYPE_MARKET)
        return refuse(REJECT_NOT_PERMITTED, "type", 0, c->type);
    if (!(i->tifs & SPEC_BIT(c->tif)) || c->tif == TIF_OPEN || c->tif == TIF_CLOSE)
        return refuse(REJECT_NOT_PERMITTED, "tif", 0, c->tif);
    if (!(i->stps & SPEC_BIT(c->stp_mode)))
        return refuse(REJECT_NOT_PERMITTED, "stp_mode", 0, c->stp_mode);
    if (c->stop_price.micros)
        return refuse(REJECT_NOT_PERMITTED, "stop_price", 0, c->stop_price.micros);
    if (c->protection_group)
        return refuse(REJECT_NOT_PERMITTED, "protection", 0, c->protection_group);
    if (c->reduce_only && c->tif != TIF_IOC && c->tif != TIF_FOK) /* see the README */
        return refuse(REJECT_NOT_PERMITTED, "reduce_only", 0, c->tif);
    ASSERT(account <= risk_accounts(&e->risk));
    ASSERT(i->types);
    return ACCEPT;
}

/* Daily limits and the band, for a price in ticks. */
static struct refusal judge_price(const struct engine *e, const struct ask *o)
{
    const struct engine_instrument *i = o->i;
    const struct clear_instrument *m = &e->clear.instrument[o->instrument];
    ASSERT(i->low_ticks <= i->high_ticks);
    ASSERT(i->tick > 0);
    if (o->ticks > i->high_ticks)
        return refuse(REJECT_PRICE_LIMIT, "price", i->high_ticks * i->tick, o->price);
    if (o->ticks < i->low_ticks)
        return refuse(REJECT_PRICE_LIMIT, "price", i->low_ticks * i->tick, o->price);
    if (!i->band_ticks) return ACCEPT;
    i64 at = (m->trades ? m->last : m->mark) / i->tick, sign = side_sign(o->side);
    i64 edge = at + sign * i->band_ticks; /* a passive far price is fine */
    if (sign * (o->ticks - edge) > 0) return refuse(REJECT_BAND, "price", edge * i->tick, o->price);
    return ACCEPT;
}

/* Phase to band. A market order has no price yet: no tick, limit or band can fail. */
static struct refusal judge_order(const struct engine *e, const struct cmd_order_new *c,
                                  struct ask *o)
{
    const struct engine_instrument *i = o->i;
    bool now_or_never = c->tif == TIF_IOC || c->tif == TIF_FOK;
    ASSERT(o->account > 0);
    if (i->phase != PHASE_CONTINUOUS) return refuse(REJECT_NOT_OPEN, "instrument", 0, i->phase);
    if (c->type == ORDER_TYPE_LIMIT && c->price.micros % i->tick)
        return refuse(REJECT_TICK, "price", i->tick, c->price.micros);
    if (c->display < 0 || c->display > c->qty)
        return refuse(REJECT_DISPLAY_QTY, "display", c->qty, c->display);
    if (c->display && c->display != c->qty) /* hidden quantity comes with icebergs */
        return refuse(REJECT_NOT_PERMITTED, "display", c->qty, c->display);
    if (c->min_qty < 0 || c->min_qty > c->qty || (c->min_qty && c->tif != TIF_IOC))
        return refuse(REJECT_MIN_QTY, "min_qty", c->qty, c->min_qty);
    if (c->post_only && (now_or_never || c->type == ORDER_TYPE_MARKET))
        return refuse(REJECT_TIF, "post_only", 0, c->tif);
    if (c->type == ORDER_TYPE_MARKET) return ACCEPT;
    o->price = c->price.micros, o->ticks = o->price / i->tick;
    ASSERT(o->ticks * i->tick == o->price);
    return judge_price(e, o);
}

/* The limit of a market order, and whether anything stands opposite. Without it the order is
 * judged as if it bought at the highest or sold at the lowest price of the day. */
static bool protect(const struct engine *e, struct ask *o)
{
    i64 bound = o->side == SIDE_BUY ? o->i->high_ticks : o->i->low_ticks;
    bool some = book_market_limit(&e->books, o->instrument, o->side, o->i->protection_ticks, bound,
                                  &o->ticks);
    ASSERT(o->i->protection_ticks >= 0);
    if (!some) o->ticks = bound;
    o->price = o->ticks * o->i->tick;
    ASSERT(o->ticks >= o->i->low_ticks && o->ticks <= o->i->high_ticks);
    return some;
}

static struct refusal judge_risk(const struct engine *e, const struct ask *o, i64 old_price,
                                 i64 old_lots)
{
    struct risk_order r = { .account = o->account, .instrument = o->instrument };
    struct risk_funds f = clear_funds(&e->clear, o->account);
    ASSERT(o->lots > 0);
    ASSERT(old_lots >= 0);
    r.side = o->side, r.price = o->price, r.lots = o->lots;
    r.old_price = old_price, r.old_lots = old_lots;
    f.fees += (i128)(o->lots - old_lots) * e->clear.instrument[o->instrument].fee_worst;
    struct risk_verdict v = risk_judge(&e->risk, &r, &f);
    return (struct refusal){ v.code, v.field, v.limit, v.used, v.asked };
}

static struct refusal judge_capacity(const struct engine *e, u32 account, u32 instrument)
{
    ASSERT(account > 0);
    ASSERT(instrument > 0);
    if (ids_full(e))
        return refuse(REJECT_CAPACITY, "client_id", e->caps.client_ids_max, (i64)e->ids->entries);
    if (!risk_exposure_of(&e->risk, account, instrument) && risk_exposures_full(&e->risk))
        return refuse(REJECT_CAPACITY, "account", e->caps.positions_max, e->caps.positions_max);
    return ACCEPT;
}

/* -- the book's events -- */

static struct risk_account *account_at(const struct engine *e, u32 handle)
{
    ASSERT(handle > 0);
    ASSERT(handle <= risk_accounts(&e->risk));
    return &e->risk.account[handle];
}

void engine_measure_mid(struct engine *e, u32 instrument)
{
    struct clear_instrument *m = &e->clear.instrument[instrument];
    struct level_view bid = { 0 }, ask = { 0 };
    Instant now = e->clock->now;
    ASSERT(instrument > 0);
    ASSERT(instrument <= e->head->instruments);
    if (now.ns <= m->mid_at.ns || m->mid_at.ns >= m->mid_to.ns || !e->head->day) return;
    bool both = book_best(&e->books, instrument, SIDE_BUY, &bid) &&
                book_best(&e->books, instrument, SIDE_SELL, &ask);
    i64 tick = e->instrument[instrument].tick;
    clear_mid(&e->clear, instrument, both, bid.price * tick, ask.price * tick, now);
}

static void say_book(struct engine *e, const struct book_event *b, u8 change, i64 qty,
                     struct outbox *out)
{
    struct engine_instrument *i = &e->instrument[b->book];
    struct evt_book *v = &outbox_add(out, EVT_BOOK)->book;
    ASSERT(b->book > 0);
    ASSERT(qty >= 0);
    v->instrument = b->book, v->book_seq = ++i->book_seq;
    v->change = change, v->side = b->side, v->order_id = b->id;
    v->price.micros = b->price * i->tick, v->qty = qty;
    v->level_qty = b->level_qty, v->level_orders = b->level_orders;
}

static void say_ended(struct engine *e, const struct book_event *b, u8 reason, struct outbox *out)
{
    struct evt_order_ended *v = &outbox_add(out, EVT_ORDER_ENDED)->order_ended;
    ASSERT(reason > END_NONE && reason < END_COUNT);
    ASSERT(b->id);
    v->order_id = b->id, v->account = account_at(e, b->account)->id, v->instrument = b->book;
    v->reason = reason, v->open = b->kind == BOOK_REMOVED ? b->qty : b->open;
    v->filled = b->filled;
}

static void say_filled(struct engine *e, const struct clear_fill *f, u64 order_id, i64 open,
                       i64 fee, struct outbox *out)
{
    const struct risk_exposure *x = risk_exposure(&e->risk, f->exposure);
    struct evt_order_filled *v = &outbox_add(out, EVT_ORDER_FILLED)->order_filled;
    ASSERT(f->lots > 0);
    ASSERT(open >= 0);
    v->order_id = order_id, v->trade_id = f->trade_id, v->account = account_at(e, x->account)->id;
    v->instrument = x->instrument, v->side = f->side, v->price.micros = f->price;
    v->qty = f->lots, v->open = open, v->liquidity = f->liquidity, v->fee.micros = fee;
    v->time = e->clock->now;
}

static bool same_owner(const struct risk_account *a, const struct risk_account *b)
{
    ASSERT(a->id);
    ASSERT(b->id);
    return a == b || (a->group && a->group == b->group);
}

/* A trade: both sides' positions, fees and reports, then the public's. At most 12 events. */
static void on_fill(struct engine *e, const struct book_event *b, struct outbox *out)
{
    struct job *job = &e->head->job;
    struct engine_instrument *i = &e->instrument[b->book];
    u64 trade_id = ((u64)b->book << 40) + ++i->trades;
    i64 price = b->price * i->tick;
    struct clear_fill maker = { b->user, b->side, LIQUIDITY_MAKER, price, price, b->qty, trade_id };
    struct clear_fill taker = { job->exposure, job->side, LIQUIDITY_TAKER, job->limit,
                                price,         b->qty,    trade_id };
    ASSERT(job->kind == JOB_TAKER);
    ASSERT(b->side != job->side);
    i64 maker_fee = clear_fill(&e->clear, &maker, out);
    i64 taker_fee = clear_fill(&e->clear, &taker, out);
    const struct risk_account *own = account_at(e, b->account);
    bool self = same_owner(own, account_at(e, job->account));
    clear_trade(&e->clear, b->book, price, b->qty, self, e->clock->now);
    say_filled(e, &maker, b->id, b->open, maker_fee, out);
    say_filled(e, &taker, job->order_id, b->taker_open, taker_fee, out);
    struct evt_trade *t = &outbox_add(out, EVT_TRADE)->trade;
    t->instrument = b->book, t->trade_id = trade_id, t->price.micros = price, t->qty = b->qty;
    t->aggressor = job->side, t->time = e->clock->now;
    say_book(e, b, CHANGE_EXECUTE, b->open, out);
    clear_say_position(&e->clear, b->user, out);
    clear_say_position(&e->clear, job->exposure, out);
    clear_margin(&e->clear, b->account, out);
    if (b->ended) say_ended(e, b, END_FILLED, out);
}

/* An order's total changed without the owner's asking: self-match prevention took lots off. */
static void say_less(struct engine *e, const struct book_event *b, i64 open, const Text40 *id,
                     struct outbox *out)
{
    struct evt_order_replaced *v = &outbox_add(out, EVT_ORDER_REPLACED)->order_replaced;
    ASSERT(open >= 0);
    ASSERT(id);
    v->order_id = b->id, v->client_id = *id, v->account = account_at(e, b->account)->id;
    v->instrument = b->book, v->price.micros = b->price * e->instrument[b->book].tick;
    v->qty = open + b->filled, v->open = open, v->kept_place = 1;
}

static void on_reduced(struct engine *e, const struct book_event *b, struct outbox *out)
{
    ASSERT(b->qty > 0);
    ASSERT(b->open > 0);
    clear_order_leaves(&e->clear, b->user, b->side, b->price * e->instrument[b->book].tick, b->qty);
    if (e->head->job.kind == JOB_TAKER && b->id != e->head->job.order_id)
        say_less(e, b, b->open, &e->note[b->order].client_id, out);
    say_book(e, b, CHANGE_REDUCE, b->open, out);
    clear_margin(&e->clear, b->account, out);
}

static void on_removed(struct engine *e, const struct book_event *b, struct outbox *out)
{
    ASSERT(b->qty > 0);
    if (b->reason) { /* qty is what left with it: self-match prevention may have taken it all */
        i64 limit = b->price * e->instrument[b->book].tick;
        clear_order_leaves(&e->clear, b->user, b->side, limit, b->qty);
        say_ended(e, b, b->reason, out);
    }
    say_book(e, b, CHANGE_DELETE, 0, out);
    if (e->head->job.kind == JOB_TAKER) clear_margin(&e->clear, b->account, out);
    ASSERT(b->user);
}

static void on_rested(struct engine *e, const struct book_event *b, struct outbox *out)
{
    struct job *job = &e->head->job;
    ASSERT(job->kind == JOB_TAKER);
    ASSERT(b->order > 0);
    if (b->order >= e->notes_used->used) e->notes_used->used = b->order + 1;
    e->note[b->order] = (struct engine_note){ .client_id = job->client_id, .expiry = job->expiry };
    say_book(e, b, CHANGE_ADD, b->open, out);
    clear_margin(&e->clear, job->account, out);
}

static void on_taker_ended(struct engine *e, const struct book_event *b, struct outbox *out)
{
    struct job *job = &e->head->job;
    ASSERT(job->kind == JOB_TAKER);
    ASSERT(b->id == job->order_id);
    if (b->open) clear_order_leaves(&e->clear, job->exposure, job->side, job->limit, b->open);
    say_ended(e, b, b->reason, out);
    clear_margin(&e->clear, job->account, out);
}

static void on_book_event(struct engine *e, const struct book_event *b, struct outbox *out)
{
    struct job *job = &e->head->job;
    u32 before = out->n;
    ASSERT(b->kind > BOOK_NONE);
    switch (b->kind) {
    case BOOK_FILL: on_fill(e, b, out); break;
    case BOOK_REDUCED: on_reduced(e, b, out); break;
    case BOOK_REMOVED: on_removed(e, b, out); break;
    case BOOK_TAKER_REDUCED:
        clear_order_leaves(&e->clear, job->exposure, job->side, job->limit, b->qty);
        say_less(e, b, b->taker_open, &job->client_id, out);
        break;
    case BOOK_RESTED: on_rested(e, b, out); break;
    case BOOK_TAKER_ENDED: on_taker_ended(e, b, out); break;
    default: UNREACHABLE("the book says no more than this");
    }
    ASSERT(out->n - before <= ENGINE_PER_BOOK_EVENT); /* the worst case of one match */
}

static u32 book_cap(const struct outbox *out)
{
    u32 fits = outbox_room(out) / ENGINE_PER_BOOK_EVENT;
    ASSERT(fits >= BOOK_EVENTS_MIN);
    return fits < ENGINE_BOOK_EVENTS ? fits : ENGINE_BOOK_EVENTS;
}

static void tell(struct engine *e, u32 n, struct outbox *out)
{
    ASSERT(n <= ENGINE_BOOK_EVENTS);
    for (u32 k = 0; k < n; k++) on_book_event(e, &e->scratch->events[k], out);
    if (!books_busy(&e->books) && e->head->job.kind == JOB_TAKER) e->head->job = (struct job){ 0 };
    ASSERT(outbox_room(out) <= out->cap);
}

void job_taker(struct engine *e, struct outbox *out)
{
    ASSERT(e->head->job.kind == JOB_TAKER);
    ASSERT(books_busy(&e->books));
    tell(e, book_more(&e->books, e->scratch->events, book_cap(out)), out);
}

/* -- new -- */

/* A member's own numbers, or the owner's group: no key can name somebody else's. */
static u64 stp_key(const struct risk_account *a, u64 asked)
{
    ASSERT(a->id);
    ASSERT(asked <= INT32_MAX);
    if (asked) return (u64)a->member << 31 | asked;
    return a->group ? UINT64_C(1) << 63 | a->group : UINT64_C(3) << 62 | a->id;
}

static void accept_new(struct engine *e, const struct cmd_order_new *c, const struct ask *o,
                       const struct order_in *in, struct outbox *out)
{
    struct job *job = &e->head->job;
    u32 exposure = risk_exposure_open(&e->risk, o->account, o->instrument);
    ASSERT(exposure > 0);
    ASSERT(job->kind == JOB_NONE);
    struct evt_order_accepted *v = &outbox_add(out, EVT_ORDER_ACCEPTED)->order_accepted;
    v->order_id = e->clock->seq, v->client_id = c->client_id, v->account = c->account;
    v->instrument = c->instrument, v->side = c->side, v->type = c->type, v->tif = c->tif;
    v->post_only = c->post_only, v->price.micros = o->price, v->qty = o->lots;
    v->time = e->clock->now, v->reduce_only = c->reduce_only, v->stop_price = c->stop_price;
    v->display = c->display, v->min_qty = c->min_qty, v->expiry = c->expiry;
    clear_order_enters(&e->clear, exposure, o->side, o->price, o->lots);
    ids_put(e, c->account, &c->client_id, e->clock->seq);
    *job = (struct job){ .kind = JOB_TAKER, .account = o->account, .exposure = exposure };
    job->instrument = o->instrument, job->limit = o->price, job->entered = o->lots;
    job->order_id = e->clock->seq, job->expiry = c->expiry.days, job->side = o->side;
    job->stp_mode = c->stp_mode, job->client_id = c->client_id;
    struct order_in with = *in;
    with.user = exposure;
    u32 n = 0, code = book_new(&e->books, &with, e->scratch->events, book_cap(out), &n);
    ASSERT(code == 0); /* book_refuses() was asked */
    tell(e, n, out);
}

struct refusal on_order_new(struct engine *e, const struct cmd_order_new *c, struct outbox *out)
{
    u32 account = risk_account_of(&e->risk, c->account);
    ASSERT(e->head->job.kind == JOB_NONE);
    ASSERT(out);
    if (account && c->client_id.z[0] && ids_find(e, c->account, &c->client_id))
        return refuse(REJECT_DUPLICATE, "client_id", 0, 0);
    struct refusal why = judge_syntax(e, c);
    if (!why.code) why = judge_permission(e, account, c);
    if (why.code) return why;
    struct ask o = { .i = &e->instrument[c->instrument], .account = account, .lots = c->qty };
    o.instrument = c->instrument, o.side = c->side, o.tif = c->tif;
    why = judge_order(e, c, &o);
    if (why.code) return why;
    bool some = c->type == ORDER_TYPE_LIMIT || protect(e, &o);
    if (c->reduce_only) {
        o.lots = i64_min(o.lots, risk_reducible(&e->risk, account, o.instrument, o.side));
        if (o.lots == 0) return refuse(REJECT_REDUCE_ONLY, "qty", 0, c->qty);
        if (o.lots < c->min_qty) return refuse(REJECT_MIN_QTY, "min_qty", o.lots, c->min_qty);
    }
    why = judge_risk(e, &o, 0, 0);
    if (!why.code) why = judge_capacity(e, account, o.instrument);
    if (why.code) return why;
    struct order_in in = { .id = e->clock->seq, .price = o.ticks, .qty = o.lots };
    in.stp_key = stp_key(account_at(e, account), c->stp_key), in.min_qty = c->min_qty;
    in.book = o.instrument, in.account = account, in.side = o.side;
    in.tif = c->tif, in.stp_mode = c->stp_mode, in.flags = c->post_only ? ORDER_POST_ONLY : 0;
    u32 code = book_refuses(&e->books, &in);
    if (code == REJECT_CAPACITY) return refuse(code, "instrument", e->caps.orders_max, 0);
    if (!some) return refuse(REJECT_NO_OPPOSITE, "price", 0, 0);
    if (code) return refuse(code, "price", 0, o.price);
    engine_measure_mid(e, o.instrument);
    accept_new(e, c, &o, &in, out);
    return ACCEPT;
}

/* -- cancel -- */

/* The working order that is meant; account is a handle. */
static struct refusal find_order(const struct engine *e, u32 account, u64 order_id,
                                 const Text40 *client_id, u32 *order)
{
    *order = 0;
    if (!account) return refuse(REJECT_UNKNOWN_ACCOUNT, "account", 0, 0);
    if (!order_id && client_id->z[0]) order_id = ids_find(e, account_at(e, account)->id, client_id);
    if (order_id) *order = book_find(&e->books, order_id);
    if (!*order) return refuse(REJECT_UNKNOWN_ORDER, "order_id", 0, (i64)order_id);
    const struct order *o = book_order(&e->books, *order);
    if (o->account != account) return refuse(REJECT_NOT_OWNER, "account", 0, 0);
    if (e->instrument[o->book].phase == PHASE_NO_CANCEL)
        return refuse(REJECT_NO_CANCEL, "order_id", 0, PHASE_NO_CANCEL);
    ASSERT(o->open > 0);
    ASSERT(o->book <= e->head->instruments);
    return ACCEPT;
}

void engine_end_order(struct engine *e, u32 order, u8 reason, struct outbox *out)
{
    struct book_event b;
    engine_measure_mid(e, book_order(&e->books, order)->book);
    book_cancel(&e->books, order, reason, &b);
    ASSERT(b.kind == BOOK_REMOVED);
    ASSERT(b.reason == reason);
    on_removed(e, &b, out);
}

struct refusal on_order_cancel(struct engine *e, const struct cmd_order_cancel *c,
                               struct outbox *out)
{
    u32 account = risk_account_of(&e->risk, c->account), order;
    struct refusal why = find_order(e, account, c->order_id, &c->orig_client_id, &order);
    ASSERT(e->head->job.kind == JOB_NONE);
    if (why.code) return why;
    engine_end_order(e, order, END_USER, out);
    clear_margin(&e->clear, account, out);
    ASSERT(out->n > 0);
    return ACCEPT;
}

/* -- amend -- */

static struct refusal judge_replace(const struct engine *e, const struct cmd_order_replace *c,
                                    u32 account, const struct order *o, struct ask *a)
{
    const struct engine_instrument *i = a->i;
    ASSERT(o->account == account);
    ASSERT(i->qty_step > 0);
    if (c->client_id.z[0] && !client_id_valid(&c->client_id))
        return refuse(REJECT_BAD_TEXT, "client_id", 36, 0);
    if (c->qty <= 0 || c->qty > i->qty_max || c->qty % i->qty_step)
        return refuse(REJECT_QTY, "qty", i->qty_max, c->qty);
    if (i->phase != PHASE_CONTINUOUS) return refuse(REJECT_NOT_OPEN, "instrument", 0, i->phase);
    if (c->price.micros % i->tick) return refuse(REJECT_TICK, "price", i->tick, c->price.micros);
    a->price = c->price.micros, a->ticks = a->price / i->tick;
    a->lots = c->qty - o->filled;
    struct refusal why = judge_price(e, a);
    if (!why.code && a->lots > 0) why = judge_risk(e, a, o->price * i->tick, o->open);
    if (why.code) return why;
    if (c->client_id.z[0] && ids_full(e))
        return refuse(REJECT_CAPACITY, "client_id", e->caps.client_ids_max, (i64)e->ids->entries);
    return ACCEPT;
}

struct refusal on_order_replace(struct engine *e, const struct cmd_order_replace *c,
                                struct outbox *out)
{
    u32 account = risk_account_of(&e->risk, c->account), handle;
    if (account && c->client_id.z[0] && ids_find(e, c->account, &c->client_id))
        return refuse(REJECT_DUPLICATE, "client_id", 0, 0);
    struct refusal why = find_order(e, account, c->order_id, &c->orig_client_id, &handle);
    if (why.code) return why;
    const struct order o = *book_order(&e->books, handle);
    struct ask a = { .i = &e->instrument[o.book], .account = account, .instrument = o.book };
    a.side = o.side, a.tif = o.tif;
    why = judge_replace(e, c, account, &o, &a);
    if (why.code) return why;
    u32 code = book_replace_refuses(&e->books, handle, a.ticks, c->qty), n = 0;
    if (code) return refuse(code, code == REJECT_CAPACITY ? "instrument" : "price", 0, a.price);
    engine_measure_mid(e, o.book);
    struct engine_note *note = &e->note[handle];
    if (c->client_id.z[0]) {
        ids_put(e, c->account, &c->client_id, o.id);
        note->client_id = c->client_id;
    }
    bool stays = a.ticks == o.price && a.lots <= (i64)o.open; /* in its place, or ends */
    bool ends = a.lots <= 0;
    struct evt_order_replaced *v = &outbox_add(out, EVT_ORDER_REPLACED)->order_replaced;
    v->order_id = o.id, v->client_id = note->client_id, v->account = c->account;
    v->instrument = o.book, v->price.micros = a.price, v->qty = c->qty;
    v->open = ends ? 0 : a.lots, v->kept_place = stays || ends;
    struct job *job = &e->head->job;
    *job = (struct job){ .kind = JOB_TAKER, .account = account, .exposure = o.user };
    job->instrument = o.book, job->limit = a.price, job->entered = c->qty, job->order_id = o.id;
    job->expiry = note->expiry, job->side = o.side, job->client_id = note->client_id;
    job->stp_mode = STP_CANCEL_RESTING;
    if (!stays && !ends) {
        i64 before = o.price * a.i->tick;
        clear_order_leaves(&e->clear, o.user, o.side, before, o.open);
        clear_order_enters(&e->clear, o.user, o.side, a.price, a.lots);
    }
    code = book_replace(&e->books, handle, a.ticks, c->qty, STP_CANCEL_RESTING, e->scratch->events,
                        book_cap(out), &n);
    ASSERT(code == 0); /* book_replace_refuses() was asked */
    tell(e, n, out);
    return ACCEPT;
}

/* -- mass cancel -- */

struct refusal on_mass_cancel(struct engine *e, const struct cmd_mass_cancel *c, struct outbox *out)
{
    u32 account = risk_account_of(&e->risk, c->account);
    ASSERT(c->scope > SCOPE_NONE && c->scope < SCOPE_COUNT);
    ASSERT(out);
    if (!c->account && !c->member) return refuse(REJECT_BAD_VALUE, "account", 1, 0);
    if (c->account && !account) return refuse(REJECT_UNKNOWN_ACCOUNT, "account", 0, c->account);
    if (account && c->member && account_at(e, account)->member != c->member)
        return refuse(REJECT_NOT_OWNER, "member", account_at(e, account)->member, c->member);
    if (c->instrument > e->head->instruments)
        return refuse(REJECT_UNKNOWN_CONTRACT, "instrument", e->head->instruments, c->instrument);
    struct job *job = &e->head->job;
    *job = (struct job){ .kind = JOB_MASS, .account = account, .member = c->member };
    job->i = account ? account : 1, job->instrument = c->instrument, job->scope = c->scope;
    job->reason = END_MASS;
    return ACCEPT;
}

/* i: the account at work; began: its call to the book was made. */
void job_mass(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    struct mass_in in = { job->i, job->instrument, job->scope, job->reason };
    u32 last = job->account ? job->account : risk_accounts(&e->risk), n = 0;
    ASSERT(job->kind == JOB_MASS);
    ASSERT(job->i > 0);
    while (job->i <= last && !job->began &&
           ((!job->account && account_at(e, job->i)->member != job->member) ||
            !book_account_first(&e->books, job->i)))
        in.account = ++job->i;
    if (job->i > last) {
        struct evt_mass_cancelled *v = &outbox_add(out, EVT_MASS_CANCELLED)->mass_cancelled;
        v->account = job->account ? account_at(e, job->account)->id : 0, v->member = job->member;
        v->instrument = job->instrument, v->count = job->count;
        *job = (struct job){ 0 };
        return;
    }
    if (!job->began) {
        for (u32 k = 1; k <= e->head->instruments; k++)
            if (!job->instrument || k == job->instrument) engine_measure_mid(e, k);
        job->began = 1;
        book_mass_cancel(&e->books, &in, e->scratch->events, book_cap(out), &n);
    } else if (books_busy(&e->books)) {
        n = book_more(&e->books, e->scratch->events, book_cap(out));
    }
    tell(e, n, out);
    job->count += n;
    if (books_busy(&e->books)) return;
    clear_margin(&e->clear, job->i, out);
    job->i++, job->began = 0;
}
