#include "venue/channel.h"
#include <ck_ring.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct channel {
    ck_ring_t full, empty; /* sent to the consumer; given back to the producer */
    ck_ring_buffer_t *full_buffer, *empty_buffer;
    u8 *slots;
    void *peeked; /* consumer's: taken from `full`, not given back yet */
    u32 count;
    _Atomic u64 sent, done;
};

/* ck_ring holds size - 1 entries and wants a power of two. */
static u32 ring_size(u32 slots)
{
    u32 n = 4;
    while (n < slots + 1) n *= 2;
    return n;
}

Err channel_open(struct channel **out, u32 slots, u32 slot_bytes, struct why *w)
{
    struct channel *c = calloc(1, sizeof *c);
    u32 size = ring_size(slots), bytes = (slot_bytes + 63) / 64 * 64;
    ASSERT(slots > 0 && slot_bytes > 0);
    if (c) {
        c->count = slots;
        c->full_buffer = calloc(size, sizeof *c->full_buffer);
        c->empty_buffer = calloc(size, sizeof *c->empty_buffer);
        c->slots = aligned_alloc(64, (size_t)slots * bytes);
    }
    if (!c || !c->full_buffer || !c->empty_buffer || !c->slots) {
        channel_close(&c);
        return why_set(w, ERR_IO, "out of memory for a channel of %u slots", slots);
    }
    ck_ring_init(&c->full, size);
    ck_ring_init(&c->empty, size);
    for (u32 i = 0; i < slots; i++) {
        bool ok = ck_ring_enqueue_spsc(&c->empty, c->empty_buffer, c->slots + (size_t)i * bytes);
        ASSERT(ok);
    }
    *out = c;
    return ERR_OK;
}

void channel_close(struct channel **pc)
{
    struct channel *c = *pc;
    if (!c) return;
    free(c->full_buffer);
    free(c->empty_buffer);
    free(c->slots);
    free(c);
    *pc = NULL;
}

void *channel_slot(struct channel *c)
{
    void *slot = NULL;
    return ck_ring_dequeue_spsc(&c->empty, c->empty_buffer, &slot) ? slot : NULL;
}

void channel_send(struct channel *c, void *slot)
{
    atomic_fetch_add(&c->sent, 1);
    bool ok = ck_ring_enqueue_spsc(&c->full, c->full_buffer, slot);
    ASSERT(ok); /* there are no more slots than places */
}

void *channel_peek(struct channel *c)
{
    if (!c->peeked && !ck_ring_dequeue_spsc(&c->full, c->full_buffer, &c->peeked)) return NULL;
    return c->peeked;
}

void channel_done(struct channel *c)
{
    ASSERT(c->peeked);
    void *slot = c->peeked;
    c->peeked = NULL;
    bool ok = ck_ring_enqueue_spsc(&c->empty, c->empty_buffer, slot);
    ASSERT(ok);
    atomic_fetch_add(&c->done, 1);
}

bool channel_idle(const struct channel *c)
{
    return atomic_load(&c->sent) == atomic_load(&c->done);
}

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    _Atomic u32 count;
    _Atomic u32 sleepers;
};

Err bell_open(struct bell **out, struct why *w)
{
    struct bell *b = calloc(1, sizeof *b);
    pthread_condattr_t attr;
    if (!b) return why_set(w, ERR_IO, "out of memory");
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&b->rung, &attr);
    pthread_condattr_destroy(&attr);
    *out = b;
    return ERR_OK;
}

void bell_close(struct bell **pb)
{
    if (!*pb) return;
    pthread_cond_destroy(&(*pb)->rung);
    pthread_mutex_destroy(&(*pb)->lock);
    free(*pb);
    *pb = NULL;
}

u32 bell_heard(const struct bell *b) { return atomic_load(&b->count); }

void bell_wait(struct bell *b, u32 heard, u64 ns_max)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    u64 ns = (u64)until.tv_nsec + ns_max;
    until.tv_sec += (time_t)(ns / 1000000000u);
    until.tv_nsec = (long)(ns % 1000000000u);
    pthread_mutex_lock(&b->lock);
    atomic_fetch_add(&b->sleepers, 1);
    while (atomic_load(&b->count) == heard)
        if (pthread_cond_timedwait(&b->rung, &b->lock, &until) == ETIMEDOUT) break;
    atomic_fetch_sub(&b->sleepers, 1);
    pthread_mutex_unlock(&b->lock);
}

void bell_ring(struct bell *b)
{
    atomic_fetch_add(&b->count, 1);
    if (!atomic_load(&b->sleepers)) return;
    pthread_mutex_lock(&b->lock);
    pthread_cond_broadcast(&b->rung);
    pthread_mutex_unlock(&b->lock);
}
