#include "cmd/cmd.h"
#include "cmd/compare.h"

#include <stdlib.h>

static const char *owners_path, *from_text, *to_text, *page_path;
static bool json, csv;
static struct option_list methods, inputs;

static const struct option_row compare_options[] = {
    OPTION_LIST('m', "methodology", "METHOD.yaml", "a benchmark's rules, two or more", &methods),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form", &inputs),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE(0, "from", "DATE", "first date compared; else the first with data", &from_text),
    OPTION_VALUE(0, "to", "DATE", "last date compared; else the last with data", &to_text),
    OPTION_VALUE('o', "output", "FILE.html", "a page with charts, tables and every pair's reasons",
                 &page_path),
    OPTION_FLAG(0, "json", "one JSON object a row: print, method, pair, reason", &json),
    OPTION_FLAG(0, "csv", "the prints as CSV, one a date and method", &csv),
    OPTIONS_END,
};
static const struct usage compare_usage = {
    .command = "index compare",
    .args = "-m A.yaml -m B.yaml ... -i OBS ... [--from D] [--to D] [-o FILE.html]",
    .text = "Runs several methodologies over the same records, side by side: each date's values,\n"
            "how far they lie apart, and why. Each class and term is a market of its own.",
    .options = compare_options,
    .example = "hedgerow index compare -m specs/methodology/h100-synthetic.yaml "
               "-m specs/methodology/h100-synthetic-winsor.yaml -i examples/rentals-synthetic.csv",
};

/* ---- machine forms ---- */

static void price_or_null(struct json_line *j, const char *key, i64 micros, i64 decimals)
{
    if (micros) object_dec(j, key, micros, 6, (u32)decimals);
    else object_null(j, key);
}

static void object_signed(struct json_line *j, const char *key, i64 v)
{
    object_dec(j, key, v, 0, 0);
}

static void market_keys(struct json_line *j, const struct methodology *m, const char *name)
{
    object_text(j, "gpu_class", list_text(GPU_CLASS, m->gpu_class));
    object_text(j, "term", list_text(TERM, m->term));
    object_text(j, "method", name);
}

static void json_prints(const struct compare *c)
{
    char buf[2048];
    for (u32 d = 0; d < compare_days(c); d++)
        for (u32 i = 0; i < c->methods; i++) {
            const struct compare_method *m = &c->method[i];
            const struct print *p = &m->at[d];
            struct json_line j = object_begin(buf, sizeof buf);
            object_text(&j, "row", "print");
            object_date(&j, "date", (Date){ c->from.days + (i32)d });
            market_keys(&j, &m->m, m->name);
            object_text(&j, "index", m->m.index);
            price_or_null(&j, "value", p->value, m->m.decimals);
            object_text(&j, "status", p->status ? list_text(PRINT, p->status) : "NOT_IN_EFFECT");
            object_text(&j, "level", p->level ? list_text(LEVEL, p->level) : "");
            object_text(&j, "reason", p->why_l1 ? list_text(SHORT, p->why_l1) : "");
            object_u64(&j, "entities", p->owners);
            object_u64(&j, "observations", p->observations);
            object_end(&j);
        }
}

static void json_methods(const struct compare *c)
{
    char buf[4096];
    for (u32 i = 0; i < c->methods; i++) {
        const struct compare_method *m = &c->method[i];
        struct json_line j = object_begin(buf, sizeof buf);
        object_text(&j, "row", "method");
        market_keys(&j, &m->m, m->name);
        object_text(&j, "file", m->path);
        object_text(&j, "index", m->m.index);
        object_text(&j, "label", list_text(LABEL, m->m.label));
        object_text(&j, "weights", list_text(WEIGHTS, m->m.weights));
        object_u64(&j, "dates", m->days);
        for (u32 l = 1; l < LEVEL_COUNT; l++) object_u64(&j, list_text(LEVEL, l), m->levels[l]);
        price_or_null(&j, "low", m->low, m->m.decimals);
        price_or_null(&j, "mean", m->mean, m->m.decimals);
        price_or_null(&j, "high", m->high, m->m.decimals);
        object_u64(&j, "changes", m->changes);
        object_signed(&j, "volatility_ppm", m->volatility_ppm);
        object_u64(&j, "entities_min", m->owners_min);
        object_u64(&j, "entities_max", m->owners_max);
        object_u64(&j, "looked_at", m->looked_at);
        object_u64(&j, "eligible", m->eligible);
        for (u32 r = 1; r < REASON_COUNT; r++)
            if (m->dropped[r]) object_u64(&j, list_text(REASON, r), m->dropped[r]);
        object_end(&j);
    }
}

