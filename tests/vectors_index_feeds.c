#include "vectors_index_feeds.h"

#include "config/feeds.h"
#include "feeds/openrouter.h"
#include "index/work.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>

/* An item of a reply is put into a reply of its kind and read as the product reads it. */
struct trial {
    struct instances instances;
    struct feed_log log;
    struct feed_result r;
    struct why why;
};

/* The shipped catalogue; a vector that states `gpus` has them for its machine type. */
static struct trial *trial_open(const char *provider, const char *type, const cJSON *gpus)
{
    struct trial *t = calloc(1, sizeof *t);
    char path[FILE_PATH_MAX];
    if (data_path(path, "specs/instances.yaml", &t->why) ||
        config_instances(path, &t->instances, &t->why))
        vector_fail("%s", t->why.text);
    for (i64 i = 0; gpus && i < t->instances.rows_n; i++) {
        struct instance *row = &t->instances.rows[i];
        if (strcmp(row->provider, provider) == 0 && strcmp(row->type, type) == 0)
            row->gpus = item_i64(gpus), row->slice_of = 0;
    }
    return t;
}

static void trial_read(struct trial *t, enum feed_format f, const cJSON *reply)
{
    char *text = cJSON_PrintUnformatted(reply);
    struct feed_ask ask = { .format = f, .instances = &t->instances,
                            .at = date_start(date_of(2026, 8, 22)), .rights = RIGHTS_OPEN };
    if (feed_parse(&ask, "vector", text, strlen(text), &t->log, &t->r, &t->why))
        vector_fail("%s", t->why.text);
    free(text);
}

static void trial_close(struct trial *t)
{
    feed_result_give(&t->r);
    feed_log_give(&t->log);
    free(t);
}

static u8 per_gpu_hour(const struct observation *o, i64 *price)
{
    const struct methodology m = { .weights = WEIGHTS_OWNER_EQUAL };
    i64 size;
    *price = 0;
    return normalise(&m, o, price, &size);
}

/* What is the same for every kind: how many, the first record, why not. */
static const struct observation *out_first(const struct trial *t, cJSON *out)
{
    const struct observation *o = t->log.log.n ? &t->log.log.at[0] : NULL;
    i64 price = 0;
    out_bool(out, "recorded", o != NULL);
    if (t->r.kept) out_text(out, "reject", list_text(OBS_REJECT, t->r.refused[0].code));
    if (!o) return NULL;
    u8 reason = o->term == TERM_TOKEN ? 0 : per_gpu_hour(o, &price);
    if (!reason && o->quality & (LIST_BIT(QUALITY_DEVTEST) | LIST_BIT(QUALITY_OTHER_OFFER)))
        reason = REASON_OFFER_TYPE;
    out_bool(out, "eligible", !reason);
    out_text(out, "reason", reason ? list_text(REASON, reason) : "");
    out_i64(out, "price", price);
    out_text(out, "kind", list_text(OBS_KIND, o->kind));
    out_text(out, "term", list_text(TERM, o->term));
    out_text(out, "gpu", o->gpu_class ? gpu_class_text(o->gpu_class) : "");
    out_text(out, "form", gpu_form_text(o->form));
    out_bool(out, "capacity", (o->quality & LIST_BIT(QUALITY_CAPACITY)) != 0);
    out_text(out, "entity", names_text(&t->log.log.names, o->provider).at);
    return o;
}

static cJSON *reply_of(const cJSON *item, const char *key, const char *outer)
{
    cJSON *reply = cJSON_CreateObject(), *under = reply;
    if (outer) under = cJSON_AddObjectToObject(reply, outer);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(under, key), cJSON_Duplicate(item, true));
    return reply;
}

void op_feed_azure(const cJSON *in, cJSON *out)
{
    const cJSON *item = in_get(in, "item");
    struct trial *t = trial_open("azure", in_text(item, "armSkuName"), in_get(in, "gpus"));
    cJSON *reply = reply_of(item, "Items", NULL);
    trial_read(t, FEED_AZURE_RETAIL, reply);
    (void)out_first(t, out);
    cJSON_Delete(reply);
    trial_close(t);
}

void op_feed_lambda(const cJSON *in, cJSON *out)
{
    const char *name = in_text(in, "name");
    struct trial *t = trial_open("lambda", name, in_get(in, "gpus"));
    cJSON *reply = cJSON_CreateObject(), *data = cJSON_AddObjectToObject(reply, "data");
    cJSON *row = cJSON_AddObjectToObject(data, name);
    cJSON *type = cJSON_AddObjectToObject(row, "instance_type");
    cJSON_AddStringToObject(type, "name", name);
    cJSON_AddItemToObject(type, "price_cents_per_hour",
                          cJSON_Duplicate(in_get(in, "price_cents_per_hour"), true));
    cJSON_AddItemToObject(cJSON_AddObjectToObject(type, "specs"), "gpus",
                          cJSON_Duplicate(in_get(in, "gpus"), true));
    const char *regions = "regions_with_capacity_available";
    cJSON_AddItemToObject(row, regions, cJSON_Duplicate(in_get(in, regions), true));
    trial_read(t, FEED_LAMBDA, reply);
    (void)out_first(t, out);
    cJSON_Delete(reply);
    trial_close(t);
}

