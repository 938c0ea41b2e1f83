/* Connections: bytes in, requests out, answers back in order; frames for WebSocket sessions. */
#include "gateway/internal.h"
#include <stdio.h>

/* Whether reading is held back by answers that are not out yet. */
static bool is_full(const struct conn *c)
{
    return c->reply_next - c->reply_first >= HTTP_PIPELINE_MAX || c->queued >= PUBLIC_QUEUE_MAX;
}

/* What the loop shall tell us of: bytes to read unless held back, room to write when some wait. */
static void conn_watch(struct gateway *g, struct conn *c)
{
    struct why w;
    bool reads = !c->eof && !c->closing && !is_full(c);
    ASSERT(c->fd >= 0);
    u32 what = (reads ? POLL_READ : 0u) | (c->want_write ? POLL_WRITE : 0u);
    if (what == c->watched) return;
    if (poll_change(g->set, c->fd, what, (u64)conn_index(g, c) + 2, &w)) g->loop_failed = true;
    c->watched = (u8)what;
}

/* To be flushed at the end of this round. */
void conn_mark(struct gateway *g, struct conn *c)
{
    ASSERT(c->kind != CONN_FREE);
    if (c->dirty) return;
    c->dirty = true;
    ASSERT(g->dirty_n < g->conns_max);
    g->dirty[g->dirty_n++] = conn_index(g, c);
}

void conn_flush_marked(struct gateway *g)
{
    while (g->dirty_n) {
        struct conn *c = &g->conns[g->dirty[--g->dirty_n]];
        c->dirty = false;
        if (c->kind != CONN_FREE) conn_flush(g, c);
    }
}

void conn_close(struct gateway *g, struct conn *c)
{
    ASSERT(c->kind != CONN_FREE);
    if (c->kind == CONN_WS) channels_leave(g, c);
    poll_remove(g->set, c->fd);
    net_close(&c->fd);
    for (u32 i = c->reply_first; i != c->reply_next; i++) {
        free(c->replies[i % HTTP_PIPELINE_MAX].bytes);
        c->replies[i % HTTP_PIPELINE_MAX].bytes = NULL;
    }
    ws_close(c->ws);
    free(c->ws), free(c->in), free(c->out), free(c->subs);
    u32 gen = c->gen + 1;
    bool dirty = c->dirty; /* the list still names it */
    *c = (struct conn){ .fd = -1, .gen = gen, .dirty = dirty };
    g->conns_free[g->conns_free_n++] = conn_index(g, c);
    g->conns_now--;
    ASSERT(g->conns_free_n + g->conns_now == g->conns_max);
}

static void conn_open(struct gateway *g, int fd, const struct net_address *from)
{
    struct why w;
    u32 index = g->conns_free[g->conns_free_n - 1];
    struct conn *c = &g->conns[index];
    ASSERT(c->kind == CONN_FREE);
    if (poll_add(g->set, fd, POLL_READ, (u64)index + 2, &w)) {
        net_close(&fd);
        return;
    }
    g->conns_free_n--, g->conns_now++, g->counts.connections++;
    u32 gen = c->gen;
    bool dirty = c->dirty;
    *c = (struct conn){
        .fd = fd, .gen = gen, .kind = CONN_HTTP, .watched = POLL_READ, .dirty = dirty
    };
    c->loopback = net_is_loopback(from);
    c->heard_ns = c->head_ns = g->now_ns;
    http_init(&c->http);
    net_no_delay(fd);
}

