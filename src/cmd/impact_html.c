#include "cmd/chart.h"
#include "cmd/impact.h"
#include "cmd/page.h"

#include <stdlib.h>

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
static const char *day(char *buf, u32 cap, Date d)
{
    struct text t = text_on(buf, cap);
    text_put_date(&t, d);
    return buf;
}

static void put_figures(FILE *to, const struct impact *im)
{
    char a[32], b[32], means[160];
    page_figures_begin(to);
    snprintf(means, sizeof means, "size of (new - old) / old, mean of %u dates", im->both);
    page_figure(to, "Usual change", im->both ? percent(a, sizeof a, im->mean_ppm) : "none", means);
    snprintf(means, sizeof means, "on %s", im->both ? day(b, sizeof b, im->max_on) : "no date");
    page_figure(to, "Largest change", im->both ? percent(a, sizeof a, im->max_ppm) : "none", means);
    snprintf(a, sizeof a, "%u", im->levels);
    page_figure(to, "Level changes", a, "dates at another level of the waterfall");
    snprintf(a, sizeof a, "%u / %u", im->only_old, im->only_new);
    page_figure(to, "Value lost / won", a, "dates with a value under one of them only");
    page_figures_end(to);
}

static void put_fields(FILE *to, const struct impact *im)
{
    const struct record *r = &methodology_record;
    struct page_table t = page_table_begin(to, "Field by field", "Field|Old|New|What the field is");
    u32 n = 0;
    for (u32 f = record_differs(r, &im->old, &im->new, 0); f < r->fields;
         f = record_differs(r, &im->old, &im->new, f + 1), n++) {
        char path[128], a[512], b[512];
        struct text p = text_on(path, sizeof path), x = text_on(a, sizeof a),
                    y = text_on(b, sizeof b);
        record_path(&r->field[f], &p);
        record_value_text(&r->field[f], &im->old, &x);
        record_value_text(&r->field[f], &im->new, &y);
        page_cell(&t, "%s", path);
        page_cell(&t, "%s", a);
        page_cell(&t, "%s", b);
        page_cell(&t, "%s", r->field[f].text);
    }
    page_table_end(&t);
    if (!n) page_warn(to, "The two files say the same.");
}

static Err put_charts(FILE *to, const struct impact *im, struct why *w)
{
    u32 days = compare_days(im->c);
    i64 *y = calloc(3 * (size_t)days, sizeof *y), ppm;
    if (!y) return why_set(w, ERR_IO, "no memory for the page");
    for (u32 d = 0; d < days; d++) {
        for (u32 i = 0; i < 2; i++) {
            i64 v = im->c->method[i].at[d].value;
            y[i * days + d] = v ? v : CHART_GAP;
        }
        y[2 * days + d] = impact_gap(im, d, &ppm) ? ppm : CHART_GAP;
    }
    struct chart_frame both = { .title = "Old rules and new rules over the same records",
                                .says = "A gap in a line: no value that day.",
                                .unit = "USD per GPU-hour", .scale = 6, .digits = 2 };
    struct chart_line lines[] = { { .name = "old", .y = y, .hue = CHART_HUE_1 },
                                  { .name = "new", .y = y + days, .hue = CHART_HUE_2, .dash = 1 } };
    chart_lines(to, &both, im->c->from, days, lines, 2);
    struct chart_frame gap = { .title = "New against old", .says = "(new - old) / old, by date.",
                               .unit = "percent", .scale = 4, .digits = 1, .height = 140 };
    struct chart_line one = { .name = "change", .y = y + 2 * days, .hue = CHART_HUE_5 };
    chart_lines(to, &gap, im->c->from, days, &one, 1);
    free(y);
    return ERR_OK;
}

