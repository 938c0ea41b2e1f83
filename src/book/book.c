#include "book/book.h"
#include "book/ids.h"
#include "book/ladder.h"
#include "book/taker.h"

static bool caps_fit(struct books_caps caps)
{
    return caps.books > 0 && caps.orders > 0 && caps.orders <= BOOK_ORDERS_MAX &&
           caps.shelves > 0 && caps.books < UINT32_MAX && caps.accounts < UINT32_MAX;
}

struct books books_init(struct arena *a, struct books_caps caps)
{
    struct books b = { .caps = caps, .id_lines = ids_lines_for(caps.orders) };
    ASSERT(caps_fit(caps));
    b.orders = pool_init(a, "book.orders", sizeof(struct order), caps.orders);
    b.shelves = pool_init(a, "book.shelves", sizeof(struct shelf), caps.shelves);
    b.book = arena_region(a, "book.books", sizeof(struct book), caps.books + 1);
    b.books_region = arena_last(a);
    if (arena_is_new(a)) b.books_region->used = 1;
    b.ids = arena_region(a, "book.ids", sizeof(struct id_line), (u32)b.id_lines);
    if (arena_is_new(a)) arena_last(a)->used = (u32)b.id_lines;
    b.taker = arena_region(a, "book.taker", sizeof(struct taker), 1);
    b.task = b.taker ? &b.taker->task : NULL;
    if (arena_is_new(a)) arena_last(a)->used = 1;
    if (caps.accounts > 0) {
        b.account_first = arena_region(a, "book.accounts", sizeof(u32), caps.accounts + 1);
        if (arena_is_new(a)) arena_last(a)->used = caps.accounts + 1;
    }
    ASSERT(b.id_lines * 7 > caps.orders);
    return b;
}

void book_open(struct books *b, u32 book)
{
    ASSERT(book <= b->caps.books);
    ASSERT(book == b->books_region->used);
    b->books_region->used = book + 1;
    b->book[book].open = 1;
}

static struct book *book_at(const struct books *b, u32 book)
{
    ASSERT(book - 1 < b->caps.books);
    ASSERT(b->book[book].open);
    return &b->book[book];
}

u32 book_find(const struct books *b, u64 id)
{
    ASSERT(id != 0);
    u32 order = ids_get(b, id);
    ASSERT(order <= b->caps.orders);
    return order;
}

u32 book_account_first(const struct books *b, u32 account)
{
    ASSERT(b->account_first);
    ASSERT(account - 1 < b->caps.accounts);
    return b->account_first[account];
}

/* Without a branch: whether an order stands at an end of its queue can not be predicted. */
static inline u32 *either(bool yes, u32 *a, u32 *b)
{
    uintptr_t mask = 0 - (uintptr_t)yes;
    return (u32 *)(((uintptr_t)a & mask) | ((uintptr_t)b & ~mask));
}

/* Slots of the order pool: as pool_take() and pool_give(), without clearing the line on its way. */
static inline u32 slot_take(struct books *b)
{
    struct pool *p = &b->orders;
    u32 h = p->head->free;
    if (__builtin_expect(!h, 0)) h = p->region->used++;
    else p->head->free = order_slot(b, h)->next;
    ASSERT(h <= b->caps.orders);
    ASSERT(p->head->live < b->caps.orders);
    p->head->live++;
    return h;
}

static inline void slot_give(struct books *b, struct order *o, u32 order)
{
    struct pool_slot0 *head = b->orders.head;
    ASSERT(head->live > 0);
    ASSERT(o == order_slot(b, order));
    o->id = 0;
    o->next = head->free;
    head->free = order;
    head->live--;
}

static inline void account_link(struct books *b, struct order *o, u32 order)
{
    u32 account = o->account, first = 0;
    if (b->account_first) {
        ASSERT(account - 1 < b->caps.accounts);
        first = b->account_first[account];
        if (first) order_slot(b, first)->account_prev = order;
        b->account_first[account] = order;
    }
    ASSERT(first != order);
    o->account_next = first, o->account_prev = 0;
}

