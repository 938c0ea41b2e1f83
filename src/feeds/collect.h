/* collect.h -- asks the configured sources for their prices: recorded first, then read.
 * Owns:   the folder of a collection: raw replies by hash, one state a source, a snapshot an ask.
 * Never:  asks a source that is off, sooner than it may, or for what it missed; writes a key.
 * Always: every configured source stands in every snapshot: value, unchanged, error or not asked.
 *
 * FOLDER/raw/ab/abcd...     a whole reply as it came, named by its SHA-256, written before parsing
 * FOLDER/state/SOURCE       when asked, ETag, Last-Modified, replies, not before when
 * FOLDER/snapshots/T.jsonl  a line of what was asked, then a line a source
 * FOLDER/obs/T.obs          the observations of a snapshot that has some
 */
#ifndef HEDGEROW_FEEDS_COLLECT_H
#define HEDGEROW_FEEDS_COLLECT_H

#include "feeds/feed.h"

#define COLLECT_SOURCES_MAX 64u
enum collect_page { COLLECT_PAGE_ONE = 1, COLLECT_PAGE_LINK, COLLECT_PAGE_TOKEN };
struct collect_source {
    const char *name, *url, *body, *content_type, *page_member, *page_parameter;
    const char *key_header, *key_env, *key_file; /* "" for none */
    enum feed_format format;
    bool enabled;
    u8 rights, page;
    u32 every_s, pause_ms, timeout_s, redirects_max, pages_max;
    u64 bytes_max;
};
#define COLLECT_STATUS_LIST(X) \
    X(VALUE, "value") X(UNCHANGED, "unchanged") X(ERROR, "error") X(NOT_ASKED, "not_asked")
#define AS_COLLECT_STATUS(NAME, text) COLLECT_##NAME,
enum collect_status { COLLECT_NONE, COLLECT_STATUS_LIST(AS_COLLECT_STATUS) };
NODISCARD const char *collect_status_text(u32 status);

/* What became of one source. */
struct collect_row {
    u32 status, pages;
    i64 http;                  /* of the last page; 0: no reply */
    char detail[256];          /* why there is no value */
    Instant at;                /* when the last page was there; 0: not asked */
    Hash reply;                /* of the first page, zero: none */
    struct feed_result result; /* rows counted, not kept; given by collect_rows_give() */
};
struct collect_ask {
    const struct collect_source *sources;
    u32 n;
    const char *folder, *agent;
    const struct instances *instances;
    Hash config;
    bool dry; /* says what would be asked; touches nothing */
    void (*progress)(void *arg, const char *source, u32 page);
    void *arg;
};
struct collect_done {
    struct collect_row row[COLLECT_SOURCES_MAX];
    char snapshot[64]; /* name of the snapshot; "" when dry */
    u64 observations;
};
/* One snapshot. The record is large. Err is the folder's; what a source did stands in its row. */
NODISCARD Err collect_once(const struct collect_ask *a, struct collect_done *out, struct why *w);
void collect_rows_give(struct collect_done *d);
/* Seconds until the first enabled source may be asked again; 0: now. */
NODISCARD Err collect_wait(const struct collect_ask *a, u64 *seconds, struct why *w);

#endif
