#include "journal/snapshot.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/memory.h"
#include <stdlib.h>

#define PAGE 4096u
#define SNAPSHOT_VERSION 1u
#define SNAPSHOTS_MAX 100000u
#define CHUNK (64u * PAGE)
static const u8 snapshot_magic[8] = { 'H', 'D', 'G', 'S', 'N', 'A', 'P', '1' };

/* The first page. Then the pages of the arena's head and of each region's used slots, each padded
 * to a page; then the CRC32C of each page, in order, padded to a page. */
struct header {
    u8 magic[8];
    u32 version, header_bytes;
    u64 pages;
    struct snapshot_info info;
    Hash whole; /* SHA-256 of this page up to here and of the page checksums */
};
#define WHOLE_AT offsetof(struct header, whole)
static_assert(sizeof(struct header) == 24 + 8 * 5 + 32 + 48 + 8 + SNAPSHOT_GENESIS_MAX + 32,
              "no padding");
static_assert(sizeof(struct header) <= PAGE - 4, "one page, its checksum at the end");

static u64 up(u64 n) { return (n + PAGE - 1) / PAGE * PAGE; }

/* Part i of what is saved: the arena's head, then its regions. */
static u32 part_count(const struct arena_head *h) { return h->regions + 1; }
static u64 part(const struct arena_head *h, u32 i, u64 *at)
{
    const struct arena_region *r = &h->region[i ? i - 1 : 0];
    *at = i ? r->at : 0;
    return i ? (u64)r->used * r->slot_bytes : sizeof *h;
}

static u64 page_count(const struct arena_head *h)
{
    u64 pages = 0, at;
    for (u32 i = 0; i < part_count(h); i++) pages += up(part(h, i, &at)) / PAGE;
    return pages;
}

/* Regions as arena_region() lays them out; the bytes are not trusted. */
static bool head_sane(const struct arena_head *h, u64 size)
{
    u64 at = (sizeof *h + 63) / 64 * 64;
    if (h->size != size || h->regions > ARENA_REGIONS_MAX) return false;
    for (u32 i = 0; i < h->regions; i++) {
        const struct arena_region *r = &h->region[i];
        if (r->at != at || r->used > r->cap || !r->slot_bytes || !r->cap) return false;
        at = (at + (u64)r->slot_bytes * r->cap + 63) / 64 * 64;
        if (at > size) return false;
    }
    return true;
}

static Hash whole_of(const struct header *h, const u32 *crcs)
{
    struct sha256 s;
    sha256_init(&s);
    sha256_add(&s, h, WHOLE_AT);
    sha256_add(&s, crcs, h->pages * sizeof *crcs);
    return sha256_end(&s);
}

static Err snapshot_path(char to[FILE_PATH_MAX], const char *folder, u64 seq, const char *end,
                         struct why *w)
{
    char name[64];
    snprintf(name, sizeof name, "snapshot-%020llu%s", (unsigned long long)seq, end);
    return path_join(to, folder, name, w);
}

/* ---- writing ---- */

static Err write_part(File f, u64 *at, const u8 *from, u64 n, u32 *crcs, struct why *w)
{
    u8 last[PAGE] = { 0 };
    u64 full = n / PAGE * PAGE;
    for (u64 i = 0; i < full; i += PAGE) crcs[i / PAGE] = crc32c(0, from + i, PAGE);
    Err err = full ? file_write_at(f, *at, from, full, w) : ERR_OK;
    *at += full;
    if (err || full == n) return err;
    memcpy(last, from + full, n - full);
    crcs[full / PAGE] = crc32c(0, last, PAGE);
    err = file_write_at(f, *at, last, PAGE, w);
    *at += PAGE;
    return err;
}

static Err write_body(File f, const u8 *arena, const struct snapshot_info *info, u32 *crcs,
                      struct why *w)
{
    const struct arena_head *head = (const void *)arena;
    const char *build = build_id();
    struct header h = { .version = SNAPSHOT_VERSION,
                        .header_bytes = PAGE,
                        .pages = page_count(head) };
    u8 page[PAGE] = { 0 };
    u64 at = PAGE, page_at = 0, from;
    Err err = ERR_OK;
    for (u32 i = 0; i < part_count(head) && !err; i++) {
        u64 n = part(head, i, &from);
        err = write_part(f, &at, arena + from, n, crcs + page_at, w);
        page_at += up(n) / PAGE;
    }
    ASSERT(err || page_at == h.pages);
    memcpy(h.magic, snapshot_magic, sizeof snapshot_magic);
    h.info = *info, h.info.zero = 0;
    h.info.state_hash = arena_hash(arena);
    h.info.arena_bytes = head->size, h.info.used_bytes = arena_used_bytes(arena);
    memset(h.info.build, 0, sizeof h.info.build);
    memcpy(h.info.build, build, strnlen(build, sizeof h.info.build - 1));
    memset(h.info.genesis + info->genesis_n, 0, SNAPSHOT_GENESIS_MAX - info->genesis_n);
    h.whole = whole_of(&h, crcs);
    memcpy(page, &h, sizeof h);
    store_u32(page + PAGE - 4, crc32c(0, page, PAGE - 4));
    if (!err) err = file_write_at(f, at, crcs, up(h.pages * 4), w);
    if (!err) err = file_write_at(f, 0, page, PAGE, w);
    return err ? err : file_sync(f, w);
}

