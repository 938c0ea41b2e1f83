#include "index/token_method.h"

#define AS_TEXT(LIST, NAME, text) text,
#define WORDS_OF(LIST) \
    static const char *const LIST##_array[] = { "-", LIST##_LIST(AS_TEXT) }; \
    const struct words bench_words_##LIST = { #LIST, LIST##_array, ARRAY_LEN(LIST##_array) };
WORDS_OF(METHOD_KIND)
WORDS_OF(TOKEN_HOSTS)
WORDS_OF(CAP_BASIS)

#define SLOT_ROW(...) RECORD_ROW(struct token_slot, __VA_ARGS__)
#define SHARE_ROW(...) RECORD_ROW(struct token_share, __VA_ARGS__)
#define KAPPA_ROW(...) RECORD_ROW(struct token_kappa, __VA_ARGS__)
#define USAGE_ROW(...) RECORD_ROW(struct token_usage, __VA_ARGS__)
#define METHOD_ROW(...) RECORD_ROW(struct token_method, __VA_ARGS__)
static const struct record_field slot_fields[] = { TOKEN_SLOT_FIELDS(SLOT_ROW) };
static const struct record_field share_fields[] = { TOKEN_SHARE_FIELDS(SHARE_ROW) };
static const struct record_field kappa_fields[] = { TOKEN_KAPPA_FIELDS(KAPPA_ROW) };
static const struct record_field usage_fields[] = { TOKEN_USAGE_FIELDS(USAGE_ROW) };
#define PART_OF(name, fields, S) { name, { 0 }, fields, ARRAY_LEN(fields), sizeof(struct S) }
const struct record token_slot_record = PART_OF("slot", slot_fields, token_slot);
const struct record token_share_record = PART_OF("share", share_fields, token_share);
const struct record token_kappa_record = PART_OF("kappa", kappa_fields, token_kappa);
const struct record token_usage_record = PART_OF("usage", usage_fields, token_usage);
static const struct record_field method_fields[] = { TOKEN_METHOD_FIELDS(METHOD_ROW) };
const struct record token_method_record = {
    "token methodology",
    { 'H', 'D', 'G', 'T', 'O', 'K', 'M', '1' },
    method_fields,
    ARRAY_LEN(method_fields),
    sizeof(struct token_method),
};
#define TOKEN_AT(member) RECORD_AT(&token_method_record, struct token_method, member)

u32 token_slot_of(const struct token_method *m, const char *name)
{
    ASSERT(m->slots_n <= (i64)TOKEN_SLOTS_MAX);
    ASSERT(name);
    for (u32 i = 0; i < (u32)m->slots_n; i++)
        if (str_is(str_of(m->slots[i].slot), name)) return i;
    return UINT32_MAX;
}

Date token_rebalance_on(const struct token_method *m, Date d)
{
    Date best = { 0 };
    ASSERT(m->shares_n <= (i64)TOKEN_SHARES_MAX);
    ASSERT(d.days > 0);
    for (i64 i = 0; i < m->shares_n; i++)
        if (m->shares[i].from <= d.days && m->shares[i].from > best.days)
            best.days = (i32)m->shares[i].from;
    return best;
}

i64 token_kappa_on(const struct token_method *m, const char *model, Date d)
{
    i64 from = 0, kappa = m->kappa_ref;
    ASSERT(m->kappas_n <= (i64)TOKEN_KAPPAS_MAX);
    ASSERT(model);
    for (i64 i = 0; i < m->kappas_n; i++) {
        const struct token_kappa *k = &m->kappas[i];
        if (k->from > d.days || k->from < from || !str_is(str_of(k->model), model)) continue;
        from = k->from, kappa = k->kappa;
    }
    return kappa;
}

/* "-2024-08-06" or "-20240806". */
static bool dated(Str s)
{
    bool dashes = s.n == 11;
    ASSERT(s.at || !s.n);
    if (!dashes && s.n != 9) return false;
    for (u32 i = 0; i < s.n; i++) {
        bool dash = i == 0 || (dashes && (i == 5 || i == 8));
        if (dash ? s.at[i] != '-' : s.at[i] < '0' || s.at[i] > '9') return false;
    }
    ASSERT(s.n >= 9);
    return true;
}

static bool is_variant(const struct token_method *m, Str rest)
{
    ASSERT(m->variants_n <= (i64)TOKEN_VARIANTS_MAX);
    ASSERT(rest.n > 0);
    for (i64 i = 0; i < m->variants_n; i++) {
        Str v = str_of(m->variants[i]);
        if (str_eq(rest, v)) return true;
        bool ends = rest.n > v.n && memcmp(rest.at + rest.n - v.n, v.at, v.n) == 0;
        if (m->exclude_dated && ends && dated((Str){ rest.at, rest.n - v.n })) return true;
    }
    return m->exclude_dated && dated(rest);
}

