#include "index/manipulate.h"

bool median_move(const struct point *p, u32 n, Fine target, enum move_side side,
                 struct median_move *out)
{
    i64 all, near = 0, at = 0;
    ASSERT(side == MOVE_UP || side == MOVE_DOWN);
    ASSERT(out);
    if (!points_weight(p, n, &all) || !all) return false;
    for (u32 i = 0; i < n; i++) {
        i128 f = point_fine(&p[i]).v;
        if (f == target.v) at += p[i].weight;
        else if ((f < target.v) == (side == MOVE_UP)) near += p[i].weight;
    }
    i64 gap = near - (all - near); /* what stands on the near side, less what is there or beyond */
    ASSERT(at <= all - near);
    out->infimum = i64_max(0, gap);
    u32 reaches = side == MOVE_UP ? TIE_UPPER : TIE_LOWER;
    for (u32 tie = TIE_LOWER; tie < TIE_COUNT; tie++)
        out->least[tie] = i64_max(0, tie == reaches ? gap : gap + 1);
    return true;
}

bool mean_move(i64 all, u32 delta_ppm, i64 ratio_milli, enum move_side side, i64 *num, i64 *den)
{
    i128 off = side == MOVE_UP ? (i128)ratio_milli * 1000 - PPM : PPM - (i128)ratio_milli * 1000;
    i128 a = (i128)all * delta_ppm, b = off - delta_ppm;
    ASSERT(all > 0);
    ASSERT(num && den);
    if (b <= 0) return false;
    for (i128 x = a, y = b, r;; x = y, y = r) { /* lowest terms */
        r = x % y;
        if (r) continue;
        a /= y, b /= y;
        break;
    }
    return i64_of(a, num) && i64_of(b, den);
}

/* kappa_milli x lot_hours x index x delta is below 2^127 for all that our records hold. */
i64 position_limit_milli(i64 cost, i64 kappa_milli, i64 lot_hours, i64 index, u32 delta_ppm,
                         u32 averaging_n)
{
    i64 milli;
    ASSERT(cost >= 0 && cost <= STATS_WEIGHT_MAX);
    ASSERT(kappa_milli > 0 && kappa_milli <= PPM && lot_hours > 0 && lot_hours <= PPM);
    ASSERT(index > 0 && index <= STATS_PRICE_MAX && delta_ppm > 0 && averaging_n > 0);
    i128 gain = (i128)kappa_milli * lot_hours * index * delta_ppm;
    i128 top = (i128)cost * averaging_n * PPM; /* thousandths: x 1000 lots x 1000 of kappa */
    i128 whole = top / gain, rest = top % gain;
    if (whole > INT64_MAX / PPM) return INT64_MAX;
    return i64_of(whole * PPM + rest * PPM / gain, &milli) ? milli : INT64_MAX;
}

i64 lambda_ppm(i64 lots, i64 cost, i64 lot_hours, i64 index, u32 delta_ppm, u32 averaging_n)
{
    i64 ppm;
    ASSERT(lots >= 0 && lots <= PPM * PPM);
    ASSERT(lot_hours > 0 && index > 0 && averaging_n > 0);
    if (cost <= 0) return lots ? INT64_MAX : 0;
    i128 gain = (i128)lots * lot_hours * index / averaging_n; /* x delta, in ppm of it */
    if (gain > INT64_MAX) return INT64_MAX;
    return i64_of(div_round(gain * delta_ppm, cost, ROUND_UP), &ppm) ? ppm : INT64_MAX;
}

i64 moved_ppm(Fine a, Fine b, Fine of)
{
    i64 ppm;
    i128 d = a.v > b.v ? a.v - b.v : b.v - a.v;
    ASSERT(of.v > 0);
    ASSERT(d >= 0);
    return i64_of(div_round(d * PPM, of.v, ROUND_HALF_EVEN), &ppm) ? ppm : INT64_MAX;
}

