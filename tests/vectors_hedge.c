#include "hedge/cvar.h"
#include "hedge/effect.h"
#include "hedge/liquidity.h"
#include "hedge/ratio.h"
#include "hedge/strip.h"
#include "quant/backtest.h"
#include "quant/curve.h"
#include "quant/option.h"
#include "quant/regress.h"
#include "quant/tail.h"
#include "quant/unit_root.h"
#include "quant/volatility.h"
#include "vectors.h"

#include <math.h>
#include <stdlib.h>

/* The ops of area "hedge": see vectors.h on how to add one. Conventions: docs/vectors.md. */

static void fine(enum quant_result r)
{
    if (r != QUANT_OK) vector_fail("%s", quant_text(r));
}

/* A list of numbers in memory that lives as long as the program. */
static double *in_f64s(const cJSON *in, const char *key, u32 *n)
{
    u32 i = 0;
    const cJSON *item;
    *n = in_len(in, key);
    double *v = calloc((size_t)*n + 1, sizeof *v);
    ASSERT(v);
    cJSON_ArrayForEach(item, in_get(in, key)) if (i < *n) v[i++] = item_f64(item);
    return v;
}

static bool is_call(const cJSON *in) { return strcmp(in_text(in, "type"), "call") == 0; }

/* ---- options ---- */

static struct asian_spot in_spot(const cJSON *in)
{
    return (struct asian_spot){ .spot = in_f64(in, "S"), .strike = in_f64(in, "K"),
                                .yield = in_f64(in, "q"), .rate = in_f64(in, "r"),
                                .vol = in_f64(in, "vol"), .call = is_call(in) };
}

static void op_asian_discrete(const cJSON *in, cJSON *out)
{
    u32 n, n_vols;
    double *time = in_f64s(in, "times", &n), *vol = in_f64s(in, "vols", &n_vols);
    double *forward = calloc((size_t)n + 1, sizeof *forward);
    struct asian_price p = { 0 };
    ASSERT(forward);
    for (u32 i = 0; i < n; i++) forward[i] = in_f64(in, "F");
    struct asian a = { .forward = forward, .vol = vol, .time = time, .n = n,
                       .past = (u32)in_i64(in, "past_fixings"),
                       .past_sum = in_f64(in, "past_sum"), .strike = in_f64(in, "K"),
                       .rate = in_f64(in, "r"), .expiry = in_f64(in, "expiry"),
                       .call = is_call(in) };
    if (n != n_vols) vector_fail("times and vols differ");
    else fine(quant_asian_discrete(&a, &p));
    out_f64(out, "price", p.price);
    free(forward), free(vol), free(time);
}

static void op_asian_levy(const cJSON *in, cJSON *out)
{
    struct asian_spot o = in_spot(in);
    double price = 0;
    fine(quant_asian_levy(&o, in_f64(in, "length_years"), in_f64(in, "elapsed_years"),
                          in_f64(in, "running_avg"), &price));
    out_f64(out, "price", price);
}

static void op_asian_geometric(const cJSON *in, cJSON *out)
{
    u32 n;
    double *time = in_f64s(in, "times", &n), price = 0;
    struct asian_spot o = in_spot(in);
    fine(quant_asian_geometric(&o, time, n, &price));
    out_f64(out, "price", price);
    free(time);
}

static void op_asian_mc(const cJSON *in, cJSON *out)
{
    u32 n;
    double *time = in_f64s(in, "times", &n), price = 0, error = 0;
    struct asian_spot o = in_spot(in);
    fine(quant_asian_mc(&o, time, n, 1, 20000, &price, &error));
    out_f64(out, "price", price);
    out_f64(out, "error", error);
    free(time);
}

static void op_asian_continuous(const cJSON *in, cJSON *out)
{
    double price = 0;
    struct asian_spot o = in_spot(in);
    fine(quant_asian_continuous(&o, in_f64(in, "T"), &price));
    out_f64(out, "price", price);
}

static void op_black76(const cJSON *in, cJSON *out)
{
    double price = 0;
    fine(quant_black76(in_f64(in, "F"), in_f64(in, "K"), in_f64(in, "T"), in_f64(in, "r"),
                       in_f64(in, "vol"), is_call(in), &price));
    out_f64(out, "price", price);
}

static void op_kirk(const cJSON *in, cJSON *out)
{
    double price = 0;
    struct spread_option o = { .f1 = in_f64(in, "F1"), .f2 = in_f64(in, "F2"),
                               .strike = in_f64(in, "K"), .years = in_f64(in, "T"),
                               .rate = in_f64(in, "r"), .vol1 = in_f64(in, "s1"),
                               .vol2 = in_f64(in, "s2"), .rho = in_f64(in, "rho") };
    fine(quant_kirk(&o, &price));
    out_f64(out, "price", price);
}

