/* register_file.h -- the governance register as a file: one entry a line, each chained to the last.
 * Owns:   reading it whole and judging it again, appending under a lock with a sync, torn tails.
 * Never:  edits or drops a whole line; appends to a file whose chain or rules do not hold.
 * Always: after ERR_OK of an append its lines are durable; a tail without a newline was never
 *         acknowledged, and is cut only with an entry that states its length and hash.
 */
#ifndef HEDGEROW_FEEDS_REGISTER_FILE_H
#define HEDGEROW_FEEDS_REGISTER_FILE_H

#include "base/why.h"
#include "index/register.h"

struct register_file {
    struct gov_register r;
    struct gov_entry *at;
    struct gov_item *item;
    u8 *bytes;
    u64 n;     /* bytes of the file */
    u64 whole; /* of them in whole lines; the rest is a torn tail */
    u32 line;  /* first line at fault, from 1; 0 if none */
};

/* All of it. ERR_INPUT with "FILE:LINE: field: cause" (f->line says which) if a line differs from
 * its chain or breaks a rule. A torn tail is no fault here: f->whole < f->n. */
NODISCARD Err register_load(const char *path, struct register_file *f, struct why *w);
NODISCARD Err register_parse(const char *name, const u8 *bytes, u64 n, u32 spare,
                             struct register_file *f, struct why *w);
void register_give(struct register_file *f);
/* Numbers the entries and adds them in one write. ERR_NO if a rule refuses one, ERR_INPUT if it is
 * malformed; then nothing is written. The file is made if the first entry opens it. f (may be NULL)
 * gets the register as it then stands. */
NODISCARD Err register_append(const char *path, struct gov_entry *e, u32 n, struct register_file *f,
                              struct why *w);

#endif
