#include "cmd/exposure_show.h"
#include "cmd/exposure_file.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *by, *why_row, *types, *delimiter;
static bool unmapped, quality, json;
static struct option_list rule_files;
static const struct option_row options[] = {
    OPTION_VALUE(0, "by", "KEYS", "add up by month, provider, region, class, pool (comma between)",
                 &by),
    OPTION_FLAG(0, "unmapped", "what could not be mapped, and why", &unmapped),
    OPTION_FLAG(0, "quality", "what was found about the data", &quality),
    OPTION_VALUE(0, "why", "ROW", "LINE or BILL:LINE: the bucket and rule of a row of the bill",
                 &why_row),
    OPTION_LIST(0, "rules", "FILE", "--why: the rules given at the import", &rule_files),
    OPTION_VALUE(0, "instances", "FILE", "--why: the catalogue given at the import", &types),
    OPTION_VALUE(0, "delimiter", "CHAR", "--why: the delimiter given at the import", &delimiter),
    OPTION_FLAG(0, "json", "rows as JSON objects", &json),
    OPTIONS_END,
};
static const struct usage usage = {
    .command = "exposure show",
    .args = "EXPOSURE.json",
    .text = "Shows an exposure, or why a row of its bill is where it is.",
    .options = options,
    .example = "hedgerow exposure show /tmp/exposure.json --by class,month",
    .args_min = 1,
    .args_max = 1,
};

static const char *member(const cJSON *row, const char *key)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(row, key);
    return cJSON_IsString(v) ? v->valuestring : "";
}

/* ---- tables ---- */

#define KEYS_MAX 5u
struct group { char key[320]; i128 quantity, cost; u64 rows; };
struct groups { struct group *at; u32 n, cap; };

static struct group *group_of(struct groups *g, const char *key)
{
    for (u32 i = 0; i < g->n; i++)
        if (!strcmp(g->at[i].key, key)) return &g->at[i];
    if (g->n == g->cap) {
        struct group *more = realloc(g->at, (g->cap = g->cap ? g->cap * 2 : 64) * sizeof *more);
        if (!more) return NULL;
        g->at = more;
    }
    struct group *one = &g->at[g->n++];
    memset(one, 0, sizeof *one);
    snprintf(one->key, sizeof one->key, "%s", key);
    return one;
}

static int group_order(const void *a, const void *b)
{
    return strcmp(((const struct group *)a)->key, ((const struct group *)b)->key);
}

/* "class,month" as members of a row; false: a word that is none. */
static bool keys_of(const char *text, bool tokens, const char **key, u32 *n)
{
    static const char *const words[] = { "month", "provider", "region",   "class",
                                         "pool",  "model",    "direction" };
    for (*n = 0; *text;) {
        size_t len = strcspn(text, ",");
        u32 w = 0;
        while (w < ARRAY_LEN(words) && (strlen(words[w]) != len || memcmp(words[w], text, len)))
            w++;
        if (w == ARRAY_LEN(words) || *n == KEYS_MAX) return false;
        key[(*n)++] = w == 3 || w == 5   ? (tokens ? "model" : "gpu_class")
                      : w == 4 || w == 6 ? (tokens ? "direction" : "pool")
                                         : words[w];
        text += len + (text[len] == ',');
    }
    return *n > 0;
}

static bool add_row(struct groups *g, const cJSON *row, const char *const *key, u32 n,
                    const char *quantity)
{
    char name[320];
    struct text t = text_on(name, sizeof name);
    i128 q, c;
    for (u32 k = 0; k < n; k++) {
        text_put(&t, member(row, key[k]));
        text_put_char(&t, '\x1f');
    }
    text_put(&t, member(row, "currency"));
    struct group *one = group_of(g, name);
    if (!one || atto_parse(str_of(member(row, quantity)), &q) ||
        atto_parse(str_of(member(row, "effective_cost")), &c))
        return false;
    one->quantity += q, one->cost += c;
    one->rows += strtoull(member(row, "rows"), NULL, 10);
    return true;
}

/* The n-th part of a group's key. */
static const char *part(const char *key, u32 n, char *to, u32 cap)
{
    while (n--) key += strcspn(key, "\x1f") + 1;
    snprintf(to, cap, "%.*s", (int)strcspn(key, "\x1f"), key);
    return to;
}