static inline void account_unlink(struct books *b, const struct order *o)
{
    u32 next = o->account_next, prev = o->account_prev;
    if (!b->account_first) return;
    ASSERT(o->account - 1 < b->caps.accounts);
    ASSERT(next != prev || !next);
    *(prev ? &order_slot(b, prev)->account_next : &b->account_first[o->account]) = next;
    if (next) order_slot(b, next)->account_prev = prev;
}

/* To the back of its level. */
static inline struct level *queue_add(struct books *b, struct book *k, u32 s, u32 rank,
                                      struct order *o, u32 order)
{
    struct level *l = ladder_put(b, k, s, rank);
    u32 last = l->last;
    ASSERT(o->open > 0);
    ASSERT(last != order);
    *either(last != 0, &order_slot(b, last)->next, &l->first) = order;
    o->prev = last, o->next = 0;
    l->last = order;
    l->orders++;
    l->qty += o->open;
    k->orders[s]++;
    return l;
}

/* Out of its level; ladder_drop() is still to be called if that left it empty. */
static inline void queue_remove(struct books *b, struct book *k, struct level *l,
                                const struct order *o)
{
    u32 next = o->next, prev = o->prev;
    ASSERT(l->orders > 0);
    ASSERT(l->qty >= o->open);
    *either(prev != 0, &order_slot(b, prev)->next, &l->first) = next;
    *either(next != 0, &order_slot(b, next)->prev, &l->last) = prev;
    l->orders--;
    l->qty -= o->open;
    k->orders[side_index(o->side)]--;
}

static inline void level_drop_if_empty(struct books *b, struct book *k, const struct level *l,
                                       u8 side, i32 price)
{
    if (l->orders) return;
    u32 s = side_index(side);
    ASSERT(l->qty == 0);
    ASSERT(l->first == 0);
    ladder_drop(b, k, s, rank_of(s, price));
}

static inline void event_of(struct book_event *e, u8 kind, const struct order *o, u32 order,
                            const struct level *l)
{
    ASSERT(o->id != 0);
    e->id = o->id, e->price = o->price, e->open = o->open, e->filled = o->filled;
    e->level_qty = l->qty, e->level_orders = l->orders, e->order = order;
    memcpy(&e->book, &o->book, 16);
    e->kind = kind, e->reason = 0, e->ended = 0;
    e->taker_open = 0, e->qty = 0;
}

/* A resting order leaves for good; the event's qty and taker_open are the caller's. */
static inline void order_end(struct books *b, struct book *k, struct level *l, u32 order, u8 kind,
                             u8 reason, struct book_event *e)
{
    struct order *o = order_slot(b, order);
    queue_remove(b, k, l, o);
    event_of(e, kind, o, order, l);
    e->reason = reason, e->ended = 1;
    level_drop_if_empty(b, k, l, o->side, o->price);
    ids_remove(b, o->id, order);
    account_unlink(b, o);
    slot_give(b, o, order);
    ASSERT(o->id == 0);
}

static struct level *level_of(struct books *b, struct book *k, const struct order *o)
{
    u32 s = side_index(o->side);
    struct level *l = ladder_find(b, k, s, rank_of(s, o->price));
    ASSERT(l);
    ASSERT(l->orders > 0);
    return l;
}

void book_cancel(struct books *b, u32 order, u8 reason, struct book_event *out)
{
    struct order *o = book_order(b, order);
    struct book *k = book_at(b, o->book);
    ASSERT(!books_busy(b));
    ASSERT(reason > END_FILLED && reason < END_COUNT);
    order_end(b, k, level_of(b, k, o), order, BOOK_REMOVED, reason, out);
    out->qty = out->open;
}

void book_reduce(struct books *b, u32 order, i64 lots, struct book_event *out)
{
    struct order *o = book_order(b, order);
    struct level *l = level_of(b, book_at(b, o->book), o);
    ASSERT(!books_busy(b));
    ASSERT(lots > 0);
    ASSERT(lots < o->open);
    o->open -= (u32)lots;
    l->qty -= lots;
    event_of(out, BOOK_REDUCED, o, order, l);
    out->qty = lots;
}

/* Lots up to `want` that an order of this key would get at ranks >= reach: its own do not count,
 * and any mode but CANCEL_RESTING stops at the first own one. */
