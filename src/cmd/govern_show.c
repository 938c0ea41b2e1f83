#include "cmd/govern.h"

#include <stdlib.h>

static const char *head_text, *about_text;
static bool only_open;

static const char *day_of(i64 ns, char buf[16])
{
    struct text t = text_on(buf, 16);
    text_put_date(&t, date_at((Instant){ ns }));
    return buf;
}

static const char *bits_of(const struct words *words, u32 bits, char *buf, u32 cap)
{
    struct text t = text_on(buf, cap);
    for (u32 i = 1; i < words->n; i++)
        if (bits & LIST_BIT(i)) text_put(&t, t.n ? "+" : ""), text_put(&t, words->word[i]);
    return t.n ? buf : "-";
}

/* Usage, then the register as it stands; CMD_GO_ON or the exit code. */
static int show_begin(const struct usage *u, int argc, char **argv, struct register_file *f)
{
    struct why w;
    int first, code = usage_parse(u, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!govern.path) return usage_error(u, "--register is needed");
    Err err = register_load(govern.path, f, &w);
    if (!err) return CMD_GO_ON;
    register_give(f);
    return say_why(err, &w);
}

/* ---- list ---- */

static const struct option_row list_options[] = {
    OPTION_VALUE('r', "register", "FILE", "the register", &govern.path),
    OPTION_FLAG(0, "open", "only what waits for a decision", &only_open),
    OPTION_VALUE(0, "about", "N", "only entry N and those about it", &about_text),
    OPTION_FLAG(0, "json", "one JSON object an entry", &govern.json),
    OPTIONS_END,
};
static const struct usage list_usage = {
    .command = "govern list",
    .args = "-r FILE [--open] [--about N] [--json]",
    .text = "Shows the entries of a register, and where each proposal and complaint stands.",
    .options = list_options,
    .example = "hedgerow govern list -r gov.reg --open",
};

static void entry_json(const struct register_file *f, u32 i)
{
    char buf[2 * GOV_LINE_MAX];
    const struct gov_entry *e = &f->r.at[i];
    struct json_line j = object_begin(buf, sizeof buf);
    for (u32 k = 0; k < entry_table.n; k++) {
        char value[FACT_WORD_MAX * 2];
        struct text t = text_on(value, sizeof value);
        if (!entry_has(e, k)) continue;
        fact_put(&entry_table.fact[k], (struct fact_home){ 0 }, e, &t);
        object_text(&j, entry_field_name(k), value);
    }
    if (e->text[0]) object_text(&j, "text", e->text);
    if (f->r.item[i].state) object_text(&j, "state", list_text(GOV_STATE, f->r.item[i].state));
    object_end(&j);
}

static void entry_row(struct table *t, const struct register_file *f, u32 i)
{
    char day[16], about[80];
    const struct gov_entry *e = &f->r.at[i];
    const struct gov_item *it = &f->r.item[i];
    struct text a = text_on(about, sizeof about);
    if (e->subject) text_put_char(&a, '#'), text_put_u64(&a, e->subject), text_put_char(&a, ' ');
    if (e->name[0]) text_put(&a, e->name);
    if (e->act && e->version) text_put(&a, " v"), text_put_u64(&a, e->version);
    if (e->date.days) text_put_char(&a, ' '), text_put_date(&a, e->date);
    table_cell(t, "%u", e->seq);
    table_cell(t, "%s", day_of(e->at, day));
    table_cell(t, "%s", e->by);
    table_cell(t, "%s%s%s", list_text(GOV_ACTION, e->action), e->act ? " " : "",
               e->act ? list_text(GOV_ACT, e->act) : "");
    table_cell(t, "%s", about);
    table_cell(t, "%s", it->state ? list_text(GOV_STATE, it->state) : "");
    table_cell(t, "%s", e->text);
}

int govern_list(int argc, char **argv)
{
    struct register_file f;
    u64 about = 0;
    int code = show_begin(&list_usage, argc, argv, &f);
    if (code != CMD_GO_ON) return code;
    if (!usage_u64(&list_usage, "about", about_text, 1, UINT32_MAX, &about)) {
        register_give(&f);
        return ERR_USAGE;
    }
    struct table *t = govern.json ? NULL : table_new(">#|Date|By|Action|About|State|Reason");
    for (u32 i = 0; i < f.r.n; i++) {
        if (only_open && f.r.item[i].state != GOV_STATE_WAITING) continue;
        if (about && i + 1 != about && f.r.at[i].subject != about) continue;
        if (t) entry_row(t, &f, i);
        else entry_json(&f, i);
    }
    if (t) table_print(t);
    register_give(&f);
    return ERR_OK;
}

/* ---- actors ---- */

static const struct option_row actors_options[] = {
    OPTION_VALUE('r', "register", "FILE", "the register", &govern.path),
    OPTION_FLAG(0, "json", "one JSON object an actor", &govern.json),
    OPTIONS_END,
};
static const struct usage actors_usage = {
    .command = "govern actors",
    .args = "-r FILE [--json]",
    .text = "Who holds which role, for whom they work, and a panellist's cut-off and attestation.\n"
            "An entity with a trader and an actor who decides is said: a conflict to disclose.",
    .options = actors_options,
    .example = "hedgerow govern actors -r gov.reg",
};

