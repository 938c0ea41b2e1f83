#include "index/methodology.h"

#define METHODOLOGY_ROW(...) RECORD_ROW(struct methodology, __VA_ARGS__)
static const struct record_field methodology_fields[] = { METHODOLOGY_FIELDS(METHODOLOGY_ROW) };
const struct record methodology_record = {
    "methodology",
    { 'H', 'D', 'G', 'M', 'E', 'T', 'H', '1' },
    methodology_fields,
    ARRAY_LEN(methodology_fields),
    sizeof(struct methodology),
};
#define OWNER_ROW(...) RECORD_ROW(struct owner, __VA_ARGS__)
static const struct record_field owner_fields[] = { OWNER_FIELDS(OWNER_ROW) };
const struct record owner_record = {
    "owner", { 0 }, owner_fields, ARRAY_LEN(owner_fields), sizeof(struct owner),
};
#define REGISTRY_ROW(...) RECORD_ROW(struct registry, __VA_ARGS__)
static const struct record_field registry_fields[] = { REGISTRY_FIELDS(REGISTRY_ROW) };
const struct record registry_record = {
    "owner registry",        { 'H', 'D', 'G', 'O', 'W', 'N', 'R', '1' },
    registry_fields,         ARRAY_LEN(registry_fields),
    sizeof(struct registry),
};

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

static const char *estimator_fault(const struct methodology *m)
{
    ASSERT(m->estimator > ESTIMATOR_NONE);
    ASSERT(m->estimator < ESTIMATOR_COUNT);
    if (m->estimator == ESTIMATOR_WINSOR && m->partitions != 1) return "winsor takes one partition";
    if (m->estimator == ESTIMATOR_WINSOR && !m->alpha_ppm)
        return "winsor needs estimator.alpha_ppm";
    if (m->estimator == ESTIMATOR_PVWM && m->alpha_ppm) return "alpha_ppm belongs to winsor";
    return NULL;
}

/* An aggregator repeats others; a reseller may, and no record names its supplier yet. */
static const char *channels_fault(const struct methodology *m)
{
    ASSERT(m->channels >= 0);
    ASSERT(CHANNEL_COUNT < 63);
    if (!m->channels) return "no channel";
    if (HAS_BIT(m->channels, CHANNEL_AGGREGATOR)) return "an aggregator is never a source";
    if (HAS_BIT(m->channels, CHANNEL_RESELLER)) return "no record names a reseller's supplier";
    return NULL;
}

static const char *owner_rule_fault(const struct methodology *m)
{
    ASSERT(m->weights > WEIGHTS_NONE);
    ASSERT(m->weights < WEIGHTS_COUNT);
    if (m->weights == WEIGHTS_SIZE) return NULL;
    if (m->label != BENCH_LABEL_POSTED) return "OWNER_EQUAL only in a posted index";
    if (m->partitions != 1) return "OWNER_EQUAL takes one partition";
    return m->s_min || m->s_cap ? "OWNER_EQUAL knows no size: leave out s_min and s_cap" : NULL;
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
        { METHOD_AT(estimator), estimator_fault(m) },
        { METHOD_AT(s_cap), m->s_cap && m->s_cap < m->s_min ? "below owner.s_min" : NULL },
        { METHOD_AT(need_partitions),
          m->need_partitions > m->partitions ? "more than window.partitions" : NULL },
        { METHOD_AT(widen_hours),
          widening_rises(m) ? NULL
                            : "each window longer than the one before, cut into whole seconds" },
        { METHOD_AT(spread_ppm), m->has_l3 ? "L3 is not computed by this version" : NULL },
        { METHOD_AT(panellists), m->has_l4 ? "L4 is not computed by this version" : NULL },
        { METHOD_AT(percentiles), percentiles_ours(m) ? NULL : "must be [1, 25, 50, 75, 99]" },
        { METHOD_AT(pin_tie),
          m->pin_tie == (m->tie ? m->tie : TIE_MID) ? NULL : "is not estimator.tie" },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        if (!rows[i].cause) continue;
        *cause = rows[i].cause;
        return rows[i].field;
    }
    return methodology_record.fields;
}

struct methodology methodology_resolved(const struct methodology *m)
{
    struct methodology r = *m;
    ASSERT(m->partitions > 0);
    ASSERT(m->window_hours > 0);
    if (!r.tie) r.tie = TIE_MID;
    if (!r.merge) r.merge = MERGE_FORWARD;
    if (!r.min_owners_partition) r.min_owners_partition = 1;
    if (!r.s_cap) r.s_cap = INT64_MAX;
    if (!r.has_restatement) {
        r.restate_until = 23 * 3600 + 59 * 60 + 59;
        r.restate_min_ppm = 1000, r.restate_minutes = 60;
    }
    if (r.has_screens) return r;
    r.stale_trade_hours = 24, r.stale_quote_hours = 12, r.stale_list_hours = 24;
    r.jump_ppm = 250000, r.jump_owners = 2, r.jump_within_ppm = 100000;
    r.outlier_sd_milli = 3000, r.outlier_values = 20, r.outlier_floor_ppm = 30000;
    r.venue_ppm = 100000, r.venue_return_ppm = 50000, r.venue_sources = 3;
    return r;
}

bool methodology_decode(const u8 *from, u32 n, struct methodology *out)
{
    const char *cause;
    ASSERT(from || !n);
    ASSERT(out);
    return record_decode(&methodology_record, from, n, out) &&
           methodology_fault(out, &cause) == methodology_record.fields;
}

Hash methodology_hash(const struct methodology *m)
{
    ASSERT(m);
    ASSERT(m->version > 0);
    return record_hash(&methodology_record, m);
}

const char *owner_fault(const struct owner *rows, u32 i)
{
    const struct owner *r = &rows[i];
    ASSERT(r->share_ppm > 0);
    ASSERT(rows);
    ASSERT(i < OWNERS_MAX);
    if (!name_valid(str_of(r->provider))) return "provider is not one word";
    if (!name_valid(str_of(r->owner))) return "owner is not one word";
    if (!name_valid(str_of(r->approver))) return "approver is not one word";
    if (r->to && r->to < r->from) return "to is before from";
    for (u32 k = 0; k < i; k++) {
        const struct owner *b = &rows[k];
        if (!str_eq(str_of(b->provider), str_of(r->provider))) continue;
        if ((!b->to || b->to >= r->from) && (!r->to || r->to >= b->from))
            return "the same provider twice on one day";
    }
    return NULL;
}
