/* prints_file.h -- a series' prints read back from the CSV of `hedgerow index run --csv`.
 * Owns:   the columns taken (date, value, status, receipt) and the order of dates.
 * Never:  fills a date that is not there.
 * Always: dates rise, one row each (of a restated date the first print); value 0 is no print.
 */
#ifndef HEDGEROW_CMD_PRINTS_FILE_H
#define HEDGEROW_CMD_PRINTS_FILE_H

#include "base/hash.h"
#include "base/text.h"
#include "base/why.h"

struct print_row { Date date; i64 value; bool printed; Hash receipt; };
struct prints_file { char series[32]; struct print_row *at; u32 n; Hash file; };

/* "SERIES=FILE", or a FILE alone: then its name up to the dot is the series. */
NODISCARD Err prints_read(const char *arg, struct prints_file *out, struct why *w);
/* Several, each series once. *read: how many are to be given back, on an error too. */
NODISCARD Err prints_read_all(const char *const *args, u32 n, struct prints_file *out, u32 *read,
                              struct why *w);
void prints_give(struct prints_file *p);
/* The row of a date; NULL. */
NODISCARD const struct print_row *prints_on(const struct prints_file *p, Date d);

#endif
