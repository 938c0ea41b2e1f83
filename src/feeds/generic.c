#include "feeds/row.h"

/* Columns are the record's own field names, but for those the log gives: obs_id, source_ref,
 * t_journal. Prices are decimals of ccy, sizes milli-GPU-hours, durations seconds. */
#define GENERIC_COLUMNS(X) \
    X(kind, true) X(channel, true) X(source, true) X(key, false) X(provider, true) \
    X(owner, false) X(counter_owner, false) X(gpu_class, false) X(form, false) X(region, false) \
    X(term, true) X(gpus, true) X(min_gpus, false) X(duration_s, false) X(price, true) \
    X(raw_unit, true) X(size, false) X(ccy, true) X(model, false) X(token_side, false) \
    X(t_event, true) X(t_seen, false) X(quality, false) X(rights, true) X(corrects, false)
#define AS_COLUMN_ID(name, needed) COL_##name,
enum { GENERIC_COLUMNS(AS_COLUMN_ID) COLS };
#define AS_COLUMN(name, needed) { #name, needed },
static const struct feed_column columns[] = { GENERIC_COLUMNS(AS_COLUMN) };

static bool read_enum(struct feed_row *r, u32 column, const struct words *w, u8 standard, u8 *out)
{
    Str s = r->cell[column];
    i64 v = s.n ? words_of(w, s) : standard;
    if (v <= 0 && !(s.n == 0 && standard == 0 && !columns[column].needed))
        return row_fault(r, OBS_REJECT_BAD_ENUM, columns[column].name, "no value of its list");
    *out = (u8)v;
    return true;
}

static bool read_i64(struct feed_row *r, u32 column, u8 code, i64 *out)
{
    Str s = r->cell[column];
    *out = 0;
    if (!s.n) return true;
    if (parse_i64(s, out) != PARSE_OK)
        return row_fault(r, code, columns[column].name, "not a whole number");
    return true;
}

static bool read_quality(struct feed_row *r, struct observation *o)
{
    Str s = r->cell[COL_quality];
    u32 from = 0;
    for (u32 i = 0; s.n && i <= s.n; i++) {
        if (i < s.n && s.at[i] != '+') continue;
        u8 v = list_value(QUALITY, ((Str){ s.at + from, i - from }));
        if (!v) return row_fault(r, OBS_REJECT_BAD_ENUM, "quality", "no value of its list");
        o->quality |= LIST_BIT(v);
        from = i + 1;
    }
    return true;
}

static bool read_enums(struct feed_row *r, struct observation *o)
{
    return read_enum(r, COL_kind, &bench_words_OBS_KIND, 0, &o->kind) &&
           read_enum(r, COL_channel, &bench_words_CHANNEL, 0, &o->channel) &&
           read_enum(r, COL_gpu_class, &bench_words_GPU_CLASS, 0, &o->gpu_class) &&
           read_enum(r, COL_form, &bench_words_GPU_FORM, GPU_FORM_UNKNOWN, &o->form) &&
           read_enum(r, COL_term, &bench_words_TERM, 0, &o->term) &&
           read_enum(r, COL_raw_unit, &bench_words_RAW_UNIT, 0, &o->raw_unit) &&
           read_enum(r, COL_token_side, &bench_words_TOKEN_SIDE, 0, &o->token_side) &&
           read_enum(r, COL_rights, &bench_words_RIGHTS, 0, &o->rights) && read_quality(r, o);
}

static bool read_names(struct feed_row *r, struct observation *o)
{
    return row_name(r, COL_source, "source", &o->source) && row_name(r, COL_key, "key", &o->key) &&
           row_name(r, COL_provider, "provider", &o->provider) &&
           row_name(r, COL_owner, "owner", &o->owner) &&
           row_name(r, COL_counter_owner, "counter_owner", &o->counter_owner) &&
           row_name(r, COL_region, "region", &o->region) &&
           row_name(r, COL_model, "model", &o->model);
}

static bool read_numbers(struct feed_row *r, struct observation *o)
{
    i64 corrects;
    Str seen = r->cell[COL_t_seen].n ? r->cell[COL_t_seen] : r->cell[COL_t_event];
    bool fine = row_price(r, r->cell[COL_price], "price", o) &&
                row_u16(r, r->cell[COL_gpus], "gpus", &o->gpus) &&
                read_i64(r, COL_duration_s, OBS_REJECT_BAD_DURATION, &o->duration_s) &&
                read_i64(r, COL_size, OBS_REJECT_BAD_SIZE, &o->size) &&
                read_i64(r, COL_corrects, OBS_REJECT_BAD_NUMBER, &corrects) &&
                row_time(r, r->cell[COL_t_event], "t_event", &o->t_event, &o->quality) &&
                row_time(r, seen, "t_seen", &o->t_seen, &o->quality);
    if (!fine) return false;
    if (corrects < 0) return row_fault(r, OBS_REJECT_BAD_NUMBER, "corrects", "negative");
    o->corrects = (u64)corrects;
    o->min_gpus = 1;
    if (r->cell[COL_min_gpus].n) return row_u16(r, r->cell[COL_min_gpus], "min_gpus", &o->min_gpus);
    return true;
}

/* A cell that says NULL says nothing, and no name of ours is that. */
static bool no_nulls(struct feed_row *r)
{
    static const char *const nulls[] = { "NULL", "null", "Null", "N/A", "NaN", "nan" };
    for (u32 c = 0; c < COLS; c++)
        for (u32 i = 0; i < ARRAY_LEN(nulls); i++)
            if (str_is(r->cell[c], nulls[i]))
                return row_fault(r, OBS_REJECT_BAD_ROW, columns[c].name, "a cell of no value");
    return true;
}

static void read_row(struct feed_row *r, struct observation *o)
{
    Str ccy = r->cell[COL_ccy];
    o->source_ref = r->file_ref;
    if (!no_nulls(r)) return;
    if (!read_enums(r, o) || !read_names(r, o) || !read_numbers(r, o)) return;
    if (ccy.n != 3) {
        (void)row_fault(r, OBS_REJECT_BAD_CCY, "ccy", "not three letters");
        return;
    }
    memcpy(o->ccy, ccy.at, 3);
    o->t_journal = o->t_seen;
}

const struct feed_form feed_form_generic = { columns, COLS, read_row, NULL, 1 };
