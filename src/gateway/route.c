/* Requests to handlers: matching, limits, identity; problems; reads that wait for the read
 * model. */
#include "gateway/internal.h"
#include <stdio.h>

const struct route_row routes[ROUTE_COUNT] = {
#define AS_ROUTE_ROW(NAME, handler, METHOD, path, access, weight, params, text) \
    { #handler, METHOD_##METHOD, path, ACCESS_##access, weight, params, text, route_##handler },
    ROUTES(AS_ROUTE_ROW)
};

/* ---- problems ---- */

u16 status_of(u32 code)
{
    static const struct { u32 code; u16 status; } rows[] = {
        { REJECT_BAD_HTTP, 400 }, { REJECT_BAD_JSON, 400 }, { REJECT_BAD_FIELD, 400 },
        { REJECT_BAD_TEXT, 400 }, { REJECT_AUTH, 401 }, { REJECT_NOT_OWNER, 403 },
        { REJECT_NOT_PERMITTED, 403 }, { REJECT_NOT_FOUND, 404 }, { REJECT_UNKNOWN_ORDER, 404 },
        { REJECT_UNKNOWN_CONTRACT, 404 }, { REJECT_UNKNOWN_INDEX, 404 },
        { REJECT_UNKNOWN_ACCOUNT, 404 },
        { REJECT_DUPLICATE, 409 }, { REJECT_TOO_LARGE, 413 }, { REJECT_MESSAGE_RATE, 429 },
        { REJECT_UNAVAILABLE, 503 },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].code == code) return rows[i].status;
    return 422;
}

void write_problem(struct text *t, u32 code, u16 status, const char *detail, const char *field,
                   u64 command_seq, const char *accepted)
{
    ASSERT(code);
    text_put(t, "{\"type\":\"/docs/rejects#");
    text_put(t, reject_name(code));
    text_put_char(t, '"');
    json_str(t, "title", reject_text(code));
    json_u32(t, "status", status);
    json_str(t, "code", reject_name(code));
    json_u32(t, "code_no", code);
    json_str(t, "detail", detail ? detail : reject_text(code));
    if (field && field[0]) {
        json_key(t, "errors");
        text_put(t, "[{\"field\":");
        json_put_string(t, str_of(field));
        json_str(t, "code", reject_name(code));
        json_str(t, "detail", detail ? detail : reject_text(code));
        text_put(t, "}]");
    }
    if (command_seq) json_id(t, "command_seq", command_seq);
    if (accepted) json_str(t, "accepted", accepted);
    text_put_char(t, '}');
}

static void finish_problem(struct ask *a, u32 code, u16 status, const char *detail,
                           const char *field, u64 command_seq, const char *extra)
{
    struct gateway *g = a->g;
    bool order = a->route < ROUTE_COUNT && routes[a->route].access == ACCESS_TRADE;
    g->body = text_on(g->scratch, SCRATCH_BYTES);
    write_problem(&g->body, code, status, detail, field, command_seq,
                  !order        ? NULL
                  : command_seq ? "yes"
                                : "no");
    g->counts.refused++;
    reply_finish(a, status, "application/problem+json", extra, g->scratch, g->body.n);
}

void answer_problem(struct ask *a, u32 code, const char *detail, const char *field, u64 command_seq)
{
    u16 status = status_of(code);
    const char *extra = status == 429 || status == 503 ? "\r\nRetry-After: 1"
                        : status == 401                ? "\r\nWWW-Authenticate: HR-Sign"
                                                       : NULL;
    finish_problem(a, code, status, detail, field, command_seq, extra);
}

void answer_json(struct ask *a, u16 status, const char *extra)
{
    struct gateway *g = a->g;
    char more[256];
    ASSERT(g->body.n);
    if (g->body.cut) {
        answer_problem(a, REJECT_TOO_LARGE, "the answer is too large: ask for a page of it", NULL,
                       0);
        return;
    }
    snprintf(more, sizeof more, "\r\nCache-Control: no-store%s", extra ? extra : "");
    reply_finish(a, status, "application/json", more, g->scratch, g->body.n);
}

