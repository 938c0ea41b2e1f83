#include "hedge/focus.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void focus_open(struct focus_lexer *x, struct focus_source source, char *buffer, char delimiter)
{
    memset(x, 0, sizeof *x);
    x->source = source, x->buffer = buffer, x->delimiter = delimiter;
    x->next_line = 1;
}

static u64 bytes_read(void *from, char *to, u64 cap)
{
    struct focus_bytes *b = from;
    u64 n = b->n < cap ? b->n : cap;
    if (n) memcpy(to, b->at, n);
    b->at += n, b->n -= n;
    return n;
}

struct focus_source focus_bytes_source(struct focus_bytes *b)
{
    return (struct focus_source){ bytes_read, b };
}

static enum focus_read fault(struct focus_lexer *x, bool stop, u32 cell, const char *text)
{
    snprintf(x->fault, sizeof x->fault, "%s", text);
    x->stop |= stop;
    x->cell_at = cell;
    return FOCUS_FAULT;
}

/* Moves what is left to the front and reads on; false when nothing came. */
static bool refill(struct focus_lexer *x)
{
    if (x->ended) return false;
    if (x->at) memmove(x->buffer, x->buffer + x->at, x->n - x->at);
    x->n -= x->at, x->at = 0;
    u64 got = x->n < FOCUS_BUFFER
                  ? x->source.read(x->source.from, x->buffer + x->n, FOCUS_BUFFER - x->n)
                  : 0;
    x->ended = !got;
    x->n += got, x->bytes += got;
    return got > 0;
}

