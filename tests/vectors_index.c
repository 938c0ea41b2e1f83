#include "vectors.h"

/* The ops of area "index": see vectors.h on how to add one. */
const struct vector_op vector_ops_index[] = {
    { NULL, NULL },
};
