/* work.h -- the room's own working set for one print; included by this room's files only.
 * Owns:   items (records looked at), owner slots, lines with their last eligible values, the state
 *         carried from print to print.
 * Never:  outlives the caller's memory; is never saved: a series is recomputed from its log.
 * Always: what one print needs from earlier ones is in `state`, in lines and in items with a role,
 *         so that a receipt's lines rebuild it without the log.
 */
#ifndef HEDGEROW_INDEX_WORK_H
#define HEDGEROW_INDEX_WORK_H

#include "index/index.h"
#include "index/stats.h"

#define UNKNOWN_OWNER \
    BIT(31) /* owner id of a provider no registry knows: its name, with this bit */
#define LINE_VALUES 20u
#define PARTITIONS_MAX 1440u
#define PRICE_MAX INT64_C(10000000000) /* micros per GPU-hour: above is RANGE */
#define RENTAL_CAP_S INT64_C(604800)   /* one lease counts for at most 168 h (section 3) */
#define RATE_ONE INT64_C(1000000000)
#define FIXINGS_MAX 65536u /* of a series: twenty currencies over nine years */
#define FX_CHAINS_MAX 64u  /* currencies */
#define FLOW_NS (7 * NS_PER_DAY)

/* What the screens and estimators ask of a record, so that the log is read once a print. */
struct item {
    u32 rec;         /* index into at[] */
    u32 owner, slot; /* owner id, and its slot in this print */
    u32 node;        /* the owner's dense number over the series */
    u32 line, part;
    u32 source, other; /* other: trades: the counter owner */
    u8 role, reason, aged, kind;
    u32 corrects;    /* 1: it names another record */
    i64 price, size; /* micros per GPU-hour, milli-GPU-hours (1 where weights are equal) */
    i64 t_event;
};
static_assert(sizeof(struct item) == 64, "one cache line");
#define LINE_SLOTS_MIN 4096u
#define CELLS_MAX 262144u
#define TALLY_BYTES (UINT64_C(64) << 20)
#define UNPLACED UINT32_MAX /* a line or node not numbered yet */
struct line {
    u32 rep, mark;    /* a record of this line; stamp of the print that asked for its history */
    u32 n, next;      /* ring of the last eligible values */
    u32 pushed, zero; /* pushed: since its gate was set */
    i64 value[LINE_VALUES];
    u32 rec[LINE_VALUES];
};
/* Prices between are no jump against the line's last value, no outlier against its last twenty. */
struct gate { i64 jump_lo, jump_hi, lo, hi; };
/* A print's latest eligible values of a line, until they are pushed. */
struct line_new { u32 n, least; i64 t[LINE_VALUES], value[LINE_VALUES]; u32 rec[LINE_VALUES]; };
/* What tells one line from another, in one piece. */
struct line_key { u32 word[6]; };
/* Records of one owner and partition added up: an estimate's unit of work. */
struct cell { i128 value; i64 size; u32 slot, part; };
struct owner_slot {
    u32 owner, stamp, group_stamp, records;
    i64 weight, size; /* over the print; in the group being gathered */
    i128 value;       /* sum price x size of that group */
};
/* The fixings of a currency, last first: `before` and `last` are index + 1 into fixings. */
struct fixing { u32 rec, before; i32 day; };
struct fx_chain { char ccy[4]; u32 last; };
struct page_read { u32 page, n; Hash hash; };
struct state {
    i64 value; /* last L1-L3 value */
    i64 accumulator;
    Date value_on;
    u32 accumulator_days, age;
    Hash receipt;
    u32 venues_out[VENUES_OUT_MAX], venues_out_n;
};
struct estimate { /* what one level's attempt gave */
    u8 failed;    /* SHORT, 0 if sufficient */
    bool capped;
    i64 value, volume, traded;
    u32 owners, observations, partitions, owner_max, owner_max_ppm, hhi, n_eff_milli;
    i64 pct[5];
    u32 keys;     /* items behind the points, in ix->keys */
    u32 kept;     /* trail: points that the sigma test left */
    u32 absent;   /* provmean: listed entities without a price */
    u32 depth;    /* rti: steps of the book */
    i64 ask, bid; /* rti: marginal prices of the first step */
    Fine sum;     /* the value unrounded is sum / count; count 0: none */
    i64 count;
};
struct index {
    struct methodology m, stated; /* as in force, and as the file says */
    const struct owner *owners;   /* registry rows */
    u32 owners_n;
    u32 *owner_first, *owner_next; /* provider's name id -> row + 1 -> row + 1 */
    u32 owner_first_n;
    u32 *owner_id; /* row -> name id of its owner */
    struct index_caps caps;
    struct obs_log *log;             /* where names live; with pages unless this is a check */
    u8 *seen;                        /* a record's last reason + 1; 0: not looked at yet */
    u32 *item_of;                    /* a record's item + 1 in this print */
    struct item *items, *items_base; /* what is looked back at is put before the rest */
    u32 items_n;
    struct key *keys, *keys_scratch;
    struct point *points, *points_scratch;
    u32 points_n;
    struct owner_slot *slots;
    u32 *slot_table, slot_mask, slots_n, stamp;
    u8 *fixed; /* of slots: at the cap */
    i64 *slot_weight;
    u32 *slot_ppm;
    struct line *lines;
    struct gate *gates;
    struct line_new *line_new; /* series only */
    struct line_key *line_key;
    u64 *line_table; /* half of its hash, then line + 1 */
    u32 line_mask, lines_n;
    u32 *node_of, nodes_n; /* owner id -> node + 1 */
    u32 *node_owner, *node_sells, *node_flag;
    i64 *node_sum;                           /* INDEX_JOBS_MAX times nodes */
    u32 regions_n;                           /* names looked at */
    u8 *region_ok;                           /* name id -> 1 no, 2 yes */
    u32 *source_of, *source_name, sources_n; /* name id -> dense number + 1, and back */
    u32 venue_tables;                        /* sources counted by bucket in this print, 0 none */
    u8 *bucket_mark;                         /* of price_bucket() */
    u32 *row_used;                           /* registry row -> stamp of the print that met it */
    u32 print_stamp, fast_from;
    struct cell *cells; /* of the estimate at hand, by partition and node, where cells_used */
    u32 cells_n;
    bool cells_used;
    u64 tally_n;
    u8 *tally;   /* tables of counts by price, see price_bucket() */
    u8 *reasons; /* one byte an item, for the receipt */
    struct fixing *fixings;
    struct fx_chain chains[FX_CHAINS_MAX];
    u32 fixings_n, fixings_read, chains_n; /* read: records of the log */
    struct page_read *pages;
    u32 pages_n;
    u32 *flow; /* graph work, 16 per item */
    u32 part_group[PARTITIONS_MAX];
    u32 group_at[PARTITIONS_MAX + 1], groups;
    bool is_check; /* items come from a receipt */
    bool full;
    Date date;                    /* next */
    i64 window_start, window_end; /* of L1 */
    struct state state, before;   /* now, and as the print began */
    i64 publish;                  /* of the version being computed; its inputs are before it */
    u32 vintage;                  /* of it */
    Hash restates;                /* its print.restates */
    bool open;                    /* the last print's records are not remembered yet */
    bool other;                   /* items are those of a restatement */
    i64 restated_to;              /* late records before it have had their restatement */
    struct print last;            /* newest version of the last date */
    u32 dropped[REASON_COUNT];
    struct index_crew crew;
};

