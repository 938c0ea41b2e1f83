/* record.h -- one field table a record: it makes the struct, the YAML keys, the bytes and the
 * pages.
 * Owns:   field kinds, canonical bytes (table order, little-endian, explicit lengths) and canonical
 *         YAML text of any record described by a table. The YAML reader itself is config's.
 * Never:  allocates or guesses: a value not known is null, a key left out is zero only where OPT.
 * Always: decode(encode(x)) == x; decode refuses every byte string that encode would not make; a
 *         record has no hidden padding (every number is an i64, every text a multiple of 8 bytes).
 *
 * A table is a macro NAME(X) of rows X(KIND, member, group, key, presence, a, b, "meaning"):
 *   kind    member in C                     a, b                YAML
 *   INT     i64 member                      least, most         1500000
 *   DEC     i64 member, scaled 10^a         digits, least       "2.80"
 *   BOOL    i64 member, 0 or 1              -                   true
 *   DATE    i64 member, days, 0 none        -                   2026-01-05
 *   TIME    i64 member, seconds of the day  -                   "16:00Z", to "24:00Z"
 *   ENUM    i64 member, 1..                 words table         FIXED_HOURS
 *   BITS    i64 member, bit i is word i     words table         [limit, market]
 *   TEXT    char member[a]                  bytes, of 8s        GPUH-M
 *   HASH    Hash member                     -                   64 hex digits
 *   INTS    i64 member[a], member_n         entries             [48, 72]
 *   DATES   i64 member[a], member_n         entries             [2026-01-01]
 *   TEXTS   char member[a][32], member_n    entries             [US, CA]
 *   LIST    struct b member[a], member_n    entries, record     [{rule: PRIOR}]; table is b_record
 *   GIVEN   i64 member, 1 if group is there -                   (key "": the group may be left out)
 * group is "" (top level), "size", or a path "waterfall.L2"; a group's rows stand together.
 * presence: NEED, OPT (zero or empty when left out), NULLS (must stand, may be null = not known:
 * RECORD_NULL for INT DEC DATE TIME, 0 for ENUM). Rows of a group with GIVEN are needed only if it
 * is.
 */
#ifndef HEDGEROW_BASE_RECORD_H
#define HEDGEROW_BASE_RECORD_H

#include "base/hash.h"
#include "base/text.h"

#define RECORD_NULL INT64_MIN /* a number that is not known */
#define RECORD_FIELDS_MAX 256u
#define RECORD_TEXTS_BYTES 32u

#define RECORD_KINDS(X) \
    X(INT) X(DEC) X(BOOL) X(DATE) X(TIME) X(ENUM) X(BITS) X(TEXT) X(HASH) X(INTS) X(DATES) \
    X(TEXTS) X(LIST) X(GIVEN)
#define AS_RECORD_KIND(NAME) RECORD_##NAME,
enum record_kind { RECORD_KIND_NONE, RECORD_KINDS(AS_RECORD_KIND) RECORD_KIND_COUNT };
enum record_presence { RECORD_NEED, RECORD_OPT, RECORD_NULLS };

/* The texts of a closed list: word[0] is unused, values start at 1. */
struct words { const char *name; const char *const *word; u32 n; };
#define WORDS(array, label) { label, array, ARRAY_LEN(array) }
NODISCARD const char *words_text(const struct words *w, i64 value); /* "?" outside */
NODISCARD i64 words_of(const struct words *w, Str text);            /* 0 when absent */

struct record;
struct record_field {
    u8 kind, presence;
    u16 cap;      /* bytes of a TEXT, entries of a list, digits of a DEC */
    u32 at, n_at; /* offsets of the member and of its count */
    const char *group, *key, *text;
    i64 min, max;
    const struct words *words;
    const struct record *of;
};
struct record {
    const char *name; /* for sentences: "contract specification" */
    u8 magic[8];      /* first bytes of the canonical form; a LIST's entries have none */
    const struct record_field *field;
    u32 fields, bytes;
};

/* Struct members from the rows of a table. */
#define RECORD_MEMBER(KIND, member, group, key, presence, a, b, text) \
    RECORD_MEMBER_##KIND(member, a, b)
