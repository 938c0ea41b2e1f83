#include "base/hash.h"
#include "sys/vdisk.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#define HANDLES 64u
enum change {
    CHANGE_WRITE,
    CHANGE_SIZE,
    CHANGE_SYNC,
    CHANGE_LINK,
    CHANGE_RENAME,
    CHANGE_UNLINK,
    CHANGE_SYNC_DIR
};

struct vnode { u8 *bytes; u64 n, cap; bool folder, locked; };
struct vname { char *path; u32 node; };
struct vchange { enum change kind; u32 node; u64 at, n; u8 *bytes; char *path, *to; };
struct handle { u32 node; bool used, owns_lock; };

struct vdisk {
    struct disk calls;
    struct vnode *nodes;
    struct vname *names;
    u32 node_count, name_count;
    struct handle handles[HANDLES];
    u64 limit;
    bool tracing;
    struct vdisk *base;
    struct vchange *trace;
    u32 trace_n, trace_cap;
};

static void *grown(void *old, u64 n)
{
    void *p = realloc(old, n ? n : 1);
    ASSERT(p);
    return p;
}
static char *text_copy(const char *z)
{
    char *p = grown(NULL, strlen(z) + 1);
    memcpy(p, z, strlen(z) + 1);
    return p;
}

static u32 name_find(const struct vdisk *v, const char *path)
{
    for (u32 i = 0; i < v->name_count; i++)
        if (strcmp(v->names[i].path, path) == 0) return i;
    return UINT32_MAX;
}

static void name_drop(struct vdisk *v, u32 i)
{
    ASSERT(i < v->name_count);
    free(v->names[i].path);
    v->names[i] = v->names[--v->name_count];
}

static void name_add(struct vdisk *v, const char *path, u32 node)
{
    u32 i = name_find(v, path);
    if (i != UINT32_MAX) name_drop(v, i);
    v->names = grown(v->names, (v->name_count + 1) * sizeof *v->names);
    v->names[v->name_count++] = (struct vname){ text_copy(path), node };
}

static u32 node_new(struct vdisk *v, bool folder)
{
    v->nodes = grown(v->nodes, (v->node_count + 1) * sizeof *v->nodes);
    v->nodes[v->node_count] = (struct vnode){ .folder = folder };
    return v->node_count++;
}

static void node_size(struct vnode *f, u64 n)
{
    if (n > f->cap) f->bytes = grown(f->bytes, f->cap = n + n / 2);
    if (n > f->n) memset(f->bytes + f->n, 0, n - f->n);
    f->n = n;
}

static void node_write(struct vnode *f, u64 at, const u8 *from, u64 n)
{
    if (at + n > f->n) node_size(f, at + n);
    if (n) memcpy(f->bytes + at, from, n);
}

static void record(struct vdisk *v, struct vchange c)
{
    if (!v->tracing) return;
    if (v->trace_n == v->trace_cap)
        v->trace = grown(v->trace, (v->trace_cap = 2 * v->trace_cap + 64) * sizeof *v->trace);
    if (c.bytes) c.bytes = memcpy(grown(NULL, c.n), c.bytes, c.n);
    if (c.path) c.path = text_copy(c.path);
    if (c.to) c.to = text_copy(c.to);
    v->trace[v->trace_n++] = c;
}

static bool in_folder(const char *path, const char *folder)
{
    u64 n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/');
}

static struct vnode *node_at(struct vdisk *v, int fd)
{
    ASSERT(fd >= 0 && fd < (int)HANDLES && v->handles[fd].used);
    return &v->nodes[v->handles[fd].node];
}

static u64 used_bytes(const struct vdisk *v)
{
    u64 n = 0;
    for (u32 i = 0; i < v->name_count; i++) n += v->nodes[v->names[i].node].n;
    return n;
}
static bool over(const struct vdisk *v, u64 more)
{
    return v->limit && used_bytes(v) + more > v->limit;
}

