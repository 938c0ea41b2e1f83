#include "hedge/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AS_TEXT(NAME, text) text,
static const char *const kind_texts[] = { "?", RULE_KINDS(AS_TEXT) };
static const char *const field_texts[] = { "?", RULE_FIELDS(AS_TEXT) };

const char *rule_kind_text(u32 kind) { return kind < RULE_KIND_COUNT ? kind_texts[kind] : "?"; }
const char *rule_field_text(u32 f) { return f < FIELD_COUNT ? field_texts[f] : "?"; }

u32 rule_kind_of(Str text)
{
    for (u32 i = 1; i < RULE_KIND_COUNT; i++)
        if (str_is(text, kind_texts[i])) return i;
    return RULE_KIND_NONE;
}

static u8 field_of(Str text)
{
    for (u8 i = 1; i < FIELD_COUNT; i++)
        if (focus_same(text, field_texts[i])) return i;
    return FIELD_NONE;
}

enum {
    C_PROVIDER,
    C_FIELD,
    C_PATTERN,
    C_KIND,
    C_VALUE,
    C_COUNT,
    C_UNIT,
    C_PRICE,
    C_STANDING,
    C_SINCE,
    C_UNTIL,
    C_N
};
static const char *const columns[C_N] = { "provider",       "field", "pattern", "kind",
                                          "class_or_model", "count", "unit",    "list_price",
                                          "standing",       "since", "until" };

static bool say(struct rules_fault *why, u64 line, u32 column, const char *cause)
{
    why->line = line;
    snprintf(why->text, sizeof why->text, "%s: %s", columns[column], cause);
    return false;
}

static bool copy(char *to, u32 cap, Str s)
{
    if (s.n >= cap) return false;
    memcpy(to, s.at, s.n);
    to[s.n] = 0;
    return true;
}

/* "8", "$1", "1/4", "". */
static bool count_valid(Str s)
{
    u32 slash = 0;
    if (!s.n) return true;
    if (s.n == 2 && s.at[0] == '$') return s.at[1] >= '1' && s.at[1] <= '4';
    for (u32 i = 0; i < s.n; i++) {
        slash += s.at[i] == '/';
        if ((s.at[i] < '0' || s.at[i] > '9') && (s.at[i] != '/' || !i || i + 1 == s.n))
            return false;
    }
    return slash < 2 && s.n < 12;
}

static bool day(Str s, i64 *out)
{
    Date d;
    if (!s.n) return true;
    if (parse_date(s, &d) != PARSE_OK) return false;
    *out = (i64)d.days * 86400;
    return true;
}

static bool rule_of(const Str *c, struct rule *r, u64 line, struct rules_fault *why)
{
    const char *bad;
    r->field = field_of(c[C_FIELD]);
    r->kind = (u8)rule_kind_of(c[C_KIND]);
    r->until = INT64_MAX;
    if (str_is(c[C_PROVIDER], "*")) r->provider[0] = 0;
    else if (!c[C_PROVIDER].n || !copy(r->provider, sizeof r->provider, c[C_PROVIDER]))
        return say(why, line, C_PROVIDER, "* or a name of at most 15 letters");
    if (!r->field)
        return say(why, line, C_FIELD,
                   "one of type, meter, SkuPriceDetails, ResourceType, ChargeDescription, "
                   "ServiceName, ProviderName");
    if (!r->kind) return say(why, line, C_KIND, "no such kind");
    bad = pattern_make(c[C_PATTERN], &r->pattern);
    if (bad) return say(why, line, C_PATTERN, bad);
    if (!copy(r->value, sizeof r->value, c[C_VALUE]))
        return say(why, line, C_VALUE, "longer than 63 letters");
    if (r->kind == RULE_GPU && !strchr(r->value, '$') && !gpu_class_of(c[C_VALUE]))
        return say(why, line, C_VALUE, "no GPU class of the list");
    if (!count_valid(c[C_COUNT]) || !copy(r->count, sizeof r->count, c[C_COUNT]))
        return say(why, line, C_COUNT, "a whole number, 1/n or $1");
    if (!copy(r->unit, sizeof r->unit, c[C_UNIT]))
        return say(why, line, C_UNIT, "longer than 31 letters");
    bad = c[C_PRICE].n ? atto_parse(c[C_PRICE], &r->list_price) : NULL;
    if (bad) return say(why, line, C_PRICE, bad);
    if (c[C_STANDING].n && !str_is(c[C_STANDING], "pub") && !str_is(c[C_STANDING], "2nd") &&
        !str_is(c[C_STANDING], "bg") && !str_is(c[C_STANDING], "ours"))
        return say(why, line, C_STANDING, "pub, 2nd, bg, ours or empty");
    if (!day(c[C_SINCE], &r->since)) return say(why, line, C_SINCE, "not a date YYYY-MM-DD");
    if (!day(c[C_UNTIL], &r->until)) return say(why, line, C_UNTIL, "not a date YYYY-MM-DD");
    return true;
}

