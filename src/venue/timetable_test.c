#include "config/contracts.h"
#include "venue/opener.h"
#include "venue/setup.h"
#include "venue_rig.h"

/* June and July 2026 of made-up rentals through the whole venue: the administrator's prints and
 * their restatements, the journal, the engine, the read model. Skipped where the shipped files are
 * not at hand (the tests run from the top of the tree). */
#define METHOD "specs/methodology/h100-synthetic.yaml"
#define OWNERS "specs/owners.yaml"
#define ON_TIME "examples/rentals-synthetic.csv"
#define LATE "examples/rentals-late.csv"

struct seen {
    i64 final;
    Hash receipts;
    struct evt_index_printed print[4]; /* versions of 8 July */
    u32 prints, rejects;
    i64 fixing; /* of that day */
    u32 restated;
};
static struct seen seen;
static u32 prints_max; /* 0: the rig's */
static const char *methods[2] = { METHOD };
static u32 methods_n = 1;
static struct { Date date; u32 version; Hash receipt; } receipts[128];
static u32 receipts_n, installs;

static void look(void *ctx, const struct event *events, u32 n)
{
    (void)ctx;
    for (u32 i = 0; i < n; i++) {
        const struct event *e = &events[i];
        const struct evt_index_printed *p = &e->index_printed;
        if (e->type == EVT_REJECTED) seen.rejects++;
        if (e->type == EVT_FINAL_SETTLEMENT && e->final_settlement.instrument == 1)
            seen.final = e->final_settlement.value.micros,
            seen.receipts = e->final_settlement.receipts;
        if (e->type == EVT_FIXING && e->fixing.instrument == 1 &&
            e->fixing.date.days == date_of(2026, 7, 8).days)
            seen.fixing = e->fixing.value.micros;
        installs += e->type == EVT_INDEX_INSTALLED;
        if (e->type != EVT_INDEX_PRINTED) continue;
        assert_true(receipts_n < ARRAY_LEN(receipts));
        receipts[receipts_n].date = p->value_date, receipts[receipts_n].version = p->version;
        receipts[receipts_n++].receipt = p->receipt;
        seen.restated += p->version > 1;
        if (p->value_date.days == date_of(2026, 7, 8).days && seen.prints < 4)
            seen.print[seen.prints++] = *p;
    }
}

struct stand {
    struct calendar calendar;
    struct spec spec;
    struct administrator *administrator;
    struct venue *venue;
    struct timetable timetable;
    struct cmd_genesis genesis;
};

static void stand_open(struct stand *s, u32 rule, const char *const *files, u32 n)
{
    struct machine_recovery r;
    *s = (struct stand){ .genesis = rig_genesis() };
    if (prints_max) s->genesis.prints_max = prints_max;
    OK(config_calendar("specs/calendars/us-gpu.yaml", &s->calendar, &why));
    OK(config_spec("specs/gpuh-m.yaml", NULL, true, &s->spec, &why));
    OK(administrator_open_versions(&s->administrator, methods, methods_n, OWNERS, files, n, &why));
    memset(s->spec.underlying_id, 0, sizeof s->spec.underlying_id);
    rig_text(s->spec.underlying_id, administrator_id(s->administrator));
    s->spec.underlying_label = SPEC_LABEL_SYNTHETIC;
    s->spec.list_months = 1, s->spec.list_quarters = s->spec.list_years = 0;
    s->spec.vintage_rule = rule;
    if (rule != SPEC_VINTAGE_FIRST_PRINT) s->spec.vintage_before = 86399;
    if (rule == SPEC_VINTAGE_RESTATE_IF) s->spec.vintage_ppm = 1000;
    Date first = date_of(2026, 6, 26);
    struct venue_options o = { .folder = folder, .genesis = &s->genesis, .mode = "sim",
                               .clock_start = date_start(first), .segment_bytes = 1u << 20,
                               .listener = look };
    OK(venue_open(&s->venue, &o, &r, &why));
    struct administrator *one[1] = { s->administrator };
    struct setup set = { .calendar = &s->calendar, .calendars = 1, .spec = &s->spec, .specs = 1,
                         .benchmark = one, .benchmarks = 1, .approved_by = "ann",
                         .approved_by_2 = "bob" };
    if (r.fresh) OK(setup_run(s->venue, &set, &why));
    OK(venue_release(s->venue, &why));
    struct timetable_config tc = { .calendar = &s->calendar, .benchmarks = 1, .first_day = first };
    tc.benchmark[0] = s->administrator;
    tc.approved_by = "ann", tc.approved_by_2 = "bob";
    OK(timetable_open(&s->timetable, s->venue, &tc, &why));
}