static void pair_keys(struct json_line *j, const struct compare *c, const struct compare_pair *q)
{
    market_keys(j, &c->method[q->a].m, c->method[q->a].name);
    object_text(j, "other", c->method[q->b].name);
}

static void json_pairs(const struct compare *c)
{
    char buf[4096]; /* a reason's text, each letter escaped at worst */
    for (u32 i = 0; i < c->pairs; i++) {
        const struct compare_pair *q = &c->pair[i];
        struct json_line j = object_begin(buf, sizeof buf);
        object_text(&j, "row", "pair");
        pair_keys(&j, c, q);
        object_u64(&j, "dates", q->days);
        object_u64(&j, "one_sided", q->others);
        object_signed(&j, "gap_mean_ppm", q->gap_ppm);
        object_signed(&j, "lean_mean_ppm", q->lean_ppm);
        object_signed(&j, "gap_max_ppm", q->max_ppm);
        object_date(&j, "gap_max_on", q->worst);
        object_end(&j);
        for (u32 k = 0; k < q->reasons; k++) {
            const struct compare_reason *r = &q->reason[k];
            j = object_begin(buf, sizeof buf);
            object_text(&j, "row", "reason");
            pair_keys(&j, c, q);
            object_date(&j, "date", q->worst);
            object_text(&j, "why", compare_why_text(r->why));
            if (r->measured) object_signed(&j, "gap_ppm", r->gap_ppm);
            else object_null(&j, "gap_ppm");
            object_text(&j, "text", r->text);
            object_end(&j);
        }
    }
}

static void print_csv(const struct compare *c)
{
    char buf[512];
    puts("date,gpu_class,term,method,index,value,status,level,reason,entities,observations");
    for (u32 d = 0; d < compare_days(c); d++)
        for (u32 i = 0; i < c->methods; i++) {
            const struct compare_method *m = &c->method[i];
            const struct print *p = &m->at[d];
            struct text t = text_on(buf, sizeof buf);
            text_put_date(&t, (Date){ c->from.days + (i32)d });
            const char *words[] = { list_text(GPU_CLASS, m->m.gpu_class),
                                    list_text(TERM, m->m.term), m->name, m->m.index };
            for (u32 k = 0; k < ARRAY_LEN(words); k++)
                text_put_char(&t, ','), text_put(&t, words[k]);
            text_put_char(&t, ',');
            if (p->value) text_put_dec_short(&t, p->value, 6, (u32)m->m.decimals);
            const char *ends[] = { p->status ? list_text(PRINT, p->status) : "NOT_IN_EFFECT",
                                   p->level ? list_text(LEVEL, p->level) : "",
                                   p->why_l1 ? list_text(SHORT, p->why_l1) : "" };
            for (u32 k = 0; k < ARRAY_LEN(ends); k++) text_put_char(&t, ','), text_put(&t, ends[k]);
            printf("%s,%u,%u\n", buf, p->owners, p->observations);
        }
}

/* ---- the terminal ---- */

static const char *percent(char *buf, u32 cap, i64 ppm)
{
    struct text t = text_on(buf, cap);
    compare_put_percent(&t, ppm);
    return buf;
}

static const char *usd(char *buf, u32 cap, i64 micros, i64 decimals)
{
    struct text t = text_on(buf, cap);
    compare_put_usd(&t, micros, decimals);
    return buf;
}

/* "2.9900", or "2.9900 L5"; padded where another date of the method has a level below the first. */
static const char *value_cell(char *buf, u32 cap, const struct compare_method *m,
                              const struct print *p)
{
    struct text t = text_on(buf, cap);
    bool below = m->days != m->levels[LEVEL_L1];
    if (p->value) text_put_dec_short(&t, p->value, 6, (u32)m->m.decimals);
    else if (p->status) text_put(&t, "-");
    if (p->level > LEVEL_L1) text_put_char(&t, ' '), text_put(&t, list_text(LEVEL, p->level));
    else if (below) text_put(&t, "   ");
    return buf;
}

