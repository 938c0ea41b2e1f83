#include "index/estimators.h"
#include "base/random.h"
#include "test.h"
#include <stdlib.h>

/* Each estimator that stats_test.c does not know against a slow one that shares no line with it, on
 * 10,000 random inputs; then the properties that index.md section 6 asks of all. Weights are small:
 * a slow answer writes each price down as often as it weighs. */
enum { ROUNDS = 10000, MOST = 7, HEAVIEST = 5, LIST = 3 * MOST * HEAVIEST * 8 };
struct list { i64 at[LIST]; u32 n; };

static int by_value(const void *a, const void *b)
{
    i64 x = *(const i64 *)a, y = *(const i64 *)b;
    return x < y ? -1 : x > y;
}

static void put(struct list *l, i64 price, i64 times)
{
    for (i64 i = 0; i < times; i++) l->at[l->n++] = price;
}

static Fine fine_of(i128 num, i128 den)
{
    return (Fine){ div_round(num * FINE_MICRO, den, ROUND_HALF_EVEN) };
}

static u32 votes_of(struct rng *r, struct vote *v)
{
    u32 n = 1 + (u32)rng_below(r, MOST);
    i64 span = rng_chance(r, 300000) ? 3 : 4000000;
    for (u32 i = 0; i < n; i++) {
        i64 sd = rng_chance(r, 300000) ? 0 : rng_between(r, 0, span);
        v[i] = (struct vote){ { (1000000 + rng_between(r, 0, span)) * (i128)FINE_MICRO },
                              rng_chance(r, 50000) ? 9000000 : sd,
                              rng_between(r, 1, HEAVIEST) };
    }
    return n;
}

static Fine votes_answer(const struct vote *v, u32 n, u32 parts)
{
    u32 order[3 * MOST];
    struct key k[MOST], scratch[MOST];
    Fine f;
    assert_true(votes_mean(v, n, parts, order, k, scratch, &f));
    return f;
}

static void votes_are_those_of_the_list(void **state)
{
    struct rng r = rng_of(41);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct vote v[MOST];
        static struct list l;
        u32 n = votes_of(&r, v), parts = 3 + (u32)rng_below(&r, 6), all = 0;
        l.n = 0;
        for (u32 i = 0; i < n; i++) { /* a vote's mass in parts, so that a bound splits none */
            i64 price = (i64)(v[i].price.v / FINE_MICRO);
            put(&l, price, v[i].weight * parts);
            put(&l, price + v[i].sd, v[i].weight * parts);
            put(&l, price > v[i].sd ? price - v[i].sd : 0, v[i].weight * parts);
            all += (u32)v[i].weight;
        }
        qsort(l.at, l.n, sizeof *l.at, by_value);
        i128 sum = 0;
        for (u32 i = 3 * all; i < l.n - 3 * all; i++) sum += l.at[i];
        assert_true(votes_answer(v, n, parts).v == fine_of(sum, l.n - 6 * all).v);
    }
}

/* Sum over pairs of their squared distance: n Q - S^2. */
static i128 pairs_of(const i64 *p, u32 n)
{
    i128 sum = 0;
    for (u32 i = 0; i < n; i++)
        for (u32 k = 0; k < i; k++) sum += (i128)(p[i] - p[k]) * (p[i] - p[k]);
    return sum;
}

static void deviations_are_the_nearest_root(void **state)
{
    struct rng r = rng_of(42);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        i64 p[MOST], sd, n = rng_between(&r, 1, MOST), span = rng_chance(&r, 500000) ? 4 : 5000000;
        struct moments m = { 0 };
        for (i64 i = 0; i < n; i++) {
            p[i] = 2000000 + rng_between(&r, 0, span);
            assert_true(moments_add(&m, p[i]));
        }
        assert_true(moments_sd(&m, &sd));
        i128 x = 4 * pairs_of(p, (u32)n), d = (i128)n * (n - 1), lo = 2 * sd - 1, hi = 2 * sd + 1;
        if (n == 1) assert_int_equal(sd, 0);
        else {
            assert_true(x <= hi * hi * d && (sd == 0 || x >= lo * lo * d));
            assert_true(sd % 2 == 0 || (x < hi * hi * d && x > lo * lo * d)); /* a tie is even */
        }
    }
}

