#include "index/register.h"

#define CAP 256u

/* Any text as lines: what parses writes itself letter by letter, and no sequence of entries breaks
 * an assertion. Numbers, times and the chain are put right, so that mutations reach the rules. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct gov_entry entries[CAP];
    static struct gov_item items[CAP];
    static struct gov_register r;
    size_t from = 0;
    memset(entries, 0, sizeof entries);
    register_init(&r, entries, items, CAP);
    for (size_t i = 0; i <= size && r.n + 1 < CAP; i++) {
        struct gov_entry e;
        char again[GOV_LINE_MAX];
        struct text t = text_on(again, sizeof again);
        u32 field;
        if (i < size && data[i] != '\n') continue;
        Str line = { (const char *)data + from, (u32)(i - from) };
        from = i + 1;
        if (!entry_parse(line, &e, &field)) continue;
        entry_put(&e, &t);
        ASSERT(str_eq((Str){ t.at, t.n }, line));
        e.seq = r.n + 1;
        if (r.n && e.at < r.at[r.n - 1].at) e.at = r.at[r.n - 1].at;
        u8 fault = register_add(&r, &e, NULL, &field);
        ASSERT(fault < GOV_FAULT_COUNT);
        ASSERT(field < ENTRY_FIELD_COUNT);
        if (fault) continue;
        (void)register_method_on(&r, (Date){ 20000 });
        (void)register_excluded(&r, GOV_TARGET_OWNER, STR("x"), (Date){ 20000 });
        (void)review_due(&r);
    }
    return 0;
}
