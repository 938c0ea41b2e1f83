/* token.h -- the token basket: list prices per million tokens in, one index point a day out.
 * Owns:   the series of one token methodology (index.md section 11): slots, chain, receipts.
 * Never:  sees an order, a clock or a float; allocates; lets a record journaled at or after the end
 *         of a day touch that day.
 * Always: every day from effective_from has exactly one status; on a link day the index has one
 *         value under the old basket and the new; equal inputs give equal receipts, byte for byte.
 *
 * value(D) = level at the last link x cost(D) / cost(link day), cost = sum of quantity x slot
 * price, both of the basket frozen at that link: a Lowe index, chained. Rounded once, half-even.
 */
#ifndef HEDGEROW_INDEX_TOKEN_H
#define HEDGEROW_INDEX_TOKEN_H

#include "index/index.h"
#include "index/token_math.h"
#include "index/token_method.h"

#define TOKEN_FLAG_LIST(X) \
    X(TOKEN_FLAG, LINK, "LINK") X(TOKEN_FLAG, LINK_DEFERRED, "LINK_DEFERRED") \
    X(TOKEN_FLAG, SUCCESSOR, "SUCCESSOR") X(TOKEN_FLAG, SLOT_CARRIED, "SLOT_CARRIED") \
    X(TOKEN_FLAG, RENORMALISED, "RENORMALISED") X(TOKEN_FLAG, CAPPED, "CAPPED") \
    X(TOKEN_FLAG, BELOW_MARGINAL, "BELOW_MARGINAL") X(TOKEN_FLAG, CARRIED, "CARRIED")
AS_LIST_ENUM(TOKEN_FLAG)
AS_BENCH_WORDS(TOKEN_FLAG)
/* How a slot stands on a day. */
#define SLOT_STATE_LIST(X) \
    X(SLOT_STATE, FRESH, "fresh") X(SLOT_STATE, CARRIED, "carried") X(SLOT_STATE, LEFT, "left")
AS_LIST_ENUM(SLOT_STATE)
AS_BENCH_WORDS(SLOT_STATE)

#define TOKEN_PRINT_FIELDS(F) \
    F(TEXT32, index, NONE, "benchmark id") \
    F(U32, method_version, NONE, "of the methodology") \
    F(DATE, value_date, NONE, "the scheduled date") \
    F(U32, vintage, NONE, "1 is the first print") \
    F(AT, published_at, NONE, "the day's end plus 60 s; inputs: journaled before the day's end") \
    F(ENUM, status, PRINT, "PRINTED (L1), CARRIED (L5), NO_PRINT (L6)") \
    F(ENUM, level, LEVEL, "of the waterfall; L2, L3 and L4 are not used") \
    F(ENUM, label, LABEL, "what the inputs are") \
    F(BITS, flags, TOKEN_FLAG, "LINK, SUCCESSOR, SLOT_CARRIED, ...") \
    F(ENUM0, why_l1, SHORT, "why L1 failed") \
    F(ENUM0, why_link, SHORT, "why a rebalance due was put off") \
    F(ENUM0, why_none, SHORT, "MARKET_FAILURE without a print") \
    F(PRICE, value, NONE, "index points; - without a print") \
    F(DATE, priced_on, NONE, "value date of the points shown: older when carried") \
    F(U32, age, NONE, "days since priced_on") \
    F(PRICE, exact, NONE, "the level of this day before publication's rounding") \
    F(PRICE, basket_price, NONE, "USD per million tokens of the basket in force") \
    F(PRICE, unit_value, NONE, "the same slots by usage: a unit value, it moves with the mix") \
    F(U32, slots, NONE, "of the basket in force, those that left not counted") \
    F(U32, slots_fresh, NONE, "with a price of the day") \
    F(U32, fresh_ppm, NONE, "their share of the basket's cost") \
    F(U32, looked_at, NONE, "records in force, eligible or not") \
    F(U32, owner_max_ppm, NONE, "largest slot's share of cost") \
    F(DATE, basket_from, NONE, "rebalance in force, before a link of this day") \
    F(DATE, link_on, NONE, "day of the link it counts from") \
    F(PRICE, link_level, NONE, "index level on that day") \
    F(I64, link_cost, NONE, "of this basket on that day, 1e-15 USD per million tokens") \
    F(I64, cost, NONE, "of this basket on this day") \
    F(DATE, next_from, NONE, "rebalance linked in on this day") \
    F(PRICE, next_level, NONE, "index level under the new basket on this day: equals exact") \
    F(I64, next_cost, NONE, "of the new basket on this day") \
    F(I64, accumulator, NONE, "sum of value x 24 h to this date, micros x hours") \
    F(U32, accumulator_days, NONE, "dates with a value in it") \
    F(PRICE, prior_value, NONE, "last L1 value before this date") \
    F(DATE, prior_on, NONE, "its date") \
    F(I64, prior_accumulator, NONE, "accumulator of the date before") \
    F(U32, prior_days, NONE, "its days") \
    F(HASH, prior_receipt, NONE, "receipt of the date before; zeroes for the first") \
    F(HASH, methodology, NONE, "SHA-256 of its canonical bytes") \
    F(HASH, input_root, NONE, "Merkle root over pages read and one leaf of reasons")
struct token_print {
    i64 published_at, value, exact, basket_price, unit_value, link_level, link_cost, cost;
    i64 next_level, next_cost, accumulator, prior_value, prior_accumulator;
    Hash prior_receipt, methodology, input_root, receipt;
    Date value_date, priced_on, basket_from, link_on, next_from, prior_on;
    u32 method_version, vintage, flags, age, slots, slots_fresh, fresh_ppm, looked_at;
    u32 owner_max_ppm, accumulator_days, prior_days;
    u32 dropped[REASON_COUNT]; /* records out, by reason */
    char index[32];
    u8 status, level, label, why_l1, why_link, why_none;
};
extern const struct fact_table token_print_table;

struct token_caps {
    u32 records;            /* looked at by one print */
    u32 lines;              /* distinct (source, provider, model, side) over the series */
    u32 log_records, names; /* at least the log's own capacities */
};
struct token_index; /* opaque; a view over the caller's memory */
NODISCARD u64 token_bytes(struct token_caps c);
/* `memory` is zeroed, 64-byte aligned; `m` and `log` stay the caller's. NULL if memory is too small
 * or m is not valid. */
NODISCARD struct token_index *token_open(void *memory, u64 bytes, struct token_caps c,
                                         const struct token_method *m, struct obs_log *log);
NODISCARD Date token_next_date(const struct token_index *ix);
NODISCARD Instant token_publish_time(Date date);
NODISCARD enum index_result token_print(struct token_index *ix, const struct index_sink *sink,
                                        struct token_print *out);

/* A receipt on its own, as receipt_check() does for GPU benchmarks. */
#define TOKEN_RECEIPT_FIRST_LINE "hedgerow-token-receipt 1"
struct token_verdict {
    bool ok;
    u32 line;
    char field[40];
    char cause[96];
    Date value_date;
    bool has_method;
    u32 decimals;
    bool is_signed;
    u8 key[32], signature[64];
    struct token_print print;
};
NODISCARD bool token_receipt_is(const char *text, u64 n); /* by its first line */
NODISCARD u64 token_check_bytes(const char *text, u64 n);
/* `method` is filled once it was read. */
void token_check(const char *text, u64 n, void *memory, u64 bytes, struct token_method *method,
                 struct token_verdict *out);
void token_explain(const char *text, u64 n, void *memory, u64 bytes, struct token_method *method,
                   const struct index_sink *sink, struct token_verdict *out);

#endif