static u32 points_of(struct rng *r, struct point *p)
{
    u32 n = 1 + (u32)rng_below(r, MOST);
    i64 span = rng_chance(r, 300000) ? 3 : 4000000;
    for (u32 i = 0; i < n; i++) {
        i64 far = rng_chance(r, 100000) ? 50000000 : 0;
        p[i] = (struct point){ 1000000 + far + rng_between(r, 0, span), 1,
                               rng_between(r, 1, HEAVIEST), i + 1 };
    }
    return n;
}

static void trims_are_those_of_the_pairs(void **state)
{
    struct rng r = rng_of(43);
    u32 trimmed = 0;
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct point p[MOST];
        i64 price[MOST], k = rng_between(&r, 1, 30) * 100;
        u32 n = points_of(&r, p), kept;
        u64 want = 0, got = 0;
        for (u32 i = 0; i < n; i++) price[i] = (i64)p[i].num;
        i128 spread = pairs_of(price, n);
        for (u32 i = 0; i < n; i++) {
            i128 off = 0;
            for (u32 j = 0; j < n; j++) off += price[i] - price[j];
            if (off * off * (n - 1) * PPM <= (i128)k * k * n * spread) want |= BIT(i);
        }
        assert_true(sigma_trim(p, n, k, &kept));
        for (u32 i = 0; i < kept; i++) got |= BIT(p[i].id - 1);
        assert_int_equal(got, want);
        trimmed += kept < n;
    }
    assert_in_range(trimmed, ROUNDS / 10, ROUNDS);
}

static void caps_to_the_median_of_the_list(void **state)
{
    struct rng r = rng_of(44);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct point p[MOST], scratch[MOST];
        static struct list l;
        i64 limit = rng_between(&r, 0, 300000);
        u32 n = points_of(&r, p);
        Fine median, got;
        l.n = 0;
        for (u32 i = 0; i < n; i++) put(&l, (i64)p[i].num, p[i].weight);
        qsort(l.at, l.n, sizeof *l.at, by_value);
        points_sort(p, n, scratch);
        assert_true(capped_to_median(p, n, TIE_MID, limit, &median, &got));
        i128 twice = l.at[(l.n - 1) / 2] + l.at[l.n / 2], sum = 0; /* all in 1 / 2e6 of a micro */
        for (u32 i = 0; i < l.n; i++) {
            i128 x = (i128)l.at[i] * 2 * PPM, lo = twice * (PPM - limit),
                 hi = twice * (PPM + limit);
            sum += x < lo ? lo : x > hi ? hi : x;
        }
        assert_true(median.v == fine_of(twice, 2).v);
        assert_true(got.v == fine_of(sum, (i128)l.n * 2 * PPM).v);
    }
}

struct book {
    struct point ask[MOST], bid[MOST];
    u32 asks, bids;
    i64 decay[8];
    struct book_rules r;
};

static struct book book_of(struct rng *r)
{
    struct book b = { .asks = 1 + (u32)rng_below(r, MOST), .bids = 1 + (u32)rng_below(r, MOST) };
    i64 width = rng_chance(r, 500000) ? 5000 : 200000;
    for (u32 i = 0; i < b.asks; i++)
        b.ask[i] =
            (struct point){ 2800000 + rng_between(r, -500, width), 1, rng_between(r, 1, 5), i };
    for (u32 i = 0; i < b.bids; i++)
        b.bid[i] =
            (struct point){ 2800000 - rng_between(r, -500, width), 1, rng_between(r, 1, 5), i };
    for (u32 i = 0; i < 8; i++) b.decay[i] = RTI_ONE / 10 * (i + 1);
    b.r = (struct book_rules){ rng_between(r, 1, 4), rng_between(r, 0, 30000), NULL, 8, 0 };
    return b;
}

static bool book_answer(struct book *b, struct book_value *v)
{
    struct point scratch[MOST];
    points_sort(b->ask, b->asks, scratch);
    points_sort(b->bid, b->bids, scratch);
    b->r.decay = b->decay;
    return book_value(b->ask, b->asks, b->bid, b->bids, b->r, v);
}

