/* warrant.h -- compute vouchers: the states of a warrant, what may happen in each, what is left.
 * Owns:   the table of moves, the capacity test, perishability (contracts.md section 6).
 * Never:  keeps a register or moves title: clear does, by this table.
 * Always: a move that is not in the table changes nothing and says why.
 */
#ifndef HEDGEROW_CONTRACT_WARRANT_H
#define HEDGEROW_CONTRACT_WARRANT_H

#include "base/text.h"

#define WARRANT_STATES(X) \
    X(APPLIED) X(ATTESTED) X(REGISTERED) X(PLEDGED) X(LOCKED) X(REDEEMING) X(PARTIAL) X(CONSUMED) \
    X(EXPIRED) X(DEFAULTED) X(CANCELLED)
#define WARRANT_EVENTS(X) \
    X(APPLY, "apply") X(ATTEST, "attest") X(REGISTER, "register") X(PLEDGE, "pledge") \
    X(RELEASE, "release") X(SEIZE, "seize") X(LOCK, "lock") X(UNLOCK, "unlock") \
    X(SETTLE, "settle") X(REDEEM, "redeem") X(CONSUME, "consume") X(PARTIAL, "partial") \
    X(DEFAULT, "default") X(SPLIT, "split") X(TRANSFER, "transfer") X(EXPIRE, "expire") \
    X(CANCEL, "cancel")
#define WARRANT_FAULTS(X) X(STATE) X(ENCUMBERED) X(STALE)

#define AS_WARRANT_STATE(NAME) WARRANT_##NAME,
enum warrant_state { WARRANT_NONE, WARRANT_STATES(AS_WARRANT_STATE) WARRANT_STATE_COUNT };
#define AS_WARRANT_EVENT(NAME, text) WARRANT_DO_##NAME,
enum warrant_event { WARRANT_DO_NOTHING, WARRANT_EVENTS(AS_WARRANT_EVENT) WARRANT_EVENT_COUNT };
#define AS_WARRANT_FAULT(NAME) WARRANT_FAULT_##NAME,
enum warrant_fault { WARRANT_FAULT_NONE, WARRANT_FAULTS(AS_WARRANT_FAULT) WARRANT_FAULT_COUNT };

NODISCARD const char *warrant_state_name(u32 state);
NODISCARD const char *warrant_fault_name(u32 fault); /* "WARRANT_STATE", ... */
NODISCARD u32 warrant_event_of(Str text);            /* WARRANT_DO_NOTHING when unknown */

/* The next state in *state, or why not with *state untouched. A lock needs an attestation at most
 * 24 h old: attested_age_s. */
NODISCARD enum warrant_fault warrant_move(u32 *state, u32 event, i64 attested_age_s);
/* Capacity of one hour at a facility: live GPUs <= attested - reserve. */
NODISCARD bool warrant_fits(i64 live, i64 attested, i64 reserve);
/* GPU-hours left after so many minutes of the window: a begun hour is gone. */
NODISCARD i64 warrant_remaining(i64 gpus, i64 window_hours, i64 elapsed_minutes);

#endif
