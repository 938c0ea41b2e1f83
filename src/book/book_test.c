#include "base/random.h"
#include "book/book.h"
#include "book/twin.h"
#include "test.h"
#include <stdlib.h>

#define EVENTS 8192

struct room { u8 *bytes; u64 size; struct books b; };

static struct room room_open(struct books_caps caps)
{
    struct room r = { 0 };
    struct arena a = arena_measure();
    books_init(&a, caps);
    r.size = arena_bytes(&a);
    r.bytes = aligned_alloc(64, r.size);
    memset(r.bytes, 0, r.size);
    a = arena_new(r.bytes, r.size);
    r.b = books_init(&a, caps);
    assert_true(arena_ok(&a));
    for (u32 i = 1; i <= caps.books; i++) book_open(&r.b, i);
    return r;
}

static struct order_in order(u64 id, u8 side, i64 qty, i64 price)
{
    return (struct order_in){ .id = id,
                              .price = price,
                              .qty = qty,
                              .book = 1,
                              .account = 1,
                              .user = (u32)id,
                              .side = side,
                              .tif = TIF_DAY,
                              .stp_mode = STP_CANCEL_RESTING };
}

/* Runs a new order to its end; returns the reject. */
static u32 submit(struct room *r, struct order_in in, struct book_event *out, u32 *n)
{
    u32 code = book_new(&r->b, &in, out, EVENTS, n);
    while (!code && books_busy(&r->b)) *n += book_more(&r->b, out + *n, EVENTS - *n);
    ASSERT_SLOW((books_check(&r->b), true));
    return code;
}

/* ---- random commands against the twin ---- */

struct duel {
    struct room room;
    struct twin twin;
    struct rng rng;
    struct book_event got[EVENTS], want[EVENTS];
    u64 id;
    i64 centre;
    u32 spread, books, step, most, shelf_full, kinds[BOOK_TAKER_ENDED + 1], rejects;
};

static void compare(struct duel *d, u32 got_code, u32 n, u32 want_code)
{
    if (want_code) d->twin.events = 0, d->rejects++;
    if (got_code) n = 0;
    if (got_code != want_code || n != d->twin.events)
        fail_msg("step %u: code %u want %u, events %u want %u", d->step, got_code, want_code, n,
                 d->twin.events);
    for (u32 i = 0; i < n; i++) {
        d->got[i].order = 0;
        d->kinds[d->got[i].kind]++;
        if (memcmp(&d->got[i], &d->want[i], sizeof d->got[i]) != 0)
            fail_msg("step %u event %u: kind %u/%u id %lu/%lu", d->step, i, d->got[i].kind,
                     d->want[i].kind, d->got[i].id, d->want[i].id);
    }
}

/* More of the work at hand, through small windows. */
static u32 drain(struct duel *d, u32 n)
{
    while (books_busy(&d->room.b)) {
        u32 cap = (u32)rng_between(&d->rng, BOOK_EVENTS_MIN, 9);
        n += book_more(&d->room.b, d->got + n, cap);
        assert_true(n + 16 < EVENTS);
    }
    return n;
}

/* Mostly on the passive side of the centre, so that books fill; some of it very far away. */
static i64 draw_price(struct duel *d, u8 side)
{
    u64 kind = rng_below(&d->rng, 1000);
    i64 sign = -side_sign(side), bound = kind < 30   ? BOOK_TICKS_MAX - 501000
                                         : kind < 60 ? 100000
                                                     : d->spread;
    if (kind == 0) return sign * BOOK_TICKS_MAX;
    if (kind == 999) return -sign * BOOK_TICKS_MAX; /* sweeps all there is */
    i64 away = rng_between(&d->rng, 0, bound);
    return d->centre +
           (kind < 930 ? sign * away : -sign * rng_between(&d->rng, 0, 1 + d->spread / 4));
}

