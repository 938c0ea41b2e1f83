#include "cmd/token_run.h"
#include "cmd/receipts.h"

#include "sys/memory.h"
#include <stdlib.h>

/* ---- opening ---- */

Err token_series_open(struct token_series *s, const char *const *inputs, u32 n, struct why *w)
{
    Err err = obs_inputs_read(inputs, n, &s->log, &s->read, w);
    if (err) return err;
    const struct obs_log *log = &s->log.log;
    struct token_caps caps = { log->n + 1, log->n + 1, log->cap, log->names.cap };
    s->bytes = token_bytes(caps);
    err = memory_take(&s->memory, s->bytes, w);
    if (err) return err;
    s->index = token_open(s->memory, s->bytes, caps, &s->m, &s->log.log);
    return s->index ? ERR_OK : why_set(w, ERR_INPUT, "the methodology is not valid");
}

void token_series_close(struct token_series *s)
{
    if (s->memory) memory_give(s->memory, s->bytes);
    feed_log_give(&s->log);
    feed_result_give(&s->read);
    s->memory = NULL, s->index = NULL;
}

/* ---- running ---- */

static Instant published(const void *series, Date d)
{
    (void)series;
    return token_publish_time(d);
}

/* What is shown where nothing is asked for: from the first date to the last with data. */
static Err run_dates(const struct token_series *s, const struct token_ask *ask, Date *from,
                     Date *to, struct why *w)
{
    const struct obs_log *log = &s->log.log;
    Date start = { (i32)s->m.effective_from };
    const struct dates_ask dates = { ask->from, ask->to, ask->to_given, ask->as_of };
    *from = *to = start;
    if (log->n) to->days = (i32)(log->at[log->n - 1].t_journal / NS_PER_DAY);
    return dates_of(&dates, start, published, NULL, from, to, w);
}

static Err one_print(struct token_series *s, const struct index_sink *sink, struct token_print *out,
                     struct why *w)
{
    enum index_result r = token_print(s->index, sink, out);
    if (r == INDEX_OK) return ERR_OK;
    return why_set(w, ERR_INPUT, "%s",
                   r == INDEX_FULL ? "more providers of one model than a print takes"
                                   : "no date after 2199-12-30");
}

static Err run_one(struct token_series *s, const struct signer *key, struct receipt_folder *f,
                   struct token_print *out, struct why *w)
{
    struct receipt_text text = { 0 };
    struct index_sink sink = { receipt_text_put, &text };
    Err err = one_print(s, f->dir ? &sink : NULL, out, w);
    if (!err && f->dir && key->on) receipt_sign(key, &out->receipt, &text);
    if (!err && f->dir) err = receipt_folder_put(f, out->value_date, 1, &text, w);
    free(text.at);
    return err;
}

Err token_series_run(struct token_series *s, const struct token_ask *ask, struct token_rows *out,
                     struct why *w)
{
    struct signer key = { 0 };
    struct receipt_folder f = { 0 };
    Date from = { 0 }, to = { 0 };
    *out = (struct token_rows){ 0 };
    Err err = run_dates(s, ask, &from, &to, w);
    if (!err) err = signer_load(&key, ask->key, w);
    if (!err) err = receipt_folder_open(&f, ask->receipts, from, to, w);
    if (!err) out->at = calloc((size_t)(to.days - from.days) + 1, sizeof *out->at);
    if (!err && !out->at) err = why_set(w, ERR_IO, "no memory");
    while (!err && token_next_date(s->index).days < from.days) {
        struct token_print before;
        err = one_print(s, NULL, &before, w);
    }
    while (!err && token_next_date(s->index).days <= to.days)
        err = run_one(s, &key, &f, &out->at[out->n++], w);
    if (!err) err = receipt_folder_close(&f, w);
    receipt_folder_drop(&f);
    signer_drop(&key);
    return err;
}

/* ---- checking ---- */

bool token_receipt_file(const char *path)
{
    char head[sizeof TOKEN_RECEIPT_FIRST_LINE];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f) fclose(f);
    return token_receipt_is(head, n);
}

static void check_signature(struct token_verdict *v)
{
    if (!v->ok || !v->is_signed || signature_holds(v->key, v->signature, &v->print.receipt)) return;
    v->ok = false;
    snprintf(v->field, sizeof v->field, "signature");
    snprintf(v->cause, sizeof v->cause, "not that key's signature of this receipt");
}

/* The whole series again from the log, to the receipt's date: the strongest check there is. */
static Err verify_by_log(const u8 *text, u64 n, const struct token_method *m,
                         const char *const *inputs, u32 inputs_n, struct token_verdict *v,
                         struct why *w)
{
    struct token_series s = { .m = *m };
    struct receipt_text again = { 0 };
    struct index_sink sink = { receipt_text_put, &again };
    Err err = token_series_open(&s, inputs, inputs_n, w);
    while (!err && token_next_date(s.index).days <= v->value_date.days)
        err = one_print(&s, token_next_date(s.index).days == v->value_date.days ? &sink : NULL,
                        &v->print, w);
    if (!err && again.failed) err = why_set(w, ERR_IO, "no memory for a receipt");
    if (!err) {
        v->ok = receipt_text_is(&again, text, receipt_unsigned(n, v->is_signed), &v->line);
        if (v->ok) v->line = 0;
        snprintf(v->field, sizeof v->field, "%s", v->ok ? "" : "log");
        snprintf(v->cause, sizeof v->cause, "%s", v->ok ? "" : "the log gives another receipt");
    }
    free(again.at);
    token_series_close(&s);
    return err;
}

static void print_put(void *to, const char *bytes, u32 n) { fwrite(bytes, 1, n, to); }

Err token_receipt_verify(const char *path, const char *const *inputs, u32 n, FILE *explain,
                         struct token_verdict *v, struct why *w)
{
    u8 *text = NULL, *memory = NULL;
    u64 text_n = 0, bytes = 0;
    struct index_sink sink = { print_put, explain };
    struct token_method *m = calloc(1, sizeof *m);
    Err err = m ? file_read_all(path, RECEIPT_BYTES_MAX, &text, &text_n, w)
                : why_set(w, ERR_IO, "no memory");
    if (!err) {
        bytes = token_check_bytes((const char *)text, text_n);
        err = memory_take(&memory, bytes, w);
    }
    if (!err) {
        if (explain) token_explain((const char *)text, text_n, memory, bytes, m, &sink, v);
        else token_check((const char *)text, text_n, memory, bytes, m, v);
        bool named = !v->ok && v->has_method && strcmp(v->field, "records") == 0;
        if (n && (v->ok || named)) err = verify_by_log(text, text_n, m, inputs, n, v, w);
        if (!err) check_signature(v);
    }
    if (memory) memory_give(memory, bytes);
    free(text);
    free(m);
    return err;
}
