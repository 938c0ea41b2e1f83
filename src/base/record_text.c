#include "base/record.h"

/* Record values as text: canonical YAML, one value, one field's path. */

static i64 number_at(const void *from, u64 at)
{
    i64 v;
    ASSERT(from);
    ASSERT(at % 8 == 0);
    memcpy(&v, (const u8 *)from + at, sizeof v);
    return v;
}
static bool list_kind(u8 kind)
{
    ASSERT(kind < RECORD_KIND_COUNT);
    return kind == RECORD_INTS || kind == RECORD_DATES || kind == RECORD_TEXTS ||
           kind == RECORD_LIST;
}

/* Plain where no YAML reader could take it for something else, else in double quotes. */
static void put_text(struct text *t, const char *z)
{
    static const char *const words[] = { "null",  "Null",  "NULL", "true", "True", "TRUE", "false",
                                         "False", "FALSE", "yes",  "Yes",  "YES",  "no",   "No",
                                         "NO",    "on",    "On",   "ON",   "off",  "Off",  "OFF",
                                         "y",     "Y",     "n",    "N" };
    bool plain = (z[0] >= 'A' && z[0] <= 'Z') || (z[0] >= 'a' && z[0] <= 'z');
    ASSERT(z);
    for (const char *p = z; *p; p++) {
        char c = *p;
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.') plain = false;
    }
    for (u32 i = 0; i < ARRAY_LEN(words); i++)
        if (str_is(str_of(z), words[i])) plain = false;
    if (plain) {
        text_put(t, z);
        return;
    }
    text_put_char(t, '"');
    for (; *z; z++) {
        if (*z == '"' || *z == '\\') text_put_char(t, '\\');
        text_put_char(t, *z);
    }
    text_put_char(t, '"');
}

static void put_time(struct text *t, i64 seconds)
{
    i64 part[3] = { seconds / 3600, seconds / 60 % 60, seconds % 60 };
    ASSERT(t);
    ASSERT(seconds >= 0);
    ASSERT(seconds <= 86400);
    text_put_char(t, '"');
    for (u32 i = 0; i < (part[2] ? 3u : 2u); i++) {
        if (i) text_put_char(t, ':');
        text_put_char(t, (char)('0' + part[i] / 10));
        text_put_char(t, (char)('0' + part[i] % 10));
    }
    text_put(t, "Z\"");
}

static void put_bits(struct text *t, const struct words *w, i64 bits)
{
    bool some = false;
    ASSERT((bits & 1) == 0);
    ASSERT(w->n < 63);
    text_put_char(t, '[');
    for (u32 i = 1; i < w->n; i++) {
        if (!(bits >> i & 1)) continue;
        if (some) text_put(t, ", ");
        text_put(t, w->word[i]), some = true;
    }
    text_put_char(t, ']');
}

static void put_number(const struct record_field *f, i64 v, struct text *t)
{
    ASSERT(f->kind != RECORD_HASH);
    ASSERT(f->kind != RECORD_TEXT);
    if (f->presence == RECORD_NULLS && v == (f->kind == RECORD_ENUM ? 0 : RECORD_NULL)) {
        text_put(t, "null");
        return;
    }
    switch (f->kind) {
    case RECORD_DEC:
        text_put_char(t, '"');
        text_put_dec_short(t, v, f->cap, 0);
        text_put_char(t, '"');
        break;
    case RECORD_BOOL:
    case RECORD_GIVEN: text_put(t, v ? "true" : "false"); break;
    case RECORD_DATE:
    case RECORD_DATES:
        if (v) text_put_date(t, (Date){ (i32)v });
        else text_put(t, "none"); /* only to show: an OPT date of 0 is not written */
        break;
    case RECORD_TIME: put_time(t, v); break;
    case RECORD_ENUM: text_put(t, v ? words_text(f->words, v) : "none"); break;
    case RECORD_BITS: put_bits(t, f->words, v); break;
    default: text_put_i64(t, v);
    }
}

static bool prints(const struct record_field *f, const void *from);

static void put_entry_flow(const struct record *r, const void *from, struct text *t)
{
    bool some = false;
    ASSERT(from);
    ASSERT(r->fields > 0);
    text_put_char(t, '{');
    for (u32 i = 0; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        ASSERT(f->group[0] == 0); /* entries are flat */
        if (!prints(f, from)) continue;
        if (some) text_put(t, ", ");
        text_put(t, f->key);
        text_put(t, ": ");
        record_value_text(f, from, t);
        some = true;
    }
    text_put_char(t, '}');
}

