/* bench engine -- the whole engine path in memory: risk, book, clearing, ledger, events, their
 * chain. The flow is made beforehand by an engine of its own with a fixed seed; every run must end
 * with the same event hash. step: commands as structs; replay: decoded from bytes first, as a
 * journal gives. */
#include "../tests/engine_rig.h"
#include "base/random.h"

#include <getopt.h>
#include <stdio.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static const struct { const char *name; u32 books, live, accounts; double bar; } cases[] = {
    { "1k live, 1 book, 10 accounts", 1, 1000, 10, 3 },
    { "1k live, 1 book, 1k accounts", 1, 1000, 1000, 3 },
    { "100k live, 1 book, 1k accounts", 1, 100000, 1000, 3 },
    { "100k live, 100 books, 1k accounts", 100, 100000, 1000, 3 },
    { "100k live, 10,000 books, 1k accounts", 10000, 100000, 1000, 3 },
    { "100k live, 100 books, 100k accounts", 100, 100000, 100000, 3 },
};

static struct {
    u32 timed, runs;
    bool json, quick;
    i32 only;
} opt = { 400000, 5, false, false, -1 };

enum { KIND_NEW, KIND_CANCEL, KIND_REPLACE, KIND_TAKE, KINDS };
struct op { u64 id; i64 price; u32 account, instrument, lots; u8 kind, side, zero[2]; };
struct live { u64 id; i64 price; u32 account, instrument; u8 side; };
struct flow {
    struct op *op;
    u32 n, warm, live_n, books, accounts, want;
    struct live *live;
    u32 *place; /* of an order in live, by id; 0 none */
    u64 hash;
    u32 trades, rejects, events;
};

static u64 cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static u64 ticks_now(void)
{
#if defined(__x86_64__)
    u32 aux;
    return __rdtscp(&aux);
#else
    return cpu_ns();
#endif
}

static int by_size(const void *a, const void *b)
{
    u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return (x > y) - (x < y);
}

static struct cmd_genesis capacities(const struct flow *f)
{
    struct cmd_genesis g = rig_genesis();
    g.accounts_max = f->accounts, g.products_max = f->books / 120 + 2;
    g.instruments_max = f->books + 240, g.orders_max = f->want * 2, g.levels_max = f->want + 4096;
    g.positions_max = f->accounts * (f->books < 40 ? f->books : 40) + 64;
    g.client_ids_max = f->want + 3 * opt.timed + 1000, g.transfers_max = f->accounts + 16;
    return g;
}

/* Genesis to an open session with `books` contracts; 1,000,000 dollars an account. */
static struct rig founded(const struct flow *f)
{
    struct cmd_genesis g = capacities(f);
    struct rig r = rig_new(&g, OUTBOX_EVENTS_MAX);
    struct command c = { .type = CMD_GENESIS };
    struct calendar k = rig_calendar();
    Date first = date_of(2026, 6, 1);
    k.covers_to = date_of(2038, 12, 31).days;
    c.genesis = g;
    rig_at(&r, (Date){ first.days - 1 }, 0);
    rig_run(&r, &c), rig_put_calendar(&r, &k), rig_install(&r, "HDG-H100");
    for (u32 left = f->books, n = 0; left; n++) {
        char product[16];
        struct text t = text_on(product, sizeof product);
        text_put(&t, "GPUH-"), text_put_u64(&t, n);
        struct spec s = rig_spec(product);
        s.list_months = left < 120 ? left : 120, left -= (u32)s.list_months;
        s.pos_general = s.pos_nearby = s.pos_delivery = s.pos_spot = s.spot_days = 0;
        rig_put_spec(&r, &s);
        ASSERT(!rig_reject(&r));
    }
    rig_print(&r, "HDG-H100", (Date){ first.days - 1 }, PRINT_PRINTED, 2400000);
    for (u32 a = 1; a <= f->accounts; a++) {
        rig_account(&r, a, 1 + a % 16, a);
        rig_cash(&r, CMD_CASH_DEPOSIT, a, INT64_C(100000000) * MICROS, a);
    }
    rig_at(&r, first, 0), rig_day(&r, CMD_DAY_OPEN, first);
    ASSERT(!rig_reject(&r));
    rig_at(&r, first, 3600);
    return r;
}

