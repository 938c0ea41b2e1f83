/* The requirement with worst fills equals the enumeration of every subset of fills. */
#include "base/random.h"
#include "risk/risk.h"
#include "test.h"
#include <stdlib.h>

struct bed { struct risk r; u8 *bytes; };

static struct bed bed_new(u32 instruments)
{
    struct risk_caps caps = { 8, instruments + 1, 64 };
    struct arena m = arena_measure();
    struct bed b;
    b.r = risk_init(&m, caps);
    b.bytes = aligned_alloc(64, arena_bytes(&m));
    assert_non_null(b.bytes);
    memset(b.bytes, 0, arena_bytes(&m));
    struct arena a = arena_new(b.bytes, arena_bytes(&m));
    b.r = risk_init(&a, caps);
    struct cmd_account_open c = { .account = 5, .member = 1, .group = 9 };
    u32 handle = risk_account_open(&b.r, &c);
    assert_int_equal(handle, 1);
    for (u32 k = 1; k <= instruments; k++) {
        struct risk_instrument *i = risk_instrument_open(&b.r, k);
        i->lot_units_milli = 730000, i->value_max = INT64_C(730000000000);
        i->commodity = 1 + k / 3; /* some net in one array */
        risk_percentage(i, 2000000 + k * 100000, 120000, 0, 21);
    }
    return b;
}

struct resting { u32 instrument; i64 price, lots; u8 side; };

/* max over scenarios of the loss, for positions and each subset of orders filled whole; a subset
 * filled in part lies between two of them, for a fill is linear. */
static i64 enumerate(const struct bed *b, const i64 *lots, u32 instruments, const struct resting *o,
                     u32 orders, u32 commodity)
{
    i64 worst = 0;
    for (u32 set = 0; set < 1u << orders; set++)
        for (u32 j = 0; j < RISK_SCENARIOS; j++) {
            i64 loss = 0;
            for (u32 k = 1; k <= instruments; k++)
                if (b->r.instrument[k].commodity == commodity)
                    loss += lots[k] * b->r.instrument[k].ra[j];
            for (u32 n = 0; n < orders; n++) {
                const struct risk_instrument *i = &b->r.instrument[o[n].instrument];
                if (!(set >> n & 1) || i->commodity != commodity) continue;
                i64 s = side_sign(o[n].side);
                loss += s * o[n].lots * (i->ra[j] + (o[n].price - i->mark) * 730);
            }
            worst = i64_max(worst, loss);
        }
    return worst;
}

static void worst_fills_equal_enumeration(void **state)
{
    struct rng g = rng_of(5);
    (void)state;
    for (u32 run = 0; run < 400; run++) {
        enum { INSTRUMENTS = 4 };
        struct bed b = bed_new(INSTRUMENTS);
        struct resting o[10];
        i64 lots[INSTRUMENTS + 1] = { 0 };
        u32 orders = (u32)rng_below(&g, 11);
        for (u32 k = 1; k <= INSTRUMENTS; k++) {
            if (rng_chance(&g, 300000)) continue;
            lots[k] = rng_between(&g, -30, 30);
            if (!lots[k]) continue;
            u32 x = risk_exposure_open(&b.r, 1, k);
            u8 side = lots[k] > 0 ? SIDE_BUY : SIDE_SELL;
            i64 n = lots[k] < 0 ? -lots[k] : lots[k], px = b.r.instrument[k].mark;
            risk_order_enters(&b.r, x, side, px, n);
            risk_order_fills(&b.r, x, side, px, n);
        }
        for (u32 n = 0; n < orders; n++) {
            u32 k = 1 + (u32)rng_below(&g, INSTRUMENTS);
            o[n] = (struct resting){ k, b.r.instrument[k].mark + rng_between(&g, -300, 300) * 1000,
                                     rng_between(&g, 1, 40),
                                     (u8)rng_between(&g, SIDE_BUY, SIDE_SELL) };
            risk_order_enters(&b.r, risk_exposure_open(&b.r, 1, k), o[n].side, o[n].price,
                              o[n].lots);
        }
        i64 want = enumerate(&b, lots, INSTRUMENTS, o, orders, 1) +
                   enumerate(&b, lots, INSTRUMENTS, o, orders, 2);
        assert_int_equal(b.r.account[1].requirement, want);
        risk_check_all(&b.r);
        /* a fill at its limit moves loss into variation, and never raises what is needed */
        for (u32 n = 0; n < orders; n++) {
            const struct risk_instrument *i = &b.r.instrument[o[n].instrument];
            u32 x = risk_exposure_open(&b.r, 1, o[n].instrument);
            i64 part = rng_between(&g, 1, o[n].lots), before = b.r.account[1].requirement;
            i64 gain = side_sign(o[n].side) * (i->mark - o[n].price) * 730 * part;
            risk_order_fills(&b.r, x, o[n].side, o[n].price, part);
            assert_true(b.r.account[1].requirement - gain <= before);
            if (part < o[n].lots)
                risk_order_leaves(&b.r, x, o[n].side, o[n].price, o[n].lots - part);
        }
        risk_check_all(&b.r);
        free(b.bytes);
    }
}