static void put_entry(const struct record_field *f, const void *from, u32 i, struct text *t)
{
    ASSERT(list_kind(f->kind));
    ASSERT(i < f->cap);
    if (f->kind == RECORD_TEXTS)
        put_text(t, (const char *)from + f->at + (u64)i * RECORD_TEXTS_BYTES);
    else if (f->kind == RECORD_LIST)
        put_entry_flow(f->of, (const u8 *)from + f->at + (u64)i * f->of->bytes, t);
    else put_number(f, number_at(from, f->at + (u64)i * 8), t);
}

void record_value_text(const struct record_field *f, const void *from, struct text *t)
{
    ASSERT(from);
    ASSERT(f->kind < RECORD_KIND_COUNT);
    if (list_kind(f->kind)) {
        text_put_char(t, '[');
        for (u32 i = 0; i < (u32)number_at(from, f->n_at); i++) {
            if (i) text_put(t, ", ");
            put_entry(f, from, i, t);
        }
        text_put_char(t, ']');
    } else if (f->kind == RECORD_TEXT) {
        put_text(t, (const char *)from + f->at);
    } else if (f->kind == RECORD_HASH) {
        text_put_char(t, '"');
        text_put_hex(t, (const u8 *)from + f->at, sizeof(Hash));
        text_put_char(t, '"');
    } else {
        put_number(f, number_at(from, f->at), t);
    }
}

void record_path(const struct record_field *f, struct text *t)
{
    ASSERT(f->key);
    ASSERT(f->group);
    text_put(t, f->group);
    if (f->group[0] && f->key[0]) text_put_char(t, '.');
    text_put(t, f->key);
}

/* An OPT value of zero is the same as a key left out, so it is left out. */
static bool prints(const struct record_field *f, const void *from)
{
    ASSERT(from);
    ASSERT(f->presence <= RECORD_NULLS);
    if (f->kind == RECORD_GIVEN) return false;
    if (f->presence != RECORD_OPT) return true;
    if (list_kind(f->kind)) return number_at(from, f->n_at) != 0;
    if (f->kind == RECORD_TEXT) return ((const char *)from)[f->at] != 0;
    if (f->kind == RECORD_HASH) {
        Hash h, none = { { 0 } };
        memcpy(&h, (const u8 *)from + f->at, sizeof h);
        return !hash_eq(h, none);
    }
    return number_at(from, f->at) != 0;
}

static void indent(struct text *t, u32 depth)
{
    ASSERT(t);
    ASSERT(depth < 16);
    for (u32 i = 0; i < depth; i++) text_put(t, "  ");
}

/* Writes the heads of the groups of `path` that `before` did not open; returns the depth. */
static u32 put_heads(struct text *t, const char *before, const char *path, bool empty)
{
    u32 depth = 0, at = 0;
    bool same = true;
    ASSERT(before);
    ASSERT(path);
    while (path[at]) {
        u32 end = at;
        while (path[end] && path[end] != '.') end++;
        if (same) {
            u32 n = (u32)strlen(before);
            same = n >= end && memcmp(before + at, path + at, end - at) == 0 &&
                   (before[end] == 0 || before[end] == '.');
        }
        if (!same) {
            indent(t, depth);
            text_put_str(t, (Str){ path + at, end - at });
            text_put(t, empty && !path[end] ? ": {}\n" : ":\n");
        }
        depth++;
        at = path[end] ? end + 1 : end;
    }
    ASSERT(depth < 8);
    return depth;
}

static void put_field(const struct record_field *f, const void *from, u32 depth, struct text *t)
{
    bool block = f->kind == RECORD_DATES || f->kind == RECORD_LIST;
    ASSERT(from);
    ASSERT(f->key[0]);
    indent(t, depth);
    text_put(t, f->key);
    text_put_char(t, ':');
    if (!block || number_at(from, f->n_at) == 0) {
        text_put_char(t, ' ');
        record_value_text(f, from, t);
        text_put_char(t, '\n');
        return;
    }
    text_put_char(t, '\n');
    for (u32 i = 0; i < (u32)number_at(from, f->n_at); i++) {
        indent(t, depth + 1);
        text_put(t, "- ");
        put_entry(f, from, i, t);
        text_put_char(t, '\n');
    }
}

void record_yaml(const struct record *r, const void *from, struct text *t)
{
    const char *open = "";
    ASSERT(t->cap > 0);
    ASSERT(record_valid(r, from));
    for (u32 i = 0; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        if (f->kind == RECORD_GIVEN) {
            bool given = number_at(from, f->at) != 0, some = false;
            u32 end = i + 1;
            for (; end < r->fields && record_group_within(r->field[end].group, f->group); end++)
                if (given && prints(&r->field[end], from)) some = true;
            if (given && !some) (void)put_heads(t, open, f->group, true), open = f->group;
            if (!given) i = end - 1;
            continue;
        }
        if (!prints(f, from)) continue;
        put_field(f, from, put_heads(t, open, f->group, false), t);
        open = f->group;
    }
    ASSERT(t->n < t->cap);
}