#define INDEX_JOBS_MAX 16u
#define FAST_FROM 16384u /* items: fewer are not worth tables and hands */
/* Runs job(arg, 0 .. n-1) on the hands lent, or here. */
static inline void jobs_run(const struct index *ix, u32 n, void (*job)(void *arg, u32 i), void *arg)
{
    if (ix->crew.run && n > 1) ix->crew.run(ix->crew.to, n, job, arg);
    else
        for (u32 i = 0; i < n; i++) job(arg, i);
}
/* Pieces a pass over the items is cut into; piece j is [part_at(n, jobs, j), .. j + 1). */
NODISCARD static inline u32 jobs_of(const struct index *ix)
{
    u32 hands = ix->crew.run ? 2 * ix->crew.hands : 1;
    return ix->items_n < ix->fast_from ? 1 : hands < INDEX_JOBS_MAX ? hands : INDEX_JOBS_MAX;
}
NODISCARD static inline u32 part_at(u32 n, u32 jobs, u32 j) { return (u32)((u64)n * j / jobs); }
/* Marks that many hands may set to the same value at once. */
static inline void mark_u32(u32 *at, u32 value)
{
    if (__atomic_load_n(at, __ATOMIC_RELAXED) != value)
        __atomic_store_n(at, value, __ATOMIC_RELAXED);
}
/* Prices in steps of about a thousandth: 34 powers of two of 1,024 steps, in order of price. */
#define PRICE_BUCKETS (34u * 1024u)
NODISCARD static inline u32 price_bucket(i64 price)
{
    u32 e = 63u - (u32)__builtin_clzll((u64)price);
    u64 m = e >= 10 ? (u64)price >> (e - 10) : (u64)price << (10 - e);
    return e * 1024 + (u32)(m & 1023);
}

