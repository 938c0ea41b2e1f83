#include "hedge/liquidity.h"

#include <math.h>

enum quant_result hedge_schedule(const struct schedule_input *in, double *held,
                                 struct schedule *out)
{
    double tau = in->years / in->steps, eta = in->eta - in->gamma * tau / 2, squares = 0;
    ASSERT(held && out);
    if (in->steps == 0 || !(in->years > 0) || !(eta > 0) || !(in->lambda >= 0) ||
        !(in->sigma >= 0) || !isfinite(in->size) || !isfinite(in->epsilon))
        return QUANT_DOMAIN;
    /* acosh(1 + u) = 2 asinh(sqrt(u/2)), which keeps its digits for a small u */
    double u = in->lambda * in->sigma * in->sigma * tau * tau / (2 * eta);
    double kappa = 2 * asinh(sqrt(u / 2)) / tau, whole = kappa * in->years;
    *out = (struct schedule){ .kappa = kappa };
    for (u32 j = 0; j <= in->steps; j++) {
        double left = (double)(in->steps - j) / in->steps;
        /* sinh(a s)/sinh(a) without overflow: e^(a (s - 1)) (1 - e^(-2 a s))/(1 - e^(-2 a)) */
        double share = left;
        if (whole > 1e-8)
            share = exp(whole * (left - 1)) * expm1(-2 * whole * left) / expm1(-2 * whole);
        held[j] = in->size * share;
        if (j == 0) continue;
        double sold = held[j - 1] - held[j];
        squares += sold * sold;
        out->variance += in->sigma * in->sigma * tau * held[j] * held[j];
    }
    out->cost =
        in->gamma * in->size * in->size / 2 + in->epsilon * fabs(in->size) + eta / tau * squares;
    return isfinite(out->cost) ? QUANT_OK : QUANT_DOMAIN;
}

enum quant_result hedge_impact(const struct impact_input *in, struct impact *out)
{
    ASSERT(out);
    if (!(in->daily_volume > 0) || !(in->outstanding > 0) || !(in->days > 0) || !(in->size >= 0) ||
        !(in->sigma >= 0))
        return QUANT_DOMAIN;
    double part = in->size / in->daily_volume;
    out->permanent_bp =
        1e4 * in->gamma * in->sigma * part * pow(in->outstanding / in->daily_volume, 0.25);
    out->temporary_bp = 1e4 * in->eta * in->sigma * pow(part / in->days, 0.6);
    out->cost_bp = out->permanent_bp / 2 + out->temporary_bp;
    return isfinite(out->cost_bp) ? QUANT_OK : QUANT_DOMAIN;
}
