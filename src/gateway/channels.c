/* WebSocket sessions: subscriptions, and the frames of each channel, written once for all
 * readers. */
#include "gateway/internal.h"

static const char *const channel_names[] = { "book",  "trades",     "ticker",
                                             "index", "settlement", "status" };
static const char *const rate_names[RATES] = { "raw", "100ms", "1s" };
static const char *const depth_names[DEPTHS] = { "L1", "L2" };

/* ---- frames ---- */

static struct text frame_begin(struct gateway *g, u8 channel)
{
    struct text t = text_on(g->frame, SCRATCH_BYTES);
    ASSERT(channel < ARRAY_LEN(channel_names));
    text_put_char(&t, '{');
    json_str(&t, "channel", channel_names[channel]);
    return t;
}

static struct conn *reader_of(struct gateway *g, const struct subscription *s)
{
    struct conn *c = &g->conns[s->conn];
    ASSERT(c->kind == CONN_WS);
    return c;
}

/* Too far behind for another update: it gets a snapshot when its queue has drained. */
static bool is_slow(struct gateway *g, struct subscription *s)
{
    struct conn *c = reader_of(g, s);
    if (!c->behind && !s->behind && conn_waiting(c) <= CONFLATE_ABOVE) return false;
    if (!c->behind) c->behind_ns = g->now_ns;
    c->behind = s->behind = true;
    return true;
}

static void frame_end(struct gateway *g, struct group *q, struct text *t)
{
    text_put_char(t, '}');
    if (t->cut) return; /* above 4 MiB: nobody could take it */
    for (u32 i = 0; i < q->n; i++) {
        if (is_slow(g, q->subs[i])) q->subs[i]->gap = true;
        else conn_send_frame(g, reader_of(g, q->subs[i]), WS_TEXT, t->at, t->n);
    }
}

/* ---- book ---- */

static void book_head(struct text *t, const struct contract *k, u32 depth, const char *type)
{
    json_str(t, "contract", k->row.listed.instrument_id.z);
    json_str(t, "type", type);
    json_str(t, "depth", depth_names[depth]);
    json_id(t, "seq", k->row.book_seq);
}

static Instant venue_now(struct gateway *g)
{
    struct gateway_status s = { .now = { 0 } };
    g->on.status(g->on.ctx, &s);
    return s.now;
}

static void put_ts(struct gateway *g, struct text *t)
{
    json_key(t, "ts");
    text_put_i64(t, venue_now(g).ns);
}

static void send_snapshot(struct gateway *g, struct subscription *s)
{
    struct contract *k = contract_at(g, s->instrument);
    struct text t = frame_begin(g, CH_BOOK);
    ASSERT(k);
    book_head(&t, k, s->depth, "snapshot");
    put_ts(g, &t);
    u32 depth = s->depth == DEPTH_L1 ? 1 : UINT32_MAX;
    write_levels(k, &t, 0, depth, false);
    write_levels(k, &t, 1, depth, false);
    text_put_char(&t, '}');
    s->seq = k->row.book_seq, s->behind = s->gap = false;
    if (!t.cut) conn_send_frame(g, reader_of(g, s), WS_TEXT, t.at, t.n);
}

static void put_change(const struct contract *k, struct text *t, i64 price, i64 qty)
{
    json_item(t);
    text_put(t, "[\"");
    text_put_dec_short(t, price, 6, k->digits);
    text_put(t, "\",\"");
    text_put_i64(t, qty);
    text_put(t, "\"]");
}

static i64 qty_at(const struct contract *k, u32 side, i64 price)
{
    const struct ladder *l = &k->side[side];
    u32 lo = 0, hi = l->n;
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        bool better = side == 0 ? l->rows[mid].price > price : l->rows[mid].price < price;
        if (better) lo = mid + 1;
        else hi = mid;
    }
    return lo < l->n && l->rows[lo].price == price ? l->rows[lo].qty : 0;
}

static int by_price(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    if (x->side != y->side) return x->side < y->side ? -1 : 1;
    return x->price < y->price ? -1 : x->price > y->price;
}

