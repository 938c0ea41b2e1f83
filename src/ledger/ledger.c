#include "ledger/ledger.h"
#include "base/hash.h"

#define CHUNK ((i128)INT64_MAX) /* an event's amount has 64 bits */

struct ledger ledger_init(struct arena *a, u32 accounts_max, u32 transfers_max)
{
    struct ledger l = { .accounts_max = accounts_max, .transfers_max = transfers_max };
    u32 slots = 16;
    ASSERT(accounts_max > 0);
    ASSERT(transfers_max > 0 && transfers_max <= UINT32_C(1) << 30);
    while ((u64)slots * 3 / 4 < transfers_max) slots *= 2;
    l.transfer_mask = slots - 1;
    l.account = arena_region(a, "ledger.accounts", sizeof *l.account, accounts_max + 1);
    l.accounts_used = arena_last(a);
    l.venue = arena_region(a, "ledger.venue", sizeof *l.venue, CHART_COUNT);
    if (arena_is_new(a)) arena_last(a)->used = CHART_COUNT;
    l.transfer = arena_region(a, "ledger.transfers", sizeof *l.transfer, slots);
    if (arena_is_new(a)) arena_last(a)->used = slots;
    l.head = arena_region(a, "ledger.head", sizeof *l.head, 1);
    if (arena_is_new(a)) arena_last(a)->used = 1, l.accounts_used->used = 1;
    return l;
}

void ledger_open(struct ledger *l, u32 account)
{
    ASSERT(account == l->head->accounts + 1);
    ASSERT(account <= l->accounts_max);
    l->head->accounts = account;
    l->accounts_used->used = account + 1;
}

static i128 cash_of(const struct ledger_account *a)
{
    return a->cash.credits_posted - a->cash.debits_posted;
}

i128 ledger_cash(const struct ledger *l, u32 account)
{
    ASSERT(account - 1 < l->head->accounts);
    return cash_of(&l->account[account]);
}

i128 ledger_free(const struct ledger *l, u32 account)
{
    i128 free = ledger_cash(l, account) - l->account[account].cash.debits_pending;
    ASSERT(free >= 0);
    return free;
}

i128 ledger_venue(const struct ledger *l, u8 chart)
{
    ASSERT(chart > CHART_DUE && chart < CHART_COUNT);
    return l->venue[chart].debits_posted - l->venue[chart].credits_posted;
}

Money ledger_sum(const struct ledger *l)
{
    i64 sum;
    bool fits = i64_of(l->head->debits - l->head->credits, &sum);
    ASSERT(fits);
    return (Money){ sum };
}

/* Cash backs the holds as far as it goes. */
static void back_holds(struct ledger *l, struct ledger_account *a)
{
    i128 want = a->hold_margin + a->hold_fees, cash = cash_of(a);
    i128 pending = want < cash ? want : cash;
    ASSERT(cash >= 0);
    ASSERT(want >= 0);
    l->head->pending += pending - a->cash.debits_pending;
    a->cash.debits_pending = pending;
}

void ledger_hold(struct ledger *l, u32 account, i128 margin, i128 fees)
{
    struct ledger_account *a = &l->account[account];
    ASSERT(account - 1 < l->head->accounts);
    ASSERT(margin >= 0);
    ASSERT(fees >= 0);
    a->hold_margin = margin, a->hold_fees = fees;
    back_holds(l, a);
}

u32 ledger_events(i128 amount)
{
    ASSERT(amount >= 0);
    ASSERT(amount / CHUNK < 1000); /* 10^16 dollars: the RANGE test keeps us far below */
    return (u32)((amount + CHUNK - 1) / CHUNK) + 1; /* one more: cash and A.DUE may share it */
}

static void say(struct ledger *l, const struct posting *p, u32 shown, bool pays, u8 side,
                i128 amount, struct outbox *out)
{
    struct evt_posted *e = &outbox_add(out, EVT_POSTED)->posted;
    ASSERT(amount > 0);
    ASSERT(amount <= CHUNK);
    e->posting_id = ++l->head->postings;
    e->kind = p->kind, e->instrument = p->instrument, e->ref = p->ref;
    e->debit = pays ? side : p->against, e->debit_account = pays ? shown : 0;
    e->credit = pays ? p->against : side, e->credit_account = pays ? 0 : shown;
    e->amount.micros = (i64)amount;
}

static i128 least(i128 a, i128 b) { return a < b ? a : b; }