/* ---- a mean of weighted medians ----
 *
 * Moving one partition's median from m to x takes a size v(x) at x that depends only on between
 * which honest prices x lies: a step function, so the cost v(x) (x - m) is linear between steps and
 * jumps up at each. Of two partitions that both stop between steps, the one with the smaller size
 * can take from the other at no loss; so in a best attack at most one does. The others stop at a
 * step or stay. That leaves a choice of one end a partition and one to make up the rest: searched
 * through, best first bound by the convex hulls of the cost curves.
 *
 * DOWN is UP with every price mirrored in STATS_PRICE_MAX. */

#define MIRROR ((i128)STATS_PRICE_MAX * FINE_MICRO)

static i128 seen_from(enum move_side side, i128 fine)
{
    ASSERT(fine >= 0);
    ASSERT(fine <= MIRROR);
    return side == MOVE_UP ? fine : MIRROR - fine;
}

/* The least whole size that outweighs `gap`, or reaches it where the tie rule allows. */
static i64 size_for(const struct partitions *p, const struct attack *a, i64 gap)
{
    bool reaches = p->tie == (a->side == MOVE_UP ? (u32)TIE_UPPER : (u32)TIE_LOWER);
    ASSERT(p->unit > 0);
    ASSERT(gap >= 0);
    i64 v = reaches ? (gap + p->unit - 1) / p->unit : gap / p->unit + 1;
    i64 names = a->s_cap < v ? (v + a->s_cap - 1) / a->s_cap : 1;
    return i64_max(v, names * a->s_min);
}

static void add_piece(struct move_work *w, u32 *k, i128 reach, i64 low, i64 high, i64 size)
{
    ASSERT(low > 0);
    ASSERT(size > 0);
    if (low <= high) w->pieces[(*k)++] = (struct piece){ reach, low, high, size };
}

/* The pieces of one group, from its median on, until a size is more than the names can place.
 * Between two honest prices the size is the same and the median goes where the injection stands; an
 * honest price between two micros is reached by an injection one micro beyond. */
static u32 group_pieces(const struct partitions *p, const struct attack *a, u32 g,
                        struct move_work *w, u32 k)
{
    const struct point *at = p->at + p->from[g];
    u32 n = p->from[g + 1] - p->from[g], i = 0;
    bool up = a->side == MOVE_UP;
    i64 all = 0, below = 0, top = up ? a->price_high : STATS_PRICE_MAX - a->price_low;
    i128 from = w->median[g].v, next;
    ASSERT(n > 0);
    for (u32 j = 0; j < n; j++) all += at[j].weight;
    for (; from < (i128)top * FINE_MICRO; from = next) {
        for (next = (i128)top * FINE_MICRO; i < n; i++) { /* points up to `from` are below */
            const struct point *q = &at[up ? i : n - 1 - i];
            i128 f = seen_from(a->side, point_fine(q).v);
            if (f > from && q->weight) {
                next = f < next ? f : next;
                break;
            }
            below += q->weight;
        }
        i64 size = size_for(p, a, i64_max(0, below - (all - below)));
        i64 low = (i64)(from / FINE_MICRO) + 1, high = (i64)(next / FINE_MICRO);
        if (a->names < (u64)INT64_MAX / (u64)a->s_cap && size > (i64)a->names * a->s_cap) break;
        if (from % FINE_MICRO && low <= high) { /* less than a micro off: an end of its own */
            add_piece(w, &k, (i128)low * FINE_MICRO, low, low, size);
            low++;
        }
        add_piece(w, &k, (i128)high * FINE_MICRO, low, high, size);
        if (next % FINE_MICRO) add_piece(w, &k, next, high + 1, high + 1, size);
    }
    ASSERT(k <= 3 * (p->from[p->groups] + 2 * p->groups));
    return k;
}

/* What an injection costs in 1e-12 of a micro x milli-unit. */
static i128 fees_at(const struct attack *a, i64 x, i64 size)
{
    i64 price = a->side == MOVE_UP ? x : STATS_PRICE_MAX - x;
    ASSERT(price >= 0);
    ASSERT(size >= 0);
    return (i128)size * price * a->fee_ppm * (FINE_MICRO / PPM);
}

static i128 overpay_at(const struct move_work *w, u32 g, i64 x, i64 size)
{
    i128 off = (i128)x * FINE_MICRO - w->median[g].v;
    ASSERT(off > 0);
    ASSERT(size > 0 && off / FINE_MICRO < INT64_MAX / size); /* set_up() saw to it */
    return off * size;
}