static i64 available(const struct books *b, struct book *k, u32 opposite, const struct order_in *in,
                     u32 reach, i64 want)
{
    i64 sum = 0;
    ASSERT(want > 0);
    ASSERT(reach > 0);
    for (u32 r = k->best[opposite]; r >= reach && sum < want; r = ladder_worse(b, k, opposite, r)) {
        const struct level *l = ladder_find(b, k, opposite, r);
        ASSERT(l);
        ASSERT(l->qty > 0);
        if (in->stp_key == 0) {
            sum += l->qty;
            continue;
        }
        for (u32 i = l->first; i && sum < want; i = order_slot(b, i)->next) {
            const struct order *o = order_slot(b, i);
            if (o->stp_key != in->stp_key) sum += o->open;
            else if (in->stp_mode != STP_CANCEL_RESTING) return sum;
        }
    }
    return sum;
}

static inline bool rests(u8 tif) { return tif == TIF_DAY || tif == TIF_GTC || tif == TIF_GTD; }

/* *rank: of its price on its side, when the price is one. */
static inline u32 refuses(const struct books *b, struct book *k, const struct order_in *in,
                          u32 *rank)
{
    u32 s = side_index(in->side);
    if ((u64)in->qty - 1 >= (u64)BOOK_LOTS_MAX) return REJECT_QTY;
    if ((u64)in->price + (u64)BOOK_TICKS_MAX > 2 * (u64)BOOK_TICKS_MAX) return REJECT_PRICE_LIMIT;
    if (in->min_qty != 0 && (in->tif != TIF_IOC || in->min_qty < 0 || in->min_qty > in->qty))
        return REJECT_MIN_QTY;
    *rank = rank_of(s, (i32)in->price);
    if (rests(in->tif)) {
        if (b->orders.head->live >= b->caps.orders) return REJECT_CAPACITY;
        if (!ladder_room(b, k, s, *rank)) return REJECT_CAPACITY;
    } else if ((in->tif != TIF_IOC && in->tif != TIF_FOK) || in->flags & ORDER_POST_ONLY) {
        return REJECT_TIF;
    }
    if (in->flags & ORDER_POST_ONLY && k->best[1 - s] >= rank_opposite(*rank))
        return REJECT_POST_ONLY;
    return REJECT_NONE;
}

u32 book_refuses(const struct books *b, const struct order_in *in)
{
    ASSERT(in->id != 0);
    ASSERT(in->side == SIDE_BUY || in->side == SIDE_SELL);
    u32 rank;
    return refuses(b, book_at(b, in->book), in, &rank);
}

bool book_market_limit(const struct books *b, u32 book, u8 side, i64 protection, i64 bound,
                       i64 *limit)
{
    u32 s = side_index(side), best = book_at(b, book)->best[1 - s];
    ASSERT(protection >= 0);
    ASSERT(protection <= BOOK_TICKS_MAX);
    ASSERT(s < 2);
    if (!best) return false;
    i64 at = rank_price(1 - s, best);
    if (side == SIDE_BUY) *limit = i64_min(at + protection, i64_min(bound, BOOK_TICKS_MAX));
    else *limit = i64_max(at - protection, i64_max(bound, -BOOK_TICKS_MAX));
    return true;
}

/* The taker comes to rest: in its old slot if it was replaced, else in a new one. */
static void taker_rest(struct books *b, struct book *k, struct book_event *e)
{
    struct taker *t = b->taker;
    u32 order = t->order ? t->order : slot_take(b);
    struct order *o = order_slot(b, order);
    ASSERT(t->open > 0);
    ASSERT(rests(t->tif));
    if (!t->order) {
        memcpy(o, t, ORDER_NAMED);
        o->zero = 0;
        ids_put(b, t->id, order);
        account_link(b, o, order);
    }
    o->open = t->open, o->filled = t->filled, o->price = t->price;
    u32 s = side_index(t->side);
    const struct level *l = queue_add(b, k, s, rank_of(s, t->price), o, order);
    event_of(e, BOOK_RESTED, o, order, l);
    e->qty = o->open, e->taker_open = o->open;
    *t = (struct taker){ 0 };
}

