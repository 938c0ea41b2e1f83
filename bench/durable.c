/* bench_durable: the whole path of one process: command -> journal -> engine -> durable answer;
 * then replay, snapshot and restart. The thread that sequences runs the engine; hashing and the
 * disk are the journal's threads.
 *   --quick       tiny sizes         --json    one object a line
 *   --only TEXT   parts: flush, sustained, paced, replay, restart
 *   --live N      orders in the books for restart (1,000,000)
 *   --dir DIR     where to write (default: the current folder) */
#include "base/random.h"
#include "contract/calendar.h"
#include "contract/spec.h"
#include "row.h"
#include "sys/file.h"
#include "venue/machine.h"
#include "../tests/engine_rig.h"

#define TICK 1000
#define WINDOW (1u << 16)

static struct why w;
static char root[1024];
static bool quick;
static const char *only;
static u32 live_wanted = 1000000;

struct run {
    struct machine *m;
    struct rng rng;
    Instant now;
    u32 accounts, live, live_max;
    u64 *id; /* of working orders, and whose they are */
    u32 *account;
    u64 sent, told;      /* seq */
    u64 sent_at[WINDOW]; /* by seq; when it was due */
    struct samples acks;
    u64 events, rejects;
};

static void sink(void *ctx, const struct event *e, u32 n)
{
    struct run *r = ctx;
    r->events += n;
    for (u32 i = 0; i < n; i++) r->rejects += e[i].type == EVT_REJECTED;
}

static void send(struct run *r, const struct command *c)
{
    must(machine_run(r->m, c, r->now, &r->sent, &w), &w);
}

static struct cmd_genesis genesis_of(u32 live, u32 accounts, u64 orders)
{
    struct cmd_genesis g = rig_genesis();
    g.accounts_max = accounts + 8, g.orders_max = live + 4096, g.levels_max = 8192;
    g.positions_max = accounts * 2 + 64, g.client_ids_max = (u32)orders + 1000;
    g.transfers_max = accounts + 16;
    return g;
}

/* A venue with one product of two months, `accounts` accounts with cash, the session open. */
static void found(struct run *r, const char *folder, u32 live, u32 accounts, u64 orders)
{
    static u8
        bytes[SPEC_BYTES_MAX > 2 * CALENDAR_BYTES_MAX ? SPEC_BYTES_MAX : 2 * CALENDAR_BYTES_MAX];
    struct cmd_genesis g = genesis_of(live, accounts, orders);
    struct machine_options o = {
        .folder = folder, .genesis = &g, .helper_thread = true, .sink = sink
    };
    struct machine_recovery rec;
    Date first = date_of(2026, 6, 1);
    struct command c = { .type = CMD_CALENDAR_PUT };
    struct calendar k = rig_calendar();
    struct spec s = rig_spec("GPUH-M");
    *r = (struct run){ .rng = rng_of(7), .accounts = accounts, .live_max = live };
    r->id = calloc(live, sizeof *r->id), r->account = calloc(live, sizeof *r->account);
    r->now = (Instant){ date_start(first).ns - NS_PER_DAY };
    o.ctx = r, o.genesis_time = r->now;
    if (quick) o.segment_bytes = 1 << 20;
    must(machine_open(&r->m, &o, &rec, &w), &w);
    c.calendar_put.record = (Blob){ bytes, calendar_encode(&k, bytes, sizeof bytes) };
    RIG_TWO(&c.calendar_put);
    send(r, &c);
    c = (struct command){ .type = CMD_INDEX_INSTALL };
    rig_text(c.index_install.index.z, "HDG-H100");
    c.index_install.version = 1, c.index_install.label = LABEL_SYNTHETIC;
    c.index_install.effective_from = date_of(2026, 1, 1);
    RIG_TWO(&c.index_install);
    send(r, &c);
    s.pos_general = s.pos_nearby = s.pos_delivery = s.pos_spot = s.spot_days = 0;
    c = (struct command){ .type = CMD_SPEC_PUT };
    c.spec_put.record = (Blob){ bytes, spec_encode(&s, bytes, sizeof bytes) };
    RIG_TWO(&c.spec_put);
    send(r, &c);
    c = (struct command){ .type = CMD_INDEX_PRINT };
    struct cmd_index_print *p = &c.index_print;
    rig_text(p->index.z, "HDG-H100");
    p->value_date = p->priced_on = (Date){ first.days - 1 }, p->version = 1;
    p->published_at = r->now, p->status = PRINT_PRINTED, p->level = 1, p->value.micros = 2400000;
    send(r, &c);
    for (u32 a = 1; a <= accounts; a++) {
        c = (struct command){ .type = CMD_ACCOUNT_OPEN };
        c.account_open.account = a, c.account_open.member = 1 + a % 16, c.account_open.group = a;
        c.account_open.kind = ACCOUNT_KIND_DIRECT, c.account_open.category = CATEGORY_OTHER;
        send(r, &c);
        c = (struct command){ .type = CMD_CASH_DEPOSIT };
        c.cash_deposit.account = a, c.cash_deposit.amount.micros = INT64_C(1000000000) * MICROS;
        c.cash_deposit.transfer = (Id128){ 7, a };
        send(r, &c);
    }
    r->now = date_start(first);
    c = (struct command){ .type = CMD_DAY_OPEN };
    c.day_open.date = first;
    send(r, &c);
    r->now.ns += 3600 * NS_PER_SECOND;
    must(machine_drain(r->m, &w), &w);
    if (r->rejects)
        fprintf(stderr, "bench: %llu rejects at the start\n", (unsigned long long)r->rejects);
    r->told = r->sent;
}

