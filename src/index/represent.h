/* represent.h -- does the sample look like the market? Strata, target shares, coverage (index.md
 * section 13).
 * Owns:   the record of strata with frozen target shares, the tree they collapse by, the measures.
 * Never:  lets a stratum drop in silence, or changes a print: the post-stratified value is a check.
 * Always: target shares sum to 1,000,000 ppm; an empty stratum takes its parent's value, and is
 *         named.
 */
#ifndef HEDGEROW_INDEX_REPRESENT_H
#define HEDGEROW_INDEX_REPRESENT_H

#include "index/index.h"
#include "index/stats.h"

#define STRATA_MAX METHOD_STRATA_MAX
#define STRATA_FIELDS(X) \
    X(TEXT, name, "", "name", NEED, 32, 0, "name") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(DATE, from, "", "from", NEED, 0, 0, "first day of the quarter they are frozen for") \
    X(DATE, to, "", "to", NEED, 0, 0, "last day") \
    X(INT, n_min, "", "n_min", NEED, 1, 1000000, "least records for a stratum to be covered") \
    X(TEXT, evidence, "", "evidence", NEED, 160, 0, "on what the shares rest") \
    X(LIST, rows, "", "strata", NEED, STRATA_MAX, stratum, \
      "as in a methodology: the first leaf that fits takes a record")
struct strata { STRATA_FIELDS(RECORD_MEMBER) };
extern const struct record strata_record;
/* The strata of a methodology that has some: frozen as long as its version is in force. */
NODISCARD bool strata_of_methodology(const struct methodology *m, struct strata *out);
/* NULL, or what is wrong; *row says where (rows_n: the whole). */
NODISCARD const char *strata_file_fault(const struct strata *s, u32 *row);

struct stratum_seen {
    u32 n;      /* records of the print in it; of a parent, in its leaves */
    u32 used;   /* the stratum whose value stands for it; STRATA_MAX: none has one */
    i64 weight; /* their sizes; counts where weights are equal */
    i64 value;  /* weighted median of theirs, micros; 0: empty */
};
struct represented {
    bool has;              /* the print was estimated from records of its own */
    bool frozen;           /* the value date is within the strata's quarter */
    u32 strata_n, outside; /* records in no stratum */
    struct stratum_seen at[STRATA_MAX];
    i64 weight, outside_weight;
    u32 tvd_ppm, coverage_ppm, kish_milli, double_ppm, collapsed;
    i64 post_value; /* micros; 0: a stratum with a share has no value at all */
};
/* Of the print made last. Uses the series' scratch memory and leaves the series as it was. */
void index_represent(struct index *ix, const struct print *p, const struct strata *s,
                     struct represented *out);

/* Each record that the estimate of the print made last took, in no order that means anything; none
 * where the print has no estimate of its own. */
struct input_seen { const struct observation *o; i64 price, size; Name owner; };
void index_inputs(struct index *ix, const struct print *p,
                  void (*put)(void *to, const struct input_seen *seen), void *to);

/* Half the sum of |sample - target|, outside counted as a share with no target. */
NODISCARD u32 tvd_ppm(const i64 *sample, const i64 *target_ppm, u32 n, i64 outside);
/* Sum of target shares of strata with at least n_min records. */
NODISCARD u32 coverage_ppm(const u32 *n_seen, const i64 *target_ppm, u32 n, u32 n_min);
/* Sum W theta. value 0: empty, and takes that of parent[i] (n: none), or of its parent. used[i] is
 * whose value stood. False: some stratum with a share ends nowhere. */
NODISCARD bool post_stratified(const i64 *value, const i64 *target_ppm, const u32 *parent, u32 n,
                               u32 *used, i64 *out);
/* Kish's (sum w)^2 / sum w^2 x 1000 for weights of any size. `scratch` of n. */
NODISCARD u32 kish_wide_milli(const i64 *weight, u32 n, i64 *scratch);

#endif
