#include "journal/cursor.h"
#include "base/text.h"
#include <stdlib.h>

void segment_name(char to[32], u64 number)
{
    ASSERT(number > 0 && number <= SEGMENTS_MAX);
    snprintf(to, 32, "segment-%08llu", (unsigned long long)number);
}

static u64 segment_number(const char *name)
{
    char again[32];
    u64 number;
    if (strncmp(name, "segment-", 8) != 0 || parse_u64(str_of(name + 8), &number) != PARSE_OK)
        return 0;
    if (number == 0 || number > SEGMENTS_MAX) return 0;
    segment_name(again, number);
    return strcmp(again, name) == 0 ? number : 0;
}

static Err list_segments(struct cursor *c, struct why *w)
{
    struct dir_entry *rows;
    u32 n;
    Err err = dir_list(c->folder, SEGMENTS_MAX, &rows, &n, w);
    if (err) return err;
    u64 count = 0, highest = 0;
    for (u32 i = 0; i < n; i++) {
        u64 number = rows[i].folder ? 0 : segment_number(rows[i].name);
        if (!number) continue;
        if (++count != number && !c->missing) {
            c->missing = true;
            segment_name(c->found->file, count);
        }
        highest = number;
    }
    free(rows);
    c->segments = (u32)highest;
    c->found->segments = count;
    return ERR_OK;
}

Err cursor_open(struct cursor *c, const char *folder, struct journal_found *found, struct why *w)
{
    memset(c, 0, sizeof *c);
    memset(found, 0, sizeof *found);
    c->f = FILE_NONE, c->found = found, c->chain = c->records = true, c->next_seq = 1;
    if (strlen(folder) + 40 > sizeof c->folder)
        return why_set(w, ERR_INPUT, "folder: path too long");
    memcpy(c->folder, folder, strlen(folder) + 1);
    c->window = malloc(WINDOW_BYTES);
    if (!c->window) return why_set(w, ERR_IO, "no memory");
    Err err = list_segments(c, w);
    if (err) cursor_close(c);
    return err;
}

void cursor_close(struct cursor *c)
{
    file_close(&c->f);
    free(c->window);
    c->window = NULL;
}

/* Up to n bytes of the open segment at `at`; fewer only at the end of the file. n <=
 * WINDOW_BYTES. */
static Err bytes_at(struct cursor *c, u64 at, u64 n, const u8 **p, u64 *got, struct why *w)
{
    ASSERT(n <= WINDOW_BYTES);
    *p = c->window, *got = 0;
    if (at < c->window_at || at + n > c->window_at + c->window_n) {
        c->window_at = at, c->window_n = 0;
        Err err = file_read_at(c->f, at, c->window, WINDOW_BYTES, &c->window_n, w);
        if (err) return why_wrap(w, err, "%s: offset %llu", c->found->file, (unsigned long long)at);
    }
    u64 have = c->window_at + c->window_n - at;
    *p = c->window + (at - c->window_at);
    *got = have < n ? have : n;
    return ERR_OK;
}

static void sentence(struct cursor *c, const char *what)
{
    struct journal_found *f = c->found;
    struct text t = text_on(f->text, sizeof f->text);
    text_put(&t, f->file), text_put(&t, ": offset "), text_put_u64(&t, f->offset);
    text_put(&t, ": seq "), text_put_u64(&t, f->seq), text_put(&t, ": "), text_put(&t, what);
    if (f->state == JOURNAL_TORN) {
        text_put(&t, "; torn tail: "), text_put_u64(&t, f->cut_bytes);
        text_put(&t, " bytes and "), text_put_u64(&t, f->cut_records);
        text_put(&t, " records after the last whole batch are not part of the journal");
        if (!f->like_a_tear) text_put(&t, "; this does not look like an unfinished write");
    } else {
        text_put(&t, "; chain hash wanted "), text_put_hex(&t, f->want.bytes, 32);
        text_put(&t, ", found "), text_put_hex(&t, f->got.bytes, 32);
    }
}

static void damaged(struct cursor *c, u64 offset, u64 seq, const char *what)
{
    c->found->state = JOURNAL_DAMAGED, c->found->offset = offset, c->found->seq = seq;
    sentence(c, what);
}

/* Opens the c->i-th segment and checks its header against the chain so far (first: any first
 * seq). */
