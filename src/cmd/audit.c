#include "cmd/audit.h"

#include "cmd/govern.h"
#include "cmd/statement.h"
#include "config/benchmark.h"
#include "config/contracts.h"
#include "sys/file.h"

#include <stdlib.h>
#include <unistd.h>

#define AUDIT_FIRST_LINE "hedgerow-audit 1"
#define AUDIT_FILE_MAX (UINT64_C(1) << 30)

/* A file that grows in memory and is written whole. */
struct grown { FILE *to; char *bytes; size_t n; };
static Err grow(struct grown *g, struct why *w)
{
    *g = (struct grown){ 0 };
    g->to = open_memstream(&g->bytes, &g->n);
    return g->to ? ERR_OK : why_set(w, ERR_IO, "no memory");
}
static Err grown_write(struct grown *g, const char *dir, const char *name, struct why *w)
{
    char path[FILE_PATH_MAX];
    bool fine = fclose(g->to) == 0;
    Err err = fine ? path_join(path, dir, name, w) : why_set(w, ERR_IO, "no memory");
    if (!err) err = file_write_atomic(path, g->bytes, g->n, w);
    free(g->bytes);
    return err;
}

static Err copy(const char *from, const char *dir, const char *name, struct why *w)
{
    char path[FILE_PATH_MAX];
    u8 *bytes = NULL;
    u64 n = 0;
    Err err = file_read_all(from, AUDIT_FILE_MAX, &bytes, &n, w);
    if (!err) err = path_join(path, dir, name, w);
    if (!err) err = file_write_atomic(path, bytes, n, w);
    free(bytes);
    return err;
}

static Err folder(const char *dir, const char *name, struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = path_join(path, dir, name, w);
    return err ? err : dir_make(path, w);
}

static void put_hash(FILE *to, Hash h)
{
    for (u32 i = 0; i < sizeof h.bytes; i++) fprintf(to, "%02x", h.bytes[i]);
}

/* ---- the parts ---- */

/* Inputs by hash, as they were given; the pages of the log they make, each with its hash. */
static Err put_inputs(const struct audit_ask *ask, const struct benchmark *b, const char *dir,
                      struct why *w)
{
    struct grown g;
    Err err = grow(&g, w);
    if (err) return err;
    for (u32 i = 0; i < ask->inputs_n && !err; i++) {
        const char *slash = strrchr(ask->inputs[i], '/');
        Hash h;
        err = file_hash(ask->inputs[i], &h, w);
        if (err) break;
        fputs("input ", g.to), put_hash(g.to, h);
        fprintf(g.to, " %s\n", slash ? slash + 1 : ask->inputs[i]);
    }
    fprintf(g.to, "records %u\n", b->log.log.n);
    for (u32 p = 0; p * OBS_PAGE < b->log.log.n && !err; p++) {
        u32 n = (u32)i64_min(OBS_PAGE, b->log.log.n - p * OBS_PAGE);
        fprintf(g.to, "page %u %u ", p, n), put_hash(g.to, obs_page_hash(&b->log.log, p, n));
        fputc('\n', g.to);
    }
    Err end = grown_write(&g, dir, "inputs", w);
    return err ? err : end;
}

static Err put_register(const struct audit_ask *ask, struct register_file *f, const char *dir,
                        struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = register_load(ask->reg, f, w);
    if (!err) err = path_join(path, dir, "register", w);
    return err ? err : file_write_atomic(path, f->bytes, f->whole, w); /* a torn tail stays out */
}

static Err put_method(const struct benchmark *b, const struct register_file *f, const char *source,
                      const char *dir, struct why *w)
{
    char name[64];
    struct grown g;
    long long v = (long long)b->m.version;
    snprintf(name, sizeof name, "methodology/v%lld.yaml", v);
    Err err = copy(source, dir, name, w);
    if (!err) err = grow(&g, w);
    if (err) return err;
    statement_put(g.to, &b->m, f);
    snprintf(name, sizeof name, "statement/v%lld.md", v);
    return grown_write(&g, dir, name, w);
}

