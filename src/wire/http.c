#include "wire/http.h"
#include <http_parser.h>

static const char *const method_names[] = { "NONE",
#define AS_HTTP_METHOD_NAME(NAME) #NAME,
                                            HTTP_METHODS(AS_HTTP_METHOD_NAME) };

const char *http_method_name(u32 method)
{
    ASSERT(method < METHOD_COUNT);
    static_assert(ARRAY_LEN(method_names) == METHOD_COUNT, "one name a method");
    return method_names[method];
}

static u32 method_of(u32 parsed)
{
    const char *name = http_method_str((enum http_method)parsed);
    ASSERT(name);
    for (u32 i = METHOD_NONE + 1; i < METHOD_COUNT; i++)
        if (strcmp(method_names[i], name) == 0) return i;
    return METHOD_NONE;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool str_is_any_case(Str a, const char *z)
{
    u32 i = 0;
    ASSERT(z);
    ASSERT(a.at || !a.n);
    while (i < a.n && z[i] && lower(a.at[i]) == lower(z[i])) i++;
    return i == a.n && !z[i];
}

static Str trimmed(Str s)
{
    ASSERT(s.at || !s.n);
    while (s.n && (s.at[0] == ' ' || s.at[0] == '\t')) s.at++, s.n--;
    while (s.n && (s.at[s.n - 1] == ' ' || s.at[s.n - 1] == '\t')) s.n--;
    return s;
}

bool str_lists(Str list, const char *token)
{
    u32 from = 0;
    ASSERT(token);
    ASSERT(list.at || !list.n);
    for (u32 i = 0; i <= list.n; i++) {
        if (i < list.n && list.at[i] != ',') continue;
        if (str_is_any_case(trimmed((Str){ list.at + from, i - from }), token)) return true;
        from = i + 1;
    }
    return false;
}

Str http_header(const struct http_request *r, const char *name, bool *twice)
{
    Str found = { "", 0 };
    u32 times = 0;
    ASSERT(r->headers_n <= HTTP_HEADERS_MAX);
    for (u32 i = 0; i < r->headers_n; i++) {
        if (!str_is_any_case(r->headers[i].name, name)) continue;
        if (!times++) found = r->headers[i].value;
    }
    if (twice) *twice = times > 1;
    ASSERT(found.at);
    return found;
}

void http_init(struct http *h)
{
    ASSERT(h);
    *h = (struct http){ 0 };
}

static enum http_got refuse(struct http *h, u16 status, const char *why)
{
    ASSERT(status >= 400);
    ASSERT(why);
    ASSERT(status < 600);
    if (!h->status) h->status = status, h->why = why;
    return HTTP_REFUSED;
}

/* Looks for the head's end line by line, and refuses what a lenient reader would let pass: bare LF
 * or CR, control characters, folded lines, blanks before a colon. True: the head is whole. */
static bool scan_head(struct http *h, const char *bytes, u32 n)
{
    u32 line = h->seen; /* always the first byte of a line */
    ASSERT(h->seen <= n);
    ASSERT(!h->status);
    for (u32 i = line; i < n && i < HTTP_HEAD_MAX; i++) {
        u8 c = (u8)bytes[i];
        if (c == '\n') {
            (void)refuse(h, 400, "a line ends in LF alone");
            return false;
        }
        if (c != '\r') {
            bool blank = c == ' ' || c == '\t';
            if ((c < 0x20 && c != '\t') || c == 0x7f) (void)refuse(h, 400, "control character");
            if (h->lines && i == line && blank) (void)refuse(h, 400, "folded header line");
            if (h->status) return false;
            continue;
        }
        if (i + 1 == n) break;
        if (bytes[i + 1] != '\n') {
            (void)refuse(h, 400, "CR without LF");
            return false;
        }
        if (i == line && h->lines && i + 2 <= HTTP_HEAD_MAX) {
            h->head_n = i + 2;
            return true;
        }
        if (i == line && !h->lines) {
            (void)refuse(h, 400, "empty line before the request");
            return false;
        }
        if (h->lines > HTTP_HEADERS_MAX) {
            (void)refuse(h, 431, "more than 100 header fields");
            return false;
        }
        h->lines++;
        line = h->seen = i + 2;
        i++;
    }
    ASSERT(!h->head_n);
    if (n >= HTTP_HEAD_MAX && !h->status) (void)refuse(h, 431, "header block above 16 KiB");
    return false;
}

struct head_sink { struct http_request *r; bool value_last, full; };

static void extend(Str *s, const char *at, size_t n)
{
    ASSERT(n <= HTTP_HEAD_MAX);
    if (!s->n) s->at = at;
    ASSERT(s->at + s->n == at);
    s->n += (u32)n;
}

static int on_url(http_parser *p, const char *at, size_t n)
{
    struct head_sink *k = p->data;
    ASSERT(k->r);
    ASSERT(!k->r->headers_n);
    extend(&k->r->target, at, n);
    return 0;
}

static int on_field(http_parser *p, const char *at, size_t n)
{
    struct head_sink *k = p->data;
    ASSERT(k->r->headers_n <= HTTP_HEADERS_MAX);
    if (k->value_last || !k->r->headers_n) {
        if (k->r->headers_n == HTTP_HEADERS_MAX) return 1;
        k->r->headers[k->r->headers_n++] = (struct http_header){ { at, 0 }, { at, 0 } };
        k->value_last = false;
    }
    ASSERT(k->r->headers_n > 0);
    extend(&k->r->headers[k->r->headers_n - 1].name, at, n);
    return 0;
}

static int on_value(http_parser *p, const char *at, size_t n)
{
    struct head_sink *k = p->data;
    ASSERT(k->r->headers_n > 0);
    ASSERT(k->r->headers_n <= HTTP_HEADERS_MAX);
    k->value_last = true;
    extend(&k->r->headers[k->r->headers_n - 1].value, at, n);
    return 0;
}

static bool is_visible(Str s)
{
    ASSERT(s.at || !s.n);
    for (u32 i = 0; i < s.n; i++)
        if (s.at[i] <= 0x20 || s.at[i] >= 0x7f) return false;
    return s.n > 0;
}

/* The Content-Length, digits only; false when it is none or above the limit. */
static bool length_of(struct http *h, Str s)
{
    u64 v;
    ASSERT(!h->status);
    bool digits = s.n > 0 && s.n <= 18;
    for (u32 i = 0; i < s.n; i++) digits = digits && s.at[i] >= '0' && s.at[i] <= '9';
    if (!digits || parse_u64(s, &v) != PARSE_OK) return refuse(h, 400, "bad Content-Length"), false;
    if (v > HTTP_BODY_MAX) return refuse(h, 413, "body above 256 KiB"), false;
    ASSERT(!h->chunked);
    h->length = (u32)v;
    return true;
}

static bool has_header(const struct http_request *r, const char *name)
{
    ASSERT(name[0]);
    ASSERT(r->headers_n <= HTTP_HEADERS_MAX);
    for (u32 i = 0; i < r->headers_n; i++)
        if (str_is_any_case(r->headers[i].name, name)) return true;
    return false;
}

/* How the body is framed, and what else the head must and must not say. */
static bool check_head(struct http *h, struct http_request *r)
{
    bool http_1_1 = r->minor == 1;
    bool twice = false, hosts = false, codings = false;
    Str coding = http_header(r, "Transfer-Encoding", &codings);
    Str expect = http_header(r, "Expect", NULL);
    Str length = http_header(r, "Content-Length", &twice);
    Str host = http_header(r, "Host", &hosts);
    ASSERT(!h->status);
    ASSERT(h->head_n);
    if (hosts || (http_1_1 && !has_header(r, "Host")))
        return refuse(h, 400, "one Host is due"), false;
    if (host.n && !is_visible(host)) return refuse(h, 400, "bad Host"), false;
    if (r->target.at[0] != '/' && !str_is(r->target, "*"))
        return refuse(h, 400, "bad target"), false;
    if (!is_visible(r->target)) return refuse(h, 400, "bad target"), false;
    if (memchr(r->target.at, '#', r->target.n))
        return refuse(h, 400, "fragment in the target"), false;
    if (has_header(r, "Transfer-Encoding")) {
        if (has_header(r, "Content-Length"))
            return refuse(h, 400, "Content-Length with Transfer-Encoding"), false;
        if (codings || !http_1_1 || !str_is_any_case(coding, "chunked"))
            return refuse(h, 400, "Transfer-Encoding other than chunked"), false;
        h->chunked = true;
        h->raw = h->head_n;
    } else if (has_header(r, "Content-Length")) {
        if (twice) return refuse(h, 400, "two Content-Length"), false;
        if (!length_of(h, length)) return false;
    }
    if (expect.n && !str_is_any_case(expect, "100-continue"))
        return refuse(h, 417, "Expect other than 100-continue"), false;
    h->expects = expect.n && http_1_1 && (h->chunked || h->length);
    return true;
}

/* The whole head through libhttp-parser; `out` is made anew at each call, since bytes may move. */
static bool parse_head(struct http *h, const char *bytes, struct http_request *out)
{
    static const http_parser_settings settings = { .on_url = on_url, .on_header_field = on_field,
                                                   .on_header_value = on_value };
    http_parser p;
    struct head_sink sink = { .r = out };
    ASSERT(h->head_n);
    ASSERT(!h->status);
    out->method = 0, out->headers_n = 0;
    out->target = out->path = out->query = out->body = (Str){ "", 0 };
    http_parser_init(&p, HTTP_REQUEST);
    p.data = &sink;
    size_t used = http_parser_execute(&p, &settings, bytes, h->head_n);
    enum http_errno err = (enum http_errno)p.http_errno;
    if (err != HPE_OK || used != h->head_n)
        return refuse(h, 400, err == HPE_OK ? "bad head" : http_errno_description(err)), false;
    if (p.http_major != 1 || p.http_minor > 1)
        return refuse(h, 505, "HTTP/1.0 or 1.1 is due"), false;
    const char *method = http_method_str((enum http_method)p.method);
    if (out->target.at != bytes + strlen(method) + 1 ||
        memcmp(out->target.at + out->target.n, " HTTP/1.", 8) != 0)
        return refuse(h, 400, "bad request line"), false;
    for (u32 i = 0; i < out->headers_n; i++) {
        if (!is_visible(out->headers[i].name)) return refuse(h, 400, "bad header name"), false;
        out->headers[i].value = trimmed(out->headers[i].value);
    }
    out->method = method_of(p.method);
    out->minor = (u8)p.http_minor;
    out->keep_alive = http_should_keep_alive(&p) && p.http_minor == 1;
    out->upgrade = p.upgrade && p.method != HTTP_CONNECT;
    if (p.method == HTTP_CONNECT) return refuse(h, 400, "no proxy here"), false;
    const char *mark = memchr(out->target.at, '?', out->target.n);
    u32 path_n = mark ? (u32)(mark - out->target.at) : out->target.n;
    out->path = (Str){ out->target.at, path_n };
    if (mark) out->query = (Str){ mark + 1, out->target.n - path_n - 1 };
    ASSERT(out->path.n + out->query.n <= out->target.n);
    return true;
}

enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER, CHUNK_DONE };

