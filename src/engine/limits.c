/* Position limits: the lesser of the rule's number and what the benchmark bears (index.md section
 * 12). */
#include "engine/state.h"

/* L* of a lot of this size with n days in its mean, in thousandths; false: no cost is stated. */
static bool lstar(const struct engine *e, u32 index, i64 lot_units_milli, u32 n,
                  struct clear_cost *least, i64 *milli)
{
    ASSERT(index > 0);
    ASSERT(lot_units_milli > 0);
    *least = (struct clear_cost){ 0 }, *milli = 0;
    if (!clear_least_cost(&e->clear, index, least)) return false;
    *milli = spec_lstar_milli(least->cost, least->value, lot_units_milli, n ? n : 1);
    return true;
}

/* Contracts on made-up or posted prices show how the market works; L* is stated, not enforced. */
static bool demonstrates(const struct engine *e, u32 index)
{
    ASSERT(index > 0);
    ASSERT(index <= e->clear.head->indexes);
    return e->clear.index[index].label != LABEL_TRADED;
}

enum spec_fault engine_limit_fault(const struct engine *e, u32 index, const struct listing *l)
{
    struct clear_cost least;
    i64 milli;
    ASSERT(l->fixings > 0);
    if (demonstrates(e, index)) return SPEC_FAULT_NONE;
    if (!lstar(e, index, l->lot_units_milli, l->fixings, &least, &milli)) return SPEC_FAULT_NONE;
    ASSERT(milli >= 0);
    return spec_check_lstar(milli);
}

void engine_refuse_listing(struct engine *e, u32 slot, u32 index, const struct listing *l,
                           struct outbox *out)
{
    struct clear_cost least;
    i64 milli;
    bool stated = lstar(e, index, l->lot_units_milli, l->fixings, &least, &milli);
    ASSERT(stated);
    struct evt_listing_refused *v = &outbox_add(out, EVT_LISTING_REFUSED)->listing_refused;
    const char *fault = spec_fault_name(SPEC_FAULT_LIMIT_BELOW_ONE_LOT);
    bool fits = TEXT_FILL(&v->fault, str_of(fault));
    ASSERT(fits);
    v->product = e->spec[slot].product, v->index = e->clear.index[index].id;
    listing_id(&e->spec[slot].spec, l->period, v->instrument_id.z);
    v->cost_to_move.micros = least.cost, v->lstar_milli = milli;
}

static void say_limit(struct engine *e, u32 instrument, Date date, const struct clear_cost *least,
                      bool stated, struct outbox *out)
{
    const struct engine_instrument *i = &e->instrument[instrument];
    const struct risk_instrument *r = &e->risk.instrument[instrument];
    struct evt_position_limit *v = &outbox_add(out, EVT_POSITION_LIMIT)->position_limit;
    ASSERT(i->said > LIMIT_BASIS_NONE && i->said < LIMIT_BASIS_COUNT);
    ASSERT(r->limit >= 0);
    v->instrument = instrument, v->date = date, v->basis = i->said, v->limited = r->limited;
    v->lots = r->limit, v->rule_lots = i->said_rule, v->cost_stated = stated;
    v->cost_to_move.micros = least->cost, v->lstar_milli = i->said_lstar;
}

void engine_limit(struct engine *e, u32 instrument, Date date, struct outbox *out)
{
    struct engine_instrument *i = &e->instrument[instrument];
    struct risk_instrument *r = &e->risk.instrument[instrument];
    const struct clear_instrument *m = &e->clear.instrument[instrument];
    const struct spec *s = spec_of(e, instrument);
    struct clear_cost least;
    i64 milli,
        rule =
            spec_position_limit(s, listing_stage(s, calendar_of(e, instrument), &i->listing, date));
    ASSERT(instrument > 0);
    ASSERT(rule >= 0);
    bool stated = lstar(e, m->index, m->lot_units_milli, m->averaging.total, &least, &milli);
    u8 basis = demonstrates(e, m->index) ? LIMIT_BASIS_DEMONSTRATION
               : stated                  ? LIMIT_BASIS_LESSER
                                         : LIMIT_BASIS_RULE;
    r->limit = rule, r->limited = rule > 0;
    if (basis == LIMIT_BASIS_LESSER) {
        i64 bears = milli / 1000;
        r->limit = rule ? i64_min(rule, bears) : bears, r->limited = 1;
    }
    if (i->said == basis && i->said_lots == r->limit && i->said_rule == rule &&
        i->said_lstar == milli)
        return;
    i->said = basis, i->said_lots = r->limit, i->said_rule = rule, i->said_lstar = milli;
    say_limit(e, instrument, date, &least, stated, out);
}