/* The changed levels of both sides, each once, as they are now. */
static void put_l2(const struct contract *k, struct group *q, struct text *t)
{
    qsort(q->changes, q->changes_n, sizeof *q->changes, by_price);
    for (u8 side = 0; side < 2; side++) {
        json_key(t, side == 0 ? "bids" : "asks");
        text_put_char(t, '[');
        for (u32 i = 0; i < q->changes_n; i++) {
            const struct change *c = &q->changes[i];
            if (c->side != side || (i && by_price(c - 1, c) == 0)) continue;
            put_change(k, t, c->price, qty_at(k, side, c->price));
        }
        text_put_char(t, ']');
    }
    q->changes_n = 0;
}

static struct level best_of(const struct contract *k, u32 side)
{
    return k->side[side].n ? k->side[side].rows[0] : (struct level){ 0 };
}

static bool same_level(struct level a, struct level b)
{
    return a.price == b.price && a.qty == b.qty;
}

/* The best level of both sides where it differs from what was sent. */
static void put_l1(const struct contract *k, struct group *q, struct text *t)
{
    for (u8 side = 0; side < 2; side++) {
        struct level now = best_of(k, side), *sent = &q->best[side];
        json_key(t, side == 0 ? "bids" : "asks");
        text_put_char(t, '[');
        if (sent->qty && (!now.qty || now.price != sent->price)) put_change(k, t, sent->price, 0);
        if (now.qty && !same_level(now, *sent)) put_change(k, t, now.price, now.qty);
        text_put_char(t, ']');
        *sent = now;
    }
    q->changes_n = 0;
}

/* Every 100 updates or 5 s; L1 readers have no ten levels to check. */
static void put_checksum(struct gateway *g, const struct contract *k, struct group *q, u32 depth,
                         struct text *t)
{
    char buf[1024], hex[16];
    if (depth == DEPTH_L1) return;
    if (++q->updates < 100 && g->now_ns - q->check_ns < (u64)(5 * NS_PER_SECOND)) return;
    struct text s = text_on(buf, sizeof buf), h = text_on(hex, sizeof hex);
    u8 bytes[4];
    store_u32(bytes, __builtin_bswap32(book_checksum(k, &s)));
    text_put_hex(&h, bytes, sizeof bytes);
    json_str(t, "checksum", hex);
    q->updates = 0, q->check_ns = g->now_ns;
}

/* One update for everybody: readers that joined since the last one hold a newer sequence, so the
 * frame is written behind its head, and the head anew for each sequence held. Sizes are
 * absolute. */
static void book_flush(struct gateway *g, struct contract *k, u32 depth, u32 rate)
{
    struct group *q = &k->book[depth][rate];
    bool changed = q->changes_n > 0;
    if (depth == DEPTH_L1)
        changed = !same_level(best_of(k, 0), q->best[0]) || !same_level(best_of(k, 1), q->best[1]);
    if (!changed) {
        q->changes_n = 0;
        return;
    }
    struct text tail = text_on(g->scratch, SCRATCH_BYTES);
    put_ts(g, &tail);
    if (depth == DEPTH_L1) put_l1(k, q, &tail);
    else put_l2(k, q, &tail);
    put_checksum(g, k, q, depth, &tail);
    text_put_char(&tail, '}');
    struct text t = { 0 };
    u64 written_for = 0;
    for (u32 i = 0; i < q->n; i++) {
        struct subscription *s = q->subs[i];
        if (is_slow(g, s) || s->seq == k->row.book_seq) continue;
        if (!t.n || written_for != s->seq) {
            t = frame_begin(g, CH_BOOK);
            book_head(&t, k, depth, "update");
            json_id(&t, "prev_seq", s->seq);
            text_put_char(&t, ',');
            text_put_str(&t, (Str){ tail.at, tail.n });
            written_for = s->seq;
        }
        s->seq = k->row.book_seq;
        if (!t.cut) conn_send_frame(g, reader_of(g, s), WS_TEXT, t.at, t.n);
    }
}

static void touch(struct gateway *g, struct contract *k)
{
    if (k->touched) return;
    ASSERT(g->touched_n < g->contracts_n);
    g->touched[g->touched_n++] = k->row.listed.instrument;
    k->touched = true;
}

