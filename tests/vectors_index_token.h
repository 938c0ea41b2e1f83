/* vectors_index_token.h -- the ops of area "index" about tokens, links and splices. */
#ifndef HEDGEROW_TESTS_VECTORS_INDEX_TOKEN_H
#define HEDGEROW_TESTS_VECTORS_INDEX_TOKEN_H

#include "vectors.h"

#define TOKEN_OPS(X) \
    X(token_blend) X(gpu_to_token) X(token_lowe) X(tokenizer_normalise) \
    X(splice_factor) X(chained_jevons) X(factor_equivalent)
#define AS_TOKEN_OP(name) void op_##name(const cJSON *in, cJSON *out);
TOKEN_OPS(AS_TOKEN_OP)

#endif
