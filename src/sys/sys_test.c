#include "sys/clock.h"
#include "sys/file.h"
#include "sys/memory.h"
#include "sys/net.h"
#include "sys/process.h"
#include "sys/vdisk.h"
#include "test.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct why why;
static char folder[64], path[FILE_PATH_MAX];

static int setup(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/hedgerow-sys-XXXXXX");
    return mkdtemp(folder) && path_join(path, folder, "file", &why) == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void a_file_is_whole_or_not_there(void **state)
{
    u8 *bytes;
    u64 n;
    assert_int_equal(file_read_all(path, 100, &bytes, &n, &why), ERR_INPUT);
    assert_int_equal(file_write_atomic(path, "before", 6, &why), ERR_OK);
    for (u64 nth = 1;; nth++) { /* whichever call fails, the old or the new one is there */
        struct disk_faults f = { .kinds = BIT(DISK_CALL_COUNT) - 1, .nth = nth, .error = EIO };
        disk_fail(&f);
        Err err = file_write_atomic(path, "after!!", 7, &why);
        disk_fail(NULL);
        assert_int_equal(file_read_all(path, 100, &bytes, &n, &why), ERR_OK);
        assert_true((n == 6 && memcmp(bytes, "before", 7) == 0) ||
                    (n == 7 && memcmp(bytes, "after!!", 8) == 0));
        assert_true(err || n == 7);
        free(bytes);
        if (!f.hit) break;
        assert_true(nth < 20);
    }
    assert_int_equal(file_read_all(path, 6, &bytes, &n, &why), ERR_INPUT);
    assert_non_null(strstr(why.text, "7 bytes, more than the 6 allowed"));
    struct dir_entry *rows;
    u32 count;
    assert_int_equal(dir_list(folder, 10, &rows, &count, &why), ERR_OK);
    assert_int_equal(count, 1); /* no temporary file is left */
    free(rows);
}

static void transfers_go_on_after_interruptions(void **state)
{
    static u8 out[300000], in[300000];
    static const int errors[] = { 0, EINTR };
    File f;
    u64 n;
    for (u32 i = 0; i < sizeof out; i++) out[i] = (u8)(i * 7);
    for (u32 k = 0; k < 2; k++) {
        struct disk_faults w = {
            .kinds = BIT(DISK_WRITE), .nth = 1, .repeat = 10, .error = errors[k]
        };
        struct disk_faults r = {
            .kinds = BIT(DISK_READ), .nth = 1, .repeat = 10, .error = errors[k]
        };
        assert_int_equal(file_open(&f, path, FILE_WRITE | FILE_CREATE | FILE_TRUNCATE, &why),
                         ERR_OK);
        disk_fail(&w);
        assert_int_equal(file_write_at(f, 5, out, sizeof out, &why), ERR_OK);
        disk_fail(&r);
        assert_int_equal(file_read_at(f, 5, in, sizeof in, &n, &why), ERR_OK);
        disk_fail(NULL);
        assert_true(n == sizeof in && memcmp(in, out, n) == 0 && w.hit == 10 && r.hit == 10);
        file_close(&f);
    }
    struct disk_faults ever = { .kinds = BIT(DISK_WRITE), .nth = 1, .repeat = UINT64_MAX / 2,
                                .error = EINTR };
    assert_int_equal(file_open(&f, path, FILE_WRITE, &why), ERR_OK);
    disk_fail(&ever);
    assert_int_equal(file_write_at(f, 0, out, 10, &why), ERR_IO); /* not for ever */
    disk_fail(NULL);
    assert_int_equal(ever.hit, FILE_TRIES);
    file_close(&f);
}

static void a_lock_excludes_a_second_open(void **state)
{
    File a, b;
    bool taken;
    assert_int_equal(file_open(&a, path, FILE_WRITE | FILE_CREATE, &why), ERR_OK);
    assert_int_equal(file_open(&b, path, FILE_WRITE, &why), ERR_OK);
    assert_int_equal(file_lock(a, &taken, &why), ERR_OK);
    assert_true(taken);
    assert_int_equal(file_lock(b, &taken, &why), ERR_OK);
    assert_false(taken);
    file_close(&a);
    assert_int_equal(file_lock(b, &taken, &why), ERR_OK);
    assert_true(taken);
    file_close(&b);
}

static void data_files_are_found(void **state)
{
    char found[FILE_PATH_MAX];
    assert_int_equal(file_write_atomic(path, "x", 1, &why), ERR_OK);
    assert_int_equal(setenv("HEDGEROW_DATA", folder, 1), 0);
    assert_int_equal(data_path(found, "file", &why), ERR_OK);
    assert_string_equal(found, path);
    assert_int_equal(unsetenv("HEDGEROW_DATA"), 0);
    assert_int_equal(data_path(found, "check/rooms.txt", &why), ERR_OK); /* the checkout's */
    assert_int_equal(data_path(found, "no-such-file", &why), ERR_INPUT);
}

static void memory_is_zero_and_costs_nothing_unused(void **state)
{
    u8 *p;
    u64 before = memory_resident_bytes();
    assert_int_equal(memory_take(&p, UINT64_C(1) << 40, &why), ERR_OK); /* 1 TiB */
    assert_true((uintptr_t)p % 64 == 0 && p[0] == 0 && p[UINT64_C(1) << 39] == 0);
    assert_true(memory_resident_bytes() < before + (64 << 20));
    memory_give(p, UINT64_C(1) << 40);
}

static int child_of(void *arg) { return *(int *)arg; }
static int still_open(void *arg) { return fcntl(*(int *)arg, F_GETFD) >= 0; }

/* Or a client's closed connection stays open, and a lock taken, for as long as the child works. */
static void children_hold_no_open_file(void **state)
{
    struct child c;
    bool done = false;
    int status = -1, f = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(f > 2);
    assert_int_equal(child_start(&c, still_open, &f, &why), ERR_OK);
    assert_int_equal(child_poll(&c, true, &done, &status, &why), ERR_OK);
    assert_true(done);
    assert_int_equal(status, 0);
    assert_int_equal(fcntl(f, F_GETFD), FD_CLOEXEC); /* the parent's own stays */
    close(f);
}

static void children_and_threads_answer(void **state)
{
    struct child c;
    bool done = false;
    int status = -1, want = 42;
    assert_int_equal(child_start(&c, child_of, &want, &why), ERR_OK);
    assert_int_equal(child_poll(&c, true, &done, &status, &why), ERR_OK);
    assert_true(done && status == 42);
    u64 a[4] = { 0 }, t0 = clock_monotonic_ns();
    assert_int_equal(entropy_fill(a, sizeof a, &why), ERR_OK);
    assert_true(a[0] && a[0] != a[1]);
    clock_sleep_ns(2000000);
    assert_true(clock_monotonic_ns() - t0 >= 2000000);
    assert_true(clock_wall().ns > NS_PER_DAY * 365 * 50);
    assert_true(build_id()[0]);
}

static void addresses_parse(void **state)
{
    static const struct {
        const char *in;
        Err want;
        const char *host;
        u16 port;
        bool loopback;
    } cases[] = {
        { "127.0.0.1:8080", ERR_OK, "127.0.0.1", 8080, true },
        { ":0", ERR_OK, "127.0.0.1", 0, true },
        { "localhost:9", ERR_OK, "127.0.0.1", 9, true },
        { "[::1]:65535", ERR_OK, "::1", 65535, true },
        { "0.0.0.0:80", ERR_OK, "0.0.0.0", 80, false },
        { "127.0.0.1", ERR_INPUT, "", 0, false },
        { "127.0.0.1:65536", ERR_INPUT, "", 0, false },
        { "127.0.0.1:x", ERR_INPUT, "", 0, false },
        { "example.org:80", ERR_INPUT, "", 0, false },
        { "", ERR_INPUT, "", 0, false },
    };
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct net_address a;
        assert_int_equal(net_address_of(&a, cases[i].in, &why), cases[i].want);
        if (cases[i].want) continue;
        assert_string_equal(a.host, cases[i].host);
        assert_int_equal(a.port, cases[i].port);
        assert_int_equal(net_is_loopback(&a), cases[i].loopback);
    }
}

