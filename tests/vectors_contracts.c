#include "vectors.h"

/* The ops of area "contracts": see vectors.h on how to add one. */
const struct vector_op vector_ops_contracts[] = {
    { NULL, NULL },
};
