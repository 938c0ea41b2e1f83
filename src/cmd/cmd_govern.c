#include "cmd/govern.h"
#include "cmd/token_run.h"

#include "config/benchmark.h"
#include "sys/clock.h"
#include "sys/file.h"

#include <stdlib.h>

struct govern_ask govern;
static const char *name_text, *entity, *roles, *what, *from_text, *to_text, *days_text,
    *complaint_days, *review_days, *cutoff, *value, *methodology, *receipt, *report, *registry,
    *key, *outcome, *about;
static struct option_list founders;

/* ---- what commands share ---- */

int govern_now(const struct usage *u, Instant *at)
{
    if (!govern.at) {
        *at = clock_wall();
        return ERR_OK;
    }
    if (parse_instant(str_of(govern.at), at) == PARSE_OK && at->ns > 0) return ERR_OK;
    return usage_error(u, "--at %s: not RFC 3339 UTC (2026-07-31T16:00:00Z)", govern.at);
}

bool govern_word(const struct usage *u, const char *name, const char *text, char to[32])
{
    if (!text) return true;
    if (!name_valid(str_of(text))) {
        usage_error(u, "--%s %s: not one word of at most 31 letters", name, text);
        return false;
    }
    memset(to, 0, 32);
    memcpy(to, text, strlen(text));
    return true;
}

bool govern_reason(const struct usage *u, const char *text, char to[GOV_TEXT_MAX])
{
    if (!text) return true;
    u64 n = strlen(text);
    bool fine = n && n < GOV_TEXT_MAX;
    for (u64 i = 0; fine && i < n; i++)
        fine = text[i] >= ' ' && text[i] <= '~' && text[i] != '"' && text[i] != '\\';
    if (!fine) {
        usage_error(u, "--text: 1 to %u plain letters, without quotation mark or backslash",
                    GOV_TEXT_MAX - 1);
        return false;
    }
    memcpy(to, text, n);
    return true;
}

int govern_begin(const struct usage *u, u8 action, struct gov_entry *e)
{
    Instant at;
    *e = (struct gov_entry){ .action = action };
    if (!govern.path) return usage_error(u, "--register is needed");
    if (!govern.by) return usage_error(u, "--by is needed: who does it");
    int code = govern_now(u, &at);
    if (code) return code;
    e->at = at.ns;
    if (!govern_word(u, "by", govern.by, e->by)) return ERR_USAGE;
    return govern_reason(u, govern.text, e->text) ? ERR_OK : ERR_USAGE;
}

Err file_hash(const char *path, Hash *out, struct why *w)
{
    u8 *bytes = NULL;
    u64 n = 0;
    Err err = file_read_all(path, UINT64_C(1) << 30, &bytes, &n, w);
    if (!err) *out = sha256_of(bytes, n);
    free(bytes);
    return err;
}

Err govern_receipt(const char *path, struct receipt_verdict *v, struct why *w)
{
    if (token_receipt_file(path))
        return why_set(w, ERR_INPUT,
                       "%s:1: a token basket's receipt: registers are of GPU "
                       "benchmarks",
                       path);
    Err err = receipt_verify(path, &(struct verify_ask){ 0 }, v, w);
    if (err || v->ok) return err;
    return why_set(w, ERR_NO, "%s:%u: %s: the receipt does not verify: %s", path, v->line, v->field,
                   v->cause);
}

static void say_entry(const struct register_file *f, u32 seq)
{
    char line[GOV_LINE_MAX];
    const struct gov_entry *e = &f->r.at[seq - 1];
    struct text t = text_on(line, sizeof line);
    if (govern.json) {
        char buf[GOV_LINE_MAX];
        struct json_line j = object_begin(buf, sizeof buf);
        object_u64(&j, "seq", seq);
        object_text(&j, "action", list_text(GOV_ACTION, e->action));
        if (e->subject)
            object_text(&j, "state", list_text(GOV_STATE, f->r.item[e->subject - 1].state));
        object_hash(&j, "head", &f->r.head);
        object_end(&j);
        return;
    }
    entry_put(e, &t);
    puts(line);
    if (e->action == GOV_ACTION_APPROVE)
        printf("proposal %u is %s (%u of %u approvals)\n", e->subject,
               list_text(GOV_STATE, f->r.item[e->subject - 1].state),
               f->r.item[e->subject - 1].approvals, GOV_APPROVERS);
}

