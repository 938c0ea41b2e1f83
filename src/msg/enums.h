/* enums.h -- every closed list of values that crosses an edge: one table each.
 * Owns:   the lists, their enums, their text. Value 0 is never valid on the wire.
 * Never:  means anything by order, except that new values go to the end.
 * Always: the text is what JSON, YAML, CSV and the reference page show.
 */
#ifndef HEDGEROW_MSG_ENUMS_H
#define HEDGEROW_MSG_ENUMS_H

#include "base/lists.h"
#include "base/text.h"

#define SIDE_LIST(X) X(SIDE, BUY, "buy") X(SIDE, SELL, "sell")
#define SCOPE_LIST(X) X(SCOPE, BOTH, "both") X(SCOPE, BUYS, "buys") X(SCOPE, SELLS, "sells")
/* Why an order ended (trading.md section 15). */
#define END_LIST(X) \
    X(END, FILLED, "filled") X(END, USER, "USER") X(END, IOC, "IOC") X(END, FOK, "FOK") \
    X(END, MIN_QTY, "MIN_QTY") X(END, STP, "STP") X(END, AUCTION, "AUCTION") \
    X(END, INTERVAL_LIMIT, "INTERVAL_LIMIT") X(END, HALT, "HALT") X(END, MMP, "MMP") \
    X(END, EXPIRED, "EXPIRED") X(END, PRICE_LIMIT, "PRICE_LIMIT") \
    X(END, DISCONNECT, "DISCONNECT") X(END, KILLED, "KILLED") X(END, MASS, "MASS") \
    X(END, ADMIN, "ADMIN") X(END, REDUCE_ONLY, "REDUCE_ONLY")
/* The life of a listed contract (contracts.md section 1). */
#define LISTING_LIST(X) \
    X(LISTING, LISTED, "LISTED") X(LISTING, TRADING, "TRADING") \
    X(LISTING, LAST_TRADE, "LAST_TRADE") X(LISTING, FIXED, "FIXED") \
    X(LISTING, SETTLED, "SETTLED") X(LISTING, ARCHIVED, "ARCHIVED") \
    X(LISTING, SUSPENDED, "SUSPENDED") X(LISTING, CASCADED, "CASCADED") \
    X(LISTING, DETERMINATION, "DETERMINATION")
#define ACCOUNT_KIND_LIST(X) \
    X(ACCOUNT_KIND, HOUSE, "house") X(ACCOUNT_KIND, ISA, "isa") \
    X(ACCOUNT_KIND, OSA_N, "osa_n") X(ACCOUNT_KIND, OSA_G, "osa_g") \
    X(ACCOUNT_KIND, DIRECT, "direct")
#define ACCOUNT_STATUS_LIST(X) \
    X(ACCOUNT_STATUS, OPEN, "OPEN") X(ACCOUNT_STATUS, CLOSE_ONLY, "CLOSE_ONLY") \
    X(ACCOUNT_STATUS, FROZEN, "FROZEN") X(ACCOUNT_STATUS, PORTING, "PORTING") \
    X(ACCOUNT_STATUS, DEFAULTED, "DEFAULTED") X(ACCOUNT_STATUS, CLOSED, "CLOSED")
#define CATEGORY_LIST(X) \
    X(CATEGORY, SELLER, "capacity_seller") X(CATEGORY, BUYER, "capacity_buyer") \
    X(CATEGORY, FINANCIER, "financier") X(CATEGORY, DEALER, "dealer") \
    X(CATEGORY, MANAGED, "managed_money") X(CATEGORY, OTHER, "other")
#define LIQUIDITY_LIST(X) X(LIQUIDITY, MAKER, "maker") X(LIQUIDITY, TAKER, "taker")
/* A book change, after L3: one event each. */
#define CHANGE_LIST(X) \
    X(CHANGE, ADD, "add") X(CHANGE, REDUCE, "reduce") X(CHANGE, DELETE, "delete") \
    X(CHANGE, REPLACE, "replace") X(CHANGE, EXECUTE, "execute")
/* Why money moved (clearing.md section 2, the table of postings). */
#define POSTING_LIST(X) \
    X(POSTING, DEPOSIT, "deposit") X(POSTING, WITHDRAWAL, "withdrawal") X(POSTING, FEE, "fee") \
    X(POSTING, REBATE, "rebate") X(POSTING, VARIATION, "variation_margin") \
    X(POSTING, FINAL_VARIATION, "final_settlement") X(POSTING, SETTLE_FEE, "settlement_fee")
/* The chart of accounts (clearing.md section 2); CASH and DUE are one a trading account. */
#define CHART_LIST(X) \
    X(CHART, CASH, "L.CASH") X(CHART, DUE, "A.DUE") X(CHART, BANK, "A.BANK") \
    X(CHART, VM, "X.VM") X(CHART, SUSPENSE, "X.SUSP") X(CHART, FEES, "R.FEE") \
    X(CHART, ROUNDING, "R.ROUND") X(CHART, CAPITAL, "E.CAP")

#define MSG_ENUMS(E) \
    E(SIDE) E(SCOPE) E(ORDER_TYPE) E(TIF) E(STP) E(END) E(PHASE) E(LISTING) E(LABEL) E(PRINT) \
    E(LIMIT_BASIS) E(FIXING) E(DSP) E(ACCOUNT_KIND) E(ACCOUNT_STATUS) E(CATEGORY) E(LIQUIDITY) \
    E(CHANGE) E(POSTING) E(CHART)

#define AS_ENUMERATOR(LIST, NAME, text) LIST##_##NAME,
#define AS_ENUM(LIST) enum { LIST##_NONE, LIST##_LIST(AS_ENUMERATOR) LIST##_COUNT };
MSG_ENUMS(AS_ENUM)

/* enum_text(SIDE_ENUM, SIDE_BUY) is "buy"; "?" for no value of the list. */
#define AS_ENUM_ID(LIST) LIST##_ENUM,
enum enum_list { MSG_ENUMS(AS_ENUM_ID) ENUM_LISTS };
NODISCARD const char *enum_name(enum enum_list list);
NODISCARD const char *enum_text(enum enum_list list, u32 value);
NODISCARD u32 enum_count(enum enum_list list);       /* one past the last value */
NODISCARD u8 enum_of(enum enum_list list, Str text); /* 0 when the list has no such text */

NODISCARD static inline u8 side_other(u8 side) { return (u8)(SIDE_BUY + SIDE_SELL - side); }
NODISCARD static inline i64 side_sign(u8 side) { return side == SIDE_BUY ? 1 : -1; }

#endif