void channels_book(struct gateway *g, struct contract *k, u8 side, i64 price)
{
    if (k->book[DEPTH_L1][RATE_RAW].n || k->book[DEPTH_L2][RATE_RAW].n) touch(g, k);
    for (u32 r = 0; r < RATES; r++) {
        struct group *q = &k->book[DEPTH_L2][r];
        if (!q->n) continue;
        if (q->changes_n && q->changes[q->changes_n - 1].price == price &&
            q->changes[q->changes_n - 1].side == side)
            continue;
        if (q->changes_n == q->changes_cap) {
            u32 cap = q->changes_cap ? 2 * q->changes_cap : 32;
            struct change *more = realloc(q->changes, cap * sizeof *more);
            if (!more) {
                g->loop_failed = true;
                return;
            }
            q->changes = more, q->changes_cap = cap;
        }
        q->changes[q->changes_n++] = (struct change){ price, side };
    }
}

/* ---- trades, tickers, prints, settlements, status ---- */

static void trades_flush(struct gateway *g, struct contract *k)
{
    struct group *q = &k->trades;
    if (!k->fresh_n) return;
    struct text t = frame_begin(g, CH_TRADES);
    json_str(&t, "contract", k->row.listed.instrument_id.z);
    json_key(&t, "trades");
    text_put_char(&t, '[');
    for (u32 i = 0; i < k->fresh_n; i++) write_trade(g, &t, &k->fresh[i]);
    text_put_char(&t, ']');
    k->fresh_n = 0;
    frame_end(g, q, &t);
}

void channels_trade(struct gateway *g, struct contract *k, const struct evt_trade *v)
{
    if (!k->trades.n) return;
    if (k->fresh_n == TRADES_KEPT) trades_flush(g, k);
    k->fresh[k->fresh_n++] = *v;
    touch(g, k);
}

/* The first frame, and the one after a gap: the last fifty. */
static void send_trades(struct gateway *g, struct subscription *s)
{
    struct contract *k = contract_at(g, s->instrument);
    ASSERT(k);
    u32 n = k->last_n < 50 ? k->last_n : 50;
    trades_flush(g, k); /* those on the way are in it: not twice */
    struct text t = frame_begin(g, CH_TRADES);
    json_str(&t, "contract", k->row.listed.instrument_id.z);
    if (s->gap) json_bool(&t, "gap", true);
    json_key(&t, "trades");
    text_put_char(&t, '[');
    for (u32 i = k->last_n - n; i != k->last_n; i++) write_trade(g, &t, &k->last[i % TRADES_KEPT]);
    text_put(&t, "]}");
    s->behind = s->gap = false;
    conn_send_frame(g, reader_of(g, s), WS_TEXT, t.at, t.n);
}

static void put_tickers(struct gateway *g, struct text *t, const struct contract *only, bool dirty)
{
    json_key(t, "tickers");
    text_put_char(t, '[');
    for (u32 i = 0; i < g->contracts_n; i++) {
        const struct contract *k = g->contracts[i];
        if (!k || (only && k != only) || (dirty && !k->ticker_dirty)) continue;
        write_ticker(g, t, k);
    }
    text_put_char(t, ']');
}

static void send_ticker(struct gateway *g, struct subscription *s)
{
    struct text t = frame_begin(g, CH_TICKER);
    put_tickers(g, &t, contract_at(g, s->instrument), false);
    text_put_char(&t, '}');
    s->behind = s->gap = false;
    if (!t.cut) conn_send_frame(g, reader_of(g, s), WS_TEXT, t.at, t.n);
}

static void tickers_flush(struct gateway *g)
{
    bool any = false;
    for (u32 i = 0; i < g->contracts_n; i++) {
        struct contract *k = g->contracts[i];
        if (!k || !k->ticker_dirty) continue;
        any = true;
        if (!k->ticker.n) continue;
        struct text t = frame_begin(g, CH_TICKER);
        put_tickers(g, &t, k, false);
        frame_end(g, &k->ticker, &t);
    }
    if (any && g->ticker.n) {
        struct text t = frame_begin(g, CH_TICKER);
        put_tickers(g, &t, NULL, true);
        frame_end(g, &g->ticker, &t);
    }
    for (u32 i = 0; i < g->contracts_n && any; i++)
        if (g->contracts[i]) g->contracts[i]->ticker_dirty = false;
}

static void send_status(struct gateway *g, struct subscription *s)
{
    struct text t = frame_begin(g, CH_STATUS);
    write_status(g, &t);
    text_put_char(&t, '}');
    s->behind = s->gap = false;
    conn_send_frame(g, reader_of(g, s), WS_TEXT, t.at, t.n);
}

