#include "cmd/chart.h"
#include "cmd/pack.h"
#include "cmd/page.h"

#include <stdlib.h>

static const char *day(char *buf, u32 cap, Date d)
{
    struct text t = text_on(buf, cap);
    if (d.days) text_put_date(&t, d);
    else text_put(&t, "-");
    return buf;
}
static const char *share(char *buf, u32 cap, i64 ppm)
{
    snprintf(buf, cap, "%s", "");
    dec_text(buf, cap - 3, ppm, 4, 1);
    snprintf(buf + strlen(buf), 3, " %%");
    return buf;
}

static void put_figures(FILE *to, const struct pack *k)
{
    char a[48], b[16], c[16], means[160];
    page_figures_begin(to);
    if (k->sized) {
        snprintf(means, sizeof means, "GPU-hours in %u records", k->records);
        page_figure(to, "Recorded", dec_text(a, sizeof a, k->size, 3, 0), means);
        page_figure(to, "Turnover", dec_text(a, sizeof a, k->paid, 6, 0),
                    "USD, where the price is per hour");
    } else {
        snprintf(a, sizeof a, "%u", k->records);
        page_figure(to, "Recorded", a, "records; they carry no size");
        page_figure(to, "Turnover", "unknown", "posted prices say nothing of what was paid");
    }
    snprintf(a, sizeof a, "%u", k->owners_n);
    snprintf(means, sizeof means, "owners behind %u providers; %u renters named", k->providers,
             k->renters);
    page_figure(to, "Participants", a, means);
    snprintf(a, sizeof a, "%u", k->hhi);
    page_figure(to, "HHI", a, "of owners, x 10^4, before any cap");
    snprintf(means, sizeof means, "%s to %s; %u years are asked for", day(b, sizeof b, k->first),
             day(c, sizeof c, k->last), PACK_YEARS_ASKED);
    snprintf(a, sizeof a, "%u days", k->days);
    page_figure(to, "Data", a, means);
    page_figures_end(to);
}

static Err put_size(FILE *to, const struct pack *k, struct why *w)
{
    char m[16], a[48], b[48];
    struct chart_bar *bars = calloc(k->months_n + 1, sizeof *bars);
    char(*labels)[16] = calloc(k->months_n + 1, sizeof *labels);
    if (!bars || !labels) {
        free(bars), free(labels);
        return why_set(w, ERR_IO, "no memory for the page");
    }
    struct page_table t = page_table_begin(
        to, "Month by month", "Month|>Dates|>Printed|>Carried|>None|>Records|>GPU-hours|>USD");
    for (u32 i = 0; i < k->months_n; i++) {
        const struct pack_month *x = &k->months[i];
        snprintf(labels[i], sizeof labels[i], "%.7s", day(m, sizeof m, x->first));
        bars[i] = (struct chart_bar){ .label = labels[i], .value = k->sized ? x->size : x->records,
                                      .mark = CHART_GAP, .hue = CHART_HUE_1 };
        page_cell(&t, "%s", labels[i]);
        page_cell(&t, "%u", x->dates);
        page_cell(&t, "%u", x->printed);
        page_cell(&t, "%u", x->carried);
        page_cell(&t, "%u", x->dates - x->printed - x->carried);
        page_cell(&t, "%u", x->records);
        page_cell(&t, "%s", k->sized ? dec_text(a, sizeof a, x->size, 3, 0) : "unknown");
        page_cell(&t, "%s", k->sized ? dec_text(b, sizeof b, x->paid, 6, 0) : "unknown");
    }
    page_table_end(&t);
    struct chart_frame f = { .title = k->sized ? "GPU-hours recorded" : "Records",
                             .says = "Of records that match the benchmark, before screens.",
                             .unit = k->sized ? "GPU-hours" : "records",
                             .scale = k->sized ? 3 : 0, .from_zero = true };
    if (k->months_n <= 60) chart_bars(to, &f, bars, k->months_n);
    free(bars), free(labels);
    return ERR_OK;
}

