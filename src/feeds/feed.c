#include "feeds/csv.h"
#include "feeds/row.h"
#include "sys/file.h"
#include "sys/memory.h"
#include <stdlib.h>

static const struct { const char *name; const struct feed_form *form; } formats[FEED_FORMATS] = {
#define AS_FORMAT_ROW(NAME, form, name, text) [FEED_##NAME] = { name, &feed_form_##form },

    FEED_FORMAT_LIST(AS_FORMAT_ROW)
};

enum feed_format feed_format_of(Str name)
{
    for (u32 f = 1; f < FEED_FORMATS; f++)
        if (str_is(name, formats[f].name)) return (enum feed_format)f;
    return FEED_NONE;
}

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
    bool rounded;
    u32 point = 0;
    enum parse p = parse_dec_round(s, 6, &o->price, &rounded);
    if (p) return row_fault(r, OBS_REJECT_BAD_NUMBER, name, parse_text(p));
    while (point < s.n && s.at[point] != '.') point++;
    if (point < s.n && s.n - point - 1 > 12) o->quality |= LIST_BIT(QUALITY_ROUNDED);
    r->rounded = rounded;
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
    *l = (struct feed_log){ 0 };
}

void feed_result_give(struct feed_result *r)
{
    free(r->refused);
    *r = (struct feed_result){ 0 };
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

/* One reading of one file. */
struct reading {
    const char *name;
    const struct feed_form *form;
    struct csv *csv;
    struct feed_log *out;
    struct feed_result *r;
    struct refs seen;      /* rows by the hash of their bytes */
    u32 at[CSV_CELLS_MAX]; /* file's column -> form's column + 1, 0: left out */
    u32 columns;
    u32 file_ref;
};

static Err header_fault(const struct reading *d, u32 column, const char *cause, struct why *w)
{
    const struct csv *c = d->csv;
    Str s = column < CSV_CELLS_MAX && column < c->cells ? c->cell[column] : STR("header");
    return why_set(w, ERR_INPUT, "%s:%u: %.*s: %s", d->name, c->line, (int)(s.n < 40 ? s.n : 40),
                   s.at, cause);
}

static Str mapped(Str theirs, const struct feed_map *maps, u32 n)
{
    for (u32 i = 0; i < n; i++)
        if (str_is(theirs, maps[i].theirs)) return str_of(maps[i].ours);
    return theirs;
}

/* Every column known (or mapped away), none twice, none needed missing. */
static Err read_header(struct reading *d, const struct feed_map *maps, u32 maps_n, struct why *w)
{
    bool have[CSV_CELLS_MAX] = { false };
    if (!csv_next(d->csv)) {
        return why_set(w, ERR_INPUT, "%s:1: header: the file is empty", d->name);
    }
    if (d->csv->fault) return header_fault(d, CSV_CELLS_MAX, csv_fault_text(d->csv->fault), w);
    for (u32 i = 0; i < d->csv->cells; i++) {
        Str name = mapped(d->csv->cell[i], maps, maps_n);
        if (str_is(name, "-")) continue;
        u32 c = 0;
        while (c < d->form->columns_n && !str_is(name, d->form->columns[c].name)) c++;
        if (c == d->form->columns_n) return header_fault(d, i, "unknown column", w);
        if (have[c]) return header_fault(d, i, "the same column twice", w);
        have[c] = true, d->at[i] = c + 1;
    }
    d->columns = d->csv->cells;
    for (u32 c = 0; c < d->form->columns_n; c++)
        if (d->form->columns[c].needed && !have[c])
            return why_set(w, ERR_INPUT, "%s:%u: %s: column missing", d->name, d->csv->line,
                           d->form->columns[c].name);
    return ERR_OK;
}

static void count_source(struct feed_result *r, u32 source)
{
    u32 i = 0;
    while (i < r->sources && r->by_source[i].source != source) i++;
    if (i == ARRAY_LEN(r->by_source)) return;
    if (i == r->sources) r->by_source[r->sources++] = (struct feed_count){ source, 0 };
    r->by_source[i].refused++;
}

static Err refuse(struct reading *d, u32 source, u8 code, const char *column, const char *cause,
                  struct why *w)
{
    struct feed_result *r = d->r;
    r->refused_n++, r->by_code[code]++;
    count_source(r, source);
    if (r->kept == FEED_KEPT) return ERR_OK;
    if ((r->kept & (r->kept - 1)) == 0) { /* room doubles at powers of two */
        u64 cap = r->kept ? 2 * (u64)r->kept : 1;
        void *more = realloc(r->refused, cap * sizeof *r->refused);
        if (!more) return why_set(w, ERR_IO, "no memory for refused rows");
        r->refused = more;
    }
    struct feed_refused *f = &r->refused[r->kept++];
    memset(f, 0, sizeof *f);
    f->line = d->csv->line, f->code = code;
    snprintf(f->column, sizeof f->column, "%s", column);
    snprintf(f->cause, sizeof f->cause, "%s", cause);
    u32 n = d->csv->raw_n < sizeof f->raw - 1 ? d->csv->raw_n : (u32)sizeof f->raw - 1;
    memcpy(f->raw, d->csv->raw, n);
    return ERR_OK;
}

static const char *check_column(u8 code)
{
    static const char *const names[OBS_REJECT_COUNT] = {
        [OBS_REJECT_BAD_ENUM] = "kind",       [OBS_REJECT_BAD_PRICE] = "price",
        [OBS_REJECT_BAD_SIZE] = "size",       [OBS_REJECT_BAD_DURATION] = "duration_s",
        [OBS_REJECT_BAD_TIME] = "t_event",    [OBS_REJECT_BAD_TEXT] = "provider",
        [OBS_REJECT_BAD_NUMBER] = "corrects", [OBS_REJECT_BAD_CCY] = "ccy",
    };
    return names[code] ? names[code] : "row";
}

static Err read_row(struct reading *d, struct why *w)
{
    struct csv *c = d->csv;
    Str cells[CSV_CELLS_MAX] = { { NULL, 0 } };
    u32 id, before = d->seen.n;
    d->r->rows++;
    if (c->fault) return refuse(d, 0, OBS_REJECT_BAD_ROW, "row", csv_fault_text(c->fault), w);
    if (c->cells != d->columns)
        return refuse(d, 0, OBS_REJECT_BAD_ROW, "row", "other number of cells than the header", w);
    if (!refs_add(&d->seen, sha256_of(c->raw, c->raw_n), &id))
        return why_set(w, ERR_INPUT, "%s:%u: row: too many rows", d->name, c->line);
    if (d->seen.n == before) {
        d->r->duplicates++;
        return ERR_OK;
    }
    for (u32 i = 0; i < c->cells; i++)
        if (d->at[i]) cells[d->at[i] - 1] = c->cell[i];
    struct observation o = { 0 };
    struct feed_row row = { cells, &d->out->log, d->file_ref, 0, "", "", false };
    d->form->read(&row, &o);
    if (!row.code) {
        row.code = obs_log_add(&d->out->log, &o);
        row.column = check_column(row.code), row.cause = "out of the record's range";
    }
    if (row.code == OBS_REJECT_FULL)
        return why_set(w, ERR_INPUT, "%s:%u: row: too many rows", d->name, c->line);
    if (row.code) return refuse(d, o.source, row.code, row.column, row.cause, w);
    d->r->taken++, d->r->rounded += row.rounded;
    return ERR_OK;
}

Err feed_parse(enum feed_format format, const char *name, const char *bytes, u64 n,
               const struct feed_map *maps, u32 maps_n, struct feed_log *out, struct feed_result *r,
               struct why *w)
{
    /* a row of either format has at least 16 bytes; names are far fewer than cells */
    u64 rows = n / 16 + 2, names = rows < 4096          ? 4096
                                   : rows / 4 < 1 << 20 ? rows / 4 + 4096
                                                        : 1 << 20;
    struct bytes b = { bytes, n };
    struct reading d = { .name = name, .form = formats[format].form, .out = out, .r = r };
    u8 *seen = NULL;
    u64 seen_bytes = refs_bytes((u32)(rows < UINT32_C(1) << 27 ? rows : UINT32_C(1) << 27));
    *out = (struct feed_log){ 0 }, *r = (struct feed_result){ 0 };
    if (rows > UINT32_C(1) << 27)
        return why_set(w, ERR_INPUT, "%s: larger than a feed may be", name);
    d.csv = malloc(sizeof *d.csv);
    Err err = d.csv ? ERR_OK : why_set(w, ERR_IO, "no memory");
    if (!err) err = memory_take(&seen, seen_bytes, w);
    if (!err) err = feed_log_take(out, rows, names, 64, w);
    if (!err) {
        d.seen = refs_on(seen, (u32)rows);
        if (!refs_add(&out->log.refs, sha256_of(bytes, n), &d.file_ref))
            UNREACHABLE("an empty table has room");
        csv_open(d.csv, (struct csv_source){ read_bytes, &b });
        err = read_header(&d, maps, maps_n, w);
    }
    while (!err && csv_next(d.csv)) err = read_row(&d, w);
    if (seen) memory_give(seen, seen_bytes);
    free(d.csv);
    if (err) feed_log_give(out), feed_result_give(r);
    return err;
}

Err feed_read(enum feed_format format, const char *path, const struct feed_map *maps, u32 maps_n,
              struct feed_log *out, struct feed_result *r, struct why *w)
{
    u8 *bytes = NULL;
    u64 n = 0;
    Err err = file_read_all(path, FEED_BYTES_MAX, &bytes, &n, w);
    if (!err) err = feed_parse(format, path, (const char *)bytes, n, maps, maps_n, out, r, w);
    free(bytes);
    return err;
}

enum feed_format feed_guess(const char *bytes, u64 n)
{
    u64 end = 0;
    while (end < n && bytes[end] != '\n') end++;
    static const char offers[] = "observed_at,provider,";
    u64 at = n >= 3 && (u8)bytes[0] == 0xef ? 3 : 0, len = sizeof offers - 1;
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

Err feed_merge(struct feed_log *in, u32 n, struct feed_log *out, struct why *w)
{
    u64 records = 1, names = 1, refs = 1;
    u32 at[64] = { 0 };
    u64 *moved[64] = { NULL };
    *out = (struct feed_log){ 0 };
    if (n > ARRAY_LEN(at)) return why_set(w, ERR_INPUT, "more than 64 inputs");
    for (u32 i = 0; i < n; i++)
        records += in[i].log.n, names += in[i].log.names.n, refs += in[i].log.refs.n;
    Err err = feed_log_take(out, records, names, refs, w);
    for (u32 i = 0; i < n && !err; i++) {
        moved[i] = calloc(in[i].log.n + 1, sizeof *moved[i]);
        if (!moved[i]) err = why_set(w, ERR_IO, "no memory");
    }
    while (!err) {
        u32 best = n;
        for (u32 i = 0; i < n; i++) {
            if (at[i] == in[i].log.n) continue;
            if (best == n || in[i].log.at[at[i]].t_journal < in[best].log.at[at[best]].t_journal)
                best = i;
        }
        if (best == n) break;
        err = take_one(&in[best], best, at[best], moved[best], out, w);
        at[best]++;
    }
    for (u32 i = 0; i < n; i++) free(moved[i]);
    if (err) feed_log_give(out);
    return err;
}