/* work.c */
static inline void stage_ends(const struct index *ix, enum index_stage s)
{
    if (ix->crew.stage) ix->crew.stage(ix->crew.watch, s);
}
NODISCARD u64 work_bytes(struct index_caps c, u32 records, u32 names);
NODISCARD u32 pages_cap(u32 records);
NODISCARD bool work_init(struct index *ix, void *memory, u64 bytes, u32 records, u32 names);
NODISCARD static inline const struct observation *item_obs(const struct index *ix,
                                                           const struct item *it)
{
    return &ix->log->at[it->rec];
}
NODISCARD struct item *item_add(struct index *ix, u32 rec,
                                u8 role); /* NULL: full; or the one there */
void items_clear(struct index *ix);
NODISCARD bool owners_index(struct index *ix); /* interns the registry's owners */
NODISCARD u32 owner_of(const struct index *ix, const struct observation *o); /* at its t_event */
NODISCARD u32 owner_at(const struct index *ix, const struct observation *o, u32 row);
NODISCARD u32 owner_row_of(const struct index *ix,
                           const struct observation *o); /* row + 1, 0 none */
NODISCARD u32 slot_of_owner(struct index *ix, u32 owner);
void slots_clear(struct index *ix);
/* Index of the record with this obs_id; UINT32_MAX if it is not there. */
NODISCARD u32 rec_of_id(const struct index *ix, u64 obs_id);
NODISCARD struct line_key line_key_of(const struct observation *o);
NODISCARD u64 line_hash(const struct line_key *k);
/* UNPLACED: unknown. */
NODISCARD u32 line_find(const struct index *ix, const struct line_key *k, u64 hash);
NODISCARD u32 line_add(struct index *ix, u32 rec);          /* UNPLACED: full */
NODISCARD u32 node_find(const struct index *ix, u32 owner); /* UNPLACED: unknown */
NODISCARD u32 node_add(struct index *ix, u32 owner);
/* The item of a record, NULL if it is not looked at. */
NODISCARD static inline struct item *item_there(struct index *ix, u32 rec)
{
    return ix->item_of[rec] ? &ix->items_base[ix->item_of[rec] - 1] : NULL;
}
/* Room for `most` items to come; what is looked back at later finds room before them. */
void items_place(struct index *ix, u32 most);
/* The items after the first `head` into order of record with those. */
void items_merge(struct index *ix, u32 head);
void line_push(struct line *l, u32 rec, i64 value);
/* The k-th latest value (0 is the last); k < n. */
NODISCARD u32 line_at(const struct line *l, u32 k);

/* normalise.c: micros per GPU-hour and size, 0 or the reason why not. `rate` is what
 * normalise_currency gives: USD of one unit in 1e-9, RATE_ONE for USD. */
NODISCARD u8 normalise_currency(const struct index *ix, u32 rec, i64 *rate);
NODISCARD u8 normalise_price(const struct index *ix, const struct observation *o, i64 rate,
                             i64 *price);
/* GPUs x min(duration, 168 h), whatever the weights are. */
NODISCARD i64 normalise_size(const struct observation *o);
NODISCARD u8 normalise_all(const struct index *ix, const struct observation *o, i64 rate,
                           i64 *price, i64 *size);
/* The same of a price in USD, without factors. */
NODISCARD u8 normalise(const struct methodology *m, const struct observation *o, i64 *price,
                       i64 *size);
/* The factors that fit a record on its day, at most one of each kind. */
NODISCARD u32 factors_of(const struct index *ix, const struct observation *o,
                         i64 ppm[FACTOR_ON_COUNT]);
