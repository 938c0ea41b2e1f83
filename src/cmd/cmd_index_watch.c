#include "cmd/benchmark.h"
#include "cmd/cmd.h"
#include "index/intraday.h"
#include "sys/memory.h"

#include <stdlib.h>

static const char *method_path, *owners_path, *date_text, *every_text;
static bool json;
static struct option_list inputs;

static const struct option_row watch_options[] = {
    OPTION_VALUE('m', "methodology", "METHOD.yaml", "the benchmark's rules", &method_path),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form; may be given again", &inputs),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE('d', "date", "DATE", "the value date whose day is shown", &date_text),
    OPTION_VALUE(0, "every", "N", "one line every N records; else each", &every_text),
    OPTION_FLAG(0, "json", "one JSON object a line", &json),
    OPTIONS_END,
};
static const struct usage watch_usage = {
    .command = "index watch",
    .args = "-m METHOD.yaml -i OBS ... -d DATE [--every N] [--json]",
    .text = "Shows the intraday value: screens and estimator over the window that ends\n"
            "now, as each record of the date came. Not for settlement; the end is the\n"
            "print's own estimate, also before rounding.",
    .options = watch_options,
    .example = "hedgerow index watch -m specs/methodology/h100-synthetic.yaml "
               "-i examples/rentals-synthetic.csv -d 2026-06-30 --every 20",
};

/* The estimate before the print's rounding, to 12 decimals. */
static const char *unrounded(char *buf, u32 cap, const struct intraday_value *v)
{
    struct text t = text_on(buf, cap);
    text_put_dec(&t, (i64)div_round(v->sum.v, (i128)v->count * 1000000, ROUND_HALF_EVEN), 12, 12);
    return buf;
}

static void say_value(const struct intraday_value *v, const struct methodology *m)
{
    char buf[1024], at[40], value[32] = "-", exact[40];
    struct text t = text_on(at, sizeof at), d = text_on(value, sizeof value);
    text_put_instant(&t, (Instant){ v->at });
    if (v->value) text_put_dec_short(&d, v->value, 6, (u32)m->decimals);
    if (!json) {
        printf("%s  %-9s %-2s  %10s  %4u owners  %6u records  %s\n", at,
               list_text(PRINT, v->status), list_text(LEVEL, v->level), value, v->owners,
               v->observations, v->why ? list_text(SHORT, v->why) : "");
        return;
    }
    struct json_line j = object_begin(buf, sizeof buf);
    object_text(&j, "at", at);
    object_text(&j, "status", list_text(PRINT, v->status));
    object_text(&j, "level", list_text(LEVEL, v->level));
    if (v->value) object_text(&j, "value", value);
    else object_null(&j, "value");
    if (v->count) object_text(&j, "unrounded", unrounded(exact, sizeof exact, v));
    else object_null(&j, "unrounded");
    object_text(&j, "reason", v->why ? list_text(SHORT, v->why) : "");
    object_u64(&j, "entities", v->owners);
    object_u64(&j, "observations", v->observations);
    object_end(&j);
}

/* A day as it came: the log is read up to each record's moment. */
static Err watch_day(struct benchmark *b, Date date, u32 every, struct why *w)
{
    struct print p;
    struct intraday_value v = { 0 };
    const struct obs_log *log = &b->log.log;
    u8 *memory = NULL;
    i64 publish = index_publish_time(&b->m, date).ns, end = publish - INDEX_PUBLISH_DELAY_NS;
    Err err = ERR_OK;
    while (!err && index_next_date(b->series.index).days < date.days)
        err = series_print(&b->series, NULL, &p, w);
    u64 bytes = intraday_bytes(b->series.index);
    if (!err) err = memory_take(&memory, bytes, w);
    if (err) return err;
    struct intraday *day = intraday_open(memory, bytes, b->series.index);
    bool fine = day != NULL;
    for (u32 i = 0, n = 0; fine && i < log->n && log->at[i].t_journal < publish; i++) {
        i64 at = log->at[i].t_journal;
        bool last = i + 1 == log->n || log->at[i + 1].t_journal >= publish;
        if (at < publish - NS_PER_DAY || (!last && log->at[i + 1].t_journal == at)) continue;
        i64 t = i64_max(i64_min(at + 1, end), end - NS_PER_DAY);
        fine = intraday_at(day, t, at + 1, &v);
        if (fine && ++n % every == 0) say_value(&v, &b->m);
    }
    if (fine) fine = intraday_at(day, end, publish, &v);
    if (fine) say_value(&v, &b->m);
    char exact[40];
    if (fine && v.count && !json)
        printf("before rounding: %s\n", unrounded(exact, sizeof exact, &v));
    memory_give(memory, bytes);
    return fine ? ERR_OK
                : why_set(w, ERR_INPUT, "more records in one day than memory was taken for");
}

int index_watch(int argc, char **argv)
{
    int first;
    struct why w;
    struct benchmark b = { 0 };
    Date date = { 0 };
    u64 every = 1;
    int code = usage_parse(&watch_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!method_path || !inputs.n || !date_text)
        return usage_error(&watch_usage, "-m, -i and -d are needed");
    if (!usage_date(&watch_usage, "date", date_text, &date)) return ERR_USAGE;
    if (every_text && (parse_u64(str_of(every_text), &every) != PARSE_OK || !every))
        return usage_error(&watch_usage, "--every: a number of records");
    Err err = benchmark_open(&b, method_path, owners_path, inputs.at, inputs.n, &w);
    if (!err && date.days < b.m.effective_from)
        err = why_set(&w, ERR_INPUT, "--date: before the methodology is in force");
    if (!err) err = watch_day(&b, date, (u32)every, &w);
    benchmark_close(&b);
    return err ? say_why(err, &w) : ERR_OK;
}
