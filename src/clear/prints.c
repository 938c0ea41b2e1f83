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
        if (p->index != index) continue;
        if (p->date == date) return p;
        if (p->date < date) return NULL; /* dates of one index rise */
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
    if (p->version > 1) {
        const struct clear_print *first = find(c, index, p->value_date.days);
        return first && p->version == first->version + 1 ? 0 : REJECT_INDEX_ORDER;
    }
    if (p->value_date.days <= c->index[index].last_date) return REJECT_INDEX_ORDER;
    if (kept(c) == c->caps.prints && newest(c, kept(c) - 1)->date >= needed_from)
        return REJECT_CAPACITY;
    ASSERT(c->caps.prints > 0);
    return 0;
}

void clear_print_put(struct clear *c, u32 index, const struct cmd_index_print *p)
{
    struct clear_index *x = &c->index[index];
    ASSERT(index > 0 && index <= c->head->indexes);
    if (p->version > 1) { /* a restatement: known, but the first print binds */
        struct clear_print *first = find(c, index, p->value_date.days);
        ASSERT(first);
        first->version = p->version;
        return;
    }
    struct clear_print *slot = &c->print[c->head->prints++ % c->caps.prints];
    c->prints_used->used = (u32)kept(c);
    *slot = (struct clear_print){ .value = p->value.micros, .date = p->value_date.days };
    slot->priced_on = p->priced_on.days, slot->index = index, slot->version = 1;
    slot->status = p->status, slot->level = p->level, slot->receipt = p->receipt;
    x->last_date = p->value_date.days;
    if (p->status == PRINT_NO_PRINT) return;
    x->last_value = p->value.micros, x->last_priced = p->priced_on.days;
}

static Print print_for(const struct clear *c, u32 index, i32 date)
{
    const struct clear_print *p = find(c, index, date);
    Print out = { .date = { date }, .status = PRINT_NO_PRINT };
    ASSERT(date > 0);
    if (!p) return out; /* passed over by the benchmark: as a day without a print */
    out.priced_on.days = p->priced_on, out.value = p->value, out.status = p->status;
    ASSERT(p->date == date);
    return out;
}

void clear_list(struct clear *c, u32 instrument, const struct spec *s, const struct listing *l)
{
    struct clear_instrument *i = &c->instrument[instrument];
    averaging_open(&i->averaging, l);
    ASSERT(i->index > 0);
    ASSERT(i->seen_to == 0);
    for (u64 k = kept(c); k-- > 0;) {
        const struct clear_print *p = newest(c, k);
        if (p->index != i->index || p->date >= l->start.days) continue;
        Print seen = print_for(c, i->index, p->date);
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
                    const struct listing *l, struct outbox *out)
{
    struct clear_instrument *i = &c->instrument[instrument];
    Fixing made[AVERAGING_FIXINGS_MAX];
    i32 last = c->index[i->index].last_date;
    ASSERT(outbox_room(out) >= 2 * AVERAGING_FIXINGS_MAX);
    while (i->seen_to < last && i->seen_to < l->last_fixing.days) {
        Date day = { ++i->seen_to };
        Print p = print_for(c, i->index, day.days);
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
            set_has(s, k, l, d) ? clear_print_of(c, c->instrument[instrument].index, d.days) : NULL;
        if (p) sha256_add(&h, &p->receipt, sizeof p->receipt);
    }
    ASSERT(instrument > 0);
    return sha256_end(&h);
}