static void put_owners(FILE *to, const struct pack *k)
{
    char a[48], b[32];
    u32 shown = (u32)i64_min(k->owners_n, PACK_OWNERS_SHOWN), rest = 0;
    struct chart_bar bars[PACK_OWNERS_SHOWN] = { 0 };
    char labels[PACK_OWNERS_SHOWN][40];
    struct page_table t = page_table_begin(to, "Largest owners",
                                           k->sized ? "Owner|>Records|>GPU-hours|>Share"
                                                    : "Owner|>Records|>Share of records");
    for (u32 i = 0; i < shown; i++) {
        const struct pack_owner *o = &k->owners[i];
        Str name = pack_owner_name(k, o->owner);
        snprintf(labels[i], sizeof labels[i], "%.*s", (int)name.n, name.at);
        bars[i] = (struct chart_bar){ .label = labels[i], .value = o->ppm,
                                      .mark = k->b.m.max_owner_ppm, .hue = CHART_HUE_2 };
        page_cell(&t, "%s", labels[i]);
        page_cell(&t, "%u", o->records);
        if (k->sized) page_cell(&t, "%s", dec_text(a, sizeof a, o->size, 3, 0));
        page_cell(&t, "%s", share(b, sizeof b, o->ppm));
    }
    page_table_end(&t);
    for (u32 i = shown; i < k->owners_n; i++) rest += k->owners[i].ppm;
    if (rest)
        page_note(to, "%u more owners have %s.", k->owners_n - shown, share(b, sizeof b, rest));
    struct chart_frame f = { .title = "Share of each owner",
                             .says = "Before the cap; the mark is the most that a sufficient print "
                                     "may have of one owner on its day.",
                             .unit = "percent", .scale = 4, .digits = 1, .from_zero = true };
    if (shown) chart_bars(to, &f, bars, shown);
    page_para(to, "HHI of the period %u; the highest of a day's print, after the cap, %u.", k->hhi,
              k->hhi_max);
    if (k->renters)
        page_para(to, "The largest of %u renters has %s of what was rented.", k->renters,
                  share(b, sizeof b, k->renter_top_ppm));
}

static void put_terms(FILE *to, const struct pack *k)
{
    char a[32], b[32], c[32];
    struct page_table t =
        page_table_begin(to, "Terms of the same chip in the records",
                         "Term|>Records|>Providers|>Comparable|>Low|>Median|>High|Benchmark");
    for (u32 i = 1; i < TERM_COUNT; i++) {
        const struct pack_term *p = &k->terms[i];
        if (!p->records) continue;
        page_cell(&t, "%s", list_text(TERM, i));
        page_cell(&t, "%u", p->records);
        page_cell(&t, "%u", p->providers);
        page_cell(&t, "%u", p->priced);
        page_cell(&t, "%s", p->priced ? dec_text(a, sizeof a, p->low, 6, 4) : "-");
        page_cell(&t, "%s", p->priced ? dec_text(b, sizeof b, p->median, 6, 4) : "-");
        page_cell(&t, "%s", p->priced ? dec_text(c, sizeof c, p->high, 6, 4) : "-");
        page_cell(&t, "%s", i == (u32)k->b.m.term ? "this term" : "");
    }
    page_table_end(&t);
    page_note(to, "USD per GPU-hour, every form, region and seller, unscreened; comparable: quoted "
                  "in USD an hour.");
    if (!k->trades) return;
    page_para(to,
              "A rental on the record has %lld GPUs (10th percentile %lld, 90th %lld) for %s hours "
              "(%s, %s).",
              (long long)k->gpus.p50, (long long)k->gpus.p10, (long long)k->gpus.p90,
              dec_text(a, sizeof a, k->hours_milli.p50, 3, 1),
              dec_text(b, sizeof b, k->hours_milli.p10, 3, 1),
              dec_text(c, sizeof c, k->hours_milli.p90, 3, 1));
}

