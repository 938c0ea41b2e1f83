#include "cmd/govern.h"
#include "cmd/token_run.h"

#include "sys/file.h"

#include <stdlib.h>

static const char *methodology, *owners, *from_text, *to_text, *agent_a, *agent_b;
static const char *drift_text, *hhi_text, *coverage_text, *executed_text, *owner_text;
static struct option_list inputs;

#define PRINTS_FROM \
    OPTION_VALUE('m', "methodology", "METHOD.yaml", "the benchmark's rules", &methodology), \
        OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form", &inputs), \
        OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners), \
        OPTION_VALUE(0, "from", "DATE", "first date; else the first with data", &from_text), \
        OPTION_VALUE(0, "to", "DATE", "last date; else the last with data", &to_text)

/* The prints of -m -i --from --to: CMD_GO_ON, or the exit code. */
static int prints_of(const struct usage *u, struct benchmark *b, struct run_rows *rows)
{
    struct why w;
    struct run_ask ask = { .vintages = RUN_FIRST }; /* one a date */
    *b = (struct benchmark){ 0 }, *rows = (struct run_rows){ 0 };
    if (!methodology || !inputs.n) return usage_error(u, "-m and -i are needed");
    if (!usage_date(u, "from", from_text, &ask.from) || !usage_date(u, "to", to_text, &ask.to))
        return ERR_USAGE;
    ask.to_given = to_text != NULL;
    Err err = benchmark_open(b, methodology, owners, inputs.at, inputs.n, &w);
    if (!err) err = benchmark_run(b, &ask, rows, &w);
    return err ? say_why(err, &w) : CMD_GO_ON;
}

/* ---- review ---- */

static const struct option_row review_options[] = {
    GOVERN_WRITE,
    PRINTS_FROM,
    OPTION_VALUE(0, "max-drift", "PPM", "last print against first; else 100000", &drift_text),
    OPTION_VALUE(0, "max-hhi", "N", "concentration, x 10^4; else 2500", &hhi_text),
    OPTION_VALUE(0, "min-coverage", "PPM", "dates printed; else 900000", &coverage_text),
    OPTION_VALUE(0, "min-executed", "PPM", "share of trades; else 0", &executed_text),
    OPTION_VALUE(0, "max-owner", "PPM", "largest owner's share; else 400000", &owner_text),
    OPTIONS_END,
};
static const struct usage review_usage = {
    .command = "govern review",
    .args = "-r FILE --by ACTOR -m METHOD.yaml -i OBS ... [--from D] [--to D]",
    .text = "The scheduled review: drift, concentration, coverage and executed share of prints,\n"
            "noted with its alarms. Exit 1 if there are alarms.",
    .options = review_options,
    .example = "hedgerow govern review -r gov.reg --by ove "
               "-m specs/methodology/h100-synthetic.yaml -i examples/rentals-synthetic.csv",
};

struct limits { u64 drift, hhi, coverage, executed, owner; };

static bool limits_of(struct limits *l)
{
    const struct usage *u = &review_usage;
    *l = (struct limits){ 100000, 2500, 900000, 0, 400000 };
    return usage_u64(u, "max-drift", drift_text, 0, UINT32_MAX, &l->drift) &&
           usage_u64(u, "max-hhi", hhi_text, 0, 10000, &l->hhi) &&
           usage_u64(u, "min-coverage", coverage_text, 0, 1000000, &l->coverage) &&
           usage_u64(u, "min-executed", executed_text, 0, 1000000, &l->executed) &&
           usage_u64(u, "max-owner", owner_text, 0, 1000000, &l->owner);
}

