#include "index/token_check.h"

/* A receipt in words, section by section; one line at a time to the sink. */
struct teller { const struct index_sink *sink; struct text t; char buf[512]; };

static void line(struct teller *w)
{
    text_put_char(&w->t, '\n');
    ASSERT(w->t.n < sizeof w->buf);
    ASSERT(!w->t.cut);
    w->sink->put(w->sink->to, w->buf, w->t.n);
    w->t = text_on(w->buf, sizeof w->buf);
}

static void say(struct teller *w, const char *z) { text_put(&w->t, z); }
static void number(struct teller *w, i64 v) { text_put_i64(&w->t, v); }
static void six(struct teller *w, i64 v) { text_put_dec(&w->t, v, 6, 6); }
static void date(struct teller *w, Date d) { text_put_date(&w->t, d); }
static void percent(struct teller *w, i64 ppm)
{
    ASSERT(ppm >= 0);
    text_put_dec(&w->t, ppm, 4, 2);
    say(w, " %");
}

static void pad(struct teller *w, u32 to)
{
    ASSERT(to < sizeof w->buf);
    do text_put_char(&w->t, ' ');
    while (w->t.n < to);
    ASSERT(w->t.n >= to);
}

static void tell_what(struct teller *w, const struct token_checking *c)
{
    const struct token_print *p = &c->print;
    ASSERT(p->status);
    ASSERT(p->label);
    say(w, p->index), say(w, ", "), date(w, p->value_date), say(w, ": ");
    if (p->value) text_put_dec_short(&w->t, p->value, 6, (u32)c->m->decimals), say(w, " points, ");
    say(w, list_text(PRINT, p->status)), say(w, " at "), say(w, list_text(LEVEL, p->level));
    say(w, ", label "), say(w, list_text(LABEL, p->label)), line(w);
    say(w, "It measures: "), say(w, c->m->measures), line(w);
    say(w, "Blend, ppm: input "), number(w, c->m->w_input_ppm), say(w, ", cached ");
    number(w, c->m->w_cached_ppm), say(w, ", output "), number(w, c->m->w_output_ppm);
    say(w, "; USD per million tokens"), line(w);
    line(w);
}

static void tell_screens(struct teller *w, const struct token_checking *c)
{
    const struct token_print *p = &c->print;
    u32 left = p->looked_at;
    ASSERT(left == c->ix->items_n);
    say(w, "1. Prices in force of the slots' models: "), number(w, left), say(w, " records");
    line(w);
    say(w, "2. Out, by the first reason:"), line(w);
    for (u32 r = 1; r < REASON_COUNT; r++) {
        if (!p->dropped[r]) continue;
        ASSERT(left >= p->dropped[r]);
        left -= p->dropped[r];
        say(w, "   "), say(w, list_text(REASON, r)), pad(w, 24), number(w, p->dropped[r]), line(w);
    }
    say(w, "   eligible"), pad(w, 24), number(w, left), line(w);
}

static void tell_slot(struct teller *w, const struct token_checking *c, const struct slot_now *s)
{
    const struct token_slot *slot = &c->m->slots[s->slot];
    ASSERT(s->slot < (u32)c->m->slots_n);
    ASSERT(s->state);
    say(w, "   "), say(w, slot->slot), pad(w, 20);
    say(w, slot_model(slot, s->on)), pad(w, 48);
    say(w, list_text(SLOT_STATE, s->state)), pad(w, 57), six(w, s->price), pad(w, 69);
    text_put_dec(&w->t, s->quantity, 7, 4), say(w, " %"), pad(w, 80), percent(w, s->share_ppm);
    if (s->state == SLOT_STATE_FRESH) pad(w, 90), number(w, s->providers);
    if (s->state != SLOT_STATE_FRESH) say(w, ", last price of "), date(w, s->on);
    if (slot_by(slot, s->on) == BY_SUCCESSOR) {
        say(w, ", succeeds "), say(w, slot->model), say(w, " at factor ");
        text_put_dec(&w->t, slot->factor_ppm, 6, 6);
    }
    line(w);
}

static void tell_basket(struct teller *w, const struct token_checking *c, const struct basket *b)
{
    ASSERT(b->n <= TOKEN_SLOTS_MAX);
    ASSERT(b->from.days > 0);
    say(w, "   slot"), pad(w, 20), say(w, "model"), pad(w, 48), say(w, "state"), pad(w, 57);
    say(w, "USD/Mtok"), pad(w, 69), say(w, "quantity"), pad(w, 80), say(w, "of cost");
    pad(w, 90), say(w, "providers"), line(w);
    for (u32 i = 0; i < b->n; i++) tell_slot(w, c, &b->at[i]);
}