/* A list of lists of one length, row by row. */
static double *in_rows(const cJSON *in, const char *key, u32 *n, u32 *k)
{
    const cJSON *row, *item;
    u32 at = 0;
    *n = in_len(in, key), *k = 0;
    cJSON_ArrayForEach(row, in_get(in, key)) if (!*k) *k = (u32)cJSON_GetArraySize(row);
    double *v = calloc((size_t)*n * *k + 1, sizeof *v);
    ASSERT(v);
    cJSON_ArrayForEach(row, in_get(in, key))
    {
        if ((u32)cJSON_GetArraySize(row) != *k) vector_fail("rows of %s differ", key);
        cJSON_ArrayForEach(item, row) if (at < *n * *k) v[at++] = item_f64(item);
    }
    return v;
}

static void out_f64s(cJSON *out, const char *key, const double *v, u32 n)
{
    cJSON *list = out_array(out, key);
    for (u32 i = 0; i < n; i++) out_f64(list, NULL, v[i]);
}

/* Two lists that belong together; returns their length. */
static u32 in_pair(const cJSON *in, const char *a, const char *b, double **x, double **y)
{
    u32 n, m;
    *x = in_f64s(in, a, &n), *y = in_f64s(in, b, &m);
    if (n != m) vector_fail("%s and %s differ in length", a, b);
    return n < m ? n : m;
}

/* ---- ratios ---- */

static void op_min_variance(const cJSON *in, cJSON *out)
{
    double *ds, *df;
    struct hedge_ratio h = { 0 };
    u32 n = in_pair(in, "dS", "dF", &ds, &df);
    fine(hedge_min_variance(ds, df, n, in_f64(in, "exposure"), in_f64(in, "lot"), &h));
    out_f64(out, "sigma_S", h.sigma_s);
    out_f64(out, "sigma_F", h.sigma_f);
    out_f64(out, "rho", h.rho);
    out_f64(out, "h", h.h);
    out_f64(out, "r2", h.r2);
    out_f64(out, "n", h.lots);
    free(ds), free(df);
}

static void op_min_variance_stats(const cJSON *in, cJSON *out)
{
    struct hedge_ratio h = { 0 };
    fine(hedge_from_stats(in_f64(in, "rho"), in_f64(in, "sigma_S"), in_f64(in, "sigma_F"),
                          in_f64(in, "exposure"), in_f64(in, "lot"), &h));
    out_f64(out, "h", h.h);
    out_f64(out, "n", h.lots);
}

static void op_tail(const cJSON *in, cJSON *out)
{
    double n = 0;
    fine(
        hedge_tail(in_f64(in, "h"), in_f64(in, "exposure_value"), in_f64(in, "futures_value"), &n));
    out_f64(out, "n", n);
}

static void op_tail_discount(const cJSON *in, cJSON *out)
{
    double n = 0;
    fine(hedge_tail_discount(in_f64(in, "n"), in_f64(in, "rate"), in_f64(in, "years"), &n));
    out_f64(out, "n", n);
}

static void op_beta_hedge(const cJSON *in, cJSON *out)
{
    double n = 0;
    fine(hedge_beta(in_f64(in, "beta"), in_f64(in, "target"), in_f64(in, "value"),
                    in_f64(in, "futures"), in_f64(in, "multiplier"), &n));
    out_f64(out, "n", n);
}

static void op_stack_roll_pnl(const cJSON *in, cJSON *out)
{
    u32 n, two, spots;
    double *legs = in_rows(in, "legs", &n, &two), *spot = in_f64s(in, "spot", &spots);
    double pairs[16][2] = { 0 };
    struct rolled r = { 0 };
    if (two != 2 || spots != 2 || n > ARRAY_LEN(pairs)) vector_fail("legs or spot");
    for (u32 i = 0; two == 2 && i < n && i < ARRAY_LEN(pairs); i++)
        pairs[i][0] = legs[2 * i], pairs[i][1] = legs[2 * i + 1];
    if (spots == 2)
        fine(hedge_stack_roll((const double(*)[2])pairs, n, spot[0], spot[1],
                              strcmp(in_text(in, "side"), "short") == 0, &r));
    out_f64(out, "futures_gain", r.futures_gain);
    out_f64(out, "spot_change", r.spot_change);
    out_f64(out, "effective_price", r.effective_price);
    free(legs), free(spot);
}

