#include "feeds/openrouter.h"
#include "wire/json.h"

/* Models of openrouter.ai/api/v1/models, or the endpoints (hosts) of one. Prices are decimal
 * strings in USD per token; "-1" marks a router and is recorded as what it is. */
#define MINUTES_A_DAY 1440u
static const char *const sides[DAY_SIDES] = { "prompt", "completion", "input_cache_read" };
static const u8 token_sides[DAY_SIDES] = { TOKEN_SIDE_INPUT, TOKEN_SIDE_OUTPUT, TOKEN_SIDE_CACHED };

/* 1030 -> 630; 2400 is the end of the day. */
static bool minute_of(const struct member *m, u32 *out)
{
    u64 v;
    if (parse_u64(m->text, &v) != PARSE_OK || v > 2400 || v % 100 > 59) return false;
    *out = (u32)(v / 100 * 60 + v % 100);
    return true;
}

/* Marks the window's minutes; false if one was marked. Windows wrap midnight. */
static bool mark(u8 *minutes, u32 from, u32 to, u32 *n)
{
    *n = 0;
    from %= MINUTES_A_DAY;
    if (to == from) return false; /* none, or the whole day: it does not say which */
    for (u32 i = from; i != to % MINUTES_A_DAY || !*n; i = (i + 1) % MINUTES_A_DAY) {
        if (minutes[i]++) return false;
        ++*n;
    }
    return true;
}

/* One override; what it leaves out stays the headline's. *gap: its hours are none. */
static bool read_window(Str object, const struct day_window *headline, u8 *minutes,
                        struct day_window *out, bool *gap)
{
    static const char *const names[] = { "utc_start", "utc_end", "prompt", "completion",
                                         "input_cache_read" };
    struct member m[ARRAY_LEN(names)];
    char buf[256];
    u32 fault, from, to;
    *out = *headline;
    if (!members_of(object, names, ARRAY_LEN(names), m, buf, sizeof buf, &fault)) return false;
    for (u32 s = 0; s < DAY_SIDES; s++)
        if (m[2 + s].kind && !member_number(&m[2 + s], &out->price[s])) return false;
    if (!minute_of(&m[0], &from) || !minute_of(&m[1], &to) ||
        !mark(minutes, from, to, &out->minutes))
        *gap = true;
    return true;
}

bool day_read(Str pricing, struct day_prices *out, const char **fault)
{
    static const char *const names[] = { "prompt", "completion", "input_cache_read", "overrides" };
    struct member m[ARRAY_LEN(names)], each;
    struct day_window headline = { .minutes = MINUTES_A_DAY };
    char buf[512], each_buf[64];
    u8 minutes[MINUTES_A_DAY] = { 0 };
    u32 at = 0, which, covered = 0;
    *out = (struct day_prices){ 0 };
    *fault = "pricing";
    if (!members_of(pricing, names, ARRAY_LEN(names), m, buf, sizeof buf, &which)) return false;
    for (u32 s = 0; s < DAY_SIDES; s++) {
        *fault = sides[s];
        if (!m[s].kind || m[s].kind == JSON_NULL) continue;
        if (!member_number(&m[s], &headline.price[s])) return false;
        out->stated[s] = true;
    }
    *fault = "overrides";
    while (m[3].kind && list_next(m[3].raw, &at, &each, each_buf, sizeof each_buf)) {
        if (out->n == DAY_WINDOWS_MAX) return false;
        struct day_window *w = &out->window[out->n++];
        if (!read_window(each.raw, &headline, minutes, w, &out->gap)) return false;
        covered += w->minutes;
    }
    if (out->n && covered != MINUTES_A_DAY) out->gap = true;
    if (!out->n || out->gap) out->window[0] = headline, out->n = 1;
    return true;
}

