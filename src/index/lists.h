/* lists.h -- every closed list of the benchmark: one table each, writing enum and text.
 * Owns:   kinds, channels, terms, rights, reasons, estimators, statuses; GPU lists are contract's.
 * Never:  gives 0 a meaning of its own: it is "none", and for reasons and rejects "fine".
 * Always: the text is what CSV, YAML, receipts and JSON show; new values go to the end.
 */
#ifndef HEDGEROW_INDEX_LISTS_H
#define HEDGEROW_INDEX_LISTS_H

#include "base/lists.h"
#include "base/record.h"
#include "contract/gpu.h"

#define OBS_KIND_LIST(X) \
    X(OBS_KIND, TRADE, "trade") X(OBS_KIND, QUOTE, "quote") X(OBS_KIND, LIST, "list") \
    X(OBS_KIND, PANEL, "panel") X(OBS_KIND, FIXING, "fixing")
#define CHANNEL_LIST(X) \
    X(CHANNEL, HYPERSCALER, "hyperscaler") X(CHANNEL, NEOCLOUD, "neocloud") \
    X(CHANNEL, MARKETPLACE, "marketplace") X(CHANNEL, RESELLER, "reseller") \
    X(CHANNEL, AGGREGATOR, "aggregator")
#define TERM_LIST(X) \
    X(TERM, SPOT, "spot") X(TERM, ON_DEMAND, "on_demand") X(TERM, RESERVED_1M, "reserved_1m") \
    X(TERM, RESERVED_3M, "reserved_3m") X(TERM, RESERVED_6M, "reserved_6m") \
    X(TERM, RESERVED_1Y, "reserved_1y") X(TERM, RESERVED_3Y, "reserved_3y") \
    X(TERM, TOKEN, "token") X(TERM, MIXED, "mixed")
#define RAW_UNIT_LIST(X) \
    X(RAW_UNIT, INSTANCE_HOUR, "instance_hour") X(RAW_UNIT, GPU_HOUR, "gpu_hour") \
    X(RAW_UNIT, WHOLE_TERM, "whole_term") X(RAW_UNIT, TOKEN, "token") \
    X(RAW_UNIT, MTOKEN, "mtoken") X(RAW_UNIT, MONTH, "month") \
    X(RAW_UNIT, THOUSAND, "thousand") /* of ccy, for a fixing: USD for 1,000 of it */
#define RIGHTS_LIST(X) \
    X(RIGHTS, OPEN, "open") X(RIGHTS, CC_BY, "cc_by") X(RIGHTS, CONTRACT, "contract") \
    X(RIGHTS, DISPLAY_ONLY, "display_only") X(RIGHTS, UNKNOWN, "unknown")
/* Which price of a model a token row states. */
#define TOKEN_SIDE_LIST(X) \
    X(TOKEN_SIDE, NONE_STATED, "none") X(TOKEN_SIDE, INPUT, "input") \
    X(TOKEN_SIDE, OUTPUT, "output") X(TOKEN_SIDE, CACHED, "cached")
/* Bits; the position in the list is the bit. */
#define QUALITY_LIST(X) \
    X(QUALITY, VERIFIED, "verified") X(QUALITY, UNVERIFIED, "unverified") \
    X(QUALITY, CAPACITY, "capacity") X(QUALITY, NO_CAPACITY, "no_capacity") \
    X(QUALITY, PROMOTION, "promotion") X(QUALITY, PLACEHOLDER, "placeholder") \
    X(QUALITY, SERVERLESS, "serverless") X(QUALITY, DEVTEST, "devtest") \
    X(QUALITY, ROUNDED, "rounded") X(QUALITY, CARRIED, "carried") X(QUALITY, NO_TIME, "no_time") \
    X(QUALITY, BID, "bid") X(QUALITY, SYNTHETIC, "synthetic") X(QUALITY, REMOVED, "removed") \
    X(QUALITY, OTHER_OFFER, "other_offer") X(QUALITY, TOD_GAP, "tod_gap")
#define LEVEL_LIST(X) \
    X(LEVEL, L1, "L1") X(LEVEL, L2, "L2") X(LEVEL, L3, "L3") X(LEVEL, L4, "L4") \
    X(LEVEL, L5, "L5") X(LEVEL, L6, "L6")
/* RECORD_EQUAL: no grouping by owner, as some published methods do it; the print says UNGROUPED. */
#define WEIGHTS_LIST(X) \
    X(WEIGHTS, SIZE, "SIZE") X(WEIGHTS, OWNER_EQUAL, "OWNER_EQUAL") \
    X(WEIGHTS, RECORD_EQUAL, "RECORD_EQUAL")