u32 token_belongs(const struct token_method *m, Str id, const char *model)
{
    Str base = str_of(model);
    ASSERT(base.n > 0);
    ASSERT(id.at || !id.n);
    if (id.n < base.n || memcmp(id.at, base.at, base.n) != 0) return 0;
    if (id.n == base.n) return 1;
    return is_variant(m, (Str){ id.at + base.n, id.n - base.n }) ? 2 : 0;
}

/* ---- what a table can not say ---- */

static const char *variant_fault(const struct token_method *m)
{
    ASSERT(m->variants_n >= 0);
    ASSERT(m->variants_n <= (i64)TOKEN_VARIANTS_MAX);
    for (i64 i = 0; i < m->variants_n; i++)
        if (!name_valid(str_of(m->variants[i]))) return "an ending is not one word";
    return NULL;
}

/* A slot may not stand for what the same file excludes. */
static bool names_variant(const struct token_method *m, const char *model)
{
    Str s = str_of(model);
    ASSERT(s.n < 32);
    ASSERT(s.n > 0);
    for (u32 n = 1; n < s.n; n++)
        if (is_variant(m, (Str){ s.at + n, s.n - n })) return true;
    return false;
}

static const char *successor_fault(const struct token_method *m, const struct token_slot *s)
{
    bool some = s->successor_from || s->factor_ppm || s->overlap_days;
    ASSERT(s->slot[0]);
    ASSERT(m->overlap_days_min >= 30);
    if (!s->successor[0])
        return some ? "successor_from, factor_ppm, overlap_days: no successor" : NULL;
    if (!s->successor_from) return "a successor needs successor_from";
    if (!s->factor_ppm) return "a successor needs factor_ppm, old price over new";
    if (s->overlap_days < m->overlap_days_min)
        return "fewer days of overlap than retirement.overlap_days";
    if (str_is(str_of(s->successor), s->model)) return "succeeds itself";
    return names_variant(m, s->successor) ? "the successor is an excluded variant" : NULL;
}

static const char *slots_fault(const struct token_method *m)
{
    ASSERT(m->slots_n <= (i64)TOKEN_SLOTS_MAX);
    ASSERT(m->slots_n >= 0);
    if (!m->slots_n) return "no slot";
    for (u32 i = 0; i < (u32)m->slots_n; i++) {
        const struct token_slot *s = &m->slots[i];
        if (!name_valid(str_of(s->slot)) || !name_valid(str_of(s->model)) ||
            !name_valid(str_of(s->maker)))
            return "slot, model or maker is not one word";
        if (token_slot_of(m, s->slot) != i) return "the same slot twice";
        if (names_variant(m, s->model)) return "the model of a slot is an excluded variant";
        const char *bad = successor_fault(m, s);
        if (bad) return bad;
    }
    return NULL;
}

/* Of the rebalance at row i: how many slots pass the gate. */
static u32 passing(const struct token_method *m, i64 from)
{
    u32 n = 0;
    ASSERT(from > 0);
    ASSERT(m->shares_n <= (i64)TOKEN_SHARES_MAX);
    for (i64 i = 0; i < m->shares_n; i++)
        n += m->shares[i].from == from &&
             (!m->has_gate || m->shares[i].score_milli >= m->gate_milli);
    return n;
}

static const char *shares_fault(const struct token_method *m)
{
    ASSERT(m->shares_n <= (i64)TOKEN_SHARES_MAX);
    ASSERT(m->cap_ppm > 0);
    if (!m->shares_n) return "no basket";
    if (m->shares[0].from != m->effective_from)
        return "the first basket is not from effective_from";
    for (i64 i = 0, first = 0; i < m->shares_n; i++) {
        const struct token_share *s = &m->shares[i];
        if (s->from < m->shares[first].from) return "dates must rise";
        if (s->from > m->shares[first].from) first = i;
        if (token_slot_of(m, s->slot) == UINT32_MAX) return "names no slot";
        for (i64 k = first; k < i; k++)
            if (str_is(str_of(m->shares[k].slot), s->slot))
                return "the same slot twice in a basket";
        if (i - first >= (i64)TOKEN_SLOTS_MAX) return "too many slots in a basket";
        i64 sum = 0;
        for (i64 k = first; k < m->shares_n && m->shares[k].from == s->from; k++)
            sum += m->shares[k].quantity_ppm;
        if (sum != PPM) return "the quantities of a basket do not sum to 1000000";
        if (passing(m, s->from) < m->need_slots)
            return "fewer slots pass the gate than sufficiency.slots";
        if (passing(m, s->from) * m->cap_ppm < PPM)
            return "CAP_INFEASIBLE: slots that pass the gate x slot_cap.ppm is below 1000000";
    }
    return NULL;
}

