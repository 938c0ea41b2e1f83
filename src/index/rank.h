/* rank.h -- numbers kept in order, with the k-th at hand; this room's files only.
 * Owns:   sorted chunks from a pool that several lists share.
 * Never:  allocates; holds the same number twice in a list.
 * Always: adding, removing and finding look at one chunk and the list of chunks.
 */
#ifndef HEDGEROW_INDEX_RANK_H
#define HEDGEROW_INDEX_RANK_H

#include "base/base.h"

#define RANK_CHUNK 254u
struct rank_chunk { u32 n, next_free; u64 at[RANK_CHUNK]; };
struct rank_pool { struct rank_chunk *chunk; u32 cap, used, free; };
struct ranks { u32 *dir; u32 dir_cap, chunks, n, zero; }; /* dir: chunks in order */

NODISCARD bool ranks_add(struct rank_pool *p, struct ranks *r, u64 v); /* false: full */
void ranks_remove(struct rank_pool *p, struct ranks *r, u64 v);
NODISCARD u64 ranks_at(const struct rank_pool *p, const struct ranks *r, u32 k);
/* Rank of the first number >= v. */
struct rank_place { u32 dir, at; };
NODISCARD struct rank_place ranks_find(const struct rank_pool *p, const struct ranks *r, u64 v);

#endif
