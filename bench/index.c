/* bench index -- one print over ten million observations, stage by stage; the intraday value, one
 * observation at a time; an observation file. The market is made up from one seed: 200 owners of
 * two providers each, 20,000 lines, 20 sources, 3,000 renters, some days of history. */
#include "base/random.h"
#include "feeds/obs_file.h"
#include "feeds/series.h"
#include "index/intraday.h"
#include "row.h"
#include "sys/crew.h"
#include "sys/file.h"
#include "sys/memory.h"

#include <getopt.h>
#include <time.h>

enum { OWNERS = 200, PROVIDERS = 400, SOURCES = 20, LINES = 20000, RENTERS = 3000, HISTORY = 8 };
#define FIRST date_of(2026, 3, 2)

static struct {
    u32 records, history, hands, runs;
    bool receipt;
    const char *only;
} opt = { 10000000, 40000, 2, 3, false, NULL };

struct line_row { u32 source, provider, key; i64 price; u16 gpus; };
static struct {
    struct methodology m;
    struct owner owners[PROVIDERS];
    struct obs_log log;
    u8 *memory;
    u64 bytes;
    u32 provider[PROVIDERS], source[SOURCES], renter[RENTERS], owner[OWNERS], region, ref;
    struct line_row line[LINES];
} w;

static struct why why;

/* ---- the market ---- */

static struct methodology rules(void)
{
    struct methodology m = { .version = 1, .label = BENCH_LABEL_SYNTHETIC, .gpu_class = GPU_H100,
                             .form = INT64_C(1) << FORM_RULE_SXM, .term = TERM_ON_DEMAND,
                             .regions_n = 1, .kinds = INT64_C(1) << OBS_KIND_TRADE,
                             .channels = INT64_C(1) << CHANNEL_NEOCLOUD, .weights = WEIGHTS_SIZE,
                             /* no restatements: what is remembered counts at once */
                             .has_restatement = 1, .restate_minutes = 60,
                             .window_hours = 24, .window_end = 16 * 3600, .partitions = 24,
                             .estimator = ESTIMATOR_PVWM, .tie = TIE_MID,
                             .min_owners_partition = 3, .merge = MERGE_FORWARD, .s_min = 1000,
                             .s_cap = INT64_C(100000000000), .weight_cap_ppm = 250000,
                             .need_owners = 5, .need_partitions = 12, .need_volume = 20000,
                             .max_owner_ppm = 400000, .has_l5 = 1, .max_age = 3, .decimals = 4,
                             .round = PIN_ROUND_HALF_EVEN, .percentiles = { 1, 25, 50, 75, 99 },
                             .percentiles_n = 5, .averaging = AVERAGING_BUSINESS,
                             .pin_day = PIN_DAY_UTC, .pin_tie = TIE_MID };
    m.effective_from = FIRST.days;
    snprintf(m.index, sizeof m.index, "BENCH-H100");
    snprintf(m.measures, sizeof m.measures, "a bench");
    snprintf(m.regions[0], sizeof m.regions[0], "US");
    return m;
}

static u32 named(const char *prefix, u32 i)
{
    char z[32];
    u32 id;
    snprintf(z, sizeof z, "%s%u", prefix, i);
    if (!names_add(&w.log.names, str_of(z), &id)) abort();
    return id;
}

static void market_open(u32 records)
{
    struct rng r = rng_of(20260302);
    w.m = rules();
    w.bytes = obs_log_bytes(records, 32768, 64);
    must(memory_take(&w.memory, w.bytes, &why), &why);
    w.log = obs_log_on(w.memory, records, 32768, 64);
    for (u32 i = 0; i < PROVIDERS; i++) {
        struct owner *o = &w.owners[i];
        snprintf(o->provider, sizeof o->provider, "p%u", i);
        snprintf(o->owner, sizeof o->owner, "o%u", i % OWNERS);
        snprintf(o->approver, sizeof o->approver, "a");
        snprintf(o->evidence, sizeof o->evidence, "made up");
        o->from = 1, o->share_ppm = 1000000;
        w.provider[i] = named("p", i);
    }
    for (u32 i = 0; i < OWNERS; i++) w.owner[i] = named("o", i);
    for (u32 i = 0; i < SOURCES; i++) w.source[i] = named("source-", i);
    for (u32 i = 0; i < RENTERS; i++) w.renter[i] = named("lab-", i);
    w.region = named("US/zone-", 1);
    for (u32 i = 0; i < LINES; i++) {
        u32 p = i % PROVIDERS;
        w.line[i] =
            (struct line_row){ w.source[p % SOURCES], w.provider[p], named("offer-", i / PROVIDERS),
                               2800000 + rng_between(&r, -170000, 170000),
                               (u16)(1u << rng_below(&r, 4)) };
    }
}

