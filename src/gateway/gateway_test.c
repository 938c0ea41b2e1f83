#include "gateway_world.h"

static int start(void **state) { world_start(); inbox.fd = 0; return 0; }
static int stop(void **state)
{
    if (inbox.fd > 0) close(inbox.fd);
    inbox.fd = 0;
    world_stop();
    return 0;
}

static void maker(const char *side, const char *price, const char *qty)
{
    static u32 n;
    char id[16];
    snprintf(id, sizeof id, "m%u", ++n);
    struct got r = ask("POST", "/v1/orders", DEMO, order_text(id, side, price, qty));
    assert_int_equal(r.status, 201);
}

/* ---- routes ---- */

static void public_routes_answer(void **state)
{
    static const struct { const char *target; u32 status; const char *has; } rows[] = {
        { "/v1/time", 200, "\"ts\":1798963200" }, { "/v1/status", 200, "\"venue\":\"test venue\"" },
        { "/v1/instruments", 200, "{\"instruments\":[{\"id\":\"GPUH-M-2027-01\"" },
        { "/v1/instruments/GPUH-M-2027-02", 200, "\"contract_size\":\"730\"" },
        { "/v1/instruments/NONE", 404, "UNKNOWN_CONTRACT" },
        { "/v1/book/GPUH-M-2027-01", 200, "\"bids\":[[\"2.800\",\"3\",\"1\"]],"
          "\"asks\":[[\"2.810\",\"4\",\"1\"]]" },
        { "/v1/book/GPUH-M-2027-01?depth=0", 400, "BAD_FIELD" },
        { "/v1/book/GPUH-M-2027-01?depth=1001", 400, "depth" },
        { "/v1/book/GPUH-M-2027-01?depth=x", 400, "BAD_FIELD" },
        { "/v1/book/NONE", 404, "UNKNOWN_CONTRACT" },
        { "/v1/trades/GPUH-M-2027-01", 200, "\"price\":\"2.800\",\"quantity\":\"2\","
          "\"side\":\"sell\"" },
        { "/v1/trades/GPUH-M-2027-01?since=2000-01-01T00:00:00Z", 200, "\"id\":\"1099511627777\"" },
        { "/v1/trades/GPUH-M-2027-01?since=99999999999999999", 200, "{\"trades\":" },
        { "/v1/trades/GPUH-M-2027-01?since=yesterday", 400, "since" },
        { "/v1/trades/GPUH-M-2027-01?limit=0", 400, "limit" },
        { "/v1/trades/GPUH-M-2027-01?limit=1001", 400, "limit" },
        { "/v1/trades/GPUH-M-2027-01?cursor=zzz", 400, "cursor" },
        { "/v1/trades/GPUH-M-2027-01?limit=%zz", 400, "limit" },
        { "/v1/candles/GPUH-M-2027-01?step=60", 200, "\"volume\":\"2\"" },
        { "/v1/candles/GPUH-M-2027-01?step=59", 400, "step" },
        { "/v1/tickers", 200, "\"bid\":\"2.800\",\"bid_size\":\"3\"" },
        { "/v1/settlements", 200, "\"settlements\":[]" },
        { "/v1/settlements?contract=NONE", 404, "UNKNOWN" },
        { "/v1/statistics", 200, "{\"statistics\":[]}" },
        { "/v1/fixings/GPUH-M-2027-01", 200, "{\"fixings\":[]}" },
        { "/v1/index", 200, "\"index\":\"HDG-H100\"" },
        { "/v1/index/HDG-H100", 200, "\"prints\":[]" },
        { "/v1/index/NONE", 404, "UNKNOWN_INDEX" },
        { "/v1/open-interest", 200, "\"long\":\"2\",\"short\":\"2\"" },
        { "/v1/openapi.json", 200, "\"openapi\":\"3.1.0\"" }, { "/v1/ws", 400, "Upgrade" },
        { "/v1/nothing", 404, "NOT_FOUND" }, { "/v1", 404, "NOT_FOUND" },
        { "/v1/", 404, "NOT_FOUND" },
        { "/v1/book/", 404, "NOT_FOUND" }, { "/v1/book/a/b", 404, "NOT_FOUND" },
        { "/v1/instruments/%0a", 404, "NOT_FOUND" }, { "/nothing", 404, "NOT_FOUND" },
        { "/v1/orders", 401, "\"code\":\"AUTH\",\"code_no\":7001" },
    };
    maker("buy", "2.800", "5");
    maker("sell", "2.810", "4");
    struct got r = ask("POST", "/v1/orders", NULL, order_text("t", "sell", "2.800", "2"));
    assert_int_equal(r.status, 201);
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        r = ask("GET", rows[i].target, "", "");
        if (r.status != rows[i].status || !strstr(r.body, rows[i].has))
            fail_msg("%s: %u %s", rows[i].target, r.status, r.body);
        json_whole(r.body, r.body_n);
        assert_non_null(strstr(r.head, r.status < 300 ? "Content-Type: application/json"
                                                      : "Content-Type: application/problem+json"));
        assert_non_null(strstr(r.head, "HR-Seq: "));
    }
}

