#include "base/random.h"
#include "test.h"
#include "wire/http.h"
#include <stdio.h>
#include <stdlib.h>

#define H "Host: h\r\n"

/* Feeds the bytes in the pieces that `cuts` says (NULL: all at once) and tells what came out. */
static const char *run(const char *in, u32 n, const u32 *cuts, u32 cuts_n)
{
    static char out[4096];
    char *bytes = malloc(n ? n : 1); /* exact, so that a sanitizer sees a read too far */
    struct http_request r;
    struct http h;
    u32 used = 0, given = 0, cut = 0;
    struct text t = text_on(out, sizeof out);
    memcpy(bytes, in, n);
    http_init(&h);
    do {
        given = cut < cuts_n ? cuts[cut++] : n;
        for (;;) {
            enum http_got got = http_take(&h, bytes + used, given - used, &r);
            if (got == HTTP_MORE) break;
            if (got == HTTP_CONTINUE) {
                text_put(&t, "100 ");
                continue;
            }
            if (got == HTTP_REFUSED) {
                text_put_u64(&t, h.status);
                goto done;
            }
            text_put(&t, http_method_name(r.method));
            text_put_char(&t, ' ');
            text_put_str(&t, r.path);
            text_put_char(&t, '?');
            text_put_str(&t, r.query);
            text_put_char(&t, '[');
            text_put_str(&t, r.body);
            text_put(&t, r.keep_alive ? "]+" : "]-");
            text_put_u64(&t, r.headers_n);
            text_put_char(&t, ' ');
            used += http_next(&h);
        }
    } while (given < n);
done:
    free(bytes);
    return out;
}

