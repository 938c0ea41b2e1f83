/* report.h -- the daily public report of one print: gathered once, written as a page and as JSON.
 * Owns:   what the report says, so that page and JSON can not say different things.
 * Never:  computes a statistic that a room has: it asks, and counts days.
 * Always: every number on the page is in the JSON too.
 */
#ifndef HEDGEROW_CMD_REPORT_H
#define HEDGEROW_CMD_REPORT_H

#include "cmd/stress.h"
#include "index/represent.h"

#define REPORT_OWNERS 128u
#define REPORT_FACTORS 3u /* channel, region, form */

struct owner_share { Name owner; i64 size; u32 records, ppm; };
struct report {
    const char *methodology, *strata_path; /* as asked */
    const char *inputs[8];
    u32 inputs_n;
    struct stress stress;
    struct run_rows rows;     /* every version from the first date with data to the date */
    u32 days_at[LEVEL_COUNT]; /* first versions by level */
    struct owner_share owners[REPORT_OWNERS]; /* the largest first */
    u32 owners_n, records;
    i64 all_size;
    bool has_strata;
    struct strata strata;
    struct represented represented;
    /* shares of Var(ln p) over the records of the print, ppm; by `quant` */
    bool has_shares, split; /* split: channel explains more than what nothing explains */
    u32 share_ppm[REPORT_FACTORS], residual_ppm;
    /* section 17 */
    u32 executed_ppm, spread_ppm;
    i64 stale_hours_milli; /* mean age of the print's records at its window's end */
};
extern const char *const report_factors[REPORT_FACTORS];

/* Fills what is asked for in r->stress.date; `w` says why not. */
NODISCARD Err report_gather(struct report *r, const char *methodology, const char *owners,
                            const char *const *inputs, u32 inputs_n, struct benchmark *b,
                            struct why *w);
void report_free(struct report *r);
NODISCARD Err report_html(const struct report *r, const struct benchmark *b, const char *path,
                          struct why *w);
/* path NULL: to stdout. */
NODISCARD Err report_json(const struct report *r, const struct benchmark *b, const char *path,
                          struct why *w);
int index_report(int argc, char **argv); /* cmd_index_report.c: the verb */

/* stress_text.c: how costs, influences, coalitions and limits are written, here and in stress. */
const char *cost_text(char *buf, u32 cap, bool in_money, const struct cost *c);
const char *coalition_text(char *buf, u32 cap, u32 owners, const struct coalition *c);
const char *lots_text(char *buf, u32 cap, i64 milli, bool bound);

/* stress_json.c: the fields of section 12, here and in stress. */
struct json_line;
void stress_json(struct json_line *j, const struct stress *s);

#endif
