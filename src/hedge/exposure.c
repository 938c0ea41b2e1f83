#include "hedge/exposure.h"
#include "hedge/exposure_inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns read. NEED: refused without; the rest switch off what rests on them. */
#define COLUMNS(X) \
    X(BilledCost, 1) X(EffectiveCost, 1) X(ChargeCategory, 1) X(ChargePeriodStart, 1) \
    X(ChargePeriodEnd, 1) X(ProviderName, 1) X(BillingCurrency, 1) X(PricingCategory, 0) \
    X(PricingQuantity, 0) X(PricingUnit, 0) X(ConsumedQuantity, 0) X(ConsumedUnit, 0) \
    X(CommitmentDiscountStatus, 0) X(CommitmentDiscountId, 0) X(RegionId, 0) X(ResourceId, 0) \
    X(ResourceType, 0) X(ServiceCategory, 0) X(ServiceName, 0) X(ChargeDescription, 0) \
    X(ChargeClass, 0) X(SkuMeter, 0) X(SkuPriceDetails, 0) X(CapacityReservationStatus, 0) \
    X(PricingCurrency, 0) X(PricingCurrencyEffectiveCost, 0) X(x_UsageType, 0) \
    X(x_SkuMeterName, 0) X(x_SystemLabels, 0)
#define AS_COLUMN(name, need) C_##name,
enum { COLUMNS(AS_COLUMN) C_N };
#define AS_COLUMN_NAME(name, need) #name,
static const char *const column_names[] = { COLUMNS(AS_COLUMN_NAME) };
#define NEEDED (C_BillingCurrency + 1)

struct columns {
    u32 at[C_N]; /* cell + 1; 0: missing */
    u32 n;
    char name[FOCUS_CELLS_MAX][48]; /* for sentences */
};
u64 columns_bytes(void) { return sizeof(struct columns); }
const char *exposure_column(u32 c) { return c < C_N ? column_names[c] : NULL; }

#define AS_BUCKET_TEXT(NAME, text, group) text,
#define AS_BUCKET_GROUP(NAME, text, group) GROUP_##group,
static const char *const bucket_texts[] = { BUCKETS(AS_BUCKET_TEXT) };
static const u8 bucket_groups[] = { BUCKETS(AS_BUCKET_GROUP) };
const char *bucket_text(u32 b) { return b < BUCKET_COUNT ? bucket_texts[b] : "?"; }
enum bucket_group bucket_group(u32 b)
{
    return b < BUCKET_COUNT ? (enum bucket_group)bucket_groups[b] : GROUP_EXCLUDED;
}
const char *bucket_group_text(u32 group)
{
    static const char *const texts[] = { "mapped", "locked", "unmapped", "excluded" };
    return group < GROUPS ? texts[group] : "?";
}
const char *pool_text(u32 pool)
{
    static const char *const texts[] = { "on_demand", "spot", "committed" };
    return pool < ARRAY_LEN(texts) ? texts[pool] : "?";
}
#define AS_QUALITY_NAME(name, text) #name,
#define AS_QUALITY_TEXT(name, text) text,
const char *quality_name(u32 c)
{
    static const char *const names[] = { QUALITIES(AS_QUALITY_NAME) };
    return c < QUALITY_CODES ? names[c] : "?";
}
const char *quality_text(u32 c)
{
    static const char *const texts[] = { QUALITIES(AS_QUALITY_TEXT) };
    return c < QUALITY_CODES ? texts[c] : "?";
}

void exposure_say(struct exposure *e, u64 line, u32 file, const char *column, const char *format,
                  ...)
{
    if (e->causes++ >= ARRAY_LEN(e->cause)) return;
    struct exposure_cause *c = &e->cause[e->causes - 1];
    va_list args;
    va_start(args, format);
    c->line = line, c->file = file;
    snprintf(c->column, sizeof c->column, "%s", column);
    vsnprintf(c->text, sizeof c->text, format, args);
    va_end(args);
}

/* ---- the header ---- */

/* Columns of FOCUS 1.0 to 1.2 that nothing here rests on. */
static const char *const other_columns[] = {
    "AvailabilityZone",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "CapacityReservationId",
    "ChargeFrequency",
    "CommitmentDiscountCategory",
    "CommitmentDiscountName",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyListUnitPrice",
    "PublisherName",
    "RegionName",
    "ResourceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
};

