#include "cmd/pack.h"

#include "config/contracts.h"

#include <stdlib.h>

/* Work of one pass over the records, by name id. */
struct tally {
    struct pack_owner *owner; /* at[name id] */
    i64 *renter;              /* sizes by renter */
    u8 *provider;             /* bit 0: matches; bit t: seen in that term */
    u32 *row;                 /* first registry row of the provider, + 1 */
    i64 *price[TERM_COUNT];   /* comparable prices */
    i64 *gpus, *hours;
    u32 gpus_n, names;
    u16 *terms; /* of a provider, one bit a term */
};

static bool region_fits(const struct methodology *m, Str region)
{
    for (i64 i = 0; i < m->regions_n; i++) {
        Str r = str_of(m->regions[i]);
        if (str_is(r, "any") || str_eq(r, region)) return true;
        if (region.n > r.n && region.at[r.n] == '/' && memcmp(region.at, r.at, r.n) == 0)
            return true;
    }
    return false;
}

static bool matches(const struct pack *k, const struct observation *o)
{
    const struct methodology *m = &k->b.m;
    bool form = m->form >> FORM_RULE_ANY & 1 || (m->form >> o->form & 1);
    return o->gpu_class == m->gpu_class && o->term == m->term && form &&
           (m->kinds >> o->kind & 1) && (m->channels >> o->channel & 1) &&
           region_fits(m, names_text(&k->b.log.log.names, o->region));
}

/* Micros of USD per GPU-hour; 0: not comparable without rules of its own. */
static i64 hourly(const struct observation *o)
{
    if (memcmp(o->ccy, "USD", 3) != 0 || o->price <= 0) return 0;
    if (o->raw_unit == RAW_UNIT_GPU_HOUR) return o->price;
    if (o->raw_unit != RAW_UNIT_INSTANCE_HOUR || !o->gpus) return 0;
    return (i64)div_round(o->price, o->gpus, ROUND_HALF_EVEN);
}

/* The beneficial owner of the day, as a name id; the provider itself where no row says. */
static u32 owner_of(struct pack *k, struct tally *t, const struct observation *o)
{
    const struct registry *r = k->b.registry;
    u32 id, first = t->row[o->provider];
    Date d = date_at((Instant){ o->t_event });
    for (u32 i = first ? first - 1 : (u32)r->rows_n; i < (u32)r->rows_n; i++) {
        const struct owner *row = &r->rows[i];
        if (!str_eq(str_of(row->provider), names_text(&k->b.log.log.names, o->provider))) continue;
        if (row->from > d.days || (row->to && row->to < d.days)) continue;
        if (names_add(&k->b.log.log.names, str_of(row->owner), &id) && id < t->names) return id;
    }
    return o->owner ? o->owner : o->provider;
}

static void rows_of_providers(struct pack *k, struct tally *t)
{
    for (u32 i = (u32)k->b.registry->rows_n; i-- > 0;) {
        u32 id;
        if (names_add(&k->b.log.log.names, str_of(k->b.registry->rows[i].provider), &id) &&
            id < t->names)
            t->row[id] = i + 1;
    }
}

static struct pack_month *month_of(struct pack *k, Date d)
{
    struct ymd y = ymd_of(d), f = ymd_of(k->months[0].first);
    i32 i = (y.year - f.year) * 12 + y.month - f.month;
    return i < 0 || i >= (i32)k->months_n ? NULL : &k->months[i];
}

