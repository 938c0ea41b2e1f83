#include "feeds/collect.h"
#include "feeds/collect_state.h"
#include "feeds/fetch.h"
#include "feeds/obs_file.h"
#include "feeds/row.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"

#include <stdlib.h>
#include <strings.h>

const char *collect_status_text(u32 status)
{
    static const char *const texts[] = { "-",
#define AS_STATUS_TEXT(NAME, text) text,
                                         COLLECT_STATUS_LIST(AS_STATUS_TEXT) };
    return status < ARRAY_LEN(texts) ? texts[status] : "?";
}

void collect_rows_give(struct collect_done *d)
{
    for (u32 i = 0; i < COLLECT_SOURCES_MAX; i++) feed_result_give(&d->row[i].result);
}

/* Everything of one snapshot that sources share. */
struct snapshot {
    const struct collect_ask *a;
    struct fetch *fetch;
    struct feed_log *logs; /* one a page that was read */
    u32 logs_n, logs_cap;
    struct feed_result all;
    struct why *why;
};
/* One source of it, page by page. */
struct asked {
    const struct collect_source *s;
    struct collect_row *row;
    struct collect_state state;
    char url[COLLECT_URL_MAX];
    char key[512];
    u8 **bytes; /* of each page */
    u64 *sizes;
    Hash *replies;
    u32 n;
    bool lost; /* a reply known before is no more there */
};

__attribute__((format(printf, 2, 3))) static bool fails(struct collect_row *row, const char *format,
                                                        ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(row->detail, sizeof row->detail, format, args);
    va_end(args);
    row->status = COLLECT_ERROR;
    return false;
}

/* ---- before asking ---- */

static Instant now_of(void) { return clock_wall(); }

/* Seconds until it may be asked; 0: now. */
static u64 wait_of(const struct collect_source *s, const struct collect_state *state, Instant now)
{
    i64 due = state->asked.ns ? state->asked.ns + (i64)s->every_s * NS_PER_SECOND : 0;
    due = i64_max(due, state->not_before.ns);
    return due <= now.ns ? 0 : (u64)((due - now.ns + NS_PER_SECOND - 1) / NS_PER_SECOND);
}

/* The key, from where the configuration says; false with why it is not asked. */
static bool key_of(struct asked *k)
{
    const struct collect_source *s = k->s;
    const char *key = s->key_env[0] ? getenv(s->key_env) : NULL;
    struct why w;
    u8 *bytes = NULL;
    u64 n = 0;
    k->key[0] = 0;
    if (!s->key_header[0]) return true;
    if (s->key_file[0] && !file_read_all(s->key_file, sizeof k->key - 1, &bytes, &n, &w)) {
        while (n && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r' || bytes[n - 1] == ' ')) n--;
        bytes[n] = 0;
        key = (const char *)bytes;
    }
    bool fine = key && key[0] && strlen(key) < sizeof k->key;
    for (u32 i = 0; fine && key[i]; i++) fine = key[i] > 0x20 && key[i] < 0x7f;
    if (fine) memcpy(k->key, key, strlen(key) + 1);
    else
        snprintf(k->row->detail, sizeof k->row->detail, "no key in %s",
                 s->key_env[0] ? s->key_env : s->key_file);
    if (bytes) memset(bytes, 0, n);
    free(bytes);
    return fine;
}

/* Whether it is asked now; else row->detail says why not. */
static bool may_ask(struct asked *k, Instant now)
{
    u64 wait = wait_of(k->s, &k->state, now);
    k->row->status = COLLECT_NOT_ASKED;
    if (!k->s->enabled) {
        snprintf(k->row->detail, sizeof k->row->detail, "off");
        return false;
    }
    if (wait) {
        bool told = k->state.not_before.ns > now.ns;
        snprintf(k->row->detail, sizeof k->row->detail, "%s: due in %llu s",
                 told ? "told to wait" : "asked a short time ago", (unsigned long long)wait);
        return false;
    }
    return key_of(k);
}

/* ---- pages ---- */

static Err record_raw(struct asked *k, const struct snapshot *sn, struct fetch_reply *r,
                      struct why *w)
{
    Hash h = sha256_of(r->bytes ? r->bytes : (const u8 *)"", r->n);
    Err err = collect_raw_write(sn->a->folder, h, r->bytes, r->n, w);
    if (err) return err;
    u32 n = k->n + 1;
    u8 **bytes = realloc(k->bytes, n * sizeof *bytes);
    if (bytes) k->bytes = bytes;
    u64 *sizes = bytes ? realloc(k->sizes, n * sizeof *sizes) : NULL;
    if (sizes) k->sizes = sizes;
    Hash *replies = sizes ? realloc(k->replies, n * sizeof *replies) : NULL;
    if (!replies) return why_set(w, ERR_IO, "no memory");
    k->replies = replies;
    k->bytes[k->n] = r->bytes, k->sizes[k->n] = r->n, k->replies[k->n] = h;
    if (!k->n) k->row->reply = h;
    k->n = n, k->row->pages = n;
    r->bytes = NULL; /* the page's now */
    return ERR_OK;
}

/* "https://host:port" of an address. */
static Str origin_of(const char *url)
{
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    while (*at && *at != '/' && *at != '?' && *at != '#') at++;
    return (Str){ url, (u32)(at - url) };
}

static void put_escaped(struct text *t, Str s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (u32 i = 0; i < s.n; i++) {
        char c = s.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) text_put_char(t, c);
        else
            text_put_char(t, '%'), text_put_char(t, hex[(u8)c >> 4]),
                text_put_char(t, hex[(u8)c & 15]);
    }
}

