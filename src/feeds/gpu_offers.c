#include "feeds/row.h"

#define GPU_OFFERS_COLUMNS(X) \
    X(observed_at) X(provider) X(region) X(gpu) X(form_factor) X(vram_gb) X(gpu_count) \
    X(price_usd_per_instance_hour) X(price_usd_per_gpu_hour) X(term) X(kind) X(offer_id) \
    X(host_id) X(verification) X(reliability) X(source)
#define AS_COLUMN_ID(name) COL_##name,
enum { GPU_OFFERS_COLUMNS(AS_COLUMN_ID) COLS };
#define AS_COLUMN(name) { #name, true },
static const struct feed_column columns[] = { GPU_OFFERS_COLUMNS(AS_COLUMN) };

/* What the licence stated by the repository behind each source code allows. */
static const struct { const char *code; u8 rights; } sources[] = {
    { "cyclenerd", RIGHTS_OPEN },    /* Apache-2.0 */
    { "adriannutiu", RIGHTS_CC_BY }, /* CC BY 4.0 */
    { "ccir", RIGHTS_CC_BY },        /* CC BY 4.0 */
    { "tugot17", RIGHTS_OPEN },      /* MIT */
};
static bool starts(Str s, const char *z)
{
    Str w = str_of(z);
    ASSERT(w.n > 0);
    return s.n >= w.n && memcmp(s.at, w.at, w.n) == 0;
}

/* Up to the next ':'; takes it off. */
static Str part_of(Str *s)
{
    u32 n = 0;
    while (n < s->n && s->at[n] != ':') n++;
    Str p = { s->at, n };
    ASSERT(n <= s->n);
    s->at += n, s->n -= n;
    if (s->n) s->at++, s->n--;
    return p;
}

/* "Virginia; US" -> US; "us-central1" -> US/us-central1; "" and "global" -> none. */
static bool read_region(struct feed_row *r, struct observation *o)
{
    Str s = r->cell[COL_region];
    char buf[64];
    if (!s.n || str_is(s, "global")) return true;
    Str region = { s.at + s.n - (s.n >= 2 ? 2 : s.n), 2 };
    bool place = s.n >= 4 && s.at[s.n - 4] == ';' && s.at[s.n - 3] == ' ';
    if (!place && !region_text("", s, buf, &region))
        return row_fault(r, OBS_REJECT_BAD_ENUM, "region", "no known country");
    if (!names_add(&r->log->names, region, &o->region))
        return row_fault(r, OBS_REJECT_BAD_TEXT, "region", "not one word of at most 31 letters");
    return true;
}

/* A100 comes in two sizes that are two classes; without the memory it is neither. */
static bool read_gpu(struct feed_row *r, struct observation *o)
{
    Str gpu = r->cell[COL_gpu], gb = r->cell[COL_vram_gb], form = r->cell[COL_form_factor];
    o->gpu_class = gpu_class_of(gpu);
    if (str_is(gpu, "A100") && (str_is(gb, "40") || str_is(gb, "40.0"))) o->gpu_class = GPU_A100_40;
    if (str_is(gpu, "A100") && (str_is(gb, "80") || str_is(gb, "80.0"))) o->gpu_class = GPU_A100_80;
    if (!o->gpu_class) return row_fault(r, OBS_REJECT_BAD_ENUM, "gpu", "no class of the list");
    o->form = form.n ? gpu_form_of(form) : GPU_FORM_UNKNOWN;
    if (!o->form) return row_fault(r, OBS_REJECT_BAD_ENUM, "form_factor", "no form of the list");
    o->gpus = o->min_gpus = 1;
    Str count = r->cell[COL_gpu_count];
    if (count.n && !row_u16(r, count, "gpu_count", &o->gpus)) return false;
    if (starts(r->cell[COL_source], "adriannutiu")) o->min_gpus = o->gpus; /* its minimum order */
    return true;
}

static bool read_source(struct feed_row *r, struct observation *o)
{
    Str s = r->cell[COL_source];
    u32 n = 0;
    while (n < s.n && s.at[n] != '@') n++;
    o->rights = RIGHTS_UNKNOWN;
    for (u32 i = 0; i < ARRAY_LEN(sources); i++)
        if (str_is((Str){ s.at, n }, sources[i].code)) o->rights = sources[i].rights;
    if (!names_add(&r->log->names, (Str){ s.at, n }, &o->source))
        return row_fault(r, OBS_REJECT_BAD_TEXT, "source", "not one word");
    if (!row_name(r, COL_provider, "provider", &o->provider)) return false;
    o->channel = channel_of(r->cell[COL_provider]);
    return true;
}

static bool set_key(struct feed_row *r, Str key, struct observation *o)
{
    if (!key.n) return true;
    if (names_add(&r->log->names, key, &o->key)) return true;
    return row_fault(r, OBS_REJECT_BAD_TEXT, "kind", "a part is not one word");
}

