/* reading.h -- one reading of one reply: what the CSV and the JSON reader share; this room's only.
 * Owns:   the counts, what was seen before, the rows kept as they were, the line of origin.
 * Never:  knows a format.
 * Always: every row ends in exactly one of take, skip, refuse.
 */
#ifndef HEDGEROW_FEEDS_READING_H
#define HEDGEROW_FEEDS_READING_H

#include "feeds/csv.h"
#include "feeds/row.h"

struct reading {
    const char *name;
    const struct feed_form *form;
    const struct feed_ask *ask;
    struct feed_log *out;
    struct feed_result *r;
    struct refs *seen;
    struct why *why;
    Err err; /* the first that item functions met: the world's, or a full table */
    Hash reply, identity;
    u32 file_ref;
    /* CSV */
    struct csv *csv;
    u32 at[CSV_CELLS_MAX];       /* file's column -> form's column + 1, 0: left out */
    Str constant[CSV_CELLS_MAX]; /* by the form's column */
    u32 columns;
    /* JSON */
    void *state;  /* malloc'd by the format */
    bool rounded; /* the price of the row in hand lost digits */
};

/* What rows of this reply are called before their own bytes: format, source, header. */
void reading_identity(struct reading *d, Str header);
/* True if these bytes were not seen before; d->err if there is no more room to remember. */
NODISCARD bool reading_first(struct reading *d, Str raw);
NODISCARD bool reading_first_keyed(struct reading *d, Str key, Str raw);
NODISCARD Err reading_take(struct reading *d, u32 line, Str raw, const struct observation *o,
                           bool rounded);
NODISCARD Err reading_skip(struct reading *d, u32 line, u32 rule, Str name);
NODISCARD Err reading_refuse(struct reading *d, u32 line, Str raw, u32 source, u8 code,
                             const char *column, const char *cause);
NODISCARD Err reading_origin(struct reading *d);
NODISCARD Err json_read(struct reading *d, const char *bytes, u64 n);

#endif
