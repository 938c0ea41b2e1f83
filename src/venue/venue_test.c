#include "venue/venue.h"
#include "venue/setup.h"
#include "venue_rig.h"
#include <stdio.h>
#include <sys/stat.h>

/* What the listener saw: it must be durable and in the read model by then, in order, once. */
static struct venue *open_now;
static u64 heard, heard_seq;
static u32 heard_index, react;

static void listen(void *ctx, const struct event *events, u32 n)
{
    struct store_mark mark;
    for (u32 i = 0; i < n; i++) {
        const struct event *e = &events[i];
        bool next = e->seq > heard_seq || (e->seq == heard_seq && e->index == heard_index + 1);
        assert_true(next && (e->seq == heard_seq || e->index == 0));
        heard_seq = e->seq, heard_index = e->index, heard++;
        assert_true(e->seq <= machine_durable_seq(venue_machine(open_now)));
    }
    OK(store_mark(venue_store(open_now), &mark, &why));
    assert_true(mark.seq == heard_seq && mark.index == heard_index);
    if (!react) return;
    struct command c = history(100 + react--); /* a listener may trade */
    u64 seq;
    OK(venue_do(open_now, &c, &seq, &why));
}

static struct cmd_genesis genesis;

static Err try_start(struct venue **v, struct machine_recovery *r)
{
    genesis = rig_genesis();
    heard = heard_seq = heard_index = react = 0;
    struct venue_options o = { .folder = folder, .genesis = &genesis, .mode = "sim",
                               .clock_start = date_start(date_of(2027, 1, 4)),
                               .segment_bytes = 1u << 20, .listener = listen };
    return venue_open(v, &o, r, &why);
}

static struct venue *start(struct machine_recovery *r)
{
    OK(try_start(&open_now, r));
    return open_now;
}

static void run(struct venue *v, u64 from, u64 to)
{
    for (u64 seq, n = from; n <= to; n++) {
        struct command c = history(n);
        OK(venue_do(v, &c, &seq, &why));
    }
}

static void move(const char *from, const char *to)
{
    char old[FILE_PATH_MAX];
    snprintf(old, sizeof old, "%s", inside(from));
    assert_int_equal(rename(old, inside(to)), 0);
}

static Hash digest(struct venue *v)
{
    Hash h;
    OK(store_digest(venue_store(v), &h, &why));
    return h;
}

TEST(nothing_is_released_before_it_is_durable)
{
    struct machine_recovery r;
    struct venue *v = start(&r);
    struct store_mark mark;
    for (u64 n = 1; n <= 90; n += 10) {
        OK(store_mark(venue_store(v), &mark, &why));
        u64 before = heard;
        run(v, n, n + 9);
        assert_int_equal(heard, before); /* run, and nobody knows */
        struct store_mark still;
        OK(store_mark(venue_store(v), &still, &why));
        assert_memory_equal(&still, &mark, sizeof mark);
        if (n == 41) react = 3;
        OK(venue_release(v, &why));
        assert_true(heard > before);
    }
    for (u32 i = 0; i < 4; i++) OK(venue_release(v, &why)); /* what the listener did */
    assert_int_equal(heard_seq, 1 + 90 + 3);
    run(v, 91, 95);
    OK(venue_close(&v, &why)); /* the rest is released, not dropped */
    assert_int_equal(heard_seq, 1 + 95 + 3);
}

