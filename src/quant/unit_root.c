#include "quant/unit_root.h"

#include <math.h>
#include <stdlib.h>

/* MacKinnon 2010, tables 2 and 3, and 1996 for none: [series - 1][1, 5, 10 %][power of 1/T]. */
static const double none[3][4] = {
    { -2.56574, -2.2358, -3.627, 0 },
    { -1.94100, -0.2686, -3.365, 31.223 },
    { -1.61682, 0.2656, -2.714, 25.364 },
};
static const double constant[UNIT_SERIES_MAX][3][4] = {
    { { -3.43035, -6.5393, -16.786, -79.433 },
      { -2.86154, -2.8903, -4.234, -40.040 },
      { -2.56677, -1.5384, -2.809, 0 } },
    { { -3.89644, -10.9519, -33.527, 0 },
      { -3.33613, -6.1101, -6.823, 0 },
      { -3.04445, -4.2412, -2.720, 0 } },
    { { -4.29374, -14.4354, -33.195, 47.433 },
      { -3.74066, -8.5632, -10.852, 27.982 },
      { -3.45218, -6.2143, -3.718, 0 } },
    { { -4.64332, -18.1031, -37.972, 0 },
      { -4.09600, -11.2349, -11.175, 0 },
      { -3.81020, -8.3931, -4.137, 0 } },
    { { -4.95756, -21.8883, -45.142, 0 },
      { -4.41519, -14.0405, -12.575, 0 },
      { -4.13157, -10.7417, -3.784, 0 } },
    { { -5.24568, -25.6688, -57.737, 88.639 },
      { -4.70693, -16.9178, -17.492, 60.007 },
      { -4.42501, -13.1875, -5.104, 27.877 } },
};
static const double linear[UNIT_SERIES_MAX][3][4] = {
    { { -3.95877, -9.0531, -28.428, -134.155 },
      { -3.41049, -4.3904, -9.036, -45.374 },
      { -3.12705, -2.5856, -3.925, -22.380 } },
    { { -4.32762, -15.4387, -35.679, 0 },
      { -3.78057, -9.5106, -12.074, 0 },
      { -3.49631, -7.0815, -7.538, 21.892 } },
    { { -4.66305, -18.7688, -49.793, 104.244 },
      { -4.11890, -11.8922, -19.031, 77.332 },
      { -3.83511, -9.0723, -8.504, 35.403 } },
    { { -4.96940, -22.4694, -52.599, 51.314 },
      { -4.42871, -14.5876, -18.228, 39.647 },
      { -4.14633, -11.2500, -9.873, 54.109 } },
    { { -5.25276, -26.2183, -59.631, 50.646 },
      { -4.71537, -17.3569, -22.660, 91.359 },
      { -4.43422, -13.6078, -10.238, 76.781 } },
    { { -5.51727, -29.9760, -75.222, 202.253 },
      { -4.98228, -20.3050, -25.224, 132.03 },
      { -4.70233, -16.1253, -9.836, 94.272 } },
};

static void critical_values(enum unit_trend trend, u32 series, double t, double out[3])
{
    ASSERT(series >= 1 && series <= UNIT_SERIES_MAX);
    const double(*rows)[4] = trend == UNIT_NONE       ? none
                             : trend == UNIT_CONSTANT ? constant[series - 1]
                                                      : linear[series - 1];
    for (u32 i = 0; i < 3; i++)
        out[i] = rows[i][0] + rows[i][1] / t + rows[i][2] / (t * t) + rows[i][3] / (t * t * t);
}

/* The t of the level in the regression of the changes; *used is its observations. */
static enum quant_result level_t(const double *y, u32 n, u32 lags, enum unit_trend trend,
                                 double *stat, u32 *used)
{
    u32 k = 1 + lags + (u32)trend;
    if (lags > n || n < lags + 1 + k + 2) return QUANT_SHORT;
    u32 rows = n - 1 - lags;
    double *x = malloc(((size_t)rows * (k + 1) + 2 * (size_t)k) * sizeof *x);
    if (!x) return QUANT_MEMORY;
    double *change = x + (size_t)rows * k, *beta = change + rows, *se = beta + k;
    for (u32 i = 0; i < rows; i++) {
        double *row = x + (size_t)i * k;
        u32 t = i + lags + 1;
        change[i] = y[t] - y[t - 1];
        row[0] = y[t - 1];
        for (u32 l = 1; l <= lags; l++) row[l] = y[t - l] - y[t - l - 1];
        if (trend >= UNIT_CONSTANT) row[1 + lags] = 1;
        if (trend >= UNIT_LINEAR) row[2 + lags] = i + 1.0;
    }
    struct ols fit;
    enum quant_result r = quant_ols(x, change, rows, k, false, beta, se, &fit);
    if (r == QUANT_OK) *stat = beta[0] / se[0], *used = rows;
    if (r == QUANT_OK && !isfinite(*stat)) r = QUANT_DOMAIN;
    free(x);
    return r;
}

enum quant_result quant_adf(const double *y, u32 n, u32 lags, enum unit_trend trend,
                            struct unit_root *out)
{
    ASSERT(out);
    ASSERT(trend <= UNIT_LINEAR);
    enum quant_result r = level_t(y, n, lags, trend, &out->stat, &out->used);
    if (r == QUANT_OK) critical_values(trend, 1, out->used, out->critical);
    return r;
}

enum quant_result quant_engle_granger(const double *y, const double *x, u32 n, u32 k, u32 lags,
                                      enum unit_trend trend, double *beta, double *residual,
                                      struct unit_root *out)
{
    u32 first = (u32)trend, all = k + first;
    ASSERT(out && residual);
    if (k == 0 || k >= UNIT_SERIES_MAX || trend == UNIT_NONE) return QUANT_DOMAIN;
    if (n <= all) return QUANT_SHORT;
    double *m = calloc((size_t)n * all, sizeof *m);
    if (!m) return QUANT_MEMORY;
    double se[UNIT_SERIES_MAX + 2];
    struct ols fit;
    for (u32 i = 0; i < n; i++) {
        double *row = m + (size_t)i * all;
        row[0] = 1;
        if (trend == UNIT_LINEAR) row[1] = i + 1.0;
        for (u32 j = 0; j < k; j++) row[first + j] = x[(size_t)i * k + j];
    }
    enum quant_result r = quant_ols(m, y, n, all, true, beta, se, &fit);
    for (u32 i = 0; r == QUANT_OK && i < n; i++) {
        residual[i] = y[i];
        for (u32 j = 0; j < all; j++) residual[i] -= beta[j] * m[(size_t)i * all + j];
    }
    if (r == QUANT_OK) r = level_t(residual, n, lags, UNIT_NONE, &out->stat, &out->used);
    if (r == QUANT_OK) critical_values(trend, k + 1, n - 1.0, out->critical);
    free(m);
    return r;
}
