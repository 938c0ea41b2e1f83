/* series.h -- a benchmark series over a loaded log, with the memory that the index room is brought.
 * Owns:   the sizes and the block of memory of one struct index.
 * Never:  copies observations: the log, the methodology and the registry rows must outlive it.
 * Always: a series starts at its methodology's effective_from, whatever dates are asked for.
 */
#ifndef HEDGEROW_FEEDS_SERIES_H
#define HEDGEROW_FEEDS_SERIES_H

#include "feeds/feed.h"
#include "index/index.h"

struct series { struct index *index; u8 *memory; u64 bytes; };

NODISCARD Err series_open(struct series *s, const struct methodology *m, const struct owner *rows,
                          u32 rows_n, struct obs_log *log, struct why *w);
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
