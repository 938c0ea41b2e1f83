/* splice.h -- a continuous series over generations: other benchmarks' prints at dated factors.
 * Owns:   the record of a spliced series (index.md section 10), its validity, the value of a day.
 * Never:  computes a factor (quant and `index factors` do), or changes what an open contract
 *         settles on: a new roll is a new version, and a contract names its version.
 * Always: the parts' days rise and the first is effective_from, so every day has exactly one part;
 *         an official roll has >= 60 days of overlap behind it and was announced >= 90 days before.
 */
#ifndef HEDGEROW_INDEX_SPLICE_H
#define HEDGEROW_INDEX_SPLICE_H

#include "index/token_method.h"

#define SPLICE_PARTS_MAX 32u
#define SPLICE_OVERLAP_DAYS 60
#define SPLICE_NOTICE_DAYS 90

/* SHADOW: a trial over history under an id of its own; nothing settles on it and no notice is
 * due. */
#define SERIES_STANDING_LIST(X) \
    X(SERIES_STANDING, OFFICIAL, "official") X(SERIES_STANDING, SHADOW, "shadow")
/* How a part is joined on: at its stated factor (known in advance, so the day of the roll keeps
 * what the ratio is off its median), or at the level of its first day, both generations priced then
 * (no jump, but nobody knew the factor before: never official). */
#define JOIN_LIST(X) X(JOIN, FACTOR, "FACTOR") X(JOIN, LINK_DAY, "LINK_DAY")
AS_LIST_ENUM(SERIES_STANDING)
AS_LIST_ENUM(JOIN)
AS_BENCH_WORDS(SERIES_STANDING)
AS_BENCH_WORDS(JOIN)

#define SPLICE_PART_FIELDS(X) \
    X(TEXT, series, "", "series", NEED, 32, 0, "benchmark whose prints count") \
    X(DATE, from, "", "from", NEED, 0, 0, "first day") \
    X(INT, factor_ppm, "", "factor_ppm", NEED, 1, 100000000, \
      "reference over series; 1000000 for the reference itself") \
    X(DATE, announced, "", "announced", OPT, 0, 0, "published on") \
    X(DATE, overlap_from, "", "overlap_from", OPT, 0, 0, "first day of the overlap") \
    X(DATE, overlap_to, "", "overlap_to", OPT, 0, 0, "last day of it") \
    X(INT, overlap_days, "", "overlap_days", OPT, 0, 36600, "days in it that both printed") \
    X(HASH, report, "", "report", OPT, 0, 0, "SHA-256 of the report the factor is from")
struct splice_part { SPLICE_PART_FIELDS(RECORD_MEMBER) };
#define SPLICE_FIELDS(X) \
    X(ENUM, kind, "", "kind", NEED, bench_words_METHOD_KIND, 0, "splice") \
    X(TEXT, index, "", "index", NEED, 32, 0, "benchmark id") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every roll") \
    X(DATE, effective_from, "", "effective_from", NEED, 0, 0, "first value date of the series") \
    X(ENUM, label, "", "label", NEED, bench_words_LABEL, 0, "what the inputs are") \
    X(ENUM, standing, "", "standing", NEED, bench_words_SERIES_STANDING, 0, \
      "shadow: nothing settles on it") \
    X(TEXT, measures, "", "measures", NEED, 192, 0, "the measured interest in one sentence") \
    X(TEXT, reference, "", "reference", NEED, 32, 0, "benchmark in whose unit the value is") \
    X(ENUM, join, "", "join", NEED, bench_words_JOIN, 0, "FACTOR; LINK_DAY in a shadow only") \
    X(INT, decimals, "publish", "decimals", NEED, 0, 6, "of the value") \
    X(ENUM, round, "publish", "round", NEED, bench_words_PIN_ROUND, 0, "once, at the end") \
    X(LIST, parts, "", "parts", NEED, 32, splice_part, "generations, one after another")
struct splice { SPLICE_FIELDS(RECORD_MEMBER) };
extern const struct record splice_part_record, splice_record;

/* splice_record.fields, or the first field at fault; *cause says why. */
NODISCARD u32 splice_fault(const struct splice *s, const char **cause);
/* The part of a day; UINT32_MAX before the first. */
NODISCARD u32 splice_part_on(const struct splice *s, Date d);
/* price x factor / 1e6 to the record's decimals, half-even once. False: does not fit, or 0. */
NODISCARD bool splice_value(const struct splice *s, u32 part, i64 price, i64 *out);
/* A series day by day, whatever its join. Zeroes to begin with. */
struct splice_chain { i64 level, price; u32 part, zero; }; /* of the last link; part in force */
/* The value of a day from what each part's series says of it (value 0: nothing). Joined at LINK_DAY
 * a roll waits for a day that both printed: a carried value makes no link. 0 without a value.
 * *part: whose print it is. */
struct splice_price { i64 value; bool printed; u8 zero[7]; };
NODISCARD i64 splice_next(const struct splice *s, struct splice_chain *c, Date d,
                          const struct splice_price *prices, u32 *part);

#endif