static void put_rows(FILE *to, const struct run_rows *rows, const struct methodology *m)
{
    for (u32 i = 0; i < rows->n; i++) {
        const struct print *p = &rows->at[i];
        char date[16], value[32];
        struct text d = text_on(date, sizeof date), v = text_on(value, sizeof value);
        text_put_date(&d, p->value_date);
        if (p->value) text_put_dec_short(&v, p->value, 6, (u32)m->decimals);
        fprintf(to, "%lld,%s,%u,%s,%s,%s,%u,", (long long)m->version, date, p->vintage,
                list_text(PRINT, p->status), list_text(LEVEL, p->level), value, p->owners);
        put_hash(to, p->receipt);
        fputc('\n', to);
    }
}

/* One version: its file, its statement, its prints and their receipts. */
static Err put_version(const struct audit_ask *ask, u32 i, const struct register_file *f,
                       const char *dir, FILE *prints, struct audit_sum *sum, struct why *w)
{
    struct benchmark b;
    struct run_rows rows = { 0 };
    char name[64], receipts[FILE_PATH_MAX];
    Err err = benchmark_open(&b, ask->methods[i], ask->owners, ask->inputs, ask->inputs_n, w);
    if (!err && strcmp(b.m.index, f->r.at[0].name) != 0)
        err = why_set(w, ERR_INPUT, "%s: is not of the register's index %s", ask->methods[i],
                      f->r.at[0].name);
    if (!err) err = put_method(&b, f, ask->methods[i], dir, w);
    if (!err && i == 0) err = put_inputs(ask, &b, dir, w);
    snprintf(name, sizeof name, "receipts/v%lld", err ? 0 : (long long)b.m.version);
    if (!err) err = path_join(receipts, dir, name, w);
    struct run_ask run = { .from = ask->from, .to = ask->to, .to_given = ask->to.days != 0,
                           .receipts = receipts, .key = ask->key };
    if (!err && run.from.days < b.m.effective_from)
        run.from = ask->from.days ? (Date){ (i32)b.m.effective_from } : ask->from;
    bool none = !err && ask->to.days && ask->to.days < b.m.effective_from;
    if (!err && !none) err = benchmark_run(&b, &run, &rows, w);
    if (!err) put_rows(prints, &rows, &b.m);
    sum->receipts += rows.n;
    free(rows.at);
    benchmark_close(&b);
    return err;
}

static Err put_owners(const struct audit_ask *ask, const char *dir, struct why *w)
{
    char path[FILE_PATH_MAX];
    if (ask->owners) return copy(ask->owners, dir, "owners.yaml", w);
    if (config_beside(ask->methods[0], "../owners.yaml", path, sizeof path) && file_exists(path))
        return copy(path, dir, "owners.yaml", w);
    Err err = data_path(path, "specs/owners.yaml", w);
    return err ? err : copy(path, dir, "owners.yaml", w);
}

static Err put_manifest(const char *dir, const struct register_file *f, struct audit_sum *sum,
                        struct why *w)
{
    struct audit_tree t;
    struct grown g;
    char path[FILE_PATH_MAX];
    Err err = audit_tree_read(dir, &t, w);
    if (!err) err = grow(&g, w);
    if (err) {
        audit_tree_give(&t);
        return err;
    }
    fprintf(g.to, AUDIT_FIRST_LINE "\nindex %s\nentries %u\nhead ", f->r.at[0].name, f->r.n);
    put_hash(g.to, f->r.head), fputc('\n', g.to);
    for (u32 i = 0; i < t.n && !err; i++) {
        Hash h;
        err = path_join(path, dir, t.path[i], w);
        if (!err) err = file_hash(path, &h, w);
        if (!err) fputs("file ", g.to), put_hash(g.to, h), fprintf(g.to, " %s\n", t.path[i]);
    }
    fflush(g.to);
    sum->manifest = sha256_of(g.bytes, g.n);
    sum->files = t.n, sum->entries = f->r.n;
    fputs("manifest ", g.to), put_hash(g.to, sum->manifest), fputc('\n', g.to);
    Err end = grown_write(&g, dir, "MANIFEST", w);
    audit_tree_give(&t);
    return err ? err : end;
}

