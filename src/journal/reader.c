#include "journal/cursor.h"
#include "sys/clock.h"
#include "sys/process.h"
#include <stdlib.h>

#define SLOTS 8u

struct slot { /* a batch read ahead, or why there is none */
    u8 *bytes;
    struct batch_header h;
    bool got;
    Err err;
    struct why why;
};

struct journal_reader {
    struct cursor c;
    struct journal_found found;
    struct journal_read_config config;
    /* the batch that is handed out */
    const u8 *bytes;
    struct batch_header h;
    bool held;
    u32 taken; /* of its records */
    u64 at;    /* of the next one, in bytes */
    u64 seq;   /* passed so far */
    u8 *copy;  /* following: the cursor reads on, to see if the batch is durable */
    /* reading ahead: slots[taken_slots % SLOTS] is the caller's, those up to `filled` wait for
     * it */
    struct slot slots[SLOTS];
    struct thread thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    u32 filled, given;
    bool stop;
};

static void *run_ahead(void *arg);

static Err start_ahead(struct journal_reader *r, struct why *w)
{
    for (u32 i = 0; i < SLOTS; i++)
        if (!(r->slots[i].bytes = malloc(BATCH_BYTES_MAX))) return why_set(w, ERR_IO, "no memory");
    return thread_start(&r->thread, "journal-read", run_ahead, r, w);
}

Err journal_read_open(struct journal_reader **out, const struct journal_read_config *c,
                      struct why *w)
{
    struct journal_reader *r = calloc(1, sizeof *r);
    *out = NULL;
    ASSERT(!c->ahead || !c->follow);
    if (!r) return why_set(w, ERR_IO, "no memory");
    pthread_mutex_init(&r->lock, NULL), pthread_cond_init(&r->changed, NULL);
    r->config = *c;
    if (!r->config.from) r->config.from = 1;
    Err err = cursor_open(&r->c, c->folder, &r->found, w);
    r->c.chain = c->chain, r->c.quick = c->follow;
    if (!err && c->follow && !(r->copy = malloc(BATCH_BYTES_MAX)))
        err = why_set(w, ERR_IO, "no memory");
    if (!err && !r->c.segments && !c->follow) err = why_set(w, ERR_INPUT, "no segment there");
    if (!err && r->c.segments) err = cursor_seek(&r->c, r->config.from, w);
    if (!err && r->found.state == JOURNAL_DAMAGED)
        err = why_set(w, ERR_IO, "JOURNAL_DAMAGED: %s", r->found.text);
    if (!err) r->seq = r->c.next_seq - 1;
    if (!err && c->ahead) err = start_ahead(r, w);
    if (!err) {
        *out = r;
        return ERR_OK;
    }
    journal_read_close(&r);
    return why_wrap(w, err, "journal %s", c->folder);
}

u64 journal_read_seq(const struct journal_reader *r) { return r->seq; }

void journal_read_close(struct journal_reader **rp)
{
    struct journal_reader *r = *rp;
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    thread_join(&r->thread);
    for (u32 i = 0; i < SLOTS; i++) free(r->slots[i].bytes);
    pthread_mutex_destroy(&r->lock), pthread_cond_destroy(&r->changed);
    cursor_close(&r->c);
    free(r->copy), free(r);
    *rp = NULL;
}

/* Following: a batch whose sync has not returned may still vanish, so it waits for what follows
 * it. */
static Err wait_covered(struct journal_reader *r, bool *covered, struct why *w)
{
    if (r->bytes != r->copy) memcpy(r->copy, r->bytes, r->h.length);
    r->bytes = r->copy;
    Err err = cursor_covered(&r->c, covered, w);
    if (err || *covered) return err;
    err = cursor_refresh(&r->c, w);
    return err ? err : cursor_covered(&r->c, covered, w);
}

/* The cursor's next batch. */
static Err next_batch(struct journal_reader *r, bool *got, struct why *w)
{
    enum cursor_step step = CURSOR_BAD;
    *got = false;
    for (u32 tries = 0;; tries++) {
        Err err = cursor_step(&r->c, &step, w);
        if (err) return err;
        if (step != CURSOR_BAD || !r->config.follow || tries == 3) break;
        /* Perhaps seen half-way: look again. Damage stays, a write at work does not. */
        memset(r->found.text, 0, sizeof r->found.text);
        r->found.state = JOURNAL_SOUND;
        if (tries) clock_sleep_ns(2000000);
        err = cursor_refresh(&r->c, w);
        if (err) return err;
    }
    if (step == CURSOR_END && r->config.follow) return cursor_refresh(&r->c, w);
    *got = step == CURSOR_BATCH;
    if (step == CURSOR_BAD && r->found.state == JOURNAL_DAMAGED)
        return why_set(w, ERR_IO, "JOURNAL_DAMAGED: %s", r->found.text);
    return ERR_OK; /* a torn tail is the end: the writer's open tells it */
}

/* ---- reading ahead ---- */

static void *run_ahead(void *arg)
{
    struct journal_reader *r = arg;
    for (bool more = true; more;) {
        pthread_mutex_lock(&r->lock);
        while (!r->stop && r->filled - r->given == SLOTS) pthread_cond_wait(&r->changed, &r->lock);
        more = !r->stop;
        pthread_mutex_unlock(&r->lock);
        if (!more) break;
        struct slot *s = &r->slots[r->filled % SLOTS];
        s->err = next_batch(r, &s->got, &s->why);
        more = !s->err && s->got;
        if (more) s->h = r->c.batch, memcpy(s->bytes, r->c.bytes, s->h.length);
        pthread_mutex_lock(&r->lock);
        r->filled++;
        pthread_cond_broadcast(&r->changed);
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

/* Gives the slot in hand back and waits for the next; the last one (end or error) stays. */
static Err take_ahead(struct journal_reader *r, bool *got, struct why *w)
{
    pthread_mutex_lock(&r->lock);
    if (r->bytes) r->given++, pthread_cond_broadcast(&r->changed);
    while (r->filled == r->given) pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
    const struct slot *s = &r->slots[r->given % SLOTS];
    *got = !s->err && s->got;
    r->bytes = *got ? s->bytes : NULL;
    if (*got) r->h = s->h;
    if (s->err) *w = s->why;
    return s->err;
}

/* ---- handing out ---- */

static Err take_batch(struct journal_reader *r, bool *got, struct why *w)
{
    Err err = ERR_OK;
    if (r->config.ahead) {
        err = take_ahead(r, got, w);
    } else {
        err = next_batch(r, got, w);
        if (!err && *got) r->bytes = r->c.bytes, r->h = r->c.batch;
    }
    if (err || !*got) return err;
    r->taken = 0, r->at = sizeof r->h, r->held = true;
    return ERR_OK;
}

Err journal_read(struct journal_reader *r, struct journal_record *out, bool *got, struct why *w)
{
    for (;;) {
        bool fine = true;
        Err err = ERR_OK;
        if (!r->held) err = take_batch(r, &fine, w);
        *got = false;
        if (err || !fine) return err;
        if (r->config.follow && r->h.count && r->taken == 0 && (err = wait_covered(r, &fine, w)))
            return err;
        if (!fine) return ERR_OK;
        if (r->taken == r->h.count) {
            r->held = false;
            continue;
        }
        r->at += journal_record_at(r->bytes + r->at, out), r->taken++;
        r->seq = out->seq;
        if (out->seq < r->config.from) continue;
        *got = true;
        return ERR_OK;
    }
}
