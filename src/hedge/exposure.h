/* exposure.h -- bills to exposure: every row in one bucket, mapped rows in cells, doubts by name.
 * Owns:   the buckets and their order of tests, cells, months, currencies, the three-SKU join.
 * Never:  drops a row, adds two currencies, rounds a sum; holds a row (memory is by cell).
 * Always: buckets add up to BilledCost and EffectiveCost of the bill to the last digit, by
 *         currency.
 */
#ifndef HEDGEROW_HEDGE_EXPOSURE_H
#define HEDGEROW_HEDGE_EXPOSURE_H

#include "hedge/detect.h"

/* X(NAME, text, group): groups are the report's mapped, locked, unmapped, excluded. */
#define BUCKETS(X) \
    X(GPU_ON_DEMAND, "gpu_on_demand", MAPPED) X(GPU_SPOT, "gpu_spot", MAPPED) \
    X(TOKEN_USAGE, "token_usage", MAPPED) X(GPU_COMMITTED, "gpu_committed", LOCKED) \
    X(GPU_COMMITMENT_UNUSED, "gpu_commitment_unused", LOCKED) \
    X(COMMITMENT_PURCHASE, "commitment_purchase", LOCKED) \
    X(UNMAPPED_GPU, "unmapped_gpu", UNMAPPED) X(TOKEN_UNPRICED, "token_unpriced", UNMAPPED) \
    X(CREDIT, "credit", EXCLUDED) X(TAX, "tax", EXCLUDED) X(ADJUSTMENT, "adjustment", EXCLUDED) \
    X(NON_GPU, "non_gpu", EXCLUDED)
enum bucket_group { GROUP_MAPPED, GROUP_LOCKED, GROUP_UNMAPPED, GROUP_EXCLUDED, GROUPS };
#define AS_BUCKET(NAME, text, group) BUCKET_##NAME,
enum bucket { BUCKETS(AS_BUCKET) BUCKET_COUNT };
NODISCARD const char *bucket_text(u32 bucket);
NODISCARD enum bucket_group bucket_group(u32 bucket);
NODISCARD const char *bucket_group_text(u32 group);
enum pool { POOL_ON_DEMAND, POOL_SPOT, POOL_COMMITTED };
NODISCARD const char *pool_text(u32 pool);

#define QUALITIES(X) \
    X(null_words, "cells that say NULL, null, None or N/A, taken as not stated") \
    X(times_without_zone, "times with a space and no zone, taken as UTC") \
    X(us_dates, "dates with slashes, read as month/day/year") \
    X(negative_rows, "rows with a negative BilledCost or EffectiveCost") \
    X(correction_rows, "rows that correct an earlier month, counted in the month they correct") \
    X(identical_rows, "rows equal byte for byte to an earlier one of their file: kept") \
    X(whole_dollar_effective, "GPU rows whose EffectiveCost is a whole number and BilledCost is " \
                              "not: taken as printed") \
    X(weak_hits, "rows mapped by the words of ChargeDescription alone") \
    X(pool_not_stated, "mapped GPU rows without a PricingCategory: taken as on_demand") \
    X(quantity_mismatch, "rows whose PricingQuantity and ConsumedQuantity differ by over 0.1 %") \
    X(price_out_of_range, "rows whose price is not within 20 times of the list price") \
    X(unit_unknown, "mapped rows whose PricingUnit is not known: unmapped") \
    X(split_rows, "usage rows across a month's end, split by hours") \
    X(joined_rows, "core and RAM rows joined to their machine by ResourceId and period") \
    X(join_failed, "core and RAM rows without a label that joined no machine: non_gpu") \
    X(no_exchange_rate, "mapped rows whose currency has no rate for their month: kept as billed") \
    X(reservation_unused, "rows of unused capacity reservations, counted as on_demand") \
    X(blank_lines, "blank lines") X(byte_order_marks, "files that start with a byte-order mark") \
    X(crlf_files, "files with CRLF line ends") X(extra_columns, "columns that are not of FOCUS 1.2")
