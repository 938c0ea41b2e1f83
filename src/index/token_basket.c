#include "index/token_work.h"

/* ---- screens: section 4's reasons in their order, as far as a token row has them ---- */

static u8 reason_of_source(const struct token_method *m, const struct observation *o)
{
    bool rights =
        o->rights == RIGHTS_OPEN || o->rights == RIGHTS_CC_BY || o->rights == RIGHTS_CONTRACT;
    bool made_up = (o->quality & LIST_BIT(QUALITY_SYNTHETIC)) && m->label != BENCH_LABEL_SYNTHETIC;
    ASSERT(m && o);
    ASSERT(o->kind < OBS_KIND_COUNT);
    if (!rights) return REASON_RIGHTS;
    if (o->term != TERM_TOKEN) return REASON_TERM;
    if (!(m->kinds >> o->kind & 1) || o->quality & LIST_BIT(QUALITY_BID) || made_up)
        return REASON_KIND;
    if (!(m->channels >> o->channel & 1)) return REASON_CHANNEL;
    if (o->quality & (LIST_BIT(QUALITY_REMOVED) | LIST_BIT(QUALITY_NO_CAPACITY)))
        return REASON_NO_CAPACITY;
    return 0;
}

/* To micros per million tokens. */
static u8 reason_of_price(const struct token_method *m, const struct observation *o, i64 *price)
{
    i64 scale = o->raw_unit == RAW_UNIT_MTOKEN ? 1 : o->raw_unit == RAW_UNIT_TOKEN ? MICROS : 0;
    ASSERT(m && o);
    ASSERT(price);
    if (o->quality & LIST_BIT(QUALITY_DEVTEST)) return REASON_OFFER_TYPE;
    if (o->price == 0) return REASON_ZERO_PRICE;
    if (o->price < 0) return REASON_NEGATIVE_SENTINEL;
    if (o->quality & LIST_BIT(QUALITY_PLACEHOLDER)) return REASON_PLACEHOLDER;
    if (o->quality & LIST_BIT(QUALITY_PROMOTION)) return REASON_PROMOTION;
    if (memcmp(o->ccy, "USD", 3) != 0) return REASON_FX_STALE;
    bool side = o->token_side == TOKEN_SIDE_INPUT || o->token_side == TOKEN_SIDE_OUTPUT ||
                o->token_side == TOKEN_SIDE_CACHED;
    if (!scale || !side || o->price > TOKEN_PRICE_MAX / scale) return REASON_RANGE;
    *price = o->price * scale;
    return 0;
}

/* Slots looked at on the day, by their model or their successor. */
struct slots_of token_slots_wanted(const struct token_index *ix)
{
    const struct token_method *m = ix->m;
    struct slots_of w = { { 0 }, { 0 } };
    u64 in = 0;
    Date due = token_rebalance_on(m, ix->date);
    ASSERT(ix->before.basket.n <= TOKEN_SLOTS_MAX);
    for (u32 i = 0; i < ix->before.basket.n; i++)
        if (ix->before.basket.at[i].state != SLOT_STATE_LEFT)
            in |= UINT64_C(1) << ix->before.basket.at[i].slot;
    for (i64 i = 0; due.days > ix->before.basket.from.days && i < m->shares_n; i++)
        if (m->shares[i].from == due.days) in |= UINT64_C(1) << token_slot_of(m, m->shares[i].slot);
    for (u32 i = 0; i < (u32)m->slots_n; i++) {
        const struct token_slot *s = &m->slots[i];
        if (in >> i & 1) w.is[slot_by(s, ix->date)] |= UINT64_C(1) << i;
    }
    ASSERT((w.is[BY_MODEL] & w.is[BY_SUCCESSOR]) == 0);
    return w;
}

