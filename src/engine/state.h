/* state.h -- the engine's own records in the arena and its view; for the files of this room only.
 * Owns:   clock, trading day, calendars, specifications, instruments, client ids, the job at work.
 * Never:  is seen outside src/engine.
 * Always: a job moves in steps that each fit ENGINE_ROOM events; between commands no job is open.
 */
#ifndef HEDGEROW_ENGINE_STATE_H
#define HEDGEROW_ENGINE_STATE_H

#include "book/book.h"
#include "clear/clear.h"
#include "engine/engine.h"

#define ENGINE_ROOM 56u          /* events that must fit before any indivisible action */
#define ENGINE_BOOK_EVENTS 16u   /* of one call to the book */
#define ENGINE_PER_BOOK_EVENT 12u /* our events for one of the book's, at most */
static_assert(BOOK_EVENTS_MIN * ENGINE_PER_BOOK_EVENT + 3 <= ENGINE_ROOM, "a call must fit");
#define ENGINE_CAP_MIN 64u

enum job_kind {
    JOB_NONE,
    JOB_TAKER,
    JOB_MASS,
    JOB_PRINT,
    JOB_OPEN,
    JOB_END,
    JOB_DETERMINE,
    JOB_TIMERS
};
/* What is left of the command at work. */
struct job {
    u32 kind, stage;
    u32 i, j;              /* cursors, as the stage says */
    u32 account, exposure; /* of the taker */
    u32 instrument, count;
    i64 limit;   /* the taker's, micros */
    i64 entered; /* its total lots */
    u64 order_id;
    i32 expiry;
    u8 side, scope, reason, stp_mode;
    u32 member, began; /* mass cancel; a call to the book was made */
    Text40 client_id;
};
static_assert(sizeof(struct job) == 112, "no hidden padding: the arena is hashed");

/* Changes with every command, refused ones too; all else changes only by accepted ones. */
struct engine_clock { u64 seq; Instant now; u64 event_hash; u64 refused; };
static_assert(sizeof(struct engine_clock) == 32, "no hidden padding");
struct engine_head {
    Text32 venue;
    Text16 currency;
    u64 seed;
    u32 caps[12];      /* of GENESIS, in its order; the last is 0 */
    Instant deadline;  /* of the next timer; INT64_MAX */
    i32 day, last_day; /* open trading day, 0: none; the last ended */
    u32 opened, calendars, specs, instruments;
    u32 products, zero;
    struct job job;
};
static_assert(sizeof(struct engine_head) == 256, "no hidden padding");

struct engine_spec {
    struct spec spec;
    Instant next_phase; /* of its contracts; INT64_MAX: none today */
    u32 product;        /* handle: dense number of the product id */
    u32 calendar;       /* slot */
    u32 first;          /* the product's first contract; kept in its first spec's slot */
    u32 root;           /* slot of the product's first version */
    u8 phase, zero[7];
};

struct engine_instrument {
    i64 tick; /* micros per unit */
    i64 qty_min, qty_max, qty_step;
    i64 low_ticks, high_ticks;        /* daily limits */
    i64 band_ticks, protection_ticks; /* 0: none */
    i64 types, tifs, stps;            /* permitted: SPEC_BIT of each */
    u64 trades, book_seq;
    i64 said_lots, said_rule, said_lstar; /* of the last POSITION_LIMIT */
    u32 spec;                             /* slot */
    i32 opened_on;                        /* last day opened */
    u8 state, phase, said, zero[5];       /* said: its basis; 0: none yet */
    struct listing listing;
    Text24 id;
};
static_assert(sizeof(struct engine_instrument) == 224, "no hidden padding");

/* Client ids: open addressing; the account and the text as a digest of 128 bits. */
struct engine_id { u64 hi, lo, order_id; }; /* order_id 0: free */
struct engine_id_count { u64 entries, zero; };
/* Beside the book's order of the same handle: what only the engine needs of a resting order. */
struct engine_note { Text40 client_id; i32 expiry; u8 zero[20]; };
static_assert(sizeof(struct engine_note) == 64, "one cache line; no hidden padding");