/* The next page's address into k->url; *more false at the end. False: it may not be followed. */
static bool next_page(struct asked *k, bool *more)
{
    const struct collect_source *s = k->s;
    const char *name = s->page_member;
    struct member m = { 0 };
    static char buf[COLLECT_URL_MAX];
    char next[COLLECT_URL_MAX];
    struct text t = text_on(next, sizeof next);
    u32 fault;
    Str reply = { (const char *)k->bytes[k->n - 1], (u32)k->sizes[k->n - 1] };
    *more = false;
    if (s->page == COLLECT_PAGE_ONE || !reply.n) return true;
    if (k->sizes[k->n - 1] >= UINT32_MAX) return fails(k->row, "larger than a page may be");
    if (!members_of(reply, &name, 1, &m, buf, sizeof buf, &fault))
        return fails(k->row, "%s: not a reply with pages", name);
    if (!m.text.n) return true; /* null, "" or not there: the end */
    if (s->page == COLLECT_PAGE_LINK) {
        text_put_str(&t, m.text);
        if (!str_eq(origin_of(next), origin_of(s->url)))
            return fails(k->row, "%s leads to another host: not followed", name);
    } else {
        text_put(&t, s->url);
        text_put_char(&t, strchr(s->url, '?') ? '&' : '?');
        put_escaped(&t, str_of(s->page_parameter));
        text_put_char(&t, '=');
        put_escaped(&t, m.text);
    }
    if (t.cut) return fails(k->row, "%s: longer than an address may be", name);
    if (k->n >= s->pages_max)
        return fails(k->row, "more than %u pages: not whole, so nothing of it is read",
                     s->pages_max);
    memcpy(k->url, next, sizeof next);
    *more = true;
    return true;
}

static bool type_is(const char *got, const char *want)
{
    size_t n = strlen(want);
    if (strncasecmp(got, want, n) != 0) return false;
    return got[n] == 0 || got[n] == ';' || got[n] == ' ';
}

/* Waits between two pages in steps, so that a stop is heard. */
static void pause_between(const struct collect_source *s)
{
    u64 ns = (s->pause_ms ? s->pause_ms : 1000) * UINT64_C(1000000), step = 100000000;
    for (; ns && !stop_signal_seen(); ns -= ns < step ? ns : step)
        clock_sleep_ns(ns < step ? ns : step);
}

