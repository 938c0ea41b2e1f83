#include "cmd/play.h"
#include "vectors.h"

static void op_order_script(const cJSON *in, cJSON *out)
{
    struct why w = { "" };
    Err err = play_script(in, out, &w);
    if (err == ERR_NO) vector_needs(w.text);
    else if (err) vector_fail("%s", w.text);
}

/* The ops of area "trading": see vectors.h on how to add one. */
const struct vector_op vector_ops_trading[] = {
    { "order_script", op_order_script },
    { NULL, NULL },
};