static const struct { const char *name, *in, *want; } cases[] = {
    { "a plain GET", "GET /a?b=c HTTP/1.1\r\n" H "\r\n", "GET /a?b=c[]+1 " },
    { "a body", "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", "POST /?[abc]+2 " },
    { "two in a row", "GET /a HTTP/1.1\r\n" H "\r\nDELETE /b HTTP/1.1\r\n" H "\r\n",
      "GET /a?[]+1 DELETE /b?[]+1 " },
    { "close", "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", "GET /?[]-2 " },
    { "1.0 closes", "GET / HTTP/1.0\r\n\r\n", "GET /?[]-0 " },
    { "HEAD", "HEAD / HTTP/1.1\r\n" H "\r\n", "HEAD /?[]+1 " },
    { "PATCH", "PATCH /x HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\n{}", "PATCH /x?[{}]+2 " },
    { "a method we have not", "PURGE /x HTTP/1.1\r\n" H "\r\n", "NONE /x?[]+1 " },
    { "chunked",
      "POST / HTTP/1.1\r\n" H
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
      "POST /?[abc0123456789]+2 " },
    { "chunked, then another",
      "POST / HTTP/1.1\r\n" H
      "Transfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\nGET /n HTTP/1.1\r\n" H "\r\n",
      "POST /?[z]+2 GET /n?[]+1 " },
    { "length zero", "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", "POST /?[]+2 " },
    { "empty header value", "GET / HTTP/1.1\r\n" H "X:\r\nY: \r\n\r\n", "GET /?[]+3 " },
    { "incomplete", "GET / HTTP/1.1\r\n" H, "" },
    { "length and coding",
      "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "400" },
    { "coding and length",
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "400" },
    { "two lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
      "400" },
    { "a list of lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\nabc", "400" },
    { "a signed length", "POST / HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\nabc", "400" },
    { "a hex length", "POST / HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\nabc", "400" },
    { "an empty length", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", "400" },
    { "a negative length", "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", "400" },
    { "a length beyond 64 bits",
      "POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n", "400" },
    { "a body too large", "POST / HTTP/1.1\r\n" H "Content-Length: 262145\r\n\r\n", "413" },
    { "obs-fold", "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "400" },
    { "obs-fold by tab", "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n", "400" },
    { "bare LF", "GET / HTTP/1.1\n" H "\r\n", "400" },
    { "bare LF in the headers", "GET / HTTP/1.1\r\nHost: h\n\r\n", "400" },
    { "bare CR", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", "400" },
    { "space before colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400" },
    { "space in a name", "GET / HTTP/1.1\r\n" H "A b: c\r\n\r\n", "400" },
    { "a line without colon", "GET / HTTP/1.1\r\n" H "nonsense\r\n\r\n", "400" },
    { "no name", "GET / HTTP/1.1\r\n" H ": x\r\n\r\n", "400" },
    { "NUL is not text", "GET / HTTP/1.1\r\n" H "A: \x01\r\n\r\n", "400" },
    { "no Host", "GET / HTTP/1.1\r\n\r\n", "400" },
    { "two Hosts", "GET / HTTP/1.1\r\n" H "Host: i\r\n\r\n", "400" },
    { "an absolute target", "GET http://h/ HTTP/1.1\r\n" H "\r\n", "400" },
    { "a target without slash", "GET x HTTP/1.1\r\n" H "\r\n", "400" },
    { "CONNECT", "CONNECT h:443 HTTP/1.1\r\n" H "\r\n", "400" },
    { "two spaces", "GET  / HTTP/1.1\r\n" H "\r\n", "400" },
    { "two spaces before the version", "GET /  HTTP/1.1\r\n" H "\r\n", "400" },
    { "HTTP/2", "GET / HTTP/2.0\r\n" H "\r\n", "505" },
    { "no version", "GET /\r\n" H "\r\n", "505" },
    { "not HTTP at all", "\x16\x03\x01\r\n\r\n", "400" },
    { "an empty line first", "\r\nGET / HTTP/1.1\r\n" H "\r\n", "400" },
    { "chunk size not hex", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nx\r\n",
      "400" },
    { "chunk size empty", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n\r\n", "400" },
    { "chunk size too long",
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n000000001\r\n", "400" },
    { "chunk size with a space",
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1 \r\nz\r\n", "400" },
    { "chunk size with 0x",
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0x1\r\nz\r\n", "400" },
    { "chunk size negative",
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n-1\r\nz\r\n", "400" },
    { "chunk size by LF", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\nz\r\n",
      "400" },
    { "chunk longer than said",
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\nzz\r\n", "400" },
    { "chunk above the limit",
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n40001\r\n", "413" },
    { "chunk of 4 GiB", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n",
      "413" },
    { "trailer", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n",
      "400" },
    { "other coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", "400" },
    { "coding twice",
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
      "400" },
    { "obscured coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", "400" },
    { "coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400" },
    { "unknown Expect", "POST / HTTP/1.1\r\n" H "Expect: tea\r\nContent-Length: 1\r\n\r\nx",
      "417" },
    { "blank in the target", "GET /a b HTTP/1.1\r\n" H "\r\n", "400" },
    { "not ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", "400" },
    { "fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", "400" },
};

static void each_case(void **state)
{
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = run(cases[i].in, (u32)strlen(cases[i].in), NULL, 0);
        if (strcmp(got, cases[i].want))
            fail_msg("%s: got %s want %s", cases[i].name, got, cases[i].want);
    }
}

/* Every case cut at every byte, byte by byte, and at random: the same outcome. */
static void any_split_gives_the_same(void **state)
{
    struct rng r = rng_of(3);
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        u32 n = (u32)strlen(cases[i].in), cuts[2048];
        for (u32 at = 0; at <= n; at++) {
            cuts[0] = at;
            assert_string_equal(run(cases[i].in, n, cuts, 1), cases[i].want);
        }
        for (u32 k = 0; k < n; k++) cuts[k] = k;
        assert_string_equal(run(cases[i].in, n, cuts, n), cases[i].want);
        for (u32 round = 0; round < 50; round++) {
            u32 k = 0;
            for (u32 at = 0; at < n; at += 1 + (u32)rng_below(&r, 9)) cuts[k++] = at;
            assert_string_equal(run(cases[i].in, n, cuts, k), cases[i].want);
        }
    }
}

static void limits(void **state)
{
    static char in[HTTP_BYTES_MAX];
    for (u32 fields = 99; fields <= 101; fields++) {
        u32 n = (u32)sprintf(in, "GET / HTTP/1.1\r\n" H);
        for (u32 i = 1; i < fields; i++) n += (u32)sprintf(in + n, "A%u: b\r\n", i);
        n += (u32)sprintf(in + n, "\r\n");
        const char *got = run(in, n, NULL, 0);
        assert_string_equal(got, fields == 99    ? "GET /?[]+99 "
                                 : fields == 100 ? "GET /?[]+100 "
                                                 : "431");
    }
    for (u32 size = HTTP_HEAD_MAX - 1; size <= HTTP_HEAD_MAX + 1; size++) {
        u32 n = (u32)sprintf(in, "GET / HTTP/1.1\r\n" H "A: ");
        memset(in + n, 'x', size);
        n = size - 4;
        n += (u32)sprintf(in + n, "\r\n\r\n");
        assert_int_equal(n, size);
        assert_string_equal(run(in, n, NULL, 0), size <= HTTP_HEAD_MAX ? "GET /?[]+2 " : "431");
        u32 cuts[3] = { 100, HTTP_HEAD_MAX - 3, HTTP_HEAD_MAX - 1 };
        assert_string_equal(run(in, n, cuts, 3), size <= HTTP_HEAD_MAX ? "GET /?[]+2 " : "431");
    }
}

/* Many one-byte chunks: refused before the raw bytes pass the promised buffer. */
static void small_chunks_are_bounded(void **state)
{
    static char in[2 * HTTP_BYTES_MAX];
    struct http_request r;
    struct http h;
    u32 n = (u32)sprintf(in, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
    while (n + 16 < sizeof in) n += (u32)sprintf(in + n, "1;aaaa\r\nz\r\n");
    http_init(&h);
    enum http_got got = HTTP_MORE;
    u32 given = 0;
    for (; given < HTTP_BYTES_MAX && got == HTTP_MORE; given += 1000)
        got = http_take(&h, in, given, &r);
    assert_int_equal(got, HTTP_REFUSED);
    assert_int_equal(h.status, 413);
}

static void continue_is_asked_for_once(void **state)
{
    const char *in = "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc";
    u32 n = (u32)strlen(in), cuts[2] = { n - 3, n - 1 };
    assert_string_equal(run(in, n, cuts, 2), "100 POST /?[abc]+3 ");
    assert_string_equal(run(in, n, NULL, 0), "POST /?[abc]+3 ");
}

static void queries(void **state)
{
    char buf[8];
    Str v;
    bool bad = false;
    assert_true(http_query(STR("a=1&b=x%20y&c"), "b", buf, sizeof buf, &v, &bad));
    assert_true(str_is(v, "x y") && !bad);
    assert_true(http_query(STR("a=1&b=x%20y&c"), "c", buf, sizeof buf, &v, &bad) && v.n == 0);
    assert_false(http_query(STR("a=1&bb=2"), "b", buf, sizeof buf, &v, &bad));
    assert_false(http_query(STR(""), "b", buf, sizeof buf, &v, &bad));
    assert_true(http_query(STR("b=%zz"), "b", buf, sizeof buf, &v, &bad) && bad);
    bad = false;
    assert_true(http_query(STR("b=123456789"), "b", buf, sizeof buf, &v, &bad) && bad);
    assert_false(http_decode(STR("%0a"), buf, sizeof buf, &v));
    assert_false(http_decode(STR("%2"), buf, sizeof buf, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(limits),
        cmocka_unit_test(small_chunks_are_bounded),
        cmocka_unit_test(continue_is_asked_for_once),
        cmocka_unit_test(queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
