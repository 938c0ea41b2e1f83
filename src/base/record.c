#include "base/record.h"

static i64 *number(const struct record_field *f, const void *from)
{
    ASSERT(from);
    ASSERT(f->at % 8 == 0);
    return (i64 *)(uintptr_t)((const u8 *)from + f->at);
}
static i64 count(const struct record_field *f, const void *from)
{
    i64 n;
    ASSERT(from);
    ASSERT(f->n_at % 8 == 0);
    memcpy(&n, (const u8 *)from + f->n_at, sizeof n);
    return n;
}

const char *words_text(const struct words *w, i64 value)
{
    ASSERT(w->n >= 1);
    ASSERT(w);
    return value >= 1 && value < (i64)w->n ? w->word[value] : "?";
}

i64 words_of(const struct words *w, Str text)
{
    ASSERT(text.n == 0 || text.at);
    ASSERT(w);
    ASSERT(w->n >= 1);
    for (u32 i = 1; i < w->n; i++)
        if (str_is(text, w->word[i])) return i;
    return 0;
}

/* Bytes of one entry of a list, or of the value itself. */
static u32 entry_bytes(const struct record_field *f)
{
    ASSERT(f->kind < RECORD_KIND_COUNT);
    ASSERT(f->kind > RECORD_KIND_NONE);
    switch (f->kind) {
    case RECORD_TEXT: return f->cap;
    case RECORD_HASH: return sizeof(Hash);
    case RECORD_TEXTS: return RECORD_TEXTS_BYTES;
    case RECORD_LIST: return f->of->bytes;
    default: return 8;
    }
}
static bool is_list(const struct record_field *f)
{
    ASSERT(f->kind < RECORD_KIND_COUNT);
    return f->kind == RECORD_INTS || f->kind == RECORD_DATES || f->kind == RECORD_TEXTS ||
           f->kind == RECORD_LIST;
}
static u64 field_bytes(const struct record_field *f)
{
    return (u64)entry_bytes(f) * (is_list(f) ? f->cap : 1);
}

static bool all_zero(const u8 *at, u64 n)
{
    u8 any = 0;
    ASSERT(n <= UINT32_MAX);
    ASSERT(at);
    for (u64 i = 0; i < n; i++) any |= at[i];
    return any == 0;
}

/* Printable ASCII, at least one zero at the end, zero-filled. */
static bool text_valid(const char *z, u32 cap, bool may_be_empty)
{
    u32 n = 0;
    ASSERT(z);
    ASSERT(cap > 0);
    while (n < cap && z[n] >= ' ' && z[n] <= '~') n++;
    return n < cap && (n > 0 || may_be_empty) && all_zero((const u8 *)z + n, cap - n);
}

static bool number_valid(const struct record_field *f, i64 v)
{
    ASSERT(f->kind != RECORD_TEXT);
    ASSERT(!is_list(f));
    if (f->presence == RECORD_OPT && v == 0) return true;
    if (f->kind == RECORD_ENUM)
        return (v >= 1 && v < (i64)f->words->n) || (f->presence == RECORD_NULLS && v == 0);
    if (f->kind == RECORD_BITS) return v >= 0 && (v & 1) == 0 && v < INT64_C(1) << f->words->n;
    if (f->presence == RECORD_NULLS && v == RECORD_NULL) return true;
    if (f->kind == RECORD_DATE && v == 0) return false; /* 0 is no date */
    return v >= f->min && v <= f->max;
}

static bool list_valid(const struct record_field *f, const void *from)
{
    i64 n = count(f, from);
    u32 each = entry_bytes(f);
    const u8 *at = (const u8 *)from + f->at;
    ASSERT(is_list(f));
    ASSERT(f->cap > 0);
    if (n < 0 || n > f->cap) return false;
    for (u32 i = 0; i < (u32)n; i++) {
        const u8 *entry = at + (u64)i * each;
        i64 v;
        memcpy(&v, entry, sizeof v);
        if (f->kind == RECORD_TEXTS && !text_valid((const char *)entry, each, false)) return false;
        if (f->kind == RECORD_LIST && !record_valid(f->of, entry)) return false;
        if (f->kind == RECORD_INTS && (v < f->min || v > f->max)) return false;
        if (f->kind == RECORD_DATES && (v < 1 || v > f->max)) return false;
    }
    return all_zero(at + (u64)n * each, (u64)(f->cap - (u32)n) * each);
}

