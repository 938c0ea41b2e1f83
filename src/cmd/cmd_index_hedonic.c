#include "cmd/benchmark.h"
#include "cmd/cmd.h"
#include "cmd/govern.h"
#include "cmd/receipts.h"
#include "cmd/splice_run.h"
#include "index/view.h"
#include "quant/hedonic.h"
#include "quant/links.h"

#include <stdlib.h>

/* `index factors --hedonic`: ln price = a + day + traits over the records that passed the screens.
 * Read: the methodology without its factors on the traits asked for, so that none counts twice. */

static const char *method_path, *owners_path, *from_text, *to_text, *effective_text, *least_text,
    *report_path;
static struct option_list inputs, traits_asked, bases;
static bool hedonic_flag;

static const struct option_row hedonic_options[] = {
    OPTION_FLAG(0, "hedonic", "by regression over records", &hedonic_flag),
    OPTION_VALUE('m', "methodology", "FILE", "whose screened records are read", &method_path),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form", &inputs),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE(0, "from", "DATE", "first date; else the first with data", &from_text),
    OPTION_VALUE(0, "to", "DATE", "last date; else the last with data", &to_text),
    OPTION_LIST(0, "on", "TRAIT", "channel, region, zone, form or term; else those that vary",
                &traits_asked),
    OPTION_LIST(0, "base", "TRAIT=VALUE", "the reference grade; else the most frequent value",
                &bases),
    OPTION_VALUE(0, "min-records", "N", "least records of a value; 30", &least_text),
    OPTION_VALUE(0, "effective", "DATE", "first day of the factors; else the day after --to",
                 &effective_text),
    OPTION_VALUE('o', "output", "REPORT", "write the report there, not as comments", &report_path),
    OPTIONS_END,
};
static const struct usage hedonic_usage = {
    .command = "index factors",
    .args = "--hedonic -m METHOD -i OBS ... [--on TRAIT ...] [--effective DATE] [-o REPORT]",
    .text = "What a trait adds to a price, in ppm: ln price regressed on date dummies and traits.\n"
            "Writes the report and the lines for `factors:` of a methodology's next version.",
    .options = hedonic_options,
    .example = "hedgerow index factors --hedonic -m specs/methodology/h100-synthetic.yaml "
               "-i examples/rentals-synthetic.csv --on channel",
};

/* ---- traits ---- */

enum { CHANNEL_ROW, REGION_ROW, ZONE_ROW, FORM_ROW, TERM_ROW, TRAIT_ROWS };
static const struct { const char *name; u8 on; } trait_rows[TRAIT_ROWS] = {
    [CHANNEL_ROW] = { "channel", FACTOR_ON_CHANNEL }, [REGION_ROW] = { "region", FACTOR_ON_REGION },
    [ZONE_ROW] = { "zone", FACTOR_ON_REGION },        [FORM_ROW] = { "form", FACTOR_ON_FORM },
    [TERM_ROW] = { "term", FACTOR_ON_TERM },
};
enum { VALUES_MAX = METHOD_FACTORS_MAX + 1, CELLS_MAX = 1 << 26 };
struct value { char is[32]; u32 records; };
struct trait { struct value at[VALUES_MAX]; u32 n, base; bool asked; };
struct row { double price; u32 period; u8 is[TRAIT_ROWS]; };
struct sample {
    struct trait trait[TRAIT_ROWS];
    struct row *at;
    u8 *seen; /* by record: counts on the first date that has it */
    Date first, last;
    u32 n, cap, periods, traits; /* traits: columns */
};

static u32 trait_named(Str name)
{
    u32 t = 0;
    while (t < TRAIT_ROWS && !str_is(name, trait_rows[t].name)) t++;
    return t;
}

static Str value_of(const struct obs_log *log, const struct observation *o, u32 t)
{
    Str region = names_text(&log->names, o->region);
    switch (t) {
    case CHANNEL_ROW: return str_of(list_text(CHANNEL, o->channel));
    case FORM_ROW: return str_of(list_text(GPU_FORM, o->form));
    case TERM_ROW: return str_of(list_text(TERM, o->term));
    case REGION_ROW:
        for (u32 i = 0; i < region.n; i++)
            if (region.at[i] == '/') region.n = i;
        return region;
    default: return region;
    }
}

