#include "cmd/play.h"
#include "base/text.h"
#include "book/book.h"
#include "book/control.h"

#include <stdlib.h>

#define NAMES_MAX 4096u
#define BOOKS_MAX 64u
#define WORDS_MAX 16u
#define EVENTS 64u

/* An id of the script; index + 1 is its order id and, for owners, account and self-match key. */
struct names { u32 n, cap; char (*at)[32]; };
struct play {
    struct books b;
    u8 *bytes;
    struct names ids, owners, books;
    cJSON *fills, *rejects, *ended;
    i64 tick, protection, band, reference[BOOKS_MAX + 1];
    u8 stp_mode;
    struct why *why;
};
struct words { u32 n; Str at[WORDS_MAX]; };

/* ---- names ---- */

static u32 name_find(const struct names *t, Str name)
{
    for (u32 i = 0; i < t->n; i++)
        if (str_is(name, t->at[i])) return i + 1;
    return 0;
}

static u32 name_add(struct names *t, Str name)
{
    u32 i = name_find(t, name);
    if (i) return i;
    if (t->n == t->cap || name.n == 0 || name.n >= sizeof t->at[0]) return 0;
    memcpy(t->at[t->n], name.at, name.n);
    t->at[t->n][name.n] = 0;
    return ++t->n;
}

static struct names names_new(u32 cap)
{
    struct names t = { .cap = cap, .at = calloc(cap, sizeof *t.at) };
    ASSERT(t.at);
    return t;
}

static const char *id_name(const struct play *p, u64 id) { return p->ids.at[id - 1]; }
static const char *book_name(const struct play *p, u32 book) { return p->books.at[book - 1]; }

/* ---- what came out ---- */

static void put_text(cJSON *list, const char *z)
{
    cJSON_AddItemToArray(list, cJSON_CreateString(z));
}
static void put_i64(cJSON *list, i64 v)
{
    cJSON_AddItemToArray(list, cJSON_CreateNumber((double)v));
}
static cJSON *put_list(cJSON *list)
{
    cJSON *row = cJSON_CreateArray();
    cJSON_AddItemToArray(list, row);
    return row;
}

static void say_end(struct play *p, u64 id, i64 left, u8 reason)
{
    cJSON *row = put_list(p->ended);
    put_text(row, id_name(p, id));
    put_i64(row, left);
    put_text(row, enum_text(END_ENUM, reason));
}

static void say_reject(struct play *p, u32 id, u32 code)
{
    cJSON *row = put_list(p->rejects);
    put_text(row, id_name(p, id));
    put_text(row, reject_name(code));
}

static void say_events(struct play *p, u64 taker, const struct book_event *e, u32 n)
{
    for (u32 i = 0; i < n; i++, e++) {
        if (e->kind == BOOK_FILL) {
            bool bought = e->side == SIDE_SELL; /* the aggressor did */
            cJSON *row = put_list(p->fills);
            put_text(row, book_name(p, e->book));
            put_text(row, id_name(p, bought ? taker : e->id));
            put_text(row, id_name(p, bought ? e->id : taker));
            put_i64(row, e->qty);
            put_i64(row, e->price * p->tick);
            put_text(row, bought ? "B" : "S");
            p->reference[e->book] = e->price;
        } else if (e->ended && e->reason != END_FILLED) {
            say_end(p, e->id, e->open, e->reason);
        }
    }
}

/* ---- the script ---- */

static struct words words_of(const char *line)
{
    struct words w = { 0 };
    while (*line && w.n < WORDS_MAX) {
        u32 n = (u32)strcspn(line, " ");
        if (n) w.at[w.n++] = (Str){ line, n };
        line += n + strspn(line + n, " ");
    }
    return w;
}

/* "key=value": true, and the value. */
static bool option(Str word, const char *key, Str *value)
{
    u32 n = (u32)strlen(key);
    if (word.n <= n || memcmp(word.at, key, n) != 0 || word.at[n] != '=') return false;
    *value = (Str){ word.at + n + 1, word.n - n - 1 };
    return true;
}