static void op_ewma_hedge(const cJSON *in, cJSON *out)
{
    double *rs, *rf;
    u32 n = in_pair(in, "rS", "rF", &rs, &rf);
    double *h = calloc((size_t)n + 1, sizeof *h);
    ASSERT(h);
    fine(hedge_ewma(rs, rf, n, in_f64(in, "lam"), h));
    out_f64s(out, "h", h, n);
    free(h), free(rs), free(rf);
}

static void op_volumetric(const cJSON *in, cJSON *out)
{
    double *q, *s, *f;
    u32 n = in_pair(in, "Q", "S", &q, &s), m;
    struct volumetric v = { 0 };
    f = in_f64s(in, "F", &m);
    if (m != n) vector_fail("Q and F differ");
    else fine(hedge_volumetric(q, s, f, n, &v));
    out_f64(out, "h_dollar", v.h_dollar);
    out_f64(out, "h_price_only", v.h_price_only);
    out_f64(out, "corr_QF", v.corr_qf);
    free(q), free(s), free(f);
}

/* ---- regressions ---- */

static void op_ols(const cJSON *in, cJSON *out)
{
    u32 n, m, k;
    double *y = in_f64s(in, "y", &n), *x = in_rows(in, "X", &m, &k);
    struct regression r = { 0 };
    if (n != m) vector_fail("y and X differ");
    else fine(quant_regress(x, y, n, k + 1, 0, NULL, &r));
    out_f64s(out, "coef", r.beta, k + 1);
    out_f64s(out, "se", r.se, k + 1);
    out_f64(out, "resid_sd", r.residual_sd);
    out_f64(out, "r2", r.fit.r2);
    out_f64(out, "f", r.f);
    free(x), free(y);
}

static void op_effectiveness(const cJSON *in, cJSON *out)
{
    double *x, *y;
    struct effectiveness e = { 0 };
    u32 n = in_pair(in, "x", "y", &x, &y);
    fine(hedge_effectiveness(x, y, n, &e));
    out_f64(out, "slope", e.slope);
    out_f64(out, "intercept", e.intercept);
    out_f64(out, "se_slope", e.se_slope);
    out_f64(out, "r2", e.r2);
    out_f64(out, "f", e.f);
    out_f64(out, "t", e.t);
    out_f64(out, "p", e.p);
    out_f64s(out, "ci95", (double[]){ e.ci_lo, e.ci_hi }, 2);
    out_f64(out, "resid_sd", e.residual_sd);
    out_f64(out, "durbin_watson", e.durbin_watson);
    free(x), free(y);
}

static void op_dollar_offset(const cJSON *in, cJSON *out)
{
    double *item, *hedge, ratio[64];
    u32 outside[64], many = 0, none = 0, n = in_pair(in, "dV_item", "dV_hedge", &item, &hedge);
    if (n > ARRAY_LEN(ratio)) vector_fail("too many months");
    else
        fine(hedge_dollar_offset(item, hedge, n, in_f64(in, "lo"), in_f64(in, "hi"), ratio, outside,
                                 &many, &none));
    out_f64s(out, "ratio", ratio, n);
    cJSON *list = out_array(out, "outside");
    for (u32 i = 0; i < many; i++) out_i64(list, NULL, outside[i]);
    free(item), free(hedge);
}

static void op_engle_granger(const cJSON *in, cJSON *out)
{
    u32 n, m, k;
    double *y = in_f64s(in, "y", &n), *x, beta[UNIT_SERIES_MAX + 2];
    double *residual = calloc((size_t)n + 1, sizeof *residual);
    struct unit_root r = { 0 };
    bool ct = strcmp(in_text(in, "trend"), "ct") == 0;
    ASSERT(residual);
    if (cJSON_IsArray(in_get(in, "X")->child)) x = in_rows(in, "X", &m, &k);
    else x = in_f64s(in, "X", &m), k = 1;
    if (n != m) vector_fail("y and X differ");
    else
        fine(quant_engle_granger(y, x, n, k, (u32)in_i64(in, "lags"),
                                 ct ? UNIT_LINEAR : UNIT_CONSTANT, beta, residual, &r));
    out_f64(out, "stat", r.stat);
    out_f64s(out, "crit_1_5_10", r.critical, 3);
    free(residual), free(x), free(y);
}

static void op_garch_recursion(const cJSON *in, cJSON *out)
{
    u32 n;
    double *e = in_f64s(in, "returns", &n), *h = calloc((size_t)n + 1, sizeof *h);
    struct garch g = { in_f64(in, "omega"), in_f64(in, "alpha"), in_f64(in, "beta"), 0 };
    ASSERT(h);
    fine(quant_garch(&g, in_f64(in, "h0"), e, n, h));
    for (u32 i = 0; i < n; i++) h[i] = sqrt(h[i]);
    out_f64s(out, "vol", h, n);
    free(h), free(e);
}