static void taker_end(struct books *b, u8 reason, struct book_event *e)
{
    struct taker *t = b->taker;
    *e = (struct book_event){ .id = t->id,
                              .price = t->price,
                              .qty = t->open,
                              .open = t->open,
                              .filled = t->filled,
                              .taker_open = t->open,
                              .order = t->order,
                              .book = t->book,
                              .account = t->account,
                              .user = t->user,
                              .kind = BOOK_TAKER_ENDED,
                              .side = t->side,
                              .reason = reason,
                              .ended = 1 };
    ASSERT(reason != 0);
    ASSERT((reason == END_FILLED) == (t->open == 0 && reason != END_STP));
    if (t->order) {
        ids_remove(b, t->id, t->order);
        account_unlink(b, order_slot(b, t->order));
        slot_give(b, order_slot(b, t->order), t->order);
    }
    *t = (struct taker){ 0 };
}

/* The order next in line is the taker's own: what its mode says. Returns the events written. */
static u32 taker_meets_own(struct books *b, struct book *k, struct level *l, struct book_event *e)
{
    struct taker *t = b->taker;
    u32 order = l->first;
    struct order *o = order_slot(b, order);
    ASSERT(t->stp_key != 0);
    ASSERT(t->stp_mode > STP_NONE && t->stp_mode < STP_COUNT);
    if (t->stp_mode == STP_CANCEL_AGGRESSOR) {
        t->end = END_STP;
        return 0;
    }
    if (t->stp_mode != STP_DECREMENT) {
        order_end(b, k, l, order, BOOK_REMOVED, END_STP, e);
        e->qty = e->open, e->taker_open = t->open;
        if (t->stp_mode == STP_CANCEL_BOTH) t->end = END_STP;
        return 1;
    }
    u32 lots = t->open < o->open ? t->open : o->open;
    o->open -= lots, l->qty -= lots, t->open -= lots;
    if (o->open == 0) {
        order_end(b, k, l, order, BOOK_REMOVED, END_STP, e);
    } else {
        event_of(e, BOOK_REDUCED, o, order, l);
    }
    e->qty = lots, e->taker_open = t->open;
    e[1] = (struct book_event){ .id = t->id,
                                .price = t->price,
                                .qty = lots,
                                .open = t->open,
                                .filled = t->filled,
                                .taker_open = t->open,
                                .order = t->order,
                                .book = t->book,
                                .account = t->account,
                                .user = t->user,
                                .kind = BOOK_TAKER_REDUCED,
                                .side = t->side };
    if (t->open == 0) t->end = END_STP;
    return 2;
}

/* One trade with the order next in line. */
static inline void taker_fill(struct books *b, struct book *k, struct level *l,
                              struct book_event *e)
{
    struct taker *t = b->taker;
    u32 order = l->first;
    struct order *o = order_slot(b, order);
    u32 lots = t->open < o->open ? t->open : o->open;
    ASSERT(lots > 0);
    o->open -= lots, o->filled += lots;
    t->open -= lots, t->filled += lots;
    l->qty -= lots;
    if (o->open == 0) order_end(b, k, l, order, BOOK_FILL, END_FILLED, e);
    else event_of(e, BOOK_FILL, o, order, l);
    e->qty = lots, e->taker_open = t->open;
    if (t->open == 0) t->end = END_FILLED;
}

static u32 match(struct books *b, struct book_event *out, u32 cap)
{
    struct taker *t = b->taker;
    struct book *k = book_at(b, t->book);
    u32 n = 0, opposite = 1 - side_index(t->side);
    ASSERT(t->task == TASK_MATCH);
    ASSERT(cap >= 2);
    while (n + 2 <= cap && !t->end) {
        u32 best = k->best[opposite];
        if (best < t->reach) { /* nothing within its limit */
            if (rests(t->tif)) {
                taker_rest(b, k, &out[n++]);
                return n;
            }
            t->end = END_IOC;
            break;
        }
        struct level *l = ladder_find(b, k, opposite, best);
        ASSERT(l);
        if (t->stp_key != 0 && order_slot(b, l->first)->stp_key == t->stp_key)
            n += taker_meets_own(b, k, l, &out[n]);
        else taker_fill(b, k, l, &out[n++]);
    }
    if (t->end && n < cap) taker_end(b, t->end, &out[n++]);
    return n;
}

