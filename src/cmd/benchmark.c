#include "cmd/benchmark.h"

#include "config/contracts.h"
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

/* ---- opening ---- */

static Err find_owners(const char *methodology, const char *owners, char *path, struct why *w)
{
    if (owners) {
        snprintf(path, FILE_PATH_MAX, "%s", owners);
        return ERR_OK;
    }
    if (methodology && config_beside(methodology, "../owners.yaml", path, FILE_PATH_MAX) &&
        file_exists(path))
        return ERR_OK;
    return data_path(path, "specs/owners.yaml", w);
}

Err benchmark_registry(const char *methodology, const char *owners, struct registry **out,
                       struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = find_owners(methodology, owners, path, w);
    if (err) return err;
    *out = calloc(1, sizeof **out);
    if (!*out) return why_set(w, ERR_IO, "no memory");
    return config_registry(path, *out, w);
}

static Err open_rest(struct benchmark *b, const char *methodology, const char *owners,
                     const char *const *inputs, u32 inputs_n, struct why *w)
{
    Err err = benchmark_registry(methodology, owners, &b->registry, w);
    if (!err) err = obs_inputs_read(inputs, inputs_n, &b->log, &b->read, w);
    if (!err)
        err = series_open(&b->series, &b->m, b->registry->rows, (u32)b->registry->rows_n,
                          &b->log.log, w);
    return err;
}

Err benchmark_open(struct benchmark *b, const char *methodology, const char *owners,
                   const char *const *inputs, u32 inputs_n, struct why *w)
{
    *b = (struct benchmark){ 0 };
    Err err = config_methodology(methodology, &b->m, w);
    return err ? err : open_rest(b, methodology, owners, inputs, inputs_n, w);
}

void benchmark_close(struct benchmark *b)
{
    series_close(&b->series);
    feed_log_give(&b->log);
    feed_result_give(&b->read);
    free(b->registry);
    *b = (struct benchmark){ 0 };
}

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

static bool is_receipt_name(const char *name)
{
    Date d;
    size_t n = strlen(name), k = sizeof RECEIPT_SUFFIX - 1;
    return n == 10 + k && strcmp(name + 10, RECEIPT_SUFFIX) == 0 &&
           parse_date((Str){ name, 10 }, &d) == PARSE_OK;
}

static Err receipt_path(char *path, const char *dir, Date d, struct why *w)
{
    char name[40];
    struct text t = text_on(name, sizeof name);
    text_put_date(&t, d);
    text_put(&t, RECEIPT_SUFFIX);
    return path_join(path, dir, name, w);
}

/* Only receipts of the dates that will be written may be there: they are replaced. */
static Err folder_check(const char *dir, Date from, Date to, struct why *w)
{
    struct dir_entry *rows = NULL;
    u32 n = 0;
    Err err = file_exists(dir) ? dir_list(dir, 100000, &rows, &n, w) : ERR_OK;
    for (u32 i = 0; i < n && !err; i++) {
        Date d = { 0 };
        if (is_receipt_name(rows[i].name))
            (void)!parse_date((Str){ rows[i].name, 10 }, &d); /* is_receipt_name() said so */
        if (rows[i].folder || d.days < from.days || d.days > to.days)
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
    u32 n = 0;
    if (!f->stage[0] || dir_list(f->stage, 100000, &rows, &n, &w)) return;
    for (u32 i = 0; i < n; i++)
        if (is_receipt_name(rows[i].name) && !path_join(path, f->stage, rows[i].name, &w))
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

static Err folder_put(struct folder *f, Date d, const struct collect *text, struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = receipt_path(path, f->stage, d, w);
    return err ? err : file_write_atomic(path, text->at, text->n, w);
}

static Err folder_close(struct folder *f, Date from, Date to, struct why *w)
{
    char a[FILE_PATH_MAX], b[FILE_PATH_MAX];
    if (!f->dir) return ERR_OK;
    Err err = dir_make(f->dir, w);
    for (Date d = from; !err && d.days <= to.days; d.days++) {
        err = receipt_path(a, f->stage, d, w);
        if (!err) err = receipt_path(b, f->dir, d, w);
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
    while (last.days >= from->days && index_publish_time(&b->m, last).ns > ask->as_of.ns)
        last.days--;
    if ((ask->to_given && last.days < to->days) || last.days < from->days)
        return why_set(w, ERR_NO, "NOT_PUBLISHED: a date asked for was published after --as-of");
    *to = last;
    return ERR_OK;
}

static Err run_one(struct benchmark *b, const struct signer *s, struct folder *f, Date d,
                   struct print *out, struct why *w)
{
    struct collect text = { 0 };
    struct index_sink sink = { collect_put, &text };
    Err err = series_print_date(&b->series, d, f->dir ? &sink : NULL, out, w);
    if (!err && f->dir && s->on) sign_receipt(s, &out->receipt, &text);
    if (!err && text.failed) err = why_set(w, ERR_IO, "no memory for a receipt");
    if (!err && f->dir) err = folder_put(f, d, &text, w);
    free(text.at);
    return err;
}

Err benchmark_run(struct benchmark *b, const struct run_ask *ask, struct run_rows *out,
                  struct why *w)
{
    struct signer s = { 0 };
    struct folder f = { 0 };
    Date from = { 0 }, to = { 0 };
    *out = (struct run_rows){ 0 };
    Err err = run_dates(b, ask, &from, &to, w);
    if (!err) err = signer_load(&s, ask->key, w);
    if (!err) err = folder_open(&f, ask->receipts, from, to, w);
    if (!err) out->at = calloc((size_t)(to.days - from.days) + 1, sizeof *out->at);
    if (!err && !out->at) err = why_set(w, ERR_IO, "no memory");
    for (Date d = from; !err && d.days <= to.days; d.days++)
        err = run_one(b, &s, &f, d, &out->at[out->n++], w);
    if (!err) err = folder_close(&f, from, to, w);
    stage_clear(&f);
    sodium_memzero(&s, sizeof s);
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
    struct benchmark b = { .m = v->method };
    struct collect text = { 0 };
    struct index_sink sink = { collect_put, &text };
    Err err = open_rest(&b, NULL, owners, inputs, n, w);
    if (!err) err = series_print_date(&b.series, v->value_date, &sink, &v->print, w);
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
