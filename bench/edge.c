/* bench_edge: what a request costs before and after the engine: HTTP, JSON, signature, read model.
 *   --quick       tiny sizes, so that it runs in a second
 *   --json        one object a line
 *   --only TEXT   only the parts whose name has it: json, http, sign, store */
#include "../tests/fake_market.h"
#include "base/random.h"
#include "row.h"
#include "store/store.h"
#include "wire/http.h"
#include "wire/order.h"
#include "wire/sign.h"
#include <cjson/cJSON.h>
#include <sodium.h>

static struct why w;
static bool quick;
static const char *only;
static bool part(const char *name) { return !only || strstr(name, only); }

static const char body[] =
    "{\"client_id\":\"desk-a-000000000001\",\"contract\":\"GPUH-M-2027-03\",\"side\":\"buy\","
    "\"type\":\"limit\",\"price\":\"2.820\",\"quantity\":\"5\",\"tif\":\"day\",\"post_only\":false,"
    "\"reduce_only\":false,\"account\":9}";

static double ns_each(u64 start, u32 rounds)
{
    return (double)(clock_monotonic_ns() - start) / rounds;
}

/* Ours and cJSON in turn, five times; the median ratio. The peer is asked for the same ten
 * fields. */
static void json(void)
{
    static const char *const keys[] = { "client_id",   "contract", "side", "type",
                                        "price",       "quantity", "tif",  "post_only",
                                        "reduce_only", "account" };
    u32 rounds = quick ? 1000 : 200000, seen = 0;
    double ours[5], peer[5], ratio[5];
    for (u32 k = 0; k < 5; k++) {
        u64 t = clock_monotonic_ns();
        for (u32 i = 0; i < rounds; i++) {
            struct order_body b;
            struct body_error e;
            seen += order_body_read(body, sizeof body - 1, &b, &e) && b.order.qty == 5;
        }
        ours[k] = ns_each(t, rounds);
        t = clock_monotonic_ns();
        for (u32 i = 0; i < rounds; i++) {
            cJSON *j = cJSON_ParseWithLength(body, sizeof body - 1);
            for (u32 f = 0; f < ARRAY_LEN(keys); f++)
                seen += cJSON_GetObjectItem(j, keys[f]) != NULL;
            cJSON_Delete(j);
        }
        peer[k] = ns_each(t, rounds);
        ratio[k] = peer[k] / ours[k];
    }
    for (u32 i = 0; i < 5; i++) /* by ratio */
        for (u32 k = i + 1; k < 5; k++)
            if (ratio[k] < ratio[i]) {
                double r = ratio[i], o = ours[i], p = peer[i];
                ratio[i] = ratio[k], ours[i] = ours[k], peer[i] = peer[k];
                ratio[k] = r, ours[k] = o, peer[k] = p;
            }
    char work[96];
    struct samples none = { 0 };
    snprintf(work, sizeof work, "%.0f ns; cJSON, same fields: %.0f ns (%.1fx)", ours[2], peer[2],
             ratio[2]);
    row("json: order body", seen ? work : "nothing read", &none, 1e3 / ours[2], "M/s", 5);
}