static void print_group(const struct group *g, const char *const *key, u32 n, const char *quantity,
                        struct table *t)
{
    char a[320], buf[2048];
    if (!json) {
        for (u32 k = 0; k < n; k++) table_cell(t, "%s", part(g->key, k, a, sizeof a));
        table_cell(t, "%s", atto_text(g->quantity, a, sizeof a));
        table_cell(t, "%s", atto_text(g->cost, a, sizeof a));
        table_cell(t, "%s", part(g->key, n, a, sizeof a));
        table_cell(t, "%llu", (unsigned long long)g->rows);
        return;
    }
    struct json_line j = object_begin(buf, sizeof buf);
    for (u32 k = 0; k < n; k++) object_text(&j, key[k], part(g->key, k, a, sizeof a));
    object_text(&j, quantity, atto_text(g->quantity, a, sizeof a));
    object_text(&j, "effective_cost", atto_text(g->cost, a, sizeof a));
    object_text(&j, "currency", part(g->key, n, a, sizeof a));
    object_u64(&j, "rows", g->rows);
    object_end(&j);
}

static int show_cells(const cJSON *root, bool tokens)
{
    const char *key[KEYS_MAX], *quantity = tokens ? "tokens" : "gpu_hours";
    struct groups g = { 0 };
    u32 n;
    char heads[256];
    const cJSON *row;
    if (!keys_of(by ? by : "month,provider,region,class,pool", tokens, key, &n))
        return usage_error(&usage, "--by: month, provider, region, class, pool, model, direction");
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(root, tokens ? "tokens" : "gpu"))
    {
        if (add_row(&g, row, key, n, quantity)) continue;
        free(g.at);
        fprintf(stderr, "hedgerow: not an exposure: a row without its numbers\n");
        return ERR_INPUT;
    }
    if (g.n) qsort(g.at, g.n, sizeof *g.at, group_order);
    struct text t = text_on(heads, sizeof heads);
    for (u32 k = 0; k < n; k++) text_put(&t, key[k]), text_put_char(&t, '|');
    text_put(&t,
             tokens ? ">tokens|>effective_cost|ccy|>rows" : ">gpu_hours|>effective_cost|ccy|>rows");
    struct table *table = json || !g.n ? NULL : table_new(heads);
    for (u32 i = 0; i < g.n; i++) print_group(&g.at[i], key, n, quantity, table);
    if (table) table_print(table);
    free(g.at);
    return ERR_OK;
}

static int show_list(const cJSON *root, const char *list, const char *const *key, u32 n,
                     const char *heads)
{
    const cJSON *row;
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, list);
    struct table *t = json || !cJSON_GetArraySize(rows) ? NULL : table_new(heads);
    cJSON_ArrayForEach(row, rows)
    {
        char buf[4096];
        struct json_line j = { 0 };
        if (json) j = object_begin(buf, sizeof buf);
        for (u32 k = 0; k < n; k++) {
            if (json) object_text(&j, key[k], member(row, key[k]));
            else table_cell(t, "%s", member(row, key[k]));
        }
        if (json) object_end(&j);
    }
    if (t) table_print(t);
    return ERR_OK;
}

/* ---- why ---- */

static void say_why_row(const struct exposure_run *run, const char *file, u64 line,
                        const struct exposure_why *y)
{
    char a[64], rule[128];
    struct text t = text_on(rule, sizeof rule);
    printf("%s:%llu\n", file, (unsigned long long)line);
    printf("  bucket         %s (%s)\n", bucket_text(y->bucket),
           bucket_group_text(bucket_group(y->bucket)));
    printf("  billed_cost    %s\n", atto_text(y->billed, a, sizeof a));
    printf("  effective_cost %s\n", atto_text(y->effective, a, sizeof a));
    if (!y->there) {
        printf("  reason         ChargeCategory or CommitmentDiscountStatus alone\n");
        return;
    }
    const struct finding *f = &y->found;
    rule_put(&t, &run->rules, f->rule);
    printf("  rule           %s\n", rule);
    if (f->field[0]) printf("  column         %s\n  text           %s\n", f->field, f->what);
    if (f->found == FOUND_GPU || f->found == FOUND_PART)
        printf("  gpu_class      %s, %u/%u GPUs per priced unit\n", gpu_class_text(f->gpu_class),
               f->num, f->den);
    if (f->found == FOUND_TOKEN)
        printf("  model          %s, %s\n", f->model, rule_kind_text(f->direction));
    if (f->found == FOUND_LOOSE)
        printf("  reason         core or RAM without a machine label: joined by ResourceId and "
               "period\n");
    if (f->weak) printf("  weak           by the words of ChargeDescription alone\n");
    if (y->reason) printf("  reason         %s\n", y->reason);
    if (bucket_group(y->bucket) == GROUP_MAPPED || y->bucket == BUCKET_GPU_COMMITTED)
        printf("  %s %s\n", f->found == FOUND_TOKEN ? "tokens        " : "gpu_hours     ",
               atto_text(y->quantity, a, sizeof a));
}

