/* twin.h -- the same market rules as one unsorted list, searched whole; for tests and fuzzing.
 * Owns:   a slow, obvious model of book.h; it writes the same events (handles left 0).
 * Never:  is built into the product; shares a line of code with book.c.
 * Always: events and rejects equal the book's, command by command.
 */
#ifndef HEDGEROW_BOOK_TWIN_H
#define HEDGEROW_BOOK_TWIN_H

#include "book/book.h"

#define TWIN_ORDERS 4096
struct twin_order {
    u64 id, stp_key, place, born; /* place: priority in its level; born: order of acceptance */
    i64 price, open, filled;
    u32 book, account, user;
    u8 side, tif, flags;
};
struct twin {
    struct twin_order at[TWIN_ORDERS];
    u32 n, orders_max;
    u64 clock;
    struct book_event *out;
    u32 events;
};

static inline int twin_find(const struct twin *t, u64 id)
{
    for (u32 i = 0; i < t->n; i++)
        if (t->at[i].id == id) return (int)i;
    return -1;
}

static inline void twin_level(const struct twin *t, u32 book, u8 side, i64 price, i64 *qty, u32 *n)
{
    *qty = 0, *n = 0;
    for (u32 i = 0; i < t->n; i++)
        if (t->at[i].book == book && t->at[i].side == side && t->at[i].price == price)
            *qty += t->at[i].open, *n += 1;
}

static inline bool twin_before(const struct twin_order *a, const struct twin_order *b)
{
    if (a->price != b->price) return (a->price > b->price) == (a->side == SIDE_BUY);
    return a->place < b->place;
}

/* The order of that book and side that comes right after `after` (NULL: the first); -1: none. */
static inline int twin_next(const struct twin *t, u32 book, u8 side, const struct twin_order *after)
{
    int best = -1;
    for (u32 i = 0; i < t->n; i++) {
        const struct twin_order *o = &t->at[i];
        if (o->book != book || o->side != side || (after && !twin_before(after, o))) continue;
        if (best < 0 || twin_before(o, &t->at[best])) best = (int)i;
    }
    return best;
}

static inline void twin_say(struct twin *t, u8 kind, const struct twin_order *o, i64 qty, i64 taker)
{
    struct book_event *e = &t->out[t->events++];
    *e = (struct book_event){ .id = o->id,
                              .price = o->price,
                              .qty = qty,
                              .open = o->open,
                              .filled = o->filled,
                              .taker_open = taker,
                              .book = o->book,
                              .account = o->account,
                              .user = o->user,
                              .kind = kind,
                              .side = o->side };
    if (kind != BOOK_TAKER_ENDED && kind != BOOK_TAKER_REDUCED)
        twin_level(t, o->book, o->side, o->price, &e->level_qty, &e->level_orders);
}

static inline void twin_remove(struct twin *t, u64 id)
{
    int i = twin_find(t, id);
    t->at[i] = t->at[--t->n];
}

/* Out of the list, told as it was: `open` is what it had. */
static inline void twin_end(struct twin *t, u64 id, u8 reason, i64 taker)
{
    struct twin_order o = t->at[twin_find(t, id)];
    twin_remove(t, id);
    twin_say(t, BOOK_REMOVED, &o, o.open, taker);
    t->out[t->events - 1].reason = reason, t->out[t->events - 1].ended = reason != 0;
}

static inline bool twin_reaches(const struct twin_order *taker, i64 price)
{
    return taker->side == SIDE_BUY ? price <= taker->price : price >= taker->price;
}

static inline i64 twin_available(const struct twin *t, const struct twin_order *taker, u8 mode)
{
    i64 sum = 0;
    const struct twin_order *o = NULL;
    for (;;) {
        int i = twin_next(t, taker->book, side_other(taker->side), o);
        if (i < 0 || !twin_reaches(taker, t->at[i].price)) return sum;
        o = &t->at[i];
        bool own = taker->stp_key && o->stp_key == taker->stp_key;
        if (own && mode != STP_CANCEL_RESTING) return sum;
        if (!own) sum += o->open;
    }
}

static inline void twin_done(struct twin *t, const struct twin_order *taker, u8 reason)
{
    twin_say(t, BOOK_TAKER_ENDED, taker, taker->open, taker->open);
    t->out[t->events - 1].reason = reason, t->out[t->events - 1].ended = 1;
}

/* True when the taker ends by it. */
static inline bool twin_own(struct twin *t, struct twin_order *taker, int i, u8 mode)
{
    struct twin_order *o = &t->at[i];
    if (mode == STP_CANCEL_RESTING || mode == STP_CANCEL_BOTH) {
        twin_end(t, o->id, END_STP, taker->open);
        return mode == STP_CANCEL_BOTH;
    }
    if (mode == STP_CANCEL_AGGRESSOR) return true;
    i64 lots = i64_min(o->open, taker->open);
    o->open -= lots, taker->open -= lots;
    if (o->open > 0) twin_say(t, BOOK_REDUCED, o, lots, taker->open);
    else twin_end(t, o->id, END_STP, taker->open), t->out[t->events - 1].qty = lots;
    twin_say(t, BOOK_TAKER_REDUCED, taker, lots, taker->open);
    return taker->open == 0;
}

