#include "cmd/chart.h"
#include "cmd/page.h"
#include "cmd/report.h"

#include <stdlib.h>

static const char *ppm_text(char *buf, u32 cap, i64 ppm, u32 digits)
{
    struct text t = text_on(buf, cap);
    text_put_dec(&t, ppm, 4, digits);
    text_put(&t, "\xc2\xa0%"); /* no break before the sign */
    return buf;
}

static const char *date_text(char *buf, u32 cap, Date d)
{
    struct text t = text_on(buf, cap);
    text_put_date(&t, d);
    return buf;
}

static const char *hash_text(char *buf, u32 cap, const Hash *h)
{
    struct text t = text_on(buf, cap);
    text_put_hex(&t, h->bytes, sizeof h->bytes);
    return buf;
}

/* ---- the head ---- */

static const char *status_means(const struct print *p)
{
    if (p->status == BENCH_PRINT_PRINTED) return "computed from records of this day's window";
    if (p->status == BENCH_PRINT_CARRIED) return "an older value stands: too little was seen";
    return "no value: too little was seen, and nothing recent enough stands in";
}

static const char *level_means(u32 level)
{
    static const char *const means[LEVEL_COUNT] = {
        [LEVEL_L1] = "the usual rule met its own tests of sufficiency",
        [LEVEL_L2] = "a wider window: the usual one was too thin",
        [LEVEL_L3] = "from committed quotes: trades were too few",
        [LEVEL_L4] = "from a panel: trades and quotes were too few",
        [LEVEL_L5] = "carried: the last value, at most some days old",
        [LEVEL_L6] = "nothing to print, and nothing to carry",
    };
    return level && level < LEVEL_COUNT ? means[level] : "";
}

static void put_head(FILE *to, const struct report *r, const struct benchmark *b)
{
    const struct print *p = &r->stress.print;
    char a[64], c[64];
    page_figures_begin(to);
    page_figure(to, "Value, USD per GPU-hour",
                p->value ? dec_text(a, sizeof a, p->value, 6, (u32)b->m.decimals) : "none",
                b->m.measures);
    page_figure(to, "Status", list_text(PRINT, p->status), status_means(p));
    page_figure(to, "Level", list_text(LEVEL, p->level), level_means(p->level));
    snprintf(a, sizeof a, "%u", p->owners);
    page_figure(to, "Owners", a,
                "beneficial owners whose prices count, grouped before any statistic");
    snprintf(a, sizeof a, "%u of %u", p->observations, p->looked_at);
    page_figure(to, "Records used", a, "eligible records, of those looked at");
    struct text t = text_on(c, sizeof c);
    if (p->p50) {
        text_put_dec(&t, p->p25, 6, 3);
        text_put(&t, " to ");
        text_put_dec(&t, p->p75, 6, 3);
    }
    page_figure(to, "Middle half of prices", p->p50 ? c : "none",
                "25th to 75th percentile of eligible prices, by weight");
    page_figures_end(to);
    if (p->why_l1)
        page_warn(to, "The usual level (L1) failed: %s.%s%s", list_text(SHORT, p->why_l1),
                  p->why_l2 ? " The widest window tried (L2) failed: " : "",
                  p->why_l2 ? list_text(SHORT, p->why_l2) : "");
    if (p->label != BENCH_LABEL_TRADED)
        page_note(to, "Label %s: %s", list_text(LABEL, p->label),
                  p->label == BENCH_LABEL_POSTED
                      ? "the inputs are posted prices, not trades; posting one costs nothing."
                      : "the inputs are made up; nothing here is a price of anything.");
}

/* ---- the series ---- */

static const struct chart_key level_keys[] = {
    { CHART_GOOD, "L1 usual" },  { CHART_HUE_2, "L2 wider window" }, { CHART_HUE_4, "L3 quotes" },
    { CHART_HUE_7, "L4 panel" }, { CHART_FAIR, "L5 carried" },       { CHART_POOR, "L6 none" },
};