static bool of_focus(Str name)
{
    for (u32 i = 0; i < ARRAY_LEN(other_columns); i++)
        if (focus_same(name, other_columns[i])) return true;
    return false;
}

static bool header(struct exposure *e, const struct focus_lexer *x)
{
    struct columns *c = e->columns;
    u64 before = e->causes;
    memset(c, 0, sizeof *c);
    c->n = x->cells;
    static const char others[] = ";\t|";
    for (u32 k = 0; x->cells == 1 && others[k]; k++)
        if (memchr(x->cell[0].at, others[k], x->cell[0].n)) {
            exposure_say(e, x->line, e->file, "header",
                         "cells are not parted by commas: give --delimiter '%s'",
                         others[k] == '\t'  ? "tab"
                         : others[k] == ';' ? ";"
                                            : "|");
            return false;
        }
    for (u32 i = 0; i < x->cells; i++) {
        bool known = false;
        snprintf(c->name[i], sizeof c->name[i], "%.*s", (int)x->cell[i].n, x->cell[i].at);
        for (u32 k = 0; k < C_N; k++) {
            if (!focus_same(x->cell[i], column_names[k])) continue;
            known = true;
            if (c->at[k])
                exposure_say(e, x->line, e->file, column_names[k], "the column stands twice");
            c->at[k] = i + 1;
        }
        e->quality[QUALITY_extra_columns] += !known && !of_focus(x->cell[i]);
        for (u32 k = 0; !known && k < i; k++)
            if (x->cell[i].n < 48 && focus_same(x->cell[i], c->name[k]))
                exposure_say(e, x->line, e->file, c->name[i], "the column stands twice");
    }
    for (u32 k = 0; k < C_N; k++) {
        if (c->at[k]) continue;
        if (k >= NEEDED) e->column_missing |= UINT64_C(1) << k;
        else exposure_say(e, x->line, e->file, column_names[k], "the column is missing");
    }
    return e->causes == before;
}

/* ---- a row's cells ---- */

struct row {
    struct exposure *e;
    const struct focus_lexer *x;
    i128 billed, effective, quantity, consumed, priced; /* priced: PricingCurrencyEffectiveCost */
    bool has_quantity, has_consumed, has_priced, bad;
    i64 start, end;
    u32 billing; /* index of the currency */
};

static Str cell(const struct row *r, u32 column)
{
    u32 at = ((const struct columns *)r->e->columns)->at[column];
    Str s = at ? r->x->cell[at - 1] : (Str){ "", 0 };
    return focus_null(s) ? (Str){ "", 0 } : s;
}

static void refuse(struct row *r, u32 column, const char *cause)
{
    Str s = cell(r, column);
    exposure_say(r->e, r->x->line, r->e->file, column_names[column], "%s%s%.*s%s", cause,
                 s.n ? ", not \"" : "", (int)(s.n < 40 ? s.n : 40), s.at, s.n ? "\"" : "");
    r->bad = true;
}

static bool decimal(struct row *r, u32 column, bool need, i128 *out)
{
    Str s = cell(r, column);
    *out = 0;
    if (!s.n) {
        if (need) refuse(r, column, "no value");
        return false;
    }
    const char *cause = atto_parse(s, out);
    if (!cause && (*out > (i128)ATTO * ATTO * 10 || *out < -(i128)ATTO * ATTO * 10))
        cause = "a number too large";
    if (cause) refuse(r, column, cause);
    return !cause;
}

static i64 instant(struct row *r, u32 column)
{
    enum focus_time form = TIME_RFC3339;
    i64 seconds = 0;
    Str s = cell(r, column);
    const char *cause = s.n ? focus_time_parse(s, &seconds, &form) : "no value";
    if (cause) refuse(r, column, cause);
    r->e->quality[QUALITY_times_without_zone] += form == TIME_SPACE;
    r->e->quality[QUALITY_us_dates] += form == TIME_US;
    return seconds;
}

static bool iso_code(Str s)
{
    if (s.n != 3) return false;
    for (u32 i = 0; i < 3; i++)
        if (s.at[i] < 'A' || s.at[i] > 'Z') return false;
    return true;
}

