/* venue.h -- the running venue: machine, read model and edge behind the release gate.
 * Owns:   the threads and channels of `serve`, or the same wiring stepped by hand for demo and sim.
 * Never:  lets an event reach a client, a listener or the store before its command is durable
 *         (but for durability none, which says so in its status).
 * Always: events arrive everywhere in the order of the journal, each once.
 *
 * Threads (options.threads): I/O is the caller's, in venue_poll(); sequencer and engine; the
 * journal's; projection. Without: everything happens inside the calls below.
 */
#ifndef HEDGEROW_VENUE_VENUE_H
#define HEDGEROW_VENUE_VENUE_H

#include "gateway/gateway.h"
#include "store/store.h"
#include "venue/machine.h"

struct venue_options {
    const char *folder;
    const struct cmd_genesis *genesis; /* for an empty journal; NULL: it must not be empty */
    const char *mode;                  /* "serve", "demo", "sim": for the status */
    bool unsafe_no_sync;               /* durability none */
    bool threads;
    bool edge;           /* open the gateway */
    bool wall_clock;     /* else venue_set_time() moves it */
    Instant clock_start; /* the clock begins there on a fresh journal; 0: at the real time */
    u64 snapshot_every;  /* commands between snapshots; 0 none */
    u64 segment_bytes;   /* of the journal; 0: its default */
    struct gateway_config gateway; /* store_path is filled in */
    /* Released events, in order (stepped venues only). */
    machine_sink *listener;
    void *listener_ctx;
};

struct venue;
NODISCARD Err venue_open(struct venue **out, const struct venue_options *o,
                         struct machine_recovery *r, struct why *w);
NODISCARD Err venue_close(struct venue **v, struct why *w);

/* The venue's time: the wall clock (never before the last command), or what was set. */
NODISCARD Instant venue_time(const struct venue *v);
void venue_set_time(struct venue *v, Instant now);

/* Hands a command to the sequencer. False: none is taken now, nothing was journaled. A threaded
 * venue takes commands without blobs only; setup runs before venue_start(). */
NODISCARD bool venue_submit(struct venue *v, const struct command *c, u64 token);
/* Stepped: the same with the command's number, at venue_time(). */
NODISCARD Err venue_do(struct venue *v, const struct command *c, u64 *seq, struct why *w);
/* The reject code of the last venue_do() or, stepped, venue_submit(); 0: it was taken. */
NODISCARD u32 venue_rejected(const struct venue *v);
/* Refusals of commands that only the operator gives (days, prints, records), as released: nobody
 * else would notice them. The latest stands in the status as "alert", and on stderr. */
struct venue_refusal { u64 count; u32 code; u16 command; };
NODISCARD struct venue_refusal venue_refusal(const struct venue *v);
/* Stepped: makes all durable, then releases it to store, gateway and listener. */
NODISCARD Err venue_release(struct venue *v, struct why *w);
/* Threaded: setup is over, the threads begin. */
NODISCARD Err venue_start(struct venue *v, struct why *w);
/* The edge's turn: sockets for at most timeout_ms, timers, releases. Without an edge it only does
 * the rest. ERR_IO: the venue failed and must be closed. */
NODISCARD Err venue_poll(struct venue *v, int timeout_ms, struct why *w);

NODISCARD struct gateway *venue_gateway(struct venue *v); /* NULL without an edge */
NODISCARD struct store *venue_store(struct venue *v);     /* stepped, or before venue_start() */
NODISCARD const struct machine *venue_machine(const struct venue *v);
void venue_set_demo(struct venue *v, const char *state, const char *demo_json); /* for the status */
struct venue_counts { u64 seq, durable_seq; Money ledger_sum; };
NODISCARD struct venue_counts venue_counts(const struct venue *v);

#endif
