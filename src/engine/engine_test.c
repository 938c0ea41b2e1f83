/* Scenarios: one line of commands a row, the wanted answer beside it. */
#include "engine/state.h"
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

/* An engine with accounts 1..4 (cash, members 1 1 2 2, own groups but 3 and 4) in the first
 * hour. */
static struct rig opened(Date first)
{
    struct cmd_genesis g = rig_genesis();
    struct rig r = rig_new(&g, 4096);
    rig_found(&r, first);
    for (u32 a = 1; a <= 4; a++) {
        rig_account(&r, a, a < 3 ? 1 : 2, a < 3 ? a : 3);
        rig_cash(&r, CMD_CASH_DEPOSIT, a, 100000 * MICROS, a);
    }
    rig_at(&r, first, 0);
    rig_day(&r, CMD_DAY_OPEN, first);
    check_code(&r, 0, "day open");
    rig_at(&r, first, 3600);
    return r;
}

/* -- refusals: the field that is spoilt, the code that answers -- */

static void no_account(struct command *c) { c->order_new.account = 99; }
static void no_contract(struct command *c) { c->order_new.instrument = 77; }
static void no_id(struct command *c) { memset(&c->order_new.client_id, 0, 40); }
static void long_id(struct command *c) { memset(&c->order_new.client_id, 'x', 37); }
static void used_id(struct command *c) { no_id(c), rig_text(c->order_new.client_id.z, "used"); }
static void zero_lots(struct command *c) { c->order_new.qty = 0; }
static void negative_lots(struct command *c) { c->order_new.qty = -5; }
static void many_lots(struct command *c) { c->order_new.qty = 1001; }
static void most_lots(struct command *c) { c->order_new.qty = INT64_MAX; }
static void off_tick(struct command *c) { c->order_new.price.micros = 2400500; }
static void above(struct command *c) { c->order_new.price.micros = 2641000; }
static void below(struct command *c) { c->order_new.price.micros = 2159000; }
static void absurd(struct command *c) { c->order_new.price.micros = INT64_MAX / 1000 * 1000; }
static void negative(struct command *c) { c->order_new.price.micros = INT64_MIN / 1000 * 1000; }
static void stop(struct command *c) { c->order_new.type = ORDER_TYPE_STOP; }
static void stop_price(struct command *c) { c->order_new.stop_price.micros = 1000; }
static void open_tif(struct command *c) { c->order_new.tif = TIF_OPEN; }
static void gtd_without(struct command *c) { c->order_new.tif = TIF_GTD; }
static void gtd_past(struct command *c)
{
    c->order_new.tif = TIF_GTD, c->order_new.expiry = date_of(2026, 5, 1);
}
static void dated_day(struct command *c) { c->order_new.expiry = date_of(2026, 7, 1); }
static void priced_market(struct command *c) { c->order_new.type = ORDER_TYPE_MARKET; }
static void lonely_market(struct command *c)
{
    c->order_new.type = ORDER_TYPE_MARKET, c->order_new.price.micros = 0;
}
static void hidden(struct command *c) { c->order_new.display = 2; }
static void display_over(struct command *c) { c->order_new.display = 11; }
static void min_without_ioc(struct command *c) { c->order_new.min_qty = 2; }
static void post_ioc(struct command *c) { c->order_new.post_only = 1, c->order_new.tif = TIF_IOC; }
static void post_crosses(struct command *c)
{
    c->order_new.post_only = 1, c->order_new.side = SIDE_SELL, c->order_new.price.micros = 2390000;
}
static void group_named(struct command *c) { c->order_new.protection_group = 1; }
static void wide_key(struct command *c) { c->order_new.stp_key = UINT64_MAX; }
static void reduce_resting(struct command *c) { c->order_new.reduce_only = 1; }
static void reduce_nothing(struct command *c)
{
    c->order_new.reduce_only = 1, c->order_new.tif = TIF_IOC;
}
static void too_dear(struct command *c) { c->order_new.qty = 600; }
static void over_limit(struct command *c) { c->order_new.qty = 1000, c->order_new.account = 4; }
static void frozen(struct command *c) { c->order_new.account = 3; }
static void two_faults(struct command *c) { used_id(c), off_tick(c), no_contract(c); }
static void tick_before_limit(struct command *c) { c->order_new.price.micros = 9000500; }
static void limit_before_margin(struct command *c) { above(c), c->order_new.qty = 900; }