static void currency(struct row *r)
{
    struct exposure *e = r->e;
    Str s = cell(r, C_BillingCurrency);
    if (!iso_code(s)) {
        refuse(r, C_BillingCurrency, s.n ? "not a currency code of three letters" : "no value");
        return;
    }
    u32 id = name_id(e, s);
    for (r->billing = 0; r->billing < e->currencies; r->billing++)
        if (e->currency[r->billing] == id) return;
    if (e->currencies == CURRENCIES_MAX) refuse(r, C_BillingCurrency, "more than 32 currencies");
    else e->currency[e->currencies++] = id;
}

static void read_row(struct row *r)
{
    decimal(r, C_BilledCost, true, &r->billed);
    decimal(r, C_EffectiveCost, true, &r->effective);
    r->has_quantity = decimal(r, C_PricingQuantity, false, &r->quantity);
    r->has_consumed = decimal(r, C_ConsumedQuantity, false, &r->consumed);
    r->has_priced = iso_code(cell(r, C_PricingCurrency)) &&
                    decimal(r, C_PricingCurrencyEffectiveCost, false, &r->priced);
    r->start = instant(r, C_ChargePeriodStart);
    r->end = instant(r, C_ChargePeriodEnd);
    if (!r->bad && r->end < r->start)
        refuse(r, C_ChargePeriodEnd, "the period ends before it starts");
    if (!cell(r, C_ProviderName).n) refuse(r, C_ProviderName, "no value");
    currency(r);
}

/* ---- the bucket ---- */

struct place {
    enum bucket bucket;
    const struct finding *found; /* NULL: detection was not asked */
    const char *reason;          /* of an unmapped row */
    i128 quantity;               /* GPU-hours or tokens */
    u32 pool;
};

static u32 pool_of(struct row *r)
{
    if (str_is(cell(r, C_CommitmentDiscountStatus), "Used") ||
        str_is(cell(r, C_PricingCategory), "Committed"))
        return POOL_COMMITTED;
    return str_is(cell(r, C_PricingCategory), "Dynamic") ? POOL_SPOT : POOL_ON_DEMAND;
}

static i128 magnitude(i128 v) { return v < 0 ? -v : v; }

/* PricingQuantity against ConsumedQuantity within 0.1 %, where both say something of one kind. */
static bool quantities_agree(const struct row *r, struct unit priced)
{
    struct unit u = unit_of(cell(r, C_ConsumedUnit));
    i128 a, b;
    if (!r->has_consumed || !r->has_quantity || u.kind != priced.kind) return true;
    if (u.kind != UNIT_TIME && u.kind != UNIT_COUNT && u.kind != UNIT_GPU_TIME) return true;
    if (!atto_mul_div(r->quantity, priced.num, priced.den, &a) ||
        !atto_mul_div(r->consumed, u.num, u.den, &b))
        return false;
    return magnitude(a - b) <= magnitude(a) / 1000;
}

/* Cost per unit within 20 times of the rule's list price (USD per GPU-hour or million tokens). */
static bool price_near(const struct row *r, const struct finding *f, i128 quantity, i128 cost,
                       const char *ccy)
{
    i128 list;
    if (f->price_rule == RULE_NO || !quantity || !cost || strcmp(ccy, "USD")) return true;
    i128 q = magnitude(f->found == FOUND_TOKEN ? quantity / 1000000 : quantity);
    cost = magnitude(cost);
    i128 price = r->e->rules->rule[f->price_rule].list_price;
    if (price > (i128)ATTO * 1000000) return true;
    if (!atto_mul_div(q, (u64)(price / 1000000), 1000000000000, &list)) return false;
    return cost <= (list > cost ? cost : list * 20) && list <= cost * 20;
}

