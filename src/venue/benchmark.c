#include "venue/benchmark.h"

#include "config/benchmark.h"
#include "feeds/obs_file.h"
#include "index/index.h"

#include <stdlib.h>

struct benchmark {
    struct methodology method;
    struct registry *registry;
    struct feed_log log;
    struct index *index;
    void *memory;
    Date last;
};

static Err out_of_memory(struct why *w) { return why_set(w, ERR_IO, "out of memory"); }

static Err open_index(struct benchmark *b, struct why *w)
{
    struct index_caps c = { .records = b->log.log.cap + 1,
                            .lines = b->log.log.cap + 1,
                            .owners = (u32)b->registry->rows_n + 1,
                            .log_records = b->log.log.cap,
                            .names = b->log.log.names.cap };
    u64 bytes = index_bytes(c);
    b->memory = calloc(1, bytes);
    if (!b->memory) return out_of_memory(w);
    b->index = index_open(b->memory, bytes, c, &b->method, b->registry->rows,
                          (u32)b->registry->rows_n, &b->log.log);
    if (!b->index) return why_set(w, ERR_INPUT, "%s: the index takes no such methodology", b->method.index);
    return ERR_OK;
}

static Err load(struct benchmark *b, const char *methodology, const char *owners,
                const char *const *observations, u32 n, struct why *w)
{
    struct feed_result r = { 0 };
    b->registry = calloc(1, sizeof *b->registry);
    if (!b->registry) return out_of_memory(w);
    Err err = config_methodology(methodology, &b->method, w);
    if (!err) err = config_registry(owners, b->registry, w);
    if (err) return err;
    if (!n) return feed_log_take(&b->log, 16, 16, 16, w);
    err = obs_inputs_read(observations, n, &b->log, &r, w);
    feed_result_give(&r);
    return err;
}

Err benchmark_open(struct benchmark **out, const char *methodology, const char *owners,
                   const char *const *observations, u32 n, struct why *w)
{
    struct benchmark *b = calloc(1, sizeof *b);
    if (!b) return out_of_memory(w);
    Err err = load(b, methodology, owners, observations, n, w);
    if (!err) err = open_index(b, w);
    if (err) {
        benchmark_close(&b);
        return err;
    }
    for (u32 i = 0; i < b->log.log.n; i++) {
        Date seen = date_at((Instant){ b->log.log.at[i].t_event });
        if (seen.days > b->last.days) b->last = seen;
    }
    *out = b;
    return ERR_OK;
}

void benchmark_close(struct benchmark **pb)
{
    struct benchmark *b = *pb;
    if (!b) return;
    feed_log_give(&b->log);
    free(b->memory);
    free(b->registry);
    free(b);
    *pb = NULL;
}

Date benchmark_next(const struct benchmark *b) { return index_next_date(b->index); }
Date benchmark_last(const struct benchmark *b) { return b->last; }
const char *benchmark_id(const struct benchmark *b) { return b->method.index; }

Instant benchmark_due(const struct benchmark *b)
{
    return index_publish_time(&b->method, index_next_date(b->index));
}

const char *benchmark_label(const struct benchmark *b)
{
    return enum_text(LABEL_ENUM, (u32)b->method.label);
}

void benchmark_install(const struct benchmark *b, struct cmd_index_install *out)
{
    *out = (struct cmd_index_install){ .version = (u32)b->method.version };
    bool ok = TEXT_FILL(&out->index, str_of(b->method.index));
    ASSERT(ok);
    out->label = (u8)b->method.label;
    out->effective_from = (Date){ (i32)b->method.effective_from };
    out->methodology = methodology_hash(&b->method);
}

/* Statuses and labels have one list each, shared by index and msg (base/lists.h). */
static void fill_print(const struct print *p, struct cmd_index_print *out)
{
    *out = (struct cmd_index_print){ .value_date = p->value_date, .version = p->vintage };
    bool ok = TEXT_FILL(&out->index, str_of(p->index)) &&
              TEXT_FILL(&out->reason, str_of(p->why_l1 ? list_text(SHORT, p->why_l1) : ""));
    ASSERT(ok);
    out->published_at.ns = p->published_at;
    out->status = p->status, out->level = p->level, out->flags = p->flags;
    out->value.micros = p->value, out->priced_on = p->priced_on;
    out->p1.micros = p->p1, out->p25.micros = p->p25, out->p50.micros = p->p50;
    out->p75.micros = p->p75, out->p99.micros = p->p99;
    out->owners = p->owners, out->observations = p->observations, out->volume = p->volume;
    out->receipt = p->receipt;
}

Err benchmark_print(struct benchmark *b, struct cmd_index_print *out, struct why *w)
{
    struct print p;
    enum index_result r = index_print(b->index, NULL, &p);
    if (r == INDEX_FULL)
        return why_set(w, ERR_IO, "%s: a print looks at more records than its memory holds",
                       b->method.index);
    if (r != INDEX_OK) return why_set(w, ERR_INPUT, "%s: past the last date", b->method.index);
    fill_print(&p, out);
    return ERR_OK;
}
