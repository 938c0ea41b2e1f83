/* token_method.h -- the rules of a token basket as one record: slots, shares a quarter, factors.
 * Owns:   the field table of index.md section 11, its validity, its identity (SHA-256 of its
 *         bytes).
 * Never:  reads YAML (config does, by this table) or computes a factor: quant does, somebody
 *         approves it, and here it stands as an integer with its date and its report's hash.
 * Always: lists hold one kind of thing; every row of shares, kappas and usage is dated, and what is
 *         in force on a day is the latest row from that day or before.
 */
#ifndef HEDGEROW_INDEX_TOKEN_METHOD_H
#define HEDGEROW_INDEX_TOKEN_METHOD_H

#include "index/lists.h"
#include "index/names.h"

#define TOKEN_SLOTS_MAX 64u
#define TOKEN_SHARES_MAX 320u
#define TOKEN_KAPPAS_MAX 128u
#define TOKEN_USAGE_MAX 320u
#define TOKEN_VARIANTS_MAX 16u
#define TOKEN_PRICE_MAX INT64_C(1000000000) /* micros per million tokens: 1,000 USD */

#define METHOD_KIND_LIST(X) \
    X(METHOD_KIND, TOKEN_BASKET, "token_basket") X(METHOD_KIND, SPLICE, "splice")
#define TOKEN_HOSTS_LIST(X) X(TOKEN_HOSTS, MAKER, "MAKER") X(TOKEN_HOSTS, ANY, "ANY")
#define CAP_BASIS_LIST(X) X(CAP_BASIS, QUANTITY, "QUANTITY") X(CAP_BASIS, COST, "COST")
AS_LIST_ENUM(METHOD_KIND)
AS_LIST_ENUM(TOKEN_HOSTS)
AS_LIST_ENUM(CAP_BASIS)
AS_BENCH_WORDS(METHOD_KIND)
AS_BENCH_WORDS(TOKEN_HOSTS)
AS_BENCH_WORDS(CAP_BASIS)

#define TOKEN_SLOT_FIELDS(X) \
    X(TEXT, slot, "", "slot", NEED, 32, 0, "name of the slot") \
    X(TEXT, model, "", "model", NEED, 32, 0, "model id, without the maker") \
    X(TEXT, maker, "", "maker", NEED, 32, 0, "who made it; the provider where providers is MAKER") \
    X(INT, tokens_per_second, "", "tokens_per_second", OPT, 0, 10000000, \
      "for the marginal bound; 0: not looked at") \
    X(TEXT, successor, "", "successor", OPT, 32, 0, "model that takes the slot over") \
    X(DATE, successor_from, "", "successor_from", OPT, 0, 0, "first day of the successor") \
    X(INT, factor_ppm, "", "factor_ppm", OPT, 0, 100000000, \
      "old price over new, from the overlap") \
    X(INT, overlap_days, "", "overlap_days", OPT, 0, 3660, "days both had a price") \
    X(HASH, report, "", "report", OPT, 0, 0, "SHA-256 of the report the factor is from")
#define TOKEN_SHARE_FIELDS(X) \
    X(DATE, from, "", "from", NEED, 0, 0, "rebalance day: the link is made on it") \
    X(TEXT, slot, "", "slot", NEED, 32, 0, "") \
    X(INT, quantity_ppm, "", "quantity_ppm", NEED, 1, 1000000, "share of tokens, before the cap") \
    X(INT, score_milli, "", "score_milli", OPT, 0, 1000000, "under the gate's evaluator")
#define TOKEN_KAPPA_FIELDS(X) \
    X(TEXT, model, "", "model", NEED, 32, 0, "") \
    X(DATE, from, "", "from", NEED, 0, 0, "first day") \
    X(INT, kappa, "", "kappa", NEED, 1, 1000000, "tokens per 1,000 characters of the corpus")
#define TOKEN_USAGE_FIELDS(X) \
    X(DATE, from, "", "from", NEED, 0, 0, "published on; counts on later days only") \
    X(TEXT, slot, "", "slot", NEED, 32, 0, "") \
    X(INT, usage_ppm, "", "usage_ppm", NEED, 1, 1000000, "share of tokens used")
struct token_slot { TOKEN_SLOT_FIELDS(RECORD_MEMBER) };
struct token_share { TOKEN_SHARE_FIELDS(RECORD_MEMBER) };
struct token_kappa { TOKEN_KAPPA_FIELDS(RECORD_MEMBER) };
struct token_usage { TOKEN_USAGE_FIELDS(RECORD_MEMBER) };

