/* bench book -- the order book alone: messages a second, latency, memory; cases A to E.
 * The flow is made beforehand with a fixed seed; its trades are checked against tick_book.h. */
#include "base/random.h"
#include "book/book.h"
#include "tick_book.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

enum { NEW, CANCEL, REPLACE, KINDS };
static const char *const kind_text[KINDS] = { "new", "cancel", "replace" };
struct msg { u64 id; u32 book; i32 price; u32 qty; u8 kind, side, tif, stp; };

static const struct {
    const char *name;
    u32 ahead;                      /* hints: a small book needs none */
    u32 books, live, levels, ticks; /* levels a side that new orders spread over */
    double bar_mps, bar_ns; /* M messages/s, ns of a percentile; C has B's bar, D a third of A's */
    const char *bar_of, *work;
} cases[] = {
    { "A", 0, 1, 1000, 50, 1024, 45, 350, "p99.9", "1 book, 1k live" },
    { "B", 4, 1, 100000, 250, 4096, 40, 2000, "p99.9", "1 book, 100k live" },
    { "C", 4, 1, 100000, 1235, 8192, 40, 2000, "p99.9", "1 book, 100k live, 2,470 levels" },
    { "D", 4, 100, 100000, 50, 1024, 15, 2000, "p99.9", "100 books, 100k live" },
    { "E", 4, 10000, 100000, 16, 128, 8, 1000, "p99", "10,000 books, 100k live" },
};

#define OF_CASE 1000u
static struct {
    u32 warm, timed, runs, ahead, accounts;
    bool json;
    const char *only;
    u32 now; /* the case at work */
} opt = { 1000000, 5000000, 5, OF_CASE, 64, false, NULL, 0 };

struct flow { struct msg *at; u32 n; u64 trades, lots, chain; double per_kind[KINDS]; };

static u64 now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* Of this thread only: on a shared machine the wall clock measures the neighbours. */
static u64 cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static u64 ticks_now(void)
{
#if defined(__x86_64__)
    u32 aux;
    return __rdtscp(&aux);
#else
    return now_ns();
#endif
}

/* ---- the flow ---- */

struct maker { struct tick_books ref; struct rng rng; i32 *mid; u32 c; };

static i32 away(struct maker *m, u32 book, u32 side)
{
    i32 d = (i32)rng_between(&m->rng, 1, cases[m->c].levels);
    return m->mid[book] + (side ? d : -d);
}

/* new/cancel/replace/marketable 48/38/5/9 while below the wanted live orders, else 44/42/5/9. */
static struct msg draw(struct maker *m, u64 id)
{
    struct rng *g = &m->rng;
    struct msg out = { .id = id, .book = (u32)rng_below(g, cases[m->c].books), .tif = TIF_DAY };
    bool low = m->ref.n < cases[m->c].live;
    u32 news = low ? 48 : 44, cancels = low ? 38 : 42, kind = (u32)rng_below(g, 100);
    out.side = (u8)rng_below(g, 2), out.qty = (u32)rng_between(g, 1, 10);
    if (m->ref.n < cases[m->c].live * 9 / 10) kind = 0; /* fill it first */
    if (kind < news) {
        out.price = away(m, out.book, out.side);
        return out;
    }
    if (kind >= news + cancels + 5) { /* marketable */
        out.tif = TIF_IOC;
        i32 best = (i32)m->ref.best[2 * out.book + 1 - out.side];
        out.price = out.side ? (best > 4 ? best - 3 : 1) : best + 3;
        return out;
    }
    const struct tick_order *o = &m->ref.order[m->ref.live[rng_below(g, m->ref.n)]];
    out.id = o->id, out.book = o->book, out.side = o->side, out.kind = CANCEL;
    if (kind < news + cancels) return out;
    bool down = rng_chance(g, 500000) && o->open > 1;
    out.kind = REPLACE, out.price = down ? o->price : away(m, o->book, o->side);
    out.qty = o->filled + (down ? (u32)rng_between(g, 1, o->open - 1) : (u32)rng_between(g, 1, 10));
    return out;
}

