/* rejects.h -- the one table of every room's refusals (trading.md section 15, clearing.md 8).
 * Owns:   stable names, numbers (msg 1000s, risk 2000s, book 3000s, clear 4000s, contract 5000s,
 *         index 6000s, wire and gateway 7000s) and sentences.
 * Never:  reuses a number.
 * Always: a reject event carries the offending field, the limit and the value used.
 */
#ifndef HEDGEROW_MSG_REJECTS_H
#define HEDGEROW_MSG_REJECTS_H

#include "base/text.h"

#define REJECTS(X) \
    X(BAD_ENUM, 1001, "a field holds no value of its list") \
    X(BAD_TEXT, 1002, "a text field holds something else than printable ASCII, zero-filled") \
    X(BAD_LENGTH, 1003, "the record is shorter or longer than its fields") \
    X(UNKNOWN_COMMAND, 1004, "no such command") \
    X(BAD_VALUE, 1005, "a field is outside its range") \
    X(GENESIS, 1006, "the first command, and no other, must be GENESIS") \
    X(UNKNOWN_ACCOUNT, 2001, "no such account") \
    X(ACCOUNT_FROZEN, 2002, "the account is frozen, porting, defaulted or closed") \
    X(CLOSE_ONLY, 2003, "the account may only reduce its positions") \
    X(ORDER_VALUE, 2004, "order value above the limit for one order") \
    X(REPEATED_ORDER, 2005, "the same order too often") \
    X(OPENING_VOLUME, 2006, "the day's opening volume is used up") \
    X(POSITION_LIMIT, 2007, "the position would pass its limit") \
    X(GROUP_LIMIT, 2008, "the group's position would pass its limit") \
    X(STAGE_LIMIT, 2009, "the position would pass the limit of this stage") \
    X(NO_MARGIN_ARRAY, 2010, "no risk array is in force for this contract") \
    X(PREMIUM_FUNDS, 2011, "free cash does not cover the premium") \
    X(MARGIN, 2012, "free collateral does not cover margin with worst fills") \
    X(KILLED, 2013, "blocked by a kill switch") \
    X(DISABLED_ALGO, 2014, "the algorithm is disabled until a person re-enables it") \
    X(STALE_PRICE, 2015, "the price needed for the check is too old") \
    X(OVERFLOW, 2016, "the amount does not fit 64 bits") \
    X(REDUCE_ONLY, 2017, "nothing to reduce") \
    X(QTY, 3001, "quantity zero, negative, off step or outside minimum and maximum") \
    X(TICK, 3002, "price off the contract's tick") \
    X(PRICE_LIMIT, 3003, "price outside the daily limit") \
    X(BAND, 3004, "price outside the band") \
    X(DISPLAY_QTY, 3005, "display quantity not within 1 and the quantity") \
    X(MIN_QTY, 3006, "minimum quantity only with IOC and not above the quantity") \
    X(TIF, 3007, "time in force not allowed in this phase or with this order") \
    X(NOT_OPEN, 3008, "the contract takes no orders now") \
    X(NO_CANCEL, 3009, "no amends or cancels in this phase") \
    X(NO_OPPOSITE, 3010, "a market order needs an opposite side") \
    X(POST_ONLY, 3011, "a post-only order would have traded") \
    X(STOP_THROUGH, 3012, "the stop price is already through the last trade") \
    X(DUPLICATE, 3013, "this client id was used today") \
    X(UNKNOWN_ORDER, 3014, "no such working order") \
    X(UNKNOWN_CONTRACT, 3015, "no such contract") \
    X(NOT_OWNER, 3016, "the order belongs to another account") \
    X(NOT_PERMITTED, 3017, "not permitted by the contract's specification") \
    X(MMP, 3018, "the protection group has fired and was not reset") \
    X(MESSAGE_RATE, 3019, "too many messages") \
    X(CAPACITY, 3020, "a capacity of the market is used up") \
    X(SUSPENDED, 3021, "the member or account is suspended") \
    X(EXPIRED_CONTRACT, 3022, "the contract is no longer listed") \
    X(BLOCK_SIZE, 3023, "block below the minimum size") \
    X(BLOCK_LATE, 3024, "block agreed on another day or in the future") \
    X(BLOCK_PRICE, 3025, "block price off tick or outside its range") \
    X(TRANSFER_DIFFERS, 4001, "this transfer id was used with other content") \
    X(AMOUNT, 4002, "amount zero or negative") \
    X(FREE_CASH, 4003, "free cash does not cover the amount") \
    X(DAY_ORDER, 4004, "trading days open and end in order, one at a time") \
    X(FIXING_PENDING, 4005, "a scheduled print of this day has no status yet") \
    X(ACCOUNT_EXISTS, 4006, "the account id is taken") \
    X(NOT_IN_DETERMINATION, 4007, "the contract does not wait for a determination") \
    X(FOUR_EYES, 5001, "two different approvers are needed") \
    X(SPEC_INVALID, 5002, "the specification fails a validity test") \
    X(SPEC_STATE, 5003, "not allowed in this state of the contract's life") \
    X(UNKNOWN_CALENDAR, 5004, "no such calendar") \
    X(CALENDAR_INVALID, 5005, "the calendar record is not valid") \
    X(CALENDAR_SHORT, 5006, "the calendar does not cover the period and 30 days") \
    X(SPEC_VERSION, 5007, "versions rise by one and never change once stored") \
    X(UNKNOWN_INDEX, 6001, "no such index") \
    X(INDEX_ORDER, 6002, "prints come in order of value date and version") \
    X(INDEX_METHOD_DATE, 6003, "a methodology takes effect after the last print") \
    X(NOT_PUBLISHED, 6004, "not published at that time") \
    X(INDEX_LABEL, 6005, "the benchmark's label is not the one its contract or series has") \
    X(AUTH, 7001, "identity not proven") \
    X(BAD_JSON, 7002, "the body is not JSON of our form") \
    X(BAD_FIELD, 7003, "a field is missing, unknown or malformed") \
    X(UNAVAILABLE, 7004, "the venue takes no requests now") \
    X(NOT_FOUND, 7005, "no such resource") \
    X(BAD_HTTP, 7006, "the request is not HTTP/1.1 of our form") \
    X(TOO_LARGE, 7007, "the request is too large")

#define AS_REJECT(NAME, number, text) REJECT_##NAME = number,
enum reject { REJECT_NONE = 0, REJECTS(AS_REJECT) };

NODISCARD const char *reject_name(u32 code); /* "MARGIN"; "?" for no code of the table */
NODISCARD const char *reject_text(u32 code);
NODISCARD u32 reject_at(u32 i); /* the i-th code of the table, 0 past the end */

#endif
