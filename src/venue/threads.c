#include "venue/threads.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "venue/channel.h"
#include "venue/venue_inner.h"
#include <stdatomic.h>
#include <stdlib.h>

#define REQUEST_SLOTS 8192u
#define PARCEL_SLOTS 2048u
#define PARCEL_EVENTS 16u
#define RUN_MAX 256u        /* commands between two looks at the journal */
#define APPLY_EVENTS 8192u  /* events in one of the store's transactions */
#define PAUSE_NS 50000u     /* while a reader is full or a sync is awaited */
#define SLEEP_NS 4000000u   /* longest sleep of an idle thread: below the durable mark's 8 ms */

struct request { u64 token; struct command command; };
struct parcel {
    u64 seq, token;
    u32 n;
    bool last; /* the command is whole with it */
    struct event event[PARCEL_EVENTS];
};

struct threads {
    struct venue *v;
    struct channel *requests, *to_gateway, *to_store;
    struct bell *engine_bell, *store_bell;
    struct thread engine, projection;
    struct event *apply; /* projection's */
    u64 token;           /* engine's: of the command at work */
    _Atomic bool stop, engine_over, failed;
    struct why why; /* written once before `failed` */
    _Atomic bool why_taken;
};

static void fail(struct threads *t, const struct why *w)
{
    bool taken = false;
    if (!atomic_compare_exchange_strong(&t->why_taken, &taken, true)) return;
    t->why = *w;
    atomic_store(&t->failed, true);
    if (t->v->gateway) gateway_wake(t->v->gateway);
}

/* ---- engine thread ---- */

/* A full channel holds the engine back: memory is bounded, nothing is dropped. The open batch must
 * go to the disk first, since readers wait for it. */
static struct parcel *parcel_slot(struct threads *t, struct channel *c)
{
    struct parcel *p = channel_slot(c);
    for (; !p; p = channel_slot(c)) {
        struct why w;
        Err err = machine_flush(t->v->machine, &w);
        if (err) fail(t, &w);
        if (atomic_load(&t->failed)) return NULL;
        bell_ring(t->store_bell);
        if (t->v->gateway) gateway_wake(t->v->gateway);
        clock_sleep_ns(PAUSE_NS);
    }
    return p;
}

static void send_parcel(struct threads *t, struct channel *c, const struct event *events, u32 n,
                        u64 seq, bool last)
{
    struct parcel *p = parcel_slot(t, c);
    if (!p) return;
    ASSERT(n <= PARCEL_EVENTS);
    p->seq = seq, p->token = t->token, p->n = n, p->last = last;
    if (n) memcpy(p->event, events, n * sizeof *events);
    channel_send(c, p);
}

void threads_sink(struct threads *t, const struct event *events, u32 n)
{
    for (u32 i = 0; i < n; i += PARCEL_EVENTS) {
        u32 some = n - i < PARCEL_EVENTS ? n - i : PARCEL_EVENTS;
        send_parcel(t, t->to_store, events + i, some, events[i].seq, false);
        if (t->v->gateway) send_parcel(t, t->to_gateway, events + i, some, events[i].seq, false);
    }
}

/* *later: the disk is so full that not even what the venue itself must do fits: it waits. */
static Err run_one(struct threads *t, const struct command *c, u64 token, bool *later,
                   struct why *w)
{
    u64 seq = 0;
    t->token = token;
    Err err = c ? machine_run(t->v->machine, c, venue_time(t->v), &seq, w)
                : machine_tick(t->v->machine, venue_time(t->v), w);
    if (!c) seq = engine_seq(machine_engine(t->v->machine));
    /* Nearly full disk: the client is told by an answer without a command (seq 0). */
    *later = err == ERR_NO && c && !token;
    if (*later) return ERR_OK;
    if (err == ERR_NO) err = ERR_OK, seq = 0;
    if (!err && t->v->gateway && (c || seq > t->v->last_seq))
        send_parcel(t, t->to_gateway, NULL, 0, seq, true);
    if (!err && seq) t->v->last_seq = seq;
    return err;
}

static Err run_requests(struct threads *t, u32 *ran, struct why *w)
{
    struct request *r;
    bool later = false;
    u64 before = engine_seq(machine_engine(t->v->machine));
    Err err = run_one(t, NULL, 0, &later, w); /* timers first */
    *ran = engine_seq(machine_engine(t->v->machine)) > before;
    for (; !err && *ran < RUN_MAX && (r = channel_peek(t->requests)); ++*ran) {
        err = run_one(t, &r->command, r->token, &later, w);
        if (later) break;
        channel_done(t->requests);
    }
    venue_publish_counts(t->v);
    return err;
}

static Err look_after(struct threads *t, u32 ran, struct why *w)
{
    Err err = ERR_OK;
    if (machine_sync_idle(t->v->machine)) err = machine_flush(t->v->machine, w);
    if (!err && !ran) err = machine_idle(t->v->machine, w);
    return err ? err : venue_snapshots(t->v, w);
}

static void *engine_run(void *arg)
{
    struct threads *t = arg;
    struct why w;
    Err err = ERR_OK;
    while (!err && !atomic_load(&t->failed)) {
        u32 heard = bell_heard(t->engine_bell), ran;
        bool stop = atomic_load(&t->stop);
        err = run_requests(t, &ran, &w);
        if (!err) err = look_after(t, ran, &w);
        if (!err && machine_failed(t->v->machine)) err = why_set(&w, ERR_IO, "JOURNAL_IO");
        if (ran) bell_ring(t->store_bell);
        if (ran && t->v->gateway) gateway_wake(t->v->gateway);
        if (stop && !ran) break;
        bool waits = machine_durable_seq(t->v->machine) < t->v->last_seq;
        if (!ran) bell_wait(t->engine_bell, heard, waits ? PAUSE_NS : SLEEP_NS);
    }
    if (!err && !atomic_load(&t->failed)) err = machine_drain(t->v->machine, &w);
    if (err) fail(t, &w);
    atomic_store(&t->engine_over, true);
    bell_ring(t->store_bell);
    return NULL;
}

