#include "index/methodology.h"

#define METHOD_AT(member) RECORD_AT(&methodology_record, struct methodology, member)
#define HAS_BIT(mask, value) (((mask) >> (value)) & 1)

static bool percentiles_ours(const struct methodology *m)
{
    static const i64 want[] = { 1, 25, 50, 75, 99 };
    ASSERT(m->percentiles_n >= 0);
    ASSERT(m->percentiles_n <= METHOD_LIST_MAX);
    if (m->percentiles_n != (i64)ARRAY_LEN(want)) return false;
    for (u32 i = 0; i < ARRAY_LEN(want); i++)
        if (m->percentiles[i] != want[i]) return false;
    return true;
}

static bool widening_rises(const struct methodology *m)
{
    ASSERT(m->partitions > 0);
    ASSERT(m->widen_hours_n <= METHOD_LIST_MAX);
    if (m->has_l2 && m->widen_hours_n < 1) return false;
    for (i64 i = 0; m->has_l2 && i < m->widen_hours_n; i++) {
        i64 before = i ? m->widen_hours[i - 1] : m->window_hours;
        if (m->widen_hours[i] <= before || m->widen_hours[i] > METHOD_HOURS_MAX) return false;
        if (m->widen_hours[i] * 3600 % m->partitions) return false;
    }
    return true;
}

/* "any" stands alone, and only where the inputs are posted prices. */
static const char *form_fault(const struct methodology *m)
{
    ASSERT(m->label > BENCH_LABEL_NONE);
    ASSERT(m->form >= 0);
    if (!m->form) return "no form";
    if (HAS_BIT(m->form, FORM_RULE_UNKNOWN)) return "UNKNOWN is never eligible; say any";
    if (!HAS_BIT(m->form, FORM_RULE_ANY)) return NULL;
    if (m->form != INT64_C(1) << FORM_RULE_ANY) return "any stands alone";
    return m->label == BENCH_LABEL_POSTED ? NULL : "any form only in a posted index";
}

/* Published prices enter no level of a traded index; no aggregator enters any (section 4). */
static const char *kinds_fault(const struct methodology *m)
{
    ASSERT(m->label > BENCH_LABEL_NONE);
    ASSERT(m->kinds >= 0);
    if (!m->kinds) return "no kind";
    if (HAS_BIT(m->kinds, OBS_KIND_PANEL)) return "a panel is no input of L1";
    if (m->label == BENCH_LABEL_POSTED)
        return HAS_BIT(m->kinds, OBS_KIND_TRADE) ? "a posted index takes list and quote" : NULL;
    return m->kinds == INT64_C(1) << OBS_KIND_TRADE ? NULL : "an index of trades takes trade only";
}

static const char *regions_fault(const struct methodology *m)
{
    ASSERT(m->regions_n <= METHOD_LIST_MAX);
    if (m->regions_n < 1) return "no region";
    for (i64 i = 0; i < m->regions_n; i++) {
        bool any = str_is(str_of(m->regions[i]), "any");
        if (any && m->regions_n > 1) return "any stands alone";
        if (!m->regions[i][0]) return "an empty region";
    }
    return NULL;
}

/* Whose parameter a field is: it must stand for one estimator and for no other. 0 is "left out". */
struct parameter { u32 field, estimator; i64 given; const char *wanted, *stray; };

