#include "cmd/cmd.h"
#include "cmd/demo_stage.h"

#include "sys/clock.h"
#include "sys/process.h"

#include <stdio.h>
#include <stdlib.h>

/* A step of the simulated market (15 minutes) takes this long at speed 1, so that a month lasts
 * some three minutes. */
#define PACE_NS UINT64_C(150000000)

static struct option_list observations;
static const char *month, *data, *listen_at, *speed_text, *until, *seed_text;
static bool headless, as_json;
static const struct option_row options[] = {
    OPTION_LIST('o', "observations", "FILE",
                "prices to make the benchmark from; later files add to it", &observations),
    OPTION_VALUE('m', "month", "YYYY-MM", "the month played (that with most printed days)", &month),
    OPTION_VALUE('d', "data", "DIR", "data folder, new or empty (a temporary one)", &data),
    OPTION_VALUE('l', "listen", "ADDR:PORT", "where the page is (127.0.0.1:8080)", &listen_at),
    OPTION_VALUE('s', "speed", "N", "times the usual pace; 0: unpaced", &speed_text),
    OPTION_VALUE('u', "until", "settled", "stop when the month's contract is settled", &until),
    OPTION_VALUE('S', "seed", "N", "of the agents (1)", &seed_text),
    OPTION_FLAG('H', "headless", "no page, unpaced", &headless),
    OPTION_FLAG('j', "json", "only the last line, as JSON", &as_json),
    OPTIONS_END,
};
static const struct usage usage = {
    .command = "demo",
    .args = "",
    .text = "Plays a month of a GPU-hour future: prices become a benchmark, agents trade the\n"
            "contract on it, everyone is settled daily and at the end. With a page here.",
    .options = options,
    .example = "hedgerow demo --seed 7 --headless --until settled",
    .args_min = 0,
    .args_max = 0,
};

static void put_money(struct text *t, i64 micros) { text_put_dec(t, micros, 6, 2); }

static const char *dec(char *buf, u32 cap, i64 micros, u32 digits)
{
    struct text t = text_on(buf, cap);
    text_put_dec(&t, micros, 6, digits);
    return buf;
}

static void tell_summary(const struct stage *s, struct text *t)
{
    const struct month *m = &s->month;
    struct month_hedge h;
    bool hedged = month_hedge(m, &h);
    text_put(t, "{\"contract\":");
    text_put_json(t, m->market.instrument[m->front].listed.instrument_id.z);
    text_put(t, ",\"value\":\"");
    text_put_dec(t, m->final.value.micros, 6, 4);
    text_put(t, "\",\"days\":");
    text_put_u64(t, m->final.days);
    text_put(t, ",\"carried\":");
    text_put_u64(t, m->final.carried);
    text_put(t, ",\"missing\":");
    text_put_u64(t, m->final.missing);
    text_put(t, ",\"startup\":");
    if (!hedged) {
        text_put(t, "null}");
        return;
    }
    text_put(t, "{\"account\":1,\"name\":\"startup\",\"lots\":\"");
    text_put_i64(t, h.lots);
    text_put(t, "\",\"gpu_hours\":\"");
    text_put_dec(t, h.gpu_hours_milli, 3, 0);
    static const char *const names[] = { "average_price", "unhedged_cost", "futures_gain", "fees",
                                         "hedged_cost" };
    const i64 values[] = { h.average_price, h.unhedged.micros, h.futures_gain.micros, h.fees.micros,
                           h.hedged.micros };
    for (u32 i = 0; i < ARRAY_LEN(names); i++) {
        text_put(t, "\",\"");
        text_put(t, names[i]);
        text_put(t, "\":\"");
        if (i) put_money(t, values[i]);
        else text_put_dec(t, values[i], 6, 4);
    }
    text_put(t, "\"}}");
}