/* Last versions by date: what a reader of the series sees now. */
static void put_series(FILE *to, const struct report *r)
{
    const struct run_rows *rows = &r->rows;
    u32 days = 0;
    if (!rows->n) return;
    Date first = rows->at[0].value_date;
    u32 n = (u32)(rows->at[rows->n - 1].value_date.days - first.days) + 1;
    i64 *v = malloc(n * 3 * sizeof *v), *low = v + n, *high = low + n;
    struct chart_cell *cells = calloc(n, sizeof *cells);
    if (!v || !cells) {
        free(v), free(cells);
        return;
    }
    for (u32 i = 0; i < 3 * n; i++) v[i] = CHART_GAP;
    for (u32 i = 0; i < rows->n; i++) {
        const struct print *p = &rows->at[i];
        u32 d = (u32)(p->value_date.days - first.days);
        v[d] = p->value ? p->value : CHART_GAP;
        low[d] = p->p25 ? p->p25 : CHART_GAP, high[d] = p->p75 ? p->p75 : CHART_GAP;
        u32 level = p->level ? p->level - 1 : 5;
        cells[d] = (struct chart_cell){ level_keys[level].hue, (char)('1' + level),
                                        list_text(LEVEL, p->level) };
        days += p->vintage == 1;
    }
    struct chart_frame f = { .title = "Value by day",
                             .says = "The line is the published value; the band holds the middle "
                                     "half of eligible prices.",
                             .unit = "USD per GPU-hour", .scale = 6, .digits = 2 };
    struct chart_line line = { "value", v, low, high, CHART_HUE_1, 0 };
    page_heading(to, "series", "The series");
    chart_lines(to, &f, first, n, &line, 1);
    f = (struct chart_frame){ .title = "How each day was made",
                              .says = "One cell a day, a column a week; the number is the level "
                                      "that the value comes from.",
                              .unit = "" };
    chart_strip(to, &f, first, cells, n, level_keys, ARRAY_LEN(level_keys));
    page_note(to, "%u scheduled days, each with exactly one status.", days);
    free(v), free(cells);
}

/* ---- who stands behind it ---- */

static void put_owners(FILE *to, const struct report *r, const struct benchmark *b)
{
    struct chart_bar bars[15];
    char text[15][64];
    u32 n = r->owners_n < 15 ? r->owners_n : 15;
    const struct print *p = &r->stress.print;
    page_heading(to, "owners", "Who stands behind the value");
    if (!n) {
        page_para(to, "No record of this day took part.");
        return;
    }
    for (u32 i = 0; i < n; i++) {
        char a[32];
        snprintf(text[i], sizeof text[i], "%s, %u records",
                 ppm_text(a, sizeof a, r->owners[i].ppm, 1), r->owners[i].records);
        bars[i] = (struct chart_bar){ r->owners[i].owner.z, text[i], r->owners[i].ppm,
                                      i ? CHART_GAP : b->m.max_owner_ppm, CHART_HUE_2 };
    }
    struct chart_frame f = { .title = "Share of each owner",
                             .says = "Share of size before weights and caps; the tick is the "
                                     "largest share the rules allow before a print fails.",
                             .unit = "share of size, %", .scale = 4, .digits = 1 };
    if (b->m.weights != WEIGHTS_SIZE)
        f.says = "Share of records; every owner weighs the same in "
                 "the value, however many records it has.";
    if (b->m.weights != WEIGHTS_SIZE) bars[0].mark = CHART_GAP;
    chart_bars(to, &f, bars, n);
    char a[64], c[64];
    if (r->owners_n > n) page_note(to, "%u more owners are not drawn.", r->owners_n - n);
    page_note(to,
              "Concentration HHI %u of 10000 after weights and caps: as if %s owners of equal "
              "weight. The largest, %s, has %s of the weight before the cap.",
              p->hhi, dec_text(a, sizeof a, p->n_eff_milli, 3, 1), r->owners[0].owner.z,
              ppm_text(c, sizeof c, p->owner_max_ppm, 1));
}

/* ---- hard to move (section 12) ---- */

static void put_costs(FILE *to, const struct report *r)
{
    const struct measured *m = &r->stress.measured;
    struct chart_bar bars[MEASURE_METHOD_COUNT];
    char text[MEASURE_METHOD_COUNT][48];
    for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) {
        const struct cost *up = &m->method[k].many[0], *down = &m->method[k].many[1];
        const struct cost *c = up;
        i64 v = CHART_GAP;
        if (up->kind < COST_EXACT ||
            (down->kind >= COST_EXACT && down->overpay + down->fees < up->overpay + up->fees))
            c = down;
        if (!m->in_money && down->kind >= COST_EXACT && down->names < up->names) c = down;
        if (c->kind >= COST_EXACT) v = m->in_money ? c->overpay + c->fees : (i64)c->names * MICROS;
        const char *z = cost_text(text[k], sizeof text[k], m->in_money, c);
        bars[k] = (struct chart_bar){ measure_method_text(k), z, v, CHART_GAP,
                                      k == MEASURE_OWN ? CHART_HUE_1 : CHART_HUE_8 };
    }
    struct chart_frame f = { .title = "Cost of moving the value by 1 %",
                             .says = m->in_money
                                         ? "What an attacker overpays at least, on the cheaper "
                                           "side, with ten names nobody joins."
                                         : "Names an attacker needs, each posting one price.",
                             .unit = m->in_money ? "USD" : "names", .scale = 6, .digits = 0 };
    char title[64], a[32];
    snprintf(title, sizeof title, "Cost of moving the value by %s",
             ppm_text(a, sizeof a, r->stress.ask.delta_ppm, 1));
    f.title = title;
    chart_bars(to, &f, bars, MEASURE_METHOD_COUNT);
}