static Err take_value(struct trait *x, u32 t, Str is, u8 *out, struct why *w)
{
    u32 v = 0;
    while (v < x->n && !str_is(is, x->at[v].is)) v++;
    if (v == VALUES_MAX || is.n >= sizeof x->at[v].is)
        return why_set(w, ERR_NO, "%s: more than %d values, or one of more than 31 letters",
                       trait_rows[t].name, VALUES_MAX);
    if (v == x->n) memcpy(x->at[x->n++].is, is.at, is.n);
    x->at[v].records++;
    *out = (u8)v;
    return ERR_OK;
}

/* ---- the records ---- */

static Err take_row(struct sample *s, const struct obs_log *log, const struct view_record *r,
                    struct why *w)
{
    Err err = ERR_OK;
    if (s->n == s->cap) {
        u32 cap = 2 * s->cap + 1024;
        struct row *more = realloc(s->at, cap * sizeof *more);
        if (!more) return why_set(w, ERR_IO, "no memory");
        s->at = more, s->cap = cap;
    }
    struct row *to = &s->at[s->n++];
    *to = (struct row){ .price = (double)r->price, .period = s->periods };
    for (u32 t = 0; t < TRAIT_ROWS && !err; t++)
        if (s->trait[t].asked)
            err = take_value(&s->trait[t], t, value_of(log, &log->at[r->rec], t), &to->is[t], w);
    return err;
}

static Err take_date(struct benchmark *b, struct sample *s, const struct print *p, struct why *w)
{
    u32 n = index_view_records(b->series.index, p, NULL, 0), before = s->n;
    struct view_record *at = calloc((size_t)n + 1, sizeof *at);
    Err err = at ? ERR_OK : why_set(w, ERR_IO, "no memory");
    if (!err) n = index_view_records(b->series.index, p, at, n);
    for (u32 i = 0; i < n && !err; i++) {
        if (at[i].reason || at[i].price <= 0 || s->seen[at[i].rec]) continue;
        s->seen[at[i].rec] = 1;
        err = take_row(s, &b->log.log, &at[i], w);
    }
    free(at);
    if (err || s->n == before) return err;
    if (!s->first.days) s->first = p->value_date;
    s->last = p->value_date;
    if (++s->periods > HEDONIC_PERIODS_MAX)
        return why_set(w, ERR_NO, "more than %u dates with records: give --from and --to",
                       HEDONIC_PERIODS_MAX);
    return ERR_OK;
}

/* The series again, without the methodology's own factors on what is asked for. */
static Err reopen(struct benchmark *b, const struct sample *s, struct why *w)
{
    struct methodology *m = &b->m;
    u32 kept = 0;
    for (u32 i = 0; i < (u32)m->factors_n; i++) {
        bool out = false;
        for (u32 t = 0; t < TRAIT_ROWS; t++)
            out |= s->trait[t].asked && trait_rows[t].on == m->factors[i].on;
        if (!out) m->factors[kept++] = m->factors[i];
    }
    memset(m->factors + kept, 0, (METHOD_FACTORS_MAX - kept) * sizeof m->factors[0]);
    m->factors_n = kept;
    series_close(&b->series);
    return series_open(&b->series, m, b->registry->rows, (u32)b->registry->rows_n, &b->log.log, w);
}

static Instant published(const void *rules, Date d) { return index_publish_time(rules, d); }

