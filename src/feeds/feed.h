/* feed.h -- from somebody's prices to recorded observations, row by row, in order.
 * Owns:   the table of formats, what a reading is asked with, what became of every row.
 * Never:  repairs a row: it is taken, skipped by a stated rule, or refused with a code and kept
 *         raw.
 * Always: taken + skipped + refused = rows (a row or item of several prices counts as
 *         several); the reply is hashed whole before a row is read.
 */
#ifndef HEDGEROW_FEEDS_FEED_H
#define HEDGEROW_FEEDS_FEED_H

#include "base/why.h"
#include "contract/instances.h"
#include "index/methodology.h"
#include "index/observation.h"

#define FEED_BYTES_MAX (UINT64_C(1) << 32)
#define FEED_MAPS_MAX 64u
#define FEED_RAW_MAX 1024u
#define FEED_REGISTRY_NAMES (2 * OWNERS_MAX)

/* X(FORMAT, its form, name, needs the time of fetching, meaning). A new format is a row here and a
 * feed_form_FORM in its own file (row.h). */
#define FEED_FORMAT_LIST(X) \
    X(GENERIC, generic, "generic", false, "CSV with our column names, or mapped to them") \
    X(GPU_OFFERS, gpu_offers, "gpu_offers", false, "CSV of posted prices and offers, one a day") \
    X(AWS_SPOT, aws_spot, "aws_spot", true, "AWS describe-spot-price-history, JSON") \
    X(AZURE_RETAIL, azure_retail, "azure_retail", true, "Azure retail prices, JSON page") \
    X(VAST, vast, "vast", true, "Vast offers, JSON or JSONL") \
    X(RUNPOD, runpod, "runpod", true, "RunPod gpuTypes, JSON") \
    X(LAMBDA, lambda, "lambda", true, "Lambda instance types, JSON") \
    X(OPENROUTER, openrouter, "openrouter", true, "OpenRouter models or endpoints, JSON") \
    X(LITELLM, litellm, "litellm", true, "LiteLLM price map, JSON") \
    X(SILICON_DAILY, silicon_daily, "silicon_daily", false, "CSV of daily prices by provider") \
    X(TOKEN_PRICES, token_prices, "token_prices", false, "CSV of token prices, a row a change")
#define AS_FEED_FORMAT(NAME, form, name, timed, text) FEED_##NAME,
enum feed_format { FEED_NONE, FEED_FORMAT_LIST(AS_FEED_FORMAT) FEED_FORMATS };
NODISCARD enum feed_format feed_format_of(Str name); /* FEED_NONE when there is no such */
NODISCARD const char *feed_format_name(enum feed_format f);
NODISCARD const char *feed_format_text(enum feed_format f);
NODISCARD bool feed_format_timed(enum feed_format f); /* asks need `at` */
NODISCARD bool feed_format_json(enum feed_format f);

/* Their column -> ours; ours "-" leaves a column out. */
struct feed_map { const char *theirs, *ours; };
/* Our column, where they have none: the same text in every row. */
struct feed_constant { const char *ours, *value; };

/* Rows already read, by (format, source, key, raw bytes): pages of one fetch share them. */
struct feed_seen { struct refs rows; u8 *memory; u64 bytes; };
NODISCARD Err feed_seen_take(struct feed_seen *s, u64 rows, struct why *w);
void feed_seen_give(struct feed_seen *s);

/* How a reply is read. Zeroes: nothing known. */
struct feed_ask {
    enum feed_format format;
    const struct feed_map *maps;
    u32 maps_n;
    const struct feed_constant *constants;
    u32 constants_n;
    Instant at;         /* when the reply was fetched; formats that are timed need it */
    Instant since;      /* change records before it are skipped as OLD; 0: none is */
    u8 rights;          /* stated by who configures the source; 0: unknown */
    const char *source; /* name of the feed; NULL: the format's own */
    const struct instances *instances; /* NULL: every machine type is unmapped */
    struct feed_seen *seen;            /* NULL: this reply alone */
};

