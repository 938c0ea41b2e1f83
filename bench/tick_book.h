/* tick_book.h -- the plain fast design as reference: a slot a tick, FIFO lists, ids by array.
 * Owns:   what makes a bench's flow (it knows which orders live) and checks its trades; a peer's
 *         shape to measure beside: no tree, no hash, no self-match, one dense array a side.
 * Never:  is part of the product.
 * Always: the same trades as the book, or the bench stops.
 */
#ifndef HEDGEROW_BENCH_TICK_BOOK_H
#define HEDGEROW_BENCH_TICK_BOOK_H

#include "base/hash.h"
#include <stdlib.h>

struct tick_level { u32 first, last; u64 qty; };
struct tick_order {
    u64 id;
    u32 next, prev, book, at;
    i32 price;
    u32 open, filled;
    u8 side, zero[23];
};
struct tick_books {
    struct tick_level *level; /* [book][side][tick] */
    struct tick_order *order;
    u32 *of_id;       /* handle by id */
    u32 *live, *best; /* live handles, unordered; best tick by [book][side] */
    u32 n, free, used, ticks, books;
    u64 trades, lots, chain;
};

static void *tick_zero(u64 n)
{
    void *p = calloc(1, n);
    ASSERT(p);
    return p;
}

static struct tick_books tick_books_new(u32 books, u32 ticks, u32 orders, u64 ids)
{
    struct tick_books b = { .used = 1, .ticks = ticks, .books = books };
    b.level = tick_zero((u64)books * 2 * ticks * sizeof *b.level);
    b.order = tick_zero((orders + 1ul) * sizeof *b.order);
    b.of_id = tick_zero((ids + 1) * sizeof *b.of_id);
    b.live = tick_zero((orders + 1ul) * sizeof *b.live);
    b.best = tick_zero((u64)books * 2 * sizeof *b.best);
    for (u32 i = 0; i < books; i++) b.best[2 * i + 1] = ticks; /* no ask */
    return b;
}

static void tick_books_free(struct tick_books *b)
{
    free(b->level), free(b->order), free(b->of_id), free(b->live), free(b->best);
}

static struct tick_level *tick_level(struct tick_books *b, u32 book, u32 side, u32 tick)
{
    return &b->level[((u64)book * 2 + side) * b->ticks + tick];
}

/* Tick 0 is "no bid", tick `ticks` is "no ask". */
static void tick_next_best(struct tick_books *b, u32 book, u32 side)
{
    u32 *best = &b->best[2 * book + side];
    while (*best > 0 && *best < b->ticks && !tick_level(b, book, side, *best)->first)
        *best += side ? 1 : -1u;
}

static void tick_remove(struct tick_books *b, u32 h)
{
    struct tick_order *o = &b->order[h];
    struct tick_level *l = tick_level(b, o->book, o->side, (u32)o->price);
    if (o->prev) b->order[o->prev].next = o->next;
    else l->first = o->next;
    if (o->next) b->order[o->next].prev = o->prev;
    else l->last = o->prev;
    l->qty -= o->open;
    if (!l->first && b->best[2 * o->book + o->side] == (u32)o->price)
        tick_next_best(b, o->book, o->side);
    b->live[o->at] = b->live[--b->n];
    b->order[b->live[o->at]].at = o->at;
    b->of_id[o->id] = 0;
    o->next = b->free, b->free = h;
}

static u32 tick_match(struct tick_books *b, u32 book, u32 side, i32 price, u32 qty)
{
    u32 other = 1 - side;
    while (qty) {
        u32 best = b->best[2 * book + other];
        if (best == 0 || best == b->ticks || (side ? (i32)best < price : (i32)best > price)) break;
        struct tick_level *l = tick_level(b, book, other, best);
        struct tick_order *o = &b->order[l->first];
        u32 lots = qty < o->open ? qty : o->open;
        b->trades++, b->lots += lots;
        b->chain = mix64(b->chain ^ o->id * 31 ^ lots ^ (u64)best << 40);
        qty -= lots;
        if (lots == o->open) {
            tick_remove(b, l->first);
        } else {
            o->open -= lots, o->filled += lots;
            l->qty -= lots;
        }
    }
    return qty;
}

static void tick_rest(struct tick_books *b, u64 id, u32 book, u32 side, i32 price, u32 open,
                      u32 filled)
{
    u32 h = b->free ? b->free : b->used++;
    if (b->free) b->free = b->order[h].next;
    struct tick_level *l = tick_level(b, book, side, (u32)price);
    b->order[h] = (struct tick_order){ .id = id,
                                       .prev = l->last,
                                       .book = book,
                                       .at = b->n,
                                       .price = price,
                                       .open = open,
                                       .filled = filled,
                                       .side = (u8)side };
    if (l->last) b->order[l->last].next = h;
    else l->first = h;
    l->last = h, l->qty += open;
    b->live[b->n++] = h;
    b->of_id[id] = h;
    u32 *best = &b->best[2 * book + side];
    if (side ? (u32)price < *best : (u32)price > *best) *best = (u32)price;
}

static void tick_new(struct tick_books *b, u64 id, u32 book, u32 side, i32 price, u32 qty, bool ioc)
{
    u32 left = tick_match(b, book, side, price, qty);
    if (left && !ioc) tick_rest(b, id, book, side, price, left, qty - left);
}

static void tick_replace(struct tick_books *b, u64 id, i32 price, u32 total)
{
    struct tick_order *o = &b->order[b->of_id[id]], was = *o;
    if (price == was.price && total > was.filled && total - was.filled <= was.open) {
        tick_level(b, was.book, was.side, (u32)price)->qty -= was.open - (total - was.filled);
        o->open = total - was.filled;
        return;
    }
    tick_remove(b, b->of_id[id]);
    if (total <= was.filled) return;
    u32 left = tick_match(b, was.book, was.side, price, total - was.filled);
    if (left) tick_rest(b, id, was.book, was.side, price, left, total - left);
}

#endif
