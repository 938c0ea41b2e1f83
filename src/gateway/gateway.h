/* gateway.h -- the venue's edge: one epoll loop of HTTP and WebSocket sessions on one thread.
 * Owns:   sockets, sessions, identity, rate limits, answers in flight, live books for readers.
 * Never:  shows an event that was not handed to it as released; decides anything of the market.
 * Always: one client's memory and slowness never touch another's; every request gets one answer.
 *
 * The venue's side of the contract: every command that submit() took is answered with its released
 * events through gateway_on_events(), then with one gateway_on_done(). All calls on one thread.
 */
#ifndef HEDGEROW_GATEWAY_GATEWAY_H
#define HEDGEROW_GATEWAY_GATEWAY_H

#include "base/why.h"
#include "msg/msg.h"

struct gateway; /* opaque */

/* A participant's key: an Ed25519 public key; the venue keeps no secret that can trade. */
struct gateway_key {
    Text40 id;
    u8 public_key[32];
    u32 account;   /* orders are for this account */
    bool trade;    /* may send orders; else only read */
    bool read_all; /* may read every account; else only its own */
};

struct gateway_status { /* what only the venue knows; the callback fills it */
    Text32 venue;
    Text16 version, mode, durability, state; /* "demo"; "local"; "open" */
    Instant now;                             /* the venue's time: the demo's is simulated */
    u64 seq, durable_seq;
    Money ledger_sum;  /* engine_ledger_sum() */
    const char *demo;  /* a JSON object's text, or NULL under serve */
    const char *alert; /* the operator's command last refused, or NULL */
};

struct gateway_callbacks {
    void *ctx;
    /* Hands a command to the sequencer; blobs and texts are copied by the callee. False: the venue
     * takes none now and nothing was journaled. May answer from inside (a stepped venue). */
    bool (*submit)(void *ctx, const struct command *c, u64 token);
    void (*status)(void *ctx, struct gateway_status *out);
};

struct gateway_config {
    const char *listen;     /* "127.0.0.1:8080"; port 0 takes any; NULL: 127.0.0.1:0 */
    const char *store_path; /* of the read model: the gateway reads by its own handle */
    const char *web_dir;    /* the page's folder; NULL: no page */
    const struct gateway_key *keys;
    u32 keys_n;
    bool demo_key;          /* taken only on a loopback address, from loopback */
    u32 demo_account;       /* it trades for this one, and reads all */
    u32 connections_max;    /* 0: 4,096 */
    u32 orders_per_second;  /* of one key: new and replace; 0: 500 */
    u32 cancels_per_second; /* of one key; 0: twice the orders */
    u32 reads_per_second;   /* of one connection; 0: 1,000 */
    u32 submits_max;        /* commands in flight; 0: 16,384 */
};

/* Loads instruments, books and positions from the store, which must be caught up with all that was
 * released; events at or below its mark are then ignored. */
NODISCARD Err gateway_open(struct gateway **g, const struct gateway_config *config,
                           const struct gateway_callbacks *callbacks, struct why *w);
void gateway_close(struct gateway *g); /* tells sessions 1001; NULL is fine */
NODISCARD u16 gateway_port(const struct gateway *g);
NODISCARD const char *gateway_address(const struct gateway *g); /* "127.0.0.1:8080" */

/* Takes what the sockets bring, at most timeout_ms; 0 does not wait, -1 waits for ever. */
NODISCARD Err gateway_poll(struct gateway *g, int timeout_ms, struct why *w);
/* Wakes a waiting gateway_poll(); from any thread. */
void gateway_wake(struct gateway *g);

/* Released events, in order, each once; a command's may come in several calls. */
void gateway_on_events(struct gateway *g, const struct event *events, u32 n);
/* The command of `token` had number `seq`; all its events were handed over. Also for commands that
 * are not the gateway's, with token 0. */
void gateway_on_done(struct gateway *g, u64 token, u64 seq);

struct gateway_counts {
    u64 connections, requests, answers, refused, submitted, unavailable;
    u64 bad_http, bad_json, bad_auth, slow_closed, timeouts, ws_messages, ws_frames_out, resyncs;
    u32 connections_now, sessions_ws_now, in_flight;
};
NODISCARD struct gateway_counts gateway_counts(const struct gateway *g);

#endif
