#include "cmd/feed_files.h"
#include "feeds/obs_file.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <string.h>

static const char *format, *to, *map_file, *when, *rights, *source, *catalogue;
static bool json, rows;
static struct option_list maps;
static const struct option_row options[] = {
    OPTION_VALUE('f', "format", "FORMAT", "of the files, see hedgerow-feed(1)", &format),
    OPTION_VALUE('o', "output", "OBS", "observation log to write", &to),
    OPTION_VALUE(0, "at", "TIME", "when the reply was fetched, RFC 3339 (formats without one)",
                 &when),
    OPTION_VALUE(0, "rights", "RIGHTS", "open, cc_by, contract, display_only; else unknown",
                 &rights),
    OPTION_VALUE(0, "source", "NAME", "name of the feed; else the format's", &source),
    OPTION_VALUE(0, "instances", "FILE", "catalogue of machine types; else the shipped one",
                 &catalogue),
    OPTION_LIST(0, "map", "THEIRS=OURS", "generic: a column's name; OURS - leaves it out", &maps),
    OPTION_VALUE(0, "map-file", "FILE", "generic: columns and constants, YAML", &map_file),
    OPTION_FLAG(0, "rows", "name every refused and skipped row on stderr", &rows),
    OPTION_FLAG(0, "json", "counts as one JSON object", &json),
    OPTIONS_END,
};
static const struct usage usage = {
    .command = "feed import",
    .args = "--format FORMAT FILE ... -o OBS",
    .text = "Records what price tables and raw replies say as observations, in order, and says\n"
            "what became of each row. A refused row is kept in the log as it was, with its code.",
    .options = options,
    .example = "hedgerow feed import --format lambda --at 2026-07-01T08:00:00Z "
               "examples/feeds/lambda.json -o /tmp/l.obs",
    .args_min = 1,
    .args_max = 64,
};

void feed_say_rows(const char *path, const struct feed_result *r, bool all)
{
    u32 shown = all || r->kept < 20 ? r->kept : 20;
    for (u32 i = 0; i < shown; i++)
        fprintf(stderr, "%s:%u: %s: %s: %s\n", path, r->refused[i].line, r->refused[i].column,
                list_text(OBS_REJECT, r->refused[i].code), r->refused[i].cause);
    if (shown < r->refused_n)
        fprintf(stderr, "%s: and %llu more; --rows names them\n", path,
                (unsigned long long)(r->refused_n - shown));
    for (u32 i = 0; all && i < r->skipped_kept; i++)
        fprintf(stderr, "%s:%u: %s: skipped: %s\n", path, r->skipped[i].line,
                r->skipped[i].name[0] ? r->skipped[i].name : "row",
                feed_skip_name(r->skipped[i].rule));
}

static void print_text(const struct feed_result *r)
{
    printf("rows %llu\ntaken %llu\n", (unsigned long long)r->rows, (unsigned long long)r->taken);
    if (r->unmapped)
        printf("  of a machine type not in the catalogue %llu\n", (unsigned long long)r->unmapped);
    printf("skipped %llu\n", (unsigned long long)r->skipped_n);
    for (u32 s = 1; s < FEED_SKIPS; s++)
        if (r->by_rule[s])
            printf("  %s %llu (%s)\n", feed_skip_name(s), (unsigned long long)r->by_rule[s],
                   feed_skip_text(s));
    printf("refused %llu\n", (unsigned long long)r->refused_n);
    for (u32 c = 1; c < OBS_REJECT_COUNT; c++)
        if (r->by_code[c])
            printf("  %s %llu\n", list_text(OBS_REJECT, c), (unsigned long long)r->by_code[c]);
    printf("prices rounded to a micro %llu\n", (unsigned long long)r->rounded);
}

