#include "hedge/detect.h"
#include "hedge/detect_inner.h"

#include <string.h>

/* Words of accelerators as bills write them; GPU_NONE: an accelerator, the class is not said. T4G
 * and A10 are left out of the words that make a row suspect: they are names of other things too. */
static const struct { const char *word; u8 gpu_class; bool suspect; } words[] = {
    { "h100", GPU_H100, true },         { "h200", GPU_H200, true },
    { "b200", GPU_B200, true },         { "b300", GPU_B300, true },
    { "gb200", GPU_GB200, true },       { "gb300", GPU_GB300, true },
    { "gh200", GPU_GH200, true },       { "a100", GPU_NONE, true },
    { "a10040gb", GPU_A100_40, true },  { "a10080gb", GPU_A100_80, true },
    { "a10040", GPU_A100_40, false },   { "a10080", GPU_A100_80, false },
    { "mi300x", GPU_MI300X, true },     { "mi325x", GPU_MI325X, true },
    { "mi350x", GPU_MI350X, true },     { "mi355x", GPU_MI355X, true },
    { "l40s", GPU_L40S, true },         { "l40", GPU_L40, true },
    { "l4", GPU_L4, false },            { "a10", GPU_A10, false },
    { "a10g", GPU_A10G, true },         { "v100", GPU_V100, true },
    { "t4", GPU_T4, false },            { "t4g", GPU_T4G, false },
    { "p100", GPU_P100, true },         { "a6000", GPU_A6000, true },
    { "rtxpro6000", GPU_RTXPRO6000, true }, { "rtxpro4500", GPU_RTXPRO4500, true },
    { "trainium1", GPU_TRAINIUM1, true }, { "trainium2", GPU_TRAINIUM2, true },
    { "inferentia1", GPU_INFERENTIA1, true }, { "inferentia2", GPU_INFERENTIA2, true },
    { "trainium", GPU_NONE, true },     { "inferentia", GPU_NONE, true },
    { "gpu", GPU_NONE, true },          { "gpus", GPU_NONE, true },
    { "accelerator", GPU_NONE, true },  { "accelerators", GPU_NONE, true },
};

u32 name_plain(Str s, char *to, u32 cap)
{
    u32 n = 0;
    if (s.n > 9 && !strncasecmp(s.at, "standard_", 9)) s.at += 9, s.n -= 9;
    for (u32 i = 0; i < s.n; i++) {
        char c = s.at[i];
        if (c == ' ' || c == '_' || c == '-' || c == '.') continue;
        if (n + 1 >= cap) return 0;
        to[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    to[n] = 0;
    return n;
}

u8 class_of_word(Str word)
{
    char plain[40];
    u32 n = name_plain(word, plain, sizeof plain);
    if (!n) return GPU_NONE;
    if (n > 6 && !strncmp(plain, "nvidia", 6)) memmove(plain, plain + 6, n - 5), n -= 6;
    for (;;) {
        for (u32 i = 0; i < ARRAY_LEN(words); i++)
            if (!strcmp(plain, words[i].word)) return words[i].gpu_class;
        /* "h100 80gb hbm3", "h100 sxm5", "b200 sxm6", "h100 pcie" */
        u32 cut = n;
        while (cut && plain[cut - 1] >= '0' && plain[cut - 1] <= '9') cut--;
        static const char *const tails[] = { "sxm", "pcie", "nvl", "hbm", "hbm2e" };
        u32 at = 0;
        for (u32 i = 0; i < ARRAY_LEN(tails) && !at; i++) {
            u32 t = (u32)strlen(tails[i]);
            if (cut > t && !memcmp(plain + cut - t, tails[i], t)) at = cut - t;
        }
        if (!at && n > 4 && !strcmp(plain + n - 2, "gb")) {
            at = n - 2;
            while (at && plain[at - 1] >= '0' && plain[at - 1] <= '9') at--;
            /* "h10080gb": digits of the class and of the memory touch */
            at = at + 3 < n - 2 ? at + 3 : 0;
        }
        if (!at || at >= n) return GPU_NONE;
        n = at, plain[n] = 0;
    }
}

static bool letter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool word_suspect(Str s)
{
    for (u32 i = 0; i < s.n;) {
        u32 from = i;
        while (i < s.n && letter(s.at[i])) i++;
        for (u32 k = 0; i > from && k < ARRAY_LEN(words); k++)
            if (words[k].suspect && focus_same((Str){ s.at + from, i - from }, words[k].word))
                return true;
        i += i == from || i < s.n;
    }
    return false;
}
