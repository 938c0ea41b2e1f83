#include "vectors.h"

/* The ops of area "clearing": see vectors.h on how to add one. */
const struct vector_op vector_ops_clearing[] = {
    { NULL, NULL },
};
