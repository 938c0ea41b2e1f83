#include "base/hash.h"
#include "wire/http.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says how the rest is cut; whole and cut must agree on every request. */
static u64 feed(const u8 *data, u32 n, u32 step)
{
    static struct http_request r;
    struct http h;
    u64 print = 0;
    u32 used = 0, given = 0;
    char *bytes = malloc(n + 1);
    memcpy(bytes, data, n);
    http_init(&h);
    while (given < n) {
        given = n - given > step ? given + step : n;
        enum http_got got;
        while ((got = http_take(&h, bytes + used, given - used, &r)) != HTTP_MORE) {
            if (got == HTTP_CONTINUE) continue;
            if (got == HTTP_REFUSED) {
                free(bytes);
                return print * 31 + h.status;
            }
            print = print * 31 + r.method + r.body.n * 7 + r.path.n + r.headers_n * 3;
            print = chain64(print, r.body.at, r.body.n);
            u32 next = http_next(&h);
            ASSERT(next > 0 && next <= given - used);
            used += next;
        }
    }
    free(bytes);
    return print;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > HTTP_BYTES_MAX) return 0;
    u32 n = (u32)size - 1;
    ASSERT(feed(data + 1, n, n) == feed(data + 1, n, 1u + data[0]));
    return 0;
}
