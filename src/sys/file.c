#include "sys/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* One call of the disk in use, unless the test's fault falls on it. */
#define CALL(KIND, member, ...) \
    ({ \
        int fault_ = disk_fault(KIND); \
        fault_ < 0 ? fault_ : disk_now()->member(disk_now()->ctx __VA_OPT__(, ) __VA_ARGS__); \
    })

static Err fail(struct why *w, const char *what, i64 negative_errno)
{
    ASSERT(negative_errno < 0);
    return why_set(w, ERR_IO, "%s: %s", what, strerror((int)-negative_errno));
}

Err file_open(File *f, const char *path, u32 mode, struct why *w)
{
    int flags = mode & FILE_WRITE ? O_RDWR : O_RDONLY;
    int r = 0;
    ASSERT(mode & (FILE_READ | FILE_WRITE));
    if (mode & (FILE_CREATE | FILE_NEW)) flags |= O_CREAT;
    if (mode & FILE_NEW) flags |= O_EXCL;
    if (mode & FILE_TRUNCATE) flags |= O_TRUNC;
    for (u32 i = 0; i < FILE_TRIES; i++)
        if ((r = CALL(DISK_OPEN, open, path, flags)) != -EINTR) break;
    *f = r < 0 ? FILE_NONE : (File){ r };
    if (r >= 0) return ERR_OK;
    Err err = r == -ENOENT || r == -ENOTDIR || r == -EISDIR ? ERR_INPUT : ERR_IO;
    return why_set(w, err, "%s: open: %s", path, strerror(-r));
}

void file_close(File *f)
{
    if (f->fd >= 0) (void)CALL(DISK_CLOSE, close, f->fd);
    *f = FILE_NONE;
}

Err file_read_at(File f, u64 at, void *to, u64 n, u64 *got, struct why *w)
{
    u32 idle = 0;
    ASSERT(f.fd >= 0);
    for (*got = 0; *got < n;) {
        int fault = disk_fault(DISK_READ);
        u64 ask = fault == 1 ? (n - *got + 1) / 2 : n - *got;
        i64 r = fault < 0
                    ? fault
                    : disk_now()->read(disk_now()->ctx, f.fd, (u8 *)to + *got, ask, at + *got);
        if (r == 0) return ERR_OK;
        if (r == -EINTR && ++idle < FILE_TRIES) continue;
        if (r < 0) return fail(w, "read", r);
        *got += (u64)r, idle = 0;
        ASSERT(*got <= n);
    }
    return ERR_OK;
}

Err file_write_at(File f, u64 at, const void *from, u64 n, struct why *w)
{
    u32 idle = 0;
    ASSERT(f.fd >= 0);
    for (u64 done = 0; done < n;) {
        int fault = disk_fault(DISK_WRITE);
        u64 ask = fault == 1 ? (n - done + 1) / 2 : n - done;
        i64 r = fault < 0 ? fault
                          : disk_now()->write(disk_now()->ctx, f.fd, (const u8 *)from + done, ask,
                                              at + done);
        if ((r == -EINTR || r == 0) && ++idle < FILE_TRIES) continue;
        if (r == 0) r = -EIO;
        if (r < 0) return fail(w, "write", r);
        done += (u64)r, idle = 0;
        ASSERT(done <= n);
    }
    return ERR_OK;
}

Err file_size(File f, u64 *n, struct why *w)
{
    i64 r = CALL(DISK_SIZE, size, f.fd);
    if (r < 0) return fail(w, "size", r);
    *n = (u64)r;
    return ERR_OK;
}

Err file_truncate(File f, u64 n, struct why *w)
{
    int r = CALL(DISK_TRUNCATE, truncate, f.fd, n);
    return r < 0 ? fail(w, "truncate", r) : ERR_OK;
}

Err file_sync(File f, struct why *w)
{
    int r = CALL(DISK_SYNC, sync, f.fd, false);
    return r < 0 ? fail(w, "fsync", r) : ERR_OK;
}

Err file_sync_data(File f, struct why *w)
{
    int r = CALL(DISK_SYNC, sync, f.fd, true);
    return r < 0 ? fail(w, "fdatasync", r) : ERR_OK;
}

/* Synced piece by piece, or another file's sync would wait behind all of it. */
#define FILL_SYNC_BYTES (1u << 20)
Err file_fill_zero(File f, u64 n, bool *full, struct why *w)
{
    static const u8 zeroes[1 << 18];
    int r = CALL(DISK_ALLOCATE, allocate, f.fd, n);
    *full = r == -ENOSPC || r == -EDQUOT;
    if (r < 0 && r != -EOPNOTSUPP && r != -EINTR) return fail(w, "allocate", r);
    Err err = ERR_OK;
    for (u64 at = 0, part; at < n && !err; at += part) {
        part = n - at < sizeof zeroes ? n - at : sizeof zeroes;
        if (at && at % FILL_SYNC_BYTES == 0) err = file_sync_data(f, w);
        if (!err) err = file_write_at(f, at, zeroes, part, w);
    }
    if (err) *full = strstr(w->text, strerror(ENOSPC)) || strstr(w->text, strerror(EDQUOT));
    return err;
}

Err file_lock(File f, bool *taken, struct why *w)
{
    int r = 0;
    for (u32 i = 0; i < FILE_TRIES; i++)
        if ((r = CALL(DISK_LOCK, lock, f.fd)) != -EINTR) break;
    *taken = r >= 0;
    return r >= 0 || r == -EWOULDBLOCK ? ERR_OK : fail(w, "lock", r);
}

Err file_rename(const char *from, const char *to, struct why *w)
{
    int r = CALL(DISK_RENAME, rename, from, to);
    return r < 0 ? why_set(w, ERR_IO, "%s: rename to %s: %s", from, to, strerror(-r)) : ERR_OK;
}

