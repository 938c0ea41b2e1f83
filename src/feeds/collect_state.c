#include "feeds/collect_state.h"
#include "feeds/obs_file.h"
#include "sys/file.h"
#include "wire/json.h"

#include <stdlib.h>

#define STATE_BYTES_MAX (1u << 16)

static Err folder_in(const char *folder, const char *name, struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = path_join(path, folder, name, w);
    return err ? err : dir_make(path, w);
}

Err collect_folders(const char *folder, struct why *w)
{
    static const char *const names[] = { "raw", "state", "snapshots", "obs" };
    Err err = dir_make(folder, w);
    for (u32 i = 0; i < ARRAY_LEN(names) && !err; i++) err = folder_in(folder, names[i], w);
    return err;
}

/* ---- raw replies ---- */

static Err raw_path(const char *folder, Hash h, bool make, char *path, struct why *w)
{
    char name[128];
    struct text t = text_on(name, sizeof name);
    text_put(&t, "raw/");
    text_put_hex(&t, h.bytes, 1);
    Err err = make ? folder_in(folder, name, w) : ERR_OK;
    text_put_char(&t, '/');
    text_put_hex(&t, h.bytes, sizeof h.bytes);
    return err ? err : path_join(path, folder, name, w);
}

Err collect_raw_write(const char *folder, Hash h, const u8 *bytes, u64 n, struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = raw_path(folder, h, true, path, w);
    if (err || file_exists(path)) return err;
    return file_write_atomic(path, bytes ? bytes : (const u8 *)"", n, w);
}

Err collect_raw_read(const char *folder, Hash h, u8 **bytes, u64 *n, struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = raw_path(folder, h, false, path, w);
    if (!err) err = file_read_all(path, UINT32_MAX, bytes, n, w);
    if (err || hash_eq(sha256_of(*bytes, *n), h)) return err;
    free(*bytes);
    *bytes = NULL, *n = 0;
    return why_set(w, ERR_INPUT, "%s: not the reply of its name", path);
}

/* ---- a source's state ---- */

/* "word rest" lines; an unknown word is a damaged file. */
static bool state_line(Str line, Str url_hash, struct collect_state *s, bool *same)
{
    u32 n = 0;
    while (n < line.n && line.at[n] != ' ') n++;
    if (n == line.n) return false;
    Str word = { line.at, n }, rest = { line.at + n + 1, line.n - n - 1 };
    if (str_is(word, "address")) return *same = str_eq(rest, url_hash), true;
    if (str_is(word, "asked")) return parse_instant(rest, &s->asked) == PARSE_OK;
    if (str_is(word, "not_before")) return parse_instant(rest, &s->not_before) == PARSE_OK;
    if (str_is(word, "reply")) {
        if (s->replies_n == COLLECT_REPLIES_MAX) return false;
        return parse_hex(rest, s->replies[s->replies_n++].bytes, 32) == PARSE_OK;
    }
    bool etag = str_is(word, "etag");
    char *to = etag ? s->etag : s->modified;
    if (!etag && !str_is(word, "modified")) return false;
    if (to[0] || !rest.n || rest.n >= (etag ? sizeof s->etag : sizeof s->modified)) return false;
    for (u32 i = 0; i < rest.n; i++)
        if (rest.at[i] < 0x20 || rest.at[i] > 0x7e) return false;
    memcpy(to, rest.at, rest.n);
    to[rest.n] = 0;
    return true;
}

static void put_url_hash(struct text *t, const char *url)
{
    Hash h = sha256_of(url, strlen(url));
    text_put_hex(t, h.bytes, sizeof h.bytes);
}

bool collect_state_parse(Str text, const char *url, struct collect_state *out)
{
    char hash[72];
    struct text t = text_on(hash, sizeof hash);
    bool same = false, fine = true;
    *out = (struct collect_state){ 0 };
    put_url_hash(&t, url);
    for (u32 at = 0, end; fine && at < text.n; at = end + 1) {
        for (end = at; end < text.n && text.at[end] != '\n';) end++;
        fine = state_line((Str){ text.at + at, end - at }, (Str){ t.at, t.n }, out, &same);
    }
    if (!fine || !same) *out = (struct collect_state){ 0 };
    return fine;
}

static Err state_path(const char *folder, const char *source, char *path, struct why *w)
{
    char name[64];
    snprintf(name, sizeof name, "state/%s", source);
    return path_join(path, folder, name, w);
}