void feed_print_counts(const struct feed_result *r, u32 files, bool as_json)
{
    char buf[4096];
    if (!as_json) {
        print_text(r);
        return;
    }
    struct json_line j = object_begin(buf, sizeof buf);
    object_u64(&j, "files", files);
    object_u64(&j, "rows", r->rows);
    object_u64(&j, "taken", r->taken);
    object_u64(&j, "unmapped", r->unmapped);
    object_u64(&j, "skipped", r->skipped_n);
    object_u64(&j, "skipped_duplicates", r->duplicates);
    for (u32 s = 1; s < FEED_SKIPS; s++)
        if (r->by_rule[s]) object_u64(&j, feed_skip_name(s), r->by_rule[s]);
    object_u64(&j, "refused", r->refused_n);
    for (u32 c = 1; c < OBS_REJECT_COUNT; c++)
        if (r->by_code[c]) object_u64(&j, list_text(OBS_REJECT, c), r->by_code[c]);
    object_u64(&j, "rounded", r->rounded);
    object_end(&j);
}

/* ---- what a reading is asked with ---- */

struct asking {
    struct feed_ask ask;
    struct feed_map map[2 * FEED_MAPS_MAX];
    struct feed_constant constant[MAPPING_COLUMNS_MAX];
    struct mapping mapping;
    struct feed_seen seen;
    char buf[4096];
};

static bool take_maps(struct asking *a)
{
    size_t at = 0;
    for (u32 i = 0; i < maps.n; i++) {
        const char *eq = strchr(maps.at[i], '=');
        size_t n = strlen(maps.at[i]) + 1;
        if (!eq || !eq[1] || at + n > sizeof a->buf) return false;
        memcpy(a->buf + at, maps.at[i], n);
        a->buf[at + (size_t)(eq - maps.at[i])] = 0;
        a->map[a->ask.maps_n++] =
            (struct feed_map){ a->buf + at, a->buf + at + (size_t)(eq - maps.at[i]) + 1 };
        at += n;
    }
    return true;
}

static Err take_map_file(struct asking *a, struct why *w)
{
    Err err = map_file ? config_mapping(map_file, &a->mapping, w) : ERR_OK;
    if (err || !map_file) return err;
    for (i64 i = 0; i < a->mapping.columns_n; i++)
        a->map[a->ask.maps_n++] =
            (struct feed_map){ a->mapping.columns[i].theirs, a->mapping.columns[i].ours };
    for (i64 i = 0; i < a->mapping.constants_n; i++)
        a->constant[a->ask.constants_n++] =
            (struct feed_constant){ a->mapping.constants[i].ours, a->mapping.constants[i].value };
    return ERR_OK;
}

Err feed_instances(const char *path, struct instances **out, struct why *w)
{
    char shipped[FILE_PATH_MAX];
    *out = NULL;
    Err err = path ? ERR_OK : data_path(shipped, "specs/instances.yaml", w);
    if (err) return err;
    *out = malloc(sizeof **out);
    if (!*out) return why_set(w, ERR_IO, "no memory");
    err = config_instances(path ? path : shipped, *out, w);
    if (err) free(*out), *out = NULL;
    return err;
}

/* 0 go on, else the exit code. */
static int ask_of(struct asking *a)
{
    struct feed_ask *k = &a->ask;
    k->format = format ? feed_format_of(str_of(format)) : FEED_NONE;
    if (!k->format) {
        char list[512];
        struct text t = text_on(list, sizeof list);
        for (u32 f = 1; f < FEED_FORMATS; f++) {
            if (f > 1) text_put(&t, ", ");
            text_put(&t, feed_format_name((enum feed_format)f));
        }
        return usage_error(&usage, "--format: one of %s", list);
    }
    if (!to) return usage_error(&usage, "-o OBS is needed");
    if ((maps.n || map_file) && k->format != FEED_GENERIC)
        return usage_error(&usage, "--map and --map-file are for --format generic");
    if (!take_maps(a)) return usage_error(&usage, "--map: THEIRS=OURS, at most 64");
    if (when && parse_instant(str_of(when), &k->at) != PARSE_OK)
        return usage_error(&usage, "--at: not RFC 3339 with Z");
    if (feed_format_timed(k->format) && !when)
        return usage_error(&usage, "--at is needed: a %s reply has no time of its own",
                           feed_format_name(k->format));
    k->rights = rights ? list_value(RIGHTS, str_of(rights)) : 0;
    if (rights && !k->rights) return usage_error(&usage, "--rights: no value of its list");
    k->source = source;
    if (source && !name_valid(str_of(source)))
        return usage_error(&usage, "--source: one word of at most 31 letters");
    k->maps = a->map, k->constants = a->constant;
    return 0;
}

