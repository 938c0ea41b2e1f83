/* ws.h -- WebSocket messages out of a client's bytes, and frames to send (RFC 6455), over libwslay.
 * Owns:   the handshake's answer, joining of fragments, what is refused and with which close code.
 * Never:  sends by itself, takes an extension, or keeps a message above 64 KiB.
 * Always: any split of the bytes gives the same messages, or the same refusal.
 */
#ifndef HEDGEROW_WIRE_WS_H
#define HEDGEROW_WIRE_WS_H

#include "wire/http.h"

#define WS_MESSAGE_MAX 65536u
#define WS_FRAME_HEAD_MAX 10u
enum {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_UNSUPPORTED = 1003,
    WS_CLOSE_NOT_UTF8 = 1007,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_NO_PONG = 4000,
    WS_CLOSE_SLOW = 4008
};
enum ws_opcode {
    WS_CONTINUE = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10
};
enum ws_got { WS_MORE, WS_MESSAGE, WS_GOT_PING, WS_GOT_PONG, WS_GOT_CLOSE, WS_REFUSED };

struct ws; /* opaque: libwslay's context and the message being joined */
/* `space` has ws_bytes() bytes, 16-byte aligned; libwslay takes a little heap of its own at open.
 * NULL when that fails. */
NODISCARD u32 ws_bytes(void);
NODISCARD struct ws *ws_open(void *space);
void ws_close(struct ws *w); /* NULL is fine */
/* Gives bytes from the socket; ws_take() eats them all before the next push. */
void ws_push(struct ws *w, const char *bytes, u32 n);
/* *out: a text message, a ping's payload to send back, or a close's reason. WS_REFUSED and
 * WS_GOT_CLOSE are final; *code is what to close with. `out` lives until the next call. */
NODISCARD enum ws_got ws_take(struct ws *w, Str *out, u16 *code);

/* A server's frame head: bytes written (2, 4 or 10). */
NODISCARD u32 ws_frame_head(u8 *to, enum ws_opcode opcode, u64 payload);
/* A client's whole frame, masked; for tests and our own client. */
NODISCARD u32 ws_client_frame(u8 *to, u32 cap, enum ws_opcode opcode, bool last, Str payload,
                              u32 mask);

/* The request asks for WebSocket 13 properly: NULL; else what is wrong with it. */
NODISCARD const char *ws_handshake(const struct http_request *r, Str *key);
/* Sec-WebSocket-Accept for a key: base64 of SHA-1, 28 characters. */
void ws_accept(struct text *t, Str key);

#endif
