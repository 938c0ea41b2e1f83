/* token_run.h -- the shell's side of a token basket: inputs loaded, receipts written, signed,
 * checked.
 * Owns:   the working memory of one token series, the folder of its receipts.
 * Never:  computes a print: the index room does.
 * Always: a folder of receipts holds one whole file a date shown and nothing else.
 */
#ifndef HEDGEROW_CMD_TOKEN_RUN_H
#define HEDGEROW_CMD_TOKEN_RUN_H

#include "base/why.h"
#include "config/token.h"
#include "feeds/obs_file.h"
#include "index/token.h"

#include <stdio.h>

struct token_series {
    struct token_method m;
    struct feed_log log;
    struct feed_result read;
    struct token_index *index;
    u8 *memory;
    u64 bytes;
};
/* s->m is filled before. */
NODISCARD Err token_series_open(struct token_series *s, const char *const *inputs, u32 n,
                                struct why *w);
void token_series_close(struct token_series *s);

struct token_ask {
    Date from, to; /* 0: from the first, to the last date with data */
    bool to_given;
    Instant as_of; /* 0: no bound */
    const char *receipts, *key;
};
struct token_rows { struct token_print *at; u32 n; }; /* malloc'd */
NODISCARD Err token_series_run(struct token_series *s, const struct token_ask *ask,
                               struct token_rows *out, struct why *w);

/* Does this receipt begin as one of a token basket? A file that can not be read does not. */
NODISCARD bool token_receipt_file(const char *path);
/* With inputs the series is run again; with `explain` the steps are written there. */
NODISCARD Err token_receipt_verify(const char *path, const char *const *inputs, u32 n,
                                   FILE *explain, struct token_verdict *v, struct why *w);

/* `index run` over a token methodology: all of it, with its own output. Returns the exit code. */
struct token_output { bool json, csv; };
NODISCARD int token_run_command(const char *method, const char *const *inputs, u32 n,
                                const struct token_ask *ask, struct token_output form);
NODISCARD int token_verify_command(const char *path, const char *const *inputs, u32 n, bool json,
                                   struct why *w); /* ERR_NO: does not verify */
NODISCARD int token_explain_command(const char *path);

#endif
