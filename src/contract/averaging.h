/* averaging.h -- from daily prints to a settlement price: the arithmetic of contracts.md section 3.
 * Owns:   day rules for missing prints, the mean, running mark, the settlement without trades,
 *         the bad-day test, diminishing balance, settlement cash.
 * Never:  sees an order or a book, or re-opens a day that was decided.
 * Always: the mean is rounded once; a dropped day lowers N on the day it is dropped.
 */
#ifndef HEDGEROW_CONTRACT_AVERAGING_H
#define HEDGEROW_CONTRACT_AVERAGING_H

#include "contract/listing.h"

#define AVERAGING_HISTORY_MAX 31u

/* One scheduled date of the index as it binds. */
typedef struct {
    Date date, priced_on; /* priced_on < date when CARRIED: the age of a carry counts from it */
    i64 value;            /* micros per unit; 0 with NO_PRINT */
    u32 status;           /* SPEC_PRINT_PRINTED, _CARRIED, _NO_PRINT (numbers of msg's PRINT) */
    u32 zero;
} Print;
static_assert(sizeof(Print) == 24, "no hidden padding");

/* What became of one day of the set, or of `days` days filled alike. */
typedef struct {
    Date date; /* the (first) day */
    u32 days;
    u32 kind;  /* SPEC_FIXING_PRINTED, _CARRIED, _DROPPED (numbers of msg's FIXING) */
    u32 fixed; /* n after it */
    u32 total; /* N after it */
    u32 zero;
    i64 value; /* each day's; 0 when dropped */
    i64 mean;  /* A_n, half-even to a micro; 0 while n is 0 */
} Fixing;
#define AVERAGING_FIXINGS_MAX 2u /* of one call */

/* The running state of one contract; lives in the arena, starts zeroed. */
struct averaging {
    i64 sum;                   /* of the n values */
    u32 total, fixed, dropped; /* N now, n, dropped so far */
    u32 set;                   /* N at listing */
    u32 bad, bad_run, bad_run_max;
    u32 gap;                /* FILL_MEAN_G: days waiting for the gap's end */
    Date gap_from, last_on; /* last_on: the date of the price last seen; 0 none */
    i64 last;               /* the last print's value, also from before the period */
    u32 history_n, zero;
    i64 history[AVERAGING_HISTORY_MAX]; /* FILL_MEAN_G: the values before a gap, newest last */
};
static_assert(sizeof(struct averaging) == 64 + 8 * AVERAGING_HISTORY_MAX, "no hidden padding");

void averaging_open(struct averaging *a, const struct listing *l);
/* A date of the index outside the set (or before the period): only remembered for carrying. */
void averaging_see(struct averaging *a, const struct spec *s, const Print *p);
/* A date of the set, once it has its status. Returns the fixings decided, at most two. */
NODISCARD u32 averaging_day(struct averaging *a, const struct spec *s, const Print *p,
                            Fixing out[AVERAGING_FIXINGS_MAX]);
/* After the set's last day: a gap still open is filled. Returns 0 or 1 fixing. */
NODISCARD u32 averaging_close(struct averaging *a, const struct spec *s,
                              Fixing out[AVERAGING_FIXINGS_MAX]);
/* More than bad.share_ppm of the set, or more than bad.run in a row, or nothing fixed at all. */
NODISCARD bool averaging_determination(const struct averaging *a, const struct spec *s);
/* The final price: half-even mean rounded once to fsp.digits (or HALF_UP, TO_TICK); n > 0. */
NODISCARD i64 averaging_final(const struct averaging *a, const struct spec *s);
NODISCARD i64 averaging_mean(const struct averaging *a); /* A_n to a micro; n > 0 */

/* The same pieces on their own. Values are micros per unit. */
NODISCARD i64 mean_rounded(i128 sum, u32 n, u32 digits, u32 round_mode, i64 tick_final);
/* F = (sum of fixings + (N - n) rest) / N, half-even to a micro. */
NODISCARD i64 running_mark(i64 sum, u32 n, u32 total, i64 rest);
NODISCARD i64 running_delta_ppm(u32 n, u32 total); /* (N - n) / N, half-even */
/* RUNNING_NO_TRADES: yesterday D_prev with n_prev fixings of sum_prev; today n of sum. *rest is
 * what yesterday implied for the days left then, half-even to a micro. All fixed: D = A_N.
 * False when n_prev == total (yesterday left nothing to imply): *dsp and *rest untouched. */
NODISCARD bool running_no_trades(i64 d_prev, i64 sum_prev, u32 n_prev, i64 sum, u32 n, u32 total,
                                 i64 tick, i64 *rest, i64 *dsp);
/* ceil(|lots| (N - n) / N) */
NODISCARD i64 diminishing(i64 lots, u32 n, u32 total);
/* True if bad days of `set` scheduled ones pass the share, or a run passes its bound. */
NODISCARD bool bad_days(u32 bad, u32 set, u32 run_max, i64 share_ppm, i64 run);

/* (to - from) x units of a lot in micros, half-even once per lot, then times lots. False:
 * overflow. */
NODISCARD bool settlement_cash(i64 from, i64 to, i64 lot_units_milli, i64 lots, Money *out);
/* tick x units; false when it is no whole micro or does not fit. */
NODISCARD bool tick_value(i64 tick, i64 lot_units_milli, i64 *micros);
/* hours / fixed hours in ppm, half-even; and lots x ratio in hundredths of a lot, half-even. */
NODISCARD bool lot_ratio(i64 hours, i64 fixed_hours, i64 lots, i64 *ratio_ppm, i64 *centilots);
/* sum(P_c H_c) / sum(H_c), half-even to `tick` micros (1: a micro); false: overflow or no hours. */
NODISCARD bool strip_price(const i64 *prices, const i64 *hours, u32 n, i64 tick, i64 *out);

#endif
