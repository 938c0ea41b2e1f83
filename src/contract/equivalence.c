#include "contract/equivalence.h"

static const char *const names[] = {
#define AS_NAME(NAME, text) text,
    NORMAL_ROWS(AS_NAME)
};

const char *normal_name(u32 row)
{
    ASSERT(row < NORMAL_COUNT);
    return names[row];
}

/* The n-th part of "HDG-H100-OD-US": geography is the last, the variant what stands between. */
static void put_parts(struct text *t, const char *id, bool last)
{
    u32 first = 0, end = (u32)strlen(id), dash = end;
    ASSERT(end > 0);
    while (dash > 0 && id[dash - 1] != '-') dash--;
    if (dash == 0) {
        text_put(t, last ? "not stated" : id);
        return;
    }
    while (id[first] != '-') first++;
    if (last) text_put(t, id + dash);
    else if (first + 1 >= dash) text_put(t, id);
    else text_put_str(t, (Str){ id + first + 1, dash - first - 2 });
}

static void put_word(struct text *t, const struct words *w, i64 v)
{
    ASSERT(w);
    text_put(t, v ? words_text(w, v) : "none");
}

static void put_hours(struct text *t, const struct spec *s)
{
    ASSERT(s->lot_units_milli >= 0);
    ASSERT(s->lot_rule > 0);
    if (s->lot_rule == SPEC_LOT_HOURS_IN_PERIOD) {
        text_put(t, "hours in the period");
        return;
    }
    text_put_dec_short(t, s->lot_units_milli, 3, 0);
    text_put_char(t, ' ');
    put_word(t, &spec_words_SPEC_UNIT, s->unit);
}

static void put_set(struct text *t, const struct spec *s)
{
    ASSERT(s->calendar_id[0]);
    ASSERT(s->fsp_set > 0);
    put_word(t, &spec_words_SPEC_SET, s->fsp_set);
    text_put_char(t, ' ');
    put_word(t, &spec_words_SPEC_NONPUB, s->fsp_nonpub);
    if (s->fsp_carry_max) text_put_char(t, ' '), text_put_i64(t, s->fsp_carry_max);
    text_put(t, ", calendar ");
    text_put(t, s->calendar_id);
}

static void put_vintage(struct text *t, const struct spec *s)
{
    ASSERT(s->vintage_ppm >= 0);
    ASSERT(s->vintage_rule > 0);
    put_word(t, &spec_words_SPEC_VINTAGE, s->vintage_rule);
    if (s->vintage_ppm) text_put_char(t, ' '), text_put_i64(t, s->vintage_ppm);
    if (!s->vintage_before) return;
    text_put(t, " before ");
    text_put_i64(t, s->vintage_before);
    text_put(t, " s of day +");
    text_put_i64(t, s->vintage_days);
}

static void put_funding(struct text *t, const struct spec *s)
{
    ASSERT(s->funding_cap_ppm >= 0);
    ASSERT(s->funding_interval_s >= 0);
    if (!s->has_perp) {
        text_put(t, "none");
        return;
    }
    text_put_i64(t, s->funding_interval_s);
    text_put(t, " s, cap ");
    text_put_i64(t, s->funding_cap_ppm);
    text_put(t, " ppm");
}

static void put_rounding(struct text *t, const struct spec *s)
{
    ASSERT(s->fsp_digits >= 0);
    ASSERT(s->fsp_round > 0);
    text_put_i64(t, s->fsp_digits);
    text_put(t, " digits ");
    put_word(t, &spec_words_SPEC_ROUND, s->fsp_round);
}

void normal_text(const struct spec *s, u32 row, struct text *t)
{
    ASSERT(row < NORMAL_COUNT);
    ASSERT(s->underlying_id[0]);
    switch (row) {
    case NORMAL_INDEX: text_put(t, s->underlying_id); break;
    case NORMAL_GEOGRAPHY: put_parts(t, s->underlying_id, true); break;
    case NORMAL_VARIANT: put_parts(t, s->underlying_id, false); break;
    case NORMAL_SET: put_set(t, s); break;
    case NORMAL_HOURS: put_hours(t, s); break;
    case NORMAL_FIXING: put_word(t, &spec_words_SPEC_FSP, s->fsp_rule); break;
    case NORMAL_LAST_TRADE: put_word(t, &spec_words_SPEC_LAST_TRADE, s->last_trade_rule); break;
    case NORMAL_VINTAGE: put_vintage(t, s); break;
    case NORMAL_ROUNDING: put_rounding(t, s); break;
    case NORMAL_CURRENCY: text_put(t, s->settle_ccy); break;
    case NORMAL_FUNDING: put_funding(t, s); break;
    case NORMAL_FALLBACK:
        text_put(t, s->fallback_index[0] ? s->fallback_index : "none");
        text_put(t, " x ");
        text_put_dec_short(t, s->fallback_factor_ppm, 6, 0);
        break;
    case NORMAL_VENUE: text_put(t, s->as_seen ? "reconstruction" : "Hedgerow"); break;
    default: UNREACHABLE("a row of the table");
    }
}