static bool gpu_hours(const struct row *r, const struct finding *f, struct unit u, i128 *hours)
{
    i128 v = 0;
    u32 num = u.kind == UNIT_GPU_TIME ? 1 : f->num, den = u.kind == UNIT_GPU_TIME ? 1 : f->den;
    *hours = 0;
    if (!r->has_quantity || f->found == FOUND_PART) return true;
    u64 times = u.num, part = u.den;
    if (u.kind == UNIT_MONTH) times *= (u64)(r->end - r->start), part = 3600;
    bool fits = part == 1 ? atto_mul_div(r->quantity, times, 1, &v)
                          : atto_mul_div_pico(r->quantity, times, part, &v);
    return fits &&
           (den == 1 ? atto_mul_div(v, num, 1, hours) : atto_mul_div_pico(v, num, den, hours));
}

static struct place doubtful(enum bucket bucket, const struct finding *f, const char *reason)
{
    return (struct place){ .bucket = bucket, .found = f, .reason = reason };
}

static struct place gpu_place(struct row *r, const struct finding *f, i128 cost, const char *ccy)
{
    struct exposure *e = r->e;
    struct place p = { .found = f, .pool = pool_of(r) };
    struct unit u = unit_of(cell(r, C_PricingUnit));
    bool timed = u.kind == UNIT_TIME || u.kind == UNIT_GPU_TIME || u.kind == UNIT_MONTH;
    if (f->found == FOUND_GPU && r->has_quantity && r->quantity && !timed) {
        e->quality[QUALITY_unit_unknown]++;
        return doubtful(BUCKET_UNMAPPED_GPU, f, "the PricingUnit is not known");
    }
    if (f->found == FOUND_GPU && timed && !quantities_agree(r, u)) {
        e->quality[QUALITY_quantity_mismatch]++;
        return doubtful(BUCKET_UNMAPPED_GPU, f, "PricingQuantity and ConsumedQuantity differ");
    }
    if (!gpu_hours(r, f, u, &p.quantity)) {
        refuse(r, C_PricingQuantity, "a number too large");
        return p;
    }
    if (!price_near(r, f, p.quantity, cost, ccy)) {
        e->quality[QUALITY_price_out_of_range]++;
        return doubtful(BUCKET_UNMAPPED_GPU, f,
                        "the price is not within 20 times of the list price");
    }
    p.bucket = p.pool == POOL_COMMITTED ? BUCKET_GPU_COMMITTED
               : p.pool == POOL_SPOT    ? BUCKET_GPU_SPOT
                                        : BUCKET_GPU_ON_DEMAND;
    e->quality[QUALITY_weak_hits] += f->weak;
    e->quality[QUALITY_pool_not_stated] += !cell(r, C_PricingCategory).n;
    e->quality[QUALITY_reservation_unused] +=
        str_is(cell(r, C_CapacityReservationStatus), "Unused");
    e->quality[QUALITY_whole_dollar_effective] +=
        r->effective % ATTO == 0 && r->billed % ATTO != 0 && r->billed != r->effective;
    return p;
}

static struct place token_place(struct row *r, const struct finding *f, i128 cost, const char *ccy)
{
    struct exposure *e = r->e;
    struct place p = { .bucket = BUCKET_TOKEN_USAGE, .found = f, .pool = f->direction };
    struct unit u = unit_of(cell(r, C_PricingUnit));
    if (pool_of(r) == POOL_COMMITTED)
        return doubtful(BUCKET_TOKEN_UNPRICED, f, "tokens bought under a commitment");
    if (!r->has_quantity) return p;
    if (u.kind != UNIT_COUNT) {
        e->quality[QUALITY_unit_unknown]++;
        return doubtful(BUCKET_TOKEN_UNPRICED, f, "the PricingUnit counts no tokens we know");
    }
    if (!quantities_agree(r, u)) {
        e->quality[QUALITY_quantity_mismatch]++;
        return doubtful(BUCKET_TOKEN_UNPRICED, f,
                        "PricingQuantity and ConsumedQuantity differ: 1K or 1M?");
    }
    if (!atto_mul_div(r->quantity, u.num, u.den, &p.quantity)) {
        refuse(r, C_PricingQuantity, "a number too large");
        return p;
    }
    if (!price_near(r, f, p.quantity, cost, ccy)) {
        e->quality[QUALITY_price_out_of_range]++;
        return doubtful(BUCKET_TOKEN_UNPRICED, f,
                        "the price is not within 20 times of the list price: 1K or 1M?");
    }
    return p;
}

