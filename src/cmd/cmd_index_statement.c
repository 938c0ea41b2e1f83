#include "cmd/benchmark.h"
#include "cmd/cmd.h"
#include "cmd/govern.h"
#include "cmd/statement.h"

#include "sys/file.h"

#include <stdlib.h>

static const char *method_path, *register_path, *out_path;

static const struct option_row statement_options[] = {
    OPTION_VALUE('m', "methodology", "METHOD.yaml", "the benchmark's rules", &method_path),
    OPTION_VALUE('r', "register", "FILE", "its register: actors, deadlines, versions",
                 &register_path),
    OPTION_VALUE('o', "output", "FILE.md", "else standard output", &out_path),
    OPTIONS_END,
};
static const struct usage statement_usage = {
    .command = "index statement",
    .args = "-m METHOD.yaml [-r REGISTER] [-o FILE.md]",
    .text = "Writes the benchmark statement from the methodology: what is measured, from what,\n"
            "how, when it is short, what may be restated, who decides, where to complain.",
    .options = statement_options,
    .example = "hedgerow index statement -m specs/methodology/h100-traded.yaml",
};

/* ---- values in words ---- */

struct said { char z[512]; };

static struct said bits(const struct words *words, i64 mask)
{
    struct said s;
    struct text t = text_on(s.z, sizeof s.z);
    for (u32 i = 1; i < words->n; i++)
        if (mask >> i & 1) text_put(&t, t.n ? ", " : ""), text_put(&t, words->word[i]);
    return s;
}
static struct said percent(i64 ppm)
{
    struct said s;
    struct text t = text_on(s.z, sizeof s.z);
    text_put_dec_short(&t, ppm, 4, 0);
    text_put(&t, " %");
    return s;
}
static struct said milli(i64 v)
{
    struct said s;
    struct text t = text_on(s.z, sizeof s.z);
    text_put_dec_short(&t, v, 3, 0);
    return s;
}
static struct said clock_of(i64 seconds)
{
    struct said s;
    snprintf(s.z, sizeof s.z, "%02lld:%02lld:%02lld", (long long)seconds / 3600,
             (long long)seconds / 60 % 60, (long long)seconds % 60);
    return s;
}
static struct said day(i64 days)
{
    struct said s;
    struct text t = text_on(s.z, sizeof s.z);
    text_put_date(&t, (Date){ (i32)days });
    return s;
}
static struct said regions(const struct methodology *m)
{
    struct said s;
    struct text t = text_on(s.z, sizeof s.z);
    for (i64 i = 0; i < m->regions_n; i++) text_put(&t, i ? ", " : ""), text_put(&t, m->regions[i]);
    return s;
}
static struct said hours(const struct methodology *m)
{
    struct said s;
    struct text t = text_on(s.z, sizeof s.z);
    for (i64 i = 0; i < m->widen_hours_n; i++) {
        text_put(&t, i ? ", then " : "");
        text_put_i64(&t, m->widen_hours[i]);
    }
    return s;
}

/* The formula in words; one row an estimator of index/lists.h. */
static const struct { u32 id; const char *words; } formulas[] = {
    { ESTIMATOR_PVWM,
      "Cut the window into K equal parts. In each part take every owner's size-weighted mean "
      "price, give it the owner's capped weight, and take the weighted median. The value is the "
      "plain mean of the valid parts' medians." },
    { ESTIMATOR_WINSOR,
      "Take every owner's size-weighted mean price with the owner's capped weight. Pull prices "
      "beyond the lower and the upper quantile of weight in to those quantiles. The value is the "
      "weighted mean." },
    { ESTIMATOR_PROVMEAN,
      "Take the mean price of each named entity. The value is their mean by the fixed weights of "
      "the methodology, over the entities that are there." },
    { ESTIMATOR_IQM,
      "Each owner casts its weight in votes at its price less a standard deviation, at its price, "
      "and at its price plus one. Cut the same share of votes off each side. The value is the mean "
      "of the votes that stay." },
    { ESTIMATOR_RTI,
      "Put the committed quotes together as one book. For each size take the middle of the prices "
      "at which that much can be bought and sold, as deep as the spread stays within its limit. "
      "The value is their mean, larger sizes counting less by a fixed table." },
    { ESTIMATOR_TRAIL,
      "Pool the observations of the trailing days that have enough of them. Once, leave out what "
      "lies too many sample standard deviations from the mean. The value is the median of the "
      "rest." },
    { ESTIMATOR_CAP2MED,
      "Take the price of each, pull what lies farther from their median than the limit in to the "
      "limit, and take the mean." },
    { ESTIMATOR_USAGE,
      "Weight prices by the sizes of the days before the window. The value is that weighted mean: "
      "a unit value, which moves with the mix." },
};

