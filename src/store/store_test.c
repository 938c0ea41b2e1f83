#include "base/random.h"
#include "fake_market.h"
#include "store/store.h"
#include "test.h"
#include <stdlib.h>
#include <unistd.h>

static struct why w;
static struct fake_market m;
#define OK(call) do { if (call) fail_msg("%s: %s", #call, w.text); } while (0)

/* All events of a run, in order. */
static struct event *tape;
static u32 tape_n, tape_cap, tape_at, tape_step;

static void record(void)
{
    if (tape_n + m.events_n > tape_cap) {
        tape_cap = 2 * tape_cap + m.events_n + 1024;
        tape = realloc(tape, tape_cap * sizeof *tape);
        assert_non_null(tape);
    }
    memcpy(tape + tape_n, m.events, m.events_n * sizeof *tape);
    tape_n += m.events_n;
}

static void random_command(struct rng *r, struct command *c, u32 i)
{
    memset(c, 0, sizeof *c);
    u32 kind = (u32)rng_below(r, 20), account = (u32)rng_between(r, 1, FAKE_ACCOUNTS);
    u64 id = m.orders_n ? m.orders[rng_below(r, m.orders_n)].id : 0;
    if (kind < 14) {
        c->type = CMD_ORDER_NEW;
        struct cmd_order_new *o = &c->order_new;
        sprintf(o->client_id.z, "c%u", rng_chance(r, 20000) ? i / 2 : i);
        o->account = account, o->instrument = (u32)rng_between(r, 1, FAKE_INSTRUMENTS);
        o->side = (u8)rng_between(r, SIDE_BUY, SIDE_SELL), o->type = ORDER_TYPE_LIMIT;
        o->tif = rng_chance(r, 200000) ? TIF_IOC : TIF_DAY, o->stp_mode = STP_CANCEL_RESTING;
        o->price.micros = 2800000 + 1000 * rng_between(r, -20, 20), o->qty = rng_between(r, 1, 9);
    } else if (kind < 17) {
        c->type = CMD_ORDER_CANCEL;
        c->order_cancel.account = account, c->order_cancel.order_id = id;
    } else if (kind < 19) {
        c->type = CMD_ORDER_REPLACE;
        struct cmd_order_replace *o = &c->order_replace;
        o->account = account, o->order_id = id, o->qty = rng_between(r, 1, 12);
        o->price.micros = 2800000 + 1000 * rng_between(r, -20, 20);
        if (rng_chance(r, 500000)) sprintf(o->client_id.z, "r%u", i);
    } else {
        c->type = CMD_MASS_CANCEL;
        c->mass_cancel = (struct cmd_mass_cancel){ account, 0, 0, (u8)rng_between(r, 1, 3) };
    }
}

static void make_tape(u64 seed, u32 commands)
{
    struct rng r = rng_of(seed);
    tape_n = 0;
    fake_setup(&m), record();
    fake_open_day(&m, date_of(2027, 1, 4)), record();
    for (u32 i = 1; i <= commands; i++) {
        struct command c;
        random_command(&r, &c, i);
        fake_step(&m, &c), record();
        if (i == commands / 2) fake_open_day(&m, date_of(2027, 1, 5)), record();
    }
}

static struct store *apply_tape(const char *path, u64 seed)
{
    struct store *s;
    struct rng r = rng_of(seed);
    OK(store_open(&s, path, NULL, &w));
    for (u32 at = 0; at < tape_n;) {
        u32 n = 1 + (u32)rng_below(&r, 700);
        if (n > tape_n - at) n = tape_n - at;
        OK(store_apply(s, tape + at, n, &w));
        at += n;
    }
    return s;
}

struct counted { u32 n; const void *want; };
static bool order_is_right(void *ctx, const void *row)
{
    const struct store_order *o = row;
    u32 i = 0;
    while (i < m.orders_n && m.orders[i].id != o->order.order_id) i++;
    assert_true(i < m.orders_n);
    const struct fake_order *f = &m.orders[i];
    assert_int_equal(o->open, f->open);
    assert_int_equal(o->filled, f->filled);
    assert_int_equal(o->filled_value, f->value);
    assert_int_equal(o->reason, f->reason);
    assert_int_equal(o->state, f->reason ? ORDER_DONE : ORDER_OPEN);
    assert_int_equal(o->order.price.micros, f->in.price.micros);
    assert_int_equal(o->order.qty, f->in.qty);
    assert_int_equal(o->seq, f->seq);
    assert_string_equal(o->order.client_id.z, f->in.client_id.z);
    ((struct counted *)ctx)->n++;
    return true;
}

