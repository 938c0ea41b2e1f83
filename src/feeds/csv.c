#include "feeds/csv.h"

const char *csv_fault_text(enum csv_fault fault)
{
    static const char *const texts[] = {
        [CSV_FINE] = "fine",
        [CSV_QUOTE] = "a quote inside a cell that is not quoted, or text after a closing quote",
        [CSV_LONG] = "longer than 64 KiB",
        [CSV_CELLS] = "more than 128 cells",
        [CSV_OPEN_QUOTE] = "a quote that is never closed",
    };
    ASSERT((u32)fault < ARRAY_LEN(texts));
    return texts[fault];
}

/* The next byte, -1 at the end. */
static int peek(struct csv *c)
{
    ASSERT(c->at <= c->n);
    if (c->at == c->n && !c->ended) {
        c->n = c->source.read(c->source.from, c->buffer, sizeof c->buffer);
        ASSERT(c->n <= sizeof c->buffer);
        c->at = 0;
        c->ended = c->n == 0;
    }
    return c->at < c->n ? (u8)c->buffer[c->at] : -1;
}

static int take(struct csv *c)
{
    int b = peek(c);
    if (b < 0) return b;
    c->at++;
    if (b == '\n') c->next_line++;
    if (c->raw_n < sizeof c->raw) c->raw[c->raw_n++] = (char)b;
    else c->fault = CSV_LONG;
    return b;
}

void csv_open(struct csv *c, struct csv_source source)
{
    ASSERT(c);
    ASSERT(source.read);
    c->source = source;
    c->at = c->n = 0, c->ended = false, c->next_line = 1;
    c->line = c->cells = c->text_n = c->raw_n = 0, c->fault = CSV_FINE;
    if (peek(c) == 0xef && c->n >= 3 && (u8)c->buffer[1] == 0xbb && (u8)c->buffer[2] == 0xbf)
        c->at = 3;
}

static void put(struct csv *c, int b)
{
    ASSERT(b >= 0);
    if (c->text_n < sizeof c->text) c->text[c->text_n++] = (char)b;
    else c->fault = CSV_LONG;
    ASSERT(c->text_n <= sizeof c->text);
}

/* What is left of a row at fault, so that the next one starts where a line does. */
static void skip_line(struct csv *c)
{
    int b;
    while ((b = take(c)) >= 0 && b != '\n') continue;
    ASSERT(b < 0 || b == '\n');
}

/* A quoted cell after its opening quote. False: the file ended inside. */
static bool read_quoted(struct csv *c)
{
    for (;;) {
        int b = take(c);
        ASSERT(b < 256);
        if (b < 0) return false;
        if (b == '"') {
            if (peek(c) != '"') return true;
            b = take(c);
        }
        put(c, b);
    }
}

/* A cell up to its comma or line end; returns what ended it: ',', '\n' or -1. */
static int read_cell(struct csv *c)
{
    u32 from = c->text_n;
    bool quoted = peek(c) == '"';
    ASSERT(c->cells <= CSV_CELLS_MAX);
    if (quoted) {
        (void)take(c);
        if (!read_quoted(c)) c->fault = CSV_OPEN_QUOTE;
    }
    int b;
    while ((b = take(c)) >= 0 && b != ',' && b != '\n') {
        if (b == '\r' && (peek(c) == '\n' || peek(c) < 0)) continue;
        if (quoted || b == '"') {
            if (!c->fault) c->fault = CSV_QUOTE;
            skip_line(c);
            b = '\n';
            break;
        }
        put(c, b);
    }
    if (c->cells == CSV_CELLS_MAX) c->fault = CSV_CELLS;
    else c->cell[c->cells++] = (Str){ c->text + from, c->text_n - from };
    return b;
}

bool csv_next(struct csv *c)
{
    ASSERT(c->source.read);
    while (peek(c) >= 0) {
        int b;
        c->line = c->next_line;
        c->cells = c->text_n = c->raw_n = 0, c->fault = CSV_FINE;
        do b = read_cell(c);
        while (b == ',');
        while (c->raw_n && (c->raw[c->raw_n - 1] == '\n' || c->raw[c->raw_n - 1] == '\r'))
            c->raw_n--;
        ASSERT(c->cells > 0 || c->fault);
        if (c->raw_n || c->fault) return true;
    }
    return false;
}