bool store_ok(struct ask *a, Err err, const struct why *w)
{
    if (!err) return true;
    fprintf(stderr, "hedgerow: %s\n", w->text);
    answer_problem(a, REJECT_UNAVAILABLE, "the read model can not be read", NULL, 0);
    return false;
}

/* ---- parameters ---- */

bool ask_word(struct ask *a, const char *name, char *buf, u32 cap, Str *out)
{
    bool bad = false;
    *out = (Str){ "", 0 };
    if (!http_query(a->query, name, buf, cap, out, &bad) || !bad) return true;
    answer_problem(a, REJECT_BAD_FIELD, "a query parameter is malformed or too long", name, 0);
    return false;
}

bool ask_u64(struct ask *a, const char *name, u64 max, u64 *out)
{
    char buf[64];
    Str s;
    if (!ask_word(a, name, buf, sizeof buf, &s)) return false;
    if (!s.n) return true;
    if (parse_u64(s, out) == PARSE_OK && *out <= max) return true;
    answer_problem(a, REJECT_BAD_FIELD, "not a whole number within its range", name, 0);
    return false;
}

bool ask_contract(struct ask *a, u32 *instrument)
{
    char buf[64];
    Str s;
    *instrument = 0;
    if (!ask_word(a, "contract", buf, sizeof buf, &s)) return false;
    if (!s.n) return true;
    struct contract *k = contract_named(a->g, s);
    if (k) return *instrument = k->row.listed.instrument, true;
    answer_problem(a, REJECT_UNKNOWN_CONTRACT, NULL, "contract", 0);
    return false;
}

bool ask_account(struct ask *a, bool own, u32 *account)
{
    u64 v = 0;
    ASSERT(a->who);
    if (!ask_u64(a, "account", UINT32_MAX, &v)) return false;
    *account = v ? (u32)v : own || !a->who->key.read_all ? a->who->key.account : 0;
    if (a->who->key.read_all || *account == a->who->key.account) return true;
    answer_problem(a, REJECT_NOT_OWNER, "the key may not read this account", "account", 0);
    return false;
}

struct contract *part_contract(struct ask *a)
{
    struct contract *k = contract_named(a->g, a->part);
    if (!k) answer_problem(a, REJECT_UNKNOWN_CONTRACT, NULL, NULL, 0);
    return k;
}

/* ---- matching ---- */

/* "/v1/book/{id}" takes any one non-empty segment for {id}. */
static bool matches(const char *pattern, Str path, Str *part)
{
    u32 i = 0;
    *part = (Str){ "", 0 };
    while (*pattern) {
        if (*pattern != '{') {
            if (i == path.n || path.at[i] != *pattern) return false;
            i++, pattern++;
            continue;
        }
        u32 from = i;
        while (i < path.n && path.at[i] != '/') i++;
        if (i == from) return false;
        *part = (Str){ path.at + from, i - from };
        while (*pattern++ != '}') ASSERT(*pattern);
    }
    return i == path.n;
}

/* The route, or ROUTE_COUNT; *others: methods this path has, as a set of BIT(METHOD_). A fixed path
 * goes before one with a part: /v1/orders/batch is no order id. */
static u32 route_of(u32 method, Str path, Str *part, u32 *others)
{
    u32 found = ROUTE_COUNT;
    *others = 0;
    for (u32 i = 0; i < ROUTE_COUNT; i++) {
        Str p;
        if (!matches(routes[i].path, path, &p)) continue;
        *others |= BIT(routes[i].method);
        if (routes[i].method != method) continue;
        if (found < ROUTE_COUNT && p.n) continue;
        found = i;
        *part = p;
    }
    return found;
}

static void put_allow(u32 methods, char *buf, u32 cap)
{
    struct text t = text_on(buf, cap);
    text_put(&t, "\r\nAllow: OPTIONS");
    for (u32 i = 1; i < METHOD_COUNT; i++) {
        if (!(methods & BIT(i))) continue;
        text_put(&t, i == METHOD_GET ? ", GET, HEAD" : ", ");
        if (i != METHOD_GET) text_put(&t, http_method_name(i));
    }
}