static struct order_in draw_order(struct duel *d)
{
    static const u8 tifs[] = { TIF_DAY, TIF_DAY, TIF_DAY, TIF_DAY, TIF_DAY,
                               TIF_GTC, TIF_IOC, TIF_IOC, TIF_FOK, TIF_OPEN };
    struct rng *g = &d->rng;
    struct order_in in = { .id = ++d->id, .user = (u32)d->id };
    in.side = (u8)rng_between(g, SIDE_BUY, SIDE_SELL);
    in.price = draw_price(d, in.side);
    if (rng_chance(g, 1000)) in.price = BOOK_TICKS_MAX + 1;
    in.qty = rng_chance(g, 990000) ? rng_between(g, 1, 20) : rng_between(g, -1, 400);
    if (rng_chance(g, 200)) in.qty = BOOK_LOTS_MAX + rng_between(g, 0, 1);
    in.book = (u32)rng_between(g, 1, d->books);
    in.account = (u32)rng_between(g, 1, 5);
    in.stp_key = rng_chance(g, 300000) ? (u64)in.account : 0;
    in.tif = tifs[rng_below(g, sizeof tifs)];
    in.stp_mode = (u8)rng_between(g, STP_CANCEL_RESTING, STP_DECREMENT);
    in.flags = rng_chance(g, 100000) ? ORDER_POST_ONLY : 0;
    if (in.tif == TIF_IOC && rng_chance(g, 300000)) in.min_qty = rng_between(g, -1, 15);
    return in;
}

static void duel_new(struct duel *d)
{
    struct order_in in = draw_order(d);
    u32 n = 0;
    i64 limit;
    if (rng_chance(&d->rng, 30000)) {
        int i = twin_next(&d->twin, in.book, side_other(in.side), NULL);
        bool there = book_market_limit(&d->room.b, in.book, in.side, 3, in.price, &limit);
        assert_int_equal(there, i >= 0);
        if (!there) return;
        i64 best = d->twin.at[i].price;
        i64 want = in.side == SIDE_BUY ? i64_min(i64_min(best + 3, in.price), BOOK_TICKS_MAX)
                                       : i64_max(i64_max(best - 3, in.price), -BOOK_TICKS_MAX);
        assert_int_equal(limit, want);
        in.price = limit;
    }
    u32 before = book_refuses(&d->room.b, &in);
    if (before == REJECT_CAPACITY && d->twin.n < d->twin.orders_max) { /* no shelf left */
        Hash was = arena_hash(d->room.bytes);
        assert_int_equal(book_new(&d->room.b, &in, d->got, 4, &n), REJECT_CAPACITY);
        assert_true(hash_eq(arena_hash(d->room.bytes), was));
        d->shelf_full++;
        return;
    }
    u32 want = twin_new(&d->twin, &in, d->want);
    u32 code = book_new(&d->room.b, &in, d->got, 4, &n);
    assert_int_equal(before, code);
    compare(d, code, code ? 0 : drain(d, n), want);
}

static void duel_one(struct duel *d)
{
    struct twin_order o = d->twin.at[rng_below(&d->rng, d->twin.n)];
    u32 h = book_find(&d->room.b, o.id), n = 0, kind = (u32)rng_below(&d->rng, 10);
    assert_true(h != 0);
    d->twin.out = d->want, d->twin.events = 0;
    if (kind < 5) {
        book_cancel(&d->room.b, h, END_USER, d->got);
        twin_end(&d->twin, o.id, END_USER, 0);
        compare(d, 0, 1, 0);
    } else if (kind < 6 && o.open > 1) {
        i64 lots = rng_between(&d->rng, 1, o.open - 1);
        book_reduce(&d->room.b, h, lots, d->got);
        struct twin_order *t = &d->twin.at[twin_find(&d->twin, o.id)];
        t->open -= lots;
        twin_say(&d->twin, BOOK_REDUCED, t, lots, 0);
        compare(d, 0, 1, 0);
    } else {
        i64 price = rng_chance(&d->rng, 400000) ? o.price : draw_price(d, o.side);
        i64 total = o.filled + o.open + rng_between(&d->rng, -10, 10);
        u8 mode = (u8)rng_between(&d->rng, STP_CANCEL_RESTING, STP_DECREMENT);
        if (book_replace_refuses(&d->room.b, h, price, total) == REJECT_CAPACITY) {
            d->shelf_full++;
            return;
        }
        u32 want = twin_replace(&d->twin, o.id, price, total, mode, d->want);
        u32 code = book_replace(&d->room.b, h, price, total, mode, d->got, 4, &n);
        compare(d, code, code ? 0 : drain(d, n), want);
    }
}

static void duel_mass(struct duel *d)
{
    struct mass_in in = { .reason = END_MASS };
    u32 n;
    in.account = rng_chance(&d->rng, 700000) ? (u32)rng_between(&d->rng, 1, 5) : 0;
    in.book = rng_chance(&d->rng, 700000) ? (u32)rng_between(&d->rng, 1, d->books) : 0;
    in.scope = (u8)rng_between(&d->rng, SCOPE_BOTH, SCOPE_SELLS);
    twin_mass(&d->twin, &in, d->books, d->want);
    book_mass_cancel(&d->room.b, &in, d->got, 5, &n);
    compare(d, 0, drain(d, n), 0);
}

