/* fetch.h -- one reply over HTTP: asked with limits, whole or an error with a sentence.
 * Owns:   libcurl; limits of time, bytes, redirects and schemes; what the headers say.
 * Never:  follows a redirect with a key in hand, retries, or gives out part of a reply.
 * Always: a reply has the bytes that its length announced; http and https only.
 */
#ifndef HEDGEROW_FEEDS_FETCH_H
#define HEDGEROW_FEEDS_FETCH_H

#include "base/why.h"

struct fetch;
struct fetch_ask {
    const char *url, *body;       /* body: posted as JSON; NULL or "": GET */
    const char *key_header, *key; /* "Authorization: Bearer" and the key; or NULL */
    const char *etag, *modified;  /* of the reply known; "" or NULL */
    u32 timeout_s, redirects_max;
    u64 bytes_max;
};
struct fetch_reply {
    i64 status;
    u8 *bytes; /* malloc'd, n of them and a zero behind */
    u64 n;
    char etag[256], modified[64], content_type[128];
    i64 retry_after_s; /* -1: not said; a date counts from the reply's own Date */
};

NODISCARD Err fetch_open(struct fetch **f, const char *agent, struct why *w);
void fetch_close(struct fetch *f);
/* ERR_IO with a sentence when there is no whole reply; any status is one. */
NODISCARD Err fetch_one(struct fetch *f, const struct fetch_ask *ask, struct fetch_reply *out,
                        struct why *w);
void fetch_give(struct fetch_reply *r);

#endif
