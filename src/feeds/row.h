/* row.h -- one row of a table, or one item of a JSON reply, on its way to observations; this
 * room's files only.
 * Owns:   the cells by column of the format, the members of an item, and where a fault lies.
 * Never:  outlives the row.
 * Always: a row function fills *o or says code, column and cause; an item function takes, skips or
 *         refuses every price it looks at.
 */
#ifndef HEDGEROW_FEEDS_ROW_H
#define HEDGEROW_FEEDS_ROW_H

#include "feeds/decimal.h"
#include "feeds/feed.h"

struct feed_column { const char *name; bool needed; };
struct feed_row {
    const Str *cell; /* by column of the format; empty for a column that is not there */
    struct obs_log *log;
    u32 file_ref; /* SHA-256 of the whole reply */
    u8 code;      /* OBS_REJECT, 0 fine */
    const char *column, *cause;
    bool rounded;
    const struct feed_ask *ask;
    u32 part;  /* of the form's parts: one row may hold several prices */
    bool none; /* this part has no price: no observation and no fault */
};

/* ---- JSON ---- */

struct reading;
/* A member that an item function asks for. kind: JSON_BAD for one that is not there. */
struct member {
    u32 kind; /* enum json_kind; a container is JSON_OBJECT or JSON_ARRAY */
    Str text; /* string without escapes, number or word as written */
    Str raw;  /* the whole value as written */
};
/* One item of the reply's list or map. */
struct feed_item {
    struct reading *d;
    Str key; /* of a map; empty in a list */
    Str raw;
    u32 line;
};
struct json_form {
    const char *path[3]; /* to the list or map of items; path[0] NULL: the reply itself */
    const char *mark; /* with lines: what one object must have to be an item, not another reply */
    bool lines;       /* an item a line is fine too */
    bool map;         /* the reply itself is a map, never a list */
    bool single;      /* an object there is one item, not a map of them */
    void (*read)(struct feed_item *it);
    void (*end)(struct reading *d); /* may be NULL */
};

struct feed_form {
    const struct feed_column *columns; /* CSV */
    u32 columns_n;
    void (*read)(struct feed_row *r, struct observation *o);
    const struct json_form *json; /* instead of the three above */
    u32 parts;                    /* records a row can make; 0 is 1 */
};
#define AS_FEED_FORM(NAME, form, name, timed, text) extern const struct feed_form feed_form_##form;
FEED_FORMAT_LIST(AS_FEED_FORM)

/* Says what is wrong; returns false. The first fault stands. */
static inline bool row_fault(struct feed_row *r, u8 code, const char *column, const char *cause)
{
    if (!r->code) r->code = code, r->column = column, r->cause = cause;
    return false;
}
/* Interns a cell; "" is none. */
NODISCARD bool row_name(struct feed_row *r, u32 column, const char *name, u32 *id);
/* Of the 32 letters of a name: a text too long keeps its start and ends in ~ and eight digits of
 * its hash; blanks become _. */
NODISCARD Str name_cut(Str s, char buf[32]);
/* A decimal price to micros: half-even; more than 12 digits after the point are flagged. */
NODISCARD bool row_price(struct feed_row *r, Str s, const char *name, struct observation *o);
/* RFC 3339 with Z, or a day (then 00:00Z and the quality NO_TIME). */
NODISCARD bool row_time(struct feed_row *r, Str s, const char *name, i64 *ns, u32 *quality);
NODISCARD bool row_u16(struct feed_row *r, Str s, const char *name, u16 *out);

/* Fills members[i] for names[i] of an object; strings lose their escapes into buf (one that does
 * not fit keeps them). False: a name stands twice; *at_fault is its index. */
NODISCARD bool members_of(Str object, const char *const *names, u32 n, struct member *members,
                          char *buf, u32 cap, u32 *at_fault);
/* Elements of a list: starts with *at 0; false at the end. */
NODISCARD bool list_next(Str list, u32 *at, struct member *m, char *buf, u32 cap);
/* Members of a map, key by key. */
NODISCARD bool map_next(Str map, u32 *at, Str *key, struct member *m, char *buf, u32 cap);
/* members_of() of an item; false after item_refuse(). */
NODISCARD bool item_members(struct feed_item *it, const char *const *names, u32 n, struct member *m,
                            char *buf, u32 cap);
/* A number, or a string that holds one. */
NODISCARD static inline bool member_number(const struct member *m, struct decimal *out)
{
    return decimal_parse(m->text, out); /* texts of other kinds are no number either */
}

/* A record begun with what is the same for all: source, reply, times, rights, currency USD. */
NODISCARD struct observation item_start(const struct feed_item *it);
NODISCARD const struct feed_ask *item_ask(const struct feed_item *it);
NODISCARD const struct feed_ask *reading_ask(const struct reading *d);
void item_take(struct feed_item *it, const struct observation *o);
void item_take_rounded(struct feed_item *it, const struct observation *o, bool rounded);
void item_skip(struct feed_item *it, enum feed_skip rule, Str name);
void item_refuse(struct feed_item *it, u8 code, const char *column, const char *cause);
/* Interns a text; false after item_refuse(). */
NODISCARD bool item_name(struct feed_item *it, Str s, const char *column, u32 *id);
/* As item_name, but a text too long for a name keeps its start and ends in ~ and eight digits of
 * its hash; blanks become _. */
NODISCARD bool item_name_cut(struct feed_item *it, Str s, const char *column, u32 *id);
/* True the first time that this identity is asked about in this fetch. */
NODISCARD bool item_first(struct feed_item *it, Str identity);
/* A price of `gpus` GPUs, per hour or term: as quoted if micros hold it; else divided first and
 * rounded once, then it is per gpu_hour (hours: of the term; 1 for an hour). */
NODISCARD bool item_price(struct feed_item *it, const struct member *m, const char *column,
                          i64 hours, struct observation *o);
void *reading_state(struct reading *d,
                    u64 bytes); /* zeroed, of this reading; given back at its end */

/* ---- what names mean ---- */

/* "Virginia, US", "us-central1"; NULL: not known. The cloud's name chooses the table. */
NODISCARD const char *region_country(const char *provider, Str region);
/* "US/us-east-1" into buf[40]. False: no known country. */
NODISCARD bool region_text(const char *provider, Str region, char *buf, Str *out);
NODISCARD Str aws_region_of(Str zone); /* us-east-1 of us-east-1a */
/* Chip and form out of a product's name and memory in GB (0: not stated); false: no class of the
 * list. */
NODISCARD bool gpu_of_name(Str name, u32 memory_gb, u8 *class, u8 *form);
/* What sort of seller a provider is; not in the table: a neocloud. */
NODISCARD u8 channel_of(Str provider);

#endif
