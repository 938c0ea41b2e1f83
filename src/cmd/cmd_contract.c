#include "cmd/cmd.h"
#include "config/contracts.h"
#include "contract/cascade.h"
#include "contract/equivalence.h"
#include "sys/file.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* hedgerow contract list|show|check|calendar|equivalence: see docs/man/hedgerow-contract.1. */

static bool json;
static const char *overlay, *calendar_file, *month, *folder;

/* "gpuh-m" is the shipped file of that name; anything else is a path. */
static Err spec_path(const char *arg, char to[FILE_PATH_MAX], struct why *w)
{
    char name[128];
    struct why ignored;
    snprintf(to, FILE_PATH_MAX, "%s", arg);
    if (file_exists(arg) || strchr(arg, '/') || strchr(arg, '.')) return ERR_OK;
    snprintf(name, sizeof name, "specs/%.100s.yaml", arg);
    if (data_path(to, name, &ignored) == ERR_OK) return ERR_OK;
    return why_set(w, ERR_INPUT, "%s: no such file, and no shipped contract of that name", arg);
}

static Err load(const char *arg, struct spec *s, struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = spec_path(arg, path, w);
    return err ? err : config_spec(path, overlay, false, s, w);
}

/* The spec's calendar: the one named, or calendars/ID.yaml beside the spec, or the shipped one. */
static Err load_calendar(const char *arg, const struct spec *s, struct calendar *c, struct why *w)
{
    char path[FILE_PATH_MAX], at[FILE_PATH_MAX], name[64];
    Err err = ERR_OK;
    snprintf(name, sizeof name, "calendars/%s.yaml", s->calendar_id);
    if (calendar_file) {
        snprintf(at, sizeof at, "%s", calendar_file);
    } else {
        err = spec_path(arg, path, w);
        if (err) return err;
        if (!config_beside(path, name, at, sizeof at) || !file_exists(at)) {
            char shipped[80];
            snprintf(shipped, sizeof shipped, "specs/%s", name);
            err = data_path(at, shipped, w);
        }
    }
    if (!err) err = config_calendar(at, c, w);
    if (!err && strcmp(c->id, s->calendar_id) != 0)
        err = why_set(w, ERR_INPUT, "%s:1: calendar: %s, but the contract uses %s", at, c->id,
                      s->calendar_id);
    return err;
}

static void print_object(cJSON *o)
{
    char *text = cJSON_PrintUnformatted(o);
    ASSERT(text);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(o);
}

static void add_hash(cJSON *o, const char *key, Hash h)
{
    char hex[72];
    struct text t = text_on(hex, sizeof hex);
    text_put_hex(&t, h.bytes, sizeof h.bytes);
    cJSON_AddStringToObject(o, key, hex);
}

static void add_date(cJSON *o, const char *key, Date d)
{
    char z[16];
    struct text t = text_on(z, sizeof z);
    text_put_date(&t, d);
    if (d.days) cJSON_AddStringToObject(o, key, z);
    else cJSON_AddNullToObject(o, key);
}

static void add_i64(cJSON *o, const char *key, i64 v)
{
    char z[24];
    snprintf(z, sizeof z, "%lld", (long long)v);
    cJSON_AddStringToObject(o, key, z);
}

/* ---- show: a record as an object; groups are objects, numbers decimal strings ---- */

static cJSON *record_object(const struct record *r, const void *from);

static cJSON *value_of(const struct record_field *f, const void *from)
{
    char z[512];
    struct text t = text_on(z, sizeof z);
    i64 v, n;
    memcpy(&v, (const u8 *)from + f->at, sizeof v);
    if (f->kind == RECORD_LIST) {
        cJSON *list = cJSON_CreateArray();
        memcpy(&n, (const u8 *)from + f->n_at, sizeof n);
        for (u32 i = 0; i < (u32)n; i++)
            cJSON_AddItemToArray(
                list, record_object(f->of, (const u8 *)from + f->at + (u64)i * f->of->bytes));
        return list;
    }
    if (f->kind == RECORD_TEXT) return cJSON_CreateString((const char *)from + f->at);
    if (f->presence == RECORD_NULLS && v == (f->kind == RECORD_ENUM ? 0 : RECORD_NULL))
        return cJSON_CreateNull();
    if (f->kind == RECORD_BOOL) return cJSON_CreateBool(v != 0);
    record_value_text(f, from, &t);
    if (f->kind == RECORD_INTS || f->kind == RECORD_DATES || f->kind == RECORD_TEXTS ||
        f->kind == RECORD_BITS) {
        cJSON *list = cJSON_CreateArray();
        char *rest = z + 1, *word; /* "[a, b]" */
        z[t.n - 1] = 0;
        while ((word = strtok_r(rest, ", ", &rest)))
            cJSON_AddItemToArray(list, cJSON_CreateString(word));
        return list;
    }
    if (z[0] == '"') z[t.n - 1] = 0;
    return cJSON_CreateString(z[0] == '"' ? z + 1 : z);
}