static void drift(struct maker *m)
{
    u32 book = (u32)rng_below(&m->rng, cases[m->c].books);
    i32 low = (i32)cases[m->c].levels + 2, high = (i32)cases[m->c].ticks - low - 1;
    i32 mid = m->mid[book] + (rng_chance(&m->rng, 500000) ? 1 : -1);
    if (mid > low && mid < high) m->mid[book] = mid;
}

static struct flow flow_make(u32 c)
{
    u32 n = opt.warm + opt.timed + cases[c].live, side_of[2] = { SIDE_BUY, SIDE_SELL };
    struct maker m = { .rng = rng_of(20260701 + c), .c = c };
    struct flow f = { .n = n, .at = malloc(n * sizeof *f.at) };
    ASSERT(f.at);
    m.ref = tick_books_new(cases[c].books, cases[c].ticks, cases[c].live * 2 + 1000, n);
    m.mid = malloc(cases[c].books * sizeof *m.mid);
    for (u32 i = 0; i < cases[c].books; i++) m.mid[i] = (i32)cases[c].ticks / 2;
    for (u32 i = 0; i < n; i++) {
        struct msg *o = &f.at[i];
        if (i % 1000 == 0) drift(&m);
        *o = draw(&m, i + 1u);
        if (o->kind == NEW)
            tick_new(&m.ref, o->id, o->book, o->side, o->price, o->qty, o->tif == TIF_IOC);
        else if (o->kind == CANCEL) tick_remove(&m.ref, m.ref.of_id[o->id]);
        else tick_replace(&m.ref, o->id, o->price, o->qty);
        f.per_kind[o->kind] += 1.0 / n;
        o->side = (u8)side_of[o->side], o->book++;
    }
    f.trades = m.ref.trades, f.lots = m.ref.lots, f.chain = m.ref.chain;
    tick_books_free(&m.ref);
    free(m.mid);
    return f;
}

/* ---- our book ---- */

struct room { u8 *bytes; u64 size; struct books b; };

static struct room room_open(u32 c)
{
    u32 orders = cases[c].live + cases[c].live / 50 + 64;
    struct books_caps caps = { cases[c].books, orders, cases[c].books * 8 + 1024, opt.accounts };
    struct room r = { 0 };
    struct arena a = arena_measure();
    books_init(&a, caps);
    r.size = (arena_bytes(&a) + (2u << 20) - 1) >> 21 << 21;
    r.bytes = aligned_alloc(2u << 20, r.size);
    ASSERT(r.bytes);
    madvise(r.bytes, r.size, MADV_HUGEPAGE); /* as the venue takes its arena */
    memset(r.bytes, 0, r.size);
    a = arena_new(r.bytes, r.size);
    r.b = books_init(&a, caps);
    for (u32 i = 1; i <= caps.books; i++) book_open(&r.b, i);
    return r;
}

struct sum { u64 trades, lots, chain; };

static inline void count_fills(struct sum *s, const struct book_event *e, u32 n, bool chain)
{
    for (u32 i = 0; i < n; i++) {
        if (e[i].kind != BOOK_FILL) continue;
        s->trades++, s->lots += (u64)e[i].qty;
        if (chain)
            s->chain = mix64(s->chain ^ e[i].id * 31 ^ (u64)e[i].qty ^ (u64)e[i].price << 40);
    }
}

static inline void run_one(struct books *b, const struct msg *m, u32 likely, struct sum *s,
                           bool chain)
{
    struct book_event e[32];
    u32 n = 0, code = 0;
    if (m->kind == NEW) {
        struct order_in in = { .id = m->id,
                               .price = m->price,
                               .qty = m->qty,
                               .book = m->book,
                               .account = 1 + ((u32)m->id & 63),
                               .user = (u32)m->id,
                               .side = m->side,
                               .tif = m->tif,
                               .stp_mode = STP_CANCEL_RESTING };
        code = book_new(b, &in, e, 32, &n);
    } else if (m->kind == CANCEL) {
        book_cancel(b, book_find_hinted(b, m->id, likely), END_USER, e);
        return;
    } else {
        u32 order = book_find_hinted(b, m->id, likely);
        code = book_replace(b, order, m->price, m->qty, STP_CANCEL_RESTING, e, 32, &n);
    }
    if (code)
        fprintf(stderr, "bench book: %s, %u live orders\n", reject_name(code), books_orders(b));
    ASSERT(code == REJECT_NONE);
    count_fills(s, e, n, chain);
    while (books_busy(b)) {
        n = book_more(b, e, 32);
        count_fills(s, e, n, chain);
    }
}

