#include "wire/ws.h"
#include "wire/json.h"
#include "wire/sign.h"
#include <wslay/wslay.h>

struct ws {
    wslay_frame_context_ptr frames;
    const char *bytes; /* pushed, not yet pulled by libwslay */
    u32 left;
    u32 have;       /* bytes of the message being joined */
    u32 control_n;  /* bytes of the control frame at hand */
    u64 frame_left; /* payload bytes of the frame at hand still to come */
    bool in_frame, joining, last;
    u8 opcode;   /* of the frame at hand */
    u16 refused; /* the close code, once anything was refused or the peer closed */
    char control[126];
    char message[WS_MESSAGE_MAX];
};

u32 ws_bytes(void) { return sizeof(struct ws); }

static ssize_t pull(uint8_t *to, size_t n, int flags, void *ctx)
{
    struct ws *w = ctx;
    size_t here = n < w->left ? n : w->left;
    if (!here) return -1;
    ASSERT(w->bytes);
    ASSERT(here <= n);
    memcpy(to, w->bytes, here);
    w->bytes += here, w->left -= (u32)here;
    return (ssize_t)here;
}

struct ws *ws_open(void *space)
{
    static const struct wslay_frame_callbacks callbacks = { .recv_callback = pull };
    struct ws *w = space;
    ASSERT(space);
    ASSERT((uintptr_t)space % _Alignof(struct ws) == 0);
    memset(w, 0, offsetof(struct ws, control));
    return wslay_frame_context_init(&w->frames, &callbacks, w) == 0 ? w : NULL;
}

void ws_close(struct ws *w)
{
    if (!w) return;
    ASSERT(w->frames);
    ASSERT(w->have <= WS_MESSAGE_MAX);
    wslay_frame_context_free(w->frames);
    w->frames = NULL;
}

void ws_push(struct ws *w, const char *bytes, u32 n)
{
    ASSERT(bytes || !n);
    ASSERT(!w->left || w->refused);
    w->bytes = bytes, w->left = n;
}

static enum ws_got refuse(struct ws *w, u16 close_code, u16 *code)
{
    ASSERT(close_code >= 1000);
    ASSERT(close_code < 5000);
    if (!w->refused) w->refused = close_code;
    *code = w->refused;
    return WS_REFUSED;
}

/* A frame's first bytes came: may it be here? 0, or the close code. */
static u16 judge(struct ws *w, const struct wslay_frame_iocb *f)
{
    bool control = f->opcode >= WS_CLOSE;
    ASSERT(!w->in_frame);
    ASSERT(w->have <= WS_MESSAGE_MAX);
    if (!f->mask || f->rsv) return WS_CLOSE_PROTOCOL;
    if (f->opcode != WS_CONTINUE && f->opcode != WS_TEXT && f->opcode != WS_BINARY &&
        (f->opcode < WS_CLOSE || f->opcode > WS_PONG))
        return WS_CLOSE_PROTOCOL;
    if (control && (!f->fin || f->payload_length > 125)) return WS_CLOSE_PROTOCOL;
    if (control) return 0;
    if ((f->opcode == WS_CONTINUE) != w->joining) return WS_CLOSE_PROTOCOL;
    if (f->opcode == WS_BINARY) return WS_CLOSE_UNSUPPORTED;
    if (f->payload_length > WS_MESSAGE_MAX - w->have) return WS_CLOSE_TOO_BIG;
    return 0;
}

/* A close frame's payload: nothing, or a code and a UTF-8 reason. */
static enum ws_got take_close(struct ws *w, Str *out, u16 *code)
{
    const u8 *p = (const u8 *)w->control;
    ASSERT(w->control_n <= 125);
    *code = WS_CLOSE_NORMAL;
    *out = (Str){ "", 0 };
    if (w->control_n == 1) return refuse(w, WS_CLOSE_PROTOCOL, code);
    if (w->control_n >= 2) {
        u32 c = (u32)p[0] << 8 | p[1];
        bool known = (c >= 1000 && c <= 1011 && c != 1004 && c != 1005 && c != 1006) ||
                     (c >= 3000 && c <= 4999);
        if (!known) return refuse(w, WS_CLOSE_PROTOCOL, code);
        if (!utf8_valid(w->control + 2, w->control_n - 2))
            return refuse(w, WS_CLOSE_NOT_UTF8, code);
        *code = (u16)c;
        *out = (Str){ w->control + 2, w->control_n - 2 };
    }
    ASSERT(*code >= 1000);
    w->refused = *code;
    return WS_GOT_CLOSE;
}

/* The frame at hand is whole. WS_MORE: nothing to tell yet. */
static enum ws_got take_frame(struct ws *w, Str *out, u16 *code)
{
    ASSERT(w->in_frame);
    ASSERT(!w->frame_left);
    w->in_frame = false;
    if (w->opcode == WS_CLOSE) return take_close(w, out, code);
    if (w->opcode >= WS_PING) {
        *out = (Str){ w->control, w->control_n };
        return w->opcode == WS_PING ? WS_GOT_PING : WS_GOT_PONG;
    }
    w->joining = !w->last;
    if (w->joining) return WS_MORE;
    *out = (Str){ w->message, w->have };
    w->have = 0;
    if (!utf8_valid(out->at, out->n)) return refuse(w, WS_CLOSE_NOT_UTF8, code);
    return WS_MESSAGE;
}

