/* Orders in, and their answers out once the events of their command were released. */
#include "gateway/internal.h"

/* ---- requests in flight ---- */

/* NULL: too many in flight, or no memory; then it was answered. */
struct pending *pending_take(struct ask *a, u32 count)
{
    struct gateway *g = a->g;
    ASSERT(count > 0 && count <= ORDER_BATCH_MAX);
    struct item *items = count > 1 && g->pendings_free ? calloc(count, sizeof *items) : NULL;
    if (!g->pendings_free || (count > 1 && !items)) {
        g->counts.unavailable++;
        answer_problem(a, REJECT_UNAVAILABLE, "too many requests in flight", NULL, 0);
        return NULL;
    }
    struct pending *p = &g->pendings[g->pendings_free - 1];
    ASSERT(!p->used);
    g->pendings_free = p->next;
    u32 gen = p->gen;
    *p = (struct pending){ .gen = gen, .used = true, .count = count, .conn = a->conn_index };
    p->conn_gen = a->c->gen, p->reply = a->reply, p->route = a->route;
    p->close = !a->keep_alive, p->head = a->head;
    p->identity = a->who ? (u32)(a->who - g->identities) + 1 : 0;
    p->items = items ? items : &p->one;
    g->in_flight++;
    return p;
}

void pending_free(struct gateway *g, struct pending *p)
{
    ASSERT(p->used && !p->parked);
    for (u32 i = 0; i < p->count; i++) free(p->items[i].json);
    if (p->items != &p->one) free(p->items);
    free(p->target);
    u32 gen = p->gen + 1;
    *p = (struct pending){ .gen = gen ? gen : 1, .next = g->pendings_free };
    g->pendings_free = (u32)(p - g->pendings) + 1;
    g->in_flight--;
}

struct conn *pending_conn(struct gateway *g, const struct pending *p)
{
    struct conn *c = &g->conns[p->conn];
    ASSERT(p->used);
    return c->kind != CONN_FREE && c->gen == p->conn_gen ? c : NULL;
}

struct ask pending_ask(struct gateway *g, const struct pending *p)
{
    struct ask a = { .g = g, .c = pending_conn(g, p), .reply = p->reply, .conn_index = p->conn };
    a.route = p->route, a.keep_alive = !p->close, a.head = p->head;
    a.who = p->identity ? &g->identities[p->identity - 1] : NULL;
    return a;
}

static u64 token_of(const struct gateway *g, const struct pending *p, u32 item)
{
    ASSERT(item < 128);
    return (u64)p->gen << 32 | (u64)(p - g->pendings) << 8 | item;
}

/* ---- writing ---- */

void write_fill(struct gateway *g, struct text *t, const struct store_fill *f)
{
    const struct evt_order_filled *v = &f->fill;
    json_item(t);
    text_put_char(t, '{');
    json_id(t, "trade_id", v->trade_id);
    json_id(t, "order_id", v->order_id);
    json_str(t, "client_id", f->client_id.z);
    json_u32(t, "account", v->account);
    json_str(t, "contract", contract_id(g, v->instrument));
    json_str(t, "side", enum_text(SIDE_ENUM, v->side));
    write_price(t, "price", contract_at(g, v->instrument), v->price.micros);
    json_int(t, "quantity", v->qty);
    json_dec(t, "fee", v->fee.micros, 2);
    json_str(t, "liquidity", enum_text(LIQUIDITY_ENUM, v->liquidity));
    json_time(t, v->time);
    json_id(t, "seq", f->seq);
    text_put_char(t, '}');
}

static void write_terms(struct text *t, const struct contract *k,
                        const struct evt_order_accepted *o)
{
    bool priced = o->type != ORDER_TYPE_STOP && o->price.micros != 0;
    json_bool(t, "post_only", o->post_only);
    if (o->reduce_only) json_bool(t, "reduce_only", true);
    if (priced || o->type == ORDER_TYPE_LIMIT) write_price(t, "price", k, o->price.micros);
    else json_null(t, "price");
    if (o->stop_price.micros) write_price(t, "stop_price", k, o->stop_price.micros);
    if (o->display) json_int(t, "display_quantity", o->display);
    if (o->min_qty) json_int(t, "min_quantity", o->min_qty);
    if (o->expiry.days) json_date(t, "expiry", o->expiry);
}

