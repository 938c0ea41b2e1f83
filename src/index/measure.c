#include "index/measure_work.h"

#define AS_METHOD_TEXT(NAME, text) text,
static const char *const method_texts[] = { MEASURE_METHODS(AS_METHOD_TEXT) };

const char *measure_method_text(u32 method)
{
    ASSERT(method < MEASURE_METHOD_COUNT);
    ASSERT(method_texts[method]);
    return method_texts[method];
}

struct measure_ask measure_ask_default(void)
{
    return (struct measure_ask){ .delta_ppm = 10000, .names = 10, .alpha_ppm = 100000,
                                 .low_ppm = 500000, .high_ppm = 2000000, .effort = 4000 };
}

/* ---- memory ---- */

static void *piece(u8 *base, u64 *at, u64 each, u64 n)
{
    u64 from = *at;
    ASSERT(each > 0);
    ASSERT((from & 63) == 0);
    *at = (from + each * n + 63) & ~UINT64_C(63);
    return base ? base + from : NULL;
}

static u64 lay_out(struct measuring *k, u8 *base, const struct whatif_size *x, u32 groups)
{
    u64 at = 0, records = x->records;
    ASSERT(records > 0);
    ASSERT(groups > 0);
    (void)piece(base, &at, 1, x->bytes);
    k->points_cap = x->seen + x->added, k->placed_cap = x->added;
    k->points = piece(base, &at, sizeof *k->points, k->points_cap);
    k->scratch = piece(base, &at, sizeof *k->scratch, k->points_cap);
    k->grouped = piece(base, &at, sizeof *k->grouped, records + groups);
    k->placed = piece(base, &at, sizeof *k->placed, k->placed_cap);
    k->flags = piece(base, &at, 1, records);
    k->influence = piece(base, &at, sizeof *k->influence, records);
    k->order = piece(base, &at, sizeof *k->order, records);
    k->solver_bytes = move_work_bytes((u32)records + groups, groups);
    k->solver = piece(base, &at, 1, k->solver_bytes);
    return at;
}

u64 measuring_bytes(struct index *ix, const struct print *p)
{
    struct measuring k;
    struct whatif_size x = whatif_size(ix, p);
    ASSERT(ix->m.partitions > 0);
    return x.bytes ? lay_out(&k, NULL, &x, (u32)ix->m.partitions) : 0;
}

bool measuring_open(struct measuring *k, struct index *ix, const struct print *p,
                    const struct measure_ask *ask, void *memory, u64 bytes)
{
    struct whatif_size x = whatif_size(ix, p);
    *k = (struct measuring){ .ask = ask };
    ASSERT(ask->delta_ppm > 0 && ask->effort > 0);
    ASSERT(ask->names > 0 && ask->names <= WHATIF_NAMES_MAX);
    if (!x.bytes || bytes < lay_out(k, NULL, &x, (u32)ix->m.partitions)) return false;
    (void)lay_out(k, memory, &x, (u32)ix->m.partitions);
    return whatif_load(&k->w, memory, ix, p, &x);
}

/* ---- a method's value with something changed ---- */

/* The records seen, as points: an owner's weight where sizes weigh, else one each. */
static u32 points_changed(struct measuring *k, const struct change *c)
{
    u32 n = 0;
    bool size = in_money(k);
    ASSERT(!c->moved || c->price > 0);
    ASSERT(k->w.seen_n + c->add_n <= k->points_cap);
    for (u32 i = 0; i < k->w.seen_n; i++) {
        const struct record_seen *s = &k->w.seen[i];
        if (c->out && c->out[s->owner]) continue;
        i64 price = c->moved && c->moved[s->owner] ? c->price : s->price;
        k->points[n++] = (struct point){ price, 1, size ? s->size : 1, i };
    }
    for (u32 i = 0; i < c->add_n; i++)
        k->points[n++] =
            (struct point){ c->add[i].price, 1, size ? c->add[i].size : 1, (u64)k->w.seen_n + i };
    ASSERT(n <= k->points_cap);
    return n;
}

static bool own_value(struct measuring *k, const struct change *c, bool lax, struct ratio *out)
{
    struct estimate e;
    whatif_reset(&k->w);
    for (u32 i = 0; i < k->w.owners_n; i++) {
        if (c->out && c->out[i]) whatif_skip(&k->w, i);
        else if (c->moved && c->moved[i]) whatif_reprice(&k->w, i, c->price);
    }
    for (u32 i = 0; i < c->add_n; i++)
        if (!whatif_add(&k->w, &c->add[i])) return false;
    whatif_run(&k->w, lax, &e);
    ASSERT(e.failed || e.count > 0);
    ASSERT(!e.failed || !e.count);
    *out = (struct ratio){ e.sum, e.count };
    return !e.failed;
}