static int v_open(void *ctx, const char *path, int flags)
{
    struct vdisk *v = ctx;
    u32 i = name_find(v, path), node, h = 0;
    if (i == UINT32_MAX && !(flags & O_CREAT)) return -ENOENT;
    if (i != UINT32_MAX && flags & O_EXCL) return -EEXIST;
    while (h < HANDLES && v->handles[h].used) h++;
    if (h == HANDLES) return -EMFILE;
    if (i == UINT32_MAX) {
        node = node_new(v, false);
        name_add(v, path, node);
        record(v, (struct vchange){ .kind = CHANGE_LINK, .node = node, .path = (char *)path });
    } else {
        node = v->names[i].node;
    }
    if (v->nodes[node].folder) return -EISDIR;
    if (flags & O_TRUNC && v->nodes[node].n) {
        node_size(&v->nodes[node], 0);
        record(v, (struct vchange){ .kind = CHANGE_SIZE, .node = node });
    }
    v->handles[h] = (struct handle){ node, true, false };
    return (int)h;
}

static int v_close(void *ctx, int fd)
{
    struct vdisk *v = ctx;
    struct vnode *f = node_at(v, fd);
    if (v->handles[fd].owns_lock) f->locked = false;
    v->handles[fd].used = false;
    return 0;
}

static i64 v_read(void *ctx, int fd, void *to, u64 n, u64 at)
{
    struct vnode *f = node_at(ctx, fd);
    if (at >= f->n) return 0;
    if (n > f->n - at) n = f->n - at;
    memcpy(to, f->bytes + at, n);
    return (i64)n;
}

static i64 v_write(void *ctx, int fd, const void *from, u64 n, u64 at)
{
    struct vdisk *v = ctx;
    struct vnode *f = node_at(v, fd);
    if (at + n > f->n && over(v, at + n - f->n)) return -ENOSPC;
    node_write(f, at, from, n);
    record(v, (struct vchange){ .kind = CHANGE_WRITE, .node = v->handles[fd].node, .at = at, .n = n,
                                .bytes = n ? (u8 *)from : NULL });
    return (i64)n;
}

static int v_sync(void *ctx, int fd, bool data_only)
{
    struct vdisk *v = ctx;
    ASSERT(node_at(v, fd));
    record(v, (struct vchange){ .kind = CHANGE_SYNC, .node = v->handles[fd].node });
    return 0;
}

static int set_size(struct vdisk *v, int fd, u64 n)
{
    struct vnode *f = node_at(v, fd);
    if (n > f->n && over(v, n - f->n)) return -ENOSPC;
    node_size(f, n);
    record(v, (struct vchange){ .kind = CHANGE_SIZE, .node = v->handles[fd].node, .n = n });
    return 0;
}
static int v_allocate(void *ctx, int fd, u64 n)
{
    return n <= node_at(ctx, fd)->n ? 0 : set_size(ctx, fd, n);
}
static int v_truncate(void *ctx, int fd, u64 n) { return set_size(ctx, fd, n); }
static i64 v_size(void *ctx, int fd) { return (i64)node_at(ctx, fd)->n; }

static int v_lock(void *ctx, int fd)
{
    struct vdisk *v = ctx;
    struct vnode *f = node_at(v, fd);
    if (f->locked) return -EWOULDBLOCK;
    f->locked = v->handles[fd].owns_lock = true;
    return 0;
}

static void move_name(struct vdisk *v, const char *from, const char *to)
{
    u32 i = name_find(v, from), node;
    if (i == UINT32_MAX) return;
    node = v->names[i].node;
    name_drop(v, i);
    name_add(v, to, node);
}

static int v_rename(void *ctx, const char *from, const char *to)
{
    struct vdisk *v = ctx;
    if (name_find(v, from) == UINT32_MAX) return -ENOENT;
    move_name(v, from, to);
    record(v, (struct vchange){ .kind = CHANGE_RENAME, .path = (char *)from, .to = (char *)to });
    return 0;
}

static int v_remove(void *ctx, const char *path)
{
    struct vdisk *v = ctx;
    u32 i = name_find(v, path);
    if (i == UINT32_MAX) return -ENOENT;
    name_drop(v, i);
    record(v, (struct vchange){ .kind = CHANGE_UNLINK, .path = (char *)path });
    return 0;
}