void write_order(struct gateway *g, struct text *t, const struct store_order *s,
                 const struct store_fill *fills, u32 fills_n)
{
    const struct evt_order_accepted *o = &s->order;
    const struct contract *k = contract_at(g, o->instrument);
    json_item(t);
    text_put_char(t, '{');
    json_id(t, "order_id", o->order_id);
    json_str(t, "client_id", o->client_id.z);
    json_u32(t, "account", o->account);
    json_str(t, "contract", contract_id(g, o->instrument));
    json_str(t, "side", enum_text(SIDE_ENUM, o->side));
    json_str(t, "type", enum_text(ORDER_TYPE_ENUM, o->type));
    json_str(t, "tif", enum_text(TIF_ENUM, o->tif));
    write_terms(t, k, o);
    json_int(t, "quantity", o->qty);
    json_int(t, "open", s->state == ORDER_OPEN ? s->open : 0);
    json_int(t, "filled", s->filled);
    if (s->filled && s->filled_value < INT64_MAX)
        json_dec(t, "average_price", (i64)div_round(s->filled_value, s->filled, ROUND_HALF_EVEN),
                 3);
    else json_null(t, "average_price");
    json_str(t, "state", s->state == ORDER_OPEN ? "open" : "done");
    if (s->reason) json_str(t, "reason", enum_text(END_ENUM, s->reason));
    else json_null(t, "reason");
    json_time(t, o->time);
    json_id(t, "seq", s->seq);
    if (fills) {
        json_key(t, "fills");
        text_put_char(t, '[');
        for (u32 i = 0; i < fills_n; i++) write_fill(g, t, &fills[i]);
        text_put_char(t, ']');
    }
    text_put_char(t, '}');
}

/* ---- what the command at hand did ---- */

static void see_rejected(struct order_answer *w, const struct evt_rejected *r)
{
    if (!w->rejected.code) w->rejected = *r;
}

static void see_fill(struct order_answer *w, const struct event *e)
{
    const struct evt_order_filled *v = &e->order_filled;
    if (v->order_id != w->subject || w->fills_n == ARRAY_LEN(w->fills)) return;
    w->fills[w->fills_n++] = (struct store_fill){ .fill = *v, .client_id = w->order.order.client_id,
                                                  .seq = e->seq, .index = e->index };
}

/* After view_event(): the working order is as this event left it, or gone. */
void order_event(struct gateway *g, const struct event *e)
{
    struct order_answer *w = &g->answer;
    u64 about = 0;
    if (w->seq != e->seq) {
        w->seq = e->seq, w->subject = 0, w->fills_n = w->cancelled = 0;
        w->has_order = w->mass = false, w->rejected.code = 0;
    }
    switch (e->type) {
    case EVT_REJECTED: see_rejected(w, &e->rejected); return;
    case EVT_MASS_CANCELLED: w->mass = true, w->cancelled = e->mass_cancelled.count; return;
    case EVT_ORDER_ACCEPTED: about = e->order_accepted.order_id; break;
    case EVT_ORDER_REPLACED: about = e->order_replaced.order_id; break;
    case EVT_ORDER_FILLED: about = e->order_filled.order_id; break;
    case EVT_ORDER_ENDED: about = e->order_ended.order_id; break;
    default: return;
    }
    if (!w->subject && e->type != EVT_ORDER_FILLED) w->subject = about;
    if (about != w->subject) return;
    if (e->type == EVT_ORDER_FILLED) see_fill(w, e);
    const struct store_order *o = working_at(g, about);
    if (o) w->order = *o, w->has_order = true;
}

/* ---- answers ---- */

static void keep_json(struct item *i, struct gateway *g, u16 status)
{
    i->json = malloc(g->body.n ? g->body.n : 1);
    i->json_n = i->json ? g->body.n : 0;
    if (i->json) memcpy(i->json, g->scratch, g->body.n);
    i->status = i->json ? status : 503;
    i->done = true;
}

static void put_rejection(struct gateway *g, const struct evt_rejected *r, u64 seq)
{
    char buf[256];
    struct text t = text_on(buf, sizeof buf);
    text_put(&t, reject_name(r->code));
    text_put(&t, ": ");
    text_put(&t, reject_text(r->code));
    if (r->limit || r->used || r->asked) {
        text_put(&t, " (allowed ");
        text_put_i64(&t, r->limit);
        text_put(&t, r->asked ? ", used " : ", asked ");
        text_put_i64(&t, r->used);
        if (r->asked) text_put(&t, ", asked "), text_put_i64(&t, r->asked);
        text_put_char(&t, ')');
    }
    write_problem(&g->body, r->code, status_of(r->code), buf, r->field.z, seq, "yes");
}

