#include "cmd/cmd.h"
#include "cmd/token_run.h"

#include <stdlib.h>

#define SPARKS 80u

/* `index run`, `verify` and `explain` where the methodology or the receipt is a token basket's. */

static void put_price(struct json_line *j, const char *key, i64 micros, u32 digits)
{
    if (micros) object_dec(j, key, micros, 6, digits);
    else object_null(j, key);
}

/* The flags between + signs, "" for none. */
static const char *flags_of(const struct token_print *p, char *buf, u32 cap)
{
    struct text t = text_on(buf, cap);
    for (u32 i = 1; i < TOKEN_FLAG_COUNT; i++) {
        if (!(p->flags & LIST_BIT(i))) continue;
        if (t.n) text_put_char(&t, '+');
        text_put(&t, list_text(TOKEN_FLAG, i));
    }
    return buf;
}

static void print_json(const struct token_print *p, const struct token_method *m)
{
    char buf[2048], flags[256];
    struct json_line j = object_begin(buf, sizeof buf);
    object_date(&j, "date", p->value_date);
    put_price(&j, "value", p->value, (u32)m->decimals);
    object_text(&j, "status", list_text(PRINT, p->status));
    object_text(&j, "level", list_text(LEVEL, p->level));
    object_text(&j, "label", list_text(LABEL, p->label));
    object_text(&j, "reason", p->why_l1 ? list_text(SHORT, p->why_l1) : "");
    object_u64(&j, "entities", p->slots_fresh);
    object_u64(&j, "slots", p->slots);
    put_price(&j, "basket_price", p->basket_price, 6);
    put_price(&j, "unit_value", p->unit_value, 6);
    object_text(&j, "flags", flags_of(p, flags, sizeof flags));
    object_date(&j, "basket_from", p->basket_from);
    object_date(&j, "linked_to", p->next_from);
    object_u64(&j, "version", p->vintage);
    object_hash(&j, "receipt", &p->receipt);
    object_end(&j);
}

static void csv_price(struct text *t, i64 micros, u32 digits)
{
    text_put_char(t, ',');
    if (micros) text_put_dec_short(t, micros, 6, digits);
}

static void csv_date(struct text *t, Date d)
{
    text_put_char(t, ',');
    if (d.days) text_put_date(t, d);
}

static void print_csv(const struct token_print *p, const struct token_method *m)
{
    char buf[1024], flags[256];
    struct text t = text_on(buf, sizeof buf);
    text_put_date(&t, p->value_date);
    csv_price(&t, p->value, (u32)m->decimals);
    const char *words[] = { list_text(PRINT, p->status), list_text(LEVEL, p->level),
                            list_text(LABEL, p->label),
                            p->why_l1 ? list_text(SHORT, p->why_l1) : "" };
    for (u32 i = 0; i < ARRAY_LEN(words); i++) text_put_char(&t, ','), text_put(&t, words[i]);
    text_put_char(&t, ','), text_put_u64(&t, p->slots_fresh);
    text_put_char(&t, ','), text_put_u64(&t, p->slots);
    csv_price(&t, p->basket_price, 6), csv_price(&t, p->unit_value, 6);
    text_put_char(&t, ','), text_put(&t, flags_of(p, flags, sizeof flags));
    csv_date(&t, p->basket_from), csv_date(&t, p->next_from);
    text_put_char(&t, ','), text_put_u64(&t, p->vintage);
    text_put_char(&t, ','), text_put_hex(&t, p->receipt.bytes, sizeof p->receipt.bytes);
    puts(buf);
}

static const char *dec(char *buf, u32 cap, i64 v, u32 digits)
{
    struct text t = text_on(buf, cap);
    if (v) text_put_dec(&t, v, 6, digits);
    return buf;
}

static void table_row(struct table *t, const struct token_print *p, const struct token_method *m)
{
    char date[16], a[32], b[32], c[32], flags[256];
    struct text d = text_on(date, sizeof date);
    text_put_date(&d, p->value_date);
    table_cell(t, "%s", date);
    table_cell(t, "%s", list_text(PRINT, p->status));
    table_cell(t, "%s", list_text(LEVEL, p->level));
    table_cell(t, "%s", dec(a, sizeof a, p->value, (u32)m->decimals));
    table_cell(t, "%s", dec(b, sizeof b, p->basket_price, 4));
    table_cell(t, "%s", dec(c, sizeof c, p->unit_value, 4));
    table_cell(t, "%u/%u", p->slots_fresh, p->slots);
    table_cell(t, "%s", flags_of(p, flags, sizeof flags));
    table_cell(t, "%s", p->why_l1 ? list_text(SHORT, p->why_l1) : "");
}

