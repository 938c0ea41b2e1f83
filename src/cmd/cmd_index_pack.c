#include "cmd/cmd.h"
#include "cmd/pack.h"

static const char *method_path, *owners_path, *contract_path, *from_text, *to_text, *page_path;
static bool json;
static struct option_list inputs;

static const struct option_row pack_options[] = {
    OPTION_VALUE('m', "methodology", "METHOD.yaml", "the benchmark's rules", &method_path),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form", &inputs),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE(0, "contract", "SPEC.yaml", "a contract on it, to compare terms", &contract_path),
    OPTION_VALUE(0, "from", "DATE", "first date; else the first with data", &from_text),
    OPTION_VALUE(0, "to", "DATE", "last date; else the last with data", &to_text),
    OPTION_VALUE('o', "output", "FILE.html", "the pack as a page", &page_path),
    OPTION_FLAG(0, "json", "one JSON object a row", &json),
    OPTIONS_END,
};
static const struct usage pack_usage = {
    .command = "index pack",
    .args = "-m METHOD.yaml -i OBS ... [--contract SPEC.yaml] [-o FILE.html]",
    .text = "What 17 CFR Part 38, Appendix C asks of the market under a cash-settled contract:\n"
            "size, participants, concentration, years of data, terms, manipulability; and what is\n"
            "not known.",
    .options = pack_options,
    .example = "hedgerow index pack -m specs/methodology/h100-synthetic.yaml "
               "-i examples/rentals-synthetic.csv --contract specs/gpuh-m.yaml -o pack.html",
};

static void json_market(const struct pack *k)
{
    char buf[2048];
    struct json_line j = object_begin(buf, sizeof buf);
    object_text(&j, "row", "market");
    object_text(&j, "index", k->b.m.index);
    object_text(&j, "label", list_text(LABEL, k->b.m.label));
    object_date(&j, "first", k->first);
    object_date(&j, "last", k->last);
    object_u64(&j, "days_with_data", k->days);
    object_u64(&j, "records", k->records);
    object_u64(&j, "trades", k->trades);
    if (k->sized) object_dec(&j, "gpu_hours", k->size, 3, 0);
    else object_null(&j, "gpu_hours");
    if (k->sized) object_dec(&j, "turnover_usd", k->paid, 6, 2);
    else object_null(&j, "turnover_usd");
    object_u64(&j, "providers", k->providers);
    object_u64(&j, "owners", k->owners_n);
    object_u64(&j, "renters", k->renters);
    object_u64(&j, "hhi", k->hhi);
    for (u32 i = 1; i < LEVEL_COUNT; i++) object_u64(&j, list_text(LEVEL, i), k->levels[i]);
    object_end(&j);
}

static void json_rows(const struct pack *k)
{
    char buf[1024], name[40];
    for (u32 i = 0; i < k->months_n; i++) {
        const struct pack_month *m = &k->months[i];
        struct json_line j = object_begin(buf, sizeof buf);
        object_text(&j, "row", "month");
        object_date(&j, "month", m->first);
        object_u64(&j, "dates", m->dates);
        object_u64(&j, "printed", m->printed);
        object_u64(&j, "records", m->records);
        object_dec(&j, "gpu_hours", m->size, 3, 0);
        object_dec(&j, "usd", m->paid, 6, 2);
        object_end(&j);
    }
    for (u32 i = 0; i < k->owners_n; i++) {
        struct json_line j = object_begin(buf, sizeof buf);
        Str z = pack_owner_name(k, k->owners[i].owner);
        snprintf(name, sizeof name, "%.*s", (int)z.n, z.at);
        object_text(&j, "row", "owner");
        object_text(&j, "owner", name);
        object_u64(&j, "records", k->owners[i].records);
        object_u64(&j, "share_ppm", k->owners[i].ppm);
        object_end(&j);
    }
    for (u32 i = 1; i < TERM_COUNT; i++) {
        const struct pack_term *t = &k->terms[i];
        if (!t->records) continue;
        struct json_line j = object_begin(buf, sizeof buf);
        object_text(&j, "row", "term");
        object_text(&j, "term", list_text(TERM, i));
        object_u64(&j, "records", t->records);
        object_u64(&j, "providers", t->providers);
        if (t->priced) object_dec(&j, "median", t->median, 6, 4);
        else object_null(&j, "median");
        object_end(&j);
    }
}