static Err bad(struct play *p, Str word, const char *what)
{
    return why_set(p->why, ERR_INPUT, "\"%.*s\": %s", (int)word.n, word.at, what);
}

static Err needs(struct play *p, const char *feature)
{
    return why_set(p->why, ERR_NO, "%s", feature);
}

static Err number(struct play *p, Str word, i64 *out)
{
    enum parse r = parse_i64(word, out);
    return r == PARSE_OK ? ERR_OK : bad(p, word, parse_text(r));
}

struct ask { struct order_in in; bool market, off_tick; };

/* STP_ of CANCEL_RESTING and so on; 0 when there is no such mode. */
static u8 stp_of(Str value)
{
    char lower[32];
    for (u32 i = 0; i < value.n && i < sizeof lower; i++)
        lower[i] =
            (char)(value.at[i] >= 'A' && value.at[i] <= 'Z' ? value.at[i] + 32 : value.at[i]);
    return value.n < sizeof lower ? enum_of(STP_ENUM, (Str){ lower, value.n }) : 0;
}

static Err tif_of(struct play *p, Str value, u8 *tif)
{
    static const struct { const char *name; u8 tif; } rows[] = {
        { "DAY", TIF_DAY },
        { "GTC", TIF_GTC },
        { "IOC", TIF_IOC },
        { "FOK", TIF_FOK },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(value, rows[i].name)) {
            *tif = rows[i].tif;
            return ERR_OK;
        }
    if (str_is(value, "OPEN") || str_is(value, "CLOSE")) return needs(p, "auctions");
    return bad(p, value, "no such time in force");
}

static Err order_option(struct play *p, Str word, struct order_in *in)
{
    Str value;
    if (option(word, "in", &value)) {
        in->book = name_find(&p->books, value);
        return in->book ? ERR_OK : bad(p, value, "no such book");
    }
    if (option(word, "tif", &value)) return tif_of(p, value, &in->tif);
    if (option(word, "min", &value)) return number(p, value, &in->min_qty);
    if (option(word, "stp", &value)) {
        in->stp_mode = stp_of(value);
        return in->stp_mode ? ERR_OK : bad(p, value, "no such self-match mode");
    }
    if (str_is(word, "post")) {
        in->flags |= ORDER_POST_ONLY;
        return ERR_OK;
    }
    if (option(word, "stop", &value)) return needs(p, "stops");
    if (option(word, "show", &value)) return needs(p, "icebergs");
    if (option(word, "mmp", &value)) return needs(p, "market-maker protection");
    return bad(p, word, "no such option");
}

static Err price_of(struct play *p, Str word, i64 *ticks, bool *off_tick)
{
    i64 price = 0;
    Err err = number(p, word, &price);
    if (err) return err;
    *off_tick = price % p->tick != 0;
    *ticks = price / p->tick;
    return ERR_OK;
}

/* Checks and their order: trading.md section 15; what only the book can tell comes from it. */
static u32 run_order(struct play *p, struct ask *ask, struct book_event *e, u32 *n)
{
    struct order_in *in = &ask->in;
    i64 bound = in->side == SIDE_BUY ? BOOK_TICKS_MAX : -BOOK_TICKS_MAX;
    if (ask->off_tick) return REJECT_TICK;
    if (p->band && !ask->market &&
        !band_allows(in->side, in->price, p->reference[in->book], p->band))
        return REJECT_BAND;
    if (ask->market &&
        !book_market_limit(&p->b, in->book, in->side, p->protection, bound, &in->price))
        return REJECT_NO_OPPOSITE;
    return book_new(&p->b, in, e, EVENTS, n);
}

static void drain(struct play *p, u64 taker, struct book_event *e, u32 n)
{
    say_events(p, taker, e, n);
    while (books_busy(&p->b)) {
        n = book_more(&p->b, e, EVENTS);
        say_events(p, taker, e, n);
    }
    books_check(&p->b);
}

