#include "gateway_world.h"
#include <sys/resource.h>
#include <sys/stat.h>

static int start(void **state) { world_start(); inbox.fd = 0; return 0; }
static int stop(void **state)
{
    if (inbox.fd > 0) close(inbox.fd);
    inbox.fd = 0;
    world_stop();
    return 0;
}

static void settle_down(void)
{
    for (u32 i = 0; i < 5; i++) world_round();
}

static const struct { const char *name, *in; u32 status; } bad[] = {
    { "two lengths", "POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Len"
                     "gth: 2\r\n\r\nab", 400 },
    { "length and coding", "POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTran"
                           "sfer-Encoding: chunked\r\n\r\n", 400 },
    { "obs-fold", "GET /v1/time HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", 400 },
    { "bare LF", "GET /v1/time HTTP/1.1\nHost: h\n\n", 400 },
    { "space before colon", "GET /v1/time HTTP/1.1\r\nHost : h\r\n\r\n", 400 },
    { "bad chunk", "POST /v1/orders HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "zz\r\n", 400 },
    { "no Host", "GET /v1/time HTTP/1.1\r\n\r\n", 400 },
    { "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400 },
    { "TLS hello", "\x16\x03\x01\x02\r\n\r\n", 400 },
    { "a large body", "POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Length: 262145\r\n"
                      "\r\n", 413 },
    { "an odd Expect", "POST /v1/orders HTTP/1.1\r\nHost: h\r\nExpect: x\r\nContent-Length: "
                       "2\r\n\r\n{}", 417 },
    { "an old version", "GET /v1/time HTTP/0.9\r\nHost: h\r\n\r\n", 505 },
};

/* Each is answered and closed, and a request smuggled behind it never runs. */
static void bad_http_is_refused(void **state)
{
    for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
        u64 requests = gateway_counts(world.g).requests;
        client_new(&inbox);
        client_send(inbox.fd, bad[i].in, strlen(bad[i].in));
        client_send(inbox.fd, "GET /v1/time HTTP/1.1\r\nHost: h\r\n\r\n", 34);
        struct got r = client_answer(&inbox, false);
        if (r.status != bad[i].status) fail_msg("%s: %u", bad[i].name, r.status);
        json_whole(r.body, r.body_n);
        assert_non_null(strstr(r.head, "Connection: close"));
        assert_int_equal(client_answer(&inbox, false).status, 0);
        assert_int_equal(gateway_counts(world.g).requests, requests);
        close(inbox.fd);
    }
    inbox.fd = 0;
    assert_int_equal(gateway_counts(world.g).bad_http, ARRAY_LEN(bad));
    settle_down();
    assert_int_equal(gateway_counts(world.g).connections_now, 0);
}

static void one_byte_at_a_time(void **state)
{
    char text[2048];
    const char *body = order_text("slow", "buy", "2.800", "5");
    int n = snprintf(text, sizeof text,
                     "POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                     "%sTransfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n",
                     sign_as("k1", "POST", "/v1/orders", body, 0, NULL), strlen(body), body);
    client_new(&inbox);
    for (int i = 0; i < n; i++) {
        client_send(inbox.fd, text + i, 1);
        world_round();
    }
    struct got r = client_answer(&inbox, false);
    assert_int_equal(r.status, 201);
    FIELD_IS(r.body, "client_id", "slow");
}

/* Forty requests in one write, orders among them while the release gate is shut: all answers, in
 * order. */
static void pipelines_are_answered_in_order(void **state)
{
    static char text[1 << 16];
    u32 n = 0;
    char id[16];
    for (u32 i = 0; i < 40; i++) {
        if (i % 3 == 0) {
            snprintf(id, sizeof id, "p%u", i);
            const char *body = order_text(id, "buy", "2.700", "1");
            n += (u32)sprintf(
                text + n,
                "POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                "%sContent-Length: %zu\r\n\r\n%s",
                sign_as("k1", "POST", "/v1/orders", body, 0, NULL), strlen(body), body);
        } else {
            n += (u32)sprintf(text + n,
                              "GET /v1/instruments/GPUH-M-2027-0%u HTTP/1.1\r\nHost: h\r\n"
                              "\r\n",
                              i % 3);
        }
    }
    client_new(&inbox);
    world.hold = true;
    client_send(inbox.fd, text, n);
    for (u32 i = 0; i < 50; i++) world_round(), client_read(&inbox);
    assert_int_equal(inbox.n, 0); /* the first is an order, and is not released */
    assert_true(gateway_counts(world.g).requests <= HTTP_PIPELINE_MAX);
    world.hold = false;
    for (u32 i = 0; i < 40; i++) {
        struct got r = client_answer(&inbox, false);
        assert_int_equal(r.status, i % 3 == 0 ? 201 : 200);
        snprintf(id, sizeof id, i % 3 == 0 ? "p%u" : "GPUH-M-2027-0%u", i % 3 == 0 ? i : i % 3);
        FIELD_IS(r.body, i % 3 == 0 ? "client_id" : "id", id);
    }
}

/* One who asks and does not read fills no memory: requests are taken only as fast as answers
 * leave. */
static void answers_that_are_not_read_are_bounded(void **state)
{
    static const char one[] = "GET /v1/openapi.json HTTP/1.1\r\nHost: h\r\n\r\n";
    client_new(&inbox);
    settle_down();
    struct conn *c = NULL;
    for (u32 i = 0; i < world.g->conns_max; i++)
        if (world.g->conns[i].kind == CONN_HTTP) c = &world.g->conns[i];
    for (u32 i = 0; i < 20000; i++) {
        ssize_t sent = send(inbox.fd, one, sizeof one - 1, MSG_NOSIGNAL);
        world_round();
        assert_true(c->queued <= PUBLIC_QUEUE_MAX + (1u << 17));
        assert_true(c->in_cap <= HTTP_BYTES_MAX);
        if (sent < (ssize_t)sizeof one - 1) break;
    }
    int stuck = inbox.fd;
    inbox.fd = 0; /* and nobody else notices */
    assert_int_equal(ask("GET", "/v1/time", "", "").status, 200);
    close(stuck);
}

static void reads_wait_for_the_read_model(void **state)
{
    struct got r = ask("POST", "/v1/orders", NULL, order_text("w", "buy", "2.800", "5"));
    char target[64], text[1024];
    snprintf(target, sizeof target, "/v1/orders/%s", field(r.body, "order_id"));
    assert_int_equal(ask("GET", target, NULL, "").status, 200);
    world.behind = true; /* the read model stops */
    r = ask("POST", "/v1/orders", NULL, order_text("v", "buy", "2.800", "5"));
    assert_int_equal(r.status, 201); /* orders go on */
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: h\r\n%s\r\n", target,
                     sign_as("k1", "GET", target, "", 0, NULL));
    client_send(inbox.fd, text, (u64)n);
    for (u32 i = 0; i < 100; i++) world_round(), client_read(&inbox);
    assert_int_equal(inbox.n - inbox.at, 0);
    assert_int_equal(gateway_counts(world.g).in_flight, 1);
    OK(store_apply(world.store, world.market.events, world.market.events_n, &world.why));
    assert_int_equal(client_answer(&inbox, false).status, 200);
    r = ask("POST", "/v1/orders", NULL, order_text("u", "buy", "2.800", "5"));
    client_send(inbox.fd, text, (u64)n); /* the nonce is used: refused at once, not parked */
    assert_int_equal(client_answer(&inbox, false).status, 401);
    n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: h\r\n%s\r\n", target,
                 sign_as("k1", "GET", target, "", 0, NULL));
    client_send(inbox.fd, text, (u64)n);
    for (u32 i = 0; i < 20; i++) world_round();
    world.g->pendings[world.g->parked_first - 1].parked_ns = 1; /* it has waited long enough */
    assert_int_equal(client_answer(&inbox, false).status, 503);
    assert_int_equal(gateway_counts(world.g).in_flight, 0);
}

