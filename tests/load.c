/* load: orders over REST at a fixed rate, whatever the venue does (open loop), and a line on disk
 * for everything it acknowledged: for kill tests and for measuring answer times from the scheduled
 * moment.
 * usage: load --to 127.0.0.1:8080 --contract ID (--demo | --key ID:SEEDHEX ...) [--rate N]
 *        [--connections N] [--batch N] [--seconds N] [--price P] [--tick P] [--seed N] [--out FILE]
 * Connections take the keys in turn; even ones buy while odd ones sell around the price, and four
 * times a second they change sides, so that two accounts trade and neither position grows. FILE
 * gets `sent CLIENT`, `order CLIENT ID SEQ FILLED`, `trade TRADE ORDER PRICE QTY` and `refused
 * CLIENT CODE`, each written before the next answer is read. Ends with one JSON line.
 */
#include "base/random.h"
#include "base/why.h"
#include "msg/rejects.h"
#include "sys/clock.h"
#include "sys/net.h"
#include "wire/json.h"
#include "wire/order.h"
#include "wire/sign.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINKS_MAX = 64, KEYS_MAX = 8, PIPELINE = 8, IN_MAX = 1 << 19, BUCKETS = 64 * 32 };
struct key { Text40 id; u8 secret[64]; bool demo; };
struct sent { u64 due_ns, first; }; /* when it should have gone; number of its first order */
struct link {
    int fd;
    u32 at, head, tail, out_n, out_at;
    struct sent sent[PIPELINE];
    const struct key *key;
    u32 in_n;
    bool dead;
    char in[IN_MAX], out[1 << 17];
};
static struct link links[LINKS_MAX];
static struct key keys[KEYS_MAX];
static struct {
    const char *to, *contract, *out;
    u64 rate, connections, batch, seconds, seed;
    i64 price, tick;
    u32 keys_n;
} o = { "127.0.0.1:8080", NULL, NULL, 5000, 4, 10, 10, 1, 2800000, 1000, 0 };
static struct {
    u64 sent, acked, filled, refused, late, answers, errors;
    u64 bucket[BUCKETS], worst;
} n;
static FILE *record;
static struct rng rng;
static u64 run_id;

static _Noreturn void stop(const char *why)
{
    fprintf(stderr, "load: %s\n", why);
    exit(4);
}

/* Buckets of 1/32 of a power of two: an HDR-style histogram of ns. */
static u32 bucket_of(u64 ns)
{
    u32 top = ns < 32 ? 0 : 63 - (u32)__builtin_clzll(ns) - 5;
    return top * 32 + (u32)(ns >> top);
}
static u64 bucket_ns(u32 b) { return b < 64 ? b : (u64)(b % 32 + 32) << (b / 32 - 1); }

static u64 quantile(u64 ppm)
{
    u64 need = (n.answers * ppm + 999999) / 1000000, have = 0;
    for (u32 b = 0; b < BUCKETS; b++)
        if ((have += n.bucket[b]) >= need && have) return bucket_ns(b);
    return 0;
}

static void write_order_text(struct text *t, u64 number, bool buys)
{
    struct order_body b = { 0 };
    struct cmd_order_new *c = &b.order;
    snprintf(c->client_id.z, sizeof c->client_id.z, "l%llx-%llu", (unsigned long long)run_id,
             (unsigned long long)number);
    if (!TEXT_FILL(&b.contract, str_of(o.contract))) stop("--contract: too long");
    c->side = buys ? SIDE_BUY : SIDE_SELL;
    c->type = ORDER_TYPE_LIMIT, c->stp_mode = STP_CANCEL_RESTING;
    c->tif = rng_chance(&rng, 250000) ? TIF_IOC : TIF_DAY;
    c->qty = 1;
    c->price.micros = o.price + o.tick * rng_between(&rng, -3, 3);
    json_item(t);
    order_body_write(&b, t);
    if (record) fprintf(record, "sent %s\n", c->client_id.z);
}