static void bytes_cross_a_socket(void **state)
{
    struct net_address a;
    struct poll_event events[8];
    int listener, set, there, here, waker;
    char buf[8];
    assert_int_equal(net_address_of(&a, "127.0.0.1:0", &why), ERR_OK);
    assert_int_equal(net_listen(&listener, &a, &why), ERR_OK);
    assert_true(a.port > 0);
    assert_int_equal(net_accept(listener, NULL), NET_AGAIN);
    assert_int_equal(poll_open(&set, &why), ERR_OK);
    assert_int_equal(poll_add(set, listener, POLL_READ, 1, &why), ERR_OK);
    assert_int_equal(waker_open(&waker, &why), ERR_OK);
    assert_int_equal(poll_add(set, waker, POLL_READ, 2, &why), ERR_OK);
    assert_int_equal(poll_wait(set, events, 8, 0), 0);
    waker_wake(waker);
    assert_int_equal(poll_wait(set, events, 8, 1000), 1);
    assert_int_equal(events[0].tag, 2);
    waker_clear(waker);
    assert_int_equal(net_connect(&there, &a, UINT64_C(1000000000), &why), ERR_OK);
    assert_int_equal(poll_wait(set, events, 8, 1000), 1);
    assert_int_equal(events[0].tag, 1);
    here = net_accept(listener, &a);
    assert_true(here >= 0 && net_is_loopback(&a));
    assert_int_equal(net_recv(here, buf, 8), NET_AGAIN);
    assert_int_equal(net_send(there, "hello", 5), 5);
    assert_int_equal(poll_add(set, here, POLL_READ, 3, &why), ERR_OK);
    assert_int_equal(poll_wait(set, events, 8, 1000), 1);
    assert_true(events[0].tag == 3 && events[0].what & POLL_READ);
    assert_int_equal(net_recv(here, buf, 8), 5);
    net_close(&there);
    assert_int_equal(poll_wait(set, events, 8, 1000), 1);
    assert_int_equal(net_recv(here, buf, 8), NET_CLOSED);
    net_close(&here), net_close(&listener), net_close(&waker), net_close(&set);
}

