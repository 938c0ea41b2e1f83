/* series.h -- a benchmark series over a loaded log, with the memory that the index room is brought.
 * Owns:   the sizes and the block of memory of one struct index.
 * Never:  copies observations: the log, the methodology and the registry rows must outlive it.
 * Always: a series starts at its methodology's effective_from, whatever dates are asked for.
 */
#ifndef HEDGEROW_FEEDS_SERIES_H
#define HEDGEROW_FEEDS_SERIES_H

#include "feeds/feed.h"
#include "index/index.h"

struct series {
    struct index *index;
    u8 *memory;
    u64 bytes;
    const struct methodology *now, *later; /* in force; versions still to come, in order */
    u32 later_n;
};

NODISCARD Err series_open(struct series *s, const struct methodology *m, const struct owner *rows,
                          u32 rows_n, struct obs_log *log, struct why *w);
/* Versions of one methodology in order: each takes over on its effective_from. They must outlive
 * the series. */
NODISCARD Err series_open_versions(struct series *s, const struct methodology *m, u32 n,
                                   const struct owner *rows, u32 rows_n, struct obs_log *log,
                                   struct why *w);
/* The methodology that index_next_date() will be printed under. */
NODISCARD const struct methodology *series_rules(const struct series *s);
/* For a log that will grow: at most `records` looked at by one print. */
NODISCARD Err series_open_for(struct series *s, const struct methodology *m,
                              const struct owner *rows, u32 rows_n, struct obs_log *log,
                              u32 records, struct why *w);
void series_close(struct series *s);
/* The next date's print; with a sink its receipt's text goes there. */
NODISCARD Err series_print(struct series *s, const struct index_sink *sink, struct print *out,
                           struct why *w);
/* The next version of the date printed last: none if nothing is due (index_restate_due). *is_new
 * tells whether it moved enough to be one. */
NODISCARD Err series_restate(struct series *s, const struct index_sink *sink, struct print *out,
                             bool *is_new, struct why *w);
/* Prints up to and including `date`; *out is that of `date`. ERR_INPUT if it has gone by. */
NODISCARD Err series_print_date(struct series *s, Date date, const struct index_sink *sink,
                                struct print *out, struct why *w);

#endif
