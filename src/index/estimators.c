#include "index/estimators.h"

static i128 vote_price(const struct vote *v, u32 which)
{
    i128 f = v->price.v + ((i128)which - 1) * v->sd * FINE_MICRO;
    ASSERT(which < 3);
    ASSERT(v->sd >= 0);
    return f < 0 ? 0 : f;
}

/* The least of the three lists' heads; which list it is. */
static u32 next_vote(const struct vote *v, u32 n, const u32 *order, const u32 at[3])
{
    u32 best = 3;
    i128 least = 0;
    ASSERT(n > 0);
    for (u32 w = 0; w < 3; w++) {
        if (at[w] == n) continue;
        i128 f = vote_price(&v[order[w * n + at[w]]], w);
        if (best < 3 && f >= least) continue;
        best = w, least = f;
    }
    ASSERT(best < 3);
    return best;
}

bool votes_mean(const struct vote *v, u32 n, u32 parts, u32 *order, struct key *keys,
                struct key *scratch, Fine *out)
{
    i128 all = 0, cum = 0, whole = 0, rest = 0;
    u32 at[3] = { 0 };
    ASSERT(parts >= 3);
    ASSERT(parts <= 1000);
    for (u32 i = 0; i < n; i++) all += v[i].weight;
    if (all <= 0 || all > STATS_WEIGHT_MAX) return false;
    for (u32 w = 0; w < 3; w++) {
        for (u32 i = 0; i < n; i++) {
            i128 f = vote_price(&v[i], w);
            if (f / FINE_MICRO > 2 * STATS_PRICE_MAX) return false;
            keys[i] = (struct key){ (u64)(f / FINE_MICRO), (u64)(f % FINE_MICRO), i, 0 };
        }
        keys_sort(keys, n, scratch);
        for (u32 i = 0; i < n; i++) order[w * n + i] = keys[i].i;
    }
    /* mass in units of 1/parts of a vote: 3 W parts in all, from 3 W to 3 W (parts - 1) count */
    i128 lo = 3 * all, hi = lo * (parts - 1);
    for (u32 k = 0; k < 3 * n; k++) {
        u32 w = next_vote(v, n, order, at);
        const struct vote *one = &v[order[w * n + at[w]++]];
        i128 to = cum + (i128)one->weight * parts, f = vote_price(one, w);
        i128 mass = (to < hi ? to : hi) - (cum > lo ? cum : lo);
        if (mass > 0) whole += f / FINE_MICRO * mass, rest += f % FINE_MICRO * mass;
        cum = to;
    }
    *out = fine_mean(whole, rest, hi - lo);
    return true;
}

bool moments_add(struct moments *m, i64 price)
{
    if (!m->n) m->base = price;
    i128 d = (i128)price - m->base, square = d * d; /* prices are below 2^63 - 1 in distance */
    ASSERT(m->n >= 0);
    ASSERT(price >= 0);
    m->n++, m->sum += d;
    return !__builtin_add_overflow(m->squares, square, &m->squares);
}

/* The whole root of v, rounded down. */
static i128 root_of(i128 v)
{
    i128 root = 0, bit = (i128)1 << 126;
    ASSERT(v >= 0);
    while (bit > v) bit >>= 2;
    for (; bit; bit >>= 2) {
        if (v >= root + bit) v -= root + bit, root = (root >> 1) + bit;
        else root >>= 1;
    }
    ASSERT(root >= 0);
    return root;
}

/* sd^2 = (n Q - S^2) / (n (n - 1)); the root half-even by squares, not by a fraction. */
bool moments_sd(const struct moments *m, i64 *sd)
{
    i128 nq, ss, twice;
    ASSERT(sd);
    ASSERT(m->n >= 0);
    *sd = 0;
    if (m->n < 2) return true;
    if (__builtin_mul_overflow(m->squares, (i128)m->n, &nq)) return false;
    if (__builtin_mul_overflow(m->sum, m->sum, &ss)) return false;
    i128 x = nq - ss, d = (i128)m->n * (m->n - 1), s = root_of(x / d);
    if (__builtin_mul_overflow(x, (i128)4, &x)) return false;
    if (__builtin_mul_overflow((2 * s + 1) * (2 * s + 1), d, &twice)) return false;
    if (x > twice || (x == twice && s % 2)) s++;
    return i64_of(s, sd);
}

