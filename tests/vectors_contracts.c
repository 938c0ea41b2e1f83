#include "config/contracts.h"
#include "contract/cascade.h"
#include "contract/equivalence.h"
#include "contract/warrant.h"
#include "quant/option.h"
#include "vectors.h"

#include <math.h>

/* The ops of area "contracts": see vectors.h on how to add one. Prices are micros per unit. */

enum { ROWS = 64 };

static Date in_date(const char *text)
{
    Date d = { 0 };
    if (parse_date(str_of(text), &d) != PARSE_OK) vector_fail("not a date: %s", text);
    return d;
}

/* GPUH-M as shipped: the base that cases change. */
static bool base_spec(struct spec *s)
{
    struct why w = { "" };
    if (config_spec("specs/gpuh-m.yaml", NULL, true, s, &w) == ERR_OK) return true;
    vector_fail("%s", w.text);
    return false;
}

/* A calendar of weekends and the listed holidays, around the year. */
static void in_calendar(const cJSON *in, const char *id, struct calendar *c)
{
    *c = (struct calendar){ .version = 1, .effective_from = 1, .tz = "UTC",
                            .covers_from = date_of(2000, 1, 1).days,
                            .covers_to = date_of(2100, 12, 31).days,
                            .weekend = (1 << (SATURDAY + 1)) | (1 << (SUNDAY + 1)) };
    if (!str_is(str_of(id), "")) memcpy(c->id, id, strlen(id) + 1);
    const cJSON *list = in_get(in, "holidays"), *item;
    cJSON_ArrayForEach(item, list) c->holidays[c->holidays_n++] = in_date(item_text(item)).days;
    const char *bad = calendar_check(c);
    if (bad) vector_fail("calendar: %s", bad);
}

static void op_hours_in_period(const cJSON *in, cJSON *out)
{
    i64 months[12], quarters[4];
    i32 year = (i32)in_i64(in, "year");
    for (u32 m = 1; m <= 12; m++) months[m - 1] = period_hours(period_month(year, m));
    for (u8 q = 1; q <= 4; q++)
        quarters[q - 1] = period_hours((Period){ year, PERIOD_QUARTER, q, { 0 } });
    out_i64s(out, "months", months, 12);
    out_i64s(out, "quarters", quarters, 4);
    out_i64(out, "year", period_hours((Period){ year, PERIOD_YEAR, 0, { 0 } }));
}

static void op_tick_value(const cJSON *in, cJSON *out)
{
    i64 ticks[ROWS], values[ROWS];
    u32 n = in_i64s(in, "ticks", ticks, ROWS);
    for (u32 i = 0; i < n; i++)
        if (!tick_value(ticks[i], in_i64(in, "lot_units_milli"), &values[i]))
            vector_fail("no whole micro");
    out_i64s(out, "tick_value", values, n);
}

static void op_final_settlement(const cJSON *in, cJSON *out)
{
    i64 prints[ROWS], fsp;
    i128 sum = 0;
    Money cash = { 0 };
    u32 n = in_i64s(in, "prints", prints, ROWS);
    for (u32 i = 0; i < n; i++) sum += prints[i];
    fsp = mean_rounded(sum, n, (u32)in_i64(in, "round_digits"), SPEC_ROUND_HALF_EVEN, 1);
    if (!settlement_cash(in_i64(in, "entry"), fsp, in_i64(in, "lot_hours") * 1000,
                         in_i64(in, "lots"), &cash))
        vector_fail("overflow");
    out_i64(out, "fsp", fsp);
    out_i64(out, "cash", cash.micros);
}

static void op_lot_ratio(const cJSON *in, cJSON *out)
{
    i64 hours[ROWS], ratio[ROWS], lots[ROWS];
    u32 n = in_i64s(in, "hours", hours, ROWS);
    for (u32 i = 0; i < n; i++)
        if (!lot_ratio(hours[i], in_i64(in, "fixed"), in_i64(in, "lots"), &ratio[i], &lots[i]))
            vector_fail("overflow");
    out_i64s(out, "ratio_ppm", ratio, n);
    out_i64s(out, "equivalent_centilots", lots, n);
}