static void take_matching(struct pack *k, struct tally *t, const struct observation *o)
{
    Date d = date_at((Instant){ o->t_event });
    struct pack_month *m = month_of(k, d);
    i64 price = hourly(o);
    u32 owner = owner_of(k, t, o);
    i64 paid = (i64)div_round((i128)price * o->size, 1000, ROUND_HALF_EVEN);
    k->records++, k->trades += o->kind == OBS_KIND_TRADE, k->size += o->size, k->paid += paid;
    if (!k->first.days || d.days < k->first.days) k->first = d;
    if (d.days > k->last.days) k->last = d;
    if (m) m->records++, m->size += o->size, m->paid += paid;
    t->owner[owner].owner = owner, t->owner[owner].records++, t->owner[owner].size += o->size;
    if (!(t->provider[o->provider] & 1)) k->providers++;
    t->provider[o->provider] |= 1;
    if (o->counter_owner) t->renter[o->counter_owner] += o->size + 1;
    if (o->kind != OBS_KIND_TRADE || !o->gpus) return;
    t->gpus[t->gpus_n] = o->gpus;
    t->hours[t->gpus_n++] = (i64)div_round((i128)o->duration_s * 1000, 3600, ROUND_HALF_EVEN);
}

static void take_term(struct pack *k, struct tally *t, const struct observation *o)
{
    struct pack_term *p = &k->terms[o->term];
    i64 price = hourly(o);
    p->term = o->term, p->records++;
    if (!(t->terms[o->provider] >> o->term & 1)) p->providers++;
    t->terms[o->provider] |= (u16)BIT(o->term);
    if (price) t->price[o->term][p->priced++] = price;
}

static int by_value(const void *a, const void *b)
{
    i64 x, y;
    memcpy(&x, a, sizeof x), memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}
static int by_size(const void *a, const void *b)
{
    const struct pack_owner *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    if (x->records != y->records) return x->records < y->records ? 1 : -1;
    return (x->owner > y->owner) - (x->owner < y->owner);
}

/* The lower quantile. */
static i64 at_share(const i64 *sorted, u32 n, u32 percent)
{
    u64 i = n ? ((u64)n * percent + 99) / 100 : 0;
    return n ? sorted[i ? i - 1 : 0] : 0;
}
static struct pack_quantiles quantiles(i64 *v, u32 n)
{
    qsort(v, n, sizeof *v, by_value);
    return (struct pack_quantiles){ at_share(v, n, 10), at_share(v, n, 50), at_share(v, n, 90) };
}

static void weigh_terms(struct pack *k, struct tally *t)
{
    for (u32 i = 1; i < TERM_COUNT; i++) {
        struct pack_term *p = &k->terms[i];
        if (!p->priced) continue;
        qsort(t->price[i], p->priced, sizeof **t->price, by_value);
        p->low = t->price[i][0], p->high = t->price[i][p->priced - 1];
        p->median = at_share(t->price[i], p->priced, 50);
    }
}

static void weigh_owners(struct pack *k, struct tally *t)
{
    i128 hhi = 0;
    i64 all = k->sized ? k->size : k->records;
    for (u32 i = 0; i < t->names; i++)
        if (t->owner[i].records) k->owners[k->owners_n++] = t->owner[i];
    if (!k->sized)
        for (u32 i = 0; i < k->owners_n; i++) k->owners[i].size = k->owners[i].records;
    qsort(k->owners, k->owners_n, sizeof *k->owners, by_size);
    for (u32 i = 0; i < k->owners_n && all; i++) {
        k->owners[i].ppm = (u32)div_round((i128)k->owners[i].size * PPM, all, ROUND_HALF_EVEN);
        hhi += (i128)k->owners[i].ppm * k->owners[i].ppm;
    }
    k->hhi = (u32)div_round(hhi, 100 * PPM, ROUND_HALF_EVEN);
    i64 most = 0, sum = 0;
    for (u32 i = 0; i < t->names; i++) {
        k->renters += t->renter[i] > 0;
        sum += t->renter[i], most = i64_max(most, t->renter[i]);
    }
    k->renter_top_ppm = sum ? (u32)div_round((i128)most * PPM, sum, ROUND_HALF_EVEN) : 0;
}

