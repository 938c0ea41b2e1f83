#include "feeds/row.h"

/* A page of prices.azure.com/api/retail/prices. `type` Reservation quotes the whole term, though
 * unitOfMeasure says "1 Hour"; DevTest, Low Priority, Windows and volume tiers are other offers. */
enum {
    M_PRICE,
    M_CCY,
    M_REGION,
    M_SKU,
    M_SKU_NAME,
    M_METER,
    M_METER_NAME,
    M_PRODUCT,
    M_SERVICE,
    M_UNIT,
    M_TYPE,
    M_TERM,
    M_PRIMARY,
    M_TIER,
    M_START,
    M_SAVINGS,
    MEMBERS
};
static const char *const names[MEMBERS] = {
    "retailPrice",
    "currencyCode",
    "armRegionName",
    "armSkuName",
    "skuName",
    "meterId",
    "meterName",
    "productName",
    "serviceName",
    "unitOfMeasure",
    "type",
    "reservationTerm",
    "isPrimaryMeterRegion",
    "tierMinimumUnits",
    "effectiveStartDate",
    "savingsPlan",
};
static const struct { const char *text; u8 term; i64 hours; } terms[] = {
    { "1 Year", TERM_RESERVED_1Y, 8760 },
    { "3 Years", TERM_RESERVED_3Y, 26280 },
};

static bool holds(Str s, const char *z)
{
    u32 n = str_of(z).n;
    for (u32 i = 0; i + n <= s.n; i++)
        if (memcmp(s.at + i, z, n) == 0) return true;
    return false;
}

static bool term_of(Str s, u32 *i)
{
    for (*i = 0; *i < ARRAY_LEN(terms); (*i)++)
        if (str_is(s, terms[*i].text)) return true;
    return false;
}

/* Rows left out by rule, before anything of them is read. */
static bool left_out(struct feed_item *it, const struct member *m)
{
    Str name = m[M_SKU].text;
    Instant start;
    char buf[1024];
    struct text t = text_on(buf, sizeof buf);
    static const u32 parts[] = { M_METER, M_REGION, M_TYPE, M_TERM, M_TIER, M_PRICE };
    enum feed_skip rule = FEED_SKIP_NONE;
    if (m[M_SERVICE].kind && !str_is(m[M_SERVICE].text, "Virtual Machines"))
        rule = FEED_SKIP_OTHER_SERVICE;
    else if (m[M_PRIMARY].raw.n && str_is(m[M_PRIMARY].raw, "false"))
        rule = FEED_SKIP_SECONDARY_METER;
    else if (m[M_START].text.n && parse_instant(m[M_START].text, &start) == PARSE_OK &&
             start.ns > item_ask(it)->at.ns)
        rule = FEED_SKIP_NOT_YET;
    if (!rule && m[M_METER].text.n) {
        text_put(&t, "meter");
        for (u32 i = 0; i < ARRAY_LEN(parts); i++) {
            text_put_char(&t, '\n');
            text_put_str(&t, m[parts[i]].text);
        }
        if (!t.cut && !item_first(it, (Str){ t.at, t.n })) rule = FEED_SKIP_METER_TWICE;
    }
    if (rule) item_skip(it, rule, name);
    return rule != FEED_SKIP_NONE;
}

/* The type's own name and what kind of offer: "ND96isr_H100_v5/spot". */
static bool read_offer(struct feed_item *it, const struct member *m, struct observation *o)
{
    Str sku = m[M_SKU].text, os = m[M_PRODUCT].text;
    bool low =
        holds(m[M_SKU_NAME].text, "Low Priority") || holds(m[M_METER_NAME].text, "Low Priority");
    bool spot = holds(m[M_SKU_NAME].text, "Spot") || holds(m[M_METER_NAME].text, "Spot");
    bool devtest = holds(m[M_TYPE].text, "DevTest"), windows = holds(os, "Windows");
    struct decimal tier = { 0, 0 };
    if (m[M_TIER].kind && !member_number(&m[M_TIER], &tier)) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, "tierMinimumUnits", "not a decimal");
        return false;
    }
    bool other = low || windows || tier.m != 0 || holds(os, "CloudServices");
    char buf[128];
    struct text t = text_on(buf, sizeof buf);
    const struct instances *c = item_ask(it)->instances;
    const struct instance *row = c ? instance_of(c, "azure", sku) : NULL;
    if (devtest) o->quality |= LIST_BIT(QUALITY_DEVTEST);
    if (other) o->quality |= LIST_BIT(QUALITY_OTHER_OFFER);
    if (spot || low) o->term = TERM_SPOT;
    o->gpus = o->min_gpus = row ? (u16)row->gpus : 0;
    if (row) o->gpu_class = (u8)row->gpu_class, o->form = (u8)row->form;
    bool standard = sku.n > 9 && memcmp(sku.at, "Standard_", 9) == 0;
    text_put_str(&t, standard ? (Str){ sku.at + 9, sku.n - 9 } : sku);
    if (windows) text_put(&t, "/win");
    if (devtest) text_put(&t, "/dev");
    if (low) text_put(&t, "/low");
    if (spot) text_put(&t, "/spot");
    if (!sku.n || t.cut) {
        item_refuse(it, OBS_REJECT_BAD_TEXT, "armSkuName", "no type's name");
        return false;
    }
    return item_name_cut(it, (Str){ t.at, t.n }, "armSkuName", &o->key);
}