static void item_problem(struct gateway *g, struct item *i, u32 code, const char *detail,
                         const char *field, const char *accepted)
{
    g->body = text_on(g->scratch, SCRATCH_BYTES);
    write_problem(&g->body, code, status_of(code), detail, field, i->seq, accepted);
    keep_json(i, g, status_of(code));
}

/* The whole answer of a request all of whose commands are done. */
static void finish(struct gateway *g, struct pending *p)
{
    struct ask a = pending_ask(g, p);
    const struct item *i = &p->items[0];
    ASSERT(!p->waiting);
    if (!a.c) {
        pending_free(g, p);
        return;
    }
    if (p->route != ROUTE_ORDER_BATCH) {
        bool ok = i->status < 300;
        const char *extra = i->replay ? "\r\nCache-Control: no-store\r\nIdempotent-Replay: true"
                            : i->status == 429 || i->status == 503 ? "\r\nRetry-After: 1"
                                                                   : "\r\nCache-Control: no-store";
        g->counts.refused += !ok;
        reply_finish(&a, i->status, ok ? "application/json" : "application/problem+json", extra,
                     i->json ? i->json : "", i->json_n);
    } else {
        g->body = text_on(g->scratch, SCRATCH_BYTES);
        text_put(&g->body, "{\"orders\":[");
        for (u32 k = 0; k < p->count; k++) {
            json_item(&g->body);
            text_put_str(&g->body, (Str){ p->items[k].json, p->items[k].json_n });
        }
        text_put(&g->body, "]}");
        answer_json(&a, 200, NULL);
    }
    conn_mark(g, a.c);
    pending_free(g, p);
}

/* A new order was refused as DUPLICATE: is it the same one again? Asked of the read model. */
static bool same_order(const struct cmd_order_new *a, const struct evt_order_accepted *b)
{
    return a->instrument == b->instrument && a->side == b->side && a->type == b->type &&
           a->tif == b->tif && a->post_only == b->post_only && a->reduce_only == b->reduce_only &&
           a->qty == b->qty &&
           (a->type != ORDER_TYPE_LIMIT || a->price.micros == b->price.micros) &&
           a->stop_price.micros == b->stop_price.micros && a->display == b->display &&
           a->min_qty == b->min_qty && a->expiry.days == b->expiry.days;
}

struct fill_rows { struct store_fill rows[64]; u32 n; };
static bool keep_fill(void *ctx, const void *row)
{
    struct fill_rows *f = ctx;
    if (f->n < ARRAY_LEN(f->rows)) f->rows[f->n++] = *(const struct store_fill *)row;
    return f->n < ARRAY_LEN(f->rows);
}

static void item_replay(struct gateway *g, struct item *i)
{
    struct store_order now, first;
    struct fill_rows fills = { .n = 0 };
    const struct cmd_order_new *o = &i->body.order;
    struct why w;
    bool found = false;
    Err err = store_order_by_client(g->store, o->account, &o->client_id, &now, &found, &w);
    if (!err && found) err = store_order_first(g->store, now.order.order_id, &first, &found, &w);
    if (!err && found)
        err = store_order_fills(g->store, first.order.order_id, first.order.order_id, keep_fill,
                                &fills, &w);
    if (err) {
        item_problem(g, i, REJECT_UNAVAILABLE, "the read model can not be read", NULL, "unknown");
        return;
    }
    if (!found || !same_order(o, &first.order)) {
        item_problem(g, i, REJECT_DUPLICATE, NULL, "client_id", "yes");
        return;
    }
    g->body = text_on(g->scratch, SCRATCH_BYTES);
    write_order(g, &g->body, &first, fills.rows, fills.n);
    keep_json(i, g, 201);
    i->replay = true;
}

void order_parked(struct gateway *g, struct pending *p, bool late)
{
    for (u32 k = 0; k < p->count; k++) {
        struct item *i = &p->items[k];
        if (i->done) continue;
        if (late)
            item_problem(g, i, REJECT_UNAVAILABLE, "the read model is behind", NULL, "unknown");
        else item_replay(g, i);
    }
    finish(g, p);
}