static const struct {
    const char *name;
    void (*spoil)(struct command *c);
    u32 code;
} refusals[] = {
    { "no such account", no_account, REJECT_UNKNOWN_ACCOUNT },
    { "no such contract", no_contract, REJECT_UNKNOWN_CONTRACT },
    { "no client id", no_id, REJECT_BAD_TEXT },
    { "client id of 37 letters", long_id, REJECT_BAD_TEXT },
    { "client id used today", used_id, REJECT_DUPLICATE },
    { "no lots", zero_lots, REJECT_QTY },
    { "lots below zero", negative_lots, REJECT_QTY },
    { "lots above the maximum", many_lots, REJECT_QTY },
    { "lots past every bound", most_lots, REJECT_QTY },
    { "price off tick", off_tick, REJECT_TICK },
    { "price above the daily limit", above, REJECT_PRICE_LIMIT },
    { "price below the daily limit", below, REJECT_PRICE_LIMIT },
    { "price past every bound", absurd, REJECT_PRICE_LIMIT },
    { "price far below zero", negative, REJECT_PRICE_LIMIT },
    { "stop order", stop, REJECT_NOT_PERMITTED },
    { "stop price on a limit order", stop_price, REJECT_NOT_PERMITTED },
    { "opening auction order", open_tif, REJECT_NOT_PERMITTED },
    { "GTD without a date", gtd_without, REJECT_BAD_VALUE },
    { "GTD of a past day", gtd_past, REJECT_BAD_VALUE },
    { "a date on a day order", dated_day, REJECT_BAD_VALUE },
    { "market order with a price", priced_market, REJECT_BAD_VALUE },
    { "market order, nothing opposite", lonely_market, REJECT_NO_OPPOSITE },
    { "hidden quantity", hidden, REJECT_NOT_PERMITTED },
    { "display above quantity", display_over, REJECT_DISPLAY_QTY },
    { "minimum without IOC", min_without_ioc, REJECT_MIN_QTY },
    { "post-only IOC", post_ioc, REJECT_TIF },
    { "post-only that crosses", post_crosses, REJECT_POST_ONLY },
    { "protection group", group_named, REJECT_NOT_PERMITTED },
    { "self-match key too wide", wide_key, REJECT_BAD_VALUE },
    { "reduce-only that would rest", reduce_resting, REJECT_NOT_PERMITTED },
    { "reduce-only without a position", reduce_nothing, REJECT_REDUCE_ONLY },
    { "margin", too_dear, REJECT_MARGIN },
    { "position limit of the last days", over_limit, REJECT_POSITION_LIMIT },
    { "frozen account", frozen, REJECT_ACCOUNT_FROZEN },
    { "duplicate comes before all else", two_faults, REJECT_DUPLICATE },
    { "tick comes before the daily limit", tick_before_limit, REJECT_TICK },
    { "daily limit comes before margin", limit_before_margin, REJECT_PRICE_LIMIT },
};

/* All arena bytes but the clock's: what a refused command must leave alone. */
static u8 *bytes_but_clock(const struct rig *r)
{
    u8 *copy = malloc(r->size);
    assert_non_null(copy);
    memcpy(copy, r->arena, r->size);
    memset(copy + ((u8 *)r->e->clock - r->arena), 0, sizeof(struct engine_clock));
    return copy;
}