/* The line at bytes[h->raw..], without CRLF. False: not whole yet, or refused. */
static bool chunk_line(struct http *h, const char *bytes, u32 n, Str *line)
{
    ASSERT(h->raw <= n);
    ASSERT(!h->status);
    for (u32 i = h->raw; i < n; i++) {
        if (i - h->raw > HTTP_CHUNK_LINE_MAX) return refuse(h, 400, "chunk line too long"), false;
        if (bytes[i] == '\n') return refuse(h, 400, "a line ends in LF alone"), false;
        if (bytes[i] != '\r') continue;
        if (i + 1 == n) return false;
        if (bytes[i + 1] != '\n') return refuse(h, 400, "CR without LF"), false;
        *line = (Str){ bytes + h->raw, i - h->raw };
        h->raw = i + 2;
        return true;
    }
    return false;
}

static bool chunk_size(struct http *h, Str line)
{
    u32 v = 0, i = 0;
    ASSERT(!h->status);
    ASSERT(h->body_n <= HTTP_BODY_MAX);
    for (; i < line.n; i++) {
        char c = lower(line.at[i]);
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (d < 0) break;
        if (i >= 8) return refuse(h, 400, "bad chunk size"), false;
        v = v << 4 | (u32)d;
    }
    if (!i || (i < line.n && line.at[i] != ';')) return refuse(h, 400, "bad chunk size"), false;
    for (; i < line.n; i++)
        if ((u8)line.at[i] < 0x20 || line.at[i] == 0x7f)
            return refuse(h, 400, "bad chunk size"), false;
    if (v > HTTP_BODY_MAX || v > HTTP_BODY_MAX - h->body_n)
        return refuse(h, 413, "body above 256 KiB"), false;
    h->chunk_left = v;
    h->chunk_step = v ? CHUNK_DATA : CHUNK_TRAILER;
    return true;
}