static void cell_influence(struct page_table *t, const struct influence *x, bool least)
{
    char a[32];
    if (!x->owner.z[0]) page_cell(t, "-");
    else page_cell(t, "%s%s %s", least ? ">= " : "", ppm_text(a, sizeof a, x->ppm, 2), x->owner.z);
}

static void put_measures(FILE *to, const struct stress *s)
{
    static const char *const rows[] = {
        "Value",
        "Up, one owner",
        "Up, ten names",
        "Down, one owner",
        "Down, ten names",
        "Without one owner",
        "One owner repriced",
        "Least coalition up",
        "Least coalition down",
        "Limit L*, lots",
    };
    const struct measured *m = &s->measured;
    struct page_table t =
        page_table_begin(to,
                         m->in_money ? "By method, on the same records; costs in USD"
                                     : "By method, on the same records; costs in names",
                         "|>Plain mean|>Winsorised mean|>Weighted median|>Own method");
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        page_cell(&t, "%s", rows[i]);
        for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) {
            const struct measured_method *r = &m->method[k];
            char a[64];
            if (!r->has) page_cell(&t, "-");
            else if (i == 0) page_cell(&t, "%s", dec_text(a, sizeof a, r->value, 6, 4));
            else if (i < 5)
                page_cell(
                    &t, "%s",
                    cost_text(a, sizeof a, m->in_money, i & 1 ? &r->one[i / 3] : &r->many[i / 3]));
            else if (i == 5) cell_influence(&t, &r->leave_one_out, false);
            else if (i == 6) cell_influence(&t, &r->single, !r->rises);
            else if (i < 9)
                page_cell(&t, "%s", coalition_text(a, sizeof a, m->owners, &r->coalition[i - 7]));
            else page_cell(&t, "%s", lots_text(a, sizeof a, s->limit_milli[k], s->limit_bound[k]));
        }
    }
    page_table_end(&t);
}

static void put_trailing(FILE *to, const struct stress *s)
{
    i64 limit[STRESS_TRAILING];
    u32 found = 0;
    for (u32 i = 0; i < STRESS_TRAILING; i++) {
        limit[i] = CHART_GAP;
        if (s->cost[i] < 0 || !s->value[i]) continue;
        limit[i] = position_limit_milli(s->cost[i], s->kappa_milli, s->lot_hours, s->value[i],
                                        s->ask.delta_ppm, s->days);
        found++;
    }
    if (found < 2) return;
    struct chart_frame f = { .title = "Position limit L* over the trailing prints",
                             .says = "Lots of one owner above which moving the value would pay; "
                                     "the least of these days is in force.",
                             .unit = "lots", .scale = 3, .digits = 1, .from_zero = true,
                             .height = 160 };
    struct chart_line line = { "L*", limit, NULL, NULL, CHART_HUE_3, 0 };
    chart_lines(to, &f, (Date){ s->date.days - (i32)STRESS_TRAILING + 1 }, STRESS_TRAILING, &line,
                1);
}

static void put_wash(FILE *to, const struct stress *s)
{
    static const char *const who[STRESS_WASHES] = { "One entity, one name",
                                                    "Ten names, the ownership map joins them",
                                                    "Ten names, no ownership map" };
    char a[32], c[32], caption[128];
    snprintf(
        caption, sizeof caption, "A wash trade of %s of the size at %s times the value moves it by",
        ppm_text(a, sizeof a, s->wash.size_ppm, 0), dec_text(c, sizeof c, s->wash.ratio_ppm, 6, 1));
    struct page_table t = page_table_begin(to, caption,
                                           "|>Plain mean|>Winsorised mean|>Weighted "
                                           "median|>Own method");
    for (u32 i = 0; i < STRESS_WASHES; i++) {
        page_cell(&t, "%s", who[i]);
        for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) {
            if (!s->washed[i].has[k]) page_cell(&t, "no print");
            else page_cell(&t, "%s", ppm_text(a, sizeof a, s->washed[i].ppm[k], 2));
        }
    }
    page_table_end(&t);
    page_note(to, "The trade is spread over the window. Where the two sides are known to be one "
                  "owner it is out before any method sees it (SELF_DEALING).");
}

