#include "cmd/token_run.h"

#include "sys/file.h"
#include "sys/memory.h"
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#define RECEIPT_BYTES_MAX (UINT64_C(256) << 20)
#define RECEIPT_SUFFIX ".receipt"
static const char signed_what[] = "hedgerow receipt 1\n"; /* as benchmark.c: this, the hash */
#define SIGNED_BYTES (sizeof signed_what - 1 + sizeof(Hash))

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

/* ---- text of a receipt in memory, its signature ---- */

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
    if (n) sodium_memzero(bytes, n);
    free(bytes);
    return err;
}

static void signed_bytes(const Hash *receipt, u8 to[SIGNED_BYTES])
{
    memcpy(to, signed_what, sizeof signed_what - 1);
    memcpy(to + sizeof signed_what - 1, receipt, sizeof *receipt);
}

static void sign(const struct signer *s, const Hash *receipt, struct collect *text)
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

static void check_signature(struct token_verdict *v)
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

static bool is_receipt_name(const char *name, Date *d)
{
    size_t n = strlen(name), k = sizeof RECEIPT_SUFFIX - 1;
    return n == 10 + k && strcmp(name + 10, RECEIPT_SUFFIX) == 0 &&
           parse_date((Str){ name, 10 }, d) == PARSE_OK;
}

static Err receipt_path(char *path, const char *dir, Date d, struct why *w)
{
    char name[40];
    struct text t = text_on(name, sizeof name);
    text_put_date(&t, d);
    text_put(&t, RECEIPT_SUFFIX);
    return path_join(path, dir, name, w);
}

static Err folder_check(const char *dir, Date from, Date to, struct why *w)
{
    struct dir_entry *rows = NULL;
    u32 n = 0;
    Err err = file_exists(dir) ? dir_list(dir, 100000, &rows, &n, w) : ERR_OK;
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
    if (!f->stage[0] || dir_list(f->stage, 100000, &rows, &n, &w)) return;
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

static Err run_dates(const struct token_series *s, const struct token_ask *ask, Date *from,
                     Date *to, struct why *w)
{
    const struct obs_log *log = &s->log.log;
    Date start = { (i32)s->m.effective_from };
    *from = ask->from.days ? ask->from : start;
    if (from->days < start.days)
        return why_set(w, ERR_INPUT, "--from: before the methodology takes effect");
    *to = ask->to.days ? ask->to : *from;
    if (!ask->to.days && log->n)
        to->days = (i32)i64_max(from->days, log->at[log->n - 1].t_journal / NS_PER_DAY);
    if (!ask->as_of.ns) {
        if (to->days < from->days) return why_set(w, ERR_INPUT, "--to: before --from");
        return ERR_OK;
    }
    Date last = *to;
    while (last.days >= from->days && token_publish_time(last).ns > ask->as_of.ns) last.days--;
    if ((ask->to_given && last.days < to->days) || last.days < from->days)
        return why_set(w, ERR_NO, "NOT_PUBLISHED: a date asked for was published after --as-of");
    *to = last;
    return ERR_OK;
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

static Err run_one(struct token_series *s, const struct signer *key, struct folder *f,
                   struct token_print *out, struct why *w)
{
    char path[FILE_PATH_MAX];
    struct collect text = { 0 };
    struct index_sink sink = { collect_put, &text };
    Err err = one_print(s, f->dir ? &sink : NULL, out, w);
    if (!err && f->dir && key->on) sign(key, &out->receipt, &text);
    if (!err && text.failed) err = why_set(w, ERR_IO, "no memory for a receipt");
    if (!err && f->dir) err = receipt_path(path, f->stage, out->value_date, w);
    if (!err && f->dir) err = file_write_atomic(path, text.at, text.n, w);
    free(text.at);
    return err;
}

Err token_series_run(struct token_series *s, const struct token_ask *ask, struct token_rows *out,
                     struct why *w)
{
    struct signer key = { 0 };
    struct folder f = { 0 };
    Date from = { 0 }, to = { 0 };
    *out = (struct token_rows){ 0 };
    Err err = run_dates(s, ask, &from, &to, w);
    if (!err) err = signer_load(&key, ask->key, w);
    if (!err) err = folder_open(&f, ask->receipts, from, to, w);
    if (!err) out->at = calloc((size_t)(to.days - from.days) + 1, sizeof *out->at);
    if (!err && !out->at) err = why_set(w, ERR_IO, "no memory");
    while (!err && token_next_date(s->index).days < from.days) {
        struct token_print before;
        err = one_print(s, NULL, &before, w);
    }
    while (!err && token_next_date(s->index).days <= to.days)
        err = run_one(s, &key, &f, &out->at[out->n++], w);
    if (!err) err = folder_close(&f, from, to, w);
    stage_clear(&f);
    sodium_memzero(&key, sizeof key);
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

/* The whole series again from the log, to the receipt's date: the strongest check there is. */
static Err verify_by_log(const u8 *text, u64 n, const struct token_method *m,
                         const char *const *inputs, u32 inputs_n, struct token_verdict *v,
                         struct why *w)
{
    struct token_series s = { .m = *m };
    struct collect again = { 0 };
    struct index_sink sink = { collect_put, &again };
    u64 line = sizeof "signature \n" - 1 + 2 * (sizeof v->key + sizeof v->signature) + 1;
    u64 want = v->is_signed && n > line ? n - line : n, i = 0;
    Err err = token_series_open(&s, inputs, inputs_n, w);
    while (!err && token_next_date(s.index).days <= v->value_date.days)
        err = one_print(&s, token_next_date(s.index).days == v->value_date.days ? &sink : NULL,
                        &v->print, w);
    if (!err && again.failed) err = why_set(w, ERR_IO, "no memory for a receipt");
    if (!err) {
        v->line = 1;
        while (i < again.n && i < want && again.at[i] == (char)text[i])
            v->line += text[i++] == '\n';
        v->ok = i == again.n && i == want;
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
