#include "msg/msg.h"

#define AS_TEXT(LIST, NAME, text) [LIST##_##NAME] = text,
#define AS_TEXTS(LIST) \
    static const char *const texts_##LIST[LIST##_COUNT] = { LIST##_LIST(AS_TEXT) };
MSG_ENUMS(AS_TEXTS)

static const struct { const char *name; const char *const *texts; u32 count; } lists[] = {
#define AS_LIST_ROW(LIST) [LIST##_ENUM] = { #LIST, texts_##LIST, LIST##_COUNT },
    MSG_ENUMS(AS_LIST_ROW)
};

const char *enum_name(enum enum_list list)
{
    ASSERT(list < ENUM_LISTS);
    ASSERT(lists[list].name);
    return lists[list].name;
}

const char *enum_text(enum enum_list list, u32 value)
{
    ASSERT(list < ENUM_LISTS);
    ASSERT(lists[list].count > 1);
    return value > 0 && value < lists[list].count ? lists[list].texts[value] : "?";
}

u32 enum_count(enum enum_list list)
{
    ASSERT(list < ENUM_LISTS);
    ASSERT(lists[list].count > 1);
    return lists[list].count;
}

u8 enum_of(enum enum_list list, Str text)
{
    ASSERT(list < ENUM_LISTS);
    ASSERT(lists[list].count <= 256);
    for (u32 i = 1; i < lists[list].count; i++)
        if (str_is(text, lists[list].texts[i])) return (u8)i;
    return 0;
}

static const struct { u32 code; const char *name, *text; } rejects[] = {
#define AS_REJECT_ROW(NAME, number, text) { number, #NAME, text },
    REJECTS(AS_REJECT_ROW)
};
static_assert(ARRAY_LEN(rejects) > 0, "reject_at(0) is the first row");

const char *reject_name(u32 code)
{
    for (u32 i = 0; i < ARRAY_LEN(rejects); i++)
        if (rejects[i].code == code) return rejects[i].name;
    return "?";
}

const char *reject_text(u32 code)
{
    for (u32 i = 0; i < ARRAY_LEN(rejects); i++)
        if (rejects[i].code == code) return rejects[i].text;
    return "?";
}

u32 reject_at(u32 i) { return i < ARRAY_LEN(rejects) ? rejects[i].code : 0; }

/* Texts were checked on the way in: printable ASCII. */
static void put_quoted(struct text *t, const char *z)
{
    ASSERT(z);
    text_put_char(t, '"');
    for (; *z; z++) {
        ASSERT(*z >= 0x20 && *z <= 0x7e);
        if (*z == '"' || *z == '\\') text_put_char(t, '\\');
        text_put_char(t, *z);
    }
    text_put_char(t, '"');
}

#define QUOTED(put) text_put_char(t, '"'), put, text_put_char(t, '"')

/* json_KIND: a field's value as JSON. */
static void json_U8(struct text *t, const u8 *v) { text_put_u64(t, *v); }
static void json_U16(struct text *t, const u16 *v) { text_put_u64(t, *v); }
static void json_U32(struct text *t, const u32 *v) { text_put_u64(t, *v); }
static void json_I64(struct text *t, const i64 *v) { QUOTED(text_put_i64(t, *v)); }
static void json_PRICE(struct text *t, const UnitPrice *v)
{
    QUOTED(text_put_dec_short(t, v->micros, 6, 2));
}
static void json_MONEY(struct text *t, const Money *v)
{
    QUOTED(text_put_dec_short(t, v->micros, 6, 2));
}
static void json_BOOL(struct text *t, const u8 *v) { text_put(t, *v ? "true" : "false"); }
static void json_T16(struct text *t, const Text16 *v) { put_quoted(t, v->z); }
static void json_T24(struct text *t, const Text24 *v) { put_quoted(t, v->z); }
static void json_T32(struct text *t, const Text32 *v) { put_quoted(t, v->z); }
static void json_T40(struct text *t, const Text40 *v) { put_quoted(t, v->z); }

static void json_U64(struct text *t, const u64 *v) { QUOTED(text_put_u64(t, *v)); }
static void json_AT(struct text *t, const Instant *v) { QUOTED(text_put_instant(t, *v)); }