static bool field_valid(const struct record_field *f, const void *from)
{
    const u8 *at = (const u8 *)from + f->at;
    ASSERT(f->kind > RECORD_KIND_NONE);
    ASSERT(from);
    if (is_list(f)) return list_valid(f, from);
    if (f->kind == RECORD_TEXT)
        return text_valid((const char *)at, f->cap, f->presence != RECORD_NEED);
    if (f->kind == RECORD_HASH) return true;
    return number_valid(f, *number(f, from));
}

bool record_group_within(const char *group, const char *g)
{
    u64 n = strlen(g);
    ASSERT(group);
    ASSERT(n > 0);
    return strlen(group) >= n && memcmp(group, g, n) == 0 && (group[n] == 0 || group[n] == '.');
}
/* The first row after the group that row i, a GIVEN, opens. */
static u32 group_end(const struct record *r, u32 i)
{
    u32 end = i + 1;
    ASSERT(i < r->fields);
    ASSERT(r->field[i].kind == RECORD_GIVEN);
    while (end < r->fields && record_group_within(r->field[end].group, r->field[i].group)) end++;
    return end;
}

bool record_valid(const struct record *r, const void *from)
{
    ASSERT(from);
    ASSERT(r->fields > 0);
    ASSERT(r->fields <= RECORD_FIELDS_MAX);
    for (u32 i = 0; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        if (!field_valid(f, from)) return false;
        if (f->kind != RECORD_GIVEN || *number(f, from)) continue;
        u32 end = group_end(r, i);
        for (u32 k = i + 1; k < end; k++) {
            if (!all_zero((const u8 *)from + r->field[k].at, field_bytes(&r->field[k])))
                return false;
            if (is_list(&r->field[k]) && count(&r->field[k], from)) return false;
        }
        i = end - 1;
    }
    return true;
}

/* ---- canonical bytes ---- */

/* Writes into bytes, or with `sha` into a digest only. */
struct pen { u8 *to; u32 n, cap; bool cut; struct sha256 *sha; };

static void pen_put(struct pen *p, const void *bytes, u32 n)
{
    ASSERT(bytes || n == 0);
    ASSERT(p->n <= p->cap);
    if (p->sha) {
        sha256_add(p->sha, bytes, n);
        return;
    }
    if (p->cut || n > p->cap - p->n) {
        p->cut = true;
        return;
    }
    memcpy(p->to + p->n, bytes, n);
    p->n += n;
}

static void pen_text(struct pen *p, const char *z)
{
    u16 n = (u16)strlen(z);
    ASSERT(z);
    ASSERT(strlen(z) < 65536);
    pen_put(p, &n, 2);
    pen_put(p, z, n);
}

/* Bytes that a number takes in the canonical form. */
static u32 wire_bytes(u8 kind)
{
    ASSERT(kind > RECORD_KIND_NONE);
    ASSERT(kind < RECORD_KIND_COUNT);
    switch (kind) {
    case RECORD_DATE:
    case RECORD_DATES:
    case RECORD_TIME: return 4;
    case RECORD_BOOL:
    case RECORD_GIVEN:
    case RECORD_ENUM: return 1;
    default: return 8;
    }
}

static void put_fields(struct pen *p, const struct record *r, const void *from);

static void put_list(struct pen *p, const struct record_field *f, const void *from)
{
    u16 n = (u16)count(f, from);
    const u8 *at = (const u8 *)from + f->at;
    ASSERT(is_list(f));
    ASSERT(n <= f->cap);
    pen_put(p, &n, 2);
    for (u32 i = 0; i < n; i++, at += entry_bytes(f)) {
        if (f->kind == RECORD_TEXTS) pen_text(p, (const char *)at);
        else if (f->kind == RECORD_LIST) put_fields(p, f->of, at);
        else pen_put(p, at, wire_bytes(f->kind));
    }
}

