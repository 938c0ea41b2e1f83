#include "cmd/benchmark.h"
#include "cmd/cmd.h"
#include "cmd/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *method_path, *owners_path, *date_text, *move_text, *names_text_, *fee_text,
    *lot_text, *days_text, *kappa_text, *position_text, *wash_text, *times_text;
static bool json;
static struct option_list inputs;

static const struct option_row stress_options[] = {
    OPTION_VALUE('m', "methodology", "METHOD.yaml", "the benchmark's rules", &method_path),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form; may be given again", &inputs),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE(0, "date", "D", "value date; else the last with data", &date_text),
    OPTION_VALUE(0, "move", "PPM", "the move to be paid for; 10000 is 1 %", &move_text),
    OPTION_VALUE(0, "names", "N", "names an attacker shows unmapped; 10", &names_text_),
    OPTION_VALUE(0, "fee", "PPM", "fee on what an attacker pays; 0", &fee_text),
    OPTION_VALUE(0, "lot-hours", "H", "GPU-hours in a lot; 730", &lot_text),
    OPTION_VALUE(0, "days", "N", "prints a contract averages; 21", &days_text),
    OPTION_VALUE(0, "kappa", "MILLI", "safety factor x 1000; 3000", &kappa_text),
    OPTION_VALUE(0, "position", "LOTS", "largest position of one owner: gives Lambda",
                 &position_text),
    OPTION_VALUE(0, "wash", "PPM", "wash trade's share of volume; 300000", &wash_text),
    OPTION_VALUE(0, "times", "PPM", "its price in ppm of the value; 2000000", &times_text),
    OPTION_FLAG(0, "json", "one JSON object", &json),
    OPTIONS_END,
};
static const struct usage stress_usage = {
    .command = "index stress",
    .args = "-m METHOD.yaml -i OBS ... [--date D] [--move PPM]",
    .text = "What it costs to move one print, who could, and the position limit that follows:\n"
            "plain mean, winsorised mean, weighted median and the file's own method side by side.",
    .options = stress_options,
    .example = "hedgerow index stress -m specs/methodology/h100-synthetic.yaml "
               "-i examples/rentals-synthetic.csv --date 2026-07-15",
};

static const char *size_text(char *buf, u32 cap, const struct measured *m, const struct cost *c)
{
    struct text t = text_on(buf, cap);
    if (c->kind < COST_EXACT || !m->in_money) return "-";
    text_put_dec(&t, c->size, 3, 1);
    return buf;
}

static const char *influence_text(char *buf, u32 cap, const struct influence *x, bool least)
{
    struct text t = text_on(buf, cap);
    if (!x->owner.z[0]) return "-";
    if (least) text_put(&t, ">= ");
    text_put_dec(&t, x->ppm, 4, 3);
    text_put(&t, " %");
    return buf;
}

static const char *owner_text(char *buf, u32 cap, const struct influence *x)
{
    snprintf(buf, cap, strlen(x->owner.z) > 16 ? "%.15s~" : "%s", x->owner.z);
    return buf;
}

/* One row of the table: a name, then a cell a method. */
#define ROW(name, cell) \
    do { \
        table_cell(t, "%s", name); \
        for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) { \
            const struct measured_method *r = &m->method[k]; \
            char buf[64] = ""; \
            table_cell(t, "%s", r->has ? (cell) : "-"); \
        } \
    } while (0)

