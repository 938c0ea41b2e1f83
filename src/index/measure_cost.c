#include "index/measure_work.h"

/* The value moved by delta: micros, rounded away from the value, so that a price there is
 * enough. */
static i64 target_of(const struct measuring *k, Fine value, enum move_side side)
{
    bool up = side == MOVE_UP;
    i128 want = PPM + (up ? (i64)k->ask->delta_ppm : -(i64)k->ask->delta_ppm);
    ASSERT(value.v > 0);
    ASSERT(want >= 0);
    return (i64)div_round(value.v * want, FINE_MICRO * PPM, up ? ROUND_UP : ROUND_DOWN);
}

/* The farthest price an injection may stand at. */
static i64 price_bound(const struct measuring *k, Fine value, enum move_side side)
{
    i64 micros = (i64)div_round(value.v, FINE_MICRO, ROUND_HALF_EVEN);
    i64 ppm = side == MOVE_UP ? k->ask->high_ppm : k->ask->low_ppm;
    ASSERT(value.v > 0);
    ASSERT(ppm > 0);
    return i64_max(
        1, (i64)div_round((i128)micros * ppm, PPM, side == MOVE_UP ? ROUND_UP : ROUND_DOWN));
}

/* What `size` at `price` is over the fair `value`, and the fees on it. False: does not fit. */
static bool pay(const struct measuring *k, Fine value, i64 price, i64 size, enum move_side side,
                struct cost *out)
{
    i128 off = (i128)price * FINE_MICRO - value.v;
    ASSERT(size > 0);
    ASSERT(price > 0);
    off = side == MOVE_UP ? off : -off;
    if (off < 0) off = 0;
    if (off / FINE_MICRO + price > INT64_MAX / size) return false;
    out->size = size, out->price = price, out->partitions = 1;
    out->overpay = (i64)div_round(off * size, FINE_MICRO * 1000, ROUND_UP);
    out->fees = (i64)div_round((i128)price * size / 1000 * k->ask->fee_ppm, PPM, ROUND_UP);
    return true;
}

/* Where sizes do not weigh, a price costs nothing: what is counted is names, one record each. */
static void in_names(struct cost *c)
{
    ASSERT(c->size > 0);
    ASSERT(c->kind >= COST_EXACT);
    c->names = c->size > UINT32_MAX ? UINT32_MAX : (u32)c->size;
    c->size = c->overpay = c->fees = c->least = 0;
}

static i64 weight_seen(const struct measuring *k)
{
    i128 all = 0;
    ASSERT(k->w.seen_n > 0);
    for (u32 i = 0; i < k->w.seen_n; i++) all += in_money(k) ? k->w.seen[i].size : 1;
    ASSERT(all > 0);
    return all > STATS_WEIGHT_MAX ? 0 : (i64)all;
}

/* One trade at the bound: dearer trades cost less in all, so the bound is the best price. */
static void cost_mean(struct measuring *k, Fine value, enum move_side side, struct cost *out)
{
    i64 num, den, all = weight_seen(k);
    i64 ratio = (side == MOVE_UP ? k->ask->high_ppm : k->ask->low_ppm) / 1000;
    ASSERT(ratio > 0);
    ASSERT(value.v > 0);
    if (!all || !mean_move(all, k->ask->delta_ppm, ratio, side, &num, &den)) return;
    i64 size = (i64)div_round(num, den, ROUND_UP);
    if (pay(k, value, price_bound(k, value, side), size, side, out)) out->kind = COST_EXACT;
}

static void cost_median(struct measuring *k, Fine value, enum move_side side, struct cost *out)
{
    struct median_move mv;
    i64 target = target_of(k, value, side);
    ASSERT(target > 0);
    ASSERT(k->w.seen_n <= k->points_cap);
    for (u32 i = 0; i < k->w.seen_n; i++) {
        const struct record_seen *s = &k->w.seen[i];
        k->points[i] = (struct point){ s->price, 1, in_money(k) ? s->size : 1, i };
    }
    Fine at = { (i128)target * FINE_MICRO };
    if (!median_move(k->points, k->w.seen_n, at, side, &mv)) return;
    if (pay(k, value, target, i64_max(1, mv.least[TIE_MID]), side, out)) out->kind = COST_EXACT;
}

