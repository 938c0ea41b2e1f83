#include "cmd/audit.h"
#include "cmd/benchmark.h"
#include "cmd/cmd.h"
#include "cmd/splice_receipt.h"
#include "cmd/splice_run.h"
#include "cmd/token_run.h"
#include "cmd/compare.h"
#include "cmd/impact.h"
#include "cmd/pack.h"
#include "cmd/statement.h"
#include "cmd/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *shadow_name, *owners_path, *from_text, *to_text, *as_of_text, *receipts,
    *key_path, *vintages;
static bool json, csv;
static struct option_list inputs, methods;

/* ---- run ---- */

static const struct option_row run_options[] = {
    OPTION_LIST('m', "methodology", "METHOD.yaml", "the benchmark's rules; versions in order",
                &methods),
    OPTION_VALUE(0, "shadow", "ID", "a trial over the past: another id, from --from on",
                 &shadow_name),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form", &inputs),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE(0, "from", "DATE", "first date shown; else the first with data", &from_text),
    OPTION_VALUE(0, "to", "DATE", "last date shown; else the last with data", &to_text),
    OPTION_VALUE(0, "as-of", "TIME", "only what was published by then", &as_of_text),
    OPTION_VALUE(0, "vintages", "WHICH",
                 "all versions, the first or the last; else all, or "
                 "with --as-of the last",
                 &vintages),
    OPTION_VALUE(0, "receipts", "DIR", "one receipt file a version; new, empty or its own",
                 &receipts),
    OPTION_VALUE(0, "key", "FILE", "sign receipts: 64 hex digits, an Ed25519 seed", &key_path),
    OPTION_FLAG(0, "json", "one JSON object a date", &json),
    OPTION_FLAG(0, "csv", "the same columns as CSV", &csv),
    OPTIONS_END,
};
static const struct usage run_usage = {
    .command = "index run",
    .args = "-m METHOD.yaml -i OBS ... [--from D] [--to D] [--receipts DIR]",
    .text = "Computes the benchmark: one line for each scheduled date, printed or not, and one\n"
            "for each later version of it.",
    .options = run_options,
    .example = "hedgerow index run -m specs/methodology/h100-synthetic.yaml "
               "-i examples/rentals-synthetic.csv",
};

static void put_price(struct json_line *j, const char *key, i64 micros, u32 digits)
{
    if (micros) object_dec(j, key, micros, 6, digits);
    else object_null(j, key);
}

static void print_json(const struct print *p, const struct methodology *m)
{
    char buf[2048];
    struct json_line j = object_begin(buf, sizeof buf);
    bool size = m->weights == WEIGHTS_SIZE;
    object_date(&j, "date", p->value_date);
    put_price(&j, "value", p->value, (u32)m->decimals);
    object_text(&j, "status", list_text(PRINT, p->status));
    object_text(&j, "level", list_text(LEVEL, p->level));
    object_text(&j, "label", list_text(LABEL, p->label));
    object_text(&j, "reason", p->why_l1 ? list_text(SHORT, p->why_l1) : "");
    object_u64(&j, "entities", p->owners);
    object_dec(&j, "volume", p->volume, size ? 3 : 0, 0);
    put_price(&j, "p1", p->p1, (u32)m->decimals);
    put_price(&j, "p25", p->p25, (u32)m->decimals);
    put_price(&j, "p50", p->p50, (u32)m->decimals);
    put_price(&j, "p75", p->p75, (u32)m->decimals);
    put_price(&j, "p99", p->p99, (u32)m->decimals);
    object_u64(&j, "version", p->vintage);
    object_time(&j, "published_at", (Instant){ p->published_at });
    object_hash(&j, "receipt", &p->receipt);
    object_end(&j);
}

static void csv_price(struct text *t, i64 micros, u32 digits)
{
    text_put_char(t, ',');
    if (micros) text_put_dec_short(t, micros, 6, digits);
}

