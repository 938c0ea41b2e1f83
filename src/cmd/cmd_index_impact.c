#include "cmd/govern.h"
#include "cmd/impact.h"

static const char *old_path, *new_path, *owners_path, *calendar_path, *from_text, *to_text,
    *page_path;
static bool json;
static struct option_list inputs;

static const struct option_row impact_options[] = {
    OPTION_VALUE(0, "old", "A.yaml", "the methodology in force", &old_path),
    OPTION_VALUE(0, "new", "B.yaml", "the one proposed", &new_path),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form", &inputs),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE(0, "calendar", "FILE", "of averaging days; else specs/calendars/us-gpu.yaml",
                 &calendar_path),
    OPTION_VALUE(0, "from", "DATE", "first date; else the first with data", &from_text),
    OPTION_VALUE(0, "to", "DATE", "last date; else the last with data", &to_text),
    OPTION_VALUE('o', "output", "FILE.html", "the report as a page", &page_path),
    OPTION_FLAG(0, "json", "the report as JSON, one object a line", &json),
    OPTIONS_END,
};
static const struct usage impact_usage = {
    .command = "index impact",
    .args = "--old A.yaml --new B.yaml -i OBS ... [--from D] [--to D] [-o FILE.html]",
    .text = "What a change of methodology would have done: both over the same records, field by\n"
            "field, date by date, and to the settlement of each whole month.",
    .options = impact_options,
    .example = "hedgerow index impact --old specs/methodology/h100-synthetic.yaml "
               "--new specs/methodology/h100-synthetic-winsor.yaml "
               "-i examples/rentals-synthetic.csv -o impact.html",
};

static void ppm_text(char *buf, u32 cap, i64 ppm)
{
    struct text t = text_on(buf, cap);
    compare_put_percent(&t, ppm);
}

static void say_json_fields(const struct impact *im)
{
    const struct record *r = &methodology_record;
    for (u32 f = record_differs(r, &im->old, &im->new, 0); f < r->fields;
         f = record_differs(r, &im->old, &im->new, f + 1)) {
        char buf[2048], path[128], a[512], b[512];
        struct text p = text_on(path, sizeof path), x = text_on(a, sizeof a),
                    y = text_on(b, sizeof b);
        struct json_line j = object_begin(buf, sizeof buf);
        record_path(&r->field[f], &p);
        record_value_text(&r->field[f], &im->old, &x);
        record_value_text(&r->field[f], &im->new, &y);
        object_text(&j, "row", "field");
        object_text(&j, "field", path);
        object_text(&j, "old", a);
        object_text(&j, "new", b);
        object_end(&j);
    }
}

static void put_value(struct json_line *j, const char *key, i64 v, i64 decimals)
{
    if (v) object_dec(j, key, v, 6, (u32)decimals);
    else object_null(j, key);
}

static void say_json_days(const struct impact *im)
{
    char buf[1024];
    i64 ppm;
    for (u32 d = 0; d < compare_days(im->c); d++) {
        const struct print *x = &im->c->method[0].at[d], *y = &im->c->method[1].at[d];
        struct json_line j = object_begin(buf, sizeof buf);
        object_text(&j, "row", "date");
        object_date(&j, "date", (Date){ im->c->from.days + (i32)d });
        put_value(&j, "old", x->value, im->old.decimals);
        put_value(&j, "new", y->value, im->new.decimals);
        object_text(&j, "old_level", x->level ? list_text(LEVEL, x->level) : "");
        object_text(&j, "new_level", y->level ? list_text(LEVEL, y->level) : "");
        if (impact_gap(im, d, &ppm)) object_dec(&j, "change_ppm", ppm, 0, 0);
        else object_null(&j, "change_ppm");
        object_end(&j);
    }
}

static void say_json_months(const struct impact *im)
{
    char buf[1024], month[16];
    for (u32 i = 0; i < im->months; i++) {
        const struct impact_month *k = &im->month[i];
        struct json_line j = object_begin(buf, sizeof buf);
        struct text t = text_on(month, 8);
        text_put_date(&t, k->first);
        object_text(&j, "row", "month");
        object_text(&j, "month", month);
        object_u64(&j, "days", k->days);
        put_value(&j, "old", k->mean[0], im->old.decimals);
        put_value(&j, "new", k->mean[1], im->new.decimals);
        object_u64(&j, "old_with_value", k->with[0]);
        object_u64(&j, "new_with_value", k->with[1]);
        object_bool(&j, "old_determination", impact_determination(k, 0));
        object_bool(&j, "new_determination", impact_determination(k, 1));
        object_end(&j);
    }
}

