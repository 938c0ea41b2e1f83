#include "cmd/report.h"
#include "quant/shares.h"

#include <math.h>
#include <stdlib.h>

const char *const report_factors[REPORT_FACTORS] = { "channel", "region", "form" };

/* ---- the records of the print ---- */

struct inputs {
    struct report *r;
    double *ln;
    u32 *level, n, cap;
    u32 regions[SHARES_LEVELS_MAX], regions_n;
    i64 age_ns, end;
};

static void add_owner(struct report *r, const struct input_seen *s)
{
    u32 i = 0;
    while (i < r->owners_n && memcmp(&r->owners[i].owner, &s->owner, sizeof s->owner) != 0) i++;
    if (i == REPORT_OWNERS) return;
    if (i == r->owners_n) r->owners[r->owners_n++] = (struct owner_share){ .owner = s->owner };
    r->owners[i].size += s->size, r->owners[i].records++;
}

static u32 region_level(struct inputs *x, u32 region)
{
    u32 i = 0;
    while (i < x->regions_n && x->regions[i] != region) i++;
    if (i == x->regions_n && i < SHARES_LEVELS_MAX) x->regions[x->regions_n++] = region;
    return i < SHARES_LEVELS_MAX ? i : SHARES_LEVELS_MAX - 1;
}

static void add_input(void *to, const struct input_seen *s)
{
    struct inputs *x = to;
    x->r->all_size += s->size, x->r->records++;
    x->age_ns += (x->end - s->o->t_event) / 1000000; /* in ms: ten million records fit */
    add_owner(x->r, s);
    if (x->n == x->cap) return;
    x->ln[x->n] = log((double)s->price);
    u32 *level = x->level + (size_t)x->n * REPORT_FACTORS;
    level[0] = s->o->channel, level[1] = region_level(x, s->o->region), level[2] = s->o->form;
    x->n++;
}

static u32 ppm_of(double share) { return (u32)lround(fmin(fmax(share, 0.0), 1.0) * 1e6); }

static void shares_of(struct report *r, const struct inputs *x)
{
    double share[REPORT_FACTORS], residual;
    if (quant_variance_shares(x->ln, x->level, x->n, REPORT_FACTORS, share, &residual) != QUANT_OK)
        return;
    r->has_shares = true;
    for (u32 i = 0; i < REPORT_FACTORS; i++) r->share_ppm[i] = ppm_of(share[i]);
    r->residual_ppm = ppm_of(residual);
    r->split = r->share_ppm[0] > r->residual_ppm;
}

static int by_size(const void *a, const void *b)
{
    const struct owner_share *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return strcmp(x->owner.z, y->owner.z);
}

enum { SHARE_RECORDS = 20000 }; /* the regression is dense: more records add nothing to it */

static Err read_inputs(struct report *r, struct benchmark *b, struct why *w)
{
    const struct print *p = &r->stress.print;
    struct inputs *x = calloc(1, sizeof *x);
    if (!x) return why_set(w, ERR_IO, "no memory");
    x->r = r, x->cap = SHARE_RECORDS;
    x->ln = malloc(x->cap * sizeof *x->ln);
    x->level = malloc(x->cap * REPORT_FACTORS * sizeof *x->level);
    x->end = index_publish_time(&b->m, p->value_date).ns - INDEX_PUBLISH_DELAY_NS;
    Err err = x->ln && x->level ? ERR_OK : why_set(w, ERR_IO, "no memory");
    if (!err) {
        index_inputs(b->series.index, p, add_input, x);
        qsort(r->owners, r->owners_n, sizeof *r->owners, by_size);
        for (u32 i = 0; i < r->owners_n && r->all_size; i++)
            r->owners[i].ppm =
                (u32)div_round((i128)r->owners[i].size * PPM, r->all_size, ROUND_HALF_EVEN);
        if (r->records) r->stale_hours_milli = x->age_ns / r->records / 3600;
        shares_of(r, x);
    }
    free(x->ln), free(x->level), free(x);
    return err;
}

/* ---- the whole ---- */

static void count_days(struct report *r)
{
    for (u32 i = 0; i < r->rows.n; i++)
        if (r->rows.at[i].vintage == 1) r->days_at[r->rows.at[i].level]++;
}

Err report_gather(struct report *r, const char *methodology, const char *owners,
                  const char *const *inputs, u32 inputs_n, struct benchmark *b, struct why *w)
{
    struct benchmark past = { 0 };
    Err err = benchmark_open(b, methodology, owners, inputs, inputs_n, w);
    if (!err) err = benchmark_date(b, &r->stress.date, w);
    r->methodology = methodology;
    while (r->inputs_n < inputs_n && r->inputs_n < ARRAY_LEN(r->inputs)) {
        r->inputs[r->inputs_n] = inputs[r->inputs_n];
        r->inputs_n++;
    }
    if (!err && r->strata_path) {
        err = config_strata(r->strata_path, &r->strata, w);
        r->has_strata = !err;
    } else if (!err) {
        r->has_strata = strata_of_methodology(&b->m, &r->strata);
    }
    if (!err) err = benchmark_open(&past, methodology, owners, inputs, inputs_n, w);
    struct run_ask ask = { .to = r->stress.date, .to_given = true };
    if (!err && b->log.log.n && r->stress.date.days < b->log.log.at[0].t_journal / NS_PER_DAY)
        ask.from = r->stress.date; /* before the first record: that date alone */
    if (!err) err = benchmark_run(&past, &ask, &r->rows, w);
    benchmark_close(&past);
    if (!err) err = stress_run(b, &r->stress, w);
    bool unmeasured = err == ERR_NO; /* carried, or none: the report still says so */
    if (unmeasured) err = ERR_OK;
    if (!err) err = read_inputs(r, b, w);
    if (!err && r->has_strata)
        index_represent(b->series.index, &r->stress.print, &r->strata, &r->represented);
    if (err) return err;
    const struct print *p = &r->stress.print;
    count_days(r);
    r->executed_ppm = p->executed_ppm;
    if (p->p50)
        r->spread_ppm = (u32)div_round((i128)(p->p75 - p->p25) * PPM, p->p50, ROUND_HALF_EVEN);
    return ERR_OK;
}

void report_free(struct report *r) { free(r->rows.at); }
