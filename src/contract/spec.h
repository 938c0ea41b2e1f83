/* spec.h -- the contract specification: one field table, everything a contract must say.
 * Owns:   the record of contracts.md section 1, its canonical bytes and YAML, its validity tests.
 * Never:  fills a value by a guess: what is not known is null, and such a spec may not be listed.
 * Always: SHA-256 of the canonical bytes is the version's identity; a listed (product, period)
 *         keeps its version for life.
 *
 * Money is micros of the quote currency: prices per unit, fees per lot. Units are milli-units.
 */
#ifndef HEDGEROW_CONTRACT_SPEC_H
#define HEDGEROW_CONTRACT_SPEC_H

#include "base/lists.h"
#include "contract/calendar.h"

#define SPEC_SESSIONS_MAX 16
#define SPEC_DSP_MAX 8
#define SPEC_PARTS_MAX 16
#define SPEC_CASCADE_MAX 8
#define SPEC_ADDONS_MAX 8
#define SPEC_BYTES_MAX 16384u
#define SPEC_QTY_MAX INT64_C(1000000000)
#define SPEC_PRICE_MAX INT64_C(1000000000000) /* a million of the currency per unit */

/* X(LIST, NAME, text) */
#define SPEC_KIND_LIST(X) \
    X(KIND, AVG_FUT, "AVG_FUT") X(KIND, PIT_FUT, "PIT_FUT") X(KIND, BASKET_FUT, "BASKET_FUT") \
    X(KIND, PHYS_FUT, "PHYS_FUT") X(KIND, SPREAD, "SPREAD") X(KIND, STRIP, "STRIP") \
    X(KIND, APO, "APO") X(KIND, PLAIN_OPT, "PLAIN_OPT") X(KIND, PERP, "PERP") \
    X(KIND, INDEX_BASIS, "INDEX_BASIS")
#define SPEC_PINNING_LIST(X) \
    X(PINNING, PINNED_AT_LISTING, "PINNED_AT_LISTING") \
    X(PINNING, PINNED_AT_PERIOD_START, "PINNED_AT_PERIOD_START") \
    X(PINNING, FOLLOW_WITH_NOTICE, "FOLLOW_WITH_NOTICE")
#define SPEC_PAIRING_LIST(X) X(PAIRING, OWN, "OWN") X(PAIRING, COMMON, "COMMON")
#define SPEC_LOT_LIST(X) \
    X(LOT, FIXED_HOURS, "FIXED_HOURS") X(LOT, HOURS_IN_PERIOD, "HOURS_IN_PERIOD") \
    X(LOT, TOKENS, "TOKENS") X(LOT, NODE_HOURS, "NODE_HOURS")
#define SPEC_UNIT_LIST(X) \
    X(UNIT, GPU_HOUR, "GPU_HOUR") X(UNIT, NODE_HOUR, "NODE_HOUR") X(UNIT, MTOKEN, "MTOKEN")
#define SPEC_LAST_TRADE_LIST(X) \
    X(LAST_TRADE, LAST_BUSINESS_DAY, "LAST_BUSINESS_DAY") \
    X(LAST_TRADE, NTH_WEEKDAY, "NTH_WEEKDAY") X(LAST_TRADE, THIRD_WEDNESDAY, "THIRD_WEDNESDAY") \
    X(LAST_TRADE, NTH_LAST_BD, "NTH_LAST_BD") X(LAST_TRADE, DATE, "DATE") \
    X(LAST_TRADE, NONE, "NONE")
#define SPEC_FSP_LIST(X) \
    X(FSP, MEAN_DAILY, "MEAN_DAILY") X(FSP, MEAN_HOURLY, "MEAN_HOURLY") X(FSP, POINT, "POINT") \
    X(FSP, BASKET_MEAN, "BASKET_MEAN") X(FSP, DELIVERY, "DELIVERY") \
    X(FSP, PERPETUAL, "PERPETUAL")
