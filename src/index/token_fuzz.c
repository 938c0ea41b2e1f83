#include "index/token.h"

#include <stdlib.h>

/* Any text: a verdict, and no broken assertion on the way; the corpus holds a real receipt. And any
 * bytes as a methodology: what decodes must encode to the same. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct token_method m;
    static u8 again[1 << 16];
    struct token_verdict v;
    u64 bytes = (token_check_bytes((const char *)data, size) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, bytes);
    if (!memory) return 0;
    memset(memory, 0, bytes);
    token_check((const char *)data, size, memory, bytes, &m, &v);
    ASSERT(v.ok || v.field[0]);
    free(memory);
    if (size > sizeof again || !token_method_decode(data, (u32)size, &m)) return 0;
    ASSERT(record_encode(&token_method_record, &m, again, sizeof again) == size);
    ASSERT(memcmp(again, data, size) == 0);
    return 0;
}