static void print_csv(const struct print *p, const struct methodology *m)
{
    char buf[1024];
    struct text t = text_on(buf, sizeof buf);
    u32 d = (u32)m->decimals;
    text_put_date(&t, p->value_date);
    csv_price(&t, p->value, d);
    const char *words[] = { list_text(PRINT, p->status), list_text(LEVEL, p->level),
                            list_text(LABEL, p->label),
                            p->why_l1 ? list_text(SHORT, p->why_l1) : "" };
    for (u32 i = 0; i < ARRAY_LEN(words); i++) text_put_char(&t, ','), text_put(&t, words[i]);
    text_put_char(&t, ',');
    text_put_u64(&t, p->owners);
    text_put_char(&t, ',');
    text_put_dec_short(&t, p->volume, m->weights == WEIGHTS_SIZE ? 3 : 0, 0);
    const i64 pct[] = { p->p1, p->p25, p->p50, p->p75, p->p99 };
    for (u32 i = 0; i < ARRAY_LEN(pct); i++) csv_price(&t, pct[i], d);
    text_put_char(&t, ',');
    text_put_u64(&t, p->vintage);
    text_put_char(&t, ',');
    text_put_hex(&t, p->receipt.bytes, sizeof p->receipt.bytes);
    puts(buf);
}

static const char *dec(char *buf, u32 cap, i64 v, u32 scale, u32 digits)
{
    struct text t = text_on(buf, cap);
    if (v) text_put_dec_short(&t, v, scale, digits);
    return buf;
}

static void table_row(struct table *t, const struct print *p, const struct methodology *m,
                      bool versions)
{
    char date[16], a[32], b[32], c[32], v[32];
    struct text d = text_on(date, sizeof date);
    u32 n = (u32)m->decimals;
    text_put_date(&d, p->value_date);
    table_cell(t, "%s", date);
    if (versions) table_cell(t, "%u", p->vintage);
    table_cell(t, "%s", list_text(PRINT, p->status));
    table_cell(t, "%s", list_text(LEVEL, p->level));
    table_cell(t, "%s", dec(a, sizeof a, p->value, 6, n));
    table_cell(t, "%s", dec(b, sizeof b, p->p25, 6, n));
    table_cell(t, "%s", dec(c, sizeof c, p->p75, 6, n));
    table_cell(t, "%u", p->owners);
    table_cell(t, "%s", dec(v, sizeof v, p->volume, m->weights == WEIGHTS_SIZE ? 3 : 0, 0));
    table_cell(t, "%s", p->why_l1 ? list_text(SHORT, p->why_l1) : "");
}

/* What came after a print, and what became of it. */
static void print_versions(const struct benchmark *b, const struct run_rows *rows)
{
    struct methodology m = methodology_resolved(&b->m);
    if (rows->restated)
        printf("%u of %u dates restated; largest revision %lld.%04lld %% of the first print\n",
               rows->restated, rows->dates, (long long)(rows->revision_ppm / 10000),
               (long long)(rows->revision_ppm % 10000));
    if (rows->late)
        printf("%llu late records came in time for a restatement: a version needs a move above "
               "%lld ppm\n",
               (unsigned long long)rows->late, (long long)m.restate_min_ppm);
    if (rows->too_late)
        printf("%llu late records came after the restatement window: no version, STALE "
               "in the next print\n",
               (unsigned long long)rows->too_late);
}

static void print_foot(const struct benchmark *b, const struct run_rows *rows)
{
    char line[4096];
    struct text t = text_on(line, sizeof line);
    u32 printed = 0, carried = 0, n = 0;
    i64 *values = malloc((rows->n + 1) * sizeof *values);
    for (u32 i = 0; i < rows->n; i++) { /* each date once: the first version that is shown */
        const struct print *p = &rows->at[i];
        if (i && p->value_date.days == p[-1].value_date.days) continue;
        printed += p->status == BENCH_PRINT_PRINTED;
        carried += p->status == BENCH_PRINT_CARRIED;
        if (values) values[n++] = p->value ? p->value : INT64_MIN;
    }
    if (values && n < 1000) sparkline(&t, values, n);
    free(values);
    printf("\n%s\n%s (%s%s), %s: %u printed, %u carried, %u without a print\n", line, b->m.index,
           list_text(LABEL, b->m.label), b->m.form >> FORM_RULE_ANY & 1 ? ", form: any" : "",
           b->m.measures, printed, carried, rows->dates - printed - carried);
    print_versions(b, rows);
    if (b->read.refused_n)
        printf("%llu rows of the input were refused: `hedgerow feed import` names them\n",
               (unsigned long long)b->read.refused_n);
}

