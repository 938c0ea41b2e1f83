#include "cmd/exposure_file.h"
#include "cmd/exposure_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *plan_file, *fx_file, *to, *csv_dir, *types, *delimiter;
static bool json, redact;
static struct option_list bills, token_files, rule_files;
static const struct option_row import_options[] = {
    OPTION_LIST('f', "focus", "BILL", "a FOCUS 1.0, 1.1 or 1.2 bill, CSV; may be given many times",
                &bills),
    OPTION_VALUE(0, "plan", "FILE", "fleet plan, CSV", &plan_file),
    OPTION_LIST(0, "tokens", "FILE", "token usage, CSV", &token_files),
    OPTION_LIST(0, "rules", "FILE", "detection rules of yours, tried before the shipped ones",
                &rule_files),
    OPTION_VALUE(0, "fx", "FILE", "month,from,to,rate: exchange rates", &fx_file),
    OPTION_VALUE(0, "instances", "FILE", "catalogue of machine types; else the shipped one",
                 &types),
    OPTION_VALUE(0, "delimiter", "CHAR", "of the bills: one character or tab; else a comma",
                 &delimiter),
    OPTION_VALUE('o', "output", "EXPOSURE", "JSON file to write", &to),
    OPTION_VALUE(0, "csv", "DIR", "write gpu.csv, tokens.csv and buckets.csv there too", &csv_dir),
    OPTION_FLAG(0, "redact", "hash file names and the bill's own texts in the output", &redact),
    OPTION_FLAG(0, "json", "the totals as one JSON object", &json),
    OPTIONS_END,
};
static const struct usage import_usage = {
    .command = "exposure import",
    .args = "--focus BILL ... -o EXPOSURE.json",
    .text = "Reads cloud bills into GPU-hours and tokens by month, provider, region and class.\n"
            "Every row falls into one bucket; the buckets add up to the bill to the last digit.",
    .options = import_options,
    .example = "hedgerow exposure import --focus examples/exposure/bill-synthetic.csv "
               "-o /tmp/exposure.json",
    .args_min = 0,
    .args_max = 60,
};

/* ---- what is said ---- */

static void say_causes(const struct exposure_run *run)
{
    const struct exposure *e = run->e;
    u32 shown = e->causes < ARRAY_LEN(e->cause) ? (u32)e->causes : ARRAY_LEN(e->cause);
    for (u32 i = 0; i < shown; i++) {
        const struct exposure_cause *c = &e->cause[i];
        fprintf(stderr, "%s:%llu: %s: %s\n", run->input[c->file].path, (unsigned long long)c->line,
                c->column, c->text);
    }
    fprintf(stderr, "hedgerow: %llu cause%s, nothing written\n", (unsigned long long)e->causes,
            e->causes == 1 ? "" : "s");
}

static void group_sums(const struct exposure *e, u32 currency, struct bucket_sum *g)
{
    memset(g, 0, GROUPS * sizeof *g);
    for (u32 b = 0; b < BUCKET_COUNT; b++) {
        const struct bucket_sum *s = &e->bucket[currency][b];
        struct bucket_sum *to_group = &g[bucket_group(b)];
        to_group->billed += s->billed, to_group->effective += s->effective;
        to_group->rows += s->rows;
    }
}

static void print_buckets(const struct exposure *e)
{
    char a[64], b[64];
    struct table *t = table_new("Bucket|Group|Ccy|>Rows|>BilledCost|>EffectiveCost");
    for (u32 c = 0; c < e->currencies; c++) {
        for (u32 k = 0; k < BUCKET_COUNT; k++) {
            const struct bucket_sum *s = &e->bucket[c][k];
            if (!s->rows) continue;
            table_cell(t, "%s", bucket_text(k));
            table_cell(t, "%s", bucket_group_text(bucket_group(k)));
            table_cell(t, "%s", exposure_name(e, e->currency[c]));
            table_cell(t, "%llu", (unsigned long long)s->rows);
            table_cell(t, "%s", atto_text(s->billed, a, sizeof a));
            table_cell(t, "%s", atto_text(s->effective, b, sizeof b));
        }
        table_cell(t, "bill");
        table_cell(t, "=");
        table_cell(t, "%s", exposure_name(e, e->currency[c]));
        table_cell(t, "%llu", (unsigned long long)e->all[c].rows);
        table_cell(t, "%s", atto_text(e->all[c].billed, a, sizeof a));
        table_cell(t, "%s", atto_text(e->all[c].effective, b, sizeof b));
    }
    table_print(t);
}

static void print_text(const struct exposure_run *run)
{
    const struct exposure *e = run->e;
    char a[64];
    u32 tokens = 0;
    for (u32 i = 0; i < e->cells.n; i++)
        tokens += BAG_AT(&e->cells, const struct cell, i)->key.tokens;
    print_buckets(e);
    for (u32 c = 0; c < e->currencies; c++) {
        struct bucket_sum g[GROUPS];
        group_sums(e, c, g);
        printf("%s", exposure_name(e, e->currency[c]));
        for (u32 k = 0; k < GROUPS; k++)
            printf(" %s %s", bucket_group_text(k), atto_text(g[k].effective, a, sizeof a));
        printf(" (EffectiveCost)\n");
    }
    printf("exposure: %u GPU cells, %u token cells\n", e->cells.n - tokens, tokens);
    if (e->unjoined)
        printf("core and RAM that joined no machine, left in non_gpu: %s\n",
               atto_text(e->unjoined, a, sizeof a));
    for (u32 q = 0; q < QUALITY_CODES; q++)
        if (e->quality[q])
            printf("  %s %llu: %s\n", quality_name(q), (unsigned long long)e->quality[q],
                   quality_text(q));
    for (u32 c = 0; exposure_column(c); c++)
        if (e->column_missing >> c & 1)
            printf("  no column %s: what rests on it is off\n", exposure_column(c));
}