static void http(void)
{
    static struct http_request r;
    char text[1024], work[64];
    struct samples none = { 0 };
    u32 rounds = quick ? 1000 : 200000, seen = 0;
    int n = snprintf(
        text, sizeof text,
        "POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n"
        "HR-Key: desk-a\r\nHR-Time: 1798963200000\r\nHR-Nonce: n-0001\r\nHR-Sign: "
        "OlLrmnHpw9ZlqDi/47t8gUI8o7RNqfq5qGFIs8Xs/UUWZbLjyD9WCJBBdzHYWTA1/Fljz5MwUjvxfRUDqcxcDQ=="
        "\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        sizeof body - 1, body);
    u64 t = clock_monotonic_ns();
    for (u32 i = 0; i < rounds; i++) {
        struct http h;
        http_init(&h);
        if (http_take(&h, text, (u32)n, &r) == HTTP_REQUEST_READY) seen += http_next(&h) == (u32)n;
    }
    double ns = ns_each(t, rounds);
    snprintf(work, sizeof work, "%d bytes, 6 headers: %.0f ns", n, ns);
    row("http: one request", seen == rounds ? work : "refused", &none, 1e3 / ns, "M/s", 0);
}

static void sign(void)
{
    u8 seed[32] = { 1 }, pk[32], sk[64], sig[64];
    char text[1024], work[64];
    struct samples none = { 0 };
    u32 rounds = quick ? 20 : 5000, good = 0;
    crypto_sign_seed_keypair(pk, sk, seed);
    struct text t = text_on(text, sizeof text);
    sign_text(&t, "POST", STR("/v1/orders"), 1, STR("n"), STR(body));
    crypto_sign_detached(sig, NULL, (u8 *)text, t.n, sk);
    u64 start = clock_monotonic_ns();
    for (u32 i = 0; i < rounds; i++) {
        t = text_on(text, sizeof text);
        sign_text(&t, "POST", STR("/v1/orders"), 1, STR("n"), STR(body));
        good += crypto_sign_verify_detached(sig, (u8 *)text, t.n, pk) == 0;
    }
    double us = ns_each(start, rounds) / 1000;
    snprintf(work, sizeof work, "text, SHA-256 of the body, Ed25519: %.1f us", us);
    row("sign: one check", good == rounds ? work : "bad", &none, 1e3 / us, "k/s", 0);
}

/* A market of orders that rest, trade and go, in batches as the projection thread makes them. */
static void store_batches(u32 batch)
{
    static struct fake_market m;
    struct store *s;
    struct rng r = rng_of(1);
    struct event *tape = malloc(40u * batch * sizeof *tape);
    u32 commands = quick ? 2 * batch : 20000 / batch * batch, n = 0;
    u64 events = 0, ns = 0;
    ASSERT(tape);
    fake_setup(&m);
    must(store_open(&s, ":memory:", NULL, &w), &w);
    must(store_apply(s, m.events, m.events_n, &w), &w);
    for (u32 i = 1; i <= commands; i++) {
        struct command c = { .type = CMD_ORDER_NEW };
        struct cmd_order_new *o = &c.order_new;
        sprintf(o->client_id.z, "c%u", i);
        o->account = 1 + i % FAKE_ACCOUNTS, o->instrument = 1 + i % FAKE_INSTRUMENTS;
        o->side = (u8)(SIDE_BUY + i / 7 % 2), o->type = ORDER_TYPE_LIMIT, o->tif = TIF_IOC,
        o->qty = 2;
        if (rng_chance(&r, 500000)) o->tif = TIF_DAY;
        o->price.micros = 2800000 + 1000 * rng_between(&r, -2, 2);
        fake_step(&m, &c);
        if (n + m.events_n > 40u * batch) fputs("bench_edge: a batch too large\n", stderr), exit(1);
        memcpy(tape + n, m.events, m.events_n * sizeof *tape);
        n += m.events_n;
        if (i % 64 == 0) { /* the fake market's list stays short */
            u32 k = 0;
            for (u32 j = 0; j < m.orders_n; j++)
                if (!m.orders[j].reason) m.orders[k++] = m.orders[j];
            m.orders_n = k;
        }
        if (i % batch) continue;
        u64 t = clock_monotonic_ns();
        must(store_apply(s, tape, n, &w), &w);
        ns += clock_monotonic_ns() - t;
        events += n, n = 0;
    }
    store_close(s);
    free(tape);
    char work[64];
    struct samples none = { 0 };
    snprintf(work, sizeof work, "%u orders a batch, %.1f events each", batch,
             (double)events / commands);
    row("store: orders folded", work, &none, commands / ((double)ns / 1e6), "k/s", 0);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) quick = true;
        else if (strcmp(argv[i], "--json") == 0) row_json = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) only = argv[++i];
        else {
            fputs("usage: bench_edge [--quick] [--json] [--only TEXT]\n", stderr);
            return ERR_USAGE;
        }
    }
    if (sodium_init() < 0) return ERR_IO;
    if (part("json")) json();
    if (part("http")) http();
    if (part("sign")) sign();
    if (part("store")) store_batches(10), store_batches(200), store_batches(2000);
    return ERR_OK;
}