/* posted:KIND[:carried_from_DAY] -- a carried price has the day it was last seen. */
static bool read_posted(struct feed_row *r, Str rest, struct observation *o)
{
    Str what = part_of(&rest), carried = rest;
    Date d;
    o->kind = OBS_KIND_LIST;
    if (str_is(what, "serverless")) o->quality |= LIST_BIT(QUALITY_SERVERLESS);
    if (starts(carried, "carried_from_")) {
        Str day = { carried.at + 13, carried.n - 13 };
        if (parse_date(day, &d) != PARSE_OK)
            return row_fault(r, OBS_REJECT_BAD_TIME, "kind", "carried from no day");
        o->t_event = date_start(d).ns;
        o->quality |= LIST_BIT(QUALITY_CARRIED);
    } else if (carried.n) {
        return row_fault(r, OBS_REJECT_BAD_ENUM, "kind", "no known kind");
    }
    bool half = str_is(r->cell[COL_price_usd_per_gpu_hour], "0.5"); /* runpod's placeholder */
    if (str_is(what, "community") && half) o->quality |= LIST_BIT(QUALITY_PLACEHOLDER);
    return set_key(r, what, o);
}

/* list:MACHINE[:cud1y|cud3y][:suspect] -- the commitment is the term. */
static bool read_list(struct feed_row *r, Str rest, struct observation *o)
{
    o->kind = OBS_KIND_LIST;
    if (!set_key(r, part_of(&rest), o)) return false;
    while (rest.n) {
        Str p = part_of(&rest);
        if (str_is(p, "cud1y")) o->term = TERM_RESERVED_1Y;
        else if (str_is(p, "cud3y")) o->term = TERM_RESERVED_3Y;
        else if (str_is(p, "suspect")) o->quality |= LIST_BIT(QUALITY_PLACEHOLDER);
        else return row_fault(r, OBS_REJECT_BAD_ENUM, "kind", "no known kind");
    }
    return true;
}

static bool read_offer(struct feed_row *r, Str rest, struct observation *o)
{
    Str v = r->cell[COL_verification], id = r->cell[COL_offer_id];
    o->kind = OBS_KIND_QUOTE, o->channel = CHANNEL_MARKETPLACE;
    o->quality |= LIST_BIT(str_is(rest, "rented") ? QUALITY_NO_CAPACITY : QUALITY_CAPACITY);
    o->quality |= LIST_BIT(str_is(v, "verified") ? QUALITY_VERIFIED : QUALITY_UNVERIFIED);
    if (rest.n && !str_is(rest, "rented"))
        return row_fault(r, OBS_REJECT_BAD_ENUM, "kind", "no known kind");
    return set_key(r, id, o);
}

static bool read_kind(struct feed_row *r, struct observation *o)
{
    Str rest = r->cell[COL_kind], head = part_of(&rest);
    if (str_is(head, "posted")) return read_posted(r, rest, o);
    if (str_is(head, "list")) return read_list(r, rest, o);
    if (str_is(head, "marketplace_offer")) return read_offer(r, rest, o);
    o->kind = OBS_KIND_LIST;
    if (str_is(head, "rate_card")) return set_key(r, rest, o);
    if (str_is(head, "marketplace_min_bid") || starts(head, "aggregate_")) {
        o->channel = CHANNEL_AGGREGATOR;
        Str rule = starts(head, "aggregate_") ? (Str){ head.at + 10, head.n - 10 } : head;
        return set_key(r, r->cell[COL_offer_id].n ? r->cell[COL_offer_id] : rule, o);
    }
    return row_fault(r, OBS_REJECT_BAD_ENUM, "kind", "no known kind");
}

/* "reserved" alone names no length: the kind must say it. */
static bool read_term(struct feed_row *r, struct observation *o)
{
    Str s = r->cell[COL_term];
    o->term = str_is(s, "reserved") ? 0 : list_value(TERM, s);
    if (!o->term && !str_is(s, "reserved"))
        return row_fault(r, OBS_REJECT_BAD_ENUM, "term", "no term of the list");
    if (!read_kind(r, o)) return false;
    if (!o->term) return row_fault(r, OBS_REJECT_BAD_ENUM, "term", "reserved for how long?");
    bool committed = o->term == TERM_RESERVED_1Y || o->term == TERM_RESERVED_3Y;
    if (committed && !str_is(s, "reserved"))
        return row_fault(r, OBS_REJECT_BAD_ENUM, "term", "not what the kind says");
    return true;
}

static void read_row(struct feed_row *r, struct observation *o)
{
    o->source_ref = r->file_ref;
    o->raw_unit = RAW_UNIT_GPU_HOUR;
    memcpy(o->ccy, "USD", 3);
    if (!row_time(r, r->cell[COL_observed_at], "observed_at", &o->t_seen, &o->quality)) return;
    o->t_event = o->t_journal = o->t_seen;
    Str price = r->cell[COL_price_usd_per_gpu_hour];
    if (!read_source(r, o) || !read_gpu(r, o) || !read_region(r, o) || !read_term(r, o)) return;
    if (!row_price(r, price, "price_usd_per_gpu_hour", o)) ASSERT(r->code);
}

const struct feed_form feed_form_gpu_offers = { columns, COLS, read_row, NULL, 1 };
