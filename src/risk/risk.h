/* risk.h -- may this account do this? Risk arrays times positions, worst fills of orders included.
 * Owns:   trading accounts, exposures (account, contract), risk arrays, margin cells, limits.
 * Never:  moves money (clear does), fetches a price, or remembers yesterday.
 * Always: a cell's w[j] is the loss of its positions plus sum of max(0, loss) of its orders in
 *         scenario j; an account's requirement is the sum over its cells of max(0, max_j w[j]).
 */
#ifndef HEDGEROW_RISK_RISK_H
#define HEDGEROW_RISK_RISK_H

#include "base/arena.h"
#include "base/map.h"
#include "msg/enums.h"
#include "msg/msg.h"
#include "msg/rejects.h"

#define RISK_SCENARIOS 16u
/* An account's lots (held and ordered) times the highest price stay below this, so that no sum of
 * this room leaves 64 bits: arrays are at most RISK_ARRAY_MAX times that price. */
#define RISK_GROSS_MAX (INT64_C(1) << 57)
#define RISK_ARRAY_MAX 10
#define RISK_ORDER_VALUE_MAX (1000000000 * MICROS) /* of one order; money, not lots */

struct risk_account {
    u32 id, member, group, first_exposure;
    i64 requirement; /* sum of its cells' scans */
    i64 gross;       /* sum of (|lots| + open lots) x highest value of a lot */
    i64 shown[4];    /* what the last MARGIN event said: the engine's */
    u8 kind, category, status, zero[5];
    Text32 name;
    u8 zero2[24];
};
static_assert(sizeof(struct risk_account) == 128, "no hidden padding: the arena is hashed");

/* One account in one contract. clear keeps its position record under the same handle. */
struct risk_exposure {
    i64 lots;                            /* long positive */
    i64 open_buy, open_sell;             /* of working orders */
    i64 reduce_only;                     /* of them reduce-only */
    u32 account, instrument, cell, next; /* next of the account, in order of opening */
    u32 owned;                           /* its owner group's sum; 0: an owner of its own */
    u8 zero[12];
};
static_assert(sizeof(struct risk_exposure) == 64, "one cache line; no hidden padding");

/* All accounts of one owner group in one contract: what position limits count. */
struct risk_owned {
    i64 lots, open_buy, open_sell;
    u32 group, instrument, exposures, zero;
    u8 zero2[24];
};
static_assert(sizeof(struct risk_owned) == 64, "one cache line; no hidden padding");

/* One account in one combined commodity. */
struct risk_cell {
    i64 w[RISK_SCENARIOS];
    i64 scan; /* max(0, max_j w[j]) */
    u32 account, commodity, exposures, zero;
    u8 zero2[40];
};
static_assert(sizeof(struct risk_cell) == 192, "three cache lines; no hidden padding");

/* One contract's parameters. */
struct risk_instrument {
    i64 ra[RISK_SCENARIOS]; /* loss of LONG 1 lot, micros; a short flips the sign */
    i64 mark;               /* micros per unit: last settlement */
    i64 lot_units_milli;
    i64 value_max;    /* micros: a lot at the highest price of its specification */
    i64 limit;        /* lots of one owner, where `limited` */
    u32 fixed, total; /* n and N of its averaging set; total 0: not averaged */
    u32 commodity;    /* contracts with one number net in one array */
    u8 armed;         /* an array is in force */
    u8 diminishing;   /* the limit compares lots x (N-n)/N */
    u8 limited;
    u8 zero[17];
};
static_assert(sizeof(struct risk_instrument) == 192, "three cache lines; no hidden padding");

struct risk_caps { u32 accounts, instruments, exposures; };
struct risk { /* a view: pointers into the arena */
    struct risk_account *account;
    struct risk_instrument *instrument;
    struct pool exposures, cells, owned;
    struct map by_id, by_pair, by_cell, by_owner;
    struct arena_region *accounts_used, *instruments_used;
    struct risk_caps caps;
};

NODISCARD struct risk risk_init(struct arena *a, struct risk_caps caps);
void risk_check_all(const struct risk *r); /* walks everything: sums, links, scans */