static i128 cost_at(const struct attack *a, const struct move_work *w, u32 g, i64 x, i64 size)
{
    ASSERT(x > 0);
    ASSERT(size > 0);
    return overpay_at(w, g, x, size) + fees_at(a, x, size);
}

/* How far the end of a piece takes its group's median. */
static i128 gain_of(const struct move_work *w, u32 g, const struct piece *q)
{
    ASSERT(q->low <= q->high);
    ASSERT(q->reach > w->median[g].v);
    return q->reach - w->median[g].v;
}

/* Lower hulls of the ends of pieces, as slopes; gains are rounded up and costs down, so that what
 * is summed over them bounds the cost from below. */
static u32 group_slopes(const struct attack *a, u32 g, struct move_work *w, u32 from)
{
    u32 n = from;
    i64 gain = 0, cost = 0;
    for (u32 k = w->piece_at[g]; k < w->piece_at[g + 1]; k++) {
        const struct piece *q = &w->pieces[k];
        i64 x = (i64)div_round(gain_of(w, g, q), FINE_MICRO, ROUND_UP);
        i64 c = (i64)(cost_at(a, w, g, q->high, q->size) / FINE_MICRO);
        struct slope s = { x - gain, c - cost, g, 0 };
        if (s.gain <= 0) continue; /* less than a micro further, and dearer */
        while (n > from &&
               (i128)w->slopes[n - 1].cost * s.gain >= (i128)s.cost * w->slopes[n - 1].gain) {
            n--;
            s.gain += w->slopes[n].gain, s.cost += w->slopes[n].cost;
        }
        w->slopes[n++] = s;
        gain = x, cost = c;
    }
    ASSERT(n >= from);
    return n;
}

static bool slope_after(const struct slope *x, const struct slope *y)
{
    i128 a = (i128)x->cost * y->gain, b = (i128)y->cost * x->gain;
    ASSERT(x->gain > 0);
    ASSERT(y->gain > 0);
    return a != b ? a > b : x->group > y->group;
}

static void slopes_sort(struct slope *s, u32 n)
{
    ASSERT(s || !n);
    for (u32 gap = n / 2; gap; gap /= 2) /* shell sort: a few hundred rows */
        for (u32 i = gap; i < n; i++) {
            struct slope x = s[i];
            u32 j = i;
            for (; j >= gap && slope_after(&s[j - gap], &x); j -= gap) s[j] = s[j - gap];
            s[j] = x;
        }
    ASSERT(n < 2 || !slope_after(&s[0], &s[n - 1]));
}

struct search {
    const struct partitions *p;
    const struct attack *a;
    struct move_work *w;
    u32 slopes_n, *at; /* at[group]: its place in the order */
    i128 need, best;   /* best < 0: none yet */
    i64 best_fill, best_fill_size;
    u32 best_fill_group;
    u64 effort;
};

/* The least that gaining `need` can cost with the groups at `depth` and after; -1: it can not. */
static i128 bound(struct search *s, i128 need, u32 depth)
{
    i128 cost = 0;
    i64 left = (i64)(need / FINE_MICRO);
    ASSERT(need >= 0);
    for (u32 i = 0; i < s->slopes_n && left > 0; i++) {
        const struct slope *q = &s->w->slopes[i];
        if (s->at[q->group] < depth) continue;
        if (q->gain <= left) cost += q->cost;
        else cost += (i128)q->cost * left / q->gain;
        left -= i64_min(left, q->gain);
    }
    s->effort += s->slopes_n;
    ASSERT(cost >= 0);
    return left > 0 ? -1 : cost * FINE_MICRO;
}

/* The cheapest price in group g that gains `need`; 0: none. */
static i64 fill_price(const struct search *s, u32 g, i128 need, i64 *size)
{
    const struct move_work *w = s->w;
    i64 x = (i64)div_round(w->median[g].v + need, FINE_MICRO, ROUND_UP);
    ASSERT(need > 0);
    for (u32 k = w->piece_at[g]; k < w->piece_at[g + 1]; k++) {
        if (w->pieces[k].reach < w->median[g].v + need) continue;
        *size = w->pieces[k].size;
        return i64_max(x, w->pieces[k].low);
    }
    ASSERT(x > 0);
    return 0;
}