static Err put_all(const struct audit_ask *ask, const char *dir, struct audit_sum *sum,
                   struct why *w)
{
    struct register_file f = { 0 };
    struct grown prints = { 0 };
    static const char *const folders[] = { "methodology", "statement", "receipts" };
    Err err = put_register(ask, &f, dir, w);
    for (u32 i = 0; i < ARRAY_LEN(folders) && !err; i++) err = folder(dir, folders[i], w);
    if (!err) err = put_owners(ask, dir, w);
    if (!err) err = grow(&prints, w);
    if (!err) {
        fputs("methodology,date,version,status,level,value,owners,receipt\n", prints.to);
        for (u32 i = 0; i < ask->methods_n && !err; i++)
            err = put_version(ask, i, &f, dir, prints.to, sum, w);
        struct why other;
        Err end = grown_write(&prints, dir, "prints.csv", err ? &other : w);
        if (!err) err = end;
    }
    if (!err) err = put_manifest(dir, &f, sum, w);
    register_give(&f);
    return err;
}

Err audit_write(const struct audit_ask *ask, struct audit_sum *sum, struct why *w)
{
    struct dir_entry *rows = NULL;
    char stage[FILE_PATH_MAX];
    size_t k = strlen(ask->out);
    u32 n = 0;
    *sum = (struct audit_sum){ 0 };
    Err err = file_exists(ask->out) ? dir_list(ask->out, 16, &rows, &n, w) : ERR_OK;
    free(rows);
    if (!err && n) err = why_set(w, ERR_INPUT, "%s: give a new or empty folder", ask->out);
    if (err) return err;
    while (k > 1 && ask->out[k - 1] == '/') k--;
    if (snprintf(stage, sizeof stage, "%.*s.partial", (int)k, ask->out) >= (int)sizeof stage)
        return why_set(w, ERR_INPUT, "%s: too long", ask->out);
    audit_tree_remove(stage); /* left by a run that was killed */
    err = dir_make(stage, w);
    if (!err) err = put_all(ask, stage, sum, w);
    if (!err) rmdir(ask->out);
    if (!err) err = file_rename(stage, ask->out, w);
    if (err) audit_tree_remove(stage);
    return err;
}

/* ---- checking ---- */

static Err no(struct why *w, const char *what, const char *cause)
{
    return why_set(w, ERR_NO, "%s: %s", what, cause);
}

/* The next line of *text without its newline; false at the end. */
static bool next_line(const char **text, const char *end, Str *line)
{
    const char *stop = *text < end ? memchr(*text, '\n', (size_t)(end - *text)) : NULL;
    if (!stop) return false;
    *line = (Str){ *text, (u32)(stop - *text) };
    *text = stop + 1;
    return true;
}

/* "WORD HEX [REST]" */
static bool hashed_line(Str line, const char *word, Hash *h, Str *rest)
{
    u32 k = (u32)strlen(word), hex = 2 * (u32)sizeof h->bytes;
    if (line.n < k + 1 + hex || memcmp(line.at, word, k) != 0 || line.at[k] != ' ') return false;
    *rest = (Str){ line.at + k + 1 + hex, line.n - k - 1 - hex };
    return parse_hex((Str){ line.at + k + 1, hex }, h->bytes, sizeof h->bytes) == PARSE_OK;
}

/* Every file in the manifest, in order, with its hash; nothing else in the folder. */
static Err check_files(const char *dir, const struct audit_tree *t, const char *at, const char *end,
                       struct why *w)
{
    Str line, rest;
    u32 i = 0;
    while (next_line(&at, end, &line)) {
        Hash stated, now;
        char path[FILE_PATH_MAX];
        if (hashed_line(line, "manifest", &stated, &rest)) break;
        if (!hashed_line(line, "file", &stated, &rest) || rest.n < 2)
            return no(w, "MANIFEST", "a line that is no file");
        if (i < t->n && strcmp(t->path[i], "MANIFEST") == 0) i++;
        Str name = { rest.at + 1, rest.n - 1 };
        if (i >= t->n || !str_is(name, t->path[i]))
            return why_set(w, ERR_NO, "%s: %s", i < t->n ? t->path[i] : "MANIFEST",
                           "the folder and the manifest do not name the same files");
        Err err = path_join(path, dir, t->path[i], w);
        if (!err) err = file_hash(path, &now, w);
        if (err) return err;
        if (!hash_eq(stated, now)) return no(w, t->path[i], "is not the file that was exported");
        i++;
    }
    if (i < t->n && strcmp(t->path[i], "MANIFEST") == 0) i++;
    return i == t->n ? ERR_OK : no(w, t->path[i], "is not in the manifest");
}

