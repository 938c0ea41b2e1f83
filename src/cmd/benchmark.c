#include "cmd/benchmark.h"

#include "sys/file.h"
#include "sys/memory.h"
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#define RECEIPT_BYTES_MAX (UINT64_C(256) << 20)
#define RECEIPT_SUFFIX ".receipt"
#define SIGNED_BYTES (sizeof signed_what - 1 + sizeof(Hash))
static const char signed_what[] =
    "hedgerow receipt 1\n"; /* what a signature is over: this, the hash */

/* ---- text of a receipt in memory ---- */

struct collect { char *at; u64 n, cap; bool failed; };

static void collect_put(void *to, const char *bytes, u32 n)
{
    struct collect *c = to;
    if (c->n + n > c->cap && !c->failed) {
        u64 cap = (c->cap + n) * 2 + 4096;
        char *more = realloc(c->at, cap);
        c->failed = !more;
        if (more) c->at = more, c->cap = cap;
    }
    if (c->failed) return;
    memcpy(c->at + c->n, bytes, n);
    c->n += n;
}

/* ---- signing ---- */

struct signer { bool on; u8 key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES]; };

static Err signer_load(struct signer *s, const char *path, struct why *w)
{
    u8 *bytes = NULL, seed[crypto_sign_SEEDBYTES];
    u64 n = 0;
    if (!path) return ERR_OK;
    Err err = file_read_all(path, 4096, &bytes, &n, w);
    if (err) return err;
    while (n && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r')) n--;
    if (sodium_init() < 0) err = why_set(w, ERR_IO, "libsodium does not start");
    else if (parse_hex((Str){ (const char *)bytes, (u32)n }, seed, sizeof seed) != PARSE_OK)
        err = why_set(w, ERR_INPUT, "%s:1: key: not 64 hex digits", path);
    else s->on = crypto_sign_seed_keypair(s->key, s->secret, seed) == 0;
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(bytes, n);
    free(bytes);
    return err;
}

static void signed_bytes(const Hash *receipt, u8 to[SIGNED_BYTES])
{
    memcpy(to, signed_what, sizeof signed_what - 1);
    memcpy(to + sizeof signed_what - 1, receipt, sizeof *receipt);
}

static void sign_receipt(const struct signer *s, const Hash *receipt, struct collect *text)
{
    u8 what[SIGNED_BYTES], signature[crypto_sign_BYTES];
    char line[256];
    struct text t = text_on(line, sizeof line);
    signed_bytes(receipt, what);
    crypto_sign_detached(signature, NULL, what, sizeof what, s->secret);
    text_put(&t, "signature ");
    text_put_hex(&t, s->key, sizeof s->key);
    text_put_char(&t, ' ');
    text_put_hex(&t, signature, sizeof signature);
    text_put_char(&t, '\n');
    collect_put(text, t.at, t.n);
}

static void check_signature(struct receipt_verdict *v)
{
    u8 what[SIGNED_BYTES];
    if (!v->ok || !v->is_signed) return;
    signed_bytes(&v->print.receipt, what);
    if (sodium_init() >= 0 &&
        crypto_sign_verify_detached(v->signature, what, sizeof what, v->key) == 0)
        return;
    v->ok = false;
    snprintf(v->field, sizeof v->field, "signature");
    snprintf(v->cause, sizeof v->cause, "not that key's signature of this receipt");
}

/* ---- the folder of receipts: staged beside it, moved in when all are there ---- */

struct folder { const char *dir; char stage[FILE_PATH_MAX]; };

/* "2026-07-01.receipt", "2026-07-01.2.receipt": the date, and the version in *version. */
static bool is_receipt_name(const char *name, Date *d)
{
    u64 version;
    Str z = str_of(name);
    const u32 k = sizeof RECEIPT_SUFFIX - 1;
    if (z.n < 10 + k || strcmp(name + z.n - k, RECEIPT_SUFFIX) != 0 ||
        parse_date((Str){ name, 10 }, d) != PARSE_OK)
        return false;
    if (z.n == 10 + k) return true;
    return name[10] == '.' && parse_u64((Str){ name + 11, z.n - k - 11 }, &version) == PARSE_OK &&
           version > 1;
}

static Err receipt_path(char *path, const char *dir, const struct print *p, struct why *w)
{
    char name[48];
    struct text t = text_on(name, sizeof name);
    text_put_date(&t, p->value_date);
    if (p->vintage > 1) text_put_char(&t, '.'), text_put_u64(&t, p->vintage);
    text_put(&t, RECEIPT_SUFFIX);
    return path_join(path, dir, name, w);
}

/* Only receipts of the dates that will be written may be there: they are replaced. */
static Err folder_check(const char *dir, Date from, Date to, struct why *w)
{
    struct dir_entry *rows = NULL;
    u32 n = 0;
    Err err = file_exists(dir) ? dir_list(dir, 1000000, &rows, &n, w) : ERR_OK;
    for (u32 i = 0; i < n && !err; i++) {
        Date d;
        if (rows[i].folder || !is_receipt_name(rows[i].name, &d) || d.days < from.days ||
            d.days > to.days)
            err = why_set(w, ERR_INPUT,
                          "%s/%s: is no receipt of the dates asked for; give a new or "
                          "empty folder",
                          dir, rows[i].name);
    }
    free(rows);
    return err;
}

static void stage_clear(const struct folder *f)
{
    struct dir_entry *rows = NULL;
    char path[FILE_PATH_MAX];
    struct why w;
    Date d;
    u32 n = 0;
    if (!f->stage[0] || dir_list(f->stage, 1000000, &rows, &n, &w)) return;
    for (u32 i = 0; i < n; i++)
        if (is_receipt_name(rows[i].name, &d) && !path_join(path, f->stage, rows[i].name, &w))
            (void)!file_remove(path, &w); /* what stays keeps the stage, which the next run finds */
    free(rows);
    rmdir(f->stage);
}

static Err folder_open(struct folder *f, const char *dir, Date from, Date to, struct why *w)
{
    *f = (struct folder){ .dir = dir };
    if (!dir) return ERR_OK;
    Err err = folder_check(dir, from, to, w);
    if (err) return err;
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/') n--;
    int k = snprintf(f->stage, sizeof f->stage, "%.*s.partial", (int)n, dir);
    if (k < 0 || (size_t)k >= sizeof f->stage) return why_set(w, ERR_INPUT, "%s: too long", dir);
    stage_clear(f); /* left by a run that was killed */
    return dir_make(f->stage, w);
}

static Err folder_put(struct folder *f, const struct print *p, const struct collect *text,
                      struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = receipt_path(path, f->stage, p, w);
    return err ? err : file_write_atomic(path, text->at, text->n, w);
}

/* Versions that an earlier run wrote and this one does not show. */
static Err folder_prune(const struct folder *f, struct why *w)
{
    struct dir_entry *rows = NULL;
    char path[FILE_PATH_MAX];
    u32 n = 0;
    Err err = dir_list(f->dir, 1000000, &rows, &n, w);
    for (u32 i = 0; i < n && !err; i++) {
        err = path_join(path, f->stage, rows[i].name, w);
        if (err || file_exists(path)) continue;
        err = path_join(path, f->dir, rows[i].name, w);
        if (!err) err = file_remove(path, w);
    }
    free(rows);
    return err;
}

static Err folder_close(struct folder *f, const struct run_rows *rows, struct why *w)
{
    char a[FILE_PATH_MAX], b[FILE_PATH_MAX];
    if (!f->dir) return ERR_OK;
    Err err = dir_make(f->dir, w);
    if (!err) err = folder_prune(f, w);
    for (u32 i = 0; !err && i < rows->n; i++) {
        err = receipt_path(a, f->stage, &rows->at[i], w);
        if (!err) err = receipt_path(b, f->dir, &rows->at[i], w);
        if (!err) err = file_rename(a, b, w);
    }
    if (!err) err = dir_sync(f->dir, w);
    return err;
}

/* ---- running ---- */

static Err run_dates(struct benchmark *b, const struct run_ask *ask, Date *from, Date *to,
                     struct why *w)
{
    const struct obs_log *log = &b->log.log;
    Date start = { (i32)b->m.effective_from };
    *from = ask->from.days ? ask->from : start;
    if (from->days < start.days)
        return why_set(w, ERR_INPUT, "--from: before the methodology takes effect");
    if (!ask->from.days && log->n)
        from->days = (i32)i64_max(start.days, log->at[0].t_journal / NS_PER_DAY);
    *to = ask->to.days ? ask->to : *from;
    if (!ask->to.days && log->n)
        to->days = (i32)i64_max(from->days, log->at[log->n - 1].t_journal / NS_PER_DAY);
    if (!ask->as_of.ns) {
        if (to->days < from->days) return why_set(w, ERR_INPUT, "--to: before --from");
        return ERR_OK;
    }
    Date last = *to;
    while (last.days >= from->days &&
           index_publish_time(benchmark_rules(b, last), last).ns > ask->as_of.ns)
        last.days--;
    if ((ask->to_given && last.days < to->days) || last.days < from->days)
        return why_set(w, ERR_NO, "NOT_PUBLISHED: a date asked for was published after --as-of");
    *to = last;
    return ERR_OK;
}

struct run {
    struct benchmark *b;
    const struct run_ask *ask;
    struct signer signer;
    struct folder folder;
    struct run_rows *out;
};

static Err show(struct run *r, const struct print *p, struct collect *text, struct why *w)
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
    if (r->signer.on) sign_receipt(&r->signer, &p->receipt, text);
    if (text->failed) return why_set(w, ERR_IO, "no memory for a receipt");
    return folder_put(&r->folder, p, text, w);
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
    struct collect text = { 0 };
    struct index_sink collects = { collect_put, &text };
    const struct index_sink *sink = r->folder.dir ? &collects : NULL;
    struct print first, last, p;
    bool is_new = true;
    Err err = series_print_date(&r->b->series, d, sink, &first, w);
    last = first;
    if (!err && r->ask->vintages != RUN_LAST) err = show(r, &first, &text, w);
    while (!err && r->ask->vintages != RUN_FIRST) {
        struct collect before = text;
        text = (struct collect){ 0 };
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
    if (!err) err = folder_open(&r.folder, ask->receipts, from, to, w);
    for (Date d = from; !err && d.days <= to.days; d.days++) err = run_one(&r, d, w);
    if (!err) count_late(&r, from, to);
    if (!err) err = folder_close(&r.folder, out, w);
    stage_clear(&r.folder);
    sodium_memzero(&r.signer, sizeof r.signer);
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

/* The text up to its signature line. */
static u64 unsigned_bytes(const struct loaded *l, const struct receipt_verdict *v)
{
    u64 line = sizeof "signature \n" - 1 + 2 * (sizeof v->key + sizeof v->signature) + 1;
    return v->is_signed && l->n > line ? l->n - line : l->n;
}

/* The whole series again from the log, to the receipt's date: the strongest check there is. */
static Err verify_by_log(const struct loaded *l, const char *const *inputs, u32 n,
                         const char *owners, struct receipt_verdict *v, struct why *w)
{
    struct benchmark b;
    struct collect text = { 0 };
    struct index_sink sink = { collect_put, &text };
    Err err = benchmark_open_rules(&b, &v->method, owners, inputs, n, w);
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
        u64 want = unsigned_bytes(l, v), i = 0;
        v->line = 1, v->ok = false;
        while (i < text.n && i < want && text.at[i] == (char)l->text[i])
            v->line += l->text[i++] == '\n';
        v->ok = i == text.n && i == want;
        if (v->ok) v->line = 0;
        snprintf(v->field, sizeof v->field, "%s", v->ok ? "" : "log");
        snprintf(v->cause, sizeof v->cause, "%s", v->ok ? "" : "the log gives another receipt");
    }
    free(text.at);
    benchmark_close(&b);
    return err;
}

Err receipt_verify(const char *path, const char *const *inputs, u32 inputs_n, const char *owners,
                   struct receipt_verdict *v, struct why *w)
{
    struct loaded l;
    Err err = load_receipt(path, &l, w);
    if (!err) {
        receipt_check((const char *)l.text, l.n, l.memory, l.memory_n, v);
        bool named = !v->ok && v->has_method && strcmp(v->field, "records") == 0;
        if (inputs_n && (v->ok || named)) err = verify_by_log(&l, inputs, inputs_n, owners, v, w);
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
