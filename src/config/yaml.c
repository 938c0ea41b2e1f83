#include "config/yaml.h"
#include "sys/file.h"
#include <stdlib.h>
#include <yaml.h>

/* One file being read. Events are pulled one at a time; nothing is built in memory but the
 * record. */
struct loader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    bool overlay;
    const char *file;
    struct config_lines *lines;
    struct why *why;
    u32 depth;
};

/* A record (the file itself, or an entry of a list) while its keys are read. */
struct target {
    const struct record *record;
    u8 *out;
    const char *path;                  /* "" or "dsp[2]": what stands before a key in a sentence */
    u32 line;                          /* where it starts */
    u32 seen[RECORD_FIELDS_MAX];       /* line of the key, 0 while it has not come */
    u32 group_seen[RECORD_FIELDS_MAX]; /* by the first row of the group */
    u32 outer_seen[RECORD_FIELDS_MAX]; /* the same for one that only holds other groups */
    bool fresh[RECORD_FIELDS_MAX];     /* a GIVEN that became 1 here */
};

__attribute__((format(printf, 4, 5))) static Err fault(struct loader *l, u32 line, const char *key,
                                                       const char *format, ...)
{
    char cause[400];
    va_list args;
    va_start(args, format);
    vsnprintf(cause, sizeof cause, format, args);
    va_end(args);
    if (!key[0]) return why_set(l->why, ERR_INPUT, "%s:%u: %s", l->file, line, cause);
    return why_set(l->why, ERR_INPUT, "%s:%u: %s: %s", l->file, line, key, cause);
}

static u32 line_of(const struct loader *l) { return (u32)l->event.start_mark.line + 1; }

/* The next event, with everything refused that no file of ours may hold. */
static Err next(struct loader *l)
{
    const yaml_event_t *e = &l->event;
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (l->has_event) yaml_event_delete(&l->event);
    l->has_event = false;
    if (!yaml_parser_parse(&l->parser, &l->event)) {
        const char *problem = l->parser.problem ? l->parser.problem : "not YAML";
        u32 line =
            (u32)(l->parser.problem_mark.line ? l->parser.problem_mark.line : l->parser.mark.line) +
            1;
        return fault(l, line, "", "%s", problem);
    }
    l->has_event = true;
    switch (e->type) {
    case YAML_ALIAS_EVENT: return fault(l, line_of(l), "", "aliases are not allowed");
    case YAML_SCALAR_EVENT: anchor = e->data.scalar.anchor, tag = e->data.scalar.tag; break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
        break;
    case YAML_DOCUMENT_START_EVENT:
        if (e->data.document_start.version_directive ||
            e->data.document_start.tag_directives.start !=
                e->data.document_start.tag_directives.end)
            return fault(l, line_of(l), "", "directives are not allowed");
        break;
    default: break;
    }
    if (anchor) return fault(l, line_of(l), "", "anchors are not allowed");
    if (tag) return fault(l, line_of(l), "", "tags are not allowed");
    return ERR_OK;
}

static Str scalar(const struct loader *l)
{
    ASSERT(l->event.type == YAML_SCALAR_EVENT);
    return (Str){ (const char *)l->event.data.scalar.value, (u32)l->event.data.scalar.length };
}
static bool is_plain(const struct loader *l)
{
    return l->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}
static bool is_null(const struct loader *l)
{
    Str s = scalar(l);
    return is_plain(l) && (s.n == 0 || str_is(s, "null") || str_is(s, "~"));
}

/* ---- one scalar ---- */

static bool time_of(Str s, i64 *out)
{
    i64 v = 0;
    u32 parts = 0, at = 0;
    if (s.n && s.at[s.n - 1] == 'Z') s.n--;
    for (; parts < 3; parts++, at += 3) {
        if (at + 2 > s.n || s.at[at] < '0' || s.at[at] > '9' || s.at[at + 1] < '0' ||
            s.at[at + 1] > '9')
            return false;
        i64 part = (s.at[at] - '0') * 10 + (s.at[at + 1] - '0');
        if (part > (parts ? 59 : 24)) return false;
        v = v * 60 + part;
        if (at + 2 == s.n) break;
        if (s.at[at + 2] != ':') return false;
    }
    if (parts < 1 || parts > 2 || at + 2 != s.n) return false;
    if (parts == 1) v *= 60;
    *out = v;
    return v <= 86400;
}

