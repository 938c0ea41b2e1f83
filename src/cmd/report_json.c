#include "cmd/cmd.h"
#include "cmd/report.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>

enum { JSON_BYTES = 1 << 20 };

static void put_price(struct json_line *j, const char *key, i64 micros, u32 digits)
{
    if (micros) object_dec(j, key, micros, 6, digits);
    else object_null(j, key);
}

static void put_print(struct json_line *j, const struct benchmark *b, const struct print *p)
{
    u32 d = (u32)b->m.decimals;
    object_text(j, "index", b->m.index);
    object_date(j, "date", p->value_date);
    put_price(j, "value", p->value, d);
    object_text(j, "status", list_text(PRINT, p->status));
    object_text(j, "level", list_text(LEVEL, p->level));
    object_text(j, "label", list_text(LABEL, p->label));
    object_text(j, "reason", p->why_l1 ? list_text(SHORT, p->why_l1) : "");
    put_price(j, "p1", p->p1, d), put_price(j, "p25", p->p25, d), put_price(j, "p50", p->p50, d);
    put_price(j, "p75", p->p75, d), put_price(j, "p99", p->p99, d);
    object_u64(j, "entities", p->owners);
    object_u64(j, "observations", p->observations);
    object_u64(j, "looked_at", p->looked_at);
    object_dec(j, "volume", p->volume, b->m.weights == WEIGHTS_SIZE ? 3 : 0, 0);
    object_dec(j, "executed_share", p->executed_ppm, 6, 0);
    object_dec(j, "largest_owner_share", p->owner_max_ppm, 6, 0);
    object_u64(j, "hhi", p->hhi);
    object_dec(j, "n_eff", p->n_eff_milli, 3, 0);
    object_u64(j, "age_days", p->age);
    object_hash(j, "receipt", &p->receipt);
    object_hash(j, "prior_receipt", &p->prior_receipt);
    object_hash(j, "methodology", &p->methodology);
    object_hash(j, "registry", &p->registry);
    object_hash(j, "input_root", &p->input_root);
}

/* `{` and `}` around the fields that `put` writes, with no line of its own. */
static void item_begin(struct json_line *j, bool first)
{
    if (!first) text_put_char(&j->t, ',');
    text_put_char(&j->t, '{');
    j->some = false;
}

static void item_end(struct json_line *j) { text_put_char(&j->t, '}'), j->some = true; }

static void put_series(struct json_line *j, const struct report *r, u32 digits)
{
    object_key(j, "series");
    text_put_char(&j->t, '[');
    for (u32 i = 0; i < r->rows.n; i++) {
        const struct print *p = &r->rows.at[i];
        item_begin(j, i == 0);
        object_date(j, "date", p->value_date);
        put_price(j, "value", p->value, digits);
        put_price(j, "p25", p->p25, digits), put_price(j, "p75", p->p75, digits);
        object_text(j, "level", list_text(LEVEL, p->level));
        object_u64(j, "version", p->vintage);
        item_end(j);
    }
    text_put_char(&j->t, ']');
}

static void put_owners(struct json_line *j, const struct report *r)
{
    object_key(j, "owners");
    text_put_char(&j->t, '[');
    for (u32 i = 0; i < r->owners_n; i++) {
        item_begin(j, i == 0);
        object_text(j, "owner", r->owners[i].owner.z);
        object_dec(j, "share", r->owners[i].ppm, 6, 0);
        object_u64(j, "records", r->owners[i].records);
        item_end(j);
    }
    text_put_char(&j->t, ']');
}

static void put_strata(struct json_line *j, const struct report *r)
{
    const struct represented *x = &r->represented;
    object_text(j, "strata_name", r->strata.name);
    object_bool(j, "strata_frozen", x->frozen);
    object_dec(j, "tvd", x->tvd_ppm, 6, 0);
    object_dec(j, "coverage", x->coverage_ppm, 6, 0);
    object_dec(j, "kish_n_eff", x->kish_milli, 3, 0);
    object_dec(j, "double_count_rate", x->double_ppm, 6, 0);
    put_price(j, "post_stratified_value", x->post_value, 4);
    object_u64(j, "records_outside_strata", x->outside);
    object_key(j, "strata");
    text_put_char(&j->t, '[');
    for (u32 i = 0; i < x->strata_n; i++) {
        const struct stratum_seen *h = &x->at[i];
        item_begin(j, i == 0);
        object_text(j, "id", r->strata.rows[i].id);
        object_text(j, "parent", r->strata.rows[i].parent);
        object_dec(j, "target", r->strata.rows[i].weight_ppm, 6, 0);
        object_u64(j, "records", h->n);
        object_dec(j, "sample",
                   x->weight ? (i64)div_round((i128)h->weight * PPM, x->weight, ROUND_HALF_EVEN)
                             : 0,
                   6, 0);
        put_price(j, "value", h->value, 4);
        object_text(j, "value_from", h->used < STRATA_MAX ? r->strata.rows[h->used].id : "");
        item_end(j);
    }
    text_put_char(&j->t, ']');
}

static void put_rest(struct json_line *j, const struct report *r)
{
    object_key(j, "dropped");
    item_begin(j, true);
    for (u32 i = 1; i < REASON_COUNT; i++)
        if (r->stress.print.dropped[i])
            object_u64(j, list_text(REASON, i), r->stress.print.dropped[i]);
    item_end(j);
    object_key(j, "days_by_level");
    item_begin(j, true);
    for (u32 l = LEVEL_L1; l < LEVEL_COUNT; l++) object_u64(j, list_text(LEVEL, l), r->days_at[l]);
    item_end(j);
    object_dec(j, "mean_age_hours", r->stale_hours_milli, 3, 0);
    object_dec(j, "percentile_spread", r->spread_ppm, 6, 0);
    object_dec(j, "revision_intensity", r->rows.revision_ppm, 6, 0);
    object_u64(j, "dates_restated", r->rows.restated);
    if (!r->has_shares) return;
    object_key(j, "variance_shares");
    item_begin(j, true);
    for (u32 i = 0; i < REPORT_FACTORS; i++)
        object_dec(j, report_factors[i], r->share_ppm[i], 6, 0);
    object_dec(j, "residual", r->residual_ppm, 6, 0);
    item_end(j);
    object_bool(j, "publish_per_channel", r->split);
}

Err report_json(const struct report *r, const struct benchmark *b, const char *path, struct why *w)
{
    char *buf = malloc(JSON_BYTES);
    if (!buf) return why_set(w, ERR_IO, "no memory");
    struct json_line j = object_begin(buf, JSON_BYTES);
    put_print(&j, b, &r->stress.print);
    if (r->stress.measured.has) {
        object_key(&j, "manipulability");
        item_begin(&j, true);
        stress_json(&j, &r->stress);
        item_end(&j);
    }
    if (r->has_strata && r->represented.has) {
        object_key(&j, "representativeness");
        item_begin(&j, true);
        put_strata(&j, r);
        item_end(&j);
    }
    put_owners(&j, r);
    put_rest(&j, r);
    put_series(&j, r, (u32)b->m.decimals);
    Err err = ERR_OK;
    if (!path) {
        object_end(&j);
    } else {
        text_put(&j.t, "}\n");
        err = j.t.cut ? why_set(w, ERR_INPUT, "the report does not fit in a mebibyte")
                      : file_write_atomic(path, j.t.at, j.t.n, w);
    }
    free(buf);
    return err;
}
