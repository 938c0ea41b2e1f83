/* internal.h -- what the gateway's files share; nobody else includes it.
 * Owns:   the structs of connections, answers in flight, live books and subscriptions.
 * Never:  is part of the room's interface: that is gateway.h.
 * Always: one thread; an index with a generation names a connection or an answer that may be gone.
 */
#ifndef HEDGEROW_GATEWAY_INTERNAL_H
#define HEDGEROW_GATEWAY_INTERNAL_H

#include "gateway/gateway.h"
#include "gateway/routes.h"
#include "gateway/table.h"
#include "store/store.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/net.h"
#include "wire/http.h"
#include "wire/json.h"
#include "wire/order.h"
#include "wire/sign.h"
#include "wire/ws.h"

#define SCRATCH_BYTES (4u << 20)
#define PUBLIC_QUEUE_MAX (1u << 20)     /* bytes waiting for one reader of public data */
#define PRIVATE_QUEUE_MAX (4u << 20)    /* of answers to a key */
#define CONFLATE_ABOVE (256u << 10)     /* from here on a channel's reader gets no more updates */
#define RESYNC_BELOW (64u << 10)        /* and from here on it gets a snapshot */
#define NS_MS INT64_C(1000000)
#define HEAD_TIMEOUT_NS (10 * NS_PER_SECOND)
#define IDLE_TIMEOUT_NS (120 * NS_PER_SECOND)
#define SEND_TIMEOUT_NS (30 * NS_PER_SECOND)
#define PING_EVERY_NS (15 * NS_PER_SECOND)
#define SLOW_AFTER_NS (10 * NS_PER_SECOND)
#define PARK_NS (5 * NS_PER_SECOND)
#define SUBSCRIPTIONS_MAX 256u          /* of one connection */
#define TRADES_KEPT 64u
#define BAD_AUTHS_MAX 10u               /* of one connection, then it is closed */

/* ---- limits ---- */
struct bucket { u32 per_second; i64 micro_tokens; u64 at_ns; };
NODISCARD bool bucket_take(struct bucket *b, u32 per_second, u32 tokens, u64 now_ns);
NODISCARD u32 bucket_left(const struct bucket *b);

/* ---- who asks ---- */
struct nonce { u64 print; i64 until_ms; };
struct identity {
    struct gateway_key key;
    struct bucket orders, cancels;
    struct nonce *nonces; /* a ring, oldest first; heap */
    struct table seen;
    u32 nonces_at, nonces_n;
    bool demo;
};

/* ---- connections ---- */
enum { REPLY_WAITING, REPLY_READY };
struct reply { u8 state; bool close, head; u32 n, sent; char *bytes; };
enum { CONN_FREE, CONN_HTTP, CONN_WS };
struct subscription;
struct conn {
    int fd;
    u32 gen;
    u8 kind, watched;
    bool dirty, loopback, closing, want_write, eof, behind, close_sent;
    struct http http;
    char *in;
    u32 in_n, in_cap;
    struct reply replies[HTTP_PIPELINE_MAX];
    u32 reply_first, reply_next; /* numbers that only grow; slot = number % HTTP_PIPELINE_MAX */
    u32 queued;                  /* bytes of replies not sent yet */
    u64 heard_ns, head_ns, stuck_ns, behind_ns, ping_ns;
    struct bucket reads;
    u32 pings, bad_auths;
    struct ws *ws; /* heap, with its message */
    char *out;     /* WebSocket frames not sent yet */
    u32 out_n, out_at, out_cap;
    struct subscription **subs;
    u32 subs_n, subs_cap;
};

/* ---- answers in flight ---- */
struct order_answer { /* what the command at hand did, folded from its events */
    u64 seq;
    u64 subject; /* order id; 0: none yet */
    bool has_order, mass;
    u32 cancelled, fills_n;
    struct evt_rejected rejected; /* code 0: it was not */
    struct store_order order;
    struct store_fill fills[64];
};
struct item {
    struct order_body body;
    char *json;
    u32 json_n;
    u16 status;
    bool done, replay;
    u64 seq;
};
struct pending {
    u32 gen, next; /* next: in the free list or the list of parked ones */
    u32 conn, conn_gen, reply;
    u16 route; /* enum route */
    bool used, parked, reads, close, head;
    u32 count, waiting;
    u32 identity;            /* index + 1; 0: nobody */
    struct store_mark until; /* parked: the read model must have come this far */
    u64 parked_ns;
    struct item one, *items; /* items == &one but for batches */
    char *target;            /* parked reads: the request's target */
    u32 target_n;
};

/* ---- one request while it is handled ---- */
struct ask {
    struct gateway *g;
    struct conn *c; /* NULL: it is gone */
    u32 reply;
    u32 conn_index;
    u16 route;
    struct identity *who; /* NULL: public */
    Str target, query, body;
    Str part; /* {id} of the path, decoded */
    char part_buf[64];
    bool keep_alive, head, fresh;       /* fresh: not taken up again from parking */
    const struct http_request *request; /* NULL when taken up again */
    u32 limit_of, limit_left;           /* for RateLimit */
    u64 as_of;                          /* HR-Seq; 0: all that was handed over */
};

