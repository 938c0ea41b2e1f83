#include "contract/calendar.h"

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t n);

/* Whatever decodes encodes to the same bytes and answers for every day it covers. */
int LLVMFuzzerTestOneInput(const u8 *bytes, size_t n)
{
    static struct calendar c;
    static u8 again[1 << 16];
    if (n > sizeof again || !calendar_decode(bytes, (u32)n, &c)) return 0;
    ASSERT(calendar_encode(&c, again, sizeof again) == n);
    ASSERT(memcmp(bytes, again, n) == 0);
    Date from = { (i32)c.covers_from }, to = { (i32)c.covers_to };
    if (to.days - from.days > 4000) to.days = from.days + 4000;
    u32 days = calendar_business_days(&c, from, to);
    ASSERT(days == 0 ||
           calendar_nth(&c, from, to, days).days == calendar_nth_last(&c, from, to, 1).days);
    return 0;
}
