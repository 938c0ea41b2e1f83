#include "cmd/splice_receipt.h"

#include "config/splice.h"
#include "index/lists.h"

#include <stdlib.h>

#define FIRST_LINE "hedgerow-splice-receipt 1\n"

/* ---- a day ---- */

/* What its print is multiplied by: as stated, or as the link made it. */
static i64 factor_of(const struct splice *s, const struct splice_day *d)
{
    if (s->join == JOIN_FACTOR || !d->price) return s->parts[d->part].factor_ppm;
    return (i64)div_round((i128)d->value * PPM, d->price, ROUND_HALF_EVEN);
}

static i64 seam_of(const struct splice *s, const struct splice_chain *c, const struct splice_day *d)
{
    i64 old = 0, now = d->value;
    if (s->join == JOIN_FACTOR) {
        const struct splice_price *before = &d->in[d->part - 1];
        if (!now || !splice_value(s, d->part - 1, before->value, &old)) return INT64_MIN;
    } else { /* the value is the old part's; by the link just made it is the new one's too */
        old = d->value;
        if (!mul_div(c->level, d->price, c->price, ROUND_HALF_EVEN, &now)) return INT64_MIN;
    }
    return (i64)div_round((i128)(now - old) * PPM, old, ROUND_HALF_EVEN);
}

void splice_day_make(const struct splice *s, struct splice_chain *c, struct splice_day *d)
{
    *c = d->link;
    d->seam_ppm = INT64_MIN, d->price = 0, d->printed = false;
    d->value = splice_next(s, c, d->date, d->in, &d->part);
    if (d->value) d->price = d->in[d->part].value, d->printed = d->in[d->part].printed;
    d->roll = s->join == JOIN_LINK_DAY ? c->part != d->link.part
                                       : d->part > 0 && s->parts[d->part].from == d->date.days;
    if (d->roll) d->seam_ppm = seam_of(s, c, d);
    d->factor_ppm = factor_of(s, d);
}

const char *splice_day_status(const struct splice_day *d)
{
    return list_text(PRINT, d->printed ? BENCH_PRINT_PRINTED
                            : d->value ? BENCH_PRINT_CARRIED
                                       : BENCH_PRINT_NO_PRINT);
}

/* ---- writing ---- */

static void line(struct receipt_text *to, struct text *t)
{
    text_put_char(t, '\n');
    to->failed |= t->cut;
    receipt_text_put(to, t->at, t->n);
    t->n = 0;
}

static void write_method(const struct splice *s, struct receipt_text *to)
{
    static char yaml[16384];
    char buf[1024];
    struct text y = text_on(yaml, sizeof yaml), t = text_on(buf, sizeof buf);
    Hash h = record_hash(&splice_record, s);
    record_yaml(&splice_record, s, &y);
    to->failed |= y.cut;
    for (u32 i = 0, from = 0; i < y.n; i++) {
        if (yaml[i] != '\n') continue;
        text_put(&t, "method "), text_put_str(&t, (Str){ yaml + from, i - from });
        line(to, &t);
        from = i + 1;
    }
    text_put(&t, "methodology "), text_put_hex(&t, h.bytes, sizeof h.bytes);
    line(to, &t);
}