static struct command command_of(const struct op *o, u64 seq)
{
    struct command c;
    if (o->kind == KIND_CANCEL) {
        c.type = CMD_ORDER_CANCEL;
        memset(&c.order_cancel, 0, sizeof c.order_cancel);
        c.order_cancel.account = o->account, c.order_cancel.order_id = o->id;
        return c;
    }
    if (o->kind == KIND_REPLACE) {
        c.type = CMD_ORDER_REPLACE;
        memset(&c.order_replace, 0, sizeof c.order_replace);
        c.order_replace.account = o->account, c.order_replace.order_id = o->id;
        c.order_replace.qty = o->lots, c.order_replace.price.micros = o->price;
        return c;
    }
    c = rig_order(o->account, o->instrument, o->side, o->lots, o->price);
    if (o->kind == KIND_TAKE) c.order_new.tif = TIF_IOC;
    rig_client_id(&c.order_new.client_id, seq);
    return c;
}

static void drop(struct flow *f, u64 id)
{
    u32 at = f->place[id];
    if (!at) return;
    f->place[id] = 0;
    f->live[at] = f->live[f->live_n];
    if (at != f->live_n) f->place[f->live[at].id] = at;
    f->live_n--;
}

static void hear(struct flow *f, const struct rig *r, const struct op *o)
{
    f->events += r->n;
    for (u32 k = 0; k < r->n; k++) {
        const struct event *v = &r->events[k];
        f->trades += v->type == EVT_TRADE, f->rejects += v->type == EVT_REJECTED;
        if (v->type == EVT_ORDER_ACCEPTED) {
            f->live[++f->live_n] =
                (struct live){ r->seq, o->price, o->account, o->instrument, o->side };
            f->place[r->seq] = f->live_n;
        } else if (v->type == EVT_ORDER_ENDED) {
            drop(f, v->order_ended.order_id);
        } else if (v->type == EVT_ORDER_REPLACED && f->place[v->order_replaced.order_id]) {
            f->live[f->place[v->order_replaced.order_id]].price = v->order_replaced.price.micros;
        }
    }
}

static struct op next_op(const struct flow *f, struct rng *g)
{
    struct op o = { .lots = 1 + (u32)rng_below(g, 20) };
    u64 what = rng_below(g, 1000);
    bool fill = f->live_n < f->want;
    o.account = 1 + (u32)rng_below(g, f->accounts);
    u32 spread = f->books < 40 ? f->books : 40;
    o.instrument = 1 + (u32)((o.account * 7 + rng_below(g, spread)) % f->books);
    o.side = (u8)rng_between(g, SIDE_BUY, SIDE_SELL);
    i64 away = 1 + (i64)rng_below(g, 50), s = side_sign(o.side);
    o.price = 2400000 - s * away * 1000;
    if (what < 70) {
        o.kind = KIND_TAKE, o.price = 2400000 + s * 3000;
    } else if (what < 145 && f->live_n) {
        const struct live *l = &f->live[1 + rng_below(g, f->live_n)];
        o.kind = KIND_REPLACE, o.id = l->id, o.account = l->account;
        o.price = l->price - (rng_chance(g, 500000) ? side_sign(l->side) * 1000 : 0);
    } else if ((what < 560 && !fill) && f->live_n) {
        const struct live *l = &f->live[1 + rng_below(g, f->live_n)];
        o.kind = KIND_CANCEL, o.id = l->id, o.account = l->account;
    }
    return o;
}