static u32 hints(void) { return opt.ahead == OF_CASE ? cases[opt.now].ahead : opt.ahead; }

/* What a caller does that has a batch of messages before it. Handles found ahead may be stale. */
#define RING 256u
static u32 ring[RING];

static inline void hint_ahead(const struct books *b, const struct msg *m, u32 i, u32 n)
{
    u32 ahead = hints(), at = i + 3 * ahead;
    if (at >= n) return;
    book_hint_id(b, m[at].id);
    if (m[at].kind == NEW && cases[opt.now].books > 1) book_hint_book(b, m[at].book, m[at].side);
    at -= ahead;
    if (m[at].kind != NEW) ring[at % RING] = book_hint_order(b, m[at].id);
    else if (cases[opt.now].books > 1) book_hint_level(b, m[at].book, m[at].side, m[at].price);
    at -= ahead;
    if (m[at].kind != NEW) book_hint_links(b, ring[at % RING]);
}

__attribute__((noinline)) static void run_some(struct books *b, const struct msg *m, u32 n,
                                               struct sum *s, bool chain)
{
    memset(ring, 0, sizeof ring);
    if (hints() == 0) {
        for (u32 i = 0; i < n; i++) run_one(b, &m[i], 0, s, chain);
        return;
    }
    for (u32 i = 0; i < n; i++) {
        hint_ahead(b, m, i, n);
        run_one(b, &m[i], ring[i % RING], s, chain);
        ring[i % RING] = 0;
    }
}

static void check_flow(u32 c, const struct flow *f)
{
    struct room r = room_open(c);
    struct sum s = { 0 };
    run_some(&r.b, f->at, f->n, &s, true);
    books_check(&r.b);
    if (s.trades != f->trades || s.lots != f->lots || s.chain != f->chain) {
        fprintf(stderr, "bench book: case %s: trades differ from the reference: %llu for %llu\n",
                cases[c].name, (unsigned long long)s.trades, (unsigned long long)f->trades);
        exit(1);
    }
    free(r.bytes);
}

static double run_timed(u32 c, const struct flow *f)
{
    struct room r = room_open(c);
    struct sum s = { 0 };
    u32 before = f->n - opt.timed;
    run_some(&r.b, f->at, before, &s, false);
    u64 from = cpu_ns();
    run_some(&r.b, f->at + before, opt.timed, &s, false);
    u64 took = cpu_ns() - from;
    ASSERT(s.trades == f->trades);
    free(r.bytes);
    return opt.timed * 1e3 / (double)took;
}

/* The same flow through the plain array design. */
static double run_reference(u32 c, const struct flow *f)
{
    struct tick_books b =
        tick_books_new(cases[c].books, cases[c].ticks, cases[c].live * 2 + 1000, f->n);
    u64 from = 0;
    for (u32 i = 0; i < f->n; i++) {
        const struct msg *m = &f->at[i];
        if (i == f->n - opt.timed) from = cpu_ns();
        if (m->kind == NEW)
            tick_new(&b, m->id, m->book - 1, m->side - 1u, m->price, m->qty, m->tif == TIF_IOC);
        else if (m->kind == CANCEL) tick_remove(&b, b.of_id[m->id]);
        else tick_replace(&b, m->id, m->price, m->qty);
    }
    u64 took = cpu_ns() - from;
    ASSERT(b.chain == f->chain);
    tick_books_free(&b);
    return opt.timed * 1e3 / (double)took;
}

/* ---- latency: one message at a time, the counter read before and after ---- */

#define BUCKETS 65536u
struct latency { u32 *count; u64 n, max; };

