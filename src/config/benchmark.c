#include "config/benchmark.h"

#include "config/token.h"

Err config_methodology(const char *path, struct methodology *out, struct why *w)
{
    struct config_lines lines;
    struct methodology m;
    const char *cause;
    u32 line, kind = config_method_kind(path, &line);
    if (kind)
        return why_set(w, ERR_INPUT,
                       "%s:%u: kind: a %s is no GPU benchmark: `index run` takes it, this does not",
                       path, line, list_text(METHOD_KIND, kind));
    Err err = config_read(&methodology_record, path, &m, &lines, w);
    if (err) return err;
    u32 field = methodology_fault(&m, &cause);
    if (field < methodology_record.fields)
        return config_fault(&methodology_record, &lines, field, cause, w);
    *out = m;
    return ERR_OK;
}

Err config_registry(const char *path, struct registry *out, struct why *w)
{
    struct config_lines lines;
    Err err = config_read(&registry_record, path, out, &lines, w);
    if (err) return err;
    u32 rows = RECORD_AT(&registry_record, struct registry, rows);
    for (i64 i = 0; i < out->rows_n; i++) {
        char cause[160];
        const char *bad = owner_fault(out->rows, (u32)i);
        if (!bad) continue;
        snprintf(cause, sizeof cause, "row %lld (%s): %s", (long long)i + 1, out->rows[i].provider,
                 bad);
        return config_fault(&registry_record, &lines, rows, cause, w);
    }
    return ERR_OK;
}

Err config_strata(const char *path, struct strata *out, struct why *w)
{
    char cause[160];
    struct config_lines lines;
    u32 row;
    Err err = config_read(&strata_record, path, out, &lines, w);
    if (err) return err;
    const char *bad = strata_file_fault(out, &row);
    if (!bad) return ERR_OK;
    if (row < (u32)out->rows_n)
        snprintf(cause, sizeof cause, "row %u (%s): %s", row + 1, out->rows[row].id, bad);
    else snprintf(cause, sizeof cause, "%s", bad);
    return config_fault(&strata_record, &lines, RECORD_AT(&strata_record, struct strata, rows),
                        cause, w);
}