static void make(struct flow *f)
{
    struct rng g = rng_of(42);
    struct rig r = founded(f);
    u32 most = f->want * 3 + opt.timed + 100000;
    f->op = malloc(most * sizeof *f->op);
    f->live = calloc(f->want * 2 + 1, sizeof *f->live);
    f->place = calloc(r.seq + most + 1, sizeof *f->place);
    ASSERT(f->op && f->live && f->place);
    for (bool timed = false; !timed || f->n < f->warm + opt.timed;) {
        struct op o = next_op(f, &g);
        struct command c = command_of(&o, r.seq + 1);
        rig_run(&r, &c);
        hear(f, &r, &o);
        ASSERT(f->n < most);
        f->op[f->n++] = o;
        if (!timed && f->live_n >= f->want) {
            timed = true, f->warm = f->n;
            f->trades = f->rejects = f->events = 0;
        }
    }
    f->hash = engine_event_hash(r.e);
    rig_free(&r);
    free(f->live), free(f->place);
}

/* One command after the other; events stay in the outbox of their step. */
static inline void run_one(struct rig *r, const struct command *c)
{
    struct input in = { ++r->seq, r->now, c };
    engine_step(r->e, &in, &r->out);
    while (engine_busy(r->e)) engine_resume(r->e, &r->out);
}

/* A venue's sequencer has commands waiting: it can hint as it takes them in. */
static inline void hint(const struct rig *r, const struct command *c, u32 k)
{
    if (k + 8 < opt.timed) engine_prefetch(r->e, &c[k + 8]);
    if (k + 4 < opt.timed) engine_prefetch_more(r->e, &c[k + 4]);
}

struct shot { u8 *bytes; u32 *at; };

static double run_step(const struct flow *f, u64 *ticks)
{
    struct rig r = founded(f);
    struct command *c = malloc(opt.timed * sizeof *c);
    ASSERT(c);
    for (u32 k = 0; k < f->warm; k++) {
        struct command w = command_of(&f->op[k], r.seq + 1);
        run_one(&r, &w);
    }
    for (u32 k = 0; k < opt.timed; k++) c[k] = command_of(&f->op[f->warm + k], r.seq + k + 1);
    u64 from = cpu_ns();
    if (ticks) {
        u64 last = ticks_now();
        for (u32 k = 0; k < opt.timed; k++) {
            hint(&r, c, k);
            run_one(&r, &c[k]);
            u64 now = ticks_now();
            ticks[k] = now - last, last = now;
        }
    } else {
        for (u32 k = 0; k < opt.timed; k++) hint(&r, c, k), run_one(&r, &c[k]);
    }
    double ns = (double)(cpu_ns() - from);
    if (engine_event_hash(r.e) != f->hash) fprintf(stderr, "bench engine: another event hash\n");
    ASSERT(engine_event_hash(r.e) == f->hash);
    rig_free(&r);
    free(c);
    return ns / opt.timed;
}

static double run_replay(const struct flow *f)
{
    struct rig r = founded(f);
    struct shot s = { malloc((size_t)opt.timed * 192), malloc((opt.timed + 1) * sizeof(u32)) };
    u32 used = 0;
    ASSERT(s.bytes && s.at);
    for (u32 k = 0; k < f->warm; k++) {
        struct command w = command_of(&f->op[k], r.seq + 1);
        run_one(&r, &w);
    }
    for (u32 k = 0; k < opt.timed; k++) {
        struct command c = command_of(&f->op[f->warm + k], r.seq + k + 1);
        s.at[k] = used;
        s.bytes[used++] = (u8)c.type;
        u32 n = command_encode(&c, s.bytes + used, 191);
        ASSERT(n > 0);
        used += n;
    }
    s.at[opt.timed] = used;
    u64 from = cpu_ns();
    struct command c[16]; /* decoded eight ahead */
    for (u32 k = 0; k < opt.timed + 8; k++) {
        if (k < opt.timed) {
            u32 at = s.at[k], n = s.at[k + 1] - at - 1;
            u32 bad = command_decode(s.bytes[at], s.bytes + at + 1, n, &c[k % 16]);
            ASSERT(!bad);
            engine_prefetch(r.e, &c[k % 16]);
        }
        if (k >= 4 && k < opt.timed + 4) engine_prefetch_more(r.e, &c[(k - 4) % 16]);
        if (k >= 8) run_one(&r, &c[(k - 8) % 16]);
    }
    double ns = (double)(cpu_ns() - from);
    ASSERT(engine_event_hash(r.e) == f->hash);
    rig_free(&r);
    free(s.bytes), free(s.at);
    return ns / opt.timed;
}