/* Somebody else of the same entity trades. */
static bool entity_trades(const struct gov_register *r, const struct gov_actor *a)
{
    for (u32 i = 0; a->entity[0] && i < r->actors_n; i++)
        if (&r->actors[i] != a && strcmp(r->actors[i].entity, a->entity) == 0 &&
            r->actors[i].roles & LIST_BIT(GOV_ROLE_TRADER))
            return true;
    return false;
}

static void actor_json(const struct gov_register *r, const struct gov_actor *a)
{
    char buf[1024], roles[256];
    struct json_line j = object_begin(buf, sizeof buf);
    object_text(&j, "actor", a->name);
    object_text(&j, "roles", bits_of(&bench_words_GOV_ROLE, a->roles, roles, sizeof roles));
    object_text(&j, "entity", a->entity);
    object_u64(&j, "cutoff_s", a->cutoff_s);
    object_date(&j, "attested_to", (Date){ (i32)a->attested });
    object_bool(&j, "entity_trades", entity_trades(r, a));
    object_u64(&j, "since_entry", a->since);
    object_end(&j);
}

int govern_actors(int argc, char **argv)
{
    struct register_file f;
    char roles[256], day[16];
    int code = show_begin(&actors_usage, argc, argv, &f);
    if (code != CMD_GO_ON) return code;
    struct table *t =
        govern.json ? NULL : table_new("Actor|Roles|Entity|Cut-off|Attested to|>Since entry|Note");
    for (u32 i = 0; i < f.r.actors_n; i++) {
        const struct gov_actor *a = &f.r.actors[i];
        if (!t) {
            actor_json(&f.r, a);
            continue;
        }
        table_cell(t, "%s", a->name);
        table_cell(t, "%s", bits_of(&bench_words_GOV_ROLE, a->roles, roles, sizeof roles));
        table_cell(t, "%s", a->entity[0] ? a->entity : "-");
        if (a->cutoff_s) table_cell(t, "%02u:%02uZ", a->cutoff_s / 3600, a->cutoff_s / 60 % 60);
        else table_cell(t, "-");
        table_cell(t, "%s", a->attested ? day_of(a->attested * NS_PER_DAY, day) : "-");
        table_cell(t, "%u", a->since);
        table_cell(t, "%s", entity_trades(&f.r, a) ? "its entity has a trader: to disclose" : "");
    }
    if (t) table_print(t);
    register_give(&f);
    return ERR_OK;
}

/* ---- status: the queue ---- */

static const struct option_row status_options[] = { GOVERN_READ, OPTIONS_END };
static const struct usage status_usage = {
    .command = "govern status",
    .args = "-r FILE [--at TIME] [--json]",
    .text = "What waits for whom: proposals and since when they may be approved, complaints and\n"
            "their deadlines, the next review, attestations that ran out. Exit 1 if any is late.",
    .options = status_options,
    .example = "hedgerow govern status -r gov.reg",
};

struct waiting { const char *kind; u32 seq; char what[160], when[16]; bool late; };

static void say_waiting(struct table *t, const struct waiting *q)
{
    char buf[512];
    if (t) {
        table_cell(t, "%s", q->kind);
        if (q->seq) table_cell(t, "%u", q->seq);
        else table_cell(t, "-");
        table_cell(t, "%s", q->what);
        table_cell(t, "%s", q->when);
        table_cell(t, "%s", q->late ? "LATE" : "");
        return;
    }
    struct json_line j = object_begin(buf, sizeof buf);
    object_text(&j, "kind", q->kind);
    object_u64(&j, "seq", q->seq);
    object_text(&j, "what", q->what);
    object_text(&j, "date", q->when);
    object_bool(&j, "late", q->late);
    object_end(&j);
}

static bool item_waiting(const struct gov_register *r, u32 i, Instant now, struct waiting *q)
{
    const struct gov_entry *e = &r->at[i];
    if (r->item[i].state != GOV_STATE_WAITING) return false;
    *q = (struct waiting){ .seq = e->seq };
    if (e->action == GOV_ACTION_COMPLAIN) {
        Instant end = complaint_deadline(r, e->seq);
        q->kind = "complaint", q->late = now.ns > end.ns;
        snprintf(q->what, sizeof q->what, "by %s: resolve by", e->by);
        day_of(end.ns, q->when);
        return true;
    }
    Instant opens = proposal_opens(r, e->seq);
    bool dead = e->from.days && e->from.days <= date_at(now).days && e->act == GOV_ACT_METHODOLOGY;
    q->kind = "proposal", q->late = dead;
    snprintf(q->what, sizeof q->what, "%s %s by %s: %u of %u approvals, may be approved from",
             list_text(GOV_ACT, e->act), e->name, e->by, r->item[i].approvals, GOV_APPROVERS);
    day_of(opens.ns, q->when);
    return true;
}

