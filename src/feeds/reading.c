#include "feeds/reading.h"

#include <stdlib.h>

void reading_identity(struct reading *d, Str header)
{
    struct sha256 h;
    const char *source = d->ask->source ? d->ask->source : "";
    u8 format = (u8)d->ask->format;
    sha256_init(&h);
    sha256_add(&h, &format, 1);
    sha256_add(&h, source, strlen(source) + 1);
    sha256_add(&h, header.at, header.n);
    d->identity = sha256_end(&h);
}

bool reading_first(struct reading *d, Str raw)
{
    return reading_first_keyed(d, (Str){ NULL, 0 }, raw);
}

bool reading_first_keyed(struct reading *d, Str key, Str raw)
{
    struct sha256 h;
    u32 id, before = d->seen->n;
    sha256_init(&h);
    sha256_add(&h, &d->identity, sizeof d->identity);
    if (key.n) sha256_add(&h, &key.n, sizeof key.n), sha256_add(&h, key.at, key.n);
    sha256_add(&h, raw.at, raw.n);
    if (!refs_add(d->seen, sha256_end(&h), &id)) {
        d->err = why_set(d->why, ERR_INPUT, "%s: too many rows", d->name);
        return false;
    }
    return d->seen->n != before;
}

static void count_source(struct feed_result *r, u32 source)
{
    u32 i = 0;
    while (i < r->sources && r->by_source[i].source != source) i++;
    if (i == ARRAY_LEN(r->by_source)) return;
    if (i == r->sources) r->by_source[r->sources++] = (struct feed_count){ source, 0 };
    r->by_source[i].refused++;
}

/* Room for one more of `kept` things: it doubles at powers of two. */
static bool room(void **at, u32 kept, u64 each)
{
    if (kept & (kept - 1)) return true;
    void *more = realloc(*at, (kept ? 2 * (u64)kept : 1) * each);
    if (more) *at = more;
    return more != NULL;
}

Err reading_refuse(struct reading *d, u32 line, Str raw, u32 source, u8 code, const char *column,
                   const char *cause)
{
    struct feed_result *r = d->r;
    void *at = r->refused;
    r->rows++, r->refused_n++, r->by_code[code]++;
    count_source(r, source);
    if (r->kept == FEED_KEPT) return ERR_OK;
    if (!room(&at, r->kept, sizeof *r->refused))
        return why_set(d->why, ERR_IO, "no memory for refused rows");
    r->refused = at;
    struct feed_refused *f = &r->refused[r->kept++];
    memset(f, 0, sizeof *f);
    f->line = line, f->code = code;
    snprintf(f->column, sizeof f->column, "%s", column);
    snprintf(f->cause, sizeof f->cause, "%s", cause);
    u32 n = raw.n < sizeof f->raw - 1 ? raw.n : (u32)sizeof f->raw - 1;
    if (n) memcpy(f->raw, raw.at, n);
    for (u32 i = 0; i < n; i++) /* a line of text each, whatever it was */
        if (f->raw[i] == '\n' || f->raw[i] == '\r' || !f->raw[i]) f->raw[i] = ' ';
    return ERR_OK;
}

Err reading_skip(struct reading *d, u32 line, u32 rule, Str name)
{
    struct feed_result *r = d->r;
    void *at = r->skipped;
    ASSERT(rule > 0);
    ASSERT(rule < FEED_SKIPS);
    r->rows++, r->skipped_n++, r->by_rule[rule]++;
    r->duplicates += rule == FEED_SKIP_DUPLICATE;
    if (r->skipped_kept == FEED_KEPT) return ERR_OK;
    if (!room(&at, r->skipped_kept, sizeof *r->skipped))
        return why_set(d->why, ERR_IO, "no memory for skipped rows");
    r->skipped = at;
    struct feed_skipped *s = &r->skipped[r->skipped_kept++];
    memset(s, 0, sizeof *s);
    s->line = line, s->rule = rule;
    snprintf(s->name, sizeof s->name, "%.*s", (int)(name.n < 55 ? name.n : 55),
             name.n ? name.at : "");
    why_plain(s->name);
    return ERR_OK;
}

static const char *check_column(u8 code)
{
    static const char *const names[OBS_REJECT_COUNT] = {
        [OBS_REJECT_BAD_ENUM] = "kind",       [OBS_REJECT_BAD_PRICE] = "price",
        [OBS_REJECT_BAD_SIZE] = "size",       [OBS_REJECT_BAD_DURATION] = "duration_s",
        [OBS_REJECT_BAD_TIME] = "t_event",    [OBS_REJECT_BAD_TEXT] = "provider",
        [OBS_REJECT_BAD_NUMBER] = "corrects", [OBS_REJECT_BAD_CCY] = "ccy",
    };
    return names[code] ? names[code] : "row";
}

