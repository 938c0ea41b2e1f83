/* The web page: files read once at open, served by exact path. There is no path to walk out of. */
#include "gateway/internal.h"
#include <stdio.h>

#define PAGE_FILE_MAX (4u << 20)
#define PAGES_MAX 512u
#define PAGE_DEPTH_MAX 4u

static const struct { const char *ending, *type; } types[] = {
    { ".html", "text/html; charset=utf-8" }, { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" }, { ".mjs", "text/javascript; charset=utf-8" },
    { ".svg", "image/svg+xml" }, { ".png", "image/png" }, { ".ico", "image/x-icon" },
    { ".json", "application/json" }, { ".txt", "text/plain; charset=utf-8" },
    { ".woff2", "font/woff2" }, { ".webmanifest", "application/manifest+json" },
};
static const char *const left_out[] = { "node_modules", "package.json", "package-lock.json", "test",
                                        "tests" };

/* NULL: not a file of a page. */
static const char *type_of(const char *name)
{
    u32 n = (u32)strlen(name);
    for (u32 i = 0; i < ARRAY_LEN(left_out); i++)
        if (strcmp(name, left_out[i]) == 0) return NULL;
    for (u32 i = 0; i < ARRAY_LEN(types); i++) {
        u32 m = (u32)strlen(types[i].ending);
        if (n > m && strcmp(name + n - m, types[i].ending) == 0) return types[i].type;
    }
    return NULL;
}

static Err add_page(struct gateway *g, const char *file, const char *path, const char *type,
                    struct why *w)
{
    u8 *bytes;
    u64 n;
    if (g->pages_n == PAGES_MAX) return why_set(w, ERR_INPUT, "%s: more than 512 files", file);
    Err err = file_read_all(file, PAGE_FILE_MAX, &bytes, &n, w);
    if (err) return err;
    struct page *p = &g->pages[g->pages_n];
    *p = (struct page){ strdup(path), (char *)bytes, type, (u32)n, "" };
    if (!p->path) {
        free(bytes);
        return why_set(w, ERR_IO, "%s: no memory", file);
    }
    Hash h = sha256_of(bytes, n);
    struct text t = text_on(p->etag, sizeof p->etag);
    text_put_char(&t, '"');
    text_put_hex(&t, h.bytes, 8);
    text_put_char(&t, '"');
    g->pages_n++;
    return ERR_OK;
}

static Err add_folder(struct gateway *g, const char *folder, const char *path, u32 depth,
                      struct why *w)
{
    struct dir_entry *rows = NULL;
    u32 n = 0;
    if (depth > PAGE_DEPTH_MAX) return ERR_OK;
    Err err = dir_list(folder, PAGES_MAX * 4, &rows, &n, w);
    for (u32 i = 0; i < n && !err; i++) {
        char file[FILE_PATH_MAX], at[FILE_PATH_MAX];
        const char *name = rows[i].name, *type = type_of(name);
        bool skip = name[0] == '.';
        for (u32 k = 0; k < ARRAY_LEN(left_out); k++) skip = skip || strcmp(name, left_out[k]) == 0;
        if (skip || (!rows[i].folder && !type)) continue;
        err = path_join(file, folder, name, w);
        if (!err && snprintf(at, sizeof at, "%s/%s", path, name) >= (int)sizeof at)
            err = why_set(w, ERR_INPUT, "%s: path too long", file);
        if (err) break;
        err =
            rows[i].folder ? add_folder(g, file, at, depth + 1, w) : add_page(g, file, at, type, w);
    }
    free(rows);
    return err;
}

Err pages_load(struct gateway *g, const char *folder, struct why *w)
{
    g->pages = calloc(PAGES_MAX, sizeof *g->pages);
    if (!g->pages) return why_set(w, ERR_IO, "page: no memory");
    Err err = add_folder(g, folder, "", 0, w);
    return err ? why_wrap(w, err, "page") : ERR_OK;
}

void pages_free(struct gateway *g)
{
    for (u32 i = 0; i < g->pages_n; i++) {
        free(g->pages[i].path);
        free(g->pages[i].bytes);
    }
    free(g->pages);
    g->pages = NULL, g->pages_n = 0;
}

void page_answer(struct ask *a, const struct http_request *r)
{
    static const char policy[] =
        "\r\nCache-Control: no-cache\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY"
        "\r\nContent-Security-Policy: default-src 'self'; connect-src 'self'; img-src 'self' "
        "data:; "
        "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'\r\nETag: ";
    struct gateway *g = a->g;
    char extra[768];
    Str path = str_is(r->path, "/") ? STR("/index.html") : r->path;
    if (!bucket_take(&a->c->reads, g->reads_per_second, 1, g->now_ns)) {
        answer_problem(a, REJECT_MESSAGE_RATE, NULL, NULL, 0);
        return;
    }
    for (u32 i = 0; i < g->pages_n; i++) {
        const struct page *p = &g->pages[i];
        if (!str_is(path, p->path)) continue;
        int n = snprintf(extra, sizeof extra, "%s%s", policy, p->etag);
        ASSERT(n > 0 && n < (int)sizeof extra);
        if (str_is(http_header(r, "If-None-Match", NULL), p->etag))
            reply_finish(a, 304, NULL, extra, "", 0);
        else reply_finish(a, 200, p->type, extra, p->bytes, p->n);
        return;
    }
    answer_problem(a, REJECT_NOT_FOUND, NULL, NULL, 0);
}
