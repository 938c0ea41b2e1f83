#include "book/book.h"
#include "book/ids.h"
#include "book/ladder.h"
#include "book/taker.h"

static bool view_of(const struct books *b, struct book *k, u32 s, u32 rank, struct level_view *out)
{
    ASSERT(s < 2);
    if (!rank) return false;
    const struct level *l = ladder_find(b, k, s, rank);
    if (!l) return false;
    ASSERT(l->orders > 0);
    *out = (struct level_view){ rank_price(s, rank), l->qty, l->orders, l->first };
    return true;
}

static struct book *opened(const struct books *b, u32 book)
{
    ASSERT(book > 0);
    ASSERT(book < b->books_region->used);
    return &b->book[book];
}

bool book_best(const struct books *b, u32 book, u8 side, struct level_view *out)
{
    struct book *k = opened(b, book);
    u32 s = side_index(side);
    ASSERT(s < 2);
    return view_of(b, k, s, k->best[s], out);
}

bool book_worse(const struct books *b, u32 book, u8 side, i64 price, struct level_view *out)
{
    struct book *k = opened(b, book);
    u32 s = side_index(side);
    ASSERT(s < 2);
    ASSERT(price >= -BOOK_TICKS_MAX && price <= BOOK_TICKS_MAX);
    return view_of(b, k, s, ladder_worse(b, k, s, rank_of(s, (i32)price)), out);
}

bool book_level(const struct books *b, u32 book, u8 side, i64 price, struct level_view *out)
{
    u32 s = side_index(side);
    ASSERT(s < 2);
    if (price < -BOOK_TICKS_MAX || price > BOOK_TICKS_MAX) return false;
    return view_of(b, opened(b, book), s, rank_of(s, (i32)price), out);
}

/* The queue of one level: links both ways, sums, and that each order says where it is. */
static void check_level(const struct books *b, u32 book, u32 s, u32 rank, const struct level *l)
{
    i64 qty = 0;
    u32 n = 0, prev = 0;
    for (u32 i = l->first; i; prev = i, i = order_slot(b, i)->next) {
        const struct order *o = order_slot(b, i);
        ASSERT(n++ < l->orders);
        ASSERT(i < b->orders.region->used);
        ASSERT(o->id != 0);
        ASSERT(o->open > 0);
        ASSERT(o->book == book);
        ASSERT(o->side == side_at(s));
        ASSERT(rank_of(s, o->price) == rank);
        ASSERT(o->prev == prev);
        ASSERT(book_find(b, o->id) == i);
        qty += o->open;
    }
    ASSERT(n == l->orders);
    ASSERT(n > 0);
    ASSERT(l->last == prev);
    ASSERT(qty == l->qty);
}

/* One side: levels sorted, best first, counts; returns its orders, adds the shelves it holds. */
static u32 check_side(const struct books *b, u32 book, u32 s, u32 *shelves)
{
    struct book *k = &b->book[book];
    u32 levels = 0, orders = 0, before = 0;
    for (u32 r = k->best[s]; r; r = ladder_worse(b, k, s, r)) {
        const struct level *l = ladder_find(b, k, s, r);
        ASSERT(l);
        ASSERT(before == 0 || r < before);
        for (u32 floor = 0; floor < k->height[s]; floor++)
            *shelves += before == 0 || before >> (4 + 6 * floor) != r >> (4 + 6 * floor);
        check_level(b, book, s, r, l);
        levels++, orders += l->orders, before = r;
    }
    ASSERT(levels == k->levels[s]);
    ASSERT(orders == k->orders[s]);
    ASSERT(k->height[s] == 0 ? levels <= LADDER_NEAR : levels > LADDER_FAR_MIN);
    ASSERT(k->height[s] <= LADDER_HEIGHT_MAX);
    u32 above = ladder_worse(b, k, s, UINT32_C(1) << 31); /* nothing hides above the best */
    ASSERT(above == k->best[s]);
    return orders;
}

static void check_accounts(const struct books *b)
{
    u32 n = 0;
    for (u32 a = 1; b->account_first && a <= b->caps.accounts; a++) {
        u32 prev = 0;
        for (u32 i = b->account_first[a]; i; prev = i, i = order_slot(b, i)->account_next) {
            ASSERT(n++ < pool_live(&b->orders));
            ASSERT(order_slot(b, i)->id != 0);
            ASSERT(order_slot(b, i)->account == a);
            ASSERT(order_slot(b, i)->account_prev == prev);
        }
    }
    ASSERT(!b->account_first || n == pool_live(&b->orders));
}

void books_check(const struct books *b)
{
    u32 orders = 0, shelves = 0, ids = 0, freed = 0;
    for (u32 book = 1; book < b->books_region->used; book++) {
        const struct book *k = &b->book[book];
        ASSERT(k->open == 1);
        orders += check_side(b, book, 0, &shelves) + check_side(b, book, 1, &shelves);
        if (b->taker->task != TASK_MATCH)
            ASSERT(k->best[1] < rank_opposite(k->best[0]) || !k->best[0]);
    }
    ASSERT(shelves == pool_live(&b->shelves));
    ASSERT(orders + (b->taker->order != 0) == pool_live(&b->orders));
    for (u64 i = 0; i < b->id_lines; i++)
        for (u32 lane = 0; lane < 7; lane++) ids += b->ids[i].order[lane] != 0;
    ASSERT(ids == pool_live(&b->orders));
    for (u32 i = b->orders.head->free; i; i = order_slot(b, i)->next) {
        ASSERT(order_slot(b, i)->id == 0);
        ASSERT(freed++ < b->orders.region->used);
    }
    ASSERT(freed + pool_live(&b->orders) + 1 == b->orders.region->used);
    check_accounts(b);
}
