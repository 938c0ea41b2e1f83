#include "journal/snapshot.h"
#include "journal/world.h"
#include <stdlib.h>

#define CHANGES_MAX 4096u
#define SUBSETS_SEEDED 500u
#define UNITS_ALL 10u

static u64 acked_at[CHANGES_MAX + 1]; /* durable seq as the caller knew it after so many changes */
static u64 images;

static void note(const struct vdisk *v, u64 durable)
{
    u32 n = vdisk_trace_length(v);
    assert_true(n <= CHANGES_MAX);
    acked_at[n] = durable;
}

/* Before each change: what the journal would answer now, were it asked from another thread. */
static struct vdisk *spied;
static struct journal *writing;
static struct disk spy;
static void look(void)
{
    if (writing) note(spied, journal_durable_seq(writing));
}
static i64 spy_write(void *ctx, int fd, const void *from, u64 n, u64 at)
{
    look();
    return vdisk_disk(spied)->write(ctx, fd, from, n, at);
}
static int spy_sync(void *ctx, int fd, bool data_only)
{
    look();
    return vdisk_disk(spied)->sync(ctx, fd, data_only);
}
static int spy_sync_dir(void *ctx, const char *path)
{
    look();
    return vdisk_disk(spied)->sync_dir(ctx, path);
}
static int spy_open(void *ctx, const char *path, int flags)
{
    look();
    return vdisk_disk(spied)->open(ctx, path, flags);
}
static void spy_on(struct vdisk *v)
{
    spied = v, spy = *vdisk_disk(v);
    spy.write = spy_write, spy.sync = spy_sync, spy.sync_dir = spy_sync_dir, spy.open = spy_open;
    disk_use(&spy);
}

/* A small life: opens, batches of all sizes, marks, segment changes, a second opening. */
static struct vdisk *lived(u64 *last)
{
    struct journal_found found;
    struct journal *j;
    struct vdisk *v = world_new();
    memset(acked_at, 0, sizeof acked_at);
    vdisk_trace_begin(v);
    spy_on(v);
    u64 seq = 0;
    for (u32 life = 0; life < 2; life++) {
        assert_int_equal(world_open(&j, &found), ERR_OK);
        note(v, seq);
        writing = j;
        for (u32 b = 0; b < 6; b++) {
            for (u32 n = b == 3 ? 40 : b + 1; n; n--) assert_int_equal(world_put(j, ++seq), ERR_OK);
            assert_int_equal(journal_flush(j, &why), ERR_OK);
            note(v, seq);
            if (b == 2) assert_int_equal(journal_mark(j, &why), ERR_OK);
            if (b == 2) note(v, seq);
        }
        writing = NULL;
        journal_abandon(&j);
    }
    for (u32 i = 1; i <= vdisk_trace_length(v); i++)
        if (acked_at[i] < acked_at[i - 1]) acked_at[i] = acked_at[i - 1];
    *last = seq;
    return v;
}

/* Opens an image: everything acknowledged is there and right; again gives the same bytes; and the
 * journal goes on. With `deeper`, crashes once more at every change of that opening. */
static void recovers(struct vdisk *image, u64 acked, u64 last, bool deeper);

static void crash_in_recovery(struct vdisk *image, u64 acked, u64 last)
{
    u8 chosen[256];
    for (u32 at = 0; at <= vdisk_trace_length(image); at += 1 + at / 4) {
        struct vdisk_crash *c = vdisk_crash_at(image, at);
        for (u32 k = 0; k < 3; k++) {
            u32 n = vdisk_crash_units(c);
            if (n > sizeof chosen) continue;
            for (u32 i = 0; i < n; i++) chosen[i] = k == 2 ? i % 2 : (u8)k;
            struct vdisk *again = vdisk_crash_image(c, chosen, UINT32_MAX, 0);
            recovers(again, acked, last, false);
            vdisk_free(again);
        }
        vdisk_crash_free(c);
    }
}