bool capped_to_median(const struct point *p, u32 n, u32 tie, i64 limit_ppm, Fine *median, Fine *out)
{
    ASSERT(limit_ppm >= 0);
    ASSERT(limit_ppm <= PPM);
    if (!weighted_median(p, n, tie, median)) return false;
    i128 reach = div_round(median->v * limit_ppm, PPM, ROUND_HALF_EVEN);
    Fine lo = { median->v - reach }, hi = { median->v + reach };
    return clamped_mean(p, n, lo, hi, out);
}

static bool is_far(i128 n, i128 d, i128 sum, i128 spread, i128 k_milli, bool *far)
{
    i128 off = n * d - sum, left, right;
    ASSERT(n > 0);
    ASSERT(spread >= 0);
    bool over = __builtin_mul_overflow(off, off, &left) ||
                __builtin_mul_overflow(left, (n - 1) * PPM, &left) ||
                __builtin_mul_overflow(spread, n, &right) ||
                __builtin_mul_overflow(right, k_milli * k_milli, &right);
    *far = !over && left > right;
    return !over;
}

bool sigma_trim(struct point *p, u32 n, i64 k_milli, u32 *kept)
{
    i128 sum = 0, squares = 0, base = 0;
    u32 left = 0;
    ASSERT(k_milli >= 0);
    ASSERT(p || !n);
    for (u32 i = 0; i < n; i++) { /* distances from the least price: the test does not move */
        i128 v = div_round(p[i].num, p[i].den, ROUND_HALF_EVEN);
        if (!i || v < base) base = v;
    }
    for (u32 i = 0; i < n; i++) {
        i128 d = div_round(p[i].num, p[i].den, ROUND_HALF_EVEN) - base, square;
        if (__builtin_mul_overflow(d, d, &square)) return false;
        if (__builtin_add_overflow(squares, square, &squares)) return false;
        sum += d;
    }
    i128 all, of_sum;
    if (__builtin_mul_overflow(squares, (i128)n, &all)) return false;
    if (__builtin_mul_overflow(sum, sum, &of_sum)) return false;
    for (u32 i = 0; i < n; i++) {
        bool far;
        i128 d = div_round(p[i].num, p[i].den, ROUND_HALF_EVEN) - base;
        if (!is_far(n, d, sum, all - of_sum, k_milli, &far)) return false;
        if (far) continue;
        struct point one = p[i];
        p[i] = p[left], p[left++] = one;
    }
    *kept = left;
    return true;
}

/* What the free ones would exceed either bound by, in ppm x rest. */
struct excess { i128 above, below; };
static struct excess excess_of(const i64 *weight, u32 n, const u8 *fixed, i128 share, i128 rest,
                               u32 floor_ppm, u32 cap_ppm)
{
    struct excess x = { 0, 0 };
    ASSERT(rest > 0);
    ASSERT(floor_ppm <= cap_ppm);
    for (u32 i = 0; i < n; i++) {
        i128 at = weight[i] * share;
        if (fixed[i]) continue;
        if (at > cap_ppm * rest) x.above += at - cap_ppm * rest;
        if (at < floor_ppm * rest) x.below += floor_ppm * rest - at;
    }
    return x;
}

/* The free ones share what is left by largest remainder, lower index first. */
static void share_out(const i64 *weight, u32 n, u8 *fixed, i128 share, i128 rest, u32 *ppm)
{
    i128 left = share;
    for (u32 i = 0; i < n; i++) {
        if (fixed[i]) continue;
        ppm[i] = (u32)(weight[i] * share / rest);
        left -= ppm[i];
    }
    ASSERT(left >= 0);
    for (; left > 0; left--) {
        u32 best = n;
        i128 most = -1;
        for (u32 i = 0; i < n; i++) {
            i128 r = fixed[i] ? -1 : weight[i] * share % rest;
            if (r > most) most = r, best = i;
        }
        if (best == n) break;
        ppm[best]++, fixed[best] = 2;
    }
    ASSERT(left == 0);
}