/* ---- searches: one price, one time, the size shared by the names ---- */

static u32 share_out(struct measuring *k, u32 n, const struct placed *what, u32 names, u32 first)
{
    u32 over = names;
    i64 least = i64_max(1, k->w.strict.s_min);
    ASSERT(names > 0);
    ASSERT(what->size > 0);
    if (what->size / least < over) over = (u32)i64_max(1, what->size / least);
    for (u32 i = 0; i < over && n < k->placed_cap; i++) {
        i64 size = what->size / over + (i < what->size % over);
        k->placed[n++] = (struct placed){ what->price, size, what->part, (first + i) % names };
    }
    return n;
}

static bool moves(struct measuring *k, u32 method, const struct ratio *base, u32 n,
                  enum move_side side)
{
    struct ratio to;
    struct change c = { .add = k->placed, .add_n = n };
    ASSERT(n > 0);
    ASSERT(n <= k->placed_cap);
    return method_value(k, method, &c, false, &to) &&
           ratio_reached(base, &to, k->ask->delta_ppm, side);
}

/* The least size at this price that moves it, at most `most`; 0: none. */
static i64 least_size(struct measuring *k, u32 method, const struct ratio *base, u32 names,
                      enum move_side side, i64 price, i64 most)
{
    struct placed what = { price, most, (u32)k->w.strict.partitions - 1, 0 };
    i64 low = 0, high = most;
    ASSERT(most > 0);
    ASSERT(price > 0);
    if (!moves(k, method, base, share_out(k, 0, &what, names, 0), side)) return 0;
    while (high - low > 1) {
        what.size = low + (high - low) / 2;
        if (moves(k, method, base, share_out(k, 0, &what, names, 0), side)) high = what.size;
        else low = what.size;
    }
    return high;
}

enum { SEARCH_PRICES = 16 };

static void cost_search(struct measuring *k, u32 method, const struct ratio *base, u32 names,
                        enum move_side side, struct cost *out)
{
    Fine value = ratio_fine(base);
    i64 near = target_of(k, value, side), far = price_bound(k, value, side), all = weight_seen(k);
    struct cost best = *out, c;
    ASSERT(k->w.strict.partitions > 0);
    best.kind = COST_NOT_FOUND;
    ASSERT(names > 0);
    for (i64 j = 1; j <= SEARCH_PRICES && all && all < STATS_WEIGHT_MAX / 256; j++) {
        i64 price = near + (far - near) * j * j / (SEARCH_PRICES * SEARCH_PRICES);
        i64 most = all * 64, off = price - (i64)(value.v / FINE_MICRO);
        off = off < 0 ? -off : off;
        if (best.kind == COST_BOUND && off) most = i64_min(most, best.overpay * 1000 / off + 1);
        i64 size = least_size(k, method, base, names, side, price, most);
        c = *out;
        if (!size || !pay(k, value, price, size, side, &c)) continue;
        c.kind = COST_BOUND;
        if (best.kind == COST_BOUND && c.overpay + c.fees >= best.overpay + best.fees) continue;
        best = c;
    }
    ASSERT(best.kind != COST_EXACT);
    *out = best;
}

/* So many names, each with one record at the bound: exact where the method rises with every
 * price. */
static void cost_names(struct measuring *k, u32 method, const struct ratio *base, u32 names,
                       enum move_side side, struct cost *out)
{
    Fine value = ratio_fine(base);
    bool each = k->w.strict.weights == WEIGHTS_OWNER_EQUAL;
    i64 price = price_bound(k, value, side);
    u32 most = names > 1 || !each ? WHATIF_NAMES_MAX : 1, low = 0, high = most;
    ASSERT(names > 0);
    ASSERT(price > 0);
    for (u32 i = 0; i < most; i++)
        k->placed[i] = (struct placed){ price, 1, (u32)k->w.strict.partitions - 1, each ? i : 0 };
    bool sure = method != MEASURE_OWN || k->w.strict.estimator == ESTIMATOR_PVWM;
    out->kind = sure ? COST_UNREACHABLE : COST_NOT_FOUND;
    for (high = 1; !moves(k, method, base, high, side); high = 2 * high < most ? 2 * high : most) {
        if (high == most) return; /* from below: too many may break a rule of the file's */
        low = high;
    }
    while (high - low > 1) {
        u32 mid = low + (high - low) / 2;
        if (moves(k, method, base, mid, side)) high = mid;
        else low = mid;
    }
    out->kind = sure ? COST_EXACT : COST_BOUND;
    out->size = high, out->price = price, out->partitions = 1;
    in_names(out);
}

