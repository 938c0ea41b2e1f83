/* vectors_index_measure.h -- the ops of area "index" on section 12 and 13, for the one table.
 * Owns:   their list.
 * Never:  stands without vectors_index.c, whose table has the rows.
 * Always: an op returns all its outputs.
 */
#ifndef HEDGEROW_TESTS_VECTORS_INDEX_MEASURE_H
#define HEDGEROW_TESTS_VECTORS_INDEX_MEASURE_H

#include "vectors.h"

#define MEASURE_OPS(X) \
    X(cost_to_move_median) X(cost_to_move_vwap) X(position_limit) X(leave_one_out) \
    X(min_coalition) X(max_single_influence) X(representativeness) X(post_stratified)
#define AS_MEASURE_OP(name) void op_##name(const cJSON *in, cJSON *out);
MEASURE_OPS(AS_MEASURE_OP)

#endif
