/* option.h -- prices of European options on a future, on an average of fixings, on a spread.
 * Owns:   Black 1976, Turnbull-Wakeman with fixings made, Levy, geometric, Kirk, and two slow ones.
 * Never:  fits a volatility; reads a calendar: times come in years, the day count is the caller's.
 * Always: prices per unit, in the currency of F; rates continuously compounded, per year;
 *         volatilities per root year.
 *
 * All but the slow two end in one line: e^(-rT) (m N(d1) - K N(d2)), d1 = ln(m/K)/s + s/2,
 * d2 = d1 - s, for a lognormal with mean m and standard deviation s of its log. If K <= 0 the call
 * is a forward and the put is worth 0; s = 0 is the discounted value at m. QUANT_DOMAIN: a value
 * that is not finite, m <= 0, a negative time or volatility, times out of order.
 */
#ifndef HEDGEROW_QUANT_OPTION_H
#define HEDGEROW_QUANT_OPTION_H

#include "quant/result.h"

/* The line above. m > 0, sd >= 0, discount > 0; K any. 1e-14 relative to m. */
NODISCARD enum quant_result quant_lognormal_option(double m, double strike, double sd,
                                                   double discount, bool call, double *price);
/* Black 1976: m = F, s = vol sqrt(T). F > 0, T >= 0, vol >= 0. */
NODISCARD enum quant_result quant_black76(double forward, double strike, double years, double rate,
                                          double vol, bool call, double *price);
/* Kirk 1995, a call on F1 - F2 - K: w = F2/(F2 + K), s^2 = (s1^2 - 2 rho s1 s2 w + s2^2 w^2) T.
 * F1 > 0, F2 > 0, K > -F2, -1 <= rho <= 1. An approximation unless K = 0 (Margrabe). */
struct spread_option { double f1, f2, strike, years, rate, vol1, vol2, rho; };
NODISCARD enum quant_result quant_kirk(const struct spread_option *o, double *price);

/* An average of n fixings to come and `past` made: A = (past_sum + sum F_i)/(past + n). times
 * ascend, in years from now; a time 0 fixes at its forward. Paid at `expiry`, not before the last
 * time. vol[i] is the volatility to time[i]. */
struct asian {
    const double *forward, *vol, *time;
    u32 n, past;
    double past_sum, strike, rate, expiry;
    bool call;
};
/* strike: K' = (K - past_sum/N)/weight, weight n/N; vol: sqrt(ln(E[A'^2]/E[A']^2)/last time). */
struct asian_price { double price, strike, weight, vol; };
/* Turnbull and Wakeman 1991: two moments, E[A'^2] = sum_ij F_i F_j e^(vol^2 t of the earlier)/n^2.
 * Linear in n. n = 0 is paid for certain. Against the truth within 0.1 % for vol sqrt(T) <= 0.3. */
NODISCARD enum quant_result quant_asian_discrete(const struct asian *a, struct asian_price *out);

/* A spot S with carry r - q. length and elapsed: of the averaging, in years. */
struct asian_spot { double spot, strike, yield, rate, vol; bool call; };
/* Levy 1992: the continuous average, `elapsed` of `length` made with the mean `running`. */
NODISCARD enum quant_result quant_asian_levy(const struct asian_spot *o, double length,
                                             double elapsed, double running, double *price);
/* The geometric mean of S at the times, paid at the last: exact (Kemna and Vorst 1990,
 * discrete). */
NODISCARD enum quant_result quant_asian_geometric(const struct asian_spot *o, const double *time,
                                                  u32 n, double *price);
/* The arithmetic mean by `paths` pairs of antithetic paths (draw.h) with the geometric option as
 * control variate; *error is the standard error. n <= ASIAN_TIMES_MAX. */
#define ASIAN_TIMES_MAX 1024u
NODISCARD enum quant_result quant_asian_mc(const struct asian_spot *o, const double *time, u32 n,
                                           u64 seed, u32 paths, double *price, double *error);
/* The fresh continuous arithmetic mean over `years` by the equation of Vecer 2001 in one dimension,
 * Crank-Nicolson on a grid that is fine about the strike. 1e-5 relative to S for vol sqrt(T) <= 1;
 * DOMAIN unless 0 < vol sqrt(T) <= 2. */
NODISCARD enum quant_result quant_asian_continuous(const struct asian_spot *o, double years,
                                                   double *price);

#endif