static void stand_run(struct stand *s, Instant to)
{
    while (timetable_next(&s->timetable).ns < to.ns) {
        venue_set_time(s->venue, timetable_next(&s->timetable));
        OK(timetable_step(&s->timetable, &why));
        OK(venue_release(s->venue, &why));
    }
}

static Hash stand_close(struct stand *s, Hash *state)
{
    Hash digest;
    OK(store_digest(venue_store(s->venue), &digest, &why));
    *state = engine_state_hash(machine_engine(venue_machine(s->venue)));
    OK(venue_close(&s->venue, &why));
    administrator_close(&s->administrator);
    return digest;
}

static bool count_versions(void *ctx, const void *row)
{
    const struct store_print *p = row;
    if (p->print.value_date.days == date_of(2026, 7, 8).days) ++*(u32 *)ctx;
    return true;
}

static u32 stored_versions(struct stand *s)
{
    struct store_filter f = { .limit = 1000, .vintages = STORE_ALL };
    u32 n = 0;
    rig_text(f.index.z, administrator_id(s->administrator));
    OK(store_prints(venue_store(s->venue), &f, count_versions, &n, &why));
    return n;
}

/* Before July's last settlement, twice stopped, once in the hour before the restatement. */
static struct seen month(u32 rule, const char *const *files, u32 n, bool stops, Hash *state,
                         Hash *digest)
{
    const Instant at[] = { { date_start(date_of(2026, 7, 8)).ns + 68000 * NS_PER_SECOND },
                           { date_start(date_of(2026, 7, 9)).ns + 3600 * NS_PER_SECOND },
                           date_start(date_of(2026, 8, 4)) };
    struct stand s;
    seen = (struct seen){ 0 };
    receipts_n = installs = 0;
    OK(dir_make(folder, &why));
    for (u32 i = stops ? 0 : 2; i < 3; i++) {
        stand_open(&s, rule, files, n);
        stand_run(&s, at[i]);
        if (i == 2) assert_int_equal(stored_versions(&s), seen.prints);
        *digest = stand_close(&s, state);
    }
    remove_tree(folder);
    return seen;
}

static bool files_here(void)
{
    if (file_exists(METHOD) && file_exists(ON_TIME) && file_exists(LATE)) return true;
    print_message("skipped: not run from the top of the tree\n");
    return false;
}

static void a_restatement_leaves_settlement_alone(void **state)
{
    static const char *const files[] = { ON_TIME, LATE };
    Hash a_state, b_state, a_digest, b_digest;
    (void)state;
    if (!files_here()) return;
    struct seen a = month(SPEC_VINTAGE_FIRST_PRINT, files, 2, false, &a_state, &a_digest);
    assert_int_equal(a.rejects, 0);
    assert_int_equal(a.restated, 1);
    assert_int_equal(a.prints, 2); /* both are shown */
    assert_int_equal(a.print[0].value.micros, 2818000);
    assert_int_equal(a.print[1].value.micros, 2780000);
    assert_int_equal(a.print[1].version, 2);
    assert_int_equal(a.fixing, 2818000); /* and the first one is fixed */
    assert_true(a.final > 0);
    struct seen b = month(SPEC_VINTAGE_FIRST_PRINT, files, 2, true, &b_state, &b_digest);
    assert_int_equal(b.rejects, 0); /* after a stop nothing is sent twice, nothing left out */
    assert_memory_equal(&a_state, &b_state, sizeof(Hash));
    assert_memory_equal(&a_digest, &b_digest, sizeof(Hash));
}