static bool left_out(const struct record_field *f, const void *from)
{
    static const Hash none = { { 0 } };
    i64 v;
    if (f->presence != RECORD_OPT) return false;
    memcpy(&v, (const u8 *)from + f->at, sizeof v);
    if (f->kind == RECORD_TEXT) return ((const char *)from)[f->at] == 0;
    if (f->kind == RECORD_HASH) return memcmp((const u8 *)from + f->at, &none, sizeof none) == 0;
    if (f->kind == RECORD_LIST || f->kind == RECORD_INTS || f->kind == RECORD_TEXTS)
        memcpy(&v, (const u8 *)from + f->n_at, sizeof v);
    return v == 0;
}

static cJSON *record_object(const struct record *r, const void *from)
{
    cJSON *top = cJSON_CreateObject();
    for (u32 i = 0; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        cJSON *o = top;
        i64 given;
        memcpy(&given, (const u8 *)from + f->at, sizeof given);
        if (f->kind == RECORD_GIVEN) {
            while (!given && i + 1 < r->fields &&
                   record_group_within(r->field[i + 1].group, f->group))
                i++;
            continue;
        }
        if (left_out(f, from)) continue;
        if (f->group[0]) {
            o = cJSON_GetObjectItemCaseSensitive(top, f->group);
            if (!o) o = cJSON_AddObjectToObject(top, f->group);
        }
        cJSON_AddItemToObject(o, f->key, value_of(f, from));
    }
    return top;
}

static const struct option_row show_options[] = {
    OPTION_VALUE('o', "overlay", "FILE", "lay this file's values over the contract", &overlay),
    OPTION_FLAG(0, "json", "one object", &json), OPTIONS_END
};
static const struct usage show_usage = {
    .command = "contract show", .args = "SPEC",
    .text = "Prints a contract as canonical YAML: every key in table order, without comments.\n"
            "SPEC is a path, or the name of a shipped contract.",
    .options = show_options, .example = "hedgerow contract show gpuh-m",
    .args_min = 1, .args_max = 1
};

