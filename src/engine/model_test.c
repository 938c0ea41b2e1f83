/* The engine against a slow, obvious second model of positions, cash, fees, variation and margin,
 * fed with the same commands and told only what matched and what settled. */
#include "engine/state.h"
#include "base/random.h"
#include "engine_rig.h"
#include "test.h"

#define ACCOUNTS 6
#define CONTRACTS 40
#define ORDERS 4096
#define UNITS 730 /* of a lot */

struct model_order { u64 id; u32 account, contract; i64 price, open; u8 side; };
struct model {
    i128 cash[ACCOUNTS], due[ACCOUNTS];
    i64 lots[ACCOUNTS][CONTRACTS], start[ACCOUNTS][CONTRACTS];
    i128 paid[ACCOUNTS][CONTRACTS]; /* micros a unit x lots, of today's trades */
    i64 mark[CONTRACTS], settle[CONTRACTS];
    u32 fixed[CONTRACTS], total[CONTRACTS];         /* as heard */
    u32 fixed_now[CONTRACTS], total_now[CONTRACTS]; /* as margined */
    bool final[CONTRACTS];
    struct model_order order[ORDERS];
    u32 orders, contracts;
    i128 fees; /* of the venue */
};

static i64 sign_of(u8 side) { return side == SIDE_BUY ? 1 : -1; }

static void pay(struct model *m, u32 a, i128 amount) /* negative: receives */
{
    if (amount > 0) {
        i128 cash = amount < m->cash[a] ? amount : m->cash[a];
        m->cash[a] -= cash, m->due[a] += amount - cash;
    } else {
        i128 due = -amount < m->due[a] ? -amount : m->due[a];
        m->due[a] -= due, m->cash[a] += -amount - due;
    }
}

static i128 unsettled(const struct model *m, u32 a)
{
    i128 sum = 0;
    for (u32 k = 1; k <= m->contracts; k++)
        sum += ((i128)(m->lots[a][k] - m->start[a][k]) * m->mark[k] - m->paid[a][k]) * UNITS;
    return sum;
}

/* Loss of long 1 in scenario j, from the text of clearing.md section 4. */
static i64 array_of(const struct model *m, u32 k, u32 j)
{
    static const double thirds[16] = {
        0, 0, 1, 1, -1, -1, 2, 2, -2, -2, 3, 3, -3, -3, 2.97, -2.97
    };
    i128 n = (i128)m->mark[k] * UNITS * 12 * (m->total_now[k] - m->fixed_now[k]);
    i128 d = (i128)100 * m->total_now[k];
    i128 range = (n + d - 1) / d;
    return (i64)div_round(-range * (i128)(thirds[j] * 100), 300, ROUND_HALF_EVEN);
}

static i128 requirement(const struct model *m, u32 a)
{
    i128 all = 0;
    for (u32 k = 1; k <= m->contracts; k++) {
        i128 most = 0;
        bool any = m->lots[a][k] != 0;
        for (u32 o = 0; o < m->orders && !any; o++)
            any = m->order[o].account == a && m->order[o].contract == k;
        for (u32 j = 0; j < 16 && any; j++) {
            i128 loss = (i128)m->lots[a][k] * array_of(m, k, j);
            for (u32 o = 0; o < m->orders; o++) {
                const struct model_order *x = &m->order[o];
                if (x->account != a || x->contract != k) continue;
                i128 one =
                    sign_of(x->side) * ((i128)array_of(m, k, j) + (x->price - m->mark[k]) * UNITS);
                if (one > 0) loss += one * x->open;
            }
            if (loss > most) most = loss;
        }
        all += most;
    }
    return all;
}

static i128 fee_hold(const struct model *m, u32 a)
{
    i128 sum = 0;
    for (u32 o = 0; o < m->orders; o++)
        if (m->order[o].account == a) sum += (i128)m->order[o].open * 1800000;
    return sum;
}

static struct model_order *order_of(struct model *m, u64 id)
{
    for (u32 o = 0; o < m->orders; o++)
        if (m->order[o].id == id) return &m->order[o];
    return NULL;
}

static void forget(struct model *m, u64 id)
{
    struct model_order *o = order_of(m, id);
    assert_non_null(o);
    *o = m->order[--m->orders];
}