static void other_rules_bind_the_version(void **state)
{
    static const char *const files[] = { ON_TIME, LATE };
    Hash s, d;
    (void)state;
    if (!files_here()) return;
    struct seen first = month(SPEC_VINTAGE_FIRST_PRINT, files, 2, false, &s, &d);
    struct seen moved = month(SPEC_VINTAGE_RESTATE_IF, files, 2, false, &s, &d);
    struct seen last = month(SPEC_VINTAGE_LAST_BEFORE, files, 2, true, &s, &d);
    assert_int_equal(moved.fixing, 2780000);
    assert_int_equal(last.fixing, 2780000);
    assert_int_equal(moved.final, last.final);
    assert_memory_equal(&moved.receipts, &last.receipts, sizeof(Hash));
    assert_memory_not_equal(&moved.receipts, &first.receipts, sizeof(Hash));
    /* 38,000 micros in one day of 22, to four digits: 1727 or 1728 apart, rounded to 100 */
    assert_in_range(first.final - moved.final, 1600, 1900);
}

/* An engine with no room for a needed print: the day can not end. It says so, and the day waits. */
static void refusals_are_noticed(void **state)
{
    static const char *const files[] = { ON_TIME };
    Date bad = date_of(2026, 7, 21);
    struct stand s;
    Hash h;
    (void)state;
    if (!files_here()) return;
    seen = (struct seen){ 0 };
    receipts_n = installs = 0;
    prints_max = 20;
    stand_open(&s, SPEC_VINTAGE_FIRST_PRINT, files, 1);
    stand_run(&s, (Instant){ date_start(bad).ns + 57600 * NS_PER_SECOND });
    assert_int_equal(venue_refusal(s.venue).count, 0);
    stand_run(&s, (Instant){ date_start(bad).ns + 60000 * NS_PER_SECOND });
    struct venue_refusal r = venue_refusal(s.venue);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.command, CMD_INDEX_PRINT);
    assert_int_equal(r.code, REJECT_CAPACITY);
    stand_run(&s, (Instant){ date_start(bad).ns + (73200 + 150) * NS_PER_SECOND });
    r = venue_refusal(s.venue); /* at 20:20, 20:21 and 20:22 */
    assert_int_equal(r.count, 4);
    assert_int_equal(r.command, CMD_DAY_END);
    assert_int_equal(r.code, REJECT_FIXING_PENDING);
    assert_int_equal(s.timetable.day.days, bad.days); /* still open */
    (void)stand_close(&s, &h);
    prints_max = 0;
}

/* The shipped rules as another version, rounded to two decimals. */
static void write_version(const char *path, const char *version, const char *from)
{
    static const char *const rows[][2] = { { "\nversion: 2\n", NULL },
                                           { "\neffective_from: ", NULL },
                                           { "decimals: 4", "decimals: 2" } };
    char put[3][64], text[16384] = { 0 };
    u8 *old = NULL;
    u64 n = 0;
    OK(file_read_all(METHOD, sizeof text - 64, &old, &n, &why));
    memcpy(text, old, n);
    free(old);
    snprintf(put[0], sizeof put[0], "\nversion: %s\n", version);
    snprintf(put[1], sizeof put[1], "\neffective_from: %s #", from);
    snprintf(put[2], sizeof put[2], "%s", rows[2][1]);
    for (u32 i = 0; i < 3; i++) {
        char rest[16384], *at = strstr(text, rows[i][0]);
        assert_non_null(at);
        strcpy(rest, at + strlen(rows[i][0]));
        snprintf(at, sizeof text - (u64)(at - text), "%s%s", put[i], rest);
    }
    OK(file_write_atomic(path, text, strlen(text), &why));
}

