/* ledger.h -- double entry: who holds how much, posted and pending, and why it moved.
 * Owns:   four columns an account (debits and credits, posted and pending), holds, transfer ids.
 * Never:  lets a trading account's cash fall below zero: what is lacking goes to its A.DUE.
 * Always: each posting sums to zero; cash held back (pending) is the least of holds and cash, so
 *         that free cash is never negative; the same transfer id moves money once.
 */
#ifndef HEDGEROW_LEDGER_LEDGER_H
#define HEDGEROW_LEDGER_LEDGER_H

#include "base/arena.h"
#include "msg/outbox.h"

/* Sums over a life do not fit 64 bits, so the columns have 128. */
struct ledger_columns { i128 debits_posted, credits_posted, debits_pending, credits_pending; };
static_assert(sizeof(struct ledger_columns) == 64, "one cache line; no hidden padding");
struct ledger_account {
    struct ledger_columns cash;  /* L.CASH: credits less debits is the client's money */
    i128 due;                    /* A.DUE: called and unpaid, debits less credits, >= 0 */
    i128 hold_margin, hold_fees; /* wanted; what cash can back is cash.debits_pending */
    u8 zero[16];
};
static_assert(sizeof(struct ledger_account) == 128, "two cache lines; no hidden padding");
struct ledger_transfer {
    Id128 id;
    i64 amount;
    u64 posting_id; /* 0: the slot is free */
    u32 account, kind;
};
static_assert(sizeof(struct ledger_transfer) == 40, "no hidden padding");
struct ledger_head {
    i128 debits, credits; /* posted, over all accounts of the chart */
    i128 pending, due;    /* over all trading accounts */
    u64 postings;         /* the last posting's id */
    u32 accounts, transfers;
};
static_assert(sizeof(struct ledger_head) == 80, "no hidden padding");

struct ledger { /* a view: pointers into the arena */
    struct ledger_account *account;
    struct ledger_columns *venue; /* by chart number; CASH and DUE stay empty */
    struct ledger_transfer *transfer;
    struct ledger_head *head;
    struct arena_region *accounts_used;
    u64 transfer_mask;
    u32 accounts_max, transfers_max;
};

/* An amount between a trading account (handle from 1) and a venue account of the chart. */
struct posting {
    u32 account, instrument;
    u64 ref;    /* trade id, transfer or date */
    u8 kind;    /* POSTING_ */
    u8 against; /* CHART_, not CASH or DUE */
};

NODISCARD struct ledger ledger_init(struct arena *a, u32 accounts_max, u32 transfers_max);
void ledger_open(struct ledger *l, u32 account); /* next handle in use; in order */
void ledger_check(const struct ledger *l);       /* walks everything */

NODISCARD i128 ledger_cash(const struct ledger *l, u32 account);
NODISCARD i128 ledger_free(const struct ledger *l, u32 account); /* cash less pending, >= 0 */
NODISCARD static inline i128 ledger_due(const struct ledger *l, u32 account)
{
    return l->account[account].due;
}
NODISCARD i128 ledger_venue(const struct ledger *l, u8 chart); /* debits less credits, posted */
NODISCARD Money ledger_sum(const struct ledger *l);            /* 0, or the world is broken */

/* The account pays `amount` >= 0: out of its cash, what that can not cover becomes A.DUE. It
 * receives: first its A.DUE is paid down. At most ledger_events(amount) POSTED events. `shown` is
 * the account id for the event. */
void ledger_pay(struct ledger *l, const struct posting *p, u32 shown, i128 amount,
                struct outbox *out);
void ledger_receive(struct ledger *l, const struct posting *p, u32 shown, i128 amount,
                    struct outbox *out);
NODISCARD u32 ledger_events(i128 amount);

/* Pending money: one margin hold an account, replaced in one step; fee holds by their sum. */
void ledger_hold(struct ledger *l, u32 account, i128 margin, i128 fees);

/* Deposits and withdrawals carry an id for ever. */
enum transfer_seen { TRANSFER_NEW, TRANSFER_SAME, TRANSFER_OTHER, TRANSFER_FULL };
NODISCARD enum transfer_seen ledger_seen(const struct ledger *l, Id128 id, u32 account, u8 kind,
                                         Money amount, u64 *posting_id);
/* The caller has asked ledger_seen(): NEW; a withdrawal fits free cash. Returns the posting's
 * id. */
u64 ledger_transfer(struct ledger *l, Id128 id, u32 account, u32 shown, u8 kind, Money amount,
                    struct outbox *out);

#endif
