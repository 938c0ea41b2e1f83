/* live.h -- the working set of the intraday value; intraday.c, live.c and live_flow.c only.
 * Owns:   live records, their cells, ranks and the owner graph, each changed one record at a time.
 * Never:  decides by rules of its own: screens, gates and weights are those of a print.
 * Always: what a record adds stands in its flags, and is taken off by the same flags.
 */
#ifndef HEDGEROW_INDEX_LIVE_H
#define HEDGEROW_INDEX_LIVE_H

#include "index/intraday.h"
#include "index/rank.h"
#include "index/work.h"

#define LIVE_OWNERS 512u  /* beyond any of these: everything is recomputed at each step */
#define LIVE_PARTS 96u
#define LIVE_SOURCES 64u
#define LIVE_MOVERS 4096u
#define LIVE_WORDS (LIVE_OWNERS / 64)

enum live_role { LIVE_NONE, LIVE_WINDOW, LIVE_LATE, LIVE_FLOW };
struct live {
    i64 t, price, size, journal;
    u32 rec, node, line, source;    /* source: dense */
    u32 owner, buyer;               /* dense + 1; buyer 0: does not sell */
    u32 other, next, prev, returns; /* next, prev: edges of one pair, + 1; trades the other way */
    u32 corrected, part;            /* candidates that correct it; partition counted in */
    u8 own, own_corrected, kind, role, edge, in, fine, counted;
    u8 mover, confirmed, zero[6];
};
struct live_cell { i128 value; i64 size, weight, whole, rest; u32 records, version, place, zero; };
struct live_part {
    u32 n, lower, upper, lower_version, upper_version, dirty;
    i64 weight;
    Fine median;
};
struct live_owner {
    i64 weight, net, gross, net_inside, gross_inside;
    u32 node, comp, flags, zero;
};
struct intraday {
    struct index *ix;
    struct live *at;
    u32 n, placed, base, cap, parts; /* at[i] is record base + i; placed: those in by_time */
    i64 t, window_ns, part_ns, last, publish;
    i64 *times; /* of by_time: the records by time */
    u32 *by_time;
    i64 bound[LIVE_PARTS + 5]; /* starts of partitions, t, seven days before, staleness of kinds */
    u32 bound_at[LIVE_PARTS + 5], bounds; /* first in by_time at or after each */
    u32 *owner_of;                        /* node -> dense + 1 */
    u32 owners_n, owners_weighted, unknown;
    struct live_owner owner[LIVE_OWNERS];
    struct live_cell *cell;
    u16 *rank_owner; /* part x LIVE_OWNERS, by price */
    i64 *rank_weight;
    struct live_part part[LIVE_PARTS];
    Fine medians; /* sum over parts */
    u32 thin;     /* parts with fewer owners than they need */
    i64 volume, weight;
    u32 counted;
    struct rank_pool pool;
    struct ranks all, source[LIVE_SOURCES];
    i64 median2[LIVE_SOURCES];
    bool out[LIVE_SOURCES], stale_median[LIVE_SOURCES], slow, sweep;
    u32 movers[LIVE_MOVERS], movers_n;
    u32 *pair_n, *pair_head;
    i64 *pair_size;
    u64 to[LIVE_OWNERS][LIVE_WORDS], from[LIVE_OWNERS][LIVE_WORDS];
    u64 recomputed;
};

/* live.c */
void live_settle(struct intraday *d, u32 i); /* brings what record i adds to what it should */
void live_move(struct intraday *d, u32 i);   /* only a partition bound has passed it */
void live_sweep(struct intraday *d);
/* live_flow.c */
void flow_buyers(struct intraday *d, u32 owner, u32 dense); /* `owner` sells from now on */
void flow_edge(struct intraday *d, u32 i, bool add);
NODISCARD bool flow_out(const struct intraday *d, const struct live *l); /* circular, round trip */

#endif