static void put_dec(struct json_line *j, const char *key, i128 v)
{
    char a[64];
    object_text(j, key, atto_text(v, a, sizeof a));
}

static void print_json(const struct exposure_run *run)
{
    const struct exposure *e = run->e;
    static char buf[1 << 16];
    u32 tokens = 0;
    u64 unmapped = 0;
    for (u32 i = 0; i < e->cells.n; i++)
        tokens += BAG_AT(&e->cells, const struct cell, i)->key.tokens;
    for (u32 i = 0; i < e->doubts.n; i++)
        unmapped += BAG_AT(&e->doubts, const struct doubt, i)->rows;
    struct json_line j = object_begin(buf, sizeof buf);
    object_u64(&j, "rows", e->rows);
    object_u64(&j, "exposure_rows", e->cells.n);
    object_u64(&j, "gpu", e->cells.n - tokens);
    object_u64(&j, "tokens", tokens);
    object_u64(&j, "unmapped_rows", unmapped);
    object_bool(&j, "ties", true);
    for (u32 c = 0; c < e->currencies; c++) {
        struct bucket_sum g[GROUPS];
        char key[64];
        const char *ccy = exposure_name(e, e->currency[c]);
        group_sums(e, c, g);
        for (u32 k = 0; k < GROUPS; k++) {
            snprintf(key, sizeof key, "%s_%s", bucket_group_text(k), ccy);
            put_dec(&j, key, g[k].effective);
        }
        snprintf(key, sizeof key, "billed_cost_%s", ccy), put_dec(&j, key, e->all[c].billed);
        snprintf(key, sizeof key, "effective_cost_%s", ccy), put_dec(&j, key, e->all[c].effective);
    }
    for (u32 q = 0; q < QUALITY_CODES; q++)
        if (e->quality[q]) object_u64(&j, quality_name(q), e->quality[q]);
    object_end(&j);
}

/* ---- import ---- */

static Err import_all(struct exposure_run *run, char **more, u32 n, struct why *w)
{
    Err err = exposure_begin(run, &rule_files, types, w);
    if (!err && fx_file) err = exposure_take(run, INPUT_RATES, fx_file, w);
    for (u32 i = 0; !err && i < bills.n; i++) err = exposure_take(run, INPUT_BILL, bills.at[i], w);
    for (u32 i = 0; !err && i < n; i++) err = exposure_take(run, INPUT_BILL, more[i], w);
    for (u32 i = 0; !err && i < token_files.n; i++)
        err = exposure_take(run, INPUT_TOKENS, token_files.at[i], w);
    if (!err && plan_file) err = exposure_take(run, INPUT_PLAN, plan_file, w);
    if (!err) exposure_finish(run->e);
    return err;
}

static Err write_all(struct exposure_run *run, struct why *w)
{
    char *bytes = NULL;
    u64 n = 0;
    Err err = exposure_json(run, &bytes, &n, w);
    bool tables = !err && csv_dir;
    if (tables) err = exposure_csv(run, csv_dir, w);
    if (!err) err = file_write_atomic(to, bytes, n, w);
    if (err && tables) exposure_csv_remove(csv_dir);
    free(bytes);
    return err;
}

static int run_import(int argc, char **argv)
{
    int first;
    struct why w;
    int code = usage_parse(&import_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    u32 more = (u32)(argc - first);
    if (!bills.n && !more && !token_files.n) return usage_error(&import_usage, "no bill: --focus");
    if (!to) return usage_error(&import_usage, "-o EXPOSURE.json is needed");
    bool tab = delimiter && !strcmp(delimiter, "tab");
    if (delimiter && !tab && (strlen(delimiter) != 1 || strchr("\"\r\n", *delimiter)))
        return usage_error(&import_usage, "--delimiter: one character or tab");
    struct exposure_run *run = calloc(1, sizeof *run);
    if (!run) return say_why(why_set(&w, ERR_IO, "out of memory"), &w);
    run->redact = redact;
    run->delimiter = tab ? '\t' : delimiter ? *delimiter : ',';
    Err err = import_all(run, argv + first, more, &w);
    if (!err && run->e->causes) {
        say_causes(run);
        exposure_end(run);
        free(run);
        return ERR_INPUT;
    }
    if (!err) err = write_all(run, &w);
    if (!err && json) print_json(run);
    if (!err && !json) print_text(run);
    exposure_end(run);
    free(run);
    return err ? say_why(err, &w) : ERR_OK;
}

int cmd_exposure(int argc, char **argv)
{
    static const struct verb verbs[] = {
        { "import", "cloud bills as exposure: GPU-hours and tokens by month", run_import },
        { "show", "what an exposure says; why a row of the bill is where it is",
          exposure_run_show },
    };
    return verbs_run("exposure", verbs, ARRAY_LEN(verbs), argc, argv);
}
