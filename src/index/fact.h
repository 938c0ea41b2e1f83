/* fact.h -- one interpreter for the tables of small facts: an observation's fields, a print's
 * lines.
 * Owns:   the kinds of fact, their canonical bytes, their canonical text and its strict parser.
 * Never:  accepts two texts for one value: parse(put(x)) == x, and put(parse(s)) == s.
 * Always: bytes are the fields in table order, little-endian, texts with a length byte before them.
 *
 * base/record.h does the same for files people write; here members are small and texts are
 * interned, for there may be ten million of them.
 */
#ifndef HEDGEROW_INDEX_FACT_H
#define HEDGEROW_INDEX_FACT_H

#include "index/lists.h"
#include "index/names.h"

#define FACT_WORD_MAX 160 /* longest text of one fact */

/* X(KIND, what the text looks like) */
#define FACT_KINDS(X) \
    X(U16, "integer") X(U32, "integer") X(U64, "integer") X(I64, "signed integer") \
    X(DEC6, "decimal with six digits") X(PRICE, "decimal with six digits, - for 0") \
    X(DATE, "YYYY-MM-DD, - for none") X(AT, "RFC 3339 UTC with nine digits") \
    X(ENUM, "a value of its list") X(ENUM0, "a value of its list, - for none") \
    X(BITS, "values of its list, + between; - for none") X(NAME, "interned text, - for none") \
    X(REF, "64 hex digits, - for none") X(CCY, "three capital letters") \
    X(TEXT32, "one word of at most 31 letters") X(HASH, "64 hex digits")
#define AS_FACT_KIND(KIND, text) FACT_##KIND,
enum fact_kind { FACT_KINDS(AS_FACT_KIND) FACT_KIND_COUNT };

struct fact {
    const char *name, *text;
    const struct words *words;
    u32 at; /* offset of the member */
    u32 kind;
};
struct fact_table { const struct fact *fact; u32 n, bytes; };
/* Where NAME and REF values live. */
struct fact_home { struct names *names; struct refs *refs; };

/* Rows of a run-time table: F(KIND, member, LIST or NONE, meaning). */
extern const struct words bench_words_NONE;
#define FACT_ROW(S, KIND, member, LIST, meaning) \
    { #member, meaning, &bench_words_##LIST, (u32)offsetof(S, member), FACT_##KIND },

void fact_put(const struct fact *f, struct fact_home h, const void *rec, struct text *t);
NODISCARD bool fact_parse(const struct fact *f, struct fact_home h, Str s, void *rec);
/* Bytes written; `to` has room for 48 bytes a fact. */
NODISCARD u32 facts_encode(struct fact_table t, struct fact_home h, const void *rec, u8 *to);
/* Bytes read; 0 when they are not what facts_encode makes. */
NODISCARD u32 facts_decode(struct fact_table t, struct fact_home h, const u8 *from, u32 n,
                           void *rec);

#endif
