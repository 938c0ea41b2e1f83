#include "index/observation.h"

#define OBSERVATION_ROW(KIND, member, LIST, meaning) \
    FACT_ROW(struct observation, KIND, member, LIST, meaning)
static const struct fact facts[] = { OBSERVATION_FIELDS(OBSERVATION_ROW) };
const struct fact_table observation_table = { facts, ARRAY_LEN(facts), sizeof(struct observation) };

static struct fact_home home(const struct obs_log *log)
{
    return (struct fact_home){ (struct names *)&log->names, (struct refs *)&log->refs };
}

static u64 align64(u64 v) { return (v + 63) & ~UINT64_C(63); }

u64 obs_log_bytes(u32 records, u32 names, u32 refs)
{
    ASSERT(records > 0);
    ASSERT(names > 0);
    return align64((u64)records * sizeof(struct observation)) +
           align64((u64)(records / OBS_PAGE + 1) * sizeof(Hash)) + align64(names_bytes(names)) +
           align64(refs_bytes(refs));
}

struct obs_log obs_log_on(void *memory, u32 records, u32 names, u32 refs)
{
    struct obs_log log = { .cap = records };
    u8 *p = memory;
    ASSERT(memory);
    ASSERT(records > 0);
    log.at = (void *)p;
    p += align64((u64)records * sizeof(struct observation));
    log.pages = (void *)p;
    p += align64((u64)(records / OBS_PAGE + 1) * sizeof(Hash));
    log.names = names_on(p, names);
    p += align64(names_bytes(names));
    log.refs = refs_on(p, refs);
    return log;
}

static bool enums_fine(const struct observation *o)
{
    ASSERT(o);
    return o->kind && o->kind < OBS_KIND_COUNT && o->channel && o->channel < CHANNEL_COUNT &&
           (o->gpu_class || o->term == TERM_TOKEN || !o->gpus) && o->gpu_class < GPU_COUNT &&
           o->form && o->form < GPU_FORM_COUNT && o->term && o->term < TERM_COUNT && o->raw_unit &&
           o->raw_unit < RAW_UNIT_COUNT && o->token_side < TOKEN_SIDE_COUNT && o->rights &&
           o->rights < RIGHTS_COUNT && o->quality < BIT(QUALITY_COUNT - 1);
}

/* A negative price is recorded only as what it is: the sentinel of a router (index.md section
 * 11). */
u8 observation_check(const struct observation *o)
{
    const i64 end = (i64)DATE_MAX.days * NS_PER_DAY;
    ASSERT(o);
    ASSERT(end > 0);
    if (!enums_fine(o)) return OBS_REJECT_BAD_ENUM;
    if (!o->source || !o->provider) return OBS_REJECT_BAD_TEXT;
    /* a fixing states USD for 1,000 of its currency, and nothing else does */
    if ((o->kind == OBS_KIND_FIXING) != (o->raw_unit == RAW_UNIT_THOUSAND))
        return OBS_REJECT_BAD_ENUM;
    if (o->kind == OBS_KIND_FIXING && o->price <= 0) return OBS_REJECT_BAD_PRICE;
    bool sentinel = o->raw_unit == RAW_UNIT_TOKEN || o->raw_unit == RAW_UNIT_MTOKEN;
    if (o->price > OBS_PRICE_MAX || (o->price < 0 && !sentinel)) return OBS_REJECT_BAD_PRICE;
    if (o->price < -OBS_PRICE_MAX) return OBS_REJECT_BAD_PRICE;
    if (o->size < 0 || o->size > OBS_SIZE_MAX) return OBS_REJECT_BAD_SIZE;
    if (o->kind == OBS_KIND_TRADE && !o->size && !o->duration_s) return OBS_REJECT_BAD_SIZE;
    if (o->duration_s < 0 || o->duration_s > OBS_DURATION_MAX) return OBS_REJECT_BAD_DURATION;
    if (o->t_event < 0 || o->t_event >= end || o->t_seen < 0 || o->t_seen >= end)
        return OBS_REJECT_BAD_TIME;
    if (o->t_journal < 0 || o->t_journal >= end) return OBS_REJECT_BAD_TIME;
    if (o->t_event > o->t_seen + OBS_AHEAD_NS) return OBS_REJECT_BAD_TIME;
    for (u32 i = 0; i < 3; i++)
        if (o->ccy[i] < 'A' || o->ccy[i] > 'Z') return OBS_REJECT_BAD_CCY;
    return 0;
}

u8 obs_log_add(struct obs_log *log, const struct observation *o)
{
    u8 reject = observation_check(o);
    ASSERT(log->n <= log->cap);
    if (reject) return reject;
    if (log->n == log->cap) return OBS_REJECT_FULL;
    struct observation *to = &log->at[log->n];
    *to = *o;
    to->obs_id = log->n + 1;
    if (log->n && to->t_journal < to[-1].t_journal) to->t_journal = to[-1].t_journal;
    if (to->corrects >= to->obs_id) return OBS_REJECT_BAD_NUMBER;
    log->n++;
    if (log->n % OBS_PAGE == 0) {
        log->pages[log->pages_n] = obs_page_hash(log, log->pages_n, OBS_PAGE);
        log->pages_n++;
    }
    ASSERT(log->pages_n == log->n / OBS_PAGE);
    return 0;
}

u32 observation_encode(const struct obs_log *log, const struct observation *o, u8 *to)
{
    u32 n = facts_encode(observation_table, home(log), o, to);
    ASSERT(n > 0);
    ASSERT(n <= OBS_BYTES_MAX);
    return n;
}

u8 observation_decode(struct obs_log *log, const u8 *from, u32 n, struct observation *out)
{
    ASSERT(from || !n);
    ASSERT(out);
    if (facts_decode(observation_table, home(log), from, n, out) != n || !n)
        return OBS_REJECT_BAD_ROW;
    return observation_check(out);
}

void observation_put(const struct obs_log *log, const struct observation *o, struct text *t)
{
    ASSERT(o);
    ASSERT(t->cap > 0);
    for (u32 i = 0; i < ARRAY_LEN(facts); i++) {
        if (i) text_put_char(t, ' ');
        fact_put(&facts[i], home(log), o, t);
    }
}

u8 observation_parse(struct obs_log *log, Str line, struct observation *out)
{
    u32 from = 0, fact = 0;
    ASSERT(out);
    ASSERT(line.at || !line.n);
    memset(out, 0, sizeof *out);
    for (u32 i = 0; i <= line.n; i++) {
        if (i < line.n && line.at[i] != ' ') continue;
        if (fact == ARRAY_LEN(facts)) return OBS_REJECT_BAD_ROW;
        Str word = { line.at + from, i - from };
        if (!fact_parse(&facts[fact++], home(log), word, out)) return OBS_REJECT_BAD_ROW;
        from = i + 1;
    }
    return fact == ARRAY_LEN(facts) ? observation_check(out) : OBS_REJECT_BAD_ROW;
}

Hash obs_page_hash(const struct obs_log *log, u32 page, u32 n)
{
    struct sha256 h;
    u8 bytes[OBS_BYTES_MAX];
    u64 from = (u64)page * OBS_PAGE;
    ASSERT(n <= OBS_PAGE);
    ASSERT(page <= log->pages_n);
    ASSERT(from + n <= log->n);
    sha256_init(&h);
    for (u32 i = 0; i < n; i++)
        sha256_add(&h, bytes, observation_encode(log, &log->at[from + i], bytes));
    return sha256_end(&h);
}
