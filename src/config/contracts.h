/* contracts.h -- contract specifications and calendars from their files, read and checked.
 * Owns:   the step from a record that loads to a record that is valid, with the line of the fault.
 * Never:  fills a null: only the overlay that was named does.
 * Always: what these return may be put into a SPEC_PUT or CALENDAR_PUT as it is.
 */
#ifndef HEDGEROW_CONFIG_CONTRACTS_H
#define HEDGEROW_CONFIG_CONTRACTS_H

#include "config/yaml.h"
#include "contract/spec.h"

/* Reads, lays the overlay over it (NULL: none) and runs spec_check(): the first finding becomes
 * "file:line: key: CODE: text". A value not known is a fault only if `listable` is asked for. */
NODISCARD Err config_spec(const char *path, const char *overlay, bool listable, struct spec *out,
                          struct why *w);
NODISCARD Err config_calendar(const char *path, struct calendar *out, struct why *w);
/* `path` as seen from the folder of `file`; absolute paths stay. False: does not fit. */
NODISCARD bool config_beside(const char *file, const char *path, char *out, u32 cap);

#endif