/* Moves a chunk's bytes down behind those before; true while there is more to look at. */
static bool chunk_data(struct http *h, char *bytes, u32 n)
{
    u32 here = h->chunk_left < n - h->raw ? h->chunk_left : n - h->raw;
    ASSERT(h->raw <= n);
    ASSERT(h->head_n + h->body_n <= h->raw);
    memmove(bytes + h->head_n + h->body_n, bytes + h->raw, here);
    h->body_n += here, h->raw += here, h->chunk_left -= here;
    if (h->chunk_left) return false;
    h->chunk_step = CHUNK_DATA_END;
    return true;
}

static enum http_got take_chunks(struct http *h, char *bytes, u32 n)
{
    Str line;
    ASSERT(h->chunked);
    while (h->chunk_step != CHUNK_DONE) {
        if (h->raw - h->head_n > 2 * HTTP_BODY_MAX - HTTP_CHUNK_LINE_MAX)
            return refuse(h, 413, "chunks too small for their lines");
        if (h->chunk_step == CHUNK_DATA) {
            if (!chunk_data(h, bytes, n)) return HTTP_MORE;
        } else if (!chunk_line(h, bytes, n, &line)) {
            return h->status ? HTTP_REFUSED : HTTP_MORE;
        } else if (h->chunk_step == CHUNK_SIZE) {
            if (!chunk_size(h, line)) return HTTP_REFUSED;
        } else if (line.n) {
            return refuse(h, 400,
                          h->chunk_step == CHUNK_TRAILER ? "trailer fields" : "bad chunk end");
        } else {
            h->chunk_step = h->chunk_step == CHUNK_TRAILER ? CHUNK_DONE : CHUNK_SIZE;
        }
    }
    ASSERT(h->body_n <= HTTP_BODY_MAX);
    return HTTP_REQUEST_READY;
}