/* Accounts: handles dense from 1 in order of opening. */
NODISCARD u32 risk_account_of(const struct risk *r, u32 id); /* 0: none */
NODISCARD bool risk_accounts_full(const struct risk *r);
u32 risk_account_open(struct risk *r, const struct cmd_account_open *c);
NODISCARD static inline u32 risk_accounts(const struct risk *r)
{
    return r->accounts_used->used - 1;
}

/* A contract's array from a percentage of value (method 3): the price scan range is
 * ceil(mark x units x ppm), scaled by (N-n)/N and rounded up; the 16 scenarios of clearing.md
 * section 4 move it by 0, 1/3, 2/3, 3/3 and the extreme 3 x 33 %, each rounded half-even. */
void risk_percentage(struct risk_instrument *i, i64 mark, i64 margin_ppm, u32 fixed, u32 total);
NODISCARD i64 risk_scan_range(i64 mark, i64 lot_units_milli, i64 margin_ppm, u32 fixed, u32 total);
/* The next handle; the caller fills its parameters. */
struct risk_instrument *risk_instrument_open(struct risk *r, u32 instrument);

/* The arithmetic on its own. */
void risk_add_position(i64 w[RISK_SCENARIOS], const struct risk_instrument *i, i64 lots);
/* Adds (lots > 0) or takes away (lots < 0) an order's worst losses. */
void risk_add_order(i64 w[RISK_SCENARIOS], const struct risk_instrument *i, u8 side, i64 price,
                    i64 lots);
NODISCARD i64 risk_scan(const i64 w[RISK_SCENARIOS]);

/* What an account has to cover its requirement. */
struct risk_funds {
    i128 cash;      /* posted */
    i128 due;       /* called and unpaid */
    i128 unsettled; /* variation of today; gains offset margin but can not be withdrawn */
    i128 fees;      /* held for working orders, this one included */
};
struct risk_order {
    u32 account, instrument;
    i64 price, lots;         /* micros per unit */
    i64 old_price, old_lots; /* of the order it replaces; 0 lots: none */
    u8 side;
    u8 reduce_only;
};
/* asked: of a position limit, the lots that would come on top of those used. */
struct risk_verdict { u32 code; const char *field; i64 limit, used, asked; };

/* Status, value, position limit of the account and of its owner group, array, margin: the first
 * that fails, or code 0. Changes nothing. */
NODISCARD struct risk_verdict risk_judge(const struct risk *r, const struct risk_order *o,
                                         const struct risk_funds *f);
/* Lots this account may still sell or buy without opening or turning its position. */
NODISCARD i64 risk_reducible(const struct risk *r, u32 account, u32 instrument, u8 side);
/* The exposure's handle; made when new. 0: the capacity is used up. */
NODISCARD u32 risk_exposure_of(const struct risk *r, u32 account, u32 instrument);
NODISCARD bool risk_exposures_full(const struct risk *r);
NODISCARD u32 risk_exposure_open(struct risk *r, u32 account, u32 instrument);
NODISCARD static inline struct risk_exposure *risk_exposure(const struct risk *r, u32 handle)
{
    return pool_at(&r->exposures, handle);
}

/* Working orders and fills, once accepted. */
void risk_order_enters(struct risk *r, u32 exposure, u8 side, i64 price, i64 lots);
void risk_order_leaves(struct risk *r, u32 exposure, u8 side, i64 price, i64 lots);
/* `lots` of a working order became position. */
void risk_order_fills(struct risk *r, u32 exposure, u8 side, i64 price, i64 lots);

/* New arrays: first all cells from positions alone, then the caller adds each working order again
 * through risk_order_counts() (open lots are not touched), then risk_remargin_end(). */
void risk_remargin_begin(struct risk *r);
void risk_order_counts(struct risk *r, u32 exposure, u8 side, i64 price, i64 lots);
void risk_remargin_end(struct risk *r);
/* Takes a settled position away (working orders are gone): lots become 0. */
void risk_position_close(struct risk *r, u32 exposure);
/* Gives back exposures that are flat and without orders; `gone(handle)` is told by the list. */
u32 risk_sweep(struct risk *r, u32 account, u32 *gone, u32 cap);

#endif
