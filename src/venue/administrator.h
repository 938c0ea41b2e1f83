/* administrator.h -- a benchmark administrator: one series as the venue runs it.
 * Owns:   the index room's memory and log for one series, and the commands made from its prints.
 * Never:  decides a rule of the index; sends a command itself.
 * Always: dates come in order, and of each its versions in theirs; a print uses only records
 *         journaled before its publication.
 */
#ifndef HEDGEROW_VENUE_ADMINISTRATOR_H
#define HEDGEROW_VENUE_ADMINISTRATOR_H

#include "base/why.h"
#include "msg/msg.h"

struct administrator;
/* The first date is the methodology's, or that of the first observation if it is later.
 * methodology, owners: YAML files. observations: files of feeds' forms. */
NODISCARD Err administrator_open(struct administrator **out, const char *methodology,
                                 const char *owners, const char *const *observations, u32 n,
                                 struct why *w);
/* Versions of one methodology in order: each takes over on its effective_from. */
NODISCARD Err administrator_open_versions(struct administrator **out,
                                          const char *const *methodologies, u32 versions,
                                          const char *owners, const char *const *observations,
                                          u32 n, struct why *w);
void administrator_close(struct administrator **b);
NODISCARD Date administrator_next(const struct administrator *b); /* of the next first print */
NODISCARD Date administrator_last(const struct administrator *b); /* of the newest observation */
/* When the next print is published: a restatement of the last date, or the next date's first. */
NODISCARD Instant administrator_due(const struct administrator *b);
NODISCARD Instant administrator_due_first(const struct administrator *b);
/* Goes past what has been published: all up to this version of this date. */
NODISCARD Err administrator_pass(struct administrator *b, Date date, u32 version, struct why *w);
/* Computes the print that is due next, with what moving it by 1 % costs where that is measured, and
 * moves on. */
NODISCARD Err administrator_print(struct administrator *b, struct cmd_index_print *out,
                                  struct why *w);
/* What installs the version that the next first print is made under; no approvers. */
void administrator_install(const struct administrator *b, struct cmd_index_install *out);
/* The print that is due is the first under a version later than `installed`. */
NODISCARD bool administrator_install_due(const struct administrator *b, u32 installed);
/* A venue that has installed this version with these rules, and printed up to `last`, can go on:
 * its versions are unchanged, and those to come begin later. */
NODISCARD Err administrator_fits(const struct administrator *b, u32 installed, const Hash *rules,
                                 Date last, struct why *w);
NODISCARD const char *administrator_id(const struct administrator *b);
NODISCARD const char *administrator_label(const struct administrator *b);

#endif