enum http_got http_take(struct http *h, char *bytes, u32 n, struct http_request *out)
{
    enum http_got got = HTTP_REQUEST_READY;
    bool fresh = !h->head_n;
    ASSERT(bytes || !n);
    if (h->status) return HTTP_REFUSED;
    if (fresh && !scan_head(h, bytes, n)) return h->status ? HTTP_REFUSED : HTTP_MORE;
    ASSERT(h->head_n <= n);
    if (fresh) {
        if (!parse_head(h, bytes, out)) return HTTP_REFUSED;
        if (!check_head(h, out)) return HTTP_REFUSED;
    }
    if (h->chunked) got = take_chunks(h, bytes, n);
    else if (n - h->head_n < h->length) got = HTTP_MORE;
    if (got == HTTP_MORE && h->expects && !h->told_continue) {
        h->told_continue = true;
        return HTTP_CONTINUE;
    }
    if (got != HTTP_REQUEST_READY) return got;
    if (!fresh && !parse_head(h, bytes, out)) return HTTP_REFUSED;
    if (!h->chunked) h->body_n = h->length;
    out->body = (Str){ bytes + h->head_n, h->body_n };
    return HTTP_REQUEST_READY;
}

u32 http_next(struct http *h)
{
    ASSERT(h->head_n);
    ASSERT(!h->status);
    u32 used = h->chunked ? h->raw : h->head_n + h->length;
    http_init(h);
    return used;
}

bool http_decode(Str from, char *buf, u32 cap, Str *out)
{
    u32 n = 0;
    ASSERT(buf);
    ASSERT(from.at || !from.n);
    for (u32 i = 0; i < from.n; i++) {
        u8 c = (u8)from.at[i];
        if (c == '%') {
            if (from.n - i < 3 || parse_hex((Str){ from.at + i + 1, 2 }, &c, 1) != PARSE_OK)
                return false;
            i += 2;
        }
        if (c < 0x20 || c == 0x7f || n == cap) return false;
        buf[n++] = (char)c;
    }
    ASSERT(n <= cap);
    *out = (Str){ buf, n };
    return true;
}

bool http_query(Str query, const char *name, char *buf, u32 cap, Str *out, bool *bad)
{
    u32 from = 0;
    ASSERT(name);
    ASSERT(bad);
    for (u32 i = 0; i <= query.n; i++) {
        if (i < query.n && query.at[i] != '&') continue;
        Str pair = { query.at + from, i - from };
        const char *is = pair.n ? memchr(pair.at, '=', pair.n) : NULL;
        u32 key_n = is ? (u32)(is - pair.at) : pair.n;
        from = i + 1;
        if (!str_is((Str){ pair.at, key_n }, name)) continue;
        u32 skip = is ? key_n + 1 : key_n;
        if (!http_decode((Str){ pair.at + skip, pair.n - skip }, buf, cap, out)) *bad = true;
        return true;
    }
    return false;
}
