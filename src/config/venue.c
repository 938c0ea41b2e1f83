#include "config/venue.h"
#include <stdlib.h>

#define AS_WORD(LIST, NAME, text) text,
static const char *const kind_words[] = { "", ACCOUNT_KIND_LIST(AS_WORD) };
static const char *const category_words[] = { "", CATEGORY_LIST(AS_WORD) };
static const char *const durability_words[] = { "", VENUE_DURABILITY_LIST(AS_WORD) };
static const char *const permission_words[] = { "", VENUE_PERMISSION_LIST(AS_WORD) };
const struct words venue_words_ACCOUNT_KIND = WORDS(kind_words, "account kind");
const struct words venue_words_CATEGORY = WORDS(category_words, "category");
const struct words venue_words_durability = WORDS(durability_words, "durability");
const struct words venue_words_permission = WORDS(permission_words, "permission");

#define AS_FILE_ROW(...) RECORD_ROW(struct venue_file, __VA_ARGS__)
#define AS_SPEC_ROW(...) RECORD_ROW(struct venue_spec, __VA_ARGS__)
#define AS_INDEX_ROW(...) RECORD_ROW(struct venue_index, __VA_ARGS__)
#define AS_ACCOUNT_ROW(...) RECORD_ROW(struct venue_account, __VA_ARGS__)
#define AS_KEY_ROW(...) RECORD_ROW(struct venue_key, __VA_ARGS__)
#define AS_ROW(...) RECORD_ROW(struct venue_config, __VA_ARGS__)
static const struct record_field file_fields[] = { VENUE_FILE_FIELDS(AS_FILE_ROW) };
static const struct record_field spec_fields[] = { VENUE_SPEC_FIELDS(AS_SPEC_ROW) };
static const struct record_field index_fields[] = { VENUE_INDEX_FIELDS(AS_INDEX_ROW) };
static const struct record_field account_fields[] = { VENUE_ACCOUNT_FIELDS(AS_ACCOUNT_ROW) };
static const struct record_field key_fields[] = { VENUE_KEY_FIELDS(AS_KEY_ROW) };
static const struct record_field fields[] = { VENUE_FIELDS(AS_ROW) };
#define ENTRY(label, table, type) { label, { 0 }, table, ARRAY_LEN(table), sizeof(type) }
const struct record venue_file_record = ENTRY("file", file_fields, struct venue_file);
const struct record venue_spec_record = ENTRY("spec", spec_fields, struct venue_spec);
const struct record venue_index_record = ENTRY("index", index_fields, struct venue_index);
const struct record venue_account_record = ENTRY("account", account_fields, struct venue_account);
const struct record venue_key_record = ENTRY("key", key_fields, struct venue_key);
const struct record venue_record = { "venue configuration",
                                     { 'H', 'D', 'G', 'V', 'E', 'N', 'U', '1' },
                                     fields,
                                     ARRAY_LEN(fields),
                                     sizeof(struct venue_config) };

#define FIELD(member) RECORD_AT(&venue_record, struct venue_config, member)

static Err check(const struct venue_config *v, const struct config_lines *lines, struct why *w)
{
    if (v->approvers_n < 2 || strcmp(v->approvers[0], v->approvers[1]) == 0)
        return config_fault(&venue_record, lines, FIELD(approvers),
                            "two different people are needed", w);
    for (u32 i = 0; i < (u32)v->approvers_n; i++)
        if (strlen(v->approvers[i]) > 15)
            return config_fault(&venue_record, lines, FIELD(approvers),
                                "a name has at most 15 characters", w);
    for (u32 i = 0; i < (u32)v->accounts_n; i++)
        for (u32 k = 0; k < i; k++)
            if (v->accounts[i].account == v->accounts[k].account)
                return config_fault(&venue_record, lines, FIELD(accounts),
                                    "an account id stands twice", w);
    for (u32 i = 0; i < (u32)v->keys_n; i++) {
        bool known = v->accounts_n == 0;
        for (u32 k = 0; k < (u32)v->accounts_n; k++)
            if (v->accounts[k].account == v->keys[i].account) known = true;
        if (!known)
            return config_fault(&venue_record, lines, FIELD(keys), "a key names no account here",
                                w);
        for (u32 k = 0; k < i; k++)
            if (strcmp(v->keys[i].id, v->keys[k].id) == 0)
                return config_fault(&venue_record, lines, FIELD(keys), "a key id stands twice", w);
    }
    if (!strrchr(v->listen, ':'))
        return config_fault(&venue_record, lines, FIELD(listen), "address:port is wanted", w);
    return ERR_OK;
}

Err config_venue(const char *path, struct venue_config *out, struct why *w)
{
    struct config_lines lines;
    struct venue_config *v = malloc(sizeof *v);
    Err err;
    if (!v) return why_set(w, ERR_IO, "%s: out of memory", path);
    err = config_read(&venue_record, path, v, &lines, w);
    if (!err) err = check(v, &lines, w);
    if (!err) memcpy(out, v, sizeof *out);
    free(v);
    return err;
}

void config_genesis(const struct venue_config *v, struct cmd_genesis *out)
{
    *out = (struct cmd_genesis){
        .seed = (u64)v->seed,
        .accounts_max = (u32)v->accounts_max,
        .products_max = (u32)v->products_max,
        .instruments_max = (u32)v->instruments_max,
        .orders_max = (u32)v->orders_max,
        .levels_max = (u32)v->levels_max,
        .positions_max = (u32)v->positions_max,
        .client_ids_max = (u32)v->client_ids_max,
        .transfers_max = (u32)v->transfers_max,
        .indexes_max = (u32)v->indexes_max,
        .prints_max = (u32)v->prints_max,
    };
    if (!TEXT_FILL(&out->venue, str_of(v->venue)) ||
        !TEXT_FILL(&out->currency, str_of(v->currency)))
        UNREACHABLE("the table's texts are as long as the command's");
}
