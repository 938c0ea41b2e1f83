/* What the venue knows before it trades: calendars, specifications, benchmarks, accounts, cash. */
#include "engine/state.h"

struct refusal on_genesis(struct engine *e, const struct cmd_genesis *c, struct outbox *out)
{
    struct engine_head *h = e->head;
    const u32 caps[12] = { c->accounts_max, c->products_max,  c->instruments_max, c->orders_max,
                           c->levels_max,   c->positions_max, c->client_ids_max,  c->transfers_max,
                           c->indexes_max,  c->prints_max };
    const u32 have[12] = { e->caps.accounts_max,   e->caps.products_max,  e->caps.instruments_max,
                           e->caps.orders_max,     e->caps.levels_max,    e->caps.positions_max,
                           e->caps.client_ids_max, e->caps.transfers_max, e->caps.indexes_max,
                           e->caps.prints_max };
    ASSERT(sizeof caps == sizeof h->caps);
    if (h->opened || memcmp(caps, have, sizeof caps) != 0)
        return refuse(REJECT_GENESIS, "command", 1, (i64)e->clock->seq);
    if (!c->venue.z[0] || !c->currency.z[0]) return refuse(REJECT_BAD_VALUE, "venue", 1, 0);
    h->venue = c->venue, h->currency = c->currency, h->seed = c->seed, h->opened = 1;
    memcpy(h->caps, caps, sizeof caps);
    struct evt_venue_opened *v = &outbox_add(out, EVT_VENUE_OPENED)->venue_opened;
    v->venue = c->venue, v->currency = c->currency, v->seed = c->seed;
    ASSERT(e->head->opened);
    return ACCEPT;
}

/* -- calendars -- */

static u32 calendar_slot(const struct engine *e, const char *id)
{
    ASSERT(id);
    ASSERT(e->head->calendars < e->calendars_used->used);
    for (u32 k = 1; k <= e->head->calendars; k++)
        if (str_eq(str_of(e->calendar[k].id), str_of(id))) return k;
    return 0;
}

/* A calendar may be extended, but what is listed keeps its days, dates and N. */
static bool keeps_listings(const struct engine *e, u32 slot, const struct calendar *next)
{
    struct listing l;
    ASSERT(slot > 0);
    ASSERT(slot <= e->head->calendars);
    for (u32 k = 1; k <= e->head->instruments; k++) {
        const struct engine_instrument *i = &e->instrument[k];
        if (!engine_live(e, k) || e->spec[i->spec].calendar != slot) continue;
        if (listing_of(spec_of(e, k), next, i->listing.period, &l) != SPEC_FAULT_NONE) return false;
        if (memcmp(&l, &i->listing, sizeof l) != 0) return false;
        for (Date d = l.start; d.days <= l.end.days; d.days++)
            if (calendar_is_business(next, d) != calendar_is_business(&e->calendar[slot], d))
                return false;
    }
    return true;
}

struct refusal on_calendar_put(struct engine *e, const struct cmd_calendar_put *c,
                               struct outbox *out)
{
    struct calendar *k = &e->scratch->calendar;
    ASSERT(e->head->opened);
    if (!engine_four_eyes(&c->approved_by, &c->approved_by_2))
        return refuse(REJECT_FOUR_EYES, "approved_by_2", 2, 1);
    if (!calendar_decode(c->record.at, c->record.n, k) || calendar_check(k))
        return refuse(REJECT_CALENDAR_INVALID, "record", 0, 0);
    u32 slot = calendar_slot(e, k->id);
    if (!slot && e->head->calendars >= e->caps.products_max)
        return refuse(REJECT_CAPACITY, "record", e->caps.products_max, e->head->calendars);
    if (slot && k->version != e->calendar[slot].version + 1)
        return refuse(REJECT_CALENDAR_INVALID, "version", e->calendar[slot].version + 1,
                      k->version);
    if (slot && !keeps_listings(e, slot, k))
        return refuse(REJECT_CALENDAR_INVALID, "holidays", 0, 0);
    if (!slot) {
        slot = ++e->head->calendars;
        e->calendars_used->used = slot + 1;
    }
    e->calendar[slot] = *k;
    struct evt_calendar_stored *v = &outbox_add(out, EVT_CALENDAR_STORED)->calendar_stored;
    bool fits = TEXT_FILL(&v->calendar, str_of(k->id));
    ASSERT(fits);
    v->hash = calendar_hash(k);
    return ACCEPT;
}