/* The whole file under its temporary name, synced; nothing stays behind on failure. */
static Err write_temporary(const char *folder, const u8 *arena, const struct snapshot_info *info,
                           struct why *w)
{
    char path[FILE_PATH_MAX];
    struct why ignored;
    File f = FILE_NONE;
    u8 *crcs = NULL;
    u64 bytes = up(page_count((const void *)arena) * 4);
    ASSERT(info->genesis_n <= SNAPSHOT_GENESIS_MAX);
    Err err = snapshot_path(path, folder, info->seq, ".tmp", w);
    if (!err) err = memory_take(&crcs, bytes, w); /* not malloc: this may run in a forked child */
    if (!err) err = file_open(&f, path, FILE_WRITE | FILE_CREATE | FILE_TRUNCATE, w);
    if (!err) err = write_body(f, arena, info, (u32 *)(void *)crcs, w);
    file_close(&f);
    memory_give(crcs, bytes);
    if (err && file_remove(path, &ignored)) ignored.text[0] = 0; /* swept at the next start */
    return err ? why_wrap(w, err, "snapshot at seq %llu", (unsigned long long)info->seq) : ERR_OK;
}

static Err publish(const char *folder, u64 seq, struct why *w)
{
    char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
    Err err = snapshot_path(from, folder, seq, ".tmp", w);
    if (!err) err = snapshot_path(to, folder, seq, "", w);
    if (!err) err = file_rename(from, to, w);
    return err ? err : dir_sync(folder, w);
}

Err snapshot_write(const char *folder, const u8 *arena, const struct snapshot_info *info,
                   struct why *w)
{
    Err err = dir_make(folder, w);
    if (!err) err = write_temporary(folder, arena, info, w);
    return err ? err : publish(folder, info->seq, w);
}

struct child_work { const char *folder; const u8 *arena; const struct snapshot_info *info; };

static int child_run(void *arg)
{
    const struct child_work *c = arg;
    struct why w;
    Err err = write_temporary(c->folder, c->arena, c->info, &w);
    if (err) fprintf(stderr, "hedgerow: %s\n", w.text), fflush(stderr);
    return err;
}

Err snapshot_begin(struct snapshot_job *job, const char *folder, const u8 *arena,
                   const struct snapshot_info *info, struct why *w)
{
    struct child_work work = { folder, arena, info };
    ASSERT(!job->running);
    if (strlen(folder) >= sizeof job->folder) return why_set(w, ERR_INPUT, "path too long");
    memcpy(job->folder, folder, strlen(folder) + 1);
    job->seq = info->seq;
    Err err = dir_make(folder, w);
    if (!err) err = child_start(&job->child, child_run, &work, w);
    job->running = !err;
    return err;
}

Err snapshot_poll(struct snapshot_job *job, u64 durable_seq, bool wait, bool *done, struct why *w)
{
    char path[FILE_PATH_MAX];
    struct why ignored;
    int status = 0;
    bool ended = true;
    *done = false;
    ASSERT(job->running);
    Err err = job->child.pid > 0 ? child_poll(&job->child, wait, &ended, &status, w) : ERR_OK;
    if (!err && !ended) return ERR_OK;
    if (!err && status)
        err = why_set(w, ERR_IO, "snapshot at seq %llu: its writer ended with status %d",
                      (unsigned long long)job->seq, status);
    if (!err && durable_seq < job->seq)
        return ERR_OK; /* must not outlive a journal that ends before it */
    if (!err) err = publish(job->folder, job->seq, w);
    job->running = false, *done = !err;
    if (!err) return ERR_OK;
    if (snapshot_path(path, job->folder, job->seq, ".tmp", &ignored) == ERR_OK &&
        file_remove(path, &ignored))
        ignored.text[0] = 0;
    return err;
}

void snapshot_abandon(struct snapshot_job *job)
{
    char path[FILE_PATH_MAX];
    struct why ignored;
    if (!job->running) return;
    child_kill(&job->child);
    if (snapshot_path(path, job->folder, job->seq, ".tmp", &ignored) == ERR_OK &&
        file_remove(path, &ignored))
        ignored.text[0] = 0; /* swept at the next start */
    job->running = false;
}