static void print_measures(const struct stress *s)
{
    const struct measured *m = &s->measured;
    char split[40];
    struct table *t = table_new("|>plain mean|>winsorised mean|>weighted median|>own method");
    snprintf(split, sizeof split, "%u names", s->ask.names);
    ROW("value", dec_text(buf, sizeof buf, r->value, 6, 4));
    table_cell(t, m->in_money ? "cost in USD" : "cost in names");
    for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) table_cell(t, "%s", "");
    ROW("  up, one owner", cost_text(buf, sizeof buf, m->in_money, &r->one[0]));
    table_cell(t, "  up, %s", split);
    for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) {
        char buf[64];
        table_cell(t, "%s",
                   m->method[k].has ? cost_text(buf, sizeof buf, m->in_money, &m->method[k].many[0])
                                    : "-");
    }
    ROW("  down, one owner", cost_text(buf, sizeof buf, m->in_money, &r->one[1]));
    table_cell(t, "  down, %s", split);
    for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) {
        char buf[64];
        table_cell(t, "%s",
                   m->method[k].has ? cost_text(buf, sizeof buf, m->in_money, &m->method[k].many[1])
                                    : "-");
    }
    ROW("GPU-hours injected, up", size_text(buf, sizeof buf, m, &r->many[0]));
    ROW("without one owner", influence_text(buf, sizeof buf, &r->leave_one_out, false));
    ROW("  it is", owner_text(buf, sizeof buf, &r->leave_one_out));
    ROW("one owner repriced", influence_text(buf, sizeof buf, &r->single, !r->rises));
    ROW("  it is", owner_text(buf, sizeof buf, &r->single));
    ROW("least coalition, up", coalition_text(buf, sizeof buf, m->owners, &r->coalition[0]));
    ROW("least coalition, down", coalition_text(buf, sizeof buf, m->owners, &r->coalition[1]));
    ROW("limit L*, lots", lots_text(buf, sizeof buf, s->limit_milli[k], s->limit_bound[k]));
    table_print(t);
}

static void print_wash(const struct stress *s)
{
    static const char *const who[STRESS_WASHES] = { "one entity, one name",
                                                    "ten names, ownership map joins them",
                                                    "ten names, no ownership map" };
    char share[32], times[32];
    struct table *t = table_new("|>plain mean|>winsorised mean|>weighted median|>own method");
    printf("\nA wash trade of %s %% of the volume at %s times the value, over the window, moves "
           "it by:\n",
           dec_text(share, sizeof share, s->wash.size_ppm, 4, 1),
           dec_text(times, sizeof times, s->wash.ratio_ppm, 6, 2));
    for (u32 i = 0; i < STRESS_WASHES; i++) {
        table_cell(t, "%s", who[i]);
        for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) {
            char buf[32];
            const struct washed *w = &s->washed[i];
            table_cell(t, "%s%s",
                       w->has[k] ? dec_text(buf, sizeof buf, w->ppm[k], 4, 3) : "no print",
                       w->has[k] ? " %" : "");
        }
    }
    table_print(t);
    puts("Both sides known to be one owner: the trade is out before any of this (SELF_DEALING).");
}

static void print_text(const struct benchmark *b, const struct stress *s)
{
    char date[16], move[32], a[32], c[32];
    const struct measured *m = &s->measured;
    struct text d = text_on(date, sizeof date);
    text_put_date(&d, s->print.value_date);
    printf("%s %s, %s, %s: %s USD per GPU-hour from %u owners and %u records\n", b->m.index, date,
           list_text(LABEL, s->print.label), list_text(LEVEL, s->print.level),
           dec_text(a, sizeof a, s->print.value, 6, (u32)b->m.decimals), m->owners, m->records);
    printf(
        "What a move of %s %% costs. Injected prices stand between half and twice a method's value,"
        "\nan owner repriced at %s or %s USD.\n\n",
        dec_text(move, sizeof move, s->ask.delta_ppm, 4, 2),
        dec_text(a, sizeof a, m->price_low, 6, 2), dec_text(c, sizeof c, m->price_high, 6, 2));
    print_measures(s);
    puts("<= is an upper bound found by search; a plain figure is the least there is.");
    if (m->in_money)
        puts("A cost is what is paid beyond the fair price. A wash trade gets it back: screens and "
             "fees stand\nagainst that, not this figure.");
    else puts("A posted price costs its poster nothing, so no money bounds a position: L* is 0.");
    if (m->without_print)
        printf("Without any one of %u owners there would be no print at this level.\n",
               m->without_print);
    printf("Lots of %lld GPU-hours, mean of %u prints, kappa %s.\n", (long long)s->lot_hours,
           s->days, dec_text(a, sizeof a, s->kappa_milli, 3, 1));
    printf("Effective limit, the least over %u prints to %s: %s lots\n", s->trailing_n, date,
           lots_text(a, sizeof a, s->effective_milli, s->effective_bound));
    if (s->effective_milli >= 0 && s->effective_milli < 1000)
        puts("Below one lot: a contract of this size may not list.");
    if (s->position)
        printf("Lambda of a position of %lld lots: %s (at most %s)\n", (long long)s->position,
               s->lambda_ppm == INT64_MAX ? "no bound" : dec_text(a, sizeof a, s->lambda_ppm, 6, 3),
               dec_text(c, sizeof c, PPM * 1000 / s->kappa_milli, 6, 3));
    print_wash(s);
}

