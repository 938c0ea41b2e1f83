#include "vectors.h"

/* The runner's own area: `echo` gives back its input, so that the judging itself can be judged. */
static void op_echo(const cJSON *in, cJSON *out)
{
    const cJSON *v;
    cJSON_ArrayForEach(v, in) cJSON_AddItemToObject(out, v->string, cJSON_Duplicate(v, true));
}

const struct vector_op vector_ops_self[] = {
    { "echo", op_echo },
    { NULL, NULL },
};
