/* cascade.h -- a strip turns into its children: legs, date, prices, what is left over.
 * Owns:   the arithmetic of contracts.md section 5.
 * Never:  moves a position or cash: clear does, by these numbers.
 * Always: position-hours are the same before and after; |residual| <= half a tick x H.
 */
#ifndef HEDGEROW_CONTRACT_CASCADE_H
#define HEDGEROW_CONTRACT_CASCADE_H

#include "contract/listing.h"

#define CASCADE_LEGS_MAX 6u

struct cascade {
    i64 hours;            /* H, of the parent */
    i64 parent_price;     /* children's settlement prices weighted by hours, to tick */
    i64 child_open_price; /* children open at the parent's price, same lots */
    i64 residual_per_lot; /* sum(DSP_c H_c) - P H in micros, paid as last variation */
};

/* Quarter: its three months. Year: January to March, then the other quarters. Returns how many. */
NODISCARD u32 cascade_legs(Period parent, Period out[CASCADE_LEGS_MAX]);
/* The business day so many before the period's first day; {0} if the calendar does not reach. */
NODISCARD Date cascade_day(const struct calendar *c, Period parent, u32 business_days);
/* From the children's settlement prices; false on overflow. */
NODISCARD bool cascade_prices(const i64 *dsp, const i64 *hours, u32 n, i64 tick,
                              struct cascade *out);
/* STRIP_HOURS unless the children's hours sum to the parent's. */
NODISCARD enum spec_fault cascade_check_hours(const i64 *hours, u32 n, i64 parent_hours);
/* lots x hours of the legs: must equal lots x H. */
NODISCARD bool cascade_position_hours(i64 lots, const i64 *hours, u32 n, i64 *out);

#endif