/* The read model is made whole again from the journal, whatever it had. */
TEST(the_store_catches_up)
{
    struct machine_recovery r;
    struct venue *v = start(&r);
    run(v, 1, 30);
    OK(venue_release(v, &why));
    Hash some = digest(v);
    run(v, 31, 60);
    OK(venue_release(v, &why));
    Hash want = digest(v);
    OK(venue_close(&v, &why));
    assert_memory_not_equal(&some, &want, sizeof want);
    const char *const gone[] = { "store.sqlite", "store.sqlite-wal", "store.sqlite-shm" };
    for (u32 lost = 0; lost < 2; lost++) {
        for (u32 i = 0; lost && i < ARRAY_LEN(gone); i++) OK(file_remove(inside(gone[i]), &why));
        v = start(&r);
        Hash got = digest(v);
        assert_memory_equal(&got, &want, sizeof want);
        OK(store_check(venue_store(v), &why));
        OK(venue_close(&v, &why));
    }
    /* behind by half: an older file comes back from a backup */
    folder_remove(NULL);
    assert_int_equal(mkdir(folder, 0700), 0);
    v = start(&r);
    run(v, 1, 30);
    OK(venue_close(&v, &why));
    move("store.sqlite", "old.sqlite");
    v = start(&r);
    run(v, 31, 60);
    OK(venue_close(&v, &why));
    move("old.sqlite", "store.sqlite");
    v = start(&r);
    Hash got = digest(v);
    assert_memory_equal(&got, &want, sizeof want);
    OK(venue_close(&v, &why));
}

/* A journal that was lost is not begun again over what is left of its market. */
TEST(a_market_without_its_journal_is_refused)
{
    struct machine_recovery r;
    struct venue *v = start(&r);
    run(v, 1, 30);
    OK(venue_close(&v, &why));
    char kept[FILE_PATH_MAX];
    snprintf(kept, sizeof kept, "%s", inside("store.sqlite"));
    remove_tree(inside("journal"));
    for (u32 i = 0; i < 3; i++) {
        v = NULL;
        assert_int_equal(try_start(&v, &r), ERR_INPUT);
        assert_non_null(strstr(why.text, "store.sqlite holds a market up to seq 31"));
        assert_false(
            r.fresh); /* or the folder would be taken for our own first start, and cleared */
        assert_int_equal(access(kept, F_OK), 0);
        if (i == 1) OK(dir_make(inside("journal"), &why));
    }
    OK(file_remove(kept, &why));
    File f;
    OK(file_open(&f, inside("snapshots/snapshot-00000000000000000020"), FILE_WRITE | FILE_CREATE,
                 &why));
    file_close(&f);
    for (u32 i = 0; i < 2; i++) {
        v = NULL;
        assert_int_equal(try_start(&v, &r), ERR_INPUT);
        assert_non_null(strstr(why.text, "a snapshot at seq 20"));
        assert_false(r.fresh);
    }
}

/* As after power loss without durability, or a journal copied back from an older day. */
TEST(a_read_model_ahead_of_the_journal_is_refused)
{
    struct machine_recovery r;
    struct venue *v = start(&r);
    run(v, 1, 10);
    OK(venue_close(&v, &why));
    move("journal", "journal-then");
    OK(file_remove(inside("store.sqlite"), &why));
    v = start(&r);
    run(v, 1, 30);
    OK(venue_close(&v, &why));
    remove_tree(inside("journal"));
    move("journal-then", "journal");
    v = NULL;
    assert_int_equal(try_start(&v, &r), ERR_IO);
    assert_non_null(strstr(why.text, "store.sqlite is ahead of the journal (31 > 11)"));
}

/* ---- setup, killed after each of its commands ---- */

static struct calendar calendar;
static struct spec spec;
static struct setup_account people[3];

static struct setup whole_setup(void)
{
    calendar = rig_calendar(), spec = rig_spec("GPUH-M");
    for (u32 i = 0; i < 3; i++) {
        people[i] = (struct setup_account){ .account = i + 1, .member = i + 1 };
        people[i].kind = ACCOUNT_KIND_DIRECT, people[i].category = CATEGORY_OTHER;
        people[i].deposit.micros = 1000 * MICROS;
        rig_text(people[i].name.z, "someone");
    }
    return (struct setup){ .calendar = &calendar, .calendars = 1, .spec = &spec, .specs = 1,
                           .account = people, .accounts = 3,
                           .approved_by = "ann", .approved_by_2 = "bob" };
}

