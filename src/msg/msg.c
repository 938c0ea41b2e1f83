#include "msg/msg.h"

struct cursor {
    u8 *to;
    const u8 *from;
    u32 n, cap;
    enum reject bad;
};

static u8 *room_for(struct cursor *c, u32 bytes)
{
    ASSERT(c->n <= c->cap);
    if (c->bad || bytes > c->cap - c->n) {
        c->bad = REJECT_BAD_LENGTH;
        return NULL;
    }
    c->n += bytes;
    ASSERT(c->n <= c->cap);
    return c->to ? c->to + c->n - bytes : NULL;
}

static const u8 *take(struct cursor *c, u32 bytes)
{
    ASSERT(c->n <= c->cap);
    if (c->bad || bytes > c->cap - c->n) {
        if (!c->bad) c->bad = REJECT_BAD_LENGTH;
        return NULL;
    }
    c->n += bytes;
    return c->from + c->n - bytes;
}

static void mark_bad(struct cursor *c, enum reject why)
{
    ASSERT(why);
    ASSERT(c->n <= c->cap);
    if (!c->bad) c->bad = why;
}

bool text_fits(const char *z, u32 cap)
{
    u32 n = 0;
    ASSERT(z);
    ASSERT(cap > 1);
    while (n < cap && z[n]) {
        if (z[n] < 0x20 || z[n] > 0x7e) return false;
        n++;
    }
    if (n == cap) return false;
    for (; n < cap; n++)
        if (z[n]) return false;
    return true;
}

bool text_fill(char *to, u32 cap, Str from)
{
    ASSERT(to);
    ASSERT(cap > 1);
    if (from.n >= cap) return false;
    for (u32 i = 0; i < from.n; i++)
        if (from.at[i] < 0x20 || from.at[i] > 0x7e) return false;
    memset(to, 0, cap);
    if (from.n) memcpy(to, from.at, from.n);
    return true;
}

/* put_KIND and get_KIND: plain values are copied, the others checked first. */
#define PLAIN(KIND) \
    __attribute__((unused)) static inline void put_##KIND(struct cursor *c, const field_##KIND *v) \
    { \
        u8 *p = room_for(c, sizeof *v); \
        if (p) memcpy(p, v, sizeof *v); \
    } \
    static inline void get_##KIND(struct cursor *c, field_##KIND *v) \
    { \
        const u8 *p = take(c, sizeof *v); \
        if (p) memcpy(v, p, sizeof *v); \
    }
#define CHECKED(KIND, ok, why) \
    __attribute__((unused)) static inline void put_##KIND(struct cursor *c, const field_##KIND *v) \
    { \
        if (!(ok)) mark_bad(c, why); \
        u8 *p = room_for(c, sizeof *v); \
        if (p) memcpy(p, v, sizeof *v); \
    } \
    static inline void get_##KIND(struct cursor *c, field_##KIND *v) \
    { \
        const u8 *p = take(c, sizeof *v); \
        if (!p) return; \
        memcpy(v, p, sizeof *v); \
        if (!(ok)) mark_bad(c, why); \
    }
PLAIN(U8)
PLAIN(U16)
PLAIN(U32)
PLAIN(U64)
PLAIN(I64)
PLAIN(PRICE)
PLAIN(MONEY)
PLAIN(HASH)
PLAIN(ID128)
CHECKED(BOOL, *v <= 1, REJECT_BAD_VALUE)
CHECKED(AT, v->ns >= 0 && v->ns < INSTANT_END.ns, REJECT_BAD_VALUE)
CHECKED(DATE, v->days >= 0 && v->days <= DATE_MAX.days, REJECT_BAD_VALUE)
CHECKED(T16, text_fits(v->z, sizeof v->z), REJECT_BAD_TEXT)
CHECKED(T24, text_fits(v->z, sizeof v->z), REJECT_BAD_TEXT)
CHECKED(T32, text_fits(v->z, sizeof v->z), REJECT_BAD_TEXT)
CHECKED(T40, text_fits(v->z, sizeof v->z), REJECT_BAD_TEXT)
#define ENUM_CODEC(LIST) CHECKED(E_##LIST, *v > 0 && *v < (u8)LIST##_COUNT, REJECT_BAD_ENUM)
MSG_ENUMS(ENUM_CODEC)

