#include "hedge/exposure.h"

#include <stdlib.h>

/* First byte: what the rest is. A bill: no crash, and buckets tie (exposure_finish asserts it). A
 * rule file and a text: a pattern that is taken matches in linear time and its captures lie in the
 * text. */

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void bill(Str text, bool side)
{
    static char buffer[FOCUS_BUFFER];
    static struct focus_lexer x;
    static struct instances types;
    struct rules rules = { 0 };
    struct focus_bytes b = { text.at, text.n };
    struct exposure *e = exposure_new(&types, &rules);
    u64 rows = 0;
    if (!e) return;
    focus_open(&x, focus_bytes_source(&b), buffer, ',');
    if (side) exposure_tokens(e, &x, 0, &rows);
    else ASSERT(exposure_bill(e, &x, 0, &rows) || e->no_memory);
    exposure_finish(e);
    exposure_give(e);
}

static void pattern(Str text)
{
    static struct pattern p;
    Str capture[CAPTURES_MAX];
    u32 cut = 0;
    while (cut < text.n && text.at[cut] != '\n') cut++;
    if (pattern_make((Str){ text.at, cut }, &p)) return;
    Str rest = { text.at + cut, text.n - cut };
    if (rest.n) rest.at++, rest.n--;
    if (!pattern_match(&p, rest, capture)) return;
    for (u32 i = 0; i < p.captures; i++)
        ASSERT(capture[i].at >= rest.at && capture[i].at + capture[i].n <= rest.at + rest.n);
}

static void values(Str text)
{
    char buf[64];
    i128 v, again;
    i64 seconds;
    enum focus_time form;
    if (!atto_parse(text, &v)) {
        struct text t = text_on(buf, sizeof buf);
        atto_put(&t, v);
        ASSERT(!atto_parse((Str){ buf, t.n }, &again) && again == v);
    }
    if (!focus_time_parse(text, &seconds, &form)) (void)!month_at(seconds);
    (void)!unit_of(text).kind;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    if (!size || size > 1 << 14) return 0;
    Str text = { (const char *)data + 1, (u32)size - 1 };
    switch (data[0] % 5) {
    case 0: bill(text, false); break;
    case 1: bill(text, true); break;
    case 2: pattern(text); break;
    case 3: values(text); break;
    default: {
        struct rules rules = { 0 };
        struct rules_fault fault;
        if (!rules_add(&rules, "fuzz", text, true, &fault)) ASSERT(fault.text[0]);
        rules_give(&rules);
    }
    }
    return 0;
}
