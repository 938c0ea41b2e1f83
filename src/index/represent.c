#include "index/represent.h"
#include "index/work.h"

#define STRATA_ROW(...) RECORD_ROW(struct strata, __VA_ARGS__)
static const struct record_field strata_fields[] = { STRATA_FIELDS(STRATA_ROW) };
const struct record strata_record = {
    "strata",
    { 'H', 'D', 'G', 'S', 'T', 'R', 'A', '1' },
    strata_fields,
    ARRAY_LEN(strata_fields),
    sizeof(struct strata),
};

/* The row of this name; rows_n: none. */
static u32 row_of(const struct strata *s, const char *id)
{
    u32 n = (u32)s->rows_n;
    ASSERT(n <= STRATA_MAX);
    ASSERT(id);
    for (u32 i = 0; i < n; i++)
        if (str_eq(str_of(s->rows[i].id), str_of(id))) return i;
    return n;
}

static u32 parent_of(const struct strata *s, u32 i)
{
    ASSERT(i < (u32)s->rows_n);
    ASSERT(s->rows_n <= (i64)STRATA_MAX);
    return s->rows[i].parent[0] ? row_of(s, s->rows[i].parent) : (u32)s->rows_n;
}

static bool is_leaf(const struct strata *s, u32 i)
{
    ASSERT(i < (u32)s->rows_n);
    ASSERT(s->rows_n <= (i64)STRATA_MAX);
    for (u32 k = i + 1; k < (u32)s->rows_n; k++) /* a parent stands before its strata */
        if (parent_of(s, k) == i) return false;
    return true;
}

bool strata_of_methodology(const struct methodology *m, struct strata *out)
{
    ASSERT(m->strata_n <= (i64)STRATA_MAX);
    ASSERT(out);
    *out = (struct strata){ .name = "of the methodology", .version = m->version,
                            .from = m->effective_from, .to = DATE_MAX.days, .n_min = 5,
                            .evidence = "the methodology's own", .rows_n = m->strata_n };
    memcpy(out->rows, m->strata, sizeof out->rows);
    return m->strata_n > 0;
}

const char *strata_file_fault(const struct strata *s, u32 *row)
{
    i64 sum = 0;
    u32 n = (u32)s->rows_n;
    ASSERT(n <= STRATA_MAX);
    ASSERT(row);
    for (*row = 0; *row < n; ++*row) {
        u32 i = *row;
        sum += s->rows[i].weight_ppm;
        if (row_of(s, s->rows[i].id) != i) return "two strata of this name";
        if (s->rows[i].parent[0] && parent_of(s, i) >= i)
            return "a parent stands before its strata";
        if (!is_leaf(s, i) && s->rows[i].weight_ppm) return "a parent has no weight of its own";
    }
    if (!n) return "no strata";
    if (sum != PPM) return "the weights of the leaves must add up to 1000000";
    if (s->to < s->from || s->to - s->from > 92) return "frozen for a quarter: at most 93 days";
    return NULL;
}

u32 tvd_ppm(const i64 *sample, const i64 *target_ppm, u32 n, i64 outside)
{
    i128 all = outside, off = (i128)outside * PPM;
    ASSERT(outside >= 0);
    ASSERT(n <= STRATA_MAX);
    for (u32 i = 0; i < n; i++) all += sample[i];
    for (u32 i = 0; i < n; i++) {
        i128 d = (i128)sample[i] * PPM - target_ppm[i] * all;
        off += d < 0 ? -d : d;
    }
    return all ? (u32)div_round(off, 2 * all, ROUND_HALF_EVEN) : (u32)PPM;
}

u32 coverage_ppm(const u32 *n_seen, const i64 *target_ppm, u32 n, u32 n_min)
{
    i64 sum = 0;
    ASSERT(n <= STRATA_MAX);
    for (u32 i = 0; i < n; i++)
        if (n_seen[i] >= n_min) sum += target_ppm[i];
    ASSERT(sum >= 0 && sum <= PPM);
    return (u32)sum;
}

bool post_stratified(const i64 *value, const i64 *target_ppm, const u32 *parent, u32 n, u32 *used,
                     i64 *out)
{
    i128 sum = 0, share = 0;
    ASSERT(n <= STRATA_MAX);
    ASSERT(used && out);
    for (u32 i = 0; i < n; i++) {
        u32 up = i;
        while (up < n && !value[up]) up = parent[up];
        used[i] = up;
        if (!target_ppm[i]) continue;
        if (up >= n) return false;
        sum += (i128)value[up] * target_ppm[i], share += target_ppm[i];
    }
    return share > 0 && i64_of(div_round(sum, share, ROUND_HALF_EVEN), out);
}

u32 kish_wide_milli(const i64 *weight, u32 n, i64 *scratch)
{
    i64 most = 0, by = 1;
    ASSERT(weight || !n);
    for (u32 i = 0; i < n; i++) most = i64_max(most, weight[i]);
    while (most / by >= INT32_MAX / 1024) by *= 2; /* shares below a two-millionth do not count */
    for (u32 i = 0; i < n; i++) scratch[i] = weight[i] / by;
    ASSERT(by >= 1);
    return kish_n_eff_milli(scratch, n);
}

/* ---- over a print ---- */

static bool region_is(const char *want, Str z)
{
    Str w = str_of(want);
    ASSERT(w.n > 0);
    ASSERT(z.at);
    if (str_is(w, "any") || str_eq(w, z)) return true;
    return z.n > w.n && z.at[w.n] == '/' && str_eq((Str){ z.at, w.n }, w);
}