static void print_rows(const struct benchmark *b, const struct run_rows *rows)
{
    bool versions = false;
    for (u32 i = 0; i < rows->n; i++) versions = versions || rows->at[i].vintage > 1;
    struct table *t =
        json || csv ? NULL
        : versions
            ? table_new("Date|>Ver|Status|Level|>USD/GPU-h|>p25|>p75|>Owners|>Volume|L1 failed by")
            : table_new("Date|Status|Level|>USD/GPU-h|>p25|>p75|>Owners|>Volume|L1 failed by");
    if (csv)
        puts("date,value,status,level,label,reason,entities,volume,p1,p25,p50,p75,p99,version,"
             "receipt");
    for (u32 i = 0; i < rows->n; i++) {
        if (json) print_json(&rows->at[i], benchmark_rules(b, rows->at[i].value_date));
        else if (csv) print_csv(&rows->at[i], benchmark_rules(b, rows->at[i].value_date));
        else table_row(t, &rows->at[i], benchmark_rules(b, rows->at[i].value_date), versions);
    }
    if (!t) return;
    table_print(t);
    print_foot(b, rows);
}

static bool run_vintages(struct run_ask *ask)
{
    static const char *const words[] = {
        [RUN_ALL] = "all", [RUN_FIRST] = "first", [RUN_LAST] = "last"
    };
    ask->vintages = as_of_text ? RUN_LAST : RUN_ALL;
    if (!vintages) return true;
    for (u32 i = 0; i < ARRAY_LEN(words); i++) {
        ask->vintages = (enum run_vintages)i;
        if (strcmp(words[i], vintages) == 0) return true;
    }
    usage_error(&run_usage, "--vintages: all, first or last, not: %s", vintages);
    return false;
}

static bool run_range(struct run_ask *ask)
{
    Instant at;
    Date d;
    if (!usage_date(&run_usage, "from", from_text, &ask->from)) return false;
    if (!usage_date(&run_usage, "to", to_text, &ask->to)) return false;
    ask->to_given = to_text != NULL;
    if (!run_vintages(ask)) return false;
    if (!as_of_text) return true;
    if (parse_instant(str_of(as_of_text), &at) == PARSE_OK) {
        ask->as_of = at;
    } else if (parse_date(str_of(as_of_text), &d) == PARSE_OK) {
        ask->as_of = (Instant){ date_start(d).ns + NS_PER_DAY - 1 }; /* all of that day */
    } else {
        usage_error(&run_usage, "--as-of: neither a date nor RFC 3339 with Z: %s", as_of_text);
        return false;
    }
    return true;
}

/* The rules as if they had been in force from `from` on: never under the benchmark's own id. */
static Err open_shadow(struct benchmark *b, Date from, struct why *w)
{
    struct methodology m;
    Err err = config_methodology(methods.at[0], &m, w);
    if (err) return err;
    if (strcmp(shadow_name, m.index) == 0)
        return why_set(w, ERR_INPUT, "--shadow %s: is the benchmark's own id", shadow_name);
    if (strlen(shadow_name) >= sizeof m.index || !name_valid(str_of(shadow_name)))
        return why_set(w, ERR_INPUT, "--shadow %s: not a word of at most 31 letters", shadow_name);
    memset(m.index, 0, sizeof m.index);
    memcpy(m.index, shadow_name, strlen(shadow_name));
    m.effective_from = from.days;
    return benchmark_open_rules(b, &m, owners_path, inputs.at, inputs.n, w);
}

