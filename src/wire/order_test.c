#include "base/random.h"
#include "test.h"
#include "wire/order.h"

#define GOOD \
    "\"client_id\":\"a1\",\"contract\":\"GPUH-M-2027-03\",\"side\":\"buy\"," \
    "\"type\":\"limit\",\"price\":\"2.820\",\"quantity\":\"5\""

/* "ok", or "CODE field: why @byte". */
static const char *judge(const char *in)
{
    static char out[256];
    struct order_body b;
    struct body_error e;
    struct text t = text_on(out, sizeof out);
    if (order_body_read(in, (u32)strlen(in), &b, &e)) return "ok";
    text_put(&t, e.code == REJECT_BAD_JSON ? "json" : "field ");
    text_put(&t, e.field);
    text_put(&t, ": ");
    text_put(&t, e.why);
    text_put(&t, " @");
    text_put_u64(&t, e.at);
    return out;
}

static const struct { const char *in, *want; } cases[] = {
    { "{" GOOD "}", "ok" },
    { "{" GOOD ",\"tif\":\"ioc\",\"post_only\":true,\"reduce_only\":false,\"account\":9}", "ok" },
    { "{" GOOD ",\"stp_mode\":\"decrement\",\"display_quantity\":\"2\",\"min_quantity\":\"1\"}",
      "ok" },
    { "{" GOOD ",\"tif\":\"gtd\",\"expiry\":\"2027-03-01\"}", "ok" },
    { "{\"client_id\":\"a\",\"contract\":\"C\",\"side\":\"sell\",\"type\":\"market\","
      "\"quantity\":\"5\"}",
      "ok" },
    { "{\"\\u0063lient_id\":\"a\",\"contract\":\"C\",\"side\":\"sell\",\"type\":\"market\","
      "\"quantity\":\"5\"}",
      "ok" },
    { "", "json: ends too early @0" },
    { "[]", "json: an object is due @0" },
    { "{" GOOD "}x", "json: bytes behind the end @105" },
    { "{" GOOD ",}", "json: a key is due @105" },
    { "{" GOOD, "json: ends too early @104" },
    { "{}", "field client_id: missing @0" },
    { "{" GOOD ",\"side\":\"buy\"}", "field side: twice @105" },
    { "{" GOOD ",\"\\u0073ide\":\"buy\"}", "field side: twice @105" },
    { "{" GOOD ",\"postonly\":true}", "field postonly: unknown @105" },
    { "{" GOOD ",\"reduce_only\":\"true\"}", "field reduce_only: true or false is due @119" },
    { "{" GOOD ",\"tif\":null}", "field tif: a string is due @111" },
    { "{" GOOD ",\"tif\":\"DAY\"}", "field tif: not a value of its list @111" },
    { "{" GOOD ",\"account\":\"9\"}", "field account: a number is due @115" },
    { "{" GOOD ",\"account\":0}", "field account: not an account @115" },
    { "{" GOOD ",\"account\":4294967296}", "field account: not an account @115" },
    { "{" GOOD ",\"account\":1.5}", "field account: not an account @115" },
    { "{" GOOD ",\"stop_price\":\"1\"}", "field stop_price: only with a stop @0" },
    { "{" GOOD ",\"expiry\":\"2027-03-01\"}",
      "field expiry: goes with tif gtd, and only with it @0" },
    { "{" GOOD ",\"tif\":\"gtd\",\"expiry\":\"2027-02-29\"}", "field expiry: not a date @126" },
    { "{" GOOD ",\"display_quantity\":\"0\"}", "field display_quantity: above 0 is due @0" },
    { "{" GOOD ",\"min_quantity\":\"-1\"}", "field min_quantity: above 0 is due @0" },
    { "{\"client_id\":7}", "field client_id: a string is due @13" },
    { "{\"client_id\":\"\"}", "field client_id: 1 to 36 characters are due @13" },
    { "{\"client_id\":\"0123456789012345678901234567890123456\"}",
      "field client_id: 1 to 36 characters are due @13" },
    { "{\"client_id\":\"\\u00e9\"}", "field client_id: not printable ASCII @13" },
    { "{\"price\":2.82}", "field price: a string is due @9" },
    { "{\"price\":\"2.8200001\"}", "field price: more digits after the point than allowed @9" },
    { "{\"price\":\"1e3\"}", "field price: not a decimal @9" },
    { "{\"price\":\"\"}", "field price: empty @9" },
    { "{\"price\":\"NaN\"}", "field price: not a decimal @9" },
    { "{\"price\":\"9223372036855\"}", "field price: out of range @9" },
    { "{\"quantity\":\"1.5\"}", "field quantity: not a whole number of lots @12" },
    { "{\"quantity\":5}", "field quantity: a string is due @12" },
    { "{\"quantity\":\"99999999999999999999\"}", "field quantity: not a whole number of lots @12" },
    { "{\"contract\":\"012345678901234567890123\"}", "field contract: not a contract's id @12" },
    { "{\"client_id\":{\"a\":1}}", "field client_id: a string is due @13" },
    { "{\"client_id\":\"a", "json: string without end @15" },
    { "{\"client_id\":\"a\",\"contract\":\"C\",\"side\":\"sell\",\"type\":\"market\","
      "\"price\":\"1\",\"quantity\":\"5\"}",
      "field price: only with a limit @0" },
    { "{\"client_id\":\"a\",\"contract\":\"C\",\"side\":\"sell\",\"quantity\":\"5\"}",
      "field price: missing @0" },
};

