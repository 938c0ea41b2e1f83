#include "feeds/reading.h"
#include "wire/json.h"

#include <stdlib.h>

const struct feed_ask *item_ask(const struct feed_item *it) { return it->d->ask; }
const struct feed_ask *reading_ask(const struct reading *d) { return d->ask; }

void *reading_state(struct reading *d, u64 bytes)
{
    if (!d->state) d->state = calloc(1, bytes);
    if (!d->state && !d->err) d->err = why_set(d->why, ERR_IO, "no memory");
    return d->state;
}

struct observation item_start(const struct feed_item *it)
{
    struct reading *d = it->d;
    i64 at = d->ask->at.ns;
    struct observation o = { .source_ref = d->file_ref, .form = GPU_FORM_UNKNOWN, .ccy = "USD",
                             .rights = d->ask->rights ? d->ask->rights : RIGHTS_UNKNOWN,
                             .kind = OBS_KIND_LIST, .term = TERM_ON_DEMAND, .gpus = 1,
                             .min_gpus = 1, .t_event = at, .t_seen = at, .t_journal = at };
    const char *source = d->ask->source ? d->ask->source : feed_format_name(d->ask->format);
    if (!names_add(&d->out->log.names, str_of(source), &o.source) && !d->err)
        d->err = why_set(d->why, ERR_INPUT, "%s: source %s: not one word of at most 31 letters",
                         d->name, source);
    return o;
}

void item_take(struct feed_item *it, const struct observation *o)
{
    struct reading *d = it->d;
    if (!d->err) d->err = reading_take(d, it->line, it->raw, o, d->rounded);
    d->rounded = false;
}

void item_take_rounded(struct feed_item *it, const struct observation *o, bool rounded)
{
    it->d->rounded = rounded;
    item_take(it, o);
}

void item_skip(struct feed_item *it, enum feed_skip rule, Str name)
{
    struct reading *d = it->d;
    if (!d->err) d->err = reading_skip(d, it->line, rule, name.n ? name : it->key);
}

void item_refuse(struct feed_item *it, u8 code, const char *column, const char *cause)
{
    struct reading *d = it->d;
    u32 source = 0;
    if (!names_add(&d->out->log.names,
                   str_of(d->ask->source ? d->ask->source : feed_format_name(d->ask->format)),
                   &source))
        source = 0;
    if (!d->err) d->err = reading_refuse(d, it->line, it->raw, source, code, column, cause);
    d->rounded = false;
}

bool item_members(struct feed_item *it, const char *const *names, u32 n, struct member *m,
                  char *buf, u32 cap)
{
    u32 fault;
    if (members_of(it->raw, names, n, m, buf, cap, &fault)) return true;
    item_refuse(it, OBS_REJECT_BAD_ROW, names[fault], "stands twice");
    return false;
}

bool item_name(struct feed_item *it, Str s, const char *column, u32 *id)
{
    *id = 0;
    if (!s.n || names_add(&it->d->out->log.names, s, id)) return true;
    item_refuse(it, OBS_REJECT_BAD_TEXT, column,
                name_valid(s) ? "too many names" : "not one word of at most 31 letters");
    return false;
}

Str name_cut(Str s, char buf[32])
{
    if (s.n <= 31) {
        for (u32 i = 0; i < s.n; i++) buf[i] = s.at[i] == ' ' ? '_' : s.at[i];
        return (Str){ buf, s.n };
    }
    struct text t = text_on(buf, 32);
    Hash h = sha256_of(s.at, s.n);
    for (u32 i = 0; i < 22; i++) text_put_char(&t, s.at[i] == ' ' ? '_' : s.at[i]);
    text_put_char(&t, '~');
    text_put_hex(&t, h.bytes, 4);
    return (Str){ t.at, t.n };
}

bool item_name_cut(struct feed_item *it, Str s, const char *column, u32 *id)
{
    char buf[32];
    return item_name(it, name_cut(s, buf), column, id);
}

bool item_first(struct feed_item *it, Str identity)
{
    return !it->d->err && reading_first(it->d, identity);
}

bool item_price(struct feed_item *it, const struct member *m, const char *column, i64 hours,
                struct observation *o)
{
    struct decimal d;
    i64 price;
    bool lost;
    if (!member_number(m, &d)) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, column, "not a decimal");
        return false;
    }
    if (!decimal_round(d, 6, 1, &price, &lost)) {
        item_refuse(it, OBS_REJECT_BAD_NUMBER, column, "out of range");
        return false;
    }
    if (lost && o->gpus && o->raw_unit != RAW_UNIT_GPU_HOUR) {
        if (!decimal_round(d, 6, hours * o->gpus, &price, &lost)) UNREACHABLE("smaller still fits");
        o->raw_unit = RAW_UNIT_GPU_HOUR;
    }
    if (decimal_fraction(d) > DECIMAL_FINE_MAX) o->quality |= LIST_BIT(QUALITY_ROUNDED);
    it->d->rounded |= lost;
    o->price = price;
    return true;
}

/* ---- the whole reply ---- */

static u32 line_at(const char *bytes, const char *at, u32 *from, u32 *line)
{
    u32 to = (u32)(at - bytes);
    for (; *from < to; (*from)++) *line += bytes[*from] == '\n';
    return *line;
}

