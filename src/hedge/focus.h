/* focus.h -- rows of a bill as text: comma-separated cells, exact decimals, instants, units.
 * Owns:   quoting, line numbers, encoding faults; decimals at 1e-18 in 128 bits; the unit table.
 * Never:  repairs: a stray quote, a thousands separator or another encoding is a fault with its
 *         line. Rounds only where a name says so.
 * Always: memory is one buffer whatever the size of the bill; parse(put(x)) == x for a decimal.
 */
#ifndef HEDGEROW_HEDGE_FOCUS_H
#define HEDGEROW_HEDGE_FOCUS_H

#include "base/text.h"

/* ---- cells ---- */

#define FOCUS_CELLS_MAX 512u
#define FOCUS_ROW_MAX (1u << 20)
#define FOCUS_BUFFER (4u << 20)

/* Fills `to` with at most cap bytes; 0 at the end. */
struct focus_source { u64 (*read)(void *from, char *to, u64 cap); void *from; };
enum focus_read { FOCUS_ROW, FOCUS_END, FOCUS_FAULT };
struct focus_lexer {
    struct focus_source source;
    char delimiter;
    bool ended, bom, crlf;
    char *buffer; /* FOCUS_BUFFER bytes, the caller's */
    u64 at, n, bytes, next_line, blank;
    /* the row read last; cells live until the next one */
    u64 line;
    u32 cells, cell_at; /* cell_at: the cell of a fault, from 0 */
    Str cell[FOCUS_CELLS_MAX], raw;
    char fault[160];
    bool stop; /* the fault leaves no way to find the next row */
};

void focus_open(struct focus_lexer *x, struct focus_source source, char *buffer, char delimiter);
/* The next row that is not blank. After a fault that does not stop, the next row may be read. */
NODISCARD enum focus_read focus_next(struct focus_lexer *x);
/* Bytes in memory as a source. */
struct focus_bytes { const char *at; u64 n; };
NODISCARD struct focus_source focus_bytes_source(struct focus_bytes *b);

/* Empty, NULL, null, None, N/A. */
NODISCARD bool focus_null(Str s);
NODISCARD bool focus_same(Str a, const char *b); /* without regard to ASCII case */
/* Key and value of the next pair of a flat JSON object; strings without quotes, escapes left,
 * nested values as text. *rest starts as the whole object. */
NODISCARD bool focus_pair(Str *rest, Str *key, Str *value);

/* ---- values ---- */

#define ATTO INT64_C(1000000000000000000)
/* A decimal as a multiple of 1e-18. NULL, or the cause of the refusal. */
NODISCARD const char *atto_parse(Str s, i128 *out);
void atto_put(struct text *t, i128 v); /* shortest decimal, "-0.5" */
/* a * b / d half-even; false if it does not fit. d > 0. */
NODISCARD bool atto_mul_div(i128 a, u64 b, u64 d, i128 *out);
/* The same rounded half-even to 1e-12. */
NODISCARD bool atto_mul_div_pico(i128 a, u64 b, u64 d, i128 *out);

enum focus_time { TIME_RFC3339, TIME_SPACE, TIME_US };
/* Seconds since 1970; says which form it had. NULL, or the cause. */
NODISCARD const char *focus_time_parse(Str s, i64 *seconds, enum focus_time *form);
NODISCARD i32 month_at(i64 seconds);           /* months since 1970-01 */
NODISCARD i64 month_start(i32 month);          /* its first second */
NODISCARD bool month_parse(Str s, i32 *month); /* YYYY-MM */
void month_put(struct text *t, i32 month);

enum unit_kind {
    UNIT_UNKNOWN,  /* not in the table, or not stated */
    UNIT_SILENT,   /* "Units": says nothing */
    UNIT_TIME,     /* hours of the machine */
    UNIT_GPU_TIME, /* hours of one GPU */
    UNIT_MONTH,    /* the charge period */
    UNIT_COUNT,    /* tokens */
    UNIT_OTHER     /* known, neither time nor tokens */
};
struct unit { enum unit_kind kind; u32 num, den; }; /* quantity * num / den: hours or tokens */
NODISCARD struct unit unit_of(Str text);

#endif
