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
#define FLOW_NS (7 * NS_PER_DAY)

struct item {
    u32 rec;         /* index into at[] */
    u32 owner, slot; /* owner id, and its slot in this print */
    u32 line, part;
    u8 role, reason, aged, zero; /* aged: days back, for decay at L2 */
    i64 price, size; /* micros per GPU-hour, milli-GPU-hours (1 where weights are equal) */
};
struct line {
    u32 rep, mark; /* a record of this line; stamp of the print that asked for its history */
    u32 n, next;   /* ring of the last eligible values */
    i64 value[LINE_VALUES];
    u32 rec[LINE_VALUES];
};
struct owner_slot {
    u32 owner, stamp, group_stamp, records;
    i64 weight, size; /* over the print; in the group being gathered */
    i128 value;       /* sum price x size of that group */
};
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
    Fine sum; /* the value unrounded is sum / count; count 0: none */
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
    struct obs_log *log; /* where names live; with pages unless this is a check */
    u8 *seen;            /* a record's last reason + 1; 0: not looked at yet */
    u32 *item_of;        /* a record's item + 1 in this print */
    struct item *items;
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
    u32 *line_table, line_mask, lines_n;
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
NODISCARD u32 owner_row_of(const struct index *ix,
                           const struct observation *o); /* row + 1, 0 none */
NODISCARD u32 slot_of_owner(struct index *ix, u32 owner);
void slots_clear(struct index *ix);
/* Index of the record with this obs_id; UINT32_MAX if it is not there. */
NODISCARD u32 rec_of_id(const struct index *ix, u64 obs_id);
NODISCARD u32 line_of(struct index *ix, u32 rec); /* UINT32_MAX: full */
void line_push(struct line *l, u32 rec, i64 value);
/* The k-th latest value (0 is the last); k < n. */
NODISCARD u32 line_at(const struct line *l, u32 k);

/* normalise.c: micros per GPU-hour and size, 0 or the reason why not. */
NODISCARD u8 normalise(const struct methodology *m, const struct observation *o, i64 *price,
                       i64 *size);
NODISCARD u8 normalise_currency(const struct observation *o);
/* screen.c: rules one by one. */
/* Rules 1-6 for a record of these kinds (mask of OBS_KIND); book: bids are no fault. */
NODISCARD u8 screen_record(const struct index *ix, const struct observation *o, i64 kinds,
                           bool book);
void screen_item(struct index *ix, struct item *it); /* owner, line, price, size; its own verdict */
void screen_rules(struct index *ix);   /* 1-8 but for flows; sets price, size, owner, line, part */
void screen_history(struct index *ix); /* 9, 10 */
void screen_venues(struct index *ix);  /* 11 */
/* flow.c: self-dealing, circular flows, round trips. */
void screen_flows(struct index *ix);
/* estimate.c */
void estimate_run(struct index *ix, i64 window_ns, bool older, struct estimate *out);
/* print.c: one print over the items. In a series the log adds what screens and L2 look back at; in
 * a check the receipt's lines are all there from the start. */
struct look_back {
    void (*history)(struct index *ix);
    void (*older)(struct index *ix);
};
void window_set(struct index *ix); /* of ix->date */
void print_compute(struct index *ix, struct look_back look, struct print *out);
/* series.c: items and print of ix->date, ix->publish, ix->vintage; ix->full tells on it. */
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
