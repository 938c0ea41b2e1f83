/* engine_rig.h -- an engine on a bench: memory, a calendar, a contract, commands in one line each.
 * Owns:   what tests, the fuzz target and the bench share; never part of the product.
 * Never:  hides an event: all of a command's events are kept until the next command.
 * Always: the same calls give the same bytes.
 */
#ifndef HEDGEROW_TESTS_ENGINE_RIG_H
#define HEDGEROW_TESTS_ENGINE_RIG_H

#include "contract/listing.h"
#include "engine/engine.h"
#include <stdlib.h>

struct rig {
    struct cmd_genesis g;
    struct engine *e;
    void *view;
    u8 *arena;
    u64 size;
    struct event *step; /* one outbox */
    u32 cap;
    struct event *events; /* of the last command, all steps */
    u32 n, events_max;
    struct outbox out;
    u64 seq;
    Instant now;
    u32 resumes;
};

static inline void rig_keep(struct rig *r)
{
    if (r->n + r->out.n > r->events_max) {
        r->events_max = 2 * (r->n + r->out.n);
        r->events = realloc(r->events, r->events_max * sizeof *r->events);
        ASSERT(r->events);
    }
    memcpy(r->events + r->n, r->out.events, r->out.n * sizeof *r->events);
    r->n += r->out.n;
}

static inline void rig_run(struct rig *r, const struct command *c)
{
    struct input in = { ++r->seq, r->now, c };
    r->n = 0;
    engine_step(r->e, &in, &r->out);
    rig_keep(r);
    while (engine_busy(r->e)) {
        r->resumes++;
        engine_resume(r->e, &r->out);
        rig_keep(r);
    }
}

static inline struct rig rig_new(const struct cmd_genesis *g, u32 cap)
{
    struct rig r = { .g = *g, .cap = cap, .size = engine_arena_bytes(g) };
    ASSERT(r.size > 0);
    r.arena = aligned_alloc(64, r.size);
    r.view = aligned_alloc(64, (engine_view_bytes() + 63) & ~UINT64_C(63));
    r.step = calloc(cap, sizeof *r.step);
    ASSERT(r.arena && r.view && r.step);
    memset(r.arena, 0, r.size);
    r.out = (struct outbox){ .events = r.step, .cap = cap };
    r.e = engine_open(r.view, r.arena, r.size, g);
    ASSERT(r.e);
    return r;
}

static inline void rig_free(struct rig *r)
{
    free(r->arena), free(r->view), free(r->step), free(r->events);
    *r = (struct rig){ 0 };
}

static inline struct cmd_genesis rig_genesis(void)
{
    struct cmd_genesis g = { .seed = 1, .accounts_max = 64, .products_max = 8 };
    g.instruments_max = 64, g.orders_max = 4096, g.levels_max = 2048, g.positions_max = 512;
    g.client_ids_max = 20000, g.transfers_max = 4096, g.indexes_max = 4, g.prints_max = 512;
    memcpy(g.venue.z, "RIG", 3);
    memcpy(g.currency.z, "USD", 3);
    return g;
}

static inline void rig_text(char *to, const char *z) { memcpy(to, z, strlen(z)); }

/* Weekends only, two years. */
static inline struct calendar rig_calendar(void)
{
    struct calendar c = { .version = 1, .weekend = 1 << 6 | 1 << 7 };
    rig_text(c.id, "us-gpu"), rig_text(c.tz, "UTC");
    c.covers_from = date_of(2026, 1, 1).days, c.covers_to = date_of(2028, 12, 31).days;
    c.effective_from = c.covers_from;
    return c;
}

