/* benchmark.h -- the shell's side of the benchmark: inputs loaded, receipts written, signed,
 * checked.
 * Owns:   finding the registry, the receipts' folder, Ed25519 signatures of receipt hashes.
 * Never:  computes a print: the index room does.
 * Always: a folder of receipts holds one whole file a date shown and nothing else.
 */
#ifndef HEDGEROW_CMD_BENCHMARK_H
#define HEDGEROW_CMD_BENCHMARK_H

#include "config/benchmark.h"
#include "feeds/obs_file.h"
#include "feeds/series.h"

#include <stdio.h>

struct benchmark {
    struct methodology m;
    struct registry *registry;
    struct feed_log log;
    struct feed_result read; /* what became of the inputs' rows */
    struct series series;
};
/* owners NULL: `../owners.yaml` as seen from the methodology, else the shipped one. */
NODISCARD Err benchmark_open(struct benchmark *b, const char *methodology, const char *owners,
                             const char *const *inputs, u32 inputs_n, struct why *w);
void benchmark_close(struct benchmark *b);
/* The registry alone, found the same way; malloc'd. */
NODISCARD Err benchmark_registry(const char *methodology, const char *owners, struct registry **out,
                                 struct why *w);

struct run_ask {
    Date from, to; /* 0: from the first, to the last date with data */
    bool to_given;
    Instant as_of; /* 0: no bound */
    const char *receipts, *key;
};
struct run_rows { struct print *at; u32 n; }; /* malloc'd */
NODISCARD Err benchmark_run(struct benchmark *b, const struct run_ask *ask, struct run_rows *out,
                            struct why *w);

/* Err is the world's; what the receipt is worth stands in *v. With inputs the series is run
 * again. */
NODISCARD Err receipt_verify(const char *path, const char *const *inputs, u32 inputs_n,
                             const char *owners, struct receipt_verdict *v, struct why *w);
NODISCARD Err receipt_explained(const char *path, FILE *to, struct receipt_verdict *v,
                                struct why *w);

#endif
