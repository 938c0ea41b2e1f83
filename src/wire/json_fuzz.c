#include "wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends for every input; positions stay inside; what is taken is UTF-8. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json j;
    char buf[64];
    u32 tokens = 0;
    if (size > 1 << 16) return 0;
    json_init(&j, (const char *)data, (u32)size);
    for (;;) {
        Str s;
        enum json_kind kind = json_next(&j);
        ASSERT(j.i <= j.n && j.start <= j.n && j.depth <= JSON_DEPTH_MAX);
        ASSERT(++tokens <= size + 2);
        if (kind == JSON_BAD) break;
        if (kind == JSON_END) {
            ASSERT(utf8_valid((const char *)data, (u32)size));
            break;
        }
        if ((kind == JSON_STRING || kind == JSON_KEY) && json_plain(&j, buf, sizeof buf, &s))
            ASSERT(utf8_valid(s.at, s.n));
    }
    return 0;
}