static bool position_is_right(void *ctx, const void *row)
{
    const struct evt_position *p = row;
    assert_int_equal(p->lots, m.lots[p->account][p->instrument]);
    ((struct counted *)ctx)->n++;
    return true;
}

static bool balance_is_right(void *ctx, const void *row)
{
    const struct store_balance *b = row;
    assert_int_equal(b->amount.micros, m.balance[b->account][b->chart]);
    ((struct counted *)ctx)->n++;
    return true;
}

static bool level_is_right(void *ctx, const void *row)
{
    const struct store_level *l = row;
    i64 qty;
    u32 orders;
    fake_level(&m, l->instrument, l->side, l->price.micros, &qty, &orders);
    assert_int_equal(l->qty, qty);
    assert_int_equal(l->orders, orders);
    ((struct counted *)ctx)->n++;
    return true;
}

static bool instrument_is_right(void *ctx, const void *row)
{
    const struct store_instrument *i = row;
    struct evt_trade last = { 0 };
    i64 volume = 0, high = 0, low = INT64_MAX, open = 0;
    u64 day_from = 0;
    for (u32 k = 0; k < tape_n; k++) {
        const struct event *e = &tape[k];
        if (e->type == EVT_DAY_OPENED) day_from = e->seq;
    }
    for (u32 k = 0; k < tape_n; k++) {
        const struct event *e = &tape[k];
        if (e->type != EVT_TRADE || e->trade.instrument != i->listed.instrument) continue;
        last = e->trade;
        if (e->seq < day_from) continue;
        if (!volume) open = e->trade.price.micros;
        volume += e->trade.qty;
        high = i64_max(high, e->trade.price.micros), low = i64_min(low, e->trade.price.micros);
    }
    assert_int_equal(i->last.micros, last.price.micros);
    assert_int_equal(i->volume, volume);
    assert_int_equal(i->open.micros, open);
    assert_int_equal(i->high.micros, high);
    assert_int_equal(i->low.micros, low);
    assert_int_equal(i->book_seq, m.book_seq[i->listed.instrument]);
    assert_int_equal(i->phase, PHASE_CONTINUOUS);
    assert_int_equal(i->state, LISTING_TRADING);
    ((struct counted *)ctx)->n++;
    return true;
}

static void rows_match(struct store *s)
{
    struct counted c = { 0 };
    struct store_filter f = { 0 };
    u32 levels = 0;
    for (u64 before = 0;;) { /* pages of 100 */
        u32 had = c.n;
        f.before = before, f.limit = 100;
        OK(store_orders(s, &f, order_is_right, &c, &w));
        if (c.n == had) break;
        before = m.orders[m.orders_n - c.n].id;
    }
    assert_int_equal(c.n, m.orders_n);
    c.n = 0, f = (struct store_filter){ 0 };
    OK(store_positions(s, &f, position_is_right, &c, &w));
    assert_true(c.n > 0);
    OK(store_balances(s, &f, balance_is_right, &c, &w));
    c.n = 0;
    OK(store_levels(s, &f, level_is_right, &c, &w));
    for (u32 i = 0; i < m.orders_n; i++) {
        bool first = !m.orders[i].reason;
        for (u32 k = 0; k < i && first; k++)
            first = m.orders[k].reason || m.orders[k].in.instrument != m.orders[i].in.instrument ||
                    m.orders[k].in.side != m.orders[i].in.side ||
                    m.orders[k].in.price.micros != m.orders[i].in.price.micros;
        levels += first;
    }
    assert_int_equal(c.n, levels);
    c.n = 0;
    OK(store_instruments(s, &f, instrument_is_right, &c, &w));
    assert_int_equal(c.n, FAKE_INSTRUMENTS);
    OK(store_check(s, &w));
}

static Err tape_next(void *ctx, const struct event **events, u32 *n, struct why *why)
{
    *events = tape + tape_at;
    *n = tape_n - tape_at < tape_step ? tape_n - tape_at : tape_step;
    tape_at += *n;
    return ERR_OK;
}

