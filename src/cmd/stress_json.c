#include "cmd/cmd.h"
#include "cmd/report.h"

static void json_cost(struct text *t, const char *key, const struct cost *c)
{
    static const char *const kinds[] = { "not reachable", "none found", "exact", "upper bound" };
    text_put(t, "\"");
    text_put(t, key);
    text_put(t, "\":{\"kind\":\"");
    text_put(t, kinds[c->kind]);
    text_put(t, "\"");
    if (c->kind >= COST_EXACT) {
        text_put(t, ",\"cost\":\"");
        text_put_dec_short(t, c->overpay + c->fees, 6, 0);
        text_put(t, "\",\"least\":\"");
        text_put_dec_short(t, c->least, 6, 0);
        text_put(t, "\",\"size\":\"");
        text_put_dec_short(t, c->size, 3, 0);
        text_put(t, "\",\"names\":\"");
        text_put_u64(t, c->names);
        text_put(t, "\",\"price\":\"");
        text_put_dec_short(t, c->price, 6, 0);
        text_put(t, "\",\"partitions\":\"");
        text_put_u64(t, c->partitions);
        text_put(t, "\"");
    }
    text_put(t, "},");
}

static void json_influence(struct text *t, const char *key, const struct influence *x)
{
    text_put(t, "\"");
    text_put(t, key);
    text_put(t, "\":{\"ppm\":\"");
    text_put_i64(t, x->ppm);
    text_put(t, "\",\"owner\":");
    text_put_json(t, x->owner.z);
    text_put(t, "},");
}

static void json_coalition(struct text *t, const char *key, const struct coalition *c)
{
    text_put(t, "\"");
    text_put(t, key);
    text_put(t, "\":{\"least\":\"");
    text_put_u64(t, c->least);
    text_put(t, "\",\"found\":");
    if (c->found) text_put_char(t, '"'), text_put_u64(t, c->found), text_put_char(t, '"');
    else text_put(t, "null");
    text_put(t, "},");
}

static void json_method(struct text *t, const struct stress *s, u32 k)
{
    const struct measured_method *r = &s->measured.method[k];
    text_put(t, "{\"method\":");
    text_put_json(t, measure_method_text(k));
    text_put(t, ",\"value\":\"");
    text_put_dec_short(t, r->value, 6, 0);
    text_put(t, "\",");
    json_cost(t, "up_one_owner", &r->one[0]);
    json_cost(t, "up_split", &r->many[0]);
    json_cost(t, "down_one_owner", &r->one[1]);
    json_cost(t, "down_split", &r->many[1]);
    json_influence(t, "leave_one_out", &r->leave_one_out);
    json_influence(t, "single_influence", &r->single);
    text_put(t,
             r->rises ? "\"rises_with_every_price\":true," : "\"rises_with_every_price\":false,");
    json_coalition(t, "coalition_up", &r->coalition[0]);
    json_coalition(t, "coalition_down", &r->coalition[1]);
    text_put(t, "\"limit_lots\":");
    if (s->limit_milli[k] < 0) text_put(t, "null");
    else text_put_char(t, '"'), text_put_dec(t, s->limit_milli[k], 3, 3), text_put_char(t, '"');
    text_put(t, s->limit_bound[k] ? ",\"limit_exact\":false" : ",\"limit_exact\":true");
    text_put(t, ",\"wash_ppm\":[");
    for (u32 i = 0; i < STRESS_WASHES; i++) {
        if (i) text_put_char(t, ',');
        if (!s->washed[i].has[k]) {
            text_put(t, "null");
            continue;
        }
        text_put_char(t, '"');
        text_put_i64(t, s->washed[i].ppm[k]);
        text_put_char(t, '"');
    }
    text_put(t, "]}");
}

void stress_json(struct json_line *j, const struct stress *s)
{
    object_u64(j, "move_ppm", s->ask.delta_ppm);
    object_u64(j, "names", s->ask.names);
    object_u64(j, "fee_ppm", s->ask.fee_ppm);
    object_text(j, "cost_unit", s->measured.in_money ? "USD" : "names");
    object_u64(j, "owners", s->measured.owners);
    object_u64(j, "records", s->measured.records);
    object_u64(j, "owners_without_whom_no_print", s->measured.without_print);
    object_u64(j, "lot_hours", (u64)s->lot_hours);
    object_u64(j, "averaging_days", s->days);
    object_dec(j, "kappa", s->kappa_milli, 3, 0);
    object_u64(j, "trailing_prints", s->trailing_n);
    if (s->effective_milli < 0) object_null(j, "effective_limit_lots");
    else object_dec(j, "effective_limit_lots", s->effective_milli, 3, 3);
    if (s->position) object_dec(j, "lambda", s->lambda_ppm, 6, 0);
    object_key(j, "methods");
    text_put_char(&j->t, '[');
    for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++) {
        if (k) text_put_char(&j->t, ',');
        json_method(&j->t, s, k);
    }
    text_put_char(&j->t, ']');
}
