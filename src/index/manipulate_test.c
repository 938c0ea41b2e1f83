#include "base/random.h"
#include "index/manipulate.h"
#include "test.h"
#include <stdlib.h>

/* The least cost by trying everything: every price, every size, in every partition. Sizes and
 * prices are small so that everything can be tried; the medians are the product's own. */
enum { ROUNDS = 3000, GROUPS = 3, POINTS = 8, PRICE_TOP = 24, SIZE_TOP = 16, OPTIONS = 600 };

struct option { i128 gain, cost; i64 size; };
struct market {
    struct point p[POINTS];
    u32 from[GROUPS + 1];
    struct partitions parts;
    struct attack a;
};
static struct option options[GROUPS][OPTIONS];
static u32 options_n[GROUPS];
static _Alignas(64) u8 memory[1 << 16];

static struct market market_of(struct rng *r)
{
    struct market k = { .parts = { .groups = 1 + (u32)rng_below(r, GROUPS), .unit = 1 } };
    u32 n = 0;
    for (u32 g = 0; g < k.parts.groups; g++) {
        u32 left = POINTS - n - (k.parts.groups - 1 - g), take = 1 + (u32)rng_below(r, 4);
        k.from[g] = n;
        for (u32 i = 0; i < take && i < left; i++, n++) {
            i64 den = rng_between(r, 1, 2), price = rng_between(r, 4, 16) * den;
            price += den > 1 ? rng_between(r, 0, 1) : 0; /* halves too */
            k.p[n] = (struct point){ price, den, rng_between(r, 1, 5), n };
        }
    }
    k.from[k.parts.groups] = n;
    k.parts.tie = (u32)rng_between(r, TIE_LOWER, TIE_MID);
    k.a = (struct attack){ .side = rng_chance(r, 500000) ? MOVE_UP : MOVE_DOWN,
                           .delta_ppm = (u32)rng_between(r, 10000, 400000),
                           .names = (u32)rng_between(r, 1, 3), .s_min = rng_between(r, 0, 2),
                           .total_max = INT64_MAX, .price_low = 1, .price_high = PRICE_TOP,
                           .effort = 100000000 };
    k.a.s_cap = rng_chance(r, 500000) ? SIZE_TOP : rng_between(r, 2 * k.a.s_min + 1, 6);
    if (rng_chance(r, 300000)) k.a.total_max = rng_between(r, 1, 20);
    if (rng_chance(r, 300000)) k.a.fee_ppm = 20000;
    return k;
}

static i128 median_by(const struct market *k, u32 g, i64 price, i64 size, u32 tie)
{
    struct point p[POINTS + 1], scratch[POINTS + 1];
    u32 n = k->from[g + 1] - k->from[g];
    Fine f = { 0 };
    memcpy(p, k->p + k->from[g], n * sizeof *p);
    if (size) p[n++] = (struct point){ price, 1, size, POINTS };
    points_sort(p, n, scratch);
    assert_true(weighted_median(p, n, tie, &f));
    return f.v;
}

static i128 median_with(const struct market *k, u32 g, i64 price, i64 size)
{
    return median_by(k, g, price, size, k->parts.tie);
}

/* Half way between two prices: what MID gives where weights balance to the last unit. */
static bool half_way(const struct market *k, u32 g, i64 price, i64 size)
{
    return k->parts.tie == TIE_MID &&
           median_by(k, g, price, size, TIE_LOWER) != median_by(k, g, price, size, TIE_UPPER);
}

/* Can `names` owners show this size: each at least s_min, at most s_cap? */
static bool placeable(const struct attack *a, i64 size)
{
    for (i64 n = 1; n <= a->names; n++)
        if (size >= n * a->s_min && size <= n * a->s_cap) return true;
    return false;
}

/* By trying prices and sizes, but for those that balance on a knife's edge under MID: a unit of
 * size less at twice the overpay, which the design leaves out ("strictly more"). */
static void options_of(const struct market *k, u32 g)
{
    i128 m = median_with(k, g, 0, 0), sign = k->a.side == MOVE_UP ? 1 : -1;
    options_n[g] = 0;
    options[g][options_n[g]++] = (struct option){ 0, 0, 0 };
    for (i64 x = k->a.price_low; x <= k->a.price_high; x++) {
        i128 so_far = 0;
        for (i64 size = 1; size <= 3 * SIZE_TOP; size++) {
            if (!placeable(&k->a, size)) continue;
            i128 at = median_with(k, g, x, size), gain = (at - m) * sign;
            i128 off = (x * (i128)FINE_MICRO - m) * sign;
            if (gain <= so_far || half_way(k, g, x, size)) continue;
            i128 cost = (off > 0 ? off : 0) * size;
            cost += (i128)size * x * k->a.fee_ppm * (FINE_MICRO / PPM);
            assert_true(options_n[g] < OPTIONS);
            options[g][options_n[g]++] = (struct option){ gain, cost, size };
            so_far = gain; /* more of the same price that gains no more is no option */
        }
    }
}

static i128 brute(const struct market *k, u32 g, i128 need, i64 room)
{
    if (g == k->parts.groups || g == GROUPS) return need <= 0 ? 0 : -1;
    i128 best = -1;
    for (u32 i = 0; i < options_n[g]; i++) {
        const struct option *o = &options[g][i];
        if (o->size > room) continue;
        i128 rest = brute(k, g + 1, need - o->gain, room - o->size);
        if (rest >= 0 && (best < 0 || rest + o->cost < best)) best = rest + o->cost;
    }
    return best;
}

