#include "contract/averaging.h"

void averaging_open(struct averaging *a, const struct listing *l)
{
    ASSERT(l->fixings > 0);
    ASSERT(a->total == 0 && a->fixed == 0); /* a fresh slot */
    a->total = a->set = l->fixings;
}

static void remember(struct averaging *a, const struct spec *s, const Print *p)
{
    u32 most = (u32)i64_max(1, s->fsp_carry_max);
    ASSERT(p->status != SPEC_PRINT_NO_PRINT);
    ASSERT(most <= AVERAGING_HISTORY_MAX);
    a->last = p->value;
    a->last_on = p->status == SPEC_PRINT_CARRIED ? p->priced_on : p->date;
    if (s->fsp_nonpub != SPEC_NONPUB_FILL_MEAN_G || a->gap) return;
    if (a->history_n == most) {
        memmove(a->history, a->history + 1, (most - 1) * sizeof a->history[0]);
        a->history_n--;
    }
    a->history[a->history_n++] = p->value;
}

void averaging_see(struct averaging *a, const struct spec *s, const Print *p)
{
    ASSERT(p->date.days > 0);
    ASSERT(p->status >= SPEC_PRINT_PRINTED);
    if (p->status != SPEC_PRINT_NO_PRINT) remember(a, s, p);
}

static Fixing fixing_of(const struct averaging *a, Date date, u32 days, u32 kind, i64 value)
{
    ASSERT(days > 0);
    ASSERT(a->fixed <= a->total);
    return (Fixing){ .date = date, .days = days, .kind = kind, .fixed = a->fixed,
                     .total = a->total, .value = value,
                     .mean = a->fixed ? averaging_mean(a) : 0 };
}

static Fixing take(struct averaging *a, Date date, u32 days, u32 kind, i64 value)
{
    ASSERT(a->fixed + days <= a->total);
    ASSERT(kind != SPEC_FIXING_DROPPED);
    a->sum += value * (i64)days; /* values below 2^41, days below 367 */
    a->fixed += days;
    return fixing_of(a, date, days, kind, value);
}

static Fixing drop(struct averaging *a, Date date, u32 days)
{
    ASSERT(a->total - a->fixed >= days);
    a->total -= days, a->dropped += days;
    return fixing_of(a, date, days, SPEC_FIXING_DROPPED, 0);
}

/* A gap of G days takes the mean of the min(G, max) values before it. */
static Fixing fill_gap(struct averaging *a, const struct spec *s)
{
    u32 days = a->gap, use = (u32)i64_min(days, s->fsp_carry_max);
    i128 sum = 0;
    ASSERT(days > 0);
    if (use > a->history_n) use = a->history_n;
    a->gap = 0;
    if (use == 0) return drop(a, a->gap_from, days);
    for (u32 i = a->history_n - use; i < a->history_n; i++) sum += a->history[i];
    return take(a, a->gap_from, days, SPEC_FIXING_CARRIED,
                (i64)div_round(sum, use, ROUND_HALF_EVEN));
}

static bool carries(const struct averaging *a, const struct spec *s, Date today)
{
    ASSERT(s->fsp_nonpub > 0);
    ASSERT(a->last_on.days <= today.days);
    if (a->last_on.days == 0 || s->fsp_set == SPEC_SET_PUBLICATION) return false;
    if (s->fsp_nonpub == SPEC_NONPUB_CARRY_PREV) return true;
    return s->fsp_nonpub == SPEC_NONPUB_CARRY_MAX_N &&
           today.days - a->last_on.days <= s->fsp_carry_max;
}

static void count_bad(struct averaging *a, const struct spec *s, const Print *p)
{
    bool absent = p->status == SPEC_PRINT_NO_PRINT && s->fsp_set == SPEC_SET_PUBLICATION;
    ASSERT(a->bad <= a->set);
    if (absent) return; /* no day of that set */
    if (p->status == SPEC_PRINT_PRINTED) {
        a->bad_run = 0;
        return;
    }
    a->bad++, a->bad_run++;
    if (a->bad_run > a->bad_run_max) a->bad_run_max = a->bad_run;
    ASSERT(a->bad <= a->set);
}

u32 averaging_day(struct averaging *a, const struct spec *s, const Print *p,
                  Fixing out[AVERAGING_FIXINGS_MAX])
{
    u32 n = 0;
    ASSERT(a->fixed + a->gap < a->total);
    ASSERT(p->status >= SPEC_PRINT_PRINTED && p->status <= SPEC_PRINT_NO_PRINT);
    count_bad(a, s, p);
    if (p->status == SPEC_PRINT_NO_PRINT) {
        if (s->fsp_nonpub == SPEC_NONPUB_FILL_MEAN_G && s->fsp_set != SPEC_SET_PUBLICATION) {
            if (a->gap++ == 0) a->gap_from = p->date;
            return 0;
        }
        out[0] = carries(a, s, p->date) ? take(a, p->date, 1, SPEC_FIXING_CARRIED, a->last)
                                        : drop(a, p->date, 1);
        return 1;
    }
    if (a->gap) out[n++] = fill_gap(a, s);
    out[n++] =
        take(a, p->date, 1,
             p->status == SPEC_PRINT_CARRIED ? SPEC_FIXING_CARRIED : SPEC_FIXING_PRINTED, p->value);
    remember(a, s, p);
    return n;
}

