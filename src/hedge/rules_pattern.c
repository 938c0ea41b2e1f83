#include "hedge/rules.h"

#include <string.h>

/* Sets the bit of element i for a byte, in both cases of a letter. */
static void may_be(struct pattern *p, u32 i, u8 c)
{
    p->mask[c] |= (u128)1 << i;
    if (c >= 'a' && c <= 'z') p->mask[c - 32] |= (u128)1 << i;
    if (c >= 'A' && c <= 'Z') p->mask[c + 32] |= (u128)1 << i;
}

/* A class from text.at[*at], behind its '[', to past its ']'. */
static const char *class_of(struct pattern *p, u32 i, Str text, u32 *at)
{
    bool not = *at < text.n && text.at[*at] == '^', any = false;
    u32 k = *at + not ;
    for (; k < text.n && text.at[k] != ']'; k++, any = true) {
        if (text.at[k] == '\\' && ++k == text.n) break;
        u8 from = (u8)text.at[k], to = from;
        if (k + 2 < text.n && text.at[k + 1] == '-' && text.at[k + 2] != ']')
            to = (u8)text.at[k + 2], k += 2;
        if (to < from) return "a class whose range falls";
        for (u32 c = from; c <= to; c++) may_be(p, i, (u8)c);
    }
    if (k >= text.n) return "a class that is not closed";
    if (!any) return "an empty class";
    for (u32 c = 0; not &&c < 256; c++) p->mask[c] ^= (u128)1 << i;
    *at = k + 1;
    return NULL;
}

static const char *element(struct pattern *p, Str text, u32 *at)
{
    u32 i = p->n;
    if (i >= PATTERN_ELEMENTS_MAX - 1) return "a pattern of more than 118 elements";
    u8 c = (u8)text.at[(*at)++];
    const char *bad = NULL;
    if (c == '*' || c == '+' || c == '?') return "a repetition of nothing";
    if (c == '[') {
        bad = class_of(p, i, text, at);
    } else if (c == '.') {
        for (u32 k = 0; k < 256; k++) p->mask[k] |= (u128)1 << i;
    } else {
        if (c == '\\' && *at == text.n) return "a backslash with nothing behind it";
        may_be(p, i, c == '\\' ? (u8)text.at[(*at)++] : c);
    }
    if (bad) return bad;
    p->n++;
    char q = *at < text.n ? text.at[*at] : 0;
    if (q != '*' && q != '+' && q != '?') return NULL;
    ++*at;
    if (q == '+') { /* x+ is x x* */
        for (u32 k = 0; k < 256; k++) p->mask[k] |= (p->mask[k] >> i & 1) << (i + 1);
        p->n++;
    }
    p->skip |= (u128)1 << (p->n - 1u);
    if (q != '?') p->star |= (u128)1 << (p->n - 1u);
    return NULL;
}

const char *pattern_make(Str text, struct pattern *out)
{
    bool open = false;
    memset(out, 0, sizeof *out);
    for (u32 at = 0; at < text.n;) {
        const char *bad = NULL;
        if (text.at[at] == '(') {
            if (open) return "a capture inside a capture";
            if (out->captures == CAPTURES_MAX) return "more than four captures";
            out->open[out->captures] = out->n;
            open = true, at++;
        } else if (text.at[at] == ')') {
            if (!open) return "a capture that was not opened";
            out->close[out->captures++] = out->n;
            open = false, at++;
        } else {
            bad = element(out, text, &at);
        }
        if (bad) return bad;
    }
    if (open) return "a capture that is not closed";
    return out->n ? NULL : "an empty pattern";
}

/* Elements from which the rest of the text can be reached, one byte earlier than `after`. */
static u128 before(const struct pattern *p, u128 after, u8 c)
{
    u128 can = p->mask[c], now = (after >> 1 & can & ~p->star) | (after & can & p->star);
    for (u128 more; (more = now | (now >> 1 & p->skip)) != now;) now = more;
    return now;
}

static u128 at_end(const struct pattern *p)
{
    u128 now = (u128)1 << p->n;
    for (u128 more; (more = now | (now >> 1 & p->skip)) != now;) now = more;
    return now;
}

/* Walks forward through the feasible sets, taking as many bytes as it can at each element. */
static void captures(const struct pattern *p, Str text, const u128 *feasible, Str *capture)
{
    u32 start[PATTERN_ELEMENTS_MAX + 1], at = 0;
    for (u32 i = 0; i < p->n; i++) {
        u128 bit = (u128)1 << i;
        start[i] = at;
        if (p->star & bit) {
            while (at < text.n && (p->mask[(u8)text.at[at]] & bit) && (feasible[at + 1] & bit))
                at++;
        } else if (!(p->skip & bit) || (at < text.n && (p->mask[(u8)text.at[at]] & bit) &&
                                        (feasible[at + 1] & bit << 1))) {
            at++;
        }
    }
    start[p->n] = at;
    ASSERT(at == text.n);
    for (u32 c = 0; c < p->captures; c++) {
        u32 from = start[p->open[c]];
        capture[c] = (Str){ text.at + from, start[p->close[c]] - from };
    }
}

bool pattern_match(const struct pattern *p, Str text, Str *capture)
{
    if (text.n > PATTERN_TEXT_MAX) return false;
    u128 now = at_end(p);
    for (u32 i = text.n; i-- > 0 && now;) now = before(p, now, (u8)text.at[i]);
    if (!(now & 1)) return false;
    if (!capture || !p->captures) return true;
    u128 feasible[PATTERN_TEXT_MAX + 1];
    feasible[text.n] = at_end(p);
    for (u32 i = text.n; i-- > 0;) feasible[i] = before(p, feasible[i + 1], (u8)text.at[i]);
    captures(p, text, feasible, capture);
    return true;
}