/* New arrays give what the incremental sums would, and a drained account needs nothing. */
static void remargin_equals_increments(void **state)
{
    struct bed b = bed_new(3);
    u32 x = risk_exposure_open(&b.r, 1, 2);
    (void)state;
    risk_order_enters(&b.r, x, SIDE_BUY, 2150000, 20);
    risk_order_enters(&b.r, x, SIDE_SELL, 2300000, 7);
    risk_order_fills(&b.r, x, SIDE_BUY, 2150000, 5);
    i64 before = b.r.account[1].requirement;
    risk_remargin_begin(&b.r);
    risk_order_counts(&b.r, x, SIDE_BUY, 2150000, 15);
    risk_order_counts(&b.r, x, SIDE_SELL, 2300000, 7);
    risk_remargin_end(&b.r);
    assert_true(before > 0);
    assert_int_equal(b.r.account[1].requirement, before);
    risk_order_leaves(&b.r, x, SIDE_BUY, 2150000, 15);
    risk_order_leaves(&b.r, x, SIDE_SELL, 2300000, 7);
    risk_position_close(&b.r, x);
    assert_int_equal(b.r.account[1].requirement, 0);
    assert_int_equal(b.r.account[1].gross, 0);
    u32 gone[4];
    assert_int_equal(risk_sweep(&b.r, 1, gone, 4), 1);
    assert_int_equal(gone[0], x);
    assert_int_equal(risk_exposure_of(&b.r, 1, 2), 0);
    risk_check_all(&b.r);
    free(b.bytes);
}

/* (N - n) / N exactly, up to a micro a lot; nothing at the end; symmetric for the two sides. */
static void averaging_takes_the_risk_away(void **state)
{
    struct risk_instrument i = { .lot_units_milli = 730000, .value_max = INT64_C(730000000000) };
    (void)state;
    for (u32 n = 0; n <= 21; n++) {
        risk_percentage(&i, 2000000, 120000, n, 21);
        i128 exact = (i128)175200000 * (21 - n);
        assert_true((i128)i.ra[12] * 21 >= exact && (i128)(i.ra[12] - 1) * 21 < exact);
        for (u32 j = 2; j < 12; j += 4) assert_int_equal(i.ra[j], -i.ra[j + 2]);
        i64 w[RISK_SCENARIOS] = { 0 }, v[RISK_SCENARIOS] = { 0 };
        risk_add_position(w, &i, 9), risk_add_position(v, &i, -9);
        assert_int_equal(risk_scan(w), risk_scan(v));
        assert_int_equal(risk_scan(w), 9 * i.ra[12]);
    }
    assert_int_equal(risk_scan(i.ra), 0);
}

/* -- the judge: what each account may do -- */

