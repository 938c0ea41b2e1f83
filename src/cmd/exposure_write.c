#include "cmd/exposure_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *atto_text(i128 v, char *buf, u32 cap)
{
    struct text t = text_on(buf, cap);
    atto_put(&t, v);
    return buf;
}

/* ---- JSON: one row a line ---- */

struct out { FILE *f; bool some, redact; };

static void json_string(FILE *f, const char *z)
{
    fputc('"', f);
    for (; *z; z++) {
        u8 c = (u8)*z;
        if (c == '"' || c == '\\') fprintf(f, "\\%c", c);
        else if (c < 0x20 || c == 0x7f) fprintf(f, "\\u%04x", c);
        else fputc(c, f);
    }
    fputc('"', f);
}

static void text(struct out *o, const char *key, const char *z)
{
    fprintf(o->f, "%s\"%s\":", o->some ? "," : "", key);
    json_string(o->f, z);
    o->some = true;
}

static void number(struct out *o, const char *key, u64 v)
{
    char buf[24];
    snprintf(buf, sizeof buf, "%llu", (unsigned long long)v);
    text(o, key, buf);
}

static void decimal(struct out *o, const char *key, i128 v)
{
    char buf[64];
    text(o, key, atto_text(v, buf, sizeof buf));
}

static void month(struct out *o, i32 m)
{
    char buf[16];
    struct text t = text_on(buf, sizeof buf);
    month_put(&t, m);
    text(o, "month", buf);
}

/* Text of the bill; with --redact the first half of its hash. */
static void private_text(struct out *o, const char *key, const char *z)
{
    char buf[40];
    struct text t = text_on(buf, sizeof buf);
    Hash h = sha256_of(z, strlen(z));
    text_put_hex(&t, h.bytes, 16);
    text(o, key, o->redact && *z ? buf : z);
}

static void row(struct out *o, bool first)
{
    fputs(first ? "\n{" : ",\n{", o->f);
    o->some = false;
}

static void inputs(struct out *o, const struct exposure_run *run)
{
    static const char *const kinds[] = { "bill", "plan", "tokens", "fx", "rules", "instances" };
    for (u32 i = 0, n = 0; i < run->inputs; i++) {
        const struct exposure_input *in = &run->input[i];
        char buf[72];
        struct text t = text_on(buf, sizeof buf);
        text_put_hex(&t, in->hash.bytes, 32);
        row(o, !n++);
        if (in->kind == INPUT_RULES) text(o, "file", in->path);
        else private_text(o, "file", in->path);
        text(o, "sha256", buf);
        number(o, "rows", in->rows);
        text(o, "kind", kinds[in->kind]);
        fputc('}', o->f);
    }
}

static void cells(struct out *o, const struct exposure *e, bool tokens)
{
    for (u32 i = 0, n = 0; i < e->cells.n; i++) {
        const struct cell *c = BAG_AT(&e->cells, const struct cell, i);
        if (c->key.tokens != tokens) continue;
        row(o, !n++);
        month(o, c->key.month);
        text(o, "provider", exposure_name(e, c->key.provider));
        text(o, "region", exposure_name(e, c->key.region));
        if (tokens) text(o, "model", exposure_name(e, c->key.what));
        else text(o, "gpu_class", gpu_class_text(c->key.what));
        text(o, tokens ? "direction" : "pool",
             tokens ? rule_kind_text(c->key.side) : pool_text(c->key.side));
        decimal(o, tokens ? "tokens" : "gpu_hours", c->quantity);
        decimal(o, "effective_cost", c->cost);
        text(o, "currency", exposure_name(e, c->key.currency));
        number(o, "rows", c->rows);
        fputc('}', o->f);
    }
}

static void buckets(struct out *o, const struct exposure *e)
{
    for (u32 b = 0, n = 0; b < BUCKET_COUNT; b++)
        for (u32 c = 0; c < e->currencies; c++) {
            const struct bucket_sum *s = &e->bucket[c][b];
            if (!s->rows) continue;
            row(o, !n++);
            text(o, "bucket", bucket_text(b));
            text(o, "currency", exposure_name(e, e->currency[c]));
            number(o, "rows", s->rows);
            decimal(o, "billed_cost", s->billed);
            decimal(o, "effective_cost", s->effective);
            fputc('}', o->f);
        }
}

