#include "cmd/cmd.h"
#include "cmd/prints_file.h"
#include "cmd/splice_receipt.h"
#include "cmd/splice_run.h"
#include "config/splice.h"

#include <stdlib.h>

struct spliced { struct splice s; struct prints_file in[SPLICE_PARTS_MAX]; u32 n; };

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

static struct splice_day day_of(const struct spliced *x, Date d, struct splice_chain *c)
{
    struct splice_day r = { .date = d, .link = *c };
    for (u32 i = 0; i < (u32)x->s.parts_n; i++) {
        const struct print_row *p = prints_on(file_of(x, x->s.parts[i].series), d);
        if (!p) continue;
        r.in[i].value = p->value, r.in[i].printed = p->printed;
        r.from[i] = (struct splice_print){ true, p->receipt };
    }
    splice_day_make(&x->s, c, &r);
    return r;
}

static void print_json(const struct spliced *x, const struct splice_day *r)
{
    char buf[2048];
    struct json_line j = object_begin(buf, sizeof buf);
    object_date(&j, "date", r->date);
    if (r->value) object_dec(&j, "value", r->value, 6, (u32)x->s.decimals);
    else object_null(&j, "value");
    object_text(&j, "status", splice_day_status(r));
    object_text(&j, "label", list_text(LABEL, x->s.label));
    object_text(&j, "standing", list_text(SERIES_STANDING, x->s.standing));
    object_text(&j, "series", x->s.parts[r->part].series);
    if (r->value) object_dec(&j, "price", r->price, 6, 0);
    else object_null(&j, "price");
    object_u64(&j, "factor_ppm", (u64)r->factor_ppm);
    if (r->seam_ppm != INT64_MIN) object_dec(&j, "seam_ppm", r->seam_ppm, 0, 0);
    object_hash(&j, "print", &r->from[r->part].receipt);
    object_hash(&j, "receipt", &r->receipt);
    object_end(&j);
}

static void print_csv(const struct spliced *x, const struct splice_day *r)
{
    char buf[512];
    struct text t = text_on(buf, sizeof buf);
    text_put_date(&t, r->date), text_put_char(&t, ',');
    if (r->value) text_put_dec_short(&t, r->value, 6, (u32)x->s.decimals);
    text_put_char(&t, ','), text_put(&t, splice_day_status(r));
    text_put_char(&t, ','), text_put(&t, list_text(LABEL, x->s.label));
    text_put_char(&t, ','), text_put(&t, list_text(SERIES_STANDING, x->s.standing));
    text_put_char(&t, ','), text_put(&t, x->s.parts[r->part].series), text_put_char(&t, ',');
    if (r->value) text_put_dec_short(&t, r->price, 6, 0);
    text_put_char(&t, ','), text_put_i64(&t, r->factor_ppm);
    text_put_char(&t, ',');
    if (r->seam_ppm != INT64_MIN) text_put_i64(&t, r->seam_ppm);
    text_put_char(&t, ','), text_put_hex(&t, r->receipt.bytes, sizeof r->receipt.bytes);
    puts(buf);
}

static void table_row(struct table *t, const struct spliced *x, const struct splice_day *r)
{
    char date[16], value[32] = "", price[32] = "", seam[32] = "";
    struct text d = text_on(date, sizeof date), v = text_on(value, sizeof value);
    struct text p = text_on(price, sizeof price), s = text_on(seam, sizeof seam);
    text_put_date(&d, r->date);
    if (r->value)
        text_put_dec(&v, r->value, 6, (u32)x->s.decimals), text_put_dec(&p, r->price, 6, 4);
    if (r->seam_ppm != INT64_MIN) text_put_dec(&s, r->seam_ppm, 4, 2), text_put(&s, " %");
    table_cell(t, "%s", date);
    table_cell(t, "%s", splice_day_status(r));
    table_cell(t, "%s", value);
    table_cell(t, "%s", x->s.parts[r->part].series);
    table_cell(t, "%s", price);
    table_cell(t, "%lld.%06lld", (long long)(r->factor_ppm / PPM),
               (long long)(r->factor_ppm % PPM));
    table_cell(t, "%s", r->roll ? "ROLL" : "");
    table_cell(t, "%s", seam);
}