static void status_flush(struct gateway *g)
{
    struct why w;
    if (!g->status.n) return;
    if (store_mark(g->store, &g->mark, &w)) g->mark.seq = 0;
    struct text t = frame_begin(g, CH_STATUS);
    write_status(g, &t);
    frame_end(g, &g->status, &t);
}

static void prints_flush(struct gateway *g)
{
    if (!g->prints.n) return;
    struct text t = frame_begin(g, CH_INDEX);
    json_key(&t, "prints");
    text_put_char(&t, '[');
    text_put_str(&t, (Str){ g->prints.at, g->prints.n });
    text_put_char(&t, ']');
    frame_end(g, &g->index, &t);
    g->prints = text_on(g->prints_buf, SCRATCH_BYTES / 16);
}

enum { LIST_SETTLEMENTS, LIST_FINAL, LIST_FIXINGS, LIST_INSTRUMENTS };
static void settle_flush(struct gateway *g)
{
    static const char *const names[] = { "settlements", "final", "fixings", "instruments" };
    bool any = false;
    struct text t = frame_begin(g, CH_SETTLEMENT);
    for (u32 i = 0; i < 4; i++) {
        if (!g->settle[i].n) continue;
        any = true;
        json_key(&t, names[i]);
        text_put_char(&t, '[');
        text_put_str(&t, (Str){ g->settle[i].at, g->settle[i].n });
        text_put_char(&t, ']');
        g->settle[i] = text_on(g->settle_buf[i], SCRATCH_BYTES / 16);
    }
    if (any) frame_end(g, &g->settlement, &t);
}

static struct text *settle_row(struct gateway *g, u32 list, u32 instrument)
{
    struct text *t = &g->settle[list];
    if (t->n > SCRATCH_BYTES / 32) settle_flush(g);
    json_item(t);
    text_put_char(t, '{');
    json_str(t, "contract", contract_id(g, instrument));
    return t;
}

static void settle_event(struct gateway *g, const struct event *e)
{
    struct text *t;
    if (e->type == EVT_SETTLEMENT_PRICE) {
        const struct evt_settlement_price *v = &e->settlement_price;
        t = settle_row(g, LIST_SETTLEMENTS, v->instrument);
        json_date(t, "date", v->date);
        write_price(t, "price", contract_at(g, v->instrument), v->price.micros);
        json_str(t, "rule", enum_text(DSP_ENUM, v->rule));
        json_u32(t, "rank", v->rank);
    } else if (e->type == EVT_FINAL_SETTLEMENT) {
        const struct evt_final_settlement *v = &e->final_settlement;
        t = settle_row(g, LIST_FINAL, v->instrument);
        json_date(t, "date", v->date);
        json_dec(t, "value", v->value.micros, 2);
        json_u32(t, "days", v->days);
        json_u32(t, "carried", v->carried);
        json_u32(t, "missing", v->missing);
        json_int(t, "open_interest", v->open_interest);
        json_hash(t, "receipts", v->receipts.bytes, sizeof v->receipts.bytes);
    } else if (e->type == EVT_FIXING) {
        const struct evt_fixing *v = &e->fixing;
        t = settle_row(g, LIST_FIXINGS, v->instrument);
        json_date(t, "date", v->date);
        json_str(t, "kind", enum_text(FIXING_ENUM, v->kind));
        if (v->kind == FIXING_DROPPED) json_null(t, "value");
        else json_dec(t, "value", v->value.micros, 2);
        json_u32(t, "fixed", v->fixed);
        json_u32(t, "total", v->total);
        if (v->fixed) json_dec(t, "mean", v->mean.micros, 2);
        else json_null(t, "mean");
    } else {
        u32 i = e->type == EVT_INSTRUMENT_LISTED  ? e->instrument_listed.instrument
                : e->type == EVT_INSTRUMENT_MOVED ? e->instrument_moved.instrument
                                                  : e->phase_changed.instrument;
        const struct contract *k = contract_at(g, i);
        t = settle_row(g, LIST_INSTRUMENTS, i);
        json_str(t, "state", enum_text(LISTING_ENUM, k ? k->row.state : 0));
        json_str(t, "phase", enum_text(PHASE_ENUM, k ? k->row.phase : 0));
    }
    text_put_char(t, '}');
}

