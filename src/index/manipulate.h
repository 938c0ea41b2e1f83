/* manipulate.h -- what it costs to move a statistic: closed forms, and the exact least cost of
 * moving a mean of weighted medians (index.md section 12).
 * Owns:   the arithmetic of cost to move, influence, and the position limit it implies.
 * Never:  touches a print; calls a bound exact; uses more effort than it was given.
 * Always: a size reported does move the statistic, and a cost is rounded up, a limit down.
 *
 * An injection is a rental of size s at price p, its price against the fair one: |p - fair| s on
 * the side that moves the value. Fair is the statistic of the partition it stands in, without it.
 */
#ifndef HEDGEROW_INDEX_MANIPULATE_H
#define HEDGEROW_INDEX_MANIPULATE_H

#include "index/stats.h"

enum move_side { MOVE_UP = 1, MOVE_DOWN };
enum cost_kind {
    COST_UNREACHABLE, /* no injection of the family moves it so far */
    COST_NOT_FOUND,   /* the search met none: there may be one */
    COST_EXACT,       /* the least there is */
    COST_BOUND, /* an injection that does it: the least is no more, and no less than `least` */
};
struct cost {
    u8 kind, side;
    u16 partitions; /* injected into */
    u32 names;      /* owners the attacker shows as */
    i64 size;       /* milli-units in all */
    i64 price;      /* of the dearest injection (the cheapest for DOWN), micros */
    i64 overpay;    /* micros of the currency, rounded up */
    i64 fees;       /* the same: fee_ppm of what was paid */
    i64 least;      /* proven: no attack costs less than this; overpay + fees where exact */
};

/* Sizes at `target` that move a weighted median there: the infimum of what is needed, and the
 * least whole milli-unit under each tie rule. Points need not be sorted. */
struct median_move { i64 infimum, least[TIE_COUNT]; };
NODISCARD bool median_move(const struct point *p, u32 n, Fine target, enum move_side side,
                           struct median_move *out);
/* Size of one trade at ratio_milli / 1000 of the mean that moves a weighted mean of weight `all` by
 * delta: all x delta / (r - 1 - delta), as num / den; false where r does not reach
 * (UNREACHABLE). */
NODISCARD bool mean_move(i64 all, u32 delta_ppm, i64 ratio_milli, enum move_side side, i64 *num,
                         i64 *den);
/* L* in thousandths of a lot: floor(1000 cost / (kappa x lot_hours x delta index / n)); INT64_MAX
 * where that does not fit. cost and index in micros. */
NODISCARD i64 position_limit_milli(i64 cost, i64 kappa_milli, i64 lot_hours, i64 index,
                                   u32 delta_ppm, u32 averaging_n);
/* Gain of a position of `lots` against the cost of moving the value: ppm, rounded up. */
NODISCARD i64 lambda_ppm(i64 lots, i64 cost, i64 lot_hours, i64 index, u32 delta_ppm,
                         u32 averaging_n);
/* |a - b| / of in ppm, half-even. */
NODISCARD i64 moved_ppm(Fine a, Fine b, Fine of);

/* ---- a mean of weighted medians, one a partition ---- */

struct partitions {
    struct point *at; /* group by group; sorted by the solver */
    const u32 *from;  /* groups + 1 of them */
    u32 groups, tie;
    i64 unit; /* weight of one milli-unit injected */
};
struct attack {
    enum move_side side;
    u32 delta_ppm, names, fee_ppm;
    i64 s_min, s_cap;          /* a name's size in a partition: between these */
    i64 total_max;             /* milli-units over all partitions; INT64_MAX: no bound */
    i64 price_low, price_high; /* an injection's price */
    u64 effort;                /* steps the search may take: above it the answer is a bound */
};
struct piece { i128 reach; i64 low, high, size; };
struct slope { i64 gain, cost; u32 group, zero; };
struct injection { i64 price, size; }; /* of a group; size 0: none */
struct move_work { /* of the caller: points + groups of each; groups where said */
    struct piece *pieces;
    struct slope *slopes;
    u32 *piece_at;              /* groups + 1 */
    u32 *order, *choice, *best; /* groups */
    i128 *gain, *cost;          /* groups + 1 */
    Fine *median;               /* groups */
    struct injection *made;     /* groups: the answer */
    struct point *scratch;      /* points */
};
NODISCARD u64 move_work_bytes(u32 points, u32 groups);
NODISCARD struct move_work move_work_on(void *memory, u32 points, u32 groups);
/* False: a number does not fit, nothing is said. w->made says where the injections stand. */
NODISCARD bool partitions_move(const struct partitions *p, const struct attack *a,
                               struct move_work *w, struct cost *out);

#endif