static void a_print(i32 day, u32 version, u8 status, i64 micros)
{
    struct evt_index_printed *p;
    fake_begin(&world.market);
    p = &fake_event(&world.market, EVT_INDEX_PRINTED)->index_printed;
    *p = (struct evt_index_printed){ .index = { "HDG-H100" }, .version = version, .level = 1 };
    p->value_date = date_of(2027, 1, (u32)day), p->status = status, p->priced_on = p->value_date;
    p->value.micros = micros, p->published_at.ns = date_start(p->value_date).ns + version;
    world_queue(0), world_release();
}

/* What most contracts settle on is what is shown, with a mark that a later version exists. */
static void restated_prints_are_shown_beside_the_first(void **state)
{
    static const struct { const char *query; u32 rows; const char *has; } rows[] = {
        { "", 3, "\"date\":\"2027-01-05\",\"version\":1,\"status\":\"PRINTED\",\"level\":\"L1\","
                 "\"value\":\"2.90\"" },
        { "", 3, "\"restated\":{\"version\":3,\"status\":\"PRINTED\",\"value\":\"2.86\"," },
        { "", 3, "\"restated\":{\"version\":2,\"status\":\"NO_PRINT\",\"value\":null," },
        { "?vintages=first&limit=1", 1, "\"value\":\"2.83\"" },
        { "?vintages=first", 3, "\"restated\":null" },
        { "?vintages=last", 3, "\"version\":3,\"status\":\"PRINTED\",\"level\":\"L1\","
                               "\"value\":\"2.86\"" },
        { "?vintages=all", 6, "\"version\":2,\"status\":\"PRINTED\",\"level\":\"L1\","
                              "\"value\":\"2.88\"" },
        { "?vintages=all&limit=2", 2, "\"next\":\"" },
    };
    (void)state;
    a_print(4, 1, PRINT_PRINTED, 2810000), a_print(4, 2, PRINT_NO_PRINT, 0);
    a_print(5, 1, PRINT_PRINTED, 2900000), a_print(5, 2, PRINT_PRINTED, 2880000);
    a_print(5, 3, PRINT_PRINTED, 2860000), a_print(6, 1, PRINT_PRINTED, 2830000);
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        char target[64];
        u32 n = 0;
        snprintf(target, sizeof target, "/v1/index/HDG-H100%s", rows[i].query);
        struct got r = ask("GET", target, "", "");
        assert_int_equal(r.status, 200);
        json_whole(r.body, r.body_n);
        for (const char *p = r.body; (p = strstr(p, "\"receipt\"")); p++) n++;
        if (n != rows[i].rows || !strstr(r.body, rows[i].has))
            fail_msg("%s: %u rows: %s", target, n, r.body);
    }
    assert_int_equal(ask("GET", "/v1/index/HDG-H100?vintages=newest", "", "").status, 400);
}

