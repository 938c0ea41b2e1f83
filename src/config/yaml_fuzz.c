#include "config/yaml.h"
#include "contract/spec.h"

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t n);

/* Whatever loads is written back as YAML that loads to the same record; the rest has a sentence. */
int LLVMFuzzerTestOneInput(const u8 *bytes, size_t n)
{
    static struct spec s, again;
    static struct calendar c;
    static char yaml[1 << 16];
    struct config_lines lines;
    struct why w = { "" };
    Err err = config_parse(&spec_record, "f", (const char *)bytes, n, &s, &lines, &w);
    if (err) {
        ASSERT(w.text[0]);
    } else {
        struct text t = text_on(yaml, sizeof yaml);
        record_yaml(&spec_record, &s, &t);
        if (!t.cut) {
            err = config_parse(&spec_record, "f", yaml, t.n, &again, NULL, &w);
            ASSERT(err == ERR_OK);
            ASSERT(memcmp(&s, &again, sizeof s) == 0);
        }
    }
    /* overlays go over a valid record: its own parse, and a small calendar */
    if (w.text[0] == 0)
        (void)!config_overlay_parse(&spec_record, "f", (const char *)bytes, n, &s, NULL, &w);
    c = (struct calendar){ .id = "f", .version = 1, .effective_from = 1, .tz = "UTC",
                           .covers_from = 1, .covers_to = 9 };
    (void)!config_overlay_parse(&calendar_record, "f", (const char *)bytes, n, &c, NULL, &w);
    (void)!config_parse(&calendar_record, "f", (const char *)bytes, n, &c, NULL, &w);
    return 0;
}