static void say_json_sum(const struct impact *im)
{
    char buf[1024];
    struct json_line j = object_begin(buf, sizeof buf);
    Hash a = methodology_hash(&im->old), b = methodology_hash(&im->new);
    object_text(&j, "row", "sum");
    object_text(&j, "index", im->old.index);
    object_hash(&j, "old", &a);
    object_hash(&j, "new", &b);
    object_u64(&j, "dates", compare_days(im->c));
    object_u64(&j, "both", im->both);
    object_u64(&j, "only_old", im->only_old);
    object_u64(&j, "only_new", im->only_new);
    object_u64(&j, "level_changes", im->levels);
    object_dec(&j, "mean_change_ppm", im->mean_ppm, 0, 0);
    object_dec(&j, "largest_change_ppm", im->max_ppm, 0, 0);
    object_date(&j, "largest_on", im->max_on);
    object_end(&j);
}

static void say_text(const struct impact *im)
{
    char a[32], b[32], d[16];
    struct text t = text_on(d, sizeof d);
    const struct record *r = &methodology_record;
    struct table *fields = table_new("Field|Old|New");
    for (u32 f = record_differs(r, &im->old, &im->new, 0); f < r->fields;
         f = record_differs(r, &im->old, &im->new, f + 1)) {
        char path[128], x[256], y[256];
        struct text p = text_on(path, sizeof path), o = text_on(x, sizeof x),
                    n = text_on(y, sizeof y);
        record_path(&r->field[f], &p);
        record_value_text(&r->field[f], &im->old, &o);
        record_value_text(&r->field[f], &im->new, &n);
        table_cell(fields, "%s", path);
        table_cell(fields, "%s", x);
        table_cell(fields, "%s", y);
    }
    table_print(fields);
    if (im->max_on.days) text_put_date(&t, im->max_on);
    ppm_text(a, sizeof a, im->mean_ppm), ppm_text(b, sizeof b, im->max_ppm);
    printf("\n%u dates: %u with both values, %u only old, %u only new, %u at another level\n"
           "usual change %s; largest %s on %s\n\n",
           compare_days(im->c), im->both, im->only_old, im->only_new, im->levels, a, b, d);
    if (!im->months) return;
    struct table *months = table_new("Month|>Days|>Old mean|>New mean");
    for (u32 i = 0; i < im->months; i++) {
        struct text m = text_on(d, sizeof d), o = text_on(a, sizeof a), n = text_on(b, sizeof b);
        text_put_date(&m, im->month[i].first);
        compare_put_usd(&o, im->month[i].mean[0], im->old.decimals);
        compare_put_usd(&n, im->month[i].mean[1], im->new.decimals);
        table_cell(months, "%.7s", d);
        table_cell(months, "%u", im->month[i].days);
        table_cell(months, "%s", a);
        table_cell(months, "%s", b);
    }
    table_print(months);
}

int index_impact(int argc, char **argv)
{
    struct impact im = { 0 };
    struct why w;
    Hash hash;
    int first, code = usage_parse(&impact_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    struct impact_ask ask = { .old = old_path, .new = new_path, .owners = owners_path,
                              .calendar = calendar_path, .inputs = inputs.at,
                              .inputs_n = inputs.n };
    if (!old_path || !new_path || !inputs.n)
        return usage_error(&impact_usage, "--old, --new and -i are needed");
    if (!usage_date(&impact_usage, "from", from_text, &ask.from) ||
        !usage_date(&impact_usage, "to", to_text, &ask.to))
        return ERR_USAGE;
    Err err = impact_run(&im, &ask, &w);
    if (!err && page_path) err = impact_html(&im, page_path, &w);
    if (!err && page_path) err = file_hash(page_path, &hash, &w);
    if (!err && json) {
        say_json_sum(&im);
        say_json_fields(&im);
        say_json_months(&im);
        say_json_days(&im);
    } else if (!err) {
        say_text(&im);
    }
    if (!err && page_path && !json) {
        char hex[80];
        struct text t = text_on(hex, sizeof hex);
        text_put_hex(&t, hash.bytes, sizeof hash.bytes);
        printf("%s: sha256 %s\n", page_path, hex);
    }
    impact_close(&im);
    return err ? say_why(err, &w) : ERR_OK;
}