static void private_routes_answer(void **state)
{
    static const struct { const char *target; u32 status; const char *has; } rows[] = {
        { "/v1/orders", 200, "\"client_id\":\"t\"" },
        { "/v1/orders?state=open", 200, "{\"orders\":[]}" },
        { "/v1/orders?state=done&contract=GPUH-M-2027-01", 200, "\"reason\":\"filled\"" },
        { "/v1/orders?state=odd", 400, "state" }, { "/v1/orders?account=1", 403, "NOT_OWNER" },
        { "/v1/orders?account=2", 200, "\"account\":2" },
        { "/v1/orders/999999", 404, "UNKNOWN_ORDER" },
        { "/v1/orders/abc", 404, "UNKNOWN_ORDER" },
        { "/v1/orders/by-client/t", 200, "\"fills\":[{\"trade_id\":\"1099511627777\"" },
        { "/v1/orders/by-client/none", 404, "UNKNOWN_ORDER" },
        { "/v1/fills", 200, "\"liquidity\":\"taker\"" },
        { "/v1/positions", 200, "\"lots\":\"-2\"" },
        { "/v1/balances", 200, "\"account\":2" }, { "/v1/margin", 200, "\"free\":\"4.00\"" },
        { "/v1/ledger?limit=1", 200, "\"next\":\"" }, { "/v1/fees", 200, "\"taker\":\"3.60\"" },
        { "/v1/accounts", 200, "\"trading_account\":2" },
        { "/v1/positions?account=4", 403, "NOT_OWNER" },
    };
    maker("buy", "2.800", "5");
    struct got r = ask("POST", "/v1/orders", NULL, order_text("t", "sell", "2.800", "2"));
    assert_int_equal(r.status, 201);
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        r = ask("GET", rows[i].target, NULL, "");
        if (r.status != rows[i].status || !strstr(r.body, rows[i].has))
            fail_msg("%s: %u %s", rows[i].target, r.status, r.body);
        json_whole(r.body, r.body_n);
        if (rows[i].status == 200) assert_null(strstr(r.body, "\"account\":4"));
    }
    r = ask("GET", "/v1/positions", DEMO, ""); /* the demo key reads all */
    assert_non_null(strstr(r.body, "\"account\":2"));
    assert_non_null(strstr(r.body, "\"account\":4"));
    r = ask("GET", "/v1/accounts", DEMO, "");
    assert_non_null(strstr(r.body, "\"trading_account\":4"));
}

static void methods(void **state)
{
    struct got r = ask("HEAD", "/v1/time", "", "");
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.head, "Content-Length: "));
    r = ask("OPTIONS", "/v1/orders", "", "");
    assert_int_equal(r.status, 204);
    assert_non_null(strstr(r.head, "Allow: OPTIONS, GET, HEAD, POST, DELETE"));
    assert_null(strstr(r.head, "Access-Control"));
    r = ask("PUT", "/v1/orders", "", "");
    assert_int_equal(r.status, 405);
    assert_non_null(strstr(r.head, "Allow: "));
    r = ask("PURGE", "/v1/orders", "", "");
    assert_int_equal(r.status, 501);
    r = ask("POST", "/v1/orders", DEMO "Content-Type: text/plain\r\n", "{}");
    assert_int_equal(r.status, 415);
    r = ask("POST", "/v1/orders", DEMO "Content-Type: Application/JSON; charset=utf-8\r\n", "{}");
    assert_int_equal(r.status, 400);
    r = ask("GET", "/v1/time", "Connection: close\r\n", "");
    assert_non_null(strstr(r.head, "Connection: close"));
    assert_int_equal(client_answer(&inbox, false).status, 0);
}

static void every_route_is_documented(void **state)
{
    u8 *doc;
    u64 n;
    OK(file_read_all("docs/reference/http.md", 1 << 20, &doc, &n, &world.why));
    struct got r = ask("GET", "/v1/openapi.json", "", "");
    for (u32 i = 0; i < ROUTE_COUNT; i++) {
        char want[128], path[128];
        snprintf(path, sizeof path, "\"%s\":{", routes[i].path);
        if (!strstr(r.body, path)) fail_msg("openapi.json has no %s", path);
        snprintf(want, sizeof want, "%s", routes[i].path);
        const char *at = (const char *)doc;
        bool found = false;
        while ((at = strstr(at, want))) { /* on a line that names the method */
            const char *line = at;
            while (line > (const char *)doc && line[-1] != '\n') line--;
            const char *method = strstr(line, http_method_name(routes[i].method));
            const char *end = strchr(line, '\n');
            found = found || (method && method < end) || i == ROUTE_WEBSOCKET;
            at++;
        }
        if (!found)
            fail_msg("docs/reference/http.md has no %s %s", http_method_name(routes[i].method),
                     want);
    }
    free(doc);
}

/* ---- orders ---- */

