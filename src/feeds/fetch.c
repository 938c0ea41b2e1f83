#include "feeds/fetch.h"

#include "base/text.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>

struct fetch {
    CURL *curl;
    char agent[128];
    char error[CURL_ERROR_SIZE];
    /* the reply being read */
    struct fetch_reply *reply;
    u64 cap, most;
    bool too_large, no_memory;
    char date[64], retry[64];
};

Err fetch_open(struct fetch **f, const char *agent, struct why *w)
{
    *f = calloc(1, sizeof **f);
    if (!*f) return why_set(w, ERR_IO, "no memory");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) (*f)->curl = curl_easy_init();
    snprintf((*f)->agent, sizeof(*f)->agent, "%s", agent);
    if ((*f)->curl) return ERR_OK;
    free(*f), *f = NULL;
    return why_set(w, ERR_IO, "libcurl does not start");
}

void fetch_close(struct fetch *f)
{
    if (!f) return;
    curl_easy_cleanup(f->curl);
    curl_global_cleanup();
    free(f);
}

void fetch_give(struct fetch_reply *r)
{
    free(r->bytes);
    *r = (struct fetch_reply){ 0 };
}

static size_t take_bytes(char *at, size_t size, size_t n, void *to)
{
    struct fetch *f = to;
    struct fetch_reply *r = f->reply;
    u64 more = (u64)size * n;
    if (r->n + more > f->most) {
        f->too_large = true;
        return 0;
    }
    if (r->n + more + 1 > f->cap) {
        u64 cap = 2 * (r->n + more) + 4096;
        u8 *bytes = realloc(r->bytes, cap);
        if (!bytes) {
            f->no_memory = true;
            return 0;
        }
        r->bytes = bytes, f->cap = cap;
    }
    memcpy(r->bytes + r->n, at, more);
    r->n += more;
    r->bytes[r->n] = 0;
    return more;
}

/* The value of a header, without blanks around it, if it is this one. */
static bool header_is(const char *at, size_t n, const char *name, char *to, size_t cap)
{
    size_t k = strlen(name), end = n;
    if (n <= k || strncasecmp(at, name, k) != 0 || at[k] != ':') return false;
    for (k++; k < end && (at[k] == ' ' || at[k] == '\t');) k++;
    while (end > k && (at[end - 1] == '\r' || at[end - 1] == '\n' || at[end - 1] == ' ')) end--;
    for (size_t i = k; i < end; i++)
        if (at[i] < 0x20 || at[i] > 0x7e) return true; /* not a value of ours */
    if (end - k >= cap) return true;
    memcpy(to, at + k, end - k);
    to[end - k] = 0;
    return true;
}

static size_t take_header(char *at, size_t size, size_t n, void *to)
{
    struct fetch *f = to;
    struct fetch_reply *r = f->reply;
    size_t bytes = size * n;
    if (bytes > 5 && memcmp(at, "HTTP/", 5) == 0) /* a redirect's headers are not the reply's */
        r->etag[0] = r->modified[0] = r->content_type[0] = f->date[0] = f->retry[0] = 0;
    bool known = header_is(at, bytes, "ETag", r->etag, sizeof r->etag) ||
                 header_is(at, bytes, "Last-Modified", r->modified, sizeof r->modified) ||
                 header_is(at, bytes, "Content-Type", r->content_type, sizeof r->content_type) ||
                 header_is(at, bytes, "Date", f->date, sizeof f->date) ||
                 header_is(at, bytes, "Retry-After", f->retry, sizeof f->retry);
    (void)known;
    return bytes;
}

/* Seconds, or a date against the reply's own Date; a day at most: nobody stops us for ever. */
static i64 retry_after(const struct fetch *f)
{
    u64 s;
    if (!f->retry[0]) return -1;
    if (parse_u64(str_of(f->retry), &s) == PARSE_OK) return s < 86400 ? (i64)s : 86400;
    i64 then = curl_getdate(f->retry, NULL), now = curl_getdate(f->date, NULL);
    if (then < 0 || now < 0 || then < now) return -1;
    return i64_min(then - now, 86400);
}

static struct curl_slist *headers_of(const struct fetch_ask *a)
{
    struct curl_slist *list = NULL;
    char line[1024];
    if (a->key && a->key_header) {
        const char *colon = strchr(a->key_header, ':') ? " " : ": ";
        snprintf(line, sizeof line, "%s%s%s", a->key_header, colon, a->key);
        list = curl_slist_append(list, line);
        memset(line, 0, sizeof line);
    }
    if (a->etag && a->etag[0]) {
        snprintf(line, sizeof line, "If-None-Match: %s", a->etag);
        list = curl_slist_append(list, line);
    }
    if (a->modified && a->modified[0]) {
        snprintf(line, sizeof line, "If-Modified-Since: %s", a->modified);
        list = curl_slist_append(list, line);
    }
    if (a->body && a->body[0]) list = curl_slist_append(list, "Content-Type: application/json");
    return curl_slist_append(list, "Accept: application/json");
}

static void set_up(struct fetch *f, const struct fetch_ask *a, struct curl_slist *headers)
{
    CURL *c = f->curl;
    bool follow = a->redirects_max && !a->key;
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, a->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, follow ? 1L : 0L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)a->redirects_max);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)a->timeout_s);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)(a->timeout_s < 10 ? a->timeout_s : 10));
    curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)a->bytes_max);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, f->agent);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->error);
    if (a->body && a->body[0]) curl_easy_setopt(c, CURLOPT_POSTFIELDS, a->body);
}

Err fetch_one(struct fetch *f, const struct fetch_ask *ask, struct fetch_reply *out, struct why *w)
{
    long status = 0;
    *out = (struct fetch_reply){ .retry_after_s = -1 };
    f->reply = out, f->cap = 0, f->most = ask->bytes_max;
    f->too_large = f->no_memory = false;
    f->error[0] = f->date[0] = f->retry[0] = 0;
    struct curl_slist *headers = headers_of(ask);
    if (!headers) return why_set(w, ERR_IO, "no memory");
    set_up(f, ask, headers);
    CURLcode code = curl_easy_perform(f->curl);
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    out->status = status, out->retry_after_s = retry_after(f);
    if (code == CURLE_OK) return ERR_OK;
    const char *cause = f->too_large || code == CURLE_FILESIZE_EXCEEDED ? "larger than bytes_max"
                        : f->no_memory                                  ? "no memory"
                        : f->error[0]                                   ? f->error
                                                                        : curl_easy_strerror(code);
    Err err = why_set(w, ERR_IO, "%s", cause);
    fetch_give(out);
    return err;
}