/* A side as single units, best first. */
static void units_of(const struct point *p, u32 n, struct list *l)
{
    l->n = 0;
    for (u32 i = 0; i < n; i++) put(l, (i64)p[i].num, p[i].weight);
    qsort(l->at, l->n, sizeof *l->at, by_value);
}

static void books_are_those_of_the_units(void **state)
{
    struct rng r = rng_of(45);
    u32 none = 0, deep = 0;
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        static struct list up, down;
        struct book b = book_of(&r);
        struct book_value got;
        bool there = book_answer(&b, &got);
        u32 depth = 0, grid = (u32)b.r.grid;
        i64 twice[8];
        units_of(b.ask, b.asks, &up), units_of(b.bid, b.bids, &down);
        for (u32 v = 1; v <= 8 && v * grid <= up.n && v * grid <= down.n; v++) {
            i64 ask = up.at[v * grid - 1], bid = down.at[down.n - v * grid], mid2 = ask + bid;
            bool within = (i128)2 * ask * PPM <= (i128)(PPM + b.r.spread_ppm) * mid2;
            if (v > 1 && !within) break;
            twice[depth++] = mid2;
            if (!within) break;
        }
        assert_int_equal(there, depth > 0);
        none += !there, deep += depth > 3;
        if (!there) continue;
        i128 top = 0, all = 0, w = RTI_ONE;
        for (u32 v = 0; v < depth; v++) {
            top += w * twice[v], all += 2 * w;
            w = div_round(w * depth, 10, ROUND_HALF_EVEN);
        }
        assert_int_equal(got.depth, depth);
        assert_true(got.value.v == fine_of(top, all).v);
    }
    assert_in_range(none, ROUNDS / 100, ROUNDS / 2);
    assert_in_range(deep, ROUNDS / 100, ROUNDS);
}

/* Shares between two bounds are clamp(lambda w) for one lambda: found by halving. */
static void bounds_are_one_clamp(void **state)
{
    struct rng r = rng_of(46);
    u32 no = 0, at_floor = 0, at_cap = 0;
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        i64 w[MOST];
        u8 fixed[MOST];
        u32 ppm[MOST], n = 1 + (u32)rng_below(&r, MOST), zeros = 0, sum = 0;
        u32 cap = (u32)rng_between(&r, 120000, PPM), floor = (u32)rng_between(&r, 0, 200000);
        if (floor > cap) floor = cap;
        for (u32 i = 0; i < n; i++) {
            w[i] = rng_chance(&r, 50000) ? 0 : (i64)(rng_u64(&r) >> rng_between(&r, 24, 60)) + 1;
            zeros += w[i] == 0;
        }
        bool can = zeros < n && (u64)(n - zeros) * cap + (u64)zeros * floor >= (u64)PPM &&
                   (u64)n * floor <= (u64)PPM;
        assert_int_equal(bounded_weights(w, n, floor, cap, fixed, ppm), can);
        no += !can;
        if (!can) continue;
        long double lo = 0, hi = 1e7L;
        for (u32 k = 0; k < 120; k++) {
            long double lambda = (lo + hi) / 2, all = 0;
            for (u32 i = 0; i < n; i++) {
                long double x = lambda * (long double)w[i];
                all += x < floor ? floor : x > cap ? cap : x;
            }
            if (all < 1e6L) lo = lambda;
            else hi = lambda;
        }
        for (u32 i = 0; i < n; i++) {
            long double x = hi * (long double)w[i], want = x < floor ? floor : x > cap ? cap : x;
            assert_true(ppm[i] >= floor && ppm[i] <= cap);
            assert_true(want - ppm[i] < 1.01L && ppm[i] - want < 1.01L);
            sum += ppm[i], at_floor += fixed[i] && ppm[i] == floor, at_cap += ppm[i] == cap;
        }
        assert_int_equal(sum, PPM);
    }
    assert_in_range(no, ROUNDS / 100, ROUNDS / 2);
    assert_true(at_floor > ROUNDS / 10 && at_cap > ROUNDS / 10);
}

/* ---- properties of all of them ---- */

