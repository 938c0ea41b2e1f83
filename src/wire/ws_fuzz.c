#include "base/hash.h"
#include "wire/ws.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static u64 feed(const u8 *data, u32 n, u32 step)
{
    void *space = aligned_alloc(16, (ws_bytes() + 15) / 16 * 16);
    struct ws *w = ws_open(space);
    u64 print = 0;
    for (u32 at = 0; at < n; at += step) {
        Str s;
        u16 code = 0;
        enum ws_got got;
        ws_push(w, (const char *)data + at, n - at < step ? n - at : step);
        while ((got = ws_take(w, &s, &code)) != WS_MORE) {
            print = print * 31 + got;
            if (got == WS_REFUSED || got == WS_GOT_CLOSE) {
                print = print * 31 + code;
                goto done;
            }
            print = chain64(print, s.at, s.n);
        }
    }
done:
    ws_close(w);
    free(space);
    return print;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1 << 18) return 0;
    u32 n = (u32)size - 1;
    ASSERT(feed(data + 1, n, n) == feed(data + 1, n, 1u + data[0]));
    return 0;
}
