#include "cmd/cmd.h"
#include "cmd/prints_file.h"
#include "cmd/splice_run.h"
#include "config/splice.h"

#include <stdlib.h>

/* One day of a spliced series. */
struct row {
    Date date;
    u32 part;
    i64 price, value;
    bool printed, roll;
    i64 seam_ppm; /* new part against old on a roll day; INT64_MIN: not both there */
    Hash source, receipt;
};
struct spliced { struct splice s; struct prints_file in[SPLICE_PARTS_MAX]; u32 n; Hash method; };

static const struct prints_file *file_of(const struct spliced *x, const char *series)
{
    for (u32 i = 0; i < x->n; i++)
        if (strcmp(x->in[i].series, series) == 0) return &x->in[i];
    return NULL;
}

static Err open_inputs(struct spliced *x, const char *const *inputs, u32 n, struct why *w)
{
    Err err = n > SPLICE_PARTS_MAX ? why_set(w, ERR_INPUT, "more inputs than parts")
                                   : prints_read_all(inputs, n, x->in, &x->n, w);
    for (i64 i = 0; !err && i < x->s.parts_n; i++)
        if (!file_of(x, x->s.parts[i].series))
            err = why_set(w, ERR_INPUT, "no prints of %s: give -i %s=FILE", x->s.parts[i].series,
                          x->s.parts[i].series);
    return err;
}

/* What its print is multiplied by: as stated, or as the link made it. */
static i64 factor_of(const struct spliced *x, const struct row *r)
{
    if (x->s.join == JOIN_FACTOR || !r->price) return x->s.parts[r->part].factor_ppm;
    return (i64)div_round((i128)r->value * PPM, r->price, ROUND_HALF_EVEN);
}

/* What the day is made of, as text; its hash is the row's receipt. */
static Hash receipt_of(const struct spliced *x, const struct row *r)
{
    char buf[512];
    struct text t = text_on(buf, sizeof buf);
    text_put(&t, "hedgerow-splice 1\nmethodology ");
    text_put_hex(&t, x->method.bytes, sizeof x->method.bytes);
    text_put(&t, "\ndate "), text_put_date(&t, r->date);
    text_put(&t, "\nseries "), text_put(&t, x->s.parts[r->part].series);
    text_put(&t, "\nprint "), text_put_hex(&t, r->source.bytes, sizeof r->source.bytes);
    text_put(&t, "\nprice "), text_put_dec(&t, r->price, 6, 6);
    text_put(&t, "\nfactor_ppm "), text_put_i64(&t, factor_of(x, r));
    text_put(&t, "\nvalue "), text_put_dec(&t, r->value, 6, 6);
    text_put_char(&t, '\n');
    return sha256_of(t.at, t.n);
}

static i64 seam_of(const struct spliced *x, u32 part, Date d, i64 value)
{
    i64 old;
    const struct print_row *before = prints_on(file_of(x, x->s.parts[part - 1].series), d);
    if (!before || !value || !splice_value(&x->s, part - 1, before->value, &old)) return INT64_MIN;
    return (i64)div_round((i128)(value - old) * PPM, old, ROUND_HALF_EVEN);
}

static struct row row_of(const struct spliced *x, Date d, struct splice_chain *c)
{
    struct splice_price prices[SPLICE_PARTS_MAX] = { 0 };
    i64 other;
    struct row r = { .date = d, .seam_ppm = INT64_MIN };
    u32 before = c->part;
    for (u32 i = 0; i < (u32)x->s.parts_n; i++) {
        const struct print_row *p = prints_on(file_of(x, x->s.parts[i].series), d);
        if (p) prices[i].value = p->value, prices[i].printed = p->printed;
    }
    r.value = splice_next(&x->s, c, d, prices, &r.part);
    const struct print_row *p = prints_on(file_of(x, x->s.parts[r.part].series), d);
    if (p && r.value) r.price = p->value, r.printed = p->printed, r.source = p->receipt;
    r.roll = x->s.join == JOIN_LINK_DAY ? c->part != before
                                        : r.part > 0 && x->s.parts[r.part].from == d.days;
    if (r.roll && x->s.join == JOIN_FACTOR) r.seam_ppm = seam_of(x, r.part, d, r.value);
    /* the day's value is the old part's; the same by the link just made is the new one's */
    if (r.roll && x->s.join == JOIN_LINK_DAY &&
        mul_div(c->level, r.price, c->price, ROUND_HALF_EVEN, &other))
        r.seam_ppm = (i64)div_round((i128)(other - r.value) * PPM, r.value, ROUND_HALF_EVEN);
    r.receipt = receipt_of(x, &r);
    return r;
}