#define SPEC_ROW(member) RECORD_AT(&spec_record, struct spec, member)
static void put_contract(FILE *to, const struct pack *k)
{
    const u32 fields[] = {
        SPEC_ROW(underlying_id), SPEC_ROW(quote_ccy),       SPEC_ROW(unit),
        SPEC_ROW(lot_rule),      SPEC_ROW(lot_units_milli), SPEC_ROW(fsp_rule),
        SPEC_ROW(fsp_set),       SPEC_ROW(fsp_nonpub),      SPEC_ROW(vintage_rule),
        SPEC_ROW(pos_general),   SPEC_ROW(fallback_index),  SPEC_ROW(fallback_factor_ppm)
    };
    const char *market[ARRAY_LEN(fields)] = {
        k->b.m.index,
        "USD",
        "one GPU for one hour",
        "any number of hours is rented",
        "see the sizes of rentals above",
        "a rental is paid as it runs",
        list_text(AVERAGING, k->b.m.averaging),
        "levels L5 and L6 of the benchmark",
        "versions of a print, by its policy",
        "see L* below",
        "-",
        "-",
    };
    if (!k->has_spec) {
        page_note(to,
                  "No contract was given (--contract): the comparison with its terms is left out.");
        return;
    }
    struct page_table t = page_table_begin(to, "The contract beside the cash market",
                                           "Term|Contract|Benchmark and cash market");
    for (u32 i = 0; i < ARRAY_LEN(fields); i++) {
        char path[128], value[256];
        struct text p = text_on(path, sizeof path), v = text_on(value, sizeof value);
        record_path(&spec_record.field[fields[i]], &p);
        record_value_text(&spec_record.field[fields[i]], &k->spec, &v);
        page_cell(&t, "%s", path);
        page_cell(&t, "%s", value[0] ? value : "-");
        page_cell(&t, "%s", market[i]);
    }
    page_table_end(&t);
    if (strcmp(k->spec.underlying_id, k->b.m.index) != 0)
        page_warn(to, "The contract settles on %s, not on this benchmark.", k->spec.underlying_id);
}

static const char *cost(char *buf, u32 cap, const struct measured *m, const struct cost *c)
{
    if (c->kind == COST_UNREACHABLE) return "not reachable";
    if (c->kind == COST_NOT_FOUND) return "none found";
    if (!m->in_money) {
        snprintf(buf, cap, "%s%u name%s", c->kind == COST_BOUND ? "at most " : "", c->names,
                 c->names == 1 ? "" : "s");
        return buf;
    }
    snprintf(buf, cap, "%s", c->kind == COST_BOUND ? "at most " : "");
    dec_text(buf + strlen(buf), cap - (u32)strlen(buf), c->overpay + c->fees, 6, 2);
    return buf;
}

static void put_stress(FILE *to, const struct pack *k)
{
    char a[48], b[48], c[48], d[48];
    const struct measured *m = &k->stress.measured;
    if (!k->has_stress) {
        page_warn(to, "Not measured: %s.", k->no_stress);
        return;
    }
    page_para(
        to, "The print of %s: what it costs to move it by %s %%, in %s.",
        day(a, sizeof a, k->stress.date), dec_text(b, sizeof b, k->stress.ask.delta_ppm, 4, 2),
        m->in_money ? "USD paid beyond the fair price" : "names under which a price is posted");
    struct page_table t =
        page_table_begin(to, "Manipulability",
                         "Method|>Value|>Up, one owner|>Up, ten names|>Down, one owner|>Without "
                         "its largest owner|>Limit L*, lots");
    for (u32 i = 0; i < MEASURE_METHOD_COUNT; i++) {
        const struct measured_method *x = &m->method[i];
        if (!x->has) continue;
        page_cell(&t, "%s", measure_method_text(i));
        page_cell(&t, "%s", dec_text(a, sizeof a, x->value, 6, 4));
        page_cell(&t, "%s", cost(b, sizeof b, m, &x->one[0]));
        page_cell(&t, "%s", cost(c, sizeof c, m, &x->many[0]));
        page_cell(&t, "%s", cost(d, sizeof d, m, &x->one[1]));
        page_cell(&t, "%s", share(a, sizeof a, x->leave_one_out.ppm));
        i64 limit = k->stress.limit_milli[i];
        page_cell(&t, "%s%s", limit >= 0 && k->stress.limit_bound[i] ? "at most " : "",
                  limit < 0 ? "not stated" : dec_text(b, sizeof b, limit, 3, 3));
    }
    page_table_end(&t);
    i64 limit = k->stress.effective_milli;
    page_para(to, "Effective limit, the least over %u prints: %s%s lots of %lld GPU-hours%s.",
              k->stress.trailing_n, limit >= 0 && k->stress.effective_bound ? "at most " : "",
              limit < 0 ? "not stated," : dec_text(a, sizeof a, limit, 3, 3),
              (long long)k->stress.lot_hours,
              limit >= 0 && limit < 1000 ? ": below one lot, such a contract may not list" : "");
    if (k->has_spec && limit >= 0 && k->spec.pos_general != RECORD_NULL &&
        (k->spec.pos_general == 0 || k->spec.pos_general > limit / 1000))
        page_warn(to,
                  "The contract lets an owner hold %lld lots (0: any number), more than this "
                  "market bears: %s.",
                  (long long)k->spec.pos_general, dec_text(a, sizeof a, limit, 3, 3));
    page_note(to,
              "`hedgerow index stress` gives the rest: coalitions, wash trades with and without "
              "the ownership map.");
}