/* GPUH-M with two months listed; sessions 00:00-20:00. */
static inline struct spec rig_spec(const char *product)
{
    struct spec s = { .version = 1, .kind = SPEC_KIND_AVG_FUT };
    rig_text(s.product, product), rig_text(s.name, "H100 monthly average");
    s.effective_from = date_of(2026, 1, 1).days;
    rig_text(s.underlying_id, "HDG-H100"), s.underlying_rule = SPEC_PINNING_PINNED_AT_LISTING;
    rig_text(s.quote_ccy, "USD"), rig_text(s.settle_ccy, "USD");
    s.lot_rule = SPEC_LOT_FIXED_HOURS, s.lot_units_milli = 730000, s.unit = SPEC_UNIT_GPU_HOUR;
    s.tick_outright = s.tick_spread = 1000, s.tick_final = 100;
    s.price_max = 1000000000, s.list_months = 2;
    s.last_trade_rule = SPEC_LAST_TRADE_LAST_BUSINESS_DAY;
    rig_text(s.calendar_id, "us-gpu"), rig_text(s.tz, "UTC");
    s.sessions_n = 1;
    s.sessions[0] = (struct spec_session){ SPEC_PHASE_CONTINUOUS, 0, 20 * 3600 };
    s.dsp_at = 20 * 3600, s.dsp_n = 4;
    s.dsp[0] = (struct spec_dsp){ .rule = SPEC_DSP_VWAP_WINDOW, .last_s = 120, .min_qty = 20 };
    s.dsp[1] = (struct spec_dsp){ .rule = SPEC_DSP_MID_BEST, .max_ticks = 20 };
    s.dsp[2] = (struct spec_dsp){ .rule = SPEC_DSP_RUNNING_NO_TRADES };
    s.dsp[3] = (struct spec_dsp){ .rule = SPEC_DSP_PRIOR };
    s.fsp_rule = SPEC_FSP_MEAN_DAILY, s.fsp_set = SPEC_SET_BUSINESS;
    s.fsp_nonpub = SPEC_NONPUB_CARRY_MAX_N, s.fsp_carry_max = 3, s.fsp_digits = 4;
    s.fsp_round = SPEC_ROUND_HALF_EVEN, s.bad_share_ppm = 200000, s.bad_run = 5;
    rig_text(s.bad_determination, "R-DET-1"), s.vintage_rule = SPEC_VINTAGE_FIRST_PRINT;
    rig_text(s.fallback_index, "HDG-WORLD"), s.fallback_factor_ppm = PPM;
    s.limit_general_ppm = 100000, s.protection_ticks = 50, s.nrr_ticks = 100;
    s.order_types = SPEC_BIT(ORDER_TYPE_LIMIT) | SPEC_BIT(ORDER_TYPE_MARKET);
    s.order_tif = SPEC_BIT(TIF_DAY) | SPEC_BIT(TIF_GTC) | SPEC_BIT(TIF_GTD) | SPEC_BIT(TIF_IOC) |
                  SPEC_BIT(TIF_FOK);
    s.order_stp = SPEC_BIT(STP_CANCEL_RESTING) | SPEC_BIT(STP_CANCEL_AGGRESSOR) |
                  SPEC_BIT(STP_CANCEL_BOTH) | SPEC_BIT(STP_DECREMENT);
    s.qty_min = s.qty_step = 1, s.qty_max = 1000, s.match = SPEC_MATCH_FIFO;
    s.pos_general = 5000, s.pos_nearby = 3000, s.pos_delivery = 1500, s.pos_spot = 1500;
    s.spot_days = 3, s.reportable = 25, s.diminishing = 1;
    s.margin_method = SPEC_MARGIN_PERCENT, s.im_general_ppm = 120000;
    s.fee_taker = 1500000, s.fee_clearing = 300000, s.fee_cash_settle = 500000;
    s.fee_block = 2500000, s.block_min = 50, s.block_report_s = 900;
    rig_text(s.disclaimer, "none");
    return s;
}

#define RIG_TWO(c) rig_text((c)->approved_by.z, "ann"), rig_text((c)->approved_by_2.z, "bob")

static inline void rig_put_calendar(struct rig *r, const struct calendar *k)
{
    static u8 bytes[CALENDAR_BYTES_MAX * 2];
    struct command c = { .type = CMD_CALENDAR_PUT };
    c.calendar_put.record = (Blob){ bytes, calendar_encode(k, bytes, sizeof bytes) };
    RIG_TWO(&c.calendar_put);
    rig_run(r, &c);
}

static inline void rig_put_spec(struct rig *r, const struct spec *s)
{
    static u8 bytes[SPEC_BYTES_MAX];
    struct command c = { .type = CMD_SPEC_PUT };
    c.spec_put.record = (Blob){ bytes, spec_encode(s, bytes, sizeof bytes) };
    RIG_TWO(&c.spec_put);
    rig_run(r, &c);
}

