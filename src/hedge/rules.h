/* rules.h -- detection rules: which text of a bill means which GPU class, model or unit.
 * Owns:   the pattern language and the rule file: provider,field,pattern,kind,class_or_model,count,
 *         unit,list_price,standing,since,until.
 * Never:  backtracks: a match costs text times pattern, whatever either says.
 * Always: rules are tried in file order, the user's files before the shipped ones; a rule's id is
 *         its file and line.
 *
 * A pattern matches a whole cell without regard to case: literals, `.` any byte, `\x` the byte x,
 * [a-z] and [^a-z], each followed by `*` (any number), `+` (at least one) or `?` (at most one);
 * (...) captures, not nested; $1 to $4 in class_or_model and count stand for what was captured.
 */
#ifndef HEDGEROW_HEDGE_RULES_H
#define HEDGEROW_HEDGE_RULES_H

#include "contract/gpu.h"
#include "hedge/focus.h"

#define PATTERN_ELEMENTS_MAX 120u
#define PATTERN_TEXT_MAX 4096u
#define CAPTURES_MAX 4u
struct pattern {
    u128 mask[256];  /* by byte: the elements it may stand for */
    u128 star, skip; /* elements that repeat; that may be absent */
    u8 n, captures;
    u8 open[CAPTURES_MAX], close[CAPTURES_MAX]; /* first element of a capture, first behind it */
};
/* NULL, or what is wrong with it. */
NODISCARD const char *pattern_make(Str text, struct pattern *out);
/* capture[0 .. captures): pieces of `text`; may be NULL. */
NODISCARD bool pattern_match(const struct pattern *p, Str text, Str *capture);

#define RULE_KINDS(X) \
    X(MACHINE, "machine") X(GPU, "gpu") X(PART, "part") X(FAMILY, "family") X(MODEL, "model") \
    X(SERVICE, "service") X(ALIAS, "alias") X(NONE, "none") X(INPUT, "input") \
    X(CACHED_INPUT, "cached_input") X(CACHE_WRITE, "cache_write") X(OUTPUT, "output") \
    X(BATCH_INPUT, "batch_input") X(BATCH_CACHED_INPUT, "batch_cached_input") \
    X(BATCH_OUTPUT, "batch_output") X(IMAGE, "image") X(AUDIO, "audio")
#define AS_RULE_KIND(NAME, text) RULE_##NAME,
enum rule_kind { RULE_KIND_NONE, RULE_KINDS(AS_RULE_KIND) RULE_KIND_COUNT };
NODISCARD const char *rule_kind_text(u32 kind);
NODISCARD u32 rule_kind_of(Str text);
NODISCARD static inline bool rule_directed(u32 kind) { return kind >= RULE_INPUT; }

#define RULE_FIELDS(X) \
    X(TYPE, "type") X(METER, "meter") X(DETAILS, "SkuPriceDetails") \
    X(RESOURCE_TYPE, "ResourceType") X(DESCRIPTION, "ChargeDescription") \
    X(SERVICE, "ServiceName") X(PROVIDER, "ProviderName")
#define AS_RULE_FIELD(NAME, text) FIELD_##NAME,
enum rule_field { FIELD_NONE, RULE_FIELDS(AS_RULE_FIELD) FIELD_COUNT };
NODISCARD const char *rule_field_text(u32 field);

struct rule {
    char provider[16]; /* "" any */
    u8 field, kind;
    bool user;
    u16 file;
    u32 line;
    char value[64], count[16], unit[32]; /* as written; captures not yet put in */
    i128 list_price;                     /* 0: none; at 1e-18 */
    i64 since, until;                    /* seconds; 0 and INT64_MAX where not stated */
    u64 hits, shadowed;
    struct pattern pattern;
};
struct rules {
    struct rule *rule;
    u32 n, cap, files;
    bool dated;
    char file[32][64];
};

/* Adds a rule file. False: `why` says line, field and cause, or that memory ran out (line 0). */
struct rules_fault { u64 line; char text[200]; };
NODISCARD bool rules_add(struct rules *r, const char *name, Str bytes, bool user,
                         struct rules_fault *why);
void rules_give(struct rules *r);

#endif
