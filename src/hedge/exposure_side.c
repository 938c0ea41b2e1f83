#include "hedge/exposure.h"
#include "hedge/exposure_inner.h"

#include <string.h>

bool side_header(struct exposure *e, struct focus_lexer *x, const char *const *names, u32 n,
                 u32 optional, u32 *at)
{
    enum focus_read got = focus_next(x);
    u64 before = e->causes;
    if (got == FOCUS_FAULT) exposure_say(e, x->line, e->file, "header", "%s", x->fault);
    if (got == FOCUS_END) exposure_say(e, 1, e->file, "header", "the file is empty");
    if (got != FOCUS_ROW) return false;
    memset(at, 0, n * sizeof *at);
    for (u32 i = 0; i < x->cells; i++)
        for (u32 k = 0; k < n; k++) {
            if (!focus_same(x->cell[i], names[k])) continue;
            if (at[k]) exposure_say(e, x->line, e->file, names[k], "the column stands twice");
            at[k] = i + 1;
        }
    for (u32 k = 0; k < n; k++)
        if (!at[k] && !(optional >> k & 1))
            exposure_say(e, x->line, e->file, names[k], "the column is missing");
    return e->causes == before;
}

bool side_row(struct exposure *e, struct focus_lexer *x, u32 cells, const u32 *at, u32 n, Str *to)
{
    for (;;) {
        enum focus_read got = focus_next(x);
        if (got == FOCUS_END) return false;
        if (got == FOCUS_FAULT) exposure_say(e, x->line, e->file, "row", "%s", x->fault);
        else if (x->cells != cells)
            exposure_say(e, x->line, e->file, "row", "the row has %u cells, the header %u",
                         x->cells, cells);
        else break;
    }
    for (u32 k = 0; k < n; k++) {
        to[k] = at[k] ? x->cell[at[k] - 1] : (Str){ "", 0 };
        if (focus_null(to[k])) to[k] = (Str){ "", 0 };
    }
    return true;
}

void side_number(struct exposure *e, struct focus_lexer *x, const char *name, Str s, bool positive,
                 i128 *out)
{
    const char *cause = s.n ? atto_parse(s, out) : "no value";
    if (!cause && (*out < 0 || (positive && !*out))) cause = "must be above 0";
    if (cause) exposure_say(e, x->line, e->file, name, "%s", cause);
    if (cause) *out = 0;
}

void exposure_rates(struct exposure *e, struct focus_lexer *x, u32 file)
{
    static const char *const names[] = { "month", "from", "to", "rate" };
    u32 at[ARRAY_LEN(names)];
    Str c[ARRAY_LEN(names)];
    e->file = file;
    if (!side_header(e, x, names, ARRAY_LEN(names), 0, at)) return;
    u32 cells = x->cells;
    while (side_row(e, x, cells, at, ARRAY_LEN(names), c)) {
        struct { i32 month; u32 from; } key = { 0, 0 };
        i128 value = 0;
        if (!month_parse(c[0], &key.month))
            exposure_say(e, x->line, file, "month", "not a month YYYY-MM");
        if (c[1].n != 3) exposure_say(e, x->line, file, "from", "not a currency code");
        if (c[2].n != 3) exposure_say(e, x->line, file, "to", "not a currency code");
        side_number(e, x, "rate", c[3], true, &value);
        if (value % 1000000 || value > (i128)ATTO * 1000000)
            exposure_say(e, x->line, file, "rate", "more than 12 digits after the point");
        key.from = name_id(e, c[1]);
        u32 n = e->rates.n;
        struct rate *r = bag_of(&e->rates, &key);
        if (!r) {
            e->no_memory = true;
            return;
        }
        if (n == e->rates.n)
            exposure_say(e, x->line, file, "from", "a second rate for this month and currency");
        r->to = name_id(e, c[2]), r->value = value;
    }
}

