#include "journal/writer.h"
#include "sys/clock.h"
#include <stdlib.h>

static struct buffer *open_buffer(struct journal *j) { return &j->buffers[j->sealing % BUFFERS]; }

/* ---- the disk half ---- */

static Err buffer_write(struct journal *j, const struct buffer *b, struct why *w)
{
    Err err = ERR_OK;
    if (b->roll) err = segment_begin(j, b->segment_number, b->segment_block, w);
    if (!err) err = file_write_at(j->f, b->h.at, b->bytes, b->h.length, w);
    if (!err && !j->config.unsafe_no_sync) err = file_sync_data(j->f, w);
    return err ? why_wrap(w, err, "JOURNAL_IO: segment %llu", (unsigned long long)b->segment_number)
               : ERR_OK;
}

static Err fail(struct journal *j, const struct why *w)
{
    pthread_mutex_lock(&j->lock);
    if (!atomic_load(&j->failed)) j->failure = *w;
    atomic_store(&j->failed, true);
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
    return ERR_IO;
}

/* The oldest sealed buffer to the disk; then all in it is durable, and may be told. */
static Err write_next(struct journal *j, struct why *w)
{
    const struct buffer *b = &j->buffers[j->written % BUFFERS];
    Err err = buffer_write(j, b, w);
    if (err) return fail(j, w);
    u64 last = b->h.first_seq + b->h.count - 1;
    bool roll = b->roll;
    pthread_mutex_lock(&j->lock);
    j->head = (struct journal_head){ last, b->h.hash };
    j->counts.bytes += b->h.length, j->counts.records += b->h.count, j->counts.syncs++;
    if (b->h.count) j->counts.batches++;
    else j->counts.marks++;
    ASSERT(atomic_load(&j->durable) <= last);
    atomic_store_explicit(&j->durable, last, memory_order_release);
    j->written++;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
    if (roll && (err = spare_begin(j, w))) return fail(j, w);
    return ERR_OK;
}

static void *helper_run(void *arg)
{
    struct journal *j = arg;
    struct why w;
    for (;;) {
        pthread_mutex_lock(&j->lock);
        while (!j->stop && j->written == j->sealing) pthread_cond_wait(&j->changed, &j->lock);
        bool done = j->written == j->sealing;
        pthread_mutex_unlock(&j->lock);
        if (done || write_next(j, &w)) return NULL;
    }
}

static Err failure(struct journal *j, struct why *w)
{
    pthread_mutex_lock(&j->lock);
    *w = j->failure;
    pthread_mutex_unlock(&j->lock);
    ASSERT(atomic_load(&j->failed));
    return ERR_IO;
}

/* ---- the sealing half ---- */

static void seal(struct journal *j, u32 kind)
{
    struct buffer *b = open_buffer(j);
    struct batch_header *h = &b->h;
    u64 length = (sizeof *h + h->payload + JOURNAL_BLOCK - 1) & ~UINT64_C(4095);
    ASSERT((h->count == 0) == (kind == BATCH_MARK));
    b->roll = j->at + length + JOURNAL_BLOCK > j->segment_bytes; /* a mark always fits behind */
    if (kind == BATCH_MARK) b->roll = false;
    ASSERT(b->roll || j->at + length <= j->segment_bytes);
    h->first_seq = j->next_seq - h->count;
    if (b->roll) {
        j->next_seq -= h->count;
        segment_plan(j, b->segment_block);
        j->next_seq += h->count;
    }
    b->segment_number = j->segment_number;
    h->kind = kind, h->segment = (u32)j->segment_number, h->at = j->at, h->time = j->time;
    h->synced_seq = atomic_load(&j->durable), h->previous = j->hash;
    batch_seal(h, b->bytes);
    ASSERT(h->length == length);
    j->hash = h->hash, j->at += h->length, j->marked = kind == BATCH_MARK;
}

static void buffer_reset(struct buffer *b) { memset(&b->h, 0, sizeof b->h), b->roll = false; }

/* Hands the open buffer over and waits for the next free one. */
static Err hand_over(struct journal *j, u32 kind, struct why *w)
{
    seal(j, kind);
    pthread_mutex_lock(&j->lock);
    j->sealing++;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
    Err err = ERR_OK;
    if (!j->config.helper_thread) err = write_next(j, w);
    pthread_mutex_lock(&j->lock);
    while (!atomic_load(&j->failed) && j->sealing - j->written >= BUFFERS)
        pthread_cond_wait(&j->changed, &j->lock);
    pthread_mutex_unlock(&j->lock);
    if (!err && atomic_load(&j->failed)) err = failure(j, w);
    buffer_reset(open_buffer(j));
    return err;
}