static void recovers(struct vdisk *image, u64 acked, u64 last, bool deeper)
{
    struct journal_found found;
    struct journal *j;
    images++;
    disk_use(vdisk_disk(image));
    if (deeper) vdisk_trace_begin(image);
    Err err = world_open(&j, &found);
    if (err) print_error("%s\n", why.text);
    assert_int_equal(err, ERR_OK);
    u64 next = journal_next_seq(j);
    assert_true(next > acked && next <= last + 1);
    journal_abandon(&j);
    if (next > 1) assert_int_equal(world_read(), next - 1);
    Hash once = vdisk_hash(image, NULL);
    if (deeper) crash_in_recovery(image, acked, last);
    disk_use(vdisk_disk(image));
    assert_int_equal(world_open(&j, &found), ERR_OK);
    assert_int_equal(found.state, JOURNAL_SOUND);
    assert_int_equal(journal_next_seq(j), next);
    assert_true(hash_eq(once, vdisk_hash(image, NULL)));
    if (images % 8 == 0) {
        assert_int_equal(world_put(j, next), ERR_OK);
        assert_int_equal(journal_flush(j, &why), ERR_OK);
        journal_abandon(&j);
        assert_int_equal(world_read(), next);
    } else {
        journal_abandon(&j);
    }
}

typedef void check(struct vdisk *image, u32 at, bool deeper);

/* Every prefix of the changes; of what was not synced there every subset, or 500 seeded ones, some
 * with the last sector torn. */
static void at_every_crash(const struct vdisk *v, u32 stride, check *f)
{
    struct rng r = rng_of(99);
    for (u32 at = 0; at <= vdisk_trace_length(v); at += stride) {
        struct vdisk_crash *c = vdisk_crash_at(v, at);
        u32 n = vdisk_crash_units(c);
        u32 subsets = n <= UNITS_ALL ? 1u << n : SUBSETS_SEEDED;
        u8 *chosen = malloc(n + 1);
        for (u32 k = 0; k < subsets; k++) {
            u32 density = (u32)rng_below(&r, 1000001), torn = UINT32_MAX;
            for (u32 i = 0; i < n; i++)
                chosen[i] = n <= UNITS_ALL ? k >> i & 1 : k < 2 ? (u8)k : rng_chance(&r, density);
            if (n && k % 3 == 2) torn = (u32)rng_below(&r, n);
            struct vdisk *image = vdisk_crash_image(c, chosen, torn, (u32)rng_below(&r, 512));
            f(image, at, k % 50 == 1);
            vdisk_free(image);
        }
        free(chosen);
        vdisk_crash_free(c);
    }
}

static u64 life_last;
static void journal_recovers(struct vdisk *image, u32 at, bool deeper)
{
    recovers(image, acked_at[at], life_last, deeper);
}

static void no_crash_loses_what_was_acknowledged(void **state)
{
    struct vdisk *v = lived(&life_last);
    assert_true(vdisk_trace_length(v) > 60);
    at_every_crash(v, 1, journal_recovers);
    print_message("%llu images after %u changes\n", (unsigned long long)images,
                  vdisk_trace_length(v));
    assert_true(images > 5000);
    world_end(v);
}

/* ---- snapshots ---- */

struct toy { u8 *arena; u64 bytes; };
static struct toy toy_new(u32 fill)
{
    struct arena m = arena_measure();
    (void)!pool_init(&m, "orders", 64, 1000).slot_bytes;
    (void)!arena_region(&m, "accounts", 40, 300);
    struct toy t = { .bytes = arena_bytes(&m) };
    t.arena = aligned_alloc(64, t.bytes);
    memset(t.arena, 0, t.bytes);
    struct arena a = arena_new(t.arena, t.bytes);
    struct pool p = pool_init(&a, "orders", 64, 1000);
    for (u32 i = 0; i < fill; i++) store_u64((u8 *)pool_at(&p, pool_take(&p)) + 8, i * 7 + 1);
    u8 *accounts = arena_region(&a, "accounts", 40, 300);
    arena_last(&a)->used = fill % 300;
    for (u32 i = 0; i < fill % 300; i++) store_u64(accounts + (u64)i * 40, fill + i);
    return t;
}

static void snapshot_at(u64 seq, u32 fill)
{
    struct toy t = toy_new(fill);
    struct snapshot_info info = { .seq = seq, .now = { 5 }, .event_hash = seq * 3, .genesis_n = 3,
                                  .genesis = "abc" };
    assert_int_equal(snapshot_write("d/snapshots", t.arena, &info, &why), ERR_OK);
    free(t.arena);
}