/* The largest move of a day that is no roll, for the seams to be held against. */
static i64 largest_move(const struct splice_day *rows, u32 n)
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

static void print_rows(const struct spliced *x, const struct splice_day *rows, u32 n,
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

/* One date: its receipt's text gives the hash, and goes to the folder if there is one. */
static Err run_one(const struct spliced *x, struct splice_day *d, const struct signer *key,
                   const struct receipt_folder *f, struct why *w)
{
    struct receipt_text text = { 0 };
    splice_day_write(&x->s, d, &text);
    if (key->on) receipt_sign(key, &d->receipt, &text);
    Err err = text.failed ? why_set(w, ERR_IO, "no memory for a receipt") : ERR_OK;
    if (!err && f->dir) err = receipt_folder_put(f, d->date, 1, &text, w);
    free(text.at);
    return err;
}

static Err dates_shown(const struct spliced *x, const struct splice_ask *ask, Date *from, Date *to,
                       struct why *w)
{
    range(x, ask, from, to);
    if (from->days < x->s.effective_from)
        return why_set(w, ERR_INPUT, "--from: before the methodology takes effect");
    return to->days < from->days ? why_set(w, ERR_INPUT, "no print from its first day on") : ERR_OK;
}

static void give(struct spliced *x)
{
    for (u32 i = 0; x && i < x->n; i++) prints_give(&x->in[i]);
    free(x);
}

int splice_run_command(const char *method, const char *const *inputs, u32 n,
                       const struct splice_ask *ask)
{
    struct why w;
    Date from = { 0 }, to = { 0 };
    struct splice_day *rows = NULL;
    struct signer key = { 0 };
    struct receipt_folder f = { 0 };
    struct splice_chain chain = { 0 };
    u32 rows_n = 0;
    struct spliced *x = calloc(1, sizeof *x);
    Err err = x ? config_splice(method, &x->s, &w) : why_set(&w, ERR_IO, "no memory");
    if (!err) err = open_inputs(x, inputs, n, &w);
    if (!err) err = dates_shown(x, ask, &from, &to, &w);
    if (!err) err = signer_load(&key, ask->key, &w);
    if (!err) err = receipt_folder_open(&f, ask->receipts, from, to, &w);
    if (!err) rows = calloc((size_t)(to.days - from.days) + 1, sizeof *rows);
    if (!err && !rows) err = why_set(&w, ERR_IO, "no memory");
    for (Date d = { x ? (i32)x->s.effective_from : 0 }; !err && d.days <= to.days; d.days++) {
        struct splice_day r = day_of(x, d, &chain); /* from the first day whatever is asked for */
        if (d.days < from.days) continue;
        err = run_one(x, &r, &key, &f, &w);
        rows[rows_n++] = r;
    }
    if (!err) err = receipt_folder_close(&f, &w);
    if (!err) print_rows(x, rows, rows_n, ask);
    receipt_folder_drop(&f);
    signer_drop(&key);
    free(rows);
    give(x);
    return err ? say_why(err, &w) : ERR_OK;
}

/* The series again from its parts' prints, to the receipt's date. */
static Err verify_by_prints(struct splice_verdict *v, const char *const *inputs, u32 n,
                            struct why *w)
{
    struct splice_chain chain = { 0 };
    struct splice_day r = { 0 };
    struct receipt_text again = { 0 };
    struct spliced *x = calloc(1, sizeof *x);
    if (!x) return why_set(w, ERR_IO, "no memory");
    x->s = v->s;
    Err err = open_inputs(x, inputs, n, w);
    for (Date d = { (i32)x->s.effective_from }; !err && d.days <= v->day.date.days; d.days++)
        r = day_of(x, d, &chain);
    if (!err) splice_day_write(&x->s, &r, &again);
    if (!err && again.failed) err = why_set(w, ERR_IO, "no memory for a receipt");
    if (!err) splice_receipt_compare(v, &again, "the prints given make another");
    free(again.at);
    give(x);
    return err;
}

static void say_verdict(const char *path, const struct splice_verdict *v, bool json)
{
    char buf[1024], value[32];
    struct text t = text_on(value, sizeof value);
    if (json) {
        struct json_line j = object_begin(buf, sizeof buf);
        object_bool(&j, "ok", v->ok);
        object_text(&j, "file", path);
        if (v->ok) object_date(&j, "date", v->day.date);
        if (v->ok) object_text(&j, "status", splice_day_status(&v->day));
        if (v->ok) object_bool(&j, "signed", v->is_signed);
        if (v->ok) object_hash(&j, "receipt", &v->day.receipt);
        else object_u64(&j, "line", v->line), object_text(&j, "field", v->field);
        if (!v->ok) object_text(&j, "cause", v->cause);
        object_end(&j);
        return;
    }
    if (v->day.value) text_put_dec(&t, v->day.value, 6, (u32)v->s.decimals);
    if (v->ok)
        printf("%s: ok: %s %s%s\n", path, splice_day_status(&v->day), value,
               v->is_signed ? ", signed" : "");
    else printf("%s:%u: %s: DIFFERS: %s\n", path, v->line, v->field, v->cause);
}

int splice_verify_command(const char *path, const char *const *inputs, u32 n, bool json,
                          struct why *w)
{
    struct splice_verdict *v = calloc(1, sizeof *v);
    if (!v) return why_set(w, ERR_IO, "no memory");
    Err err = splice_receipt_check(path, v, w);
    if (!err && v->ok && n) err = verify_by_prints(v, inputs, n, w);
    if (!err) say_verdict(path, v, json);
    int code = err ? (int)err : v->ok ? ERR_OK : ERR_NO;
    free(v->text);
    free(v);
    return code;
}

static void explain(const struct splice_verdict *v)
{
    char value[32] = "no value", price[32];
    const struct splice_day *d = &v->day;
    struct text t = text_on(value, sizeof value), p = text_on(price, sizeof price);
    if (d->value) text_put_dec(&t, d->value, 6, (u32)v->s.decimals);
    text_put_dec(&p, d->price, 6, 6);
    printf("%s: %s, %s, label %s, %s\n", v->s.index, value, splice_day_status(d),
           list_text(LABEL, v->s.label), list_text(SERIES_STANDING, v->s.standing));
    printf("It measures: %s\n\n1. Part in force: %s%s\n", v->s.measures, v->s.parts[d->part].series,
           d->roll ? ", from this day on" : "");
    printf("2. Its print: %s\n", d->price ? price : "none");
    if (v->s.join == JOIN_FACTOR || !d->link.price)
        printf("3. At the stated factor %lld ppm\n", (long long)v->s.parts[d->part].factor_ppm);
    else
        printf("3. At the link %lld / %lld (level and print, in micros, of the day it was made)\n",
               (long long)d->link.level, (long long)d->link.price);
    if (d->seam_ppm != INT64_MIN)
        printf("4. The roll moved the series by %lld ppm\n", (long long)d->seam_ppm);
}

int splice_explain_command(const char *path)
{
    struct why w;
    struct splice_verdict *v = calloc(1, sizeof *v);
    Err err = v ? splice_receipt_check(path, v, &w) : why_set(&w, ERR_IO, "no memory");
    if (!err && v->ok) explain(v);
    if (!err && !v->ok)
        err = why_set(&w, ERR_NO, "%s:%u: %s: the receipt does not verify: %s", path, v->line,
                      v->field, v->cause);
    if (v) free(v->text);
    free(v);
    return err ? say_why(err, &w) : ERR_OK;
}