/* After view_event(). */
void channels_event(struct gateway *g, const struct event *e)
{
    switch (e->type) {
    case EVT_INDEX_PRINTED:
        if (!g->index.n) break;
        if (g->prints.n > SCRATCH_BYTES / 32) prints_flush(g);
        write_print(&g->prints, &e->index_printed, NULL, true);
        break;
    case EVT_SETTLEMENT_PRICE:
    case EVT_FINAL_SETTLEMENT:
    case EVT_FIXING:
    case EVT_INSTRUMENT_LISTED:
    case EVT_INSTRUMENT_MOVED:
    case EVT_PHASE_CHANGED:
        if (g->settlement.n) settle_event(g, e);
        break;
    default: break;
    }
}

static void books_flush(struct gateway *g, u32 rate)
{
    for (u32 i = 0; i < g->contracts_n; i++) {
        struct contract *k = g->contracts[i];
        for (u32 d = 0; k && d < DEPTHS; d++)
            if (k->book[d][rate].n) book_flush(g, k, d, rate);
    }
}

/* A command's events are whole: what goes out at once goes out now. */
void channels_command_end(struct gateway *g)
{
    for (u32 i = 0; i < g->touched_n; i++) {
        struct contract *k = contract_at(g, g->touched[i]);
        ASSERT(k && k->touched);
        k->touched = false;
        for (u32 d = 0; d < DEPTHS; d++)
            if (k->book[d][RATE_RAW].n) book_flush(g, k, d, RATE_RAW);
        if (k->fresh_n) trades_flush(g, k);
    }
    g->touched_n = 0;
    if (g->prints.n) prints_flush(g);
    settle_flush(g);
}

void channels_tick(struct gateway *g)
{
    if (g->now_ns - g->tick_100ms >= (u64)(100 * NS_MS)) {
        g->tick_100ms = g->now_ns;
        books_flush(g, RATE_100MS);
        tickers_flush(g);
    }
    if (g->now_ns - g->tick_1s >= (u64)NS_PER_SECOND) {
        g->tick_1s = g->now_ns;
        books_flush(g, RATE_1S);
        status_flush(g);
    }
}

/* ---- subscriptions ---- */

static bool group_add(struct group *q, struct subscription *s)
{
    if (q->n == q->cap) {
        u32 cap = q->cap ? 2 * q->cap : 8;
        struct subscription **more = realloc(q->subs, cap * sizeof(struct subscription *));
        if (!more) return false;
        q->subs = more, q->cap = cap;
    }
    s->at = q->n, s->group = q;
    q->subs[q->n++] = s;
    return true;
}

static void group_remove(struct subscription *s)
{
    struct group *q = s->group;
    ASSERT(s->at < q->n);
    ASSERT(q->subs[s->at] == s);
    q->subs[s->at] = q->subs[--q->n];
    q->subs[s->at]->at = s->at;
    if (!q->n) q->changes_n = 0;
}

void channels_leave(struct gateway *g, struct conn *c)
{
    for (u32 i = 0; i < c->subs_n; i++) {
        group_remove(c->subs[i]);
        free(c->subs[i]);
    }
    c->subs_n = 0;
    (void)g;
}

/* The state as of now: the first frame of a channel, and what a slow reader goes on with. */
static void send_state(struct gateway *g, struct subscription *s)
{
    if (s->channel == CH_BOOK) send_snapshot(g, s);
    else if (s->channel == CH_TRADES) send_trades(g, s);
    else if (s->channel == CH_TICKER) send_ticker(g, s);
    else if (s->channel == CH_STATUS) send_status(g, s);
    else s->behind = s->gap = false; /* prints and settlements: GET has what was missed */
}

void channels_drained(struct gateway *g, struct conn *c)
{
    if (!c->behind || c->closing) return;
    c->behind = false;
    for (u32 i = 0; i < c->subs_n && !c->closing; i++) {
        struct subscription *s = c->subs[i];
        struct contract *k = contract_at(g, s->instrument);
        if (!s->behind) continue;
        g->counts.resyncs++;
        if (s->channel == CH_BOOK && s->depth == DEPTH_L1) book_flush(g, k, s->depth, s->rate);
        send_state(g, s);
    }
}

/* ---- messages ---- */

struct message {
    Str op, channel, depth, rate;
    Text24 id;
    char contract[24], buf[4][16];
    bool has_id;
};