static inline void twin_match(struct twin *t, struct twin_order *taker, u8 mode)
{
    for (;;) {
        int i = twin_next(t, taker->book, side_other(taker->side), NULL);
        if (i < 0 || !twin_reaches(taker, t->at[i].price)) break;
        if (taker->stp_key && t->at[i].stp_key == taker->stp_key) {
            if (!twin_own(t, taker, i, mode)) continue;
            twin_done(t, taker, END_STP);
            return;
        }
        i64 lots = i64_min(t->at[i].open, taker->open);
        taker->open -= lots, taker->filled += lots;
        t->at[i].open -= lots, t->at[i].filled += lots;
        struct twin_order maker = t->at[i];
        if (maker.open == 0) twin_remove(t, maker.id);
        twin_say(t, BOOK_FILL, &maker, lots, taker->open);
        if (maker.open == 0)
            t->out[t->events - 1].ended = 1, t->out[t->events - 1].reason = END_FILLED;
        if (taker->open == 0) {
            twin_done(t, taker, END_FILLED);
            return;
        }
    }
    if (taker->tif == TIF_IOC || taker->tif == TIF_FOK) {
        twin_done(t, taker, END_IOC);
        return;
    }
    taker->place = ++t->clock;
    t->at[t->n++] = *taker;
    twin_say(t, BOOK_RESTED, taker, taker->open, taker->open);
}

static inline bool twin_price_ok(i64 p) { return p >= -BOOK_TICKS_MAX && p <= BOOK_TICKS_MAX; }

static inline bool twin_crosses(const struct twin *t, const struct twin_order *taker)
{
    int i = twin_next(t, taker->book, side_other(taker->side), NULL);
    return i >= 0 && twin_reaches(taker, t->at[i].price);
}

static inline u32 twin_new(struct twin *t, const struct order_in *in, struct book_event *out)
{
    bool now = in->tif == TIF_IOC || in->tif == TIF_FOK;
    t->out = out, t->events = 0;
    if (in->qty < 1 || in->qty > BOOK_LOTS_MAX) return REJECT_QTY;
    if (!twin_price_ok(in->price)) return REJECT_PRICE_LIMIT;
    if (in->min_qty && (in->tif != TIF_IOC || in->min_qty < 0 || in->min_qty > in->qty))
        return REJECT_MIN_QTY;
    if (in->tif == TIF_OPEN || in->tif == TIF_CLOSE) return REJECT_TIF;
    if (!now && t->n == t->orders_max) return REJECT_CAPACITY;
    if (now && in->flags & ORDER_POST_ONLY) return REJECT_TIF;
    struct twin_order o = { .id = in->id,
                            .stp_key = in->stp_key,
                            .born = ++t->clock,
                            .price = in->price,
                            .open = in->qty,
                            .book = in->book,
                            .account = in->account,
                            .user = in->user,
                            .side = in->side,
                            .tif = in->tif,
                            .flags = in->flags };
    if (in->flags & ORDER_POST_ONLY && twin_crosses(t, &o)) return REJECT_POST_ONLY;
    i64 there = twin_available(t, &o, in->stp_mode);
    if (in->tif == TIF_FOK && there < in->qty) twin_done(t, &o, END_FOK);
    else if (there < in->min_qty) twin_done(t, &o, END_MIN_QTY);
    else twin_match(t, &o, in->stp_mode);
    return REJECT_NONE;
}

static inline u32 twin_replace(struct twin *t, u64 id, i64 price, i64 total, u8 mode,
                               struct book_event *out)
{
    struct twin_order *o = &t->at[twin_find(t, id)], moved = *o;
    t->out = out, t->events = 0;
    if (total < 1 || total > BOOK_LOTS_MAX) return REJECT_QTY;
    if (!twin_price_ok(price)) return REJECT_PRICE_LIMIT;
    moved.price = price, moved.open = total - o->filled;
    if (price != o->price && moved.open > 0 && o->flags & ORDER_POST_ONLY &&
        twin_crosses(t, &moved))
        return REJECT_POST_ONLY;
    if (moved.open <= 0) {
        twin_end(t, id, END_USER, 0);
    } else if (price == o->price && moved.open <= o->open) {
        i64 lots = o->open - moved.open;
        o->open = moved.open;
        if (lots) twin_say(t, BOOK_REDUCED, o, lots, 0);
    } else {
        twin_end(t, id, 0, 0);
        twin_match(t, &moved, mode);
    }
    return REJECT_NONE;
}

static inline void twin_mass(struct twin *t, const struct mass_in *in, u32 books,
                             struct book_event *out)
{
    t->out = out, t->events = 0;
    for (;;) {
        int pick = -1;
        for (u32 i = 0; in->account && i < t->n; i++) { /* the account's newest first */
            const struct twin_order *o = &t->at[i];
            if (o->account != in->account || (in->book && o->book != in->book)) continue;
            if (in->scope != SCOPE_BOTH && in->scope != SCOPE_BUYS + o->side - SIDE_BUY) continue;
            if (pick < 0 || o->born > t->at[pick].born) pick = (int)i;
        }
        for (u32 k = 1; !in->account && k <= books && pick < 0; k++)
            for (u8 s = SIDE_BUY; s <= SIDE_SELL && pick < 0; s++) {
                if (in->book && k != in->book) continue;
                if (in->scope != SCOPE_BOTH && in->scope != SCOPE_BUYS + s - SIDE_BUY) continue;
                pick = twin_next(t, k, s, NULL);
            }
        if (pick < 0) return;
        twin_end(t, t->at[pick].id, in->reason, 0);
    }
}

#endif
