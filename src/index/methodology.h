/* methodology.h -- the rules of one benchmark as one record: what enters, how, and when it is
 * short.
 * Owns:   the field table of index.md section 6, its validity, its identity (SHA-256 of its bytes).
 * Never:  reads YAML (config does, by this table) or holds a rule that is not in the bytes.
 * Always: two files that say the same have the same hash; a level left out is never used.
 */
#ifndef HEDGEROW_INDEX_METHODOLOGY_H
#define HEDGEROW_INDEX_METHODOLOGY_H

#include "index/lists.h"
#include "index/names.h"

#define METHOD_BYTES_MAX 16384u
#define METHOD_COUNT_MAX 1000000000
#define METHOD_HOURS_MAX 8784
#define METHOD_LIST_MAX 8
#define JUMP_OWNERS_MAX 8
#define METHOD_WEIGHTS_MAX 64u /* entities of a provider mean */
#define METHOD_FACTORS_MAX 32u
#define METHOD_STRATA_MAX 48u
#define FACTOR_PPM_MAX 400000
#define RTI_STEPS_MAX 128u /* the deepest book that is looked at, in grid steps */
#define RTI_ONE INT64_C(1000000000000000000)

/* A provider mean's weight of one entity: an owner, or where records are not grouped a provider. */
#define ENTITY_WEIGHT_FIELDS(X) \
    X(TEXT, owner, "", "owner", NEED, 32, 0, "owner; a provider where weights are RECORD_EQUAL") \
    X(INT, ppm, "", "ppm", NEED, 1, 1000000, "of all")
struct entity_weight { ENTITY_WEIGHT_FIELDS(RECORD_MEMBER) };
/* One factor to the reference grade: estimated outside, approved, dated (index.md section 3). */
#define FACTOR_FIELDS(X) \
    X(ENUM, on, "", "on", NEED, bench_words_FACTOR_ON, 0, "what it looks at") \
    X(TEXT, is, "", "is", NEED, 32, 0, "what has it: US, US/east, marketplace, PCIE, 16") \
    X(INT, ppm, "", "ppm", NEED, -FACTOR_PPM_MAX, FACTOR_PPM_MAX, "price / (1 + ppm / 1e6)") \
    X(DATE, from, "", "from", NEED, 0, 0, "first day, by t_event") \
    X(DATE, to, "", "to", OPT, 0, 0, "last day; left out: still so") \
    X(HASH, report, "", "report", NEED, 0, 0, "SHA-256 of the estimation report")
struct factor { FACTOR_FIELDS(RECORD_MEMBER) };
/* One cell of the frozen target shares, or a node it collapses into; parents stand before. */
#define STRATUM_FIELDS(X) \
    X(TEXT, id, "", "id", NEED, 32, 0, "name") \
    X(TEXT, parent, "", "parent", OPT, 32, 0, "takes it when it is empty; left out: the root") \
    X(ENUM, channel, "", "channel", NULLS, bench_words_CHANNEL, 0, "null: any") \
    X(TEXT, region, "", "region", NEED, 32, 0, "country, country/zone or any") \
    X(INT, weight_ppm, "", "weight_ppm", NEED, 0, 1000000, "of all leaves; 0 for a parent")
struct stratum { STRATUM_FIELDS(RECORD_MEMBER) };
extern const struct record entity_weight_record, factor_record, stratum_record;

