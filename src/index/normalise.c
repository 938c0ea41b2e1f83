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

/* price / (hours x GPUs), one half-even rounding at the end of the chain. */
u8 normalise_price(const struct methodology *m, const struct observation *o, i64 *price)
{
    i64 divide = 1;
    (void)m;
    ASSERT(price);
    ASSERT(o->raw_unit < RAW_UNIT_COUNT);
    switch (o->raw_unit) {
    case RAW_UNIT_GPU_HOUR: break;
    case RAW_UNIT_INSTANCE_HOUR: divide = o->gpus; break;
    case RAW_UNIT_MONTH: divide = 730 * (i64)o->gpus; break;
    case RAW_UNIT_WHOLE_TERM: divide = term_hours(o->term) * (i64)o->gpus; break;
    default: return REASON_TERM;
    }
    if (divide <= 0) return o->gpus ? REASON_TERM : REASON_NO_GPU;
    i128 v = div_round(o->price, divide, ROUND_HALF_EVEN);
    if (v > PRICE_MAX) return REASON_RANGE;
    if (v == 0) return REASON_ZERO_PRICE;
    *price = (i64)v;
    return 0;
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

u8 normalise(const struct methodology *m, const struct observation *o, i64 *price, i64 *size)
{
    ASSERT(m->weights < WEIGHTS_COUNT);
    ASSERT(size);
    *size = 1;
    u8 reason = normalise_price(m, o, price);
    if (!reason && m->weights == WEIGHTS_SIZE) *size = normalise_size(o);
    return reason;
}

/* Currency other than the index's: without a journaled fixing there is none in force. */
u8 normalise_currency(const struct observation *o)
{
    static const char usd[4] = "USD";
    ASSERT(o->ccy[0]);
    ASSERT(!o->ccy[3]);
    return memcmp(o->ccy, usd, sizeof usd) == 0 ? 0 : REASON_FX_STALE;
}