static double median(double *v, u32 n)
{
    for (u32 a = 0; a < n; a++)
        for (u32 b = a + 1; b < n; b++)
            if (v[b] < v[a]) {
                double t = v[a];
                v[a] = v[b], v[b] = t;
            }
    return v[n / 2];
}

static void say(const char *what, u32 k, double ns, const double p[3], const struct flow *f)
{
    double rate = 1000 / ns;
    if (opt.json) {
        printf(
            "{\"bench\":\"engine\",\"case\":\"%s\",\"work\":\"%s\",\"mcps_median\":\"%.3f\","
            "\"p50_ns\":\"%.0f\",\"p99_ns\":\"%.0f\",\"p999_ns\":\"%.0f\",\"bar_mcps\":\"%g\"}\n",
            what, cases[k].name, rate, p[0], p[1], p[2], cases[k].bar);
        return;
    }
    printf("%-7s %-38s %7.3f M commands/s  (bar %g: %.2fx)", what, cases[k].name, rate,
           cases[k].bar, rate / cases[k].bar);
    if (p[0] > 0) printf("  p50 %5.0f  p99 %6.0f  p99.9 %6.0f ns", p[0], p[1], p[2]);
    printf("  %.2f events a command, %.1f %% trades\n", (double)f->events / opt.timed,
           100.0 * f->trades / opt.timed);
    fflush(stdout);
}

static void run_case(u32 k)
{
    struct flow f = { .books = cases[k].books, .accounts = cases[k].accounts };
    double step[9], replay[9], p[3], none[3] = { 0 };
    u64 *ticks = malloc(opt.timed * sizeof *ticks);
    f.want = opt.quick && cases[k].live > 2000 ? 2000 : cases[k].live;
    if (opt.quick && f.books > 100) f.books = 240;
    if (opt.quick && f.accounts > 1000) f.accounts = 2000;
    ASSERT(ticks);
    make(&f);
    for (u32 n = 0; n < opt.runs; n++) step[n] = run_step(&f, NULL), replay[n] = run_replay(&f);
    u64 from_ns = cpu_ns(), from = ticks_now();
    (void)run_step(&f, ticks);
    double ns_a_tick = (double)(cpu_ns() - from_ns) / (double)(ticks_now() - from);
    qsort(ticks, opt.timed, sizeof *ticks, by_size);
    const double at[3] = { 0.5, 0.99, 0.999 };
    for (u32 n = 0; n < 3; n++) p[n] = (double)ticks[(u32)(at[n] * (opt.timed - 1))] * ns_a_tick;
    say("step", k, median(step, opt.runs), p, &f);
    say("replay", k, median(replay, opt.runs), none, &f);
    free(ticks), free(f.op);
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' },
                                             { "quick", no_argument, NULL, 'q' },
                                             { "case", required_argument, NULL, 'c' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (c == 'j') opt.json = true;
        else if (c == 'q') opt.quick = true, opt.timed = 5000, opt.runs = 1;
        else if (c == 'c') opt.only = atoi(optarg);
        else {
            fputs("usage: bench_engine [--json] [--quick] [--case N]\n",
                  c == 'h' ? stdout : stderr);
            return c == 'h' ? 0 : 2;
        }
    }
    if (!opt.json)
        printf("engine path in memory, one thread, cpu time, median of %u; latencies by rdtscp\n",
               opt.runs);
    for (u32 k = 0; k < ARRAY_LEN(cases); k++)
        if (opt.only < 0 || (u32)opt.only == k) run_case(k);
    return 0;
}