bool normal_differs(const struct spec *a, const struct spec *b, u32 row)
{
    char left[160], right[160];
    struct text l = text_on(left, sizeof left), r = text_on(right, sizeof right);
    normal_text(a, row, &l);
    normal_text(b, row, &r);
    ASSERT(!l.cut);
    ASSERT(!r.cut);
    return !str_eq(str_of(left), str_of(right));
}

/* sum a / na - sum b / nb, rounded once */
static i64 mean_difference(i128 a, u32 na, i128 b, u32 nb)
{
    ASSERT(na > 0);
    ASSERT(nb > 0);
    return (i64)div_round(a * nb - b * na, (i128)na * nb, ROUND_HALF_EVEN);
}

i64 set_residual(const i64 *daily, const u8 *in_a, const u8 *in_b, u32 n)
{
    i128 a = 0, b = 0;
    u32 na = 0, nb = 0;
    for (u32 i = 0; i < n; i++) {
        ASSERT(in_a[i] <= 1);
        ASSERT(in_b[i] <= 1);
        if (in_a[i]) a += daily[i], na++;
        if (in_b[i]) b += daily[i], nb++;
    }
    return mean_difference(a, na, b, nb);
}

struct band no_arb_band(i64 f1, i64 f2, i64 alpha, i64 beta_ppm, const i64 *costs, u32 n)
{
    struct band out = { 0, 0, false };
    i64 fair = alpha + (i64)div_round((i128)beta_ppm * f2, PPM, ROUND_HALF_EVEN);
    for (u32 i = 0; i < n; i++) {
        ASSERT(costs[i] >= 0);
        out.band += costs[i];
    }
    out.gap = f1 > fair ? f1 - fair : fair - f1;
    out.alarm = out.gap > out.band;
    ASSERT(out.gap >= 0);
    return out;
}

i64 ladder_mean(const i64 *strikes, const i64 *prob_ppm, u32 n)
{
    i128 sum[LADDER_MAX], area = 0; /* of a pool; area in micros x 2e12 */
    i64 p[LADDER_MAX];              /* 1e-12 */
    u32 size[LADDER_MAX], pools = 0, at = 0;
    ASSERT(n >= 2);
    ASSERT(n <= LADDER_MAX);
    for (u32 i = 0; i < n; i++) {
        sum[pools] = prob_ppm[i], size[pools] = 1, pools++;
        while (pools > 1 && sum[pools - 2] * size[pools - 1] < sum[pools - 1] * size[pools - 2]) {
            sum[pools - 2] += sum[pools - 1], size[pools - 2] += size[pools - 1];
            pools--;
        }
    }
    for (u32 k = 0; k < pools; k++)
        for (u32 i = 0; i < size[k]; i++)
            p[at++] = (i64)div_round(sum[k] * PPM, size[k], ROUND_HALF_EVEN);
    ASSERT(at == n);
    for (u32 i = 0; i + 1 < n; i++) {
        ASSERT(strikes[i] < strikes[i + 1]);
        area += (i128)(strikes[i + 1] - strikes[i]) * (p[i] + p[i + 1]);
    }
    return strikes[0] + (i64)div_round(area, (i128)2 * PPM * PPM, ROUND_HALF_EVEN);
}

bool perp_funding(i64 mark, i64 index, i64 cap_ppm, i64 units_milli, i64 lots, i64 num, i64 den,
                  Money *out)
{
    i64 cap, gap, lot;
    ASSERT(den > 0);
    ASSERT(cap_ppm >= 0);
    if (__builtin_sub_overflow(mark, index, &gap)) return false;
    if (!mul_div(index < 0 ? -index : index, cap_ppm, PPM, ROUND_ZERO, &cap)) return false;
    gap = i64_max(-cap, i64_min(cap, gap));
    if (!i64_of(div_round((i128)gap * units_milli * num, (i128)1000 * den, ROUND_HALF_EVEN), &lot))
        return false;
    return !__builtin_mul_overflow(lot, lots, &out->micros);
}

bool index_basis(const i64 *a, const u8 *have_a, const i64 *b, const u8 *have_b, u32 n, u32 pairing,
                 i64 *out)
{
    i128 sa = 0, sb = 0;
    u32 na = 0, nb = 0;
    ASSERT(pairing == SPEC_PAIRING_OWN || pairing == SPEC_PAIRING_COMMON);
    for (u32 i = 0; i < n; i++) {
        bool both = have_a[i] && have_b[i], own = pairing == SPEC_PAIRING_OWN;
        if (both || (own && have_a[i])) sa += a[i], na++;
        if (both || (own && have_b[i])) sb += b[i], nb++;
    }
    if (na == 0 || nb == 0) return false;
    *out = mean_difference(sa, na, sb, nb);
    ASSERT(na <= n);
    return true;
}
