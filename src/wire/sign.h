/* sign.h -- what a REST request's signature covers, and the text forms it comes in.
 * Owns:   the string of protocols section 4, base64, the reading of HR- headers.
 * Never:  holds a key, verifies a signature or knows the time: that is gateway's.
 * Always: two requests that differ in method, target, time, nonce or body sign different strings.
 */
#ifndef HEDGEROW_WIRE_SIGN_H
#define HEDGEROW_WIRE_SIGN_H

#include "base/hash.h"
#include "wire/http.h"

#define SIGN_TEXT_MAX (HTTP_HEAD_MAX + 256u)
#define SIGN_NONCE_MAX 64u
#define SIGN_WINDOW_MS 5000

/* The lines joined by LF. A target with a LF can not come: http.h refuses it. */
void sign_text(struct text *t, const char *method, Str target, u64 time_ms, Str nonce, Str body);
/* The standard alphabet with padding, exactly n bytes; false for anything else. */
NODISCARD bool base64_read(Str s, u8 *to, u32 n);
void base64_put(struct text *t, const u8 *bytes, u32 n);

struct signed_headers { Str key, nonce; u64 time_ms; u8 signature[64]; };
/* NULL, or which header is missing or malformed. */
NODISCARD const char *sign_headers(const struct http_request *r, struct signed_headers *out);

#endif
