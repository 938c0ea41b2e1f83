#include "index/work.h"

/* Hours in a whole term (section 3): 8,760 a year, 730 a month, leap years ignored; 0: no such. */
static i64 term_hours(u32 term)
{
    static const i64 hours[TERM_COUNT] = {
        [TERM_RESERVED_1M] = 730,  [TERM_RESERVED_3M] = 2190,  [TERM_RESERVED_6M] = 4380,
        [TERM_RESERVED_1Y] = 8760, [TERM_RESERVED_3Y] = 26280,
    };
    ASSERT(term < TERM_COUNT);
    ASSERT(hours[TERM_ON_DEMAND] == 0);
    return hours[term];
}

/* ---- factors to the reference grade ---- */

/* How well a factor fits: 0 not at all; of several of one kind the longest region, the most
 * GPUs. */
static i64 factor_fit(const struct index *ix, const struct factor *f, const struct observation *o)
{
    i64 day = o->t_event / NS_PER_DAY, gpus = 0;
    Str is = str_of(f->is), region = names_text(&ix->log->names, o->region);
    ASSERT(f->on > FACTOR_ON_NONE);
    if (day < f->from || (f->to && day > f->to)) return 0;
    switch (f->on) {
    case FACTOR_ON_CHANNEL: return list_value(CHANNEL, is) == o->channel;
    case FACTOR_ON_FORM: return words_of(&bench_words_GPU_FORM, is) == o->form;
    case FACTOR_ON_TERM: return list_value(TERM, is) == o->term;
    case FACTOR_ON_GPUS:
        if (parse_i64(is, &gpus) != PARSE_OK) return 0;
        return o->gpus >= gpus ? gpus : 0;
    default: break;
    }
    bool zone = region.n > is.n && region.at[is.n] == '/' && str_eq((Str){ region.at, is.n }, is);
    ASSERT(f->on == FACTOR_ON_REGION);
    return zone || str_eq(region, is) ? is.n : 0;
}

/* At most one factor of each kind; how many. */
u32 factors_of(const struct index *ix, const struct observation *o, i64 ppm[FACTOR_ON_COUNT])
{
    i64 best[FACTOR_ON_COUNT] = { 0 };
    i64 of[FACTOR_ON_COUNT] = { 0 };
    u32 n = 0;
    ASSERT(ix->m.factors_n <= (i64)METHOD_FACTORS_MAX);
    for (i64 i = 0; i < ix->m.factors_n; i++) {
        const struct factor *f = &ix->m.factors[i];
        i64 fit = factor_fit(ix, f, o);
        if (fit > best[f->on]) best[f->on] = fit, of[f->on] = f->ppm;
    }
    for (u32 on = 1; on < FACTOR_ON_COUNT; on++)
        if (best[on]) ppm[n++] = of[on];
    ASSERT(n < FACTOR_ON_COUNT);
    return n;
}

/* ---- currency ---- */

static bool is_dollar(const struct observation *o)
{
    static const char usd[4] = "USD";
    ASSERT(o->ccy[0]);
    ASSERT(!o->ccy[3]);
    return memcmp(o->ccy, usd, sizeof usd) == 0;
}

/* The chain of fixings of a currency; a new one if there is room. NULL: none. */
static struct fx_chain *chain_of(struct index *ix, const char ccy[4], bool add)
{
    ASSERT(ix->chains_n <= FX_CHAINS_MAX);
    ASSERT(ccy[0]);
    for (u32 i = 0; i < ix->chains_n; i++)
        if (memcmp(ix->chains[i].ccy, ccy, 4) == 0) return &ix->chains[i];
    if (!add || ix->chains_n == FX_CHAINS_MAX) return NULL;
    struct fx_chain *c = &ix->chains[ix->chains_n++];
    memcpy(c->ccy, ccy, 4);
    c->last = 0;
    return c;
}

static bool is_fixing(const struct index *ix, const struct observation *o)
{
    ASSERT(o->kind < OBS_KIND_COUNT);
    ASSERT(ix->m.has_fx);
    if (o->kind != OBS_KIND_FIXING || is_dollar(o)) return false;
    if (o->rights != RIGHTS_OPEN && o->rights != RIGHTS_CC_BY && o->rights != RIGHTS_CONTRACT)
        return false;
    return str_eq(names_text(&ix->log->names, o->source), str_of(ix->m.fx_source));
}

