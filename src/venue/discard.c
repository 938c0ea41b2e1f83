#include "venue/discard.h"

#include "sys/file.h"

#include <stdlib.h>
#include <unistd.h>

void data_folder_discard(const char *folder)
{
    static const char *const store[] = { "store.sqlite", "store.sqlite-wal", "store.sqlite-shm" };
    char inner[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct why ignored;
    struct dir_entry *rows = NULL;
    u32 n = 0;
    for (u32 i = 0; i < ARRAY_LEN(store); i++)
        if (!path_join(path, folder, store[i], &ignored) && file_remove(path, &ignored)) return;
    if (!path_join(path, folder, "snapshots", &ignored)) rmdir(path); /* only if empty */
    if (path_join(path, folder, "journal", &ignored)) return;
    if (dir_list(path, 1u << 16, &rows, &n, &ignored)) return;
    for (u32 i = 0; i < n; i++) {
        if (rows[i].folder || path_join(inner, path, rows[i].name, &ignored)) continue;
        if (file_remove(inner, &ignored)) break;
    }
    free(rows);
    rmdir(path);
}