static Err take_all(struct benchmark *b, struct sample *s, Date from_asked, Date to_asked,
                    struct why *w)
{
    const struct obs_log *log = &b->log.log;
    const struct dates_ask ask = { .from = from_asked, .to = to_asked };
    Date start = { (i32)b->m.effective_from }, from = start, to = start;
    struct print p;
    if (!log->n) return why_set(w, ERR_NO, "no record");
    from.days = (i32)i64_max(start.days, log->at[0].t_journal / NS_PER_DAY);
    to.days = (i32)(log->at[log->n - 1].t_journal / NS_PER_DAY);
    s->seen = calloc(log->n, 1);
    Err err = s->seen ? reopen(b, s, w) : why_set(w, ERR_IO, "no memory");
    if (!err) err = dates_of(&ask, start, published, &b->m, &from, &to, w);
    struct progress said = progress_begin("dates");
    for (Date d = from; !err && d.days <= to.days; d.days++) {
        err = series_print_date(&b->series, d, NULL, &p, w);
        if (!err) err = take_date(b, s, &p, w);
        progress_step(&said, (u64)(d.days - from.days), (u64)(to.days - from.days) + 1);
    }
    progress_end(&said);
    return err;
}

/* ---- what can be told, and the reference grade ---- */

static Err choose_base(struct sample *s, u32 t, struct why *w)
{
    struct trait *x = &s->trait[t];
    for (u32 v = 1; v < x->n; v++)
        if (x->at[v].records > x->at[x->base].records) x->base = v;
    for (u32 i = 0; i < bases.n; i++) {
        const char *is = strchr(bases.at[i], '=');
        u32 v = 0;
        if (!is || trait_named((Str){ bases.at[i], (u32)(is - bases.at[i]) }) != t) continue;
        while (v < x->n && strcmp(x->at[v].is, is + 1) != 0) v++;
        if (v == x->n) return why_set(w, ERR_NO, "--base %s: no record of it", bases.at[i]);
        x->base = v;
    }
    return ERR_OK;
}

static Err weigh_traits(struct sample *s, u32 least, struct why *w)
{
    Err err = s->n ? ERR_OK : why_set(w, ERR_NO, "no record passed the screens in these dates");
    for (u32 t = 0; t < TRAIT_ROWS && !err; t++) {
        struct trait *x = &s->trait[t];
        if (!x->asked) continue;
        if (traits_asked.n && x->n < 2)
            return why_set(w, ERR_NO, "%s: no variation: every record is %s", trait_rows[t].name,
                           x->at[0].is);
        err = choose_base(s, t, w);
        for (u32 v = 0; v < x->n && !err && x->n > 1; v++)
            if (x->at[v].records < least)
                err = why_set(w, ERR_NO, "%s %s: %u records; %u are needed", trait_rows[t].name,
                              x->at[v].is, x->at[v].records, least);
        s->traits += x->n - 1;
    }
    if (err) return err;
    if (!s->traits) return why_set(w, ERR_NO, "no variation: every record has the same traits");
    if (s->traits > METHOD_FACTORS_MAX)
        return why_set(w, ERR_NO, "%u factors; a methodology takes %u", s->traits,
                       METHOD_FACTORS_MAX);
    return ERR_OK;
}

/* ---- the regression ---- */

struct estimate { i64 ppm, ppm_se, ppb, ppb_se; };

static Err regress(const struct sample *s, struct hedonic *h, struct why *w)
{
    if ((u64)s->n * (s->periods + s->traits + 1) > CELLS_MAX)
        return why_set(w, ERR_NO, "%u records over %u dates are too many: give --from and --to",
                       s->n, s->periods);
    double *p = calloc((size_t)s->n * (1 + s->traits), sizeof *p), *x = p + s->n;
    u32 *period = calloc(s->n, sizeof *period);
    enum quant_result r = QUANT_MEMORY;
    for (u32 i = 0; p && period && i < s->n; i++) {
        double *to = x + (size_t)i * s->traits;
        p[i] = s->at[i].price, period[i] = s->at[i].period;
        for (u32 t = 0; t < TRAIT_ROWS; t++)
            for (u32 v = 0; v < s->trait[t].n; v++)
                if (v != s->trait[t].base) *to++ = s->at[i].is[t] == v;
    }
    if (p && period) r = quant_hedonic(p, period, x, s->n, s->periods, s->traits, h);
    free(p);
    free(period);
    if (r == QUANT_OK) return ERR_OK;
    if (r == QUANT_RANK)
        return why_set(w, ERR_NO,
                       "the traits can not be told apart: one always goes with others, "
                       "or never meets another on a date; name fewer with --on");
    return why_set(w, r == QUANT_MEMORY ? ERR_IO : ERR_NO, "no regression: %s", quant_text(r));
}