static const cJSON *bill_of(const cJSON *root, const char *name)
{
    const cJSON *row, *inputs = cJSON_GetObjectItemCaseSensitive(root, "inputs");
    cJSON_ArrayForEach(row, inputs)
    {
        const char *file = member(row, "file"), *slash = strrchr(file, '/');
        if (strcmp(member(row, "kind"), "bill")) continue;
        if (!name || !strcmp(file, name) || (slash && !strcmp(slash + 1, name))) return row;
    }
    return NULL;
}

static int show_why(const cJSON *root)
{
    char name[FILE_PATH_MAX], hex[72];
    const char *colon = strrchr(why_row, ':');
    struct why w;
    u64 line;
    Hash hash;
    struct exposure_why *y = calloc(1, sizeof *y);
    struct exposure_run *run = calloc(1, sizeof *run);
    bool there = false;
    int code = ERR_IO;
    snprintf(name, sizeof name, "%.*s", colon ? (int)(colon - why_row) : 0, why_row);
    const cJSON *bill = bill_of(root, colon ? name : NULL);
    if (!y || !run) goto done;
    code = ERR_USAGE;
    if (parse_u64(str_of(colon ? colon + 1 : why_row), &line) != PARSE_OK || line < 2) {
        usage_error(&usage, "--why: LINE or BILL:LINE, from line 2 on");
        goto done;
    }
    code = ERR_INPUT;
    if (!bill) {
        fprintf(stderr, "hedgerow: the exposure has no such bill\n");
        goto done;
    }
    const char *file = member(bill, "file");
    run->delimiter = !delimiter ? ',' : !strcmp(delimiter, "tab") ? '\t' : *delimiter;
    Err err = exposure_begin(run, &rule_files, types, &w);
    if (!err) err = exposure_explain_file(run, file, line, &hash, y, &there, &w);
    if (err) {
        code = say_why(err, &w);
        goto done;
    }
    struct text t = text_on(hex, sizeof hex);
    text_put_hex(&t, hash.bytes, 32);
    if (strcmp(hex, member(bill, "sha256")))
        fprintf(stderr, "hedgerow: %s is not the file the exposure was made of\n", file);
    else if (!there) fprintf(stderr, "hedgerow: %s has no row on line %s\n", file, why_row);
    else say_why_row(run, file, line, y), code = ERR_OK;
done:
    if (run) exposure_end(run);
    free(run), free(y);
    return code;
}

int exposure_run_show(int argc, char **argv)
{
    static const char *const doubt_keys[] = { "bucket", "provider", "region",         "what",
                                              "reason", "currency", "effective_cost", "rows" };
    static const char *const quality_keys[] = { "code", "count", "text" };
    int first;
    struct why w;
    u8 *bytes = NULL;
    u64 n;
    int code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    Err err = file_read_all(argv[first], 1 << 30, &bytes, &n, &w);
    if (err) return say_why(err, &w);
    cJSON *root = cJSON_ParseWithLength((char *)bytes, n);
    free(bytes);
    if (!cJSON_GetObjectItemCaseSensitive(root, "schema")) {
        fprintf(stderr, "hedgerow: %s:1: schema: not an exposure\n", argv[first]);
        cJSON_Delete(root);
        return ERR_INPUT;
    }
    if (why_row) code = show_why(root);
    else if (unmapped)
        code = show_list(root, "unmapped", doubt_keys, ARRAY_LEN(doubt_keys),
                         "Bucket|Provider|Region|What|Reason|Ccy|>EffectiveCost|>Rows");
    else if (quality)
        code =
            show_list(root, "quality", quality_keys, ARRAY_LEN(quality_keys), "Code|>Count|Text");
    else {
        code = show_cells(root, false);
        if (!code) code = show_cells(root, true);
    }
    cJSON_Delete(root);
    return code;
}