#define RECORD_MEMBER_INT(m, a, b) i64 m;
#define RECORD_MEMBER_DEC(m, a, b) i64 m;
#define RECORD_MEMBER_BOOL(m, a, b) i64 m;
#define RECORD_MEMBER_DATE(m, a, b) i64 m;
#define RECORD_MEMBER_TIME(m, a, b) i64 m;
#define RECORD_MEMBER_ENUM(m, a, b) i64 m;
#define RECORD_MEMBER_BITS(m, a, b) i64 m;
#define RECORD_MEMBER_TEXT(m, a, b) char m[a];
#define RECORD_MEMBER_HASH(m, a, b) Hash m;
#define RECORD_MEMBER_INTS(m, a, b) i64 m##_n; i64 m[a];
#define RECORD_MEMBER_DATES(m, a, b) i64 m##_n; i64 m[a];
#define RECORD_MEMBER_TEXTS(m, a, b) i64 m##_n; char m[a][RECORD_TEXTS_BYTES];
#define RECORD_MEMBER_LIST(m, a, b) i64 m##_n; struct b m[a];
#define RECORD_MEMBER_GIVEN(m, a, b) i64 m;

/* Rows of the run-time table: RECORD_ROW(struct spec, INT, ...). */
#define RECORD_ROW(S, KIND, member, group, key, presence, a, b, text) \
    { RECORD_##KIND, \
      RECORD_##presence, \
      RECORD_CAP_##KIND(a), \
      (u32)offsetof(S, member), \
      RECORD_N_##KIND(S, member), \
      group, \
      key, \
      text, \
      RECORD_MIN_##KIND(a, b), \
      RECORD_MAX_##KIND(a, b), \
      RECORD_WORDS_##KIND(a), \
      RECORD_OF_##KIND(b) },
#define RECORD_CAP_INT(a) 0
#define RECORD_CAP_DEC(a) a
#define RECORD_CAP_BOOL(a) 0
#define RECORD_CAP_DATE(a) 0
#define RECORD_CAP_TIME(a) 0
#define RECORD_CAP_ENUM(a) 0
#define RECORD_CAP_BITS(a) 0
#define RECORD_CAP_TEXT(a) a
#define RECORD_CAP_HASH(a) 0
#define RECORD_CAP_INTS(a) a
#define RECORD_CAP_DATES(a) a
#define RECORD_CAP_TEXTS(a) a
#define RECORD_CAP_LIST(a) a
#define RECORD_CAP_GIVEN(a) 0
#define RECORD_N_INT(S, m) 0
#define RECORD_N_DEC(S, m) 0
#define RECORD_N_BOOL(S, m) 0
#define RECORD_N_DATE(S, m) 0
#define RECORD_N_TIME(S, m) 0
#define RECORD_N_ENUM(S, m) 0
#define RECORD_N_BITS(S, m) 0
#define RECORD_N_TEXT(S, m) 0
#define RECORD_N_HASH(S, m) 0
#define RECORD_N_INTS(S, m) (u32)offsetof(S, m##_n)
#define RECORD_N_DATES(S, m) (u32)offsetof(S, m##_n)
#define RECORD_N_TEXTS(S, m) (u32)offsetof(S, m##_n)
#define RECORD_N_LIST(S, m) (u32)offsetof(S, m##_n)
#define RECORD_N_GIVEN(S, m) 0
#define RECORD_MIN_INT(a, b) a
#define RECORD_MIN_DEC(a, b) b
#define RECORD_MIN_BOOL(a, b) 0
#define RECORD_MIN_DATE(a, b) 0
#define RECORD_MIN_TIME(a, b) 0
#define RECORD_MIN_ENUM(a, b) 1
#define RECORD_MIN_BITS(a, b) 0
#define RECORD_MIN_TEXT(a, b) 0
#define RECORD_MIN_HASH(a, b) 0
#define RECORD_MIN_INTS(a, b) 0
#define RECORD_MIN_DATES(a, b) 0
#define RECORD_MIN_TEXTS(a, b) 0
#define RECORD_MIN_LIST(a, b) 0
#define RECORD_MIN_GIVEN(a, b) 0
#define RECORD_MAX_INT(a, b) b
#define RECORD_MAX_DEC(a, b) INT64_MAX
#define RECORD_MAX_BOOL(a, b) 1
#define RECORD_MAX_DATE(a, b) 84005
#define RECORD_MAX_TIME(a, b) 86400
#define RECORD_MAX_ENUM(a, b) 255
#define RECORD_MAX_BITS(a, b) INT64_MAX
#define RECORD_MAX_TEXT(a, b) 0
#define RECORD_MAX_HASH(a, b) 0
#define RECORD_MAX_INTS(a, b) INT64_MAX
#define RECORD_MAX_DATES(a, b) 84005
#define RECORD_MAX_TEXTS(a, b) 0
#define RECORD_MAX_LIST(a, b) 0
#define RECORD_MAX_GIVEN(a, b) 1
#define RECORD_WORDS_INT(a) NULL
#define RECORD_WORDS_DEC(a) NULL
#define RECORD_WORDS_BOOL(a) NULL
#define RECORD_WORDS_DATE(a) NULL
#define RECORD_WORDS_TIME(a) NULL
#define RECORD_WORDS_ENUM(a) &a
#define RECORD_WORDS_BITS(a) &a
#define RECORD_WORDS_TEXT(a) NULL
#define RECORD_WORDS_HASH(a) NULL
#define RECORD_WORDS_INTS(a) NULL
#define RECORD_WORDS_DATES(a) NULL
#define RECORD_WORDS_TEXTS(a) NULL
#define RECORD_WORDS_LIST(a) NULL
#define RECORD_WORDS_GIVEN(a) NULL
#define RECORD_OF_INT(b) NULL
#define RECORD_OF_DEC(b) NULL
#define RECORD_OF_BOOL(b) NULL
#define RECORD_OF_DATE(b) NULL
#define RECORD_OF_TIME(b) NULL
#define RECORD_OF_ENUM(b) NULL
#define RECORD_OF_BITS(b) NULL
#define RECORD_OF_TEXT(b) NULL
#define RECORD_OF_HASH(b) NULL
#define RECORD_OF_INTS(b) NULL
#define RECORD_OF_DATES(b) NULL
#define RECORD_OF_TEXTS(b) NULL
#define RECORD_OF_LIST(b) &b##_record
#define RECORD_OF_GIVEN(b) NULL

/* Canonical bytes: magic, then the fields. Bytes written, 0 if they do not fit in cap. INT DEC and
 * entries of INTS take 8, DATE and TIME 4, ENUM BOOL GIVEN 1, BITS 8, TEXT u16 + bytes, HASH 32,
 * lists u16 + entries; a NULLS row is led by one byte, 1 if known. Nothing follows a GIVEN of 0. */
NODISCARD u32 record_encode(const struct record *r, const void *from, u8 *to, u32 cap);
/* False, *out zeroed, if the bytes are not what record_encode would make. */
NODISCARD bool record_decode(const struct record *r, const u8 *from, u32 n, void *out);
NODISCARD Hash record_hash(const struct record *r, const void *from); /* SHA-256 of the bytes */
/* The largest canonical form this table can make. */
NODISCARD u32 record_bytes_max(const struct record *r);
/* Canonical YAML: table order, no comments; t->cut says that it did not fit. */
void record_yaml(const struct record *r, const void *from, struct text *t);

/* One field's value as record_yaml writes it (a list in flow form). */
void record_value_text(const struct record_field *f, const void *from, struct text *t);
/* "size.lot_rule", or the key alone at top level. */
void record_path(const struct record_field *f, struct text *t);
/* The first field that differs from `after` on; r->fields if none does. */
NODISCARD u32 record_differs(const struct record *r, const void *a, const void *b, u32 after);
/* The first field from `after` on whose value is null (not known); r->fields if none is. */
NODISCARD u32 record_unknown(const struct record *r, const void *from, u32 after);
/* Index of the field that lives at this offset; asserts that there is one. */
NODISCARD u32 record_at(const struct record *r, u32 offset);
#define RECORD_AT(r, S, member) record_at(r, (u32)offsetof(S, member))
/* Is `group` the group g itself or one below it ("waterfall.L2" within "waterfall")? */
NODISCARD bool record_group_within(const char *group, const char *g);
/* True if every value keeps its kind's bounds: what decode guarantees and a loader must. */
NODISCARD bool record_valid(const struct record *r, const void *from);

#endif
