#include "cmd/chart.h"
#include "cmd/compare.h"
#include "cmd/page.h"

#include <stdlib.h>

static_assert(COMPARE_MARKET_MAX <= CHART_LINES_MAX, "a chart holds a market");

static const char *percent(char *buf, u32 cap, i64 ppm)
{
    struct text t = text_on(buf, cap);
    text_put_dec(&t, ppm, 4, 2);
    text_put(&t, "\xc2\xa0%"); /* not parted from its number in a narrow column */
    return buf;
}

static const char *usd(char *buf, u32 cap, i64 micros, i64 decimals)
{
    struct text t = text_on(buf, cap);
    compare_put_usd(&t, micros, decimals);
    return buf;
}

static const char *date(char *buf, u32 cap, Date d)
{
    struct text t = text_on(buf, cap);
    text_put_date(&t, d);
    return buf;
}

static const struct compare_method *method_of(const struct compare *c,
                                              const struct compare_market *k, u32 i)
{
    ASSERT(i < k->methods);
    ASSERT(k->method[i] < c->methods);
    return &c->method[k->method[i]];
}

static void put_figures(FILE *to, const struct compare *c, const struct compare_market *k)
{
    char a[32], b[32], means[160];
    i128 sum = 0;
    i64 most = -1;
    u32 n = 0, on = 0;
    for (u32 d = 0; d < compare_days(c); d++) {
        i64 spread = compare_spread_ppm(c, k, d);
        if (spread < 0) continue;
        sum += spread, n++;
        if (spread > most) most = spread, on = d;
    }
    page_figures_begin(to);
    snprintf(a, sizeof a, "%u", k->methods);
    page_figure(to, "Methods", a, "on the same records");
    if (n) {
        snprintf(means, sizeof means, "highest over lowest value, mean of %u dates", n);
        page_figure(to, "Usual spread",
                    percent(a, sizeof a, (i64)div_round(sum, n, ROUND_HALF_EVEN)), means);
        snprintf(means, sizeof means, "on %s", date(b, sizeof b, (Date){ c->from.days + (i32)on }));
        page_figure(to, "Widest spread", percent(a, sizeof a, most), means);
    } else {
        page_figure(to, "Spread", "none", "no date on which two of them printed");
    }
    page_figures_end(to);
}

static Err put_charts(FILE *to, const struct compare *c, const struct compare_market *k,
                      struct why *w)
{
    struct chart_line line[COMPARE_MARKET_MAX] = { 0 };
    u32 days = compare_days(c);
    i64 *y = calloc(((size_t)k->methods + 1) * days, sizeof *y);
    if (!y) return why_set(w, ERR_IO, "no memory for the page");
    for (u32 i = 0; i < k->methods; i++) {
        const struct compare_method *m = method_of(c, k, i);
        line[i] = (struct chart_line){ .name = m->name, .y = y + (size_t)i * days,
                                       .hue = (u8)(i % 8), .dash = (u8)(i < 8 ? i : i - 7) };
        for (u32 d = 0; d < days; d++)
            y[(size_t)i * days + d] = m->at[d].value ? m->at[d].value : CHART_GAP;
    }
    struct chart_frame values = { .title = "The same records, each method's value",
                                  .says = "A gap in a line: no print that day. Carried values are "
                                          "drawn as they stand.",
                                  .unit = "USD per GPU-hour", .scale = 6, .digits = 2 };
    chart_lines(to, &values, c->from, days, line, k->methods);
    i64 *gap = y + (size_t)k->methods * days;
    for (u32 d = 0; d < days; d++) {
        gap[d] = compare_spread_ppm(c, k, d);
        if (gap[d] < 0) gap[d] = CHART_GAP;
    }
    struct chart_frame spread = { .title = "How far they lie apart",
                                  .says = "Highest over lowest value of the dates that at least "
                                          "two methods printed, as a share of their midpoint.",
                                  .unit = "percent", .scale = 4, .from_zero = true,
                                  .height = 140 };
    struct chart_line one = { .name = "spread", .y = gap, .hue = CHART_HUE_5 };
    if (k->methods > 1) chart_lines(to, &spread, c->from, days, &one, 1);
    free(y);
    return ERR_OK;
}

