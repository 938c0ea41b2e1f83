#include "engine/state.h"

u64 engine_view_bytes(void)
{
    ASSERT(_Alignof(struct engine) <= 64);
    ASSERT(_Alignof(struct engine_scratch) <= 64);
    return ((sizeof(struct engine) + 63) & ~UINT64_C(63)) + sizeof(struct engine_scratch);
}

static bool caps_valid(const struct cmd_genesis *g)
{
    const u32 caps[][2] = {
        { g->accounts_max, 1u << 24 },    { g->products_max, 1u << 16 },
        { g->instruments_max, 1u << 20 }, { g->orders_max, 1u << 28 },
        { g->levels_max, 1u << 28 },      { g->positions_max, 1u << 26 },
        { g->client_ids_max, 1u << 28 },  { g->transfers_max, 1u << 28 },
        { g->indexes_max, 1u << 12 },     { g->prints_max, 1u << 22 },
    };
    ASSERT(ARRAY_LEN(caps) == 10);
    for (u32 k = 0; k < ARRAY_LEN(caps); k++)
        if (caps[k][0] == 0 || caps[k][0] > caps[k][1]) return false;
    ASSERT(g);
    return true;
}

/* Every region, always in this order. */
static void lay_out(struct engine *e, struct arena *a, const struct cmd_genesis *g)
{
    struct books_caps books = { g->instruments_max, g->orders_max, g->levels_max, g->accounts_max };
    struct risk_caps risk = { g->accounts_max, g->instruments_max, g->positions_max };
    struct clear_caps clear = { g->accounts_max, g->instruments_max, g->positions_max,
                                g->indexes_max, g->prints_max };
    ASSERT(caps_valid(g));
    e->clock = arena_region(a, "engine.clock", sizeof *e->clock, 1);
    if (arena_is_new(a)) arena_last(a)->used = 1;
    e->head = arena_region(a, "engine.head", sizeof *e->head, 1);
    if (arena_is_new(a)) arena_last(a)->used = 1;
    e->calendar = arena_region(a, "engine.calendars", sizeof *e->calendar, g->products_max + 1);
    e->calendars_used = arena_last(a);
    e->spec = arena_region(a, "engine.specs", sizeof *e->spec, g->products_max + 1);
    e->specs_used = arena_last(a);
    e->instrument =
        arena_region(a, "engine.instruments", sizeof *e->instrument, g->instruments_max + 1);
    e->instruments_used = arena_last(a);
    e->note = arena_region(a, "engine.notes", sizeof *e->note, g->orders_max + 1);
    e->notes_used = arena_last(a);
    if (arena_is_new(a)) {
        e->calendars_used->used = e->specs_used->used = 1;
        e->instruments_used->used = e->notes_used->used = 1;
        e->head->deadline.ns = INT64_MAX;
    }
    ids_init(e, a, g->client_ids_max);
    e->books = books_init(a, books);
    e->ledger = ledger_init(a, g->accounts_max, g->transfers_max);
    e->risk = risk_init(a, risk);
    e->clear = clear_init(a, clear, &e->ledger, &e->risk);
    e->caps = *g;
    ASSERT(a->next_at > 0);
}

u64 engine_arena_bytes(const struct cmd_genesis *g)
{
    struct engine nothing = { 0 };
    struct arena a = arena_measure();
    if (!caps_valid(g)) return 0;
    lay_out(&nothing, &a, g);
    ASSERT(arena_ok(&a));
    ASSERT(arena_bytes(&a) > 0);
    return arena_bytes(&a);
}

static struct engine *view_of(void *view, struct arena *a, u8 *arena, const struct cmd_genesis *g)
{
    struct engine *e = view;
    ASSERT(((uintptr_t)view & 63) == 0);
    ASSERT(((uintptr_t)arena & 63) == 0);
    memset(e, 0, engine_view_bytes());
    e->base = arena;
    e->scratch = (void *)((u8 *)view + ((sizeof *e + 63) & ~UINT64_C(63)));
    lay_out(e, a, g);
    return arena_ok(a) ? e : NULL;
}

struct engine *engine_open(void *view, u8 *arena, u64 size, const struct cmd_genesis *g)
{
    ASSERT(view);
    ASSERT(arena);
    if (!caps_valid(g) || size != engine_arena_bytes(g)) return NULL;
    struct arena a = arena_new(arena, size);
    return view_of(view, &a, arena, g);
}