static bool tally_take(struct tally *t, u32 names, u32 records)
{
    t->names = names;
    t->owner = calloc(names, sizeof *t->owner), t->renter = calloc(names, sizeof *t->renter);
    t->provider = calloc(names, 1), t->row = calloc(names, sizeof *t->row);
    t->terms = calloc(names, sizeof *t->terms);
    t->gpus = calloc(records + 1, sizeof *t->gpus),
    t->hours = calloc(records + 1, sizeof *t->hours);
    bool fine = t->owner && t->renter && t->provider && t->row && t->terms && t->gpus && t->hours;
    for (u32 i = 0; i < TERM_COUNT; i++) {
        t->price[i] = calloc(records + 1, sizeof **t->price);
        fine = fine && t->price[i];
    }
    return fine;
}
static void tally_give(struct tally *t)
{
    free(t->owner), free(t->renter), free(t->provider), free(t->row), free(t->terms);
    free(t->gpus), free(t->hours);
    for (u32 i = 0; i < TERM_COUNT; i++) free(t->price[i]);
}

static Err months_take(struct pack *k, Date from, Date to, struct why *w)
{
    struct ymd y = ymd_of(from);
    Date d = date_of(y.year, y.month, 1);
    k->months = calloc(PACK_MONTHS_MAX, sizeof *k->months);
    if (!k->months) return why_set(w, ERR_IO, "no memory");
    for (; d.days <= to.days && k->months_n < PACK_MONTHS_MAX; k->months_n++) {
        k->months[k->months_n].first = d;
        y = ymd_of(d);
        d.days += (i32)days_in_month(y.year, y.month);
    }
    for (u32 i = 0; i < k->rows.n; i++) {
        const struct print *p = &k->rows.at[i];
        struct pack_month *m = month_of(k, p->value_date);
        k->levels[p->level]++;
        k->hhi_max = p->hhi > k->hhi_max ? p->hhi : k->hhi_max;
        if (!m) continue;
        m->dates++, m->printed += p->status == BENCH_PRINT_PRINTED;
        m->carried += p->status == BENCH_PRINT_CARRIED;
    }
    return ERR_OK;
}

static Err weigh_records(struct pack *k, Date from, Date to, struct why *w)
{
    const struct obs_log *log = &k->b.log.log;
    struct tally t = { 0 };
    i32 last_day = 0;
    bool fine = tally_take(&t, log->names.cap + 1, log->n);
    k->owners = calloc(log->names.cap + 1, sizeof *k->owners);
    if (!fine || !k->owners) {
        tally_give(&t);
        return why_set(w, ERR_IO, "no memory");
    }
    rows_of_providers(k, &t);
    for (u32 i = 0; i < log->n; i++) {
        const struct observation *o = &log->at[i];
        Date d = date_at((Instant){ o->t_event });
        if (d.days < from.days || d.days > to.days || o->gpu_class != k->b.m.gpu_class) continue;
        take_term(k, &t, o);
        if (!matches(k, o)) continue;
        k->days += d.days > last_day,
            last_day = i64_max(last_day, d.days) == d.days ? d.days : last_day;
        take_matching(k, &t, o);
    }
    k->sized = k->size > 0 && k->b.m.weights == WEIGHTS_SIZE;
    weigh_owners(k, &t);
    weigh_terms(k, &t);
    k->gpus = quantiles(t.gpus, t.gpus_n), k->hours_milli = quantiles(t.hours, t.gpus_n);
    tally_give(&t);
    return ERR_OK;
}

Str pack_owner_name(const struct pack *k, u32 owner)
{
    return names_text(&k->b.log.log.names, owner);
}

/* ---- what is not known ---- */

__attribute__((format(printf, 2, 3))) static void unknown(struct pack *k, const char *format, ...)
{
    va_list args;
    ASSERT(k->unknown_n < PACK_UNKNOWN_MAX);
    va_start(args, format);
    vsnprintf(k->unknown[k->unknown_n++], sizeof k->unknown[0], format, args);
    va_end(args);
}