static i64 size_of_choice(const struct search *s, u32 depth)
{
    i64 size = 0;
    ASSERT(depth <= s->p->groups);
    for (u32 d = 0; d < depth; d++) {
        u32 g = s->w->order[d], c = s->w->choice[d];
        if (c) size += s->w->pieces[s->w->piece_at[g] + c - 1].size;
    }
    ASSERT(size >= 0);
    return size;
}

/* Choices up to `depth` are made; the group there makes up what is missing. */
static void try_leaf(struct search *s, u32 depth)
{
    struct move_work *w = s->w;
    i128 missing = s->need - w->gain[depth], cost = w->cost[depth];
    u32 g = w->order[depth];
    ASSERT(g < s->p->groups);
    i64 size = 0, x = 0;
    ASSERT(depth < s->p->groups);
    if (missing > 0) {
        x = fill_price(s, g, missing, &size);
        if (!x) return;
        cost += cost_at(s->a, w, g, x, size);
    }
    if (s->best >= 0 && cost >= s->best) return;
    if (size + size_of_choice(s, depth) > s->a->total_max) return;
    s->best = cost, s->best_fill = x, s->best_fill_size = size, s->best_fill_group = g;
    for (u32 k = 0; k < s->p->groups; k++) w->best[k] = 0;
    for (u32 d = 0; d < depth; d++) w->best[w->order[d]] = w->choice[d];
    ASSERT(s->best >= 0);
}

static bool worth(struct search *s, u32 depth)
{
    struct move_work *w = s->w;
    i128 missing = s->need - w->gain[depth];
    ASSERT(depth <= s->p->groups);
    if (missing <= 0) return s->best < 0 || w->cost[depth] < s->best;
    i128 least = bound(s, missing, depth);
    return least >= 0 && (s->best < 0 || w->cost[depth] + least < s->best);
}

/* One choice of an end (or none) at each group of the order but the last, which fills. */
static void search_order(struct search *s)
{
    struct move_work *w = s->w;
    u32 last = s->p->groups - 1, d = 0;
    ASSERT(s->p->groups > 0);
    w->gain[0] = w->cost[0] = 0;
    for (w->choice[0] = UINT32_MAX;;) {
        if (d == last || w->gain[d] >= s->need) {
            try_leaf(s, d);
            if (!d--) return;
            continue;
        }
        u32 g = w->order[d], c = ++w->choice[d]; /* UINT32_MAX + 1: none */
        if (c > w->piece_at[g + 1] - w->piece_at[g] || s->effort > s->a->effort) {
            if (!d--) return;
            continue;
        }
        w->gain[d + 1] = w->gain[d], w->cost[d + 1] = w->cost[d];
        if (c) {
            const struct piece *q = &w->pieces[w->piece_at[g] + c - 1];
            w->gain[d + 1] += gain_of(w, g, q);
            w->cost[d + 1] += cost_at(s->a, w, g, q->high, q->size);
        }
        if (!worth(s, d + 1)) continue;
        ASSERT(d + 1 <= last);
        w->choice[++d] = UINT32_MAX;
    }
}

static void order_with_last(struct search *s, u32 fill)
{
    u32 n = 0;
    ASSERT(fill < s->p->groups);
    for (u32 g = 0; g < s->p->groups; g++)
        if (g != fill) s->w->order[n++] = g;
    s->w->order[n] = fill;
    for (u32 d = 0; d < s->p->groups; d++) s->at[s->w->order[d]] = d;
    ASSERT(n + 1 == s->p->groups);
}

/* The whole slopes of the hulls in order until the next would pass what is needed: a good attack to
 * begin with, made up by whichever group does it cheapest. */
