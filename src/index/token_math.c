#include "index/token_math.h"

i64 token_blend(struct blend w, i64 input, i64 cached, i64 output)
{
    ASSERT(w.input_ppm + w.cached_ppm + w.output_ppm == PPM);
    ASSERT(input >= 0 && input <= STATS_PRICE_MAX);
    ASSERT(cached >= 0 && cached <= STATS_PRICE_MAX);
    ASSERT(output >= 0 && output <= STATS_PRICE_MAX);
    return w.input_ppm * input + w.cached_ppm * cached + w.output_ppm * output;
}

bool gpu_to_token(i64 gpu_hour, i64 tokens_per_second, i64 *out)
{
    ASSERT(out);
    ASSERT(gpu_hour >= 0);
    if (tokens_per_second <= 0 || tokens_per_second > INT64_MAX / 3600) return false;
    return mul_div(gpu_hour, MICROS, tokens_per_second * 3600, ROUND_HALF_EVEN, out);
}

bool tokenizer_normalise(i64 price, i64 kappa, i64 kappa_ref, i64 *out)
{
    ASSERT(out);
    ASSERT(price >= 0);
    return kappa > 0 && kappa_ref > 0 && mul_div(price, kappa, kappa_ref, ROUND_HALF_EVEN, out);
}

/* Few values: insertion sort. */
static void sort(i64 *v, u32 n)
{
    ASSERT(v || !n);
    for (u32 i = 1; i < n; i++) {
        i64 x = v[i];
        u32 k = i;
        for (; k > 0 && v[k - 1] > x; k--) v[k] = v[k - 1];
        v[k] = x;
    }
    ASSERT(n < 2 || v[0] <= v[n - 1]);
}

/* Twice the median of sorted values, by the tie rule. */
static i128 median_twice(const i64 *v, u32 n, u32 tie)
{
    i64 lower = v[(n - 1) / 2], upper = v[n / 2];
    ASSERT(n > 0);
    ASSERT(tie > TIE_NONE && tie < TIE_COUNT);
    if (tie == TIE_LOWER) return 2 * (i128)lower;
    return tie == TIE_UPPER ? 2 * (i128)upper : (i128)lower + upper;
}

bool token_slot_price(i64 *blends, u32 n, u32 tie, i64 kappa, i64 kappa_ref, i64 factor_ppm,
                      i64 *out)
{
    ASSERT(n > 0);
    ASSERT(kappa > 0 && kappa <= PPM);
    ASSERT(kappa_ref > 0 && kappa_ref <= PPM);
    ASSERT(factor_ppm > 0 && factor_ppm <= 100 * PPM);
    sort(blends, n);
    /* below 2 x 1e18 x 1e6 x 1e8: fits 128 bits */
    i128 top = median_twice(blends, n, tie) * kappa * factor_ppm;
    i128 below = 2 * (i128)PPM * kappa_ref * PPM;
    return i64_of(div_round(top, below, ROUND_HALF_EVEN), out);
}

bool basket_cost(const i64 *quantity, const i64 *price, u32 n, i64 *out)
{
    i64 sum = 0, one;
    ASSERT(out);
    ASSERT(quantity && price);
    for (u32 i = 0; i < n; i++)
        if (__builtin_mul_overflow(quantity[i], price[i], &one) ||
            __builtin_add_overflow(sum, one, &sum))
            return false;
    *out = sum;
    return true;
}

bool lowe_value(i64 level, i64 now, i64 base, i64 *out)
{
    ASSERT(out);
    ASSERT(base > 0);
    return level > 0 && now > 0 && mul_div(level, now, base, ROUND_HALF_EVEN, out);
}

bool unit_value(const i64 *share_ppm, const i64 *price, u32 n, i64 *out)
{
    i128 sum = 0;
    i64 shares = 0;
    ASSERT(out);
    ASSERT(share_ppm && price);
    for (u32 i = 0; i < n; i++) sum += (i128)share_ppm[i] * price[i], shares += share_ppm[i];
    return shares > 0 && i64_of(div_round(sum, shares, ROUND_HALF_EVEN), out);
}

bool chain_apply(i64 level, i64 link_ppb, i64 *out)
{
    ASSERT(out);
    ASSERT(level >= 0);
    return link_ppb > 0 && mul_div(level, link_ppb, INT64_C(1000000000), ROUND_HALF_EVEN, out);
}

bool splice_factor(i64 *old, i64 *new, u32 n, u32 min_overlap, i64 *factor_ppm)
{
    i64 factor;
    ASSERT(old && new);
    ASSERT(factor_ppm);
    if (!n || n < min_overlap) return false;
    sort(old, n), sort(new, n);
    if (old[0] <= 0 || new[0] <= 0) return false;
    i128 a = median_twice(old, n, TIE_MID), b = median_twice(new, n, TIE_MID);
    if (a > INT64_MAX || b > INT64_MAX || !mul_div((i64)a, PPM, (i64)b, ROUND_HALF_EVEN, &factor))
        return false;
    *factor_ppm = factor;
    return factor > 0;
}

bool factor_equivalent(i64 price, i64 throughput, i64 reference, i64 *out)
{
    ASSERT(out);
    ASSERT(price >= 0);
    return throughput > 0 && reference > 0 &&
           mul_div(price, reference, throughput, ROUND_HALF_EVEN, out);
}
