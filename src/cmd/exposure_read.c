#include "cmd/exposure_file.h"
#include "cmd/feed_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const shipped[] = {
    "specs/rules/aws.csv", "specs/rules/azure.csv",     "specs/rules/gcp.csv",
    "specs/rules/oci.csv", "specs/rules/neoclouds.csv", "specs/rules/model-makers.csv",
};

/* A file that is read once from front to back, hashed on the way. */
struct reading {
    File file;
    u64 at, size;
    struct sha256 hash;
    struct progress progress;
    Err err;
    struct why *w;
};

static u64 read_some(void *from, char *to, u64 cap)
{
    struct reading *r = from;
    u64 got = 0;
    if (r->err) return 0;
    r->err = file_read_at(r->file, r->at, to, cap, &got, r->w);
    if (r->err) return 0;
    sha256_add(&r->hash, to, got);
    r->at += got;
    progress_step(&r->progress, r->at >> 20, r->size >> 20);
    return got;
}

static Err read_open(struct reading *r, const char *path, struct why *w)
{
    memset(r, 0, sizeof *r);
    r->w = w;
    Err err = file_open(&r->file, path, FILE_READ, w);
    if (!err) err = file_size(r->file, &r->size, w);
    sha256_init(&r->hash);
    r->progress = progress_begin("reading (MiB)");
    return err;
}

static Err add_rules(struct exposure_run *run, const char *path, const char *name, bool user,
                     struct why *w)
{
    struct rules_fault fault;
    u8 *bytes = NULL;
    u64 n = 0;
    Err err = file_read_all(path, 16 << 20, &bytes, &n, w);
    if (err) return err;
    if (!rules_add(&run->rules, name, (Str){ (char *)bytes, (u32)n }, user, &fault))
        err =
            why_set(w, ERR_INPUT, "%s:%llu: %s", path, (unsigned long long)fault.line, fault.text);
    if (!err && run->inputs < EXPOSURE_INPUTS_MAX)
        run->input[run->inputs++] =
            (struct exposure_input){ INPUT_RULES, run->rules.file[run->rules.files - 1],
                                     sha256_of(bytes, n), run->rules.n, n };
    free(bytes);
    return err;
}

Err exposure_begin(struct exposure_run *run, const struct option_list *rules, const char *types,
                   struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = feed_instances(types, &run->types, w);
    run->buffer = malloc(FOCUS_BUFFER);
    if (!err && !run->buffer) err = why_set(w, ERR_IO, "no memory");
    for (u32 i = 0; !err && i < rules->n; i++)
        err = add_rules(run, rules->at[i], rules->at[i], true, w);
    for (u32 i = 0; !err && i < ARRAY_LEN(shipped); i++) {
        err = data_path(path, shipped[i], w);
        if (!err) err = add_rules(run, path, shipped[i], false, w);
    }
    if (!err) run->e = exposure_new(run->types, &run->rules);
    if (!err && !run->e) err = why_set(w, ERR_IO, "no memory");
    return err;
}

void exposure_end(struct exposure_run *run)
{
    exposure_give(run->e);
    rules_give(&run->rules);
    free(run->types);
    free(run->buffer);
}

static Err same_file(const struct exposure_run *run, u32 i, struct why *w)
{
    for (u32 k = 0; k < i; k++)
        if (run->input[k].kind == run->input[i].kind &&
            hash_eq(run->input[k].hash, run->input[i].hash))
            return why_set(w, ERR_INPUT, "%s:1: file: the same bytes as %s: give a bill once",
                           run->input[i].path, run->input[k].path);
    return ERR_OK;
}

Err exposure_take(struct exposure_run *run, enum input_kind kind, const char *path, struct why *w)
{
    struct focus_lexer *x = malloc(sizeof *x);
    struct reading r;
    bool fine = true;
    u32 i = run->inputs;
    if (!x) return why_set(w, ERR_IO, "no memory");
    Err err = i == EXPOSURE_INPUTS_MAX ? why_set(w, ERR_USAGE, "more than 96 files")
                                       : read_open(&r, path, w);
    if (err) {
        free(x);
        return err;
    }
    struct exposure_input *in = &run->input[run->inputs++];
    *in = (struct exposure_input){ .kind = kind, .path = path };
    focus_open(x, (struct focus_source){ read_some, &r }, run->buffer,
               kind == INPUT_BILL ? run->delimiter : ',');
    if (kind == INPUT_BILL) fine = exposure_bill(run->e, x, i, &in->rows);
    else if (kind == INPUT_PLAN) exposure_plan(run->e, x, i, &in->rows);
    else if (kind == INPUT_TOKENS) exposure_tokens(run->e, x, i, &in->rows);
    else exposure_rates(run->e, x, i);
    progress_end(&r.progress);
    in->hash = sha256_end(&r.hash), in->bytes = r.at;
    err = r.err;
    if (!err && (!fine || run->e->no_memory)) err = why_set(w, ERR_IO, "no memory for %s", path);
    if (!err && !run->e->causes) err = same_file(run, i, w);
    file_close(&r.file);
    free(x);
    return err;
}

Err exposure_explain_file(struct exposure_run *run, const char *path, u64 line, Hash *hash,
                          struct exposure_why *out, bool *there, struct why *w)
{
    struct focus_lexer *x = malloc(sizeof *x);
    struct reading r;
    Err err = x ? read_open(&r, path, w) : why_set(w, ERR_IO, "no memory");
    if (err) {
        free(x);
        return err;
    }
    focus_open(x, (struct focus_source){ read_some, &r }, run->buffer, run->delimiter);
    *there = exposure_explain(run->e, x, line, out);
    while (read_some(&r, run->buffer, FOCUS_BUFFER)) {} /* the hash is of the whole file */
    progress_end(&r.progress);
    *hash = sha256_end(&r.hash);
    file_close(&r.file);
    free(x);
    return r.err;
}