enum ws_got ws_take(struct ws *w, Str *out, u16 *code)
{
    ASSERT(w->frames);
    *code = w->refused;
    if (w->refused) return WS_REFUSED;
    for (;;) {
        struct wslay_frame_iocb f = { 0 };
        ssize_t got = wslay_frame_recv(w->frames, &f);
        if (got == WSLAY_ERR_WANT_READ) return WS_MORE;
        if (got < 0) return refuse(w, WS_CLOSE_PROTOCOL, code);
        if (!w->in_frame) {
            u16 bad = judge(w, &f);
            if (bad) return refuse(w, bad, code);
            w->in_frame = true, w->opcode = f.opcode, w->frame_left = f.payload_length;
            if (f.opcode >= WS_CLOSE) w->control_n = 0;
            else w->last = f.fin;
        }
        bool control = w->opcode >= WS_CLOSE;
        ASSERT(f.data_length <= w->frame_left);
        u32 n = (u32)f.data_length;
        ASSERT(n <= (control ? sizeof w->control - w->control_n : sizeof w->message - w->have));
        if (n) memcpy(control ? w->control + w->control_n : w->message + w->have, f.data, n);
        if (control) w->control_n += n;
        else w->have += n;
        w->frame_left -= n;
        if (w->frame_left) continue;
        enum ws_got what = take_frame(w, out, code);
        if (what != WS_MORE) return what;
    }
}

u32 ws_frame_head(u8 *to, enum ws_opcode opcode, u64 payload)
{
    u32 wide = payload < 126 ? 0 : payload < 65536 ? 2 : 8;
    ASSERT(to);
    ASSERT((u32)opcode <= 15);
    to[0] = (u8)(0x80 | opcode);
    to[1] = (u8)(wide == 0 ? payload : wide == 2 ? 126 : 127);
    for (u32 i = 0; i < wide; i++) to[2 + i] = (u8)(payload >> 8 * (wide - 1 - i));
    return 2 + wide;
}

u32 ws_client_frame(u8 *to, u32 cap, enum ws_opcode opcode, bool last, Str payload, u32 mask)
{
    u8 key[4];
    ASSERT(payload.at || !payload.n);
    ASSERT(cap >= WS_FRAME_HEAD_MAX + 4 + payload.n);
    u32 n = ws_frame_head(to, opcode, payload.n);
    if (!last) to[0] &= 0x7f;
    to[1] |= 0x80;
    store_u32(key, mask);
    memcpy(to + n, key, sizeof key);
    n += (u32)sizeof key;
    for (u32 i = 0; i < payload.n; i++) to[n + i] = (u8)payload.at[i] ^ key[i & 3];
    return n + payload.n;
}

const char *ws_handshake(const struct http_request *r, Str *key)
{
    u8 nonce[16];
    bool twice = false;
    *key = http_header(r, "Sec-WebSocket-Key", &twice);
    ASSERT(key->at);
    ASSERT(r->headers_n <= HTTP_HEADERS_MAX);
    if (r->method != METHOD_GET || r->minor != 1) return "GET with HTTP/1.1 is due";
    if (!str_lists(http_header(r, "Upgrade", NULL), "websocket"))
        return "Upgrade: websocket is due";
    if (!str_lists(http_header(r, "Connection", NULL), "upgrade"))
        return "Connection: Upgrade is due";
    if (!str_is(http_header(r, "Sec-WebSocket-Version", NULL), "13"))
        return "Sec-WebSocket-Version: 13 is due";
    if (twice || !base64_read(*key, nonce, sizeof nonce))
        return "Sec-WebSocket-Key: 16 bytes are due";
    return NULL;
}

static u32 rotated(u32 v, u32 by) { return v << by | v >> (32 - by); }

/* One block of SHA-1 (FIPS 180-4), needed by the handshake's letter alone: no secret hangs on
 * it. */
static void sha1_block(u32 h[5], const u8 *block)
{
    static const u32 k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
    u32 w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    static_assert(ARRAY_LEN(k) == 80 / 20, "a constant every twenty rounds");
    ASSERT(block);
    for (u32 i = 0; i < 16; i++) w[i] = __builtin_bswap32(load_u32(block + 4 * i));
    for (u32 i = 16; i < 80; i++) w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (u32 i = 0; i < 80; i++) {
        u32 f = i < 20   ? (b & c) | (~b & d)
                : i < 40 ? b ^ c ^ d
                : i < 60 ? (b & c) | (b & d) | (c & d)
                         : b ^ c ^ d;
        u32 next = rotated(a, 5) + f + e + k[i / 20] + w[i];
        e = d, d = c, c = rotated(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

void ws_accept(struct text *t, Str key)
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    u32 h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
    u8 block[128] = { 0 }, digest[20];
    u32 n = key.n + (u32)sizeof magic - 1;
    ASSERT(key.at);
    ASSERT(n <= 110);
    memcpy(block, key.at, key.n);
    memcpy(block + key.n, magic, sizeof magic - 1);
    block[n] = 0x80;
    u32 blocks = n < 56 ? 1 : 2;
    store_u64(block + 64 * blocks - 8, __builtin_bswap64((u64)n * 8));
    for (u32 i = 0; i < blocks; i++) sha1_block(h, block + 64 * i);
    for (u32 i = 0; i < 5; i++) store_u32(digest + 4 * i, __builtin_bswap32(h[i]));
    base64_put(t, digest, sizeof digest);
}
