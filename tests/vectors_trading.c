#include "vectors.h"

/* The ops of area "trading": see vectors.h on how to add one. */
const struct vector_op vector_ops_trading[] = {
    { NULL, NULL },
};