bool bounded_weights(const i64 *weight, u32 n, u32 floor_ppm, u32 cap_ppm, u8 *fixed, u32 *ppm)
{
    i128 share = PPM, rest = 0;
    ASSERT(floor_ppm <= cap_ppm);
    ASSERT(fixed && ppm);
    if ((i128)n * cap_ppm < PPM || (i128)n * floor_ppm > PPM) return false;
    for (u32 i = 0; i < n; i++) fixed[i] = 0, rest += weight[i];
    if (rest <= 0 || rest > STATS_WEIGHT_MAX / PPM) return false;
    while (rest > 0) {
        struct excess x = excess_of(weight, n, fixed, share, rest, floor_ppm, cap_ppm);
        if (!x.above && !x.below) break;
        bool above = x.above >= x.below;
        i128 share_now = share, rest_now = rest;
        for (u32 i = 0; i < n; i++) {
            i128 at = weight[i] * share_now;
            if (fixed[i] || (above ? at <= cap_ppm * rest_now : at >= floor_ppm * rest_now))
                continue;
            fixed[i] = 1, ppm[i] = above ? cap_ppm : floor_ppm;
            share -= ppm[i], rest -= weight[i];
        }
        if (share < 0) return false;
    }
    if (rest > 0) share_out(weight, n, fixed, share, rest, ppm);
    else if (share) return false; /* those with weight are too few to carry it under the cap */
    for (u32 i = 0; i < n; i++) fixed[i] = fixed[i] == 1;
    return true;
}

bool spread_within(i64 ask, i64 bid, i64 ppm)
{
    ASSERT(ask > 0 && ask <= STATS_PRICE_MAX);
    ASSERT(bid > 0 && bid <= STATS_PRICE_MAX);
    return ((i128)ask - bid) * PPM <= (i128)ppm * (ask + bid);
}

/* A side walked from its best price: the price at which `want` in all is reached. */
struct side { const struct point *p; u32 n, at; i64 cum; bool down; };
static bool side_reach(struct side *s, i128 want, i64 *price)
{
    ASSERT(s->at <= s->n);
    ASSERT(want > 0);
    while (s->at < s->n) {
        const struct point *p = &s->p[s->down ? s->n - 1 - s->at : s->at];
        ASSERT(p->den == 1);
        if (s->cum + (i128)p->weight >= want) {
            *price = (i64)p->num;
            return true;
        }
        s->cum += p->weight, s->at++;
    }
    return false;
}

bool book_value(const struct point *asks, u32 asks_n, const struct point *bids, u32 bids_n,
                struct book_rules r, struct book_value *out)
{
    struct side up = { asks, asks_n, 0, 0, false }, down = { bids, bids_n, 0, 0, true };
    i64 mid2[RTI_STEPS_MAX], all;
    ASSERT(r.grid > 0);
    ASSERT(r.steps > 0 && r.steps <= RTI_STEPS_MAX);
    *out = (struct book_value){ 0 };
    if (!points_weight(asks, asks_n, &all) || !points_weight(bids, bids_n, &all)) return false;
    for (u32 v = 0; v < r.steps; v++) {
        i64 ask, bid;
        i128 want = (i128)r.grid * (v + 1);
        if (!side_reach(&up, want, &ask) || !side_reach(&down, want, &bid)) break;
        bool within = spread_within(ask, bid, r.spread_ppm);
        if (v && !within) break;
        if (!v) out->ask = ask, out->bid = bid;
        mid2[v] = ask + bid;
        out->depth = v + 1;
        if (!within) break; /* one step at least, and no deeper */
    }
    if (!out->depth) return false;
    i128 w = RTI_ONE, of = 0, sum = 0;
    for (u32 v = 0; v < out->depth; v++) {
        sum += w * mid2[v], of += w;
        w = div_round(w * r.decay[out->depth - 1], RTI_ONE, ROUND_HALF_EVEN);
    }
    ASSERT(of > 0);
    out->value = fine_mean(sum, 0, 2 * of);
    return true;
}