/* ---- the partitioned median ---- */

/* Owners' points by group, as they weigh before the cap; the weight of all. */
static i64 group_points(struct measuring *k, u32 *from, u32 groups)
{
    struct index *ix = k->w.ix;
    i64 all = 0;
    u32 n = 0;
    ASSERT(groups > 0);
    ASSERT(groups == ix->groups);
    for (u32 g = 0, i = 0; g < groups; g++) { /* items stand in order of partition */
        while (i < k->w.base && ix->part_group[ix->items[i].part] == UINT32_MAX) i++; /* dropped */
        u32 first = i;
        ix->stamp++, from[g] = n;
        for (; i < k->w.base; i++) {
            const struct item *it = &ix->items[i];
            if (ix->part_group[it->part] != g) break;
            struct owner_slot *s = &ix->slots[it->slot];
            if (s->group_stamp != ix->stamp) s->group_stamp = ix->stamp, s->size = 0, s->value = 0;
            s->size += it->size, s->value += (i128)it->price * it->size;
        }
        for (; first < i; first++) {
            struct owner_slot *s = &ix->slots[ix->items[first].slot];
            i64 w = s->size < k->w.strict.s_min ? 0 : i64_min(s->size, k->w.strict.s_cap);
            if (s->group_stamp != ix->stamp || !s->size) continue;
            if (w) k->grouped[n++] = (struct point){ s->value, s->size, w, s->owner };
            all += w, s->size = 0;
        }
    }
    from[groups] = n;
    return all;
}

/* The weight that so many names may have together before a cap or a sufficiency rule bites. */
static i64 weight_room(const struct measuring *k, i64 honest, u32 names)
{
    i64 c = i64_min(k->w.strict.weight_cap_ppm, k->w.strict.max_owner_ppm), room;
    i128 share = (i128)c * names;
    ASSERT(c > 0);
    ASSERT(honest > 0);
    if (share >= PPM) return INT64_MAX;
    return i64_of(share * honest / (PPM - share), &room) ? room : INT64_MAX;
}

/* The solver's injections, sizes x factor_milli / 1000, each at a partition of its group. */
static u32 place_made(struct measuring *k, const struct move_work *mw, u32 groups, u32 names,
                      i64 factor_milli)
{
    u32 n = 0, turn = 0;
    ASSERT(groups > 0);
    ASSERT(factor_milli >= 1000);
    for (u32 g = 0; g < groups; g++) {
        u32 part = 0;
        i64 size;
        if (!mw->made[g].size) continue;
        while (k->w.ix->part_group[part] != g) part++; /* as the print merged them */
        if (!mul_div(mw->made[g].size, factor_milli, 1000, ROUND_UP, &size)) return 0;
        struct placed what = { mw->made[g].price, size, part, 0 };
        u32 before = n;
        n = share_out(k, n, &what, names, turn);
        turn = (turn + n - before) % names;
    }
    return n;
}

/* How much larger the injections must be for the file's own estimator; 0: not at 64 times. */
static i64 factor_needed(struct measuring *k, const struct ratio *base, const struct move_work *mw,
                         u32 groups, u32 names, enum move_side side)
{
    i64 low = 1000, high = 1000;
    u32 n = place_made(k, mw, groups, names, low);
    ASSERT(groups > 0);
    if (n && moves(k, MEASURE_OWN, base, n, side)) return low;
    do {
        low = high, high *= 2;
        whatif_reset(&k->w);
        whatif_run(&k->w, false, &k->w.unchanged); /* part_group is that of the print again */
        n = place_made(k, mw, groups, names, high);
        if (!n || high > 64000) return 0;
    } while (!moves(k, MEASURE_OWN, base, n, side));
    for (u32 i = 0; i < 12 && high - low > 1; i++) {
        i64 mid = low + (high - low) / 2;
        whatif_reset(&k->w);
        whatif_run(&k->w, false, &k->w.unchanged);
        n = place_made(k, mw, groups, names, mid);
        if (n && moves(k, MEASURE_OWN, base, n, side)) high = mid;
        else low = mid;
    }
    ASSERT(high > 1000);
    return high;
}

