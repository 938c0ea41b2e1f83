#include "journal/snapshot.h"
#include "journal/world.h"
#include <errno.h>
#include <stdlib.h>

/* A life of three segments, stopped by the first error; the last seq that was acknowledged. */
static u64 live(struct vdisk *v, Err *err)
{
    struct journal_found found;
    struct journal *j = NULL;
    u64 seq = 0, acked = 0;
    disk_use(vdisk_disk(v));
    *err = world_open(&j, &found);
    if (*err) {
        assert_null(j);
        return 0;
    }
    seq = acked = journal_next_seq(j) - 1;
    for (u32 b = 0; b < 10 && !*err; b++) {
        for (u32 n = 1 + b * 2; n && !*err; n--) {
            *err = world_put(j, seq + 1);
            if (!*err) seq++;
        }
        if (!*err) *err = journal_flush(j, &why);
        acked = journal_durable_seq(j);
        if (!*err && b % 4 == 1) *err = journal_mark(j, &why);
    }
    if (*err == ERR_IO) { /* once failed, always failed: nothing is tried again */
        assert_true(journal_failed(j));
        assert_int_equal(journal_flush(j, &why), ERR_IO);
        assert_int_equal(journal_durable_seq(j), acked);
    }
    if (*err) journal_abandon(&j);
    else *err = journal_close(&j, &why);
    return acked;
}

static const struct { const char *name; int error; u64 repeat; } faults[] = {
    { "EIO once", EIO, 1 },
    { "EIO from there on", EIO, UINT64_MAX / 2 },
    { "ENOSPC once", ENOSPC, 1 },
    { "ENOSPC from there on", ENOSPC, UINT64_MAX / 2 },
    { "EINTR once", EINTR, 1 },
    { "EINTR from there on", EINTR, UINT64_MAX / 2 },
    { "EMFILE once", EMFILE, 1 },
    { "short once", 0, 1 },
    { "short from there on", 0, UINT64_MAX / 2 },
};

static u32 all_but_close(void) { return (BIT(DISK_CALL_COUNT) - 1) & ~BIT(DISK_CLOSE); }

static void the_nth_call_fails(void **state)
{
    u64 stopped = 0, survived = 0;
    for (u32 k = 0; k < ARRAY_LEN(faults); k++)
        for (u64 nth = 1;; nth++) {
            struct disk_faults f = { .kinds = all_but_close(), .nth = nth, .error = faults[k].error,
                                     .repeat = faults[k].repeat };
            struct vdisk *v = world_new();
            struct journal_found found;
            struct journal *j;
            Err err;
            if (!faults[k].error) f.kinds = BIT(DISK_READ) | BIT(DISK_WRITE);
            disk_fail(&f);
            u64 acked = live(v, &err);
            disk_fail(NULL);
            stopped += err != ERR_OK, survived += err == ERR_OK && f.hit;
            if (err) assert_true(why.text[0]);
            if (!faults[k].error) assert_int_equal(err, ERR_OK); /* shortness alone stops nothing */
            Err again = world_open(&j, &found);
            if (again)
                print_error("%s, call %llu: %s\n", faults[k].name, (unsigned long long)nth,
                            why.text);
            assert_int_equal(again, ERR_OK);
            assert_true(journal_next_seq(j) > acked);
            journal_abandon(&j);
            if (acked) assert_true(world_read() >= acked);
            acked = live(v, &err); /* and life goes on */
            assert_int_equal(err, ERR_OK);
            assert_int_equal(world_read(), acked);
            world_end(v);
            if (!f.hit) break;
        }
    print_message("%llu runs stopped cleanly, %llu went on\n", (unsigned long long)stopped,
                  (unsigned long long)survived);
    assert_true(stopped > 300 && survived > 50);
}

/* A second sync after a failed one would be called good by the kernel: there must be none. */
static void a_failed_sync_is_never_tried_again(void **state)
{
    struct journal_found found;
    struct journal *j;
    struct vdisk *v = world_new();
    assert_int_equal(world_open(&j, &found), ERR_OK);
    assert_int_equal(world_put(j, 1), ERR_OK);
    struct disk_faults f = { .kinds = BIT(DISK_SYNC), .nth = 1, .error = EIO };
    disk_fail(&f);
    assert_int_equal(journal_flush(j, &why), ERR_IO);
    assert_non_null(strstr(why.text, "JOURNAL_IO"));
    assert_int_equal(journal_durable_seq(j), 0);
    for (u32 i = 0; i < 5; i++) {
        assert_int_equal(journal_flush(j, &why), ERR_IO);
        assert_int_equal(journal_idle(j, i * UINT64_C(1000000000), &why), ERR_IO);
        assert_int_equal(journal_mark(j, &why), ERR_IO);
    }
    assert_int_equal(f.seen, 1);
    assert_int_equal(journal_close(&j, &why), ERR_IO);
    disk_fail(NULL);
    world_end(v);
}