static const struct finding *find(struct row *r)
{
    struct detect_row d = { .provider = cell(r, C_ProviderName),
                            .service = cell(r, C_ServiceName),
                            .category = cell(r, C_ServiceCategory),
                            .details = cell(r, C_SkuPriceDetails),
                            .meter = cell(r, C_SkuMeter),
                            .usage_type = cell(r, C_x_UsageType),
                            .meter_name = cell(r, C_x_SkuMeterName),
                            .labels = cell(r, C_x_SystemLabels),
                            .resource_type = cell(r, C_ResourceType),
                            .description = cell(r, C_ChargeDescription),
                            .unit = cell(r, C_PricingUnit),
                            .day = r->start };
    return detect(r->e->detector, &d);
}

static struct place only(enum bucket bucket) { return (struct place){ .bucket = bucket }; }

static struct place place_of(struct row *r, i128 cost, const char *ccy)
{
    Str category = cell(r, C_ChargeCategory);
    if (str_is(category, "Tax")) return only(BUCKET_TAX);
    if (str_is(category, "Credit")) return only(BUCKET_CREDIT);
    if (str_is(category, "Adjustment")) return only(BUCKET_ADJUSTMENT);
    if (str_is(category, "Purchase"))
        return only(cell(r, C_CommitmentDiscountId).n ? BUCKET_COMMITMENT_PURCHASE
                                                      : BUCKET_NON_GPU);
    if (!str_is(category, "Usage")) {
        refuse(r, C_ChargeCategory,
               category.n ? "one of Usage, Purchase, Tax, Credit, Adjustment" : "no value");
        return only(BUCKET_NON_GPU);
    }
    if (str_is(cell(r, C_CommitmentDiscountStatus), "Unused"))
        return only(BUCKET_GPU_COMMITMENT_UNUSED);
    const struct finding *f = find(r);
    switch ((enum found)f->found) {
    case FOUND_GPU:
    case FOUND_PART:
    case FOUND_LOOSE: return gpu_place(r, f, cost, ccy);
    case FOUND_TOKEN: return token_place(r, f, cost, ccy);
    case FOUND_FAMILY: return doubtful(BUCKET_UNMAPPED_GPU, f, f->reason);
    case FOUND_SERVICE: return doubtful(BUCKET_TOKEN_UNPRICED, f, f->reason);
    case FOUND_NONE: break;
    }
    return (struct place){ .bucket = BUCKET_NON_GPU, .found = f };
}

/* ---- sums ---- */

static void overflow(struct row *r) { refuse(r, C_BilledCost, "the sums no longer fit 128 bits"); }

static void add(struct row *r, i128 *sum, i128 v)
{
    if (__builtin_add_overflow(*sum, v, sum)) overflow(r);
}

static void doubt(struct row *r, const struct place *p)
{
    struct exposure *e = r->e;
    struct doubt_key k = { .bucket = p->bucket, .currency = e->currency[r->billing] };
    k.reason = name_id(e, str_of(p->reason));
    k.provider = name_id(e, cell(r, C_ProviderName));
    k.region = name_id(e, cell(r, C_RegionId));
    k.what = e->doubts.n < DOUBTS_MAX ? name_id(e, str_of(p->found ? p->found->what : "")) : 0;
    if (e->doubts.n >= DOUBTS_MAX + 1000) k.region = k.provider = 0;
    struct doubt *d = bag_of(&e->doubts, &k);
    if (!d) {
        e->no_memory = true;
        return;
    }
    add(r, &d->billed, r->billed), add(r, &d->effective, r->effective);
    d->rows++;
}

/* Cost in the currency of the exposure; says which. */
static i128 cost_of(struct row *r, u32 *ccy)
{
    struct exposure *e = r->e;
    *ccy = e->currency[r->billing];
    if (r->has_priced) {
        *ccy = name_id(e, cell(r, C_PricingCurrency));
        return r->priced;
    }
    struct { i32 month; u32 from; } key = { month_at(r->start), *ccy };
    const struct rate *rate = e->rates.n ? bag_has(&e->rates, &key) : NULL;
    i128 v = r->effective;
    if (!rate) return v;
    *ccy = rate->to;
    if (!atto_mul_div_pico(v, (u64)(rate->value / 1000000), 1000000000000, &v)) overflow(r);
    return v;
}

