#include "feeds/row.h"

/* Vast's search of offers: dph_total is for the whole offer and an hour, storage included (dph_base
 * leaves it out). Each host is an owner of its own; one host splits a machine into several
 * offers. */
enum {
    M_ID,
    M_ASK,
    M_GPUS,
    M_TOTAL,
    M_GPU,
    M_RAM,
    M_HOST,
    M_VERIFIED,
    M_PLACE,
    M_BID,
    M_RENTABLE,
    M_RENTED,
    M_RESOURCE,
    MEMBERS
};
static const char *const names[MEMBERS] = {
    "id",       "ask_contract_id", "num_gpus",      "dph_total",   "gpu_name",
    "gpu_ram",  "host_id",         "verification",  "geolocation", "is_bid",
    "rentable", "rented",          "resource_type",
};

static bool is_true(const struct member *m) { return m->raw.n && str_is(m->raw, "true"); }
static bool is_false(const struct member *m) { return m->raw.n && str_is(m->raw, "false"); }

/* "Virginia, US" -> US; nothing, null and "" -> none. */
static bool read_place(struct feed_item *it, const struct member *m, struct observation *o)
{
    Str s = m[M_PLACE].text;
    if (!s.n) return true;
    bool stated = s.n >= 2 && (s.n == 2 || (s.n >= 4 && s.at[s.n - 3] == ' '));
    for (u32 i = 1; stated && i <= 2; i++) stated = s.at[s.n - i] >= 'A' && s.at[s.n - i] <= 'Z';
    if (stated) return item_name(it, (Str){ s.at + s.n - 2, 2 }, "geolocation", &o->region);
    item_refuse(it, OBS_REJECT_BAD_ENUM, "geolocation", "does not end in a country");
    return false;
}

static bool read_host(struct feed_item *it, const struct member *m, struct observation *o)
{
    char buf[64];
    struct text t = text_on(buf, sizeof buf);
    u64 host;
    if (parse_u64(m[M_HOST].text, &host) != PARSE_OK) {
        item_refuse(it, OBS_REJECT_NO_OWNER, "host_id", "not a number");
        return false;
    }
    text_put(&t, "vast:");
    text_put_u64(&t, host);
    if (!item_name(it, (Str){ t.at, t.n }, "host_id", &o->provider)) return false;
    o->owner = o->provider;
    return true;
}

static bool read_gpus(struct feed_item *it, const struct member *m, struct observation *o)
{
    struct decimal ram = { 0, 0 };
    i64 mb = 0;
    bool lost;
    u64 n;
    if (parse_u64(m[M_GPUS].text, &n) != PARSE_OK || !n || n > 1024) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, "num_gpus", "not a whole number from 1 to 1,024");
        return false;
    }
    if (m[M_RAM].kind && (!member_number(&m[M_RAM], &ram) || !decimal_round(ram, 0, 1, &mb, &lost)))
        mb = 0; /* stated otherwise or not: the name must say */
    if (!gpu_of_name(m[M_GPU].text, mb > 0 && mb < 1000000 ? (u32)(mb / 1024) : 0, &o->gpu_class,
                     &o->form)) {
        item_refuse(it, OBS_REJECT_BAD_ENUM, "gpu_name", "no class of the list");
        return false;
    }
    o->gpus = o->min_gpus = (u16)n; /* an offer is rented whole */
    return true;
}

/* Pages are cut by a cursor that ties: an offer may stand on two of them with other decimals of
 * its score. */
static bool seen_before(struct feed_item *it, const struct member *m, Str id)
{
    char buf[256];
    struct text t = text_on(buf, sizeof buf);
    text_put(&t, "offer ");
    text_put_str(&t, id);
    text_put_char(&t, ' ');
    text_put_str(&t, m[M_TOTAL].text);
    text_put_char(&t, ' ');
    text_put_str(&t, m[M_BID].raw);
    return !t.cut && id.n && !item_first(it, (Str){ t.at, t.n });
}

static void read_item(struct feed_item *it)
{
    char buf[1024];
    struct member m[MEMBERS];
    if (!item_members(it, names, MEMBERS, m, buf, sizeof buf)) return;
    Str id = m[M_ASK].text.n ? m[M_ASK].text : m[M_ID].text;
    if (m[M_RESOURCE].text.n && !str_is(m[M_RESOURCE].text, "gpu")) {
        item_skip(it, FEED_SKIP_OTHER_SERVICE, id);
        return;
    }
    if (seen_before(it, m, id)) {
        item_skip(it, FEED_SKIP_OFFER_TWICE, id);
        return;
    }
    struct observation o = item_start(it);
    bool verified = str_is(m[M_VERIFIED].text, "verified");
    bool rented = is_true(&m[M_RENTED]) || is_false(&m[M_RENTABLE]);
    o.kind = OBS_KIND_QUOTE, o.channel = CHANNEL_MARKETPLACE, o.raw_unit = RAW_UNIT_INSTANCE_HOUR;
    o.quality |= LIST_BIT(verified ? QUALITY_VERIFIED : QUALITY_UNVERIFIED);
    o.quality |= LIST_BIT(rented ? QUALITY_NO_CAPACITY : QUALITY_CAPACITY);
    if (is_true(&m[M_BID])) o.term = TERM_SPOT, o.quality |= LIST_BIT(QUALITY_BID);
    if (!read_host(it, m, &o) || !read_gpus(it, m, &o) || !read_place(it, m, &o)) return;
    if (!item_name(it, id, "id", &o.key)) return;
    if (item_price(it, &m[M_TOTAL], "dph_total", 1, &o)) item_take(it, &o);
}

static const struct json_form json = {
    .path = { "offers" }, .mark = "dph_total", .lines = true, .read = read_item
};
const struct feed_form feed_form_vast = { NULL, 0, NULL, &json, 0 };
