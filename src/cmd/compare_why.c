#include "cmd/compare.h"

#include "cmd/cmd.h"
#include <stdlib.h>

#define TOLD_MAX 5u /* owners named by name in one sentence */

const char *compare_why_text(enum compare_why w)
{
#define AS_WHY_TEXT(NAME, text) [COMPARE_##NAME] = text,
    static const char *const words[COMPARE_WHYS] = { COMPARE_WHY_LIST(AS_WHY_TEXT) };
    ASSERT(w < COMPARE_WHYS);
    return words[w];
}

/* ---- what stood behind a print ---- */

struct look {
    Date date;
    struct view_owner *owners;
    struct view_record *records;
    u32 owners_n, records_n;
    i64 mean; /* of the owners' prices by their weight; 0: none stand behind it */
};
struct looks { struct look *at; u32 n; };

static const struct print *print_on(const struct compare *c, u32 method, Date d)
{
    ASSERT(d.days >= c->from.days);
    ASSERT(d.days <= c->to.days);
    return &c->method[method].at[d.days - c->from.days];
}

/* The dates of this method's pairs, each once, in order. */
static Err want_dates(const struct compare *c, u32 method, struct looks *l, struct why *w)
{
    l->at = calloc((size_t)c->methods + 1, sizeof *l->at);
    if (!l->at) return why_set(w, ERR_IO, "no memory");
    for (u32 i = 0; i < c->pairs; i++) {
        const struct compare_pair *q = &c->pair[i];
        if ((q->a != method && q->b != method) || !q->worst.days) continue;
        u32 k = 0;
        while (k < l->n && l->at[k].date.days < q->worst.days) k++;
        if (k < l->n && l->at[k].date.days == q->worst.days) continue;
        memmove(l->at + k + 1, l->at + k, (l->n - k) * sizeof *l->at);
        l->at[k] = (struct look){ .date = q->worst };
        l->n++;
    }
    ASSERT(l->n <= c->methods);
    return ERR_OK;
}

static Err look_at(struct series *s, const struct print *p, struct look *l, struct why *w)
{
    i128 sum = 0, weight = 0;
    l->owners_n = index_view_owners(s->index, p, NULL, 0);
    l->records_n = index_view_records(s->index, p, NULL, 0);
    l->owners = calloc((size_t)l->owners_n + 1, sizeof *l->owners);
    l->records = calloc((size_t)l->records_n + 1, sizeof *l->records);
    if (!l->owners || !l->records) return why_set(w, ERR_IO, "no memory");
    u32 n = index_view_owners(s->index, p, l->owners, l->owners_n);
    ASSERT(n == l->owners_n);
    n = index_view_records(s->index, p, l->records, l->records_n);
    ASSERT(n == l->records_n);
    for (u32 i = 0; i < l->owners_n; i++) {
        sum += (i128)l->owners[i].price * l->owners[i].ppm;
        weight += l->owners[i].ppm;
    }
    if (weight > 0) l->mean = (i64)div_round(sum, weight, ROUND_HALF_EVEN);
    return ERR_OK;
}

static Err look_all(struct compare *c, u32 method, struct looks *l, struct why *w)
{
    struct compare_method *m = &c->method[method];
    struct series s = { 0 };
    struct print p;
    Err err = want_dates(c, method, l, w);
    if (err || !l->n) return err;
    err = series_open(&s, &m->m, m->registry->rows, (u32)m->registry->rows_n, &c->log.log, w);
    for (u32 i = 0; i < l->n && !err; i++) {
        err = series_print_date(&s, l->at[i].date, NULL, &p, w);
        if (!err) err = look_at(&s, &p, &l->at[i], w);
        ASSERT(err || p.value == print_on(c, method, l->at[i].date)->value);
    }
    series_close(&s);
    return err;
}

static void looks_give(struct looks *l)
{
    for (u32 i = 0; i < l->n; i++) free(l->at[i].owners), free(l->at[i].records);
    free(l->at);
}

static const struct look *look_on(const struct looks *l, Date d)
{
    u32 i = 0;
    while (i < l->n && l->at[i].date.days != d.days) i++;
    ASSERT(i < l->n);
    return &l->at[i];
}

/* ---- sentences ---- */

