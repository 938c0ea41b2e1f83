/* events.h -- everything the engine says: one row an event, one field list each.
 * Owns:   the outputs of the deterministic core; read models, feeds and answers derive from them.
 * Never:  carries a float, a clock reading or a pointer.
 * Always: events of one command are ordered; (seq, index) names one for ever.
 */
#ifndef HEDGEROW_MSG_EVENTS_H
#define HEDGEROW_MSG_EVENTS_H

#define EVENTS(X) \
    X(REJECTED, rejected, "the command changed nothing") \
    X(VENUE_OPENED, venue_opened, "GENESIS was taken") \
    X(CALENDAR_STORED, calendar_stored, "a calendar is in force") \
    X(SPEC_STORED, spec_stored, "a specification is approved") \
    X(INDEX_INSTALLED, index_installed, "a methodology version is installed") \
    X(INDEX_PRINTED, index_printed, "a date of a benchmark has its status") \
    X(INSTRUMENT_LISTED, instrument_listed, "a contract exists") \
    X(INSTRUMENT_MOVED, instrument_moved, "a contract's life moved on") \
    X(PHASE_CHANGED, phase_changed, "a book's phase") \
    X(FIXING, fixing, "a day of a contract's averaging set is decided") \
    X(ACCOUNT_OPENED, account_opened, "a trading account exists") \
    X(ACCOUNT_CHANGED, account_changed, "an account's status") \
    X(DAY_OPENED, day_opened, "a trading day began") \
    X(DAY_ENDED, day_ended, "a trading day is settled; its state hash") \
    X(TRANSFERRED, transferred, "a deposit or withdrawal is booked, now or before") \
    X(ORDER_ACCEPTED, order_accepted, "the order is in") \
    X(ORDER_REPLACED, order_replaced, "the amend is in") \
    X(ORDER_FILLED, order_filled, "one side of a trade") \
    X(ORDER_ENDED, order_ended, "the order is out") \
    X(MASS_CANCELLED, mass_cancelled, "a mass cancel is done") \
    X(TRADE, trade, "public: a trade") \
    X(BOOK, book, "public: one change of a book, with the level's new total") \
    X(POSITION, position, "an account's position after a trade or settlement") \
    X(MARGIN, margin, "an account's requirement and holds") \
    X(POSTED, posted, "ledger: an amount left one account for another") \
    X(SETTLEMENT_PRICE, settlement_price, "daily settlement of a contract") \
    X(FINAL_SETTLEMENT, final_settlement, "a contract's final settlement") \
    X(DAY_STATISTICS, day_statistics, "a contract's day") \
    X(POSITION_LIMIT, position_limit, "a contract's position limit, and what it rests on") \
    X(LISTING_REFUSED, listing_refused, "a contract that is due may not list")

#define REJECTED_FIELDS(F) \
    F(U32, code, "number of the reject table") \
    F(U16, command, "type of the refused command") \
    F(U32, account, "0 if none was named") \
    F(U32, instrument, "0 if none was named") \
    F(U64, order_id, "0 if none was named") \
    F(T40, client_id, "empty if none was named") \
    F(T16, field, "offending field; empty if none") \
    F(I64, limit, "what is allowed, in the field's unit") \
    F(I64, used, "what was asked or is used") \
    F(I64, asked, "lots asked above those used; 0 but for position limits")
#define VENUE_OPENED_FIELDS(F) \
    F(T32, venue, "name") F(T16, currency, "settlement currency") F(U64, seed, "seed")
#define CALENDAR_STORED_FIELDS(F) F(T16, calendar, "calendar id") F(HASH, hash, "of its record")
#define SPEC_STORED_FIELDS(F) \
    F(U32, product, "handle") F(T16, product_id, "id") F(U32, version, "version") \
    F(HASH, hash, "of its canonical bytes")
#define INDEX_INSTALLED_FIELDS(F) \
    F(T32, index, "benchmark id") F(U32, version, "methodology version") \
    F(E_LABEL, label, "label") F(HASH, methodology, "its hash")