struct engine *engine_attach(void *view, u8 *arena, u64 size, const struct cmd_genesis *g)
{
    ASSERT(view);
    ASSERT(arena);
    if (!caps_valid(g) || size != engine_arena_bytes(g)) return NULL;
    struct arena a = arena_attach(arena, size);
    struct engine *e = view_of(view, &a, arena, g);
    if (!e || e->head->job.kind != JOB_NONE || books_busy(&e->books)) return NULL;
    return e;
}

/* -- one command -- */

static struct refusal dispatch(struct engine *e, const struct command *c, struct outbox *out)
{
    ASSERT(e->head->job.kind == JOB_NONE);
    ASSERT(outbox_room(out) >= ENGINE_ROOM);
    if (!e->head->opened && c->type != CMD_GENESIS) return refuse(REJECT_GENESIS, "command", 0, 0);
#define AS_DISPATCH(NAME, name, text) \
    case CMD_##NAME: return on_##name(e, &c->name, out);
    switch (c->type) {
        COMMANDS(AS_DISPATCH)
    default: UNREACHABLE("only decoded commands come here");
    }
}

static void run_command(struct engine *e, const struct command *c, struct outbox *out)
{
    u32 before = out->n;
    struct refusal why = dispatch(e, c, out);
    if (!why.code) return;
    ASSERT(out->n == before); /* a refused command said nothing else */
    ASSERT(e->head->job.kind == JOB_NONE);
    engine_refuse(e, c, why, out);
}

static void run_job(struct engine *e, struct outbox *out)
{
    ASSERT(outbox_room(out) >= ENGINE_ROOM);
    switch (e->head->job.kind) {
    case JOB_TAKER: job_taker(e, out); break;
    case JOB_MASS: job_mass(e, out); break;
    case JOB_PRINT: job_print(e, out); break;
    case JOB_OPEN: job_open(e, out); break;
    case JOB_END: job_end(e, out); break;
    case JOB_DETERMINE: job_determine(e, out); break;
    case JOB_TIMERS: job_timers(e, out); break;
    default: UNREACHABLE("a job of this list");
    }
}

/* What holds after every command, at the cost of a few comparisons. */
static void check_cheap(const struct engine *e)
{
    ASSERT(ledger_venue(&e->ledger, CHART_VM) == 0);
    ASSERT(ledger_sum(&e->ledger).micros == 0);
    ASSERT(!books_busy(&e->books));
    ASSERT_SLOW((engine_check(e), true));
}

static void advance(struct engine *e, struct outbox *out)
{
    ASSERT(out->cap >= ENGINE_CAP_MIN);
    while (outbox_room(out) >= ENGINE_ROOM) {
        if (e->head->job.kind != JOB_NONE) {
            run_job(e, out);
        } else if (e->pending) {
            e->pending = false;
            run_command(e, &e->scratch->command, out);
        } else {
            break;
        }
    }
    engine_chain(e, out);
    if (!engine_busy(e)) check_cheap(e);
}

/* The command waits in the view: its blob too, for the caller's bytes live only for this call. */
static void wait_for_timers(struct engine *e, const struct command *c)
{
    struct command *kept = &e->scratch->command;
    *kept = *c;
    e->pending = true;
    Blob *blob = c->type == CMD_CALENDAR_PUT ? &kept->calendar_put.record
                 : c->type == CMD_SPEC_PUT   ? &kept->spec_put.record
                                             : NULL;
    e->head->job = (struct job){ .kind = JOB_TIMERS };
    if (!blob) return;
    ASSERT(blob->n <= sizeof e->scratch->blob);
    if (blob->n) memcpy(e->scratch->blob, blob->at, blob->n);
    blob->at = e->scratch->blob;
    ASSERT(blob->at);
}

void engine_step(struct engine *e, const struct input *in, struct outbox *out)
{
    ASSERT(!engine_busy(e));
    ASSERT(in->seq == e->clock->seq + 1);   /* no gap, no repeat */
    ASSERT(in->now.ns >= e->clock->now.ns); /* time is an input */
    ASSERT(out->cap >= ENGINE_CAP_MIN);
    e->clock->seq = in->seq, e->clock->now = in->now;
    out->n = 0, out->seq = in->seq, out->next_index = 0;
    e->hashed = 0;
    if (in->now.ns >= e->head->deadline.ns) {
        wait_for_timers(e, in->command);
    } else {
        run_command(e, in->command, out);
    }
    advance(e, out);
}

void engine_resume(struct engine *e, struct outbox *out)
{
    ASSERT(engine_busy(e));
    ASSERT(out->seq == e->clock->seq);
    out->n = 0;
    e->hashed = 0;
    advance(e, out);
}

bool engine_busy(const struct engine *e)
{
    ASSERT(e->head);
    return e->head->job.kind != JOB_NONE || e->pending;
}

