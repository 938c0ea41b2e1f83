#include "engine/state.h"
#include "engine_rig.h"
#include "test.h"

/* Which version of a print settles a contract, what a print outside its bounds does, and when the
 * exchange must determine. Two accounts hold ten lots of June against each other. */
enum { PRINT_S = 16 * 3600 + 60, END_S = 73200, LOTS = 10 };
#define VALUE INT64_C(2400000)

struct late { i32 day; i64 s, stated_s, value; u8 status; }; /* second of its day or later */
struct month {
    Date first;
    struct spec spec;
    const struct late *late;
    u32 late_n;
    u32 bad_from, bad_n; /* days of the set without a print */
    i64 beyond;          /* the second day's print, if not 0 */
};
struct outcome { i64 final; Date settled_on; i64 cash; bool determination; Hash receipts, state; };

static struct spec june(u32 rule, i64 ppm, i64 before_s, i64 days)
{
    struct spec s = rig_spec("GPUH-M");
    s.vintage_rule = rule, s.vintage_ppm = ppm, s.vintage_before = before_s, s.vintage_days = days;
    return s;
}

static void founded(struct rig *r, const struct month *m)
{
    struct command c = { .type = CMD_GENESIS };
    struct calendar k = rig_calendar();
    c.genesis = r->g;
    rig_at(r, (Date){ m->first.days - 1 }, PRINT_S);
    rig_run(r, &c), rig_put_calendar(r, &k), rig_install(r, "HDG-H100");
    rig_put_spec(r, &m->spec);
    assert_int_equal(rig_reject(r), 0);
    rig_print(r, "HDG-H100", (Date){ m->first.days - 1 }, PRINT_PRINTED, VALUE);
    for (u32 a = 1; a <= 2; a++)
        rig_account(r, a, a, a), rig_cash(r, CMD_CASH_DEPOSIT, a, 100000 * MICROS, a);
    rig_at(r, m->first, 0), rig_day(r, CMD_DAY_OPEN, m->first);
    rig_send(r, rig_order(1, 1, SIDE_SELL, LOTS, 2410000));
    rig_send(r, rig_order(2, 1, SIDE_BUY, LOTS, 2410000));
    assert_int_equal(r->e->clear.instrument[1].long_lots, LOTS);
}

static void restate(struct rig *r, const struct month *m, Date d, const struct late *l)
{
    struct command c = { .type = CMD_INDEX_PRINT };
    struct cmd_index_print *p = &c.index_print;
    rig_text(p->index.z, "HDG-H100");
    p->value_date = p->priced_on = d, p->version = 2, p->status = l->status, p->level = 1;
    p->value.micros = l->value, p->receipt = sha256_of(l, sizeof *l);
    for (const struct late *k = m->late; k < l; k++) p->version += k->day == l->day;
    p->published_at.ns = date_start(d).ns + l->stated_s * NS_PER_SECOND;
    rig_at(r, d, l->s);
    rig_run(r, &c);
    assert_int_equal(rig_reject(r), 0);
    assert_int_equal(rig_event(r, EVT_INDEX_PRINTED, 0)->index_printed.version, p->version);
}

static bool business(Date d) { return date_weekday(d) <= FRIDAY; }

static void look(const struct rig *r, Date d, struct outcome *o)
{
    for (u32 i = 0; i < r->n; i++) {
        const struct event *v = &r->events[i];
        if (v->type == EVT_FINAL_SETTLEMENT && v->final_settlement.instrument == 1)
            o->final = v->final_settlement.value.micros, o->settled_on = d,
            o->receipts = v->final_settlement.receipts;
        if (v->type == EVT_INSTRUMENT_MOVED && v->instrument_moved.instrument == 1)
            o->determination |= v->instrument_moved.state == LISTING_DETERMINATION;
    }
}