static void compare_depth(struct duel *d)
{
    for (u32 k = 1; k <= d->books; k++)
        for (u8 s = SIDE_BUY; s <= SIDE_SELL; s++) {
            struct level_view v = { 0 };
            int i = twin_next(&d->twin, k, s, NULL);
            for (bool more = book_best(&d->room.b, k, s, &v); more;
                 more = book_worse(&d->room.b, k, s, v.price, &v)) {
                assert_true(i >= 0);
                assert_int_equal(v.price, d->twin.at[i].price);
                for (u32 h = v.first; h; h = book_order(&d->room.b, h)->next) {
                    assert_int_equal(book_order(&d->room.b, h)->id, d->twin.at[i].id);
                    i = twin_next(&d->twin, k, s, &d->twin.at[i]);
                }
            }
            assert_int_equal(i, -1);
        }
}

static void duel_run(u64 seed, u32 steps, u32 books, u32 orders, u32 spread, u32 mass_ppm,
                     u32 shelves)
{
    struct duel *d = calloc(1, sizeof *d);
    d->room = room_open((struct books_caps){ books, orders, shelves, 5 });
    d->twin.orders_max = orders;
    d->rng = rng_of(seed), d->books = books, d->spread = spread, d->centre = 1000;
    for (d->step = 0; d->step < steps; d->step++) {
        if (d->twin.n > d->most) d->most = d->twin.n;
        if (rng_chance(&d->rng, 500)) d->centre += rng_between(&d->rng, -500, 500);
        if (rng_chance(&d->rng, mass_ppm)) duel_mass(d);
        else if (d->twin.n == 0 || rng_chance(&d->rng, 620000)) duel_new(d);
        else duel_one(d);
        ASSERT_SLOW(d->step % 16 || (books_check(&d->room.b), true));
        if (d->step % 1024 == 0) books_check(&d->room.b), compare_depth(d);
    }
    books_check(&d->room.b);
    for (u32 k = BOOK_FILL; k <= BOOK_TAKER_ENDED; k++) /* DECREMENT is rare: long runs only */
        assert_true(d->kinds[k] > 0 || steps < 100000);
    assert_true(d->rejects > 0);
    assert_true((d->shelf_full > 0) == (shelves < 100));
    assert_true(d->most > orders / 4); /* the books were really filled */
    struct arena a = arena_attach(d->room.bytes, d->room.size);
    struct books again = books_init(&a, d->room.b.caps);
    assert_true(arena_ok(&a));
    books_check(&again);
    free(d->room.bytes);
    free(d);
}

/* HEDGEROW_SOAK=N multiplies the commands. */
static u32 soak(void)
{
    const char *n = getenv("HEDGEROW_SOAK");
    return n ? (u32)strtoul(n, NULL, 10) : 1;
}

static void random_equals_twin(void **state)
{
    (void)state;
    for (u64 i = 0; i < soak(); i++) {
        duel_run(100 + i, 400000, 1, 24, 3, 200, 999);     /* a crowd at few prices */
        duel_run(200 + i, 250000, 3, 60, 12, 500, 999);    /* near ladders fill and empty */
        duel_run(300 + i, 250000, 1, 120, 40, 2000, 999);  /* promoted and demoted all the time */
        duel_run(400 + i, 100000, 2, 400, 300, 100, 9999); /* trees of several heights */
        duel_run(500 + i, 20000, 1, 3000, 40000, 50, 9999);
        duel_run(600 + i, 100000, 2, 120, 60, 1000, 30); /* shelves run out all the time */
    }
}

/* ---- every sequence of few orders ---- */

struct choice { u8 side, tif, flags, mode; i64 qty, price; u64 key; };

static void play_choices(struct duel *d, const struct choice *all, const u32 *pick, u32 n)
{
    struct mass_in everything = { .scope = SCOPE_BOTH, .reason = END_MASS };
    for (u32 i = 0; i < n; i++) {
        const struct choice *c = &all[pick[i]];
        struct order_in in = order(++d->id, c->side, c->qty, c->price);
        in.tif = c->tif, in.flags = c->flags, in.stp_key = c->key, in.stp_mode = c->mode;
        u32 got_n = 0, want = twin_new(&d->twin, &in, d->want);
        u32 code = book_new(&d->room.b, &in, d->got, EVENTS, &got_n);
        compare(d, code, got_n, want);
        ASSERT_SLOW((books_check(&d->room.b), true));
        d->step++;
    }
    u32 got_n;
    twin_mass(&d->twin, &everything, 1, d->want);
    book_mass_cancel(&d->room.b, &everything, d->got, EVENTS, &got_n);
    compare(d, 0, got_n, 0);
}

