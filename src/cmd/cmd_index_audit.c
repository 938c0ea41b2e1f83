#include "cmd/audit.h"
#include "cmd/cmd.h"
#include "cmd/govern.h"
#include "sys/clock.h"

static const char *register_path, *owners_path, *key_path, *from_text, *to_text, *out_path,
    *check_path, *by_name;
static bool json;
static struct option_list methods, inputs;

static const struct option_row audit_options[] = {
    OPTION_LIST('m', "methodology", "METHOD.yaml", "each version that was in force", &methods),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form", &inputs),
    OPTION_VALUE('r', "register", "FILE", "the register", &register_path),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE(0, "key", "FILE", "sign receipts: 64 hex digits, an Ed25519 seed", &key_path),
    OPTION_VALUE(0, "from", "DATE", "first date; else the first with data", &from_text),
    OPTION_VALUE(0, "to", "DATE", "last date; else the last with data", &to_text),
    OPTION_VALUE('o', "output", "DIR", "new or empty", &out_path),
    OPTION_VALUE(0, "by", "NAME", "notes the access in the register", &by_name),
    OPTION_VALUE(0, "check", "DIR", "check an extract instead", &check_path),
    OPTION_FLAG(0, "json", "one JSON object", &json),
    OPTIONS_END,
};
static const struct usage audit_usage = {
    .command = "index audit",
    .args = "-m METHOD.yaml ... -i OBS ... -r REGISTER -o DIR | --check DIR",
    .text = "Writes an extract for a regulator or an auditor: methodologies, statements, owners,\n"
            "register, receipts, inputs and their pages by hash, and a manifest of all. With\n"
            "--check: is a folder such an extract, whole and unchanged? Exit 1 if not.",
    .options = audit_options,
    .example = "hedgerow index audit -m specs/methodology/h100-synthetic.yaml "
               "-i examples/rentals-synthetic.csv -r gov.reg -o extract",
};

static void say(const char *dir, const struct audit_sum *s, bool ok, const char *cause)
{
    char buf[2048], hex[80];
    struct text t = text_on(hex, sizeof hex);
    text_put_hex(&t, s->manifest.bytes, sizeof s->manifest.bytes);
    if (json) {
        struct json_line j = object_begin(buf, sizeof buf);
        object_bool(&j, "ok", ok);
        object_text(&j, "folder", dir);
        object_u64(&j, "files", s->files);
        object_u64(&j, "receipts", s->receipts);
        object_u64(&j, "entries", s->entries);
        object_text(&j, "manifest", hex);
        object_text(&j, "cause", cause);
        object_end(&j);
    } else if (ok) {
        printf("%s: %u files, %u receipts, %u register entries, manifest %s\n", dir, s->files,
               s->receipts, s->entries, hex);
    } else {
        printf("%s: NO: %s\n", dir, cause);
    }
}

/* Who took an extract, and which: an entry after those that it holds. */
static Err note_access(const struct audit_sum *sum, struct gov_entry *e, struct why *w)
{
    e->action = GOV_ACTION_ACCESS, e->at = clock_wall().ns, e->hash = sum->manifest;
    snprintf(e->text, sizeof e->text, "took an audit extract of %u receipts; hash: its manifest",
             sum->receipts);
    return register_append(register_path, e, 1, NULL, w);
}

int index_audit(int argc, char **argv)
{
    struct audit_sum sum;
    struct gov_entry e = { 0 };
    struct why w;
    int first, code = usage_parse(&audit_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (check_path) {
        Err err = audit_check(check_path, &sum, &w);
        if (err > ERR_NO) return say_why(err, &w);
        say(check_path, &sum, !err, err ? w.text : "");
        return err;
    }
    struct audit_ask ask = { .methods = methods.at, .methods_n = methods.n, .inputs = inputs.at,
                             .inputs_n = inputs.n, .owners = owners_path, .reg = register_path,
                             .key = key_path, .out = out_path };
    if (!methods.n || !inputs.n || !register_path || !out_path)
        return usage_error(&audit_usage, "-m, -i, -r and -o are needed");
    if (!usage_date(&audit_usage, "from", from_text, &ask.from) ||
        !usage_date(&audit_usage, "to", to_text, &ask.to))
        return ERR_USAGE;
    if (!govern_word(&audit_usage, "by", by_name, e.by)) return ERR_USAGE;
    Err err = audit_write(&ask, &sum, &w);
    if (!err && by_name) err = note_access(&sum, &e, &w);
    if (err) return say_why(err, &w);
    say(out_path, &sum, true, "");
    return ERR_OK;
}