static const char *status_of(const struct row *r)
{
    return list_text(PRINT, r->printed ? BENCH_PRINT_PRINTED
                            : r->value ? BENCH_PRINT_CARRIED
                                       : BENCH_PRINT_NO_PRINT);
}

static void print_json(const struct spliced *x, const struct row *r)
{
    char buf[2048];
    struct json_line j = object_begin(buf, sizeof buf);
    object_date(&j, "date", r->date);
    if (r->value) object_dec(&j, "value", r->value, 6, (u32)x->s.decimals);
    else object_null(&j, "value");
    object_text(&j, "status", status_of(r));
    object_text(&j, "label", list_text(LABEL, x->s.label));
    object_text(&j, "standing", list_text(SERIES_STANDING, x->s.standing));
    object_text(&j, "series", x->s.parts[r->part].series);
    if (r->value) object_dec(&j, "price", r->price, 6, 0);
    else object_null(&j, "price");
    object_u64(&j, "factor_ppm", (u64)factor_of(x, r));
    if (r->seam_ppm != INT64_MIN) object_dec(&j, "seam_ppm", r->seam_ppm, 0, 0);
    object_hash(&j, "print", &r->source);
    object_hash(&j, "receipt", &r->receipt);
    object_end(&j);
}

static void print_csv(const struct spliced *x, const struct row *r)
{
    char buf[512];
    struct text t = text_on(buf, sizeof buf);
    text_put_date(&t, r->date), text_put_char(&t, ',');
    if (r->value) text_put_dec_short(&t, r->value, 6, (u32)x->s.decimals);
    text_put_char(&t, ','), text_put(&t, status_of(r));
    text_put_char(&t, ','), text_put(&t, list_text(LABEL, x->s.label));
    text_put_char(&t, ','), text_put(&t, list_text(SERIES_STANDING, x->s.standing));
    text_put_char(&t, ','), text_put(&t, x->s.parts[r->part].series), text_put_char(&t, ',');
    if (r->value) text_put_dec_short(&t, r->price, 6, 0);
    text_put_char(&t, ','), text_put_i64(&t, factor_of(x, r));
    text_put_char(&t, ',');
    if (r->seam_ppm != INT64_MIN) text_put_i64(&t, r->seam_ppm);
    text_put_char(&t, ','), text_put_hex(&t, r->receipt.bytes, sizeof r->receipt.bytes);
    puts(buf);
}

static void table_row(struct table *t, const struct spliced *x, const struct row *r)
{
    char date[16], value[32] = "", price[32] = "", seam[32] = "";
    struct text d = text_on(date, sizeof date), v = text_on(value, sizeof value);
    struct text p = text_on(price, sizeof price), s = text_on(seam, sizeof seam);
    text_put_date(&d, r->date);
    if (r->value)
        text_put_dec(&v, r->value, 6, (u32)x->s.decimals), text_put_dec(&p, r->price, 6, 4);
    if (r->seam_ppm != INT64_MIN) text_put_dec(&s, r->seam_ppm, 4, 2), text_put(&s, " %");
    table_cell(t, "%s", date);
    table_cell(t, "%s", status_of(r));
    table_cell(t, "%s", value);
    table_cell(t, "%s", x->s.parts[r->part].series);
    table_cell(t, "%s", price);
    table_cell(t, "%lld.%06lld", (long long)(factor_of(x, r) / PPM),
               (long long)(factor_of(x, r) % PPM));
    table_cell(t, "%s", r->roll ? "ROLL" : "");
    table_cell(t, "%s", seam);
}

