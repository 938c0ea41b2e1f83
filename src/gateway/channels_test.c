#include "gateway_world.h"

static int start(void **state) { world_start(); inbox.fd = 0; return 0; }
static int stop(void **state)
{
    if (inbox.fd > 0) close(inbox.fd);
    inbox.fd = 0;
    world_stop();
    return 0;
}

/* ---- a WebSocket client ---- */

static void ws_connect(struct inbox *b)
{
    static const char hello[] =
        "GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    char text[512];
    client_new(b);
    int n = snprintf(text, sizeof text, hello, gateway_port(world.g));
    client_send(b->fd, text, (u64)n);
    struct got r = client_answer(b, true);
    assert_int_equal(r.status, 101);
    assert_non_null(strstr(r.head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

static void ws_say(struct inbox *b, enum ws_opcode opcode, const char *text)
{
    u8 frame[8192];
    u32 n = ws_client_frame(frame, sizeof frame, opcode, true, str_of(text), 0x01020304u);
    client_send(b->fd, frame, n);
}

/* The next frame's payload; its opcode, 0 when the connection ended. */
static u32 ws_hear(struct inbox *b, char *to, u32 cap)
{
    for (u32 round = 0; round < ROUNDS_MAX; round++) {
        const u8 *p = (const u8 *)b->bytes + b->at;
        u32 have = b->n - b->at, head = have < 2 ? 2 : p[1] < 126 ? 2 : p[1] == 126 ? 4 : 10;
        u64 n = have < head ? 0 : p[1];
        if (have >= head && n >= 126) {
            n = 0;
            for (u32 i = 2; i < head; i++) n = n << 8 | p[i];
        }
        if (have >= head && have >= head + n) {
            assert_true(n < cap);
            memcpy(to, p + head, n), to[n] = 0;
            b->at += head + (u32)n;
            assert_true(p[0] & 0x80 && !(p[1] & 0x80));
            return p[0] & 15;
        }
        if (b->closed) return 0;
        world_round();
        client_read(b);
        if (round > 200) usleep(500); /* the kernel reopens a full window in its own time */
    }
    fail_msg("no frame");
    return 0;
}

static const char *heard(struct inbox *b)
{
    static char text[1 << 20];
    assert_int_equal(ws_hear(b, text, sizeof text), WS_TEXT);
    json_whole(text, (u32)strlen(text));
    return text;
}

static void subscribe(struct inbox *b, const char *more, const char *id)
{
    char text[256];
    snprintf(text, sizeof text, "{\"op\":\"subscribe\",%s,\"id\":\"%s\"}", more, id);
    ws_say(b, WS_TEXT, text);
    const char *r = heard(b);
    FIELD_IS(r, "op", "subscribed");
    FIELD_IS(r, "id", id);
}

/* ---- a reader's copy of a book ---- */

struct copy {
    u64 seq;
    u32 n[2];
    struct {
        i64 price, qty;
    } rows[2][256];
    u32 snapshots, updates, checks;
};

static void copy_set(struct copy *k, u32 side, i64 price, i64 qty)
{
    u32 i = 0;
    while (i < k->n[side] && k->rows[side][i].price != price) i++;
    if (!qty) {
        if (i < k->n[side])
            k->rows[side][i] = k->rows[side][--k->n[side]]; /* else it came and went */
        return;
    }
    if (i == k->n[side]) assert_true(++k->n[side] < 256);
    k->rows[side][i].price = price, k->rows[side][i].qty = qty;
}

static void copy_side(struct copy *k, const char *frame, u32 side)
{
    const char *at = strstr(frame, side == 0 ? "\"bids\":[" : "\"asks\":[");
    assert_non_null(at);
    at += 8;
    while (*at == '[' || *at == ',') {
        i64 price, qty;
        at = strchr(at, '"') + 1;
        const char *end = strchr(at, '"');
        assert_int_equal(parse_dec((Str){ at, (u32)(end - at) }, 6, &price), PARSE_OK);
        at = end + 3;
        end = strchr(at, '"');
        assert_int_equal(parse_i64((Str){ at, (u32)(end - at) }, &qty), PARSE_OK);
        copy_set(k, side, price, qty);
        at = end + 2;
    }
    assert_true(*at == ']');
}

static void copy_take(struct copy *k, const char *frame)
{
    u64 seq = strtoull(field(frame, "seq"), NULL, 10);
    if (strcmp(field(frame, "type"), "snapshot") == 0) {
        u32 s = k->snapshots, u = k->updates, c = k->checks;
        *k = (struct copy){ .snapshots = s + 1, .updates = u, .checks = c };
    } else {
        assert_int_equal(strtoull(field(frame, "prev_seq"), NULL, 10), k->seq);
        assert_true(seq > k->seq);
        k->updates++;
        if (strstr(frame, "\"checksum\"")) k->checks++;
    }
    k->seq = seq;
    copy_side(k, frame, 0);
    copy_side(k, frame, 1);
}

/* The copy is the market's book at that sequence. */
static void copy_is_right(const struct copy *k, u32 instrument, bool best_only)
{
    for (u32 side = 0; side < 2; side++) {
        u8 s = side == 0 ? SIDE_BUY : SIDE_SELL;
        u32 levels = 0;
        i64 best = 0;
        for (u32 i = 0; i < world.market.orders_n; i++) {
            const struct fake_order *o = &world.market.orders[i];
            if (o->reason || o->in.instrument != instrument || o->in.side != s) continue;
            i64 qty, price = o->in.price.micros;
            u32 orders, at = 0;
            if (!best || side_sign(s) * price > side_sign(s) * best) best = price;
            if (best_only) continue;
            fake_level(&world.market, instrument, s, price, &qty, &orders);
            while (at < k->n[side] && k->rows[side][at].price != price) at++;
            assert_true(at < k->n[side]);
            assert_int_equal(k->rows[side][at].qty, qty);
        }
        for (u32 i = 0; i < k->n[side]; i++) {
            i64 qty;
            u32 orders;
            fake_level(&world.market, instrument, s, k->rows[side][i].price, &qty, &orders);
            assert_int_equal(k->rows[side][i].qty, qty); /* no level too many */
            levels++;
        }
        if (best_only) assert_int_equal(levels, best != 0);
        if (best_only && best) assert_int_equal(k->rows[side][0].price, best);
    }
}

/* Something happens in the market, through no client of ours. */
static void happen(u32 commands)
{
    for (u32 i = 0; i < commands; i++) {
        struct command c = { .type = CMD_ORDER_NEW };
        struct cmd_order_new *o = &c.order_new;
        static u32 n;
        sprintf(o->client_id.z, "h%u", ++n);
        o->account = 1 + (u32)rng_below(&world.rng, 3), o->instrument = 1,
        o->qty = rng_between(&world.rng, 1, 9);
        o->side = (u8)rng_between(&world.rng, SIDE_BUY, SIDE_SELL), o->type = ORDER_TYPE_LIMIT;
        o->tif = TIF_DAY, o->price.micros = 2800000 + 1000 * rng_between(&world.rng, -15, 15);
        if (rng_chance(&world.rng, 250000) && world.market.orders_n) {
            const struct fake_order *f =
                &world.market.orders[rng_below(&world.rng, world.market.orders_n)];
            c.type = CMD_ORDER_CANCEL;
            c.order_cancel = (struct cmd_order_cancel){ f->in.account, f->id, { "" } };
        }
        fake_step(&world.market, &c);
        world_queue(0);
    }
}

/* Ended orders are forgotten: the list of the fake market stays short. */
static void fake_trim(void)
{
    u32 n = 0;
    for (u32 i = 0; i < world.market.orders_n; i++)
        if (!world.market.orders[i].reason) world.market.orders[n++] = world.market.orders[i];
    world.market.orders_n = n;
}

static void settle_down(void)
{
    for (u32 i = 0; i < 5; i++) world_round();
}

/* Forces the channels' clocks, so that no test waits for time. */
static void time_passes(void)
{
    world_release();
    world.g->tick_100ms = world.g->tick_1s = 0;
    world_round();
    world_round();
}

/* ---- tests ---- */

static void books_follow_the_market(void **state)
{
    static const char *const forms[] = { "\"depth\":\"L2\",\"rate\":\"raw\"",
                                         "\"depth\":\"L2\",\"rate\":\"100ms\"",
                                         "\"depth\":\"L2\",\"rate\":\"1s\"",
                                         "\"depth\":\"L1\",\"rate\":\"raw\"",
                                         "\"depth\":\"L1\",\"rate\":\"100ms\"" };
    static struct copy copies[5];
    happen(40), settle_down();
    memset(copies, 0, sizeof copies);
    for (u32 form = 0; form < 5; form++) {
        struct copy *k = &copies[form];
        char more[128];
        ws_connect(&inbox);
        snprintf(more, sizeof more, "\"channel\":\"book\",\"contract\":\"GPUH-M-2027-01\",%s",
                 forms[form]);
        subscribe(&inbox, more, "a");
        copy_take(k, heard(&inbox));
        copy_is_right(k, 1, form >= 3);
        for (u32 round = 0; round < 150; round++) {
            happen(1 + (u32)rng_below(&world.rng, 4));
            time_passes();
            ws_say(&inbox, WS_TEXT, "{\"op\":\"ping\"}");
            const char *f;
            while (strcmp(field(f = heard(&inbox), "op"), "pong")) copy_take(k, f);
            copy_is_right(k, 1, form >= 3);
        }
        assert_true(k->updates > 50);
        assert_int_equal(k->snapshots, 1);
        if (form < 3) assert_true(k->checks > 0);
        close(inbox.fd);
        settle_down();
    }
    inbox.fd = 0;
}

/* Readers that join between two flushes of a conflated channel see each change once, in order. */
static void late_joiners_agree(void **state)
{
    static struct inbox boxes[4];
    static struct copy copies[4];
    memset(copies, 0, sizeof copies);
    happen(30), settle_down();
    for (u32 i = 0; i < 4; i++) {
        ws_connect(&boxes[i]);
        happen(3), world_release(); /* changes that no flush has sent yet */
        subscribe(&boxes[i],
                  i % 2 ? "\"channel\":\"book\",\"contract\":\"GPUH-M-2027-01\",\"depth\":\"L1\","
                          "\"rate\":\"1s\""
                        : "\"channel\":\"book\",\"contract\":\"GPUH-M-2027-01\",\"rate\":\"1s\"",
                  "a");
    }
    for (u32 round = 0; round < 20; round++) {
        happen(5);
        time_passes();
    }
    for (u32 i = 0; i < 4; i++) {
        const char *f;
        ws_say(&boxes[i], WS_TEXT, "{\"op\":\"ping\"}");
        while (strcmp(field(f = heard(&boxes[i]), "op"), "pong")) copy_take(&copies[i], f);
        copy_is_right(&copies[i], 1, i % 2);
        close(boxes[i].fd);
    }
}

static void the_published_checksum(void **state)
{
    static struct level bids[] = { { 2830000, 20, 1 }, { 2820000, 30, 1 } };
    static struct level asks[] = { { 2850000, 40, 1 }, { 2860000, 5, 1 } };
    static struct contract k = { .digits = 3, .side = { { bids, 2, 2 }, { asks, 2, 2 } } };
    char buf[512];
    struct text t = text_on(buf, sizeof buf);
    assert_int_equal(book_checksum(&k, &t), 0x6661894e);
    assert_string_equal(buf, "b:2.830:20|2.820:30;a:2.850:40|2.860:5");
}

static void the_other_channels(void **state)
{
    struct event *e;
    happen(60), settle_down();
    ws_connect(&inbox);
    subscribe(&inbox, "\"channel\":\"trades\",\"contract\":\"GPUH-M-2027-01\"", "t");
    const char *f = heard(&inbox);
    FIELD_IS(f, "channel", "trades");
    assert_non_null(strstr(f, "\"price\":\"2.")); /* the last ones came with it */
    subscribe(&inbox, "\"channel\":\"ticker\"", "k");
    assert_non_null(strstr(heard(&inbox), "\"contract\":\"GPUH-M-2027-03\""));
    subscribe(&inbox, "\"channel\":\"status\"", "s");
    FIELD_IS(heard(&inbox), "venue", "test venue");
    subscribe(&inbox, "\"channel\":\"index\"", "i");
    subscribe(&inbox, "\"channel\":\"settlement\"", "m");
    fake_begin(&world.market);
    e = fake_event(&world.market, EVT_INDEX_PRINTED);
    struct evt_index_printed *print = &e->index_printed;
    *print = (struct evt_index_printed){ .index = { "HDG-H100" }, .version = 1, .level = 1 };
    print->value_date = date_of(2027, 1, 4), print->status = PRINT_PRINTED;
    print->value.micros = print->p50.micros = 2810000;
    world_queue(0), settle_down();
    f = heard(&inbox);
    FIELD_IS(f, "channel", "index");
    FIELD_IS(f, "value", "2.81");
    fake_begin(&world.market);
    e = fake_event(&world.market, EVT_SETTLEMENT_PRICE);
    e->settlement_price =
        (struct evt_settlement_price){ 1, date_of(2027, 1, 4), { 2815000 }, DSP_VWAP_DAY, 1 };
    e = fake_event(&world.market, EVT_FIXING);
    e->fixing = (struct evt_fixing){ 1,  date_of(2027, 1, 4), FIXING_PRINTED, { 2810000 }, 1,
                                     20, { 2810000 } };
    e = fake_event(&world.market, EVT_FINAL_SETTLEMENT);
    e->final_settlement =
        (struct evt_final_settlement){ .instrument = 1, .value = { 2812345 }, .days = 20 };
    world_queue(0), settle_down();
    f = heard(&inbox);
    FIELD_IS(f, "channel", "settlement");
    assert_non_null(
        strstr(f, "\"settlements\":[{\"contract\":\"GPUH-M-2027-01\",\"date\":\"2027-01-04\","
                  "\"price\":\"2.815\""));
    assert_non_null(strstr(f, "\"final\":[{\"contract\":\"GPUH-M-2027-01\""));
    assert_non_null(strstr(f, "\"fixings\":[{\"contract\":\"GPUH-M-2027-01\""));
    time_passes();
    u32 tickers = 0, statuses = 0;
    ws_say(&inbox, WS_TEXT, "{\"op\":\"ping\",\"id\":\"9\"}");
    while (strcmp(field(f = heard(&inbox), "op"), "pong")) {
        tickers += strcmp(field(f, "channel"), "ticker") == 0;
        statuses += strcmp(field(f, "channel"), "status") == 0;
    }
    FIELD_IS(f, "id", "9");
    assert_true(tickers > 0 && statuses > 0);
    struct got r;
    int ws = inbox.fd;
    inbox.fd = 0; /* REST on another connection says the same */
    r = ask("GET", "/v1/settlements", "", "");
    assert_non_null(strstr(r.body, "\"rule\":\"VWAP_DAY\""));
    assert_non_null(strstr(r.body, "\"value\":\"2.812345\""));
    r = ask("GET", "/v1/index/HDG-H100", "", "");
    assert_non_null(strstr(r.body, "\"level\":\"L1\",\"value\":\"2.81\""));
    r = ask("GET", "/v1/instruments/GPUH-M-2027-01", "", "");
    FIELD_IS(r.body, "mean", "2.81");
    FIELD_IS(r.body, "final", "2.812345");
    close(ws);
}

static void bad_messages_are_told(void **state)
{
    static const struct { const char *say, *code; } rows[] = {
        { "hello", "BAD_JSON" }, { "[]", "BAD_JSON" }, { "{}", "BAD_JSON" },
        { "{\"op\":1}", "BAD_JSON" },
        { "{\"op\":\"ping\",\"op\":\"ping\"}", "BAD_JSON" }, { "{\"op\":\"pin"
                                                            "g\"} x", "BAD_JSON" },
        { "{\"op\":\"dance\"}", "BAD_FIELD" }, { "{\"op\":\"ping\",\"x\":\"1\"}", "BAD_JSON" },
        { "{\"op\":\"subscribe\"}", "BAD_FIELD" }, { "{\"op\":\"subscribe\",\"chann"
                                                     "el\":\"gossip\"}", "BAD_FIELD" },
        { "{\"op\":\"subscribe\",\"channel\":\"book\"}", "UNKNOWN_CONTRACT" },
        { "{\"op\":\"subscribe\",\"channel\":\"book\",\"contract\":\"NONE\"}", "UNKNOWN_CONTR"
                                                            "ACT" },
        { "{\"op\":\"subscribe\",\"channel\":\"book\",\"contract\":\"GPUH-M-2027-01\","
          "\"depth\":\"L3\"}", "BAD_FIELD" },
        { "{\"op\":\"subscribe\",\"channel\":\"book\",\"contract\":\"GPUH-M-2027-01\","
          "\"rate\":\"2s\"}", "BAD_FIELD" },
        { "{\"op\":\"unsubscribe\",\"id\":\"7\"}", "BAD_FIELD" },
        { "{\"op\":\"subscribe\",\"channel\":\"index\",\"id\":\"012345678901234567890123"
          "\"}", "BAD_JSON" },
    };
    ws_connect(&inbox);
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        ws_say(&inbox, WS_TEXT, rows[i].say);
        const char *f = heard(&inbox);
        FIELD_IS(f, "op", "error");
        if (strcmp(field(f, "code"), rows[i].code)) fail_msg("%s: %s", rows[i].say, f);
    }
    subscribe(&inbox, "\"channel\":\"index\"", "1");
    ws_say(&inbox, WS_TEXT, "{\"op\":\"subscribe\",\"channel\":\"index\",\"id\":\"1\"}");
    FIELD_IS(heard(&inbox), "op", "error"); /* one id, one subscription */
    ws_say(&inbox, WS_TEXT, "{\"op\":\"unsubscribe\",\"id\":\"1\"}");
    FIELD_IS(heard(&inbox), "op", "unsubscribed");
    for (u32 i = 0; i < SUBSCRIPTIONS_MAX; i++) {
        char id[8];
        snprintf(id, sizeof id, "s%u", i);
        subscribe(&inbox, "\"channel\":\"index\"", id);
    }
    ws_say(&inbox, WS_TEXT, "{\"op\":\"subscribe\",\"channel\":\"index\",\"id\":\"more\"}");
    FIELD_IS(heard(&inbox), "op", "error");
}

static void bad_frames_close(void **state)
{
    static const struct { u8 in[16]; u32 n; u32 code; } rows[] = {
        { { 0x81, 1, 'x' }, 3, 1002 }, { { 0x82, 0x81, 0, 0, 0, 0, 'x' }, 7, 1003 },
        { { 0x81, 0x81, 0, 0, 0, 0, 0xff }, 7, 1007 }, { { 0x80, 0x81, 0, 0, 0, 0, 'x' }, 7, 1002 },
        { { 0x81, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'x' }, 15, 1009 },
        { { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9 }, 8, 1001 },
    };
    char text[256];
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        ws_connect(&inbox);
        client_send(inbox.fd, rows[i].in, rows[i].n);
        assert_int_equal(ws_hear(&inbox, text, sizeof text), WS_CLOSE);
        assert_int_equal((u32)(u8)text[0] << 8 | (u8)text[1], rows[i].code);
        assert_int_equal(ws_hear(&inbox, text, sizeof text), 0);
        close(inbox.fd);
    }
    ws_connect(&inbox);
    ws_say(&inbox, WS_PING, "abc");
    assert_int_equal(ws_hear(&inbox, text, sizeof text), WS_PONG);
    assert_string_equal(text, "abc");
}

static void handshakes_are_checked(void **state)
{
    static const struct { const char *headers; u32 status; } rows[] = {
        { "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400 },
        { "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: short\r\n", 400 },
        { "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400 },
        { "Origin: http://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 403 },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(ask("GET", "/v1/ws", rows[i].headers, "").status, rows[i].status);
    assert_int_equal(
        ask("GET", "/v1/time", "Upgrade: websocket\r\nConnection: Upgrade\r\n", "").status, 200);
}

/* The gateway's side of the newest connection gets a small buffer in the kernel. */
static struct conn *narrow(void)
{
    struct conn *c = NULL;
    int small = 4096;
    for (u32 i = 0; i < world.g->conns_max; i++)
        if (world.g->conns[i].kind == CONN_WS) c = &world.g->conns[i];
    assert_non_null(c);
    assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    return c;
}

/* One who does not read: no more updates, then a snapshot when it reads again; others go on. */
static void a_slow_reader_is_conflated(void **state)
{
    static struct inbox slow;
    static struct copy k, quick;
    memset(&k, 0, sizeof k), memset(&quick, 0, sizeof quick);
    ws_connect(&slow);
    struct conn *c = narrow();
    subscribe(&slow,
              "\"channel\":\"book\",\"contract\":\"GPUH-M-2027-01\","
              "\"rate\":\"raw\"",
              "a");
    copy_take(&k, heard(&slow));
    ws_connect(&inbox);
    subscribe(&inbox,
              "\"channel\":\"book\",\"contract\":\"GPUH-M-2027-01\","
              "\"rate\":\"raw\"",
              "a");
    copy_take(&quick, heard(&inbox));
    u32 rounds = 0;
    for (; !c->behind && rounds < 60000; rounds++) {
        happen(1), world_round(), client_read(&inbox);
        if (rounds % 500 == 499) fake_trim();
    }
    assert_true(c->behind);
    happen(50), settle_down();
    u32 before = k.snapshots;
    for (u32 i = 0; i < ROUNDS_MAX && k.snapshots == before; i++) { /* now it reads */
        char text[65536];
        assert_int_equal(ws_hear(&slow, text, sizeof text), WS_TEXT);
        copy_take(&k, text);
    }
    assert_int_equal(k.snapshots, before + 1);
    assert_true(gateway_counts(world.g).resyncs >= 1);
    happen(20);
    const char *f;
    for (u32 i = 0; i < 2; i++) { /* both know the book in the end */
        struct inbox *b = i ? &inbox : &slow;
        settle_down();
        ws_say(b, WS_TEXT, "{\"op\":\"ping\"}");
        while (strcmp(field(f = heard(b), "op"), "pong")) copy_take(i ? &quick : &k, f);
        copy_is_right(i ? &quick : &k, 1, false);
    }
    assert_int_equal(quick.snapshots, 1);
    close(slow.fd);
}

/* And one who never reads again is closed with 4008. */
static void a_stuck_reader_is_closed(void **state)
{
    ws_connect(&inbox);
    struct conn *c = narrow();
    char text[65536];
    subscribe(&inbox,
              "\"channel\":\"book\",\"contract\":\"GPUH-M-2027-01\","
              "\"rate\":\"raw\"",
              "a");
    for (u32 i = 0; i < 60000 && !c->behind; i++) {
        happen(1), world_round();
        if (i % 500 == 499) fake_trim();
    }
    assert_true(c->behind);
    assert_true(conn_waiting(c) <= PUBLIC_QUEUE_MAX);
    c->behind_ns = 1, world.g->swept_ns = 0; /* ten seconds later */
    world_round();
    assert_int_equal(gateway_counts(world.g).slow_closed, 1);
    u32 op;
    while ((op = ws_hear(&inbox, text, sizeof text)) == WS_TEXT) {}
    assert_int_equal(op, WS_CLOSE);
    assert_int_equal((u32)(u8)text[0] << 8 | (u8)text[1], 4008);
    settle_down();
    assert_int_equal(gateway_counts(world.g).sessions_ws_now, 0);
}

static void silence_is_noticed(void **state)
{
    char text[256];
    ws_connect(&inbox);
    settle_down();
    struct conn *c = NULL;
    for (u32 i = 0; i < world.g->conns_max; i++)
        if (world.g->conns[i].kind == CONN_WS) c = &world.g->conns[i];
    for (u32 i = 0; i < 3; i++) {
        c->ping_ns = 0, world.g->swept_ns = 0; /* fifteen seconds later */
        world_round();
        if (i < 2) assert_int_equal(ws_hear(&inbox, text, sizeof text), WS_PING);
        if (i == 0) ws_say(&inbox, WS_PONG, text), settle_down();
    }
    c->ping_ns = 0, world.g->swept_ns = 0;
    world_round();
    u32 op;
    while ((op = ws_hear(&inbox, text, sizeof text)) == WS_PING) {}
    assert_int_equal(op, WS_CLOSE);
    assert_int_equal((u32)(u8)text[0] << 8 | (u8)text[1], 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
        T(books_follow_the_market), T(late_joiners_agree),         T(the_published_checksum),
        T(the_other_channels),      T(bad_messages_are_told),      T(bad_frames_close),
        T(handshakes_are_checked),  T(a_slow_reader_is_conflated), T(a_stuck_reader_is_closed),
        T(silence_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