static u32 parameter_fault(const struct methodology *m, const char **cause)
{
#define PARAMETER(member, of, OF) PARAMETER_IF(member, m->member, of, OF)
#define PARAMETER_IF(member, given, of, OF) \
    { \
        METHOD_AT(member), ESTIMATOR_##OF, given, of " needs it", "belongs to " of \
    }
    const struct parameter rows[] = {
        PARAMETER(alpha_ppm, "winsor", WINSOR),
        PARAMETER_IF(entities, m->entities_n, "provmean", PROVMEAN),
        PARAMETER(band_parts, "iqm", IQM),
        PARAMETER(k_milli, "trail", TRAIL),
        PARAMETER(n_min, "trail", TRAIL),
        PARAMETER(limit_ppm, "cap2med", CAP2MED),
        PARAMETER(usage_days, "usage", USAGE),
    };
    const struct parameter optional[] = {
        PARAMETER(within, "provmean", PROVMEAN),
        PARAMETER(weight_floor_ppm, "iqm", IQM),
        PARAMETER(min_owners_partition, "pvwm", PVWM),
        PARAMETER(merge, "pvwm", PVWM),
    };
#undef PARAMETER
#undef PARAMETER_IF
    ASSERT(m->estimator > ESTIMATOR_NONE);
    ASSERT(m->estimator < ESTIMATOR_COUNT);
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        bool ours = m->estimator == rows[i].estimator;
        if (ours == (rows[i].given != 0)) continue;
        *cause = ours ? rows[i].wanted : rows[i].stray;
        return rows[i].field;
    }
    for (u32 i = 0; i < ARRAY_LEN(optional); i++) {
        if (!optional[i].given || m->estimator == optional[i].estimator) continue;
        *cause = optional[i].stray;
        return optional[i].field;
    }
    return methodology_record.fields;
}

static const char *estimator_fault(const struct methodology *m)
{
    bool many = m->estimator == ESTIMATOR_PVWM || m->estimator == ESTIMATOR_TRAIL;
    bool by_size = m->estimator == ESTIMATOR_RTI || m->estimator == ESTIMATOR_USAGE;
    ASSERT(m->estimator > ESTIMATOR_NONE);
    ASSERT(m->estimator < ESTIMATOR_COUNT);
    if (!many && m->partitions != 1) return "takes one partition";
    if (m->estimator == ESTIMATOR_TRAIL && m->window_hours != 24 * m->partitions)
        return "trail takes partitions of one day: window.hours must be 24 x window.partitions";
    if (m->estimator == ESTIMATOR_IQM && m->weights == WEIGHTS_RECORD_EQUAL)
        return "iqm votes by owner, not by record";
    if (by_size && m->weights != WEIGHTS_SIZE) return "takes weights: SIZE";
    if (m->estimator == ESTIMATOR_RTI && m->kinds != INT64_C(1) << OBS_KIND_QUOTE)
        return "rti takes eligible.kinds: [quote]";
    if (m->has_l2 && (m->estimator == ESTIMATOR_RTI || m->estimator == ESTIMATOR_USAGE ||
                      m->estimator == ESTIMATOR_TRAIL))
        return "has no wider window: leave out waterfall.L2";
    return NULL;
}

/* An entity of a provider mean, a factor, a stratum: NULL, or what is wrong with one of them. */
static const char *entities_fault(const struct methodology *m)
{
    i64 sum = 0;
    ASSERT(m->entities_n >= 0);
    ASSERT(m->entities_n <= (i64)METHOD_WEIGHTS_MAX);
    for (i64 i = 0; i < m->entities_n; i++) {
        Str z = str_of(m->entities[i].owner);
        if (!name_valid(z)) return "an owner is not one word";
        for (i64 k = 0; k < i; k++)
            if (str_eq(z, str_of(m->entities[k].owner))) return "one owner twice";
        sum += m->entities[i].ppm;
    }
    if (m->within == WITHIN_SIZE && m->weights != WEIGHTS_SIZE) return "within SIZE takes sizes";
    return m->entities_n && sum != PPM ? "the weights must add up to 1000000" : NULL;
}

/* 0 when the value is none of the list that the factor looks at. */
static bool factor_names(const struct factor *f)
{
    Str z = str_of(f->is);
    i64 n = 0;
    ASSERT(f->on > FACTOR_ON_NONE);
    ASSERT(f->on < FACTOR_ON_COUNT);
    ASSERT(z.n < sizeof f->is);
    switch (f->on) {
    case FACTOR_ON_CHANNEL: return list_value(CHANNEL, z) != 0;
    case FACTOR_ON_FORM: return words_of(&bench_words_GPU_FORM, z) != 0;
    case FACTOR_ON_TERM: return list_value(TERM, z) != 0;
    case FACTOR_ON_GPUS: return parse_i64(z, &n) == PARSE_OK && n >= 1 && n <= UINT16_MAX;
    default: return name_valid(z);
    }
}

