#include "sys/disk.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct disk *disk_used = &disk_kernel;
static struct disk_faults *faults;

const char *disk_call_name(enum disk_call call)
{
#define AS_DISK_TEXT(NAME, text) text,
    static const char *const names[] = { DISK_CALLS(AS_DISK_TEXT) };
    return (u32)call < ARRAY_LEN(names) ? names[call] : "?";
}

void disk_use(const struct disk *d) { disk_used = d ? d : &disk_kernel; }
void disk_fail(struct disk_faults *f) { faults = f; }
const struct disk *disk_now(void) { return disk_used; }

int disk_fault(enum disk_call call)
{
    struct disk_faults *f = faults;
    ASSERT((u32)call < DISK_CALL_COUNT);
    if (!f || !(f->kinds & BIT(call))) return 0;
    f->seen++;
    if (!f->nth || f->seen < f->nth || f->seen >= f->nth + (f->repeat ? f->repeat : 1)) return 0;
    f->hit++;
    return f->error ? -f->error : 1;
}

static int or_errno(int r) { return r < 0 ? -errno : r; }

static int kernel_open(void *ctx, const char *path, int flags)
{
    return or_errno(open(path, flags | O_CLOEXEC, 0640));
}
static int kernel_close(void *ctx, int fd) { return or_errno(close(fd)); }
static i64 kernel_read(void *ctx, int fd, void *to, u64 n, u64 at)
{
    ssize_t r = pread(fd, to, n, (off_t)at);
    return r < 0 ? -errno : r;
}
static i64 kernel_write(void *ctx, int fd, const void *from, u64 n, u64 at)
{
    ssize_t r = pwrite(fd, from, n, (off_t)at);
    return r < 0 ? -errno : r;
}
static int kernel_sync(void *ctx, int fd, bool data_only)
{
    return or_errno(data_only ? fdatasync(fd) : fsync(fd));
}
static int kernel_allocate(void *ctx, int fd, u64 n)
{
    return or_errno(fallocate(fd, 0, 0, (off_t)n));
}
static int kernel_truncate(void *ctx, int fd, u64 n) { return or_errno(ftruncate(fd, (off_t)n)); }
static i64 kernel_size(void *ctx, int fd)
{
    struct stat s;
    return fstat(fd, &s) < 0 ? -errno : s.st_size;
}
static int kernel_lock(void *ctx,
                       int fd) /* of the open file: two opens in one process exclude too */
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    return or_errno(fcntl(fd, F_OFD_SETLK, &whole));
}
static int kernel_rename(void *ctx, const char *from, const char *to)
{
    return or_errno(rename(from, to));
}
static int kernel_remove(void *ctx, const char *path) { return or_errno(unlink(path)); }
static int kernel_mkdir(void *ctx, const char *path) { return or_errno(mkdir(path, 0750)); }

static int kernel_sync_dir(void *ctx, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int r = or_errno(fsync(fd));
    close(fd);
    return r;
}

static int kernel_list(void *ctx, const char *path, disk_each *each, void *arg)
{
    DIR *d = opendir(path);
    if (!d) return -errno;
    struct dirent *e;
    for (errno = 0; (e = readdir(d)); errno = 0) {
        struct stat s;
        if (e->d_name[0] == '.' && (!e->d_name[1] || (e->d_name[1] == '.' && !e->d_name[2])))
            continue;
        bool folder = e->d_type == DT_DIR;
        if (e->d_type == DT_UNKNOWN && fstatat(dirfd(d), e->d_name, &s, 0) == 0)
            folder = S_ISDIR(s.st_mode);
        each(arg, e->d_name, folder);
    }
    int err = errno;
    closedir(d);
    return -err;
}

const struct disk disk_kernel = {
    .open = kernel_open, .close = kernel_close, .read = kernel_read, .write = kernel_write,
    .sync = kernel_sync, .allocate = kernel_allocate, .truncate = kernel_truncate,
    .size = kernel_size, .lock = kernel_lock, .rename = kernel_rename, .remove = kernel_remove,
    .mkdir = kernel_mkdir, .sync_dir = kernel_sync_dir, .list = kernel_list,
};