bool method_value(struct measuring *k, u32 method, const struct change *c, bool lax,
                  struct ratio *out)
{
    Fine lo, hi;
    ASSERT(method < MEASURE_METHOD_COUNT);
    ASSERT(out);
    k->tries++;
    *out = (struct ratio){ { 0 }, 1 };
    if (method == MEASURE_OWN) return own_value(k, c, lax, out);
    u32 n = points_changed(k, c);
    if (method == MEASURE_MEAN) return weighted_mean(k->points, n, &out->sum);
    points_sort(k->points, n, k->scratch);
    if (method == MEASURE_MEDIAN) return weighted_median(k->points, n, TIE_MID, &out->sum);
    return winsorised_mean(k->points, n, k->ask->alpha_ppm, &lo, &hi, &out->sum);
}

/* to >= from (1 + delta), or to <= from (1 - delta), without a rounding. */
bool ratio_reached(const struct ratio *from, const struct ratio *to, u32 delta_ppm,
                   enum move_side side)
{
    i128 want = PPM + (side == MOVE_UP ? (i64)delta_ppm : -(i64)delta_ppm);
    ASSERT(from->count > 0 && from->count <= PPM);
    ASSERT(to->count > 0 && to->count <= PPM);
    i128 a = to->sum.v * from->count, b = from->sum.v * to->count; /* below 2^115 */
    i128 left = a - b / PPM * want, rest = b % PPM * want;         /* a >= b want / PPM */
    if (left > PPM * PPM * PPM || left < -PPM * PPM * PPM) return (left > 0) == (side == MOVE_UP);
    return side == MOVE_UP ? left * PPM >= rest : left * PPM <= rest;
}

Fine ratio_fine(const struct ratio *r)
{
    ASSERT(r->count > 0);
    ASSERT(r->sum.v >= 0);
    return (Fine){ div_round(r->sum.v, r->count, ROUND_HALF_EVEN) };
}

/* ---- influence and coalitions ---- */

enum { ALL_OWNERS_MAX = 256 }; /* above, the owners of the largest sizes are asked only */

/* Owners by size, the largest first, in order[]; how many are asked. */
static u32 owners_by_size(struct measuring *k)
{
    u32 n = k->w.owners_n;
    ASSERT(n > 0);
    for (u32 i = 0; i < n; i++) k->influence[i] = 0, k->order[i] = i;
    for (u32 i = 0; i < k->w.seen_n; i++) k->influence[k->w.seen[i].owner] += k->w.seen[i].size;
    for (u32 gap = n / 2; gap; gap /= 2)
        for (u32 i = gap; i < n; i++) {
            u32 x = k->order[i], j = i;
            for (; j >= gap && k->influence[k->order[j - gap]] < k->influence[x]; j -= gap)
                k->order[j] = k->order[j - gap];
            k->order[j] = x;
        }
    ASSERT(k->influence[k->order[0]] >= k->influence[k->order[n - 1]]);
    return n < ALL_OWNERS_MAX ? n : ALL_OWNERS_MAX;
}

static void name_to(const struct measuring *k, u32 owner, Name *to)
{
    Str z = whatif_owner_name(&k->w, owner);
    ASSERT(z.n < sizeof to->z);
    *to = (Name){ { 0 } };
    memcpy(to->z, z.at, z.n);
}

static void larger(const struct measuring *k, struct influence *most, i64 ppm, u32 owner)
{
    ASSERT(ppm >= 0);
    ASSERT(owner < k->w.owners_n);
    if (most->owner.z[0] && ppm <= most->ppm) return;
    most->ppm = ppm;
    name_to(k, owner, &most->owner);
}

/* Without each owner, and with its price at either end, one at a time. */
static void influences(struct measuring *k, u32 method, const struct ratio *base, u32 asked,
                       const struct measured *all, struct measured_method *m, u32 *no_print)
{
    struct ratio without, moved, strict;
    Fine value = ratio_fine(base);
    const i64 ends[2] = { all->price_low, all->price_high };
    ASSERT(asked <= k->w.owners_n);
    ASSERT(value.v > 0);
    for (u32 j = 0; j < asked; j++) {
        u32 i = k->order[j];
        k->flags[i] = 1;
        struct change out = { .out = k->flags };
        if (method == MEASURE_OWN && !method_value(k, method, &out, false, &strict)) ++*no_print;
        if (method_value(k, method, &out, true, &without)) {
            Fine rest = ratio_fine(&without);
            larger(k, &m->leave_one_out, moved_ppm(rest, value, value), i);
            for (u32 e = 0; e < 2; e++) {
                struct change at = { .moved = k->flags, .price = ends[e] };
                if (method_value(k, method, &at, true, &moved))
                    larger(k, &m->single, moved_ppm(ratio_fine(&moved), rest, value), i);
            }
        }
        k->flags[i] = 0;
    }
}

