#include "sys/file.h"
#include <stdlib.h>
#include <unistd.h>

#ifndef HEDGEROW_DATADIR
#define HEDGEROW_DATADIR "/usr/local/share/hedgerow"
#endif

static bool found_in(char *to, const char *folder, const char *name)
{
    struct why ignored;
    ASSERT(folder);
    return path_join(to, folder, name, &ignored) == ERR_OK && access(to, R_OK) == 0;
}

/* From the program's own folder upwards: PREFIX/bin/../share/hedgerow, or a checkout's build
 * folder. */
static bool found_from_program(char *to, const char *name)
{
    char at[FILE_PATH_MAX], share[FILE_PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", at, sizeof at - 1);
    struct why ignored;
    if (n <= 0) return false;
    at[n] = 0;
    for (u32 up = 0; up < 6; up++) {
        char *slash = strrchr(at, '/');
        if (!slash || slash == at) return false;
        *slash = 0;
        if (path_join(share, at, "share/hedgerow", &ignored) == ERR_OK && found_in(to, share, name))
            return true;
        if (path_join(share, at, "meson.build", &ignored) == ERR_OK && access(share, R_OK) == 0 &&
            found_in(to, at, name))
            return true;
    }
    return false;
}

Err data_path(char *to, const char *name, struct why *w)
{
    const char *env = getenv("HEDGEROW_DATA");
    ASSERT(name[0] && name[0] != '/');
    if (env && *env && found_in(to, env, name)) return ERR_OK;
    if (found_from_program(to, name) || found_in(to, HEDGEROW_DATADIR, name)) return ERR_OK;
    return why_set(w, ERR_INPUT,
                   "%s: not in $HEDGEROW_DATA (%s), " HEDGEROW_DATADIR " or the checkout", name,
                   env && *env ? env : "not set");
}
