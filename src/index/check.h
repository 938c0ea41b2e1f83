/* check.h -- a receipt taken apart into the working set it speaks of; this room's files only.
 * Owns:   the parser of a receipt and the recomputation from its lines.
 * Never:  believes a line that can be recomputed; asks for anything that is not in the text.
 * Always: a text that parses is computed without a broken assertion, whatever it says.
 */
#ifndef HEDGEROW_INDEX_CHECK_H
#define HEDGEROW_INDEX_CHECK_H

#include "index/lines.h"
#include "index/work.h"

struct check {
    struct lines in;
    u32 pages, page_last; /* page lines read; the last one's number */
    struct index *ix;
    struct obs_log log;
    struct owner *owners;
    struct methodology m;
    struct print stated, print;
    struct receipt_verdict *out;
};

/* False when *out says why (parse fault, or the log is needed). Then nothing may be computed. */
NODISCARD bool check_open(struct check *c, const char *text, u64 n, void *memory, u64 bytes,
                          struct receipt_verdict *out);
void check_compute(struct check *c); /* c->print, and c->ix as it stood when it was made */
void check_finish(struct check *c);  /* written again and compared: fills *out */

#endif
