/* channel.h -- bounded one-way queues between two threads, over Concurrency Kit's ck_ring.
 * Owns:   a fixed number of equal slots that travel from one producer to one consumer and back.
 * Never:  allocates after channel_open(), and never grows: a full channel is the sender's policy.
 * Always: slots arrive in the order they were sent, each once.
 */
#ifndef HEDGEROW_VENUE_CHANNEL_H
#define HEDGEROW_VENUE_CHANNEL_H

#include "base/why.h"

struct channel; /* one producer thread, one consumer thread */
NODISCARD Err channel_open(struct channel **out, u32 slots, u32 slot_bytes, struct why *w);
void channel_close(struct channel **c);

/* Producer: a free slot to fill, NULL when all are under way; then send it. */
NODISCARD void *channel_slot(struct channel *c);
void channel_send(struct channel *c, void *slot);
/* Consumer: the oldest slot sent, NULL when there is none; give it back when read. */
NODISCARD void *channel_peek(struct channel *c);
void channel_done(struct channel *c);
/* Any thread: was anything sent that is not done? */
NODISCARD bool channel_idle(const struct channel *c);

/* Sleeping until there is something to do: the waiter looks at its channels, then bell_wait()s; a
 * producer rings after sending. A ring between the look and the wait is not lost. */
struct bell;
NODISCARD Err bell_open(struct bell **out, struct why *w);
void bell_close(struct bell **b);
NODISCARD u32 bell_heard(const struct bell *b); /* take before looking at the channels */
void bell_wait(struct bell *b, u32 heard, u64 ns_max);
void bell_ring(struct bell *b);

#endif