struct teller {
    const struct compare *c;
    struct compare_pair *q;
    const struct look *a, *b;
    const char *name_a, *name_b;
    i128 middle; /* of the pair's values: what a gap is a share of */
    bool failed;
};

/* A new reason's text to write into; on no memory one that is thrown away. */
static struct compare_reason *reason_add(struct teller *t, enum compare_why why, struct text *to)
{
    static struct compare_reason thrown;
    struct compare_pair *q = t->q;
    struct compare_reason *more = realloc(q->reason, ((size_t)q->reasons + 1) * sizeof *more),
                          *r = &thrown;
    if (more) q->reason = more, r = &q->reason[q->reasons++];
    else t->failed = true;
    *r = (struct compare_reason){ .why = (u8)why };
    *to = text_on(r->text, sizeof r->text);
    return r;
}

static void put_usd(struct text *t, i64 micros) { text_put_dec(t, micros, 6, 4); }

static void put_percent(struct text *t, i128 ppm, bool sign)
{
    i64 v = (i64)ppm;
    if (sign && v > 0) text_put_char(t, '+');
    text_put_dec(t, v, 4, 2);
    text_put(t, " %");
}

static void put_count(struct text *t, u64 n, const char *what)
{
    text_put_u64(t, n);
    text_put_char(t, ' ');
    text_put(t, what);
    if (n != 1) text_put_char(t, 's');
}

static void put_name(struct text *t, const struct compare *c, u32 name)
{
    text_put_str(t, names_text(&c->log.log.names, name));
}

/* A value that YAML would leave out is "-". */
static void put_field(struct text *t, const struct record_field *f, const void *m)
{
    char buf[256];
    struct text one = text_on(buf, sizeof buf);
    i64 number, rows;
    memcpy(&rows, (const u8 *)m + f->n_at, sizeof rows);
    memcpy(&number, (const u8 *)m + f->at, sizeof number);
    bool has_number = f->kind == RECORD_INT || f->kind == RECORD_ENUM || f->kind == RECORD_GIVEN;
    if (f->kind == RECORD_GIVEN) text_put(&one, number ? "used" : "not used");
    else if (f->kind == RECORD_LIST && rows) put_count(&one, (u64)rows, "row");
    else if (f->kind != RECORD_LIST && (!has_number || number)) record_value_text(f, m, &one);
    if (!one.n) text_put(&one, "-");
    text_put(t, one.at);
}

static bool is_name(const struct record_field *f)
{
    return f->at == offsetof(struct methodology, index) ||
           f->at == offsetof(struct methodology, version) ||
           f->at == offsetof(struct methodology, measures) ||
           f->at == offsetof(struct methodology, has_screens);
}

/* A parameter of what one of them does not do at all: a screen that is off, the age of a kind that
 * is not eligible. The field that switches it says enough. */
static bool is_idle(const struct record_field *f, const struct methodology *m)
{
#define AT(member) offsetof(struct methodology, member)
    const struct { size_t at; bool used; } rows[] = {
        { AT(jump_owners), m->jump_ppm != 0 },
        { AT(jump_within_ppm), m->jump_ppm != 0 },
        { AT(outlier_values), m->outlier_sd_milli != 0 },
        { AT(outlier_floor_ppm), m->outlier_sd_milli != 0 },
        { AT(venue_return_ppm), m->venue_ppm != 0 },
        { AT(venue_sources), m->venue_ppm != 0 },
        { AT(stale_trade_hours), m->kinds >> OBS_KIND_TRADE & 1 },
        { AT(stale_quote_hours), m->kinds >> OBS_KIND_QUOTE & 1 },
        { AT(stale_list_hours), m->kinds >> OBS_KIND_LIST & 1 },
    };
#undef AT
    for (u32 i = 0; i < ARRAY_LEN(rows); i++)
        if (f->at == rows[i].at) return !rows[i].used;
    return false;
}

