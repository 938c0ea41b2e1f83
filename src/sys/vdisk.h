/* vdisk.h -- a disk in memory that remembers what was synced, so that a test can pull the plug
 * anywhere.
 * Owns:   files, folders and their contents; a trace of every change; images after a crash.
 * Never:  touches the kernel's files; is used by two threads at once.
 * Always: strict as POSIX allows: a write is safe after its file's sync, a name after its folder's.
 */
#ifndef HEDGEROW_SYS_VDISK_H
#define HEDGEROW_SYS_VDISK_H

#include "sys/disk.h"

#define VDISK_SECTOR 512u

struct vdisk;
NODISCARD struct vdisk *vdisk_new(
    void); /* aborts without memory: a tool of tests and simulations */
void vdisk_free(struct vdisk *v);
/* To give to disk_use(); lives as long as v. */
NODISCARD const struct disk *vdisk_disk(struct vdisk *v);
/* All that is there counts as synced; changes are recorded from here on. */
void vdisk_trace_begin(struct vdisk *v);
NODISCARD u32 vdisk_trace_length(const struct vdisk *v);
/* Bytes the disk can hold in all; 0: no limit. Beyond it: ENOSPC. */
void vdisk_limit(struct vdisk *v, u64 bytes);
/* The file's bytes, to look at or to spoil; NULL if it is not there. */
NODISCARD u8 *vdisk_bytes(struct vdisk *v, const char *path, u64 *n);
void vdisk_put(struct vdisk *v, const char *path, const void *bytes, u64 n);
NODISCARD Hash vdisk_hash(const struct vdisk *v,
                          const char *leave_out); /* over names and contents */

/* The plug is pulled after `changes` of the trace. What was not synced then is a list of units: one
 * a sector written, a size changed, a name made, moved or removed. */
struct vdisk_crash;
NODISCARD struct vdisk_crash *vdisk_crash_at(const struct vdisk *v, u32 changes);
NODISCARD u32 vdisk_crash_units(const struct vdisk_crash *c);
/* A new disk with the units chosen[i] != 0; of unit `torn` (if a sector) only its first bytes. */
NODISCARD struct vdisk *vdisk_crash_image(const struct vdisk_crash *c, const u8 *chosen, u32 torn,
                                          u32 torn_bytes);
void vdisk_crash_free(struct vdisk_crash *c);

#endif