static struct command order_of(struct run *r, bool take)
{
    u32 account = 1 + (u32)rng_below(&r->rng, r->accounts);
    u8 side = rng_chance(&r->rng, 500000) ? SIDE_BUY : SIDE_SELL;
    i64 away = 1 + (i64)rng_below(&r->rng, 60);
    i64 price = 2400000 + (side == SIDE_BUY ? -away : away) * TICK * (take ? -1 : 1);
    struct command c = rig_order(account, 1, side, 1, price);
    if (take) c.order_new.tif = TIF_IOC;
    rig_client_id(&c.order_new.client_id, r->sent + 1);
    return c;
}

/* Half new orders, nearly half cancels, one in twenty takes; the book stays near live_max. */
static void step(struct run *r)
{
    bool cancel =
        r->live == r->live_max || (r->live > r->live_max / 2 && rng_chance(&r->rng, 475000));
    if (cancel) {
        struct command c = { .type = CMD_ORDER_CANCEL };
        u32 i = (u32)rng_below(&r->rng, r->live);
        c.order_cancel.account = r->account[i], c.order_cancel.order_id = r->id[i];
        r->id[i] = r->id[--r->live], r->account[i] = r->account[r->live];
        send(r, &c);
        return;
    }
    bool take = r->live > r->live_max / 2 && rng_chance(&r->rng, 50000);
    struct command c = order_of(r, take);
    send(r, &c);
    if (!take) r->id[r->live] = r->sent, r->account[r->live++] = c.order_new.account;
}

/* What has become durable is answered now. */
static void tell(struct run *r)
{
    u64 durable = machine_durable_seq(r->m), now = 0;
    for (; r->told < durable; r->told++) {
        if (!now) now = clock_monotonic_ns();
        sample_add(&r->acks, now - r->sent_at[(r->told + 1) % WINDOW]);
    }
}

/* rate 0: as fast as it goes; else commands come on a schedule, late ones count from when due. */
static double drive(struct run *r, u64 n, double rate)
{
    u64 started = clock_monotonic_ns(), now = started;
    double gap = rate > 0 ? 1e9 / rate : 0;
    for (u64 i = 0; i < n;) {
        u64 due = started + (u64)(gap * (double)i);
        if (rate > 0) now = clock_monotonic_ns();
        if (now >= due || rate <= 0) {
            if (rate <= 0 && i % 16 == 0) now = clock_monotonic_ns();
            r->sent_at[(r->sent + 1) % WINDOW] = rate > 0 ? due : now;
            step(r), i++;
        }
        if (rate > 0 || i % 16 == 0) {
            tell(r);
            if (machine_sync_idle(r->m)) must(machine_flush(r->m, &w), &w);
        }
        if (rate > 0 && due > now + 200000)
            clock_sleep_ns(20000); /* the disk's threads need a core */
        while (r->sent - r->told > WINDOW / 2) must(machine_drain(r->m, &w), &w), tell(r);
    }
    must(machine_drain(r->m, &w), &w);
    tell(r);
    return (double)n * 1e3 / (double)(clock_monotonic_ns() - started);
}

static void at(char *path, const char *name) { must(path_join(path, root, name, &w), &w); }

static void done(struct run *r)
{
    if (r->m) must(machine_close(&r->m, &w), &w);
    free(r->id), free(r->account), free(r->acks.ns);
}

static void flush_alone(void)
{
    static u8 block[4096];
    char path[FILE_PATH_MAX];
    struct samples s = { 0 };
    u32 rounds = quick ? 20 : 2000;
    bool full;
    File f;
    at(path, "flush");
    must(file_open(&f, path, FILE_WRITE | FILE_CREATE, &w), &w);
    must(file_fill_zero(f, rounds * sizeof block, &full, &w), &w);
    must(file_sync(f, &w), &w);
    for (u32 i = 0; i < rounds; i++) {
        u64 t = clock_monotonic_ns();
        must(file_write_at(f, i * sizeof block, block, sizeof block, &w), &w);
        must(file_sync_data(f, &w), &w);
        sample_add(&s, clock_monotonic_ns() - t);
    }
    file_close(&f);
    row("one flush", "4 KiB, laid out", &s, 0, "", 0);
}