static i128 cost_of(const struct market *k, const struct move_work *w, i128 *gain)
{
    i128 cost = 0, sign = k->a.side == MOVE_UP ? 1 : -1;
    *gain = 0;
    for (u32 g = 0; g < k->parts.groups; g++) {
        const struct injection *x = &w->made[g];
        i128 m = median_with(k, g, 0, 0);
        *gain += (median_with(k, g, x->price, x->size) - m) * sign;
        if (x->size) cost += (x->price * (i128)FINE_MICRO - m) * sign * x->size;
        cost += (i128)x->size * x->price * k->a.fee_ppm * (FINE_MICRO / PPM);
    }
    return cost;
}

static void solver_equals_brute_force(void **state)
{
    struct rng r = rng_of(12);
    u32 reached = 0, not_reached = 0;
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct market k = market_of(&r);
        struct cost c;
        i128 sum = 0, gain, got;
        k.parts.at = k.p, k.parts.from = k.from;
        for (u32 g = 0; g < k.parts.groups; g++) options_of(&k, g), sum += median_with(&k, g, 0, 0);
        i128 need = div_round(sum * k.a.delta_ppm, PPM, ROUND_UP);
        i128 want = brute(&k, 0, need, k.a.total_max);
        assert_true(move_work_bytes(POINTS, GROUPS) <= sizeof memory);
        struct move_work w = move_work_on(memory, POINTS, GROUPS);
        assert_true(partitions_move(&k.parts, &k.a, &w, &c));
        assert_int_equal(c.kind, want < 0 ? COST_UNREACHABLE : COST_EXACT);
        reached += want >= 0, not_reached += want < 0;
        if (want < 0) continue;
        got = cost_of(&k, &w, &gain);
        assert_true(gain >= need);
        assert_true(got == want);
        assert_true(c.overpay + c.fees == c.least);
    }
    assert_true(reached > ROUNDS / 4 && not_reached > ROUNDS / 50);
}

/* Out of effort: what is said is a bound, both ways. */
static void short_of_effort_is_a_bound(void **state)
{
    struct rng r = rng_of(13);
    u32 bounds = 0;
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct market k = market_of(&r);
        struct cost exact, c;
        k.parts.at = k.p, k.parts.from = k.from;
        struct move_work w = move_work_on(memory, POINTS, GROUPS);
        assert_true(partitions_move(&k.parts, &k.a, &w, &exact));
        k.a.effort = 0;
        assert_true(partitions_move(&k.parts, &k.a, &w, &c));
        assert_true(c.kind != COST_EXACT);
        if (c.kind != COST_BOUND) continue;
        assert_int_equal(exact.kind, COST_EXACT);
        assert_true(c.least <= exact.least);
        assert_true(c.overpay + c.fees >= exact.least);
        bounds++;
    }
    assert_true(bounds > ROUNDS / 4);
}

static void median_move_is_least(void **state)
{
    struct rng r = rng_of(14);
    (void)state;
    for (u32 round = 0; round < ROUNDS; round++) {
        struct market k = market_of(&r);
        struct median_move mv;
        struct point p[POINTS + 1], scratch[POINTS + 1];
        u32 n = k.from[1], tie = k.parts.tie;
        i64 target = rng_between(&r, 3, 20), size = 0;
        Fine at = { target * (i128)FINE_MICRO }, f;
        assert_true(median_move(k.p, n, at, k.a.side, &mv));
        for (;; size++) {
            memcpy(p, k.p, n * sizeof *p);
            p[n] = (struct point){ target, 1, size, POINTS };
            points_sort(p, n + 1, scratch);
            assert_true(weighted_median(p, n + 1, tie, &f));
            if (k.a.side == MOVE_UP ? f.v >= at.v : f.v <= at.v) break;
        }
        assert_true(mv.infimum <= mv.least[tie]);
        if (tie != TIE_MID) assert_int_equal(size, mv.least[tie]);
        else assert_in_range(mv.least[tie] - size, 0, 1); /* half way may do by chance */
    }
}

static void limits(void **state)
{
    i64 num, den;
    (void)state;
    assert_int_equal(position_limit_milli(4448000, 1000, 730, 2780000, 10000, 1), 219);
    assert_int_equal(position_limit_milli(4448000, 1000, 730, 2780000, 10000, 21), 4602);
    assert_int_equal(position_limit_milli(0, 3000, 730, 2780000, 10000, 21), 0);
    assert_int_equal(lambda_ppm(1, 27800 * 730, 730, 2780000, 10000, 1), 1000000);
    assert_int_equal(lambda_ppm(0, 0, 730, 2780000, 10000, 1), 0);
    assert_true(lambda_ppm(1, 0, 730, 2780000, 10000, 1) == INT64_MAX);
    assert_true(mean_move(200000, 10000, 2000, MOVE_UP, &num, &den));
    assert_int_equal(num, 200000);
    assert_int_equal(den, 99);
    assert_false(mean_move(200000, 10000, 1010, MOVE_UP, &num, &den));
    assert_true(mean_move(200000, 10000, 500, MOVE_DOWN, &num, &den));
    assert_int_equal(num, 200000);
    assert_int_equal(den, 49);
    assert_false(mean_move(200000, 10000, 990, MOVE_DOWN, &num, &den));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(solver_equals_brute_force),
        cmocka_unit_test(short_of_effort_is_a_bound),
        cmocka_unit_test(median_move_is_least),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