#define ESTIMATORS(X) \
    X(median_lower) X(median_mid) X(median_upper) X(mean) X(winsor) X(iqm) X(cap2med) X(trail)
struct trial { struct point p[MOST + 1]; u32 n; };
typedef Fine answer(struct trial t);

static void sorted(struct trial *t)
{
    struct point scratch[MOST + 1];
    points_sort(t->p, t->n, scratch);
}

static Fine median_by(struct trial t, u32 tie)
{
    Fine f;
    sorted(&t);
    assert_true(weighted_median(t.p, t.n, tie, &f));
    return f;
}
static Fine median_lower(struct trial t) { return median_by(t, TIE_LOWER); }
static Fine median_mid(struct trial t) { return median_by(t, TIE_MID); }
static Fine median_upper(struct trial t) { return median_by(t, TIE_UPPER); }

static Fine mean(struct trial t)
{
    Fine f;
    assert_true(weighted_mean(t.p, t.n, &f));
    return f;
}

static Fine winsor(struct trial t)
{
    Fine lo, hi, f;
    sorted(&t);
    assert_true(winsorised_mean(t.p, t.n, 200000, &lo, &hi, &f));
    return f;
}

/* An sd by id: it stays when a price moves. */
static Fine iqm_by(struct trial t, i64 factor)
{
    struct vote v[MOST + 1];
    u32 order[3 * (MOST + 1)];
    struct key k[MOST + 1], scratch[MOST + 1];
    Fine f;
    for (u32 i = 0; i < t.n; i++)
        v[i] = (struct vote){ point_fine(&t.p[i]), (i64)t.p[i].id * 7000 * factor, t.p[i].weight };
    assert_true(votes_mean(v, t.n, 3, order, k, scratch, &f));
    return f;
}
static Fine iqm(struct trial t) { return iqm_by(t, 1); }

static Fine cap2med(struct trial t)
{
    Fine median, f;
    sorted(&t);
    assert_true(capped_to_median(t.p, t.n, TIE_MID, 5000, &median, &f));
    return f;
}

static Fine trail(struct trial t)
{
    u32 kept;
    assert_true(sigma_trim(t.p, t.n, 1500, &kept));
    t.n = kept;
    return median_by(t, TIE_MID);
}

#define AS_ESTIMATOR(name) { #name, name },
static const struct { const char *name; answer *of; } all[] = { ESTIMATORS(AS_ESTIMATOR) };

static struct trial trial_of(struct rng *r)
{
    struct trial t;
    t.n = points_of(r, t.p);
    return t;
}

static void no_order_matters(void **state)
{
    struct rng r = rng_of(51);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct trial a = trial_of(&r), b = a;
        for (u32 i = b.n; i > 1; i--) {
            u32 k = (u32)rng_below(&r, i);
            struct point one = b.p[i - 1];
            b.p[i - 1] = b.p[k], b.p[k] = one;
        }
        for (u32 e = 0; e < ARRAY_LEN(all); e++) assert_true(all[e].of(a).v == all[e].of(b).v);
    }
}

/* In cents or in dollars: the answer is the same but for the last place of a Fine. */
static void every_scale_is_alike(void **state)
{
    struct rng r = rng_of(52);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct trial a = trial_of(&r), b = a;
        i64 c = rng_between(&r, 2, 1000);
        for (u32 i = 0; i < b.n; i++) b.p[i].num *= c;
        for (u32 e = 0; e < ARRAY_LEN(all); e++) {
            Fine big = all[e].of == iqm ? iqm_by(b, c) : all[e].of(b);
            i128 off = big.v - all[e].of(a).v * c;
            assert_true(off <= c && off >= -c);
        }
    }
}

/* A higher price never lowers the value; trail's does now and then, as index.md says. */
static void dearer_is_not_cheaper(void **state)
{
    struct rng r = rng_of(53);
    u32 fell = 0;
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct trial a = trial_of(&r), b = a;
        b.p[rng_below(&r, b.n)].num += rng_between(&r, 1, 3000000);
        for (u32 e = 0; e < ARRAY_LEN(all); e++) {
            bool down = all[e].of(b).v < all[e].of(a).v;
            if (all[e].of == trail) fell += down;
            else if (down) fail_msg("%s falls as a price rises", all[e].name);
        }
    }
    assert_in_range(fell, 1, ROUNDS / 5);
}