static int run_show(int argc, char **argv)
{
    struct why w = { "" };
    struct spec s;
    int first, code = usage_parse(&show_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    Err err = load(argv[first], &s, &w);
    if (err) return say_why(err, &w);
    if (json) {
        cJSON *o = cJSON_CreateObject();
        add_hash(o, "hash", spec_hash(&s));
        cJSON_AddItemToObject(o, "spec", record_object(&spec_record, &s));
        print_object(o);
        return ERR_OK;
    }
    static char yaml[32768];
    struct text t = text_on(yaml, sizeof yaml);
    record_yaml(&spec_record, &s, &t);
    ASSERT(!t.cut);
    fputs(yaml, stdout);
    return ERR_OK;
}

/* ---- list ---- */

static const struct option_row list_options[] = {
    OPTION_VALUE('d', "dir", "DIR", "folder of contract files (default: the shipped ones)",
                 &folder),
    OPTION_FLAG(0, "json", "one object a line", &json), OPTIONS_END
};
static const struct usage list_usage = {
    .command = "contract list", .args = "[--dir DIR]",
    .text = "Lists the contract specifications of a folder.",
    .options = list_options, .example = "hedgerow contract list --json",
};

/* A contract file names its product at the top level; other YAML beside it is something else. */
static bool is_contract(const char *path)
{
    struct why ignored;
    u8 *bytes = NULL;
    u64 n = 0;
    bool yes = false;
    u64 dot = strlen(path);
    if (dot < 5 || strcmp(path + dot - 5, ".yaml") != 0) return false;
    if (file_read_all(path, CONFIG_FILE_BYTES_MAX, &bytes, &n, &ignored)) return false;
    yes = strncmp((char *)bytes, "product:", 8) == 0 || strstr((char *)bytes, "\nproduct:");
    free(bytes);
    return yes;
}

static u32 count_unknown(const struct spec *s)
{
    u32 n = 0;
    for (u32 i = record_unknown(&spec_record, s, 0); i < spec_record.fields;
         i = record_unknown(&spec_record, s, i + 1))
        n++;
    return n;
}

static void list_row(struct table *t, const struct spec *s)
{
    char size[64], tick[32];
    struct text z = text_on(size, sizeof size), k = text_on(tick, sizeof tick);
    normal_text(s, NORMAL_HOURS, &z);
    text_put_dec_short(&k, s->tick_outright, 6, 2);
    table_cell(t, "%s", s->product);
    table_cell(t, "%s", words_text(&spec_words_SPEC_KIND, s->kind));
    table_cell(t, "%s", s->underlying_id);
    table_cell(t, "%s", size);
    table_cell(t, "%s", tick);
    table_cell(t, "%lld", (long long)s->list_months);
    table_cell(t, "%s", s->as_seen ? "reconstruction" : "ours");
    table_cell(t, "%u", count_unknown(s));
}

static void list_object(const char *path, const struct spec *s)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "file", path);
    cJSON_AddStringToObject(o, "product", s->product);
    add_i64(o, "version", s->version);
    cJSON_AddStringToObject(o, "kind", words_text(&spec_words_SPEC_KIND, s->kind));
    cJSON_AddStringToObject(o, "index", s->underlying_id);
    add_i64(o, "lot_units_milli", s->lot_units_milli);
    add_i64(o, "tick", s->tick_outright);
    add_i64(o, "months", s->list_months);
    cJSON_AddBoolToObject(o, "reconstruction", s->as_seen != 0);
    add_i64(o, "not_known", count_unknown(s));
    add_hash(o, "hash", spec_hash(s));
    print_object(o);
}