/* The first leaf that fits. */
static u32 stratum_of(const struct index *ix, const struct strata *s, const struct observation *o)
{
    Str region = names_text(&ix->log->names, o->region);
    ASSERT(s->rows_n <= (i64)STRATA_MAX);
    ASSERT(o->channel);
    for (u32 i = 0; i < (u32)s->rows_n; i++) {
        const struct stratum *h = &s->rows[i];
        bool channel = h->channel <= 0 || h->channel == o->channel; /* null: any */
        if (channel && region_is(h->region, region) && is_leaf(s, i)) return i;
    }
    return STRATA_MAX;
}

static bool within(const struct strata *s, u32 leaf, u32 node)
{
    ASSERT(node < (u32)s->rows_n);
    ASSERT(leaf <= STRATA_MAX);
    for (u32 i = leaf; i < (u32)s->rows_n; i = parent_of(s, i))
        if (i == node) return true;
    return false;
}

/* A node's weighted median: of its own records, or of those of its leaves. */
static void stratum_value(struct index *ix, const struct strata *s, u32 keys, u32 h,
                          const u32 *stratum, struct stratum_seen *out)
{
    Fine f;
    u32 n = 0;
    ASSERT(h < STRATA_MAX);
    ASSERT(keys <= ix->caps.records);
    for (u32 k = 0; k < keys; k++) {
        if (!within(s, stratum[k], h)) continue;
        i64 w = (i64)ix->keys[k].lo;
        ix->points[n++] = (struct point){ ix->items[ix->keys[k].i].price, 1, w, k };
        out->n++, out->weight += w;
    }
    points_sort(ix->points, n, ix->points_scratch);
    if (!n || !weighted_median(ix->points, n, TIE_MID, &f)) return;
    if (!fine_round(f, 1, 6, &out->value)) out->value = 0;
}

static void summarise(const struct strata *s, const struct print *p, struct represented *out)
{
    i64 sample[STRATA_MAX] = { 0 }, target[STRATA_MAX] = { 0 }, value[STRATA_MAX] = { 0 };
    u32 seen[STRATA_MAX] = { 0 }, parent[STRATA_MAX] = { 0 }, used[STRATA_MAX];
    u32 n = (u32)s->rows_n;
    ASSERT(n <= STRATA_MAX);
    for (u32 i = 0; i < n; i++) {
        sample[i] = is_leaf(s, i) ? out->at[i].weight : 0;
        seen[i] = out->at[i].n, value[i] = out->at[i].value;
        target[i] = s->rows[i].weight_ppm, parent[i] = parent_of(s, i);
    }
    out->tvd_ppm = tvd_ppm(sample, target, n, out->outside_weight);
    out->coverage_ppm = coverage_ppm(seen, target, n, (u32)s->n_min);
    if (!post_stratified(value, target, parent, n, used, &out->post_value)) out->post_value = 0;
    for (u32 i = 0; i < n; i++) {
        u32 up = i;
        while (up < n && !value[up]) up = parent[up];
        out->at[i].used = up < n ? up : STRATA_MAX;
        out->collapsed += up != i && target[i];
    }
    i64 twice = p->dropped[REASON_CHANNEL], all = twice + p->observations;
    if (all) out->double_ppm = (u32)div_round((i128)twice * PPM, all, ROUND_HALF_EVEN);
    ASSERT(out->coverage_ppm <= PPM);
}

void index_represent(struct index *ix, const struct print *p, const struct strata *s,
                     struct represented *out)
{
    u32 *stratum = ix->slot_ppm; /* scratch of the series, as are points and slot_weight */
    ASSERT(s->rows_n <= (i64)STRATA_MAX);
    *out = (struct represented){ .strata_n = (u32)s->rows_n };
    out->frozen = p->value_date.days >= s->from && p->value_date.days <= s->to;
    if (p->level != LEVEL_L1 && p->level != LEVEL_L2) return;
    i64 window = (i64)p->window_hours * 3600 * NS_PER_SECOND;
    u32 keys = estimate_inputs(ix, window, p->level == LEVEL_L2);
    for (u32 k = 0; k < keys; k++) {
        stratum[k] = stratum_of(ix, s, item_obs(ix, &ix->items[ix->keys[k].i]));
        ix->slot_weight[k] = (i64)ix->keys[k].lo;
        out->weight += (i64)ix->keys[k].lo;
        if (stratum[k] != STRATA_MAX) continue;
        out->outside++, out->outside_weight += (i64)ix->keys[k].lo;
    }
    for (u32 h = 0; h < out->strata_n; h++) stratum_value(ix, s, keys, h, stratum, &out->at[h]);
    out->kish_milli = kish_wide_milli(ix->slot_weight, keys, (i64 *)(void *)ix->points);
    out->has = keys > 0;
    if (out->has) summarise(s, p, out);
    ASSERT(out->outside_weight <= out->weight);
}

void index_inputs(struct index *ix, const struct print *p,
                  void (*put)(void *to, const struct input_seen *seen), void *to)
{
    ASSERT(put);
    ASSERT(ix->window_end > 0);
    if (p->level != LEVEL_L1 && p->level != LEVEL_L2) return;
    i64 window = (i64)p->window_hours * 3600 * NS_PER_SECOND;
    u32 keys = estimate_inputs(ix, window, p->level == LEVEL_L2);
    for (u32 k = 0; k < keys; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        struct input_seen s = { item_obs(ix, it), it->price, (i64)ix->keys[k].lo, { { 0 } } };
        s.owner = ix->log->names.at[(it->owner & ~UNKNOWN_OWNER) - 1];
        put(to, &s);
    }
}
