#include "vectors_index_token.h"

#include "index/token_math.h"
#include "quant/links.h"

enum { MOST = 256 };

/* Weights of [input, output] or [input, cached, output]. */
static struct blend in_blend(const cJSON *in, const char *key)
{
    i64 w[3];
    u32 n = in_i64s(in, key, w, 3);
    i64 sum = 0;
    for (u32 i = 0; i < n; i++) sum += w[i];
    if (n < 2 || sum != PPM) {
        vector_fail("%s: not two or three weights that sum to 1000000", key);
        return (struct blend){ PPM, 0, 0 };
    }
    return n == 2 ? (struct blend){ w[0], 0, w[1] } : (struct blend){ w[0], w[1], w[2] };
}

void op_token_blend(const cJSON *in, cJSON *out)
{
    i64 input = in_i64(in, "input"), cached = in_has(in, "cached") ? in_i64(in, "cached") : input;
    i64 blend = token_blend(in_blend(in, "w_ppm"), input, cached, in_i64(in, "output")), value;
    if (token_slot_price(&blend, 1, TIE_MID, 1, 1, PPM, &value)) out_i64(out, "value", value);
    else vector_fail("does not fit");
}

void op_gpu_to_token(const cJSON *in, cJSON *out)
{
    i64 value;
    if (gpu_to_token(in_i64(in, "price"), in_i64(in, "tokens_per_second"), &value))
        out_i64(out, "value", value);
    else vector_fail("out of the domain");
}

void op_tokenizer_normalise(const cJSON *in, cJSON *out)
{
    i64 value;
    if (tokenizer_normalise(in_i64(in, "price"), in_i64(in, "kappa_model"), in_i64(in, "kappa_ref"),
                            &value))
        out_i64(out, "value", value);
    else vector_fail("out of the domain");
}

/* A model's hosts, [input, output] each. */
static i64 slot_of(const cJSON *hosts, struct blend w)
{
    i64 blends[MOST], value = 0;
    u32 n = 0;
    const cJSON *host;
    cJSON_ArrayForEach(host, hosts)
    {
        if (n == MOST) break;
        i64 input = item_i64(cJSON_GetArrayItem(host, 0)),
            output = item_i64(cJSON_GetArrayItem(host, 1));
        blends[n++] = token_blend(w, input, input, output);
    }
    if (!n || !token_slot_price(blends, n, TIE_MID, 1, 1, PPM, &value))
        vector_fail("no slot price");
    return value;
}

void op_token_lowe(const cJSON *in, cJSON *out)
{
    struct blend w = in_blend(in, "blend_ppm");
    i64 quantity[MOST], base[MOST], now[MOST], cost_base, cost_now, value;
    u32 n = 0;
    const cJSON *row, *base_in = in_get(in, "base"), *now_in = in_get(in, "current");
    cJSON *base_out = out_object(out, "slot_base"), *now_out = out_object(out, "slot_now");
    cJSON_ArrayForEach(row, in_get(in, "basket_qty_ppm"))
    {
        if (n == MOST) break;
        quantity[n] = item_i64(row);
        base[n] = slot_of(cJSON_GetObjectItem(base_in, row->string), w);
        now[n] = slot_of(cJSON_GetObjectItem(now_in, row->string), w);
        out_i64(base_out, row->string, base[n]);
        out_i64(now_out, row->string, now[n]);
        n++;
    }
    if (!basket_cost(quantity, base, n, &cost_base) || !basket_cost(quantity, now, n, &cost_now) ||
        cost_base <= 0 || !lowe_value(in_i64(in, "index_base"), cost_now, cost_base, &value)) {
        vector_fail("does not fit");
        return;
    }
    out_i64(out, "basket_price", (i64)div_round(cost_now, PPM, ROUND_HALF_EVEN));
    out_i64(out, "value", value);
}

void op_splice_factor(const cJSON *in, cJSON *out)
{
    i64 old[MOST], new[MOST], factor;
    u32 n = in_i64s(in, "old", old, MOST);
    if (in_i64s(in, "new", new, MOST) != n) vector_fail("old and new are not of the same days");
    else if (splice_factor(old, new, n, (u32)in_i64(in, "min_overlap"), &factor))
        out_i64(out, "factor_ppm", factor);
    else out_null(out, "factor_ppm");
}

void op_chained_jevons(const cJSON *in, cJSON *out)
{
    i64 level = in_i64(in, "base");
    const cJSON *each, *row;
    cJSON *links = out_array(out, "link_ppb");
    cJSON_ArrayForEach(each, in_get(in, "links"))
    {
        i64 p0[MOST], p1[MOST], link;
        u32 n = 0;
        cJSON_ArrayForEach(row, in_get(each, "p0"))
        {
            const cJSON *later = cJSON_GetObjectItem(in_get(each, "p1"), row->string);
            if (later && n < MOST) p0[n] = item_i64(row), p1[n++] = item_i64(later); /* matched */
        }
        enum quant_result r = quant_jevons(p0, p1, n, &link);
        if (r != QUANT_OK || !chain_apply(level, link, &level)) {
            vector_fail("%s", quant_text(r));
            return;
        }
        out_i64(links, NULL, link);
    }
    out_i64(out, "value_micros", level);
}

void op_factor_equivalent(const cJSON *in, cJSON *out)
{
    const cJSON *row, *work = in_get(in, "throughput");
    i64 reference = item_i64(cJSON_GetObjectItem(work, in_text(in, "reference"))), value;
    cJSON_ArrayForEach(row, in_get(in, "prices"))
    {
        if (factor_equivalent(item_i64(row), item_i64(cJSON_GetObjectItem(work, row->string)),
                              reference, &value))
            out_i64(out, row->string, value);
        else vector_fail("%s: out of the domain", row->string);
    }
}