static void op_strip_price(const cJSON *in, cJSON *out)
{
    i64 price[ROWS], hours[ROWS], one[ROWS], value = 0, simple = 0;
    u32 n = in_i64s(in, "months", price, ROWS);
    if (in_i64s(in, "hours", hours, ROWS) != n) vector_fail("hours and months differ");
    for (u32 i = 0; i < n; i++) one[i] = 1;
    if (!strip_price(price, hours, n, 1, &value) || !strip_price(price, one, n, 1, &simple))
        vector_fail("overflow");
    out_i64(out, "value", value);
    out_i64(out, "simple_mean", simple);
}

static void op_cascade(const cJSON *in, cJSON *out)
{
    i64 dsp[ROWS], hours[ROWS], before = 0, after = 0, lots = in_i64(in, "lots");
    struct cascade c = { 0 };
    u32 n = in_i64s(in, "children", dsp, ROWS);
    if (in_i64s(in, "hours", hours, ROWS) != n) vector_fail("hours and children differ");
    if (!cascade_prices(dsp, hours, n, in_i64(in, "tick"), &c) ||
        !cascade_position_hours(lots, &c.hours, 1, &before) ||
        !cascade_position_hours(lots, hours, n, &after))
        vector_fail("overflow");
    if (cascade_check_hours(hours, n, c.hours)) vector_fail("hours");
    out_i64(out, "parent_price", c.parent_price);
    out_i64(out, "child_open_price", c.child_open_price);
    out_i64(out, "residual_per_lot", c.residual_per_lot);
    out_i64(out, "position_hours_before", before);
    out_i64(out, "position_hours_after", after);
}

static void op_running_mark(const cJSON *in, cJSON *out)
{
    i64 fixed[ROWS], sum = 0;
    u32 n = in_i64s(in, "fixings", fixed, ROWS), total = (u32)in_i64(in, "N");
    for (u32 i = 0; i < n; i++) sum += fixed[i];
    out_i64(out, "value", running_mark(sum, n, total, in_i64(in, "expected_rest")));
    out_i64(out, "delta_ppm", running_delta_ppm(n, total));
    out_i64(out, "mean_so_far", mean_rounded(sum, n, 6, SPEC_ROUND_HALF_EVEN, 1));
}

static void op_diminishing_balance(const cJSON *in, cJSON *out)
{
    i64 fixed[ROWS], left[ROWS];
    u32 n = in_i64s(in, "fixed", fixed, ROWS);
    for (u32 i = 0; i < n; i++)
        left[i] = diminishing(in_i64(in, "lots"), (u32)fixed[i], (u32)in_i64(in, "N"));
    out_i64s(out, "limit_equivalent", left, n);
}

static void op_dsp_running_no_trades(const cJSON *in, cJSON *out)
{
    i64 fixed[ROWS], sum = 0, rest = 0, dsp = 0;
    u32 n = in_i64s(in, "fixings_before", fixed, ROWS);
    for (u32 i = 0; i < n; i++) sum += fixed[i];
    if (!running_no_trades(in_i64(in, "prior_dsp"), sum, n, sum + in_i64(in, "new_fixing"), n + 1,
                           (u32)in_i64(in, "N"), in_i64(in, "tick"), &rest, &dsp))
        vector_fail("nothing left to fix");
    out_i64(out, "implied_rest", rest);
    out_i64(out, "dsp", dsp);
}