static u64 play_all(const struct choice *all, u32 choices, u32 orders)
{
    struct duel *d = calloc(1, sizeof *d);
    u32 pick[8] = { 0 }, i;
    u64 played = 0;
    d->room = room_open((struct books_caps){ 1, 16, 64, 1 });
    d->twin.orders_max = 16, d->books = 1;
    do {
        play_choices(d, all, pick, orders);
        played++;
        for (i = 0; i < orders && ++pick[i] == choices; i++) pick[i] = 0;
    } while (i < orders);
    books_check(&d->room.b);
    assert_int_equal(books_orders(&d->room.b), 0);
    free(d->room.bytes);
    free(d);
    return played;
}

static void exhaustive_equals_twin(void **state)
{
    struct choice plain[12], rich[96];
    u32 n = 0, m = 0;
    (void)state;
    for (u8 side = SIDE_BUY; side <= SIDE_SELL; side++)
        for (i64 price = 99; price <= 101; price++)
            for (i64 qty = 1; qty <= 2; qty++) {
                plain[n++] = (struct choice){ side, TIF_DAY, 0, STP_CANCEL_RESTING, qty, price, 0 };
                for (u32 k = 0; k < 8; k++) {
                    static const u8 tifs[4] = { TIF_DAY, TIF_DAY, TIF_IOC, TIF_FOK };
                    u8 stp = (u8)(STP_CANCEL_RESTING + (m + k) % 4),
                       flags = k % 4 == 1 ? ORDER_POST_ONLY : 0;
                    rich[m++] =
                        (struct choice){ side, tifs[k % 4], flags, stp, qty, price, k < 4 ? 7 : 0 };
                }
            }
    assert_int_equal(play_all(plain, n, 5), 248832);
    assert_int_equal(play_all(rich, m, 3), 884736);
}

/* ---- single facts ---- */

static void memory_is_small(void **state)
{
    struct arena small = arena_measure(), large = arena_measure(), more = arena_measure();
    (void)state;
    books_init(&small, (struct books_caps){ 1, 1000, 100, 0 });
    books_init(&large, (struct books_caps){ 10001, 1000, 100, 0 });
    books_init(&more, (struct books_caps){ 1, 101000, 100, 0 });
    assert_true((arena_bytes(&large) - arena_bytes(&small)) / 10000 <= 1024);
    assert_true((arena_bytes(&more) - arena_bytes(&small)) / 100000 <= 81);
}

static void capacity_is_refused_before_any_change(void **state)
{
    struct room r = room_open((struct books_caps){ 1, 40, 3, 1 });
    struct book_event e[EVENTS];
    u32 n, shelf_full = 0;
    (void)state;
    for (u32 i = 0; i < 16; i++)
        assert_int_equal(submit(&r, order(i + 1, SIDE_BUY, 1, 100 + i), e, &n), 0);
    Hash before = arena_hash(r.bytes);
    for (i64 far = 1; far < 5; far++) /* 17 levels on more than three shelves */
        shelf_full += submit(&r, order(100, SIDE_BUY, 1, -1000000 * far), e, &n) == REJECT_CAPACITY;
    assert_int_equal(shelf_full, 4);
    assert_int_equal(
        book_replace(&r.b, book_find(&r.b, 3), -5000000, 1, STP_CANCEL_RESTING, e, 8, &n),
        REJECT_CAPACITY);
    assert_true(hash_eq(arena_hash(r.bytes), before));
    assert_int_equal(submit(&r, order(101, SIDE_BUY, 1, 116), e, &n), 0); /* neighbours fit */
    for (u32 i = 0; i < 23; i++)
        assert_int_equal(submit(&r, order(200 + i, SIDE_BUY, 1, 110), e, &n), 0);
    assert_int_equal(submit(&r, order(300, SIDE_BUY, 1, 110), e, &n), REJECT_CAPACITY);
    struct order_in ioc = order(301, SIDE_SELL, 5, 116);
    ioc.tif = TIF_IOC; /* takes no slot */
    assert_int_equal(submit(&r, ioc, e, &n), 0);
    assert_int_equal(books_orders(&r.b), 39);
    book_cancel(&r.b, book_find(&r.b, 200), END_USER, e);
    books_check(&r.b);
    free(r.bytes);
}