static void refusals_change_nothing(void **state)
{
    struct rig r = opened(date_of(2026, 6, 1));
    struct command c = rig_order(2, 1, SIDE_BUY, 10, 2390000);
    (void)state;
    rig_text(c.order_new.client_id.z, "maker");
    rig_run(&r, &c);
    check_code(&r, 0, "maker");
    c = rig_order(1, 1, SIDE_BUY, 10, 2380000);
    rig_text(c.order_new.client_id.z, "used");
    rig_run(&r, &c);
    check_code(&r, 0, "used");
    rig_cash(&r, CMD_CASH_DEPOSIT, 4, 10000000 * MICROS, 44);
    for (u32 n = 0; n < 3; n++) { /* account 4 comes near its limit of 1,500 */
        c = rig_order(4, 1, SIDE_BUY, n == 2 ? 1 : 499, 2300000);
        rig_send(&r, c);
        check_code(&r, 0, "account 4");
    }
    c = (struct command){ .type = CMD_ACCOUNT_SET };
    c.account_set.account = 3, c.account_set.status = ACCOUNT_STATUS_FROZEN;
    RIG_TWO(&c.account_set);
    rig_run(&r, &c);
    check_code(&r, 0, "freeze");
    for (u32 k = 0; k < ARRAY_LEN(refusals); k++) {
        c = rig_order(1, 1, SIDE_BUY, 10, 2370000);
        rig_client_id(&c.order_new.client_id, 1000 + k);
        refusals[k].spoil(&c);
        u8 *before = bytes_but_clock(&r);
        rig_run(&r, &c);
        u8 *after = bytes_but_clock(&r);
        check_code(&r, refusals[k].code, refusals[k].name);
        assert_int_equal(r.n, 1);
        if (memcmp(before, after, r.size) != 0) fail_msg("%s: left a trace", refusals[k].name);
        free(before), free(after);
    }
    engine_check(r.e);
    rig_free(&r);
}

/* Everything else that can be refused: money, accounts, what is stored. */
static void stored_things_are_refused_whole(void **state)
{
    struct rig r = opened(date_of(2026, 6, 1));
    struct spec s = rig_spec("GPUH-M");
    struct calendar k = rig_calendar();
    struct command c;
    (void)state;
    rig_cash(&r, CMD_CASH_DEPOSIT, 1, 100000 * MICROS, 1);
    check_code(&r, 0, "the same transfer again");
    assert_true(rig_event(&r, EVT_TRANSFERRED, 0)->transferred.repeated);
    assert_null(rig_event(&r, EVT_POSTED, 0));
    rig_cash(&r, CMD_CASH_DEPOSIT, 1, 5, 1);
    check_code(&r, REJECT_TRANSFER_DIFFERS, "the id with another amount");
    rig_cash(&r, CMD_CASH_WITHDRAW, 1, 100000 * MICROS, 1);
    check_code(&r, REJECT_TRANSFER_DIFFERS, "the id the other way");
    rig_cash(&r, CMD_CASH_DEPOSIT, 1, 0, 90);
    check_code(&r, REJECT_AMOUNT, "nothing");
    rig_cash(&r, CMD_CASH_DEPOSIT, 1, -1, 91);
    check_code(&r, REJECT_AMOUNT, "less than nothing");
    rig_cash(&r, CMD_CASH_DEPOSIT, 50, 1, 92);
    check_code(&r, REJECT_UNKNOWN_ACCOUNT, "nobody");
    rig_cash(&r, CMD_CASH_WITHDRAW, 1, 100000 * MICROS + 1, 93);
    check_code(&r, REJECT_FREE_CASH, "more than there is");
    rig_account(&r, 1, 1, 1);
    check_code(&r, REJECT_ACCOUNT_EXISTS, "account twice");
    rig_account(&r, 0, 1, 1);
    check_code(&r, REJECT_BAD_VALUE, "account 0");
    rig_put_spec(&r, &s);
    check_code(&r, REJECT_SPEC_VERSION, "the same version");
    s.version = 2, s.kind = SPEC_KIND_PERP;
    rig_put_spec(&r, &s);
    check_code(&r, REJECT_SPEC_INVALID, "a perpetual with a last trade");
    s = rig_spec("GPUH-X");
    s.tick_outright = 1500;
    rig_put_spec(&r, &s);
    check_code(&r, REJECT_SPEC_INVALID, "limits off tick");
    s = rig_spec("GPUH-X");
    rig_text(s.calendar_id, "nowhere");
    rig_put_spec(&r, &s);
    check_code(&r, REJECT_UNKNOWN_CALENDAR, "no calendar");
    c = (struct command){ .type = CMD_SPEC_PUT };
    rig_text(c.spec_put.approved_by.z, "ann"), rig_text(c.spec_put.approved_by_2.z, "ann");
    rig_run(&r, &c);
    check_code(&r, REJECT_FOUR_EYES, "one person twice");
    rig_text(c.spec_put.approved_by_2.z, "bob");
    c.spec_put.record = (Blob){ (const u8 *)"junk", 4 };
    rig_run(&r, &c);
    check_code(&r, REJECT_SPEC_INVALID, "junk");
    c = (struct command){ .type = CMD_CALENDAR_PUT };
    RIG_TWO(&c.calendar_put);
    rig_run(&r, &c);
    check_code(&r, REJECT_CALENDAR_INVALID, "no bytes");
    k.version = 2, k.holidays_n = 1, k.holidays[0] = date_of(2026, 6, 10).days;
    rig_put_calendar(&r, &k);
    check_code(&r, REJECT_CALENDAR_INVALID, "a holiday inside a listed period");
    k.holidays[0] = date_of(2027, 6, 10).days;
    rig_put_calendar(&r, &k);
    check_code(&r, 0, "a holiday nobody has listed yet");
    engine_check(r.e);
    rig_free(&r);
}

