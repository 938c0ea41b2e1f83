/* benchmark.h -- the shell's side of the benchmark: versions of prints run, receipts written,
 * signed, checked.
 * Owns:   which versions are shown, the receipts' folder, Ed25519 signatures of receipt hashes.
 * Never:  computes a print: the index room does.
 * Always: a folder of receipts holds one whole file a version shown and nothing else.
 */
#ifndef HEDGEROW_CMD_BENCHMARK_H
#define HEDGEROW_CMD_BENCHMARK_H

#include "venue/opener.h"

#include <stdio.h>

enum run_vintages { RUN_ALL, RUN_FIRST, RUN_LAST };
struct run_ask {
    Date from, to; /* 0: from the first, to the last date with data */
    bool to_given;
    Instant as_of; /* 0: no bound */
    enum run_vintages vintages;
    const char *receipts, *key;
};
struct run_rows {
    struct print *at; /* malloc'd; by date, then version */
    u32 n, cap;
    u32 dates;          /* of them */
    u32 restated;       /* dates with more than one version */
    i64 revision_ppm;   /* the largest |last - first| / first */
    u64 late, too_late; /* records after their date's print: in time, or past the policy */
};
NODISCARD Err benchmark_run(struct benchmark *b, const struct run_ask *ask, struct run_rows *out,
                            struct why *w);

/* Err is the world's; what the receipt is worth stands in *v. With inputs the series is run
 * again: under the receipt's own rules, or under the versions given, of which its own must be
 * one. */
struct verify_ask {
    const char *const *inputs, *const *methods; /* methods: in order; none: the receipt's own */
    u32 inputs_n, methods_n;
    const char *owners;
};
NODISCARD Err receipt_verify(const char *path, const struct verify_ask *ask,
                             struct receipt_verdict *v, struct why *w);
NODISCARD Err receipt_explained(const char *path, FILE *to, struct receipt_verdict *v,
                                struct why *w);

int index_watch(int argc, char **argv); /* cmd_index_watch.c: the verb */

#endif
