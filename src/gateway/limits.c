#include "gateway/internal.h"

/* A token bucket that holds one second's worth; time is monotonic. */
bool bucket_take(struct bucket *b, u32 per_second, u32 tokens, u64 now_ns)
{
    ASSERT(per_second > 0);
    ASSERT(now_ns >= b->at_ns);
    i64 full = (i64)per_second * MICROS;
    if (b->per_second != per_second) { /* first use */
        *b = (struct bucket){ per_second, full, now_ns };
    }
    u64 ns = now_ns - b->at_ns;
    i64 gained = ns >= (u64)NS_PER_SECOND ? full : (i64)(ns * per_second / 1000u);
    b->micro_tokens = i64_min(full, b->micro_tokens + gained);
    if (gained) b->at_ns = now_ns; /* a gain below a millionth is not lost */
    if (b->micro_tokens < (i64)tokens * MICROS) return false;
    b->micro_tokens -= (i64)tokens * MICROS;
    return true;
}

u32 bucket_left(const struct bucket *b)
{
    ASSERT(b->micro_tokens >= 0);
    return (u32)(b->micro_tokens / MICROS);
}
