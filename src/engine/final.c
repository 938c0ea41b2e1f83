/* Final settlement of one contract: losses in, gains out, positions closed, the price said. */
#include "engine/state.h"

enum { FINAL_PAYERS, FINAL_RECEIVERS, FINAL_CLOSE, FINAL_SAY };

static Date day_of(const struct engine *e)
{
    ASSERT(e->head->opened);
    ASSERT(e->head->day || e->head->last_day);
    return (Date){ e->head->day ? e->head->day : e->head->last_day };
}

static void say_final(struct engine *e, u32 k, i64 open_interest, struct outbox *out)
{
    const struct clear_instrument *m = &e->clear.instrument[k];
    struct evt_final_settlement *v = &outbox_add(out, EVT_FINAL_SETTLEMENT)->final_settlement;
    ASSERT(m->long_lots == 0);
    ASSERT(m->short_lots == 0);
    v->instrument = k, v->date = day_of(e), v->value.micros = m->settle;
    v->days = m->averaging.fixed, v->carried = m->carried, v->missing = m->averaging.dropped;
    v->open_interest = open_interest;
    v->receipts =
        clear_receipts(&e->clear, k, spec_of(e, k), calendar_of(e, k), &e->instrument[k].listing);
}

/* count: what is being done, j: the last exposure looked at, entered: open interest at the
 * start. */
bool engine_final_step(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    u32 k = job->instrument, used = e->risk.exposures.region->used;
    ASSERT(k > 0 && k <= e->head->instruments);
    ASSERT(outbox_room(out) >= ENGINE_ROOM);
    if (job->count == FINAL_PAYERS && job->j == 0) job->entered = e->clear.instrument[k].long_lots;
    if (job->count == FINAL_SAY) {
        say_final(e, k, job->entered, out);
        engine_move(e, k, LISTING_SETTLED, out);
        job->count = 0;
        return true;
    }
    while (++job->j < used) {
        const struct risk_exposure *x = risk_exposure(&e->risk, job->j);
        if (x->instrument != k) continue;
        if (job->count == FINAL_CLOSE) {
            clear_final_close(&e->clear, job->j, day_of(e), out);
        } else {
            clear_final_pay(&e->clear, job->j, job->count == FINAL_PAYERS, day_of(e), out);
        }
        return false;
    }
    job->j = 0, job->count++;
    return false;
}
