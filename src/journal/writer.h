/* writer.h -- the journal's three stages and what lies between them; private to the room.
 * Owns:   struct journal: filling (records into a buffer), sealing (offsets, checksums, the chain)
 *         and the disk (segments, spare, writes, syncs); with helpers each is a thread, else one
 *         call.
 * Never:  lets a stage look at a buffer that is not its own, or the first two at a file.
 * Always: buffers are sealed and written in the order filled, each synced before the next is begun.
 */
#ifndef HEDGEROW_JOURNAL_WRITER_H
#define HEDGEROW_JOURNAL_WRITER_H

#include "journal/cursor.h"
#include "sys/process.h"
#include <stdatomic.h>

#define BUFFERS 6u

struct buffer { /* one batch */
    u8 *bytes;
    struct batch_header h;
    bool roll; /* begins the segment whose header is in segment_block */
    u64 segment_number, segment_bytes;
    u8 segment_block[JOURNAL_BLOCK];
};

struct journal {
    struct journal_config config;
    char folder[FILE_PATH_MAX];
    struct buffer buffers[BUFFERS];
    /* filling */
    u64 next_seq;
    i64 time;
    bool marked; /* the last batch handed over is a mark, or there is none */
    u64 quiet_since, quiet_batches, space_tried_at; /* journal_idle */
    /* sealing: where the chain will stand when all that was sealed is written */
    u64 segment_number, segment_bytes, at;
    Hash hash;
    /* between the stages, guarded by lock: batches so far; buffers[filled % BUFFERS] is open */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    u32 filled, sealed, written;
    bool stop;
    struct why failure;
    struct journal_head head;
    struct journal_counts counts;
    _Atomic u64 durable;
    _Atomic bool failed, low_space;
    /* the disk */
    File lock_file, f;
    struct thread sealer, writer, spare_thread;
    _Atomic bool spare;
};

/* Lays out the next segment's file, zero-written and synced. Out of space: j->low_space, no
 * error. */
NODISCARD Err spare_make(struct journal *j, struct why *w);
/* The same, on its own thread if the journal has helpers. */
NODISCARD Err spare_begin(struct journal *j, struct why *w);
NODISCARD Err spare_wait(struct journal *j, struct why *w);
/* Gives the spare the header and its name, opens it as j->f. */
NODISCARD Err segment_begin(struct journal *j, u64 number, const u8 block[JOURNAL_BLOCK],
                            struct why *w);
/* Sealing: the header of a segment that starts now with first_seq; sets hash, at, number. */
void segment_plan(struct journal *j, u64 first_seq, u8 block[JOURNAL_BLOCK]);
/* Scans, cuts a torn tail, opens the last segment at its end, or begins the first. */
NODISCARD Err journal_recover(struct journal *j, struct journal_found *found, struct why *w);

#endif