static bool room(struct rules *r)
{
    if (r->n < r->cap) return true;
    u32 cap = r->cap ? r->cap * 2 : 64;
    struct rule *more = cap > 16384 ? NULL : realloc(r->rule, cap * sizeof *more);
    if (!more) return false;
    r->rule = more, r->cap = cap;
    return true;
}

static bool head_fits(struct focus_lexer *x, struct rules_fault *why)
{
    why->line = x->line;
    if (x->cells != C_N) {
        snprintf(why->text, sizeof why->text, "the first line must name the 11 columns of a rule");
        return false;
    }
    for (u32 i = 0; i < C_N; i++)
        if (!str_is(x->cell[i], columns[i])) return say(why, x->line, i, "column missing or moved");
    return true;
}

static bool add_rows(struct rules *r, struct focus_lexer *x, bool user, struct rules_fault *why)
{
    bool head = false;
    for (;;) {
        enum focus_read got = focus_next(x);
        why->line = x->line;
        if (got == FOCUS_FAULT) {
            snprintf(why->text, sizeof why->text, "%s", x->fault);
            return false;
        }
        if (got == FOCUS_END) break;
        if (x->raw.at[0] == '#') continue;
        if (!head) {
            if (!head_fits(x, why)) return false;
            head = true;
            continue;
        }
        if (x->cells != C_N) {
            snprintf(why->text, sizeof why->text, "%u cells, not 11", x->cells);
            return false;
        }
        if (!room(r)) {
            snprintf(why->text, sizeof why->text, "too many rules");
            return false;
        }
        struct rule *one = &r->rule[r->n];
        memset(one, 0, sizeof *one);
        one->user = user, one->line = (u32)x->line, one->file = (u16)r->files;
        if (!rule_of(x->cell, one, x->line, why)) return false;
        r->dated |= one->since || one->until != INT64_MAX;
        r->n++;
    }
    if (!head) snprintf(why->text, sizeof why->text, "no header");
    return head;
}

bool rules_add(struct rules *r, const char *name, Str bytes, bool user, struct rules_fault *why)
{
    struct focus_bytes b = { bytes.at, bytes.n };
    struct focus_lexer x;
    memset(why, 0, sizeof *why);
    if (r->files == ARRAY_LEN(r->file)) {
        snprintf(why->text, sizeof why->text, "more than 32 rule files");
        return false;
    }
    char *buffer = malloc(FOCUS_BUFFER);
    if (!buffer) {
        snprintf(why->text, sizeof why->text, "no memory");
        return false;
    }
    snprintf(r->file[r->files], sizeof r->file[0], "%s", name);
    focus_open(&x, focus_bytes_source(&b), buffer, ',');
    bool fine = add_rows(r, &x, user, why);
    r->files++;
    free(buffer);
    return fine;
}

void rules_give(struct rules *r)
{
    free(r->rule);
    memset(r, 0, sizeof *r);
}
