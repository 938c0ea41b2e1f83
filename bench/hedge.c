/* bench hedge -- the least CVaR over 24 contracts, exact and in whole lots, and options on
 * averages. The problem is made up from one seed: a two-factor curve, monthly hours that move with
 * prices, some basis.
 *   --quick   tiny sizes, so that it runs in a second
 *   --json    one object a line
 *   FOLDER    the problems are written there: bench/hedge_peers.py solves them with scipy */
#include "hedge/cvar.h"
#include "quant/draw.h"
#include "quant/option.h"
#include "row.h"

#include <math.h>

enum { CONTRACTS = 24 };
static bool quick;

static double now(void) { return (double)clock_monotonic_ns() / 1e9; }

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
    double over = 100 * (b.objective / a.bound - 1), own = 100 * b.gap;
    if (row_json)
        printf("{\"case\":\"cvar\",\"scenarios\":\"%u\",\"lp_s\":\"%.3f\",\"lp_value\":\"%.2f\","
               "\"lp_gap\":\"%.1e\",\"lots_s\":\"%.3f\",\"lots_value\":\"%.2f\","
               "\"over_lp_bound_percent\":\"%.3f\",\"over_own_bound_percent\":\"%.3f\"}\n",
               scenarios, t1 - t0, a.objective, a.gap, t2 - t1, b.objective, over, own);
    else
        printf("cvar %5u x 24: LP %.3f s, value %.2f, gap %.1e; lots %.3f s, value %.2f, "
               "over the LP's bound %.3f %%, over its own %.3f %%, %u evaluated, %u nodes\n",
               scenarios, t1 - t0, a.objective, a.gap, t2 - t1, b.objective, over, own, b.evaluated,
               b.nodes);
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
    u32 n = quick ? 2000 : 200000;
    double t0 = now();
    for (u32 i = 0; i < n; i++) {
        struct asian_price p;
        a.strike = 2 + i % 100 / 100.0;
        if (quant_asian_discrete(&a, &p) == QUANT_OK) sum += p.price;
    }
    struct samples none = { 0 };
    row("Turnbull-Wakeman", sum > 0 ? "30 fixings" : "no price", &none, n / (now() - t0) / 1e6,
        "M/s", 0);
}

static void normal_row(void)
{
    static double z[100000];
    double t0 = now(), sum = 0;
    u32 rounds = quick ? 2 : 240;
    for (u32 i = 0; i < rounds; i++) {
        draw_normal(1, i, 0, z, ARRAY_LEN(z));
        sum += z[i];
    }
    struct samples none = { 0 };
    row("normals by counter", sum < 1e9 ? "Philox, one thread" : "?", &none,
        rounds / 10.0 / (now() - t0), "M/s", 0);
}

int main(int argc, char **argv)
{
    static const u32 sizes[] = { 500, 1000, 2000, 10000 };
    const char *folder = NULL;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            quick = true;
        } else if (strcmp(argv[i], "--json") == 0) {
            row_json = true;
        } else if (argv[i][0] != '-') {
            folder = argv[i];
        } else {
            printf("usage: bench_hedge [--quick] [--json] [FOLDER]\n");
            return ERR_USAGE;
        }
    }
    if (quick) cvar_rows(100, folder);
    for (u32 i = 0; !quick && i < ARRAY_LEN(sizes); i++) cvar_rows(sizes[i], folder);
    asian_row();
    normal_row();
    return 0;
}
