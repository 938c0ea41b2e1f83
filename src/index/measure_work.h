/* measure_work.h -- the working set of section 12's measures; this room's measure files only.
 * Owns:   one way to ask any of the four methods for its value with something changed.
 * Never:  outlives the call that made it.
 * Always: a change is whole: it starts from the print, not from the change before.
 */
#ifndef HEDGEROW_INDEX_MEASURE_WORK_H
#define HEDGEROW_INDEX_MEASURE_WORK_H

#include "index/measure.h"
#include "index/whatif.h"

/* sum / count, unrounded. */
struct ratio { Fine sum; i64 count; };
struct change {
    const u8 *out, *moved; /* by owner: left out; repriced to `price` */
    i64 price;
    const struct placed *add;
    u32 add_n;
};
struct measuring {
    struct whatif w;
    const struct measure_ask *ask;
    struct point *points, *scratch; /* of the records seen, changed */
    u32 points_cap, placed_cap;
    struct point *grouped; /* the solver's */
    struct placed *placed;
    u8 *flags, *none; /* by owner */
    i64 *influence;   /* by owner: how far it alone goes */
    u32 *order;       /* owners, the most influential first */
    void *solver;
    u64 solver_bytes;
    u32 tries; /* estimates taken */
};
NODISCARD u64 measuring_bytes(struct index *ix, const struct print *p);
NODISCARD bool measuring_open(struct measuring *k, struct index *ix, const struct print *p,
                              const struct measure_ask *ask, void *memory, u64 bytes);
/* False: the method gives no value then. */
NODISCARD bool method_value(struct measuring *k, u32 method, const struct change *c, bool lax,
                            struct ratio *out);
NODISCARD bool ratio_reached(const struct ratio *from, const struct ratio *to, u32 delta_ppm,
                             enum move_side side);
NODISCARD Fine ratio_fine(const struct ratio *r);
NODISCARD static inline bool in_money(const struct measuring *k)
{
    return k->w.strict.weights == WEIGHTS_SIZE;
}
/* measure_cost.c */
void cost_of_move(struct measuring *k, u32 method, const struct ratio *base, u32 names,
                  enum move_side side, struct cost *out);

#endif
