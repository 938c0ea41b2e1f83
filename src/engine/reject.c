/* Refusals as events: what was asked, which field, what is allowed. */
#include "engine/state.h"

static void name_order(const struct command *c, struct evt_rejected *r)
{
    ASSERT(c->type > CMD_NONE && c->type < CMD_COUNT);
    ASSERT(r);
    switch (c->type) {
    case CMD_ACCOUNT_OPEN: r->account = c->account_open.account; break;
    case CMD_ACCOUNT_SET: r->account = c->account_set.account; break;
    case CMD_CASH_DEPOSIT: r->account = c->cash_deposit.account; break;
    case CMD_CASH_WITHDRAW: r->account = c->cash_withdraw.account; break;
    case CMD_ORDER_NEW:
        r->account = c->order_new.account, r->instrument = c->order_new.instrument;
        r->client_id = c->order_new.client_id;
        break;
    case CMD_ORDER_CANCEL:
        r->account = c->order_cancel.account, r->order_id = c->order_cancel.order_id;
        r->client_id = c->order_cancel.orig_client_id;
        break;
    case CMD_ORDER_REPLACE:
        r->account = c->order_replace.account, r->order_id = c->order_replace.order_id;
        r->client_id = c->order_replace.orig_client_id;
        break;
    case CMD_MASS_CANCEL:
        r->account = c->mass_cancel.account, r->instrument = c->mass_cancel.instrument;
        break;
    case CMD_DETERMINATION: r->instrument = c->determination.instrument; break;
    default: break;
    }
}

void engine_refuse(struct engine *e, const struct command *c, struct refusal why,
                   struct outbox *out)
{
    struct evt_rejected *r = &outbox_add(out, EVT_REJECTED)->rejected;
    ASSERT(why.code);
    r->code = why.code, r->command = (u16)c->type;
    bool fits = why.field && TEXT_FILL(&r->field, str_of(why.field));
    ASSERT(fits);
    r->limit = why.limit, r->used = why.used, r->asked = why.asked;
    name_order(c, r);
    e->clock->refused++;
}

bool engine_four_eyes(const Text16 *a, const Text16 *b)
{
    ASSERT(a);
    ASSERT(b);
    return spec_check_approvers(TEXT_STR(*a), TEXT_STR(*b)) == SPEC_FAULT_NONE;
}
