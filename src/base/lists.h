/* lists.h -- closed lists that a contract's or benchmark's record and the messages both speak of.
 * Owns:   order types, times in force, self-match modes, phases, settlement rules, print labels.
 * Never:  an enum of its own: msg/enums.h, contract/spec.h, index/lists.h expand what they need.
 * Always: value 0 is none; new values go to the end, for the numbers stand in records.
 */
#ifndef HEDGEROW_BASE_LISTS_H
#define HEDGEROW_BASE_LISTS_H

#define ORDER_TYPE_LIST(X) \
    X(ORDER_TYPE, LIMIT, "limit") \
    X(ORDER_TYPE, MARKET, "market") \
    X(ORDER_TYPE, STOP, "stop") \
    X(ORDER_TYPE, STOP_LIMIT, "stop_limit")
#define TIF_LIST(X) \
    X(TIF, DAY, "day") X(TIF, GTC, "gtc") X(TIF, GTD, "gtd") X(TIF, IOC, "ioc") \
    X(TIF, FOK, "fok") X(TIF, OPEN, "open") X(TIF, CLOSE, "close")
#define STP_LIST(X) \
    X(STP, CANCEL_RESTING, "cancel_resting") \
    X(STP, CANCEL_AGGRESSOR, "cancel_aggressor") \
    X(STP, CANCEL_BOTH, "cancel_both") \
    X(STP, DECREMENT, "decrement")
#define PHASE_LIST(X) \
    X(PHASE, CLOSED, "closed") X(PHASE, PRE_OPEN, "pre_open") X(PHASE, NO_CANCEL, "no_cancel") \
    X(PHASE, CONTINUOUS, "continuous") X(PHASE, HALT, "halt") \
    X(PHASE, CLOSE_AUCTION, "close_auction") X(PHASE, SUSPENDED, "suspended") \
    X(PHASE, EXPIRED, "expired")
#define DSP_LIST(X) \
    X(DSP, VWAP_WINDOW, "VWAP_WINDOW") X(DSP, VWAP_DAY, "VWAP_DAY") \
    X(DSP, SPREAD_VWAP, "SPREAD_VWAP") X(DSP, MID_BEST, "MID_BEST") \
    X(DSP, IMPLIED_CURVE, "IMPLIED_CURVE") X(DSP, RUNNING_NO_TRADES, "RUNNING_NO_TRADES") \
    X(DSP, PRIOR_PLUS_NEAREST, "PRIOR_PLUS_NEAREST") X(DSP, PRIOR, "PRIOR") \
    X(DSP, FINAL, "FINAL")
/* What a day of the averaging set did to its contract. */
#define FIXING_LIST(X) \
    X(FIXING, PRINTED, "printed") X(FIXING, CARRIED, "carried") X(FIXING, DROPPED, "dropped")
/* What a benchmark's inputs are; on every print, page and contract made from it. */
#define LABEL_LIST(X) \
    X(LABEL, TRADED, "traded") X(LABEL, POSTED, "posted") X(LABEL, SYNTHETIC, "synthetic")
/* What a contract's position limit rests on. */
#define LIMIT_BASIS_LIST(X) \
    X(LIMIT_BASIS, RULE, "rule") X(LIMIT_BASIS, LESSER, "lesser") \
    X(LIMIT_BASIS, DEMONSTRATION, "demonstration")
#define PRINT_LIST(X) \
    X(PRINT, PRINTED, "PRINTED") X(PRINT, CARRIED, "CARRIED") X(PRINT, NO_PRINT, "NO_PRINT")

#endif