/* -- specifications -- */

/* What this engine can carry through to settlement. NULL, or the field it can not. */
static const char *spec_beyond(const struct spec *s)
{
    ASSERT(s->tick_outright > 0);
    ASSERT(s->price_max > 0);
    i64 units = s->lot_units_milli ? s->lot_units_milli : 744000;
    if (s->kind != SPEC_KIND_AVG_FUT) return "kind";
    if (s->fsp_rule != SPEC_FSP_MEAN_DAILY) return "fsp";
    if (s->match != SPEC_MATCH_FIFO) return "match";
    if (units > INT64_C(4000000000) || (i128)s->price_max * units >= (i128)1 << 61) return "price";
    if (s->price_max / s->tick_outright > BOOK_TICKS_MAX) return "tick";
    if (s->qty_max > 1000000000) return "max_qty";
    i64 most = INT64_C(4000000000); /* a lot's fee times any number of lots fits 64 bits */
    if (s->fee_maker < -most || s->fee_maker + s->fee_clearing > most ||
        s->fee_taker + s->fee_clearing > most)
        return "fees";
    return NULL;
}

/* A contract on traded prices does not settle on posted ones. */
static struct refusal judge_label(const struct engine *e, const struct spec *s)
{
    Text32 id;
    bool fits = TEXT_FILL(&id, str_of(s->underlying_id));
    ASSERT(fits);
    u32 k = clear_index_of(&e->clear, &id);
    ASSERT(k <= e->clear.head->indexes);
    if (k && s->underlying_label && e->clear.index[k].label != s->underlying_label)
        return refuse(REJECT_INDEX_LABEL, "underlying", s->underlying_label,
                      e->clear.index[k].label);
    return ACCEPT;
}

static struct refusal judge_spec(const struct engine *e, const struct spec *s, u32 *calendar)
{
    struct spec_finding found[1];
    u32 n = spec_check(s, found, 1), latest = 0;
    ASSERT(e->head->opened);
    if (n)
        return refuse(REJECT_SPEC_INVALID, spec_record.field[found[0].field].key, 0,
                      found[0].fault);
    u32 unknown = spec_unknown(s);
    if (unknown < spec_record.fields)
        return refuse(REJECT_SPEC_INVALID, spec_record.field[unknown].key, 0, 0);
    if (spec_beyond(s)) return refuse(REJECT_SPEC_INVALID, spec_beyond(s), 0, 1);
    if (!str_eq(str_of(s->settle_ccy), TEXT_STR(e->head->currency)) ||
        !str_eq(str_of(s->quote_ccy), TEXT_STR(e->head->currency)))
        return refuse(REJECT_SPEC_INVALID, "settle", 0, 0);
    *calendar = calendar_slot(e, s->calendar_id);
    if (!*calendar) return refuse(REJECT_UNKNOWN_CALENDAR, "calendar", 0, 0);
    for (u32 k = 1; k <= e->head->specs; k++)
        if (str_eq(str_of(e->spec[k].spec.product), str_of(s->product))) latest = k;
    i64 next = latest ? e->spec[latest].spec.version + 1 : s->version;
    if (s->version != next) return refuse(REJECT_SPEC_VERSION, "version", next, s->version);
    if (e->head->specs >= e->caps.products_max)
        return refuse(REJECT_CAPACITY, "record", e->caps.products_max, e->head->specs);
    ASSERT(*calendar <= e->head->calendars);
    return judge_label(e, s);
}

static bool key_fits(const char *key)
{
    ASSERT(key);
    return strlen(key) < sizeof(Text16);
}

