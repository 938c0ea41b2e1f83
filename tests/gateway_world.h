/* gateway_world.h -- a gateway before the fake market, with clients on real loopback sockets, all
 * stepped by one thread: for the gateway's tests.
 * Owns:   the market, the store's writer, the queue of commands whose events are not released yet.
 * Never:  waits by the clock: every wait is a bounded number of rounds.
 * Always: events reach the gateway cut at random places; the read model follows a round later.
 */
#ifndef HEDGEROW_TESTS_GATEWAY_WORLD_H
#define HEDGEROW_TESTS_GATEWAY_WORLD_H

#include "base/random.h"
#include "fake_market.h"
#include "gateway/internal.h"
#include "test.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS_MAX = 20000, KEY_ACCOUNT = 2, DEMO_ACCOUNT = 4 };
#define OK(call) do { if (call) fail_msg("%s: %s", #call, world.why.text); } while (0)

struct released { u64 token, seq; u32 n; struct event *events; };
static struct world {
    struct why why;
    struct fake_market market;
    struct gateway *g;
    struct store *store;
    struct gateway_config config;
    struct gateway_key keys[2];
    u8 secret[64];
    char folder[64], path[80];
    struct released queue[4096];
    u32 queue_n;
    bool hold, refuse, behind; /* events held back; submits refused; the read model not fed */
    struct rng rng;
    u64 nonce;
} world;

static inline void world_queue(u64 token)
{
    struct released *r = &world.queue[world.queue_n++];
    assert_true(world.queue_n <= ARRAY_LEN(world.queue));
    *r = (struct released){ token, world.market.seq, world.market.events_n, NULL };
    r->events = malloc((r->n ? r->n : 1) * sizeof *r->events);
    memcpy(r->events, world.market.events, r->n * sizeof *r->events);
}

static inline bool world_submit(void *ctx, const struct command *c, u64 token)
{
    u8 bytes[2048];
    if (world.refuse) return false;
    assert_true(token != 0);
    assert_true(command_encode(c, bytes, sizeof bytes) > 0); /* as the journal would */
    fake_step(&world.market, c);
    world_queue(token);
    return true;
}

static inline void world_status(void *ctx, struct gateway_status *s)
{
    *s = (struct gateway_status){ .version = { "0.1.0" }, .mode = { "serve" },
        .durability = { "local" }, .state = { "open" }, .now = world.market.now,
        .seq = world.market.seq, .durable_seq = world.market.seq, .demo = NULL };
}

static inline void world_release(void)
{
    for (u32 i = 0; i < world.queue_n; i++) {
        struct released *r = &world.queue[i];
        for (u32 at = 0; at < r->n;) {
            u32 n = 1 + (u32)rng_below(&world.rng, r->n - at);
            gateway_on_events(world.g, r->events + at, n);
            at += n;
        }
        gateway_on_done(world.g, r->token, r->seq);
    }
    for (u32 i = 0; i < world.queue_n; i++) {
        struct released *r = &world.queue[i];
        if (!world.behind) OK(store_apply(world.store, r->events, r->n, &world.why));
        free(r->events);
    }
    world.queue_n = 0;
}

static inline void world_round(void)
{
    OK(gateway_poll(world.g, 0, &world.why));
    if (!world.hold) world_release();
}

/* Opens the gateway on what store and market hold. */
static inline void world_open(void)
{
    struct gateway_callbacks on = { NULL, world_submit, world_status };
    OK(gateway_open(&world.g, &world.config, &on, &world.why));
}