/* Fixings since the last time, in the order of the log. */
void fixings_read(struct index *ix)
{
    ASSERT(ix->fixings_read <= ix->log->n);
    ASSERT(ix->fixings_n <= FIXINGS_MAX);
    if (!ix->m.has_fx) return;
    for (; ix->fixings_read < ix->log->n; ix->fixings_read++) {
        const struct observation *o = &ix->log->at[ix->fixings_read];
        if (!is_fixing(ix, o)) continue;
        struct fx_chain *c = chain_of(ix, o->ccy, true);
        if (!c || ix->fixings_n == FIXINGS_MAX) {
            ix->full = true;
            return;
        }
        ix->fixings[ix->fixings_n++] =
            (struct fixing){ ix->fixings_read, c->last, (i32)(o->t_event / NS_PER_DAY) };
        c->last = ix->fixings_n;
    }
}

/* Of the fixings journaled before the record: that of its UTC date, the previous one if none; of
 * one date the last journaled. UINT32_MAX: none, or too old. */
static u32 fixing_of(const struct index *ix, u32 rec)
{
    const struct observation *o = &ix->log->at[rec];
    const struct fx_chain *c = chain_of((struct index *)ix, o->ccy, false);
    i64 day = o->t_event / NS_PER_DAY, best = day - ix->m.fx_max_age - 1;
    u32 found = UINT32_MAX;
    ASSERT(ix->m.has_fx);
    for (u32 at = c ? c->last : 0; at && best < day; at = ix->fixings[at - 1].before) {
        const struct fixing *f = &ix->fixings[at - 1];
        ASSERT(f->before < at);
        if (f->rec >= rec || f->day > day || f->day <= best) continue;
        best = f->day, found = f->rec;
    }
    return found;
}

u8 normalise_currency(const struct index *ix, u32 rec, i64 *rate)
{
    ASSERT(rec < ix->log->n);
    ASSERT(rate);
    *rate = RATE_ONE;
    if (is_dollar(&ix->log->at[rec])) return 0;
    u32 fixing = ix->m.has_fx ? fixing_of(ix, rec) : UINT32_MAX;
    if (fixing == UINT32_MAX) return REASON_FX_STALE;
    *rate = ix->log->at[fixing].price;
    return 0;
}

/* The fixings behind the items' prices are looked at too: a receipt carries them. */
void fixings_used(struct index *ix)
{
    u32 items = ix->items_n;
    ASSERT(items <= ix->caps.records);
    if (!ix->m.has_fx) return;
    for (u32 i = 0; i < items && !ix->full; i++) {
        if (ix->items[i].price <= 0 || is_dollar(item_obs(ix, &ix->items[i]))) continue;
        u32 rec = fixing_of(ix, ix->items[i].rec);
        if (rec == UINT32_MAX) continue;
        bool known = item_there(ix, rec) != NULL;
        struct item *it = item_add(ix, rec, LIST_BIT(ROLE_FIXING));
        if (it && !known && !screen_item(ix, it)) screen_new(ix, it);
        ASSERT(it || ix->full);
    }
}

/* ---- price and size ---- */

/* a x b / d half-even with one rounding, for a x b up to 2^190: long division, bit by bit. */
static bool scale_down(i128 a, i64 b, i128 d, i128 *out)
{
    i128 q = 0, r = 0, whole = a / d, part = a % d;
    ASSERT(a >= 0 && b > 0);
    ASSERT(d > 0 && d < (i128)1 << 125);
    for (i32 bit = 62; bit >= 0; bit--) { /* part x b, most significant bit of b first */
        q *= 2, r *= 2;
        if (b >> bit & 1) r += part;
        while (r >= d) r -= d, q++;
    }
    if (__builtin_mul_overflow(whole, (i128)b, &whole)) return false;
    if (__builtin_add_overflow(whole, q, &q)) return false;
    if (2 * r > d || (2 * r == d && q % 2)) q++;
    *out = q;
    return true;
}

/* What the quoted price is divided by: hours x GPUs. */
static u8 divide_of(const struct observation *o, i64 *divide)
{
    ASSERT(divide);
    ASSERT(o->raw_unit < RAW_UNIT_COUNT);
    *divide = 1;
    switch (o->raw_unit) {
    case RAW_UNIT_GPU_HOUR: break;
    case RAW_UNIT_INSTANCE_HOUR: *divide = o->gpus; break;
    case RAW_UNIT_MONTH: *divide = 730 * (i64)o->gpus; break;
    case RAW_UNIT_WHOLE_TERM: *divide = term_hours(o->term) * (i64)o->gpus; break;
    default: return REASON_TERM;
    }
    if (*divide > 0) return 0;
    return o->gpus ? REASON_TERM : REASON_NO_GPU;
}