static void put_methods(FILE *to, const struct compare *c, const struct compare_market *k)
{
    char a[32], b[32], d[32], e[32], levels[256];
    struct page_table t = page_table_begin(
        to, "Each method", "Method|Index|Label|>Low|>Mean|>High|>Moves a day|>Owners|Levels");
    for (u32 i = 0; i < k->methods; i++) {
        const struct compare_method *m = method_of(c, k, i);
        page_cell(&t, "%s", m->name);
        page_cell(&t, "%s v%lld", m->m.index, (long long)m->m.version);
        page_cell(&t, "%s", list_text(LABEL, m->m.label));
        page_cell(&t, "%s", usd(a, sizeof a, m->low, m->m.decimals));
        page_cell(&t, "%s", usd(b, sizeof b, m->mean, m->m.decimals));
        page_cell(&t, "%s", usd(d, sizeof d, m->high, m->m.decimals));
        page_cell(&t, "%s", m->changes ? percent(e, sizeof e, m->volatility_ppm) : "-");
        if (m->owners_min == m->owners_max) page_cell(&t, "%u", m->owners_max);
        else page_cell(&t, "%u-%u", m->owners_min, m->owners_max);
        struct text l = text_on(levels, sizeof levels);
        compare_put_levels(&l, m);
        page_cell(&t, "%s", levels);
    }
    page_table_end(&t);
    page_note(to, "L1 to L6: dates at each level of the waterfall; L5 is a carried value, L6 no "
                  "print. Moves a day: mean absolute change between printed dates next to each "
                  "other.");
}

static void put_records(FILE *to, const struct compare *c, const struct compare_market *k)
{
    char heads[1024];
    struct text h = text_on(heads, sizeof heads);
    text_put(&h, "Records");
    for (u32 i = 0; i < k->methods; i++) text_put(&h, "|>"), text_put(&h, method_of(c, k, i)->name);
    struct page_table t = page_table_begin(to, "What became of the records, all dates", heads);
    for (u32 r = 0; r <= REASON_COUNT; r++) {
        u64 any = r == 0 || r == REASON_COUNT;
        for (u32 i = 0; i < k->methods && !any; i++) any += method_of(c, k, i)->dropped[r];
        if (!any) continue;
        page_cell(&t, "%s%s", r && r < REASON_COUNT ? "out: " : "",
                  r == 0              ? "looked at"
                  : r == REASON_COUNT ? "eligible"
                                      : list_text(REASON, r));
        for (u32 i = 0; i < k->methods; i++) {
            const struct compare_method *m = method_of(c, k, i);
            u64 n = r == 0 ? m->looked_at : r == REASON_COUNT ? m->eligible : m->dropped[r];
            page_cell(&t, "%llu", (unsigned long long)n);
        }
    }
    page_table_end(&t);
}

static void put_pairs(FILE *to, const struct compare *c, const struct compare_market *k)
{
    char a[32], b[32], d[32], e[16];
    struct page_table t =
        page_table_begin(to, "Each pair", "Pair|>Dates|>One only|>Mean gap|>Leans|>Widest|On");
    for (u32 i = k->pair; i < k->pair + k->pairs; i++) {
        const struct compare_pair *q = &c->pair[i];
        page_cell(&t, "%s and %s", c->method[q->a].name, c->method[q->b].name);
        page_cell(&t, "%u", q->days);
        page_cell(&t, "%u", q->others);
        page_cell(&t, "%s", q->days ? percent(a, sizeof a, q->gap_ppm) : "-");
        page_cell(&t, "%s", q->days ? percent(b, sizeof b, q->lean_ppm) : "-");
        page_cell(&t, "%s", q->days ? percent(d, sizeof d, q->max_ppm) : "-");
        page_cell(&t, "%s", q->days ? date(e, sizeof e, q->worst) : "never both printed");
    }
    page_table_end(&t);
    page_note(to, "Dates: both printed. One only: a value of one, or one is carried. Gaps are "
                  "shares of the pair's midpoint; leans: the first less the second.");
}

