#include "cmd/compare.h"

#include "cmd/cmd.h"
#include "config/benchmark.h"
#include <stdlib.h>

/* ---- numbers ---- */

i64 compare_gap_ppm(i64 a, i64 b)
{
    ASSERT(a > 0);
    ASSERT(b > 0);
    return (i64)div_round(((i128)a - b) * 2 * PPM, (i128)a + b, ROUND_HALF_EVEN);
}

static bool printed(const struct print *p) { return p->status == BENCH_PRINT_PRINTED; }

i64 compare_spread_ppm(const struct compare *c, const struct compare_market *k, u32 day)
{
    i64 low = INT64_MAX, high = 0;
    u32 n = 0;
    ASSERT(day < compare_days(c));
    for (u32 i = 0; i < k->methods; i++) {
        const struct print *p = &c->method[k->method[i]].at[day];
        if (!printed(p)) continue;
        low = i64_min(low, p->value), high = i64_max(high, p->value), n++;
    }
    ASSERT(n <= k->methods);
    return n < 2 ? -1 : compare_gap_ppm(high, low);
}

void compare_put_market(const struct compare_market *k, struct text *t)
{
    ASSERT(k->gpu_class);
    ASSERT(k->term);
    text_put(t, list_text(GPU_CLASS, k->gpu_class));
    text_put_char(t, ' ');
    text_put(t, list_text(TERM, k->term));
}

void compare_put_percent(struct text *t, i64 ppm)
{
    text_put_dec(t, ppm, 4, 2);
    text_put(t, " %");
}

void compare_put_usd(struct text *t, i64 micros, i64 decimals)
{
    ASSERT(micros >= 0);
    ASSERT(decimals <= 6);
    if (micros) text_put_dec_short(t, micros, 6, (u32)decimals);
    else text_put_char(t, '-');
}

void compare_put_levels(struct text *t, const struct compare_method *m)
{
    const char *comma = "";
    for (u32 l = 1; l < LEVEL_COUNT; l++) {
        if (!m->levels[l]) continue;
        text_put(t, comma);
        text_put(t, list_text(LEVEL, l));
        text_put_char(t, ' ');
        text_put_u64(t, m->levels[l]);
        comma = ", ";
    }
    comma = " (L1 failed by ";
    for (u32 s = 1; s < SHORT_COUNT; s++) {
        if (!m->short_of[s]) continue;
        text_put(t, comma);
        text_put(t, list_text(SHORT, s));
        text_put_char(t, ' ');
        text_put_u64(t, m->short_of[s]);
        comma = ", ";
    }
    if (comma[0] == ',' && m->days != m->levels[LEVEL_L1]) text_put_char(t, ')');
    if (!m->days) text_put(t, "not in effect");
}

void compare_put_worst(const struct compare *c, const struct compare_pair *q, struct text *t)
{
    ASSERT(q->days);
    ASSERT(q->a != q->b);
    text_put(t, c->method[q->a].name);
    text_put(t, " stood ");
    compare_put_percent(t, q->max_ppm < 0 ? -q->max_ppm : q->max_ppm);
    text_put(t, q->max_ppm < 0 ? " below " : " above ");
    text_put(t, c->method[q->b].name);
}

/* ---- loading ---- */

static Err load_methods(struct compare *c, const struct compare_ask *ask, struct why *w)
{
    Err err = ERR_OK;
    ASSERT(ask->methods_n >= 1);
    ASSERT(ask->methods_n <= COMPARE_METHODS_MAX);
    for (u32 i = 0; i < ask->methods_n && !err; i++) {
        struct compare_method *m = &c->method[i];
        m->path = ask->methods[i];
        c->methods = i + 1;
        err = config_methodology(m->path, &m->m, w);
        if (!err) err = benchmark_registry(m->path, ask->owners, &m->registry, w);
        for (u32 k = 0; k < i && !err; k++) {
            Hash a = methodology_hash(&c->method[k].m), b = methodology_hash(&m->m);
            if (memcmp(&a, &b, sizeof a) != 0) continue;
            err = why_set(w, ERR_INPUT, "%s: says the same as %s: a method has no gap to itself",
                          m->path, c->method[k].path);
        }
    }
    return err;
}

static Err find_markets(struct compare *c, struct why *w)
{
    for (u32 i = 0; i < c->methods; i++) {
        struct compare_method *m = &c->method[i];
        u32 k = 0;
        while (k < c->markets &&
               (c->market[k].gpu_class != m->m.gpu_class || c->market[k].term != m->m.term))
            k++;
        if (k == c->markets)
            c->market[c->markets++] = (struct compare_market){ .gpu_class = (u8)m->m.gpu_class,
                                                               .term = (u8)m->m.term };
        ASSERT(k < c->markets);
        m->market = k;
        if (c->market[k].methods == COMPARE_MARKET_MAX)
            return why_set(w, ERR_INPUT, "%s: more than %u methodologies of one class and term",
                           m->path, COMPARE_MARKET_MAX);
        c->market[k].method[c->market[k].methods++] = i;
    }
    ASSERT(c->markets <= c->methods);
    return ERR_OK;
}