#define SPEC_SET_LIST(X) \
    X(SET, BUSINESS, "BUSINESS") X(SET, CALENDAR, "CALENDAR") X(SET, PUBLICATION, "PUBLICATION")
#define SPEC_NONPUB_LIST(X) \
    X(NONPUB, SKIP, "SKIP") X(NONPUB, CARRY_PREV, "CARRY_PREV") \
    X(NONPUB, CARRY_MAX_N, "CARRY_MAX_N") X(NONPUB, FILL_MEAN_G, "FILL_MEAN_G")
#define SPEC_ROUND_LIST(X) \
    X(ROUND, HALF_EVEN, "HALF_EVEN") X(ROUND, HALF_UP, "HALF_UP") X(ROUND, TO_TICK, "TO_TICK")
#define SPEC_VINTAGE_LIST(X) \
    X(VINTAGE, FIRST_PRINT, "FIRST_PRINT") X(VINTAGE, LAST_BEFORE, "LAST_BEFORE") \
    X(VINTAGE, RESTATE_IF, "RESTATE_IF")
#define SPEC_MATCH_LIST(X) X(MATCH, FIFO, "FIFO") X(MATCH, PRO_RATA, "PRO_RATA")
#define SPEC_EXPAND_LIST(X) X(EXPAND, NONE, "NONE") X(EXPAND, LOCK_LADDER, "LOCK_LADDER")
#define SPEC_MARGIN_LIST(X) \
    X(MARGIN, PERCENT, "PERCENT") X(MARGIN, SPAN, "SPAN") X(MARGIN, FHS, "FHS") \
    X(MARGIN, STAGES, "STAGES")
#define SPEC_STAGE_LIST(X) \
    X(STAGE, GENERAL, "GENERAL") X(STAGE, NEARBY, "NEARBY") X(STAGE, DELIVERY, "DELIVERY") \
    X(STAGE, SPOT_LAST_N, "SPOT_LAST_N")
#define SPEC_STYLE_LIST(X) X(STYLE, EUROPEAN, "EUROPEAN") X(STYLE, AVERAGE, "AVERAGE")
#define SPEC_PREMIUM_LIST(X) X(PREMIUM, EQUITY, "EQUITY") X(PREMIUM, FUTURES, "FUTURES")
#define SPEC_MARK_LIST(X) X(MARK, MEDIAN_3, "MEDIAN_3") X(MARK, INDEX, "INDEX")
#define SPEC_RIGHT_LIST(X) X(RIGHT, CALL, "CALL") X(RIGHT, PUT, "PUT")

/* SPEC_KIND_AVG_FUT ...; shared lists too: SPEC_TIF_DAY == TIF_DAY of msg, by construction. */
#define SPEC_LISTS(E) \
    E(SPEC_KIND) E(SPEC_PINNING) E(SPEC_PAIRING) E(SPEC_LOT) E(SPEC_UNIT) E(SPEC_LAST_TRADE) \
    E(SPEC_FSP) E(SPEC_SET) E(SPEC_NONPUB) E(SPEC_ROUND) E(SPEC_VINTAGE) E(SPEC_MATCH) \
    E(SPEC_EXPAND) E(SPEC_MARGIN) E(SPEC_STAGE) E(SPEC_STYLE) E(SPEC_PREMIUM) E(SPEC_MARK) \
    E(SPEC_RIGHT) E(ORDER_TYPE) E(TIF) E(STP) E(PHASE) E(DSP) E(FIXING) E(PRINT) \
    E(LABEL)
#define AS_SPEC_ENUMERATOR(LIST, NAME, text) SPEC_##LIST##_##NAME,
#define AS_SPEC_ENUM(L) enum spec_enum_##L { SPEC_ENUM_##L##_NONE, L##_LIST(AS_SPEC_ENUMERATOR) };
SPEC_LISTS(AS_SPEC_ENUM)
#define AS_SPEC_WORDS(L) extern const struct words spec_words_##L;
SPEC_LISTS(AS_SPEC_WORDS)
#define SPEC_BIT(value) (INT64_C(1) << (value)) /* of a BITS field: order types, TIF, STP */