static void doubts(struct out *o, const struct exposure *e)
{
    for (u32 i = 0; i < e->doubts.n; i++) {
        const struct doubt *d = BAG_AT(&e->doubts, const struct doubt, i);
        row(o, !i);
        text(o, "bucket", bucket_text(d->key.bucket));
        text(o, "provider", exposure_name(e, d->key.provider));
        text(o, "region", exposure_name(e, d->key.region));
        private_text(o, "what", exposure_name(e, d->key.what));
        text(o, "reason", exposure_name(e, d->key.reason));
        text(o, "currency", exposure_name(e, d->key.currency));
        number(o, "rows", d->rows);
        decimal(o, "billed_cost", d->billed);
        decimal(o, "effective_cost", d->effective);
        fputc('}', o->f);
    }
}

static void quality_row(struct out *o, u32 *n, const char *code, u64 count, const char *says)
{
    row(o, !(*n)++);
    text(o, "code", code);
    number(o, "count", count);
    text(o, "text", says);
    fputc('}', o->f);
}

static void quality(struct out *o, const struct exposure_run *run)
{
    const struct exposure *e = run->e;
    char buf[256];
    u32 n = 0;
    u64 unused = 0;
    for (u32 q = 0; q < QUALITY_CODES; q++)
        if (e->quality[q]) quality_row(o, &n, quality_name(q), e->quality[q], quality_text(q));
    for (u32 c = 0; exposure_column(c); c++)
        if (e->column_missing >> c & 1) {
            snprintf(buf, sizeof buf, "no column %s: what rests on it is off", exposure_column(c));
            quality_row(o, &n, "column_missing", 1, buf);
        }
    for (u32 i = 0; i < run->rules.n; i++) {
        const struct rule *r = &run->rules.rule[i];
        unused += !r->hits && !r->user;
        if (r->hits || !r->user) continue;
        snprintf(buf, sizeof buf, "rule %s:%u %s", run->rules.file[r->file], r->line,
                 r->shadowed ? "is shadowed by an earlier one" : "matches nothing");
        quality_row(o, &n, r->shadowed ? "rule_shadowed" : "rule_unused", r->shadowed, buf);
    }
    if (unused)
        quality_row(o, &n, "shipped_rules_unused", unused, "shipped rules that match nothing");
}

static void plan(struct out *o, const struct exposure *e)
{
    static const char *const keys[] = { "hours", "price", "sd", "corr", "start_prob" };
    for (u32 i = 0; i < e->plans.n; i++) {
        const struct plan *p = BAG_AT(&e->plans, const struct plan, i);
        row(o, !i);
        month(o, p->key.month);
        text(o, "provider", exposure_name(e, p->key.provider));
        text(o, "region", exposure_name(e, p->key.region));
        text(o, "gpu_class", gpu_class_text(p->key.what));
        text(o, "pool", pool_text(p->key.side));
        for (u32 k = 0; k < PLAN_NUMBERS; k++) text(o, keys[k], exposure_name(e, p->text[k]));
        fprintf(o->f, ",\"replaces\":%s}", p->replaces ? "true" : "false");
    }
}

static void token_sds(struct out *o, const struct exposure *e)
{
    for (u32 i = 0; i < e->sds.n; i++) {
        const struct sd *s = BAG_AT(&e->sds, const struct sd, i);
        row(o, !i);
        month(o, s->key.month);
        text(o, "provider", exposure_name(e, s->key.provider));
        text(o, "model", exposure_name(e, s->key.what));
        text(o, "direction", rule_kind_text(s->key.side));
        text(o, "sd", exposure_name(e, (u32)s->text));
        fputc('}', o->f);
    }
}

Err exposure_json(const struct exposure_run *run, char **bytes, u64 *n, struct why *w)
{
    size_t size = 0;
    FILE *f = open_memstream(bytes, &size);
    if (!f) return why_set(w, ERR_IO, "no memory");
    struct out o = { f, false, run->redact };
    fputs("{\"schema\":1,\"inputs\":[", f), inputs(&o, run);
    fputs("],\n\"gpu\":[", f), cells(&o, run->e, false);
    fputs("],\n\"tokens\":[", f), cells(&o, run->e, true);
    fputs("],\n\"buckets\":[", f), buckets(&o, run->e);
    fputs("],\n\"unmapped\":[", f), doubts(&o, run->e);
    fputs("],\n\"quality\":[", f), quality(&o, run);
    if (run->e->plans.n) fputs("],\n\"plan\":[", f), plan(&o, run->e);
    if (run->e->sds.n) fputs("],\n\"token_sd\":[", f), token_sds(&o, run->e);
    fputs("]}\n", f);
    bool bad = ferror(f);
    if (fclose(f) || bad) return why_set(w, ERR_IO, "no memory");
    *n = size;
    return ERR_OK;
}