Err snapshot_set_aside(const char *folder, u64 seq, struct why *w)
{
    char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
    Err err = snapshot_path(from, folder, seq, "", w);
    if (!err) err = snapshot_path(to, folder, seq, ".bad", w);
    if (!err) err = file_rename(from, to, w);
    return err ? err : dir_sync(folder, w);
}

/* ---- finding ---- */

static u64 snapshot_seq(const char *name, bool *temporary)
{
    u64 seq;
    if (strncmp(name, "snapshot-", 9) != 0 || strnlen(name, 40) < 29) return 0;
    if (parse_u64((Str){ name + 9, 20 }, &seq) != PARSE_OK) return 0;
    *temporary = strcmp(name + 29, ".tmp") == 0;
    return *temporary || !name[29] ? seq : 0;
}

static Err names(const char *folder, struct dir_entry **rows, u32 *n, struct why *w)
{
    Err err = dir_list(folder, SNAPSHOTS_MAX, rows, n, w);
    return err == ERR_INPUT && !*rows ? (*n = 0, ERR_OK) : err; /* no folder: none */
}

Err snapshot_sweep(const char *folder, struct why *w)
{
    struct dir_entry *rows;
    char path[FILE_PATH_MAX];
    u32 n;
    Err err = names(folder, &rows, &n, w);
    for (u32 i = 0; i < n && !err; i++) {
        bool temporary = false;
        if (!snapshot_seq(rows[i].name, &temporary) || !temporary) continue;
        err = path_join(path, folder, rows[i].name, w);
        if (!err) err = file_remove(path, w);
    }
    free(rows);
    return err;
}

Err snapshot_list(const char *folder, u64 *seqs, u32 max, u32 *n, struct why *w)
{
    struct dir_entry *rows;
    u32 rows_n, kept = 0;
    *n = 0;
    Err err = names(folder, &rows, &rows_n, w);
    if (err) return err;
    for (u32 pass = 0; pass < 2; pass++) { /* sorted by name is sorted by seq; count, then take */
        u32 all = kept;
        kept = 0;
        for (u32 i = 0; i < rows_n; i++) {
            bool temporary = false;
            u64 seq = rows[i].folder ? 0 : snapshot_seq(rows[i].name, &temporary);
            if (!seq || temporary) continue;
            if (pass && all - kept <= max) seqs[(*n)++] = seq;
            kept++;
        }
    }
    free(rows);
    return ERR_OK;
}

Err snapshot_retire(const char *folder, u64 verified_seq, u32 keep, u32 *removed, struct why *w)
{
    static u64 seqs[4096];
    char path[FILE_PATH_MAX];
    u32 n;
    *removed = 0;
    if (keep < 2) keep = 2;
    Err err = snapshot_list(folder, seqs, ARRAY_LEN(seqs), &n, w);
    for (u32 i = 0; i + keep < n && !err && seqs[i] < verified_seq; i++) {
        err = snapshot_path(path, folder, seqs[i], "", w);
        if (!err) err = file_remove(path, w);
        if (!err) ++*removed;
    }
    return err ? err : *removed ? dir_sync(folder, w) : ERR_OK;
}

/* ---- reading ---- */

static Err read_exact(File f, u64 at, void *to, u64 n, struct why *w)
{
    u64 got;
    Err err = file_read_at(f, at, to, n, &got, w);
    if (err) return err;
    return got == n ? ERR_OK
                    : why_set(w, ERR_NO, "cut short at byte %llu", (unsigned long long)(at + got));
}

static Err read_header(File f, u64 seq, struct header *h, struct why *w)
{
    u8 page[PAGE];
    u64 bytes = 0;
    Err err = read_exact(f, 0, page, PAGE, w);
    if (!err) err = file_size(f, &bytes, w);
    if (err) return err;
    memcpy(h, page, sizeof *h);
    if (memcmp(h->magic, snapshot_magic, sizeof snapshot_magic) != 0)
        return why_set(w, ERR_NO, "no snapshot header");
    if (load_u32(page + PAGE - 4) != crc32c(0, page, PAGE - 4))
        return why_set(w, ERR_NO, "header: bad checksum");
    if (h->version != SNAPSHOT_VERSION || h->header_bytes != PAGE)
        return why_set(w, ERR_NO, "header: format version %u is not %u", h->version,
                       SNAPSHOT_VERSION);
    if (h->info.seq != seq || h->info.genesis_n > SNAPSHOT_GENESIS_MAX || h->info.build[47])
        return why_set(w, ERR_NO, "header: not this snapshot's");
    if (h->info.arena_bytes < sizeof(struct arena_head) || h->pages > bytes / PAGE ||
        bytes != PAGE + h->pages * PAGE + up(h->pages * 4))
        return why_set(w, ERR_NO, "header: %llu pages do not fit a file of %llu bytes",
                       (unsigned long long)h->pages, (unsigned long long)bytes);
    return ERR_OK;
}