void op_feed_vast(const cJSON *in, cJSON *out)
{
    struct trial *t = trial_open("", "", NULL);
    cJSON *reply = reply_of(in_get(in, "line"), "offers", NULL);
    trial_read(t, FEED_VAST, reply);
    (void)out_first(t, out);
    cJSON_Delete(reply);
    trial_close(t);
}

void op_feed_runpod(const cJSON *in, cJSON *out)
{
    struct trial *t = trial_open("", "", NULL);
    cJSON *reply = reply_of(in_get(in, "item"), "gpuTypes", "data");
    trial_read(t, FEED_RUNPOD, reply);
    cJSON *quotes = out_array(out, "quotes"), *not_offered = out_array(out, "not_offered");
    cJSON *no_data = out_array(out, "no_data");
    for (u32 i = 0; i < t->log.log.n; i++) {
        const struct observation *o = &t->log.log.at[i];
        cJSON *quote = out_object(quotes, NULL);
        i64 price;
        if (per_gpu_hour(o, &price)) vector_fail("a price that is none");
        out_text(quote, "tier", names_text(&t->log.log.names, o->key).at);
        out_i64(quote, "price", price);
    }
    for (u32 i = 0; i < t->r.skipped_kept; i++) {
        const struct feed_skipped *s = &t->r.skipped[i];
        if (s->rule == FEED_SKIP_NOT_OFFERED) out_text(not_offered, NULL, s->name);
        if (s->rule == FEED_SKIP_NO_DATA) out_text(no_data, NULL, s->name);
    }
    cJSON_Delete(reply);
    trial_close(t);
}

void op_feed_openrouter(const cJSON *in, cJSON *out)
{
    static const char *const keys[] = { "", "daily_prompt", "daily_completion", "daily_cached" };
    static struct day_prices day;
    const char *fault;
    struct trial *t = trial_open("", "", NULL);
    char *pricing = cJSON_PrintUnformatted(in_get(in, "pricing"));
    cJSON *model = cJSON_CreateObject();
    cJSON_AddStringToObject(model, "id", "maker/model");
    cJSON_AddItemToObject(model, "pricing", cJSON_Duplicate(in_get(in, "pricing"), true));
    cJSON *reply = reply_of(model, "data", NULL), *minutes = out_array(out, "minutes");
    if (!day_read(str_of(pricing), &day, &fault)) vector_fail("%s is no price", fault);
    for (u32 i = 0; i < day.n; i++) out_i64(minutes, NULL, day.window[i].minutes);
    out_bool(out, "gap", day.gap);
    trial_read(t, FEED_OPENROUTER, reply);
    for (u32 i = 0; i < t->log.log.n; i++) {
        const struct observation *o = &t->log.log.at[i];
        out_i64(out,
                keys[o->token_side == TOKEN_SIDE_INPUT    ? 1
                     : o->token_side == TOKEN_SIDE_OUTPUT ? 2
                                                          : 3],
                o->price);
    }
    if (t->log.log.n) {
        const struct observation *o = &t->log.log.at[0];
        bool gap = o->quality & LIST_BIT(QUALITY_TOD_GAP);
        out_text(out, "reason",
                 list_text(REASON, gap            ? REASON_TOD_GAP
                                   : o->price < 0 ? REASON_NEGATIVE_SENTINEL
                                                  : 0));
    }
    free(pricing);
    cJSON_Delete(reply);
    cJSON_Delete(model);
    trial_close(t);
}

void op_feed_aws_spot(const cJSON *in, cJSON *out)
{
    struct trial *t = trial_open("", "", NULL);
    cJSON *reply = reply_of(in_get(in, "record"), "SpotPriceHistory", NULL);
    trial_read(t, FEED_AWS_SPOT, reply);
    const struct observation *o = out_first(t, out);
    if (o) {
        Str zone = names_text(&t->log.log.names, o->region); /* COUNTRY/ZONE */
        char text[32];
        zone.at += 3, zone.n -= 3;
        Str region = aws_region_of(zone);
        snprintf(text, sizeof text, "%.*s", (int)zone.n, zone.at);
        out_text(out, "zone", text);
        snprintf(text, sizeof text, "%.*s", (int)region.n, region.at);
        out_text(out, "region", text);
        out_i64(out, "instance_price", o->price);
    }
    cJSON_Delete(reply);
    trial_close(t);
}