static u32 status_actors(const struct gov_register *r, Instant now, struct table *t)
{
    u32 late = 0;
    for (u32 i = 0; i < r->actors_n; i++) {
        const struct gov_actor *a = &r->actors[i];
        struct waiting q = { .kind = "attestation", .seq = a->since };
        if (!(a->roles & LIST_BIT(GOV_ROLE_PANELLIST))) continue;
        q.late = (i64)a->attested < date_at(now).days;
        snprintf(q.what, sizeof q.what, "panellist %s: %s", a->name,
                 a->attested ? "attested until" : "never attested");
        if (a->attested) day_of(a->attested * NS_PER_DAY, q.when);
        say_waiting(t, &q);
        late += q.late;
    }
    return late;
}

int govern_status(int argc, char **argv)
{
    struct register_file f;
    Instant now;
    u32 late = 0;
    int code = show_begin(&status_usage, argc, argv, &f);
    if (code != CMD_GO_ON) return code;
    code = govern_now(&status_usage, &now);
    if (code) {
        register_give(&f);
        return code;
    }
    struct table *t = govern.json ? NULL : table_new("Waits|>Entry|What|Date|");
    for (u32 i = 0; i < f.r.n; i++) {
        struct waiting q;
        if (!item_waiting(&f.r, i, now, &q)) continue;
        say_waiting(t, &q);
        late += q.late;
    }
    late += status_actors(&f.r, now, t);
    Instant due = review_due(&f.r);
    struct waiting q = { .kind = "review", .what = "the next is due by", .late = now.ns > due.ns };
    day_of(due.ns, q.when);
    say_waiting(t, &q);
    late += q.late;
    if (t) table_print(t);
    register_give(&f);
    return late ? ERR_NO : ERR_OK;
}

/* ---- verify ---- */

static const struct option_row verify_options[] = {
    OPTION_VALUE('r', "register", "FILE", "the register", &govern.path),
    OPTION_VALUE(0, "head", "HASH", "a head kept elsewhere: it must be in the chain", &head_text),
    OPTION_FLAG(0, "json", "one JSON object", &govern.json),
    OPTIONS_END,
};
static const struct usage verify_usage = {
    .command = "govern verify",
    .args = "-r FILE [--head HASH] [--json]",
    .text = "Checks every line of a register: its chain, its form, and the rules in its place.\n"
            "A chain can not say that last lines were taken away: give a head kept elsewhere.",
    .options = verify_options,
    .example = "hedgerow govern verify -r gov.reg",
};

/* The entry that the head was the chain of; 0 if none. */
static u32 entry_of_head(const struct register_file *f, Hash head)
{
    Hash chain = { { 0 } };
    u32 line = 0;
    for (u64 i = 0, from = 0; i < f->whole; i++) {
        if (f->bytes[i] != '\n') continue;
        u32 n = (u32)(i - from) - (u32)sizeof " chain=" + 1 - 2 * (u32)sizeof(Hash);
        chain = entry_chain(chain, (Str){ (const char *)f->bytes + from, n });
        line++, from = i + 1;
        if (hash_eq(chain, head)) return line;
    }
    return 0;
}

static int say_verified(const struct register_file *f, bool ok, const char *cause)
{
    char buf[1024], hex[80];
    struct text t = text_on(hex, sizeof hex);
    text_put_hex(&t, f->r.head.bytes, sizeof f->r.head.bytes);
    if (govern.json) {
        struct json_line j = object_begin(buf, sizeof buf);
        object_bool(&j, "ok", ok);
        object_u64(&j, "entries", f->r.n);
        object_u64(&j, "line", ok ? 0 : f->line);
        object_text(&j, "cause", cause);
        object_text(&j, "head", hex);
        object_end(&j);
    } else if (ok) {
        printf("%s: ok: %u entries, head %s\n", govern.path, f->r.n, hex);
    } else {
        printf("%s\n", cause);
    }
    return ok ? ERR_OK : ERR_NO;
}

int govern_verify(int argc, char **argv)
{
    struct register_file f;
    struct why w = { "" };
    Hash head;
    int first, code = usage_parse(&verify_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!govern.path) return usage_error(&verify_usage, "--register is needed");
    if (head_text && parse_hex(str_of(head_text), head.bytes, sizeof head.bytes) != PARSE_OK)
        return usage_error(&verify_usage, "--head: not 64 hex digits");
    Err err = register_load(govern.path, &f, &w);
    if (err && !f.line) {
        register_give(&f);
        return say_why(err, &w);
    }
    if (!err && f.whole < f.n) {
        f.line = f.r.n + 1;
        err = why_set(&w, ERR_NO, "%s:%u: end: a line without its newline: torn, or tampered with",
                      govern.path, f.line);
    }
    if (!err && head_text && !entry_of_head(&f, head))
        err =
            why_set(&w, ERR_NO, "%s: the head given is not in this register's chain", govern.path);
    code = say_verified(&f, !err, err ? w.text : "");
    register_give(&f);
    return code;
}