static bool is_null(const struct record_field *f, const void *from)
{
    ASSERT(f->presence != RECORD_NULLS || !is_list(f));
    if (f->presence != RECORD_NULLS) return false;
    ASSERT(f->kind != RECORD_TEXT && f->kind != RECORD_HASH && f->kind != RECORD_BITS);
    return *number(f, from) == (f->kind == RECORD_ENUM ? 0 : RECORD_NULL);
}

static void put_fields(struct pen *p, const struct record *r, const void *from)
{
    ASSERT(r->fields > 0);
    for (u32 i = 0; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        const u8 *at = (const u8 *)from + f->at;
        if (f->presence == RECORD_NULLS) {
            u8 known = !is_null(f, from);
            pen_put(p, &known, 1);
            if (!known) continue;
        }
        if (is_list(f)) put_list(p, f, from);
        else if (f->kind == RECORD_TEXT) pen_text(p, (const char *)at);
        else if (f->kind == RECORD_HASH) pen_put(p, at, sizeof(Hash));
        else pen_put(p, at, wire_bytes(f->kind)); /* little-endian: the low bytes come first */
        if (f->kind == RECORD_GIVEN && !*number(f, from)) i = group_end(r, i) - 1;
    }
}

u32 record_encode(const struct record *r, const void *from, u8 *to, u32 cap)
{
    struct pen p = { to, 0, cap, false, NULL };
    ASSERT(to);
    ASSERT(record_valid(r, from));
    pen_put(&p, r->magic, sizeof r->magic);
    put_fields(&p, r, from);
    ASSERT(p.n <= cap);
    return p.cut ? 0 : p.n;
}

struct eye { const u8 *from; u32 n, at; bool bad; };

static void eye_get(struct eye *e, void *to, u32 n)
{
    ASSERT(to || n == 0);
    ASSERT(e->at <= e->n);
    if (e->bad || n > e->n - e->at) {
        e->bad = true;
        return;
    }
    memcpy(to, e->from + e->at, n);
    e->at += n;
}

static void eye_text(struct eye *e, char *to, u32 cap)
{
    u16 n = 0;
    ASSERT(to);
    ASSERT(cap > 0);
    eye_get(e, &n, 2);
    if (n >= cap) e->bad = true;
    else eye_get(e, to, n);
    if (!e->bad && strlen(to) != n) e->bad = true; /* a zero inside */
}

static void eye_number(struct eye *e, u8 kind, i64 *to)
{
    u32 n = wire_bytes(kind);
    u8 bytes[8] = { 0 };
    ASSERT(to);
    ASSERT(n <= 8);
    eye_get(e, bytes, n);
    memcpy(to, bytes, 8); /* dates, times, enums and truths have no sign */
}

static void get_fields(struct eye *e, const struct record *r, void *out);

static void get_list(struct eye *e, const struct record_field *f, void *out)
{
    u16 n = 0;
    i64 wide;
    u8 *at = (u8 *)out + f->at;
    eye_get(e, &n, 2);
    if (n > f->cap) e->bad = true;
    if (e->bad) return;
    wide = n;
    memcpy((u8 *)out + f->n_at, &wide, sizeof wide);
    for (u32 i = 0; i < n && !e->bad; i++, at += entry_bytes(f)) {
        if (f->kind == RECORD_TEXTS) eye_text(e, (char *)at, RECORD_TEXTS_BYTES);
        else if (f->kind == RECORD_LIST) get_fields(e, f->of, at);
        else eye_number(e, f->kind, (i64 *)(void *)at);
    }
    ASSERT(is_list(f));
    ASSERT(e->bad || e->at <= e->n);
}

static void get_null(const struct record_field *f, void *out)
{
    ASSERT(f->presence == RECORD_NULLS);
    *number(f, out) = f->kind == RECORD_ENUM ? 0 : RECORD_NULL;
    ASSERT(is_null(f, out));
}

