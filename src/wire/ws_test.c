#include "base/random.h"
#include "test.h"
#include "wire/ws.h"
#include <stdio.h>
#include <stdlib.h>

/* What came out of the bytes: t:text p:ping q:pong c:code !code. */
static const char *run(const u8 *in, u32 n, const u32 *cuts, u32 cuts_n)
{
    static char out[1024];
    void *space = aligned_alloc(16, (ws_bytes() + 15) / 16 * 16);
    struct ws *w = ws_open(space);
    struct text t = text_on(out, sizeof out);
    u32 from = 0;
    u16 code;
    Str s;
    assert_non_null(w);
    for (u32 k = 0; k <= cuts_n; k++) {
        u32 to = k < cuts_n ? cuts[k] : n;
        ws_push(w, (const char *)in + from, to - from);
        from = to;
        enum ws_got got;
        while ((got = ws_take(w, &s, &code)) != WS_MORE) {
            text_put(&t, got == WS_MESSAGE     ? "t:"
                         : got == WS_GOT_PING  ? "p:"
                         : got == WS_GOT_PONG  ? "q:"
                         : got == WS_GOT_CLOSE ? "c:"
                                               : "!");
            if (got == WS_GOT_CLOSE || got == WS_REFUSED) text_put_u64(&t, code);
            if (got == WS_GOT_CLOSE || got == WS_REFUSED) goto done;
            if (s.n > 40) text_put_u64(&t, s.n);
            else text_put_str(&t, s);
            text_put_char(&t, ' ');
        }
    }
done:
    ws_close(w);
    free(space);
    return out;
}

struct frame { enum ws_opcode opcode; bool last; const char *payload; u32 n; };
static u32 frames(const struct frame *f, u32 count, u8 *to, u32 cap)
{
    u32 n = 0;
    for (u32 i = 0; i < count; i++) {
        u32 len = f[i].n ? f[i].n : (u32)strlen(f[i].payload);
        n += ws_client_frame(to + n, cap - n, f[i].opcode, f[i].last, (Str){ f[i].payload, len },
                             0x5a17c3e1u + i);
    }
    return n;
}

static const struct { const char *name, *want; struct frame f[4]; } cases[] = {
    { "a text", "t:hello ", { { WS_TEXT, true, "hello", 0 } } },
    { "fragments with a ping between",
      "p:x t:abcd ",
      { { WS_TEXT, false, "ab", 0 }, { WS_PING, true, "x", 0 }, { WS_CONTINUE, true, "cd", 0 } } },
    { "an empty text", "t: ", { { WS_TEXT, true, "", 0 } } },
    { "pong", "q:z ", { { WS_PONG, true, "z", 0 } } },
    { "close", "c:1000", { { WS_CLOSE, true, "", 0 } } },
    { "close with a code", "c:1001", { { WS_CLOSE, true, "\x03\xe9 bye", 0 } } },
    { "close with one byte", "!1002", { { WS_CLOSE, true, "\x03", 0 } } },
    { "close with a reserved code", "!1002", { { WS_CLOSE, true, "\x03\xed", 0 } } },
    { "close not UTF-8", "!1007", { { WS_CLOSE, true, "\x03\xe8\xff", 0 } } },
    { "binary", "!1003", { { WS_BINARY, true, "x", 0 } } },
    { "not UTF-8", "!1007", { { WS_TEXT, true, "\xff", 0 } } },
    { "UTF-8 over two fragments",
      "t:\xc3\xa9 ",
      { { WS_TEXT, false, "\xc3", 0 }, { WS_CONTINUE, true, "\xa9", 0 } } },
    { "continuation of nothing", "!1002", { { WS_CONTINUE, true, "x", 0 } } },
    { "text within a text", "!1002", { { WS_TEXT, false, "x", 0 }, { WS_TEXT, true, "y", 0 } } },
    { "a control frame in parts", "!1002", { { WS_PING, false, "x", 0 } } },
    { "an unknown opcode", "!1002", { { (enum ws_opcode)3, true, "x", 0 } } },
    { "an unknown control", "!1002", { { (enum ws_opcode)11, true, "x", 0 } } },
};