/* ---- CSV ---- */

/* Quoted where it must be; a text that a spreadsheet would compute gets an apostrophe. */
static void csv_text(FILE *f, const char *z, const char *end)
{
    bool formula = *z && strchr("=+-@\t", *z);
    bool quote = strpbrk(z, ",\"\r\n") != NULL;
    if (quote) fputc('"', f);
    if (formula) fputc('\'', f);
    for (; *z; z++) {
        if (*z == '"') fputc('"', f);
        fputc(*z, f);
    }
    if (quote) fputc('"', f);
    fputs(end, f);
}

static void csv_cells(FILE *f, const struct exposure *e, bool tokens)
{
    char buf[64];
    fprintf(f, "month,provider,region,%s,effective_cost,currency,rows\n",
            tokens ? "model,direction,tokens" : "gpu_class,pool,gpu_hours");
    for (u32 i = 0; i < e->cells.n; i++) {
        const struct cell *c = BAG_AT(&e->cells, const struct cell, i);
        if (c->key.tokens != tokens) continue;
        struct text t = text_on(buf, sizeof buf);
        month_put(&t, c->key.month);
        csv_text(f, buf, ",");
        csv_text(f, exposure_name(e, c->key.provider), ",");
        csv_text(f, exposure_name(e, c->key.region), ",");
        csv_text(f, tokens ? exposure_name(e, c->key.what) : gpu_class_text(c->key.what), ",");
        fprintf(f, "%s,", tokens ? rule_kind_text(c->key.side) : pool_text(c->key.side));
        fprintf(f, "%s,", atto_text(c->quantity, buf, sizeof buf));
        fprintf(f, "%s,", atto_text(c->cost, buf, sizeof buf));
        fprintf(f, "%s,%llu\n", exposure_name(e, c->key.currency), (unsigned long long)c->rows);
    }
}

static void csv_buckets(FILE *f, const struct exposure *e)
{
    char buf[64];
    fputs("bucket,currency,rows,billed_cost,effective_cost\n", f);
    for (u32 b = 0; b < BUCKET_COUNT; b++)
        for (u32 c = 0; c < e->currencies; c++) {
            const struct bucket_sum *s = &e->bucket[c][b];
            if (!s->rows) continue;
            fprintf(f, "%s,%s,%llu,", bucket_text(b), exposure_name(e, e->currency[c]),
                    (unsigned long long)s->rows);
            fprintf(f, "%s,", atto_text(s->billed, buf, sizeof buf));
            fprintf(f, "%s\n", atto_text(s->effective, buf, sizeof buf));
        }
}

static const char *const csv_names[] = { "gpu.csv", "tokens.csv", "buckets.csv" };

void exposure_csv_remove(const char *dir)
{
    char path[FILE_PATH_MAX];
    struct why ignored;
    for (u32 i = 0; i < ARRAY_LEN(csv_names); i++)
        if (path_join(path, dir, csv_names[i], &ignored) || file_remove(path, &ignored)) continue;
}

Err exposure_csv(const struct exposure_run *run, const char *dir, struct why *w)
{
    Err err = dir_make(dir, w);
    for (u32 i = 0; !err && i < ARRAY_LEN(csv_names); i++) {
        char path[FILE_PATH_MAX], *bytes = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&bytes, &n);
        if (!f) return why_set(w, ERR_IO, "no memory");
        if (i < 2) csv_cells(f, run->e, i == 1);
        else csv_buckets(f, run->e);
        if (fclose(f)) err = why_set(w, ERR_IO, "no memory");
        if (!err) err = path_join(path, dir, csv_names[i], w);
        if (!err) err = file_write_atomic(path, bytes, n, w);
        free(bytes);
    }
    return err;
}