static u32 owner_index(u32 line) { return line % PROVIDERS % OWNERS; }

/* One trade at t: mostly to a renter, some to another provider, some that screens are there for. */
static struct observation trade(struct rng *r, i64 t)
{
    u32 l = (u32)rng_below(r, LINES), own = owner_index(l), kind = (u32)rng_below(r, 10000);
    const struct line_row *line = &w.line[l];
    struct observation o = { .kind = OBS_KIND_TRADE, .channel = CHANNEL_NEOCLOUD,
                             .gpu_class = GPU_H100, .form = GPU_FORM_SXM, .term = TERM_ON_DEMAND,
                             .raw_unit = RAW_UNIT_INSTANCE_HOUR, .rights = RIGHTS_OPEN,
                             .gpus = line->gpus, .min_gpus = 1, .ccy = "USD",
                             .source = line->source, .provider = line->provider, .key = line->key,
                             .region = w.region, .t_seen = t, .t_journal = t };
    o.price = (line->price + rng_between(r, -60000, 60000)) * line->gpus;
    o.size = rng_between(r, 500, 400000);
    o.duration_s = rng_between(r, 3600, 400000);
    o.t_event = t - rng_between(r, 0, 30 * NS_PER_SECOND);
    o.counter_owner = w.renter[rng_below(r, RENTERS)];
    if (kind < 20) o.price = o.price * (kind < 10 ? 14 : 7) / 10;              /* jumps */
    else if (kind < 30) o.counter_owner = w.owner[own];                        /* wash trades */
    else if (kind < 50 && own < 10) o.counter_owner = w.owner[(own + 1) % 10]; /* circles */
    else if (kind < 250 && own + 1 < OWNERS)                                   /* resale, one way */
        o.counter_owner = w.owner[own + 1 + rng_below(r, OWNERS - own - 1)];
    else if (kind < 300) o.term = TERM_SPOT;
    else if (kind < 330) o.gpu_class = GPU_H200;
    else if (kind < 340) o.t_event -= 2 * NS_PER_DAY; /* reported late */
    return o;
}

static void add_day(struct rng *r, Date d, u32 n)
{
    i64 start = date_start(d).ns - 8 * 3600 * NS_PER_SECOND;
    for (u32 i = 0; i < n; i++) {
        i64 t = start + (i64)((i128)NS_PER_DAY * (i + 1) / (n + 1));
        struct observation o = trade(r, t);
        if (obs_log_add(&w.log, &o)) abort();
    }
}

/* ---- the print ---- */

static u64 stage_ns[INDEX_STAGE_COUNT], stage_from;

