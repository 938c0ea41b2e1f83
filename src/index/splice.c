#include "index/splice.h"

#include "index/stats.h"

#define AS_TEXT(LIST, NAME, text) text,
static const char *const SERIES_STANDING_array[] = { "-", SERIES_STANDING_LIST(AS_TEXT) };
const struct words bench_words_SERIES_STANDING = { "standing", SERIES_STANDING_array,
                                                   ARRAY_LEN(SERIES_STANDING_array) };

static const char *const JOIN_array[] = { "-", JOIN_LIST(AS_TEXT) };
const struct words bench_words_JOIN = { "JOIN", JOIN_array, ARRAY_LEN(JOIN_array) };

#define PART_ROW(...) RECORD_ROW(struct splice_part, __VA_ARGS__)
#define SPLICE_ROW(...) RECORD_ROW(struct splice, __VA_ARGS__)
static const struct record_field part_fields[] = { SPLICE_PART_FIELDS(PART_ROW) };
static const struct record_field splice_fields[] = { SPLICE_FIELDS(SPLICE_ROW) };
const struct record splice_part_record = {
    "part", { 0 }, part_fields, ARRAY_LEN(part_fields), sizeof(struct splice_part),
};
const struct record splice_record = {
    "spliced series",      { 'H', 'D', 'G', 'S', 'P', 'L', 'C', '1' },
    splice_fields,         ARRAY_LEN(splice_fields),
    sizeof(struct splice),
};
#define SPLICE_AT(member) RECORD_AT(&splice_record, struct splice, member)

/* What an official roll must have behind it. */
static const char *roll_fault(const struct splice_part *p)
{
    static const Hash none;
    ASSERT(p->series[0]);
    ASSERT(p->from > 0);
    if (!p->overlap_from || !p->overlap_to || !p->announced)
        return "a roll needs overlap_from, overlap_to and announced";
    if (p->overlap_to < p->overlap_from) return "overlap_to is before overlap_from";
    if (p->overlap_days > p->overlap_to - p->overlap_from + 1)
        return "more overlap_days than days in the overlap";
    if (p->overlap_days < SPLICE_OVERLAP_DAYS) return "fewer than 60 days of overlap";
    if (p->overlap_to > p->announced) return "announced before the overlap was over";
    if (p->from - p->announced < SPLICE_NOTICE_DAYS) return "announced fewer than 90 days ahead";
    return hash_eq(p->report, none) ? "a factor needs its report" : NULL;
}

static const char *parts_fault(const struct splice *s)
{
    ASSERT(s->parts_n <= (i64)SPLICE_PARTS_MAX);
    ASSERT(s->parts_n >= 0);
    if (!s->parts_n) return "no part";
    if (s->parts[0].from != s->effective_from) return "the first part is not from effective_from";
    for (i64 i = 0; i < s->parts_n; i++) {
        const struct splice_part *p = &s->parts[i];
        bool reference = str_is(str_of(p->series), s->reference);
        if (!name_valid(str_of(p->series))) return "a series is not one word";
        if (i && p->from <= p[-1].from) return "dates must rise";
        if (reference && p->factor_ppm != PPM) return "the reference's own factor is 1000000";
        const char *bad = s->standing == SERIES_STANDING_OFFICIAL && i ? roll_fault(p) : NULL;
        if (bad) return bad;
    }
    return NULL;
}

u32 splice_fault(const struct splice *s, const char **cause)
{
    ASSERT(s);
    ASSERT(cause);
    const struct { u32 field; const char *cause; } rows[] = {
        { SPLICE_AT(kind), s->kind == METHOD_KIND_SPLICE ? NULL : "is not splice" },
        { SPLICE_AT(index), name_valid(str_of(s->index)) ? NULL : "not one word" },
        { SPLICE_AT(reference), name_valid(str_of(s->reference)) ? NULL : "not one word" },
        { SPLICE_AT(join), s->standing == SERIES_STANDING_OFFICIAL && s->join != JOIN_FACTOR
                               ? "an official series joins at factors announced before"
                               : NULL },
        { SPLICE_AT(parts), parts_fault(s) },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        if (!rows[i].cause) continue;
        *cause = rows[i].cause;
        return rows[i].field;
    }
    return splice_record.fields;
}

u32 splice_part_on(const struct splice *s, Date d)
{
    u32 part = UINT32_MAX;
    ASSERT(s->parts_n <= (i64)SPLICE_PARTS_MAX);
    ASSERT(d.days > 0);
    for (u32 i = 0; i < (u32)s->parts_n && s->parts[i].from <= d.days; i++) part = i;
    return part;
}

bool splice_value(const struct splice *s, u32 part, i64 price, i64 *out)
{
    ASSERT(part < (u32)s->parts_n);
    ASSERT(out);
    if (price <= 0 || price > STATS_PRICE_MAX) return false;
    /* below 1e12 x 1e8 x 1e12 / 1e6: fits 128 bits */
    Fine f = { (i128)price * s->parts[part].factor_ppm * (FINE_MICRO / PPM) };
    return fine_round(f, 1, (u32)s->decimals, out) && *out > 0;
}

/* At LINK_DAY: the level of the last link moves with the print of the part in force. */
static i64 linked(const struct splice *s, const struct splice_chain *c, i64 price)
{
    i64 level, out;
    ASSERT(c->part < (u32)s->parts_n);
    ASSERT(c->price >= 0);
    if (price <= 0 || price > STATS_PRICE_MAX) return 0;
    if (!c->price) return splice_value(s, c->part, price, &out) ? out : 0;
    if (!mul_div(c->level, price, c->price, ROUND_HALF_EVEN, &level)) return 0;
    return fine_round((Fine){ (i128)level * FINE_MICRO }, 1, (u32)s->decimals, &out) ? out : 0;
}

i64 splice_next(const struct splice *s, struct splice_chain *c, Date d,
                const struct splice_price *prices, u32 *part)
{
    u32 due = splice_part_on(s, d);
    i64 value = 0;
    ASSERT(prices && part);
    ASSERT(c->part < (u32)s->parts_n);
    *part = due == UINT32_MAX ? 0 : due;
    if (due == UINT32_MAX) return 0;
    if (s->join == JOIN_FACTOR) return splice_value(s, due, prices[due].value, &value) ? value : 0;
    const struct splice_price *old = &prices[c->part], *new = &prices[due];
    *part = c->part;
    value = linked(s, c, old->value);
    bool both = value > 0 && old->printed && new->printed &&new->value > 0;
    if (due > c->part && both && new->value <= STATS_PRICE_MAX)
        *c = (struct splice_chain){ value, new->value, due, 0 };
    *part = c->part;
    return value;
}
