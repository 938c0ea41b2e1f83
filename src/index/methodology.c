#include "index/methodology.h"

#define METHODOLOGY_ROW(...) RECORD_ROW(struct methodology, __VA_ARGS__)
/* The tables of a methodology's lists. */
#define ENTITY_WEIGHT_ROW(...) RECORD_ROW(struct entity_weight, __VA_ARGS__)
static const struct record_field entity_weight_fields[] = { ENTITY_WEIGHT_FIELDS(
    ENTITY_WEIGHT_ROW) };
const struct record entity_weight_record = {
    "weight",
    { 0 },
    entity_weight_fields,
    ARRAY_LEN(entity_weight_fields),
    sizeof(struct entity_weight),
};
#define FACTOR_ROW(...) RECORD_ROW(struct factor, __VA_ARGS__)
static const struct record_field factor_fields[] = { FACTOR_FIELDS(FACTOR_ROW) };
const struct record factor_record = {
    "factor", { 0 }, factor_fields, ARRAY_LEN(factor_fields), sizeof(struct factor),
};
#define STRATUM_ROW(...) RECORD_ROW(struct stratum, __VA_ARGS__)
static const struct record_field stratum_fields[] = { STRATUM_FIELDS(STRATUM_ROW) };
const struct record stratum_record = {
    "stratum", { 0 }, stratum_fields, ARRAY_LEN(stratum_fields), sizeof(struct stratum),
};
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
    if (!r.synthetic) r.synthetic = SYNTHETIC_RULE_NEVER;
    if (!r.within) r.within = r.weights == WEIGHTS_SIZE ? WITHIN_SIZE : WITHIN_PLAIN;
    if (!r.l3_owners) r.l3_owners = 1;
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
    if (r->supplier[0] && (!name_valid(str_of(r->supplier)) || str_is(str_of(r->supplier), "-")))
        return "supplier is not one word";
    if (r->to && r->to < r->from) return "to is before from";
    for (u32 k = 0; k < i; k++) {
        const struct owner *b = &rows[k];
        if (!str_eq(str_of(b->provider), str_of(r->provider))) continue;
        if ((!b->to || b->to >= r->from) && (!r->to || r->to >= b->from))
            return "the same provider twice on one day";
    }
    return NULL;
}