static void folds_as_the_plain_twin(void **state)
{
    for (u64 seed = 1; seed <= 3; seed++) {
        make_tape(seed, 3000);
        struct store *s = apply_tape(":memory:", seed);
        rows_match(s);
        store_close(s);
    }
}

static void rebuild_is_the_same(void **state)
{
    Hash before, after;
    make_tape(9, 2000);
    struct store *s = apply_tape(":memory:", 9);
    OK(store_digest(s, &before, &w));
    for (u32 step = 1; step < 5000; step = step * 13 + 1) {
        tape_at = 0, tape_step = step;
        OK(store_rebuild(s, tape_next, NULL, &w));
        OK(store_digest(s, &after, &w));
        assert_memory_equal(&before, &after, sizeof before);
    }
    store_close(s);
}

static void events_count_once(void **state)
{
    Hash before, after;
    struct store_mark mark;
    make_tape(4, 500);
    struct store *s = apply_tape(":memory:", 4);
    OK(store_digest(s, &before, &w));
    OK(store_apply(s, tape, tape_n, &w)); /* all again */
    OK(store_apply(s, tape + tape_n / 2, tape_n - tape_n / 2, &w));
    OK(store_digest(s, &after, &w));
    assert_memory_equal(&before, &after, sizeof before);
    OK(store_mark(s, &mark, &w));
    assert_int_equal(mark.seq, tape[tape_n - 1].seq);
    assert_int_equal(mark.index, tape[tape_n - 1].index);
    store_close(s);
}

static Err fails_late(void *ctx, const struct event **events, u32 *n, struct why *why)
{
    *events = tape, *n = tape_n / 2;
    if (tape_at++) return why_set(why, ERR_IO, "the journal is gone");
    return ERR_OK;
}

static void a_failed_rebuild_changes_nothing(void **state)
{
    Hash before, after;
    make_tape(5, 300);
    struct store *s = apply_tape(":memory:", 5);
    OK(store_digest(s, &before, &w));
    tape_at = 0;
    assert_int_equal(store_rebuild(s, fails_late, NULL, &w), ERR_IO);
    OK(store_digest(s, &after, &w));
    assert_memory_equal(&before, &after, sizeof before);
    OK(store_apply(s, tape, tape_n, &w)); /* and the mark is where it was */
    OK(store_digest(s, &after, &w));
    assert_memory_equal(&before, &after, sizeof before);
    store_close(s);
}

/* A file: closed half way, opened again, read by another handle meanwhile. */
static void files_and_readers(void **state)
{
    char path[] = "/tmp/hedgerow-store-XXXXXX", side[64];
    int fd = mkstemp(path);
    struct store *s, *reader;
    struct store_mark mark;
    Hash whole, parts;
    bool emptied = true;
    assert_true(fd >= 0);
    close(fd);
    make_tape(6, 800);
    struct store *memory = apply_tape(":memory:", 6);
    OK(store_digest(memory, &whole, &w));
    store_close(memory);
    OK(store_open(&s, path, &emptied, &w));
    assert_false(emptied);
    OK(store_apply(s, tape, tape_n / 2, &w));
    OK(store_open_reader(&reader, path, &w));
    OK(store_mark(reader, &mark, &w));
    assert_int_equal(mark.seq, tape[tape_n / 2 - 1].seq);
    store_close(s);
    OK(store_open(&s, path, &emptied, &w));
    assert_false(emptied);
    OK(store_apply(s, tape, tape_n, &w)); /* from the start: what is there is skipped */
    OK(store_digest(s, &parts, &w));
    assert_memory_equal(&whole, &parts, sizeof whole);
    OK(store_mark(reader, &mark, &w));
    assert_int_equal(mark.seq, tape[tape_n - 1].seq);
    rows_match(reader);
    store_close(reader);
    store_close(s);
    unlink(path);
    snprintf(side, sizeof side, "%s-wal", path), unlink(side);
    snprintf(side, sizeof side, "%s-shm", path), unlink(side);
    assert_int_equal(store_open_reader(&reader, "/nonexistent/store", &w), ERR_IO);
    assert_null(reader);
}

static bool count_row(void *ctx, const void *row)
{
    ((struct counted *)ctx)->n++;
    return true;
}