/* Rules by which a row makes no observation and no fault. */
#define FEED_SKIP_LIST(X) \
    X(DUPLICATE, "DUPLICATE", "the same source, key and bytes stood before") \
    X(NOT_OFFERED, "NOT_OFFERED", "the source states 0: not offered") \
    X(NO_DATA, "NO_DATA", "the source states null: no data") \
    X(NO_PRICE, "NO_PRICE", "no price per token: per image, second or character only") \
    X(NO_TERM, "NO_TERM", "a commitment that is no term of ours") \
    X(OTHER_SERVICE, "OTHER_SERVICE", "not a rental of machines") \
    X(SECONDARY_METER, "SECONDARY_METER", "the same meter shown for another region") \
    X(METER_TWICE, "METER_TWICE", "the same meter, term and price stood before") \
    X(OFFER_TWICE, "OFFER_TWICE", "the same offer at the same price stood before") \
    X(NOT_YET, "NOT_YET", "in force only after the fetch") \
    X(OLD, "OLD", "a change before the last fetch: nothing is filled in") \
    X(EXAMPLE, "EXAMPLE", "the source's own example of a row")
#define AS_FEED_SKIP(NAME, name, text) FEED_SKIP_##NAME,
enum feed_skip { FEED_SKIP_NONE, FEED_SKIP_LIST(AS_FEED_SKIP) FEED_SKIPS };
NODISCARD const char *feed_skip_name(u32 rule);
NODISCARD const char *feed_skip_text(u32 rule);

/* A row that made no observation: journaled as it was. */
struct feed_refused { u32 line; u8 code; char column[24]; char cause[64]; char raw[FEED_RAW_MAX]; };
/* A row left out by rule: its name is the source's key, or the tier of one. */
struct feed_skipped { u32 line; u32 rule; char name[56]; };
struct feed_count { u32 source; u64 refused; }; /* name id */
struct feed_result {
    u64 rows, taken, duplicates, rounded; /* duplicates are in skipped_n too */
    u64 unmapped;                         /* taken, but of a machine type not in the catalogue */
    u64 skipped_n, by_rule[FEED_SKIPS];
    u64 refused_n, by_code[OBS_REJECT_COUNT];
    struct feed_refused *refused; /* malloc'd; the first FEED_KEPT of them */
    u32 kept;
    u32 skipped_kept;
    struct feed_skipped *skipped; /* malloc'd; the first FEED_KEPT of them */
    struct feed_count by_source[64];
    u32 sources;
    u32 origins_n;
    char *origins; /* malloc'd lines, one a reply: where the records are from (feed_origin) */
};
#define FEED_KEPT 65536u

/* A log in memory from malloc-like pages of its own. */
struct feed_log {
    struct obs_log log;
    u8 *memory;
    u64 bytes;
    char *origins; /* of a log read from a file: malloc'd lines, as in feed_result */
    u32 origins_n;
};
/* `names` of the records; room for a registry's names is added. */
NODISCARD Err feed_log_take(struct feed_log *l, u64 records, u64 names, u64 refs, struct why *w);
void feed_log_give(struct feed_log *l);
void feed_result_give(struct feed_result *r);
/* Counts, kept rows and origins of `from` behind those of `to`. */
NODISCARD Err feed_result_add(struct feed_result *to, const struct feed_result *from,
                              struct why *w);

/* Reads one file into a new log. ERR_INPUT with "file:line: column: cause" when it is not of the
 * format; bad rows are counted, not errors. The origin of what was read stands in r->origins:
 * "reply HASH format F source S at T rights R rows N taken N skipped N refused N catalogue
 * HASH". */
NODISCARD Err feed_read(const struct feed_ask *ask, const char *path, struct feed_log *out,
                        struct feed_result *r, struct why *w);
/* The same over bytes in memory (collector, tests, fuzzing). */
NODISCARD Err feed_parse(const struct feed_ask *ask, const char *name, const char *bytes, u64 n,
                         struct feed_log *out, struct feed_result *r, struct why *w);
/* Which CSV format has this header; FEED_NONE. */
NODISCARD enum feed_format feed_guess(const char *bytes, u64 n);
/* Several logs into one: by t_journal, then input, then position; obs_ids anew. Sources are
 * given. */
NODISCARD Err feed_merge(struct feed_log *in, u32 n, struct feed_log *out, struct why *w);

#endif
