/* opener.h -- a benchmark opened: its rules, registry of owners, observations, and the series.
 * Owns:   finding and loading the files, and the memory of all four.
 * Never:  computes a print or changes a rule; holds half of what it was asked for.
 * Always: commands and the venue open a benchmark here, so both see the same prints.
 */
#ifndef HEDGEROW_VENUE_OPENER_H
#define HEDGEROW_VENUE_OPENER_H

#include "config/benchmark.h"
#include "feeds/obs_file.h"
#include "feeds/series.h"

struct benchmark {
    struct methodology m;    /* the first version */
    struct methodology *all; /* all of them in order; NULL: m alone */
    u32 all_n;
    struct registry *registry;
    struct feed_log log;
    struct feed_result read; /* what became of the inputs' rows */
    struct series series;
};
/* owners NULL: `../owners.yaml` as seen from the methodology, else the shipped one. inputs: files
 * of feeds' forms; none is an empty log. */
NODISCARD Err benchmark_open(struct benchmark *b, const char *methodology, const char *owners,
                             const char *const *inputs, u32 inputs_n, struct why *w);
/* Several versions of one methodology, in order: each takes over on its effective_from. */
NODISCARD Err benchmark_open_versions(struct benchmark *b, const char *const *methodologies, u32 n,
                                      const char *owners, const char *const *inputs, u32 inputs_n,
                                      struct why *w);
/* The version in force on a date. */
NODISCARD const struct methodology *benchmark_rules(const struct benchmark *b, Date date);
/* The same with the rules at hand; owners NULL: the shipped registry. */
NODISCARD Err benchmark_open_rules(struct benchmark *b, const struct methodology *m,
                                   const char *owners, const char *const *inputs, u32 inputs_n,
                                   struct why *w);
void benchmark_close(struct benchmark *b);
/* The registry alone, found the same way; malloc'd. */
NODISCARD Err benchmark_registry(const char *methodology, const char *owners, struct registry **out,
                                 struct why *w);

#endif
