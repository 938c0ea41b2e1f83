/* feeds.h -- the files that say how prices are read and fetched: catalogue, mapping, collector.
 * Owns:   their records, read and checked, with the line at fault.
 * Never:  holds a secret: a key is named by its environment variable or file, not written down.
 * Always: a source is off unless its row says `enabled: true`; every source states its rights.
 */
#ifndef HEDGEROW_CONFIG_FEEDS_H
#define HEDGEROW_CONFIG_FEEDS_H

#include "config/yaml.h"
#include "contract/instances.h"
#include "index/lists.h"

/* The record is large: take it from malloc. */
NODISCARD Err config_instances(const char *path, struct instances *out, struct why *w);

/* ---- a mapping of somebody's columns to the generic form ---- */

#define MAPPING_COLUMNS_MAX 64
#define MAPPING_COLUMN_FIELDS(X) \
    X(TEXT, theirs, "", "theirs", NEED, 64, 0, "the column's name in the file") \
    X(TEXT, ours, "", "ours", NEED, 32, 0, "the generic column; - leaves theirs out")
#define MAPPING_CONSTANT_FIELDS(X) \
    X(TEXT, ours, "", "ours", NEED, 32, 0, "a generic column the file does not have") \
    X(TEXT, value, "", "value", NEED, 64, 0, "the same in every row")
struct mapping_column { MAPPING_COLUMN_FIELDS(RECORD_MEMBER) };
struct mapping_constant { MAPPING_CONSTANT_FIELDS(RECORD_MEMBER) };
#define MAPPING_FIELDS(X) \
    X(TEXT, mapping, "", "mapping", NEED, 32, 0, "name") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(LIST, columns, "", "columns", NEED, MAPPING_COLUMNS_MAX, mapping_column, "theirs to ours") \
    X(LIST, constants, "", "constants", OPT, MAPPING_COLUMNS_MAX, mapping_constant, "given")
struct mapping { MAPPING_FIELDS(RECORD_MEMBER) };
extern const struct record mapping_column_record, mapping_constant_record, mapping_record;
NODISCARD Err config_mapping(const char *path, struct mapping *out, struct why *w);

/* ---- the collector ---- */

#define FEED_SOURCES_MAX 64
#define FEED_PAGE_LIST(X) \
    X(FEED_PAGE, ONE, "ONE") X(FEED_PAGE, LINK, "LINK") X(FEED_PAGE, TOKEN, "TOKEN")
#define AS_FEED_PAGE(LIST, NAME, text) LIST##_##NAME,
enum feed_page { FEED_PAGE_NONE, FEED_PAGE_LIST(AS_FEED_PAGE) FEED_PAGE_COUNT };
extern const struct words feed_words_PAGE, feed_words_RIGHTS;
#define FEED_SOURCE_FIELDS(X) \
    X(TEXT, source, "", "source", NEED, 32, 0, "name of the feed in every record") \
    X(TEXT, format, "", "format", NEED, 16, 0, "of its replies; feed import has the list") \
    X(BOOL, enabled, "", "enabled", NEED, 0, 0, "asked only if true") \
    X(TEXT, url, "", "url", NEED, 512, 0, "http or https") \
    X(TEXT, body, "", "body", OPT, 1024, 0, "JSON to post; left out: GET") \
    X(ENUM, rights, "", "rights", NEED, feed_words_RIGHTS, 0, "what may be done with its prices") \
    X(TEXT, terms, "", "terms", NEED, 256, 0, "what is known of its terms, and its standing") \
    X(INT, every_s, "", "every_s", NEED, 1, 31536000, "least seconds between two asks") \
    X(INT, pause_ms, "", "pause_ms", OPT, 0, 600000, "between two pages; 0: a second") \
    X(INT, timeout_s, "", "timeout_s", NEED, 1, 600, "for one reply") \
    X(INT, bytes_max, "", "bytes_max", NEED, 1, 1073741824, "of one reply") \
    X(INT, redirects_max, "", "redirects_max", OPT, 0, 10, "0: none is followed") \
    X(TEXT, content_type, "", "content_type", NEED, 64, 0, "else the reply is an error") \
    X(ENUM, page, "", "page", NEED, feed_words_PAGE, 0, "LINK: an address; TOKEN: a parameter") \
    X(TEXT, page_member, "", "page_member", OPT, 32, 0, "of the reply, where the next stands") \
    X(TEXT, page_parameter, "", "page_parameter", OPT, 32, 0, "TOKEN: its name in the address") \
    X(INT, pages_max, "", "pages_max", NEED, 1, 1000, "asked at most; more: an error") \
    X(TEXT, key_header, "", "key_header", OPT, 64, 0, "\"Authorization: Bearer\", then the key") \
    X(TEXT, key_env, "", "key_env", OPT, 64, 0, "environment variable that holds the key") \
    X(TEXT, key_file, "", "key_file", OPT, 256, 0, "or the file that does")
struct feed_source { FEED_SOURCE_FIELDS(RECORD_MEMBER) };
#define FEEDS_FIELDS(X) \
    X(TEXT, collector, "", "collector", NEED, 32, 0, "name") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(LIST, sources, "", "sources", NEED, FEED_SOURCES_MAX, feed_source, "in the order asked")
struct feeds_config { FEEDS_FIELDS(RECORD_MEMBER) };
extern const struct record feed_source_record, feeds_record;
/* Names unique, addresses http(s), pages and keys whole. The record is large. */
NODISCARD Err config_feeds(const char *path, struct feeds_config *out, struct why *w);

#endif
