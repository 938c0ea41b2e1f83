/* minimise.h -- the least value of a function of a few variables, without its slopes.
 * Owns:   the simplex of Nelder and Mead 1965, restarted once from what it found.
 * Never:  promises the global minimum: callers start from several places and say so.
 * Always: the same steps from the same start; a value that is not finite counts as the worst.
 */
#ifndef HEDGEROW_QUANT_MINIMISE_H
#define HEDGEROW_QUANT_MINIMISE_H

#include "quant/result.h"

#define MINIMISE_MAX 8u

/* From x (n values, left at the best) with first steps `step`, until the simplex spans less than
 * `tol` in value and in every variable, relative to 1 + its size; LIMIT after `most` values. */
NODISCARD enum quant_result quant_minimise(double (*value)(const double *x, void *with), void *with,
                                           double *x, const double *step, u32 n, double tol,
                                           u32 most, double *least);

#endif
