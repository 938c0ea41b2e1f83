#include "contract/averaging.h"
#include "contract/spec.h"

/* The validity tests of a specification: each adds what it finds. */

static const struct { const char *name, *text; } faults[SPEC_FAULT_COUNT] = {
    { "OK", "nothing wrong" },
#define AS_FAULT_ROW(NAME, text) { #NAME, text },
    SPEC_FAULTS(AS_FAULT_ROW)
};

const char *spec_fault_name(u32 fault)
{
    ASSERT(faults[fault].name);
    ASSERT(fault < SPEC_FAULT_COUNT);
    return faults[fault].name;
}

const char *spec_fault_text(u32 fault)
{
    ASSERT(faults[fault].text);
    ASSERT(fault < SPEC_FAULT_COUNT);
    return faults[fault].text;
}

struct findings { struct spec_finding *out; u32 n, cap; };

static void find(struct findings *f, enum spec_fault fault, u32 field)
{
    ASSERT(fault > SPEC_FAULT_NONE);
    ASSERT(field < spec_record.fields);
    if (f->n < f->cap) f->out[f->n] = (struct spec_finding){ fault, field };
    f->n++;
}
#define FIND(fault, member) find(f, SPEC_FAULT_##fault, SPEC_FIELD(member))

static i64 known(i64 v) { return v == RECORD_NULL ? 0 : v; }

static bool id_valid(const char *z)
{
    ASSERT(strlen(z) < 32);
    ASSERT(z);
    if (!(z[0] >= 'A' && z[0] <= 'Z')) return false;
    for (; *z; z++)
        if (!(*z >= 'A' && *z <= 'Z') && !(*z >= '0' && *z <= '9') && *z != '-') return false;
    return z[-1] != '-';
}

static bool currency_valid(const char *z)
{
    ASSERT(strlen(z) < 8);
    ASSERT(z);
    for (u32 i = 0; i < 3; i++)
        if (z[i] < 'A' || z[i] > 'Z') return false;
    return z[3] == 0;
}

static void check_identity(const struct spec *s, struct findings *f)
{
    ASSERT(s->underlying_id[0]);
    ASSERT(s->product[0]);
    if (!id_valid(s->product)) FIND(BAD_ID, product);
    if (!id_valid(s->underlying_id)) FIND(BAD_ID, underlying_id);
    if (!currency_valid(s->quote_ccy)) FIND(BAD_CURRENCY, quote_ccy);
    if (!currency_valid(s->settle_ccy)) FIND(BAD_CURRENCY, settle_ccy);
    if (s->effective_to && s->effective_to < s->effective_from) FIND(BAD_DATES, effective_to);
    if (s->as_seen && str_is(str_of(s->disclaimer), "none")) FIND(NO_DISCLAIMER, disclaimer);
    bool basis = s->kind == SPEC_KIND_INDEX_BASIS;
    if (basis &&
        (!s->underlying_second[0] || str_is(str_of(s->underlying_second), s->underlying_id)))
        FIND(BAD_RULE, underlying_second);
    if (basis != (s->underlying_pairing != 0)) FIND(BAD_RULE, underlying_pairing);
    if (!basis && s->underlying_second[0]) FIND(BAD_RULE, underlying_second);
}