#define SPEC_SESSION_FIELDS(X) \
    X(ENUM, state, "", "state", NEED, spec_words_PHASE, 0, "phase of the book") \
    X(TIME, start, "", "start", NEED, 0, 0, "UTC, of the trading day") \
    X(TIME, end, "", "end", NEED, 0, 0, "exclusive; the next session starts here or later")
#define SPEC_DSP_FIELDS(X) \
    X(ENUM, rule, "", "rule", NEED, spec_words_DSP, 0, "daily settlement price rule") \
    X(INT, last_s, "", "last_s", OPT, 0, 86400, "VWAP_WINDOW, MID_BEST: seconds before dsp_at") \
    X(INT, min_qty, "", "min_qty", OPT, 0, SPEC_QTY_MAX, "VWAP rules: least lots") \
    X(INT, max_ticks, "", "max_ticks", OPT, 0, 1000000, "MID_BEST: widest spread") \
    X(INT, max_days, "", "max_days", OPT, 0, 366, "PRIOR_PLUS_NEAREST: at most so many days")
#define SPEC_PART_FIELDS(X) \
    X(TEXT, product, "", "product", NEED, 16, 0, "product of a leg or a child") \
    X(INT, weight, "", "weight", NEED, -1000, 1000, "lots of it in one lot, signed") \
    X(INT, months, "", "months", OPT, -36, 36, "period after the parent's, in months")
#define SPEC_ADDON_FIELDS(X) \
    X(TEXT, name, "", "name", NEED, 16, 0, "liquidity, concentration, jump, ...") \
    X(INT, ppm, "", "ppm", NEED, 0, 10000000, "of the base margin")

struct spec_session { SPEC_SESSION_FIELDS(RECORD_MEMBER) };
struct spec_dsp { SPEC_DSP_FIELDS(RECORD_MEMBER) };
struct spec_part { SPEC_PART_FIELDS(RECORD_MEMBER) };
struct spec_addon { SPEC_ADDON_FIELDS(RECORD_MEMBER) };
extern const struct record spec_session_record, spec_dsp_record, spec_part_record,
    spec_addon_record;

