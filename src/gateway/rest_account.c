/* Reads of what belongs to accounts. */
#include "gateway/internal.h"

struct rows { struct gateway *g; u32 n; u64 last; };
struct names { u32 account[1000]; Text32 name[1000]; u32 n; };

static bool keep_name(void *ctx, const void *row)
{
    struct names *k = ctx;
    const struct evt_account_opened *v = row;
    k->account[k->n] = v->account, k->name[k->n++] = v->name;
    return k->n < ARRAY_LEN(k->account);
}

/* Of one thread: filled before each list that shows names. */
static struct names names;
static bool load_names(struct ask *a, u32 account)
{
    struct why w;
    struct store_filter f = { .account = account };
    names.n = 0;
    return store_ok(a, store_accounts(a->g->store, &f, keep_name, &names, &w), &w);
}

static const char *name_of(u32 account)
{
    for (u32 i = 0; i < names.n; i++)
        if (names.account[i] == account) return names.name[i].z;
    return "";
}

static void begin(struct ask *a, const char *list)
{
    text_put_char(&a->g->body, '{');
    json_key(&a->g->body, list);
    text_put_char(&a->g->body, '[');
}

static void finish(struct ask *a, const struct rows *r, u64 limit)
{
    text_put_char(&a->g->body, ']');
    if (limit && r->n >= limit) json_id(&a->g->body, "next", r->last);
    text_put_char(&a->g->body, '}');
    answer_json(a, 200, NULL);
}

static bool page_of(struct ask *a, struct store_filter *f, bool newest_first)
{
    u64 limit = newest_first ? 100 : 1000, cursor = 0;
    if (!ask_u64(a, "limit", 1000, &limit) || !ask_u64(a, "cursor", INT64_MAX, &cursor))
        return false;
    if (!limit) {
        answer_problem(a, REJECT_BAD_FIELD, "1 to 1,000 is due", "limit", 0);
        return false;
    }
    f->limit = (u32)limit;
    if (newest_first) f->before = cursor;
    else f->after = cursor;
    return true;
}

/* ---- orders and fills ---- */

static bool put_order(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct store_order *v = row;
    write_order(r->g, &r->g->body, v, NULL, 0);
    r->n++, r->last = v->order.order_id;
    return !r->g->body.cut;
}

void route_orders(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    char buf[16];
    Str state;
    if (!page_of(a, &f, true) || !ask_contract(a, &f.instrument) ||
        !ask_account(a, true, &f.account))
        return;
    if (!ask_word(a, "state", buf, sizeof buf, &state)) return;
    f.state = str_is(state, "open") ? ORDER_OPEN : str_is(state, "done") ? ORDER_DONE : 0;
    if (state.n && !f.state && !str_is(state, "all")) {
        answer_problem(a, REJECT_BAD_FIELD, "open, done or all is due", "state", 0);
        return;
    }
    if (park_read(a)) return;
    begin(a, "orders");
    if (store_ok(a, store_orders(a->g->store, &f, put_order, &r, &w), &w)) finish(a, &r, f.limit);
}

static bool put_fill(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct store_fill *v = row;
    write_fill(r->g, &r->g->body, v);
    r->n++, r->last = v->seq << 20 | v->index;
    return !r->g->body.cut;
}

struct fill_rows { struct store_fill rows[1000]; u32 n; };
static bool keep_fill(void *ctx, const void *row)
{
    struct fill_rows *f = ctx;
    f->rows[f->n++] = *(const struct store_fill *)row;
    return f->n < ARRAY_LEN(f->rows);
}

static void one_order(struct ask *a, bool by_client)
{
    static struct fill_rows fills; /* of one thread */
    struct store_order o;
    struct why w;
    bool found = false;
    u64 id = 0;
    Text40 client_id;
    if (park_read(a)) return;
    Err err = ERR_OK;
    if (!by_client && parse_u64(a->part, &id) == PARSE_OK && id && id <= INT64_MAX)
        err = store_order_by_id(a->g->store, id, &o, &found, &w);
    else if (by_client && TEXT_FILL(&client_id, a->part))
        err = store_order_by_client(a->g->store, a->who->key.account, &client_id, &o, &found, &w);
    if (!store_ok(a, err, &w)) return;
    if (found && o.order.account != a->who->key.account && !a->who->key.read_all) found = false;
    if (!found) {
        answer_problem(a, REJECT_UNKNOWN_ORDER, NULL, NULL, 0);
        return;
    }
    fills.n = 0;
    if (!store_ok(a, store_order_fills(a->g->store, o.order.order_id, 0, keep_fill, &fills, &w),
                  &w))
        return;
    write_order(a->g, &a->g->body, &o, fills.rows, fills.n);
    answer_json(a, 200, NULL);
}

void route_order(struct ask *a) { one_order(a, false); }
void route_client(struct ask *a) { one_order(a, true); }

void route_fills(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    if (!page_of(a, &f, true) || !ask_contract(a, &f.instrument) ||
        !ask_account(a, true, &f.account))
        return;
    if (park_read(a)) return;
    begin(a, "fills");
    if (store_ok(a, store_fills(a->g->store, &f, put_fill, &r, &w), &w)) finish(a, &r, f.limit);
}

/* ---- accounts ---- */

static bool put_account(void *ctx, const void *row)
{
    struct gateway *g = ctx;
    const struct evt_account_opened *v = row;
    struct text *t = &g->body;
    struct why w;
    u8 status = 0;
    if (store_account_status(g->store, v->account, &status, &w)) status = 0;
    json_item(t);
    text_put_char(t, '{');
    json_u32(t, "account", v->account);
    json_str(t, "name", v->name.z);
    json_str(t, "category", enum_text(CATEGORY_ENUM, v->category));
    json_str(t, "kind", enum_text(ACCOUNT_KIND_ENUM, v->kind));
    json_str(t, "status", enum_text(ACCOUNT_STATUS_ENUM, status));
    text_put_char(t, '}');
    return !t->cut;
}