static void json_DATE(struct text *t, const Date *v)
{
    ASSERT(v->days >= 0);
    ASSERT(v->days <= DATE_MAX.days);
    if (!v->days) text_put(t, "null");
    else QUOTED(text_put_date(t, *v));
}

static void json_HASH(struct text *t, const Hash *v) { QUOTED(text_put_hex(t, v->bytes, 32)); }
static void json_BLOB(struct text *t, const Blob *v) { QUOTED(text_put_hex(t, v->at, v->n)); }

static void json_ID128(struct text *t, const Id128 *v)
{
    u8 bytes[16];
    static_assert(sizeof *v == sizeof bytes, "all of it is shown");
    store_u64(bytes, __builtin_bswap64(v->hi));
    store_u64(bytes + 8, __builtin_bswap64(v->lo));
    QUOTED(text_put_hex(t, bytes, 16));
}

#define AS_ENUM_JSON(LIST) \
    static void json_E_##LIST(struct text *t, const u8 *v) \
    { \
        put_quoted(t, enum_text(LIST##_ENUM, *v)); \
    }
MSG_ENUMS(AS_ENUM_JSON)

#define AS_JSON(KIND, name, text) text_put(t, ",\"" #name "\":"), json_##KIND(t, &r->name);
#define AS_COMMAND_JSON(NAME, name_, text_) \
    case CMD_##NAME: { \
        const struct cmd_##name_ *r = &m->name_; \
        (void)r; \
        NAME##_FIELDS(AS_JSON) break; \
    }
#define AS_EVENT_JSON(NAME, name_, text_) \
    case EVT_##NAME: { \
        const struct evt_##name_ *r = &m->name_; \
        NAME##_FIELDS(AS_JSON) break; \
    }

void command_json(const struct command *m, struct text *t)
{
    ASSERT(m->type > CMD_NONE);
    ASSERT(m->type < CMD_COUNT);
    text_put(t, "\"command\":");
    put_quoted(t, command_name(m->type));
    switch (m->type) {
        COMMANDS(AS_COMMAND_JSON)
    default: UNREACHABLE("only known commands are written");
    }
}

void event_json(const struct event *m, struct text *t)
{
    ASSERT(m->type > EVT_NONE);
    ASSERT(m->type < EVT_COUNT);
    text_put(t, "\"event\":");
    put_quoted(t, event_name(m->type));
    switch (m->type) {
        EVENTS(AS_EVENT_JSON)
    default: UNREACHABLE("only known events are written");
    }
}

#define AS_NAME_AND_TEXT(NAME, name, text) { #NAME, text },
static const struct { const char *name, *text; } command_rows[] = {
    { "NONE", "" },
    COMMANDS(AS_NAME_AND_TEXT)
};
static const struct { const char *name, *text; } event_rows[] = {
    { "NONE", "" },
    EVENTS(AS_NAME_AND_TEXT)
};
static_assert(ARRAY_LEN(command_rows) == CMD_COUNT, "one row a command");
static_assert(ARRAY_LEN(event_rows) == EVT_COUNT, "one row an event");

const char *command_name(u32 type) { return type < CMD_COUNT ? command_rows[type].name : "?"; }
const char *command_text(u32 type) { return type < CMD_COUNT ? command_rows[type].text : "?"; }
const char *event_name(u32 type) { return type < EVT_COUNT ? event_rows[type].name : "?"; }
const char *event_text(u32 type) { return type < EVT_COUNT ? event_rows[type].text : "?"; }

#define AS_DOC_FIELD(KIND, name, text) { "", #KIND, #name, text },
#define AS_COMMAND_DOC(NAME, name, text) \
    { "command " #NAME, "", "", text }, NAME##_FIELDS(AS_DOC_FIELD)
#define AS_EVENT_DOC(NAME, name, text) { "event " #NAME, "", "", text }, NAME##_FIELDS(AS_DOC_FIELD)
static const struct field_row doc_rows[] = { COMMANDS(AS_COMMAND_DOC) EVENTS(AS_EVENT_DOC) };

u32 msg_field_rows(const struct field_row **rows)
{
    ASSERT(rows);
    *rows = doc_rows;
    ASSERT(ARRAY_LEN(doc_rows) > (u32)CMD_COUNT + (u32)EVT_COUNT);
    return ARRAY_LEN(doc_rows);
}