#define SPEC_FIELDS(X) \
    X(TEXT, product, "", "product", NEED, 16, 0, "product id, at most 15 of A-Z 0-9 -") \
    X(TEXT, name, "", "name", OPT, 64, 0, "for people") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(DATE, effective_from, "", "effective_from", NEED, 0, 0, "listings from this day use it") \
    X(DATE, effective_to, "", "effective_to", OPT, 0, 0, "no listing after this day") \
    X(ENUM, kind, "", "kind", NEED, spec_words_SPEC_KIND, 0, "what it is") \
    X(TEXT, underlying_id, "underlying", "id", NEED, 32, 0, "benchmark it settles on") \
    X(ENUM, underlying_label, "underlying", "label", OPT, spec_words_LABEL, 0, \
      "what its inputs must be; left out: anything") \
    X(ENUM, underlying_rule, "underlying", "rule", NEED, spec_words_SPEC_PINNING, 0, \
      "which methodology version binds") \
    X(TEXT, underlying_second, "underlying", "second", OPT, 32, 0, "INDEX_BASIS: the other index") \
    X(ENUM, underlying_pairing, "underlying", "pairing", OPT, spec_words_SPEC_PAIRING, 0, \
      "INDEX_BASIS: each leg's own days, or common days") \
    X(TEXT, quote_ccy, "currency", "quote", NEED, 8, 0, "ISO 4217") \
    X(TEXT, settle_ccy, "currency", "settle", NEED, 8, 0, "ISO 4217") \
    X(ENUM, lot_rule, "size", "lot_rule", NEED, spec_words_SPEC_LOT, 0, "what decides a lot") \
    X(INT, lot_units_milli, "size", "lot_units_milli", OPT, 0, INT64_C(1000000000000), \
      "milli-units a lot; left out when the period decides") \
    X(ENUM, unit, "size", "unit", NEED, spec_words_SPEC_UNIT, 0, "unit a price is for") \
    X(INT, tick_outright, "tick", "outright", NEED, 1, SPEC_PRICE_MAX, "micros per unit") \
    X(INT, tick_spread, "tick", "spread", NEED, 1, SPEC_PRICE_MAX, "micros per unit") \
    X(INT, tick_final, "tick", "final", NEED, 1, SPEC_PRICE_MAX, "micros per unit") \
    X(INT, price_min, "price", "min", NEED, -SPEC_PRICE_MAX, SPEC_PRICE_MAX, \
      "micros per unit; outrights not below 0") \
    X(INT, price_max, "price", "max", NEED, 1, SPEC_PRICE_MAX, "micros per unit") \
    X(INT, list_months, "listing", "months", NEED, 0, 120, "months listed, current one first") \
    X(INT, list_quarters, "listing", "quarters", OPT, 0, 40, "quarters listed") \
    X(INT, list_years, "listing", "years", OPT, 0, 10, "calendar years listed") \
    X(DATE, first_trade, "listing", "first_trade", OPT, 0, 0, "nothing lists before this day") \
    X(ENUM, last_trade_rule, "last_trade", "rule", NEED, spec_words_SPEC_LAST_TRADE, 0, "") \
    X(INT, last_trade_n, "last_trade", "n", OPT, 0, 31, "NTH_WEEKDAY, NTH_LAST_BD") \
    X(ENUM, last_trade_weekday, "last_trade", "weekday", OPT, calendar_weekdays, 0, \
      "NTH_WEEKDAY") \
    X(DATE, last_trade_date, "last_trade", "date", OPT, 0, 0, "DATE") \
    X(TEXT, calendar_id, "calendar", "id", NEED, 16, 0, "business calendar") \
    X(TEXT, tz, "calendar", "tz", NEED, 16, 0, "zone of the sessions: UTC") \
    X(LIST, sessions, "", "sessions", NEED, SPEC_SESSIONS_MAX, spec_session, \
      "phases of a trading day in order; closed outside them") \
    X(TIME, dsp_at, "", "dsp_at", NEED, 0, 0, "end of the daily settlement window, UTC") \
    X(LIST, dsp, "", "dsp", NEED, SPEC_DSP_MAX, spec_dsp, "the first rule that answers") \
    X(ENUM, fsp_rule, "fsp", "rule", NEED, spec_words_SPEC_FSP, 0, "final settlement price") \
    X(ENUM, fsp_set, "fsp", "calendar", NEED, spec_words_SPEC_SET, 0, "days of the averaging set") \
    X(ENUM, fsp_nonpub, "fsp", "nonpub", NEED, spec_words_SPEC_NONPUB, 0, \
      "what a day of the set without a print does") \
    X(INT, fsp_carry_max, "fsp", "max_carry_days", OPT, 0, 31, \
      "CARRY_MAX_N: calendar days; FILL_MEAN_G: most values averaged") \
    X(INT, fsp_digits, "fsp", "digits", NEED, 0, 6, "of the final price") \
    X(ENUM, fsp_round, "fsp", "round", NEED, spec_words_SPEC_ROUND, 0, "rounded once") \
    X(INT, bad_share_ppm, "bad", "share_ppm", NEED, 0, 1000000, \
      "more L5 and L6 days than this share: determination") \
    X(INT, bad_run, "bad", "run", NEED, 0, 366, "more in a row than this: determination") \
    X(TEXT, bad_determination, "bad", "determination", NEED, 16, 0, "rule of the rulebook") \
    X(ENUM, vintage_rule, "vintage", "rule", NEED, spec_words_SPEC_VINTAGE, 0, \
      "which version of a print binds") \
    X(INT, vintage_ppm, "vintage", "ppm", OPT, 0, 1000000, "RESTATE_IF: moved by more") \
    X(TIME, vintage_before, "vintage", "before", OPT, 0, 0, \
      "LAST_BEFORE, RESTATE_IF: published before this time") \
    X(INT, vintage_days, "vintage", "days", OPT, 0, 31, "... so many days after the value date") \
    X(TEXT, fallback_index, "fallback", "index", OPT, 32, 0, "if the benchmark ceases") \
    X(INT, fallback_factor_ppm, "fallback", "factor_ppm", OPT, 0, 100000000, "times the fallback") \
    X(INT, fallback_notice_days, "fallback", "notice_days", OPT, 0, 3650, "of cessation") \
    X(INT, limit_general_ppm, "daily_limit", "general_ppm", NULLS, 0, 1000000, \
      "of the settlement price, by stage; 0 none") \
    X(INT, limit_nearby_ppm, "daily_limit", "nearby_ppm", OPT, 0, 1000000, "") \
    X(INT, limit_delivery_ppm, "daily_limit", "delivery_ppm", OPT, 0, 1000000, "") \
    X(INT, limit_spot_ppm, "daily_limit", "spot_ppm", OPT, 0, 1000000, "") \
    X(ENUM, limit_expand, "daily_limit", "expand", OPT, spec_words_SPEC_EXPAND, 0, "") \
    X(INT, band_ticks, "controls", "band_ticks", NULLS, 0, 1000000, "static band; 0 none") \
    X(INT, ipl_amount, "controls", "ipl_amount", OPT, 0, SPEC_PRICE_MAX, \
      "interval limit, micros per unit") \
    X(INT, ipl_window_s, "controls", "ipl_window_s", OPT, 0, 86400, "its interval") \
    X(INT, hold_s, "controls", "hold_s", OPT, 0, 86400, "its hold") \
    X(INT, dcb_ppm, "controls", "dcb_ppm", OPT, 0, 1000000, "dynamic circuit breaker") \
    X(INT, dcb_window_s, "controls", "dcb_window_s", OPT, 0, 86400, "its window") \
    X(INT, halt_s, "controls", "halt_s", OPT, 0, 86400, "its halt") \
    X(INT, nrr_ticks, "controls", "nrr_ticks", NULLS, 0, 1000000, "non-reviewable range") \
    X(INT, protection_ticks, "controls", "protection_ticks", NULLS, 0, 1000000, \
      "market order: best opposite plus or minus this") \
    X(BITS, order_types, "orders", "types", NEED, spec_words_ORDER_TYPE, 0, "permitted") \
    X(BITS, order_tif, "orders", "tif", NEED, spec_words_TIF, 0, "permitted") \
    X(BITS, order_stp, "orders", "stp", NEED, spec_words_STP, 0, "permitted") \
    X(INT, qty_min, "orders", "min_qty", NEED, 1, SPEC_QTY_MAX, "lots") \
    X(INT, qty_max, "orders", "max_qty", NEED, 1, SPEC_QTY_MAX, "lots") \
    X(INT, qty_step, "orders", "step", NEED, 1, SPEC_QTY_MAX, "lots") \
    X(ENUM, match, "orders", "match", NEED, spec_words_SPEC_MATCH, 0, "allocation") \
    X(BOOL, implied, "orders", "implied", OPT, 0, 0, "implied matching with combos") \
    X(INT, pos_general, "position", "general", NULLS, 0, SPEC_QTY_MAX, \
      "lots an owner may hold, by stage; 0 no limit") \
    X(INT, pos_nearby, "position", "nearby", NULLS, 0, SPEC_QTY_MAX, "month before the period") \
    X(INT, pos_delivery, "position", "delivery", NULLS, 0, SPEC_QTY_MAX, "in the period") \
    X(INT, pos_spot, "position", "spot_last_n", NULLS, 0, SPEC_QTY_MAX, "last spot_days") \
    X(INT, spot_days, "position", "spot_days", OPT, 0, 31, "business days before last trade") \
    X(INT, pos_member, "position", "member", OPT, 0, SPEC_QTY_MAX, "a member's own; 0 none") \
    X(INT, pos_hedger, "position", "hedger", OPT, 0, SPEC_QTY_MAX, "hedger's quota; 0 by grant") \
    X(INTS, accountability, "position", "accountability", OPT, 2, 0, \
      "[single month, all months], lots") \
    X(INT, reportable, "position", "reportable", NULLS, 0, SPEC_QTY_MAX, "lots") \
    X(BOOL, aggregation, "position", "aggregation", OPT, 0, 0, "by beneficial-owner group") \
    X(BOOL, diminishing, "position", "diminishing", NULLS, 0, 0, "size shrinks with fixed days") \
    X(INT, opening_day_max, "position", "trading_limit_day", OPT, 0, SPEC_QTY_MAX, \
      "lots opened a day; 0 none") \
    X(ENUM, margin_method, "margin", "method", NEED, spec_words_SPEC_MARGIN, 0, "") \
    X(INT, im_general_ppm, "margin", "general_ppm", NULLS, 0, 10000000, \
      "initial margin floor of value, by stage") \
    X(INT, im_nearby_ppm, "margin", "nearby_ppm", OPT, 0, 10000000, "0: as the stage before") \
    X(INT, im_delivery_ppm, "margin", "delivery_ppm", OPT, 0, 10000000, "") \
    X(INT, im_spot_ppm, "margin", "spot_ppm", OPT, 0, 10000000, "") \
    X(LIST, addons, "margin", "addons", OPT, SPEC_ADDONS_MAX, spec_addon, "on the base margin") \
    X(TEXT, offset_group, "margin", "offset_group", OPT, 16, 0, "credits within it") \
    X(INT, limit_n, "margin", "limit_n", OPT, 0, 366, "N in L*: days an owner would have to move") \
    X(INT, fee_maker, "fees", "maker", NULLS, -SPEC_PRICE_MAX, SPEC_PRICE_MAX, \
      "micros per lot and side; negative: rebate") \
    X(INT, fee_taker, "fees", "taker", NULLS, 0, SPEC_PRICE_MAX, "") \
    X(INT, fee_clearing, "fees", "clearing", NULLS, 0, SPEC_PRICE_MAX, "") \
    X(INT, fee_cash_settle, "fees", "cash_settle", NULLS, 0, SPEC_PRICE_MAX, "") \
    X(INT, fee_delivery, "fees", "delivery", OPT, 0, SPEC_PRICE_MAX, "") \
    X(INT, fee_exercise, "fees", "exercise", OPT, 0, SPEC_PRICE_MAX, "") \
    X(INT, fee_position_adj, "fees", "position_adj", OPT, 0, SPEC_PRICE_MAX, "") \
    X(INT, fee_block, "fees", "block", NULLS, 0, SPEC_PRICE_MAX, "") \
    X(INT, fee_member_trade, "fees", "member_trade", OPT, 0, SPEC_PRICE_MAX, "members' rate") \
    X(INT, fee_member_cash_settle, "fees", "member_cash_settle", OPT, 0, SPEC_PRICE_MAX, "") \
    X(INT, fee_member_block, "fees", "member_block", OPT, 0, SPEC_PRICE_MAX, "") \
    X(INT, block_min, "blocks", "min", NULLS, 0, SPEC_QTY_MAX, "lots; 0: no blocks") \
    X(INT, block_report_s, "blocks", "report_seconds", NULLS, 0, 65535, "") \
    X(BOOL, efp_allowed, "blocks", "efp", OPT, 0, 0, "exchange for physical") \
    X(TEXT, block_related, "blocks", "related", OPT, 16, 0, "product a block may be tied to") \
    X(GIVEN, has_strip, "strip", "", OPT, 0, 0, "STRIP and SPREAD") \
    X(LIST, parts, "strip", "parts", NEED, SPEC_PARTS_MAX, spec_part, "legs or children") \
    X(INT, cascade_days, "strip", "cascade_days", OPT, 0, 31, "business days before the period") \
    X(TEXTS, cascade_to, "strip", "cascade_to", OPT, SPEC_CASCADE_MAX, 0, "products") \
    X(GIVEN, has_option, "option", "", OPT, 0, 0, "APO and PLAIN_OPT") \
    X(ENUM, option_style, "option", "style", NEED, spec_words_SPEC_STYLE, 0, "") \
    X(ENUM, option_right, "option", "right", NEED, spec_words_SPEC_RIGHT, 0, "cap is a call") \
    X(INT, strike_step, "option", "strike_step", NEED, 1, SPEC_PRICE_MAX, "micros per unit") \
    X(INT, strikes_each_side, "option", "strikes_each_side", NEED, 1, 100, "of the running mark") \
    X(BOOL, exercise_auto, "option", "automatic", NEED, 0, 0, "exercise") \
    X(ENUM, premium_style, "option", "premium", NEED, spec_words_SPEC_PREMIUM, 0, "") \
    X(GIVEN, has_delivery, "delivery", "", OPT, 0, 0, "PHYS_FUT") \
    X(TEXT, warrant_class, "delivery", "warrant_class", NEED, 32, 0, "") \
    X(INT, delivery_notice_days, "delivery", "notice_days", NEED, 0, 31, "business days") \
    X(INT, delivery_multiple, "delivery", "multiple", NEED, 1, 1024, "lots delivered together") \
    X(INT, delivery_dsp_days, "delivery", "dsp_days", NEED, 1, 31, "DSPs in the delivery price") \
    X(INT, bond_ppm, "delivery", "bond_ppm", NEED, 0, 10000000, "of price") \
    X(INT, damages_ppm, "delivery", "damages_ppm", NEED, 0, 10000000, "") \
    X(GIVEN, has_perp, "perp", "", OPT, 0, 0, "PERP") \
    X(INT, funding_interval_s, "perp", "funding_interval_s", NEED, 1, 86400, "") \
    X(INT, funding_cap_ppm, "perp", "funding_cap_ppm", NEED, 0, 1000000, "of the index") \
    X(ENUM, mark_rule, "perp", "mark", NEED, spec_words_SPEC_MARK, 0, "") \
    X(INT, mark_step_ppm, "perp", "mark_step_ppm", NEED, 0, 1000000, "an index update moves it") \
    X(HASH, rule_text_hash, "governance", "rule_text_hash", OPT, 0, 0, "SHA-256 of the rules") \
    X(TEXT, consultation_id, "governance", "consultation", OPT, 32, 0, "") \
    X(DATE, as_seen, "", "as_seen", OPT, 0, 0, "reconstruction: when its sources were read") \
    X(TEXT, disclaimer, "", "disclaimer", NEED, 384, 0, "none, or what it is not")

