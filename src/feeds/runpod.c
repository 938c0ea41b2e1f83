#include "feeds/row.h"

/* RunPod's gpuTypes: prices of one GPU-hour by tier. 0 says "not offered", null "no data": neither
 * is a price. */
enum { M_ID, M_NAME, M_MEMORY, M_LOWEST, M_TIERS };
/* `min_gpus`: a cluster is rented in nodes, two of eight at least (bg). */
static const struct { const char *member, *key; u8 term; u16 min_gpus; } tiers[] = {
    { "securePrice", "secure", TERM_ON_DEMAND, 1 },
    { "communityPrice", "community", TERM_ON_DEMAND, 1 },
    { "oneWeekPrice", "one_week", 0, 1 },
    { "oneMonthPrice", "one_month", TERM_RESERVED_1M, 1 },
    { "threeMonthPrice", "three_month", TERM_RESERVED_3M, 1 },
    { "sixMonthPrice", "six_month", TERM_RESERVED_6M, 1 },
    { "clusterPrice", "cluster", TERM_ON_DEMAND, 16 },
};
enum { MEMBERS = M_TIERS + ARRAY_LEN(tiers) };

/* One price: taken, or skipped for what it is not. */
static void read_price(struct feed_item *it, const struct member *m, const char *key,
                       const struct observation *base, u8 term)
{
    struct observation o = *base;
    struct decimal d;
    if (str_is(m->raw, "null")) {
        item_skip(it, FEED_SKIP_NO_DATA, str_of(key));
    } else if (!member_number(m, &d)) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, key, "not a decimal");
    } else if (!d.m) {
        item_skip(it, FEED_SKIP_NOT_OFFERED, str_of(key));
    } else if (!term) {
        item_skip(it, FEED_SKIP_NO_TERM, str_of(key));
    } else {
        o.term = term;
        /* half a dollar a community GPU-hour stands where nobody set a price */
        if (strcmp(key, "community") == 0 && d.m == 5 && d.e == -1)
            o.quality |= LIST_BIT(QUALITY_PLACEHOLDER);
        if (item_name(it, str_of(key), key, &o.key) && item_price(it, m, key, 1, &o))
            item_take(it, &o);
    }
}

static void read_item(struct feed_item *it)
{
    static const char *const lowest_names[] = { "minimumBidPrice", "stockStatus" };
    const char *names[MEMBERS] = { "id", "displayName", "memoryInGb", "lowestPrice" };
    struct member m[MEMBERS], low[2];
    char buf[512], low_buf[128];
    u64 gb = 0;
    u32 fault;
    for (u32 i = 0; i < ARRAY_LEN(tiers); i++) names[M_TIERS + i] = tiers[i].member;
    if (!item_members(it, names, MEMBERS, m, buf, sizeof buf)) return;
    struct observation o = item_start(it);
    o.channel = CHANNEL_NEOCLOUD, o.raw_unit = RAW_UNIT_GPU_HOUR;
    if (parse_u64(m[M_MEMORY].text, &gb) != PARSE_OK || gb > 4096) gb = 0;
    if (!gpu_of_name(m[M_ID].text, (u32)gb, &o.gpu_class, &o.form)) {
        item_refuse(it, OBS_REJECT_BAD_ENUM, "id", "no class of the list");
        return;
    }
    if (o.form == GPU_FORM_UNKNOWN) { /* the name on the page may say it */
        u8 class, form;
        if (gpu_of_name(m[M_NAME].text, (u32)gb, &class, &form) && class == o.gpu_class)
            o.form = form;
    }
    if (!item_name(it, STR("runpod"), "provider", &o.provider)) return;
    bool lowest =
        m[M_LOWEST].kind && m[M_LOWEST].raw.at[0] == '{' &&
        members_of(m[M_LOWEST].raw, lowest_names, 2, low, low_buf, sizeof low_buf, &fault);
    if (lowest && low[1].kind)
        o.quality |= LIST_BIT(low[1].text.n ? QUALITY_CAPACITY : QUALITY_NO_CAPACITY);
    for (u32 i = 0; i < ARRAY_LEN(tiers); i++) {
        o.min_gpus = tiers[i].min_gpus;
        if (m[M_TIERS + i].kind) read_price(it, &m[M_TIERS + i], tiers[i].key, &o, tiers[i].term);
    }
    o.min_gpus = 1;
    if (lowest && low[0].kind) {
        o.quality |= LIST_BIT(QUALITY_BID);
        read_price(it, &low[0], "min_bid", &o, TERM_SPOT);
    }
}

static const struct json_form json = { .path = { "data", "gpuTypes" }, .read = read_item };
const struct feed_form feed_form_runpod = { NULL, 0, NULL, &json, 0 };
