/* view.h -- what stood behind the last print of a series: its owners and its records, copied out.
 * Owns:   the reading of the working set between two prints, for those who say why a value came
 *         out.
 * Never:  changes a print, or hands out what the next print overwrites.
 * Always: what a receipt of the same print says of its records and owners, this says too.
 */
#ifndef HEDGEROW_INDEX_VIEW_H
#define HEDGEROW_INDEX_VIEW_H

#include "index/index.h"

/* An owner that weighs: its price in micros as the estimator meets it (mean by size; mean of its
 * points where owners or records count alike) and its share of the weight after the cap. `owner`
 * is a name id of the log: a provider's where the method does not group by owner. */
struct view_owner {
    i64 price;
    u32 owner, records, ppm;
    bool unknown; /* in no registry: a provider that stands for itself */
};
/* A record looked at as a candidate; reason 0: eligible. Counted: eligible, in a valid partition,
 * of an owner with weight, at a level that has owners. price is 0 unless it was normalised. */
struct view_record { i64 price, size; u32 rec, owner; u8 reason, counted, zero[6]; };

/* After index_print() and before the next: how many there are; the first `cap` are written. No
 * owners stand behind a carried price, nor behind none. */
NODISCARD u32 index_view_owners(struct index *ix, const struct print *p, struct view_owner *out,
                                u32 cap);
NODISCARD u32 index_view_records(struct index *ix, const struct print *p, struct view_record *out,
                                 u32 cap);

#endif
