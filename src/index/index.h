/* index.h -- the benchmark: recorded observations in, one print with a status a scheduled date out.
 * Owns:   the series of one methodology: screens, estimate, waterfall, running sums, receipts.
 * Never:  sees an order, a clock or a float; allocates; lets a record journaled at or after a
 *         print's publication touch that print.
 * Always: every scheduled date (each UTC day from effective_from) has exactly one status; equal
 *         inputs give equal receipts, byte for byte.
 */
#ifndef HEDGEROW_INDEX_INDEX_H
#define HEDGEROW_INDEX_INDEX_H

#include "index/fact.h"
#include "index/methodology.h"
#include "index/observation.h"

#define INDEX_PUBLISH_DELAY_NS (INT64_C(60) * NS_PER_SECOND) /* after the window's end */
#define RECEIPT_RECORDS_MAX 65536u /* above, a receipt names the log's pages instead */
#define VENUES_OUT_MAX 16u

/* One print. The numbered facts of index.md section 9; PRINT_FIELDS is also the receipt's order. */
#define PRINT_FIELDS(F) \
    F(TEXT32, index, NONE, "benchmark id") \
    F(U32, method_version, NONE, "of the methodology") \
    F(DATE, value_date, NONE, "the scheduled date") \
    F(U32, vintage, NONE, "1 is the first print") \
    F(AT, published_at, NONE, "inputs are journaled before it") \
    F(ENUM, status, PRINT, "PRINTED (L1-L4), CARRIED (L5), NO_PRINT (L6)") \
    F(ENUM, level, LEVEL, "of the waterfall") \
    F(ENUM, label, LABEL, "what the inputs are") \
    F(BITS, flags, BENCH_FLAG, "WIDENED, CARRIED, ...") \
    F(ENUM0, why_l1, SHORT, "why L1 failed") \
    F(ENUM0, why_l2, SHORT, "why the widest L2 window tried failed") \
    F(ENUM0, why_l3, SHORT, "why the order book gave no value") \
    F(ENUM0, why_l4, SHORT, "why the panel gave none") \
    F(ENUM0, why_none, SHORT, "MARKET_FAILURE without a print") \
    F(PRICE, value, NONE, "USD per GPU-hour; - without a print") \
    F(DATE, priced_on, NONE, "value date of the price shown: older when carried") \
    F(U32, age, NONE, "scheduled days since priced_on") \
    F(PRICE, p1, NONE, "1st percentile of eligible prices by weight") \
    F(PRICE, p25, NONE, "25th") \
    F(PRICE, p50, NONE, "50th") \
    F(PRICE, p75, NONE, "75th") \
    F(PRICE, p99, NONE, "99th") \
    F(U32, owners, NONE, "beneficial owners that count") \
    F(U32, observations, NONE, "eligible records") \
    F(U32, looked_at, NONE, "records in the window, eligible or not") \
    F(I64, volume, NONE, "milli-GPU-hours; records where weights are equal") \
    F(U32, partitions, NONE, "valid ones") \
    F(U32, window_hours, NONE, "of the level used") \
    F(U32, absent, NONE, "entities with a weight in the methodology and no price") \
    F(U32, executed_ppm, NONE, "share of trades in the volume") \
    F(U32, owner_max_ppm, NONE, "largest owner's share of weight before the cap") \
    F(NAME, owner_max, NONE, "that owner") \
    F(U32, hhi, NONE, "concentration of final weights, x 10^4") \
    F(U32, n_eff_milli, NONE, "effective number of owners x 1000") \
    F(I64, accumulator, NONE, "sum of value x 24 h to this date, micros x hours") \
    F(U32, accumulator_days, NONE, "dates with a value in it") \
    F(PRICE, prior_value, NONE, "last L1-L3 value before this date") \
    F(DATE, prior_on, NONE, "its date") \
    F(I64, prior_accumulator, NONE, "accumulator of the date before") \
    F(U32, prior_days, NONE, "its days") \
    F(HASH, prior_receipt, NONE, "receipt of the date before; zeroes for the first") \
    F(HASH, restates, NONE, "receipt of the version before; zeroes for the first") \
    F(HASH, methodology, NONE, "SHA-256 of its canonical bytes") \
    F(HASH, registry, NONE, "SHA-256 of the owner rows used") \
    F(HASH, input_root, NONE, "Merkle root over pages read and one leaf of reasons")
struct print {
    i64 published_at, value, p1, p25, p50, p75, p99, volume, accumulator;
    i64 prior_value, prior_accumulator;
    Hash prior_receipt, restates, methodology, registry, input_root, receipt;
    Date value_date, priced_on, prior_on;
    u32 method_version, vintage, flags, age, owners, observations, looked_at, partitions;
    u32 window_hours, absent, executed_ppm, owner_max_ppm, owner_max, hhi, n_eff_milli;
    u32 accumulator_days, prior_days;
    u32 dropped[REASON_COUNT]; /* records out, by reason */
    char index[32];
    u8 status, level, label, why_l1, why_l2, why_l3, why_l4, why_none;
};
extern const struct fact_table print_table;

