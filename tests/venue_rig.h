/* venue_rig.h -- a data folder, its commands in one line each, and what to look at: for the tests
 * of the venue room.
 * Owns:   a temporary folder, removed at the end.
 * Never:  waits by the clock.
 * Always: the n-th command is the same in every run.
 */
#ifndef HEDGEROW_TESTS_VENUE_RIG_H
#define HEDGEROW_TESTS_VENUE_RIG_H

#include "engine_rig.h"
#include "sys/file.h"
#include "test.h"
#include <stdlib.h>
#include <unistd.h>

static char folder[64];
static struct why why;
#define OK(call) do { if (call) fail_msg("%s: %s", #call, why.text); } while (0)

static inline void remove_tree(const char *path)
{
    struct dir_entry *rows = NULL;
    char inner[FILE_PATH_MAX];
    u32 n = 0;
    if (dir_list(path, 1u << 16, &rows, &n, &why)) return;
    for (u32 i = 0; i < n; i++) {
        OK(path_join(inner, path, rows[i].name, &why));
        if (rows[i].folder) remove_tree(inner);
        else OK(file_remove(inner, &why));
    }
    free(rows);
    rmdir(path);
}

static inline int folder_make(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/hedgerow-venue-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int folder_remove(void **state)
{
    remove_tree(folder);
    return 0;
}

static inline const char *inside(const char *name)
{
    static char path[FILE_PATH_MAX];
    OK(path_join(path, folder, name, &why));
    return path;
}

/* The n-th command of a plain history: accounts, then deposits. */
static inline struct command history(u64 n)
{
    struct command c = { .type = n <= 8 ? CMD_ACCOUNT_OPEN : CMD_CASH_DEPOSIT };
    if (n <= 8) {
        c.account_open.account = c.account_open.member = (u32)n;
        c.account_open.kind = ACCOUNT_KIND_DIRECT, c.account_open.category = CATEGORY_OTHER;
        rig_text(c.account_open.name.z, "someone");
    } else {
        c.cash_deposit.transfer = (Id128){ 7, n };
        c.cash_deposit.account = (u32)(n % 8) + 1, c.cash_deposit.amount.micros = (i64)n;
    }
    return c;
}

#endif