static double percentile(const struct latency *l, double p, double ns_per_tick)
{
    u64 want = (u64)((double)l->n * p), sum = 0;
    for (u32 i = 0; i < BUCKETS; i++)
        if ((sum += l->count[i]) > want) return i * ns_per_tick;
    return (double)l->max * ns_per_tick;
}

static double ns_of_tick(void)
{
    u64 t = ticks_now(), n = now_ns(), later;
    while ((later = now_ns()) - n < 20000000) {}
    return (double)(later - n) / (double)(ticks_now() - t);
}

static void run_latency(u32 c, const struct flow *f, struct latency all[KINDS + 1])
{
    struct room r = room_open(c);
    struct sum s = { 0 };
    u32 before = f->n - opt.timed;
    for (u32 k = 0; k <= KINDS; k++) all[k].count = tick_zero(BUCKETS * sizeof(u32));
    run_some(&r.b, f->at, before, &s, false);
    for (u32 i = before; i < f->n; i++) {
        if (hints()) hint_ahead(&r.b, f->at, i, f->n);
        else ring[i % RING] = 0;
        u64 from = ticks_now();
        run_one(&r.b, &f->at[i], ring[i % RING], &s, false);
        u64 took = ticks_now() - from;
        struct latency *l[2] = { &all[KINDS], &all[f->at[i].kind] };
        for (u32 k = 0; k < 2; k++) {
            l[k]->count[took < BUCKETS ? took : BUCKETS - 1]++, l[k]->n++;
            if (took > l[k]->max) l[k]->max = took;
        }
    }
    free(r.bytes);
}

/* ---- memory ---- */

struct memory { double order, book; u64 levels; };