static int v_mkdir(void *ctx, const char *path)
{
    struct vdisk *v = ctx;
    if (name_find(v, path) != UINT32_MAX) return -EEXIST;
    u32 node = node_new(v, true);
    name_add(v, path, node);
    record(v, (struct vchange){ .kind = CHANGE_LINK, .node = node, .path = (char *)path });
    return 0;
}

static int v_sync_dir(void *ctx, const char *path)
{
    record(ctx, (struct vchange){ .kind = CHANGE_SYNC_DIR, .path = (char *)path });
    return 0;
}

static int v_list(void *ctx, const char *path, disk_each *each, void *arg)
{
    struct vdisk *v = ctx;
    if (name_find(v, path) == UINT32_MAX) return -ENOENT;
    for (u32 i = 0; i < v->name_count; i++)
        if (in_folder(v->names[i].path, path))
            each(arg, v->names[i].path + strlen(path) + 1, v->nodes[v->names[i].node].folder);
    return 0;
}

struct vdisk *vdisk_new(void)
{
    struct vdisk *v = grown(NULL, sizeof *v);
    memset(v, 0, sizeof *v);
    v->calls = (struct disk){ v,        v_open,     v_close,    v_read,     v_write,
                              v_sync,   v_allocate, v_truncate, v_size,     v_lock,
                              v_rename, v_remove,   v_mkdir,    v_sync_dir, v_list };
    return v;
}

static void trace_free(struct vdisk *v)
{
    for (u32 i = 0; i < v->trace_n; i++)
        free(v->trace[i].bytes), free(v->trace[i].path), free(v->trace[i].to);
    free(v->trace);
    vdisk_free(v->base);
    v->trace = NULL, v->base = NULL, v->trace_n = v->trace_cap = 0;
}

void vdisk_free(struct vdisk *v)
{
    if (!v) return;
    trace_free(v);
    for (u32 i = 0; i < v->node_count; i++) free(v->nodes[i].bytes);
    for (u32 i = 0; i < v->name_count; i++) free(v->names[i].path);
    free(v->nodes), free(v->names), free(v);
}

static struct vdisk *copied(const struct vdisk *from)
{
    struct vdisk *v = vdisk_new();
    for (u32 i = 0; i < from->node_count; i++) {
        u32 node = node_new(v, from->nodes[i].folder);
        node_write(&v->nodes[node], 0, from->nodes[i].bytes, from->nodes[i].n);
    }
    for (u32 i = 0; i < from->name_count; i++)
        name_add(v, from->names[i].path, from->names[i].node);
    return v;
}

const struct disk *vdisk_disk(struct vdisk *v) { return &v->calls; }
u32 vdisk_trace_length(const struct vdisk *v) { return v->trace_n; }
void vdisk_limit(struct vdisk *v, u64 bytes) { v->limit = bytes; }

void vdisk_trace_begin(struct vdisk *v)
{
    trace_free(v);
    v->base = copied(v), v->tracing = true;
}

u8 *vdisk_bytes(struct vdisk *v, const char *path, u64 *n)
{
    u32 i = name_find(v, path);
    if (i == UINT32_MAX) return NULL;
    struct vnode *f = &v->nodes[v->names[i].node];
    *n = f->n;
    return f->bytes;
}

void vdisk_put(struct vdisk *v, const char *path, const void *bytes, u64 n)
{
    u32 i = name_find(v, path), node = i == UINT32_MAX ? node_new(v, false) : v->names[i].node;
    ASSERT(!v->tracing);
    node_size(&v->nodes[node], 0);
    node_write(&v->nodes[node], 0, bytes, n);
    if (i == UINT32_MAX) name_add(v, path, node);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct vname *)a)->path, ((const struct vname *)b)->path);
}