#define INDEX_PRINTED_FIELDS(F) INDEX_PRINT_FIELDS(F)
#define INSTRUMENT_LISTED_FIELDS(F) \
    F(U32, instrument, "handle, dense from 1") \
    F(T24, instrument_id, "PRODUCT-YYYY-MM") \
    F(U32, product, "handle") \
    F(T16, product_id, "product") \
    F(U32, spec_version, "kept for life") \
    F(T32, index, "benchmark it settles on") \
    F(E_LABEL, label, "the benchmark's label") \
    F(DATE, period_start, "first day") \
    F(DATE, period_end, "last day") \
    F(DATE, last_trade, "last trading day") \
    F(DATE, last_fixing, "last day of the averaging set") \
    F(U32, fixings, "N, days of the averaging set") \
    F(I64, lot_units_milli, "milli-units a lot") \
    F(PRICE, tick, "micros per unit") \
    F(MONEY, tick_value, "micros a lot") \
    F(PRICE, reference, "first settlement price") \
    F(T16, quote, "currency of its prices") \
    F(T16, unit, "what a price is for")
#define INSTRUMENT_MOVED_FIELDS(F) F(U32, instrument, "handle") F(E_LISTING, state, "new state")
#define PHASE_CHANGED_FIELDS(F) F(U32, instrument, "handle") F(E_PHASE, phase, "new phase")
#define FIXING_FIELDS(F) \
    F(U32, instrument, "handle") \
    F(DATE, date, "day of the set") \
    F(E_FIXING, kind, "printed, carried or dropped") \
    F(PRICE, value, "micros per unit; 0 when dropped") \
    F(U32, fixed, "n, days fixed so far") \
    F(U32, total, "N, days of the set less those dropped") \
    F(PRICE, mean, "A_n, half-even to a micro")
#define ACCOUNT_OPENED_FIELDS(F) ACCOUNT_OPEN_FIELDS(F)
#define ACCOUNT_CHANGED_FIELDS(F) F(U32, account, "id") F(E_ACCOUNT_STATUS, status, "new status")
#define DAY_OPENED_FIELDS(F) F(DATE, date, "trading day")
#define DAY_ENDED_FIELDS(F) \
    F(DATE, date, "trading day") \
    F(U64, event_hash, "chain over all events before this one") \
    F(HASH, state_hash, "SHA-256 over the used arena before this event")
#define TRANSFERRED_FIELDS(F) \
    F(ID128, transfer, "as asked") F(U32, account, "account") \
    F(E_POSTING, kind, "deposit or withdrawal") F(MONEY, amount, "as asked") \
    F(U64, posting_id, "of its last posting") \
    F(BOOL, repeated, "1: the same transfer was booked before; nothing moved now")
#define ORDER_ACCEPTED_FIELDS(F) \
    F(U64, order_id, "sequence number of the accepting command") \
    F(T40, client_id, "client id") \
    F(U32, account, "account") \
    F(U32, instrument, "contract") \
    F(E_SIDE, side, "side") \
    F(E_ORDER_TYPE, type, "type") \
    F(E_TIF, tif, "time in force") \
    F(BOOL, post_only, "post-only") \
    F(PRICE, price, "limit in force: protection applied to a market order") \
    F(I64, qty, "lots") \
    F(AT, time, "of acceptance") \
    F(BOOL, reduce_only, "as asked") \
    F(PRICE, stop_price, "as asked; 0 without") \
    F(I64, display, "as asked; 0 shows all") \
    F(I64, min_qty, "as asked; 0 without") \
    F(DATE, expiry, "GTD only")
#define ORDER_REPLACED_FIELDS(F) \
    F(U64, order_id, "order") F(T40, client_id, "client id now") F(U32, account, "account") \
    F(U32, instrument, "contract") F(PRICE, price, "limit now") \
    F(I64, qty, "total now, lots") F(I64, open, "open now, lots") \
    F(BOOL, kept_place, "priority kept")
#define ORDER_FILLED_FIELDS(F) \
    F(U64, order_id, "order") F(U64, trade_id, "(instrument << 40) + counter") \
    F(U32, account, "account") F(U32, instrument, "contract") F(E_SIDE, side, "side") \
    F(PRICE, price, "micros per unit") F(I64, qty, "lots") F(I64, open, "lots left open") \
    F(E_LIQUIDITY, liquidity, "maker or taker") F(MONEY, fee, "charged; negative is a rebate") \
    F(AT, time, "of the trade")
#define ORDER_ENDED_FIELDS(F) \
    F(U64, order_id, "order") F(U32, account, "account") F(U32, instrument, "contract") \
    F(E_END, reason, "why") F(I64, open, "lots that were left open") F(I64, filled, "lots filled")
