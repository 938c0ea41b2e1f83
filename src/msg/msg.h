/* msg.h -- commands and events as structs, bytes and text, all made from one field list each.
 * Owns:   the records of commands.h and events.h, their binary codec, their JSON text.
 * Never:  knows what a blob holds: the room that owns the record decodes it.
 * Always: decode(encode(x)) == x; decode refuses every byte string that encode would not make.
 *
 * Binary form: fields in list order, little-endian, no padding; a blob is a u32 length and bytes.
 */
#ifndef HEDGEROW_MSG_MSG_H
#define HEDGEROW_MSG_MSG_H

#include "base/date.h"
#include "base/text.h"
#include "msg/commands.h"
#include "msg/enums.h"
#include "msg/events.h"
#include "msg/rejects.h"

#define MSG_FORMAT_VERSION 2
#define MSG_BLOB_MAX 65536u
#define MSG_BYTES_MAX (MSG_BLOB_MAX + 1024u)

/* Fixed texts: printable ASCII, filled with zeroes, at least one zero at the end. */
typedef struct { char z[16]; } Text16;
typedef struct { char z[24]; } Text24;
typedef struct { char z[32]; } Text32;
typedef struct { char z[40]; } Text40;
typedef struct { u64 hi, lo; } Id128;
typedef struct { const u8 *at; u32 n; } Blob; /* points into the decoded bytes */

/* Scalar kinds: X(KIND, C type, unit or meaning for the reference page). */
#define FIELD_KINDS(X) \
    X(U8, u8, "integer, 8 bits") X(U16, u16, "integer, 16 bits") X(U32, u32, "integer, 32 bits") \
    X(U64, u64, "integer, 64 bits") X(I64, i64, "signed integer, 64 bits") \
    X(BOOL, u8, "0 or 1") \
    X(PRICE, UnitPrice, "micros of the quote currency per unit, i64") \
    X(MONEY, Money, "micros of the settlement currency, i64") \
    X(AT, Instant, "ns UTC since 1970, i64, before the year 2200") \
    X(DATE, Date, "days since 1970-01-01, i32; 0 is none") \
    X(HASH, Hash, "32 bytes") \
    X(ID128, Id128, "two u64, high first") \
    X(T16, Text16, "text, at most 15 characters") X(T24, Text24, "text, at most 23 characters") \
    X(T32, Text32, "text, at most 31 characters") X(T40, Text40, "text, at most 39 characters") \
    X(BLOB, Blob, "u32 length, then bytes")

#define AS_FIELD_TYPE(KIND, ctype, text) typedef ctype field_##KIND;
FIELD_KINDS(AS_FIELD_TYPE)
#define AS_FIELD_TYPE_ENUM(LIST) typedef u8 field_E_##LIST;
MSG_ENUMS(AS_FIELD_TYPE_ENUM)

#define AS_MEMBER(KIND, name, text) field_##KIND name;
#define AS_COMMAND_STRUCT(NAME, name, text) struct cmd_##name { NAME##_FIELDS(AS_MEMBER) };
#define AS_EVENT_STRUCT(NAME, name, text) struct evt_##name { NAME##_FIELDS(AS_MEMBER) };
__extension__ COMMANDS(AS_COMMAND_STRUCT) /* CLOCK has no field: GNU C's empty struct */
EVENTS(AS_EVENT_STRUCT)

#define AS_COMMAND_ID(NAME, name, text) CMD_##NAME,
#define AS_EVENT_ID(NAME, name, text) EVT_##NAME,
enum command_type { CMD_NONE, COMMANDS(AS_COMMAND_ID) CMD_COUNT };
enum event_type { EVT_NONE, EVENTS(AS_EVENT_ID) EVT_COUNT };

#define AS_COMMAND_MEMBER(NAME, name, text) struct cmd_##name name;
#define AS_EVENT_MEMBER(NAME, name, text) struct evt_##name name;
struct command {
    u32 type; /* enum command_type */
    union { COMMANDS(AS_COMMAND_MEMBER) };
};
struct event {
    u64 seq;   /* of the command that caused it */
    u32 index; /* within that command, from 0 */
    u32 type;  /* enum event_type */
    union { EVENTS(AS_EVENT_MEMBER) };
};

/* Bytes written, 0 if they do not fit. The type goes beside the bytes, not in them. */
NODISCARD u32 command_encode(const struct command *c, u8 *to, u32 cap);
NODISCARD u32 event_encode(const struct event *e, u8 *to, u32 cap);
/* REJECT_NONE, or why not. Blobs point into `from`. */
NODISCARD enum reject command_decode(u32 type, const u8 *from, u32 n, struct command *out);
NODISCARD enum reject event_decode(u32 type, const u8 *from, u32 n, struct event *out);
/* One JSON object without the enclosing braces: "command":"ORDER_NEW","client_id":"a1",... (an
 * event begins with "event"). Prices and money are decimal strings, 64-bit integers strings, times
 * RFC 3339, hashes and blobs hex. */
void command_json(const struct command *c, struct text *t);
void event_json(const struct event *e, struct text *t);
NODISCARD const char *command_name(u32 type);
NODISCARD const char *event_name(u32 type);

/* Fixed text from and to a Str; text_of fails on too long or not printable. */
#define TEXT_STR(t) str_of((t).z)
NODISCARD bool text_fill(char *to, u32 cap, Str from);
#define TEXT_FILL(t, from) text_fill((t)->z, sizeof (t)->z, from)
NODISCARD bool text_fits(const char *z, u32 cap); /* as decode checks it */

/* The reference page's rows: name, field kind, field name, text; visits every field in order. */
struct field_row { const char *record, *kind, *name, *text; };
NODISCARD u32 msg_field_rows(const struct field_row **rows);
NODISCARD const char *command_text(u32 type);
NODISCARD const char *event_text(u32 type);

#endif