/* The share of weight that may say anything without taking the value out of what the honest ones
 * say: half for a median (less than), alpha for winsor, the band's cut for iqm; none for a mean. */
static void breaks_where_it_should(void **state)
{
    const struct { answer *of; i64 bad, honest; bool holds; } cases[] = {
        { mean, 1, 1000, false },        { median_mid, 499, 501, true },
        { median_mid, 501, 499, false }, { median_upper, 500, 500, false },
        { median_lower, 500, 500, true }, { winsor, 199, 801, true },
        { winsor, 201, 799, false },     { iqm, 333, 667, true },
        { iqm, 334, 666, false },        { cap2med, 499, 501, true },
        { cap2med, 501, 499, false },
    };
    const i64 far = 900000000000;
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct trial t = { .n = 2 };
        t.p[0] = (struct point){ far, 1, cases[i].bad, 1 };
        t.p[1] = (struct point){ 3000000, 1, cases[i].honest, 2 };
        bool held = cases[i].of(t).v <= (i128)4000000 * FINE_MICRO;
        if (held != cases[i].holds) fail_msg("case %u", i);
    }
}

/* One more who says the median says nothing new. */
static void an_echo_leaves_a_median(void **state)
{
    static const u32 ties[] = { TIE_LOWER, TIE_MID, TIE_UPPER };
    struct rng r = rng_of(54);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct trial a = trial_of(&r), b = a;
        u32 tie = ties[rng_below(&r, 3)];
        Fine before = median_by(a, tie);
        b.p[b.n++] = (struct point){ before.v / (FINE_MICRO / 2), 2, rng_between(&r, 1, 9), 99 };
        assert_true(median_by(b, tie).v == before.v);
    }
}

/* Where index.md says "all but trail", two more are not: decision 061. */
static void what_is_not_monotone(void **state)
{
    struct book a = { .ask = { { 2800000, 1, 1, 1 }, { 2810000, 1, 1, 2 } }, .asks = 2,
                      .bid = { { 2799000, 1, 1, 1 }, { 2798000, 1, 1, 2 } }, .bids = 2,
                      .decay = { RTI_ONE / 2, RTI_ONE / 2 }, .r = { 1, 5000, NULL, 2, 0 } };
    struct book b = a;
    struct book_value low, high;
    struct moments m = { 0 }, n = { 0 };
    i64 sd_m = 0, sd_n = 0;
    (void)state;
    b.ask[1].num = 2900000; /* too dear: the step that it made dearer leaves the book */
    assert_true(book_answer(&a, &low) && book_answer(&b, &high));
    assert_int_equal(low.depth, 2);
    assert_int_equal(high.depth, 1);
    assert_true(high.value.v < low.value.v);
    bool ok = moments_add(&m, 3000000) && moments_add(&m, 3000000) && moments_add(&n, 3000000) &&
              moments_add(&n, 3100000);
    assert_true(ok && moments_sd(&m, &sd_m) && moments_sd(&n, &sd_n));
    /* one record 0.10 dearer: the owner's middle vote rises by 0.05, its lowest falls */
    assert_true(3050000 - sd_n < 3000000 - sd_m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(votes_are_those_of_the_list),
        cmocka_unit_test(deviations_are_the_nearest_root),
        cmocka_unit_test(trims_are_those_of_the_pairs),
        cmocka_unit_test(caps_to_the_median_of_the_list),
        cmocka_unit_test(books_are_those_of_the_units),
        cmocka_unit_test(bounds_are_one_clamp),
        cmocka_unit_test(no_order_matters),
        cmocka_unit_test(every_scale_is_alike),
        cmocka_unit_test(dearer_is_not_cheaper),
        cmocka_unit_test(breaks_where_it_should),
        cmocka_unit_test(an_echo_leaves_a_median),
        cmocka_unit_test(what_is_not_monotone),
    };
    return cmocka_run_group_tests_name("index/estimators", tests, NULL, NULL);
}