static void screen(struct token_index *ix, struct token_print *p)
{
    struct slots_of w = token_slots_wanted(ix);
    i64 end = date_start(ix->date).ns + NS_PER_DAY;
    ASSERT(ix->items_n <= ix->caps.records);
    for (u32 i = 0; i < ix->items_n; i++) {
        struct token_item *it = &ix->items[i];
        const struct observation *o = token_obs(ix, it);
        const struct slots_of *of = &ix->lines[it->line].of;
        bool is =
            (of->is[BY_MODEL] & w.is[BY_MODEL]) || (of->is[BY_SUCCESSOR] & w.is[BY_SUCCESSOR]);
        i64 hold = ix->m->hold_days * NS_PER_DAY;
        it->reason = reason_of_source(ix->m, o);
        if (!it->reason && !is) it->reason = REASON_OFFER_TYPE;
        if (!it->reason) it->reason = reason_of_price(ix->m, o, &it->price);
        if (!it->reason && hold && o->t_event < end - hold) it->reason = REASON_STALE;
        if (it->reason) p->dropped[it->reason]++;
        ASSERT(it->reason < REASON_COUNT);
    }
    p->looked_at = ix->items_n;
}

/* ---- the price of a slot ---- */

struct host { u32 provider; u32 rec[TOKEN_SIDE_COUNT]; i64 price[TOKEN_SIDE_COUNT]; };

/* The later of two records of one provider and side, from whatever source, counts. */
static bool host_add(const struct token_index *ix, struct host *h, u32 *n,
                     const struct token_item *it)
{
    const struct observation *o = token_obs(ix, it);
    u32 i = 0;
    ASSERT(o->token_side < TOKEN_SIDE_COUNT);
    ASSERT(*n <= TOKEN_PROVIDERS_MAX);
    while (i < *n && h[i].provider != o->provider) i++;
    if (i == TOKEN_PROVIDERS_MAX) return false;
    if (i == *n) h[(*n)++] = (struct host){ o->provider, { 0 }, { 0 } };
    u32 side = o->token_side;
    if (h[i].price[side] && ix->log->at[h[i].rec[side]].t_event > o->t_event) return true;
    h[i].price[side] = it->price, h[i].rec[side] = it->rec;
    return true;
}

/* Median over providers of the blend, in the reference tokenizer, times the successor's factor. */
static bool price_slot(struct token_index *ix, struct slot_now *s)
{
    const struct token_method *m = ix->m;
    const struct token_slot *slot = &m->slots[s->slot];
    struct host h[TOKEN_PROVIDERS_MAX];
    i64 blends[TOKEN_PROVIDERS_MAX];
    u32 n = 0, blends_n = 0;
    u32 by = slot_by(slot, ix->date);
    ASSERT(s->slot < (u32)m->slots_n);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct token_item *it = &ix->items[i];
        if (it->reason || !(ix->lines[it->line].of.is[by] >> s->slot & 1)) continue;
        if (!host_add(ix, h, &n, it)) {
            ix->full = true;
            return false;
        }
    }
    for (u32 i = 0; i < n; i++) {
        i64 in = h[i].price[TOKEN_SIDE_INPUT], out = h[i].price[TOKEN_SIDE_OUTPUT];
        i64 cached = h[i].price[TOKEN_SIDE_CACHED] ? h[i].price[TOKEN_SIDE_CACHED] : in;
        if (!in || !out) continue;
        blends[blends_n++] = token_blend(
            (struct blend){ m->w_input_ppm, m->w_cached_ppm, m->w_output_ppm }, in, cached, out);
    }
    s->providers = blends_n;
    if (!blends_n) return false;
    i64 kappa = 1, ref = 1, price;
    if (m->has_tokenizer)
        kappa = token_kappa_on(m, slot_model(slot, ix->date), ix->date), ref = m->kappa_ref;
    bool fits = token_slot_price(blends, blends_n, (u32)m->tie, kappa, ref,
                                 by == BY_SUCCESSOR ? slot->factor_ppm : PPM, &price);
    if (!fits || price <= 0 || price > TOKEN_PRICE_MAX) return false;
    s->price = price, s->on = ix->date, s->state = SLOT_STATE_FRESH;
    ASSERT(s->price > 0);
    return true;
}