static void put_months(FILE *to, const struct impact *im)
{
    char m[16], a[32], b[32], c[32];
    i64 ppm;
    if (!im->months) {
        page_note(to, "No whole month lies in these dates: nothing to say of a settlement.");
        return;
    }
    struct page_table t =
        page_table_begin(to, "What a contract would have settled on, month by month",
                         "Month|>Days|>Old mean|>New mean|>Change|>Without a value|Determination");
    for (u32 i = 0; i < im->months; i++) {
        const struct impact_month *k = &im->month[i];
        bool both = k->mean[0] && k->mean[1] &&
                    mul_div(k->mean[1] - k->mean[0], PPM, k->mean[0], ROUND_HALF_EVEN, &ppm);
        page_cell(&t, "%.7s", day(m, sizeof m, k->first));
        page_cell(&t, "%u", k->days);
        page_cell(&t, "%s", usd(a, sizeof a, k->mean[0], im->old.decimals));
        page_cell(&t, "%s", usd(b, sizeof b, k->mean[1], im->new.decimals));
        page_cell(&t, "%s", both ? percent(c, sizeof c, ppm) : "-");
        page_cell(&t, "%u / %u", k->days - k->with[0], k->days - k->with[1]);
        page_cell(&t, "%s / %s", impact_determination(k, 0) ? "yes" : "no",
                  impact_determination(k, 1) ? "yes" : "no");
    }
    page_table_end(&t);
    page_note(to,
              "Mean over the averaging days (%s%s) that have a value, printed or carried; others "
              "drop out. Determination: more than 20 %% of the days carried or missing, or more "
              "than five in a row. Pairs are old / new.",
              list_text(AVERAGING, im->old.averaging),
              im->old.averaging == AVERAGING_BUSINESS ? ", of the calendar given" : "");
}

static void put_reasons(FILE *to, const struct impact *im)
{
    const struct compare *c = im->c;
    char d[16];
    if (!c->pairs || !c->pair[0].days || !c->pair[0].reasons) return;
    page_para(to, "Why, on %s, the widest gap (the new rules are called %s):",
              day(d, sizeof d, c->pair[0].worst), c->method[1].name);
    fputs("<dl>\n", to);
    for (u32 r = 0; r < c->pair[0].reasons; r++) {
        fprintf(to, "<dt>%s</dt><dd>", compare_why_text(c->pair[0].reason[r].why));
        page_text(to, c->pair[0].reason[r].text);
        fputs("</dd>\n", to);
    }
    fputs("</dl>\n", to);
}

static void put_dates(FILE *to, const struct impact *im)
{
    char d[16], a[32], b[32], c[32];
    i64 ppm;
    struct page_table t = page_table_begin(to, NULL, "Date|>Old|Level|>New|Level|>Change|Note");
    for (u32 i = 0; i < compare_days(im->c); i++) {
        const struct print *x = &im->c->method[0].at[i], *y = &im->c->method[1].at[i];
        page_cell(&t, "%s", day(d, sizeof d, (Date){ im->c->from.days + (i32)i }));
        page_cell(&t, "%s", usd(a, sizeof a, x->value, im->old.decimals));
        page_cell(&t, "%s", x->level ? list_text(LEVEL, x->level) : "");
        page_cell(&t, "%s", usd(b, sizeof b, y->value, im->new.decimals));
        page_cell(&t, "%s", y->level ? list_text(LEVEL, y->level) : "");
        page_cell(&t, "%s", impact_gap(im, i, &ppm) ? percent(c, sizeof c, ppm) : "-");
        page_cell(&t, "%s%s", x->level != y->level ? "level " : "",
                  x->why_l1 != y->why_l1 && y->why_l1 ? list_text(SHORT, y->why_l1) : "");
    }
    page_table_end(&t);
}

Err impact_html(const struct impact *im, const char *path, struct why *w)
{
    struct page p;
    char says[400], a[16], b[16], d[16];
    snprintf(says, sizeof says,
             "Version %lld against version %lld, in parallel over the same records from %s to %s. "
             "The new version would take effect on %s; what it gives before is a shadow, not the "
             "index.",
             (long long)im->old.version, (long long)im->new.version, day(a, sizeof a, im->c->from),
             day(b, sizeof b, im->c->to), day(d, sizeof d, (Date){ (i32)im->new.effective_from }));
    char title[96];
    snprintf(title, sizeof title, "Impact of a change: %s", im->old.index);
    Err err = page_begin(&p, title, says, w);
    if (err) return err;
    fputs("<style>dl{display:grid;grid-template-columns:6rem 1fr;gap:6px 12px;font-size:.875rem}"
          "dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}</style>\n",
          p.to);
    put_figures(p.to, im);
    page_heading(p.to, "fields", "What changes");
    put_fields(p.to, im);
    page_heading(p.to, "values", "What it does to the values");
    err = put_charts(p.to, im, w);
    put_reasons(p.to, im);
    page_heading(p.to, "months", "What it does to a settlement");
    put_months(p.to, im);
    page_heading(p.to, "dates", "Every date");
    put_dates(p.to, im);
    struct why ignored;
    Err end = page_end(&p, err ? NULL : path, err ? &ignored : w);
    return err ? err : end;
}
