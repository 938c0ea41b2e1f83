#include "quant/option.h"

#include "quant/dist.h"
#include "quant/draw.h"
#include <math.h>

enum quant_result quant_lognormal_option(double m, double strike, double sd, double discount,
                                         bool call, double *price)
{
    ASSERT(price);
    if (!(m > 0) || !isfinite(m) || !isfinite(strike) || !(sd >= 0) || !isfinite(sd) ||
        !(discount > 0) || !isfinite(discount))
        return QUANT_DOMAIN;
    double side = call ? 1 : -1;
    if (strike <= 0 || sd <= 0) {
        *price = discount * fmax(side * (m - strike), 0);
        return QUANT_OK;
    }
    double d1 = log(m / strike) / sd + sd / 2, d2 = d1 - sd;
    double value = side * (m * normal_cdf(side * d1) - strike * normal_cdf(side * d2));
    *price = discount * fmax(value, 0);
    return QUANT_OK;
}

enum quant_result quant_black76(double forward, double strike, double years, double rate,
                                double vol, bool call, double *price)
{
    if (!(years >= 0) || !(vol >= 0)) return QUANT_DOMAIN;
    return quant_lognormal_option(forward, strike, vol * sqrt(years), exp(-rate * years), call,
                                  price);
}

enum quant_result quant_kirk(const struct spread_option *o, double *price)
{
    double other = o->f2 + o->strike;
    if (!(o->f2 > 0) || !(other > 0) || !(fabs(o->rho) <= 1) || !(o->years >= 0) ||
        !(o->vol1 >= 0) || !(o->vol2 >= 0))
        return QUANT_DOMAIN;
    double v2 = o->vol2 * o->f2 / other;
    double variance = o->vol1 * o->vol1 - 2 * o->rho * o->vol1 * v2 + v2 * v2;
    return quant_lognormal_option(o->f1, other, sqrt(fmax(variance, 0) * o->years),
                                  exp(-o->rate * o->years), true, price);
}

/* ---- averages of fixings ---- */

/* The first two moments of the mean of the fixings to come; false: a value outside the domain. */
static bool moments(const struct asian *a, double *first, double *second)
{
    double sum = 0, later = 0;
    for (u32 i = a->n; i-- > 0;) {
        double f = a->forward[i], t = a->time[i], v = a->vol[i];
        if (!(f > 0) || !isfinite(f) || !(v >= 0) || !(t >= 0)) return false;
        if (i + 1 < a->n && !(t <= a->time[i + 1])) return false;
        sum += exp(v * v * t) * f * (f + 2 * later);
        later += f;
    }
    *first = later / a->n, *second = sum / a->n / a->n;
    return isfinite(*second);
}

enum quant_result quant_asian_discrete(const struct asian *a, struct asian_price *out)
{
    double m1 = 0, m2 = 0, all = (double)a->n + a->past;
    ASSERT(out);
    if (a->n == 0 && a->past == 0) return QUANT_SHORT;
    if (!isfinite(a->past_sum) || !isfinite(a->strike) || !(a->expiry >= 0)) return QUANT_DOMAIN;
    if (a->n && (!moments(a, &m1, &m2) || a->expiry < a->time[a->n - 1])) return QUANT_DOMAIN;
    double left = a->strike - a->past_sum / all, discount = exp(-a->rate * a->expiry);
    *out = (struct asian_price){ .weight = a->n / all };
    if (a->n == 0) {
        out->price = discount * fmax(a->call ? -left : left, 0);
        return isfinite(out->price) ? QUANT_OK : QUANT_DOMAIN;
    }
    double sd = sqrt(log(fmax(m2 / (m1 * m1), 1))), last = a->time[a->n - 1];
    out->strike = left / out->weight, out->vol = last > 0 ? sd / sqrt(last) : 0;
    enum quant_result r =
        quant_lognormal_option(m1, out->strike, sd, discount, a->call, &out->price);
    out->price *= out->weight;
    return r;
}

/* ---- averages of a spot ---- */

static bool spot_fine(const struct asian_spot *o)
{
    return o->spot > 0 && isfinite(o->spot) && isfinite(o->strike) && isfinite(o->rate) &&
           isfinite(o->yield) && o->vol >= 0 && isfinite(o->vol);
}

/* (e^x - 1)/x, and its slope. */
static double growth(double x) { return fabs(x) < 1e-12 ? 1 + x / 2 : expm1(x) / x; }

static double growth_slope(double x)
{
    if (fabs(x) > 1e-2) return (exp(x) - growth(x)) / x;
    double sum = 0, term = 1;
    for (u32 k = 1; k < 12; k++) sum += term * k / (k + 1), term *= x / (k + 1);
    return sum;
}

/* (growth(x + h) - growth(x))/h */
static double growth_step(double x, double h)
{
    return fabs(h) < 1e-5 ? growth_slope(x + h / 2) : (growth(x + h) - growth(x)) / h;
}