static void hear_fill(struct model *m, const struct evt_order_filled *f)
{
    struct model_order *o = order_of(m, f->order_id);
    i64 s = sign_of(f->side) * f->qty, fee = f->liquidity == LIQUIDITY_MAKER ? 300000 : 1800000;
    assert_non_null(o);
    assert_true(f->side == SIDE_BUY ? f->price.micros <= o->price : f->price.micros >= o->price);
    m->lots[f->account][f->instrument] += s;
    m->paid[f->account][f->instrument] += (i128)s * f->price.micros;
    assert_int_equal(f->fee.micros, fee * f->qty);
    pay(m, f->account, (i128)fee * f->qty);
    m->fees += (i128)fee * f->qty;
    o->open -= f->qty;
    assert_int_equal(o->open, f->open);
}

/* One cycle: every contract that is not final to its settlement price, netted per account. */
static void settle(struct model *m)
{
    i128 vm[ACCOUNTS] = { 0 }, sum = 0;
    for (u32 a = 1; a < ACCOUNTS; a++)
        for (u32 k = 1; k <= m->contracts; k++) {
            if (m->final[k]) continue;
            i128 units = (i128)m->start[a][k] * (m->settle[k] - m->mark[k]) +
                         (i128)(m->lots[a][k] - m->start[a][k]) * m->settle[k] - m->paid[a][k];
            vm[a] += units * UNITS;
            m->start[a][k] = m->lots[a][k], m->paid[a][k] = 0;
        }
    for (u32 a = 1; a < ACCOUNTS; a++) sum += vm[a];
    assert_true(sum == 0);
    for (u32 a = 1; a < ACCOUNTS; a++)
        if (vm[a] < 0) pay(m, a, -vm[a]);
    for (u32 a = 1; a < ACCOUNTS; a++)
        if (vm[a] > 0) pay(m, a, -vm[a]);
    for (u32 k = 1; k <= m->contracts; k++)
        if (!m->final[k]) m->mark[k] = m->settle[k];
}

static void settle_final(struct model *m, u32 k)
{
    for (u32 pass = 0; pass < 2; pass++)
        for (u32 a = 1; a < ACCOUNTS; a++) {
            i128 vm = ((i128)m->lots[a][k] * m->settle[k] - (i128)m->start[a][k] * m->mark[k] -
                       m->paid[a][k]) *
                      UNITS;
            if (pass == 0 ? vm < 0 : vm > 0) pay(m, a, -vm);
        }
    for (u32 a = 1; a < ACCOUNTS; a++) {
        i64 lots = m->lots[a][k] < 0 ? -m->lots[a][k] : m->lots[a][k];
        pay(m, a, (i128)lots * 500000);
        m->fees += (i128)lots * 500000;
        m->lots[a][k] = m->start[a][k] = 0, m->paid[a][k] = 0;
    }
    m->mark[k] = 0;
}

static void margin_anew(struct model *m)
{
    for (u32 k = 1; k <= m->contracts; k++)
        m->fixed_now[k] = m->fixed[k], m->total_now[k] = m->total[k];
}