#define WITHIN_LIST(X) X(WITHIN, SIZE, "SIZE") X(WITHIN, PLAIN, "PLAIN")
/* Made-up records (QUALITY_SYNTHETIC) in a synthetic index. */
#define SYNTHETIC_RULE_LIST(X) \
    X(SYNTHETIC_RULE, NEVER, "NEVER") X(SYNTHETIC_RULE, ALSO, "ALSO") \
    X(SYNTHETIC_RULE, ONLY, "ONLY")
/* What a factor to the reference grade looks at. GPUS: offers of at least so many. */
#define FACTOR_ON_LIST(X) \
    X(FACTOR_ON, REGION, "REGION") X(FACTOR_ON, CHANNEL, "CHANNEL") X(FACTOR_ON, FORM, "FORM") \
    X(FACTOR_ON, TERM, "TERM") X(FACTOR_ON, GPUS, "GPUS")
#define TIE_LIST(X) X(TIE, LOWER, "LOWER") X(TIE, UPPER, "UPPER") X(TIE, MID, "MID")
#define MERGE_LIST(X) X(MERGE, FORWARD, "FORWARD") X(MERGE, DROP, "DROP")
#define AVERAGING_LIST(X) \
    X(AVERAGING, BUSINESS, "BUSINESS") X(AVERAGING, CALENDAR, "CALENDAR") \
    X(AVERAGING, PUBLICATION, "PUBLICATION")
#define PIN_DAY_LIST(X) X(PIN_DAY, UTC, "UTC")
#define PIN_ROUND_LIST(X) X(PIN_ROUND, HALF_EVEN, "HALF_EVEN")
/* One row an estimator: id in the methodology file, function in estimate.c. */
#define ESTIMATOR_LIST(X) \
    X(ESTIMATOR, PVWM, "pvwm") X(ESTIMATOR, WINSOR, "winsor") X(ESTIMATOR, PROVMEAN, "provmean") \
    X(ESTIMATOR, IQM, "iqm") X(ESTIMATOR, RTI, "rti") X(ESTIMATOR, TRAIL, "trail") \
    X(ESTIMATOR, CAP2MED, "cap2med") X(ESTIMATOR, USAGE, "usage")
/* Why a record is out of a print; index.md section 4 in its order: the first that applies. BID and
 * SYNTHETIC are asked after KIND; later additions stand last so that the numbers stay. */
#define REASON_LIST(X) \
    X(REASON, RIGHTS, "RIGHTS") X(REASON, CLASS, "CLASS") X(REASON, FORM, "FORM") \
    X(REASON, TERM, "TERM") X(REASON, REGION, "REGION") X(REASON, NO_GPU, "NO_GPU") \
    X(REASON, KIND, "KIND") X(REASON, CHANNEL, "CHANNEL") \
    X(REASON, UNVERIFIED_HOST, "UNVERIFIED_HOST") X(REASON, NO_CAPACITY, "NO_CAPACITY") \
    X(REASON, SERVERLESS, "SERVERLESS") X(REASON, OFFER_TYPE, "OFFER_TYPE") \
    X(REASON, ZERO_PRICE, "ZERO_PRICE") X(REASON, NEGATIVE_SENTINEL, "NEGATIVE_SENTINEL") \
    X(REASON, PLACEHOLDER, "PLACEHOLDER") X(REASON, PROMOTION, "PROMOTION") \
    X(REASON, SUPERSEDED, "SUPERSEDED") X(REASON, FX_STALE, "FX_STALE") \
    X(REASON, TOD_GAP, "TOD_GAP") X(REASON, NO_OWNER, "NO_OWNER") X(REASON, RANGE, "RANGE") \
    X(REASON, SELF_DEALING, "SELF_DEALING") X(REASON, CIRCULAR, "CIRCULAR") \
    X(REASON, ROUND_TRIP, "ROUND_TRIP") X(REASON, STALE, "STALE") X(REASON, JUMP, "JUMP") \
    X(REASON, OUTLIER, "OUTLIER") X(REASON, VENUE, "VENUE") X(REASON, BID, "BID") \
    X(REASON, SYNTHETIC, "SYNTHETIC")
/* Why a level failed; index.md section 7. */
#define SHORT_LIST(X) \
    X(SHORT, MIN_ENTITIES, "MIN_ENTITIES") X(SHORT, MIN_PARTITIONS, "MIN_PARTITIONS") \
    X(SHORT, MIN_VOLUME, "MIN_VOLUME") X(SHORT, DOMINANT, "DOMINANT") \
    X(SHORT, CAP_INFEASIBLE, "CAP_INFEASIBLE") X(SHORT, OVERFLOW, "OVERFLOW") \
    X(SHORT, MARKET_FAILURE, "MARKET_FAILURE") X(SHORT, NO_BOOK, "NO_BOOK") \
    X(SHORT, WIDE_SPREAD, "WIDE_SPREAD") X(SHORT, MIN_PANEL, "MIN_PANEL") \
    X(SHORT, NO_USAGE, "NO_USAGE")
