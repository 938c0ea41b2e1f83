/* venue_inner.h -- the venue's own state; for venue.c and threads.c only.
 * Owns:   nothing more than venue.h says.
 * Never:  is included outside this room.
 * Always: fields without a mark belong to the I/O thread; atomics are written by the engine thread.
 */
#ifndef HEDGEROW_VENUE_VENUE_INNER_H
#define HEDGEROW_VENUE_VENUE_INNER_H

#include "sys/file.h"
#include "venue/venue.h"
#include <stdatomic.h>

struct done { u64 token, seq; };
struct threads;
struct venue {
    struct venue_options o;
    struct store *store;
    struct machine *machine;
    struct gateway *gateway;
    struct threads *threads;
    Text32 name;
    char store_path[FILE_PATH_MAX], state[16], demo_json[2048];
    Instant now;        /* stepped */
    i64 clock_ahead_ns; /* venue time less wall time */
    struct event *held; /* run, not released */
    u32 held_n, held_cap;
    struct done *done;
    u32 done_n, done_cap;
    u64 last_seq, snapshot_at;
    u32 rejected; /* stepped: code of the last command, 0 taken */
    struct venue_refusal refusal;
    char alert[128]; /* empty: none */
    bool recovering, failed;
    Err recover_err;
    struct why recover_why, failure;
    _Atomic u64 seen_seq;
    _Atomic i64 seen_sum;
};

void venue_sink(void *ctx, const struct event *events, u32 n);
void venue_publish_counts(struct venue *v);
/* Looks through released events for refusals of the operator's own commands. */
void venue_heed(struct venue *v, const struct event *events, u32 n);
/* The engine's thread: begins and polls snapshots; one that fails is said and survived. */
NODISCARD Err venue_snapshots(struct venue *v, struct why *w);

#endif
