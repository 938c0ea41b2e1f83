#include "cmd/cmd.h"
#include "feeds/obs_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *format, *to;
static bool json, rows;
static struct option_list maps;
static const struct option_row options[] = {
    OPTION_VALUE('f', "format", "FORMAT", "gpu_offers or generic", &format),
    OPTION_VALUE('o', "output", "OBS", "observation log to write", &to),
    OPTION_LIST(0, "map", "THEIRS=OURS", "generic: a column's name; OURS - leaves it out", &maps),
    OPTION_FLAG(0, "rows", "name every refused row on stderr, not only the first twenty", &rows),
    OPTION_FLAG(0, "json", "counts as one JSON object", &json),
    OPTIONS_END,
};
static const struct usage usage = {
    .command = "feed import",
    .args = "--format FORMAT FILE ... -o OBS",
    .text = "Records the rows of price tables as observations, in order, and says what became of\n"
            "each. A refused row is kept in the log as it was, with its code; none is repaired.",
    .options = options,
    .example = "hedgerow feed import --format generic examples/rentals-synthetic.csv -o /tmp/r.obs",
    .args_min = 1,
    .args_max = 64,
};

static bool take_maps(struct feed_map *out, char *buf, size_t cap)
{
    size_t at = 0;
    for (u32 i = 0; i < maps.n; i++) {
        const char *eq = strchr(maps.at[i], '=');
        size_t n = strlen(maps.at[i]) + 1;
        if (!eq || !eq[1] || at + n > cap) return false;
        memcpy(buf + at, maps.at[i], n);
        buf[at + (size_t)(eq - maps.at[i])] = 0;
        out[i] = (struct feed_map){ buf + at, buf + at + (size_t)(eq - maps.at[i]) + 1 };
        at += n;
    }
    return true;
}

static void say_refused(const char *path, const struct feed_result *r)
{
    u32 shown = rows || r->kept < 20 ? r->kept : 20;
    for (u32 i = 0; i < shown; i++)
        fprintf(stderr, "%s:%u: %s: %s: %s\n", path, r->refused[i].line, r->refused[i].column,
                list_text(OBS_REJECT, r->refused[i].code), r->refused[i].cause);
    if (shown < r->refused_n)
        fprintf(stderr, "%s: and %llu more; --rows names them\n", path,
                (unsigned long long)(r->refused_n - shown));
}

static void print_counts(const struct feed_result *r, u32 files)
{
    char buf[4096];
    if (!json) {
        printf("rows %llu\ntaken %llu\nskipped %llu (duplicate rows)\nrefused %llu\n",
               (unsigned long long)r->rows, (unsigned long long)r->taken,
               (unsigned long long)r->duplicates, (unsigned long long)r->refused_n);
        for (u32 c = 1; c < OBS_REJECT_COUNT; c++)
            if (r->by_code[c])
                printf("  %s %llu\n", list_text(OBS_REJECT, c), (unsigned long long)r->by_code[c]);
        printf("prices rounded to a micro %llu\n", (unsigned long long)r->rounded);
        return;
    }
    struct json_line j = object_begin(buf, sizeof buf);
    object_u64(&j, "files", files);
    object_u64(&j, "rows", r->rows);
    object_u64(&j, "taken", r->taken);
    object_u64(&j, "skipped_duplicates", r->duplicates);
    object_u64(&j, "refused", r->refused_n);
    for (u32 c = 1; c < OBS_REJECT_COUNT; c++)
        if (r->by_code[c]) object_u64(&j, list_text(OBS_REJECT, c), r->by_code[c]);
    object_u64(&j, "rounded", r->rounded);
    object_end(&j);
}

static void add_refused(struct feed_result *all, struct feed_result *one, struct why *w, Err *err)
{
    u64 n = (u64)all->kept + one->kept;
    struct feed_refused *more = realloc(all->refused, (n + 1) * sizeof *more);
    if (!more) {
        *err = why_set(w, ERR_IO, "no memory for refused rows");
        return;
    }
    all->refused = more;
    if (one->kept) memcpy(more + all->kept, one->refused, one->kept * sizeof *more);
    all->kept = (u32)n;
    all->rows += one->rows, all->taken += one->taken, all->duplicates += one->duplicates;
    all->refused_n += one->refused_n, all->rounded += one->rounded;
    for (u32 i = 0; i < OBS_REJECT_COUNT; i++) all->by_code[i] += one->by_code[i];
}

static int run_import(int argc, char **argv)
{
    int first;
    char buf[4096];
    struct why w;
    struct feed_map map[FEED_MAPS_MAX];
    struct feed_log in[64] = { 0 }, out = { 0 };
    struct feed_result all = { 0 };
    int code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    enum feed_format f = format ? feed_format_of(str_of(format)) : FEED_NONE;
    if (!f) return usage_error(&usage, "--format: one of generic, gpu_offers");
    if (!to) return usage_error(&usage, "-o OBS is needed");
    if (maps.n > FEED_MAPS_MAX || !take_maps(map, buf, sizeof buf))
        return usage_error(&usage, "--map: THEIRS=OURS, at most 64");
    u32 n = (u32)(argc - first);
    Err err = ERR_OK;
    for (u32 i = 0; i < n && !err; i++) {
        struct feed_result r = { 0 };
        err = feed_read(f, argv[first + (int)i], map, maps.n, &in[i], &r, &w);
        if (!err) say_refused(argv[first + (int)i], &r);
        if (!err) add_refused(&all, &r, &w, &err);
        feed_result_give(&r);
    }
    if (!err) err = feed_merge(in, n, &out, &w);
    if (!err) err = obs_file_write(to, &out.log, &all, &w);
    if (!err) print_counts(&all, n);
    for (u32 i = 0; i < n; i++) feed_log_give(&in[i]);
    feed_log_give(&out);
    feed_result_give(&all);
    return err ? say_why(err, &w) : ERR_OK;
}

int cmd_feed(int argc, char **argv)
{
    static const struct verb verbs[] = {
        { "import", "record a table of prices as observations", run_import },
    };
    return verbs_run("feed", verbs, ARRAY_LEN(verbs), argc, argv);
}
