/* control.h -- price controls of one contract that need no memory: the static band.
 * Owns:   the test of one price against reference and width.
 * Never:  chooses the reference: that is a row of the contract and the engine's memory.
 * Always: only the aggressive side is banded; a passive far price is fine (trading.md section 8).
 */
#ifndef HEDGEROW_BOOK_CONTROL_H
#define HEDGEROW_BOOK_CONTROL_H

#include "msg/enums.h"

/* All in ticks, within +/- 2^40 each. */
NODISCARD static inline bool band_allows(u8 side, i64 price, i64 reference, i64 width)
{
    ASSERT(side == SIDE_BUY || side == SIDE_SELL);
    ASSERT(width >= 0);
    return side == SIDE_BUY ? price <= reference + width : price >= reference - width;
}

#endif
