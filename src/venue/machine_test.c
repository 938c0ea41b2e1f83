#include "venue/machine.h"
#include "venue_rig.h"

static u64 first_seen, last_seen, events_seen;

static void count(void *ctx, const struct event *events, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        assert_true(events[i].seq >= last_seen);
        if (!events_seen++) first_seen = events[i].seq;
        last_seen = events[i].seq;
    }
}

static struct machine *start(u64 events_from, bool helper, struct machine_recovery *r)
{
    static struct cmd_genesis g;
    struct machine *m = NULL;
    g = rig_genesis();
    first_seen = last_seen = events_seen = 0;
    struct machine_options o = { .folder = folder, .genesis = &g, .genesis_time = { 1000 },
                                 .events_from = events_from, .segment_bytes = 256u << 10,
                                 .helper_thread = helper, .sink = count };
    OK(machine_open(&m, &o, r, &why));
    return m;
}

static u64 next_of(const struct machine *m) { return engine_seq(machine_engine(m)) + 1; }

/* Commands up to seq `to`; command n of the history has seq n + 1, GENESIS is 1. */
static void run_to(struct machine *m, u64 to)
{
    for (u64 seq, n = next_of(m); n <= to; n++) {
        struct command c = history(n - 1);
        OK(machine_run(m, &c, (Instant){ (i64)n * 5000 }, &seq, &why));
        assert_int_equal(seq, n);
    }
    OK(machine_drain(m, &why));
    assert_int_equal(machine_durable_seq(m), to);
}

static Hash hash_of(const struct machine *m) { return engine_state_hash(machine_engine(m)); }

static void expect_hash(Hash a, Hash b) { assert_memory_equal(&a, &b, sizeof a); }

TEST(a_fresh_journal_opens_and_opens_again)
{
    struct machine_recovery r;
    struct machine *m = start(0, false, &r);
    assert_true(r.fresh);
    assert_int_equal(engine_seq(machine_engine(m)), 1);
    assert_int_equal(events_seen, 1);
    run_to(m, 40);
    Hash want = hash_of(m);
    OK(machine_close(&m, &why));
    m = start(0, true, &r);
    assert_false(r.fresh);
    assert_int_equal(r.last_seq, 40);
    assert_int_equal(r.replayed, 40);
    assert_string_equal(r.notice, "");
    expect_hash(hash_of(m), want);
    run_to(m, 60);
    OK(machine_close(&m, &why));
}

TEST(time_never_goes_back)
{
    struct machine_recovery r;
    struct machine *m = start(0, false, &r);
    struct command c = history(1);
    u64 seq;
    OK(machine_run(m, &c, (Instant){ 9000 }, &seq, &why));
    c = history(2);
    OK(machine_run(m, &c, (Instant){ 10 }, &seq, &why));
    assert_int_equal(engine_now(machine_engine(m)).ns, 9000);
    OK(machine_close(&m, &why));
    m = start(0, false, &r);
    assert_int_equal(engine_now(machine_engine(m)).ns, 9000);
    OK(machine_close(&m, &why));
}

static void snap(struct machine *m)
{
    OK(machine_drain(m, &why)); /* published only when durable */
    OK(machine_snapshot_begin(m, &why));
    OK(machine_snapshot_poll(m, true, &why));
    OK(machine_snapshot_poll(m, true, &why)); /* its verification */
}

TEST(snapshot_and_replay_agree)
{
    struct machine_recovery r;
    struct machine *m = start(0, true, &r);
    for (u64 to = 20; to <= 60; to += 20) run_to(m, to), snap(m);
    run_to(m, 70);
    Hash want = hash_of(m);
    OK(machine_close(&m, &why));
    u64 seqs[8];
    u32 n;
    OK(snapshot_list(inside("snapshots"), seqs, 8, &n, &why));
    assert_int_equal(n, 2); /* the first is retired */
    const struct { u64 events_from, snapshot, first; } rows[] = {
        { 0, 60, 61 }, { 71, 60, 61 }, { 61, 60, 61 }, { 60, 40, 41 }, { 41, 40, 41 }, { 40, 0, 1 },
        { 1, 0, 1 },
    };
    FOR_EACH (c, rows) {
        m = start(c->events_from, false, &r);
        assert_int_equal(r.snapshot_seq, c->snapshot);
        assert_int_equal(r.replayed, 70 - c->snapshot);
        assert_int_equal(first_seen, c->first);
        assert_int_equal(last_seen, 70);
        expect_hash(hash_of(m), want);
        OK(machine_close(&m, &why));
    }
    struct replay_result whole;
    OK(machine_replay(folder, true, 0, NULL, NULL, &whole, &why));
    expect_hash(whole.state_hash, want);
    assert_int_equal(whole.ledger_sum.micros, 0);
}

static void damage(const char *name, u64 at, u8 with)
{
    File f;
    OK(file_open(&f, inside(name), FILE_WRITE, &why));
    OK(file_write_at(f, at, &with, 1, &why));
    file_close(&f);
}

TEST(a_damaged_snapshot_is_skipped_with_a_notice)
{
    struct machine_recovery r;
    struct machine *m = start(0, false, &r);
    run_to(m, 20), snap(m), run_to(m, 40), snap(m);
    Hash want = hash_of(m);
    OK(machine_close(&m, &why));
    damage("snapshots/snapshot-00000000000000000040", 5000, 0xa5);
    m = start(0, false, &r);
    assert_int_equal(r.snapshot_seq, 20);
    assert_non_null(strstr(r.notice, "snapshot skipped"));
    expect_hash(hash_of(m), want);
    OK(machine_close(&m, &why));
}

