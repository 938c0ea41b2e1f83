#include "venue/opener.h"

#include "config/contracts.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>

static Err find_owners(const char *methodology, const char *owners, char *path, struct why *w)
{
    if (owners) {
        int n = snprintf(path, FILE_PATH_MAX, "%s", owners);
        if (n < 0 || n >= FILE_PATH_MAX) return why_set(w, ERR_INPUT, "%s: too long", owners);
        return ERR_OK;
    }
    if (methodology && config_beside(methodology, "../owners.yaml", path, FILE_PATH_MAX) &&
        file_exists(path))
        return ERR_OK;
    return data_path(path, "specs/owners.yaml", w);
}

Err benchmark_registry(const char *methodology, const char *owners, struct registry **out,
                       struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = find_owners(methodology, owners, path, w);
    if (err) return err;
    *out = calloc(1, sizeof **out);
    if (!*out) return why_set(w, ERR_IO, "no memory");
    return config_registry(path, *out, w);
}

static Err open_rest(struct benchmark *b, const char *methodology, const char *owners,
                     const char *const *inputs, u32 inputs_n, struct why *w)
{
    Err err = benchmark_registry(methodology, owners, &b->registry, w);
    if (!err && inputs_n) err = obs_inputs_read(inputs, inputs_n, &b->log, &b->read, w);
    if (!err && !inputs_n) err = feed_log_take(&b->log, 16, 16, 16, w);
    if (!err)
        err = series_open_versions(&b->series, b->all ? b->all : &b->m, b->all ? b->all_n : 1,
                                   b->registry->rows, (u32)b->registry->rows_n, &b->log.log, w);
    if (err) benchmark_close(b);
    return err;
}

Err benchmark_open(struct benchmark *b, const char *methodology, const char *owners,
                   const char *const *inputs, u32 inputs_n, struct why *w)
{
    *b = (struct benchmark){ 0 };
    Err err = config_methodology(methodology, &b->m, w);
    return err ? err : open_rest(b, methodology, owners, inputs, inputs_n, w);
}

Err benchmark_open_versions(struct benchmark *b, const char *const *methodologies, u32 n,
                            const char *owners, const char *const *inputs, u32 inputs_n,
                            struct why *w)
{
    *b = (struct benchmark){ .all_n = n };
    if (n == 1) return benchmark_open(b, methodologies[0], owners, inputs, inputs_n, w);
    b->all = calloc(n, sizeof *b->all);
    Err err = b->all ? ERR_OK : why_set(w, ERR_IO, "no memory");
    for (u32 i = 0; i < n && !err; i++) err = config_methodology(methodologies[i], &b->all[i], w);
    if (err) {
        benchmark_close(b);
        return err;
    }
    b->m = b->all[0];
    return open_rest(b, methodologies[0], owners, inputs, inputs_n, w);
}

const struct methodology *benchmark_rules(const struct benchmark *b, Date date)
{
    const struct methodology *m = &b->m;
    for (u32 i = 0; b->all && i < b->all_n; i++)
        if (b->all[i].effective_from <= date.days) m = &b->all[i];
    return m;
}

Err benchmark_open_rules(struct benchmark *b, const struct methodology *m, const char *owners,
                         const char *const *inputs, u32 inputs_n, struct why *w)
{
    *b = (struct benchmark){ .m = *m };
    return open_rest(b, NULL, owners, inputs, inputs_n, w);
}

void benchmark_close(struct benchmark *b)
{
    series_close(&b->series);
    feed_log_give(&b->log);
    feed_result_give(&b->read);
    free(b->registry);
    free(b->all);
    *b = (struct benchmark){ 0 };
}
