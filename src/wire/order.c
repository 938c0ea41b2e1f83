#include "wire/order.h"

static bool fail(struct body_error *e, u32 code, u32 at, Str field, const char *why)
{
    ASSERT(why);
    ASSERT(code == REJECT_BAD_JSON || code == REJECT_BAD_FIELD);
    *e = (struct body_error){ .code = code, .at = at, .why = why };
    u32 n = field.n < sizeof e->field - 1 ? field.n : (u32)sizeof e->field - 1;
    for (u32 i = 0; i < n; i++)
        e->field[i] = field.at[i] >= 0x20 && field.at[i] < 0x7f ? field.at[i] : '?';
    return false;
}

static bool fail_json(struct body_error *e, const struct json *j)
{
    ASSERT(j->i <= j->n);
    ASSERT(j->start <= j->n);
    return fail(e, REJECT_BAD_JSON, j->bad ? j->i : j->start, (Str){ "", 0 },
                j->bad ? j->bad : "an object is due");
}

/* A field's text: a JSON string without its escapes, in buf when it had some. */
struct field_text { Str s; char buf[64]; };

static const char *take_text(struct json *j, struct field_text *t)
{
    ASSERT(!j->bad);
    if (json_next(j) != JSON_STRING) return "a string is due";
    if (!json_plain(j, t->buf, sizeof t->buf, &t->s)) return "too long";
    ASSERT(t->s.n <= sizeof t->buf);
    return NULL;
}

/* take_KIND: one value into its place; NULL, or what is wrong with it. */
static const char *take_CLIENT_ID(struct json *j, Text40 *to)
{
    struct field_text t;
    const char *why = take_text(j, &t);
    if (why) return why;
    static_assert(CLIENT_ID_MAX < sizeof to->z, "and a zero at the end");
    ASSERT(t.s.at);
    if (!t.s.n || t.s.n > CLIENT_ID_MAX) return "1 to 36 characters are due";
    return TEXT_FILL(to, t.s) ? NULL : "not printable ASCII";
}

static const char *take_PRICE(struct json *j, UnitPrice *to)
{
    struct field_text t;
    const char *why = take_text(j, &t);
    if (why) return why;
    ASSERT(t.s.at);
    enum parse p = parse_dec(t.s, 6, &to->micros);
    ASSERT(p <= PARSE_DIGITS);
    return p == PARSE_OK ? NULL : parse_text(p);
}

/* Kinds with one sentence for all that can be wrong. */
#define TAKE_TEXT(KIND, ctype, fine, sentence) \
    static const char *take_##KIND(struct json *j, ctype *to) \
    { \
        struct field_text t; \
        const char *why = take_text(j, &t); \
        return why ? why : (fine) ? NULL : (sentence); \
    }
