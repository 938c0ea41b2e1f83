#include "feeds/row.h"

/* Lambda's instance types: whole US cents an instance-hour. With regions that have capacity each is
 * a quote there; without one the price is a tariff. */
enum { M_NAME, M_TEXT, M_CENTS, M_SPECS, MEMBERS };
static const char *const names[MEMBERS] = { "name", "gpu_description", "price_cents_per_hour",
                                            "specs" };

static bool read_machine(struct feed_item *it, const struct member *m, struct observation *o)
{
    static const char *const gpus_name[] = { "gpus" };
    struct member gpus = { 0 };
    char buf[32];
    u32 fault;
    u64 n = 0;
    const struct instances *c = item_ask(it)->instances;
    const struct instance *row = c ? instance_of(c, "lambda", m[M_NAME].text) : NULL;
    if (m[M_SPECS].kind && m[M_SPECS].raw.at[0] == '{' &&
        members_of(m[M_SPECS].raw, gpus_name, 1, &gpus, buf, sizeof buf, &fault) && gpus.kind &&
        (parse_u64(gpus.text, &n) != PARSE_OK || n > 1024)) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, "gpus", "not a whole number up to 1,024");
        return false;
    }
    if (row && gpus.kind && n != (u64)row->gpus) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, "gpus", "not what the catalogue says");
        return false;
    }
    o->gpus = o->min_gpus = (u16)(row ? (u64)row->gpus : n);
    if (row) o->gpu_class = (u8)row->gpu_class, o->form = (u8)row->form;
    else if (!gpu_of_name(m[M_TEXT].text, 0, &o->gpu_class, &o->form)) o->gpus = o->min_gpus = 0;
    return item_name_cut(it, m[M_NAME].text, "name", &o->key);
}

static bool read_cents(struct feed_item *it, const struct member *m, struct observation *o)
{
    u64 cents;
    if (parse_u64(m[M_CENTS].text, &cents) != PARSE_OK || cents > 100000000) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, "price_cents_per_hour", "not whole cents");
        return false;
    }
    o->price = (i64)cents * 10000;
    return true;
}

static void read_quote(struct feed_item *it, const struct member *region, struct observation o)
{
    static const char *const name[] = { "name" };
    struct member m = *region;
    char buf[64], text[64];
    u32 fault;
    Str place;
    if (m.raw.at[0] == '{' && !members_of(region->raw, name, 1, &m, buf, sizeof buf, &fault))
        return;
    if (!region_text("lambda", m.text, text, &place)) {
        item_refuse(it, OBS_REJECT_BAD_ENUM, "region", "no known country");
        return;
    }
    o.kind = OBS_KIND_QUOTE;
    o.quality |= LIST_BIT(QUALITY_CAPACITY);
    if (item_name(it, place, "region", &o.region)) item_take(it, &o);
}

static void read_item(struct feed_item *it)
{
    static const char *const outer_names[] = { "instance_type", "regions_with_capacity_available" };
    struct member outer[2], m[MEMBERS], region;
    char buf[512], region_buf[256];
    u32 fault, at = 0;
    if (!item_members(it, outer_names, 2, outer, buf, sizeof buf)) return;
    Str type = outer[0].kind && outer[0].raw.at[0] == '{' ? outer[0].raw : it->raw;
    if (!members_of(type, names, MEMBERS, m, buf, sizeof buf, &fault)) {
        item_refuse(it, OBS_REJECT_BAD_ROW, names[fault], "stands twice");
        return;
    }
    if (!m[M_NAME].kind) m[M_NAME].text = it->key;
    struct observation o = item_start(it);
    o.channel = CHANNEL_NEOCLOUD, o.raw_unit = RAW_UNIT_INSTANCE_HOUR;
    if (!read_machine(it, m, &o) || !read_cents(it, m, &o)) return;
    if (!item_name(it, STR("lambda"), "provider", &o.provider)) return;
    bool some = false;
    while (outer[1].kind && list_next(outer[1].raw, &at, &region, region_buf, sizeof region_buf)) {
        read_quote(it, &region, o);
        some = true;
    }
    if (some) return;
    o.quality |= LIST_BIT(QUALITY_NO_CAPACITY);
    item_take(it, &o);
}

static const struct json_form json = { .path = { "data" }, .read = read_item };
const struct feed_form feed_form_lambda = { NULL, 0, NULL, &json, 0 };