static int run_splice(const struct run_ask *ask)
{
    if (as_of_text || vintages || owners_path)
        return usage_error(&run_usage, "a spliced series takes -i NAME=CSV, --from, --to, "
                                       "--receipts and --key");
    return splice_run_command(
        methods.at[0], inputs.at, inputs.n,
        &(struct splice_ask){ ask->from, ask->to, json, csv, receipts, key_path });
}

static int run_tokens(const struct run_ask *ask)
{
    if (vintages)
        return usage_error(&run_usage, "--vintages: a token basket restates no date: list prices "
                                       "that come late count from the next print on");
    if (owners_path)
        return usage_error(&run_usage, "--owners: a token basket counts providers, not owners");
    struct token_ask t = { ask->from, ask->to, ask->to_given, ask->as_of, receipts, key_path };
    return token_run_command(methods.at[0], inputs.at, inputs.n, &t,
                             (struct token_output){ json, csv });
}

static int run(int argc, char **argv)
{
    int first;
    struct why w;
    struct benchmark b = { 0 };
    struct run_rows rows = { 0 };
    int code = usage_parse(&run_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!methods.n || !inputs.n) return usage_error(&run_usage, "-m and -i are needed");
    if (shadow_name && (methods.n > 1 || !from_text))
        return usage_error(&run_usage, "--shadow takes one -m, and --from");
    if (json && csv) return usage_error(&run_usage, "--json or --csv, not both");
    if (key_path && !receipts)
        return usage_error(&run_usage, "--key signs receipts: give --receipts");
    struct run_ask ask = { .receipts = receipts, .key = key_path };
    if (!run_range(&ask)) return ERR_USAGE;
    u32 kind = config_method_kind(methods.at[0], NULL);
    if (kind && (shadow_name || methods.n > 1))
        return usage_error(&run_usage, "a %s takes one -m and no --shadow",
                           list_text(METHOD_KIND, kind));
    if (kind == METHOD_KIND_SPLICE) return run_splice(&ask);
    if (kind == METHOD_KIND_TOKEN_BASKET) return run_tokens(&ask);
    Err err = shadow_name ? open_shadow(&b, ask.from, &w)
                          : benchmark_open_versions(&b, methods.at, methods.n, owners_path,
                                                    inputs.at, inputs.n, &w);
    if (!err) err = benchmark_run(&b, &ask, &rows, &w);
    if (!err) print_rows(&b, &rows);
    free(rows.at);
    benchmark_close(&b);
    return err ? say_why(err, &w) : ERR_OK;
}

/* ---- verify and explain ---- */

static const struct option_row verify_options[] = {
    OPTION_LIST('i', "input", "LOG", "recompute from the log too, from the series' first date",
                &inputs),
    OPTION_LIST('m', "methodology", "METHOD.yaml",
                "with -i: versions in order, where the receipt's is not the first", &methods),
    OPTION_VALUE(0, "owners", "FILE", "with -i: owner registry; else the shipped one",
                 &owners_path),
    OPTION_FLAG(0, "json", "one JSON object a receipt", &json),
    OPTIONS_END,
};
static const struct usage verify_usage = {
    .command = "index verify",
    .args = "RECEIPT ... [-i LOG ... [-m METHOD.yaml ...]] [--json]",
    .text = "Recomputes a print from its receipt's own lines and compares every byte.\n"
            "Exit 1 if one differs, with the first field that does.",
    .options = verify_options,
    .example = "hedgerow index verify receipts/2026-07-31.receipt",
    .args_min = 1,
    .args_max = -1,
};

