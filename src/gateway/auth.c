/* Who asks: signatures, the time window, nonces; and the demo key on loopback. */
#include "gateway/internal.h"
#include <sodium.h>
#include <stdio.h>

#define NONCES_MAX 65536u /* of one key within the window */
#define DEMO_KEY "demo"

bool auth_open(struct gateway *g, const struct gateway_config *config)
{
    u32 n = config->keys_n + (config->demo_key && g->on_loopback ? 1u : 0u);
    ASSERT(config->keys || !config->keys_n);
    if (sodium_init() < 0) return false;
    g->identities = calloc(n ? n : 1, sizeof *g->identities);
    if (!g->identities) return false;
    for (u32 i = 0; i < config->keys_n; i++) g->identities[i].key = config->keys[i];
    g->identities_n = n;
    if (n > config->keys_n) {
        struct identity *demo = &g->identities[n - 1];
        demo->demo = true;
        demo->key.account = config->demo_account, demo->key.trade = demo->key.read_all = true;
        memcpy(demo->key.id.z, DEMO_KEY, sizeof DEMO_KEY);
    }
    return true;
}

void auth_close(struct gateway *g)
{
    for (u32 i = 0; i < g->identities_n; i++) {
        free(g->identities[i].nonces);
        table_free(&g->identities[i].seen);
    }
    free(g->identities);
    g->identities = NULL, g->identities_n = 0;
}

/* The authority names this listener: its own address, or a loopback name with its port. */
static bool own_authority(const struct gateway *g, Str s)
{
    static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };
    char want[96];
    ASSERT(s.at);
    if (str_is_any_case(s, g->address_text)) return true;
    for (u32 i = 0; i < ARRAY_LEN(names) && g->on_loopback; i++) {
        snprintf(want, sizeof want, "%s:%u", names[i], g->address.port);
        if (str_is_any_case(s, want)) return true;
        if (g->address.port == 80 && str_is_any_case(s, names[i])) return true;
    }
    return false;
}

/* A page of another origin, or of a name that was bent to this address, is not our page. */
bool auth_own_origin(const struct gateway *g, const struct http_request *r)
{
    bool twice = false, hosts = false;
    Str host = http_header(r, "Host", &hosts), origin = http_header(r, "Origin", &twice);
    Str site = http_header(r, "Sec-Fetch-Site", NULL);
    if (twice || hosts) return false;
    if (g->on_loopback && !own_authority(g, host)) return false;
    if (str_is_any_case(site, "cross-site")) return false;
    if (!origin.n) return true;
    if (origin.n < 8 || memcmp(origin.at, "http://", 7) != 0) return false;
    Str authority = { origin.at + 7, origin.n - 7 };
    return g->on_loopback ? own_authority(g, authority) : str_eq(authority, host);
}

static struct identity *identity_of(struct gateway *g, Str id)
{
    for (u32 i = 0; i < g->identities_n; i++)
        if (!g->identities[i].demo && str_is(id, g->identities[i].key.id.z))
            return &g->identities[i];
    return NULL;
}

/* Remembers a nonce until its time has left the window. False: used before, or too many. */
static const char *nonce_take(struct identity *who, Str nonce, u64 time_ms, i64 now_ms)
{
    u64 print = chain64(1, nonce.at, nonce.n) | 1;
    if (!who->nonces) who->nonces = malloc(NONCES_MAX * sizeof *who->nonces);
    if (!who->nonces) return "no memory for nonces";
    while (who->nonces_n && who->nonces[who->nonces_at].until_ms < now_ms) {
        table_remove(&who->seen, who->nonces[who->nonces_at].print);
        who->nonces_at = (who->nonces_at + 1) % NONCES_MAX, who->nonces_n--;
    }
    if (table_get(&who->seen, print)) return "HR-Nonce: used before";
    if (who->nonces_n == NONCES_MAX) return "HR-Nonce: too many within the window";
    if (!table_put(&who->seen, print, 1)) return "no memory for nonces";
    u32 at = (who->nonces_at + who->nonces_n++) % NONCES_MAX;
    who->nonces[at] = (struct nonce){ print, (i64)time_ms + SIGN_WINDOW_MS };
    return NULL;
}

static const char *demo_check(struct gateway *g, struct conn *c, const struct http_request *r,
                              struct identity **who)
{
    struct identity *demo = g->identities_n ? &g->identities[g->identities_n - 1] : NULL;
    if (!demo || !demo->demo) return "HR-Key: unknown key or bad signature";
    if (!c->loopback || !g->on_loopback) return "HR-Key: the demo key is for loopback only";
    if (!auth_own_origin(g, r)) return "HR-Key: the demo key is for the venue's own page";
    *who = demo;
    return NULL;
}

const char *auth_check(struct gateway *g, struct conn *c, const struct http_request *r,
                       struct identity **who)
{
    static const u8 nobody[32] = { 0x58, 0x66, 0x66, 0x66 }; /* a key nobody has: the same work */
    struct signed_headers s;
    bool twice = false;
    Str key = http_header(r, "HR-Key", &twice);
    *who = NULL;
    if (!twice && str_is(key, DEMO_KEY)) return demo_check(g, c, r, who);
    const char *why = sign_headers(r, &s);
    if (why) return why;
    i64 now_ms = clock_wall().ns / NS_MS;
    if (s.time_ms > (u64)INT64_MAX / 2) return "HR-Time: outside the window of 5 s";
    i64 off = (i64)s.time_ms - now_ms;
    if (off > SIGN_WINDOW_MS || off < -SIGN_WINDOW_MS) return "HR-Time: outside the window of 5 s";
    struct identity *found = identity_of(g, s.key);
    struct text t = text_on(g->frame, SCRATCH_BYTES);
    sign_text(&t, http_method_name(r->method), r->target, s.time_ms, s.nonce, r->body);
    int bad = crypto_sign_verify_detached(s.signature, (const u8 *)g->frame, t.n,
                                          found ? found->key.public_key : nobody);
    if (bad || !found) return "HR-Key: unknown key or bad signature";
    why = nonce_take(found, s.nonce, s.time_ms, now_ms);
    if (!why) *who = found;
    return why;
}
