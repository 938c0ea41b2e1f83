#include "quant/dist.h"

#include <float.h>
#include <math.h>

double normal_density(double x) { return exp(-x * x / 2) / sqrt(2 * M_PI); }

double normal_cdf(double x) { return erfc(-x * M_SQRT1_2) / 2; }

static double ratio(const double num[8], const double den[8], double r)
{
    double n = num[7], d = den[7];
    for (u32 i = 7; i-- > 0;) n = n * r + num[i], d = d * r + den[i];
    return n / d;
}

double normal_inverse(double p)
{
    static const double centre[2][8] = {
        { 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
          1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
          3.3430575583588128105e+4, 2.5090809287301226727e+3 },
        { 1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
          2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
          5.2264952788528545610e+3 },
    };
    static const double middle[2][8] = {
        { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
          3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
          2.27238449892691845833e-2, 7.74545014278341407640e-4 },
        { 1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
          1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
          1.05075007164441684324e-9 },
    };
    static const double far[2][8] = {
        { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
          2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
          2.71155556874348757815e-5, 2.01033439929228813265e-7 },
        { 1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
          7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
          2.04426310338993978564e-15 },
    };
    ASSERT(p > 0 && p < 1);
    double q = p - 0.5;
    if (fabs(q) <= 0.425) return q * ratio(centre[0], centre[1], 0.180625 - q * q);
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? ratio(middle[0], middle[1], r - 1.6) : ratio(far[0], far[1], r - 5);
    return q < 0 ? -x : x;
}

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* The continued fraction, for x below (a + 1)/(a + b + 2), where it converges fast. */
static double beta_fraction(double a, double b, double x)
{
    const double least = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < least ? least : d);
    double f = d;
    for (u32 m = 1; m <= 100000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double term[] = { even, odd }, step = 1;
        for (u32 i = 0; i < 2; i++) {
            d = 1 + term[i] * d, c = 1 + term[i] / c;
            if (fabs(d) < least) d = least;
            if (fabs(c) < least) c = least;
            d = 1 / d, step = d * c, f *= step;
        }
        if (fabs(step - 1) < DBL_EPSILON) break;
    }
    return f;
}

/* I_x(a, b) with 1 - x given beside x, so that neither end loses digits. */
static double beta_pair(double a, double b, double x, double y)
{
    if (x <= 0) return 0;
    if (y <= 0) return 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

double beta_incomplete(double a, double b, double x)
{
    ASSERT(a > 0 && b > 0);
    ASSERT(x >= 0 && x <= 1);
    return beta_pair(a, b, x, 1 - x);
}

double student_two_sided(double t, double df)
{
    ASSERT(df > 0);
    double tt = t * t;
    if (!isfinite(tt)) return 0;
    return beta_pair(df / 2, 0.5, df / (df + tt), tt / (df + tt));
}

double student_cdf(double t, double df)
{
    double tail = student_two_sided(t, df) / 2;
    return t > 0 ? 1 - tail : tail;
}

double student_inverse(double p, double df)
{
    ASSERT(p > 0 && p < 1 && df > 0);
    double want = 2 * (p < 0.5 ? p : 1 - p), lo = 0, hi = 1;
    while (student_two_sided(hi, df) > want && hi < 1e300) lo = hi, hi *= 2;
    for (u32 i = 0; i < 2000; i++) {
        double mid = lo + (hi - lo) / 2;
        if (mid <= lo || mid >= hi) break;
        if (student_two_sided(mid, df) > want) lo = mid;
        else hi = mid;
    }
    return p < 0.5 ? -hi : p > 0.5 ? hi : 0;
}

double fisher_above(double f, double d1, double d2)
{
    ASSERT(f >= 0);
    ASSERT(d1 > 0 && d2 > 0);
    if (!isfinite(f)) return 0;
    return beta_pair(d2 / 2, d1 / 2, d2 / (d2 + d1 * f), d1 * f / (d2 + d1 * f));
}

double chi_square_above(double x, u32 df)
{
    ASSERT(x >= 0);
    ASSERT(df == 1 || df == 2);
    return df == 1 ? erfc(sqrt(x / 2)) : exp(-x / 2);
}

double binomial_cdf(u32 x, u32 n, double p)
{
    ASSERT(p > 0 && p < 1);
    return x >= n ? 1 : beta_pair((double)(n - x), (double)x + 1, 1 - p, p);
}