/* ---- baskets ---- */

static i64 cost_of(const struct basket *b)
{
    i64 q[TOKEN_SLOTS_MAX], p[TOKEN_SLOTS_MAX], cost = 0;
    u32 n = 0;
    ASSERT(b->n <= TOKEN_SLOTS_MAX);
    for (u32 i = 0; i < b->n; i++) {
        if (b->at[i].state == SLOT_STATE_LEFT) continue;
        q[n] = b->at[i].quantity, p[n] = b->at[i].price, n++;
    }
    bool fits = basket_cost(q, p, n, &cost);
    ASSERT(fits); /* quantities sum to 1e9 at most, prices are at most 1e9 */
    return cost;
}

/* Shares of cost as they stand, in ppm, for people. */
static u32 shares_of(struct basket *b, i64 cost)
{
    u32 most = 0;
    ASSERT(b->n <= TOKEN_SLOTS_MAX);
    ASSERT(cost >= 0);
    for (u32 i = 0; i < b->n; i++) {
        struct slot_now *s = &b->at[i];
        s->share_ppm = 0;
        if (s->state == SLOT_STATE_LEFT || !cost) continue;
        s->share_ppm = (u32)div_round((i128)s->quantity * s->price * PPM, cost, ROUND_HALF_EVEN);
        if (s->share_ppm > most) most = s->share_ppm;
    }
    return most;
}

/* Capped shares of cost back into quantities: ppb by largest remainder, lower index first. */
static void quantities_of_cost(struct basket *b, const u32 *ppm)
{
    i128 v[TOKEN_SLOTS_MAX], rest[TOKEN_SLOTS_MAX], sum = 0;
    i64 left = PPB;
    ASSERT(b->n > 0);
    for (u32 i = 0; i < b->n; i++) {
        ASSERT(b->at[i].price > 0);
        v[i] = (i128)ppm[i] * INT64_C(1000000000000) / b->at[i].price, sum += v[i];
    }
    for (u32 i = 0; i < b->n; i++) {
        b->at[i].quantity = (i64)(v[i] * PPB / sum), rest[i] = v[i] * PPB % sum;
        left -= b->at[i].quantity;
    }
    for (; left > 0; left--) {
        u32 best = 0;
        for (u32 i = 1; i < b->n; i++)
            if (rest[i] > rest[best]) best = i;
        b->at[best].quantity++, rest[best] = -1;
    }
    ASSERT(left == 0);
}

/* Raw weights through the cap. False: CAP_INFEASIBLE. */
static bool cap_basket(const struct token_method *m, struct basket *b, bool *capped)
{
    i64 weight[TOKEN_SLOTS_MAX];
    u32 ppm[TOKEN_SLOTS_MAX];
    u8 fixed[TOKEN_SLOTS_MAX] = { 0 };
    bool cost = m->cap_basis == CAP_BASIS_COST;
    ASSERT(b->n > 0);
    for (u32 i = 0; i < b->n; i++) weight[i] = b->at[i].stated_ppm * (cost ? b->at[i].price : 1);
    if (!cap_weights(weight, b->n, (u32)m->cap_ppm, fixed, ppm)) return false;
    *capped = false;
    for (u32 i = 0; i < b->n; i++) {
        *capped |= fixed[i] != 0;
        b->at[i].quantity = (i64)ppm[i] * (PPB / PPM);
    }
    if (cost) quantities_of_cost(b, ppm);
    ASSERT(b->n <= TOKEN_SLOTS_MAX);
    return true;
}

