#include "clear/clear.h"
#include "vectors.h"

#include <stdlib.h>
#include <string.h>

/* The ops of area "clearing": see vectors.h on how to add one. */

static i64 decimal(const char *text, u32 scale)
{
    i64 v = 0;
    if (parse_dec(str_of(text), scale, &v) != PARSE_OK) vector_fail("%s: not a decimal", text);
    return v;
}
static i64 dec(const cJSON *in, const char *key, u32 scale)
{
    return decimal(in_text(in, key), scale);
}
static i64 dec_item(const cJSON *item, u32 scale) { return decimal(item_text(item), scale); }

static u32 active_of(const i64 *w)
{
    i64 scan = risk_scan(w);
    u32 j = 0;
    while (j < RISK_SCENARIOS - 1 && w[j] != scan) j++;
    return j;
}

static void op_scan_risk(const cJSON *in, cJSON *out)
{
    const cJSON *arrays = in_get(in, "profit_long_1"), *row;
    i64 w[RISK_SCENARIOS] = { 0 }, qty[16];
    u32 n = in_i64s(in, "qty", qty, ARRAY_LEN(qty)), k = 0;
    cJSON_ArrayForEach(row, arrays)
    {
        struct risk_instrument i = { .armed = 1 };
        u32 j = 0;
        const cJSON *v;
        cJSON_ArrayForEach(v, row) if (j < RISK_SCENARIOS) i.ra[j++] = -item_i64(v);
        if (k < n) risk_add_position(w, &i, qty[k++]);
    }
    out_i64s(out, "loss", w, RISK_SCENARIOS);
    out_i64(out, "scan", risk_scan(w));
    out_i64(out, "active", active_of(w) + 1);
}

static struct risk_instrument contract_of(const cJSON *in, const char *name)
{
    struct risk_instrument i = { .armed = 1, .lot_units_milli = in_i64(in, "lot") * 1000 };
    const cJSON *ra = in_get(in_get(in, "risk_arrays_long_1_micros"), name), *v;
    u32 j = 0;
    cJSON_ArrayForEach(v, ra) if (j < RISK_SCENARIOS) i.ra[j++] = item_i64(v);
    i.mark = dec(in_get(in, "marks"), name, 6);
    return i;
}

static void add_order(i64 *w, const cJSON *in, const cJSON *order)
{
    struct risk_instrument i = contract_of(in, in_text(order, "contract"));
    u8 side = in_text(order, "side")[0] == 'B' ? SIDE_BUY : SIDE_SELL;
    risk_add_order(w, &i, side, dec(order, "limit", 6), in_i64(order, "qty"));
}

static void op_pretrade_scan(const cJSON *in, cJSON *out)
{
    i64 w[RISK_SCENARIOS] = { 0 };
    const cJSON *v;
    cJSON_ArrayForEach(v, in_get(in, "positions"))
    {
        struct risk_instrument i = contract_of(in, v->string);
        risk_add_position(w, &i, item_i64(v));
    }
    out_i64(out, "position_only_micros", risk_scan(w));
    cJSON_ArrayForEach(v, in_get(in, "open_orders")) add_order(w, in, v);
    out_i64(out, "worst_fills_micros", risk_scan(w));
    u32 active = active_of(w);
    cJSON *subset = out_array(out, "worst_subset");
    cJSON_ArrayForEach(v, in_get(in, "open_orders"))
    {
        i64 one[RISK_SCENARIOS] = { 0 };
        add_order(one, in, v);
        if (one[active] > 0) out_text(subset, NULL, in_text(v, "id"));
    }
}