static Err play_order(struct play *p, const struct words *w)
{
    struct ask ask = { .in = { .book = 1, .tif = TIF_DAY, .stp_mode = p->stp_mode } };
    struct order_in *in = &ask.in;
    struct book_event e[EVENTS];
    u32 n = 0;
    if (w->n < 6 || !str_is(w->at[4], "@"))
        return bad(p, w->at[0], "wants: buy|sell ID OWNER QTY @ PRICE [option ...]");
    if (name_find(&p->ids, w->at[1])) return bad(p, w->at[1], "this id was used before");
    in->side = str_is(w->at[0], "buy") ? SIDE_BUY : SIDE_SELL;
    in->id = name_add(&p->ids, w->at[1]);
    in->account = name_add(&p->owners, w->at[2]);
    if (!in->id || !in->account) return bad(p, w->at[1], "a name too long, or too many");
    in->stp_key = in->account;
    Err err = number(p, w->at[3], &in->qty);
    ask.market = str_is(w->at[5], "MKT");
    if (!err && !ask.market) err = price_of(p, w->at[5], &in->price, &ask.off_tick);
    for (u32 i = 6; !err && i < w->n; i++) err = order_option(p, w->at[i], in);
    if (err) return err;
    in->user = in->stp_mode; /* an amend that crosses acts by it */
    u32 code = run_order(p, &ask, e, &n);
    if (code) say_reject(p, (u32)in->id, code);
    else drain(p, in->id, e, n);
    return ERR_OK;
}

static Err play_amend(struct play *p, const struct words *w)
{
    struct book_event e[EVENTS];
    u32 id = w->n > 1 ? name_find(&p->ids, w->at[1]) : 0, n = 0;
    if (!id || w->n < 3) return bad(p, w->at[0], "wants: amend ID [qty=N] [px=N]");
    u32 h = book_find(&p->b, id), code = h ? REJECT_NONE : REJECT_UNKNOWN_ORDER;
    const struct order *o = h ? book_order(&p->b, h) : NULL;
    i64 price = o ? o->price : 0, total = o ? (i64)o->open + o->filled : 0;
    bool off_tick = false;
    for (u32 i = 2; i < w->n; i++) {
        Str value;
        Err err = ERR_OK;
        if (option(w->at[i], "qty", &value)) err = number(p, value, &total);
        else if (option(w->at[i], "px", &value)) err = price_of(p, value, &price, &off_tick);
        else if (option(w->at[i], "show", &value)) err = needs(p, "icebergs");
        else err = bad(p, w->at[i], "no such option");
        if (err) return err;
    }
    if (!code && off_tick) code = REJECT_TICK;
    if (!code && p->band && price != o->price &&
        !band_allows(o->side, price, p->reference[o->book], p->band))
        code = REJECT_BAND;
    if (!code) code = book_replace(&p->b, h, price, total, (u8)o->user, e, EVENTS, &n);
    if (code) say_reject(p, id, code);
    else drain(p, id, e, n);
    return ERR_OK;
}

static Err play_cancel(struct play *p, const struct words *w)
{
    struct book_event e;
    u32 id = w->n == 2 ? name_find(&p->ids, w->at[1]) : 0;
    if (!id) return bad(p, w->at[0], "wants: cancel ID");
    u32 h = book_find(&p->b, id);
    if (!h) {
        say_reject(p, id, REJECT_UNKNOWN_ORDER);
        return ERR_OK;
    }
    book_cancel(&p->b, h, END_USER, &e);
    drain(p, id, &e, 1);
    return ERR_OK;
}

static Err play_line(struct play *p, const char *line)
{
    struct words w = words_of(line);
    i64 second;
    if (w.n == 0) return ERR_OK;
    if (str_is(w.at[0], "buy") || str_is(w.at[0], "sell")) return play_order(p, &w);
    if (str_is(w.at[0], "amend")) return play_amend(p, &w);
    if (str_is(w.at[0], "cancel")) return play_cancel(p, &w);
    if (str_is(w.at[0], "t") && w.n == 2) return number(p, w.at[1], &second); /* no timer is set */
    if (str_is(w.at[0], "phase")) return needs(p, "auctions");
    if (str_is(w.at[0], "mmp") || str_is(w.at[0], "mmpreset"))
        return needs(p, "market-maker protection");
    if (str_is(w.at[0], "endday")) return needs(p, "daily limits");
    return bad(p, w.at[0], "no such line");
}