static void print_json(const struct benchmark *b, const struct stress *s)
{
    static char buf[32768];
    struct json_line j = object_begin(buf, sizeof buf);
    object_text(&j, "index", b->m.index);
    object_date(&j, "date", s->print.value_date);
    object_dec(&j, "value", s->print.value, 6, (u32)b->m.decimals);
    object_text(&j, "status", list_text(PRINT, s->print.status));
    object_text(&j, "level", list_text(LEVEL, s->print.level));
    object_text(&j, "label", list_text(LABEL, s->print.label));
    stress_json(&j, s);
    object_hash(&j, "receipt", &s->print.receipt);
    object_end(&j);
}

static bool read_ask(struct stress *s)
{
    u64 move = s->ask.delta_ppm, names = s->ask.names, fee = 0, lot = 730, days = 21, kappa = 3000,
        position = 0, wash = s->wash.size_ppm, times = s->wash.ratio_ppm;
    const struct usage *u = &stress_usage;
    if (!usage_date(u, "date", date_text, &s->date)) return false;
    if (!usage_u64(u, "move", move_text, 1, 400000, &move)) return false;
    if (!usage_u64(u, "names", names_text_, 2, 200, &names)) return false;
    if (!usage_u64(u, "fee", fee_text, 0, PPM, &fee)) return false;
    if (!usage_u64(u, "lot-hours", lot_text, 1, PPM, &lot)) return false;
    if (!usage_u64(u, "days", days_text, 1, 366, &days)) return false;
    if (!usage_u64(u, "kappa", kappa_text, 1, PPM, &kappa)) return false;
    if (!usage_u64(u, "position", position_text, 0, (u64)(PPM * PPM), &position)) return false;
    if (!usage_u64(u, "wash", wash_text, 1, 100 * PPM, &wash)) return false;
    if (!usage_u64(u, "times", times_text, 1, 10 * PPM, &times)) return false;
    s->ask.delta_ppm = (u32)move, s->ask.names = (u32)names, s->ask.fee_ppm = (u32)fee;
    s->lot_hours = (i64)lot, s->days = (u32)days, s->kappa_milli = (i64)kappa;
    s->position = (i64)position;
    s->wash.size_ppm = (u32)wash, s->wash.ratio_ppm = (u32)times;
    return true;
}

int index_stress(int argc, char **argv)
{
    int first;
    struct why w;
    struct benchmark b = { 0 };
    struct stress s = stress_default();
    int code = usage_parse(&stress_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!method_path || !inputs.n) return usage_error(&stress_usage, "-m and -i are needed");
    if (!read_ask(&s)) return ERR_USAGE;
    Err err = benchmark_open(&b, method_path, owners_path, inputs.at, inputs.n, &w);
    if (!err) err = stress_run(&b, &s, &w);
    if (!err) {
        if (json) print_json(&b, &s);
        else print_text(&b, &s);
    }
    benchmark_close(&b);
    return err ? say_why(err, &w) : ERR_OK;
}
