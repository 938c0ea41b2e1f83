#include "config/splice.h"

Err config_splice(const char *path, struct splice *out, struct why *w)
{
    struct config_lines lines;
    const char *cause;
    Err err = config_read(&splice_record, path, out, &lines, w);
    if (err) return err;
    u32 field = splice_fault(out, &cause);
    if (field == splice_record.fields) return ERR_OK;
    return config_fault(&splice_record, &lines, field, cause, w);
}