/* Versions that come on this day between two seconds of it. */
static void lates(struct rig *r, const struct month *m, Date d, i64 from, i64 to)
{
    for (u32 i = 0; i < m->late_n; i++) {
        Date of = { m->first.days + m->late[i].day };
        i64 s = m->late[i].s - (i64)(d.days - of.days) * 86400;
        if (s >= from && s < to) restate(r, m, of, &m->late[i]);
    }
}

static struct outcome run(const struct month *m)
{
    struct cmd_genesis g = rig_genesis();
    struct rig r = rig_new(&g, 4096);
    struct outcome o = { 0 };
    u32 nth = 0;
    founded(&r, m);
    for (Date d = m->first; d.days < m->first.days + 36 && !o.final; d.days++) {
        bool open = business(d);
        if (open && d.days > m->first.days) rig_at(&r, d, 0), rig_day(&r, CMD_DAY_OPEN, d);
        look(&r, d, &o);
        lates(&r, m, d, 0, PRINT_S);
        rig_at(&r, d, PRINT_S);
        bool bad = open && nth >= m->bad_from && nth < m->bad_from + m->bad_n;
        i64 value = m->beyond && nth == 1 && open ? m->beyond : VALUE;
        rig_print(&r, "HDG-H100", d, bad ? PRINT_NO_PRINT : PRINT_PRINTED, value);
        assert_int_equal(rig_reject(&r), 0);
        look(&r, d, &o);
        lates(&r, m, d, PRINT_S, END_S);
        if (open) {
            rig_at(&r, d, END_S), rig_day(&r, CMD_DAY_END, d);
            assert_int_equal(rig_reject(&r), 0);
            look(&r, d, &o);
            nth++;
        }
        lates(&r, m, d, END_S, 86400);
        engine_check(r.e);
    }
    o.cash = (i64)ledger_cash(&r.e->ledger, 2);
    o.state = engine_state_hash(r.e);
    rig_free(&r);
    return o;
}

/* Ten of June's 22 days on; the second version is 1.75 % higher, the third is back near the
 * first. */
static const struct late evening[] = { { 9, 68460, 68460, 2442000, PRINT_PRINTED } };
static const struct late too_late[] = { { 9, 90000, 90000, 2442000, PRINT_PRINTED } };
static const struct late backdated[] = { { 9, 90000, 68460, 2442000, PRINT_PRINTED } };
static const struct late twice[] = { { 9, 68460, 68460, 2442000, PRINT_PRINTED },
                                     { 9, 75660, 75660, 2401000, PRINT_PRINTED } };
static const struct late last_day[] = { { 29, 68460, 68460, 2442000, PRINT_PRINTED } };

