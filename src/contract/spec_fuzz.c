#include "contract/spec.h"

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t n);

/* Whatever decodes encodes to the same bytes, and no check of it fails an assertion. */
int LLVMFuzzerTestOneInput(const u8 *bytes, size_t n)
{
    static struct spec s;
    static u8 again[1 << 16];
    struct spec_finding found[4];
    if (n > sizeof again || !spec_decode(bytes, (u32)n, &s)) return 0;
    ASSERT(spec_encode(&s, again, sizeof again) == n);
    ASSERT(memcmp(bytes, again, n) == 0);
    (void)!spec_check(&s, found, 4);
    return 0;
}
