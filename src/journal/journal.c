#include "journal/writer.h"
#include "sys/clock.h"
#include <stdlib.h>

static struct buffer *open_buffer(struct journal *j) { return &j->buffers[j->filled % BUFFERS]; }

/* A stage has finished one buffer: the next stage may have it. */
static void pass_on(struct journal *j, u32 *count)
{
    pthread_mutex_lock(&j->lock);
    ++*count;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
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

static Err failure(struct journal *j, struct why *w)
{
    pthread_mutex_lock(&j->lock);
    *w = j->failure;
    pthread_mutex_unlock(&j->lock);
    ASSERT(atomic_load(&j->failed));
    return ERR_IO;
}

/* Waits until the stage behind `count` has caught up with `to`; false: stop, or failed. */
static bool wait_for(struct journal *j, const u32 *count, const u32 *to, u32 apart)
{
    pthread_mutex_lock(&j->lock);
    while (!j->stop && !atomic_load(&j->failed) && *to - *count > apart)
        pthread_cond_wait(&j->changed, &j->lock);
    bool go_on = !j->stop && !atomic_load(&j->failed);
    pthread_mutex_unlock(&j->lock);
    return go_on;
}

/* Waits until the stage has work; false: stop, or failed. */
static bool wait_work(struct journal *j, const u32 *mine, const u32 *before)
{
    pthread_mutex_lock(&j->lock);
    while (!j->stop && !atomic_load(&j->failed) && *mine == *before)
        pthread_cond_wait(&j->changed, &j->lock);
    bool go_on = !j->stop && !atomic_load(&j->failed);
    pthread_mutex_unlock(&j->lock);
    return go_on;
}

/* ---- the disk ---- */

static Err buffer_write(struct journal *j, const struct buffer *b, struct why *w)
{
    Err err = ERR_OK;
    if (b->roll) err = segment_begin(j, b->segment_number, b->segment_block, w);
    if (!err) err = file_write_at(j->f, b->h.at, b->bytes, b->h.length, w);
    if (!err && !j->config.unsafe_no_sync) err = file_sync_data(j->f, w);
    return err ? why_wrap(w, err, "JOURNAL_IO: segment %llu", (unsigned long long)b->segment_number)
               : ERR_OK;
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
    pthread_mutex_unlock(&j->lock);
    pass_on(j, &j->written);
    if (roll && (err = spare_begin(j, w))) return fail(j, w);
    return ERR_OK;
}

static void *writer_run(void *arg)
{
    struct journal *j = arg;
    struct why w;
    while (wait_work(j, &j->written, &j->sealed))
        if (write_next(j, &w)) break;
    return NULL;
}

/* ---- sealing ---- */

static void seal_next(struct journal *j)
{
    struct buffer *b = &j->buffers[j->sealed % BUFFERS];
    struct batch_header *h = &b->h;
    u64 length = (sizeof *h + h->payload + JOURNAL_BLOCK - 1) & ~UINT64_C(4095);
    u64 room = length + (h->kind == BATCH_MARK ? 0 : JOURNAL_BLOCK); /* a mark fits behind */
    b->roll = j->at + room > j->segment_bytes;
    ASSERT(!b->roll || h->kind == BATCH_RECORDS);
    if (b->roll) segment_plan(j, h->first_seq, b->segment_block);
    b->segment_number = j->segment_number;
    h->segment = (u32)j->segment_number, h->at = j->at, h->previous = j->hash;
    h->synced_seq = atomic_load(&j->durable);
    batch_seal(h, b->bytes);
    ASSERT(h->length == length);
    j->hash = h->hash, j->at += h->length;
    pass_on(j, &j->sealed);
}

static void *sealer_run(void *arg)
{
    struct journal *j = arg;
    while (wait_work(j, &j->sealed, &j->filled)) seal_next(j);
    return NULL;
}

/* ---- filling ---- */

/* Hands the open buffer over and waits for the next free one. */
static Err hand_over(struct journal *j, u32 kind, struct why *w)
{
    struct batch_header *h = &open_buffer(j)->h;
    Err err = ERR_OK;
    ASSERT((h->count == 0) == (kind == BATCH_MARK));
    h->kind = kind, h->time = j->time, h->first_seq = j->next_seq - h->count;
    j->marked = kind == BATCH_MARK;
    pass_on(j, &j->filled);
    if (!j->config.helper_thread) {
        seal_next(j);
        err = write_next(j, w);
    } else if (!wait_for(j, &j->written, &j->filled, BUFFERS - 1)) {
        err = failure(j, w);
    }
    if (err) return err;
    memset(&open_buffer(j)->h, 0, sizeof *h);
    open_buffer(j)->roll = false;
    return ERR_OK;
}

/* Low on space: does it fit in what is laid out? Rare, so it waits until the sealer stands
 * still. */
static bool fits_segment(struct journal *j, u64 bytes)
{
    if (!wait_for(j, &j->sealed, &j->filled, 0)) return false;
    return j->at + sizeof(struct batch_header) + bytes + 2 * JOURNAL_BLOCK <= j->segment_bytes;
}

enum journal_put journal_append(struct journal *j, const struct journal_record *r, bool essential)
{
    struct batch_header *h = &open_buffer(j)->h;
    u64 n = record_bytes(r->n);
    ASSERT(r->seq == j->next_seq);
    ASSERT(r->time.ns >= j->time);
    ASSERT(n + sizeof *h + 3 * JOURNAL_BLOCK <= j->config.segment_bytes);
    if (atomic_load(&j->failed)) return JOURNAL_BATCH_FULL; /* the flush says why */
    if (h->count && (h->count == j->config.batch_records || h->payload + n > j->config.batch_bytes))
        return JOURNAL_BATCH_FULL;
    if (atomic_load(&j->low_space) && (!essential || !fits_segment(j, h->payload + n)))
        return JOURNAL_NO_SPACE;
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
    if (!wait_for(j, &j->written, &j->filled, 0)) return failure(j, w);
    return ERR_OK;
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
    if (j->quiet_batches != j->filled || !j->quiet_since) {
        j->quiet_batches = j->filled, j->quiet_since = now ? now : 1;
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
        if (c->helper_thread) err = thread_start(&j->sealer, "journal-seal", sealer_run, j, w);
        if (!err && c->helper_thread)
            err = thread_start(&j->writer, "journal-disk", writer_run, j, w);
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
    thread_join(&j->sealer), thread_join(&j->writer), thread_join(&j->spare_thread);
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
    bool busy = j->written != j->filled;
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