Err file_remove(const char *path, struct why *w)
{
    int r = CALL(DISK_REMOVE, remove, path);
    return r < 0 && r != -ENOENT ? why_set(w, ERR_IO, "%s: remove: %s", path, strerror(-r))
                                 : ERR_OK;
}

bool file_exists(const char *path)
{
    int fd = CALL(DISK_OPEN, open, path, O_RDONLY);
    if (fd >= 0) (void)CALL(DISK_CLOSE, close, fd);
    return fd >= 0;
}

Err file_read_all(const char *path, u64 max, u8 **bytes, u64 *n, struct why *w)
{
    File f;
    u64 size = 0;
    *bytes = NULL, *n = 0;
    Err err = file_open(&f, path, FILE_READ, w);
    if (err) return err;
    err = file_size(f, &size, w);
    if (!err && size > max)
        err = why_set(w, ERR_INPUT, "%llu bytes, more than the %llu allowed",
                      (unsigned long long)size, (unsigned long long)max);
    if (!err && !(*bytes = malloc(size + 1))) err = why_set(w, ERR_IO, "no memory");
    if (!err) err = file_read_at(f, 0, *bytes, size, n, w);
    if (!err) (*bytes)[*n] = 0;
    file_close(&f);
    if (!err) return ERR_OK;
    free(*bytes), *bytes = NULL, *n = 0;
    return why_wrap(w, err, "%s", path);
}

static void folder_of(char *to, const char *path)
{
    const char *slash = strrchr(path, '/');
    u64 n = slash ? (u64)(slash - path) : 0;
    ASSERT(n < FILE_PATH_MAX);
    memcpy(to, slash ? path : ".", slash ? n : 1);
    to[slash ? n : 1] = 0;
    if (slash == path) memcpy(to, "/", 2);
}

Err file_write_atomic(const char *path, const void *bytes, u64 n, struct why *w)
{
    char temporary[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    struct why ignored;
    File f = FILE_NONE;
    if (strlen(path) + 5 > sizeof temporary) return why_set(w, ERR_INPUT, "path too long");
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    folder_of(folder, path);
    Err err = file_open(&f, temporary, FILE_WRITE | FILE_CREATE | FILE_TRUNCATE, w);
    if (err) return err;
    err = file_write_at(f, 0, bytes, n, w);
    if (!err) err = file_sync(f, w);
    file_close(&f);
    if (!err) err = file_rename(temporary, path, w);
    if (!err) err = dir_sync(folder, w);
    if (!err) return ERR_OK;
    if (file_remove(temporary, &ignored))
        ignored.text[0] = 0; /* the first failure is the one told */
    return why_wrap(w, err, "%s", path);
}

Err dir_make(const char *path, struct why *w)
{
    int r = CALL(DISK_MKDIR, mkdir, path);
    if (r == -EEXIST) return ERR_OK;
    if (r < 0) return why_set(w, ERR_IO, "%s: mkdir: %s", path, strerror(-r));
    char parent[FILE_PATH_MAX]; /* a folder that a crash forgets takes all in it along */
    if (strlen(path) >= sizeof parent) return why_set(w, ERR_INPUT, "path too long");
    folder_of(parent, path);
    return dir_sync(parent, w);
}

Err dir_sync(const char *path, struct why *w)
{
    int r = CALL(DISK_SYNC_DIR, sync_dir, path);
    return r < 0 ? why_set(w, ERR_IO, "%s: sync folder: %s", path, strerror(-r)) : ERR_OK;
}

struct listing { struct dir_entry *rows; u32 n, cap, max; bool failed, full; };

static void listing_add(void *arg, const char *name, bool folder)
{
    struct listing *l = arg;
    if (l->failed || (l->full = l->n >= l->max)) return;
    if (l->n == l->cap) {
        u32 cap = l->cap ? 2 * l->cap : 16;
        struct dir_entry *rows = realloc(l->rows, cap * sizeof *rows);
        if (!rows) {
            l->failed = true;
            return;
        }
        l->rows = rows, l->cap = cap;
    }
    if (strlen(name) >= sizeof l->rows->name) return;
    struct dir_entry *e = &l->rows[l->n++];
    memcpy(e->name, name, strlen(name) + 1);
    e->folder = folder;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct dir_entry *)a)->name, ((const struct dir_entry *)b)->name);
}

Err dir_list(const char *path, u32 max, struct dir_entry **rows, u32 *n, struct why *w)
{
    struct listing l = { .max = max };
    int r = CALL(DISK_LIST, list, path, listing_add, &l);
    Err err = ERR_OK;
    *rows = NULL, *n = 0;
    if (r < 0)
        err = why_set(w, r == -ENOENT || r == -ENOTDIR ? ERR_INPUT : ERR_IO, "%s: %s", path,
                      strerror(-r));
    else if (l.failed) err = why_set(w, ERR_IO, "%s: no memory", path);
    else if (l.full) err = why_set(w, ERR_INPUT, "%s: more than %u entries", path, max);
    if (err) {
        free(l.rows);
        return err;
    }
    if (l.n) qsort(l.rows, l.n, sizeof *l.rows, by_name);
    *rows = l.rows, *n = l.n;
    return ERR_OK;
}

Err path_join(char *to, const char *folder, const char *name, struct why *w)
{
    u64 n = strlen(folder);
    int r =
        snprintf(to, FILE_PATH_MAX, "%s%s%s", folder, n && folder[n - 1] == '/' ? "" : "/", name);
    return r < 0 || r >= FILE_PATH_MAX ? why_set(w, ERR_INPUT, "%s: path too long", name) : ERR_OK;
}
