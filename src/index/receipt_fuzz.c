#include "index/index.h"

#include <stdlib.h>

/* Any text: a verdict, and no broken assertion on the way. So that mutations get past the first
 * lines, a text that is no receipt is laid over a small real one: offset (2 bytes), then what
 * stands there. */
static const char *const real[] = {
#include "index/receipt_sample.inc"
};

static void try(const char *text, u64 n)
{
    struct receipt_verdict v;
    u64 bytes = (receipt_check_bytes(text, n) + 63) & ~UINT64_C(63);
    void *memory = aligned_alloc(64, bytes);
    if (!memory) return;
    memset(memory, 0, bytes);
    receipt_check(text, n, memory, bytes, &v);
    ASSERT(v.ok || v.field[0]);
    free(memory);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static char text[1 << 16];
    u64 n = 0;
    try((const char *)data, size);
    if (size < 3) return 0;
    for (u32 i = 0; i < ARRAY_LEN(real); i++) {
        u64 k = strlen(real[i]);
        if (n + k > sizeof text) return 0;
        memcpy(text + n, real[i], k);
        n += k;
    }
    u64 at = load_u16(data) % n;
    for (u64 i = 2; i < size && at < n; i++, at++) text[at] = (char)data[i];
    try(text, n);
    return 0;
}