static void a_thousand_idle_connections(void **state)
{
    static int fds[1000];
    struct rlimit limit = { 0 };
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 2200) skip();
    for (u32 i = 0; i < 1000; i++) {
        fds[i] = client_open();
        if (i % 50 == 0) world_round();
    }
    for (u32 i = 0; i < 20; i++) world_round();
    assert_int_equal(gateway_counts(world.g).connections_now, 1000);
    assert_int_equal(ask("GET", "/v1/time", "", "").status, 200);
    for (u32 i = 0; i < 1000; i++) { /* half of them begin a request and never end it */
        if (i % 2) client_send(fds[i], "GET /v1/time HTTP/1.1\r\n", 23);
    }
    for (u32 i = 0; i < 20; i++) world_round();
    u64 old = world.g->now_ns > (u64)(11 * NS_PER_SECOND)
                  ? world.g->now_ns - (u64)(11 * NS_PER_SECOND)
                  : 1;
    for (u32 i = 0; i < world.g->conns_max; i++)
        world.g->conns[i].head_ns = world.g->conns[i].heard_ns = old;
    world.g->swept_ns = 0; /* eleven seconds later */
    world_round();
    assert_int_equal(gateway_counts(world.g).timeouts, 500);
    for (u32 i = 0; i < 1000; i++) close(fds[i]);
    for (u32 i = 0; i < 20; i++) world_round();
    assert_true(gateway_counts(world.g).connections_now <= 1);
}

