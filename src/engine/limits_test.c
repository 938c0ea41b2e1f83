/* Position limits: what the benchmark bears, from when, for whom, and what may not list. */
#include "base/random.h"
#include "engine/state.h"
#include "engine_rig.h"
#include "index/manipulate.h"
#include "test.h"

#define VALUE INT64_C(2400000)
#define UNSTATED INT64_C(-1)
/* Cost of moving VALUE by 1 % that gives n lots of 730 hours over a mean of 22 days, rounded up. */
#define COST_OF(n) (((n) * 3 * 730 * (VALUE / 100) + 21) / 22)

static void install(struct rig *r, u8 label)
{
    struct command c = { .type = CMD_INDEX_INSTALL };
    rig_text(c.index_install.index.z, "HDG-H100");
    c.index_install.version = 1, c.index_install.label = label;
    c.index_install.effective_from = date_of(2026, 1, 1);
    RIG_TWO(&c.index_install);
    rig_run(r, &c);
}

static u32 print(struct rig *r, Date d, u32 version, u8 status, i64 cost)
{
    struct command c = { .type = CMD_INDEX_PRINT };
    struct cmd_index_print *p = &c.index_print;
    rig_text(p->index.z, "HDG-H100");
    p->value_date = p->priced_on = d, p->version = version, p->published_at = r->now;
    p->status = status, p->level = 1, p->value.micros = VALUE;
    if (status == PRINT_CARRIED) p->priced_on.days--, p->level = 5;
    if (status == PRINT_NO_PRINT) p->value.micros = 0, p->level = 6;
    if (cost != UNSTATED) p->cost_stated = 1, p->cost_to_move.micros = cost;
    p->receipt = sha256_of(&d, sizeof d);
    rig_run(r, &c);
    return rig_reject(r);
}

/* June 2026 and July are due on the first day; four accounts, of which 2 and 3 have one owner. */
static struct rig founded(u8 label, i64 cost)
{
    struct cmd_genesis g = rig_genesis();
    struct rig r = rig_new(&g, 4096);
    struct command c = { .type = CMD_GENESIS };
    struct calendar k = rig_calendar();
    struct spec s = rig_spec("GPUH-M");
    Date first = date_of(2026, 6, 1);
    c.genesis = r.g;
    rig_at(&r, (Date){ first.days - 1 }, 16 * 3600);
    rig_run(&r, &c), rig_put_calendar(&r, &k), install(&r, label), rig_put_spec(&r, &s);
    assert_int_equal(print(&r, (Date){ first.days - 1 }, 1, PRINT_PRINTED, cost), 0);
    for (u32 a = 1; a <= 4; a++) {
        rig_account(&r, a, a, a == 3 ? 2 : a);
        rig_cash(&r, CMD_CASH_DEPOSIT, a, 100000000 * MICROS, a);
    }
    rig_at(&r, first, 0), rig_day(&r, CMD_DAY_OPEN, first);
    assert_int_equal(rig_reject(&r), 0);
    return r;
}

/* The day's print and end, and the next business day's opening. */
static Date next_day(struct rig *r, Date d, i64 cost)
{
    rig_at(r, d, 16 * 3600);
    assert_int_equal(print(r, d, 1, PRINT_PRINTED, cost), 0);
    rig_at(r, d, 20 * 3600 + 60), rig_day(r, CMD_DAY_END, d);
    assert_int_equal(rig_reject(r), 0);
    for (d.days++; date_weekday(d) > FRIDAY; d.days++) {
        rig_at(r, d, 16 * 3600);
        assert_int_equal(print(r, d, 1, PRINT_NO_PRINT, UNSTATED), 0);
    }
    rig_at(r, d, 0), rig_day(r, CMD_DAY_OPEN, d);
    assert_int_equal(rig_reject(r), 0);
    return d;
}

static const struct evt_position_limit *limit_said(const struct rig *r, u32 instrument)
{
    const struct event *v;
    for (u32 n = 0; (v = rig_event(r, EVT_POSITION_LIMIT, n)); n++)
        if (v->position_limit.instrument == instrument) return &v->position_limit;
    return NULL;
}

static u32 order(struct rig *r, u32 account, u8 side, i64 lots)
{
    rig_send(r, rig_order(account, 1, side, lots, 2400000));
    return rig_reject(r);
}

/* Both sides of a trade; the code of the second order. */
static u32 trade(struct rig *r, u32 buyer, u32 seller, i64 lots)
{
    u32 code = order(r, seller, SIDE_SELL, lots);
    return code ? code : order(r, buyer, SIDE_BUY, lots);
}