static void say_unknown(struct pack *k)
{
    u32 doubt = 0, span = (u32)(k->last.days - k->first.days) + (k->records > 0);
    for (i64 i = 0; i < k->b.registry->rows_n; i++)
        doubt += strstr(k->b.registry->rows[i].evidence, "(bg)") != NULL;
    unknown(k,
            "The size of the whole cash market: the figures are of the recorded sources only, and "
            "no record says what they leave out.");
    if (span < PACK_YEARS_ASKED * 365)
        unknown(k,
                "Three years of prices: the records span %u days, of which %u have a record that "
                "matches.",
                span, k->days);
    if (!k->trades)
        unknown(k,
                "What was paid: no executed rental is among the records, so there is no volume, no "
                "turnover and no executed share.");
    if (!k->renters)
        unknown(k, "Renters: no record names one, so concentration on the buying side is "
                   "not known.");
    if (doubt)
        unknown(
            k,
            "Beneficial owners: %u of %lld registry rows rest on common knowledge (bg) and were "
            "not verified.",
            doubt, (long long)k->b.registry->rows_n);
    if (!k->has_stress) unknown(k, "What it costs to move a print: %s.", k->no_stress);
    if (k->b.m.label == BENCH_LABEL_SYNTHETIC)
        unknown(k,
                "Everything: the records are made up; this page shows the form of a filing, not a "
                "market.");
    unknown(k,
            "Positions: open interest and related contracts elsewhere are not in the records; the "
            "limit below bounds a position on this index alone.");
}

static Err put_stress(struct pack *k, struct why *w)
{
    struct why none;
    Date on = { 0 };
    for (u32 i = 0; i < k->rows.n; i++) {
        const struct print *p = &k->rows.at[i];
        if (p->status == BENCH_PRINT_PRINTED && p->level == LEVEL_L1) on = p->value_date;
    }
    k->stress = stress_default(), k->stress.date = on;
    snprintf(k->no_stress, sizeof k->no_stress, "no date was printed at L1");
    if (!on.days) return ERR_OK;
    Err err = stress_run(&k->b, &k->stress, &none);
    if (err && err != ERR_NO) return why_set(w, err, "%s", none.text);
    k->has_stress = !err;
    if (err) snprintf(k->no_stress, sizeof k->no_stress, "%.200s", none.text);
    return ERR_OK;
}

/* The series again for the measures: they stand on the print last made. */
static Err reopen(struct pack *k, const struct pack_ask *ask, struct why *w)
{
    benchmark_close(&k->b);
    return benchmark_open(&k->b, ask->method, ask->owners, ask->inputs, ask->inputs_n, w);
}

Err pack_run(struct pack *k, const struct pack_ask *ask, struct why *w)
{
    struct run_ask run = { .from = ask->from, .to = ask->to, .to_given = ask->to.days != 0,
                           .vintages = RUN_FIRST };
    *k = (struct pack){ 0 };
    Err err = benchmark_open(&k->b, ask->method, ask->owners, ask->inputs, ask->inputs_n, w);
    if (!err && ask->contract) err = config_spec(ask->contract, NULL, false, &k->spec, w);
    k->has_spec = !err && ask->contract != NULL;
    if (!err) err = benchmark_run(&k->b, &run, &k->rows, w);
    if (err) return err;
    Date from = k->rows.at[0].value_date, to = k->rows.at[k->rows.n - 1].value_date;
    err = reopen(k, ask, w);
    if (!err) err = months_take(k, from, to, w);
    if (!err) err = put_stress(k, w);
    if (!err) err = weigh_records(k, from, to, w);
    if (!err) say_unknown(k);
    return err;
}

void pack_close(struct pack *k)
{
    benchmark_close(&k->b);
    free(k->rows.at);
    free(k->owners);
    free(k->months);
    *k = (struct pack){ 0 };
}