/* The file's name without its folder and its .yaml. */
static void name_by_file(struct compare_method *m)
{
    const char *slash = strrchr(m->path, '/');
    snprintf(m->name, sizeof m->name, "%s", slash ? slash + 1 : m->path);
    char *dot = strrchr(m->name, '.');
    ASSERT(m->name[0]);
    if (dot && dot != m->name) *dot = 0;
    ASSERT(m->name[0]);
}

static void name_methods(struct compare *c)
{
    for (u32 i = 0; i < c->methods; i++) {
        struct compare_method *m = &c->method[i];
        u32 same = 0;
        for (u32 k = 0; k < c->methods; k++)
            same += c->method[k].market == m->market && c->method[k].m.estimator == m->m.estimator;
        ASSERT(same >= 1);
        if (same == 1)
            snprintf(m->name, sizeof m->name, "%s", list_text(ESTIMATOR, m->m.estimator));
        else name_by_file(m);
        ASSERT(m->name[0]);
    }
}

/* As index run: the dates with data, from the first methodology in effect. */
static Err find_dates(struct compare *c, const struct compare_ask *ask, struct why *w)
{
    const struct obs_log *log = &c->log.log;
    i64 start = INT64_MAX;
    for (u32 i = 0; i < c->methods; i++) start = i64_min(start, c->method[i].m.effective_from);
    if (!log->n) return why_set(w, ERR_INPUT, "the input has no record: nothing to compare");
    i64 first = log->at[0].t_journal / NS_PER_DAY,
        last = log->at[log->n - 1].t_journal / NS_PER_DAY;
    c->from.days = ask->from.days ? ask->from.days : (i32)i64_max(start, first);
    c->to.days = ask->to.days ? ask->to.days : (i32)i64_max(c->from.days, last);
    ASSERT(start < INT64_MAX);
    if (c->to.days < start)
        return why_set(w, ERR_INPUT, "--to: before any of the methodologies takes effect");
    if (c->to.days < c->from.days) return why_set(w, ERR_INPUT, "--to: before the first date");
    if (!ask->from.days && last < start)
        return why_set(w, ERR_INPUT, "the input ends before any of the methodologies takes effect");
    return ERR_OK;
}

/* ---- running ---- */

static Err run_method(struct compare *c, struct compare_method *m, struct progress *show, u64 *done,
                      struct why *w)
{
    struct series s = { 0 };
    struct print p;
    u32 days = compare_days(c);
    m->at = calloc(days, sizeof *m->at);
    if (!m->at) return why_set(w, ERR_IO, "no memory");
    Err err = series_open(&s, &m->m, m->registry->rows, (u32)m->registry->rows_n, &c->log.log, w);
    while (!err && index_next_date(s.index).days <= c->to.days) {
        err = series_print(&s, NULL, &p, w);
        if (!err && p.value_date.days >= c->from.days) {
            m->at[p.value_date.days - c->from.days] = p;
            progress_step(show, ++*done, (u64)days * c->methods);
        }
    }
    series_close(&s);
    return err ? why_wrap(w, err, "%s", m->path) : ERR_OK;
}

static Err run_methods(struct compare *c, struct why *w)
{
    struct progress show = progress_begin("prints");
    u64 done = 0;
    Err err = ERR_OK;
    ASSERT(c->methods > 0);
    for (u32 i = 0; i < c->methods && !err; i++)
        err = run_method(c, &c->method[i], &show, &done, w);
    progress_end(&show);
    ASSERT(err || c->method[c->methods - 1].at);
    return err;
}

/* ---- sums ---- */

static void sum_print(struct compare_method *m, const struct print *p)
{
    ASSERT(p->status);
    ASSERT(p->level < LEVEL_COUNT);
    m->days++, m->levels[p->level]++, m->short_of[p->why_l1]++;
    m->looked_at += p->looked_at;
    u64 out = 0;
    for (u32 r = 1; r < REASON_COUNT; r++) m->dropped[r] += p->dropped[r], out += p->dropped[r];
    ASSERT(out <= p->looked_at);
    m->eligible += p->looked_at - out;
    if (!printed(p)) return;
    if (!m->low || p->value < m->low) m->low = p->value;
    m->high = i64_max(m->high, p->value);
    if (!m->owners_min || p->owners < m->owners_min) m->owners_min = p->owners;
    if (p->owners > m->owners_max) m->owners_max = p->owners;
}