static void put_hard_to_move(FILE *to, const struct report *r)
{
    const struct stress *s = &r->stress;
    char a[64], c[64];
    page_heading(to, "move", "What it would cost to move it");
    if (!s->measured.has) {
        page_para(to, "The value of this day rests on no records of its own: there is nothing to "
                      "inject into, and no limit follows from it.");
        return;
    }
    put_costs(to, r);
    page_note(to,
              "A figure without a sign is the least there is, found exactly. \"<=\" is an "
              "attack found by search: a cheaper one may exist. Injected prices stand between "
              "half and twice a method's value; an owner repriced, at %s or %s USD.",
              dec_text(a, sizeof a, s->measured.price_low, 6, 2),
              dec_text(c, sizeof c, s->measured.price_high, 6, 2));
    put_measures(to, s);
    page_note(to, "Cost: what is paid beyond the fair price of that hour; a wash trade gets it "
                  "back, so screens and fees must stand against that. Without one owner: the "
                  "largest move if one owner's records had not come. One owner repriced: the "
                  "largest move if one could set its own prices freely. Coalition: how many owners "
                  "it takes to move the value so far.");
    if (!s->measured.in_money)
        page_warn(to, "A posted price costs its poster nothing, so no sum of money bounds a "
                      "position on this index: L* is 0 lots.");
    page_para(to,
              "Limit in force: %s lots of %lld GPU-hours, the least over %u prints, for a "
              "contract that averages %u prints; safety factor %s.",
              lots_text(a, sizeof a, s->effective_milli, s->effective_bound),
              (long long)s->lot_hours, s->trailing_n, s->days,
              dec_text(c, sizeof c, s->kappa_milli, 3, 1));
    if (s->effective_milli >= 0 && s->effective_milli < 1000)
        page_warn(to, "Below one lot: a contract of this size may not list on this index.");
    put_trailing(to, s);
    put_wash(to, s);
}

/* ---- representative (section 13) ---- */

static void put_strata(FILE *to, const struct report *r)
{
    const struct represented *x = &r->represented;
    struct chart_bar bars[STRATA_MAX];
    char text[STRATA_MAX][64];
    u32 n = 0;
    for (u32 i = 0; i < x->strata_n; i++) {
        char a[32];
        if (!r->strata.rows[i].weight_ppm) continue;
        i64 ppm =
            x->weight ? (i64)div_round((i128)x->at[i].weight * PPM, x->weight, ROUND_HALF_EVEN) : 0;
        snprintf(text[n], sizeof text[n], "%s, %u records", ppm_text(a, sizeof a, ppm, 1),
                 x->at[i].n);
        bars[n] = (struct chart_bar){ r->strata.rows[i].id, text[n], ppm,
                                      r->strata.rows[i].weight_ppm, CHART_HUE_7 };
        n++;
    }
    struct chart_frame f = { .title = "Sample against the market",
                             .says = "Bars: share of the print's size. Ticks: the frozen target "
                                     "share of the market.",
                             .unit = "share, %", .scale = 4, .digits = 1 };
    chart_bars(to, &f, bars, n);
    struct page_table t = page_table_begin(
        to, "Strata", "Stratum|>Target|>Sample|>Records|>Median USD|Value taken from");
    for (u32 i = 0; i < x->strata_n; i++) {
        char a[32];
        const struct stratum_seen *h = &x->at[i];
        page_cell(&t, "%s", r->strata.rows[i].id);
        page_cell(&t, "%s",
                  r->strata.rows[i].weight_ppm
                      ? ppm_text(a, sizeof a, r->strata.rows[i].weight_ppm, 1)
                      : "(parent)");
        page_cell(&t, "%s",
                  ppm_text(a, sizeof a,
                           x->weight
                               ? (i64)div_round((i128)h->weight * PPM, x->weight, ROUND_HALF_EVEN)
                               : 0,
                           1));
        page_cell(&t, "%u", h->n);
        page_cell(&t, "%s", h->value ? dec_text(a, sizeof a, h->value, 6, 4) : "empty");
        page_cell(&t, "%s",
                  h->used == STRATA_MAX ? "none"
                  : h->used == i        ? "itself"
                                        : r->strata.rows[h->used].id);
    }
    page_table_end(&t);
    page_note(to, "Strata %s, version %lld, on: %s.%s", r->strata.name,
              (long long)r->strata.version, r->strata.evidence,
              x->frozen ? "" : " They are not frozen for this date.");
}