/* Scratch and what waits: it has a meaning only inside a call, or while busy. */
struct engine_scratch {
    struct command command; /* waits for the timers before it */
    struct spec spec;
    struct calendar calendar;
    struct book_event events[ENGINE_BOOK_EVENTS];
    u8 bytes[1024];        /* one event encoded */
    u8 blob[MSG_BLOB_MAX]; /* of the waiting command */
};
struct engine { /* a view */
    u8 *base;
    struct engine_scratch *scratch;
    struct books books;
    struct ledger ledger;
    struct risk risk;
    struct clear clear;
    struct engine_clock *clock;
    struct engine_head *head;
    struct calendar *calendar;
    struct engine_spec *spec;
    struct engine_instrument *instrument;
    struct engine_id *id;
    struct engine_id_count *ids;
    struct engine_note *note;
    struct arena_region *calendars_used, *specs_used, *instruments_used, *notes_used;
    u64 id_mask;
    struct cmd_genesis caps;
    u32 hashed;   /* events of `out` already in the chain */
    bool pending; /* scratch->command waits */
};

/* reject.c */
struct refusal { u32 code; const char *field; i64 limit, used, asked; };
#define ACCEPT ((struct refusal){ 0 })
NODISCARD static inline struct refusal refuse(u32 code, const char *field, i64 limit, i64 used)
{
    return (struct refusal){ code, field, limit, used, 0 };
}
void engine_refuse(struct engine *e, const struct command *c, struct refusal why,
                   struct outbox *out);
NODISCARD bool engine_four_eyes(const Text16 *a, const Text16 *b);

/* ids.c */
void ids_init(struct engine *e, struct arena *a, u32 entries_max);
/* account: its id, not its handle */
NODISCARD u64 ids_find(const struct engine *e, u32 account, const Text40 *client_id);
void ids_prefetch(const struct engine *e, u32 account, const Text40 *client_id);
NODISCARD bool ids_full(const struct engine *e);
void ids_put(struct engine *e, u32 account, const Text40 *client_id, u64 order_id);
void ids_roll(struct engine *e); /* a new day: ids of orders that are gone may be used again */

/* The handlers, one a row of COMMANDS: the refusal, or ACCEPT and events and perhaps a job. */
#define AS_HANDLER(NAME, name, text) \
    struct refusal on_##name(struct engine *e, const struct cmd_##name *c, struct outbox *out);
COMMANDS(AS_HANDLER)

/* Jobs: one indivisible action each; the job is over when head->job.kind is JOB_NONE. */
void job_taker(struct engine *e, struct outbox *out);
void job_mass(struct engine *e, struct outbox *out);
void job_print(struct engine *e, struct outbox *out);
void job_open(struct engine *e, struct outbox *out);
void job_end(struct engine *e, struct outbox *out);
void job_determine(struct engine *e, struct outbox *out);
void job_timers(struct engine *e, struct outbox *out);

/* orders.c: ends a resting order, with its events; margin is the caller's */
void engine_end_order(struct engine *e, u32 order, u8 reason, struct outbox *out);
void engine_measure_mid(struct engine *e, u32 instrument);
/* limits.c */
/* Why a contract may not list: SPEC_FAULT_LIMIT_BELOW_ONE_LOT, or none. */
NODISCARD enum spec_fault engine_limit_fault(const struct engine *e, u32 index,
                                             const struct listing *l);
void engine_refuse_listing(struct engine *e, u32 slot, u32 index, const struct listing *l,
                           struct outbox *out);
/* The position limit of a trading day: lesser of the stage's number and L*. At most one event. */
void engine_limit(struct engine *e, u32 instrument, Date date, struct outbox *out);
/* day.c */
void engine_move(struct engine *e, u32 instrument, u8 state, struct outbox *out);
void engine_phase(struct engine *e, u32 instrument, u8 phase, struct outbox *out);
void engine_after_fixings(struct engine *e, u32 instrument, struct outbox *out);
/* engine.c: puts the events so far into the chain */
void engine_chain(struct engine *e, struct outbox *out);
/* final.c: one step of a final settlement of job->instrument; true when it is done */
NODISCARD bool engine_final_step(struct engine *e, struct outbox *out);

NODISCARD static inline const struct spec *spec_of(const struct engine *e, u32 instrument)
{
    return &e->spec[e->instrument[instrument].spec].spec;
}
NODISCARD static inline const struct calendar *calendar_of(const struct engine *e, u32 instrument)
{
    return &e->calendar[e->spec[e->instrument[instrument].spec].calendar];
}
/* Listed and not yet settled. */
NODISCARD static inline bool engine_live(const struct engine *e, u32 instrument)
{
    u8 s = e->instrument[instrument].state;
    return s != LISTING_SETTLED && s != LISTING_ARCHIVED;
}

#endif