/* What a benchmark's inputs are is the contract's business, and does not change under one id. */
static void labels_are_kept(void **state)
{
    struct rig r = opened(date_of(2026, 6, 1));
    struct spec s = rig_spec("GPUH-T");
    struct command c = { .type = CMD_INDEX_INSTALL };
    (void)state;
    s.underlying_label = SPEC_LABEL_TRADED;
    rig_put_spec(&r, &s);
    check_code(&r, REJECT_INDEX_LABEL, "traded wanted, synthetic installed");
    s.underlying_label = SPEC_LABEL_SYNTHETIC;
    rig_put_spec(&r, &s);
    check_code(&r, 0, "as installed");
    rig_text(c.index_install.index.z, "HDG-H100");
    c.index_install.version = 2, c.index_install.effective_from = date_of(2026, 7, 1);
    c.index_install.label = LABEL_TRADED;
    RIG_TWO(&c.index_install);
    rig_run(&r, &c);
    check_code(&r, REJECT_INDEX_LABEL, "another label under the same id");
    c.index_install.label = LABEL_SYNTHETIC;
    c.index_install.effective_from = date_of(2026, 5, 31);
    rig_run(&r, &c);
    check_code(&r, REJECT_INDEX_METHOD_DATE, "a date already printed");
    c.index_install.effective_from = date_of(2026, 6, 1);
    rig_run(&r, &c);
    check_code(&r, 0, "before the first print under it");
    s = rig_spec("GPUH-N"), s.underlying_label = SPEC_LABEL_TRADED;
    memset(s.underlying_id, 0, sizeof s.underlying_id);
    rig_text(s.underlying_id, "HDG-NEW");
    rig_put_spec(&r, &s);
    check_code(&r, 0, "its benchmark comes later");
    rig_install(&r, "HDG-NEW");
    check_code(&r, REJECT_INDEX_LABEL, "and is not what it says");
    engine_check(r.e);
    rig_free(&r);
}