static void average_case(const struct spec *s, const struct calendar *c, const cJSON *in,
                         cJSON *out)
{
    struct listing l;
    struct averaging a = { 0 };
    const cJSON *prints = in_get(in, "prints");
    cJSON *unfilled = out_array(out, "unfilled");
    Period p = period_month((i32)in_i64(in, "year"), (u32)in_i64(in, "month"));
    if (listing_of(s, c, p, &l)) {
        vector_fail("not to be listed");
        return;
    }
    averaging_open(&a, &l);
    for (Date d = l.start; d.days <= l.end.days; d.days++) {
        char day[16];
        Fixing made[AVERAGING_FIXINGS_MAX];
        struct text t = text_on(day, sizeof day);
        text_put_date(&t, d);
        Print print = { .date = d, .priced_on = d, .status = SPEC_PRINT_NO_PRINT };
        if (in_has(prints, day))
            print.value = in_i64(prints, day), print.status = SPEC_PRINT_PRINTED;
        if (!set_has(s, c, &l, d)) {
            averaging_see(&a, s, &print);
            continue;
        }
        if (averaging_day(&a, s, &print, made) && made[0].kind == SPEC_FIXING_DROPPED &&
            s->fsp_nonpub != SPEC_NONPUB_SKIP)
            out_text(unfilled, NULL, day);
    }
    Fixing late[AVERAGING_FIXINGS_MAX];
    (void)!averaging_close(&a, s, late);
    out_i64(out, "set", s->fsp_set == SPEC_SET_PUBLICATION ? a.total : a.set);
    out_i64(out, "used", a.fixed);
    out_i64(out, "mean", averaging_mean(&a));
    out_i64(out, "fsp_4dp", averaging_final(&a, s));
}

static void op_average_period(const cJSON *in, cJSON *out)
{
    struct spec s;
    struct calendar c;
    const cJSON *cases = in_get(in, "cases"), *item;
    if (!base_spec(&s)) return;
    in_calendar(in, s.calendar_id, &c);
    cJSON_ArrayForEach(item, cases)
    {
        char key[80];
        s.fsp_set = words_of(&spec_words_SPEC_SET, str_of(in_text(item, "calendar")));
        s.fsp_nonpub = words_of(&spec_words_SPEC_NONPUB, str_of(in_text(item, "rule")));
        s.fsp_carry_max = cJSON_IsNumber(in_get(item, "max_n")) ? in_i64(item, "max_n") : 0;
        snprintf(key, sizeof key, "%s/%s", in_text(item, "calendar"), in_text(item, "rule"));
        if (!s.fsp_set || !s.fsp_nonpub) vector_fail("no such rule: %s", key);
        else average_case(&s, &c, in, out_object(out, key));
    }
}

static void op_last_trade_date(const cJSON *in, cJSON *out)
{
    struct spec s;
    struct calendar c;
    const cJSON *rules = in_get(in, "rules"), *months = in_get(in, "months"), *rule, *month;
    if (!base_spec(&s)) return;
    in_calendar(in, s.calendar_id, &c);
    cJSON_ArrayForEach(rule, rules)
    {
        cJSON *dates = out_array(out, item_text(rule));
        s.last_trade_rule = words_of(&spec_words_SPEC_LAST_TRADE, str_of(item_text(rule)));
        cJSON_ArrayForEach(month, months)
        {
            char first[16], date[16];
            struct listing l;
            struct text t = text_on(date, sizeof date);
            snprintf(first, sizeof first, "%s-01", item_text(month));
            if (listing_of(&s, &c, period_of_month(in_date(first)), &l)) {
                vector_fail("%s can not be listed", item_text(month));
                return;
            }
            text_put_date(&t, l.last_trade);
            out_text(dates, NULL, date);
        }
    }
}

static void op_settlement_cash(const cJSON *in, cJSON *out)
{
    Money cash = { 0 };
    if (!settlement_cash(in_i64(in, "entry"), in_i64(in, "fsp"), in_i64(in, "lot_hours") * 1000,
                         in_i64(in, "lots"), &cash))
        vector_fail("overflow");
    out_i64(out, "cash", cash.micros);
}

static void op_perp_funding(const cJSON *in, cJSON *out)
{
    i64 num = 0, den = 0;
    Money pays = { 0 };
    const char *interval = in_text(in, "interval"), *slash = strchr(interval, '/');
    if (!slash || parse_i64((Str){ interval, (u32)(slash - interval) }, &num) ||
        parse_i64(str_of(slash + 1), &den) || den <= 0)
        vector_fail("not a fraction of a day: %s", interval);
    else if (!perp_funding(in_i64(in, "mark"), in_i64(in, "index"), in_i64(in, "cap_ppm"),
                           in_i64(in, "units") * 1000, in_i64(in, "lots"), num, den, &pays))
        vector_fail("overflow");
    out_i64(out, "long_pays", pays.micros);
}