static void op_basis_shares(const cJSON *in, cJSON *out)
{
    u32 n, k;
    double *parts = in_rows(in, "parts", &n, &k), shares[64] = { 0 }, sum = 0;
    if (k > 64) vector_fail("too many parts");
    else fine(hedge_basis_shares(parts, n, k, shares));
    for (u32 j = 0; j < k; j++) sum += shares[j];
    out_f64s(out, "shares", shares, k);
    out_f64(out, "sum", sum);
    free(parts);
}

/* ---- tails, back-tests, curves, trading ---- */

static void op_cvar_normal(const cJSON *in, cJSON *out)
{
    u32 n, m, rows, k;
    double *mean = in_f64s(in, "mean", &n), *w = in_f64s(in, "weights", &m);
    double *cov = in_rows(in, "cov", &rows, &k);
    struct tail t = { 0 };
    if (n != m || rows != n || k != n) vector_fail("sizes differ");
    else fine(quant_cvar_normal(mean, cov, w, n, in_f64(in, "beta"), &t));
    out_f64(out, "var", t.var);
    out_f64(out, "cvar", t.cvar);
    free(mean), free(w), free(cov);
}

static void op_kupiec(const cJSON *in, cJSON *out)
{
    struct ratio_test t = { 0 };
    fine(quant_kupiec((u32)in_i64(in, "T"), (u32)in_i64(in, "x"), in_f64(in, "p"), &t));
    out_f64(out, "lr", t.lr);
    out_f64(out, "p_value", t.p);
}

static void op_kupiec_region(const cJSON *in, cJSON *out)
{
    u32 lo = 0, hi = 0;
    fine(quant_kupiec_region((u32)in_i64(in, "T"), in_f64(in, "p"), in_f64(in, "level"), &lo, &hi));
    out_i64(out, "lo", lo);
    out_i64(out, "hi", hi);
}

static void op_backtest_zone(const cJSON *in, cJSON *out)
{
    double cdf = 0;
    enum zone zone = ZONE_GREEN;
    fine(quant_zone((u32)in_i64(in, "n"), (u32)in_i64(in, "x"), in_f64(in, "p"), &cdf, &zone));
    out_f64(out, "cdf", cdf);
    out_text(out, "zone", quant_zone_text(zone));
}

static void op_almgren_chriss(const cJSON *in, cJSON *out)
{
    double held[256];
    struct schedule s = { 0 };
    struct schedule_input i = { .size = in_f64(in, "X"), .years = in_f64(in, "T"),
                                .sigma = in_f64(in, "sigma"), .epsilon = in_f64(in, "epsilon"),
                                .gamma = in_f64(in, "gamma"), .eta = in_f64(in, "eta"),
                                .lambda = in_f64(in, "lambda"), .steps = (u32)in_i64(in, "N") };
    if (i.steps + 1 > ARRAY_LEN(held)) vector_fail("too many steps"), i.steps = 0;
    fine(hedge_schedule(&i, held, &s));
    out_f64(out, "kappa", s.kappa);
    out_f64s(out, "trajectory", held, i.steps + 1);
    out_f64(out, "E", s.cost);
    out_f64(out, "V", s.variance);
}

static void op_impact_35(const cJSON *in, cJSON *out)
{
    struct impact v = { 0 };
    struct impact_input i = { .daily_volume = in_f64(in, "adv"),
                              .outstanding = in_f64(in, "outstanding"),
                              .sigma = in_f64(in, "sigma"), .size = in_f64(in, "X"),
                              .days = in_f64(in, "T_days"), .gamma = in_f64(in, "gamma"),
                              .eta = in_f64(in, "eta") };
    fine(hedge_impact(&i, &v));
    out_f64(out, "permanent_bp", v.permanent_bp);
    out_f64(out, "temporary_bp", v.temporary_bp);
    out_f64(out, "cost_bp", v.cost_bp);
}

static void op_schwartz_smith_curve(const cJSON *in, cJSON *out)
{
    u32 n;
    double *t = in_f64s(in, "T", &n), *a = calloc(2 * (size_t)n + 1, sizeof *a), *f = a + n;
    struct curve c = { .kappa = in_f64(in, "kappa"), .sigma_chi = in_f64(in, "sigma_chi"),
                       .lambda_chi = in_f64(in, "lambda_chi"), .sigma_xi = in_f64(in, "sigma_xi"),
                       .rho = in_f64(in, "rho"), .mu_xi_rn = in_f64(in, "mu_xi_rn") };
    ASSERT(a);
    fine(quant_curve(&c, in_f64(in, "chi"), in_f64(in, "xi"), t, n, a, f));
    out_f64s(out, "A", a, n);
    out_f64s(out, "F", f, n);
    free(a), free(t);
}