static void each_case(void **state)
{
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = judge(cases[i].in);
        bool same = strcmp(got, cases[i].want) == 0;
        /* base words parse errors; here only field and byte of those count */
        const char *at = strrchr(cases[i].want, '@');
        if (!same && strstr(cases[i].want, "field price: ") == cases[i].want)
            same = strncmp(got, "field price: ", 13) == 0 && strcmp(strrchr(got, '@'), at) == 0;
        if (!same) fail_msg("%s:\n got %s\nwant %s", cases[i].in, got, cases[i].want);
    }
}

static void values_are_exact(void **state)
{
    struct order_body b;
    struct body_error e;
    const char *in = "{" GOOD ",\"account\":9,\"post_only\":true}";
    assert_true(order_body_read(in, (u32)strlen(in), &b, &e));
    assert_int_equal(b.order.price.micros, 2820000);
    assert_int_equal(b.order.qty, 5);
    assert_int_equal(b.order.side, SIDE_BUY);
    assert_int_equal(b.order.type, ORDER_TYPE_LIMIT);
    assert_int_equal(b.order.tif, TIF_DAY);
    assert_int_equal(b.order.stp_mode, STP_CANCEL_RESTING);
    assert_int_equal(b.order.account, 9);
    assert_int_equal(b.order.post_only, 1);
    assert_string_equal(b.order.client_id.z, "a1");
    assert_string_equal(b.contract.z, "GPUH-M-2027-03");
}

