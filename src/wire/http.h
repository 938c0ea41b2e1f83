/* http.h -- HTTP/1.1 requests out of bytes; no socket, no clock, no allocation.
 * Owns:   where a request begins and ends, what of HTTP is refused, header look-up.
 * Never:  waits, guesses at a length, or takes two readings of one request as possible: what two
 *         programs could read in two ways (RFC 9112 section 11.2) is refused with 400 and a close.
 * Always: any split of the bytes gives the same requests, or the same refusal.
 *
 * The caller keeps the bytes from the current request's first on, in one buffer that may move and
 * grow between calls, and calls http_take() when some came. Head fields are parsed by
 * libhttp-parser.
 */
#ifndef HEDGEROW_WIRE_HTTP_H
#define HEDGEROW_WIRE_HTTP_H

#include "base/text.h"

#define HTTP_HEAD_MAX 16384u
#define HTTP_HEADERS_MAX 100u
#define HTTP_BODY_MAX (256u * 1024u)
#define HTTP_CHUNK_LINE_MAX 256u
/* A buffer of this many bytes holds any request that is not refused (chunk lines included). */
#define HTTP_BYTES_MAX (HTTP_HEAD_MAX + 2u * HTTP_BODY_MAX)
#define HTTP_PIPELINE_MAX 16u

#define HTTP_METHODS(X) X(GET) X(HEAD) X(POST) X(PUT) X(PATCH) X(DELETE) X(OPTIONS)
#define AS_HTTP_METHOD(NAME) METHOD_##NAME,
enum http_verb { METHOD_NONE, HTTP_METHODS(AS_HTTP_METHOD) METHOD_COUNT };
NODISCARD const char *http_method_name(u32 method);

struct http_header { Str name, value; }; /* the value without blanks around it */
struct http_request {
    u32 method;      /* enum http_verb; METHOD_NONE for one we do not know (501) */
    Str target;      /* as sent: path and query */
    Str path, query; /* query without the ?; empty when there is none */
    Str body;
    u8 minor; /* HTTP/1.minor */
    bool keep_alive;
    bool upgrade; /* Connection: upgrade was asked for; the bytes behind are not HTTP's */
    u32 headers_n;
    struct http_header headers[HTTP_HEADERS_MAX];
};
enum http_got { HTTP_MORE, HTTP_REQUEST_READY, HTTP_CONTINUE, HTTP_REFUSED };
struct http {
    u32 seen;   /* bytes of the head looked at */
    u32 head_n; /* 0: the head is not whole yet */
    u32 body_n; /* bytes of body so far, decoded */
    u32 raw;    /* chunked: offset of the next undecoded byte */
    u32 length; /* Content-Length */
    u32 chunk_left;
    u32 lines; /* header lines seen */
    u8 chunk_step;
    bool chunked, expects, told_continue;
    u16 status; /* why it was refused: 400, 413, 417, 431, 505 */
    const char *why;
};
void http_init(struct http *h);
/* `bytes` begin with the current request. HTTP_CONTINUE: the client waits for "100 Continue";
 * say it and call again. A refusal is final: answer h->status, close. `out` points into `bytes`. */
NODISCARD enum http_got http_take(struct http *h, char *bytes, u32 n, struct http_request *out);
/* After HTTP_REQUEST_READY: the bytes of this request; drop them, and the next one begins. */
NODISCARD u32 http_next(struct http *h);
/* The only value of a header (any case); empty if absent; *twice if it came more than once. */
NODISCARD Str http_header(const struct http_request *r, const char *name, bool *twice);

/* A parameter of the query, percent-decoded into buf; false: absent. *bad: malformed or too
 * long. */
NODISCARD bool http_query(Str query, const char *name, char *buf, u32 cap, Str *out, bool *bad);
/* Percent-decodes; false on a malformed escape, a control character or more than cap bytes. */
NODISCARD bool http_decode(Str from, char *buf, u32 cap, Str *out);
NODISCARD bool str_is_any_case(Str a, const char *z);
/* Whether a comma-separated list names the token, in any case. */
NODISCARD bool str_lists(Str list, const char *token);

#endif