void fixings_read(struct index *ix); /* what the log has of them since the last time */
void fixings_used(struct index *ix); /* those behind the items become items */
void screen_resellers(struct index *ix);
/* screen.c: rules one by one. */
/* Rules 1-6 for a record of these kinds (mask of OBS_KIND); book: bids are no fault. */
NODISCARD u8 screen_record(const struct index *ix, const struct observation *o, i64 kinds,
                           bool book);
/* Owner, line, price, size; its own verdict. False: its line or node is new, screen_new() it. */
NODISCARD bool screen_item(struct index *ix, struct item *it);
NODISCARD bool screen_item_hashed(struct index *ix, struct item *it, u64 hash);
void screen_new(struct index *ix, struct item *it);
void screen_regions(struct index *ix); /* once a print, before any item */
NODISCARD u8 screen_stale(const struct index *ix, const struct item *it);
void screen_rules(struct index *ix);   /* corrections, flows, staleness of items screened alone */
void gates_set(struct index *ix);      /* after lines' values changed */
void screen_history(struct index *ix); /* 9, 10 */
void screen_venues(struct index *ix);  /* 11 */
/* flow.c: self-dealing, circular flows, round trips. */
void screen_flows(struct index *ix);
/* estimator.c: the row of the methodology's estimator. Both give 0 or a SHORT. */
NODISCARD u8 estimator_weights(struct index *ix, struct estimate *e); /* weights of its own */
NODISCARD u8 estimator_run(struct index *ix, struct estimate *e);     /* e->sum, e->count */
/* Sources are few: of unknown owners one a source counts, and beyond these none. */
#define SOURCES_COUNTED 64u
/* quotes.c: the order book (of estimator rti, and L3) and the panel (L4). */
NODISCARD u8 book_run(struct index *ix, bool level3, struct estimate *e);
void estimate_book(struct index *ix, struct estimate *e);
void estimate_panel(struct index *ix, struct estimate *e);
/* cells.c: large prints without sorting records. False: not for this print or estimator. */
NODISCARD bool cells_gather(struct index *ix, i64 window_ns, struct estimate *e);
void cells_merge(struct index *ix);
void cells_points(struct index *ix);
NODISCARD u32 cells_sources(const struct index *ix, u32 *source, u32 most);
NODISCARD bool cells_quantiles(struct index *ix, const u32 *at_ppm, u32 n, i64 *out);
/* estimate.c */
NODISCARD u8 estimate_sufficiency(const struct index *ix, const struct estimate *e);
NODISCARD i64 owner_weight(const struct index *ix, i64 size); /* capped linear */
/* As far as the points and their weights; then the estimator and the rounding. */
void estimate_ready(struct index *ix, i64 window_ns, bool older, struct estimate *out);
void estimate_run(struct index *ix, i64 window_ns, bool older, struct estimate *out);
/* The records that an estimate takes: how many of keys[], each (partition << 32 | item, size). */
NODISCARD u32 estimate_inputs(struct index *ix, i64 window_ns, bool older);
/* print.c: one print over the items. In a series the log adds what screens and L2 look back at; in
 * a check the receipt's lines are all there from the start. */
struct look_back {
    void (*take)(struct index *ix);
    void (*history)(struct index *ix);
    void (*older)(struct index *ix);
};
void window_set(struct index *ix); /* of ix->date */
void print_compute(struct index *ix, struct look_back look, struct print *out);
/* series.c: items and print of ix->date, ix->publish, ix->vintage; ix->full tells on it. */
void series_take(struct index *ix);     /* the records a print looks at, screened alone */
void series_end_last(struct index *ix); /* the last date takes no more versions */
void series_compute(struct index *ix, struct print *out);
NODISCARD u32 first_journaled(const struct index *ix, i64 t); /* first record at or after t */
/* restate.c */
/* Versions of a date are published before this moment: a time of the day its first print came; 0 if
 * the policy leaves no time. */
NODISCARD i64 restate_until(const struct methodology *m, Date date);
/* May a version of this date be published then, as the vintage-th? */
NODISCARD bool restate_time_valid(const struct methodology *m, Date date, i64 at, u32 vintage);
/* receipt.c: writes the text, fills roots and hashes of *out. */
#define RECEIPT_FIRST_LINE "hedgerow-receipt 1"
void receipt_write(struct index *ix, const struct index_sink *sink, struct print *out);
void receipt_put_role(u32 role, u32 reason, struct text *t); /* "candidate+flow JUMP" */

#endif