static void put_levels(FILE *to, const struct pack *k)
{
    struct page_table t = page_table_begin(to, "Days by level", "Level|>Days|Meaning");
    static const char *const means[LEVEL_COUNT] = {
        [LEVEL_L1] = "the window's own records",
        [LEVEL_L2] = "a wider window",
        [LEVEL_L3] = "committed quotes",
        [LEVEL_L4] = "panel",
        [LEVEL_L5] = "carried",
        [LEVEL_L6] = "no print",
    };
    for (u32 i = 1; i < LEVEL_COUNT; i++) {
        page_cell(&t, "%s", list_text(LEVEL, i));
        page_cell(&t, "%u", k->levels[i]);
        page_cell(&t, "%s", means[i]);
    }
    page_table_end(&t);
}

Err pack_html(const struct pack *k, const char *path, struct why *w)
{
    struct page p;
    char says[300], title[96], a[16], b[16];
    snprintf(title, sizeof title, "Cash market of %s", k->b.m.index);
    snprintf(
        says, sizeof says,
        "What 17 CFR Part 38, Appendix C asks of the market under a cash-settled contract, from "
        "recorded observations, %s to %s. Measured interest: %.120s.",
        day(a, sizeof a, k->rows.at[0].value_date),
        day(b, sizeof b, k->rows.at[k->rows.n - 1].value_date), k->b.m.measures);
    Err err = page_begin(&p, title, says, w);
    if (err) return err;
    page_warn(p.to, "Label: %s. %s", list_text(LABEL, k->b.m.label),
              k->b.m.label == BENCH_LABEL_TRADED   ? "Executed rentals."
              : k->b.m.label == BENCH_LABEL_POSTED ? "Published prices: nobody need have paid them."
                                                   : "Made-up records: the form of a filing only.");
    put_figures(p.to, k);
    page_heading(p.to, "unknown", "What is not known");
    fputs("<ul>\n", p.to);
    for (u32 i = 0; i < k->unknown_n; i++) {
        fputs("<li>", p.to), page_text(p.to, k->unknown[i]), fputs("</li>\n", p.to);
    }
    fputs("</ul>\n", p.to);
    page_heading(p.to, "size", "Size of the cash market");
    err = put_size(p.to, k, w);
    put_levels(p.to, k);
    page_heading(p.to, "owners", "Participants and concentration");
    put_owners(p.to, k);
    page_heading(p.to, "terms", "Terms compared");
    put_terms(p.to, k);
    put_contract(p.to, k);
    page_heading(p.to, "manipulation", "Susceptibility to manipulation");
    put_stress(p.to, k);
    struct why ignored;
    Err end = page_end(&p, err ? NULL : path, err ? &ignored : w);
    return err ? err : end;
}
