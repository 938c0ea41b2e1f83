/* Benchmarks: their versions, the prints that bind, and the fixings they make. */
#include "clear/clear.h"

u32 clear_index_of(const struct clear *c, const Text32 *id)
{
    ASSERT(id);
    ASSERT(c->head->indexes < c->indexes_used->used);
    for (u32 k = 1; k <= c->head->indexes; k++)
        if (memcmp(&c->index[k].id, id, sizeof *id) == 0) return k;
    return 0;
}

u32 clear_index_put(struct clear *c, const struct cmd_index_install *i)
{
    u32 k = clear_index_of(c, &i->index);
    if (!k) {
        k = ++c->head->indexes;
        c->indexes_used->used = k + 1;
    }
    ASSERT(k <= c->caps.indexes);
    ASSERT(i->version > c->index[k].version);
    c->index[k].id = i->index, c->index[k].methodology = i->methodology;
    c->index[k].version = i->version, c->index[k].label = i->label;
    c->index[k].effective_from = i->effective_from.days;
    return k;
}

/* Prints kept, oldest first: the ring's slot of the n-th newest, n from 0. */
static struct clear_print *newest(const struct clear *c, u64 n)
{
    ASSERT(n < c->head->prints);
    ASSERT(n < c->caps.prints);
    return &c->print[(c->head->prints - 1 - n) % c->caps.prints];
}

static u64 kept(const struct clear *c)
{
    ASSERT(c->caps.prints > 0);
    ASSERT(c->print);
    return c->head->prints < c->caps.prints ? c->head->prints : c->caps.prints;
}

static struct clear_print *find(const struct clear *c, u32 index, i32 date)
{
    u64 n = kept(c);
    ASSERT(index > 0);
    ASSERT(date > 0);
    for (u64 k = 0; k < n; k++) {
        struct clear_print *p = newest(c, k);
        if (p->index != index || p->version != 1) continue;
        if (p->date == date) return p;
        if (p->date < date) return NULL; /* first prints of one index rise in date */
    }
    return NULL;
}

const struct clear_print *clear_print_of(const struct clear *c, u32 index, i32 date)
{
    ASSERT(index > 0);
    ASSERT(index <= c->head->indexes);
    return find(c, index, date);
}

u32 clear_print_refuses(const struct clear *c, const struct cmd_index_print *p, i32 needed_from)
{
    u32 index = clear_index_of(c, &p->index);
    ASSERT(p->status > PRINT_NONE && p->status < PRINT_COUNT);
    if (!index) return REJECT_UNKNOWN_INDEX;
    bool value = p->status != PRINT_NO_PRINT;
    if (value ? p->value.micros <= 0 || p->value.micros > SPEC_PRICE_MAX : p->value.micros != 0)
        return REJECT_BAD_VALUE;
    if (p->value_date.days <= 0 || p->version == 0) return REJECT_BAD_VALUE;
    if (value && (p->priced_on.days <= 0 || p->priced_on.days > p->value_date.days))
        return REJECT_BAD_VALUE;
    bool priced = p->status == PRINT_PRINTED && p->cost_to_move.micros <= SPEC_COST_MAX;
    if (p->cost_stated ? !priced || p->cost_to_move.micros < 0
                       : p->cost_bound || p->cost_to_move.micros != 0)
        return REJECT_BAD_VALUE;
    if (p->version > 1) {
        const struct clear_print *first = find(c, index, p->value_date.days);
        if (!first || p->version != first->versions + 1u) return REJECT_INDEX_ORDER;
        if (p->version > CLEAR_VERSIONS_MAX) return REJECT_CAPACITY;
    }
    if (p->version == 1 && p->value_date.days <= c->index[index].last_date)
        return REJECT_INDEX_ORDER;
    if (kept(c) == c->caps.prints && newest(c, kept(c) - 1)->date >= needed_from)
        return REJECT_CAPACITY;
    ASSERT(c->caps.prints > 0);
    return 0;
}