int govern_put(struct gov_entry *e, u32 n)
{
    struct register_file f = { 0 };
    struct why w;
    Err err = register_append(govern.path, e, n, &f, &w);
    if (err) return say_why(err, &w);
    for (u32 i = 0; i < n; i++) say_entry(&f, f.r.n - n + 1 + i);
    if (!govern.json) {
        char hex[80];
        struct text t = text_on(hex, sizeof hex);
        text_put_hex(&t, f.r.head.bytes, sizeof f.r.head.bytes);
        printf("head %s\n", hex);
    }
    register_give(&f);
    return ERR_OK;
}

/* ---- open ---- */

static const struct option_row open_options[] = {
    GOVERN_WRITE,
    OPTION_VALUE('m', "methodology", "METHOD.yaml", "in force as the register opens", &methodology),
    OPTION_LIST(0, "actor", "NAME=ROLE[+ROLE][@ENTITY]", "a founder", &founders),
    OPTION_VALUE(0, "consult-days", "N", "shortest consultation, days; else 30", &days_text),
    OPTION_VALUE(0, "complaint-days", "N", "a complaint's deadline, days; else 30",
                 &complaint_days),
    OPTION_VALUE(0, "review-days", "N", "a review so often, days; else 92", &review_days),
    OPTION_VALUE(0, "key", "HEX", "the administrator's public key", &key),
    OPTION_VALUE(0, "text", "REASON", "why, in a sentence", &govern.text),
    OPTIONS_END,
};
static const struct usage open_usage = {
    .command = "govern open",
    .args = "-r FILE --by ACTOR -m METHOD.yaml --actor NAME=ROLE ... --text REASON",
    .text = "Opens a register: the methodology in force, and the actors who begin. Later actors\n"
            "are proposed and approved. Roles: administrator, committee, oversight, collector,\n"
            "agent, panellist, trader, auditor.",
    .options = open_options,
    .example = "hedgerow govern open -r gov.reg --by ada -m specs/methodology/h100-synthetic.yaml "
               "--actor ada=administrator --actor cyn=committee --actor ove=oversight "
               "--text 'the first register'",
};

static bool roles_of(const struct usage *u, const char *text, u32 n, u32 *out)
{
    const struct fact *f = &entry_table.fact[ENTRY_roles];
    struct gov_entry e = { 0 };
    if (!fact_parse(f, (struct fact_home){ 0 }, (Str){ text, n }, &e)) {
        usage_error(u, "%.*s: roles in the order of --help, + between", (int)n, text);
        return false;
    }
    *out = e.roles;
    return true;
}

/* NAME=ROLE[+ROLE][@ENTITY] */
static bool founder(const char *text, struct gov_entry *e)
{
    char part[3][64] = { { 0 } };
    const char *eq = strchr(text, '='), *home = eq ? strchr(eq, '@') : NULL;
    u64 end = home ? (u64)(home - text) : strlen(text);
    if (!eq || eq - text > 31 || end - (u64)(eq - text) > sizeof part[1] ||
        (home && strlen(home) > 32)) {
        usage_error(&open_usage, "--actor %s: not NAME=ROLE[+ROLE][@ENTITY]", text);
        return false;
    }
    memcpy(part[0], text, (u64)(eq - text));
    memcpy(part[1], eq + 1, end - (u64)(eq - text) - 1);
    if (home) memcpy(part[2], home + 1, strlen(home + 1));
    return govern_word(&open_usage, "actor", part[0], e->name) &&
           (!home || govern_word(&open_usage, "actor", part[2], e->other)) &&
           roles_of(&open_usage, part[1], (u32)strlen(part[1]), &e->roles);
}

static int set_key(const struct usage *u, struct gov_entry *e)
{
    if (!key || parse_hex(str_of(key), e->key.bytes, sizeof e->key.bytes) == PARSE_OK)
        return ERR_OK;
    return usage_error(u, "--key: not 64 hex digits");
}

static Err set_methodology(struct gov_entry *e, struct why *w)
{
    struct methodology m;
    Err err = config_methodology(methodology, &m, w);
    if (err) return err;
    memset(e->name, 0, sizeof e->name);
    memcpy(e->name, m.index, sizeof e->name);
    e->version = (u32)m.version, e->from = (Date){ (i32)m.effective_from };
    e->hash = methodology_hash(&m);
    return ERR_OK;
}

