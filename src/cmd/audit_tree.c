#include "cmd/audit.h"

#include "sys/file.h"

#include <stdlib.h>
#include <unistd.h>

#define DEPTH_MAX 3u

static Err add(struct audit_tree *t, const char *path, struct why *w)
{
    if (t->n == AUDIT_FILES_MAX) return why_set(w, ERR_INPUT, "%s: too many files", path);
    if (t->n == t->cap) {
        u32 cap = t->cap ? 2 * t->cap : 256;
        void *more = realloc(t->path, cap * sizeof *t->path);
        if (!more) return why_set(w, ERR_IO, "no memory");
        t->path = more, t->cap = cap;
    }
    if (snprintf(t->path[t->n], sizeof *t->path, "%s", path) >= (int)sizeof *t->path)
        return why_set(w, ERR_INPUT, "%s: too long", path);
    t->n++;
    return ERR_OK;
}

static Err walk(const char *dir, const char *below, u32 depth, struct audit_tree *t, struct why *w)
{
    struct dir_entry *rows = NULL;
    char full[FILE_PATH_MAX], path[FILE_PATH_MAX];
    u32 n = 0;
    Err err = path_join(full, dir, below[0] ? below : ".", w);
    if (!err) err = dir_list(full, AUDIT_FILES_MAX, &rows, &n, w);
    for (u32 i = 0; i < n && !err; i++) {
        int k = snprintf(path, sizeof path, "%s%s%s", below, below[0] ? "/" : "", rows[i].name);
        if (k < 0 || (size_t)k >= sizeof path) err = why_set(w, ERR_INPUT, "%s: too long", full);
        else if (!rows[i].folder) err = add(t, path, w);
        else if (depth == DEPTH_MAX) err = why_set(w, ERR_NO, "%s: too deep a folder", path);
        else err = walk(dir, path, depth + 1, t, w);
    }
    free(rows);
    return err;
}

static int by_path(const void *a, const void *b) { return strcmp(a, b); }

Err audit_tree_read(const char *dir, struct audit_tree *t, struct why *w)
{
    *t = (struct audit_tree){ 0 };
    Err err = walk(dir, "", 1, t, w);
    if (t->n) qsort(t->path, t->n, sizeof *t->path, by_path);
    return err;
}

void audit_tree_give(struct audit_tree *t)
{
    free(t->path);
    *t = (struct audit_tree){ 0 };
}

/* Files, then the folder itself; what can not be removed keeps its folder. */
static void remove_below(const char *dir, u32 depth)
{
    struct dir_entry *rows = NULL;
    struct why w;
    char full[FILE_PATH_MAX];
    u32 n = 0;
    if (dir_list(dir, AUDIT_FILES_MAX, &rows, &n, &w)) return;
    for (u32 i = 0; i < n; i++) {
        if (path_join(full, dir, rows[i].name, &w)) continue;
        if (!rows[i].folder) (void)!file_remove(full, &w);
        else if (depth < DEPTH_MAX) remove_below(full, depth + 1);
    }
    free(rows);
    rmdir(dir);
}

void audit_tree_remove(const char *dir) { remove_below(dir, 1); }
