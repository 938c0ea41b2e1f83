/* token.h -- token baskets and spliced series from their files; which kind a methodology is of.
 * Owns:   the step from a record that loads to one the index room computes, with the line at fault.
 * Never:  fills a rule by a guess.
 * Always: what config_token_method() returns token_open() takes.
 */
#ifndef HEDGEROW_CONFIG_TOKEN_H
#define HEDGEROW_CONFIG_TOKEN_H

#include "config/yaml.h"
#include "index/token_method.h"

/* METHOD_KIND of the file's own `kind:` line; METHOD_KIND_NONE without one: a GPU benchmark, or a
 * file that its loader will refuse. *line, where asked for, is that line. */
NODISCARD u32 config_method_kind(const char *path, u32 *line);
NODISCARD Err config_token_method(const char *path, struct token_method *out, struct why *w);

#endif