static void op_index_basis(const cJSON *in, cJSON *out)
{
    i64 a[ROWS] = { 0 }, b[ROWS] = { 0 };
    u8 have_a[ROWS] = { 0 }, have_b[ROWS] = { 0 };
    const cJSON *list = in_get(in, "pairings"), *item;
    for (u32 day = 0; day < ROWS; day++) {
        char key[8];
        snprintf(key, sizeof key, "%u", day);
        if (in_has(in_get(in, "a"), key)) have_a[day] = 1, a[day] = in_i64(in_get(in, "a"), key);
        if (in_has(in_get(in, "b"), key)) have_b[day] = 1, b[day] = in_i64(in_get(in, "b"), key);
    }
    cJSON_ArrayForEach(item, list)
    {
        i64 basis = 0, pairing = words_of(&spec_words_SPEC_PAIRING, str_of(item_text(item)));
        if (!pairing || !index_basis(a, have_a, b, have_b, ROWS, (u32)pairing, &basis))
            vector_fail("no such pairing, or no day: %s", item_text(item));
        out_i64(out, item_text(item), basis);
    }
}

static void op_averaging_set_residual(const cJSON *in, cJSON *out)
{
    i64 daily[ROWS], index[ROWS];
    u8 business[ROWS] = { 0 }, all[ROWS];
    u32 n = in_i64s(in, "daily", daily, ROWS), k = in_i64s(in, "business_index", index, ROWS);
    memset(all, 1, sizeof all);
    for (u32 i = 0; i < k; i++) business[index[i] % ROWS] = 1;
    out_i64(out, "residual", set_residual(daily, business, all, n));
}

static void op_no_arb_band(const cJSON *in, cJSON *out)
{
    i64 costs[] = { in_i64(in, "fees"), in_i64(in, "spreads"), in_i64(in, "funding"),
                    in_i64(in, "k_sigma"), in_i64(in, "margin") };
    struct band b = no_arb_band(in_i64(in, "f1"), in_i64(in, "f2"), in_i64(in, "alpha"),
                                in_i64(in, "beta_ppm"), costs, ARRAY_LEN(costs));
    out_i64(out, "gap", b.gap);
    out_i64(out, "band", b.band);
    out_bool(out, "alarm", b.alarm);
}

static void op_ladder_mean(const cJSON *in, cJSON *out)
{
    i64 strikes[LADDER_MAX], prob[LADDER_MAX];
    u32 n = in_i64s(in, "strikes", strikes, LADDER_MAX);
    if (in_i64s(in, "prob_ppm", prob, LADDER_MAX) != n) vector_fail("strikes and prob differ");
    out_i64(out, "value", ladder_mean(strikes, prob, n));
}

static void op_warrant_path(const cJSON *in, cJSON *out)
{
    u32 state = WARRANT_NONE;
    cJSON *states = out_array(out, "states");
    const cJSON *list = in_get(in, "events"), *item;
    cJSON_ArrayForEach(item, list)
    {
        u32 event = warrant_event_of(str_of(item_text(item)));
        enum warrant_fault f = event ? warrant_move(&state, event, 0) : WARRANT_FAULT_STATE;
        if (f) {
            out_text(out, "error", warrant_fault_name(f));
            return;
        }
        out_text(states, NULL, warrant_state_name(state));
    }
}

static void op_warrant_capacity(const cJSON *in, cJSON *out)
{
    cJSON *broken = out_array(out, "violations");
    const cJSON *list = in_get(in, "hours"), *item;
    cJSON_ArrayForEach(item, list) if (!warrant_fits(in_i64(item, "live"), in_i64(item, "attested"),
                                                     in_i64(item, "reserve")))
        out_i64(broken, NULL, in_i64(item, "h"));
}