bool clear_least_cost(const struct clear *c, u32 index, struct clear_cost *out)
{
    const struct clear_index *x = &c->index[index];
    u32 n = x->costs < CLEAR_COSTS ? (u32)x->costs : CLEAR_COSTS;
    ASSERT(index > 0 && index <= c->head->indexes);
    ASSERT(out);
    if (n) *out = x->cost[0];
    for (u32 k = 1; k < n; k++)
        if ((i128)x->cost[k].cost * out->value < (i128)out->cost * x->cost[k].value)
            *out = x->cost[k];
    return n > 0;
}

/* Seconds from the date's start, kept inside 32 bits: a cut-off is at most a month later. */
static i32 published_s(const struct cmd_index_print *p, Instant now)
{
    i64 at = p->version > 1 ? i64_max(p->published_at.ns, now.ns) : p->published_at.ns;
    ASSERT(p->value_date.days > 0);
    ASSERT(p->version > 0);
    i64 s = (at - date_start(p->value_date).ns) / NS_PER_SECOND;
    return (i32)i64_max(0, i64_min(s, INT32_MAX));
}

void clear_print_put(struct clear *c, u32 index, const struct cmd_index_print *p, Instant now)
{
    struct clear_index *x = &c->index[index];
    ASSERT(index > 0 && index <= c->head->indexes);
    if (p->version > 1) { /* a restatement: it binds where a contract's rule says so */
        struct clear_print *first = find(c, index, p->value_date.days);
        ASSERT(first);
        first->versions = (u16)p->version;
    }
    struct clear_print *slot = &c->print[c->head->prints++ % c->caps.prints];
    c->prints_used->used = (u32)kept(c);
    *slot = (struct clear_print){ .value = p->value.micros, .date = p->value_date.days };
    slot->priced_on = p->priced_on.days, slot->index = index;
    slot->version = (u16)p->version, slot->versions = p->version == 1;
    slot->status = p->status, slot->level = p->level, slot->receipt = p->receipt;
    slot->published_s = published_s(p, now);
    if (p->version > 1) return;
    x->last_date = p->value_date.days;
    if (p->status == PRINT_NO_PRINT) return;
    x->last_value = p->value.micros, x->last_priced = p->priced_on.days;
    if (p->cost_stated)
        x->cost[x->costs++ % CLEAR_COSTS] =
            (struct clear_cost){ p->cost_to_move.micros, p->value.micros };
}

/* The version that binds this contract for the date; NULL: none. */
static const struct clear_print *binding(const struct clear *c, u32 index, i32 date,
                                         const struct spec *s)
{
    const struct clear_print *at[CLEAR_VERSIONS_MAX] = { find(c, index, date) };
    Vintage v[CLEAR_VERSIONS_MAX];
    ASSERT(date > 0);
    if (!at[0] || s->vintage_rule == SPEC_VINTAGE_FIRST_PRINT) return at[0];
    u32 n = at[0]->versions;
    ASSERT(n >= 1 && n <= CLEAR_VERSIONS_MAX);
    for (u64 k = 0, left = n - 1; left && k < kept(c); k++) {
        const struct clear_print *p = newest(c, k);
        if (p->index != index || p->date != date || p->version < 2) continue;
        at[p->version - 1] = p, left--;
    }
    for (u32 i = 0; i < n; i++) {
        ASSERT(at[i] && at[i]->version == i + 1);
        v[i] = (Vintage){ .version = i + 1 };
        v[i].print = (Print){ .date = { date }, .priced_on = { at[i]->priced_on },
                              .value = at[i]->value, .status = at[i]->status };
        v[i].published_at.ns = date_start(v[i].print.date).ns + at[i]->published_s * NS_PER_SECOND;
    }
    i32 which = vintage_binding(s, (Date){ date }, v, n);
    return which < 0 ? NULL : at[which];
}

static Print print_for(const struct clear *c, u32 index, i32 date, const struct spec *s)
{
    const struct clear_print *p = binding(c, index, date, s);
    Print out = { .date = { date }, .status = PRINT_NO_PRINT };
    ASSERT(date > 0);
    if (!p) return out; /* passed over by the benchmark: as a day without a print */
    out.priced_on.days = p->priced_on, out.value = p->value, out.status = p->status;
    ASSERT(p->date == date);
    return out;
}