u32 averaging_close(struct averaging *a, const struct spec *s, Fixing out[AVERAGING_FIXINGS_MAX])
{
    ASSERT(a->fixed + a->gap == a->total); /* every day had its status */
    if (a->gap == 0) return 0;
    out[0] = fill_gap(a, s);
    ASSERT(a->gap == 0);
    return 1;
}

bool averaging_determination(const struct averaging *a, const struct spec *s)
{
    u32 set = s->fsp_set == SPEC_SET_PUBLICATION ? a->total : a->set;
    ASSERT(a->fixed + a->dropped <= a->set);
    return a->total == 0 || bad_days(a->bad, set, a->bad_run_max, s->bad_share_ppm, s->bad_run);
}

i64 averaging_final(const struct averaging *a, const struct spec *s)
{
    ASSERT(a->fixed > 0);
    ASSERT(a->fixed == a->total);
    return mean_rounded(a->sum, a->fixed, (u32)s->fsp_digits, (u32)s->fsp_round, s->tick_final);
}

i64 averaging_mean(const struct averaging *a)
{
    ASSERT(a->fixed <= a->total);
    ASSERT(a->fixed > 0);
    return (i64)div_round(a->sum, a->fixed, ROUND_HALF_EVEN);
}

/* ---- the pieces ---- */

i64 mean_rounded(i128 sum, u32 n, u32 digits, u32 round_mode, i64 tick_final)
{
    i64 grain = 1, out;
    ASSERT(n > 0);
    ASSERT(digits <= 6);
    for (u32 i = digits; i < 6; i++) grain *= 10;
    if (round_mode == SPEC_ROUND_TO_TICK) grain = tick_final;
    ASSERT(grain > 0);
    enum rounding r = round_mode == SPEC_ROUND_HALF_UP ? ROUND_HALF_UP : ROUND_HALF_EVEN;
    bool fits = i64_of(div_round(sum, (i128)n * grain, r) * grain, &out);
    ASSERT(fits);
    return out;
}

i64 running_mark(i64 sum, u32 n, u32 total, i64 rest)
{
    ASSERT(n <= total);
    ASSERT(total > 0);
    return (i64)div_round((i128)sum + (i128)(total - n) * rest, total, ROUND_HALF_EVEN);
}

i64 running_delta_ppm(u32 n, u32 total)
{
    ASSERT(n <= total);
    ASSERT(total > 0);
    return (i64)div_round((i128)(total - n) * PPM, total, ROUND_HALF_EVEN);
}

bool running_no_trades(i64 d_prev, i64 sum_prev, u32 n_prev, i64 sum, u32 n, u32 total, i64 tick,
                       i64 *rest, i64 *dsp)
{
    i128 open, top, bottom; /* X = open / left; D = (sum left + (N - n) open) / (N left) */
    u32 left;
    ASSERT(n_prev <= n);
    ASSERT(n <= total);
    ASSERT(tick > 0);
    if (n_prev == total) return false;
    left = total - n_prev;
    open = (i128)total * d_prev - sum_prev;
    *rest = (i64)div_round(open, left, ROUND_HALF_EVEN);
    top = (i128)sum * left + (i128)(total - n) * open;
    bottom = (i128)total * left;
    if (n == total) tick = 1; /* all fixed: D = A_N */
    return i64_of(div_round(top, bottom * tick, ROUND_HALF_EVEN) * tick, dsp);
}

i64 diminishing(i64 lots, u32 n, u32 total)
{
    ASSERT(n <= total);
    ASSERT(total > 0);
    ASSERT(lots > INT64_MIN);
    return (i64)div_round((i128)(lots < 0 ? -lots : lots) * (total - n), total, ROUND_UP);
}

bool bad_days(u32 bad, u32 set, u32 run_max, i64 share_ppm, i64 run)
{
    ASSERT(bad <= set);
    ASSERT(run_max <= bad);
    return (i128)bad * PPM > (i128)share_ppm * set || run_max > run;
}

bool settlement_cash(i64 from, i64 to, i64 lot_units_milli, i64 lots, Money *out)
{
    i64 move, lot;
    ASSERT(lot_units_milli > 0);
    if (__builtin_sub_overflow(to, from, &move)) return false;
    if (!mul_div(move, lot_units_milli, 1000, ROUND_HALF_EVEN, &lot)) return false;
    return !__builtin_mul_overflow(lot, lots, &out->micros);
}

bool tick_value(i64 tick, i64 lot_units_milli, i64 *micros)
{
    ASSERT(tick > 0);
    ASSERT(lot_units_milli > 0);
    if ((i128)tick * lot_units_milli % 1000) return false;
    return i64_of((i128)tick * lot_units_milli / 1000, micros);
}

bool lot_ratio(i64 hours, i64 fixed_hours, i64 lots, i64 *ratio_ppm, i64 *centilots)
{
    ASSERT(hours > 0);
    ASSERT(fixed_hours > 0);
    if (!i64_of((i128)lots * 100, centilots)) return false;
    return mul_div(hours, PPM, fixed_hours, ROUND_HALF_EVEN, ratio_ppm) &&
           mul_div(*centilots, hours, fixed_hours, ROUND_HALF_EVEN, centilots);
}

bool strip_price(const i64 *prices, const i64 *hours, u32 n, i64 tick, i64 *out)
{
    i128 sum = 0, all = 0;
    ASSERT(n > 0);
    ASSERT(tick > 0);
    for (u32 i = 0; i < n; i++) sum += (i128)prices[i] * hours[i], all += hours[i];
    if (all <= 0) return false;
    return i64_of(div_round(sum, all * tick, ROUND_HALF_EVEN) * tick, out);
}
