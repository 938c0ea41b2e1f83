/* journal.h -- the venue's memory: every input in order, on stable storage before its answer
 * leaves.
 * Owns:   segments, batches, records, the hash chain, group commit, the durable mark, recovery.
 * Never:  retries a failed sync, repairs silently, or writes a byte of a batch before the sync of
 *         the one before has returned.
 * Always: what is at or below journal_durable_seq() is found again by every later journal_open().
 *
 * Format: see README.md. Threads: one caller at a time for the writer, except
 * journal_durable_seq(), journal_failed() and journal_low_space(), which any thread may ask.
 */
#ifndef HEDGEROW_JOURNAL_JOURNAL_H
#define HEDGEROW_JOURNAL_JOURNAL_H

#include "base/hash.h"
#include "base/why.h"

#define JOURNAL_FORMAT_VERSION 1u
#define JOURNAL_BLOCK 4096u
#define JOURNAL_PAYLOAD_MAX 66560u              /* >= MSG_BYTES_MAX */
#define JOURNAL_SEGMENT_BYTES (64u << 20)       /* default */
#define JOURNAL_SEGMENT_BYTES_MIN \
    (32u << 10) /* tests: below 128 KiB the largest record does not fit */
#define JOURNAL_SEGMENT_BYTES_MAX (1u << 30)
#define JOURNAL_BATCH_RECORDS 256u
#define JOURNAL_BATCH_BYTES (64u << 10)
#define JOURNAL_MARK_AFTER_NS UINT64_C(5000000) /* idle this long after a sync: durable mark */

/* One input. The payload is the command's bytes (command_encode), the type its enum
 * command_type. */
struct journal_record {
    u64 seq; /* dense from 1 */
    Instant time;
    u32 type, n;
    const u8 *payload;
};
struct journal_head { u64 seq; Hash hash; }; /* last record and the chain's hash over its batch */

struct journal_config {
    const char *folder;  /* made if it is not there */
    u64 segment_bytes;   /* 0: JOURNAL_SEGMENT_BYTES; for new segments */
    u32 batch_records;   /* 0: JOURNAL_BATCH_RECORDS */
    u32 batch_bytes;     /* 0: JOURNAL_BATCH_BYTES */
    u32 contract_set;    /* version, written in segment headers */
    bool must_exist;     /* an empty folder is an error */
    bool unsafe_no_sync; /* --durability=none, and the bench's comparison */
    bool helper_thread;  /* threads seal and write while the caller fills, and lay out spares */
    u64 scan_from;       /* seq of the snapshot in use: segments that end before it are not read
                           again (0: the whole journal); journal_scan() always reads all */
    struct journal_head known; /* a head kept elsewhere; seq 0: none. Below it nothing may be cut */
};

/* What a scan found. `text` is one sentence, empty if there is nothing to say. */
enum journal_state {
    JOURNAL_SOUND,
    JOURNAL_TORN,    /* the last batch was being written: cut there on open */
    JOURNAL_DAMAGED, /* anything else: refused */
};
struct journal_found {
    enum journal_state state;
    u64 first, last; /* seq; 0 0 when empty */
    Instant last_time;
    Hash head;
    u64 batches, marks, segments;
    u64 marked; /* highest seq covered by a later batch or mark */
    /* torn or damaged: where */
    char file[64];
    u64 offset, seq;  /* seq: the first record not readable */
    u64 cut_bytes;    /* torn: bytes after the last good batch */
    u32 cut_records;  /* torn: records the torn batch's header names; 0 if unreadable */
    bool like_a_tear; /* false: whole sectors are there but differ: rot, not a crash */
    Hash want, got;   /* damaged: chain hash wanted and found */
    char text[512];
};

struct journal;
/* Locks, scans, cuts a torn tail (and says so in found->text), refuses damage (ERR_IO, found
 * filled). Sentences begin with JOURNAL_BUSY, JOURNAL_DAMAGED, JOURNAL_FULL or JOURNAL_IO. */
NODISCARD Err journal_open(struct journal **out, const struct journal_config *c,
                           struct journal_found *found, struct why *w);
/* Flushes, writes the last mark, unlocks. Frees *j whatever happens. */
NODISCARD Err journal_close(struct journal **j, struct why *w);
void journal_abandon(struct journal **j); /* as a crash would: nothing more is written */

enum journal_put {
    JOURNAL_TAKEN,
    JOURNAL_BATCH_FULL, /* flush, then offer it again */
    JOURNAL_NO_SPACE,   /* the reserve is being used: only essential records are taken */
};
/* Copies the record into the open batch. seq must be the next one, time not before the last. */
NODISCARD enum journal_put journal_append(struct journal *j, const struct journal_record *r,
                                          bool essential);
/* Writes the open batch and syncs; on return all appended is durable. Nothing open: nothing done.
 * With helper_thread: hands the batch over, waits only for a free buffer; journal_drain() waits
 * all. */
NODISCARD Err journal_flush(struct journal *j, struct why *w);
NODISCARD Err journal_drain(struct journal *j, struct why *w);
/* Call when idle, at least every few ms: writes the durable mark once the journal was idle for
 * JOURNAL_MARK_AFTER_NS, tries again for space. now: a monotonic clock. */
NODISCARD Err journal_idle(struct journal *j, u64 now_monotonic_ns, struct why *w);
/* Writes the durable mark now, if the last batch has none. */
NODISCARD Err journal_mark(struct journal *j, struct why *w);

NODISCARD u64 journal_next_seq(const struct journal *j);    /* of the next append */
NODISCARD u64 journal_durable_seq(const struct journal *j); /* any thread */
NODISCARD bool journal_failed(const struct journal *j);     /* any thread: stop, exit 4 */
NODISCARD bool journal_low_space(const struct journal *j);  /* any thread: refuse new inputs */
NODISCARD bool journal_in_flight(const struct journal *j);  /* a sync is running (helper_thread) */
NODISCARD struct journal_head journal_head(const struct journal *j); /* durable */
struct journal_counts { u64 batches, marks, records, bytes, syncs, segments; };
NODISCARD struct journal_counts journal_counts(const struct journal *j);

/* ---- reading: needs no lock, changes nothing ---- */

/* Scans everything: every checksum, the chain, every byte of padding and of the unused rest.
 * ERR_OK when it could be read (look at found->state), ERR_IO when it could not. */
NODISCARD Err journal_scan(const char *folder, const struct journal_head *known,
                           struct journal_found *found, struct why *w);

struct journal_reader;
struct journal_read_config {
    const char *folder;
    u64 from;    /* first seq wanted; 0 is 1 */
    bool chain;  /* check the SHA-256 chain too, not only the checksums */
    bool ahead;  /* a thread reads and checks while the caller works on what it has */
    bool follow; /* a writer may be at work: an unfinished tail is "not yet" */
};
NODISCARD Err journal_read_open(struct journal_reader **out, const struct journal_read_config *c,
                                struct why *w);
/* *got false: the end (or, following, nothing durable more yet). The payload lives until the next
 * call. */
NODISCARD Err journal_read(struct journal_reader *r, struct journal_record *out, bool *got,
                           struct why *w);
NODISCARD u64
journal_read_seq(const struct journal_reader *r); /* last seq passed, handed out or not */
void journal_read_close(struct journal_reader **r);

#endif