static u32 mass_by_account(struct books *b, struct book_event *out, u32 cap)
{
    struct taker *t = b->taker;
    u32 n = 0;
    ASSERT(t->mass_account != 0);
    while (t->mass_order && n < cap) {
        u32 order = t->mass_order;
        struct order *o = book_order(b, order);
        struct book *k = book_at(b, o->book);
        t->mass_order = o->account_next;
        if (t->mass_book && t->mass_book != o->book) continue;
        if (t->mass_scope != SCOPE_BOTH && t->mass_scope - SCOPE_BUYS != (int)side_index(o->side))
            continue;
        order_end(b, k, level_of(b, k, o), order, BOOK_REMOVED, t->mass_reason, &out[n]);
        out[n].qty = out[n].open, n++;
    }
    if (!t->mass_order) *t = (struct taker){ 0 };
    ASSERT(n <= cap);
    return n;
}

static u32 mass_by_book(struct books *b, struct book_event *out, u32 cap)
{
    struct taker *t = b->taker;
    u32 n = 0, last = t->mass_book ? t->mass_book : b->books_region->used - 1;
    ASSERT(t->mass_account == 0);
    while (t->mass_at <= last && n < cap) {
        struct book *k = &b->book[t->mass_at];
        u32 s = t->mass_side;
        bool asked = t->mass_scope == SCOPE_BOTH || t->mass_scope == SCOPE_BUYS + s;
        if (asked && k->best[s]) {
            struct level *l = ladder_find(b, k, s, k->best[s]);
            ASSERT(l);
            order_end(b, k, l, l->first, BOOK_REMOVED, t->mass_reason, &out[n]);
            out[n].qty = out[n].open, n++;
        } else if (++t->mass_side == 2) {
            t->mass_side = 0, t->mass_at++;
        }
    }
    if (t->mass_at > last) *t = (struct taker){ 0 };
    return n;
}

u32 book_more(struct books *b, struct book_event *out, u32 cap)
{
    ASSERT(books_busy(b));
    ASSERT(cap >= BOOK_EVENTS_MIN);
    if (b->taker->task == TASK_MATCH) return match(b, out, cap);
    return b->taker->mass_account ? mass_by_account(b, out, cap) : mass_by_book(b, out, cap);
}

void book_mass_cancel(struct books *b, const struct mass_in *in, struct book_event *out, u32 cap,
                      u32 *n)
{
    struct taker *t = b->taker;
    ASSERT(!books_busy(b));
    ASSERT(in->scope > SCOPE_NONE && in->scope < SCOPE_COUNT);
    ASSERT(in->reason > END_FILLED && in->reason < END_COUNT);
    ASSERT(in->book < b->books_region->used);
    t->task = TASK_MASS;
    t->mass_account = in->account, t->mass_book = in->book;
    t->mass_scope = in->scope, t->mass_reason = in->reason;
    t->mass_at = in->book ? in->book : 1;
    if (in->account) t->mass_order = book_account_first(b, in->account);
    *n = book_more(b, out, cap);
}

/* Nothing to trade with: straight to its place in the queue. */
static inline void rest_now(struct books *b, struct book *k, u32 s, u32 rank,
                            const struct order_in *in, struct book_event *e)
{
    u32 order = slot_take(b), qty = (u32)in->qty;
    struct order *o = order_slot(b, order);
    ASSERT(rests(in->tif));
    ASSERT(qty > 0);
    memcpy(o, in, ORDER_NAMED);
    o->open = qty, o->filled = 0, o->price = (i32)in->price, o->zero = 0;
    ids_put(b, in->id, order);
    account_link(b, o, order);
    const struct level *l = queue_add(b, k, s, rank, o, order);
    e->id = in->id, e->price = in->price, e->qty = qty, e->open = qty, e->filled = 0;
    e->level_qty = l->qty, e->taker_open = qty, e->level_orders = l->orders, e->order = order;
    memcpy(&e->book, &in->book, 16);
    e->kind = BOOK_RESTED, e->reason = 0, e->ended = 0;
}