static u8 price_of(i128 v, i64 *price)
{
    ASSERT(price);
    ASSERT(PRICE_MAX > 0);
    if (v > PRICE_MAX) return REASON_RANGE;
    if (v == 0) return REASON_ZERO_PRICE;
    *price = (i64)v;
    return 0;
}

/* price x rate / (hours x GPUs x factors), one half-even rounding at the end of the chain. */
u8 normalise_price(const struct index *ix, const struct observation *o, i64 rate, i64 *price)
{
    i64 divide, ppm[FACTOR_ON_COUNT];
    u32 factors = ix->m.factors_n ? factors_of(ix, o, ppm) : 0;
    i128 v;
    ASSERT(price);
    ASSERT(rate > 0);
    u8 reason = divide_of(o, &divide);
    if (reason) return reason;
    if (rate == RATE_ONE && !factors)
        return price_of(div_round(o->price, divide, ROUND_HALF_EVEN), price);
    if (o->price <= 0) return REASON_ZERO_PRICE; /* a receipt may hold anything */
    /* the product of factors in 1e-18; price x rate is micros x 1e9 */
    i128 product = factors_product(ppm, factors), top = (i128)o->price * rate;
    if (!scale_down(top, FACTORS_ONE / RATE_ONE, product * divide, &v)) return REASON_RANGE;
    return price_of(v, price);
}

/* One long lease can not own a day. milli-hours: s x 1000 / 3600 */
i64 normalise_size(const struct observation *o)
{
    i64 most = (i64)div_round((i128)o->gpus * RENTAL_CAP_S * 1000, 3600, ROUND_HALF_EVEN);
    i64 stated = o->size ? o->size : most;
    ASSERT(o->size >= 0);
    ASSERT(o->duration_s >= 0);
    if (o->duration_s) {
        i128 s = (i128)o->gpus * i64_min(o->duration_s, RENTAL_CAP_S) * 1000;
        most = (i64)div_round(s, 3600, ROUND_HALF_EVEN);
    }
    return i64_min(stated, most);
}

u8 normalise_all(const struct index *ix, const struct observation *o, i64 rate, i64 *price,
                 i64 *size)
{
    ASSERT(ix->m.weights < WEIGHTS_COUNT);
    ASSERT(size);
    *size = 1;
    u8 reason = normalise_price(ix, o, rate, price);
    if (!reason && ix->m.weights == WEIGHTS_SIZE) *size = normalise_size(o);
    return reason;
}

u8 normalise(const struct methodology *m, const struct observation *o, i64 *price, i64 *size)
{
    i64 divide;
    u8 reason = divide_of(o, &divide);
    ASSERT(m->weights < WEIGHTS_COUNT);
    ASSERT(size);
    *size = m->weights == WEIGHTS_SIZE ? normalise_size(o) : 1;
    return reason ? reason : price_of(div_round(o->price, divide, ROUND_HALF_EVEN), price);
}

/* ---- resellers ---- */

/* Does an eligible record of this print come from the supplier, not through a reseller? */
static bool is_member(const struct index *ix, Str supplier)
{
    const struct names *names = &ix->log->names;
    ASSERT(supplier.n > 0);
    ASSERT(ix->items_n <= ix->caps.records);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        const struct observation *o = item_obs(ix, it);
        if (o->channel == CHANNEL_RESELLER) continue;
        if (str_eq(names_text(names, o->provider), supplier)) return true;
        if (str_eq(names_text(names, it->owner & ~UNKNOWN_OWNER), supplier)) return true;
    }
    return false;
}

/* A reseller's price counts only where the registry names its supplier and that one is no member
 * itself: else one price would count twice. Resellers are few. */
void screen_resellers(struct index *ix)
{
    u8 known[OWNERS_MAX] = { 0 }; /* of registry rows: 1 out, 2 in */
    ASSERT(ix->owners_n <= OWNERS_MAX);
    ASSERT(ix->items_n <= ix->caps.records);
    if (!(ix->m.channels >> CHANNEL_RESELLER & 1)) return;
    for (u32 i = 0; i < ix->items_n; i++) {
        struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_CANDIDATE)) || it->reason) continue;
        const struct observation *o = item_obs(ix, it);
        if (o->channel != CHANNEL_RESELLER) continue;
        u32 row = owner_row_of(ix, o);
        if (row && !known[row - 1]) {
            Str supplier = str_of(ix->owners[row - 1].supplier);
            known[row - 1] = !supplier.n || is_member(ix, supplier) ? 1 : 2;
        }
        if (!row || known[row - 1] == 1) it->reason = REASON_CHANNEL;
    }
}