/* Bits of a print. */
#define BENCH_FLAG_LIST(X) \
    X(BENCH_FLAG, WIDENED, "WIDENED") X(BENCH_FLAG, PANEL, "PANEL") \
    X(BENCH_FLAG, CARRIED, "CARRIED") X(BENCH_FLAG, FORM_ANY, "FORM_ANY") \
    X(BENCH_FLAG, CAPPED, "CAPPED") X(BENCH_FLAG, UNGROUPED, "UNGROUPED")
/* Bits: what a record of a print was looked at for. */
#define ROLE_LIST(X) \
    X(ROLE, CANDIDATE, "candidate") X(ROLE, OLDER, "older") X(ROLE, HISTORY, "history") \
    X(ROLE, FLOW, "flow") X(ROLE, FIXING, "fixing")
/* Why a row made no observation (index.md section 2). */
#define OBS_REJECT_LIST(X) \
    X(OBS_REJECT, BAD_ENUM, "OBS_BAD_ENUM") X(OBS_REJECT, BAD_PRICE, "OBS_BAD_PRICE") \
    X(OBS_REJECT, BAD_SIZE, "OBS_BAD_SIZE") X(OBS_REJECT, BAD_DURATION, "OBS_BAD_DURATION") \
    X(OBS_REJECT, BAD_TIME, "OBS_BAD_TIME") X(OBS_REJECT, NO_OWNER, "OBS_NO_OWNER") \
    X(OBS_REJECT, BAD_TEXT, "OBS_BAD_TEXT") X(OBS_REJECT, BAD_NUMBER, "OBS_BAD_NUMBER") \
    X(OBS_REJECT, BAD_CCY, "OBS_BAD_CCY") X(OBS_REJECT, BAD_ROW, "OBS_BAD_ROW") \
    X(OBS_REJECT, FULL, "OBS_FULL")

/* A methodology's forms: contract's list, and "any" (posted indices only). */
#define FORM_RULE_LIST(X) \
    X(FORM_RULE, UNKNOWN, "UNKNOWN") X(FORM_RULE, SXM, "SXM") X(FORM_RULE, PCIE, "PCIE") \
    X(FORM_RULE, NVL, "NVL") X(FORM_RULE, OAM, "OAM") X(FORM_RULE, ANY, "any")

#define INDEX_LISTS(E) \
    E(OBS_KIND) E(CHANNEL) E(TERM) E(RAW_UNIT) E(RIGHTS) E(TOKEN_SIDE) E(QUALITY) E(LEVEL) \
    E(WEIGHTS) E(WITHIN) E(SYNTHETIC_RULE) E(FACTOR_ON) E(TIE) E(MERGE) E(AVERAGING) E(PIN_DAY) \
    E(PIN_ROUND) E(ESTIMATOR) E(REASON) E(SHORT) E(BENCH_FLAG) E(ROLE) E(OBS_REJECT) E(FORM_RULE)

#define AS_LIST_VALUE(LIST, NAME, text) LIST##_##NAME,
#define AS_LIST_ENUM(LIST) enum { LIST##_NONE, LIST##_LIST(AS_LIST_VALUE) LIST##_COUNT };
INDEX_LISTS(AS_LIST_ENUM)
/* Shared lists, under a prefix of this room: the numbers are those of msg by construction. */
#define AS_BENCH_VALUE(LIST, NAME, text) BENCH_##LIST##_##NAME,
enum { BENCH_LABEL_NONE, LABEL_LIST(AS_BENCH_VALUE) BENCH_LABEL_COUNT };
enum { BENCH_PRINT_NONE, PRINT_LIST(AS_BENCH_VALUE) BENCH_PRINT_COUNT };

/* The texts: bench_words_TIE, ... */
#define BENCH_WORDS(E) INDEX_LISTS(E) E(LABEL) E(PRINT) E(GPU_CLASS) E(GPU_FORM)
#define AS_BENCH_WORDS(LIST) extern const struct words bench_words_##LIST;
BENCH_WORDS(AS_BENCH_WORDS)

/* list_text(TIE, TIE_MID) is "MID"; "-" for 0, "?" for no value of the list. */
#define list_text(LIST, value) bench_text(&bench_words_##LIST, value)
NODISCARD static inline const char *bench_text(const struct words *w, i64 value)
{
    return value ? words_text(w, value) : "-";
}
/* 0 when the list has no such text. */
#define list_value(LIST, z) ((u8)words_of(&bench_words_##LIST, z))
/* The bit of a value of a list of bits: LIST_BIT(QUALITY_VERIFIED). */
#define LIST_BIT(value) BIT((value) - 1)
static_assert((int)FORM_RULE_UNKNOWN == (int)GPU_FORM_UNKNOWN, "one order of forms");
static_assert((int)FORM_RULE_OAM == (int)GPU_FORM_OAM, "one order of forms");
static_assert((int)FORM_RULE_ANY == (int)GPU_FORM_COUNT, "any stands behind the forms");

#endif