/* Fields that the files say differently, screens as in force. */
static void tell_rules(struct teller *t)
{
    const struct record *r = &methodology_record;
    struct methodology a = methodology_resolved(&t->c->method[t->q->a].m);
    struct methodology b = methodology_resolved(&t->c->method[t->q->b].m);
    struct text to;
    struct compare_reason *reason = reason_add(t, COMPARE_RULES, &to);
    for (u32 i = record_differs(r, &a, &b, 0); i < r->fields;
         i = record_differs(r, &a, &b, i + 1)) {
        const struct record_field *f = &r->field[i];
        if (is_name(f) || is_idle(f, &a) || is_idle(f, &b)) continue;
        if (to.n) text_put(&to, "; ");
        if (f->kind == RECORD_GIVEN) text_put(&to, f->group);
        else record_path(f, &to);
        text_put_char(&to, ' ');
        put_field(&to, f, &a);
        text_put(&to, " / ");
        put_field(&to, f, &b);
    }
    if (!to.n) text_put(&to, "none differ but the name and what it is said to measure");
    ASSERT(reason->why == COMPARE_RULES);
}

static void put_print(struct text *to, const char *name, const struct print *p)
{
    text_put(to, name);
    text_put_char(to, ' ');
    text_put(to, list_text(LEVEL, p->level));
    if (p->why_l1) text_put(to, " as L1 failed by "), text_put(to, list_text(SHORT, p->why_l1));
    text_put(to, " over ");
    text_put_u64(to, p->window_hours);
    text_put(to, " h, ");
    put_count(to, p->owners, "owner");
    text_put(to, ", ");
    put_count(to, p->observations, "record");
}

static void tell_levels(struct teller *t)
{
    const struct print *a = print_on(t->c, t->q->a, t->q->worst);
    const struct print *b = print_on(t->c, t->q->b, t->q->worst);
    struct text to;
    if (a->level == LEVEL_L1 && b->level == LEVEL_L1 && a->owners == b->owners &&
        a->observations == b->observations)
        return;
    struct compare_reason *reason = reason_add(t, COMPARE_LEVEL, &to);
    put_print(&to, t->name_a, a);
    text_put(&to, "; ");
    put_print(&to, t->name_b, b);
    ASSERT(reason->text[0]);
}

/* ---- records in one and not in the other ---- */

static int by_rec(const void *x, const void *y)
{
    const struct view_record *a = x, *b = y;
    return a->rec < b->rec ? -1 : a->rec > b->rec;
}

/* Up to three owners of those records, most first come first named. */
struct out_count { u32 n, owner[3], owners; bool more; };

static void count_out(struct out_count *o, u32 owner)
{
    o->n++;
    for (u32 i = 0; i < o->owners; i++)
        if (o->owner[i] == owner) return;
    if (o->owners < ARRAY_LEN(o->owner)) o->owner[o->owners++] = owner;
    else o->more = true;
}

static void put_out(struct text *to, const struct compare *c, const struct out_count *o,
                    const char *why)
{
    text_put_char(to, ' ');
    text_put_u64(to, o->n);
    text_put_char(to, ' ');
    text_put(to, why);
    text_put(to, " (");
    for (u32 i = 0; i < o->owners; i++) {
        if (i) text_put(to, ", ");
        put_name(to, c, o->owner[i]);
    }
    text_put(to, o->more ? ", ...)" : ")");
}

/* Records that count in `in` and not in `out`, by why they do not. */
static void tell_records(struct teller *t, const struct look *in, const struct look *out,
                         const char *name_in, const char *name_out)
{
    enum { NOT_LOOKED_AT = REASON_COUNT, NOT_COUNTED, CAUSES };
    struct out_count by[CAUSES] = { 0 };
    u32 all = 0;
    struct text to;
    for (u32 i = 0; i < in->records_n; i++) {
        const struct view_record *r = &in->records[i];
        if (!r->counted) continue;
        const struct view_record *o = bsearch(r, out->records, out->records_n, sizeof *r, by_rec);
        if (o && o->counted) continue;
        u32 cause = !o ? (u32)NOT_LOOKED_AT : o->reason ? o->reason : (u32)NOT_COUNTED;
        count_out(&by[cause], r->owner);
        all++;
    }
    if (!all) return;
    struct compare_reason *reason = reason_add(t, COMPARE_RECORDS, &to);
    put_count(&to, all, "record");
    text_put(&to, " in ");
    text_put(&to, name_in);
    text_put(&to, " and out of ");
    text_put(&to, name_out);
    text_put_char(&to, ':');
    for (u32 r = 1, some = 0; r < CAUSES; r++) {
        if (!by[r].n) continue;
        if (some++) text_put_char(&to, ';');
        put_out(&to, t->c, &by[r],
                r == NOT_LOOKED_AT ? "not in its window"
                : r == NOT_COUNTED ? "in a thin partition, or without weight"
                                   : list_text(REASON, r));
    }
    ASSERT(reason->text[0]);
}

