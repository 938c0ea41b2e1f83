#include "sys/clock.h"
#include <errno.h>
#include <time.h>

static i64 read_ns(clockid_t id)
{
    struct timespec t;
    int r = clock_gettime(id, &t);
    ASSERT(r == 0);
    return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

Instant clock_wall(void) { return (Instant){ read_ns(CLOCK_REALTIME) }; }
u64 clock_monotonic_ns(void) { return (u64)read_ns(CLOCK_MONOTONIC); }

void clock_sleep_ns(u64 ns)
{
    struct timespec t = { (time_t)(ns / (u64)NS_PER_SECOND), (long)(ns % (u64)NS_PER_SECOND) };
    for (u32 i = 0; i < 1000 && nanosleep(&t, &t) != 0 && errno == EINTR; i++) continue;
}
