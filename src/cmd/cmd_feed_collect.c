#include "cmd/feed_files.h"
#include "feeds/collect.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"

#include <stdlib.h>

static const char *config, *to, *catalogue;
static bool json, once, dry;
static const struct option_row options[] = {
    OPTION_VALUE('c', "config", "FILE", "the sources, YAML; else the shipped list, all off",
                 &config),
    OPTION_VALUE('o', "output", "DIR", "folder of raw replies, snapshots and observations", &to),
    OPTION_FLAG(0, "once", "one snapshot, then stop; else until a signal", &once),
    OPTION_FLAG(0, "dry-run", "say what would be asked, ask nothing, write nothing", &dry),
    OPTION_VALUE(0, "instances", "FILE", "catalogue of machine types; else the shipped one",
                 &catalogue),
    OPTION_FLAG(0, "json", "one JSON object a source and snapshot", &json),
    OPTIONS_END,
};
static const struct usage usage = {
    .command = "feed collect",
    .args = "--config FILE -o DIR",
    .text = "Asks the enabled sources for prices, within the limits of each, and records the\n"
            "replies before it reads them. No source is on by default. Every source stands in\n"
            "every snapshot: value, unchanged, error or not asked. What was missed is missed.",
    .options = options,
    .example = "hedgerow feed collect --config specs/feeds.yaml -o /tmp/prices --dry-run",
    .args_min = 0,
    .args_max = 0,
};

/* The configured sources as the collector takes them; the texts stay the record's. */
static Err sources_of(const struct feeds_config *f, struct collect_source *out, struct why *w)
{
    for (i64 i = 0; i < f->sources_n; i++) {
        const struct feed_source *s = &f->sources[i];
        enum feed_format format = feed_format_of(str_of(s->format));
        if (!format)
            return why_set(w, ERR_INPUT, "source %s: format %s: no such format", s->source,
                           s->format);
        out[i] = (struct collect_source){ .name = s->source,
                                          .url = s->url,
                                          .body = s->body,
                                          .content_type = s->content_type,
                                          .page_member = s->page_member,
                                          .page_parameter = s->page_parameter,
                                          .key_header = s->key_header,
                                          .key_env = s->key_env,
                                          .key_file = s->key_file,
                                          .format = format,
                                          .enabled = s->enabled,
                                          .rights = (u8)s->rights,
                                          .page = (u8)s->page,
                                          .every_s = (u32)s->every_s,
                                          .pause_ms = (u32)s->pause_ms,
                                          .timeout_s = (u32)s->timeout_s,
                                          .redirects_max = (u32)s->redirects_max,
                                          .pages_max = (u32)s->pages_max,
                                          .bytes_max = (u64)s->bytes_max };
    }
    return ERR_OK;
}

static void say_page(void *arg, const char *source, u32 page)
{
    struct progress *p = arg;
    p->what = source;
    progress_step(p, page, 0);
}

static void print_json(const struct collect_ask *a, const struct collect_done *d)
{
    static const Hash none;
    for (u32 i = 0; i < a->n; i++) {
        const struct collect_row *r = &d->row[i];
        char buf[2048], at[40];
        struct text when = text_on(at, sizeof at);
        struct json_line j = object_begin(buf, sizeof buf);
        object_text(&j, "snapshot", d->snapshot);
        object_text(&j, "source", a->sources[i].name);
        object_text(&j, "status", collect_status_text(r->status));
        object_text(&j, "detail", r->detail);
        if (r->at.ns) text_put_instant(&when, r->at), object_text(&j, "at", at);
        else object_null(&j, "at");
        object_u64(&j, "http", (u64)r->http);
        object_u64(&j, "pages", r->pages);
        if (hash_eq(r->reply, none)) object_null(&j, "reply");
        else object_hash(&j, "reply", &r->reply);
        object_u64(&j, "rows", r->result.rows);
        object_u64(&j, "taken", r->result.taken);
        object_u64(&j, "skipped", r->result.skipped_n);
        object_u64(&j, "refused", r->result.refused_n);
        object_end(&j);
    }
}