/* Sum over the windows at 1e-24 of a dollar; prices finer than that are refused by the fit. */
bool day_mean(const struct day_prices *p, enum day_side side, i64 *micros, bool *lost)
{
    static const i128 most = (i128)1 << 110;
    i128 sum = 0;
    i32 e = 0;
    ASSERT(p->n > 0);
    for (u32 i = 0; i < p->n; i++)
        if (p->window[i].price[side].e < e) e = p->window[i].price[side].e;
    for (u32 i = 0; i < p->n; i++) {
        struct decimal d = p->window[i].price[side];
        for (; d.e > e; d.e--) {
            if (d.m > most / 10 || d.m < -most / 10) return false;
            d.m *= 10;
        }
        if (d.m > most || d.m < -most) return false;
        sum += d.m * p->window[i].minutes;
    }
    return decimal_round((struct decimal){ sum, e }, 12, MINUTES_A_DAY, micros, lost);
}

/* "maker/model:variant": the maker is the provider where no host is stated. */
static bool read_names(struct feed_item *it, Str id, Str host, struct observation *o)
{
    u32 slash = 0, colon = 0;
    while (slash < id.n && id.at[slash] != '/') slash++;
    while (colon < id.n && id.at[colon] != ':') colon++;
    Str maker = { id.at, slash };
    if (!id.n || slash == id.n) {
        item_refuse(it, OBS_REJECT_BAD_TEXT, "id", "not maker/model");
        return false;
    }
    if (colon < id.n &&
        !item_name_cut(it, (Str){ id.at + colon + 1, id.n - colon - 1 }, "id", &o->key))
        return false;
    Str model = { id.at + slash + 1, id.n - slash - 1 };
    return item_name_cut(it, model, "id", &o->model) &&
           item_name_cut(it, host.n ? host : maker, "provider", &o->provider);
}

static void read_pricing(struct feed_item *it, Str pricing, struct observation base)
{
    struct day_prices day;
    const char *fault;
    if (!day_read(pricing, &day, &fault)) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, fault, "no price, or not one of this form");
        return;
    }
    if (day.gap) base.quality |= LIST_BIT(QUALITY_TOD_GAP);
    for (u32 s = 0; s < DAY_SIDES; s++) {
        struct observation o = base;
        bool lost = false;
        o.token_side = token_sides[s];
        if (!day.stated[s]) {
            if (s != DAY_CACHED) item_skip(it, FEED_SKIP_NO_DATA, str_of(sides[s]));
            continue;
        }
        if (!day_mean(&day, s, &o.price, &lost)) {
            item_refuse(it, OBS_REJECT_BAD_NUMBER, sides[s], "out of range");
            continue;
        }
        if (lost && day.n == 1) o.quality |= LIST_BIT(QUALITY_ROUNDED); /* finer than 1e-12 */
        item_take_rounded(it, &o, lost);
    }
}

static void read_item(struct feed_item *it)
{
    static const char *const names[] = { "id", "pricing", "endpoints" };
    static const char *const host_names[] = { "provider_name", "pricing" };
    struct member m[3], each, host[2];
    char buf[1024], host_buf[256], each_buf[64];
    u32 at = 0, fault;
    if (!item_members(it, names, 3, m, buf, sizeof buf)) return;
    struct observation o = item_start(it);
    o.term = TERM_TOKEN, o.raw_unit = RAW_UNIT_MTOKEN, o.gpus = o.min_gpus = 0;
    if (m[2].kind) { /* hosts of one model */
        o.channel = CHANNEL_NEOCLOUD;
        while (list_next(m[2].raw, &at, &each, each_buf, sizeof each_buf)) {
            if (!members_of(each.raw, host_names, 2, host, host_buf, sizeof host_buf, &fault) ||
                !host[0].text.n || host[1].kind != JSON_OBJECT)
                item_refuse(it, OBS_REJECT_BAD_ROW, "endpoints", "no host with its prices");
            else if (read_names(it, m[0].text, host[0].text, &o)) read_pricing(it, host[1].raw, o);
        }
        return;
    }
    o.channel = CHANNEL_AGGREGATOR; /* the router's own price: no host stands behind it */
    if (!read_names(it, m[0].text, (Str){ NULL, 0 }, &o)) return;
    if (m[1].kind != JSON_OBJECT) item_refuse(it, OBS_REJECT_BAD_ROW, "pricing", "none stated");
    else read_pricing(it, m[1].raw, o);
}

static const struct json_form json = { .path = { "data" }, .single = true, .read = read_item };
const struct feed_form feed_form_openrouter = { NULL, 0, NULL, &json, 0 };