static void review_prints(const struct run_rows *rows, const struct limits *l, struct gov_entry *e)
{
    u64 executed = 0, printed = 0;
    u32 owner = 0;
    i64 first = 0, last = 0;
    for (u32 i = 0; i < rows->n; i++) {
        const struct print *p = &rows->at[i];
        if (p->status != BENCH_PRINT_PRINTED) continue;
        first = first ? first : p->value, last = p->value;
        executed += p->executed_ppm, printed++;
        e->hhi = p->hhi > e->hhi ? p->hhi : e->hhi;
        owner = p->owner_max_ppm > owner ? p->owner_max_ppm : owner;
    }
    e->count = rows->n, e->bad = rows->n - (u32)printed;
    e->from = rows->at[0].value_date, e->to = rows->at[rows->n - 1].value_date;
    e->hash = rows->at[rows->n - 1].receipt;
    e->coverage_ppm = (u32)(printed * PPM / rows->n);
    e->executed_ppm = printed ? (u32)(executed / printed) : 0;
    if (first && !mul_div(last - first, PPM, first, ROUND_HALF_EVEN, &e->drift_ppm))
        e->drift_ppm = INT64_MAX;
    u64 drift = (u64)(e->drift_ppm < 0 ? -e->drift_ppm : e->drift_ppm);
    e->alarms = (drift > l->drift ? LIST_BIT(GOV_ALARM_DRIFT) : 0) |
                (e->hhi > l->hhi ? LIST_BIT(GOV_ALARM_HHI) : 0) |
                (e->coverage_ppm < l->coverage ? LIST_BIT(GOV_ALARM_COVERAGE) : 0) |
                (e->executed_ppm < l->executed ? LIST_BIT(GOV_ALARM_EXECUTED) : 0) |
                (owner > l->owner ? LIST_BIT(GOV_ALARM_DOMINANT) : 0);
    snprintf(e->text, sizeof e->text,
             "largest owner %u ppm; limits: drift %llu ppm, HHI %llu, coverage %llu ppm, executed "
             "%llu ppm, owner %llu ppm",
             owner, (unsigned long long)l->drift, (unsigned long long)l->hhi,
             (unsigned long long)l->coverage, (unsigned long long)l->executed,
             (unsigned long long)l->owner);
}