static void cells_of(struct row *r, const struct place *p, struct cell_key key, i128 cost)
{
    i32 first = month_at(r->start), last = month_at(r->end > r->start ? r->end - 1 : r->start);
    i128 quantity = p->quantity, q, c;
    u64 whole = (u64)(r->end - r->start);
    key.month = first;
    if (first == last) {
        cell_add(r->e, &key, quantity, cost, 1);
        return;
    }
    r->e->quality[QUALITY_split_rows]++;
    i128 q_left = quantity, c_left = cost;
    for (i32 m = first; m <= last; m++, key.month = m) {
        i64 from = m == first ? r->start : month_start(m),
            to = m == last ? r->end : month_start(m + 1);
        q = q_left, c = c_left;
        if (m != last && (!atto_mul_div_pico(quantity, (u64)(to - from), whole, &q) ||
                          !atto_mul_div_pico(cost, (u64)(to - from), whole, &c)))
            overflow(r);
        q_left -= q, c_left -= c;
        cell_add(r->e, &key, q, c, m == first);
    }
}

/* Which machine and period: equal for the GPU, core and RAM rows of one machine. */
static u64 join_of(struct row *r)
{
    Str id = cell(r, C_ResourceId), who = cell(r, C_ProviderName);
    u64 h = chain64(11, who.at, who.n);
    return mix64(chain64(chain64(chain64(h, id.at, id.n), &r->start, 8), &r->end, 8));
}

static void machine_seen(struct row *r, const struct finding *f)
{
    if (strcmp(f->provider, "gcp") || !cell(r, C_ResourceId).n) return;
    u64 join = join_of(r);
    struct machine *m = bag_of(&r->e->machines, &join);
    if (m && (!m->gpu_class || m->gpu_class == f->gpu_class)) m->gpu_class = f->gpu_class;
}

static void wait_for_machine(struct row *r, const struct place *p, struct cell_key key, i128 cost)
{
    struct exposure *e = r->e;
    struct pending_key k = { .join = cell(r, C_ResourceId).n ? join_of(r) : 0,
                             .billing = r->billing,
                             .provider = key.provider,
                             .cell = key };
    k.cell.month = month_at(r->start);
    struct pending *w = bag_of(&e->pending, &k);
    if (!w) {
        e->no_memory = true;
        return;
    }
    add(r, &w->billed, r->billed), add(r, &w->effective, r->effective), add(r, &w->cost, cost);
    w->rows++;
}

static void mapped(struct row *r, const struct place *p, i128 cost, u32 ccy)
{
    struct exposure *e = r->e;
    const struct finding *f = p->found;
    bool tokens = p->bucket == BUCKET_TOKEN_USAGE;
    struct cell_key key = { .tokens = tokens,
                            .provider = name_id(e, cell(r, C_ProviderName)),
                            .region = name_id(e, cell(r, C_RegionId)),
                            .what = tokens ? name_id(e, str_of(f->model)) : f->gpu_class,
                            .side = p->pool,
                            .currency = ccy };
    e->quality[QUALITY_no_exchange_rate] += e->rates.n && !r->has_priced &&
                                            ccy == e->currency[r->billing] &&
                                            strcmp(exposure_name(e, ccy), "USD");
    if (f->found == FOUND_GPU && f->per_gpu) machine_seen(r, f);
    if (f->found == FOUND_LOOSE) wait_for_machine(r, p, key, cost);
    else cells_of(r, p, key, cost);
}

static bool identical(struct exposure *e, Str raw)
{
    u64 hash = mix64(chain64_lanes(3, raw.at, raw.n)) | 1;
    u32 at = (u32)(hash >> 20) & (SEEN_ROWS - 1);
    for (; e->seen[at]; at = (at + 1) & (SEEN_ROWS - 1))
        if (e->seen[at] == hash) return true;
    if (e->seen_n < SEEN_ROWS / 4 * 3) e->seen[at] = hash, e->seen_n++;
    return false;
}