static void no_route(struct ask *a, u32 method, u32 others)
{
    char allow[128];
    if (!others) {
        answer_problem(a, REJECT_NOT_FOUND, NULL, NULL, 0);
        return;
    }
    put_allow(others, allow, sizeof allow);
    if (method == METHOD_OPTIONS) reply_finish(a, 204, NULL, allow, "", 0);
    else
        finish_problem(a, REJECT_BAD_HTTP, 405, "this resource has no such method", NULL, 0, allow);
}

/* ---- one request ---- */

/* Orders and cancels have buckets of the key, everything else that of the connection. */
static bool within_limits(struct ask *a)
{
    struct gateway *g = a->g;
    const struct route_row *r = &routes[a->route];
    bool trade = r->access == ACCESS_TRADE, cancel = trade && r->method == METHOD_DELETE;
    struct bucket *b = cancel ? &a->who->cancels : trade ? &a->who->orders : &a->c->reads;
    a->limit_of = cancel  ? g->cancels_per_second
                  : trade ? g->orders_per_second
                          : g->reads_per_second;
    bool ok = bucket_take(b, a->limit_of, r->weight, g->now_ns);
    a->limit_left = bucket_left(b);
    if (!ok) answer_problem(a, REJECT_MESSAGE_RATE, NULL, NULL, 0);
    return ok;
}

static bool may_ask(struct ask *a)
{
    const struct route_row *r = &routes[a->route];
    if (r->access != ACCESS_PUBLIC) {
        const char *why = auth_check(a->g, a->c, a->request, &a->who);
        if (why) {
            a->g->counts.bad_auth++;
            if (++a->c->bad_auths >= BAD_AUTHS_MAX)
                a->keep_alive = false; /* guessing costs a connection */
            if (bucket_take(&a->c->reads, a->g->reads_per_second, 10, a->g->now_ns))
                answer_problem(a, REJECT_AUTH, why, NULL, 0);
            else answer_problem(a, REJECT_MESSAGE_RATE, NULL, NULL, 0);
            return false;
        }
    }
    if (!within_limits(a)) return false;
    if (r->access == ACCESS_TRADE && !a->who->key.trade) {
        answer_problem(a, REJECT_NOT_PERMITTED, "the key may not trade", NULL, 0);
        return false;
    }
    bool has_body = r->method == METHOD_POST || r->method == METHOD_PATCH;
    Str type = http_header(a->request, "Content-Type", NULL);
    const char *end = type.n ? memchr(type.at, ';', type.n) : NULL;
    Str media = { type.at, end ? (u32)(end - type.at) : type.n };
    if (has_body && !str_is_any_case(media, "application/json")) {
        finish_problem(a, REJECT_BAD_HTTP, 415, "Content-Type: application/json is due", NULL, 0,
                       NULL);
        return false;
    }
    return true;
}

static struct ask ask_of(struct gateway *g, struct conn *c)
{
    ASSERT(c->reply_next - c->reply_first < HTTP_PIPELINE_MAX);
    u32 n = c->reply_next++;
    c->replies[n % HTTP_PIPELINE_MAX] = (struct reply){ .state = REPLY_WAITING };
    return (struct ask){ .g = g, .c = c, .reply = n, .conn_index = conn_index(g, c), .fresh = true,
                         .route = ROUTE_COUNT };
}

void handle_request(struct gateway *g, struct conn *c, const struct http_request *r)
{
    struct ask a = ask_of(g, c);
    u32 method = r->method == METHOD_HEAD ? (u32)METHOD_GET : r->method, others;
    Str part = { "", 0 };
    a.request = r, a.target = r->target, a.query = r->query, a.body = r->body;
    a.keep_alive = r->keep_alive, a.head = r->method == METHOD_HEAD;
    if (method == METHOD_NONE) {
        finish_problem(&a, REJECT_BAD_HTTP, 501, "no such method", NULL, 0, NULL);
        return;
    }
    bool api = r->path.n >= 3 && memcmp(r->path.at, "/v1", 3) == 0;
    if (!api && method == METHOD_GET) {
        page_answer(&a, r);
        return;
    }
    a.route = (u16)route_of(method, r->path, &part, &others);
    if (a.route == ROUTE_COUNT) {
        no_route(&a, method, others);
        return;
    }
    if (!http_decode(part, a.part_buf, sizeof a.part_buf, &a.part)) {
        answer_problem(&a, REJECT_NOT_FOUND, NULL, NULL, 0);
        return;
    }
    if (!may_ask(&a)) return;
    g->body = text_on(g->scratch, SCRATCH_BYTES);
    routes[a.route].run(&a);
}