/* Prints, days, orders. */
static void days_and_orders_are_refused_whole(void **state)
{
    struct rig r = opened(date_of(2026, 6, 1));
    struct command c;
    (void)state;
    rig_install(&r, "HDG-H100");
    check_code(&r, REJECT_INDEX_ORDER, "version 1 again");
    rig_print(&r, "NOPE", date_of(2026, 6, 1), PRINT_PRINTED, 1);
    check_code(&r, REJECT_UNKNOWN_INDEX, "no such benchmark");
    rig_print(&r, "HDG-H100", date_of(2026, 5, 31), PRINT_PRINTED, 2400000);
    check_code(&r, REJECT_INDEX_ORDER, "a date twice");
    rig_print(&r, "HDG-H100", date_of(2026, 6, 1), PRINT_PRINTED, -7);
    check_code(&r, REJECT_BAD_VALUE, "a negative price");
    rig_print(&r, "HDG-H100", date_of(2026, 6, 1), PRINT_PRINTED, INT64_MAX);
    check_code(&r, REJECT_BAD_VALUE, "an absurd price");
    rig_day(&r, CMD_DAY_OPEN, date_of(2026, 6, 2));
    check_code(&r, REJECT_DAY_ORDER, "a day inside a day");
    rig_day(&r, CMD_DAY_END, date_of(2026, 6, 2));
    check_code(&r, REJECT_DAY_ORDER, "another day's end");
    rig_day(&r, CMD_DAY_END, date_of(2026, 6, 1));
    check_code(&r, REJECT_FIXING_PENDING, "the print has not come");
    c = (struct command){ .type = CMD_GENESIS };
    c.genesis = r.g;
    rig_run(&r, &c);
    check_code(&r, REJECT_GENESIS, "genesis twice");
    c = (struct command){ .type = CMD_DETERMINATION };
    RIG_TWO(&c.determination);
    c.determination.instrument = 1;
    rig_run(&r, &c);
    check_code(&r, REJECT_NOT_IN_DETERMINATION, "nothing to determine");
    c = (struct command){ .type = CMD_ORDER_CANCEL };
    c.order_cancel.account = 1, c.order_cancel.order_id = 3;
    rig_run(&r, &c);
    check_code(&r, REJECT_UNKNOWN_ORDER, "no such order");
    u64 id = rig_send(&r, rig_order(1, 1, SIDE_BUY, 10, 2370000));
    c.order_cancel.account = 2, c.order_cancel.order_id = id;
    rig_run(&r, &c);
    check_code(&r, REJECT_NOT_OWNER, "another's order");
    rig_day(&r, CMD_DAY_OPEN, date_of(2026, 6, 1));
    check_code(&r, 0, "the listing run again");
    assert_null(rig_event(&r, EVT_INSTRUMENT_LISTED, 0));
    engine_check(r.e);
    rig_free(&r);
}

static void nothing_before_genesis(void **state)
{
    struct cmd_genesis g = rig_genesis();
    struct rig r = rig_new(&g, 4096);
    struct command c = { .type = CMD_GENESIS };
    (void)state;
    rig_account(&r, 1, 1, 1);
    check_code(&r, REJECT_GENESIS, "an account first");
    c.genesis = g, c.genesis.orders_max++;
    rig_run(&r, &c);
    check_code(&r, REJECT_GENESIS, "other capacities than the memory's");
    rig_free(&r);
    g.orders_max = 0;
    assert_true(engine_arena_bytes(&g) == 0);
}

/* -- the day -- */

static void end_day(struct rig *r, Date d, u8 status, i64 value)
{
    if (r->now.ns < date_start(d).ns + PRINT_AT * NS_PER_SECOND) rig_at(r, d, PRINT_AT);
    rig_print(r, "HDG-H100", d, status, value);
    check_code(r, 0, "print");
    rig_at(r, d, END_AT);
    rig_day(r, CMD_DAY_END, d);
    check_code(r, 0, "day end");
    engine_check(r->e);
}

static void next_day(struct rig *r, Date d)
{
    rig_at(r, d, 0);
    rig_day(r, CMD_DAY_OPEN, d);
    check_code(r, 0, "day open");
}

