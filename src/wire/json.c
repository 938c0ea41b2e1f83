#include "wire/json.h"

enum {
    WANT_VALUE,
    WANT_KEY_OR_END,
    WANT_KEY,
    WANT_COLON,
    WANT_VALUE_OR_END,
    WANT_COMMA,
    WANT_NOTHING
};

u32 utf8_step(const char *at, u32 n)
{
    const u8 *p = (const u8 *)at;
    ASSERT(at);
    ASSERT(n > 0);
    if (p[0] < 0x80) return 1;
    u32 more = p[0] >= 0xc2 && p[0] <= 0xdf   ? 1
               : (p[0] & 0xf0) == 0xe0        ? 2
               : p[0] >= 0xf0 && p[0] <= 0xf4 ? 3
                                              : 0;
    ASSERT(more <= 3);
    if (!more || more >= n) return 0;
    for (u32 i = 1; i <= more; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if (p[0] == 0xe0 && p[1] < 0xa0) return 0; /* overlong */
    if (p[0] == 0xed && p[1] > 0x9f) return 0; /* surrogates */
    if (p[0] == 0xf0 && p[1] < 0x90) return 0; /* overlong */
    if (p[0] == 0xf4 && p[1] > 0x8f) return 0; /* above U+10FFFF */
    return more + 1;
}

bool utf8_valid(const char *at, u32 n)
{
    ASSERT(at || !n);
    for (u32 i = 0; i < n;) {
        u32 step = utf8_step(at + i, n - i);
        if (!step) return false;
        i += step;
        ASSERT(i <= n);
    }
    return true;
}

void json_init(struct json *j, const char *at, u32 n)
{
    ASSERT(j);
    ASSERT(at || !n);
    *j = (struct json){ .at = at, .n = n, .want = WANT_VALUE };
}

static enum json_kind bad(struct json *j, const char *why)
{
    ASSERT(why);
    ASSERT(j->i <= j->n);
    if (!j->bad) j->bad = why;
    return JSON_BAD;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The four digits at `at`, or -1. */
static int unit_of(const char *at, u32 n)
{
    int v = 0;
    ASSERT(at);
    if (n < 4) return -1;
    for (u32 i = 0; i < 4; i++) {
        int d = hex_of(at[i]);
        if (d < 0) return -1;
        v = v << 4 | d;
    }
    ASSERT(v >= 0);
    return v;
}

/* Bytes of the escape at s->at[i] (a backslash), 0 if it is none; *code its character. */
static u32 escape_of(Str s, u32 i, u32 *code)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    ASSERT(i < s.n);
    ASSERT(s.at[i] == '\\');
    if (i + 1 >= s.n) return 0;
    for (u32 k = 0; k < sizeof from - 1; k++)
        if (s.at[i + 1] == from[k]) return *code = (u32)to[k], 2;
    if (s.at[i + 1] != 'u') return 0;
    int high = unit_of(s.at + i + 2, s.n - i - 2);
    if (high < 0 || (high >= 0xdc00 && high <= 0xdfff)) return 0;
    *code = (u32)high;
    if (high < 0xd800 || high > 0xdbff) return 6;
    if (s.n - i < 12 || s.at[i + 6] != '\\' || s.at[i + 7] != 'u') return 0;
    int low = unit_of(s.at + i + 8, s.n - i - 8);
    if (low < 0xdc00 || low > 0xdfff) return 0;
    *code = 0x10000u + (((u32)high - 0xd800u) << 10) + ((u32)low - 0xdc00u);
    ASSERT(*code <= 0x10ffff);
    return 12;
}

/* Bytes that stand for themselves in a string: ASCII but controls, quote and backslash. */
static const u8 plain[256] = { [0x20 ... 0x21] = 1, [0x23 ... 0x5b] = 1, [0x5d ... 0x7f] = 1 };

/* One character that is not plain; its bytes, 0 if it can not be in a string. */
static u32 odd_character(struct json *j, u8 c)
{
    u32 code = 0;
    ASSERT(j->i < j->n);
    if (c >= 0x80) return utf8_step(j->at + j->i, j->n - j->i);
    if (c != '\\') return 0;
    j->escaped = true;
    return escape_of((Str){ j->at, j->n }, j->i, &code);
}

/* j->i is behind the opening quote; leaves it behind the closing one. */
static bool take_string(struct json *j)
{
    u32 from = j->i, i = from;
    ASSERT(from > 0);
    ASSERT(j->at[from - 1] == '"');
    j->escaped = false;
    for (;;) {
        while (i < j->n && plain[(u8)j->at[i]]) i++;
        if (i == j->n) break;
        u8 c = (u8)j->at[i];
        if (c == '"') {
            j->text = (Str){ j->at + from, i - from };
            j->i = i + 1;
            return true;
        }
        j->i = i;
        u32 step = odd_character(j, c);
        if (!step)
            return bad(j, c < 0x20    ? "control character in a string"
                          : c == '\\' ? "bad escape"
                                      : "not UTF-8"),
                   false;
        i += step;
    }
    j->i = j->n;
    return bad(j, "string without end"), false;
}

static u32 digits_at(const struct json *j, u32 i)
{
    u32 n = 0;
    ASSERT(i <= j->n);
    while (i + n < j->n && j->at[i + n] >= '0' && j->at[i + n] <= '9') n++;
    ASSERT(i + n <= j->n);
    return n;
}

static bool take_number(struct json *j)
{
    u32 i = j->i;
    u32 k;
    ASSERT(i < j->n);
    if (j->at[i] == '-') i++;
    if (!(k = digits_at(j, i)) || (k > 1 && j->at[i] == '0')) return false;
    i += k;
    if (i < j->n && j->at[i] == '.') {
        if (!(k = digits_at(j, i + 1))) return false;
        i += k + 1;
    }
    if (i < j->n && (j->at[i] == 'e' || j->at[i] == 'E')) {
        i++;
        if (i < j->n && (j->at[i] == '+' || j->at[i] == '-')) i++;
        if (!(k = digits_at(j, i))) return false;
        i += k;
    }
    j->text = (Str){ j->at + j->i, i - j->i };
    ASSERT(i > j->i);
    j->i = i;
    return true;
}

static enum json_kind take_word(struct json *j)
{
    static const struct { const char *word; u32 n; enum json_kind kind; } words[] = {
        { "true", 4, JSON_TRUE },
        { "false", 5, JSON_FALSE },
        { "null", 4, JSON_NULL },
    };
    ASSERT(j->i < j->n);
    for (u32 i = 0; i < ARRAY_LEN(words); i++) {
        if (j->n - j->i < words[i].n || memcmp(j->at + j->i, words[i].word, words[i].n)) continue;
        j->i += words[i].n;
        ASSERT(j->i <= j->n);
        return words[i].kind;
    }
    return JSON_BAD;
}

static bool in_object(const struct json *j)
{
    ASSERT(j->depth > 0);
    ASSERT(j->depth <= JSON_DEPTH_MAX);
    return j->objects >> (j->depth - 1) & 1;
}

static void after_value(struct json *j)
{
    ASSERT(j->depth <= JSON_DEPTH_MAX);
    j->want = j->depth ? WANT_COMMA : WANT_NOTHING;
    ASSERT(!j->bad);
}

static enum json_kind open_container(struct json *j, bool object)
{
    ASSERT(j->i < j->n);
    if (j->depth == JSON_DEPTH_MAX) return bad(j, "nested deeper than 16");
    ASSERT(j->at[j->i] == (object ? '{' : '['));
    j->i++;
    j->objects = (j->objects & ~BIT(j->depth)) | (object ? BIT(j->depth) : 0);
    j->depth++;
    j->want = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    ASSERT(j->depth <= JSON_DEPTH_MAX);
    return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_kind close_container(struct json *j)
{
    bool object = in_object(j);
    ASSERT(j->depth > 0);
    ASSERT(j->at[j->i] == (object ? '}' : ']'));
    j->i++, j->depth--;
    after_value(j);
    return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static enum json_kind take_value(struct json *j)
{
    char c = j->at[j->i];
    enum json_kind kind = JSON_BAD;
    ASSERT(!j->bad);
    ASSERT(j->i < j->n);
    if (c == '{' || c == '[') return open_container(j, c == '{');
    if (c == '"') {
        j->i++;
        if (take_string(j)) kind = JSON_STRING;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        if (take_number(j)) kind = JSON_NUMBER;
    } else {
        kind = take_word(j);
    }
    if (kind == JSON_BAD) return bad(j, "not a JSON value");
    after_value(j);
    return kind;
}

static void skip_blanks(struct json *j)
{
    while (j->i < j->n && (j->at[j->i] == ' ' || j->at[j->i] == '\n' || j->at[j->i] == '\r' ||
                           j->at[j->i] == '\t'))
        j->i++;
    ASSERT(j->i <= j->n);
}

/* A key and its colon. */
static enum json_kind take_key(struct json *j)
{
    ASSERT(in_object(j));
    ASSERT(j->i < j->n);
    if (j->at[j->i] != '"') return bad(j, "a key is due");
    j->i++;
    if (!take_string(j)) return JSON_BAD;
    skip_blanks(j);
    if (j->i == j->n || j->at[j->i] != ':') return bad(j, "a colon is due");
    j->i++;
    j->want = WANT_VALUE;
    return JSON_KEY;
}

enum json_kind json_next(struct json *j)
{
    ASSERT(j->i <= j->n);
    ASSERT(j->depth <= JSON_DEPTH_MAX);
    if (j->bad) return JSON_BAD;
    skip_blanks(j);
    if (j->want == WANT_NOTHING) {
        j->start = j->i;
        return j->i == j->n ? JSON_END : bad(j, "bytes behind the end");
    }
    if (j->i == j->n) return bad(j, "ends too early");
    if (j->want == WANT_COMMA) {
        bool object = in_object(j);
        j->start = j->i;
        if (j->at[j->i] == (object ? '}' : ']')) return close_container(j);
        if (j->at[j->i] != ',') return bad(j, "a comma or the end is due");
        j->i++;
        skip_blanks(j);
        if (j->i == j->n) return bad(j, "ends too early");
        j->want = object ? WANT_KEY : WANT_VALUE;
    }
    j->start = j->i;
    char c = j->at[j->i];
    if (j->want == WANT_KEY_OR_END) return c == '}' ? close_container(j) : take_key(j);
    if (j->want == WANT_KEY) return take_key(j);
    if (j->want == WANT_VALUE_OR_END && c == ']') return close_container(j);
    ASSERT(j->want == WANT_VALUE || j->want == WANT_VALUE_OR_END);
    return take_value(j);
}

bool json_skip(struct json *j)
{
    u32 depth = 0;
    ASSERT(j);
    do {
        enum json_kind kind = json_next(j);
        if (kind == JSON_BAD || kind == JSON_END) return false;
        if (kind == JSON_OBJECT || kind == JSON_ARRAY) depth++;
        if (kind == JSON_OBJECT_END || kind == JSON_ARRAY_END) {
            if (!depth) return false;
            depth--;
        }
    } while (depth);
    ASSERT(!j->bad);
    return true;
}

/* UTF-8 of a character; its bytes. */
static u32 put_utf8(u32 code, char *to)
{
    ASSERT(code <= 0x10ffff);
    ASSERT(code < 0xd800 || code > 0xdfff);
    if (code < 0x80) return to[0] = (char)code, 1;
    u32 n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const u8 lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (u32 i = n - 1; i; i--, code >>= 6) to[i] = (char)(0x80 | (code & 0x3f));
    to[0] = (char)(lead[n] | code);
    return n;
}

bool json_plain(const struct json *j, char *buf, u32 cap, Str *out)
{
    u32 n = 0;
    ASSERT(buf);
    ASSERT(out);
    *out = j->text;
    if (!j->escaped) return j->text.n <= cap;
    for (u32 i = 0; i < j->text.n;) {
        char bytes[4] = { j->text.at[i] };
        u32 code = 0, wide = 1, step = 1;
        if (bytes[0] == '\\') {
            step = escape_of(j->text, i, &code);
            ASSERT(step);
            wide = put_utf8(code, bytes);
        }
        if (wide > cap - n) return false;
        memcpy(buf + n, bytes, wide);
        n += wide, i += step;
        ASSERT(i <= j->text.n);
    }
    ASSERT(n <= cap);
    *out = (Str){ buf, n };
    return true;
}

void json_put_string(struct text *t, Str s)
{
    static const char hex[] = "0123456789abcdef";
    ASSERT(t);
    ASSERT(s.at || !s.n);
    text_put_char(t, '"');
    for (u32 i = 0; i < s.n;) {
        u8 c = (u8)s.at[i];
        u32 step = utf8_step(s.at + i, s.n - i);
        if (c == '"' || c == '\\') {
            text_put_char(t, '\\');
            text_put_char(t, (char)c);
        } else if (c < 0x20 || c == 0x7f) {
            text_put(t, "\\u00");
            text_put_char(t, hex[c >> 4]);
            text_put_char(t, hex[c & 15]);
        } else if (!step) {
            text_put_char(t, '?');
        } else {
            text_put_str(t, (Str){ s.at + i, step });
        }
        i += step ? step : 1;
    }
    text_put_char(t, '"');
}

void json_item(struct text *t)
{
    ASSERT(t);
    ASSERT(t->n < t->cap);
    if (!t->n) return;
    char last = t->at[t->n - 1];
    if (last != '{' && last != '[' && last != ':' && last != ',') text_put_char(t, ',');
}

void json_key(struct text *t, const char *key)
{
    ASSERT(key);
    ASSERT(key[0]);
    json_item(t);
    text_put_char(t, '"');
    text_put(t, key);
    text_put(t, "\":");
}

void json_str(struct text *t, const char *key, const char *z)
{
    ASSERT(z);
    ASSERT(t->n < t->cap);
    json_key(t, key);
    json_put_string(t, str_of(z));
}

#define QUOTED(put) text_put_char(t, '"'), put, text_put_char(t, '"')

void json_u32(struct text *t, const char *key, u32 v) { json_key(t, key), text_put_u64(t, v); }

void json_int(struct text *t, const char *key, i64 v)
{
    json_key(t, key), QUOTED(text_put_i64(t, v));
}

void json_id(struct text *t, const char *key, u64 v)
{
    json_key(t, key), QUOTED(text_put_u64(t, v));
}

void json_bool(struct text *t, const char *key, bool v)
{
    json_key(t, key), text_put(t, v ? "true" : "false");
}

void json_null(struct text *t, const char *key) { json_key(t, key), text_put(t, "null"); }

void json_dec(struct text *t, const char *key, i64 micros, u32 digits_min)
{
    ASSERT(digits_min <= 6);
    json_key(t, key);
    QUOTED(text_put_dec_short(t, micros, 6, digits_min));
    ASSERT(t->cut || t->at[t->n - 1] == '"');
}

void json_date(struct text *t, const char *key, Date d)
{
    ASSERT(d.days >= 0);
    ASSERT(d.days <= DATE_MAX.days);
    json_key(t, key);
    if (d.days) QUOTED(text_put_date(t, d));
    else text_put(t, "null");
}

void json_time(struct text *t, Instant at)
{
    ASSERT(at.ns >= 0);
    ASSERT(at.ns < INSTANT_END.ns);
    json_key(t, "time");
    QUOTED(text_put_instant(t, at));
    json_key(t, "ts");
    text_put_i64(t, at.ns);
}

void json_hash(struct text *t, const char *key, const u8 *bytes, u32 n)
{
    ASSERT(bytes);
    ASSERT(n > 0);
    json_key(t, key);
    QUOTED(text_put_hex(t, bytes, n));
}