static Err integers(const struct hedonic *h, u32 j, const char *name, const char *is,
                    struct estimate *e, struct why *w)
{
    if (quant_factor_ppm(h->beta[j], h->beta_se[j], &e->ppm) != QUANT_OK)
        return why_set(w, ERR_NO, "%s %s: the factor is outside +-%lld ppm", name, is,
                       (long long)FACTOR_PPM_LIMIT);
    double slope = 1 + (double)e->ppm / (double)PPM; /* of exp() at the coefficient */
    if (quant_integer(h->beta[j], 1e9, &e->ppb) != QUANT_OK ||
        quant_integer(h->beta_se[j], 1e9, &e->ppb_se) != QUANT_OK ||
        quant_integer(h->beta_se[j] * slope, (double)PPM, &e->ppm_se) != QUANT_OK)
        return why_set(w, ERR_NO, "%s %s: a coefficient out of range", name, is);
    return ERR_OK;
}

/* ---- the report, and the lines of YAML ---- */

static Err put_head(struct text *t, const struct benchmark *b, const struct sample *s,
                    const struct hedonic *h, struct why *w)
{
    Hash hash = methodology_hash(&b->m);
    i64 r2 = 0, sd2 = 0;
    if (quant_integer(h->fit.r2, (double)PPM, &r2) != QUANT_OK ||
        quant_integer(h->fit.s2, 1e12, &sd2) != QUANT_OK)
        return why_set(w, ERR_NO, "no regression: the fit is out of range");
    text_put(t, "hedgerow-report hedonic factors 1\nindex "), text_put(t, b->m.index);
    text_put(t, "\nlabel "), text_put(t, list_text(LABEL, b->m.label));
    text_put(t, "\nrules_read "), text_put_hex(t, hash.bytes, sizeof hash.bytes);
    for (u32 i = 0; i < inputs.n; i++) {
        Err err = file_hash(inputs.at[i], &hash, w);
        if (err) return err;
        text_put(t, "\ninput "), text_put_hex(t, hash.bytes, sizeof hash.bytes);
    }
    text_put(t, "\nfrom "), text_put_date(t, s->first);
    text_put(t, "\nto "), text_put_date(t, s->last);
    text_put(t, "\ndates "), text_put_u64(t, s->periods);
    text_put(t, "\nrecords "), text_put_u64(t, s->n);
    text_put(t, "\nr2 "), text_put_dec(t, r2, 6, 6);
    text_put(t, "\nresidual_variance "), text_put_dec(t, sd2, 12, 12);
    text_put_char(t, '\n');
    return ERR_OK;
}

static void put_value(struct text *t, u32 row, const struct value *v, const struct estimate *e)
{
    text_put(t, trait_rows[row].name), text_put_char(t, ' '), text_put(t, v->is);
    text_put(t, " records "), text_put_u64(t, v->records);
    if (!e) {
        text_put(t, " reference\n");
        return;
    }
    text_put(t, " coefficient "), text_put_dec(t, e->ppb, 9, 9);
    text_put(t, " se "), text_put_dec(t, e->ppb_se, 9, 9);
    text_put(t, " factor_ppm "), text_put_i64(t, e->ppm);
    text_put(t, " se_ppm "), text_put_i64(t, e->ppm_se);
    text_put_char(t, '\n');
}

static void put_line(struct text *t, u32 row, const struct value *v, i64 ppm, Date from)
{
    text_put(t, "  - {on: "), text_put(t, list_text(FACTOR_ON, trait_rows[row].on));
    text_put(t, ", is: "), text_put(t, v->is), text_put(t, ", ppm: "), text_put_i64(t, ppm);
    text_put(t, ", from: "), text_put_date(t, from), text_put(t, ", report: ");
}

