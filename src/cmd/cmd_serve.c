#include "cmd/cmd.h"

#include "sys/file.h"
#include "sys/process.h"
#include "venue/house.h"

#include <stdio.h>
#include <stdlib.h>

static const char *config, *data, *clock_text, *demo_text;
static bool no_page, as_json;
static const struct option_row options[] = {
    OPTION_VALUE('c', "config", "FILE", "venue.yaml: contracts, accounts, keys, address", &config),
    OPTION_VALUE('d', "data", "DIR", "data folder: journal, snapshots, read model", &data),
    OPTION_VALUE(0, "clock", "TIME", "drill: a new journal begins at this time (RFC 3339)",
                 &clock_text),
    OPTION_VALUE(0, "demo-key", "ACCOUNT", "drill: loopback may trade for it unsigned", &demo_text),
    OPTION_FLAG(0, "no-page", "do not serve the web page", &no_page),
    OPTION_FLAG('j', "json", "ready line as JSON", &as_json),
    OPTIONS_END,
};
static const struct usage usage = {
    .command = "serve",
    .args = "--config FILE --data DIR",
    .text = "Runs a venue: REST and WebSocket at the configured address, every answer after its\n"
            "command is on stable storage. SIGTERM or Ctrl-C ends it in order.",
    .options = options,
    .example = "hedgerow serve --config examples/venue.yaml --data market "
               "--clock 2026-07-14T09:00:00Z --demo-key 1",
    .args_min = 0,
    .args_max = 0,
};

static void say_ready(const struct house *h)
{
    char buf[1024];
    const struct machine_recovery *r = &h->recovery;
    const char *address = gateway_address(venue_gateway(h->venue));
    if (r->notice[0]) fprintf(stderr, "hedgerow serve: notice: %s\n", r->notice);
    if (as_json) {
        struct json_line j = object_begin(buf, sizeof buf);
        object_bool(&j, "ready", true);
        object_text(&j, "address", address);
        object_u64(&j, "seq", r->last_seq);
        object_u64(&j, "snapshot", r->snapshot_seq);
        object_u64(&j, "replayed", r->replayed);
        object_hash(&j, "state_hash", &h->state_hash);
        object_text(&j, "notice", r->notice);
        object_end(&j);
        return;
    }
    printf("ready at http://%s/ (journal at %llu, %llu commands replayed%s)\n", address,
           (unsigned long long)r->last_seq, (unsigned long long)r->replayed,
           r->snapshot_seq ? " after a snapshot" : "");
    fflush(stdout);
}

static Err serve(struct house *h, const struct house_options *o, struct why *w)
{
    Err err = house_open(h, o, w);
    if (err) return err;
    say_ready(h);
    while (!err && !stop_signal_seen()) {
        err = house_tick(h, w);
        if (!err) err = venue_poll(h->venue, 50, w);
    }
    return err;
}

int cmd_serve(int argc, char **argv)
{
    int first, code = usage_parse(&usage, argc, argv, &first);
    char web[FILE_PATH_MAX];
    struct why w = { "" }, closing = { "" };
    u64 account = 0;
    if (code != CMD_GO_ON) return code;
    if (!config) return usage_error(&usage, "--config is missing");
    if (!data) return usage_error(&usage, "--data is missing");
    if (!usage_u64(&usage, "demo-key", demo_text, 1, UINT32_MAX, &account)) return ERR_USAGE;
    struct house_options o = { .config = config, .data = data, .demo_account = (u32)account };
    if (clock_text && parse_instant(str_of(clock_text), &o.clock_start))
        return usage_error(&usage, "--clock %s: not a time like 2026-07-14T10:00:00Z", clock_text);
    if (!no_page && !data_path(web, "web/index.html", &w)) {
        *strrchr(web, '/') = 0;
        o.web_dir = web;
    }
    struct house *h = calloc(1, sizeof *h);
    if (!h) return say_why(ERR_IO, &(struct why){ "out of memory" });
    stop_signals_catch();
    Err err = serve(h, &o, &w);
    Err closed = house_close(h, &closing);
    free(h);
    if (err) return say_why(err, &w);
    return closed ? say_why(closed, &closing) : ERR_OK;
}
