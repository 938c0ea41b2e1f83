#include "quant/option.h"

#include <math.h>

/* u_t + (vol^2/2) (a(t) - z)^2 u_zz = 0, u(T, z) = max(z, 0), a(t) the shares of the asset (with
 * its yield put back in) that make the average: a = e^(-q t) e^(-r tau) (tau/T) g((r - q) tau),
 * tau = T - t. The call is S u(0, z0), z0 = a(0) - e^(-rT) K/S. */
enum { NODES = 1601, MID = NODES / 2, STEPS = 800, SOFT = 4 };

struct grid { double z[NODES], u[NODES], low[NODES], up[NODES]; };

static double shares(const struct asian_spot *o, double years, double t)
{
    double tau = years - t, x = (o->rate - o->yield) * tau;
    double g = fabs(x) < 1e-12 ? 1 + x / 2 : expm1(x) / x;
    return exp(-o->yield * t - o->rate * tau) * tau / years * g;
}

/* Nodes c sinh(s), fine about 0 where the payoff has its kink. */
static void open_grid(struct grid *g, double reach, double fine)
{
    double most = asinh(reach / fine);
    for (u32 i = 0; i < NODES; i++) {
        g->z[i] = fine * sinh(most * ((double)i - MID) / MID);
        g->u[i] = fmax(g->z[i], 0);
    }
    for (u32 i = 1; i + 1 < NODES; i++) {
        double h = g->z[i] - g->z[i - 1], k = g->z[i + 1] - g->z[i];
        g->low[i] = 2 / (h * (h + k)), g->up[i] = 2 / (k * (h + k));
    }
}

/* One step back of dt, `theta` of it implicit. Both ends stay: u is 0 there, or z itself. */
static void step(struct grid *g, double a, double variance, double dt, double theta)
{
    double c[NODES], d[NODES];
    c[0] = 0, d[0] = g->u[0];
    for (u32 i = 1; i + 1 < NODES; i++) {
        double gap = a - g->z[i], k = variance / 2 * gap * gap * dt;
        double low = k * g->low[i], up = k * g->up[i], *u = g->u;
        double old = low * u[i - 1] - (low + up) * u[i] + up * u[i + 1];
        double pivot = 1 + theta * (low + up) + theta * low * -c[i - 1];
        c[i] = theta * up / pivot;
        d[i] = (u[i] + (1 - theta) * old + theta * low * d[i - 1]) / pivot;
    }
    for (u32 i = NODES - 1; i-- > 1;) g->u[i] = d[i] + c[i] * g->u[i + 1];
}

/* Cubic through the four nodes about z. */
static double at(const struct grid *g, double z)
{
    u32 i = 1;
    while (i + 3 < NODES && g->z[i + 1] < z) i++;
    double sum = 0;
    for (u32 j = i - 1; j < i + 3; j++) {
        double w = 1;
        for (u32 k = i - 1; k < i + 3; k++)
            if (k != j) w *= (z - g->z[k]) / (g->z[j] - g->z[k]);
        sum += w * g->u[j];
    }
    return sum;
}

enum quant_result quant_asian_continuous(const struct asian_spot *o, double years, double *price)
{
    struct grid g;
    double sd = o->vol * sqrt(years);
    ASSERT(price);
    if (!(o->spot > 0) || !isfinite(o->spot) || !isfinite(o->strike) || !isfinite(o->rate) ||
        !isfinite(o->yield) || !(years > 0) || !(sd > 0) || !(sd <= 2))
        return QUANT_DOMAIN;
    double a0 = shares(o, years, 0), z0 = a0 - exp(-o->rate * years) * o->strike / o->spot;
    double parity = o->spot * z0; /* call less put */
    if (z0 > 0 && o->strike <= 0) {
        *price = o->call ? parity : 0;
        return QUANT_OK;
    }
    open_grid(&g, (fabs(z0) + a0 + 1) * exp(5 * sd), 0.2 * sd * (a0 + fabs(z0)));
    double dt = years / STEPS;
    for (u32 i = 0; i < SOFT; i++) /* the first step in quarters, fully implicit: no ringing */
        step(&g, shares(o, years, years - dt * (i + 0.5) / SOFT), o->vol * o->vol, dt / SOFT, 1);
    for (u32 i = 1; i < STEPS; i++)
        step(&g, shares(o, years, years - dt * (i + 0.5)), o->vol * o->vol, dt, 0.5);
    double call = fmax(o->spot * at(&g, z0), 0);
    *price = o->call ? call : fmax(call - parity, 0);
    return QUANT_OK;
}
