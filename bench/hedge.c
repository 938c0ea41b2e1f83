/* bench hedge -- the least CVaR over 24 contracts, exact and in whole lots, and options on
 * averages. The problem is made up from one seed: a two-factor curve, monthly hours that move with
 * prices, some basis. With a folder, bench/hedge_peers.py solves the same programmes with scipy. */
#include "hedge/cvar.h"
#include "quant/draw.h"
#include "quant/option.h"
#include "row.h"

#include <math.h>
#include <time.h>

enum { CONTRACTS = 24 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct cvar_problem make(u32 scenarios)
{
    static double cost[CONTRACTS], lo[CONTRACTS], hi[CONTRACTS];
    double *loss = calloc(scenarios, sizeof *loss), z[3 * CONTRACTS + 2];
    double *payoff = calloc((size_t)scenarios * CONTRACTS, sizeof *payoff);
    ASSERT(loss && payoff);
    for (u32 s = 0; s < scenarios; s++) {
        draw_normal(11, s, 0, z, ARRAY_LEN(z));
        for (u32 j = 0; j < CONTRACTS; j++) {
            double t = (j + 1) / 12.0, level = 0.3 * sqrt(t) * z[0] + 0.25 * exp(-t) * z[1];
            double f = 2.5 * exp(level + 0.06 * z[2 + j]), hours = 9000 * (1 + 0.1 * z[26 + j]);
            double spot = f * (1 + 0.08 * z[50 + j]);
            loss[s] += hours * (spot - 2.5);
            payoff[(size_t)s * CONTRACTS + j] = f - 2.5;
        }
    }
    for (u32 j = 0; j < CONTRACTS; j++) cost[j] = 0.01, lo[j] = 0, hi[j] = 20 * 730;
    return (struct cvar_problem){ loss, payoff, cost, lo, hi, scenarios, CONTRACTS, 0.95 };
}

static void dump(const struct cvar_problem *p, const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) return;
    for (u32 s = 0; s < p->scenarios; s++) {
        fprintf(f, "%.17g", p->loss[s]);
        for (u32 j = 0; j < CONTRACTS; j++)
            fprintf(f, " %.17g", p->payoff[(size_t)s * CONTRACTS + j]);
        fprintf(f, "\n");
    }
    fclose(f);
}

static void cvar_rows(u32 scenarios, const char *folder)
{
    struct cvar_problem p = make(scenarios);
    double n[CONTRACTS], lot[CONTRACTS];
    i64 z[CONTRACTS];
    struct cvar_plan a, b;
    char path[256];
    for (u32 j = 0; j < CONTRACTS; j++) lot[j] = 730;
    double t0 = now();
    if (hedge_cvar_lp(&p, n, &a) != QUANT_OK) printf("LP failed\n");
    double t1 = now();
    if (hedge_cvar_lots(&p, lot, cvar_effort(scenarios), z, &b) != QUANT_OK)
        printf("lots failed\n");
    double t2 = now();
    printf("cvar %5u x 24: LP %.3f s, value %.2f, gap %.1e; lots %.3f s, value %.2f, "
           "over the LP's bound %.3f %%, over its own %.3f %%, %u evaluated, %u nodes\n",
           scenarios, t1 - t0, a.objective, a.gap, t2 - t1, b.objective,
           100 * (b.objective / a.bound - 1), 100 * b.gap, b.evaluated, b.nodes);
    if (folder) {
        snprintf(path, sizeof path, "%s/cvar-%u.txt", folder, scenarios);
        dump(&p, path);
    }
    free((void *)(uintptr_t)p.loss), free((void *)(uintptr_t)p.payoff);
}

static void asian_row(void)
{
    double f[30], v[30], t[30], sum = 0;
    for (u32 i = 0; i < 30; i++) f[i] = 2.5, v[i] = 0.6, t[i] = (i + 1) / 365.0;
    struct asian a = { .forward = f, .vol = v, .time = t, .n = 30, .rate = 0.04, .expiry = t[29] };
    u32 n = 200000;
    double t0 = now();
    for (u32 i = 0; i < n; i++) {
        struct asian_price p;
        a.strike = 2 + i % 100 / 100.0;
        if (quant_asian_discrete(&a, &p) == QUANT_OK) sum += p.price;
    }
    printf("Turnbull-Wakeman, 30 fixings: %.0f a second (sum %.3f)\n", n / (now() - t0), sum);
}

static void normal_row(void)
{
    static double z[100000];
    double t0 = now(), sum = 0;
    for (u32 i = 0; i < 240; i++) {
        draw_normal(1, i, 0, z, ARRAY_LEN(z));
        sum += z[i];
    }
    printf("normals by counter: %.1f million a second (sum %.3f)\n", 24 / (now() - t0), sum);
}

/* bench_hedge [FOLDER]: the problems are written there for the peers. */
int main(int argc, char **argv)
{
    static const u32 sizes[] = { 500, 1000, 2000, 10000 };
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *folder = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
    for (u32 i = 0; i < ARRAY_LEN(sizes); i++) cvar_rows(sizes[i], folder);
    asian_row();
    normal_row();
    return 0;
}