/* ---- owners' prices and weights; the statistic ---- */

struct part { u32 owner; i64 price_a, price_b; u32 ppm_a, ppm_b; i128 gap; };

static i128 share_ppm(const struct teller *t, i128 micros_ppm)
{
    ASSERT(t->middle > 0);
    return div_round(micros_ppm, t->middle, ROUND_HALF_EVEN);
}

/* What an owner makes of (mean a - mean b): half the price difference by both weights, and the
 * difference of weights by how far its price stands from both means. Sums to it exactly. */
static void part_gap(const struct teller *t, struct part *p)
{
    i64 a = p->price_a ? p->price_a : p->price_b, b = p->price_b ? p->price_b : p->price_a;
    i128 twice = ((i128)p->ppm_a + p->ppm_b) * (a - b) +
                 ((i128)p->ppm_a - p->ppm_b) * ((i128)a + b - t->a->mean - t->b->mean);
    ASSERT(a > 0);
    ASSERT(b > 0);
    p->gap = twice; /* micros x ppm, twice */
}

static int by_gap(const void *x, const void *y)
{
    const struct part *a = x, *b = y;
    i128 p = a->gap < 0 ? -a->gap : a->gap, q = b->gap < 0 ? -b->gap : b->gap;
    return p > q ? -1 : p < q;
}

static u32 parts_of(const struct teller *t, struct part *part)
{
    u32 n = 0;
    for (u32 i = 0; i < t->a->owners_n; i++) {
        const struct view_owner *o = &t->a->owners[i];
        part[n++] = (struct part){ .owner = o->owner, .price_a = o->price, .ppm_a = o->ppm };
    }
    for (u32 i = 0; i < t->b->owners_n; i++) {
        const struct view_owner *o = &t->b->owners[i];
        u32 k = 0;
        while (k < n && part[k].owner != o->owner) k++;
        if (k == n) part[n++] = (struct part){ .owner = o->owner };
        part[k].price_b = o->price, part[k].ppm_b = o->ppm;
    }
    for (u32 k = 0; k < n; k++) part_gap(t, &part[k]);
    qsort(part, n, sizeof *part, by_gap);
    ASSERT(n <= t->a->owners_n + t->b->owners_n);
    return n;
}

static void put_weight(struct text *to, i64 price, u32 ppm)
{
    if (!price) {
        text_put(to, "out");
        return;
    }
    put_percent(to, ppm, false);
    text_put(to, " at ");
    put_usd(to, price);
}

static void tell_owners(struct teller *t, const struct part *part, u32 n)
{
    struct text to;
    u32 differ = 0;
    i128 ppm = share_ppm(t, ((i128)t->a->mean - t->b->mean) * PPM);
    for (u32 i = 0; i < n; i++) differ += part[i].gap != 0;
    struct compare_reason *r = reason_add(t, COMPARE_OWNERS, &to);
    r->measured = true, r->gap_ppm = (i64)ppm;
    text_put(&to, "who counts, at what price and weight, makes ");
    put_percent(&to, ppm, true);
    if (!differ) {
        text_put(&to, ": the same owners, prices and weights");
        return;
    }
    text_put(&to, " (");
    text_put(&to, t->name_a);
    text_put(&to, " / ");
    text_put(&to, t->name_b);
    text_put_char(&to, ')');
    for (u32 i = 0; i < n && i < TOLD_MAX && part[i].gap; i++) {
        const struct part *p = &part[i];
        text_put(&to, i ? "; " : ": ");
        put_name(&to, t->c, p->owner);
        text_put_char(&to, ' ');
        put_weight(&to, p->price_a, p->ppm_a);
        text_put(&to, " / ");
        put_weight(&to, p->price_b, p->ppm_b);
        text_put(&to, ": ");
        put_percent(&to, share_ppm(t, div_round(p->gap, 2, ROUND_HALF_EVEN)), true);
    }
    if (differ <= TOLD_MAX) return;
    text_put(&to, "; and ");
    put_count(&to, differ - TOLD_MAX, "other");
}

