#include "venue/venue.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "venue/threads.h"
#include "venue/venue_inner.h"
#include <stdatomic.h>
#include <stdlib.h>

/* ---- what was run and not released yet (stepped) ---- */

static void hold(void *ctx, const struct event *events, u32 n)
{
    struct venue *v = ctx;
    if (v->held_n + n > v->held_cap) {
        u32 cap = (v->held_n + n) * 2;
        struct event *more = realloc(v->held, cap * sizeof *more);
        if (!more) {
            v->failed = true; /* said by the next call that can fail */
            return;
        }
        v->held = more, v->held_cap = cap;
    }
    memcpy(v->held + v->held_n, events, n * sizeof *events);
    v->held_n += n;
    for (u32 i = 0; i < n; i++)
        if (events[i].type == EVT_REJECTED) v->rejected = events[i].rejected.code;
}

/* While recovering: everything replayed is durable, so it goes to the store in large pieces. */
static void hold_recovered(void *ctx, const struct event *events, u32 n)
{
    struct venue *v = ctx;
    hold(v, events, n);
    if (v->held_n < 8192 || v->recover_err) return;
    v->recover_err = store_apply(v->store, v->held, v->held_n, &v->recover_why);
    v->held_n = 0;
}

static Err note_done(struct venue *v, u64 token, u64 seq, struct why *w)
{
    if (v->done_n == v->done_cap) {
        u32 cap = v->done_cap ? v->done_cap * 2 : 256;
        struct done *more = realloc(v->done, cap * sizeof *more);
        if (!more) return why_set(w, ERR_IO, "out of memory");
        v->done = more, v->done_cap = cap;
    }
    v->done[v->done_n++] = (struct done){ token, seq };
    return ERR_OK;
}

static Err out_of_memory(const struct venue *v, struct why *w)
{
    return v->failed ? why_set(w, ERR_IO, "out of memory for events") : ERR_OK;
}

Err venue_do(struct venue *v, const struct command *c, u64 *seq, struct why *w)
{
    ASSERT(!v->threads);
    Err err = machine_tick(v->machine, v->now, w);
    u64 ticked = engine_seq(machine_engine(v->machine));
    if (!err && ticked > v->last_seq) err = note_done(v, 0, ticked, w);
    v->rejected = 0;
    if (!err) err = machine_run(v->machine, c, v->now, seq, w);
    if (err) return err;
    v->last_seq = *seq;
    venue_publish_counts(v);
    return out_of_memory(v, w);
}

/* Participants send orders and cancels; the rest of what can be refused is ours. */
static bool is_operators(u16 command)
{
    return command == CMD_INDEX_PRINT || command == CMD_DAY_OPEN || command == CMD_DAY_END ||
           command == CMD_INDEX_INSTALL || command == CMD_SPEC_PUT || command == CMD_CALENDAR_PUT;
}

static void heed_listing(struct venue *v, const struct event *e)
{
    const struct evt_listing_refused *r = &e->listing_refused;
    snprintf(v->alert, sizeof v->alert, "seq %llu: %s may not list: %s (L* = %lld.%03lld lots)",
             (unsigned long long)e->seq, r->instrument_id.z, r->fault.z,
             (long long)(r->lstar_milli / 1000), (long long)(r->lstar_milli % 1000));
    if (strcmp(v->o.mode, "sim") != 0) fprintf(stderr, "hedgerow: alert: %s\n", v->alert);
}

void venue_heed(struct venue *v, const struct event *events, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        const struct evt_rejected *r = &events[i].rejected;
        if (events[i].type == EVT_LISTING_REFUSED) heed_listing(v, &events[i]);
        if (events[i].type != EVT_REJECTED || !is_operators(r->command)) continue;
        v->refusal.count++, v->refusal.code = r->code, v->refusal.command = r->command;
        snprintf(v->alert, sizeof v->alert, "seq %llu: %s refused: %s",
                 (unsigned long long)events[i].seq, command_name(r->command), reject_name(r->code));
        if (strcmp(v->o.mode, "sim") != 0)
            fprintf(stderr, "hedgerow: alert: %s: %s (%s, allowed %lld, used %lld)\n", v->alert,
                    reject_text(r->code), r->field.z[0] ? r->field.z : "-", (long long)r->limit,
                    (long long)r->used);
    }
}

struct venue_refusal venue_refusal(const struct venue *v) { return v->refusal; }

static void hand_over(struct venue *v)
{
    u32 at = 0;
    for (u32 i = 0; i < v->done_n; i++) {
        u32 from = at;
        while (at < v->held_n && v->held[at].seq <= v->done[i].seq) at++;
        if (v->gateway && at > from) gateway_on_events(v->gateway, v->held + from, at - from);
        if (v->gateway) gateway_on_done(v->gateway, v->done[i].token, v->done[i].seq);
    }
    if (v->gateway && at < v->held_n) gateway_on_events(v->gateway, v->held + at, v->held_n - at);
}