static const struct {
    const char *name;
    u8 status, side;
    i64 position, open, lots, cash;
    u32 code;
} judged[] = {
    /* 12 % of 2.100 x 730 h: 183.96 a lot */
    { "just enough", ACCOUNT_STATUS_OPEN, SIDE_BUY, 0, 0, 10, 1839600000, 0 },
    { "a micro short", ACCOUNT_STATUS_OPEN, SIDE_BUY, 0, 0, 10, 1839599999, REJECT_MARGIN },
    { "frozen", ACCOUNT_STATUS_FROZEN, SIDE_BUY, 0, 0, 1, 1000000000, REJECT_ACCOUNT_FROZEN },
    { "closing may reduce", ACCOUNT_STATUS_CLOSE_ONLY, SIDE_SELL, 5, 0, 5, 1000000000, 0 },
    { "closing may not turn", ACCOUNT_STATUS_CLOSE_ONLY, SIDE_SELL, 5, 0, 6, 9000000000,
      REJECT_CLOSE_ONLY },
    { "closing counts what is open", ACCOUNT_STATUS_CLOSE_ONLY, SIDE_SELL, 5, 3, 3, 9000000000,
      REJECT_CLOSE_ONLY },
    { "without a cent, reducing", ACCOUNT_STATUS_OPEN, SIDE_SELL, 5, 0, 5, 0, 0 },
    { "without a cent, turning", ACCOUNT_STATUS_OPEN, SIDE_SELL, 5, 0, 20, 0, REJECT_MARGIN },
    { "at the limit", ACCOUNT_STATUS_OPEN, SIDE_BUY, 60, 30, 10, 90000000000, 0 },
    { "past the limit with open orders", ACCOUNT_STATUS_OPEN, SIDE_BUY, 60, 30, 11, 90000000000,
      REJECT_POSITION_LIMIT },
    { "a limit does not stop selling", ACCOUNT_STATUS_OPEN, SIDE_SELL, 150, 0, 10, 90000000000, 0 },
    { "value of one order", ACCOUNT_STATUS_OPEN, SIDE_BUY, 0, 0, 900000, INT64_MAX,
      REJECT_ORDER_VALUE },
};

static void judged_by_the_rules(void **state)
{
    (void)state;
    for (u32 k = 0; k < ARRAY_LEN(judged); k++) {
        struct bed b = bed_new(1);
        struct risk_order o = { .account = 1, .instrument = 1, .price = 2100000 };
        struct risk_funds f = { .cash = judged[k].cash };
        b.r.account[1].status = judged[k].status;
        if (judged[k].position) {
            u32 x = risk_exposure_open(&b.r, 1, 1);
            risk_order_enters(&b.r, x, SIDE_BUY, 2100000, judged[k].position);
            risk_order_fills(&b.r, x, SIDE_BUY, 2100000, judged[k].position);
            if (judged[k].open) risk_order_enters(&b.r, x, judged[k].side, 2100000, judged[k].open);
        }
        b.r.instrument[1].limit = 100, b.r.instrument[1].limited = 1;
        o.side = judged[k].side, o.lots = judged[k].lots;
        struct risk_verdict v = risk_judge(&b.r, &o, &f);
        if (v.code != judged[k].code)
            fail_msg("%s: %s", judged[k].name, v.code ? reject_name(v.code) : "accepted");
        free(b.bytes);
    }
}

/* -- owner groups: sums kept along against sums taken anew -- */

enum { OWNERS_ACCOUNTS = 6, OWNERS_CONTRACTS = 2 };
static const u32 owner_group[OWNERS_ACCOUNTS + 1] = { 0, 9, 4, 4, 7, 7, 0 };
struct account_twin { i64 lots, open[3]; }; /* open: by side */
typedef struct account_twin Twin[OWNERS_ACCOUNTS + 1][OWNERS_CONTRACTS + 1];

static i64 twin_worst(Twin t, u32 account, u32 k, u8 side, bool group)
{
    i64 sum = 0;
    for (u32 a = 1; a <= OWNERS_ACCOUNTS; a++) {
        bool same = a == account ||
                    (group && owner_group[account] && owner_group[a] == owner_group[account]);
        if (same) sum += side_sign(side) * t[a][k].lots + t[a][k].open[side];
    }
    return sum;
}

static i64 diminished(const struct risk_instrument *i, i64 lots) /* rounded up, N - n of N left */
{
    i64 left = i->total - i->fixed;
    return (lots * left + i->total - 1) / i->total;
}

static u32 twin_judges(Twin t, const struct risk_instrument *i, const struct risk_order *o,
                       i64 *used)
{
    static const u32 codes[] = { REJECT_POSITION_LIMIT, REJECT_GROUP_LIMIT };
    for (u32 group = 0; group < 2; group++) {
        i64 now = twin_worst(t, o->account, o->instrument, o->side, group) - o->old_lots;
        *used = now > 0 ? diminished(i, now) : 0;
        if (o->lots <= o->old_lots || now + o->lots <= 0) continue;
        if (diminished(i, now + o->lots) > i->limit) return codes[group];
    }
    return 0;
}

