#include "feeds/row.h"
#include "wire/json.h"

/* LiteLLM's model price map: a key a model and provider, prices in USD per token as JSON numbers,
 * often in exponent form. It has no time: the file's commit date is the time of the fetch. */
enum { M_PROVIDER, M_INPUT, M_OUTPUT, M_CACHED, MEMBERS };
static const char *const names[MEMBERS] = { "litellm_provider", "input_cost_per_token",
                                            "output_cost_per_token",
                                            "cache_read_input_token_cost" };
static const u8 sides[MEMBERS] = { 0, TOKEN_SIDE_INPUT, TOKEN_SIDE_OUTPUT, TOKEN_SIDE_CACHED };

/* Who hosts under a name of the map that is not the host's own. */
static u8 host_channel(Str provider)
{
    static const struct { const char *start; u8 channel; } rows[] = {
        { "azure", CHANNEL_HYPERSCALER },     { "bedrock", CHANNEL_HYPERSCALER },
        { "vertex_ai", CHANNEL_HYPERSCALER }, { "sagemaker", CHANNEL_HYPERSCALER },
        { "openrouter", CHANNEL_AGGREGATOR }, { "vercel_ai_gateway", CHANNEL_AGGREGATOR },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        Str s = str_of(rows[i].start);
        if (provider.n >= s.n && memcmp(provider.at, s.at, s.n) == 0) return rows[i].channel;
    }
    return CHANNEL_NEOCLOUD;
}

static void read_side(struct feed_item *it, const struct member *m, u32 side, struct observation o)
{
    struct decimal d;
    bool lost;
    o.token_side = sides[side];
    if (m->kind == JSON_NULL) {
        item_skip(it, FEED_SKIP_NO_DATA, str_of(names[side]));
    } else if (!member_number(m, &d)) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, names[side], "not a decimal");
    } else if (!decimal_round(d, 12, 1, &o.price, &lost)) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, names[side], "out of range");
    } else {
        if (decimal_fraction(d) > DECIMAL_FINE_MAX) o.quality |= LIST_BIT(QUALITY_ROUNDED);
        item_take_rounded(it, &o, lost);
    }
}

static void read_item(struct feed_item *it)
{
    struct member m[MEMBERS];
    char buf[256];
    bool some = false;
    if (str_is(it->key, "sample_spec")) {
        item_skip(it, FEED_SKIP_EXAMPLE, it->key);
        return;
    }
    if (!item_members(it, names, MEMBERS, m, buf, sizeof buf)) return;
    for (u32 s = M_INPUT; s < MEMBERS; s++) some |= m[s].kind != JSON_BAD;
    if (!some) {
        item_skip(it, FEED_SKIP_NO_PRICE, it->key);
        return;
    }
    struct observation o = item_start(it);
    o.term = TERM_TOKEN, o.raw_unit = RAW_UNIT_MTOKEN, o.gpus = o.min_gpus = 0;
    o.channel = host_channel(m[M_PROVIDER].text);
    if (!m[M_PROVIDER].text.n) {
        item_refuse(it, OBS_REJECT_NO_OWNER, "litellm_provider", "none stated");
        return;
    }
    u32 slash = it->key.n;
    while (slash && it->key.at[slash - 1] != '/') slash--;
    Str model = { it->key.at + slash, it->key.n - slash };
    if (!item_name_cut(it, it->key, "key", &o.key) || !item_name_cut(it, model, "key", &o.model) ||
        !item_name_cut(it, m[M_PROVIDER].text, "litellm_provider", &o.provider))
        return;
    for (u32 s = M_INPUT; s < MEMBERS; s++)
        if (m[s].kind) read_side(it, &m[s], s, o);
}

static const struct json_form json = { .map = true, .read = read_item };
const struct feed_form feed_form_litellm = { NULL, 0, NULL, &json, 0 };