static void words_list(const struct words *w, char *to, u32 cap)
{
    struct text t = text_on(to, cap);
    for (u32 i = 1; i < w->n; i++) {
        if (i > 1) text_put(&t, ", ");
        text_put(&t, w->word[i]);
    }
}

static Err number_of(struct loader *l, const struct record_field *f, const char *key, i64 *out)
{
    Str s = scalar(l);
    enum parse p = PARSE_OK;
    char words[300];
    int n = (int)(s.n < 60 ? s.n : 60);
    switch (f->kind) {
    case RECORD_INT:
    case RECORD_INTS:
        if (!is_plain(l)) return fault(l, line_of(l), key, "an integer has no quotes");
        p = parse_i64(s, out);
        if (p == PARSE_SYNTAX || p == PARSE_EMPTY)
            return fault(l, line_of(l), key, "not an integer: \"%.*s\"", n, s.at);
        break;
    case RECORD_DEC: p = parse_dec(s, f->cap, out); break;
    case RECORD_BOOL:
        if (!is_plain(l) || (!str_is(s, "true") && !str_is(s, "false")))
            return fault(l, line_of(l), key, "not true or false: \"%.*s\"", n, s.at);
        *out = str_is(s, "true");
        return ERR_OK;
    case RECORD_DATE:
    case RECORD_DATES: {
        Date d = { 0 };
        p = parse_date(s, &d);
        *out = d.days;
        break;
    }
    case RECORD_TIME:
        if (time_of(s, out)) return ERR_OK;
        return fault(l, line_of(l), key, "not a UTC time like \"16:00Z\": \"%.*s\"", n, s.at);
    case RECORD_ENUM:
    case RECORD_BITS:
        *out = words_of(f->words, s);
        if (*out) return ERR_OK;
        words_list(f->words, words, sizeof words);
        return fault(l, line_of(l), key, "\"%.*s\" is not one of %s", n, s.at, words);
    default: UNREACHABLE("no other kind is a number");
    }
    if (p != PARSE_OK) return fault(l, line_of(l), key, "%s: \"%.*s\"", parse_text(p), n, s.at);
    return ERR_OK;
}

static Err text_into(struct loader *l, const char *key, bool may_be_empty, char *to, u32 cap)
{
    Str s = scalar(l);
    if (is_null(l)) return fault(l, line_of(l), key, "null is not a text");
    if (s.n == 0 && !may_be_empty) return fault(l, line_of(l), key, "must not be empty");
    if (s.n >= cap) return fault(l, line_of(l), key, "longer than %u characters", cap - 1);
    for (u32 i = 0; i < s.n; i++)
        if (s.at[i] < ' ' || s.at[i] > '~')
            return fault(l, line_of(l), key, "holds something else than printable ASCII");
    memset(to, 0, cap);
    memcpy(to, s.at, s.n);
    return ERR_OK;
}

static Err bounds(struct loader *l, const struct record_field *f, const char *key, i64 v)
{
    if (f->kind == RECORD_ENUM || f->kind == RECORD_BITS) return ERR_OK;
    if ((f->kind == RECORD_DATE || f->kind == RECORD_DATES) && v == 0)
        return fault(l, line_of(l), key, "1970-01-01 is no date here");
    if (v == RECORD_NULL || ((v < f->min || v > f->max) && !(f->presence == RECORD_OPT && v == 0)))
        return fault(l, line_of(l), key, "%lld is not within %lld and %lld", (long long)v,
                     (long long)f->min, (long long)f->max);
    return ERR_OK;
}

static Err load_scalar(struct loader *l, const struct record_field *f, const char *key, u8 *out)
{
    i64 v = 0;
    Err err;
    if (l->event.type != YAML_SCALAR_EVENT)
        return fault(l, line_of(l), key, "one value is wanted, not a %s",
                     l->event.type == YAML_MAPPING_START_EVENT ? "mapping" : "list");
    if (f->kind == RECORD_TEXT)
        return text_into(l, key, f->presence != RECORD_NEED, (char *)out + f->at, f->cap);
    if (f->kind == RECORD_HASH) {
        if (parse_hex(scalar(l), out + f->at, sizeof(Hash)) != PARSE_OK)
            return fault(l, line_of(l), key, "not 64 hex digits");
        return ERR_OK;
    }
    if (is_null(l)) {
        if (f->presence != RECORD_NULLS)
            return fault(l, line_of(l), key, "null is not allowed here");
        v = f->kind == RECORD_ENUM ? 0 : RECORD_NULL;
    } else {
        err = number_of(l, f, key, &v);
        if (!err) err = bounds(l, f, key, v);
        if (err) return err;
    }
    memcpy(out + f->at, &v, sizeof v);
    return ERR_OK;
}