static const struct {
    const char *name;
    u8 label;
    i64 cost;
    bool lists;
    u8 basis;
    i64 lots, lstar_milli;
} listings[] = {
    { "no cost: the rule alone", LABEL_TRADED, UNSTATED, true, LIMIT_BASIS_RULE, 1500, 0 },
    { "L* above the rule", LABEL_TRADED, COST_OF(2000), true, LIMIT_BASIS_LESSER, 1500, 2000000 },
    { "L* below the rule", LABEL_TRADED, COST_OF(40), true, LIMIT_BASIS_LESSER, 40, 40000 },
    { "a micro below 40 lots", LABEL_TRADED, COST_OF(40) - 1, true, LIMIT_BASIS_LESSER, 39, 39999 },
    { "one lot", LABEL_TRADED, COST_OF(1), true, LIMIT_BASIS_LESSER, 1, 1000 },
    { "a micro below one lot", LABEL_TRADED, COST_OF(1) - 1, false, 0, 0, 999 },
    { "free to move", LABEL_TRADED, 0, false, 0, 0, 0 },
    { "made up, below a lot", LABEL_SYNTHETIC, COST_OF(1) - 1, true, LIMIT_BASIS_DEMONSTRATION,
      1500, 999 },
    { "made up, some lots", LABEL_SYNTHETIC, COST_OF(9), true, LIMIT_BASIS_DEMONSTRATION, 1500,
      9000 },
    { "posted, no cost", LABEL_POSTED, UNSTATED, true, LIMIT_BASIS_DEMONSTRATION, 1500, 0 },
};

static void lists_what_the_benchmark_bears(void **state)
{
    (void)state;
    for (u32 k = 0; k < ARRAY_LEN(listings); k++) {
        struct rig r = founded(listings[k].label, listings[k].cost);
        const struct event *refused = rig_event(&r, EVT_LISTING_REFUSED, 0);
        const struct evt_position_limit *l = limit_said(&r, 1);
        print_message("%s\n", listings[k].name);
        u32 listed = r.e->head->instruments; /* July has a day more: it may bear what June can't */
        assert_int_equal(listed + rig_count(&r, EVT_LISTING_REFUSED), 2);
        assert_int_equal(refused == NULL, listings[k].lists);
        if (refused) {
            assert_string_equal(refused->listing_refused.fault.z, "LIMIT_BELOW_ONE_LOT");
            assert_string_equal(refused->listing_refused.instrument_id.z, "GPUH-M-2026-06");
            assert_int_equal(refused->listing_refused.lstar_milli, listings[k].lstar_milli);
            assert_int_equal(refused->listing_refused.cost_to_move.micros, listings[k].cost);
        } else {
            assert_non_null(l);
            assert_int_equal(l->basis, listings[k].basis);
            assert_int_equal(l->lots, listings[k].lots);
            assert_int_equal(l->rule_lots, 1500);
            assert_int_equal(l->cost_stated, listings[k].cost != UNSTATED);
            assert_int_equal(l->lstar_milli, listings[k].lstar_milli);
            i64 lots = r.e->risk.instrument[1].limit; /* what orders are judged by */
            assert_int_equal(lots, listings[k].lots);
        }
        engine_check(r.e);
        rig_free(&r);
    }
}

/* A refused contract is refused anew each day until its benchmark bears it. */
static void lists_once_twenty_prints_bear_it(void **state)
{
    struct rig r = founded(LABEL_TRADED, COST_OF(1) / 2);
    Date d = date_of(2026, 6, 1);
    (void)state;
    for (u32 n = 1; n < CLEAR_COSTS; n++) {
        d = next_day(&r, d, COST_OF(60));
        assert_non_null(rig_event(&r, EVT_LISTING_REFUSED, 0));
    }
    assert_int_equal(r.e->head->instruments, 0);
    d = next_day(&r, d, COST_OF(60)); /* the cheap print is the 21st back */
    assert_null(rig_event(&r, EVT_LISTING_REFUSED, 0));
    assert_int_equal(r.e->head->instruments, 2);
    assert_int_equal(limit_said(&r, 1)->basis, LIMIT_BASIS_LESSER);
    rig_free(&r);
}

static void a_fall_binds_openings_of_the_next_day(void **state)
{
    struct rig r = founded(LABEL_TRADED, COST_OF(40));
    Date d = date_of(2026, 6, 1);
    (void)state;
    assert_int_equal(trade(&r, 1, 4, 30), 0);
    rig_at(&r, d, 16 * 3600);
    assert_int_equal(print(&r, d, 1, PRINT_PRINTED, COST_OF(10)), 0);
    assert_null(limit_said(&r, 1));
    assert_int_equal(trade(&r, 1, 4, 10), 0); /* today's limit stands: 40 */
    assert_int_equal(order(&r, 1, SIDE_BUY, 1), REJECT_POSITION_LIMIT);
    const struct evt_rejected *v = &rig_event(&r, EVT_REJECTED, 0)->rejected;
    assert_int_equal(v->limit, 40);
    assert_int_equal(v->used, 40);
    assert_int_equal(v->asked, 1);
    assert_string_equal(v->field.z, "qty");
    rig_at(&r, d, 20 * 3600 + 60), rig_day(&r, CMD_DAY_END, d);
    d.days++;
    rig_at(&r, d, 0), rig_day(&r, CMD_DAY_OPEN, d);
    assert_int_equal(limit_said(&r, 1)->lots, 10);
    i64 lots = risk_exposure(&r.e->risk, risk_exposure_of(&r.e->risk, 1, 1))->lots;
    assert_int_equal(lots, 40); /* nobody was made to sell */
    assert_int_equal(order(&r, 1, SIDE_BUY, 1), REJECT_POSITION_LIMIT);
    assert_int_equal(trade(&r, 4, 1, 25), 0);                           /* both reduce */
    assert_int_equal(order(&r, 1, SIDE_BUY, 1), REJECT_POSITION_LIMIT); /* 15 held, 14.3 counted */
    assert_int_equal(trade(&r, 4, 1, 15), 0);
    assert_int_equal(order(&r, 1, SIDE_BUY, 10), 0);
    engine_check(r.e);
    rig_free(&r);
}