/* The bytes were no request of ours: say so and close. */
void handle_refusal(struct gateway *g, struct conn *c)
{
    struct ask a = ask_of(g, c);
    u16 status = c->http.status;
    g->counts.bad_http++;
    finish_problem(&a, status == 413 ? REJECT_TOO_LARGE : REJECT_BAD_HTTP, status, c->http.why,
                   NULL, 0, NULL);
}

/* ---- reads that wait ---- */

static bool has_come(const struct store_mark *m, const struct store_mark *until)
{
    return m->seq > until->seq || (m->seq == until->seq && m->index >= until->index);
}

bool park_read(struct ask *a)
{
    struct gateway *g = a->g;
    struct why w;
    if (a->fresh && !has_come(&g->mark, &g->seen) && store_mark(g->store, &g->mark, &w))
        return false;
    a->as_of = g->mark.seq;
    if (!a->fresh || has_come(&g->mark, &g->seen)) return false;
    struct pending *p = pending_take(a, 1);
    if (!p) return true; /* answered: too much in flight */
    p->target = malloc(a->target.n);
    if (!p->target) {
        pending_free(g, p);
        answer_problem(a, REJECT_UNAVAILABLE, NULL, NULL, 0);
        return true;
    }
    memcpy(p->target, a->target.at, a->target.n);
    p->target_n = a->target.n, p->reads = true;
    pending_park(g, p);
    return true;
}

void pending_park(struct gateway *g, struct pending *p)
{
    u32 at = (u32)(p - g->pendings) + 1;
    ASSERT(!p->parked);
    p->parked = true, p->next = 0;
    p->until = g->seen, p->parked_ns = g->now_ns;
    if (g->parked_last) g->pendings[g->parked_last - 1].next = at;
    else g->parked_first = at;
    g->parked_last = at;
}

static void run_again(struct gateway *g, struct pending *p, bool late)
{
    struct ask a = pending_ask(g, p);
    u32 others;
    Str part, path = { p->target, p->target_n };
    if (!a.c) return;
    const char *mark = memchr(path.at, '?', path.n);
    a.target = path, a.query = (Str){ "", 0 };
    if (mark) a.query = (Str){ mark + 1, path.n - (u32)(mark - path.at) - 1 };
    if (mark) path.n = (u32)(mark - path.at);
    u32 route = route_of(METHOD_GET, path, &part, &others);
    ASSERT(route == p->route);
    bool ok = http_decode(part, a.part_buf, sizeof a.part_buf, &a.part);
    ASSERT(ok);
    g->body = text_on(g->scratch, SCRATCH_BYTES);
    if (late) answer_problem(&a, REJECT_UNAVAILABLE, "the read model is behind", NULL, 0);
    else routes[route].run(&a);
    conn_mark(g, a.c);
}

/* Those whose events the read model has now; and those that waited too long. */
void parked_run(struct gateway *g)
{
    struct why w;
    if (!g->parked_first) return;
    if (store_mark(g->store, &g->mark, &w)) return;
    while (g->parked_first) {
        struct pending *p = &g->pendings[g->parked_first - 1];
        bool late = g->now_ns - p->parked_ns > (u64)PARK_NS;
        ASSERT(p->parked);
        if (!late && !has_come(&g->mark, &p->until)) return; /* in order: the others are later */
        g->parked_first = p->next;
        if (!g->parked_first) g->parked_last = 0;
        p->parked = false;
        if (p->reads) {
            run_again(g, p, late);
            pending_free(g, p);
        } else {
            order_parked(g, p, late);
        }
    }
}