void conn_accept_all(struct gateway *g)
{
    for (u32 i = 0; i < 256; i++) { /* the rest in the next round: others have their turn */
        struct net_address from;
        int fd = net_accept(g->listener, &from);
        if (fd < 0) return;
        if (!g->conns_free_n) {
            static const char full[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
                                       "Retry-After: 1\r\nConnection: close\r\n\r\n";
            i64 sent = net_send(fd, full, sizeof full - 1); /* if it fits */
            (void)sent;
            net_close(&fd);
            g->counts.refused++;
            continue;
        }
        conn_open(g, fd, &from);
    }
}

/* ---- answers ---- */

static const char *reason_of(u16 status)
{
    static const struct { u16 status; const char *text; } rows[] = {
        { 101, "Switching Protocols" }, { 200, "OK" }, { 201, "Created" }, { 204, "No Content" },
        { 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
        { 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
        { 409, "Conflict" }, { 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
        { 417, "Expectation Failed" }, { 422, "Unprocessable Content" },
        { 426, "Upgrade Required" },
        { 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" },
        { 501, "Not Implemented" }, { 503, "Service Unavailable" },
        { 505, "HTTP Version Not Supported" },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].status == status) return rows[i].text;
    return "Status";
}

static void put_head(struct ask *a, struct text *t, u16 status, const char *type, const char *extra,
                     u32 n, bool keep)
{
    struct gateway *g = a->g;
    ASSERT(status >= 100);
    text_put(t, "HTTP/1.1 ");
    text_put_u64(t, status);
    text_put_char(t, ' ');
    text_put(t, reason_of(status));
    if (status >= 200 && status != 204 && status != 304) {
        text_put(t, "\r\nContent-Length: ");
        text_put_u64(t, n);
    }
    if (type) {
        text_put(t, "\r\nContent-Type: ");
        text_put(t, type);
        text_put(t, "\r\nX-Content-Type-Options: nosniff");
    }
    if (status >= 200) {
        text_put(t, "\r\nHR-Seq: ");
        text_put_u64(t, a->as_of ? a->as_of : g->seen.seq);
        if (!keep) text_put(t, "\r\nConnection: close");
    }
    if (a->limit_of) {
        text_put(t, "\r\nRateLimit-Policy: \"default\";q=");
        text_put_u64(t, a->limit_of);
        text_put(t, ";w=1\r\nRateLimit: \"default\";r=");
        text_put_u64(t, a->limit_left);
        text_put(t, ";t=1");
    }
    if (extra) text_put(t, extra);
    text_put(t, "\r\n\r\n");
}

void reply_finish(struct ask *a, u16 status, const char *type, const char *extra, const char *bytes,
                  u32 n)
{
    char buf[2048];
    struct text t = text_on(buf, sizeof buf);
    struct conn *c = a->c;
    if (!c) return; /* it is gone: nobody to tell */
    struct reply *r = &c->replies[a->reply % HTTP_PIPELINE_MAX];
    ASSERT(r->state == REPLY_WAITING);
    ASSERT(!r->bytes);
    put_head(a, &t, status, type, extra, n, a->keep_alive);
    ASSERT(!t.cut);
    u32 body = a->head ? 0 : n;
    r->bytes = malloc(t.n + body);
    r->close = !a->keep_alive;
    if (!r->bytes) {
        c->closing = true;
        return;
    }
    memcpy(r->bytes, buf, t.n);
    if (body) memcpy(r->bytes + t.n, bytes, body);
    r->n = t.n + body, r->state = REPLY_READY;
    c->queued += r->n;
    a->g->counts.answers++;
}

/* Sends what is ready, in order. False: the connection is gone. */
static bool flush_replies(struct gateway *g, struct conn *c)
{
    while (c->reply_first != c->reply_next) {
        struct reply *r = &c->replies[c->reply_first % HTTP_PIPELINE_MAX];
        if (r->state != REPLY_READY) break;
        while (r->sent < r->n) {
            i64 sent = net_send(c->fd, r->bytes + r->sent, r->n - r->sent);
            if (sent == NET_AGAIN || sent == 0) {
                if (!c->stuck_ns) c->stuck_ns = g->now_ns;
                c->want_write = true;
                return true;
            }
            if (sent < 0) return conn_close(g, c), false;
            r->sent += (u32)sent, c->queued -= (u32)sent;
            c->stuck_ns = 0, c->heard_ns = g->now_ns;
        }
        free(r->bytes);
        r->bytes = NULL;
        c->reply_first++;
        if (r->close) return conn_close(g, c), false;
    }
    if (c->closing || (c->eof && c->reply_first == c->reply_next && c->kind == CONN_HTTP))
        return conn_close(g, c), false;
    c->want_write = false;
    return true;
}

static bool flush_frames(struct gateway *g, struct conn *c)
{
    while (c->out_at < c->out_n) {
        i64 sent = net_send(c->fd, c->out + c->out_at, c->out_n - c->out_at);
        if (sent == NET_AGAIN || sent == 0) {
            if (!c->stuck_ns) c->stuck_ns = g->now_ns;
            c->want_write = true;
            return true;
        }
        if (sent < 0) return conn_close(g, c), false;
        c->out_at += (u32)sent;
        c->stuck_ns = 0;
    }
    c->out_at = c->out_n = 0;
    if (c->closing) return conn_close(g, c), false;
    c->want_write = false;
    return true;
}

static void conn_parse(struct gateway *g, struct conn *c);

/* Sends what can be sent; requests that were held back are taken up when there is room again. */
void conn_flush(struct gateway *g, struct conn *c)
{
    u32 gen = c->gen;
    ASSERT(c->kind != CONN_FREE);
    for (;;) {
        bool was_full = is_full(c);
        if (c->reply_first != c->reply_next || c->kind == CONN_HTTP)
            if (!flush_replies(g, c)) return;
        if (c->kind != CONN_HTTP || !was_full || is_full(c) || !c->in_n || c->eof || g->parsing)
            break;
        conn_parse(g, c);
        if (c->gen != gen) return;
    }
    if (c->kind == CONN_WS && c->reply_first == c->reply_next)
        if (!flush_frames(g, c)) return;
    conn_watch(g, c);
}

/* ---- WebSocket frames out ---- */

static bool out_room(struct conn *c, u32 n)
{
    if (c->out_at && c->out_at == c->out_n) c->out_at = c->out_n = 0;
    if (c->out_cap - c->out_n >= n) return true;
    if (c->out_at) {
        memmove(c->out, c->out + c->out_at, c->out_n - c->out_at);
        c->out_n -= c->out_at, c->out_at = 0;
        if (c->out_cap - c->out_n >= n) return true;
    }
    u32 cap = c->out_cap ? c->out_cap : 1024;
    while (cap - c->out_n < n) cap *= 2;
    char *bigger = realloc(c->out, cap);
    if (!bigger) return false;
    c->out = bigger, c->out_cap = cap;
    return true;
}

void conn_send_frame(struct gateway *g, struct conn *c, enum ws_opcode opcode, const char *at,
                     u32 n)
{
    u8 head[WS_FRAME_HEAD_MAX];
    ASSERT(c->kind == CONN_WS);
    if (c->closing || c->close_sent) return;
    u32 head_n = ws_frame_head(head, opcode, n);
    if (conn_waiting(c) + head_n + n > PUBLIC_QUEUE_MAX && opcode != WS_CLOSE) {
        conn_ws_close(g, c, WS_CLOSE_SLOW, "SLOW");
        return;
    }
    if (!out_room(c, head_n + n)) {
        c->closing = true;
        return;
    }
    memcpy(c->out + c->out_n, head, head_n);
    if (n) memcpy(c->out + c->out_n + head_n, at, n);
    c->out_n += head_n + n;
    g->counts.ws_frames_out++;
    conn_mark(g, c);
}

void conn_ws_close(struct gateway *g, struct conn *c, u16 code, const char *why)
{
    char payload[64];
    ASSERT(c->kind == CONN_WS);
    u32 n = (u32)strnlen(why, sizeof payload - 2);
    if (c->close_sent) return;
    payload[0] = (char)(code >> 8), payload[1] = (char)code;
    memcpy(payload + 2, why, n);
    if (code == WS_CLOSE_SLOW) g->counts.slow_closed++;
    conn_send_frame(g, c, WS_CLOSE, payload, n + 2);
    c->close_sent = c->closing = true;
    c->ping_ns = g->now_ns; /* from here on the close is waited for */
    conn_mark(g, c);
}

static void ws_read(struct gateway *g, struct conn *c, const char *bytes, u32 n)
{
    Str s;
    u16 code;
    enum ws_got got;
    u32 gen = c->gen;
    ws_push(c->ws, bytes, n);
    while (c->gen == gen && !c->closing && (got = ws_take(c->ws, &s, &code)) != WS_MORE) {
        c->heard_ns = g->now_ns;
        if (got == WS_MESSAGE) {
            g->counts.ws_messages++;
            channels_message(g, c, s);
        } else if (got == WS_GOT_PING) {
            if (conn_waiting(c) < CONFLATE_ABOVE) conn_send_frame(g, c, WS_PONG, s.at, s.n);
        } else if (got == WS_GOT_PONG) {
            c->pings = 0;
        } else {
            conn_ws_close(g, c, code, got == WS_GOT_CLOSE ? "" : "refused");
            return;
        }
    }
}

/* ---- HTTP in ---- */

static bool in_room(struct conn *c)
{
    if (c->in_n < c->in_cap) return true;
    u32 cap = c->in_cap ? 2 * c->in_cap : 2048;
    if (cap > HTTP_BYTES_MAX) cap = HTTP_BYTES_MAX;
    if (cap <= c->in_n) return false;
    char *bigger = realloc(c->in, cap);
    if (!bigger) return false;
    c->in = bigger, c->in_cap = cap;
    return true;
}

/* The connection speaks WebSocket from here on; bytes behind the request are its first frames. */
static void ws_begin(struct gateway *g, struct conn *c, u32 used)
{
    ASSERT(c->kind == CONN_WS);
    ASSERT(used <= c->in_n);
    if (c->in_n > used) ws_read(g, c, c->in + used, c->in_n - used);
    free(c->in);
    c->in = NULL, c->in_n = c->in_cap = 0;
}

/* Every whole request in the buffer, as long as there is room for its answer. */
static void conn_parse(struct gateway *g, struct conn *c)
{
    u32 used = 0, gen = c->gen;
    ASSERT(!g->parsing);
    g->parsing = true; /* an answer that comes from inside is sent afterwards */
    while (!c->closing && !is_full(c)) {
        if (used == c->in_n && !c->http.head_n) break;
        enum http_got got = http_take(&c->http, c->in + used, c->in_n - used, &g->request);
        if (got == HTTP_MORE) break;
        if (got == HTTP_CONTINUE) {
            static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
            if (c->reply_first == c->reply_next) {
                i64 sent = net_send(c->fd, go_on, sizeof go_on - 1);
                if (sent != sizeof go_on - 1) c->closing = true;
            }
            continue;
        }
        if (got == HTTP_REFUSED) {
            handle_refusal(g, c);
            used = c->in_n;
            c->eof = true; /* nothing more is read */
            break;
        }
        g->counts.requests++;
        c->heard_ns = c->head_ns = g->now_ns;
        handle_request(g, c, &g->request);
        bool last = !g->request.keep_alive || c->bad_auths >= BAD_AUTHS_MAX;
        ASSERT(c->gen == gen);
        used += http_next(&c->http);
        if (c->kind == CONN_WS) {
            g->parsing = false;
            ws_begin(g, c, used);
            return;
        }
        if (last) {
            used = c->in_n;
            c->eof = true;
            break;
        }
    }
    g->parsing = false;
    ASSERT(used <= c->in_n);
    if (used) memmove(c->in, c->in + used, c->in_n - used);
    c->in_n -= used;
    if (!c->in_n) c->head_ns = g->now_ns;
}

static void read_ws(struct gateway *g, struct conn *c)
{
    char bytes[16384];
    u32 gen = c->gen;
    for (u32 round = 0; round < 8 && c->gen == gen && !c->closing; round++) {
        i64 n = net_recv(c->fd, bytes, sizeof bytes);
        if (n == NET_AGAIN) return;
        if (n <= 0) {
            conn_close(g, c);
            return;
        }
        ws_read(g, c, bytes, (u32)n);
    }
}

static void read_http(struct gateway *g, struct conn *c)
{
    u32 gen = c->gen;
    for (u32 round = 0; round < 8; round++) {
        if (is_full(c)) break; /* the kernel keeps the rest until there is room */
        if (!in_room(c)) {
            conn_close(g, c);
            return;
        }
        i64 n = net_recv(c->fd, c->in + c->in_n, c->in_cap - c->in_n);
        if (n == NET_AGAIN) break;
        if (n <= 0) {
            c->eof = true;
            if (n != NET_CLOSED || c->reply_first == c->reply_next) {
                conn_close(g, c);
                return;
            }
            break;
        }
        if (!c->in_n) c->head_ns = g->now_ns;
        c->in_n += (u32)n;
        conn_parse(g, c);
        if (c->gen != gen || c->kind == CONN_WS || c->eof) break;
    }
    if (c->gen == gen) conn_flush(g, c);
}

void conn_ready(struct gateway *g, u32 index, u32 what)
{
    ASSERT(index < g->conns_max);
    struct conn *c = &g->conns[index];
    u32 gen = c->gen;
    if (c->kind == CONN_FREE) return; /* closed earlier in this round */
    if (what & POLL_WRITE) {
        conn_flush(g, c);
        if (c->gen != gen) return;
        if (c->kind == CONN_WS && conn_waiting(c) <= RESYNC_BELOW) channels_drained(g, c);
        if (c->gen != gen) return;
    }
    if (what & (POLL_READ | POLL_HANGUP)) {
        if (c->eof && (what & POLL_HANGUP)) {
            conn_close(g, c);
            return;
        }
        if (c->kind == CONN_WS) read_ws(g, c);
        else if (!c->eof) read_http(g, c);
    }
}

/* ---- time ---- */

static void sweep_ws(struct gateway *g, struct conn *c)
{
    u32 gen = c->gen;
    ASSERT(c->kind == CONN_WS);
    if (c->closing) {
        if (!c->close_sent || g->now_ns - c->ping_ns > (u64)HEAD_TIMEOUT_NS) conn_close(g, c);
        return;
    }
    if (c->behind && g->now_ns - c->behind_ns > (u64)SLOW_AFTER_NS) {
        conn_ws_close(g, c, WS_CLOSE_SLOW, "SLOW");
        return;
    }
    if (g->now_ns - c->ping_ns < (u64)PING_EVERY_NS) return;
    c->ping_ns = g->now_ns;
    if (c->pings >= 2) {
        g->counts.timeouts++;
        conn_ws_close(g, c, WS_CLOSE_NO_PONG, "no pong");
        return;
    }
    c->pings++;
    conn_send_frame(g, c, WS_PING, "hr", 2);
    ASSERT(c->gen == gen);
}

/* A few times a second: what has waited too long. */
void conn_sweep(struct gateway *g)
{
    for (u32 i = 0; i < g->conns_max; i++) {
        struct conn *c = &g->conns[i];
        if (c->kind == CONN_FREE) continue;
        if (c->stuck_ns && g->now_ns - c->stuck_ns > (u64)SEND_TIMEOUT_NS) {
            g->counts.timeouts++, g->counts.slow_closed++;
            conn_close(g, c);
            continue;
        }
        if (c->kind == CONN_WS) {
            sweep_ws(g, c);
            continue;
        }
        bool waits = c->reply_first != c->reply_next; /* for us, not for the client */
        u64 since = c->in_n ? c->head_ns : c->heard_ns;
        u64 limit = (u64)(c->in_n && !c->http.head_n ? HEAD_TIMEOUT_NS : IDLE_TIMEOUT_NS);
        if (waits || g->now_ns - since <= limit) continue;
        g->counts.timeouts++;
        conn_close(g, c);
    }
}