static Err write_all(const struct benchmark *b, const struct sample *s, const struct hedonic *h,
                     Date effective, struct why *w)
{
    char report[16384], line[METHOD_FACTORS_MAX][128], hex[80];
    struct text r = text_on(report, sizeof report), z = text_on(hex, sizeof hex);
    struct estimate e;
    Hash hash;
    u32 j = 0;
    if (effective.days <= s->last.days)
        return why_set(w, ERR_INPUT, "--effective: not after the last date of the records");
    Err err = put_head(&r, b, s, h, w);
    for (u32 row = 0; row < TRAIT_ROWS && !err; row++)
        for (u32 v = 0; v < s->trait[row].n && !err; v++) {
            const struct value *of = &s->trait[row].at[v];
            if (v == s->trait[row].base) {
                put_value(&r, row, of, NULL);
                continue;
            }
            struct text l = text_on(line[j], sizeof line[j]);
            err = integers(h, j, trait_rows[row].name, of->is, &e, w);
            if (!err) put_value(&r, row, of, &e), put_line(&l, row, of, e.ppm, effective);
            j++;
        }
    if (!err) err = factor_report_write(&r, report_path, &hash, w);
    if (err) return err;
    text_put_hex(&z, hash.bytes, sizeof hash.bytes);
    puts("factors:");
    for (u32 i = 0; i < j; i++) printf("%s%s}\n", line[i], hex);
    return ERR_OK;
}

/* ---- the command ---- */

static int options_read(struct sample *s, Date *from, Date *to, Date *effective, u64 *least)
{
    if (!method_path || !inputs.n) return usage_error(&hedonic_usage, "-m and -i are needed");
    if (!usage_date(&hedonic_usage, "from", from_text, from) ||
        !usage_date(&hedonic_usage, "to", to_text, to) ||
        !usage_date(&hedonic_usage, "effective", effective_text, effective) ||
        !usage_u64(&hedonic_usage, "min-records", least_text, 2, UINT32_MAX, least))
        return ERR_USAGE;
    for (u32 t = 0; t < TRAIT_ROWS; t++) s->trait[t].asked = !traits_asked.n && t != ZONE_ROW;
    for (u32 i = 0; i < traits_asked.n; i++) {
        u32 t = trait_named(str_of(traits_asked.at[i]));
        if (t == TRAIT_ROWS)
            return usage_error(&hedonic_usage, "--on: channel, region, zone, "
                                               "form or term");
        s->trait[t].asked = true;
    }
    if (s->trait[REGION_ROW].asked && s->trait[ZONE_ROW].asked)
        return usage_error(&hedonic_usage, "--on: region or zone, not both");
    for (u32 i = 0; i < bases.n; i++) {
        const char *is = strchr(bases.at[i], '=');
        u32 t = is ? trait_named((Str){ bases.at[i], (u32)(is - bases.at[i]) }) : TRAIT_ROWS;
        if (t == TRAIT_ROWS || !s->trait[t].asked)
            return usage_error(&hedonic_usage, "--base: TRAIT=VALUE of a trait that is looked at");
    }
    return CMD_GO_ON;
}

int index_factors_hedonic(int argc, char **argv)
{
    static struct sample s;
    static struct hedonic h;
    struct benchmark b = { 0 };
    struct why w;
    u64 least = 30;
    Date from = { 0 }, to = { 0 }, effective = { 0 };
    int first, code = usage_parse(&hedonic_usage, argc, argv, &first);
    if (code == CMD_GO_ON) code = options_read(&s, &from, &to, &effective, &least);
    if (code != CMD_GO_ON) return code;
    Err err = benchmark_open(&b, method_path, owners_path, inputs.at, inputs.n, &w);
    if (!err) err = take_all(&b, &s, from, to, &w);
    if (!err) err = weigh_traits(&s, (u32)least, &w);
    if (!err) err = regress(&s, &h, &w);
    if (!effective.days) effective.days = (to.days ? to.days : s.last.days) + 1;
    if (!err) err = write_all(&b, &s, &h, effective, &w);
    free(s.at);
    free(s.seen);
    benchmark_close(&b);
    return err ? say_why(err, &w) : ERR_OK;
}