/* ---- many months ---- */

static void op_strip_ridge(const cJSON *in, cJSON *out)
{
    u32 n, rows, k;
    double *loss = in_f64s(in, "loss", &n), *payoff = in_rows(in, "payoff", &rows, &k);
    double lots[STRIP_MAX] = { 0 }, lo[STRIP_MAX], hi[STRIP_MAX];
    bool none_lo = cJSON_IsNull(in_get(in, "lo")), none_hi = cJSON_IsNull(in_get(in, "hi"));
    for (u32 j = 0; j < STRIP_MAX; j++) {
        lo[j] = none_lo ? -HUGE_VAL : in_f64(in, "lo");
        hi[j] = none_hi ? HUGE_VAL : in_f64(in, "hi");
    }
    if (n != rows || k > STRIP_MAX) vector_fail("sizes");
    else fine(hedge_strip(loss, payoff, n, k, in_f64(in, "ridge"), lo, hi, lots));
    out_f64s(out, "n", lots, k);
    free(loss), free(payoff);
}

/* One cost, one bound, one lot size for all contracts. */
static void cvar_case(const cJSON *in, cJSON *out, bool lots)
{
    u32 n, rows, k;
    double *loss = in_f64s(in, "loss", &n), *payoff = in_rows(in, "payoff", &rows, &k);
    double cost[CVAR_MAX], lo[CVAR_MAX], hi[CVAR_MAX], lot[CVAR_MAX], at[CVAR_MAX] = { 0 };
    i64 z[CVAR_MAX] = { 0 };
    struct cvar_plan plan = { 0 };
    for (u32 j = 0; j < CVAR_MAX; j++) {
        cost[j] = in_f64(in, "cost"), hi[j] = in_f64(in, "bound"), lo[j] = -hi[j];
        lot[j] = lots ? in_f64(in, "lot") : 1;
    }
    struct cvar_problem p = { loss, payoff, cost, lo, hi, n, k, in_f64(in, "beta") };
    if (n != rows || k > CVAR_MAX) vector_fail("sizes");
    else if (lots) fine(hedge_cvar_lots(&p, lot, cvar_effort(n), z, &plan));
    else fine(hedge_cvar_lp(&p, at, &plan));
    out_f64(out, "objective", plan.objective);
    out_f64(out, "unhedged", plan.unhedged);
    out_f64(out, "bound", plan.bound);
    out_f64(out, "gap", plan.gap);
    if (lots) out_i64s(out, "lots", z, k);
    else out_f64s(out, "n", at, k);
    free(loss), free(payoff);
}

static void op_cvar_lp(const cJSON *in, cJSON *out) { cvar_case(in, out, false); }
static void op_cvar_lots(const cJSON *in, cJSON *out) { cvar_case(in, out, true); }

const struct vector_op vector_ops_hedge[] = {
    { "asian_discrete", op_asian_discrete },
    { "asian_levy", op_asian_levy },
    { "asian_geometric", op_asian_geometric },
    { "asian_mc", op_asian_mc },
    { "asian_continuous", op_asian_continuous },
    { "black76", op_black76 },
    { "kirk", op_kirk },
    { "min_variance", op_min_variance },
    { "min_variance_stats", op_min_variance_stats },
    { "tail", op_tail },
    { "tail_discount", op_tail_discount },
    { "beta_hedge", op_beta_hedge },
    { "stack_roll_pnl", op_stack_roll_pnl },
    { "ewma_hedge", op_ewma_hedge },
    { "volumetric", op_volumetric },
    { "ols", op_ols },
    { "effectiveness", op_effectiveness },
    { "dollar_offset", op_dollar_offset },
    { "engle_granger", op_engle_granger },
    { "garch_recursion", op_garch_recursion },
    { "basis_shares", op_basis_shares },
    { "cvar_normal", op_cvar_normal },
    { "kupiec", op_kupiec },
    { "kupiec_region", op_kupiec_region },
    { "backtest_zone", op_backtest_zone },
    { "almgren_chriss", op_almgren_chriss },
    { "impact_35", op_impact_35 },
    { "schwartz_smith_curve", op_schwartz_smith_curve },
    { "strip_ridge", op_strip_ridge },
    { "cvar_lp", op_cvar_lp },
    { "cvar_lots", op_cvar_lots },
    { NULL, NULL },
};