/* How large; a breach is INDEX_FULL at the print that meets it, earlier prints stand. */
struct index_caps {
    u32 records;            /* looked at by one print, history and flow included */
    u32 lines;              /* distinct lines over the series */
    u32 owners;             /* rows of the registry */
    u32 log_records, names; /* at least the log's own capacities */
};
enum index_result {
    INDEX_OK,
    INDEX_FULL,
    INDEX_ORDER, /* past the last date */
    INDEX_SAME   /* a restatement that moves too little: no version */
};

struct index; /* opaque; a view over the caller's memory */
NODISCARD u64 index_bytes(struct index_caps c);
/* `memory` is zeroed, 64-byte aligned. `rows` and `log` stay the caller's and must outlive it; the
 * log may grow between prints. NULL if memory is too small or m is not valid. */
NODISCARD struct index *index_open(void *memory, u64 bytes, struct index_caps c,
                                   const struct methodology *m, const struct owner *rows,
                                   u32 rows_n, struct obs_log *log);
/* The next date of the series: effective_from, then each day after. */
NODISCARD Date index_next_date(const struct index *ix);
/* When that date's print is published: its window's end plus 60 s. Inputs are those before it. */
NODISCARD Instant index_publish_time(const struct methodology *m, Date date);

/* Hands and a watch that the shell may lend: the core has no threads and no clock. `run` calls
 * job(arg, 0 .. jobs-1) in any order, on any thread, and returns when all are done; `stage` is told
 * as each stage of a print ends. Either may be NULL. Results are the same whatever is lent. */
struct index_crew {
    void (*run)(void *to, u32 jobs, void (*job)(void *arg, u32 i), void *arg);
    void (*stage)(void *watch, u32 stage);
    void *to, *watch;
    u32 hands;
};
#define INDEX_STAGES(X) \
    X(TAKE, "take, normalise, rules 1-8") X(FLOWS, "flows") X(HISTORY, "lines' histories") \
    X(SCREENS, "jump, outlier") X(VENUES, "venues") X(ESTIMATE, "group by owner, estimate") \
    X(LEVEL, "waterfall, counts") X(RECEIPT, "receipt over the pages") X(REMEMBER, "remember")
#define AS_INDEX_STAGE(NAME, text) INDEX_STAGE_##NAME,
enum index_stage { INDEX_STAGES(AS_INDEX_STAGE) INDEX_STAGE_COUNT };
void index_crew_set(struct index *ix, struct index_crew crew);

/* From index_next_date() on, the next version of the methodology: same id, version one higher,
 * effective_from that date. Prints made stay, histories and sums go on. False: it is not that. Take
 * the last date's restatements first. */
NODISCARD bool index_switch(struct index *ix, const struct methodology *next);

/* Where the text of a receipt goes; NULL: hashed only. */
struct index_sink { void (*put)(void *to, const char *bytes, u32 n); void *to; };
/* Computes the print of index_next_date(), and moves on. */
NODISCARD enum index_result index_print(struct index *ix, const struct index_sink *sink,
                                        struct print *out);

/* -- restatement (restate.c): a later version of the print made last, of the same date -- */
/* When it is next restated, given the records in the log now; 0: it is not. A record of its window
 * journaled at or after its publication asks for it. Take what is due before the next date's
 * print: first prints never see a restatement. */
NODISCARD Instant index_restate_due(const struct index *ix);
/* Computes what is due from the state the first print began with and the records journaled before
 * the due time. INDEX_OK: *out is a new version. INDEX_SAME: it moved by no more than
 * restatement.min_ppm; *out has the value, no receipt. */
NODISCARD enum index_result index_restate(struct index *ix, const struct index_sink *sink,
                                          struct print *out);
/* What a record journaled after its date's print can still do. Of the earliest date whose window
 * has it; `*date` is that date. */
enum late { LATE_NOT, LATE_IN_TIME, LATE_TOO_LATE };
NODISCARD enum late index_late(const struct methodology *m, const struct observation *o,
                               Date *date);

/* A receipt on its own: parse, recompute from its own lines, write again, compare byte for byte. */
struct receipt_verdict {
    bool ok;
    u32 line;        /* of the first difference, from 1; 0 if none */
    char field[40];  /* name of the line that differs, or of the fault */
    char cause[96];  /* "the receipt says 3.29.., its lines give 3.30.." */
    Date value_date; /* once read; with it the version */
    u32 vintage;
    bool has_method; /* `method` was read */
    struct methodology method;
    bool is_signed; /* a signature line is there; the shell checks it */
    u8 key[32], signature[64];
    struct print print;
};
NODISCARD u64 receipt_check_bytes(const char *text, u64 n); /* memory that receipt_check needs */
/* `memory` is zeroed, 64-byte aligned. */
void receipt_check(const char *text, u64 n, void *memory, u64 bytes, struct receipt_verdict *out);
/* The same, and each step in words: what was looked at, why records are out, owners and weights,
 * the estimate, sufficiency, the level. Nothing is written for a text that does not parse. */
void receipt_explain(const char *text, u64 n, void *memory, u64 bytes,
                     const struct index_sink *sink, struct receipt_verdict *out);

#endif
