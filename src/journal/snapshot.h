/* snapshot.h -- the core's arena on disk, so that a restart need not replay from the beginning.
 * Owns:   snapshot files: pages with checksums, state hash, seq, GENESIS, the layout's build id.
 * Never:  is trusted against the journal: a snapshot that fails a check is skipped with a warning.
 * Always: a file with its final name is whole; at least two are kept; one is published only when
 *         its seq is durable in the journal.
 */
#ifndef HEDGEROW_JOURNAL_SNAPSHOT_H
#define HEDGEROW_JOURNAL_SNAPSHOT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/why.h"
#include "sys/process.h"

#define SNAPSHOT_GENESIS_MAX 1024u
struct snapshot_info {
    u64 seq;         /* the last command in it */
    Instant now;     /* the engine's time */
    u64 event_hash;  /* the engine's; 0 if not kept */
    Hash state_hash; /* arena_hash(); filled by the writer */
    u64 arena_bytes; /* capacity to bring; filled by the writer */
    u64 used_bytes;  /* filled by the writer */
    char build[48];  /* layout's build id; filled by the writer */
    u32 genesis_n, zero;
    u8 genesis[SNAPSHOT_GENESIS_MAX]; /* command_encode() of GENESIS */
};

/* A child process writes; the caller goes on. The engine must stand between two commands. */
struct snapshot_job {
    struct child child;
    u64 seq;
    bool running;
    char folder[512];
}; /* zero at first */
NODISCARD Err snapshot_begin(struct snapshot_job *job, const char *folder, const u8 *arena,
                             const struct snapshot_info *info, struct why *w);
/* *done once the child ended and durable_seq covers it (then it is published). ERR_IO: it failed,
 * the job is over, nothing is left behind. wait: blocks for the child. */
NODISCARD Err snapshot_poll(struct snapshot_job *job, u64 durable_seq, bool wait, bool *done,
                            struct why *w);
/* Kills the child and removes what it wrote; nothing happens when none runs. */
void snapshot_abandon(struct snapshot_job *job);
/* The same in the caller's own time, published at once. */
NODISCARD Err snapshot_write(const char *folder, const u8 *arena, const struct snapshot_info *info,
                             struct why *w);

/* Removes what a writer killed half-way left; at start only, no job running. */
NODISCARD Err snapshot_sweep(const char *folder, struct why *w);
/* Seqs of the snapshots there, oldest first; the newest max of them. No folder: none. */
NODISCARD Err snapshot_list(const char *folder, u64 *seqs, u32 max, u32 *n, struct why *w);
/* Header only: what to take and which GENESIS. ERR_NO: unusable, the sentence says why. */
NODISCARD Err snapshot_info_read(const char *folder, u64 seq, struct snapshot_info *out,
                                 struct why *w);
/* A snapshot that a replay contradicts: renamed, so that no start takes it, and kept for study. */
NODISCARD Err snapshot_set_aside(const char *folder, u64 seq, struct why *w);
/* Into zeroed arena bytes of info.arena_bytes. Page checksums always; whole: also the state hash.
 * ERR_NO: damaged; the arena's bytes are then undefined. */
NODISCARD Err snapshot_load(const char *folder, u64 seq, bool whole, u8 *arena, u64 arena_bytes,
                            struct snapshot_info *out, struct why *w);
/* Removes those older than verified_seq (a snapshot that a replay from the one before has
 * confirmed), always keeping the newest `keep` (at least 2). */
NODISCARD Err snapshot_retire(const char *folder, u64 verified_seq, u32 keep, u32 *removed,
                              struct why *w);

#endif