static void json_stress(const struct pack *k)
{
    char buf[1024];
    struct json_line j = object_begin(buf, sizeof buf);
    const struct measured_method *own = &k->stress.measured.method[MEASURE_OWN];
    object_text(&j, "row", "manipulability");
    object_bool(&j, "measured", k->has_stress);
    if (k->has_stress) {
        object_date(&j, "date", k->stress.date);
        object_bool(&j, "in_money", k->stress.measured.in_money);
        object_dec(&j, "up_one_owner_usd", own->one[0].overpay + own->one[0].fees, 6, 2);
        object_dec(&j, "down_one_owner_usd", own->one[1].overpay + own->one[1].fees, 6, 2);
        object_dec(&j, "largest_influence_ppm", own->leave_one_out.ppm, 0, 0);
        if (k->stress.effective_milli >= 0)
            object_dec(&j, "limit_lots", k->stress.effective_milli, 3, 3);
        else object_null(&j, "limit_lots");
    } else {
        object_text(&j, "cause", k->no_stress);
    }
    object_end(&j);
    for (u32 i = 0; i < k->unknown_n; i++) {
        j = object_begin(buf, sizeof buf);
        object_text(&j, "row", "unknown");
        object_text(&j, "what", k->unknown[i]);
        object_end(&j);
    }
}

static void say_text(const struct pack *k)
{
    char a[48], b[48], first[16] = "-", last[16] = "-";
    struct text f = text_on(first, sizeof first), l = text_on(last, sizeof last);
    if (k->first.days) text_put_date(&f, k->first), text_put_date(&l, k->last);
    struct table *t = table_new("Asked|Answer");
    table_cell(t, "Size"),
        table_cell(t, "%s%s", k->sized ? dec_text(a, sizeof a, k->size, 3, 0) : "unknown",
                   k->sized ? " GPU-hours recorded" : "");
    table_cell(t, "Turnover");
    table_cell(t, "%s%s", k->sized ? dec_text(b, sizeof b, k->paid, 6, 0) : "unknown",
               k->sized ? " USD recorded" : "");
    table_cell(t, "Records"), table_cell(t, "%u, %u of them trades", k->records, k->trades);
    table_cell(t, "Participants");
    table_cell(t, "%u owners, %u providers, %u renters", k->owners_n, k->providers, k->renters);
    table_cell(t, "Concentration"), table_cell(t, "HHI %u", k->hhi);
    table_cell(t, "Data"), table_cell(t, "%s to %s, %u days", first, last, k->days);
    table_cell(t, "Limit L*");
    if (!k->has_stress) table_cell(t, "not measured: %s", k->no_stress);
    else if (k->stress.effective_milli < 0) table_cell(t, "not stated");
    else
        table_cell(t, "%s%s lots", k->stress.effective_bound ? "at most " : "",
                   dec_text(a, sizeof a, k->stress.effective_milli, 3, 3));
    table_print(t);
    puts("\nNot known:");
    for (u32 i = 0; i < k->unknown_n; i++) printf("- %s\n", k->unknown[i]);
}

int index_pack(int argc, char **argv)
{
    static struct pack k;
    struct why w;
    int first, code = usage_parse(&pack_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    struct pack_ask ask = { .method = method_path, .owners = owners_path,
                            .contract = contract_path, .inputs = inputs.at, .inputs_n = inputs.n };
    if (!method_path || !inputs.n) return usage_error(&pack_usage, "-m and -i are needed");
    if (!usage_date(&pack_usage, "from", from_text, &ask.from) ||
        !usage_date(&pack_usage, "to", to_text, &ask.to))
        return ERR_USAGE;
    Err err = pack_run(&k, &ask, &w);
    if (!err && page_path) err = pack_html(&k, page_path, &w);
    if (!err && json) json_market(&k), json_rows(&k), json_stress(&k);
    else if (!err) say_text(&k);
    pack_close(&k);
    return err ? say_why(err, &w) : ERR_OK;
}
