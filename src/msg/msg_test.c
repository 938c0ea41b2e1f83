#include "base/random.h"
#include "msg/outbox.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static u8 blob_bytes[300];

/* fill_KIND: a random valid value, the ends of its range among them. */
#define FILL_BITS(KIND) \
    static void fill_##KIND(struct rng *r, field_##KIND *v) \
    { \
        u64 bits[(sizeof *v + 7) / 8]; \
        for (u32 i = 0; i < ARRAY_LEN(bits); i++) \
            bits[i] = rng_chance(r, 800000) ? rng_u64(r) : rng_chance(r, 500000) ? 0 : UINT64_MAX; \
        memcpy(v, bits, sizeof *v); \
    }
FILL_BITS(U8)
FILL_BITS(U16)
FILL_BITS(U32)
FILL_BITS(U64)
FILL_BITS(I64)
FILL_BITS(PRICE)
FILL_BITS(MONEY)
FILL_BITS(HASH)
FILL_BITS(ID128)
static void fill_BOOL(struct rng *r, u8 *v) { *v = (u8)rng_below(r, 2); }
static void fill_AT(struct rng *r, Instant *v) { v->ns = rng_between(r, 0, INSTANT_END.ns - 1); }
static void fill_DATE(struct rng *r, Date *v) { v->days = (i32)rng_between(r, 0, DATE_MAX.days); }