enum journal_put journal_append(struct journal *j, const struct journal_record *r, bool essential)
{
    struct batch_header *h = &open_buffer(j)->h;
    u64 n = record_bytes(r->n);
    ASSERT(r->seq == j->next_seq);
    ASSERT(r->time.ns >= j->time);
    ASSERT(n + sizeof *h + 3 * JOURNAL_BLOCK <= j->config.segment_bytes);
    if (h->count && (h->count == j->config.batch_records || h->payload + n > j->config.batch_bytes))
        return JOURNAL_BATCH_FULL;
    if (atomic_load(&j->low_space)) {
        u64 end = j->at + sizeof *h + h->payload + n + 2 * JOURNAL_BLOCK;
        if (!essential || end > j->segment_bytes) return JOURNAL_NO_SPACE;
    }
    journal_record_encode(r, open_buffer(j)->bytes + sizeof *h + h->payload);
    h->payload += (u32)n, h->count++;
    j->next_seq++, j->time = r->time.ns;
    return JOURNAL_TAKEN;
}

static bool is_full(struct journal *j)
{
    const struct batch_header *h = &open_buffer(j)->h;
    return h->count == j->config.batch_records || h->payload >= j->config.batch_bytes / 8 * 7;
}

Err journal_flush(struct journal *j, struct why *w)
{
    if (atomic_load(&j->failed)) return failure(j, w);
    if (!open_buffer(j)->h.count) return ERR_OK;
    if (j->config.helper_thread && !is_full(j)) { /* a small batch waits for the sync at work */
        Err err = journal_drain(j, w);
        if (err) return err;
    }
    return hand_over(j, BATCH_RECORDS, w);
}

Err journal_drain(struct journal *j, struct why *w)
{
    pthread_mutex_lock(&j->lock);
    while (!atomic_load(&j->failed) && j->written != j->sealing)
        pthread_cond_wait(&j->changed, &j->lock);
    pthread_mutex_unlock(&j->lock);
    return atomic_load(&j->failed) ? failure(j, w) : ERR_OK;
}

Err journal_mark(struct journal *j, struct why *w)
{
    if (atomic_load(&j->failed)) return failure(j, w);
    Err err = journal_flush(j, w);
    if (!err) err = journal_drain(j, w);
    if (err || j->marked) return err;
    if (j->at + JOURNAL_BLOCK > j->segment_bytes) return ERR_OK; /* no room: the next batch marks */
    err = hand_over(j, BATCH_MARK, w);
    return err ? err : journal_drain(j, w);
}

Err journal_idle(struct journal *j, u64 now, struct why *w)
{
    if (atomic_load(&j->failed)) return failure(j, w);
    if (atomic_load(&j->low_space) && now - j->space_tried_at > UINT64_C(100000000)) {
        j->space_tried_at = now;
        Err err = journal_drain(j, w); /* then nothing else makes a spare */
        if (!err && (err = spare_begin(j, w))) return fail(j, w);
        if (err) return err;
    }
    if (j->marked || open_buffer(j)->h.count) return ERR_OK;
    if (j->quiet_batches != j->sealing || !j->quiet_since) {
        j->quiet_batches = j->sealing, j->quiet_since = now ? now : 1;
        return ERR_OK;
    }
    return now - j->quiet_since < JOURNAL_MARK_AFTER_NS ? ERR_OK : journal_mark(j, w);
}

/* ---- opening and closing ---- */