struct spec { SPEC_FIELDS(RECORD_MEMBER) };
extern const struct record spec_record;
/* Index of a member's field in spec_record: SPEC_FIELD(tick_outright). */
#define SPEC_FIELD(member) RECORD_AT(&spec_record, struct spec, member)

NODISCARD u32 spec_encode(const struct spec *s, u8 *to, u32 cap);    /* bytes; 0: does not fit */
NODISCARD bool spec_decode(const u8 *from, u32 n, struct spec *out); /* strict; not yet checked */
NODISCARD Hash spec_hash(const struct spec *s);

/* Validity tests: one row a code. */
#define SPEC_FAULTS(X) \
    X(DUPLICATE, "(product, period) exists already") \
    X(TICK_VALUE_FRACTION, "a tick of a lot is no whole number of micros") \
    X(LIMIT_OFF_TICK, "a limit or band is no multiple of the tick") \
    X(LAST_TRADE_AFTER_FIXING, "trading would end after the last fixing") \
    X(FIXING_SET_EMPTY, "no day to fix on inside the period") \
    X(STRIP_HOURS, "the children's hours do not sum to the parent's") \
    X(LIMIT_RISES, "a position limit rises toward expiry") \
    X(MARGIN_FALLS, "a margin falls toward expiry") \
    X(LIMIT_BELOW_ONE_LOT, "the index bears less than one lot") \
    X(NO_ZERO_TRADE_RULE, "no settlement without a trade") \
    X(NO_FALLBACK, "no fallback index, or the index itself") \
    X(CALENDAR_SHORT, "the calendar does not cover the period and 30 days") \
    X(PRICE_BOUNDS, "an outright below zero, or bounds the wrong way round") \
    X(FOUR_EYES, "two different approvers are needed") \
    X(RANGE, "price x units x position does not fit 62 bits") \
    X(FEE_NEGATIVE_SUM, "maker and taker fee sum below zero") \
    X(BAD_ID, "an id has other characters than A-Z 0-9 -") \
    X(BAD_CURRENCY, "not three capitals") \
    X(BAD_SESSION, "sessions overlap, are empty or hold a phase no session has") \
    X(BAD_RULE, "a rule lacks its parameter, or has one that is not its own") \
    X(BAD_DATES, "effective_to before effective_from") \
    X(BAD_QTY, "order sizes do not fit together") \
    X(WRONG_GROUP, "a group that this kind needs is missing, or one it can not have is there") \
    X(NO_DISCLAIMER, "a reconstruction says that it is unaffiliated and when it was seen")