static void versions_bind_by_the_contracts_rule(void **state)
{
    static const struct {
        u32 rule;
        i64 ppm, before_s, days;
        const struct late *late;
        u32 n;
        i64 final;
        u32 settles_after;
    } rows[] = {
        { SPEC_VINTAGE_FIRST_PRINT, 0, 0, 0, NULL, 0, 2400000, 29 },
        { SPEC_VINTAGE_FIRST_PRINT, 0, 0, 0, evening, 1, 2400000, 29 },
        { SPEC_VINTAGE_FIRST_PRINT, 0, 0, 0, twice, 2, 2400000, 29 },
        { SPEC_VINTAGE_LAST_BEFORE, 0, 86399, 0, evening, 1, 2401900, 30 }, /* 2.4019090... */
        { SPEC_VINTAGE_LAST_BEFORE, 0, 68460, 0, evening, 1, 2400000, 29 }, /* exactly then */
        { SPEC_VINTAGE_LAST_BEFORE, 0, 68461, 0, evening, 1, 2401900, 29 },
        { SPEC_VINTAGE_LAST_BEFORE, 0, 86399, 0, too_late, 1, 2400000, 30 },
        { SPEC_VINTAGE_LAST_BEFORE, 0, 86399, 0, backdated, 1, 2400000, 30 },
        { SPEC_VINTAGE_LAST_BEFORE, 0, 86399, 1, too_late, 1, 2401900, 31 },
        { SPEC_VINTAGE_RESTATE_IF, 1000, 86399, 0, evening, 1, 2401900, 30 },
        { SPEC_VINTAGE_RESTATE_IF, 17500, 86399, 0, evening, 1, 2400000, 30 }, /* not above */
        { SPEC_VINTAGE_RESTATE_IF, 17499, 86399, 0, evening, 1, 2401900, 30 },
        { SPEC_VINTAGE_RESTATE_IF, 1000, 86399, 0, twice, 2, 2400000, 30 }, /* the last: 417 ppm */
        { SPEC_VINTAGE_LAST_BEFORE, 0, 86399, 0, twice, 2, 2400000, 30 },   /* 2.400045... */
        { SPEC_VINTAGE_RESTATE_IF, 1000, 86399, 0, last_day, 1, 2401900, 30 },
    };
    struct outcome plain = { 0 };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct month m = { .first = date_of(2026, 6, 1), .late = rows[i].late,
                           .late_n = rows[i].n };
        m.spec = june(rows[i].rule, rows[i].ppm, rows[i].before_s, rows[i].days);
        struct outcome o = run(&m), again = run(&m);
        assert_int_equal(o.final, rows[i].final);
        assert_int_equal(o.settled_on.days - m.first.days, rows[i].settles_after);
        assert_false(o.determination);
        assert_memory_equal(&o.state, &again.state, sizeof(Hash)); /* a replay of itself */
        if (i == 0) plain = o;
        i64 gain = (o.final - plain.final) * 730 * LOTS;
        assert_int_equal(o.cash, plain.cash + gain);
        bool same = o.final == 2400000 && rows[i].late != twice;
        if (same || rows[i].rule == SPEC_VINTAGE_FIRST_PRINT)
            assert_memory_equal(&o.receipts, &plain.receipts, sizeof(Hash));
        if (o.final != 2400000) assert_memory_not_equal(&o.receipts, &plain.receipts, sizeof(Hash));
    }
}

/* A value no order could have is no price: the day has none, and the exchange determines. */
static void a_print_beyond_the_bounds_is_determined(void **state)
{
    static const struct { i64 value; bool determined; } rows[] = {
        { 1000000000, false }, /* the highest price of the contract */
        { 1000000001, true },
        { SPEC_PRICE_MAX, true }, /* 22 lots of it used to overflow a settlement */
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct month m = { .first = date_of(2026, 6, 1), .beyond = rows[i].value };
        m.spec = june(SPEC_VINTAGE_FIRST_PRINT, 0, 0, 0);
        m.spec.list_months = 1;
        struct outcome o = run(&m);
        assert_int_equal(o.determination, rows[i].determined);
        assert_int_equal(o.final == 0, rows[i].determined); /* open until it is determined */
    }
}

/* Twenty days: four bad ones are exactly a fifth. Then runs, where the share allows them. */
static void a_fifth_is_not_more_than_a_fifth(void **state)
{
    static const struct { u32 bad; i64 share; bool determined; } rows[] = {
        { 3, 200000, false }, { 4, 200000, false }, { 5, 200000, true },
        { 5, 900000, false }, { 6, 900000, true },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct month m = { .first = date_of(2027, 2, 1), .bad_from = 2, .bad_n = rows[i].bad };
        m.spec = june(SPEC_VINTAGE_FIRST_PRINT, 0, 0, 0);
        m.spec.bad_share_ppm = rows[i].share;
        struct outcome o = run(&m);
        assert_int_equal(o.determination, rows[i].determined);
        assert_int_equal(o.final == 0, rows[i].determined);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_bind_by_the_contracts_rule),
        cmocka_unit_test(a_print_beyond_the_bounds_is_determined),
        cmocka_unit_test(a_fifth_is_not_more_than_a_fifth),
    };
    return cmocka_run_group_tests_name("engine/binding", tests, NULL, NULL);
}