static void scale_cost(struct cost *c, i64 factor)
{
    bool fits = mul_div(c->size, factor, 1000, ROUND_UP, &c->size) &&
                mul_div(c->overpay, factor, 1000, ROUND_UP, &c->overpay) &&
                mul_div(c->fees, factor, 1000, ROUND_UP, &c->fees);
    ASSERT(factor >= 1000);
    c->kind = fits ? COST_BOUND : COST_NOT_FOUND;
    c->least = 0;
    ASSERT(c->size > 0);
}

static void cost_pvwm(struct measuring *k, const struct ratio *base, u32 names, enum move_side side,
                      struct cost *out)
{
    u32 from[PARTITIONS_MAX + 1];
    const struct methodology *m = &k->w.strict;
    whatif_reset(&k->w);
    whatif_run(&k->w, false, &k->w.unchanged);
    u32 groups = k->w.ix->groups;
    ASSERT(groups > 0 && groups <= PARTITIONS_MAX);
    i64 honest = group_points(k, from, groups);
    Fine value = ratio_fine(base);
    struct partitions parts = { k->grouped, from, groups, (u32)m->tie, 1 };
    struct attack a = { .side = side, .delta_ppm = k->ask->delta_ppm, .names = names,
                        .fee_ppm = k->ask->fee_ppm, .s_min = m->s_min,
                        .s_cap = i64_min(m->s_cap, STATS_WEIGHT_MAX / WHATIF_NAMES_MAX),
                        .total_max = weight_room(k, honest, names),
                        .price_low = price_bound(k, value, MOVE_DOWN),
                        .price_high = price_bound(k, value, MOVE_UP),
                        .effort = (u64)k->ask->effort * 5000 };
    struct move_work mw = move_work_on(k->solver, from[groups] + groups, groups);
    out->kind = COST_NOT_FOUND;
    if (!partitions_move(&parts, &a, &mw, out)) return;
    /* the solver's market is the print's own where no cap is in force and no partition is merged */
    i128 sum = 0;
    for (u32 g = 0; g < groups; g++)
        sum +=
            side == MOVE_UP ? mw.median[g].v : (i128)STATS_PRICE_MAX * FINE_MICRO - mw.median[g].v;
    bool same = !k->w.unchanged.capped && groups == m->partitions && sum == base->sum.v;
    if (out->kind < COST_EXACT) {
        if (!same) out->kind = COST_NOT_FOUND;
        return;
    }
    i64 factor = factor_needed(k, base, &mw, groups, names, side);
    if (!factor) out->kind = COST_NOT_FOUND;
    else if (factor > 1000) scale_cost(out, factor);
    else if (!same) out->kind = COST_BOUND, out->least = 0;
    ASSERT(out->kind != COST_EXACT || same);
}

void cost_of_move(struct measuring *k, u32 method, const struct ratio *base, u32 names,
                  enum move_side side, struct cost *out)
{
    Fine value = ratio_fine(base);
    bool money = in_money(k);
    ASSERT(method < MEASURE_METHOD_COUNT);
    ASSERT(names > 0 && names <= WHATIF_NAMES_MAX);
    *out = (struct cost){ .side = (u8)side, .names = names };
    k->tries = 0;
    if (method == MEASURE_MEAN) cost_mean(k, value, side, out);
    else if (method == MEASURE_MEDIAN) cost_median(k, value, side, out);
    else if (!money) cost_names(k, method, base, names, side, out);
    else if (method == MEASURE_OWN && k->w.strict.estimator == ESTIMATOR_PVWM)
        cost_pvwm(k, base, names, side, out);
    else cost_search(k, method, base, names, side, out);
    if (!money && method != MEASURE_OWN && method != MEASURE_WINSOR && out->kind >= COST_EXACT)
        in_names(out);
    if (out->kind == COST_EXACT) out->least = out->overpay + out->fees;
}