static Err configure(struct journal *j, const struct journal_config *c, struct why *w)
{
    j->config = *c;
    struct journal_config *k = &j->config;
    if (!k->segment_bytes) k->segment_bytes = JOURNAL_SEGMENT_BYTES;
    if (!k->batch_records) k->batch_records = JOURNAL_BATCH_RECORDS;
    if (!k->batch_bytes) k->batch_bytes = JOURNAL_BATCH_BYTES;
    if (k->segment_bytes < JOURNAL_SEGMENT_BYTES_MIN ||
        k->segment_bytes > JOURNAL_SEGMENT_BYTES_MAX || k->segment_bytes % JOURNAL_BLOCK)
        return why_set(w, ERR_INPUT, "segment size: %u to %u and a multiple of %u",
                       JOURNAL_SEGMENT_BYTES_MIN, JOURNAL_SEGMENT_BYTES_MAX, JOURNAL_BLOCK);
    u64 most = k->segment_bytes - 3 * JOURNAL_BLOCK;
    if (most > BATCH_BYTES_MAX / 2) most = BATCH_BYTES_MAX / 2;
    if (k->batch_bytes > most) k->batch_bytes = (u32)most;
    if (strlen(c->folder) + 40 > sizeof j->folder) return why_set(w, ERR_INPUT, "path too long");
    memcpy(j->folder, c->folder, strlen(c->folder) + 1);
    u64 room = record_bytes(JOURNAL_PAYLOAD_MAX);
    if (room < k->batch_bytes) room = k->batch_bytes;
    room += sizeof(struct batch_header) + JOURNAL_BLOCK;
    for (u32 i = 0; i < BUFFERS; i++)
        if (!(j->buffers[i].bytes = malloc(room))) return why_set(w, ERR_IO, "no memory");
    return ERR_OK;
}

static Err take_lock(struct journal *j, struct why *w)
{
    char path[FILE_PATH_MAX];
    bool taken = false;
    Err err = path_join(path, j->folder, "lock", w);
    if (!err) err = file_open(&j->lock_file, path, FILE_WRITE | FILE_CREATE, w);
    if (!err) err = file_lock(j->lock_file, &taken, w);
    if (err || taken) return err;
    return why_set(w, ERR_IO, "JOURNAL_BUSY: another process writes this journal");
}

Err journal_open(struct journal **out, const struct journal_config *c, struct journal_found *found,
                 struct why *w)
{
    struct journal *j = calloc(1, sizeof *j);
    *out = NULL;
    memset(found, 0, sizeof *found);
    if (!j) return why_set(w, ERR_IO, "no memory");
    j->f = j->lock_file = FILE_NONE;
    pthread_mutex_init(&j->lock, NULL), pthread_cond_init(&j->changed, NULL);
    j->marked = true;
    Err err = configure(j, c, w);
    if (!err && !c->must_exist) err = dir_make(c->folder, w);
    if (!err) err = take_lock(j, w);
    if (!err) err = journal_recover(j, found, w);
    if (!err) {
        j->head = (struct journal_head){ j->next_seq - 1, j->hash };
        atomic_store(&j->durable, j->next_seq - 1);
        if (c->helper_thread) err = thread_start(&j->helper, "journal-disk", helper_run, j, w);
    }
    if (!err) {
        *out = j;
        return ERR_OK;
    }
    journal_abandon(&j);
    return why_wrap(w, err, "journal %s", c->folder);
}

void journal_abandon(struct journal **jp)
{
    struct journal *j = *jp;
    if (!j) return;
    pthread_mutex_lock(&j->lock);
    j->stop = true;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
    thread_join(&j->helper), thread_join(&j->spare_thread);
    file_close(&j->f), file_close(&j->lock_file);
    for (u32 i = 0; i < BUFFERS; i++) free(j->buffers[i].bytes);
    pthread_mutex_destroy(&j->lock), pthread_cond_destroy(&j->changed);
    free(j);
    *jp = NULL;
}

Err journal_close(struct journal **j, struct why *w)
{
    Err err = journal_mark(*j, w); /* flushes first */
    journal_abandon(j);
    return err;
}

u64 journal_next_seq(const struct journal *j) { return j->next_seq; }
u64 journal_durable_seq(const struct journal *j)
{
    return atomic_load_explicit(&j->durable, memory_order_acquire);
}
bool journal_failed(const struct journal *j) { return atomic_load(&j->failed); }
bool journal_low_space(const struct journal *j) { return atomic_load(&j->low_space); }

static pthread_mutex_t *lock_of(const struct journal *j) { return (pthread_mutex_t *)&j->lock; }

bool journal_in_flight(const struct journal *j)
{
    pthread_mutex_lock(lock_of(j));
    bool busy = j->written != j->sealing;
    pthread_mutex_unlock(lock_of(j));
    return busy;
}

struct journal_head journal_head(const struct journal *j)
{
    pthread_mutex_lock(lock_of(j));
    struct journal_head head = j->head;
    pthread_mutex_unlock(lock_of(j));
    return head;
}

struct journal_counts journal_counts(const struct journal *j)
{
    pthread_mutex_lock(lock_of(j));
    struct journal_counts counts = j->counts;
    pthread_mutex_unlock(lock_of(j));
    return counts;
}