static void say_verdict(const char *path, const struct receipt_verdict *v)
{
    char buf[1024], value[32];
    if (json) {
        struct json_line j = object_begin(buf, sizeof buf);
        object_bool(&j, "ok", v->ok);
        object_text(&j, "file", path);
        if (v->value_date.days) object_date(&j, "date", v->value_date);
        if (v->ok) {
            put_price(&j, "value", v->print.value, (u32)v->method.decimals);
            object_text(&j, "status", list_text(PRINT, v->print.status));
            object_bool(&j, "signed", v->is_signed);
            object_hash(&j, "receipt", &v->print.receipt);
        } else {
            object_u64(&j, "line", v->line);
            object_text(&j, "field", v->field);
            object_text(&j, "cause", v->cause);
        }
        object_end(&j);
    } else if (v->ok) {
        printf("%s: ok: %s %s%s\n", path, list_text(PRINT, v->print.status),
               dec(value, sizeof value, v->print.value, 6, (u32)v->method.decimals) + 0,
               v->is_signed ? ", signed" : "");
    } else {
        printf("%s:%u: %s: DIFFERS: %s\n", path, v->line, v->field, v->cause);
    }
}

static int run_verify(int argc, char **argv)
{
    int first;
    struct why w;
    u32 bad = 0;
    int code = usage_parse(&verify_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (methods.n && !inputs.n)
        return usage_error(&verify_usage, "-m goes with -i: alone a receipt has its own rules");
    for (int i = first; i < argc; i++) {
        struct receipt_verdict v;
        bool tokens = token_receipt_file(argv[i]), splice = splice_receipt_file(argv[i]);
        if (tokens || splice) {
            int is = (tokens ? token_verify_command : splice_verify_command)(
                argv[i], inputs.n ? inputs.at : NULL, inputs.n, json, &w);
            if (is > ERR_NO) return say_why((Err)is, &w);
            bad += is == ERR_NO;
            continue;
        }
        const struct verify_ask ask = { inputs.at, methods.at, inputs.n, methods.n, owners_path };
        Err err = receipt_verify(argv[i], &ask, &v, &w);
        if (err) return say_why(err, &w);
        say_verdict(argv[i], &v);
        bad += !v.ok;
    }
    return bad ? ERR_NO : ERR_OK;
}

static const struct option_row explain_options[] = { OPTIONS_END };
static const struct usage explain_usage = {
    .command = "index explain",
    .args = "RECEIPT",
    .text = "Shows each step of a print from its receipt: records, why they are out, owners and\n"
            "their weights, sufficiency, the estimate or what stands in its place.",
    .options = explain_options,
    .example = "hedgerow index explain receipts/2026-07-31.receipt",
    .args_min = 1,
    .args_max = 1,
};

static int run_explain(int argc, char **argv)
{
    int first;
    struct why w;
    struct receipt_verdict v;
    int code = usage_parse(&explain_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (token_receipt_file(argv[first])) return token_explain_command(argv[first]);
    if (splice_receipt_file(argv[first])) return splice_explain_command(argv[first]);
    Err err = receipt_explained(argv[first], stdout, &v, &w);
    if (err) return say_why(err, &w);
    if (v.ok) return ERR_OK;
    fprintf(stderr, "hedgerow: %s:%u: %s: the receipt does not verify: %s\n", argv[first], v.line,
            v.field, v.cause);
    return ERR_NO;
}

int cmd_index(int argc, char **argv)
{
    static const struct verb verbs[] = {
        { "run", "compute prints, one line a scheduled date", run },
        { "verify", "recompute a print from its receipt, byte for byte", run_verify },
        { "explain", "show each step of a print from its receipt", run_explain },
        { "report", "the daily public report of one print: a page and JSON", index_report },
        { "stress", "what moving a print costs, by method; the position limit", index_stress },
        { "watch", "the value between prints, as the records of a day came", index_watch },
        { "compare", "several methodologies on the same records, side by side", index_compare },
        { "factors", "what one generation is worth in another, from their overlap", index_factors },
        { "links", "links of a matched-model chain over several series", index_links },
        { "decay", "the integer weights of an order book for a methodology", index_decay },
        { "impact", "what a change of methodology would have done", index_impact },
        { "statement", "the benchmark statement, written from a methodology", index_statement },
        { "audit", "an extract for a regulator or auditor, and its check", index_audit },
        { "pack", "the cash market, as 17 CFR Part 38 App. C asks", index_pack },
    };
    return verbs_run("index", verbs, ARRAY_LEN(verbs), argc, argv);
}
