#include "index/fact.h"

static const char *const none_array[] = { "-" };
const struct words bench_words_NONE = { "none", none_array, 1 };

static const u8 *member(const struct fact *f, const void *rec) { return (const u8 *)rec + f->at; }

/* Integer kinds: how many bytes the member and its canonical form have; 0 for the others. */
static u32 int_bytes(u32 kind)
{
    static const u8 bytes[FACT_KIND_COUNT] = {
        [FACT_U16] = 2,  [FACT_U32] = 4,   [FACT_U64] = 8,  [FACT_I64] = 8,
        [FACT_DEC6] = 8, [FACT_PRICE] = 8, [FACT_DATE] = 4, [FACT_AT] = 8,
        [FACT_ENUM] = 1, [FACT_ENUM0] = 1, [FACT_BITS] = 4,
    };
    ASSERT(kind < FACT_KIND_COUNT);
    ASSERT(bytes[FACT_REF] == 0);
    return bytes[kind];
}

static u64 int_of(const struct fact *f, const void *rec)
{
    u64 v = 0;
    u32 n = int_bytes(f->kind);
    ASSERT(n > 0);
    ASSERT(n <= 8);
    memcpy(&v, member(f, rec), n);
    return v;
}

/* False if the value is none of the kind's. */
static bool int_valid(const struct fact *f, u64 v)
{
    ASSERT(f->words);
    ASSERT(int_bytes(f->kind));
    switch (f->kind) {
    case FACT_ENUM: return v >= 1 && v < f->words->n;
    case FACT_ENUM0: return v < f->words->n;
    case FACT_BITS: return v < BIT(f->words->n - 1);
    case FACT_DATE: return v <= (u64)DATE_MAX.days;
    case FACT_AT: return v < (u64)((i64)DATE_MAX.days * NS_PER_DAY);
    case FACT_PRICE: return v <= (u64)INT64_MAX;
    default: return true;
    }
}

static bool int_set(const struct fact *f, u64 v, void *rec)
{
    u32 n = int_bytes(f->kind);
    ASSERT(n > 0);
    if (n < 8 && v >> (8 * n)) return false;
    if (!int_valid(f, v)) return false;
    memcpy((u8 *)rec + f->at, &v, n);
    ASSERT(int_of(f, rec) == v);
    return true;
}

static void put_bits(const struct fact *f, u64 v, struct text *t)
{
    ASSERT(f->words->n <= 33);
    if (!v) text_put_char(t, '-');
    for (u32 i = 1; i < f->words->n; i++) {
        if (!(v & BIT(i - 1))) continue;
        if (v & (BIT(i - 1) - 1)) text_put_char(t, '+');
        text_put(t, words_text(f->words, i));
    }
    ASSERT(t->n < t->cap);
}

static void put_int(const struct fact *f, u64 v, struct text *t)
{
    ASSERT(f->words);
    ASSERT(int_bytes(f->kind));
    switch (f->kind) {
    case FACT_I64: text_put_i64(t, (i64)v); break;
    case FACT_PRICE:
        if (!v) {
            text_put_char(t, '-');
            break;
        }
        text_put_dec(t, (i64)v, 6, 6);
        break;
    case FACT_DEC6: text_put_dec(t, (i64)v, 6, 6); break;
    case FACT_DATE:
        if (v) text_put_date(t, (Date){ (i32)v });
        else text_put_char(t, '-');
        break;
    case FACT_AT: text_put_instant(t, (Instant){ (i64)v }); break;
    case FACT_ENUM:
    case FACT_ENUM0: text_put(t, bench_text(f->words, (i64)v)); break;
    case FACT_BITS: put_bits(f, v, t); break;
    default: text_put_u64(t, v);
    }
}

static Hash hash_of_member(const struct fact *f, struct fact_home h, const void *rec)
{
    Hash out;
    u32 id = 0;
    ASSERT(f->kind == FACT_HASH || f->kind == FACT_REF);
    if (f->kind == FACT_HASH) {
        memcpy(&out, member(f, rec), sizeof out);
        return out;
    }
    memcpy(&id, member(f, rec), sizeof id);
    ASSERT(h.refs);
    return refs_hash(h.refs, id);
}