static const char *formula(i64 id)
{
    for (u32 i = 0; i < ARRAY_LEN(formulas); i++)
        if (formulas[i].id == (u32)id) return formulas[i].words;
    return "See the methodology file: this page has no words for this estimator yet.";
}

/* ---- sections ---- */

static void put_measured(FILE *to, const struct methodology *m)
{
    fprintf(to, "## 1. Measured interest\n\nThe benchmark measures: **%s**.\n\n", m->measures);
    fprintf(to, "Chip %s; form %s; term %s; regions %s; sellers: %s.\n",
            list_text(GPU_CLASS, m->gpu_class), bits(&bench_words_FORM_RULE, m->form).z,
            list_text(TERM, m->term), regions(m).z, bits(&bench_words_CHANNEL, m->channels).z);
    static const char *const means[] = {
        [BENCH_LABEL_TRADED] = "made of executed rentals at arm's length.",
        [BENCH_LABEL_POSTED] = "made of published prices: what sellers list, nobody paid.",
        [BENCH_LABEL_SYNTHETIC] = "made of made-up records: for demonstration only.",
    };
    fprintf(to, "Its label is `%s`: %s The label stands on every print.\n\n",
            list_text(LABEL, m->label), means[m->label]);
    fputs(
        "It is a price of renting, not of buying; it says nothing of the quality of a network, of\n"
        "support or of availability, and nothing of other chips, forms or terms.\n\n",
        to);
}

static void put_inputs(FILE *to, const struct methodology *m)
{
    fprintf(to, "## 2. Inputs\n\nKinds of record at level 1: %s. ",
            bits(&bench_words_OBS_KIND, m->kinds).z);
    fputs(
        "Every record is kept as it came, with the hash of the raw reply, before anything is read\n"
        "from it; a correction is a new record. Only records whose rights are open, cc_by or\n"
        "contract enter. Aggregators never count; records of one beneficial owner count as one,\n"
        "by a dated registry of owners.\n\nOut of a print, the first reason that applies, counted "
        "in the print:\n\n",
        to);
    for (u32 r = 1; r < REASON_COUNT; r++)
        fprintf(to, "%s`%s`", r > 1 ? ", " : "", list_text(REASON, r));
    fprintf(to, ".\n\nStale after %lld h (trade), %lld h (quote), %lld h (list). ",
            (long long)m->stale_trade_hours, (long long)m->stale_quote_hours,
            (long long)m->stale_list_hours);
    if (m->jump_ppm)
        fprintf(to, "A move of more than %s waits until %lld others are within %s of it. ",
                percent(m->jump_ppm).z, (long long)m->jump_owners, percent(m->jump_within_ppm).z);
    else fputs("The jump screen is off. ", to);
    if (m->outlier_sd_milli)
        fprintf(to, "More than %s standard deviations from its own last %lld values is out. ",
                milli(m->outlier_sd_milli).z, (long long)m->outlier_values);
    else fputs("The outlier screen is off. ", to);
    if (m->venue_ppm)
        fprintf(to, "A source more than %s off the median of sources is out until within %s.\n\n",
                percent(m->venue_ppm).z, percent(m->venue_return_ppm).z);
    else fputs("The venue screen is off.\n\n", to);
}