static void connections_have_a_limit(void **state)
{
    int fds[4];
    gateway_close(world.g);
    world.config.connections_max = 3;
    world_open();
    for (u32 i = 0; i < 3; i++) fds[i] = client_open();
    settle_down();
    client_new(&inbox);
    assert_int_equal(client_answer(&inbox, false).status, 503);
    close(inbox.fd);
    close(fds[0]);
    settle_down();
    inbox.fd = 0;
    assert_int_equal(ask("GET", "/v1/time", "", "").status, 200);
    for (u32 i = 1; i < 3; i++) close(fds[i]);
}

static void put_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    OK(file_write_atomic(path, text, strlen(text), &world.why));
}

static void the_page_is_served_and_nothing_else(void **state)
{
    static const struct { const char *target; u32 status; const char *type; } rows[] = {
        { "/", 200, "text/html" }, { "/index.html", 200, "text/html" },
        { "/js/app.js", 200, "text/javascript" },
        { "/style.css", 200, "text/css" }, { "/js/../secret.txt", 404, "problem" },
        { "/../secret.txt", 404, "problem" }, { "/%2e%2e/secret.txt", 404, "problem" },
        { "/js/%2e%2e/style.css", 404, "problem" }, { "//etc/passwd", 404, "problem" },
        { "/js", 404, "problem" },
        { "/js/", 404, "problem" }, { "/.hidden.txt", 404, "problem" },
        { "/tool.sh", 404, "problem" },
        { "/node_modules/x.js", 404, "problem" }, { "/package.json", 404, "problem" },
        { "/index.html%00.png", 404, "problem" }, { "/js/app.js?v=1", 200, "text/javascript" },
    };
    static const char *const folders[] = { "web", "web/js", "web/node_modules" };
    static const char *const files[][2] = {
        { "web/index.html", "<p>page" },  { "web/js/app.js", "1" },
        { "web/style.css", "p{}" },       { "secret.txt", "s" },
        { "web/.hidden.txt", "h" },       { "web/tool.sh", "t" },
        { "web/node_modules/x.js", "x" }, { "web/package.json", "{}" },
    };
    char web[80], path[256], tag[128];
    for (u32 i = 0; i < ARRAY_LEN(folders); i++) {
        snprintf(path, sizeof path, "%s/%s", world.folder, folders[i]);
        OK(dir_make(path, &world.why));
    }
    for (u32 i = 0; i < ARRAY_LEN(files); i++) put_file(world.folder, files[i][0], files[i][1]);
    gateway_close(world.g);
    snprintf(web, sizeof web, "%s/web", world.folder);
    world.config.web_dir = web;
    world_open();
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct got r = ask("GET", rows[i].target, "", "");
        if (r.status != rows[i].status || !strstr(r.head, rows[i].type))
            fail_msg("%s: %u %s", rows[i].target, r.status, r.head);
        if (r.status == 200)
            assert_non_null(strstr(r.head, "Content-Security-Policy: default-src 'self'"));
    }
    struct got r = ask("GET", "/", "", "");
    snprintf(tag, sizeof tag, "If-None-Match: %.18s\r\n", strstr(r.head, "ETag: ") + 6);
    assert_string_equal(r.body, "<p>page");
    client_close(&inbox), inbox.fd = 0;
    r = ask("HEAD", "/", tag, "");
    assert_int_equal(r.status, 304);
    assert_int_equal(ask("POST", "/", DEMO, "{}").status, 404);
    for (u32 i = ARRAY_LEN(files); i-- > 0;) {
        snprintf(path, sizeof path, "%s/%s", world.folder, files[i][0]);
        unlink(path);
    }
    for (u32 i = ARRAY_LEN(folders); i-- > 0;) {
        snprintf(path, sizeof path, "%s/%s", world.folder, folders[i]);
        rmdir(path);
    }
}

/* Random bytes and cut-up good ones at the socket: the gateway lives, and answers the next
 * client. */
static void noise(void **state)
{
    struct rng r = rng_of(99);
    for (u32 i = 0; i < 300; i++) {
        char text[512];
        u32 n = (u32)rng_below(&r, sizeof text);
        const char *good = bad[rng_below(&r, ARRAY_LEN(bad))].in;
        u32 keep = (u32)rng_below(&r, strlen(good) + 1);
        for (u32 k = 0; k < n; k++) text[k] = (char)rng_below(&r, 256);
        memcpy(text, good, keep < n ? keep : n);
        int fd = client_open();
        client_send(fd, text, n);
        if (i % 7) settle_down();
        close(fd);
    }
    settle_down();
    assert_int_equal(ask("GET", "/v1/time", "", "").status, 200);
    assert_true(gateway_counts(world.g).connections_now <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
        T(bad_http_is_refused),
        T(one_byte_at_a_time),
        T(pipelines_are_answered_in_order),
        T(answers_that_are_not_read_are_bounded),
        T(reads_wait_for_the_read_model),
        T(a_thousand_idle_connections),
        T(connections_have_a_limit),
        T(the_page_is_served_and_nothing_else),
        T(noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
