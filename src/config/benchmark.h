/* benchmark.h -- methodologies and owner registries from their files, read and checked.
 * Owns:   the step from a record that loads to one the index room computes, with the line at fault.
 * Never:  fills a rule by a guess.
 * Always: what these return index_open() takes.
 */
#ifndef HEDGEROW_CONFIG_BENCHMARK_H
#define HEDGEROW_CONFIG_BENCHMARK_H

#include "config/yaml.h"
#include "index/methodology.h"
#include "index/represent.h"

NODISCARD Err config_methodology(const char *path, struct methodology *out, struct why *w);
NODISCARD Err config_registry(const char *path, struct registry *out, struct why *w);
NODISCARD Err config_strata(const char *path, struct strata *out, struct why *w);

#endif
