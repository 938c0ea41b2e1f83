/* yaml.h -- YAML files to records through a field table (base/record.h); libyaml's events inside.
 * Owns:   reading, overlaying and the error sentence "file:line: key: cause".
 * Never:  accepts what the table does not name: unknown, double and missing keys, wrong types,
 *         tabs, anchors, aliases, tags, second documents, too deep or too large files are refused.
 * Always: on an error the record is untouched.
 */
#ifndef HEDGEROW_CONFIG_YAML_H
#define HEDGEROW_CONFIG_YAML_H

#include "base/record.h"
#include "base/why.h"

#define CONFIG_FILE_BYTES_MAX (1u << 20)
#define CONFIG_DEPTH_MAX 8u

/* Where each field of the record was read: for rules that are checked after loading. */
struct config_lines { char file[256]; u32 line[RECORD_FIELDS_MAX]; };

/* Read a whole record. `lines` may be NULL. ERR_INPUT with "file:line: key: cause", ERR_IO. */
NODISCARD Err config_read(const struct record *r, const char *path, void *out,
                          struct config_lines *lines, struct why *w);
NODISCARD Err config_parse(const struct record *r, const char *file, const char *yaml, u64 n,
                           void *out, struct config_lines *lines, struct why *w);
/* Replace in `out` what the overlay names: whole fields, no field is needed. */
NODISCARD Err config_overlay(const struct record *r, const char *path, void *out,
                             struct config_lines *lines, struct why *w);
NODISCARD Err config_overlay_parse(const struct record *r, const char *file, const char *yaml,
                                   u64 n, void *out, struct config_lines *lines, struct why *w);
/* "file:line: key: cause" about a field already read; returns ERR_INPUT. */
Err config_fault(const struct record *r, const struct config_lines *lines, u32 field,
                 const char *cause, struct why *w);

#endif
