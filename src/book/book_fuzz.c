/* Bytes become commands for the book and for its slow twin; they must say the same. */
#include "book/book.h"
#include "book/twin.h"
#include <stdlib.h>

#define ORDERS 64u
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static struct books books;
static struct twin twin;
static struct book_event got[1024], want[1024];

static void open_room(void)
{
    static u8 *bytes;
    static u64 n;
    struct books_caps caps = { 2, ORDERS, 512, 3 };
    if (!bytes) {
        struct arena measure = arena_measure();
        books_init(&measure, caps);
        n = arena_bytes(&measure);
        bytes = aligned_alloc(64, n);
    }
    memset(bytes, 0, n);
    struct arena a = arena_new(bytes, n);
    books = books_init(&a, caps);
    book_open(&books, 1);
    book_open(&books, 2);
    memset(&twin, 0, sizeof twin);
    twin.orders_max = ORDERS;
}

/* Near the middle, or far out by powers of two, so that trees grow and shrink. */
static i64 price_of(u8 a, u8 b)
{
    i64 p = 100 + (i8)a;
    if (b & 128) p += (b & 64 ? -1 : 1) * (INT64_C(1) << (b & 31));
    return p;
}

static void same(u32 code, u32 n, u32 want_code)
{
    if (code || want_code) n = 0;
    if (want_code) twin.events = 0;
    ASSERT(code == want_code);
    ASSERT(n == twin.events);
    for (u32 i = 0; i < n; i++) got[i].order = 0;
    ASSERT(memcmp(got, want, n * sizeof *got) == 0);
    books_check(&books);
}

static u32 drain(u32 n, u8 cap)
{
    while (books_busy(&books)) n += book_more(&books, got + n, BOOK_EVENTS_MIN + cap % 4);
    return n;
}

static void run_new(const u8 *d, u64 id)
{
    static const u8 tifs[4] = { TIF_DAY, TIF_GTC, TIF_IOC, TIF_FOK };
    struct order_in in = { .id = id, .stp_key = d[1] & 3, .book = 1 + (d[1] >> 2 & 1),
                           .account = 1 + (d[1] >> 3) % 3, .user = (u32)id };
    u32 n = 0;
    in.side = d[2] & 1 ? SIDE_SELL : SIDE_BUY, in.tif = tifs[d[2] >> 1 & 3];
    in.stp_mode = (u8)(STP_CANCEL_RESTING + (d[2] >> 3 & 3));
    in.flags = d[2] >> 5 == 1 ? ORDER_POST_ONLY : 0;
    in.min_qty = d[2] >> 5 == 2 ? d[3] / 2 : 0;
    in.qty = d[3], in.price = price_of(d[4], d[5]);
    u32 wanted = twin_new(&twin, &in, want);
    ASSERT(book_refuses(&books, &in) == wanted);
    u32 code = book_new(&books, &in, got, 4, &n);
    same(code, code ? 0 : drain(n, d[6]), wanted);
}

static void run_one(const u8 *d)
{
    struct twin_order o = twin.at[d[1] % twin.n];
    u32 h = book_find(&books, o.id), n = 0;
    u8 mode = (u8)(STP_CANCEL_RESTING + (d[2] & 3));
    twin.out = want, twin.events = 0;
    if (d[0] % 8 == 6) {
        book_cancel(&books, h, END_USER, got);
        twin_end(&twin, o.id, END_USER, 0);
        same(0, 1, 0);
        return;
    }
    i64 price = d[2] & 8 ? o.price : price_of(d[4], d[5]), total = o.filled + d[3];
    u32 wanted = twin_replace(&twin, o.id, price, total, mode, want);
    u32 code = book_replace(&books, h, price, total, mode, got, 4, &n);
    same(code, code ? 0 : drain(n, d[6]), wanted);
}

static void run_mass(const u8 *d)
{
    struct mass_in in = { d[1] % 4, d[2] % 3, (u8)(SCOPE_BOTH + d[3] % 3), END_MASS };
    u32 n;
    twin_mass(&twin, &in, 2, want);
    book_mass_cancel(&books, &in, got, 4, &n);
    same(0, drain(n, d[6]), 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    u64 id = 0;
    open_room();
    for (size_t at = 0; at + 7 <= size && id < 4096; at += 7) {
        const u8 *d = data + at;
        if (d[0] == 255) run_mass(d);
        else if (d[0] % 8 >= 5 && twin.n > 0) run_one(d);
        else run_new(d, ++id);
    }
    return 0;
}