/* A month from its first day to final settlement: the mean of its business days. */
static void a_month_settles(void **state)
{
    Date first = date_of(2026, 6, 1), last = date_of(2026, 6, 30);
    struct rig r = opened(first);
    i64 sum = 0, n = 0;
    (void)state;
    rig_send(&r, rig_order(1, 1, SIDE_SELL, 10, 2410000));
    rig_send(&r, rig_order(2, 1, SIDE_BUY, 10, 2410000));
    assert_non_null(rig_event(&r, EVT_TRADE, 0));
    for (Date d = first; d.days <= last.days; d.days++) {
        i64 value = 2400000 + (d.days % 7) * 3000;
        if (d.days > first.days) next_day(&r, d);
        if (business(d)) sum += value, n++;
        end_day(&r, d, PRINT_PRINTED, value);
    }
    const struct event *f = rig_event(&r, EVT_FINAL_SETTLEMENT, 0);
    assert_non_null(f);
    i64 price = (i64)div_round(sum, n * 100, ROUND_HALF_EVEN) * 100;
    assert_int_equal(f->final_settlement.value.micros, price);
    assert_int_equal(f->final_settlement.days, n);
    assert_int_equal(f->final_settlement.open_interest, 10);
    /* cash: entry to final price on 10 lots of 730 h; trade fees 3.00 and 18.00; settlement 5.00 */
    i64 gain = (price - 2410000) * 730 * 10;
    assert_int_equal((i64)ledger_cash(&r.e->ledger, 2), 100000 * MICROS + gain - 23 * MICROS);
    assert_int_equal((i64)ledger_cash(&r.e->ledger, 1), 100000 * MICROS - gain - 8 * MICROS);
    struct command c = rig_order(2, 1, SIDE_BUY, 1, 2400000);
    next_day(&r, date_of(2026, 7, 1));
    rig_send(&r, c);
    check_code(&r, REJECT_EXPIRED_CONTRACT, "after the end");
    rig_free(&r);
}

/* Prints that are carried or missing: the contract's day rules, then exchange determination. */
static void bad_days_go_to_determination(void **state)
{
    Date first = date_of(2026, 6, 1), d = first;
    struct rig r = opened(first);
    (void)state;
    u64 rests = rig_send(&r, rig_order(3, 1, SIDE_BUY, 5, 2300000));
    rig_send(&r, rig_order(1, 1, SIDE_SELL, 10, 2410000));
    rig_send(&r, rig_order(2, 1, SIDE_BUY, 10, 2410000));
    end_day(&r, d, PRINT_PRINTED, 2400000);
    assert_true(rests > 0);
    u32 moved = 0;
    for (d.days++; !moved; d.days++) {
        next_day(&r, d);
        rig_at(&r, d, PRINT_AT);
        rig_print(&r, "HDG-H100", d, PRINT_NO_PRINT, 0);
        const struct event *v = rig_event(&r, EVT_INSTRUMENT_MOVED, 0);
        moved = v && v->instrument_moved.state == LISTING_DETERMINATION;
        if (moved) {
            assert_int_equal(d.days, date_of(2026, 6, 8).days); /* the fifth of 22: above 20 % */
            rig_send(&r, rig_order(3, 1, SIDE_BUY, 5, 2300000));
            check_code(&r, REJECT_NOT_OPEN, "suspended");
        }
        rig_at(&r, d, END_AT);
        rig_day(&r, CMD_DAY_END, d);
        check_code(&r, 0, "day end");
    }
    assert_int_equal(r.e->clear.instrument[1].long_lots, 10); /* positions stay */
    struct command c = { .type = CMD_DETERMINATION };
    RIG_TWO(&c.determination);
    c.determination.instrument = 1, c.determination.value.micros = 2450000;
    rig_text(c.determination.reason.z, "R-DET-1");
    rig_run(&r, &c);
    check_code(&r, 0, "determination");
    assert_int_equal(rig_event(&r, EVT_FINAL_SETTLEMENT, 0)->final_settlement.value.micros,
                     2450000);
    assert_int_equal(r.e->clear.instrument[1].long_lots, 0);
    i64 gain = (2450000 - 2410000) * 730 * 10;
    assert_int_equal((i64)ledger_cash(&r.e->ledger, 2), 100000 * MICROS + gain - 23 * MICROS);
    engine_check(r.e);
    rig_run(&r, &c);
    check_code(&r, REJECT_NOT_IN_DETERMINATION, "once only");
    rig_free(&r);
}