TEST(a_setup_killed_half_way_is_finished_by_the_next_start)
{
    struct machine_recovery r;
    Hash want = { { 0 } };
    enum { COMMANDS_OF_SETUP = 8 };
    for (u32 done = COMMANDS_OF_SETUP + 1; done-- > 0;) {
        struct setup s = whole_setup();
        struct venue *v = start(&r);
        s.calendars = done >= 1, s.specs = done >= 2, s.accounts = done < 3 ? 0 : (done - 1) / 2;
        Money last = { 0 };
        if (done >= 3 && done % 2) { /* the account is open, its deposit is not there */
            last = people[s.accounts - 1].deposit;
            people[s.accounts - 1].deposit.micros = 0;
        }
        OK(setup_run(v, &s, &why));
        assert_int_equal(venue_counts(v).seq, 1 + done);
        OK(venue_close(&v, &why));
        if (last.micros) people[s.accounts - 1].deposit = last;
        s.calendars = s.specs = 1, s.accounts = 3;
        v = start(&r);
        for (u32 again = 0; again < 2; again++) {
            OK(setup_run(v, &s, &why));
            assert_int_equal(venue_counts(v).seq, 1 + COMMANDS_OF_SETUP);
            Hash got = engine_state_hash(machine_engine(venue_machine(v)));
            if (done == COMMANDS_OF_SETUP) want = got;
            assert_memory_equal(&got, &want, sizeof want);
        }
        OK(venue_close(&v, &why));
        remove_tree(folder);
        assert_int_equal(mkdir(folder, 0700), 0);
    }
}

TEST(a_refused_setup_is_repaired_by_a_better_file)
{
    struct machine_recovery r;
    struct setup s = whole_setup();
    struct venue *v = start(&r);
    people[2].account = 0;
    assert_int_equal(setup_run(v, &s, &why), ERR_INPUT);
    assert_non_null(strstr(why.text, "someone"));
    OK(venue_close(&v, &why));
    people[2].account = 3;
    v = start(&r);
    OK(setup_run(v, &s, &why));
    assert_true(engine_has_account(machine_engine(venue_machine(v)), 3));
    assert_true(engine_has_transfer(machine_engine(venue_machine(v)), (Id128){ 1, 3 }));
    assert_false(engine_has_account(machine_engine(venue_machine(v)), 4));
    OK(venue_close(&v, &why));
}

/* ---- threads: what was accepted is there after an orderly stop, and the read model has it ---- */

TEST(a_threaded_venue_stops_whole)
{
    struct machine_recovery r;
    genesis = rig_genesis();
    struct venue_options o = { .folder = folder, .genesis = &genesis, .mode = "serve",
                               .threads = true, .wall_clock = true, .snapshot_every = 500,
                               .segment_bytes = 1u << 20 };
    struct venue *v = NULL;
    u64 taken = 0;
    OK(venue_open(&v, &o, &r, &why));
    OK(venue_start(v, &why));
    for (u64 n = 1; n <= 20000; n++) {
        struct command c = history(n);
        while (!venue_submit(v, &c, n)) OK(venue_poll(v, 0, &why)); /* full: held back, not lost */
        taken++;
    }
    OK(venue_close(&v, &why)); /* while a snapshot may be under way: no failure */
    open_now = NULL;
    o.threads = false;
    OK(venue_open(&v, &o, &r, &why));
    assert_int_equal(r.last_seq, 1 + taken);
    struct store_mark mark;
    OK(store_mark(venue_store(v), &mark, &why));
    assert_int_equal(mark.seq, r.last_seq);
    OK(store_check(venue_store(v), &why));
    assert_int_equal(venue_counts(v).ledger_sum.micros, 0);
    OK(venue_close(&v, &why));
    struct replay_result whole, quick;
    OK(machine_replay(folder, true, 0, NULL, NULL, &whole, &why));
    OK(machine_replay(folder, false, 0, NULL, NULL, &quick, &why));
    assert_memory_equal(&whole.state_hash, &quick.state_hash, sizeof whole.state_hash);
    assert_int_equal(whole.seq, 1 + taken);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_released_before_it_is_durable),
        CASE(the_store_catches_up),
        CASE(a_market_without_its_journal_is_refused),
        CASE(a_read_model_ahead_of_the_journal_is_refused),
        CASE(a_setup_killed_half_way_is_finished_by_the_next_start),
        CASE(a_refused_setup_is_repaired_by_a_better_file),
        CASE(a_threaded_venue_stops_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