static void item_done(struct gateway *g, struct pending *p, struct item *i, u64 seq)
{
    const struct order_answer *w = &g->answer;
    bool fresh = w->seq == seq;
    bool is_new = p->route == ROUTE_ORDER_NEW || p->route == ROUTE_ORDER_BATCH;
    i->seq = seq;
    if (fresh && w->rejected.code == REJECT_DUPLICATE && is_new) return; /* parked by the caller */
    g->body = text_on(g->scratch, SCRATCH_BYTES);
    if (!fresh) {
        item_problem(g, i, REJECT_UNAVAILABLE, "the command said nothing", NULL, "yes");
    } else if (w->rejected.code) {
        put_rejection(g, &w->rejected, seq);
        keep_json(i, g, status_of(w->rejected.code));
    } else if (p->route == ROUTE_ORDERS_CANCEL) {
        text_put(&g->body, "{\"cancelled\":");
        text_put_u64(&g->body, w->cancelled);
        json_id(&g->body, "seq", seq);
        text_put_char(&g->body, '}');
        keep_json(i, g, 200);
    } else if (w->has_order) {
        write_order(g, &g->body, &w->order, w->fills, w->fills_n);
        keep_json(i, g, is_new ? 201 : 200);
    } else {
        item_problem(g, i, REJECT_UNKNOWN_ORDER, NULL, NULL, "yes");
    }
}

void order_done(struct gateway *g, u64 token, u64 seq)
{
    u32 at = (u32)(token >> 8 & 0xffffff), item = (u32)(token & 0xff);
    if (!token) return;
    ASSERT(at < g->pendings_max);
    struct pending *p = &g->pendings[at];
    ASSERT(p->used && p->gen == (u32)(token >> 32)); /* each token is done once */
    ASSERT(item < p->count && p->waiting > 0);
    ASSERT(!p->items[item].done);
    item_done(g, p, &p->items[item], seq);
    if (--p->waiting) return;
    for (u32 k = 0; k < p->count; k++) {
        if (p->items[k].done) continue;
        pending_park(g, p);
        return;
    }
    finish(g, p);
}

/* ---- commands out ---- */

/* False: the venue took it not, and the item says so. `waiting` counts it before: the answer may
 * come from inside. */
static void submit(struct gateway *g, struct pending *p, u32 item, const struct command *c)
{
    u64 token = token_of(g, p, item);
    p->waiting++;
    g->counts.submitted++;
    if (g->on.submit(g->on.ctx, c, token)) return;
    p->waiting--;
    g->counts.unavailable++;
    item_problem(g, &p->items[item], REJECT_UNAVAILABLE, NULL, NULL, "no");
}

/* The last of a request's commands was handed over; `hold` kept it from finishing before. */
static void release_hold(struct gateway *g, struct pending *p)
{
    ASSERT(p->waiting > 0);
    if (--p->waiting) return;
    for (u32 k = 0; k < p->count; k++) {
        if (p->items[k].done) continue;
        pending_park(g, p);
        return;
    }
    finish(g, p);
}

static bool prepare(struct gateway *g, const struct identity *who, struct order_body *b, u32 *code,
                    const char **field)
{
    struct contract *k = contract_named(g, str_of(b->contract.z));
    if (!b->order.account) b->order.account = who->key.account;
    *field = "account", *code = REJECT_NOT_OWNER;
    if (b->order.account != who->key.account) return false;
    *field = "contract", *code = REJECT_UNKNOWN_CONTRACT;
    if (!k) return false;
    b->order.instrument = k->row.listed.instrument;
    return true;
}

static void body_problem(struct ask *a, const struct body_error *e)
{
    char buf[192];
    struct text t = text_on(buf, sizeof buf);
    a->g->counts.bad_json++;
    if (e->field[0]) {
        text_put(&t, e->field);
        text_put(&t, ": ");
    }
    text_put(&t, e->why);
    text_put(&t, " at byte ");
    text_put_u64(&t, e->at);
    answer_problem(a, e->code, buf, e->field, 0);
}

static void send_orders(struct ask *a, const struct order_body *bodies, u32 n)
{
    struct gateway *g = a->g;
    struct pending *p = pending_take(a, n);
    if (!p) return;
    p->waiting = 1; /* the hold */
    for (u32 k = 0; k < n; k++) {
        u32 code;
        const char *field;
        struct item *i = &p->items[k];
        struct command c = { .type = CMD_ORDER_NEW };
        i->body = bodies[k];
        if (!prepare(g, a->who, &i->body, &code, &field)) {
            item_problem(g, i, code, NULL, field, "no");
            continue;
        }
        c.order_new = i->body.order;
        submit(g, p, k, &c);
    }
    release_hold(g, p);
}

