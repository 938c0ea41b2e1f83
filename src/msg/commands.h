/* commands.h -- everything that may enter the engine: one row a command, one field list each.
 * Owns:   the inputs of the deterministic core. The sequencer adds seq and time to each.
 * Never:  changes or removes a field: new fields go to the end of a list with a new format version.
 * Always: F(kind, name, "unit and meaning"); kinds are those of fields.h.
 */
#ifndef HEDGEROW_MSG_COMMANDS_H
#define HEDGEROW_MSG_COMMANDS_H

#define COMMANDS(X) \
    X(GENESIS, genesis, "first record of a journal: the venue's name and capacities") \
    X(CALENDAR_PUT, calendar_put, "store a business calendar") \
    X(SPEC_PUT, spec_put, "approve a contract specification") \
    X(INDEX_INSTALL, index_install, "install a benchmark methodology version") \
    X(INDEX_PRINT, index_print, "a print, carried print or no-print of one scheduled date") \
    X(ACCOUNT_OPEN, account_open, "open a trading account") \
    X(ACCOUNT_SET, account_set, "change an account's status") \
    X(CASH_DEPOSIT, cash_deposit, "money arrived at the settlement bank") \
    X(CASH_WITHDRAW, cash_withdraw, "pay out free cash") \
    X(DAY_OPEN, day_open, "a trading day begins: list what is due, arm the sessions") \
    X(DAY_END, day_end, "a trading day ends: settlement prices, variation, final settlement") \
    X(CLOCK, clock, "time reached the engine's next deadline") \
    X(ORDER_NEW, order_new, "new order") \
    X(ORDER_CANCEL, order_cancel, "cancel order") \
    X(ORDER_REPLACE, order_replace, "amend order: total quantity, price") \
    X(MASS_CANCEL, mass_cancel, "cancel all working orders that match") \
    X(DETERMINATION, determination, "exchange determination of a final settlement price")

#define GENESIS_FIELDS(F) \
    F(T32, venue, "name of the venue") \
    F(T16, currency, "settlement currency, ISO 4217") \
    F(U64, seed, "for whatever must look random and be replayed") \
    F(U32, accounts_max, "capacity: trading accounts") \
    F(U32, products_max, "capacity: contract specifications") \
    F(U32, instruments_max, "capacity: listed contracts") \
    F(U32, orders_max, "capacity: working orders") \
    F(U32, levels_max, "capacity: price levels over all books") \
    F(U32, positions_max, "capacity: (account, contract) pairs") \
    F(U32, client_ids_max, "capacity: client order ids of one day") \
    F(U32, transfers_max, "capacity: remembered deposit and withdrawal ids") \
    F(U32, indexes_max, "capacity: benchmarks") \
    F(U32, prints_max, "capacity: remembered prints over all benchmarks")
#define CALENDAR_PUT_FIELDS(F) \
    F(BLOB, record, "canonical bytes of the calendar record (contract/calendar.h)") \
    F(T16, approved_by, "first approver") \
    F(T16, approved_by_2, "second approver, another person")
#define SPEC_PUT_FIELDS(F) \
    F(BLOB, record, "canonical bytes of the specification record (contract/spec.h)") \
    F(T16, approved_by, "first approver") \
    F(T16, approved_by_2, "second approver, another person")
#define INDEX_INSTALL_FIELDS(F) \
    F(T32, index, "benchmark id") \
    F(U32, version, "methodology version") \
    F(E_LABEL, label, "what its inputs are; shown on every contract on it") \
    F(DATE, effective_from, "first value date") \
    F(HASH, methodology, "SHA-256 of the methodology's canonical bytes") \
    F(T16, approved_by, "first approver") \
    F(T16, approved_by_2, "second approver, another person")
