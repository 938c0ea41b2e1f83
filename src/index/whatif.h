/* whatif.h -- a print over again with something changed: an owner out, repriced, or rentals added.
 * Owns:   a small copy of what the estimate of one print stood on, in memory of its own.
 * Never:  touches the series, its log or its receipts; estimates by itself: estimate_run() does.
 * Always: unchanged, it gives the print's own unrounded value, bit for bit.
 *
 * Where the estimator looks at owners only, an owner's records in a partition become two, a micro
 * apart, with the same size and the same value in all; else every record is copied.
 */
#ifndef HEDGEROW_INDEX_WHATIF_H
#define HEDGEROW_INDEX_WHATIF_H

#include "index/work.h"

#define WHATIF_RAW_MAX 20000u   /* records, where they are copied one by one */
#define WHATIF_TURNS 64u        /* injections a partition, on average */
#define WHATIF_NAMES_MAX 256u   /* an attacker's */

struct record_seen { i64 price, size; u32 owner, zero; }; /* owner: place in owners[] */
struct whatif {
    struct index *ix;
    struct obs_log log;
    u32 base;                 /* items of the print itself */
    u32 owners_n, *owners;    /* ids in this log */
    struct record_seen *seen; /* the screened records, or owners' cells if they are too many */
    u32 seen_n;
    i64 part_ns, from;
    u32 attacker[WHATIF_NAMES_MAX];
    struct estimate unchanged;
    struct methodology strict; /* as in force; the copy's own asks for no volume */
};
struct placed { i64 price, size; u32 part, name; };

/* Whether the last print was estimated (L1 or L2), and what its copy needs; bytes 0: not, or too
 * many records. It estimates once more and leaves what took part in the series' keys[]. */
struct whatif_size { u64 bytes; u32 records, seen, added, keys; struct estimate e; };
NODISCARD struct whatif_size whatif_size(struct index *of, const struct print *p);
/* Right after whatif_size(). `memory` is zeroed, 64-byte aligned. */
NODISCARD bool whatif_load(struct whatif *w, void *memory, struct index *of, const struct print *p,
                           const struct whatif_size *size);
/* Changes stand until whatif_reset(). */
void whatif_reset(struct whatif *w);
void whatif_skip(struct whatif *w, u32 owner); /* of owners[] */
void whatif_reprice(struct whatif *w, u32 owner, i64 price);
NODISCARD bool whatif_add(struct whatif *w, const struct placed *p);
/* lax: sufficiency left aside, for what a print would be without one of its owners. */
void whatif_run(struct whatif *w, bool lax, struct estimate *out);
NODISCARD Str whatif_owner_name(const struct whatif *w, u32 owner);

#endif