/* What was said, in its order. Variation moves between the prices and the final settlements. */
static void hear(struct model *m, const struct rig *r)
{
    bool cycle = false, day_end = rig_event(r, EVT_DAY_ENDED, 0) != NULL;
    for (u32 n = 0; n < r->n; n++) {
        const struct event *v = &r->events[n];
        if (day_end && !cycle && v->type != EVT_SETTLEMENT_PRICE && v->type != EVT_DAY_STATISTICS &&
            rig_event(r, EVT_SETTLEMENT_PRICE, 0) && n &&
            r->events[n - 1].type == EVT_DAY_STATISTICS) {
            settle(m), margin_anew(m), cycle = true;
        }
        switch (v->type) {
        case EVT_INSTRUMENT_LISTED: {
            u32 k = ++m->contracts;
            assert_int_equal(k, v->instrument_listed.instrument);
            assert_true(k < CONTRACTS);
            m->mark[k] = m->settle[k] = v->instrument_listed.reference.micros;
            m->total[k] = v->instrument_listed.fixings;
            break;
        }
        case EVT_FIXING:
            m->fixed[v->fixing.instrument] = v->fixing.fixed;
            m->total[v->fixing.instrument] = v->fixing.total;
            break;
        case EVT_ORDER_ACCEPTED:
            assert_true(m->orders < ORDERS);
            m->order[m->orders++] =
                (struct model_order){ v->order_accepted.order_id,   v->order_accepted.account,
                                      v->order_accepted.instrument, v->order_accepted.price.micros,
                                      v->order_accepted.qty,        v->order_accepted.side };
            break;
        case EVT_ORDER_REPLACED: {
            struct model_order *o = order_of(m, v->order_replaced.order_id);
            assert_non_null(o);
            if (v->order_replaced.open)
                o->price = v->order_replaced.price.micros, o->open = v->order_replaced.open;
            break;
        }
        case EVT_ORDER_FILLED: hear_fill(m, &v->order_filled); break;
        case EVT_ORDER_ENDED: forget(m, v->order_ended.order_id); break;
        case EVT_TRANSFERRED:
            if (v->transferred.repeated) break;
            pay(m, v->transferred.account,
                v->transferred.kind == POSTING_DEPOSIT ? -(i128)v->transferred.amount.micros
                                                       : v->transferred.amount.micros);
            break;
        case EVT_SETTLEMENT_PRICE:
            m->settle[v->settlement_price.instrument] = v->settlement_price.price.micros;
            m->final[v->settlement_price.instrument] = v->settlement_price.rule == DSP_FINAL;
            break;
        case EVT_FINAL_SETTLEMENT: settle_final(m, v->final_settlement.instrument); break;
        case EVT_DAY_OPENED: break;
        default: break;
        }
    }
    if (rig_event(r, EVT_DAY_OPENED, 0)) margin_anew(m);
}

static void compare(const struct model *m, const struct rig *r)
{
    const struct engine *e = r->e;
    i128 sum = 0;
    for (u32 a = 1; a < ACCOUNTS; a++) {
        assert_true(ledger_cash(&e->ledger, a) == m->cash[a]);
        assert_true(ledger_due(&e->ledger, a) == m->due[a]);
        assert_true(e->clear.account[a].unsettled == unsettled(m, a));
        assert_true(e->clear.account[a].fees == fee_hold(m, a));
        if (e->risk.account[a].requirement != requirement(m, a)) {
            print_error("seq %llu account %u: requirement %lld, model %lld\n",
                        (unsigned long long)r->seq, a, (long long)e->risk.account[a].requirement,
                        (long long)requirement(m, a));
            fail();
        }
        for (u32 k = 1; k <= m->contracts; k++) {
            u32 x = risk_exposure_of(&e->risk, a, k);
            assert_int_equal(x ? risk_exposure(&e->risk, x)->lots : 0, m->lots[a][k]);
        }
        sum += m->cash[a] - m->due[a];
    }
    assert_true(-ledger_venue(&e->ledger, CHART_FEES) == m->fees);
    assert_true(ledger_venue(&e->ledger, CHART_BANK) == sum + m->fees); /* I5 */
}

/* Would the model let this order through its margin test? */
static bool may(struct model *m, const struct cmd_order_new *c)
{
    u32 a = c->account;
    i128 before = requirement(m, a);
    m->order[m->orders++] =
        (struct model_order){ 1, a, c->instrument, c->price.micros, c->qty, c->side };
    i128 after = requirement(m, a), fees = fee_hold(m, a), have = m->cash[a] - m->due[a];
    m->orders--;
    if (after - unsettled(m, a) + fees <= have) return true;
    i64 open = 0, lots = m->lots[a][c->instrument];
    for (u32 o = 0; o < m->orders; o++)
        if (m->order[o].account == a && m->order[o].contract == c->instrument &&
            m->order[o].side == c->side)
            open += m->order[o].open;
    i64 left = (c->side == SIDE_BUY ? -lots : lots) - open;
    return after <= before && (fees <= have || c->qty <= left);
}