static bool together(struct measuring *k, u32 method, const struct ratio *base, i64 price,
                     enum move_side side)
{
    struct ratio to;
    struct change c = { .moved = k->flags, .price = price };
    ASSERT(price > 0);
    ASSERT(base->count > 0);
    return method_value(k, method, &c, true, &to) &&
           ratio_reached(base, &to, k->ask->delta_ppm, side);
}

/* All sets of `size` owners out of the first n of order[], until one does; false: none does, or the
 * tries ran out (*ended false). */
static bool any_of_size(struct measuring *k, u32 method, const struct ratio *base, i64 price,
                        enum move_side side, u32 size, u32 n, bool *ended)
{
    u32 pick[16];
    ASSERT(size > 0 && size <= ARRAY_LEN(pick));
    ASSERT(size <= n);
    *ended = true;
    for (u32 i = 0; i < size; i++) pick[i] = i;
    for (;;) {
        if (k->tries > k->ask->effort) {
            *ended = false;
            return false;
        }
        for (u32 i = 0; i < size; i++) k->flags[k->order[pick[i]]] = 1;
        bool does = together(k, method, base, price, side);
        for (u32 i = 0; i < size; i++) k->flags[k->order[pick[i]]] = 0;
        if (does) return true;
        u32 j = size; /* the next set in order */
        while (j && pick[j - 1] == n - size + j - 1) j--;
        if (!j) return false;
        pick[j - 1]++;
        for (u32 i = j; i < size; i++) pick[i] = pick[i - 1] + 1;
    }
}

/* All methods but a trimmed pool: there an owner far out is trimmed, and moves less than one
 * near. */
static bool rises(const struct measuring *k, u32 method)
{
    ASSERT(method < MEASURE_METHOD_COUNT);
    ASSERT(k->w.strict.estimator > 0);
    return method != MEASURE_OWN || k->w.strict.estimator != ESTIMATOR_TRAIL;
}

/* The largest owners one after the other until the value has moved: as many do it. Then every
 * smaller number, as far as the tries go. */
static void coalition_of(struct measuring *k, u32 method, const struct ratio *base, i64 price,
                         enum move_side side, struct coalition *out)
{
    u32 n = k->w.owners_n, found = 0;
    bool ended = true;
    ASSERT(n > 0);
    *out = (struct coalition){ .least = 1 };
    k->tries = 0;
    while (found < n && k->tries <= k->ask->effort) {
        k->flags[k->order[found++]] = 1;
        if (!together(k, method, base, price, side)) continue;
        out->found = found;
        break;
    }
    memset(k->flags, 0, n);
    u32 most = out->found ? out->found - 1 : k->tries <= k->ask->effort ? 0 : n;
    if (!out->found && !most) out->least = n + 1; /* not even all of them */
    for (u32 size = 1; size <= most && size <= 16 && ended; size++) {
        if (any_of_size(k, method, base, price, side, size, n, &ended)) out->found = size;
        else if (ended) out->least = size + 1;
        if (out->found == size) break;
    }
    if (!rises(k, method)) out->least = 1;
    name_to(k, k->order[0], &out->first);
    ASSERT(!out->found || out->least <= out->found);
}

/* ---- the whole ---- */

static bool cheaper(const struct cost *a, const struct cost *b)
{
    ASSERT(a->side == b->side);
    ASSERT(a->overpay >= 0 && b->overpay >= 0);
    if (a->kind < COST_EXACT || b->kind < COST_EXACT) return a->kind >= COST_EXACT;
    i64 x = a->overpay + a->fees, y = b->overpay + b->fees;
    return x != y ? x < y : a->names < b->names && !a->size;
}