Err venue_release(struct venue *v, struct why *w)
{
    ASSERT(!v->threads);
    if (!v->held_n && !v->done_n) return ERR_OK;
    Err err = machine_drain(v->machine, w);
    if (!err) err = store_apply(v->store, v->held, v->held_n, w);
    if (err) return err;
    venue_heed(v, v->held, v->held_n);
    hand_over(v);
    struct event *released = v->held;
    u32 n = v->held_n;
    v->held = NULL, v->held_n = v->held_cap = v->done_n = 0; /* a listener may run commands */
    if (v->o.listener && n) v->o.listener(v->o.listener_ctx, released, n);
    if (v->held) free(released);
    else v->held = released, v->held_cap = n;
    venue_publish_counts(v);
    return ERR_OK;
}

/* ---- time ---- */

Instant venue_time(const struct venue *v)
{
    if (!v->o.wall_clock) return v->now;
    Instant now = clock_wall();
    now.ns += v->clock_ahead_ns;
    return now;
}

void venue_set_time(struct venue *v, Instant now)
{
    ASSERT(!v->o.wall_clock);
    if (now.ns > v->now.ns) v->now = now;
}

/* ---- the edge's callbacks ---- */

bool venue_submit(struct venue *v, const struct command *c, u64 token)
{
    struct why w;
    u64 seq;
    if (v->threads) return threads_submit(v->threads, c, token);
    if (v->failed) return false;
    v->now = venue_time(v);
    Err err = venue_do(v, c, &seq, &w);
    if (!err) err = note_done(v, token, seq, &w);
    if (err == ERR_IO) v->failed = true, v->failure = w;
    return !err;
}

static bool on_submit(void *ctx, const struct command *c, u64 token)
{
    return venue_submit(ctx, c, token);
}

static void on_status(void *ctx, struct gateway_status *s)
{
    struct venue *v = ctx;
    struct venue_counts n = venue_counts(v);
    Str version = str_of(build_id());
    if (version.n > sizeof s->version - 1) version.n = sizeof s->version - 1;
    *s = (struct gateway_status){ .now = venue_time(v), .seq = n.seq };
    s->durable_seq = n.durable_seq, s->ledger_sum = n.ledger_sum;
    s->venue = v->name;
    bool ok = TEXT_FILL(&s->mode, str_of(v->o.mode)) &&
              TEXT_FILL(&s->durability, str_of(v->o.unsafe_no_sync ? "none" : "local")) &&
              TEXT_FILL(&s->version, version) && TEXT_FILL(&s->state, str_of(v->state));
    ASSERT(ok);
    s->demo = v->demo_json[0] ? v->demo_json : NULL;
    s->alert = v->alert[0] ? v->alert : NULL;
}

void venue_set_demo(struct venue *v, const char *state, const char *demo_json)
{
    snprintf(v->state, sizeof v->state, "%s", state);
    snprintf(v->demo_json, sizeof v->demo_json, "%s", demo_json);
}

void venue_publish_counts(struct venue *v)
{
    const struct engine *e = machine_engine(v->machine);
    atomic_store(&v->seen_seq, engine_seq(e));
    atomic_store(&v->seen_sum, engine_ledger_sum(e).micros);
}

struct venue_counts venue_counts(const struct venue *v)
{
    return (struct venue_counts){ atomic_load(&v->seen_seq),
                                  machine_durable_seq(v->machine),
                                  { atomic_load(&v->seen_sum) } };
}

/* ---- opening and closing ---- */

static Err open_machine(struct venue *v, struct machine_recovery *r, struct why *w)
{
    struct store_mark mark;
    bool emptied = false;
    char path[FILE_PATH_MAX];
    Err err = dir_make(v->o.folder, w);
    if (!err) err = path_join(path, v->o.folder, "store.sqlite", w);
    if (!err) err = store_open(&v->store, path, &emptied, w);
    if (!err) err = store_mark(v->store, &mark, w);
    if (err) return err;
    snprintf(v->store_path, sizeof v->store_path, "%s", path);
    struct machine_options mo = { .folder = v->o.folder,
                                  .genesis = mark.seq ? NULL : v->o.genesis,
                                  .genesis_time = v->o.clock_start,
                                  .events_from = mark.seq ? mark.seq : 1,
                                  .segment_bytes = v->o.segment_bytes,
                                  .unsafe_no_sync = v->o.unsafe_no_sync,
                                  .helper_thread = v->o.threads,
                                  .sink = venue_sink,
                                  .ctx = v };
    err = machine_open(&v->machine, &mo, r, w);
    if (err == ERR_INPUT && mark.seq)
        err =
            why_wrap(w, err, "store.sqlite holds a market up to seq %llu, and its journal is gone",
                     (unsigned long long)mark.seq);
    if (err) return err;
    v->recovering = false;
    v->last_seq = engine_seq(machine_engine(v->machine));
    if (v->recover_err) return *w = v->recover_why, v->recover_err;
    err = out_of_memory(v, w);
    if (err) return err;
    ASSERT(!r->fresh || !mark.seq); /* no journal is begun beside a read model that has rows */
    if (mark.seq > r->last_seq)
        return why_set(w, ERR_IO, "store.sqlite is ahead of the journal (%llu > %llu): remove it",
                       (unsigned long long)mark.seq, (unsigned long long)r->last_seq);
    err = machine_drain(v->machine, w);
    if (!err) err = store_apply(v->store, v->held, v->held_n, w);
    v->held_n = 0;
    return err;
}

