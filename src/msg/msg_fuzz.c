#include "msg/msg.h"

/* Two bytes say what, then a record: what decodes must encode to the same bytes and have JSON. */
static u8 again[MSG_BYTES_MAX];
static char json[2 * MSG_BYTES_MAX + 8192];

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    if (size < 2 || size > MSG_BYTES_MAX) return 0;
    u32 type = data[0], n = (u32)size - 2;
    const u8 *from = data + 2;
    struct text t = text_on(json, sizeof json);
    if (data[1] & 1) {
        struct event e;
        memset(&e, 0, sizeof e);
        if (event_decode(type, from, n, &e) == REJECT_NONE) {
            ASSERT(event_encode(&e, again, sizeof again) == n);
            ASSERT(memcmp(again, from, n) == 0);
            event_json(&e, &t);
        }
    } else {
        struct command c;
        memset(&c, 0, sizeof c);
        if (command_decode(type, from, n, &c) == REJECT_NONE) {
            ASSERT(command_encode(&c, again, sizeof again) == n);
            ASSERT(memcmp(again, from, n) == 0);
            command_json(&c, &t);
        }
    }
    ASSERT(!t.cut);
    return 0;
}