/* ---- live view ---- */
struct level { i64 price, qty; u32 orders; };
struct ladder { struct level *rows; u32 n, cap; }; /* best first */
struct change { i64 price; u8 side; };
enum { RATE_RAW, RATE_100MS, RATE_1S, RATES };
enum { DEPTH_L1, DEPTH_L2, DEPTHS };
struct group { /* the subscribers of one channel in one form */
    struct subscription **subs;
    u32 n, cap;
    struct change *changes;
    u32 changes_n, changes_cap, updates;
    u64 check_ns;
    struct level best[2]; /* L1: as sent last; qty 0: none */
};
struct contract {
    struct store_instrument row;
    u32 digits;            /* of a price: the tick's */
    struct ladder side[2]; /* bids, asks */
    i64 long_lots, short_lots;
    struct evt_trade last[TRADES_KEPT];
    u32 last_n; /* ever seen; slot = number % TRADES_KEPT */
    Instant book_at;
    bool ticker_dirty, touched;
    struct group book[DEPTHS][RATES], trades, ticker;
    struct evt_trade fresh[TRADES_KEPT];
    u32 fresh_n;
};

enum channel { CH_BOOK, CH_TRADES, CH_TICKER, CH_INDEX, CH_SETTLEMENT, CH_STATUS };
struct subscription {
    u32 conn;       /* index */
    u32 at;         /* place in its group */
    u32 instrument; /* 0: all */
    u8 channel, depth, rate;
    bool behind, gap;
    u64 seq; /* book: of the frame sent last */
    struct group *group;
    Text24 id;
};

struct page { char *path; char *bytes; const char *type; u32 n; char etag[20]; };

struct gateway {
    struct gateway_callbacks on;
    u32 orders_per_second, cancels_per_second, reads_per_second;
    struct net_address address;
    char address_text[96];
    bool on_loopback, loop_failed;
    int listener, set, waker;
    struct store *store;
    struct store_mark mark;   /* of the store when last asked */
    struct store_mark seen;   /* of the last event handed over */
    struct store_mark loaded; /* events up to here came from the store at open */

    struct conn *conns;
    u32 conns_max, conns_now;
    u32 *conns_free, conns_free_n;
    u32 *dirty, dirty_n; /* connections to flush at the end of this round */
    bool parsing, polling;
    struct pending *pendings;
    u32 pendings_max, pendings_free, parked_first, parked_last, in_flight;
    struct identity *identities;
    u32 identities_n;

    struct contract **contracts; /* by handle - 1 */
    u32 contracts_n;
    u32 *touched, touched_n; /* contracts whose raw channels have something to say */
    struct table orders;     /* order id -> slot + 1 of working orders */
    struct store_order *working;
    u32 working_n, working_cap, working_free;
    struct table lots; /* account << 32 | instrument -> lots as u64 */
    struct store_day day;
    struct store_venue venue;
    struct order_answer answer;

    struct group index, settlement, status, ticker;
    char *prints_buf, *settle_buf[4];
    struct text prints, settle[4];
    u64 tick_100ms, tick_1s, swept_ns, now_ns;

    struct page *pages;
    u32 pages_n;
    char *scratch, *frame; /* SCRATCH_BYTES each */
    struct text body;      /* an answer being written, on scratch */
    struct http_request request;
    struct gateway_counts counts;
};

/* conn.c */
void conn_accept_all(struct gateway *g);
void conn_ready(struct gateway *g, u32 index, u32 what);
void conn_sweep(struct gateway *g);
void conn_close(struct gateway *g, struct conn *c);
NODISCARD static inline u32 conn_index(const struct gateway *g, const struct conn *c)
{
    return (u32)(c - g->conns);
}
/* Puts the head before g->body (or `bytes`) and queues the whole. extra: further header lines. */
void reply_finish(struct ask *a, u16 status, const char *type, const char *extra, const char *bytes,
                  u32 n);
void conn_flush(struct gateway *g, struct conn *c);
void conn_mark(struct gateway *g, struct conn *c); /* to be flushed at the end of this round */
void conn_flush_marked(struct gateway *g);
void conn_send_frame(struct gateway *g, struct conn *c, enum ws_opcode opcode, const char *at,
                     u32 n);
void conn_ws_close(struct gateway *g, struct conn *c, u16 code, const char *why);
NODISCARD static inline u32 conn_waiting(const struct conn *c) { return c->out_n - c->out_at; }

/* route.c */
#define AS_ROUTE_ID(NAME, handler, METHOD, path, access, weight, params, text) ROUTE_##NAME,
enum route { ROUTES(AS_ROUTE_ID) ROUTE_COUNT };
enum { ACCESS_PUBLIC, ACCESS_READ, ACCESS_TRADE };
struct route_row {
    const char *name;
    u32 method;
    const char *path;
    u8 access;
    u32 weight;
    const char *params, *text;
    void (*run)(struct ask *a);
};
extern const struct route_row routes[ROUTE_COUNT];
#define AS_ROUTE_RUN(NAME, handler, METHOD, path, access, weight, params, text) \
    void route_##handler(struct ask *a);