void ledger_pay(struct ledger *l, const struct posting *p, u32 shown, i128 amount,
                struct outbox *out)
{
    struct ledger_account *a = &l->account[p->account];
    ASSERT(p->account - 1 < l->head->accounts);
    ASSERT(p->against > CHART_DUE && p->against < CHART_COUNT);
    ASSERT(amount >= 0);
    while (amount > 0) {
        i128 cash = cash_of(a), part = least(cash > 0 ? least(amount, cash) : amount, CHUNK);
        if (cash > 0) {
            a->cash.debits_posted += part;
        } else {
            a->due += part, l->head->due += part;
        }
        l->venue[p->against].credits_posted += part;
        l->head->debits += part, l->head->credits += part;
        say(l, p, shown, true, cash > 0 ? CHART_CASH : CHART_DUE, part, out);
        amount -= part;
    }
    back_holds(l, a);
    ASSERT_SLOW((ledger_check(l), true));
}

void ledger_receive(struct ledger *l, const struct posting *p, u32 shown, i128 amount,
                    struct outbox *out)
{
    struct ledger_account *a = &l->account[p->account];
    ASSERT(p->account - 1 < l->head->accounts);
    ASSERT(p->against > CHART_DUE && p->against < CHART_COUNT);
    ASSERT(amount >= 0);
    while (amount > 0) {
        bool due = a->due > 0;
        i128 part = least(due ? least(amount, a->due) : amount, CHUNK);
        if (due) {
            a->due -= part, l->head->due -= part;
        } else {
            a->cash.credits_posted += part;
        }
        l->venue[p->against].debits_posted += part;
        l->head->debits += part, l->head->credits += part;
        say(l, p, shown, false, due ? CHART_DUE : CHART_CASH, part, out);
        amount -= part;
    }
    back_holds(l, a);
    ASSERT_SLOW((ledger_check(l), true));
}

/* The slot of this id, or the free one where it would go. */
static struct ledger_transfer *slot_of(const struct ledger *l, Id128 id)
{
    u64 i = mix64(id.lo ^ mix64(id.hi)) & l->transfer_mask;
    ASSERT(l->head->transfers <= l->transfers_max);
    while (l->transfer[i].posting_id &&
           (l->transfer[i].id.hi != id.hi || l->transfer[i].id.lo != id.lo))
        i = (i + 1) & l->transfer_mask;
    ASSERT(i <= l->transfer_mask);
    return &l->transfer[i];
}

enum transfer_seen ledger_seen(const struct ledger *l, Id128 id, u32 account, u8 kind, Money amount,
                               u64 *posting_id)
{
    const struct ledger_transfer *t = slot_of(l, id);
    ASSERT(kind == POSTING_DEPOSIT || kind == POSTING_WITHDRAWAL);
    ASSERT(posting_id);
    *posting_id = t->posting_id;
    if (!t->posting_id) return l->head->transfers < l->transfers_max ? TRANSFER_NEW : TRANSFER_FULL;
    bool same = t->account == account && t->kind == kind && t->amount == amount.micros;
    return same ? TRANSFER_SAME : TRANSFER_OTHER;
}

u64 ledger_transfer(struct ledger *l, Id128 id, u32 account, u32 shown, u8 kind, Money amount,
                    struct outbox *out)
{
    struct ledger_transfer *t = slot_of(l, id);
    struct posting p = { .account = account, .kind = kind, .against = CHART_BANK, .ref = id.lo };
    ASSERT(!t->posting_id);
    ASSERT(l->head->transfers < l->transfers_max);
    ASSERT(amount.micros > 0);
    if (kind == POSTING_DEPOSIT) {
        ledger_receive(l, &p, shown, amount.micros, out);
    } else {
        ASSERT(ledger_free(l, account) >= amount.micros);
        ledger_pay(l, &p, shown, amount.micros, out);
    }
    t->id = id, t->account = account, t->kind = kind, t->amount = amount.micros;
    t->posting_id = l->head->postings;
    l->head->transfers++;
    return t->posting_id;
}

void ledger_check(const struct ledger *l)
{
    i128 debits = 0, credits = 0, pending = 0, due = 0, net = 0;
    for (u32 i = 1; i <= l->head->accounts; i++) {
        const struct ledger_account *a = &l->account[i];
        i128 want = a->hold_margin + a->hold_fees, cash = cash_of(a);
        ASSERT(cash >= 0); /* never overdrawn */
        ASSERT(a->due >= 0);
        ASSERT(a->cash.debits_pending == least(want, cash)); /* I4 */
        ASSERT(a->cash.credits_pending == 0);
        net += cash - a->due;
        pending += a->cash.debits_pending, due += a->due;
    }
    for (u8 c = CHART_DUE + 1; c < CHART_COUNT; c++) {
        net -= ledger_venue(l, c);
        debits += l->venue[c].debits_posted, credits += l->venue[c].credits_posted;
    }
    ASSERT(net == 0); /* I1 */
    ASSERT(pending == l->head->pending);
    ASSERT(due == l->head->due);
    ASSERT(debits + credits == l->head->debits); /* every posting has one venue side */
    ASSERT(l->head->debits == l->head->credits);
}
