#include "cmd/stress.h"
#include "sys/memory.h"

const char *dec_text(char *buf, u32 cap, i64 v, u32 scale, u32 digits)
{
    struct text t = text_on(buf, cap);
    text_put_dec(&t, v, scale, digits < scale ? digits : scale);
    return buf;
}

struct stress stress_default(void)
{
    return (struct stress){ .ask = measure_ask_default(), .wash = { 300000, 2000000, 10 },
                            .lot_hours = 730, .kappa_milli = 3000, .days = 21 };
}

static Date benchmark_last_date(const struct benchmark *b)
{
    const struct obs_log *log = &b->log.log;
    Date d = { (i32)b->m.effective_from };
    if (log->n) d.days = (i32)i64_max(d.days, log->at[log->n - 1].t_journal / NS_PER_DAY);
    return d;
}

Err benchmark_date(const struct benchmark *b, Date *d, struct why *w)
{
    if (!d->days) *d = benchmark_last_date(b);
    if (d->days >= b->m.effective_from) return ERR_OK;
    return why_set(w, ERR_INPUT, "--date: before the methodology is in force");
}

static Err measure(struct benchmark *b, const struct print *p, const struct measure_ask *ask,
                   struct measured *out, struct why *w)
{
    u8 *memory = NULL;
    u64 n = index_measure_bytes(b->series.index, p);
    *out = (struct measured){ 0 };
    if (!n) return ERR_OK;
    Err err = memory_take(&memory, n, w);
    if (err) return err;
    index_measure(b->series.index, p, ask, memory, n, out);
    memory_give(memory, n);
    return ERR_OK;
}

static Err wash_in(struct benchmark *b, struct stress *s, u32 i, struct why *w)
{
    u8 *memory = NULL;
    struct wash_ask ask = s->wash;
    u64 n = index_measure_bytes(b->series.index, &s->print);
    if (i != STRESS_WASH_SPLIT) ask.names = 1; /* a map makes one owner of ten names */
    Err err = memory_take(&memory, n, w);
    if (err) return err;
    index_wash(b->series.index, &s->print, &s->ask, &ask, memory, n, &s->washed[i]);
    memory_give(memory, n);
    return ERR_OK;
}

static i64 limit_of(const struct stress *s, bool in_money, const struct measured_method *m,
                    bool *bound)
{
    i64 cost = 0;
    *bound = false;
    if (!m->has) return -1;
    if (!in_money) return 0;
    if (!measured_cost(m, &cost, bound)) return -1;
    return position_limit_milli(cost, s->kappa_milli, s->lot_hours, m->value, s->ask.delta_ppm,
                                s->days);
}

static Err trailing(struct benchmark *b, struct stress *s, struct why *w)
{
    struct measure_ask ask = s->ask;
    struct print p;
    struct measured m;
    Err err = ERR_OK;
    i32 from = s->date.days - (i32)STRESS_TRAILING + 1;
    ask.cost_only = true, s->effective_milli = -1;
    if (from < b->m.effective_from) from = (i32)b->m.effective_from;
    if (from > b->m.effective_from)
        err = series_print_date(&b->series, (Date){ from - 1 }, NULL, &p, w);
    for (i32 d = from; !err && d <= s->date.days; d++) {
        u32 i = STRESS_TRAILING - 1 - (u32)(s->date.days - d);
        s->cost[i] = -1;
        err = series_print_date(&b->series, (Date){ d }, NULL, &p, w);
        if (!err) err = measure(b, &p, &ask, &m, w);
        if (err || !m.has) continue;
        const struct measured_method *own = &m.method[MEASURE_OWN];
        bool bound;
        i64 limit = limit_of(s, m.in_money, own, &bound);
        s->trailing_n++, s->value[i] = own->value;
        if (m.in_money) (void)!measured_cost(own, &s->cost[i], &bound);
        if (limit >= 0 && (s->effective_milli < 0 || limit < s->effective_milli))
            s->effective_milli = limit, s->effective_bound = bound;
    }
    s->print = p;
    return err;
}

Err stress_run(struct benchmark *b, struct stress *s, struct why *w)
{
    for (u32 i = 0; i < STRESS_TRAILING; i++) s->cost[i] = -1;
    Err err = benchmark_date(b, &s->date, w);
    if (!err) err = trailing(b, s, w);
    if (!err) err = measure(b, &s->print, &s->ask, &s->measured, w);
    if (err) return err;
    if (!s->measured.has)
        return why_set(w, ERR_NO, "no print of that date rests on records of its own (%s)",
                       list_text(LEVEL, s->print.level));
    for (u32 k = 0; k < MEASURE_METHOD_COUNT; k++)
        s->limit_milli[k] =
            limit_of(s, s->measured.in_money, &s->measured.method[k], &s->limit_bound[k]);
    for (u32 i = 0; i < STRESS_WASHES && !err; i++) err = wash_in(b, s, i, w);
    i64 cost = 0;
    bool bound;
    const struct measured_method *own = &s->measured.method[MEASURE_OWN];
    if (!s->measured.in_money || measured_cost(own, &cost, &bound))
        s->lambda_ppm =
            lambda_ppm(s->position, cost, s->lot_hours, own->value, s->ask.delta_ppm, s->days);
    return err;
}