static void say(struct gateway *g, struct conn *c, const char *op, const struct message *m,
                u32 code, const char *detail)
{
    char buf[512];
    struct text t = text_on(buf, sizeof buf);
    text_put_char(&t, '{');
    json_str(&t, "op", op);
    if (m->has_id) json_str(&t, "id", m->id.z);
    if (m->channel.n && !code) {
        json_key(&t, "channel");
        json_put_string(&t, m->channel);
    }
    if (m->contract[0] && !code) json_str(&t, "contract", m->contract);
    if (code) {
        json_str(&t, "code", reject_name(code));
        json_u32(&t, "code_no", code);
        json_str(&t, "detail", detail ? detail : reject_text(code));
    }
    text_put_char(&t, '}');
    ASSERT(!t.cut);
    conn_send_frame(g, c, WS_TEXT, t.at, t.n);
}

/* NULL, or what is wrong with the message. Every key once; all values are texts. */
static const char *read_message(Str text, struct message *m)
{
    static const char *const keys[] = { "op", "channel", "depth", "rate", "contract", "id" };
    struct json j;
    u32 seen = 0;
    enum json_kind kind;
    memset(m, 0, sizeof *m);
    m->op = m->channel = m->depth = m->rate = (Str){ "", 0 };
    Str *const plain[] = { &m->op, &m->channel, &m->depth, &m->rate };
    json_init(&j, text.at, text.n);
    if (json_next(&j) != JSON_OBJECT) return "an object is due";
    while ((kind = json_next(&j)) == JSON_KEY) {
        u32 k = 0;
        char buf[64];
        Str s;
        while (k < ARRAY_LEN(keys) && !str_is(j.text, keys[k])) k++;
        if (k == ARRAY_LEN(keys) || j.escaped) return "unknown key";
        if (seen & BIT(k)) return "a key twice";
        seen |= BIT(k);
        if (json_next(&j) != JSON_STRING || !json_plain(&j, buf, sizeof buf, &s))
            return "a short text is due";
        if (k < 4) {
            if (s.n >= sizeof m->buf[0]) return "no such value";
            memcpy(m->buf[k], s.at, s.n);
            *plain[k] = (Str){ m->buf[k], s.n };
        } else if (!text_fill(k == 4 ? m->contract : m->id.z, 24, s)) {
            return k == 4 ? "not a contract" : "id: at most 23 characters";
        }
        if (k == 5) m->has_id = true;
    }
    if (kind != JSON_OBJECT_END || json_next(&j) != JSON_END) return "not JSON";
    return m->op.n ? NULL : "op is missing";
}

static u8 word_in(Str s, const char *const *words, u32 n, u8 standard)
{
    if (!s.n) return standard;
    for (u32 i = 0; i < n; i++)
        if (str_is(s, words[i])) return (u8)i;
    return 0xff;
}

static struct group *group_of(struct gateway *g, const struct subscription *s)
{
    struct contract *k = contract_at(g, s->instrument);
    switch (s->channel) {
    case CH_BOOK: return k ? &k->book[s->depth][s->rate] : NULL;
    case CH_TRADES: return k ? &k->trades : NULL;
    case CH_TICKER: return k ? &k->ticker : &g->ticker;
    case CH_INDEX: return &g->index;
    case CH_SETTLEMENT: return &g->settlement;
    default: return &g->status;
    }
}

static struct subscription *subscription_of(struct conn *c, const struct message *m)
{
    for (u32 i = 0; i < c->subs_n; i++)
        if (strcmp(c->subs[i]->id.z, m->id.z) == 0) return c->subs[i];
    return NULL;
}

static bool join(struct gateway *g, struct conn *c, struct subscription one)
{
    struct group *q = group_of(g, &one);
    if (c->subs_n == c->subs_cap) {
        u32 cap = c->subs_cap ? 2 * c->subs_cap : 8;
        struct subscription **more = realloc(c->subs, cap * sizeof(struct subscription *));
        if (!more) return false;
        c->subs = more, c->subs_cap = cap;
    }
    struct subscription *s = malloc(sizeof *s);
    if (!s) return false;
    *s = one;
    if (s->channel == CH_BOOK && q->n)
        book_flush(g, contract_at(g, s->instrument), s->depth, s->rate);
    if (s->channel == CH_BOOK && !q->n) {
        struct contract *k = contract_at(g, s->instrument);
        q->best[0] = best_of(k, 0), q->best[1] = best_of(k, 1);
        q->changes_n = q->updates = 0, q->check_ns = g->now_ns;
    }
    if (!group_add(q, s)) {
        free(s);
        return false;
    }
    c->subs[c->subs_n++] = s;
    return true;
}

