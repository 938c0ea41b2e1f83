#include "cmd/feed_files.h"
#include "feeds/obs_file.h"
#include "sys/file.h"

#include <stdlib.h>

static bool json;
static const struct option_row options[] = {
    OPTION_FLAG(0, "json", "one JSON object a reply", &json),
    OPTIONS_END,
};
static const struct usage usage = {
    .command = "feed show",
    .args = "OBS",
    .text = "Says where the records of an observation log are from: each reply by its hash, what\n"
            "became of its rows, and the catalogue of machine types it was read with.",
    .options = options,
    .example = "hedgerow feed show /tmp/v.obs",
    .args_min = 1,
    .args_max = 1,
};

/* "reply HASH format F ...": names and values in turn. */
#define ORIGIN_WORDS 18u
static u32 words_of_line(char *line, char **word)
{
    u32 n = 0;
    char *save;
    for (char *w = strtok_r(line, " ", &save); w && n < ORIGIN_WORDS;
         w = strtok_r(NULL, " ", &save))
        word[n++] = w;
    return n & ~1u;
}

static void origin_json(char *const *word, u32 n)
{
    char buf[2048];
    struct json_line j = object_begin(buf, sizeof buf);
    for (u32 i = 0; i < n; i += 2)
        if (strcmp(word[i + 1], "-") == 0) object_null(&j, word[i]);
        else object_text(&j, word[i], word[i + 1]);
    object_end(&j);
}

static void print_log(struct feed_log *l)
{
    struct table *t =
        json ? NULL
             : table_new("Reply|Format|Source|Fetched|>Rows|>Taken|>Skipped|>Refused|Catalogue");
    char *line = l->origins, *end = l->origins ? l->origins + l->origins_n : NULL;
    while (line && line < end) {
        char *word[ORIGIN_WORDS], *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) break;
        *stop = 0;
        u32 n = words_of_line(line, word);
        if (json) origin_json(word, n);
        for (u32 i = 0; t && i < n; i += 2) {
            bool hash = i == 0 || i == n - 2;
            table_cell(t, "%.*s", hash ? 12 : 19, word[i + 1]);
        }
        line = stop + 1;
    }
    if (!t) return;
    table_print(t);
    printf("%u records, %u names, %u full pages\n", l->log.n, l->log.names.n, l->log.pages_n);
}

int feed_run_show(int argc, char **argv)
{
    int first;
    struct why w;
    struct feed_log l = { 0 };
    u8 *bytes = NULL;
    u64 n = 0;
    int code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    Err err = file_read_all(argv[first], FEED_BYTES_MAX, &bytes, &n, &w);
    if (!err && !obs_file_is(bytes, n))
        err = why_set(&w, ERR_INPUT, "%s:1: head: not an observation log", argv[first]);
    if (!err) err = obs_file_parse(argv[first], bytes, n, &l, &w);
    if (!err) print_log(&l);
    feed_log_give(&l);
    free(bytes);
    return err ? say_why(err, &w) : ERR_OK;
}