/* ---- lists ---- */

static Err load_mapping(struct loader *l, struct target *t, const char *group);
static Err need_all(struct loader *l, struct target *t);

static Err load_entry(struct loader *l, const struct record_field *f, const char *key, u32 i,
                      u8 *out)
{
    u8 *at = out + f->at;
    i64 v = 0;
    Err err;
    if (f->kind == RECORD_LIST) {
        char path[500];
        bool overlay = l->overlay;
        struct target *t;
        if (l->event.type != YAML_MAPPING_START_EVENT)
            return fault(l, line_of(l), key, "an entry must be a mapping");
        snprintf(path, sizeof path, "%.480s[%u]", key, i);
        t = calloc(1, sizeof *t);
        if (!t) return why_set(l->why, ERR_IO, "%s: out of memory", l->file);
        t->record = f->of, t->out = at + (u64)i * f->of->bytes, t->path = path;
        t->line = line_of(l);
        l->overlay = false; /* an entry is whole, in an overlay too */
        err = load_mapping(l, t, "");
        if (!err) err = need_all(l, t);
        l->overlay = overlay;
        free(t);
        return err;
    }
    if (l->event.type != YAML_SCALAR_EVENT)
        return fault(l, line_of(l), key, "an entry must be one value");
    if (f->kind == RECORD_TEXTS)
        return text_into(l, key, false, (char *)at + (u64)i * RECORD_TEXTS_BYTES,
                         RECORD_TEXTS_BYTES);
    if (is_null(l)) return fault(l, line_of(l), key, "null is not allowed here");
    err = number_of(l, f, key, &v);
    if (!err) err = bounds(l, f, key, v);
    if (err) return err;
    if (f->kind == RECORD_BITS) {
        i64 bits;
        memcpy(&bits, at, sizeof bits);
        if (bits >> v & 1) return fault(l, line_of(l), key, "%s stands twice", f->words->word[v]);
        v = bits | INT64_C(1) << v;
        memcpy(at, &v, sizeof v);
    } else {
        memcpy(at + (u64)i * 8, &v, sizeof v);
    }
    return ERR_OK;
}

static Err load_list(struct loader *l, const struct record_field *f, const char *key, u8 *out)
{
    u32 n = 0, cap = f->kind == RECORD_BITS ? f->words->n : f->cap;
    i64 wide;
    Err err;
    if (l->event.type != YAML_SEQUENCE_START_EVENT)
        return fault(l, line_of(l), key, "a list is wanted: [..., ...]");
    if (++l->depth > CONFIG_DEPTH_MAX) return fault(l, line_of(l), key, "nested too deep");
    if (f->kind == RECORD_BITS) memset(out + f->at, 0, 8);
    else
        memset(out + f->at, 0,
               (u64)cap * (f->kind == RECORD_LIST    ? f->of->bytes
                           : f->kind == RECORD_TEXTS ? RECORD_TEXTS_BYTES
                                                     : 8));
    for (;; n++) {
        err = next(l);
        if (err) return err;
        if (l->event.type == YAML_SEQUENCE_END_EVENT) break;
        if (n == cap) return fault(l, line_of(l), key, "more than %u entries", cap);
        err = load_entry(l, f, key, n, out);
        if (err) return err;
    }
    l->depth--;
    wide = n;
    if (f->kind != RECORD_BITS) memcpy(out + f->n_at, &wide, sizeof wide);
    return ERR_OK;
}

/* ---- keys ---- */

static u32 find_field(const struct record *r, const char *group, Str key)
{
    for (u32 i = 0; i < r->fields; i++)
        if (r->field[i].key[0] && strcmp(r->field[i].group, group) == 0 &&
            str_is(key, r->field[i].key))
            return i;
    return r->fields;
}
static u32 find_group(const struct record *r, const char *path)
{
    for (u32 i = 0; i < r->fields; i++)
        if (record_group_within(r->field[i].group, path)) return i;
    return r->fields;
}

/* "waterfall" and "waterfall.L2" may have the same first row. */
static u32 *group_line_at(struct target *t, u32 first, const char *path)
{
    bool own = strcmp(t->record->field[first].group, path) == 0;
    return own ? &t->group_seen[first] : &t->outer_seen[first];
}