#define METHODOLOGY_FIELDS(X) \
    X(TEXT, index, "", "index", NEED, 32, 0, "benchmark id") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(DATE, effective_from, "", "effective_from", NEED, 0, 0, "first value date of the series") \
    X(ENUM, label, "", "label", NEED, bench_words_LABEL, 0, "what the inputs are") \
    X(ENUM, gpu_class, "eligible", "gpu_class", NEED, bench_words_GPU_CLASS, 0, "chip") \
    X(BITS, form, "eligible", "form", NEED, bench_words_FORM_RULE, 0, "forms; any: posted only") \
    X(ENUM, term, "eligible", "term", NEED, bench_words_TERM, 0, "term") \
    X(TEXTS, regions, "eligible", "regions", NEED, METHOD_LIST_MAX, 0, \
      "countries, or country/zone, or any") \
    X(BITS, kinds, "eligible", "kinds", NEED, bench_words_OBS_KIND, 0, "kinds allowed at L1") \
    X(BITS, channels, "eligible", "channels", NEED, bench_words_CHANNEL, 0, "channels") \
    X(ENUM, synthetic, "eligible", "synthetic", OPT, bench_words_SYNTHETIC_RULE, 0, \
      "made-up records; left out: NEVER; else label synthetic only") \
    X(ENUM, weights, "", "weights", NEED, bench_words_WEIGHTS, 0, \
      "equal ones: not in a traded index") \
    X(TEXT, measures, "", "measures", NEED, 160, 0, "the measured interest in one sentence") \
    X(INT, window_hours, "window", "hours", NEED, 1, METHOD_HOURS_MAX, "length at L1") \
    X(TIME, window_end, "window", "end", NEED, 0, 0, "exclusive, of the value date") \
    X(INT, partitions, "window", "partitions", NEED, 1, 1440, "K, half-open, of equal length") \
    X(ENUM, estimator, "estimator", "id", NEED, bench_words_ESTIMATOR, 0, "row of estimators") \
    X(ENUM, tie, "estimator", "tie", OPT, bench_words_TIE, 0, "of a weighted median; MID") \
    X(INT, min_owners_partition, "estimator", "min_owners_partition", OPT, 0, METHOD_COUNT_MAX, \
      "a thinner partition is merged or dropped") \
    X(ENUM, merge, "estimator", "merge", OPT, bench_words_MERGE, 0, "FORWARD, or DROP") \
    X(INT, alpha_ppm, "estimator", "alpha_ppm", OPT, 0, 499999, "winsor: share a side") \
    X(ENUM, within, "estimator", "within", OPT, bench_words_WITHIN, 0, \
      "provmean: an entity's mean by SIZE, or PLAIN") \
    X(LIST, entities, "estimator", "provider_weights", OPT, METHOD_WEIGHTS_MAX, entity_weight, \
      "provmean: who counts, and how much") \
    X(INT, band_parts, "estimator", "band_parts", OPT, 0, 1000, \
      "iqm: n cuts 1/n of the votes off each side; 3 leaves the middle third") \
    X(INT, weight_floor_ppm, "estimator", "weight_floor_ppm", OPT, 0, 1000000, \
      "iqm: least share of an owner; the ceiling is owner.weight_cap_ppm") \
    X(INT, k_milli, "estimator", "k_milli", OPT, 0, 100000, \
      "trail: sample sds from the mean that stay, x 1000") \
    X(INT, n_min, "estimator", "n_min", OPT, 0, METHOD_COUNT_MAX, \
      "trail: observations that make a day valid; days are window.partitions") \
    X(INT, limit_ppm, "estimator", "limit_ppm", OPT, 0, 1000000, \
      "cap2med: farthest from the median") \
    X(INT, usage_days, "estimator", "usage_days", OPT, 0, 366, \
      "usage: days before the window whose sizes are the weights") \
    X(GIVEN, has_rti, "rti", "", OPT, 0, 0, "the order book, for estimator rti and for L3") \
    X(INT, rti_grid, "rti", "grid", NEED, 1, INT64_C(1000000000000), "milli-GPU-hours a step") \
    X(INT, rti_spread_ppm, "rti", "max_spread_ppm", NEED, 0, 1000000, \
      "D: depth ends where ask / mid - 1 is more") \
    X(INT, rti_stale_s, "rti", "stale_s", NEED, 1, METHOD_HOURS_MAX * 3600, \
      "an older quote is not in the book") \
    X(INTS, rti_decay, "rti", "decay_1e18", NEED, RTI_STEPS_MAX, 0, \
      "e^-lambda for a depth of 1, 2, ... steps, in 1e-18; no deeper book is looked at") \
    X(INT, s_min, "owner", "s_min", OPT, 0, INT64_C(1000000000000), \
      "milli-GPU-hours in a partition; less has no weight") \
    X(INT, s_cap, "owner", "s_cap", OPT, 0, INT64_C(1000000000000), \
      "milli-GPU-hours in a partition; more adds none; 0: no cap") \
    X(INT, weight_cap_ppm, "owner", "weight_cap_ppm", NEED, 1, 1000000, "largest share of one") \
    X(INT, need_owners, "sufficiency", "owners", NEED, 1, METHOD_COUNT_MAX, "least owners") \
    X(INT, need_partitions, "sufficiency", "partitions", NEED, 1, 1440, "least valid partitions") \
    X(INT, need_volume, "sufficiency", "volume", NEED, 0, INT64_C(1000000000000000), \
      "milli-GPU-hours; records where weights are equal") \
    X(INT, max_owner_ppm, "sufficiency", "max_owner_ppm", NEED, 1, 1000000, \
      "largest owner's share of capped-linear weight") \
    X(GIVEN, has_l2, "waterfall.L2", "", OPT, 0, 0, "the same in a wider window") \
    X(INTS, widen_hours, "waterfall.L2", "widen_hours", NEED, METHOD_LIST_MAX, 0, "in turn") \
    X(INT, decay_ppm, "waterfall.L2", "decay_ppm", NEED, 1, 1000000, "on sizes, a day of age") \
    X(GIVEN, has_l3, "waterfall.L3", "", OPT, 0, 0, "committed quotes") \
    X(INT, spread_ppm, "waterfall.L3", "spread_ppm", NEED, 1, 1000000, "widest") \
    X(INT, l3_owners, "waterfall.L3", "owners", OPT, 0, 1000, "least on each side; 1") \
    X(GIVEN, has_l4, "waterfall.L4", "", OPT, 0, 0, "panel") \
    X(INT, panellists, "waterfall.L4", "panellists", NEED, 1, 1000, "least") \
    X(INT, drop_each_side, "waterfall.L4", "drop_each_side", NEED, 0, 100, "of the sorted panel") \
    X(GIVEN, has_l5, "waterfall.L5", "", OPT, 0, 0, "the last L1-L3 value carried") \
    X(INT, max_age, "waterfall.L5", "max_age", NEED, 1, 366, "scheduled days") \
    X(GIVEN, has_restatement, "restatement", "", OPT, 0, 0, "left out: 23:59:59Z, 1000, 60") \
    X(TIME, restate_until, "restatement", "until", NEED, 0, 0, \
      "of the day of publication: no later version; 00:00Z: never") \
    X(INT, restate_min_ppm, "restatement", "min_ppm", NEED, 0, 1000000, \
      "a version must move the last one by more") \
    X(INT, restate_minutes, "restatement", "every_minutes", NEED, 1, 1440, \
      "versions come whole multiples of it after the first") \
    X(GIVEN, has_screens, "screens", "", OPT, 0, 0, "left out: those of index.md section 4") \
    X(INT, stale_trade_hours, "screens", "stale_trade_hours", NEED, 1, METHOD_HOURS_MAX, "8") \
    X(INT, stale_quote_hours, "screens", "stale_quote_hours", NEED, 1, METHOD_HOURS_MAX, "8") \
    X(INT, stale_list_hours, "screens", "stale_list_hours", NEED, 1, METHOD_HOURS_MAX, "8") \
    X(INT, jump_ppm, "screens", "jump_ppm", NEED, 0, 10000000, "9: a larger move; 0 off") \
    X(INT, jump_owners, "screens", "jump_owners", NEED, 0, JUMP_OWNERS_MAX, "9: needs others") \
    X(INT, jump_within_ppm, "screens", "jump_within_ppm", NEED, 0, 1000000, "9: so near") \
    X(INT, outlier_sd_milli, "screens", "outlier_sd_milli", NEED, 0, 100000, "10: sds; 0 off") \
    X(INT, outlier_values, "screens", "outlier_values", NEED, 1, 20, "10: of the line's last") \
    X(INT, outlier_floor_ppm, "screens", "outlier_floor_ppm", NEED, 0, 1000000, \
      "10: least sd, of price") \
    X(INT, venue_ppm, "screens", "venue_ppm", NEED, 0, 1000000, "11: off the median; 0 off") \
    X(INT, venue_return_ppm, "screens", "venue_return_ppm", NEED, 0, 1000000, "11: back within") \
    X(INT, venue_sources, "screens", "venue_sources", NEED, 2, 1000, "11: least sources") \
    X(GIVEN, has_fx, "fx", "", OPT, 0, 0, "left out: prices in USD only") \
    X(TEXT, fx_source, "fx", "source", NEED, 32, 0, "whose fixings") \
    X(INT, fx_max_age, "fx", "max_age", NEED, 0, 31, "days; older is FX_STALE") \
    X(LIST, factors, "", "factors", OPT, METHOD_FACTORS_MAX, factor, "to the reference grade") \
    X(LIST, strata, "", "strata", OPT, METHOD_STRATA_MAX, stratum, \
      "frozen target shares and their collapse tree") \
    X(INT, decimals, "publish", "decimals", NEED, 0, 6, "of the value") \
    X(ENUM, round, "publish", "round", NEED, bench_words_PIN_ROUND, 0, "once, at the end") \
    X(INTS, percentiles, "publish", "percentiles", NEED, METHOD_LIST_MAX, 0, "1 25 50 75 99") \
    X(ENUM, averaging, "pins", "averaging_calendar", NEED, bench_words_AVERAGING, 0, \
      "of contracts on it") \
    X(ENUM, pin_day, "pins", "day", NEED, bench_words_PIN_DAY, 0, "days are UTC days") \
    X(ENUM, pin_tie, "pins", "tie", NEED, bench_words_TIE, 0, "as estimator.tie")