static bool candle_is_right(void *ctx, const void *row)
{
    const struct store_candle *k = row;
    struct counted *c = ctx;
    const u64 step = *(const u64 *)c->want;
    i64 high = 0, low = INT64_MAX, volume = 0, open = 0, close_ = 0;
    u32 n = 0;
    for (u32 i = 0; i < tape_n; i++) {
        const struct evt_trade *t = &tape[i].trade;
        if (tape[i].type != EVT_TRADE || t->instrument != 2) continue;
        if (t->time.ns / (i64)(step * 1000000000u) * (i64)(step * 1000000000u) != k->at.ns)
            continue;
        if (!n++) open = t->price.micros;
        close_ = t->price.micros, volume += t->qty;
        high = i64_max(high, t->price.micros), low = i64_min(low, t->price.micros);
    }
    assert_int_equal(k->trades, n);
    assert_int_equal(k->volume, volume);
    assert_int_equal(k->open.micros, open);
    assert_int_equal(k->close.micros, close_);
    assert_int_equal(k->high.micros, high);
    assert_int_equal(k->low.micros, low);
    c->n += n;
    return true;
}

static void candles_and_pages(void **state)
{
    make_tape(8, 3000);
    struct store *s = apply_tape(":memory:", 8);
    u64 step = 1;
    struct counted c = { 0, &step };
    OK(store_candles(s, &(struct store_filter){ .instrument = 2, .step = 1 }, candle_is_right, &c,
                     &w));
    assert_int_equal(c.n, m.trades[2]);
    c.n = 0;
    for (u64 before = 0; c.n < 60; before = ((u64)2 << 40) + m.trades[2] + 1 - c.n)
        OK(store_trades(s, &(struct store_filter){ .instrument = 2, .limit = 7, .before = before },
                        count_row, &c, &w));
    assert_int_equal(c.n, 63);
    store_close(s);
}

static void the_first_answer(void **state)
{
    struct command c = { .type = CMD_ORDER_NEW };
    struct store *s;
    struct store_order o;
    bool found;
    Text40 name = { "first" };
    fake_setup(&m);
    OK(store_open(&s, ":memory:", NULL, &w));
    OK(store_apply(s, m.events, m.events_n, &w));
    c.order_new = (struct cmd_order_new){ .client_id = { "maker" }, .account = 1, .instrument = 1,
        .side = SIDE_SELL, .type = ORDER_TYPE_LIMIT, .tif = TIF_DAY, .price = { 2800000 },
        .qty = 2 };
    fake_step(&m, &c);
    OK(store_apply(s, m.events, m.events_n, &w));
    c.order_new.client_id = name, c.order_new.account = 2, c.order_new.side = SIDE_BUY;
    c.order_new.qty = 5;
    fake_step(&m, &c);
    u64 id = m.seq;
    OK(store_apply(s, m.events, m.events_n, &w));
    c.order_new.client_id = (Text40){ "third" }, c.order_new.account = 3,
    c.order_new.side = SIDE_SELL;
    fake_step(&m, &c); /* fills the rest of `first` */
    OK(store_apply(s, m.events, m.events_n, &w));
    OK(store_order_by_client(s, 2, &name, &o, &found, &w));
    assert_true(found && o.order.order_id == id && o.filled == 5 && o.state == ORDER_DONE);
    OK(store_order_first(s, id, &o, &found, &w));
    assert_true(found && o.filled == 2 && o.open == 3 && o.state == ORDER_OPEN && !o.reason);
    assert_int_equal(o.filled_value, 2 * 2800000);
    OK(store_order_first(s, id + 100, &o, &found, &w));
    assert_false(found);
    OK(store_order_by_client(s, 3, &name, &o, &found, &w));
    assert_false(found);
    store_close(s);
}

static int free_tape(void **state)
{
    free(tape);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_as_the_plain_twin),
        cmocka_unit_test(rebuild_is_the_same),
        cmocka_unit_test(events_count_once),
        cmocka_unit_test(a_failed_rebuild_changes_nothing),
        cmocka_unit_test(files_and_readers),
        cmocka_unit_test(candles_and_pages),
        cmocka_unit_test(the_first_answer),
    };
    return cmocka_run_group_tests(tests, NULL, free_tape);
}