/* ---- projection thread ---- */

static Err project(struct threads *t, u32 *applied, struct why *w)
{
    struct parcel *p;
    u64 durable = machine_durable_seq(t->v->machine);
    *applied = 0;
    while (*applied + PARCEL_EVENTS <= APPLY_EVENTS && (p = channel_peek(t->to_store))) {
        if (p->seq > durable) break;
        memcpy(t->apply + *applied, p->event, p->n * sizeof *p->event);
        *applied += p->n;
        channel_done(t->to_store);
    }
    return *applied ? store_apply(t->v->store, t->apply, *applied, w) : ERR_OK;
}

static void *projection_run(void *arg)
{
    struct threads *t = arg;
    struct why w;
    while (!atomic_load(&t->failed)) {
        u32 heard = bell_heard(t->store_bell), applied;
        bool over = atomic_load(&t->engine_over);
        Err err = project(t, &applied, &w);
        if (err) fail(t, &w);
        if (over && channel_idle(t->to_store)) break;
        if (!applied)
            bell_wait(t->store_bell, heard, channel_idle(t->to_store) ? SLEEP_NS : 500000u);
    }
    return NULL;
}

/* ---- I/O thread ---- */

bool threads_submit(struct threads *t, const struct command *c, u64 token)
{
    if (atomic_load(&t->failed) || atomic_load(&t->stop)) return false;
    struct request *r = channel_slot(t->requests);
    if (!r) return false;
    ASSERT(c->type != CMD_SPEC_PUT && c->type != CMD_CALENDAR_PUT); /* blobs: before the start */
    r->token = token, r->command = *c;
    channel_send(t->requests, r);
    bell_ring(t->engine_bell);
    return true;
}

/* Hands released parcels to the gateway; *waiting: some are not durable yet. */
static void release(struct threads *t, bool *waiting)
{
    struct parcel *p;
    u64 durable = machine_durable_seq(t->v->machine);
    *waiting = false;
    while (t->v->gateway && (p = channel_peek(t->to_gateway))) {
        if (p->seq > durable) {
            *waiting = true;
            return;
        }
        venue_heed(t->v, p->event, p->n);
        if (p->n) gateway_on_events(t->v->gateway, p->event, p->n);
        if (p->last) gateway_on_done(t->v->gateway, p->token, p->seq);
        channel_done(t->to_gateway);
    }
}

Err threads_poll(struct threads *t, int timeout_ms, struct why *w)
{
    bool waiting;
    Err err = ERR_OK;
    release(t, &waiting);
    if (waiting) clock_sleep_ns(PAUSE_NS), timeout_ms = 0;
    if (t->v->gateway) err = gateway_poll(t->v->gateway, timeout_ms, w);
    else if (timeout_ms > 0) clock_sleep_ns((u64)timeout_ms * 1000000u);
    release(t, &waiting);
    if (atomic_load(&t->failed)) return *w = t->why, ERR_IO;
    return err;
}

static void threads_free(struct threads **pt)
{
    struct threads *t = *pt;
    channel_close(&t->requests);
    channel_close(&t->to_gateway);
    channel_close(&t->to_store);
    bell_close(&t->engine_bell);
    bell_close(&t->store_bell);
    free(t->apply);
    free(t);
    *pt = NULL;
}

Err threads_start(struct threads **out, struct venue *v, struct why *w)
{
    struct threads *t = calloc(1, sizeof *t);
    if (!t) return why_set(w, ERR_IO, "out of memory");
    t->v = v;
    t->apply = malloc(APPLY_EVENTS * sizeof *t->apply);
    Err err = t->apply ? ERR_OK : why_set(w, ERR_IO, "out of memory");
    if (!err) err = channel_open(&t->requests, REQUEST_SLOTS, sizeof(struct request), w);
    if (!err) err = channel_open(&t->to_gateway, PARCEL_SLOTS, sizeof(struct parcel), w);
    if (!err) err = channel_open(&t->to_store, PARCEL_SLOTS, sizeof(struct parcel), w);
    if (!err) err = bell_open(&t->engine_bell, w);
    if (!err) err = bell_open(&t->store_bell, w);
    if (err) {
        threads_free(&t);
        return err;
    }
    *out = t; /* the engine thread's sink looks for it */
    err = thread_start(&t->engine, "engine", engine_run, t, w);
    if (!err) err = thread_start(&t->projection, "projection", projection_run, t, w);
    return err;
}

Err threads_stop(struct threads **pt, struct why *w)
{
    struct threads *t = *pt;
    bool waiting = true;
    atomic_store(&t->stop, true);
    bell_ring(t->engine_bell);
    while (t->engine.running && !atomic_load(&t->engine_over) && !atomic_load(&t->failed)) {
        release(t, &waiting);
        clock_sleep_ns(PAUSE_NS);
    }
    thread_join(&t->engine);
    thread_join(&t->projection);
    release(t, &waiting);
    Err err = atomic_load(&t->failed) ? (*w = t->why, ERR_IO) : ERR_OK;
    threads_free(pt);
    return err;
}