static int run_list(int argc, char **argv)
{
    struct why w = { "" };
    struct dir_entry *rows = NULL;
    char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
    u32 n = 0;
    int first, code = usage_parse(&list_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    Err err = ERR_OK;
    if (folder) snprintf(dir, sizeof dir, "%s", folder);
    else err = data_path(dir, "specs", &w);
    if (!err) err = dir_list(dir, 10000, &rows, &n, &w);
    if (err) return say_why(err, &w);
    struct table *t =
        json ? NULL : table_new("Product|Kind|Index|Lot|>Tick|>Months|Origin|>Not known");
    for (u32 i = 0; i < n; i++) {
        struct spec s;
        if (rows[i].folder || path_join(path, dir, rows[i].name, &w) || !is_contract(path))
            continue;
        Err one = config_spec(path, NULL, false, &s, &w);
        if (one) err = (Err)say_why(one, &w);
        else if (json) list_object(path, &s);
        else list_row(t, &s);
    }
    if (!json) table_print(t);
    free(rows);
    return err;
}

/* ---- check ---- */

static const struct option_row check_options[] = {
    OPTION_VALUE('o', "overlay", "FILE", "lay this file's values over each contract", &overlay),
    OPTION_VALUE('c', "calendar", "FILE", "its calendar (default: calendars/ID.yaml)",
                 &calendar_file),
    OPTION_FLAG(0, "json", "one object a line", &json), OPTIONS_END
};
static const struct usage check_usage = {
    .command = "contract check", .args = "SPEC ...",
    .text = "Reads contracts and runs every validity test, the listing of its periods included.\n"
            "Exit 1 if a test fails, 3 if a file can not be read as a contract.",
    .options = check_options, .example = "hedgerow contract check specs/gpuh-m.yaml",
    .args_min = 1, .args_max = -1
};

/* Every period of the first listing run must be possible. */
static enum spec_fault first_listing(const struct spec *s, const struct calendar *c, char id[24])
{
    static Period due[LISTING_PERIODS_MAX];
    u32 n = listing_due(s, c, (Date){ (i32)i64_max(s->effective_from, s->first_trade) }, due,
                        LISTING_PERIODS_MAX);
    for (u32 i = 0; i < n; i++) {
        struct listing l;
        enum spec_fault f = listing_of(s, c, due[i], &l);
        listing_id(s, due[i], id);
        if (f) return f;
    }
    return SPEC_FAULT_NONE;
}

struct verdict { Err err; u32 n; struct spec_finding found[16]; char listing[24]; };

static Err check_one(const char *arg, struct spec *s, struct config_lines *lines, struct verdict *v,
                     struct why *w)
{
    char path[FILE_PATH_MAX];
    struct calendar c;
    Err err = spec_path(arg, path, w);
    if (!err) err = config_read(&spec_record, path, s, lines, w);
    if (!err && overlay) err = config_overlay(&spec_record, overlay, s, NULL, w);
    if (err) return err;
    v->n = spec_check(s, v->found, ARRAY_LEN(v->found));
    if (v->n > ARRAY_LEN(v->found)) v->n = ARRAY_LEN(v->found);
    if (v->n) return ERR_NO;
    err = load_calendar(arg, s, &c, w);
    if (err) return err;
    enum spec_fault f = first_listing(s, &c, v->listing);
    if (f) v->found[v->n++] = (struct spec_finding){ f, SPEC_FIELD(calendar_id) };
    return f ? ERR_NO : ERR_OK;
}

static void say_verdict(const char *arg, const struct spec *s, const struct config_lines *lines,
                        const struct verdict *v)
{
    cJSON *o = json ? cJSON_CreateObject() : NULL, *list;
    if (json) {
        cJSON_AddStringToObject(o, "file", arg);
        cJSON_AddStringToObject(o, "product", s->product);
        cJSON_AddBoolToObject(o, "ok", v->n == 0);
        add_hash(o, "hash", spec_hash(s));
        add_i64(o, "not_known", count_unknown(s));
    }
    list = json ? cJSON_AddArrayToObject(o, "findings") : NULL;
    for (u32 i = 0; i < v->n; i++) {
        struct why w;
        char cause[240];
        snprintf(cause, sizeof cause, "%s: %s%s%s", spec_fault_name(v->found[i].fault),
                 spec_fault_text(v->found[i].fault), v->listing[0] ? ": " : "", v->listing);
        (void)config_fault(&spec_record, lines, v->found[i].field, cause, &w);
        if (json) cJSON_AddItemToArray(list, cJSON_CreateString(w.text));
        else puts(w.text);
    }
    if (json) {
        print_object(o);
    } else if (v->n == 0) {
        u32 unknown = count_unknown(s);
        printf("%s: ok", arg);
        if (unknown) printf(", %u values not known: lists only with an overlay", unknown);
        putchar('\n');
    }
}

static int run_check(int argc, char **argv)
{
    int first, code = usage_parse(&check_usage, argc, argv, &first);
    Err worst = ERR_OK;
    if (code != CMD_GO_ON) return code;
    for (int i = first; i < argc; i++) {
        struct why w = { "" };
        struct spec s;
        struct config_lines lines;
        struct verdict v = { 0 };
        Err err = check_one(argv[i], &s, &lines, &v, &w);
        if (err > ERR_NO) (void)say_why(err, &w);
        else say_verdict(argv[i], &s, &lines, &v);
        if (err > worst) worst = err;
    }
    return worst;
}

/* ---- calendar ---- */

static const struct option_row calendar_options[] = {
    OPTION_VALUE('m', "month", "YYYY-MM", "the days of one month", &month),
    OPTION_VALUE('c', "calendar", "FILE", "its calendar (default: calendars/ID.yaml)",
                 &calendar_file),
    OPTION_VALUE('o', "overlay", "FILE", "lay this file's values over the contract", &overlay),
    OPTION_FLAG(0, "json", "one object a line", &json), OPTIONS_END
};
static const struct usage calendar_usage = {
    .command = "contract calendar", .args = "SPEC [--month YYYY-MM]",
    .text = "A contract's dates: the periods of its first listing run, or the days of a month.",
    .options = calendar_options, .example = "hedgerow contract calendar gpuh-m --month 2026-07",
    .args_min = 1, .args_max = 1
};

static void put_date(char z[16], Date d)
{
    struct text t = text_on(z, 16);
    text_put_date(&t, d);
}

static void period_row(struct table *t, const struct spec *s, const struct listing *l)
{
    char id[LISTING_ID_BYTES], last[16], fixing[16], units[32], tick[32];
    struct text u = text_on(units, sizeof units), k = text_on(tick, sizeof tick);
    listing_id(s, l->period, id);
    put_date(last, l->last_trade), put_date(fixing, l->last_fixing);
    text_put_dec_short(&u, l->lot_units_milli, 3, 0);
    text_put_dec_short(&k, l->tick_value, 6, 2);
    if (json) {
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "contract", id);
        add_date(o, "period_start", l->start), add_date(o, "period_end", l->end);
        add_date(o, "last_trade", l->last_trade), add_date(o, "last_fixing", l->last_fixing);
        add_i64(o, "fixings", l->fixings), add_i64(o, "hours", l->hours);
        cJSON_AddStringToObject(o, "lot_units", units);
        cJSON_AddStringToObject(o, "tick_value", tick);
        print_object(o);
        return;
    }
    table_cell(t, "%s", id), table_cell(t, "%s", last), table_cell(t, "%s", fixing);
    table_cell(t, "%u", l->fixings), table_cell(t, "%lld", (long long)l->hours);
    table_cell(t, "%s", units), table_cell(t, "%s", tick);
}