static bool read_place(struct feed_item *it, const struct member *m, struct observation *o)
{
    char buf[64];
    Str region;
    if (!m[M_REGION].text.n || str_is(m[M_REGION].text, "global")) return true;
    if (!region_text("azure", m[M_REGION].text, buf, &region)) {
        item_refuse(it, OBS_REJECT_BAD_ENUM, "armRegionName", "no known country");
        return false;
    }
    return item_name(it, region, "armRegionName", &o->region);
}

/* Hourly prices under a savings plan: recorded under their commitment, never eligible. */
static void read_savings(struct feed_item *it, Str list, const struct observation *base)
{
    static const char *const of[] = { "retailPrice", "term" };
    struct member each, m[2];
    u32 at = 0, fault, i;
    char buf[256];
    while (list_next(list, &at, &each, buf, sizeof buf)) {
        struct observation o = *base;
        if (!members_of(each.raw, of, 2, m, buf, sizeof buf, &fault) || !term_of(m[1].text, &i)) {
            item_refuse(it, OBS_REJECT_BAD_ENUM, "savingsPlan", "no plan with price and term");
            continue;
        }
        o.term = terms[i].term, o.raw_unit = RAW_UNIT_INSTANCE_HOUR;
        o.quality |= LIST_BIT(QUALITY_OTHER_OFFER);
        if (item_price(it, &m[0], "savingsPlan", 1, &o)) item_take(it, &o);
    }
}

static bool read_type(struct feed_item *it, const struct member *m, struct observation *o,
                      i64 *hours)
{
    u32 i;
    *hours = 1;
    o->raw_unit = RAW_UNIT_INSTANCE_HOUR;
    if (m[M_UNIT].kind && !str_is(m[M_UNIT].text, "1 Hour")) {
        item_refuse(it, OBS_REJECT_BAD_ENUM, "unitOfMeasure", "not an hour");
        return false;
    }
    if (str_is(m[M_TYPE].text, "Reservation")) {
        if (!term_of(m[M_TERM].text, &i)) {
            item_refuse(it, OBS_REJECT_BAD_ENUM, "reservationTerm", "no known term");
            return false;
        }
        o->term = terms[i].term, o->raw_unit = RAW_UNIT_WHOLE_TERM, *hours = terms[i].hours;
        return true;
    }
    if (str_is(m[M_TYPE].text, "Consumption") || str_is(m[M_TYPE].text, "DevTestConsumption"))
        return true;
    item_refuse(it, OBS_REJECT_BAD_ENUM, "type", "no known type of price");
    return false;
}

static void read_item(struct feed_item *it)
{
    char buf[1024];
    struct member m[MEMBERS];
    i64 hours;
    if (!item_members(it, names, MEMBERS, m, buf, sizeof buf) || left_out(it, m)) return;
    struct observation o = item_start(it);
    o.channel = CHANNEL_HYPERSCALER;
    if (!read_offer(it, m, &o) || !read_type(it, m, &o, &hours) || !read_place(it, m, &o)) return;
    if (m[M_CCY].kind) {
        if (m[M_CCY].text.n != 3) {
            item_refuse(it, OBS_REJECT_BAD_CCY, "currencyCode", "not three letters");
            return;
        }
        memcpy(o.ccy, m[M_CCY].text.at, 3);
    }
    if (!item_name(it, STR("azure"), "provider", &o.provider)) return;
    struct observation plan = o;
    if (!item_price(it, &m[M_PRICE], "retailPrice", hours, &o)) return;
    item_take(it, &o);
    if (m[M_SAVINGS].kind) read_savings(it, m[M_SAVINGS].raw, &plan);
}

static const struct json_form json = { .path = { "Items" }, .read = read_item };
const struct feed_form feed_form_azure_retail = { NULL, 0, NULL, &json, 0 };