static void an_order_lives(void **state)
{
    char target[64], id[32];
    struct got r = ask("POST", "/v1/orders", NULL, order_text("a", "buy", "2.800", "5"));
    assert_int_equal(r.status, 201);
    json_whole(r.body, r.body_n);
    FIELD_IS(r.body, "state", "open");
    FIELD_IS(r.body, "open", "5");
    FIELD_IS(r.body, "price", "2.800");
    snprintf(id, sizeof id, "%s", field(r.body, "order_id"));
    FIELD_IS(r.body, "seq", id);
    snprintf(target, sizeof target, "/v1/orders/%s", id);
    r = ask("GET", target, NULL, "");
    FIELD_IS(r.body, "client_id", "a");
    r = ask("PATCH", target, NULL, "{\"price\":\"2.790\",\"client_id\":\"b\"}");
    assert_int_equal(r.status, 200);
    FIELD_IS(r.body, "price", "2.790");
    FIELD_IS(r.body, "quantity", "5");
    FIELD_IS(r.body, "client_id", "b");
    r = ask("PATCH", "/v1/orders/by-client/b", NULL, "{\"quantity\":\"7\"}");
    FIELD_IS(r.body, "open", "7");
    maker("sell", "2.790", "3");
    r = ask("GET", target, NULL, "");
    FIELD_IS(r.body, "filled", "3");
    FIELD_IS(r.body, "average_price", "2.790");
    r = ask("DELETE", "/v1/orders/by-client/b", NULL, "");
    assert_int_equal(r.status, 200);
    FIELD_IS(r.body, "state", "done");
    FIELD_IS(r.body, "reason", "USER");
    FIELD_IS(r.body, "filled", "3");
    r = ask("DELETE", target, NULL, "");
    assert_int_equal(r.status, 404);
    FIELD_IS(r.body, "code", "UNKNOWN_ORDER");
    FIELD_IS(r.body, "accepted", "yes");
    r = ask("PATCH", target, NULL, "{\"quantity\":\"9\"}");
    assert_int_equal(r.status, 404);
    r = ask("GET", "/v1/orders?state=open", NULL, "");
    assert_string_equal(r.body, "{\"orders\":[]}");
}

static void an_order_fills_at_once(void **state)
{
    maker("sell", "2.800", "2");
    maker("sell", "2.802", "2");
    struct got r = ask("POST", "/v1/orders", NULL, order_text("a", "buy", "2.805", "5"));
    FIELD_IS(r.body, "state", "open");
    FIELD_IS(r.body, "filled", "4");
    FIELD_IS(r.body, "average_price", "2.801");
    assert_non_null(strstr(r.body, "\"fills\":[{\"trade_id\":\"1099511627777\""));
    r = ask("POST", "/v1/orders", NULL,
            "{\"client_id\":\"x\",\"contract\":\"GPUH-M-2027-01\",\"side\":\"sell\","
            "\"type\":\"market\",\"quantity\":\"3\"}");
    FIELD_IS(r.body, "state", "done");
    FIELD_IS(r.body, "reason", "IOC");
}

static void refusals_name_code_and_command(void **state)
{
    struct got r = ask("POST", "/v1/orders", NULL, order_text("a", "buy", "2.8005", "5"));
    assert_int_equal(r.status, 422);
    FIELD_IS(r.body, "code", "TICK");
    FIELD_IS(r.body, "code_no", "3002");
    FIELD_IS(r.body, "accepted", "yes");
    char seq[24];
    snprintf(seq, sizeof seq, "%llu", (unsigned long long)world.market.seq);
    FIELD_IS(r.body, "command_seq", seq);
    r = ask("POST", "/v1/orders", NULL, order_text("a", "buy", "2.8", "0"));
    FIELD_IS(r.body, "code", "QTY");
    u64 before = world.market.seq;
    r = ask("POST", "/v1/orders", NULL,
            "{\"client_id\":\"a\",\"contract\":\"NONE\",\"side\":\"buy\",\"price\":\"1\","
            "\"quantity\":\"1\"}");
    assert_int_equal(r.status, 404);
    FIELD_IS(r.body, "accepted", "no");
    r = ask("POST", "/v1/orders", NULL,
            "{\"client_id\":\"a\",\"contract\":\"GPUH-M-2027-01\",\"side\":\"buy\","
            "\"price\":\"1\",\"quantity\":\"1\",\"account\":1}");
    assert_int_equal(r.status, 403);
    r = ask("POST", "/v1/orders", NULL, "{\"client_id\":\"a\",\"price\":1}");
    assert_int_equal(r.status, 400);
    FIELD_IS(r.body, "detail", "price: a string is due at byte 25");
    r = ask("POST", "/v1/orders", NULL, "{\"client_id\"");
    FIELD_IS(r.body, "code", "BAD_JSON");
    r = ask("PATCH", "/v1/orders/1", NULL, "{}");
    FIELD_IS(r.body, "code", "BAD_FIELD");
    r = ask("POST", "/v1/orders/batch", NULL, "{\"orders\":[]}");
    assert_int_equal(r.status, 400);
    r = ask("DELETE", "/v1/orders?side=up", NULL, "");
    assert_int_equal(r.status, 400);
    assert_int_equal(world.market.seq, before); /* nothing of these reached the market */
    world.refuse = true;
    r = ask("POST", "/v1/orders", NULL, order_text("z", "buy", "2.800", "5"));
    assert_int_equal(r.status, 503);
    FIELD_IS(r.body, "accepted", "no");
    assert_non_null(strstr(r.head, "Retry-After: 1"));
    assert_int_equal(gateway_counts(world.g).in_flight, 0);
}

