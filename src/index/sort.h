/* sort.h -- sorting by radix, and the rank of prices counted by bucket; this room's files only.
 * Owns:   least-digit-first radix sorts of keys and of plain numbers.
 * Never:  compares; depends on the order of the input.
 * Always: a digit that is the same in every key costs no pass.
 */
#ifndef HEDGEROW_INDEX_SORT_H
#define HEDGEROW_INDEX_SORT_H

#include "base/base.h"

struct key;
/* By value, low `skip` bits left out of account (they ride along). */
void u64_sort(u64 *at, u32 n, u64 *scratch, u32 skip);
/* By (hi, lo, i). */
void keys_radix(struct key *k, u32 n, struct key *scratch);

#endif