Err collect_state_read(const char *folder, const char *source, const char *url,
                       struct collect_state *out, struct why *w)
{
    char path[FILE_PATH_MAX];
    u8 *bytes = NULL;
    u64 n = 0;
    *out = (struct collect_state){ 0 };
    Err err = state_path(folder, source, path, w);
    if (err || !file_exists(path)) return err;
    err = file_read_all(path, STATE_BYTES_MAX, &bytes, &n, w);
    if (!err && !collect_state_parse((Str){ (const char *)bytes, (u32)n }, url, out))
        err = why_set(w, ERR_INPUT, "%s: not a state of ours; remove it", path);
    free(bytes);
    return err;
}

void collect_state_put(const struct collect_state *s, const char *url, struct text *t)
{
    text_put(t, "address ");
    put_url_hash(t, url);
    text_put(t, "\nasked ");
    text_put_instant(t, s->asked);
    if (s->not_before.ns) text_put(t, "\nnot_before "), text_put_instant(t, s->not_before);
    if (s->etag[0]) text_put(t, "\netag "), text_put(t, s->etag);
    if (s->modified[0]) text_put(t, "\nmodified "), text_put(t, s->modified);
    for (u32 i = 0; i < s->replies_n; i++) {
        text_put(t, "\nreply ");
        text_put_hex(t, s->replies[i].bytes, sizeof s->replies[i].bytes);
    }
    text_put_char(t, '\n');
}

Err collect_state_write(const char *folder, const char *source, const char *url,
                        const struct collect_state *s, struct why *w)
{
    char path[FILE_PATH_MAX], buf[4096];
    struct text t = text_on(buf, sizeof buf);
    collect_state_put(s, url, &t);
    ASSERT(!t.cut);
    Err err = state_path(folder, source, path, w);
    return err ? err : file_write_atomic(path, t.at, t.n, w);
}

/* ---- a snapshot ---- */

static void put_head(struct text *t, const struct collect_ask *a, Instant at)
{
    text_put(t, "{\"snapshot\":\"");
    text_put_instant(t, at);
    text_put_char(t, '"');
    json_hash(t, "config", a->config.bytes, sizeof a->config.bytes);
    if (a->instances) {
        Hash h = record_hash(&instances_record, a->instances);
        json_hash(t, "catalogue", h.bytes, sizeof h.bytes);
    } else {
        json_null(t, "catalogue");
    }
    json_id(t, "sources", a->n);
    text_put(t, "}\n");
}

static void put_row(struct text *t, const struct collect_source *s, const struct collect_row *row)
{
    static const Hash none;
    char at[40];
    struct text when = text_on(at, sizeof at);
    text_put_char(t, '{');
    json_str(t, "source", s->name);
    json_str(t, "status", collect_status_text(row->status));
    json_str(t, "detail", row->detail);
    json_str(t, "format", feed_format_name(s->format));
    json_str(t, "rights", list_text(RIGHTS, s->rights));
    if (row->at.ns) {
        text_put_instant(&when, row->at);
        json_str(t, "at", at);
    } else {
        json_null(t, "at");
    }
    json_id(t, "http", (u64)row->http);
    json_id(t, "pages", row->pages);
    if (hash_eq(row->reply, none)) json_null(t, "reply");
    else json_hash(t, "reply", row->reply.bytes, sizeof row->reply.bytes);
    json_id(t, "rows", row->result.rows);
    json_id(t, "taken", row->result.taken);
    json_id(t, "skipped", row->result.skipped_n);
    json_id(t, "refused", row->result.refused_n);
    text_put(t, "}\n");
}

Err collect_snapshot_write(const struct collect_ask *a, struct collect_done *done,
                           const struct obs_log *log, const struct feed_result *all, Instant at,
                           struct why *w)
{
    u32 cap = 4096 + a->n * 2048, k = 0;
    char path[FILE_PATH_MAX], name[128], stamp[40];
    char *buf = malloc(cap);
    struct text t = text_on(stamp, sizeof stamp);
    if (!buf) return why_set(w, ERR_IO, "no memory");
    text_put_instant(&t, at);
    for (u32 i = 0; i < t.n; i++) /* no colon in a file's name */
        if (stamp[i] != ':') done->snapshot[k++] = stamp[i];
    done->snapshot[k] = 0;
    t = text_on(buf, cap);
    put_head(&t, a, at);
    for (u32 i = 0; i < a->n; i++) put_row(&t, &a->sources[i], &done->row[i]);
    ASSERT(!t.cut);
    Err err = ERR_OK;
    if (log->n) {
        snprintf(name, sizeof name, "obs/%s.obs", done->snapshot);
        err = path_join(path, a->folder, name, w);
        if (!err) err = obs_file_write(path, log, all, w);
    }
    snprintf(name, sizeof name, "snapshots/%s.jsonl", done->snapshot);
    if (!err) err = path_join(path, a->folder, name, w);
    if (!err) err = file_write_atomic(path, t.at, t.n, w);
    free(buf);
    return err;
}
