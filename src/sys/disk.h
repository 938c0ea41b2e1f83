/* disk.h -- the kernel's file calls as a table, so that a test or the simulator can stand in for
 * them.
 * Owns:   which disk the process uses, the faults a test asks for, the count of calls by kind.
 * Never:  is changed while another thread is inside a file call: set it before threads start.
 * Always: every file call of the product goes through here; a result is >= 0 or -errno.
 */
#ifndef HEDGEROW_SYS_DISK_H
#define HEDGEROW_SYS_DISK_H

#include "base/base.h"

#define DISK_CALLS(X) \
    X(OPEN, "open") X(CLOSE, "close") X(READ, "read") X(WRITE, "write") X(SYNC, "sync") \
    X(ALLOCATE, "allocate") X(TRUNCATE, "truncate") X(SIZE, "size") X(LOCK, "lock") \
    X(RENAME, "rename") X(REMOVE, "remove") X(MKDIR, "mkdir") X(SYNC_DIR, "sync folder") \
    X(LIST, "list")
#define AS_DISK_CALL(NAME, text) DISK_##NAME,
enum disk_call { DISK_CALLS(AS_DISK_CALL) DISK_CALL_COUNT };
NODISCARD const char *disk_call_name(enum disk_call call);

typedef void disk_each(void *arg, const char *name, bool folder);
struct disk {
    void *ctx;
    int (*open)(void *ctx, const char *path, int flags); /* O_ flags; a file number */
    int (*close)(void *ctx, int fd);
    i64 (*read)(void *ctx, int fd, void *to, u64 n, u64 at);
    i64 (*write)(void *ctx, int fd, const void *from, u64 n, u64 at);
    int (*sync)(void *ctx, int fd, bool data_only);
    int (*allocate)(void *ctx, int fd, u64 n);
    int (*truncate)(void *ctx, int fd, u64 n);
    i64 (*size)(void *ctx, int fd);
    int (*lock)(void *ctx, int fd); /* exclusive, without waiting: -EWOULDBLOCK if another has it */
    int (*rename)(void *ctx, const char *from, const char *to);
    int (*remove)(void *ctx, const char *path);
    int (*mkdir)(void *ctx, const char *path);
    int (*sync_dir)(void *ctx, const char *path);
    int (*list)(void *ctx, const char *path, disk_each *each, void *arg);
};

/* What shall fail: the nth call (from 1) counted over the kinds in `kinds`; nth 0 is none. */
struct disk_faults {
    u32 kinds; /* BIT(DISK_WRITE) | ... */
    u64 nth;
    u64 repeat; /* how many calls in a row fail, from the nth on; 0 counts as 1 */
    int error;  /* errno; 0: a short read or write of half the bytes */
    u64 seen;   /* calls of these kinds so far */
    u64 hit;    /* calls failed so far */
};

extern const struct disk disk_kernel;
void disk_use(const struct disk *d);   /* NULL: the kernel's */
void disk_fail(struct disk_faults *f); /* NULL: none; the caller's memory */
NODISCARD const struct disk *disk_now(void);
/* -errno if the asked fault falls on this call; 1 for a short transfer; 0 to go on. */
NODISCARD int disk_fault(enum disk_call call);

#endif