TEST(a_torn_tail_is_cut_with_a_notice)
{
    struct machine_recovery r;
    struct journal_found found;
    struct machine *m = start(0, false, &r);
    run_to(m, 30);
    OK(machine_close(&m, &why));
    struct dir_entry *rows;
    u32 n;
    char segment[300];
    OK(dir_list(inside("journal"), 100, &rows, &n, &why));
    for (u32 i = 0; i < n; i++)
        if (strncmp(rows[i].name, "segment", 7) == 0)
            snprintf(segment, sizeof segment, "journal/%s", rows[i].name);
    free(rows);
    OK(journal_scan(inside("journal"), NULL, &found, &why));
    u64 blocks = found.batches + found.marks + 1; /* each of these is one block, the header too */
    damage(segment, blocks * JOURNAL_BLOCK, 'B'); /* as if a batch had been begun */
    m = start(0, false, &r);
    assert_true(r.notice[0] != 0);
    assert_int_equal(r.last_seq, 30);
    run_to(m, 35);
    OK(machine_close(&m, &why));
}

TEST(a_snapshot_that_can_not_be_made_is_only_news)
{
    struct machine_recovery r;
    struct machine *m = start(0, true, &r);
    File f;
    run_to(m, 20);
    remove_tree(inside("snapshots"));
    OK(file_open(&f, inside("snapshots"), FILE_WRITE | FILE_CREATE, &why)); /* no folder there */
    file_close(&f);
    Err err = machine_snapshot_begin(m, &why);
    if (!err) err = machine_snapshot_poll(m, true, &why);
    assert_int_equal(err, ERR_NO);
    assert_true(why.text[0] != 0);
    run_to(m, 30); /* and the market goes on */
    OK(file_remove(inside("snapshots"), &why));
    snap(m);
    OK(machine_close(&m, &why));
}

static void copy(const char *from, const char *to)
{
    static u8 bytes[4096];
    File a, b;
    u64 got = 1;
    OK(file_open(&a, from, FILE_READ, &why));
    OK(file_open(&b, to, FILE_WRITE | FILE_CREATE, &why));
    for (u64 at = 0; got; at += got) {
        OK(file_read_at(a, at, bytes, sizeof bytes, &got, &why));
        if (got) OK(file_write_at(b, at, bytes, got, &why));
    }
    file_close(&a), file_close(&b);
}

/* Another venue's snapshot, sound in itself, lies in our folder. */
TEST(a_contradicted_snapshot_is_never_taken_again)
{
    struct machine_recovery r;
    char ours[64], from[FILE_PATH_MAX];
    struct machine *m = start(0, false, &r);
    u64 seq;
    run_to(m, 19);
    struct command c = history(1); /* a refusal where ours has a deposit */
    OK(machine_run(m, &c, (Instant){ 100000 }, &seq, &why));
    snap(m);
    OK(machine_close(&m, &why));
    memcpy(ours, folder, sizeof ours);
    snprintf(from, sizeof from, "%s", inside("snapshots/snapshot-00000000000000000020"));
    assert_int_equal(folder_make(NULL), 0);
    m = start(0, false, &r);
    run_to(m, 40);
    copy(from, inside("snapshots/snapshot-00000000000000000020"));
    OK(machine_snapshot_begin(m, &why));
    Err err = machine_snapshot_poll(m, true, &why);
    if (!err) err = machine_snapshot_poll(m, true, &why);
    assert_int_equal(err, ERR_IO);
    Hash want = hash_of(m);
    OK(machine_close(&m, &why));
    m = start(0, false, &r);
    assert_int_equal(r.snapshot_seq, 0);
    expect_hash(hash_of(m), want);
    OK(machine_close(&m, &why));
    folder_remove(NULL);
    memcpy(folder, ours, sizeof ours);
}

/* As kill -9 and a second start would see it: the child's half file is another's business. */
TEST(closing_while_a_snapshot_is_made_is_no_failure)
{
    struct machine_recovery r;
    struct machine *m = start(0, true, &r);
    run_to(m, 20);
    OK(machine_snapshot_begin(m, &why));
    struct machine_options o = { .folder = folder };
    struct machine *second = NULL;
    assert_int_equal(machine_open(&second, &o, &r, &why), ERR_IO);
    assert_non_null(strstr(why.text, "JOURNAL_BUSY"));
    OK(machine_snapshot_poll(m, true, &why)); /* its file was not swept away under it */
    OK(machine_snapshot_poll(m, true, &why));
    run_to(m, 40);
    OK(machine_snapshot_begin(m, &why));
    OK(machine_close(&m, &why));
    m = start(0, false, &r);
    assert_int_equal(r.snapshot_seq, 20);
    OK(machine_close(&m, &why));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
    const struct CMUnitTest tests[] = {
        CASE(a_fresh_journal_opens_and_opens_again),
        CASE(time_never_goes_back),
        CASE(snapshot_and_replay_agree),
        CASE(a_damaged_snapshot_is_skipped_with_a_notice),
        CASE(a_torn_tail_is_cut_with_a_notice),
        CASE(a_snapshot_that_can_not_be_made_is_only_news),
        CASE(a_contradicted_snapshot_is_never_taken_again),
        CASE(closing_while_a_snapshot_is_made_is_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
