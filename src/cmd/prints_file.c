#include "cmd/prints_file.h"

#include "feeds/csv.h"
#include "index/lists.h"
#include "index/names.h"
#include "sys/file.h"
#include <stdlib.h>

struct bytes { const char *at; u64 n; };
static u32 read_bytes(void *from, char *to, u32 cap)
{
    struct bytes *b = from;
    u32 n = b->n < cap ? (u32)b->n : cap;
    memcpy(to, b->at, n);
    b->at += n, b->n -= n;
    return n;
}

enum { COL_DATE, COL_VALUE, COL_STATUS, COL_RECEIPT, COLS };
static const char *const columns[COLS] = { "date", "value", "status", "receipt" };

static Err fault(const char *path, const struct csv *c, u32 column, const char *cause,
                 struct why *w)
{
    return why_set(w, ERR_INPUT, "%s:%u: %s: %s", path, c->line, columns[column], cause);
}

static Err read_header(const char *path, struct csv *c, u32 at[COLS], struct why *w)
{
    if (!csv_next(c)) return why_set(w, ERR_INPUT, "%s:1: header: the file is empty", path);
    for (u32 k = 0; k < COLS; k++) {
        at[k] = 0;
        while (at[k] < c->cells && !str_is(c->cell[at[k]], columns[k])) at[k]++;
        if (at[k] == c->cells) return fault(path, c, k, "column missing", w);
    }
    return ERR_OK;
}

static Err read_row(const char *path, const struct csv *c, const u32 at[COLS],
                    struct prints_file *out, struct why *w)
{
    struct print_row r = { .printed = false };
    for (u32 k = 0; k < COLS; k++)
        if (c->fault || at[k] >= c->cells) return fault(path, c, k, "cell missing", w);
    if (parse_date(c->cell[at[COL_DATE]], &r.date) != PARSE_OK)
        return fault(path, c, COL_DATE, "not YYYY-MM-DD", w);
    Str value = c->cell[at[COL_VALUE]], receipt = c->cell[at[COL_RECEIPT]];
    if (value.n && (parse_dec(value, 6, &r.value) != PARSE_OK || r.value <= 0))
        return fault(path, c, COL_VALUE, "not a price above 0 of at most six digits", w);
    if (parse_hex(receipt, r.receipt.bytes, sizeof r.receipt.bytes) != PARSE_OK)
        return fault(path, c, COL_RECEIPT, "not 64 hex digits", w);
    r.printed = str_is(c->cell[at[COL_STATUS]], list_text(PRINT, BENCH_PRINT_PRINTED));
    if (out->n && r.date.days == out->at[out->n - 1].date.days) return ERR_OK; /* a later version */
    if (out->n && r.date.days < out->at[out->n - 1].date.days)
        return fault(path, c, COL_DATE, "before the row above", w);
    out->at[out->n++] = r;
    return ERR_OK;
}

/* The part of "SERIES=FILE" that is the file; NULL: the series is no name. */
static const char *name_series(const char *arg, char series[32])
{
    const char *eq = strchr(arg, '='), *slash = strrchr(arg, '/');
    const char *from = eq ? arg : slash ? slash + 1 : arg;
    size_t n = eq ? (size_t)(eq - arg) : strcspn(from, ".");
    if (!name_valid((Str){ from, (u32)n })) return NULL;
    memset(series, 0, 32);
    memcpy(series, from, n);
    return eq ? eq + 1 : arg;
}

Err prints_read(const char *arg, struct prints_file *out, struct why *w)
{
    u8 *bytes = NULL;
    u64 n = 0, lines = 1;
    u32 at[COLS];
    *out = (struct prints_file){ 0 };
    const char *path = name_series(arg, out->series);
    if (!path) return why_set(w, ERR_INPUT, "%s: series: not one word of at most 31 letters", arg);
    Err err = file_read_all(path, UINT64_C(1) << 28, &bytes, &n, w);
    if (err) return err;
    for (u64 i = 0; i < n; i++) lines += bytes[i] == '\n';
    out->file = sha256_of(bytes, n);
    out->at = calloc(lines, sizeof *out->at);
    struct csv *c = malloc(sizeof *c);
    struct bytes b = { (const char *)bytes, n };
    if (!out->at || !c) err = why_set(w, ERR_IO, "no memory");
    if (!err) csv_open(c, (struct csv_source){ read_bytes, &b });
    if (!err) err = read_header(path, c, at, w);
    while (!err && csv_next(c)) err = read_row(path, c, at, out, w);
    free(c);
    free(bytes);
    if (err) prints_give(out);
    return err;
}

Err prints_read_all(const char *const *args, u32 n, struct prints_file *out, u32 *read,
                    struct why *w)
{
    for (*read = 0; *read < n; (*read)++) {
        Err err = prints_read(args[*read], &out[*read], w);
        for (u32 i = 0; i < *read && !err; i++)
            if (strcmp(out[i].series, out[*read].series) == 0) {
                err = why_set(w, ERR_INPUT, "%s: series: %s is given twice", args[*read],
                              out[i].series);
                prints_give(&out[*read]);
            }
        if (err) return err;
    }
    return ERR_OK;
}

void prints_give(struct prints_file *p)
{
    free(p->at);
    *p = (struct prints_file){ 0 };
}

const struct print_row *prints_on(const struct prints_file *p, Date d)
{
    u32 lo = 0, hi = p->n;
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (p->at[mid].date.days < d.days) lo = mid + 1;
        else hi = mid;
    }
    return lo < p->n && p->at[lo].date.days == d.days ? &p->at[lo] : NULL;
}
