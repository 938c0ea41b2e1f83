/* memory.h -- the arena's block and threads' stacks: anonymous zeroed pages from the kernel.
 * Owns:   mapping and unmapping; untouched pages cost nothing (no swap is reserved for them).
 * Never:  gives back part of a block.
 * Always: page-aligned, so 64-byte aligned; zero.
 */
#ifndef HEDGEROW_SYS_MEMORY_H
#define HEDGEROW_SYS_MEMORY_H

#include "base/why.h"

NODISCARD Err memory_take(u8 **bytes, u64 n, struct why *w);
void memory_give(u8 *bytes, u64 n);        /* NULL is fine */
NODISCARD u64 memory_resident_bytes(void); /* of this process; 0 if unknown */

#endif