static Err open_segment(struct cursor *c, bool first, bool *bad, struct why *w)
{
    char path[FILE_PATH_MAX];
    const u8 *block;
    u64 got;
    const char *wrong = NULL;
    struct segment_header *h = &c->segment;
    file_close(&c->f);
    segment_name(c->found->file, c->i + 1);
    Err err = path_join(path, c->folder, c->found->file, w);
    if (!err) err = file_open(&c->f, path, FILE_READ, w);
    if (!err) err = file_size(c->f, &c->file_bytes, w);
    c->window_n = 0, *bad = true;
    if (!err) err = bytes_at(c, 0, JOURNAL_BLOCK, &block, &got, w);
    if (err) return err;
    c->found->want = c->found->got = c->hash;
    wrong = got < JOURNAL_BLOCK ? "segment header: cut short" : segment_decode(block, h);
    if (!wrong && h->number != c->i + 1) wrong = "segment header: another segment's number";
    if (!wrong && !first && h->first_seq != c->next_seq)
        wrong = "segment header: records are missing before it";
    if (!wrong && !first && !hash_eq(h->previous, c->hash))
        wrong = "segment header: not the continuation of the segment before",
        c->found->got = h->previous;
    if (!wrong && c->i == 0 && (h->first_seq != 1 || !bytes_zero(h->previous.bytes, 32)))
        wrong = "segment header: the first segment must begin at seq 1";
    if (!wrong && c->file_bytes > h->bytes) wrong = "segment is longer than laid out";
    if (!wrong && c->file_bytes < h->bytes && c->i + 1 < c->segments)
        wrong = "segment is shorter than laid out, and not the last";
    if (wrong) {
        damaged(c, 0, c->next_seq, wrong);
        return ERR_OK;
    }
    c->next_seq = h->first_seq, c->at = JOURNAL_BLOCK, *bad = false;
    c->hash = sha256_of(block, JOURNAL_BLOCK);
    c->found->last = c->next_seq - 1, c->found->head = c->hash;
    return ERR_OK;
}

Err cursor_seek(struct cursor *c, u64 seq, struct why *w)
{
    bool bad;
    ASSERT(c->f.fd < 0);
    if (c->missing) return ERR_OK; /* the first step says so */
    for (c->i = c->segments; c->i-- > 0;) {
        Err err = open_segment(c, true, &bad, w);
        if (err) return err;
        if (bad || c->segment.first_seq <= seq) break;
    }
    if (c->i == UINT32_MAX) c->i = 0;
    return ERR_OK;
}

/* Is there a whole unit of this journal behind `from`, in this segment? *last_used: offset behind
 * the last byte that is not zero. */
static Err look_behind(struct cursor *c, u64 from, bool *valid, u64 *last_used, struct why *w)
{
    struct batch_header h;
    Hash ignored;
    const u8 *p;
    u64 got;
    *valid = false, *last_used = c->at;
    for (u64 at = c->at & ~UINT64_C(4095); at < c->file_bytes && !*valid; at += JOURNAL_BLOCK) {
        Err err = bytes_at(c, at, JOURNAL_BLOCK, &p, &got, w);
        if (err) return err;
        u64 used = got;
        while (used && !p[used - 1]) used--;
        if (used) *last_used = at + used;
        if (!used || at < from || batch_decode(p, got, &h) || h.at != at) continue;
        if (h.segment != c->segment.number || h.first_seq < c->next_seq) continue;
        err = bytes_at(c, at, h.length, &p, &got, w);
        if (err) return err;
        *valid = got == h.length && !batch_check(&h, p, false, &ignored);
    }
    return ERR_OK;
}

/* A sector that a crash may have left: zero from some point on. Its bytes past the file's end
 * count. */
static bool sector_unfinished(const u8 *p, u64 n) { return n < 512 || bytes_zero(p + 504, 8); }

/* Is the damaged unit the durable mark that belongs here, of which every byte is known? *torn: it
 * stops early and is zero from there. */
static bool is_mark(const struct cursor *c, const u8 *p, bool *torn)
{
    struct batch_header mark = { .kind = BATCH_MARK, .first_seq = c->next_seq, .time = c->time };
    u8 want[JOURNAL_BLOCK];
    u32 same = 0, prefix = 0;
    mark.segment = (u32)c->segment.number, mark.synced_seq = c->next_seq - 1, mark.at = c->at;
    mark.previous = c->hash;
    batch_seal(&mark, want);
    for (u32 i = 0; i < sizeof mark; i++) same += p[i] == want[i] && want[i];
    while (prefix < JOURNAL_BLOCK && p[prefix] == want[prefix]) prefix++;
    *torn = bytes_zero(p + prefix, JOURNAL_BLOCK - prefix);
    return same > 76;
}