/* Prints without a cost, carried days and later versions leave what is known as it is. */
static void a_silent_print_lifts_nothing(void **state)
{
    struct rig r = founded(LABEL_TRADED, COST_OF(40));
    Date d = date_of(2026, 6, 1);
    (void)state;
    for (u32 n = 0; n < CLEAR_COSTS + 5 && d.days < date_of(2026, 6, 26).days; n++)
        d = next_day(&r, d, UNSTATED);
    i64 lots = r.e->risk.instrument[1].limit;
    assert_int_equal(lots, 40);
    rig_at(&r, d, 16 * 3600);
    assert_int_equal(print(&r, (Date){ d.days - 1 }, 2, PRINT_PRINTED, COST_OF(2)), 0);
    u64 stated = r.e->clear.index[1].costs;
    assert_int_equal(stated, 1);
    rig_free(&r);
}

static void owners_count_as_one(void **state)
{
    struct rig r = founded(LABEL_TRADED, COST_OF(40));
    (void)state;
    assert_int_equal(trade(&r, 2, 4, 25), 0);
    assert_int_equal(order(&r, 3, SIDE_BUY, 16), REJECT_GROUP_LIMIT);
    const struct evt_rejected *v = &rig_event(&r, EVT_REJECTED, 0)->rejected;
    assert_int_equal(v->limit, 40);
    assert_int_equal(v->used, 25);
    assert_int_equal(v->asked, 16);
    assert_int_equal(order(&r, 3, SIDE_BUY, 15), 0); /* rests */
    assert_int_equal(order(&r, 2, SIDE_BUY, 1), REJECT_GROUP_LIMIT);
    assert_int_equal(order(&r, 1, SIDE_BUY, 40), 0);                     /* another owner */
    assert_int_equal(order(&r, 3, SIDE_BUY, 41), REJECT_POSITION_LIMIT); /* its own comes first */
    engine_check(r.e);
    rig_free(&r);
}

static void says_no_cost_it_can_not_mean(void **state)
{
    struct rig r = founded(LABEL_TRADED, COST_OF(40));
    Date d = date_of(2026, 6, 1);
    (void)state;
    rig_at(&r, d, 16 * 3600);
    assert_int_equal(print(&r, d, 1, PRINT_CARRIED, COST_OF(5)), REJECT_BAD_VALUE);
    assert_int_equal(print(&r, d, 1, PRINT_NO_PRINT, COST_OF(5)), REJECT_BAD_VALUE);
    assert_int_equal(print(&r, d, 1, PRINT_PRINTED, -5), REJECT_BAD_VALUE);
    assert_int_equal(print(&r, d, 1, PRINT_PRINTED, SPEC_COST_MAX + 1), REJECT_BAD_VALUE);
    assert_int_equal(print(&r, d, 1, PRINT_PRINTED, SPEC_COST_MAX), 0);
    rig_free(&r);
}

/* The benchmark's own L* says the same, for whole hours a lot. */
static void lstar_is_the_benchmarks(void **state)
{
    struct rng g = rng_of(63);
    (void)state;
    for (u32 n = 0; n < 20000; n++) {
        i64 cost = rng_between(&g, 0, INT64_C(1) << rng_between(&g, 1, 50));
        i64 value = rng_between(&g, 1, INT64_C(1) << rng_between(&g, 1, 39));
        i64 hours = rng_between(&g, 1, 9000);
        u32 days = (u32)rng_between(&g, 1, 366);
        assert_int_equal(spec_lstar_milli(cost, value, hours * 1000, days),
                         position_limit_milli(cost, 3000, hours, value, 10000, days));
    }
    assert_int_equal(spec_lstar_milli(SPEC_COST_MAX, 1, 1, 366), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_what_the_benchmark_bears),
        cmocka_unit_test(lists_once_twenty_prints_bear_it),
        cmocka_unit_test(a_fall_binds_openings_of_the_next_day),
        cmocka_unit_test(a_silent_print_lifts_nothing),
        cmocka_unit_test(owners_count_as_one),
        cmocka_unit_test(says_no_cost_it_can_not_mean),
        cmocka_unit_test(lstar_is_the_benchmarks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