struct refusal on_spec_put(struct engine *e, const struct cmd_spec_put *c, struct outbox *out)
{
    struct spec *s = &e->scratch->spec;
    u32 calendar = 0, root = 0;
    if (!engine_four_eyes(&c->approved_by, &c->approved_by_2))
        return refuse(REJECT_FOUR_EYES, "approved_by_2", 2, 1);
    if (!spec_decode(c->record.at, c->record.n, s))
        return refuse(REJECT_SPEC_INVALID, "record", 0, 0);
    struct refusal why = judge_spec(e, s, &calendar);
    if (why.code) {
        if (!key_fits(why.field)) why.field = "record"; /* the finding's number stays */
        return why;
    }
    for (u32 k = e->head->specs; k > 0; k--)
        if (str_eq(str_of(e->spec[k].spec.product), str_of(s->product))) root = e->spec[k].root;
    u32 slot = ++e->head->specs;
    e->specs_used->used = slot + 1;
    struct engine_spec *x = &e->spec[slot];
    x->spec = *s, x->calendar = calendar, x->next_phase.ns = INT64_MAX;
    x->phase = PHASE_CLOSED;
    x->root = root ? root : slot;
    x->product = root ? e->spec[root].product : ++e->head->products;
    struct evt_spec_stored *v = &outbox_add(out, EVT_SPEC_STORED)->spec_stored;
    bool fits = TEXT_FILL(&v->product_id, str_of(s->product));
    ASSERT(fits);
    ASSERT(x->product > 0);
    v->product = x->product, v->version = (u32)s->version, v->hash = spec_hash(s);
    return ACCEPT;
}

/* -- benchmarks -- */

/* What the newest contract on a benchmark not yet installed says of it; 0: nothing. */
static i64 wanted_label(const struct engine *e, const Text32 *index)
{
    ASSERT(index->z[0]);
    ASSERT(e->head->specs < e->specs_used->used);
    for (u32 k = e->head->specs; k > 0; k--)
        if (str_eq(str_of(e->spec[k].spec.underlying_id), TEXT_STR(*index)))
            return e->spec[k].spec.underlying_label;
    return 0;
}

struct refusal on_index_install(struct engine *e, const struct cmd_index_install *c,
                                struct outbox *out)
{
    u32 k = clear_index_of(&e->clear, &c->index);
    ASSERT(e->head->opened);
    if (!engine_four_eyes(&c->approved_by, &c->approved_by_2))
        return refuse(REJECT_FOUR_EYES, "approved_by_2", 2, 1);
    if (!c->index.z[0] || !c->version) return refuse(REJECT_BAD_VALUE, "index", 0, c->version);
    const struct clear_index *x = &e->clear.index[k];
    if (k && c->version != x->version + 1)
        return refuse(REJECT_INDEX_ORDER, "version", x->version + 1, c->version);
    if (k && c->effective_from.days <= x->last_date)
        return refuse(REJECT_INDEX_METHOD_DATE, "effective_from", x->last_date + 1,
                      c->effective_from.days);
    i64 due = k ? (i64)x->label : wanted_label(e, &c->index);
    if (due && c->label != due) return refuse(REJECT_INDEX_LABEL, "label", due, c->label);
    if (!k && e->clear.head->indexes >= e->caps.indexes_max)
        return refuse(REJECT_CAPACITY, "index", e->caps.indexes_max, e->clear.head->indexes);
    k = clear_index_put(&e->clear, c);
    struct evt_index_installed *v = &outbox_add(out, EVT_INDEX_INSTALLED)->index_installed;
    ASSERT(k > 0);
    v->index = c->index, v->version = c->version;
    v->label = c->label, v->methodology = c->methodology;
    return ACCEPT;
}

/* The oldest date whose print a contract on this benchmark still needs. */
static i32 needed_from(const struct engine *e)
{
    i32 oldest = INT32_MAX;
    ASSERT(e->head->opened);
    for (u32 k = 1; k <= e->head->instruments; k++)
        if (engine_live(e, k) && e->instrument[k].listing.start.days < oldest)
            oldest = e->instrument[k].listing.start.days;
    ASSERT(oldest > 0);
    return oldest;
}

