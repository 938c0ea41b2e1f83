#include "feeds/register_file.h"

#include "sys/file.h"

#include <stdlib.h>

#define REGISTER_BYTES_MAX (UINT64_C(256) << 20)
#define REGISTER_SPARE 1024u

void register_give(struct register_file *f)
{
    free(f->at);
    free(f->item);
    free(f->bytes);
    *f = (struct register_file){ 0 };
}

static Err refused(u8 fault, u32 field, const char *where, struct why *w)
{
    return why_set(w, gov_fault_is_rule(fault) ? ERR_NO : ERR_INPUT, "%s: %s: %s", where,
                   entry_field_name(field), list_text(GOV_FAULT, fault));
}

static Err read_line(struct register_file *f, const char *name, u32 number, Str line, struct why *w)
{
    u32 field;
    bool chain;
    char where[512];
    u8 fault = register_read(&f->r, line, &field, &chain);
    if (!fault) return ERR_OK;
    f->line = number;
    snprintf(where, sizeof where, "%s:%u", name, number);
    if (chain)
        return why_set(w, ERR_INPUT, "%s: chain: the line is not the one that was written", where);
    (void)refused(fault, field, where, w);
    return ERR_INPUT;
}

Err register_parse(const char *name, const u8 *bytes, u64 n, u32 spare, struct register_file *f,
                   struct why *w)
{
    u32 lines = 0;
    u64 from = 0;
    Err err = ERR_OK;
    *f = (struct register_file){ .n = n };
    for (u64 i = 0; i < n; i++) lines += bytes[i] == '\n';
    u32 cap = lines + spare + 1;
    f->at = calloc(cap, sizeof *f->at);
    f->item = calloc(cap, sizeof *f->item);
    if (!f->at || !f->item) return why_set(w, ERR_IO, "%s: no memory", name);
    register_init(&f->r, f->at, f->item, cap);
    for (u64 i = 0, number = 1; i < n && !err; i++) {
        if (bytes[i] != '\n') continue;
        u64 k = i - from;
        err = read_line(
            f, name, (u32)number++,
            (Str){ (const char *)bytes + from, k > GOV_LINE_MAX ? GOV_LINE_MAX : (u32)k }, w);
        if (!err) from = f->whole = i + 1;
    }
    return err;
}

Err register_load(const char *path, struct register_file *f, struct why *w)
{
    u8 *bytes = NULL;
    u64 n = 0;
    *f = (struct register_file){ 0 };
    Err err = file_read_all(path, REGISTER_BYTES_MAX, &bytes, &n, w);
    if (err) return err;
    err = register_parse(path, bytes, n, 0, f, w);
    f->bytes = bytes;
    if (!err && !f->r.n)
        err = why_set(w, ERR_INPUT, "%s:1: seq: the register is empty: `govern open` opens one",
                      path);
    return err;
}

/* Text of the new lines, made while they are judged. */
struct lines { char *at; u64 n, cap; };

static Err add_line(struct register_file *f, struct gov_entry *e, struct lines *l, struct why *w)
{
    char buf[GOV_LINE_MAX + 128];
    struct text t = text_on(buf, sizeof buf);
    u32 field;
    e->seq = f->r.n + 1;
    u8 fault = register_add(&f->r, e, &t, &field);
    if (fault) return refused(fault, field, "refused", w);
    text_put_char(&t, '\n');
    if (l->n + t.n > l->cap) {
        u64 cap = 2 * (l->cap + t.n);
        char *more = realloc(l->at, cap);
        if (!more) return why_set(w, ERR_IO, "no memory");
        l->at = more, l->cap = cap;
    }
    memcpy(l->at + l->n, buf, t.n);
    l->n += t.n;
    return ERR_OK;
}

/* What a crash left without a newline: said in the register before it is overwritten. */
static Err recover(struct register_file *f, const struct gov_entry *next, struct lines *l,
                   struct why *w)
{
    struct gov_entry e = { .action = GOV_ACTION_RECOVER, .at = next->at };
    u64 torn = f->n - f->whole;
    if (!torn || !f->r.n) return ERR_OK;
    memcpy(e.by, next->by, sizeof e.by);
    e.count = (u32)torn;
    e.hash = sha256_of(f->bytes + f->whole, torn);
    snprintf(e.text, sizeof e.text, "a line without its end was cut: it was never acknowledged");
    return add_line(f, &e, l, w);
}

static Err write_lines(File file, const struct register_file *f, const struct lines *l,
                       struct why *w)
{
    struct why undo;
    Err err = ERR_OK;
    if (f->whole < f->n) err = file_truncate(file, f->whole, w);
    if (!err) err = file_write_at(file, f->whole, l->at, l->n, w);
    if (!err) return file_sync(file, w);
    (void)!file_truncate(file, f->whole, &undo); /* what stays is a torn tail: said next time */
    return err;
}

static Err append_locked(File file, const char *path, struct gov_entry *e, u32 n,
                         struct register_file *f, struct why *w)
{
    u8 *bytes = NULL;
    u64 size = 0;
    struct lines l = { 0 };
    Err err = file_read_all(path, REGISTER_BYTES_MAX, &bytes, &size, w);
    if (!err) err = register_parse(path, bytes, size, n + REGISTER_SPARE, f, w);
    f->bytes = bytes;
    if (!err) err = recover(f, e, &l, w);
    for (u32 i = 0; i < n && !err; i++) err = add_line(f, &e[i], &l, w);
    if (!err) err = write_lines(file, f, &l, w);
    free(l.at);
    return err;
}

static Err sync_folder(const char *path, struct why *w)
{
    char folder[FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    return dir_sync(folder, w);
}

Err register_append(const char *path, struct gov_entry *e, u32 n, struct register_file *f,
                    struct why *w)
{
    struct register_file mine = { 0 };
    File file = FILE_NONE;
    bool taken = false, fresh = !file_exists(path);
    ASSERT(n > 0);
    if (fresh && e[0].action != GOV_ACTION_OPEN)
        return why_set(w, ERR_INPUT, "%s: there is no register: `govern open` opens one", path);
    Err err = file_open(&file, path, FILE_READ | FILE_WRITE | FILE_CREATE, w);
    if (!err) err = file_lock(file, &taken, w);
    if (!err && !taken) err = why_set(w, ERR_IO, "%s: another program is writing to it", path);
    if (!err) err = append_locked(file, path, e, n, &mine, w);
    if (fresh && taken) {
        struct why later;
        if (err) (void)!file_remove(path, &later); /* nothing half-made stays */
        else err = sync_folder(path, w);
    }
    file_close(&file);
    if (!err && f) *f = mine;
    else register_give(&mine);
    return err;
}