static void put_shares(FILE *to, const struct report *r)
{
    struct chart_bar bars[REPORT_FACTORS + 1];
    char text[REPORT_FACTORS + 1][32];
    if (!r->has_shares) return;
    for (u32 i = 0; i <= REPORT_FACTORS; i++) {
        u32 ppm = i < REPORT_FACTORS ? r->share_ppm[i] : r->residual_ppm;
        bars[i] = (struct chart_bar){ i < REPORT_FACTORS ? report_factors[i] : "none of them",
                                      ppm_text(text[i], sizeof text[i], ppm, 1), ppm, CHART_GAP,
                                      i < REPORT_FACTORS ? CHART_HUE_4 : CHART_NONE };
    }
    struct chart_frame f = { .title = "What explains why prices differ",
                             .says = "Share of the variance of log prices of this print's records, "
                                     "by what is known of them.",
                             .unit = "share of variance, %", .scale = 4, .digits = 1 };
    chart_bars(to, &f, bars, REPORT_FACTORS + 1);
    if (r->split)
        page_warn(to, "The channel explains more of the variance than is left unexplained: publish "
                      "one index a channel rather than one blend.");
    else
        page_note(to, "The channel explains no more than is left unexplained: one index for all "
                      "channels is defensible.");
}

static void put_representative(FILE *to, const struct report *r)
{
    const struct represented *x = &r->represented;
    char a[64];
    page_heading(to, "sample", "Does the sample look like the market?");
    if (!r->has_strata)
        page_para(to, "No target shares were given (--strata), so this is not said.");
    if (r->has_strata && !x->has) page_para(to, "No records of this day: no sample to compare.");
    if (r->has_strata && x->has) {
        page_figures_begin(to);
        page_figure(to, "Distance from target", ppm_text(a, sizeof a, x->tvd_ppm, 1),
                    "half the sum of the differences of shares (TVD): 0 is a perfect sample");
        page_figure(to, "Coverage", ppm_text(a, sizeof a, x->coverage_ppm, 1),
                    "share of the market in strata with enough records");
        page_figure(to, "Effective records", dec_text(a, sizeof a, x->kish_milli, 3, 1),
                    "Kish: as many records of equal size would say as much");
        page_figure(to, "Post-stratified value",
                    x->post_value ? dec_text(a, sizeof a, x->post_value, 6, 4) : "none",
                    "strata medians at target shares, USD: a check, never the print");
        page_figure(to, "Double counting kept out", ppm_text(a, sizeof a, x->double_ppm, 1),
                    "records of resellers and aggregators, out by rule, of all that would fit");
        snprintf(a, sizeof a, "%u", x->collapsed);
        page_figure(to, "Empty strata", a, "they take their parent's value, by the published tree");
        page_figures_end(to);
        put_strata(to, r);
    }
    put_shares(to, r);
}

/* ---- what was left out, quality, how to check ---- */

static void put_drops(FILE *to, const struct report *r)
{
    struct chart_bar bars[REASON_COUNT];
    u32 n = 0;
    page_heading(to, "out", "What was left out, and why");
    for (u32 i = 1; i < REASON_COUNT; i++) {
        u32 k = r->stress.print.dropped[i];
        if (!k) continue;
        u32 j = n++;
        for (; j && bars[j - 1].value < k; j--) bars[j] = bars[j - 1];
        bars[j] = (struct chart_bar){ list_text(REASON, i), NULL, k, CHART_GAP, CHART_HUE_8 };
    }
    if (!n) {
        page_para(to, "Nothing: every record looked at took part.");
        return;
    }
    struct chart_frame f = { .title = "Records dropped by reason",
                             .says = "The first rule a record breaks; the order of rules is in the "
                                     "methodology.",
                             .unit = "records", .scale = 0, .digits = 0 };
    chart_bars(to, &f, bars, n);
    page_note(to, "RIGHTS: may not enter a published index. CLASS, FORM, TERM, REGION, KIND, "
                  "CHANNEL: not what is measured. STALE, JUMP, OUTLIER, VENUE: screens. "
                  "SELF_DEALING, CIRCULAR, ROUND_TRIP: wash filters.");
}