void splice_day_write(const struct splice *s, struct splice_day *d, struct receipt_text *to)
{
    char buf[512];
    struct text t = text_on(buf, sizeof buf);
    u64 start = to->n;
    receipt_text_put(to, FIRST_LINE, sizeof FIRST_LINE - 1);
    text_put(&t, "index "), text_put(&t, s->index), line(to, &t);
    text_put(&t, "version "), text_put_i64(&t, s->version), line(to, &t);
    text_put(&t, "date "), text_put_date(&t, d->date), line(to, &t);
    text_put(&t, "status "), text_put(&t, splice_day_status(d)), line(to, &t);
    text_put(&t, "value "), text_put_dec(&t, d->value, 6, 6), line(to, &t);
    text_put(&t, "series "), text_put(&t, s->parts[d->part].series), line(to, &t);
    text_put(&t, "price "), text_put_dec(&t, d->price, 6, 6), line(to, &t);
    text_put(&t, "factor_ppm "), text_put_i64(&t, d->factor_ppm), line(to, &t);
    text_put(&t, "roll "), text_put(&t, d->roll ? "yes" : "no"), line(to, &t);
    text_put(&t, "link "), text_put_i64(&t, d->link.level), text_put_char(&t, ' ');
    text_put_i64(&t, d->link.price), text_put_char(&t, ' '), text_put_u64(&t, d->link.part);
    line(to, &t);
    for (i64 i = 0; i < s->parts_n; i++) {
        if (!d->from[i].there) continue;
        text_put(&t, "print "), text_put_u64(&t, (u64)i), text_put_char(&t, ' ');
        text_put(&t, s->parts[i].series), text_put_char(&t, ' ');
        text_put(&t, d->in[i].printed ? "printed " : "not_printed ");
        text_put_i64(&t, d->in[i].value), text_put_char(&t, ' ');
        text_put_hex(&t, d->from[i].receipt.bytes, sizeof d->from[i].receipt.bytes);
        line(to, &t);
    }
    write_method(s, to);
    if (to->failed) return;
    d->receipt = sha256_of(to->at + start, to->n - start);
    text_put(&t, "receipt "), text_put_hex(&t, d->receipt.bytes, sizeof d->receipt.bytes);
    line(to, &t);
}

/* ---- reading ---- */

bool splice_receipt_file(const char *path)
{
    char head[sizeof FIRST_LINE - 1];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f) fclose(f);
    return n == sizeof head && memcmp(head, FIRST_LINE, n) == 0;
}

static void say(struct splice_verdict *v, u32 at, const char *field, const char *cause)
{
    v->ok = false, v->line = at;
    snprintf(v->field, sizeof v->field, "%s", field);
    snprintf(v->cause, sizeof v->cause, "%s", cause);
}

/* Words of a line after its name; false: fewer or more. */
static bool cut_words(Str line, Str *word, u32 n)
{
    u32 k = 0, from = 0;
    for (u32 i = 0; i <= line.n; i++) {
        if (i < line.n && line.at[i] != ' ') continue;
        if (k == n) return false;
        word[k++] = (Str){ line.at + from, i - from };
        from = i + 1;
    }
    return k == n;
}

static bool read_link(Str rest, struct splice_verdict *v)
{
    Str w[3];
    u64 part;
    struct splice_chain *c = &v->day.link;
    return cut_words(rest, w, 3) && parse_i64(w[0], &c->level) == PARSE_OK &&
           parse_i64(w[1], &c->price) == PARSE_OK && parse_u64(w[2], &part) == PARSE_OK &&
           part < (u64)v->s.parts_n && c->level >= 0 && c->level <= MICROS * MICROS &&
           c->price >= 0 && c->price <= MICROS * MICROS && (c->part = (u32)part, true);
}

static bool read_print(Str rest, struct splice_verdict *v)
{
    Str w[5];
    u64 i;
    if (!cut_words(rest, w, 5) || parse_u64(w[0], &i) != PARSE_OK || i >= (u64)v->s.parts_n ||
        v->day.from[i].there)
        return false;
    v->day.from[i].there = true;
    v->day.in[i].printed = str_is(w[2], "printed");
    Hash *h = &v->day.from[i].receipt;
    return str_is(w[1], v->s.parts[i].series) && parse_i64(w[3], &v->day.in[i].value) == PARSE_OK &&
           v->day.in[i].value >= 0 && parse_hex(w[4], h->bytes, sizeof h->bytes) == PARSE_OK;
}