static void put_headers(struct text *t, const struct link *l, Str body, u64 number)
{
    static char text[1024];
    char nonce[48], base[128];
    u8 sig[64];
    text_put(t, "POST /v1/orders/batch HTTP/1.1\r\nHost: ");
    text_put(t, o.to);
    text_put(t, "\r\nContent-Type: application/json\r\nHR-Key: ");
    text_put(t, l->key->demo ? "demo" : l->key->id.z);
    if (!l->key->demo) {
        u64 ms = (u64)clock_wall().ns / 1000000u;
        struct text s = text_on(text, sizeof text), b = text_on(base, sizeof base);
        snprintf(nonce, sizeof nonce, "%llx-%llu", (unsigned long long)run_id,
                 (unsigned long long)number);
        sign_text(&s, "POST", STR("/v1/orders/batch"), ms, str_of(nonce), body);
        crypto_sign_detached(sig, NULL, (u8 *)text, s.n, l->key->secret);
        base64_put(&b, sig, sizeof sig);
        text_put(t, "\r\nHR-Time: ");
        text_put_u64(t, ms);
        text_put(t, "\r\nHR-Nonce: ");
        text_put(t, nonce);
        text_put(t, "\r\nHR-Sign: ");
        text_put(t, base);
    }
    text_put(t, "\r\nContent-Length: ");
    text_put_u64(t, body.n);
    text_put(t, "\r\n\r\n");
}

static void push(struct link *l)
{
    while (l->out_at < l->out_n) {
        i64 sent = net_send(l->fd, l->out + l->out_at, l->out_n - l->out_at);
        if (sent == NET_AGAIN || sent == 0) return;
        if (sent < 0) {
            l->dead = true;
            return;
        }
        l->out_at += (u32)sent;
    }
    l->out_n = l->out_at = 0;
}

static void send_batch(struct link *l, u64 due_ns)
{
    static char body[1 << 16];
    struct text b = text_on(body, sizeof body);
    u64 first = n.sent;
    text_put(&b, "{\"orders\":[");
    for (u64 i = 0; i < o.batch; i++)
        write_order_text(&b, n.sent++, (l->at + due_ns / 250000000u) % 2 == 0);
    text_put(&b, "]}");
    if (record) fflush(record);
    if (l->out_at == l->out_n) l->out_at = l->out_n = 0;
    struct text t = text_on(l->out + l->out_n, (u32)sizeof l->out - l->out_n);
    put_headers(&t, l, (Str){ body, b.n }, first);
    text_put_str(&t, (Str){ body, b.n });
    if (t.cut) stop("requests do not fit: a smaller --batch");
    l->out_n += t.n;
    l->sent[l->tail++ % PIPELINE] = (struct sent){ due_ns, first };
    push(l);
}

/* ---- answers ---- */

struct seen {
    char client[64], id[24], seq[24], filled[24], code[40], trade[24], price[24], qty[24];
};

static void keep(const struct json *j, Str key, struct seen *s, bool in_fill)
{
    char buf[64];
    Str v;
    struct { const char *key; char *to; u32 cap; bool fill; } rows[] = {
        { "client_id", s->client, sizeof s->client, false },
        { "order_id", s->id, sizeof s->id, false },
        { "seq", s->seq, sizeof s->seq, false }, { "filled", s->filled, sizeof s->filled, false },
        { "code", s->code, sizeof s->code, false }, { "trade_id", s->trade, sizeof s->trade, true },
        { "price", s->price, sizeof s->price, true }, { "quantity", s->qty, sizeof s->qty, true },
    };
    if (!json_plain(j, buf, sizeof buf, &v)) return;
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].fill != in_fill || !str_is(key, rows[i].key) || v.n >= rows[i].cap) continue;
        memcpy(rows[i].to, v.at, v.n);
        rows[i].to[v.n] = 0;
    }
}

static void note_order(const struct seen *s)
{
    if (s->code[0]) n.refused++;
    else n.acked++, n.filled += s->filled[0] != '0';
    if (!record) return;
    if (s->code[0]) fprintf(record, "refused %s %s\n", s->client[0] ? s->client : "-", s->code);
    else fprintf(record, "order %s %s %s %s\n", s->client, s->id, s->seq, s->filled);
}