/* What the first bytes say the file is, if it is no text of ours. */
static const char *other_form(const struct focus_lexer *x)
{
    const u8 *p = (const u8 *)x->buffer;
    if (x->n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
        return "the file is UTF-16: save it as UTF-8";
    if (x->n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
        return "the file is compressed (gzip): unpack it first";
    if (x->n >= 4 && !memcmp(p, "PK\3\4", 4))
        return "the file is a zip or a workbook: save it as CSV";
    if (x->n >= 4 && !memcmp(p, "PAR1", 4)) return "the file is Parquet: export it as CSV";
    if (x->n >= 4 && (!p[0] || !p[1])) return "the file is UTF-16: save it as UTF-8";
    return NULL;
}

/* Quotes in [p, p + n). */
static u64 quotes_in(const char *p, u64 n)
{
    u64 count = 0;
    for (const char *q; n && (q = memchr(p, '"', n)); count++) n -= (u64)(q + 1 - p), p = q + 1;
    return count;
}

/* Length of the row that starts at x->at, without its line feed. */
static enum focus_read row_end(struct focus_lexer *x, u64 *length, u64 *quotes, u64 *lines)
{
    u64 seen = 0;
    *quotes = 0, *lines = 0;
    for (;;) {
        const char *row = x->buffer + x->at;
        const char *lf = memchr(row + seen, '\n', x->n - x->at - seen);
        u64 upto = lf ? (u64)(lf - row) : x->n - x->at;
        *quotes += quotes_in(row + seen, upto - seen);
        seen = upto;
        if (seen > FOCUS_ROW_MAX)
            return fault(x, true, 0,
                         *quotes & 1 ? "a quote that opens here is never closed"
                                     : "a row longer than 1 MiB");
        if (lf && !(*quotes & 1)) {
            *length = seen;
            return FOCUS_ROW;
        }
        if (lf) {
            seen++, ++*lines;
            continue;
        }
        if (refill(x)) continue;
        if (*quotes & 1) return fault(x, true, 0, "a quote that opens here is never closed");
        *length = seen;
        return seen ? FOCUS_ROW : FOCUS_END;
    }
}

static bool utf8_valid(const u8 *p, u64 n)
{
    for (u64 i = 0; i < n;) {
        u32 more = p[i] < 0x80 ? 0 : p[i] >= 0xf0 ? 3 : p[i] >= 0xe0 ? 2 : 1;
        if ((p[i] >= 0x80 && p[i] < 0xc2) || p[i] > 0xf4 || i + more >= n) return false;
        if (p[i] == 0xe0 && p[i + 1] < 0xa0) return false;
        if (p[i] == 0xed && p[i + 1] > 0x9f) return false;
        if (p[i] == 0xf0 && p[i + 1] < 0x90) return false;
        if (p[i] == 0xf4 && p[i + 1] > 0x8f) return false;
        for (u32 k = 1; k <= more; k++)
            if ((p[i + k] & 0xc0) != 0x80) return false;
        i += more + 1;
    }
    return true;
}

static bool plain_ascii(const char *p, u64 n)
{
    u64 all = 0;
    for (; n >= 8; p += 8, n -= 8) all |= load_u64((const u8 *)p);
    for (; n; p++, n--) all |= (u64)(u8)*p;
    return !(all & UINT64_C(0x8080808080808080));
}

/* A quoted cell from p on, doubled quotes made one in place; past its closing quote, NULL:
 * fault. */
static char *quoted(char *p, char *end, Str *cell)
{
    char *from = ++p, *to = p;
    for (;;) {
        char *q = memchr(p, '"', (size_t)(end - p));
        if (!q) return NULL;
        if (to != p) memmove(to, p, (size_t)(q - p));
        to += q - p;
        p = q + 1;
        if (p < end && *p == '"') {
            *to++ = '"', p++;
            continue;
        }
        *cell = (Str){ from, (u32)(to - from) };
        return p;
    }
}

static enum focus_read split(struct focus_lexer *x, char *p, char *end, bool quotes)
{
    x->cells = 0;
    for (;;) {
        if (x->cells == FOCUS_CELLS_MAX)
            return fault(x, false, x->cells - 1, "more than 512 cells");
        Str *cell = &x->cell[x->cells++];
        if (p < end && *p == '"') {
            p = quoted(p, end, cell);
            if (!p || (p < end && *p != x->delimiter))
                return fault(x, true, x->cells - 1,
                             "text after a closing quote: write a quote inside a cell twice");
        } else {
            char *q = memchr(p, x->delimiter, (size_t)(end - p));
            q = q ? q : end;
            *cell = (Str){ p, (u32)(q - p) };
            if (quotes && memchr(p, '"', (size_t)(q - p)))
                return fault(x, true, x->cells - 1,
                             "a quote inside a cell that does not start with one");
            p = q;
        }
        if (p >= end) return FOCUS_ROW;
        p++;
    }
}

static enum focus_read row_check(struct focus_lexer *x, char *row, u64 n, bool quotes)
{
    if (memchr(row, 0, n)) return fault(x, true, 0, "a zero byte: is the file UTF-16?");
    if (!plain_ascii(row, n) && !utf8_valid((const u8 *)row, n)) {
        enum focus_read r = split(x, row, row + n, quotes);
        u32 bad = 0;
        for (u32 i = 0; r == FOCUS_ROW && i < x->cells; i++)
            if (!utf8_valid((const u8 *)x->cell[i].at, x->cell[i].n)) {
                bad = i;
                break;
            }
        return fault(x, false, bad, "bytes that are not UTF-8: save the file as UTF-8");
    }
    if (!quotes && memchr(row, '\r', n))
        return fault(x, true, 0, "a carriage return without a line feed: save with LF or CRLF");
    return split(x, row, row + n, quotes);
}

enum focus_read focus_next(struct focus_lexer *x)
{
    if (x->stop) return FOCUS_END;
    if (x->next_line == 1) {
        while (x->n < 4 && refill(x)) {}
        const char *other = other_form(x);
        x->line = 1;
        if (other) return fault(x, true, 0, other);
        x->bom = x->n >= 3 && !memcmp(x->buffer, "\xef\xbb\xbf", 3);
        if (x->bom) x->at = 3;
    }
    for (;;) {
        u64 n = 0, quotes = 0, lines = 0;
        x->line = x->next_line;
        x->raw = (Str){ NULL, 0 };
        enum focus_read r = row_end(x, &n, &quotes, &lines);
        if (r != FOCUS_ROW) return r;
        char *row = x->buffer + x->at;
        x->next_line += lines + 1;
        x->at += n + (x->at + n < x->n);
        if (n && row[n - 1] == '\r') n--, x->crlf = true;
        if (!n) {
            x->blank++;
            continue;
        }
        x->raw = (Str){ row, (u32)n };
        return row_check(x, row, n, quotes > 0);
    }
}

bool focus_null(Str s)
{
    static const char *const words[] = { "NULL", "null", "None", "N/A" };
    if (!s.n) return true;
    if (s.n > 4) return false;
    for (u32 i = 0; i < ARRAY_LEN(words); i++)
        if (str_is(s, words[i])) return true;
    return false;
}

bool focus_same(Str a, const char *b) { return a.n == strlen(b) && !strncasecmp(a.at, b, a.n); }

static void skip_blank(Str *s)
{
    while (s->n && strchr(" \t\r\n,:{", *s->at)) s->at++, s->n--;
}

/* One JSON value of *s, from its first byte. */
static Str json_value(Str *s)
{
    u32 i = 0, depth = 0;
    if (s->n && *s->at == '"') {
        for (i = 1; i < s->n && s->at[i] != '"'; i++) i += s->at[i] == '\\';
        Str v = { s->at + 1, (i < s->n ? i : s->n) - 1 };
        u32 past = i + 1 < s->n ? i + 1 : s->n;
        s->at += past, s->n -= past;
        return v;
    }
    for (; i < s->n; i++) {
        char c = s->at[i];
        if (c == '"') {
            for (i++; i < s->n && s->at[i] != '"'; i++) i += s->at[i] == '\\';
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        } else if ((c == ',' || c == '}') && !depth) {
            break;
        }
    }
    i = i < s->n ? i : s->n;
    Str v = { s->at, i };
    s->at += i, s->n -= i;
    while (v.n && strchr(" \t\r\n", v.at[v.n - 1])) v.n--;
    return v;
}

bool focus_pair(Str *rest, Str *key, Str *value)
{
    skip_blank(rest);
    if (!rest->n || *rest->at != '"') return false;
    *key = json_value(rest);
    while (rest->n && strchr(" \t\r\n:", *rest->at)) rest->at++, rest->n--;
    if (!rest->n) return false;
    *value = json_value(rest);
    return true;
}
