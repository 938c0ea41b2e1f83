#include "feeds/obs_file.h"
#include "sys/file.h"
#include <stdlib.h>

enum { PART_NAMES, PART_REFS, PART_PAGES, PART_RECORDS, PART_REFUSED, PART_ORIGINS, PARTS };
struct head {
    u8 magic[8];
    u64 records, names, refs, pages, refused_bytes, origin_bytes;
    u32 crc[PARTS];
    u32 zero, head_crc; /* over everything before it */
};
static_assert(sizeof(struct head) == 88, "goes to the file as it stands");

static void part_sizes(const struct head *h, u64 size[PARTS])
{
    size[PART_NAMES] = h->names * sizeof(Name);
    size[PART_REFS] = h->refs * sizeof(Hash);
    size[PART_PAGES] = h->pages * sizeof(Hash);
    size[PART_RECORDS] = h->records * sizeof(struct observation);
    size[PART_REFUSED] = h->refused_bytes;
    size[PART_ORIGINS] = h->origin_bytes;
}

/* "LINE CODE COLUMN: CAUSE: RAW" a row. */
static char *refused_text(const struct feed_result *r, u64 *n)
{
    u64 cap = r ? (u64)r->kept * (FEED_RAW_MAX + 256) + 1 : 1;
    char *text = malloc(cap);
    *n = 0;
    for (u32 i = 0; text && r && i < r->kept; i++) {
        const struct feed_refused *f = &r->refused[i];
        int k = snprintf(text + *n, cap - *n, "%u %s %s: %s: %s\n", f->line,
                         list_text(OBS_REJECT, f->code), f->column, f->cause, f->raw);
        if (k > 0) *n += (u64)k;
    }
    return text;
}

Err obs_file_write(const char *path, const struct obs_log *log, const struct feed_result *r,
                   struct why *w)
{
    struct head h = { .records = log->n, .names = log->names.n, .refs = log->refs.n,
                      .pages = log->pages_n };
    u64 size[PARTS], n = sizeof h;
    memcpy(h.magic, OBS_FILE_MAGIC, sizeof h.magic);
    char *refused = refused_text(r, &h.refused_bytes);
    h.origin_bytes = r ? r->origins_n : 0;
    const void *part[PARTS] = { log->names.at, log->refs.at, log->pages,
                                log->at,       refused,      r ? r->origins : NULL };
    part_sizes(&h, size);
    for (u32 i = 0; i < PARTS; i++) n += size[i];
    u8 *bytes = refused ? malloc(n) : NULL;
    Err err = bytes ? ERR_OK : why_set(w, ERR_IO, "%s: no memory", path);
    for (u64 i = 0, at = sizeof h; !err && i < PARTS; at += size[i++]) {
        if (size[i]) memcpy(bytes + at, part[i], size[i]);
        h.crc[i] = crc32c(0, part[i], size[i]);
    }
    h.head_crc = crc32c(0, &h, offsetof(struct head, head_crc));
    if (!err) memcpy(bytes, &h, sizeof h);
    if (!err) err = file_write_atomic(path, bytes, n, w);
    free(bytes);
    free(refused);
    return err;
}

bool obs_file_is(const u8 *bytes, u64 n) { return n >= 8 && memcmp(bytes, OBS_FILE_MAGIC, 8) == 0; }

static Err damaged(const char *name, const char *what, u64 number, struct why *w)
{
    return why_set(w, ERR_INPUT, "%s: %s %llu: damaged", name, what, (unsigned long long)number);
}

static Err read_head(const char *name, const u8 *bytes, u64 n, struct head *h, struct why *w)
{
    u64 size[PARTS], sum = sizeof *h;
    if (n < sizeof *h) return damaged(name, "head", 0, w);
    memcpy(h, bytes, sizeof *h);
    if (h->head_crc != crc32c(0, h, offsetof(struct head, head_crc)))
        return damaged(name, "head", 0, w);
    bool fits = h->records <= UINT32_MAX / 2 && h->names <= UINT32_C(1) << 23 &&
                h->refs <= UINT32_C(1) << 23 && h->pages == h->records / OBS_PAGE &&
                h->refused_bytes <= n && h->origin_bytes <= n && h->origin_bytes < UINT32_MAX &&
                !h->zero;
    if (!fits) return damaged(name, "head", 1, w);
    part_sizes(h, size);
    for (u32 i = 0; i < PARTS; i++) {
        if (size[i] > n - sum) return damaged(name, "part", i, w);
        if (crc32c(0, bytes + sum, size[i]) != h->crc[i]) return damaged(name, "part", i, w);
        sum += size[i];
    }
    return sum == n ? ERR_OK : damaged(name, "end", sum, w);
}

void obs_file_mend(u8 *bytes, u64 n)
{
    struct head h;
    u64 size[PARTS], at = sizeof h;
    if (n < sizeof h) return;
    memcpy(&h, bytes, sizeof h);
    bool sane = h.names < n && h.refs < n && h.pages < n && h.records < n && h.refused_bytes < n &&
                h.origin_bytes < n;
    part_sizes(&h, size);
    for (u32 i = 0; sane && i < PARTS && size[i] <= n - at; at += size[i++])
        h.crc[i] = crc32c(0, bytes + at, size[i]);
    h.head_crc = crc32c(0, &h, offsetof(struct head, head_crc));
    memcpy(bytes, &h, sizeof h);
}

