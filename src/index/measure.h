/* measure.h -- how hard one print is to move: cost, influence, coalitions, by method, on its own
 * screened records (index.md section 12).
 * Owns:   the four methods set side by side: mean, winsorised mean, median, and the file's own.
 * Never:  changes the print or its series; says "exact" of what a search only bounded.
 * Always: what is said to move the file's own method was run through its own estimator and did.
 */
#ifndef HEDGEROW_INDEX_MEASURE_H
#define HEDGEROW_INDEX_MEASURE_H

#include "index/index.h"
#include "index/manipulate.h"

#define MEASURE_METHODS(X) \
    X(MEAN, "plain mean") X(WINSOR, "winsorised mean") X(MEDIAN, "weighted median") \
    X(OWN, "own method")
#define AS_MEASURE_METHOD(NAME, text) MEASURE_##NAME,
enum measure_method { MEASURE_METHODS(AS_MEASURE_METHOD) MEASURE_METHOD_COUNT };
NODISCARD const char *measure_method_text(u32 method);

struct measure_ask {
    u32 delta_ppm, names;   /* the move; names an attacker shows where no map joins them */
    u32 alpha_ppm, fee_ppm; /* of the winsorised mean set beside; of what an injection pays */
    u32 low_ppm, high_ppm;  /* an injected or repriced price, in ppm of the value */
    u32 effort;             /* estimates a search may take, and solver steps x 1000 */
    bool cost_only;         /* of the own method: for the trailing minimum */
};
NODISCARD struct measure_ask measure_ask_default(void);

struct influence { i64 ppm; Name owner; };
/* Owners whose free repricing moves the value by delta: no fewer than `least`, and these `found` do
 * (0: none do). Exact where they are equal. All stand at one end of the prices allowed: the most
 * they can do where the method rises with every price; elsewhere `least` proves nothing and is
 * 1. */
struct coalition { u32 least, found; Name first; };
struct measured_method {
    bool has;
    bool rises; /* with every price; else `single` may be larger, and coalitions are only found */
    i64 value;  /* micros, unrounded but for that */
    struct cost one[2], many[2];            /* UP, DOWN: as one owner, and as `names` of them */
    struct influence leave_one_out, single; /* the largest */
    struct coalition coalition[2];
};
struct measured {
    bool has;        /* false: no estimate that day, or too many records to copy */
    bool in_money;   /* false: a posted price costs nothing; costs are counts of names */
    bool all_owners; /* influence was asked of every owner, not of the largest only */
    u32 owners, records, without_print; /* owners without any one of whom there is no print */
    i64 price_low, price_high;          /* of injections and repricing, micros */
    struct measured_method method[MEASURE_METHOD_COUNT];
};
/* Memory for index_measure() of the print just made; 0 where there is nothing to measure. */
NODISCARD u64 index_measure_bytes(struct index *ix, const struct print *p);
/* `memory` is zeroed, 64-byte aligned. The series goes on afterwards as if this had not been. */
void index_measure(struct index *ix, const struct print *p, const struct measure_ask *ask,
                   void *memory, u64 bytes, struct measured *out);

/* A wash trade put into the print: size_ppm of its volume at ratio_ppm of its value, spread evenly
 * over its partitions, and what each method makes of it: ppm of its value. */
struct wash_ask { u32 size_ppm, ratio_ppm, names; };
struct washed { bool has[MEASURE_METHOD_COUNT]; i64 ppm[MEASURE_METHOD_COUNT]; };
void index_wash(struct index *ix, const struct print *p, const struct measure_ask *ask,
                const struct wash_ask *wash, void *memory, u64 bytes, struct washed *out);

/* The cost that bounds positions: the lesser side, split over names; false where no attack was
 * found on either. *bound: it may be less. */
NODISCARD bool measured_cost(const struct measured_method *m, i64 *cost, bool *bound);

#endif
