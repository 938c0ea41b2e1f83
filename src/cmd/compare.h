/* compare.h -- several methodologies over the same records: their values, their gaps, and why.
 * Owns:   the runs side by side, markets (one class and term each), sums, pairs and reasons.
 * Never:  computes a value itself: the index room does; sets two markets against each other.
 * Always: a gap is a share of the pair's midpoint in ppm, over dates that both printed.
 */
#ifndef HEDGEROW_CMD_COMPARE_H
#define HEDGEROW_CMD_COMPARE_H

#include "cmd/benchmark.h"
#include "index/view.h"

#define COMPARE_METHODS_MAX 64u
#define COMPARE_MARKET_MAX 12u /* methods of one market: what a table and a chart can show */

#define COMPARE_WHY_LIST(X) \
    X(RULES, "rules") X(LEVEL, "level") X(RECORDS, "records") X(OWNERS, "owners") \
    X(STATISTIC, "statistic")
#define AS_COMPARE_WHY(NAME, text) COMPARE_##NAME,
enum compare_why { COMPARE_WHY_LIST(AS_COMPARE_WHY) COMPARE_WHYS };
NODISCARD const char *compare_why_text(enum compare_why w);

struct compare_reason {
    u8 why;
    bool measured; /* gap_ppm says how much of the gap it makes */
    i64 gap_ppm;
    char text[1200];
};
struct compare_method {
    const char *path;
    char name[40]; /* its estimator, or its file where that does not tell it apart */
    struct methodology m;
    struct registry *registry;
    struct print *at; /* one a date of compare; status 0: before effective_from */
    u32 market;
    u32 levels[LEVEL_COUNT], short_of[SHORT_COUNT], days; /* dates in effect; why L1 failed */
    i64 low, high, mean;                                  /* of printed values; 0: none */
    u32 changes;                /* printed dates whose date before was printed too */
    i64 volatility_ppm;         /* mean absolute change of those */
    u32 owners_min, owners_max; /* of printed dates */
    u64 looked_at, eligible, dropped[REASON_COUNT];
};
struct compare_pair {
    u32 a, b;     /* methods */
    u32 days;     /* both printed */
    u32 others;   /* at least one has a value, and not both are printed */
    i64 gap_ppm;  /* mean of |a - b| */
    i64 lean_ppm; /* mean of a - b */
    i64 max_ppm;  /* a - b on `worst` */
    Date worst;   /* 0: no common date */
    struct compare_reason *reason;
    u32 reasons;
};
struct compare_market {
    u8 gpu_class, term;
    u32 method[COMPARE_MARKET_MAX], methods;
    u32 pair, pairs; /* in compare.pair */
    u32 widest;      /* a pair; UINT32_MAX: none */
};
struct compare {
    Date from, to;
    struct compare_method method[COMPARE_METHODS_MAX];
    struct compare_market market[COMPARE_METHODS_MAX];
    struct compare_pair *pair;
    u32 methods, markets, pairs;
    struct feed_log log;
    struct feed_result read;
};

struct compare_ask {
    const char *const *methods, *const *inputs;
    u32 methods_n, inputs_n;
    const char *owners; /* NULL: as seen from each methodology */
    Date from, to;      /* 0: all with data */
};
/* Loads, runs and weighs everything. */
NODISCARD Err compare_run(struct compare *c, const struct compare_ask *ask, struct why *w);
void compare_close(struct compare *c);

NODISCARD static inline u32 compare_days(const struct compare *c)
{
    return (u32)(c->to.days - c->from.days) + 1;
}
/* (a - b) / midpoint in ppm. */
NODISCARD i64 compare_gap_ppm(i64 a, i64 b);
/* Highest over lowest printed value of a market's date, as a gap; -1 with fewer than two. */
NODISCARD i64 compare_spread_ppm(const struct compare *c, const struct compare_market *k, u32 day);
/* Texts that the terminal and the page share: "1.23 %" of 12300 ppm; "2.9900", or "-" for none;
 * "L1 47, L6 2 (L1 failed by MIN_ENTITIES 2)"; "a stood 1.23 % below b"; "H100 on_demand". */
void compare_put_percent(struct text *t, i64 ppm);
void compare_put_usd(struct text *t, i64 micros, i64 decimals);
void compare_put_levels(struct text *t, const struct compare_method *m);
void compare_put_worst(const struct compare *c, const struct compare_pair *q, struct text *t);
void compare_put_market(const struct compare_market *k, struct text *t);

/* compare_why.c: fills every pair's reasons, running the series again to the dates that matter. */
NODISCARD Err compare_reasons(struct compare *c, struct why *w);
/* compare_html.c */
NODISCARD Err compare_html(const struct compare *c, const char *path, struct why *w);
/* cmd_index_compare.c: the verb. */
int index_compare(int argc, char **argv);

#endif