u32 book_new(struct books *b, const struct order_in *in, struct book_event *out, u32 cap, u32 *n)
{
    struct book *k = book_at(b, in->book);
    u32 s = side_index(in->side), rank;
    ASSERT(!books_busy(b));
    ASSERT(in->id != 0);
    ASSERT(s < 2);
    ASSERT(cap >= BOOK_EVENTS_MIN);
    u32 code = refuses(b, k, in, &rank);
    if (code) return code;
    u32 reach = rank_opposite(rank);
    if (k->best[1 - s] < reach && rests(in->tif)) {
        rest_now(b, k, s, rank, in, out);
        *n = 1;
        return REJECT_NONE;
    }
    struct taker *t = b->taker;
    memcpy(t, in, ORDER_NAMED);
    t->task = TASK_MATCH;
    t->open = (u32)in->qty, t->price = (i32)in->price, t->reach = reach;
    if (in->tif == TIF_FOK && available(b, k, 1 - s, in, reach, in->qty) < in->qty)
        t->end = END_FOK;
    if (in->min_qty && available(b, k, 1 - s, in, reach, in->min_qty) < in->min_qty)
        t->end = END_MIN_QTY;
    *n = match(b, out, cap);
    return REJECT_NONE;
}

u32 book_replace_refuses(const struct books *b, u32 order, i64 price, i64 qty_total)
{
    const struct order *o = book_order(b, order);
    struct book *k = book_at(b, o->book);
    u32 s = side_index(o->side);
    if ((u64)qty_total - 1 >= (u64)BOOK_LOTS_MAX) return REJECT_QTY;
    if ((u64)price + (u64)BOOK_TICKS_MAX > 2 * (u64)BOOK_TICKS_MAX) return REJECT_PRICE_LIMIT;
    if (price == o->price || qty_total <= o->filled) return REJECT_NONE;
    u32 rank = rank_of(s, (i32)price);
    if (!ladder_room(b, k, s, rank)) return REJECT_CAPACITY;
    if (o->flags & ORDER_POST_ONLY && k->best[1 - s] >= rank_opposite(rank))
        return REJECT_POST_ONLY;
    ASSERT(k->orders[s] > 0);
    return REJECT_NONE;
}

/* Out of its level; it goes on as the taker in the same slot. */
static void replace_enter(struct books *b, struct book *k, u32 order, u8 stp_mode,
                          struct book_event *e)
{
    struct order *o = order_slot(b, order);
    struct taker *t = b->taker;
    struct level *l = level_of(b, k, o);
    queue_remove(b, k, l, o);
    event_of(e, BOOK_REMOVED, o, order, l);
    e->qty = o->open;
    level_drop_if_empty(b, k, l, o->side, o->price);
    memcpy(t, o, ORDER_NAMED);
    t->task = TASK_MATCH;
    t->filled = o->filled, t->order = order, t->stp_mode = stp_mode;
    ASSERT(rests(t->tif));
    ASSERT(t->open == 0);
}

u32 book_replace(struct books *b, u32 order, i64 price, i64 qty_total, u8 stp_mode,
                 struct book_event *out, u32 cap, u32 *n)
{
    struct order *o = book_order(b, order);
    struct book *k = book_at(b, o->book);
    u32 s = side_index(o->side), code = book_replace_refuses(b, order, price, qty_total);
    ASSERT(!books_busy(b));
    ASSERT(cap >= BOOK_EVENTS_MIN);
    *n = 0;
    if (code) return code;
    i64 open = qty_total - o->filled;
    ASSERT(open <= BOOK_LOTS_MAX);
    if (open <= 0) {
        order_end(b, k, level_of(b, k, o), order, BOOK_REMOVED, END_USER, out);
        out->qty = out->open, *n = 1;
        return REJECT_NONE;
    }
    if (price == o->price && open <= o->open) {
        if (open < o->open) book_reduce(b, order, o->open - open, &out[(*n)++]);
        return REJECT_NONE;
    }
    replace_enter(b, k, order, stp_mode, &out[(*n)++]);
    struct taker *t = b->taker;
    t->open = (u32)open, t->price = (i32)price;
    t->reach = rank_opposite(rank_of(s, (i32)price));
    if (k->best[1 - s] < t->reach) taker_rest(b, k, &out[(*n)++]);
    else *n += match(b, out + 1, cap - 1);
    return REJECT_NONE;
}
