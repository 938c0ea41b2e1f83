#include "index/stats.h"
#include "index/sort.h"

/* num/den in Fine: the whole part, then the rest, so that no product passes 128 bits. */
Fine point_fine(const struct point *p)
{
    ASSERT(p->den > 0);
    ASSERT(p->num >= 0);
    i128 whole = p->num / p->den, rest = p->num % p->den;
    return (Fine){ whole * FINE_MICRO + div_round(rest * FINE_MICRO, p->den, ROUND_HALF_EVEN) };
}

i32 point_compare(const struct point *a, const struct point *b)
{
    ASSERT(a->den > 0);
    ASSERT(b->den > 0);
    i128 x = a->num / a->den, y = b->num / b->den;
    if (x == y) x = (a->num % a->den) * b->den, y = (b->num % b->den) * a->den;
    if (x != y) return x < y ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

void points_sort(struct point *p, u32 n, struct point *scratch)
{
    ASSERT(p || !n);
    ASSERT(scratch || n < 2);
    for (u32 width = 1; width < n; width *= 2) {
        for (u32 from = 0; from < n; from += 2 * width) {
            u32 mid = from + width < n ? from + width : n;
            u32 end = mid + width < n ? mid + width : n;
            for (u32 to = from, a = from, b = mid; to < end; to++) {
                bool left = b == end || (a < mid && point_compare(&p[a], &p[b]) <= 0);
                scratch[to] = left ? p[a++] : p[b++];
            }
        }
        memcpy(p, scratch, n * sizeof *p);
    }
}

static bool key_before(const struct key *a, const struct key *b)
{
    if (a->hi != b->hi) return a->hi < b->hi;
    if (a->lo != b->lo) return a->lo < b->lo;
    return a->i <= b->i;
}

#define RADIX_FROM 1024u /* keys: fewer are merged sooner than counted */
void keys_sort(struct key *k, u32 n, struct key *scratch)
{
    ASSERT(k || !n);
    ASSERT(scratch || n < 2);
    if (n >= RADIX_FROM) {
        keys_radix(k, n, scratch);
        return;
    }
    for (u32 width = 1; width < n; width *= 2) {
        for (u32 from = 0; from < n; from += 2 * width) {
            u32 mid = from + width < n ? from + width : n;
            u32 end = mid + width < n ? mid + width : n;
            for (u32 to = from, a = from, b = mid; to < end; to++) {
                bool left = b == end || (a < mid && key_before(&k[a], &k[b]));
                scratch[to] = left ? k[a++] : k[b++];
            }
        }
        memcpy(k, scratch, n * sizeof *k);
    }
}

bool points_weight(const struct point *p, u32 n, i64 *weight)
{
    i128 sum = 0;
    ASSERT(weight);
    for (u32 i = 0; i < n; i++) {
        ASSERT(p[i].weight >= 0);
        sum += p[i].weight;
    }
    if (sum > STATS_WEIGHT_MAX) return false;
    *weight = (i64)sum;
    return true;
}

bool weighted_median(const struct point *p, u32 n, u32 tie, Fine *out)
{
    i64 all;
    i128 cum = 0;
    u32 lower = n, upper = n;
    ASSERT(tie >= TIE_LOWER);
    ASSERT(tie <= TIE_MID);
    if (!points_weight(p, n, &all) || !all) return false;
    for (u32 i = 0; i < n && upper == n; i++) {
        ASSERT(!i || point_compare(&p[i - 1], &p[i]) <= 0);
        cum += p[i].weight;
        if (lower == n && p[i].weight && 2 * cum >= all) lower = i;
        if (2 * cum > all) upper = i;
    }
    ASSERT(lower < n);
    ASSERT(upper < n);
    Fine a = point_fine(&p[lower]), b = point_fine(&p[upper]);
    i128 mid = div_round(a.v + b.v, 2, ROUND_HALF_EVEN);
    *out = tie == TIE_LOWER ? a : tie == TIE_UPPER ? b : (Fine){ mid };
    return true;
}

bool weighted_quantile(const struct point *p, u32 n, u32 u_ppm, u32 *out)
{
    i64 all;
    i128 cum = 0;
    ASSERT(u_ppm <= PPM);
    ASSERT(out);
    if (!points_weight(p, n, &all) || !all) return false;
    for (u32 i = 0; i < n; i++) {
        cum += p[i].weight;
        if (!p[i].weight || cum * PPM < (i128)u_ppm * all) continue;
        *out = i;
        return true;
    }
    UNREACHABLE("all the weight reaches every share");
}

Fine fine_mean(i128 whole, i128 rest, i128 all)
{
    ASSERT(all > 0);
    ASSERT(whole >= 0 && rest >= 0);
    whole += rest / FINE_MICRO, rest %= FINE_MICRO;
    i128 left = whole % all * FINE_MICRO + rest;
    return (Fine){ whole / all * FINE_MICRO + div_round(left, all, ROUND_HALF_EVEN) };
}

/* The mean of w f over points: whole micros and the rest apart, so that 128 bits hold both sums. */
bool clamped_mean(const struct point *p, u32 n, Fine lo, Fine hi, Fine *out)
{
    i64 all;
    i128 whole = 0, rest = 0;
    ASSERT(lo.v <= hi.v);
    if (!points_weight(p, n, &all) || !all) return false;
    for (u32 i = 0; i < n; i++) {
        i128 f = point_fine(&p[i]).v;
        f = f < lo.v ? lo.v : f > hi.v ? hi.v : f;
        ASSERT(f / FINE_MICRO <= STATS_PRICE_MAX);
        whole += f / FINE_MICRO * p[i].weight;
        rest += f % FINE_MICRO * p[i].weight;
    }
    *out = fine_mean(whole, rest, all);
    return true;
}

static const Fine fine_min = { 0 };
static const Fine fine_max = { (i128)STATS_PRICE_MAX * FINE_MICRO };

bool weighted_mean(const struct point *p, u32 n, Fine *out)
{
    ASSERT(out);
    ASSERT(p || !n);
    return clamped_mean(p, n, fine_min, fine_max, out);
}

bool winsorised_mean(const struct point *p, u32 n, u32 alpha_ppm, Fine *lo, Fine *hi, Fine *out)
{
    u32 a, b;
    ASSERT(alpha_ppm < PPM / 2);
    ASSERT(lo && hi && out);
    if (!weighted_quantile(p, n, alpha_ppm, &a)) return false;
    if (!weighted_quantile(p, n, (u32)PPM - alpha_ppm, &b)) return false;
    *lo = point_fine(&p[a]), *hi = point_fine(&p[b]);
    return clamped_mean(p, n, *lo, *hi, out);
}

bool fine_round(Fine sum, i64 count, u32 decimals, i64 *micros)
{
    i64 unit = 1, v;
    ASSERT(decimals <= 6);
    ASSERT(count > 0);
    for (u32 i = decimals; i < 6; i++) unit *= 10;
    /* count <= 1440 and unit <= 10^6, so the divisor is below 2^72 */
    i128 q = div_round(sum.v, (i128)FINE_MICRO * unit * count, ROUND_HALF_EVEN);
    if (!i64_of(q * unit, &v)) return false;
    *micros = v;
    return true;
}

bool cap_find(const i64 *weight, u32 n, u32 cap_ppm, u8 *fixed, struct cap *out)
{
    i128 rest = 0;
    ASSERT(cap_ppm > 0);
    ASSERT(fixed);
    for (u32 i = 0; i < n; i++) {
        ASSERT(weight[i] >= 0);
        rest += weight[i], fixed[i] = 0;
    }
    if ((i128)n * cap_ppm < PPM || rest <= 0 || rest > STATS_WEIGHT_MAX) return false;
    u32 fixed_n = 0;
    for (bool more = true; more;) {
        i128 share = PPM - (i128)fixed_n * cap_ppm, now = rest;
        more = false;
        for (u32 i = 0; i < n;
             i++) { /* w share / rest > cap: against the rest at the round's start */
            if (fixed[i] || weight[i] * share <= (i128)cap_ppm * now) continue;
            fixed[i] = 1, fixed_n++, rest -= weight[i];
            more = true;
        }
        if ((i128)fixed_n * cap_ppm >= PPM) break;
        if (rest == 0) return false; /* those with weight are too few to carry it under the cap */
    }
    *out = (struct cap){ fixed_n, (i64)rest };
    return true;
}

bool cap_weights(const i64 *weight, u32 n, u32 cap_ppm, u8 *fixed, u32 *ppm)
{
    struct cap c;
    i64 left = PPM;
    ASSERT(ppm);
    if (!cap_find(weight, n, cap_ppm, fixed, &c)) return false;
    i128 share = PPM - (i128)c.fixed_n * cap_ppm;
    if (share < 0) return false;
    for (u32 i = 0; i < n; i++) {
        ppm[i] = fixed[i] ? cap_ppm : c.rest ? (u32)(weight[i] * share / c.rest) : 0;
        left -= ppm[i];
    }
    ASSERT(left >= 0);
    while (left > 0) { /* the largest remainder not yet given to; given ones are marked by bit 1 */
        u32 best = n;
        i128 most = -1;
        for (u32 i = 0; i < n; i++) {
            if (fixed[i] || !c.rest) continue;
            i128 r = weight[i] * share % c.rest;
            if (r > most) most = r, best = i;
        }
        if (best == n) break;
        ppm[best]++, fixed[best] = 2, left--;
    }
    for (u32 i = 0; i < n; i++) fixed[i] &= 1;
    return left == 0;
}

void concentration(const u32 *ppm, u32 n, u32 *hhi, u32 *n_eff_milli)
{
    i128 squares = 0;
    ASSERT(hhi);
    ASSERT(n_eff_milli);
    for (u32 i = 0; i < n; i++) squares += (i128)ppm[i] * ppm[i];
    *hhi = (u32)div_round(squares * 10000, (i128)PPM * PPM, ROUND_HALF_EVEN);
    *n_eff_milli = squares ? (u32)div_round((i128)PPM * PPM * 1000, squares, ROUND_HALF_EVEN) : 0;
}

u32 kish_n_eff_milli(const i64 *weight, u32 n)
{
    i128 sum = 0, squares = 0;
    ASSERT(weight || !n);
    for (u32 i = 0; i < n; i++) {
        ASSERT(weight[i] >= 0 && weight[i] < INT32_MAX);
        sum += weight[i], squares += (i128)weight[i] * weight[i];
    }
    return squares ? (u32)div_round(sum * sum * 1000, squares, ROUND_HALF_EVEN) : 0;
}

i64 averaging_dilution(i64 shock_ppm, u32 n)
{
    ASSERT(n > 0);
    ASSERT(shock_ppm > -PPM * PPM && shock_ppm < PPM * PPM);
    return (i64)div_round(shock_ppm, n, ROUND_HALF_EVEN);
}

/* prod (1e6 + f) / 1e6 is kept in 1e-18, half-even after each of at most eight factors. */
i128 factors_product(const i64 *factors_ppm, u32 n)
{
    i128 product = FACTORS_ONE;
    ASSERT(n <= 8);
    for (u32 i = 0; i < n; i++) {
        ASSERT(factors_ppm[i] >= -400000 && factors_ppm[i] <= 400000);
        product = div_round(product * (PPM + factors_ppm[i]), PPM, ROUND_HALF_EVEN);
    }
    return product;
}

bool apply_factors(i64 price, const i64 *factors_ppm, u32 n, bool divide, i64 *out)
{
    ASSERT(price >= 0);
    ASSERT(out);
    if (n > 8 || price > STATS_PRICE_MAX) return false;
    for (u32 i = 0; i < n; i++)
        if (factors_ppm[i] < -400000 || factors_ppm[i] > 400000) return false;
    i128 product = factors_product(factors_ppm, n), one = FACTORS_ONE;
    i128 v = divide ? div_round(price * one, product, ROUND_HALF_EVEN)
                    : div_round(price * product, one, ROUND_HALF_EVEN);
    return i64_of(v, out);
}