#define AS_QUALITY(name, text) QUALITY_##name,
enum quality_code { QUALITIES(AS_QUALITY) QUALITY_CODES };
NODISCARD const char *quality_name(u32 code);
NODISCARD const char *quality_text(u32 code);

#define CURRENCIES_MAX 32u
struct bucket_sum { i128 billed, effective; u64 rows; };
struct cell_key { u32 tokens; i32 month; u32 provider, region, what, side, currency, zero; };
struct cell { struct cell_key key; i128 quantity, cost; u64 rows; };
struct doubt_key { u32 bucket, provider, region, what, reason, currency; };
struct doubt { struct doubt_key key; u64 zero; i128 billed, effective; u64 rows; };
struct exposure_cause { char column[48]; u64 line; u32 file; char text[160]; };
struct bill { char name[256]; u64 rows, bytes; Hash hash; };

/* A plan row as it stood, checked: names of its numbers, 0 empty. `replaces`: the bill has the
 * cell. */
enum { PLAN_HOURS, PLAN_PRICE, PLAN_SD, PLAN_CORR, PLAN_START, PLAN_NUMBERS };
struct plan { struct cell_key key; u32 text[PLAN_NUMBERS], replaces; };
struct sd { struct cell_key key; u64 text; }; /* of a token row: the name of its sd */

/* An open-addressed table of items that begin with their key. */
struct bag { u8 *at; u32 *slot; u32 n, cap, slots, item, key; };
NODISCARD void *bag_of(struct bag *b, const void *key); /* new items are zero; NULL: no memory */
NODISCARD void *bag_has(const struct bag *b, const void *key);
#define BAG_AT(b, type, i) ((type *)(void *)((b)->at + (u64)(i) * (b)->item))

struct exposure {
    const struct instances *types;
    struct rules *rules;
    struct detector *detector;
    struct bag cells, doubts, names, pending, machines, rates, sds, plans;
    char *text; /* of names */
    u64 text_n, text_cap;
    u32 currency[CURRENCIES_MAX], currencies; /* names */
    struct bucket_sum bucket[CURRENCIES_MAX][BUCKET_COUNT], all[CURRENCIES_MAX];
    u64 quality[QUALITY_CODES];
    u64 column_missing; /* bit i: column i of the list was missing in a file */
    u64 rows, causes;
    struct exposure_cause cause[20];
    u64 *seen; /* hashes of rows of this file, for identical_rows */
    u32 seen_n, file;
    i128 unjoined; /* EffectiveCost of join_failed */
    bool no_memory;
    void *columns; /* of the bill being read */
};

NODISCARD struct exposure *exposure_new(const struct instances *types, struct rules *rules);
void exposure_give(struct exposure *e);
/* Reads one bill; counts its rows into *rows. Causes are kept in e; false only without memory. */
NODISCARD bool exposure_bill(struct exposure *e, struct focus_lexer *x, u32 file, u64 *rows);
/* month,from,to,rate. Before the bills. Causes in e. */
void exposure_rates(struct exposure *e, struct focus_lexer *x, u32 file);
/* month,provider,model,direction,tokens,price_per_mtok,sd: cells without a region. */
void exposure_tokens(struct exposure *e, struct focus_lexer *x, u32 file, u64 *rows);
/* month,gpu_class,region,provider,term,hours,price,sd[,corr][,start_prob]. */
void exposure_plan(struct exposure *e, struct focus_lexer *x, u32 file, u64 *rows);
/* After the last file: joins what waits, sorts cells and doubts, asserts the tie. */
void exposure_finish(struct exposure *e);
NODISCARD const char *exposure_name(const struct exposure *e, u32 id);
NODISCARD const char *exposure_column(u32 column); /* NULL past the last */

/* Why a row is where it is: the finding and the bucket of one line. False: no such line. */
struct exposure_why {
    struct finding found;
    enum bucket bucket;
    const char *reason;
    i128 quantity, billed, effective;
    bool there;
    char text[1024];
};
NODISCARD bool exposure_explain(struct exposure *e, struct focus_lexer *x, u64 line,
                                struct exposure_why *why);

#endif