/* Every print of the venue is that of the series run apart under the same versions. */
static u32 same_receipts(const char *const *files, u32 n)
{
    struct benchmark b;
    u32 at = 0, later = 0;
    OK(benchmark_open_versions(&b, methods, methods_n, OWNERS, files, n, &why));
    while (at < receipts_n) {
        struct print p;
        bool is_new = false;
        while (!is_new && index_restate_due(b.series.index).ns)
            OK(series_restate(&b.series, NULL, &p, &is_new, &why));
        if (!is_new) OK(series_print(&b.series, NULL, &p, &why));
        if (p.value_date.days < receipts[0].date.days) continue;
        assert_int_equal(p.value_date.days, receipts[at].date.days);
        assert_int_equal(p.vintage, receipts[at].version);
        assert_memory_equal(&p.receipt, &receipts[at++].receipt, sizeof(Hash));
        later += p.method_version == 3;
    }
    benchmark_close(&b);
    return later;
}

static void refused(const struct stand *open, const char *file, const char *has)
{
    const struct engine *e = machine_engine(venue_machine(open->venue));
    static const char *const files[] = { ON_TIME, LATE };
    const char *given[2] = { METHOD, file };
    struct administrator *b;
    Text32 id = { "" };
    struct why w = { "" };
    Err err = administrator_open_versions(&b, given, 2, OWNERS, files, 2, &w);
    rig_text(id.z, "HDG-H100-OD-US");
    Hash rules = engine_index_rules(e, &id);
    if (!err)
        err = administrator_fits(b, engine_index_version(e, &id), &rules, date_of(2026, 7, 31), &w);
    assert_int_equal(err, ERR_INPUT);
    if (!strstr(w.text, has)) fail_msg("%s", w.text);
    administrator_close(&b);
}

/* A new version takes over on its date, in the venue as in `index run`, stopped and replayed or
 * not. */
static void versions_take_over(void **state)
{
    static const char *const files[] = { ON_TIME, LATE };
    char second[80], other[84];
    Hash a_state, b_state, digest, old;
    struct stand s;
    (void)state;
    if (!files_here()) return;
    snprintf(second, sizeof second, "%s-v2.yaml", folder);
    snprintf(other, sizeof other, "%s-other.yaml", folder);
    write_version(second, "3", "2026-07-09");
    (void)month(SPEC_VINTAGE_FIRST_PRINT, files, 2, false, &old, &digest);
    assert_int_equal(installs, 1);
    methods[1] = second, methods_n = 2;
    struct seen a = month(SPEC_VINTAGE_FIRST_PRINT, files, 2, false, &a_state, &digest);
    assert_int_equal(a.rejects, 0);
    assert_int_equal(installs, 2);
    assert_int_equal(a.restated, 1);
    assert_in_range(same_receipts(files, 2), 23, 31);
    assert_memory_not_equal(&a_state, &old, sizeof(Hash));
    struct seen b = month(SPEC_VINTAGE_FIRST_PRINT, files, 2, true, &b_state, &digest);
    assert_int_equal(b.final, a.final);
    assert_memory_equal(&a_state, &b_state, sizeof(Hash));

    OK(dir_make(folder, &why));
    stand_open(&s, SPEC_VINTAGE_FIRST_PRINT, files, 2);
    stand_run(&s, date_start(date_of(2026, 8, 1)));
    write_version(other, "3", "2026-07-10");
    refused(&s, other, "version 3 is not as it was installed");
    write_version(other, "4", "2026-07-20");
    refused(&s, other, "does not follow");
    (void)stand_close(&s, &digest);
    remove_tree(folder);
    methods_n = 1;
    OK(dir_make(folder, &why));
    stand_open(&s, SPEC_VINTAGE_FIRST_PRINT, files, 2);
    stand_run(&s, date_start(date_of(2026, 8, 1)));
    refused(&s, second, "takes effect on a date already printed (the last is 2026-07-31)");
    (void)stand_close(&s, &digest);
    unlink(second), unlink(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_restatement_leaves_settlement_alone, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(other_rules_bind_the_version, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(versions_take_over, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(refusals_are_noticed, folder_make, folder_remove),
    };
    return cmocka_run_group_tests_name("venue/timetable", tests, NULL, NULL);
}