/* The two owners that pull the weighted mean farthest: what trims and medians look away from. */
static void put_farthest(const struct teller *t, const struct look *l, struct text *to)
{
    u32 best[2] = { UINT32_MAX, UINT32_MAX };
    i128 pull[2] = { 0 };
    ASSERT(l->mean > 0);
    for (u32 i = 0; i < l->owners_n; i++) {
        i128 p = ((i128)l->owners[i].price - l->mean) * l->owners[i].ppm;
        if (p < 0) p = -p;
        if (p > pull[0]) best[1] = best[0], pull[1] = pull[0], best[0] = i, pull[0] = p;
        else if (p > pull[1]) best[1] = i, pull[1] = p;
    }
    for (u32 k = 0; k < ARRAY_LEN(best) && best[k] != UINT32_MAX; k++) {
        const struct view_owner *o = &l->owners[best[k]];
        text_put(to, k ? ", " : "; farthest out: ");
        put_name(to, t->c, o->owner);
        text_put_char(to, ' ');
        put_weight(to, o->price, o->ppm);
    }
}

/* How far each value stands from the plain weighted mean of what it counts. */
static void tell_statistic(struct teller *t)
{
    const struct print *a = print_on(t->c, t->q->a, t->q->worst);
    const struct print *b = print_on(t->c, t->q->b, t->q->worst);
    i128 from_a = (i128)a->value - t->a->mean, from_b = (i128)b->value - t->b->mean;
    struct text to;
    struct compare_reason *r = reason_add(t, COMPARE_STATISTIC, &to);
    r->measured = true, r->gap_ppm = (i64)share_ppm(t, (from_a - from_b) * PPM);
    text_put(&to, "what the statistic does with them makes ");
    put_percent(&to, r->gap_ppm, true);
    const struct { const char *name; i64 mean; i128 from; } rows[] = {
        { t->name_a, t->a->mean, from_a }, { t->name_b, t->b->mean, from_b }
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        text_put(&to, i ? "; " : ": ");
        text_put(&to, rows[i].name);
        text_put(&to, " stands ");
        put_percent(&to, share_ppm(t, rows[i].from * PPM), true);
        text_put(&to, " from the weighted mean ");
        put_usd(&to, rows[i].mean);
    }
    put_farthest(t, t->a, &to);
}

static Err tell_pair(const struct compare *c, struct compare_pair *q, const struct looks *looks,
                     struct why *w)
{
    struct teller t = { .c = c, .q = q, .name_a = c->method[q->a].name,
                        .name_b = c->method[q->b].name };
    tell_rules(&t);
    if (q->worst.days) {
        t.a = look_on(&looks[q->a], q->worst), t.b = look_on(&looks[q->b], q->worst);
        t.middle =
            div_round((i128)print_on(c, q->a, q->worst)->value + print_on(c, q->b, q->worst)->value,
                      2, ROUND_HALF_EVEN);
        tell_levels(&t);
    }
    if (q->worst.days && t.a->mean && t.b->mean) {
        tell_records(&t, t.a, t.b, t.name_a, t.name_b);
        tell_records(&t, t.b, t.a, t.name_b, t.name_a);
        struct part *part = calloc((size_t)t.a->owners_n + t.b->owners_n + 1, sizeof *part);
        if (part) tell_owners(&t, part, parts_of(&t, part));
        t.failed |= !part;
        free(part);
        tell_statistic(&t);
    }
    return t.failed ? why_set(w, ERR_IO, "no memory") : ERR_OK;
}

Err compare_reasons(struct compare *c, struct why *w)
{
    struct looks looks[COMPARE_METHODS_MAX] = { 0 };
    Err err = ERR_OK;
    ASSERT(c->methods <= COMPARE_METHODS_MAX);
    for (u32 i = 0; i < c->methods && !err; i++) err = look_all(c, i, &looks[i], w);
    for (u32 i = 0; i < c->pairs && !err; i++) err = tell_pair(c, &c->pair[i], looks, w);
    for (u32 i = 0; i < c->methods; i++) looks_give(&looks[i]);
    return err;
}