/* Prices may be negative only where two prices are subtracted. */
static void check_prices(const struct spec *s, struct findings *f)
{
    bool difference = s->kind == SPEC_KIND_SPREAD || s->kind == SPEC_KIND_INDEX_BASIS;
    bool decides = s->lot_rule == SPEC_LOT_HOURS_IN_PERIOD; /* the period gives the units */
    i64 value, ticks[3] = { s->tick_outright, s->tick_spread, s->tick_final };
    u32 field[3] = { SPEC_FIELD(tick_outright), SPEC_FIELD(tick_spread), SPEC_FIELD(tick_final) };
    ASSERT(s->tick_final > 0);
    ASSERT(s->tick_outright > 0);
    if (s->price_min > s->price_max || (s->price_min < 0 && !difference))
        FIND(PRICE_BOUNDS, price_min);
    if (decides != (s->lot_units_milli == 0)) FIND(BAD_RULE, lot_units_milli);
    for (u32 i = 0; i < 3; i++) {
        /* a lot of hours is whole hours, so whole milli-hours: any tick gives whole micros */
        i64 units = decides ? 1000 : s->lot_units_milli;
        if (units && !tick_value(ticks[i], units, &value))
            find(f, SPEC_FAULT_TICK_VALUE_FRACTION, field[i]);
    }
    if (s->tick_spread > s->tick_outright) FIND(LIMIT_OFF_TICK, tick_spread);
    if (s->tick_final > s->tick_outright) FIND(LIMIT_OFF_TICK, tick_final);
    if (s->price_min % s->tick_outright) FIND(LIMIT_OFF_TICK, price_min);
    if (s->price_max % s->tick_outright) FIND(LIMIT_OFF_TICK, price_max);
    if (s->ipl_amount % s->tick_outright) FIND(LIMIT_OFF_TICK, ipl_amount);
    if (s->has_option && s->strike_step % s->tick_outright) FIND(LIMIT_OFF_TICK, strike_step);
}

/* max price x units x max position < 2^62 */
static void check_range(const struct spec *s, struct findings *f)
{
    i64 position = i64_max(i64_max(known(s->pos_general), known(s->pos_spot)),
                           i64_max(s->pos_member, s->pos_hedger));
    i64 units = s->lot_units_milli ? s->lot_units_milli : 8784 * INT64_C(1000);
    i64 top = i64_max(s->price_max, -s->price_min);
    ASSERT(s->qty_step > 0);
    ASSERT(units > 0);
    for (i64 i = 0; i < s->accountability_n; i++)
        position = i64_max(position, s->accountability[i]);
    if (position == 0) position = 100000;    /* none stated */
    i128 lot = (i128)top * units / 1000 + 1; /* < 2^80 */
    if (lot >= (i128)1 << 62 || lot * position >= (i128)1 << 62) FIND(RANGE, price_max);
    if (s->qty_max < s->qty_min || s->qty_min % s->qty_step || s->qty_max % s->qty_step)
        FIND(BAD_QTY, qty_max);
    if (known(s->block_min) && s->block_min > SPEC_QTY_MAX) FIND(BAD_QTY, block_min);
}

static void check_last_trade(const struct spec *s, struct findings *f)
{
    i64 rule = s->last_trade_rule;
    bool weekday = rule == SPEC_LAST_TRADE_NTH_WEEKDAY, date = rule == SPEC_LAST_TRADE_DATE;
    bool n = weekday || rule == SPEC_LAST_TRADE_NTH_LAST_BD;
    ASSERT(s->last_trade_n >= 0);
    ASSERT(rule > 0);
    if (n != (s->last_trade_n != 0) || (weekday && s->last_trade_n > 5))
        FIND(BAD_RULE, last_trade_n);
    if (weekday != (s->last_trade_weekday != 0)) FIND(BAD_RULE, last_trade_weekday);
    if (date != (s->last_trade_date != 0)) FIND(BAD_RULE, last_trade_date);
    if ((rule == SPEC_LAST_TRADE_NONE) != (s->kind == SPEC_KIND_PERP))
        FIND(BAD_RULE, last_trade_rule);
    if (!str_is(str_of(s->tz), "UTC")) FIND(BAD_RULE, tz);
}

static void check_sessions(const struct spec *s, struct findings *f)
{
    i64 at = 0;
    bool trades = false, bad = s->sessions_n == 0;
    ASSERT(s->sessions_n <= SPEC_SESSIONS_MAX);
    ASSERT(s->sessions_n >= 0);
    for (i64 i = 0; i < s->sessions_n; i++) {
        const struct spec_session *p = &s->sessions[i];
        if (p->start < at || p->end <= p->start) bad = true;
        at = p->end;
        if (p->state == SPEC_PHASE_CONTINUOUS) trades = true;
        if (p->state == SPEC_PHASE_HALT || p->state == SPEC_PHASE_SUSPENDED ||
            p->state == SPEC_PHASE_EXPIRED)
            bad = true;
    }
    if (bad || !trades) FIND(BAD_SESSION, sessions);
}

/* The rules that answer without any trade, today or ever. */
static bool always_answers(i64 rule) { return rule == SPEC_DSP_PRIOR; }