/* {"orders":[{...,"fills":[{...}]}, {"code":...}]} or a problem for the whole batch. */
static void read_answer(const char *at, u32 len)
{
    struct json j;
    struct seen s = { .client = "" };
    Str key = { "", 0 };
    enum json_kind k;
    json_init(&j, at, len);
    while ((k = json_next(&j)) != JSON_END && k != JSON_BAD) {
        if (k == JSON_KEY) key = j.text;
        if (k == JSON_STRING) keep(&j, key, &s, j.depth > 3);
        if (k == JSON_OBJECT && j.depth == 3) s = (struct seen){ .client = "" };
        if (k == JSON_OBJECT_END && j.depth == 4 && s.trade[0]) {
            if (record) fprintf(record, "trade %s %s %s %s\n", s.trade, s.id, s.price, s.qty);
            s.trade[0] = 0;
        }
        if (k == JSON_OBJECT_END && j.depth == 2) note_order(&s);
    }
    if (k == JSON_BAD) stop("an answer is not JSON");
    if (record) fflush(record);
}

/* One whole answer off the front; false: more bytes are due. */
static bool take_answer(struct link *l)
{
    l->in[l->in_n] = 0;
    char *end = strstr(l->in, "\r\n\r\n");
    if (!end) return false;
    const char *length = strstr(l->in, "Content-Length: ");
    u32 body = length && length < end ? (u32)strtoul(length + 16, NULL, 10) : 0;
    u32 whole = (u32)(end + 4 - l->in) + body;
    if (l->in_n < whole) return false;
    if (l->head == l->tail) stop("an answer to nothing");
    const struct sent *sent = &l->sent[l->head++ % PIPELINE];
    u64 ns = clock_monotonic_ns() - sent->due_ns;
    n.answers++, n.bucket[bucket_of(ns)]++;
    if (ns > n.worst) n.worst = ns;
    if (strncmp(l->in + 9, "200", 3) == 0) read_answer(end + 4, body);
    else if (n.errors++ == 0) fprintf(stderr, "load: %.*s\n", (int)whole, l->in);
    memmove(l->in, l->in + whole, l->in_n - whole);
    l->in_n -= whole;
    return true;
}

static void pull(struct link *l)
{
    for (;;) {
        i64 got = net_recv(l->fd, l->in + l->in_n, IN_MAX - 1 - l->in_n);
        if (got == NET_AGAIN) return;
        if (got <= 0) {
            l->dead = true;
            return;
        }
        l->in_n += (u32)got;
        while (take_answer(l)) {}
    }
}

static struct link *free_link(void)
{
    static u32 turn;
    for (u32 i = 0; i < o.connections; i++) {
        struct link *l = &links[turn++ % o.connections];
        if (!l->dead && l->tail - l->head < PIPELINE) return l;
    }
    return NULL;
}

/* ---- the run ---- */

static u32 outstanding(bool *all_dead)
{
    u32 waiting = 0;
    *all_dead = true;
    for (u32 i = 0; i < o.connections; i++) {
        if (links[i].dead) continue;
        *all_dead = false;
        waiting += links[i].tail - links[i].head;
    }
    return waiting;
}

static void run(void)
{
    u64 gap = o.batch * 1000000000u / o.rate, start = clock_monotonic_ns(), due = start;
    u64 end = start + o.seconds * 1000000000u, patience = end + 30000000000u;
    bool all_dead;
    while (outstanding(&all_dead) || (due < end && !all_dead)) {
        u64 now = clock_monotonic_ns();
        while (due <= now && due < end) {
            struct link *l = free_link();
            if (!l) break;
            if (now - due > 1000000u) n.late++;
            send_batch(l, due);
            due += gap;
        }
        for (u32 i = 0; i < o.connections; i++) {
            if (links[i].dead) continue;
            push(&links[i]);
            pull(&links[i]);
        }
        now = clock_monotonic_ns();
        if (now > patience) break;
        if (due > now) clock_sleep_ns(due - now < 200000u ? due - now : 200000u);
        else if (!free_link()) clock_sleep_ns(100000u);
    }
}

