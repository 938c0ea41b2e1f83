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
    (void)!config_parse(&calendar_record, "f", (const char *)bytes, n, &c, NULL, &w);
    s = again;
    (void)!config_overlay_parse(&spec_record, "f", (const char *)bytes, n, &again, NULL, &w);
    again = s;
    return 0;
}
