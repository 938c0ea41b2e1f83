/* outbox.h -- where the core's rooms put their events, in order; the caller owns the memory.
 * Owns:   nothing but the count: the array is the caller's.
 * Never:  grows. A step stops at a safe place when outbox_room() is short and is resumed later.
 * Always: event i of a command has index i, over all steps of that command.
 */
#ifndef HEDGEROW_MSG_OUTBOX_H
#define HEDGEROW_MSG_OUTBOX_H

#include "msg/msg.h"

#define OUTBOX_EVENTS_MAX 4096u /* of one step (trading.md section 15) */

struct outbox {
    struct event *events;
    u32 n, cap;     /* cap >= the worst case of one indivisible action */
    u64 seq;        /* of the command at work */
    u32 next_index; /* of the next event within the command */
};

NODISCARD static inline u32 outbox_room(const struct outbox *o) { return o->cap - o->n; }

/* The next event, its fields zero: the caller fills the member of its type. */
NODISCARD static inline struct event *outbox_add(struct outbox *o, u32 type)
{
    ASSERT(o->n < o->cap);
    ASSERT(type > EVT_NONE && type < EVT_COUNT);
    struct event *e = &o->events[o->n++];
    memset(e, 0, sizeof *e);
    e->seq = o->seq, e->index = o->next_index++, e->type = type;
    return e;
}

#endif
