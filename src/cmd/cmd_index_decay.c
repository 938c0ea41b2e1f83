#include "cmd/cmd.h"
#include "cmd/splice_run.h"
#include "index/methodology.h"
#include "quant/decay.h"

static const char *share_text, *steps_text;
static bool json;
static const struct option_row decay_options[] = {
    OPTION_VALUE(0, "share", "PPM", "of the depth (300000: lambda = 1 / (0.3 x depth))",
                 &share_text),
    OPTION_VALUE(0, "steps", "N", "deepest book that is looked at, at most 128 (32)", &steps_text),
    OPTION_FLAG(0, "json", "one JSON object, the weights as decimal strings", &json),
    OPTIONS_END,
};
static const struct usage decay_usage = {
    .command = "index decay",
    .args = "[--share PPM] [--steps N]",
    .text = "Writes rti.decay_1e18 of a methodology: for an order book of 1, 2, ... N steps\n"
            "e^-lambda in 1e-18, lambda = 1 / (share x depth). A print takes no exponential: it\n"
            "meets these integers in its file.",
    .options = decay_options,
    .example = "hedgerow index decay --steps 8",
    .args_max = 0,
};

static void put_yaml(const i64 *r, u32 n)
{
    fputs("decay_1e18: [", stdout);
    for (u32 i = 0; i < n; i++)
        printf("%s%lld", !i ? "" : i % 4 ? ", " : ",\n    ", (long long)r[i]);
    fputs("]\n", stdout);
}

static void put_json(u64 share, const i64 *r, u32 n)
{
    printf("{\"share_ppm\":\"%llu\",\"decay_1e18\":", (unsigned long long)share);
    for (u32 i = 0; i < n; i++) printf("%s\"%lld\"", i ? "," : "[", (long long)r[i]);
    fputs("]}\n", stdout);
}

int index_decay(int argc, char **argv)
{
    int first;
    i64 r[RTI_STEPS_MAX];
    u64 share = 300000, steps = 32;
    int code = usage_parse(&decay_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!usage_u64(&decay_usage, "--share", share_text, DECAY_SHARE_MIN, DECAY_SHARE_MAX, &share) ||
        !usage_u64(&decay_usage, "--steps", steps_text, 1, RTI_STEPS_MAX, &steps))
        return ERR_USAGE;
    quant_decay((i64)share, (u32)steps, r);
    if (json) put_json(share, r, (u32)steps);
    else put_yaml(r, (u32)steps);
    return ERR_OK;
}
