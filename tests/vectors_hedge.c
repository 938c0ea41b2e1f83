#include "vectors.h"

/* The ops of area "hedge": see vectors.h on how to add one. */
const struct vector_op vector_ops_hedge[] = {
    { NULL, NULL },
};