Hash vdisk_hash(const struct vdisk *v, const char *leave_out)
{
    struct sha256 s;
    sha256_init(&s);
    if (v->name_count) qsort(v->names, v->name_count, sizeof *v->names, by_path);
    for (u32 i = 0; i < v->name_count; i++) {
        const struct vnode *f = &v->nodes[v->names[i].node];
        if (leave_out && strstr(v->names[i].path, leave_out)) continue;
        sha256_add(&s, v->names[i].path, strlen(v->names[i].path) + 1);
        sha256_add(&s, &f->n, sizeof f->n);
        sha256_add(&s, f->bytes, f->n);
    }
    return sha256_end(&s);
}

/* ---- crashes ---- */

struct unit { const struct vchange *change; u64 at, n; };
struct vdisk_crash { struct vdisk *synced; struct unit *units; u32 n; };

static void apply(struct vdisk *v, const struct vchange *c, u64 at, u64 n)
{
    switch (c->kind) {
    case CHANGE_WRITE: node_write(&v->nodes[c->node], at, c->bytes + (at - c->at), n); break;
    case CHANGE_SIZE: node_size(&v->nodes[c->node], c->n); break;
    case CHANGE_LINK: name_add(v, c->path, c->node); break;
    case CHANGE_RENAME: move_name(v, c->path, c->to); break;
    case CHANGE_UNLINK:
        if (name_find(v, c->path) != UINT32_MAX) name_drop(v, name_find(v, c->path));
        break;
    default: UNREACHABLE("a sync is no unit");
    }
}

static bool settles(const struct vchange *sync, const struct vchange *c)
{
    bool data = c->kind == CHANGE_WRITE || c->kind == CHANGE_SIZE;
    if (sync->kind == CHANGE_SYNC) return data && c->node == sync->node;
    return !data && (in_folder(c->path, sync->path) || (c->to && in_folder(c->to, sync->path)));
}

static void unit_add(struct vdisk_crash *c, const struct vchange *change, u64 at, u64 n)
{
    c->units = grown(c->units, (c->n + 1) * sizeof *c->units);
    c->units[c->n++] = (struct unit){ change, at, n };
}

struct vdisk_crash *vdisk_crash_at(const struct vdisk *v, u32 changes)
{
    struct vdisk_crash *c = grown(NULL, sizeof *c);
    ASSERT(v->base && changes <= v->trace_n);
    *c = (struct vdisk_crash){ .synced = copied(v->base) };
    while (c->synced->node_count < v->node_count)
        (void)!node_new(c->synced, v->nodes[c->synced->node_count].folder);
    for (u32 i = 0; i < changes; i++) {
        const struct vchange *x = &v->trace[i];
        if (x->kind == CHANGE_SYNC || x->kind == CHANGE_SYNC_DIR) {
            u32 kept = 0;
            for (u32 k = 0; k < c->n; k++)
                if (settles(x, c->units[k].change))
                    apply(c->synced, c->units[k].change, c->units[k].at, c->units[k].n);
                else c->units[kept++] = c->units[k];
            c->n = kept;
        } else if (x->kind == CHANGE_WRITE) {
            for (u64 at = x->at, n; at < x->at + x->n; at += n) {
                n = VDISK_SECTOR - at % VDISK_SECTOR;
                if (n > x->at + x->n - at) n = x->at + x->n - at;
                unit_add(c, x, at, n);
            }
        } else {
            unit_add(c, x, 0, 0);
        }
    }
    return c;
}

u32 vdisk_crash_units(const struct vdisk_crash *c) { return c->n; }

struct vdisk *vdisk_crash_image(const struct vdisk_crash *c, const u8 *chosen, u32 torn,
                                u32 torn_bytes)
{
    struct vdisk *v = copied(c->synced);
    for (u32 i = 0; i < c->n; i++) {
        u64 n = c->units[i].n;
        if (!chosen[i]) continue;
        if (i == torn && torn_bytes < n) n = torn_bytes;
        apply(v, c->units[i].change, c->units[i].at, n);
    }
    return v;
}

void vdisk_crash_free(struct vdisk_crash *c)
{
    if (!c) return;
    vdisk_free(c->synced);
    free(c->units), free(c);
}