/* Writing the log must not replace what it is read from. */
static Err not_an_input(char **files, u32 n, struct why *w)
{
    struct stat out, in;
    if (stat(to, &out) != 0) return ERR_OK;
    for (u32 i = 0; i < n; i++)
        if (stat(files[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return why_set(w, ERR_INPUT, "%s: -o is one of the files to read", to);
    return ERR_OK;
}

/* Rows of all files share one memory of what was seen. */
static Err seen_of(struct asking *a, char **files, u32 n, struct why *w)
{
    u64 bytes = 0;
    for (u32 i = 0; i < n; i++) {
        File f = FILE_NONE;
        u64 size = 0;
        Err err = file_open(&f, files[i], FILE_READ, w);
        if (!err) err = file_size(f, &size, w);
        file_close(&f);
        if (err) return err;
        bytes += size;
    }
    Err err = feed_seen_take(&a->seen, bytes / 16 + 2, w);
    a->ask.seen = &a->seen;
    return err;
}

static Err import_all(struct asking *a, char **files, u32 n, struct feed_result *all,
                      struct feed_log *out, struct why *w)
{
    struct feed_log in[64] = { 0 };
    struct progress p = progress_begin("reading files");
    Err err = ERR_OK;
    for (u32 i = 0; i < n && !err; i++) {
        struct feed_result r = { 0 };
        progress_step(&p, i, n);
        err = feed_read(&a->ask, files[i], &in[i], &r, w);
        if (!err) feed_say_rows(files[i], &r, rows);
        if (!err) err = feed_result_add(all, &r, w);
        feed_result_give(&r);
    }
    if (!err) err = feed_merge(in, n, out, w);
    progress_end(&p);
    for (u32 i = 0; i < n; i++) feed_log_give(&in[i]);
    return err;
}

static int run_import(int argc, char **argv)
{
    int first;
    struct why w;
    struct feed_log out = { 0 };
    struct feed_result all = { 0 };
    struct instances *instances = NULL;
    int code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    struct asking *a = calloc(1, sizeof *a);
    if (!a) return ERR_IO;
    code = ask_of(a);
    if (code) {
        free(a);
        return code;
    }
    u32 n = (u32)(argc - first);
    Err err = not_an_input(argv + first, n, &w);
    if (!err) err = take_map_file(a, &w);
    if (!err && feed_format_json(a->ask.format)) err = feed_instances(catalogue, &instances, &w);
    a->ask.instances = instances;
    if (!err) err = seen_of(a, argv + first, n, &w);
    if (!err) err = import_all(a, argv + first, n, &all, &out, &w);
    if (!err) err = obs_file_write(to, &out.log, &all, &w);
    if (!err) feed_print_counts(&all, n, json);
    feed_log_give(&out);
    feed_result_give(&all);
    feed_seen_give(&a->seen);
    free(instances);
    free(a);
    return err ? say_why(err, &w) : ERR_OK;
}

int cmd_feed(int argc, char **argv)
{
    static const struct verb verbs[] = {
        { "import", "record a table of prices or raw replies as observations", run_import },
        { "collect", "ask configured sources for their prices, recorded first", feed_run_collect },
        { "show", "say which replies a log is from", feed_run_show },
    };
    return verbs_run("feed", verbs, ARRAY_LEN(verbs), argc, argv);
}
