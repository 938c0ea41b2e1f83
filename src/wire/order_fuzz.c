#include "wire/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An order taken is one that msg can encode, and its canonical body reads back to itself. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct order_body batch[ORDER_BATCH_MAX];
    struct order_body b, back;
    struct amend_body a;
    struct body_error e;
    char buf[1024];
    u8 bytes[1024];
    u32 count;
    if (size > 1 << 16) return 0;
    if (order_body_read((const char *)data, (u32)size, &b, &e)) {
        struct text t = text_on(buf, sizeof buf);
        struct command c = { .type = CMD_ORDER_NEW, .order_new = b.order };
        ASSERT(command_encode(&c, bytes, sizeof bytes) > 0);
        order_body_write(&b, &t);
        ASSERT(!t.cut && order_body_read(buf, t.n, &back, &e) && !memcmp(&b, &back, sizeof b));
    } else {
        ASSERT(e.code && e.why && e.at <= size);
    }
    if (!order_batch_read((const char *)data, (u32)size, batch, &count, &e)) ASSERT(e.at <= size);
    if (!amend_body_read((const char *)data, (u32)size, &a, &e)) ASSERT(e.at <= size);
    return 0;
}
