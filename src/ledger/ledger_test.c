/* Random money against a slow twin: plain balances in plain arrays. */
#include "base/random.h"
#include "ledger/ledger.h"
#include "test.h"
#include <stdlib.h>

enum { ACCOUNTS = 5 };
struct bed { struct ledger l; u8 *bytes; struct event events[64]; struct outbox out; };

static void bed_open(struct bed *b, u32 transfers)
{
    struct arena m = arena_measure();
    b->l = ledger_init(&m, ACCOUNTS, transfers);
    b->bytes = aligned_alloc(64, arena_bytes(&m));
    assert_non_null(b->bytes);
    memset(b->bytes, 0, arena_bytes(&m));
    struct arena a = arena_new(b->bytes, arena_bytes(&m));
    b->l = ledger_init(&a, ACCOUNTS, transfers);
    b->out = (struct outbox){ .events = b->events, .cap = ARRAY_LEN(b->events) };
    for (u32 k = 1; k <= ACCOUNTS; k++) ledger_open(&b->l, k);
}

struct twin { i128 cash[ACCOUNTS + 1], due[ACCOUNTS + 1], venue[CHART_COUNT]; };

/* Applies what the POSTED events say, as a reader of the journal would. */
static void twin_hear(struct twin *t, const struct outbox *out, u64 *posting)
{
    for (u32 n = 0; n < out->n; n++) {
        const struct evt_posted *p = &out->events[n].posted;
        i64 v = p->amount.micros;
        assert_int_equal(out->events[n].type, EVT_POSTED);
        assert_true(v > 0 && p->posting_id == ++*posting);
        if (p->debit == CHART_CASH) t->cash[p->debit_account] -= v;
        else if (p->debit == CHART_DUE) t->due[p->debit_account] += v;
        else t->venue[p->debit] += v;
        if (p->credit == CHART_CASH) t->cash[p->credit_account] += v;
        else if (p->credit == CHART_DUE) t->due[p->credit_account] -= v;
        else t->venue[p->credit] -= v;
    }
}

static void random_postings_agree(void **state)
{
    struct bed b;
    struct twin t = { 0 };
    struct rng g = rng_of(17);
    u64 posting = 0;
    i128 margin[ACCOUNTS + 1] = { 0 }, fees[ACCOUNTS + 1] = { 0 };
    (void)state;
    bed_open(&b, 16);
    for (u32 n = 0; n < 200000; n++) {
        u32 a = 1 + (u32)rng_below(&g, ACCOUNTS);
        struct posting p = { .account = a, .ref = n, .kind = POSTING_VARIATION };
        i128 amount = rng_chance(&g, 1000) ? (i128)INT64_MAX * 3 + 5 : rng_between(&g, 0, 1000000);
        p.against = rng_chance(&g, 500000) ? CHART_VM : CHART_FEES;
        b.out.n = 0;
        switch (rng_below(&g, 3)) {
        case 0: ledger_pay(&b.l, &p, a, amount, &b.out); break;
        case 1: ledger_receive(&b.l, &p, a, amount, &b.out); break;
        default:
            margin[a] = rng_between(&g, 0, 5000000), fees[a] = rng_between(&g, 0, 1000);
            ledger_hold(&b.l, a, margin[a], fees[a]);
        }
        assert_true(b.out.n <= ledger_events(amount));
        twin_hear(&t, &b.out, &posting);
        assert_true(ledger_cash(&b.l, a) == t.cash[a] && ledger_due(&b.l, a) == t.due[a]);
        i128 want = margin[a] + fees[a], pending = want < t.cash[a] ? want : t.cash[a];
        assert_true(ledger_free(&b.l, a) == t.cash[a] - pending);
        assert_true(t.cash[a] >= 0 && t.due[a] >= 0);
        assert_int_equal(ledger_sum(&b.l).micros, 0);
        if (n % 1000 == 0) ledger_check(&b.l);
    }
    for (u8 c = CHART_DUE + 1; c < CHART_COUNT; c++)
        assert_true(ledger_venue(&b.l, c) == t.venue[c]);
    ledger_check(&b.l);
    free(b.bytes);
}

static void transfers_happen_once(void **state)
{
    struct bed b;
    u64 id = 0;
    Id128 x = { 1, 2 }, y = { 1, 3 };
    (void)state;
    bed_open(&b, 2);
    assert_int_equal(ledger_seen(&b.l, x, 1, POSTING_DEPOSIT, (Money){ 5 }, &id), TRANSFER_NEW);
    u64 first = ledger_transfer(&b.l, x, 1, 1, POSTING_DEPOSIT, (Money){ 5 }, &b.out);
    assert_int_equal(ledger_seen(&b.l, x, 1, POSTING_DEPOSIT, (Money){ 5 }, &id), TRANSFER_SAME);
    assert_int_equal(id, first);
    assert_int_equal(ledger_seen(&b.l, x, 1, POSTING_DEPOSIT, (Money){ 6 }, &id), TRANSFER_OTHER);
    assert_int_equal(ledger_seen(&b.l, x, 2, POSTING_DEPOSIT, (Money){ 5 }, &id), TRANSFER_OTHER);
    assert_int_equal(ledger_seen(&b.l, x, 1, POSTING_WITHDRAWAL, (Money){ 5 }, &id),
                     TRANSFER_OTHER);
    (void)ledger_transfer(&b.l, y, 1, 1, POSTING_WITHDRAWAL, (Money){ 3 }, &b.out);
    assert_true(ledger_cash(&b.l, 1) == 2 && ledger_venue(&b.l, CHART_BANK) == 2);
    assert_int_equal(ledger_seen(&b.l, (Id128){ 0, 0 }, 1, POSTING_DEPOSIT, (Money){ 5 }, &id),
                     TRANSFER_FULL);
    assert_int_equal(ledger_seen(&b.l, y, 1, POSTING_WITHDRAWAL, (Money){ 3 }, &id), TRANSFER_SAME);
    ledger_check(&b.l);
    free(b.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_postings_agree),
        cmocka_unit_test(transfers_happen_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