static void put_method(FILE *to, const struct methodology *m)
{
    fprintf(to,
            "## 3. Determination\n\nEach UTC day, over the %lld hours that end at %s UTC of the "
            "value date (a record at the very end is the next day's). ",
            (long long)m->window_hours, clock_of(m->window_end).z);
    fprintf(to, "Estimator `%s`:\n\n> %s\n\n", list_text(ESTIMATOR, m->estimator),
            formula(m->estimator));
    if (m->partitions > 1)
        fprintf(to, "K is %lld; a part with fewer than %lld owners is %s. ",
                (long long)m->partitions, (long long)m->min_owners_partition,
                m->merge == MERGE_DROP ? "dropped" : "merged into the next");
    if (m->weights == WEIGHTS_SIZE && m->s_cap != INT64_MAX)
        fprintf(to,
                "An owner's weight in a part is its GPU-hours, none below %s and no more than "
                "%s. ",
                milli(m->s_min).z, milli(m->s_cap).z);
    else fprintf(to, "Weights: `%s`. ", list_text(WEIGHTS, m->weights));
    fprintf(to,
            "No owner has more than %s of the weight. A tie takes `%s`. The value is rounded "
            "once, half-even, to %lld decimals of a USD per GPU-hour.\n\n",
            percent(m->weight_cap_ppm).z, list_text(TIE, m->tie), (long long)m->decimals);
    if (m->factors_n)
        fprintf(to,
                "%lld adopted factors to the reference grade apply; they stand in the file.\n\n",
                (long long)m->factors_n);
    fputs("No judgement enters the computation. The same records and the same file give the same\n"
          "bytes on any machine; every print carries a receipt that recomputes alone\n"
          "(`hedgerow index verify`).\n\n",
          to);
}

static void put_levels(FILE *to, const struct methodology *m)
{
    bool size = m->weights == WEIGHTS_SIZE;
    fprintf(to,
            "## 4. Sufficiency and hierarchy of inputs\n\nA level is sufficient with at least "
            "%lld owners, %lld valid parts, %s %s, and no owner above %s of the weight before "
            "the cap. Levels are tried in turn; a level left out is never used:\n\n",
            (long long)m->need_owners, (long long)m->need_partitions,
            milli(size ? m->need_volume : 1000 * m->need_volume).z, size ? "GPU-hours" : "records",
            percent(m->max_owner_ppm).z);
    fprintf(to, "- **L1** the estimator over the window.\n");
    if (m->has_l2)
        fprintf(to, "- **L2** the same over %s hours, sizes x %s per day of age; flag `WIDENED`.\n",
                hours(m).z, percent(m->decay_ppm).z);
    if (m->has_l3)
        fprintf(to,
                "- **L3** committed quotes no older than %lld s as an order book in steps of %s "
                "GPU-hours, spread at most %s, at least %lld owners on each side.\n",
                (long long)m->rti_stale_s, milli(m->rti_grid).z, percent(m->spread_ppm).z,
                (long long)(m->l3_owners ? m->l3_owners : 1));
    if (m->has_l4)
        fprintf(to, "- **L4** a panel of at least %lld, %lld dropped each side; flag `PANEL`.\n",
                (long long)m->panellists, (long long)m->drop_each_side);
    if (m->has_l5)
        fprintf(to,
                "- **L5** the last L1-L3 value, at most %lld scheduled days old; flag "
                "`CARRIED`, status `CARRIED`.\n",
                (long long)m->max_age);
    fputs("- **L6** no print: status `NO_PRINT`, `MARKET_FAILURE`.\n\nEvery scheduled day has "
          "exactly one status. A carried value enters no later weight, screen or history.\n\n",
          to);
}