/* The largest move of a day that is no roll, for the seams to be held against. */
static i64 largest_move(const struct row *rows, u32 n)
{
    i64 most = 0;
    for (u32 i = 1; i < n; i++) {
        if (rows[i].roll || !rows[i].value || !rows[i - 1].value) continue;
        i128 off = (i128)rows[i].value - rows[i - 1].value;
        most = i64_max(
            most, (i64)div_round((off < 0 ? -off : off) * PPM, rows[i - 1].value, ROUND_HALF_EVEN));
    }
    return most;
}

static void print_rows(const struct spliced *x, const struct row *rows, u32 n,
                       const struct splice_ask *ask)
{
    char line[1024], most[32];
    struct text l = text_on(line, sizeof line), m = text_on(most, sizeof most);
    struct table *t = ask->json || ask->csv
                          ? NULL
                          : table_new("Date|Status|>Value|Series|>Its print|>Factor|Roll|>Seam");
    if (ask->csv) puts("date,value,status,label,standing,series,price,factor_ppm,seam_ppm,receipt");
    for (u32 i = 0; i < n; i++) {
        if (ask->json) print_json(x, &rows[i]);
        else if (ask->csv) print_csv(x, &rows[i]);
        else table_row(t, x, &rows[i]);
    }
    if (!t) return;
    table_print(t);
    i64 values[80];
    u32 k = n < 80 ? n : 80;
    for (u32 i = 0; i < k; i++) {
        i64 v = rows[(u64)(i + 1) * n / k - 1].value;
        values[i] = v ? v : INT64_MIN;
    }
    sparkline(&l, values, k);
    text_put_dec(&m, largest_move(rows, n), 4, 2);
    printf("\n%s\n%s (%s, %s), %s\nSeam: what the roll itself moved the series by on its day. "
           "Largest move of a day without a roll: %s %%\n",
           line, x->s.index, list_text(LABEL, x->s.label),
           list_text(SERIES_STANDING, x->s.standing), x->s.measures, most);
}

/* From the first day of the series, or of the prints, to the last day of them. */
static void range(const struct spliced *x, const struct splice_ask *ask, Date *from, Date *to)
{
    Date first = DATE_MAX, last = { 0 };
    for (u32 i = 0; i < x->n; i++) {
        if (!x->in[i].n) continue;
        if (x->in[i].at[0].date.days < first.days) first = x->in[i].at[0].date;
        if (x->in[i].at[x->in[i].n - 1].date.days > last.days)
            last = x->in[i].at[x->in[i].n - 1].date;
    }
    *from = (Date){ (i32)i64_max(x->s.effective_from, first.days) };
    if (ask->from.days) *from = ask->from;
    *to = ask->to.days ? ask->to : last;
}

int splice_run_command(const char *method, const char *const *inputs, u32 n,
                       const struct splice_ask *ask)
{
    struct why w;
    Date from = { 0 }, to = { 0 };
    struct row *rows = NULL;
    u32 rows_n = 0;
    struct spliced *x = calloc(1, sizeof *x);
    Err err = x ? config_splice(method, &x->s, &w) : why_set(&w, ERR_IO, "no memory");
    if (!err) err = open_inputs(x, inputs, n, &w);
    if (!err) {
        x->method = record_hash(&splice_record, &x->s);
        range(x, ask, &from, &to);
        if (from.days < x->s.effective_from)
            err = why_set(&w, ERR_INPUT, "--from: before the methodology takes effect");
        else if (to.days < from.days)
            err = why_set(&w, ERR_INPUT, "no print from its first day on");
    }
    if (!err) rows = calloc((size_t)(to.days - from.days) + 1, sizeof *rows);
    if (!err && !rows) err = why_set(&w, ERR_IO, "no memory");
    struct splice_chain chain = { 0 };
    for (Date d = { x ? (i32)x->s.effective_from : 0 }; !err && d.days <= to.days; d.days++) {
        struct row r = row_of(x, d, &chain); /* from the first day whatever is asked for */
        if (d.days >= from.days) rows[rows_n++] = r;
    }
    if (!err) print_rows(x, rows, rows_n, ask);
    free(rows);
    for (u32 i = 0; x && i < x->n; i++) prints_give(&x->in[i]);
    free(x);
    return err ? say_why(err, &w) : ERR_OK;
}