static void day_row(struct table *t, const struct spec *s, const struct calendar *c,
                    const struct listing *l, Date d)
{
    static const char *const kinds[] = { "", "general", "nearby", "delivery", "spot" };
    char date[16];
    bool business = calendar_is_business(c, d), in = set_has(s, c, l, d);
    u32 n = set_days_to(s, c, l, d), stage = listing_stage(s, c, l, d);
    const char *day = calendar_weekdays.word[date_weekday(d) + 1];
    put_date(date, d);
    if (json) {
        cJSON *o = cJSON_CreateObject();
        add_date(o, "date", d);
        cJSON_AddStringToObject(o, "weekday", day);
        cJSON_AddBoolToObject(o, "business", business);
        cJSON_AddBoolToObject(o, "in_set", in);
        add_i64(o, "fixing", in ? n : 0), add_i64(o, "fixings", l->fixings);
        cJSON_AddStringToObject(o, "stage", kinds[stage]);
        cJSON_AddBoolToObject(o, "last_trade", d.days == l->last_trade.days);
        print_object(o);
        return;
    }
    table_cell(t, "%s", date), table_cell(t, "%.3s", day);
    table_cell(t, "%s", business ? "business" : "-");
    if (in) table_cell(t, "%u/%u", n, l->fixings);
    else table_cell(t, "-");
    table_cell(t, "%s", kinds[stage]);
    table_cell(t, "%s", d.days == l->last_trade.days ? "last trade" : "");
}

static int say_fault(const struct spec *s, Period p, enum spec_fault f)
{
    char id[LISTING_ID_BYTES];
    struct why w;
    listing_id(s, p, id);
    return say_why(why_set(&w, ERR_NO, "%s: %s: %s", id, spec_fault_name(f), spec_fault_text(f)),
                   &w);
}

static int one_month(const struct spec *s, const struct calendar *c)
{
    char date[24];
    Date first = { 0 };
    struct listing l;
    snprintf(date, sizeof date, "%.10s-01", month);
    if (strlen(month) != 7 || parse_date(str_of(date), &first) != PARSE_OK)
        return usage_error(&calendar_usage, "--month: not a month like 2026-07: %s", month);
    Period p = period_of_month(first);
    enum spec_fault f = listing_of(s, c, p, &l);
    if (f) return say_fault(s, p, f);
    struct table *t = json ? NULL : table_new("Date|Day|Calendar|>Fixing|Stage|");
    for (Date d = l.start; d.days <= l.end.days; d.days++) day_row(t, s, c, &l, d);
    if (!json) table_print(t);
    return ERR_OK;
}

