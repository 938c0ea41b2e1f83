#include "sys/crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define HANDS_MAX 64u

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t thread[HANDS_MAX];
    u32 hands, started, busy;
    u64 piece; /* number of the piece at work */
    bool leave;
    u32 jobs;
    atomic_uint next;
    void (*job)(void *arg, u32 i);
    void *arg;
};

static void work_off(struct crew *c)
{
    for (;;) {
        u32 i = atomic_fetch_add(&c->next, 1);
        if (i >= c->jobs) return;
        c->job(c->arg, i);
    }
}

static void *hand(void *arg)
{
    struct crew *c = arg;
    u64 seen = 0;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (!c->leave && c->piece == seen) pthread_cond_wait(&c->work, &c->lock);
        if (c->leave) break;
        seen = c->piece;
        pthread_mutex_unlock(&c->lock);
        work_off(c);
        pthread_mutex_lock(&c->lock);
        if (--c->busy == 0) pthread_cond_signal(&c->done);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

Err crew_open(struct crew **out, u32 hands, struct why *w)
{
    struct crew *c = NULL;
    *out = NULL;
    if (!hands || hands > HANDS_MAX) return why_set(w, ERR_INPUT, "hands: 1 to %u", HANDS_MAX);
    c = calloc(1, sizeof *c);
    if (!c) return why_set(w, ERR_IO, "no memory for %u hands", hands);
    c->hands = hands;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->work, NULL);
    pthread_cond_init(&c->done, NULL);
    for (u32 i = 1; i < hands; i++) {
        if (pthread_create(&c->thread[c->started], NULL, hand, c) != 0) {
            crew_close(c);
            return why_set(w, ERR_IO, "thread %u of %u can not be started", i, hands);
        }
        c->started++;
    }
    *out = c;
    return ERR_OK;
}

void crew_close(struct crew *c)
{
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    c->leave = true;
    pthread_cond_broadcast(&c->work);
    pthread_mutex_unlock(&c->lock);
    for (u32 i = 0; i < c->started; i++) pthread_join(c->thread[i], NULL);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->work);
    pthread_cond_destroy(&c->done);
    free(c);
}

u32 crew_hands(const struct crew *c) { return c->hands; }

void crew_run(void *crew, u32 jobs, void (*job)(void *arg, u32 i), void *arg)
{
    struct crew *c = crew;
    if (c->hands == 1 || jobs < 2) {
        for (u32 i = 0; i < jobs; i++) job(arg, i);
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->job = job, c->arg = arg, c->jobs = jobs;
    atomic_store(&c->next, 0);
    c->busy = c->started;
    c->piece++;
    pthread_cond_broadcast(&c->work);
    pthread_mutex_unlock(&c->lock);
    work_off(c);
    pthread_mutex_lock(&c->lock);
    while (c->busy) pthread_cond_wait(&c->done, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

u64 crew_cpu_ns(const struct crew *c)
{
    struct timespec t;
    u64 sum = 0;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0)
        sum = (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
    for (u32 i = 0; i < c->started; i++) {
        clockid_t id;
        if (pthread_getcpuclockid(c->thread[i], &id) == 0 && clock_gettime(id, &t) == 0)
            sum += (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
    }
    return sum;
}
