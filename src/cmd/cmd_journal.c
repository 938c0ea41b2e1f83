#include "cmd/cmd.h"
#include "cmd/journal_replay.h"
#include "journal/journal.h"
#include "msg/msg.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIR_TEXT "DIR is a venue's data folder, or the journal folder in it. "

/* DIR/journal if that is there, else DIR itself. */
static Err journal_folder(char to[FILE_PATH_MAX], const char *dir, struct why *w)
{
    char segment[FILE_PATH_MAX];
    Err err = path_join(to, dir, "journal", w);
    if (!err) err = path_join(segment, to, "segment-00000001", w);
    if (err || file_exists(segment)) return err;
    struct dir_entry *rows;
    u32 n;
    bool inside =
        dir_list(to, 1000000, &rows, &n, w) == ERR_OK; /* there, but damaged at its start */
    if (inside) free(rows);
    if (inside) return ERR_OK;
    if (strlen(dir) >= FILE_PATH_MAX) return why_set(w, ERR_INPUT, "path too long");
    memcpy(to, dir, strlen(dir) + 1);
    return ERR_OK;
}

/* ---- verify ---- */

static bool head_of(const char *text, struct journal_head *head)
{
    const char *colon = strchr(text, ':');
    if (!colon || parse_hex(str_of(colon + 1), head->hash.bytes, 32) != PARSE_OK) return false;
    return parse_u64((Str){ text, (u32)(colon - text) }, &head->seq) == PARSE_OK && head->seq > 0;
}

static void verify_json(const struct journal_found *f, bool ok)
{
    static const char *const states[] = { "sound", "torn", "damaged" };
    char buf[4096];
    struct json_line j = object_begin(buf, sizeof buf);
    object_bool(&j, "ok", ok);
    object_text(&j, "state", states[f->state]);
    object_u64(&j, "first", f->first);
    object_u64(&j, "last", f->last);
    object_hash(&j, "head", &f->head);
    object_u64(&j, "segments", f->segments);
    object_u64(&j, "batches", f->batches);
    object_u64(&j, "marks", f->marks);
    object_u64(&j, "marked", f->marked);
    if (f->state != JOURNAL_SOUND) {
        object_text(&j, "file", f->file);
        object_u64(&j, "offset", f->offset);
        object_u64(&j, "seq", f->seq);
    }
    if (f->state == JOURNAL_TORN) {
        object_u64(&j, "cut_bytes", f->cut_bytes);
        object_u64(&j, "cut_records", f->cut_records);
    }
    if (f->state == JOURNAL_DAMAGED) {
        object_hash(&j, "want", &f->want);
        object_hash(&j, "got", &f->got);
    }
    if (f->text[0]) object_text(&j, "text", f->text);
    object_end(&j);
}

static void verify_print(const struct journal_found *f, bool ok)
{
    char hex[65];
    struct text t = text_on(hex, sizeof hex);
    text_put_hex(&t, f->head.bytes, sizeof f->head.bytes);
    if (!ok) printf("damaged: %s\n", f->text);
    else if (f->state == JOURNAL_TORN) fprintf(stderr, "notice: %s\n", f->text);
    printf("%s: seq %llu to %llu, %llu batches and %llu marks in %llu segments\nhead: %s\n",
           ok ? "sound" : "readable before it", (unsigned long long)f->first,
           (unsigned long long)f->last, (unsigned long long)f->batches,
           (unsigned long long)f->marks, (unsigned long long)f->segments, hex);
}

static int run_verify(int argc, char **argv)
{
    bool json = false;
    const char *head_text = NULL;
    const struct option_row options[] = {
        OPTION_VALUE(0, "head", "SEQ:HASH",
                     "a head kept elsewhere: nothing up to it may be missing", &head_text),
        OPTION_FLAG(0, "json", "one JSON object", &json),
        OPTIONS_END,
    };
    const struct usage usage = {
        .command = "journal verify",
        .args = "DIR",
        .text = "Reads every byte: checksums, hash chain, padding, the unused rest. " DIR_TEXT
                "An unfinished last batch is a notice; any other difference is named, exit 1.",
        .options = options,
        .example = "hedgerow journal verify ~/venue",
        .args_min = 1,
        .args_max = 1,
    };
    char folder[FILE_PATH_MAX];
    struct journal_head head = { 0 };
    struct journal_found found;
    struct why w;
    int first, code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (head_text && !head_of(head_text, &head))
        return usage_error(&usage, "--head wants SEQ:HASH, 64 hex digits, not %s", head_text);
    Err err = journal_folder(folder, argv[first], &w);
    if (!err) err = journal_scan(folder, head_text ? &head : NULL, &found, &w);
    if (err) return say_why(err, &w);
    bool ok = found.state == JOURNAL_SOUND || (found.state == JOURNAL_TORN && found.like_a_tear);
    if (json) verify_json(&found, ok);
    else verify_print(&found, ok);
    return ok ? ERR_OK : ERR_NO;
}

/* ---- export and tail ---- */

static void put_unknown(struct text *t, const struct journal_record *r, enum reject reject)
{
    text_put(t, "\"command\":\"?\",\"reject\":\""), text_put(t, reject_name(reject));
    text_put(t, "\",\"type_number\":\""), text_put_u64(t, r->type);
    text_put(t, "\",\"bytes\":\""), text_put_hex(t, r->payload, r->n), text_put(t, "\"");
}