enum quant_result quant_asian_levy(const struct asian_spot *o, double length, double elapsed,
                                   double running, double *price)
{
    if (!spot_fine(o) || !(length > 0) || !(elapsed >= 0) || !(elapsed <= length) ||
        !isfinite(running))
        return QUANT_DOMAIN;
    double left = length - elapsed, b = o->rate - o->yield, s2 = o->vol * o->vol;
    double strike = o->strike - elapsed / length * running, discount = exp(-o->rate * left);
    if (!(left > 0)) {
        *price = fmax(o->call ? -strike : strike, 0);
        return QUANT_OK;
    }
    double m1 = o->spot * left / length * growth(b * left);
    double scale = o->spot * left / length;
    double m2 = 2 * scale * scale * growth_step(b * left, (b + s2) * left);
    double sd = sqrt(log(fmax(m2 / (m1 * m1), 1)));
    return quant_lognormal_option(m1, strike, sd, discount, o->call, price);
}

static bool times_fine(const double *time, u32 n)
{
    for (u32 i = 0; i < n; i++)
        if (!(time[i] >= (i ? time[i - 1] : 0)) || !isfinite(time[i])) return false;
    return true;
}

/* Mean and deviation of the log of the geometric mean. */
static void geometric(const struct asian_spot *o, const double *time, u32 n, double *mean,
                      double *sd)
{
    double sum = 0, square = 0;
    for (u32 i = 0; i < n; i++) sum += time[i], square += time[i] * (2 * (n - 1 - i) + 1);
    *mean = log(o->spot) + (o->rate - o->yield - o->vol * o->vol / 2) * sum / n;
    *sd = o->vol * sqrt(square) / n;
}

enum quant_result quant_asian_geometric(const struct asian_spot *o, const double *time, u32 n,
                                        double *price)
{
    double mean, sd;
    if (n == 0) return QUANT_SHORT;
    if (!spot_fine(o) || !times_fine(time, n)) return QUANT_DOMAIN;
    geometric(o, time, n, &mean, &sd);
    return quant_lognormal_option(exp(mean + sd * sd / 2), o->strike, sd,
                                  exp(-o->rate * time[n - 1]), o->call, price);
}

/* What a path with the given normals pays, arithmetic and geometric, before discounting. */
static void path(const struct asian_spot *o, const double *step, const double *drift,
                 const double *z, u32 n, double sign, double pay[2])
{
    double log_s = log(o->spot), sum = 0, logs = 0, side = o->call ? 1 : -1;
    for (u32 i = 0; i < n; i++) {
        log_s += drift[i] + sign * step[i] * z[i];
        sum += exp(log_s), logs += log_s;
    }
    pay[0] = fmax(side * (sum / n - o->strike), 0);
    pay[1] = fmax(side * (exp(logs / n) - o->strike), 0);
}

enum quant_result quant_asian_mc(const struct asian_spot *o, const double *time, u32 n, u64 seed,
                                 u32 paths, double *price, double *error)
{
    double z[ASIAN_TIMES_MAX], step[ASIAN_TIMES_MAX], drift[ASIAN_TIMES_MAX], exact;
    if (n == 0 || paths < 2) return QUANT_SHORT;
    if (!spot_fine(o) || n > ASIAN_TIMES_MAX || !times_fine(time, n)) return QUANT_DOMAIN;
    enum quant_result r = quant_asian_geometric(o, time, n, &exact);
    if (r != QUANT_OK) return r;
    double discount = exp(-o->rate * time[n - 1]), mean[2] = { 0 }, ss[2] = { 0 }, cross = 0;
    for (u32 i = 0; i < n; i++) {
        double dt = time[i] - (i ? time[i - 1] : 0);
        step[i] = o->vol * sqrt(dt), drift[i] = (o->rate - o->yield - o->vol * o->vol / 2) * dt;
    }
    for (u32 p = 0; p < paths; p++) {
        double up[2], down[2], d[2];
        draw_normal(seed, p, 0, z, n);
        path(o, step, drift, z, n, 1, up);
        path(o, step, drift, z, n, -1, down);
        for (u32 j = 0; j < 2; j++) {
            double v = (up[j] + down[j]) / 2;
            d[j] = v - mean[j], mean[j] += d[j] / (p + 1), ss[j] += d[j] * (v - mean[j]);
        }
        cross += d[0] * d[1] * p / (p + 1);
    }
    double beta = ss[1] > 0 ? cross / ss[1] : 0, rest = fmax(ss[0] - beta * cross, 0);
    *price = discount * mean[0] - beta * (discount * mean[1] - exact);
    *error = discount * sqrt(rest / (paths - 1) / paths);
    return isfinite(*price) ? QUANT_OK : QUANT_DOMAIN;
}