/* The first sector never came: are there at least as many bytes behind as a record's head has? */
static Err later_sectors(struct cursor *c, bool *some, struct why *w)
{
    const u8 *p;
    u64 got, n = c->found->cut_bytes;
    u32 count = 0;
    *some = false;
    if (n > BATCH_BYTES_MAX) return ERR_OK; /* no batch is so long */
    Err err = bytes_at(c, c->at, n, &p, &got, w);
    for (u64 i = 0; i < got && !err; i++) count += p[i] != 0;
    *some = count >= 16;
    return err;
}

/* Could an interrupted write have left this? Else whole sectors are there and differ: rot. */
static Err like_a_tear(struct cursor *c, const struct batch_header *h, bool *tear, struct why *w)
{
    const u8 *p;
    u64 got;
    Err err = bytes_at(c, c->at, h ? h->length : JOURNAL_BLOCK, &p, &got, w);
    *tear = got < JOURNAL_BLOCK;
    if (err || *tear || is_mark(c, p, tear)) return err;
    if (!h && bytes_zero(p, 512)) return later_sectors(c, tear, w);
    if (!h) { /* the header's own sector stopped early */
        static const u8 magic[8] = { 'H', 'D', 'G', 'B', 'A', 'T', 'C', 'H' };
        u32 used = 512;
        while (!p[used - 1]) used--;
        *tear = used < sizeof *h && memcmp(p, magic, used < 8 ? used : 8) == 0;
        return ERR_OK;
    }
    u64 used = sizeof *h + h->payload;
    *tear = got < used;
    for (u64 at = 0; at < used && !*tear; at += 512)
        *tear = sector_unfinished(p + at, used - at < 512 ? 512 : used - at);
    return ERR_OK;
}

/* The unit at c->at does not check: the end, a torn tail, or damage. */
static Err judge(struct cursor *c, const char *wrong, bool whole, const struct batch_header *h,
                 enum cursor_step *step, struct why *w)
{
    struct journal_found *f = c->found;
    u64 last_used;
    bool later = false;
    *step = CURSOR_BAD;
    if (whole || c->i + 1 < c->segments) {
        damaged(c, c->at, c->next_seq, wrong);
        return ERR_OK;
    }
    Err err = look_behind(c, c->at + JOURNAL_BLOCK, &later, &last_used, w);
    if (err) return err;
    f->offset = c->at, f->seq = c->next_seq;
    if (later) {
        damaged(c, c->at, c->next_seq, wrong);
        return ERR_OK;
    }
    f->cut_bytes = last_used - c->at;
    if (f->cut_bytes == 0 && c->file_bytes == c->segment.bytes) {
        *step = CURSOR_END;
        return ERR_OK;
    }
    f->state = JOURNAL_TORN;
    f->cut_records = h ? h->count : 0;
    f->like_a_tear = f->cut_bytes == 0;
    if (!f->like_a_tear) err = like_a_tear(c, h, &f->like_a_tear, w);
    if (err) return err;
    sentence(c, f->cut_bytes ? wrong : "the file is shorter than laid out");
    return ERR_OK;
}

/* The checks of the unit against its place; *whole: it is intact, only not what belongs here. */
static const char *place_check(struct cursor *c, const struct batch_header *h, bool *whole)
{
    c->found->want = c->hash, c->found->got = h->previous;
    *whole = true;
    if (h->first_seq != c->next_seq) return "batch header: records are missing before it";
    if (!hash_eq(h->previous, c->hash))
        return "batch header: not the continuation of the batch before";
    if (h->time < c->time) return "batch header: time goes back";
    *whole = false;
    return NULL;
}

