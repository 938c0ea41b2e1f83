/* near.h -- what the tests of quant and hedge compare doubles with.
 * Owns:   near to a relative or an absolute tolerance, with both numbers in the sentence.
 * Never:  is included by anything but tests.
 * Always: a NaN is near to nothing.
 */
#ifndef HEDGEROW_QUANT_NEAR_H
#define HEDGEROW_QUANT_NEAR_H

#include "test.h"

#include <math.h>

#define NEAR(got, want, tol) near_at((got), (want), (tol), 0, #got, __FILE__, __LINE__)
#define CLOSE(got, want, rel) near_at((got), (want), 0, (rel), #got, __FILE__, __LINE__)

static inline void near_at(double got, double want, double tol, double rel, const char *name,
                           const char *file, int line)
{
    if (fabs(got - want) <= tol + rel * fabs(want)) return;
    print_error("%s: got %.17g want %.17g\n", name, got, want);
    _fail(file, line);
}

#endif