static void check_dsp(const struct spec *s, struct findings *f)
{
    ASSERT(s->dsp_n <= SPEC_DSP_MAX);
    ASSERT(s->dsp_n >= 0);
    if (s->dsp_n == 0 || !always_answers(s->dsp[s->dsp_n - 1].rule)) FIND(NO_ZERO_TRADE_RULE, dsp);
    for (i64 i = 0; i < s->dsp_n; i++) {
        const struct spec_dsp *d = &s->dsp[i];
        bool window = d->rule == SPEC_DSP_VWAP_WINDOW, mid = d->rule == SPEC_DSP_MID_BEST;
        bool vwap = window || d->rule == SPEC_DSP_VWAP_DAY || d->rule == SPEC_DSP_SPREAD_VWAP;
        bool bad = d->rule == SPEC_DSP_FINAL || (window && d->last_s == 0) ||
                   (d->last_s && !window && !mid) || (d->min_qty && !vwap) ||
                   (mid != (d->max_ticks != 0)) ||
                   (d->max_days && d->rule != SPEC_DSP_PRIOR_PLUS_NEAREST);
        for (i64 k = 0; k < i; k++)
            if (s->dsp[k].rule == d->rule) bad = true;
        if (bad) FIND(BAD_RULE, dsp);
    }
}

static void check_fsp(const struct spec *s, struct findings *f)
{
    bool perp = s->fsp_rule == SPEC_FSP_PERPETUAL;
    bool max = s->fsp_nonpub == SPEC_NONPUB_CARRY_MAX_N || s->fsp_nonpub == SPEC_NONPUB_FILL_MEAN_G;
    bool before = s->vintage_rule != SPEC_VINTAGE_FIRST_PRINT;
    bool restate = s->vintage_rule == SPEC_VINTAGE_RESTATE_IF;
    ASSERT(s->fsp_set > 0);
    ASSERT(s->fsp_digits <= 6);
    if (perp != (s->kind == SPEC_KIND_PERP)) FIND(BAD_RULE, fsp_rule);
    if ((s->fsp_rule == SPEC_FSP_DELIVERY) != (s->kind == SPEC_KIND_PHYS_FUT))
        FIND(BAD_RULE, fsp_rule);
    if (max != (s->fsp_carry_max != 0)) FIND(BAD_RULE, fsp_carry_max);
    if (restate != (s->vintage_ppm != 0)) FIND(BAD_RULE, vintage_ppm);
    if (before != (s->vintage_before != 0)) FIND(BAD_RULE, vintage_before);
    if (!before && s->vintage_days) FIND(BAD_RULE, vintage_days);
    if (!s->fallback_index[0] || str_is(str_of(s->fallback_index), s->underlying_id) ||
        s->fallback_factor_ppm == 0)
        FIND(NO_FALLBACK, fallback_index);
    i64 grain = 1000000;
    for (i64 i = 0; i < s->fsp_digits; i++) grain /= 10;
    if (s->fsp_round != SPEC_ROUND_TO_TICK && grain % s->tick_final && s->tick_final % grain)
        FIND(LIMIT_OFF_TICK, tick_final);
}

/* 0 is "as the stage before" (or none), so only stated values are compared. */
static bool moves(const i64 *stage, bool up)
{
    i64 last = 0;
    ASSERT(stage);
    for (u32 i = 0; i < 4; i++) {
        i64 v = known(stage[i]);
        if (!v) continue;
        if (last && (up ? v > last : v < last)) return true;
        last = v;
    }
    return false;
}