void venue_sink(void *ctx, const struct event *events, u32 n)
{
    struct venue *v = ctx;
    if (v->recovering) hold_recovered(v, events, n);
    else if (v->threads) threads_sink(v->threads, events, n);
    else hold(v, events, n);
}

static Err open_edge(struct venue *v, struct why *w)
{
    struct gateway_callbacks calls = { v, on_submit, on_status };
    struct store_venue named;
    Err err = store_venue(v->store, &named, w);
    if (err) return err;
    v->name = named.venue;
    if (!v->o.edge) return ERR_OK;
    v->o.gateway.store_path = v->store_path;
    return gateway_open(&v->gateway, &v->o.gateway, &calls, w);
}

Err venue_open(struct venue **out, const struct venue_options *o, struct machine_recovery *r,
               struct why *w)
{
    struct venue *v = calloc(1, sizeof *v);
    if (!v) return why_set(w, ERR_IO, "out of memory");
    v->o = *o;
    v->recovering = true;
    snprintf(v->state, sizeof v->state, "open");
    Err err = open_machine(v, r, w);
    if (!err) {
        Instant last = engine_now(machine_engine(v->machine)), start = o->clock_start;
        if (start.ns && last.ns > start.ns && !r->fresh) start = last;
        if (start.ns) v->clock_ahead_ns = start.ns - clock_wall().ns;
        v->now = o->wall_clock ? venue_time(v) : last;
        v->snapshot_at = v->last_seq;
        venue_publish_counts(v);
        if (!o->threads) err = open_edge(v, w); /* a threaded one opens it in venue_start() */
    }
    if (err) {
        struct why ignored;
        v->failed = true; /* what was recovered is nobody's: closing releases nothing */
        Err closed = venue_close(&v, &ignored);
        (void)closed; /* the first failure is the one to tell */
        return err;
    }
    *out = v;
    return ERR_OK;
}

Err venue_start(struct venue *v, struct why *w)
{
    ASSERT(v->o.threads && !v->threads);
    Err err = venue_release(v, w);
    if (!err) err = open_edge(v, w);
    if (!err) err = threads_start(&v->threads, v, w);
    return err;
}

Err venue_close(struct venue **pv, struct why *w)
{
    struct venue *v = *pv;
    Err err = ERR_OK, closed;
    struct why first = { "" }, now;
    if (!v) return ERR_OK;
    if (v->threads) err = threads_stop(&v->threads, &first);
    else if (v->machine && !v->failed) err = venue_release(v, &first);
    gateway_close(v->gateway);
    if (v->machine) {
        closed = machine_close(&v->machine, &now);
        if (!err && closed) err = closed, first = now;
    }
    store_close(v->store);
    free(v->held);
    free(v->done);
    free(v);
    *pv = NULL;
    if (err) *w = first;
    return err;
}

Err venue_snapshots(struct venue *v, struct why *w)
{
    Err err = ERR_OK;
    if (!v->o.snapshot_every) return ERR_OK;
    if (v->last_seq - v->snapshot_at >= v->o.snapshot_every) {
        v->snapshot_at = v->last_seq;
        err = machine_snapshot_begin(v->machine, w);
    }
    if (!err) err = machine_snapshot_poll(v->machine, false, w);
    if (err != ERR_NO) return err;
    fprintf(stderr, "hedgerow: notice: %s\n", w->text);
    return ERR_OK;
}

Err venue_poll(struct venue *v, int timeout_ms, struct why *w)
{
    Err err = ERR_OK;
    if (v->threads) return threads_poll(v->threads, timeout_ms, w);
    if (v->gateway) err = gateway_poll(v->gateway, timeout_ms, w);
    else if (timeout_ms > 0) clock_sleep_ns((u64)timeout_ms * 1000000u);
    if (v->failed) return *w = v->failure, ERR_IO;
    if (!err) err = venue_release(v, w);
    if (!err) err = machine_idle(v->machine, w);
    return err ? err : venue_snapshots(v, w);
}

u32 venue_rejected(const struct venue *v) { return v->rejected; }
struct gateway *venue_gateway(struct venue *v) { return v->gateway; }
struct store *venue_store(struct venue *v) { return v->store; }
const struct machine *venue_machine(const struct venue *v) { return v->machine; }
