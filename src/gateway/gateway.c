#include "gateway/internal.h"
#include <stdio.h>

enum { TAG_LISTENER, TAG_WAKER }; /* then 2 + connection index */
#define ROUND_EVENTS 256u
#define SWEEP_NS (250 * NS_MS)

static u32 or_else(u32 v, u32 standard) { return v ? v : standard; }

static Err take_memory(struct gateway *g, const struct gateway_config *config, struct why *w)
{
    g->conns_max = or_else(config->connections_max, 4096);
    g->pendings_max = or_else(config->submits_max, 16384);
    if (g->pendings_max > 1u << 24)
        return why_set(w, ERR_INPUT, "gateway: too many in flight asked for");
    g->conns = calloc(g->conns_max, sizeof *g->conns);
    g->conns_free = malloc(g->conns_max * sizeof *g->conns_free);
    g->dirty = malloc(g->conns_max * sizeof *g->dirty);
    g->pendings = calloc(g->pendings_max, sizeof *g->pendings);
    g->scratch = malloc(SCRATCH_BYTES);
    g->frame = malloc(SCRATCH_BYTES);
    g->prints_buf = malloc(SCRATCH_BYTES / 16);
    bool ok = g->conns && g->conns_free && g->dirty && g->pendings && g->scratch && g->frame &&
              g->prints_buf;
    for (u32 i = 0; i < 4; i++) ok = (g->settle_buf[i] = malloc(SCRATCH_BYTES / 16)) && ok;
    if (!ok) return why_set(w, ERR_IO, "gateway: no memory");
    for (u32 i = 0; i < g->conns_max; i++) {
        g->conns[i].fd = -1;
        g->conns_free[i] = g->conns_max - 1 - i;
    }
    g->conns_free_n = g->conns_max;
    for (u32 i = 0; i < g->pendings_max; i++)
        g->pendings[i].gen = 1, g->pendings[i].next = i + 2 <= g->pendings_max ? i + 2 : 0;
    g->pendings_free = 1;
    g->prints = text_on(g->prints_buf, SCRATCH_BYTES / 16);
    for (u32 i = 0; i < 4; i++) g->settle[i] = text_on(g->settle_buf[i], SCRATCH_BYTES / 16);
    return ERR_OK;
}

static Err open_sockets(struct gateway *g, const struct gateway_config *config, struct why *w)
{
    Err err = net_address_of(&g->address, config->listen ? config->listen : "127.0.0.1:0", w);
    if (!err) err = net_listen(&g->listener, &g->address, w);
    if (err) return err;
    bool v6 = strchr(g->address.host, ':') != NULL;
    snprintf(g->address_text, sizeof g->address_text, v6 ? "[%s]:%u" : "%s:%u", g->address.host,
             g->address.port);
    g->on_loopback = net_is_loopback(&g->address);
    if (config->demo_key && !g->on_loopback)
        return why_set(w, ERR_USAGE, "gateway: %s: the demo key needs a loopback address",
                       g->address_text);
    err = poll_open(&g->set, w);
    if (!err) err = waker_open(&g->waker, w);
    if (!err) err = poll_add(g->set, g->listener, POLL_READ, TAG_LISTENER, w);
    if (!err) err = poll_add(g->set, g->waker, POLL_READ, TAG_WAKER, w);
    return err;
}

Err gateway_open(struct gateway **out, const struct gateway_config *config,
                 const struct gateway_callbacks *callbacks, struct why *w)
{
    struct gateway *g = calloc(1, sizeof *g);
    ASSERT(callbacks->submit && callbacks->status);
    *out = NULL;
    if (!g) return why_set(w, ERR_IO, "gateway: no memory");
    g->listener = g->set = g->waker = -1;
    g->on = *callbacks;
    g->orders_per_second = or_else(config->orders_per_second, 500);
    g->cancels_per_second = or_else(config->cancels_per_second, 2 * g->orders_per_second);
    g->reads_per_second = or_else(config->reads_per_second, 1000);
    Err err = take_memory(g, config, w);
    if (!err) err = open_sockets(g, config, w);
    if (!err && !auth_open(g, config)) err = why_set(w, ERR_IO, "gateway: keys: no memory");
    if (!err) err = store_open_reader(&g->store, config->store_path, w);
    if (!err) err = view_load(g, w);
    if (!err && config->web_dir) err = pages_load(g, config->web_dir, w);
    g->now_ns = clock_monotonic_ns();
    g->tick_100ms = g->tick_1s = g->swept_ns = g->now_ns;
    if (!err) {
        *out = g;
        return ERR_OK;
    }
    gateway_close(g);
    return err;
}