ROUTES(AS_ROUTE_RUN)
void handle_request(struct gateway *g, struct conn *c, const struct http_request *r);
void handle_refusal(struct gateway *g, struct conn *c);
void answer_json(struct ask *a, u16 status, const char *extra); /* g->body as it stands */
/* A problem of the reject table; detail NULL: the table's sentence; field NULL: none. */
void answer_problem(struct ask *a, u32 code, const char *detail, const char *field,
                    u64 command_seq);
void write_problem(struct text *t, u32 code, u16 status, const char *detail, const char *field,
                   u64 command_seq, const char *accepted);
NODISCARD u16 status_of(u32 code);
/* The request waits until the read model has what was released; false: it has, go on. */
NODISCARD bool park_read(struct ask *a);
void parked_run(struct gateway *g);
/* Query parameters; false: a problem was answered. */
NODISCARD bool ask_u64(struct ask *a, const char *name, u64 max, u64 *out);
NODISCARD bool ask_contract(struct ask *a, u32 *instrument);       /* contract=, 0 if absent */
NODISCARD bool ask_account(struct ask *a, bool own, u32 *account); /* account=; 0: all */
NODISCARD bool ask_word(struct ask *a, const char *name, char *buf, u32 cap, Str *out);
NODISCARD struct contract *part_contract(struct ask *a); /* NULL: a problem was answered */
NODISCARD bool store_ok(struct ask *a, Err err, const struct why *w);

/* auth.c */
NODISCARD bool auth_open(struct gateway *g, const struct gateway_config *config);
void auth_close(struct gateway *g);
/* NULL: who asks; else why not (AUTH). */
NODISCARD const char *auth_check(struct gateway *g, struct conn *c, const struct http_request *r,
                                 struct identity **who);
NODISCARD bool auth_own_origin(const struct gateway *g, const struct http_request *r);

/* rest_order.c */
NODISCARD struct pending *pending_take(struct ask *a, u32 count);
void pending_free(struct gateway *g, struct pending *p);
NODISCARD struct conn *pending_conn(struct gateway *g, const struct pending *p);
NODISCARD struct ask pending_ask(struct gateway *g,
                                 const struct pending *p); /* .c NULL: it is gone */
void pending_park(struct gateway *g, struct pending *p);
void order_event(struct gateway *g, const struct event *e);
void order_done(struct gateway *g, u64 token, u64 seq);
void order_parked(struct gateway *g, struct pending *p, bool late);
void write_order(struct gateway *g, struct text *t, const struct store_order *o,
                 const struct store_fill *fills, u32 fills_n);
void write_fill(struct gateway *g, struct text *t, const struct store_fill *f);

/* view.c */
NODISCARD Err view_load(struct gateway *g, struct why *w);
void view_close(struct gateway *g);
void view_event(struct gateway *g, const struct event *e);
void view_forget(struct gateway *g,
                 const struct event *e); /* after order_event(): an ended order */
NODISCARD struct contract *contract_at(struct gateway *g, u32 instrument); /* NULL: none */
NODISCARD struct contract *contract_named(struct gateway *g, Str id);
NODISCARD const char *contract_id(struct gateway *g, u32 instrument);
NODISCARD struct store_order *working_at(struct gateway *g, u64 order_id); /* NULL: none */
void write_ticker(struct gateway *g, struct text *t, const struct contract *k);
void write_levels(const struct contract *k, struct text *t, u32 side, u32 depth, bool orders);
void write_price(struct text *t, const char *key, const struct contract *k, i64 micros);
void write_trade(struct gateway *g, struct text *t, const struct evt_trade *v);
/* of: what is known of its date's versions; NULL: the print just came. */
void write_print(struct text *t, const struct evt_index_printed *v, const struct store_print *of,
                 bool name);
void write_status(struct gateway *g, struct text *t);
u32 book_checksum(const struct contract *k, struct text *t); /* t: scratch for its text */

/* channels.c */
void channels_open(struct ask *a, Str key);
void channels_message(struct gateway *g, struct conn *c, Str text);
void channels_leave(struct gateway *g, struct conn *c);
void channels_drained(struct gateway *g, struct conn *c);
void channels_book(struct gateway *g, struct contract *k, u8 side, i64 price);
void channels_trade(struct gateway *g, struct contract *k, const struct evt_trade *v);
void channels_event(struct gateway *g, const struct event *e);
void channels_command_end(struct gateway *g);
void channels_tick(struct gateway *g);
void channels_close(struct gateway *g);

/* page.c */
NODISCARD Err pages_load(struct gateway *g, const char *folder, struct why *w);
void pages_free(struct gateway *g);
void page_answer(struct ask *a, const struct http_request *r);

/* openapi.c */
void openapi_write(struct text *t);

#endif