static void batches_and_mass_cancel(void **state)
{
    static char body[1 << 16];
    struct text t = text_on(body, sizeof body);
    text_put(&t, "{\"orders\":[");
    for (u32 i = 0; i < 100; i++) {
        char id[8];
        snprintf(id, sizeof id, "b%u", i == 50 ? 49 : i); /* one twice with another price */
        json_item(&t);
        text_put(&t, order_text(id, i % 2 ? "sell" : "buy",
                                i % 2     ? "2.9"
                                : i == 50 ? "2.7"
                                          : "2.6",
                                "1"));
    }
    text_put(&t, "]}");
    struct got r = ask("POST", "/v1/orders/batch", NULL, body);
    assert_int_equal(r.status, 200);
    json_whole(r.body, r.body_n);
    u32 orders = 0, duplicates = 0;
    for (const char *at = r.body; (at = strstr(at, "\"order_id\"")); at++) orders++;
    for (const char *at = r.body; (at = strstr(at, "\"code\":\"DUPLICATE\"")); at++) duplicates++;
    assert_int_equal(orders, 99);
    assert_int_equal(duplicates, 2); /* in the problem and in its list of errors */
    r = ask("DELETE", "/v1/orders?side=sell", NULL, "");
    FIELD_IS(r.body, "cancelled", "50");
    r = ask("DELETE", "/v1/orders?contract=GPUH-M-2027-02", NULL, "");
    FIELD_IS(r.body, "cancelled", "0");
    r = ask("DELETE", "/v1/orders", NULL, "");
    FIELD_IS(r.body, "cancelled", "49");
    assert_int_equal(gateway_counts(world.g).in_flight, 0);
}

static void the_release_gate_holds_answers(void **state)
{
    const char *headers =
        sign_as("k1", "POST", "/v1/orders", order_text("g", "buy", "2.8", "1"), 0, NULL);
    char text[2048];
    int n = snprintf(text, sizeof text,
                     "POST /v1/orders HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                     "%sContent-Length: %zu\r\n\r\n%s",
                     headers, strlen(order_text("g", "buy", "2.8", "1")),
                     order_text("g", "buy", "2.8", "1"));
    client_new(&inbox);
    world.hold = true;
    client_send(inbox.fd, text, (u64)n);
    for (u32 i = 0; i < 200; i++) world_round(), client_read(&inbox);
    assert_int_equal(inbox.n, 0);
    assert_int_equal(world.queue_n, 1);
    world.hold = false;
    assert_int_equal(client_answer(&inbox, false).status, 201);
    /* a client that left before its answer harms nobody */
    world.hold = true;
    headers = sign_as("k1", "DELETE", "/v1/orders", "", 0, NULL);
    n = snprintf(text, sizeof text, "DELETE /v1/orders HTTP/1.1\r\nHost: h\r\n%s\r\n", headers);
    client_send(inbox.fd, text, (u64)n);
    for (u32 i = 0; i < 50; i++) world_round();
    client_close(&inbox);
    client_new(&inbox); /* takes the same slot */
    world.hold = false;
    for (u32 i = 0; i < 50; i++) world_round(), client_read(&inbox);
    assert_int_equal(inbox.n, 0);
    assert_int_equal(gateway_counts(world.g).in_flight, 0);
}

/* ---- idempotency ---- */