static Err not_json(struct reading *d, const char *bytes, u32 at, const char *cause)
{
    u32 from = 0, line = 1;
    line_at(bytes, bytes + at, &from, &line);
    return why_set(d->why, ERR_INPUT, "%s:%u: byte %u: %s", d->name, line, at, cause);
}

static void one_item(struct reading *d, Str key, Str raw, u32 line)
{
    struct feed_item it = { d, key, raw, line };
    if (!raw.n || raw.at[0] != '{') {
        item_refuse(&it, OBS_REJECT_BAD_ROW, "item", "not an object");
        return;
    }
    if (!reading_first_keyed(d, key, raw)) {
        item_skip(&it, FEED_SKIP_DUPLICATE, key);
        return;
    }
    d->form->json->read(&it);
}

/* Every item of a list or map that was read over before. */
static void each_item(struct reading *d, Str items, const char *bytes)
{
    u32 at = 0, from = 0, line = 1;
    char buf[512];
    struct member m;
    Str key = { NULL, 0 };
    if (items.at[0] == '[')
        while (!d->err && list_next(items, &at, &m, buf, sizeof buf))
            one_item(d, key, m.raw, line_at(bytes, m.raw.at, &from, &line));
    else
        while (!d->err && map_next(items, &at, &key, &m, buf, sizeof buf)) {
            one_item(d, key, m.raw, line_at(bytes, m.raw.at, &from, &line));
        }
}

/* Goes down `path` from *at; false: a member is not there. */
static bool descend(const char *const path[3], Str *at)
{
    for (u32 i = 0; i < 3 && path[i]; i++) {
        struct member m;
        u32 fault;
        char buf[8];
        if (!members_of(*at, &path[i], 1, &m, buf, sizeof buf, &fault)) return false;
        if (m.kind != JSON_OBJECT && m.kind != JSON_ARRAY) return false;
        *at = m.raw;
    }
    return true;
}

static Err find_items(struct reading *d, const char *bytes, Str whole)
{
    const struct json_form *f = d->form->json;
    Str at = whole;
    bool found = whole.at[0] == '{' || (!f->path[0] && !f->map) ? descend(f->path, &at) : false;
    if (!found)
        return why_set(d->why, ERR_INPUT, "%s:1: %s: no such list in the reply", d->name,
                       f->path[0] ? f->path[0] : "{}");
    if (f->single && at.at[0] == '{') one_item(d, (Str){ NULL, 0 }, at, 1);
    else each_item(d, at, bytes);
    return d->err;
}

/* An item a line, or a whole reply a line. */
static Err each_line(struct reading *d, const char *bytes, u32 n)
{
    const struct json_form *f = d->form->json;
    u32 line = 1;
    for (u32 at = 0; at < n && !d->err; line++) {
        u32 end = at;
        while (end < n && bytes[end] != '\n') end++;
        struct json j;
        Str raw = { bytes + at, end - at };
        while (raw.n && (raw.at[raw.n - 1] == '\r' || raw.at[raw.n - 1] == ' ')) raw.n--;
        at = end + 1;
        if (!raw.n) continue;
        json_init(&j, raw.at, raw.n);
        bool fine = json_skip(&j) && json_next(&j) == JSON_END;
        Str items = raw;
        if (!fine)
            d->err = reading_refuse(d, line, raw, 0, OBS_REJECT_BAD_ROW, "line",
                                    j.bad ? j.bad : "not JSON");
        else if (raw.at[0] == '{' && descend(f->path, &items)) each_item(d, items, bytes);
        else one_item(d, (Str){ NULL, 0 }, raw, line);
    }
    return d->err;
}

/* One object alone may be an item, or what a source says instead of its list. */
static bool is_item(const struct json_form *f, Str object)
{
    struct member m;
    u32 fault;
    char buf[64];
    return members_of(object, &f->mark, 1, &m, buf, sizeof buf, &fault) && m.kind != JSON_BAD;
}

Err json_read(struct reading *d, const char *bytes, u64 n)
{
    const struct json_form *f = d->form->json;
    struct json j;
    if (n >= UINT32_MAX)
        return why_set(d->why, ERR_INPUT, "%s: larger than a reply may be", d->name);
    if (n >= 3 && (u8)bytes[0] == 0xef && (u8)bytes[1] == 0xbb && (u8)bytes[2] == 0xbf)
        bytes += 3, n -= 3;
    json_init(&j, bytes, (u32)n);
    bool one = json_skip(&j);
    u32 start = 0, first = j.i;
    bool whole = one && json_next(&j) == JSON_END;
    while (start < n && (bytes[start] == ' ' || bytes[start] == '\n' || bytes[start] == '\r' ||
                         bytes[start] == '\t'))
        start++;
    if (whole && (bytes[start] == '{' || bytes[start] == '[')) {
        Str items = { bytes + start, first - start };
        bool line =
            f->lines && bytes[start] == '{' && !descend(f->path, &items) && is_item(f, items);
        if (line) one_item(d, (Str){ NULL, 0 }, (Str){ bytes + start, first - start }, 1);
        else d->err = find_items(d, bytes, (Str){ bytes + start, first - start });
    } else if (one && f->lines && !whole) {
        d->err = each_line(d, bytes, (u32)n);
    } else {
        d->err = not_json(d, bytes, j.i, j.bad ? j.bad : "not a list or an object");
    }
    if (!d->err && f->end) f->end(d);
    free(d->state);
    return d->err;
}