static void try_greedy(struct search *s)
{
    struct move_work *w = s->w;
    for (u32 fill = 0; fill < s->p->groups; fill++) {
        i128 left = s->need;
        order_with_last(s, fill);
        for (u32 d = 0; d < s->p->groups; d++) w->choice[d] = 0;
        for (u32 i = 0; i < s->slopes_n; i++) {
            const struct slope *q = &w->slopes[i];
            u32 d = s->at[q->group], k = w->piece_at[q->group] + w->choice[d];
            if (q->group == fill || (i128)q->gain * FINE_MICRO > left) continue;
            i64 want = q->gain; /* a slope may pass over several ends */
            i128 before = w->choice[d] ? gain_of(w, q->group, &w->pieces[k - 1]) : 0;
            while (k < w->piece_at[q->group + 1] &&
                   gain_of(w, q->group, &w->pieces[k]) - before <= (i128)want * FINE_MICRO)
                k++;
            if (k == w->piece_at[q->group] + w->choice[d]) continue;
            left -= gain_of(w, q->group, &w->pieces[k - 1]) - before;
            w->choice[d] = k - w->piece_at[q->group];
        }
        w->gain[0] = w->cost[0] = 0;
        for (u32 d = 0; d + 1 < s->p->groups; d++) {
            u32 g = w->order[d], c = w->choice[d];
            const struct piece *q = &w->pieces[w->piece_at[g] + c - (c > 0)];
            w->gain[d + 1] = w->gain[d] + (c ? gain_of(w, g, q) : 0);
            w->cost[d + 1] = w->cost[d] + (c ? cost_at(s->a, w, g, q->high, q->size) : 0);
        }
        try_leaf(s, s->p->groups - 1);
        s->effort += s->slopes_n;
    }
    ASSERT(s->slopes_n > 0);
}

static bool attack_fits(const struct partitions *p, const struct attack *a)
{
    ASSERT(a->s_min >= 0 && a->s_cap >= 1 && a->s_cap >= a->s_min);
    ASSERT(a->delta_ppm > 0 && a->names > 0);
    return a->price_low >= 0 && a->price_high <= STATS_PRICE_MAX && a->price_low < a->price_high &&
           a->fee_ppm <= PPM && p->groups > 0;
}

static bool set_up(struct search *s, i128 *sum)
{
    struct move_work *w = s->w;
    const struct partitions *p = s->p;
    u32 k = 0;
    *sum = 0;
    ASSERT(p->from[0] == 0);
    for (u32 g = 0; g < p->groups; g++) {
        struct point *at = p->at + p->from[g];
        u32 n = p->from[g + 1] - p->from[g];
        points_sort(at, n, w->scratch);
        if (!weighted_median(at, n, p->tie, &w->median[g])) return false;
        *sum += w->median[g].v;
        w->median[g].v = seen_from(s->a->side, w->median[g].v);
        w->piece_at[g] = k;
        k = group_pieces(p, s->a, g, w, k);
    }
    w->piece_at[p->groups] = k;
    for (u32 g = 0; g < p->groups; g++) /* costs of below 2^62 micros x milli-units, summed, fit */
        for (u32 i = w->piece_at[g]; i < w->piece_at[g + 1]; i++) {
            i128 off = w->pieces[i].high - w->median[g].v / FINE_MICRO + 1;
            off += s->a->fee_ppm ? s->a->price_high : 0;
            if (off * w->pieces[i].size > INT64_MAX / 2 / p->groups) return false;
        }
    s->need = div_round(*sum * s->a->delta_ppm, PPM, ROUND_UP);
    ASSERT(s->need >= 0);
    return true;
}

static void read_answer(struct search *s, struct cost *out)
{
    struct move_work *w = s->w;
    i128 off = 0, fees = 0;
    ASSERT(s->best >= 0);
    for (u32 g = 0; g < s->p->groups; g++) {
        i64 x = 0, size = 0;
        if (w->best[g]) {
            const struct piece *q = &w->pieces[w->piece_at[g] + w->best[g] - 1];
            x = q->high, size = q->size;
        } else if (g == s->best_fill_group && s->best_fill) {
            x = s->best_fill, size = s->best_fill_size;
        }
        w->made[g] = (struct injection){ 0 };
        if (!size) continue;
        i64 price = s->a->side == MOVE_UP ? x : STATS_PRICE_MAX - x;
        w->made[g] = (struct injection){ price, size };
        off += overpay_at(w, g, x, size), fees += fees_at(s->a, x, size);
        bool dearer =
            !out->price || (s->a->side == MOVE_UP ? price > out->price : price < out->price);
        if (dearer) out->price = price;
        out->size += size, out->partitions++;
    }
    ASSERT(off + fees == s->best);
    out->overpay = (i64)div_round(off, FINE_MICRO * 1000, ROUND_UP); /* milli-units */
    out->fees = (i64)div_round(fees, FINE_MICRO * 1000, ROUND_UP);
}