static inline void world_start(void)
{
    u8 seed[32] = { 7 };
    memset(&world, 0, sizeof world);
    world.rng = rng_of(1);
    assert_true(sodium_init() >= 0);
    strcpy(world.folder, "/tmp/hedgerow-gateway-XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    snprintf(world.path, sizeof world.path, "%s/store", world.folder);
    OK(store_open(&world.store, world.path, NULL, &world.why));
    fake_setup(&world.market);
    OK(store_apply(world.store, world.market.events, world.market.events_n, &world.why));
    fake_open_day(&world.market, date_of(2027, 1, 4));
    OK(store_apply(world.store, world.market.events, world.market.events_n, &world.why));
    crypto_sign_seed_keypair(world.keys[0].public_key, world.secret, seed);
    world.keys[1] = world.keys[0];
    memcpy(world.keys[0].id.z, "k1", 2);
    memcpy(world.keys[1].id.z, "reader", 6);
    world.keys[0].account = world.keys[1].account = KEY_ACCOUNT;
    world.keys[0].trade = true;
    world.config = (struct gateway_config){ .listen = "127.0.0.1:0", .store_path = world.path,
        .keys = world.keys, .keys_n = 2, .demo_key = true, .demo_account = DEMO_ACCOUNT,
        .orders_per_second = 100000, .reads_per_second = 1000000 };
    world_open();
}

static inline void world_stop(void)
{
    static const char *const names[] = { "store", "store-wal", "store-shm" };
    char path[128];
    world.hold = false;
    world_release();
    gateway_close(world.g);
    store_close(world.store);
    for (u32 i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", world.folder, names[i]);
        unlink(path);
    }
    rmdir(world.folder);
}

/* ---- clients ---- */

static inline int client_open(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(gateway_port(world.g)) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static inline void client_send(int fd, const void *bytes, u64 n)
{
    const char *at = bytes;
    for (u32 round = 0; n; round++) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return; /* the gateway closed: the test sees it in the answer */
        if (sent > 0) at += sent, n -= (u64)sent;
        else assert_true(round < ROUNDS_MAX);
        if (n) world_round();
    }
}

/* What has come from the gateway and was not looked at yet; one a client under test. */
struct inbox { int fd; bool closed; u32 n, at; char bytes[1 << 22]; };
static struct inbox inbox;

static inline void client_read(struct inbox *b)
{
    if (b->at) memmove(b->bytes, b->bytes + b->at, b->n - b->at), b->n -= b->at, b->at = 0;
    ssize_t n = recv(b->fd, b->bytes + b->n, sizeof b->bytes - 1 - b->n, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) b->closed = true;
    if (n > 0) b->n += (u32)n;
    b->bytes[b->n] = 0;
}

static inline void client_new(struct inbox *b)
{
    b->fd = client_open();
    b->n = b->at = 0, b->closed = false, b->bytes[0] = 0;
}

static inline void client_close(struct inbox *b)
{
    close(b->fd);
    b->fd = -1;
    for (u32 i = 0; i < 5; i++) world_round();
}

struct got { u32 status; char *head, *body; u32 body_n; };
/* The next whole answer; status 0: the connection was closed without one. */
static inline struct got client_answer(struct inbox *b, bool head_only)
{
    struct got g = { 0 };
    for (u32 round = 0; round < ROUNDS_MAX; round++) {
        char *end = strstr(b->bytes + b->at, "\r\n\r\n");
        if (end) {
            const char *length = strstr(b->bytes + b->at, "Content-Length: ");
            u32 body = length && length < end && !head_only ? (u32)atoi(length + 16) : 0;
            u32 whole = (u32)(end + 4 - (b->bytes + b->at)) + body;
            if (b->n - b->at >= whole) {
                static char head[8192], text[1 << 22];
                u32 head_n = whole - body;
                assert_true(head_n < sizeof head);
                memcpy(head, b->bytes + b->at, head_n), head[head_n] = 0;
                memcpy(text, end + 4, body), text[body] = 0;
                b->at += whole;
                g = (struct got){ (u32)atoi(head + 9), head, text, body };
                return g;
            }
        } else if (b->closed) {
            return g;
        }
        world_round();
        client_read(b);
    }
    fail_msg("no answer after %d rounds; have: %.200s", ROUNDS_MAX, b->bytes + b->at);
    return g;
}

/* Headers of a signed request, each line ended by CRLF. */
static inline const char *sign_as(const char *key, const char *method, const char *target,
                                  const char *body, i64 off_ms, const char *nonce)
{
    static char out[1024];
    char text[4096], sign[128], made[32];
    u8 sig[64];
    u64 ms = (u64)(clock_wall().ns / 1000000 + off_ms);
    struct text t = text_on(text, sizeof text), b = text_on(sign, sizeof sign);
    snprintf(made, sizeof made, "n%llu", (unsigned long long)++world.nonce);
    if (!nonce) nonce = made;
    sign_text(&t, method, str_of(target), ms, str_of(nonce), str_of(body));
    crypto_sign_detached(sig, NULL, (u8 *)text, t.n, world.secret);
    base64_put(&b, sig, 64);
    snprintf(out, sizeof out, "HR-Key: %s\r\nHR-Time: %llu\r\nHR-Nonce: %s\r\nHR-Sign: %s\r\n", key,
             (unsigned long long)ms, nonce, sign);
    return out;
}

/* One request and its answer on a fresh or kept connection. headers NULL: signed as k1. */
static inline struct got ask(const char *method, const char *target, const char *headers,
                             const char *body)
{
    static char text[1 << 19];
    if (!headers) headers = sign_as("k1", method, target, body, 0, NULL);
    bool typed = body[0] && !strstr(headers, "Content-Type");
    int n = snprintf(text, sizeof text,
                     "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%sContent-Length: %zu\r\n\r\n%s",
                     method, target, gateway_port(world.g), headers,
                     typed ? "Content-Type: application/json\r\n" : "", strlen(body), body);
    assert_true(n > 0 && n < (int)sizeof text);
    if (inbox.fd <= 0 || inbox.closed) {
        if (inbox.fd > 0) close(inbox.fd);
        client_new(&inbox);
    }
    client_send(inbox.fd, text, (u64)n);
    return client_answer(&inbox, strcmp(method, "HEAD") == 0);
}
#define DEMO "HR-Key: demo\r\n"

/* A member's text in a flat look at a JSON body: the first "key": from the front. */
static inline const char *field(const char *body, const char *key)
{
    static char out[4][256];
    static u32 turn;
    char *o = out[turn++ % 4], want[64];
    snprintf(want, sizeof want, "\"%s\":", key);
    const char *at = strstr(body, want);
    u32 n = 0;
    if (!at) return strcpy(o, "(absent)");
    at += strlen(want);
    bool quoted = *at == '"';
    for (at += quoted; *at && n < 255 && (quoted ? *at != '"' : *at != ',' && *at != '}'); at++)
        o[n++] = *at;
    o[n] = 0;
    return o;
}
#define FIELD_IS(body, key, want) assert_string_equal(field(body, key), want)

static inline void json_whole(const char *text, u32 n)
{
    struct json j;
    json_init(&j, text, n);
    if (!json_skip(&j) || json_next(&j) != JSON_END)
        fail_msg("not JSON (%s at %u): %s", j.bad, j.i, text);
}

static inline const char *order_text(const char *id, const char *side, const char *price,
                                     const char *qty)
{
    static char out[512];
    snprintf(out, sizeof out,
             "{\"client_id\":\"%s\",\"contract\":\"GPUH-M-2027-01\",\"side\":\"%s\","
             "\"type\":\"limit\",\"price\":\"%s\",\"quantity\":\"%s\"}",
             id, side, price, qty);
    return out;
}

#endif