static void print_foot(const struct token_series *s, const struct token_rows *rows)
{
    char line[4096];
    struct text t = text_on(line, sizeof line);
    u32 printed = 0, carried = 0, links = 0;
    for (u32 i = 0; i < rows->n; i++) {
        printed += rows->at[i].status == BENCH_PRINT_PRINTED;
        carried += rows->at[i].status == BENCH_PRINT_CARRIED;
        links += rows->at[i].next_from.days != 0;
    }
    i64 values[SPARKS];
    u32 n = rows->n < SPARKS ? rows->n : SPARKS;
    for (u32 i = 0; i < n; i++) { /* one block a stretch of days: its last value */
        const struct token_print *p = &rows->at[(u64)(i + 1) * rows->n / n - 1];
        values[i] = p->value ? p->value : INT64_MIN;
    }
    sparkline(&t, values, n);
    printf("\n%s\n%s (%s), %s: %u printed, %u carried, %u without a print, %u links\n", line,
           s->m.index, list_text(LABEL, s->m.label), s->m.measures, printed, carried,
           rows->n - printed - carried, links);
    if (s->read.refused_n)
        printf("%llu rows of the input were refused: `hedgerow feed import` names them\n",
               (unsigned long long)s->read.refused_n);
}

static void print_rows(const struct token_series *s, const struct token_rows *rows,
                       struct token_output form)
{
    struct table *t = form.json || form.csv ? NULL
                                            : table_new("Date|Status|Level|>Points|>USD/Mtok|>By "
                                                        "usage|>Slots|Flags|L1 failed by");
    if (form.csv)
        puts("date,value,status,level,label,reason,entities,slots,basket_price,unit_value,flags,"
             "basket_from,linked_to,version,receipt");
    for (u32 i = 0; i < rows->n; i++) {
        if (form.json) print_json(&rows->at[i], &s->m);
        else if (form.csv) print_csv(&rows->at[i], &s->m);
        else table_row(t, &rows->at[i], &s->m);
    }
    if (!t) return;
    table_print(t);
    print_foot(s, rows);
}

int token_run_command(const char *method, const char *const *inputs, u32 n,
                      const struct token_ask *ask, struct token_output form)
{
    struct why w;
    struct token_rows rows = { 0 };
    struct token_series *s = calloc(1, sizeof *s);
    Err err = s ? config_token_method(method, &s->m, &w) : why_set(&w, ERR_IO, "no memory");
    if (!err) err = token_series_open(s, inputs, n, &w);
    if (!err) err = token_series_run(s, ask, &rows, &w);
    if (!err) print_rows(s, &rows, form);
    free(rows.at);
    if (s) token_series_close(s);
    free(s);
    return err ? say_why(err, &w) : ERR_OK;
}

static void say_verdict(const char *path, const struct token_verdict *v, bool json)
{
    char buf[1024], value[32];
    if (json) {
        struct json_line j = object_begin(buf, sizeof buf);
        object_bool(&j, "ok", v->ok);
        object_text(&j, "file", path);
        if (v->value_date.days) object_date(&j, "date", v->value_date);
        if (v->ok) {
            put_price(&j, "value", v->print.value, v->decimals);
            object_text(&j, "status", list_text(PRINT, v->print.status));
            object_bool(&j, "signed", v->is_signed);
            object_hash(&j, "receipt", &v->print.receipt);
        } else {
            object_u64(&j, "line", v->line);
            object_text(&j, "field", v->field);
            object_text(&j, "cause", v->cause);
        }
        object_end(&j);
    } else if (v->ok) {
        printf("%s: ok: %s %s%s\n", path, list_text(PRINT, v->print.status),
               dec(value, sizeof value, v->print.value, v->decimals),
               v->is_signed ? ", signed" : "");
    } else {
        printf("%s:%u: %s: DIFFERS: %s\n", path, v->line, v->field, v->cause);
    }
}

int token_verify_command(const char *path, const char *const *inputs, u32 n, bool json,
                         struct why *w)
{
    struct token_verdict v = { 0 };
    Err err = token_receipt_verify(path, inputs, n, NULL, &v, w);
    if (err) return (int)err;
    say_verdict(path, &v, json);
    return v.ok ? ERR_OK : ERR_NO;
}

int token_explain_command(const char *path)
{
    struct why w;
    struct token_verdict v = { 0 };
    Err err = token_receipt_verify(path, NULL, 0, stdout, &v, &w);
    if (err) return say_why(err, &w);
    if (v.ok) return ERR_OK;
    fprintf(stderr, "hedgerow: %s:%u: %s: the receipt does not verify: %s\n", path, v.line, v.field,
            v.cause);
    return ERR_NO;
}
