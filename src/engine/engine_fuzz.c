/* Any bytes that decode are a command, and any command is answered: never an assertion, and every
 * invariant holds at the end. A record is: type (1), time step (2), length (2), bytes; an empty one
 * with a type from 200 on is one of our own making, so that the day moves on. */
#include "../../tests/engine_rig.h"
#include "base/random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Date day; /* of the commands we make */

static struct cmd_genesis small(void)
{
    struct cmd_genesis g = rig_genesis();
    g.accounts_max = 6, g.products_max = 3, g.instruments_max = 4, g.orders_max = 24;
    g.levels_max = 16, g.positions_max = 10, g.client_ids_max = 64, g.transfers_max = 16;
    g.indexes_max = 2, g.prints_max = 64;
    return g;
}

/* Sensible commands from one byte: they carry the fuzzer past the gates. */
static void made(struct rig *r, u8 kind, u8 arg)
{
    struct rng g = rng_of(arg);
    switch (kind % 6) {
    case 0:
        rig_at(r, day, i64_max(0, (r->now.ns - date_start(day).ns) / NS_PER_SECOND));
        rig_day(r, CMD_DAY_OPEN, day);
        break;
    case 1:
        rig_print(r, "HDG-H100", day, arg < 40 ? PRINT_NO_PRINT : PRINT_PRINTED,
                  2000000 + arg * 4000);
        break;
    case 2:
        rig_day(r, CMD_DAY_END, day);
        if (!rig_reject(r)) {
            day.days++;
            rig_at(r, day, 0);
        }
        break;
    case 3: rig_cash(r, CMD_CASH_DEPOSIT, 1 + arg % 5, (1 + arg) * 1000 * MICROS, arg); break;
    default: {
        i64 lots = 1 + rng_between(&g, 0, 40), price = 2400000 + rng_between(&g, -20, 20) * 1000;
        struct command c =
            rig_order(1 + arg % 5, 1 + arg % 2, arg & 64 ? SIDE_BUY : SIDE_SELL, lots, price);
        c.order_new.tif = arg & 32 ? TIF_GTC : TIF_DAY;
        rig_send(r, c);
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rig r;
    struct cmd_genesis g = small();
    if (!r.e) r = rig_new(&g, 64);
    memset(r.arena, 0, r.size);
    r.seq = 0, r.now.ns = 0, day = date_of(2026, 6, 1);
    r.e = engine_open(r.view, r.arena, r.size, &g);
    ASSERT(r.e);
    if (size && (data[0] & 1)) {
        rig_found(&r, date_of(2026, 6, 1));
        for (u32 a = 1; a <= 4; a++) rig_account(&r, a, 1, a);
    }
    for (size_t at = 1; at + 5 <= size;) {
        struct command c;
        u8 type = data[at];
        u32 n = load_u16(data + at + 3);
        i64 later = (i64)load_u16(data + at + 1) * NS_PER_SECOND;
        at += 5;
        if (type >= 200) {
            made(&r, type, (u8)n);
            continue;
        }
        if (n > size - at) n = (u32)(size - at);
        bool ok = command_decode(type, data + at, n, &c) == REJECT_NONE;
        at += n;
        if (!ok) continue;
        if (r.now.ns < INT64_MAX / 2) r.now.ns += later;
        rig_run(&r, &c);
        ASSERT(engine_ledger_sum(r.e).micros == 0);
    }
    engine_check(r.e);
    return 0;
}
