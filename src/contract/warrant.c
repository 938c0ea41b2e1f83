#include "contract/warrant.h"

/* One row a state, one column an event: the next state, 0 where the event is not allowed. */
#define W(NAME) WARRANT_##NAME
#define ON(NAME) [WARRANT_DO_##NAME]
static const u8 moves[WARRANT_STATE_COUNT][WARRANT_EVENT_COUNT] = {
    [WARRANT_NONE] = { ON(APPLY) = W(APPLIED) },
    [W(APPLIED)] = { ON(ATTEST) = W(ATTESTED), ON(CANCEL) = W(CANCELLED) },
    [W(ATTESTED)] = { ON(REGISTER) = W(REGISTERED), ON(CANCEL) = W(CANCELLED) },
    [W(REGISTERED)] = { ON(PLEDGE) = W(PLEDGED), ON(LOCK) = W(LOCKED), ON(REDEEM) = W(REDEEMING),
                        ON(SPLIT) = W(REGISTERED), ON(TRANSFER) = W(REGISTERED),
                        ON(EXPIRE) = W(EXPIRED), ON(CANCEL) = W(CANCELLED) },
    [W(PLEDGED)] = { ON(RELEASE) = W(REGISTERED), ON(SEIZE) = W(REGISTERED),
                     ON(EXPIRE) = W(EXPIRED) },
    [W(LOCKED)] = { ON(SETTLE) = W(REGISTERED), ON(REDEEM) = W(REDEEMING),
                    ON(UNLOCK) = W(REGISTERED) },
    [W(REDEEMING)] = { ON(CONSUME) = W(CONSUMED), ON(PARTIAL) = W(PARTIAL),
                       ON(DEFAULT) = W(DEFAULTED) },
    [W(PARTIAL)] = { ON(REDEEM) = W(REDEEMING), ON(DEFAULT) = W(DEFAULTED),
                     ON(EXPIRE) = W(EXPIRED) },
};

static const char *const state_names[] = { "NONE",
#define AS_NAME(NAME) #NAME,
                                           WARRANT_STATES(AS_NAME) };
static const char *const fault_names[] = { "OK",
#define AS_FAULT(NAME) "WARRANT_" #NAME,
                                           WARRANT_FAULTS(AS_FAULT) };
static const char *const event_texts[] = { "",
#define AS_EVENT(NAME, text) text,
                                           WARRANT_EVENTS(AS_EVENT) };

const char *warrant_state_name(u32 state)
{
    ASSERT(state_names[WARRANT_STATE_COUNT - 1]);
    ASSERT(state < WARRANT_STATE_COUNT);
    return state_names[state];
}

const char *warrant_fault_name(u32 fault)
{
    ASSERT(fault_names[WARRANT_FAULT_COUNT - 1]);
    ASSERT(fault < WARRANT_FAULT_COUNT);
    return fault_names[fault];
}

u32 warrant_event_of(Str text)
{
    ASSERT(event_texts[WARRANT_EVENT_COUNT - 1]);
    ASSERT(text.n == 0 || text.at);
    for (u32 i = 1; i < WARRANT_EVENT_COUNT; i++)
        if (str_is(text, event_texts[i])) return i;
    return WARRANT_DO_NOTHING;
}

enum warrant_fault warrant_move(u32 *state, u32 event, i64 attested_age_s)
{
    u32 next;
    ASSERT(*state < WARRANT_STATE_COUNT);
    ASSERT(event < WARRANT_EVENT_COUNT);
    bool locks = event == WARRANT_DO_LOCK;
    if (*state == WARRANT_PLEDGED && (locks || event == WARRANT_DO_REDEEM))
        return WARRANT_FAULT_ENCUMBERED;
    next = moves[*state][event];
    if (next == WARRANT_NONE) return WARRANT_FAULT_STATE;
    if (locks && attested_age_s > 86400) return WARRANT_FAULT_STALE;
    *state = next;
    return WARRANT_FAULT_NONE;
}

bool warrant_fits(i64 live, i64 attested, i64 reserve)
{
    ASSERT(live >= 0);
    ASSERT(reserve >= 0);
    return live <= attested - reserve;
}

i64 warrant_remaining(i64 gpus, i64 window_hours, i64 elapsed_minutes)
{
    i64 gone = elapsed_minutes <= 0 ? 0 : (elapsed_minutes + 59) / 60;
    ASSERT(gpus >= 0);
    ASSERT(window_hours >= 0);
    return gone >= window_hours ? 0 : gpus * (window_hours - gone);
}
