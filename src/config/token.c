#include "config/token.h"

#include "sys/file.h"
#include <stdlib.h>

u32 config_method_kind(const char *path, u32 *line)
{
    u8 *bytes = NULL;
    u64 n = 0;
    u32 kind = METHOD_KIND_NONE;
    struct why w;
    if (file_read_all(path, CONFIG_FILE_BYTES_MAX, &bytes, &n, &w)) return METHOD_KIND_NONE;
    u32 at = 1;
    for (u64 i = 0; i + 5 < n && !kind; i++) {
        at += i && bytes[i - 1] == '\n';
        if ((i && bytes[i - 1] != '\n') || memcmp(bytes + i, "kind:", 5) != 0) continue;
        u64 from = i + 5, to;
        while (from < n && bytes[from] == ' ') from++;
        for (to = from; to < n && bytes[to] > ' '; to++) continue;
        kind = list_value(METHOD_KIND, ((Str){ (const char *)bytes + from, (u32)(to - from) }));
    }
    free(bytes);
    if (line) *line = at;
    return kind;
}

Err config_token_method(const char *path, struct token_method *out, struct why *w)
{
    struct config_lines lines;
    const char *cause;
    Err err = config_read(&token_method_record, path, out, &lines, w);
    if (err) return err;
    u32 field = token_method_fault(out, &cause);
    if (field == token_method_record.fields) return ERR_OK;
    return config_fault(&token_method_record, &lines, field, cause, w);
}