static void put_reasons(FILE *to, const struct compare *c, const struct compare_market *k)
{
    char d[16], line[160];
    for (u32 i = k->pair; i < k->pair + k->pairs; i++) {
        const struct compare_pair *q = &c->pair[i];
        fprintf(to, "<details%s><summary>", i == k->widest ? " open" : "");
        struct text l = text_on(line, sizeof line);
        if (q->days) {
            compare_put_worst(c, q, &l);
        } else {
            text_put(&l, c->method[q->a].name), text_put(&l, " and "),
                text_put(&l, c->method[q->b].name);
        }
        page_text(to, line);
        if (q->days) fprintf(to, " on %s", date(d, sizeof d, q->worst));
        else fputs(": never both printed", to);
        fputs("</summary><dl>\n", to);
        for (u32 r = 0; r < q->reasons; r++) {
            fprintf(to, "<dt>%s</dt><dd>", compare_why_text(q->reason[r].why));
            page_text(to, q->reason[r].text);
            fputs("</dd>\n", to);
        }
        fputs("</dl></details>\n", to);
    }
}

static void put_dates(FILE *to, const struct compare *c, const struct compare_market *k)
{
    char heads[1024], buf[32], v[32];
    struct text h = text_on(heads, sizeof heads);
    text_put(&h, "Date");
    for (u32 i = 0; i < k->methods; i++) text_put(&h, "|>"), text_put(&h, method_of(c, k, i)->name);
    text_put(&h, "|>Spread");
    fputs("<details><summary>Every date</summary>\n", to);
    struct page_table t = page_table_begin(to, NULL, heads);
    for (u32 d = 0; d < compare_days(c); d++) {
        page_cell(&t, "%s", date(buf, sizeof buf, (Date){ c->from.days + (i32)d }));
        for (u32 i = 0; i < k->methods; i++) {
            const struct compare_method *m = method_of(c, k, i);
            const struct print *p = &m->at[d];
            page_cell(&t, "%s%s%s", p->status ? usd(v, sizeof v, p->value, m->m.decimals) : "",
                      p->level > LEVEL_L1 ? " " : "",
                      p->level > LEVEL_L1 ? list_text(LEVEL, p->level) : "");
        }
        i64 spread = compare_spread_ppm(c, k, d);
        page_cell(&t, "%s", spread < 0 ? "" : percent(buf, sizeof buf, spread));
    }
    page_table_end(&t);
    fputs("</details>\n", to);
}

static Err put_market(FILE *to, const struct compare *c, const struct compare_market *k,
                      struct why *w)
{
    char name[64], id[16];
    struct text t = text_on(name, sizeof name);
    compare_put_market(k, &t);
    snprintf(id, sizeof id, "market-%u", (u32)(k - c->market) + 1);
    page_heading(to, id, name);
    if (k->methods == 1)
        page_warn(to, "One methodology only: nothing of this class and term to compare it with.");
    put_figures(to, c, k);
    Err err = put_charts(to, c, k, w);
    if (err) return err;
    put_methods(to, c, k);
    if (k->pairs) put_pairs(to, c, k);
    if (k->pairs) page_para(to, "Why each pair lies apart, on the date of its widest gap:");
    put_reasons(to, c, k);
    put_records(to, c, k);
    put_dates(to, c, k);
    return ERR_OK;
}

Err compare_html(const struct compare *c, const char *path, struct why *w)
{
    struct page p;
    char says[256], a[16], b[16];
    snprintf(says, sizeof says,
             "%u methodologies on the same records, %s to %s. A gap between "
             "methods is not an error of one of them: it is what the choice of method decides.",
             c->methods, date(a, sizeof a, c->from), date(b, sizeof b, c->to));
    Err err = page_begin(&p, "Methods compared", says, w), end;
    if (err) return err;
    fputs("<style>details{margin:8px 0}summary{cursor:pointer;padding:4px 0;font-weight:600}"
          "dl{display:grid;grid-template-columns:6rem 1fr;gap:6px 12px;margin:4px 0 12px;"
          "font-size:.875rem}dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}</style>\n",
          p.to);
    for (u32 i = 0; i < c->markets && !err; i++) err = put_market(p.to, c, &c->market[i], w);
    struct why ignored;
    end = page_end(&p, err ? NULL : path, err ? &ignored : w);
    return err ? err : end;
}