/* Calls `take` for the rest of every line named `name`; false: one is not of its form. */
static bool each_line(struct splice_verdict *v, const char *name,
                      bool (*take)(Str rest, struct splice_verdict *v), u32 *seen)
{
    u64 k = strlen(name), from = 0;
    u32 at = 1;
    *seen = 0;
    for (u64 i = 0; i < v->n; i++) {
        if (v->text[i] != '\n') continue;
        const char *z = (const char *)v->text + from;
        if (i - from > k && memcmp(z, name, k) == 0 && z[k] == ' ') {
            ++*seen;
            if (!take((Str){ z + k + 1, (u32)(i - from - k - 1) }, v)) {
                say(v, at, name, "not of its form");
                return false;
            }
        }
        from = i + 1, at++;
    }
    return true;
}

static bool take_date(Str rest, struct splice_verdict *v)
{
    return parse_date(rest, &v->day.date) == PARSE_OK;
}

static struct receipt_text method; /* the lines of one receipt, as YAML */
static bool take_method(Str rest, struct splice_verdict *v)
{
    (void)v;
    receipt_text_put(&method, rest.at, rest.n);
    receipt_text_put(&method, "\n", 1);
    return !method.failed && method.n < (1u << 20);
}

static bool read_method(const char *path, struct splice_verdict *v, u32 *seen)
{
    struct why bad;
    const char *cause = "";
    method.n = 0;
    if (!each_line(v, "method", take_method, seen)) return false;
    if (!*seen || config_parse(&splice_record, path, method.at, method.n, &v->s, NULL, &bad) ||
        splice_fault(&v->s, &cause) != splice_record.fields) {
        say(v, 1, "method", *cause ? cause : "no valid rules of a spliced series");
        return false;
    }
    return v->has_method = true;
}

void splice_receipt_compare(struct splice_verdict *v, const struct receipt_text *again,
                            const char *cause)
{
    u32 at;
    v->ok = receipt_text_is(again, v->text, receipt_unsigned(v->n, v->is_signed), &at);
    if (v->ok) return;
    u64 from = 0;
    for (u32 i = 1; i < at && from < again->n; from++) i += again->at[from] == '\n';
    u64 k = from;
    while (k < again->n && again->at[k] != ' ' && again->at[k] != '\n') k++;
    char field[40];
    snprintf(field, sizeof field, "%.*s", (int)(k - from < 39 ? k - from : 39), again->at + from);
    say(v, at, k > from ? field : "end", cause);
}

static bool take_signature(Str rest, struct splice_verdict *v)
{
    Str w[2];
    u8 key[32], signature[64];
    v->is_signed = cut_words(rest, w, 2) && parse_hex(w[0], key, sizeof key) == PARSE_OK &&
                   parse_hex(w[1], signature, sizeof signature) == PARSE_OK;
    return v->is_signed && signature_holds(key, signature, &v->day.receipt);
}

Err splice_receipt_check(const char *path, struct splice_verdict *v, struct why *w)
{
    u32 methods, dates, links, prints, signatures;
    struct splice_chain after;
    struct receipt_text again = { 0 };
    *v = (struct splice_verdict){ 0 };
    Err err = file_read_all(path, RECEIPT_BYTES_MAX, &v->text, &v->n, w);
    if (err) return err;
    if (!read_method(path, v, &methods) || !each_line(v, "date", take_date, &dates) ||
        !each_line(v, "link", read_link, &links) || !each_line(v, "print", read_print, &prints))
        return ERR_OK;
    if (dates != 1 || links != 1 || v->day.date.days < v->s.effective_from) {
        say(v, 1, dates == 1 ? "link" : "date", "has to stand once, in force");
        return ERR_OK;
    }
    splice_day_make(&v->s, &after, &v->day);
    splice_day_write(&v->s, &v->day, &again);
    if (again.failed) err = why_set(w, ERR_IO, "no memory for a receipt");
    if (!err && each_line(v, "signature", take_signature, &signatures)) {
        if (signatures > 1) v->is_signed = false;
        splice_receipt_compare(v, &again, "the receipt's own lines give another");
    } else if (!err) {
        say(v, v->line, "signature", "not that key's signature of this receipt");
    }
    free(again.at);
    return err;
}