/* ---- the market ---- */

static Err market_i64(struct play *p, const cJSON *v, i64 lo, i64 *out)
{
    bool whole = cJSON_IsNumber(v) && v->valuedouble >= -1e15 && v->valuedouble <= 1e15;
    if (whole) *out = (i64)v->valuedouble;
    if (!whole || (double)*out != v->valuedouble || *out < lo)
        return why_set(p->why, ERR_INPUT, "market.%s: not an integer from %lld up", v->string,
                       (long long)lo);
    return ERR_OK;
}

static Err market_books(struct play *p, const cJSON *list)
{
    const cJSON *v;
    p->books.n = 0;
    cJSON_ArrayForEach(v, list)
    {
        Str name = str_of(cJSON_IsString(v) ? v->valuestring : "");
        if (name_find(&p->books, name) || !name_add(&p->books, name))
            return why_set(p->why, ERR_INPUT, "market.books: wants up to %u different names",
                           BOOKS_MAX);
    }
    return p->books.n ? ERR_OK : why_set(p->why, ERR_INPUT, "market.books: none");
}

static Err market_refs(struct play *p, const cJSON *refs)
{
    const cJSON *v;
    cJSON_ArrayForEach(v, refs)
    {
        u32 book = name_find(&p->books, str_of(v->string));
        i64 price = 0;
        if (!book) return why_set(p->why, ERR_INPUT, "market.refs.%s: no such book", v->string);
        Err err = market_i64(p, v, INT64_MIN, &price);
        if (err) return err;
        p->reference[book] = price / p->tick;
    }
    return ERR_OK;
}

static Err market_key(struct play *p, const cJSON *v)
{
    static const struct { const char *key, *feature; } later[] = {
        { "combos", "combos" },       { "daily", "daily limits" }, { "dcb", "circuit breaker" },
        { "ipl", "interval limits" }, { "min_alloc", "pro-rata" },
    };
    const char *text = cJSON_IsString(v) ? v->valuestring : "";
    i64 price = 0;
    for (u32 i = 0; i < ARRAY_LEN(later); i++)
        if (strcmp(v->string, later[i].key) == 0) return needs(p, later[i].feature);
    if (strcmp(v->string, "tick") == 0) return market_i64(p, v, 1, &p->tick);
    if (strcmp(v->string, "protection") == 0) return market_i64(p, v, 0, &p->protection);
    if (strcmp(v->string, "band") == 0) return market_i64(p, v, 1, &p->band);
    if (strcmp(v->string, "match") == 0)
        return strcmp(text, "FIFO") == 0 ? ERR_OK : needs(p, "pro-rata");
    if (strcmp(v->string, "phase") == 0)
        return strcmp(text, "CONTINUOUS") == 0 ? ERR_OK : needs(p, "auctions");
    if (strcmp(v->string, "stp") == 0) {
        p->stp_mode = stp_of(str_of(text));
        return p->stp_mode ? ERR_OK : why_set(p->why, ERR_INPUT, "market.stp: no such mode");
    }
    if (strcmp(v->string, "books") == 0) return market_books(p, v);
    if (strcmp(v->string, "refs") == 0) return ERR_OK; /* when books and tick are known */
    if (strcmp(v->string, "ref") != 0)
        return why_set(p->why, ERR_INPUT, "market.%s: no such key", v->string);
    Err err = market_i64(p, v, INT64_MIN, &price);
    for (u32 i = 1; !err && i <= BOOKS_MAX; i++) p->reference[i] = price; /* points until below */
    return err;
}

static Err market_read(struct play *p, const cJSON *market)
{
    const cJSON *v;
    Err err = ERR_OK;
    if (!cJSON_IsObject(market)) return why_set(p->why, ERR_INPUT, "market: not an object");
    cJSON_ArrayForEach(v, market)
    {
        Err one = market_key(p, v);
        if (one == ERR_INPUT) return one; /* bad input comes before "not there yet" */
        if (one) err = one;
    }
    if (err) return err;
    for (u32 i = 1; i <= BOOKS_MAX; i++) p->reference[i] /= p->tick;
    p->protection /= p->tick, p->band /= p->tick;
    return market_refs(p, cJSON_GetObjectItemCaseSensitive(market, "refs"));
}