static void owners_step(struct bed *b, Twin t, struct rng *g, u32 *seen)
{
    u32 a = 1 + (u32)rng_below(g, OWNERS_ACCOUNTS), k = 1 + (u32)rng_below(g, OWNERS_CONTRACTS);
    u8 side = (u8)rng_between(g, SIDE_BUY, SIDE_SELL);
    i64 *open = &t[a][k].open[side], lots = rng_between(g, 1, 12), used;
    const struct risk_instrument *i = &b->r.instrument[k];
    struct risk_order o = { .account = a, .instrument = k, .side = side, .price = i->mark };
    struct risk_funds f = { .cash = (i128)1 << 90 };
    o.lots = lots, o.old_price = i->mark;
    if (*open && rng_chance(g, 300000)) o.old_lots = rng_between(g, 1, *open);
    struct risk_verdict v = risk_judge(&b->r, &o, &f);
    u32 want = twin_judges(t, i, &o, &used);
    assert_int_equal(v.code, want);
    seen[want == REJECT_GROUP_LIMIT ? 2 : want ? 1 : 0]++;
    if (want) assert_true(v.limit == i->limit && v.used == used && v.asked == lots);
    if (want) return;
    u32 x = risk_exposure_open(&b->r, a, k);
    if (o.old_lots) risk_order_leaves(&b->r, x, side, i->mark, o.old_lots), *open -= o.old_lots;
    risk_order_enters(&b->r, x, side, i->mark, lots), *open += lots;
    if (rng_chance(g, 600000)) {
        i64 n = rng_between(g, 1, *open);
        risk_order_fills(&b->r, x, side, i->mark, n);
        *open -= n, t[a][k].lots += side_sign(side) * n;
    } else if (rng_chance(g, 500000)) {
        risk_order_leaves(&b->r, x, side, i->mark, *open), *open = 0;
    }
}

static void owner_groups_equal_their_sums(void **state)
{
    struct rng g = rng_of(62);
    u32 seen[3] = { 0 }, gone[OWNERS_CONTRACTS];
    (void)state;
    for (u32 run = 0; run < 60; run++) {
        struct bed b = bed_new(OWNERS_CONTRACTS);
        Twin t = { 0 };
        b.r.account[1].group = owner_group[1];
        for (u32 a = 2; a <= OWNERS_ACCOUNTS; a++) {
            struct cmd_account_open c = { .account = 10 + a, .member = 1, .group = owner_group[a] };
            assert_int_equal(risk_account_open(&b.r, &c), a);
        }
        for (u32 k = 1; k <= OWNERS_CONTRACTS; k++) {
            struct risk_instrument *i = &b.r.instrument[k];
            i->limit = rng_between(&g, 0, 60), i->limited = 1, i->diminishing = 1;
            risk_percentage(i, i->mark, 120000, (u32)rng_below(&g, 21), 21);
        }
        for (u32 n = 0; n < 120; n++) owners_step(&b, t, &g, seen);
        risk_check_all(&b.r);
        for (u32 a = 1; a <= OWNERS_ACCOUNTS; a++) { /* all gone: no sum is left behind */
            for (u32 k = 1; k <= OWNERS_CONTRACTS; k++) {
                u32 x = risk_exposure_of(&b.r, a, k);
                for (u8 s = SIDE_BUY; x && s <= SIDE_SELL; s++)
                    if (t[a][k].open[s])
                        risk_order_leaves(&b.r, x, s, b.r.instrument[k].mark, t[a][k].open[s]);
                if (x) risk_position_close(&b.r, x);
            }
            (void)!risk_sweep(&b.r, a, gone, OWNERS_CONTRACTS);
            risk_check_all(&b.r);
        }
        assert_int_equal(pool_live(&b.r.owned), 0);
        free(b.bytes);
    }
    print_message("%u passed, %u past the account's, %u past the group's\n", seen[0], seen[1],
                  seen[2]);
    assert_true(seen[0] > 1000 && seen[1] > 100 && seen[2] > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worst_fills_equal_enumeration),
        cmocka_unit_test(remargin_equals_increments),
        cmocka_unit_test(averaging_takes_the_risk_away),
        cmocka_unit_test(judged_by_the_rules),
        cmocka_unit_test(owner_groups_equal_their_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
