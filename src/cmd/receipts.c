#include "cmd/receipts.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#define SUFFIX ".receipt"
#define FILES_MAX 1000000u
static const char signed_what[] =
    "hedgerow receipt 1\n"; /* what a signature is over: this, the hash */
#define SIGNED_BYTES (sizeof signed_what - 1 + sizeof(Hash))

/* ---- text in memory ---- */

void receipt_text_put(void *to, const char *bytes, u32 n)
{
    struct receipt_text *c = to;
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

bool receipt_text_is(const struct receipt_text *t, const u8 *text, u64 n, u32 *line)
{
    u64 i = 0;
    for (*line = 1; i < t->n && i < n && t->at[i] == (char)text[i]; i++) *line += text[i] == '\n';
    return i == t->n && i == n;
}

/* ---- signing ---- */

Err signer_load(struct signer *s, const char *path, struct why *w)
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

void signer_drop(struct signer *s) { sodium_memzero(s, sizeof *s); }

static void signed_bytes(const Hash *receipt, u8 to[SIGNED_BYTES])
{
    memcpy(to, signed_what, sizeof signed_what - 1);
    memcpy(to + sizeof signed_what - 1, receipt, sizeof *receipt);
}

void receipt_sign(const struct signer *s, const Hash *receipt, struct receipt_text *to)
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
    receipt_text_put(to, t.at, t.n);
}

bool signature_holds(const u8 key[32], const u8 signature[64], const Hash *receipt)
{
    u8 what[SIGNED_BYTES];
    signed_bytes(receipt, what);
    return sodium_init() >= 0 &&
           crypto_sign_verify_detached(signature, what, sizeof what, key) == 0;
}

u64 receipt_unsigned(u64 n, bool is_signed)
{
    const u64 line =
        sizeof "signature  \n" - 1 + 2 * (crypto_sign_PUBLICKEYBYTES + crypto_sign_BYTES);
    return is_signed && n > line ? n - line : n;
}

static_assert(crypto_sign_PUBLICKEYBYTES == 32 && crypto_sign_SECRETKEYBYTES == 64,
              "struct signer");

/* ---- the folder: staged beside it, moved in when all are there ---- */

/* "2026-07-01.receipt", "2026-07-01.2.receipt": the date, and the version in *version. */
static bool is_receipt_name(const char *name, Date *d)
{
    u64 version;
    Str z = str_of(name);
    const u32 k = sizeof SUFFIX - 1;
    if (z.n < 10 + k || strcmp(name + z.n - k, SUFFIX) != 0 ||
        parse_date((Str){ name, 10 }, d) != PARSE_OK)
        return false;
    if (z.n == 10 + k) return true;
    return name[10] == '.' && parse_u64((Str){ name + 11, z.n - k - 11 }, &version) == PARSE_OK &&
           version > 1;
}

static Err receipt_path(char *path, const char *dir, Date d, u32 version, struct why *w)
{
    char name[48];
    struct text t = text_on(name, sizeof name);
    text_put_date(&t, d);
    if (version > 1) text_put_char(&t, '.'), text_put_u64(&t, version);
    text_put(&t, SUFFIX);
    return path_join(path, dir, name, w);
}

/* Only receipts of the dates that will be written may be there: they are replaced. */
static Err folder_check(const char *dir, Date from, Date to, struct why *w)
{
    struct dir_entry *rows = NULL;
    u32 n = 0;
    Err err = file_exists(dir) ? dir_list(dir, FILES_MAX, &rows, &n, w) : ERR_OK;
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

static void stage_clear(const struct receipt_folder *f)
{
    struct dir_entry *rows = NULL;
    char path[FILE_PATH_MAX];
    struct why w;
    Date d;
    u32 n = 0;
    if (!f->stage[0] || dir_list(f->stage, FILES_MAX, &rows, &n, &w)) return;
    for (u32 i = 0; i < n; i++)
        if (is_receipt_name(rows[i].name, &d) && !path_join(path, f->stage, rows[i].name, &w))
            (void)!file_remove(path, &w); /* what stays keeps the stage, which the next run finds */
    free(rows);
    rmdir(f->stage);
}

Err receipt_folder_open(struct receipt_folder *f, const char *dir, Date from, Date to,
                        struct why *w)
{
    *f = (struct receipt_folder){ .dir = dir };
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

Err receipt_folder_put(const struct receipt_folder *f, Date d, u32 version,
                       const struct receipt_text *text, struct why *w)
{
    char path[FILE_PATH_MAX];
    if (text->failed) return why_set(w, ERR_IO, "no memory for a receipt");
    Err err = receipt_path(path, f->stage, d, version, w);
    return err ? err : file_write_atomic(path, text->at, text->n, w);
}

/* Versions that an earlier run wrote and this one does not show. */
static Err prune(const struct receipt_folder *f, struct why *w)
{
    struct dir_entry *rows = NULL;
    char path[FILE_PATH_MAX];
    u32 n = 0;
    Err err = dir_list(f->dir, FILES_MAX, &rows, &n, w);
    for (u32 i = 0; i < n && !err; i++) {
        err = path_join(path, f->stage, rows[i].name, w);
        if (err || file_exists(path)) continue;
        err = path_join(path, f->dir, rows[i].name, w);
        if (!err) err = file_remove(path, w);
    }
    free(rows);
    return err;
}

Err receipt_folder_close(const struct receipt_folder *f, struct why *w)
{
    struct dir_entry *rows = NULL;
    char a[FILE_PATH_MAX], b[FILE_PATH_MAX];
    u32 n = 0;
    if (!f->dir) return ERR_OK;
    Err err = dir_make(f->dir, w);
    if (!err) err = prune(f, w);
    if (!err) err = dir_list(f->stage, FILES_MAX, &rows, &n, w);
    for (u32 i = 0; !err && i < n; i++) {
        err = path_join(a, f->stage, rows[i].name, w);
        if (!err) err = path_join(b, f->dir, rows[i].name, w);
        if (!err) err = file_rename(a, b, w);
    }
    free(rows);
    return err ? err : dir_sync(f->dir, w);
}

void receipt_folder_drop(struct receipt_folder *f)
{
    stage_clear(f);
    *f = (struct receipt_folder){ 0 };
}

/* ---- dates ---- */

Err dates_of(const struct dates_ask *ask, Date start, publish_time_fn *published,
             const void *series, Date *from, Date *to, struct why *w)
{
    if (ask->from.days) *from = ask->from;
    if (from->days < start.days)
        return why_set(w, ERR_INPUT, "--from: before the methodology takes effect");
    *to = ask->to.days ? ask->to : (Date){ (i32)i64_max(from->days, to->days) };
    if (!ask->as_of.ns)
        return to->days < from->days ? why_set(w, ERR_INPUT, "--to: before --from") : ERR_OK;
    Date last = *to;
    while (last.days >= from->days && published(series, last).ns > ask->as_of.ns) last.days--;
    if ((ask->to_given && last.days < to->days) || last.days < from->days)
        return why_set(w, ERR_NO, "NOT_PUBLISHED: a date asked for was published after --as-of");
    *to = last;
    return ERR_OK;
}
