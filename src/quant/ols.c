#include "quant/ols.h"

#include <math.h>
#include <stdlib.h>

#define RANK_TOLERANCE 1e-10

/* The factorisation in place: a is k columns of n, qty becomes Q'y, R stands in the upper part. */
struct qr { double *a, *qty, *length, *begin; u32 *order; u32 n, k, rank; };

static double *column(const struct qr *q, u32 j) { return q->a + (size_t)j * q->n; }

static void qr_close(struct qr *q)
{
    free(q->a);
    free(q->order);
    *q = (struct qr){ 0 };
}

/* Columns of x into memory of their own, one behind the other. False: no memory. */
static bool qr_open(struct qr *q, const double *x, const double *y, u32 n, u32 k)
{
    size_t cells = (size_t)n * k;
    *q = (struct qr){ .n = n, .k = k };
    q->a = malloc((cells + n + 2 * (size_t)k) * sizeof *q->a);
    q->order = malloc((size_t)k * sizeof *q->order);
    if (!q->a || !q->order) {
        qr_close(q);
        return false;
    }
    q->qty = q->a + cells, q->length = q->qty + n, q->begin = q->length + k;
    for (u32 j = 0; j < k; j++) {
        double sum = 0;
        for (u32 i = 0; i < n; i++) {
            double v = x[(size_t)i * k + j];
            column(q, j)[i] = v, sum += v * v;
        }
        q->order[j] = j, q->begin[j] = sqrt(sum), q->length[j] = q->begin[j];
    }
    memcpy(q->qty, y, n * sizeof *y);
    return true;
}

static double tail_length(const struct qr *q, u32 j, u32 from)
{
    double sum = 0;
    for (u32 i = from; i < q->n; i++) sum += column(q, j)[i] * column(q, j)[i];
    return sqrt(sum);
}

/* The longest of what is left, measured against how long each column was, to the front. */
static bool pivot(struct qr *q, u32 at)
{
    u32 best = at;
    double most = -1;
    for (u32 j = at; j < q->k; j++) {
        double left = q->begin[j] > 0 ? q->length[j] / q->begin[j] : 0;
        if (left > most) most = left, best = j;
    }
    if (most <= RANK_TOLERANCE) return false;
    for (u32 i = 0; best != at && i < q->n; i++) {
        double v = column(q, at)[i];
        column(q, at)[i] = column(q, best)[i], column(q, best)[i] = v;
    }
    double v = q->begin[at];
    q->begin[at] = q->begin[best], q->begin[best] = v;
    q->length[best] = q->length[at];
    u32 o = q->order[at];
    q->order[at] = q->order[best], q->order[best] = o;
    return true;
}

/* z -= 2 (v'z) / (v'v) v over rows from `at` on. */
static void reflect(const double *v, double vv, double *z, u32 at, u32 n)
{
    double dot = 0;
    for (u32 i = at; i < n; i++) dot += v[i] * z[i];
    for (u32 i = at; i < n; i++) z[i] -= 2 * dot / vv * v[i];
}

static bool qr_factor(struct qr *q, double *v)
{
    ASSERT(q->n > 0);
    for (u32 at = 0; at < q->k && at < q->n; at++) {
        if (!pivot(q, at)) break;
        double *c = column(q, at), length = tail_length(q, at, at), vv = 0;
        double alpha = c[at] > 0 ? -length : length;
        for (u32 i = at; i < q->n; i++) v[i] = c[i];
        v[at] -= alpha;
        for (u32 i = at; i < q->n; i++) vv += v[i] * v[i];
        if (!(vv > 0)) break;
        for (u32 j = at; j < q->k; j++) reflect(v, vv, column(q, j), at, q->n);
        reflect(v, vv, q->qty, at, q->n);
        q->rank = at + 1;
        for (u32 j = at + 1; j < q->k; j++) q->length[j] = tail_length(q, j, at + 1);
    }
    return q->rank == q->k;
}

static bool all_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

/* R z = b, from below. */
static void solve_upper(const struct qr *q, const double *b, double *z)
{
    for (u32 r = q->k; r-- > 0;) {
        double v = b[r];
        for (u32 j = r + 1; j < q->k; j++) v -= column(q, j)[r] * z[j];
        z[r] = v / column(q, r)[r];
    }
}