static Err open_and_read(const char *folder, u64 seq, File *f, struct header *h, struct why *w)
{
    char path[FILE_PATH_MAX];
    *f = FILE_NONE;
    Err err = snapshot_path(path, folder, seq, "", w);
    if (!err) err = file_open(f, path, FILE_READ, w);
    if (err) return err == ERR_INPUT ? ERR_NO : err;
    return read_header(*f, seq, h, w);
}

Err snapshot_info_read(const char *folder, u64 seq, struct snapshot_info *out, struct why *w)
{
    struct header h;
    File f;
    Err err = open_and_read(folder, seq, &f, &h, w);
    file_close(&f);
    if (err) return why_wrap(w, err, "snapshot %llu", (unsigned long long)seq);
    *out = h.info;
    return ERR_OK;
}

static Err check_pages(const u8 *p, u64 n, const u32 *crcs, u64 first, struct why *w)
{
    for (u64 i = 0; i < n; i++)
        if (crc32c(0, p + i * PAGE, PAGE) != crcs[i])
            return why_set(w, ERR_NO, "page %llu: bad checksum", (unsigned long long)(first + i));
    return ERR_OK;
}

/* n bytes of one part, its whole pages straight to where they belong. */
static Err read_part(File f, u64 first_page, u8 *to, u64 n, const u32 *crcs, struct why *w)
{
    u8 last[PAGE];
    u64 full = n / PAGE * PAGE;
    Err err = ERR_OK;
    for (u64 at = 0, step; at < full && !err; at += step) { /* checked while it is in the cache */
        step = full - at < CHUNK ? full - at : CHUNK;
        err = read_exact(f, PAGE + first_page * PAGE + at, to + at, step, w);
        if (!err)
            err = check_pages(to + at, step / PAGE, crcs + at / PAGE, first_page + at / PAGE, w);
    }
    if (err || full == n) return err;
    err = read_exact(f, PAGE + first_page * PAGE + full, last, PAGE, w);
    if (!err) err = check_pages(last, 1, crcs + full / PAGE, first_page + full / PAGE, w);
    for (u64 i = n - full; i < PAGE && !err; i++)
        if (last[i]) err = why_set(w, ERR_NO, "padding is not zero");
    if (!err) memcpy(to + full, last, n - full);
    return err;
}

static Err load(File f, const struct header *h, bool whole, u8 *arena, u64 arena_bytes, u32 *crcs,
                struct why *w)
{
    const struct arena_head *head = (const void *)arena;
    u64 page = up(sizeof *head) / PAGE, at;
    if (h->info.arena_bytes != arena_bytes)
        return why_set(w, ERR_NO, "made for an arena of %llu bytes, not %llu",
                       (unsigned long long)h->info.arena_bytes, (unsigned long long)arena_bytes);
    if (h->pages < page) return why_set(w, ERR_NO, "no arena in it");
    Err err = read_exact(f, PAGE + h->pages * PAGE, crcs, h->pages * 4, w);
    if (err) return err;
    if (!hash_eq(whole_of(h, crcs), h->whole)) return why_set(w, ERR_NO, "bad hash of the whole");
    err = read_part(f, 0, arena, sizeof *head, crcs, w);
    if (err) return err;
    if (!head_sane(head, arena_bytes) || page_count(head) != h->pages)
        return why_set(w, ERR_NO, "the arena's table of regions is not sound");
    for (u32 i = 1; i < part_count(head) && !err; i++) {
        u64 n = part(head, i, &at);
        err = read_part(f, page, arena + at, n, crcs + page, w);
        page += up(n) / PAGE;
    }
    if (!err && whole && !hash_eq(arena_hash(arena), h->info.state_hash))
        err = why_set(w, ERR_NO, "the state hash is not that of its contents");
    return err;
}

Err snapshot_load(const char *folder, u64 seq, bool whole, u8 *arena, u64 arena_bytes,
                  struct snapshot_info *out, struct why *w)
{
    struct header h;
    File f;
    u32 *crcs = NULL;
    Err err = open_and_read(folder, seq, &f, &h, w);
    if (!err && !(crcs = malloc(h.pages * 4 + 1))) err = why_set(w, ERR_IO, "no memory");
    if (!err) err = load(f, &h, whole, arena, arena_bytes, crcs, w);
    file_close(&f);
    free(crcs);
    if (err) return why_wrap(w, err, "snapshot %llu", (unsigned long long)seq);
    *out = h.info;
    return ERR_OK;
}
