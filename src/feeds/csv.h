/* csv.h -- rows of comma-separated text, read in pieces: RFC 4180 with LF or CRLF and a BOM.
 * Owns:   quoting, line numbers, the bounds of a row (64 KiB, 128 cells).
 * Never:  guesses: a stray quote, a cell too many or a row too long refuses that row and no other.
 * Always: a row that is fine has as many cells as its text says, and its raw bytes beside them.
 */
#ifndef HEDGEROW_FEEDS_CSV_H
#define HEDGEROW_FEEDS_CSV_H

#include "base/text.h"

#define CSV_ROW_MAX 65536u
#define CSV_CELLS_MAX 128u
#define CSV_BUFFER 262144u

/* Fills `to` with at most cap bytes; 0 at the end. */
struct csv_source { u32 (*read)(void *from, char *to, u32 cap); void *from; };
enum csv_fault { CSV_FINE, CSV_QUOTE, CSV_LONG, CSV_CELLS, CSV_OPEN_QUOTE };
struct csv {
    struct csv_source source;
    char buffer[CSV_BUFFER];
    u32 at, n;
    bool ended;
    u32 next_line; /* number of the line the next row starts on */
    /* the row read last */
    u32 line, cells;
    enum csv_fault fault;
    Str cell[CSV_CELLS_MAX];
    char text[CSV_ROW_MAX]; /* cells without quotes */
    char raw[CSV_ROW_MAX];  /* as it stood, without its line end; cut if CSV_LONG */
    u32 text_n, raw_n;
};

void csv_open(struct csv *c, struct csv_source source);
/* The next row that is not blank; false at the end. Look at fault before the cells. */
NODISCARD bool csv_next(struct csv *c);
NODISCARD const char *csv_fault_text(enum csv_fault fault);

#endif
