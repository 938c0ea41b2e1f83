/* observation.h -- one thing seen: the record, its bytes, its line of text, and the log of them.
 * Owns:   the field table (index.md section 2), validity of a record, pages and their hashes.
 * Never:  edits or repairs a record: a correction is a new record that names the old one.
 * Always: obs_id is dense from 1 and t_journal never falls within a log; a page of 4,096 records
 *         is hashed once, when its last record is taken.
 */
#ifndef HEDGEROW_INDEX_OBSERVATION_H
#define HEDGEROW_INDEX_OBSERVATION_H

#include "index/fact.h"

/* F(KIND, member, list, meaning). KINDs are in fact.h; the order is that of the bytes and the
 * line. */
#define OBSERVATION_FIELDS(F) \
    F(U64, obs_id, NONE, "monotone per log; the last tie-breaker everywhere") \
    F(ENUM, kind, OBS_KIND, "trade, quote (committed), list (published tariff), panel") \
    F(ENUM, channel, CHANNEL, "what sort of seller") \
    F(NAME, source, NONE, "feed") \
    F(REF, source_ref, NONE, "SHA-256 of the raw reply it came from") \
    F(NAME, key, NONE, "the source's own name of the offer; part of its line") \
    F(NAME, provider, NONE, "who rents out") \
    F(NAME, owner, NONE, "beneficial owner as the source states it; the registry goes before it") \
    F(NAME, counter_owner, NONE, "trades: beneficial owner of the renter") \
    F(ENUM0, gpu_class, GPU_CLASS, "chip; none for a token row or an unmapped machine") \
    F(ENUM, form, GPU_FORM, "SXM, PCIE, ...; UNKNOWN where not stated") \
    F(NAME, region, NONE, "ISO 3166 country, then /zone") \
    F(ENUM, term, TERM, "spot, on_demand, reserved_...") \
    F(U16, gpus, NONE, "GPUs in the offer; 0 for none") \
    F(U16, min_gpus, NONE, "smallest rentable number") \
    F(I64, duration_s, NONE, "rental length, 0 open-ended") \
    F(DEC6, price, NONE, "of ccy per raw unit as quoted") \
    F(ENUM, raw_unit, RAW_UNIT, "what the price is for") \
    F(I64, size, NONE, "milli-GPU-hours, or tokens; 0 for lists") \
    F(CCY, ccy, NONE, "ISO 4217") \
    F(NAME, model, NONE, "token rows: model slot") \
    F(ENUM0, token_side, TOKEN_SIDE, "token rows: which price") \
    F(AT, t_event, NONE, "when it happened by the source") \
    F(AT, t_seen, NONE, "when it was fetched") \
    F(AT, t_journal, NONE, "when it was sequenced; this alone orders") \
    F(BITS, quality, QUALITY, "verified, capacity, promotion, placeholder, ...") \
    F(ENUM, rights, RIGHTS, "what may be done with it") \
    F(U64, corrects, NONE, "obs_id of the record this one replaces, 0 none") \
    F(REF, attestation, NONE, "SHA-256 of a signature or contract")

struct observation {
    u64 obs_id, corrects;
    i64 duration_s, price, size; /* price: micros of ccy per raw unit */
    i64 t_event, t_seen, t_journal;
    u32 source, source_ref, key, provider, owner, counter_owner, region, model, attestation;
    u32 quality;
    u16 gpus, min_gpus;
    u8 kind, channel, gpu_class, form, term, raw_unit, token_side, rights;
    char ccy[4];
    u8 zero[8];
};
static_assert(sizeof(struct observation) == 128, "two cache lines, no hidden padding");

extern const struct fact_table observation_table;

#define OBS_PAGE 4096u
#define OBS_PRICE_MAX INT64_C(1000000000000000) /* micros as quoted: 1e9 of ccy, whole terms too */
#define OBS_SIZE_MAX INT64_C(1000000000000000)      /* milli-GPU-hours or tokens */
#define OBS_DURATION_MAX INT64_C(315360000)         /* ten years */
#define OBS_AHEAD_NS (INT64_C(5) * NS_PER_SECOND)    /* t_event after t_seen: a clock's slack */
#define OBS_BYTES_MAX 1024u                         /* canonical bytes, and a line of text */

/* The log: memory of the caller, filled in order. Pages hold records (i * 4096 ..). */
struct obs_log {
    struct observation *at; /* at[obs_id - 1] */
    Hash *pages;            /* full pages only */
    u32 n, cap, pages_n, zero;
    struct names names;
    struct refs refs;
};

NODISCARD u64 obs_log_bytes(u32 records, u32 names, u32 refs);
NODISCARD struct obs_log obs_log_on(void *memory, u32 records, u32 names, u32 refs);
/* Whether a record may enter: 0 (fine) or a value of OBS_REJECT. Does not look at obs_id. */
NODISCARD u8 observation_check(const struct observation *o);
/* Takes a checked record: numbers it, lifts t_journal to the log's last if it is older, hashes a
 * full page. 0, or why not (OBS_REJECT_...: observation_check, FULL). */
NODISCARD u8 obs_log_add(struct obs_log *log, const struct observation *o);
/* Canonical bytes: fields in table order, little-endian; texts as a length byte and letters. */
NODISCARD u32 observation_encode(const struct obs_log *log, const struct observation *o, u8 *to);
/* REJECT 0 and *out filled (names and refs interned in log), or why not. All n bytes must be
 * used. */
NODISCARD u8 observation_decode(struct obs_log *log, const u8 *from, u32 n,
                                struct observation *out);
void observation_put(const struct obs_log *log, const struct observation *o, struct text *t);
NODISCARD u8 observation_parse(struct obs_log *log, Str line, struct observation *out);
/* SHA-256 over the canonical bytes of records from*4096 .. from*4096+n-1 of the page. */
NODISCARD Hash obs_page_hash(const struct obs_log *log, u32 page, u32 n);

#endif