static void tell_page(struct stage *s, u64 speed, u64 seed)
{
    char buf[2048];
    struct text t = text_on(buf, sizeof buf);
    struct ymd y = ymd_of(s->start);
    text_put(&t, "{\"month\":\"");
    text_put_u64(&t, (u64)y.year);
    text_put(&t, y.month < 10 ? "-0" : "-");
    text_put_u64(&t, y.month);
    text_put(&t, "\",\"speed\":\"");
    text_put_u64(&t, speed * (u64)MONTH_ROUND_NS / PACE_NS);
    text_put(&t, "\",\"progress_ppm\":");
    text_put_u64(&t, month_progress_ppm(&s->month));
    text_put(&t, ",\"day\":");
    text_put_u64(&t, s->month.days_ended);
    text_put(&t, ",\"days\":");
    text_put_u64(&t, s->month.days_all);
    text_put(&t, ",\"settled\":");
    text_put(&t, s->month.settled ? "true" : "false");
    text_put(&t, ",\"seed\":\"");
    text_put_u64(&t, seed);
    text_put(&t, "\",\"summary\":");
    if (s->month.settled) tell_summary(s, &t);
    else text_put(&t, "null");
    text_put(&t, "}");
    venue_set_demo(s->venue, s->month.settled ? "settled" : "open", t.cut ? "" : buf);
}

static void say_begin(const struct stage *s)
{
    struct ymd y = ymd_of(s->start);
    printf("Benchmark %s (%s), contract GPUH-M-%04d-%02d on it. Data in %s\n",
           administrator_id(s->benchmark), administrator_label(s->benchmark), y.year, y.month,
           s->folder);
    if (venue_gateway(s->venue))
        printf("The market is at http://%s/ (Ctrl-C ends it)\n",
               gateway_address(venue_gateway(s->venue)));
    printf("\n%-12s %10s %-9s %12s %8s %14s\n", "day", "benchmark", "", "settlement", "volume",
           "open interest");
}

/* A demonstration that its own rule would not list says so: when that is first known, and at the
 * end with the figures as they are then. */
static bool may_not_list(const struct stage *s)
{
    const struct evt_position_limit *l = &s->month.limit;
    if (l->basis != LIMIT_BASIS_DEMONSTRATION) return false;
    if (l->cost_stated) return l->lstar_milli < 1000;
    return strcmp(administrator_label(s->benchmark), "posted") == 0;
}

static void say_may_not_list(const struct stage *s)
{
    const struct evt_position_limit *l = &s->month.limit;
    char lstar[32];
    struct text t = text_on(lstar, sizeof lstar);
    char cost[32];
    text_put_dec(&t, l->lstar_milli, 3, 3);
    printf("demonstration: by rule this contract may not list: ");
    if (l->cost_stated)
        printf("cost to move 1 %% is %s USD, L* = %s lots\n",
               dec(cost, sizeof cost, l->cost_to_move.micros, 2), lstar);
    else printf("posted prices cost nothing to move, L* = 0 lots\n");
}

static void say_day(const struct stage *s)
{
    const struct month_day *d = &s->month.day;
    static const char *const words[] = { "none yet", "printed", "carried", "no print" };
    char date[16], print[32], settled[32];
    struct text t = text_on(date, sizeof date);
    text_put_date(&t, d->date);
    printf("%-12s %10s %-9s %12s %8lld %14lld\n", date,
           d->print ? dec(print, sizeof print, d->print, 4) : "-", words[d->status & 3],
           d->settlement ? dec(settled, sizeof settled, d->settlement, 3) : "-",
           (long long)d->volume, (long long)d->open_interest);
    fflush(stdout);
}

static void say_hedge(const struct stage *s)
{
    struct month_hedge h;
    char a[32], b[32], c[32], d[32], e[32];
    if (!month_hedge(&s->month, &h)) return;
    const char *label = administrator_label(s->benchmark);
    printf("\nThe startup used %s GPU-hours in the month and had bought %lld lots ahead at %s.\n",
           dec(a, sizeof a, h.gpu_hours_milli * 1000, 0), (long long)h.lots,
           dec(b, sizeof b, h.average_price, 4));
    printf("At the %s benchmark its month cost %s; the futures paid %s, fees were %s: %s in all.\n",
           label, dec(a, sizeof a, h.unhedged.micros, 2),
           dec(c, sizeof c, h.futures_gain.micros, 2), dec(d, sizeof d, h.fees.micros, 2),
           dec(e, sizeof e, h.hedged.micros, 2));
    printf("Its own bill may differ from the benchmark: that basis is not hedged here.\n");
}

