/* machine.h -- journal and engine as one: a command is written down, run, and its events handed on.
 * Owns:   the engine's memory, recovery (snapshot, then replay), the sequence, snapshots and their
 *         verification by replay in a child process.
 * Never:  hands on an event as released: that is the caller's, once machine_durable_seq() covers
 *         it.
 * Always: what the engine holds is what a replay of the journal gives.
 */
#ifndef HEDGEROW_VENUE_MACHINE_H
#define HEDGEROW_VENUE_MACHINE_H

#include "engine/engine.h"
#include "journal/journal.h"
#include "journal/snapshot.h"

/* Events of one command in order, in one or more calls. */
typedef void machine_sink(void *ctx, const struct event *events, u32 n);

struct machine_options {
    const char *folder;                /* data folder: journal/ and snapshots/ in it */
    const struct cmd_genesis *genesis; /* for an empty journal; NULL: it must not be empty */
    Instant genesis_time;              /* of GENESIS; 0: the wall clock's */
    u64 events_from;     /* recovery must replay (and sink) every event from this seq on */
    u64 segment_bytes;   /* 0: the journal's default */
    bool unsafe_no_sync; /* --durability=none */
    bool helper_thread;  /* the journal writes and syncs in a thread of its own */
    machine_sink *sink;
    void *ctx;
};
struct machine_recovery {
    u64 snapshot_seq; /* 0: from the beginning */
    u64 replayed;     /* commands */
    u64 last_seq;
    bool fresh;       /* the journal was empty: GENESIS was written now */
    char notice[512]; /* a cut tail, skipped snapshots; empty if there is nothing to say */
};

struct machine;
NODISCARD Err machine_open(struct machine **out, const struct machine_options *o,
                           struct machine_recovery *r, struct why *w);
NODISCARD Err machine_close(struct machine **m, struct why *w);

/* Writes the command down as the next one and runs it. `now` below the last time is raised to it.
 * *seq is its number. ERR_NO: the disk is nearly full and the command is not essential: nothing was
 * done. ERR_IO: the journal failed: stop. */
NODISCARD Err machine_run(struct machine *m, const struct command *c, Instant now, u64 *seq,
                          struct why *w);
/* Runs CLOCK if the engine waits for a time that has come. */
NODISCARD Err machine_tick(struct machine *m, Instant now, struct why *w);
NODISCARD Err machine_flush(struct machine *m,
                            struct why *w); /* hands the open batch to the disk */
NODISCARD Err machine_drain(struct machine *m, struct why *w); /* waits until all is durable */
NODISCARD Err machine_idle(struct machine *m, struct why *w);  /* durable marks; call when idle */
NODISCARD u64 machine_durable_seq(const struct machine *m);    /* any thread */
NODISCARD bool machine_failed(const struct machine *m);        /* any thread */
NODISCARD bool machine_sync_idle(const struct machine *m); /* no sync is running: close the batch */
NODISCARD const struct engine *machine_engine(const struct machine *m);

/* Starts a snapshot in a child if none is being made; polls what runs, verifies a finished one by
 * replay from the one before (another child), then retires older ones. Call now and then.
 * ERR_NO: none was made or verified this time, and why; the machine goes on. ERR_IO: a replay
 * contradicts a snapshot: stop. */
NODISCARD Err machine_snapshot_begin(struct machine *m, struct why *w);
NODISCARD Err machine_snapshot_poll(struct machine *m, bool wait, struct why *w);

/* Replays DIR's journal without locking it: from the newest usable snapshot, or from the beginning
 * (`whole`), up to seq `to` (0: the end). */
struct replay_result {
    u64 seq, commands;
    Hash state_hash;
    u64 event_hash;
    Money ledger_sum;
    i64 elapsed_ns;
};
NODISCARD Err machine_replay(const char *folder, bool whole, u64 to, machine_sink *sink, void *ctx,
                             struct replay_result *out, struct why *w);

#endif
