#include "feeds/feed.h"

/* First byte: format, and whether a good header goes before the rest. Rows must add up. */
static const char offers[] =
    "observed_at,provider,region,gpu,form_factor,vram_gb,gpu_count,"
    "price_usd_per_instance_hour,price_usd_per_gpu_hour,term,kind,offer_id,"
    "host_id,verification,reliability,source\n";
static const char generic[] = "kind,channel,source,provider,gpu_class,term,gpus,price,raw_unit,ccy,"
                              "t_event,rights,size,counter_owner\n";

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static char text[1 << 16];
    struct feed_log log;
    struct feed_result r;
    struct why w;
    u64 n = 0;
    if (!size || size > 1 << 15) return 0;
    enum feed_format f = data[0] & 1 ? FEED_GPU_OFFERS : FEED_GENERIC;
    const char *head = data[0] & 1 ? offers : generic;
    if (!(data[0] & 2)) n = strlen(head), memcpy(text, head, n);
    memcpy(text + n, data + 1, size - 1);
    n += size - 1;
    if (feed_parse(&(struct feed_ask){ .format = f }, "fuzz", text, n, &log, &r, &w)) return 0;
    ASSERT(r.rows == r.taken + r.skipped_n + r.refused_n);
    ASSERT(r.taken == log.log.n);
    u64 by_code = 0;
    for (u32 i = 0; i < OBS_REJECT_COUNT; i++) by_code += r.by_code[i];
    ASSERT(by_code == r.refused_n);
    feed_result_give(&r);
    feed_log_give(&log);
    return 0;
}