void route_accounts(struct ask *a)
{
    struct store_filter f = { .account = a->who->key.read_all ? 0 : a->who->key.account };
    struct why w;
    if (park_read(a)) return;
    begin(a, "accounts");
    if (!store_ok(a, store_accounts(a->g->store, &f, put_account, a->g, &w), &w)) return;
    text_put_char(&a->g->body, ']');
    json_u32(&a->g->body, "trading_account", a->who->key.account);
    text_put_char(&a->g->body, '}');
    answer_json(a, 200, NULL);
}

static bool put_position(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct evt_position *v = row;
    struct text *t = &r->g->body;
    r->n++, r->last = (u64)v->account << 32 | v->instrument;
    json_item(t);
    text_put_char(t, '{');
    json_u32(t, "account", v->account);
    json_str(t, "name", name_of(v->account));
    json_str(t, "contract", contract_id(r->g, v->instrument));
    json_int(t, "lots", v->lots);
    write_price(t, "mark", contract_at(r->g, v->instrument), v->mark.micros);
    json_dec(t, "unsettled", v->unsettled.micros, 2);
    text_put_char(t, '}');
    return !t->cut;
}

void route_positions(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    if (!page_of(a, &f, false) || !ask_account(a, false, &f.account) || park_read(a)) return;
    if (!load_names(a, f.account)) return;
    begin(a, "positions");
    if (store_ok(a, store_positions(a->g->store, &f, put_position, &r, &w), &w))
        finish(a, &r, f.limit);
}

static bool put_balance(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct store_balance *v = row;
    struct text *t = &r->g->body;
    json_item(t);
    text_put_char(t, '{');
    json_u32(t, "account", v->account);
    json_str(t, "chart", enum_text(CHART_ENUM, v->chart));
    json_dec(t, "amount", v->amount.micros, 2);
    text_put_char(t, '}');
    return !t->cut;
}

void route_balances(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    if (!ask_account(a, false, &f.account) || park_read(a)) return;
    begin(a, "balances");
    if (store_ok(a, store_balances(a->g->store, &f, put_balance, &r, &w), &w)) finish(a, &r, 0);
}

static bool put_margin(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct evt_margin *v = row;
    struct text *t = &r->g->body;
    r->n++, r->last = v->account;
    json_item(t);
    text_put_char(t, '{');
    json_u32(t, "account", v->account);
    json_str(t, "name", name_of(v->account));
    json_dec(t, "cash", v->cash.micros, 2);
    json_dec(t, "requirement", v->requirement.micros, 2);
    json_dec(t, "fee_hold", v->fee_hold.micros, 2);
    json_dec(t, "free", v->free.micros, 2);
    text_put_char(t, '}');
    return !t->cut;
}

void route_margin(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    if (!page_of(a, &f, false) || !ask_account(a, false, &f.account) || park_read(a)) return;
    if (!load_names(a, f.account)) return;
    begin(a, "accounts");
    if (store_ok(a, store_margins(a->g->store, &f, put_margin, &r, &w), &w)) finish(a, &r, f.limit);
}

static bool put_posting(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct store_posting *v = row;
    const struct evt_posted *p = &v->posted;
    struct text *t = &r->g->body;
    r->n++, r->last = p->posting_id;
    json_item(t);
    text_put_char(t, '{');
    json_id(t, "posting_id", p->posting_id);
    json_id(t, "seq", v->seq);
    json_date(t, "day", v->day);
    json_str(t, "kind", enum_text(POSTING_ENUM, p->kind));
    json_str(t, "debit", enum_text(CHART_ENUM, p->debit));
    json_u32(t, "debit_account", p->debit_account);
    json_str(t, "credit", enum_text(CHART_ENUM, p->credit));
    json_u32(t, "credit_account", p->credit_account);
    json_dec(t, "amount", p->amount.micros, 2);
    if (p->instrument) json_str(t, "contract", contract_id(r->g, p->instrument));
    else json_null(t, "contract");
    json_id(t, "ref", p->ref);
    text_put_char(t, '}');
    return !t->cut;
}

void route_ledger(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    if (!page_of(a, &f, true) || !ask_account(a, false, &f.account) || park_read(a)) return;
    begin(a, "postings");
    if (store_ok(a, store_postings(a->g->store, &f, put_posting, &r, &w), &w))
        finish(a, &r, f.limit);
}

static bool put_fee(void *ctx, const void *row)
{
    struct rows *r = ctx;
    const struct store_fee *v = row;
    struct text *t = &r->g->body;
    json_item(t);
    text_put_char(t, '{');
    json_u32(t, "account", v->account);
    json_str(t, "contract", contract_id(r->g, v->instrument));
    json_dec(t, "maker", v->maker.micros, 2);
    json_dec(t, "taker", v->taker.micros, 2);
    json_int(t, "lots", v->lots);
    text_put_char(t, '}');
    return !t->cut;
}

void route_fees(struct ask *a)
{
    struct store_filter f = { 0 };
    struct rows r = { a->g, 0, 0 };
    struct why w;
    if (!ask_account(a, false, &f.account) || park_read(a)) return;
    begin(a, "fees");
    if (store_ok(a, store_fees(a->g->store, &f, put_fee, &r, &w), &w)) finish(a, &r, 0);
}
