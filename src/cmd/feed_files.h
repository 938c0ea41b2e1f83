/* feed_files.h -- what the verbs of `hedgerow feed` share.
 * Owns:   the catalogue's loading, the words about rows and counts.
 * Never:  reads a format: the feeds room does.
 * Always: stdout has the counts, stderr the rows.
 */
#ifndef HEDGEROW_CMD_FEED_FILES_H
#define HEDGEROW_CMD_FEED_FILES_H

#include "cmd/cmd.h"
#include "config/feeds.h"
#include "feeds/feed.h"

/* malloc'd; path NULL: the shipped one. */
NODISCARD Err feed_instances(const char *path, struct instances **out, struct why *w);
void feed_say_rows(const char *path, const struct feed_result *r, bool all);
void feed_print_counts(const struct feed_result *r, u32 files, bool as_json);
int feed_run_collect(int argc, char **argv); /* the verbs */
int feed_run_show(int argc, char **argv);

#endif