/* Defects seen in other books (trading.md section 17), each once as a case. */
static void peers_defects(void **state)
{
    struct room r = room_open((struct books_caps){ 1, 20000, 64, 1 });
    struct book_event e[EVENTS];
    struct level_view v;
    u32 n;
    (void)state;
    assert_int_equal(submit(&r, order(1, SIDE_SELL, 5, 100), e, &n), 0);
    assert_int_equal(submit(&r, order(2, SIDE_BUY, 3, 110), e, &n), 0);
    assert_int_equal(e[0].price, 100); /* the trade is at the resting price, not the aggressor's */
    struct order_in in = order(3, SIDE_BUY, 9, 105);
    in.tif = TIF_IOC; /* its rest does not stay in the book */
    assert_int_equal(submit(&r, in, e, &n), 0);
    assert_int_equal(e[n - 1].reason, END_IOC);
    assert_int_equal(e[n - 1].open, 7);
    assert_false(book_best(&r.b, 1, SIDE_BUY, &v));
    assert_int_equal(submit(&r, order(4, SIDE_SELL, 2, 100), e, &n), 0);
    assert_int_equal(submit(&r, order(5, SIDE_SELL, 2, 102), e, &n), 0);
    in = order(6, SIDE_BUY, 4, 101); /* all or none looks at its own limit */
    in.tif = TIF_FOK;
    assert_int_equal(submit(&r, in, e, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(e[0].reason, END_FOK);
    assert_int_equal(books_orders(&r.b), 2);
    in = order(7, SIDE_BUY, 4, 102), in.tif = TIF_FOK;
    assert_int_equal(submit(&r, in, e, &n), 0);
    assert_int_equal(n, 3);
    assert_int_equal(e[1].price, 102);
    /* a cancel in the middle of a long queue: its neighbours close up, first and last stay known */
    for (u32 i = 0; i < 10000; i++)
        assert_int_equal(submit(&r, order(1000 + i, SIDE_BUY, 1, 90), e, &n), 0);
    for (u32 i = 1; i < 9999; i++) book_cancel(&r.b, book_find(&r.b, 1000 + i), END_USER, e);
    assert_true(book_best(&r.b, 1, SIDE_BUY, &v));
    assert_int_equal(v.orders, 2);
    assert_int_equal(book_order(&r.b, v.first)->id, 1000);
    assert_int_equal(submit(&r, order(20000, SIDE_SELL, 2, 80), e, &n), 0);
    assert_int_equal(e[1].id, 10999);
    assert_int_equal(book_find(&r.b, 1000), 0); /* an id used up names nothing */
    books_check(&r.b);
    free(r.bytes);
}

/* A snapshot of the arena taken between two orders goes on the same. */
static void attach_goes_on(void **state)
{
    struct room r = room_open((struct books_caps){ 2, 100, 64, 3 });
    struct book_event e[EVENTS], f[EVENTS];
    u32 n, m = 0;
    (void)state;
    for (u32 i = 1; i <= 60; i++)
        assert_int_equal(
            submit(&r, order(i, i % 2 ? SIDE_BUY : SIDE_SELL, 3, i % 2 ? 100 - i : 100 + i), e, &n),
            0);
    struct room copy = r;
    copy.bytes = aligned_alloc(64, r.size);
    memcpy(copy.bytes, r.bytes, r.size);
    struct arena a = arena_attach(copy.bytes, copy.size);
    copy.b = books_init(&a, r.b.caps);
    assert_true(arena_ok(&a));
    assert_int_equal(submit(&r, order(90, SIDE_BUY, 40, 130), e, &n), 0);
    assert_int_equal(submit(&copy, order(90, SIDE_BUY, 40, 130), f, &m), 0);
    assert_int_equal(n, m);
    assert_memory_equal(e, f, n * sizeof *e);
    assert_true(hash_eq(arena_hash(r.bytes), arena_hash(copy.bytes)));
    struct arena other = arena_attach(copy.bytes, copy.size);
    books_init(&other, (struct books_caps){ 2, 101, 64, 3 });
    assert_false(arena_ok(&other)); /* other capacities: another layout */
    free(r.bytes);
    free(copy.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_small),
        cmocka_unit_test(capacity_is_refused_before_any_change),
        cmocka_unit_test(peers_defects),
        cmocka_unit_test(attach_goes_on),
        cmocka_unit_test(exhaustive_equals_twin),
        cmocka_unit_test(random_equals_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