static bool days_of(const struct usage *u, const char *name, const char *text, u32 *to)
{
    u64 v = *to;
    if (!usage_u64(u, name, text, 1, GOV_DAYS_MAX, &v)) return false;
    *to = (u32)v;
    return true;
}

static int run_open(int argc, char **argv)
{
    static struct gov_entry e[1 + ARRAY_LEN(founders.at)];
    struct why w;
    int first, code = usage_parse(&open_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!methodology || !founders.n) return usage_error(&open_usage, "-m and --actor are needed");
    code = govern_begin(&open_usage, GOV_ACTION_OPEN, &e[0]);
    if (!code) code = set_key(&open_usage, &e[0]);
    if (code) return code;
    e[0].days = 30, e[0].complaint_days = 30, e[0].review_days = 92;
    if (!days_of(&open_usage, "consult-days", days_text, &e[0].days) ||
        !days_of(&open_usage, "complaint-days", complaint_days, &e[0].complaint_days) ||
        !days_of(&open_usage, "review-days", review_days, &e[0].review_days))
        return ERR_USAGE;
    Err err = set_methodology(&e[0], &w);
    if (err) return say_why(err, &w);
    if (file_exists(govern.path)) {
        err = why_set(&w, ERR_NO, "%s: there is a register already", govern.path);
        return say_why(err, &w);
    }
    for (u32 i = 0; i < founders.n; i++) {
        struct gov_entry *f = &e[1 + i];
        *f = (struct gov_entry){ .action = GOV_ACTION_FOUND, .at = e[0].at };
        memcpy(f->by, e[0].by, sizeof f->by);
        if (!founder(founders.at[i], f)) return ERR_USAGE;
    }
    return govern_put(e, 1 + founders.n);
}

/* ---- propose ---- */

static const struct option_row propose_options[] = {
    GOVERN_WRITE,
    OPTION_VALUE('m', "methodology", "METHOD.yaml", "act methodology: the new version",
                 &methodology),
    OPTION_VALUE(0, "registry", "OWNERS.yaml", "act registry: the new rows", &registry),
    OPTION_VALUE(0, "receipt", "RECEIPT", "act judgement: the print it is about", &receipt),
    OPTION_VALUE(0, "report", "FILE", "the report it rests on; its SHA-256 is kept", &report),
    OPTION_VALUE(0, "name", "NAME", "actor, source, owner, factor, fallback index", &name_text),
    OPTION_VALUE(0, "what", "KIND", "exclude: source, owner or provider", &what),
    OPTION_VALUE(0, "about", "N", "include: the exclusion it ends", &about),
    OPTION_VALUE(0, "roles", "ROLE+ROLE", "act actor: all roles; left out: none", &roles),
    OPTION_VALUE(0, "entity", "NAME", "act actor: who the actor works for", &entity),
    OPTION_VALUE(0, "from", "DATE", "takes effect", &from_text),
    OPTION_VALUE(0, "to", "DATE", "exclude: last date", &to_text),
    OPTION_VALUE(0, "days", "N", "consultation window; transition: notice", &days_text),
    OPTION_VALUE(0, "cutoff", "HH:MM", "act panellist: UTC", &cutoff),
    OPTION_VALUE(0, "value", "N", "ppm; link: decimal; judgement: price", &value),
    OPTION_VALUE(0, "key", "HEX", "act key: public key", &key),
    OPTION_VALUE(0, "text", "REASON", "why, in a sentence", &govern.text),
    OPTIONS_END,
};
static const struct usage propose_usage = {
    .command = "govern propose",
    .args = "ACT -r FILE --by ACTOR --text REASON [what the act needs]",
    .text = "Puts an act before two others. Acts: actor, methodology, registry, factor, link,\n"
            "splice, exclude, include, judgement, key, panellist, transition.",
    .options = propose_options,
    .example = "hedgerow govern propose exclude -r gov.reg --by cyn --what owner "
               "--name syn-elm-holding --from 2026-08-01 --text 'prices of cancelled rentals'",
    .args_min = 1,
    .args_max = 1,
};

static bool set_value(struct gov_entry *e)
{
    u32 scale = e->act == GOV_ACT_JUDGEMENT ? 6 : e->act == GOV_ACT_LINK ? 9 : 0;
    if (!value || parse_dec(str_of(value), scale, &e->value) == PARSE_OK) return true;
    usage_error(&propose_usage, "--value %s: not a number with at most %u decimals", value, scale);
    return false;
}

