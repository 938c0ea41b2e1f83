/* splice_run.h -- `index run` over a spliced series; `index factors`, `links`, `decay`: what quant
 *                 hands to a methodology.
 * Owns:   the reports factors and links come from, and the YAML lines they become.
 * Never:  puts a factor in force: a file that somebody approves does.
 * Always: the hash in the YAML is the SHA-256 of the report's bytes as written.
 */
#ifndef HEDGEROW_CMD_SPLICE_RUN_H
#define HEDGEROW_CMD_SPLICE_RUN_H

#include "base/base.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/why.h"

/* inputs are SERIES=FILE, CSV of `index run`. Returns the exit code. */
struct splice_ask { Date from, to; bool json, csv; const char *receipts, *key; };
NODISCARD int splice_run_command(const char *method, const char *const *inputs, u32 n,
                                 const struct splice_ask *ask);
/* A receipt of such a day; with inputs, SERIES=FILE as above, the series is run again. ERR_NO: does
 * not verify. */
NODISCARD int splice_verify_command(const char *path, const char *const *inputs, u32 n, bool json,
                                    struct why *w);
NODISCARD int splice_explain_command(const char *path);
NODISCARD int index_factors(int argc, char **argv);
NODISCARD int index_factors_hedonic(int argc, char **argv); /* factors --hedonic: from records */
/* The report to a file, or on stdout as comments before the YAML. */
NODISCARD Err factor_report_write(const struct text *t, const char *path, Hash *hash,
                                  struct why *w);
NODISCARD int index_links(int argc, char **argv);
NODISCARD int index_decay(int argc, char **argv);

#endif