static struct order_body random_order(struct rng *r)
{
    struct order_body b = { 0 };
    struct cmd_order_new *o = &b.order;
    for (u32 i = 0, n = 1 + (u32)rng_below(r, 36); i < n; i++)
        o->client_id.z[i] = (char)rng_between(r, 0x20, 0x7e);
    memcpy(b.contract.z, "GPUH-M-2027-03", 14);
    o->side = (u8)rng_between(r, SIDE_BUY, SIDE_SELL);
    o->type = (u8)rng_between(r, 1, ORDER_TYPE_COUNT - 1);
    o->tif = (u8)rng_between(r, 1, TIF_COUNT - 1);
    o->stp_mode = (u8)rng_between(r, 1, STP_COUNT - 1);
    o->qty = (i64)(rng_u64(r) >> rng_below(r, 64));
    if (o->type == ORDER_TYPE_LIMIT || o->type == ORDER_TYPE_STOP_LIMIT)
        o->price.micros = (i64)rng_u64(r) >> rng_below(r, 64);
    if (o->type == ORDER_TYPE_STOP || o->type == ORDER_TYPE_STOP_LIMIT)
        o->stop_price.micros = (i64)rng_u64(r) >> rng_below(r, 64);
    if (o->tif == TIF_GTD) o->expiry.days = (i32)rng_between(r, 1, DATE_MAX.days);
    o->post_only = rng_chance(r, 300000), o->reduce_only = rng_chance(r, 300000);
    o->display = rng_between(r, 0, 3), o->min_qty = rng_between(r, 0, 3);
    o->account = (u32)rng_below(r, 3);
    return b;
}

/* What is written is read back to the same command; cut short it never is. */
static void bodies_come_back(void **state)
{
    struct rng r = rng_of(5);
    for (u32 i = 0; i < 20000; i++) {
        char buf[1024];
        struct order_body b = random_order(&r), back;
        struct body_error e;
        struct text t = text_on(buf, sizeof buf);
        order_body_write(&b, &t);
        assert_false(t.cut);
        if (!order_body_read(buf, t.n, &back, &e)) fail_msg("%s: %s %s", buf, e.field, e.why);
        assert_memory_equal(&back, &b, sizeof b);
        assert_false(order_body_read(buf, (u32)rng_below(&r, t.n), &back, &e));
    }
}

static void batches(void **state)
{
    static char buf[1 << 16];
    static struct order_body out[ORDER_BATCH_MAX];
    struct body_error e;
    u32 count;
    static const struct { const char *in, *field; } bad[] = {
        { "{}", "orders" },
        { "{\"orders\":[]}", "orders" },
        { "{\"orders\":{}}", "orders" },
        { "{\"orders\":[1]}", "orders" },
        { "{\"order\":[]}", "order" },
        { "{\"orders\":[{" GOOD "}],\"orders\":[]}", "orders" },
        { "{\"orders\":[{" GOOD "}],\"x\":1}", "x" },
        { "{\"orders\":[{" GOOD "},{}]}", "client_id" },
    };
    for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(order_batch_read(bad[i].in, (u32)strlen(bad[i].in), out, &count, &e));
        assert_string_equal(e.field, bad[i].field);
        assert_int_equal(e.code, REJECT_BAD_FIELD);
    }
    for (u32 n = 99; n <= 101; n++) {
        struct text t = text_on(buf, sizeof buf);
        text_put(&t, "{\"orders\":[");
        for (u32 i = 0; i < n; i++) json_item(&t), text_put(&t, "{" GOOD "}");
        text_put(&t, "]}");
        assert_int_equal(order_batch_read(buf, t.n, out, &count, &e), n <= 100);
        if (n <= 100) assert_int_equal(count, n);
    }
}

static void amends(void **state)
{
    static const struct { const char *in; bool ok; } rows[] = {
        { "{\"price\":\"2.9\",\"quantity\":\"4\"}", true },
        { "{\"quantity\":\"4\"}", true },
        { "{\"client_id\":\"b\"}", true },
        { "{}", false },
        { "{\"price\":2.9}", false },
        { "{\"price\":\"1\",\"price\":\"1\"}", false },
        { "{\"side\":\"buy\"}", false },
        { "[]", false },
        { "{\"quantity\":\"4\"} ", true },
        { "{\"quantity\":\"4\"}{", false },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct amend_body a;
        struct body_error e;
        assert_int_equal(amend_body_read(rows[i].in, (u32)strlen(rows[i].in), &a, &e), rows[i].ok);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case),        cmocka_unit_test(values_are_exact),
        cmocka_unit_test(bodies_come_back), cmocka_unit_test(batches),
        cmocka_unit_test(amends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
