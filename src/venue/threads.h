/* threads.h -- the threads of `serve`: engine and projection; the I/O thread is the caller's.
 * Owns:   the channels between them, the release gate on their reading ends, the stop.
 * Never:  shares the machine (engine thread), the store (projection) or the gateway (I/O).
 * Always: a reader takes a parcel only when the journal's durable seq covers it.
 */
#ifndef HEDGEROW_VENUE_THREADS_H
#define HEDGEROW_VENUE_THREADS_H

#include "venue/venue.h"

struct threads;
NODISCARD Err threads_start(struct threads **out, struct venue *v, struct why *w);
NODISCARD Err threads_stop(struct threads **t,
                           struct why *w); /* runs and releases what was taken */
NODISCARD bool threads_submit(struct threads *t, const struct command *c, u64 token);
void threads_sink(struct threads *t, const struct event *events, u32 n);
NODISCARD Err threads_poll(struct threads *t, int timeout_ms, struct why *w);

#endif
