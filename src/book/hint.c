#include "book/book.h"
#include "book/ids.h"
#include "book/ladder.h"

void book_hint_id(const struct books *b, u64 id)
{
    ASSERT(b->id_lines > 0);
    ASSERT(id != 0);
    __builtin_prefetch(id_home(b, (u32)id));
}

void book_hint_book(const struct books *b, u32 book, u8 side)
{
    const struct book *k = &b->book[book];
    ASSERT(book <= b->caps.books);
    ASSERT(side == SIDE_BUY || side == SIDE_SELL);
    __builtin_prefetch(k);
    __builtin_prefetch(&k->half[side_index(side)]);
}

u32 book_hint_order(const struct books *b, u64 id)
{
    const struct id_line *l = id_home(b, (u32)id);
    u32 m = lanes_equal_8(l->tag, (u32)id) & ID_LANES;
    u32 order = m ? l->order[__builtin_ctz(m)] : 0; /* mostly the one */
    ASSERT(id != 0);
    ASSERT(order <= b->caps.orders);
    __builtin_prefetch(order_slot(b, order));
    return order;
}

void book_hint_links(const struct books *b, u32 order)
{
    const struct order *o = order_slot(b, order);
    ASSERT(order <= b->caps.orders);
    if (!order) return;
    ASSERT(o->book <= b->caps.books);
    const struct book *k = &b->book[o->book];
    __builtin_prefetch(order_slot(b, o->next));
    __builtin_prefetch(order_slot(b, o->prev));
    __builtin_prefetch(order_slot(b, o->account_next));
    __builtin_prefetch(order_slot(b, o->account_prev));
    __builtin_prefetch(k);
    __builtin_prefetch(&k->half[side_index(o->side) & 1]);
}

void book_hint_level(const struct books *b, u32 book, u8 side, i64 price)
{
    const struct book *k = &b->book[book];
    u32 s = side_index(side) & 1;
    ASSERT(book <= b->caps.books);
    if (k->height[s]) return; /* deep books are few: their shelves are warm */
    u32 mask = near_mask(&k->half[s].near, rank_of(s, (i32)price));
    ASSERT(mask < 0x10000);
    if (mask) __builtin_prefetch(&k->half[s].near.level[__builtin_ctz(mask)]);
}