static void fill_text(struct rng *r, char *z, u32 cap)
{
    u32 n = (u32)rng_below(r, cap);
    memset(z, 0, cap);
    for (u32 i = 0; i < n; i++) z[i] = (char)rng_between(r, 0x20, 0x7e);
}
static void fill_T16(struct rng *r, Text16 *v) { fill_text(r, v->z, sizeof v->z); }
static void fill_T24(struct rng *r, Text24 *v) { fill_text(r, v->z, sizeof v->z); }
static void fill_T32(struct rng *r, Text32 *v) { fill_text(r, v->z, sizeof v->z); }
static void fill_T40(struct rng *r, Text40 *v) { fill_text(r, v->z, sizeof v->z); }
static void fill_BLOB(struct rng *r, Blob *v)
{
    v->at = blob_bytes, v->n = (u32)rng_below(r, sizeof blob_bytes);
}
#define FILL_ENUM(LIST) \
    static void fill_E_##LIST(struct rng *r, u8 *v) \
    { \
        *v = (u8)rng_between(r, 1, LIST##_COUNT - 1); \
    }
MSG_ENUMS(FILL_ENUM)

#define AS_FILL(KIND, name, text) fill_##KIND(r, &to->name);
#define AS_FILL_COMMAND(NAME, name, text) \
    static void fill_command_##name(struct rng *r, struct cmd_##name *to) \
    { \
        (void)r, (void)to; \
        NAME##_FIELDS(AS_FILL) \
    }
#define AS_FILL_EVENT(NAME, name, text) \
    static void fill_event_##name(struct rng *r, struct evt_##name *to) { NAME##_FIELDS(AS_FILL) }
COMMANDS(AS_FILL_COMMAND)
EVENTS(AS_FILL_EVENT)

static void random_command(struct rng *r, u32 type, struct command *c)
{
#define AS_CASE(NAME, name, text) \
    case CMD_##NAME: fill_command_##name(r, &c->name); break;
    memset(c, 0, sizeof *c);
    c->type = type;
    switch (type) {
        COMMANDS(AS_CASE)
    default: fail();
    }
#undef AS_CASE
}

static void random_event(struct rng *r, u32 type, struct event *e)
{
#define AS_CASE(NAME, name, text) \
    case EVT_##NAME: fill_event_##name(r, &e->name); break;
    memset(e, 0, sizeof *e);
    e->type = type;
    switch (type) {
        EVENTS(AS_CASE)
    default: fail();
    }
#undef AS_CASE
}

/* Commands and events behind one face, so that each property is written once. */
struct side {
    const char *what;
    u32 types;
    u32 (*random_bytes)(struct rng *r, u32 type, u8 *to, u32 cap);
    enum reject (*decode)(u32 type, const u8 *from, u32 n, u8 *again, u32 *again_n);
    const char *(*name)(u32 type);
};

static u32 command_random_bytes(struct rng *r, u32 type, u8 *to, u32 cap)
{
    struct command c;
    random_command(r, type, &c);
    return command_encode(&c, to, cap);
}

static u32 event_random_bytes(struct rng *r, u32 type, u8 *to, u32 cap)
{
    struct event e;
    random_event(r, type, &e);
    return event_encode(&e, to, cap);
}

static enum reject command_decode_again(u32 type, const u8 *from, u32 n, u8 *again, u32 *again_n)
{
    struct command c;
    enum reject why = command_decode(type, from, n, &c);
    *again_n = why ? 0 : command_encode(&c, again, MSG_BYTES_MAX);
    return why;
}

static enum reject event_decode_again(u32 type, const u8 *from, u32 n, u8 *again, u32 *again_n)
{
    struct event e = { 0 };
    enum reject why = event_decode(type, from, n, &e);
    *again_n = why ? 0 : event_encode(&e, again, MSG_BYTES_MAX);
    return why;
}

static const struct side sides[] = {
    { "command ", CMD_COUNT, command_random_bytes, command_decode_again, command_name },
    { "event ", EVT_COUNT, event_random_bytes, event_decode_again, event_name },
};
static u8 bytes[MSG_BYTES_MAX + 1], other[MSG_BYTES_MAX], again[MSG_BYTES_MAX];

TEST(random_records_come_back)
{
    struct rng r = rng_of(1);
    for (u32 i = 0; i < sizeof blob_bytes; i++) blob_bytes[i] = (u8)rng_u64(&r);
    FOR_EACH (s, sides)
        for (u32 type = 1; type < s->types; type++)
            for (u32 i = 0; i < 300; i++) {
                u32 back, n = s->random_bytes(&r, type, bytes, MSG_BYTES_MAX);
                assert_true(n > 0 || (s == sides && type == CMD_CLOCK));
                assert_int_equal(s->decode(type, bytes, n, again, &back), REJECT_NONE);
                assert_int_equal(back, n);
                assert_memory_equal(again, bytes, n);
            }
}

TEST(every_other_length_is_refused)
{
    struct rng r = rng_of(2);
    FOR_EACH (s, sides)
        for (u32 type = 1; type < s->types; type++)
            for (u32 i = 0; i < 20; i++) {
                u32 back, n = s->random_bytes(&r, type, bytes, MSG_BYTES_MAX);
                for (u32 cut = 0; cut < n; cut++) {
                    memcpy(other, bytes, cut);
                    assert_int_not_equal(s->decode(type, other, cut, again, &back), REJECT_NONE);
                }
                bytes[n] = 0;
                assert_int_equal(s->decode(type, bytes, n + 1, again, &back), REJECT_BAD_LENGTH);
            }
}

/* No room is said, and nothing behind the end is touched. */
TEST(short_buffers_hold)
{
    struct rng r = rng_of(3);
    struct command c;
    for (u32 type = 1; type < CMD_COUNT; type++) {
        random_command(&r, type, &c);
        u32 n = command_encode(&c, bytes, MSG_BYTES_MAX);
        for (u32 cap = 0; cap < n; cap++) {
            memset(other, 0xa5, n + 1);
            assert_int_equal(command_encode(&c, other, cap), 0);
            for (u32 i = cap; i <= n; i++) assert_int_equal(other[i], 0xa5);
        }
    }
}

/* A changed byte is refused, or gives another record that has exactly these bytes. */
TEST(decode_takes_only_what_encode_makes)
{
    struct rng r = rng_of(4);
    FOR_EACH (s, sides)
        for (u32 type = 1; type < s->types; type++)
            for (u32 i = 0; i < 40; i++) {
                u32 back, n = s->random_bytes(&r, type, bytes, MSG_BYTES_MAX);
                if (!n) continue;
                for (u32 flips = 0; flips < 60; flips++) {
                    u32 at = (u32)rng_below(&r, n);
                    u8 was = bytes[at];
                    bytes[at] = (u8)rng_u64(&r);
                    if (s->decode(type, bytes, n, again, &back) == REJECT_NONE) {
                        assert_int_equal(back, n);
                        assert_memory_equal(again, bytes, n);
                    }
                    bytes[at] = was;
                }
            }
}

static u32 kind_size(const char *kind, const u8 *at)
{
#define AS_SIZE(KIND, ctype, text) \
    if (strcmp(kind, #KIND) == 0 && strcmp(kind, "BLOB") != 0) return sizeof(ctype);
    FIELD_KINDS(AS_SIZE)
#undef AS_SIZE
    return strcmp(kind, "BLOB") == 0 ? 4 + load_u32(at) : 1; /* else an enumeration */
}

/* What is wrong with a field: the bytes at `at` (from the end if negative) become `to`. */
static const struct { const char *kind; i32 at; u8 n; u8 to[4]; enum reject want; } spoilt[] = {
    { "E_", 0, 1, { 0 }, REJECT_BAD_ENUM },
    { "E_", 0, 1, { 255 }, REJECT_BAD_ENUM },
    { "BOOL", 0, 1, { 2 }, REJECT_BAD_VALUE },
    { "AT", -1, 1, { 0x80 }, REJECT_BAD_VALUE },
    { "AT", -1, 1, { 0x7f }, REJECT_BAD_VALUE },
    { "DATE", -1, 1, { 0x80 }, REJECT_BAD_VALUE },
    { "DATE", -1, 1, { 0x7f }, REJECT_BAD_VALUE },
    { "T", 0, 1, { 0x1f }, REJECT_BAD_TEXT },
    { "T", 0, 1, { 0x80 }, REJECT_BAD_TEXT },
    { "T", 0, 3, { 'a', 0, 'b' }, REJECT_BAD_TEXT },
    { "T", -1, 1, { 'a' }, REJECT_BAD_TEXT },
    { "BLOB", 0, 4, { 1, 0, 1, 0 }, REJECT_BAD_LENGTH },
    { "BLOB", 0, 4, { 255, 255, 255, 255 }, REJECT_BAD_LENGTH },
};

static void spoil_field(const struct side *s, u32 type, u32 n, const struct field_row *f, u32 at)
{
    FOR_EACH (bad, spoilt) {
        bool same = strcmp(bad->kind, "E_") == 0  ? strncmp(f->kind, "E_", 2) == 0
                    : strcmp(bad->kind, "T") == 0 ? f->kind[0] == 'T'
                                                  : strcmp(bad->kind, f->kind) == 0;
        u32 back, size = kind_size(f->kind, bytes + at);
        if (!same) continue;
        memcpy(other, bytes, n);
        memcpy(other + at + (bad->at < 0 ? size - 1 : 0), bad->to, bad->n);
        enum reject got = s->decode(type, other, n, again, &back);
        if (got != bad->want)
            fail_msg("%s.%s: got %s want %s", s->name(type), f->name, reject_name(got),
                     reject_name(bad->want));
    }
}

TEST(every_field_is_checked)
{
    struct rng r = rng_of(5);
    const struct field_row *rows;
    u32 count = msg_field_rows(&rows), fields = 0;
    FOR_EACH (s, sides)
        for (u32 i = 0, type = 0; i < count; i++) {
            if (strncmp(rows[i].record, s->what, strlen(s->what)) != 0) continue;
            u32 n = s->random_bytes(&r, ++type, bytes, MSG_BYTES_MAX), at = 0;
            assert_string_equal(rows[i].record + strlen(s->what), s->name(type));
            for (u32 k = i + 1; k < count && !rows[k].record[0]; k++, fields++) {
                spoil_field(s, type, n, &rows[k], at);
                at += kind_size(rows[k].kind, bytes + at);
            }
            assert_int_equal(at, n); /* the page shows every byte */
        }
    assert_true(fields > 200);
}

TEST(unknown_types_are_refused)
{
    static const u32 types[] = { 0, CMD_COUNT, EVT_COUNT, 255, 65535, UINT32_MAX };
    struct command c;
    struct event e;
    FOR_EACH (t, types) {
        if (*t >= CMD_COUNT || !*t)
            assert_int_equal(command_decode(*t, bytes, 8, &c), REJECT_UNKNOWN_COMMAND);
        if (*t >= EVT_COUNT || !*t)
            assert_int_equal(event_decode(*t, bytes, 8, &e), REJECT_UNKNOWN_COMMAND);
    }
}

/* Bytes written down by hand: a change of form fails here, and asks for a new format version. */
TEST(bytes_are_as_written_down)
{
    static const struct { const char *name; struct command c; const char *hex, *json; } cases[] = {
        { "nothing but a type", { .type = CMD_CLOCK }, "", "\"command\":\"CLOCK\"" },
        { "a date",
          { .type = CMD_DAY_OPEN, .day_open = { { 20635 } } }, /* 2026-07-01 */
          "9b500000",
          "\"command\":\"DAY_OPEN\",\"date\":\"2026-07-01\"" },
        { "an id, a number, money",
          { .type = CMD_CASH_DEPOSIT, .cash_deposit = { { 1, 2 }, 7, { -1500000 } } },
          "01000000000000000200000000000000"
          "07000000"
          "a01ce9ffffffffff",
          "\"command\":\"CASH_DEPOSIT\",\"transfer\":\"00000000000000010000000000000002\","
          "\"account\":7,\"amount\":\"-1.50\"" },
        { "text, filled with zeroes",
          { .type = CMD_ORDER_CANCEL,
            .order_cancel = { .account = 3, .order_id = 258, .orig_client_id = { "a\"1" } } },
          "03000000"
          "0201000000000000"
          "612231000000000000000000000000000000000000000000"
          "00000000000000000000000000000000",
          "\"command\":\"ORDER_CANCEL\",\"account\":3,\"order_id\":\"258\","
          "\"orig_client_id\":\"a\\\"1\"" },
        { "a blob",
          { .type = CMD_SPEC_PUT,
            .spec_put = { { (const u8 *)"\xff\x01", 2 }, { "ann" }, { "bo" } } },
          "02000000ff01"
          "616e6e00000000000000000000000000"
          "626f0000000000000000000000000000",
          "\"command\":\"SPEC_PUT\",\"record\":\"ff01\",\"approved_by\":\"ann\","
          "\"approved_by_2\":\"bo\"" },
    };
    FOR_EACH (c, cases) {
        char buf[512];
        struct text hex = text_on(buf, sizeof buf);
        text_put_hex(&hex, bytes, command_encode(&c->c, bytes, MSG_BYTES_MAX));
        EXPECT_TEXT(buf, c->hex, c->name);
        struct text json = text_on(buf, sizeof buf);
        command_json(&c->c, &json);
        EXPECT_TEXT(buf, c->json, c->name);
    }
}

/* Every random record's JSON parses and has every field of the page, in order. */
TEST(json_has_every_field)
{
    static char buf[8192];
    struct rng r = rng_of(6);
    const struct field_row *rows;
    u32 count = msg_field_rows(&rows);
    for (u32 i = 0, type = 0; i < count; i++) {
        struct event e;
        if (strncmp(rows[i].record, "event ", 6) != 0) continue;
        random_event(&r, ++type, &e);
        struct text t = text_on(buf, sizeof buf);
        text_put_char(&t, '{');
        event_json(&e, &t);
        text_put_char(&t, '}');
        assert_false(t.cut);
        cJSON *json = cJSON_Parse(buf);
        assert_non_null(json);
        const cJSON *v = json->child->next;
        for (u32 k = i + 1; k < count && !rows[k].record[0]; k++, v = v->next) {
            assert_non_null(v);
            assert_string_equal(v->string, rows[k].name);
        }
        assert_null(v);
        cJSON_Delete(json);
    }
}

TEST(lists_read_back_their_texts)
{
    for (u32 list = 0; list < ENUM_LISTS; list++) {
        for (u32 v = 1; v < enum_count(list); v++) {
            const char *text = enum_text(list, v);
            assert_int_equal(enum_of(list, str_of(text)), v);
        }
        assert_int_equal(enum_of(list, STR("no such text")), 0);
        assert_string_equal(enum_text(list, 0), "?");
        assert_string_equal(enum_text(list, enum_count(list)), "?");
    }
}

TEST(rejects_are_unique)
{
    u32 n = 0;
    for (; reject_at(n); n++) {
        assert_true(reject_at(n) >= 1000 && reject_at(n) < 8000);
        for (u32 i = 0; i < n; i++) {
            assert_int_not_equal(reject_at(i), reject_at(n));
            assert_string_not_equal(reject_name(reject_at(i)), reject_name(reject_at(n)));
        }
    }
    assert_true(n > 50);
    assert_string_equal(reject_name(1), "?");
    assert_string_equal(reject_text(REJECT_MARGIN),
                        "free collateral does not cover margin with worst fills");
}

TEST(texts_fill_or_refuse)
{
    static const struct { const char *in; bool want; } cases[] = {
        { "", true },           { "fifteen letters", true }, { "sixteen letters!", false },
        { "tab\there", false }, { "caf\xc3\xa9", false },
    };
    FOR_EACH (c, cases) {
        Text16 t;
        memset(&t, 0xff, sizeof t);
        assert_int_equal(TEXT_FILL(&t, str_of(c->in)), c->want);
        if (!c->want) continue;
        assert_true(text_fits(t.z, sizeof t.z));
        assert_string_equal(t.z, c->in);
    }
}

TEST(outbox_numbers_events)
{
    static struct event events[3];
    struct outbox o = { .events = events, .cap = 3, .seq = 9, .next_index = 4 };
    outbox_add(&o, EVT_TRADE)->trade.qty = 5;
    outbox_add(&o, EVT_BOOK)->book.qty = 6;
    assert_int_equal(outbox_room(&o), 1);
    assert_int_equal(events[1].index, 5);
    assert_int_equal(events[1].seq, 9);
    assert_int_equal(events[0].trade.qty, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_records_come_back),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(short_buffers_hold),
        cmocka_unit_test(decode_takes_only_what_encode_makes),
        cmocka_unit_test(every_field_is_checked),
        cmocka_unit_test(unknown_types_are_refused),
        cmocka_unit_test(bytes_are_as_written_down),
        cmocka_unit_test(json_has_every_field),
        cmocka_unit_test(lists_read_back_their_texts),
        cmocka_unit_test(rejects_are_unique),
        cmocka_unit_test(texts_fill_or_refuse),
        cmocka_unit_test(outbox_numbers_events),
    };
    return cmocka_run_group_tests_name("msg", tests, NULL, NULL);
}