static struct command random_command(struct rng *g, const struct model *m, u64 seq)
{
    struct command c;
    u32 what = (u32)rng_below(g, 100), a = 1 + (u32)rng_below(g, ACCOUNTS - 1);
    u32 live[CONTRACTS], n = 0;
    for (u32 k = 1; k <= m->contracts; k++)
        if (!m->final[k]) live[n++] = k;
    u32 k = n ? live[rng_below(g, n)] : 1;
    if (what < 60) {
        i64 around = m->mark[k] / 1000 + rng_between(g, -14, 14);
        if (rng_chance(g, 20000)) around += rng_between(g, -300, 300);
        u8 side = (u8)rng_between(g, SIDE_BUY, SIDE_SELL); /* one draw a statement: C leaves */
        i64 lots = rng_between(g, 1, 40);                  /* the order of arguments open */
        c = rig_order(a, k, side, lots, around * 1000);
        u64 kind = rng_below(g, 20);
        c.order_new.tif = kind == 0 ? TIF_IOC : kind == 1 ? TIF_FOK : kind < 5 ? TIF_GTC : TIF_DAY;
        c.order_new.post_only = kind == 6;
        if (kind == 7) c.order_new.type = ORDER_TYPE_MARKET, c.order_new.price.micros = 0;
        if (kind == 8) c.order_new.price.micros += 17;
        if (kind == 9) c.order_new.reduce_only = 1, c.order_new.tif = TIF_IOC;
        c.order_new.stp_mode = (u8)rng_between(g, STP_CANCEL_RESTING, STP_DECREMENT);
        if (rng_chance(g, 50000)) c.order_new.stp_key = 1 + rng_below(g, 5);
        return c;
    }
    c = (struct command){ .type = CMD_ORDER_CANCEL };
    const struct model_order *o = m->orders ? &m->order[rng_below(g, m->orders)] : NULL;
    if (what < 78) {
        c.order_cancel.account = o && !rng_chance(g, 30000) ? o->account : a;
        c.order_cancel.order_id = o ? o->id : seq;
    } else if (what < 94) {
        c.type = CMD_ORDER_REPLACE;
        c.order_replace.account = o ? o->account : a, c.order_replace.order_id = o ? o->id : 5;
        c.order_replace.qty = rng_between(g, 1, 50);
        c.order_replace.price.micros =
            (o ? o->price : 2400000) + (rng_chance(g, 500000) ? 0 : rng_between(g, -8, 8) * 1000);
    } else if (what < 95) {
        c.type = CMD_MASS_CANCEL;
        c.mass_cancel.account = rng_chance(g, 500000) ? a : 0, c.mass_cancel.scope = SCOPE_BOTH;
        if (!c.mass_cancel.account) c.mass_cancel.member = 1 + (u32)rng_below(g, 3);
        if (rng_chance(g, 500000)) c.mass_cancel.instrument = k;
    } else {
        c.type = what < 98 ? CMD_CASH_DEPOSIT : CMD_CASH_WITHDRAW;
        c.cash_deposit.account = a, c.cash_deposit.transfer = (Id128){ 9, rng_below(g, 400) };
        c.cash_deposit.amount.micros = rng_between(g, 1, 20000) * MICROS;
    }
    return c;
}

/* Was an order that the margin test alone decides decided as the model would? */
static void check_margin_verdict(struct model *m, const struct command *c, const struct rig *r)
{
    u32 code = rig_reject(r);
    if (c->type != CMD_ORDER_NEW || c->order_new.type != ORDER_TYPE_LIMIT) return;
    if (c->order_new.reduce_only) return;
    if (code == REJECT_MARGIN) assert_false(may(m, &c->order_new));
    if (code == 0 || code == REJECT_POST_ONLY) assert_true(may(m, &c->order_new));
}

struct run { Hash state; u64 events; u32 resumes, trades, margins, finals; };

static void step(struct rig *r, struct model *m, struct command c, struct run *run)
{
    if (c.type == CMD_ORDER_NEW && !c.order_new.client_id.z[0])
        rig_client_id(&c.order_new.client_id, r->seq + 1);
    rig_run(r, &c);
    check_margin_verdict(m, &c, r);
    for (u32 n = 0; n < r->n; n++) run->trades += r->events[n].type == EVT_TRADE;
    run->margins += rig_reject(r) == REJECT_MARGIN;
    run->finals += rig_event(r, EVT_FINAL_SETTLEMENT, 0) != NULL;
    hear(m, r);
    compare(m, r);
}