static void op_average_accrual(const cJSON *in, cJSON *out)
{
    i64 total = in_i64(in, "N"), qty = in_i64(in, "qty"), sum = 0, n = 0;
    const cJSON *v;
    cJSON_ArrayForEach(v, in_get(in, "fixings")) sum += dec_item(v, 9), n++;
    i64 rest = dec(in, "forward_of_rest", 9), left[2] = { total - n, total };
    if (n == 0 || n > total) vector_fail("fixings: not within the set");
    i64 scan =
        risk_scan_range(dec(in, "psr", 6), in_i64(in, "lot") * 1000, PPM, (u32)n, (u32)total);
    out_i64(out, "n", n);
    out_i64(out, "realised_mean_ppb", (i64)div_round(sum, n, ROUND_HALF_EVEN));
    out_i64(out, "fair_mark_ppb", running_mark(sum, (u32)n, (u32)total, rest));
    out_i64s(out, "remaining", left, 2);
    out_i64(out, "scan_per_lot", scan);
    out_i64(out, "scan_total", scan * (qty < 0 ? -qty : qty));
    out_i64(out, "limit_lots_e6",
            (i64)div_round((i128)qty * MICROS * left[0], total, ROUND_HALF_EVEN));
}

/* A clearing house of its own: accounts, contracts, positions, trades, then one cycle. */
struct house {
    struct ledger ledger;
    struct risk risk;
    struct clear clear;
    u8 *bytes;
    struct event events[256];
    struct outbox out;
};

static void house_lay(struct house *h, struct arena *a)
{
    struct risk_caps caps = { 8, 8, 64 };
    struct clear_caps cleared = { 8, 8, 64, 1, 1 };
    h->ledger = ledger_init(a, 8, 8);
    h->risk = risk_init(a, caps);
    h->clear = clear_init(a, cleared, &h->ledger, &h->risk);
}

static void trade(struct house *h, u32 k, u32 buyer, u32 seller, i64 price, i64 lots)
{
    struct clear_fill f = { .price = price, .limit = price, .lots = lots };
    u32 who[2] = { buyer, seller };
    f.liquidity = LIQUIDITY_TAKER;
    for (u32 s = 0; s < 2; s++) {
        f.exposure = risk_exposure_open(&h->risk, who[s], k);
        f.side = s ? SIDE_SELL : SIDE_BUY;
        clear_order_enters(&h->clear, f.exposure, f.side, price, lots);
        (void)clear_fill(&h->clear, &f, &h->out);
    }
    clear_trade(&h->clear, k, price, lots, false, (Instant){ 0 });
}

static u32 index_of(const cJSON *list, const char *name)
{
    u32 k = 1;
    const cJSON *v;
    cJSON_ArrayForEach(v, list)
    {
        if (strcmp(v->string ? v->string : item_text(v), name) == 0) return k;
        k++;
    }
    vector_fail("%s: not in the list", name);
    return 1;
}

static void house_found(struct house *h, const cJSON *in, u32 accounts)
{
    const cJSON *v;
    u32 k = 0;
    for (u32 a = 1; a <= accounts; a++) {
        struct cmd_account_open c = { .account = a, .member = 1 };
        u32 handle = risk_account_open(&h->risk, &c);
        ledger_open(&h->ledger, handle);
        (void)ledger_transfer(&h->ledger, (Id128){ 0, a }, a, a, POSTING_DEPOSIT,
                              (Money){ INT64_C(1) << 50 }, &h->out);
    }
    cJSON_ArrayForEach(v, in_get(in, "contracts"))
    {
        struct risk_instrument *r = risk_instrument_open(&h->risk, ++k);
        struct clear_instrument *i = &h->clear.instrument[k];
        h->clear.instruments_used->used = k + 1;
        i->lot_units_milli = r->lot_units_milli = in_i64(v, "lot") * 1000;
        i->mark = dec(v, "prior", 6), i->tick = 1000;
        r->value_max = 1, r->commodity = k;
        risk_percentage(r, i->mark, 0, 0, 0);
    }
}