/* The text of a NAME, CCY or TEXT32 fact; "-" for none. */
static Str text_of_member(const struct fact *f, struct fact_home h, const void *rec)
{
    u32 id = 0;
    const char *z = (const char *)member(f, rec);
    if (f->kind == FACT_CCY) return (Str){ z, z[0] ? 3 : 0 };
    if (f->kind == FACT_TEXT32) return str_of(z);
    ASSERT(f->kind == FACT_NAME);
    ASSERT(h.names);
    memcpy(&id, member(f, rec), sizeof id);
    return names_text(h.names, id);
}

void fact_put(const struct fact *f, struct fact_home h, const void *rec, struct text *t)
{
    static const Hash none;
    ASSERT(f->kind < FACT_KIND_COUNT);
    ASSERT(rec);
    if (int_bytes(f->kind)) {
        put_int(f, int_of(f, rec), t);
    } else if (f->kind == FACT_HASH || f->kind == FACT_REF) {
        Hash v = hash_of_member(f, h, rec);
        if (f->kind == FACT_REF && hash_eq(v, none)) text_put_char(t, '-');
        else text_put_hex(t, v.bytes, sizeof v.bytes);
    } else {
        text_put_str(t, text_of_member(f, h, rec));
    }
}

static bool set_hash(const struct fact *f, struct fact_home h, Hash v, void *rec)
{
    u32 id;
    ASSERT(f->kind == FACT_HASH || f->kind == FACT_REF);
    if (f->kind == FACT_HASH) {
        memcpy((u8 *)rec + f->at, &v, sizeof v);
        return true;
    }
    ASSERT(h.refs);
    if (!refs_add(h.refs, v, &id)) return false;
    memcpy((u8 *)rec + f->at, &id, sizeof id);
    return true;
}

static bool set_text(const struct fact *f, struct fact_home h, Str s, void *rec)
{
    u8 *to = (u8 *)rec + f->at;
    u32 id = 0;
    ASSERT(f->kind == FACT_NAME || f->kind == FACT_CCY || f->kind == FACT_TEXT32);
    if (f->kind == FACT_NAME) {
        ASSERT(h.names);
        if (!str_is(s, "-") && !names_add(h.names, s, &id)) return false;
        memcpy(to, &id, sizeof id);
        return true;
    }
    if (f->kind == FACT_CCY) {
        if (s.n != 3) return false;
        for (u32 i = 0; i < 3; i++)
            if (s.at[i] < 'A' || s.at[i] > 'Z') return false;
        memcpy(to, s.at, 3);
        to[3] = 0;
        return true;
    }
    if (!name_valid(s)) return false;
    memset(to, 0, 32);
    memcpy(to, s.at, s.n);
    return true;
}

static bool parse_bits(const struct fact *f, Str s, u64 *v)
{
    u32 from = 0;
    *v = 0;
    ASSERT(f->kind == FACT_BITS);
    if (str_is(s, "-")) return true;
    for (u32 i = 0; i <= s.n; i++) {
        if (i < s.n && s.at[i] != '+') continue;
        i64 one = words_of(f->words, (Str){ s.at + from, i - from });
        if (one < 1) return false;
        *v |= BIT(one - 1);
        from = i + 1;
    }
    ASSERT(*v);
    return true;
}

