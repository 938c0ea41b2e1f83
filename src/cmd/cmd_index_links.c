#include "cmd/cmd.h"
#include "cmd/prints_file.h"
#include "cmd/splice_run.h"
#include "index/token_math.h"
#include "quant/links.h"
#include "sys/file.h"

#include <stdlib.h>

/* The report: what was read and what came out, line by line. Its hash goes into the YAML. */
struct report { struct text t; char *buf; u32 cap; };

static Err report_open(struct report *r, u32 cap, struct why *w)
{
    r->buf = malloc(cap), r->cap = cap;
    if (!r->buf) return why_set(w, ERR_IO, "no memory");
    r->t = text_on(r->buf, cap);
    return ERR_OK;
}

static void report_word(struct report *r, const char *name, const char *value)
{
    text_put(&r->t, name), text_put_char(&r->t, ' '), text_put(&r->t, value);
    text_put_char(&r->t, '\n');
}

static void report_number(struct report *r, const char *name, i64 v)
{
    text_put(&r->t, name), text_put_char(&r->t, ' '), text_put_i64(&r->t, v);
    text_put_char(&r->t, '\n');
}

static void report_date(struct report *r, const char *name, Date d)
{
    text_put(&r->t, name), text_put_char(&r->t, ' '), text_put_date(&r->t, d);
    text_put_char(&r->t, '\n');
}

static void report_file(struct report *r, const struct prints_file *p)
{
    text_put(&r->t, "prints "), text_put(&r->t, p->series), text_put_char(&r->t, ' ');
    text_put_hex(&r->t, p->file.bytes, sizeof p->file.bytes);
    text_put_char(&r->t, '\n');
}

Err factor_report_write(const struct text *t, const char *path, Hash *hash, struct why *w)
{
    if (t->cut) return why_set(w, ERR_INPUT, "the report does not fit");
    *hash = sha256_of(t->at, t->n);
    if (path) return file_write_atomic(path, t->at, t->n, w);
    for (u32 i = 0, from = 0; i < t->n; i++) {
        if (t->at[i] != '\n') continue;
        printf("# %.*s\n", (int)(i - from), t->at + from);
        from = i + 1;
    }
    return ERR_OK;
}

static void put_hash(const Hash *h)
{
    char z[80];
    struct text t = text_on(z, sizeof z);
    text_put_hex(&t, h->bytes, sizeof h->bytes);
    fputs(z, stdout);
}

static void put_date(Date d)
{
    char z[16];
    struct text t = text_on(z, sizeof z);
    text_put_date(&t, d);
    fputs(z, stdout);
}

/* ---- factors ---- */

static const char *reference_arg, *series_arg, *from_text, *to_text, *report_path, *roll_text,
    *announced_text, *days_text;
static bool hedonic_flag;
static const struct option_row factors_options[] = {
    OPTION_FLAG(0, "hedonic", "by regression over records: see --hedonic --help", &hedonic_flag),
    OPTION_VALUE(0, "reference", "NAME=CSV", "prints in whose unit the series will stand",
                 &reference_arg),
    OPTION_VALUE(0, "series", "NAME=CSV", "prints of the generation that is spliced on",
                 &series_arg),
    OPTION_VALUE(0, "from", "DATE", "first day of the overlap; else the first that both have",
                 &from_text),
    OPTION_VALUE(0, "to", "DATE", "last day of it; else the last", &to_text),
    OPTION_VALUE(0, "min-days", "N", "least days that both printed; 60", &days_text),
    OPTION_VALUE(0, "roll", "DATE", "first day of the new part, for the YAML", &roll_text),
    OPTION_VALUE(0, "announced", "DATE", "when it is published, for the YAML", &announced_text),
    OPTION_VALUE('o', "output", "REPORT", "write the report there, not as comments", &report_path),
    OPTIONS_END,
};
static const struct usage factors_usage = {
    .command = "index factors",
    .args = "--reference NAME=CSV --series NAME=CSV [--from D] [--to D] [-o REPORT]",
    .text = "The factor of one generation to another: ratio of the medians over the days both\n"
            "printed, in ppm, with the report it comes from. For the parts of a spliced series.",
    .options = factors_options,
    .example = "hedgerow index factors --reference HDG-H100-OD-POSTED=h100.csv "
               "--series HDG-H200-OD-POSTED=h200.csv",
};

struct overlap { i64 *reference, *series; u32 n; Date from, to; };

static Err take_overlap(const struct prints_file *a, const struct prints_file *b, Date from,
                        Date to, struct overlap *o, struct why *w)
{
    o->reference = calloc((size_t)a->n + 1, sizeof *o->reference);
    o->series = calloc((size_t)a->n + 1, sizeof *o->series);
    if (!o->reference || !o->series) return why_set(w, ERR_IO, "no memory");
    for (u32 i = 0; i < a->n; i++) {
        const struct print_row *x = &a->at[i], *y = prints_on(b, x->date);
        bool in = x->date.days >= from.days && (!to.days || x->date.days <= to.days);
        if (!in || !x->printed || !y || !y->printed) continue; /* carried days are no overlap */
        if (!o->n) o->from = x->date;
        o->to = x->date;
        o->reference[o->n] = x->value, o->series[o->n] = y->value;
        o->n++;
    }
    return ERR_OK;
}

