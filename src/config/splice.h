/* splice.h -- a spliced series from its file.
 * Owns:   the step from a record that loads to one that is valid, with the line at fault.
 * Never:  fills a rule by a guess.
 * Always: what it returns splice_value() takes.
 */
#ifndef HEDGEROW_CONFIG_SPLICE_H
#define HEDGEROW_CONFIG_SPLICE_H

#include "config/yaml.h"
#include "index/splice.h"

NODISCARD Err config_splice(const char *path, struct splice *out, struct why *w);

#endif
