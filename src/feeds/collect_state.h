/* collect_state.h -- the files of a collection's folder; this room's only.
 * Owns:   raw replies by hash, a source's state, the lines of a snapshot.
 * Never:  changes a raw reply once it is there; believes one whose hash is another.
 * Always: a file is whole or not there.
 */
#ifndef HEDGEROW_FEEDS_COLLECT_STATE_H
#define HEDGEROW_FEEDS_COLLECT_STATE_H

#include "feeds/collect.h"

#define COLLECT_URL_MAX 2048u
#define COLLECT_REPLIES_MAX 16u /* more pages than that are asked for anew each time */
struct collect_state {
    Instant asked, not_before;
    char etag[256], modified[64];
    Hash replies[COLLECT_REPLIES_MAX]; /* of the last whole answer */
    u32 replies_n;
};

NODISCARD Err collect_folders(const char *folder, struct why *w);
/* Zeroes where there is none, or it is of another address. */
NODISCARD Err collect_state_read(const char *folder, const char *source, const char *url,
                                 struct collect_state *out, struct why *w);
NODISCARD Err collect_state_write(const char *folder, const char *source, const char *url,
                                  const struct collect_state *s, struct why *w);
/* Their text: false when it is none of ours. */
NODISCARD bool collect_state_parse(Str text, const char *url, struct collect_state *out);
void collect_state_put(const struct collect_state *s, const char *url, struct text *t);
NODISCARD Err collect_raw_write(const char *folder, Hash h, const u8 *bytes, u64 n, struct why *w);
NODISCARD Err collect_raw_read(const char *folder, Hash h, u8 **bytes, u64 *n, struct why *w);
/* The observations, if there are some, then the snapshot's lines. Names it in done->snapshot. */
NODISCARD Err collect_snapshot_write(const struct collect_ask *a, struct collect_done *done,
                                     const struct obs_log *log, const struct feed_result *all,
                                     Instant at, struct why *w);

#endif