static Err write_factor(const struct prints_file *a, const struct prints_file *b, struct overlap *o,
                        Date roll, Date announced, i64 factor, struct why *w)
{
    struct report r;
    Hash hash;
    Err err = report_open(&r, 4096, w);
    if (err) return err;
    report_word(&r, "hedgerow-report", "overlap factor 1");
    report_file(&r, a), report_file(&r, b);
    report_word(&r, "reference", a->series), report_word(&r, "series", b->series);
    report_date(&r, "overlap_from", o->from), report_date(&r, "overlap_to", o->to);
    report_number(&r, "overlap_days", o->n);
    /* splice_factor() has sorted both */
    report_number(&r, "median_reference_twice",
                  o->reference[(o->n - 1) / 2] + o->reference[o->n / 2]);
    report_number(&r, "median_series_twice", o->series[(o->n - 1) / 2] + o->series[o->n / 2]);
    report_number(&r, "factor_ppm", factor);
    err = factor_report_write(&r.t, report_path, &hash, w);
    free(r.buf);
    if (err) return err;
    printf("parts:\n  - {series: %s", b->series);
    if (roll.days) fputs(", from: ", stdout), put_date(roll);
    printf(", factor_ppm: %lld", (long long)factor);
    if (announced.days) fputs(", announced: ", stdout), put_date(announced);
    fputs(", overlap_from: ", stdout), put_date(o->from);
    fputs(", overlap_to: ", stdout), put_date(o->to);
    printf(", overlap_days: %u, report: ", o->n), put_hash(&hash);
    puts("}");
    return ERR_OK;
}

int index_factors(int argc, char **argv)
{
    int first;
    struct why w;
    u64 least = 60;
    i64 factor = 0;
    struct prints_file in[2] = { 0 };
    u32 read;
    struct overlap o = { 0 };
    Date from = { 0 }, to = { 0 }, roll = { 0 }, announced = { 0 };
    for (int i = 1; i < argc; i++) /* another table of options */
        if (strcmp(argv[i], "--hedonic") == 0) return index_factors_hedonic(argc, argv);
    int code = usage_parse(&factors_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!reference_arg || !series_arg)
        return usage_error(&factors_usage, "--reference and --series are needed");
    if (!usage_date(&factors_usage, "from", from_text, &from) ||
        !usage_date(&factors_usage, "to", to_text, &to) ||
        !usage_date(&factors_usage, "roll", roll_text, &roll) ||
        !usage_date(&factors_usage, "announced", announced_text, &announced) ||
        !usage_u64(&factors_usage, "min-days", days_text, 1, 36600, &least))
        return ERR_USAGE;
    const char *const both[] = { reference_arg, series_arg };
    Err err = prints_read_all(both, 2, in, &read, &w);
    if (!err) err = take_overlap(&in[0], &in[1], from, to, &o, &w);
    if (!err && o.n < least)
        err = why_set(&w, ERR_NO, "%u days that both printed; %llu are needed", o.n,
                      (unsigned long long)least);
    if (!err && !splice_factor(o.reference, o.series, o.n, (u32)least, &factor))
        err = why_set(&w, ERR_NO, "no factor: the ratio is out of range");
    if (!err) err = write_factor(&in[0], &in[1], &o, roll, announced, factor, &w);
    free(o.reference);
    free(o.series);
    for (u32 i = 0; i < read; i++) prints_give(&in[i]);
    return err ? say_why(err, &w) : ERR_OK;
}

/* ---- links ---- */

static struct option_list link_inputs;
static const char *step_text;
static const struct option_row links_options[] = {
    OPTION_LIST('i', "input", "NAME=CSV", "prints of one series; given again for each",
                &link_inputs),
    OPTION_VALUE(0, "from", "DATE", "first day; else the first of all", &from_text),
    OPTION_VALUE(0, "to", "DATE", "last day; else the last of all", &to_text),
    OPTION_VALUE(0, "every", "DAYS", "days between links; 7", &step_text),
    OPTION_VALUE('o', "output", "REPORT", "write the report there, not as comments", &report_path),
    OPTIONS_END,
};
static const struct usage links_usage = {
    .command = "index links",
    .args = "-i NAME=CSV ... [--every DAYS] [--from D] [--to D] [-o REPORT]",
    .text = "Jevons links over the series that both days printed, in parts per billion, and the\n"
            "chain from 100 that they make; how far it drifted from a link made in one step.",
    .options = links_options,
    .example = "hedgerow index links -i H100=h100.csv -i H200=h200.csv --every 7",
};

enum { LINK_SERIES_MAX = 64 };
struct pool { struct prints_file in[LINK_SERIES_MAX]; u32 n; };