static void op_warrant_remaining(const cJSON *in, cJSON *out)
{
    i64 at[ROWS], left[ROWS];
    u32 n = in_i64s(in, "elapsed_minutes", at, ROWS);
    for (u32 i = 0; i < n; i++)
        left[i] = warrant_remaining(in_i64(in, "gpus"), in_i64(in, "window_hours"), at[i]);
    out_i64s(out, "gpu_hours_left", left, n);
}

/* One case changes the base contract; the first finding is its answer. */
static const char *spec_case(struct spec s, const cJSON *item)
{
    struct spec_finding f = { 0, 0 };
    i64 limit[4] = { 0 };
    if (in_has(item, "lot_units_milli")) s.lot_units_milli = in_i64(item, "lot_units_milli");
    if (in_has(item, "tick")) s.tick_outright = s.tick_spread = s.tick_final = in_i64(item, "tick");
    if (in_has(item, "limits_by_stage")) {
        (void)in_i64s(item, "limits_by_stage", limit, 4);
        s.pos_general = limit[0], s.pos_nearby = limit[1];
        s.pos_delivery = limit[2], s.pos_spot = limit[3];
    }
    if (in_has(item, "last_trade"))
        return spec_fault_name(listing_dates(in_date(in_text(item, "last_trade")),
                                             in_date(in_text(item, "last_fixing")), 1));
    if (in_has(item, "fixing_set"))
        return spec_fault_name(listing_dates((Date){ 1 }, (Date){ 1 }, in_len(item, "fixing_set")));
    (void)!spec_check(&s, &f, 1);
    return spec_fault_name(f.fault);
}

static void op_spec_check(const cJSON *in, cJSON *out)
{
    struct spec s;
    cJSON *errors = out_array(out, "errors");
    const cJSON *list = in_get(in, "cases"), *item;
    if (!base_spec(&s)) return;
    cJSON_ArrayForEach(item, list) out_text(errors, NULL, spec_case(s, item));
}

/* ---- options on the averages of contracts ---- */

/* "60/365 + i*(30/365)/21, i=1..21", the first term left out for 0: the number of times. */
static u32 in_times(const cJSON *in, double *time)
{
    const char *text = in_text(in, "fixing_times");
    double num0 = 0, den0 = 1, num, den, parts;
    u32 n;
    if (sscanf(text, "%lf/%lf + i*(%lf/%lf)/%lf, i=1..%u", &num0, &den0, &num, &den, &parts, &n) !=
            6 &&
        (num0 = 0, den0 = 1,
         sscanf(text, "i*(%lf/%lf)/%lf, i=1..%u", &num, &den, &parts, &n) != 4)) {
        vector_fail("not times: %s", text);
        return 0;
    }
    if (n > ROWS) vector_fail("more than %u times", ROWS), n = ROWS;
    for (u32 i = 0; i < n; i++) time[i] = num0 / den0 + (i + 1) * (num / den) / parts;
    return n;
}

static void fine(enum quant_result r)
{
    if (r != QUANT_OK) vector_fail("%s", quant_text(r));
}

/* One forward and one volatility for all fixings, paid at the last. */
static struct asian_price flat_asian(const cJSON *in, const char *forward, u32 past, double sum)
{
    double time[ROWS], f[ROWS], vol[ROWS];
    struct asian_price out = { 0 };
    u32 n = in_times(in, time);
    for (u32 i = 0; i < n; i++) f[i] = in_f64(in, forward), vol[i] = in_f64(in, "vol");
    struct asian a = { .forward = f, .vol = vol, .time = time, .n = n, .past = past,
                       .past_sum = sum, .strike = in_f64(in, "strike"),
                       .rate = in_f64(in, "rate"), .expiry = n ? time[n - 1] : 0, .call = true };
    if (in_has(in, "cp")) a.call = strcmp(in_text(in, "cp"), "call") == 0;
    fine(quant_asian_discrete(&a, &out));
    return out;
}