Err reading_take(struct reading *d, u32 line, Str raw, const struct observation *o, bool rounded)
{
    u8 code = obs_log_add(&d->out->log, o);
    if (code == OBS_REJECT_FULL)
        return why_set(d->why, ERR_INPUT, "%s:%u: row: too many rows", d->name, line);
    if (code)
        return reading_refuse(d, line, raw, o->source, code, check_column(code),
                              "out of the record's range");
    d->r->rows++, d->r->taken++, d->r->rounded += rounded;
    d->r->unmapped += !o->gpu_class && o->term != TERM_TOKEN;
    return ERR_OK;
}

Err reading_origin(struct reading *d)
{
    const struct feed_ask *a = d->ask;
    const struct feed_result *r = d->r;
    char line[512], at[40] = "-";
    struct text t = text_on(line, sizeof line);
    struct text when = text_on(at, sizeof at);
    if (a->at.ns) text_put_instant(&when, a->at);
    else text_put(&when, "-");
    text_put(&t, "reply ");
    text_put_hex(&t, d->reply.bytes, sizeof d->reply.bytes);
    text_put(&t, " format ");
    text_put(&t, feed_format_name(a->format));
    text_put(&t, " source ");
    text_put(&t, a->source ? a->source : feed_format_name(a->format));
    text_put(&t, " at ");
    text_put(&t, at);
    const struct { const char *name; u64 n; } counts[] = {
        { " rows ", r->rows },         { " taken ", r->taken }, { " skipped ", r->skipped_n },
        { " refused ", r->refused_n },
    };
    for (u32 i = 0; i < ARRAY_LEN(counts); i++)
        text_put(&t, counts[i].name), text_put_u64(&t, counts[i].n);
    text_put(&t, " catalogue ");
    if (a->instances) {
        Hash h = record_hash(&instances_record, a->instances);
        text_put_hex(&t, h.bytes, sizeof h.bytes);
    } else {
        text_put(&t, "-");
    }
    text_put_char(&t, '\n');
    ASSERT(!t.cut);
    d->r->origins = malloc(t.n);
    if (!d->r->origins) return why_set(d->why, ERR_IO, "no memory");
    memcpy(d->r->origins, t.at, t.n);
    d->r->origins_n = t.n;
    return ERR_OK;
}

void feed_result_give(struct feed_result *r)
{
    free(r->refused);
    free(r->skipped);
    free(r->origins);
    *r = (struct feed_result){ 0 };
}

static Err append(void **to, u64 to_bytes, const void *from, u64 from_bytes, struct why *w)
{
    if (!from_bytes) return ERR_OK;
    void *more = realloc(*to, to_bytes + from_bytes);
    if (!more) return why_set(w, ERR_IO, "no memory");
    memcpy((u8 *)more + to_bytes, from, from_bytes);
    *to = more;
    return ERR_OK;
}

Err feed_result_add(struct feed_result *to, const struct feed_result *from, struct why *w)
{
    void *refused = to->refused, *skipped = to->skipped, *origins = to->origins;
    u32 kept = from->kept < FEED_KEPT - to->kept ? from->kept : FEED_KEPT - to->kept;
    u32 skips = from->skipped_kept < FEED_KEPT - to->skipped_kept ? from->skipped_kept
                                                                  : FEED_KEPT - to->skipped_kept;
    Err err = append(&refused, to->kept * sizeof *to->refused, from->refused,
                     kept * sizeof *to->refused, w);
    to->refused = refused;
    if (!err)
        err = append(&skipped, to->skipped_kept * sizeof *to->skipped, from->skipped,
                     skips * sizeof *to->skipped, w);
    to->skipped = skipped;
    if (!err) err = append(&origins, to->origins_n, from->origins, from->origins_n, w);
    to->origins = origins;
    if (err) return err;
    to->kept += kept, to->skipped_kept += skips, to->origins_n += from->origins_n;
    to->rows += from->rows, to->taken += from->taken, to->duplicates += from->duplicates;
    to->rounded += from->rounded, to->unmapped += from->unmapped;
    to->refused_n += from->refused_n, to->skipped_n += from->skipped_n;
    for (u32 i = 0; i < OBS_REJECT_COUNT; i++) to->by_code[i] += from->by_code[i];
    for (u32 i = 0; i < FEED_SKIPS; i++) to->by_rule[i] += from->by_rule[i];
    return ERR_OK;
}
