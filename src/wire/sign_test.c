#include "test.h"
#include "wire/sign.h"
#include <sodium.h>

static const char body[] = "{\"client_id\":\"a1\",\"contract\":\"GPUH-M-2027-03\",\"side\":\"buy\","
                           "\"type\":\"limit\",\"price\":\"2.820\",\"quantity\":\"5\"}";
static const char signed_as[] =
    "OlLrmnHpw9ZlqDi/47t8gUI8o7RNqfq5qGFIs8Xs/UUWZbLjyD9WCJBBdzHYWTA1/Fljz5MwUjvxfRUDqcxcDQ==";
/* RFC 8032 section 7.1, test 1. */
static const char seed_hex[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
static const char public_hex[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

static void the_published_vector(void **state)
{
    char buf[512], base[128];
    u8 seed[32], pk[32], sk[64], sig[64], read[64];
    unsigned long long n;
    struct text t = text_on(buf, sizeof buf), b = text_on(base, sizeof base);
    assert_true(sodium_init() >= 0);
    sign_text(&t, "POST", STR("/v1/orders"), UINT64_C(1798963200000), STR("n-0001"), STR(body));
    assert_string_equal(buf, "HEDGEROW-REST-1\nPOST\n/v1/orders\n1798963200000\nn-0001\n"
                             "4915f0fffe7f4c2a72213f5ccfb0b86440431ef802f89c47969054354ea79e62");
    assert_int_equal(parse_hex(STR(seed_hex), seed, 32), PARSE_OK);
    crypto_sign_seed_keypair(pk, sk, seed);
    assert_int_equal(parse_hex(STR(public_hex), seed, 32), PARSE_OK);
    assert_memory_equal(pk, seed, 32);
    crypto_sign_detached(sig, &n, (u8 *)buf, t.n, sk);
    base64_put(&b, sig, 64);
    assert_string_equal(base, signed_as);
    assert_true(base64_read(STR(signed_as), read, 64));
    assert_memory_equal(read, sig, 64);
    assert_int_equal(crypto_sign_verify_detached(read, (u8 *)buf, t.n, pk), 0);
}

static void base64_is_strict(void **state)
{
    static const struct { const char *text; u32 n; bool ok; } rows[] = {
        { "Zg==", 1, true },    { "Zm8=", 2, true },  { "Zm9v", 3, true },  { "Zm9vYg==", 4, true },
        { "Zh==", 1, false },   { "Zm9=", 2, false }, { "Zg=", 1, false },  { "Zg", 1, false },
        { "Zg===", 1, false },  { "Z g=", 2, false }, { "Zm8=", 1, false }, { "Zm8-", 3, false },
        { "Zg==\n", 1, false }, { "====", 1, false }, { "", 1, false },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        u8 out[8];
        char back[16];
        assert_int_equal(base64_read(str_of(rows[i].text), out, rows[i].n), rows[i].ok);
        if (!rows[i].ok) continue;
        struct text t = text_on(back, sizeof back);
        base64_put(&t, out, rows[i].n);
        assert_string_equal(back, rows[i].text);
    }
}

static void headers(void **state)
{
    struct http_request r = { .headers_n = 4, .headers = {
        { STR("hr-key"), STR("k1") }, { STR("HR-Time"), STR("1798963200000") },
        { STR("HR-Nonce"), STR("n-0001") }, { STR("HR-Sign"), STR(signed_as) } } };
    struct signed_headers s;
    assert_null(sign_headers(&r, &s));
    assert_true(str_is(s.key, "k1") && s.time_ms == UINT64_C(1798963200000));
    for (u32 i = 0; i < 4; i++) { /* each one missing, empty, twice */
        struct http_request q = r;
        q.headers[i].name = STR("X");
        assert_non_null(sign_headers(&q, &s));
        q = r, q.headers[i].value = STR("");
        assert_non_null(sign_headers(&q, &s));
        q = r, q.headers[q.headers_n++] = r.headers[i];
        assert_non_null(sign_headers(&q, &s));
    }
    r.headers[1].value = STR("-1");
    assert_non_null(sign_headers(&r, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_published_vector),
                                        cmocka_unit_test(base64_is_strict),
                                        cmocka_unit_test(headers) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