static bool below(const char *path, const char *folder_name)
{
    return strncmp(path, folder_name, strlen(folder_name)) == 0;
}

/* Receipts recompute; each by the methodology file of its folder. */
static Err check_receipts(const char *dir, const struct audit_tree *t, struct audit_sum *sum,
                          struct why *w)
{
    for (u32 i = 0; i < t->n; i++) {
        struct receipt_verdict v;
        struct methodology m;
        char path[FILE_PATH_MAX], file[FILE_PATH_MAX], name[64];
        int version = 0;
        if (!below(t->path[i], "receipts/")) continue;
        Err err = path_join(path, dir, t->path[i], w);
        if (!err) err = govern_receipt(path, &v, w);
        if (err) return err;
        sum->receipts++;
        if (sscanf(t->path[i], "receipts/v%d/", &version) != 1)
            return no(w, t->path[i], "stands in no version's folder");
        snprintf(name, sizeof name, "methodology/v%d.yaml", version);
        err = path_join(file, dir, name, w);
        if (!err) err = config_methodology(file, &m, w);
        if (err) return err;
        if (!hash_eq(methodology_hash(&m), v.print.methodology))
            return no(w, t->path[i], "is not by the methodology of its folder");
    }
    return ERR_OK;
}

static Err check_register(const char *dir, const char *at, const char *end, struct audit_sum *sum,
                          struct why *w)
{
    struct register_file f = { 0 };
    char path[FILE_PATH_MAX];
    Str line, rest;
    Hash head = { { 0 } };
    while (next_line(&at, end, &line) && !hashed_line(line, "head", &head, &rest)) continue;
    Err err = path_join(path, dir, "register", w);
    if (!err) err = register_load(path, &f, w);
    if (err == ERR_INPUT) err = ERR_NO; /* the answer about an extract, not bad input */
    if (!err && !hash_eq(f.r.head, head))
        err = no(w, "register", "does not end in the manifest's head");
    sum->entries = f.r.n;
    register_give(&f);
    return err;
}

Err audit_check(const char *dir, struct audit_sum *sum, struct why *w)
{
    struct audit_tree t = { 0 };
    char path[FILE_PATH_MAX];
    u8 *bytes = NULL;
    u64 n = 0;
    const u64 tail = sizeof "manifest " - 1 + 2 * sizeof(Hash) + 1;
    Hash stated;
    Str rest;
    *sum = (struct audit_sum){ 0 };
    Err err = path_join(path, dir, "MANIFEST", w);
    if (!err) err = file_read_all(path, AUDIT_FILE_MAX, &bytes, &n, w);
    if (err) return err;
    const char *text = (const char *)bytes, *end = text + n;
    if (n < tail || strncmp(text, AUDIT_FIRST_LINE "\n", sizeof AUDIT_FIRST_LINE) != 0 ||
        !hashed_line((Str){ end - tail, (u32)tail - 1 }, "manifest", &stated, &rest) ||
        end[-1] != '\n')
        err = no(w, "MANIFEST", "is no manifest of an extract");
    sum->manifest = sha256_of(bytes, n < tail ? 0 : n - tail);
    if (!err && !hash_eq(stated, sum->manifest)) err = no(w, "MANIFEST", "its own hash differs");
    if (!err) err = audit_tree_read(dir, &t, w);
    sum->files = t.n ? t.n - 1 : 0;
    const char *files = err ? NULL : strstr(text, "\nfile ");
    if (!err) err = check_files(dir, &t, files ? files + 1 : end, end, w);
    if (!err) err = check_register(dir, text, end, sum, w);
    if (!err) err = check_receipts(dir, &t, sum, w);
    audit_tree_give(&t);
    free(bytes);
    return err;
}
