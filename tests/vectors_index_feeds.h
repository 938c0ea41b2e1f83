/* vectors_index_feeds.h -- the ops of area "index" about feeds: rows for the table of that area. */
#ifndef HEDGEROW_TESTS_VECTORS_INDEX_FEEDS_H
#define HEDGEROW_TESTS_VECTORS_INDEX_FEEDS_H

#include "vectors.h"

#define FEED_OPS(X) \
    X(feed_azure) X(feed_lambda) X(feed_vast) X(feed_runpod) X(feed_openrouter) X(feed_aws_spot)
#define AS_FEED_OP(name) void op_##name(const cJSON *in, cJSON *out);
FEED_OPS(AS_FEED_OP)

#endif