/* Series printed on both days, pair by pair. */
static u32 matched(const struct pool *p, Date a, Date b, i64 *p0, i64 *p1)
{
    u32 n = 0;
    for (u32 i = 0; i < p->n; i++) {
        const struct print_row *x = prints_on(&p->in[i], a), *y = prints_on(&p->in[i], b);
        if (x && y && x->printed && y->printed) p0[n] = x->value, p1[n] = y->value, n++;
    }
    return n;
}

static void pool_range(const struct pool *p, Date *from, Date *to)
{
    Date first = DATE_MAX, last = { 0 };
    for (u32 i = 0; i < p->n; i++)
        for (u32 k = 0; k < p->in[i].n; k++) {
            if (!p->in[i].at[k].printed) continue;
            if (p->in[i].at[k].date.days < first.days) first = p->in[i].at[k].date;
            if (p->in[i].at[k].date.days > last.days) last = p->in[i].at[k].date;
        }
    if (!from->days) *from = first;
    if (!to->days) *to = last;
}

/* Chain drift: the chain against one link from the first day to the last over series in both. */
static void report_drift(const struct pool *p, Date from, Date last, i64 level, struct report *r)
{
    i64 p0[LINK_SERIES_MAX], p1[LINK_SERIES_MAX], direct;
    u32 n = matched(p, from, last, p0, p1);
    if (quant_jevons(p0, p1, n, &direct) != QUANT_OK) return;
    report_number(r, "direct_link_ppb", direct);
    report_number(r, "direct_series", n);
    i64 one = (i64)div_round((i128)100 * MICROS * direct, LINK_ONE, ROUND_HALF_EVEN);
    if (one > 0)
        report_number(r, "drift_ppm",
                      (i64)div_round((i128)(level - one) * PPM, one, ROUND_HALF_EVEN));
}

static Err write_links(const struct pool *p, Date from, Date to, i32 step, struct why *w)
{
    i64 p0[LINK_SERIES_MAX], p1[LINK_SERIES_MAX], link, level = 100 * MICROS;
    Hash hash;
    struct report r;
    char *rows = NULL;
    size_t rows_n = 0;
    Date before = from;
    Err err = report_open(&r, 1u << 20, w);
    FILE *yaml = err ? NULL : open_memstream(&rows, &rows_n);
    if (!err && !yaml) err = why_set(w, ERR_IO, "no memory");
    if (!err) report_word(&r, "hedgerow-report", "jevons links 1");
    for (u32 i = 0; !err && i < p->n; i++) report_file(&r, &p->in[i]);
    for (Date d = { from.days + step }; !err && d.days <= to.days; d.days += step) {
        char z[160];
        struct text t = text_on(z, sizeof z);
        u32 n = matched(p, before, d, p0, p1);
        if (!n) continue; /* the next day is linked from the same one */
        enum quant_result q = quant_jevons(p0, p1, n, &link);
        if (q != QUANT_OK || !chain_apply(level, link, &level))
            err = why_set(w, ERR_NO, "no link: %s", quant_text(q));
        text_put_date(&t, before), text_put_char(&t, ' '), text_put_date(&t, d);
        text_put(&t, " series "), text_put_u64(&t, n);
        text_put(&t, " link_ppb "), text_put_i64(&t, link);
        text_put(&t, " level "), text_put_dec(&t, level, 6, 6);
        report_word(&r, "link", z);
        t = text_on(z, sizeof z);
        text_put_date(&t, d);
        fprintf(yaml, "  - {from: %s, link_ppb: %lld}\n", z, (long long)link);
        before = d;
    }
    if (!err && before.days == from.days) err = why_set(w, ERR_NO, "no two days share a series");
    if (!err) report_drift(p, from, before, level, &r);
    if (yaml) fclose(yaml);
    if (!err) err = factor_report_write(&r.t, report_path, &hash, w);
    if (!err) {
        fputs("report: ", stdout), put_hash(&hash);
        printf("\nlinks:\n%s", rows);
    }
    free(rows);
    free(r.buf);
    return err;
}

int index_links(int argc, char **argv)
{
    int first;
    struct why w;
    u64 step = 7;
    Date from = { 0 }, to = { 0 };
    int code = usage_parse(&links_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!link_inputs.n) return usage_error(&links_usage, "-i is needed, once a series");
    if (link_inputs.n > LINK_SERIES_MAX) return usage_error(&links_usage, "at most 64 series");
    if (!usage_date(&links_usage, "from", from_text, &from) ||
        !usage_date(&links_usage, "to", to_text, &to) ||
        !usage_u64(&links_usage, "every", step_text, 1, 3660, &step))
        return ERR_USAGE;
    struct pool *p = calloc(1, sizeof *p);
    Err err = p ? ERR_OK : why_set(&w, ERR_IO, "no memory");
    if (!err) err = prints_read_all(link_inputs.at, link_inputs.n, p->in, &p->n, &w);
    if (!err) pool_range(p, &from, &to);
    if (!err) err = write_links(p, from, to, (i32)step, &w);
    for (u32 i = 0; p && i < p->n; i++) prints_give(&p->in[i]);
    free(p);
    return err ? say_why(err, &w) : ERR_OK;
}