static void check_stages(const struct spec *s, struct findings *f)
{
    i64 limit[4] = { s->pos_general, s->pos_nearby, s->pos_delivery, s->pos_spot };
    i64 margin[4] = { s->im_general_ppm, s->im_nearby_ppm, s->im_delivery_ppm, s->im_spot_ppm };
    ASSERT(s->accountability_n <= 2);
    ASSERT(s->spot_days >= 0);
    if (moves(limit, true)) FIND(LIMIT_RISES, pos_general);
    if (moves(margin, false)) FIND(MARGIN_FALLS, im_general_ppm);
    if (known(s->pos_spot) && s->spot_days == 0) FIND(BAD_RULE, spot_days);
    if (s->accountability_n == 1) FIND(BAD_RULE, accountability);
    if (known(s->fee_maker) < 0 && s->fee_maker + known(s->fee_taker) < 0)
        FIND(FEE_NEGATIVE_SUM, fee_maker);
    if (!(s->order_types & SPEC_BIT(SPEC_ORDER_TYPE_LIMIT))) FIND(BAD_RULE, order_types);
    if (!(s->order_tif & SPEC_BIT(SPEC_TIF_DAY))) FIND(BAD_RULE, order_tif);
    if (s->order_types & SPEC_BIT(SPEC_ORDER_TYPE_MARKET) && s->protection_ticks == 0)
        FIND(BAD_RULE, protection_ticks);
}

static void check_groups(const struct spec *s, struct findings *f)
{
    bool strip = s->kind == SPEC_KIND_STRIP || s->kind == SPEC_KIND_SPREAD;
    bool option = s->kind == SPEC_KIND_APO || s->kind == SPEC_KIND_PLAIN_OPT;
    ASSERT(s->parts_n <= SPEC_PARTS_MAX);
    ASSERT(s->kind > 0);
    if (strip != (s->has_strip != 0)) FIND(WRONG_GROUP, has_strip);
    if (option != (s->has_option != 0)) FIND(WRONG_GROUP, has_option);
    if ((s->kind == SPEC_KIND_PHYS_FUT) != (s->has_delivery != 0)) FIND(WRONG_GROUP, has_delivery);
    if ((s->kind == SPEC_KIND_PERP) != (s->has_perp != 0)) FIND(WRONG_GROUP, has_perp);
    if (s->has_strip && s->parts_n == 0) FIND(BAD_RULE, parts);
    if (s->kind == SPEC_KIND_STRIP && s->cascade_days == 0) FIND(BAD_RULE, cascade_days);
    if (s->list_months == 0 && s->list_quarters == 0 && s->list_years == 0 && !s->has_perp)
        FIND(BAD_RULE, list_months);
}

u32 spec_check(const struct spec *s, struct spec_finding *out, u32 cap)
{
    struct findings f = { out, 0, cap };
    ASSERT(out || cap == 0);
    ASSERT(record_valid(&spec_record, s));
    check_identity(s, &f);
    check_prices(s, &f);
    check_range(s, &f);
    check_last_trade(s, &f);
    check_sessions(s, &f);
    check_dsp(s, &f);
    check_fsp(s, &f);
    check_stages(s, &f);
    check_groups(s, &f);
    ASSERT(f.n == 0 || cap == 0 || out[0].fault);
    return f.n;
}

enum spec_fault spec_check_approvers(Str a, Str b)
{
    ASSERT(b.n == 0 || b.at);
    ASSERT(a.n == 0 || a.at);
    return a.n && b.n && !str_eq(a, b) ? SPEC_FAULT_NONE : SPEC_FAULT_FOUR_EYES;
}

/* Below 2^60 x 2^12 x 10^12 = 2^112 over at least 1; the divisor is below 2^2 x 2^40 x 2^50 x 2^14.
 */
i64 spec_lstar_milli(i64 cost, i64 value, i64 lot_units_milli, u32 n)
{
    i64 milli;
    ASSERT(cost >= 0 && cost <= SPEC_COST_MAX);
    ASSERT(value > 0 && value <= SPEC_PRICE_MAX);
    ASSERT(lot_units_milli > 0 && lot_units_milli <= (INT64_C(1) << 50));
    ASSERT(n > 0 && n < 4096);
    i128 gain = (i128)SPEC_LSTAR_KAPPA * lot_units_milli * value * SPEC_LSTAR_DELTA_PPM;
    i128 top = (i128)cost * n * 1000 * 1000 * PPM; /* thousandths, units and delta in theirs */
    return i64_of(top / gain, &milli) ? milli : INT64_MAX;
}

enum spec_fault spec_check_lstar(i64 lstar_milli)
{
    return lstar_milli >= 1000 ? SPEC_FAULT_NONE : SPEC_FAULT_LIMIT_BELOW_ONE_LOT;
}