static void get_fields(struct eye *e, const struct record *r, void *out)
{
    ASSERT(r->fields > 0);
    for (u32 i = 0; i < r->fields && !e->bad; i++) {
        const struct record_field *f = &r->field[i];
        u8 *at = (u8 *)out + f->at;
        if (f->presence == RECORD_NULLS) {
            u8 known = 0;
            eye_get(e, &known, 1);
            if (known > 1) e->bad = true;
            if (!known) {
                get_null(f, out);
                continue;
            }
        }
        if (is_list(f)) get_list(e, f, out);
        else if (f->kind == RECORD_TEXT) eye_text(e, (char *)at, f->cap);
        else if (f->kind == RECORD_HASH) eye_get(e, at, sizeof(Hash));
        else eye_number(e, f->kind, number(f, out));
        if (f->presence == RECORD_NULLS && is_null(f, out)) e->bad = true; /* known, yet null */
        if (f->kind == RECORD_GIVEN && !*number(f, out)) i = group_end(r, i) - 1;
    }
}

bool record_decode(const struct record *r, const u8 *from, u32 n, void *out)
{
    struct eye e = { from, n, 0, false };
    u8 magic[8] = { 0 };
    ASSERT(from || n == 0);
    ASSERT(out);
    memset(out, 0, r->bytes);
    eye_get(&e, magic, sizeof magic);
    if (memcmp(magic, r->magic, sizeof magic) != 0) e.bad = true;
    if (!e.bad) get_fields(&e, r, out);
    if (!e.bad && e.at == n && record_valid(r, out)) return true;
    memset(out, 0, r->bytes);
    return false;
}

static u32 fields_bytes_max(const struct record *r)
{
    u64 sum = 0;
    ASSERT(r->fields > 0);
    ASSERT(r->fields <= RECORD_FIELDS_MAX);
    for (u32 i = 0; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        u64 one = wire_bytes(f->kind);
        if (f->kind == RECORD_TEXT) one = 2u + f->cap;
        if (f->kind == RECORD_TEXTS) one = 2u + RECORD_TEXTS_BYTES;
        if (f->kind == RECORD_HASH) one = sizeof(Hash);
        if (f->kind == RECORD_LIST) one = fields_bytes_max(f->of);
        sum += is_list(f) ? 2 + one * f->cap : one + 1;
    }
    ASSERT(sum < UINT32_MAX / 2);
    return (u32)sum;
}
u32 record_bytes_max(const struct record *r) { return 8 + fields_bytes_max(r); }

Hash record_hash(const struct record *r, const void *from)
{
    struct sha256 sha;
    struct pen p = { NULL, 0, 0, false, &sha };
    ASSERT(record_valid(r, from));
    sha256_init(&sha);
    pen_put(&p, r->magic, sizeof r->magic);
    put_fields(&p, r, from);
    ASSERT(!p.cut);
    return sha256_end(&sha);
}

/* ---- fields by place and difference ---- */

u32 record_at(const struct record *r, u32 offset)
{
    ASSERT(offset % 8 == 0);
    ASSERT(offset < r->bytes);
    for (u32 i = 0; i < r->fields; i++)
        if (r->field[i].at == offset) return i;
    UNREACHABLE("no field lives there");
}

u32 record_differs(const struct record *r, const void *a, const void *b, u32 after)
{
    ASSERT(after <= r->fields);
    ASSERT(a);
    ASSERT(b);
    for (u32 i = after; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        if (is_list(f) && count(f, a) != count(f, b)) return i;
        if (memcmp((const u8 *)a + f->at, (const u8 *)b + f->at, field_bytes(f)) != 0) return i;
    }
    return r->fields;
}

u32 record_unknown(const struct record *r, const void *from, u32 after)
{
    ASSERT(from);
    ASSERT(after <= r->fields);
    for (u32 i = 0; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        if (f->kind == RECORD_GIVEN && !*number(f, from)) i = group_end(r, i) - 1;
        else if (i >= after && is_null(f, from)) return i;
    }
    return r->fields;
}