#define INDEX_PRINT_FIELDS(F) \
    F(T32, index, "benchmark id") \
    F(DATE, value_date, "the scheduled date") \
    F(U32, version, "vintage: 1 is the first print, a restatement is the next") \
    F(AT, published_at, "time of publication") \
    F(E_PRINT, status, "PRINTED (L1-L4), CARRIED (L5), NO_PRINT (L6)") \
    F(U8, level, "1..6") \
    F(U32, flags, "index room's flags") \
    F(PRICE, value, "micros per unit; 0 without a print") \
    F(DATE, priced_on, "value date of the price shown: older than value_date when carried") \
    F(PRICE, p1, "1st percentile of eligible prices by weight") \
    F(PRICE, p25, "25th") \
    F(PRICE, p50, "50th") \
    F(PRICE, p75, "75th") \
    F(PRICE, p99, "99th") \
    F(U32, owners, "beneficial owners counted") \
    F(U32, observations, "eligible observations") \
    F(I64, volume, "milli-GPU-hours, or records where weights are equal") \
    F(T32, reason, "why level 1 failed; empty if it did not") \
    F(HASH, receipt, "SHA-256 of the receipt's canonical bytes") \
    F(BOOL, cost_stated, "1: the cost to move the value by 1 % was measured; only with PRINTED") \
    F(BOOL, cost_bound, "1: the cost is an upper bound found by search; it may be less") \
    F(MONEY, cost_to_move, "of the lesser side; 0 where not stated")
#define ACCOUNT_OPEN_FIELDS(F) \
    F(U32, account, "account id, not 0") \
    F(U32, member, "clearing member") \
    F(U32, group, "beneficial-owner group: limits and self-match count by it") \
    F(E_ACCOUNT_KIND, kind, "segregation") \
    F(E_CATEGORY, category, "open-interest category") \
    F(T32, name, "for display")
#define ACCOUNT_SET_FIELDS(F) \
    F(U32, account, "account id") \
    F(E_ACCOUNT_STATUS, status, "the new status") \
    F(T16, approved_by, "first approver") \
    F(T16, approved_by_2, "second approver, another person")
#define CASH_DEPOSIT_FIELDS(F) \
    F(ID128, transfer, "unique for ever; the same id with the same content is answered again") \
    F(U32, account, "account id") \
    F(MONEY, amount, "> 0")
#define CASH_WITHDRAW_FIELDS(F) CASH_DEPOSIT_FIELDS(F)
#define DAY_OPEN_FIELDS(F) F(DATE, date, "the trading day")
#define DAY_END_FIELDS(F) F(DATE, date, "the trading day")
#define CLOCK_FIELDS(F)
#define ORDER_NEW_FIELDS(F) \
    F(T40, client_id, "unique for account and day, 1 to 36 characters") \
    F(U32, account, "account id") \
    F(U32, instrument, "listed contract") \
    F(E_SIDE, side, "buy or sell") \
    F(E_ORDER_TYPE, type, "limit, market, ...") \
    F(E_TIF, tif, "time in force") \
    F(BOOL, post_only, "refused if it would trade on entry") \
    F(BOOL, reduce_only, "never opens or turns a position") \
    F(PRICE, price, "limit; 0 for a market order") \
    F(I64, qty, "lots, > 0") \
    F(PRICE, stop_price, "0 without") \
    F(I64, display, "visible slice in lots; 0 shows all") \
    F(I64, min_qty, "lots; 0 without") \
    F(DATE, expiry, "GTD only") \
    F(U64, stp_key, "self-match key; 0 is the account's group") \
    F(E_STP, stp_mode, "what happens to a self match") \
    F(U32, protection_group, "market-maker protection; 0 without")
#define ORDER_CANCEL_FIELDS(F) \
    F(U32, account, "account id") \
    F(U64, order_id, "0: by orig_client_id") \
    F(T40, orig_client_id, "client id of the order; empty: by order_id")
#define ORDER_REPLACE_FIELDS(F) \
    F(U32, account, "account id") \
    F(U64, order_id, "0: by orig_client_id") \
    F(T40, orig_client_id, "client id of the order; empty: by order_id") \
    F(T40, client_id, "new client id; empty keeps the old one") \
    F(I64, qty, "the order's new TOTAL quantity, filled part included") \
    F(PRICE, price, "the new limit")
#define MASS_CANCEL_FIELDS(F) \
    F(U32, account, "0: all of the member") \
    F(U32, member, "0: the account's") \
    F(U32, instrument, "0: every contract") \
    F(E_SCOPE, scope, "both sides or one")
#define DETERMINATION_FIELDS(F) \
    F(U32, instrument, "listed contract in state DETERMINATION") \
    F(PRICE, value, "final settlement price") \
    F(T40, reason, "published") \
    F(T16, approved_by, "first approver") \
    F(T16, approved_by_2, "second approver, another person")

#endif