/* One page asked and recorded. *unchanged: 304, nothing recorded. False with the row's error. */
static bool ask_page(struct asked *k, struct snapshot *sn, bool *unchanged)
{
    const struct collect_source *s = k->s;
    bool conditional = s->page == COLLECT_PAGE_ONE && k->state.replies_n;
    struct why w;
    struct fetch_reply r;
    struct fetch_ask f = { .url = k->url, .body = s->body, .timeout_s = s->timeout_s,
                           .redirects_max = s->redirects_max, .bytes_max = s->bytes_max,
                           .key_header = k->key[0] ? s->key_header : NULL,
                           .key = k->key[0] ? k->key : NULL,
                           .etag = conditional ? k->state.etag : "",
                           .modified = conditional ? k->state.modified : "" };
    *unchanged = false;
    if (fetch_one(sn->fetch, &f, &r, &w)) return fails(k->row, "%s", w.text);
    k->row->http = r.status, k->row->at = now_of();
    if (r.retry_after_s >= 0 && (r.status == 429 || r.status == 503))
        k->state.not_before.ns = k->row->at.ns + r.retry_after_s * NS_PER_SECOND;
    *unchanged = r.status == 304 && conditional;
    bool fine = *unchanged;
    if (!fine && record_raw(k, sn, &r, &w)) fails(k->row, "%s", w.text);
    else if (!fine && r.status != 200)
        fails(k->row, "HTTP %lld%s", (long long)r.status,
              k->state.not_before.ns > k->row->at.ns ? ", told to wait" : "");
    else if (!fine && !type_is(r.content_type, s->content_type))
        fails(k->row, "content type %.60s, wanted %s", r.content_type[0] ? r.content_type : "none",
              s->content_type);
    else fine = true;
    if (fine && !*unchanged) {
        memcpy(k->state.etag, r.etag, sizeof k->state.etag);
        memcpy(k->state.modified, r.modified, sizeof k->state.modified);
    }
    fetch_give(&r);
    return fine;
}

/* All pages of one source, or those known before where nothing changed. */
static bool ask_pages(struct asked *k, struct snapshot *sn)
{
    bool more = true, unchanged = false;
    struct why w;
    snprintf(k->url, sizeof k->url, "%s", k->s->url);
    while (more) {
        if (sn->a->progress) sn->a->progress(sn->a->arg, k->s->name, k->n + 1);
        if (k->n) pause_between(k->s);
        if (stop_signal_seen()) return fails(k->row, "stopped");
        if (!ask_page(k, sn, &unchanged)) return false;
        if (unchanged) break;
        if (!next_page(k, &more)) return false;
    }
    k->row->status = unchanged ? COLLECT_UNCHANGED : COLLECT_VALUE;
    for (u32 i = 0; unchanged && i < k->state.replies_n; i++) {
        struct fetch_reply r = { 0 };
        if (collect_raw_read(sn->a->folder, k->state.replies[i], &r.bytes, &r.n, &w) ||
            record_raw(k, sn, &r, &w)) {
            k->lost = true; /* asked without condition next time */
            fetch_give(&r);
            return fails(k->row, "unchanged, but %s", w.text);
        }
    }
    return true;
}

/* ---- reading what was recorded ---- */

static bool take_log(struct snapshot *sn, struct feed_log *log)
{
    if (sn->logs_n == sn->logs_cap) {
        u32 cap = sn->logs_cap ? 2 * sn->logs_cap : 16;
        struct feed_log *logs = realloc(sn->logs, cap * sizeof *logs);
        if (!logs) return false;
        sn->logs = logs, sn->logs_cap = cap;
    }
    sn->logs[sn->logs_n++] = *log;
    return true;
}