TAKE_TEXT(CONTRACT, Text24, t.s.n &&TEXT_FILL(to, t.s), "not a contract's id")
TAKE_TEXT(LOTS, i64, parse_i64(t.s, to) == PARSE_OK, "not a whole number of lots")
TAKE_TEXT(DATE, Date, parse_date(t.s, to) == PARSE_OK && to->days, "not a date")
#define TAKE_ENUM(LIST) \
    TAKE_TEXT(LIST, u8, (*to = enum_of(LIST##_ENUM, t.s)) != 0, "not a value of its list")
TAKE_ENUM(SIDE)
TAKE_ENUM(TIF)
TAKE_ENUM(STP)
TAKE_ENUM(ORDER_TYPE)

static const char *take_BOOL(struct json *j, u8 *to)
{
    enum json_kind kind = json_next(j);
    if (kind != JSON_TRUE && kind != JSON_FALSE) return "true or false is due";
    ASSERT(!j->bad);
    *to = kind == JSON_TRUE;
    ASSERT(*to <= 1);
    return NULL;
}

static const char *take_ACCOUNT(struct json *j, u32 *to)
{
    u64 v = 0;
    if (json_next(j) != JSON_NUMBER) return "a number is due";
    if (parse_u64(j->text, &v) != PARSE_OK || !v || v > UINT32_MAX) return "not an account";
    ASSERT(!j->bad);
    *to = (u32)v;
    ASSERT(*to > 0);
    return NULL;
}

#define AS_BODY_ID(name, KIND, required) BODY_##name,
enum { ORDER_BODY(AS_BODY_ID) BODY_COUNT };
static const struct { const char *name; u32 n; bool required; } body_rows[] = {
#define AS_BODY_ROW(name, KIND, required) { #name, sizeof #name - 1, required },
    ORDER_BODY(AS_BODY_ROW)
};
static_assert(BODY_COUNT <= 32, "`seen` is a set of 32");

/* Where each key's value goes. */
#define PLACE_client_id(b) &(b)->order.client_id
#define PLACE_contract(b) &(b)->contract
#define PLACE_side(b) &(b)->order.side
#define PLACE_type(b) &(b)->order.type
#define PLACE_price(b) &(b)->order.price
#define PLACE_quantity(b) &(b)->order.qty
#define PLACE_tif(b) &(b)->order.tif
#define PLACE_post_only(b) &(b)->order.post_only
#define PLACE_reduce_only(b) &(b)->order.reduce_only
#define PLACE_stop_price(b) &(b)->order.stop_price
#define PLACE_display_quantity(b) &(b)->order.display
#define PLACE_min_quantity(b) &(b)->order.min_qty
#define PLACE_expiry(b) &(b)->order.expiry
#define PLACE_stp_mode(b) &(b)->order.stp_mode
#define PLACE_account(b) &(b)->order.account

static const char *take_field(struct json *j, u32 id, struct order_body *b)
{
    ASSERT(id < BODY_COUNT);
    ASSERT(!j->bad);
    switch (id) {
#define AS_BODY_TAKE(name, KIND, required) case BODY_##name: return take_##KIND(j, PLACE_##name(b));
        ORDER_BODY(AS_BODY_TAKE)
    default: UNREACHABLE("one case a key");
    }
}

/* Which keys go with which type; defaults for those left out. */
static bool settle(struct order_body *b, u32 seen, u32 at, struct body_error *e)
{
    struct cmd_order_new *o = &b->order;
    ASSERT(seen);
    if (!o->type) o->type = ORDER_TYPE_LIMIT;
    if (!o->tif) o->tif = o->type == ORDER_TYPE_MARKET ? TIF_IOC : TIF_DAY;
    if (!o->stp_mode) o->stp_mode = STP_CANCEL_RESTING;
    bool limit = o->type == ORDER_TYPE_LIMIT || o->type == ORDER_TYPE_STOP_LIMIT;
    bool stop = o->type == ORDER_TYPE_STOP || o->type == ORDER_TYPE_STOP_LIMIT;
    bool has_price = seen & BIT(BODY_price), has_stop = seen & BIT(BODY_stop_price);
    if (limit != has_price)
        return fail(e, REJECT_BAD_FIELD, at, STR("price"),
                    limit ? "missing"
                          : "only with a "
                            "limit");
    if (stop != has_stop)
        return fail(e, REJECT_BAD_FIELD, at, STR("stop_price"),
                    stop ? "missing" : "only with a stop");
    if ((o->tif == TIF_GTD) != !!(seen & BIT(BODY_expiry)))
        return fail(e, REJECT_BAD_FIELD, at, STR("expiry"),
                    "goes with tif gtd, and only "
                    "with it");
    if ((seen & BIT(BODY_display_quantity)) && o->display <= 0)
        return fail(e, REJECT_BAD_FIELD, at, STR("display_quantity"), "above 0 is due");
    if ((seen & BIT(BODY_min_quantity)) && o->min_qty <= 0)
        return fail(e, REJECT_BAD_FIELD, at, STR("min_quantity"), "above 0 is due");
    ASSERT(o->side);
    ASSERT(o->type && o->tif && o->stp_mode);
    return true;
}

/* Keys mostly come in the table's order, so the search begins behind the last one found. */
static u32 key_id(Str key, u32 from)
{
    ASSERT(from < BODY_COUNT);
    ASSERT(key.at || !key.n);
    for (u32 k = 0; k < BODY_COUNT; k++) {
        u32 i = from + k < BODY_COUNT ? from + k : from + k - BODY_COUNT;
        if (key.n == body_rows[i].n && memcmp(key.at, body_rows[i].name, key.n) == 0) return i;
    }
    return BODY_COUNT;
}

/* The object whose opening brace was just read. */
static bool read_order(struct json *j, struct order_body *b, struct body_error *e)
{
    u32 seen = 0, next = 0, from = j->start;
    enum json_kind kind;
    ASSERT(!j->bad);
    ASSERT(j->depth > 0);
    memset(b, 0, sizeof *b);
    while ((kind = json_next(j)) == JSON_KEY) {
        struct field_text key;
        u32 at = j->start;
        if (!json_plain(j, key.buf, sizeof key.buf, &key.s))
            return fail(e, REJECT_BAD_FIELD, at, j->text, "unknown");
        u32 id = key_id(key.s, next);
        if (id == BODY_COUNT) return fail(e, REJECT_BAD_FIELD, at, key.s, "unknown");
        if (seen & BIT(id)) return fail(e, REJECT_BAD_FIELD, at, key.s, "twice");
        seen |= BIT(id), next = id + 1 < BODY_COUNT ? id + 1 : 0;
        const char *why = take_field(j, id, b);
        if (j->bad) return fail_json(e, j);
        if (why) return fail(e, REJECT_BAD_FIELD, j->start, key.s, why);
    }
    if (kind != JSON_OBJECT_END) return fail_json(e, j);
    for (u32 i = 0; i < BODY_COUNT; i++)
        if (body_rows[i].required && !(seen & BIT(i)))
            return fail(e, REJECT_BAD_FIELD, from, str_of(body_rows[i].name), "missing");
    return settle(b, seen, from, e);
}

bool order_body_read(const char *at, u32 n, struct order_body *out, struct body_error *e)
{
    struct json j;
    ASSERT(out);
    ASSERT(e);
    json_init(&j, at, n);
    if (json_next(&j) != JSON_OBJECT) return fail_json(e, &j);
    if (!read_order(&j, out, e)) return false;
    return json_next(&j) == JSON_END || fail_json(e, &j);
}

static bool read_orders(struct json *j, struct order_body *out, u32 *count, struct body_error *e)
{
    enum json_kind kind;
    ASSERT(!*count);
    ASSERT(!j->bad);
    if (json_next(j) != JSON_ARRAY)
        return j->bad ? fail_json(e, j)
                      : fail(e, REJECT_BAD_FIELD, j->start, STR("orders"), "a list is due");
    while ((kind = json_next(j)) == JSON_OBJECT) {
        if (*count == ORDER_BATCH_MAX)
            return fail(e, REJECT_BAD_FIELD, j->start, STR("orders"), "more than 100");
        if (!read_order(j, &out[*count], e)) return false;
        (*count)++;
    }
    if (kind == JSON_ARRAY_END && *count) return true;
    if (j->bad) return fail_json(e, j);
    return fail(e, REJECT_BAD_FIELD, j->start, STR("orders"),
                *count ? "an object is due" : "empty");
}

bool order_batch_read(const char *at, u32 n, struct order_body *out, u32 *count,
                      struct body_error *e)
{
    struct json j;
    struct field_text key;
    ASSERT(out);
    ASSERT(e);
    *count = 0;
    json_init(&j, at, n);
    if (json_next(&j) != JSON_OBJECT) return fail_json(e, &j);
    enum json_kind kind = json_next(&j);
    if (kind == JSON_OBJECT_END)
        return fail(e, REJECT_BAD_FIELD, j.start, STR("orders"), "missing");
    if (kind != JSON_KEY) return fail_json(e, &j);
    if (!json_plain(&j, key.buf, sizeof key.buf, &key.s) || !str_is(key.s, "orders"))
        return fail(e, REJECT_BAD_FIELD, j.start, j.text, "unknown");
    if (!read_orders(&j, out, count, e)) return false;
    kind = json_next(&j);
    if (kind == JSON_KEY)
        return fail(e, REJECT_BAD_FIELD, j.start, j.text,
                    str_is(j.text, "orders") ? "twice" : "unknown");
    if (kind != JSON_OBJECT_END || json_next(&j) != JSON_END) return fail_json(e, &j);
    return true;
}

static const char *take_amend(struct json *j, Str key, struct amend_body *out)
{
    ASSERT(!j->bad);
    ASSERT(key.at || !key.n);
    if (str_is(key, "price")) {
        if (out->has_price) return "twice";
        out->has_price = true;
        return take_PRICE(j, &out->price);
    }
    if (str_is(key, "quantity")) {
        if (out->has_qty) return "twice";
        out->has_qty = true;
        return take_LOTS(j, &out->qty);
    }
    if (!str_is(key, "client_id")) return "unknown";
    if (out->client_id.z[0]) return "twice";
    return take_CLIENT_ID(j, &out->client_id);
}

bool amend_body_read(const char *at, u32 n, struct amend_body *out, struct body_error *e)
{
    struct json j;
    enum json_kind kind;
    ASSERT(out);
    ASSERT(e);
    memset(out, 0, sizeof *out);
    json_init(&j, at, n);
    if (json_next(&j) != JSON_OBJECT) return fail_json(e, &j);
    while ((kind = json_next(&j)) == JSON_KEY) {
        struct field_text key;
        if (!json_plain(&j, key.buf, sizeof key.buf, &key.s))
            return fail(e, REJECT_BAD_FIELD, j.start, j.text, "unknown");
        const char *why = take_amend(&j, key.s, out);
        if (j.bad) return fail_json(e, &j);
        if (why) return fail(e, REJECT_BAD_FIELD, j.start, key.s, why);
    }
    if (kind != JSON_OBJECT_END || json_next(&j) != JSON_END) return fail_json(e, &j);
    if (!out->has_price && !out->has_qty && !out->client_id.z[0])
        return fail(e, REJECT_BAD_FIELD, 0, STR("price"), "nothing to amend");
    return true;
}

void order_body_write(const struct order_body *b, struct text *t)
{
    const struct cmd_order_new *o = &b->order;
    bool market = o->type == ORDER_TYPE_MARKET || o->type == ORDER_TYPE_STOP;
    ASSERT(o->side);
    ASSERT(o->type);
    text_put_char(t, '{');
    json_str(t, "client_id", o->client_id.z);
    json_str(t, "contract", b->contract.z);
    json_str(t, "side", enum_text(SIDE_ENUM, o->side));
    json_str(t, "type", enum_text(ORDER_TYPE_ENUM, o->type));
    if (!market) json_dec(t, "price", o->price.micros, 0);
    json_int(t, "quantity", o->qty);
    json_str(t, "tif", enum_text(TIF_ENUM, o->tif));
    if (o->post_only) json_bool(t, "post_only", true);
    if (o->reduce_only) json_bool(t, "reduce_only", true);
    if (o->type == ORDER_TYPE_STOP || o->type == ORDER_TYPE_STOP_LIMIT)
        json_dec(t, "stop_price", o->stop_price.micros, 0);
    if (o->display) json_int(t, "display_quantity", o->display);
    if (o->min_qty) json_int(t, "min_quantity", o->min_qty);
    if (o->expiry.days) json_date(t, "expiry", o->expiry);
    if (o->stp_mode != STP_CANCEL_RESTING)
        json_str(t, "stp_mode", enum_text(STP_ENUM, o->stp_mode));
    if (o->account) json_u32(t, "account", o->account);
    text_put_char(t, '}');
}