#define TOKEN_METHOD_FIELDS(X) \
    X(ENUM, kind, "", "kind", NEED, bench_words_METHOD_KIND, 0, "token_basket") \
    X(TEXT, index, "", "index", NEED, 32, 0, "benchmark id") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(DATE, effective_from, "", "effective_from", NEED, 0, 0, "first value date of the series") \
    X(ENUM, label, "", "label", NEED, bench_words_LABEL, 0, "what the inputs are") \
    X(TEXT, measures, "", "measures", NEED, 192, 0, "the measured interest in one sentence") \
    X(DEC, base, "", "base", NEED, 6, 1, "index points of the first print") \
    X(ENUM, hosts, "eligible", "providers", NEED, bench_words_TOKEN_HOSTS, 0, \
      "MAKER: the source names makers; ANY: it names hosts") \
    X(BITS, kinds, "eligible", "kinds", NEED, bench_words_OBS_KIND, 0, "list, quote") \
    X(BITS, channels, "eligible", "channels", NEED, bench_words_CHANNEL, 0, "channels") \
    X(TEXTS, variants, "eligible", "exclude_variants", NEED, 16, 0, \
      "endings of a model id that make it another product") \
    X(BOOL, exclude_dated, "eligible", "exclude_dated", NEED, 0, 0, \
      "an ending -YYYY-MM-DD or -YYYYMMDD too") \
    X(INT, hold_days, "eligible", "hold_days", NEED, 0, 3660, \
      "a price is stale after; 0: holds until the source changes or removes it") \
    X(INT, w_input_ppm, "blend", "input_ppm", NEED, 0, 1000000, "of a million tokens") \
    X(INT, w_cached_ppm, "blend", "cached_ppm", NEED, 0, 1000000, \
      "at the input price where none is stated") \
    X(INT, w_output_ppm, "blend", "output_ppm", NEED, 0, 1000000, "reasoning tokens are output") \
    X(ENUM, tie, "blend", "tie", NEED, bench_words_TIE, 0, "of the median over providers") \
    X(GIVEN, has_tokenizer, "tokenizer", "", OPT, 0, 0, "left out: prices as they are") \
    X(TEXT, corpus, "tokenizer", "corpus", NEED, 64, 0, "the frozen, published text") \
    X(INT, kappa_ref, "tokenizer", "kappa_ref", NEED, 1, 1000000, "tokens per 1,000 characters") \
    X(GIVEN, has_gate, "gate", "", OPT, 0, 0, "left out: no quality gate") \
    X(TEXT, evaluator, "gate", "evaluator", NEED, 64, 0, "name and version") \
    X(INT, gate_milli, "gate", "score_milli", NEED, 0, 1000000, "least score at a rebalance") \
    X(INT, cap_ppm, "slot_cap", "ppm", NEED, 1, 1000000, "largest slot at a rebalance") \
    X(ENUM, cap_basis, "slot_cap", "basis", NEED, bench_words_CAP_BASIS, 0, \
      "share of QUANTITY, or of COST on the link day") \
    X(INT, carry_days, "retirement", "carry_days", NEED, 0, 3, "a slot's last price lives") \
    X(INT, overlap_days_min, "retirement", "overlap_days", NEED, 30, 3660, \
      "least overlap behind a successor's factor") \
    X(GIVEN, has_marginal, "marginal", "", OPT, 0, 0, "left out: no slot is looked at") \
    X(DEC, gpu_hour, "marginal", "gpu_hour", NEED, 6, 1, "USD per GPU-hour") \
    X(INT, need_slots, "sufficiency", "slots", NEED, 1, 64, "least slots with a price of the day") \
    X(INT, need_ppm, "sufficiency", "fresh_ppm", NEED, 1, 1000000, "least share of cost of those") \
    X(GIVEN, has_l5, "waterfall.L5", "", OPT, 0, 0, "the last L1 value carried") \
    X(INT, max_age, "waterfall.L5", "max_age", NEED, 1, 366, "scheduled days") \
    X(INT, decimals, "publish", "decimals", NEED, 0, 6, "of the value") \
    X(ENUM, round, "publish", "round", NEED, bench_words_PIN_ROUND, 0, "once, at the end") \
    X(LIST, slots, "", "slots", NEED, 64, token_slot, "what can stand in a basket") \
    X(LIST, shares, "", "shares", NEED, 320, token_share, "quantity shares, a set a rebalance") \
    X(LIST, kappas, "", "kappas", OPT, 128, token_kappa, "tokenizers; a change is a dated row") \
    X(LIST, usage, "", "usage", OPT, 320, token_usage, "for the unit value")
struct token_method { TOKEN_METHOD_FIELDS(RECORD_MEMBER) };
extern const struct record token_slot_record, token_share_record, token_kappa_record,
    token_usage_record, token_method_record;

/* token_method_record.fields, or the first field at fault; *cause says why. */
NODISCARD u32 token_method_fault(const struct token_method *m, const char **cause);
NODISCARD bool token_method_decode(const u8 *from, u32 n, struct token_method *out); /* and valid */
/* Index of a slot by its name; UINT32_MAX. */
NODISCARD u32 token_slot_of(const struct token_method *m, const char *name);
/* The rebalance in force on a day: the latest `from` on it or before; 0 none. */
NODISCARD Date token_rebalance_on(const struct token_method *m, Date d);
/* kappa of a model on a day; kappa_ref where no row says. */
NODISCARD i64 token_kappa_on(const struct token_method *m, const char *model, Date d);
/* Does a model id belong to `model`? 0 no, 1 it is that model, 2 it is an excluded variant. */
NODISCARD u32 token_belongs(const struct token_method *m, Str id, const char *model);

#endif
