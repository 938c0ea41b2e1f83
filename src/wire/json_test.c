#include "base/random.h"
#include "test.h"
#include "wire/json.h"
#include <stdlib.h>

/* What the parser says of a text, one letter a token: { } [ ] k s n t f 0, $ for the end, ! bad. */
static const char *shape(const char *at, u32 n, u32 *bad_at)
{
    static char out[512];
    struct json j;
    u32 k = 0;
    json_init(&j, at, n);
    for (;;) {
        enum json_kind kind = json_next(&j);
        out[k++] = "!${}[]ksntf0"[kind];
        if (kind == JSON_BAD || kind == JSON_END || k + 2 > sizeof out) break;
    }
    out[k] = 0;
    *bad_at = j.i;
    return out;
}

static const struct { const char *name, *in, *want; } cases[] = {
    { "an object", "{\"a\":\"b\"}", "{ks}$" },
    { "blanks", " { \"a\" : 1 , \"b\":[ ] }\r\n\t", "{knk[]}$" },
    { "nesting", "[[],{},[{\"a\":[1]}]]", "[[]{}[{k[n]}]]$" },
    { "words", "[true,false,null]", "[tf0]$" },
    { "a bare string", "\"x\"", "s$" },
    { "numbers", "[0,-0,1.5,-2e9,3E+4,5e-1]", "[nnnnnn]$" },
    { "escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"", "s$" },
    { "utf-8", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "s$" },
    { "nothing", "", "!" },
    { "open object", "{", "{!" },
    { "no value", "{\"a\":}", "{k!" },
    { "no colon", "{\"a\" 1}", "{!" },
    { "no key", "{1:2}", "{!" },
    { "comma at the end of an object", "{\"a\":1,}", "{kn!" },
    { "comma at the end of a list", "[1,]", "[n!" },
    { "comma first", "[,1]", "[!" },
    { "two values", "1 2", "n!" },
    { "trailing byte", "{}x", "{}!" },
    { "wrong bracket", "[}", "[!" },
    { "leading zero", "[01]", "[!" },
    { "leading plus", "[+1]", "[!" },
    { "point without digits", "[1.]", "[!" },
    { "NaN", "[NaN]", "[!" },
    { "Infinity", "[-Infinity]", "[!" },
    { "half a word", "[tru]", "[!" },
    { "raw control", "\"a\nb\"", "!" },
    { "no end", "\"abc", "!" },
    { "bad escape", "\"\\x\"", "!" },
    { "short unicode", "\"\\u12\"", "!" },
    { "lone low surrogate", "\"\\udc00\"", "!" },
    { "lone high surrogate", "\"\\ud800x\"", "!" },
    { "overlong utf-8", "\"\xc0\xaf\"", "!" },
    { "surrogate in utf-8", "\"\xed\xa0\x80\"", "!" },
    { "above U+10FFFF", "\"\xf4\x90\x80\x80\"", "!" },
    { "cut utf-8", "\"\xe2\x82", "!" },
    { "single quotes", "{'a':1}", "{!" },
    { "comment", "{/**/}", "{!" },
};

static void shapes(void **state)
{
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        u32 at;
        const char *got = shape(cases[i].in, (u32)strlen(cases[i].in), &at);
        if (strcmp(got, cases[i].want))
            fail_msg("%s: got %s want %s", cases[i].name, got, cases[i].want);
    }
}

static void depth_is_bounded(void **state)
{
    char text[64];
    u32 at;
    for (u32 d = 1; d <= 20; d++) {
        memset(text, '[', d);
        memset(text + d, ']', d);
        const char *got = shape(text, 2 * d, &at);
        assert_int_equal(got[strlen(got) - 1], d <= JSON_DEPTH_MAX ? '$' : '!');
        if (d > JSON_DEPTH_MAX) assert_int_equal(at, JSON_DEPTH_MAX);
    }
}

static void positions_name_the_byte(void **state)
{
    u32 at;
    (void)shape("{\"a\":1,}", 8, &at);
    assert_int_equal(at, 7);
    (void)shape("{}x", 3, &at);
    assert_int_equal(at, 2);
    (void)shape("[1 2]", 5, &at);
    assert_int_equal(at, 3);
}

