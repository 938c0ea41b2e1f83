/* file.h -- files and folders: whole reads and writes, syncs, renames, locks, with a sentence on
 * failure.
 * Owns:   the loops over EINTR and short transfers, bounded by FILE_TRIES without progress.
 * Never:  retries a sync that failed: Linux may drop the pages and call a later sync good.
 * Always: a written file is whole or not there (file_write_atomic: temporary, sync, rename, sync).
 */
#ifndef HEDGEROW_SYS_FILE_H
#define HEDGEROW_SYS_FILE_H

#include "base/why.h"
#include "sys/disk.h"

#define FILE_TRIES 64
#define FILE_PATH_MAX 1024
enum file_mode {
    FILE_READ = 1,
    FILE_WRITE = 2,
    FILE_CREATE = 4,
    FILE_NEW = 8 /* fails if there */,
    FILE_TRUNCATE = 16
};
typedef struct { int fd; } File; /* fd < 0 is none */
#define FILE_NONE ((File){ -1 })

NODISCARD Err file_open(File *f, const char *path, u32 mode, struct why *w);
void file_close(File *f); /* safe on FILE_NONE */
/* Reads until n bytes or the end of the file. */
NODISCARD Err file_read_at(File f, u64 at, void *to, u64 n, u64 *got, struct why *w);
NODISCARD Err file_write_at(File f, u64 at, const void *from, u64 n, struct why *w);
NODISCARD Err file_size(File f, u64 *n, struct why *w);
NODISCARD Err file_truncate(File f, u64 n, struct why *w);
NODISCARD Err file_sync(File f, struct why *w);      /* data and metadata */
NODISCARD Err file_sync_data(File f, struct why *w); /* data; never called again after it failed */
/* Allocates and writes n zero bytes from the start, not synced. *full says that the disk was. */
NODISCARD Err file_fill_zero(File f, u64 n, bool *full, struct why *w);
NODISCARD Err file_lock(File f, bool *taken,
                        struct why *w); /* exclusive; *taken false: another has it */

NODISCARD Err file_rename(const char *from, const char *to, struct why *w);
NODISCARD Err file_remove(const char *path, struct why *w); /* done if it is not there */
NODISCARD bool file_exists(const char *path);
/* Whole file in malloc'd bytes, a zero behind them; ERR_INPUT if larger than max. */
NODISCARD Err file_read_all(const char *path, u64 max, u8 **bytes, u64 *n, struct why *w);
NODISCARD Err file_write_atomic(const char *path, const void *bytes, u64 n, struct why *w);

NODISCARD Err dir_make(const char *path, struct why *w); /* done if it is there */
NODISCARD Err dir_sync(const char *path, struct why *w);
struct dir_entry { char name[256]; bool folder; };
/* malloc'd, sorted by name; . and .. left out; at most max entries, else ERR_INPUT. */
NODISCARD Err dir_list(const char *path, u32 max, struct dir_entry **rows, u32 *n, struct why *w);
/* "a/b" into to[FILE_PATH_MAX]; ERR_INPUT if it does not fit. */
NODISCARD Err path_join(char *to, const char *folder, const char *name, struct why *w);

/* Finds a shipped file ("specs/gpuh-m.yaml"): $HEDGEROW_DATA, the installed data folder, the
 * checkout the program was built in. ERR_INPUT naming the places looked at. */
NODISCARD Err data_path(char *to, const char *name, struct why *w);

#endif
