/* lines.h -- a receipt's text, line by line, for both kinds of receipt; this room's files only.
 * Owns:   where the reader stands, and taking words off a line.
 * Never:  copies the text or looks past its end; a line without an end is none.
 * Always: `line` is the number of the line last read, from 1.
 */
#ifndef HEDGEROW_INDEX_LINES_H
#define HEDGEROW_INDEX_LINES_H

#include "base/text.h"

struct lines {
    const char *text;
    u64 n, at; /* at: start of the next line */
    u32 line;
    Str now; /* the line last read, without its end */
};
/* False at the end, and for a line without one. */
NODISCARD bool lines_next(struct lines *l);
void lines_back(struct lines *l); /* the line last read is read again; words may be off it */
/* If the line starts with "WORD ", takes it off and says true. */
NODISCARD bool line_takes(Str *s, const char *word);
Str line_word(Str *s); /* up to the next blank, taken off with it */

#endif
