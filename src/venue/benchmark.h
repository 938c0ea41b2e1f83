/* benchmark.h -- one benchmark as the venue runs it: methodology, owners, recorded observations.
 * Owns:   the index room's memory and log for one series, and the commands made from its prints.
 * Never:  decides a rule of the index; sends a command itself.
 * Always: dates come in order, each once; a print uses only records journaled before its publication.
 */
#ifndef HEDGEROW_VENUE_BENCHMARK_H
#define HEDGEROW_VENUE_BENCHMARK_H

#include "base/why.h"
#include "msg/msg.h"

struct benchmark;
/* methodology, owners: YAML files. observations: files of feeds' forms. */
NODISCARD Err benchmark_open(struct benchmark **out, const char *methodology, const char *owners,
                             const char *const *observations, u32 n, struct why *w);
void benchmark_close(struct benchmark **b);
NODISCARD Date benchmark_next(const struct benchmark *b);         /* date of the next print */
NODISCARD Date benchmark_last(const struct benchmark *b);         /* of the newest observation */
NODISCARD Instant benchmark_due(const struct benchmark *b);       /* its publication */
/* Computes the print of benchmark_next() and moves on. */
NODISCARD Err benchmark_print(struct benchmark *b, struct cmd_index_print *out, struct why *w);
void benchmark_install(const struct benchmark *b, struct cmd_index_install *out); /* no approvers */
NODISCARD const char *benchmark_id(const struct benchmark *b);
NODISCARD const char *benchmark_label(const struct benchmark *b);

#endif
