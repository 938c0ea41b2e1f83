#include "quant/backtest.h"

#include "quant/dist.h"
#include <math.h>

static double part(double count, double q) { return count > 0 ? count * log(q) : 0; }

static struct ratio_test test_of(double lr, u32 df)
{
    lr = fmax(lr, 0);
    return (struct ratio_test){ lr, chi_square_above(lr, df) };
}

static double kupiec_ratio(double days, double x, double p)
{
    double miss = days - x;
    return 2 * (part(x, x / days) + part(miss, miss / days) - part(x, p) -
                (miss > 0 ? miss * log1p(-p) : 0));
}

static bool fine(u32 days, u32 x, double p) { return days && x <= days && p > 0 && p < 1; }

enum quant_result quant_kupiec(u32 days, u32 x, double p, struct ratio_test *out)
{
    ASSERT(out);
    if (!fine(days, x, p)) return QUANT_DOMAIN;
    *out = test_of(kupiec_ratio(days, x, p), 1);
    return QUANT_OK;
}

/* LR falls to x = pT and rises after it: each bound by halving. */
enum quant_result quant_kupiec_region(u32 days, double p, double level, u32 *lo, u32 *hi)
{
    ASSERT(lo && hi);
    if (!fine(days, 0, p) || !(level > 0 && level < 1)) return QUANT_DOMAIN;
    double z = normal_inverse(1 - level / 2), point = z * z;
    u32 centre = (u32)floor(p * days), from = 0, to;
    if (kupiec_ratio(days, centre, p) >= point) centre++; /* few days: only one side may fit */
    if (centre > days || kupiec_ratio(days, centre, p) >= point) return QUANT_SHORT;
    for (to = centre; from < to;) {
        u32 mid = from + (to - from) / 2;
        if (kupiec_ratio(days, mid, p) < point) to = mid;
        else from = mid + 1;
    }
    *lo = from;
    for (from = centre, to = days; from < to;) {
        u32 mid = from + (to - from + 1) / 2;
        if (kupiec_ratio(days, mid, p) < point) from = mid;
        else to = mid - 1;
    }
    *hi = from;
    return QUANT_OK;
}

enum quant_result quant_christoffersen(const u8 *hits, u32 days, double p,
                                       struct christoffersen *out)
{
    ASSERT(out);
    if (days < 2) return QUANT_SHORT;
    if (!fine(days, 0, p)) return QUANT_DOMAIN;
    *out = (struct christoffersen){ .hits = hits[0] != 0 };
    for (u32 t = 1; t < days; t++) {
        out->hits += hits[t] != 0;
        out->pairs[hits[t - 1] != 0][hits[t] != 0]++;
    }
    double n00 = out->pairs[0][0], n01 = out->pairs[0][1], n10 = out->pairs[1][0],
           n11 = out->pairs[1][1], all = days - 1, after = n01 + n11;
    double free = part(n00, n00 / (n00 + n01)) + part(n01, n01 / (n00 + n01)) +
                  part(n10, n10 / (n10 + n11)) + part(n11, n11 / (n10 + n11));
    double same = part(after, after / all) + part(all - after, (all - after) / all);
    double lr = n00 + n01 > 0 && n10 + n11 > 0 ? 2 * (free - same) : 0;
    out->independence = test_of(lr, 1);
    out->coverage = test_of(fmax(lr, 0) + kupiec_ratio(days, out->hits, p), 2);
    return QUANT_OK;
}

const char *quant_zone_text(enum zone z)
{
    static const char *const texts[] = { "green", "yellow", "red" };
    return (u32)z < ARRAY_LEN(texts) ? texts[z] : "?";
}

enum quant_result quant_zone(u32 days, u32 x, double p, double *cdf, enum zone *zone)
{
    ASSERT(cdf && zone);
    if (!fine(days, x, p)) return QUANT_DOMAIN;
    *cdf = binomial_cdf(x, days, p);
    *zone = *cdf < 0.95 ? ZONE_GREEN : *cdf < 0.9999 ? ZONE_YELLOW : ZONE_RED;
    return QUANT_OK;
}
