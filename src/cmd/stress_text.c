#include "cmd/report.h"

#include <stdio.h>

const char *cost_text(char *buf, u32 cap, bool in_money, const struct cost *c)
{
    struct text t = text_on(buf, cap);
    if (c->kind == COST_UNREACHABLE) return "not reachable";
    if (c->kind == COST_NOT_FOUND) return "none found";
    if (c->kind == COST_BOUND) text_put(&t, "<= ");
    if (!in_money) {
        text_put_u64(&t, c->names);
        text_put(&t, c->names == 1 ? " name" : " names");
    } else {
        text_put_dec(&t, c->overpay + c->fees, 6, 2);
    }
    return buf;
}

const char *coalition_text(char *buf, u32 cap, u32 owners, const struct coalition *c)
{
    if (!c->found) {
        if (c->least > owners) snprintf(buf, cap, "not all %u", owners);
        else snprintf(buf, cap, "%u or more", c->least);
    } else if (c->least == c->found) {
        snprintf(buf, cap, "%u of %u", c->found, owners);
    } else {
        snprintf(buf, cap, "%u to %u of %u", c->least, c->found, owners);
    }
    return buf;
}

const char *lots_text(char *buf, u32 cap, i64 milli, bool bound)
{
    struct text t = text_on(buf, cap);
    if (milli < 0) return "not stated";
    if (bound) text_put(&t, "<= ");
    text_put_dec(&t, milli, 3, 3);
    return buf;
}