static void op_vm_cycle(const cJSON *in, cJSON *out)
{
    static struct house h;
    struct arena m = arena_measure();
    const cJSON *accounts = in_get(in, "accounts"), *contracts = in_get(in, "contracts"), *v, *p;
    u32 n = in_len(in, "accounts"), k;
    i64 before[8];
    if (n > 7) vector_fail("accounts: at most 7");
    if (n > 7) return;
    house_lay(&h, &m);
    h.bytes = aligned_alloc(64, arena_bytes(&m));
    memset(h.bytes, 0, arena_bytes(&m));
    struct arena a = arena_new(h.bytes, arena_bytes(&m));
    house_lay(&h, &a);
    h.out = (struct outbox){ .events = h.events, .cap = ARRAY_LEN(h.events) };
    house_found(&h, in, n);
    /* a start position is a trade at the prior price with an account nobody asks about */
    struct cmd_account_open other = { .account = 99, .member = 1 };
    ledger_open(&h.ledger, risk_account_open(&h.risk, &other));
    cJSON_ArrayForEach(v, in_get(in, "start_positions")) cJSON_ArrayForEach(p, v)
    {
        u32 who = index_of(accounts, v->string);
        k = index_of(contracts, p->string);
        i64 lots = item_i64(p);
        if (lots > 0) trade(&h, k, who, n + 1, h.clear.instrument[k].mark, lots);
        if (lots < 0) trade(&h, k, n + 1, who, h.clear.instrument[k].mark, -lots);
    }
    cJSON_ArrayForEach(v, in_get(in, "trades")) trade(
        &h, index_of(contracts, in_text(v, "contract")), index_of(accounts, in_text(v, "buyer")),
        index_of(accounts, in_text(v, "seller")), dec(v, "price", 6), in_i64(v, "qty"));
    h.out.n = 0, k = 0;
    cJSON_ArrayForEach(v, contracts)
    {
        struct clear_instrument *i = &h.clear.instrument[++k];
        i->settle = dec(v, "settle", 6), i->rule = DSP_VWAP_WINDOW;
        clear_say_settlement(&h.clear, k, (Date){ 1 }, &h.out);
    }
    for (u32 x = 1; x <= n; x++) before[x] = (i64)ledger_cash(&h.ledger, x);
    h.out.n = 0;
    for (u32 pass = 0; pass < 2; pass++)
        for (u32 x = 1; x <= n + 1; x++)
            clear_vm_account(&h.clear, x, pass == 0, (Date){ 1 }, &h.out);
    i64 paid = 0, collected = 0;
    for (u32 e = 0; e < h.out.n; e++) {
        const struct evt_posted *posted = &h.events[e].posted;
        *(posted->credit == CHART_VM ? &collected : &paid) += posted->amount.micros;
    }
    clear_vm_commit(&h.clear); /* asserts that X.VM is back at zero */
    clear_check(&h.clear);
    cJSON *vm = out_object(out, "vm_micros"), *end = out_object(out, "end_positions");
    cJSON_ArrayForEach(v, accounts)
    {
        u32 x = index_of(accounts, item_text(v));
        out_i64(vm, item_text(v), (i64)ledger_cash(&h.ledger, x) - before[x]);
        cJSON *of = out_object(end, item_text(v));
        cJSON_ArrayForEach(p, contracts)
        {
            u32 e = risk_exposure_of(&h.risk, x, index_of(contracts, p->string));
            out_i64(of, p->string, e ? risk_exposure(&h.risk, e)->lots : 0);
        }
    }
    out_i64(out, "pay_total", paid);
    out_i64(out, "collect_total", collected);
    cJSON *interest = out_object(out, "open_interest");
    cJSON_ArrayForEach(p, contracts)
        out_i64(interest, p->string, h.clear.instrument[index_of(contracts, p->string)].long_lots);
    free(h.bytes);
}

const struct vector_op vector_ops_clearing[] = {
    { "scan_risk", op_scan_risk },
    { "pretrade_scan", op_pretrade_scan },
    { "average_accrual", op_average_accrual },
    { "vm_cycle", op_vm_cycle },
    { NULL, NULL },
};
