/* token_check.h -- a token receipt taken apart into the working set; the token_*.c files only.
 * Owns:   the parser of a token receipt and the recomputation from its lines.
 * Never:  believes a line that can be recomputed; asks for anything that is not in the text.
 * Always: a text that parses is computed without a broken assertion, whatever it says.
 */
#ifndef HEDGEROW_INDEX_TOKEN_CHECK_H
#define HEDGEROW_INDEX_TOKEN_CHECK_H

#include "index/lines.h"
#include "index/token_work.h"

struct token_checking {
    struct lines in;
    struct token_index *ix;
    struct obs_log log;
    struct token_method *m;
    struct token_print stated, print;
    struct token_verdict *out;
};
/* False when *out says why. Then nothing may be computed. */
NODISCARD bool token_check_open(struct token_checking *c, const char *text, u64 n, void *memory,
                                u64 bytes, struct token_method *m, struct token_verdict *out);
/* Computed, written again and compared: fills *out. */
void token_check_finish(struct token_checking *c);

#endif