int govern_review(int argc, char **argv)
{
    struct gov_entry e;
    struct benchmark b;
    struct run_rows rows;
    struct limits l;
    int first, code = usage_parse(&review_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    code = govern_begin(&review_usage, GOV_ACTION_REVIEW, &e);
    if (code) return code;
    if (!limits_of(&l)) return ERR_USAGE;
    code = prints_of(&review_usage, &b, &rows);
    if (code == CMD_GO_ON) {
        review_prints(&rows, &l, &e);
        code = govern_put(&e, 1);
        if (!code && e.alarms) {
            for (u32 i = 1; !govern.json && i < GOV_ALARM_COUNT; i++)
                if (e.alarms & LIST_BIT(i)) printf("ALARM %s\n", list_text(GOV_ALARM, i));
            code = ERR_NO;
        }
    }
    free(rows.at);
    benchmark_close(&b);
    return code;
}

/* ---- score ---- */

static const struct option_row score_options[] = { GOVERN_WRITE, PRINTS_FROM, OPTIONS_END };
static const struct usage score_usage = {
    .command = "govern score",
    .args = "PANELLIST -r FILE --by ACTOR -m METHOD.yaml -i OBS ... [--from D] [--to D]",
    .text = "Scores a panellist's submissions (observations of kind panel, by provider) against\n"
            "the prints of their days: mean error and root mean square, in ppm. What was recorded\n"
            "after the cut-off of its day counts as late, and not for the score.",
    .options = score_options,
    .example = "hedgerow govern score pat -r gov.reg --by aud -m METHOD.yaml -i panel.csv",
    .args_min = 1,
    .args_max = 1,
};

static i64 root_of(i128 v)
{
    i64 lo = 0, hi = INT64_C(3000000000000000000);
    while (lo < hi) { /* largest r with r * r <= v */
        i64 mid = lo + (hi - lo + 1) / 2;
        if ((i128)mid * mid <= v) lo = mid;
        else hi = mid - 1;
    }
    return lo;
}

static const struct print *print_on(const struct run_rows *rows, Date d)
{
    i64 i = rows->n ? d.days - rows->at[0].value_date.days : -1;
    if (i < 0 || i >= (i64)rows->n) return NULL;
    const struct print *p = &rows->at[i];
    return p->status == BENCH_PRINT_PRINTED && p->value > 0 ? p : NULL;
}

/* Errors are bounded by 10^12 ppm, so that their squares' sum fits 128 bits. */
static bool score_obs(const struct benchmark *b, const struct run_rows *rows, const char *name,
                      u32 cutoff_s, struct gov_entry *e)
{
    const struct obs_log *log = &b->log.log;
    i128 sum = 0, squares = 0;
    u32 n = 0;
    for (u32 i = 0; i < log->n; i++) {
        const struct observation *o = &log->at[i];
        Date d = date_at((Instant){ o->t_event });
        const struct print *p = print_on(rows, d);
        i64 error;
        if (o->kind != OBS_KIND_PANEL || !str_is(names_text(&log->names, o->provider), name))
            continue;
        if (!p || o->raw_unit != RAW_UNIT_GPU_HOUR || o->price <= 0) continue;
        e->count++;
        if (cutoff_s && o->t_journal > date_start(d).ns + (i64)cutoff_s * NS_PER_SECOND) {
            e->bad++;
            continue;
        }
        if (!mul_div(o->price - p->value, PPM, p->value, ROUND_HALF_EVEN, &error)) return false;
        error = i64_min(i64_max(error, -PPM * PPM), PPM * PPM);
        sum += error, squares += (i128)error * error, n++;
    }
    if (!n) return false;
    i64 rmse = root_of(div_round(squares, n, ROUND_HALF_EVEN));
    e->bias_ppm = (i64)div_round(sum, n, ROUND_HALF_EVEN);
    e->rmse_ppm = (u32)i64_min(rmse, UINT32_MAX);
    return true;
}

static Err cutoff_of(const char *name, u32 *cutoff_s, struct why *w)
{
    struct register_file f;
    Err err = register_load(govern.path, &f, w);
    const struct gov_actor *a = err ? NULL : register_actor(&f.r, name);
    *cutoff_s = a ? a->cutoff_s : 0;
    register_give(&f);
    return err;
}

int govern_score(int argc, char **argv)
{
    struct gov_entry e;
    struct benchmark b;
    struct run_rows rows;
    struct why w;
    u32 cutoff_s;
    int first, code = usage_parse(&score_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    code = govern_begin(&score_usage, GOV_ACTION_SCORE, &e);
    if (code) return code;
    if (!govern_word(&score_usage, "name", argv[first], e.name)) return ERR_USAGE;
    Err err = cutoff_of(e.name, &cutoff_s, &w);
    if (err) return say_why(err, &w);
    code = prints_of(&score_usage, &b, &rows);
    if (code == CMD_GO_ON) {
        e.from = rows.at[0].value_date, e.to = rows.at[rows.n - 1].value_date;
        e.hash = rows.at[rows.n - 1].receipt;
        if (score_obs(&b, &rows, e.name, cutoff_s, &e)) {
            code = govern_put(&e, 1);
        } else {
            err = why_set(&w, ERR_NO, "%s: no submission in time on a printed date", e.name);
            code = say_why(err, &w);
        }
    }
    free(rows.at);
    benchmark_close(&b);
    return code;
}

/* ---- recompute: two agents, date by date ---- */

static const struct option_row recompute_options[] = {
    GOVERN_WRITE,
    OPTION_VALUE(0, "agent-a", "ACTOR", "whose receipts the first folder holds", &agent_a),
    OPTION_VALUE(0, "agent-b", "ACTOR", "and the second", &agent_b),
    OPTIONS_END,
};
static const struct usage recompute_usage = {
    .command = "govern recompute",
    .args = "DIR_A DIR_B -r FILE --by ACTOR --agent-a A --agent-b B",
    .text = "Compares the receipts that two agents computed on their own, byte for byte but for\n"
            "the signature, and notes the result. Exit 1 if a date differs or one has none.",
    .options = recompute_options,
    .example = "hedgerow govern recompute a/receipts b/receipts -r gov.reg --by ag1 --agent-a ag1 "
               "--agent-b ag2",
    .args_min = 2,
    .args_max = 2,
};

struct folder { struct dir_entry *rows; u32 n, at; struct sha256 all; };

/* DATE.receipt, or DATE.N.receipt of a later version. */
static bool receipt_date(const char *name, Date *d)
{
    size_t n = strlen(name);
    return n >= 18 && strcmp(name + n - 8, ".receipt") == 0 && name[10] == '.' &&
           parse_date((Str){ name, 10 }, d) == PARSE_OK;
}

/* Bytes of a receipt without its signature line. */
static Err unsigned_text(const char *dir, const char *name, u8 **text, u64 *n, struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = path_join(path, dir, name, w);
    if (!err) err = file_read_all(path, UINT64_C(256) << 20, text, n, w);
    u64 start = err || !*n ? 0 : *n - 1;
    while (start && (*text)[start - 1] != '\n') start--;
    if (!err && *n - start > 10 && memcmp(*text + start, "signature ", 10) == 0) *n = start;
    return err;
}

/* What differs first, in words; empty if nothing does. */
static void first_difference(const u8 *a, u64 na, const u8 *b, u64 nb, char *what, u32 cap)
{
    u64 i = 0, line = 1, from = 0;
    while (i < na && i < nb && a[i] == b[i]) {
        if (a[i++] == '\n') line++, from = i;
    }
    what[0] = 0;
    if (i == na && i == nb) return;
    int k = 0;
    while (k < 40 && from + (u64)k < na && a[from + (u64)k] > ' ' && a[from + (u64)k] <= '~' &&
           a[from + (u64)k] != '"' && a[from + (u64)k] != '\\')
        k++;
    snprintf(what, cap, "line %llu: %.*s", (unsigned long long)line, k, (const char *)a + from);
}

static Err compare_date(char **dirs, const char *name, struct folder f[2], char *what, u32 cap,
                        struct why *w)
{
    u8 *text[2] = { NULL, NULL };
    u64 n[2] = { 0, 0 };
    Err err = unsigned_text(dirs[0], name, &text[0], &n[0], w);
    if (!err) err = unsigned_text(dirs[1], name, &text[1], &n[1], w);
    if (!err) {
        for (u32 i = 0; i < 2; i++) sha256_add(&f[i].all, text[i], n[i]);
        first_difference(text[0], n[0], text[1], n[1], what, cap);
    }
    free(text[0]);
    free(text[1]);
    return err;
}

/* Both folders in order of their names; a date that one lacks differs. */
static Err compare_folders(char **dirs, struct folder f[2], struct gov_entry *e, struct why *w)
{
    Err err = ERR_OK;
    while (!err && (f[0].at < f[0].n || f[1].at < f[1].n)) {
        const char *names[2] = { "~", "~" };
        char what[120] = "";
        Date d;
        for (u32 i = 0; i < 2; i++)
            if (f[i].at < f[i].n) names[i] = f[i].rows[f[i].at].name;
        int order = strcmp(names[0], names[1]);
        const char *name = order <= 0 ? names[0] : names[1];
        f[0].at += order <= 0, f[1].at += order >= 0;
        if (!receipt_date(name, &d)) continue;
        if (order)
            snprintf(what, sizeof what, "only agent %s has it", order < 0 ? e->name : e->other);
        else err = compare_date(dirs, name, f, what, sizeof what, w);
        if (!e->count++) e->from = d;
        e->to = d;
        if (!what[0]) continue;
        if (!e->bad++) e->date = d, snprintf(e->text, sizeof e->text, "%s", what);
        if (!govern.json) printf("%.*s DIFFERS: %s\n", (int)strlen(name) - 8, name, what);
    }
    return err;
}

int govern_recompute(int argc, char **argv)
{
    struct gov_entry e;
    struct folder f[2] = { 0 };
    struct why w;
    int first, code = usage_parse(&recompute_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!agent_a || !agent_b)
        return usage_error(&recompute_usage, "--agent-a and --agent-b are needed");
    code = govern_begin(&recompute_usage, GOV_ACTION_RECOMPUTE, &e);
    if (code) return code;
    if (!govern_word(&recompute_usage, "agent-a", agent_a, e.name) ||
        !govern_word(&recompute_usage, "agent-b", agent_b, e.other))
        return ERR_USAGE;
    Err err = ERR_OK;
    for (u32 i = 0; i < 2 && !err; i++) {
        sha256_init(&f[i].all);
        err = dir_list(argv[first + (int)i], 100000, &f[i].rows, &f[i].n, &w);
    }
    if (!err) err = compare_folders(argv + first, f, &e, &w);
    if (!err && !e.count) err = why_set(&w, ERR_INPUT, "%s: no receipts", argv[first]);
    e.hash = sha256_end(&f[0].all), e.report = sha256_end(&f[1].all);
    free(f[0].rows);
    free(f[1].rows);
    if (err) return say_why(err, &w);
    code = govern_put(&e, 1);
    return !code && e.bad ? ERR_NO : code;
}

/* ---- check: prints against what was adopted ---- */

static const struct option_row check_options[] = {
    OPTION_VALUE('r', "register", "FILE", "the register", &govern.path),
    OPTION_FLAG(0, "json", "one JSON object a receipt", &govern.json),
    OPTIONS_END,
};
static const struct usage check_usage = {
    .command = "govern check",
    .args = "RECEIPT ... -r FILE [--json]",
    .text = "Is each print made as the register says: by the methodology adopted for its date,\n"
            "without what was excluded, signed with the administrator's key if one was adopted?\n"
            "Exit 1 if not, with the first reason.",
    .options = check_options,
    .example = "hedgerow govern check receipts/2026-07-31.receipt -r gov.reg",
    .args_min = 1,
    .args_max = -1,
};

static Str word(Str line, u32 k)
{
    u32 at = 0, end = 0;
    for (u32 i = 0; at <= line.n; i++, at = end + 1) {
        end = at;
        while (end < line.n && line.at[end] != ' ') end++;
        if (i == k) return (Str){ line.at + at, end - at };
        if (end == line.n) break;
    }
    return (Str){ line.at, 0 };
}

/* "owner PROVIDER OWNER FROM TO ...": the last seen row of the provider. */
struct owners_seen { Str provider[OWNERS_MAX], owner[OWNERS_MAX]; u32 n; };

static const char *excluded(const struct gov_register *r, const struct owners_seen *o, Str line,
                            Date d, char *what, u32 cap)
{
    Str role = word(line, 1), provider = word(line, 9), owner = word(line, 10);
    if (!str_is(word(line, 2), "ELIGIBLE") || role.n < 9 || memcmp(role.at, "candidate", 9) != 0)
        return NULL;
    for (u32 i = 0; i < o->n; i++)
        if (str_eq(o->provider[i], provider)) owner = o->owner[i];
    const Str names[] = { word(line, 6), owner, provider };
    const u32 kinds[] = { GOV_TARGET_SOURCE, GOV_TARGET_OWNER, GOV_TARGET_PROVIDER };
    for (u32 i = 0; i < ARRAY_LEN(names); i++) {
        if (!register_excluded(r, kinds[i], names[i], d)) continue;
        snprintf(what, cap, "record %.*s counts, but its %s %.*s is excluded", (int)word(line, 3).n,
                 word(line, 3).at, list_text(GOV_TARGET, kinds[i]), (int)names[i].n, names[i].at);
        return what;
    }
    return NULL;
}

static const char *excluded_in(const struct gov_register *r, const char *text, u64 n, Date d,
                               char *what, u32 cap)
{
    static struct owners_seen seen;
    const char *bad = NULL;
    seen.n = 0;
    for (u64 from = 0; from < n && !bad;) {
        const char *end = memchr(text + from, '\n', n - from);
        Str line = { text + from, end ? (u32)(end - text - (i64)from) : (u32)(n - from) };
        Str kind = word(line, 0);
        if (str_is(kind, "owner") && seen.n < OWNERS_MAX) {
            seen.provider[seen.n] = word(line, 1);
            seen.owner[seen.n++] = word(line, 2);
        }
        if (str_is(kind, "record")) bad = excluded(r, &seen, line, d, what, cap);
        from += line.n + 1;
    }
    return bad;
}

static const char *check_print(const struct gov_register *r, const struct receipt_verdict *v,
                               char *what, u32 cap)
{
    u32 seq = register_method_on(r, v->value_date);
    bool keyed = false;
    static const u8 none[32];
    if (strcmp(v->print.index, r->at[0].name) != 0) return "is not of this register's index";
    if (!seq) return "no methodology was adopted for this date";
    if (!hash_eq(r->at[seq - 1].hash, v->print.methodology)) {
        snprintf(what, cap, "made by methodology version %u of another hash; entry %u adopted %u",
                 v->print.method_version, seq, r->at[seq - 1].version);
        return what;
    }
    keyed = !register_key_on(r, v->value_date, none);
    if (!keyed) return NULL;
    if (!v->is_signed) return "is not signed, and a key was adopted";
    return register_key_on(r, v->value_date, v->key) ? NULL : "is signed with a key not adopted";
}

static Err check_one(const struct gov_register *r, const char *path, bool *ok, struct why *w)
{
    struct receipt_verdict v;
    char what[256], buf[1024];
    const char *bad = NULL;
    u8 *text = NULL;
    u64 n = 0;
    Err err = receipt_verify(path, &(struct verify_ask){ 0 }, &v, w);
    if (!err) err = file_read_all(path, UINT64_C(256) << 20, &text, &n, w);
    if (err) return err;
    if (token_receipt_file(path)) bad = "is a token basket's: registers are of GPU benchmarks";
    else if (!v.ok) bad = "does not verify";
    if (!bad) bad = check_print(r, &v, what, sizeof what);
    if (!bad) bad = excluded_in(r, (const char *)text, n, v.value_date, what, sizeof what);
    free(text);
    *ok = !bad;
    if (govern.json) {
        struct json_line j = object_begin(buf, sizeof buf);
        object_bool(&j, "ok", !bad);
        object_text(&j, "file", path);
        if (v.value_date.days) object_date(&j, "date", v.value_date);
        object_text(&j, "cause", bad ? bad : "");
        object_end(&j);
    } else {
        printf("%s: %s%s\n", path, bad ? "NO: " : "ok", bad ? bad : "");
    }
    return ERR_OK;
}

int govern_check(int argc, char **argv)
{
    struct register_file f;
    struct why w;
    u32 bad = 0;
    int first, code = usage_parse(&check_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!govern.path) return usage_error(&check_usage, "--register is needed");
    Err err = register_load(govern.path, &f, &w);
    for (int i = first; i < argc && !err; i++) {
        bool ok = false;
        err = check_one(&f.r, argv[i], &ok, &w);
        bad += !ok;
    }
    register_give(&f);
    if (err) return say_why(err, &w);
    return bad ? ERR_NO : ERR_OK;
}