struct refusal on_index_print(struct engine *e, const struct cmd_index_print *c, struct outbox *out)
{
    u32 index = clear_index_of(&e->clear, &c->index);
    u32 code = clear_print_refuses(&e->clear, c, needed_from(e));
    if (code)
        return refuse(code, "value_date", index ? e->clear.index[index].last_date + 1 : 0,
                      c->value_date.days);
    ASSERT(index > 0);
    clear_print_put(&e->clear, index, c, e->clock->now);
    struct evt_index_printed *v = &outbox_add(out, EVT_INDEX_PRINTED)->index_printed;
    static_assert(sizeof *v == sizeof *c, "one field list makes both");
    memcpy(v, c, sizeof *v);
    if (c->version == 1) e->head->job = (struct job){ .kind = JOB_PRINT, .i = 1, .j = index };
    ASSERT(e->clear.index[index].last_date >= c->value_date.days);
    return ACCEPT;
}

/* One day of one contract at a time. i: contract, j: benchmark. */
void job_print(struct engine *e, struct outbox *out)
{
    struct job *job = &e->head->job;
    ASSERT(job->kind == JOB_PRINT);
    ASSERT(outbox_room(out) >= ENGINE_ROOM);
    for (; job->i <= e->head->instruments; job->i++) {
        u32 k = job->i;
        const struct engine_instrument *i = &e->instrument[k];
        if (e->clear.instrument[k].index != job->j || !engine_live(e, k)) continue;
        if (i->state == LISTING_DETERMINATION) continue; /* its price will be determined */
        if (clear_fix_next(&e->clear, k, spec_of(e, k), calendar_of(e, k), &i->listing,
                           e->clock->now, out)) {
            engine_after_fixings(e, k, out);
            return;
        }
    }
    *job = (struct job){ 0 };
}

/* -- accounts and cash -- */

struct refusal on_account_open(struct engine *e, const struct cmd_account_open *c,
                               struct outbox *out)
{
    if (c->account == 0) return refuse(REJECT_BAD_VALUE, "account", 1, 0);
    if (risk_account_of(&e->risk, c->account))
        return refuse(REJECT_ACCOUNT_EXISTS, "account", 0, c->account);
    if (risk_accounts_full(&e->risk))
        return refuse(REJECT_CAPACITY, "account", e->caps.accounts_max, e->caps.accounts_max);
    u32 handle = risk_account_open(&e->risk, c);
    ASSERT(handle > 0);
    ledger_open(&e->ledger, handle);
    struct evt_account_opened *v = &outbox_add(out, EVT_ACCOUNT_OPENED)->account_opened;
    static_assert(sizeof *v == sizeof *c, "one field list makes both");
    memcpy(v, c, sizeof *v);
    ASSERT(risk_accounts(&e->risk) == handle);
    return ACCEPT;
}

struct refusal on_account_set(struct engine *e, const struct cmd_account_set *c, struct outbox *out)
{
    u32 a = risk_account_of(&e->risk, c->account);
    ASSERT(c->status > ACCOUNT_STATUS_NONE && c->status < ACCOUNT_STATUS_COUNT);
    if (!a) return refuse(REJECT_UNKNOWN_ACCOUNT, "account", 0, c->account);
    if (!engine_four_eyes(&c->approved_by, &c->approved_by_2))
        return refuse(REJECT_FOUR_EYES, "approved_by_2", 2, 1);
    e->risk.account[a].status = c->status;
    struct evt_account_changed *v = &outbox_add(out, EVT_ACCOUNT_CHANGED)->account_changed;
    v->account = c->account, v->status = c->status;
    ASSERT(e->risk.account[a].id == c->account);
    return ACCEPT;
}

static void say_transfer(const struct cmd_cash_deposit *c, u8 kind, u64 posting_id, bool repeated,
                         struct outbox *out)
{
    struct evt_transferred *v = &outbox_add(out, EVT_TRANSFERRED)->transferred;
    ASSERT(posting_id > 0);
    ASSERT(kind == POSTING_DEPOSIT || kind == POSTING_WITHDRAWAL);
    v->transfer = c->transfer, v->account = c->account, v->kind = kind;
    v->amount = c->amount, v->posting_id = posting_id, v->repeated = repeated;
}