bool partitions_move(const struct partitions *p, const struct attack *a, struct move_work *w,
                     struct cost *out)
{
    struct search s = { .p = p, .a = a, .w = w, .at = w->best + p->groups, .best = -1 };
    i128 sum;
    ASSERT(out);
    *out = (struct cost){ .side = (u8)a->side, .names = a->names };
    if (!attack_fits(p, a) || !set_up(&s, &sum)) return false;
    for (u32 g = 0; g < p->groups; g++)
        s.slopes_n = group_slopes(a, g, w, s.slopes_n), w->made[g] = (struct injection){ 0 };
    slopes_sort(w->slopes, s.slopes_n);
    order_with_last(&s, 0);
    i128 least = bound(&s, s.need, 0);
    if (least < 0 || !s.slopes_n) return true; /* not even all of them together */
    try_greedy(&s);
    for (u32 fill = 0; fill < p->groups && s.effort <= a->effort; fill++) {
        order_with_last(&s, fill);
        search_order(&s);
    }
    bool ended = s.effort <= a->effort;
    if (s.best >= 0) read_answer(&s, out);
    if (s.best >= 0) out->kind = ended ? COST_EXACT : COST_BOUND;
    out->least = ended && s.best >= 0 ? out->overpay + out->fees : (i64)(least / FINE_MICRO / 1000);
    ASSERT(out->kind != COST_EXACT || out->size > 0);
    return true;
}

static u64 piece_of(u8 *base, u64 *at, u64 each, u64 n, void **to)
{
    ASSERT(each > 0);
    ASSERT(to);
    *to = base ? base + *at : NULL;
    *at = (*at + each * n + 63) & ~UINT64_C(63);
    return *at;
}

static u64 lay_out(struct move_work *w, u8 *base, u32 points, u32 groups)
{
    u64 at = 0, g = groups;
    ASSERT(groups > 0);
    ASSERT(w);
    (void)piece_of(base, &at, sizeof *w->pieces, 3 * (points + 2 * g), (void **)&w->pieces);
    (void)piece_of(base, &at, sizeof *w->slopes, 3 * (points + 2 * g), (void **)&w->slopes);
    (void)piece_of(base, &at, sizeof *w->piece_at, g + 1, (void **)&w->piece_at);
    (void)piece_of(base, &at, sizeof *w->order, g, (void **)&w->order);
    (void)piece_of(base, &at, sizeof *w->choice, g + 1, (void **)&w->choice);
    (void)piece_of(base, &at, sizeof *w->best, 2 * g, (void **)&w->best); /* and search.at */
    (void)piece_of(base, &at, sizeof *w->gain, g + 1, (void **)&w->gain);
    (void)piece_of(base, &at, sizeof *w->cost, g + 1, (void **)&w->cost);
    (void)piece_of(base, &at, sizeof *w->median, g, (void **)&w->median);
    (void)piece_of(base, &at, sizeof *w->made, g, (void **)&w->made);
    return piece_of(base, &at, sizeof *w->scratch, points, (void **)&w->scratch);
}

u64 move_work_bytes(u32 points, u32 groups)
{
    struct move_work w;
    ASSERT(groups > 0);
    ASSERT(points >= groups);
    return lay_out(&w, NULL, points, groups);
}

struct move_work move_work_on(void *memory, u32 points, u32 groups)
{
    struct move_work w;
    ASSERT(memory);
    ASSERT(((uintptr_t)memory & 63) == 0);
    (void)lay_out(&w, memory, points, groups);
    return w;
}