static void subscribe(struct gateway *g, struct conn *c, const struct message *m)
{
    struct subscription s = { .conn = conn_index(g, c), .id = m->id };
    struct contract *k = m->contract[0] ? contract_named(g, str_of(m->contract)) : NULL;
    s.channel = word_in(m->channel, channel_names, ARRAY_LEN(channel_names), 0xff);
    s.depth = word_in(m->depth, depth_names, DEPTHS, DEPTH_L2);
    s.rate = word_in(m->rate, rate_names, RATES, RATE_100MS);
    if (s.channel == 0xff || s.depth == 0xff || s.rate == 0xff) {
        say(g, c, "error", m, REJECT_BAD_FIELD,
            s.channel == 0xff ? "channel: no such channel"
            : s.depth == 0xff ? "depth: L1 or L2 is due"
                              : "rate: raw, 100ms or 1s is due");
        return;
    }
    bool needs = s.channel == CH_BOOK || s.channel == CH_TRADES;
    if ((needs || m->contract[0]) && !k) {
        say(g, c, "error", m, REJECT_UNKNOWN_CONTRACT, NULL);
        return;
    }
    if (c->subs_n == SUBSCRIPTIONS_MAX || subscription_of(c, m)) {
        say(g, c, "error", m, REJECT_BAD_FIELD,
            c->subs_n == SUBSCRIPTIONS_MAX ? "at most 256 subscriptions"
                                           : "id: this one is subscribed");
        return;
    }
    s.instrument = k && s.channel <= CH_TICKER ? k->row.listed.instrument : 0;
    if (!join(g, c, s)) {
        c->closing = true;
        return;
    }
    say(g, c, "subscribed", m, 0, NULL);
    send_state(g, c->subs[c->subs_n - 1]);
}

static void unsubscribe(struct gateway *g, struct conn *c, const struct message *m)
{
    struct subscription *s = subscription_of(c, m);
    if (!s) {
        say(g, c, "error", m, REJECT_BAD_FIELD, "id: no such subscription");
        return;
    }
    for (u32 i = 0; i < c->subs_n; i++)
        if (c->subs[i] == s) c->subs[i] = c->subs[--c->subs_n];
    group_remove(s);
    free(s);
    say(g, c, "unsubscribed", m, 0, NULL);
}

void channels_message(struct gateway *g, struct conn *c, Str text)
{
    struct message m;
    const char *why = read_message(text, &m);
    if (!bucket_take(&c->reads, g->reads_per_second, 5, g->now_ns)) {
        say(g, c, "error", &m, REJECT_MESSAGE_RATE, NULL);
        return;
    }
    if (why) {
        g->counts.bad_json++;
        say(g, c, "error", &m, REJECT_BAD_JSON, why);
    } else if (str_is(m.op, "subscribe")) {
        subscribe(g, c, &m);
    } else if (str_is(m.op, "unsubscribe")) {
        unsubscribe(g, c, &m);
    } else if (str_is(m.op, "ping")) {
        say(g, c, "pong", &m, 0, NULL);
    } else {
        say(g, c, "error", &m, REJECT_BAD_FIELD, "op: subscribe, unsubscribe or ping is due");
    }
}

/* 101, and from here on frames. */
void channels_open(struct ask *a, Str key)
{
    char extra[128];
    struct text t = text_on(extra, sizeof extra);
    struct conn *c = a->c;
    void *space = aligned_alloc(16, (ws_bytes() + 15) / 16 * 16);
    struct ws *w = space ? ws_open(space) : NULL;
    if (!w) {
        free(space);
        answer_problem(a, REJECT_UNAVAILABLE, NULL, NULL, 0);
        return;
    }
    text_put(&t, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
    ws_accept(&t, key);
    a->keep_alive = true;
    reply_finish(a, 101, NULL, extra, "", 0);
    c->kind = CONN_WS, c->ws = w;
    c->ping_ns = a->g->now_ns, c->pings = 0;
}

void channels_close(struct gateway *g)
{
    for (u32 i = 0; i < g->conns_max; i++)
        if (g->conns[i].kind == CONN_WS)
            conn_ws_close(g, &g->conns[i], WS_CLOSE_GOING_AWAY, "the venue stops");
}