static inline void rig_install(struct rig *r, const char *index)
{
    struct command c = { .type = CMD_INDEX_INSTALL };
    rig_text(c.index_install.index.z, index);
    c.index_install.version = 1, c.index_install.label = LABEL_SYNTHETIC;
    c.index_install.effective_from = date_of(2026, 1, 1);
    RIG_TWO(&c.index_install);
    rig_run(r, &c);
}

static inline void rig_print(struct rig *r, const char *index, Date d, u8 status, i64 value)
{
    struct command c = { .type = CMD_INDEX_PRINT };
    struct cmd_index_print *p = &c.index_print;
    rig_text(p->index.z, index);
    p->value_date = p->priced_on = d, p->version = 1, p->published_at = r->now;
    p->status = status, p->level = status == PRINT_PRINTED ? 1 : status == PRINT_CARRIED ? 5 : 6;
    p->value.micros = status == PRINT_NO_PRINT ? 0 : value;
    if (status == PRINT_CARRIED) p->priced_on.days--;
    p->receipt = sha256_of(&d, sizeof d);
    rig_run(r, &c);
}

static inline void rig_account(struct rig *r, u32 account, u32 member, u32 group)
{
    struct command c = { .type = CMD_ACCOUNT_OPEN };
    c.account_open.account = account, c.account_open.member = member;
    c.account_open.group = group, c.account_open.kind = ACCOUNT_KIND_DIRECT;
    c.account_open.category = CATEGORY_OTHER;
    rig_run(r, &c);
}

static inline void rig_cash(struct rig *r, u32 type, u32 account, i64 amount, u64 id)
{
    struct command c = { .type = type };
    c.cash_deposit.account = account, c.cash_deposit.amount.micros = amount;
    c.cash_deposit.transfer = (Id128){ 7, id };
    rig_run(r, &c);
}

static inline void rig_day(struct rig *r, u32 type, Date d)
{
    struct command c = { .type = type };
    c.day_open.date = d;
    rig_run(r, &c);
}

/* The order id is the sequence number of the command. */
static inline struct command rig_order(u32 account, u32 instrument, u8 side, i64 lots, i64 price)
{
    struct command c = { .type = CMD_ORDER_NEW };
    c.order_new.account = account, c.order_new.instrument = instrument;
    c.order_new.side = side, c.order_new.type = ORDER_TYPE_LIMIT, c.order_new.tif = TIF_DAY;
    c.order_new.price.micros = price, c.order_new.qty = lots;
    c.order_new.stp_mode = STP_CANCEL_RESTING;
    return c;
}

static inline void rig_client_id(Text40 *id, u64 n)
{
    struct text t = text_on(id->z, sizeof id->z);
    memset(id, 0, sizeof *id);
    text_put_char(&t, 'c');
    text_put_u64(&t, n);
}

static inline u64 rig_send(struct rig *r, struct command c)
{
    if (c.type == CMD_ORDER_NEW && !c.order_new.client_id.z[0])
        rig_client_id(&c.order_new.client_id, r->seq + 1);
    rig_run(r, &c);
    return r->seq;
}

/* GENESIS, calendar, benchmark, contract, a first print on the day before `first`. */
static inline void rig_found(struct rig *r, Date first)
{
    struct command c = { .type = CMD_GENESIS };
    struct calendar k = rig_calendar();
    struct spec s = rig_spec("GPUH-M");
    c.genesis = r->g;
    r->now = (Instant){ date_start(first).ns - NS_PER_DAY + 16 * 3600 * NS_PER_SECOND };
    rig_run(r, &c);
    rig_put_calendar(r, &k);
    rig_install(r, "HDG-H100");
    rig_put_spec(r, &s);
    rig_print(r, "HDG-H100", (Date){ first.days - 1 }, PRINT_PRINTED, 2400000);
}

static inline void rig_at(struct rig *r, Date d, i64 second)
{
    r->now = (Instant){ date_start(d).ns + second * NS_PER_SECOND };
}

static inline const struct event *rig_event(const struct rig *r, u32 type, u32 nth)
{
    for (u32 k = 0; k < r->n; k++)
        if (r->events[k].type == type && nth-- == 0) return &r->events[k];
    return NULL;
}
static inline u32 rig_count(const struct rig *r, u32 type)
{
    u32 n = 0;
    while (rig_event(r, type, n)) n++;
    return n;
}
static inline u32 rig_reject(const struct rig *r)
{
    const struct event *v = rig_event(r, EVT_REJECTED, 0);
    return v ? v->rejected.code : 0;
}

#endif
