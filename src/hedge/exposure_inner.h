/* exposure_inner.h -- what the files of exposure share: what waits for a join, rates, causes.
 * Owns:   the items of the tables that nobody outside reads.
 * Never:  is included from outside this room.
 * Always: keys have no hidden padding: they are compared as bytes.
 */
#ifndef HEDGEROW_HEDGE_EXPOSURE_INNER_H
#define HEDGEROW_HEDGE_EXPOSURE_INNER_H

#include "hedge/exposure.h"

#define SEEN_ROWS (1u << 21) /* slots; at most three quarters are used */
#define DOUBTS_MAX 10000u

struct pending_key { u64 join; u32 billing, provider; struct cell_key cell; };
struct pending { struct pending_key key; i128 billed, effective, cost; u64 rows; };
struct machine { u64 join; u32 gpu_class, zero; };
struct rate { i32 month; u32 from; u32 to, zero; i128 value; };
static_assert(sizeof(struct pending_key) == 48, "no hidden padding");
static_assert(sizeof(struct cell_key) == 32, "no hidden padding");
static_assert(sizeof(struct doubt_key) == 24, "no hidden padding");

NODISCARD u32 name_id(struct exposure *e, Str s);
NODISCARD u64 columns_bytes(void);
/* ---- the small tables: rates, tokens, plan ---- */
/* Finds the named columns; bit i of `optional`: column i may be missing. */
NODISCARD bool side_header(struct exposure *e, struct focus_lexer *x, const char *const *names,
                           u32 n, u32 optional, u32 *at);
/* The next row's cells in the order of the names; false at the end. */
NODISCARD bool side_row(struct exposure *e, struct focus_lexer *x, u32 cells, const u32 *at, u32 n,
                        Str *to);
void side_number(struct exposure *e, struct focus_lexer *x, const char *name, Str s, bool positive,
                 i128 *out);
__attribute__((format(printf, 5, 6))) void exposure_say(struct exposure *e, u64 line, u32 file,
                                                        const char *column, const char *format,
                                                        ...);
void cell_add(struct exposure *e, const struct cell_key *key, i128 quantity, i128 cost, u64 rows);
void bucket_add(struct exposure *e, u32 currency, enum bucket bucket, i128 billed, i128 effective,
                u64 rows);

#endif