/* Days of random commands; prints wander; a few days have none. */
static struct run play(u64 seed, u32 cap, u32 days, u32 commands, bool restart)
{
    static struct model m;
    struct cmd_genesis g = rig_genesis();
    struct rig r = rig_new(&g, cap);
    struct rng rng = rng_of(seed);
    struct run run = { 0 };
    Date first = date_of(2026, 6, 1);
    i64 value = 2400000;
    memset(&m, 0, sizeof m);
    rig_found(&r, first);
    for (u32 a = 1; a < ACCOUNTS; a++) rig_account(&r, a, 1 + a % 3, a < 3 ? 1 : a);
    for (u32 a = 1; a < ACCOUNTS; a++) {
        struct command c = { .type = CMD_CASH_DEPOSIT };
        c.cash_deposit.account = a, c.cash_deposit.transfer = (Id128){ 8, a };
        c.cash_deposit.amount.micros = 30000 * MICROS;
        step(&r, &m, c, &run);
    }
    for (Date d = first; d.days < first.days + (i32)days; d.days++) {
        struct command c = { .type = CMD_DAY_OPEN };
        c.day_open.date = d;
        rig_at(&r, d, 0);
        step(&r, &m, c, &run);
        for (u32 n = 0; n < commands; n++) {
            rig_at(&r, d, (i64)n * 72000 / commands);
            step(&r, &m, random_command(&rng, &m, r.seq), &run);
        }
        value += rng_between(&rng, -60, 60) * 1000;
        if (rng_chance(&rng, 100000)) value += rng_between(&rng, -300, 300) * 1000;
        value = i64_max(500000, value);
        rig_at(&r, d, 72010);
        rig_print(&r, "HDG-H100", d, rng_chance(&rng, 50000) ? PRINT_NO_PRINT : PRINT_PRINTED,
                  value);
        hear(&m, &r);
        rig_at(&r, d, 73200);
        c.type = CMD_DAY_END, c.day_end.date = d;
        step(&r, &m, c, &run);
        engine_check(r.e);
        if (restart) { /* a snapshot is the arena's bytes */
            u8 *copy = aligned_alloc(64, r.size);
            assert_non_null(copy);
            memcpy(copy, r.arena, r.size);
            free(r.arena);
            r.arena = copy;
            r.e = engine_attach(r.view, r.arena, r.size, &g);
            assert_non_null(r.e);
        }
    }
    run.state = engine_state_hash(r.e), run.events = engine_event_hash(r.e);
    run.resumes = r.resumes;
    rig_free(&r);
    return run;
}

static void random_days_agree(void **state)
{
    struct run total = { 0 };
    (void)state;
    for (u64 seed = 1; seed <= 4; seed++) {
        struct run run = play(seed, 4096, 64, 400, false);
        total.trades += run.trades, total.margins += run.margins, total.finals += run.finals;
    }
    print_message("4 seeds of 64 days: %u trades, %u margin rejects, %u final settlements\n",
                  total.trades, total.margins, total.finals);
    assert_true(total.trades > 10000 && total.margins > 200 && total.finals >= 8);
}

/* Events and state depend neither on the outbox nor on a restart. */
static void steps_and_snapshots_change_nothing(void **state)
{
    char buf[80];
    struct text t = text_on(buf, sizeof buf);
    struct run whole = play(11, 4096, 40, 150, false), small = play(11, 64, 40, 150, false);
    struct run mid = play(11, 128, 40, 150, true);
    (void)state;
    print_message("resumed %u times with 64 events, %u with 128\n", small.resumes, mid.resumes);
    assert_true(small.resumes > 100);
    assert_true(whole.events == small.events && whole.events == mid.events);
    assert_true(hash_eq(whole.state, small.state) && hash_eq(whole.state, mid.state));
    text_put_hex(&t, whole.state.bytes, 32);
    print_message("state_hash of the recorded run: %s\n", buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_days_agree),
        cmocka_unit_test(steps_and_snapshots_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