/* The basket of a rebalance at the day's prices: 0, or why there is none (SHORT). */
static u8 form_basket(struct token_index *ix, Date from, struct basket *b, bool *capped)
{
    const struct token_method *m = ix->m;
    i64 passed = 0, priced = 0;
    *b = (struct basket){ .from = from };
    *capped = false;
    ASSERT(from.days > 0);
    ASSERT(from.days <= ix->date.days);
    for (i64 i = 0; i < m->shares_n; i++) {
        const struct token_share *r = &m->shares[i];
        if (r->from != from.days || (m->has_gate && r->score_milli < m->gate_milli)) continue;
        struct slot_now s = { .slot = token_slot_of(m, r->slot), .stated_ppm = r->quantity_ppm,
                              .score_milli = r->score_milli };
        passed += r->quantity_ppm;
        if (!price_slot(ix, &s)) continue; /* what has no price on the link day can not enter */
        priced += r->quantity_ppm;
        b->at[b->n++] = s;
    }
    if (b->n < m->need_slots) return SHORT_MIN_ENTITIES;
    if (priced * PPM < passed * m->need_ppm) return SHORT_MIN_VOLUME;
    return cap_basket(m, b, capped) ? 0 : SHORT_CAP_INFEASIBLE;
}

/* The slots in force on the day: a price of the day, the last one for some days, or out. */
static bool price_basket(struct token_index *ix, struct basket *b, u32 *flags)
{
    bool leaves = false;
    ASSERT(b->n <= TOKEN_SLOTS_MAX);
    for (u32 i = 0; i < b->n; i++) {
        struct slot_now *s = &b->at[i];
        if (s->state == SLOT_STATE_LEFT || price_slot(ix, s)) continue;
        bool keep = ix->date.days - s->on.days <= ix->m->carry_days;
        s->state = keep ? SLOT_STATE_CARRIED : SLOT_STATE_LEFT;
        leaves |= !keep;
    }
    for (u32 i = 0; i < b->n; i++) {
        const struct slot_now *s = &b->at[i];
        const struct token_slot *slot = &ix->m->slots[s->slot];
        i64 bound;
        if (s->state == SLOT_STATE_CARRIED) *flags |= LIST_BIT(TOKEN_FLAG_SLOT_CARRIED);
        if (s->state == SLOT_STATE_LEFT) *flags |= LIST_BIT(TOKEN_FLAG_RENORMALISED);
        if (s->state == SLOT_STATE_LEFT) continue;
        if (slot_by(slot, s->on) == BY_SUCCESSOR) *flags |= LIST_BIT(TOKEN_FLAG_SUCCESSOR);
        if (ix->m->has_marginal && gpu_to_token(ix->m->gpu_hour, slot->tokens_per_second, &bound) &&
            s->price < bound)
            *flags |= LIST_BIT(TOKEN_FLAG_BELOW_MARGINAL);
    }
    ASSERT(!leaves || b->n > 0);
    return leaves;
}

/* Slots left: the chain goes on from the day before, both baskets at that day's prices. */
static void renormalise(struct token_index *ix, const struct basket *now)
{
    struct token_state *s = &ix->state;
    struct basket rest = s->basket; /* still at the prices of the day before */
    i64 all = cost_of(&s->basket);
    ASSERT(rest.n == now->n);
    ASSERT(rest.n <= TOKEN_SLOTS_MAX);
    for (u32 i = 0; i < rest.n; i++) rest.at[i].state = now->at[i].state;
    i64 level = s->link_level;
    if (s->link_cost && !lowe_value(s->link_level, all, s->link_cost, &level))
        level = s->link_level;
    s->link_level = i64_min(level, TOKEN_LEVEL_MAX), s->link_cost = cost_of(&rest);
    s->link_on = (Date){ ix->date.days - 1 };
}

/* ---- the print ---- */

static void fill_basket(struct token_index *ix, struct token_print *p)
{
    struct basket *b = &ix->now;
    i64 fresh = 0;
    p->cost = cost_of(b);
    p->owner_max_ppm = shares_of(b, p->cost);
    for (u32 i = 0; i < b->n; i++) {
        const struct slot_now *s = &b->at[i];
        p->slots += s->state != SLOT_STATE_LEFT;
        if (s->state != SLOT_STATE_FRESH) continue;
        p->slots_fresh++, fresh += s->quantity * s->price;
    }
    ASSERT(fresh <= p->cost);
    if (!p->cost) return;
    p->fresh_ppm = (u32)((i128)fresh * PPM / p->cost);
    p->basket_price = (i64)div_round(p->cost, PPB, ROUND_HALF_EVEN);
    ASSERT(p->fresh_ppm <= PPM);
}

