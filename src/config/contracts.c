#include "config/contracts.h"

static Err first_finding(const struct spec *s, const struct config_lines *lines, struct why *w)
{
    struct spec_finding f;
    char cause[200];
    if (spec_check(s, &f, 1) == 0) return ERR_OK;
    snprintf(cause, sizeof cause, "%s: %s", spec_fault_name(f.fault), spec_fault_text(f.fault));
    return config_fault(&spec_record, lines, f.field, cause, w);
}

Err config_spec(const char *path, const char *overlay, bool listable, struct spec *out,
                struct why *w)
{
    struct config_lines lines;
    struct spec s;
    Err err = config_read(&spec_record, path, &s, &lines, w);
    if (!err && overlay) err = config_overlay(&spec_record, overlay, &s, NULL, w);
    if (!err) err = first_finding(&s, &lines, w);
    if (!err && listable && spec_unknown(&s) < spec_record.fields)
        err = config_fault(&spec_record, &lines, spec_unknown(&s),
                           "not known; an overlay must say it before this can be listed", w);
    if (!err) *out = s;
    return err;
}

Err config_calendar(const char *path, struct calendar *out, struct why *w)
{
    struct config_lines lines;
    struct calendar c;
    const char *bad;
    Err err = config_read(&calendar_record, path, &c, &lines, w);
    if (err) return err;
    bad = calendar_check(&c);
    for (u32 i = 0; bad && i < calendar_record.fields; i++) {
        char key[64];
        struct text t = text_on(key, sizeof key);
        record_path(&calendar_record.field[i], &t);
        if (strcmp(key, bad) == 0)
            return config_fault(&calendar_record, &lines, i,
                                "not valid: days rise strictly inside the span, the zone is UTC, "
                                "a week has a business day",
                                w);
    }
    *out = c;
    return ERR_OK;
}

bool config_beside(const char *file, const char *path, char *out, u32 cap)
{
    const char *slash = strrchr(file, '/');
    int folder = slash && path[0] != '/' ? (int)(slash - file) + 1 : 0;
    int n = snprintf(out, cap, "%.*s%s", folder, file, path);
    return n >= 0 && (u32)n < cap;
}
