/* exposure_file.h -- an exposure on disk: EXPOSURE.json, its three tables as CSV; bills read in.
 * Owns:   the reading of bills with their hash and progress; both written forms.
 * Never:  computes an exposure: that is hedge's.
 * Always: equal inputs give equal bytes; a file is whole or not there.
 */
#ifndef HEDGEROW_CMD_EXPOSURE_FILE_H
#define HEDGEROW_CMD_EXPOSURE_FILE_H

#include "base/why.h"
#include "cmd/cmd.h"
#include "hedge/exposure.h"
#include "sys/file.h"

#define EXPOSURE_INPUTS_MAX 96u
enum input_kind { INPUT_BILL, INPUT_PLAN, INPUT_TOKENS, INPUT_RATES, INPUT_RULES, INPUT_TYPES };
struct exposure_input { enum input_kind kind; const char *path; Hash hash; u64 rows, bytes; };
struct exposure_run {
    struct exposure *e;
    struct instances *types;
    struct rules rules;
    struct exposure_input input[EXPOSURE_INPUTS_MAX];
    u32 inputs;
    char *buffer;
    char delimiter;
    bool redact;
};

/* Catalogue and rules: the user's files, then the shipped ones. */
NODISCARD Err exposure_begin(struct exposure_run *run, const struct option_list *rules,
                             const char *types, struct why *w);
/* Reads one input into run->e; causes stay there. */
NODISCARD Err exposure_take(struct exposure_run *run, enum input_kind kind, const char *path,
                            struct why *w);
/* A lexer over a file, for exposure_explain. */
NODISCARD Err exposure_explain_file(struct exposure_run *run, const char *path, u64 line,
                                    Hash *hash, struct exposure_why *out, bool *there,
                                    struct why *w);
void exposure_end(struct exposure_run *run);

/* malloc'd text. */
NODISCARD Err exposure_json(const struct exposure_run *run, char **text, u64 *n, struct why *w);
/* DIR/gpu.csv, tokens.csv, buckets.csv. */
NODISCARD Err exposure_csv(const struct exposure_run *run, const char *dir, struct why *w);
void exposure_csv_remove(const char *dir); /* what exposure_csv() wrote: nothing half-written */
const char *atto_text(i128 v, char *buf, u32 cap);

#endif