/* One record on one line; false if its bytes are no command. */
static bool print_record(const struct journal_record *r, bool json)
{
    static char buf[4 * MSG_BYTES_MAX];
    struct text t = text_on(buf, sizeof buf);
    struct command c;
    if (json) text_put(&t, "{\"seq\":\"");
    text_put_u64(&t, r->seq), text_put(&t, json ? "\",\"time\":\"" : "  ");
    text_put_instant(&t, r->time), text_put(&t, json ? "\"," : "  ");
    enum reject reject = command_decode(r->type, r->payload, r->n, &c);
    if (!reject) command_json(&c, &t);
    else put_unknown(&t, r, reject);
    if (json) text_put(&t, "}");
    ASSERT(!t.cut);
    puts(buf);
    return !reject;
}

/* All records up to `to` (0: the end); *unknown counts those that are no command. */
static Err print_all(struct journal_reader *r, u64 to, bool json, u64 *unknown, struct why *w)
{
    struct journal_record record;
    bool got;
    for (;;) {
        Err err = journal_read(r, &record, &got, w);
        if (err || !got || (to && record.seq > to)) return err;
        *unknown += !print_record(&record, json);
    }
}

static int unknown_answer(u64 unknown)
{
    if (!unknown) return ERR_OK;
    fprintf(stderr, "hedgerow: %llu records are no commands of this version\n",
            (unsigned long long)unknown);
    return ERR_NO;
}

static int run_export(int argc, char **argv)
{
    bool json = false;
    const char *from_text = NULL, *to_text = NULL;
    const struct option_row options[] = {
        OPTION_VALUE(0, "from", "SEQ", "first record (default 1)", &from_text),
        OPTION_VALUE(0, "to", "SEQ", "last record (default the end)", &to_text),
        OPTION_FLAG(0, "json", "one JSON object a line", &json),
        OPTIONS_END,
    };
    const struct usage usage = {
        .command = "journal export",
        .args = "DIR [--from SEQ] [--to SEQ]",
        .text = "Prints every command of the journal, one a line. " DIR_TEXT
                "Checks the hash chain as it goes.",
        .options = options,
        .example = "hedgerow journal export ~/venue --from 1000 --json | grep ORDER_NEW",
        .args_min = 1,
        .args_max = 1,
    };
    char folder[FILE_PATH_MAX];
    struct journal_reader *r = NULL;
    struct why w;
    u64 from = 1, to = 0, unknown = 0;
    int first, code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!usage_u64(&usage, "from", from_text, 1, UINT64_MAX, &from) ||
        !usage_u64(&usage, "to", to_text, 1, UINT64_MAX, &to))
        return ERR_USAGE;
    Err err = journal_folder(folder, argv[first], &w);
    struct journal_read_config c = { .folder = folder, .from = from, .chain = true };
    if (!err) err = journal_read_open(&r, &c, &w);
    if (!err) err = print_all(r, to, json, &unknown, &w);
    journal_read_close(&r);
    fflush(stdout);
    return err ? say_why(err, &w) : unknown_answer(unknown);
}

/* The seq of the last record: the last segment is read through. */
static Err last_seq(const char *folder, u64 *seq, struct why *w)
{
    struct journal_read_config c = { .folder = folder, .from = UINT64_MAX };
    struct journal_reader *r;
    struct journal_record record;
    bool got;
    Err err = journal_read_open(&r, &c, w);
    if (err) return err;
    err = journal_read(r, &record, &got, w);
    *seq = journal_read_seq(r);
    journal_read_close(&r);
    return err;
}

static Err tail(const char *folder, u64 lines, bool follow, bool json, u64 *unknown, struct why *w)
{
    struct journal_reader *r;
    u64 last = 0;
    Err err = last_seq(folder, &last, w);
    if (err) return err;
    struct journal_read_config c = { .folder = folder,
                                     .from = last > lines ? last - lines + 1 : 1 };
    c.follow = follow;
    err = journal_read_open(&r, &c, w);
    if (err) return err;
    stop_signals_catch();
    do {
        err = print_all(r, 0, json, unknown, w);
        fflush(stdout);
        if (follow && !err) clock_sleep_ns(UINT64_C(20000000));
    } while (follow && !err && !stop_signal_seen() && !ferror(stdout));
    journal_read_close(&r);
    return err;
}

static int run_tail(int argc, char **argv)
{
    bool json = false, follow = false;
    const char *lines_text = NULL;
    const struct option_row options[] = {
        OPTION_FLAG('f', "follow", "go on as the venue writes, until interrupted", &follow),
        OPTION_VALUE('n', "lines", "N", "how many records to begin with (default 10)", &lines_text),
        OPTION_FLAG(0, "json", "one JSON object a line", &json),
        OPTIONS_END,
    };
    const struct usage usage = {
        .command = "journal tail",
        .args = "DIR [-f] [-n N]",
        .text = "Prints the journal's last commands. " DIR_TEXT
                "With -f only what is durable is shown: what a crash could still take back is not.",
        .options = options,
        .example = "hedgerow journal tail ~/venue -f",
        .args_min = 1,
        .args_max = 1,
    };
    char folder[FILE_PATH_MAX];
    struct why w;
    u64 lines = 10, unknown = 0;
    int first, code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!usage_u64(&usage, "lines", lines_text, 0, 1000000000, &lines)) return ERR_USAGE;
    Err err = journal_folder(folder, argv[first], &w);
    if (!err) err = tail(folder, lines, follow, json, &unknown, &w);
    return err ? say_why(err, &w) : unknown_answer(unknown);
}

int cmd_journal(int argc, char **argv)
{
    static const struct verb verbs[] = {
        { "verify", "check every byte, the hash chain and the end", run_verify },
        { "hash", "replay and print the state hash", journal_run_hash },
        { "replay", "run every command again and say how fast", journal_run_replay },
        { "export", "print every command", run_export },
        { "tail", "print the last commands, and those to come", run_tail },
    };
    return verbs_run("journal", verbs, ARRAY_LEN(verbs), argc, argv);
}