/* The disk in memory forgets exactly what was not synced. */
static void a_disk_in_memory_forgets(void **state)
{
    struct vdisk *v = vdisk_new();
    File f;
    u64 n;
    disk_use(vdisk_disk(v));
    assert_int_equal(vdisk_disk(v)->mkdir(v, "d"), 0);
    vdisk_trace_begin(v);
    assert_int_equal(file_open(&f, "d/a", FILE_WRITE | FILE_CREATE, &why), ERR_OK);
    assert_int_equal(file_write_at(f, 0, "synced", 6, &why), ERR_OK);
    assert_int_equal(file_sync(f, &why), ERR_OK);
    assert_int_equal(dir_sync("d", &why), ERR_OK);
    u32 safe = vdisk_trace_length(v);
    assert_int_equal(file_write_at(f, 0, "SYNCED", 6, &why), ERR_OK);
    assert_int_equal(file_rename("d/a", "d/b", &why), ERR_OK);
    file_close(&f);
    const struct { u32 at; u8 chosen[2]; u32 torn; const char *path, *bytes; } cases[] = {
        { safe - 1, { 1, 1 }, 9, "d/a", "synced" }, { safe - 1, { 0, 0 }, 9, "d/a", NULL },
        { safe, { 1, 1 }, 9, "d/a", "synced" },     { safe + 2, { 0, 0 }, 9, "d/a", "synced" },
        { safe + 2, { 1, 0 }, 9, "d/a", "SYNCED" }, { safe + 2, { 1, 0 }, 0, "d/a", "SYNced" },
        { safe + 2, { 0, 1 }, 9, "d/b", "synced" }, { safe + 2, { 0, 1 }, 9, "d/a", NULL },
    };
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct vdisk_crash *c = vdisk_crash_at(v, cases[i].at);
        struct vdisk *image = vdisk_crash_image(c, cases[i].chosen, cases[i].torn, 3);
        u8 *bytes = vdisk_bytes(image, cases[i].path, &n);
        assert_true(!bytes == !cases[i].bytes);
        if (bytes) assert_memory_equal(bytes, cases[i].bytes, 6);
        vdisk_free(image);
        vdisk_crash_free(c);
    }
    disk_use(NULL);
    vdisk_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_whole_or_not_there),
        cmocka_unit_test(transfers_go_on_after_interruptions),
        cmocka_unit_test(a_lock_excludes_a_second_open),
        cmocka_unit_test(data_files_are_found),
        cmocka_unit_test(memory_is_zero_and_costs_nothing_unused),
        cmocka_unit_test(children_and_threads_answer),
        cmocka_unit_test(children_hold_no_open_file),
        cmocka_unit_test(addresses_parse),
        cmocka_unit_test(bytes_cross_a_socket),
        cmocka_unit_test(a_disk_in_memory_forgets),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