/* A print outside the contract's bounds can not be settled on. */
static bool beyond(const struct spec *s, const Print *p)
{
    ASSERT(s->price_min < s->price_max);
    ASSERT(p->date.days > 0);
    return p->status != PRINT_NO_PRINT && (p->value > s->price_max || p->value < s->price_min);
}

void clear_list(struct clear *c, u32 instrument, const struct spec *s, const struct listing *l)
{
    struct clear_instrument *i = &c->instrument[instrument];
    averaging_open(&i->averaging, l);
    ASSERT(i->index > 0);
    ASSERT(i->seen_to == 0);
    for (u64 k = kept(c); k-- > 0;) {
        const struct clear_print *p = newest(c, k);
        if (p->index != i->index || p->version != 1 || p->date >= l->start.days) continue;
        Print seen = print_for(c, i->index, p->date, s);
        if (beyond(s, &seen)) continue; /* nothing to carry */
        averaging_see(&i->averaging, s, &seen);
    }
    i32 before = l->start.days - 1, last = c->index[i->index].last_date;
    i->seen_to = before < last ? before : last;
}

static void say_fixing(struct clear *c, u32 instrument, const Fixing *f, struct outbox *out)
{
    struct evt_fixing *e = &outbox_add(out, EVT_FIXING)->fixing;
    ASSERT(f->kind > FIXING_NONE && f->kind < FIXING_COUNT);
    ASSERT(f->fixed <= f->total);
    e->instrument = instrument, e->date = f->date, e->kind = (u8)f->kind;
    e->value.micros = f->value, e->fixed = f->fixed, e->total = f->total;
    e->mean.micros = f->mean;
    if (f->kind == FIXING_CARRIED) c->instrument[instrument].carried += f->days;
}

bool clear_fix_next(struct clear *c, u32 instrument, const struct spec *s, const struct calendar *k,
                    const struct listing *l, Instant now, struct outbox *out)
{
    struct clear_instrument *i = &c->instrument[instrument];
    Fixing made[AVERAGING_FIXINGS_MAX];
    i32 last = c->index[i->index].last_date;
    ASSERT(outbox_room(out) >= 2 * AVERAGING_FIXINGS_MAX);
    while (i->seen_to < last && i->seen_to < l->last_fixing.days) {
        Date day = { i->seen_to + 1 };
        if (vintage_cutoff(s, day).ns > now.ns) return false; /* a later version may still bind */
        Print p = print_for(c, i->index, day.days, s);
        i->seen_to = day.days;
        if (beyond(s, &p)) {
            i->beyond += set_has(s, k, l, day);
            p = (Print){ .date = day, .status = PRINT_NO_PRINT };
        }
        if (!set_has(s, k, l, day)) {
            if (clear_print_of(c, i->index, day.days)) averaging_see(&i->averaging, s, &p);
            continue;
        }
        u32 n = averaging_day(&i->averaging, s, &p, made);
        for (u32 f = 0; f < n; f++) say_fixing(c, instrument, &made[f], out);
        if (day.days < l->last_fixing.days) return true;
        n = averaging_close(&i->averaging, s, made);
        for (u32 f = 0; f < n; f++) say_fixing(c, instrument, &made[f], out);
        return true;
    }
    ASSERT(i->averaging.fixed <= i->averaging.total);
    return false;
}

bool clear_set_complete(const struct clear *c, u32 instrument, const struct listing *l)
{
    ASSERT(instrument > 0);
    ASSERT(instrument < c->instruments_used->used);
    return c->instrument[instrument].seen_to >= l->last_fixing.days;
}

Hash clear_receipts(const struct clear *c, u32 instrument, const struct spec *s,
                    const struct calendar *k, const struct listing *l)
{
    struct sha256 h;
    ASSERT(l->start.days <= l->last_fixing.days);
    sha256_init(&h);
    for (Date d = l->start; d.days <= l->last_fixing.days; d.days++) {
        const struct clear_print *p =
            set_has(s, k, l, d) ? binding(c, c->instrument[instrument].index, d.days, s) : NULL;
        if (p) sha256_add(&h, &p->receipt, sizeof p->receipt);
    }
    ASSERT(instrument > 0);
    return sha256_end(&h);
}