static int run_calendar(int argc, char **argv)
{
    static Period due[LISTING_PERIODS_MAX];
    struct why w = { "" };
    struct spec s;
    struct calendar c;
    int first, code = usage_parse(&calendar_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    Err err = load(argv[first], &s, &w);
    if (!err) err = load_calendar(argv[first], &s, &c, &w);
    if (err) return say_why(err, &w);
    if (month) return one_month(&s, &c);
    u32 n = listing_due(&s, &c, (Date){ (i32)i64_max(s.effective_from, s.first_trade) }, due,
                        LISTING_PERIODS_MAX);
    struct table *t =
        json ? NULL : table_new("Contract|Last trade|Last fixing|>Fixings|>Hours|>Lot|>Tick value");
    code = ERR_OK;
    for (u32 i = 0; i < n; i++) {
        struct listing l;
        enum spec_fault f = listing_of(&s, &c, due[i], &l);
        if (f) code = say_fault(&s, due[i], f);
        else period_row(t, &s, &l);
    }
    if (!json) table_print(t);
    return code;
}

/* ---- equivalence ---- */

static const struct option_row equivalence_options[] = {
    OPTION_FLAG(0, "json", "one object", &json), OPTIONS_END
};
static const struct usage equivalence_usage = {
    .command = "contract equivalence", .args = "SPEC SPEC",
    .text = "The normal forms of two contracts side by side: what differs is what a hedge of one\n"
            "with the other leaves open.",
    .options = equivalence_options,
    .example = "hedgerow contract equivalence gpuh-m ice-hpr",
    .args_min = 2, .args_max = 2
};

/* Lots of B that carry the hours of one lot of A, by length of the month. */
static bool hours_of(const struct spec *s, i64 days, i64 *milli)
{
    *milli = s->lot_rule == SPEC_LOT_HOURS_IN_PERIOD ? days * 24000 : s->lot_units_milli;
    return *milli > 0;
}

static void say_ratios(const struct spec *a, const struct spec *b, cJSON *o)
{
    cJSON *list = o ? cJSON_AddObjectToObject(o, "lots_per_1000") : NULL;
    for (i64 days = 28; days <= 31; days++) {
        i64 ha, hb, ratio, lots;
        char key[8], value[32];
        struct text t = text_on(value, sizeof value);
        if (!hours_of(a, days, &ha) || !hours_of(b, days, &hb) ||
            !lot_ratio(ha, hb, 1000, &ratio, &lots))
            continue;
        text_put_dec(&t, lots, 2, 2);
        snprintf(key, sizeof key, "%lld", (long long)days);
        if (o) cJSON_AddStringToObject(list, key, value);
        else
            printf("1000 lots of %s in a %s-day month: %s lots of %s\n", a->product, key, value,
                   b->product);
    }
}

static int run_equivalence(int argc, char **argv)
{
    struct why w = { "" };
    struct spec a, b;
    int first, code = usage_parse(&equivalence_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    Err err = load(argv[first], &a, &w);
    if (!err) err = load(argv[first + 1], &b, &w);
    if (err) return say_why(err, &w);
    cJSON *o = json ? cJSON_CreateObject() : NULL;
    cJSON *list = json ? cJSON_AddArrayToObject(o, "differs") : NULL;
    char heads[80];
    snprintf(heads, sizeof heads, "|%s|%s|", a.product, b.product);
    struct table *t = json ? NULL : table_new(heads);
    u32 open = 0;
    for (u32 row = 0; row < NORMAL_COUNT; row++) {
        char left[160], right[160];
        struct text l = text_on(left, sizeof left), r = text_on(right, sizeof right);
        bool differs = normal_differs(&a, &b, row);
        normal_text(&a, row, &l), normal_text(&b, row, &r);
        open += differs;
        if (!json) {
            table_cell(t, "%s", normal_name(row)), table_cell(t, "%s", left);
            table_cell(t, "%s", right), table_cell(t, "%s", differs ? "differs" : "");
        }
        if (!json || !differs) continue;
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "field", normal_name(row));
        cJSON_AddStringToObject(one, "a", left), cJSON_AddStringToObject(one, "b", right);
        cJSON_AddItemToArray(list, one);
    }
    if (!json) table_print(t);
    if (!json) printf("%u of %u differ\n", open, (u32)NORMAL_COUNT);
    say_ratios(&a, &b, o);
    if (json) print_object(o);
    return ERR_OK;
}

int cmd_contract(int argc, char **argv)
{
    static const struct verb verbs[] = {
        { "list", "the contract files of a folder", run_list },
        { "show", "a contract as canonical YAML", run_show },
        { "check", "every validity test", run_check },
        { "calendar", "its periods, or the days of a month", run_calendar },
        { "equivalence", "what differs between two contracts", run_equivalence },
    };
    return verbs_run("contract", verbs, ARRAY_LEN(verbs), argc, argv);
}
