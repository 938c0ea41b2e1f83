#include "cmd/cmd.h"
#include "cmd/report.h"

#include <stdio.h>
#include <string.h>

static const char *method_path, *owners_path, *date_text, *strata_path, *page_path, *json_path;
static struct option_list inputs;

static const struct option_row report_options[] = {
    OPTION_VALUE('m', "methodology", "METHOD.yaml", "the benchmark's rules", &method_path),
    OPTION_LIST('i', "input", "OBS", "observation log, or a CSV form; may be given again", &inputs),
    OPTION_VALUE(0, "owners", "FILE", "owner registry; else the shipped one", &owners_path),
    OPTION_VALUE(0, "date", "D", "value date; else the last with data", &date_text),
    OPTION_VALUE(0, "strata", "FILE", "target shares; else those of the methodology, if any",
                 &strata_path),
    OPTION_VALUE('o', "output", "report.html", "the page, self-contained", &page_path),
    OPTION_VALUE(0, "json", "FILE", "the same facts as one JSON object", &json_path),
    OPTIONS_END,
};
static const struct usage report_usage = {
    .command = "index report",
    .args = "-m METHOD.yaml -i OBS ... [--date D] [-o report.html] [--json FILE]",
    .text = "The daily public report of one print: value, how it was made, what it would cost to\n"
            "move, whether the sample looks like the market, what was left out, how to check it.",
    .options = report_options,
    .example = "hedgerow index report -m specs/methodology/h100-synthetic.yaml -i "
               "examples/rentals-synthetic.csv --strata specs/strata/h100-2026q3.yaml "
               "-o report.html",
};

int index_report(int argc, char **argv)
{
    int first;
    struct why w;
    struct benchmark b = { 0 };
    static struct report r;
    int code = usage_parse(&report_usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!method_path || !inputs.n) return usage_error(&report_usage, "-m and -i are needed");
    if (!page_path && !json_path) return usage_error(&report_usage, "-o or --json is needed");
    if (page_path && json_path && strcmp(page_path, json_path) == 0)
        return usage_error(&report_usage, "-o and --json name the same file");
    r.stress = stress_default(), r.strata_path = strata_path;
    if (!usage_date(&report_usage, "date", date_text, &r.stress.date)) return ERR_USAGE;
    Err err = report_gather(&r, method_path, owners_path, inputs.at, inputs.n, &b, &w);
    if (!err && json_path) err = report_json(&r, &b, json_path, &w);
    if (!err && page_path) err = report_html(&r, &b, page_path, &w);
    if (!err && page_path) printf("written: %s\n", page_path);
    report_free(&r);
    benchmark_close(&b);
    return err ? say_why(err, &w) : ERR_OK;
}