static void measure_method(struct measuring *k, u32 method, u32 asked, struct measured *out)
{
    struct measured_method *m = &out->method[method];
    struct ratio base;
    struct change none = { 0 };
    ASSERT(method < MEASURE_METHOD_COUNT);
    ASSERT(out->price_low < out->price_high);
    if (!method_value(k, method, &none, false, &base) || base.sum.v <= 0) return;
    m->has = fine_round(base.sum, base.count, 6, &m->value);
    m->rises = rises(k, method);
    for (u32 s = 0; s < 2; s++) {
        enum move_side side = s ? MOVE_DOWN : MOVE_UP;
        i64 price = s ? out->price_low : out->price_high;
        cost_of_move(k, method, &base, 1, side, &m->one[s]);
        cost_of_move(k, method, &base, k->ask->names, side, &m->many[s]);
        if (cheaper(&m->one[s], &m->many[s])) m->many[s] = m->one[s]; /* many may act as one */
        if (!k->ask->cost_only) coalition_of(k, method, &base, price, side, &m->coalition[s]);
    }
    if (!k->ask->cost_only) influences(k, method, &base, asked, out, m, &out->without_print);
}

u64 index_measure_bytes(struct index *ix, const struct print *p)
{
    ASSERT(ix);
    ASSERT(p);
    return measuring_bytes(ix, p);
}

void index_measure(struct index *ix, const struct print *p, const struct measure_ask *ask,
                   void *memory, u64 bytes, struct measured *out)
{
    struct measuring k;
    ASSERT(ask->low_ppm < PPM && ask->high_ppm > PPM);
    ASSERT(out);
    *out = (struct measured){ 0 };
    if (!bytes || !measuring_open(&k, ix, p, ask, memory, bytes)) return;
    out->has = true, out->in_money = in_money(&k);
    out->owners = k.w.owners_n, out->records = k.w.seen_n;
    i64 value = k.w.unchanged.value;
    out->price_low = i64_max(1, (i64)div_round((i128)value * ask->low_ppm, PPM, ROUND_HALF_EVEN));
    out->price_high = (i64)div_round((i128)value * ask->high_ppm, PPM, ROUND_HALF_EVEN);
    u32 asked = owners_by_size(&k);
    ASSERT(asked > 0);
    ASSERT(out->price_low < value && value < out->price_high);
    out->all_owners = asked == k.w.owners_n;
    for (u32 method = ask->cost_only ? MEASURE_OWN : 0; method < MEASURE_METHOD_COUNT; method++)
        measure_method(&k, method, asked, out);
}

void index_wash(struct index *ix, const struct print *p, const struct measure_ask *ask,
                const struct wash_ask *wash, void *memory, u64 bytes, struct washed *out)
{
    struct measuring k;
    u32 n = 0;
    i128 volume = 0;
    ASSERT(wash->names > 0 && wash->names <= WHATIF_NAMES_MAX);
    ASSERT(wash->ratio_ppm > 0);
    *out = (struct washed){ 0 };
    if (!bytes || !measuring_open(&k, ix, p, ask, memory, bytes)) return;
    for (u32 i = 0; i < k.w.seen_n; i++) volume += k.w.seen[i].size;
    ASSERT(volume > 0);
    ASSERT(ix->m.partitions > 0);
    u32 parts = (u32)ix->m.partitions, all = parts * wash->names;
    if (all > k.placed_cap) return;
    i64 size = (i64)i64_max(1, (i64)(volume * wash->size_ppm / PPM / all));
    i64 price = (i64)div_round((i128)k.w.unchanged.value * wash->ratio_ppm, PPM, ROUND_HALF_EVEN);
    for (u32 part = 0; part < parts; part++)
        for (u32 name = 0; name < wash->names; name++)
            k.placed[n++] = (struct placed){ price, size, part, name };
    for (u32 method = 0; method < MEASURE_METHOD_COUNT; method++) {
        struct ratio base, with;
        struct change none = { 0 }, add = { .add = k.placed, .add_n = n };
        if (!method_value(&k, method, &none, false, &base)) continue;
        if (!method_value(&k, method, &add, false, &with)) continue;
        out->has[method] = true;
        out->ppm[method] = moved_ppm(ratio_fine(&with), ratio_fine(&base), ratio_fine(&base));
    }
}

bool measured_cost(const struct measured_method *m, i64 *cost, bool *bound)
{
    bool found = false;
    ASSERT(m);
    ASSERT(cost && bound);
    *bound = false;
    for (u32 s = 0; s < 2; s++) {
        const struct cost *c = &m->many[s];
        if (!m->has || c->kind == COST_UNREACHABLE) continue;
        *bound |= c->kind != COST_EXACT;
        if (c->kind == COST_NOT_FOUND) continue;
        i64 sum = c->overpay + c->fees;
        if (!found || sum < *cost) *cost = sum;
        found = true;
    }
    return found;
}