static Err step_in_segment(struct cursor *c, enum cursor_step *step, bool *end, struct why *w)
{
    struct batch_header h;
    const u8 *p;
    u64 got, bad_seq = c->next_seq;
    Hash hash;
    bool whole = false;
    *end = false;
    Err err = bytes_at(c, c->at, JOURNAL_BLOCK, &p, &got, w);
    if (err) return err;
    const char *wrong = batch_decode(p, got, &h);
    bool headed = !wrong && h.at == c->at && h.segment == c->segment.number &&
                  h.length <= c->segment.bytes - c->at;
    if (!wrong && !headed) wrong = "batch header: written for another place";
    if (!headed && bytes_zero(p, got) && (c->i + 1 < c->segments || c->quick)) {
        *end = true;
        return ERR_OK;
    }
    c->found->want = c->hash, c->found->got = sha256_of(p, got);
    if (headed) {
        err = bytes_at(c, c->at, h.length, &p, &got, w);
        if (err) return err;
        wrong = got < h.length ? "batch: cut short" : batch_check(&h, p, c->chain, &hash);
        if (got == h.length && wrong) c->found->want = h.hash, c->found->got = hash;
        if (wrong && got == h.length)
            whole =
                h.body_crc == crc32c(0, p + sizeof h, h.length - sizeof h); /* forged, not torn */
        if (!wrong) wrong = place_check(c, &h, &whole);
        if (!wrong && c->records && (wrong = batch_records_check(&h, p, &bad_seq))) whole = true;
    }
    if (wrong) {
        u64 seq = c->next_seq;
        if (whole && bad_seq > seq) c->next_seq = bad_seq; /* name the record */
        err = judge(c, wrong, whole, headed ? &h : NULL, step, w);
        c->next_seq = seq;
        return err;
    }
    c->batch = h, c->bytes = p, *step = CURSOR_BATCH;
    return ERR_OK;
}

static void advance(struct cursor *c)
{
    struct journal_found *f = c->found;
    const struct batch_header *h = &c->batch;
    ASSERT(h->first_seq == c->next_seq);
    f->marked = h->first_seq - 1;
    if (!f->first && h->count) f->first = h->first_seq;
    c->next_seq += h->count, c->time = h->time, c->hash = h->hash, c->at += h->length;
    f->last = c->next_seq - 1, f->head = c->hash;
    f->last_time.ns = c->time;
    if (h->count) f->batches++;
    else f->marks++;
}

Err cursor_step(struct cursor *c, enum cursor_step *step, struct why *w)
{
    bool bad = false, end = false;
    *step = CURSOR_BAD;
    if (c->missing) {
        damaged(c, 0, c->next_seq, "the segment is missing");
        return ERR_OK;
    }
    if (c->segments == 0) {
        *step = CURSOR_END;
        return ERR_OK;
    }
    if (c->f.fd < 0) {
        Err err = open_segment(c, true, &bad, w);
        if (err || bad) return err;
    }
    for (;;) {
        Err err = step_in_segment(c, step, &end, w);
        if (err) return err;
        if (!end) break;
        *step = CURSOR_END;
        if (c->i + 1 >= c->segments) return ERR_OK;
        if (!c->quick) { /* nothing may stand behind the end of a segment that was closed */
            u64 last_used;
            err = look_behind(c, UINT64_MAX, &bad, &last_used, w);
            if (err) return err;
            if (last_used != c->at) {
                *step = CURSOR_BAD;
                damaged(c, c->at, c->next_seq, "bytes behind the segment's last batch");
                return ERR_OK;
            }
        }
        c->i++;
        err = open_segment(c, false, &bad, w);
        if (err) return err;
        if (bad) {
            *step = CURSOR_BAD;
            return ERR_OK;
        }
    }
    if (*step == CURSOR_BATCH) advance(c);
    return ERR_OK;
}

Err cursor_refresh(struct cursor *c, struct why *w)
{
    c->window_n = 0;
    Err err = list_segments(c, w);
    if (!err && c->f.fd >= 0) err = file_size(c->f, &c->file_bytes, w);
    if (c->f.fd >= 0) segment_name(c->found->file, c->i + 1);
    return err;
}

Err cursor_covered(struct cursor *c, bool *covered, struct why *w)
{
    struct batch_header h;
    const u8 *p;
    u64 got;
    *covered = c->batch.kind == BATCH_MARK || c->i + 1 < c->segments;
    if (*covered) return ERR_OK;
    Err err = bytes_at(c, c->at, JOURNAL_BLOCK, &p, &got, w);
    if (err) return err;
    *covered = batch_decode(p, got, &h) == NULL && h.at == c->at && hash_eq(h.previous, c->hash);
    return ERR_OK;
}