static void print_text(const struct collect_ask *a, const struct collect_done *d)
{
    struct table *t = table_new("Source|Status|>Pages|>Rows|>Taken|>Skipped|>Refused|Detail");
    for (u32 i = 0; i < a->n; i++) {
        const struct collect_row *r = &d->row[i];
        table_cell(t, "%s", a->sources[i].name);
        table_cell(t, "%s", collect_status_text(r->status));
        table_cell(t, "%u", r->pages);
        table_cell(t, "%llu", (unsigned long long)r->result.rows);
        table_cell(t, "%llu", (unsigned long long)r->result.taken);
        table_cell(t, "%llu", (unsigned long long)r->result.skipped_n);
        table_cell(t, "%llu", (unsigned long long)r->result.refused_n);
        table_cell(t, "%s", r->detail);
    }
    table_print(t);
    if (d->snapshot[0])
        printf("snapshot %s, %llu observations\n", d->snapshot,
               (unsigned long long)d->observations);
}

/* One snapshot, printed; *errors counts sources that were asked in vain. */
static Err one(struct collect_ask *a, u32 *errors, struct why *w)
{
    struct collect_done *d = calloc(1, sizeof *d);
    struct progress p = progress_begin("asking");
    if (!d) return why_set(w, ERR_IO, "no memory");
    a->progress = say_page, a->arg = &p;
    Err err = collect_once(a, d, w);
    progress_end(&p);
    if (!err && json) print_json(a, d);
    else if (!err) print_text(a, d);
    fflush(stdout);
    for (u32 i = 0; i < a->n && !err; i++) *errors += d->row[i].status == COLLECT_ERROR;
    collect_rows_give(d);
    free(d);
    return err;
}

/* The shortest interval of an enabled source: how long one that can not be asked (no key) rests. */
static u64 shortest(const struct collect_ask *a)
{
    u64 s = 86400;
    for (u32 i = 0; i < a->n; i++)
        if (a->sources[i].enabled && a->sources[i].every_s < s) s = a->sources[i].every_s;
    return s;
}

/* Until a signal: sleeps to the next source that is due. */
static Err many(struct collect_ask *a, struct why *w)
{
    Err err = ERR_OK;
    u32 errors = 0;
    for (bool first = true; !err && !stop_signal_seen(); first = false) {
        u64 wait = 0;
        err = collect_wait(a, &wait, w);
        if (!err && wait == UINT64_MAX)
            return why_set(w, ERR_INPUT, "no source is enabled: nothing would ever be asked");
        if (!wait && !first) wait = shortest(a);
        for (u64 i = 0; i < wait * 5 && !stop_signal_seen(); i++)
            clock_sleep_ns(UINT64_C(200000000));
        if (!err && !stop_signal_seen()) err = one(a, &errors, w);
    }
    return err;
}

static Err collect(struct feeds_config *f, struct collect_source *sources, u32 *errors,
                   struct why *w)
{
    char shipped[FILE_PATH_MAX];
    struct instances *instances = NULL;
    Err err = config ? ERR_OK : data_path(shipped, "specs/feeds.yaml", w);
    if (!err) err = config_feeds(config ? config : shipped, f, w);
    if (!err) err = sources_of(f, sources, w);
    if (!err) err = feed_instances(catalogue, &instances, w);
    if (!err) {
        struct collect_ask a = { .sources = sources, .n = (u32)f->sources_n, .folder = to,
                                 .agent = "hedgerow/" HEDGEROW_VERSION, .instances = instances,
                                 .config = record_hash(&feeds_record, f), .dry = dry };
        stop_signals_catch();
        err = once || dry ? one(&a, errors, w) : many(&a, w);
    }
    free(instances);
    return err;
}

int feed_run_collect(int argc, char **argv)
{
    int first;
    struct why w;
    u32 errors = 0;
    int code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!to) return usage_error(&usage, "-o DIR is needed");
    struct feeds_config *f = malloc(sizeof *f);
    struct collect_source *sources = calloc(FEED_SOURCES_MAX, sizeof *sources);
    Err err = f && sources ? collect(f, sources, &errors, &w) : why_set(&w, ERR_IO, "no memory");
    free(f);
    free(sources);
    if (err) return say_why(err, &w);
    return errors ? ERR_NO : ERR_OK;
}