struct fixed_on { Date date; i64 value; bool any; };

static bool find_fixing(void *ctx, const void *row)
{
    struct fixed_on *f = ctx;
    const struct evt_fixing *v = row;
    if (v->date.days == f->date.days) f->value = v->value.micros, f->any = true;
    return !f->any;
}

/* A date with a later version: both, and which of them the contract took. */
static bool say_versions(void *ctx, const void *row)
{
    struct stage *s = ctx;
    const struct store_print *p = row;
    struct fixed_on f = { .date = p->print.value_date };
    struct store_filter of = { .instrument = s->month.front };
    struct why ignored;
    char date[16], at[40], first[32], later[32], fixed[32];
    if (p->last_version == p->print.version) return true;
    struct text t = text_on(date, sizeof date), u = text_on(at, sizeof at);
    text_put_date(&t, f.date);
    text_put_instant(&u, p->last_published_at);
    dec(first, sizeof first, p->print.value.micros, 4);
    dec(later, sizeof later, p->last_value.micros, 4);
    printf("%s was restated: %s first, %s as version %u at %.19sZ.", date,
           p->print.status == PRINT_NO_PRINT ? "no print" : first,
           p->last_status == PRINT_NO_PRINT ? "no print" : later, p->last_version, at);
    if (!store_fixings(venue_store(s->venue), &of, find_fixing, &f, &ignored) && f.any)
        printf(" The contract's fixing of that day is %s.", dec(fixed, sizeof fixed, f.value, 4));
    printf("\n");
    return true;
}

static void say_restated(struct stage *s)
{
    struct store_filter f = { .limit = 1000, .vintages = STORE_FIRST };
    struct why w;
    bool ok = TEXT_FILL(&f.index, str_of(administrator_id(s->benchmark)));
    ASSERT(ok);
    if (store_prints(venue_store(s->venue), &f, say_versions, s, &w))
        fprintf(stderr, "hedgerow demo: %s\n", w.text);
}

static void say_end(struct stage *s)
{
    const struct month *m = &s->month;
    char value[32];
    printf("\nFinal settlement of %s: %s over %u days (%u carried, %u without a price left out)\n",
           m->market.instrument[m->front].listed.instrument_id.z,
           dec(value, sizeof value, m->final.value.micros, 4), m->final.days, m->final.carried,
           m->final.missing);
    say_restated(s);
    say_hedge(s);
    if (may_not_list(s)) printf("\n"), say_may_not_list(s);
    printf("\n");
}

static void last_line(struct stage *s)
{
    char buf[1024];
    const struct month *m = &s->month;
    struct json_line j = object_begin(buf, sizeof buf);
    struct venue_counts n = venue_counts(s->venue);
    Hash hash = engine_state_hash(machine_engine(venue_machine(s->venue)));
    object_u64(&j, "prints", m->prints);
    object_u64(&j, "trades", m->trades);
    object_key(&j, "final_settlement");
    if (!m->settled) {
        text_put(&j.t, "null");
    } else {
        text_put(&j.t, "{\"contract\":");
        text_put_json(&j.t, m->market.instrument[m->front].listed.instrument_id.z);
        text_put(&j.t, ",\"value\":\"");
        text_put_dec(&j.t, m->final.value.micros, 6, 4);
        text_put(&j.t, "\",\"days\":\"");
        text_put_u64(&j.t, m->final.days);
        text_put(&j.t, "\",\"carried\":\"");
        text_put_u64(&j.t, m->final.carried);
        text_put(&j.t, "\",\"missing\":\"");
        text_put_u64(&j.t, m->final.missing);
        text_put(&j.t, "\"}");
    }
    object_dec(&j, "ledger_sum", n.ledger_sum.micros, 6, 0);
    object_hash(&j, "state_hash", &hash);
    object_end(&j);
}

