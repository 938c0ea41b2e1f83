/* row.h -- one row of a table on its way to an observation; this room's files only.
 * Owns:   the cells by column of the format, and where a fault lies.
 * Never:  outlives the row.
 * Always: a row function fills *o or says code, column and cause.
 */
#ifndef HEDGEROW_FEEDS_ROW_H
#define HEDGEROW_FEEDS_ROW_H

#include "feeds/feed.h"

struct feed_column { const char *name; bool needed; };
struct feed_row {
    const Str *cell; /* by column of the format; empty for a column that is not there */
    struct obs_log *log;
    u32 file_ref; /* SHA-256 of the whole reply */
    u8 code;      /* OBS_REJECT, 0 fine */
    const char *column, *cause;
    bool rounded;
};
struct feed_form {
    const struct feed_column *columns;
    u32 columns_n;
    void (*read)(struct feed_row *r, struct observation *o);
};
extern const struct feed_form feed_form_generic, feed_form_gpu_offers;

/* Says what is wrong; returns false. The first fault stands. */
static inline bool row_fault(struct feed_row *r, u8 code, const char *column, const char *cause)
{
    if (!r->code) r->code = code, r->column = column, r->cause = cause;
    return false;
}
/* Interns a cell; "" is none. */
NODISCARD bool row_name(struct feed_row *r, u32 column, const char *name, u32 *id);
/* A decimal price to micros: half-even; more than 12 digits after the point are flagged. */
NODISCARD bool row_price(struct feed_row *r, Str s, const char *name, struct observation *o);
/* RFC 3339 with Z, or a day (then 00:00Z and the quality NO_TIME). */
NODISCARD bool row_time(struct feed_row *r, Str s, const char *name, i64 *ns, u32 *quality);
NODISCARD bool row_u16(struct feed_row *r, Str s, const char *name, u16 *out);

#endif