static bool set_cutoff(struct gov_entry *e)
{
    u64 h = 0, m = 0;
    if (!cutoff) return true;
    bool fine = strlen(cutoff) == 5 && cutoff[2] == ':' &&
                parse_u64((Str){ cutoff, 2 }, &h) == PARSE_OK &&
                parse_u64((Str){ cutoff + 3, 2 }, &m) == PARSE_OK && m < 60 && h * 60 + m <= 1440;
    if (!fine || !(h + m)) {
        usage_error(&propose_usage, "--cutoff %s: not HH:MM between 00:01 and 24:00", cutoff);
        return false;
    }
    e->cutoff_s = (u32)(h * 3600 + m * 60);
    return true;
}

static bool set_plain(struct gov_entry *e)
{
    u64 n = 0;
    const struct usage *u = &propose_usage;
    if (what) e->what = list_value(GOV_TARGET, str_of(what));
    if (what && !e->what) {
        usage_error(u, "--what %s: source, owner or provider", what);
        return false;
    }
    if (!usage_u64(u, "about", about, 1, UINT32_MAX, &n)) return false;
    if (about) e->subject = (u32)n;
    return govern_word(u, "name", name_text, e->name) &&
           govern_word(u, "entity", entity, e->other) &&
           (!roles || roles_of(u, roles, (u32)strlen(roles), &e->roles)) &&
           usage_date(u, "from", from_text, &e->from) && usage_date(u, "to", to_text, &e->to) &&
           days_of(u, "days", days_text, &e->days) && set_cutoff(e) && set_value(e);
}

static Err set_registry(struct gov_entry *e, struct why *w)
{
    struct registry *r = calloc(1, sizeof *r);
    if (!r) return why_set(w, ERR_IO, "no memory");
    Err err = config_registry(registry, r, w);
    if (!err) {
        memcpy(e->name, r->registry, sizeof e->name);
        e->version = (u32)r->version, e->hash = record_hash(&registry_record, r);
    }
    free(r);
    return err;
}

/* Name, date, version and hash of the print that a receipt states. */
static Err set_receipt(const char *path, struct gov_entry *e, struct why *w)
{
    struct receipt_verdict v;
    Err err = govern_receipt(path, &v, w);
    if (err) return err;
    memcpy(e->name, v.print.index, sizeof e->name);
    e->date = v.print.value_date, e->version = v.print.vintage, e->hash = v.print.receipt;
    return ERR_OK;
}

static Err set_files(struct gov_entry *e, struct why *w)
{
    Err err = ERR_OK;
    if (methodology) err = set_methodology(e, w);
    if (!err && registry) err = set_registry(e, w);
    if (!err && receipt) err = set_receipt(receipt, e, w);
    if (!err && report) err = file_hash(report, &e->report, w);
    return err;
}