static const char *kappas_fault(const struct token_method *m)
{
    ASSERT(m->kappas_n <= (i64)TOKEN_KAPPAS_MAX);
    ASSERT(m->kappas_n >= 0);
    if (m->kappas_n && !m->has_tokenizer) return "without tokenizer.kappa_ref";
    for (i64 i = 0; i < m->kappas_n; i++)
        for (i64 k = 0; k < i; k++)
            if (m->kappas[i].from == m->kappas[k].from &&
                str_is(str_of(m->kappas[i].model), m->kappas[k].model))
                return "the same model twice from one day";
    return NULL;
}

static const char *usage_fault(const struct token_method *m)
{
    ASSERT(m->usage_n <= (i64)TOKEN_USAGE_MAX);
    ASSERT(m->usage_n >= 0);
    for (i64 i = 0; i < m->usage_n; i++) {
        if (token_slot_of(m, m->usage[i].slot) == UINT32_MAX) return "names no slot";
        if (i && m->usage[i].from < m->usage[i - 1].from) return "dates must rise";
    }
    return NULL;
}

static const char *kinds_fault(const struct token_method *m)
{
    i64 prices = INT64_C(1) << OBS_KIND_LIST | INT64_C(1) << OBS_KIND_QUOTE;
    ASSERT(m->label > BENCH_LABEL_NONE);
    ASSERT(m->kinds >= 0);
    if (m->label == BENCH_LABEL_TRADED) return "token prices are posted, or made up";
    if (!m->kinds || m->kinds & ~prices) return "a token basket takes list and quote";
    return NULL;
}

static const char *channels_fault(const struct token_method *m)
{
    ASSERT(m->channels >= 0);
    ASSERT(CHANNEL_COUNT < 63);
    if (!m->channels) return "no channel";
    if (m->hosts == TOKEN_HOSTS_MAKER) return NULL; /* one price a model: nothing counts twice */
    return m->channels >> CHANNEL_AGGREGATOR & 1 ? "an aggregator is no host" : NULL;
}

static const char *marginal_fault(const struct token_method *m)
{
    bool fine = m->gpu_hour > 0 && m->gpu_hour <= TOKEN_PRICE_MAX;
    ASSERT(m->has_marginal >= 0);
    ASSERT(m->has_marginal <= 1);
    return fine || !m->has_marginal ? NULL : "out of range";
}

u32 token_method_fault(const struct token_method *m, const char **cause)
{
    ASSERT(m);
    ASSERT(cause);
    const struct { u32 field; const char *cause; } rows[] = {
        { TOKEN_AT(kind), m->kind == METHOD_KIND_TOKEN_BASKET ? NULL : "is not token_basket" },
        { TOKEN_AT(index), name_valid(str_of(m->index)) ? NULL : "not one word" },
        { TOKEN_AT(effective_from), m->effective_from > 0 ? NULL : "missing" },
        { TOKEN_AT(base), m->base > 0 && m->base <= INT64_C(1000000000000) ? NULL : "not above 0" },
        { TOKEN_AT(kinds), kinds_fault(m) },
        { TOKEN_AT(channels), channels_fault(m) },
        { TOKEN_AT(variants), variant_fault(m) },
        { TOKEN_AT(w_output_ppm), m->w_input_ppm + m->w_cached_ppm + m->w_output_ppm == PPM
                                      ? NULL
                                      : "the blend does not sum to 1000000" },
        { TOKEN_AT(gpu_hour), marginal_fault(m) },
        { TOKEN_AT(slots), slots_fault(m) },
        { TOKEN_AT(shares), shares_fault(m) },
        { TOKEN_AT(kappas), kappas_fault(m) },
        { TOKEN_AT(usage), usage_fault(m) },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        if (!rows[i].cause) continue;
        *cause = rows[i].cause;
        return rows[i].field;
    }
    return token_method_record.fields;
}

bool token_method_decode(const u8 *from, u32 n, struct token_method *out)
{
    const char *cause;
    ASSERT(from || !n);
    ASSERT(out);
    return record_decode(&token_method_record, from, n, out) &&
           token_method_fault(out, &cause) == token_method_record.fields;
}
