/* json.h -- a pull parser for strict JSON, and helpers to write it; no allocation either way.
 * Owns:   the grammar of RFC 8259 over one whole text, its nesting, positions of errors.
 * Never:  makes a number of a number: the caller takes the text. Never recurses.
 * Always: what json_next() accepts up to JSON_END is one valid UTF-8 JSON text of depth <= 16 with
 *         nothing behind it; a failure stays failed and names its byte.
 */
#ifndef HEDGEROW_WIRE_JSON_H
#define HEDGEROW_WIRE_JSON_H

#include "base/text.h"

#define JSON_DEPTH_MAX 16u

enum json_kind {
    JSON_BAD,
    JSON_END,
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};
struct json {
    const char *at;
    u32 n, i; /* next byte */
    u32 depth;
    u32 objects;     /* bit d: the container at depth d + 1 is an object */
    u8 want;         /* what may come next; json.c's own */
    bool escaped;    /* the text below has escapes: json_plain() */
    Str text;        /* of a key, string or number, between its quotes, as written */
    u32 start;       /* byte where the last token began */
    const char *bad; /* why, once JSON_BAD was said; at byte i */
};
void json_init(struct json *j, const char *at, u32 n);
NODISCARD enum json_kind json_next(struct json *j);
/* Reads over one value, whatever it is; false if it is bad. */
NODISCARD bool json_skip(struct json *j);
/* A key's or string's text without escapes, into buf when it has some; false: longer than cap. */
NODISCARD bool json_plain(const struct json *j, char *buf, u32 cap, Str *out);

/* Writing. A comma is put before a member unless the last byte opens a container. */
void json_put_string(struct text *t, Str s); /* quoted, escaped; bytes that are no UTF-8 become ? */
void json_key(struct text *t, const char *key);
void json_item(struct text *t); /* the comma before an array's value, if one is due */
void json_str(struct text *t, const char *key, const char *z);
void json_u32(struct text *t, const char *key, u32 v); /* a number */
void json_int(struct text *t, const char *key, i64 v); /* a string */
void json_id(struct text *t, const char *key, u64 v);  /* a string */
void json_bool(struct text *t, const char *key, bool v);
void json_null(struct text *t, const char *key);
void json_dec(struct text *t, const char *key, i64 micros, u32 digits_min); /* a string */
void json_date(struct text *t, const char *key, Date d);                    /* null for none */
void json_time(struct text *t, Instant at);                                 /* "time" and "ts" */
void json_hash(struct text *t, const char *key, const u8 *bytes, u32 n);

NODISCARD bool utf8_valid(const char *at, u32 n);
/* Length of the well-formed sequence at `at`, 1 to 4; 0 if it is none. n > 0. */
NODISCARD u32 utf8_step(const char *at, u32 n);

#endif