static void sustained(u32 live, u64 n)
{
    char path[FILE_PATH_MAX], work[64];
    struct run r;
    struct replay_result out;
    at(path, "sustained");
    found(&r, path, live, 1000, n + live * 2);
    (void)!drive(&r, live, 0);
    r.acks.n = 0;
    double rate = drive(&r, n, 0);
    snprintf(work, sizeof work, "%llu commands, %u live", (unsigned long long)n, r.live);
    row("engine + journal", work, &r.acks, rate, "M commands/s", 1);
    done(&r);
    must(machine_replay(path, true, 0, NULL, NULL, &out, &w), &w);
    snprintf(work, sizeof work, "%llu commands, chain checked", (unsigned long long)out.commands);
    row("replay", work, &r.acks, (double)out.commands * 1e3 / (double)out.elapsed_ns,
        "M commands/s", 3);
    scratch_remove(path);
}

static void paced(double rate, u64 n)
{
    char path[FILE_PATH_MAX], work[64];
    struct run r;
    at(path, "paced");
    found(&r, path, 1000, 1000, n + 4000);
    (void)!drive(&r, 2000, 0);
    r.acks.n = 0;
    (void)!drive(&r, n, rate);
    snprintf(work, sizeof work, "%.0f a second, open loop", rate);
    row("command -> durable answer", work, &r.acks, 0, "", 0);
    done(&r);
    scratch_remove(path);
}

static double seconds(u64 since) { return (double)(clock_monotonic_ns() - since) / 1e9; }

static void restart(u32 live)
{
    char path[FILE_PATH_MAX], work[64];
    struct run r;
    struct machine_recovery rec;
    struct samples none = { 0 };
    at(path, "restart");
    found(&r, path, live, 1000, (u64)live * 2);
    while (r.live < live) {
        struct command c = order_of(&r, false);
        send(&r, &c);
        r.id[r.live++] = r.sent;
    }
    must(machine_drain(r.m, &w), &w);
    Hash before = engine_state_hash(machine_engine(r.m));
    snprintf(work, sizeof work, "%u live orders, %llu rejects", live,
             (unsigned long long)r.rejects);
    u64 t = clock_monotonic_ns();
    must(machine_snapshot_begin(r.m, &w), &w);
    row("snapshot: engine stops for", work, &none, seconds(t), "s", 0);
    must(machine_snapshot_poll(r.m, true, &w), &w);
    row("snapshot: written, verified", work, &none, seconds(t), "s", 0);
    must(machine_close(&r.m, &w), &w);
    struct machine_options o = { .folder = path, .helper_thread = true, .sink = sink, .ctx = &r };
    for (u32 i = 0; i < 3; i++) {
        t = clock_monotonic_ns();
        must(machine_open(&r.m, &o, &rec, &w), &w);
        double s = seconds(t);
        if (rec.snapshot_seq == 0)
            fprintf(stderr, "bench: restarted without the snapshot: %s\n", rec.notice);
        if (!hash_eq(before, engine_state_hash(machine_engine(r.m)))) abort();
        row("restart from snapshot", work, &none, s, "s (bar < 1 s)", 0);
        must(machine_close(&r.m, &w), &w);
    }
    done(&r);
    scratch_remove(path);
}

static bool part(const char *name) { return !only || strstr(name, only); }

static void run(void)
{
    if (part("flush")) flush_alone();
    if (part("sustained") || part("replay")) sustained(quick ? 200 : 1000, quick ? 2000 : 2000000);
    if ((part("sustained") || part("replay")) && !quick) sustained(100000, 2000000);
    if (part("paced"))
        for (double rate = 1000; rate <= 300000; rate *= rate < 100000 ? 10 : 3)
            paced(rate, quick ? 200 : (u64)(rate * 3));
    if (part("restart")) restart(quick ? 2000 : live_wanted);
}

int main(int argc, char **argv)
{
    const char *dir = ".";
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--quick") == 0) quick = true;
        else if (strcmp(argv[i], "--json") == 0) row_json = true;
        else if (strcmp(argv[i], "--only") == 0 && more) only = argv[++i];
        else if (strcmp(argv[i], "--live") == 0 && more) live_wanted = (u32)atoi(argv[++i]);
        else if (strcmp(argv[i], "--dir") == 0 && more) dir = argv[++i];
        else {
            fputs("usage: bench_durable [--quick] [--json] [--only TEXT] [--live N] [--dir DIR]\n",
                  stderr);
            return ERR_USAGE;
        }
    }
    scratch_make(root, sizeof root, dir);
    run();
    scratch_remove(root);
    return ERR_OK;
}