static void count_row(struct row *r)
{
    struct exposure *e = r->e;
    for (u32 i = 0; i < r->x->cells; i++)
        e->quality[QUALITY_null_words] += r->x->cell[i].n && focus_null(r->x->cell[i]);
    e->quality[QUALITY_negative_rows] += r->billed < 0 || r->effective < 0;
    e->quality[QUALITY_correction_rows] += str_is(cell(r, C_ChargeClass), "Correction");
    e->quality[QUALITY_identical_rows] += identical(e, r->x->raw);
}

static struct place take_row(struct row *r)
{
    struct exposure *e = r->e;
    struct place p = { .bucket = BUCKET_NON_GPU };
    u32 ccy;
    read_row(r);
    if (r->bad) return p;
    i128 cost = cost_of(r, &ccy);
    p = place_of(r, cost, exposure_name(e, ccy));
    count_row(r);
    if (r->bad) return p;
    struct bucket_sum *all = &e->all[r->billing];
    add(r, &all->billed, r->billed), add(r, &all->effective, r->effective);
    all->rows++;
    bool loose = p.found && p.found->found == FOUND_LOOSE;
    if (!loose) bucket_add(e, r->billing, p.bucket, r->billed, r->effective, 1);
    enum bucket_group g = bucket_group(p.bucket);
    if (g == GROUP_UNMAPPED) doubt(r, &p);
    else if (g == GROUP_MAPPED || p.bucket == BUCKET_GPU_COMMITTED) mapped(r, &p, cost, ccy);
    return p;
}

static bool cells_fit(struct exposure *e, const struct focus_lexer *x)
{
    const struct columns *c = e->columns;
    if (x->cells == c->n) return true;
    exposure_say(e, x->line, e->file, x->cells < c->n ? c->name[x->cells] : "row",
                 "the row has %u cells, the header %u", x->cells, c->n);
    return false;
}

static void lexer_fault(struct exposure *e, const struct focus_lexer *x)
{
    const struct columns *c = e->columns;
    exposure_say(e, x->line, e->file,
                 c->n && x->cell_at < c->n ? c->name[x->cell_at]
                 : c->n                    ? "row"
                                           : "header",
                 "%s", x->fault);
}

bool exposure_bill(struct exposure *e, struct focus_lexer *x, u32 file, u64 *rows)
{
    enum focus_read got = focus_next(x);
    e->file = file, *rows = 0;
    memset(e->seen, 0, SEEN_ROWS * sizeof *e->seen), e->seen_n = 0;
    memset(e->columns, 0, sizeof(struct columns));
    if (got == FOCUS_FAULT) lexer_fault(e, x);
    if (got == FOCUS_END) exposure_say(e, 1, file, "header", "the file is empty");
    if (got != FOCUS_ROW || !header(e, x)) return true;
    for (; (got = focus_next(x)) != FOCUS_END && !e->no_memory; ++*rows) {
        struct row r = { .e = e, .x = x };
        if (got == FOCUS_FAULT) lexer_fault(e, x);
        else if (cells_fit(e, x)) (void)take_row(&r);
    }
    e->rows += *rows;
    e->quality[QUALITY_blank_lines] += x->blank;
    e->quality[QUALITY_byte_order_marks] += x->bom;
    e->quality[QUALITY_crlf_files] += x->crlf;
    return !e->no_memory;
}

bool exposure_explain(struct exposure *e, struct focus_lexer *x, u64 line, struct exposure_why *why)
{
    enum focus_read got = focus_next(x);
    memset(why, 0, sizeof *why);
    if (got != FOCUS_ROW || !header(e, x)) return false;
    for (;;) {
        if ((got = focus_next(x)) == FOCUS_END) return false;
        if (got != FOCUS_ROW || x->next_line <= line) continue;
        struct row r = { .e = e, .x = x };
        snprintf(why->text, sizeof why->text, "%.*s",
                 (int)(x->raw.n < sizeof why->text ? x->raw.n : sizeof why->text - 1), x->raw.at);
        if (x->line > line || !cells_fit(e, x)) return false;
        struct place p = take_row(&r);
        if (r.bad) return false;
        why->bucket = p.bucket, why->reason = p.reason, why->quantity = p.quantity;
        why->billed = r.billed, why->effective = r.effective;
        why->there = p.found != NULL;
        if (p.found) why->found = *p.found;
        return true;
    }
}