void engine_chain(struct engine *e, struct outbox *out)
{
    ASSERT(e->hashed <= out->n);
    u8 *bytes = e->scratch->bytes;
    for (; e->hashed < out->n; e->hashed++) {
        const struct event *v = &out->events[e->hashed];
        u32 n = event_encode(v, bytes + 16, sizeof e->scratch->bytes - 16);
        ASSERT(n > 0); /* no event holds a blob */
        store_u64(bytes, v->seq);
        store_u32(bytes + 8, v->index), store_u32(bytes + 12, v->type);
        e->clock->event_hash = chain64_lanes(e->clock->event_hash, bytes, n + 16);
    }
}

/* -- hints -- */

void engine_prefetch(const struct engine *e, const struct command *c)
{
    ASSERT(e->head);
    if (c->type == CMD_ORDER_NEW) {
        const struct cmd_order_new *o = &c->order_new;
        ids_prefetch(e, o->account, &o->client_id);
        if (o->account) map_prefetch(&e->risk.by_id, o->account);
        if (o->instrument - 1 < e->head->instruments) {
            __builtin_prefetch(&e->instrument[o->instrument]);
            __builtin_prefetch(&e->risk.instrument[o->instrument]);
            book_hint_book(&e->books, o->instrument, side_other(o->side));
        }
    } else if (c->type == CMD_ORDER_CANCEL && c->order_cancel.order_id) {
        book_hint_id(&e->books, c->order_cancel.order_id);
    } else if (c->type == CMD_ORDER_REPLACE && c->order_replace.order_id) {
        book_hint_id(&e->books, c->order_replace.order_id);
    }
    ASSERT(c->type < CMD_COUNT);
}

static void prefetch_account(const struct engine *e, u32 id, u32 instrument)
{
    u32 a = risk_account_of(&e->risk, id);
    ASSERT(e->head);
    if (!a) return;
    __builtin_prefetch(&e->risk.account[a]);
    __builtin_prefetch(&e->ledger.account[a]);
    __builtin_prefetch((const u8 *)&e->ledger.account[a] + 64);
    __builtin_prefetch(&e->clear.account[a]);
    if (instrument) map_prefetch(&e->risk.by_pair, (u64)a << 32 | instrument);
    ASSERT(a <= risk_accounts(&e->risk));
}

void engine_prefetch_more(const struct engine *e, const struct command *c)
{
    ASSERT(e->head);
    ASSERT(c->type < CMD_COUNT);
    if (c->type == CMD_ORDER_NEW) {
        prefetch_account(e, c->order_new.account, c->order_new.instrument);
    } else if (c->type == CMD_ORDER_CANCEL && c->order_cancel.order_id) {
        (void)book_hint_order(&e->books, c->order_cancel.order_id);
        prefetch_account(e, c->order_cancel.account, 0);
    } else if (c->type == CMD_ORDER_REPLACE && c->order_replace.order_id) {
        (void)book_hint_order(&e->books, c->order_replace.order_id);
        prefetch_account(e, c->order_replace.account, 0);
    }
}

/* -- what is read -- */

u64 engine_seq(const struct engine *e) { return e->clock->seq; }
Instant engine_now(const struct engine *e) { return e->clock->now; }
Instant engine_deadline(const struct engine *e) { return e->head->deadline; }
u64 engine_event_hash(const struct engine *e) { return e->clock->event_hash; }
Money engine_ledger_sum(const struct engine *e) { return ledger_sum(&e->ledger); }

Hash engine_state_hash(const struct engine *e)
{
    ASSERT(e->base);
    ASSERT(e->head);
    return arena_hash(e->base);
}

void engine_check(const struct engine *e)
{
    ASSERT(!engine_busy(e));
    books_check(&e->books);
    risk_check_all(&e->risk);
    clear_check(&e->clear);
    for (u32 a = 1; a <= risk_accounts(&e->risk); a++) {
        bool orders = book_account_first(&e->books, a) != 0;
        ASSERT(orders || e->clear.account[a].fees == 0); /* no stranded hold */
        for (u32 h = e->risk.account[a].first_exposure; h; h = risk_exposure(&e->risk, h)->next) {
            const struct risk_exposure *x = risk_exposure(&e->risk, h);
            i64 buys = 0, sells = 0;
            for (u32 o = book_account_first(&e->books, a); o;) {
                const struct order *r = book_order(&e->books, o);
                if (r->user == h) *(r->side == SIDE_BUY ? &buys : &sells) += r->open;
                o = r->account_next;
            }
            ASSERT(buys == x->open_buy);
            ASSERT(sells == x->open_sell);
        }
    }
}