static void op_apo_tw(const cJSON *in, cJSON *out)
{
    double time[ROWS], plain = 0;
    u32 n = in_times(in, time);
    struct asian_price p = flat_asian(in, "forward", 0, 0);
    if (n != (u32)in_i64(in, "fixings")) vector_fail("fixings and times differ");
    fine(quant_black76(in_f64(in, "forward"), in_f64(in, "strike"), n ? time[n - 1] : 0,
                       in_f64(in, "rate"), in_f64(in, "vol"),
                       strcmp(in_text(in, "cp"), "call") == 0, &plain));
    out_f64(out, "price", p.price);
    out_f64(out, "eff_vol", p.vol);
    out_f64(out, "black76_full_vol", plain);
}

static void op_apo_tw_seasoned(const cJSON *in, cJSON *out)
{
    u32 done = (u32)in_i64(in, "done");
    struct asian_price p = flat_asian(in, "forward_rest", done, done * in_f64(in, "mean_done"));
    out_f64(out, "k_star", p.strike);
    out_f64(out, "price", p.price);
}

static void op_asian_tw(const cJSON *in, cJSON *out)
{
    struct asian_spot o = { .spot = in_f64(in, "S"), .strike = in_f64(in, "K"),
                            .yield = in_f64(in, "q"), .rate = in_f64(in, "r"),
                            .vol = in_f64(in, "vol"), .call = true };
    double years = in_f64(in, "T");
    cJSON *prices = out_array(out, "prices");
    const cJSON *list = in_get(in, "fixings"), *item;
    cJSON_ArrayForEach(item, list)
    {
        double f[ROWS], vol[ROWS], time[ROWS];
        struct asian_price p = { 0 };
        u32 n = cJSON_IsNumber(item) ? (u32)item_i64(item) : 0;
        for (u32 i = 0; i < n && i < ROWS; i++) {
            time[i] = years * (i + 1) / n, vol[i] = o.vol;
            f[i] = o.spot * exp((o.rate - o.yield) * time[i]);
        }
        struct asian a = { .forward = f, .vol = vol, .time = time, .n = n < ROWS ? n : ROWS,
                           .strike = o.strike, .rate = o.rate, .expiry = years, .call = true };
        if (n) fine(quant_asian_discrete(&a, &p));
        else fine(quant_asian_levy(&o, years, 0, 0, &p.price));
        out_f64(prices, NULL, p.price);
    }
}

static void op_asian_levy(const cJSON *in, cJSON *out)
{
    struct asian_spot o = { .spot = in_f64(in, "S"), .strike = in_f64(in, "K"),
                            .yield = in_f64(in, "q"), .rate = in_f64(in, "r"),
                            .vol = in_f64(in, "vol"),
                            .call = strcmp(in_text(in, "cp"), "call") == 0 };
    double price = 0, base = in_f64(in, "day_base");
    fine(quant_asian_levy(&o, in_f64(in, "length_days") / base, in_f64(in, "elapsed_days") / base,
                          in_f64(in, "SA"), &price));
    out_f64(out, "price", price);
}

const struct vector_op vector_ops_contracts[] = {
    { "hours_in_period", op_hours_in_period },
    { "tick_value", op_tick_value },
    { "final_settlement", op_final_settlement },
    { "lot_ratio", op_lot_ratio },
    { "strip_price", op_strip_price },
    { "cascade", op_cascade },
    { "running_mark", op_running_mark },
    { "diminishing_balance", op_diminishing_balance },
    { "dsp_running_no_trades", op_dsp_running_no_trades },
    { "average_period", op_average_period },
    { "last_trade_date", op_last_trade_date },
    { "settlement_cash", op_settlement_cash },
    { "perp_funding", op_perp_funding },
    { "index_basis", op_index_basis },
    { "averaging_set_residual", op_averaging_set_residual },
    { "no_arb_band", op_no_arb_band },
    { "ladder_mean", op_ladder_mean },
    { "warrant_path", op_warrant_path },
    { "warrant_capacity", op_warrant_capacity },
    { "warrant_remaining", op_warrant_remaining },
    { "spec_check", op_spec_check },
    { "apo_tw", op_apo_tw },
    { "apo_tw_seasoned", op_apo_tw_seasoned },
    { "asian_tw", op_asian_tw },
    { "asian_levy", op_asian_levy },
    { NULL, NULL },
};