static u64 cpu_now(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static void on_stage(void *watch, u32 stage)
{
    u64 now = clock_monotonic_ns();
    (void)watch;
    stage_ns[stage] += now - stage_from;
    stage_from = now;
}

struct timing { u64 wall, cpu, stage[INDEX_STAGE_COUNT]; struct print p; };

static struct timing one_print(u32 hands)
{
    static const char *const none = NULL;
    struct series s;
    struct crew *c;
    struct timing t;
    must(crew_open(&c, hands, &why), &why);
    must(series_open(&s, &w.m, w.owners, PROVIDERS, &w.log, &why), &why);
    struct index_crew lent = { crew_run, on_stage, c, NULL, hands };
    index_crew_set(s.index, lent);
    for (u64 at = 0; at < s.bytes; at += 4096) { /* taken at start, not in the print */
        volatile u8 *page = s.memory + at;
        *page = *page;
    }
    for (u32 d = 0; d < HISTORY; d++) must(series_print(&s, NULL, &t.p, &why), &why);
    (void)none;
    memset(stage_ns, 0, sizeof stage_ns);
    u64 cpu = cpu_now(CLOCK_PROCESS_CPUTIME_ID), from = stage_from = clock_monotonic_ns();
    must(series_print(&s, NULL, &t.p, &why), &why);
    t.wall = clock_monotonic_ns() - from, t.cpu = cpu_now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    memcpy(t.stage, stage_ns, sizeof stage_ns);
    series_close(&s);
    crew_close(c);
    return t;
}

static const char *const stage_text[] = {
#define AS_STAGE_TEXT(NAME, text) text,
    INDEX_STAGES(AS_STAGE_TEXT)
};

static void show(const char *name, u64 ns, double bar)
{
    char work[64];
    struct samples none = { 0 };
    snprintf(work, sizeof work, "%.1f ns an observation", (double)ns / opt.records);
    row(name, work, &none, (double)ns / 1e9, "s", bar);
}

static void print_case(u32 hands)
{
    struct timing best = { 0 };
    char name[64];
    for (u32 i = 0; i < opt.runs; i++) {
        struct timing t = one_print(hands);
        if (!i || t.wall < best.wall) best = t;
    }
    if (!row_json) printf("\n");
    for (u32 s = 0; s < INDEX_STAGE_COUNT; s++) {
        snprintf(name, sizeof name, "  %s", stage_text[s]);
        show(name, best.stage[s], 0);
    }
    snprintf(name, sizeof name, "print, %u hand%s", hands, hands > 1 ? "s" : "");
    show(name, best.wall, 0);
    show("  its CPU time", best.cpu, 0);
    if (row_json) return;
    char hex[65];
    struct text t = text_on(hex, sizeof hex);
    text_put_hex(&t, best.p.receipt.bytes, 8);
    printf("  %s %s, value %lld micros, %u of %u eligible, receipt %s\n",
           list_text(LEVEL, best.p.level), list_text(PRINT, best.p.status), (long long)best.p.value,
           best.p.observations, best.p.looked_at, hex);
    for (u32 i = 1; i < REASON_COUNT; i++)
        if (best.p.dropped[i]) printf("  %s %u", list_text(REASON, i), best.p.dropped[i]);
    printf("\n");
}

static void record(void)
{
    struct rng r = rng_of(7);
    u64 from = clock_monotonic_ns();
    for (u32 d = 0; d < HISTORY; d++) add_day(&r, (Date){ FIRST.days + (i32)d }, opt.history);
    add_day(&r, (Date){ FIRST.days + HISTORY }, opt.records);
    u64 all = clock_monotonic_ns() - from;
    from = clock_monotonic_ns();
    u32 pages = w.log.pages_n < 100 ? w.log.pages_n : 100;
    for (u32 i = 0; i < pages; i++) {
        Hash h = obs_page_hash(&w.log, i, OBS_PAGE);
        if (!hash_eq(h, w.log.pages[i])) abort();
    }
    u64 hash = clock_monotonic_ns() - from;
    show("made and recorded", all, 0);
    if (pages) show("  of it pages hashed", hash * w.log.pages_n / pages, 0);
}

/* ---- the intraday value ---- */

static void intraday_case(u32 each)
{
    struct series s;
    struct rng r = rng_of(11);
    struct print p;
    struct samples every = { 0 };
    u8 *memory;
    struct intraday_value v = { 0 };
    i64 start = date_start((Date){ FIRST.days + HISTORY }).ns - 8 * 3600 * NS_PER_SECOND;
    for (u32 d = 0; d < HISTORY; d++) add_day(&r, (Date){ FIRST.days + (i32)d }, each);
    must(series_open_for(&s, &w.m, w.owners, PROVIDERS, &w.log, 9 * each, &why), &why);
    for (u32 d = 0; d < HISTORY; d++) must(series_print(&s, NULL, &p, &why), &why);
    u64 bytes = intraday_bytes(s.index), worst = 0, sum = 0;
    must(memory_take(&memory, bytes, &why), &why);
    struct intraday *day = intraday_open(memory, bytes, s.index);
    ASSERT(day);
    u64 from = clock_monotonic_ns();
    if (!intraday_at(day, start, INT64_MAX, &v)) abort();
    u64 opened = clock_monotonic_ns() - from;
    for (u32 i = 0; i < each; i++) {
        i64 t = start + (i64)((i128)NS_PER_DAY * (i + 1) / (each + 1));
        struct observation o = trade(&r, t);
        if (obs_log_add(&w.log, &o)) abort();
        u64 before = cpu_now(CLOCK_THREAD_CPUTIME_ID);
        if (!intraday_at(day, t + 1, INT64_MAX, &v)) abort();
        u64 took = cpu_now(CLOCK_THREAD_CPUTIME_ID) - before;
        sample_add(&every, took);
        sum += took, worst = took > worst ? took : worst;
    }
    struct intraday_value batch;
    if (!intraday_batch(s.index, v.at, INT64_MAX, &batch)) abort();
    ASSERT(batch.sum.v == v.sum.v && batch.count == v.count && batch.volume == v.volume);
    char work[64];
    snprintf(work, sizeof work, "%u a day, %d owners, mean %.2f us", each, OWNERS,
             (double)sum / 1e3 / each);
    row("intraday update", work, &every, 0, "", 0);
    struct samples none = { 0 };
    snprintf(work, sizeof work, "%llu of %u recomputed; equal to batch",
             (unsigned long long)intraday_recomputed(day), each);
    row("  longest", work, &none, (double)worst / 1e3, "us", 0);
    row("  opened in", "the records before it taken up", &none, (double)opened / 1e6, "ms", 0);
    memory_give(memory, bytes);
    series_close(&s);
}

/* ---- an observation file ---- */

static void file_case(u32 n)
{
    char folder[256], path[320], work[64];
    struct rng r = rng_of(13);
    struct feed_log in;
    u8 *bytes;
    u64 size;
    struct samples none = { 0 };
    add_day(&r, FIRST, n);
    scratch_make(folder, sizeof folder, "/tmp");
    snprintf(path, sizeof path, "%s/log.obs", folder);
    must(obs_file_write(path, &w.log, NULL, &why), &why);
    u64 from = clock_monotonic_ns();
    must(file_read_all(path, FEED_BYTES_MAX, &bytes, &size, &why), &why);
    u64 read = clock_monotonic_ns();
    must(obs_file_parse(path, bytes, size, &in, &why), &why);
    u64 taken = clock_monotonic_ns() - read;
    ASSERT(in.log.n == w.log.n);
    snprintf(work, sizeof work, "%u records, %.0f MB", n, (double)size / 1e6);
    row("observation file read", work, &none, (double)(read - from) / 1e9, "s", 0);
    row("  checked, pages hashed", work, &none, (double)taken / 1e9, "s", 0);
    feed_log_give(&in);
    free(bytes);
    scratch_remove(folder);
}

static bool part(const char *name) { return !opt.only || strstr(name, opt.only); }

static int usage(int code)
{
    fputs(
        "usage: bench_index [--records N] [--history N] [--hands N] [--runs N] [--only TEXT]\n"
        "                   [--quick] [--json]\n"
        "  one print over N observations of a day (10,000,000), history of N a day (40,000) before "
        "it;\n  --hands: threads (2); --quick: a small size, for checks\n",
        code ? stderr : stdout);
    return code;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "records", 1, NULL, 'n' }, { "history", 1, NULL, 'p' }, { "hands", 1, NULL, 'h' },
        { "runs", 1, NULL, 'r' },    { "only", 1, NULL, 'o' },    { "quick", 0, NULL, 'q' },
        { "json", 0, NULL, 'j' },    { "help", 0, NULL, '?' },    { NULL, 0, NULL, 0 },
    };
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'n') opt.records = (u32)atol(optarg);
        else if (c == 'p') opt.history = (u32)atol(optarg);
        else if (c == 'h') opt.hands = (u32)atol(optarg);
        else if (c == 'r') opt.runs = (u32)atol(optarg);
        else if (c == 'o') opt.only = optarg;
        else if (c == 'q') opt.records = 50000, opt.history = 5000, opt.runs = 1;
        else if (c == 'j') row_json = true;
        else return usage(optopt ? ERR_USAGE : ERR_OK);
    }
    if (!opt.records || !opt.runs || !opt.hands) return usage(ERR_USAGE);
    u32 day = opt.records < 100000 ? opt.records : 100000;
    if (part("intraday")) {
        market_open((HISTORY + 1) * day + 16);
        intraday_case(day);
        memory_give(w.memory, w.bytes);
    }
    if (part("file")) {
        u32 n = opt.records < 1000000 ? opt.records : 1000000;
        market_open(n + 16);
        file_case(n);
        memory_give(w.memory, w.bytes);
    }
    if (part("print")) {
        market_open(opt.records + HISTORY * opt.history + 16);
        record();
        print_case(1);
        if (opt.hands > 1) print_case(opt.hands);
        memory_give(w.memory, w.bytes);
    }
    return ERR_OK;
}