void gateway_close(struct gateway *g)
{
    if (!g) return;
    if (g->conns) {
        channels_close(g);
        conn_flush_marked(g);
        for (u32 i = 0; i < g->conns_max; i++)
            if (g->conns[i].kind != CONN_FREE) conn_close(g, &g->conns[i]);
    }
    for (u32 i = 0; g->pendings && i < g->pendings_max; i++) {
        struct pending *p = &g->pendings[i];
        p->parked = false;
        if (p->used) pending_free(g, p);
    }
    view_close(g);
    auth_close(g);
    pages_free(g);
    store_close(g->store);
    if (g->listener >= 0) net_close(&g->listener);
    if (g->waker >= 0) net_close(&g->waker);
    if (g->set >= 0) net_close(&g->set);
    for (u32 i = 0; i < 4; i++) free(g->settle_buf[i]);
    free(g->conns), free(g->conns_free), free(g->dirty), free(g->pendings);
    free(g->scratch), free(g->frame), free(g->prints_buf), free(g);
}

u16 gateway_port(const struct gateway *g) { return g->address.port; }
const char *gateway_address(const struct gateway *g) { return g->address_text; }
void gateway_wake(struct gateway *g) { waker_wake(g->waker); }

/* How long the loop may sleep: not past the next thing that is due. */
static int sleep_ms(const struct gateway *g, int asked)
{
    u64 due = g->swept_ns + (u64)SWEEP_NS;
    u64 tick = g->tick_100ms + (u64)(100 * NS_MS);
    ASSERT(g->now_ns >= g->swept_ns);
    if (g->parked_first) return asked < 0 || asked > 1 ? 1 : asked;
    if (tick < due) due = tick;
    u64 left = due > g->now_ns ? (due - g->now_ns + (u64)NS_MS - 1) / (u64)NS_MS : 0;
    return asked < 0 || (u64)asked > left ? (int)left : asked;
}

Err gateway_poll(struct gateway *g, int timeout_ms, struct why *w)
{
    struct poll_event rows[ROUND_EVENTS];
    ASSERT(!g->polling);
    g->polling = true;
    g->now_ns = clock_monotonic_ns();
    u32 n = poll_wait(g->set, rows, ROUND_EVENTS, sleep_ms(g, timeout_ms));
    g->now_ns = clock_monotonic_ns();
    for (u32 i = 0; i < n; i++) {
        if (rows[i].tag == TAG_LISTENER) conn_accept_all(g);
        else if (rows[i].tag == TAG_WAKER) waker_clear(g->waker);
        else conn_ready(g, (u32)(rows[i].tag - 2), rows[i].what);
    }
    parked_run(g);
    channels_tick(g);
    if (g->now_ns - g->swept_ns >= (u64)SWEEP_NS) {
        g->swept_ns = g->now_ns;
        conn_sweep(g);
    }
    conn_flush_marked(g);
    g->polling = false;
    if (g->loop_failed)
        return why_set(w, ERR_IO, "gateway: no memory, or the poll set refused a socket");
    return ERR_OK;
}

void gateway_on_events(struct gateway *g, const struct event *events, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        const struct event *e = &events[i];
        bool old =
            e->seq < g->loaded.seq || (e->seq == g->loaded.seq && e->index <= g->loaded.index);
        if (old && g->loaded.seq) continue;
        ASSERT(e->seq > g->seen.seq || (e->seq == g->seen.seq && e->index > g->seen.index) ||
               !g->seen.seq);
        view_event(g, e);
        order_event(g, e);
        view_forget(g, e);
        channels_event(g, e);
        g->seen = (struct store_mark){ e->seq, e->index };
    }
}

void gateway_on_done(struct gateway *g, u64 token, u64 seq)
{
    ASSERT(seq > 0);
    channels_command_end(g);
    order_done(g, token, seq);
    if (!g->polling) conn_flush_marked(g);
}

struct gateway_counts gateway_counts(const struct gateway *g)
{
    struct gateway_counts c = g->counts;
    c.connections_now = g->conns_now, c.in_flight = g->in_flight;
    for (u32 i = 0; i < g->conns_max; i++) c.sessions_ws_now += g->conns[i].kind == CONN_WS;
    return c;
}
