#include "cmd/journal_replay.h"

#include "cmd/cmd.h"
#include "journal/snapshot.h"
#include "sys/file.h"
#include "venue/machine.h"

#include <stdio.h>

static const char *to_text;
static bool as_json, check;

/* ---- hash ---- */

static const struct option_row hash_options[] = {
    OPTION_VALUE('t', "to", "SEQ", "as it was after that command (the last)", &to_text),
    OPTION_FLAG('j', "json", "one JSON object", &as_json),
    OPTIONS_END,
};
static const struct usage hash_usage = {
    .command = "journal hash",
    .args = "DIR [--to SEQ]",
    .text = "Replays DIR's journal from the beginning and prints the state hash: the SHA-256 over\n"
            "everything the engine remembers. Two replays of one journal must agree.",
    .options = hash_options,
    .example = "hedgerow journal hash market --json",
    .args_min = 1,
    .args_max = 1,
};

static void put_hash(char hex[65], const Hash *h)
{
    struct text t = text_on(hex, 65);
    text_put_hex(&t, h->bytes, sizeof h->bytes);
}

/* 0 or the exit code. */
static int replay(const struct usage *u, const char *dir, bool whole, struct replay_result *out)
{
    struct why w = { "" };
    u64 to = 0;
    if (!usage_u64(u, "to", to_text, 1, UINT64_MAX, &to)) return ERR_USAGE;
    Err err = machine_replay(dir, whole, to, NULL, NULL, out, &w);
    if (!err && to && out->seq < to)
        err =
            why_set(&w, ERR_NO, "%s: the journal ends at %llu", dir, (unsigned long long)out->seq);
    return err ? say_why(err, &w) : 0;
}

int journal_run_hash(int argc, char **argv)
{
    char buf[512], hex[65];
    struct replay_result r;
    int first, code = usage_parse(&hash_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    code = replay(&hash_usage, argv[first], true, &r);
    if (code) return code;
    put_hash(hex, &r.state_hash);
    if (!as_json) {
        printf("%s at %llu\n", hex, (unsigned long long)r.seq);
        return ERR_OK;
    }
    struct json_line j = object_begin(buf, sizeof buf);
    object_u64(&j, "seq", r.seq);
    object_hash(&j, "state_hash", &r.state_hash);
    object_end(&j);
    return ERR_OK;
}

/* ---- replay ---- */

static const struct option_row replay_options[] = {
    OPTION_VALUE('t', "to", "SEQ", "stop after that command (the last)", &to_text),
    OPTION_FLAG('c', "check", "from the newest snapshot too, and compare every snapshot", &check),
    OPTION_FLAG('j', "json", "one JSON object", &as_json),
    OPTIONS_END,
};
static const struct usage replay_usage = {
    .command = "journal replay",
    .args = "DIR [--to SEQ] [--check]",
    .text = "Runs every command of DIR's journal again, chain checked, and says where it ends and\n"
            "how fast it went. Exit 1 if the ledger does not sum to 0 or --check finds a "
            "difference.",
    .options = replay_options,
    .example = "hedgerow journal replay market --check",
    .args_min = 1,
    .args_max = 1,
};

static u64 per_second(const struct replay_result *r)
{
    return r->elapsed_ns > 0 ? (u64)((u128)r->commands * 1000000000u / (u64)r->elapsed_ns) : 0;
}

/* Every snapshot's state hash must be what a replay from the beginning gives at its seq. */
static Err snapshots_agree(const char *dir, u64 last, u32 *seen, u32 *wrong, struct why *w)
{
    char folder[FILE_PATH_MAX];
    u64 seqs[64];
    u32 n = 0;
    Err err = path_join(folder, dir, "snapshots", w);
    if (!err) err = snapshot_list(folder, seqs, ARRAY_LEN(seqs), &n, w);
    for (u32 i = 0; i < n && !err; i++) {
        struct replay_result at;
        struct snapshot_info info;
        if (seqs[i] > last) continue;
        ++*seen;
        err = snapshot_info_read(folder, seqs[i], &info, w);
        bool readable = !err;
        if (readable) err = machine_replay(dir, true, seqs[i], NULL, NULL, &at, w);
        if (!err && hash_eq(at.state_hash, info.state_hash)) continue;
        if (err && (readable || err != ERR_NO)) return err;
        fprintf(stderr, "hedgerow: snapshot %llu: %s\n", (unsigned long long)seqs[i],
                readable ? "not the state that the journal gives" : w->text);
        ++*wrong, err = ERR_OK;
    }
    return err;
}

static void say_replay(const struct replay_result *r, bool same, u32 snapshots)
{
    char buf[1024], hex[65];
    put_hash(hex, &r->state_hash);
    if (!as_json) {
        printf("%llu commands to %llu, %llu a second\nstate hash %s\nledger sum %lld micros\n",
               (unsigned long long)r->commands, (unsigned long long)r->seq,
               (unsigned long long)per_second(r), hex, (long long)r->ledger_sum.micros);
        if (check && !snapshots) printf("snapshots: none there to check\n");
        else if (check) printf("snapshots: %s\n", same ? "the same" : "ANOTHER STATE");
        return;
    }
    struct json_line j = object_begin(buf, sizeof buf);
    object_bool(&j, "ok", same && r->ledger_sum.micros == 0);
    object_u64(&j, "seq", r->seq);
    object_u64(&j, "commands", r->commands);
    object_u64(&j, "commands_per_second", per_second(r));
    object_hash(&j, "state_hash", &r->state_hash);
    object_u64(&j, "event_hash", r->event_hash);
    object_dec(&j, "ledger_sum", r->ledger_sum.micros, 6, 0);
    object_end(&j);
}

int journal_run_replay(int argc, char **argv)
{
    struct replay_result r, again;
    bool same = true;
    u32 snapshots = 0;
    int first, code = usage_parse(&replay_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    code = replay(&replay_usage, argv[first], true, &r);
    if (!code && check) {
        code = replay(&replay_usage, argv[first], false, &again);
        same = !code && hash_eq(r.state_hash, again.state_hash) && r.event_hash == again.event_hash;
        struct why w;
        u32 wrong = 0;
        Err err = code ? ERR_OK : snapshots_agree(argv[first], r.seq, &snapshots, &wrong, &w);
        if (err) return say_why(err, &w);
        same = same && !wrong;
    }
    if (code) return code;
    say_replay(&r, same, snapshots);
    return same && r.ledger_sum.micros == 0 ? ERR_OK : ERR_NO;
}