static void plain_text_of_escapes(void **state)
{
    static const struct { const char *in, *want; } rows[] = {
        { "\"abc\"", "abc" },
        { "\"a\\n\\u0041\\\"\"", "a\nA\"" },
        { "\"\\u20ac\"", "\xe2\x82\xac" },
        { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
        { "\"\\u00e9\"", "\xc3\xa9" },
    };
    char buf[16];
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct json j;
        Str s;
        json_init(&j, rows[i].in, (u32)strlen(rows[i].in));
        assert_int_equal(json_next(&j), JSON_STRING);
        assert_true(json_plain(&j, buf, sizeof buf, &s));
        assert_true(str_is(s, rows[i].want));
        if (s.n > 1) assert_false(json_plain(&j, buf, s.n - 1, &s));
    }
}

/* What the writer writes the parser reads back to the same bytes. */
static void strings_come_back(void **state)
{
    struct rng r = rng_of(7);
    for (u32 round = 0; round < 20000; round++) {
        char raw[24], made[256], buf[64];
        u32 n = 0;
        while (n < 18 && rng_below(&r, 12)) {
            u32 kind = (u32)rng_below(&r, 4);
            if (kind < 3) raw[n++] = (char)rng_below(&r, 128);
            else memcpy(raw + n, "\xe2\x82\xac", 3), n += 3;
        }
        struct text t = text_on(made, sizeof made);
        struct json j;
        Str s;
        json_put_string(&t, (Str){ raw, n });
        json_init(&j, made, t.n);
        assert_int_equal(json_next(&j), JSON_STRING);
        assert_true(json_plain(&j, buf, sizeof buf, &s));
        assert_true(str_eq(s, (Str){ raw, n }));
        assert_int_equal(json_next(&j), JSON_END);
    }
}

/* A random text made by rule is taken; with one byte cut off the end it never is. */
static void make(struct rng *r, struct text *t, u32 depth)
{
    u32 kind = (u32)rng_below(r, depth > 6 ? 4 : 6);
    if (kind == 0) text_put(t, "\"s\\u0041\"");
    else if (kind == 1) text_put_i64(t, rng_between(r, -50, 50));
    else if (kind == 2) text_put(t, "null");
    else if (kind == 3) text_put(t, "-1.25e3");
    else {
        u32 n = (u32)rng_below(r, 4);
        text_put_char(t, kind == 4 ? '[' : '{');
        for (u32 i = 0; i < n; i++) {
            if (i) text_put_char(t, ',');
            if (kind == 5) text_put(t, "\"k\":");
            make(r, t, depth + 1);
        }
        text_put_char(t, kind == 4 ? ']' : '}');
    }
}

static void made_texts_are_taken(void **state)
{
    struct rng r = rng_of(11);
    static char buf[1 << 16];
    for (u32 i = 0; i < 3000; i++) {
        struct text t = text_on(buf, sizeof buf);
        text_put(&t, "[");
        make(&r, &t, 0);
        text_put(&t, "]");
        if (t.cut) continue;
        struct json j;
        json_init(&j, buf, t.n);
        assert_true(json_skip(&j));
        assert_int_equal(json_next(&j), JSON_END);
        for (u32 n = t.n > 40 ? t.n - 40 : 0; n < t.n; n++) {
            json_init(&j, buf, n);
            assert_false(json_skip(&j));
        }
    }
}

static void writers(void **state)
{
    char buf[512];
    struct text t = text_on(buf, sizeof buf);
    text_put_char(&t, '{');
    json_str(&t, "a", "x\"y");
    json_u32(&t, "b", 7);
    json_int(&t, "c", -8);
    json_dec(&t, "d", 2820000, 2);
    json_date(&t, "e", (Date){ 0 });
    json_key(&t, "f");
    text_put_char(&t, '[');
    json_item(&t), text_put(&t, "1");
    json_item(&t), text_put(&t, "2");
    text_put(&t, "]}");
    assert_string_equal(
        buf, "{\"a\":\"x\\\"y\",\"b\":7,\"c\":\"-8\",\"d\":\"2.82\",\"e\":null,\"f\":[1,2]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(positions_name_the_byte),
        cmocka_unit_test(plain_text_of_escapes),
        cmocka_unit_test(strings_come_back),
        cmocka_unit_test(made_texts_are_taken),
        cmocka_unit_test(writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
