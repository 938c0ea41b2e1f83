/* result.h -- how a computation of this room ended.
 * Owns:   the words of a result and their texts.
 * Never:  stands for a number: what is written beside a result other than OK is not to be read.
 * Always: a value outside the domain is a word, not a NaN that travels on.
 */
#ifndef HEDGEROW_QUANT_RESULT_H
#define HEDGEROW_QUANT_RESULT_H

#include "base/base.h"

#define QUANT_RESULTS(X) \
    X(OK, "fine") X(SHORT, "fewer observations than coefficients and one") \
    X(RANK, "columns that depend on each other") X(DOMAIN, "a value outside the domain") \
    X(MEMORY, "no memory") X(LIMIT, "no answer within the steps allowed")
#define AS_QUANT_RESULT(NAME, text) QUANT_##NAME,
enum quant_result { QUANT_RESULTS(AS_QUANT_RESULT) QUANT_RESULT_COUNT };
NODISCARD const char *quant_text(enum quant_result r);

#endif
