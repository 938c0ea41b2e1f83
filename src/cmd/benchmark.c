#include "cmd/benchmark.h"
#include "cmd/receipts.h"

#include "sys/memory.h"
#include <stdlib.h>

/* ---- running ---- */

static Instant published(const void *series, Date d)
{
    return index_publish_time(benchmark_rules(series, d), d);
}

/* What is shown where nothing is asked for: the dates with data. */
static Err run_dates(const struct benchmark *b, const struct run_ask *ask, Date *from, Date *to,
                     struct why *w)
{
    const struct obs_log *log = &b->log.log;
    Date start = { (i32)b->m.effective_from };
    const struct dates_ask dates = { ask->from, ask->to, ask->to_given, ask->as_of };
    *from = *to = start;
    if (log->n) from->days = (i32)i64_max(start.days, log->at[0].t_journal / NS_PER_DAY);
    if (log->n) to->days = (i32)(log->at[log->n - 1].t_journal / NS_PER_DAY);
    return dates_of(&dates, start, published, b, from, to, w);
}

struct run {
    struct benchmark *b;
    const struct run_ask *ask;
    struct signer signer;
    struct receipt_folder folder;
    struct run_rows *out;
};

static Err show(struct run *r, const struct print *p, struct receipt_text *text, struct why *w)
{
    struct run_rows *o = r->out;
    if (o->n == o->cap) {
        u32 cap = 2 * o->cap + 64;
        struct print *more = realloc(o->at, cap * sizeof *more);
        if (!more) return why_set(w, ERR_IO, "no memory");
        o->at = more, o->cap = cap;
    }
    o->at[o->n++] = *p;
    if (!r->folder.dir) return ERR_OK;
    if (r->signer.on) receipt_sign(&r->signer, &p->receipt, text);
    return receipt_folder_put(&r->folder, p->value_date, p->vintage, text, w);
}

/* The next version published by then, if there is one. */
static Err next_version(struct run *r, const struct index_sink *sink, struct print *p, bool *is_new,
                        struct why *w)
{
    Err err = ERR_OK;
    *is_new = false;
    while (!err && !*is_new) {
        i64 due = index_restate_due(r->b->series.index).ns;
        if (!due || (r->ask->as_of.ns && due > r->ask->as_of.ns)) return ERR_OK;
        err = series_restate(&r->b->series, sink, p, is_new, w);
    }
    return err;
}

static void count_revision(struct run_rows *o, const struct print *first, const struct print *last)
{
    i128 off = (i128)last->value - first->value;
    o->dates++;
    if (first->vintage == last->vintage) return;
    o->restated++;
    if (!first->value || !last->value) return;
    i64 ppm = (i64)div_round((off < 0 ? -off : off) * PPM, first->value, ROUND_HALF_EVEN);
    o->revision_ppm = i64_max(o->revision_ppm, ppm);
}

/* All versions of one date; with --receipts the text of each is at hand when it is shown. */
static Err run_one(struct run *r, Date d, struct why *w)
{
    struct receipt_text text = { 0 };
    struct index_sink collects = { receipt_text_put, &text };
    const struct index_sink *sink = r->folder.dir ? &collects : NULL;
    struct print first, last, p;
    bool is_new = true;
    Err err = series_print_date(&r->b->series, d, sink, &first, w);
    last = first;
    if (!err && r->ask->vintages != RUN_LAST) err = show(r, &first, &text, w);
    while (!err && r->ask->vintages != RUN_FIRST) {
        struct receipt_text before = text;
        text = (struct receipt_text){ 0 };
        err = next_version(r, sink, &p, &is_new, w);
        if (err || !is_new) {
            free(text.at);
            text = before;
            break;
        }
        free(before.at);
        last = p;
        if (r->ask->vintages == RUN_ALL) err = show(r, &last, &text, w);
    }
    if (!err && r->ask->vintages == RUN_LAST) err = show(r, &last, &text, w);
    if (!err) count_revision(r->out, &first, &last);
    free(text.at);
    return err;
}

/* Records that came after the print of their date: shown are those of the dates shown. */
static void count_late(struct run *r, Date from, Date to)
{
    const struct obs_log *log = &r->b->log.log;
    for (u32 i = 0; i < log->n; i++) {
        Date d;
        Date event = date_at((Instant){ log->at[i].t_event });
        enum late late = index_late(benchmark_rules(r->b, event), &log->at[i], &d);
        if (late == LATE_NOT || d.days < from.days || d.days > to.days) continue;
        if (r->ask->as_of.ns && log->at[i].t_journal > r->ask->as_of.ns) continue;
        if (late == LATE_IN_TIME) r->out->late++;
        else r->out->too_late++;
    }
}

Err benchmark_run(struct benchmark *b, const struct run_ask *ask, struct run_rows *out,
                  struct why *w)
{
    struct run r = { .b = b, .ask = ask, .out = out };
    Date from = { 0 }, to = { 0 };
    *out = (struct run_rows){ 0 };
    Err err = run_dates(b, ask, &from, &to, w);
    if (!err) err = signer_load(&r.signer, ask->key, w);
    if (!err) err = receipt_folder_open(&r.folder, ask->receipts, from, to, w);
    for (Date d = from; !err && d.days <= to.days; d.days++) err = run_one(&r, d, w);
    if (!err) count_late(&r, from, to);
    if (!err) err = receipt_folder_close(&r.folder, w);
    receipt_folder_drop(&r.folder);
    signer_drop(&r.signer);
    return err;
}