static void each_case_and_split(void **state)
{
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        u8 in[256];
        u32 count = 0, cuts[256];
        while (count < 4 && cases[i].f[count].payload) count++;
        u32 n = frames(cases[i].f, count, in, sizeof in);
        const char *got = run(in, n, NULL, 0);
        if (strcmp(got, cases[i].want))
            fail_msg("%s: got %s want %s", cases[i].name, got, cases[i].want);
        for (u32 at = 0; at <= n; at++) {
            cuts[0] = at;
            assert_string_equal(run(in, n, cuts, 1), cases[i].want);
        }
        for (u32 k = 0; k < n; k++) cuts[k] = k;
        assert_string_equal(run(in, n, cuts, n), cases[i].want);
    }
}

static void raw_refusals(void **state)
{
    static const struct { const char *name; u8 in[16]; u32 n; const char *want; } rows[] = {
        { "not masked", { 0x81, 1, 'x' }, 3, "!1002" },
        { "reserved bit", { 0xc1, 0x81, 0, 0, 0, 0, 'x' }, 7, "!1002" },
        { "ping above 125", { 0x89, 0xfe, 0, 126, 0, 0, 0, 0 }, 8, "!1002" },
        { "8-byte length above the limit",
          { 0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 'a' },
          15,
          "!1009" },
        { "length with its top bit",
          { 0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 },
          14,
          "!1002" },
        { "HTTP", "GET / HTTP/1.1\r", 15, "!1002" },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        const char *got = run(rows[i].in, rows[i].n, NULL, 0);
        if (strcmp(got, rows[i].want))
            fail_msg("%s: got %s want %s", rows[i].name, got, rows[i].want);
    }
}

static void large_messages(void **state)
{
    static u8 in[2 * WS_MESSAGE_MAX];
    static char text[WS_MESSAGE_MAX + 1];
    memset(text, 'a', sizeof text);
    for (u32 size = WS_MESSAGE_MAX; size <= WS_MESSAGE_MAX + 1; size++) {
        struct frame one[] = { { WS_TEXT, true, text, size } };
        struct frame two[] = { { WS_TEXT, false, text, size - 10 },
                               { WS_CONTINUE, true, text, 10 } };
        const char *want = size == WS_MESSAGE_MAX ? "t:65536 " : "!1009";
        assert_string_equal(run(in, frames(one, 1, in, sizeof in), NULL, 0), want);
        assert_string_equal(run(in, frames(two, 2, in, sizeof in), NULL, 0), want);
    }
}

/* Our frame heads against libwslay's reading of them, by way of a masked copy. */
static void frame_heads(void **state)
{
    static const u64 sizes[] = { 0, 1, 125, 126, 65535, 65536 };
    for (u32 i = 0; i < ARRAY_LEN(sizes); i++) {
        u8 head[WS_FRAME_HEAD_MAX];
        u32 n = ws_frame_head(head, WS_TEXT, sizes[i]);
        assert_int_equal(n, sizes[i] < 126 ? 2 : sizes[i] < 65536 ? 4 : 10);
        assert_int_equal(head[0], 0x81);
    }
}

static void handshake(void **state)
{
    char buf[64];
    struct text t = text_on(buf, sizeof buf);
    Str key;
    struct http_request r = { .method = METHOD_GET, .minor = 1, .headers_n = 4, .headers = {
        { STR("Upgrade"), STR("WebSocket") }, { STR("Connection"), STR("keep-alive, Upgrade") },
        { STR("Sec-WebSocket-Version"), STR("13") },
        { STR("Sec-WebSocket-Key"), STR("dGhlIHNhbXBsZSBub25jZQ==") } } };
    assert_null(ws_handshake(&r, &key));
    ws_accept(&t, key); /* the example of RFC 6455 section 1.3 */
    assert_string_equal(buf, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    for (u32 i = 0; i < 4; i++) {
        struct http_request q = r;
        q.headers[i].value = STR("x");
        assert_non_null(ws_handshake(&q, &key));
    }
    r.method = METHOD_POST;
    assert_non_null(ws_handshake(&r, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_and_split), cmocka_unit_test(raw_refusals),
        cmocka_unit_test(large_messages),      cmocka_unit_test(frame_heads),
        cmocka_unit_test(handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
