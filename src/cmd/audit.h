/* audit.h -- an extract for a regulator or auditor: everything that a range of prints rests on.
 * Owns:   the folder's layout, its manifest, and the check of a folder that somebody was given.
 * Never:  leaves half a folder; puts a time or a machine's name into it.
 * Always: equal inputs give equal bytes; the manifest names every file with its SHA-256, and its
 *         own hash stands last.
 *
 * Layout: MANIFEST, register, owners.yaml, inputs, prints.csv, methodology/vN.yaml,
 * statement/vN.md, receipts/vN/DATE.receipt.
 */
#ifndef HEDGEROW_CMD_AUDIT_H
#define HEDGEROW_CMD_AUDIT_H

#include "cmd/benchmark.h"
#include "feeds/register_file.h"

struct audit_ask {
    const char *const *methods, *const *inputs;
    u32 methods_n, inputs_n;
    const char *owners, *reg, *key, *out;
    Date from, to;
};
struct audit_sum { u32 files, receipts, entries; Hash manifest; };
NODISCARD Err audit_write(const struct audit_ask *ask, struct audit_sum *sum, struct why *w);
/* ERR_NO with the first thing that is not as the manifest, the receipts or the register say. */
NODISCARD Err audit_check(const char *dir, struct audit_sum *sum, struct why *w);
int index_audit(int argc, char **argv);

/* audit_tree.c: the files of a folder, three levels deep. */
#define AUDIT_FILES_MAX 200000u
struct audit_tree { char (*path)[160]; u32 n, cap; }; /* as seen from the folder, sorted */
NODISCARD Err audit_tree_read(const char *dir, struct audit_tree *t, struct why *w);
void audit_tree_give(struct audit_tree *t);
/* Removes the files and folders that an extract has; what is foreign stays. */
void audit_tree_remove(const char *dir);

#endif