/* Between two steps the page lives; headless nobody waits. */
static Err pace(struct stage *s, u64 speed, struct why *w)
{
    u64 until_ns = clock_monotonic_ns() + (speed ? PACE_NS / speed : 0), now;
    Err err = ERR_OK;
    do {
        now = clock_monotonic_ns();
        u64 left_ms = now < until_ns ? (until_ns - now + 999999) / 1000000 : 0;
        err = venue_poll(s->venue, venue_gateway(s->venue) ? (int)left_ms : 0, w);
        now = clock_monotonic_ns();
    } while (!err && speed && now < until_ns && !stop_signal_seen());
    return err;
}

static Err play(struct stage *s, u64 speed, u64 seed, struct why *w)
{
    Err err = ERR_OK;
    bool told = false;
    struct progress p = progress_begin("playing the month");
    while (!err && !s->month.settled && !stop_signal_seen()) {
        bool before =
            month_next(&s->month).ns < s->month.first.ns; /* prints of the past: no pace */
        err = month_step(&s->month, w);
        if (!err && s->month.stuck)
            err = why_set(w, ERR_NO,
                          "the contract waits for an exchange determination: too many "
                          "days of its set are carried or without a print");
        if (err) break;
        tell_page(s, speed, seed);
        if (!as_json && !told && may_not_list(s)) say_may_not_list(s), told = true;
        if (s->month.day_ended && !as_json) say_day(s);
        if (as_json) progress_step(&p, month_progress_ppm(&s->month), (u64)PPM);
        err = pace(s, before ? 0 : speed, w);
    }
    progress_end(&p);
    return err;
}

static Err keep_serving(struct stage *s, struct why *w)
{
    Err err = ERR_OK;
    if (!as_json)
        printf("Still serving http://%s/ (Ctrl-C ends it)\n",
               gateway_address(venue_gateway(s->venue)));
    fflush(stdout);
    while (!err && !stop_signal_seen()) err = venue_poll(s->venue, 200, w);
    return err;
}

static Err run(struct stage *s, const struct stage_options *o, u64 speed, struct why *w)
{
    Err err = stage_open(s, o, w);
    if (err) return err;
    if (!as_json) say_begin(s);
    tell_page(s, speed, o->seed);
    err = play(s, speed, o->seed, w);
    if (err || !s->month.settled) return err;
    tell_page(s, speed, o->seed);
    if (!as_json) say_end(s);
    last_line(s);
    return o->listen && !until ? keep_serving(s, w) : ERR_OK;
}

int cmd_demo(int argc, char **argv)
{
    int first, code = usage_parse(&usage, argc, argv, &first);
    u64 seed = 1, speed = 1;
    struct why w = { "" }, closing = { "" };
    if (code != CMD_GO_ON) return code;
    if (!usage_u64(&usage, "seed", seed_text, 0, UINT64_MAX, &seed)) return ERR_USAGE;
    if (!usage_u64(&usage, "speed", speed_text, 0, 1000, &speed)) return ERR_USAGE;
    if (until && strcmp(until, "settled") != 0)
        return usage_error(&usage, "--until %s: only `settled` is known", until);
    if (headless && listen_at) return usage_error(&usage, "--headless has no page to --listen for");
    if (headless) speed = 0;
    struct stage *s = calloc(1, sizeof *s);
    if (!s) return say_why(ERR_IO, &(struct why){ "out of memory" });
    struct stage_options o = {
        observations.at, observations.n, month, data, headless ? NULL : listen_at, seed
    };
    if (!headless && !o.listen) o.listen = "127.0.0.1:8080";
    stop_signals_catch();
    Err err = run(s, &o, speed, &w);
    Err closed = stage_close(s, &closing);
    free(s);
    if (err) return say_why(err, &w);
    return closed ? say_why(closed, &closing) : ERR_OK;
}