static const char *factors_fault(const struct methodology *m)
{
    static const Hash none;
    ASSERT(m->factors_n >= 0);
    ASSERT(m->factors_n <= (i64)METHOD_FACTORS_MAX);
    for (i64 i = 0; i < m->factors_n; i++) {
        const struct factor *f = &m->factors[i];
        if (!factor_names(f)) return "`is` is no value of what it looks at";
        if (f->from <= 0) return "undated: `from` is missing";
        if (f->to && f->to < f->from) return "`to` is before `from`";
        if (hash_eq(f->report, none)) return "no estimation report";
        for (i64 k = 0; k < i; k++) {
            const struct factor *b = &m->factors[k];
            if (b->on != f->on || !str_eq(str_of(b->is), str_of(f->is))) continue;
            if ((!b->to || b->to >= f->from) && (!f->to || f->to >= b->from))
                return "the same value twice on one day";
        }
    }
    return NULL;
}

static const char *strata_fault(const struct methodology *m)
{
    i64 sum = 0;
    ASSERT(m->strata_n >= 0);
    ASSERT(m->strata_n <= (i64)METHOD_STRATA_MAX);
    for (i64 i = 0; i < m->strata_n; i++) {
        const struct stratum *s = &m->strata[i];
        bool found = !s->parent[0];
        if (!name_valid(str_of(s->id))) return "an id is not one word";
        if (!name_valid(str_of(s->region))) return "a region is not one word";
        for (i64 k = 0; k < i; k++) {
            if (str_eq(str_of(m->strata[k].id), str_of(s->id))) return "one id twice";
            if (!str_eq(str_of(m->strata[k].id), str_of(s->parent))) continue;
            if (m->strata[k].weight_ppm) return "a parent has no weight of its own";
            found = true;
        }
        if (!found) return "a parent stands before its strata";
        sum += s->weight_ppm;
    }
    return m->strata_n && sum != PPM ? "the weights of the leaves must add up to 1000000" : NULL;
}

/* The book's depth is at most the table's; lambda falls with depth, so e^-lambda never falls. */
static const char *rti_fault(const struct methodology *m)
{
    ASSERT(m->rti_decay_n >= 0);
    ASSERT(m->rti_decay_n <= (i64)RTI_STEPS_MAX);
    bool used = m->has_l3 || m->estimator == ESTIMATOR_RTI;
    if (used != (m->has_rti != 0)) return used ? "missing" : "only for estimator rti and L3";
    if (!m->has_rti) return NULL;
    if (!m->rti_decay_n) return "no weights: one entry a step of depth";
    for (i64 i = 0; i < m->rti_decay_n; i++) {
        if (m->rti_decay[i] <= 0 || m->rti_decay[i] >= RTI_ONE) return "not between 0 and 1e18";
        if (i && m->rti_decay[i] < m->rti_decay[i - 1]) return "a deeper book may not decay faster";
    }
    return m->rti_stale_s > m->window_hours * 3600 ? "stale_s is longer than the window" : NULL;
}

/* n c < 1 with the least number of owners there may be. */
static const char *cap_fault(const struct methodology *m)
{
    ASSERT(m->weight_cap_ppm > 0);
    ASSERT(m->need_owners > 0);
    if (m->weights == WEIGHTS_RECORD_EQUAL && m->weight_cap_ppm != PPM)
        return "RECORD_EQUAL knows no owner to cap: 1000000";
    if ((i128)m->need_owners * m->weight_cap_ppm < PPM)
        return "CAP_INFEASIBLE: sufficiency.owners of them do not reach the whole";
    return m->weight_floor_ppm > m->weight_cap_ppm ? "below estimator.weight_floor_ppm" : NULL;
}

