/* dist.h -- distribution functions: normal, Student t, F, chi-square, binomial, and two inverses.
 * Owns:   what each probability is, to the accuracy said below.
 * Never:  draws anything (draw.h); returns a NaN for arguments inside the domain.
 * Always: dimensionless; p in [0, 1]; a domain broken by the caller is an assertion.
 *
 * Tolerances, measured in dist_test.c against scipy 1.10 and closed forms: absolute where it says,
 * else relative to the value. Far tails lose digits with the exponent, as erfc's argument does.
 */
#ifndef HEDGEROW_QUANT_DIST_H
#define HEDGEROW_QUANT_DIST_H

#include "quant/result.h"

/* exp(-x^2/2)/sqrt(2 pi). */
NODISCARD double normal_density(double x);
/* N(x) = erfc(-x/sqrt 2)/2, any x. 1e-15 absolute; 1e-13 relative down to x = -15. */
NODISCARD double normal_cdf(double x);
/* x with N(x) = p, 0 < p < 1. Wichura 1988, algorithm AS 241 (PPND16): 1e-15 relative. */
NODISCARD double normal_inverse(double p);
/* I_x(a, b), a and b > 0, 0 <= x <= 1. The continued fraction of DLMF 8.17.22 by Lentz's method:
 * 1e-12 for a, b <= 1000, 1e-10 to 1e6. */
NODISCARD double beta_incomplete(double a, double b, double x);
/* P(T <= t), df > 0 degrees of freedom. 1e-13 absolute. */
NODISCARD double student_cdf(double t, double df);
/* P(|T| > |t|): the p of a two-sided test, accurate where it is small. 1e-12. */
NODISCARD double student_two_sided(double t, double df);
/* t with P(T <= t) = p, 0 < p < 1. Bisected on the tail until no double is between: 1e-12. */
NODISCARD double student_inverse(double p, double df);
/* P(F > f) of Fisher's F with d1 and d2 degrees of freedom, f >= 0. 1e-12. */
NODISCARD double fisher_above(double f, double d1, double d2);
/* P(X > x) of chi-square with 1 or 2 degrees of freedom, x >= 0: erfc(sqrt(x/2)), e^(-x/2). */
NODISCARD double chi_square_above(double x, u32 df);
/* P(X <= x) of n trials at p, 0 < p < 1: I_{1-p}(n - x, x + 1). 1e-12 for n <= 1000. */
NODISCARD double binomial_cdf(u32 x, u32 n, double p);

#endif