static void first_answer(const char *body, char *keep, u32 cap)
{
    struct got r = ask("POST", "/v1/orders", NULL, body);
    assert_int_equal(r.status, 201);
    assert_null(strstr(r.head, "Idempotent-Replay"));
    snprintf(keep, cap, "%s", r.body);
}

static void replay_is(const char *body, const char *want)
{
    struct got r = ask("POST", "/v1/orders", NULL, body);
    assert_int_equal(r.status, 201);
    assert_non_null(strstr(r.head, "Idempotent-Replay: true"));
    assert_string_equal(r.body, want);
}

static void repeats_get_the_first_answer(void **state)
{
    char rests[2048], fills[2048], body[512];
    maker("sell", "2.800", "2");
    first_answer(order_text("f", "buy", "2.800", "5"), fills, sizeof fills);
    first_answer(order_text("r", "sell", "2.900", "1"), rests, sizeof rests);
    replay_is(order_text("f", "buy", "2.800", "5"), fills);
    replay_is(order_text("r", "sell", "2.90", "1"), rests); /* the same body but for its form */
    snprintf(body, sizeof body,
             "{\"quantity\":\"5\", \"side\":\"buy\",\"price\":\"2.8\",\"tif\":\"day\","
             "\"contract\":\"GPUH-M-2027-01\",\"client_id\":\"\\u0066\"}");
    replay_is(body, fills);
    maker("sell", "2.800", "3"); /* fills it to the end: the first answer stays */
    replay_is(order_text("f", "buy", "2.800", "5"), fills);
    static const char *const others[][3] = { { "sell", "2.800", "5" },
                                             { "buy", "2.801", "5" },
                                             { "buy", "2.800", "6" } };
    for (u32 i = 0; i < 3; i++) {
        struct got r = ask("POST", "/v1/orders", NULL,
                           order_text("f", others[i][0], others[i][1], others[i][2]));
        assert_int_equal(r.status, 409);
        FIELD_IS(r.body, "code", "DUPLICATE");
    }
    gateway_close(world.g); /* and after a restart */
    inbox.closed = true;
    world_open();
    replay_is(order_text("f", "buy", "2.800", "5"), fills);
    replay_is(order_text("r", "sell", "2.900", "1"), rests);
    struct got r =
        ask("DELETE", "/v1/orders", NULL, ""); /* working orders came back from the store */
    FIELD_IS(r.body, "cancelled", "1");
}

/* ---- identity ---- */

static void signatures_are_checked(void **state)
{
    const char *t = "/v1/orders";
    static const struct {
        const char *key;
        i64 off;
        const char *nonce;
        u32 status;
        const char *why;
    } rows[] = {
        { "k1", 0, "once", 200, "" },
        { "k1", 0, "once", 401, "HR-Nonce: used before" },
        { "k1", 1, "once", 401, "HR-Nonce: used before" },
        { "k1", -6000, NULL, 401, "HR-Time" },
        { "k1", 6000, NULL, 401, "HR-Time" },
        { "k1", -4000, NULL, 200, "" },
        { "nobody", 0, NULL, 401, "unknown key" },
        { "reader", 0, "once", 200, "" },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct got r =
            ask("GET", t, sign_as(rows[i].key, "GET", t, "", rows[i].off, rows[i].nonce), "");
        if (r.status != rows[i].status || !strstr(r.body, rows[i].why))
            fail_msg("row %u: %u %s", i, r.status, r.body);
    }
    /* the signature covers method, target and body */
    assert_int_equal(ask("GET", t, sign_as("k1", "POST", t, "", 0, NULL), "").status, 401);
    assert_int_equal(
        ask("GET", "/v1/orders?state=open", sign_as("k1", "GET", t, "", 0, NULL), "").status, 401);
    const char *body = order_text("s", "buy", "2.8", "1");
    assert_int_equal(ask("POST", t, sign_as("k1", "POST", t, "{}", 0, NULL), body).status, 401);
    struct got r = ask("POST", t, sign_as("reader", "POST", t, body, 0, NULL), body);
    assert_int_equal(r.status, 403);
    FIELD_IS(r.body, "code", "NOT_PERMITTED");
    assert_int_equal(ask("GET", t, "HR-Key: k1\r\n", "").status, 401);
    assert_int_equal(ask("GET", t, "", "").status, 401);
    assert_true(gateway_counts(world.g).bad_auth >= 10);
}