static void tell_slots(struct teller *w, const struct token_checking *c)
{
    const struct token_print *p = &c->print;
    ASSERT(c->ix);
    say(w, "3. ");
    if (!c->ix->now.n) {
        say(w, "No basket is in force"), line(w);
        return;
    }
    say(w, "The basket of "), date(w, c->ix->now.from),
        say(w, ", quantities frozen on the link of ");
    date(w, p->link_on), say(w, ":"), line(w);
    tell_basket(w, c, &c->ix->now);
    ASSERT(p->slots_fresh <= p->slots);
    say(w, "   basket price "), six(w, p->basket_price), say(w, " USD per million tokens");
    if (p->unit_value) {
        say(w, "; by usage "), six(w, p->unit_value);
        say(w, " (a unit value: it moves with the mix)");
    }
    line(w);
}

static void tell_sufficiency(struct teller *w, const struct token_checking *c)
{
    const struct token_print *p = &c->print;
    const struct { const char *what; i64 have, need; } rows[] = {
        { "slots with a price", p->slots_fresh, c->m->need_slots },
        { "of cost, ppm", p->fresh_ppm, c->m->need_ppm },
    };
    ASSERT(p->level);
    say(w, "4. Sufficient?"), line(w);
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        say(w, "   "), say(w, rows[i].what), pad(w, 24), number(w, rows[i].have), pad(w, 38);
        say(w, "at least "), number(w, rows[i].need), pad(w, 60);
        say(w, rows[i].have >= rows[i].need ? "yes" : "NO"), line(w);
    }
    ASSERT(ARRAY_LEN(rows) == 2);
    if (p->why_l1) say(w, "   L1 failed: "), say(w, list_text(SHORT, p->why_l1)), line(w);
}

static void tell_value(struct teller *w, const struct token_checking *c)
{
    const struct token_print *p = &c->print;
    ASSERT(p->level >= LEVEL_L1);
    ASSERT(p->level <= LEVEL_L6);
    say(w, "5. ");
    if (p->exact) {
        say(w, "Chain: "), six(w, p->link_level), say(w, " points on "), date(w, p->link_on);
        say(w, " x cost "), number(w, p->cost), say(w, " / "), number(w, p->link_cost);
        say(w, " = "), six(w, p->exact), line(w), say(w, "   ");
    }
    if (p->level == LEVEL_L1) {
        say(w, "Published, rounded once: ");
        text_put_dec_short(&w->t, p->value, 6, (u32)c->m->decimals);
    } else if (p->level == LEVEL_L5) {
        say(w, "Carried: the value of "), date(w, p->priced_on), say(w, ", aged ");
        number(w, p->age), say(w, " of at most "), number(w, c->m->max_age), say(w, " days");
    } else {
        say(w, "No print: "), say(w, list_text(SHORT, p->why_none));
    }
    line(w);
}

static void tell_link(struct teller *w, const struct token_checking *c)
{
    const struct token_print *p = &c->print;
    ASSERT(c->ix->next.n <= TOKEN_SLOTS_MAX);
    ASSERT(!p->next_from.days || c->ix->next.n);
    say(w, "6. ");
    if (p->why_link) {
        say(w, "A rebalance is due and put off: "), say(w, list_text(SHORT, p->why_link));
    } else if (!p->next_from.days) {
        say(w, "No rebalance on this day");
    } else {
        say(w, "Link: from tomorrow the basket of "), date(w, p->next_from);
        say(w, ", priced today too:"), line(w);
        tell_basket(w, c, &c->ix->next);
        say(w, "   today's level under the old basket "), six(w, p->exact);
        say(w, ", under the new "), six(w, p->next_level);
        say(w, p->exact == p->next_level ? ": no jump" : ": A JUMP");
    }
    line(w);
    say(w, "7. Receipt "), text_put_hex(&w->t, p->receipt.bytes, sizeof(Hash)), line(w);
}

void token_explain(const char *text, u64 n, void *memory, u64 bytes, struct token_method *method,
                   const struct index_sink *sink, struct token_verdict *out)
{
    struct token_checking c;
    struct teller w = { .sink = sink };
    ASSERT(sink);
    ASSERT(out);
    w.t = text_on(w.buf, sizeof w.buf);
    if (!token_check_open(&c, text, n, memory, bytes, method, out)) return;
    token_check_finish(&c);
    if (!c.print.status) return;
    ASSERT(c.ix);
    ASSERT(c.m);
    tell_what(&w, &c);
    tell_screens(&w, &c);
    tell_slots(&w, &c);
    tell_sufficiency(&w, &c);
    tell_value(&w, &c);
    tell_link(&w, &c);
}
