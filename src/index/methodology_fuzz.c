#include "index/methodology.h"

/* What decodes must encode to the same bytes, be valid, and have its rules in force. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct methodology m;
    u8 again[METHOD_BYTES_MAX];
    if (size > sizeof again || !methodology_decode(data, (u32)size, &m)) return 0;
    ASSERT(record_encode(&methodology_record, &m, again, sizeof again) == size);
    ASSERT(memcmp(again, data, size) == 0);
    struct methodology r = methodology_resolved(&m);
    ASSERT(r.tie && r.merge && r.min_owners_partition > 0);
    return 0;
}