static struct refusal transfer(struct engine *e, const struct cmd_cash_deposit *c, u8 kind,
                               struct outbox *out)
{
    u32 a = risk_account_of(&e->risk, c->account);
    u64 posting_id;
    ASSERT(e->head->opened);
    if (!a) return refuse(REJECT_UNKNOWN_ACCOUNT, "account", 0, c->account);
    if (c->amount.micros <= 0) return refuse(REJECT_AMOUNT, "amount", 1, c->amount.micros);
    switch (ledger_seen(&e->ledger, c->transfer, c->account, kind, c->amount, &posting_id)) {
    case TRANSFER_SAME: say_transfer(c, kind, posting_id, true, out); return ACCEPT;
    case TRANSFER_OTHER: return refuse(REJECT_TRANSFER_DIFFERS, "transfer", 0, 0);
    case TRANSFER_FULL:
        return refuse(REJECT_CAPACITY, "transfer", e->caps.transfers_max, e->caps.transfers_max);
    case TRANSFER_NEW: break;
    }
    if (kind == POSTING_WITHDRAWAL) {
        u8 status = e->risk.account[a].status;
        if (status != ACCOUNT_STATUS_OPEN && status != ACCOUNT_STATUS_CLOSE_ONLY)
            return refuse(REJECT_ACCOUNT_FROZEN, "account", 0, status);
        i128 free = clear_withdrawable(&e->clear, a);
        i64 shown = free > INT64_MAX ? INT64_MAX : free < 0 ? 0 : (i64)free;
        if (c->amount.micros > free)
            return refuse(REJECT_FREE_CASH, "amount", shown, c->amount.micros);
    }
    posting_id = ledger_transfer(&e->ledger, c->transfer, a, c->account, kind, c->amount, out);
    say_transfer(c, kind, posting_id, false, out);
    clear_margin(&e->clear, a, out);
    ASSERT(posting_id > 0);
    return ACCEPT;
}

struct refusal on_cash_deposit(struct engine *e, const struct cmd_cash_deposit *c,
                               struct outbox *out)
{
    ASSERT(c);
    ASSERT(out);
    return transfer(e, c, POSTING_DEPOSIT, out);
}

struct refusal on_cash_withdraw(struct engine *e, const struct cmd_cash_withdraw *c,
                                struct outbox *out)
{
    static_assert(sizeof(struct cmd_cash_withdraw) == sizeof(struct cmd_cash_deposit),
                  "one field list makes both");
    struct cmd_cash_deposit same;
    memcpy(&same, c, sizeof same);
    ASSERT(c);
    ASSERT(out);
    return transfer(e, &same, POSTING_WITHDRAWAL, out);
}

/* -- what it was told already -- */

i64 engine_calendar_version(const struct engine *e, const char *id)
{
    u32 slot = calendar_slot(e, id);
    ASSERT(id[0]);
    ASSERT(slot <= e->head->calendars);
    return slot ? e->calendar[slot].version : 0;
}

i64 engine_spec_version(const struct engine *e, const char *product)
{
    i64 latest = 0;
    ASSERT(product[0]);
    for (u32 k = 1; k <= e->head->specs; k++)
        if (str_eq(str_of(e->spec[k].spec.product), str_of(product)))
            latest = e->spec[k].spec.version;
    ASSERT(latest >= 0);
    return latest;
}

u32 engine_index_version(const struct engine *e, const Text32 *id)
{
    u32 k = clear_index_of(&e->clear, id);
    ASSERT(id->z[0]);
    ASSERT(k <= e->clear.head->indexes);
    return k ? e->clear.index[k].version : 0;
}

Hash engine_index_rules(const struct engine *e, const Text32 *id)
{
    u32 k = clear_index_of(&e->clear, id);
    ASSERT(k > 0);
    ASSERT(k <= e->clear.head->indexes);
    return e->clear.index[k].methodology;
}

bool engine_has_account(const struct engine *e, u32 account)
{
    ASSERT(e->head->opened);
    ASSERT(account);
    return risk_account_of(&e->risk, account) != 0;
}

bool engine_has_transfer(const struct engine *e, Id128 id)
{
    u64 posting_id;
    Money any = { 0 };
    ASSERT(e->head->opened);
    enum transfer_seen seen = ledger_seen(&e->ledger, id, 0, POSTING_DEPOSIT, any, &posting_id);
    ASSERT(posting_id <= e->ledger.head->postings);
    return seen == TRANSFER_SAME || seen == TRANSFER_OTHER;
}