static void put_publication(FILE *to, const struct methodology *m)
{
    fprintf(to,
            "## 5. Publication and restatement\n\nPublished 60 seconds after the window's end, "
            "from what was recorded before. With each print: status, level, flags, percentiles, "
            "volume, owners, largest owner's share, concentration, records dropped by reason, "
            "hashes of methodology, registry and inputs.\n\n");
    if (m->restate_until)
        fprintf(to,
                "A later version is made only until %s UTC of the day of publication, every "
                "%lld minutes at most, and only if it moves the last one by more than %s. ",
                clock_of(m->restate_until).z, (long long)m->restate_minutes,
                percent(m->restate_min_ppm).z);
    else fputs("There is no restatement. ", to);
    fputs(
        "A version never replaces another: both stay; a contract binds to one by its own rule.\n"
        "A methodology change never restates: it takes effect forward, and its effect on the past\n"
        "is a shadow series.\n\n",
        to);
}

static void put_limits(FILE *to, const struct methodology *m)
{
    fputs("## 6. Limits\n\n", to);
    fputs(
        "- In a thin market few owners decide the value: read `owners`, `owner_max_ppm` and `hhi`\n"
        "  of the print. `hedgerow index stress` says what it would cost to move it.\n"
        "- When records are missing the level falls as in section 4; a carried value is old.\n"
        "- A wrong row of the owner registry splits or joins voices.\n"
        "- Records are as good as their sources: what a source never showed is not missed.\n",
        to);
    if (m->label == BENCH_LABEL_POSTED)
        fputs("- Posted prices are sticky and negotiable; they are not what was paid.\n", to);
    if (m->label == BENCH_LABEL_SYNTHETIC)
        fputs("- It measures nothing: its records are made up.\n", to);
    fputs(
        "\nUsers need a written plan for the day the benchmark ends or changes; contracts of this\n"
        "exchange name a fallback index, a factor and a notice in their specification.\n\n",
        to);
}

static void put_people(FILE *to, const struct register_file *f)
{
    static const struct { u32 act; const char *needs; } acts[] = {
        { GOV_ACT_METHODOLOGY, "an impact report, consultation, oversight among the approvers" },
        { GOV_ACT_EXCLUDE, "a reason, oversight among the approvers" },
        { GOV_ACT_JUDGEMENT, "the receipt, the effect, a reason, oversight among the approvers" },
        { GOV_ACT_REGISTRY, "the registry's hash and its first day" },
        { GOV_ACT_FACTOR, "the estimation report, 400,000 ppm at most either way" },
    };
    fputs("## 7. Who decides\n\nEvery act of a person is an entry of an append-only, hash-chained "
          "register (`hedgerow govern`). An act is adopted by two approvers who are not its "
          "proposer and not concerned by it:\n\n| act | proposed by | approved by | needs |\n"
          "|---|---|---|---|\n",
          to);
    for (u32 i = 0; i < ARRAY_LEN(acts); i++)
        fprintf(to, "| %s | %s | %s | %s |\n", list_text(GOV_ACT, acts[i].act),
                bits(&bench_words_GOV_ROLE, (i64)act_proposers(acts[i].act) << 1).z,
                bits(&bench_words_GOV_ROLE, (i64)act_approvers(acts[i].act) << 1).z, acts[i].needs);
    fputs(
        "\nNobody who trades contracts on the benchmark is administrator, committee, oversight or\n"
        "panellist.\n\n",
        to);
    for (u32 i = 0; f && i < f->r.actors_n; i++) {
        const struct gov_actor *a = &f->r.actors[i];
        fprintf(to, "- %s: %s%s%s\n", a->name,
                a->roles ? bits(&bench_words_GOV_ROLE, (i64)a->roles << 1).z : "no role any more",
                a->entity[0] ? ", of " : "", a->entity);
    }
    if (f) fputs("\n", to);
}

