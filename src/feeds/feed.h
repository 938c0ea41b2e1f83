/* feed.h -- from somebody's table of prices to recorded observations, row by row, in order.
 * Owns:   the formats: generic CSV (our column names, or a mapping) and the gpu_offers form.
 * Never:  repairs a row: it is taken, skipped by a stated rule, or refused with a code and kept
 *         raw.
 * Always: taken + skipped + refused = rows; the reply is hashed whole before a row is read.
 */
#ifndef HEDGEROW_FEEDS_FEED_H
#define HEDGEROW_FEEDS_FEED_H

#include "base/why.h"
#include "index/methodology.h"
#include "index/observation.h"

#define FEED_BYTES_MAX (UINT64_C(1) << 32)
#define FEED_MAPS_MAX 64u
#define FEED_RAW_MAX 1024u
#define FEED_REGISTRY_NAMES (2 * OWNERS_MAX)

/* X(FORMAT, its form, name, meaning) */
#define FEED_FORMAT_LIST(X) \
    X(GENERIC, generic, "generic", "CSV with our column names, or mapped to them") \
    X(GPU_OFFERS, gpu_offers, "gpu_offers", "CSV of posted prices and offers, one a day")
#define AS_FEED_FORMAT(NAME, form, name, text) FEED_##NAME,
enum feed_format { FEED_NONE, FEED_FORMAT_LIST(AS_FEED_FORMAT) FEED_FORMATS };
NODISCARD enum feed_format feed_format_of(Str name); /* FEED_NONE when there is no such */

/* Their column -> ours; ours "-" leaves a column out. */
struct feed_map { const char *theirs, *ours; };
/* A row that made no observation: journaled as it was. */
struct feed_refused { u32 line; u8 code; char column[24]; char cause[64]; char raw[FEED_RAW_MAX]; };
struct feed_count { u32 source; u64 refused; }; /* name id */
struct feed_result {
    u64 rows, taken, duplicates, rounded;
    u64 refused_n, by_code[OBS_REJECT_COUNT];
    struct feed_refused *refused; /* malloc'd; the first FEED_KEPT of them */
    u32 kept;
    struct feed_count by_source[64];
    u32 sources;
};
#define FEED_KEPT 65536u

/* A log in memory from malloc-like pages of its own. */
struct feed_log { struct obs_log log; u8 *memory; u64 bytes; };
/* `names` of the records; room for a registry's names is added. */
NODISCARD Err feed_log_take(struct feed_log *l, u64 records, u64 names, u64 refs, struct why *w);
void feed_log_give(struct feed_log *l);
void feed_result_give(struct feed_result *r);

/* Reads one CSV file into a new log. ERR_INPUT with "file:line: column: cause" when the header is
 * not of the format; bad rows are counted, not errors. */
NODISCARD Err feed_read(enum feed_format format, const char *path, const struct feed_map *maps,
                        u32 maps_n, struct feed_log *out, struct feed_result *r, struct why *w);
/* The same over bytes in memory (tests, fuzzing). */
NODISCARD Err feed_parse(enum feed_format format, const char *name, const char *bytes, u64 n,
                         const struct feed_map *maps, u32 maps_n, struct feed_log *out,
                         struct feed_result *r, struct why *w);
/* Which format has this header; FEED_NONE. */
NODISCARD enum feed_format feed_guess(const char *bytes, u64 n);
/* Several logs into one: by t_journal, then input, then position; obs_ids anew. Sources are
 * given. */
NODISCARD Err feed_merge(struct feed_log *in, u32 n, struct feed_log *out, struct why *w);

#endif