static bool parse_int(const struct fact *f, Str s, u64 *v)
{
    i64 n = 0;
    Date d = { 0 };
    Instant at = { 0 };
    bool ok = false;
    ASSERT(f->words);
    switch (f->kind) {
    case FACT_I64: ok = parse_i64(s, &n) == PARSE_OK; break;
    case FACT_PRICE:
        if (str_is(s, "-")) break;
        ok = parse_dec(s, 6, &n) == PARSE_OK;
        if (!ok || n <= 0) return false;
        break;
    case FACT_DEC6: ok = parse_dec(s, 6, &n) == PARSE_OK; break;
    case FACT_DATE:
        ok = str_is(s, "-") || parse_date(s, &d) == PARSE_OK;
        n = d.days;
        break;
    case FACT_AT:
        ok = parse_instant(s, &at) == PARSE_OK;
        n = at.ns;
        break;
    case FACT_ENUM0:
    case FACT_ENUM:
        n = str_is(s, "-") ? 0 : words_of(f->words, s);
        ok = n > 0 || (f->kind == FACT_ENUM0 && str_is(s, "-"));
        break;
    case FACT_BITS: return parse_bits(f, s, v);
    default: return parse_u64(s, v) == PARSE_OK;
    }
    if (f->kind == FACT_PRICE) ok = true;
    *v = (u64)n;
    ASSERT(f->kind < FACT_KIND_COUNT);
    return ok;
}

/* Strict: what was read must be written back letter by letter. */
bool fact_parse(const struct fact *f, struct fact_home h, Str s, void *rec)
{
    char buf[FACT_WORD_MAX * 2];
    struct text t = text_on(buf, sizeof buf);
    ASSERT(f->kind < FACT_KIND_COUNT);
    ASSERT(rec);
    if (!s.n) return false;
    if (int_bytes(f->kind)) {
        u64 v;
        if (!parse_int(f, s, &v) || !int_set(f, v, rec)) return false;
    } else if (f->kind == FACT_HASH || f->kind == FACT_REF) {
        Hash v = { { 0 } };
        bool none = f->kind == FACT_REF && str_is(s, "-");
        if (!none && parse_hex(s, v.bytes, sizeof v.bytes) != PARSE_OK) return false;
        if (!set_hash(f, h, v, rec)) return false;
    } else if (!set_text(f, h, s, rec)) {
        return false;
    }
    fact_put(f, h, rec, &t);
    return str_eq((Str){ t.at, t.n }, s);
}

u32 facts_encode(struct fact_table t, struct fact_home h, const void *rec, u8 *to)
{
    u32 n = 0;
    ASSERT(to);
    ASSERT(t.n > 0);
    for (u32 i = 0; i < t.n; i++) {
        const struct fact *f = &t.fact[i];
        u32 bytes = int_bytes(f->kind);
        if (bytes) {
            memcpy(to + n, member(f, rec), bytes), n += bytes;
        } else if (f->kind == FACT_HASH || f->kind == FACT_REF) {
            Hash v = hash_of_member(f, h, rec);
            memcpy(to + n, v.bytes, sizeof v.bytes), n += (u32)sizeof v.bytes;
        } else {
            Str s = text_of_member(f, h, rec);
            ASSERT(s.n < 32);
            to[n++] = (u8)s.n;
            memcpy(to + n, s.at, s.n), n += s.n;
        }
    }
    return n;
}

static u32 decode_one(const struct fact *f, struct fact_home h, const u8 *from, u32 n, void *rec)
{
    u32 bytes = int_bytes(f->kind);
    u64 v = 0;
    ASSERT(from);
    ASSERT(rec);
    if (bytes) {
        if (n < bytes) return 0;
        memcpy(&v, from, bytes);
        return int_set(f, v, rec) ? bytes : 0;
    }
    if (f->kind == FACT_HASH || f->kind == FACT_REF) {
        Hash hash;
        if (n < sizeof hash) return 0;
        memcpy(&hash, from, sizeof hash);
        return set_hash(f, h, hash, rec) ? (u32)sizeof hash : 0;
    }
    if (n < 1 || from[0] >= 32 || n < 1u + from[0] || !from[0]) return 0;
    return set_text(f, h, (Str){ (const char *)from + 1, from[0] }, rec) ? 1u + from[0] : 0;
}

u32 facts_decode(struct fact_table t, struct fact_home h, const u8 *from, u32 n, void *rec)
{
    u32 at = 0;
    ASSERT(from || !n);
    ASSERT(t.n > 0);
    memset(rec, 0, t.bytes);
    for (u32 i = 0; i < t.n; i++) {
        u32 used = at < n ? decode_one(&t.fact[i], h, from + at, n - at, rec) : 0;
        if (!used) return 0;
        at += used;
    }
    return at;
}