struct methodology { METHODOLOGY_FIELDS(RECORD_MEMBER) };
extern const struct record methodology_record;

/* record_fields, or the index of the first field at fault, and *cause says why: what a table can
 * not say (percentiles other than ours, levels this build does not compute, ...). */
NODISCARD u32 methodology_fault(const struct methodology *m, const char **cause);
/* The methodology with `screens` as in force: section 4's numbers where the file left them out. */
NODISCARD struct methodology methodology_resolved(const struct methodology *m);
NODISCARD bool methodology_decode(const u8 *from, u32 n, struct methodology *out); /* and valid */
NODISCARD Hash methodology_hash(const struct methodology *m);

/* The registry of beneficial owners (index.md section 5): dated rows, provider by provider. */
#define OWNERS_MAX 1024u
#define OWNER_FIELDS(X) \
    X(TEXT, provider, "", "provider", NEED, 32, 0, "who rents out") \
    X(TEXT, owner, "", "owner", NEED, 32, 0, "ultimate beneficial entity") \
    X(DATE, from, "", "from", NEED, 0, 0, "first day") \
    X(DATE, to, "", "to", OPT, 0, 0, "last day; left out: still so") \
    X(INT, share_ppm, "", "share_ppm", NEED, 1, 1000000, "owned share") \
    X(TEXT, evidence, "", "evidence", NEED, 128, 0, "on what") \
    X(TEXT, supplier, "", "supplier", OPT, 32, 0, "a reseller's: provider or owner it sells for") \
    X(TEXT, approver, "", "approver", NEED, 32, 0, "who approved the row")
struct owner { OWNER_FIELDS(RECORD_MEMBER) };
#define REGISTRY_FIELDS(X) \
    X(TEXT, registry, "", "registry", NEED, 32, 0, "name") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(LIST, rows, "", "owners", NEED, OWNERS_MAX, owner, "dated rows")
struct registry { REGISTRY_FIELDS(RECORD_MEMBER) };
extern const struct record owner_record, registry_record;
/* NULL, or what is wrong with row i given the rows before it. */
NODISCARD const char *owner_fault(const struct owner *rows, u32 i);

#endif
