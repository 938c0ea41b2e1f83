#include "feeds/reading.h"
#include "sys/file.h"
#include "sys/memory.h"
#include <stdlib.h>

static const struct {
    const char *name, *text;
    const struct feed_form *form;
    bool timed;
} formats[FEED_FORMATS] = {
#define AS_FORMAT_ROW(NAME, form, name, timed, text) \
    [FEED_##NAME] = { name, text, &feed_form_##form, timed },

    FEED_FORMAT_LIST(AS_FORMAT_ROW)
};

enum feed_format feed_format_of(Str name)
{
    for (u32 f = 1; f < FEED_FORMATS; f++)
        if (str_is(name, formats[f].name)) return (enum feed_format)f;
    return FEED_NONE;
}

const char *feed_format_name(enum feed_format f) { return f ? formats[f].name : "-"; }
const char *feed_format_text(enum feed_format f) { return f ? formats[f].text : "-"; }
bool feed_format_timed(enum feed_format f) { return formats[f].timed; }
bool feed_format_json(enum feed_format f) { return formats[f].form->json != NULL; }

static const struct { const char *name, *text; } skips[FEED_SKIPS] = {
#define AS_SKIP_ROW(NAME, name, text) [FEED_SKIP_##NAME] = { name, text },
    FEED_SKIP_LIST(AS_SKIP_ROW)
};
const char *feed_skip_name(u32 rule) { return rule < FEED_SKIPS ? skips[rule].name : "?"; }
const char *feed_skip_text(u32 rule) { return rule < FEED_SKIPS ? skips[rule].text : "?"; }

bool row_name(struct feed_row *r, u32 column, const char *name, u32 *id)
{
    Str s = r->cell[column];
    *id = 0;
    if (!s.n || names_add(&r->log->names, s, id)) return true;
    return row_fault(r, OBS_REJECT_BAD_TEXT, name,
                     name_valid(s) ? "too many names" : "not one word of at most 31 letters");
}

bool row_price(struct feed_row *r, Str s, const char *name, struct observation *o)
{
    struct decimal d;
    bool lost;
    if (!s.n) return row_fault(r, OBS_REJECT_BAD_NUMBER, name, "empty");
    if (!decimal_parse(s, &d)) return row_fault(r, OBS_REJECT_BAD_NUMBER, name, "not a decimal");
    if (!decimal_round(d, 6, 1, &o->price, &lost))
        return row_fault(r, OBS_REJECT_BAD_NUMBER, name, "out of range");
    if (decimal_fraction(d) > DECIMAL_FINE_MAX) o->quality |= LIST_BIT(QUALITY_ROUNDED);
    r->rounded = lost;
    return true;
}

bool row_time(struct feed_row *r, Str s, const char *name, i64 *ns, u32 *quality)
{
    Instant at;
    Date d;
    if (s.n == 10 && parse_date(s, &d) == PARSE_OK) {
        *ns = date_start(d).ns;
        *quality |= LIST_BIT(QUALITY_NO_TIME);
        return true;
    }
    enum parse p = parse_instant(s, &at);
    if (p) return row_fault(r, OBS_REJECT_BAD_TIME, name, "neither YYYY-MM-DD nor RFC 3339 with Z");
    *ns = at.ns;
    return true;
}

bool row_u16(struct feed_row *r, Str s, const char *name, u16 *out)
{
    u64 v;
    if (parse_u64(s, &v) != PARSE_OK || v > UINT16_MAX)
        return row_fault(r, OBS_REJECT_BAD_NUMBER, name, "not a whole number below 65,536");
    *out = (u16)v;
    return true;
}

Err feed_log_take(struct feed_log *l, u64 records, u64 names, u64 refs, struct why *w)
{
    names += FEED_REGISTRY_NAMES;
    *l = (struct feed_log){ 0 };
    if (records > UINT32_MAX / 2 || names > UINT32_C(1) << 24 || refs > UINT32_C(1) << 24)
        return why_set(w, ERR_INPUT, "too many records for one log");
    l->bytes = obs_log_bytes((u32)records, (u32)names, (u32)refs);
    Err err = memory_take(&l->memory, l->bytes, w);
    if (!err) l->log = obs_log_on(l->memory, (u32)records, (u32)names, (u32)refs);
    return err;
}

void feed_log_give(struct feed_log *l)
{
    if (l->memory) memory_give(l->memory, l->bytes);
    free(l->origins);
    *l = (struct feed_log){ 0 };
}

Err feed_seen_take(struct feed_seen *s, u64 rows, struct why *w)
{
    *s = (struct feed_seen){ 0 };
    if (rows > UINT32_C(1) << 27) return why_set(w, ERR_INPUT, "larger than a feed may be");
    s->bytes = refs_bytes((u32)rows);
    Err err = memory_take(&s->memory, s->bytes, w);
    if (!err) s->rows = refs_on(s->memory, (u32)rows);
    return err;
}

void feed_seen_give(struct feed_seen *s)
{
    if (s->memory) memory_give(s->memory, s->bytes);
    *s = (struct feed_seen){ 0 };
}

/* Bytes of a file in memory, as a source. */
struct bytes { const char *at; u64 n; };
static u32 read_bytes(void *from, char *to, u32 cap)
{
    struct bytes *b = from;
    u32 n = b->n < cap ? (u32)b->n : cap;
    memcpy(to, b->at, n);
    b->at += n, b->n -= n;
    return n;
}

static Err header_fault(const struct reading *d, u32 column, const char *cause, struct why *w)
{
    const struct csv *c = d->csv;
    Str s = column < CSV_CELLS_MAX && column < c->cells ? c->cell[column] : STR("header");
    return why_set(w, ERR_INPUT, "%s:%u: %.*s: %s", d->name, c->line, (int)(s.n < 40 ? s.n : 40),
                   s.at, cause);
}

static Str mapped(Str theirs, const struct feed_ask *ask)
{
    for (u32 i = 0; i < ask->maps_n; i++)
        if (str_is(theirs, ask->maps[i].theirs)) return str_of(ask->maps[i].ours);
    return theirs;
}

static u32 column_of(const struct feed_form *f, Str name)
{
    u32 c = 0;
    while (c < f->columns_n && !str_is(name, f->columns[c].name)) c++;
    return c;
}

/* Columns that the file does not have and the mapping gives. */
static Err take_constants(struct reading *d, bool *have, struct why *w)
{
    for (u32 i = 0; i < d->ask->constants_n; i++) {
        const struct feed_constant *k = &d->ask->constants[i];
        u32 c = column_of(d->form, str_of(k->ours));
        const char *cause = c == d->form->columns_n ? "unknown column"
                            : have[c]               ? "in the file and given for all rows"
                                                    : NULL;
        if (cause) return why_set(w, ERR_INPUT, "%s:%u: %s: %s", d->name, 1u, k->ours, cause);
        have[c] = true, d->constant[c] = str_of(k->value);
    }
    return ERR_OK;
}

/* Every column known (or mapped away), none twice, none needed missing. */
static Err read_header(struct reading *d, struct why *w)
{
    bool have[CSV_CELLS_MAX] = { false };
    if (!csv_next(d->csv)) {
        return why_set(w, ERR_INPUT, "%s:1: header: the file is empty", d->name);
    }
    if (d->csv->fault) return header_fault(d, CSV_CELLS_MAX, csv_fault_text(d->csv->fault), w);
    for (u32 i = 0; i < d->csv->cells; i++) {
        Str name = mapped(d->csv->cell[i], d->ask);
        if (str_is(name, "-")) continue;
        u32 c = column_of(d->form, name);
        if (c == d->form->columns_n) return header_fault(d, i, "unknown column", w);
        if (have[c]) return header_fault(d, i, "the same column twice", w);
        have[c] = true, d->at[i] = c + 1;
    }
    d->columns = d->csv->cells;
    Err err = take_constants(d, have, w);
    for (u32 c = 0; c < d->form->columns_n && !err; c++)
        if (d->form->columns[c].needed && !have[c])
            err = why_set(w, ERR_INPUT, "%s:%u: %s: column missing", d->name, d->csv->line,
                          d->form->columns[c].name);
    reading_identity(d, (Str){ d->csv->raw, d->csv->raw_n });
    return err;
}

static Err read_row(struct reading *d, struct why *w)
{
    struct csv *c = d->csv;
    Str cells[CSV_CELLS_MAX], raw = { c->raw, c->raw_n };
    memcpy(cells, d->constant, sizeof cells);
    if (c->fault)
        return reading_refuse(d, c->line, raw, 0, OBS_REJECT_BAD_ROW, "row",
                              csv_fault_text(c->fault));
    if (c->cells != d->columns)
        return reading_refuse(d, c->line, raw, 0, OBS_REJECT_BAD_ROW, "row",
                              "other number of cells than the header");
    if (!reading_first(d, raw)) {
        return d->err ? d->err : reading_skip(d, c->line, FEED_SKIP_DUPLICATE, (Str){ NULL, 0 });
    }
    for (u32 i = 0; i < c->cells; i++)
        if (d->at[i]) cells[d->at[i] - 1] = c->cell[i];
    Err err = ERR_OK;
    for (u32 part = 0; !err && (!part || part < d->form->parts); part++) {
        struct observation o = { 0 };
        struct feed_row row = { cells, &d->out->log, d->file_ref, 0,    "",
                                "",    false,        d->ask,      part, false };
        d->form->read(&row, &o);
        if (row.code)
            return reading_refuse(d, c->line, raw, o.source, row.code, row.column, row.cause);
        if (!row.none) err = reading_take(d, c->line, raw, &o, row.rounded);
    }
    return err;
}

static Err read_csv(struct reading *d, const char *bytes, u64 n, struct why *w)
{
    struct bytes b = { bytes, n };
    d->csv = malloc(sizeof *d->csv);
    if (!d->csv) return why_set(w, ERR_IO, "no memory");
    csv_open(d->csv, (struct csv_source){ read_bytes, &b });
    Err err = read_header(d, w);
    while (!err && csv_next(d->csv)) err = read_row(d, w);
    free(d->csv);
    return err;
}

/* Names are far fewer than rows; more than room allows is an error, not a loss. */
static u64 names_room(u64 rows)
{
    return rows < 4096 ? 4096 : rows / 4 < 1 << 20 ? rows / 4 + 4096 : 1 << 20;
}

Err feed_parse(const struct feed_ask *ask, const char *name, const char *bytes, u64 n,
               struct feed_log *out, struct feed_result *r, struct why *w)
{
    const struct feed_form *form = formats[ask->format].form;
    u64 rows = n / 16 + 2; /* a row of any format has at least 16 bytes */
    struct feed_seen mine = { 0 };
    struct reading d = { .name = name, .form = form, .out = out, .r = r, .ask = ask, .why = w };
    *out = (struct feed_log){ 0 }, *r = (struct feed_result){ 0 };
    if (!n) bytes = ""; /* an empty reply may have no address */
    if (formats[ask->format].timed && ask->at.ns <= 0)
        return why_set(w, ERR_INPUT,
                       "%s: the format has no time of its own: say when the reply "
                       "was fetched",
                       name);
    if (rows > UINT32_C(1) << 27)
        return why_set(w, ERR_INPUT, "%s: larger than a feed may be", name);
    Err err = ask->seen ? ERR_OK : feed_seen_take(&mine, rows, w);
    d.seen = ask->seen ? &ask->seen->rows : &mine.rows;
    u64 each = form->json ? 4 : form->parts ? form->parts : 1; /* records an item or row can make */
    if (!err) err = feed_log_take(out, rows * each, names_room(rows), 64, w);
    if (!err) {
        d.reply = sha256_of(bytes, n);
        if (!refs_add(&out->log.refs, d.reply, &d.file_ref)) UNREACHABLE("an empty table has room");
        reading_identity(&d, (Str){ NULL, 0 });
        err = form->json ? json_read(&d, bytes, n) : read_csv(&d, bytes, n, w);
    }
    if (!err) err = reading_origin(&d);
    feed_seen_give(&mine);
    if (err) feed_log_give(out), feed_result_give(r);
    return err;
}

Err feed_read(const struct feed_ask *ask, const char *path, struct feed_log *out,
              struct feed_result *r, struct why *w)
{
    u8 *bytes = NULL;
    u64 n = 0;
    Err err = file_read_all(path, FEED_BYTES_MAX, &bytes, &n, w);
    if (!err) err = feed_parse(ask, path, (const char *)bytes, n, out, r, w);
    free(bytes);
    return err;
}

enum feed_format feed_guess(const char *bytes, u64 n)
{
    u64 end = 0;
    while (end < n && bytes[end] != '\n') end++;
    static const char offers[] = "observed_at,provider,", tokens[] = "observed_at,provider,model,";
    u64 at = n >= 3 && (u8)bytes[0] == 0xef ? 3 : 0, len = sizeof offers - 1;
    if (end >= at + sizeof tokens - 1 && memcmp(bytes + at, tokens, sizeof tokens - 1) == 0)
        return FEED_TOKEN_PRICES;
    if (end >= at + len && memcmp(bytes + at, offers, len) == 0) return FEED_GPU_OFFERS;
    for (u64 i = at; i < end; i++)
        if (bytes[i] == ',') return FEED_GENERIC;
    return FEED_NONE;
}

/* A record's interned values in another log. */
static Err re_intern(const struct obs_log *from, struct obs_log *to, struct observation *o,
                     struct why *w)
{
    u32 *names[] = { &o->source,        &o->key,    &o->provider, &o->owner,
                     &o->counter_owner, &o->region, &o->model };
    u32 *refs[] = { &o->source_ref, &o->attestation };
    for (u32 i = 0; i < ARRAY_LEN(names); i++)
        if (*names[i] && !names_add(&to->names, names_text(&from->names, *names[i]), names[i]))
            return why_set(w, ERR_INPUT, "too many names");
    for (u32 i = 0; i < ARRAY_LEN(refs); i++)
        if (*refs[i] && !refs_add(&to->refs, refs_hash(&from->refs, *refs[i]), refs[i]))
            return why_set(w, ERR_INPUT, "too many references");
    return ERR_OK;
}

static Err take_one(struct feed_log *in, u32 from, u32 at, u64 *moved, struct feed_log *out,
                    struct why *w)
{
    struct observation o = in->log.at[at];
    Err err = re_intern(&in->log, &out->log, &o, w);
    if (err) return err;
    if (o.corrects) o.corrects = moved[o.corrects - 1]; /* a record only corrects an earlier one */
    if (obs_log_add(&out->log, &o)) return why_set(w, ERR_INPUT, "input %u: record %u", from, at);
    moved[at] = out->log.n;
    return ERR_OK;
}

/* How far one input of a merge has come, and where its records went. */
struct merging { u32 at; u64 *moved; };

Err feed_merge(struct feed_log *in, u32 n, struct feed_log *out, struct why *w)
{
    u64 records = 1, names = 1, refs = 1;
    struct merging *m = calloc((u64)n + 1, sizeof *m);
    *out = (struct feed_log){ 0 };
    if (!m) return why_set(w, ERR_IO, "no memory");
    for (u32 i = 0; i < n; i++)
        records += in[i].log.n, names += in[i].log.names.n, refs += in[i].log.refs.n;
    Err err = feed_log_take(out, records, names, refs, w);
    for (u32 i = 0; i < n && !err; i++) {
        m[i].moved = calloc(in[i].log.n + 1, sizeof *m[i].moved);
        if (!m[i].moved) err = why_set(w, ERR_IO, "no memory");
    }
    while (!err) {
        u32 best = n;
        for (u32 i = 0; i < n; i++) {
            if (m[i].at == in[i].log.n) continue;
            i64 t = in[i].log.at[m[i].at].t_journal;
            if (best == n || t < in[best].log.at[m[best].at].t_journal) best = i;
        }
        if (best == n) break;
        err = take_one(&in[best], best, m[best].at, m[best].moved, out, w);
        m[best].at++;
    }
    for (u32 i = 0; i < n; i++) free(m[i].moved);
    free(m);
    if (err) feed_log_give(out);
    return err;
}