/* (X'X)^-1 = R^-1 R^-T in the caller's order of columns; e and z are room for k each. */
static void inverse_of(const struct qr *q, double *e, double *z, double *inverse)
{
    u32 k = q->k;
    for (u32 i = 0; i < k * k; i++) inverse[i] = 0;
    for (u32 c = 0; c < k; c++) {
        for (u32 j = 0; j < k; j++) e[j] = j == c;
        solve_upper(q, e, z);
        for (u32 i = 0; i < k; i++)
            for (u32 j = 0; j < k; j++) inverse[q->order[i] * k + q->order[j]] += z[i] * z[j];
    }
}

static void fit_quality(const struct qr *q, const double *y, bool has_intercept, struct ols *out)
{
    double mean = 0;
    for (u32 i = 0; has_intercept && i < q->n; i++) mean += y[i] / q->n;
    *out = (struct ols){ .n = q->n, .k = q->k, .rank = q->rank };
    for (u32 i = 0; i < q->n; i++) out->ss_total += (y[i] - mean) * (y[i] - mean);
    for (u32 i = q->rank; i < q->n; i++) out->ss_residual += q->qty[i] * q->qty[i];
    out->s2 = out->ss_residual / (q->n - q->k);
    out->r2 = out->ss_total > 0 ? 1 - out->ss_residual / out->ss_total : 1;
}

enum quant_result quant_ols_inverse(const double *x, const double *y, u32 n, u32 k,
                                    bool has_intercept, double *beta, double *inverse,
                                    struct ols *out)
{
    struct qr q;
    ASSERT(k > 0);
    ASSERT(beta && inverse && out);
    if (n <= k) return QUANT_SHORT;
    if (!all_finite(x, (size_t)n * k) || !all_finite(y, n)) return QUANT_DOMAIN;
    double *work = malloc(((size_t)n + 3 * (size_t)k) * sizeof *work);
    if (!work || !qr_open(&q, x, y, n, k)) {
        free(work);
        return QUANT_MEMORY;
    }
    double *e = work + n, *z = e + k, *b = z + k;
    enum quant_result r = qr_factor(&q, work) ? QUANT_OK : QUANT_RANK;
    if (r == QUANT_OK) {
        fit_quality(&q, y, has_intercept, out);
        solve_upper(&q, q.qty, b);
        inverse_of(&q, e, z, inverse);
        for (u32 j = 0; j < k; j++) beta[q.order[j]] = b[j];
        if (!all_finite(beta, k) || !all_finite(inverse, (size_t)k * k)) r = QUANT_DOMAIN;
    }
    qr_close(&q);
    free(work);
    return r;
}

enum quant_result quant_ols(const double *x, const double *y, u32 n, u32 k, bool has_intercept,
                            double *beta, double *se, struct ols *out)
{
    double *inverse = malloc((size_t)k * k * sizeof *inverse);
    if (!inverse) return QUANT_MEMORY;
    enum quant_result r = quant_ols_inverse(x, y, n, k, has_intercept, beta, inverse, out);
    for (u32 j = 0; r == QUANT_OK && j < k; j++) se[j] = sqrt(out->s2 * inverse[j * k + j]);
    free(inverse);
    return r;
}

enum quant_result quant_explained(const double *x, const double *y, u32 n, u32 k, double *explained,
                                  u32 *rank)
{
    struct qr q;
    ASSERT(k > 0);
    ASSERT(explained && rank);
    if (!n) return QUANT_SHORT;
    if (!all_finite(x, (size_t)n * k) || !all_finite(y, n)) return QUANT_DOMAIN;
    double *work = malloc((size_t)n * sizeof *work);
    if (!work || !qr_open(&q, x, y, n, k)) {
        free(work);
        return QUANT_MEMORY;
    }
    (void)qr_factor(&q, work); /* short of rank is fine: the columns found span the same */
    *explained = 0, *rank = q.rank;
    for (u32 i = 0; i < q.rank; i++) *explained += q.qty[i] * q.qty[i];
    qr_close(&q);
    free(work);
    return QUANT_OK;
}
