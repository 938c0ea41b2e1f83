/* cursor.h -- walks a journal's batches forward and judges what it meets; private to the room.
 * Owns:   the list of segments, the read window, the verdict on damage (torn or refused).
 * Never:  writes, or steps over anything that does not check.
 * Always: after CURSOR_BATCH the chain, seq and time are those at the end of that batch.
 */
#ifndef HEDGEROW_JOURNAL_CURSOR_H
#define HEDGEROW_JOURNAL_CURSOR_H

#include "journal/format.h"
#include "sys/file.h"

#define SEGMENTS_MAX 10000000u
#define WINDOW_BYTES BATCH_BYTES_MAX

enum cursor_step { CURSOR_BATCH, CURSOR_END, CURSOR_BAD };

struct cursor {
    char folder[FILE_PATH_MAX];
    u32 segments, i;            /* numbers 1..segments are there; the i-th (from 0) is open */
    bool missing;               /* a number between is not */
    bool chain, records, quick; /* check hashes; check records; do not look behind the end */
    File f;
    struct segment_header segment;
    u64 file_bytes, at, next_seq;
    i64 time;
    Hash hash;
    struct batch_header batch; /* the one stepped over last; its bytes until the next step */
    const u8 *bytes;
    u8 *window;
    u64 window_at, window_n;
    struct journal_found *found;
};

void segment_name(char to[32], u64 number);
/* found is the caller's and is filled as the cursor goes. */
NODISCARD Err cursor_open(struct cursor *c, const char *folder, struct journal_found *found,
                          struct why *w);
void cursor_close(struct cursor *c);
/* To the start of the last segment whose first seq is <= seq; before the first step only. */
NODISCARD Err cursor_seek(struct cursor *c, u64 seq, struct why *w);
/* CURSOR_END: nothing more. CURSOR_BAD: found->state says torn or damaged, and where. */
NODISCARD Err cursor_step(struct cursor *c, enum cursor_step *step, struct why *w);
/* Forgets what was read ahead: a writer may have written since. Looks for new segments. */
NODISCARD Err cursor_refresh(struct cursor *c, struct why *w);
/* Is the block at the cursor the header of a whole unit, or is there a later segment? */
NODISCARD Err cursor_covered(struct cursor *c, bool *covered, struct why *w);

#endif