static void sum_method(const struct compare *c, struct compare_method *m)
{
    i128 values = 0, changes = 0;
    u32 n = 0;
    for (u32 d = 0; d < compare_days(c); d++) {
        const struct print *p = &m->at[d];
        if (!p->status) continue;
        sum_print(m, p);
        if (!printed(p)) continue;
        values += p->value, n++;
        if (!d || !printed(p - 1)) continue;
        i128 move = (i128)p->value - (p - 1)->value;
        changes += div_round((move < 0 ? -move : move) * PPM, (p - 1)->value, ROUND_HALF_EVEN);
        m->changes++;
    }
    i64 unit = 1; /* the mean is published as the values are */
    for (i64 i = m->m.decimals; i < 6; i++) unit *= 10;
    if (n) m->mean = (i64)div_round(values, (i128)n * unit, ROUND_HALF_EVEN) * unit;
    if (m->changes) m->volatility_ppm = (i64)div_round(changes, m->changes, ROUND_HALF_EVEN);
    ASSERT(m->low <= m->mean);
    ASSERT(m->mean <= m->high);
}

static void sum_pair(const struct compare *c, struct compare_pair *q)
{
    i128 gap = 0, lean = 0;
    for (u32 d = 0; d < compare_days(c); d++) {
        const struct print *a = &c->method[q->a].at[d], *b = &c->method[q->b].at[d];
        if (!printed(a) || !printed(b)) {
            q->others += a->value || b->value;
            continue;
        }
        i64 g = compare_gap_ppm(a->value, b->value), size = g < 0 ? -g : g;
        if (!q->days || size > (q->max_ppm < 0 ? -q->max_ppm : q->max_ppm))
            q->max_ppm = g, q->worst = a->value_date;
        gap += size, lean += g, q->days++;
    }
    if (!q->days) return;
    q->gap_ppm = (i64)div_round(gap, q->days, ROUND_HALF_EVEN);
    q->lean_ppm = (i64)div_round(lean, q->days, ROUND_HALF_EVEN);
    ASSERT(q->gap_ppm >= 0);
    ASSERT(q->worst.days);
}

static bool wider(const struct compare_pair *a, const struct compare_pair *b)
{
    i64 x = a->max_ppm < 0 ? -a->max_ppm : a->max_ppm,
        y = b->max_ppm < 0 ? -b->max_ppm : b->max_ppm;
    ASSERT(x >= 0);
    ASSERT(y >= 0);
    return x > y;
}

static Err find_pairs(struct compare *c, struct why *w)
{
    u32 most = c->methods * c->methods / 2 + 1;
    c->pair = calloc(most, sizeof *c->pair);
    if (!c->pair) return why_set(w, ERR_IO, "no memory");
    for (u32 i = 0; i < c->markets; i++) {
        struct compare_market *k = &c->market[i];
        k->pair = c->pairs, k->widest = UINT32_MAX;
        for (u32 a = 0; a < k->methods; a++)
            for (u32 b = a + 1; b < k->methods; b++) {
                struct compare_pair *q = &c->pair[c->pairs++];
                *q = (struct compare_pair){ .a = k->method[a], .b = k->method[b] };
                sum_pair(c, q);
                bool first = q->days && k->widest == UINT32_MAX;
                if (first || (q->days && wider(q, &c->pair[k->widest]))) k->widest = c->pairs - 1;
            }
        k->pairs = c->pairs - k->pair;
    }
    ASSERT(c->pairs < most);
    return ERR_OK;
}

Err compare_run(struct compare *c, const struct compare_ask *ask, struct why *w)
{
    *c = (struct compare){ 0 };
    Err err = load_methods(c, ask, w);
    if (!err) err = find_markets(c, w);
    if (!err) name_methods(c);
    if (!err) err = obs_inputs_read(ask->inputs, ask->inputs_n, &c->log, &c->read, w);
    if (!err) err = find_dates(c, ask, w);
    if (!err) err = run_methods(c, w);
    for (u32 i = 0; i < c->methods && !err; i++) sum_method(c, &c->method[i]);
    if (!err) err = find_pairs(c, w);
    return err ? err : compare_reasons(c, w);
}

void compare_close(struct compare *c)
{
    for (u32 i = 0; i < c->methods; i++) free(c->method[i].at), free(c->method[i].registry);
    for (u32 i = 0; i < c->pairs; i++) free(c->pair[i].reason);
    free(c->pair);
    feed_log_give(&c->log);
    feed_result_give(&c->read);
    *c = (struct compare){ 0 };
}