static void table_values(const struct compare *c, const struct compare_market *k)
{
    char heads[1024], buf[64];
    struct text h = text_on(heads, sizeof heads);
    text_put(&h, "Date");
    for (u32 i = 0; i < k->methods; i++)
        text_put(&h, "|>"), text_put(&h, c->method[k->method[i]].name);
    text_put(&h, "|>Spread");
    ASSERT(!h.cut);
    struct table *t = table_new(heads);
    for (u32 d = 0; d < compare_days(c); d++) {
        struct text date = text_on(buf, sizeof buf);
        text_put_date(&date, (Date){ c->from.days + (i32)d });
        table_cell(t, "%s", buf);
        for (u32 i = 0; i < k->methods; i++) {
            const struct compare_method *m = &c->method[k->method[i]];
            table_cell(t, "%s", value_cell(buf, sizeof buf, m, &m->at[d]));
        }
        i64 spread = compare_spread_ppm(c, k, d);
        table_cell(t, "%s", spread < 0 ? "" : percent(buf, sizeof buf, spread));
    }
    table_print(t);
}

/* At most 60 blocks: of a longer series the last print of each stretch. */
static void put_spark(struct text *t, const struct compare *c, const struct compare_method *m)
{
    i64 values[60];
    u32 days = compare_days(c), n = days < ARRAY_LEN(values) ? days : (u32)ARRAY_LEN(values);
    for (u32 i = 0; i < n; i++) {
        u32 from = (u32)((u64)i * days / n), end = (u32)((u64)(i + 1) * days / n);
        values[i] = INT64_MIN;
        for (u32 d = from; d < end; d++)
            if (m->at[d].value) values[i] = m->at[d].value;
    }
    sparkline(t, values, n);
}

static void table_methods(const struct compare *c, const struct compare_market *k)
{
    struct table *t = table_new("Method|Index|Label|>Low|>Mean|>High|>Moves a day|>Owners|Levels");
    for (u32 i = 0; i < k->methods; i++) {
        const struct compare_method *m = &c->method[k->method[i]];
        char a[32], levels[256];
        struct text l = text_on(levels, sizeof levels);
        compare_put_levels(&l, m);
        table_cell(t, "%s", m->name);
        table_cell(t, "%s", m->m.index);
        table_cell(t, "%s", list_text(LABEL, m->m.label));
        table_cell(t, "%s", usd(a, sizeof a, m->low, m->m.decimals));
        table_cell(t, "%s", usd(a, sizeof a, m->mean, m->m.decimals));
        table_cell(t, "%s", usd(a, sizeof a, m->high, m->m.decimals));
        table_cell(t, "%s", m->changes ? percent(a, sizeof a, m->volatility_ppm) : "-");
        if (m->owners_min == m->owners_max) table_cell(t, "%u", m->owners_max);
        else table_cell(t, "%u-%u", m->owners_min, m->owners_max);
        table_cell(t, "%s", levels);
    }
    table_print(t);
    puts("");
    for (u32 i = 0; i < k->methods; i++) {
        char line[1024];
        struct text s = text_on(line, sizeof line);
        const struct compare_method *m = &c->method[k->method[i]];
        put_spark(&s, c, m);
        printf("%s  %s\n", line, m->name);
    }
}

static void table_out(const struct compare *c, const struct compare_market *k)
{
    char heads[1024];
    struct text h = text_on(heads, sizeof heads);
    text_put(&h, "Records");
    for (u32 i = 0; i < k->methods; i++)
        text_put(&h, "|>"), text_put(&h, c->method[k->method[i]].name);
    struct table *t = table_new(heads);
    table_cell(t, "looked at");
    for (u32 i = 0; i < k->methods; i++)
        table_cell(t, "%llu", (unsigned long long)c->method[k->method[i]].looked_at);
    for (u32 r = 1; r < REASON_COUNT; r++) {
        u64 any = 0;
        for (u32 i = 0; i < k->methods; i++) any += c->method[k->method[i]].dropped[r];
        if (!any) continue;
        table_cell(t, "out: %s", list_text(REASON, r));
        for (u32 i = 0; i < k->methods; i++)
            table_cell(t, "%llu", (unsigned long long)c->method[k->method[i]].dropped[r]);
    }
    table_cell(t, "eligible");
    for (u32 i = 0; i < k->methods; i++)
        table_cell(t, "%llu", (unsigned long long)c->method[k->method[i]].eligible);
    table_print(t);
}