static void guessing_costs_the_connection(void **state)
{
    for (u32 i = 0; i < BAD_AUTHS_MAX; i++) {
        assert_int_equal(ask("GET", "/v1/orders", "", "").status, 401);
        assert_int_equal(gateway_counts(world.g).connections, 1);
    }
    assert_int_equal(client_answer(&inbox, false).status, 0); /* closed */
    assert_int_equal(ask("GET", "/v1/orders", "", "").status, 401);
    assert_int_equal(gateway_counts(world.g).connections, 2);
}

static void the_demo_key_is_for_the_own_page(void **state)
{
    char text[512];
    static const struct { const char *host, *more; u32 status; } rows[] = {
        { "127.0.0.1:PORT", "", 200 }, { "localhost:PORT", "", 200 }, { "[::1]:PORT", "", 200 },
        { "127.0.0.1:PORT", "Origin: http://127.0.0.1:PORT\r\n", 200 },
        { "127.0.0.1:PORT", "Origin: http://localhost:PORT\r\n", 200 },
        { "evil.example:PORT", "", 401 }, { "127.0.0.1", "", 401 }, { "127.0.0.1:1", "", 401 },
        { "127.0.0.1:PORT", "Origin: http://evil.example\r\n", 401 },
        { "127.0.0.1:PORT", "Origin: null\r\n", 401 },
        { "127.0.0.1:PORT", "Origin: https://127.0.0.1:PORT\r\n", 401 },
        { "127.0.0.1:PORT", "Origin: http://127.0.0.1:PORT.evil.example\r\n", 401 },
        { "127.0.0.1:PORT", "Sec-Fetch-Site: cross-site\r\n", 401 },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        char port[8], out[512];
        snprintf(port, sizeof port, "%u", gateway_port(world.g));
        snprintf(text, sizeof text, "GET /v1/orders HTTP/1.1\r\nHost: %s\r\nHR-Key: demo\r\n%s\r\n",
                 rows[i].host, rows[i].more);
        u32 n = 0;
        for (const char *p = text; *p; p++) {
            if (strncmp(p, "PORT", 4) == 0) n += (u32)sprintf(out + n, "%s", port), p += 3;
            else out[n++] = *p;
        }
        client_new(&inbox);
        client_send(inbox.fd, out, n);
        struct got r = client_answer(&inbox, false);
        if (r.status != rows[i].status) fail_msg("%s %s: %u", rows[i].host, rows[i].more, r.status);
        client_close(&inbox);
    }
    gateway_close(world.g);
    world.config.demo_key = false;
    world_open();
    inbox.closed = true;
    assert_int_equal(ask("GET", "/v1/orders", DEMO, "").status, 401);
    struct gateway *other;
    struct gateway_callbacks on = { NULL, world_submit, world_status };
    world.config.demo_key = true, world.config.listen = "0.0.0.0:0";
    assert_int_equal(gateway_open(&other, &world.config, &on, &world.why), ERR_USAGE);
}

static void rates_are_limited(void **state)
{
    gateway_close(world.g);
    world.config.orders_per_second = 5, world.config.reads_per_second = 100000;
    world_open();
    inbox.fd = 0;
    u32 ok = 0, limited = 0;
    for (u32 i = 0; i < 12; i++) {
        struct got r = ask("POST", "/v1/orders", NULL, "{}");
        if (r.status == 429) {
            FIELD_IS(r.body, "code", "MESSAGE_RATE");
            assert_non_null(strstr(r.head, "Retry-After: 1"));
        }
        ok += r.status == 400, limited += r.status == 429;
        assert_non_null(strstr(r.head, "RateLimit-Policy: \"default\";q=5;w=1"));
        assert_non_null(strstr(r.head, "RateLimit: \"default\";r="));
    }
    assert_true(ok >= 5 && limited > 0); /* cancels have their own bucket */
    assert_int_equal(ask("DELETE", "/v1/orders", NULL, "").status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
        T(public_routes_answer),
        T(restated_prints_are_shown_beside_the_first),
        T(private_routes_answer),
        T(methods),
        T(every_route_is_documented),
        T(an_order_lives),
        T(an_order_fills_at_once),
        T(refusals_name_code_and_command),
        T(batches_and_mass_cancel),
        T(the_release_gate_holds_answers),
        T(repeats_get_the_first_answer),
        T(guessing_costs_the_connection),
        T(signatures_are_checked),
        T(the_demo_key_is_for_the_own_page),
        T(rates_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
