#include "quant/minimise.h"

#include <math.h>

struct point { double x[MINIMISE_MAX], f; };
struct search {
    double (*value)(const double *x, void *with);
    void *with;
    struct point p[MINIMISE_MAX + 1];
    u32 n, calls;
};

static double call(struct search *s, const double *x)
{
    double f = s->value(x, s->with);
    s->calls++;
    return isfinite(f) ? f : HUGE_VAL;
}

static void sort(struct search *s)
{
    for (u32 i = 1; i <= s->n; i++) {
        struct point v = s->p[i];
        u32 j = i;
        for (; j && s->p[j - 1].f > v.f; j--) s->p[j] = s->p[j - 1];
        s->p[j] = v;
    }
}

/* The mean of all but the worst, moved `by` of the way from the worst. */
static struct point moved(struct search *s, double by)
{
    struct point out;
    for (u32 j = 0; j < s->n; j++) {
        double mean = 0;
        for (u32 i = 0; i < s->n; i++) mean += s->p[i].x[j] / s->n;
        out.x[j] = mean + by * (mean - s->p[s->n].x[j]);
    }
    out.f = call(s, out.x);
    return out;
}

static void shrink(struct search *s)
{
    for (u32 i = 1; i <= s->n; i++) {
        for (u32 j = 0; j < s->n; j++) s->p[i].x[j] = (s->p[i].x[j] + s->p[0].x[j]) / 2;
        s->p[i].f = call(s, s->p[i].x);
    }
}

static bool narrow(const struct search *s, double tol)
{
    if (!(s->p[s->n].f - s->p[0].f <= tol * (1 + fabs(s->p[0].f)))) return false;
    for (u32 j = 0; j < s->n; j++)
        for (u32 i = 1; i <= s->n; i++)
            if (fabs(s->p[i].x[j] - s->p[0].x[j]) > tol * (1 + fabs(s->p[0].x[j]))) return false;
    return true;
}

static void step(struct search *s)
{
    struct point *worst = &s->p[s->n], r = moved(s, 1);
    if (r.f < s->p[0].f) {
        struct point e = moved(s, 2);
        *worst = e.f < r.f ? e : r;
    } else if (r.f < s->p[s->n - 1].f) {
        *worst = r;
    } else {
        struct point c = moved(s, r.f < worst->f ? 0.5 : -0.5);
        if (c.f < fmin(r.f, worst->f)) *worst = c;
        else shrink(s);
    }
    sort(s);
}

enum quant_result quant_minimise(double (*value)(const double *x, void *with), void *with,
                                 double *x, const double *first, u32 n, double tol, u32 most,
                                 double *least)
{
    struct search s = { .value = value, .with = with, .n = n };
    bool done = false;
    ASSERT(n > 0 && n <= MINIMISE_MAX);
    ASSERT(tol > 0 && least);
    for (u32 round = 0; round < 2; round++) { /* a simplex can fall flat: once more from its end */
        for (u32 i = 0; i <= n; i++) {
            for (u32 j = 0; j < n; j++) s.p[i].x[j] = x[j] + (j + 1 == i ? first[j] : 0);
            s.p[i].f = call(&s, s.p[i].x);
        }
        sort(&s);
        while (!(done = narrow(&s, tol)) && s.calls < most) step(&s);
        memcpy(x, s.p[0].x, n * sizeof *x);
    }
    *least = s.p[0].f;
    return !isfinite(*least) || *least == HUGE_VAL ? QUANT_DOMAIN : done ? QUANT_OK : QUANT_LIMIT;
}