/* ---- checking ---- */

struct loaded { u8 *text, *memory; u64 n, memory_n; };

static Err load_receipt(const char *path, struct loaded *l, struct why *w)
{
    *l = (struct loaded){ 0 };
    Err err = file_read_all(path, RECEIPT_BYTES_MAX, &l->text, &l->n, w);
    if (err) return err;
    l->memory_n = receipt_check_bytes((const char *)l->text, l->n);
    return memory_take(&l->memory, l->memory_n, w);
}

static void unload(struct loaded *l)
{
    if (l->memory) memory_give(l->memory, l->memory_n);
    free(l->text);
}

static void check_signature(struct receipt_verdict *v)
{
    if (!v->ok || !v->is_signed || signature_holds(v->key, v->signature, &v->print.receipt)) return;
    v->ok = false;
    snprintf(v->field, sizeof v->field, "signature");
    snprintf(v->cause, sizeof v->cause, "not that key's signature of this receipt");
}

/* What the log gives on the line where the receipt differs: its first word names the field. */
static void say_line(struct receipt_verdict *v, const char *text, u64 n)
{
    u64 from = 0, end, word;
    for (u32 line = 1; line < v->line && from < n; from++) line += text[from] == '\n';
    for (end = from; end < n && text[end] != '\n';) end++;
    for (word = from; word < end && text[word] != ' ';) word++;
    bool none = word == from;
    snprintf(v->field, sizeof v->field, "%.*s", none ? 3 : (int)(word - from),
             none ? "log" : text + from);
    snprintf(v->cause, sizeof v->cause, "the log gives: %.*s", none ? 15 : (int)(end - from),
             none ? "no line of that" : text + from);
}

/* The whole series again from the log, to the receipt's date: the strongest check there is. */
static Err open_for_verify(struct benchmark *b, const struct verify_ask *ask,
                           const struct receipt_verdict *v, struct why *w)
{
    if (!ask->methods_n)
        return benchmark_open_rules(b, &v->method, ask->owners, ask->inputs, ask->inputs_n, w);
    Err err = benchmark_open_versions(b, ask->methods, ask->methods_n, ask->owners, ask->inputs,
                                      ask->inputs_n, w);
    if (err) return err;
    Hash ours = methodology_hash(benchmark_rules(b, v->value_date));
    Hash theirs = methodology_hash(&v->method);
    if (memcmp(&ours, &theirs, sizeof ours) == 0) return ERR_OK;
    err = why_set(w, ERR_INPUT,
                  "-m: none of the versions given has the receipt's rules (%s, "
                  "version %lld) on its date",
                  v->method.index, (long long)v->method.version);
    benchmark_close(b);
    return err;
}

static Err verify_by_log(const struct loaded *l, const struct verify_ask *ask,
                         struct receipt_verdict *v, struct why *w)
{
    struct benchmark b;
    struct receipt_text text = { 0 };
    struct index_sink sink = { receipt_text_put, &text };
    Err err = open_for_verify(&b, ask, v, w);
    if (!err) err = series_print_date(&b.series, v->value_date, &sink, &v->print, w);
    while (!err && v->print.vintage < v->vintage && index_restate_due(b.series.index).ns) {
        bool is_new;
        struct print next;
        text.n = 0;
        err = series_restate(&b.series, &sink, &next, &is_new, w);
        if (is_new) v->print = next;
    }
    if (!err && text.failed) err = why_set(w, ERR_IO, "no memory for a receipt");
    if (!err) {
        v->ok = receipt_text_is(&text, l->text, receipt_unsigned(l->n, v->is_signed), &v->line);
        *v->field = *v->cause = 0;
        if (v->ok) v->line = 0;
        else say_line(v, text.at, text.n);
        if (!v->ok && v->method.version > 1 && !ask->methods_n)
            snprintf(v->cause, sizeof v->cause,
                     "the log gives another line (give the versions before it with -m)");
    }
    free(text.at);
    benchmark_close(&b);
    return err;
}

Err receipt_verify(const char *path, const struct verify_ask *ask, struct receipt_verdict *v,
                   struct why *w)
{
    struct loaded l;
    Err err = load_receipt(path, &l, w);
    if (!err) {
        receipt_check((const char *)l.text, l.n, l.memory, l.memory_n, v);
        bool named = !v->ok && v->has_method && strcmp(v->field, "records") == 0;
        if (ask->inputs_n && (v->ok || named)) err = verify_by_log(&l, ask, v, w);
        if (!err) check_signature(v);
    }
    unload(&l);
    return err;
}

static void print_put(void *to, const char *bytes, u32 n) { fwrite(bytes, 1, n, to); }

Err receipt_explained(const char *path, FILE *to, struct receipt_verdict *v, struct why *w)
{
    struct loaded l;
    struct index_sink sink = { print_put, to };
    Err err = load_receipt(path, &l, w);
    if (!err) {
        receipt_explain((const char *)l.text, l.n, l.memory, l.memory_n, &sink, v);
        check_signature(v);
    }
    unload(&l);
    return err;
}
