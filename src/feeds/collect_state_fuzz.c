#include "feeds/collect_state.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* What is read is written back to text that reads as the same. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct collect_state s, again;
    char buf[4096];
    struct text t = text_on(buf, sizeof buf);
    if (size > 1 << 14) return 0;
    if (!collect_state_parse((Str){ (const char *)data, (u32)size }, "http://x", &s)) return 0;
    collect_state_put(&s, "http://x", &t);
    ASSERT(!t.cut);
    bool fine = collect_state_parse((Str){ t.at, t.n }, "http://x", &again);
    ASSERT(fine);
    ASSERT(memcmp(&s, &again, sizeof s) == 0);
    return 0;
}