static bool is_list_kind(u8 kind)
{
    return kind == RECORD_INTS || kind == RECORD_DATES || kind == RECORD_TEXTS ||
           kind == RECORD_LIST || kind == RECORD_BITS;
}

static Err load_group(struct loader *l, struct target *t, const char *path, const char *shown)
{
    u32 i = find_group(t->record, path);
    const struct record_field *f;
    i64 one = 1;
    if (l->event.type != YAML_MAPPING_START_EVENT)
        return fault(l, line_of(l), shown, "a mapping is wanted: {key: value, ...}");
    *group_line_at(t, i, path) = line_of(l);
    f = &t->record->field[i];
    if (f->kind == RECORD_GIVEN && strcmp(f->group, path) == 0) {
        i64 was;
        memcpy(&was, t->out + f->at, sizeof was);
        t->fresh[i] = was == 0;
        memcpy(t->out + f->at, &one, sizeof one);
    }
    return load_mapping(l, t, path);
}

static Err load_key(struct loader *l, struct target *t, const char *group)
{
    Str key = scalar(l);
    char path[128], shown[640];
    u32 line = line_of(l), i, g;
    Err err;
    snprintf(path, sizeof path, "%s%s%.*s", group, group[0] ? "." : "",
             (int)(key.n < 60 ? key.n : 60), key.at);
    snprintf(shown, sizeof shown, "%s%s%s", t->path, t->path[0] ? "." : "", path);
    if (key.n == 0 || key.n > 60) return fault(l, line, shown, "unknown key");
    i = find_field(t->record, group, key);
    g = i < t->record->fields ? t->record->fields : find_group(t->record, path);
    if (i == t->record->fields && g == t->record->fields)
        return fault(l, line, shown, "unknown key");
    if ((i < t->record->fields && t->seen[i]) ||
        (g < t->record->fields && *group_line_at(t, g, path)))
        return fault(l, line, shown, "stands twice");
    err = next(l);
    if (err) return err;
    if (g < t->record->fields) return load_group(l, t, path, shown);
    t->seen[i] = line;
    if (l->lines && !t->path[0]) l->lines->line[i] = line;
    if (is_list_kind(t->record->field[i].kind))
        return load_list(l, &t->record->field[i], shown, t->out);
    return load_scalar(l, &t->record->field[i], shown, t->out);
}

/* At a mapping's start; reads up to its end. */
static Err load_mapping(struct loader *l, struct target *t, const char *group)
{
    Err err = ERR_OK;
    if (++l->depth > CONFIG_DEPTH_MAX) return fault(l, line_of(l), group, "nested too deep");
    while (!err) {
        err = next(l);
        if (err || l->event.type == YAML_MAPPING_END_EVENT) break;
        if (l->event.type != YAML_SCALAR_EVENT)
            return fault(l, line_of(l), group, "a key must be one word");
        err = load_key(l, t, group);
    }
    l->depth--;
    return err;
}

/* The line of the innermost mapping that should have held this field. */
static u32 group_line(const struct target *t, const struct record_field *f)
{
    u32 line = t->line, best = 0;
    for (u32 i = 0; i < t->record->fields; i++) {
        const char *g = t->record->field[i].group;
        if (t->group_seen[i] && record_group_within(f->group, g) && strlen(g) >= best)
            line = t->group_seen[i], best = (u32)strlen(g);
    }
    return line;
}

static Err need_all(struct loader *l, struct target *t)
{
    for (u32 i = 0; i < t->record->fields; i++) {
        const struct record_field *f = &t->record->field[i];
        i64 given = 1;
        if (f->kind == RECORD_GIVEN) {
            memcpy(&given, t->out + f->at, sizeof given);
            if (given) continue;
            while (i + 1 < t->record->fields &&
                   record_group_within(t->record->field[i + 1].group, f->group))
                i++;
            continue;
        }
        bool checked = !l->overlay; /* in an overlay only what a fresh group needs */
        for (u32 k = 0; l->overlay && k < i; k++)
            if (t->record->field[k].kind == RECORD_GIVEN && t->fresh[k] &&
                record_group_within(f->group, t->record->field[k].group))
                checked = true;
        if (!checked || f->presence == RECORD_OPT || t->seen[i]) continue;
        char shown[640], path[128];
        struct text p = text_on(path, sizeof path);
        record_path(f, &p);
        snprintf(shown, sizeof shown, "%s%s%s", t->path, t->path[0] ? "." : "", path);
        return fault(l, group_line(t, f), shown, "missing");
    }
    return ERR_OK;
}