static u64 published[CHANGES_MAX + 1];

/* Those published before the crash load and are what was saved; none is half there. */
static void snapshots_survive(struct vdisk *image, u32 at, bool deeper)
{
    u64 seqs[8];
    u32 n, k;
    disk_use(vdisk_disk(image));
    assert_int_equal(snapshot_sweep("d/snapshots", &why), ERR_OK);
    assert_int_equal(snapshot_list("d/snapshots", seqs, 8, &n, &why), ERR_OK);
    assert_true(n >= published[at]);
    images++;
    for (k = 0; k < n; k++) {
        struct snapshot_info info;
        struct toy want = toy_new((u32)seqs[k]), t = toy_new(0);
        memset(t.arena, 0, t.bytes);
        Err err = snapshot_load("d/snapshots", seqs[k], true, t.arena, t.bytes, &info, &why);
        if (err) print_error("%s\n", why.text);
        assert_int_equal(err, ERR_OK);
        assert_memory_equal(t.arena, want.arena, t.bytes);
        assert_true(info.seq == seqs[k] && info.event_hash == seqs[k] * 3);
        free(want.arena), free(t.arena);
    }
    u8 *left;
    u64 bytes;
    left = vdisk_bytes(image, "d/snapshots/snapshot-00000000000000000500.tmp", &bytes);
    assert_null(left);
}

static void no_crash_leaves_half_a_snapshot(void **state)
{
    struct vdisk *v = world_new();
    u32 removed;
    memset(published, 0, sizeof published);
    images = 0;
    vdisk_trace_begin(v);
    for (u32 i = 1; i <= 3; i++) {
        snapshot_at(i * 100, i * 100);
        published[vdisk_trace_length(v)] = i;
    }
    assert_int_equal(snapshot_retire("d/snapshots", 300, 2, &removed, &why), ERR_OK);
    assert_int_equal(removed, 1);
    u64 known = 0; /* the retired one may be there or not from here on: at least two */
    for (u32 i = 0; i <= vdisk_trace_length(v); i++) {
        if (published[i] > known) known = published[i];
        published[i] = known > 2 ? 2 : known;
    }
    at_every_crash(v, 1, snapshots_survive);
    assert_true(images > 1000);
    world_end(v);
}

static void a_spoiled_snapshot_is_refused(void **state)
{
    struct vdisk *v = world_new();
    struct rng r = rng_of(4);
    struct snapshot_info info;
    u64 n;
    snapshot_at(400, 400);
    const char *path = "d/snapshots/snapshot-00000000000000000400";
    struct toy t = toy_new(0);
    u8 *bytes = vdisk_bytes(v, path, &n);
    for (u32 i = 0; i < 2000; i++) {
        u64 at = rng_below(&r, n);
        u8 bit = (u8)(1u << rng_below(&r, 8));
        if (at >= n - 4096 + 40 && bytes[at] == 0) continue; /* behind the last page's checksum */
        bytes[at] ^= bit;
        memset(t.arena, 0, t.bytes);
        assert_int_equal(snapshot_load("d/snapshots", 400, false, t.arena, t.bytes, &info, &why),
                         ERR_NO);
        bytes[at] ^= bit;
    }
    memset(t.arena, 0, t.bytes);
    assert_int_equal(snapshot_load("d/snapshots", 400, true, t.arena, t.bytes, &info, &why),
                     ERR_OK);
    u8 *whole = malloc(n);
    memcpy(whole, vdisk_bytes(v, path, &n), n);
    for (u64 cut = 0; cut < n; cut += 1 + cut / 3) {
        vdisk_put(v, path, whole, cut);
        memset(t.arena, 0, t.bytes);
        assert_int_equal(snapshot_load("d/snapshots", 400, true, t.arena, t.bytes, &info, &why),
                         ERR_NO);
    }
    assert_int_equal(snapshot_load("d/snapshots", 401, true, t.arena, t.bytes, &info, &why),
                     ERR_NO);
    free(whole), free(t.arena);
    world_end(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_crash_loses_what_was_acknowledged),
        cmocka_unit_test(no_crash_leaves_half_a_snapshot),
        cmocka_unit_test(a_spoiled_snapshot_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
