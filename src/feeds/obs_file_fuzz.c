#include "feeds/obs_file.h"

/* Damaged files are refused; so that mutations reach behind the checksums, they are made true
 * first. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static u8 bytes[1 << 16];
    struct feed_log log;
    struct why w;
    if (size > sizeof bytes) return 0;
    for (u32 mended = 0; mended < 2; mended++) {
        memcpy(bytes, data, size);
        if (mended) obs_file_mend(bytes, size);
        if (obs_file_parse("fuzz", bytes, size, &log, &w)) continue;
        for (u32 i = 0; i < log.log.n; i++) ASSERT(!observation_check(&log.log.at[i]));
        feed_log_give(&log);
    }
    return 0;
}
