#include "quant/option.h"
#include "vectors.h"

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

const struct vector_op vector_ops_hedge[] = {
    { "asian_discrete", op_asian_discrete },
    { "asian_levy", op_asian_levy },
    { "asian_geometric", op_asian_geometric },
    { "asian_mc", op_asian_mc },
    { "asian_continuous", op_asian_continuous },
    { "black76", op_black76 },
    { "kirk", op_kirk },
    { NULL, NULL },
};