void route_order_new(struct ask *a)
{
    struct order_body b;
    struct body_error e;
    if (!order_body_read(a->body.at, a->body.n, &b, &e)) body_problem(a, &e);
    else send_orders(a, &b, 1);
}

void route_order_batch(struct ask *a)
{
    static struct order_body bodies[ORDER_BATCH_MAX]; /* one thread */
    struct body_error e;
    u32 n;
    if (!order_batch_read(a->body.at, a->body.n, bodies, &n, &e)) {
        body_problem(a, &e);
        return;
    }
    if (n > 1 && !bucket_take(&a->who->orders, a->g->orders_per_second, n - 1, a->g->now_ns)) {
        answer_problem(a, REJECT_MESSAGE_RATE, NULL, NULL, 0);
        return;
    }
    send_orders(a, bodies, n);
}

static void send_one(struct ask *a, const struct command *c)
{
    struct pending *p = pending_take(a, 1);
    if (!p) return;
    p->waiting = 1;
    submit(a->g, p, 0, c);
    release_hold(a->g, p);
}

/* The path names an order by id or by client id. False: a problem was answered. */
static bool named_order(struct ask *a, bool by_client, u64 *order_id, Text40 *client_id)
{
    *order_id = 0;
    memset(client_id, 0, sizeof *client_id);
    if (by_client ? a->part.n <= CLIENT_ID_MAX && TEXT_FILL(client_id, a->part)
                  : parse_u64(a->part, order_id) == PARSE_OK && *order_id)
        return true;
    answer_problem(a, REJECT_UNKNOWN_ORDER, NULL, NULL, 0);
    return false;
}

static void cancel(struct ask *a, bool by_client)
{
    struct command c = { .type = CMD_ORDER_CANCEL };
    struct cmd_order_cancel *k = &c.order_cancel;
    k->account = a->who->key.account;
    if (named_order(a, by_client, &k->order_id, &k->orig_client_id)) send_one(a, &c);
}

void route_order_cancel(struct ask *a) { cancel(a, false); }
void route_client_cancel(struct ask *a) { cancel(a, true); }

/* The account's working order of that client id. */
static const struct store_order *working_named(struct gateway *g, u32 account, const Text40 *id)
{
    for (u32 i = 0; i < g->working_n; i++) {
        const struct store_order *o = &g->working[i];
        if (o->order.order_id && o->order.account == account &&
            strcmp(o->order.client_id.z, id->z) == 0)
            return o;
    }
    return NULL;
}

/* What the body leaves out stays as it is: then the order must be known here. */
static void amend(struct ask *a, bool by_client)
{
    struct amend_body b;
    struct body_error e;
    struct command c = { .type = CMD_ORDER_REPLACE };
    struct cmd_order_replace *k = &c.order_replace;
    k->account = a->who->key.account;
    if (!amend_body_read(a->body.at, a->body.n, &b, &e)) {
        body_problem(a, &e);
        return;
    }
    if (!named_order(a, by_client, &k->order_id, &k->orig_client_id)) return;
    const struct store_order *o = NULL;
    if (!b.has_price || !b.has_qty) {
        o = by_client ? working_named(a->g, k->account, &k->orig_client_id)
                      : working_at(a->g, k->order_id);
        if (!o) {
            answer_problem(a, REJECT_UNKNOWN_ORDER, NULL, NULL, 0);
            return;
        }
    }
    k->price = b.has_price ? b.price : o->order.price;
    k->qty = b.has_qty ? b.qty : o->order.qty;
    k->client_id = b.client_id;
    send_one(a, &c);
}

void route_order_amend(struct ask *a) { amend(a, false); }
void route_client_amend(struct ask *a) { amend(a, true); }

void route_orders_cancel(struct ask *a)
{
    struct command c = { .type = CMD_MASS_CANCEL };
    struct cmd_mass_cancel *k = &c.mass_cancel;
    char buf[16];
    Str side;
    k->account = a->who->key.account, k->scope = SCOPE_BOTH;
    if (!ask_contract(a, &k->instrument)) return;
    if (!ask_word(a, "side", buf, sizeof buf, &side)) return;
    if (side.n && !str_is(side, "buy") && !str_is(side, "sell")) {
        answer_problem(a, REJECT_BAD_FIELD, "buy or sell is due", "side", 0);
        return;
    }
    if (side.n) k->scope = str_is(side, "buy") ? SCOPE_BUYS : SCOPE_SELLS;
    send_one(a, &c);
}
