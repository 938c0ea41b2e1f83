#include "engine_rig.h"
#include "test.h"

#define PRINT_AT (16 * 3600 + 60)
#define END_AT (20 * 3600 + 1200)

static bool business(Date d) { return date_weekday(d) < SATURDAY; }

static void show(const struct rig *r)
{
    char buf[4096];
    for (u32 k = 0; k < r->n; k++) {
        struct text t = text_on(buf, sizeof buf);
        event_json(&r->events[k], &t);
        print_message("  %s\n", buf);
    }
}

static void check_code(const struct rig *r, u32 want, const char *what)
{
    if (rig_reject(r) == want) return;
    print_error("%s: got %s, want %s\n", what, reject_name(rig_reject(r)), reject_name(want));
    show(r);
    fail();
}

/* A month from its first day to final settlement: the mean of its business days. */
static void a_month_settles(void **state)
{
    struct cmd_genesis g = rig_genesis();
    struct rig r = rig_new(&g, 4096);
    Date first = date_of(2026, 6, 1), last = date_of(2026, 6, 30);
    i64 sum = 0, n = 0;
    (void)state;
    rig_found(&r, first);
    check_code(&r, 0, "found");
    rig_account(&r, 11, 1, 1), rig_account(&r, 12, 2, 2);
    rig_cash(&r, CMD_CASH_DEPOSIT, 11, 100000 * MICROS, 1);
    rig_cash(&r, CMD_CASH_DEPOSIT, 12, 100000 * MICROS, 2);
    for (Date d = first; d.days <= last.days; d.days++) {
        i64 value = 2400000 + (d.days % 7) * 3000;
        rig_at(&r, d, 0);
        rig_day(&r, CMD_DAY_OPEN, d);
        check_code(&r, 0, "day open");
        if (d.days == first.days) {
            rig_at(&r, d, 3600);
            rig_send(&r, rig_order(11, 1, SIDE_SELL, 10, 2410000));
            check_code(&r, 0, "sell");
            rig_send(&r, rig_order(12, 1, SIDE_BUY, 10, 2410000));
            check_code(&r, 0, "buy");
            assert_non_null(rig_event(&r, EVT_TRADE, 0));
        }
        rig_at(&r, d, PRINT_AT);
        rig_print(&r, "HDG-H100", d, PRINT_PRINTED, value);
        check_code(&r, 0, "print");
        if (business(d)) sum += value, n++;
        rig_at(&r, d, END_AT);
        rig_day(&r, CMD_DAY_END, d);
        check_code(&r, 0, "day end");
        engine_check(r.e);
    }
    const struct event *f = rig_event(&r, EVT_FINAL_SETTLEMENT, 0);
    assert_non_null(f);
    assert_int_equal(f->final_settlement.value.micros,
                     (i64)div_round(sum, n * 100, ROUND_HALF_EVEN) * 100);
    assert_int_equal(f->final_settlement.open_interest, 10);
    assert_int_equal(engine_ledger_sum(r.e).micros, 0);
    show(&r);
    rig_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_settles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
