#include "feeds/row.h"

#include <stdlib.h>

/* What `aws ec2 describe-spot-price-history` writes: change records, the newest first for each
 * line. A price holds until the next change, so the newest of a line is also recorded as seen at
 * the time of the fetch. The price is a list price: it says nothing about capacity. */
enum { M_TIMESTAMP, M_PRODUCT, M_TYPE, M_PRICE, M_ZONE, MEMBERS };
static const char *const names[MEMBERS] = { "Timestamp", "ProductDescription", "InstanceType",
                                            "SpotPrice", "AvailabilityZone" };
/* The operating system in a product description; the price of another one has its licence in. */
static const struct { const char *product, *os; bool plain; } products[] = {
    { "Linux/UNIX", "linux", true },
    { "Linux/UNIX (Amazon VPC)", "linux", true },
    { "Red Hat Enterprise Linux", "rhel", false },
    { "Red Hat Enterprise Linux (Amazon VPC)", "rhel", false },
    { "SUSE Linux", "suse", false },
    { "SUSE Linux (Amazon VPC)", "suse", false },
    { "Windows", "windows", false },
    { "Windows (Amazon VPC)", "windows", false },
};

/* The newest change of each line so far. */
struct held { u32 key, region, line; Str raw; struct observation o; };
struct state { struct held *at; u32 n, cap, mask; u32 *slots; };

static u32 slot_of(const struct state *s, u32 key, u32 region)
{
    u32 i = (u32)mix64((u64)key << 32 | region) & s->mask;
    while (s->slots[i]) {
        const struct held *h = &s->at[s->slots[i] - 1];
        if (h->key == key && h->region == region) break;
        i = (i + 1) & s->mask;
    }
    return i;
}

static bool grow(struct state *s)
{
    u32 cap = s->cap ? 2 * s->cap : 64;
    struct held *at = realloc(s->at, cap * sizeof *at);
    if (at) s->at = at;
    u32 *slots = at ? calloc(2 * (u64)cap, sizeof *slots) : NULL;
    if (!slots) return false;
    free(s->slots);
    s->slots = slots, s->cap = cap, s->mask = 2 * cap - 1;
    for (u32 i = 0; i < s->n; i++) s->slots[slot_of(s, s->at[i].key, s->at[i].region)] = i + 1;
    return true;
}

static bool hold(struct feed_item *it, const struct observation *o)
{
    struct state *s = reading_state(it->d, sizeof *s);
    if (!s || (s->n == s->cap && !grow(s))) {
        item_refuse(it, OBS_REJECT_FULL, "item", "no memory");
        return false;
    }
    u32 i = slot_of(s, o->key, o->region);
    if (!s->slots[i]) s->slots[i] = ++s->n, s->at[s->n - 1] = (struct held){ .o = { 0 } };
    struct held *h = &s->at[s->slots[i] - 1];
    if (!h->o.source || h->o.t_event < o->t_event)
        *h = (struct held){ o->key, o->region, it->line, it->raw, *o };
    return true;
}

/* us-east-1 of us-east-1a, of us-east-1-bos-1a too: up to the first number. */
Str aws_region_of(Str zone)
{
    u32 i = 0;
    while (i < zone.n && (zone.at[i] < '0' || zone.at[i] > '9')) i++;
    while (i < zone.n && zone.at[i] >= '0' && zone.at[i] <= '9') i++;
    return (Str){ zone.at, i };
}

static bool read_place(struct feed_item *it, const struct member *m, struct observation *o)
{
    Str zone = m[M_ZONE].text, region = aws_region_of(zone), text;
    char buf[40];
    struct text t = text_on(buf, sizeof buf);
    const char *country = region_country("aws", region);
    if (!country) {
        item_refuse(it, OBS_REJECT_BAD_ENUM, "AvailabilityZone", "no known country");
        return false;
    }
    text_put(&t, country);
    text_put_char(&t, '/');
    text_put_str(&t, zone);
    text = (Str){ t.at, t.n };
    return item_name(it, text, "AvailabilityZone", &o->region);
}

static bool read_machine(struct feed_item *it, const struct member *m, struct observation *o)
{
    Str type = m[M_TYPE].text;
    const struct instances *c = item_ask(it)->instances;
    const struct instance *row = c ? instance_of(c, "aws", type) : NULL;
    u32 p = 0;
    char buf[64];
    struct text t = text_on(buf, sizeof buf);
    while (p < ARRAY_LEN(products) && !str_is(m[M_PRODUCT].text, products[p].product)) p++;
    if (p == ARRAY_LEN(products)) {
        item_refuse(it, OBS_REJECT_BAD_ENUM, "ProductDescription", "no known product");
        return false;
    }
    if (!products[p].plain) o->quality |= LIST_BIT(QUALITY_OTHER_OFFER);
    o->gpus = row ? (u16)row->gpus : 0;
    if (row) o->gpu_class = (u8)row->gpu_class, o->form = (u8)row->form;
    o->min_gpus = o->gpus;
    text_put_str(&t, type);
    text_put_char(&t, '/');
    text_put(&t, products[p].os);
    if (!type.n || t.cut) {
        item_refuse(it, OBS_REJECT_BAD_TEXT, "InstanceType", "no type's name");
        return false;
    }
    return item_name_cut(it, (Str){ t.at, t.n }, "InstanceType", &o->key);
}

static void read_item(struct feed_item *it)
{
    char buf[512];
    struct member m[MEMBERS];
    Instant at;
    if (!item_members(it, names, MEMBERS, m, buf, sizeof buf)) return;
    struct observation o = item_start(it);
    o.channel = CHANNEL_HYPERSCALER, o.term = TERM_SPOT, o.raw_unit = RAW_UNIT_INSTANCE_HOUR;
    if (!read_machine(it, m, &o) || !read_place(it, m, &o)) return;
    if (parse_instant(m[M_TIMESTAMP].text, &at) != PARSE_OK) {
        item_refuse(it, OBS_REJECT_BAD_TIME, "Timestamp", "not RFC 3339 with Z");
        return;
    }
    o.t_event = at.ns;
    if (!item_price(it, &m[M_PRICE], "SpotPrice", 1, &o)) return;
    if (!item_name(it, STR("aws"), "provider", &o.provider)) return;
    if (at.ns <= o.t_seen + OBS_AHEAD_NS && !hold(it, &o)) return;
    if (at.ns < item_ask(it)->since.ns) item_skip(it, FEED_SKIP_OLD, m[M_TYPE].text);
    else item_take(it, &o);
}

static void end(struct reading *d)
{
    struct state *s = reading_state(d, sizeof *s);
    for (u32 i = 0; s && i < s->n; i++) {
        struct held *h = &s->at[i];
        struct feed_item it = { d, { NULL, 0 }, h->raw, h->line };
        if (h->o.t_event >= h->o.t_seen) continue; /* the change itself is as new */
        h->o.t_event = h->o.t_seen;
        item_take(&it, &h->o);
    }
    if (s) free(s->at), free(s->slots);
}

static const struct json_form json = { .path = { "SpotPriceHistory" }, .read = read_item,
                                       .end = end };
const struct feed_form feed_form_aws_spot = { NULL, 0, NULL, &json, 0 };