/* Timers: a phase begins at its second whatever command brings the time. */
static void sessions_open_and_close(void **state)
{
    struct cmd_genesis g = rig_genesis();
    struct rig r = rig_new(&g, 4096);
    struct command c = { .type = CMD_GENESIS }, clock = { .type = CMD_CLOCK };
    struct calendar k = rig_calendar();
    struct spec s = rig_spec("GPUH-M");
    Date d = date_of(2026, 6, 1);
    (void)state;
    s.sessions[0] = (struct spec_session){ SPEC_PHASE_PRE_OPEN, 3600, 7200 };
    s.sessions[1] = (struct spec_session){ SPEC_PHASE_CONTINUOUS, 7200, 64800 };
    s.sessions_n = 2;
    c.genesis = g;
    rig_at(&r, (Date){ d.days - 1 }, 1);
    rig_run(&r, &c), rig_put_calendar(&r, &k), rig_install(&r, "HDG-H100"), rig_put_spec(&r, &s);
    check_code(&r, 0, "spec");
    rig_print(&r, "HDG-H100", (Date){ d.days - 1 }, PRINT_PRINTED, 2400000);
    rig_account(&r, 1, 1, 1), rig_cash(&r, CMD_CASH_DEPOSIT, 1, 100000 * MICROS, 1);
    rig_at(&r, d, 0), rig_day(&r, CMD_DAY_OPEN, d);
    assert_true(engine_deadline(r.e).ns == date_start(d).ns + 3600 * NS_PER_SECOND);
    rig_at(&r, d, 3600), rig_run(&r, &clock);
    assert_int_equal(rig_event(&r, EVT_PHASE_CHANGED, 0)->phase_changed.phase, PHASE_PRE_OPEN);
    assert_int_equal(r.n, 2); /* two months */
    rig_send(&r, rig_order(1, 1, SIDE_BUY, 1, 2400000));
    check_code(&r, REJECT_NOT_OPEN, "pre-open takes none yet");
    rig_at(&r, d, 8000), rig_send(&r, rig_order(1, 1, SIDE_BUY, 1, 2400000));
    check_code(&r, 0, "the order's own time opened the session");
    assert_int_equal(r.events[0].type, EVT_PHASE_CHANGED);
    rig_at(&r, d, 64800), rig_send(&r, rig_order(1, 1, SIDE_BUY, 1, 2400000));
    check_code(&r, REJECT_NOT_OPEN, "and closed it");
    assert_true(engine_deadline(r.e).ns == INT64_MAX);
    c = (struct command){ .type = CMD_MASS_CANCEL };
    c.mass_cancel.account = 1, c.mass_cancel.scope = SCOPE_BOTH;
    rig_run(&r, &c);
    assert_int_equal(rig_event(&r, EVT_MASS_CANCELLED, 0)->mass_cancelled.count, 1);
    assert_true(r.e->risk.account[1].requirement == 0 && r.e->clear.account[1].fees == 0);
    rig_free(&r);
}

static bool working(const struct rig *r, u64 id) { return book_find(&r->e->books, id) != 0; }

/* Orders and their days: DAY ends, GTC stays until it is outside the limits, GTD to its date. */
static void orders_live_their_time(void **state)
{
    Date d = date_of(2026, 6, 1);
    struct rig r = opened(d);
    struct command gtc = rig_order(1, 2, SIDE_BUY, 1, 2395000), low = gtc, gtd = gtc;
    struct command c = { .type = CMD_ORDER_CANCEL };
    (void)state;
    gtc.order_new.tif = low.order_new.tif = TIF_GTC, low.order_new.price.micros = 2200000;
    gtd.order_new.tif = TIF_GTD, gtd.order_new.expiry = date_of(2026, 6, 2);
    rig_text(gtc.order_new.client_id.z, "mine");
    u64 day = rig_send(&r, rig_order(1, 2, SIDE_BUY, 1, 2310000));
    u64 good = rig_send(&r, gtc), far = rig_send(&r, low), dated = rig_send(&r, gtd);
    rig_at(&r, d, 71900); /* 20 lots in the window lift the settlement to 2.600 */
    rig_send(&r, rig_order(1, 2, SIDE_SELL, 20, 2600000));
    rig_send(&r, rig_order(2, 2, SIDE_BUY, 20, 2600000));
    assert_non_null(rig_event(&r, EVT_TRADE, 0));
    end_day(&r, d, PRINT_PRINTED, 2400000);
    assert_int_equal(rig_event(&r, EVT_SETTLEMENT_PRICE, 1)->settlement_price.rule,
                     DSP_VWAP_WINDOW);
    assert_true(!working(&r, day) && working(&r, good) && working(&r, far) && working(&r, dated));
    d.days++;
    next_day(&r, d);
    assert_int_equal(rig_event(&r, EVT_ORDER_ENDED, 0)->order_ended.reason, END_PRICE_LIMIT);
    assert_true(!working(&r, far) && working(&r, good) && working(&r, dated));
    rig_run(&r, &gtc);
    check_code(&r, REJECT_DUPLICATE, "the id of a working order");
    rig_run(&r, &low);
    check_code(&r, REJECT_BAD_TEXT, "an order without an id");
    end_day(&r, d, PRINT_PRINTED, 2400000);
    assert_true(working(&r, good) && !working(&r, dated));
    next_day(&r, (Date){ d.days + 1 });
    c.order_cancel.account = 1;
    rig_text(c.order_cancel.orig_client_id.z, "mine");
    rig_run(&r, &c);
    check_code(&r, 0, "cancel by the client's id, days later");
    assert_false(working(&r, good));
    engine_check(r.e);
    rig_free(&r);
}

