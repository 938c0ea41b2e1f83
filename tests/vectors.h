/* vectors.h -- how an op of the shared vector files is bound to the product's own code.
 * Owns:   the table row of an op and the readers and writers of its JSON.
 * Never:  computes anything itself: an op calls the room that owns the rule.
 * Always: an op writes all its outputs; what a vector does not want is not judged.
 *
 * To add an op: write `static void op_x(const cJSON *in, cJSON *out)` in tests/vectors_AREA.c and
 * put { "x", op_x } into the table at its end. Nothing else needs a line. Integers beyond 2^53 come
 * and go as exact 64-bit text behind these calls. A missing or ill-typed input fails the vector,
 * with its name, and reads as 0 or "".
 */
#ifndef HEDGEROW_TESTS_VECTORS_H
#define HEDGEROW_TESTS_VECTORS_H

#include "base/base.h"

#include <cjson/cJSON.h>

struct vector_op {
    const char *op;
    void (*run)(const cJSON *in, cJSON *out);
};

#define VECTOR_AREAS(X) X(index) X(contracts) X(trading) X(clearing) X(hedge) X(self)
#define AS_OPS(area) extern const struct vector_op vector_ops_##area[]; /* ends with a NULL op */
VECTOR_AREAS(AS_OPS)

bool in_has(const cJSON *in, const char *key);
i64 in_i64(const cJSON *in, const char *key);
double in_f64(const cJSON *in, const char *key);
const char *in_text(const cJSON *in, const char *key);
bool in_bool(const cJSON *in, const char *key);
const cJSON *in_get(const cJSON *in, const char *key);
u32 in_len(const cJSON *in, const char *key); /* of an array */
/* The array's items as integers; returns how many, at most cap. */
u32 in_i64s(const cJSON *in, const char *key, i64 *to, u32 cap);
/* An item itself: of an array, or a value already in hand. */
i64 item_i64(const cJSON *item);
double item_f64(const cJSON *item);
const char *item_text(const cJSON *item);

/* Into an object; with key NULL into an array. */
void out_i64(cJSON *out, const char *key, i64 v);
void out_f64(cJSON *out, const char *key, double v);
void out_text(cJSON *out, const char *key, const char *v);
void out_bool(cJSON *out, const char *key, bool v);
void out_null(cJSON *out, const char *key);
cJSON *out_array(cJSON *out, const char *key);
cJSON *out_object(cJSON *out, const char *key);
void out_i64s(cJSON *out, const char *key, const i64 *v, u32 n);

/* Fails the vector with a sentence (the first one is kept). */
__attribute__((format(printf, 1, 2))) void vector_fail(const char *format, ...);
/* The op is known, but this vector needs what is not there yet: a failure, or with --known left
 * out. */
void vector_needs(const char *feature);

#endif
