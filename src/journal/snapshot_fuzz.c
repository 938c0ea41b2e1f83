/* Any bytes as a snapshot file, its header's and table's checks repaired: loaded or refused, the
 * arena's bytes never left. */
#include "journal/snapshot.h"
#include "sys/file.h"
#include "sys/vdisk.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t n);

#define PAGE 4096u
#define ARENA (64u << 10)

/* header: magic 8, version 4, header_bytes 4, pages 8, info, whole 32; page checksums at the end */
static void repair(u8 *p, u64 n)
{
    u64 info = 24, whole_at = info + sizeof(struct snapshot_info);
    u64 tables = PAGE, pages = n / PAGE - 2;
    if (n < 3 * PAGE || n % PAGE || pages > PAGE / 4) return;
    u8 *crcs = p + n - tables;
    memcpy(p, "HDGSNAP1", 8);
    store_u32(p + 8, 1), store_u32(p + 12, PAGE), store_u64(p + 16, pages);
    store_u64(p + info, 7);
    store_u64(p + info + offsetof(struct snapshot_info, arena_bytes), ARENA);
    p[info + offsetof(struct snapshot_info, build) + 47] = 0;
    store_u32(p + info + offsetof(struct snapshot_info, genesis_n), 0);
    for (u64 i = 0; i < pages; i++) store_u32(crcs + i * 4, crc32c(0, p + (i + 1) * PAGE, PAGE));
    struct sha256 s;
    sha256_init(&s);
    sha256_add(&s, p, whole_at);
    sha256_add(&s, crcs, pages * 4);
    Hash whole = sha256_end(&s);
    memcpy(p + whole_at, &whole, sizeof whole);
    store_u32(p + PAGE - 4, crc32c(0, p, PAGE - 4));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    struct why why;
    struct snapshot_info info;
    if (n < 1) return 0;
    bool repaired = data[0] & 1;
    data++, n--;
    struct vdisk *v = vdisk_new();
    disk_use(vdisk_disk(v));
    if (vdisk_disk(v)->mkdir(v, "d")) abort();
    u8 *bytes = malloc(n + 1), *arena = aligned_alloc(64, ARENA);
    memset(arena, 0, ARENA);
    memcpy(bytes, data, n);
    if (repaired) repair(bytes, n);
    vdisk_put(v, "d/snapshot-00000000000000000007", bytes, n);
    Err err = snapshot_load("d", 7, true, arena, ARENA, &info, &why);
    ASSERT(err == ERR_OK || err == ERR_NO);
    free(bytes), free(arena);
    disk_use(NULL);
    vdisk_free(v);
    return 0;
}