static void a_full_disk_refuses_new_inputs_first(void **state)
{
    struct journal_found found;
    struct journal *j;
    struct vdisk *v = world_new();
    u8 payload[400];
    u64 seq = 0, now = 1000000000, essential = 0;
    vdisk_limit(v, 3 * WORLD_SEGMENT + 1000);
    assert_int_equal(world_open(&j, &found), ERR_OK);
    assert_false(journal_low_space(j));
    for (;;) { /* new inputs until they are refused */
        struct journal_record r = record_of(seq + 1, payload);
        enum journal_put put = journal_append(j, &r, false);
        if (put == JOURNAL_NO_SPACE) break;
        if (put == JOURNAL_TAKEN) seq++;
        if (put == JOURNAL_BATCH_FULL || seq % 5 == 0)
            assert_int_equal(journal_flush(j, &why), ERR_OK);
    }
    assert_true(journal_low_space(j));
    for (;; seq++, essential++) { /* cancels still pass, a whole segment of them */
        struct journal_record r = record_of(seq + 1, payload);
        if (journal_append(j, &r, true) != JOURNAL_TAKEN) break;
        assert_int_equal(journal_flush(j, &why), ERR_OK);
    }
    assert_true(essential >= 3);
    assert_int_equal(journal_durable_seq(j), seq);
    assert_int_equal(journal_idle(j, now, &why), ERR_OK);
    assert_true(journal_low_space(j));
    vdisk_limit(v, 0);
    assert_int_equal(journal_idle(j, now += 200000000, &why), ERR_OK);
    assert_false(journal_low_space(j));
    for (u32 i = 0; i < 100; i++) assert_int_equal(world_put(j, ++seq), ERR_OK);
    assert_int_equal(journal_close(&j, &why), ERR_OK);
    assert_int_equal(world_read(), seq);
    world_end(v);
}

static void snapshots_fail_cleanly(void **state)
{
    static u8 arena_bytes_of[65536] __attribute__((aligned(64)));
    struct arena m = arena_new(arena_bytes_of, sizeof arena_bytes_of);
    memset(arena_region(&m, "x", 16, 1000), 7, 16 * 900);
    arena_last(&m)->used = 900;
    struct snapshot_info info = { .seq = 9, .genesis_n = 1 };
    u32 failed = 0;
    for (u32 k = 0; k < ARRAY_LEN(faults); k++)
        for (u64 nth = 1;; nth++) {
            struct vdisk *v = world_new();
            struct disk_faults f = { .kinds = all_but_close(), .nth = nth, .error = faults[k].error,
                                     .repeat = faults[k].repeat };
            u64 seqs[4];
            u32 n;
            if (!faults[k].error) f.kinds = BIT(DISK_READ) | BIT(DISK_WRITE);
            disk_fail(&f);
            Err err = snapshot_write("d/snapshots", arena_bytes_of, &info, &why);
            disk_fail(NULL);
            failed += err != ERR_OK;
            assert_int_equal(snapshot_sweep("d/snapshots", &why), ERR_OK);
            assert_int_equal(snapshot_list("d/snapshots", seqs, 4, &n, &why), ERR_OK);
            if (!err) assert_int_equal(n, 1);
            if (n) {
                static u8 back[65536] __attribute__((aligned(64)));
                memset(back, 0, sizeof back);
                assert_int_equal(
                    snapshot_load("d/snapshots", 9, true, back, sizeof back, &info, &why), ERR_OK);
            }
            world_end(v);
            if (!f.hit) break;
        }
    assert_true(failed > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nth_call_fails),
        cmocka_unit_test(a_failed_sync_is_never_tried_again),
        cmocka_unit_test(a_full_disk_refuses_new_inputs_first),
        cmocka_unit_test(snapshots_fail_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
