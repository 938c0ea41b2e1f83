/* writer.h -- the journal's two halves and what lies between them; private to the room.
 * Owns:   struct journal: the sealing half (records into buffers, chain, offsets) and the disk half
 *         (segments, spare, writes, syncs), joined by a queue of sealed buffers.
 * Never:  lets the disk half look at the open buffer, or the sealing half at a file.
 * Always: buffers are written in the order sealed, each synced before the next is begun.
 */
#ifndef HEDGEROW_JOURNAL_WRITER_H
#define HEDGEROW_JOURNAL_WRITER_H

#include "journal/cursor.h"
#include "sys/process.h"
#include <stdatomic.h>

#define BUFFERS 4u

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
    /* the sealing half: where the chain will stand when all that was sealed is written */
    u64 next_seq, segment_number, segment_bytes, at;
    i64 time;
    Hash hash;
    bool marked; /* the last batch sealed is a mark, or there is none */
    u32 sealing; /* buffers[sealing % BUFFERS] is being filled */
    struct buffer buffers[BUFFERS];
    u64 quiet_since, quiet_batches, space_tried_at; /* journal_idle */
    /* between the halves */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    u32 written; /* buffers written, counted as `sealing` is; guarded by lock */
    bool stop;
    struct why failure;
    struct journal_head head;
    struct journal_counts counts;
    _Atomic u64 durable;
    _Atomic bool failed, low_space;
    /* the disk half */
    File lock_file, f;
    struct thread helper, spare_thread;
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
/* The sealing half's header for a segment that starts now; sets hash, at, number. */
void segment_plan(struct journal *j, u8 block[JOURNAL_BLOCK]);
/* Scans, cuts a torn tail, opens the last segment at its end, or begins the first. */
NODISCARD Err journal_recover(struct journal *j, struct journal_found *found, struct why *w);

#endif
