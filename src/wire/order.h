/* order.h -- the bodies of order requests: JSON text to commands of msg, and back for clients.
 * Owns:   the keys of each body, what each may hold, the sentence and position of an error.
 * Never:  looks a contract up, rounds a price, or guesses at a misspelt key.
 * Always: a refused body gives no command; numbers in place of strings, doubled and unknown keys
 *         are refused; a price that has more than six decimals is refused as BAD_FIELD.
 */
#ifndef HEDGEROW_WIRE_ORDER_H
#define HEDGEROW_WIRE_ORDER_H

#include "msg/msg.h"
#include "wire/json.h"

#define ORDER_BATCH_MAX 100u
#define CLIENT_ID_MAX 36u

struct body_error {
    u32 code;        /* REJECT_BAD_JSON or REJECT_BAD_FIELD */
    u32 at;          /* byte of the body, from 0 */
    char field[24];  /* the key, empty for BAD_JSON */
    const char *why; /* "missing", "not a decimal", ... */
};

/* What an order body may hold: X(name, kind, required). Kinds: CLIENT_ID, CONTRACT, E_LIST,
 * PRICE (decimal string), LOTS (integer string), DATE, BOOL, ACCOUNT (a number). */
#define ORDER_BODY(X) \
    X(client_id, CLIENT_ID, true) \
    X(contract, CONTRACT, true) \
    X(side, SIDE, true) \
    X(type, ORDER_TYPE, false) \
    X(price, PRICE, false) \
    X(quantity, LOTS, true) \
    X(tif, TIF, false) \
    X(post_only, BOOL, false) \
    X(reduce_only, BOOL, false) \
    X(stop_price, PRICE, false) \
    X(display_quantity, LOTS, false) \
    X(min_quantity, LOTS, false) \
    X(expiry, DATE, false) \
    X(stp_mode, STP, false) \
    X(account, ACCOUNT, false)

struct order_body {
    struct cmd_order_new
        order; /* instrument 0: the caller looks `contract` up; account 0: the key's */
    Text24 contract;
};
struct amend_body { bool has_price, has_qty; UnitPrice price; i64 qty; Text40 client_id; };

NODISCARD bool order_body_read(const char *at, u32 n, struct order_body *out, struct body_error *e);
/* {"orders":[...]}: *count bodies, 1 to ORDER_BATCH_MAX. */
NODISCARD bool order_batch_read(const char *at, u32 n, struct order_body *out, u32 *count,
                                struct body_error *e);
NODISCARD bool amend_body_read(const char *at, u32 n, struct amend_body *out, struct body_error *e);
/* The canonical body: what two texts of the same order have in common. For a client, and a test. */
void order_body_write(const struct order_body *o, struct text *t);

#endif
