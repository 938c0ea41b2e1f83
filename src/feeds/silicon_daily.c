#include "feeds/row.h"

/* Daily prices by provider, in the manner of published provider-mean indices: a day, one provider's
 * price of a chip, and how many records stand behind it. The columns are ours. */
#define SILICON_COLUMNS(X) \
    X(date, true) X(provider, true) X(gpu, true) X(form_factor, true) X(memory_gb, false) \
    X(region, false) X(rental_type, true) X(gpu_count, false) X(price_usd_per_gpu_hour, true) \
    X(records, false)
#define AS_COLUMN_ID(name, needed) COL_##name,
enum { SILICON_COLUMNS(AS_COLUMN_ID) COLS };
#define AS_COLUMN(name, needed) { #name, needed },
static const struct feed_column columns[] = { SILICON_COLUMNS(AS_COLUMN) };

static bool read_chip(struct feed_row *r, struct observation *o)
{
    Str gb = r->cell[COL_memory_gb], form = r->cell[COL_form_factor];
    u16 memory = 0;
    u8 named;
    if (gb.n && !row_u16(r, gb, "memory_gb", &memory)) return false;
    if (!gpu_of_name(r->cell[COL_gpu], memory, &o->gpu_class, &named))
        return row_fault(r, OBS_REJECT_BAD_ENUM, "gpu", "no class of the list");
    o->form = form.n ? gpu_form_of(form) : GPU_FORM_UNKNOWN;
    if (!o->form) return row_fault(r, OBS_REJECT_BAD_ENUM, "form_factor", "no form of the list");
    o->gpus = o->min_gpus = 1;
    return !r->cell[COL_gpu_count].n || row_u16(r, r->cell[COL_gpu_count], "gpu_count", &o->gpus);
}

static bool read_place(struct feed_row *r, struct observation *o)
{
    Str s = r->cell[COL_region], text = s;
    char buf[64];
    bool country = s.n == 2 && s.at[0] >= 'A' && s.at[0] <= 'Z' && s.at[1] >= 'A' && s.at[1] <= 'Z';
    if (!s.n) return true;
    if (!country && !region_text("", s, buf, &text))
        return row_fault(r, OBS_REJECT_BAD_ENUM, "region", "no known country");
    if (names_add(&r->log->names, text, &o->region)) return true;
    return row_fault(r, OBS_REJECT_BAD_TEXT, "region", "not one word of at most 31 letters");
}

static void read_row(struct feed_row *r, struct observation *o)
{
    u32 source;
    Str cell = r->cell[COL_price_usd_per_gpu_hour], day = r->cell[COL_date];
    u16 records = 0;
    o->source_ref = r->file_ref;
    o->kind = OBS_KIND_LIST, o->raw_unit = RAW_UNIT_GPU_HOUR;
    o->rights = r->ask->rights ? r->ask->rights : RIGHTS_UNKNOWN;
    memcpy(o->ccy, "USD", 3);
    if (!names_add(&r->log->names, str_of(r->ask->source ? r->ask->source : "silicon_daily"),
                   &source)) {
        (void)row_fault(r, OBS_REJECT_BAD_TEXT, "source", "not one word");
        return;
    }
    o->source = source;
    if (!row_time(r, day, "date", &o->t_seen, &o->quality)) return;
    if (!(o->quality & LIST_BIT(QUALITY_NO_TIME))) {
        (void)row_fault(r, OBS_REJECT_BAD_TIME, "date", "not a day");
        return;
    }
    o->t_event = o->t_journal = o->t_seen;
    if (r->ask->at.ns) o->t_seen = o->t_journal = r->ask->at.ns;
    o->term = list_value(TERM, r->cell[COL_rental_type]);
    if (!o->term) {
        (void)row_fault(r, OBS_REJECT_BAD_ENUM, "rental_type", "no term of the list");
        return;
    }
    if (!row_name(r, COL_provider, "provider", &o->provider)) return;
    o->channel = channel_of(r->cell[COL_provider]);
    if (!read_chip(r, o) || !read_place(r, o)) return;
    if (r->cell[COL_records].n && !row_u16(r, r->cell[COL_records], "records", &records)) return;
    if (r->cell[COL_records].n && !records) {
        (void)row_fault(r, OBS_REJECT_BAD_SIZE, "records", "a price of no records");
        return;
    }
    if (!row_price(r, cell, "price_usd_per_gpu_hour", o)) ASSERT(r->code);
}

const struct feed_form feed_form_silicon_daily = { columns, COLS, read_row, NULL, 1 };
