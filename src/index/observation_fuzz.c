#include "index/observation.h"

/* First byte even: canonical bytes; odd: a line of text. What is read must be written back the
 * same. */
static u8 memory[1 << 20] __attribute__((aligned(64)));

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct observation o;
    u8 bytes[OBS_BYTES_MAX];
    char line[OBS_BYTES_MAX];
    if (size < 2 || size > OBS_BYTES_MAX) return 0;
    ASSERT(obs_log_bytes(64, 256, 64) <= sizeof memory);
    struct obs_log log = obs_log_on(memory, 64, 256, 64);
    if (data[0] & 1) {
        struct text t = text_on(line, sizeof line);
        Str z = { (const char *)data + 1, (u32)size - 1 };
        if (observation_parse(&log, z, &o)) return 0;
        observation_put(&log, &o, &t);
        ASSERT(str_eq((Str){ t.at, t.n }, z));
    } else {
        if (observation_decode(&log, data + 1, (u32)size - 1, &o)) return 0;
        ASSERT(observation_encode(&log, &o, bytes) == size - 1);
        ASSERT(memcmp(bytes, data + 1, size - 1) == 0);
    }
    u8 reject = obs_log_add(&log, &o);
    ASSERT(!reject || reject == OBS_REJECT_BAD_NUMBER); /* names a record that is not there */
    return 0;
}
