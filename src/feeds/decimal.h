/* decimal.h -- a decimal as it was written, exponent and all, and its one rounding to an integer.
 * Owns:   decimal and exponent text to (mantissa, power of ten); scaled, divided, rounded
 *         half-even.
 * Never:  goes through floating point; drops a digit without saying so.
 * Always: what decimal_parse() takes is exactly the number written; 2.5e-07 and 0.00000025 are one.
 */
#ifndef HEDGEROW_FEEDS_DECIMAL_H
#define HEDGEROW_FEEDS_DECIMAL_H

#include "base/text.h"

#define DECIMAL_DIGITS_MAX 36u /* significant ones */
#define DECIMAL_FINE_MAX 12u   /* more digits after the point are flagged (index.md section 15) */
struct decimal { i128 m; i32 e; }; /* m x 10^e; m has no trailing zero; 0 is 0 x 10^0 */

/* [+-]digits[.digits][e[+-]digits]; false: not one, or more than 36 significant digits. */
NODISCARD bool decimal_parse(Str s, struct decimal *out);
/* value x 10^scale / divide, half-even; *lost says that a digit was. False: does not fit. */
NODISCARD bool decimal_round(struct decimal d, u32 scale, i64 divide, i64 *out, bool *lost);
/* Digits after the point. */
NODISCARD u32 decimal_fraction(struct decimal d);

#endif
