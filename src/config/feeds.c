#include "config/feeds.h"

#define MAPPING_COLUMN_ROW(...) RECORD_ROW(struct mapping_column, __VA_ARGS__)
#define MAPPING_CONSTANT_ROW(...) RECORD_ROW(struct mapping_constant, __VA_ARGS__)
#define MAPPING_ROW(...) RECORD_ROW(struct mapping, __VA_ARGS__)
static const struct record_field column_fields[] = { MAPPING_COLUMN_FIELDS(MAPPING_COLUMN_ROW) };
static const struct record_field constant_fields[] = { MAPPING_CONSTANT_FIELDS(
    MAPPING_CONSTANT_ROW) };
static const struct record_field mapping_fields[] = { MAPPING_FIELDS(MAPPING_ROW) };
const struct record mapping_column_record = { "column", "", column_fields, ARRAY_LEN(column_fields),
                                              sizeof(struct mapping_column) };
const struct record mapping_constant_record = { "constant", "", constant_fields,
                                                ARRAY_LEN(constant_fields),
                                                sizeof(struct mapping_constant) };
const struct record mapping_record = { "column mapping", "HDGCMAP1", mapping_fields,
                                       ARRAY_LEN(mapping_fields), sizeof(struct mapping) };

#define AS_WORD(LIST, NAME, text) text,
static const char *const page_words[] = { "", FEED_PAGE_LIST(AS_WORD) };
static const char *const rights_words[] = { "", RIGHTS_LIST(AS_WORD) };
const struct words feed_words_PAGE = WORDS(page_words, "way of paging"),
                   feed_words_RIGHTS = WORDS(rights_words, "rights");
#define FEED_SOURCE_ROW(...) RECORD_ROW(struct feed_source, __VA_ARGS__)
#define FEEDS_ROW(...) RECORD_ROW(struct feeds_config, __VA_ARGS__)
static const struct record_field source_fields[] = { FEED_SOURCE_FIELDS(FEED_SOURCE_ROW) };
static const struct record_field feeds_fields[] = { FEEDS_FIELDS(FEEDS_ROW) };
const struct record feed_source_record = { "source", "", source_fields, ARRAY_LEN(source_fields),
                                           sizeof(struct feed_source) };
const struct record feeds_record = { "collector", "HDGFEED1", feeds_fields, ARRAY_LEN(feeds_fields),
                                     sizeof(struct feeds_config) };

Err config_instances(const char *path, struct instances *out, struct why *w)
{
    struct config_lines lines;
    Err err = config_read(&instances_record, path, out, &lines, w);
    if (err) return err;
    u32 rows = RECORD_AT(&instances_record, struct instances, rows);
    for (i64 i = 0; i < out->rows_n; i++) {
        char cause[160];
        const char *bad = instance_fault(out->rows, (u32)i);
        if (!bad) continue;
        snprintf(cause, sizeof cause, "row %lld (%s %s): %s", (long long)i + 1,
                 out->rows[i].provider, out->rows[i].type, bad);
        return config_fault(&instances_record, &lines, rows, cause, w);
    }
    return ERR_OK;
}

Err config_mapping(const char *path, struct mapping *out, struct why *w)
{
    struct config_lines lines;
    Err err = config_read(&mapping_record, path, out, &lines, w);
    u32 field = RECORD_AT(&mapping_record, struct mapping, columns);
    for (i64 i = 0; i < out->columns_n && !err; i++)
        for (i64 k = 0; k < i && !err; k++)
            if (strcmp(out->columns[i].theirs, out->columns[k].theirs) == 0)
                err = config_fault(&mapping_record, &lines, field, "a column stands twice", w);
    return err;
}

static bool starts(const char *z, const char *with) { return strncmp(z, with, strlen(with)) == 0; }

/* What a field table can not say of one source; NULL: fine. */
static const char *source_fault(const struct feeds_config *f, i64 i)
{
    const struct feed_source *s = &f->sources[i];
    for (i64 k = 0; k < i; k++)
        if (strcmp(f->sources[k].source, s->source) == 0) return "source: stands twice";
    for (const char *c = s->source; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '-'))
            return "source: small letters, digits, - and _ only";
    if (!s->source[0]) return "source: empty";
    if (!starts(s->url, "https://") && !starts(s->url, "http://")) return "url: not http or https";
    if (s->page != FEED_PAGE_ONE && !s->page_member[0]) return "page_member: needed to go on";
    if (s->page == FEED_PAGE_TOKEN && !s->page_parameter[0]) return "page_parameter: needed";
    if (s->page == FEED_PAGE_ONE && s->pages_max != 1) return "pages_max: 1 where page is ONE";
    if (s->key_env[0] && s->key_file[0]) return "key_env and key_file: one of them";
    bool key = s->key_env[0] || s->key_file[0];
    if (key != (s->key_header[0] != 0)) return "key_header: it and one of key_env, key_file";
    if (key && !starts(s->url, "https://") && !starts(s->url, "http://127.0.0.1"))
        return "url: a key goes over https only";
    return NULL;
}

Err config_feeds(const char *path, struct feeds_config *out, struct why *w)
{
    struct config_lines lines;
    Err err = config_read(&feeds_record, path, out, &lines, w);
    u32 field = RECORD_AT(&feeds_record, struct feeds_config, sources);
    for (i64 i = 0; i < out->sources_n && !err; i++) {
        char cause[200];
        const char *bad = source_fault(out, i);
        if (!bad) continue;
        snprintf(cause, sizeof cause, "source %lld (%s): %s", (long long)i + 1,
                 out->sources[i].source, bad);
        err = config_fault(&feeds_record, &lines, field, cause, w);
    }
    return err;
}