/* Bytes in use that came with the orders, a live order; and of one empty book. */
static struct memory memory_of(u32 c, const struct flow *f)
{
    struct room r = room_open(c);
    struct sum s = { 0 };
    struct memory m = { 0 };
    struct level_view v;
    u64 empty = arena_used_bytes(r.bytes);
    const struct arena_region *ids = NULL, *books = NULL;
    const struct arena_head *head = (const void *)r.bytes;
    for (u32 i = 0; i < head->regions; i++) {
        if (strcmp(head->region[i].name, "book.ids") == 0) ids = &head->region[i];
        if (strcmp(head->region[i].name, "book.books") == 0) books = &head->region[i];
    }
    ASSERT(ids && books);
    run_some(&r.b, f->at, f->n, &s, false);
    for (u32 k = 1; k <= cases[c].books; k++)
        for (u8 side = SIDE_BUY; side <= SIDE_SELL; side++)
            for (bool more = book_best(&r.b, k, side, &v); more;
                 more = book_worse(&r.b, k, side, v.price, &v))
                m.levels++;
    u64 grown = arena_used_bytes(r.bytes) - empty + (u64)ids->used * ids->slot_bytes;
    m.order = (double)grown / books_orders(&r.b);
    m.book = books->slot_bytes;
    free(r.bytes);
    return m;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run_case(u32 c)
{
    opt.now = c;
    struct flow f = flow_make(c);
    struct latency l[KINDS + 1] = { 0 };
    double mps[16], ref[16], ns = ns_of_tick();
    check_flow(c, &f);
    for (u32 i = 0; i < opt.runs; i++) mps[i] = run_timed(c, &f), ref[i] = run_reference(c, &f);
    qsort(mps, opt.runs, sizeof mps[0], by_size);
    qsort(ref, opt.runs, sizeof ref[0], by_size);
    run_latency(c, &f, l);
    struct memory m = memory_of(c, &f);
    double median = mps[opt.runs / 2], best = mps[opt.runs - 1], peer = ref[opt.runs / 2];
    double p[4] = { 0.5, 0.99, 0.999, 0.9999 };
    if (opt.json) {
        printf("{\"bench\":\"book\",\"case\":\"%s\",\"work\":\"%s\",\"mps_median\":\"%.2f\","
               "\"mps_best\":\"%.2f\",\"bar_mps\":\"%.0f\",\"array_mps\":\"%.2f\","
               "\"bytes_per_order\":\"%.1f\",\"bytes_per_book\":\"%.0f\",\"levels\":\"%llu\"",
               cases[c].name, cases[c].work, median, best, cases[c].bar_mps, peer, m.order, m.book,
               (unsigned long long)m.levels);
        for (u32 k = 0; k < 3; k++)
            printf(",\"p%g_ns\":\"%.0f\"", p[k] * 100, percentile(&l[KINDS], p[k], ns));
        printf(",\"trades_checked\":\"%llu\"}\n", (unsigned long long)f.trades);
    } else {
        printf(
            "%s  %-31s hints %u  %6.2f M/s median, %6.2f best (bar %.0f: %.2fx; plain array %.2f: "
            "%.2fx)\n",
            cases[c].name, cases[c].work, hints(), median, best, cases[c].bar_mps,
            median / cases[c].bar_mps, peer, median / peer);
        for (u32 k = 0; k <= KINDS; k++)
            printf("   %-8s %4.1f %%  p50 %4.0f  p99 %4.0f  p99.9 %5.0f  p99.99 %6.0f ns\n",
                   k < KINDS ? kind_text[k] : "all", k < KINDS ? f.per_kind[k] * 100 : 100.0,
                   percentile(&l[k], p[0], ns), percentile(&l[k], p[1], ns),
                   percentile(&l[k], p[2], ns), percentile(&l[k], p[3], ns));
        printf("   bar %s < %.0f ns; %.1f B a live order all in (bar 96), %.0f B an empty book "
               "(bar 1024); %llu levels, %llu trades equal the reference\n",
               cases[c].bar_of, cases[c].bar_ns, m.order, m.book, (unsigned long long)m.levels,
               (unsigned long long)f.trades);
    }
    fflush(stdout);
    for (u32 k = 0; k <= KINDS; k++) free(l[k].count);
    free(f.at);
}

static int usage(int code)
{
    fputs("usage: bench_book [--quick] [--json] [--case A..E] [--runs N] [--ahead N]\n"
          "                  [--accounts N]\n"
          "  --ahead N     hints at N, 2N, 3N messages ahead, as a batching caller gives; 0: none\n"
          "                (by default none in A, 4 in the others)\n"
          "  --accounts N  orders linked by account for mass cancel, N = 64 or more; 0 no lists\n",
          code ? stderr : stdout);
    return code;
}

static void show_overhead(void)
{
    double ns = ns_of_tick(), least = 1e9;
    for (u32 i = 0; i < 1000; i++) {
        u64 t = ticks_now();
        double d = (double)(ticks_now() - t) * ns;
        least = d < least ? d : least;
    }
    printf("book alone: warm %u, timed %u messages, %u runs, accounts %u; new/cancel/"
           "replace/"
           "marketable 44-48/38-42/5/9 %%\nlatencies include reading the counter: %.0f ns\n",
           opt.warm, opt.timed, opt.runs, opt.accounts, least);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        { "quick", 0, NULL, 'q' }, { "json", 0, NULL, 'j' },  { "case", 1, NULL, 'c' },
        { "runs", 1, NULL, 'r' },  { "ahead", 1, NULL, 'a' }, { "accounts", 1, NULL, 'n' },
        { "help", 0, NULL, 'h' },  { NULL, 0, NULL, 0 },
    };
    for (int o; (o = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        if (o == 'q') opt.warm = 20000, opt.timed = 100000, opt.runs = 1;
        else if (o == 'j') opt.json = true;
        else if (o == 'c') opt.only = optarg;
        else if (o == 'r') opt.runs = (u32)atoi(optarg);
        else if (o == 'a') opt.ahead = (u32)atoi(optarg);
        else if (o == 'n') opt.accounts = (u32)atoi(optarg);
        else return usage(o == 'h' ? 0 : 2);
    }
    if (opt.runs < 1 || opt.runs > 16 || (opt.ahead > 64 && opt.ahead != OF_CASE) ||
        (opt.accounts > 0 && opt.accounts < 64))
        return usage(2);
    if (!opt.json) show_overhead();
    for (u32 c = 0; c < ARRAY_LEN(cases); c++)
        if (!opt.only || strchr(opt.only, cases[c].name[0])) run_case(c);
    return 0;
}