void exposure_tokens(struct exposure *e, struct focus_lexer *x, u32 file, u64 *rows)
{
    static const char *const names[] = { "month",  "provider",       "model", "direction",
                                         "tokens", "price_per_mtok", "sd" };
    u32 at[ARRAY_LEN(names)];
    Str c[ARRAY_LEN(names)];
    e->file = file;
    if (!side_header(e, x, names, ARRAY_LEN(names), BIT(6), at)) return;
    u32 cells = x->cells;
    for (; side_row(e, x, cells, at, ARRAY_LEN(names), c); ++*rows) {
        struct cell_key key = { .tokens = 1, .currency = name_id(e, STR("USD")) };
        i128 tokens = 0, price = 0, cost = 0, sd = 0;
        if (!month_parse(c[0], &key.month))
            exposure_say(e, x->line, file, "month", "not a month YYYY-MM");
        if (!c[1].n) exposure_say(e, x->line, file, "provider", "no value");
        if (!c[2].n) exposure_say(e, x->line, file, "model", "no value");
        key.provider = name_id(e, c[1]), key.what = name_id(e, c[2]);
        key.side = rule_kind_of(c[3]);
        if (!rule_directed(key.side))
            exposure_say(e, x->line, file, "direction",
                         "one of input, cached_input, cache_write, output, batch_input, "
                         "batch_cached_input, batch_output, image, audio");
        side_number(e, x, "tokens", c[4], false, &tokens);
        side_number(e, x, "price_per_mtok", c[5], false, &price);
        if (c[6].n) side_number(e, x, "sd", c[6], false, &sd);
        if (tokens % ATTO) exposure_say(e, x->line, file, "tokens", "a whole number");
        if (price % 1000000 || price > (i128)ATTO * 1000000)
            exposure_say(e, x->line, file, "price_per_mtok", "more than 12 digits after the point");
        else if (!atto_mul_div(tokens / 1000000, (u64)(price / 1000000), 1000000000000, &cost))
            exposure_say(e, x->line, file, "tokens", "a number too large");
        cell_add(e, &key, tokens, cost, 1);
        struct sd *kept = c[6].n ? bag_of(&e->sds, &key) : NULL;
        if (kept) kept->text = name_id(e, c[6]);
    }
}

void exposure_plan(struct exposure *e, struct focus_lexer *x, u32 file, u64 *rows)
{
    static const char *const names[] = { "month", "gpu_class", "region", "provider", "term",
                                         "hours", "price",     "sd",     "corr",     "start_prob" };
    u32 at[ARRAY_LEN(names)];
    Str c[ARRAY_LEN(names)];
    e->file = file;
    if (!side_header(e, x, names, ARRAY_LEN(names), BIT(8) | BIT(9), at)) return;
    u32 cells = x->cells;
    for (; side_row(e, x, cells, at, ARRAY_LEN(names), c); ++*rows) {
        struct cell_key key = { .currency = name_id(e, STR("USD")) };
        i128 v = 0;
        if (!month_parse(c[0], &key.month))
            exposure_say(e, x->line, file, "month", "not a month YYYY-MM");
        key.what = gpu_class_of(c[1]);
        if (!key.what) exposure_say(e, x->line, file, "gpu_class", "no GPU class of the list");
        key.region = name_id(e, c[2]), key.provider = name_id(e, c[3]);
        while (key.side < 3 && !str_is(c[4], pool_text(key.side))) key.side++;
        if (key.side == 3)
            exposure_say(e, x->line, file, "term", "one of on_demand, spot, committed");
        side_number(e, x, "hours", c[5], false, &v);
        side_number(e, x, "price", c[6], false, &v);
        if (c[7].n) side_number(e, x, "sd", c[7], false, &v);
        const char *bad = c[8].n ? atto_parse(c[8], &v) : NULL;
        if (bad || (c[8].n && (v > ATTO || v < -ATTO)))
            exposure_say(e, x->line, file, "corr", "a number from -1 to 1");
        bad = c[9].n ? atto_parse(c[9], &v) : NULL;
        if (bad || (c[9].n && (v > ATTO || v < 0)))
            exposure_say(e, x->line, file, "start_prob", "a number from 0 to 1");
        u32 n = e->plans.n;
        struct plan *p = bag_of(&e->plans, &key);
        if (!p) {
            e->no_memory = true;
            return;
        }
        if (n == e->plans.n) exposure_say(e, x->line, file, "row", "a second row for this cell");
        for (u32 i = 0; i < PLAN_NUMBERS; i++) {
            u32 id = name_id(e, c[5 + i]);
            p->text[i] = id;
        }
    }
}
