#include "base/random.h"
#include "base/text.h"
#include "journal/format.h"
#include "journal/journal.h"
#include "journal/snapshot.h"
#include "sys/file.h"
#include "test.h"
#include <errno.h>
#include <stdlib.h>

static char root[64];
static struct why why;

static int setup(void **state)
{
    snprintf(root, sizeof root, "/tmp/hedgerow-journal-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static void empty_folder(const char *path)
{
    struct dir_entry *rows;
    u32 n;
    char file[FILE_PATH_MAX];
    if (dir_list(path, 10000, &rows, &n, &why)) return;
    for (u32 i = 0; i < n; i++) {
        assert_int_equal(path_join(file, path, rows[i].name, &why), ERR_OK);
        assert_int_equal(file_remove(file, &why), ERR_OK);
    }
    free(rows);
}

static int teardown(void **state)
{
    empty_folder(root);
    return 0;
}

static struct journal *open_j(u32 segment, bool helper, struct journal_found *found)
{
    struct journal_config c = { .folder = root, .segment_bytes = segment, .helper_thread = helper };
    struct journal *j;
    Err err = journal_open(&j, &c, found, &why);
    if (err) print_error("%s\n", why.text);
    assert_int_equal(err, ERR_OK);
    return j;
}

static u32 payload_of(u64 seq, u8 *to)
{
    struct rng r = rng_of(seq);
    u32 n = (u32)rng_below(&r, 300);
    for (u32 i = 0; i < n; i++) to[i] = (u8)rng_u64(&r);
    return n;
}

static void put(struct journal *j, u64 seq)
{
    u8 bytes[300];
    struct journal_record r = { .seq = seq, .time = { (i64)seq * 10 }, .type = (u32)seq % 7 + 1 };
    r.n = payload_of(seq, bytes), r.payload = bytes;
    if (journal_append(j, &r, false) == JOURNAL_TAKEN) return;
    assert_int_equal(journal_flush(j, &why), ERR_OK);
    assert_int_equal(journal_append(j, &r, false), JOURNAL_TAKEN);
}

static void put_or_stop(struct journal *j, u64 seq)
{
    u8 bytes[300];
    struct journal_record r = { .seq = seq, .time = { (i64)seq * 10 }, .payload = bytes };
    if (seq != journal_next_seq(j)) return; /* one was refused before */
    r.n = payload_of(seq, bytes), r.type = (u32)seq % 7 + 1;
    if (journal_append(j, &r, false) == JOURNAL_TAKEN || journal_flush(j, &why)) return;
    (void)!journal_append(j, &r, false);
}

static u64 read_all(u64 from, bool chain)
{
    struct journal_read_config c = { .folder = root, .from = from, .chain = chain };
    c.ahead = from % 3 == 1;
    struct journal_reader *r;
    struct journal_record rec;
    u8 want[300];
    bool got;
    u64 next = from;
    assert_int_equal(journal_read_open(&r, &c, &why), ERR_OK);
    for (;;) {
        Err err = journal_read(r, &rec, &got, &why);
        if (err) print_error("%s\n", why.text);
        assert_int_equal(err, ERR_OK);
        if (!got) break;
        assert_int_equal(rec.seq, next);
        assert_int_equal(rec.time.ns, (i64)next * 10);
        assert_int_equal(rec.type, next % 7 + 1);
        assert_int_equal(rec.n, payload_of(next, want));
        assert_memory_equal(rec.payload, want, rec.n);
        next++;
    }
    journal_read_close(&r);
    return next - 1;
}

static void what_is_written_is_read(void **state)
{
    struct journal_found found;
    for (u32 helper = 0; helper < 2; helper++) {
        teardown(NULL);
        struct journal *j = open_j(64 << 10, helper, &found);
        u64 seq = 0;
        for (u32 round = 0; round < 40; round++) {
            for (u32 i = 0; i < round * 3 % 70; i++) put(j, ++seq);
            assert_int_equal(journal_flush(j, &why), ERR_OK);
            if (round % 7 == 0) assert_int_equal(journal_mark(j, &why), ERR_OK);
        }
        assert_int_equal(journal_drain(j, &why), ERR_OK);
        assert_int_equal(journal_durable_seq(j), seq);
        struct journal_head head = journal_head(j);
        assert_int_equal(head.seq, seq);
        assert_true(journal_counts(j).segments > 2);
        if (helper) journal_abandon(&j);
        else assert_int_equal(journal_close(&j, &why), ERR_OK);
        assert_int_equal(journal_scan(root, &head, &found, &why), ERR_OK);
        if (found.state) print_error("%s\n", found.text);
        assert_int_equal(found.state, JOURNAL_SOUND);
        assert_int_equal(found.first, 1);
        assert_int_equal(found.last, seq);
        for (u64 from = 1; from <= seq; from += 97) assert_int_equal(read_all(from, from % 2), seq);
        j = open_j(64 << 10, helper, &found);
        assert_int_equal(journal_next_seq(j), seq + 1);
        put(j, ++seq);
        assert_int_equal(journal_close(&j, &why), ERR_OK);
        assert_int_equal(read_all(1, true), seq);
        head.seq = seq + 1;
        assert_int_equal(journal_scan(root, &head, &found, &why), ERR_OK);
        assert_int_equal(found.state, JOURNAL_DAMAGED); /* a head from elsewhere knows more */
        head.seq = 3;
        assert_int_equal(journal_scan(root, &head, &found, &why), ERR_OK);
        assert_int_equal(found.state, JOURNAL_DAMAGED); /* another history */
    }
}

static void a_second_writer_is_refused(void **state)
{
    struct journal_found found;
    struct journal_config c = { .folder = root, .segment_bytes = 64 << 10 };
    struct journal *j = open_j(64 << 10, false, &found), *k;
    assert_int_equal(journal_open(&k, &c, &found, &why), ERR_IO);
    assert_non_null(strstr(why.text, "JOURNAL_BUSY"));
    assert_null(k);
    assert_int_equal(journal_close(&j, &why), ERR_OK);
}

static void an_idle_journal_writes_its_mark(void **state)
{
    struct journal_found found;
    struct journal *j = open_j(64 << 10, false, &found);
    u64 ms = 1000000, now = 5 * ms;
    put(j, 1);
    assert_int_equal(journal_flush(j, &why), ERR_OK);
    for (u32 i = 0; i < 4; i++, now += 2 * ms) assert_int_equal(journal_idle(j, now, &why), ERR_OK);
    assert_int_equal(journal_counts(j).marks, 1);
    for (u32 i = 0; i < 9; i++, now += 2 * ms) assert_int_equal(journal_idle(j, now, &why), ERR_OK);
    assert_int_equal(journal_counts(j).marks, 1); /* one is enough */
    journal_abandon(&j);
    assert_int_equal(journal_scan(root, NULL, &found, &why), ERR_OK);
    assert_int_equal(found.marked, 1);
}

static void a_follower_sees_only_what_is_durable(void **state)
{
    struct journal_found found;
    struct journal *j = open_j(64 << 10, false, &found);
    struct journal_read_config c = { .folder = root, .follow = true };
    struct journal_reader *r;
    struct journal_record rec;
    u64 seen = 0;
    bool got;
    assert_int_equal(journal_read_open(&r, &c, &why), ERR_OK);
    for (u64 seq = 1; seq <= 900; seq++) {
        put(j, seq);
        if (seq % 13 == 0) assert_int_equal(journal_flush(j, &why), ERR_OK);
        if (seq % 130 == 0) assert_int_equal(journal_mark(j, &why), ERR_OK);
        if (seq % 5) continue;
        for (;;) {
            assert_int_equal(journal_read(r, &rec, &got, &why), ERR_OK);
            if (!got) break;
            assert_int_equal(rec.seq, ++seen);
        }
        assert_true(seen <= journal_durable_seq(j));
        assert_true(seen + 30 >= seq || seq < 30);
    }
    assert_int_equal(journal_close(&j, &why), ERR_OK);
    for (got = true; got;) {
        assert_int_equal(journal_read(r, &rec, &got, &why), ERR_OK);
        if (got) assert_int_equal(rec.seq, ++seen);
    }
    assert_int_equal(seen, 900);
    journal_read_close(&r);
}

/* With helpers a failure reaches the caller at its next call; nothing hangs, nothing false is
 * told. */
static void a_failure_in_a_helper_stops_the_caller(void **state)
{
    for (u64 nth = 1; nth < 12; nth++) {
        struct journal_found found;
        struct disk_faults f = { .kinds = BIT(DISK_WRITE), .nth = nth, .error = EIO };
        teardown(NULL);
        struct journal *j = open_j(1 << 20, true, &found);
        Err err = ERR_OK;
        u64 seq = 0, told = 0;
        disk_fail(&f);
        while (!err && seq < 100000) {
            for (u32 i = 0; i < 200; i++) put_or_stop(j, ++seq);
            err = journal_flush(j, &why);
        }
        told = journal_durable_seq(j);
        assert_int_equal(err, ERR_IO);
        assert_non_null(strstr(why.text, strerror(EIO)));
        assert_true(journal_failed(j));
        assert_int_equal(journal_drain(j, &why), ERR_IO);
        assert_int_equal(journal_idle(j, UINT64_C(1) << 40, &why), ERR_IO);
        assert_int_equal(journal_close(&j, &why), ERR_IO);
        disk_fail(NULL);
        j = open_j(1 << 20, true, &found);
        assert_true(journal_next_seq(j) > told);
        assert_int_equal(journal_close(&j, &why), ERR_OK);
    }
}

/* A child writes what the arena was; it is published only once the journal holds its last input. */
static void a_child_writes_the_snapshot(void **state)
{
    static u8 bytes[1 << 20] __attribute__((aligned(64))),
        back[1 << 20] __attribute__((aligned(64)));
    struct snapshot_info info = { .seq = 70, .genesis_n = 2, .genesis = "hi" }, found;
    struct snapshot_job job = { 0 };
    u64 seqs[4];
    u32 n;
    bool done = true;
    struct arena a = arena_new(bytes, sizeof bytes);
    u8 *slots = arena_region(&a, "slots", 1000, 1000);
    arena_last(&a)->used = 900;
    memset(slots, 5, 900 * 1000);
    assert_int_equal(snapshot_begin(&job, root, bytes, &info, &why), ERR_OK);
    Hash before = arena_hash(bytes);
    memset(slots, 6, 900 * 1000); /* the caller goes on */
    assert_int_equal(snapshot_poll(&job, 69, true, &done, &why), ERR_OK);
    assert_false(done);
    assert_int_equal(snapshot_list(root, seqs, 4, &n, &why), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(snapshot_poll(&job, 70, false, &done, &why), ERR_OK);
    assert_true(done && !job.running);
    assert_int_equal(snapshot_list(root, seqs, 4, &n, &why), ERR_OK);
    assert_true(n == 1 && seqs[0] == 70);
    assert_int_equal(snapshot_load(root, 70, true, back, sizeof back, &found, &why), ERR_OK);
    assert_true(hash_eq(arena_hash(back), before) && hash_eq(found.state_hash, before));
    assert_string_equal(found.build, build_id());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_writer_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_idle_journal_writes_its_mark, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_in_a_helper_stops_the_caller, setup, teardown),
        cmocka_unit_test_setup_teardown(a_child_writes_the_snapshot, setup, teardown),
        cmocka_unit_test_setup_teardown(a_follower_sees_only_what_is_durable, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