static void put_BLOB(struct cursor *c, const Blob *v)
{
    ASSERT(v->at || !v->n);
    if (v->n > MSG_BLOB_MAX) mark_bad(c, REJECT_BAD_LENGTH);
    put_U32(c, &v->n);
    u8 *p = room_for(c, v->n);
    if (p && v->n) memcpy(p, v->at, v->n);
    ASSERT(c->n <= c->cap);
}

static void get_BLOB(struct cursor *c, Blob *v)
{
    u32 n = 0;
    get_U32(c, &n);
    if (n > MSG_BLOB_MAX) mark_bad(c, REJECT_BAD_LENGTH);
    const u8 *p = take(c, n);
    v->at = p, v->n = p ? n : 0;
    ASSERT(c->n <= c->cap);
    ASSERT(v->at || !v->n);
}

#define AS_PUT(KIND, name, text) put_##KIND(&c, &r->name);
#define AS_GET(KIND, name, text) get_##KIND(&c, &r->name);
#define AS_COMMAND_PUT(NAME, name_, text) \
    case CMD_##NAME: { \
        const struct cmd_##name_ *r = &m->name_; \
        (void)r; \
        NAME##_FIELDS(AS_PUT) break; \
    }
#define AS_COMMAND_GET(NAME, name_, text) \
    case CMD_##NAME: { \
        struct cmd_##name_ *r = &m->name_; \
        (void)r; \
        NAME##_FIELDS(AS_GET) break; \
    }
/* Events hold no blob: their size is known when compiled, so one look at the room is enough and the
 * fields go out as they stand. We make them ourselves from checked values; event_decode() of a test
 * build's own bytes says if that is ever wrong. */
#define AS_EVENT_BYTES(KIND, name, text) + sizeof(field_##KIND)
#define AS_EVENT_FIXED(KIND, name, text) \
    _Static_assert(!__builtin_types_compatible_p(field_##KIND, Blob), "no blob");
#define AS_EVENT_STORE(KIND, name, text) memcpy(p, &r->name, sizeof r->name), p += sizeof r->name;
#define AS_EVENT_PUT(NAME, name_, text) \
    case EVT_##NAME: { \
        const struct evt_##name_ *r = &m->name_; \
        NAME##_FIELDS(AS_EVENT_FIXED) n = 0 NAME##_FIELDS(AS_EVENT_BYTES); \
        if (n > cap) return 0; \
        NAME##_FIELDS(AS_EVENT_STORE) break; \
    }
#define AS_EVENT_GET(NAME, name_, text) \
    case EVT_##NAME: { \
        struct evt_##name_ *r = &m->name_; \
        NAME##_FIELDS(AS_GET) break; \
    }

u32 command_encode(const struct command *m, u8 *to, u32 cap)
{
    struct cursor c = { .to = to, .cap = cap };
    ASSERT(to);
    switch (m->type) {
        COMMANDS(AS_COMMAND_PUT)
    default: UNREACHABLE("only known commands are encoded");
    }
    ASSERT(c.bad == REJECT_NONE || c.bad == REJECT_BAD_LENGTH); /* we never make a bad record */
    return c.bad ? 0 : c.n;
}

u32 event_encode(const struct event *m, u8 *to, u32 cap)
{
    u32 n;
    u8 *p = to;
    ASSERT(to);
    switch (m->type) {
        EVENTS(AS_EVENT_PUT)
    default: UNREACHABLE("only known events are encoded");
    }
    ASSERT(p == to + n);
    ASSERT_SLOW(event_decode(m->type, to, n, &(struct event){ 0 }) == REJECT_NONE);
    return n;
}

static enum reject at_end(const struct cursor *c)
{
    ASSERT(c->n <= c->cap);
    if (!c->bad && c->n != c->cap) return REJECT_BAD_LENGTH;
    return c->bad;
}

enum reject command_decode(u32 type, const u8 *from, u32 n, struct command *m)
{
    struct cursor c = { .from = from, .cap = n };
    ASSERT(from || !n);
    ASSERT(m);
    m->type = type;
    switch (type) {
        COMMANDS(AS_COMMAND_GET)
    default: return REJECT_UNKNOWN_COMMAND;
    }
    return at_end(&c);
}

enum reject event_decode(u32 type, const u8 *from, u32 n, struct event *m)
{
    struct cursor c = { .from = from, .cap = n };
    ASSERT(from || !n);
    ASSERT(m);
    m->type = type;
    switch (type) {
        EVENTS(AS_EVENT_GET)
    default: return REJECT_UNKNOWN_COMMAND;
    }
    return at_end(&c);
}