static void quality_row(struct page_table *t, const char *name, const char *value, const char *says)
{
    page_cell(t, "%s", name);
    page_cell(t, "%s", value);
    page_cell(t, "%s", says);
}

static void put_quality(FILE *to, const struct report *r)
{
    const struct print *p = &r->stress.print;
    char a[96];
    struct text t = text_on(a, sizeof a);
    page_heading(to, "quality", "Quality of the series");
    struct page_table q = page_table_begin(to, NULL, "Figure|>Value|What it says");
    for (u32 l = LEVEL_L1; l < LEVEL_COUNT; l++) {
        if (!r->days_at[l]) continue;
        if (t.n) text_put(&t, ", ");
        text_put(&t, list_text(LEVEL, l));
        text_put_char(&t, ' ');
        text_put_u64(&t, r->days_at[l]);
    }
    quality_row(&q, "Days by level", a, "first prints since the first record");
    quality_row(&q, "Executed share", ppm_text(a, sizeof a, r->executed_ppm, 1),
                "trades in the volume of this print");
    quality_row(&q, "Mean age, hours",
                r->records ? dec_text(a, sizeof a, r->stale_hours_milli, 3, 1) : "-",
                "of the records used, at the end of the window");
    snprintf(a, sizeof a, "%u", p->age);
    quality_row(&q, "Age of the value, days", a, "0 when it is of this day");
    quality_row(&q, "Percentile spread", ppm_text(a, sizeof a, r->spread_ppm, 1),
                "middle half of prices, over their median");
    quality_row(&q, "Revision intensity", ppm_text(a, sizeof a, r->rows.revision_ppm, 3),
                "largest change of any value after its first print");
    snprintf(a, sizeof a, "%u of %u", r->rows.restated, r->rows.dates);
    quality_row(&q, "Dates restated", a, "settlement stays on the version its contract binds");
    page_table_end(&q);
}

static void put_check(FILE *to, const struct report *r, const struct benchmark *b)
{
    const struct print *p = &r->stress.print;
    char a[80], d[16];
    page_heading(to, "check", "Check it yourself");
    page_para(to, "The value is recomputed from the records, the rules and nothing else. Any build "
                  "of this program gives the same receipt, byte for byte.");
    struct page_table t = page_table_begin(to, NULL, "What|SHA-256");
    page_cell(&t, "Receipt");
    page_cell(&t, "%s", hash_text(a, sizeof a, &p->receipt));
    page_cell(&t, "Receipt of the date before");
    page_cell(&t, "%s", hash_text(a, sizeof a, &p->prior_receipt));
    page_cell(&t, "Methodology %s version %u", b->m.index, p->method_version);
    page_cell(&t, "%s", hash_text(a, sizeof a, &p->methodology));
    page_cell(&t, "Owner registry rows used");
    page_cell(&t, "%s", hash_text(a, sizeof a, &p->registry));
    page_cell(&t, "Input root");
    page_cell(&t, "%s", hash_text(a, sizeof a, &p->input_root));
    page_table_end(&t);
    date_text(d, sizeof d, p->value_date);
    fputs("<p>Recompute and verify:</p><pre><code>hedgerow index run -m ", to);
    page_text(to, r->methodology);
    for (u32 i = 0; i < r->inputs_n; i++) {
        fputs(" -i ", to);
        page_text(to, r->inputs[i]);
    }
    fprintf(to,
            " --to %s --receipts receipts\nhedgerow index verify receipts/%s.receipt\n"
            "hedgerow index explain receipts/%s.receipt</code></pre>\n",
            d, d, d);
}

Err report_html(const struct report *r, const struct benchmark *b, const char *path, struct why *w)
{
    struct page page;
    char title[96], d[16], says[256];
    const struct print *p = &r->stress.print;
    date_text(d, sizeof d, p->value_date);
    snprintf(title, sizeof title, "%s, %s", b->m.index, d);
    snprintf(says, sizeof says, "Daily report of a benchmark: %s. Label: %s%s.", b->m.measures,
             list_text(LABEL, p->label), b->m.form >> FORM_RULE_ANY & 1 ? "; form: any" : "");
    Err err = page_begin(&page, title, says, w);
    if (err) return err;
    put_head(page.to, r, b);
    put_series(page.to, r);
    put_owners(page.to, r, b);
    put_hard_to_move(page.to, r);
    put_representative(page.to, r);
    put_drops(page.to, r);
    put_quality(page.to, r);
    put_check(page.to, r, b);
    return page_end(&page, path, w);
}