static void connect_all(void)
{
    struct net_address a;
    struct why w;
    if (net_address_of(&a, o.to, &w)) stop(w.text);
    for (u32 i = 0; i < o.connections; i++) {
        links[i].at = i, links[i].key = &keys[i % o.keys_n];
        if (net_connect(&links[i].fd, &a, 5000000000u, &w)) stop(w.text);
        net_no_delay(links[i].fd);
    }
}

static void take_key(const char *text)
{
    u8 seed[32], public_key[32];
    struct key *k = &keys[o.keys_n];
    const char *colon = strrchr(text, ':');
    if (o.keys_n == KEYS_MAX || !colon) stop("--key ID:SEEDHEX, at most eight");
    Str id = { text, (u32)(colon - text) };
    if (!TEXT_FILL(&k->id, id) || parse_hex(str_of(colon + 1), seed, 32) != PARSE_OK)
        stop("--key: an id and 64 hex digits are due");
    crypto_sign_seed_keypair(public_key, k->secret, seed);
    o.keys_n++;
}

static bool number(const char *arg, const char *name, const char *text, u64 lo, u64 hi, u64 *out)
{
    if (strcmp(arg, name)) return false;
    if (parse_u64(str_of(text), out) != PARSE_OK || *out < lo || *out > hi) {
        fprintf(stderr, "load: %s: %llu to %llu is due\n", name, (unsigned long long)lo,
                (unsigned long long)hi);
        exit(2);
    }
    return true;
}

static bool price(const char *arg, const char *name, const char *text, i64 *out)
{
    if (strcmp(arg, name)) return false;
    if (parse_dec(str_of(text), 6, out) != PARSE_OK || *out <= 0) stop("a price above 0 is due");
    return true;
}

static void options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(a, "--demo") == 0) {
            keys[o.keys_n++ % KEYS_MAX].demo = true;
            continue;
        }
        i++;
        if (number(a, "--rate", v, 1, 1000000, &o.rate) ||
            number(a, "--connections", v, 1, LINKS_MAX, &o.connections) ||
            number(a, "--batch", v, 1, ORDER_BATCH_MAX, &o.batch) ||
            number(a, "--seconds", v, 1, 86400, &o.seconds) ||
            number(a, "--seed", v, 0, UINT64_MAX, &o.seed) || price(a, "--price", v, &o.price) ||
            price(a, "--tick", v, &o.tick))
            continue;
        if (strcmp(a, "--to") == 0) o.to = v;
        else if (strcmp(a, "--contract") == 0) o.contract = v;
        else if (strcmp(a, "--out") == 0) o.out = v;
        else if (strcmp(a, "--key") == 0) take_key(v);
        else stop("no such option; see the head of tests/load.c");
    }
    if (!o.contract || !o.keys_n) stop("--contract and --demo or --key are due");
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0) return 4;
    options(argc, argv);
    rng = rng_of(o.seed);
    run_id =
        ((u64)getpid() << 24 ^ (u64)clock_wall().ns) & 0xffffffffffu; /* ids never used before */
    if (o.out && !(record = fopen(o.out, "a"))) stop("--out: can not be opened");
    connect_all();
    u64 start = clock_monotonic_ns();
    run();
    u64 ns = clock_monotonic_ns() - start;
    bool all_dead;
    printf(
        "{\"sent\":%llu,\"acked\":%llu,\"filled\":%llu,\"refused\":%llu,\"errors\":%llu,"
        "\"unanswered\":%u,\"late\":%llu,\"seconds\":\"%llu.%03llu\",\"answer_us\":{\"p50\":%llu,"
        "\"p99\":%llu,\"p99.9\":%llu,\"max\":%llu}}\n",
        (unsigned long long)n.sent, (unsigned long long)n.acked, (unsigned long long)n.filled,
        (unsigned long long)n.refused, (unsigned long long)n.errors, outstanding(&all_dead),
        (unsigned long long)n.late, (unsigned long long)(ns / 1000000000u),
        (unsigned long long)(ns / 1000000u % 1000u), (unsigned long long)(quantile(500000) / 1000u),
        (unsigned long long)(quantile(990000) / 1000u),
        (unsigned long long)(quantile(999000) / 1000u), (unsigned long long)(n.worst / 1000u));
    if (record && fclose(record)) stop("--out: can not be written");
    return n.errors ? 1 : 0;
}