/* Ids within their tables, padding zero: what obs_log_add() takes for granted. */
static bool record_fine(const struct observation *o, const struct obs_log *log)
{
    static const u8 none[sizeof o->zero];
    u32 names = log->names.n, refs = log->refs.n;
    return memcmp(o->zero, none, sizeof none) == 0 && o->ccy[3] == 0 && o->source <= names &&
           o->key <= names && o->provider <= names && o->owner <= names &&
           o->counter_owner <= names && o->region <= names && o->model <= names &&
           o->source_ref <= refs && o->attestation <= refs;
}

static Err read_tables(const char *name, const u8 *at, const struct head *h, struct obs_log *log,
                       struct why *w)
{
    u32 id;
    for (u64 i = 0; i < h->names; i++, at += sizeof(Name)) {
        Name z;
        memcpy(&z, at, sizeof z);
        u32 n = 0;
        while (n < sizeof z.z && z.z[n]) n++;
        for (u32 k = n; k < sizeof z.z; k++)
            if (z.z[k]) return damaged(name, "name", i, w);
        if (!names_add(&log->names, (Str){ z.z, n }, &id) || id != i + 1)
            return damaged(name, "name", i, w);
    }
    for (u64 i = 0; i < h->refs; i++, at += sizeof(Hash)) {
        Hash r;
        memcpy(&r, at, sizeof r);
        if (!refs_add(&log->refs, r, &id) || id != i + 1) return damaged(name, "reference", i, w);
    }
    return ERR_OK;
}

Err obs_file_parse(const char *name, const u8 *bytes, u64 n, struct feed_log *out, struct why *w)
{
    struct head h;
    u64 size[PARTS];
    *out = (struct feed_log){ 0 };
    Err err = read_head(name, bytes, n, &h, w);
    if (err) return err;
    part_sizes(&h, size);
    err = feed_log_take(out, h.records + 1, h.names + 1, h.refs + 1, w);
    if (err) return err;
    const u8 *at = bytes + sizeof h;
    err = read_tables(name, at, &h, &out->log, w);
    const u8 *pages = at + size[PART_NAMES] + size[PART_REFS], *rec = pages + size[PART_PAGES];
    for (u64 i = 0; !err && i < h.records; i++) {
        struct observation o;
        memcpy(&o, rec + i * sizeof o, sizeof o);
        bool fine = o.obs_id == i + 1 && record_fine(&o, &out->log);
        if (!fine || obs_log_add(&out->log, &o) ||
            memcmp(&out->log.at[i], &o, sizeof o) != 0) /* order of t_journal */
            err = damaged(name, "record", i + 1, w);
    }
    if (!err && size[PART_PAGES] && memcmp(pages, out->log.pages, size[PART_PAGES]) != 0)
        err = damaged(name, "pages' hashes of", h.pages, w);
    if (!err && h.origin_bytes) {
        out->origins = malloc(h.origin_bytes);
        if (!out->origins) err = why_set(w, ERR_IO, "%s: no memory", name);
        else memcpy(out->origins, bytes + n - h.origin_bytes, h.origin_bytes);
        out->origins_n = (u32)h.origin_bytes;
    }
    if (err) feed_log_give(out);
    return err;
}

Err obs_input_read(const char *path, struct feed_log *out, struct feed_result *r, struct why *w)
{
    u8 *bytes = NULL;
    u64 n = 0;
    struct feed_result mine = { 0 };
    Err err = file_read_all(path, FEED_BYTES_MAX, &bytes, &n, w);
    if (err) return err;
    if (obs_file_is(bytes, n)) {
        err = obs_file_parse(path, bytes, n, out, w);
        mine.taken = mine.rows = err ? 0 : out->log.n;
    } else {
        enum feed_format f = feed_guess((const char *)bytes, n);
        struct feed_ask ask = { .format = f };
        err = f ? feed_parse(&ask, path, (const char *)bytes, n, out, &mine, w)
                : why_set(w, ERR_INPUT, "%s:1: header: neither an observation file nor a CSV form",
                          path);
    }
    free(bytes);
    if (!err && r) *r = mine;
    else feed_result_give(&mine);
    return err;
}

static void add_counts(struct feed_result *to, const struct feed_result *from)
{
    to->rows += from->rows, to->taken += from->taken, to->duplicates += from->duplicates;
    to->rounded += from->rounded, to->refused_n += from->refused_n;
    for (u32 i = 0; i < OBS_REJECT_COUNT; i++) to->by_code[i] += from->by_code[i];
}

Err obs_inputs_read(const char *const *paths, u32 n, struct feed_log *out,
                    struct feed_result *total, struct why *w)
{
    struct feed_log in[64] = { 0 };
    u32 taken = 0;
    *total = (struct feed_result){ 0 }, *out = (struct feed_log){ 0 };
    if (!n || n > ARRAY_LEN(in)) return why_set(w, ERR_INPUT, "between 1 and 64 inputs");
    Err err = ERR_OK;
    for (; taken < n && !err; taken++) {
        struct feed_result r = { 0 };
        err = obs_input_read(paths[taken], &in[taken], &r, w);
        if (!err) add_counts(total, &r);
        feed_result_give(&r);
    }
    if (!err && n == 1) {
        *out = in[0];
        return ERR_OK;
    }
    if (!err) err = feed_merge(in, n, out, w);
    for (u32 i = 0; i < taken; i++) feed_log_give(&in[i]);
    return err;
}