static int run_propose(int argc, char **argv)
{
    struct gov_entry e;
    struct why w;
    int first, code = usage_parse(&propose_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    u8 act = list_value(GOV_ACT, str_of(argv[first]));
    if (!act) return usage_error(&propose_usage, "no act %s", argv[first]);
    code = govern_begin(&propose_usage, GOV_ACTION_PROPOSE, &e);
    if (code) return code;
    e.act = act;
    Err err = set_files(&e, &w);
    if (err) return say_why(err, &w);
    if (!set_plain(&e)) return ERR_USAGE;
    code = set_key(&propose_usage, &e);
    if (code) return code;
    if (act == GOV_ACT_METHODOLOGY && !e.days) { /* the register's own window */
        struct register_file f;
        err = register_load(govern.path, &f, &w);
        if (!err) e.days = f.r.at[0].days;
        register_give(&f);
        if (err) return say_why(err, &w);
    }
    return govern_put(&e, 1);
}

/* ---- entries about another: approve, reject, withdraw, comment, resolve ---- */

static const struct option_row about_options[] = {
    GOVERN_WRITE,
    OPTION_VALUE(0, "text", "REASON", "why, in a sentence", &govern.text),
    OPTIONS_END,
};
#define ABOUT_USAGE(verb, words) \
    { \
        .command = "govern " verb, .args = "N -r FILE --by ACTOR [--text REASON]", .text = words, \
        .options = about_options, \
        .example = "hedgerow govern " verb " 13 -r gov.reg --by ove " \
                   "--text 'read the report'", \
        .args_min = 1, .args_max = 1 \
    }
static const struct usage approve_usage =
    ABOUT_USAGE("approve", "Approves proposal N. Two approvers besides the proposer adopt it.");
static const struct usage reject_usage =
    ABOUT_USAGE("reject", "Refuses proposal N, with a reason.");
static const struct usage withdraw_usage =
    ABOUT_USAGE("withdraw", "The proposer takes proposal N back.");
static const struct usage comment_usage =
    ABOUT_USAGE("comment", "Comments on proposal N. Anybody may.");

static bool subject_of(const struct usage *u, const char *text, u32 *out)
{
    u64 v = 0;
    if (parse_u64(str_of(text), &v) == PARSE_OK && v && v <= UINT32_MAX) {
        *out = (u32)v;
        return true;
    }
    usage_error(u, "%s: not the number of an entry", text);
    return false;
}

static int run_about(const struct usage *u, u8 action, int argc, char **argv)
{
    struct gov_entry e;
    int first, code = usage_parse(u, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    code = govern_begin(u, action, &e);
    if (code) return code;
    return subject_of(u, argv[first], &e.subject) ? govern_put(&e, 1) : ERR_USAGE;
}
static int run_approve(int argc, char **argv)
{
    return run_about(&approve_usage, GOV_ACTION_APPROVE, argc, argv);
}
static int run_reject(int argc, char **argv)
{
    return run_about(&reject_usage, GOV_ACTION_REJECT, argc, argv);
}
static int run_withdraw(int argc, char **argv)
{
    return run_about(&withdraw_usage, GOV_ACTION_WITHDRAW, argc, argv);
}
static int run_comment(int argc, char **argv)
{
    return run_about(&comment_usage, GOV_ACTION_COMMENT, argc, argv);
}

static const struct option_row complain_options[] = {
    GOVERN_WRITE,
    OPTION_VALUE(0, "receipt", "RECEIPT", "of the print complained of", &receipt),
    OPTION_VALUE(0, "text", "REASON", "what is wrong, in a sentence", &govern.text),
    OPTIONS_END,
};
static const struct usage complain_usage = {
    .command = "govern complain",
    .args = "-r FILE --by NAME --receipt RECEIPT --text REASON",
    .text = "Takes in a complaint about one print, known by index, date, version and receipt.\n"
            "Anybody may complain; the register's rule sets the deadline.",
    .options = complain_options,
    .example = "hedgerow govern complain -r gov.reg --by zoe --receipt receipts/2026-07-21.receipt "
               "--text 'one owner under two names'",
};

static int run_complain(int argc, char **argv)
{
    struct gov_entry e;
    struct why w;
    int first, code = usage_parse(&complain_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!receipt) return usage_error(&complain_usage, "--receipt is needed");
    code = govern_begin(&complain_usage, GOV_ACTION_COMPLAIN, &e);
    if (code) return code;
    Err err = set_receipt(receipt, &e, &w);
    return err ? say_why(err, &w) : govern_put(&e, 1);
}

static const struct option_row resolve_options[] = {
    GOVERN_WRITE,
    OPTION_VALUE(0, "outcome", "OUTCOME", "rejected, upheld or restated", &outcome),
    OPTION_VALUE(0, "receipt", "RECEIPT", "restated: of the new version", &receipt),
    OPTION_VALUE(0, "text", "REASON", "why, in a sentence", &govern.text),
    OPTIONS_END,
};
static const struct usage resolve_usage = {
    .command = "govern resolve",
    .args = "N -r FILE --by ACTOR --outcome OUTCOME [--receipt RECEIPT] --text REASON",
    .text = "Ends complaint N. Outcome restated names the new version of the print by its receipt.",
    .options = resolve_options,
    .example = "hedgerow govern resolve 15 -r gov.reg --by ove --outcome rejected "
               "--text 'the owners differ: register extract attached'",
    .args_min = 1,
    .args_max = 1,
};

/* The new version must be of the print complained of. */
static Err set_restatement(struct gov_entry *e, struct why *w)
{
    struct gov_entry new = { 0 };
    struct register_file f;
    Err err = set_receipt(receipt, &new, w);
    if (err) return err;
    err = register_load(govern.path, &f, w);
    if (!err && e->subject <= f.r.n) {
        const struct gov_entry *c = &f.r.at[e->subject - 1];
        if (strcmp(c->name, new.name) != 0 || c->date.days != new.date.days)
            err = why_set(w, ERR_NO, "%s: is not of the print complained of", receipt);
    }
    register_give(&f);
    e->version = new.version, e->report = new.hash;
    return err;
}

static int run_resolve(int argc, char **argv)
{
    struct gov_entry e;
    struct why w;
    int first, code = usage_parse(&resolve_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    code = govern_begin(&resolve_usage, GOV_ACTION_RESOLVE, &e);
    if (code) return code;
    e.outcome = outcome ? list_value(GOV_OUTCOME, str_of(outcome)) : 0;
    if (!e.outcome) return usage_error(&resolve_usage, "--outcome: rejected, upheld or restated");
    if (!subject_of(&resolve_usage, argv[first], &e.subject)) return ERR_USAGE;
    Err err = receipt ? set_restatement(&e, &w) : ERR_OK;
    return err ? say_why(err, &w) : govern_put(&e, 1);
}

/* ---- attest, access ---- */

static const struct option_row attest_options[] = {
    GOVERN_WRITE,
    OPTION_VALUE(0, "to", "DATE", "good until", &to_text),
    OPTION_VALUE(0, "report", "FILE", "the signed attestation; its SHA-256 is kept", &report),
    OPTION_VALUE(0, "text", "REASON", "what is attested", &govern.text),
    OPTIONS_END,
};
static const struct usage attest_usage = {
    .command = "govern attest",
    .args = "-r FILE --by PANELLIST --to DATE --text WHAT [--report FILE]",
    .text = "A panellist attests that he keeps the code for submitters, until a date.",
    .options = attest_options,
    .example = "hedgerow govern attest -r gov.reg --by pat --to 2027-06-30 --text 'code of 2026'",
};

static int run_attest(int argc, char **argv)
{
    struct gov_entry e;
    struct why w;
    int first, code = usage_parse(&attest_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    code = govern_begin(&attest_usage, GOV_ACTION_ATTEST, &e);
    if (code) return code;
    if (!usage_date(&attest_usage, "to", to_text, &e.to)) return ERR_USAGE;
    Err err = report ? file_hash(report, &e.hash, &w) : ERR_OK;
    return err ? say_why(err, &w) : govern_put(&e, 1);
}

static const struct option_row access_options[] = {
    GOVERN_WRITE,
    OPTION_VALUE(0, "report", "FILE", "what was read; its SHA-256 is kept", &report),
    OPTION_VALUE(0, "text", "REASON", "what was read or changed, and why", &govern.text),
    OPTIONS_END,
};
static const struct usage access_usage = {
    .command = "govern access",
    .args = "-r FILE --by NAME --text WHAT [--report FILE]",
    .text = "Notes that somebody had access to inputs, keys or systems.",
    .options = access_options,
    .example = "hedgerow govern access -r gov.reg --by aud --text 'read the input logs of July'",
};

static int run_access(int argc, char **argv)
{
    struct gov_entry e;
    struct why w;
    int first, code = usage_parse(&access_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    code = govern_begin(&access_usage, GOV_ACTION_ACCESS, &e);
    if (code) return code;
    Err err = report ? file_hash(report, &e.hash, &w) : ERR_OK;
    return err ? say_why(err, &w) : govern_put(&e, 1);
}

int cmd_govern(int argc, char **argv)
{
    static const struct verb verbs[] = {
        { "open", "open a register: the rules and who begins", run_open },
        { "propose", "put an act before two others", run_propose },
        { "approve", "approve a proposal", run_approve },
        { "reject", "refuse a proposal", run_reject },
        { "withdraw", "take one's own proposal back", run_withdraw },
        { "comment", "comment on a proposal", run_comment },
        { "complain", "take in a complaint about a print", run_complain },
        { "resolve", "end a complaint", run_resolve },
        { "attest", "a panellist keeps the code", run_attest },
        { "access", "note an access", run_access },
        { "score", "a panellist's bias and error against the prints", govern_score },
        { "recompute", "compare two agents' receipts, and note the result", govern_recompute },
        { "review", "statistics and alarms over prints, noted", govern_review },
        { "check", "are receipts made by what the register adopted?", govern_check },
        { "list", "the entries", govern_list },
        { "actors", "who holds which role", govern_actors },
        { "status", "what waits for whom, and what is late", govern_status },
        { "verify", "is the register the one that was written?", govern_verify },
    };
    return verbs_run("govern", verbs, ARRAY_LEN(verbs), argc, argv);
}
