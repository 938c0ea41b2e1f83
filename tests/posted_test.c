/* The posted index over the real table, when it is there: which dates print, carry or drop, and
 * that the month of July 2026 settles. Looks in $HEDGEROW_SHARED, then beside the checkout. */
#include "config/benchmark.h"
#include "config/contracts.h"
#include "contract/averaging.h"
#include "feeds/obs_file.h"
#include "feeds/series.h"
#include "test.h"
#include <stdlib.h>
#include <unistd.h>

static struct why why;
static struct methodology m;
static struct registry registry;
static struct feed_log l;
static struct feed_result rows;
static struct series series;
static struct print prints[64];
enum { DATES = 53 }; /* 2026-07-01 .. 2026-08-22 */

static bool have_data(char *path, size_t cap)
{
    const char *shared = getenv("HEDGEROW_SHARED");
    snprintf(path, cap, "%s/data/gpu_offers.csv", shared ? shared : "../shared");
    return access(path, R_OK) == 0;
}

static int load(void **state)
{
    char path[512];
    if (!have_data(path, sizeof path)) return 0;
    Err err = config_methodology("specs/methodology/h100-posted.yaml", &m, &why);
    if (!err) err = config_registry("specs/owners.yaml", &registry, &why);
    if (!err) err = obs_input_read(path, &l, &rows, &why);
    if (!err) err = series_open(&series, &m, registry.rows, (u32)registry.rows_n, &l.log, &why);
    for (u32 i = 0; i < DATES && !err; i++) err = series_print(&series, NULL, &prints[i], &why);
    if (err) print_error("%s\n", why.text);
    return err;
}

static int unload(void **state)
{
    series_close(&series);
    feed_log_give(&l);
    feed_result_give(&rows);
    return 0;
}

static void need_data(void)
{
    if (series.index) return;
    print_message("skipped: no shared data\n");
    skip();
}

/* P printed, C carried, - no print; the value in ten-thousandths. The first days have two
 * providers. */
static const struct { u8 day; char status; u32 value, owners; } july[] = {
    { 1, '-', 0, 0 },       { 2, '-', 0, 1 },       { 3, '-', 0, 0 },       { 4, '-', 0, 0 },
    { 5, '-', 0, 2 },       { 6, 'P', 29900, 11 },  { 7, 'P', 34450, 16 },  { 8, 'P', 32500, 15 },
    { 9, 'P', 34450, 16 },  { 10, 'P', 37450, 14 }, { 11, 'P', 32500, 15 }, { 12, 'P', 32500, 15 },
    { 13, 'P', 32500, 15 }, { 14, 'P', 36000, 15 }, { 15, 'P', 32500, 15 }, { 16, 'P', 34450, 16 },
    { 17, 'P', 32500, 15 }, { 18, 'P', 31200, 16 }, { 19, 'P', 31200, 16 }, { 20, 'P', 29900, 23 },
    { 21, 'P', 29900, 23 }, { 22, 'P', 29900, 23 }, { 23, 'P', 29900, 23 }, { 24, 'P', 29900, 23 },
    { 25, 'P', 29900, 23 }, { 26, 'P', 29900, 23 }, { 27, 'P', 29900, 23 }, { 28, 'P', 29900, 23 },
    { 29, 'P', 29900, 23 }, { 30, 'P', 29900, 23 }, { 31, 'P', 29900, 23 },
};

static void july_is_as_stated(void **state)
{
    need_data();
    for (u32 i = 0; i < ARRAY_LEN(july); i++) {
        const struct print *p = &prints[i];
        char status = p->status == BENCH_PRINT_PRINTED   ? 'P'
                      : p->status == BENCH_PRINT_CARRIED ? 'C'
                                                         : '-';
        assert_int_equal(p->value_date.days, date_of(2026, 7, july[i].day).days);
        assert_int_equal(status, july[i].status);
        assert_int_equal(p->value, (i64)july[i].value * 100);
        assert_int_equal(p->owners, july[i].owners);
        assert_int_equal(p->label, BENCH_LABEL_POSTED);
        assert_true(p->flags & LIST_BIT(BENCH_FLAG_FORM_ANY));
        if (status == '-') assert_int_equal(p->why_l1, SHORT_MIN_ENTITIES);
    }
}

static void every_later_date_prints(void **state)
{
    need_data();
    for (u32 i = ARRAY_LEN(july); i < DATES; i++) {
        assert_int_equal(prints[i].status, BENCH_PRINT_PRINTED);
        assert_in_range(prints[i].value, 2990000, 3370000);
        assert_int_equal(prints[i].owners, 23);
    }
}

/* Business days of the month: those without a print are at most a fifth, and at most five in a
 * row. */
static void the_month_settles(void **state)
{
    struct calendar c;
    u32 set = 0, bad = 0, run = 0, longest = 0;
    need_data();
    assert_int_equal(config_calendar("specs/calendars/us-gpu.yaml", &c, &why), ERR_OK);
    for (u32 i = 0; i < ARRAY_LEN(july); i++) {
        if (!calendar_is_business(&c, prints[i].value_date)) continue;
        bool is_bad = prints[i].status != BENCH_PRINT_PRINTED;
        set++, bad += is_bad, run = is_bad ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    assert_in_range(set, 21, 23);
    assert_in_range(bad, 1, 3);
    assert_false(bad_days(bad, set, longest, 200000, 5));
}

static void every_row_is_accounted_for(void **state)
{
    need_data();
    assert_int_equal(rows.rows, 52407);
    assert_int_equal(rows.taken + rows.duplicates + rows.refused_n, rows.rows);
    assert_int_equal(rows.refused_n,
                     rows.by_code[OBS_REJECT_BAD_ENUM]); /* A100 without its memory */
    assert_int_equal(rows.refused_n, 316);
}

/* Every provider of the table is in the registry: nobody stands for himself unnoticed. */
static void every_provider_has_an_owner(void **state)
{
    u32 missing = 0;
    need_data();
    for (u32 i = 0; i < l.log.n; i++) {
        Str z = names_text(&l.log.names, l.log.at[i].provider);
        bool found = false;
        for (i64 r = 0; r < registry.rows_n && !found; r++)
            found = str_is(z, registry.rows[r].provider);
        missing += !found;
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(july_is_as_stated),           cmocka_unit_test(every_later_date_prints),
        cmocka_unit_test(the_month_settles),           cmocka_unit_test(every_row_is_accounted_for),
        cmocka_unit_test(every_provider_has_an_owner),
    };
    return cmocka_run_group_tests_name("posted", tests, load, unload);
}