static void put_changes(FILE *to, const struct methodology *m, const struct register_file *f)
{
    Hash h = methodology_hash(m);
    char hex[80];
    struct text t = text_on(hex, sizeof hex);
    text_put_hex(&t, h.bytes, sizeof h.bytes);
    fprintf(to, "## 8. Changes\n\nThis is version %lld, in effect from %s; its hash is `%s`. ",
            (long long)m->version, day(m->effective_from).z, hex);
    fprintf(to,
            "A new version is consulted on for at least %u days with an impact report (old and "
            "new in parallel over the same records), and takes effect on a later day than its "
            "adoption.\n\n",
            f ? f->r.at[0].days : 30);
    for (u32 i = 0; f && i < f->r.n; i++) {
        const struct gov_entry *e = &f->r.at[i];
        if (e->action != GOV_ACTION_OPEN && e->act != GOV_ACT_METHODOLOGY) continue;
        fprintf(to, "- version %u from %s: %s (entry %u)\n", e->version, day(e->from.days).z,
                e->act ? list_text(GOV_STATE, f->r.item[i].state)
                       : "in force as the register opened",
                e->seq);
    }
    if (f) fputs("\n", to);
    fprintf(to,
            "## 9. Complaints\n\nAnybody may complain about a print, by its receipt; the ticket "
            "has a number, and is resolved within %u days by somebody else than who complained, "
            "with an outcome and, if the print was restated, the receipt of the new version "
            "(`hedgerow govern complain`, `resolve`).\n\n",
            f ? f->r.at[0].complaint_days : 30);
    fprintf(to,
            "## 10. Review\n\nDrift, concentration, coverage and executed share of the prints "
            "are looked at every %u days or sooner, and noted with their alarms (`hedgerow govern "
            "review`).\n\n",
            f ? f->r.at[0].review_days : 92);
}

static void put_fields(FILE *to, const struct methodology *m)
{
    const struct record *r = &methodology_record;
    fputs("## Every field\n\nAs the file says it; what it leaves out is not listed.\n\n"
          "| field | value | meaning |\n|---|---|---|\n",
          to);
    for (u32 i = 0; i < r->fields; i++) {
        static char value[2 * METHOD_BYTES_MAX];
        static const struct methodology none;
        char path[128];
        struct text p = text_on(path, sizeof path), v = text_on(value, sizeof value);
        if (record_differs(r, m, &none, i) != i || r->field[i].kind == RECORD_GIVEN) continue;
        record_path(&r->field[i], &p);
        record_value_text(&r->field[i], m, &v);
        fprintf(to, "| `%s` | %s | %s |\n", path, value, r->field[i].text);
    }
}

void statement_put(FILE *to, const struct methodology *stated, const struct register_file *f)
{
    struct methodology m = methodology_resolved(stated);
    fprintf(to,
            "# Benchmark statement: %s\n\nWritten by `hedgerow index statement` from the "
            "methodology file: what it says, the program does.\n\n",
            m.index);
    put_measured(to, &m);
    put_inputs(to, &m);
    put_method(to, &m);
    put_levels(to, &m);
    put_publication(to, &m);
    put_limits(to, &m);
    put_people(to, f);
    put_changes(to, stated, f);
    put_fields(to, stated);
}

static Err write_out(const struct methodology *m, const struct register_file *f, struct why *w)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&bytes, &n);
    if (!to) return why_set(w, ERR_IO, "no memory");
    statement_put(to, m, f);
    bool fine = fclose(to) == 0;
    Err err = fine ? ERR_OK : why_set(w, ERR_IO, "no memory");
    if (!err && out_path) err = file_write_atomic(out_path, bytes, n, w);
    else if (!err && fwrite(bytes, 1, n, stdout) != n)
        err = why_set(w, ERR_IO, "output: not written");
    free(bytes);
    return err;
}

int index_statement(int argc, char **argv)
{
    struct methodology m;
    struct register_file f = { 0 };
    struct why w;
    int first, code = usage_parse(&statement_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!method_path) return usage_error(&statement_usage, "-m is needed");
    Err err = config_methodology(method_path, &m, &w);
    if (!err && register_path) err = register_load(register_path, &f, &w);
    if (!err && register_path && strcmp(f.r.at[0].name, m.index) != 0)
        err = why_set(&w, ERR_INPUT, "%s: is the register of %s", register_path, f.r.at[0].name);
    if (!err) err = write_out(&m, register_path ? &f : NULL, &w);
    register_give(&f);
    return err ? say_why(err, &w) : ERR_OK;
}