/* ---- whole files ---- */

/* What no file may hold, whatever it means: tabs, and more than one document. */
static Err load_document(struct loader *l, struct target *t)
{
    Err err = next(l); /* stream start */
    if (!err) err = next(l);
    if (err) return err;
    if (l->event.type != YAML_DOCUMENT_START_EVENT) return fault(l, 1, "", "the file is empty");
    err = next(l);
    if (err) return err;
    if (l->event.type != YAML_MAPPING_START_EVENT)
        return fault(l, line_of(l), "", "a mapping of keys is wanted");
    t->line = line_of(l);
    err = load_mapping(l, t, "");
    if (!err) err = need_all(l, t);
    if (!err) err = next(l); /* document end */
    if (!err) err = next(l);
    if (!err && l->event.type != YAML_STREAM_END_EVENT)
        err = fault(l, line_of(l), "", "a second document");
    return err;
}

static Err parse(const struct record *r, const char *file, const char *yaml, u64 n, void *out,
                 bool overlay, struct config_lines *lines, struct why *w)
{
    struct loader l = { .file = file, .lines = lines, .why = w, .overlay = overlay };
    struct target *t;
    u8 *fresh;
    u32 line = 1;
    Err err;
    ASSERT(r->fields <= RECORD_FIELDS_MAX);
    if (n > CONFIG_FILE_BYTES_MAX)
        return why_set(w, ERR_INPUT, "%s:1: larger than %u bytes", file, CONFIG_FILE_BYTES_MAX);
    for (u64 i = 0; i < n; i++) {
        if (yaml[i] == '\t') return fault(&l, line, "", "a tab; indent with spaces");
        if (yaml[i] == 0) return fault(&l, line, "", "a zero byte");
        if (yaml[i] == '\n') line++;
    }
    t = calloc(1, sizeof *t);
    fresh = calloc(1, r->bytes);
    if (!t || !fresh || !yaml_parser_initialize(&l.parser)) {
        free(t), free(fresh);
        return why_set(w, ERR_IO, "%s: out of memory", file);
    }
    if (overlay) memcpy(fresh, out, r->bytes);
    else if (lines) memset(lines, 0, sizeof *lines);
    if (lines && !overlay) snprintf(lines->file, sizeof lines->file, "%s", file);
    t->record = r, t->out = fresh, t->path = "";
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)yaml, n);
    err = load_document(&l, t);
    if (l.has_event) yaml_event_delete(&l.event);
    yaml_parser_delete(&l.parser);
    if (!err) {
        ASSERT(record_valid(r, fresh)); /* the loader checks all that the table says */
        memcpy(out, fresh, r->bytes);
    }
    free(t), free(fresh);
    return err;
}

Err config_parse(const struct record *r, const char *file, const char *yaml, u64 n, void *out,
                 struct config_lines *lines, struct why *w)
{
    return parse(r, file, yaml, n, out, false, lines, w);
}

Err config_overlay_parse(const struct record *r, const char *file, const char *yaml, u64 n,
                         void *out, struct config_lines *lines, struct why *w)
{
    return parse(r, file, yaml, n, out, true, lines, w);
}

static Err read_file(const struct record *r, const char *path, void *out, bool overlay,
                     struct config_lines *lines, struct why *w)
{
    u8 *yaml = NULL;
    u64 n = 0;
    Err err = file_read_all(path, CONFIG_FILE_BYTES_MAX, &yaml, &n, w);
    if (err) return err;
    err = parse(r, path, (const char *)yaml, n, out, overlay, lines, w);
    free(yaml);
    return err;
}

Err config_read(const struct record *r, const char *path, void *out, struct config_lines *lines,
                struct why *w)
{
    return read_file(r, path, out, false, lines, w);
}

Err config_overlay(const struct record *r, const char *path, void *out, struct config_lines *lines,
                   struct why *w)
{
    return read_file(r, path, out, true, lines, w);
}

Err config_fault(const struct record *r, const struct config_lines *lines, u32 field,
                 const char *cause, struct why *w)
{
    char path[128];
    struct text p = text_on(path, sizeof path);
    ASSERT(field < r->fields);
    record_path(&r->field[field], &p);
    return why_set(w, ERR_INPUT, "%s:%u: %s: %s", lines->file,
                   lines->line[field] ? lines->line[field] : 1, path, cause);
}