#define AS_SPEC_FAULT(NAME, text) SPEC_FAULT_##NAME,
enum spec_fault { SPEC_FAULT_NONE, SPEC_FAULTS(AS_SPEC_FAULT) SPEC_FAULT_COUNT };
NODISCARD const char *spec_fault_name(u32 fault);
NODISCARD const char *spec_fault_text(u32 fault);

/* One failure: its code and the field (index in spec_record) it is about. */
struct spec_finding { u32 fault, field; };
/* All tests that need the record alone; the number of findings, the first cap of them in `out`. */
NODISCARD u32 spec_check(const struct spec *s, struct spec_finding *out, u32 cap);
/* A spec with a value not known may be read and compared but not listed: the first such field, or
 * spec_record.fields. */
NODISCARD u32 spec_unknown(const struct spec *s);
NODISCARD enum spec_fault spec_check_approvers(Str a, Str b);
/* lstar_milli: the index's L* in thousandths of a lot, floored. */
NODISCARD enum spec_fault spec_check_lstar(i64 lstar_milli);
/* L* in thousandths of a lot, floored: what moving the value by 1 % costs over three times what a
 * lot gains by it: 1000 cost / (3 x units x 1 % of value / n). INT64_MAX where that does not fit.
 * cost and value in micros; n days in the mean. */
#define SPEC_LSTAR_KAPPA 3
#define SPEC_LSTAR_DELTA_PPM 10000
#define SPEC_COST_MAX (INT64_C(1) << 60)
NODISCARD i64 spec_lstar_milli(i64 cost, i64 value, i64 lot_units_milli, u32 n);

/* Stage values with "0: as the stage before" resolved; stage is SPEC_STAGE_... */
NODISCARD i64 spec_position_limit(const struct spec *s, u32 stage); /* lots; 0 none */
NODISCARD i64 spec_margin_ppm(const struct spec *s, u32 stage);
NODISCARD i64 spec_daily_limit_ppm(const struct spec *s, u32 stage); /* 0 none */

#endif