/* A sweep through 300 orders and a mass cancel of as many, in steps of 64, 128 and 4,096 events. */
static u64 sweep(u32 cap, u32 *resumes)
{
    struct cmd_genesis g = rig_genesis();
    struct rig r = rig_new(&g, cap);
    Date first = date_of(2026, 6, 1);
    struct command c = { .type = CMD_MASS_CANCEL };
    rig_found(&r, first);
    for (u32 a = 1; a <= 40; a++) {
        rig_account(&r, a, 7, a);
        rig_cash(&r, CMD_CASH_DEPOSIT, a, 1000000 * MICROS, a);
    }
    rig_at(&r, first, 0), rig_day(&r, CMD_DAY_OPEN, first);
    for (u32 n = 0; n < 600; n++)
        rig_send(&r, rig_order(1 + n % 39, 1, SIDE_SELL, 2, 2400000 + (n % 50) * 1000));
    c.mass_cancel.member = 7, c.mass_cancel.scope = SCOPE_BOTH;
    rig_send(&r, rig_order(40, 1, SIDE_BUY, 601, 2450000));
    u32 fills = 0, sent = r.n;
    for (u32 n = 0; n < r.n; n++) fills += r.events[n].type == EVT_TRADE;
    assert_int_equal(fills, 301);
    assert_int_equal(risk_exposure(&r.e->risk, risk_exposure_of(&r.e->risk, 40, 1))->lots, 601);
    rig_run(&r, &c);
    assert_int_equal(rig_event(&r, EVT_MASS_CANCELLED, 0)->mass_cancelled.count, 300);
    assert_int_equal(books_orders(&r.e->books), 0);
    for (u32 a = 1; a <= 40; a++) assert_true(r.e->clear.account[a].fees == 0);
    engine_check(r.e);
    assert_true(sent > 3000);
    u64 hash = engine_event_hash(r.e);
    *resumes = r.resumes;
    rig_free(&r);
    return hash;
}

static void steps_of_any_size_say_the_same(void **state)
{
    u32 resumes[3];
    u64 small = sweep(64, &resumes[0]), mid = sweep(128, &resumes[1]);
    u64 whole = sweep(4096, &resumes[2]);
    (void)state;
    assert_true(resumes[0] > resumes[1] && resumes[1] > 20 && resumes[2] < resumes[1]);
    assert_true(small == whole && mid == whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_before_genesis),
        cmocka_unit_test(refusals_change_nothing),
        cmocka_unit_test(stored_things_are_refused_whole),
        cmocka_unit_test(labels_are_kept),
        cmocka_unit_test(days_and_orders_are_refused_whole),
        cmocka_unit_test(a_month_settles),
        cmocka_unit_test(bad_days_go_to_determination),
        cmocka_unit_test(sessions_open_and_close),
        cmocka_unit_test(orders_live_their_time),
        cmocka_unit_test(steps_of_any_size_say_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