/* ---- the end ---- */

static void tell_side(struct play *p, cJSON *to, const char *key, u32 book, u8 side)
{
    cJSON *levels = cJSON_AddArrayToObject(to, key);
    struct level_view v = { 0 };
    for (bool more = book_best(&p->b, book, side, &v); more;
         more = book_worse(&p->b, book, side, v.price, &v)) {
        cJSON *level = put_list(levels), *orders;
        put_i64(level, v.price * p->tick);
        orders = put_list(level);
        for (u32 h = v.first; h; h = book_order(&p->b, h)->next) {
            cJSON *row = put_list(orders);
            put_text(row, id_name(p, book_order(&p->b, h)->id));
            put_i64(row, book_order(&p->b, h)->open);
            put_i64(row, book_order(&p->b, h)->open);
        }
    }
}

static void tell_end(struct play *p, cJSON *out)
{
    static const char *const none[] = { "elected", "stops", "auctions", "halts", "holds", "days" };
    static const char *const empty[] = { "indicative", "implied", "daily", "dcb", "interval" };
    for (u32 i = 0; i < ARRAY_LEN(none); i++) cJSON_AddArrayToObject(out, none[i]);
    for (u32 i = 0; i < ARRAY_LEN(empty); i++) cJSON_AddObjectToObject(out, empty[i]);
    cJSON *book = cJSON_AddObjectToObject(out, "book");
    cJSON *phase = cJSON_AddObjectToObject(out, "phase");
    for (u32 i = 1; i <= p->books.n; i++) {
        cJSON *sides = cJSON_AddObjectToObject(book, book_name(p, i));
        tell_side(p, sides, "bids", i, SIDE_BUY);
        tell_side(p, sides, "asks", i, SIDE_SELL);
        cJSON_AddStringToObject(phase, book_name(p, i), "CONTINUOUS");
    }
}

static void books_make(struct play *p)
{
    struct books_caps caps = { BOOKS_MAX, NAMES_MAX, NAMES_MAX, NAMES_MAX };
    struct arena a = arena_measure();
    books_init(&a, caps);
    u64 size = arena_bytes(&a);
    p->bytes = aligned_alloc(64, size);
    ASSERT(p->bytes);
    memset(p->bytes, 0, size);
    a = arena_new(p->bytes, size);
    p->b = books_init(&a, caps);
    for (u32 i = 1; i <= BOOKS_MAX; i++) book_open(&p->b, i);
}

Err play_script(const cJSON *in, cJSON *out, struct why *w)
{
    const cJSON *script = cJSON_GetObjectItemCaseSensitive(in, "script"), *line;
    struct play p = { .tick = 1, .stp_mode = STP_CANCEL_RESTING, .why = w };
    u32 at = 0;
    p.ids = names_new(NAMES_MAX), p.owners = names_new(NAMES_MAX), p.books = names_new(BOOKS_MAX);
    (void)!name_add(&p.books, STR("X"));
    books_make(&p);
    p.fills = cJSON_AddArrayToObject(out, "fills");
    p.rejects = cJSON_AddArrayToObject(out, "rejects");
    p.ended = cJSON_AddArrayToObject(out, "ended");
    Err err = market_read(&p, cJSON_GetObjectItemCaseSensitive(in, "market"));
    if (!err && !cJSON_IsArray(script)) err = why_set(w, ERR_INPUT, "script: not a list of lines");
    if (!err) cJSON_ArrayForEach(line, script)
        {
            if (!cJSON_IsString(line)) err = why_set(w, ERR_INPUT, "not a text");
            if (!err) err = play_line(&p, line->valuestring);
            if (err == ERR_INPUT) why_wrap(w, err, "script[%u]", at);
            if (err) break;
            at++;
        }
    if (!err) tell_end(&p, out);
    free(p.bytes);
    free(p.ids.at);
    free(p.owners.at);
    free(p.books.at);
    return err;
}