/* Made-up records enter no index that is not labelled so. */
static const char *synthetic_fault(const struct methodology *m)
{
    bool taken = m->synthetic == SYNTHETIC_RULE_ALSO || m->synthetic == SYNTHETIC_RULE_ONLY;
    ASSERT(m->synthetic >= 0);
    ASSERT(m->synthetic < SYNTHETIC_RULE_COUNT);
    return taken && m->label != BENCH_LABEL_SYNTHETIC ? "only in an index labelled synthetic"
                                                      : NULL;
}

/* An aggregator repeats others; a reseller may, and is out where its supplier is a member. */
static const char *channels_fault(const struct methodology *m)
{
    ASSERT(m->channels >= 0);
    ASSERT(CHANNEL_COUNT < 63);
    if (!m->channels) return "no channel";
    if (HAS_BIT(m->channels, CHANNEL_AGGREGATOR)) return "an aggregator is never a source";
    return NULL;
}

static const char *owner_rule_fault(const struct methodology *m)
{
    ASSERT(m->weights > WEIGHTS_NONE);
    ASSERT(m->weights < WEIGHTS_COUNT);
    if (m->weights == WEIGHTS_SIZE) return NULL;
    if (m->label == BENCH_LABEL_TRADED) return "equal weights not in a traded index";
    return m->s_min || m->s_cap ? "equal weights know no size: leave out s_min and s_cap" : NULL;
}

struct fault_row { u32 field; const char *cause; };

u32 methodology_fault(const struct methodology *m, const char **cause)
{
    ASSERT(m);
    ASSERT(cause);
    const struct fault_row rows[] = {
        { METHOD_AT(index), name_valid(str_of(m->index)) ? NULL : "not one word" },
        { METHOD_AT(effective_from), m->effective_from > 0 ? NULL : "missing" },
        { METHOD_AT(form), form_fault(m) },
        { METHOD_AT(regions), regions_fault(m) },
        { METHOD_AT(kinds), kinds_fault(m) },
        { METHOD_AT(channels), channels_fault(m) },
        { METHOD_AT(weights), owner_rule_fault(m) },
        { METHOD_AT(partitions), m->window_hours * 3600 % m->partitions
                                     ? "does not cut the window into whole seconds"
                                     : NULL },
        { METHOD_AT(synthetic), synthetic_fault(m) },
        { METHOD_AT(estimator), estimator_fault(m) },
        { METHOD_AT(entities), entities_fault(m) },
        { METHOD_AT(band_parts), m->band_parts == 1 || m->band_parts == 2 ? "3 or more" : NULL },
        { METHOD_AT(rti_decay), rti_fault(m) },
        { METHOD_AT(weight_cap_ppm), cap_fault(m) },
        { METHOD_AT(s_cap), m->s_cap && m->s_cap < m->s_min ? "below owner.s_min" : NULL },
        { METHOD_AT(need_partitions),
          m->need_partitions > m->partitions ? "more than window.partitions" : NULL },
        { METHOD_AT(widen_hours),
          widening_rises(m) ? NULL
                            : "each window longer than the one before, cut into whole seconds" },
        { METHOD_AT(panellists),
          m->has_l4 && m->panellists <= 2 * m->drop_each_side ? "no more than are dropped" : NULL },
        { METHOD_AT(fx_source),
          m->has_fx && !name_valid(str_of(m->fx_source)) ? "not one word" : NULL },
        { METHOD_AT(factors), factors_fault(m) },
        { METHOD_AT(strata), strata_fault(m) },
        { METHOD_AT(percentiles), percentiles_ours(m) ? NULL : "must be [1, 25, 50, 75, 99]" },
        { METHOD_AT(pin_tie),
          m->pin_tie == (m->tie ? m->tie : TIE_MID) ? NULL : "is not estimator.tie" },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        if (!rows[i].cause) continue;
        *cause = rows[i].cause;
        return rows[i].field;
    }
    return parameter_fault(m, cause);
}
