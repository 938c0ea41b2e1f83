/* taker.h -- what is at work between two steps: an order looking for its match, or a mass cancel.
 * Owns:   struct taker, one in the arena.
 * Never:  outlives its command; private to the room.
 * Always: task is TASK_NONE and all else zero when nothing is at work.
 */
#ifndef HEDGEROW_BOOK_TAKER_H
#define HEDGEROW_BOOK_TAKER_H

#include "book/book.h"

enum { TASK_NONE, TASK_MATCH, TASK_MASS };
struct taker {
    u64 id, stp_key; /* from here to flags as in an order */
    u32 book, account, user;
    u8 side, tif, stp_mode, flags;
    u32 open, filled;
    i32 price;
    u32 reach; /* least rank of the other side that it trades with */
    u32 order; /* replaced orders keep their slot; 0: a new order */
    u32 task;
    u8 end; /* END_ decided, its event not yet told */
    u8 mass_scope, mass_reason, zero;
    u32 mass_account, mass_book; /* as asked */
    u32 mass_order;              /* by account: the next one to look at */
    u32 mass_at;                 /* by book: the book being emptied */
    u32 mass_side;
};
static_assert(sizeof(struct taker) == 80, "no hidden padding: the arena is hashed");
static_assert(offsetof(struct taker, open) == ORDER_NAMED, "copied as one");

#endif
