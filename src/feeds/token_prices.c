#include "feeds/row.h"

/* A public list's prices per million tokens, a row a change: a price holds until the model's next
 * row, and a row "removed" ends it. Each row makes a record for input, output and cached input, in
 * that order; what a change or a removal no longer states is taken down by a record of its own. */
#define TOKEN_COLUMNS(X) \
    X(observed_at) X(provider) X(model) X(input_usd_per_mtok) X(output_usd_per_mtok) \
    X(cached_input_usd_per_mtok) X(event) X(series) X(source)
#define AS_COLUMN_ID(name) COL_##name,
enum { TOKEN_COLUMNS(AS_COLUMN_ID) COLS };
#define AS_COLUMN(name) { #name, true },
static const struct feed_column columns[] = { TOKEN_COLUMNS(AS_COLUMN) };
static const struct { u8 side; u32 column; } parts[] = {
    { TOKEN_SIDE_INPUT, COL_input_usd_per_mtok },
    { TOKEN_SIDE_OUTPUT, COL_output_usd_per_mtok },
    { TOKEN_SIDE_CACHED, COL_cached_input_usd_per_mtok },
};
/* What the licence stated by the repository behind each source code allows. */
static const struct { const char *code; u8 rights; } sources[] = {
    { "jvrck", RIGHTS_OPEN }, /* MIT */
    { "example", RIGHTS_OPEN },
};

static u8 rights_of(const struct feed_row *r)
{
    Str code = r->cell[COL_source];
    u32 n = 0;
    if (r->ask->rights) return r->ask->rights;
    while (n < code.n && code.at[n] != '@') n++;
    for (u32 i = 0; i < ARRAY_LEN(sources); i++)
        if (str_is((Str){ code.at, n }, sources[i].code)) return sources[i].rights;
    return RIGHTS_UNKNOWN;
}

/* "openai/gpt-4o" -> gpt-4o; the maker is the provider's column. */
static bool read_names(struct feed_row *r, struct observation *o)
{
    Str id = r->cell[COL_model];
    char buf[32];
    for (u32 i = 0; i < id.n; i++) {
        if (id.at[i] != '/') continue;
        id = (Str){ id.at + i + 1, id.n - i - 1 };
        break;
    }
    if (!names_add(&r->log->names, name_cut(id, buf), &o->model))
        return row_fault(r, OBS_REJECT_BAD_TEXT, "model", "not a model's id, or too many names");
    return row_name(r, COL_provider, "provider", &o->provider) &&
           row_name(r, COL_series, "series", &o->source);
}

static void read_row(struct feed_row *r, struct observation *o)
{
    Str event = r->cell[COL_event], price = r->cell[parts[r->part].column];
    bool removed = str_is(event, "removed"), change = str_is(event, "change");
    bool begins = str_is(event, "initial") || str_is(event, "first");
    o->source_ref = r->file_ref;
    o->kind = OBS_KIND_LIST, o->term = TERM_TOKEN, o->raw_unit = RAW_UNIT_MTOKEN;
    o->form = GPU_FORM_UNKNOWN;
    o->channel = CHANNEL_AGGREGATOR; /* a router's list: no host stands behind its price */
    o->token_side = parts[r->part].side;
    o->rights = rights_of(r);
    memcpy(o->ccy, "USD", 3);
    if (!read_names(r, o)) return;
    if (!removed && !change && !begins) {
        (void)row_fault(r, OBS_REJECT_BAD_ENUM, "event", "not initial, first, change or removed");
        return;
    }
    if (!row_time(r, r->cell[COL_observed_at], "observed_at", &o->t_seen, &o->quality)) return;
    o->t_event = o->t_journal = o->t_seen;
    if (price.n && removed) {
        (void)row_fault(r, OBS_REJECT_BAD_ROW, columns[parts[r->part].column].name,
                        "a price in a row that removes it");
        return;
    }
    if (!price.n && begins && o->token_side != TOKEN_SIDE_CACHED) {
        (void)row_fault(r, OBS_REJECT_BAD_NUMBER, columns[parts[r->part].column].name, "empty");
        return;
    }
    r->none = !price.n && begins;
    if (!price.n) o->quality |= LIST_BIT(QUALITY_REMOVED);
    if (price.n && !row_price(r, price, columns[parts[r->part].column].name, o)) ASSERT(r->code);
    if (o->price < 0) o->quality |= LIST_BIT(QUALITY_PLACEHOLDER); /* a router, not a model */
}

const struct feed_form feed_form_token_prices = { columns, COLS, read_row, NULL, ARRAY_LEN(parts) };
