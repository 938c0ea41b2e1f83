#include "wire/sign.h"

void sign_text(struct text *t, const char *method, Str target, u64 time_ms, Str nonce, Str body)
{
    Hash h = sha256_of(body.at, body.n);
    ASSERT(method[0]);
    ASSERT(target.n > 0);
    text_put(t, "HEDGEROW-REST-1\n");
    text_put(t, method);
    text_put_char(t, '\n');
    text_put_str(t, target);
    text_put_char(t, '\n');
    text_put_u64(t, time_ms);
    text_put_char(t, '\n');
    text_put_str(t, nonce);
    text_put_char(t, '\n');
    text_put_hex(t, h.bytes, sizeof h.bytes);
}

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int letter_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_read(Str s, u8 *to, u32 n)
{
    u32 bits = 0, held = 0, have = 0, pad = (3 - n % 3) % 3;
    ASSERT(to);
    ASSERT(n > 0);
    if (s.n != (n + 2) / 3 * 4) return false;
    for (u32 i = 0; i < s.n; i++) {
        if (i >= s.n - pad) {
            if (s.at[i] != '=') return false;
            continue;
        }
        int v = letter_of(s.at[i]);
        if (v < 0) return false;
        held = held << 6 | (u32)v, bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        to[have++] = (u8)(held >> bits);
        held &= BIT(bits) - 1;
    }
    ASSERT(have == n);
    return held == 0; /* one text for one value: what is left over is zero */
}

void base64_put(struct text *t, const u8 *bytes, u32 n)
{
    ASSERT(t);
    ASSERT(bytes || !n);
    for (u32 i = 0; i < n; i += 3) {
        u32 here = n - i < 3 ? n - i : 3;
        u32 v = (u32)bytes[i] << 16;
        if (here > 1) v |= (u32)bytes[i + 1] << 8;
        if (here > 2) v |= bytes[i + 2];
        text_put_char(t, letters[v >> 18]);
        text_put_char(t, letters[v >> 12 & 63]);
        text_put_char(t, here > 1 ? letters[v >> 6 & 63] : '=');
        text_put_char(t, here > 2 ? letters[v & 63] : '=');
    }
}

const char *sign_headers(const struct http_request *r, struct signed_headers *out)
{
    bool twice[4];
    ASSERT(out);
    out->key = http_header(r, "HR-Key", &twice[0]);
    Str time = http_header(r, "HR-Time", &twice[1]);
    out->nonce = http_header(r, "HR-Nonce", &twice[2]);
    Str sign = http_header(r, "HR-Sign", &twice[3]);
    if (twice[0] || !out->key.n || out->key.n > 39) return "HR-Key: one key id is due";
    if (twice[1] || parse_u64(time, &out->time_ms) != PARSE_OK)
        return "HR-Time: one number of milliseconds is due";
    if (twice[2] || !out->nonce.n || out->nonce.n > SIGN_NONCE_MAX)
        return "HR-Nonce: 1 to 64 characters are due";
    for (u32 i = 0; i < out->nonce.n; i++)
        if (out->nonce.at[i] <= 0x20 || out->nonce.at[i] > 0x7e)
            return "HR-Nonce: printable is due";
    if (twice[3] || !base64_read(sign, out->signature, sizeof out->signature))
        return "HR-Sign: base64 of 64 bytes is due";
    ASSERT(out->key.at);
    ASSERT(out->nonce.at);
    return NULL;
}
