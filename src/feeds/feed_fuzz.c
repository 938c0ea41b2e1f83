#include "feeds/feed.h"

#include <stdlib.h>

/* First byte: the format, and whether the rest stands within its reply or is one. Rows add up, and
 * what was taken is fine; the same bytes in two pages of a fetch are rows of one. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const char *const shells[FEED_FORMATS][2] = {
    [FEED_AWS_SPOT] = { "{\"SpotPriceHistory\":[", "]}" },
    [FEED_AZURE_RETAIL] = { "{\"Items\":[", "]}" },
    [FEED_VAST] = { "{\"offers\":[", "]}" },
    [FEED_RUNPOD] = { "{\"data\":{\"gpuTypes\":[", "]}}" },
    [FEED_LAMBDA] = { "{\"data\":{", "}}" },
    [FEED_OPENROUTER] = { "{\"data\":[", "]}" },
    [FEED_LITELLM] = { "{", "}" },
    [FEED_SILICON_DAILY] = { "date,provider,gpu,form_factor,memory_gb,region,rental_type,gpu_count,"
                             "price_usd_per_gpu_hour,records\n",
                             "" },
};
static struct instances catalogue = {
    "fuzz",
    1,
    1,
    3,
    { { "aws", "g6f.large", GPU_L4, GPU_FORM_PCIE, 0, 8, 3, STANDING_PUB },
      { "aws", "p5.48xlarge", GPU_H100, GPU_FORM_SXM, 8, 0, 80, STANDING_PUB },
      { "azure", "Standard_ND96isr_H100_v5", GPU_H100, GPU_FORM_SXM, 8, 0, 80, STANDING_PUB } }
};

static void check(const struct feed_log *log, const struct feed_result *r)
{
    u64 by_code = 0, by_rule = 0;
    for (u32 i = 0; i < OBS_REJECT_COUNT; i++) by_code += r->by_code[i];
    for (u32 i = 0; i < FEED_SKIPS; i++) by_rule += r->by_rule[i];
    ASSERT(by_code == r->refused_n);
    ASSERT(by_rule == r->skipped_n);
    ASSERT(r->rows == r->taken + r->skipped_n + r->refused_n);
    ASSERT(r->taken == log->log.n);
    for (u32 i = 0; i < log->log.n; i++) ASSERT(!observation_check(&log->log.at[i]));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static char text[1 << 16];
    struct why w;
    u64 n = 0;
    if (!size || size > 1 << 14) return 0;
    enum feed_format f = (enum feed_format)(1 + data[0] % (FEED_FORMATS - 1));
    bool within = data[0] & 128 && shells[f][0];
    if (within) n = strlen(shells[f][0]), memcpy(text, shells[f][0], n);
    memcpy(text + n, data + 1, size - 1);
    n += size - 1;
    if (within) memcpy(text + n, shells[f][1], strlen(shells[f][1])), n += strlen(shells[f][1]);
    struct feed_seen seen;
    if (feed_seen_take(&seen, 2 * (n / 16 + 2), &w)) return 0;
    const struct feed_ask ask = { .format = f, .at = { INT64_C(1782892800) * NS_PER_SECOND },
                                  .instances = &catalogue, .seen = &seen };
    for (u32 page = 0; page < 2; page++) {
        struct feed_log log;
        struct feed_result r;
        if (feed_parse(&ask, "fuzz", text, n, &log, &r, &w)) break;
        check(&log, &r);
        if (page) ASSERT(!r.taken); /* not one of them is new */
        feed_result_give(&r);
        feed_log_give(&log);
    }
    feed_seen_give(&seen);
    return 0;
}