static void table_pairs(const struct compare *c, const struct compare_market *k)
{
    struct table *t = table_new("Pair||>Dates|>One only|>Mean gap|>Leans|>Widest|On");
    for (u32 i = k->pair; i < k->pair + k->pairs; i++) {
        const struct compare_pair *q = &c->pair[i];
        char a[32], date[40];
        struct text d = text_on(date, sizeof date);
        if (q->worst.days) text_put_date(&d, q->worst);
        else text_put(&d, "no date on which both printed");
        table_cell(t, "%s", c->method[q->a].name);
        table_cell(t, "%s", c->method[q->b].name);
        table_cell(t, "%u", q->days);
        table_cell(t, "%u", q->others);
        table_cell(t, "%s", q->days ? percent(a, sizeof a, q->gap_ppm) : "-");
        table_cell(t, "%s", q->days ? percent(a, sizeof a, q->lean_ppm) : "-");
        table_cell(t, "%s", q->days ? percent(a, sizeof a, q->max_ppm) : "-");
        table_cell(t, "%s", date);
    }
    table_print(t);
    puts(
        "Gaps are shares of the pair's midpoint, over dates that both printed. Leans: mean of the\n"
        "first less the second. One only: dates with a value of one, or with a carried one.");
}

/* Folds at 96 columns; further lines stand under the first. */
static void fold(const char *head, const char *text)
{
    enum { WIDTH = 96, INDENT = 14 };
    int at = printf("  %-11s ", head);
    for (const char *z = text; *z;) {
        int n = (int)strcspn(z, " ");
        if (at > INDENT && at + n > WIDTH) at = printf("\n%*s", INDENT, "") - 1;
        at += printf("%s%.*s", at > INDENT ? " " : "", n, z);
        z += n + (z[n] == ' ');
    }
    puts("");
}

static void say_reasons(const struct compare *c, const struct compare_market *k)
{
    char a[16], line[160];
    if (k->widest == UINT32_MAX) return;
    const struct compare_pair *q = &c->pair[k->widest];
    struct text d = text_on(a, sizeof a);
    text_put_date(&d, q->worst);
    struct text l = text_on(line, sizeof line);
    compare_put_worst(c, q, &l);
    printf("\nWidest gap: on %s %s. Why (%s / %s):\n", a, line, c->method[q->a].name,
           c->method[q->b].name);
    for (u32 i = 0; i < q->reasons; i++)
        fold(compare_why_text(q->reason[i].why), q->reason[i].text);
}

static void print_market(const struct compare *c, const struct compare_market *k)
{
    char name[64];
    struct text t = text_on(name, sizeof name);
    compare_put_market(k, &t);
    printf("%s%s%s, USD per GPU-hour. L2 to L6 beside a value: a lower level of the waterfall (L5\n"
           "carried, L6 no print); blank: not in effect yet. Spread: highest over lowest.\n\n",
           paint(PAINT_BOLD), name, paint(PAINT_NONE));
    table_values(c, k);
    puts("");
    table_methods(c, k);
    puts("");
    table_out(c, k);
    puts("");
    if (k->pairs) table_pairs(c, k);
    else puts("One methodology only: nothing of this class and term to compare it with.");
    say_reasons(c, k);
}

static void print_text(const struct compare *c)
{
    for (u32 i = 0; i < c->markets; i++) {
        if (i) puts("");
        print_market(c, &c->market[i]);
    }
    if (c->read.refused_n)
        printf("\n%llu rows of the input were refused: `hedgerow feed import` names them\n",
               (unsigned long long)c->read.refused_n);
    if (page_path) printf("\nwritten: %s\n", page_path);
    else if (c->pairs > 1) puts("\nEvery pair's reasons: -o FILE.html, or --json");
}

int index_compare(int argc, char **argv)
{
    static struct compare c;
    int first;
    struct why w;
    int code = usage_parse(&compare_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (methods.n < 2 || !inputs.n)
        return usage_error(&compare_usage, "-m at least twice, and -i, are needed");
    if (json && csv) return usage_error(&compare_usage, "--json or --csv, not both");
    struct compare_ask ask = { .methods = methods.at, .inputs = inputs.at, .methods_n = methods.n,
                               .inputs_n = inputs.n, .owners = owners_path };
    if (!usage_date(&compare_usage, "from", from_text, &ask.from)) return ERR_USAGE;
    if (!usage_date(&compare_usage, "to", to_text, &ask.to)) return ERR_USAGE;
    Err err = compare_run(&c, &ask, &w);
    if (!err && page_path) err = compare_html(&c, page_path, &w);
    if (!err && json) json_prints(&c), json_methods(&c), json_pairs(&c);
    else if (!err && csv) print_csv(&c);
    else if (!err) print_text(&c);
    compare_close(&c);
    return err ? say_why(err, &w) : ERR_OK;
}