/* By the usage published before the day; 0 where none was. */
static i64 usage_value(const struct token_index *ix)
{
    const struct token_method *m = ix->m;
    i64 share[TOKEN_SLOTS_MAX], price[TOKEN_SLOTS_MAX], from = 0, out = 0;
    u32 n = 0;
    ASSERT(m->usage_n <= (i64)TOKEN_USAGE_MAX);
    for (i64 i = 0; i < m->usage_n; i++)
        if (m->usage[i].from < ix->date.days) from = m->usage[i].from;
    for (i64 i = 0; from && i < m->usage_n; i++) {
        if (m->usage[i].from != from) continue;
        u32 slot = token_slot_of(m, m->usage[i].slot);
        for (u32 k = 0; k < ix->now.n && n < TOKEN_SLOTS_MAX; k++) {
            const struct slot_now *s = &ix->now.at[k];
            if (s->slot != slot || s->state == SLOT_STATE_LEFT) continue;
            share[n] = m->usage[i].usage_ppm, price[n++] = s->price;
        }
    }
    ASSERT(n <= TOKEN_SLOTS_MAX);
    return unit_value(share, price, n, &out) ? out : 0;
}

static u8 why_short(const struct token_method *m, const struct token_print *p)
{
    ASSERT(m->need_slots > 0);
    ASSERT(p->fresh_ppm <= PPM);
    if (p->slots_fresh < m->need_slots) return SHORT_MIN_ENTITIES;
    if (p->fresh_ppm < m->need_ppm) return SHORT_MIN_VOLUME;
    return p->exact <= 0 || p->exact > TOKEN_LEVEL_MAX ? SHORT_OVERFLOW : 0;
}

/* The first basket, or the first after all slots of one had left: its day is the link day. */
static u8 begin(struct token_index *ix, struct token_print *p, Date due)
{
    struct token_state *s = &ix->state;
    bool capped;
    u8 why = form_basket(ix, due, &ix->now, &capped);
    ASSERT(due.days > 0);
    if (why || ix->full) {
        ix->now = (struct basket){ 0 };
        return why;
    }
    if (capped) p->flags |= LIST_BIT(TOKEN_FLAG_CAPPED);
    p->flags |= LIST_BIT(TOKEN_FLAG_LINK);
    (void)price_basket(ix, &ix->now, &p->flags);
    s->link_level = s->link_level ? s->link_level : ix->m->base;
    s->link_cost = cost_of(&ix->now), s->link_on = ix->date;
    ASSERT(s->link_cost > 0);
    return 0;
}

/* A rebalance that is due: both baskets priced today, the new one takes today's level. */
static void link(struct token_index *ix, struct token_print *p, Date due)
{
    bool capped;
    ASSERT(due.days > ix->state.basket.from.days);
    ASSERT(p->exact > 0 || p->why_l1);
    p->why_link = p->why_l1 ? p->why_l1 : form_basket(ix, due, &ix->next, &capped);
    if (ix->full) return;
    if (p->why_link) {
        p->flags |= LIST_BIT(TOKEN_FLAG_LINK_DEFERRED);
        ix->next = (struct basket){ 0 };
        return;
    }
    p->flags |= LIST_BIT(TOKEN_FLAG_LINK);
    if (capped) p->flags |= LIST_BIT(TOKEN_FLAG_CAPPED);
    p->next_from = due, p->next_cost = cost_of(&ix->next);
    (void)shares_of(&ix->next, p->next_cost);
    if (!lowe_value(p->exact, p->next_cost, p->next_cost, &p->next_level))
        UNREACHABLE("a level within bounds times one fits");
    ix->state.basket = ix->next;
    ix->state.link_level = p->next_level, ix->state.link_cost = p->next_cost;
    ix->state.link_on = ix->date;
}