/* Every page is of the format, or nothing of the source enters. */
static bool read_pages(struct asked *k, struct snapshot *sn)
{
    u32 before = sn->logs_n;
    u64 bytes = 0;
    struct feed_seen seen = { 0 };
    struct feed_ask ask = { .format = k->s->format, .at = k->row->at, .rights = k->s->rights,
                            .source = k->s->name, .instances = sn->a->instances, .seen = &seen,
                            .since = k->state.asked.ns ? k->state.asked : k->row->at };
    for (u32 i = 0; i < k->n; i++) bytes += k->sizes[i];
    bool fine = !feed_seen_take(&seen, bytes / 16 + 2, sn->why);
    for (u32 i = 0; i < k->n && fine; i++) {
        struct feed_result r = { 0 };
        struct feed_log log = { 0 };
        struct why w;
        char name[48];
        snprintf(name, sizeof name, "page %u", i + 1);
        if (feed_parse(&ask, name, (const char *)k->bytes[i], k->sizes[i], &log, &r, &w)) {
            fine = fails(k->row, "%.240s", w.text);
        } else if (!take_log(sn, &log) || feed_result_add(&k->row->result, &r, &w)) {
            feed_log_give(&log);
            fine = fails(k->row, "no memory");
        }
        feed_result_give(&r);
    }
    while (!fine && sn->logs_n > before) feed_log_give(&sn->logs[--sn->logs_n]);
    if (!fine) feed_result_give(&k->row->result);
    feed_seen_give(&seen);
    return fine;
}

static Err ask_source(struct snapshot *sn, u32 i, struct collect_row *row, struct why *w)
{
    const struct collect_ask *a = sn->a;
    struct asked k = { .s = &a->sources[i], .row = row };
    Err err = collect_state_read(a->folder, k.s->name, k.s->url, &k.state, w);
    if (err) return err;
    if (!may_ask(&k, now_of())) return ERR_OK;
    if (a->dry) {
        snprintf(row->detail, sizeof row->detail, "would ask");
        return ERR_OK;
    }
    const struct collect_state before = k.state;
    bool fine = ask_pages(&k, sn) && read_pages(&k, sn);
    memset(k.key, 0, sizeof k.key);
    if (!fine) { /* what is known stays that of the last whole answer */
        Instant wait = k.state.not_before;
        k.state = before;
        k.state.not_before = wait;
        if (k.lost) k.state.replies_n = 0;
    }
    k.state.asked = row->at.ns ? row->at : now_of();
    if (fine) {
        k.state.replies_n = k.n <= COLLECT_REPLIES_MAX ? k.n : 0;
        memcpy(k.state.replies, k.replies, k.state.replies_n * sizeof(Hash));
        err = feed_result_add(&sn->all, &row->result, w);
    }
    if (!err) err = collect_state_write(a->folder, k.s->name, k.s->url, &k.state, w);
    for (u32 p = 0; p < k.n; p++) free(k.bytes[p]);
    free(k.bytes), free(k.sizes), free(k.replies);
    return err;
}

Err collect_once(const struct collect_ask *a, struct collect_done *out, struct why *w)
{
    struct snapshot sn = { .a = a, .why = w };
    *out = (struct collect_done){ 0 };
    ASSERT(a->n <= COLLECT_SOURCES_MAX);
    Err err = a->dry ? ERR_OK : collect_folders(a->folder, w);
    if (!err) err = fetch_open(&sn.fetch, a->agent, w);
    for (u32 i = 0; i < a->n && !err; i++) err = ask_source(&sn, i, &out->row[i], w);
    if (!err && !a->dry) {
        struct feed_log merged = { 0 };
        if (sn.logs_n) err = feed_merge(sn.logs, sn.logs_n, &merged, w);
        out->observations = merged.log.n;
        if (!err) err = collect_snapshot_write(a, out, &merged.log, &sn.all, now_of(), w);
        feed_log_give(&merged);
    }
    for (u32 i = 0; i < sn.logs_n; i++) feed_log_give(&sn.logs[i]);
    free(sn.logs);
    feed_result_give(&sn.all);
    fetch_close(sn.fetch);
    if (err) collect_rows_give(out);
    return err;
}

Err collect_wait(const struct collect_ask *a, u64 *seconds, struct why *w)
{
    Err err = ERR_OK;
    *seconds = UINT64_MAX;
    for (u32 i = 0; i < a->n && !err; i++) {
        struct collect_state state;
        if (!a->sources[i].enabled) continue;
        err = collect_state_read(a->folder, a->sources[i].name, a->sources[i].url, &state, w);
        if (err) break;
        u64 s = wait_of(&a->sources[i], &state, now_of());
        if (s < *seconds) *seconds = s;
    }
    return err;
}