#define MASS_CANCELLED_FIELDS(F) \
    F(U32, account, "as asked") F(U32, member, "as asked") F(U32, instrument, "as asked") \
    F(U32, count, "orders ended")
#define TRADE_FIELDS(F) \
    F(U32, instrument, "contract") F(U64, trade_id, "(instrument << 40) + counter") \
    F(PRICE, price, "micros per unit") F(I64, qty, "lots") F(E_SIDE, aggressor, "side") \
    F(AT, time, "of the trade")
#define BOOK_FIELDS(F) \
    F(U32, instrument, "contract") F(U64, book_seq, "dense per contract") \
    F(E_CHANGE, change, "what happened") F(E_SIDE, side, "side") F(U64, order_id, "order") \
    F(PRICE, price, "level") F(I64, qty, "the order's visible lots now; 0 when gone") \
    F(I64, level_qty, "the level's visible lots now") \
    F(U32, level_orders, "orders at the level now")
#define POSITION_FIELDS(F) \
    F(U32, account, "account") F(U32, instrument, "contract") F(I64, lots, "long positive") \
    F(PRICE, mark, "last settled price") \
    F(MONEY, unsettled, "variation not yet paid; at most 0 counts")
#define MARGIN_FIELDS(F) \
    F(U32, account, "account") F(MONEY, requirement, "positions with worst fills of orders") \
    F(MONEY, fee_hold, "worst fees of working orders") F(MONEY, cash, "posted") \
    F(MONEY, free, "cash less holds and unsettled losses")
#define POSTED_FIELDS(F) \
    F(U64, posting_id, "dense from 1") F(E_POSTING, kind, "why") \
    F(E_CHART, debit, "chart account") F(U32, debit_account, "trading account or 0") \
    F(E_CHART, credit, "chart account") F(U32, credit_account, "trading account or 0") \
    F(MONEY, amount, "> 0") F(U32, instrument, "contract or 0") \
    F(U64, ref, "trade id, transfer or date")
#define SETTLEMENT_PRICE_FIELDS(F) \
    F(U32, instrument, "contract") F(DATE, date, "trading day") F(PRICE, price, "micros per unit") \
    F(E_DSP, rule, "rule that gave it") F(U32, rank, "its place in the contract's list, from 1")
#define FINAL_SETTLEMENT_FIELDS(F) \
    F(U32, instrument, "contract") F(DATE, date, "trading day") F(PRICE, value, "micros per unit") \
    F(U32, days, "days in the mean") F(U32, carried, "of them carried") \
    F(U32, missing, "days of the set without a price, left out") \
    F(I64, open_interest, "lots settled") \
    F(HASH, receipts, "SHA-256 over the receipts in order of date")
#define DAY_STATISTICS_FIELDS(F) \
    F(U32, instrument, "contract") F(DATE, date, "trading day") \
    F(PRICE, open, "0 without a trade") \
    F(PRICE, high, "") F(PRICE, low, "") F(PRICE, last, "") F(I64, volume, "lots") \
    F(U32, trades, "trades") F(I64, open_interest, "lots, one side")
#define POSITION_LIMIT_FIELDS(F) \
    F(U32, instrument, "contract") \
    F(DATE, date, "first trading day it holds for") \
    F(E_LIMIT_BASIS, basis, "rule: no cost is stated; lesser of rule and L*; demonstration: the " \
                            "rule alone, the benchmark is no traded one") \
    F(BOOL, limited, "0: the rule has no number and L* does not bind") \
    F(I64, lots, "one owner's, in force from that day; 0 without a limit") \
    F(I64, rule_lots, "the rule's number in this stage; 0: none") \
    F(BOOL, cost_stated, "0: no print has stated a cost, lstar_milli means nothing") \
    F(MONEY, cost_to_move, "of the print of the trailing 20 that gives the least L*") \
    F(I64, lstar_milli, "L* in thousandths of a lot, floored")
#define LISTING_REFUSED_FIELDS(F) \
    F(U32, product, "handle") \
    F(T24, instrument_id, "PRODUCT-YYYY-MM") \
    F(T40, fault, "validity test of the specification that fails") \
    F(T32, index, "benchmark it would settle on") \
    F(MONEY, cost_to_move, "of the print of the trailing 20 that gives the least L*") \
    F(I64, lstar_milli, "L* in thousandths of a lot, floored")

#endif