static void fill_identity(const struct token_index *ix, struct token_print *p)
{
    const struct token_state *before = &ix->before;
    ASSERT(ix->date.days > 0);
    ASSERT(ix->m->version > 0);
    memcpy(p->index, ix->m->index, sizeof p->index);
    p->method_version = (u32)ix->m->version;
    p->value_date = ix->date;
    p->vintage = 1;
    p->published_at = token_publish_ns(ix->date);
    p->label = (u8)ix->m->label;
    p->prior_value = before->value, p->prior_on = before->value_on;
    p->prior_accumulator = before->accumulator, p->prior_days = before->accumulator_days;
    p->prior_receipt = before->receipt;
}

static void apply_waterfall(struct token_index *ix, struct token_print *p)
{
    struct token_state *s = &ix->state;
    struct carry c = { s->value, s->age, 0 };
    i64 levels[4] = { 0 };
    if (!p->why_l1 &&
        !fine_round((Fine){ (i128)p->exact * FINE_MICRO }, 1, (u32)ix->m->decimals, &levels[0]))
        p->why_l1 = SHORT_OVERFLOW;
    if (!p->why_l1 && !levels[0]) p->why_l1 = SHORT_OVERFLOW; /* less than the last digit shown */
    p->level = waterfall_next(&c, levels, ix->m->has_l5 ? (u32)ix->m->max_age : 0, &p->value);
    p->status = p->level == LEVEL_L6   ? BENCH_PRINT_NO_PRINT
                : p->level == LEVEL_L5 ? BENCH_PRINT_CARRIED
                                       : BENCH_PRINT_PRINTED;
    if (p->level == LEVEL_L1) s->value_on = ix->date;
    s->value = c.value, s->age = c.age;
    ASSERT((p->value == 0) == (p->level == LEVEL_L6));
    if (p->level == LEVEL_L5) p->flags |= LIST_BIT(TOKEN_FLAG_CARRIED);
    if (p->level == LEVEL_L6) p->why_none = SHORT_MARKET_FAILURE;
    if (p->value) {
        p->priced_on = s->value_on;
        p->age = (u32)(ix->date.days - p->priced_on.days);
        bool fits = accumulate(s->accumulator, p->value, 24, &s->accumulator);
        ASSERT(fits); /* 10^12 x 24 x 84,005 is below 2^63 */
        s->accumulator_days++;
    }
    p->accumulator = s->accumulator, p->accumulator_days = s->accumulator_days;
}

void token_compute(struct token_index *ix, struct token_print *out)
{
    Date due = token_rebalance_on(ix->m, ix->date);
    *out = (struct token_print){ 0 };
    ix->now = ix->state.basket, ix->next = (struct basket){ 0 };
    ASSERT(due.days > 0);
    screen(ix, out);
    bool alive = false;
    for (u32 i = 0; i < ix->now.n; i++) alive |= ix->now.at[i].state != SLOT_STATE_LEFT;
    if (!alive && due.days > ix->state.basket.from.days) {
        out->why_l1 = begin(ix, out, due);
    } else if (alive) {
        if (price_basket(ix, &ix->now, &out->flags)) renormalise(ix, &ix->now);
    }
    if (ix->full) return;
    out->basket_from = ix->now.from;
    out->link_on = ix->state.link_on;
    out->link_level = ix->state.link_level, out->link_cost = ix->state.link_cost;
    fill_basket(ix, out);
    if (out->cost && ix->state.link_cost &&
        !lowe_value(ix->state.link_level, out->cost, ix->state.link_cost, &out->exact))
        out->exact = 0;
    if (!out->why_l1) out->why_l1 = why_short(ix->m, out);
    if (out->cost) out->unit_value = usage_value(ix);
    if (ix->now.n) ix->state.basket = ix->now;
    fill_identity(ix, out);
    apply_waterfall(ix, out);
    if (ix->now.n && due.days > ix->now.from.days) link(ix, out, due);
    ASSERT(ix->full || out->status);
}
